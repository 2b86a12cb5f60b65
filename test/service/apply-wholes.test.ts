/** $apply by the whole of something: complex values with collections, entities of which rows say much. The oracle is plain JavaScript over the same rows. */
import type { Json } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running, ok } = runTripPin();
afterEach(() => expect(running().takeFailures()).toEqual([]));

/** Without control information, names in order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.includes('@'))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [name, plain(one)]),
  );
}

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  values.map(plain).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

/** Each value once with how often it is there. */
const counted = (values: readonly unknown[], name = 'r'): readonly unknown[] => {
  const texts = values.map((value) => JSON.stringify(plain(value)));
  return sorted(
    [...new Set(texts)].map((text) => ({
      [name]: JSON.parse(text) as unknown,
      n: texts.filter((one) => one === text).length,
    })),
  );
};

const applied = async (path: string): Promise<readonly Json[]> => (await ok(path)).value;

describe('[190, 192] groups by the whole of a complex value with collections', () => {
  type Offer = Readonly<{ price: number }>;
  type Room = Readonly<{ name: string; beds: number; tags: readonly string[]; offers: readonly Offer[] }>;
  type Hotel = Readonly<{ code: string; rooms: readonly Room[] }>;
  let hotels: readonly Hotel[];
  let rooms: readonly Room[];

  beforeAll(async () => {
    // The same rooms, otherwise written; and others in what they hold.
    await running().sql(
      `INSERT INTO hotels (code, rooms, kinds, revision) SELECT 'twin', jsonb_build_array(r || '{"rate":120.5,"stay":"PT26H"}',
         r || '{"tags":["sea"]}', jsonb_set(r, '{offers,0,price}', '99.90'), jsonb_set(r, '{offers,0,price}', '1'), r - 'seen'), '{}', 1
       FROM (SELECT rooms -> 0 AS r FROM hotels WHERE code = 'grand') AS grand`,
    );
    hotels = (await applied('Hotels')) as unknown as readonly Hotel[];
    rooms = hotels.flatMap((one) => one.rooms).map((room) => ({ ...room, stay: hours(room) }));
  });
  afterAll(() => running().sql(`DELETE FROM hotels WHERE code = 'twin'`));

  /** Durations that are the same are written in several ways. */
  const hours = (room: object): unknown => {
    const { stay } = room as Json;
    return stay === 'P1DT2H' ? 'PT26H' : stay;
  };
  const told = (values: readonly Json[], name = 'r'): readonly unknown[] =>
    sorted(
      values.map((value) => {
        const whole = value[name] as Json | null;
        return { ...value, [name]: whole && ('stay' in whole ? { ...whole, stay: hours(whole) } : whole) };
      }),
    );
  const best = ({ offers }: Room): readonly Offer[] =>
    [...offers].sort((one, other) => other.price - one.price).slice(0, 1);

  test.each<readonly [apply: string, wanted: () => readonly unknown[]]>([
    ['join(rooms as r)', () => rooms],
    ['outerjoin(rooms as r)', () => [...rooms, ...hotels.flatMap((one) => (one.rooms.length === 0 ? [null] : []))]],
    [
      'concat(join(rooms as r),join(rooms as r,filter(beds gt 1)))',
      () => [...rooms, ...rooms.filter(({ beds }) => beds > 1)],
    ],
    [
      'join(rooms as r)/compute(r as k)/groupby((k,r))/groupby((k))/compute(k as r)/groupby((r))',
      () => distinct(rooms),
    ],
    ['outerjoin(rooms as r)/groupby((r,code))/groupby((r))', () => distinct([...rooms, null])],
    [
      'join(rooms as r,addnested(offers,topcount(1,price) as best))',
      () => rooms.map((one) => ({ ...one, best: best(one) })),
    ],
    [
      'join(rooms as r,compute([seen,null] as k))',
      () => rooms.map((one) => ({ ...one, k: [(one as Json)['seen'], null] })),
    ],
    [
      'concat(join(rooms as r),join(rooms as r,compute(offers as k)))',
      () => [...rooms, ...rooms.map((one) => ({ ...one, k: one.offers }))],
    ],
    [
      'join(rooms as r,addnested(seen,compute(length(name) as l) as s))',
      () =>
        rooms.map((one) => {
          const seen = (one as Json)['seen'] as Json | null;
          return { ...one, s: seen && { ...seen, l: (seen['name'] as string | null)?.length ?? null } };
        }),
    ],
  ])('%s', async (apply, wanted) => {
    const value = await applied(`Hotels?$apply=${apply}/groupby((r),aggregate($count as n))`);
    expect(told(value)).toEqual(counted(wanted()));
  });

  const distinct = (values: readonly unknown[]): readonly unknown[] =>
    [...new Set(values.map((value) => JSON.stringify(value)))].map((text): unknown => JSON.parse(text));

  test('what is held is asked, selected, aggregated, and grouped by once more', async () => {
    const once = distinct(rooms) as readonly Room[];
    const groups = 'Hotels?$apply=outerjoin(rooms as r)/groupby((r))';
    const dear = once.filter(({ offers }) => offers.some(({ price }) => price > 90));
    expect(
      told(await applied(`${groups}&$filter=r/offers/any(o:o/price gt 90)&$select=r/name,r/offers,r/tags`)),
    ).toEqual(sorted(dear.map(({ name, offers, tags }) => ({ r: { name, offers, tags } }))));
    expect(
      await applied(
        `${groups}/aggregate(r/offers/price with sum as sum,r/offers/$count as offers,r/tags with countdistinct as tags,r/$count as n)`,
      ),
    ).toMatchObject([
      {
        sum: Number(
          once
            .flatMap(({ offers }) => offers.map(({ price }) => price))
            .reduce((a, b) => a + b, 0)
            .toFixed(2),
        ),
        offers: once.flatMap(({ offers }) => offers).length,
        tags: new Set(once.flatMap(({ tags }) => tags)).size,
        n: once.length,
      },
    ]);
    expect(sorted(await applied(`${groups}/groupby((r/name),aggregate($count as n))`))).toEqual(
      sorted([...counted(once.map(({ name }) => ({ name }))), { r: null, n: 1 }]),
    );
    expect(
      sorted(
        await applied(`${groups}/filter(r ne null)/addnested(r/offers,filter(price lt 90) as o)&$select=r/name,r/o`),
      ),
    ).toEqual(sorted(once.map(({ name, offers }) => ({ r: { name, o: offers.filter(({ price }) => price < 90) } }))));
  });

  test('the rows of such groups are kept', async () => {
    const value = await applied(
      'Hotels?$apply=join(rooms as r)/groupby((r),topcount(1,length(code)))&$select=code,r/name',
    );
    const first = distinct(rooms).map((room) => {
      const all = hotels.filter((one) =>
        one.rooms.some((own) => JSON.stringify({ ...own, stay: hours(own) }) === JSON.stringify(room)),
      );
      const [{ code } = { code: '' }] = [...all].sort((one, other) => other.code.length - one.code.length);
      return { code, r: { name: (room as Room).name } };
    });
    expect(sorted(value)).toEqual(sorted(first));
  });

  test('a path to the collection itself is none to group by', async () => {
    for (const path of ['r/tags', 'r/offers', 'r/offers/price'])
      expect((await running().get(encodeURI(`Hotels?$apply=join(rooms as r)/groupby((${path}))`))).status).toBe(400);
  });
});
