/** The test cases that OASIS publishes with the ABNF. They are not part of this project: without them what needs them is skipped. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';

/** An input, and whether it is of the rule. */
export interface OasisCase {
  readonly Rule: string;
  readonly Input: string;
  readonly FailAt?: number;
}

/** One file of cases; `Constraints` says which names are of which kind. */
export interface OasisSuite {
  readonly Constraints: Readonly<Record<string, readonly string[]>>;
  readonly TestCases: readonly OasisCase[];
}

/** Named by the environment, or `shared/abnf` beside the project or further up. */
const folder = process.env['OASIS_ABNF'] ?? nearest(dirname(__dirname));

function nearest(from: string): string {
  const found = join(from, 'shared', 'abnf');
  return existsSync(found) || from === dirname(from) ? found : nearest(dirname(from));
}

/** Whether the cases are here. */
export const hasOasis = existsSync(folder);

const isSuite = (value: unknown): value is OasisSuite =>
  typeof value === 'object' && value !== null && 'Constraints' in value && 'TestCases' in value;

/** The cases of a file. */
export function oasisSuite(file: 'odata-abnf-testcases.yaml' | 'odata-aggregation-testcases.yaml'): OasisSuite {
  const suite: unknown = load(readFileSync(join(folder, file), 'utf8'));
  if (!isSuite(suite)) throw new Error(`${file} is no suite of test cases.`);
  return suite;
}
