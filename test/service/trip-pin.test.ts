/** What a generic engine must serve and the model of payments lacks, over the tables of the second model. */
import { sendJson } from '../setup/batches';
import { runTripPin } from '../setup/trip-pin/running';

const { running, ok } = runTripPin();

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
