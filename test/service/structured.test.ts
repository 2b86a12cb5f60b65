/** Collections of complex values: what is read and written of them, compared with plain SQL over the column that holds them. */
import { describe as describeService } from '../../src/openapi/describe';
import type { Answer, Json, TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let service: TestService | undefined;
beforeAll(async () => {
  service = await startTripPin();
});
afterAll(() => service?.close());
afterEach(() => expect(running().takeFailures()).toEqual([]));

function running(): TestService {
  if (!service) throw new Error('The service has not started');
  return service;
}

const get = (path: string, headers?: Record<string, string>): Promise<Answer> =>
  running().get(encodeURI(path), headers);

async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await get(path, headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${running().takeFailures().join()}`);
  return answer;
}

const send = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> =>
  running().send(method, encodeURI(path), { 'Content-Type': 'application/json', 'If-Match': '*', ...headers }, body);

async function done(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await send(method, path, body, headers);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text} ${running().takeFailures().join()}`);
  return answer;
}

const etag: unknown = expect.any(String);
const anything: unknown = expect.anything();

/** The first column of rows by plain SQL. */
const listed = async (sql: string): Promise<readonly unknown[]> =>
  (await running().sql(sql)).map((row) => Object.values(row)[0]);

const namesOf = ({ value }: Answer, name = 'name'): readonly unknown[] => value.map((item) => item[name]);

/** What the context URL says behind `$metadata#`. */
const contextOf = ({ json }: Answer): string => String(json['@odata.context'] ?? json['@context']).split('#')[1] ?? '';

const details = ({ error }: Answer): readonly unknown[] =>
  ((error as unknown as Json)['details'] as readonly Json[]).map(({ target }) => target);

/** A room by plain SQL is `r`, its place `n`. */
const rooms = `hotels, jsonb_array_elements(rooms) WITH ORDINALITY AS x(r, n)`;

describe('conditions on items', () => {
  /** A condition in $filter with `@` before each member of a room, and the same in SQL. */
  const conditions: readonly (readonly [filter: string, sql: string])[] = [
    ["@name eq 'bare'", `r->>'name' = 'bare'`],
    ["contains(@name,'''')", `r->>'name' LIKE '%''%'`],
    ['@beds ge 2', `(r->>'beds')::int >= 2`],
    ['@beds eq 3 and @rate eq null', `(r->>'beds')::int = 3 AND r->>'rate' IS NULL`],
    ['@rate eq 80', `(r->>'rate')::numeric = 80`],
    ['@rate gt 9.4', `(r->>'rate')::numeric > 9.4`],
    ['@factor eq 12345678901234567890123456789.5', `r->>'factor' = '12345678901234567890123456789.5'`],
    ['@serial eq 9223372036854775807', `(r->>'serial')::int8 = 9223372036854775807`],
    ['@serial lt 0', `(r->>'serial')::int8 < 0`],
    ['@area eq NaN', `r->>'area' = 'NaN'`],
    ['@area add 0.5 eq 26', `(r->>'area')::float8 + 0.5 = 26`],
    ['@smoking', `r->>'smoking' = 'true'`],
    ['not @smoking', `NOT (r->>'smoking')::boolean`],
    ['@since le 2020-02-29', `(r->>'since')::date <= '2020-02-29'`],
    ['year(@since) eq 1999', `r->>'since' LIKE '1999%'`],
    ['@cleaned gt 2026-03-31T11:00:00+02:00', `(r->>'cleaned')::timestamptz > '2026-03-31T09:00:00Z'`],
    ['@opens lt 09:30:01', `(r->>'opens')::time < '09:30:01'`],
    ["@stay gt duration'PT25H'", `(r->>'stay')::interval > '25 hours'`],
    ['@token eq 12345678-9abc-def0-1234-56789abcdef0', `r->>'token' LIKE '12345678%'`],
    ["@plan eq binary'AP8-Pw'", `r->>'plan' = '\\x00ff3e3f'`],
    ["@kind eq 'Suite'", `(r->>'kind')::int = 5`],
    ["@kind in ('Single','Suite')", `(r->>'kind')::int IN (0, 5)`],
    ["@features has Trip.Pin.RoomFeature'View,Balcony'", `(r->>'features')::int & 6 = 6`],
    ["@seen/name eq 'Ulm'", `r->'seen'->>'name' = 'Ulm'`],
    ['@seen eq null', `coalesce(jsonb_typeof(r->'seen'), 'null') = 'null'`],
    ['@seen/region eq null', `r->'seen'->>'region' IS NULL`],
    ["@tags/any(t:t eq 'sea')", `r->'tags' ? 'sea'`],
    ['@tags/$count eq 0', `coalesce(jsonb_typeof(r->'tags'), 'null') = 'null' OR r->'tags' = '[]'`],
    ['@offers/$count gt 1', `jsonb_array_length(r->'offers') > 1`],
    [
      '@offers/any(o:o/price lt 1 or o/until ne null)',
      `r->'offers' @> '[{"price":0.01}]' OR r->'offers' @> '[{"until":"2026-06-30"}]'`,
    ],
    [
      '@offers/all(o:o/price gt @beds)',
      `NOT EXISTS (SELECT FROM jsonb_array_elements(r->'offers') o WHERE (o->>'price')::numeric <= (r->>'beds')::int)`,
    ],
  ];
  const at = (filter: string, path: string): string => filter.replaceAll('@', path);

  test.each(conditions)('any, all, $count, the collection alone: %s', async (filter, sql) => {
    const having = (test: string): string => `SELECT code FROM hotels WHERE ${test} ORDER BY code`;
    const items = (condition: string): string => `SELECT FROM jsonb_array_elements(rooms) AS x(r) WHERE ${condition}`;
    const asked: readonly (readonly [path: string, oracle: string])[] = [
      [`rooms/any(r:${at(filter, 'r/')})`, having(`EXISTS (${items(`(${sql})`)})`)],
      [`rooms/all(r:${at(filter, 'r/')})`, having(`NOT EXISTS (${items(`(${sql}) IS NOT TRUE`)})`)],
      [`rooms/$count($filter=${at(filter, '')}) ge 1`, having(`EXISTS (${items(`(${sql})`)})`)],
      [`rooms/$filter(${at(filter, '')})/any()`, having(`EXISTS (${items(`(${sql})`)})`)],
    ];
    for (const [path, oracle] of asked)
      expect([path, namesOf(await ok(`Hotels?$select=code&$filter=${path}`), 'code')]).toEqual([
        path,
        await listed(oracle),
      ]);
    const wanted = await listed(`SELECT r->>'name' FROM ${rooms} WHERE code = 'grand' AND (${sql}) ORDER BY n`);
    const alone = await ok(`Hotels('grand')/rooms?$select=name&$filter=${at(filter, '')}&$count=true`);
    expect([namesOf(alone), alone.json['@odata.count']]).toEqual([wanted, wanted.length]);
    expect((await ok(`Hotels('grand')/rooms/$count?$filter=${at(filter, '$it/')}`)).text).toBe(String(wanted.length));
    expect(namesOf(await ok(`Hotels('grand')/rooms/$filter(${at(filter, '$this/')})?$select=name`))).toEqual(wanted);
    const within = await ok(`Hotels?$filter=code eq 'grand'&$select=rooms($select=name;$filter=${at(filter, '')})`);
    expect(namesOf({ ...within, value: within.value[0]?.['rooms'] as Json[] })).toEqual(wanted);
  });

  test('through navigations, of whole items, in $orderby and $compute', async () => {
    const codes = async (options: string): Promise<readonly unknown[]> =>
      namesOf(await ok(`Hotels?$select=code&${options}`), 'code');
    expect(await codes('$filter=main/rooms/any(r:r/rate eq 120.5)')).toEqual(['inn', 'void']);
    expect(await codes('$filter=branches/any(b:b/rooms/any(r:r/rate lt 10))')).toEqual(['grand']);
    expect(await codes(`$filter=rooms/any(r:r/seen eq {"name":"Ulm","region":"BW"})`)).toEqual(['grand']);
    expect(await codes(`$filter=rooms/any(r:r/offers/any(o:o eq {"price":80}))`)).toEqual(['grand']);
    expect(await codes(`$filter=rooms/any(r:r/offers/any(o:o eq {"price":80.01}))`)).toEqual([]);
    expect(await codes(`$filter=$root/Hotels('inn')/rooms/any(r:r/name eq 'Attic')`)).toEqual(['grand', 'inn', 'void']);
    expect(await codes('$orderby=rooms/$count desc')).toEqual(['grand', 'inn', 'void']);
    const { value } = await ok(
      'Hotels?$compute=rooms/$count($filter=beds gt 1) as many&$select=code,many&$orderby=many desc,code desc',
    );
    expect(value.map(({ code, many }) => [code, many])).toEqual([
      ['grand', 3],
      ['void', 0],
      ['inn', 0],
    ]);
  });

  test.each([
    ['rooms eq null', /A collection needs any, all or \$count/],
    ["rooms/name eq 'x'", /A collection needs any, all or \$count/],
    ["rooms/any(r:r/nam eq 'x')", /The type 'Room' has no property 'nam'. Did you mean 'name'\?/],
    ['rooms/any(r:r/beds)', /must be true or false/],
    ["rooms/any(r:r/since eq 'soon')", /is not a value of Edm.Date/],
    ["rooms/$filter(beds eq 1)(1)/name eq 'x'", /The key of 'Room' is/],
  ])('400: %s', async (filter, message) => {
    const answer = await get(`Hotels?$filter=${filter}`);
    expect([answer.status, answer.error.message]).toEqual([400, expect.stringMatching(message)]);
  });
});

describe('what goes out', () => {
  const first = `SELECT r FROM ${rooms} WHERE code = 'grand' ORDER BY n LIMIT 1`;

  test('in its entity: every member of each item, in the order of the column, exact', async () => {
    const answer = await ok(`Hotels('grand')`);
    const items = answer.json['rooms'] as Json[];
    expect(namesOf({ ...answer, value: items })).toEqual(
      await listed(`SELECT r->>'name' FROM ${rooms} WHERE code = 'grand' ORDER BY n`),
    );
    expect(answer.text).toContain(
      '"rate":120.5,"factor":12345678901234567890123456789.5,"serial":9223372036854775807,"area":25.5,',
    );
    expect(items[0]).toMatchObject({
      beds: 2,
      smoking: true,
      since: '2020-02-29',
      cleaned: '2026-03-31T09:12:44.103Z',
      opens: '09:30:00',
      stay: 'P1DT2H',
      token: '12345678-9abc-def0-1234-56789abcdef0',
      plan: 'AP8-Pw',
      kind: 'Suite',
      features: 'Bath,Balcony',
      tags: ['sea', 'a,b "c"'],
      seen: { name: 'Ulm', region: 'BW' },
      offers: [
        { price: 99.9, until: '2026-06-30' },
        { price: 80, until: null },
      ],
    });
    expect(items[1]).toMatchObject({
      area: 'NaN',
      seen: { name: null, region: null },
      plan: '',
      stay: 'PT0S',
      offers: [],
    });
    expect(items[2]).toMatchObject({ rate: null, seen: null, tags: [], kind: null });
    expect((await ok(`Hotels('void')`)).json['rooms']).toEqual([]);
    expect(await listed(first)).toHaveLength(1);
  });

  test('in one statement, whether alone, in entities or in expanded ones', async () => {
    for (const path of [
      `Hotels('grand')/rooms?$count=true`,
      'Hotels',
      'Hotels?$expand=main,branches($select=rooms/name)',
    ]) {
      running().takeStatements();
      await ok(path);
      expect(running().takeStatements()).toHaveLength(1);
    }
  });

  test('in expanded entities, one and many', async () => {
    const { value } = await ok(
      'Hotels?$select=code&$expand=main($select=rooms/name),branches($select=code,rooms($top=1;$count=true;$select=beds))',
    );
    expect(value.map(({ main }) => main && ((main as Json)['rooms'] as Json[]).length)).toEqual([null, 4, 4]);
    expect(value[0]?.['branches']).toEqual([
      { '@odata.etag': etag, code: 'inn', 'rooms@odata.count': 1, rooms: [{ beds: 1 }] },
      { '@odata.etag': etag, code: 'void', 'rooms@odata.count': 0, rooms: [] },
    ]);
  });

  test('metadata=full with IEEE754Compatible: types of collections, items and members, numbers as texts', async () => {
    const headers = { Accept: 'application/json;odata.metadata=full;IEEE754Compatible=true' };
    const { json } = await ok(
      `Hotels('grand')?$select=rooms($top=1;$count=true;$select=name,rate,serial,factor,offers/price)`,
      headers,
    );
    expect(json).toMatchObject({
      'rooms@odata.type': '#Collection(Trip.Pin.Room)',
      'rooms@odata.count': '4',
      rooms: [
        {
          '@odata.type': '#Trip.Pin.Room',
          name: `O'Hara "1"`,
          'rate@odata.type': '#Decimal',
          rate: '120.5',
          'serial@odata.type': '#Int64',
          serial: '9223372036854775807',
          factor: '12345678901234567890123456789.5',
          'offers@odata.type': '#Collection(Trip.Pin.Offer)',
          offers: [
            { '@odata.type': '#Trip.Pin.Offer', 'price@odata.type': '#Decimal', price: '99.9' },
            { price: '80' },
          ],
        },
      ],
    });
    const alone = await ok(`Hotels('grand')/rooms?$top=1&$select=name`, headers);
    expect(alone.json).toMatchObject({
      '@odata.type': '#Collection(Trip.Pin.Room)',
      value: [{ '@odata.type': '#Trip.Pin.Room' }],
    });
  });

  test('metadata=none, and 4.01', async () => {
    const none = await ok(`Hotels('grand')/rooms?$top=1&$select=name&$count=true`, {
      Accept: 'application/json;metadata=none',
      'OData-MaxVersion': '4.01',
    });
    expect(none.json).toEqual({ '@count': 4, value: [{ name: `O'Hara "1"` }] });
    const latest = await ok(`Hotels?$select=rooms($count=true;$select=name)&$top=1`, {
      Accept: 'application/json;metadata=minimal',
      'OData-MaxVersion': '4.01',
    });
    expect(latest.value[0]).toMatchObject({ 'rooms@count': 4 });
  });

  test('omit-values=nulls reaches into items', async () => {
    const omit = { Prefer: 'omit-values=nulls' };
    const bare = { name: 'bare', beds: 3, features: 'View,Balcony', tags: [], offers: [{ price: 0.01 }] };
    expect((await ok(`Hotels('grand')/rooms?$top=1&$skip=2`, omit)).value).toEqual([bare]);
    const { json } = await ok(`Hotels('grand')?$select=rooms($top=1;$skip=2)&$expand=branches($select=rooms)`, omit);
    expect(json['rooms']).toEqual([bare]);
    expect((json['branches'] as Json[])[0]?.['rooms']).toEqual([
      { name: 'Attic', beds: 1, rate: 9.5, features: '0', tags: [], offers: [] },
    ]);
  });

  test.each([
    ['$orderby=rate desc,name', `(r->>'rate')::numeric DESC NULLS LAST, r->>'name' COLLATE "C", n`],
    ['$orderby=rate', `(r->>'rate')::numeric NULLS FIRST, n`],
    ['$orderby=name desc', `r->>'name' COLLATE "C" DESC, n`],
    [
      '$orderby=seen/name,offers/$count desc',
      `r->'seen'->>'name' COLLATE "C" NULLS FIRST, coalesce(jsonb_array_length(nullif(r->'offers', 'null')), 0) DESC, n`,
    ],
    ['$orderby=length(name) mul beds', `char_length(r->>'name') * (r->>'beds')::int, n`],
  ])('the collection alone by %s', async (options, order) => {
    const wanted = await listed(`SELECT r->>'name' FROM ${rooms} WHERE code = 'grand' ORDER BY ${order}`);
    expect(namesOf(await ok(`Hotels('grand')/rooms?${options}&$select=name`))).toEqual(wanted);
    expect(namesOf(await ok(`Hotels('grand')/rooms?${options}&$select=name&$skip=1&$top=2`))).toEqual(
      wanted.slice(1, 3),
    );
  });

  test.each([
    [`Hotels('grand')/rooms`, `Hotels('grand')/rooms`],
    [`Hotels('grand')/rooms?$select=name,seen/name`, `Hotels('grand')/rooms(name,seen/name)`],
    [`Hotels('grand')/rooms?$compute=beds mul 2 as twice&$select=twice`, `Hotels('grand')/rooms(twice)`],
    [`Hotels('grand')/rooms/0`, `Hotels('grand')/rooms/0`],
    [`Hotels('grand')/rooms/-1/seen`, `Hotels('grand')/rooms/-1/seen`],
    [`Hotels('grand')/rooms/0/offers/1/price`, `Hotels('grand')/rooms/0/offers/1/price`],
    [`Hotels?$select=code,rooms/name,rooms/offers/price`, `Hotels(code,rooms/name,rooms/offers/price)`],
    [`Hotels?$select=rooms($select=name,offers($select=price);$top=1)`, `Hotels(rooms/name,rooms/offers/price)`],
    [`Hotels?$select=rooms($top=1)`, `Hotels(rooms)`],
    [`Hotels?$select=code&$expand=main($select=rooms/name)`, `Hotels(code,main(rooms/name))`],
  ])('the context of %s', async (path, context) => {
    expect(contextOf(await ok(path))).toBe(context);
  });

  test('$select leaves members, merged by name; $compute adds one', async () => {
    const { value } = await ok(`Hotels?$select=rooms/name,rooms/seen/region,rooms/Trip.Pin.Room/beds&$top=1`);
    expect((value[0]?.['rooms'] as Json[])[0]).toEqual({ name: `O'Hara "1"`, beds: 2, seen: { region: 'BW' } });
    const whole = await ok(`Hotels?$select=rooms,rooms/name&$top=1`);
    expect(Object.keys((whole.value[0]?.['rooms'] as Json[])[0] ?? {})).toHaveLength(18);
    const computed = await ok(
      `Hotels('grand')/rooms?$compute=beds mul 2 as twice&$select=twice&$filter=twice gt 2&$orderby=twice desc`,
    );
    expect(namesOf(computed, 'twice')).toEqual([6, 6, 4]);
  });
});

describe('items by their place', () => {
  test('an item, its members, items of collections within it', async () => {
    expect((await ok(`Hotels('grand')/rooms/0`)).json).toMatchObject({ name: `O'Hara "1"`, seen: { name: 'Ulm' } });
    expect((await ok(`Hotels('grand')/rooms/-1?$select=seen/name`)).json['seen']).toEqual({ name: 'Bonn' });
    expect((await ok(`Hotels('grand')/rooms/1/name`)).json['value']).toBe('Zimmer ü');
    expect((await ok(`Hotels('grand')/rooms/0/rate/$value`)).text).toBe('120.5');
    expect((await ok(`Hotels('grand')/rooms/0/seen/region/$value`)).text).toBe('BW');
    expect((await ok(`Hotels('grand')/rooms/0/tags/-1`)).json['value']).toBe('a,b "c"');
    expect((await ok(`Hotels('grand')/rooms/0/offers?$filter=price gt 90`)).value).toEqual([
      { price: 99.9, until: '2026-06-30' },
    ]);
    expect((await ok(`Hotels('grand')/rooms/0/offers/$count`)).text).toBe('2');
    expect((await ok(`Hotels('grand')/rooms/0/offers/1`)).json['price']).toBe(80);
    expect((await get(`Hotels('grand')/rooms/2/rate`)).status).toBe(204);
    expect((await get(`Hotels('grand')/rooms/2/seen`)).status).toBe(204);
  });

  test.each([
    `Hotels('grand')/rooms/4`,
    `Hotels('grand')/rooms/-5`,
    `Hotels('void')/rooms/0`,
    `Hotels('none')/rooms`,
    `Hotels('none')/rooms/0/name`,
    `Hotels('grand')/rooms/0/tags/2`,
    `Hotels('grand')/rooms/9/tags/0`,
    `Hotels('grand')/rooms/0/nam`,
    `Hotels('grand')/rooms/x`,
    `Hotels('grand')/rooms(0)`,
    `Hotels('grand')/rooms/$ref`,
    `Hotels('grand')/rooms/$value`,
    `Hotels('grand')/rooms/0/$value`,
    `Hotels('grand')/rooms/0/$count`,
  ])('404: %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('one statement serves every place', async () => {
    running().takeStatements();
    for (const place of ['0', '1', '-1']) await ok(`Hotels('grand')/rooms/${place}/name`);
    expect(
      new Set(
        running()
          .takeStatements()
          .map(({ name }) => name),
      ).size,
    ).toBe(1);
  });
});

test.each([
  [501, '$search=x'],
  [400, '$expand=x'],
  [501, '$apply=aggregate($count as n)'],
  [400, '$orderby=offers'],
  [400, '$orderby=seen'],
  [400, '$select=nam'],
  [400, '$skiptoken=x'],
  [400, '$top=-1'],
])('%i: rooms?%s', async (status, options) => {
  expect((await get(`Hotels('grand')/rooms?${options}`)).status).toBe(status);
});

test.each([
  [501, 'rooms($search=x)'],
  [400, 'rooms($expand=x)'],
  [400, 'rooms($select=nam)'],
  [400, 'rooms/nam'],
  [400, 'rooms/offers/pric'],
])('%i: $select=%s', async (status, select) => {
  expect((await get(`Hotels?$select=${select}`)).status).toBe(status);
});

test('aggregating items is not offered, and says so', async () => {
  const answer = await get('Hotels?$apply=aggregate(rooms/beds with sum as beds)');
  expect([answer.status, answer.error.message]).toEqual([501, expect.stringContaining("items of 'rooms'")]);
  const { value } = await ok('Hotels?$apply=filter(rooms/any(r:r/beds gt 2))/aggregate($count as many)');
  expect(namesOf({ ...answer, value }, 'many')).toEqual([1]);
});

describe('writing', () => {
  const made = `{"code":"new","rooms":[{"name":"A","rate":1.500,"serial":"9223372036854775807","factor":1e2,"area":"-INF","smoking":true,"since":"2020-02-29",
    "cleaned":"2026-03-31T11:12:44.103+02:00","opens":"09:30","stay":"-P1DT2H","token":"12345678-9ABC-def0-1234-56789abcdef0","plan":"AP8-Pw",
    "kind":"Suite","features":"Bath,View","tags":["x"],"seen":{"name":"Ulm"},"offers":[{"price":1.10}]},{"name":"B","@odata.type":"#Trip.Pin.Room","seen":null}]}`;
  const stored = async (code = 'new'): Promise<Json[]> =>
    (await listed(`SELECT rooms FROM hotels WHERE code = '${code}'`))[0] as Json[];
  const names = async (): Promise<readonly unknown[]> => (await stored()).map(({ name }) => name);

  beforeEach(async () => {
    await running().sql(`DELETE FROM hotels WHERE code = 'new'`);
    await done('POST', 'Hotels', made);
  });

  test('a create stores each item in canonical form and reads it back', async () => {
    const [text] = await listed(`SELECT (rooms->0)::text FROM hotels WHERE code = 'new'`);
    expect(JSON.parse(String(text))).toEqual({
      name: 'A',
      beds: 1,
      rate: 1.5,
      serial: anything,
      factor: 100,
      area: '-Infinity',
      smoking: true,
      since: '2020-02-29',
      cleaned: anything,
      opens: anything,
      stay: anything,
      token: '12345678-9abc-def0-1234-56789abcdef0',
      plan: '\\x00ff3e3f',
      kind: 5,
      features: 3,
      tags: ['x'],
      seen: { name: 'Ulm' },
      offers: [{ price: 1.1 }],
    });
    expect(text).toContain('"serial": 9223372036854775807');
    expect((await stored())[1]).toEqual({ name: 'B', beds: 1, features: 5, tags: [], offers: [] });
    const { text: answer, value } = await ok(`Hotels('new')/rooms`);
    expect(answer).toContain('"serial":9223372036854775807,"area":"-INF"');
    expect(value[0]).toMatchObject({
      rate: 1.5,
      stay: '-P1DT2H',
      cleaned: '2026-03-31T09:12:44.103Z',
      plan: 'AP8-Pw',
      features: 'Bath,View',
    });
    expect(value[1]).toMatchObject({ beds: 1, features: 'Bath,Balcony', seen: null });
    for (const [filter, count] of [
      ['rate eq 1.5', 1],
      ['serial eq 9223372036854775807', 1],
      ['cleaned eq 2026-03-31T09:12:44.103Z', 1],
      ["stay lt duration'PT0S'", 1],
      ['area eq -INF', 1],
    ] as const)
      expect((await ok(`Hotels('new')/rooms/$count?$filter=${filter}`)).text).toBe(String(count));
  });

  test('without them there are none; PATCH leaves them, PUT resets them', async () => {
    await done('PATCH', `Hotels('new')`, '{"note":"n"}');
    expect(await names()).toEqual(['A', 'B']);
    await done('PUT', `Hotels('new')`, '{"note":"n"}');
    expect(await stored()).toEqual([]);
    await running().sql(`DELETE FROM hotels WHERE code = 'new'`);
    const { json } = await done('POST', 'Hotels', '{"code":"new"}');
    expect([json['rooms'], await stored()]).toEqual([[], []]);
  });

  test('PATCH and PUT of the entity replace them as a whole', async () => {
    const { json } = await done('PATCH', `Hotels('new')`, '{"rooms":[{"name":"C","rate":2}]}', {
      Prefer: 'return=representation',
    });
    expect((json['rooms'] as Json[])[0]).toMatchObject({ name: 'C', rate: 2, seen: null });
    await done('PUT', `Hotels('new')`, '{"rooms":[{"name":"D"},{"name":"E"}]}');
    expect(await names()).toEqual(['D', 'E']);
  });

  test('PUT, POST and DELETE of the collection', async () => {
    expect((await done('POST', `Hotels('new')/rooms`, '{"name":"C","features":7}')).status).toBe(204);
    await done('POST', `Hotels('new')/rooms?$index=0`, '{"name":"D"}');
    await done('POST', `Hotels('new')/rooms?$index=-2`, '{"name":"E"}');
    expect(await names()).toEqual(['D', 'A', 'B', 'E', 'C']);
    expect((await stored())[1]).toMatchObject({ rate: 1.5, plan: '\\x00ff3e3f', kind: 5, offers: [{ price: 1.1 }] });
    const replaced = await done('PUT', `Hotels('new')/rooms`, '{"value":[{"name":"F","rate":120}]}', {
      Prefer: 'return=representation',
    });
    expect([replaced.status, contextOf(replaced), namesOf(replaced)]).toEqual([200, `Hotels('new')/rooms`, ['F']]);
    expect((await done('DELETE', `Hotels('new')/rooms`)).status).toBe(204);
    expect(await stored()).toEqual([]);
  });

  test('an item that comes to the others leaves exact what is there', async () => {
    const before = await listed(`SELECT (rooms->0)::text FROM hotels WHERE code = 'grand'`);
    await done('POST', `Hotels('grand')/rooms`, '{"name":"new"}');
    const [after] = await listed(`SELECT (rooms->0)::text FROM hotels WHERE code = 'grand'`);
    expect(JSON.parse(String(after))).toEqual(JSON.parse(String(before[0])));
    expect(after).toContain('12345678901234567890123456789.5');
    await running().sql(`UPDATE hotels SET rooms = rooms - 4 WHERE code = 'grand'`);
  });

  test('every fault of every item is told with its place, and nothing is written', async () => {
    const before = await stored();
    const answer = await send(
      'PATCH',
      `Hotels('new')`,
      `{"note":5,"rooms":[{"name":5,"beds":"x","rate":1.2345,"foo":1,"seen":{"nam":1},"offers":[{"price":1},{"until":"2020-13-01"}],
      "tags":[1],"kind":"None","@type":"#Other"},7,{"beds":1},{"name":"012345678901234567890"},{"name":"x","serial":9223372036854775808},null]}`,
    );
    expect(answer.status).toBe(400);
    expect(details(answer)).toEqual([
      'note',
      'rooms/0/foo',
      'rooms/0/@type',
      'rooms/0/name',
      'rooms/0/beds',
      'rooms/0/rate',
      'rooms/0/kind',
      'rooms/0/tags/0',
      'rooms/0/offers/1/price',
      'rooms/0/offers/1/until',
      'rooms/0/seen/nam',
      'rooms/1',
      'rooms/2/name',
      'rooms/3/name',
      'rooms/4/serial',
      'rooms/5',
    ]);
    expect(await stored()).toEqual(before);
  });

  test.each([
    ['PATCH', `Hotels('new')`, '{"rooms":null}', 400, 'rooms'],
    ['PATCH', `Hotels('new')`, '{"rooms":{}}', 400, 'rooms'],
    ['POST', `Hotels('new')/rooms`, '{"beds":1}', 400, 'rooms/name'],
    ['POST', `Hotels('new')/rooms`, '[{"name":"x"}]', 400, undefined],
    ['PUT', `Hotels('new')/rooms`, '{"value":[{"name":"x"},{}]}', 400, 'rooms/1/name'],
    ['PUT', `Hotels('new')/rooms`, '[]', 400, undefined],
    ['PATCH', `Hotels('new')/rooms`, '{"value":[]}', 405, undefined],
    ['PATCH', `Hotels('new')/rooms/0`, '{"name":"x"}', 501, 'path/2'],
    ['DELETE', `Hotels('new')/rooms/0`, undefined, 501, 'path/2'],
    ['PUT', `Hotels('new')/rooms/0/name`, '{"value":"x"}', 501, 'path/2'],
  ] as const)('%s %s %s: %i', async (method, path, body, status, target) => {
    const answer = await send(method, path, body);
    expect([answer.status, answer.error.target]).toEqual([status, target]);
    expect(await names()).toEqual(['A', 'B']);
  });

  test('texts are values, whatever they look like', async () => {
    const texts = [`'; DROP TABLE x; --`, '{"a":1}', '\\u0041\\', '$1', `"quoted"`, 'null', '😀'];
    const body = JSON.stringify({ value: texts.map((name) => ({ name, tags: [name], seen: { name } })) });
    await done('PUT', `Hotels('new')/rooms`, body);
    const { value } = await ok(`Hotels('new')/rooms?$select=name,tags,seen/name`);
    expect(value).toEqual(texts.map((name) => ({ name, tags: [name], seen: { name } })));
  });
});

describe('the documents', () => {
  test('$metadata declares them, as XML and as JSON', async () => {
    const xml = (await ok('$metadata')).text;
    expect(xml).toContain('<Property Name="rooms" Type="Collection(Trip.Pin.Room)" Nullable="false">');
    expect(xml).toContain('<ComplexType Name="Offer">');
    const { json } = await ok('$metadata?$format=json');
    const schema = json['Trip.Pin'] as Record<string, Json>;
    expect(schema['Hotel']?.['rooms']).toMatchObject({ $Collection: true, $Type: 'Trip.Pin.Room' });
    expect(schema['Room']).toMatchObject({
      $Kind: 'ComplexType',
      beds: { $DefaultValue: 1, $Type: 'Edm.Int32' },
      offers: { $Collection: true, $Type: 'Trip.Pin.Offer' },
    });
  });

  test('OpenAPI has arrays of their schema', async () => {
    const { json } = await ok('$metadata?$format=json');
    const { components } = describeService(json, './v1.0', 'Trips');
    expect((components.schemas['Trip.Pin.Hotel'] as Json)['properties']).toMatchObject({
      rooms: { type: 'array', items: { $ref: '#/components/schemas/Trip.Pin.Room' } },
    });
  });
});
