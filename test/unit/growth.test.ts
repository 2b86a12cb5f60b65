/** What a request can repeat or nest without end makes no statement that grows faster than the request, or is refused. URL Conventions §5 */
import { compileRead } from '../../src/odata/compile/read';
import { ODataError } from '../../src/odata/error';
import type { Model } from '../../src/odata/model/model';
import { PlanContext } from '../../src/odata/plan/context';
import { planRead } from '../../src/odata/plan/read';
import { parseUrl, shapeOf, splitUrl } from '../../src/odata/url';
import { bounded, linear, rep, seq, square, wide } from '../setup/constructs';
import { growth, growthOfText } from '../setup/growth';
import { paymentsModel, tripPinModel } from './support/models';

let payments: Model;
let tripPin: Model;
beforeAll(async () => {
  [payments, tripPin] = await Promise.all([paymentsModel(), tripPinModel()]);
});

const representation = {
  metadata: 'minimal',
  ieee754: false,
  omit: undefined,
  prefix: '@odata.',
  namespace: 'Microsoft.NAV',
} as const;

/** The length of the statement of a request; the code of the error where it is refused. */
function statementOf(target: string): number | string {
  const parts = splitUrl(target);
  try {
    const ast = parseUrl(parts);
    const model = /^(Hotels|Contacts|Guests|Divisions|Deals|\$all)/.test(target) ? tripPin : payments;
    const context = new PlanContext(model, { shape: shapeOf(parts), aliases: ast.options.aliases });
    return compileRead(planRead(context, ast), representation, {}).statement.text.length;
  } catch (error) {
    if (error instanceof ODataError && error.status < 500) return error.code;
    throw error;
  }
}

const limits = ['NestedTooDeeply', 'TooManyParts', 'ExpandedTooDeeply', 'InvalidValue', 'BadRequest_NotFound'];

/** How much longer statements become, at most, each time that a construct is there twice as often, and which errors end that. */
function lengthened(of: (n: number) => string): { readonly most: number; readonly errors: readonly string[] } {
  const found = [8, 16, 32, 64, 128].map((n) => statementOf(of(n)));
  const factors = found.map((length, index) => {
    const before = found[index - 1];
    return typeof length === 'number' && typeof before === 'number' ? length / before : 0;
  });
  return { most: Math.max(...factors), errors: found.filter((one) => typeof one === 'string') };
}

test.each(Object.entries(linear))('no more than linear: %s', (_, of) => {
  const { most, errors } = lengthened(of);
  expect(typeof statementOf(of(19))).toBe('number');
  expect(most).toBeLessThan(2.3);
  expect(limits).toEqual(expect.arrayContaining([...errors]));
});

test.each(Object.entries(square))('no more than by the square: %s', (_, of) => {
  const { most, errors } = lengthened(of);
  expect(most).toBeLessThan(4.5);
  expect(limits).toEqual(expect.arrayContaining([...errors]));
});

test.each(Object.entries(bounded))('refused before it is long: %s', (_, of) => {
  const found = [2, 4, 8, 16, 32, 64, 128].map((n) => statementOf(of(n)));
  expect(limits).toContain(found.at(-1));
  for (const one of found) if (typeof one === 'number') expect(one).toBeLessThan(2_000_000);
});

test('what grows by its square is told from what is only dear once', async () => {
  const spin = (steps: number): number => {
    let sum = 0;
    for (let step = 0; step < steps; step++) sum = (sum * 31 + step) | 0;
    return sum;
  };
  expect(await growthOfText((share) => spin(1_000_000 * share))).toBeLessThan(8);
  expect(await growthOfText((share) => spin((1_200 * share) ** 2))).toBeGreaterThan(8);
  expect(await growthOfText((share) => spin(share === 1 ? 10_000_000 : 500_000 * share))).toBeLessThan(8);
});

test('the time grows alike', async () => {
  const all = (n: number): void => Object.values(linear).forEach((of) => statementOf(of(n)));
  expect(await growth((share) => all(60 * share))).toBeLessThan(8);
}, 120_000);

test.each(Object.entries(wide))('hundreds of them, too: %s', async (_, of) => {
  const statement = statementOf(of(900));
  expect(typeof statement).toBe('number');
  expect(await growth((share) => statementOf(of(900 * share)))).toBeLessThan(8);
});

test('what is computed for all structures of rows is there once', () => {
  const computed = (structures: number): string =>
    `customers?$apply=concat(${seq(structures, () => `aggregate(balance with max as b)`, ',')})/compute(${seq(300, (i) => `1 as x${i}`, ',')})`;
  expect(Number(statementOf(computed(6))) / Number(statementOf(computed(2)))).toBeLessThan(2);
});

test.each([
  'salesInvoices/all(a:a/customer/salesInvoices/all(b:b/customer/salesInvoices/any()))',
  'not salesInvoices/all(a:not a/customer/salesInvoices/any())',
])('EXISTS stands within no operator, where PostgreSQL would plan it twice for each level: %s', (condition) => {
  const parts = splitUrl(`customers?$filter=${encodeURIComponent(condition)}`);
  const ast = parseUrl(parts);
  const context = new PlanContext(payments, { shape: shapeOf(parts), aliases: ast.options.aliases });
  const { text } = compileRead(planRead(context, ast), representation, {}).statement;
  expect(text).toContain('exists (');
  expect(text).not.toMatch(/is not true|not \(not/);
});

test('a list that many places share by an alias is one value of the statement', () => {
  const valuesOf = (places: number): number => {
    const parts = splitUrl(`customers?$filter=${rep('number in @a', places, ' or ')}&@a=["x","y",null]`);
    const ast = parseUrl(parts);
    const context = new PlanContext(payments, { shape: shapeOf(parts), aliases: ast.options.aliases });
    return compileRead(planRead(context, ast), representation, {}).statement.slots.length;
  };
  expect(valuesOf(20)).toBe(valuesOf(1));
});

test('a property of Unicode costs a pattern little more than a digit', async () => {
  const patterns = (atom: string): string =>
    `customers?$filter=${seq(20, (i) => `matchesPattern(number,'${rep(atom, 99)}${i}')`, ' or ')}`;
  expect(await growth((share) => statementOf(patterns(share === 1 ? '\\p{L}' : '\\d')), 5)).toBeLessThan(5);
});

test('a refusal is no more work than reading what is refused', async () => {
  const nested = [...Object.values(linear), ...Object.values(bounded)].filter(
    (of) => statementOf(of(128)) === 'NestedTooDeeply',
  );
  expect(nested.length).toBeGreaterThan(10);
  expect(await growth((share) => nested.forEach((of) => statementOf(of(4000 * share))))).toBeLessThan(8);
}, 120_000);

test('nor is one of what has grown too much', async () => {
  const grown = [...Object.values(square), ...Object.values(bounded)].filter(
    (of) => statementOf(of(64)) === 'TooManyParts',
  );
  expect(grown.length).toBeGreaterThan(10);
  expect(await growth((share) => grown.forEach((of) => statementOf(of(256 * share))))).toBeLessThan(8);
}, 120_000);

test('levels of all that is expanded are refused before they are planned', async () => {
  expect([6, 7].map((levels) => typeof statementOf(`customers?$expand=*($levels=${levels})`))).toEqual([
    'number',
    'string',
  ]);
  const refused = (share: number): unknown => statementOf(`customers?$expand=*($levels=${share === 1 ? 7 : 5})`);
  expect(await growth(refused, 1)).toBeLessThan(1);
});
