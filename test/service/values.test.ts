/** Values of every type that the model of payments lacks: enumerations stored as numbers, flags, durations. The oracle is plain SQL. */
import { withOptions, type Answer, type Json } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const any = {
  'Content-Type': 'application/json',
  'If-Match': '*',
  'OData-Version': '4.01',
  'OData-MaxVersion': '4.01',
};

const { running, ok, send, done } = runTripPin({}, any);

/** The values of one property, in the order of the answer. */
const column = (rows: readonly Json[], name: string): unknown[] => rows.map((row) => row[name]);

const sqlColumn = async (text: string): Promise<unknown[]> =>
  (await running().sql(text)).map((row) => Object.values(row)[0]);

/** A person for one test; gone when it ends. */
async function withPerson<T>(more: object, test: (path: string, made: Answer) => Promise<T>): Promise<T> {
  const made = await done('POST', 'People', { userName: 'somebody', firstName: 'Some', ...more });
  try {
    return await test(`People('somebody')`, made);
  } finally {
    await done('DELETE', `People('somebody')`);
  }
}

const stored = (name: string): Promise<unknown[]> =>
  sqlColumn(`SELECT "${name}" FROM people WHERE "userName" = 'somebody'`);

const genders = ['Male', 'Female', 'Unknown'];
const features = ['Feature1', 'Feature2', 'Feature3'];

/** What goes out for stored flags. */
const flagsText = (stored: number): string =>
  stored === 0 ? '0' : features.filter((_, bit) => (stored & (1 << bit)) !== 0).join();

describe('enumerations stored as numbers', () => {
  test('[309] go out by name, flags as a list of names', async () => {
    const rows = await running().sql('SELECT gender, "favoriteFeature" AS flags FROM people ORDER BY "userName"');
    const { value } = await ok('People?$orderby=userName');
    expect(column(value, 'gender')).toEqual(rows.map(({ gender }) => genders[Number(gender)]));
    expect(column(value, 'favoriteFeature')).toEqual(rows.map(({ flags }) => flagsText(Number(flags))));
    expect(new Set(column(value, 'gender')).size).toBe(3);
  });

  test('also within expanded entities, alone, raw, and with their type under metadata=full', async () => {
    const { value } = await ok(
      `People?$expand=admirers($select=gender,favoriteFeature;$orderby=userName)&$filter=userName eq 'russellwhyte'`,
    );
    expect(value[0]?.['admirers']).toMatchObject([
      { gender: 'Unknown', favoriteFeature: '0' },
      { gender: 'Male', favoriteFeature: 'Feature1,Feature2' },
    ]);
    expect((await ok(`People('mirsking')/favoriteFeature`)).json['value']).toBe('Feature2,Feature3');
    expect((await ok(`People('mirsking')/favoriteFeature/$value`)).text).toBe('Feature2,Feature3');
    expect((await ok(`People('mirsking')/bestFriend/$ref`).catch(() => ({ status: 204 }))).status).toBe(204);
    const full = await ok(`People('mirsking')`, { Accept: 'application/json;odata.metadata=full' });
    expect(full.json).toMatchObject({
      'gender@odata.type': '#Trip.Pin.PersonGender',
      gender: 'Female',
      'favoriteFeature@odata.type': '#Trip.Pin.Feature',
    });
  });

  const filters: readonly (readonly [filter: string, condition: string])[] = [
    [`gender eq 'Female'`, 'gender = 1'],
    [`gender eq Trip.Pin.PersonGender'Female'`, 'gender = 1'],
    [`gender eq '1'`, 'gender = 1'],
    [`gender ne 'Female'`, 'gender <> 1'],
    [`gender gt 'Male'`, 'gender > 0'],
    [`gender in ('Male','Unknown')`, 'gender IN (0, 2)'],
    [`gender in ['Female']`, 'gender = 1'],
    [`favoriteFeature eq 'Feature1,Feature2'`, '"favoriteFeature" = 3'],
    [`favoriteFeature eq Trip.Pin.Feature'Feature2,Feature1'`, '"favoriteFeature" = 3'],
    [`favoriteFeature has 'Feature1'`, '"favoriteFeature" & 1 = 1'],
    [`favoriteFeature has Trip.Pin.Feature'Feature2,Feature3'`, '"favoriteFeature" & 6 = 6'],
    [`not (favoriteFeature has '4')`, '"favoriteFeature" & 4 <> 4'],
    [`favoriteFeature has '0'`, 'true'],
    [`cast(gender,Edm.String) eq 'Male'`, 'gender = 0'],
    [`cast(favoriteFeature,Edm.String) eq 'Feature2,Feature3'`, '"favoriteFeature" = 6'],
    [`cast(favoriteFeature,Edm.Int32) add 1 eq 8`, '"favoriteFeature" = 7'],
    [`cast(lastName,Trip.Pin.PersonGender) eq null`, 'true'],
    [`cast(1,Trip.Pin.PersonGender) eq gender`, 'gender = 1'],
    [`cast(length(userName) sub 11,Trip.Pin.PersonGender) eq 'Male'`, 'length("userName") = 11'],
    [
      `bestFriend/gender eq 'Male'`,
      'EXISTS (SELECT FROM people f WHERE f."userName" = p.best_friend AND f.gender = 0)',
    ],
    [
      `admirers/any(a:a/favoriteFeature has 'Feature3')`,
      'EXISTS (SELECT FROM people f WHERE f.best_friend = p."userName" AND f."favoriteFeature" & 4 = 4)',
    ],
  ];

  test.each(filters)('[106, 107, 141] $filter=%s', async (filter, condition) => {
    const wanted = await sqlColumn(`SELECT "userName" FROM people p WHERE ${condition} ORDER BY 1`);
    expect(column((await ok(`People?$select=userName&$orderby=userName&$filter=${filter}`)).value, 'userName')).toEqual(
      wanted,
    );
  });

  test('are refused where they are none', async () => {
    for (const filter of [`gender eq 'Mail'`, `gender eq 7`, `favoriteFeature has 'Feature9'`, `gender has 'Male'`]) {
      const answer = await running().get(encodeURI(`People?$filter=${filter}`));
      expect([filter, answer.status]).toEqual([filter, 400]);
    }
  });

  test('[165] sort by their numbers, also across pages', async () => {
    for (const name of ['gender', 'favoriteFeature']) {
      for (const direction of ['asc', 'desc']) {
        const wanted = await sqlColumn(
          `SELECT "userName" FROM people ORDER BY "${name}" ${direction}, "userName" COLLATE "C" ${direction}`,
        );
        const found = await running().all(
          `People?$select=userName&$orderby=${name} ${direction}`.replaceAll(' ', '%20'),
          {
            Prefer: 'maxpagesize=2',
          },
        );
        expect(column(found, 'userName')).toEqual(wanted);
      }
    }
  });

  test('[187] can be grouped by and aggregated', async () => {
    const groups = await running().sql('SELECT gender, count(*)::int AS n FROM people GROUP BY gender ORDER BY gender');
    const { value } = await ok('People?$apply=groupby((gender),aggregate($count as n))&$orderby=gender');
    expect(value.map(({ gender, n }) => [gender, n])).toEqual(
      groups.map(({ gender, n }) => [genders[Number(gender)], n]),
    );
    const [most] = await running().sql('SELECT max("favoriteFeature") AS f FROM people');
    const highest = await ok('People?$apply=aggregate(favoriteFeature with max as most)');
    expect(highest.value[0]?.['most']).toBe(flagsText(Number(most?.['f'])));
    const filtered = await ok(`People?$apply=groupby((favoriteFeature))/filter(favoriteFeature has 'Feature2')`);
    expect(column(filtered.value, 'favoriteFeature').sort()).toEqual([
      'Feature1,Feature2',
      'Feature1,Feature2,Feature3',
      'Feature2,Feature3',
    ]);
  });

  test.each([
    ['Feature2', 2],
    ['Feature3, Feature1', 5],
    ['3', 3],
    ['0', 0],
    [6, 6],
  ] as const)('[309] flags are written as %s', async (sent, number) => {
    await withPerson({ favoriteFeature: sent, gender: 'Female' }, async (path, made) => {
      expect(made.json).toMatchObject({ favoriteFeature: flagsText(number), gender: 'Female' });
      expect(await stored('favoriteFeature')).toEqual([number]);
      expect((await ok(path)).json).toMatchObject({ favoriteFeature: flagsText(number) });
      await done('PATCH', path, { favoriteFeature: 'Feature1', gender: '0' });
      expect([await stored('favoriteFeature'), await stored('gender')]).toEqual([[1], [0]]);
      await done('PUT', `${path}/gender`, { value: 'Unknown' });
      expect(await stored('gender')).toEqual([2]);
    });
  });

  test('[42] what is left out has its default, which $metadata tells by name', async () => {
    await withPerson({}, async (path, made) => {
      expect(made.json).toMatchObject({ gender: 'Unknown', favoriteFeature: 'Feature1,Feature3' });
      await done('PATCH', path, { gender: 'Male', favoriteFeature: 'Feature2' });
      await done('PUT', path, { firstName: 'Some' });
      expect((await ok(path)).json).toMatchObject({ gender: 'Unknown', favoriteFeature: 'Feature1,Feature3' });
    });
    const { text } = await ok('$metadata');
    expect(text).toContain('Type="Trip.Pin.Feature" Nullable="false" DefaultValue="Feature1,Feature3"');
  });

  test('[309] what is no member is refused at its place', async () => {
    for (const body of [
      { gender: 'Mail' },
      { gender: 9 },
      { gender: 'Male,Female' },
      { gender: true },
      { gender: null },
    ]) {
      const answer = await send('POST', 'People', { userName: 'nobody', firstName: 'No', ...body });
      expect([body, answer.status, answer.error.target]).toEqual([body, 400, 'gender']);
    }
    const answer = await send('POST', 'People', { userName: 'nobody', firstName: 'No', favoriteFeature: 'Feature1,9' });
    expect([answer.status, answer.error.target]).toEqual([400, 'favoriteFeature']);
  });

  test('[47] are declared with all their members', async () => {
    const { text } = await ok('$metadata');
    const [, flags = ''] = /<EnumType Name="Feature"([\s\S]*?)<\/EnumType>/.exec(text) ?? [];
    expect(flags).toContain('IsFlags="true"');
    expect([...flags.matchAll(/<Member Name="(\w+)" Value="(\d+)"/g)].map(([, name, value]) => [name, value])).toEqual([
      ['Feature1', '1'],
      ['Feature2', '2'],
      ['Feature3', '4'],
    ]);
    const json = (await ok('$metadata?$format=json')).json as Record<string, Record<string, unknown>>;
    expect(json['Trip.Pin']?.['Feature']).toMatchObject({ $Kind: 'EnumType', $IsFlags: true, Feature3: 4 });
  });
});

describe('collections of values', () => {
  const emails = async (): Promise<ReadonlyMap<unknown, string[]>> =>
    new Map(
      (await running().sql('SELECT "userName" AS name, emails FROM people')).map(({ name, emails: items }) => [
        name,
        items as string[],
      ]),
    );
  const ronald = `People('ronaldmundy')/emails`;

  test('[309, 312] go out as arrays, empty ones too, in their order', async () => {
    const wanted = await emails();
    const { value } = await ok('People?$select=userName,emails&$expand=trips($select=ratings;$orderby=tripNumber)');
    for (const person of value) expect(person['emails']).toEqual(wanted.get(person['userName']));
    expect(value.map(({ emails: items }) => items)).toContainEqual([]);
    const [russell] = value.filter(({ userName }) => userName === 'russellwhyte');
    expect(russell?.['trips']).toMatchObject([{ ratings: [5, 3, 4] }, { ratings: [] }]);
    const full = await ok(`People('mirsking')?$select=emails`, { Accept: 'application/json;odata.metadata=full' });
    expect(full.json).toMatchObject({ 'emails@odata.type': '#Collection(String)', emails: ['mirs@example.com'] });
  });

  test.each([
    [`emails/any(e:e eq 'Russell@contoso.com')`, `'Russell@contoso.com' = ANY (emails)`],
    ['emails/any()', 'cardinality(emails) > 0'],
    ['not emails/any()', 'cardinality(emails) = 0'],
    [
      `emails/all(e:endswith(e,'@example.com'))`,
      `NOT EXISTS (SELECT FROM unnest(emails) e WHERE e NOT LIKE '%@example.com')`,
    ],
    ['emails/$count gt 1', 'cardinality(emails) > 1'],
    [
      `emails/$count($filter=startswith($this,'R')) eq 1`,
      `(SELECT count(*) FROM unnest(emails) e WHERE e LIKE 'R%') = 1`,
    ],
    [
      `emails/$filter(contains($this,'@'))/$count eq 2`,
      `(SELECT count(*) FROM unnest(emails) e WHERE e LIKE '%@%') = 2`,
    ],
    [`'mirs@example.com' in emails`, `'mirs@example.com' = ANY (emails)`],
    [`emails eq ["mirs@example.com"]`, `emails = '{mirs@example.com}'`],
    [
      `trips/any(t:t/ratings/any(r:r gt 4))`,
      `EXISTS (SELECT FROM trips t, unnest(ratings) r WHERE t.owner = p."userName" AND r > 4)`,
    ],
    [`hassubset(emails,["NULL",""])`, `emails @> '{"NULL",""}'`],
    [
      `bestFriend/emails/any(e:startswith(e,'Russell'))`,
      `EXISTS (SELECT FROM people f, unnest(f.emails) e WHERE f."userName" = p.best_friend AND e LIKE 'Russell%')`,
    ],
  ])('[139, 144] $filter=%s', async (filter, condition) => {
    const wanted = await sqlColumn(`SELECT "userName" FROM people p WHERE ${condition} ORDER BY 1`);
    expect(column((await ok(`People?$select=userName&$orderby=userName&$filter=${filter}`)).value, 'userName')).toEqual(
      wanted,
    );
  });

  test('[165] sort by how many they are', async () => {
    const wanted = await sqlColumn(
      'SELECT "userName" FROM people ORDER BY cardinality(emails) DESC, "userName" COLLATE "C" DESC',
    );
    expect(column((await ok('People?$orderby=emails/$count desc')).value, 'userName')).toEqual(wanted);
  });

  test.each([
    ['', (items: string[]) => items],
    ["?$filter=contains($it,'@')", (items: string[]) => items.filter((item) => item.includes('@'))],
    ["?$filter=contains($this,'a')&$count=true", (items: string[]) => items.filter((item) => item.includes('a'))],
    ['?$orderby=$it desc', (items: string[]) => [...items].sort().reverse()],
    ['?$orderby=length($this)', (items: string[]) => [...items].sort((a, b) => a.length - b.length)],
    ['?$top=2', (items: string[]) => items.slice(0, 2)],
    ['?$skip=1&$top=2&$count=true', (items: string[]) => items.slice(1, 3)],
    ["/$filter($it ne '')?$top=2", (items: string[]) => items.filter((item) => item !== '').slice(0, 2)],
    ['?$top=0', () => []],
  ])('[75, 180] /emails%s', async (options, select) => {
    const items = (await emails()).get('ronaldmundy') ?? [];
    const { json } = await ok(`${ronald}${options}`);
    expect(json['value']).toEqual(select(items));
    expect(json['@odata.context']).toBe(`${running().root}$metadata#${ronald}`);
    if (options.includes('$count=true'))
      expect(json['@odata.count']).toBe(options.includes('$filter') ? select(items).length : items.length);
    else expect(json).not.toHaveProperty(['@odata.count']);
  });

  test('[77] /emails/$count', async () => {
    for (const [path, count] of [
      [`${ronald}/$count`, '4'],
      [`${ronald}/$count?$filter=contains($it,'@')&$top=0`, '1'],
      [`${ronald}/$filter(length($this) lt 5)/$count`, '2'],
      [`People('${encodeURIComponent("o''neil/50% +ü")}')/emails/$count`, '0'],
    ] as const) {
      const answer = await running().get(path.includes('%2F') ? path : encodeURI(path));
      expect([path, answer.status, answer.text]).toEqual([path, 200, count]);
      expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    }
  });

  test('[79] one item by its place, from either end', async () => {
    const items = (await emails()).get('ronaldmundy') ?? [];
    for (const place of [0, 1, -1, -4]) {
      const { json } = await ok(`${ronald}/${place}`);
      expect([place, json['value']]).toEqual([place, items.at(place)]);
    }
    for (const place of ['4', '-5', 'x', '0/0']) expect((await running().get(`${ronald}/${place}`)).status).toBe(404);
  });

  test('[150, 154] options within $select', async () => {
    const wanted = await emails();
    const select = `emails($filter=contains($this,'@');$orderby=$this desc;$top=1;$count=true),userName`;
    for (const person of (await ok(`People?$select=${select}`)).value) {
      const items = (wanted.get(person['userName']) ?? []).filter((item) => item.includes('@'));
      expect(person['emails']).toEqual([...items].sort().reverse().slice(0, 1));
      expect(person['emails@odata.count']).toBe(items.length);
    }
    const { value } = await ok(
      `People('russellwhyte')/admirers?$expand=bestFriend($select=emails($skip=1;$count=true))`,
    );
    expect(value.map(({ bestFriend }) => bestFriend)).toMatchObject([
      { emails: ['Russell@contoso.com'], 'emails@odata.count': 2 },
      { emails: ['Russell@contoso.com'], 'emails@odata.count': 2 },
    ]);
  });

  test('[95] options that single values have no use for are refused', async () => {
    for (const [path, status] of [
      [`${ronald}?$select=x`, 400],
      [`${ronald}?$expand=x`, 400],
      [`${ronald}?$filter=$it`, 400],
      [`${ronald}?$filter=length eq 1`, 400],
      [`People?$select=emails($select=x)`, 400],
      [`People?$select=emails($expand=x)`, 400],
      [`People?$select=emails/x`, 400],
      [`People?$orderby=emails`, 400],
      [`People?$filter=emails gt 1`, 400],
      [`${ronald}/$value`, 404],
      [`${ronald}/$ref`, 404],
    ] as const) {
      const answer = await running().get(encodeURI(path));
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  test('[309] are written whole, in bodies and alone', async () => {
    const odd = ['a"b\\c{},', '', 'NULL', ' x ', 'line\nbreak', 'ü🎻'];
    await withPerson({ emails: odd }, async (path, made) => {
      expect(made.json['emails']).toEqual(odd);
      expect(await stored('emails')).toEqual([odd]);
      await done('PATCH', path, { lastName: 'X' });
      expect(await stored('emails')).toEqual([odd]);
      await done('PATCH', path, { emails: ['one'] });
      expect(await stored('emails')).toEqual([['one']]);
      await done('PUT', `${path}/emails`, { value: ['b', 'a'] });
      expect(await stored('emails')).toEqual([['b', 'a']]);
      await done('POST', `${path}/emails`, { value: 'c' });
      expect(await stored('emails')).toEqual([['b', 'a', 'c']]);
      await done('DELETE', `${path}/emails`);
      expect(await stored('emails')).toEqual([[]]);
      await done('PATCH', path, { emails: ['again'] });
      await done('PUT', path, { firstName: 'Some' });
      expect(await stored('emails')).toEqual([[]]);
    });
  });

  test('[177, 346] a further item comes to the place that $index says', async () => {
    await withPerson({ emails: ['a', 'b'] }, async (path) => {
      for (const [index, items] of [
        ['0', ['x', 'a', 'b']],
        ['1', ['a', 'x', 'b']],
        ['-1', ['a', 'b', 'x']],
        ['-2', ['a', 'x', 'b']],
        ['9', ['a', 'b', 'x']],
      ] as const) {
        await done('PUT', `${path}/emails`, { value: ['a', 'b'] });
        await done('POST', `${path}/emails?$index=${index}`, { value: 'x' });
        expect([index, await stored('emails')]).toEqual([index, [items]]);
      }
    });
  });

  /** Where an ordinal leads in so many items; undefined where there is none. */
  const placeOf = (ordinal: number, length: number): number | undefined => {
    const at = ordinal < 0 ? length + ordinal : ordinal;
    return at >= 0 && at < length ? at : undefined;
  };

  test('[240] one item is replaced and taken out by its place; where there is none it is 404 and nothing changes', async () => {
    await withPerson({ emails: [] }, async (path) => {
      for (const before of [[], ['a'], ['a', 'b', 'c']])
        for (let ordinal = -4; ordinal <= 4; ordinal++)
          for (const method of ['PUT', 'PATCH', 'DELETE']) {
            await done('PUT', `${path}/emails`, { value: before });
            const at = placeOf(ordinal, before.length);
            const item = `x"\\{${ordinal}}`;
            const expected =
              at === undefined ? before : before.toSpliced(at, 1, ...(method === 'DELETE' ? [] : [item]));
            const body = method === 'DELETE' ? undefined : { value: item };
            const answer = await send(method, `${path}/emails/${ordinal}`, body);
            const target = at === undefined ? `emails/${ordinal}` : undefined;
            expect([before, ordinal, method, answer.status, answer.error.target, await stored('emails')]).toEqual([
              ...[before, ordinal, method, at === undefined ? 404 : 204, target ?? answer.error.target],
              [expected],
            ]);
          }
    });
  });

  test('[240, 255, 256] a request to an item is one to its entity: If-Match, ETag, Prefer; $index is not for it', async () => {
    await withPerson({ emails: ['a', 'b'] }, async (path) => {
      const plain = { 'Content-Type': 'application/json' };
      const item = `${encodeURI(path)}/emails/0`;
      const put = (headers: Record<string, string>): Promise<Answer> =>
        running().send('PUT', item, { ...plain, ...headers }, '{"value":"x"}');
      expect([(await put({})).status, (await put({ 'If-Match': 'W/"0"' })).status]).toEqual([428, 412]);
      expect(await stored('emails')).toEqual([['a', 'b']]);
      const etag = String((await ok(path)).headers['etag']);
      const answer = await put({ 'If-Match': etag, Prefer: 'return=representation' });
      expect([answer.status, answer.json['value'], answer.headers['preference-applied']]).toEqual([
        200,
        'x',
        'return=representation',
      ]);
      expect(answer.json['@odata.context']).toContain('/emails/0');
      expect(answer.headers['etag']).not.toBe(etag);
      expect((await running().send('DELETE', item, { 'If-Match': etag })).status).toBe(412);
      const deleted = await running().send('DELETE', item, { 'If-Match': String(answer.headers['etag']) });
      expect([deleted.status, await stored('emails')]).toEqual([204, [['b']]]);
      for (const [method, behind, body, status] of [
        ['PUT', 'emails/0', { value: 1 }, 400],
        ['PUT', 'emails/0', { value: null }, 400],
        ['PUT', 'emails/0', { value: ['x'] }, 400],
        ['PUT', 'emails/0', {}, 400],
        ['PUT', 'emails/0', undefined, 400],
        ['POST', 'emails/0', { value: 'x' }, 405],
        ['PUT', 'emails/0?$index=0', { value: 'x' }, 400],
        ['DELETE', 'emails/x', undefined, 404],
        ['DELETE', 'emails/0/0', undefined, 404],
        ['DELETE', 'firstName/0', undefined, 404],
      ] as const) {
        const refused = await send(method, `${path}/${behind}`, body);
        expect([method, behind, body, refused.status]).toEqual([method, behind, body, status]);
      }
      expect(await stored('emails')).toEqual([['b']]);
    });
  });

  test('what is left out is empty, several rows at a time', async () => {
    const made = await done('POST', 'People', {
      userName: 'host',
      firstName: 'Host',
      admirers: [
        { userName: 'guest1', firstName: 'G' },
        { userName: 'guest2', firstName: 'G', emails: ['g@2'] },
        { userName: 'guest3', firstName: 'G', emails: [] },
      ],
      trips: [
        { tripNumber: 1, startsAt: '2026-01-01T00:00:00Z', ratings: [1, 2] },
        { tripNumber: 2, startsAt: '2026-01-01T00:00:00Z' },
      ],
    });
    expect(made.json).toMatchObject({ emails: [], trips: [{ ratings: [1, 2] }, { ratings: [] }] });
    expect(
      await running().sql(`SELECT "userName" AS name, emails FROM people WHERE best_friend = 'host' ORDER BY 1`),
    ).toEqual([
      { name: 'guest1', emails: [] },
      { name: 'guest2', emails: ['g@2'] },
      { name: 'guest3', emails: [] },
    ]);
    for (const name of ['guest1', 'guest2', 'guest3', 'host']) await done('DELETE', `People('${name}')`);
  });

  test('[297, 326] what is no such collection is refused at its place', async () => {
    for (const [emailsGiven, target] of [
      [null, 'emails'],
      ['x', 'emails'],
      [{ value: [] }, 'emails'],
      [[1], 'emails/0'],
      [['a', null], 'emails/1'],
      [['a', ['b']], 'emails/1'],
    ] as const) {
      const answer = await send('POST', 'People', { userName: 'nobody', firstName: 'N', emails: emailsGiven });
      expect([emailsGiven, answer.status, answer.error.target]).toEqual([emailsGiven, 400, target]);
    }
    await withPerson({}, async (path) => {
      for (const [method, behind, body, status] of [
        ['PATCH', 'emails', { value: ['x'] }, 405],
        ['POST', 'emails', { value: ['x'] }, 400],
        ['POST', 'emails', { value: null }, 400],
        ['POST', 'emails', {}, 400],
        ['PUT', 'emails', { value: 'x' }, 400],
        ['POST', 'firstName', { value: 'x' }, 405],
        ['PUT', 'emails/0', { value: 'x' }, 404],
        ['PUT', 'emails/$count', { value: 1 }, 405],
        ['PUT', `emails/$filter($it eq 'x')`, { value: [] }, 405],
        ['PUT', 'firstName?$index=1', { value: 'x' }, 400],
      ] as const) {
        const answer = await send(method, `${path}/${behind}`, body);
        expect([method, behind, answer.status]).toEqual([method, behind, status]);
      }
      expect(await stored('emails')).toEqual([[]]);
    });
  });

  test('[48, 348] are declared as such', async () => {
    const { text } = await ok('$metadata');
    expect(text).toMatch(
      /<Property Name="emails" Type="Collection\(Edm.String\)" Nullable="false">\s*<Annotation Term="Core.Ordered"[^>]*\/>\s*<Annotation Term="Core.PositionalInsert"/,
    );
    expect(text).not.toMatch(
      /"NonFilterableProperties"><Collection>(<PropertyPath>\w+<\/PropertyPath>)*<PropertyPath>emails/,
    );
    expect(text).not.toContain('NonCountableProperties');
  });
});

describe('keys of every type', () => {
  test('[72, 76, 309] the id of an entity leads to it, whichever way it was written', async () => {
    for (const metadata of ['minimal', 'full']) {
      const { value } = await ok('Keyeds?$select=note', { Accept: `application/json;odata.metadata=${metadata}` });
      expect(column(value, 'note')).toEqual(['none', 'one']);
      for (const row of value) {
        const answer = await running().get(String(row['@odata.id']));
        expect([answer.status, answer.json['note']]).toEqual([200, row['note']]);
      }
    }
    const [first] = (await ok(`Keyeds?$select=note&$filter=flag`)).value;
    expect(decodeURIComponent(String(first?.['@odata.id']))).toBe(
      `Keyeds(flag=true,byte=255,signedByte=-128,int16=-32768,int32=2147483647,int64=-9223372036854775808,money=-1.5,day=2026-03-31,moment=2026-03-31T09:12:44.1Z,clock=09:12:44.5,span=duration'-P1DT2H',guid=12345678-9abc-def0-1234-56789abcdef0,text='O''Reilly & Söhne / 50% +',gender='Female',features='Feature1,Feature3')`,
    );
  });

  test('[65, 73, 167, 207] they page, and the Location of a new entity leads to it', async () => {
    const found = await running().all('Keyeds?$select=note', { Prefer: 'maxpagesize=1' });
    expect(column(found, 'note')).toEqual(['none', 'one']);
    const { json } = await ok('Keyeds?$filter=flag');
    const [row] = json['value'] as readonly Json[];
    const { '@odata.etag': _, ...body } = row ?? {};
    const made = await done('POST', 'Keyeds', { ...body, int64: '42', span: 'PT36H', features: '6', note: 'new' });
    const location = String(made.headers['location']);
    expect((await running().get(location)).json).toMatchObject({
      note: 'new',
      span: 'P1DT12H',
      features: 'Feature2,Feature3',
    });
    expect((await running().send('PATCH', location, any, '{"note":"changed"}')).status).toBe(200);
    expect((await running().send('DELETE', location, any)).status).toBe(204);
    expect((await running().get(location)).status).toBe(404);
  });
});

describe('a key is found by what it says', () => {
  test.each([
    [
      'moment=2026-03-31T09:12:44.1Z',
      ['2026-03-31T09:12:44.100000000000Z', '2026-03-31T10:12:44.1+01:00'],
      ['2026-03-31T09:12:44.1000001Z'],
    ],
    ['clock=09:12:44.5', ['09:12:44.50'], ['09:12:44.500000000001', '09:12:44.5000009']],
    ["span=duration'-P1DT2H'", ["duration'-PT26H'", "'-PT25H60M'"], ["duration'-PT26H0.0000001S'", "duration'PT26H'"]],
    ['money=-1.5', ['-1.500', '-15e-1'], ['-1.5001']],
    ['guid=12345678-9abc-def0-1234-56789abcdef0', ['12345678-9ABC-DEF0-1234-56789ABCDEF0'], []],
    ["features='Feature1,Feature3'", ["'Feature3,Feature1'", "'5'", '5'], ["'Feature1'"]],
  ] as const)('[72, 112] %s', async (written, same, others) => {
    const [first] = (await ok(`Keyeds?$select=note&$filter=flag`)).value;
    const id = decodeURIComponent(String(first?.['@odata.id']));
    const [name = ''] = written.split('=');
    const asked = async (literal: string): Promise<unknown> => {
      const key = id.replace(written, `${name}=${literal}`);
      return [
        literal,
        (await running().get(encodeURI(key).replaceAll('%20/%20', '%20%2F%20').replaceAll('+', '%2B'))).status,
      ];
    };
    for (const literal of same) expect(await asked(literal)).toEqual([literal, 200]);
    for (const literal of others) expect(await asked(literal)).toEqual([literal, 404]);
  });
});

/** One line a type: property, a literal as URLs have it and as SQL has it, what is sent and comes back, and what is refused. */
interface TypeRow {
  readonly type: string;
  readonly property: string;
  readonly literal: string;
  readonly sql: string;
  readonly values: readonly (readonly [sent: unknown, back: unknown])[];
  readonly refused: readonly unknown[];
  readonly isOrdered?: false;
  readonly isRequired?: true;
}

const same = (...values: readonly unknown[]): readonly (readonly [unknown, unknown])[] =>
  values.map((value) => [value, value]);

const types: readonly TypeRow[] = [
  {
    type: 'Boolean',
    property: 'flag',
    literal: 'false',
    sql: 'false',
    values: same(true, false),
    refused: ['true', 1, 'x', []],
    isRequired: true,
  },
  {
    type: 'Byte',
    property: 'byte',
    literal: '7',
    sql: '7',
    values: same(0, 255),
    refused: [256, -1, 1.5, 'x', true],
    isRequired: true,
  },
  {
    type: 'SByte',
    property: 'signedByte',
    literal: '-128',
    sql: '-128',
    values: same(-128, 127),
    refused: [128, -129, '1.5'],
  },
  {
    type: 'Int16',
    property: 'int16',
    literal: '32767',
    sql: '32767',
    values: same(-32768, 32767),
    refused: [32768, 'x'],
  },
  {
    type: 'Int32',
    property: 'int32',
    literal: '-2147483648',
    sql: '-2147483648',
    values: [...same(2147483647), [1e3, 1000], [2.0, 2]],
    refused: [2147483648, '', 0.5],
  },
  {
    type: 'Int64',
    property: 'int64',
    literal: '9223372036854775807',
    sql: '9223372036854775807',
    values: [
      [1, 1],
      ['42', 42],
    ],
    refused: ['9223372036854775808', 1.5, 'x'],
  },
  {
    type: 'Decimal with scale',
    property: 'money',
    literal: '1.5',
    sql: '1.5',
    values: [
      [1.25, 1.25],
      ['-0.10', -0.1],
      [1e2, 100],
    ],
    refused: [1.234, 12345678, 'x', 'NaN'],
    isRequired: true,
  },
  {
    type: 'Decimal without scale',
    property: 'whole',
    literal: '999999999',
    sql: '999999999',
    values: same(-5),
    refused: [0.1, 1e9],
  },
  {
    type: 'Decimal of any scale',
    property: 'any',
    literal: '12345678901234567890123456789.5',
    sql: '12345678901234567890123456789.5',
    values: [
      ['1.50', 1.5],
      [1e-3, 0.001],
    ],
    refused: ['INF', 'x', '1e999'],
  },
  {
    type: 'Single',
    property: 'single',
    literal: '0.1',
    sql: `'0.1'::real`,
    values: [
      [0.1, 0.1],
      ['INF', 'INF'],
      ['NaN', 'NaN'],
      [-0.5, -0.5],
    ],
    refused: [1e39, 'x', '1'],
  },
  {
    type: 'Double',
    property: 'double',
    literal: '-INF',
    sql: `'-Infinity'`,
    values: [
      [1e-7, 1e-7],
      ['-INF', '-INF'],
      ['NaN', 'NaN'],
      [1.7976931348623157e308, 1.7976931348623157e308],
    ],
    refused: ['Infinity', true],
  },
  {
    type: 'DateTimeOffset',
    property: 'moment',
    literal: '2026-03-31T12:34:56.789Z',
    sql: `'2026-03-31T12:34:56.789Z'`,
    values: [
      ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
      ['2026-01-01T01:00:00.120+01:00', '2026-01-01T00:00:00.12Z'],
      ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ],
    refused: ['2026-01-01', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00.1234567Z', 1],
    isRequired: true,
  },
  {
    type: 'TimeOfDay',
    property: 'clock',
    literal: '12:34:56',
    sql: `'12:34:56'`,
    values: [
      ['23:59:59', '23:59:59'],
      ['07:30', '07:30:00'],
      ['07:30:00.0', '07:30:00'],
    ],
    refused: ['24:00:00', '7:30', '12:34:56.5', 1],
  },
  {
    type: 'Duration',
    property: 'span',
    literal: `duration'-P1DT2H3M4.5S'`,
    sql: `'P-1DT-2H-3M-4.5S'`,
    values: [
      ['-P1DT2H', '-P1DT2H'],
      ['PT36H', 'P1DT12H'],
      ['+PT0.000001S', 'PT0.000001S'],
      ['PT0S', 'PT0S'],
      ['-PT0S', 'PT0S'],
      ['PT90M', 'PT1H30M'],
    ],
    refused: ['P1Y', 'P1M', 'P', 'PT', '1D', 'PT0.0000001S', 'P99999999999D', 5],
  },
  {
    type: 'Binary',
    property: 'bytes',
    literal: `binary'AP8-Pw'`,
    sql: `'\\x00ff3e3f'`,
    values: [
      ['AP8-Pw', 'AP8-Pw'],
      ['AP8-Pw==', 'AP8-Pw'],
      ['', ''],
    ],
    refused: ['A', 'a+b/', 1, 'AP8-P*'],
    isOrdered: false,
  },
  {
    type: 'Guid',
    property: 'guid',
    literal: '12345678-9ABC-def0-1234-56789abcdef0',
    sql: `'12345678-9abc-def0-1234-56789abcdef0'`,
    values: [['ABCDEF00-0000-0000-0000-000000000000', 'abcdef00-0000-0000-0000-000000000000']],
    refused: ['x', '12345678-9abc-def0-1234-56789abcdef', 1],
  },
  {
    type: 'String',
    property: 'text',
    literal: `'plain'`,
    sql: `'plain'`,
    values: same('', 'a"\\\n\t', '🎻'.repeat(40)),
    refused: ['x'.repeat(41), 1, true, {}],
    isRequired: true,
  },
];

describe('[40, 309, 310] values of every primitive type', () => {
  const ids = async (condition: string, order = 'id'): Promise<number[]> =>
    (await sqlColumn(`SELECT id::int FROM everything WHERE ${condition} ORDER BY ${order}`)) as number[];
  const found = async (options: string): Promise<unknown[]> =>
    column((await ok(`Everythings?$select=id&${options}`)).value, 'id');

  test.each(types)('[103, 104, 140] $type in $filter', async ({ property, literal, sql, isOrdered = true }) => {
    const name = `"${property}"`;
    const eq = await ids(`${name} = ${sql}`);
    expect(eq).not.toEqual([]);
    expect(await found(`$orderby=id&$filter=${property} eq ${literal}`)).toEqual(eq);
    expect(await found(`$orderby=id&$filter=${property} ne ${literal}`)).toEqual(
      await ids(`${name} IS DISTINCT FROM ${sql}`),
    );
    expect(await found(`$orderby=id&$filter=${property} in (${literal})`)).toEqual(eq);
    expect(await found(`$orderby=id&$filter=${property} eq null`)).toEqual(await ids(`${name} IS NULL`));
    const least = await running().get(
      encodeURI(`Everythings?$select=id&$orderby=id&$filter=${property} ge ${literal}`),
    );
    if (isOrdered) expect(column(least.value, 'id')).toEqual(await ids(`${name} >= ${sql} AND ${name}::text <> 'NaN'`));
    else expect(least.status).toBe(400);
    if (property !== 'flag' && property !== 'text') {
      const bad = await running().get(encodeURI(`Everythings?$filter=${property} eq 'no such value'`));
      expect([bad.status, bad.error.target]).toEqual([400, '$filter']);
      const text = literal.includes(`'`) ? literal.replace(/^[a-z]+/, '') : `'${literal}'`;
      expect(await found(`$orderby=id&$filter=${property} eq ${text}`)).toEqual(eq);
    }
  });

  test.each(types)('[165, 166] $type in $orderby', async ({ property }) => {
    const collated = property === 'text' ? `"${property}" COLLATE "C"` : `"${property}"`;
    for (const [direction, nulls] of [
      ['asc', 'FIRST'],
      ['desc', 'LAST'],
    ] as const) {
      const wanted = await ids('true', `${collated} ${direction} NULLS ${nulls}, id`);
      expect(await found(`$orderby=${property} ${direction},id`)).toEqual(wanted);
      const paged = await running().all(encodeURI(`Everythings?$select=id&$orderby=${property} ${direction},id`), {
        Prefer: 'maxpagesize=1',
      });
      expect(column(paged, 'id')).toEqual(wanted);
    }
  });

  test.each(types)('$type in bodies', async ({ property, values, refused, isRequired = false }) => {
    const path = 'Everythings(id=100,day=2026-01-01)';
    for (const [sent, back] of values) {
      const made = await done('POST', 'Everythings', { id: 100, day: '2026-01-01', [property]: sent });
      expect([sent, made.json[property]]).toEqual([sent, back]);
      expect((await ok(`${path}?$select=${property}`)).json[property]).toEqual(back);
      expect(await found(`$filter=id eq 100 and ${property} ne null`)).toEqual([100]);
      const cleared = await send('PATCH', path, { [property]: null });
      expect([property, cleared.status]).toEqual([property, isRequired ? 400 : 200]);
      if (!isRequired) expect((await running().get(`${path}/${property}`)).status).toBe(204);
      await done('PUT', `${path}/${property}`, { value: sent });
      expect((await ok(`${path}/${property}`)).json['value']).toEqual(back);
      await done('DELETE', path);
    }
    for (const value of refused) {
      const answer = await send('POST', 'Everythings', { id: 100, day: '2026-01-01', [property]: value });
      expect([value, answer.status, answer.error.target]).toEqual([value, 400, property]);
    }
  });

  test('[76, 306, 308] as they are stored: exact numbers, no exponent, bytes', async () => {
    const { text } = await ok('Everythings?$filter=id eq 1');
    for (const member of [
      '"int64":-9223372036854775808',
      '"money":-9999999.99',
      '"any":-0.000000000000000000000000000001',
      '"single":"NaN"',
      '"double":"-INF"',
      '"moment":"0001-01-01T00:00:00Z"',
      '"span":"-P1DT2H3M4.5S"',
      '"bytes":""',
    ])
      expect(text).toContain(member);
    const strings = (await ok('Everythings?$filter=id eq 2', { Accept: 'application/json;IEEE754Compatible=true' }))
      .value;
    expect(strings[0]).toMatchObject({
      id: '2',
      int64: '9223372036854775807',
      any: '12345678901234567890123456789.5',
      span: 'P401DT1H',
      bytes: 'AP8-Pw',
      clock: '23:59:59',
    });
    const bytes = await ok('Everythings(id=2,day=2026-03-31)/bytes/$value');
    expect(bytes.headers['content-type']).toBe('application/octet-stream');
    for (const [property, value] of [
      ['span', 'P401DT1H'],
      ['moment', '9999-12-31T23:59:59.999999Z'],
      ['flag', 'false'],
      ['any', '12345678901234567890123456789.5'],
    ] as const)
      expect((await ok(`Everythings(id=2,day=2026-03-31)/${property}/$value`)).text).toBe(value);
  });

  test('a number that is too small for its type is refused at its place, and zero is not', async () => {
    const path = 'Everythings(id=101,day=2026-01-01)';
    const minimal = { ...any, Prefer: 'return=minimal' };
    await done('POST', 'Everythings', { id: 101, day: '2026-01-01' });
    const asked = async (method: string, to: string, body: string): Promise<unknown> => {
      const { status, error } = await running().send(method, to, minimal, body);
      return [status, error.target];
    };
    expect(await asked('PATCH', path, '{"double":1e-324,"single":1e-46}')).toEqual([400, undefined]);
    expect(await asked('PATCH', path, '{"double":1e-324}')).toEqual([400, 'double']);
    expect(await asked('PATCH', path, '{"single":-1e-46}')).toEqual([400, 'single']);
    expect(await asked('PATCH', path, '{"double":0.0e-400,"single":-0e9}')).toEqual([204, undefined]);
    expect(await asked('PATCH', path, '{"double":5e-324,"single":1.5e-45}')).toEqual([204, undefined]);
    // In a collection of complex values PostgreSQL would take it, and find out when somebody reads.
    const hotel = (area: string): string => `{"code":"small","rooms":[{"name":"one","area":${area}}]}`;
    expect(await asked('POST', 'Hotels', hotel('1e-400'))).toEqual([400, 'rooms/0/area']);
    expect(await asked('POST', 'Hotels', hotel('5e-324'))).toEqual([204, undefined]);
    expect((await ok(`Hotels?$filter=rooms/any(r:r/area lt 1e-300)&$select=code`)).value).toHaveLength(1);
    await done('DELETE', `Hotels('small')`);
    await done('DELETE', path);
  });

  test('texts and bytes of many megabytes go in and out', async () => {
    const path = 'Everythings(id=103,day=2026-01-01)';
    const minimal = { ...any, Prefer: 'return=minimal' };
    const size = 12_000_000;
    const entity = { id: 103, day: '2026-01-01', bytes: 'A'.repeat(size) };
    expect((await running().send('POST', 'Everythings', minimal, JSON.stringify(entity))).status).toBe(204);
    expect(await sqlColumn(`SELECT length(bytes)::int FROM everything WHERE id = 103`)).toEqual([(size / 4) * 3]);
    for (const bad of ['A'.repeat(size + 1), `${'A'.repeat(size)}=`, `${'A'.repeat(size)}!`]) {
      const { status, error } = await running().send('PATCH', path, minimal, JSON.stringify({ bytes: bad }));
      expect([status, error.target]).toEqual([400, 'bytes']);
    }
    for (const good of ['AA', 'AA==', 'AAA', 'AAA=', '']) await done('PATCH', path, { bytes: good });
    await done('DELETE', path);
    const emails = ['x'.repeat(28_000_000), 'a,"b\\c', 'NULL', ''];
    await withPerson({}, async (made) => {
      const sent = await running().send('PATCH', made, minimal, JSON.stringify({ emails }));
      expect([sent.status, sent.text]).toEqual([204, '']);
      await done('PATCH', made, { lastName: 'Y' }, { Prefer: 'return=minimal' });
      expect((await ok(`${made}/emails`)).value).toEqual(emails);
    });
  }, 60_000);

  test('[239] bytes of a raw value are stored as they come, and text is UTF-8', async () => {
    const path = 'Everythings(id=102,day=2026-01-01)';
    await done('POST', 'Everythings', { id: 102, day: '2026-01-01' });
    for (const type of ['application/octet-stream', 'text/plain'])
      for (const hex of ['fffe0001', 'efbbbf616263', '00', '']) {
        const put = await running().send(
          'PUT',
          `${path}/bytes/$value`,
          { ...any, 'Content-Type': type },
          Buffer.from(hex, 'hex'),
        );
        const [stored] = await sqlColumn(`SELECT encode(bytes, 'hex') FROM everything WHERE id = 102`);
        expect([type, hex, put.status, stored]).toEqual([type, hex, 204, hex]);
      }
    const label = (bytes: Buffer): Promise<Answer> =>
      running().send('PUT', `${path}/label/$value`, { ...any, 'Content-Type': 'application/octet-stream' }, bytes);
    expect((await label(Buffer.from('fffe', 'hex'))).status).toBe(400);
    expect((await label(Buffer.from('æ'))).status).toBe(204);
    expect(await sqlColumn(`SELECT label FROM everything WHERE id = 102`)).toEqual(['æ']);
    await done('DELETE', path);
  });

  test.each([
    [`span add duration'PT1H' gt duration'-P1DT2H'`, `span + '1 hour' > '-26 hours'`],
    [`span eq duration'-PT26H3M4.5S'`, `span = '-26:03:04.5'`],
    [`totalseconds(span) lt 0`, 'extract(epoch from span) < 0'],
    [`totalseconds(span) eq -93784.5`, 'id = 1'],
    [`span mul 2 eq duration'-P2DT4H6M9S'`, 'id = 1'],
    [`-span gt duration'P1D'`, `-span > '1 day'`],
    [`moment add span lt moment`, `span < '0'`],
    [`cast(span,Edm.String) eq '-P1DT2H3M4.5S'`, 'id = 1'],
    [`cast('-PT36H',Edm.Duration) lt span`, `span > '-36 hours'`],
    [`span in (duration'P401DT1H',duration'PT1.000001S')`, 'id IN (2, 4)'],
    [`day add duration'-P1D' lt 2026-03-31`, `day - 1 < '2026-03-31'`],
  ])('[112, 134, 141] durations with signs: %s', async (filter, condition) => {
    // The last day that a date has cannot be left.
    expect(await found(`$orderby=id&$filter=id lt 4 and (${filter})`)).toEqual(await ids(`id < 4 AND (${condition})`));
  });

  /** What a duration is added to or taken from, in the request and in PostgreSQL. */
  const dated = [
    ['2020-02-29', `date '2020-02-29'`, 'date'],
    ['date(moment)', `(moment AT TIME ZONE 'UTC')::date`, 'date'],
    ['2020-02-29T12:30:00Z', `timestamptz '2020-02-29 12:30Z'`, 'moment'],
    ['moment', 'moment', 'moment'],
    [`duration'PT12H'`, `interval '12 hours'`, 'duration'],
    ['span', 'span', 'duration'],
  ] as const;
  const durations = [
    ['P1D', '1 day'],
    ['-P1D', '-1 day'],
    ['P1DT12H', '36 hours'],
    ['PT23H59M59S', '23:59:59'],
    ['-PT0S', '0'],
  ] as const;
  /** The value as JSON has it, where the result is of the type of the first operand. */
  const json = {
    date: (value: string) => `to_char((${value})::date, 'YYYY-MM-DD')`,
    moment: (value: string) => `to_char((${value}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
    duration: (value: string) => `extract(epoch FROM ${value})::float8`,
  } as const;
  const sums = dated.flatMap(([operand, value, type]) =>
    ['add', 'sub'].flatMap((operator) =>
      durations.flatMap(([text, interval]) =>
        [`'${text}'`, `duration'${text}'`].map((duration) => ({
          expression: `${operand} ${operator} ${duration}`,
          type,
          wanted: json[type](`${value} ${operator === 'add' ? '+' : '-'} interval '${interval}'`),
        })),
      ),
    ),
  );

  test('[112, 141] what a duration, or a text of one, is added to or taken from keeps its type', async () => {
    const columns = sums.map(({ wanted }, index) => `${wanted} AS v${index}`);
    const [wanted] = await running().sql(`SELECT ${columns.join()} FROM everything WHERE id = 4`);
    const found: Record<string, unknown> = {};
    for (const [index, { expression, type }] of sums.entries()) {
      const compute = type === 'duration' ? `totalseconds(${expression})` : expression;
      const { value } = await ok(`Everythings?$filter=id eq 4&$select=x&$compute=${compute} as x`);
      found[`v${index}`] = value[0]?.['x'];
    }
    expect(found).toEqual(wanted);
  });

  test.each([
    ["'P1D' add duration'PT12H' eq 'P1DT12H'", `interval '1 day' + '12 hours' = '36 hours'`],
    ["'P1D' sub duration'PT12H' eq 'PT12H'", `interval '1 day' - '12 hours' = '12 hours'`],
    ["'PT1S' add span gt 'PT2S'", `interval '1 second' + span > '2 seconds'`],
    ["'PT1S' sub span lt 'PT0S'", `interval '1 second' - span < '0'`],
  ])('[112, 141] a text in front of a duration: %s', async (filter, condition) => {
    expect(await found(`$orderby=id&$filter=${filter}`)).toEqual(await ids(condition));
  });

  test.each([
    "'P1D' add 2020-02-29",
    "duration'P1D' add 2020-02-29",
    "'P1D' sub day",
    "duration'P1D' add moment",
    "2020-02-29 add 'P1X'",
    "moment sub '2020'",
    '2020-02-29 add 2020-02-29',
    "12:00 add 'PT1H'",
  ])('[112, 178] %s has no result', async (expression) => {
    const answer = await running().get(withOptions('Everythings', { $filter: `${expression} ne null` }));
    expect([answer.status, answer.error.target]).toEqual([400, '$filter']);
  });
});

describe('complex values within complex values', () => {
  test('[309, 312, 315] go out as objects; null where all parts are', async () => {
    const { value } = await ok('Venues');
    expect(value).toMatchObject([
      {
        place: { label: 'Hall', city: { name: 'Ulm', region: 'BW' }, point: { latitude: 48.4, longitude: 9.99 } },
        former: null,
      },
      { place: { city: null }, former: { label: null, city: { name: 'Bonn', region: null } } },
      { place: { city: { name: 'Ulm', region: null } }, former: { label: 'Old club', city: null } },
    ]);
    const expanded = await ok(`Venues('B')?$expand=annexOf`);
    expect(expanded.json['annexOf']).toMatchObject({ place: value[0]?.['place'], former: null });
    const selected = await ok(`Venues('A')?$select=place/city/name,place/point($select=latitude)`);
    const { '@odata.context': context, ...rest } = selected.json;
    expect(context).toMatch(/#Venues\(place\/city\/name,place\/point\/latitude\)\/\$entity$/);
    expect(rest).toMatchObject({ place: { city: { name: 'Ulm' }, point: { latitude: 48.4 } } });
    expect(rest['place']).toEqual({ city: { name: 'Ulm' }, point: { latitude: 48.4 } });
    const full = await ok(`Venues('C')`, { Accept: 'application/json;odata.metadata=full' });
    expect(full.json['place']).toMatchObject({
      '@odata.type': '#Trip.Pin.Place',
      city: { '@odata.type': '#Trip.Pin.City' },
    });
  });

  test('[75] alone, and each of their parts', async () => {
    expect((await ok(`Venues('A')/place/city`)).json).toMatchObject({ name: 'Ulm', region: 'BW' });
    expect((await ok(`Venues('A')/place/city/name`)).json['value']).toBe('Ulm');
    expect((await ok(`Venues('A')/place/city/name/$value`)).text).toBe('Ulm');
    expect((await running().get(`Venues('A')/former`)).status).toBe(204);
    expect((await running().get(`Venues('B')/place/city`)).status).toBe(204);
    expect((await running().get(`Venues('B')/place/town`)).status).toBe(404);
  });

  test.each([
    [`place/city/name eq 'Ulm'`, `"place_city_Name" = 'Ulm'`],
    [`place/point/latitude gt 48.4`, `"place_point_Latitude" > 48.4`],
    [`place/city eq null`, `num_nonnulls("place_city_Name", "place_city_Region") = 0`],
    [`former eq null`, `num_nonnulls("former_Label", "former_city_Name", "former_city_Region") = 0`],
    [`former ne null`, `num_nonnulls("former_Label", "former_city_Name", "former_city_Region") > 0`],
    [`annexOf/place/city/region eq 'BW'`, `annex_of = 'A'`],
    [`place/city eq {"name":"Ulm","region":null}`, `code = 'C'`],
    [`former eq {"label":null,"city":{"name":"Bonn"}}`, `code = 'B'`],
  ])('[109, 145] $filter=%s', async (filter, condition) => {
    const wanted = await sqlColumn(`SELECT code FROM venues WHERE ${condition} ORDER BY 1`);
    expect(column((await ok(`Venues?$select=code&$filter=${filter}`)).value, 'code')).toEqual(wanted);
  });

  test('[165, 187] sort and group by parts', async () => {
    expect(column((await ok('Venues?$select=code&$orderby=place/point/latitude desc')).value, 'code')).toEqual([
      'C',
      'A',
      'B',
    ]);
    const { value } = await ok(
      'Venues?$apply=groupby((place/city/name),aggregate(place/point/latitude with max as north))&$orderby=north',
    );
    expect(value).toMatchObject([
      { place: { city: null }, north: -10 },
      { place: { city: { name: 'Ulm' } }, north: 48.5 },
    ]);
    const contextOf = async (paths: string): Promise<unknown> =>
      (await ok(`Venues?$apply=groupby((${paths}))`)).json['@odata.context'];
    expect(await contextOf('former/label,former/city/name')).toMatch(/#Venues\(former\/label,former\/city\/name\)$/);
    expect(await contextOf('former/label,former/city/name,former/city/region')).toMatch(/#Venues\(former\)$/);
  });

  const row = async (): Promise<unknown> => (await running().sql(`SELECT * FROM venues WHERE code = 'N'`))[0];

  test('are written in part and whole', async () => {
    const place = { city: { name: 'Köln' }, point: { latitude: 50.9 } };
    await done('POST', 'Venues', { code: 'N', place, former: null });
    const made = {
      code: 'N',
      place_Label: 'somewhere',
      place_city_Name: 'Köln',
      place_city_Region: null,
      place_point_Latitude: 50.9,
      place_point_Longitude: 0.5,
      former_Label: null,
      former_city_Name: null,
      former_city_Region: null,
      annex_of: null,
    };
    expect(await row()).toEqual(made);
    const path = `Venues('N')`;
    for (const [method, behind, body, changed] of [
      ['PATCH', '', { place: { point: { longitude: 7 } } }, { place_point_Longitude: 7 }],
      ['PATCH', '/place/city', { region: 'NW' }, { place_city_Region: 'NW' }],
      ['PATCH', '/place', { city: { name: 'Bonn' } }, { place_city_Name: 'Bonn' }],
      ['PUT', '/place/point', { latitude: 1 }, { place_point_Latitude: 1, place_point_Longitude: 0.5 }],
      ['PUT', '/place/city/name', { value: 'Trier' }, { place_city_Name: 'Trier' }],
      ['PATCH', '', { former: { city: { name: 'Jena' } } }, { former_city_Name: 'Jena' }],
      ['PUT', '/place/city', { region: 'RP' }, { place_city_Name: null, place_city_Region: 'RP' }],
      ['DELETE', '/former', undefined, { former_city_Name: null }],
      ['PATCH', '', { place: { city: null } }, { place_city_Region: null }],
      [
        'PUT',
        '',
        { place: { point: { latitude: 2 }, city: { name: 'Aue' } } },
        { place_point_Latitude: 2, place_city_Name: 'Aue', former_Label: 'Old club' },
      ],
      ['PUT', '/place', { point: { latitude: 3 } }, { place_point_Latitude: 3, place_city_Name: null }],
    ] as const) {
      await done(method, `${path}${behind}`, body);
      Object.assign(made, changed);
      expect([method, behind, await row()]).toEqual([method, behind, made]);
    }
    await done('DELETE', path);
  });

  test('[212, 326] what is missing or wrong is refused at its place', async () => {
    for (const [body, target] of [
      [{}, 'place/point/latitude'],
      [{ place: {} }, 'place/point/latitude'],
      [{ place: { point: { longitude: 1 } } }, 'place/point/latitude'],
      [{ place: { point: { latitude: 1, altitude: 2 } } }, 'place/point/altitude'],
      [{ place: { point: { latitude: 'x' } } }, 'place/point/latitude'],
      [{ place: { point: null } }, 'place/point'],
      [{ place: { point: { latitude: 1 }, city: 'Ulm' } }, 'place/city'],
      [{ place: null }, 'place'],
    ] as const) {
      const answer = await send('POST', 'Venues', { code: 'N', ...body });
      expect([body, answer.status, answer.error.target]).toEqual([body, 400, target]);
    }
    expect(await row()).toBeUndefined();
  });

  test('[48] are declared with their types', async () => {
    const { text } = await ok('$metadata');
    expect(text).toContain('<Property Name="city" Type="Trip.Pin.City" Nullable="true"/>');
    expect(text).toContain('<Property Name="point" Type="Trip.Pin.GeoPoint" Nullable="false">');
  });
});

describe('what $metadata says of values', () => {
  const documents = async (headers?: Record<string, string>): Promise<readonly [xml: string, json: string]> => [
    (await ok('$metadata', headers)).text,
    (await ok('$metadata?$format=json', headers)).text,
  ];
  const schemaOf = (json: string): Record<string, Record<string, Record<string, unknown>>> =>
    (JSON.parse(json) as Record<string, Record<string, Record<string, Record<string, unknown>>>>)['Trip.Pin'] ?? {};

  test('[58, 59] units, currencies, bounds, who may write', async () => {
    const [xml, json] = await documents();
    const schema = schemaOf(json);
    expect(schema['Trip']?.['budget']).toMatchObject({ '@Measures.ISOCurrency': 'USD', '@Validation.Minimum': 0 });
    expect(schema['Trip']?.['tripNumber']).toMatchObject({ '@Validation.Minimum': 1, '@Validation.Maximum': 999 });
    expect(schema['GeoPoint']?.['latitude']).toMatchObject({ '@Measures.Unit': '°' });
    expect(schema['Person']?.['tripCount']).toMatchObject({ '@Core.Computed': true, '@Core.Permissions': 'Read' });
    expect(schema['Person']?.['firstName']).not.toHaveProperty(['@Core.Permissions']);
    expect(xml).toContain('<Annotation Term="Core.Permissions" EnumMember="Core.Permission/Read"/>');
    expect(xml).toContain('<Annotation Term="Validation.Maximum" Int="999"/>');
    const { Container: container } = schema;
    expect(container?.['People']).toMatchObject({ '@Core.OptimisticConcurrency': ['concurrency'] });
  });

  test('[356] what is out of bounds is refused at its place, in the database too', async () => {
    const trip = (more: object): object => ({ tripNumber: 1, startsAt: '2026-01-01T00:00:00Z', ...more });
    for (const [body, target] of [
      [trip({ budget: -0.01 }), 'budget'],
      [trip({ budget: '-INF' }), 'budget'],
      [trip({ tripNumber: 0 }), 'tripNumber'],
      [trip({ tripNumber: 1000 }), 'tripNumber'],
    ] as const) {
      const answer = await send('POST', `People('mirsking')/trips`, body);
      expect([body, answer.status, answer.error.target]).toEqual([body, 400, target]);
    }
    await expect(running().sql(`UPDATE trips SET budget = -1`)).rejects.toThrow(/check constraint/);
    const made = await done('POST', `People('mirsking')/trips`, trip({ budget: 0, tripNumber: 999 }));
    await done('DELETE', String(made.headers['location']));
  });

  test('[62, 335] include-annotations leaves out what nobody asks for', async () => {
    const prefer = (list: string): Record<string, string> => ({ Prefer: `include-annotations="${list}"` });
    const termsIn = (xml: string): ReadonlySet<string> =>
      new Set([...xml.matchAll(/<Annotation Term="([\w.]+)"/g)].map(([, term = '']) => term));
    const all = termsIn((await documents())[0]);
    expect(all.size).toBeGreaterThan(20);
    for (const [list, isKept] of [
      ['-*', () => false],
      ['*', () => true],
      ['Core.*', (term: string) => term.startsWith('Core.')],
      ['*,-Core.*', (term: string) => !term.startsWith('Core.')],
      [
        'Org.OData.Core.V1.*,-Core.Description',
        (term: string) => term.startsWith('Core.') && term !== 'Core.Description',
      ],
      ['Validation.Minimum', (term: string) => term === 'Validation.Minimum'],
    ] as const) {
      const [xml, json] = await documents(prefer(list));
      const wanted = [...all].filter(isKept).sort();
      expect([list, [...termsIn(xml)].sort()]).toEqual([list, wanted]);
      expect([list, json.includes('"@')]).toEqual([list, wanted.length > 0]);
    }
    const asked = await ok('$metadata', prefer('-*'));
    expect(asked.headers['preference-applied']).toBe('include-annotations=-*');
    const again = await running().get('$metadata', { ...prefer('-*'), 'If-None-Match': String(asked.headers['etag']) });
    expect(again.status).toBe(304);
    expect((await running().get('$metadata', { 'If-None-Match': String(asked.headers['etag']) })).status).toBe(200);
  });
});

describe('preferences', () => {
  const applied = async (path: string, prefer: string): Promise<readonly [unknown, Answer]> => {
    const answer = await running().get(encodeURI(path), { Prefer: prefer });
    return [answer.headers['preference-applied'], answer];
  };

  test('[332] what changes nothing is not acknowledged', async () => {
    for (const prefer of [
      'allow-entityreferences',
      'include-annotations="*"',
      'foo=bar',
      'track-changes',
      'omit-values=all',
      'maxpagesize=0',
    ]) {
      for (const path of ['People', `People('mirsking')`, `People('mirsking')/home`]) {
        const [header, answer] = await applied(path, prefer);
        expect([prefer, path, header, answer.text]).toEqual([prefer, path, undefined, (await ok(path)).text]);
      }
    }
  });

  test('[333] entities that come again are whole, as nothing else is acknowledged', async () => {
    const [header, answer] = await applied(
      'People?$expand=bestFriend($select=userName,firstName)',
      'allow-entityreferences',
    );
    expect(header).toBeUndefined();
    const friends = answer.value.flatMap(({ bestFriend }) => (bestFriend === null ? [] : [bestFriend as Json]));
    expect(friends.filter(({ userName }) => userName === 'russellwhyte')).toHaveLength(2);
    for (const friend of friends) expect(friend).toHaveProperty('firstName');
  });

  test('[313, 337] omit-values=nulls leaves out nulls on every level, and says so', async () => {
    for (const path of [
      'People?$expand=bestFriend,admirers',
      `People('mirsking')`,
      `People('mirsking')/work`,
      `Venues('B')/place`,
      'Venues',
    ]) {
      const [header, answer] = await applied(path, 'omit-values=nulls');
      expect([path, header]).toEqual([path, 'omit-values=nulls']);
      expect(answer.text).not.toMatch(/:null/);
      expect((await ok(path)).text).toMatch(/:null/);
    }
  });

  test('[313, 337] omit-values=defaults leaves out what $metadata says, and tells nulls in place of another default', async () => {
    type Declared = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    const schema = (await ok('$metadata?$format=json')).json['Trip.Pin'] as Readonly<Record<string, Declared>>;
    const typeOf = (name: unknown): Declared => {
      const type: Record<string, unknown> = { ...schema[String(name).replace('Trip.Pin.', '')] };
      return { ...(type['$BaseType'] === undefined ? {} : typeOf(type['$BaseType'])), ...type } as Declared;
    };
    const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
    /** What is left of an object, by its declaration alone. */
    const without = (object: Json, expected: Declared): Json => {
      const own = object['@odata.type'];
      const declared = own === undefined ? expected : typeOf(typeof own === 'string' && own.slice(1));
      return Object.fromEntries(
        Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
          const { $Type: type, $DefaultValue: initial = null } = declared[name] ?? {};
          const isKey = (declared['$Key'] as unknown as readonly unknown[] | undefined)?.includes(name);
          if (value === initial && !isKey) return [];
          if (Array.isArray(value))
            return [[name, value.map((item: unknown) => (isObject(item) ? without(item, typeOf(type)) : item))]];
          return [[name, isObject(value) ? without(value, typeOf(type)) : value]];
        }),
      );
    };
    const cases = [
      ['People', 'Person'],
      ['People?$expand=bestFriend($expand=trips,passport),admirers($expand=trips),trips', 'Person'],
      ['Everythings', 'Everything'],
      ['Venues', 'Venue'],
      ['Venues?$expand=annexOf', 'Venue'],
      ['Venues?$expand=annexOf($expand=annexOf)&$select=code,former/label', 'Venue'],
      ['Hotels?$expand=branches,main', 'Hotel'],
      ['Contacts?$expand=*', 'Contact'],
      ['Courses?$expand=*', 'Course'],
    ] as const;
    for (const [path, type] of cases) {
      const [header, answer] = await applied(path, 'omit-values=defaults');
      expect([path, header]).toEqual([path, 'omit-values=defaults']);
      const whole = await ok(path);
      expect(answer.value).toEqual(whole.value.map((row) => without(row, typeOf(type))));
      expect(answer.text.length).toBeLessThan(whole.text.length);
      // Within a collection PostgreSQL makes the objects.
      const nest = `${path.split('?')[0] ?? ''}?$apply=nest(identity as all)`;
      const [{ all = [] } = {}] = (await ok(nest)).value as readonly { readonly all?: readonly Json[] }[];
      const [, nested] = await applied(nest, 'omit-values=defaults');
      expect(nested.value[0]?.['all']).toEqual(all.map((row) => without(row, typeOf(type))));
      const full = { Accept: 'application/json;odata.metadata=full', Prefer: 'omit-values=defaults' };
      const told = await running().get(encodeURI(path), full);
      for (const [, name = ''] of told.text.matchAll(/"(\w+)@odata\.type":/g))
        expect(told.text).toContain(`"${name}":`);
    }
  });

  test('[313, 337] groups keep the defaults of what they group by: a null in place of another one is told', async () => {
    const id = { '@odata.id': null };
    const groups = [{}, { former: { label: null } }, { former: {} }];
    for (const [path, wanted] of [
      ['Venues?$apply=groupby((former/label))', groups.map((group) => ({ ...id, ...group }))],
      [
        'Venues?$apply=groupby((former/label))/nest(identity as all)',
        [{ ...id, all: groups.map((group) => ({ ...id, ...group })) }],
      ],
      ['Everythings?$apply=groupby((label))', [{ ...id, label: null }, id, { ...id, label: 'null' }]],
      [
        'Assets?$apply=groupby((Trip.Pin.Vehicle/wheels))',
        [{ ...id, '@odata.type': '#Trip.Pin.Vehicle', wheels: 3 }, id],
      ],
    ] as const) {
      const [header, { value }] = await applied(path, 'omit-values=defaults');
      const told = value.map(({ 'all@odata.context': _, ...row }) => row);
      expect([path, header, told]).toEqual([path, 'omit-values=defaults', wanted]);
    }
  });

  test.each(['nulls', 'defaults'])('[313, 337] omit-values=%s keeps the null that says: no id', async (values) => {
    for (const path of [
      'People?$select=userName&$expand=trips($apply=groupby((airline/name)))',
      'People?$select=userName&$expand=trips($apply=aggregate(budget with max as most))',
      'People?$select=userName&$expand=bestFriend($select=userName;$expand=trips($apply=concat(groupby((duration)),identity)))',
      'People?$apply=groupby((lastName),nest(groupby((age)) as ages))',
      'Hotels?$select=code&$expand=branches($apply=groupby((note),nest(groupby((main/note)) as all)))',
    ]) {
      const [, { text }] = await applied(path, `omit-values=${values}`);
      const ids = (of: string): readonly string[] => of.match(/"@odata\.id":null/g) ?? [];
      expect([path, ids(text).length]).toEqual([path, ids((await ok(path)).text).length]);
      expect(text).not.toMatch(/[[{],|,[\]}]|"@odata\.id":null[^,}]/);
    }
    const none = { Accept: 'application/json;odata.metadata=none', Prefer: `omit-values=${values}` };
    expect((await ok('People?$expand=trips($apply=groupby((airline/name)))', none)).text).not.toContain('@odata.id');
  });

  test('[313, 337] omit-values changes neither a value that stands alone nor an answer to a write', async () => {
    expect((await ok(`Airlines('AA')/name`, { Prefer: 'omit-values=defaults' })).json).toHaveProperty('value');
    await withPerson({ gender: 'Unknown', lastName: null }, async (path) => {
      expect((await ok(`${path}/gender`, { Prefer: 'omit-values=defaults' })).json['value']).toBe('Unknown');
      for (const prefer of ['omit-values=defaults', 'omit-values=nulls']) {
        const body = JSON.stringify({ gender: 'Unknown', lastName: null });
        const answer = await running().send('PATCH', encodeURI(path), { ...any, Prefer: prefer }, body);
        expect([answer.status, answer.headers['preference-applied']]).toEqual([200, undefined]);
        expect(answer.json).toMatchObject({ gender: 'Unknown', lastName: null, age: null });
      }
    });
  });

  test('[175, 336] maxpagesize is acknowledged where there are pages', async () => {
    expect(await applied('People', 'maxpagesize=2')).toMatchObject(['maxpagesize=2', { value: { length: 2 } }]);
    for (const path of [`People('mirsking')/emails`, 'People/$count', `People('mirsking')/home/name`])
      expect([path, (await applied(path, 'maxpagesize=2'))[0]]).toEqual([path, undefined]);
  });
});

describe('[CSDL §3.3] years before 0001 and behind 9999', () => {
  const second = (year: number, month: number, day: number, hour = 0): number =>
    new Date(0).setUTCFullYear(year, month - 1, day) / 1000 + hour * 3600;
  const seconds = [
    second(-4712, 1, 1),
    second(-44, 3, 15, 11),
    second(-1, 12, 31, 23),
    second(0, 2, 29, 1),
    second(0, 12, 31, 23),
    second(1, 1, 1),
    second(9999, 12, 31, 23),
    second(10_000, 1, 1),
    second(123_456, 7, 8, 9),
  ];
  /** As ISO 8601 has it, by the calendar of JavaScript. */
  const moment = (at: number): string => {
    const date = new Date(at * 1000);
    const year = date.getUTCFullYear();
    const digits = String(Math.abs(year)).padStart(4, '0');
    return date
      .toISOString()
      .replace(/^[+-]?\d+/, (year < 0 ? '-' : '') + digits)
      .replace('.000', '');
  };
  const day = (at: number): string => moment(at).replace(/T.*/, '');
  const rows = seconds.map((at) => ({ day: day(at), moment: moment(at) }));
  const own = '$filter=id ge 7000 and id lt 7100';

  beforeAll(async () => {
    for (const [index, at] of seconds.entries())
      await running().sql(
        `INSERT INTO everything (id, day, moment) VALUES (${7000 + index}, (to_timestamp(${at}) AT TIME ZONE 'UTC')::date, to_timestamp(${at}))`,
      );
  });
  afterAll(() => running().sql('DELETE FROM everything WHERE id BETWEEN 7000 AND 7099'));

  test('go out alike wherever they stand', async () => {
    const { value } = await ok(`Everythings?${own}&$select=day,moment&$orderby=moment`);
    expect(value).toMatchObject(rows);
    const [{ all = [] } = {}] = (await ok('Everythings?$apply=filter(id ge 7000 and id lt 7100)/nest(identity as all)'))
      .value as readonly { readonly all?: readonly Json[] }[];
    expect(all.map((row) => ({ day: row['day'], moment: row['moment'] })).toSorted(byMoment)).toEqual(
      rows.toSorted(byMoment),
    );
    const texts = await ok(
      `Everythings?${own}&$orderby=moment&$compute=cast(day,Edm.String) as day2,cast(moment,Edm.String) as moment2&$select=day2,moment2`,
    );
    expect(texts.value).toMatchObject(rows.map((row) => ({ day2: row.day, moment2: row.moment })));
    const groups = await ok(`Everythings?$apply=filter(id ge 7000 and id lt 7100)/groupby((day,moment))&$orderby=day`);
    expect(groups.value).toMatchObject(rows);
    for (const [index, row] of rows.entries()) {
      const path = `Everythings(id=${7000 + index},day=${row.day})`;
      const one = await ok(`${path}?$select=moment`, { Accept: 'application/json;odata.metadata=full' });
      expect(one.json).toMatchObject({ '@odata.id': expect.stringContaining(path) as string, moment: row.moment });
      expect((await ok(`${path}/moment/$value`)).text).toBe(row.moment);
      expect((await ok(`${path}/day/$value`)).text).toBe(row.day);
    }
  });

  test('are found by what goes out for them, as literals and as texts, and in pages', async () => {
    for (const [index, row] of rows.entries()) {
      for (const filter of [
        `moment eq ${row.moment}`,
        `moment eq '${row.moment}'`,
        `moment eq ${row.moment.replace('Z', '-00:00')}`,
        `moment in (${row.moment})`,
        `day eq ${row.day}`,
        `day eq cast('${row.day}',Edm.Date)`,
        `moment eq cast('${row.moment}',Edm.DateTimeOffset)`,
        `moment eq cast(cast(moment,Edm.String),Edm.DateTimeOffset) and day eq cast(cast(day,Edm.String),Edm.Date) and id eq ${7000 + index}`,
        `year(moment) eq ${Number.parseInt(row.day)} and year(day) eq ${Number.parseInt(row.day)} and month(${row.day}) eq month(day)`,
        `date(moment) eq ${row.day} and time(moment) eq time(${row.moment})`,
      ])
        expect([filter, (await ok(`Everythings?${own} and ${filter}&$select=moment`)).value.length]).toEqual([
          filter,
          1,
        ]);
      const later = rows.slice(index + 1).map((other) => other.moment);
      const behind = await ok(`Everythings?${own} and moment gt ${row.moment}&$orderby=moment&$select=moment`);
      expect(column(behind.value, 'moment')).toEqual(later);
    }
    for (const order of ['moment', 'day desc', "moment sub duration'P1D'"]) {
      const found: unknown[] = [];
      let next: string | undefined = `Everythings?${own}&$orderby=${order}&$select=moment`;
      while (next !== undefined) {
        const answer: Answer = await running().get(encodeURI(next).replaceAll('%25', '%'), { Prefer: 'maxpagesize=2' });
        expect(answer.status).toBe(200);
        found.push(...column(answer.value, 'moment'));
        next = answer.json['@odata.nextLink'] as string | undefined;
      }
      const all = rows.map((row) => row.moment);
      expect(found).toEqual(order.endsWith('desc') ? all.reverse() : all);
    }
  });

  test('are what arithmetic comes to', async () => {
    const [days, span] = [800_000, "duration'P800000D'"];
    const { value } = await ok(
      `Everythings?${own} and id ge 7005&$orderby=id&$compute=moment sub ${span} as earlier,day sub ${span} as before&$select=earlier,before`,
    );
    const moved = seconds.slice(5).map((at) => at - days * 86_400);
    expect(value).toMatchObject(moved.map((at) => ({ earlier: moment(at), before: day(at) })));
    const [least] = (
      await ok(`Everythings?$apply=filter(id ge 7000 and id lt 7100)/aggregate(moment with min as first)`)
    ).value;
    expect(least).toMatchObject({ first: rows[0]?.moment });
  });

  test('are no moments where PostgreSQL keeps none of the day', async () => {
    const moments = `cast(cast('294275-12-31',Edm.Date),Edm.DateTimeOffset) as last,cast(cast('294276-01-01',Edm.Date),Edm.DateTimeOffset) as none`;
    const [row] = (await ok(`Everythings?$top=1&$compute=${moments}&$select=last,none`)).value;
    expect(row).toMatchObject({ last: '294275-12-31T00:00:00Z', none: null });
  });

  test('are refused where there is no such day, or PostgreSQL keeps none', async () => {
    for (const wrong of ['-0001-02-29', '-0000-01-01', '0001-02-29', '-4713-12-31', '-99999-01-01']) {
      const { status, json } = await running().get(encodeURI(`Everythings?$filter=day eq ${wrong}`));
      expect([wrong, status, json['error']]).toEqual([wrong, 400, expect.objectContaining({ code: 'InvalidValue' })]);
      const cast = await ok(`Everythings?${own}&$compute=cast('${wrong}',Edm.Date) as none&$select=none`);
      expect(new Set(column(cast.value, 'none'))).toEqual(new Set([null]));
    }
  });
});

const byMoment = (one: { moment?: unknown }, other: { moment?: unknown }): number =>
  String(one.moment) < String(other.moment) ? -1 : 1;
