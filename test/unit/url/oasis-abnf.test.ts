/** Runs the test cases that OASIS publishes with the ABNF. They are not part of this project; without them the suite is skipped. */
import { hasOasis, oasisSuite, type OasisCase, type OasisSuite } from '../../setup/oasis';
import { wrongName, type Constraints } from './oasis-names';
import { entries } from './oasis-rules';

/** How often a suite was decided as it says, where not, and which rules have no parser. */
interface Figures {
  readonly accepted: number;
  readonly rejected: number;
  readonly wrong: readonly string[];
  readonly notCovered: Readonly<Record<string, number>>;
}

/** The figures of each suite. `wrong` are deliberate. */
const known = {
  'odata-abnf-testcases.yaml': { accepted: 761, rejected: 79, wrong: [], notCovered: {} },
  'odata-aggregation-testcases.yaml': { accepted: 178, rejected: 23, wrong: [], notCovered: {} },
} satisfies Readonly<Record<string, Figures>>;

const files = ['odata-abnf-testcases.yaml', 'odata-aggregation-testcases.yaml'] as const;

if (!hasOasis) console.warn('Skipped: the OASIS test cases are not here.');

/** Context fragments stand in answers; no request has one. */
const ruleOf = ({ Rule, Input }: OasisCase): string => (Input.includes('$metadata#') ? 'context' : Rule);

function isAccepted(item: OasisCase, constraints: Constraints): boolean | undefined {
  const entry = entries[ruleOf(item)];
  if (!entry) return undefined;
  try {
    return wrongName(entry(item.Input), constraints) === undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw error;
    return false;
  }
}

function run({ Constraints: constraints, TestCases: cases }: OasisSuite): Figures {
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

function titleOf(file: (typeof files)[number]): string {
  const { accepted, rejected, wrong } = known[file];
  return `${accepted} accepted and ${rejected} rejected as stated, ${wrong.length} otherwise on purpose`;
}

(hasOasis ? describe : describe.skip)('OASIS ABNF test cases', () => {
  // The titles are what docs/conformance.md tells of the grammar.
  test.each(files.map((file) => [file, titleOf(file)] as const))('[102] %s: %s', (file) => {
    expect(run(oasisSuite(file))).toEqual(known[file]);
  });
});
