/** Values of every type that the model of payments lacks: enumerations stored as numbers, flags, durations. The oracle is plain SQL. */
import type { Answer, Json, TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

const any = {
  'Content-Type': 'application/json',
  'If-Match': '*',
  'OData-Version': '4.01',
  'OData-MaxVersion': '4.01',
};

let service: TestService | undefined;
beforeAll(async () => {
  service = await startTripPin();
});
afterAll(() => service?.close());

function running(): TestService {
  if (!service) throw new Error('The service has not started');
  return service;
}

async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await running().get(encodeURI(path), headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${running().takeFailures().join()}`);
  return answer;
}

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  running().send(method, encodeURI(path), any, body === undefined ? undefined : JSON.stringify(body));

async function done(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text} ${running().takeFailures().join()}`);
  return answer;
}

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
      [`${ronald}?$search=x`, 501],
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
        ['PUT', 'emails/0', { value: 'x' }, 501],
        ['PUT', 'emails/$count', { value: 1 }, 405],
        ['PUT', `emails/$filter($it eq 'x')`, { value: [] }, 501],
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
    expect(text).toContain('<Property Name="emails" Type="Collection(Edm.String)" Nullable="false"/>');
    expect(text).not.toContain('NonFilterableProperties');
    expect(text).not.toContain('NonCountableProperties');
  });
});
