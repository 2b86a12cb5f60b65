/** Null on either side of each operator, whatever it is the null of. URL Conventions §5.1.1.1 to §5.1.1.4 */
import { runTripPin } from '../setup/trip-pin/running';

const { done, get } = runTripPin();

beforeAll(() => done('POST', 'Guests', { code: 'nil', name: 'N', some: 5, word: 'w', flag: true }));

/** A literal, an alias, a dynamic property that is not there, and one of a declared type. */
const nulls = ['null', '@n', 'absent', 'age'];
const numbers = ['1', '1.5', 'some'];
const others = [...numbers, "'x'", 'true', '2020-01-01', 'word', 'flag', 'name'];
const untyped = ['absent', 'some', 'word', 'flag'];
/** What a number cannot be compared with. */
const isOther = (text: string): boolean => ["'x'", 'true', '2020-01-01', 'name'].includes(text);

const pairs = nulls.flatMap((one) =>
  [...others, ...nulls]
    .filter((other) => one !== 'age' || !isOther(other))
    .flatMap((other) => [
      [one, other],
      [other, one],
    ]),
);

/** Those conditions that are not true of the row. */
async function untrue(conditions: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(
    conditions.map((condition) => get(`Guests?$filter=code eq 'nil' and (${condition})&@n=null`)),
  );
  return answers.flatMap(({ text, value }, index) =>
    value.length === 1 ? [] : [`${conditions[index] ?? ''}: ${text}`],
  );
}

test.each(pairs)('[104, 105] %s compared with %s', async (left = '', right = '') => {
  const isEqual = nulls.includes(left) && nulls.includes(right);
  // Two values that tell their types themselves have no order.
  const orders = [left, right].every((side) => untyped.includes(side)) ? [] : ['gt', 'ge', 'lt', 'le'];
  expect(
    await untrue([
      ...orders.map((operator) => `(${left} ${operator} ${right}) eq false`),
      `(${left} eq ${right}) eq ${isEqual}`,
      `(${left} ne ${right}) eq ${!isEqual}`,
      `(${left} in [${right}]) eq ${isEqual}`,
    ]),
  ).toEqual([]);
});

test.each(pairs.filter((pair) => pair.every((side) => [...numbers, ...nulls].includes(side))))(
  '[115] %s computed with %s',
  async (left = '', right = '') => {
    const operators = ['add', 'sub', 'mul', 'div', 'divby', 'mod'];
    expect(await untrue(operators.map((operator) => `(${left} ${operator} ${right}) eq null`))).toEqual([]);
  },
);

test.each(nulls)('[115] %s in functions, case and negation', async (nothing) => {
  const texts = ['toupper', 'length', 'year', 'trim'].map((name) => `${name}(${nothing}) eq null`);
  expect(
    await untrue([
      `-(${nothing}) eq null`,
      `round(${nothing}) eq null`,
      `case(true:${nothing}) eq null`,
      `case(${nothing} eq 1:1,true:2) eq 2`,
      ...(nothing === 'age' ? [] : [...texts, `contains('a',${nothing}) eq null`, `concat(${nothing},'a') eq null`]),
    ]),
  ).toEqual([]);
});

test.each(['null', '@n', 'absent'])('[105] %s with and, or and not', async (nothing) => {
  expect(
    await untrue([
      `(not ${nothing}) eq null`,
      `(${nothing} and true) eq null`,
      `(${nothing} and false) eq false`,
      `(false and ${nothing}) eq false`,
      `(${nothing} or true) eq true`,
      `(true or ${nothing}) eq true`,
      `(${nothing} or false) eq null`,
      `case(${nothing}:1,true:2) eq 2`,
      `(invited/any(i:${nothing})) eq false`,
      `(invited/all(i:${nothing})) eq true`,
    ]),
  ).toEqual([]);
});
