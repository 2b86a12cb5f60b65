/** What rules see of the other entities of their request, compared with plain JavaScript over all of them. */
import fc from 'fast-check';
import type { EntityType } from '../../src/odata/model/model';
import { Above } from '../../src/odata/service/rules';
import { Pending, type PendingEntity, type Values } from '../../src/odata/service/pending';

// Of a type only its key and what it is derived from are asked for.
const type = { name: 'Line', key: [{ name: 'id' }] } as unknown as EntityType;

const turn = (operation: string, before: Values | undefined, after: Values | undefined): PendingEntity => ({
  ...{ operation, type, before, after },
  settled: Promise.resolve(),
});

const line = (id: number, group: number, amount: number): Values => ({ id: `${id}`, group, amount: `${amount}` });

/** A write of a line that is stored or new; both may leave nothing behind. */
const writes = fc.array(
  fc.record({
    stored: fc.option(fc.nat(4)),
    group: fc.nat(2),
    amount: fc.integer({ min: -5, max: 5 }),
    isGone: fc.boolean(),
  }),
  { maxLength: 12 },
);
const rows = Array.from({ length: 5 }, (_, id) => line(id, id % 3, id));

test('records and sums are those of the rows with all writes before them in their place', () => {
  fc.assert(
    fc.property(writes, fc.nat(2), fc.integer({ min: 1, max: 20 }), fc.boolean(), (given, group, limit, isOrdered) => {
      const pending = new Pending();
      const table = new Map(rows.map((row) => [String(row['id']), row]));
      const seen = new Set<number>();
      const turns = given.filter(({ stored }) => stored === null || (!seen.has(stored) && seen.add(stored)));
      for (const [index, { stored, group: to, amount, isGone }] of turns.entries()) {
        const before = stored === null ? undefined : rows[stored];
        const after = isGone ? undefined : line(stored ?? 100 + index, to, amount);
        const position = pending.add(turn(before ? 'update' : 'create', before, after));
        const earlier = pending.before(position, type);
        const met = [...table.values()].filter((row) => row['group'] === group);
        const sum = met.reduce((total, row) => total + Number(row['amount']), 0);
        const matching = rows.filter((row) => row['group'] === group);
        const total = String(matching.reduce((all, row) => all + Number(row['amount']), 0));
        expect(earlier?.sum(total, { group }, 'amount') ?? total).toBe(String(sum));
        // More of the stored ones are read where some of them may be written.
        const byId = (one: Values, other: Values): number => (String(one['id']) < String(other['id']) ? 1 : -1);
        const read = (isOrdered ? matching.toSorted(byId) : matching).slice(0, limit + (earlier?.storedCount ?? 0));
        const found = earlier?.records(read, { group }, limit, isOrdered ? '-id' : undefined) ?? read.slice(0, limit);
        const wanted = isOrdered ? met.toSorted(byId).slice(0, limit) : met.length;
        expect(isOrdered ? found : Math.min(met.length, limit)).toEqual(isOrdered ? wanted : found.length);
        if (before) table.delete(String(before['id']));
        if (after) table.set(String(after['id']), after);
      }
    }),
    { numRuns: 500, seed: 8 },
  );
});

test('each new entity is looked at once for a lookup, however many ask', () => {
  const pending = new Pending();
  let looks = 0;
  const many = 2000;
  for (let id = 0; id < many; id++) {
    const entity = turn('create', undefined, undefined);
    Object.defineProperty(entity, 'after', { get: () => (looks++, line(id, 1, 1)) });
    const earlier = pending.before(pending.add(entity), type);
    expect(earlier?.sum('0', { group: 1 }, 'amount') ?? '0').toBe(String(id));
    expect(earlier?.records([], { group: 1 }, 1, '-id').length ?? 0).toBe(Math.min(id, 1));
  }
  expect(looks).toBeLessThanOrEqual(4 * many);
});

test.each([
  ['another value each', (id: number) => ({ group: id % 500 })],
  ['those above another number each', (id: number) => ({ group: 1, number: new Above(id) })],
])('each entity is looked at once for lookups of %s, also beside one that is stored', (_, conditionsOf) => {
  const pending = new Pending();
  let looks = 0;
  const many = 2000;
  pending.add(turn('update', line(0, 1, 1), line(0, 1, 1)));
  for (let id = 1; id <= many; id++) {
    const entity = turn('create', undefined, undefined);
    const after = { ...line(id, id % 500, 1), number: id };
    Object.defineProperty(entity, 'after', { get: () => (looks++, after) });
    const earlier = pending.before(pending.add(entity), type);
    expect(earlier?.records([], conditionsOf(id), 1, 'number').length).toBeLessThanOrEqual(1);
  }
  expect(looks).toBeLessThanOrEqual(4 * many);
});

test('records above a value are those that plain JavaScript finds', () => {
  const numbers = fc.array(fc.record({ number: fc.option(fc.nat(9)), group: fc.nat(1) }), { maxLength: 12 });
  fc.assert(
    fc.property(
      numbers,
      fc.nat(9),
      fc.constantFrom('number', '-number', 'id'),
      fc.nat(3),
      (given, value, order, limit) => {
        const pending = new Pending();
        const made = given.map((one, id) => ({ ...one, id: `${id}` }));
        for (const values of made) pending.add(turn('create', undefined, values));
        const earlier = pending.before(pending.add(turn('create', undefined, undefined)), type);
        const met = made.filter(({ number, group }) => group === 1 && number !== null && number > value);
        const by = order === 'id' ? 0 : order === 'number' ? 1 : -1;
        const wanted = met.toSorted((one, other) => by * (Number(one.number) - Number(other.number))).slice(0, limit);
        const found =
          earlier?.records([], { group: 1, number: new Above(value) }, limit, by === 0 ? undefined : order) ?? [];
        expect(found).toEqual(wanted);
      },
    ),
    { numRuns: 500, seed: 8 },
  );
});
