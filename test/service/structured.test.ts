/** Collections of complex values, and open types: what is read and written of them, compared with plain SQL over the columns that hold them. */
import { describe as describeService } from '../../src/openapi/describe';
import type { Answer, Json } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running, get, ok } = runTripPin();
afterEach(() => expect(running().takeFailures()).toEqual([]));

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
    ['@area eq NaN', `false`],
    ['@area ne @area', `r->>'area' = 'NaN'`],
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
    ['rooms', /A collection needs any, all or \$count/],
    ["rooms eq 'x'", /cannot be compared/],
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
    const both = await ok(`Hotels?$select=rooms($select=name),rooms($select=beds)&$top=1`);
    expect((both.value[0]?.['rooms'] as Json[])[0]).toEqual({ name: `O'Hara "1"`, beds: 2 });
    for (const [twice, name] of [
      ['rooms($top=1),rooms', 'rooms'],
      ['rooms/name,rooms($filter=beds gt 1)', 'rooms'],
      ['rooms($top=1),rooms/name', 'rooms/name'],
      ['kinds($top=1),kinds($skip=1)', 'kinds'],
    ] as const) {
      const { status, error } = await get(`Hotels?$select=${twice}`);
      expect([status, error.message]).toEqual([400, expect.stringContaining(`'${name}' is selected more than once`)]);
    }
    const computed = await ok(
      `Hotels('grand')/rooms?$compute=beds mul 2 as twice&$select=twice&$filter=twice gt 2&$orderby=twice desc`,
    );
    expect(namesOf(computed, 'twice')).toEqual([6, 6, 4]);
  });
});

describe('[147, 149, 150] a star of $select beside items that have options', () => {
  type Change = (value: unknown) => unknown;
  const changed =
    (name: string, change: Change): Change =>
    (value) =>
      value === null ? null : { ...(value as Json), [name]: change((value as Json)[name]) };
  const without =
    (...names: readonly string[]): Change =>
    (value) =>
      Object.fromEntries(Object.entries(value as Json).filter(([name]) => !names.includes(name)));
  const each =
    (change: Change): Change =>
    (value) =>
      (value as readonly unknown[]).map(change);
  const some =
    (isWanted: (item: Json) => boolean): Change =>
    (value) =>
      (value as readonly Json[]).filter(isWanted);
  const first: Change = (value) => (value as readonly unknown[]).slice(0, 1);
  const both =
    (one: Change, other: Change): Change =>
    (value) =>
      other(one(value));
  const added =
    (name: string, value: (whole: Json) => unknown): Change =>
    (before) =>
      before === null ? null : { ...(before as Json), [name]: value(before as Json) };
  const same: Change = (value) => value;
  const label = (whole: Json): string => String(whole['label']).toUpperCase();

  /** What is selected beside the star, and the same done in JavaScript to an entity that is read whole. */
  const cases: readonly (readonly [set: string, items: readonly string[], change: Change])[] = [
    ['Hotels', ['rooms($top=1)'], changed('rooms', first)],
    // The star names all that stands in these parentheses, too: what goes out is the union of what the items name.
    ['Hotels', ['rooms($select=name)', 'kinds($top=1)'], changed('kinds', first)],
    [
      'Hotels',
      ['rooms($filter=beds gt 1;$select=name)'],
      changed(
        'rooms',
        some(({ beds }) => Number(beds) > 1),
      ),
    ],
    ['Hotels', ['rooms($select=name,offers($top=1;$select=price))'], changed('rooms', each(changed('offers', first)))],
    ['Hotels', ['kinds($filter=false)', 'code'], changed('kinds', () => [])],
    [
      'Hotels',
      ['rooms($count=true;$skip=1)'],
      both(
        added('rooms@odata.count', ({ rooms: all }) => (all as Json[]).length),
        changed('rooms', (value) => (value as Json[]).slice(1)),
      ),
    ],
    ['Hotels', ['rooms($select=*,offers($top=1))'], changed('rooms', each(changed('offers', first)))],
    ['Hotels', ['rooms($select=offers($top=1),*)'], changed('rooms', each(changed('offers', first)))],
    ['Hotels', ['rooms($select=*,seen($select=name))'], same],
    ['Hotels', ['rooms/offers($top=1)'], changed('rooms', each(changed('offers', first)))],
    ['Hotels', ['rooms/seen($select=name)'], same],
    ['Hotels', ['rooms/name', 'rooms/seen/name', 'rooms'], same],
    ['Hotels', ['rooms', 'rooms/offers($top=1)'], changed('rooms', each(changed('offers', first)))],
    ['Hotels', ['rooms($select=name)', 'rooms/beds'], same],
    ['Venues', ['place($select=label)'], same],
    ['Venues', ['place($select=label)', 'place($select=point)'], same],
    ['Venues', ['place/city($select=name)'], same],
    ['Venues', ['place/city($select=name)', 'place'], same],
    ['Venues', ['place($select=*,city($select=name))'], same],
    ['Venues', ['place($select=city/name,*)'], same],
    ['Venues', ['place($select=city/name,label)'], same],
    ['Venues', ['place/city/name', 'place/label'], same],
    ['Venues', ['place/city/name', 'place($select=label)'], same],
    ['Venues', ['place($compute=toupper(label) as up)'], changed('place', added('up', label))],
    ['Venues', ['place($compute=toupper(label) as up;$select=up,*)'], changed('place', added('up', label))],
    ['Venues', ['place($compute=toupper(label) as up;$select=up)'], changed('place', added('up', label))],
    [
      'People',
      ["emails($filter=contains($this,'x'))"],
      changed('emails', (all) => (all as string[]).filter((one) => one.includes('x'))),
    ],
    ['People', ['emails($top=1)', 'home($select=region)', 'userName'], changed('emails', first)],
    ['Contacts', ['Trip.Pin.Employee/office($select=name)'], same],
    ['Contacts', ['Trip.Pin.Manager/office($select=name)', 'Trip.Pin.Employee/level'], same],
    [
      'Contacts',
      ['Trip.Pin.Manager/office($compute=toupper(name) as up;$select=up)'],
      (value) =>
        String((value as Json)['@odata.type']).endsWith('Manager')
          ? changed(
              'office',
              added('up', ({ name }) => String(name).toUpperCase()),
            )(value)
          : value,
    ],
  ];

  test.each(cases.map(([set, items, change]) => [set, items.join(), items, change] as const))(
    '%s: %s',
    async (set, text, items, change) => {
      const plain = async (path: string): Promise<readonly unknown[]> =>
        (await ok(path)).value.map(without('@odata.editLink', '@odata.id'));
      const wanted = (await plain(set)).map(change);
      for (const select of [
        ['*', ...items],
        [...items, '*'],
        [...items.toReversed(), '*'],
      ])
        expect([select, await plain(`${set}?$select=${select.join()}`)]).toEqual([select, wanted]);
      const alone = await ok(`${set}?$top=1&$select=${text},*`);
      expect(Object.keys(alone.value[0] ?? {})).toEqual(
        Object.keys((await ok(`${set}?$top=1&$select=*,${text}`)).value[0] ?? {}),
      );
    },
  );

  test('in $expand, of a single entity, of values that $compute makes, of open types, of transformed rows', async () => {
    const main = (await ok('Hotels?$expand=main')).value.map(
      changed('main', (value) => (value === null ? null : changed('rooms', first)(value))),
    );
    expect((await ok('Hotels?$expand=main($select=rooms($top=1),*)')).value).toEqual(main);
    const branches = (await ok('Hotels?$expand=branches')).value;
    expect((await ok('Hotels?$expand=branches($select=*,rooms($select=name))')).value).toEqual(branches);
    const { json: grand } = await ok(`Hotels('grand')?$select=*`);
    expect((await ok(`Hotels('grand')?$select=rooms($top=1),*`)).json).toEqual(changed('rooms', first)(grand));
    const room = await ok(`Hotels('grand')/rooms/0`);
    expect((await ok(`Hotels('grand')/rooms/0?$select=*,seen($select=name),offers($skip=1)`)).json).toMatchObject({
      ...room.json,
      '@odata.context': anything,
      offers: [{ price: 80 }],
    });
    const place = await ok(`Venues('A')/place`);
    expect(without('@odata.context')((await ok(`Venues('A')/place?$select=city($select=name),*`)).json)).toEqual(
      without('@odata.context')(place.json),
    );
    const computed = await ok(`Venues?$compute=place as p,toupper(code) as c`);
    expect((await ok(`Venues?$compute=place as p,toupper(code) as c&$select=*,p($select=label)`)).value).toEqual(
      computed.value,
    );
    const kinds = `$compute=kinds/$filter($this ne 'Single') as k`;
    expect((await ok(`Hotels?${kinds}&$select=*,k($top=1)`)).value).toEqual(
      (await ok(`Hotels?${kinds}`)).value.map(changed('k', first)),
    );
    const guests = await ok(`Guests?$compute=code as c`);
    expect((await ok(`Guests?$compute=code as c&$select=*,nick,c`)).value).toEqual(guests.value);
    const grouped = await ok('Venues?$apply=groupby((code,place))');
    expect((await ok('Venues?$apply=groupby((code,place))&$select=*,place($select=label)')).value).toEqual(
      grouped.value,
    );
    const joined = await ok('Hotels?$apply=concat(identity,aggregate($count as n))');
    expect((await ok('Hotels?$apply=concat(identity,aggregate($count as n))&$select=kinds($top=1),*')).value).toEqual(
      joined.value.map((row) => ('kinds' in row ? changed('kinds', first)(row) : row)),
    );
  });

  test.each([
    ['Hotels?$select=*,rooms($top=1)', 'Hotels'],
    ['Hotels?$select=*,rooms/name', 'Hotels'],
    ['Hotels?$select=*,rooms($apply=aggregate($count as n,beds with sum as b);$select=n)', 'Hotels(*,rooms/n)'],
    ['Hotels?$select=rooms($select=name),*,kinds($top=1)', 'Hotels'],
    ['Venues?$select=*,place($select=label,city/name)', 'Venues'],
    ['Venues?$select=*,place/city($compute=toupper(name) as up;$select=up)', 'Venues'],
    ['Venues?$compute=place as p,code as c&$select=*,p($select=label)', 'Venues(*,p,c)'],
    ['Venues?$select=*,place($select=label),annexOf', 'Venues(*,annexOf)'],
    ['Hotels?$select=code&$expand=main($select=*,rooms($select=name))', 'Hotels(code)'],
    ['Contacts?$select=*,Trip.Pin.Employee/office($select=name)', 'Contacts(*,Trip.Pin.Employee/office/name)'],
    ['Venues?$apply=groupby((code,place))&$select=*,place($select=label)', 'Venues(code,place)'],
    [`Venues('A')/place?$select=*,city($select=name)`, `Venues('A')/place`],
  ])('the context of %s', async (path, context) => {
    expect(contextOf(await ok(path))).toBe(context);
  });

  test.each([
    ['Hotels?$select=*,rooms($top=1),rooms', `'rooms' is selected more than once`],
    ['Hotels?$select=*,rooms($top=1),rooms/name', `'rooms/name' is selected more than once`],
    ['Venues?$select=*,place($compute=code as c)', `has no property 'code'`],
    ['Hotels?$select=*,code($top=1)', `$top`],
  ])('400: %s', async (path, message) => {
    const { status, error } = await get(path);
    expect([status, error.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('[194] $these is the collection that the option, or the segment of the path, speaks of', () => {
  interface Hotel {
    readonly code: string;
    readonly rooms: readonly { readonly name: string; readonly beds: number; readonly offers: readonly Json[] }[];
    readonly kinds: readonly string[];
    readonly branches: readonly { readonly code: string }[];
  }
  const hotels = async (): Promise<readonly Hotel[]> =>
    (await ok('Hotels?$expand=branches($select=code)')).value as unknown as readonly Hotel[];
  const codesOf = (all: readonly { readonly code: string }[]): readonly string[] => all.map(({ code }) => code);
  /** All, where a condition on their number holds; else none. */
  const allIf = <T>(items: readonly T[], of: (count: number) => boolean): readonly T[] =>
    of(items.length) ? items : [];

  const isLess =
    (offers: readonly Json[]) =>
    ({ price }: Json): boolean =>
      offers.some((other) => Number(other['price']) > Number(price));

  /** A request for hotels, `@` being how many there are, and those that it finds. */
  const ofHotels: readonly (readonly [path: string, find: (all: readonly Hotel[]) => readonly Hotel[]])[] = [
    ['Hotels/$filter($these/$count eq @)', (all) => all],
    ['Hotels/$filter($these/$count gt @)', () => []],
    ["Hotels/$filter(code ne 'inn')/$filter($these/$count lt @)", (all) => all.filter(({ code }) => code !== 'inn')],
    ["Hotels/$filter(code ne 'inn')/$filter($these/$count eq @)", () => []],
    ["Hotels/$filter(code ne 'inn')?$filter=$these/$count lt @", (all) => all.filter(({ code }) => code !== 'inn')],
    ['$all/Trip.Pin.Hotel/$filter($these/$count eq @)', (all) => all],
    ["Hotels('grand')/branches/$filter($these/$count eq 2)", (all) => all.filter(({ code }) => code !== 'grand')],
    ["Hotels('grand')/branches/$filter($these/$count eq @)", () => []],
    ['Hotels?$filter=$root/Hotels/$filter($these/$count eq @)/$count eq @', (all) => all],
    ['Hotels?$filter=rooms/any(r:$these/$count eq @)', (all) => all.filter(({ rooms: own }) => own.length > 0)],
    ...[0, 1, 2, 3, 4].flatMap((n) =>
      (['rooms', 'kinds', 'branches'] as const).flatMap((name) => {
        const find = (all: readonly Hotel[]): readonly Hotel[] =>
          all.filter((hotel) => hotel[name].length === n && n > 0);
        return [
          [`Hotels?$filter=${name}/$count($filter=$these/$count eq ${n}) gt 0`, find] as const,
          [`Hotels?$filter=${name}/$filter($these/$count eq ${n})/any()`, find] as const,
        ];
      }),
    ),
    [
      'Hotels?$filter=rooms/any(r:r/offers/$count($filter=$these/aggregate(price with max) gt price) eq 1)',
      (all) => all.filter(({ rooms: own }) => own.some(({ offers }) => offers.filter(isLess(offers)).length === 1)),
    ],
  ];

  test.each(ofHotels)('%s', async (path, find) => {
    const all = await hotels();
    const answer = await ok(`${path.replaceAll('@', String(all.length))}${path.includes('?') ? '&' : '?'}$select=code`);
    expect(namesOf(answer, 'code')).toEqual(codesOf(find(all)));
  });

  test.each([0, 1, 2, 3, 4])('the items of a collection, where there are %i', async (n) => {
    const all = await hotels();
    const is = (count: number): boolean => count === n;
    for (const { code, rooms: own, kinds, branches } of all) {
      const at = `Hotels('${code}')`;
      const found = allIf(own, is).map(({ name }) => name);
      const few = own.filter(({ beds }) => beds === 3);
      for (const [path, wanted] of [
        [`${at}/rooms?$filter=$these/$count eq ${n}`, found],
        [`${at}/rooms/$filter($these/$count eq ${n})`, found],
        [`${at}/rooms/$filter(beds eq 3)/$filter($these/$count eq ${n})`, allIf(few, is).map(({ name }) => name)],
        [
          `${at}/rooms?$filter=$these/$count($filter=beds eq 3) eq ${n}`,
          is(few.length) ? own.map(({ name }) => name) : [],
        ],
      ] as const)
        expect([path, namesOf(await ok(path))]).toEqual([path, wanted]);
      for (const [path, wanted] of [
        [`${at}/rooms/$count?$filter=$these/$count eq ${n}`, found],
        [`${at}/rooms/$filter($these/$count eq ${n})/$count`, found],
        [`${at}/kinds/$count?$filter=$these/$count eq ${n}`, allIf(kinds, is)],
        [`${at}/branches/$count?$filter=$these/$count eq ${n}`, allIf(branches, is)],
        [`${at}/branches/$filter($these/$count eq ${n})/$count`, allIf(branches, is)],
      ] as const)
        expect([path, (await ok(path)).text]).toEqual([path, String(wanted.length)]);
      const suites = kinds.filter((kind) => kind === 'Suite');
      for (const [path, wanted] of [
        [`${at}/kinds?$filter=$these/$count eq ${n}`, allIf(kinds, is)],
        [`${at}/kinds/$filter($these/$count eq ${n})`, allIf(kinds, is)],
        [`${at}/kinds/$filter($this eq 'Suite')/$filter($these/$count eq ${n})`, allIf(suites, is)],
        [`${at}/kinds?$filter=$these/$count($filter=$this eq 'Suite') eq ${n}`, is(suites.length) ? kinds : []],
      ] as const)
        expect([path, (await ok(path)).json['value']]).toEqual([path, wanted]);
      const item = await get(`${at}/rooms/$filter($these/$count eq ${n})/-1/name`);
      expect([item.status, item.status === 200 && item.json['value']]).toEqual(
        found.length > 0 ? [200, found.at(-1)] : [404, false],
      );
    }
    const selected = await ok(
      `Hotels?$select=code,kinds($filter=$these/$count eq ${n}),rooms($select=name,n;$filter=$these/$count eq ${n};$compute=$these/$count as n)` +
        `&$expand=branches($select=code,n;$compute=$these/$count as n;$filter=$these/$count eq ${n})`,
    );
    expect(selected.value).toMatchObject(
      all.map(({ code, kinds, rooms: own, branches }) => ({
        code,
        kinds: allIf(kinds, is),
        rooms: allIf(own, is).map(({ name }) => ({ name, n })),
        branches: allIf(branches, is).map((branch) => ({ ...branch, n })),
      })),
    );
  });

  test('of a set that is written, and of the rows before a transformation', async () => {
    const note = await listed(`SELECT note FROM hotels ORDER BY code`);
    await done('PATCH', 'Hotels/$filter($these/$count gt 3)/$each', '{"note":"x"}');
    expect(await listed(`SELECT note FROM hotels ORDER BY code`)).toEqual(note);
    const { value } = await ok(`Hotels?$apply=filter(code ne 'inn')/compute($these/$count as n)&$select=code,n`);
    expect(value.map(({ code, n }) => [code, n])).toEqual([
      ['grand', 2],
      ['void', 2],
    ]);
  });
});

describe('$compute, wherever it may stand', () => {
  interface Venue {
    readonly code: string;
    readonly label: string;
    readonly city: string | null;
  }
  const venues = async (): Promise<readonly Venue[]> =>
    (await running().sql(`SELECT code, "place_Label", "place_city_Name" FROM venues ORDER BY code`)).map((row) => {
      const [code, label, city] = Object.values(row);
      return { code: String(code), label: String(label), city: typeof city === 'string' ? city : null };
    });
  const within = (json: unknown, ...names: readonly string[]): Json =>
    names.reduce((inner, name) => inner[name] as Json, json as Json);
  const whole = ({ json }: Answer): Json => json;
  const inPlace = ({ json }: Answer): Json => within(json, 'place');
  const inFirst =
    (...names: readonly string[]) =>
    ({ value: [first] }: Answer): Json =>
      within(first, ...names);

  const compute = '$compute=toupper(label) as up,length(city/name) as n';
  const options = `${compute};$select=up,n`;
  /** Where the two are computed of a place, and where the answer has them; `~` is the code of a venue. */
  const places: readonly (readonly [path: string, read: (answer: Answer) => Json])[] = [
    [`Venues('~')/place?${compute}&$select=up,n`, whole],
    [`Venues('~')/place?${compute}`, whole],
    [`Venues('~')/place?${compute}&$select=*`, whole],
    [`Venues('~')/place?${compute}&$select=Trip.Pin.Place/label,up,n`, whole],
    [`Venues('~')/place?$compute=toupper($it/label) as up,length($this/city/name) as n`, whole],
    [`Venues('~')/place?$compute=toupper(label) as u,u as up,city as c,length(c/name) as n&$select=n,up`, whole],
    [`Venues('~')/place?$compute=$it as all&$select=all(${options})`, ({ json }) => within(json, 'all')],
    [`Venues('~')/place?$compute=@u as up,length(@c) as n&@u=toupper(label)&@c=city/name`, whole],
    [`Venues('~')?$select=place(${options})`, inPlace],
    [`Venues('~')?$select=place(${compute})`, inPlace],
    [`Venues('~')?$select=place($compute=@u as up,@n as n;@u=toupper(label))&@n=length(city/name)`, inPlace],
    [`Venues?$filter=code eq '~'&$select=place(${options})`, inFirst('place')],
    [`Venues/$filter(code eq '~')?$select=code,place(${options})`, inFirst('place')],
    [`Venues/$filter(code eq '~')/$each?$select=place(${options})`, inFirst('place')],
    [`Venues?$filter=code eq '~'&$compute=place as p&$select=p(${options})`, inFirst('p')],
    [`Venues?$top=1&$compute=$root/Venues('~')/place as p&$select=p(${options})`, inFirst('p')],
    [`Venues?$apply=filter(code eq '~')&$select=place(${options})`, inFirst('place')],
    [`Venues?$apply=filter(code eq '~')/groupby((place))&$select=place(${options})`, inFirst('place')],
    [
      `Venues?$apply=filter(code eq '~')/groupby((place/label,place/city/name))&$select=place(${options})`,
      inFirst('place'),
    ],
    [`$all/Trip.Pin.Venue?$filter=code eq '~'&$select=place(${options})`, inFirst('place')],
    [`$entity/Trip.Pin.Venue?$id=Venues('~')&$select=place(${options})`, inPlace],
    [
      `$crossjoin(Venues,Airlines)?$filter=Venues/code eq '~'&$top=1&$expand=Venues($select=place(${options}))`,
      inFirst('Venues', 'place'),
    ],
    [
      `$crossjoin(Venues,Airlines)?$filter=Venues/code eq '~'&$top=1&$compute=Venues/place as p&$select=p(${options})`,
      inFirst('p'),
    ],
  ];

  test.each(places)('[161] of a complex value: %s', async (path, read) => {
    for (const { code, label, city } of await venues())
      expect([code, read(await ok(path.replaceAll('~', code)))]).toMatchObject([
        code,
        { up: label.toUpperCase(), n: city === null ? null : city.length },
      ]);
  });

  test('of values behind navigations, in singletons, of derived types and in items', async () => {
    const length = '$compute=length(name) as n&$select=n';
    const inner = '$compute=length(name) as n;$select=n';
    expect((await ok(`Venues('B')/annexOf/place?${compute}&$select=up`)).json).toMatchObject({ up: 'HALL' });
    expect(
      (await ok(`Venues?$orderby=code&$select=code&$expand=annexOf($select=place(${options}))`)).value.map(
        ({ annexOf }) => annexOf && within(annexOf, 'place')['up'],
      ),
    ).toEqual([null, 'HALL', 'HALL']);
    for (const path of [
      'Me/home',
      `People('russellwhyte')/home`,
      'Head/office',
      `Contacts('boss')/Trip.Pin.Employee/office`,
    ])
      expect([path, (await ok(`${path}?${length}`)).json['n']]).toEqual([path, 'Boise'.length]);
    const offices = await ok(`Contacts?$orderby=code&$select=Trip.Pin.Employee/office(${inner})`);
    const cities = await listed(`SELECT length("office_Name") FROM contacts ORDER BY code COLLATE "C"`);
    expect(offices.value.map(({ office }) => (office ? within(office)['n'] : null))).toEqual(cities);

    const beds = (await listed(`SELECT r->>'beds' FROM ${rooms} WHERE code = 'grand' ORDER BY n`)).map(Number);
    const seen = await listed(`SELECT length(r->'seen'->>'name') FROM ${rooms} WHERE code = 'grand' ORDER BY n`);
    for (const [index, count] of beds.entries()) {
      const room = await ok(
        `Hotels('grand')/rooms/${index}?$compute=beds mul 2 as twice,offers/$count as o&$select=twice,o`,
      );
      const offers = await listed(
        `SELECT jsonb_array_length(coalesce(r->'offers', '[]')) FROM ${rooms} WHERE code = 'grand' AND n = ${index + 1}`,
      );
      expect(room.json).toMatchObject({ twice: count * 2, o: offers[0] });
      const city = await get(`Hotels('grand')/rooms/${index}/seen?${length}`);
      expect(city.status === 200 ? city.json['n'] : null).toBe(seen[index]);
    }
    expect((await ok(`Hotels('grand')/rooms/$filter(beds gt 2)/-1?$compute=beds add 1 as more`)).json['more']).toBe(4);
    const all = await ok(`Hotels('grand')?$select=rooms($select=seen(${inner}))`);
    const values = (all.json['rooms'] as Json[]).map((room) => room['seen'] && within(room, 'seen')['n']);
    expect(values).toEqual(seen);
  });

  test('a value that is null stays null, whatever is computed of it', async () => {
    const former = (await running().sql(`SELECT "former_Label", "former_city_Name" FROM venues ORDER BY code`)).map(
      (row) => Object.values(row).some((value) => value !== null),
    );
    const { value } = await ok('Venues?$orderby=code&$select=former($compute=1 as one;$select=one)');
    expect(value.map((venue) => venue['former'] !== null)).toEqual(former);
    const grouped = await ok('Venues?$apply=groupby((former))&$select=former($compute=1 as one)');
    expect(grouped.value.filter((row) => row['former'] === null)).toHaveLength(1);
    expect((await get(`Venues('A')/former?$compute=1 as one`)).status).toBe(204);
    expect((await ok(`Venues('C')/former?$compute=1 as one&$select=one`)).json).toMatchObject({ one: 1 });
    const nested = await ok(`Venues?$orderby=code&$expand=annexOf($expand=annexOf;$select=former($compute=1 as one))`);
    expect(nested.value.map(({ annexOf }) => annexOf && within(annexOf)['former'])).toEqual([null, null, null]);
  });

  test.each([
    [
      'minimal',
      '4.0',
      '"city":null,"n@odata.type":"#Int32","n":4,"c":null,"at":{"@odata.type":"#Trip.Pin.GeoPoint","latitude":-10,"longitude":0.5}',
    ],
    ['none', '4.0', '"city":null,"n":4,"c":null,"at":{"latitude":-10,"longitude":0.5}'],
    [
      'full',
      '4.0',
      '"@odata.type":"#Trip.Pin.Place","city":null,"n@odata.type":"#Int32","n":4,"c":null,"at":{"@odata.type":"#Trip.Pin.GeoPoint","latitude@odata.type":"#Double","latitude":-10,"longitude@odata.type":"#Double","longitude":0.5}',
    ],
    [
      'minimal',
      '4.01',
      '"city":null,"n@type":"Int32","n":4,"c":null,"at":{"@type":"#Trip.Pin.GeoPoint","latitude":-10,"longitude":0.5}',
    ],
  ])('metadata=%s of OData %s', async (metadata, version, members) => {
    const computed = '$compute=length(label) as n,city as c,point as at';
    const headers = {
      Accept: `application/json;${version === '4.0' ? 'odata.' : ''}metadata=${metadata}`,
      'OData-MaxVersion': version,
    };
    const single = await ok(`Venues('B')/place?${computed}&$select=city,n,c,at`, headers);
    const nested = `Venues?$filter=code eq 'B'&$select=place(${computed};$select=city,n,c,at)`;
    expect(single.text.replace(/"@(?:odata\.)?context":"[^"]*",?/, '')).toBe(`{${members}}`);
    expect((await ok(nested, headers)).text).toContain(`"place":{${members}}`);
    const expanded = `Me?$expand=admirers($filter=work ne null;$select=work($compute=length(name) as n;$select=region,n))`;
    const type = /"n@.*?,/.exec(members)?.[0] ?? '';
    expect((await ok(expanded, headers)).text).toMatch(
      new RegExp(`"work":\\{("@[^,]*,)?"region":null,${type}"n":7\\}`),
    );
  });

  test('contexts name it, omit-values leaves its nulls out', async () => {
    const contexts: readonly (readonly [path: string, context: string])[] = [
      [`Venues('A')/place?${compute}`, `Venues('A')/place(*,up,n)`],
      [`Venues('A')/place?${compute}&$select=n,city`, `Venues('A')/place(n,city)`],
      [`Me/home?$compute=1 as x&$select=x,name`, `Me/home(x,name)`],
      [`Venues?$select=place(${options})`, 'Venues(place/up,place/n)'],
      [`Hotels('grand')/rooms/0?$compute=1 as x&$select=x`, `Hotels('grand')/rooms/0(x)`],
    ];
    for (const [path, context] of contexts) expect(contextOf(await ok(path))).toBe(context);
    const { json } = await ok(`Venues('B')/place?${compute}&$select=up,n,city`, { Prefer: 'omit-values=nulls' });
    expect(Object.keys(json)).toEqual(['@odata.context', 'up']);
  });

  test('in answers to writes, in $query and in batches', async () => {
    const representation = { Prefer: 'return=representation' };
    const [property, entity] = [`Venues('C')/place?${compute}&$select=up,n`, `Venues('C')?$select=place(${options})`];
    const written = { up: 'CLUB', n: 3 };
    for (const method of ['PATCH', 'PUT']) {
      const body = '{"label":"Club","city":{"name":"Ulm"},"point":{"latitude":48.5,"longitude":10}}';
      expect((await done(method, property, body, representation)).json).toMatchObject(written);
    }
    expect(inPlace(await done('PATCH', entity, '{"place":{"label":"Club"}}', representation))).toMatchObject(written);
    const query = await running().send(
      'POST',
      `Venues('C')/place/$query`,
      { 'Content-Type': 'text/plain' },
      encodeURI(compute),
    );
    expect(query.json).toMatchObject(written);
    const batch = await done(
      'POST',
      '$batch',
      JSON.stringify({ requests: [{ id: '1', method: 'GET', url: encodeURI(property) }] }),
    );
    expect(within((batch.json['responses'] as Json[])[0], 'body')).toMatchObject(written);
  });

  test('a delta link tells entities of which a computed value has changed', async () => {
    const path = 'People?$select=home($compute=$it/bestFriend/firstName as friend;$select=friend)';
    const { json, value } = await ok(path, { Prefer: 'track-changes' });
    const friends = value.filter(({ home }) => home !== null && within(home)['friend'] !== null);
    expect(friends.map(({ home }) => within(home)['friend'])).toEqual(['Scott']);
    await done('PATCH', `People('scottketchum')`, '{"firstName":"Scotty"}');
    const delta = await running().get(String(json['@odata.deltaLink']));
    expect(delta.value.map(({ home }) => home && within(home)['friend'])).toContain('Scotty');
    await done('PATCH', `People('scottketchum')`, '{"firstName":"Scott"}');
  });

  test('[192, 261] so does one whose filter goes through what addnested names', async () => {
    const path = 'People?$apply=addnested(bestFriend,compute(length(firstName) as l) as b)&$filter=b/l eq 5';
    const headers = { Prefer: 'track-changes', 'OData-MaxVersion': '4.01' };
    const { json, value } = await ok(`${path}&$select=userName&$expand=b($select=l)`, headers);
    expect(value).toMatchObject([{ userName: 'ronaldmundy', b: { l: 5 } }]);
    await done('PATCH', `People('scottketchum')`, '{"firstName":"Scotty"}');
    const ofRonald = async (): Promise<unknown> =>
      (await running().get(String(json['@odata.deltaLink']), headers)).value.find(
        ({ userName }) => userName === 'ronaldmundy',
      );
    expect(await ofRonald()).toMatchObject({ '@odata.removed': { reason: 'changed' } });
    await done('PATCH', `People('scottketchum')`, '{"firstName":"Scots"}');
    expect(await ofRonald()).toMatchObject({ b: { l: 5 } });
    await done('PATCH', `People('scottketchum')`, '{"firstName":"Scott"}');
  });

  test.each([
    [`Venues('A')/code?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`Venues('A')/place/label?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/gender?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/userName/$value?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/emails?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/emails/0?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/emails/$count?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`People('mirsking')/emails/$count?$apply=identity`, 'OptionNotApplicable', '$apply'],
    [`Guests('ann')/nick?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`Guests('ann')/nick?$select=x`, 'OptionNotApplicable', '$select'],
    [`Guests('ann')/home/city?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`Guests('ann')/home/city?$select=x`, 'OptionNotApplicable', '$select'],
    [`Guests('ann')/home/city?$expand=x`, 'OptionNotApplicable', '$expand'],
    [`Albums('Rome')/cover?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`Photos(1)/$value?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    [`Venues('A')/$ref?$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    ['Venues/$ref?$compute=1 as x', 'OptionNotApplicable', '$compute'],
    [`$entity?$id=Venues('A')&$compute=1 as x`, 'OptionNotApplicable', '$compute'],
    ['$metadata?$compute=1 as x', 'OptionNotApplicable', '$compute'],
    ['?$compute=1 as x', 'OptionNotApplicable', '$compute'],
    ['$all?$compute=1 as name', 'InvalidValue', '$compute'],
    [`Venues?$expand=annexOf/$ref($compute=1 as x)`, 'OptionNotApplicable', '$expand'],
    [`People?$expand=trips/$count($compute=1 as x)`, 'OptionNotApplicable', '$expand'],
    ['People?$select=emails($compute=1 as x)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=code($compute=1 as x)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=place/label($compute=1 as x)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=annexOf($compute=1 as x)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=place($filter=true)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=place($apply=identity)', 'OptionNotApplicable', '$select'],
    ['Venues?$select=place($compute=1 as x),place/label', 'InvalidValue', '$select'],
    ['Venues?$select=place/label,place($compute=1 as x)', 'InvalidValue', '$select'],
    ['Venues?$select=place($compute=1 as label)', 'InvalidValue', '$select'],
    ['Venues?$select=place($compute=1 as x;$select=y)', 'UnknownProperty', '$select'],
    ['Venues?$select=place($compute=code as x)', 'UnknownProperty', '$select'],
    [`Venues('A')/place?$compute=code as x`, 'UnknownProperty', '$compute'],
    [`Venues('A')/place?$compute=1 as city`, 'InvalidValue', '$compute'],
    [`Venues('A')/place?$compute=1 as x,2 as x`, 'InvalidValue', '$compute'],
    [`Venues('A')/place?$compute=1 as x&$expand=y`, 'OptionNotApplicable', '$expand'],
    [`Venues('A')/place?$compute=1 as x&$select=y`, 'UnknownProperty', '$select'],
    [`Venues('A')/place?$compute=1 as x&$filter=x eq 1`, 'OptionNotApplicable', '$filter'],
  ])('refused, in one place: %s', async (path, code, target) => {
    const { status, error } = await get(path);
    expect([status < 500 || status === 501, error.code, error.target]).toEqual([true, code, target]);
  });
});

describe('collections of complex values, and values of unknown type, that $compute names', () => {
  interface Room {
    readonly name: string;
    readonly beds: number;
    readonly offers?: readonly { readonly price: number; readonly until?: string }[];
  }
  interface Stay {
    readonly code: string;
    readonly main: string | null;
    readonly rooms: readonly Room[];
  }
  const hotels = async (): Promise<readonly Stay[]> =>
    (await running().sql('SELECT code, main, rooms FROM hotels ORDER BY code')) as unknown as readonly Stay[];
  const of = (all: readonly Stay[], code: string | null): Stay | undefined => all.find((one) => one.code === code);
  const named = (rooms: readonly Room[]): readonly Json[] => rooms.map(({ name }) => ({ name }));
  const many = ({ rooms }: Stay): readonly Room[] => rooms.filter(({ beds }) => beds > 1);
  const byBeds = (rooms: readonly Room[]): readonly Room[] => [...rooms].sort((a, b) => b.beds - a.beds);
  const offered = ({ offers = [] }: Room): readonly Json[] =>
    offers.map(({ price, until = null }) => ({ price, until }));
  const sum = (rooms: readonly Pick<Room, 'beds'>[]): number | null =>
    rooms.length === 0 ? null : rooms.reduce((all, { beds }) => all + beds, 0);
  const bedsOf = (rooms: readonly Room[]): readonly number[] =>
    [...new Set(rooms.map(({ beds }) => beds))].sort((one, other) => one - other);
  const most = 'rooms/$filter(beds gt 1) as m';

  /** An object of the type, its members beside those that are never null. */
  const room = (members: string): string =>
    `{"@odata.type":"Trip.Pin.Room","features":"0"${members.includes('"beds"') ? '' : ',"beds":1'},${members}}`;

  /** What the answer has in `value`, control information aside, in JavaScript over the stored rows. */
  type Case = readonly [path: string, wanted: (all: readonly Stay[]) => readonly unknown[]];
  const cases: readonly Case[] = [
    ['Hotels?$compute=rooms as m&$select=m/name', (all) => all.map(({ rooms }) => ({ m: named(rooms) }))],
    [`Hotels?$compute=${most}&$select=m/name`, (all) => all.map((one) => ({ m: named(many(one)) }))],
    [
      `Hotels?$compute=${most}&$select=code,m($select=name;$orderby=beds desc,name;$skip=1;$top=1)`,
      (all) =>
        all.map((one) => ({
          code: one.code,
          m: named([...many(one)].sort((a, b) => b.beds - a.beds || (a.name < b.name ? -1 : 1)).slice(1, 2)),
        })),
    ],
    [
      `Hotels?$compute=${most}&$select=m($filter=beds gt 2;$compute=beds mul 2 as twice;$select=twice)`,
      (all) => all.map((one) => ({ m: many(one).flatMap(({ beds }) => (beds > 2 ? [{ twice: beds * 2 }] : [])) })),
    ],
    [
      `Hotels?$compute=${most}&$select=m($apply=aggregate(beds with sum as s))`,
      (all) => all.map((one) => ({ m: [{ s: sum(many(one)) }] })),
    ],
    [
      `Hotels?$compute=${most},m/$filter(beds gt 2) as n,n/$count as c&$select=c,n/name`,
      (all) =>
        all.map((one) => {
          const n = many(one).filter(({ beds }) => beds > 2);
          return { n: named(n), c: n.length };
        }),
    ],
    [
      `Hotels?$compute=${most}&$filter=m/any(r:r/beds gt 2)&$select=code`,
      (all) => all.filter((one) => many(one).some(({ beds }) => beds > 2)).map(({ code }) => ({ code })),
    ],
    [
      `Hotels?$compute=rooms as m&$filter=m/any(a:m/any(b:b/beds lt a/beds))&$select=code`,
      (all) =>
        all.filter(({ rooms }) => rooms.some((a) => rooms.some((b) => b.beds < a.beds))).map(({ code }) => ({ code })),
    ],
    [
      `Hotels?$compute=${most}&$filter=length(m) lt rooms/$count&$select=code`,
      (all) => all.filter((one) => many(one).length < one.rooms.length).map(({ code }) => ({ code })),
    ],
    [
      `Hotels?$compute=rooms as m&$orderby=m/$count($filter=beds gt 1),m/aggregate(beds with sum) desc,code desc&$select=code`,
      (all) =>
        [...all]
          .sort(
            (a, b) =>
              many(a).length - many(b).length ||
              (sum(b.rooms) ?? -1) - (sum(a.rooms) ?? -1) ||
              (a.code < b.code ? 1 : -1),
          )
          .map(({ code }) => ({ code })),
    ],
    [
      'Hotels?$compute=main/rooms as m&$select=m/name',
      (all) => all.map(({ main }) => ({ m: main === null ? null : named(of(all, main)?.rooms ?? []) })),
    ],
    [
      'Hotels?$compute=main/rooms as m&$filter=m eq null&$select=code',
      (all) => all.filter(({ main }) => main === null).map(({ code }) => ({ code })),
    ],
    [
      `Hotels?$select=code&$expand=branches($compute=main/rooms as m;$select=m($select=name;$filter=beds gt 1);$orderby=code)`,
      (all) =>
        all.map(({ code }) => ({
          code,
          branches: all.flatMap(({ main }) =>
            main === code ? [{ m: named(many(of(all, main) ?? { code, main, rooms: [] })) }] : [],
          ),
        })),
    ],
    [
      `Hotels?$apply=compute(${most})/filter(m/$count gt 1)&$select=m/name`,
      (all) => all.map(many).flatMap((rooms) => (rooms.length > 1 ? [{ m: named(rooms) }] : [])),
    ],
    [
      `Hotels?$apply=concat(compute(rooms as m),compute(${most}))&$select=code,m/name&$orderby=code,m/$count desc`,
      (all) =>
        all.flatMap((one) => [
          { code: one.code, m: named(one.rooms) },
          { code: one.code, m: named(many(one)) },
        ]),
    ],
    [
      `Hotels?$compute=${room('"name":code,"offers":[{"price":rooms/$count}]')} as r&$select=r/name,r/offers,r/tags&$filter=r/offers/any(o:o/price gt 0)`,
      (all) =>
        all.flatMap(({ code, rooms }) =>
          rooms.length === 0 ? [] : [{ r: { name: code, tags: [], offers: [{ price: rooms.length, until: null }] } }],
        ),
    ],
    [
      `Hotels?$compute=case(code eq 'inn':${room('"name":code,"offers":[{"price":1.5},{"price":2,"until":"2020-01-01"}]')},code eq 'void':${room('"name":code')}) as r&$select=code,r($select=offers)&$orderby=r/offers/$count desc,code`,
      () => [
        {
          code: 'inn',
          r: {
            offers: [
              { price: 1.5, until: null },
              { price: 2, until: '2020-01-01' },
            ],
          },
        },
        { code: 'grand', r: null },
        { code: 'void', r: { offers: [] } },
      ],
    ],
    [
      `Hotels?$compute=${room('"name":code,"tags":["a"],"offers":[{"price":1},{"price":2}]')} as r,r/offers as o,concat(o,r/offers) as p&$select=o($filter=price gt 1),p/price,r($select=offers,n;$compute=offers/$count as n)`,
      (all) =>
        all.map(() => ({
          o: [{ price: 2, until: null }],
          p: [{ price: 1 }, { price: 2 }, { price: 1 }, { price: 2 }],
          r: {
            offers: [
              { price: 1, until: null },
              { price: 2, until: null },
            ],
            n: 2,
          },
        })),
    ],
    [
      `Hotels('grand')/rooms?$compute=case(beds gt 2:$it) as c,concat(offers,c/offers) as o&$select=c/offers,o/price`,
      (all) =>
        (of(all, 'grand')?.rooms ?? []).map((one) => ({
          c: one.beds > 2 ? { offers: offered(one) } : null,
          o: one.beds > 2 ? [...offered(one), ...offered(one)].map(({ price }) => ({ price })) : null,
        })),
    ],
    [
      `Hotels?$compute=[${room('"name":code')},null] as l&$select=l/name,l/offers&$filter=l/$count eq 2 and l/any(x:x/name eq 'inn') and l/all(x:x/name ne 'grand')`,
      () => [{ l: [{ name: 'inn', offers: [] }, null] }],
    ],
    [
      `Hotels?$compute=[null,${room('"name":code')}] as l&$select=l($orderby=name;$select=name)`,
      (all) => all.map(({ code }) => ({ l: [null, { name: code }] })),
    ],
    [
      `Hotels?$apply=compute([null,${room('"name":code,"beds":3')}] as l)/aggregate(l/beds with sum as s,l with countdistinct as d)`,
      (all) => [{ s: 3 * all.length, d: all.length }],
    ],
    // Items that are null, of a type with collections, which are never null.
    [
      'Hotels?$compute=concat(rooms,[null]) as m&$filter=m/any(x:x eq null) and not m/all(x:x ne null) and null in m and hassubset(m,[null]) and m/$filter($this eq null)/$count eq 1&$select=code',
      (all) => all.map(({ code }) => ({ code })),
    ],
    [
      'Hotels?$compute=concat([null],rooms) as m&$select=m($filter=$this eq null;$select=name)',
      (all) => all.map(() => ({ m: [null] })),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/addnested(m,top(1) as f,skip(1) as g)&$select=f/name,g/name',
      (all) =>
        all.map(({ rooms }) => {
          const [f = null, ...g] = [...named(rooms), null];
          return { f: [f], g };
        }),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j)/filter(j/tags eq null)/compute(j/tags as t,j/offers as o)&$select=code,t,o',
      (all) => all.map(({ code }) => ({ code, t: null, o: null })),
    ],
    ...[
      { items: '[null],rooms', kind: 'join' },
      { items: 'rooms,[null]', kind: 'outerjoin' },
    ].map(({ items, kind }): Case => [
      `Hotels?$apply=compute(concat(${items}) as m)/${kind}(m as j)&$select=code,j/name`,
      (all) =>
        all.flatMap(({ code, rooms }) =>
          (items.startsWith('r') ? [...named(rooms), null] : [null, ...named(rooms)]).map((j) => ({ code, j })),
        ),
    ]),
    [
      'Hotels?$apply=compute(concat([null],rooms) as m)/join(m as j,topcount(1,beds))&$select=code,j/beds',
      (all) =>
        all.map(({ code, rooms }) => {
          const beds = Math.max(...rooms.map((room) => room.beds));
          return { code, j: rooms.length === 0 ? null : { beds } };
        }),
    ],
    // In rows of several structures, too.
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/addnested(m,concat(top(1),concat(skip(1),identity)) as f)&$select=f/name',
      (all) => all.map(({ rooms }) => ({ f: [...named(rooms), null, ...named(rooms), null] })),
    ],
    [
      'Hotels?$compute=concat(rooms,[null]) as m&$select=m($apply=concat(identity,groupby((beds)));$filter=name eq null;$select=beds)',
      (all) =>
        all.map(({ rooms }) => {
          const beds = [...new Set(rooms.map((room) => room.beds))].sort((a, b) => a - b);
          return { m: [null, ...[null, ...beds].map((number) => ({ beds: number }))] };
        }),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/outerjoin(m as j,concat(top(1),concat(skip(1),identity)))&$select=code,j/name',
      (all) =>
        all.flatMap(({ code, rooms }) => [...named(rooms), null, ...named(rooms), null].map((j) => ({ code, j }))),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j,concat(identity,identity)/compute(1 as one))/addnested(j,identity as k)/filter(j eq null)/compute(j/one as o)&$select=code,j/name,k/name,o',
      (all) => all.flatMap(({ code }) => [1, 2].map(() => ({ code, j: null, k: null, o: null }))),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j,concat(identity,identity))/groupby((j/name),aggregate($count as n))',
      (all) => {
        const names = all.flatMap(({ rooms }) => rooms.map(({ name }) => name));
        const groups = [...new Set(names)].sort().map((name) => ({
          j: { name },
          n: 2 * names.filter((other) => other === name).length,
        }));
        return [{ j: null, n: 2 * all.length }, ...groups];
      },
    ],
    // Where some of the structures are items and others are groups of them, too.
    ...['join', 'outerjoin'].map((kind): Case => [
      `Hotels?$apply=compute(concat(rooms,[null]) as m)/${kind}(m as j,concat(identity,groupby((beds))))&$select=code,j/beds`,
      (all) =>
        all.flatMap(({ code, rooms }) =>
          [...rooms.map(({ beds }) => ({ beds })), null, ...[null, ...bedsOf(rooms)].map((beds) => ({ beds }))].map(
            (j) => ({ code, j }),
          ),
        ),
    ]),
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j,concat(concat(identity,groupby((beds))),groupby((beds))))/filter(j eq null)&$select=code',
      (all) => all.map(({ code }) => ({ code })),
    ],
    [
      'Hotels?$apply=outerjoin(rooms as j,concat(identity,groupby((beds))))/filter(j eq null)&$select=code,j/beds',
      (all) => all.flatMap(({ code, rooms }) => (rooms.length === 0 ? [{ code, j: null }] : [])),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/outerjoin(m as j,concat(identity,groupby((beds)))/groupby((beds)))&$select=code,j',
      (all) => all.flatMap(({ code, rooms }) => [null, ...bedsOf(rooms)].map((beds) => ({ code, j: { beds } }))),
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j,concat(identity,groupby((beds)))/compute(1 as one))/compute(j/one as o)/aggregate(j/$count as n,j/one with sum as m,o with sum as o,j/beds with sum as s)',
      (all) => {
        const groups = all.flatMap(({ rooms }) => bedsOf(rooms).map((beds) => ({ beds })));
        const rooms = [...all.flatMap((one) => one.rooms), ...groups];
        const n = rooms.length + all.length;
        return [{ n, m: n, o: n, s: sum(rooms) }];
      },
    ],
    [
      'Hotels?$apply=outerjoin(rooms as j,concat(identity,top(1))/groupby((beds)))&$select=code,j',
      (all) =>
        all.flatMap(({ code, rooms }): readonly Json[] => {
          const beds = [...new Set(rooms.map((room) => room.beds))].sort((a, b) => a - b);
          return beds.length === 0 ? [{ code, j: null }] : beds.map((number) => ({ code, j: { beds: number } }));
        }),
    ],
    [
      'Hotels?$apply=join(rooms as j,concat(identity,compute(1 as o)))/aggregate(j/beds with sum as s,j/$count as n)',
      (all) => {
        const rooms = all.flatMap((one) => one.rooms);
        return [{ s: 2 * rooms.reduce((before, { beds }) => before + beds, 0), n: 2 * rooms.length }];
      },
    ],
    [
      'Hotels?$apply=compute(concat(rooms,[null]) as m)/join(m as j,concat(identity,identity))/aggregate(j with countdistinct as d,j/$count as n,$count as all)',
      (all) => {
        const rooms = all.flatMap((one) => one.rooms);
        const d = new Set(rooms.map((room) => JSON.stringify(room))).size;
        return [{ d, n: 2 * rooms.length, all: 2 * (rooms.length + all.length) }];
      },
    ],
    // What addnested has made, in its order.
    [
      'Hotels?$apply=addnested(rooms,orderby(beds desc) as f)/compute(f as x,concat([null],f) as y,case(true:f) as z)&$select=f/name,x/name,y/name,z/name',
      (all) =>
        all.map(({ rooms }) => {
          const f = named(byBeds(rooms));
          return { f, x: f, y: [null, ...f], z: f };
        }),
    ],
    [
      'Hotels?$apply=addnested(rooms,orderby(beds desc)/skip(1)/filter(beds gt 1) as f)/compute(f as x)/addnested(x,top(1) as y)&$select=code,x($filter=beds gt 2;$select=name),y/name&$orderby=x/$count desc,code',
      (all) => {
        const left = ({ rooms }: Stay): readonly Room[] =>
          byBeds(rooms)
            .slice(1)
            .filter(({ beds }) => beds > 1);
        return [...all]
          .sort((a, b) => left(b).length - left(a).length || (a.code < b.code ? -1 : 1))
          .map((one) => ({
            code: one.code,
            x: named(left(one).filter(({ beds }) => beds > 2)),
            y: named(left(one).slice(0, 1)),
          }));
      },
    ],
    [
      'Hotels?$apply=join(rooms as r)/addnested(r/offers,orderby(price) as up,orderby(price desc) as down)/filter(r/down eq r/offers and r/up ne r/offers)&$select=r/offers',
      (all) =>
        all.flatMap(({ rooms }) =>
          rooms.flatMap((room) => {
            const prices = (room.offers ?? []).map(({ price }) => price);
            const isFalling = prices.every((price, index) => index === 0 || price < (prices[index - 1] ?? 0));
            return isFalling && prices.length > 1 ? [{ r: { offers: offered(room) } }] : [];
          }),
        ),
    ],
    [
      `Hotels?$apply=compute(${most})/groupby((code),aggregate(m/beds with sum as s,m/$count as n))`,
      (all) => all.map((one) => ({ code: one.code, s: sum(many(one)), n: many(one).length })),
    ],
    [
      'Hotels?$apply=join(rooms as r)/compute(r as x)/filter(x/offers/any())&$select=x($select=name,offers($filter=price gt 1))',
      (all) =>
        all.flatMap(({ rooms }) =>
          rooms.flatMap((room) =>
            offered(room).length === 0
              ? []
              : [{ x: { name: room.name, offers: offered(room).filter(({ price }) => Number(price) > 1) } }],
          ),
        ),
    ],
    [
      'Hotels?$apply=outerjoin(rooms as r)/compute(r as x,r/offers as y)&$select=code,x/offers,y',
      (all) =>
        all.flatMap(({ code, rooms }): readonly Json[] =>
          rooms.length === 0
            ? [{ code, x: null, y: null }]
            : rooms.map((room) => ({ code, x: { offers: offered(room) }, y: offered(room) })),
        ),
    ],
    [
      `Hotels('grand')/rooms?$compute=offers/$filter(price gt 1) as o,$it as all&$select=o,all/offers`,
      (all) =>
        (of(all, 'grand')?.rooms ?? []).map((room) => ({
          o: offered(room).filter(({ price }) => Number(price) > 1),
          all: { offers: offered(room) },
        })),
    ],
  ];
  const plain = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).filter(([name]) => !name.includes('@')))
        : inner,
    );

  test.each(cases)('[161] %s', async (path, wanted) => {
    const expected = wanted(await hotels());
    const metadata = ['minimal', 'full', 'none'];
    for (const one of metadata) {
      const { value } = await ok(path, { Accept: `application/json;odata.metadata=${one}` });
      expect([one, one === 'none' ? value : plain(value)]).toEqual([one, expected]);
    }
  });

  test('[161] their types and numbers, what context URLs tell, next links', async () => {
    const path = `Hotels?$compute=${most}&$select=m($select=name;$count=true;$top=1)&$filter=code eq 'grand'`;
    const answer = await ok(path);
    const count = many(of(await hotels(), 'grand') as Stay).length;
    expect([contextOf(answer), answer.value[0]?.['m@odata.count']]).toEqual(['Hotels(m/name)', count]);
    expect(answer.value[0]?.['m@odata.type']).toBe('#Collection(Trip.Pin.Room)');
    expect((answer.value[0]?.['m'] as Json[]).map((item) => Object.keys(item))).toEqual([['name']]);
    const [none] = (await ok(path, { Accept: 'application/json;odata.metadata=none' })).value;
    expect(none).not.toHaveProperty('m@odata.type');
    const [full] = (await ok(path, { Accept: 'application/json;odata.metadata=full' })).value;
    expect((full?.['m'] as Json[])[0]).toMatchObject({ '@odata.type': '#Trip.Pin.Room' });
    expect(contextOf(await ok(`Hotels?$compute=${most}`))).toBe('Hotels(*,m)');
    const made = await ok(`Hotels?$compute=${most}&$select=m($apply=aggregate(beds with sum as s))`);
    expect([contextOf(made), made.value[0]?.['m@odata.type']]).toEqual(['Hotels(m/s)', undefined]);
    const pages = await running().all(
      `Hotels?$select=code,m&$compute=${encodeURIComponent(most)}&$orderby=m/$count,code`,
      { Prefer: 'maxpagesize=1' },
    );
    const order = [...(await hotels())].sort((a, b) => many(a).length - many(b).length || (a.code < b.code ? -1 : 1));
    expect(pages.map(({ code, m }) => [code, (m as Json[]).length])).toEqual(
      order.map((one) => [one.code, many(one).length]),
    );
  });

  test.each([
    [400, 'Hotels?$compute=rooms as m&$orderby=m'],
    [400, 'Hotels?$compute=rooms as m&$filter=m/name eq 1'],
    [400, 'Hotels?$compute=rooms as m&$expand=m'],
    [400, 'Hotels?$compute=rooms as m&$select=m($expand=x)'],
    [400, 'Hotels?$compute=rooms as m&$select=m/nam'],
    [400, 'Hotels?$apply=compute(rooms as m)/groupby((m))'],
    [400, 'Hotels?$compute=branches as m'],
    [400, 'Guests?$compute=nick as m&$select=m($top=1)'],
  ])('%i: %s', async (status, path) => {
    expect((await get(path)).status).toBe(status);
  });

  /** What the holder of a dynamic property has of it, as an answer tells it. */
  const held = (extra: Json, name: string, as: string): Json => ({
    ...(extra[`${name}@type`] === undefined ? {} : { [`${as}@odata.type`]: `#${String(extra[`${name}@type`])}` }),
    [as]: extra[name] ?? null,
  });
  type Guest = readonly [code: string, extra: Json, host: string | null];
  const guests = async (): Promise<readonly Guest[]> =>
    (await running().sql('SELECT code, extra, host FROM guests ORDER BY code')).map(
      ({ code, extra, host }) => [String(code), extra as Json, host as string | null] as const,
    );

  test.each(['nick', 'born', 'points', 'height', 'vip', 'home', 'tags', 'rooms', 'stay', 'nothing'])(
    '[345] a dynamic property by another name, with its type: %s',
    async (name) => {
      const all = await guests();
      const exact = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('9007199254740993', '0'));
      const bare = ({ [`@odata.etag`]: _, ['@odata.id']: __, ...others }: Json): Json => others;
      const wanted = all.map(([code, extra]) => ({ code, ...held(extra, name, 'm') }));
      for (const path of [
        `Guests?$compute=${name} as m&$select=code,m`,
        `Guests?$apply=compute(${name} as m)&$select=code,m`,
      ])
        expect(exact((await ok(path)).value.map(bare))).toEqual(exact(wanted));
      expect(contextOf(await ok(`Guests?$compute=${name} as m&$select=m`))).toBe('Guests(m)');
      const hosts = (await ok(`Guests?$compute=host/${name} as m,m as n&$select=n`)).value.map(bare);
      expect(exact(hosts)).toEqual(
        exact(all.map(([, , host]) => held(all.find(([code]) => code === host)?.[1] ?? {}, name, 'n'))),
      );
      const below = await ok(`Guests?$select=code&$expand=invited($compute=${name} as m;$select=code,m;$orderby=code)`);
      expect(exact(below.value.map(({ invited }) => (invited as Json[]).map(bare)))).toEqual(
        exact(
          all.map(([code]) =>
            all.flatMap(([guest, extra, host]) => (host === code ? [{ code: guest, ...held(extra, name, 'm') }] : [])),
          ),
        ),
      );
      const known = all.filter(([, extra]) => (extra[name] ?? null) !== null).map(([code]) => code);
      expect(namesOf(await ok(`Guests?$compute=${name} as m&$filter=m ne null&$select=code`), 'code')).toEqual(known);
      expect(namesOf(await ok(`Guests?$compute=${name} as m&$orderby=m desc&$select=code`), 'code')).toEqual(
        namesOf(await ok(`Guests?$orderby=${name} desc&$select=code`), 'code'),
      );
    },
  );

  test('[345] members of objects, what a key or a condition picks; formats', async () => {
    const all = await guests();
    const ann = all.find(([code]) => code === 'ann')?.[1] ?? {};
    const { value } = await ok(
      `Guests?$compute=home/city as c,$root/Guests('ann')/born as x,case(code eq 'ann':born,true:vip) as y&$select=c,x,y`,
    );
    expect(value).toEqual(
      all.map(([code, extra]) => ({
        '@odata.etag': etag,
        '@odata.id': anything,
        c: (extra['home'] as Json | undefined)?.['city'] ?? null,
        ...held(ann, 'born', 'x'),
        ...held(extra, code === 'ann' ? 'born' : 'vip', 'y'),
      })),
    );
    const schema = await ok('$metadata', { Accept: 'application/json' });
    const airline = (schema.json['Trip.Pin'] as Json)['Airline'] as Json;
    const [annotated] = (await ok('Airlines?$compute=@Core.AlternateKeys as k&$select=k')).value;
    const keys = airline['@Core.AlternateKeys'] ?? airline['@Org.OData.Core.V1.AlternateKeys'];
    expect([Array.isArray(keys), annotated?.['k']]).toEqual([true, keys]);
    const path = `Guests('ann')?$compute=points as p,born as b&$select=p,b`;
    const latest = await ok(path, {
      Accept: 'application/json;metadata=minimal;IEEE754Compatible=true',
      'OData-MaxVersion': '4.01',
    });
    expect(latest.json).toMatchObject({ 'p@type': 'Int64', p: '9007199254740993', 'b@type': 'Date', b: '2020-02-29' });
    const none = await ok(path, { Accept: 'application/json;odata.metadata=none' });
    expect(none.json).toEqual({ p: anything, b: '2020-02-29' });
    const short = await ok('Guests?$compute=born as b&$select=code,b', { Prefer: 'omit-values=nulls' });
    expect(short.value.map((one) => 'b' in one)).toEqual(all.map(([, extra]) => extra['born'] !== undefined));
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
  });

  test('among those that /$filter leaves, of complex and of single values', async () => {
    const kept = await listed(
      `SELECT r->>'name' FROM ${rooms} WHERE code = 'grand' AND (r->>'rate')::numeric = 80 ORDER BY n`,
    );
    expect(kept).toHaveLength(2);
    for (const [place, name] of [
      ['0', kept[0]],
      ['1', kept[1]],
      ['-1', kept[1]],
      ['-2', kept[0]],
    ] as const)
      expect((await ok(`Hotels('grand')/rooms/$filter(rate eq 80)/${place}/name`)).json['value']).toBe(name);
    for (const place of ['2', '-3'])
      expect((await get(`Hotels('grand')/rooms/$filter(rate eq 80)/${place}`)).status).toBe(404);
    const emails = `People('ronaldmundy')/emails/$filter(length($it) lt 10)`;
    const short = await listed(
      `SELECT e FROM people, unnest(emails) WITH ORDINALITY u(e, n) WHERE "userName" = 'ronaldmundy' AND length(e) < 10 ORDER BY n`,
    );
    for (const [index, email] of short.entries()) {
      expect((await ok(`${emails}/${index}`)).json['value']).toBe(email);
      expect((await ok(`${emails}/${index - short.length}`)).json['value']).toBe(email);
    }
    for (const place of [short.length, -short.length - 1]) expect((await get(`${emails}/${place}`)).status).toBe(404);
    expect((await ok(`Hotels('grand')/rooms/$filter(rate eq 80)/0/offers/$filter(price gt 1)/$count`)).text).toBe('0');
  });

  test('are found among very many in one pass', async () => {
    await running().sql(
      `INSERT INTO hotels (code, revision, rooms) SELECT 'vast', 1, jsonb_agg(jsonb_build_object('name', 'n' || n, 'beds', n % 2) ORDER BY n) FROM generate_series(1, 12000) n`,
    );
    for (const [path, name] of [
      ['$filter(beds eq 0)/5998/name', 'n11998'],
      ['$filter(beds eq 0)/-1/name', 'n12000'],
      ['$filter(beds eq 0)/$filter(name ne null)/-6000/name', 'n2'],
      ['11999/name', 'n12000'],
      ['-12000/name', 'n1'],
    ] as const)
      expect([path, (await get(`Hotels('vast')/rooms/${path}`)).json['value']]).toEqual([path, name]);
    await running().sql(`DELETE FROM hotels WHERE code = 'vast'`);
  });

  test('[314] behind a filter the context names the type: the place is that among the filtered ones', async () => {
    for (const [path, context] of [
      ['rooms/$filter(rate eq 80)/1', 'Trip.Pin.Room'],
      ['rooms/$filter(rate eq 80)/1?$select=name,seen/name', 'Trip.Pin.Room(name,seen/name)'],
      ['rooms/$filter(rate eq 80)/1/name', 'Edm.String'],
      ['rooms/$filter(tags/$count gt 0)/0/tags', 'Collection(Edm.String)'],
      ['rooms/$filter(tags/$count gt 0)/0/tags/0', 'Edm.String'],
      ['rooms/$filter(offers/$count gt 0)/0/offers', 'Collection(Trip.Pin.Offer)'],
      ['rooms/0/offers/$filter(price gt 90)/0', 'Trip.Pin.Offer'],
      ['rooms/0/tags/$filter(true)/0', 'Edm.String'],
      ['rooms/1/name', `Hotels('grand')/rooms/1/name`],
      ['rooms/$filter(rate eq 80)', `Hotels('grand')/rooms`],
    ] as const)
      expect([path, contextOf(await ok(`Hotels('grand')/${path}`))]).toEqual([path, context]);
  });

  test('nulls of an item', async () => {
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
  [400, '$expand=x'],
  [400, '$apply=aggregate(nam with sum as n)'],
  [400, '$apply=groupby((offers))'],
  [400, '$apply=filter(beds gt 1)/groupby((beds))&$filter=nam eq 1'],
  [400, '$orderby=offers'],
  [400, '$orderby=seen'],
  [400, '$select=nam'],
  [400, '$skiptoken=x'],
  [400, '$top=-1'],
])('%i: rooms?%s', async (status, options) => {
  expect((await get(`Hotels('grand')/rooms?${options}`)).status).toBe(status);
});

test.each([
  [501, 'rooms($select=offers($search=x))'],
  [400, 'rooms($expand=x)'],
  [400, 'rooms($select=nam)'],
  [400, 'rooms/nam'],
  [400, 'rooms/offers/pric'],
])('%i: $select=%s', async (status, select) => {
  expect((await get(`Hotels?$select=${select}`)).status).toBe(status);
});

describe('searched items', () => {
  /** A search of names, and the same in SQL. */
  const searches: readonly (readonly [search: string, sql: string])[] = [
    ['ARE', `name ILIKE '%are%'`],
    ['"o\'hara"', `name ILIKE '%o''hara%'`],
    ['NOT are', `name NOT ILIKE '%are%'`],
    ['ü OR attic', `name ILIKE '%ü%' OR name ILIKE '%attic%'`],
    ['a NOT ic', `name ILIKE '%a%' AND name NOT ILIKE '%ic%'`],
    ['"%"', 'false'],
  ];

  test.each(searches)('$search=%s of complex values', async (search, sql) => {
    const matching = `FROM (SELECT code, n, r->>'name' AS name FROM ${rooms}) x WHERE (${sql})`;
    const wanted = await listed(`SELECT name ${matching} AND code = 'grand' ORDER BY n`);
    const options = `$search=${encodeURIComponent(search)}`;
    const alone = await running().get(`Hotels('grand')/rooms?${options}&$select=name&$count=true`);
    expect([namesOf(alone), alone.json['@odata.count']]).toEqual([wanted, wanted.length]);
    expect((await running().get(`Hotels('grand')/rooms/$count?${options}`)).text).toBe(String(wanted.length));
    const within = await running().get(`Hotels?$filter=code%20eq%20'grand'&$select=rooms($select=name;${options})`);
    expect(namesOf({ ...within, value: within.value[0]?.['rooms'] as Json[] })).toEqual(wanted);
    const found = await running().get(`Hotels?$select=code&$filter=rooms/$count(${options})%20gt%200`);
    expect(namesOf(found, 'code')).toEqual(await listed(`SELECT DISTINCT code ${matching} ORDER BY code`));
    const transformed = await running().get(
      `Hotels('grand')/rooms?$apply=search(${encodeURIComponent(search)})&$select=name`,
    );
    expect(namesOf(transformed)).toEqual(wanted);
  });

  test.each([
    ['CONTOSO', `e ILIKE '%contoso%'`],
    ['ald OR x', `e ILIKE '%ald%' OR e ILIKE '%x%'`],
    ['NOT ald', `e NOT ILIKE '%ald%'`],
    ['"b,c{}\\d"', `e ILIKE '%b,c{}\\\\d%'`],
  ])('$search=%s of texts', async (search, sql) => {
    const options = `$search=${encodeURIComponent(search)}`;
    const emails = (name: string): Promise<readonly unknown[]> =>
      listed(
        `SELECT e FROM people, unnest(emails) WITH ORDINALITY u(e, n) WHERE "userName" = '${name}' AND (${sql}) ORDER BY n`,
      );
    for (const name of ['russellwhyte', 'ronaldmundy', 'mirsking']) {
      const wanted = await emails(name);
      expect((await running().get(`People('${name}')/emails?${options}`)).json['value']).toEqual(wanted);
      expect((await running().get(`People('${name}')/emails/$count?${options}`)).text).toBe(String(wanted.length));
    }
    const found = await running().get(
      `People?$select=userName,emails(${options})&$filter=emails/$count(${options})%20gt%200`,
    );
    for (const { userName, emails: shown } of found.value) expect(shown).toEqual(await emails(String(userName)));
    expect(namesOf(found, 'userName')).toEqual(
      await listed(
        `SELECT "userName" FROM people WHERE EXISTS (SELECT FROM unnest(emails) e WHERE ${sql}) ORDER BY "userName" COLLATE "C"`,
      ),
    );
  });

  /** A search, and whether the text of a value matches it. */
  const ofValues: readonly (readonly [search: string, of: (text: string) => boolean])[] = [
    ['SUI', (text) => text.includes('sui')],
    ['sui OR dou', (text) => text.includes('sui') || text.includes('dou')],
    ['NOT sui', (text) => !text.includes('sui')],
    ['"4"', (text) => text.includes('4')],
    ['0 NOT 2', (text) => text.includes('0') && !text.includes('2')],
    ['"-"', (text) => text.includes('-')],
    ['"1."', (text) => text.includes('1.')],
    ['true', (text) => text.includes('true')],
    ['p1d', (text) => text.includes('p1d')],
    ['"00z"', (text) => text.includes('00z')],
    ['%', () => false],
  ];
  const lists = [
    '[-1,0,2147483647]',
    '[1.5,20,1.50]',
    '[1e300,INF]',
    '[2020-02-29,1999-12-31]',
    '[09:30:00.5,00:00:00]',
    '[2026-03-31T11:00:00+02:00,2026-01-01T00:00:00.5Z]',
    "[duration'PT1H',duration'P1DT2H']",
    '[true,false]',
    '[12345678-9abc-def0-1234-56789abcdef0]',
  ];

  test.each(ofValues)(
    '[163] $search=%s of values that are no texts goes by their names and literals',
    async (search, of) => {
      const term = encodeURIComponent(search);
      const matching = (values: unknown): readonly unknown[] =>
        (values as readonly unknown[]).filter((value) => of(String(value).toLowerCase()));
      const { value: hotels } = await ok('Hotels');
      const found = await running().get(`Hotels?$select=*,kinds($search=${term};$count=true)`);
      expect(found.value).toEqual(
        hotels.map((hotel) => ({
          ...hotel,
          kinds: matching(hotel['kinds']),
          'kinds@odata.count': matching(hotel['kinds']).length,
        })),
      );
      const withSome = await running().get(`Hotels?$select=code&$filter=kinds/$count($search=${term})%20gt%200`);
      expect(namesOf(withSome, 'code')).toEqual(
        hotels.filter(({ kinds }) => matching(kinds).length > 0).map(({ code }) => code),
      );
      for (const { code, kinds } of hotels) {
        expect((await running().get(`Hotels('${String(code)}')/kinds?$search=${term}`)).json['value']).toEqual(
          matching(kinds),
        );
        const count = await running().get(`Hotels('${String(code)}')/kinds/$count?$search=${term}`);
        expect(count.text).toBe(String(matching(kinds).length));
      }
      const people = await running().get(`People?$select=userName&$expand=trips($select=ratings($search=${term}))`);
      const all = await ok('People?$select=userName&$expand=trips($select=ratings)');
      const ratings = ({ value }: Answer): readonly unknown[] =>
        value.flatMap(({ trips }) => (trips as Json[]).map((trip) => trip['ratings']));
      expect(ratings(people)).toEqual(ratings(all).map(matching));
      for (const list of lists) {
        const compute = `Hotels?$top=1&$compute=${encodeURIComponent(`${list} as v`)}`;
        const [whole] = (await running().get(compute)).value;
        const [searched] = (await running().get(`${compute}&$select=v($search=${term})`)).value;
        expect([list, searched?.['v']]).toEqual([list, matching(whole?.['v'])]);
      }
    },
  );

  test('[163] the values of dynamic properties', async () => {
    const withSome = async (condition: string): Promise<readonly unknown[]> =>
      namesOf(await ok(`Guests?$select=code&$filter=${condition}`), 'code');
    expect(await withSome('tags/$count($search=SEA) gt 0')).toEqual(['cleo']);
    expect(await withSome('scores/$count($search="2.5") eq 1')).toEqual(['cleo']);
    expect(await withSome('scores/$count($search=sea) gt 0')).toEqual([]);
  });

  test('what has no texts is not searched, as $metadata says: 501', async () => {
    for (const path of [`Hotels('grand')/rooms/0/offers?$search=x`, 'Hotels?$select=rooms/offers($search=x)'])
      expect((await get(path)).status).toBe(501);
    const { text } = await ok('$metadata', { Accept: 'application/json' });
    const { Room, Hotel } =
      (JSON.parse(text) as Record<string, Record<string, Record<string, Json>>>)['Trip.Pin'] ?? {};
    const term = '@Capabilities.SearchRestrictions';
    expect([
      Room?.['offers']?.[term],
      Room?.['tags']?.[term],
      Hotel?.['rooms']?.[term],
      Hotel?.['kinds']?.[term],
    ]).toEqual([{ Searchable: false }, undefined, undefined, undefined]);
  });
});

describe('transformed items', () => {
  const here = `(SELECT n, r, r->>'name' AS name, (r->>'beds')::int AS beds, (r->>'rate')::numeric AS rate FROM ${rooms} WHERE code = 'grand') AS x`;
  const seen = `r->'seen'->>'region'`;
  /** One that is there without a member that is not null is not one that is missing. */
  const wholeSeen = `CASE jsonb_typeof(r->'seen') WHEN 'object' THEN jsonb_build_object('name', r->'seen'->'name', 'region', r->'seen'->'region') END`;

  /** Transformations of the rooms of a hotel, and the same in SQL: rows in the order of the answer. */
  const applied: readonly (readonly [apply: string, sql: string])[] = [
    [
      'aggregate(beds with sum as s,$count as n,rate with max as m)',
      `SELECT sum(beds) s, count(*) n, max(rate) m FROM ${here}`,
    ],
    ['aggregate(name with countdistinct as d)', `SELECT count(DISTINCT name) d FROM ${here}`],
    [
      'aggregate(offers/price with sum as s,offers/$count as n)',
      `SELECT sum((o->>'price')::numeric) s, count(*) n FROM ${here}, jsonb_array_elements(nullif(r->'offers', 'null')) o`,
    ],
    [
      'groupby((beds),aggregate($count as n))&$orderby=beds desc',
      `SELECT beds, count(*) n FROM ${here} GROUP BY beds ORDER BY beds DESC`,
    ],
    [
      'groupby((name,rate))&$orderby=name,rate',
      `SELECT name, rate FROM ${here} GROUP BY name, rate ORDER BY name COLLATE "C", rate NULLS FIRST`,
    ],
    [
      'filter(beds gt 1)/topcount(2,beds)&$select=name,beds',
      `SELECT name, beds FROM ${here} WHERE beds > 1 ORDER BY beds DESC, n LIMIT 2`,
    ],
    ['top(2)/aggregate(beds with sum as s)', `SELECT sum(beds) s FROM (SELECT * FROM ${here} ORDER BY n LIMIT 2) y`],
    ['orderby(name desc)/skip(1)&$select=name', `SELECT name FROM ${here} ORDER BY name COLLATE "C" DESC, n OFFSET 1`],
    [
      'compute(beds mul 2 as twice)/filter(twice gt 2)&$select=name,twice',
      `SELECT name, beds * 2 twice FROM ${here} WHERE beds > 1 ORDER BY n`,
    ],
    [
      'compute(beds mul 2 as twice)/aggregate(twice with sum as s)&$filter=s gt 1',
      `SELECT sum(beds * 2) s FROM ${here}`,
    ],
    [
      'groupby((beds),topcount(1,rate))&$select=beds,name&$orderby=beds',
      `SELECT DISTINCT ON (beds) beds, name FROM ${here} ORDER BY beds, rate DESC NULLS LAST, n`,
    ],
    [
      'concat(topcount(1,beds),aggregate($count as n))&$select=beds,n',
      `SELECT * FROM (SELECT beds, NULL::bigint n FROM ${here} ORDER BY beds DESC, n LIMIT 1) a UNION ALL SELECT NULL, count(*) FROM ${here}`,
    ],
    [
      'groupby((rollup(beds,name)),aggregate($count as n))&$orderby=beds,name&$filter=isdefined(name)',
      `SELECT beds, name, count(*) n FROM ${here} GROUP BY beds, name ORDER BY beds, name COLLATE "C"`,
    ],
    [
      'filter(beds mul 2 ge $these/aggregate(beds with max))&$select=name',
      `SELECT name FROM ${here} WHERE beds * 2 >= (SELECT max(beds) FROM ${here}) ORDER BY n`,
    ],
    [
      'groupby((seen/region),aggregate(beds with sum as s))&$compute=s add 1 as t&$select=t&$orderby=t',
      `SELECT sum(beds) + 1 t FROM ${here} GROUP BY jsonb_typeof(r->'seen'), ${seen} ORDER BY t`,
    ],
    [
      'groupby((seen),aggregate($count as n))',
      `SELECT * FROM (SELECT ${wholeSeen} AS seen, count(*) n FROM ${here} GROUP BY 1) AS y ORDER BY seen IS NOT NULL, seen->>'name' NULLS FIRST`,
    ],
  ];
  const plain = (rows: readonly Json[]): unknown =>
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) =>
          name.includes('@') || value === null
            ? []
            : [[name, typeof value === 'object' ? value : Number.isNaN(Number(value)) ? value : Number(value)]],
        ),
      ),
    );

  test.each(applied)('$apply=%s', async (apply, sql) => {
    const answer = await ok(`Hotels('grand')/rooms?$apply=${apply}&$count=true`);
    const wanted = (await running().sql(sql)) as Json[];
    expect(plain(answer.value)).toEqual(plain(wanted));
    expect(answer.json['@odata.count']).toBe(wanted.length);
    const [transformations = ''] = apply.split('&');
    const filter = apply.split('&').find((option) => option.startsWith('$filter'));
    if (!apply.includes('$compute'))
      expect(
        (await ok(`Hotels('grand')/rooms/$count?$apply=${transformations}${filter === undefined ? '' : `&${filter}`}`))
          .text,
      ).toBe(String(wanted.length));
    const inside = await ok(`Hotels?$filter=code eq 'grand'&$select=rooms($apply=${apply.replaceAll('&', ';')})`);
    expect(plain(inside.value[0]?.['rooms'] as Json[])).toEqual(plain(wanted));
  });

  test('behind /$filter, which comes first; the context tells what is left', async () => {
    const answer = await ok(`Hotels('grand')/rooms/$filter(beds gt 1)?$apply=aggregate(beds with sum as s)`);
    expect([contextOf(answer), answer.value]).toEqual([
      `Hotels('grand')/rooms(s)`,
      [{ 's@odata.type': '#Int64', s: 8 }],
    ]);
    const twice = await ok(`Hotels('grand')/rooms/$filter(beds gt 1)/$count?$apply=top(2)&$filter=beds eq 3`);
    expect(twice.text).toBe('1');
    const within = await ok(`Hotels?$select=code,rooms($apply=groupby((beds),aggregate($count as n)))`);
    expect(contextOf(within)).toBe('Hotels(code,rooms/beds,rooms/n)');
    expect((await ok(`Hotels('void')/rooms?$apply=aggregate($count as n)`)).value).toMatchObject([{ n: 0 }]);
    expect((await get(`Hotels('none')/rooms?$apply=aggregate($count as n)`)).status).toBe(404);
  });
});

describe('joined and added items', () => {
  const item = `jsonb_array_elements(rooms) WITH ORDINALITY AS x(r, n)`;
  const named = `CASE WHEN r IS NOT NULL THEN jsonb_build_object('name', r->>'name') END AS r`;
  const beds = `(r->>'beds')::int`;
  /** The three largest rooms, and the beds of the largest one. */
  const largest = `(SELECT b, max(b) OVER () m FROM (SELECT ${beds} b FROM ${item} ORDER BY 1 DESC LIMIT 3) z) y`;
  /** What the offers of a room come to. */
  const offered = `(SELECT sum((o->>'price')::numeric) FROM jsonb_array_elements(nullif(r->'offers', 'null')) AS w(o))`;
  /** $apply over hotels, what of it goes out, and rows in SQL, each one JSON value. */
  const joins: readonly (readonly [apply: string, options: string, sql: string])[] = [
    ['join(rooms as r)', '$select=code,r/name', `SELECT code, ${named} FROM hotels, ${item} ORDER BY code, n`],
    [
      'outerjoin(rooms as r)',
      '$select=code,r/name&$orderby=code desc',
      `SELECT code, ${named} FROM hotels LEFT JOIN ${item} ON true ORDER BY code DESC, n DESC`,
    ],
    [
      'outerjoin(rooms as r,filter(beds gt 1)/top(1)/compute(beds mul 2 as twice))',
      '$select=code,r($select=name,twice)',
      `SELECT code, (SELECT jsonb_build_object('name', r->>'name', 'twice', (r->>'beds')::int * 2) FROM ${item} WHERE (r->>'beds')::int > 1 ORDER BY n LIMIT 1) r FROM hotels ORDER BY code`,
    ],
    [
      'outerjoin(rooms as r,groupby((beds),aggregate($count as n)))',
      '$select=code,r',
      `SELECT code, CASE WHEN n IS NOT NULL THEN jsonb_build_object('beds', beds, 'n', n) END r FROM hotels LEFT JOIN LATERAL (SELECT (r->>'beds')::int beds, count(*) n FROM ${item} GROUP BY 1) g ON true ORDER BY code, beds`,
    ],
    [
      'outerjoin(rooms as r)/aggregate(r with countdistinct as d,$count as n)',
      '',
      `SELECT count(DISTINCT r) d, count(*) n FROM hotels LEFT JOIN ${item} ON true`,
    ],
    [
      'outerjoin(rooms as r)/addnested(r,compute(beds mul 2 as twice) as q)',
      '$select=code,q/name,q/twice',
      `SELECT code, CASE WHEN r IS NOT NULL THEN jsonb_build_object('name', r->>'name', 'twice', (r->>'beds')::int * 2) END q FROM hotels LEFT JOIN ${item} ON true ORDER BY code, n`,
    ],
    [
      'addnested(rooms,filter(beds gt 1)/compute(beds mul 2 as twice) as big)',
      '$select=code,big($select=name,twice;$orderby=name desc;$top=2;$filter=twice gt 2)',
      `SELECT code, (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'twice', twice) ORDER BY name DESC), '[]') FROM (SELECT r->>'name' AS name, (r->>'beds')::int * 2 twice FROM ${item} WHERE (r->>'beds')::int > 1 ORDER BY r->>'name' COLLATE "C" DESC, n LIMIT 2) y) big FROM hotels ORDER BY code`,
    ],
    ['outerjoin(rooms as r)/filter(r eq null)', '$select=code,r', `SELECT code, NULL r FROM hotels WHERE rooms = '[]'`],
    [
      'outerjoin(rooms as r)/filter(r in rooms)',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels, ${item} WHERE r::text NOT LIKE '%NaN%' ORDER BY code, n`,
    ],
    [
      'outerjoin(rooms as r)/outerjoin(rooms as q)/filter(r eq q)',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels LEFT JOIN ${item} ON true LEFT JOIN jsonb_array_elements(rooms) q ON true WHERE r IS NOT DISTINCT FROM q AND coalesce(r::text, '') NOT LIKE '%NaN%' ORDER BY code, n`,
    ],
    [
      'outerjoin(rooms as r)/filter(r/offers eq null)',
      '$select=code,r',
      `SELECT code, NULL r FROM hotels WHERE rooms = '[]'`,
    ],
    [
      'outerjoin(rooms as r)/filter(r/rate ge 80 and r/beds lt 3)',
      '$select=code,r/rate',
      `SELECT code, jsonb_build_object('rate', (r->>'rate')::numeric) r FROM hotels, ${item} WHERE (r->>'rate')::numeric >= 80 AND (r->>'beds')::int < 3 ORDER BY code, n`,
    ],
    [
      'concat(identity,groupby((code)))/compute(length(concat(rooms,rooms)) as l,rooms eq [] as e,rooms eq null as z,hassubset(branches,branches) as b,isof(rooms,Collection(Trip.Pin.Room)) as i)',
      '$select=code,l,e,z,b,i',
      `SELECT code, l, e, z, b, i FROM (SELECT 1 AS u, code, jsonb_array_length(rooms) * 2 l, rooms = '[]' e, false z, true b, true i FROM hotels UNION ALL SELECT 2, code, NULL, false, true, NULL, false FROM hotels) x ORDER BY u, code`,
    ],
    [
      'concat(identity,groupby((code,main)))/filter(length(main/rooms) gt 1)',
      '$select=code',
      `SELECT h.code FROM generate_series(1, 2) u, hotels h JOIN hotels m ON m.code = h.main WHERE jsonb_array_length(m.rooms) > 1 ORDER BY u, h.code`,
    ],
    [
      'concat(join(rooms as r),outerjoin(rooms as r))/compute(length(r/offers) as l,concat(r/offers,r/offers) eq r/offers as e)',
      '$select=code,l,e',
      `SELECT code, l, coalesce(l = 0, true) e FROM (SELECT u, code, n, CASE WHEN r IS NOT NULL THEN jsonb_array_length(coalesce(nullif(r->'offers', 'null'), '[]')) END l FROM generate_series(1, 2) u, hotels LEFT JOIN ${item} ON true WHERE u = 2 OR r IS NOT NULL) y ORDER BY u, code, n`,
    ],
    [
      'outerjoin(rooms as r)/groupby((r/kind),aggregate($count as n))',
      '',
      `SELECT CASE WHEN bool_or(r IS NOT NULL) THEN jsonb_build_object('kind', CASE (r->>'kind')::int WHEN 0 THEN 'Single' WHEN 5 THEN 'Suite' END) END r, count(*) n FROM hotels LEFT JOIN ${item} ON true GROUP BY r IS NOT NULL, (r->>'kind')::int ORDER BY (r->>'kind')::int NULLS FIRST, r IS NOT NULL`,
    ],
    [
      'outerjoin(rooms as r)/aggregate(r/beds with sum as s,r/$count as n,$count as all,r/offers/price with sum as m)',
      '',
      `SELECT sum((r->>'beds')::int) s, count(r) n, count(*) "all", (SELECT sum((o->>'price')::numeric) FROM hotels, ${item}, jsonb_array_elements(nullif(r->'offers', 'null')) o) m FROM hotels LEFT JOIN ${item} ON true`,
    ],
    [
      'join(rooms as r,outerjoin(offers as o))',
      '$select=code,r($select=name,o)',
      `SELECT code, jsonb_build_object('name', r->>'name', 'o', CASE WHEN o IS NOT NULL THEN jsonb_build_object('price', o->'price', 'until', o->'until') END) r FROM hotels CROSS JOIN ${item} LEFT JOIN jsonb_array_elements(nullif(r->'offers', 'null')) WITH ORDINALITY AS y(o, m) ON true ORDER BY code, n, m`,
    ],
    [
      'outerjoin(branches as b,outerjoin(rooms as r))',
      '$select=code&$expand=b($select=code,r/name)',
      `SELECT h.code, CASE WHEN b.code IS NOT NULL THEN jsonb_build_object('code', b.code, 'r', ${named.replace(' AS r', '')}) END b FROM hotels h LEFT JOIN (hotels b LEFT JOIN LATERAL jsonb_array_elements(b.rooms) WITH ORDINALITY AS x(r, n) ON true) ON b.main = h.code ORDER BY h.code, b.code, n`,
    ],
    [
      'addnested(rooms,filter(beds gt 1)/groupby((beds)) as big,aggregate($count as n) as all)',
      '$select=code,big,all',
      `SELECT code, (SELECT coalesce(jsonb_agg(jsonb_build_object('beds', beds) ORDER BY beds), '[]') FROM (SELECT DISTINCT (r->>'beds')::int beds FROM ${item} WHERE (r->>'beds')::int > 1) b) big, jsonb_build_array(jsonb_build_object('n', jsonb_array_length(rooms))) "all" FROM hotels ORDER BY code`,
    ],
    // Names that addnested gives, in expressions.
    [
      'addnested(rooms,filter(beds gt 1) as big)/filter(big/$count gt 1 and isdefined(big))',
      '$select=code',
      `SELECT code FROM hotels WHERE (SELECT count(*) FROM ${item} WHERE ${beds} > 1) > 1`,
    ],
    [
      'addnested(rooms,compute(beds mul 2 as twice) as t)/filter(t/any(x:t/any(y:x/twice lt y/twice and y/twice eq 6)))',
      '$select=code',
      `SELECT code FROM hotels WHERE EXISTS (SELECT FROM ${item} WHERE ${beds} = 3) AND EXISTS (SELECT FROM ${item} WHERE ${beds} < 3)`,
    ],
    [
      'addnested(rooms,filter(beds gt 1)/groupby((beds),aggregate($count as n)) as t)',
      '$select=code&$filter=t/any(x:x/n eq 2) or not t/any()&$orderby=t/$count desc,code desc',
      `SELECT code FROM hotels WHERE code <> 'none' ORDER BY (SELECT count(DISTINCT ${beds}) FROM ${item} WHERE ${beds} > 1) DESC, code DESC`,
    ],
    [
      'addnested(rooms,compute(beds mul 2 as twice)/topcount(3,twice) as t)/compute(t/aggregate(twice with sum) as s,t/$filter(twice gt 2)/$count as n,t/$count($filter=twice ge $these/aggregate(twice with max)) as m,length(t) as l)',
      '$select=code,s,n,m,l',
      `SELECT code, (SELECT sum(2 * b) FROM ${largest}) s, (SELECT count(*) FROM ${largest} WHERE b > 1) n, (SELECT count(*) FROM ${largest} WHERE b = m) m, (SELECT count(*) FROM ${largest}) l FROM hotels ORDER BY code`,
    ],
    [
      'addnested(rooms,filter(beds gt 1)/compute(beds mul 2 as twice) as t)/aggregate(t/twice with sum as s,t/$count as n,t/offers/price with max as m,t/beds with countdistinct as d)',
      '',
      `SELECT sum(2 * ${beds}) s, count(*) n, (SELECT max((o->>'price')::numeric) FROM hotels, ${item}, jsonb_array_elements(nullif(r->'offers', 'null')) o WHERE ${beds} > 1) m, count(DISTINCT ${beds}) d FROM hotels, ${item} WHERE ${beds} > 1`,
    ],
    [
      'addnested(rooms,groupby((beds)) as t)/aggregate(t/beds with sum as s,t/$count as n)',
      '',
      `SELECT sum(b) s, count(*) n FROM (SELECT DISTINCT code, ${beds} b FROM hotels, ${item}) x`,
    ],
    // No entities are behind a complex property: what a join has made of its items counts for each row.
    [
      'join(rooms as r,groupby((beds)))/aggregate(r/beds with sum as s,r/$count as n)',
      '',
      `SELECT sum(b) s, count(*) n FROM (SELECT DISTINCT code, ${beds} b FROM hotels, ${item}) x`,
    ],
    [
      'outerjoin(rooms as r,concat(groupby((beds)),groupby((beds))))/aggregate(r/beds with sum as s,r/$count as n,r with countdistinct as d)',
      '',
      `SELECT 2 * sum(b) s, 2 * count(*) n, count(DISTINCT b) d FROM (SELECT DISTINCT code, ${beds} b FROM hotels, ${item}) x`,
    ],
    [
      'concat(identity,identity)/join(rooms as r,groupby((beds)))/aggregate(r/beds with sum as s,r/$count as n)',
      '',
      `SELECT 2 * sum(b) s, 2 * count(*) n FROM (SELECT DISTINCT code, ${beds} b FROM hotels, ${item}) x`,
    ],
    [
      'addnested(branches,filter(code ne main/code)/join(rooms as r) as b)/filter(b/any(x:x/r/beds eq 1 and x/main/code eq $it/code))/aggregate(b/r/beds with sum as s,b/$count as n)',
      '',
      `SELECT sum(${beds}) s, count(DISTINCT b.code) n FROM hotels h JOIN hotels b ON b.main = h.code, jsonb_array_elements(b.rooms) r`,
    ],
    [
      'addnested(branches,addnested(rooms,compute(beds mul 2 as twice) as t) as b)/filter(b/any(x:x/t/any(y:y/twice eq 2)))/aggregate(b/t/twice with sum as s,b/$count as n)',
      '',
      `SELECT sum(2 * ${beds}) s, (SELECT count(*) FROM hotels WHERE main = 'grand') n FROM hotels h JOIN hotels b ON b.main = h.code, jsonb_array_elements(b.rooms) r`,
    ],
    [
      `addnested(branches,compute(length(code) as l)/filter(l gt 1) as b)/filter(b('inn')/l eq 3 and b('void')/note eq 'Empty')`,
      '$select=code',
      `SELECT main code FROM hotels WHERE code = 'inn'`,
    ],
    // Of one entity, and of one complex value.
    [
      'addnested(main,compute(length(code) as l,1 as one) as m)/filter(m/l eq 5 and m/one eq 1 and m/rooms/$count gt 1)',
      '$select=code&$orderby=m/l,code desc&$expand=m($select=l)',
      `SELECT h.code, jsonb_build_object('l', length(m.code)) m FROM hotels h JOIN hotels m ON m.code = h.main ORDER BY h.code DESC`,
    ],
    [
      'addnested(main,compute(length(code) as l,1 as one) as m)/groupby((m/l,m/one,m/note),aggregate($count as n))',
      '',
      `SELECT CASE WHEN m.code IS NOT NULL THEN jsonb_build_object('l', length(m.code), 'one', 1, 'note', m.note) END m, count(*) n FROM hotels h LEFT JOIN hotels m ON m.code = h.main GROUP BY m.code ORDER BY m.code NULLS FIRST`,
    ],
    [
      'addnested(main,compute(1 as one) as m)/aggregate(m/one with sum as s,m/$count as n,m/rooms/beds with sum as b)',
      '',
      `SELECT 1 s, 1 n, sum(${beds}) b FROM hotels, ${item} WHERE code = 'grand'`,
    ],
    [
      'addnested(main,addnested(branches,filter(note ne null) as noted) as m)/filter(m/noted/any(b:b/note eq $it/note))',
      '$select=code',
      `SELECT h.code FROM hotels h WHERE h.note = 'Empty'`,
    ],
    // Where there is no row there is nothing of it.
    [
      'outerjoin(rooms as r,compute(beds mul 2 as twice,1 as one))/filter(r/one ne 1)',
      '$select=code,r/one',
      `SELECT code, NULL r FROM hotels WHERE rooms = '[]'`,
    ],
    [
      'outerjoin(rooms as r,compute(beds mul 2 as twice,1 as one))/aggregate(r/one with sum as s,r/twice with max as m)',
      '',
      `SELECT count(*) s, max(2 * ${beds}) m FROM hotels, ${item}`,
    ],
    [
      'outerjoin(rooms as r,compute(beds mul 2 as twice,1 as one))/groupby((r/twice,r/one),aggregate($count as n))',
      '',
      `SELECT CASE WHEN r IS NOT NULL THEN jsonb_build_object('twice', 2 * ${beds}, 'one', 1) END r, count(*) n FROM hotels LEFT JOIN ${item} ON true GROUP BY r IS NOT NULL, ${beds} ORDER BY ${beds} NULLS FIRST`,
    ],
    [
      'outerjoin(rooms as r,orderby(beds desc,name))',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels LEFT JOIN ${item} ON true ORDER BY code, ${beds} DESC, r->>'name' COLLATE "C", n`,
    ],
    // What is added goes on to be joined, and added to.
    [
      'addnested(rooms,filter(beds gt 1) as big)/outerjoin(big as r,compute(beds mul 2 as twice))',
      '$select=code,r($select=name,twice)',
      `SELECT code, CASE WHEN r IS NOT NULL THEN jsonb_build_object('name', r->>'name', 'twice', 2 * ${beds}) END r FROM hotels LEFT JOIN ${item} ON ${beds} > 1 ORDER BY code, n`,
    ],
    [
      'addnested(rooms,groupby((beds)) as sizes)/join(sizes as k)/groupby((k/beds),aggregate($count as n))',
      '',
      `SELECT jsonb_build_object('beds', b) k, count(*) n FROM (SELECT DISTINCT code, ${beds} b FROM hotels, ${item}) x GROUP BY b ORDER BY b`,
    ],
    [
      'compute(rooms/$filter(beds gt 1) as m)/join(m as r)',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels, ${item} WHERE ${beds} > 1 ORDER BY code, n`,
    ],
    [
      'addnested(rooms,filter(beds gt 1) as big)/addnested(big,aggregate(beds with sum as s) as sums)/filter(sums/any(x:x/s gt 1 or x/s eq null))',
      '$select=code,sums',
      `SELECT code, (SELECT jsonb_build_array(jsonb_build_object('s', sum(${beds}))) FROM ${item} WHERE ${beds} > 1) sums FROM hotels ORDER BY code`,
    ],
    // To items, and to the parts of items.
    [
      'addnested(rooms/offers,aggregate(price with sum as p) as sums)',
      '$select=code,rooms($select=name,sums)',
      `SELECT code, (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r->>'name', 'sums', jsonb_build_array(jsonb_build_object('p', ${offered}))) ORDER BY n), '[]') FROM ${item}) rooms FROM hotels ORDER BY code`,
    ],
    [
      'addnested(rooms/offers,aggregate(price with sum as p) as sums)/filter(rooms/any(r:r/sums/any(s:s/p gt 1)))/aggregate(rooms/sums/p with sum as p,rooms/offers/price with sum as q,rooms/$count as n)',
      '',
      `SELECT p, p q, n FROM (SELECT sum(${offered}) p, count(*) n FROM hotels, ${item} WHERE code = 'grand') x`,
    ],
    [
      'addnested(rooms/seen,compute(length(name) as l) as town)/filter(rooms/any(r:r/town/l eq 3))',
      '$select=code,rooms($select=name,town/l)',
      `SELECT code, (SELECT jsonb_agg(jsonb_build_object('name', r->>'name', 'town', CASE WHEN jsonb_typeof(r->'seen') = 'object' THEN jsonb_build_object('l', length(r->'seen'->>'name')) END) ORDER BY n) FROM ${item}) rooms FROM hotels WHERE code = 'grand'`,
    ],
    [
      'join(rooms as r)/addnested(r/offers,filter(price gt 1) as dear)/filter(r/dear eq r/offers and r/dear ne [])',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels, ${item} WHERE ${offered} > 1 ORDER BY code, n`,
    ],
    [
      'join(rooms as r)/addnested(r/offers,filter(price gt 1) as dear)/filter(r/dear/any())',
      '$select=code,r($select=name,dear($select=price))',
      `SELECT code, jsonb_build_object('name', r->>'name', 'dear', (SELECT jsonb_agg(jsonb_build_object('price', o->'price') ORDER BY m) FROM jsonb_array_elements(r->'offers') WITH ORDINALITY AS y(o, m))) r FROM hotels, ${item} WHERE ${offered} > 1 ORDER BY code, n`,
    ],
    // Rows of several structures.
    [
      'concat(identity,groupby((note)),topcount(1,rooms/$count))/join(rooms as r,filter(beds gt 1))',
      '$select=code,note,r/name',
      `SELECT code, note, ${named} FROM hotels, ${item}, generate_series(1, 2) u WHERE ${beds} > 1 ORDER BY u, code, n`,
    ],
    [
      'concat(identity,groupby((note)))/outerjoin(rooms as r,filter(beds gt 1)/compute(beds mul 2 as twice))/filter(r/twice eq null)',
      '$select=note,r/twice',
      `(SELECT note, NULL r FROM hotels WHERE code <> 'grand' ORDER BY code) UNION ALL (SELECT note, NULL FROM hotels GROUP BY note ORDER BY note COLLATE "C" NULLS FIRST)`,
    ],
    [
      'concat(identity,groupby((note)))/outerjoin(rooms as r,compute(1 as one))/groupby((r/one),aggregate($count as n,r/$count as there,r/beds with sum as s))',
      '',
      `SELECT CASE WHEN r IS NOT NULL THEN jsonb_build_object('one', 1) END r, count(*) n, count(r) there, sum(${beds}) s FROM (SELECT rooms FROM hotels UNION ALL SELECT NULL FROM hotels GROUP BY note) h LEFT JOIN ${item} ON true GROUP BY r IS NOT NULL ORDER BY r IS NOT NULL`,
    ],
    [
      'groupby((rollup($all,note)),topcount(1,rooms/$count))/join(rooms as r)/aggregate($count as n,r/beds with sum as s)',
      '',
      `SELECT count(*) n, sum(${beds}) s FROM (SELECT rooms FROM hotels UNION ALL SELECT rooms FROM hotels WHERE code = 'grand') h, ${item}`,
    ],
    [
      'concat(identity,groupby((note)))/addnested(rooms,aggregate($count as n) as t)/filter(t/any(x:x/n lt 2))',
      '$select=note,t',
      `SELECT note, jsonb_build_array(jsonb_build_object('n', n)) t FROM (SELECT 1 u, code, note, jsonb_array_length(rooms) n FROM hotels UNION ALL SELECT 2, NULL, note, 0 FROM hotels GROUP BY note) x WHERE n < 2 ORDER BY u, code, note COLLATE "C" NULLS FIRST`,
    ],
    [
      'concat(identity,groupby((note)))/addnested(branches,filter(note ne null) as b)/aggregate(b/$count as n,$count as all)',
      '',
      `SELECT count(*) FILTER (WHERE note IS NOT NULL AND main IS NOT NULL) n, 6 "all" FROM hotels`,
    ],
    [
      'concat(identity,groupby((note)))/addnested(main,compute(length(code) as l) as m)/groupby((m/l),aggregate($count as n))',
      '',
      `(SELECT jsonb_build_object('m', CASE WHEN main IS NOT NULL THEN jsonb_build_object('l', length(main)) END, 'n', count(*)) whole FROM hotels GROUP BY main ORDER BY main NULLS FIRST) UNION ALL SELECT jsonb_build_object('n', count(DISTINCT coalesce(note, '-'))) FROM hotels`,
    ],
    [
      'addnested(rooms,filter(beds gt 1) as big)/concat(identity,groupby((note)),filter(code eq $it/main/code))/outerjoin(big as r)',
      '$select=note,r/name',
      `(SELECT note, ${named} FROM hotels LEFT JOIN ${item} ON ${beds} > 1 ORDER BY code, n) UNION ALL (SELECT note, NULL FROM hotels GROUP BY note ORDER BY note COLLATE "C" NULLS FIRST)`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as big),identity)/join(big as r)',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels, ${item} WHERE ${beds} > 1 ORDER BY code, n`,
    ],
    // Of a name that structures have of collections of their own.
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t))/join(t as r)',
      '$select=code,r/name',
      `SELECT code, ${named} FROM hotels, ${item}, generate_series(1, 2) u WHERE (u = 1) = (${beds} > 1) ORDER BY u, code, n`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t))/orderby(code desc)/outerjoin(t as r,compute(beds mul 2 as twice))',
      '$select=code,r/name,r/twice',
      `SELECT code, CASE WHEN r IS NOT NULL THEN jsonb_build_object('name', r->>'name', 'twice', ${beds} * 2) END r FROM hotels CROSS JOIN generate_series(1, 2) u LEFT JOIN ${item} ON (u = 1) = (${beds} > 1) ORDER BY code DESC, u DESC, n`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(branches,identity as t),identity)/outerjoin(t as r)/aggregate($count as n)',
      '',
      `SELECT (SELECT count(*) FROM hotels LEFT JOIN ${item} ON ${beds} > 1) + (SELECT count(*) FROM hotels h LEFT JOIN hotels b ON b.main = h.code) + (SELECT count(*) FROM hotels) n`,
    ],
    [
      'concat(concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t)),groupby((note)))/outerjoin(t as r)/groupby((r/beds),aggregate($count as n))',
      '',
      `SELECT CASE WHEN r IS NOT NULL THEN jsonb_build_object('beds', ${beds}) END r, count(*) n FROM (SELECT u, rooms FROM hotels, generate_series(1, 2) u UNION ALL SELECT 3, NULL FROM hotels GROUP BY note) h LEFT JOIN ${item} ON (u = 1) = (${beds} > 1) GROUP BY r IS NOT NULL, ${beds} ORDER BY r IS NOT NULL, ${beds}`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t),top(1))/outerjoin(t as r)',
      '$select=code,r/name&$orderby=code desc,r/name',
      `SELECT code, ${named} FROM (SELECT u, code, rooms FROM hotels, generate_series(1, 2) u UNION ALL SELECT 3, 'grand', '[]') h LEFT JOIN ${item} ON (u = 1) = (${beds} > 1) ORDER BY code DESC, r->>'name' COLLATE "C" NULLS FIRST`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t),top(1))/join(t as r,aggregate($count as n))',
      '$select=code,r',
      `SELECT code, jsonb_build_object('n', (SELECT count(*) FROM ${item} WHERE (u = 1) = (${beds} > 1))) r FROM (SELECT u, code, rooms FROM hotels, generate_series(1, 2) u UNION ALL SELECT 3, 'grand', '[]') h ORDER BY u, code`,
    ],
    [
      'concat(addnested(rooms,filter(beds gt 1) as t),addnested(rooms,filter(beds lt 2) as t))/filter(t/$count eq 1)',
      '$select=code,t/beds',
      `SELECT code, jsonb_build_array(jsonb_build_object('beds', 1)) t FROM hotels WHERE code IN ('grand', 'inn') ORDER BY code`,
    ],
  ];
  /** Values without control information; numbers that PostgreSQL sends as texts are numbers. */
  const plainly = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plainly);
    if (typeof value === 'string') return value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, part]) => (name.includes('@') ? [] : [[name, plainly(part)]])),
    );
  };
  /** Rows of a statement; one that gives each of them as JSON tells what is absent from it. */
  const wholes = (rows: readonly Json[]): unknown => plainly(rows.map((row) => row['whole'] ?? row));

  test.each(joins)('[192, 193] $apply=%s&%s', async (apply, options, sql) => {
    const path = `Hotels?$apply=${apply}&${options}`;
    const { value } = await ok(path);
    expect(plainly(value)).toEqual(wholes(await running().sql(sql)));
    const paged = await running().all(encodeURI(path), { Prefer: 'odata.maxpagesize=2' });
    expect(paged).toEqual(value);
  });

  test('[193] an item is told with its context, and its type where all is told; it has no id', async () => {
    const path = `Hotels?$apply=filter(code eq 'inn')/join(rooms as r)&$select=code,r/name`;
    const answer = await ok(path);
    expect([contextOf(answer), answer.value]).toEqual([
      'Hotels(code,r/name)',
      [{ '@odata.etag': etag, code: 'inn', r: { '@odata.context': '#Trip.Pin.Room(name)', name: 'Attic' } }],
    ]);
    const full = await get(path, { Accept: 'application/json;odata.metadata=full' });
    expect(full.value[0]?.['r']).toEqual({
      '@odata.context': '#Trip.Pin.Room(name)',
      '@odata.type': '#Trip.Pin.Room',
      name: 'Attic',
    });
    const none = await get(path, { Accept: 'application/json;metadata=none' });
    expect(none.value).toEqual([{ code: 'inn', r: { name: 'Attic' } }]);
    const whole = await ok(`Hotels?$apply=join(rooms as r)`);
    expect([contextOf(whole), Object.keys(whole.value[0] ?? {})]).toEqual([
      'Hotels(*,r)',
      expect.arrayContaining(['rooms', 'r']),
    ]);
    expect(whole.value.map(({ r }) => r)).toMatchObject(
      (await ok('Hotels')).value.flatMap(({ rooms: items }) => items as readonly Json[]),
    );
    const added = await ok(`Hotels?$apply=filter(code eq 'inn')/addnested(rooms,identity as all)`);
    expect([contextOf(added), added.value[0]?.['all@odata.context'], added.value[0]?.['all']]).toEqual([
      'Hotels(*,all)',
      '#Collection(Trip.Pin.Room)',
      added.value[0]?.['rooms'],
    ]);
  });

  const city = `CASE WHEN num_nonnulls("place_city_Name", "place_city_Region") > 0 THEN jsonb_build_object('name', "place_city_Name", 'region', "place_city_Region", 'l', length("place_city_Name")) END`;
  const added = 'addnested(place/city,compute(length(name) as l) as x)';

  const chosen = `compute(case(code eq 'B':former/city,true:place/city) as h)`;
  const chosenName = `CASE code WHEN 'B' THEN "former_city_Name" ELSE "place_city_Name" END`;

  /** $apply over venues, what of it goes out, and rows in SQL. */
  test.each([
    [
      added,
      '$select=code,place($select=label,x)',
      `SELECT code, jsonb_build_object('label', "place_Label", 'x', ${city}) place FROM venues ORDER BY code`,
    ],
    [
      `${added}/addnested(place/point,compute(latitude add 1 as m) as y)/addnested(place/x,compute(l mul 2 as m) as z)`,
      '$select=code,place/z/m,place/y/m&$filter=place/y/m gt 0',
      `SELECT code, jsonb_build_object('z', CASE WHEN ${city} IS NOT NULL THEN jsonb_build_object('m', 2 * length("place_city_Name")) END, 'y', jsonb_build_object('m', "place_point_Latitude" + 1)) place FROM venues WHERE "place_point_Latitude" > -1 ORDER BY code`,
    ],
    [
      `addnested(place,addnested(city,compute(length(name) as l) as x) as x)/filter(x/x/l eq 3)`,
      '$select=code,x/x',
      `SELECT code, jsonb_build_object('x', ${city}) x FROM venues WHERE length("place_city_Name") = 3 ORDER BY code`,
    ],
    [
      `${added}/filter(place/x/l eq 3 and place/city/name eq place/x/name)`,
      '$select=code&$orderby=place/x/l,code desc',
      `SELECT code FROM venues WHERE "place_city_Name" = 'Ulm' ORDER BY code DESC`,
    ],
    [
      `${added}/groupby((place/x/l),aggregate($count as n))`,
      '',
      `SELECT jsonb_build_object('x', CASE WHEN count("place_city_Name") > 0 THEN jsonb_build_object('l', length("place_city_Name")) END) place, count(*) n FROM venues GROUP BY length("place_city_Name") ORDER BY length("place_city_Name") NULLS FIRST`,
    ],
    [
      `${added}/aggregate(place/x/l with sum as s,place/x/name with countdistinct as d,place/point/latitude with max as m)`,
      '',
      `SELECT sum(length("place_city_Name")) s, count(DISTINCT "place_city_Name") d, max("place_point_Latitude") m FROM venues`,
    ],
    [
      'addnested(former/city,compute(1 as one) as x)/filter(former/x/one ne 1)',
      '$select=code,former/x',
      `SELECT code, CASE WHEN "former_Label" IS NOT NULL THEN jsonb_build_object('x', NULL) END former FROM venues WHERE "former_city_Name" IS NULL ORDER BY code`,
    ],
    [
      `addnested(annexOf,${added} as a)/filter(a/place/x/l eq 3)`,
      '$select=code&$expand=a($select=place/x)',
      `SELECT v.code, jsonb_build_object('place', jsonb_build_object('x', jsonb_build_object('name', 'Ulm', 'region', 'BW', 'l', 3))) a FROM venues v WHERE annex_of = 'A' ORDER BY code`,
    ],
    [
      `concat(identity,groupby((place/city/name)))/${added}/filter(place/x/l eq 3)`,
      '$select=place/x/l',
      `SELECT jsonb_build_object('x', jsonb_build_object('l', 3)) place FROM generate_series(1, 3)`,
    ],
    [
      `concat(identity,groupby((annexOf)))/addnested(former,compute(length(label) as l) as f)/groupby((f/l),aggregate($count as n))`,
      '',
      `(SELECT jsonb_build_object('f', CASE WHEN l IS NOT NULL THEN jsonb_build_object('l', l) WHEN there THEN jsonb_build_object('l', NULL) END, 'n', count(*)) whole FROM (SELECT num_nonnulls("former_Label", "former_city_Name") > 0 there, length("former_Label") l FROM venues) x GROUP BY l, there ORDER BY l NULLS FIRST, there) UNION ALL SELECT jsonb_build_object('n', count(DISTINCT coalesce(annex_of, '-'))) FROM venues`,
    ],
    // To computed values that are no properties.
    [
      `${chosen}/addnested(h,compute(length(name) as l) as x)`,
      '$select=code,h/name,x($select=name,l)&$orderby=x/l desc,code desc',
      `SELECT code, jsonb_build_object('name', ${chosenName}) h, jsonb_build_object('name', ${chosenName}, 'l', length(${chosenName})) x FROM venues ORDER BY length(${chosenName}) DESC, code DESC`,
    ],
    [
      "compute(case(code eq 'A':place/city) as h)/addnested(h,compute(length(name) as l,1 as one) as x)/filter(x/one eq 1 or x eq null)",
      '$select=code,x/l,x/one',
      `SELECT code, CASE code WHEN 'A' THEN jsonb_build_object('l', 3, 'one', 1) END x FROM venues ORDER BY code`,
    ],
    [
      "compute(case(code eq 'A':place/city) as h)/addnested(h,compute(1 as one) as x)/addnested(x,compute(one add 1 as two) as y)/groupby((y/one,y/two,x/name),aggregate($count as n))",
      '',
      `SELECT CASE WHEN code = 'A' THEN jsonb_build_object('one', 1, 'two', 2) END y, CASE WHEN code = 'A' THEN jsonb_build_object('name', 'Ulm') END x, count(*) n FROM venues GROUP BY code = 'A', 1, 2 ORDER BY code = 'A'`,
    ],
    [
      'compute({"@type":"Trip.Pin.City","name":"Ulm"} as h)/addnested(h,compute(concat(name,$it/code) as l) as x)/aggregate(x/l with max as m,x/l with countdistinct as d)',
      '',
      `SELECT 'UlmC' m, 3 d`,
    ],
    [
      'compute({"@type":"Trip.Pin.City","name":"Ulm"} as h)/addnested(h,compute(concat(name,$it/code) as l) as x)',
      '$select=code,x,h',
      `SELECT code, jsonb_build_object('name', 'Ulm', 'region', NULL, 'l', 'Ulm' || code) x, jsonb_build_object('name', 'Ulm', 'region', NULL) h FROM venues ORDER BY code`,
    ],
    [
      "compute(case(code ne 'C':place) as h)/addnested(h/city,compute(length(name) as l) as x)/filter(h/x/l eq 3 or h/city/name eq null)",
      '$select=code,h($select=label,x)',
      `SELECT code, CASE WHEN code <> 'C' THEN jsonb_build_object('label', "place_Label", 'x', ${city}) END h FROM venues ORDER BY code`,
    ],
    [
      'concat(identity,compute(case(true:place/city) as h)/addnested(h,compute(length(name) as l) as x))/groupby((x/l),aggregate($count as n))',
      '',
      `(SELECT jsonb_build_object('x', CASE WHEN l IS NOT NULL THEN jsonb_build_object('l', l) END, 'n', count(*)) whole FROM (SELECT length("place_city_Name") l FROM venues) y GROUP BY l ORDER BY l NULLS FIRST) UNION ALL SELECT jsonb_build_object('n', count(*)) FROM venues`,
    ],
    [
      'addnested(annexOf,compute(case(true:place/city) as h)/addnested(h,compute(length(name) as l) as x) as a)/filter(a/x/l eq 3)',
      '$select=code&$expand=a($select=x)',
      `SELECT code, jsonb_build_object('x', jsonb_build_object('name', 'Ulm', 'region', 'BW', 'l', 3)) a FROM venues WHERE annex_of = 'A' ORDER BY code`,
    ],
  ])('[192] to the parts of a complex value: %s&%s', async (apply, options, sql) => {
    const path = `Venues?$apply=${apply}&${options}`;
    const { value } = await ok(path);
    expect(plainly(value)).toEqual(wholes(await running().sql(sql)));
    expect(await running().all(encodeURI(path), { Prefer: 'odata.maxpagesize=1' })).toEqual(value);
  });

  describe('[192, 313] a complex value to which something was added is a value as any other', () => {
    type City = { readonly name: string | null; readonly region: string | null };
    type Venue = {
      readonly code: string;
      readonly place: { readonly city: City | null };
      readonly former: { readonly city: City | null } | null;
    };
    type Value = (City & { readonly l?: number | null }) | null;
    const withLength = (of: City | null): Value => of && { ...of, l: of.name?.length ?? null };
    const ulm = '{"@type":"Trip.Pin.City","name":"Ulm"}';
    const length = 'compute(length(name) as l)';

    /** Transformations over venues, the path of a value that they add something to, and that value. */
    const sources: readonly (readonly [apply: string, path: string, value: (venue: Venue) => Value])[] = [
      [added, 'place/x', ({ place }) => withLength(place.city)],
      [`addnested(place,addnested(city,${length} as x) as p)`, 'p/x', ({ place }) => withLength(place.city)],
      [`compute(former/city as h)/addnested(h,${length} as x)`, 'x', ({ former }) => withLength(former?.city ?? null)],
      [
        `compute(case(code eq 'A':place/city) as h)/addnested(h,${length} as x)`,
        'x',
        ({ code, place }) => (code === 'A' ? withLength(place.city) : null),
      ],
      [`compute([place/city] as h)/join(h as x,${length})`, 'x', ({ place }) => withLength(place.city)],
      [
        `compute(${ulm} as h)/addnested(h,compute(length($it/code) add 1 as l) as x)`,
        'x',
        ({ code }) => ({ name: 'Ulm', region: null, l: code.length + 1 }),
      ],
      [`${added}/compute(place as h)/compute(h as i)`, 'i/x', ({ place }) => withLength(place.city)],
      [`${added}/compute([place/x] as h)/join(h as x)`, 'x', ({ place }) => withLength(place.city)],
    ];
    const rows = async (): Promise<readonly Venue[]> => (await ok('Venues')).value as unknown as readonly Venue[];
    const sumOf = (values: readonly Value[]): number | null => {
      const numbers = values.flatMap((value) => value?.l ?? []);
      return numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0);
    };
    const asked = async (path: string): Promise<unknown> => plainly((await ok(path)).value);

    /** An expression with `@` for the path, and what it is. */
    const singles: readonly (readonly [expression: string, value: (value: Value, venue: Venue) => Value])[] = [
      ['@', (value) => value],
      ["case(code ne 'C':@)", (value, { code }) => (code === 'C' ? null : value)],
      [
        "case(code eq 'A':@,true:place/city)",
        (value, { code, place }) => (code === 'A' ? value : place.city && { ...place.city, l: null }),
      ],
      [
        "case(code eq 'A':place/city,true:@)",
        (value, { code, place }) => (code === 'A' ? place.city && { ...place.city, l: null } : value),
      ],
    ];
    test.each(
      sources.flatMap((source) =>
        singles.map((single) => [source[0], single[0].replaceAll('@', source[1]), source, single] as const),
      ),
    )('%s/compute(%s as v)', async (apply, expression, [, path, valueOf], [, of]) => {
      const all = (await rows()).map((venue) => ({ venue, value: of(valueOf(venue), venue), own: valueOf(venue) }));
      const computed = `Venues?$apply=${apply}/compute(${expression} as v)`;
      expect(await asked(`${computed}&$select=code,v`)).toEqual(
        all.map(({ venue, value }) => ({ code: venue.code, v: value })),
      );
      expect(await asked(`${computed}&$select=code,v/l&$orderby=v/l desc,code desc`)).toEqual(
        [...all]
          .reverse()
          .sort((a, b) => (b.value?.l ?? 0) - (a.value?.l ?? 0))
          .map(({ venue, value }) => ({ code: venue.code, v: value && { l: value.l } })),
      );
      expect(await asked(`${computed}/filter(v/l gt 2 and v/name ne null)&$select=code`)).toEqual(
        all.flatMap(({ venue, value }) => ((value?.l ?? 0) > 2 && value?.name !== null ? [{ code: venue.code }] : [])),
      );
      // Structures differ where one has a name that the other has not.
      expect(await asked(`${computed}/filter(v eq ${path})&$select=code`)).toEqual(
        all.flatMap(({ venue, value, own }) =>
          JSON.stringify(value) === JSON.stringify(own) ? [{ code: venue.code }] : [],
        ),
      );
      expect(await asked(`${computed}/filter(v eq place/city)&$select=code`)).toEqual(
        all.flatMap(({ venue, value }) => (value === null && venue.place.city === null ? [{ code: venue.code }] : [])),
      );
      expect(await asked(`${computed}/filter(v in [null,${path}])/aggregate($count as n)`)).toEqual([
        { n: all.filter(({ value, own }) => value === null || JSON.stringify(value) === JSON.stringify(own)).length },
      ]);
      const distinct = [...new Set(all.flatMap(({ value }) => (value ? [JSON.stringify(value)] : [])))];
      expect(await asked(`${computed}/aggregate(v with countdistinct as d,v/l with sum as s)`)).toEqual([
        { d: distinct.length, s: sumOf(all.map(({ value }) => value)) },
      ]);
      const groups = (await asked(`${computed}/groupby((v),aggregate($count as n))`)) as readonly {
        v: Value;
        n: number;
      }[];
      const counted = [...new Set(all.map(({ value }) => JSON.stringify(value)))].map((text) => ({
        v: JSON.parse(text) as Value,
        n: all.filter(({ value }) => JSON.stringify(value) === text).length,
      }));
      expect(groups).toHaveLength(counted.length);
      expect(groups).toEqual(expect.arrayContaining(counted));
    });

    /** The same of collections. */
    const lists: readonly (readonly [expression: string, value: (value: Value, venue: Venue) => readonly Value[]])[] = [
      ['[@]', (value) => [value]],
      ['[place/city,@]', (value, { place }) => [place.city && { ...place.city, l: null }, value]],
      ['concat([@],[null,@])', (value) => [value, null, value]],
      [
        "case(code eq 'B':[place/city],true:[@])",
        (value, { code, place }) => [code === 'B' ? place.city && { ...place.city, l: null } : value],
      ],
    ];
    test.each(
      sources.flatMap((source) =>
        lists.map((list) => [source[0], list[0].replaceAll('@', source[1]), source, list] as const),
      ),
    )('%s/compute(%s as v)', async (apply, expression, [, path, valueOf], [, of]) => {
      const all = (await rows()).map((venue) => ({ venue, value: of(valueOf(venue), venue), own: valueOf(venue) }));
      const computed = `Venues?$apply=${apply}/compute(${expression} as v)`;
      expect(await asked(`${computed}&$select=code,v`)).toEqual(
        all.map(({ venue, value }) => ({ code: venue.code, v: value })),
      );
      expect(await asked(`${computed}&$select=code,v($filter=l gt 2;$select=l)`)).toEqual(
        all.map(({ venue, value }) => ({
          code: venue.code,
          v: value.flatMap((one) => ((one?.l ?? 0) > 2 ? [{ l: one?.l }] : [])),
        })),
      );
      expect(await asked(`${computed}/filter(v/any(y:y/l gt 2))&$select=code`)).toEqual(
        all.flatMap(({ venue, value }) => (value.some((one) => (one?.l ?? 0) > 2) ? [{ code: venue.code }] : [])),
      );
      expect(await asked(`${computed}/aggregate(v/l with sum as s,v/$count as n)`)).toEqual([
        {
          s: sumOf(all.flatMap(({ value }) => value)),
          n: all.flatMap(({ value }) => value.filter((one) => one !== null)).length,
        },
      ]);
      expect(await asked(`${computed}/filter(${path} in v)/aggregate($count as n)`)).toEqual([
        {
          n: all.filter(({ value, own }) => value.some((one) => JSON.stringify(one) === JSON.stringify(own))).length,
        },
      ]);
    });

    type Room = { readonly name: string; readonly beds: number };
    type Item = { readonly name: string; readonly t?: number | null; readonly u?: number | null };
    const named = ({ name }: Room): Item => ({ name });
    const twice = (room: Room): Item => ({ ...named(room), t: room.beds * 2 });
    /** Transformations over hotels that add a collection `f`, and its items; the names that some of them have. */
    const collections: readonly (readonly [
      apply: string,
      items: (rooms: readonly Room[]) => readonly Item[],
      names: readonly string[],
    ])[] = [
      ['addnested(rooms,compute(beds mul 2 as t) as f)', (all) => all.map(twice), ['t']],
      [
        'addnested(rooms,filter(beds gt 1)/compute(beds mul 2 as t) as f)',
        (all) => all.filter(({ beds }) => beds > 1).map(twice),
        ['t'],
      ],
      [
        'addnested(rooms,orderby(beds desc)/compute(beds mul 2 as t)/top(2) as f)',
        (all) =>
          [...all]
            .sort((a, b) => b.beds - a.beds)
            .slice(0, 2)
            .map(twice),
        ['t'],
      ],
      [
        'addnested(rooms,concat(compute(beds mul 2 as t),compute(beds as u)) as f)',
        (all) => [
          ...all.map((room) => ({ ...twice(room), u: null })),
          ...all.map((room) => ({ ...named(room), t: null, u: room.beds })),
        ],
        ['t', 'u'],
      ],
    ];
    const uses: readonly (readonly [
      expression: string,
      items: (items: readonly Item[], rooms: readonly Room[], code: string) => readonly Item[] | null,
    ])[] = [
      ['f', (items) => items],
      ["case(code eq 'grand':f)", (items, _, code) => (code === 'grand' ? items : null)],
      ['concat(f,rooms)', (items, all) => [...items, ...all.map(named)]],
      ['concat(rooms,f)', (items, all) => [...all.map(named), ...items]],
      [
        'f/$filter(beds gt 1)',
        (items, all) => items.filter(({ name }) => all.some((room) => room.name === name && room.beds > 1)),
      ],
    ];
    test.each(collections.flatMap((source) => uses.map((use) => [source[0], use[0], source, use] as const)))(
      '%s/compute(%s as x)',
      async (apply, expression, [, itemsOf, names], [, of]) => {
        const hotels = (await ok('Hotels')).value as unknown as readonly { code: string; rooms: readonly Room[] }[];
        const nothing = Object.fromEntries(names.map((name) => [name, null]));
        const all = hotels.map(({ code, rooms: items }) => ({
          code,
          x: of(itemsOf(items), items, code)?.map((item) => ({ ...nothing, ...item })) ?? null,
        }));
        const computed = `Hotels?$apply=${apply}/compute(${expression} as x)`;
        const chosen = ['name', ...names].map((name) => `x/${name}`).join();
        expect(await asked(`${computed}&$select=code,${chosen}`)).toEqual(all);
        expect(await asked(`${computed}&$select=code&$filter=x/any(y:y/t gt 2)`)).toEqual(
          all.flatMap(({ code, x }) => (x?.some(({ t }) => (t ?? 0) > 2) ? [{ code }] : [])),
        );
        const numbers = all.flatMap(({ x }) => (x ?? []).flatMap(({ t }) => t ?? []));
        expect(await asked(`${computed}/aggregate(x/t with sum as s,x/$count as n)`)).toEqual([
          { s: numbers.reduce((sum, one) => sum + one, 0), n: all.flatMap(({ x }) => x ?? []).length },
        ]);
        expect(await asked(`${computed}/join(x as y)/filter(y/t ne null)&$select=y/t`)).toEqual(
          numbers.map((t) => ({ y: { t } })),
        );
      },
    );

    test('its types are told, those of what is added within it too', async () => {
      const { value } = await ok(
        `Hotels?$apply=filter(code eq 'grand')/addnested(rooms,top(1)/addnested(offers,compute(price mul 2 as t) as o)/compute(seen as s) as f)/compute(f as x)&$select=x($select=o,s)`,
      );
      expect(value[0]).toMatchObject({
        'x@odata.type': '#Collection(Trip.Pin.Room)',
        x: [
          {
            'o@odata.type': '#Collection(Trip.Pin.Offer)',
            o: [
              { price: 99.9, until: '2026-06-30', 't@odata.type': '#Decimal', t: 199.8 },
              { price: 80, until: null, 't@odata.type': '#Decimal', t: 160 },
            ],
            s: { '@odata.type': '#Trip.Pin.City', name: 'Ulm', region: 'BW' },
          },
        ],
      });
    });

    test('every type of value that is added comes out as it went in', async () => {
      const names = [
        'beds',
        'rate',
        'factor',
        'serial',
        'area',
        'smoking',
        'since',
        'cleaned',
        'opens',
        'stay',
        'token',
        'plan',
        'kind',
        'features',
        'tags',
        'seen',
        'offers',
      ];
      const items = names.map((name) => `${name} as x_${name}`).join();
      const { value } = await ok(`Hotels?$apply=addnested(rooms,compute(${items}) as f)/compute(f as x)`);
      for (const { rooms: own, x } of value as unknown as readonly { rooms: readonly Json[]; x: readonly Json[] }[])
        expect(x.map((item) => names.map((name) => plainly(item[`x_${name}`])))).toEqual(
          own.map((item) => names.map((name) => plainly(item[name]))),
        );
    });

    test('it is counted with what was added to it', async () => {
      const same = `compute([${ulm}] as h)/join(h as r,compute($it/code as c))`;
      for (const [apply, d] of [
        [`${same}/aggregate(r with countdistinct as d)`, 3],
        [`compute([${ulm}] as h)/addnested(h,compute($it/code as c) as r)/aggregate(r with countdistinct as d)`, 3],
        [
          `compute([${ulm}] as h)/join(h as r,concat(compute(1 as a),compute(1 as b)))/aggregate(r with countdistinct as d)`,
          2,
        ],
        [
          `compute([${ulm}] as h)/join(h as r,concat(compute(1 as a),compute(1 as a)))/aggregate(r with countdistinct as d)`,
          1,
        ],
        [`${added}/aggregate(place/x with countdistinct as d)`, 2],
        [`${added}/aggregate(place with countdistinct as d)`, 3],
      ] as const)
        expect(await asked(`Venues?$apply=${apply}`)).toEqual([{ d }]);
      expect(
        await asked(`Venues?$apply=${added}/filter(place/x eq {"name":"Ulm","region":"BW","l":3})&$select=code`),
      ).toEqual([{ code: 'A' }]);
      expect(
        await asked(`Venues?$apply=${added}/filter(place/x eq {"name":"Ulm","region":"BW"})&$select=code`),
      ).toEqual([]);
    });

    type Offered = Room & { readonly offers: readonly { readonly price: number }[] };
    /** The rooms of each hotel, and what `h` is of them: `rooms` of 'grand', null of others. */
    const perRoom = async (): Promise<readonly { readonly h: Offered | null }[]> =>
      ((await ok('Hotels')).value as unknown as readonly { code: string; rooms: readonly Offered[] }[]).flatMap(
        ({ code, rooms: items }) => items.map((room) => ({ h: code === 'grand' ? room : null })),
      );
    const roomOrNull = `join(rooms as r)/compute(case(code eq 'grand':r) as h)`;

    /** To a collection, and to null, within a computed value. */
    test.each([
      [
        `${roomOrNull}/addnested(h/offers,compute(price mul 2 as t) as o)&$select=h/name,h/o`,
        (h: Offered | null) => h && { name: h.name, o: h.offers.map((offer) => ({ ...offer, t: offer.price * 2 })) },
      ],
      [
        `${roomOrNull}/addnested(h/offers,topcount(1,price) as o)/addnested(h/o,compute(price add 1 as t) as p)&$select=h/p/t`,
        (h: Offered | null) =>
          h && { p: h.offers.length === 0 ? [] : [{ t: Math.max(...h.offers.map(({ price }) => price)) + 1 }] },
      ],
      [
        `${roomOrNull}/addnested(h/offers,compute(price mul 2 as t) as o)/compute(h as h2)&$select=h2/o/t`,
        (h: Offered | null) => h && { o: h.offers.map(({ price }) => ({ t: price * 2 })) },
        'h2',
      ],
    ] as const)('[192] %s', async (apply, of, name: 'h' | 'h2' = 'h') => {
      expect(await asked(`Hotels?$apply=${apply}`)).toEqual((await perRoom()).map(({ h }) => ({ [name]: of(h) })));
    });

    test('[192] the same in conditions and aggregates; what is null stays that', async () => {
      const offers = (await perRoom()).flatMap(({ h }) => h?.offers ?? []);
      const apply = `Hotels?$apply=${roomOrNull}/addnested(h/offers,compute(price mul 2 as t) as o)`;
      expect(await asked(`${apply}/aggregate(h/o/t with sum as s,h/o/$count as n)`)).toEqual([
        { s: offers.reduce((sum, { price }) => sum + price * 2, 0), n: offers.length },
      ]);
      expect(await asked(`${apply}/filter(h/o/any(y:y/t gt 1))&$select=h/name`)).toEqual(
        (await perRoom()).flatMap(({ h }) =>
          h?.offers.some(({ price }) => price > 0.5) ? [{ h: { name: h.name } }] : [],
        ),
      );
      const none =
        'Venues?$apply=compute({"@type":"Trip.Pin.Place","label":"a","point":{"latitude":1,"longitude":1}} as h)/addnested(h/city,compute(1 as one) as x)';
      expect(await asked(`${none}&$select=h/label,h/x`)).toEqual([1, 2, 3].map(() => ({ h: { label: 'a', x: null } })));
      expect(
        await asked(`${none}/filter(h/x eq null and h/x/one eq null)/groupby((h/x/one),aggregate($count as n))`),
      ).toEqual([{ h: { x: null }, n: 3 }]);
      expect(await asked(`${none}/groupby((h/x))`)).toEqual([{ h: { x: null } }]);
    });

    test('[192, 193] what was made of a computed collection is one, too', async () => {
      const hotels = (await ok('Hotels')).value as unknown as readonly { code: string; rooms: readonly Room[] }[];
      const computed = 'Hotels?$apply=compute(concat(rooms,[null]) as m)/addnested(m,filter(beds gt 1) as f)';
      const large = hotels.map(({ code, rooms: items }) => ({ code, f: items.filter(({ beds }) => beds > 1) }));
      expect(await asked(`${computed}/addnested(f,compute(beds mul 2 as t) as g)&$select=code,g/name,g/t`)).toEqual(
        large.map(({ code, f }) => ({ code, g: f.map(twice) })),
      );
      expect(await asked(`${computed}/join(f as j)&$select=code,j/name`)).toEqual(
        large.flatMap(({ code, f }) => f.map((room) => ({ code, j: named(room) }))),
      );
    });

    /** What groups have of a friend by the code of the friend's own friend. */
    type Friend = { readonly code: string; readonly friend: Friend | null };
    const distinct = (values: readonly unknown[]): number =>
      new Set(values.filter((value) => value !== null).map((value) => JSON.stringify(value))).size;
    const coded = (friend: Friend | null | undefined): unknown => friend && { code: friend.code };
    const withFriend = ({ friend }: Friend): unknown => friend && { friend: coded(friend.friend) };
    const third = ({ friend }: Friend): unknown => (friend?.friend ? { friend: coded(friend.friend.friend) } : null);
    const sums = 'aggregate(friend/code with countdistinct as a,friend/revision mul 1 with sum as b)';
    test.each([
      [
        `groupby((friend/friend/code),${sums})/concat(addnested(friend,identity as n)/compute(b mul 2 as x),` +
          'concat(groupby((friend/friend/code)),identity)/groupby((friend/friend/code,a)))/aggregate(friend/$count as c)',
        withFriend,
      ],
      ['groupby((friend/friend/code))/aggregate(friend/$count as c)', withFriend],
      [
        'groupby((friend/friend/code,revision))/addnested(friend,identity as n)/aggregate(n/friend/$count as c)',
        ({ friend }: Friend) => coded(friend?.friend),
      ],
      [
        'groupby((friend/friend/friend/code,revision))/addnested(friend,identity as n)/aggregate(n/friend/$count as c)',
        third,
      ],
      [
        'groupby((friend/friend/friend/code,revision))/addnested(friend,addnested(friend,identity as m) as n)' +
          '/aggregate(n/friend/$count as c)',
        third,
      ],
      [
        'concat(groupby((friend/friend/friend/code,revision)),groupby((friend/friend/friend/code)))' +
          '/addnested(friend,identity as n)/aggregate(n/friend/$count as c)',
        third,
      ],
    ])('[188, 192] what is left of entities is there once for all that it has: %s', async (apply, of) => {
      const contacts = (await ok('Contacts?$expand=friend($expand=friend($expand=friend))'))
        .value as unknown as readonly Friend[];
      expect(await asked(`Contacts?$apply=concat(identity,identity)/${apply}`)).toEqual([
        { c: distinct(contacts.map((one) => of(one) ?? null)) },
      ]);
    });

    const friendsFriends = `SELECT DISTINCT g.* FROM contacts c JOIN contacts f ON f.code = c.friend JOIN contacts g ON g.code = f.friend`;
    test.each([
      ['aggregate(n/friend/$count as v)', `SELECT count(*)::int FROM (${friendsFriends}) e`],
      ['aggregate(n/friend/code with max as v)', `SELECT max(code) FROM (${friendsFriends}) e`],
      [
        'aggregate(n/friend/friends/$count as v)',
        `SELECT count(*)::int FROM contacts WHERE friend IN (SELECT code FROM (${friendsFriends}) e)`,
      ],
      [
        'aggregate(n/friend/friend/code with countdistinct as v)',
        `SELECT count(DISTINCT friend)::int FROM (${friendsFriends}) e`,
      ],
      [
        'filter(isdefined(n/friend))/aggregate($count as v)',
        `SELECT count(DISTINCT coalesce(f.friend, 'none'))::int AS v FROM contacts c JOIN contacts f ON f.code = c.friend`,
      ],
    ])(
      '[192] what addnested gives of an entity of which another one is left leads to that one: %s',
      async (further, sql) => {
        const [wanted] = await listed(sql);
        for (const rows of [
          'groupby((friend/friend))',
          'concat(groupby((friend/friend)),groupby((friend/code)))',
          'concat(groupby((friend/code)),groupby((friend/friend)),aggregate($count as m))',
        ])
          expect([rows, await asked(`Contacts?$apply=${rows}/addnested(friend,identity as n)/${further}`)]).toEqual([
            rows,
            [{ v: wanted }],
          ]);
      },
    );

    test.each([
      ['addnested(friends,groupby((name)) as n)', 'addnested(friends,groupby((revision)) as n)'],
      ['join(friends as n,groupby((name)))', 'join(friends as n,groupby((revision)))'],
      ['addnested(friends,compute(name as a) as n)', 'addnested(friends,compute(revision as b) as n)'],
    ])(
      '[189] what options of several structures compute is null where a structure lacks what it is computed from: %s, %s',
      async (one, other) => {
        const isKept = one.includes('compute');
        const computed = isKept ? 'b add 1 as q' : 'revision add 1 as q';
        const path = `Contacts?$apply=concat(${one},${other})&$select=code&$expand=n($compute=${computed};$select=q)`;
        const friends = (distinct: string): string =>
          `SELECT c.code, ${distinct} AS q FROM contacts c JOIN contacts f ON f.friend = c.code`;
        const [lacking, having] = isKept
          ? [friends('NULL::int'), friends('f.revision + 1')]
          : [
              `SELECT code, NULL::int AS q FROM (${friends('f.name')} GROUP BY 1, 2) x`,
              `${friends('f.revision + 1')} GROUP BY 1, 2`,
            ];
        const wanted = await running().sql(`${lacking} UNION ALL ${having}`);
        const found = (await asked(path)) as readonly { code: string; n: Json | readonly Json[] }[];
        const pairs = found.flatMap(({ code, n }) => [n].flat().map((each) => ({ code, ...each })));
        const texts = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).sort();
        expect(texts(pairs)).toEqual(texts(wanted));
      },
    );

    const keyed = (alias: string, ...names: readonly string[]): string =>
      `CASE WHEN ${alias}.code IS NOT NULL THEN json_build_object(${names.map((name) => `'${name}', ${alias}.${name}`).join()}) END`;
    const within = (alias: string, parts: string): string =>
      `CASE WHEN ${alias}.code IS NOT NULL THEN json_build_object(${parts}) END`;
    const friendsOf = `FROM contacts c LEFT JOIN contacts f ON f.code = c.friend LEFT JOIN contacts g ON g.code = f.friend`;
    test.each([
      [
        'groupby((friend/code))&$expand=friend',
        'friend(code)',
        `SELECT DISTINCT json_build_object('friend', ${keyed('f', 'code')})::jsonb AS v ${friendsOf}`,
      ],
      [
        'groupby((friend/code,friend/name,revision))&$expand=friend($select=code)',
        'revision,friend(code)',
        `SELECT json_build_object('revision', revision, 'friend', ${keyed('f', 'code')}) AS v FROM (SELECT DISTINCT c.revision, f.code, f.name ${friendsOf}) f`,
      ],
      [
        'groupby((friend/code,friend/name,revision))&$select=revision&$expand=friend($select=name)',
        'revision,friend(name)',
        `SELECT json_build_object('revision', revision, 'friend', ${keyed('f', 'name')}) AS v FROM (SELECT DISTINCT c.revision, f.code, f.name ${friendsOf}) f`,
      ],
      [
        'groupby((friend/code,airline))&$expand=friend($compute=length(code) as l;$select=l)',
        'friend(l)',
        `SELECT json_build_object('friend', ${within('f', "'l', length(f.code)")}) AS v FROM (SELECT DISTINCT f.code, c.airline ${friendsOf}) f`,
      ],
      [
        'groupby((friend/code,friend/friend))&$expand=friend($select=code;$expand=friend($select=name))',
        'friend(code,friend(name))',
        `SELECT json_build_object('friend', ${within('f', `'code', f.code, 'friend', ${keyed('g', 'name')}`)}) AS v FROM (SELECT DISTINCT f.code, f.friend ${friendsOf}) f LEFT JOIN contacts g ON g.code = f.friend`,
      ],
      [
        'groupby((friend/friend/code))&$expand=friend($expand=friend($select=code))',
        'friend(friend(code))',
        `SELECT json_build_object('friend', ${within('f', `'friend', ${keyed('g', 'code')}`)})::jsonb AS v ${friendsOf} GROUP BY 1`,
      ],
      [
        'groupby((friend/friend))/addnested(friend,compute(1 as x) as n)&$select=n&$expand=n($select=x;$expand=friend($select=code))',
        'n(x,friend(code))',
        `SELECT json_build_object('n', ${within('f', `'x', 1, 'friend', ${keyed('g', 'code')}`)})::jsonb AS v ${friendsOf} GROUP BY 1`,
      ],
      [
        'concat(groupby((friend/friend)),groupby((friend/code)))&$expand=friend($expand=friend($select=code))',
        '@Core.AnyStructure',
        `SELECT json_build_object('friend', ${within('f', `'friend', ${keyed('g', 'code')}`)})::jsonb AS v ${friendsOf} GROUP BY 1
         UNION ALL SELECT DISTINCT json_build_object('friend', ${keyed('f', 'code')})::jsonb ${friendsOf}`,
      ],
    ])('[188] what is left of an entity takes the options of $expand: %s', async (apply, context, sql) => {
      const answer = await ok(`Contacts?$apply=${apply}`);
      const wanted = await listed(sql);
      const found = plainly(answer.value) as readonly unknown[];
      expect([contextOf(answer), found.length]).toEqual([`Contacts(${context})`, wanted.length]);
      expect(found).toEqual(expect.arrayContaining([...wanted]));
    });

    test.each([
      ['groupby((friend/code))&$expand=friend($select=name)', "no property 'name'"],
      ['groupby((friend/code))&$expand=friend($expand=airline)', "no property 'airline'"],
      ['groupby((friend/code))&$expand=friend($expand=code)', 'no navigation property'],
      ['groupby((friend/code))&$expand=friend($top=1)', 'leads to one entity'],
      ['groupby((friend/code))&$expand=friend/$ref', 'has no id'],
      ['groupby((friend/code))&$expand=friend/$count', 'no collection'],
      ['groupby((friend/code))&$expand=friend,friend', 'more than once'],
      ['groupby((code))&$expand=friend', "'friend' has been aggregated away"],
      ['groupby((code))&$select=name', "'name' has been aggregated away"],
      ['concat(groupby((code)),groupby((revision)))&$expand=friend', "'friend' has been aggregated away"],
    ])('[188] what is left of an entity has no more than that: %s is refused', async (apply, message) => {
      const { status, error } = await get(`Contacts?$apply=${apply}`);
      expect([status, error.message]).toEqual([400, expect.stringContaining(message)]);
    });

    test.each([
      ['place', (all: readonly Of[]) => all.map(({ place }) => place)],
      ['place/city', (all: readonly Of[]) => all.map(({ place }) => place?.city)],
      ['place/city/name', (all: readonly Of[]) => all.map(({ place }) => place?.city?.name)],
      ['code', (all: readonly Of[]) => all.map(({ code }) => code)],
      ['annexOf/place', (all: readonly Of[]) => annexes(all).map(({ place }) => place)],
      ['annexOf/place/city', (all: readonly Of[]) => annexes(all).map(({ place }) => place?.city)],
      ['h', (all: readonly Of[]) => all.map(({ place }) => place?.city)],
      ['h/name', (all: readonly Of[]) => all.map(({ place }) => place?.city?.name)],
    ])(
      '[187] %s/$count counts each value that is not null, and behind a navigation property once',
      async (path, of) => {
        const venues = (await ok('Venues?$expand=annexOf')).value as unknown as readonly Of[];
        expect(await asked(`Venues?$apply=compute(place/city as h)/aggregate(${path}/$count as n)`)).toEqual([
          { n: of(venues).filter((value) => value !== null && value !== undefined).length },
        ]);
        expect(
          await asked(
            `Venues?$apply=compute(place/city as h)/concat(identity,filter(false))/aggregate(${path}/$count as n)`,
          ),
        ).toEqual([{ n: of(venues).filter((value) => value !== null && value !== undefined).length }]);
      },
    );
    type Of = {
      readonly code: string;
      readonly place: { readonly city: { readonly name: string | null } | null } | null;
      readonly annexOf: Of | null;
    };
    const annexes = (all: readonly Of[]): readonly Of[] => [
      ...new Map(all.flatMap(({ annexOf }) => (annexOf ? [[annexOf.code, annexOf] as const] : []))).values(),
    ];

    test('[189, 190] a structure that has only the beginning of a path is grouped by that', async () => {
      type Contact = { readonly friend: Contact | null; readonly revision: number };
      const contacts = (await ok('Contacts?$expand=friend($expand=friend)')).value as unknown as readonly Contact[];
      /** Without and with the friend, and that one's friend. */
      const kindOf = ({ friend }: Contact): number => (friend ? (friend.friend ? 2 : 1) : 0);
      const kinds = new Set(contacts.map(kindOf));
      const groups = (await asked(
        'Contacts?$apply=concat(filter(revision gt 99),groupby((friend/friend/code)))/groupby((friend/friend/revision),aggregate($count as c))',
      )) as readonly { friend: { friend: object | null } | null; c: number }[];
      const codes = new Set(
        contacts.filter((one) => kindOf(one) === 2).map((one) => JSON.stringify(one.friend?.friend)),
      );
      expect(new Map(groups.map(({ friend, c }) => [friend ? (friend.friend ? 2 : 1) : 0, c]))).toEqual(
        new Map([...kinds].map((kind) => [kind, kind === 2 ? codes.size : 1])),
      );
      expect(groups.flatMap(({ friend }) => Object.keys(friend?.friend ?? {}))).toEqual([]);
    });

    test('[189, 193] parts of items that were joined count for each row', async () => {
      const hotels = (await ok('Hotels')).value as unknown as readonly {
        note: string | null;
        rooms: readonly Room[];
      }[];
      const pairs = new Set(
        hotels.flatMap(({ note, rooms: items }) => items.map(({ beds }) => `${note ?? ''}|${beds}`)),
      );
      const apply = 'join(rooms as j,groupby((beds,name)))/groupby((note,j/beds))';
      expect(await asked(`Hotels?$apply=${apply}/aggregate(j/beds with sum as s,j/$count as n)`)).toEqual([
        { s: [...pairs].reduce((sum, pair) => sum + Number(pair.split('|')[1]), 0), n: pairs.size },
      ]);
    });

    /** What says different things of one entity is refused. */
    const contradicts = async (path: string): Promise<void> => {
      const { status, error } = await get(path);
      running().takeFailures();
      expect([status, error.message]).toEqual([400, expect.stringContaining('Rows lead to one entity with different')]);
    };

    describe('an entity to which something was added is grouped by with that, as far as rows say the same', () => {
      type Hotel = { readonly code: string; readonly note: string | null; readonly rooms: readonly Room[] };
      type Row = { readonly of: Hotel; readonly b: Hotel; readonly values: Readonly<Record<string, unknown>> };
      /** The hotels as branches of their main one. */
      const branches = async (): Promise<readonly Row[]> =>
        (
          (await ok('Hotels?$expand=branches')).value as unknown as readonly (Hotel & { branches: readonly Hotel[] })[]
        ).flatMap((of) => of.branches.map((b) => ({ of, b, values: {} })));
      /** Both branches once more for each of the rows that the other leads to. */
      const twice = (all: readonly Row[]): readonly Row[] => [...all, ...all];
      /** What is done to branches, which become `b`, and what they have then. */
      const given: readonly (readonly [apply: string, rows: (all: readonly Row[]) => readonly Row[]])[] = [
        [
          'join(branches as b,compute(length(code) as l))',
          (all) => all.map((row) => ({ ...row, values: { l: row.b.code.length } })),
        ],
        [
          'join(branches as b,compute($it/note as c,rooms/$count as n))',
          (all) => all.map((row) => ({ ...row, values: { c: row.of.note, n: row.b.rooms.length } })),
        ],
        [
          'concat(identity,identity)/join(branches as b,compute(length(code) as l))',
          (all) => twice(all).map((row) => ({ ...row, values: { l: row.b.code.length } })),
        ],
        [
          'join(branches as b)/join(rooms as r)/addnested(b,compute($it/r/beds as l) as b2)',
          (all) => all.flatMap((row) => row.of.rooms.map(({ beds }) => ({ ...row, values: { l: beds } }))),
        ],
        [
          `join(branches as b)/join(rooms as r)/addnested(b,compute($it/r/seen as s) as b2)`,
          (all) =>
            all.flatMap((row) =>
              row.of.rooms.map((room) => ({ ...row, values: { s: (room as unknown as { seen: City | null }).seen } })),
            ),
        ],
        [
          'join(branches as b,concat(compute(1 as l),compute(2 as l)))',
          (all) => [1, 2].flatMap((l) => all.map((row) => ({ ...row, values: { l } }))),
        ],
        [
          'join(branches as b,concat(compute(1 as l),compute(1 as m)))',
          (all) => [{ l: 1 }, { m: 1 }].flatMap((values) => all.map((row) => ({ ...row, values }))),
        ],
      ];
      test.each(given)('[180] %s', async (apply, rowsOf) => {
        const name = apply.includes('as b2') ? 'b2' : 'b';
        const all = rowsOf(await branches());
        const groups = [...new Set(all.map(({ b }) => b.code))].map((code) => {
          const own = all.filter(({ b }) => b.code === code);
          const merged = own.reduce((before, { values }) => ({ ...before, ...values }), {});
          return { [name]: { code, ...merged }, n: own.length };
        });
        const isContradictory = all.some(({ b, values }) =>
          all.some(
            (other) =>
              other.b.code === b.code &&
              Object.entries(values).some(
                ([one, value]) => one in other.values && JSON.stringify(other.values[one]) !== JSON.stringify(value),
              ),
          ),
        );
        const names = [...new Set(all.flatMap(({ values }) => Object.keys(values)))];
        const grouped = `Hotels?$apply=${apply}/groupby((${name}),aggregate($count as n))`;
        if (isContradictory) return contradicts(grouped);
        const found = (await asked(
          `${grouped}&$expand=${name}($select=${['code', ...names].join()})`,
        )) as readonly Json[];
        const told = found.map((group) => {
          const entity = group[name] as Json;
          return {
            ...group,
            [name]: Object.fromEntries(
              ['code', ...names].flatMap((one) => (one in entity ? [[one, entity[one]]] : [])),
            ),
          };
        });
        expect(told).toHaveLength(groups.length);
        expect(told).toEqual(expect.arrayContaining(groups));
        const [one = ''] = names;
        const last = all.map(({ values }) => values[one]).filter((value) => typeof value === 'number');
        if (last.length > 0)
          expect(
            await asked(`${grouped}/filter(${name}/${one} eq ${Math.max(...last)})/aggregate($count as n)`),
          ).toEqual([{ n: groups.filter((group) => (group[name] as Json)[one] === Math.max(...last)).length }]);
        expect(await asked(`${grouped}/groupby((${name}/code))/aggregate($count as n)`)).toEqual([
          { n: new Set(all.map(({ b }) => b.code)).size },
        ]);
      });

      test('[180] with the entities that were added to it, and to those', async () => {
        type Deep = Hotel & { readonly main: Deep | null };
        const hotels = (await ok('Hotels?$expand=branches($expand=main($expand=main))')) as unknown as {
          readonly value: readonly (Hotel & { readonly branches: readonly Deep[] })[];
        };
        /** The beds of a room, a branch, its main hotel with the beds, and the main one of that. */
        const all = hotels.value.flatMap((of) =>
          of.rooms
            .filter((room) => room.beds === 2)
            .flatMap(({ beds }) =>
              of.branches.map(({ code, main }) => {
                const above = main?.main && { code: main.main.code };
                return { code, k: code.length, m: main && { code: main.code, beds, n: above } };
              }),
            ),
        );
        const texts = all.map((one) => JSON.stringify(one));
        const nested = 'addnested(main,compute($it/r/beds as beds)/addnested(main,identity as n) as m)';
        const added = `addnested(b,compute(length(code) as k)/${nested} as x)/groupby((x),aggregate($count as c))`;
        const grouped = `Hotels?$apply=join(branches as b)/join(rooms as r,filter(beds eq 2))/${added}`;
        await contradicts(`Hotels?$apply=join(branches as b)/join(rooms as r)/${added}`);
        const found = (await asked(
          `${grouped}&$expand=x($select=code,k;$expand=m($select=code,beds;$expand=n($select=code)))`,
        )) as readonly Json[];
        const groups = [...new Set(texts)].map((text) => ({
          c: texts.filter((one) => one === text).length,
          x: JSON.parse(text) as unknown,
        }));
        expect(groups.length).toBe(new Set(all.map(({ code }) => code)).size);
        expect(found).toHaveLength(groups.length);
        expect(found).toEqual(expect.arrayContaining(groups));
        const largest = Math.max(...all.map(({ m }) => m?.beds ?? 0));
        expect(
          await asked(`${grouped}/filter(x/m/beds eq ${largest})/groupby((x/m/code),aggregate(c with sum as c))`),
        ).toEqual([{ x: { m: { code: 'grand' } }, c: all.filter(({ m }) => m?.beds === largest).length }]);
      });

      test('it keeps its id; where it is missing it is null', async () => {
        const { value } = await ok(
          'Hotels?$apply=outerjoin(branches as b,compute(1 as one))/groupby((b))&$expand=b($select=code,one)',
          {
            Accept: 'application/json;odata.metadata=full',
          },
        );
        expect(value.map(({ b }) => b)).toEqual([
          null,
          ...['inn', 'void'].map((code): unknown =>
            expect.objectContaining({
              '@odata.context': '#Hotels(code,one)/$entity',
              '@odata.id': `Hotels('${code}')`,
              code,
              one: 1,
            }),
          ),
        ]);
      });
    });

    describe('rows that the request made of complex values are values of their type, which lack what is gone', () => {
      type Item = Offered & { readonly seen: City | null };
      type Of = { readonly code: string; readonly rooms: readonly Item[] };
      const hotels = async (): Promise<readonly Of[]> => (await ok('Hotels')).value as unknown as readonly Of[];
      const sum = (values: readonly number[]): number | null =>
        values.length === 0 ? null : values.reduce((all, value) => all + value, 0);
      const named = (item: Item): { seen: { name: string | null } | null } => ({
        seen: item.seen && { name: item.seen.name },
      });
      const distinctOf = <T>(values: readonly T[]): readonly T[] =>
        [...new Set(values.map((value) => JSON.stringify(value)))].map((text) => JSON.parse(text) as T);
      const summed = ({ rooms: all }: Of): readonly unknown[] =>
        distinctOf(all.map(named)).map((one) => ({
          ...one,
          b: sum(all.filter((item) => JSON.stringify(named(item)) === JSON.stringify(one)).map(({ beds }) => beds)),
        }));
      const byText = (values: unknown): unknown =>
        (values as readonly unknown[]).map((value) => JSON.stringify(value)).sort();
      const cases: readonly (readonly [apply: string, items: (of: Of) => readonly unknown[]])[] = [
        ['addnested(rooms,aggregate($count as n) as f)/compute(f as x)', ({ rooms: all }) => [{ n: all.length }]],
        ['addnested(rooms,groupby((seen/name),aggregate(beds with sum as b)) as f)/compute(f as x)', summed],
        [
          'addnested(rooms,groupby((seen/name),aggregate(beds with sum as b)) as f)/compute(concat(f,[null]) as x)',
          (of) => [...summed(of), null],
        ],
        [
          'addnested(rooms,addnested(offers,aggregate(price with sum as s) as o) as f)/compute(f as g)/addnested(g,groupby((name,beds)) as h)/compute(h as x)',
          ({ rooms: all }) => distinctOf(all.map(({ name, beds }) => ({ name, beds }))),
        ],
        [
          'addnested(rooms,concat(filter(beds gt 1),filter(beds lt 9))/compute(beds mul 2 as t)/groupby((t,name)) as f)/compute(f as x)',
          ({ rooms: all }) => distinctOf(all.map(({ name, beds }) => ({ name, t: beds * 2 }))),
        ],
        [
          'addnested(rooms,concat(groupby((name)),aggregate($count as n)) as f)/compute(f as x)',
          ({ rooms: all }) => [
            ...distinctOf(all.map(({ name }) => ({ name, n: null }))),
            { name: null, n: all.length },
          ],
        ],
      ];
      test.each(cases)('[192] %s', async (apply, itemsOf) => {
        const found = (await asked(`Hotels?$apply=${apply}&$select=code,x`)) as readonly Json[];
        const expected = await hotels();
        expect(found.map(({ code, x }) => [code, byText(x)])).toEqual(
          expected.map((of) => [of.code, byText(itemsOf(of))]),
        );
        const all = expected.filter((of) => itemsOf(of).length > 0);
        expect(await asked(`Hotels?$apply=${apply}/filter(x eq x and x ne [] and x/any())&$select=code`)).toEqual(
          all.map(({ code }) => ({ code })),
        );
      });

      test('[192] parts of each item, and single ones', async () => {
        const prices = (item: Item): number | null => sum(item.offers.map(({ price }) => price));
        const within = 'addnested(rooms/offers,aggregate(price with sum as s) as o)';
        expect(await asked(`Hotels?$apply=${within}/compute(rooms as x)&$select=x/o`)).toEqual(
          (await hotels()).map(({ rooms: all }) => ({ x: all.map((item) => ({ o: [{ s: prices(item) }] })) })),
        );
        // A room has an area of NaN, which equals nothing.
        expect(await asked(`Hotels?$apply=${within}/filter(rooms eq rooms)&$select=code`)).toEqual(
          (await hotels()).flatMap(({ code }) => (code === 'grand' ? [] : [{ code }])),
        );
        const joined = 'Hotels?$apply=outerjoin(rooms as r,groupby((seen/name)))';
        const rows = (await hotels()).flatMap(({ code, rooms: all }) =>
          (all.length === 0 ? [null] : distinctOf(all.map(named))).map((r) => ({ code, r })),
        );
        const found = await asked(`${joined}/compute(case(code ne 'inn':r) as x,r eq null as z)&$select=code,x,z`);
        expect(byText(found)).toEqual(
          byText(rows.map(({ code, r }) => ({ code, x: code === 'inn' ? null : r, z: r === null }))),
        );
        expect(await asked(`${joined}/aggregate(r with countdistinct as d)`)).toEqual([
          { d: distinctOf(rows.flatMap(({ r }) => (r ? [r] : []))).length },
        ]);
        expect(await asked(`${joined}/filter(r in [r,null] and not (r eq null))/aggregate($count as n)`)).toEqual([
          { n: rows.filter(({ r }) => r).length },
        ]);
        // A value that lacks a name is not one that has it.
        expect(await asked(`${joined}/join(rooms as q)/filter(r eq q)`)).toEqual([]);
      });

      test('[192] what tells its type itself keeps that within a value, in lists, conditions and groups', async () => {
        const guests = (await ok('Guests')).value as unknown as readonly { code: string; born?: string }[];
        const s = 'compute({"@type":"Trip.Pin.City","name":"a"} as r)/addnested(r,compute($it/born as b) as s)';
        const { value } = await ok(`Guests?$apply=${s}/compute(s as t,[s,null] as u)&$select=code,t/b,u($select=b)`);
        const typed = (code: string): object => (code === 'ann' ? { 'b@odata.type': '#Date' } : {});
        expect(value).toEqual(
          guests.map(({ code, born = null }): unknown =>
            expect.objectContaining({
              code,
              t: { '@odata.type': '#Trip.Pin.City', ...typed(code), b: born },
              u: [{ ...typed(code), b: born }, null],
            }),
          ),
        );
        expect(
          await asked(`Guests?$apply=${s}/compute([s] as u)/filter(u/any(x:x/b eq 2020-02-29))&$select=code`),
        ).toEqual(guests.flatMap(({ code, born }) => (born === '2020-02-29' ? [{ code }] : [])));
        expect(await asked(`Guests?$apply=${s}/filter(s eq s)/aggregate(s with countdistinct as n)`)).toEqual([
          { n: new Set(guests.map(({ born = null }) => born)).size },
        ]);
      });
    });

    describe('an entity keeps the collections that were added to it in groups of the whole of it', () => {
      type Deep = { readonly code: string; readonly main: Deep | null; readonly branches: readonly Deep[] };
      const hotels = async (): Promise<readonly Deep[]> =>
        (await ok('Hotels?$expand=main($expand=main,branches),branches($expand=main,branches)'))
          .value as unknown as readonly Deep[];
      const grouped = <T>(values: readonly T[]): readonly (readonly [T, number])[] => {
        const texts = values.map((value) => JSON.stringify(value));
        return [...new Set(texts)].map((text) => [JSON.parse(text) as T, texts.filter((one) => one === text).length]);
      };
      const coded = ({ code }: Deep): object => ({ code });
      const byCode = (all: readonly Deep[]): readonly object[] =>
        all.map(coded).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

      test.each<readonly [apply: string, name: string, rows: (all: readonly Deep[]) => readonly unknown[]]>([
        [
          'addnested(main,addnested(branches,identity as m) as b)',
          'b',
          (all) => all.map(({ main }) => main && { code: main.code, m: byCode(main.branches) }),
        ],
        [
          "addnested(main,addnested(branches,filter(code ne 'inn') as m)/compute(length(code) as l) as b)",
          'b',
          (all) =>
            all.map(
              ({ main }) =>
                main && {
                  code: main.code,
                  l: main.code.length,
                  m: byCode(main.branches.filter(({ code }) => code !== 'inn')),
                },
            ),
        ],
        [
          'join(branches as b,addnested(branches,identity as m))',
          'b',
          (all) => all.flatMap((one) => one.branches.map((b) => ({ code: b.code, m: byCode(b.branches) }))),
        ],
        [
          'join(branches as b,concat(compute(1 as l),compute(2 as l))/addnested(branches,identity as m))',
          'b',
          (all) =>
            [1, 2].flatMap((l) =>
              all.flatMap((one) => one.branches.map((b) => ({ code: b.code, l, m: byCode(b.branches) }))),
            ),
        ],
        [
          "concat(addnested(main,addnested(branches,filter(code eq 'inn') as m) as b),addnested(main,addnested(branches,filter(code ne 'inn') as m) as b))",
          'b',
          (all) =>
            [true, false].flatMap((isInn) =>
              all.map(
                ({ main }) =>
                  main && {
                    code: main.code,
                    m: byCode(main.branches.filter(({ code }) => (code === 'inn') === isInn)),
                  },
              ),
            ),
        ],
      ])('[180, 192] %s', async (apply, name, rowsOf) => {
        const expected = grouped(rowsOf(await hotels()));
        const path = `Hotels?$apply=${apply}/groupby((${name}),aggregate($count as n))`;
        const known = new Set(expected.map(([one]) => (one as Json | null)?.['code']));
        if (known.size < expected.length) return contradicts(path);
        const select = JSON.stringify(expected).includes('"l"') ? 'code,l' : 'code';
        const expand = `&$expand=${name}($select=${select};$expand=m($select=code;$orderby=code))`;
        const found = (await asked(`${path}${expand}`)) as readonly Json[];
        const inOne = (one: unknown): unknown => one && Object.entries(one).sort();
        expect(found.map((group) => [inOne(group[name]), group['n']])).toEqual(
          expect.arrayContaining(expected.map(([value, n]) => [inOne(value), n])),
        );
        expect(found).toHaveLength(expected.length);
        const again = (await asked(`${path}/groupby((${name},n))${expand}`)) as readonly Json[];
        expect(again).toHaveLength(expected.length);
        const some = expected.filter(([value]) => value && (value as { m: readonly object[] }).m.length > 0);
        expect(await asked(`${path}/filter(${name}/m/any())/aggregate($count as n)`)).toEqual([{ n: some.length }]);
      });

      test('[180, 192] collections of values are told apart by all that they have', async () => {
        type Person = {
          readonly userName: string;
          readonly emails: readonly string[];
          readonly bestFriend: Person | null;
        };
        const people = (await ok('People?$expand=bestFriend')).value as unknown as readonly Person[];
        const apply = 'addnested(bestFriend,compute(emails as e) as b)';
        const path = `People?$apply=${apply}/groupby((b),aggregate($count as n))&$expand=b($select=userName,e)`;
        const expected = grouped(people.map(({ bestFriend: b }) => b && { userName: b.userName, e: b.emails }));
        const own = 'addnested(bestFriend,compute($it/emails as own) as b)';
        await contradicts(`People?$apply=${own}/groupby((b))`);
        const apart = `People?$apply=${own}/groupby((userName,b))&$expand=b($select=userName,own)`;
        expect(await asked(apart)).toEqual(
          expect.arrayContaining(
            people.map(({ userName, emails, bestFriend: b }) => ({
              userName,
              b: b && { userName: b.userName, own: emails },
            })),
          ),
        );
        const found = await asked(path);
        expect(found).toHaveLength(expected.length);
        expect(found).toEqual(expect.arrayContaining(expected.map(([b, n]) => ({ b, n }))));
        type Of = { readonly main: { readonly code: string; readonly rooms: readonly Room[] } | null };
        const all = (await ok('Hotels?$expand=main')).value as unknown as readonly Of[];
        const large = 'addnested(main,compute(rooms/$filter(beds gt 1) as k) as b)/groupby((b),aggregate($count as n))';
        const groups = await asked(`Hotels?$apply=${large}&$expand=b($select=code,k/name)`);
        const rows = grouped(
          all.map(
            ({ main }) =>
              main && { code: main.code, k: main.rooms.filter(({ beds }) => beds > 1).map(({ name }) => ({ name })) },
          ),
        );
        expect(groups).toHaveLength(rows.length);
        expect(groups).toEqual(expect.arrayContaining(rows.map(([b, n]) => ({ b, n }))));
      });

      test('[180, 192] an entity that is missing is one group, whatever the row has', async () => {
        const all = (await ok('Hotels?$expand=main($select=code)')).value as unknown as readonly {
          readonly main: { readonly code: string } | null;
          readonly rooms: readonly Offered[];
        }[];
        const expected = grouped(
          all.flatMap(({ main, rooms: own }) =>
            own.map(({ offers }) => main && { code: main.code, o: offers.map(({ price }) => ({ price })) }),
          ),
        );
        const apply =
          'join(rooms as r)/addnested(main,compute($it/r/offers as o) as b)/groupby((b),aggregate($count as n))';
        const found = await asked(`Hotels?$apply=${apply}&$expand=b($select=code,o/price)`);
        expect(found).toHaveLength(expected.length);
        expect(found).toEqual(expect.arrayContaining(expected.map(([b, n]) => ({ b, n }))));
      });

      test('[180, 192] such an entity is a part of another group', async () => {
        const rows = (await hotels()).flatMap(({ branches: all }) =>
          all.length === 0
            ? [null]
            : all.map(({ code, main }) => ({ code, m: main && { code: main.code, one: main.code.length } })),
        );
        const path = 'Hotels?$apply=outerjoin(branches as b,addnested(main,compute(length(code) as one) as m))';
        const told = (group: Json): unknown => {
          const b = group['b'] as { code?: string; m: Json | null } | null;
          return b && { ...('code' in b && { code: b.code }), m: b.m && { code: b.m['code'], one: b.m['one'] } };
        };
        for (const [paths, expected] of [
          ['b/m', grouped(rows.map((b) => b && { m: b.m }))],
          ['b/m,b/code', grouped(rows)],
        ] as const) {
          const found = (await asked(`${path}/groupby((${paths}),aggregate($count as n))`)) as readonly Json[];
          expect(found).toHaveLength(expected.length);
          expect(found.map((group) => [told(group), group['n']])).toEqual(expect.arrayContaining([...expected]));
          const again = `${path}/groupby((${paths}),aggregate($count as n))/groupby((${paths},n))`;
          expect(await asked(`${again}/aggregate($count as c)`)).toEqual([{ c: expected.length }]);
        }
        expect(await asked(`${path}/groupby((b/m))/filter(b/m/one eq 5)/groupby((b/m/code,b/m/one))`)).toEqual([
          { b: { m: { code: 'grand', one: 5 } } },
        ]);
        expect(await asked(`${path}/groupby((b/m,b/code))/aggregate(b/m/one with sum as s)`)).toEqual([{ s: 5 }]);
      });
    });

    test.each([
      [
        'compute([place/x,former/y] as v)',
        "a value of type City to which 'l' (Edm.String) was added is no member of a collection of City to which 'l' (Edm.Int32) was added.",
      ],
      [
        'compute(case(true:place/x,true:former/y) as v)',
        "The values of a case must have one type, but a value of type City to which 'l' (Edm.String) was added is no City to which 'l' (Edm.Int32) was added.",
      ],
      [
        'compute({"@type":"Trip.Pin.Place","city":place/x,"label":"a","point":{"latitude":1,"longitude":1}} as v)',
        "'city' is of type City, and a value of type City to which 'l' (Edm.Int32) was added is none.",
      ],
    ])('400: %s', async (apply, message) => {
      const answer = await get(`Venues?$apply=${added}/addnested(former/city,compute(name as l) as y)/${apply}`);
      expect([answer.status, answer.error.message]).toEqual([400, expect.stringContaining(message)]);
      expect(answer.error.target).toBe('$apply');
    });
  });

  describe('[192, 201] within addnested, a name that only rows of some structures have is null in the others', () => {
    type Contact = { readonly code: string; readonly revision: number; readonly friends: readonly Contact[] };
    type Venue = Readonly<Record<'place' | 'former', { readonly label: string; readonly point?: Json } | null>>;
    const contacts = async (): Promise<readonly Contact[]> =>
      (await ok('Contacts?$expand=friends')).value as unknown as readonly Contact[];
    const added = (...names: readonly string[]): readonly string[] =>
      names.map((name) => `addnested(friends,compute(revision as ${name}) as f)`);
    const two = `concat(${added('a', 'b').join()})`;
    const three = `concat(${two},${added('c').join()})`;
    /** What is done to the friends of a row, and what is left of them, which have a value by one of the names. */
    const given: readonly (readonly [string, sequence: string, left: (friends: readonly Json[]) => readonly Json[]])[] =
      [
        [two, 'compute(a as x,b as y)', (all) => all.map(({ a = null, b = null }) => ({ x: a, y: b }))],
        [three, 'compute(a as x,c as y)', (all) => all.map(({ a = null, c = null }) => ({ x: a, y: c }))],
        [two, 'compute(isdefined(a) as x)', (all) => all.map(({ a }) => ({ x: a !== undefined }))],
        [
          two,
          'filter(a eq null)/compute(b as x)',
          (all) => all.flatMap(({ a, b }) => (a === undefined ? [{ x: b }] : [])),
        ],
        [two, 'groupby((a))', (all) => [...new Set(all.map(({ a = null }) => a))].map((a) => ({ a }))],
        [
          two,
          'aggregate(a with sum as s)',
          (all) => {
            const numbers = all.flatMap(({ a }) => (typeof a === 'number' ? [a] : []));
            return [{ s: numbers.length > 0 ? numbers.reduce((sum, one) => sum + one, 0) : null }];
          },
        ],
      ];
    test.each(given)('%s/addnested(f,%s)', async (apply, sequence, left) => {
      const rows = await contacts();
      const names = apply === two ? ['a', 'b'] : ['a', 'b', 'c'];
      const asked = await ok(`Contacts?$apply=${apply}/addnested(f,${sequence} as g)&$expand=g&$select=code,g`);
      const [first = {}] = left([{}]);
      const told = asked.value.map(({ code, g }) => {
        const all = (g as readonly Json[]).map((one) => Object.keys(first).map((name) => one[name]));
        return [code, all.map((one) => JSON.stringify(one)).sort()];
      });
      expect(told).toEqual(
        names.flatMap((name) =>
          rows.map(({ code, friends }) => {
            const all = left(friends.map(({ revision }) => ({ [name]: revision })));
            return [code, all.map((one) => JSON.stringify(Object.values(one))).sort()];
          }),
        ),
      );
    });

    test('in groups it is absent', async () => {
      const { value } = await ok(`Contacts?$apply=${two}/addnested(f,groupby((a)) as g)&$select=code&$expand=g`);
      const namesOf = (one: Json): readonly string[] => Object.keys(one).filter((name) => !name.includes('@'));
      const rows = await contacts();
      expect(value.map(({ g }) => (g as readonly Json[]).map(namesOf))).toEqual([
        ...rows.map(({ friends }) => [...new Set(friends.map(({ revision }) => revision))].map(() => ['a'])),
        ...rows.map(({ friends }) => (friends.length > 0 ? [[]] : [])),
      ]);
    });

    test('so it is of complex values, of single entities and of what rows were grouped by', async () => {
      const venues = (await ok('Venues')).value as unknown as readonly Venue[];
      const both = 'concat(compute(place as f),compute(former as f))';
      const asked = await ok(`Venues?$apply=${both}/addnested(f,compute(label as l,point/latitude as x) as g)`);
      const latitudes = [...venues.map(({ place }) => place), ...venues.map(({ former }) => former)].map(
        (of) => of && { l: of.label, x: of.point?.['latitude'] ?? null },
      );
      const [, ...others] = latitudes;
      expect(others).toContainEqual({ l: 'Old club', x: null });
      expect(asked.value.map(({ g }) => g && { l: (g as Json)['l'], x: (g as Json)['x'] })).toEqual(latitudes);
      const direct = await ok(`Venues?$apply=${both}/compute(f/point/latitude as x)`);
      expect(direct.value.map(({ x }) => x)).toEqual(latitudes.map((of) => of?.x ?? null));
      const groups = await ok(
        'Contacts?$apply=concat(groupby((friend/code)),groupby((friend/revision)))/addnested(friend,compute(code as x) as g)',
      );
      expect(groups.value.map(({ friend, g }) => [friend, g])).toEqual(
        groups.value.map(({ friend }) => [friend, friend && { ...friend, x: (friend as Json)['code'] ?? null }]),
      );
      const one = await ok(
        'Contacts?$apply=concat(addnested(friend,compute(1 as a) as f),addnested(friend,compute(2 as b) as f))/addnested(f,compute(a as x) as g)&$expand=g($select=x)&$select=friend&$filter=g ne null',
      );
      const half = one.value.length / 2;
      expect(one.value.map(({ g }) => (g as Json)['x'])).toEqual([
        ...Array<number>(half).fill(1),
        ...Array<null>(half).fill(null),
      ]);
    });

    test.each([
      `${two}/addnested(f,compute(c as x) as g)`,
      'concat(addnested(friend,compute(1 as a) as f),identity)/addnested(friend,compute(a as x) as g)',
      'concat(groupby((friend/code)),identity)/addnested(friend,compute(airline/nme as x) as g)',
    ])('400: what none has, %s', async (apply) => {
      const answer = await get(`Contacts?$apply=${apply}`);
      expect([answer.status, answer.error.target]).toEqual([400, '$apply']);
    });
  });

  test('[192, 313] the value that has it keeps its name and its type; the context tells the path', async () => {
    const x = (l: number): unknown => ({
      '@odata.type': '#Trip.Pin.City',
      ...{ name: 'Ulm', region: 'BW', 'l@odata.type': '#Int32', l },
    });
    const whole = await ok(`Venues?$apply=${added}&$top=1`);
    expect([contextOf(whole), whole.value[0]?.['place']]).toEqual([
      'Venues(*,place/x)',
      {
        ...{ label: 'Hall', city: { name: 'Ulm', region: 'BW' }, point: { latitude: 48.4, longitude: 9.99 } },
        x: x(3),
      },
    ]);
    const parts = await ok(`Venues?$apply=${added}&$top=1&$select=code,place/x`);
    expect([contextOf(parts), parts.value[0]]).toEqual(['Venues(code,place/x)', { code: 'A', place: { x: x(3) } }]);
    const items = await ok(`Hotels?$apply=addnested(rooms/offers,top(1) as first)&$filter=code eq 'inn'`);
    expect([contextOf(items), items.value[0]?.['rooms']]).toEqual([
      'Hotels(*,rooms/first)',
      [expect.objectContaining({ 'first@odata.context': '#Collection(Trip.Pin.Offer)', first: [] })],
    ]);
    expect(items.value[0]).not.toHaveProperty('rooms@odata.type');
    const grouped = await ok(`Venues?$apply=${added}/groupby((place/label))&$top=1`);
    expect([contextOf(grouped), grouped.value[0]?.['place']]).toEqual(['Venues(place/label)', { label: 'Barn' }]);
  });

  test('[192] items that are null within complex values of a list', async () => {
    const city = (column: string): string =>
      `CASE WHEN num_nonnulls("${column}_Name", "${column}_Region") > 0 THEN jsonb_build_object('name', "${column}_Name", 'region', "${column}_Region") END`;
    const people = await listed(
      `SELECT jsonb_build_object('home', ${city('home')}, 'work', ${city('work')}) FROM people ORDER BY "userName" COLLATE "C"`,
    );
    const parts = people.map((one) => {
      const { home, work } = one as Readonly<Record<string, Json | null>>;
      return { home: home ?? null, d: [work ?? null, null, home ?? null] };
    });
    const listedIn = 'addnested(home,compute([$it/work,null,$it/home] as d) as f)/compute([f] as x)';
    const whole = await ok(`People?$apply=${listedIn}&$select=x`);
    expect(whole.value.map(({ x }) => plainly(x))).toEqual(parts.map(({ home, d }) => [home && { ...home, d }]));
    const joined = await ok(
      `People?$apply=${listedIn}/addnested(x,join(d as e)/compute(e eq null as n) as k)&$select=k`,
    );
    const rowsOf = ({ home, d }: (typeof parts)[number]): readonly unknown[] =>
      home ? d.map((e) => ({ ...home, d, n: e === null, e })) : [];
    expect(joined.value.map(({ k }) => plainly(k))).toEqual(parts.map(rowsOf));
    const counted = await ok(`People?$apply=${listedIn}/aggregate(x/d/$count as n)`);
    expect(counted.value[0]?.['n']).toBe(
      parts.flatMap(({ home, d }) => (home ? d.filter((e) => e !== null) : [])).length,
    );
  });

  test('[192] a complex value with what is computed of it; null where it is', async () => {
    const parts = await ok(`People?$apply=addnested(home,compute(toupper(region) as up) as h)&$select=userName,h/up`);
    expect([contextOf(parts), parts.value.map(({ h }) => h)]).toEqual([
      'People(userName,h/up)',
      await listed(
        `SELECT CASE WHEN num_nonnulls("home_Name", "home_Region") > 0 THEN jsonb_build_object('@odata.type', '#Trip.Pin.City', 'up', upper("home_Region")) END FROM people ORDER BY "userName" COLLATE "C"`,
      ),
    ]);
    const answer = await ok(
      `People?$apply=addnested(home,compute(toupper(region) as up,length(name) as l) as h)&$select=userName,h`,
    );
    expect(contextOf(answer)).toBe('People(userName,h)');
    expect(answer.value.map(({ h }) => plainly(h))).toEqual(
      await listed(
        `SELECT CASE WHEN num_nonnulls("home_Name", "home_Region") > 0 THEN jsonb_build_object('name', "home_Name", 'region', "home_Region", 'up', upper("home_Region"), 'l', length("home_Name")) END FROM people ORDER BY "userName" COLLATE "C"`,
      ),
    );
  });
});

describe('[192, 193] what rows were given after addnested they keep where paths and joins lead along its copies', () => {
  /** Students of courses in plain SQL: one row for each enrolment. */
  const enrolled = 'enrolments e JOIN students s ON s.number = e.student';
  const before = 'compute(1 as x)/addnested(students,identity as n)/compute(2 as y)';
  const counted = `SELECT revision, count(*)::int AS rows FROM ${enrolled} GROUP BY 1 ORDER BY 1`;

  test.each([
    [`${before}/join(n as j)`, 1],
    [`${before}/join(n as j,compute($it/y sub 1 as z)/filter($it/y eq 2 and z eq $it/x))`, 1],
    [`${before}/addnested(n,compute($it/y as z) as m)/compute(3 as w)/join(m as j)/filter(w eq 3 and j/z eq y)`, 1],
    [`${before}/join(n as j)/filter(n/any(s:s/age gt y) and n/all(s:s/age gt x add y))`, 1],
    ['concat(identity,identity)/addnested(students,identity as n)/compute(1 as x,2 as y)/join(n as j)', 2],
    [
      'concat(identity,identity)/addnested(students,identity as n)/concat(top(0),join(n as j))/compute(1 as x,2 as y)',
      2,
    ],
  ])('%s', async ($apply, times) => {
    const items = '$count as rows,n/$count as entities,x with sum as xs,y with max as ym';
    const { value } = await ok(
      `Courses?$apply=${$apply}/groupby((j/revision),aggregate(${items}))&$orderby=j/revision`,
    );
    const found = value.map(({ j, rows, entities, xs, ym }) => ({ j, rows, entities, xs, ym }));
    const wanted = (await running().sql(counted)).map(({ revision, rows }) => ({
      j: { '@odata.id': null, revision },
      rows: Number(rows) * times,
      xs: Number(rows) * times,
      ym: 2,
    }));
    expect(found.map(({ entities: _, ...rest }) => rest)).toEqual(wanted);
    // All students of the courses that have one of the group.
    const behind = await listed(
      `SELECT count(DISTINCT o.student)::int FROM ${enrolled} JOIN enrolments o ON o.course = e.course GROUP BY revision ORDER BY revision`,
    );
    expect(found.map(({ entities }) => entities)).toEqual(behind);
  });

  test('within a lambda behind a join, in one structure or several, names alone are those of the row', async () => {
    const sql = `SELECT s.name FROM mentors a JOIN students s ON s.number = a.mentee WHERE EXISTS (SELECT FROM mentors b
      JOIN students m ON m.number = b.mentor WHERE b.mentee = a.mentor AND m.age > s.age) ORDER BY s.number`;
    const wanted = await listed(sql);
    const asked = (join: string): string =>
      `Students?$apply=${join}/filter(j/mentors/any(m:m/age gt age))&$select=name&$orderby=number`;
    expect(namesOf(await ok(asked('join(mentors as j)')))).toEqual(wanted);
    expect(namesOf(await ok(asked('join(mentors as j,concat(identity,identity))')))).toEqual(
      wanted.flatMap((name) => [name, name]),
    );
  });

  // How often each student comes, those whose mentors are older than the second lowest age, and the requests that ask for them.
  test.each([
    [1, 'join(mentors as j)/compute(23 as y)/filter(j/mentors/any(m:m/age gt y))'],
    [
      2,
      'compute(1 as x)/join(mentors as j,concat(identity,identity))/compute(23 as y)/filter(j/mentors/any(m:m/age gt y))',
    ],
    [
      2,
      'join(mentors as j,concat(identity,compute(23 as z)))/compute(23 as y)/filter(j/mentors/any(m:m/age gt y and m/age gt 23))',
    ],
    [
      2,
      'join(mentors as j,concat(identity,identity))/compute(23 as y)/filter(j/mentors/$count($filter=age gt $it/y) gt 0)',
    ],
    [2, 'concat(identity,compute(1 as z))/join(mentors as j)/compute(23 as y)/filter(j/mentors/any(m:m/age gt y))'],
  ])('names given after structures were made are those of each: %d times %s', async (times, $apply) => {
    const sql = `SELECT s.name FROM mentors a JOIN students s ON s.number = a.mentee WHERE EXISTS (SELECT FROM mentors b
      JOIN students m ON m.number = b.mentor WHERE b.mentee = a.mentor AND m.age > 23) ORDER BY s.number`;
    const wanted = (await listed(sql)).flatMap((name) => Array.from({ length: times }, () => name));
    expect(wanted.length).toBeGreaterThan(0);
    expect(namesOf(await ok(`Students?$apply=${$apply}&$select=name&$orderby=number`))).toEqual(wanted);
  });

  test.each([
    ['$compute=23 as y', 'mentors'],
    ['$apply=compute(23 as y)', 'mentors'],
    ['$apply=addnested(mentors,identity as n)/compute(23 as y)', 'n'],
    ['$apply=addnested(mentors,identity as n)&$compute=23 as y', 'n'],
    ['$apply=concat(addnested(mentors,identity as n),filter(false))/compute(23 as y)', 'n'],
    ['$apply=concat(addnested(mentors,identity as n),filter(false))&$compute=23 as y', 'n'],
    ['$apply=join(mentors as j)/addnested(mentors,identity as n)/compute(23 as y)/groupby((number,name),top(1))', 'n'],
  ])('$it has what the request gave it, within $expand too: %s', async (made, name) => {
    const sql = `SELECT s.name, (SELECT count(*)::int FROM mentors b JOIN students m ON m.number = b.mentor
      WHERE b.mentee = s.number AND m.age > 23) AS found FROM students s
      ${made.includes('join') ? 'WHERE EXISTS (SELECT FROM mentors a WHERE a.mentee = s.number)' : ''} ORDER BY s.number`;
    const { value } = await ok(`Students?${made}&$orderby=number&$select=name&$expand=${name}($filter=age gt $it/y)`);
    expect(value.map((one) => [one['name'], (one[name] as readonly Json[]).length])).toEqual(
      (await running().sql(sql)).map((row) => [row['name'], row['found']]),
    );
  });

  test.each([
    [2, 'concat(addnested(mentors,identity as n),identity)/compute(23 as y)/filter(n/any(m:m/age gt y))', 1],
    [
      2,
      'concat(addnested(mentors,identity as n),addnested(mentors,identity as n))/compute(23 as y)/join(n as m)/filter(m/age gt y)',
      2,
    ],
  ])('what rows of several structures were given is in sight of what one has: %#', async (_, $apply, times) => {
    const sql = `SELECT s.name FROM students s JOIN mentors b ON b.mentee = s.number JOIN students m ON m.number = b.mentor
      WHERE m.age > 23 ${times === 1 ? 'GROUP BY s.number, s.name' : ''} ORDER BY s.number`;
    const wanted = (await listed(sql)).flatMap((name) => Array.from({ length: times }, () => name));
    expect(wanted.length).toBeGreaterThan(0);
    expect(namesOf(await ok(`Students?$apply=${$apply}&$select=name&$orderby=number`))).toEqual(wanted);
  });

  const apart = (name: string, first: string, second: string): string =>
    `concat(addnested(${name},${first} as n),addnested(${name},${second} as n))`;
  // What only one structure's `n` has is null in that of the other.
  test.each([
    ['Students', apart('mentors', 'compute(1 as w)', 'compute(2 as z)'), 'filter(n/any(m:m/w lt 2))', [1, 0]],
    ['Students', apart('mentors', 'compute(1 as w)', 'compute(2 as z)'), 'filter(n/any(m:m/w eq null))', [0, 1]],
    [
      'Students',
      apart('mentors', 'compute(1 as w)', 'compute(2 as z)'),
      'filter(n/all(m:m/w eq 1) and n/any())',
      [1, 0],
    ],
    [
      'Students',
      apart('mentors', 'compute(1 as w)', 'compute(2 as z)'),
      'filter(n/$filter(z eq 2)/$count gt 0)',
      [0, 1],
    ],
    [
      'Students',
      apart('mentors', 'compute(1 as w)', 'compute(2 as z)'),
      'filter(n/$count($filter=z eq null) gt 0)',
      [1, 0],
    ],
    [
      'Students',
      `${apart('mentors', 'compute(1 as w)', 'compute(2 as z)')}/compute(3 as y)`,
      'filter(n/any(m:m/w lt $it/y))',
      [1, 0],
    ],
  ])('%s?$apply=%s/%s: once for each of %j', async (set, $apply, filter, times) => {
    const sql = `SELECT s.number FROM students s WHERE EXISTS (SELECT FROM mentors b WHERE b.mentee = s.number) ORDER BY s.number`;
    const having = await listed(sql);
    expect(having.length).toBeGreaterThan(0);
    const { value } = await ok(`${set}?$apply=${$apply}/${filter}&$select=number&$orderby=number`);
    expect(value.map(({ number }) => number)).toEqual(
      having.flatMap((number) => times.flatMap((count) => (count === 1 ? [number] : []))),
    );
    const wrong = await get(`${set}?$apply=${$apply}/${filter.replaceAll(/\b[wz] /g, 'nowhere ')}`);
    expect([wrong.status, wrong.error.code]).toEqual([400, 'UnknownProperty']);
  });

  test.each([
    ['$expand=n($filter=w eq 1)', (_: number, found: number) => found],
    ['$expand=n($filter=z eq null)', (_: number, found: number) => found],
    ['$expand=n($orderby=w;$filter=w ne 1)', (total: number, found: number) => total - found],
    ['$expand=n($compute=w add 1 as q;$filter=q eq 2)', (_: number, found: number) => found],
  ])('what is null in one of them, within %s', async (expand, wanted) => {
    const $apply = apart('mentors', 'compute(1 as w)', 'compute(2 as z)');
    const counted = await listed('SELECT count(*)::int FROM mentors');
    const found = Number(counted[0]);
    expect(found).toBeGreaterThan(0);
    const { value } = await ok(`Students?$apply=${$apply}&${expand}`);
    expect(value.flatMap(({ n }) => n as readonly Json[]).length).toBe(wanted(2 * found, found));
  });

  test('a join along the name knows what each of them has', async () => {
    const $apply = apart('mentors', 'compute(1 as w)', 'compute(2 as z)');
    const counted = await listed('SELECT count(*)::int FROM mentors');
    const { value } = await ok(
      `Students?$apply=${$apply}/join(n as j,filter(w eq 1))&$select=number&$expand=j($select=number,w)`,
    );
    expect(value.map(({ j }) => (j as Json)['w'])).toEqual(Array.from({ length: Number(counted[0]) }, () => 1));
  });

  test.each([
    ['Contacts', 'concat(groupby((friend/code)),groupby((friend/name)))', '$select=friend/name', 'friend', 'name'],
    [
      'Contacts',
      'concat(groupby((friend/code)),groupby((friend/name)))',
      '$select=friend($select=name)',
      'friend',
      'name',
    ],
    ['Contacts', 'groupby((rollup(name,friend/code)))', '$select=friend/code', 'friend', 'code'],
    [
      'Contacts',
      'concat(addnested(friend,compute(1 as z) as n),addnested(friend,compute(1 as w) as n))',
      '$expand=n($select=w)',
      'n',
      'w',
    ],
    [
      'Contacts',
      'concat(addnested(friends,compute(1 as z) as n),addnested(friends,compute(1 as w) as n))',
      '$expand=n($select=w)',
      'n',
      'w',
    ],
    [
      'Contacts',
      'concat(join(friends as n,compute(1 as z)),join(friends as n,compute(1 as w)))',
      '$expand=n($select=w)',
      'n',
      'w',
    ],
    [
      'Hotels',
      'concat(addnested(rooms,compute(1 as z) as n),addnested(rooms,compute(1 as w) as n))',
      '$select=n($select=w)',
      'n',
      'w',
    ],
  ])('%s?$apply=%s&%s: each structure has of it what it has', async (set, $apply, options, name, part) => {
    const { value } = await ok(`${set}?$apply=${$apply}&${options}`);
    const whole = (await ok(`${set}?$apply=${$apply}&${options.split(/[(/]/)[0]}`)).value;
    const shown = (row: Json): readonly unknown[] =>
      [row[name] ?? []].flat().flatMap((one) => (one as Json)[part] ?? []);
    expect(value.map(shown)).toEqual(whole.map(shown));
    expect(value.flatMap(shown).length).toBeGreaterThan(0);
    const wrong = await get(`${set}?$apply=${$apply}&${options.replaceAll(part, 'nowhere')}`);
    expect([wrong.status, wrong.error.code]).toEqual([400, 'UnknownProperty']);
  });

  test('they go out with it', async () => {
    const { value } = await ok(`Courses?$apply=${before}/join(n as j)&$select=code,x,y&$expand=n($select=name)`);
    const found = value.map(({ code, x, y, n }) => [code, x, y, (n as readonly Json[]).length]);
    const sql = `SELECT course, count(*) OVER (PARTITION BY course)::int AS n FROM enrolments ORDER BY course`;
    expect(found).toEqual((await running().sql(sql)).map(({ course, n }) => [course, 1, 2, n]));
  });
});

describe('aggregated items', () => {
  const room = (name: string, type: string): string => `(r->>'${name}')::${type}`;
  const offers = `jsonb_array_elements(nullif(r->'offers', 'null')) AS y(o)`;

  test.each([
    ['aggregate(rooms/beds with sum as v)', `SELECT sum(${room('beds', 'int')}) FROM ${rooms}`],
    ['aggregate(rooms/rate with max as v)', `SELECT max(${room('rate', 'numeric')}) FROM ${rooms}`],
    ['aggregate(rooms with countdistinct as v)', `SELECT count(DISTINCT jsonb_strip_nulls(r)) FROM ${rooms}`],
    [
      'aggregate(rooms/offers with countdistinct as v)',
      `SELECT count(DISTINCT jsonb_strip_nulls(o)) FROM ${rooms}, ${offers}`,
    ],
    [
      'aggregate(rooms/seen with countdistinct as v,rooms/$count as w)',
      `SELECT count(DISTINCT jsonb_strip_nulls(r->'seen')) FROM ${rooms}`,
    ],
    [
      'compute(1 as one)/aggregate(branches/rooms/offers with countdistinct as v,branches/rooms/seen with countdistinct as w)',
      `SELECT count(DISTINCT jsonb_strip_nulls(o)) FROM ${rooms}, ${offers} WHERE main IS NOT NULL`,
    ],
    ['aggregate(rooms/$count as v)', `SELECT count(*) FROM ${rooms}`],
    ['aggregate(rooms/name with countdistinct as v)', `SELECT count(DISTINCT r->>'name') FROM ${rooms}`],
    ['aggregate(rooms/seen/name with min as v)', `SELECT min(r->'seen'->>'name') FROM ${rooms}`],
    ['aggregate(rooms/offers/price with sum as v)', `SELECT sum((o->>'price')::numeric) FROM ${rooms}, ${offers}`],
    // A hotel that two others lead to is there once.
    [
      'aggregate(main/rooms/beds with sum as v)',
      `SELECT sum(${room('beds', 'int')}) FROM ${rooms} WHERE code = 'grand'`,
    ],
    ['aggregate(main/rooms/offers/$count as v)', `SELECT count(*) FROM ${rooms}, ${offers} WHERE code = 'grand'`],
    [
      'aggregate(branches/rooms/beds with sum as v)',
      `SELECT sum(${room('beds', 'int')}) FROM ${rooms} WHERE main IS NOT NULL`,
    ],
    [
      'filter(rooms/any(r:r/beds gt 2))/aggregate(rooms/beds with average as v)',
      `SELECT avg(${room('beds', 'int')}) FROM ${rooms} WHERE code = 'grand'`,
    ],
  ])('%s', async (apply, sql) => {
    const [wanted] = await listed(sql);
    const { value } = await ok(`Hotels?$apply=${apply}`);
    const found = value[0]?.['v'];
    expect(value).toHaveLength(1);
    expect(typeof found === 'number' ? found : String(found)).toEqual(
      typeof found === 'number' ? Number(wanted) : String(wanted),
    );
  });

  const home = `jsonb_strip_nulls(jsonb_build_object('n', p."home_Name", 'r', p."home_Region"))`;
  const former = `jsonb_strip_nulls(jsonb_build_object('l', "former_Label", 'n', "former_city_Name", 'r', "former_city_Region"))`;
  const place = (v: string): string =>
    `jsonb_build_array(${v}."place_Label", ${v}."place_city_Name", ${v}."place_city_Region")`;

  test.each([
    [
      'People',
      'aggregate(home with countdistinct as v)',
      `SELECT count(DISTINCT nullif(${home}, '{}')) v FROM people p`,
    ],
    [
      'People',
      'aggregate(home with countdistinct as v,trips/$count as n)',
      `SELECT count(DISTINCT nullif(${home}, '{}')) v, (SELECT count(*) FROM trips) n FROM people p`,
    ],
    [
      'People',
      'aggregate(bestFriend/home with countdistinct as v)',
      `SELECT count(DISTINCT nullif(${home}, '{}')) v FROM people q JOIN people p ON p."userName" = q.best_friend`,
    ],
    [
      'People',
      'groupby((gender),aggregate(home with countdistinct as v))/filter(v gt 0)/aggregate(v with sum as v)',
      `SELECT sum(v) v FROM (SELECT count(DISTINCT nullif(${home}, '{}')) v FROM people p GROUP BY gender) x`,
    ],
    [
      'People',
      'groupby((home))/aggregate(home with countdistinct as v,$count as n)',
      `SELECT count(DISTINCT nullif(${home}, '{}')) v, count(DISTINCT ${home}) n FROM people p`,
    ],
    [
      'Venues',
      'aggregate(former with countdistinct as v,former/city with countdistinct as n)',
      `SELECT count(DISTINCT nullif(${former}, '{}')) v, count(DISTINCT nullif(${former} - 'l', '{}')) n FROM venues`,
    ],
    [
      'Venues',
      'aggregate(annexOf/place with countdistinct as v,annexOf/place/point with countdistinct as n)',
      `SELECT count(DISTINCT ${place('m')}) v, count(DISTINCT m."place_point_Latitude") n FROM venues v JOIN venues m ON m.code = v.annex_of`,
    ],
    [
      'Venues',
      'groupby((annexOf/place/city,code))/aggregate(annexOf/$count as v,annexOf/place with countdistinct as n)',
      `SELECT count(DISTINCT annex_of) v, count(DISTINCT annex_of) n FROM venues`,
    ],
  ])('complex values are told apart by all their parts, and null is none: %s?$apply=%s', async (set, apply, sql) => {
    const { value } = await ok(`${set}?$apply=${apply}`);
    const [wanted = {}] = await running().sql(sql);
    expect(value).toHaveLength(1);
    for (const [name, number] of Object.entries(wanted))
      expect([name, value[0]?.[name]]).toEqual([name, Number(number)]);
  });

  const friends = `people p WHERE EXISTS (SELECT FROM people q WHERE q.best_friend = p."userName")`;
  const enrolled = `(SELECT DISTINCT age FROM students JOIN enrolments ON number = student) s`;
  const dynamic = (name: string, kind: string): string =>
    `CASE WHEN jsonb_typeof(extra->'${name}') = '${kind}' THEN extra->>'${name}' END`;
  const hosts = `guests g JOIN guests h ON h.code = g.host`;

  test.each([
    [
      'People?$apply=aggregate(emails with countdistinct as v,emails/$count as n)',
      `SELECT count(DISTINCT e) v, count(*) n FROM people, unnest(emails) e`,
    ],
    [
      'People?$apply=aggregate(bestFriend/emails/$count as v,bestFriend/emails with countdistinct as n)',
      `SELECT count(*) v, count(DISTINCT e) n FROM (SELECT unnest(emails) e FROM ${friends}) x`,
    ],
    [
      'People?$apply=aggregate(trips/ratings with sum as v,trips/ratings with min as n)',
      'SELECT sum(r) v, min(r) n FROM trips, unnest(ratings) r',
    ],
    [
      'People?$apply=aggregate(trips/owner/emails/$count as v,$count as n)',
      `SELECT (SELECT sum(cardinality(emails)) FROM people WHERE "userName" IN (SELECT owner FROM trips)) v, count(*) n FROM people`,
    ],
    [
      'People?$apply=groupby((gender),aggregate(emails/$count as c))/aggregate(c with max as v,c with min as n)',
      'SELECT max(c) v, min(c) n FROM (SELECT sum(cardinality(emails)) c FROM people GROUP BY gender) x',
    ],
    [
      'People?$apply=compute(emails as e,[1,2,2] as f)/aggregate(e with countdistinct as v,f with sum as n)',
      'SELECT (SELECT count(DISTINCT e) FROM people, unnest(emails) e) v, 5 * count(*) n FROM people',
    ],
    [
      'People?$apply=filter(trips/aggregate(ratings with sum) gt 5)/aggregate($count as v)',
      `SELECT count(*) v FROM people WHERE (SELECT sum(r) FROM trips, unnest(ratings) r WHERE owner = "userName") > 5`,
    ],
    [
      'Hotels?$apply=aggregate(rooms/tags/$count as v,rooms/tags with countdistinct as n)',
      `SELECT count(*) v, count(DISTINCT t) n FROM ${rooms}, jsonb_array_elements_text(nullif(r->'tags', 'null')) t`,
    ],
    [
      'Courses?$apply=aggregate(halls with countdistinct as v,halls/$count as n)',
      'SELECT count(DISTINCT (house, floor)) v, count(DISTINCT (house, floor)) n FROM course_halls',
    ],
    // What has no key is told apart by all that it has.
    [
      'Courses?$apply=join(students as s,groupby((age)))/aggregate(s with countdistinct as v,s/age with sum as n)',
      `SELECT count(*) v, sum(age) n FROM ${enrolled}`,
    ],
    [
      'Courses?$apply=join(students as s,groupby((age)))/aggregate(s/$count as v,$count as n)',
      `SELECT (SELECT count(*) FROM ${enrolled}) v, count(DISTINCT (course, student)) n FROM enrolments`,
    ],
    [
      'Courses?$apply=join(students as s,groupby((age))/compute(age add 1 as b))/groupby((s),aggregate($count as c))/aggregate(c with sum as v,s/b with max as n)',
      'SELECT count(*) v, max(age) + 1 n FROM students JOIN enrolments ON number = student',
    ],
    [
      'People?$apply=groupby((bestFriend/age,gender))/aggregate(bestFriend with countdistinct as v,bestFriend/age with sum as n)',
      `SELECT count(DISTINCT age) v, sum(DISTINCT age) n FROM ${friends}`,
    ],
    // So is what is left of it in groups.
    [
      'Students?$apply=join(courses as j,groupby((code)))/concat(identity,groupby((j/code)))/aggregate(j/$count as v,j/code with countdistinct as n)',
      'SELECT count(DISTINCT course) v, count(DISTINCT course) n FROM enrolments',
    ],
    // Groups by entities in some rows, and by what has no key in others.
    [
      'Courses?$apply=join(students as j,concat(groupby((revision),aggregate($count as c)),identity))/groupby((j))/aggregate(j/c with sum as v,j/$count as n)',
      `SELECT sum(c) v, count(*) + (SELECT count(DISTINCT student) FROM enrolments) n FROM (SELECT DISTINCT revision, c FROM
         (SELECT course, revision, count(*) c FROM students JOIN enrolments ON number = student GROUP BY 1, 2) x) y`,
    ],
    // Dynamic values by their JSON; those that are collections by their items.
    [
      'Guests?$apply=aggregate(height with countdistinct as v,tags with countdistinct as n)',
      `SELECT count(DISTINCT nullif(extra->'height', 'null')) v,
         (SELECT count(DISTINCT t) FROM guests, jsonb_array_elements(extra->'tags') t WHERE t <> 'null') n FROM guests`,
    ],
    [
      'Guests?$apply=aggregate(scores/$count as v,host/nick with countdistinct as n)',
      `SELECT sum(jsonb_array_length(extra->'scores')) v, (SELECT count(DISTINCT h.extra->'nick') FROM ${hosts}) n FROM guests`,
    ],
    [
      'Guests?$apply=aggregate(cast(height,Edm.Decimal) with sum as v,cast(host/height,Edm.Decimal) with max as n)',
      `SELECT sum((${dynamic('height', 'number')})::numeric) v, (SELECT max((h.extra->>'height')::numeric) FROM ${hosts}) n FROM guests`,
    ],
    [
      'Guests?$apply=groupby((vip),aggregate(height with countdistinct as c,cast(points,Edm.Int64) with min as p))/aggregate(c with sum as v,p with max as n)',
      `SELECT sum(c) v, max(p) n FROM (SELECT count(DISTINCT extra->'height') c, min((extra->>'points')::int8) p FROM guests GROUP BY extra->'vip') x`,
    ],
    [
      'Guests?$apply=groupby((host/host,age))/aggregate(host/host/age with sum as v,host/$count as n)',
      `SELECT (SELECT sum(age) FROM guests WHERE code IN (SELECT h.host FROM ${hosts})) v, (SELECT count(DISTINCT coalesce(h.host, '')) FROM ${hosts}) n`,
    ],
    [
      'Guests?$apply=groupby((host/vip,age))/aggregate(host/vip with countdistinct as v,host with countdistinct as n)',
      `SELECT count(DISTINCT h.extra->'vip') v, count(DISTINCT h.extra->'vip') n FROM ${hosts}`,
    ],
  ])('%s', async (path, sql) => {
    const { value } = await ok(path);
    const [wanted = {}] = await running().sql(sql);
    expect(value).toHaveLength(1);
    for (const [name, number] of Object.entries(wanted))
      expect([name, value[0]?.[name]]).toEqual([name, number === null ? null : Number(number)]);
  });

  test('in groups, those without items too', async () => {
    const { value } = await ok(
      'Hotels?$apply=groupby((code),aggregate(rooms/beds with sum as beds,rooms/offers/price with max as price,$count as n))&$orderby=code',
    );
    expect(value.map(({ code, beds, price, n }) => [code, beds, price, n])).toEqual([
      ['grand', 9, 99.9, 1],
      ['inn', 1, null, 1],
      ['void', null, null, 1],
    ]);
  });

  test('are no entities: they are not counted as such, nor grouped by', async () => {
    expect((await get('Hotels?$apply=aggregate(rooms with max as n)')).status).toBe(400);
    expect((await get('Hotels?$apply=groupby((rooms/name))')).status).toBe(400);
    expect((await get('People?$apply=groupby((emails))')).status).toBe(400);
    const grouped = 'join(students as j,concat(groupby((revision)),identity))/groupby((j))';
    expect((await get(`Courses?$apply=${grouped}/aggregate(j/none with sum as n)`)).status).toBe(400);
  });
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

  test('[240] one item by its place: PUT replaces it, PATCH changes members of it, DELETE takes it out', async () => {
    const before = await stored();
    await done('PATCH', `Hotels('new')/rooms/0`, '{"beds":7,"seen":{},"tags":["y","z"],"stay":null,"kind":"Double"}');
    const { stay: _, ...first } = before[0] ?? {};
    expect(await stored()).toEqual([{ ...first, beds: 7, tags: ['y', 'z'], kind: 1 }, before[1]]);
    const [text] = await listed(`SELECT (rooms->0)::text FROM hotels WHERE code = 'new'`);
    expect(text).toContain('"serial": 9223372036854775807');
    // What was null becomes whole, with its defaults.
    const patched = await done('PATCH', `Hotels('new')/rooms/-1`, '{"seen":{"name":"Ulm"}}', {
      Prefer: 'return=representation',
    });
    expect([patched.status, patched.json]).toMatchObject([200, { name: 'B', beds: 1, seen: { name: 'Ulm' } }]);
    expect(contextOf(patched)).toBe(`Hotels('new')/rooms/-1`);
    await done('PUT', `Hotels('new')/rooms/-1`, '{"name":"C","rate":2}');
    expect((await stored())[1]).toEqual({ name: 'C', rate: 2, beds: 1, features: 5, tags: [], offers: [] });
    await done('DELETE', `Hotels('new')/rooms/-2`);
    expect(await names()).toEqual(['C']);
    await done('DELETE', `Hotels('new')/rooms/0`);
    expect(await stored()).toEqual([]);
  });

  type Change = (room: Json) => Json;
  test.each<[method: string, path: string, body: string | undefined, at: number, change: Change]>([
    ['PUT', 'rooms/0/name', '{"value":"New"}', 0, (room) => ({ ...room, name: 'New' })],
    ['PATCH', 'rooms/-1/beds', '{"value":4}', 1, (room) => ({ ...room, beds: 4 })],
    ['PUT', 'rooms/0/name/$value', 'Raw', 0, (room) => ({ ...room, name: 'Raw' })],
    ['PUT', 'rooms/0/kind', '{"value":"Single"}', 0, (room) => ({ ...room, kind: 0 })],
    ['DELETE', 'rooms/0/stay', undefined, 0, ({ stay: _, ...room }) => room],
    ['DELETE', 'rooms/0/rate/$value', undefined, 0, ({ rate: _, ...room }) => room],
    ['PUT', 'rooms/0/seen', '{"name":"Bonn"}', 0, (room) => ({ ...room, seen: { name: 'Bonn' } })],
    ['PATCH', 'rooms/1/seen', '{"name":"Bonn"}', 1, (room) => ({ ...room, seen: { name: 'Bonn' } })],
    ['PUT', 'rooms/0/seen/name', '{"value":"Kiel"}', 0, (room) => ({ ...room, seen: { name: 'Kiel' } })],
    ['PUT', 'rooms/1/seen/name', '{"value":"Kiel"}', 1, (room) => ({ ...room, seen: { name: 'Kiel' } })],
    ['DELETE', 'rooms/0/seen', undefined, 0, ({ seen: _, ...room }) => room],
    ['PUT', 'rooms/0/tags', '{"value":["p","q"]}', 0, (room) => ({ ...room, tags: ['p', 'q'] })],
    ['DELETE', 'rooms/0/tags', undefined, 0, (room) => ({ ...room, tags: [] })],
    ['POST', 'rooms/0/tags?$index=0', '{"value":"w"}', 0, (room) => ({ ...room, tags: ['w', 'x'] })],
    ['POST', 'rooms/1/tags', '{"value":"w"}', 1, (room) => ({ ...room, tags: ['w'] })],
    ['PUT', 'rooms/0/tags/-1', '{"value":"z"}', 0, (room) => ({ ...room, tags: ['z'] })],
    ['DELETE', 'rooms/0/tags/0', undefined, 0, (room) => ({ ...room, tags: [] })],
    ['POST', 'rooms/0/offers', '{"price":2.5}', 0, (room) => ({ ...room, offers: [{ price: 1.1 }, { price: 2.5 }] })],
    ['PUT', 'rooms/0/offers/0', '{"price":3}', 0, (room) => ({ ...room, offers: [{ price: 3 }] })],
    [
      'PATCH',
      'rooms/0/offers/0',
      '{"until":"2026-05-01"}',
      0,
      (room) => ({ ...room, offers: [{ price: 1.1, until: '2026-05-01' }] }),
    ],
    [
      'PUT',
      'rooms/0/offers/-1/until',
      '{"value":"2026-05-02"}',
      0,
      (room) => ({ ...room, offers: [{ price: 1.1, until: '2026-05-02' }] }),
    ],
    ['DELETE', 'rooms/0/offers/0', undefined, 0, (room) => ({ ...room, offers: [] })],
  ])('[240] %s %s %s changes that part of one item and nothing else', async (method, path, body, at, change) => {
    const before = await stored();
    const version = `SELECT (rooms->0)::text FROM hotels WHERE code = 'new'`;
    const raw = path.endsWith('$value') ? { 'Content-Type': 'text/plain' } : {};
    const answer = await done(
      method,
      `Hotels('new')/${path}`,
      body,
      method === 'DELETE' ? raw : { ...raw, Prefer: 'return=representation' },
    );
    expect(answer.status).toBe(method === 'DELETE' ? 204 : 200);
    expect(await stored()).toEqual(before.map((room, index) => (index === at ? change(room) : room)));
    expect((await listed(version))[0]).toContain('"serial": 9223372036854775807');
    const shown = path.split('?')[0] ?? '';
    if (method !== 'DELETE' && !shown.endsWith('$value'))
      expect(answer.json).toEqual((await ok(`Hotels('new')/${shown}`)).json);
  });

  test('[240] items that are members of an enumeration are written by name, whole and by their place', async () => {
    const kinds = (): Promise<readonly unknown[]> => listed(`SELECT kinds FROM hotels WHERE code = 'new'`);
    await done('PATCH', `Hotels('new')`, '{"kinds":["Suite","Single"]}');
    await done('POST', `Hotels('new')/kinds?$index=1`, '{"value":"Double"}');
    expect(await kinds()).toEqual([[5, 1, 0]]);
    await done('PUT', `Hotels('new')/kinds/-1`, '{"value":"Suite"}');
    await done('PATCH', `Hotels('new')/kinds/0`, '{"value":"Single"}');
    await done('DELETE', `Hotels('new')/kinds/1`);
    expect(await kinds()).toEqual([[0, 5]]);
    expect((await ok(`Hotels('new')/kinds`)).value).toEqual(['Single', 'Suite']);
    expect((await ok(`Hotels('new')/kinds/1`)).json['value']).toBe('Suite');
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
      'rooms/0/@type',
      'rooms/0/foo',
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
    ['PATCH', `Hotels('new')/rooms/2`, '{"name":"x"}', 404, 'rooms/2'],
    ['PUT', `Hotels('new')/rooms/-3`, '{"name":"x"}', 404, 'rooms/-3'],
    ['DELETE', `Hotels('new')/rooms/2`, undefined, 404, 'rooms/2'],
    ['PUT', `Hotels('new')/rooms/1`, '{"beds":1}', 400, 'rooms/1/name'],
    ['PUT', `Hotels('new')/rooms/0`, '{"value":{"name":"x"}}', 400, undefined],
    ['PATCH', `Hotels('new')/rooms/0`, '{"seen":{"nam":"x"}}', 400, 'rooms/0/seen/nam'],
    ['PATCH', `Hotels('new')/rooms/0`, '{"name":null}', 400, 'rooms/0/name'],
    ['PATCH', `Hotels('new')/rooms/0`, '[]', 400, undefined],
    ['POST', `Hotels('new')/rooms/0`, '{"name":"x"}', 405, undefined],
    ['PUT', `Hotels('new')/rooms/2/name`, '{"value":"x"}', 404, 'rooms/2'],
    ['PUT', `Hotels('new')/rooms/0/name`, '{"value":null}', 400, 'rooms/0/name'],
    ['PUT', `Hotels('new')/rooms/0/name`, '{"name":"x"}', 400, undefined],
    ['PUT', `Hotels('new')/rooms/0/beds`, '{"value":"x"}', 400, 'rooms/0/beds'],
    ['DELETE', `Hotels('new')/rooms/0/name`, undefined, 400, 'rooms/0/name'],
    ['POST', `Hotels('new')/rooms/0/name`, '{"value":"x"}', 405, undefined],
    ['PATCH', `Hotels('new')/rooms/0/tags`, '{"value":["x"]}', 405, undefined],
    ['PUT', `Hotels('new')/rooms/0/nothing`, '{"value":"x"}', 404, 'path/3'],
    ['PUT', `Hotels('new')/rooms/0/seen`, '{"nam":"x"}', 400, 'rooms/0/seen/nam'],
    ['PUT', `Hotels('new')/rooms/0/tags/1`, '{"value":"x"}', 404, 'rooms/0/tags/1'],
    ['POST', `Hotels('new')/rooms/0/offers`, '{"until":"2026-01-01"}', 400, 'rooms/0/offers/price'],
    ['PUT', `Hotels('new')/rooms/0/offers/0`, '{}', 400, 'rooms/0/offers/0/price'],
    ['PUT', `Hotels('new')/rooms/0/offers/0/price`, '{"value":"x"}', 400, 'rooms/0/offers/0/price'],
    ['PUT', `Hotels('new')/rooms/0/offers/1/price`, '{"value":1}', 404, 'rooms/0/offers/1'],
    ['PUT', `Hotels('new')/rooms/0/tags/0/$value`, 'x', 404, 'path/5'],
    ['POST', `Hotels('new')/rooms/0/name?$index=0`, '{"value":"x"}', 400, '$index'],
    ['PUT', `Hotels('new')/kinds/0`, '{"value":"Suite"}', 404, 'kinds/0'],
    ['POST', `Hotels('new')/kinds`, '{"value":"Palace"}', 400, 'kinds'],
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

test('[131] a cast of a complex value, or of items, to the type that they have changes nothing', async () => {
  const bare = ({ json: { '@odata.context': _, ...json }, text, status }: Answer): unknown => [
    status,
    Object.keys(json).length > 0 ? json : text,
  ];
  for (const [cast, plain] of [
    [`People('russellwhyte')/home/Trip.Pin.City`, `People('russellwhyte')/home`],
    [`People('russellwhyte')/home/Trip.Pin.City/name`, `People('russellwhyte')/home/name`],
    [`People('russellwhyte')/home/Trip.Pin.City/name/$value`, `People('russellwhyte')/home/name/$value`],
    [`Hotels('grand')/rooms/Trip.Pin.Room/$count`, `Hotels('grand')/rooms/$count`],
    [`Hotels('grand')/rooms/Trip.Pin.Room?$filter=beds gt 1`, `Hotels('grand')/rooms?$filter=beds gt 1`],
    [`Hotels('grand')/rooms/0/Trip.Pin.Room/seen/Trip.Pin.City/name`, `Hotels('grand')/rooms/0/seen/name`],
    ['People?$select=home/Trip.Pin.City/name', 'People?$select=home/name'],
    ['People?$select=home($select=Trip.Pin.City/name)', 'People?$select=home/name'],
    ['People?$select=home/Trip.Pin.City', 'People?$select=home'],
    ['Hotels?$select=rooms/Trip.Pin.Room/seen/Trip.Pin.City/name', 'Hotels?$select=rooms/seen/name'],
    ['Hotels?$select=rooms($select=Trip.Pin.Room/name)', 'Hotels?$select=rooms/name'],
  ] as const)
    expect([cast, bare(await ok(cast))]).toEqual([cast, bare(await ok(plain))]);
  expect((await get(`People('russellwhyte')/home/Trip.Pin.Offer`)).status).toBe(404);
  expect((await get('People?$select=home/Trip.Pin.Offer')).status).toBe(400);
  const city = async (): Promise<unknown> => bare(await ok(`People('russellwhyte')/home`));
  const before = await city();
  await done('PUT', `People('russellwhyte')/home/Trip.Pin.City/name`, '{"value":"Ulm"}');
  expect(await city()).toEqual([200, { name: 'Ulm', region: 'ID' }]);
  await done('PATCH', `People('russellwhyte')/home/Trip.Pin.City`, '{"name":"Boise"}');
  expect(await city()).toEqual(before);
});

describe('casts of dynamic properties', () => {
  const ulm = { '@odata.type': '#Trip.Pin.City', name: 'Ulm', region: 'BW' };
  const bonn = { '@odata.type': '#Trip.Pin.City', name: 'Bonn', region: null };
  const offer = { '@odata.type': '#Trip.Pin.Offer', price: 1.5, until: null };
  const values: Json = {
    one: ulm,
    other: offer,
    plain: { name: 'Ulm' },
    all: [ulm, bonn, ulm],
    mixed: [offer, bonn, { name: 'Ulm' }, 5, null, 'Ulm', [ulm], ulm],
    none: [offer, 1],
    empty: [],
    number: 5,
  };
  const names = [...Object.keys(values), 'missing'];
  /** What JavaScript makes of a cast: the object, the items, or nothing. */
  const seen = (name: string): unknown => {
    const isCity = (value: unknown): boolean => (value as Json | null)?.['@odata.type'] === '#Trip.Pin.City';
    const value = values[name];
    return Array.isArray(value) ? value.filter(isCity) : isCity(value) ? value : undefined;
  };
  const itemsOf = (name: string): readonly Json[] => (Array.isArray(seen(name)) ? (seen(name) as Json[]) : []);

  beforeAll(() =>
    done('POST', 'Guests', JSON.stringify({ code: 'zed', name: 'Z', ...values, box: { inner: values['mixed'] } })),
  );
  afterAll(() => running().sql(`DELETE FROM guests WHERE code = 'zed'`));

  test.each(names)(
    '[131] %s: an object of the type, the items of a collection that are of it, nothing else',
    async (name) => {
      const path = `Guests('zed')/${name}/Trip.Pin.City`;
      const answer = await get(path);
      const { '@odata.context': context, ...json } = answer.json;
      const expected = seen(name);
      expect([answer.status, expected && json]).toEqual(
        expected === undefined ? [404, undefined] : [200, Array.isArray(expected) ? { value: expected } : expected],
      );
      if (expected !== undefined) expect(String(context).split('#')[1]).toBe(path);
      const items = itemsOf(name);
      const isMany = Array.isArray(expected);
      expect((await get(`${path}/$count`)).text).toEqual(
        isMany ? String(items.length) : expect.stringContaining('error'),
      );
      const last = await get(`${path}/-1/name`);
      expect([last.status, last.json['value']]).toEqual(
        items.length > 0 ? [200, items.at(-1)?.['name']] : [404, undefined],
      );
      const some = await get(`${path}?$filter=name eq 'Ulm'&$orderby=region&$top=1&$count=true`);
      const cities = items.filter((item) => item['name'] === 'Ulm');
      expect([some.status, some.json['@odata.count'], some.json['value']]).toEqual(
        isMany ? [200, cities.length, cities.slice(0, 1)] : [404, undefined, undefined],
      );
      for (const [expression, value] of [
        [`${name}/Trip.Pin.City/$count`, items.length],
        [`${name}/Trip.Pin.City/any(c:c/name eq 'Ulm')`, cities.length > 0],
        [`${name}/Trip.Pin.City/all(c:c/name eq 'Ulm')`, cities.length === items.length],
        [`${name}/Trip.Pin.City/$filter(region eq null)/$count`, items.filter(({ region }) => region === null).length],
        [`${name}/Trip.Pin.City`, expected ?? null],
        [`${name}/Trip.Pin.City/name`, isMany ? null : ((expected as Json | undefined)?.['name'] ?? null)],
        [`${name}/Trip.Pin.City/@Core.Description`, null],
        [`${name}/name/@Core.Description`, null],
      ] as const) {
        const { value: rows } = await ok(`Guests?$filter=code eq 'zed'&$compute=${expression} as c&$select=c`);
        expect([expression, rows.map(({ c }) => c)]).toEqual([expression, [value]]);
      }
      const { value: sorted } = await ok(`Guests?$orderby=${name}/Trip.Pin.City/$count desc,code&$select=code&$top=1`);
      expect(sorted.map(({ code }) => code)).toEqual([items.length > 0 ? 'zed' : 'ann']);
      const only = `filter(code eq 'zed')`;
      const part = (object: unknown, member: string): unknown => (object as Json | undefined)?.[member] ?? null;
      const whole = Array.isArray(values[name]) ? undefined : values[name];
      const isObject = typeof whole === 'object' && whole !== null;
      const groups = await ok(`Guests?$apply=${only}/groupby((${name}/Trip.Pin.City/name,${name}/price))`);
      expect(groups.value).toMatchObject([
        {
          '@odata.id': null,
          [name]: isObject ? { name: part(isMany ? undefined : expected, 'name'), price: part(whole, 'price') } : null,
        },
      ]);
      const { value: grouped } = await ok(`Guests?$apply=${only}/groupby((${name}/Trip.Pin.City))`);
      expect(grouped).toEqual([{ '@odata.id': null, [name]: expected ?? null }]);
      const there = isMany ? items : expected === undefined ? [] : [expected as Json];
      const counted = await ok(
        `Guests?$apply=${only}/aggregate(${name}/Trip.Pin.City/$count as n,${name}/Trip.Pin.City/name with countdistinct as d,${name}/Trip.Pin.City/region/$count as r)`,
      );
      expect(counted.value).toMatchObject([
        {
          n: there.length,
          d: new Set(there.map((city) => city['name'])).size,
          r: there.filter(({ region }) => region !== null).length,
        },
      ]);
    },
  );

  test('[131] behind names and places, in conditions of segments and of lambdas', async () => {
    for (const [path, expected] of [
      [`Guests('zed')/box/inner/Trip.Pin.City`, [bonn, ulm]],
      [`Guests('zed')/box/inner/$filter(Trip.Pin.City/name eq 'Ulm')`, [ulm]],
      [`Guests('zed')/box/inner/Trip.Pin.City/$filter(name eq 'Bonn')`, [bonn]],
      [`Guests('zed')/mixed/6/Trip.Pin.City`, [ulm]],
      [`Guests('zed')/mixed?$filter=isof($it,Trip.Pin.Offer)`, [offer]],
      [`Guests('zed')/mixed?$skip=3&$top=1`, [5]],
    ] as const)
      expect([path, (await ok(path)).value]).toEqual([path, expected]);
    for (const [filter, isFound] of [
      [`box/inner/any(i:i/Trip.Pin.City/name eq 'Bonn')`, true],
      [`box/inner/any(i:i/Trip.Pin.City/any(c:c/name eq 'Bonn'))`, false],
      [`box/inner/any(i:i/Trip.Pin.City/any(c:c/name eq 'Ulm'))`, true],
      [`one/Trip.Pin.City in all/Trip.Pin.City`, true],
      [`one/Trip.Pin.City in none/Trip.Pin.City`, false],
    ] as const)
      expect([filter, namesOf(await ok(`Guests?$filter=${filter}`), 'code')]).toEqual([filter, isFound ? ['zed'] : []]);
    for (const [path, status] of [
      [`Guests('zed')/all/Trip.Pin.Nothing`, 404],
      [`Guests('zed')/all/Edm.String`, 404],
      [`Guests('zed')/all/Trip.Pin.City/name`, 404],
      [`Guests('zed')/number?$top=1`, 404],
      [`Guests('zed')/number/$value?$top=1`, 400],
      [`Guests?$apply=groupby((one/Trip.Pin.Nothing/name))`, 400],
    ] as const)
      expect([path, (await get(path)).status]).toEqual([path, status]);
  });

  test('[80] what is aggregated is followed through all items of dynamic collections', async () => {
    const rooms = [
      { beds: 1, tags: ['a', 'b'], in: [{ n: 1 }, { n: 2 }] },
      { beds: 1, tags: ['b'] },
      { beds: null, in: [{ n: 2 }] },
    ];
    await done('PATCH', `Guests('zed')`, JSON.stringify({ rooms }));
    const { value } = await ok(
      `Guests?$apply=filter(code eq 'zed')/aggregate(rooms/$count as a,rooms/beds/$count as b,rooms/beds with countdistinct as c,rooms/tags/$count as d,rooms/tags with countdistinct as e,rooms/in/n/$count as f,rooms/in/n with countdistinct as g)`,
    );
    const all = <T>(of: (room: (typeof rooms)[number]) => readonly T[]): readonly T[] => rooms.flatMap(of);
    const [beds, tags, ns] = [
      all(({ beds: one }) => (one === null ? [] : [one])),
      all(({ tags: some = [] }) => some),
      all((room) => (room.in ?? []).map(({ n }) => n)),
    ];
    expect(value).toMatchObject([
      {
        ...{ a: rooms.length, b: beds.length, c: new Set(beds).size, d: tags.length, e: new Set(tags).size },
        ...{ f: ns.length, g: new Set(ns).size },
      },
    ]);
  });
});

describe('open types', () => {
  const codes = async (where: string, order = 'code'): Promise<readonly unknown[]> =>
    listed(`SELECT code FROM guests WHERE ${where} ORDER BY ${order}`);
  const found = async (options: string): Promise<readonly unknown[]> =>
    namesOf(await ok(`Guests?$select=code&${options}`), 'code');
  /** A dynamic property by plain SQL, where its JSON is of a kind. */
  const ofKind = (name: string, kind: string): string =>
    `CASE WHEN jsonb_typeof(extra->'${name}') = '${kind}' THEN extra->>'${name}' END`;
  const height = `(${ofKind('height', 'number')})::numeric`;
  const text = (name: string): string => `(${ofKind(name, 'string')})`;

  test('$metadata says which types are open', async () => {
    const { text: xml } = await ok('$metadata');
    expect(xml).toContain('<EntityType Name="Guest" OpenType="true">');
    expect(xml).toContain('<EntityType Name="Vehicle" BaseType="Trip.Pin.Asset" OpenType="true">');
    expect(xml).not.toContain('Name="extra"');
    const schema = (await ok('$metadata?$format=json')).json['Trip.Pin'] as Record<string, Json>;
    expect([schema['Guest']?.['$OpenType'], schema['Hotel']?.['$OpenType']]).toEqual([true, undefined]);
  });

  const conditions: readonly (readonly [filter: string, sql: string])[] = [
    ['height gt 100', `${height} > 100`],
    ['height eq 90', `${height} = 90`],
    ['height eq 90.0', `${height} = 90`],
    ['height ne 90', `${height} IS DISTINCT FROM 90`],
    ['100 gt height', `${height} < 100`],
    ['height gt age', `${height} > age`],
    ['height in (90,180.5)', `${height} IN (90, 180.5)`],
    ["height eq 'tall'", `${text('height')} = 'tall'`],
    ['height eq null', `extra->'height' IS NULL`],
    ['height ne null', `extra->'height' IS NOT NULL`],
    ['height add 10 eq 100', `${height} + 10 = 100`],
    ['height mul 2 gt points', `${height} * 2 > (${ofKind('points', 'number')})::numeric`],
    ['vip', `extra->>'vip' = 'true'`],
    ['not vip', `extra->>'vip' = 'false'`],
    ['vip eq false', `extra->>'vip' = 'false'`],
    ['points eq 9007199254740993', `extra->>'points' = '9007199254740993'`],
    ['points eq 9007199254740992', 'false'],
    ['balance gt 12345678901234567890.4', `(extra->>'balance')::numeric > 12345678901234567890.4`],
    ['balance eq 0.1', `(extra->>'balance')::numeric = 0.1`],
    ['born lt 2010-01-01', `${text('born')}::date < '2010-01-01'`],
    ['born ge 2020-02-29T00:00:00Z', `${text('born')}::date >= '2020-02-29'`],
    ['since gt 2026-03-31T11:12:44.1+02:00', `${text('since')}::timestamptz > '2026-03-31T09:12:44.1Z'`],
    ['year(born) eq 1999', `${text('born')} LIKE '1999%'`],
    ['hour(since) eq 9', `extra->'since' IS NOT NULL`],
    ["stay gt duration'PT1H'", `${text('stay')}::interval > '1 hour'`],
    ['token eq 12345678-9ABC-def0-1234-56789abcdef0', `${text('token')} LIKE '12345678%'`],
    ['opens lt 10:00:00', `${text('opens')}::time < '10:00'`],
    ["contains(nick,'b') and length(nick) eq 3", `${text('nick')} = 'bob'`],
    ["nick gt 'a'", `${text('nick')} COLLATE "C" > 'a'`],
    ['nick eq \'Zoë "z"\'', `extra->>'nick' LIKE 'Zo%'`],
    ['naïve eq 1', `extra ? 'naïve'`],
    ["_x eq 'under'", `extra ? '_x'`],
    ['gone eq null and nothing eq null', 'true'],
    ['gone eq 1', 'false'],
    ['height eq born', `extra->'height' IS NOT DISTINCT FROM extra->'born'`],
    ['cast(height,Edm.Int32) eq 180', `trunc(${height}) = 180`],
    ["cast(height,Edm.String) eq '90'", `extra->>'height' = '90'`],
    ['isof(height,Edm.String)', `${text('height')} IS NOT NULL`],
    ['isdefined(height)', `extra ? 'height'`],
    ["tags/any(t:t eq 'sea')", `extra->'tags' ? 'sea'`],
    ["'sea' in tags", `extra->'tags' ? 'sea'`],
    [
      'scores/any(s:s gt 1.5)',
      `EXISTS (SELECT FROM jsonb_array_elements(coalesce(extra->'scores', '[]')) s WHERE s::numeric > 1.5)`,
    ],
    [
      'scores/all(s:s le 2)',
      `NOT EXISTS (SELECT FROM jsonb_array_elements(coalesce(extra->'scores', '[]')) s WHERE s::numeric > 2)`,
    ],
    ['tags/any(t:t eq null)', `extra->'tags' @> '[null]'`],
    ['tags/$count eq 3', `jsonb_array_length(extra->'tags') = 3`],
    ['height/any()', 'false'],
    ["tags/$count($filter=$this ne 'sea') gt 1", `jsonb_array_length(extra->'tags') = 3`],
    ['tags eq null', `extra->'tags' IS NULL`],
    ['cast(tags,Edm.String) ne null', 'false'],
    ['case(vip:height,true:null) gt 80', `extra->>'vip' = 'true' AND ${height} > 80`],
    [
      'case(vip:height,true:nick) eq null',
      `CASE WHEN extra->>'vip' = 'true' THEN extra->'height' ELSE extra->'nick' END IS NULL`,
    ],
    ['case(vip:height,true:5) gt 80', `CASE WHEN extra->>'vip' = 'true' THEN ${height} ELSE 5 END > 80`],
    ['host/height gt 100', `EXISTS (SELECT FROM guests h WHERE h.code = guests.host AND h.code = 'ann')`],
    ["invited/any(g:g/nick eq 'bob')", `code = 'ann'`],
    ['invited/$count($filter=height ne null) eq 2', `code = 'ann'`],
  ];

  test.each(conditions)('[345] $filter=%s', async (filter, sql) => {
    expect(await found(`$filter=${filter}`)).toEqual(await codes(sql));
    expect((await ok(`Guests/$count?$filter=${filter}`)).text).toBe(String((await codes(sql)).length));
  });

  test.each([
    ['height desc', `${height} DESC NULLS LAST, ${text('height')} DESC NULLS LAST, code DESC`],
    ['height', `${height} NULLS FIRST, ${text('height')} NULLS FIRST, code`],
    ['since desc', `${text('since')}::timestamptz DESC NULLS LAST, code DESC`],
    ['stay', `${text('stay')}::interval NULLS FIRST, code`],
    [
      'vip,nick desc',
      `extra->>'vip' COLLATE "C" NULLS FIRST, (extra->>'nick' = '2020-02-29') NULLS FIRST, ${text('nick')} COLLATE "C" DESC NULLS LAST, code DESC`,
    ],
    [
      'born,points desc',
      `${text('born')} COLLATE "C" NULLS FIRST, (${ofKind('points', 'number')})::numeric DESC NULLS LAST, code DESC`,
    ],
  ])('[345] $orderby=%s, whole and in pages', async (order, sql) => {
    const wanted = await codes(
      'true',
      sql.includes('2020-02-29')
        ? `extra->>'vip' NULLS FIRST, ${text('nick')} COLLATE "C" DESC NULLS LAST, code DESC`
        : sql,
    );
    expect(await found(`$orderby=${order}`)).toEqual(wanted);
    const pages = await running().all(`Guests?$select=code&$orderby=${encodeURIComponent(order)}`, {
      Prefer: 'maxpagesize=1',
    });
    expect(pages.map(({ code }) => code)).toEqual(wanted);
  });

  test('[345] values go out with the types that JSON does not tell, absent ones not at all', async () => {
    const { value } = await ok('Guests');
    expect(value[0]).toEqual({
      '@odata.etag': etag,
      code: 'ann',
      name: 'Ann',
      age: 31,
      revision: anything,
      height: 180.5,
      vip: true,
      nick: 'Zoë "z"',
      'born@odata.type': '#Date',
      born: '2020-02-29',
      'points@odata.type': '#Int64',
      points: anything,
      'balance@odata.type': '#Decimal',
      balance: anything,
      'since@odata.type': '#DateTimeOffset',
      since: '2026-03-31T09:12:44.5Z',
      'stay@odata.type': '#Duration',
      stay: 'P1DT2H',
      'token@odata.type': '#Guid',
      token: '12345678-9abc-def0-1234-56789abcdef0',
      'opens@odata.type': '#TimeOfDay',
      opens: '09:30:00',
    });
    expect(value[3]).toEqual({ '@odata.etag': etag, code: 'dan', name: 'Dan', age: 90, revision: 1 });
    const exact = await ok('Guests', { Accept: 'application/json;odata.metadata=full;IEEE754Compatible=true' });
    expect(exact.value[0]).toMatchObject({
      points: '9007199254740993',
      balance: '12345678901234567890.5',
      'height@odata.type': '#Double',
      height: 180.5,
    });
    expect(exact.value[1]).toMatchObject({ 'height@odata.type': '#Int32', height: 90 });
    expect((await ok('Guests')).text).toContain('"points":9007199254740993');
    const none = await ok(`Guests('ann')`, { Accept: 'application/json;odata.metadata=none' });
    expect(Object.keys(none.json).filter((name) => name.includes('@'))).toEqual([]);
    const latest = await ok(`Guests('ann')`, {
      Accept: 'application/json;metadata=minimal',
      'OData-MaxVersion': '4.01',
    });
    expect(latest.json).toMatchObject({ 'born@type': 'Date', born: '2020-02-29' });
  });

  test('[345] $select and $compute name them, in expanded entities too', async () => {
    const answer = await ok(
      'Guests?$select=code,height,nothing&$expand=host($select=nick),invited($select=code,born;$orderby=height)',
    );
    expect(contextOf(answer)).toBe('Guests(code,height,nothing,host(nick),invited(code,born))');
    const etags = { '@odata.etag': etag };
    expect(answer.value[0]).toEqual({
      ...etags,
      code: 'ann',
      height: 180.5,
      host: null,
      invited: [
        { ...etags, code: 'cleo' },
        { ...etags, code: 'bob', born: '1999-12-31' },
      ],
    });
    expect(answer.value[3]).toMatchObject({ code: 'dan', host: { nick: 'bob' } });
    expect(answer.value[3]).not.toHaveProperty('height');
    const all = await ok(`Guests('bob')?$expand=invited,host`);
    expect(all.json).toMatchObject({
      'height@odata.type': '#Int32',
      height: 90,
      host: { vip: true },
      invited: [{ code: 'dan' }],
    });
    const computed = await ok(
      "Guests?$compute=height mul 2 as twice,concat(nick,'!') as loud&$select=code,twice,loud&$orderby=twice desc",
    );
    expect(computed.value[0]).toMatchObject({ code: 'ann', twice: 361, loud: 'Zoë "z"!' });
    const replaced = await ok(`Guests('ann')?$compute=height mul 2 as height&$select=*,height`);
    expect([replaced.json['height'], replaced.text.match(/"height":/g)?.length]).toEqual([361, 1]);
    expect(
      (await ok(`Guests?$apply=filter(height gt 1)/compute(cast(nick,Edm.String) as who)/groupby((who))`)).value,
    ).toHaveLength(2);
  });

  test('[345] a property alone: its value and type, 204 where it is not there', async () => {
    const born = await ok(`Guests('ann')/born`);
    expect([contextOf(born), born.json['@odata.type'], born.json['value']]).toEqual([
      `Guests('ann')/born`,
      '#Date',
      '2020-02-29',
    ]);
    expect((await ok(`Guests('ann')/height`)).json).toEqual({ '@odata.context': anything, value: 180.5 });
    const exact = await ok(`Guests('ann')/points`, { Accept: 'application/json;IEEE754Compatible=true' });
    expect(exact.json).toMatchObject({ '@odata.type': '#Int64', value: '9007199254740993' });
    for (const [name, value] of [
      ['born', '2020-02-29'],
      ['vip', 'true'],
      ['points', '9007199254740993'],
      ['nick', 'Zoë "z"'],
    ] as const)
      expect((await ok(`Guests('ann')/${name}/$value`)).text).toBe(value);
    for (const path of ["dan')/height", "dan')/height/$value", "ann')/nothing", "bob')/gone", "ann')/extra"])
      expect((await get(`Guests('${path}`)).status).toBe(204);
    for (const path of ["zoe')/height", "ann')/he.ight", "ann')/1x", `ann')/${'x'.repeat(129)}`])
      expect((await get(`Guests('${path}`)).status).toBe(404);
  });

  test.each([
    [400, 'Hotels?$filter=foo eq 1'],
    [400, `Guests?$filter=${'x'.repeat(129)} eq 1`],
    [400, 'Guests?$filter=height gt born'],
    [400, 'Guests?$filter=height/cast(1) eq 1'],
    [400, `Guests?$filter=x'; DROP TABLE guests; -- eq 1`],
    [400, 'Guests?$expand=height'],
    [400, 'Guests?$apply=aggregate(height with sum as s)'],
    [400, 'Guests?$apply=aggregate(tags with max as s)'],
    [400, 'Assets?$filter=wheels gt 1'],
  ])('%i: %s', async (status, path) => {
    expect((await get(path)).status).toBe(status);
  });

  test('[77] /$count of one that is a collection, also of some of its items; 404 where it is none', async () => {
    const { value } = await ok('Guests');
    const conditions: readonly (readonly [condition: string, of: (item: unknown) => boolean])[] = [
      ['true', () => true],
      ["$it eq 'sea'", (item) => item === 'sea'],
      ['$it ne null', (item) => item !== null],
      ['$it gt 1.5', (item) => typeof item === 'number' && item > 1.5],
    ];
    for (const { code, ...guest } of value)
      for (const name of ['tags', 'scores', 'nick', 'height', 'nothing']) {
        const at = `Guests('${String(code)}')/${name}`;
        const items = guest[name];
        const count = async (path: string): Promise<string | number> => {
          const { status, text } = await get(path);
          return status === 200 ? text : status;
        };
        expect([at, await count(`${at}/$count`)]).toEqual([at, Array.isArray(items) ? String(items.length) : 404]);
        for (const [condition, of] of conditions) {
          const wanted = Array.isArray(items) ? String(items.filter(of).length) : 404;
          expect([at, condition, await count(`${at}/$count?$filter=${condition}`)]).toEqual([at, condition, wanted]);
          expect([at, condition, await count(`${at}/$filter(${condition})/$count`)]).toEqual([at, condition, wanted]);
        }
      }
    expect((await get(`Guests('nobody')/tags/$count`)).status).toBe(404);
  });

  describe('items by their place', () => {
    const more = {
      dates: ['2020-01-01', null, '2021-02-03'],
      'dates@type': 'Collection(Date)',
      big: [7007199254740993, 1],
      'big@type': 'Collection(Int64)',
      kinds: ['Suite'],
      'kinds@type': 'Collection(Trip.Pin.RoomKind)',
      list: [{ city: 'Ulm', zips: [1, 2], in: { x: true, y: [] } }, { city: null }, 'text', {}],
      home: { seen: ['a', 'b'], list: [{ name: 'c' }] },
    };
    beforeAll(() =>
      running().sql(`UPDATE guests SET extra = extra || '${JSON.stringify(more)}' WHERE code IN ('ann','bob')`),
    );
    afterAll(() =>
      running().sql(
        `UPDATE guests SET extra = extra - '{${Object.keys(more).join()}}'::text[] WHERE code IN ('ann','bob')`,
      ),
    );

    /** What JavaScript finds there; undefined where nothing is. */
    const resolve = (value: unknown, [segment, ...rest]: readonly (string | number)[]): unknown => {
      if (segment === undefined) return value;
      if (typeof segment === 'number') {
        const item: unknown = Array.isArray(value) ? value.at(segment) : undefined;
        return item === undefined ? undefined : resolve(item, rest);
      }
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      // What is no object has no members.
      if (!isObject && value !== null) return undefined;
      return resolve((isObject ? (value as Json)[segment] : undefined) ?? null, rest);
    };
    const paths: readonly (readonly (string | number)[])[] = [
      ...['tags', 'scores', 'dates', 'big', 'kinds', 'nick', 'height', 'nothing', 'list', 'home'].flatMap((name) =>
        [0, 1, 2, 3, -1, -3, -4].map((at) => [name, at]),
      ),
      ...[0, 1, 2, 3, 4, -4, -5].flatMap((at) => [
        ['list', at, 'city'],
        ['list', at, 'zips'],
        ['list', at, 'zips', -1],
        ['list', at, 'in', 'x'],
        ['list', at, 'in', 'y', 0],
        ['list', at, 0],
      ]),
      ['home', 'seen'],
      ['home', 'seen', 1],
      ['home', 'list', 0, 'name'],
      ['home', 'list', 1, 'name'],
    ];

    test.each(['ann', 'cleo'])(
      '[77, 66] of %s, their members and items, raw, counted and with their types',
      async (code) => {
        const [row] = await running().sql(`SELECT extra FROM guests WHERE code = '${code}'`);
        const extra = row?.['extra'] as Json;
        for (const path of paths) {
          const at = `Guests('${code}')/${path.join('/')}`;
          const value = resolve(extra, path);
          const status = value === undefined ? 404 : value === null ? 204 : 200;
          const type = path.length === 2 && typeof path[1] === 'number' ? extra[`${String(path[0])}@type`] : undefined;
          const item = /^Collection\((.*)\)$/.exec(String(type))?.[1];
          const isStructure = typeof value === 'object';
          const control = item === undefined || status !== 200 ? {} : { '@odata.type': `#${item}` };
          const answer = await get(at);
          expect([at, answer.status]).toEqual([at, status]);
          if (status === 200) {
            const body = isStructure && !Array.isArray(value) ? (value as Json) : { value };
            expect([at, answer.json]).toEqual([at, { '@odata.context': anything, ...control, ...body }]);
            expect([at, contextOf(answer)]).toEqual([at, at]);
          }
          const raw = await get(`${at}/$value`);
          const text = status === 200 && isStructure ? 404 : status;
          expect([at, raw.status, raw.status === 200 && raw.text]).toEqual([at, text, text === 200 && String(value)]);
          const counted = await get(`${at}/$count`);
          const count = Array.isArray(value) ? [200, String(value.length)] : [404, false];
          expect([at, counted.status, counted.status === 200 && counted.text]).toEqual([at, ...count]);
        }
      },
    );

    test('[77, 66] among those that a condition leaves; options of these; formats', async () => {
      const some = await ok(`Guests('ann')/dates/$filter($it ne null)`);
      expect(some.json).toEqual({
        '@odata.context': anything,
        '@odata.type': '#Collection(Date)',
        value: ['2020-01-01', '2021-02-03'],
      });
      const last = await ok(`Guests('ann')/dates/$filter($it ne null)/1`);
      expect(last.json).toEqual({ '@odata.context': anything, '@odata.type': '#Date', value: '2021-02-03' });
      expect(contextOf(last)).toBe('Edm.Untyped');
      expect((await get(`Guests('ann')/dates/$filter($it ne null)/2`)).status).toBe(404);
      expect((await get(`Guests('dan')/dates/$filter($it ne null)`)).status).toBe(404);
      const cut = await ok(`Guests('ann')/dates/$filter($it ne null)?$orderby=$it desc&$top=1&$count=true`);
      expect(cut.json).toMatchObject({ '@odata.count': 2, '@odata.type': '#Collection(Date)', value: ['2021-02-03'] });
      expect((await ok(`Guests('ann')/list/$filter($it/city ne null)/0/zips/1`)).json['value']).toBe(2);
      const exact = { Accept: 'application/json;metadata=full;IEEE754Compatible=true', 'OData-MaxVersion': '4.01' };
      expect((await ok(`Guests('ann')/big/0`, exact)).json).toMatchObject({
        '@type': 'Int64',
        value: '7007199254740993',
      });
      expect((await ok(`Guests('ann')/big/$filter($it gt 1)`, exact)).json).toMatchObject({
        '@type': '#Collection(Int64)',
        value: ['7007199254740993'],
      });
      expect((await ok(`Guests('ann')/kinds/0`, exact)).json).toMatchObject({ '@type': '#Trip.Pin.RoomKind' });
      expect((await ok(`Guests('ann')/list/0/zips/0`, exact)).json).toMatchObject({ '@type': 'Double', value: 1 });
      const none = await ok(`Guests('ann')/dates/0`, { Accept: 'application/json;odata.metadata=none' });
      expect(none.json).toEqual({ value: '2020-01-01' });
      for (const [path, status] of [
        [`Guests('ann')/dates/0?$top=1`, 404],
        [`Guests('ann')/dates/0?$select=x`, 400],
        [`Guests('ann')/dates/$filter(true)?$select=x`, 400],
        [`Guests('ann')/dates/0/$ref`, 404],
        [`Guests('ann')/list/0/city/$value/x`, 400],
        [`Guests('nobody')/dates/0`, 404],
      ] as const)
        expect([path, (await get(path)).status]).toEqual([path, status]);
    });

    test('[124] an object is a value of the complex type beside it, where its members are', async () => {
      const deals = [{ price: 99.9, until: '2026-06-30' }, { price: 80 }];
      const given: Json = { ann: deals, bob: deals.slice(1), cleo: [{ price: 80, other: 1 }], dan: [{ price: 'x' }] };
      for (const [code, list] of Object.entries(given))
        await running().sql(
          `UPDATE guests SET extra = extra || '${JSON.stringify({ deals: list })}' WHERE code = '${code}'`,
        );
      const offers = `$root/Hotels('grand')/rooms/$filter(beds eq 2)`;
      for (const [filter, wanted] of [
        [`${offers}/any(r:r/offers eq $it/deals)`, ['ann']],
        [`${offers}/any(r:$it/deals eq r/offers)`, ['ann']],
        [`${offers}/any(r:contains(r/offers,$it/deals))`, ['ann', 'bob']],
        [`${offers}/any(r:endswith(r/offers,$it/deals))`, ['ann', 'bob']],
        [`contains(deals,[{"@odata.type":"Trip.Pin.Offer","price":80}])`, ['ann', 'bob']],
        [`deals/any(d:${offers}/any(r:r/offers/any(o:o eq d and o/price lt 90)))`, ['ann', 'bob']],
        [`deals/any(d:${offers}/any(r:d in r/offers))`, ['ann', 'bob']],
      ] as const)
        expect([filter, await found(`$filter=${filter}`)]).toEqual([filter, wanted]);
      const { value } = await ok(
        `Guests?$compute=concat(deals,[{"@odata.type":"Trip.Pin.Offer","price":1}]) as d&$select=d`,
      );
      expect(value.map(({ d }) => d)).toEqual([
        [...deals.map((deal) => ({ until: null, ...deal })), { price: 1, until: null }],
        [
          { price: 80, until: null },
          { price: 1, until: null },
        ],
        null,
        null,
      ]);
      await running().sql(`UPDATE guests SET extra = extra - 'deals'`);
    });

    test('[161] what $compute leaves of them keeps their type', async () => {
      const { value } = await ok(
        `Guests?$compute=dates/$filter($this ne null) as d,big/$filter($this gt 1) as b&$select=d,b&$filter=code in ('ann','cleo')`,
      );
      expect(value.map(({ '@odata.etag': _, '@odata.id': __, ...row }) => row)).toEqual([
        {
          'd@odata.type': '#Collection(Date)',
          d: ['2020-01-01', '2021-02-03'],
          'b@odata.type': '#Collection(Int64)',
          b: [7007199254740993],
        },
        { d: [], b: [] },
      ]);
    });
  });

  test('[345] a name reaches the database as a value only', async () => {
    const names = ['height', 'DROP', 'select', 'ünïcode', '_', 'constructor', '__proto__', 'x'.repeat(128)];
    const seen = new Set<string>();
    for (const name of names) {
      running().takeStatements();
      await ok(`Guests?$filter=${name} eq 1&$orderby=${name}&$select=code,${name}`);
      await ok(`Guests?$expand=host($select=${name})&$select=code`);
      await get(`Guests('ann')/${name}`);
      for (const { text: statement } of running().takeStatements()) {
        expect(statement).not.toMatch(/height|DROP|ünïcode|constructor|xxxx/);
        seen.add(statement);
      }
    }
    expect(seen.size).toBe(3);
  });

  describe('objects', () => {
    const home = `extra->'home'`;
    const list = `jsonb_array_elements(CASE WHEN jsonb_typeof(extra->'list') = 'array' THEN extra->'list' ELSE '[]' END) AS x(r)`;
    beforeAll(async () => {
      await running().sql(`UPDATE guests SET extra = extra || CASE code
        WHEN 'ann' THEN '{"home":{"city":"Ulm","zip":89073,"geo":{"lat":48.40},"since":"2020-01-01"},"list":[{"name":"a","beds":2},{"name":"b","beds":null},{"beds":1}]}'
        WHEN 'bob' THEN '{"home":{"city":"Bonn"},"list":[{"name":"b"}]}'
        WHEN 'cleo' THEN '{"home":"nowhere","list":{"name":"b"}}' ELSE '{"home":null}' END::jsonb`);
    });
    afterAll(() => running().sql(`UPDATE guests SET extra = extra - 'home' - 'list'`));

    type Tree = { readonly [name: string]: Tree | true };
    /** What a tree of names leaves of a value; `Trip.Pin.City` names what is behind a cast. */
    const pruned = (value: unknown, tree: Tree): unknown => {
      if (Array.isArray(value))
        return value.flatMap((item) => (typeof item === 'object' && item !== null ? [pruned(item, tree)] : []));
      if (typeof value !== 'object' || value === null) return null;
      const object = value as Json;
      return Object.fromEntries(
        Object.entries(tree).flatMap(([name, inner]): readonly (readonly [string, unknown])[] => {
          if (!name.includes('.')) {
            if (!(name in object)) return [];
            return [[name, inner === true ? object[name] : pruned(object[name], inner)]];
          }
          if (object['@type'] !== name) return [];
          const own = Object.entries(object).filter(([each]) => !each.includes('@'));
          return inner === true ? own : Object.entries(pruned(object, inner) as Json);
        }),
      );
    };
    const selections: readonly (readonly [select: string, tree: Tree])[] = [
      ['home/city', { home: { city: true } }],
      ['home/city,home/geo/lat', { home: { city: true, geo: { lat: true } } }],
      ['home($select=city,geo/lat,nothing)', { home: { city: true, geo: { lat: true } } }],
      ['home/geo($select=*)', { home: { geo: true } }],
      ['home/geo,home/geo/lat', { home: { geo: true } }],
      ['list/beds', { list: { beds: true } }],
      ['list/name,home/zip', { list: { name: true }, home: { zip: true } }],
      ['place/Trip.Pin.City/name', { place: { 'Trip.Pin.City': { name: true } } }],
      ['place/Trip.Pin.City', { place: { 'Trip.Pin.City': true } }],
      ['place/region', { place: { region: true } }],
    ];
    test.each(selections)(
      '$select=%s leaves what it names of an object, and of each of several',
      async (select, tree) => {
        await running().sql(
          `UPDATE guests SET extra = extra || CASE code WHEN 'ann' THEN '{"place":{"name":"a","region":"R"}}' ELSE '{"place":{"@type":"Trip.Pin.City","name":"b","region":null}}' END::jsonb WHERE code <> 'dan'`,
        );
        const extras = (await listed('SELECT extra FROM guests ORDER BY code')) as readonly Json[];
        const wanted = extras.map((extra) =>
          Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, pruned(extra[name], inner as Tree)])),
        );
        const plain = (value: unknown): unknown =>
          JSON.parse(JSON.stringify(value), (_, part: unknown) =>
            typeof part === 'object' && part !== null && !Array.isArray(part)
              ? Object.fromEntries(Object.entries(part).filter(([name]) => !name.includes('@')))
              : part,
          );
        const alone = await ok(`Guests?$select=${select}&$orderby=code`);
        const behind = await ok(`Guests?$select=code&$expand=host($select=${select})&$orderby=code`);
        expect(plain(alone.value)).toEqual(wanted);
        const hosts = await listed(
          'SELECT h.extra FROM guests g LEFT JOIN guests h ON h.code = g.host ORDER BY g.code',
        );
        expect(plain(behind.value.map(({ host }) => host))).toEqual(
          hosts.map((extra) =>
            extra === null
              ? null
              : Object.fromEntries(
                  Object.entries(tree).map(([name, inner]) => [name, pruned((extra as Json)[name], inner as Tree)]),
                ),
          ),
        );
        if (!select.includes('list')) {
          const groups = await ok(`Guests?$apply=groupby((code,home,place))&$select=${select}&$orderby=code`);
          expect(plain(groups.value)).toEqual(wanted);
        }
        await running().sql(`UPDATE guests SET extra = extra - 'place'`);
      },
    );

    test.each([
      ['$select=home/Trip.Pin.Nothing/city', 'is no name of a member'],
      ['$select=home($top=1)', "cannot be applied to 'home'"],
      ['$select=home/city($top=1)', "cannot be applied to 'city'"],
      ['$select=name/city', 'has no properties to select'],
    ])('%s is refused', async (options, message) => {
      const { status, error } = await get(`Guests?${options}`);
      expect([status, error.message]).toEqual([400, expect.stringContaining(message)]);
    });

    test.each([
      ["home/city eq 'Ulm'", `${home}->>'city' = 'Ulm'`],
      ['home/city ne null', `${home}->'city' IS NOT NULL`],
      ['home/nothing eq null', 'true'],
      ['home/zip in (1,89073)', `${home}->>'zip' = '89073'`],
      ['home/geo/lat gt 48', `(${home}->'geo'->>'lat')::numeric > 48`],
      ['home/geo/lat/deeper eq null', 'true'],
      ['home/since lt 2021-01-01', `${home}->>'since' < '2021-01-01'`],
      ['year(home/since) eq 2020', `${home}->>'since' LIKE '2020%'`],
      ["startswith(home/city,'B') or home eq 'nowhere'", `${home}->>'city' LIKE 'B%' OR extra->>'home' = 'nowhere'`],
      ['isdefined(home/city)', `${home}->'city' IS NOT NULL`],
      ['home eq null', `coalesce(extra->'home', 'null') = 'null'`],
      ["host/home/city eq 'Ulm'", `host = 'ann'`],
      ["invited/any(g:g/home/city eq 'Bonn')", `code = 'ann'`],
      ['list/any(r:r/beds gt 1)', `EXISTS (SELECT FROM ${list} WHERE (r->>'beds')::int > 1)`],
      [
        "list/any(r:r/name eq 'b' and r/beds eq null)",
        `EXISTS (SELECT FROM ${list} WHERE r->>'name' = 'b' AND r->>'beds' IS NULL)`,
      ],
      ['list/all(r:r/name ne null)', `NOT EXISTS (SELECT FROM ${list} WHERE r->>'name' IS NULL)`],
      ['list/$count($filter=$this/beds ge 1) eq 2', `(SELECT count(*) FROM ${list} WHERE (r->>'beds')::int >= 1) = 2`],
      ["list/$filter($this/name eq 'a')/any()", `EXISTS (SELECT FROM ${list} WHERE r->>'name' = 'a')`],
    ])('[345] $filter=%s', async (filter, sql) => {
      expect(await found(`$filter=${filter}`)).toEqual(await codes(sql));
    });

    test('[345] $orderby of a member, and its name as a value only', async () => {
      running().takeStatements();
      expect(await found('$orderby=home/city desc,code')).toEqual(
        await codes('true', `${home}->>'city' COLLATE "C" DESC NULLS LAST, code`),
      );
      for (const { text: statement } of running().takeStatements()) expect(statement).not.toMatch(/home|city/);
    });

    test('[345] in their entity, alone, and member by member', async () => {
      const stored = { city: 'Ulm', zip: 89073, geo: { lat: 48.4 }, since: '2020-01-01' };
      const entity = await ok(`Guests('ann')?$select=home`);
      expect(entity.json['home']).toEqual(stored);
      expect(entity.text).toContain('"lat": 48.40');
      const alone = await ok(`Guests('ann')/home`);
      expect(alone.json).toEqual({ '@odata.context': anything, ...stored });
      expect(contextOf(alone)).toBe(`Guests('ann')/home`);
      for (const path of [`ann')/home`, `ann')/home/geo`, `ann')/list`]) {
        const { status, error } = await get(`Guests('${path}/$value`);
        expect([path, status, error]).toMatchObject([path, 404, { target: '$value' }]);
      }
      expect((await ok(`Guests('cleo')/home/$value`)).text).toBe('nowhere');
      const part = await ok(`Guests('ann')/home/geo`);
      expect([contextOf(part), part.json['lat']]).toEqual([`Guests('ann')/home/geo`, 48.4]);
      expect((await ok(`Guests('ann')/home/city`)).json).toEqual({ '@odata.context': anything, value: 'Ulm' });
      expect((await ok(`Guests('ann')/home/geo/lat/$value`)).text).toBe('48.40');
      expect((await ok(`Guests('ann')/list`)).json['value']).toEqual([
        { name: 'a', beds: 2 },
        { name: 'b', beds: null },
        { beds: 1 },
      ]);
      expect((await ok(`Guests('cleo')/home`)).json['value']).toBe('nowhere');
      expect((await ok(`Guests('ann')/home/geo`, { Accept: 'application/json;odata.metadata=none' })).text).toBe(
        '{"lat": 48.40}',
      );
      for (const path of [`ann')/home/none`, `ann')/home/none/x`, `dan')/home`, `dan')/home/city/$value`])
        expect([path, (await get(`Guests('${path}`)).status]).toEqual([path, 204]);
      // What is no object has no members.
      for (const path of [
        `ann')/home/city/x`,
        `cleo')/home/city`,
        `ann')/height/x`,
        `ann')/height/x/$value`,
        `cleo')/tags/x`,
      ])
        expect([path, (await get(`Guests('${path}`)).status]).toEqual([path, 404]);
      for (const path of [`ann')/home/1x`, `zoe')/home/city`, `ann')/home(1)`])
        expect([path, (await get(`Guests('${path}`)).status]).toEqual([path, 404]);
    });
  });

  test('rows of derived types have theirs too, and no declared name twice', async () => {
    expect((await ok('Assets')).value).toEqual([
      { id: 1, weight: 5 },
      { '@odata.type': '#Trip.Pin.Vehicle', id: 2, wheels: 3, color: 'red', weight: 7 },
    ]);
    expect(namesOf(await ok('Assets?$filter=weight gt 5'), 'id')).toEqual([2]);
    await running().sql(`UPDATE assets SET rest = rest || '{"wheels":9}' WHERE id = 2`);
    expect((await ok('Assets(2)')).text.match(/"wheels"/g)).toHaveLength(1);
    await running().sql(`UPDATE assets SET rest = rest - 'wheels' WHERE id = 2`);
    const refused = await send('PATCH', 'Assets(2)', '{"wheels":2}');
    expect([refused.status, refused.error.message]).toEqual([400, expect.stringContaining("no property 'wheels'")]);
    const { json } = await done('PATCH', 'Assets(2)', '{"@odata.type":"#Trip.Pin.Vehicle","wheels":2,"weight":8}', {
      Prefer: 'return=representation',
    });
    expect(json).toMatchObject({ wheels: 2, weight: 8, color: 'red' });
    await running().sql(`UPDATE assets SET rest = '{"weight":7,"color":"red"}', wheels = 3 WHERE id = 2`);
  });

  describe('writing', () => {
    const stored = async (code = 'new'): Promise<unknown> =>
      (await listed(`SELECT extra FROM guests WHERE code = '${code}'`))[0];
    const texts = async (): Promise<unknown> => (await listed(`SELECT extra::text FROM guests WHERE code = 'new'`))[0];

    beforeEach(async () => {
      await running().sql(`DELETE FROM guests WHERE code IN ('new', 'more', 'deep')`);
      await done(
        'POST',
        'Guests',
        '{"code":"new","name":"N","height":1.5,"born@odata.type":"#Date","born":"2020-02-29","nick":"x"}',
      );
    });

    test('[345] a create takes values with and without types, and keeps both', async () => {
      await done(
        'POST',
        'Guests',
        `{"code":"more","name":"M","vip":true,"points@type":"Int64","points":"9223372036854775807","since@odata.type":"#Edm.DateTimeOffset",
        "since":"2026-01-01T01:00:00+02:00","gone":null,"d@odata.type":"#Decimal","d":12345678901234567890.50,"stay@odata.type":"#Duration","stay":"-P1DT2H","f@odata.type":"#Single","f":1e5,
        "g@odata.type":"#Guid","g":"12345678-9ABC-def0-1234-56789abcdef0","t@odata.type":"#TimeOfDay","t":"09:30","s@odata.type":"#String","s":"1","b@odata.type":"#Byte","b":255}`,
      );
      expect(await stored('more')).toMatchObject({
        vip: true,
        'points@type': 'Int64',
        since: '2025-12-31T23:00:00Z',
        'since@type': 'DateTimeOffset',
        stay: '-P1DT2H',
        'f@type': 'Single',
        f: 100000,
        g: '12345678-9abc-def0-1234-56789abcdef0',
        t: '09:30:00',
        s: '1',
        b: 255,
        'b@type': 'Byte',
      });
      expect(Object.keys((await stored('more')) as object)).not.toContain('gone');
      const answer = await ok(`Guests('more')`);
      expect(answer.text).toContain('"points@odata.type":"#Int64","points":9223372036854775807');
      expect(answer.text).toContain('"d@odata.type":"#Decimal","d":12345678901234567890.5,');
      expect(
        await found(
          `$filter=code eq 'more' and points eq 9223372036854775807 and d gt 12345678901234567890 and stay lt duration'PT0S' and s eq '1'`,
        ),
      ).toEqual(['more']);
    });

    test('[345] PATCH sets and takes away, PUT leaves the named ones only', async () => {
      await done('PATCH', `Guests('new')`, '{"height":2,"nick":null,"naïve":"ü"}');
      expect(await stored()).toEqual({ height: 2, born: '2020-02-29', 'born@type': 'Date', naïve: 'ü' });
      await done('PATCH', `Guests('new')`, '{"born":"soon"}');
      expect(await stored()).toEqual({ height: 2, born: 'soon', naïve: 'ü' });
      await done('PATCH', `Guests('new')`, '{"name":"O"}');
      expect(await stored()).toEqual({ height: 2, born: 'soon', naïve: 'ü' });
      const { json } = await done('PUT', `Guests('new')`, '{"name":"P","only":1}', { Prefer: 'return=representation' });
      expect([json['only'], await stored()]).toEqual([1, { only: 1 }]);
    });

    test('[345] PUT, PATCH and DELETE of a property', async () => {
      expect((await done('PUT', `Guests('new')/height`, '{"value":1.75}')).status).toBe(204);
      const born = await done(
        'PUT',
        `Guests('new')/born`,
        '{"@odata.type":"#DateTimeOffset","value":"2021-01-01T00:00:00Z"}',
        { Prefer: 'return=representation' },
      );
      expect(born.json).toMatchObject({ '@odata.type': '#DateTimeOffset', value: '2021-01-01T00:00:00Z' });
      await done('PATCH', `Guests('new')/nick`, '{"value":null}');
      await running().send('PUT', `Guests('new')/motto/$value`, { 'Content-Type': 'text/plain', 'If-Match': '*' }, '5');
      expect(await stored()).toEqual({
        height: 1.75,
        born: '2021-01-01T00:00:00Z',
        'born@type': 'DateTimeOffset',
        motto: '5',
      });
      expect((await done('DELETE', `Guests('new')/born`)).status).toBe(204);
      await done('DELETE', `Guests('new')/motto/$value`);
      await done('DELETE', `Guests('new')/nothing`);
      expect(await stored()).toEqual({ height: 1.75 });
    });

    test('along with others: deep inserts, deltas, /$each', async () => {
      await done('POST', 'Guests', '{"code":"deep","name":"D","x":1,"invited":[{"code":"more","name":"M","y":true}]}');
      expect([await stored('deep'), await stored('more')]).toEqual([{ x: 1 }, { y: true }]);
      await done(
        'PATCH',
        'Guests',
        '{"@context":"#$delta","value":[{"code":"more","z":"z"},{"code":"new","height":null}]}',
      );
      expect([await stored('more'), await stored()]).toEqual([
        { y: true, z: 'z' },
        { born: '2020-02-29', 'born@type': 'Date', nick: 'x' },
      ]);
      await done('PATCH', `Guests/$filter(code in ('more','deep'))/$each`, '{"y":false}');
      expect([await stored('deep'), await stored('more')]).toEqual([
        { x: 1, y: false },
        { y: false, z: 'z' },
      ]);
    });

    test('[345] collections, with and without a type', async () => {
      const days = '"days@odata.type":"#Collection(Date)","days":["2020-02-29",null]';
      const counts = '"counts@odata.type":"#Collection(Int64)","counts":["9223372036854775807",1]';
      await done('PATCH', `Guests('new')`, `{"tags":["a",1,true,null],${days},${counts},"none":[]}`);
      expect(await stored()).toMatchObject({
        tags: ['a', 1, true, null],
        days: ['2020-02-29', null],
        'days@type': 'Collection(Date)',
        none: [],
      });
      const { text: answer } = await ok(`Guests('new')?$select=tags,days,counts,none`);
      expect(answer).toContain('"days@odata.type":"#Collection(Date)","days":["2020-02-29", null]');
      expect(answer).toContain('"counts":[9223372036854775807, 1]');
      const exact = await ok(`Guests('new')/counts`, { Accept: 'application/json;IEEE754Compatible=true' });
      expect(exact.json).toMatchObject({ '@odata.type': '#Collection(Int64)', value: ['9223372036854775807', '1'] });
      expect((await get(`Guests('new')/tags/$value`)).status).toBe(404);
      expect(
        await found(
          `$filter=counts/any(c:c eq 9223372036854775807) and days/all(d:d eq null or d lt 2021-01-01) and none/$count eq 0`,
        ),
      ).toContain('new');
      await done('PUT', `Guests('new')/tags`, '{"value":["z"]}');
      await done('DELETE', `Guests('new')/days`);
      expect(await stored()).toMatchObject({ tags: ['z'] });
      expect(Object.keys((await stored()) as object)).not.toContain('days@type');
    });

    test('[345] enumerations by their members, with their type in both versions', async () => {
      const kinds = '"kinds@odata.type":"#Collection(Trip.Pin.RoomKind)","kinds":["Single",null]';
      const feature = '"feature@odata.type":"#Trip.Pin.RoomFeature","feature":6';
      await done(
        'PATCH',
        `Guests('new')`,
        `{"kind@odata.type":"#Trip.Pin.RoomKind","kind":"Suite",${feature},${kinds}}`,
      );
      expect(await stored()).toMatchObject({
        kind: 'Suite',
        'kind@type': 'Trip.Pin.RoomKind',
        feature: 'View,Balcony',
        kinds: ['Single', null],
        'kinds@type': 'Collection(Trip.Pin.RoomKind)',
      });
      const old = await ok(`Guests('new')?$select=kind,kinds,born`);
      expect(old.json).toMatchObject({
        'kind@odata.type': '#Trip.Pin.RoomKind',
        'kinds@odata.type': '#Collection(Trip.Pin.RoomKind)',
        'born@odata.type': '#Date',
      });
      const latest = await ok(`Guests('new')?$select=kind,born`, {
        Accept: 'application/json;metadata=minimal',
        'OData-MaxVersion': '4.01',
      });
      expect(latest.json).toMatchObject({ 'kind@type': '#Trip.Pin.RoomKind', kind: 'Suite', 'born@type': 'Date' });
      for (const filter of ["kind eq 'Suite'", "kind eq Trip.Pin.RoomKind'Suite'", "kinds/any(k:k eq 'Single')"])
        expect(await found(`$filter=code eq 'new' and ${filter}`)).toEqual(['new']);
      expect(await found("$filter=code eq 'new' and kind eq Trip.Pin.RoomKind'Single'")).toEqual([]);
      await done('PUT', `Guests('new')/kind`, '{"@odata.type":"#Trip.Pin.RoomKind","value":"Double"}');
      expect((await ok(`Guests('new')/kind`)).json).toMatchObject({
        '@odata.type': '#Trip.Pin.RoomKind',
        value: 'Double',
      });
    });

    test('[345] objects: PATCH merges them, PUT replaces them, members that are null are not there', async () => {
      const exact = '12345678901234567890.10';
      await done(
        'PATCH',
        `Guests('new')`,
        `{"o":{"a":1,"p":{"q":${exact},"r":null,"s":[1,null,{"t":null,"u":"x"}]},"@odata.id":"x"}}`,
      );
      expect(await stored()).toMatchObject({ o: { a: 1, p: { s: [1, null, { u: 'x' }] } } });
      expect(await texts()).toContain(`"q": ${exact}`);
      const { text: shown } = await ok(`Guests('new')?$select=o`);
      expect(shown).toContain(`"q": ${exact}`);
      await done('PATCH', `Guests('new')`, '{"o":{"a":null,"b":2,"p":{"s":["y"]}}}');
      expect((await stored()) as Json).toMatchObject({ o: { b: 2, p: { q: anything, s: ['y'] } } });
      expect(Object.keys(((await stored()) as Json)['o'] as object).sort()).toEqual(['b', 'p']);
      expect(await texts()).toContain(`"q": ${exact}`);
      const patched = await done('PATCH', `Guests('new')/o`, '{"c":{"d":true},"p":null}', {
        Prefer: 'return=representation',
      });
      expect(patched.json).toEqual({ '@odata.context': anything, b: 2, c: { d: true } });
      await done('PUT', `Guests('new')/o`, '{"e":[{"f":1}]}');
      expect(((await stored()) as Json)['o']).toEqual({ e: [{ f: 1 }] });
      await done('PUT', `Guests('new')/o`, '{"value":"plain"}');
      expect(((await stored()) as Json)['o']).toBe('plain');
      await done('PATCH', `Guests('new')`, '{"o":{"g":{}}}');
      expect(((await stored()) as Json)['o']).toEqual({ g: {} });
      expect((await ok(`Guests('new')/o/g`)).json).toEqual({ '@odata.context': anything });
      await done('PUT', `Guests('new')`, '{"name":"P","o":{"h":1}}');
      expect(await stored()).toEqual({ o: { h: 1 } });
      await done('DELETE', `Guests('new')/o`);
      expect(await stored()).toEqual({});
    });

    test.each<[method: string, path: string, body: string | undefined, after: Json]>([
      ['PUT', 'home/city', '{"value":"Ulm"}', { home: { city: 'Ulm', geo: { lat: 1, at: [1] } } }],
      ['PATCH', 'home/city', '{"value":null}', { home: { geo: { lat: 1, at: [1] } } }],
      ['DELETE', 'home/city', undefined, { home: { geo: { lat: 1, at: [1] } } }],
      ['DELETE', 'home/city/$value', undefined, { home: { geo: { lat: 1, at: [1] } } }],
      ['DELETE', 'home/geo/lat', undefined, { home: { city: 'Bonn', geo: { at: [1] } } }],
      ['PUT', 'home/city/$value', 'Kiel', { home: { city: 'Kiel', geo: { lat: 1, at: [1] } } }],
      ['PUT', 'home/geo', '{"lon":2,"x":null}', { home: { city: 'Bonn', geo: { lon: 2 } } }],
      ['PATCH', 'home/geo', '{"lon":2,"lat":null}', { home: { city: 'Bonn', geo: { at: [1], lon: 2 } } }],
      ['PUT', 'home/geo/at', '{"value":["a",null]}', { home: { city: 'Bonn', geo: { lat: 1, at: ['a', null] } } }],
      [
        'PUT',
        'home/new/deep',
        '{"value":true}',
        { home: { city: 'Bonn', geo: { lat: 1, at: [1] }, new: { deep: true } } },
      ],
      ['PUT', 'work/city', '{"value":"Ulm"}', { work: { city: 'Ulm' } }],
      ['DELETE', 'work/city', undefined, {}],
      ['DELETE', 'home/new/deep', undefined, {}],
    ])('[345] %s %s %s changes that member and nothing else', async (method, path, body, after) => {
      await done(
        'PATCH',
        `Guests('new')`,
        '{"home":{"city":"Bonn","geo":{"lat":1,"at":[1]}},"n@odata.type":"#Decimal","n":12345678901234567890.5}',
      );
      const before = (await stored()) as Json;
      const raw = path.endsWith('$value') ? { 'Content-Type': 'text/plain' } : {};
      const answer = await done(
        method,
        `Guests('new')/${path}`,
        body,
        method === 'DELETE' ? raw : { ...raw, Prefer: 'return=representation' },
      );
      expect(await stored()).toEqual({ ...before, ...after });
      expect(await texts()).toContain('"n": 12345678901234567890.5');
      const isNull = method === 'DELETE' || (body?.includes('null}') === true && path === 'home/city');
      expect(answer.status).toBe(isNull ? 204 : 200);
      if (!isNull && !path.endsWith('$value')) expect(answer.json).toEqual((await ok(`Guests('new')/${path}`)).json);
    });

    test.each<[method: string, path: string, body: string, status: number, target: string | undefined]>([
      ['PUT', 'nick/x', '{"value":1}', 400, 'nick'],
      ['PUT', 'o/list/x', '{"value":1}', 400, 'o/list'],
      ['PUT', 'o/p', '{"value":{"a-b":1}}', 400, 'o/p/a-b'],
      ['PUT', 'o/1x', '{"value":1}', 404, 'path/2'],
      ['POST', 'o/p', '{"value":1}', 405, undefined],
      ['PUT', 'o/p?$index=1', '{"value":1}', 400, '$index'],
    ])('[345] %s %s %s is refused: %i', async (method, path, body, status, target) => {
      await done('PATCH', `Guests('new')`, '{"o":{"p":1,"list":[{"x":1}]}}');
      const before = await stored();
      const answer = await send(method, `Guests('new')/${path}`, body);
      expect([answer.status, answer.error.target]).toEqual([status, target]);
      expect(await stored()).toEqual(before);
    });

    test('numbers stay what they are when others change', async () => {
      await running().sql(
        `UPDATE guests SET extra = '{"n":12345678901234567890.123,"n@type":"Decimal","o":{"kept":[1.10]}}' WHERE code = 'new'`,
      );
      await done('PATCH', `Guests('new')`, '{"m":1}');
      expect(await texts()).toBe('{"m": 1, "n": 12345678901234567890.123, "o": {"kept": [1.10]}, "n@type": "Decimal"}');
    });

    test('an answer is read again however deep it is', async () => {
      const deep = '{"a":'.repeat(97) + '1' + '}'.repeat(97);
      await done('POST', 'Guests', `{"code":"deep","name":"Deep","d":{"d":${deep}}}`);
      const requests = [
        { id: '1', method: 'GET', url: `Guests?$filter=code eq 'deep'` },
        { id: '2', method: 'GET', url: 'Guests/$count', if: '$1/$succeeded' },
        { id: '3', method: 'GET', url: 'Guests/$count', if: "$1/value/0/name eq 'Deep'" },
      ];
      const { json } = await send('POST', '$batch', JSON.stringify({ requests }));
      const statuses = (json['responses'] as readonly Json[]).map(({ status }) => status);
      expect(statuses).toEqual([200, 200, 200]);
      await done('DELETE', `Guests('deep')`);
    });

    test('every fault is told, and nothing is written', async () => {
      const before = await stored();
      const answer = await send(
        'PATCH',
        `Guests('new')`,
        `{"a b":1,"":2,"1x":3,"x.y":1,"${'x'.repeat(129)}":1,"born@odata.type":"#Date","born":"2020-13-01","p@odata.type":"#Int64","p":1.5,
        "q@odata.type":"Foo","q":1,"n":1e999,"age":"x","a'b":1,"x\\"; DROP TABLE guests; --":1,"t@odata.type":5,"t":1}`,
      );
      expect([answer.status, details(answer).length]).toEqual([400, 13]);
      expect(details(answer)).toEqual(
        expect.arrayContaining(['a b', '', 'born', 'p', 'q@odata.type', 'n', 'age', 't@odata.type']),
      );
      expect(await stored()).toEqual(before);
    });

    test.each([
      [400, '{"t@odata.type":"#Collection(Date)","t":["2020-01-01","x"]}', 't/1'],
      [400, '{"t@odata.type":"#Collection(Date)","t":"2020-01-01"}', 't'],
      [400, '{"t@odata.type":"#Date","t":["2020-01-01"]}', 't'],
      [400, '{"t":[1e999]}', 't/0'],
      [400, '{"o":{"a b":1}}', 'o/a b'],
      [400, '{"o":{"p":{"":1}}}', 'o/p/'],
      [400, '{"o":[{"a":1e999}]}', 'o/0/a'],
      [400, '{"o@odata.type":"#Date","o":{"a":1}}', 'o'],
      [400, '{"x@odata.type":"#Trip.Pin.RoomKind","x":"Palace"}', 'x'],
      [501, '{"x@odata.type":"#Other.RoomKind","x":"Suite"}', 'x@odata.type'],
      [501, '{"x@odata.type":"#GeographyPoint","x":"a"}', 'x@odata.type'],
      [400, '{"x@odata.type":"#Binary","x":"A"}', 'x'],
      [400, '{"x@odata.type":"#Int32","x":"INF"}', 'x'],
      [400, '{"x@odata.type":"#Decimal","x":"NaN"}', 'x'],
      [501, '{"x@odata.type":"#Trip.Pin.Guest","x":{}}', 'x@odata.type'],
      [400, '{"x":{"@odata.type":"#Trip.Pin.City","nam":"Ulm"}}', 'x/nam'],
      [400, '{"x":{"@odata.type":"#Trip.Pin.City","name":1}}', 'x/name'],
      [400, '{"x":{"@odata.type":"#Date","a":1}}', 'x'],
      [400, '{"x@odata.type":"#Trip.Pin.City","x":{"@odata.type":"#Trip.Pin.Offer","price":1}}', 'x/@odata.type'],
      [400, '{"x@odata.type":"#Trip.Pin.City","x":"Ulm"}', 'x'],
      [400, '{"x@odata.type":"#Collection(Trip.Pin.Offer)","x":[{"price":1},{"price":1.234}]}', 'x/1/price'],
      [400, '{"x@odata.type":"#Collection(Untyped)","x":1}', 'x'],
      [400, '{"x":{"a@odata.type":"#Date","a":"soon"}}', 'x/a'],
      [400, '{"x":[[{"a@type":"Date","a":"soon"}]]}', 'x/0/0/a'],
      [400, '{"x":[[1e999]]}', 'x/0/0'],
      [400, '{"x":{"a@odata.type":"#Dat","a":"2020-01-01"}}', 'x/a@odata.type'],
      [501, '{"x":{"a@odata.type":"#GeographyPoint","a":1}}', 'x/a@odata.type'],
      [400, '{"name":null}', 'name'],
    ])('%i: %s', async (status, body, target) => {
      const answer = await send('PATCH', `Guests('new')`, body);
      expect([answer.status, answer.error.target]).toEqual([status, target]);
    });

    describe('types within values', () => {
      const minimal = { Accept: 'application/json;odata.metadata=minimal' };
      const latest = { Accept: 'application/json;metadata=minimal', 'OData-MaxVersion': '4.01' };
      const full = { Accept: 'application/json;odata.metadata=full' };
      const none = { Accept: 'application/json;odata.metadata=none' };
      const exact = { Accept: 'application/json;IEEE754Compatible=true' };
      /** What an answer tells of a property, without what the entity tells of itself. */
      const told = async (headers: Record<string, string>): Promise<Json> => {
        const { json } = await ok(`Guests('new')?$select=x`, headers);
        return Object.fromEntries(Object.entries(json).filter(([name]) => /^x(@|$)/.test(name)));
      };
      const texts = async (headers: Record<string, string>): Promise<string> =>
        (await ok(`Guests('new')?$select=x`, headers)).text;

      const offer = { price: 1.5, until: '2026-01-01' };
      /** A value as a client sends it, in 4.0; as 4.0 tells it, but where it is the same; as 4.01 does. */
      const values: readonly (readonly [what: string, sent: Json, old: Json | undefined, new_: Json])[] = [
        [
          'a collection of collections',
          { x: [[1, 2], [], ['a', null, [true]]] },
          undefined,
          { x: [[1, 2], [], ['a', null, [true]]] },
        ],
        [
          'a collection that says that it is untyped',
          { 'x@odata.type': '#Collection(Untyped)', x: [1, ['a'], { b: [[null]] }] },
          { x: [1, ['a'], { b: [[null]] }] },
          { x: [1, ['a'], { b: [[null]] }] },
        ],
        ['INF', { 'x@odata.type': '#Double', x: 'INF' }, undefined, { 'x@type': 'Double', x: 'INF' }],
        ['NaN', { 'x@odata.type': '#Single', x: 'NaN' }, undefined, { 'x@type': 'Single', x: 'NaN' }],
        ['a Double', { 'x@odata.type': '#Double', x: 1.5 }, { x: 1.5 }, { x: 1.5 }],
        [
          '-INF among numbers',
          { 'x@odata.type': '#Collection(Double)', x: ['-INF', 1.5, null] },
          undefined,
          { 'x@type': '#Collection(Double)', x: ['-INF', 1.5, null] },
        ],
        [
          'bytes',
          { 'x@odata.type': '#Binary', x: 'AP8-Pw==' },
          { 'x@odata.type': '#Binary', x: 'AP8-Pw' },
          { 'x@type': 'Binary', x: 'AP8-Pw' },
        ],
        [
          'an object whose members have types',
          {
            x: {
              'since@odata.type': '#Date',
              since: '2020-02-29',
              'kind@odata.type': '#Trip.Pin.RoomKind',
              kind: 'Suite',
              'z@odata.type': '#Double',
              z: 'INF',
              a: 'x@type": "y',
              'days@odata.type': '#Collection(Date)',
              days: ['2020-01-01', null],
              list: [{ 'n@odata.type': '#Int32', n: 1 }, [{ 'n@odata.type': '#Byte', n: 2 }]],
            },
          },
          undefined,
          {
            x: {
              'since@type': 'Date',
              since: '2020-02-29',
              'kind@type': '#Trip.Pin.RoomKind',
              kind: 'Suite',
              'z@type': 'Double',
              z: 'INF',
              a: 'x@type": "y',
              'days@type': '#Collection(Date)',
              days: ['2020-01-01', null],
              list: [{ 'n@type': 'Int32', n: 1 }, [{ 'n@type': 'Byte', n: 2 }]],
            },
          },
        ],
        [
          'an object of a declared type',
          { x: { '@odata.type': '#Trip.Pin.City', name: 'Ulm' } },
          { x: { '@odata.type': '#Trip.Pin.City', name: 'Ulm', region: null } },
          { x: { '@type': '#Trip.Pin.City', name: 'Ulm', region: null } },
        ],
        [
          'an object whose type stands beside it',
          { 'x@odata.type': '#Trip.Pin.Offer', x: { price: 1.5 } },
          { x: { '@odata.type': '#Trip.Pin.Offer', price: 1.5, until: null } },
          { x: { '@type': '#Trip.Pin.Offer', price: 1.5, until: null } },
        ],
        [
          'objects of a declared type within others',
          { x: { a: [{ '@odata.type': '#Trip.Pin.Offer', ...offer }, offer] } },
          undefined,
          { x: { a: [{ '@type': '#Trip.Pin.Offer', ...offer }, offer] } },
        ],
        [
          'a collection of a declared type',
          { 'x@odata.type': '#Collection(Trip.Pin.Offer)', x: [offer, null] },
          undefined,
          { 'x@type': '#Collection(Trip.Pin.Offer)', x: [offer, null] },
        ],
      ];
      test.each(values)('[345] %s goes out as it came', async (_, sent, old, new_) => {
        await done('PATCH', `Guests('new')`, JSON.stringify(sent));
        expect(await told(minimal)).toEqual(old ?? sent);
        expect(await told(latest)).toEqual(new_);
        const bare = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(bare)
            : value !== null && typeof value === 'object'
              ? Object.fromEntries(
                  Object.entries(value).flatMap(([name, one]) => (name.includes('@') ? [] : [[name, bare(one)]])),
                )
              : value;
        expect(await told(none)).toEqual(bare(new_));
        // What was answered can be sent again, in both versions.
        for (const [answer, version] of [
          [await told(minimal), '4.0'],
          [await told(latest), '4.01'],
          [await told(full), '4.0'],
        ] as const) {
          await done('PUT', `Guests('new')`, JSON.stringify({ name: 'N', ...answer }), { 'OData-Version': version });
          expect(await told(minimal)).toEqual(old ?? sent);
        }
        // What is told of a value stands before it, and of the object before all.
        const text = await texts(minimal);
        for (const [whole] of text.matchAll(/"(\w*)@odata\.type":"[^"]*",(?!"\1":|"x":|"price"|"name")/g))
          expect([text, whole]).toBeUndefined();
        const { '@odata.context': context, ...alone } = (await ok(`Guests('new')/x`)).json;
        expect(contextOf({ json: { '@odata.context': context } } as unknown as Answer)).toBe(`Guests('new')/x`);
        const { x, 'x@odata.type': type } = old ?? sent;
        const isObject = x !== null && typeof x === 'object' && !Array.isArray(x);
        expect(alone).toEqual(isObject ? x : { ...(type !== undefined && { '@odata.type': type }), value: x });
        for (const path of [
          `Guests?$filter=code eq 'new'&$compute=x as y&$select=y`,
          `Guests?$apply=filter(code eq 'new')/groupby((x))/compute(x as y)/groupby((y))`,
        ]) {
          const [row = {}] = (await ok(path)).value;
          expect([path, row['y'], row['y@odata.type']]).toEqual([path, x, type]);
        }
        await done('POST', 'Guests', `{"code":"more","name":"M","host@odata.bind":"Guests('new')"}`);
        const more = await ok(`Guests('more')?$select=code&$expand=host($select=code,x)`);
        expect(more.json['host']).toEqual({ '@odata.etag': etag, code: 'new', ...(old ?? sent) });
      });

      /** A member of every type. */
      const room = {
        name: 'r',
        beds: 2,
        rate: 1.5,
        factor: 0.25,
        serial: 7,
        area: 'INF',
        smoking: true,
        since: '2020-02-29',
        cleaned: '2026-03-31T09:12:44.5Z',
        opens: '09:30:00',
        stay: 'P1DT2H',
        token: '12345678-9abc-def0-1234-56789abcdef0',
        plan: 'AP8-Pw',
        kind: 'Suite',
        features: 'Bath,View',
        tags: ['a'],
        seen: { name: 'Ulm', region: null },
        offers: [offer],
      };
      const types = {
        beds: 'Int32',
        rate: 'Decimal',
        factor: 'Decimal',
        serial: 'Int64',
        area: 'Double',
        since: 'Date',
        cleaned: 'DateTimeOffset',
        opens: 'TimeOfDay',
        stay: 'Duration',
        token: 'Guid',
        plan: 'Binary',
        kind: 'Trip.Pin.RoomKind',
        features: 'Trip.Pin.RoomFeature',
        offers: 'Collection(Trip.Pin.Offer)',
      };

      test('[345] an object of a declared type has the members of it, each as its type says', async () => {
        await done('PATCH', `Guests('new')`, JSON.stringify({ x: { '@odata.type': '#Trip.Pin.Room', ...room } }));
        expect((await told(minimal))['x']).toEqual({ '@odata.type': '#Trip.Pin.Room', ...room });
        const all = (await told(full))['x'] as Json;
        for (const [name, type] of Object.entries(types))
          expect([name, all[`${name}@odata.type`]]).toEqual([name, `#${type}`]);
        expect(all['seen']).toMatchObject({ '@odata.type': '#Trip.Pin.City', name: 'Ulm' });
        expect((await told(exact))['x']).toMatchObject({
          rate: '1.5',
          factor: '0.25',
          serial: '7',
          beds: 2,
          offers: [{ ...offer, price: '1.5' }],
        });
        for (const [name, value] of Object.entries(room)) {
          const { '@odata.context': _, ...alone } = (await ok(`Guests('new')/x/${name}`)).json;
          const type = types[name as keyof typeof types];
          expect([name, alone]).toEqual([
            name,
            name === 'seen'
              ? { '@odata.type': '#Trip.Pin.City', ...room.seen }
              : { ...(type !== undefined && { '@odata.type': `#${type}` }), value },
          ]);
          if (typeof value !== 'object' && name !== 'plan')
            expect((await ok(`Guests('new')/x/${name}/$value`)).text).toBe(String(value));
        }
        const bytes = await ok(`Guests('new')/x/plan/$value`);
        expect([bytes.headers['content-type'], bytes.bytes.toString('hex')]).toEqual([
          'application/octet-stream',
          '00ff3e3f',
        ]);
        await running().send(
          'PUT',
          `Guests('new')/y/$value`,
          { 'Content-Type': 'application/octet-stream', 'If-Match': '*' },
          '\u0001~',
        );
        expect((await ok(`Guests('new')/y`)).json).toMatchObject({ '@odata.type': '#Binary', value: 'AX4' });
        expect((await ok(`Guests('new')/y/$value`, { Accept: 'text/plain;odata.metadata=none' })).bytes).toEqual(
          Buffer.from([1, 126]),
        );
        const { '@odata.context': _, ...price } = (await ok(`Guests('new')/x/offers/0/price`, exact)).json;
        expect(price).toEqual({ '@odata.type': '#Decimal', value: '1.5' });
        for (const [filter, isFound] of [
          ['x/area gt 1e300', true],
          ['x/area lt 1e300', false],
          ['x/area eq INF', true],
          ['INF eq x/area', true],
          ['age eq null or x/area gt age', true],
          ['x/area in (1,INF)', true],
          ["x/plan eq binary'AP8-Pw'", true],
          ["x/kind eq 'Suite' and x/serial eq 7 and x/since eq 2020-02-29", true],
          ['x/offers/any(o:o/price eq 1.5 and o/until gt 2025-01-01)', true],
          ['isof(x,Trip.Pin.Room)', true],
          ['isof(x,Trip.Pin.City)', false],
          ['isof(x/seen,Trip.Pin.City)', true],
          ['isof(x/tags,Trip.Pin.City)', false],
          ["x/Trip.Pin.Room/name eq 'r' and x/Trip.Pin.Room/seen/Trip.Pin.City/name eq 'Ulm'", true],
          ['x/Trip.Pin.Room eq null', false],
          ['x/Trip.Pin.City eq null and x/Trip.Pin.City/name eq null', true],
          ['x/Trip.Pin.Room/offers/any(o:o/price eq 1.5)', true],
          ['x/Trip.Pin.City/offers/any(o:o/price eq 1.5)', false],
          [`x/seen eq {"@odata.type":"Trip.Pin.City","name":"Ulm"}`, true],
          [`x/seen eq {"@odata.type":"Trip.Pin.City","name":"Bonn"}`, false],
          [`cast(x/seen,Trip.Pin.City) eq {"@odata.type":"Trip.Pin.City","name":"Ulm"}`, true],
          [`cast(x/seen,Trip.Pin.Offer) eq null`, true],
          [`cast(x/seen,Trip.Pin.City) eq cast(x/seen,Trip.Pin.City)`, true],
          ['isof(x/offers,Collection(Trip.Pin.Offer))', true],
          ['isof(x/offers,Collection(Trip.Pin.City))', false],
          ['isof(x/seen,Collection(Trip.Pin.City))', false],
          ['cast(x/offers,Collection(Trip.Pin.Offer)) eq x/offers', true],
          ['cast(x/offers,Collection(Trip.Pin.City)) eq null', true],
          [`x/offers eq [{"@odata.type":"Trip.Pin.Offer","price":1.5,"until":"2026-01-01"}]`, true],
        ] as const)
          expect([filter, await found(`$filter=code eq 'new' and (${filter})`)]).toEqual([
            filter,
            isFound ? ['new'] : [],
          ]);
      });

      test('[131, 345] a cast in a path leads on where the object says that it is of the type, and nowhere else', async () => {
        const x = { '@odata.type': '#Trip.Pin.Room', ...room };
        await done('PATCH', `Guests('new')`, JSON.stringify({ x, l: [1, x] }));
        for (const [path, value] of [
          ['x/Trip.Pin.Room/name', room.name],
          ['x/Trip.Pin.Room/seen/Trip.Pin.City/name', room.seen.name],
          ['x/Trip.Pin.Room/offers/0/price', offer.price],
          ['l/1/Trip.Pin.Room/beds', room.beds],
          ['x/Trip.Pin.City', undefined],
          ['x/Trip.Pin.City/name', undefined],
          ['x/Trip.Pin.Nope/name', undefined],
          ['l/0/Trip.Pin.Room/beds', undefined],
          ['height/Trip.Pin.Room', undefined],
        ] as const) {
          const { status, json } = await get(`Guests('new')/${path}`);
          expect([path, status, json['value']]).toEqual([path, value === undefined ? 404 : 200, value]);
        }
        expect((await ok(`Guests('new')/x/Trip.Pin.Room`)).json).toMatchObject(x);
        expect((await ok(`Guests('new')/x/Trip.Pin.Room/offers/$count`)).text).toBe('1');
        const before = await stored();
        for (const path of ['x/Trip.Pin.Room', 'x/Trip.Pin.Room/name', 'l/1/Trip.Pin.Room/name'])
          expect([path, (await send('PUT', `Guests('new')/${path}`, '{"value":"z"}')).status]).toEqual([path, 405]);
        expect(await stored()).toEqual(before);
      });

      test('[345] what cast makes of it is of the declared type', async () => {
        await done('PATCH', `Guests('new')`, JSON.stringify({ x: { '@odata.type': '#Trip.Pin.Room', ...room } }));
        const [row = {}] = (
          await ok(
            `Guests?$filter=code eq 'new'&$compute=cast(x/seen,Trip.Pin.City) as c,cast(x/offers,Collection(Trip.Pin.Offer)) as o,cast(x,Trip.Pin.City) as n&$select=c,o,n`,
          )
        ).value;
        expect(row).toMatchObject({
          '@odata.etag': etag,
          c: room.seen,
          'o@odata.type': '#Collection(Trip.Pin.Offer)',
          o: room.offers,
          n: null,
        });
      });

      test('[345] NaN is a number beside numbers, and equal to none', async () => {
        await done(
          'PATCH',
          `Guests('new')`,
          '{"x@odata.type":"#Double","x":"NaN","y@odata.type":"#Double","y":"-INF"}',
        );
        for (const [filter, isFound] of [
          ['x eq NaN', false],
          ['x ne NaN', true],
          ['x gt 1', false],
          ['x lt 1', false],
          ['1 lt x', false],
          ['x in (NaN,1)', false],
          ['x eq null', false],
          ['y lt -1e300', true],
          ['y ge age', false],
          ['isof(y,Edm.Double)', true],
          ['isof(y,Edm.Decimal)', false],
          ['cast(y,Edm.Double) eq -INF', true],
          ['cast(y,Edm.Int32) eq null', true],
          ['y add 1 eq null', true],
        ] as const)
          expect([filter, await found(`$filter=code eq 'new' and ${filter}`)]).toEqual([
            filter,
            isFound ? ['new'] : [],
          ]);
      });

      const city = { '@odata.type': '#Trip.Pin.City', name: 'Ulm', region: null };
      const since = { 'since@odata.type': '#Date', since: '2020-02-29' };
      /** What is there, a request, and what is there then. */
      const edits: readonly (readonly [
        method: string,
        path: string,
        before: Json,
        body: string | undefined,
        after: Json,
      ])[] = [
        ['PATCH', '', { x: city }, '{"x":{"region":"BW"}}', { x: { ...city, region: 'BW' } }],
        [
          'PATCH',
          '',
          { x: city },
          '{"x":{"@odata.type":"#Trip.Pin.City","region":"BW"}}',
          { x: { ...city, region: 'BW' } },
        ],
        [
          'PATCH',
          '',
          { x: city },
          '{"x":{"@odata.type":"#Trip.Pin.Offer","price":2}}',
          { x: { '@odata.type': '#Trip.Pin.Offer', price: 2, until: null } },
        ],
        ['PATCH', '', { x: { a: 1, b: 2 } }, JSON.stringify({ x: city }), { x: city }],
        ['PATCH', '', { x: { a: city } }, '{"x":{"a":{"region":"BW"}}}', { x: { a: { ...city, region: 'BW' } } }],
        ['PATCH', '', { x: since }, '{"x":{"since":"soon"}}', { x: { since: 'soon' } }],
        ['PATCH', '', { x: since }, '{"x":{"a":1}}', { x: { ...since, a: 1 } }],
        ['PATCH', '', { x: since }, '{"x":{"since":null,"a":1}}', { x: { a: 1 } }],
        ['PATCH', '/x', { x: city }, '{"region":"BW"}', { x: { ...city, region: 'BW' } }],
        ['PUT', '/x', { x: city }, '{"region":"BW"}', { x: { region: 'BW' } }],
        ['PUT', '/x', { x: 1 }, '{"@odata.type":"#Trip.Pin.City","name":"Ulm"}', { x: city }],
        ['PUT', '/x', { x: 1 }, '{"@odata.type":"#Double","value":"NaN"}', { 'x@odata.type': '#Double', x: 'NaN' }],
        ['PUT', '/x', { x: 1 }, '{"value":[[1],[2]]}', { x: [[1], [2]] }],
        ['PUT', '/x/region', { x: city }, '{"value":"BW"}', { x: { ...city, region: 'BW' } }],
        ['DELETE', '/x/region', { x: { ...city, region: 'BW' } }, undefined, { x: city }],
        ['PUT', '/x/since', { x: { a: 1 } }, '{"@odata.type":"#Date","value":"2020-02-29"}', { x: { ...since, a: 1 } }],
        ['DELETE', '/x/since', { x: { ...since, a: 1 } }, undefined, { x: { a: 1 } }],
        ['PUT', '/x/0', { x: [[1], city] }, '{"value":[[2]]}', { x: [[[2]], city] }],
        ['PUT', '/x/0/0', { x: [[1, 2]] }, '{"value":3}', { x: [[3, 2]] }],
        ['DELETE', '/x/0/-1', { x: [[1, 2]] }, undefined, { x: [[1]] }],
        ['PATCH', '/x/0/1/0', { x: [[1, [{ a: 1 }]]] }, '{"b":2}', { x: [[1, [{ a: 1, b: 2 }]]] }],
        [
          'PUT',
          '/x/0/0/since',
          { x: [[{ a: 1 }]] },
          '{"@odata.type":"#Date","value":"2020-02-29"}',
          { x: [[{ ...since, a: 1 }]] },
        ],
        ['PATCH', '/x/1', { x: [1, city] }, '{"region":"BW"}', { x: [1, { ...city, region: 'BW' }] }],
        ['PUT', '/x/1/region', { x: [1, city] }, '{"value":"BW"}', { x: [1, { ...city, region: 'BW' }] }],
        ['POST', '/x', { x: [1] }, JSON.stringify(city), { x: [1, city] }],
        [
          'POST',
          '/x',
          { 'x@odata.type': '#Collection(Trip.Pin.Offer)', x: [offer] },
          '{"price":2}',
          { 'x@odata.type': '#Collection(Trip.Pin.Offer)', x: [offer, { price: 2, until: null }] },
        ],
        [
          'PATCH',
          '/x/0',
          { 'x@odata.type': '#Collection(Trip.Pin.Offer)', x: [offer] },
          '{"price":2}',
          { 'x@odata.type': '#Collection(Trip.Pin.Offer)', x: [{ ...offer, price: 2 }] },
        ],
        [
          'POST',
          '/x/days',
          { x: { 'days@odata.type': '#Collection(Date)', days: [] } },
          '{"value":"2020-01-01"}',
          { x: { 'days@odata.type': '#Collection(Date)', days: ['2020-01-01'] } },
        ],
        [
          'POST',
          '/x',
          { 'x@odata.type': '#Collection(Double)', x: [1] },
          '{"value":"INF"}',
          { 'x@odata.type': '#Collection(Double)', x: [1, 'INF'] },
        ],
      ];
      test.each(edits)('[345] %s %s of %j: %s', async (method, path, before, body, after) => {
        await done('PATCH', `Guests('new')`, JSON.stringify({ keep: 1, ...before }));
        await done(method, `Guests('new')${path}`, body);
        expect(await told(minimal)).toEqual(after);
        expect(await stored()).toMatchObject({ keep: 1 });
      });

      test.each<[method: string, path: string, body: string, status: number, target: string]>([
        ['PATCH', '', '{"y":{"name":null}}', 400, 'y/name'],
        ['PATCH', '', '{"x":{"nam":"x"}}', 400, 'x/nam'],
        ['PATCH', '', '{"y":{"seen":{"name":1}}}', 400, 'y/seen/name'],
        ['PUT', '/y/name', '{"value":null}', 400, 'y/name'],
        ['PUT', '/x/nam', '{"value":1}', 400, 'x/nam'],
        ['PUT', '/x/name/more', '{"value":1}', 400, 'x/name'],
        ['PUT', '/y/kind', '{"value":"Palace"}', 400, 'y/kind'],
        ['POST', '/y/tags', '{"value":1}', 400, 'y/tags/1'],
        ['POST', '/y/offers', '{"value":1}', 400, 'y/offers/$each'],
        ['PUT', '/y/offers/0/price', '{"value":"x"}', 400, 'y/offers/0/price'],
        ['PUT', '/z/0', '{"@odata.type":"#Trip.Pin.City","name":"Ulm"}', 400, 'z/0/@odata.type'],
        ['PUT', '/tags/0', '{"@odata.type":"#Double","value":"INF"}', 400, 'tags/0@odata.type'],
      ])('[345] %s %s %s breaks the type that is there: %i', async (method, path, body, status, target) => {
        await done(
          'PATCH',
          `Guests('new')`,
          JSON.stringify({
            x: city,
            y: { '@odata.type': '#Trip.Pin.Room', ...room },
            'z@odata.type': '#Collection(Trip.Pin.Offer)',
            z: [offer],
            tags: [1],
          }),
        );
        const before = await stored();
        const answer = await send(method, `Guests('new')${path}`, body);
        expect([answer.status, answer.error.target]).toEqual([status, target]);
        expect(await stored()).toEqual(before);
      });

      const thing = { p: 'foo', 'p@type': 'Other.Thing', d: 'soon', 'd@type': 'Date' };
      test.each<[method: string, path: string, body: string | undefined, x: unknown]>([
        ['PATCH', '', '{"x":{"a":2}}', { ...thing, a: 2, list: [{ ...thing, a: 1 }, 5] }],
        ['PATCH', '', '{"x":{"d":"2020-01-01","p":null}}', { a: 1, d: '2020-01-01', list: [{ ...thing, a: 1 }, 5] }],
        ['PUT', '/x/a', '{"value":2}', { ...thing, a: 2, list: [{ ...thing, a: 1 }, 5] }],
        ['DELETE', '/x/list', undefined, { ...thing, a: 1 }],
        ['PATCH', '/x/list/0', '{"a":2}', { ...thing, a: 1, list: [{ ...thing, a: 2 }, 5] }],
        ['PUT', '/x/list/0/a', '{"value":2}', { ...thing, a: 1, list: [{ ...thing, a: 2 }, 5] }],
        ['POST', '/x/list?$index=0', '{"value":2}', { ...thing, a: 1, list: [2, { ...thing, a: 1 }, 5] }],
        ['DELETE', '/x/list/1', undefined, { ...thing, a: 1, list: [{ ...thing, a: 1 }] }],
        ['PUT', '/x', '{"a":2}', { a: 2 }],
      ])(
        '[345] %s %s %s leaves what it does not name as another program has stored it',
        async (method, path, body, x) => {
          const extra = JSON.stringify({ x: { ...thing, a: 1, list: [{ ...thing, a: 1 }, 5] } });
          await running().sql(`UPDATE guests SET extra = $1 WHERE code = 'new'`, [extra]);
          await done(method, `Guests('new')${path}`, body);
          expect(await stored()).toEqual({ x });
        },
      );

      test.each<[path: string, body: string, status: number, target: string]>([
        [`Guests('bob')`, `{"invited":[{"code":"new","x":{"name":null}}]}`, 400, 'invited/0/x/name'],
        [`Guests('bob')`, `{"invited@delta":[{"@id":"Guests('new')","x":{"nam":1}}]}`, 400, 'invited@delta/0/x/nam'],
        [`Guests('more')`, '{"host":{"code":"new","x":{"name":null}}}', 400, 'host/x/name'],
        [`Guests('more')`, '{"host":{"code":"new","y":{"a":1}}}', 501, 'host/y/@odata.type'],
        ['Guests', '{"@context":"#$delta","value":[{"code":"new","x":{"name":null}}]}', 400, 'value/0/x/name'],
        [`Guests/$filter(code eq 'new')/$each`, '{"x":{"name":null}}', 400, `Guests('new')/x/name`],
      ])('[345] what %s %s makes of a value is judged where it stands: %i', async (path, body, status, target) => {
        const extra = JSON.stringify({ x: { '@type': 'Trip.Pin.Room', name: 'r' }, y: { '@type': 'Other.Thing' } });
        await running().sql(`UPDATE guests SET extra = $1 WHERE code = 'new'`, [extra]);
        await running().sql(
          `INSERT INTO guests (code, name, extra, revision, host) VALUES ('more', 'M', '{}', 1, 'new')`,
        );
        const before = await stored();
        const answer = await send('PATCH', path, body, { 'OData-Version': '4.01' });
        expect([answer.status, answer.error.target]).toEqual([status, target]);
        expect(await stored()).toEqual(before);
      });
    });

    test('methods and names that do not fit', async () => {
      expect((await send('POST', `Guests('new')/height`, '{"value":1}')).status).toBe(405);
      expect((await send('PUT', `Guests('new')/he-ight`, '{"value":1}')).status).toBe(404);
      expect((await send('PUT', `Guests('zoe')/height`, '{"value":1}')).status).toBe(404);
      expect((await send('PUT', `Guests('new')/height`, '{"@odata.type":"#Date","value":"x"}')).status).toBe(400);
      expect((await send('PATCH', `Hotels('void')`, '{"foo":1}')).status).toBe(400);
    });

    test('names that mean something elsewhere are names', async () => {
      await done(
        'PATCH',
        `Guests('new')`,
        '{"constructor":"c","__proto__":"p","extra":"e","select":"s","toString":"t"}',
      );
      expect((await ok(`Guests('new')?$select=constructor,__proto__,extra`)).text).toContain(
        '"__proto__":"p","constructor":"c","extra":"e"',
      );
      expect(await found(`$filter=extra eq 'e' and __proto__ eq 'p' and select eq 's'`)).toEqual(['new']);
    });
  });
});

describe('entities within what groups leave of an entity', () => {
  /** What is left of each hotel's main one: its own main one. */
  const wanted = async (): Promise<readonly unknown[]> => {
    const rows = await running().sql(
      `SELECT DISTINCT h.main IS NOT NULL AS there, m.main AS code FROM hotels h LEFT JOIN hotels m ON m.code = h.main`,
    );
    return rows.map(({ there, code }) => (there ? { main: code } : null));
  };
  const inOrder = (groups: readonly unknown[]): readonly string[] =>
    groups.map((group) => JSON.stringify(group)).sort();

  test('[188] of one that is missing nothing is left, whatever collections its kind has', async () => {
    const { value } = await ok('Hotels?$apply=groupby((main/main))');
    const left = value.map(({ main }) => main && { main: (main as { main: Json | null }).main?.['code'] ?? null });
    expect(inOrder(left)).toEqual(inOrder(await wanted()));
  });

  test.each(['concat(groupby((main/main)),identity)', 'groupby((main/main))'])(
    '[188, 193] paths of groups lead on behind %s and addnested',
    async (before) => {
      const { value } = await ok(`Hotels?$apply=${before}/addnested(main,compute(1 as x) as m)/groupby((m/main/code))`);
      const left = value.map(({ m }) => m && { main: (m as { main: Json | null }).main?.['code'] ?? null });
      expect(inOrder(left)).toEqual(inOrder(await wanted()));
      const whole = await ok(`Hotels?$apply=${before}/addnested(main,compute(1 as x) as m)/groupby((m/main/main))`);
      const deep = await running().sql(
        `SELECT DISTINCT h.main IS NOT NULL AS there, m.main IS NOT NULL AS more, n.main AS code FROM hotels h
          LEFT JOIN hotels m ON m.code = h.main LEFT JOIN hotels n ON n.code = m.main`,
      );
      const groups = deep.map(({ there, more, code }) => (there ? { main: more ? { main: code } : null } : null));
      expect(inOrder(whole.value.map(({ m }) => m))).toEqual(inOrder(groups));
    },
  );
});
