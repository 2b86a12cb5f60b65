/** What a generic engine must serve and the model of payments lacks, over the tables of the second model. */
import { sendJson } from '../setup/batches';
import type { Json } from '../setup/service';
import { groupsOf, guestsOf, projected, shown, sortedTexts, textOf, type Guest } from '../setup/trip-pin/guest-groups';
import { runTripPin } from '../setup/trip-pin/running';

const { running, get, ok } = runTripPin();

describe("a database without the engine's own tables", () => {
  const repeatable = {
    'Repeatability-Request-ID': '2f6d4a52-2a4c-4b0e-9d0b-5a1f8f6b7c11',
    'Repeatability-First-Sent': new Date().toUTCString(),
  };
  const json = { 'Content-Type': 'application/json' };
  const people = async (): Promise<string> => (await ok('People/$count')).text;

  test('[284] respond-async is a preference: the answer comes at once', async () => {
    const prefer = { Prefer: 'respond-async, wait=1' };
    const answer = await ok('People/$count', prefer);
    expect(answer.headers['preference-applied']).toBeUndefined();
    const requests = [{ id: '1', method: 'GET', url: 'People/$count', headers: prefer }];
    const batch = await sendJson(running(), requests, prefer);
    expect([batch.status, batch.of('1').text]).toEqual([200, answer.text]);
    expect((await running().get('$async/2f6d4a52-2a4c-4b0e-9d0b-5a1f8f6b7c11')).status).toBe(400);
  });

  test('[363] who wants a request to be repeatable hears 501, and nothing is done; reads are repeatable by nature', async () => {
    const before = await people();
    const body = { UserName: 'twice', FirstName: 'Twice' };
    const single = await running().send('POST', 'People', { ...json, ...repeatable }, JSON.stringify(body));
    expect([single.status, single.headers['repeatability-result']]).toEqual([501, 'rejected']);
    const part = { id: '1', method: 'POST', url: 'People', headers: repeatable, body };
    for (const one of [part, { ...part, atomicityGroup: 'g' }]) {
      const batch = await sendJson(running(), [one]);
      expect([batch.of('1').status, batch.of('1').headers['repeatability-result']]).toEqual([501, 'rejected']);
    }
    expect((await running().send('DELETE', `$RepeatableRequestWithRequestID/x`)).status).toBe(400);
    expect((await ok('People/$count', repeatable)).text).toBe(before);
  });

  test('[284, 363] $metadata says so', async () => {
    const { text } = await ok('$metadata');
    expect(text).toContain('Term="Capabilities.AsynchronousRequestsSupported" Bool="false"');
    expect(text).not.toContain('Term="Repeatability.');
  });
});

describe('the second model is served', () => {
  test('every set in its service document', async () => {
    const { value } = await ok('');
    for (const { url } of value) await ok(String(url));
    expect(value.map(({ name }) => name)).toContain('Airports');
  });
});

describe('columns with the names that statements use for their own', () => {
  /** A request, and what it counts in plain SQL. */
  const requests: readonly (readonly [path: string, sql: string])[] = [
    ['Things?$count=true', 'SELECT count(*) FROM things'],
    ['Things?$top=2&$count=true&$orderby=place desc,all', 'SELECT count(*) FROM things'],
    ['Shelves(1)/things?$count=true', 'SELECT count(*) FROM things WHERE known = 1'],
    ['Shelves(1)/things/$ref?$count=true', 'SELECT count(*) FROM things WHERE known = 1'],
    ['Shelves?$expand=things($count=true;$top=1;$expand=shelf)&$count=true', 'SELECT count(*) FROM shelves'],
    ['Shelves?$filter=things/any(t:t/k eq 1 and t/n eq t/row)&$count=true', 'SELECT count(DISTINCT known) FROM things'],
    [
      'Things?$filter=shelf/n eq 1 and place in (1,2)&$count=true',
      'SELECT count(*) FROM things WHERE known = 1 AND place IN (1, 2)',
    ],
    [
      'Things?$apply=groupby((place),aggregate(k with sum as n2))&$count=true',
      'SELECT count(DISTINCT place) FROM things',
    ],
    ['Shelves(1)/things?$apply=groupby((n),aggregate(rows with sum as m))&$count=true', 'SELECT 1'],
    ['Things?$apply=groupby((all,place))/topcount(2,place)&$count=true', 'SELECT 2'],
    [
      'Things?$apply=groupby((reached,before),aggregate($count as place2))/toppercent(30,place2)&$count=true',
      'SELECT 1',
    ],
    [
      'Things?$apply=concat(aggregate(k with sum as k2),groupby((place)))&$count=true',
      'SELECT 1 + count(DISTINCT place) FROM things',
    ],
    [
      'Shelves?$apply=join(things as thing)/groupby((thing/place))&$count=true',
      'SELECT count(DISTINCT place) FROM things',
    ],
    [
      '$crossjoin(Things,Shelves)?$filter=Things/place eq Shelves/n&$count=true',
      'SELECT count(*) FROM things JOIN shelves ON place = shelves.n',
    ],
  ];

  test.each(requests)('%s', async (path, sql) => {
    const { json } = await ok(path);
    const [found] = await running().sql(sql);
    expect(String(json['@odata.count'])).toBe(String(Object.values(found ?? {})[0]));
  });

  test('$count of a contained collection', async () => {
    const [found] = await running().sql('SELECT count(*)::text AS all FROM things WHERE known = 1');
    expect((await ok('Shelves(1)/things/$count')).text).toBe(found?.['all']);
  });
});

test('JSON in the database that does not fit its type is said to be the reason, and is the fault of no client', async () => {
  const [before] = await running().sql(
    `SELECT rooms::text AS rooms, jsonb_array_length(rooms) AS length FROM hotels WHERE code = 'grand'`,
  );
  for (const stored of ['{}', 'null', '[{"name":"x","tags":1}]']) {
    await running().sql(`UPDATE hotels SET rooms = $1 WHERE code = 'grand'`, [stored]);
    const { status, error } = await running().get("Hotels('grand')");
    expect([stored, status, error.message]).toEqual([
      stored,
      500,
      'JSON in the database does not fit the type of its property. Quote the request-id when you report it.',
    ]);
    expect(running().takeFailures()).toEqual([expect.stringContaining('cannot extract elements')]);
  }
  await running().sql(`UPDATE hotels SET rooms = $1 WHERE code = 'grand'`, [before?.['rooms']]);
  expect((await ok("Hotels('grand')/rooms")).value).toHaveLength(Number(before?.['length']));
});

describe('groups of dynamic properties and of entities behind navigations', () => {
  let guests: readonly Guest[] = [];

  /** Values of several types under one name, nulls, objects and what only looks like one, hosts of hosts. */
  const more: readonly (readonly [code: string, host: string, extra: string])[] = [
    ['g1', 'bob', '{"height":1,"vip":1,"home":{"city":"Ulm","zip":89073}}'],
    ['g2', 'g1', '{"height":"1","vip":"true","home":{"city":"Ulm","zip":null}}'],
    ['g3', 'g1', '{"height":true,"vip":true,"home":{"city":null}}'],
    ['g4', 'g2', '{"height":null,"vip":null,"home":"Ulm","nick":"bob"}'],
    ['g5', 'g2', '{"height":1,"height@type":"Int32","vip":[1,2],"home":{"city":{"name":"Ulm"}}}'],
    ['g6', 'g3', '{"height":1.0,"vip":[1,2],"home":null,"nick":"2020-02-29","nick@type":"Date"}'],
    [
      'g7',
      'g9',
      '{"height":{"cm":180},"vip":{"a":1},"home":{"city":{"name":"Bonn"}},"scores":[1,2.5],"scores@type":"Collection(Decimal)"}',
    ],
    ['g8', 'g9', '{"height":{"cm":180},"vip":{"a":2},"home":{},"scores":[1,2.5]}'],
    ['g9', 'ann', '{"height":-0.5,"points":5,"points@type":"Int64","home":[]}'],
  ];

  beforeAll(async () => {
    await running().sql('ALTER TABLE guests DISABLE TRIGGER USER');
    for (const [code, , extra] of more)
      await running().sql(`INSERT INTO guests (code, name, age, extra, revision) VALUES ($1, 'Guest', 7, $2, 1)`, [
        code,
        extra,
      ]);
    for (const [code, host] of more) await running().sql('UPDATE guests SET host = $2 WHERE code = $1', [code, host]);
    guests = await guestsOf(running());
  });

  afterAll(async () => {
    await running().sql(`UPDATE guests SET host = NULL WHERE code LIKE 'g%'`);
    await running().sql(`DELETE FROM guests WHERE code LIKE 'g%'`);
    await running().sql('ALTER TABLE guests ENABLE TRIGGER USER');
  });

  const byHand = (paths: readonly string[], rows: readonly Guest[] = guests): readonly Json[] =>
    groupsOf(rows, paths).map((group) => ({ ...(group[0] && projected(group[0], paths)), n: group.length }));

  const pathsOf: readonly (readonly string[])[] = [
    ['height'],
    ['vip'],
    ['nick', 'age'],
    ['points', 'born'],
    ['tags'],
    ['scores'],
    ['home'],
    ['home/city'],
    ['home/city', 'home/zip'],
    ['home/city/name'],
    ['home/city/name', 'home/zip', 'height'],
    ['host/nick'],
    ['host/nick', 'host/code', 'age'],
    ['host/home/city'],
    ['host/host'],
    ['host/host', 'host/height', 'vip'],
    ['host/host/host'],
    ['host/host/height', 'host/height'],
    ['host', 'height'],
  ];

  test.each(pathsOf)('groupby((%s,…)) is what JavaScript finds', async (...paths) => {
    const request = `Guests?$apply=groupby((${paths.join()}),aggregate($count as n))`;
    const answer = await ok(request);
    expect(sortedTexts(answer.value.map((row) => shown(row)))).toEqual(sortedTexts(byHand(paths)));
    expect((await ok(`${request.replace('Guests?', 'Guests/$count?')}`)).text).toBe(String(answer.value.length));
    const pages = await running().all(encodeURI(request), { Prefer: 'maxpagesize=1' });
    expect(sortedTexts(pages.map((row) => shown(row)))).toEqual(sortedTexts(byHand(paths)));
    const ordered = await running().all(
      encodeURI(`${request}&$orderby=n desc,${paths.find((path) => !path.endsWith('host')) ?? 'n'}`),
      {
        Prefer: 'maxpagesize=2',
      },
    );
    expect(sortedTexts(ordered.map((row) => shown(row)))).toEqual(sortedTexts(byHand(paths)));
    expect(ordered.map(({ n }) => n)).toEqual(
      byHand(paths)
        .map(({ n }) => n)
        .sort((a, b) => Number(b) - Number(a)),
    );
    const nested = await ok(
      `Guests?$filter=code eq 'ann'&$select=code&$expand=invited($apply=groupby((${paths.join()}),aggregate($count as n)))`,
    );
    const invited = guests.filter(({ host }) => host?.code === 'ann');
    expect(sortedTexts((nested.value[0]?.['invited'] as Json[]).map((row) => shown(row)))).toEqual(
      sortedTexts(byHand(paths, invited)),
    );
  });

  test.each([
    [['home', 'home/city'], ['home']],
    [['host/host/code', 'host/host', 'host/host/nick'], ['host/host']],
    [['host/nick', 'host'], ['host']],
    [['height', 'height'], ['height']],
  ])('%j are the groups of %j: a path that says nothing new changes nothing', async (paths, others) => {
    const { value } = await ok(`Guests?$apply=groupby((${paths.join()}),aggregate($count as n))`);
    expect(sortedTexts(value.map((row) => shown(row)))).toEqual(sortedTexts(byHand(others)));
  });

  test.each([
    ['vip', 'height'],
    ['home/city', 'host/host'],
    ['host/host', 'home'],
  ])('rollup($all,%s,%s)', async (first, second) => {
    const request = `Guests?$apply=groupby((rollup($all,${first},${second})),aggregate($count as n))`;
    const wanted = [...byHand([first, second]), ...byHand([first]), ...byHand([])];
    expect(sortedTexts((await ok(request)).value.map((row) => shown(row)))).toEqual(sortedTexts(wanted));
    const pages = await running().all(encodeURI(request), { Prefer: 'maxpagesize=2' });
    expect(pages.map((row) => shown(row))).toEqual((await ok(request)).value.map((row) => shown(row)));
    const fine = await ok(`${request}&$filter=isdefined(${second.split('/')[0] ?? ''})&$count=true`);
    expect(fine.json['@odata.count']).toBe(byHand([first, second]).length);
  });

  /** The rows of a group that come first by a number, or all of the groups within it. */
  test.each([
    ['vip', 'height'],
    ['host/nick', 'host'],
    ['host/host/age', 'host/host'],
    ['home/city', 'home'],
    ['host/code', 'height'],
  ])('groups of %s within which those of %s are the largest', async (outer, inner) => {
    const most = (rows: readonly Guest[]): number =>
      Math.max(...groupsOf(rows, [outer, inner]).map(({ length }) => length));
    const largest = `groupby((${inner}),aggregate($count as n))/aggregate(n with max as n)`;
    const found = await ok(`Guests?$apply=groupby((${outer}),${largest})`);
    expect(sortedTexts(found.value.map((row) => shown(row)))).toEqual(
      sortedTexts(
        groupsOf(guests, [outer]).map((rows) => ({ ...(rows[0] && projected(rows[0], [outer])), n: most(rows) })),
      ),
    );
    const first = await ok(
      `Guests?$apply=groupby((${outer}),groupby((${inner}),aggregate($count as n))/topcount(1,n))`,
    );
    const of = new Map(byHand([outer, inner]).map((row) => [textOf({ ...row, n: 0 }), row]));
    expect(first.value).toHaveLength(groupsOf(guests, [outer]).length);
    for (const row of first.value.map((one) => shown(one) as Json))
      expect(textOf(of.get(textOf({ ...row, n: 0 })))).toBe(textOf(row));
    expect(first.value.map(({ n }) => n).sort()).toEqual(groupsOf(guests, [outer]).map(most).sort());
  });

  const isNumber = ({ extra }: Guest): boolean => typeof extra['height'] === 'number';
  const cityOf = ({ extra: { home } }: Guest): unknown => (home as { city?: unknown } | null)?.city;

  test.each<[$apply: string, filter: string, paths: readonly string[], isFound: (guest: Guest) => boolean]>([
    ['groupby((height))', 'height eq 1', ['height'], ({ extra }) => extra['height'] === 1],
    ['groupby((height))', "height eq '1'", ['height'], ({ extra }) => extra['height'] === '1'],
    ['groupby((height))', 'height eq true', ['height'], ({ extra }) => extra['height'] === true],
    ['groupby((height))', 'nick eq null and isdefined(height) and not isdefined(nick)', ['height'], () => true],
    ['groupby((home/city))', "home/city eq 'Ulm'", ['home/city'], (guest) => cityOf(guest) === 'Ulm'],
    [
      'groupby((home/city))',
      'home eq null',
      ['home/city'],
      (guest) => projected(guest, ['home/city'])['home'] === null,
    ],
    [
      'groupby((home/city))',
      'home ne null and home/city eq null and isdefined(home/city)',
      ['home/city'],
      (guest) => projected(guest, ['home/city'])['home'] !== null && (cityOf(guest) ?? null) === null,
    ],
    ['groupby((home))', 'isdefined(home/city)', ['home'], (guest) => (cityOf(guest) ?? null) !== null],
    [
      'groupby((host/host))',
      "host/host/nick eq 'bob'",
      ['host/host'],
      ({ host }) => host?.host?.extra['nick'] === 'bob',
    ],
    ['groupby((host/host))', 'host ne null and host/host eq null', ['host/host'], ({ host }) => host?.host === null],
    ['groupby((height,nick))/groupby((nick))', 'true', ['nick'], () => true],
    ['groupby((host/host))/groupby((host/host/nick))', 'true', ['host/host/nick'], () => true],
    [
      'groupby((host/host,age))/groupby((host))',
      "host/host/code gt 'b'",
      ['host/host'],
      ({ host }) => (host?.host?.code ?? '') > 'b',
    ],
    ['concat(groupby((height)),groupby((vip,height)))/groupby((height))', 'true', ['height'], () => true],
    ['groupby((height))/filter(cast(height,Edm.Decimal) ne null)', 'true', ['height'], isNumber],
    [
      'filter(isof(height,Edm.Decimal))/compute(cast(height,Edm.Decimal) as h)/groupby((height,h))',
      'h le 90',
      ['height'],
      (guest) => isNumber(guest) && Number(guest.extra['height']) <= 90,
    ],
  ])('%s takes the other options: $filter=%s', async ($apply, filter, paths, isFound) => {
    const wanted = groupsOf(guests.filter(isFound), paths).length;
    expect(wanted).toBeGreaterThan(0);
    expect((await ok(`Guests?$apply=${$apply}&$filter=${filter}&$count=true`)).json['@odata.count']).toBe(wanted);
  });

  test.each([
    [['host']],
    [['host/host']],
    [['host/nick']],
    [['home/city']],
    [['height', 'host/host']],
    [['host', 'home']],
  ])('rows of two structures in groups of %j', async (paths) => {
    const both = [...paths, 'age'];
    const wanted = groupsOf(guests, paths).map((rows) => ({
      ...(rows[0] && projected(rows[0], paths)),
      n: 1 + groupsOf(rows, both).length,
    }));
    const request = `Guests?$apply=concat(groupby((${paths.join()})),groupby((${both.join()})))/groupby((${paths.join()}),aggregate($count as n))`;
    const { value } = await ok(request);
    expect(sortedTexts(value.map((row) => shown(row)))).toEqual(sortedTexts(wanted));
    const pages = await running().all(encodeURI(request), { Prefer: 'maxpagesize=1' });
    expect(pages).toEqual(value);
  });

  const pool = [
    'age',
    'code',
    'height',
    'vip',
    'nick',
    'home',
    'home/city',
    'home/zip',
    'home/city/name',
    'host',
    'host/age',
    'host/vip',
    'host/home',
    'host/home/city',
    'host/host',
    'host/host/code',
    'host/host/height',
    'host/host/home/city',
    'host/host/host',
    'host/host/host/age',
  ];

  test.each(Array.from({ length: 24 }, (_, seed) => seed))('any paths, in groups of groups: %i', async (seed) => {
    let state = seed + 1;
    const below = (limit: number): number => {
      state = (state * 48271) % 2147483647;
      return state % limit;
    };
    const some = (): readonly string[] => [
      ...new Set(Array.from({ length: 1 + below(3) }, () => pool[below(pool.length)] ?? 'age')),
    ];
    const [outer, inner] = [some(), some()];
    const both = [...outer, ...inner];
    const largest = (paths: readonly string[], within: readonly string[]): readonly Json[] =>
      groupsOf(guests, paths).map((rows) => ({
        ...(rows[0] && projected(rows[0], paths)),
        n: Math.max(...groupsOf(rows, within).map(({ length }) => length)),
      }));
    const rolled = [
      ...byHand(both),
      ...both.slice(0, -1).flatMap((_, index) => byHand(both.slice(0, both.length - 1 - index))),
    ];
    const counted = 'aggregate($count as n)';
    for (const [$apply, wanted] of [
      [`groupby((${both.join()}),${counted})`, byHand(both)],
      [`groupby((${outer.join()}),groupby((${inner.join()}),${counted}))`, byHand(both)],
      [`groupby((${both.join()}),${counted})/groupby((${outer.join()}),aggregate(n with sum as n))`, byHand(outer)],
      [
        `groupby((${both.join()}),${counted})/groupby((${outer.join()}),aggregate(n with max as n))`,
        largest(outer, both),
      ],
      [
        `groupby((${outer.join()}),groupby((${inner.join()}),${counted})/aggregate(n with max as n))`,
        largest(outer, both),
      ],
      [
        `groupby((rollup(${both.length > 1 ? both.join() : `${both.join()},code`})),${counted})`,
        both.length > 1 ? rolled : undefined,
      ],
      [
        `compute(1 as one)/groupby((${inner.join()}),filter(one eq 1)/${counted})/filter(n gt 1)`,
        byHand(inner).filter(({ n }) => Number(n) > 1),
      ],
    ] as const) {
      const request = `Guests?$apply=${$apply}`;
      const { value } = await ok(request);
      const found = sortedTexts(value.map((row) => shown(row)));
      if (wanted) expect([$apply, found]).toEqual([$apply, sortedTexts(wanted)]);
      const pages = await running().all(encodeURI(request), { Prefer: 'maxpagesize=3' });
      expect([$apply, sortedTexts(pages.map((row) => shown(row)))]).toEqual([$apply, found]);
    }
  });

  /** Rows of groups by hand, each with a number of its own. */
  const numbered = (
    paths: readonly string[],
    number: (rows: readonly Guest[]) => number,
    rows = guests,
  ): readonly Json[] =>
    groupsOf(rows, paths).map((group) => ({ ...(group[0] && projected(group[0], paths)), n: number(group) }));
  const old = (rows: readonly Guest[]): number => rows.filter(({ age }) => (age ?? 0) > 30).length;

  test.each<[$apply: string, wanted: () => readonly Json[]]>([
    // A group stays one when nothing is left of it.
    ['groupby((height),filter(age gt 30)/aggregate($count as n))', () => numbered(['height'], old)],
    ['groupby((host/host),filter(age gt 30)/aggregate($count as n))', () => numbered(['host/host'], old)],
    ['groupby((home/city),filter(age gt 30)/aggregate($count as n))', () => numbered(['home/city'], old)],
    [
      'join(invited as i)/groupby((i/height,i/home/city),aggregate($count as n))',
      () =>
        numbered(
          ['height', 'home/city'],
          ({ length }) => length,
          guests.filter(({ host }) => host),
        ).map(({ n, ...i }) => ({ i, n })),
    ],
    [
      'outerjoin(invited as i)/groupby((code,i/vip),aggregate($count as n))',
      () =>
        guests.flatMap(({ code }): readonly Json[] => {
          const invited = guests.filter(({ host }) => host?.code === code);
          return invited.length === 0
            ? [{ code, i: null, n: 1 }]
            : numbered(['vip'], ({ length }) => length, invited).map(({ n, ...i }) => ({ code, i, n }));
        }),
    ],
    [
      'aggregate(age with sum from height with max as n)',
      () => [
        {
          n: Math.max(
            ...groupsOf(guests, ['height']).map((rows) => rows.reduce((all, { age }) => all + (age ?? 0), 0)),
          ),
        },
      ],
    ],
    [
      'compute(cast(height,Edm.Decimal) as a,cast(height,Edm.Boolean) as b)/groupby((a,b),aggregate($count as n))',
      () => {
        const pairs = guests.map(({ extra: { height } }): readonly [number | null, boolean | null] => [
          typeof height === 'number' ? height : null,
          typeof height === 'boolean' ? height : null,
        ]);
        return [...new Set(pairs.map((pair) => JSON.stringify(pair)))].map((text) => {
          const [a, b] = JSON.parse(text) as readonly [number | null, boolean | null];
          const n = pairs.filter((pair) => JSON.stringify(pair) === text).length;
          return { 'a@odata.type': '#Decimal', a, b, n };
        });
      },
    ],
  ])('%s', async ($apply, wanted) => {
    const { value } = await ok(`Guests?$apply=${$apply}`);
    expect(sortedTexts(value.map((row) => shown(row)))).toEqual(sortedTexts(wanted()));
  });

  test('what a group shows of a whole entity is what its own address shows', async () => {
    const entity = async (code: unknown, headers: Record<string, string>): Promise<Json> =>
      Object.fromEntries(
        Object.entries((await ok(`Guests('${String(code)}')`, headers)).json).filter(
          ([name]) => !name.endsWith('.context') && !name.includes('Link') && !name.endsWith('.id'),
        ),
      );
    for (const metadata of ['minimal', 'full']) {
      const headers = { Accept: `application/json;odata.metadata=${metadata};IEEE754Compatible=true` };
      const { value } = await ok('Guests?$apply=groupby((host/host))', headers);
      const seen = value.flatMap(({ host }) => (host as Json | null)?.['host'] ?? []) as Json[];
      expect(seen).toHaveLength(new Set(guests.flatMap(({ host }) => host?.host ?? [])).size);
      for (const one of seen) expect(one).toMatchObject(await entity(one['code'], headers));
    }
  });

  test.each([
    ['groupby((height,home/city,host/nick))', 'Guests(height,home/city,host(nick))'],
    ['groupby((host/host,host/nick))', 'Guests(host(nick,host()))'],
    ['groupby((rollup(height,vip)))', 'Guests(height)'],
    [
      'concat(groupby((home/city,host/nick)),groupby((home,host)))/groupby((home/city,host/nick))',
      'Guests(home/city,host(nick))',
    ],
    ['groupby((height))&$select=height', 'Guests(height)'],
    ['groupby((host/host))&$select=host', 'Guests(host)'],
  ])('the context of %s is %s', async ($apply, context) => {
    const { json } = await ok(`Guests?$apply=${$apply}`);
    expect(String(json['@odata.context']).split('#')[1]).toBe(context);
  });

  test('types go out as the client asks for them', async () => {
    const apply = "Guests?$apply=filter(code eq 'ann')/groupby((points,height,born,vip))";
    const full = await ok(apply, {
      Accept: 'application/json;metadata=full;IEEE754Compatible=true',
      'OData-MaxVersion': '4.01',
    });
    expect(full.value).toEqual([
      {
        'points@type': 'Int64',
        points: '9007199254740993',
        'height@type': 'Double',
        height: 180.5,
        'born@type': 'Date',
        born: '2020-02-29',
        vip: true,
      },
    ]);
    const none = await ok(apply, { Accept: 'application/json;odata.metadata=none' });
    expect(Object.keys(none.value[0] ?? {})).toEqual(['points', 'height', 'born', 'vip']);
    const omitted = await ok('Guests?$apply=groupby((gone,home/city,host/nothing))', { Prefer: 'omit-values=nulls' });
    expect(sortedTexts(omitted.value.map((row) => shown(row)))).toEqual(
      sortedTexts(
        groupsOf(guests, ['home/city', 'host/nothing']).map(([guest]) => {
          const { home, host } = guest ? projected(guest, ['home/city', 'host/nothing']) : {};
          const city = (home as Json | null)?.['city'] ?? null;
          return { ...(home ? { home: city === null ? {} : home } : {}), ...(host ? { host: {} } : {}) };
        }),
      ),
    );
  });

  test.each([
    [400, 'Guests?$apply=groupby((height))/groupby((nick))', 'aggregated away'],
    [400, 'Guests?$apply=groupby((invited/height))', 'collection'],
    [400, 'Guests?$apply=groupby((height/$count))', 'name'],
    [400, 'Guests?$apply=groupby((name))&$select=name/x', 'no properties'],
    [400, 'Guests?$apply=groupby((height))&$expand=height', 'navigation'],
    [400, 'Guests?$apply=groupby((host/host))&$orderby=host/host', 'order'],
    [400, 'Guests?$apply=groupby((height),aggregate($count as height))', 'already'],
    [400, 'Hotels?$apply=groupby((height))', 'height'],
  ])('%i: %s', async (status, path, message) => {
    const { error, ...answer } = await get(path);
    expect([answer.status, error.message]).toEqual([status, expect.stringContaining(message)]);
  });

  test('a name reaches the database as a value only', async () => {
    const seen = new Set<string>();
    for (const name of ['height', 'DROP', 'ünïcode', '__proto__']) {
      running().takeStatements();
      await ok(`Guests?$apply=groupby((${name},host/${name},home/${name}),aggregate($count as n))&$orderby=${name}`);
      for (const { text } of running().takeStatements()) seen.add(text);
    }
    for (const text of seen) expect(text).not.toMatch(/height|DROP|ünïcode/);
    expect(seen.size).toBe(1);
  });
});

describe('annotations in $select', () => {
  const [person, city, point] = ['Somebody who travels.', null, 'A place on earth.'];
  const shown = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).filter(([name]) => !/^@odata\.(etag|id|editLink|type)$/.test(name)))
        : inner,
    );
  const term = '@Core.Description';

  test.each<readonly [path: string, context: string, first: Json]>([
    [`People?$select=${term}`, `People(${term})`, { [term]: person }],
    [`People?$select=userName,${term}`, `People(userName,${term})`, { userName: 'mirsking', [term]: person }],
    [
      `People?$select=userName,home/${term},home/name`,
      `People(userName,home/${term},home/name)`,
      { userName: 'mirsking', home: { [term]: city, name: '' } },
    ],
    [`Airports?$select=location/${term}`, `Airports(location/${term})`, { location: { [term]: point } }],
    [`Airports?$select=location($select=${term})`, `Airports(location/${term})`, { location: { [term]: point } }],
    [`Airports?$compute=location as l&$select=l/${term}`, `Airports(l/${term})`, { l: { [term]: point } }],
    [
      `Airlines?$select=@Core.AlternateKeys,airlineCode`,
      'Airlines(@Core.AlternateKeys,airlineCode)',
      { airlineCode: 'AA', '@Core.AlternateKeys': [{ Key: [{ Name: 'name' }] }] },
    ],
    // Those of several values take the options of collections.
    [
      'Airlines?$select=@Core.AlternateKeys($top=1;$count=true)',
      'Airlines(@Core.AlternateKeys)',
      { '@Core.AlternateKeys': [{ Key: [{ Name: 'name' }] }] },
    ],
    [
      'Airlines?$select=airlineCode,@Core.AlternateKeys($filter=$this/Key/$count gt 1)',
      'Airlines(airlineCode,@Core.AlternateKeys)',
      { airlineCode: 'AA', '@Core.AlternateKeys': [] },
    ],
    ['Airlines?$select=@Core.Messages($top=5)', 'Airlines(@Core.Messages)', { '@Core.Messages': null }],
    [
      'People?$select=userName,home/@Core.Messages($top=5)',
      'People(userName,home/@Core.Messages)',
      { userName: 'mirsking', home: { '@Core.Messages': null } },
    ],
    [`Guests?$select=${term},height`, `Guests(${term},height)`, { [term]: 'Who sleeps somewhere.', height: 180.5 }],
    [`Hotels('grand')/rooms?$select=${term}`, `Hotels('grand')/rooms(${term})`, { [term]: 'Where a guest sleeps.' }],
    [
      `Contacts('boss')/friend?$select=code&$expand=friends($select=${term})`,
      `Contacts(code,friends(${term}))/$entity`,
      { code: 'ann', friends: [{ [term]: 'Who works here.' }, { [term]: 'Who works here.' }] },
    ],
  ])('%s', async (path, context, first) => {
    for (const headers of [
      {},
      { Prefer: 'odata.include-annotations="-*"' },
      { Accept: 'application/json;odata.metadata=full' },
      { Accept: 'application/json;odata.metadata=none' },
    ]) {
      const { json } = await ok(path, headers);
      const { '@odata.context': told, value, ...single } = json;
      if (typeof told === 'string') expect(told.split('#')[1]).toBe(context);
      const [row] = (Array.isArray(value) ? value : [single]) as readonly Json[];
      const names = Object.keys(first);
      const own = Object.fromEntries(Object.entries(shown(row) as Json).filter(([name]) => names.includes(name)));
      expect([headers, own]).toMatchObject([headers, first]);
    }
  });

  test('beside a star, behind types, and what is none', async () => {
    const all = await ok(`Airlines?$select=*,@Core.AlternateKeys`);
    const plain = await ok('Airlines');
    expect(all.value.map(({ '@Core.AlternateKeys': _, ...airline }) => airline)).toEqual(plain.value);
    expect(all.value.every((row) => Array.isArray(row['@Core.AlternateKeys']))).toBe(true);
    const { value } = await ok(`Contacts?$select=code,Trip.Pin.Employee/${term}`);
    const rows = await running().sql(`SELECT code, kind FROM contacts ORDER BY name, code`);
    expect(value.map(({ code, [term]: said }) => [code, said])).toEqual(
      rows.map(({ code, kind }) => [
        code,
        ['employee', 'manager'].includes(String(kind)) ? 'Who works here.' : undefined,
      ]),
    );
    for (const [path, target] of [
      ['People?$select=@Nope.Term', 'no annotation'],
      ['People?$select=@Core.Descripton', "Did you mean 'Core.Description'?"],
      ['People?$select=home/@Core.Descripton', "Did you mean 'Core.Description'?"],
      [`People?$select=${term}/x`, 'neither options nor a path'],
      [`People?$select=${term}($top=1)`, 'neither options nor a path'],
      ['Airlines?$select=@Core.AlternateKeys/x', 'no path stands'],
      ['Airlines?$select=@Core.AlternateKeys($select=Key)', '$select'],
      [`People?$select=userName/${term}`, 'no properties'],
      [`People?$select=userName${term}`, 'Expected'],
    ] as const) {
      const { status, error } = await get(path);
      expect([path, status, error.target, error.message]).toEqual([
        path,
        400,
        '$select',
        expect.stringContaining(target),
      ]);
    }
  });

  test('[87] in expressions, what is said of a row that is missing, or of another type, is null', async () => {
    const said = async (path: string, expression: string): Promise<readonly unknown[]> =>
      (await ok(`${path}?$compute=${expression} as c&$select=c`)).value.map(({ c }) => c);
    const contacts = await running().sql(`SELECT kind FROM contacts ORDER BY name, code`);
    expect(await said('Contacts', `Trip.Pin.Employee/${term}`)).toEqual(
      contacts.map(({ kind }) => (['employee', 'manager'].includes(String(kind)) ? 'Who works here.' : null)),
    );
    const people = await running().sql(`SELECT best_friend FROM people ORDER BY "userName"`);
    const first = 'The first name of the best friend.';
    expect(await said('People', `bestFriend/bestFriendName/${term}`)).toEqual(
      people.map(({ best_friend: friend }) => (friend === null ? null : first)),
    );
    expect(await said('People', `bestFriendName/${term}`)).toEqual(people.map(() => first));
    expect(await said('People', `bestFriend/${term}`)).toEqual(
      people.map(({ best_friend: friend }) => (friend === null ? null : person)),
    );
    expect(await said('People', `trips/${term}`)).toEqual(people.map(() => 'The trips of the person.'));
  });
});

describe('parentheses where none belong are refused, not passed over', () => {
  const [key, name] = ['One entity takes no key.', 'No resource is found'];
  test.each<readonly [path: string, status: number, target: string, says: string]>([
    [`Airlines('AA')('x')`, 400, 'path/0', key],
    [`Airlines('AA')(name='x')/name`, 400, 'path/0', key],
    [`Contacts/Trip.Pin.Employee('dora')('x')`, 400, 'path/1', key],
    [`People('russellwhyte')/trips(1)(2)`, 400, 'path/1', key],
    [`Contacts('boss')/friends('chief')('x')/code`, 400, 'path/1', key],
    [`People('russellwhyte')/home/name('x')`, 404, 'path/2', name],
    [`People('russellwhyte')/home/name()`, 404, 'path/2', name],
    [`People('russellwhyte')/home()`, 404, 'path/1', name],
    [`Hotels('grand')/rooms/0/seen/name(1)`, 404, 'path/4', name],
    [`Hotels('grand')/rooms/$filter(true)(1)`, 404, 'path/2', name],
    [`Airlines?$filter=$root/Airlines('AA')('x')/name eq name`, 400, '$filter', key],
    [`People?$filter=trips(tripNumber=1)(tripNumber=2)/budget eq 1`, 400, '$filter', key],
    [`Contacts?$filter=friends/Trip.Pin.Employee('dora')('x')/salary eq 1`, 400, '$filter', key],
    [`People?$filter=home/name('x') eq 'y'`, 400, '$filter', `no function 'name'`],
    [`People?$orderby=home/name(1)`, 400, '$orderby', `no function 'name'`],
    [`People?$filter=@a/name(1) eq 'y'&@a=home`, 400, '$filter', `no function 'name'`],
    [`Hotels?$filter=rooms/any(r:r/seen/name(1) eq 'x')`, 400, '$filter', `no function 'name'`],
  ])('%s: %i', async (path, status, target, says) => {
    const { error, ...answer } = await get(path);
    expect([answer.status, error.target, error.message]).toEqual([status, target, expect.stringContaining(says)]);
    expect(error.message).not.toContain('Did you mean');
  });
});
