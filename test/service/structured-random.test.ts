/** Random conditions on items of collections and on dynamic properties: each is written as OData and evaluated in JavaScript over the same values. */
import fc from 'fast-check';
import { withOptions, type Json, type TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let service: TestService;
let hotels: readonly Hotel[];
let guests: readonly Guest[];

type Maybe<T> = T | null;
interface Room {
  readonly name: string;
  readonly beds: number;
  readonly rate: Maybe<number>;
  readonly since: Maybe<string>;
  readonly seen: Maybe<{ readonly name: Maybe<string> }>;
  readonly tags: readonly string[];
  readonly offers: readonly { readonly price: number }[];
}
interface Hotel {
  readonly code: string;
  readonly rooms: readonly Room[];
}
type Dynamic = Maybe<string | number | boolean>;
interface Guest {
  readonly code: string;
  readonly age: Maybe<number>;
  readonly extra: Readonly<Record<string, Dynamic>>;
}

const words = [
  '',
  'a',
  'B',
  'b',
  "o'x",
  'ü',
  '\\',
  '"',
  '😀',
  '2020-02-29',
  '2019-12-31',
  '2020-02-30',
  'true',
  '5',
  'P1D',
  'null',
];
const numbers = [0, 1, 2, -1.5, 0.1, 80, 80.5, 1e15, -1e-7];
const days = ['2020-02-29', '2019-12-31', '2026-01-01'];

const roomOf: fc.Arbitrary<Room> = fc.record({
  name: fc.constantFrom(...words),
  beds: fc.integer({ min: 0, max: 4 }),
  rate: fc.constantFrom(null, 0, 80, 80.5, 120.125),
  since: fc.constantFrom(null, ...days),
  seen: fc.constantFrom(null, { name: null }, ...words.map((name) => ({ name }))),
  tags: fc.array(fc.constantFrom(...words), { maxLength: 2 }),
  offers: fc.array(fc.constantFrom({ price: 0.5 }, { price: 2 }, { price: 80 }), { maxLength: 3 }),
});
const valueOf: fc.Arbitrary<Dynamic> = fc.constantFrom<Dynamic>(null, true, false, ...words, ...numbers);

/** The same values in every run. */
const sample = <T>(arbitrary: fc.Arbitrary<T>, size: number): readonly T[] =>
  fc.sample(arbitrary, { seed: 20261126, numRuns: size });

beforeAll(async () => {
  service = await startTripPin();
  await service.sql('DELETE FROM hotels');
  await service.sql('DELETE FROM guests');
  hotels = sample(fc.array(roomOf, { maxLength: 4 }), 40).map((rooms, index) => ({ code: `h${100 + index}`, rooms }));
  guests = sample(
    fc.record({ age: fc.constantFrom(null, 0, 1, 2, 80), p: valueOf, q: valueOf, lacks: fc.boolean() }),
    120,
  ).map(({ age, p, q, lacks }, index) => ({ code: `g${100 + index}`, age, extra: lacks ? { p } : { p, q } }));
  for (const { code, rooms } of hotels)
    await service.sql('INSERT INTO hotels (code, rooms, revision) VALUES ($1, $2, 1)', [
      code,
      JSON.stringify(rooms.map((room) => ({ ...room, features: 0 }))),
    ]);
  for (const { code, age, extra } of guests)
    await service.sql(`INSERT INTO guests (code, name, age, extra, revision) VALUES ($1, '', $2, $3, 1)`, [
      code,
      age,
      JSON.stringify(extra),
    ]);
});
afterAll(() => service.close());
afterEach(() => expect(service.takeFailures()).toEqual([]));

/** A condition in OData, and whether a row fulfils it. */
interface Condition<Row> {
  readonly text: string;
  readonly of: (row: Row) => boolean;
}

const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
type Operator = (typeof operators)[number];

/** Comparisons are never null; texts have the order of their code points. */
function compared(left: Dynamic, operator: Operator, right: Dynamic): boolean {
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  const order =
    typeof left === 'string' && typeof right === 'string'
      ? Buffer.compare(Buffer.from(left), Buffer.from(right))
      : Number(left) - Number(right);
  return operator === 'gt' ? order > 0 : operator === 'ge' ? order >= 0 : operator === 'lt' ? order < 0 : order <= 0;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const written = (number: number): string =>
  Number.isInteger(number) ? String(number) : number.toFixed(7).replace(/0+$/, '');
const operator = fc.constantFrom(...operators);

/** A path of a row compared with a literal. */
const comparing = <Row, T extends Dynamic>(
  path: string,
  of: (row: Row) => Maybe<T>,
  literals: readonly T[],
  text: (literal: T) => string,
): fc.Arbitrary<Condition<Row>> =>
  fc.tuple(operator, fc.constantFrom(...literals)).map(([comparison, literal]) => ({
    text: `${path} ${comparison} ${text(literal)}`,
    of: (row) => compared(of(row), comparison, literal),
  }));

/** Conditions made of conditions. */
const combined = <Row>(leaf: fc.Arbitrary<Condition<Row>>): fc.Arbitrary<Condition<Row>> =>
  fc.letrec<{ condition: Condition<Row> }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf,
      fc
        .tuple(tie('condition'), tie('condition'))
        .map(([a, b]) => ({ text: `(${a.text} and ${b.text})`, of: (row: Row) => a.of(row) && b.of(row) })),
      fc
        .tuple(tie('condition'), tie('condition'))
        .map(([a, b]) => ({ text: `(${a.text} or ${b.text})`, of: (row: Row) => a.of(row) || b.of(row) })),
      tie('condition').map((a) => ({ text: `not (${a.text})`, of: (row: Row) => !a.of(row) })),
    ),
  })).condition;

const plain = (text: string): string => text;

/** A condition on a room, with `@` before its members. */
const ofRoom = combined<Room>(
  fc.oneof(
    comparing<Room, string>('@name', ({ name }) => name, words, quoted),
    comparing<Room, number>('@beds', ({ beds }) => beds, [0, 1, 2, 80], written),
    comparing<Room, number>('@rate', ({ rate }) => rate, numbers, written),
    comparing<Room, number>(
      '@rate add @beds',
      ({ rate, beds }) => (rate === null ? null : rate + beds),
      [0, 80, 80.5, 82],
      written,
    ),
    comparing<Room, string>('@since', ({ since }) => since, days, plain),
    comparing<Room, string>('@seen/name', ({ seen }) => seen && seen.name, words, quoted),
    comparing<Room, number>('@tags/$count', ({ tags }) => tags.length, [0, 1, 2], written),
    comparing<Room, number>('@offers/$count', ({ offers }) => offers.length, [0, 1, 2], written),
    fc.constantFrom(...words).map((word) => ({
      text: `@tags/any(t:t eq ${quoted(word)})`,
      of: ({ tags }: Room) => tags.includes(word),
    })),
    fc.constantFrom(...numbers).map((limit) => ({
      text: `@offers/all(o:o/price gt ${written(limit)} or o/price gt @rate)`,
      of: ({ offers, rate }: Room) => offers.every(({ price }) => price > limit || (rate !== null && price > rate)),
    })),
    fc.constant({ text: '@rate gt @beds', of: ({ rate, beds }: Room) => rate !== null && rate > beds }),
    fc.constant({ text: '@seen eq null', of: ({ seen }: Room) => seen === null }),
  ),
);

const at = (text: string, path: string): string => text.replaceAll('@', path);

/** A condition on a hotel. */
const ofHotel = combined<Hotel>(
  fc.oneof(
    ofRoom.map(({ text, of }) => ({
      text: `rooms/any(r:${at(text, 'r/')})`,
      of: ({ rooms }: Hotel) => rooms.some(of),
    })),
    ofRoom.map(({ text, of }) => ({
      text: `rooms/all(r:${at(text, 'r/')})`,
      of: ({ rooms }: Hotel) => rooms.every(of),
    })),
    fc.tuple(ofRoom, operator, fc.integer({ min: 0, max: 2 })).map(([{ text, of }, comparison, n]) => ({
      text: `rooms/$count($filter=${at(text, '')}) ${comparison} ${n}`,
      of: ({ rooms }: Hotel) => compared(rooms.filter(of).length, comparison, n),
    })),
  ),
);

const codesOf = (value: readonly Json[]): readonly unknown[] => value.map(({ code }) => code);

async function value(path: string, options: Readonly<Record<string, string>>): Promise<readonly Json[]> {
  const answer = await service.get(withOptions(path, options));
  if (answer.status !== 200)
    throw new Error(`${JSON.stringify(options)}: ${answer.text} ${service.takeFailures().join()}`);
  return answer.value;
}

const runs = { seed: 20261126, numRuns: 250 };

it('conditions on the items of collections', async () => {
  await fc.assert(
    fc.asyncProperty(ofHotel, async ({ text, of }) => {
      const found = codesOf(await value('Hotels', { $select: 'code', $filter: text }));
      expect(found).toEqual(hotels.filter(of).map(({ code }) => code));
    }),
    runs,
  );
});

it('the items of a collection that a condition leaves, in an order', async () => {
  const lowest = (left: Dynamic, right: Dynamic): number =>
    left === right ? 0 : left === null ? -1 : right === null ? 1 : compared(left, 'gt', right) ? 1 : -1;
  const orders: readonly (readonly [text: string, of: (left: Room, right: Room) => number])[] = [
    ['rate', (a, b) => lowest(a.rate, b.rate)],
    ['rate desc', (a, b) => lowest(b.rate, a.rate)],
    ['seen/name desc', (a, b) => lowest(b.seen && b.seen.name, a.seen && a.seen.name)],
    ['name', (a, b) => lowest(a.name, b.name)],
    ['offers/$count desc', (a, b) => b.offers.length - a.offers.length],
  ];
  await fc.assert(
    fc.asyncProperty(
      ofRoom,
      fc.constantFrom(...orders),
      fc.nat({ max: 39 }),
      fc.nat({ max: 3 }),
      async (condition, [text, order], index, skip) => {
        const { code = '', rooms = [] } = hotels[index] ?? {};
        const wanted = rooms
          .filter(condition.of)
          .toSorted(order)
          .slice(skip)
          .map(({ name, beds }) => ({ name, beds }));
        const options = { $select: 'name,beds', $filter: at(condition.text, ''), $orderby: text, $skip: String(skip) };
        expect(await value(`Hotels('${code}')/rooms`, options)).toEqual(wanted);
        const nested = Object.entries(options).map(([name, option]) => `${name}=${option}`);
        const [hotel] = await value('Hotels', { $filter: `code eq '${code}'`, $select: `rooms(${nested.join(';')})` });
        expect(hotel?.['rooms']).toEqual(wanted);
      },
    ),
    { ...runs, numRuns: 120 },
  );
});

/** What a dynamic property is taken for beside a literal. */
const taken = {
  number: (found: Dynamic): Maybe<number> => (typeof found === 'number' ? found : null),
  text: (found: Dynamic): Maybe<string> => (typeof found === 'string' ? found : null),
  truth: (found: Dynamic): Maybe<boolean> => (typeof found === 'boolean' ? found : null),
  day: (found: Dynamic): Maybe<string> => (typeof found === 'string' && days.includes(found) ? found : null),
};

const isEquality = (comparison: string): boolean => comparison === 'eq' || comparison === 'ne';

const named = (name: string): fc.Arbitrary<Condition<Guest>> => {
  const of = ({ extra }: Guest): Dynamic => extra[name] ?? null;
  return fc.oneof(
    comparing<Guest, number>(name, (guest) => taken.number(of(guest)), numbers, written),
    comparing<Guest, string>(name, (guest) => taken.text(of(guest)), words, quoted),
    comparing<Guest, string>(name, (guest) => taken.day(of(guest)), days, plain),
    comparing<Guest, boolean>(name, (guest) => taken.truth(of(guest)), [true, false], String),
    operator.map((comparison) => ({
      text: `${name} ${comparison} age`,
      // What is no number is not null.
      of: (guest: Guest) =>
        compared(taken.number(of(guest)), comparison, guest.age) !==
        (of(guest) !== null && taken.number(of(guest)) === null && guest.age === null && isEquality(comparison)),
    })),
    fc.constantFrom('eq' as const, 'ne' as const).map((comparison) => ({
      text: `${name} ${comparison} null`,
      of: (guest: Guest) => compared(of(guest), comparison, null),
    })),
    fc.constantFrom(...words).map((word) => ({
      text: `contains(${name},${quoted(word)}) eq true`,
      of: (guest: Guest) => taken.text(of(guest))?.includes(word) ?? false,
    })),
  );
};

it('[345] conditions on dynamic properties', async () => {
  const same: Condition<Guest> = { text: 'p eq q', of: ({ extra: { p, q } }) => (p ?? null) === (q ?? null) };
  await fc.assert(
    fc.asyncProperty(combined(fc.oneof(named('p'), named('q'), fc.constant(same))), async ({ text, of }) => {
      const found = codesOf(await value('Guests', { $select: 'code', $filter: text }));
      expect(found).toEqual(guests.filter(of).map(({ code }) => code));
    }),
    runs,
  );
});

it('[345] dynamic properties as they are stored', async () => {
  const answers = await value('Guests', { $select: 'code,p,q' });
  const wanted = guests.map(({ code, extra: { p = null, q = null } }) => ({
    code,
    ...(p === null ? {} : { p }),
    ...(q === null ? {} : { q }),
  }));
  expect(answers.map(({ '@odata.etag': _, ...members }) => members)).toEqual(wanted);
});
