/** Runs the test cases that OASIS publishes with the ABNF. They are not part of this project; without them the suite is skipped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { wrongName, type Constraints } from './oasis-names';
import { entries } from './oasis-rules';

interface Case {
  readonly Rule: string;
  readonly Input: string;
  readonly FailAt?: number;
}

interface Suite {
  readonly Constraints: Constraints;
  readonly TestCases: readonly Case[];
}

/** How often a suite was decided as it says, where not, and which rules have no parser. */
interface Figures {
  readonly accepted: number;
  readonly rejected: number;
  readonly wrong: readonly string[];
  readonly notCovered: Readonly<Record<string, number>>;
}

const folder = join(__dirname, '../../../../shared/abnf');

/** The figures of each suite. `wrong` are deliberate, everything not covered lies outside the URL. */
const known: Readonly<Record<string, Figures>> = {
  'odata-abnf-testcases.yaml': {
    accepted: 657,
    rejected: 70,
    wrong: [
      // Decoded, it is the same text as `a%3Bb`, which is a word.
      'queryOptions: $search=a;b',
      // A system query option must not be given twice. Protocol §11.2.1
      'queryOptions: $format=json&$Format=atom&$format=xml&$format=text/html',
      'queryOptions: $format=JSON&$format=Atom&$format=XML&$format=text/html',
    ],
    notCovered: {
      booleanValue: 2,
      primitiveValue: 6,
      context: 45,
      header: 13,
      'request-id': 2,
      prefer: 2,
      preference: 36,
      includeAnnotationsPreference: 2,
      maxpagesizePreference: 2,
    },
  },
  'odata-aggregation-testcases.yaml': { accepted: 174, rejected: 23, wrong: [], notCovered: { context: 4 } },
};

const present = existsSync(folder);
if (!present) console.warn(`Skipped: the OASIS test cases are not in ${folder}.`);

const isSuite = (value: unknown): value is Suite =>
  typeof value === 'object' && value !== null && 'Constraints' in value && 'TestCases' in value;

function read(file: string): Suite {
  const suite: unknown = load(readFileSync(join(folder, file), 'utf8'));
  if (!isSuite(suite)) throw new Error(`${file} is no suite of test cases.`);
  return suite;
}

/** Context fragments stand in answers; no request has one. */
const ruleOf = ({ Rule, Input }: Case): string => (Input.includes('$metadata#') ? 'context' : Rule);

function isAccepted(item: Case, constraints: Constraints): boolean | undefined {
  const entry = entries[ruleOf(item)];
  if (!entry) return undefined;
  try {
    return wrongName(entry(item.Input), constraints) === undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw error;
    return false;
  }
}

function run({ Constraints: constraints, TestCases: cases }: Suite): Figures {
  const decided = cases.map((item) => ({ item, accepted: isAccepted(item, constraints) }));
  const right = decided.filter(({ item, accepted }) => accepted === (item.FailAt === undefined));
  const notCovered: Record<string, number> = {};
  for (const { item, accepted } of decided)
    if (accepted === undefined) notCovered[ruleOf(item)] = (notCovered[ruleOf(item)] ?? 0) + 1;
  return {
    accepted: right.filter(({ accepted }) => accepted === true).length,
    rejected: right.filter(({ accepted }) => accepted === false).length,
    wrong: decided
      .filter((each) => each.accepted !== undefined && !right.includes(each))
      .map(({ item }) => `${item.Rule}: ${item.Input}`),
    notCovered,
  };
}

(present ? describe : describe.skip)('OASIS ABNF test cases', () => {
  test.each(Object.entries(known))('%s', (file, expected) => {
    const figures = run(read(file));
    console.info(
      `${file}: ${figures.accepted} accepted and ${figures.rejected} rejected rightly, ${figures.wrong.length} otherwise on purpose, not covered yet ${JSON.stringify(figures.notCovered)}`,
    );
    expect(figures).toEqual(expected);
  });
});
