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
