/** Sends a bounded number of requests over some connections and tells what they cost. */
import { Connection, type Answer, type Wire } from './connection';
import { cpuOf } from './process-cost';

/** Makes the requests of one connection; an answer is given back, so that the next request may depend on it. */
export interface Script {
  next(): Wire;
  seen?(answer: Answer): void;
  /** True when answers must be read. */
  readonly reads?: boolean;
}

/** A server under load. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** The processes of PostgreSQL that work for it. */
  backends(): Promise<readonly number[]>;
}

/** What some requests cost. Milliseconds; throughput in requests a second. */
export interface Cost {
  readonly node: number;
  readonly postgres: number;
  readonly p50: number;
  readonly firstByte: number;
  readonly throughput: number;
}

/** Runs `requests` in all over the scripts, one connection each. Throws when an answer is no success. */
export async function load(subject: Subject, scripts: readonly Script[], requests: number): Promise<Cost> {
  const connections = await Promise.all(scripts.map(() => Connection.open(subject.port)));
  try {
    const before = await cost(subject);
    const times: number[] = [];
    const firstBytes: number[] = [];
    let left = requests;
    const started = performance.now();
    await Promise.all(
      scripts.map(async (script, index) => {
        const connection = connections[index];
        while (connection && left-- > 0) {
          const answer = await exchange(connection, script);
          times.push(answer.end);
          firstBytes.push(answer.firstByte);
        }
      }),
    );
    const elapsed = performance.now() - started;
    const after = await cost(subject);
    return {
      node: (after.node - before.node) / requests,
      postgres: difference(before.postgres, after.postgres) / requests,
      p50: median(times),
      firstByte: median(firstBytes),
      throughput: (requests / elapsed) * 1000,
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function exchange(connection: Connection, script: Script): Promise<Answer> {
  const wire = script.next();
  const answer = await connection.send(wire, script.reads ?? false);
  if (answer.status >= 300) throw new Error(`${wire.method} ${wire.path} was answered ${answer.status} ${answer.body}`);
  script.seen?.(answer);
  return answer;
}

async function cost(subject: Subject): Promise<{ node: number; postgres: ReadonlyMap<number, number> }> {
  const backends = await subject.backends();
  return { node: cpuOf(subject.pid), postgres: new Map(backends.map((pid) => [pid, cpuOf(pid)])) };
}

/** A backend that came in between counts from its start. */
const difference = (before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number =>
  [...after].reduce((sum, [pid, milliseconds]) => sum + milliseconds - (before.get(pid) ?? 0), 0);

/** The middle one. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
