import { arrayItems, arrayPieces, itemsOfArray, parameterText } from '../../src/odata/service/array-text';
import { growth } from '../setup/growth';
import { stepsOf } from '../setup/steps';

const plain = ['a', '', 'NULL', 'a,b', '{}', ' c '];
const special = ['"', '\\', 'a"b\\c', null];

test.each([
  ['nothing', []],
  ['what needs no escape', plain],
  ['what does', [...plain, ...special]],
  ['nothing but null', [null, null]],
  ['long texts', ['"\\é😀'.repeat(50_000), 'x'.repeat(100_000), 'y']],
])('PostgreSQL reads the items of an array that is written: %s', (_, items) => {
  const text = String(parameterText(items));
  expect(arrayItems(text)).toEqual(items);
  const [written] = stepsOf(arrayPieces(items, (item) => item));
  expect(parameterText(written)).toBe(
    text === '{}' ? text : `{${items.map((item) => String(parameterText([item])).slice(1, -1)).join()}}`,
  );
  expect(arrayItems(parameterText(written))).toEqual(items);
});

test('others may have their turn while many items, or long ones, are written and read', () => {
  for (const items of [
    Array.from({ length: 100_000 }, (_, at) => `"v${at}`),
    Array<string>(30).fill('é'.repeat(70_000)),
  ]) {
    const [written, writing] = stepsOf(arrayPieces(items, (item) => item));
    expect(writing).toBeGreaterThan(20);
    expect(Math.max(...written.pieces.map(({ length }) => length))).toBeLessThan(200_000);
    const [read, reading] = stepsOf(itemsOfArray(parameterText(written)));
    expect(read).toEqual(items);
    expect(reading).toBe(Math.floor(items.length / 4096));
  }
});

test('quotes cost a long text little more than letters', async () => {
  const written = (share: number): unknown => parameterText([(share === 1 ? '"' : 'é').repeat(1_000_000), '"']);
  expect(await growth(written, 40)).toBeLessThan(40);
});
