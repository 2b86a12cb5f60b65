/** Requests that are sent again, and requests that are answered later: done once, whatever happens. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource } from '../../src/data-source';
import { param, prepare, sql } from '../../src/odata/sql';
import { Database } from '../../src/odata/service/database';
import { StatusMonitors } from '../../src/odata/service/status-monitors';
import { sendJson, sendMultipart } from '../setup/batches';
import { repeatable } from '../setup/repeatable';
import { startService, type Answer, type TestService } from '../setup/service';

let service: TestService;
let journals = 0;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

const json = { 'Content-Type': 'application/json' };
const code = (): string => `LATER${++journals}`;
const count = async (name: string): Promise<unknown> =>
  (await service.sql('SELECT count(*)::int AS n FROM customer_payment_journals WHERE code = $1', [name]))[0]?.['n'];

const create = (name: string, headers: Record<string, string>): Promise<Answer> =>
  service.send('POST', 'customerPaymentJournals', { ...json, ...headers }, JSON.stringify({ code: name }));

describe('repeatability', () => {
  test('[363] a request sent again is answered as the first time, and done once', async () => {
    const [name, headers] = [code(), repeatable()];
    const first = await create(name, headers);
    expect(first).toMatchObject({ status: 201, headers: { 'repeatability-result': 'accepted' } });
    for (let again = 0; again < 2; again++) {
      const answer = await create(name, headers);
      expect(answer.status).toBe(201);
      expect(answer.text).toBe(first.text);
      for (const header of ['location', 'etag', 'content-type', 'odata-version', 'repeatability-result'])
        expect(answer.headers[header]).toBe(first.headers[header]);
    }
    expect(await count(name)).toBe(1);
    const path = String(first.headers.location);
    const change = { ...json, 'If-Match': String(first.headers.etag), ...repeatable() };
    const patched = await service.send('PATCH', path, change, '{"displayName":"x"}');
    expect((await service.send('PATCH', path, change, '{"displayName":"x"}')).text).toBe(patched.text);
    expect(patched.status).toBe(200);
    const removal = { 'If-Match': '*', ...repeatable() };
    expect((await service.send('DELETE', path, removal)).status).toBe(204);
    expect((await service.send('DELETE', path, removal)).status).toBe(204);
    expect((await service.send('DELETE', path, { 'If-Match': '*' })).status).toBe(404);
  });

  test('[363] twins that come at the same time wait for each other', async () => {
    const [name, headers] = [code(), repeatable()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(name, headers)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await count(name)).toBe(1);
  });

  test('what was refused was not done, and can be sent again', async () => {
    const [taken, headers] = [code(), repeatable()];
    const made = await create(taken, {});
    expect(await create(taken, headers)).toMatchObject({
      status: 409,
      headers: { 'repeatability-result': 'accepted' },
    });
    await service.send('DELETE', String(made.headers.location), { 'If-Match': '*' });
    expect((await create(taken, headers)).status).toBe(201);
  });

  test.each<[string, Record<string, string>, number]>([
    ['no time', { 'Repeatability-Request-ID': randomUUID() }, 400],
    ['no identifier', { 'Repeatability-First-Sent': new Date().toUTCString() }, 400],
    ['a time of another form', { ...repeatable(), 'Repeatability-First-Sent': new Date().toISOString() }, 400],
    ['a time long ago', repeatable(randomUUID(), new Date(Date.now() - 2 * 3_600_000)), 412],
    ['a time to come', repeatable(randomUUID(), new Date(Date.now() + 3_600_000)), 412],
  ])('is rejected with %s, and nothing is done', async (_, headers, status) => {
    const name = code();
    expect(await create(name, headers)).toMatchObject({ status, headers: { 'repeatability-result': 'rejected' } });
    expect(await count(name)).toBe(0);
  });

  test('another request with the same identifier is rejected', async () => {
    const [name, headers] = [code(), repeatable()];
    await create(name, headers);
    const other = code();
    expect(await create(other, headers)).toMatchObject({
      status: 400,
      headers: { 'repeatability-result': 'rejected' },
    });
    const later = { ...headers, 'Repeatability-First-Sent': new Date(Date.now() - 60_000).toUTCString() };
    expect((await create(name, later)).status).toBe(400);
    expect((await service.get('customers/$count', headers)).status).toBe(200);
    const batch = await sendJson(service, [], headers);
    expect(batch).toMatchObject({ status: 400, headers: { 'repeatability-result': 'rejected' } });
    expect(await count(other)).toBe(0);
  });

  test.each([
    ['JSON', sendJson],
    ['multipart', sendMultipart],
  ] as const)('[363] parts and groups of a %s batch are repeatable', async (_, send) => {
    const [single, first, second] = [code(), code(), code()];
    const group = repeatable();
    const part = (id: string, name: string, headers: Record<string, string>, atomicityGroup?: string) => ({
      id,
      method: 'POST',
      url: 'customerPaymentJournals',
      headers,
      body: { code: name },
      ...(atomicityGroup === undefined ? {} : { atomicityGroup }),
    });
    const requests = [part('1', single, repeatable()), part('2', first, group, 'g'), part('3', second, group, 'g')];
    const made = await send(service, requests);
    const again = await send(service, requests);
    expect(made.parts.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(again.parts.map(({ status, json: body }) => [status, body])).toEqual(
      made.parts.map(({ status, json: body }) => [status, body]),
    );
    expect(again.of('3').headers['repeatability-result']).toBe('accepted');
    expect(await Promise.all([single, first, second].map(count))).toEqual([1, 1, 1]);
    const partly = await send(service, [part('1', code(), repeatable(), 'h'), part('2', code(), {}, 'h')]);
    expect(
      partly.parts.some(({ status, headers }) => status === 400 && headers['repeatability-result'] === 'rejected'),
    ).toBe(true);
  });

  test('clients may have requests forgotten', async () => {
    const [name, id, client] = [code(), randomUUID(), randomUUID()];
    const headers = { ...repeatable(id), 'Repeatability-Client-ID': client };
    await create(name, headers);
    expect((await service.send('DELETE', `$RepeatableRequestWithRequestID/${id}`)).status).toBe(204);
    expect((await create(name, headers)).status).toBe(409);
    const other = code();
    await create(other, headers);
    expect((await service.send('DELETE', `$RepeatableRequestsWithClientID/${client}`)).status).toBe(204);
    expect((await create(other, headers)).status).toBe(409);
  });
});

/** Asks a monitor until it has an answer. */
async function final(location: string | undefined, headers: Record<string, string> = {}): Promise<Answer> {
  for (;;) {
    const answer = await service.get(String(location), headers);
    if (answer.status !== 202) return answer;
    expect(answer.headers['retry-after']).toBeDefined();
    await sleep(25);
  }
}

describe('respond-async', () => {
  test('[284, 285] a read is accepted, and answered later in a message of its own', async () => {
    const prefer = { Prefer: 'respond-async, odata.callback; url="http://127.0.0.1:1/", foo=bar' };
    const accepted = await service.get('customers?$top=3', prefer);
    expect(accepted).toMatchObject({ status: 202, text: '' });
    expect(accepted.headers).toMatchObject({ 'preference-applied': 'respond-async', 'odata-version': '4.0' });
    expect(accepted.headers['retry-after']).toMatch(/^\d+$/);
    expect((await service.get(String(accepted.headers.location))).status).toBe(202);
    const answer = await final(accepted.headers.location, { Accept: 'application/http' });
    expect(answer.headers['content-type']).toBe('application/http');
    const [head = '', body = ''] = answer.text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const direct = await service.get('customers?$top=3');
    expect(JSON.parse(body)).toEqual(direct.json);
    expect(head).toContain(`Content-Type: ${direct.headers['content-type'] ?? ''}`);
  });

  test('[286] 4.01 tells the status in AsyncResult', async () => {
    const version = { 'OData-MaxVersion': '4.01' };
    const direct = await service.get('customers?$top=3', version);
    const accepted = await service.get('customers?$top=3', { ...version, Prefer: 'respond-async' });
    const answer = await final(accepted.headers.location, version);
    expect(answer).toMatchObject({ status: 200, headers: { asyncresult: '200', 'odata-version': '4.01' } });
    expect(answer.json).toEqual(direct.json);
    const missing = await service.get('nothings', { ...version, Prefer: 'respond-async' });
    expect(await final(missing.headers.location, version)).toMatchObject({
      status: 200,
      headers: { asyncresult: '404' },
    });
    const division = await service.get('customers?$filter=1%20div%200%20eq%201', {
      ...version,
      Prefer: 'respond-async',
    });
    expect((await final(division.headers.location, version)).headers['asyncresult']).toBe('400');
  });

  test('[287] a write is done once; one that is cancelled before is not done at all', async () => {
    const [done, cancelled] = [code(), code()];
    const kept = await create(done, { Prefer: 'respond-async,return=minimal' });
    const dropped = await create(cancelled, { Prefer: 'respond-async' });
    expect([kept.status, dropped.status]).toEqual([202, 202]);
    const monitor = String(dropped.headers.location);
    expect((await service.send('DELETE', monitor)).status).toBe(204);
    expect((await service.get(monitor)).status).toBe(404);
    expect((await service.send('DELETE', monitor)).status).toBe(404);
    const answer = await final(kept.headers.location);
    expect(answer.text).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(answer.text).toContain('Preference-Applied: return=minimal');
    await sleep(400);
    expect([await count(done), await count(cancelled)]).toEqual([1, 0]);
    expect(await service.send('DELETE', String(kept.headers.location))).toMatchObject({ status: 405 });
    expect((await service.send('POST', String(kept.headers.location))).status).toBe(405);
  });

  test('[288, 339] wait: the answer itself when it is there in time', async () => {
    const name = code();
    const answer = await create(name, { Prefer: 'respond-async, wait=10' });
    expect(answer).toMatchObject({ status: 201, headers: { 'preference-applied': 'wait=10' } });
    expect(await count(name)).toBe(1);
    const blocked = code();
    await service.sql('BEGIN');
    await service.sql('LOCK TABLE customer_payment_journals IN ACCESS EXCLUSIVE MODE');
    const started = Date.now();
    const accepted = await create(blocked, { Prefer: 'respond-async, wait=1' });
    await service.sql('COMMIT');
    expect(accepted).toMatchObject({ status: 202, headers: { 'preference-applied': 'respond-async, wait=1' } });
    expect(Date.now() - started).toBeGreaterThanOrEqual(900);
    expect((await final(accepted.headers.location)).text).toMatch(/^HTTP\/1\.1 201 Created/);
    expect(await count(blocked)).toBe(1);
  });

  test('[330] a batch that is answered later counts as many as it holds, and an empty one as one', async () => {
    const limited = await startService({ rateLimit: 6 });
    try {
      const empty: number[] = [];
      for (let turn = 0; turn < 12; turn++) empty.push((await sendJson(limited, [])).status);
      expect([...new Set(empty)]).toEqual([200, 429]);
    } finally {
      await limited.close();
    }
    const other = await startService({ rateLimit: 6 });
    try {
      const parts = Array.from({ length: 20 }, (_, id) => ({ id: String(id), method: 'GET', url: 'companies' }));
      expect((await sendJson(other, parts, { Prefer: 'respond-async' })).status).toBe(202);
      const refused = await other.get('companies');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    } finally {
      await other.close();
    }
  });

  test('[282, 284] batches as a whole, and parts of JSON batches', async () => {
    const [good, bad] = [code(), code()];
    const requests = [
      { id: '1', method: 'POST', url: 'customerPaymentJournals', body: { code: good } },
      { id: '2', method: 'POST', url: 'customerPaymentJournals', body: { code: bad }, atomicityGroup: 'g' },
      { id: '3', method: 'POST', url: 'customerPaymentJournals', body: { code: good }, atomicityGroup: 'g' },
      { id: '4', method: 'GET', url: '$1?$select=code' },
    ];
    const headers = { 'OData-MaxVersion': '4.01', Prefer: 'respond-async' };
    const accepted = await sendJson(service, requests, headers);
    expect(accepted.status).toBe(202);
    const answer = await final(accepted.headers.location, { 'OData-MaxVersion': '4.01' });
    const responses = answer.json['responses'] as { readonly id: string; readonly status: number }[];
    expect(responses.map(({ id, status }) => [id, status])).toEqual([
      ['1', 201],
      ['2', 424],
      ['3', 409],
      ['4', 200],
    ]);
    expect([await count(good), await count(bad)]).toEqual([1, 0]);
    const part = { id: '1', method: 'GET', url: 'customers/$count', headers: { Prefer: 'respond-async' } };
    const inside = await sendJson(service, [part]);
    expect(inside.of('1').status).toBe(202);
    expect((await final(inside.of('1').headers['location'])).text).toMatch(/\r\n\r\n\d+$/);
    expect((await sendMultipart(service, [part])).of('1').status).toBe(200);
    expect((await sendJson(service, [{ ...part, atomicityGroup: 'g' }])).of('1').status).toBe(200);
  });

  test("a monitor is its caller's own, and expires", async () => {
    const accepted = await service.get('customers/$count', { Prefer: 'respond-async' });
    const location = String(accepted.headers.location);
    await final(location);
    const id = location.slice(-36);
    await service.sql('UPDATE odata_status_monitors SET partition = $2 WHERE id = $1', [id, randomUUID()]);
    expect((await service.get(location)).status).toBe(404);
    const other = await service.get('customers/$count', { Prefer: 'respond-async' });
    await final(other.headers.location);
    await service.sql(`UPDATE odata_status_monitors SET expires_at = now() - interval '1 second'`);
    expect((await service.get(String(other.headers.location))).status).toBe(404);
    expect((await service.get('$async/1')).status).toBe(404);
    expect((await service.get('$async')).status).toBe(404);
  });

  test('[284] an answer that is too large to be kept leaves nothing done, and says so', async () => {
    const source = await createDataSource({ url: service.databaseUrl, poolSize: 2, statementTimeout: 0 }).initialize();
    if (!('master' in source.driver)) throw new Error('PostgreSQL is expected');
    const database = new Database(source.driver.master as never, { preparedStatements: true, maxQueue: 10 });
    const name = code();
    const insert = prepare(
      sql`insert into customer_payment_journals (company_id, code) select id, ${param(() => name, 'text')} from companies limit 1`,
    );
    const monitors = new StatusMonitors({
      ...{ asyncRetentionMs: 60_000, asyncTimeoutMs: 20_000, asyncWorkers: 1, asyncLeaseMs: 60_000, database },
      answer: async (_, __, session) => {
        await session.run([{ statement: insert, values: [name] }]);
        return { status: 200, headers: {}, body: Buffer.alloc(64 * 1024 * 1024 + 1) };
      },
    });
    try {
      const caller = { partition: null };
      const request = { method: 'POST', target: 'x', headers: {}, root: service.root };
      const id = await monitors.accept(request, caller, true);
      await monitors.ended(id, 20_000);
      const state = await monitors.state(id, caller);
      expect(state).toMatchObject({ kind: 'done', response: { status: 413 } });
      expect(await count(name)).toBe(0);
    } finally {
      await monitors.close();
      await source.destroy();
    }
  });

  test('what a process left behind is taken up by another, and given up when it kills every one', async () => {
    const monitor = async (name: string, attempts: number): Promise<string> => {
      const id = randomUUID();
      const request = {
        method: 'POST',
        target: 'customerPaymentJournals',
        headers: { 'content-type': 'application/json' },
        root: service.root,
      };
      const [company] = await service.sql('SELECT company_id AS id FROM customer_payment_journals LIMIT 1');
      await service.sql(
        `INSERT INTO odata_status_monitors (id, partition, request, body, created_at, expires_at, attempts, claim, claimed_until)
         VALUES ($1, $2, $3, $4, now() - interval '1 minute', now() + interval '1 hour', $5, $6, now() - interval '1 second')`,
        [
          id,
          company?.['id'],
          JSON.stringify(request),
          Buffer.from(JSON.stringify({ code: name })),
          attempts,
          randomUUID(),
        ],
      );
      return `$async/${id}`;
    };
    const [once, never] = [code(), code()];
    const [left, deadly] = [await monitor(once, 1), await monitor(never, 3)];
    expect((await final(left)).text).toMatch(/^HTTP\/1\.1 201 Created/);
    expect((await final(deadly)).text).toMatch(/^HTTP\/1\.1 500 /);
    expect([await count(once), await count(never)]).toEqual([1, 0]);
    expect(service.takeFailures()).toHaveLength(1);
  });
});

describe('what PostgreSQL ends because of another transaction', () => {
  /** Rows of journals that are still to be refused as a deadlock would; a sequence remembers what is rolled back. */
  const colliding = (times: number): Promise<unknown> =>
    service.sql("SELECT setval('test_collisions', $1)", [1000 - times]);

  beforeAll(async () => {
    await service.sql('CREATE SEQUENCE test_collisions MINVALUE 0');
    await service.sql(`CREATE FUNCTION test_collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('test_collisions') <= 1000 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
      RETURN NEW; END $$`);
    await service.sql(`CREATE TRIGGER test_collide BEFORE INSERT ON customer_payment_journals
      FOR EACH ROW EXECUTE FUNCTION test_collide()`);
  });

  afterAll(async () => {
    await service.sql('DROP TRIGGER test_collide ON customer_payment_journals');
    await service.sql('DROP FUNCTION test_collide()');
    await service.sql('DROP SEQUENCE test_collisions');
  });

  const post = (id: string, name: string, url = 'customerPaymentJournals', atomicityGroup = 'g') => ({
    ...{ id, method: 'POST', url, body: { code: name }, atomicityGroup },
  });
  const ways: readonly (readonly [string, (name: string) => Promise<number>])[] = [
    ['a request', async (name) => (await create(name, {})).status],
    ['one that is repeatable', async (name) => (await create(name, repeatable())).status],
    ['a group', async (name) => (await sendJson(service, [post('1', name)])).of('1').status],
    [
      'a group of equal creates',
      async (name) => (await sendJson(service, [post('1', name), post('2', `${name}A`)])).of('1').status,
    ],
    ['a change set', async (name) => (await sendMultipart(service, [post('1', name)])).parts[0]?.status ?? 0],
    [
      'one that is answered later',
      async (name) => {
        const { headers } = await create(name, { Prefer: 'respond-async', 'OData-MaxVersion': '4.01' });
        return Number((await final(headers.location, { 'OData-MaxVersion': '4.01' })).headers['asyncresult']);
      },
    ],
  ];

  test.each(ways)('%s is tried again, and done once or not at all', async (_, send) => {
    const [third, never] = [code(), code()];
    await colliding(2);
    expect(await send(third)).toBe(201);
    await colliding(20);
    expect(await send(never)).toBe(409);
    expect([await count(third), await count(never)]).toEqual([1, 0]);
  });
});
