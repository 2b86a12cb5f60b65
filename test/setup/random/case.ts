/** Requests whose answers are checked, and made small where something is wrong. */
import { appendFileSync } from 'node:fs';

/** A request and what it should give. */
export interface Case {
  readonly text: string;
  readonly size: number;
  /** What is wrong; undefined when nothing is. */
  readonly check: () => Promise<string | undefined>;
  readonly smaller: () => Iterable<Case>;
}

/** Wrong rows, or a code of an error. */
const kindOf = (problem: string): string =>
  problem.startsWith('wrong')
    ? problem.slice(0, 9)
    : (/"message":"([^"]{0,60})/.exec(problem)?.[1] ?? problem.slice(0, 60));

const problemOf = (one: Case): Promise<string | undefined> =>
  one.check().catch((error: unknown) => `thrown: ${String(error)}`);

async function shrunk(first: Case, problem: string): Promise<Case> {
  let best = first;
  let budget = 600;
  for (let again = true; again && budget > 0;) {
    again = false;
    for (const other of best.smaller()) {
      if (other.size >= best.size || (budget -= 1) < 0) continue;
      const found = await problemOf(other);
      if (found === undefined || kindOf(found) !== kindOf(problem)) continue;
      best = other;
      again = true;
      break;
    }
  }
  return best;
}

/** Runs many, and gives those that differ, made small. `log` names a file for them. */
export async function run(name: string, next: () => Case, runs: number, log?: string): Promise<string[]> {
  const failed: string[] = [];
  for (let number = 0; number < runs && failed.length < 40; number += 1) {
    const made = next();
    const problem = await problemOf(made);
    if (problem === undefined) continue;
    const small = await shrunk(made, problem);
    const line = `${small.text}\n   ${await problemOf(small)}`;
    failed.push(line);
    if (log !== undefined) appendFileSync(log, `#${number} ${line}\n   first: ${made.text}\n`);
  }
  if (log !== undefined) appendFileSync(log, `== ${name}: ${runs}\n`);
  return failed;
}
