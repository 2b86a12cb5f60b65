/** Writes of many items of a collection of values at once: what is stored before and after by plain SQL, compared with JavaScript over the items. */
import { odataError, RuleBook } from '../../src/odata';
import { sendJson, sendMultipart } from '../setup/batches';
import type { Answer, Json } from '../setup/service';
import { grandRooms } from '../setup/trip-pin/rooms';
import { runTripPin } from '../setup/trip-pin/running';
import { Hotel } from '../setup/trip-pin/structured-entities';
import { untilWaiting } from '../setup/waiting';

/** What the rules of hotels have seen of kinds: those that there were, and those that there shall be. */
const seen: (readonly [before: unknown, after: unknown])[] = [];
const rules = new RuleBook().add(Hotel, {
  update: (draft, { kinds }) => {
    if (draft.kinds === undefined) return;
    seen.push([kinds, draft.kinds]);
    if (draft.kinds.length > 4) throw odataError('InvalidValue', { message: 'Too many.' }, { target: 'kinds' });
    if (String(draft.kinds).includes('Double,Double')) draft.note = 'all double';
  },
});

const { running, ok, send, done } = runTripPin({ rules });
afterEach(() => expect(running().takeFailures()).toEqual([]));

/** Odd ones: nulls that are written and members that are not, items that are equal. */
const rooms = `${grandRooms.trimEnd().slice(0, -1)},
  {"name":"bare","beds":3,"features":6,"rate":80.0,"seen":{"name":"Bonn"}},
  {"name":"last","beds":1,"rate":null,"features":1,"seen":null,"tags":["sea","sea"],"offers":[{"price":1,"until":"2026-06-30"},{"price":99}]}]`;

beforeEach(async () => {
  await running().sql(`DELETE FROM hotels WHERE code = 'new'`);
  await running().sql(
    `INSERT INTO hotels (code, rooms, kinds, revision, main) VALUES ('new', $1, '{0,5,1,5}', 1, 'grand')`,
    [rooms],
  );
});

interface Room {
  readonly name: string;
  readonly beds: number;
  readonly rate?: number;
  readonly area?: number | string;
  readonly smoking?: boolean;
  readonly since?: string;
  readonly kind?: number;
  readonly seen?: { readonly name?: string; readonly region?: string };
  readonly tags?: readonly string[];
  readonly offers?: readonly { readonly price: number; readonly until?: string }[];
}

/** Members that are null are not there. */
const plain = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(plain)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (one === null ? [] : [[name, plain(one)]])))
      : value;

interface Stored {
  readonly rooms: readonly Room[];
  readonly kinds: readonly number[];
  readonly revision: number;
  readonly text: string;
}

async function stored(code = 'new'): Promise<Stored> {
  const [row] = await running().sql(`SELECT rooms, rooms::text AS text, kinds, revision FROM hotels WHERE code = $1`, [
    code,
  ]);
  return { ...(row as unknown as Stored), rooms: plain(row?.['rooms']) as Room[] };
}

const contextOf = ({ json }: Answer): string => String(json['@odata.context'] ?? json['@context']).split('#')[1] ?? '';

type Condition = (room: Room, index: number, all: readonly Room[]) => boolean;

/** Segments in front of `/$each`, the options that belong to them, and which rooms they leave. */
const written: readonly (readonly [segments: string, isMeant: Condition, options?: string])[] = [
  ['', () => true],
  ['/$filter(true)', () => true],
  ['/$filter(false)', () => false],
  ['/$filter(beds gt 1)', ({ beds }) => beds > 1],
  ['/$filter($it/beds eq 3)', ({ beds }) => beds === 3],
  ["/$filter($this/name eq 'bare')", ({ name }) => name === 'bare'],
  [
    '/$filter(@f)',
    ({ area }) => area === 'NaN' || (typeof area === 'number' && area > 10),
    '@f=area gt 10 or area ne area',
  ],
  ['/$filter(rate eq null)', ({ rate }) => rate === undefined],
  ['/$filter(rate lt 100)', ({ rate }) => rate !== undefined && rate < 100],
  ['/$filter(not smoking)', ({ smoking }) => smoking === false],
  ["/$filter(seen/name eq 'Ulm' or seen eq null)", ({ seen }) => seen === undefined || seen.name === 'Ulm'],
  ["/$filter(tags/any(t:t eq 'sea'))", ({ tags }) => tags?.includes('sea') === true],
  ['/$filter(offers/$count gt 1)', ({ offers }) => (offers?.length ?? 0) > 1],
  ['/$filter(offers/any(o:o/price lt 1))', ({ offers }) => offers?.some(({ price }) => price < 1) === true],
  ["/$filter(kind in ('Single','Suite'))", ({ kind }) => kind === 0 || kind === 5],
  ['/$filter($these/$count gt 5 and beds eq 1)', ({ beds }, _, all) => all.length > 5 && beds === 1],
  ['/$filter(beds gt 1)/$filter(rate ne null)', ({ beds, rate }) => beds > 1 && rate !== undefined],
  [
    '/$filter(beds gt 1)/$filter($these/$count eq 4)',
    ({ beds }, _, all) => beds > 1 && all.filter((r) => r.beds > 1).length === 4,
  ],
  // Each segment speaks of what those in front leave: written out, of twice as much as the one before.
  [
    `${'/$filter($these/$count gt 1)'.repeat(30)}/$filter($these/$count eq 4 or beds gt 1)`.replace(
      '/',
      '/$filter(rate ne null)/',
    ),
    ({ beds, rate }, _, all) =>
      rate !== undefined && (all.filter((r) => r.rate !== undefined).length === 4 || beds > 1),
  ],
  ["/$filter($root/Hotels('inn')/rooms/any(r:r/beds eq $it/beds))", ({ beds }) => beds === 1],
  [
    "/$filter(since ge 2000-01-01 or contains(name,'ü'))",
    ({ since, name }) => (since ?? '') >= '2000' || name.includes('ü'),
  ],
];
const conditions = written.map(
  ([segments, isMeant, options = '']) => [segments, isMeant, options && `?${options}`] as const,
);

describe('each complex item', () => {
  test.each(conditions)('[244] PATCH and DELETE of rooms%s/$each', async (segments, isMeant, options) => {
    const before = await stored();
    const path = `Hotels('new')/rooms${segments}/$each${options}`;
    const patched = await done('PATCH', path, { beds: 7, rate: null, seen: { region: 'X' }, tags: ['p', 'q'] });
    const { rate: _, ...others } = { rate: undefined };
    const change = ({ rate: __, ...room }: Room): unknown => ({
      ...room,
      ...others,
      beds: 7,
      seen: { ...room.seen, region: 'X' },
      tags: ['p', 'q'],
    });
    const after = await stored();
    expect(after.rooms).toEqual(before.rooms.map((room, at, all) => (isMeant(room, at, all) ? change(room) : room)));
    expect(after.text).toContain('12345678901234567890123456789.5');
    const isAny = before.rooms.some(isMeant);
    expect([patched.status, patched.text, patched.headers['etag'], after.revision]).toEqual([
      204,
      '',
      isAny ? 'W/"2"' : 'W/"1"',
      isAny ? 2 : 1,
    ]);
    await running().sql(`UPDATE hotels SET rooms = $1 WHERE code = 'new'`, [rooms]);
    const deleted = await done('DELETE', path);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await stored()).rooms).toEqual(before.rooms.filter((room, at, all) => !isMeant(room, at, all)));
  });

  test.each(conditions)(
    '[218, 244] rooms%s/$each answers with the items that it has changed',
    async (segments, isMeant, options) => {
      const { rooms: before } = await stored();
      const meant = [...before.entries()].flatMap(([at, room]) => (isMeant(room, at, before) ? [at] : []));
      const path = `Hotels('new')/rooms${segments}/$each${options}`;
      const Prefer = 'return=representation';
      const answer = await done('PATCH', path, { beds: 9, name: 'n', kind: null }, { Prefer });
      const whole = await ok(`Hotels('new')/rooms`);
      expect([answer.status, contextOf(answer), answer.headers['preference-applied']]).toEqual([
        200,
        `Hotels('new')/rooms`,
        Prefer,
      ]);
      expect(answer.headers['etag']).toBe(meant.length > 0 ? 'W/"2"' : 'W/"1"');
      expect(answer.value).toEqual(meant.map((at) => whole.value[at]));
    },
  );

  test.each<[path: string, options: string, more: string, headers: Record<string, string>]>([
    [`Hotels('new')/rooms/$filter(@a)/$filter(@b)/$each`, '@a=beds gt 1&@b=@c&@c=rate ne null', '', {}],
    [`Hotels/new/rooms/$filter(beds gt 1)/$each`, '', '$select=name,offers($filter=price gt 1;$count=true)', {}],
    [`Hotels/$filter(rooms/any(r:r/smoking))('new')/rooms/$filter(smoking)/$each`, '', '', {}],
    [`Hotels('new')/rooms/$filter(beds gt 1)/$each`, '', '$compute=beds mul 2 as twice&$select=name,twice', {}],
    [`Hotels('new')/rooms/$filter(beds gt 1)/$each`, '', '$search=ZIMMER OR bare', {}],
    [`Hotels('new')/rooms/$filter(beds gt 1)/$each`, '', '$apply=groupby((name),aggregate(beds with sum as n))', {}],
    [
      `Hotels('new')/rooms/$filter(beds gt 1)/$each`,
      '',
      '$skip=1&$top=2',
      { Accept: 'application/json;metadata=full', 'OData-MaxVersion': '4.01' },
    ],
    [
      `Hotels('new')/rooms/$filter(beds gt 1)/$each`,
      '',
      '',
      { Accept: 'application/json;odata.metadata=none;IEEE754Compatible=true' },
    ],
    [
      `Hotels('new')/rooms/$filter(false)/$each`,
      '',
      '$count=true',
      { Accept: 'application/json;metadata=minimal', 'OData-MaxVersion': '4.01' },
    ],
    [
      `Hotels('new')/kinds/$filter($it ne 'Single')/$each`,
      '',
      '$filter=$it ne null&$orderby=$it desc&$count=true&$top=2',
      {},
    ],
  ])('[218] PATCH of %s?%s&%s answers as a GET does of these items', async (path, aliases, more, headers) => {
    const query = [aliases, more].filter((part) => part !== '').join('&');
    // What the conditions are about stays as it is, so that a GET finds the same items.
    const body = path.includes('kinds') ? { value: 'Suite' } : { area: 3 };
    const answer = await done('PATCH', `${path}?${query}`, body, { ...headers, Prefer: 'return=representation' });
    const read = await ok(`${path.replace('/$each', '')}?${query}`, headers);
    expect(answer.text).toBe(read.text);
    // What is written is read by the same path.
    expect((await ok(`${path}?${query}`, headers)).text).toBe(read.text);
    expect(answer.headers['content-type']).toBe(read.headers['content-type']);
  });

  test('[218, 244] options speak of the answer, once all is done', async () => {
    const path = `Hotels('new')/rooms/$filter(beds gt 1)/$each`;
    const asked = '?$select=name,beds&$filter=beds eq 1&$orderby=name desc&$top=3&$count=true';
    const answer = await done(
      'PATCH',
      path + asked,
      { beds: 1 },
      { Prefer: 'return=representation', 'OData-MaxVersion': '4.01' },
    );
    expect(contextOf(answer)).toBe(`Hotels('new')/rooms(name,beds)`);
    expect([answer.json['@odata.count'], answer.value]).toEqual([4, Array(3).fill({ name: 'bare', beds: 1 })]);
    const { rooms: before } = await stored();
    for (const option of ['$filter=beds eq 1', '$select=name', '$top=1', '$orderby=name', '$count=true']) {
      const refused = await send('PATCH', `${path}?${option}`, { beds: 5 });
      expect([refused.status, refused.error.target]).toEqual([400, option.split('=')[0]]);
      const kept = await send('DELETE', `${path}?${option}`, undefined, { Prefer: 'return=representation' });
      expect([kept.status, kept.error.target]).toEqual([400, option.split('=')[0]]);
    }
    expect((await stored()).rooms).toEqual(before);
  });
});

describe('what a path says of one item', () => {
  type Change = (room: Room) => unknown;
  const offersOf = ({ offers = [] }: Room, change: (offer: { price: number; until?: string }) => unknown): unknown =>
    offers.map(change).filter((offer) => offer !== undefined);

  /** Behind `rooms/$filter(beds gt 1)`; `shown` is the same by the place of the room. */
  test.each<[method: string, rest: string, body: Json | undefined, change: Change, shown: string | undefined]>([
    ['PATCH', '/0', { beds: 1 }, (room) => ({ ...room, beds: 1 }), ''],
    ['PATCH', '/-1', { beds: 1 }, (room) => ({ ...room, beds: 1 }), ''],
    ['PUT', '/1', { name: 'z' }, () => ({ name: 'z', beds: 1, features: 5, tags: [], offers: [] }), ''],
    ['DELETE', '/-2', undefined, () => undefined, undefined],
    ['PUT', '/0/name', { value: 'z' }, (room) => ({ ...room, name: 'z' }), '/name'],
    ['PUT', '/0/seen', { name: 'z' }, (room) => ({ ...room, seen: { name: 'z' } }), '/seen'],
    ['DELETE', '/0/seen', undefined, ({ seen: _, ...room }) => room, undefined],
    ['POST', '/1/tags', { value: 'z' }, (room) => ({ ...room, tags: [...(room.tags ?? []), 'z'] }), '/tags'],
    ['PUT', '/0/tags/-1', { value: 'z' }, (room) => ({ ...room, tags: ['sea', 'z'] }), '/tags/-1'],
    [
      'PATCH',
      '/0/offers/$each',
      { price: 1 },
      (room) => ({ ...room, offers: offersOf(room, (o) => ({ ...o, price: 1 })) }),
      '/offers',
    ],
    [
      'DELETE',
      '/0/offers/$filter(until ne null)/$each',
      undefined,
      (room) => ({ ...room, offers: offersOf(room, (o) => (o.until === undefined ? o : undefined)) }),
      undefined,
    ],
    [
      'PUT',
      '/0/offers/$filter(until eq null)/0/price',
      { value: 5 },
      (room) => ({ ...room, offers: offersOf(room, (o) => (o.until === undefined ? { price: 5 } : o)) }),
      '/offers/1/price',
    ],
    [
      'PATCH',
      '/0/offers/$filter(price lt 90)/$each',
      { price: 95 },
      (room) => ({ ...room, offers: offersOf(room, (o) => (o.price < 90 ? { ...o, price: 95 } : o)) }),
      '/offers/$filter(price eq 95)',
    ],
    [
      'PATCH',
      "/0/tags/$filter(contains($it,','))/$each",
      { value: 'z' },
      ({ tags = [], ...room }) => ({ ...room, tags: tags.map((tag) => (tag.includes(',') ? 'z' : tag)) }),
      "/tags/$filter($it eq 'z')",
    ],
    ['PUT', "/0/tags/$filter($it ne 'sea')/0", { value: 'z' }, (room) => ({ ...room, tags: ['sea', 'z'] }), '/tags/1'],
    [
      'PUT',
      '/0/offers/$filter(price gt 1)/$filter($these/$count eq 2)/-1/until',
      { value: '2026-05-01' },
      (room) => ({ ...room, offers: offersOf(room, (o) => (o.price === 80 ? { ...o, until: '2026-05-01' } : o)) }),
      '/offers/1/until',
    ],
    [
      'PATCH',
      `/-1/offers/$filter($root/Hotels('inn')/rooms/any(r:r/beds lt 2))/$each`,
      { price: 2 },
      (room) => ({ ...room, ...(room.offers && { offers: offersOf(room, (o) => ({ ...o, price: 2 })) }) }),
      '/offers',
    ],
    ['DELETE', '/0/tags/$each', undefined, (room) => ({ ...room, tags: [] }), undefined],
    ['DELETE', '/-1/tags/$each', undefined, (room) => room, undefined],
    ['PATCH', '/0/tags/$filter(false)/$each', { value: 'z' }, (room) => room, '/tags/$filter(false)'],
  ])('[81, 240] %s rooms/$filter(beds gt 1)%s', async (method, rest, body, change, shown) => {
    const { rooms: before, revision } = await stored();
    const ordinal = Number(/^\/(-?\d+)/.exec(rest)?.[1]);
    const place = [...before.keys()].filter((at) => (before[at]?.beds ?? 0) > 1).at(ordinal) ?? -1;
    const path = `Hotels('new')/rooms/$filter(beds gt 1)${rest}`;
    const answer = await done(method, path, body, method === 'DELETE' ? {} : { Prefer: 'return=representation' });
    const after = await stored();
    const wanted = before
      .flatMap((room, at) => (at === place ? [change(room)] : [room]))
      .filter((one) => one !== undefined);
    expect(after.rooms).toEqual(wanted);
    expect(after.revision).toBe(JSON.stringify(before) === JSON.stringify(wanted) ? revision : revision + 1);
    expect(answer.status).toBe(method === 'DELETE' ? 204 : 200);
    if (method === 'DELETE') return;
    // The condition may hold for others by now: the answer is what was written, which is at its place still.
    const { '@odata.context': _, ...written } = answer.json;
    const { '@odata.context': __, ...read } = (await ok(`Hotels('new')/rooms/${place}${String(shown)}`)).json;
    expect(written).toEqual(read);
  });
});

describe('collections of other values, wherever they are', () => {
  interface Place {
    /** The resource path of the collection. */
    readonly path: string;
    /** The array by plain SQL. */
    readonly sql: string;
    /** What puts it there. */
    readonly reset: string;
  }
  const emails: Place = {
    path: `People('ronaldmundy')/emails`,
    sql: `SELECT emails FROM people WHERE "userName" = 'ronaldmundy'`,
    reset: `UPDATE people SET emails = '{"Ronald@example.com","a\\"b,c{}\\\\d","NULL",""}' WHERE "userName" = 'ronaldmundy'`,
  };
  const mine: Place = {
    path: 'Me/emails',
    sql: `SELECT emails FROM people WHERE "userName" = 'russellwhyte'`,
    reset: `UPDATE people SET emails = '{"a@b.c","d"}' WHERE "userName" = 'russellwhyte'`,
  };
  const kinds: Place = {
    path: `Hotels('new')/kinds`,
    sql: `SELECT kinds FROM hotels WHERE code = 'new'`,
    reset: `UPDATE hotels SET kinds = '{0,5,1,5}' WHERE code = 'new'`,
  };
  const ratings: Place = {
    path: `People('russellwhyte')/trips(9d9b2fa0-efbf-490e-a5e3-bac8f7d47354)/ratings`,
    sql: `SELECT ratings FROM trips WHERE "shareId" = '9d9b2fa0-efbf-490e-a5e3-bac8f7d47354'`,
    reset: `UPDATE trips SET ratings = '{5,3,4,3}' WHERE "shareId" = '9d9b2fa0-efbf-490e-a5e3-bac8f7d47354'`,
  };
  const tags: Place = {
    path: `Contacts('ann')/planItems(2)/Trip.Pin.Flight/tags`,
    sql: `SELECT tags FROM plan_items WHERE id = 2`,
    reset: `UPDATE plan_items SET tags = '{x,y,x}' WHERE id = 2`,
  };
  const stops: Place = {
    path: `Contacts('ann')/planItems(2)/stops`,
    sql: `SELECT stops FROM plan_items WHERE id = 2`,
    reset: `UPDATE plan_items SET stops = '[{"name":"Ulm","region":"BW"},{"name":"Bonn"},{}]' WHERE id = 2`,
  };
  const behind: Place = {
    path: `Hotels('new')/main/kinds`,
    sql: `SELECT kinds FROM hotels WHERE code = 'grand'`,
    reset: `UPDATE hotels SET kinds = '{0,5,1,5}' WHERE code = 'grand'`,
  };
  const extra: Place = {
    path: `Guests('cleo')/tags`,
    sql: `SELECT extra->'tags' FROM guests WHERE code = 'cleo'`,
    reset: `UPDATE guests SET extra = extra || '{"tags":["sea",null,"a",1,true,{"x":1,"y":null}]}' WHERE code = 'cleo'`,
  };
  const days: Place = {
    path: `Guests('cleo')/days`,
    sql: `SELECT extra->'days' FROM guests WHERE code = 'cleo'`,
    reset: `UPDATE guests SET extra = extra || '{"days":["2020-02-29",null,"2021-01-01"],"days@type":"Collection(Date)"}' WHERE code = 'cleo'`,
  };
  const inner: Place = {
    path: `Guests('cleo')/o/list`,
    sql: `SELECT extra->'o'->'list' FROM guests WHERE code = 'cleo'`,
    reset: `UPDATE guests SET extra = extra || '{"o":{"list":[1,2.50,3],"kept":12345678901234567890.5}}' WHERE code = 'cleo'`,
  };

  type Meant = (item: never, at: number, all: readonly never[]) => boolean;
  const cases: readonly (readonly [place: Place, segments: string, isMeant: Meant, body: Json, after: unknown])[] = [
    [emails, '', () => true, { value: 'x' }, 'x'],
    [emails, `/$filter($it eq '')`, (item) => item === '', { value: 'NULL' }, 'NULL'],
    [
      emails,
      `/$filter(contains($this,'@') or $it eq 'NULL')`,
      (item: string) => /@|^NULL$/.test(item),
      { value: '"' },
      '"',
    ],
    [emails, `/$filter($these/$count gt 9)`, () => false, { value: 'x' }, 'x'],
    [emails, `/$filter($root/Me/emails/$count eq 2 and $it ne '')`, (item) => item !== '', { value: 'x' }, 'x'],
    [mine, `/$filter($it eq 'd')`, (item) => item === 'd', { value: 'e' }, 'e'],
    [kinds, '', () => true, { value: 'Double' }, 1],
    [kinds, `/$filter($it eq 'Suite')`, (item) => item === 5, { value: 'Single' }, 0],
    [kinds, `/$filter($it ne 'Suite')/$filter($it ne 'Double')`, (item) => item === 0, { value: 'Suite' }, 5],
    [ratings, '/$filter($it gt 3)', (item) => item > 3, { value: 1 }, 1],
    [ratings, '/$filter($this lt $these/$count)', (item, _, all) => item < all.length, { value: 1 }, 1],
    [tags, `/$filter($it eq 'x')`, (item) => item === 'x', { value: 'z' }, 'z'],
    [stops, `/$filter(region eq null)`, (item) => item['region'] === undefined, { region: 'R' }, { region: 'R' }],
    [behind, `/$filter($it eq 'Suite')`, (item) => item === 5, { value: 'Single' }, 0],
    [extra, '', () => true, { value: 'x' }, 'x'],
    [extra, `/$filter($it eq 'a')`, (item) => item === 'a', { value: 2.5 }, 2.5],
    [extra, '/$filter($it eq null)', (item) => item === null, { value: false }, false],
    [extra, '/$filter($it ge 1)', (item) => item === 1, { value: null }, null],
    [days, '', () => true, { value: '2022-02-02' }, '2022-02-02'],
    [
      days,
      '/$filter($it lt 2021-01-01)',
      (item) => String(item) < '2021',
      { value: '2022-02-02', '@odata.type': '#Date' },
      '2022-02-02',
    ],
    [inner, '/$filter($it gt 2)', (item) => item > 2, { value: 7 }, 7],
  ];
  test.each(cases.map(([place, ...row]) => [place.path, place, ...row] as const))(
    '[244] %s %#',
    async (_, place, segments, isMeant, body, after) => {
      const items = async (): Promise<readonly never[]> => {
        const [row] = await running().sql(place.sql);
        return plain(Object.values(row ?? {})[0]) as never[];
      };
      await running().sql(place.reset);
      const before = await items();
      const path = `${place.path}${segments}/$each`;
      const changed = (item: never): unknown => (place === stops ? { ...(item as Json), ...(after as Json) } : after);
      const wanted = before.map((item, at, all) => (isMeant(item, at, all) ? changed(item) : item));
      const answer = await done('PATCH', path, body, { Prefer: 'return=representation' });
      expect(await items()).toEqual(wanted);
      expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'return=representation']);
      const { json } = await ok(place.path);
      expect(answer.json).toEqual({
        ...json,
        value: (json['value'] as unknown[]).filter((_, at) => isMeant(before[at] as never, at, before)),
      });
      await running().sql(place.reset);
      expect((await done('DELETE', path)).status).toBe(204);
      expect(await items()).toEqual(before.filter((item, at, all) => !isMeant(item, at, all)));
      await running().sql(place.reset);
    },
  );
});

describe('what a path says of one item of a dynamic property', () => {
  /** Numbers that JavaScript does not hold, an item that is null, one that is of another kind, and a type that is stored beside. */
  const text = `{"tags":["sea",null,"a",1,true,{"x":1,"y":{"z":[1]}}],"days":["2020-02-29",null,"2021-01-01"],"days@type":"Collection(Date)",
    "rooms":[{"name":"a","beds":1,"tags":["p","q"]},{"name":"b","beds":2,"tags":[]},null,{"name":"c","beds":3,"tags":["p"],"seen":{"name":"Ulm","at":[1,2]}}],
    "o":{"list":[1,2.5,3],"kept":1},"big":12345678901234567890.123,"big@type":"Decimal","none":[]}`;
  interface Extra {
    readonly tags: unknown[];
    readonly days: unknown[];
    readonly rooms: Json[];
    readonly o: { readonly list: unknown[] };
    readonly none: unknown[];
  }
  const row = async (): Promise<{ readonly extra: Extra; readonly text: string }> =>
    (await running().sql(`SELECT extra, extra::text AS text FROM guests WHERE code = 'dyn'`))[0] as never;
  beforeEach(async () => {
    await running().sql(`DELETE FROM guests WHERE code = 'dyn'`);
    await running().sql(
      `INSERT INTO guests (code, name, age, extra, revision, host) SELECT 'dyn', 'Dyn', 7, $1, 1, host FROM guests WHERE code = 'cleo'`,
      [text],
    );
  });
  afterAll(() => running().sql(`DELETE FROM guests WHERE code = 'dyn'`));

  type Edit = (extra: Extra) => void;
  /** `shown`: the path by places alone, where it is another one. */
  const edits: readonly (readonly [method: string, path: string, body: unknown, edit: Edit, shown?: string])[] = [
    ['PUT', 'tags/0', { value: 'x' }, ({ tags }) => (tags[0] = 'x')],
    ['PATCH', 'tags/-1', { value: 2.5 }, ({ tags }) => (tags[5] = 2.5)],
    ['PATCH', 'tags/5', { y: { w: 2 }, x: null }, ({ tags }) => (tags[5] = { y: { z: [1], w: 2 } })],
    ['PUT', 'tags/5', { y: { w: 2 }, x: null }, ({ tags }) => (tags[5] = { y: { w: 2 } })],
    ['PUT', 'tags/-6', { name: 'o' }, ({ tags }) => (tags[0] = { name: 'o' })],
    ['PUT', 'tags/1', { value: false }, ({ tags }) => (tags[1] = false)],
    ['PUT', 'tags/4', { value: 'NULL', '@odata.type': '#String' }, ({ tags }) => (tags[4] = 'NULL')],
    ['PATCH', 'tags/4', { value: 7, '@type': 'Double' }, ({ tags }) => (tags[4] = 7)],
    ['PATCH', 'tags/1', { value: {} }, ({ tags }) => (tags[1] = {})],
    ['PUT', 'tags/5/y/z/0', { value: 9 }, ({ tags }) => (tags[5] = { x: 1, y: { z: [9] } })],
    ['PUT', 'tags/1/name', { value: 'n' }, ({ tags }) => (tags[1] = { name: 'n' })],
    ['DELETE', 'tags/1', undefined, ({ tags }) => tags.splice(1, 1)],
    ['DELETE', 'tags/-1/y/z', undefined, ({ tags }) => (tags[5] = { x: 1, y: {} })],
    ['DELETE', 'tags/1/name', undefined, () => undefined],
    ['POST', 'tags', { value: 'x' }, ({ tags }) => tags.push('x')],
    ['POST', 'tags?$index=1', { name: 'o', n: null }, ({ tags }) => tags.splice(1, 0, { name: 'o' })],
    ['POST', 'tags?$index=-2', { value: null }, ({ tags }) => tags.splice(5, 0, null)],
    ['POST', 'none', { value: 1 }, ({ none }) => none.push(1)],
    ['POST', 'days', { value: '2024-02-29' }, ({ days }) => days.push('2024-02-29')],
    ['PUT', 'days/0', { value: '2024-02-29' }, ({ days }) => (days[0] = '2024-02-29')],
    ['PATCH', 'days/1', { value: '2024-02-29', '@odata.type': '#Edm.Date' }, ({ days }) => (days[1] = '2024-02-29')],
    ['PUT', 'days/0', { value: null }, ({ days }) => (days[0] = null)],
    [
      'PUT',
      'days/$filter($it gt 2020-12-31)/0',
      { value: '2019-01-01' },
      ({ days }) => (days[2] = '2019-01-01'),
      'days/2',
    ],
    ['DELETE', 'days/0', undefined, ({ days }) => days.splice(0, 1)],
    ['PUT', 'o/list/-1', { value: 7 }, ({ o }) => (o.list[2] = 7)],
    ['POST', 'o/list?$index=0', { value: 7 }, ({ o }) => o.list.unshift(7)],
    ['PUT', 'o/list/$filter($it gt 1)/$filter($it lt 3)/0', { value: 7 }, ({ o }) => (o.list[1] = 7), 'o/list/1'],
    ['DELETE', 'o/list/$filter($it gt 1)/-1', undefined, ({ o }) => o.list.splice(2, 1)],
    ['PUT', 'rooms/0/name', { value: 'z' }, ({ rooms }) => (rooms[0] = { ...rooms[0], name: 'z' })],
    [
      'PATCH',
      'rooms/-1',
      { beds: 9, seen: { at: null } },
      ({ rooms }) => (rooms[3] = { ...rooms[3], beds: 9, seen: { name: 'Ulm' } }),
    ],
    [
      'PATCH',
      'rooms/3/seen',
      { x: true },
      ({ rooms }) => (rooms[3] = { ...rooms[3], seen: { name: 'Ulm', at: [1, 2], x: true } }),
    ],
    ['PUT', 'rooms/3/seen', { x: true }, ({ rooms }) => (rooms[3] = { ...rooms[3], seen: { x: true } })],
    [
      'DELETE',
      'rooms/3/seen/at/0',
      undefined,
      ({ rooms }) => (rooms[3] = { ...rooms[3], seen: { name: 'Ulm', at: [2] } }),
    ],
    ['PUT', 'rooms/0/new/deep', { value: 1 }, ({ rooms }) => (rooms[0] = { ...rooms[0], new: { deep: 1 } })],
    ['POST', 'rooms/1/tags', { value: 'n' }, ({ rooms }) => (rooms[1] = { ...rooms[1], tags: ['n'] })],
    [
      'PUT',
      'rooms/$filter(beds gt 1)/-1/tags/0',
      { value: 'n' },
      ({ rooms }) => (rooms[3] = { ...rooms[3], tags: ['n'] }),
      'rooms/3/tags/0',
    ],
    [
      'PUT',
      'rooms/$filter(@b)/0/name?@b=beds gt 1',
      { value: 'n' },
      ({ rooms }) => (rooms[1] = { ...rooms[1], name: 'n' }),
      'rooms/1/name',
    ],
    [
      'PATCH',
      'rooms/$filter(beds gt 1)/0',
      { beds: 0 },
      ({ rooms }) => (rooms[1] = { ...rooms[1], beds: 0 }),
      'rooms/1',
    ],
    [
      'PATCH',
      `rooms/$filter(tags/any(t:t eq 'p'))/0/tags/$filter($it ne 'p')/$each`,
      { value: 'n' },
      ({ rooms }) => (rooms[0] = { ...rooms[0], tags: ['p', 'n'] }),
      `rooms/0/tags/$filter($it eq 'n')`,
    ],
    ['DELETE', 'rooms/0/tags/$each', undefined, ({ rooms }) => (rooms[0] = { ...rooms[0], tags: [] })],
    ['PATCH', 'rooms/0/tags/$filter(false)/$each', { value: 'n' }, () => undefined, 'rooms/0/tags/$filter(false)'],
    ['DELETE', 'rooms/$filter(beds eq null)/0', undefined, ({ rooms }) => rooms.splice(2, 1)],
    // Names are those of the items, never of the record around them.
    ['DELETE', "rooms/$filter(name eq 'Dyn' or code eq 'dyn' or big ne null)/$each", undefined, () => undefined],
    [
      'DELETE',
      "rooms/$filter(seen/name eq 'Ulm' and $these/$count eq 4)/$each",
      undefined,
      ({ rooms }) => rooms.splice(3, 1),
    ],
    ['DELETE', 'tags/$filter(y/z/any(z:z eq $it/x))/$each', undefined, ({ tags }) => tags.splice(5, 1)],
  ];
  const cases = edits.map(
    ([method, path, body, edit, shown = path.replace(/\?.*/, '')]) => [method, path, body, edit, shown] as const,
  );
  test.each(cases)('[81, 240, 345] %s %s %j', async (method, path, body, edit, shown) => {
    const { extra } = await row();
    edit(extra);
    const isShown = method !== 'DELETE';
    const answer = await done(method, `Guests('dyn')/${path}`, body, { Prefer: 'return=representation' });
    const after = await row();
    expect(after.extra).toEqual(extra);
    expect(after.text).toContain('"big": 12345678901234567890.123');
    const read = isShown ? await running().get(encodeURI(`Guests('dyn')/${shown}`)) : undefined;
    expect(answer.status).toBe(read?.status ?? 204);
    if (!read || read.status !== 200) return;
    const { '@odata.context': _, ...written } = answer.json;
    const { '@odata.context': __, ...seenNow } = read.json;
    expect(written).toEqual(seenNow);
  });

  test('[81, 345] each condition of many is one of what those before it leave', async () => {
    const levels = Array.from({ length: 8 }, (_, level) => level);
    const nested = (leaf: unknown): unknown =>
      levels.reduceRight((n: unknown, level) => [{ level: -1 }, { level, n }], [{ leaf: 0 }, { leaf }]);
    const stored = (leaf: unknown): unknown => ({ w: { n: nested(leaf) } });
    await running().sql(`UPDATE guests SET extra = $1 WHERE code = 'dyn'`, [JSON.stringify(stored(1))]);
    const path = levels.map((level) => `/n/$filter(level ge ${level})/$filter(true)/0`).join('');
    const answer = await done('PUT', `Guests('dyn')/w${path}/n/1/leaf`, { value: 2 }, {});
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await row()).extra).toEqual(stored(2));
  });

  test.each<[method: string, path: string, body: unknown, status: number, target: string | undefined]>([
    ['PUT', 'tags/6', { value: 1 }, 404, 'tags/6'],
    ['PATCH', 'tags/-7', { value: 1 }, 404, 'tags/-7'],
    ['DELETE', 'none/0', undefined, 404, 'none/0'],
    ['DELETE', 'tags/999999999', undefined, 404, 'tags/999999999'],
    ['DELETE', 'tags/9999999999', undefined, 404, 'path/2'],
    ['DELETE', 'nothing/0', undefined, 404, 'nothing'],
    ['PUT', 'big/0', { value: 1 }, 404, 'big'],
    ['PUT', 'o/0', { value: 1 }, 404, 'o'],
    ['PUT', 'tags/0/0', { value: 1 }, 404, 'tags/0'],
    ['PUT', 'tags/0/name', { value: 1 }, 400, 'tags/0'],
    ['PUT', 'tags/5/x/y', { value: 1 }, 400, 'tags/5/x'],
    ['DELETE', 'tags/0/name/0', undefined, 404, 'tags/0/name'],
    ['PUT', 'rooms/$filter(beds gt 9)/0', { value: 1 }, 404, 'rooms/0'],
    ['PUT', 'rooms/$filter(beds gt 1)/2/name', { value: 1 }, 404, 'rooms/2'],
    ['PUT', 'rooms/0/tags/$filter(false)/0', { value: 1 }, 404, 'rooms/0/tags/0'],
    ['PUT', 'rooms/0/a-b', { value: 1 }, 404, 'path/3'],
    ['PUT', 'rooms/0/name', { 'a-b': 1 }, 400, 'rooms/0/name/a-b'],
    ['PUT', 'tags/0', undefined, 400, undefined],
    ['PUT', 'tags/0', [1], 400, undefined],
    ['PUT', 'tags/0', 'x', 400, undefined],
    // What is beside a value would be lost.
    ['PUT', 'tags/0', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['PATCH', 'tags/$each', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['POST', 'tags', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['PUT', 'o', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['PATCH', 'o/kept', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['PUT', 'age', { value: 1, unit: 'EUR' }, 400, 'unit'],
    ['PUT', 'tags/0', { value: '2020-01-01', '@odata.type': '#Date' }, 400, 'tags/0@odata.type'],
    ['PUT', 'tags/0', { value: 'x', '@odata.type': '#Double' }, 400, 'tags/0'],
    ['PUT', 'tags/0', { value: 'x', '@odata.type': 7 }, 400, 'tags/0@odata.type'],
    ['PUT', 'days/0', { value: 'x' }, 400, 'days/0'],
    ['PUT', 'days/0', { value: 7 }, 400, 'days/0'],
    ['PUT', 'days/0', { value: 'x', '@odata.type': '#String' }, 400, 'days/0@odata.type'],
    ['PUT', 'days/0', { value: ['2020-01-01'], '@odata.type': '#Collection(Date)' }, 400, 'days/0@odata.type'],
    ['PUT', 'days/0', { name: 'o' }, 400, 'days/0'],
    ['PUT', 'days/0/x', { value: 1 }, 400, 'days/0'],
    ['POST', 'days', { value: 'x' }, 400, 'days/$each'],
    ['POST', 'tags/0', { value: 1 }, 405, undefined],
    ['POST', 'tags/$filter(true)', { value: 1 }, 405, 'path/2'],
    ['POST', 'big', { value: 1 }, 405, undefined],
    ['POST', 'o', { value: 1 }, 405, undefined],
    ['PUT', 'tags?$index=0', { value: [1] }, 400, '$index'],
    ['DELETE', 'tags?$index=0', undefined, 400, '$index'],
    ['POST', 'nothing', { value: 1 }, 404, 'nothing'],
    ['DELETE', 'tags/$count', undefined, 405, 'path/2'],
    ['DELETE', 'tags/$filter(true)/$count', undefined, 405, 'path/3'],
    ['PUT', 'tags/$filter(true)/first', { value: 1 }, 404, 'path/3'],
    ['PUT', 'tags/$filter(nothing/)/0', { value: 1 }, 400, 'path/2'],
    ['PUT', 'tags/0?$index=0', { value: 1 }, 400, '$index'],
    ['PUT', 'tags/0?$top=1', { value: 1 }, 400, '$top'],
    ['PATCH', 'tags/0/$each', { value: 1 }, 404, 'path/3'],
  ])('[345] %s %s %j is refused: %i', async (method, path, body, status, target) => {
    const before = await row();
    const answer = await send(method, `Guests('dyn')/${path}`, body);
    expect([answer.status, answer.error.target]).toEqual([status, target]);
    expect(await row()).toEqual(before);
  });

  test('[345] what is written in parts can be read again, however deep it becomes', async () => {
    const nested = (levels: number, inner = '1'): string =>
      levels === 0 ? inner : `{"a":${nested(levels - 1, inner)}}`;
    const put = (path: string, body: string): Promise<Answer> =>
      running().send('PUT', `Guests('dyn')/${path}`, { 'Content-Type': 'application/json', 'If-Match': '*' }, body);
    expect((await put('tags/0', nested(101))).status).toBe(400);
    expect((await put('tags/0', nested(100))).status).toBe(204);
    expect((await put('none', `{"value":[${nested(90)}]}`)).status).toBe(204);
    const inner = `none/0/${Array<string>(90).fill('a').join('/')}`;
    expect((await put(inner, nested(100, '2'))).status).toBe(204);
    expect((await row()).extra.none).toEqual([JSON.parse(nested(190, '2'))]);
    const read = await running().get(`Guests('dyn')/none`);
    expect(read.json['value']).toEqual([JSON.parse(nested(190, '2'))]);
    expect((await put('none', `{"value":[]}`)).status).toBe(204);
    expect((await row()).extra.none).toEqual([]);
  });

  test('[345] as text, and with the ETag of the record', async () => {
    const raw = { 'Content-Type': 'text/plain', 'If-Match': 'W/"1"' };
    const url = `Guests('dyn')/tags/0/$value`;
    const answer = await running().send('PUT', url, raw, 'x y');
    expect([answer.status, answer.headers['etag'], (await row()).extra.tags[0]]).toEqual([204, 'W/"2"', 'x y']);
    expect((await running().send('PUT', url, raw, 'z')).status).toBe(412);
    expect((await send('PATCH', `Guests('dyn')/tags/0`, { value: 'z' }, { 'If-Match': 'W/"1"' })).status).toBe(412);
    expect((await row()).extra.tags[0]).toBe('x y');
    const many = await Promise.all(
      [...Array(6).keys()].map((at) => send('PUT', `Guests('dyn')/tags/${at}`, { value: at })),
    );
    expect(many.map(({ status }) => status)).toEqual(Array(6).fill(204));
    expect((await row()).extra.tags).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('what is refused changes nothing', () => {
  const each = `Hotels('new')/rooms/$each`;
  test.each<[method: string, path: string, body: unknown, status: number, target: string | undefined]>([
    ['PATCH', each, { beds: 'x', foo: 1, seen: { nam: 1 } }, 400, undefined],
    ['PATCH', each, { beds: 'x' }, 400, 'rooms/$each/beds'],
    ['PATCH', each, { name: null }, 400, 'rooms/$each/name'],
    ['PATCH', each, { name: '012345678901234567890' }, 400, 'rooms/$each/name'],
    ['PATCH', each, { seen: { nam: 'x' } }, 400, 'rooms/$each/seen/nam'],
    ['PATCH', each, { offers: [{ until: '2026-01-01' }] }, 400, 'rooms/$each/offers/0/price'],
    ['PATCH', each, { '@odata.type': '#Trip.Pin.City' }, 400, 'rooms/$each/@odata.type'],
    ['PATCH', each, { value: { name: 'x' } }, 400, 'rooms/$each/value'],
    ['PATCH', each, { 'offers@delta': [{ price: 1 }] }, 400, 'rooms/$each/offers@delta'],
    ['PATCH', each, { 'seen@odata.bind': 'Cities(1)' }, 400, 'rooms/$each/seen@odata.bind'],
    ['PATCH', `People('mirsking')/home`, { 'name@delta': [] }, 400, 'home/name@delta'],
    ['PATCH', each, [], 400, undefined],
    ['PATCH', each, undefined, 400, undefined],
    // What is wrong is wrong where no item is meant, too.
    ['PATCH', `Hotels('new')/rooms/$filter(false)/$each`, { beds: 'x' }, 400, 'rooms/$each/beds'],
    ['PATCH', `Hotels('void')/rooms/$each`, { beds: 'x' }, 400, 'rooms/$each/beds'],
    ['PATCH', `Hotels('new')/kinds/$filter(false)/$each`, { value: 'Palace' }, 400, 'kinds/$each'],
    ['PATCH', `Hotels('new')/kinds/$each`, { value: null }, 400, 'kinds/$each'],
    ['PATCH', `Hotels('new')/kinds/$each`, { value: ['Suite'] }, 400, 'kinds/$each'],
    ['PATCH', `Hotels('new')/kinds/$each`, { Suite: 1 }, 400, undefined],
    ['PATCH', `Courses('art')/tags/$each`, { value: '01234567890' }, 400, 'tags/$each'],
    ['PATCH', `Courses('art')/tags/$each`, { value: 'a b' }, 400, 'tags/$each'],
    ['PUT', each, { name: 'x' }, 405, undefined],
    ['POST', each, { name: 'x' }, 405, undefined],
    ['PUT', `Hotels('new')/kinds/$each`, { value: 'Suite' }, 405, undefined],
    ['PUT', `Guests('cleo')/tags/$each`, { value: 'x' }, 405, undefined],
    ['PATCH', `Hotels('new')/rooms/$filter(true)`, { beds: 1 }, 405, 'path/2'],
    ['PUT', `Hotels('new')/rooms/$filter(true)`, { value: [] }, 405, 'path/2'],
    ['POST', `Hotels('new')/rooms/$filter(true)`, { name: 'x' }, 405, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/$filter(true)`, undefined, 405, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/$filter(true)/$count`, undefined, 405, 'path/3'],
    ['PATCH', `Guests('cleo')/tags/$filter(true)`, { value: 'x' }, 405, 'path/2'],
    ['PUT', `Hotels('new')/kinds/$filter(true)/$value`, 'x', 404, 'path/3'],
    ['PATCH', `Hotels('new')/kinds/$each/$value`, { value: 'Suite' }, 400, 'path/3'],
    ['PATCH', `Hotels('new')/kinds/$filter(true)/first`, { value: 'Suite' }, 404, 'path/3'],
    ['PATCH', `Hotels('new')/rooms/$filter(true)(0)/$each`, { beds: 1 }, 404, 'path/2'],
    ['PATCH', `Hotels/$filter(code eq 'x')('new')/rooms/$each`, { beds: 1 }, 404, undefined],
    ['PATCH', `Hotels('new')/rooms/$each/beds`, { value: 1 }, 404, 'path/3'],
    ['DELETE', `Hotels('new')/rooms/$each/offers/$each`, undefined, 404, 'path/3'],
    ['DELETE', `Hotels('new')/rooms/$each/0`, undefined, 404, 'path/3'],
    ['DELETE', `Hotels('new')/rooms/$each/$filter(true)`, undefined, 400, 'path/3'],
    ['DELETE', `Hotels('new')/rooms/0/$each`, undefined, 404, 'path/3'],
    ['DELETE', `Hotels('new')/rooms/0/name/$each`, undefined, 404, 'path/4'],
    ['DELETE', `Hotels('new')/rooms/$filter(nothing eq 1)/$each`, undefined, 400, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/$filter(beds)/$each`, undefined, 400, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/$filter(@f)/$each`, undefined, 400, 'path/2'],
    ['DELETE', `Hotels('new')/kinds/$filter(@f)/$each`, undefined, 400, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/$filter(1 div (beds sub 1) gt 0)/$each`, undefined, 400, 'path/2'],
    ['PATCH', `Hotels('new')/rooms/$filter(true)/9`, { beds: 1 }, 404, 'rooms/9'],
    ['DELETE', `Hotels('new')/rooms/$filter(false)/-1`, undefined, 404, 'rooms/-1'],
    ['DELETE', `Hotels('new')/rooms/9/offers/$filter(true)/$each`, undefined, 404, 'rooms/9'],
    ['PATCH', `Hotels('new')/rooms/0/offers/$each`, { price: 'x' }, 400, 'rooms/0/offers/$each/price'],
    ['POST', `Hotels('new')/rooms/$each?$index=0`, { name: 'x' }, 400, '$index'],
    ['PATCH', `Hotels('new')/kinds/$each`, { value: 'Suite', rooms: [] }, 400, 'rooms'],
    ['POST', `Hotels('new')/kinds`, { value: 'Suite', rooms: [] }, 400, 'rooms'],
    ['PUT', `Hotels('new')/kinds?$index=0`, { value: [] }, 400, '$index'],
    ['PATCH', `Hotels('none')/rooms/$each`, { beds: 1 }, 404, undefined],
    ['PATCH', `Guests('cleo')/nick/$each`, { value: 'x' }, 404, 'nick'],
    ['DELETE', `Guests('cleo')/nothing/$filter(true)/$each`, undefined, 404, 'nothing'],
    [
      'PATCH',
      `Guests('cleo')/tags/$each`,
      { value: '2020-01-01', '@odata.type': '#Date' },
      400,
      'tags/$each@odata.type',
    ],
  ])('[244] %s %s %j: %i', async (method, path, body, status, target) => {
    const tables = async (): Promise<unknown> =>
      (
        await running().sql(
          `SELECT (SELECT jsonb_agg(h ORDER BY code) FROM hotels h) h, (SELECT jsonb_agg(g ORDER BY code) FROM guests g) g`,
        )
      )[0];
    const before = await tables();
    const answer = await send(method, path, body);
    expect([answer.status, answer.error.target]).toEqual([status, target]);
    expect(await tables()).toEqual(before);
  });

  test('[244] every fault is told once, with the method that would do', async () => {
    const many = await send('PATCH', each, { beds: 'x', foo: 1, seen: { nam: 1 } });
    const { details } = many.error as unknown as { readonly details: readonly Json[] };
    expect(details.map(({ target }) => target)).toEqual([
      'rooms/$each/foo',
      'rooms/$each/beds',
      'rooms/$each/seen/nam',
    ]);
    expect((await ok(each)).text).toBe((await ok(`Hotels('new')/rooms`)).text);
    expect((await running().get(`${each}/beds`)).status).toBe(404);
    expect((await running().get(`Hotels('new')/rooms/0/$each`)).status).toBe(404);
    expect((await send('PUT', each, { name: 'x' })).headers['allow']).toBe('GET, HEAD, PATCH, DELETE');
    const place = await send('DELETE', `Hotels('new')/rooms/$filter(1 div (beds sub 1) gt 0)/$each`);
    expect(place.error.message).toContain('(at position 11 of path/2)');
  });
});

describe('a write of many items is one write of their record', () => {
  const path = `Hotels('new')/rooms/$filter(beds gt 1)/$each`;

  test('[254, 255] it wants the ETag of the record, and gives it another one', async () => {
    const headers = (tag: string | undefined): Record<string, string> => ({ 'If-Match': tag ?? '' });
    const json = { 'Content-Type': 'application/json' };
    const before = await stored();
    expect((await running().send('PATCH', encodeURI(path), json, '{"beds":2}')).status).toBe(428);
    expect((await running().send('DELETE', encodeURI(path), json)).status).toBe(428);
    expect((await send('PATCH', path, { beds: 2 }, headers('W/"7"'))).status).toBe(412);
    expect((await send('DELETE', path, undefined, headers('W/"7"'))).status).toBe(412);
    expect(await stored()).toEqual(before);
    expect((await send('PATCH', path, { beds: 2 }, headers('W/"1"'))).headers['etag']).toBe('W/"2"');
    expect((await send('DELETE', path, undefined, headers('W/"1"'))).status).toBe(412);
    expect((await send('DELETE', path, undefined, headers('W/"2"'))).headers['etag']).toBe('W/"3"');
    expect((await ok(`Hotels('new')`)).headers['etag']).toBe('W/"3"');
  });

  test('rules see the items that there are and those that there shall be, and judge them', async () => {
    const kinds = `Hotels('new')/kinds/$filter($it ne 'Single')/$each`;
    seen.length = 0;
    await done('PATCH', kinds, { value: 'Double' });
    expect(await running().sql(`SELECT kinds, note FROM hotels WHERE code = 'new'`)).toEqual([
      { kinds: [0, 1, 1, 1], note: 'all double' },
    ]);
    await done('DELETE', kinds);
    // None is left to be written: nobody is asked.
    await done('DELETE', kinds);
    expect(seen).toEqual([
      [
        ['Single', 'Suite', 'Double', 'Suite'],
        ['Single', 'Double', 'Double', 'Double'],
      ],
      [['Single', 'Double', 'Double', 'Double'], ['Single']],
    ]);
    await running().sql(`UPDATE hotels SET kinds = '{0,0,0,0,5}' WHERE code = 'new'`);
    const refused = await send('PATCH', kinds, { value: 'Double' });
    expect([refused.status, refused.error.target, (await stored()).kinds]).toEqual([400, 'kinds', [0, 0, 0, 0, 5]]);
  });

  test('[260] what waits for another one judges the items that this one leaves', async () => {
    await running().sql('BEGIN');
    await running().sql(
      `UPDATE hotels SET rooms = '[{"name":"theirs","beds":5},{"name":"small","beds":1},{"name":"also","beds":2}]' WHERE code = 'new'`,
    );
    const answering = send('DELETE', path);
    await untilWaiting(running().sql);
    await running().sql('COMMIT');
    expect((await answering).status).toBe(204);
    expect((await stored()).rooms.map(({ name }) => name)).toEqual(['small']);
  });

  test('[244] of many at once each is done, and none is lost', async () => {
    await running().sql(`UPDATE hotels SET kinds = '{0,1,5}' WHERE code = 'new'`);
    const answers = await Promise.all([
      send('PATCH', `Hotels('new')/rooms/$filter(beds eq 3)/$each`, { rate: 3 }),
      send('PATCH', `Hotels('new')/rooms/$filter(beds eq 1)/$each`, { rate: 1 }),
      send('DELETE', `Hotels('new')/kinds/$filter($it eq 'Double')/$each`),
      send('DELETE', `Hotels('new')/kinds/$filter($it eq 'Suite')/$each`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const { rooms: after, kinds, revision } = await stored();
    expect([kinds, revision]).toEqual([[0], 5]);
    expect(after.filter(({ beds }) => beds !== 2).every(({ beds, rate }) => beds === rate)).toBe(true);
  });

  test.each([
    ['JSON', sendJson],
    ['multipart', sendMultipart],
  ] as const)('[244] in batches as %s, alone and in groups that are done or not', async (_, sendBatch) => {
    const headers = { 'Content-Type': 'application/json', 'If-Match': '*' };
    const part = (id: string, method: string, url: string, body?: unknown, atomicityGroup?: string) => ({
      id,
      method,
      url: encodeURI(url),
      headers,
      ...(body === undefined ? {} : { body }),
      ...(atomicityGroup === undefined ? {} : { atomicityGroup }),
    });
    const shown = { ...headers, Prefer: 'return=representation' };
    const batch = [
      { ...part('1', 'PATCH', `Hotels('new')/rooms/$filter(beds eq 1)/$each`, { beds: 4 }), headers: shown },
      part('2', 'PATCH', `Hotels('new')/rooms/$filter(beds eq 4)/$each`, { name: 'four' }, 'g'),
      part('3', 'DELETE', `Hotels('new')/rooms/$filter(name ne 'four')/$each`, undefined, 'g'),
      part('4', 'DELETE', `Hotels('new')/rooms/$each`, undefined, 'h'),
      part('5', 'PATCH', `Hotels('new')/kinds/$each`, { value: 'Palace' }, 'h'),
    ];
    const { rooms: before } = await stored();
    const { parts } = await sendBatch(running(), batch, { Prefer: 'continue-on-error' });
    expect(parts[0]?.json['value']).toHaveLength(before.filter(({ beds }) => beds === 1).length);
    const { rooms: after, kinds } = await stored();
    expect(after).toEqual(before.filter(({ beds }) => beds === 1).map((room) => ({ ...room, beds: 4, name: 'four' })));
    expect(kinds).toEqual([0, 5, 1, 5]);
    expect(parts.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 204, 204, 400]));
  });

  test('[244] a delta link tells of the record, and of none where no item was meant', async () => {
    const linkOf = ({ json }: Answer): string => String(json['@odata.deltaLink']);
    const first = await ok(`Hotels?$select=code,rooms`, { Prefer: 'track-changes' });
    await done('PATCH', `Hotels('void')/rooms/$each`, { beds: 3 });
    await done('DELETE', `Hotels('inn')/rooms/$filter(beds gt 99)/$each`);
    const none = await running().get(linkOf(first));
    expect(none.value).toEqual([]);
    await done('PATCH', path, { name: 'tracked' });
    const changed = await running().get(linkOf(none));
    const { value } = await ok(`Hotels('new')/rooms`);
    expect(changed.value.map(({ code, rooms: told }) => [code, told])).toEqual([['new', value]]);
  });

  test('[349] $metadata says nothing against it', async () => {
    const { json } = await ok('$metadata?$format=json');
    const { Hotels: hotels = {} } = (json['Trip.Pin'] as Json)['Container'] as Record<string, Json>;
    for (const term of ['UpdateRestrictions', 'DeleteRestrictions'])
      expect(hotels[`@Capabilities.${term}`]).toMatchObject({ FilterSegmentSupported: true });
  });
});
