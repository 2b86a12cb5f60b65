/** Writes that the model of payments lacks: keys that clients choose or the database counts, entities that refer to their like, links that may end. */
import type { Json } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running, send, done } = runTripPin({}, { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' });

const friendsOf = async (name: string): Promise<unknown> =>
  (await running().sql('SELECT "userName" AS name FROM people WHERE best_friend = $1 ORDER BY 1', [name])).map(
    (row) => row['name'],
  );

const person = (userName: string, more: object = {}): object => ({ userName, firstName: userName, ...more });

test('[211, 225] a deep insert follows links to both sides, to any depth', async () => {
  const answer = await done(
    'POST',
    'People',
    person('deep', {
      trips: [
        { tripNumber: 1, startsAt: '2026-01-01T00:00:00Z' },
        { tripNumber: 2, startsAt: '2026-02-01T00:00:00Z' },
      ],
      passport: { issued: '2020-01-01' },
      bestFriend: person('friend', { passport: { issued: '2021-01-01' }, bestFriend: person('friend2') }),
      admirers: [person('fan1'), person('fan2', { trips: [{ tripNumber: 1, startsAt: '2026-03-01T00:00:00Z' }] })],
    }),
  );
  expect(answer.status).toBe(201);
  expect(answer.json).toMatchObject({
    trips: [{ tripNumber: 1 }, { tripNumber: 2 }],
    passport: { issued: '2020-01-01' },
    bestFriend: { userName: 'friend', passport: { issued: '2021-01-01' }, bestFriend: { userName: 'friend2' } },
  });
  expect((answer.json['admirers'] as readonly Json[]).map(({ userName }) => userName).sort()).toEqual(['fan1', 'fan2']);
  expect(await friendsOf('friend')).toEqual(['deep']);
  expect(await friendsOf('deep')).toEqual(['fan1', 'fan2']);
  expect(
    await running().sql(
      `SELECT owner, count(*)::int AS n FROM trips WHERE owner IN ('deep', 'fan2') GROUP BY owner ORDER BY owner`,
    ),
  ).toEqual([
    { owner: 'deep', n: 2 },
    { owner: 'fan2', n: 1 },
  ]);
});

test('[207] a key that the database counts is told', async () => {
  const holder = await done('POST', 'People', person('holder'));
  expect(holder.status).toBe(201);
  const made = await done('POST', 'Passports', { issued: '2020-01-01', holder: { '@id': `People('holder')` } });
  const { number } = made.json;
  expect(made.headers['location']).toBe(`${running().root}Passports(${String(number)})`);
  expect((await running().get(`Passports(${String(number)})`)).json).toMatchObject({ number, issued: '2020-01-01' });
});

test('no tag fits an entity that has no ETag, and it is there', async () => {
  await done('POST', 'Airlines', { airlineCode: 'TAG', name: 'Untagged' });
  for (const headers of [{ 'If-Match': 'W/"1"' }, { 'If-None-Match': '*' }])
    for (const [method, body] of [['PATCH', '{"name":"Tagged"}'], ['DELETE']] as const) {
      const answer = await running().send(
        method,
        `Airlines('TAG')`,
        { 'Content-Type': 'application/json', ...headers },
        body,
      );
      expect([method, headers, answer.status]).toEqual([method, headers, 412]);
    }
  const { status } = await running().send('DELETE', `Airlines('TAG')`, { 'If-Match': '*', 'If-None-Match': 'W/"1"' });
  expect(status).toBe(204);
});

test('[226, 249, 250, 251] links that may end do end, in every way', async () => {
  const fans = async (): Promise<void> => {
    await send('DELETE', `People('star')`);
    for (const name of ['a', 'b', 'c']) await send('DELETE', `People('${name}')`);
    await done('POST', 'People', person('star', { admirers: ['a', 'b', 'c'].map((name) => person(name)) }));
    expect(await friendsOf('star')).toEqual(['a', 'b', 'c']);
  };
  const ways: readonly (readonly [method: string, path: string, body: unknown, left: readonly string[]])[] = [
    ['DELETE', `People('star')/admirers/$ref?$id=People('a')`, undefined, ['b', 'c']],
    ['DELETE', `People('star')/admirers('b')/$ref`, undefined, ['a', 'c']],
    ['DELETE', `People('star')/admirers/$ref`, undefined, []],
    ['DELETE', `People('c')/bestFriend/$ref`, undefined, ['a', 'b']],
    ['PUT', `People('star')/admirers/$ref`, { value: [{ '@id': `People('b')` }] }, ['b']],
    ['PATCH', `People('star')`, { admirers: [{ userName: 'a' }] }, ['a']],
    [
      'PATCH',
      `People('star')`,
      { 'admirers@delta': [{ '@removed': { reason: 'changed' }, userName: 'a' }] },
      ['b', 'c'],
    ],
    ['PATCH', `People('star')/admirers`, { value: [{ '@removed': { reason: 'changed' }, userName: 'c' }] }, ['a', 'b']],
    ['PATCH', `People('star')`, { admirers: [] }, []],
  ];
  for (const [method, path, body, left] of ways) {
    await fans();
    await done(method, path, body);
    expect([method, path, await friendsOf('star')]).toEqual([method, path, left]);
    const people = await running().sql(
      `SELECT "userName" AS name FROM people WHERE "userName" IN ('a', 'b', 'c') ORDER BY 1`,
    );
    expect(people.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  }
});

test('[241] what a request deletes may be what others refer to until the same request changes them', async () => {
  const hotels = (): Promise<unknown> =>
    running().sql(`SELECT code, main FROM hotels WHERE code LIKE 'del%' ORDER BY code`);
  const gone = { '@removed': { reason: 'deleted' }, code: 'del1' };
  const moved = { code: 'del2', main: { '@id': `Hotels('del3')` } };
  for (const items of [
    [gone, moved],
    [moved, gone],
  ]) {
    for (const code of ['del3', 'del1']) await done('POST', 'Hotels', { code });
    await done('POST', 'Hotels', { code: 'del2', main: { '@id': `Hotels('del1')` } });
    await done('PATCH', 'Hotels', { value: items });
    expect(await hotels()).toEqual([
      { code: 'del2', main: 'del3' },
      { code: 'del3', main: null },
    ]);
    for (const code of ['del2', 'del3']) await done('DELETE', `Hotels('${code}')`);
  }
  for (const code of ['del3', 'del1', 'del2']) await done('POST', 'Hotels', { code });
  await done('PATCH', `Hotels('del2')`, { main: { '@id': `Hotels('del1')` } });
  await done('PATCH', `Hotels('del3')`, {
    'branches@delta': [{ '@id': `Hotels('del2')` }],
    main: { '@id': `Hotels('del1')` },
  });
  const still = await send('PATCH', 'Hotels', { value: [gone, { code: 'del2', note: 'x' }] });
  expect([still.status, still.error.code]).toEqual([409, 'StillReferenced']);
  await done('PATCH', 'Hotels', { value: [{ code: 'del3', 'main@odata.bind': null }, gone] });
  expect(await hotels()).toEqual([
    { code: 'del2', main: 'del3' },
    { code: 'del3', main: null },
  ]);
  // Members that refer to one another go together, in a circle, too.
  await done('PATCH', `Hotels('del3')`, { main: { '@id': `Hotels('del2')` } });
  await done('DELETE', `Hotels/$filter(startswith(code,'del'))/$each`);
  expect(await hotels()).toEqual([]);
});

const employee = { '@type': '#Trip.Pin.Employee' };
const toManager = (code: number): string => `Contacts('x${code}')/Trip.Pin.Manager`;
const gone = (code: number): object => ({ '@removed': { reason: 'deleted' }, code: `x${code}` });
const manager = (code: number, more: object = {}): object => ({
  '@type': '#Trip.Pin.Manager',
  code: `x${code}`,
  name: 'x',
  salary: 1,
  office: { name: 'x' },
  ...more,
});

/** Managers `x…` before, what a delta says of them, and what of them is there then: code, badge, friend, manager. */
const deltas: readonly (readonly [what: string, before: readonly object[], delta: readonly object[], after: string])[] =
  [
    ['another takes the key', [{ badge: 77 }], [gone(1), manager(2, { badge: 77 })], '2 77 - -'],
    ['the same, said before', [{ badge: 77 }], [manager(2, { badge: 77 }), gone(1)], '2 77 - -'],
    [
      'another takes the key when a link has ended',
      [{ badge: 77 }, { 'manager@odata.bind': toManager(1) }],
      [manager(2, { manager: null }), manager(3, { badge: 77 }), gone(1)],
      '2 - - -|3 77 - -',
    ],
    [
      'another takes key and place, where the database ends the link',
      [{ badge: 77 }, { 'friend@odata.bind': toManager(1) }],
      [gone(1), manager(2, { friend: manager(3, { badge: 77 }) })],
      '2 - x3 -|3 77 - -',
    ],
    [
      'who was linked takes the key, where the database ends the link',
      [{ badge: 77 }, { 'friend@odata.bind': toManager(1) }],
      [gone(1), manager(2, { badge: 77 })],
      '2 77 - -',
    ],
    [
      'of two types, who refers first',
      [{}, { ...employee, 'manager@odata.bind': toManager(1) }],
      [gone(2), gone(1)],
      '',
    ],
    [
      'of two types, who refers last',
      [{}, { ...employee, 'manager@odata.bind': toManager(1) }],
      [gone(1), gone(2)],
      '',
    ],
    [
      'of two types, whom a third refers to until then',
      [
        {},
        { ...employee, 'manager@odata.bind': toManager(1) },
        {},
        { ...employee, 'manager@odata.bind': toManager(1) },
      ],
      [gone(1), { ...manager(4, { 'manager@odata.bind': toManager(3) }), ...employee }, gone(2)],
      '3 - - -|4 - - x3',
    ],
  ];
test.each(deltas)('[241] deletes and what comes in their place: %s', async (_, before, delta, after) => {
  await running().sql(`DELETE FROM contacts WHERE code LIKE 'x%'`);
  for (const [index, more] of before.entries()) await done('POST', 'Contacts', { ...manager(index + 1), ...more });
  await done('PATCH', 'Contacts', { value: delta });
  const [row] = await running().sql(
    `SELECT coalesce(string_agg(concat_ws(' ', substr(code, 2), coalesce(badge::text, '-'), coalesce(friend, '-'), coalesce(manager, '-')), '|' ORDER BY code), '') AS all
    FROM contacts WHERE code LIKE 'x%'`,
  );
  expect(row?.['all']).toBe(after);
  await running().sql(`DELETE FROM contacts WHERE code LIKE 'x%'`);
});

test('[229] who ends or changes the link that the URL came by is shown the entity all the same', async () => {
  await done('POST', 'People', person('mover', { passport: { issued: '2020-01-01' }, bestFriend: person('moved') }));
  await done('POST', 'People', person('taker'));
  const passport = await done('PATCH', `People('mover')/passport`, { holder: { '@id': `People('taker')` } });
  expect(await running().sql(`SELECT number FROM passports WHERE holder = 'taker'`)).toEqual([
    { number: passport.json['number'] },
  ]);
  const admirer = await done('PATCH', `People('moved')/admirers('mover')`, {
    bestFriend: { '@id': `People('taker')` },
  });
  expect([admirer.json['userName'], await friendsOf('taker'), await friendsOf('moved')]).toEqual([
    'mover',
    ['mover'],
    [],
  ]);
  const ended = await done('PATCH', `People('taker')/admirers('mover')`, { 'bestFriend@odata.bind': null });
  expect([ended.json['userName'], await friendsOf('taker')]).toEqual(['mover', []]);
});

describe('an entity that is a member of its own collection', () => {
  const id = (code: string): Json => ({ '@id': `Contacts('${code}')` });
  const gone = (code: string): Json => ({ '@removed': { reason: 'changed' }, ...id(code) });
  const friendsOf = async (): Promise<unknown> => {
    const rows = await running().sql("SELECT code, friend FROM contacts WHERE code LIKE 'self%' ORDER BY code");
    return rows.map(({ code, friend }) => `${String(code)}:${String(friend)}`).join(' ');
  };
  const rows = (one: string | null, two: string | null): string => `self1:${String(one)} self2:${String(two)}`;
  afterAll(() => running().sql("DELETE FROM contacts WHERE code LIKE 'self%'"));

  test.each<readonly [body: Json, after: string | undefined]>([
    [{ friends: [] }, rows(null, null)],
    [{ friends: [], name: 'Other' }, rows(null, null)],
    [{ friends: [id('self2')] }, rows(null, 'self1')],
    [{ friends: [id('self1')] }, rows('self1', null)],
    [{ friends: [{ code: 'self1' }] }, rows('self1', null)],
    [{ friends: [id('self2'), id('self1')] }, rows('self1', 'self1')],
    [{ 'friends@delta': [gone('self1')] }, rows(null, 'self1')],
    [{ 'friends@delta': [id('self1')] }, rows('self1', 'self1')],
    [{ friend: id('self2'), friends: [] }, rows('self2', null)],
    [{ friend: id('self1'), friends: [id('self1')] }, rows('self1', null)],
    // What contradicts itself, or changes the entity twice.
    [{ friend: id('self1'), friends: [] }, undefined],
    [{ friend: id('self2'), friends: [id('self1')] }, undefined],
    [{ friends: [{ code: 'self1', name: 'Other' }] }, undefined],
    [{ friends: [id('self1'), id('self1')] }, undefined],
    [{ 'friends@delta': [{ '@removed': { reason: 'deleted' }, ...id('self1') }] }, undefined],
  ])('[214] %j', async (body, after) => {
    await running().sql("DELETE FROM contacts WHERE code LIKE 'self%'");
    await running().sql(
      "INSERT INTO contacts (code, name, revision, kind, friend) VALUES ('self1', 'A', 1, 'Contact', 'self1'), ('self2', 'B', 1, 'Contact', 'self1')",
    );
    const headers = { 'OData-Version': '4.01', 'If-Match': '*' };
    const answer = await send('PATCH', "Contacts('self1')", body, headers);
    expect([answer.status, await friendsOf()]).toEqual([after ? 200 : 400, after ?? rows('self1', 'self1')]);
  });
});

describe('what is contained stays where it is', () => {
  const trip = { tripNumber: 1, startsAt: '2026-01-01T00:00:00Z' };
  const owner = async (): Promise<unknown> =>
    (await running().sql(`SELECT owner FROM trips WHERE owner IN ('one', 'two')`)).map((row) => row['owner']);
  let id = '';

  beforeAll(async () => {
    await done('POST', 'People', person('two'));
    const { json } = await done('POST', 'People', person('one', { trips: [trip] }));
    id = String((json['trips'] as readonly Json[])[0]?.['shareId']);
  });

  const two = { '@id': `People('two')` };
  const link = { '@context': '#$delta/$link', source: `People('one')/trips(ID)`, relationship: 'owner' };
  test.each<readonly [method: string, path: string, body: object]>([
    ['PATCH', '/trips(ID)', { owner: two }],
    ['PATCH', '/trips(ID)', { 'owner@odata.bind': `People('two')` }],
    ['PUT', '/trips(ID)', { ...trip, 'owner@odata.bind': `People('two')` }],
    ['PUT', '/trips(ID)/owner/$ref', two],
    ['PATCH', '', { trips: [{ shareId: 'ID', owner: two }] }],
    ['PATCH', '/trips', { value: [{ shareId: 'ID', owner: two }] }],
    ['PATCH', '/trips', { value: [{ ...link, target: `People('two')` }] }],
  ])(`%s People('one')%s %j`, async (method, path, body) => {
    const known = JSON.parse(JSON.stringify(body).replaceAll('ID', id)) as object;
    const answer = await send(method, `People('one')${path.replace('ID', id)}`, known);
    expect([answer.status, await owner()]).toEqual([400, ['one']]);
    expect(answer.error.message).toMatch(/"owner"/);
    await done('PATCH', `People('one')/trips(${id})`, { owner: { '@id': `People('one')` } });
  });
});

test('[231] a delta that says deleted deletes, and a key that is not there is made where clients choose keys', async () => {
  await done('POST', 'People', person('owner', { admirers: [person('gone'), person('kept')] }));
  await done('PATCH', `People('owner')`, {
    'admirers@delta': [
      { '@removed': { reason: 'deleted' }, userName: 'gone' },
      person('made'),
      { userName: 'kept', lastName: 'Changed' },
    ],
  });
  expect(await friendsOf('owner')).toEqual(['kept', 'made']);
  expect(
    await running().sql(
      `SELECT "userName" AS name, "lastName" AS last FROM people WHERE "userName" IN ('gone', 'kept')`,
    ),
  ).toEqual([{ name: 'kept', last: 'Changed' }]);
});

test('[212] new entities of one body that take the same key are refused at their place', async () => {
  const answer = await send('POST', 'People', person('twice', { admirers: [person('same'), person('same')] }));
  expect([answer.status, answer.error.target]).toEqual([409, 'admirers/1/userName']);
  expect(await running().sql(`SELECT 1 FROM people WHERE "userName" IN ('twice', 'same')`)).toEqual([]);
});

test('[241] links of a delta lead to either side, and a single-valued one takes the place of the one before', async () => {
  for (const name of ['ann', 'ben', 'cid'])
    await done('POST', 'People', person(name, { passport: { issued: '2020-01-01' } }));
  const passports = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await running().sql(`SELECT holder, number FROM passports WHERE holder IN ('ann', 'ben', 'cid')`)).map(
        ({ holder, number }): [string, unknown] => [String(holder), number],
      ),
    );
  const { ann, ben } = await passports();
  const link = (source: string, relationship: string, target?: string, kind = '$link'): Json => ({
    '@context': `#People/${kind}`,
    ...{ source: `People('${source}')`, relationship, target },
  });
  await done('PATCH', 'People', {
    value: [
      link('ann', 'admirers', "People('ben')"),
      link('ann', 'admirers', "People('cid')"),
      link('ann', 'bestFriend', "People('cid')"),
    ],
  });
  expect([await friendsOf('ann'), await friendsOf('cid')]).toEqual([['ben', 'cid'], ['ann']]);
  await done('PATCH', 'People', {
    value: [
      link('ann', 'admirers', "People('ben')", '$deletedLink'),
      link('ann', 'bestFriend', undefined, '$deletedLink'),
    ],
  });
  expect([await friendsOf('ann'), await friendsOf('cid')]).toEqual([['cid'], []]);
  const taken = await send('PATCH', 'People', { value: [link('ann', 'passport', `Passports(${String(ben)})`)] });
  expect([taken.status, taken.error.target]).toEqual([400, 'value/0/relationship']);
  await done('PATCH', 'People', { value: [link('ann', 'passport', `Passports(${String(ann)})`)] });
  expect(await passports()).toMatchObject({ ann, ben });
});

test('[241] rows with arrays of any length and text go in, and change, as one statement', async () => {
  const lists = [[], ['a'], ['b', 'c', 'd'], ['', 'NULL', '"', '\\', '{,}', "'", ' x ', 'æ\n😀']];
  const people = lists.map((emails, at) => person(`list${at}`, { emails }));
  const stored = async (): Promise<unknown> =>
    (await running().sql(`SELECT emails FROM people WHERE "userName" LIKE 'list_' ORDER BY "userName"`)).map(
      ({ emails }) => emails,
    );
  /** Rows that one command of a transaction has written have the same cmin. */
  const commands = async (value: readonly object[]): Promise<number> => {
    await done('PATCH', 'People', { value });
    return (await running().sql(`SELECT DISTINCT xmin, cmin FROM people WHERE "userName" LIKE 'list_'`)).length;
  };
  expect(await commands(people)).toBe(1);
  expect(await stored()).toEqual(lists);
  const turned = [...lists].reverse();
  expect(await commands(turned.map((emails, at) => ({ userName: `list${at}`, emails })))).toBe(1);
  expect(await stored()).toEqual(turned);
});
