/** The document of conformance, and the titles that it is made from. */
import { requirements } from '../conformance/checklist';
import { conformanceDocument, provenBy } from '../conformance/document';
import { exceptions } from '../conformance/exceptions';
import { musts } from '../conformance/levels';
import { offered } from '../../src/odata/model/capabilities';

it('finds the numbers of requirements that titles begin with', () => {
  expect(provenBy({ titles: ['[147, 148] $select', '[1] root'] })).toEqual([147, 148, 1]);
  expect(provenBy({ titles: ['root', 'tags[x] and (1)'] })).toEqual([]);
  // Literals of what is tested are no numbers of requirements.
  expect(provenBy({ titles: ['[124] hassubset', 'hassubset([4,1],[3])', '[1,2] eq [1,2]', '[7]'] })).toEqual([124]);
});

it('numbers 363 requirements, each with a section or a title that needs none', () => {
  const all = requirements();
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 363 }, (_, index) => index + 1));
  expect(all.filter(({ title }) => title === '')).toEqual([]);
});

it('makes no exception from what the level that is claimed demands', () => {
  expect(offered.conformanceLevel).toBe('Advanced');
  expect(musts.size).toBeGreaterThan(80);
  expect(Object.keys(exceptions).filter((number) => musts.has(Number(number)))).toEqual([]);
});

it('says what holds, what fails, what does not apply and what is open', () => {
  const text = conformanceDocument(
    [
      { titles: ['[1] root'], file: 'test/service/a.test.ts', passed: true },
      { titles: ['[2] entries'], file: 'test/service/a.test.ts', passed: true },
      { titles: ['[2] kinds'], file: 'test/service/b.test.ts', passed: false },
    ],
    { 3: 'not offered' },
  );
  expect(text).toContain(
    '1 are proved by passing tests, 1 do not apply or are not offered for the reason given, 361 are open',
  );
  expect(text).toMatch(/\| 1 \| .* \| holds \| \[service\/a\]\(\.\.\/test\/service\/a\.test\.ts\) \|/);
  expect(text).toMatch(/\| 2 \| .* \| \*\*fails\*\* \(1 of 2\) \|/);
  expect(text).toMatch(/\| 3 \| .* \| not offered \|/);
  expect(text).toMatch(/\| 4 \| .* \| \*\*no test\*\* \|/);
  expect(text).not.toContain('## Test cases of the grammar');
});

it('tells what became of the test cases of the grammar', () => {
  const file = 'test/unit/url/oasis-abnf.test.ts';
  const text = conformanceDocument(
    [
      { titles: ['OASIS ABNF test cases', '[102] a.yaml: 7 accepted'], file, passed: true },
      { titles: ['OASIS ABNF test cases', '[102] b.yaml: 8 accepted'], file, passed: false },
    ],
    {},
  );
  expect(text).toContain('## Test cases of the grammar\n\n- a.yaml: 7 accepted\n- b.yaml: 8 accepted (**fails**)\n');
});
