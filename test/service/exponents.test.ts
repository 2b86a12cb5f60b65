/** Numbers with an exponent beside decimals are decimals: exact. ABNF decimalValue, URL Conventions §5.1.1.18, JSON §7.1 */
import { runTripPin } from '../setup/trip-pin/running';

const { ok, running } = runTripPin();

const SET = 'Everythings';

/** Neighbours that a double does not tell apart. */
const stored = ['9007199254740992', '9007199254740993', '0.1', '0.10000000000000000001', '150', '-1.5'];
const literals = [
  '9.007199254740993e15',
  '9007199254740993e0',
  '1e-1',
  '10000000000000000001e-20',
  '1.5e2',
  '15E+1',
  '-15e-1',
];

/** The value in units of 1e-20. */
function units(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(20 + Number(exponent) - fraction.length);
}

const ids = stored.map((_, index) => index + 900);

beforeAll(async () => {
  for (const [index, any] of stored.entries()) {
    const body = `{"id":${ids[index] ?? 0},"day":"2020-01-01","any":${any},"double":${any}}`;
    const { status, text } = await running().send('POST', SET, { 'Content-Type': 'application/json' }, body);
    if (status !== 201) throw new Error(text);
  }
});

const found = async (condition: string, literal: string): Promise<readonly unknown[]> => {
  const { value } = await ok(`${SET}?$filter=id ge 900 and (${condition})&$orderby=id&$select=id&@n=${literal}`);
  return value.map(({ id }) => id);
};

const operators: Readonly<Record<string, (one: bigint, other: bigint) => boolean>> = {
  eq: (one, other) => one === other,
  ne: (one, other) => one !== other,
  gt: (one, other) => one > other,
  ge: (one, other) => one >= other,
  lt: (one, other) => one < other,
  le: (one, other) => one <= other,
};

describe.each(literals)('[115] %s beside decimals', (literal) => {
  const where = (holds: (value: bigint) => boolean): readonly unknown[] =>
    ids.filter((_, index) => holds(units(stored[index] ?? '')));

  test.each(Object.entries(operators))('%s', async (operator, holds) => {
    const expected = where((value) => holds(value, units(literal)));
    const mirrored = where((value) => holds(units(literal), value));
    expect(await found(`any ${operator} ${literal}`, literal)).toEqual(expected);
    expect(await found(`any ${operator} @n`, literal)).toEqual(expected);
    expect(await found(`${literal} ${operator} any`, literal)).toEqual(mirrored);
  });

  test('in, and computed with', async () => {
    const is = where((value) => value === units(literal));
    expect(await found(`any in (${literal},7)`, literal)).toEqual(is);
    expect(await found(`any in (@n,7)`.replace('(@n,7)', '[@n,7]'), literal)).toEqual(is);
    expect(await found(`any sub ${literal} eq 0`, literal)).toEqual(is);
    expect(await found(`${literal} add any eq any add any`, literal)).toEqual(is);
  });

  test('beside doubles it is one', async () => {
    const doubles = ids.filter((_, index) => Number(stored[index]) === Number(literal));
    expect(await found(`double eq ${literal}`, literal)).toEqual(doubles);
  });
});

test('[115] beside whole numbers it is exact, INF and NaN are doubles', async () => {
  expect(await found('9007199254740993 eq 9007199254740992e0', '1')).toEqual([]);
  expect(await found('any lt INF', '1')).toEqual(ids);
  expect(await found('any eq NaN or any gt INF or any lt -INF', '1')).toEqual([]);
  expect(await found('any lt 1e300 and any gt -1e300', '1')).toEqual(ids);
});

describe('[115] in keys', () => {
  /** The stored key is -1.5; a double does not tell the last one from it. */
  const keys = ['-1.5', '-15e-1', '-0.15E1', '-0.15e+1', '-1500e-3', '-15e-2', '-1.5e0', '-15000000000000000001e-19'];

  test.each(keys)('%s', async (key) => {
    const [entity] = (await ok(`Keyeds?$filter=note eq 'one'&$select=note`)).value;
    const id = String(entity?.['@odata.id']);
    const status = units(key) === units('-1.5') ? 200 : 404;
    const asked = async (written: string, options: string): Promise<number> =>
      (await running().get(`${id.replace(/money=[^,]*/, `money=${written}`)}?$select=note${options}`)).status;
    expect(id).toContain('money=-1.5');
    expect(await asked(encodeURIComponent(key), '')).toBe(status);
    expect(await asked('@m', `&@m=${encodeURIComponent(key)}`)).toBe(status);
  });
});

/** What the type of each property takes, in units of 1e-20; decimals within it are refused, not rounded. */
const types: Readonly<Record<string, { readonly scale: number; readonly most: bigint; readonly least: bigint }>> = {
  any: { scale: 20, most: 10n ** 40n, least: -(10n ** 40n) },
  money: { scale: 2, most: units('9999999.99'), least: units('-9999999.99') },
  whole: { scale: 0, most: units('999999999'), least: units('-999999999') },
  byte: { scale: 0, most: units('255'), least: 0n },
  int32: { scale: 0, most: units('2147483647'), least: units('-2147483648') },
  int64: { scale: 0, most: units('9223372036854775807'), least: units('-9223372036854775808') },
};
const numbers = [
  '1.5e2',
  '15E-1',
  '125e-2',
  '125e-3',
  '-1e0',
  '2.55e2',
  '256e0',
  '2147483647e0',
  '2.147483648e9',
  '-21474836480e-1',
  '9007199254740993e0',
  '9.223372036854775807e18',
  '9.223372036854775808e18',
  '1e-20',
];
let next = 0;

test.each(Object.keys(types))('[115] in bodies: %s', async (name) => {
  const { scale, most, least } = types[name] ?? { scale: 0, most: 0n, least: 0n };
  for (const text of numbers) {
    next += 1;
    const value = units(text);
    const isTaken = value <= most && value >= least && value % 10n ** BigInt(20 - scale) === 0n;
    const body = `{"id":${2000 + next},"day":"2020-01-01","${name}":${text}}`;
    const answer = await running().send('POST', SET, { 'Content-Type': 'application/json' }, body);
    expect([text, answer.status]).toEqual([text, isTaken ? 201 : 400]);
    const [, told = ''] = new RegExp(`"${name}":([^,}]*)`).exec(answer.text) ?? [];
    if (isTaken) expect([text, units(told)]).toEqual([text, value]);
  }
});

/** INF is the largest, and NaN equals nothing. */
const budgets: Readonly<Record<string, (budget: unknown) => boolean>> = {
  'budget eq INF': (budget) => budget === 'INF',
  'budget eq NaN': () => false,
  'budget ne NaN': () => true,
  'budget lt INF': (budget) => typeof budget === 'number',
  'budget ge -INF': (budget) => typeof budget === 'number' || budget === 'INF',
  'budget in (INF,NaN,3e3)': (budget) => budget === 'INF' || budget === 3000,
  'budget eq @x': (budget) => budget === 'INF',
};

test.each(Object.entries(budgets))('[115] within $expand: %s', async (condition, holds) => {
  const trips = '$select=tripNumber,budget;$orderby=tripNumber';
  const all = await ok(`People?$select=userName&$expand=trips(${trips})`);
  const { value } = await ok(
    `People?$select=userName&$expand=trips($filter=${condition};$compute=-INF as x,NaN as y;$select=tripNumber,budget,x,y;$orderby=tripNumber)&@x=INF`,
  );
  const tripsOf = ({ trips: found }: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] =>
    found as readonly Readonly<Record<string, unknown>>[];
  expect(value.map((one) => tripsOf(one).map(({ budget, x, y }) => [budget, x, y]))).toEqual(
    all.value.map((one) =>
      tripsOf(one)
        .filter(({ budget }) => holds(budget))
        .map(({ budget }) => [budget, '-INF', 'NaN']),
    ),
  );
});
