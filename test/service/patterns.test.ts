/** matchesPattern has the meaning of ECMAScript, of patterns that the request writes out and of those that rows have: both are compared with JavaScript. URL Conventions §5.1.1.7.1 */
import fc from 'fast-check';
import { withOptions, type Answer, type Json } from '../setup/service';
import type { TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let service: TestService;
beforeAll(async () => (service = await startTripPin()));
afterAll(() => service.close());

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const titled = <T extends readonly [string, ...unknown[]]>(cases: readonly T[]) =>
  cases.map((row) => [row[0], row] as const);

/** Whether JavaScript finds a match that begins at a character: V8 also looks between the two halves of one, where the standard does not. */
function matches(text: string, pattern: string): boolean {
  const expression = new RegExp(pattern, 'uy');
  let at = 0;
  for (const character of [...text, '']) {
    expression.lastIndex = at;
    if (expression.test(text)) return true;
    at += character.length;
  }
  return false;
}

const isValid = (pattern: string): boolean => {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

async function ask(options: Readonly<Record<string, string>>, path = 'People'): Promise<Answer> {
  return service.get(withOptions(path, options));
}

const rowsOf = (options: Readonly<Record<string, string>>, path = 'People'): Promise<readonly Json[]> =>
  service.all(withOptions(path, options), { Prefer: 'maxpagesize=20000' });

/** Rows whose first name is a text, and whose last name, if they have one, a pattern. */
async function fill(pairs: readonly (readonly [text: string, pattern: string | null])[]): Promise<void> {
  await service.sql('DELETE FROM passports');
  await service.sql('DELETE FROM trips');
  await service.sql('DELETE FROM people');
  await service.sql(
    `INSERT INTO people ("userName", "firstName", "lastName", gender, emails, "favoriteFeature", concurrency, "joinedAt", "changedAt")
     SELECT lpad(n::text, 6, '0'), t, p, 0, array[p, t], 1, 1, now(), now() FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u(t, p, n)`,
    [pairs.map(([text]) => text), pairs.map(([, pattern]) => pattern)],
  );
}

const texts = [
  '', 'a', 'b', 'aa', 'ab', 'ba', 'aab', 'abab', 'abcabc', 'abcabd', 'ab-bbbabbaa', 'cabbage', 'aaaaaaaaaaaaaaaaaaaa', 'A', 'Z9_', 'x-1', '1984',
  'a{2}', '[a]', 'a.b', 'a/b', 'a\\b', 'a^$b', '(a)', '***=a', 'p{L}', '-', ']', '\\', '#', ' ', '\t\n\v\f\r', 'a\nb', 'ab\nc', 'a\r\nb', 'a\u2028b',
  '\u00a0\ufeff', '\u0085', '\u0001', '\b', 'é', 'aé', 'éa', 'Ωmega', 'straße', 'İi', 'ſ\u212a', '१२', 'e\u0301', '😀', 'a😀b', '😁😀', '\u{50000}', '🎻 a',
]; // prettier-ignore

/** What PostgreSQL reads otherwise, or would not read at all, unless it is translated. */
const patterns = [
  '', '(?:)', '|', '()', 'a|', '^', '$', '^$', '^a', 'b$', '^.$', '^..$', '.', 'a.b', '^a$|^b$', '$^', '\\ba', '\\bé', 'a\\b', 'a\\B', '\\B', '\\b', '^\\b', '\\w', '\\W', '^\\w+$', '^\\W+$',
  '\\d', '^\\D+$', '\\s', '^\\s+$', '^\\S+$', '\\s{2}', '[\\s\\S]', '[^\\s\\S]', '[\\d\\D]', '[\\D]', '[^\\D]', '[\\W]', '[^\\W\\d]', '^[\\S]+$', '[\\w-]', '[-\\w]', '[\\d-]', '[-]', '[a-]', '[-a]', '[+--]', '[--/]',
  '[]', '[^]', '^[^]$', '[]*a', '[^]{2}', '[[]', '[\\]]', '[]a|b]'.replace(']a', ''), '[\\[\\]]', '[a^]', '[\\^a]', '[^^]', '[$]', '[.]', '[*]', '[{]2}'.replace('2}', ''), '[a-cx-z]', '[\\b]', '[\\-]', '[\\\\]', '[\\/]', '[\\t-\\r]', '[\\x41-\\x5a]', '[\\u0041-\\u{5A}]', '[\\cA]', '[\\0-\\x1f]',
  '[😀-😂]', '[^😀]', '^[^😀]$', '\\u{1F600}', '\\u{0001F600}', '\\uD83D\\uDE00', '\\ud83d', '[\\ud83d]', '^.b', '😀?b', '😀{2}', '[\\uD83D\\uDE00]', '\\x61', '\\u0061', '\\cJ', '\\0', '\\t', '\\n', '\\v', '\\f', '\\r', '\\/', '\\.', '\\*\\*\\*=a', '\\\\', '\\^\\$', 'a/b', '#', '-', '=', ' ',
  'a*', 'a+b', 'a?b', '^a{2}$', '^a{2,}$', '^a{0}$', '^a{1,2}b', 'a*?b', 'a+?', 'a??', 'a{2}?', '(?:ab){2}', '(ab)+', '(a|b)*c', '(?:a*)*b', '(?:a|b|)+$', '(?<x>a)b', '(?<$_>b)',
  'a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '^(?!.*b)', '(?<=^|b)a', '(?=a)(?=.b)', '(?:(?=a))*b', '(?:^)*b', '(?:\\b)+a', '(?<=a.*)b$', '(?<=\\ba)b', '(?=\\Ba|b)', '(?!)', '(?=)', '(?!(?=a)|b)',
  '(a)\\1', '(.)\\1', '^(.+)\\1$', '(a)(b)\\2', '^(abc)\\1$', '(?<x>a|b)\\k<x>', '(a)(?:(b)|c)(.)\\3', '(a)\\1{2}', '^(a?)\\1{2}$', '(a)\\1(?:0|1)?', '($|.)\\1', '(?=a)(a)\\1', '(?:a)(.)\\1',
  'ab|cd|', '^(?:a|ab)c', 'x\\{', '\\{2\\}', '\\(a\\)', '\\[a\\]', 'é', '[é]', '[à-ÿ]', 'k', 'K', 'i', '[a-z]', 'ß', 'e\\u0301', '\\xe9', '\\u00A0',
  '\\p{L}', '^\\p{L}+$', '\\P{L}', '\\p{Lu}', '[\\p{Lu}\\d]', '[^\\p{L}]', '[\\P{L}]', '\\p{Script=Greek}', '\\p{sc=Cyrl}', '\\p{Script_Extensions=Deva}', '\\p{Emoji_Presentation}', '\\p{ASCII}', '^\\p{ASCII}*$', '\\p{Any}', '\\P{Any}', '\\p{White_Space}', '\\p{Nd}', '\\p{General_Category=Mark}', '\\p{Cn}', '\\p{Cs}',
  '(.+)\\1', '(?<x>.)(?:\\k<x>|$)', '\\1(a)', '(a\\1)', '\\1*(b)', '(?:(a)|b)\\1', '^(?:(a)|(b))\\1\\2$', '^(?:(a)|b)*\\1$', '(a)?\\1b', '(a){0}\\1b', '(?:\\1(a)\\1)+', '^(?:(a)|b\\1)+$', '(a)(?:\\1)0?', '(?:(a)|(b)|(c))\\3',
  '.(a|b+)\\1|$', '(?<=(?<n>a)\\k<n>)b', '(a{300})?\\1', '(?!(a))\\1b', 'a([ab].+)+\\1', '^(?:(.)|a)\\1$', '^((a*)b|a(b))\\2\\3', '((a)b)\\2', '((.)\\2)\\1', '(?:(.)\\1)+b', '(a){300}\\1', '(a)?(b)?(c)?\\1\\2\\3$', '(a{300})?b', '^a{0,300}$', 'a{256,}', '(?:\\b){3}a', '(\\b)\\1a',
  '(a)(?=\\1)', 'b|(a|ab).*(?=\\1$)', '((a)b)\\1\\2', '((a)|b)\\1\\2', '^((a|b){1,2})\\1\\2$', '^((.)\\2|b(a)?)\\1\\3$', '^(((a)b)a)\\3\\2\\1$', '(?:((a)b)\\1|a)\\2', '(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\\10', '(?:(.)|x)(?:[0-9]\\1)?',
  '(?=([ab]))\\1', '(?=(a))\\1', '^(?=(a|ab))\\1b', '^(?=(ab|a))\\1b', '(?=(a*?))\\1b', '(a)(?<!\\1)', '(a)(?!\\1)', '(?<=\\1(a))b', '(?<=(a)\\1)b', '(?<=\\k<n>(?<n>a))', '(?<=(a|b+)(\\w))\\2\\1', '(?=(?<=(.))(.))\\2\\1', '(?!(a)\\1)b', '(a*)+\\1', '^(a*)+\\1$', '(?:(a?)b?)+\\1$', '(a?)(?:\\1b?){2}', '((a)b)\\1{2}\\2', '^(?:(?=(a))|b)*?\\1c', '^(.*)(.*)\\1\\2$', '(a{1,200})\\1{10}', '(a)?(b)?(c)?(d)?(e)?\\1\\2\\3\\4\\5b',
  '(?:a{1,50}){50}|b', '(?:\\b){101}-', '\\b'.repeat(101), '(?:\\p{L}{50}){50}|\\p{Lu}', '\\p{L}'.repeat(60), '[\\P{L}]{2}', '[^\\P{L}a]', '[\\p{Lu}\\P{L}-]', '\\p{Alpha}\\p{gc=L}', '\\p{scx=Grek}', '(?<=\\P{L})\\p{Ll}', '(?<é>a)\\k<é>', '(?<Ωn>.)\\k<Ωn>',
  '(?<\\u0061>a)\\k<a>', '(?<a>a)\\k<\\u{61}>', '(?<\\u{61}\\u0062>a)\\k<\\u0061b>', '(?<\\uD835\\uDC9C>.)\\k<𝒜>', '(?<π\\u0061>b)',
  'x|' + '\\b'.repeat(20), 'x|' + '\\B\\b'.repeat(5), '(?:\\b|a)'.repeat(14) + '$', '(?:\\b|\\B|)'.repeat(12) + 'c', '(?:a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?){12}x', '(?:(?:(?=a)|(?<=b)|){7}|c)*x', '(?:\\w(?:^|(?:(?=a)|(?=^)|){2}|)+[^a]){2}',
  '(?:){300}a', '^(a|b)(?:a+\\1)*b', '.*(a|b).*(a|b).*c\\1\\2|.*(b).*a\\3', '\\bcab|\\bba\\b|a\\b-|^x|z$|\\B_',
  '(b)\\1|a', '^(?:(a)\\1|(b)\\2|c)$', '(?:([ab])\\1|b(.)\\2)$', '(a)(?:\\1|(b)\\2)', '(a)\\1|\\1b', '(?:(a)|b\\1)b', '\\p{Letter}\\p{Script=Latin}', '[\\p{Lower}\\p{XIDC}]', '^\\P{Cn}+$', '\\p{LC}\\P{Cs}', '\\p{sc=Zzzz}', '\\p{Script=Unknown}',
]; // prettier-ignore

describe('patterns', () => {
  beforeAll(() => fill(texts.map((text) => [text, null])));

  test.each(patterns)('[125] written out: %s', async (pattern) => {
    const call = `matchesPattern(firstName,${quoted(pattern)})`;
    const found = await rowsOf({ $apply: `filter(${call})/groupby((firstName))`, $orderby: 'firstName' });
    const wanted = texts.filter((text) => matches(text, pattern));
    expect(found.map(({ firstName }) => firstName).sort()).toEqual(wanted.sort());
  });

  test('[125] of rows: each pattern with some texts', async () => {
    const some = texts.filter((_, index) => index % 4 === 0);
    // PostgreSQL keeps the expressions of the last few patterns.
    await fill(patterns.flatMap((pattern) => some.map((text) => [text, pattern] as const)));
    const found = await rowsOf({ $filter: 'matchesPattern(firstName,lastName)', $select: 'firstName,lastName' });
    const wanted = some.flatMap((text) =>
      patterns.filter((pattern) => matches(text, pattern)).map((pattern) => `${text} ~ ${pattern}`),
    );
    expect(found.map(({ firstName, lastName }) => `${String(firstName)} ~ ${String(lastName)}`).sort()).toEqual(
      wanted.sort(),
    );
  });
});

/** Patterns of the atoms, and of groups and look-arounds of them. Some are not valid. */
function sample(atoms: readonly string[], numRuns: number, seed: number): readonly string[] {
  const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));
  const quantified = fc.constantFrom(...atoms.filter((atom) => !assertions.includes(atom)));
  const single = fc.constantFrom(...assertions.filter((assertion) => atoms.includes(assertion)));
  const { disjunction } = fc.letrec<{ disjunction: string; term: string }>((tie) => ({
    disjunction: fc
      .tuple(fc.array(tie('term'), { minLength: 1, maxLength: 3 }), fc.option(tie('term'), { freq: 3 }))
      .map(([terms, other]) => terms.join('') + (other === null ? '' : `|${other}`)),
    term: fc.oneof(
      { maxDepth: 2, depthSize: 'max', withCrossShrink: false },
      { weight: 7, arbitrary: joined(quantified, quantifier) },
      { weight: 1, arbitrary: single },
      { weight: 5, arbitrary: joined(group, tie('disjunction'), fc.constant(')'), quantifier) },
      { weight: 1, arbitrary: joined(look, tie('disjunction'), fc.constant(')')) },
    ),
  }));
  return [...new Set(fc.sample(disjunction, { numRuns, seed }))];
}
const assertions = ['^', '$', '\\b', '\\B'];
const group = fc.constantFrom('(', '(', '(', '(?:', '(?:');
const look = fc.constantFrom('(?=', '(?!', '(?<=', '(?<!');
const quantifier = fc.constantFrom('', '', '', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '{0}', '{2,3}?');
const someAtoms = [
  'a', 'b', 'a', 'b', '.', '\\d', '\\W', '\\s', '\\b', '\\B', '^', '$', '[ab]', '[^a]', '[]', '[^]', '[\\D_]', 'é', '😀', '\\u{1F600}', '\\n', '[--/]', '[\\]a]', '\\p{L}', '[^\\p{Lu}b]',
  '[^\\W\\d]', '[\\b-]', '\\cJ', '[😀-😂]', '[^\\ud83d]', '\\ud83d', '[\\P{L}1]', '\\p{scx=Latn}', '(?:)', '[!-~]',
]; // prettier-ignore
const references = ['\\1', '\\1', '\\2', '\\3', 'a', 'b', 'a', 'b', '.', '[ab]', '^', '$'];
const wrong = ['(', ')', '[', ']', '{', '}', '*', '+', '\\', '{2,1}', '[b-a]', '[a-\\d]', '\\u', '\\x4', '\\e', '\\_', '\\-', '\\01', '[\\1]', '(?i)', '***=', '[[:alpha:]]', '[[.a.]]', '\\m', '\\A', '\\y', '\\u{110000}', '(?<1>', '(?#x)', '(?', '/', '#', '\\c1', '{,2}']; // prettier-ignore
const randomTexts = fc.sample(
  fc.array(fc.constantFrom('a', 'b', 'a', 'b', 'a', 'b', 'c', '1', '_', ' ', '\n', 'é', '😀', 'A', '-', ']'), { maxLength: 6 }),
  { numRuns: 40, seed: 5 },
).map((characters) => characters.join('')); // prettier-ignore

describe('random patterns', () => {
  beforeAll(() => fill(randomTexts.map((text) => [text, null])));

  test.each([
    ['of all kinds', someAtoms, 300, 1],
    ['with back references', references, 250, 2],
    ['with back references to all of it', references, 150, 4, (each: string) => `^${each}\\1$`],
    [
      'with back references to a group and one within',
      references,
      80,
      6,
      (each: string) => `^(${each}|(b)a|(a))\\1\\2\\3$`,
    ],
    ['with back references looked for at the end', references, 100, 7, (each: string) => `${each}(?=\\1)`],
  ] as const)('[125] written out, %s', async (_, atoms, runs, seed, made = (each: string) => each) => {
    const found: string[] = [];
    for (const each of sample(atoms, runs, seed).map(made).filter(isValid)) {
      const answer = await ask({ $filter: `matchesPattern(firstName,${quoted(each)})`, $select: 'firstName' });
      const names = answer.value.map(({ firstName }) => String(firstName));
      const wanted = randomTexts.filter((text) => matches(text, each));
      if (answer.status !== 200 || names.sort().join() !== wanted.sort().join()) found.push(each);
    }
    expect(found).toEqual([]);
  });

  test('[125] of rows: what is valid, and what it matches', async () => {
    const all = [
      ...sample([...someAtoms, ...someAtoms, ...someAtoms, ...wrong], 900, 3),
      ...sample([...references, ...references, ...wrong], 300, 8),
    ];
    const [valid, invalid] = [all.filter(isValid), all.filter((each) => !isValid(each))];
    expect(Math.min(valid.length, invalid.length)).toBeGreaterThan(150);
    const pairs = valid.flatMap((each) => randomTexts.slice(0, 12).map((text) => [text, each] as const));
    await fill(pairs);
    const rows = await rowsOf({ $filter: 'matchesPattern(firstName,lastName)', $select: 'firstName,lastName' });
    const found = rows.map(({ firstName, lastName }) => `${String(firstName)} ~ ${String(lastName)}`);
    const wanted = pairs.filter(([text, each]) => matches(text, each)).map((pair) => pair.join(' ~ '));
    expect(found.sort()).toEqual(wanted.sort());
    // One that is not valid is null: neither a match nor none.
    await fill(invalid.map((each) => ['a', each] as const));
    const call = 'matchesPattern(firstName,lastName)';
    for (const [filter, number] of [
      [`${call} eq null`, invalid.length],
      [`${call} or not ${call}`, 0],
    ] as const)
      expect([filter, (await rowsOf({ $filter: filter, $select: 'firstName' })).length]).toEqual([filter, number]);
  });
});

describe('patterns that a row decides', () => {
  const rows = [
    ['Anna', '^A'], ['Bert', '^A'], ['Carl', null], ['Dora', '(?:r|t)a$'], ['Emil', ''], ['', '^$'], ['x', '[^]'], ['A.', 'A.'],
  ] as const; // prettier-ignore
  beforeAll(async () => {
    await fill(rows);
    await service.sql(`UPDATE people SET "home_Name" = "lastName"`);
    await service.sql(
      `UPDATE guests SET extra = coalesce(extra, '{}') || jsonb_build_object('rule', CASE WHEN name < 'C' THEN '^' || left(name, 1) END)`,
    );
  });
  const whether = (text: string, each: string | null): boolean | null => (each === null ? null : matches(text, each));
  type Wanted = (text: string, pattern: string | null) => boolean | null;
  const ways: readonly (readonly [filter: string, of: Wanted, options?: Readonly<Record<string, string>>])[] = [
    ['matchesPattern(firstName,lastName)', whether],
    ['not matchesPattern(firstName,lastName)', (t, p) => (p === null ? null : !matches(t, p))],
    ['matchesPattern(firstName,lastName) eq null', (_, p) => p === null],
    ['matchesPattern(firstName,lastName) ne true', (t, p) => whether(t, p) !== true],
    ['matchesPattern(firstName,home/name)', whether],
    ['matchesPattern(firstName,$it/lastName)', whether],
    ['matchesPattern(firstName,@p)', whether, { '@p': 'lastName' }],
    ["matchesPattern('Anna',lastName)", (_, p) => whether('Anna', p)],
    ["matchesPattern(lastName,'A')", (_, p) => (p === null ? null : p.includes('A'))],
    ['matchesPattern(lastName,lastName)', (_, p) => (p === null ? null : matches(p, p))],
    ["matchesPattern(firstName,concat(lastName,'|x'))", (t, p) => (p === null ? null : matches(t, `${p}|x`))],
    ["matchesPattern(firstName,concat('^.',substring(firstName,1)))", (t) => matches(t, `^.${t.slice(1)}`)],
    ["matchesPattern(firstName,case(lastName eq null:'Carl',true:lastName))", (t, p) => matches(t, p ?? 'Carl')],
    ["matchesPattern(firstName,case(lastName eq null:'x.'))", (t, p) => (p === null ? matches(t, 'x.') : null)],
    ['matchesPattern(firstName,c)', (t, p) => (p === null ? null : matches(t, `(?:${p})?`)), {
      $compute: "concat(concat('(?:',lastName),')?') as c",
    }],
    ['emails/any(e:matchesPattern(firstName,e))', (t, p) => (p !== null && matches(t, p)) || matches(t, t)],
    ['emails/any(e:matchesPattern(e,lastName))', (t, p) => p !== null && (matches(t, p) || matches(p, p))],
    ['emails/all(e:matchesPattern(e,lastName))', (t, p) => p !== null && matches(t, p) && matches(p, p)],
    ["matchesPattern(firstName,$root/People('000001')/lastName)", (t) => matches(t, '^A')],
    ['$root/People/any(o:matchesPattern($it/firstName,o/lastName) and o/userName ne $it/userName)', (t) =>
      rows.some(([other, p]) => p !== null && other !== t && matches(t, p))],
    ["matchesPattern(null,lastName)", () => null],
    ["matchesPattern(lastName,'(?:(a)|[^])\\1') eq null", (_, p) => p === null],
    ["not matchesPattern(lastName,'(?:(a)|b)\\1')", (_, p) => (p === null ? null : true)],
    ["not matchesPattern(lastName,concat(firstName,'()\\1#'))", (t, p) => (p === null ? null : t !== 'x' || !p.includes('#'))],
  ]; // prettier-ignore

  test.each(titled(ways))('[125] %s', async (_, [filter, of, options = {}]) => {
    const wanted = rows.filter(([text, each]) => of(text, each) === true).map(([text]) => text);
    const found = await rowsOf({ $filter: filter, $orderby: 'userName', ...options });
    expect(found.map(({ firstName }) => firstName)).toEqual(wanted);
  });

  test('[125] as a value, in $orderby, in $apply and of a dynamic property', async () => {
    const call = 'matchesPattern(firstName,lastName)';
    const value = await rowsOf({ $compute: `${call} as m`, $select: 'firstName,m', $orderby: `${call} desc,userName` });
    const order = (m: boolean | null): number => (m === null ? 2 : m ? 0 : 1);
    const wanted = rows.map(([text, each]) => ({ firstName: text, m: whether(text, each) }));
    expect(value.map(({ firstName, m }) => ({ firstName, m }))).toEqual(
      wanted.sort((one, other) => order(one.m) - order(other.m)),
    );
    const [groups] = [await rowsOf({ $apply: `compute(${call} as m)/groupby((m),aggregate($count as n))` })];
    const counts = [true, false, null].map((m) => [m, wanted.filter((row) => row.m === m).length]);
    expect(Object.fromEntries(groups.map(({ m, n }) => [String(m), n]))).toEqual(
      Object.fromEntries(counts.map(([m, n]) => [String(m), n])),
    );
    const guests = await rowsOf({ $filter: 'matchesPattern(name,rule)', $select: 'name' }, 'Guests');
    const names = (await service.sql(`SELECT name FROM guests WHERE name < 'C' ORDER BY code`)).map(({ name }) => name);
    expect(guests.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  test.each([
    '(',
    'a)(b',
    '***=a',
    '(?i)a',
    '[[:alpha:]]+]',
    '\\m',
    '(?=a)*',
    '\\b+',
    '(?<a>x)(?<a>y)',
    '(a)\\2',
    '(?<n>a)\\k<m>',
    '(?<\\u0000>a)',
    '(?<\\u{110000}>a)',
    '(?<\\ud800>a)',
    '(?<\\x61>a)',
    '(?<a\\u>a)',
    '(?<a>x)(?<\\u0061>y)',
    '\\p{sc=Lu}',
    '\\p{a=gc=Lu}',
    '\\p{=Lu}',
    '\\p{/Letter}',
  ])('[125] %s in a row is none: the result is null for that row', async (each) => {
    await service.sql(`UPDATE people SET "home_Region" = '.'`);
    await service.sql(`UPDATE people SET "home_Region" = $1 WHERE "firstName" = 'Dora'`, [each]);
    const names = async (filter: string): Promise<readonly unknown[]> =>
      (await rowsOf({ $filter: filter, $select: 'firstName', $orderby: 'userName' })).map(({ firstName }) => firstName);
    const call = 'matchesPattern(firstName,home/region)';
    expect(await names(`${call} eq null`)).toEqual(['Dora']);
    const [some, no] = [rows.map(([text]) => text).filter((text) => text !== 'Dora' && text !== ''), ['']];
    expect([await names(call), await names(`not ${call}`)]).toEqual([some, no]);
  });

  test.each([
    ['a'.repeat(501), 'PatternTooComplex'],
    ['^(?!(a|a)*b)\\1', 'PatternTooComplex'],
  ])('[125, 178] %s in a row is refused at its place', async (each, code) => {
    await service.sql(`UPDATE people SET "home_Region" = NULL`);
    await service.sql(`UPDATE people SET "home_Region" = $1 WHERE "firstName" = 'Dora'`, [each]);
    const options = {
      $filter: `contains(firstName,'r') and matchesPattern('${'a'.repeat(40)}',home/region)`,
      $orderby: 'age add 1',
    };
    const { status, error } = await ask(options);
    expect([status, error.code, error.target]).toEqual([400, code, '$filter']);
    expect(error.message).toContain(`(at position ${options.$filter.indexOf('matches') + 1} of $filter)`);
    expect(await rowsOf({ ...options, $filter: `firstName ne 'Dora' and ${options.$filter}` })).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    '(',
    '{',
    'a{2',
    '}',
    ']',
    '[b-a]',
    '\\e',
    '\\_',
    '\\01',
    '(?i)a',
    '***=a',
    '\\2(a)',
    '\\k<n>',
    '\\p{Nope}',
    '(?=a)*',
    '^*',
  ])('[125] %s is not valid', async (each) => {
    const { status, error } = await ask({ $filter: `matchesPattern(firstName,${quoted(each)})` });
    expect([status, error.code, error.target]).toEqual([400, 'InvalidValue', '$filter']);
  });

  test.each(['a'.repeat(501), '^(?!(a|a)*b)\\1'])('[178] %s is too complex', async (each) => {
    const { status, error } = await ask({ $filter: `matchesPattern('${'a'.repeat(40)}',${quoted(each)})` });
    expect([status, error.code, error.target]).toEqual([400, 'PatternTooComplex', '$filter']);
  });
});

test.each([
  ["substring('\\1abc',3)", "substring('(a)|b\\1',0)"],
  ["tolower('a.')", "tolower('(?<N>A)|B\\K<n>')"],
  ["concat('a','b')", "concat('(a)|b\\','1')"],
])('[125] plans are not shared by %s and a pattern of its shape that needs another', async (...calls) => {
  await fill(texts.map((text) => [text, null]));
  const found = async (call: string): Promise<number> =>
    (await rowsOf({ $filter: `matchesPattern(firstName,${call})`, $select: 'firstName' })).length;
  for (const call of calls) expect(await found(call)).toBeGreaterThan(0);
});

test('[125] rows may have a column of any name that the program of a pattern uses for its own', async () => {
  // Courses have a label of their own, as an instruction of a program has.
  const codes = (await service.sql('SELECT code FROM courses ORDER BY code')).map(({ code }) => String(code));
  const found = async (filter: string): Promise<readonly unknown[]> =>
    (await rowsOf({ $filter: filter, $select: 'code', $orderby: 'code' }, 'Courses')).map(({ code }) => code);
  expect(await found("matchesPattern(code,'^(?:(a)|b|v)(?!\\1).')")).toEqual(
    codes.filter((code) => matches(code, '^(?:(a)|b|v)(?!\\1).')),
  );
  expect(await found('matchesPattern(code,code)')).toEqual(codes.filter((code) => matches(code, code)));
});
