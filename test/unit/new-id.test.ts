import { newId } from '../../src/odata/service/new-id';

it('makes ids of version 7 that rise, however many are made in a millisecond, and if the clock goes back', () => {
  const start = Date.now();
  const ids = Array.from({ length: 20_000 }, (_, index) => newId(start - Math.floor(index / 10_000)));
  expect(ids.every((id) => /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toBe(true);
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
});
