import { arrayItems, parameterText } from '../../src/odata/service/array-text';
import { growth } from '../setup/growth';

const plain = ['a', '', 'NULL', 'a,b', '{}', ' c '];
const special = ['"', '\\', 'a"b\\c', null];

test.each([
  ['nothing', []],
  ['what needs no escape', plain],
  ['what does', [...plain, ...special]],
  ['nothing but null', [null, null]],
  ['long texts', ['"\\é😀'.repeat(50_000), 'x'.repeat(100_000), 'y']],
])('PostgreSQL reads the items of an array that is written: %s', (_, items) => {
  expect(arrayItems(String(parameterText(items)))).toEqual(items);
});

test('quotes cost a long text little more than letters', async () => {
  const written = (share: number): unknown => parameterText([(share === 1 ? '"' : 'é').repeat(1_000_000), '"']);
  expect(await growth(written, 40)).toBeLessThan(40);
});
