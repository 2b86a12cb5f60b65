/** docs/conformance.md, made from the titles of tests: which requirement is proved where. */
import { requirements } from './checklist';

/** One test that ran. */
export interface TestResult {
  /** Those of the blocks around it from the outermost, and its own. */
  readonly titles: readonly string[];
  /** Relative to the project. */
  readonly file: string;
  readonly passed: boolean;
}

/** Requirements that no test can prove, and why. */
export type Exceptions = Readonly<Record<number, string>>;

/** The numbers in square brackets that a title begins with: `[12] …`, `[12, 13] …`. Elsewhere brackets are lists of what is tested. */
export const provenBy = ({ titles }: Pick<TestResult, 'titles'>): readonly number[] =>
  titles.flatMap((title) => (/^\[(\d+(?:, \d+)*)\] /.exec(title)?.[1] ?? '').split(',').filter(Boolean).map(Number));

interface Proof {
  readonly files: ReadonlySet<string>;
  readonly tests: number;
  readonly failed: number;
}

function proofs(results: readonly TestResult[]): ReadonlyMap<number, Proof> {
  const found = new Map<number, Proof>();
  for (const result of results)
    for (const number of provenBy(result)) {
      const { files, tests, failed } = found.get(number) ?? { files: new Set<string>(), tests: 0, failed: 0 };
      const next = {
        files: new Set([...files, result.file]),
        tests: tests + 1,
        failed: failed + (result.passed ? 0 : 1),
      };
      found.set(number, next);
    }
  return found;
}

function state(proof: Proof | undefined, exception: string | undefined): string {
  if (proof) return proof.failed > 0 ? `**fails** (${proof.failed} of ${proof.tests})` : 'holds';
  return exception ?? '**no test**';
}

const suite = 'OASIS ABNF test cases';

/** What became of the test cases of the grammar; nothing where they did not run. */
const grammarLines = (results: readonly TestResult[]): readonly string[] => {
  const told = results
    .filter(({ titles }) => titles[0] === suite)
    .map(({ titles, passed }) => `- ${(titles.at(-1) ?? '').replace(/^\[\d+\] /, '')}${passed ? '' : ' (**fails**)'}`);
  return told.length === 0 ? [] : ['', '## Test cases of the grammar', '', ...told];
};

/** The document. */
export function conformanceDocument(results: readonly TestResult[], exceptions: Exceptions): string {
  const proven = proofs(results);
  const all = requirements();
  const lines: string[] = [];
  let chapter = '';
  for (const { number, title, section, chapter: own } of all) {
    if (own !== chapter)
      lines.push('', `## ${own}`, '', '| | requirement | section | state | tests |', '|---|---|---|---|---|');
    chapter = own;
    const proof = proven.get(number);
    const files = [...(proof?.files ?? [])]
      .sort()
      .map((file) => `[${file.replace(/^test\//, '').replace(/\.test\.ts$/, '')}](../${file})`);
    lines.push(
      `| ${number} | ${title.replaceAll('|', '\\|')} | ${section} | ${state(proof, exceptions[number])} | ${files.join(', ')} |`,
    );
  }
  const holding = all.filter(({ number }) => proven.get(number)?.failed === 0).length;
  const excepted = all.filter(({ number }) => !proven.has(number) && exceptions[number] !== undefined).length;
  return [
    '# Conformance',
    '',
    'Made by `npm run conformance` from the titles of the tests; do not edit. A requirement holds when every test that names it passes.',
    '',
    `Of ${all.length} requirements of OData 4.01, ${holding} are proved by passing tests, ${excepted} do not apply or are not offered for the reason given, ${all.length - holding - excepted} are open.`,
    ...lines,
    ...grammarLines(results),
    '',
  ].join('\n');
}
