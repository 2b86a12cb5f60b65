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
