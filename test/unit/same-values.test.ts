/** Values that a client may repeat, but not change. */
import type { Value } from '../../src/odata/payload/change';
import { isSameValue } from '../../src/odata/service/stored-row';

test.each<readonly [left: Value, right: Value, same: boolean]>([
  [null, null, true],
  [null, '', false],
  ['1', 1, false],
  [0, -0, true],
  [[], [], true],
  [[], null, false],
  [['a', null], ['a', null], true],
  [['a'], ['a', null], false],
  [[0], [-0], true],
  [Buffer.from('a'), Buffer.from('a'), true],
  [Buffer.from('a'), Buffer.from('b'), false],
  [Buffer.from('a'), 'a', false],
  [Buffer.alloc(0), null, false],
  [[Buffer.from('a'), null], [Buffer.from('a'), null], true],
  [[Buffer.from('a')], [Buffer.from('b')], false],
])('%j and %j', (left, right, same) => {
  expect(isSameValue(left, right)).toBe(same);
  expect(isSameValue(right, left)).toBe(same);
});

test('bytes are compared as they are: megabytes as JSON take seconds', () => {
  const asJson = jest.spyOn(Buffer.prototype, 'toJSON');
  const bytes = Buffer.alloc(1000, 1);
  expect(isSameValue(bytes, Buffer.from(bytes))).toBe(true);
  expect(isSameValue([bytes], [Buffer.from(bytes)])).toBe(true);
  expect(asJson).not.toHaveBeenCalled();
  asJson.mockRestore();
});
