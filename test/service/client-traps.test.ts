/**
 * What real clients trip over with other services, one test each. Where a client itself is at hand, test/clients runs it; here stands what it
 * needs, so that a change that breaks it is seen by `npm test`.
 */
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { Database } from '../../src/odata/service/database';
import { startService, withOptions, type TestService } from '../setup/service';

let service: TestService;
let largest: string;
let customer: string;

beforeAll(async () => {
  service = await startService({ defaultPageSize: 7, trustProxy: true });
  const here = '(SELECT id FROM companies ORDER BY name LIMIT 1)';
  const [journal] = await service.sql(
    `SELECT journal_id AS id FROM customer_payments WHERE company_id = ${here} GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`,
  );
  largest = `customerPaymentJournals(${String(journal?.['id'])})/customerPayments`;
  const [first] = await service.sql(`SELECT id FROM customers WHERE company_id = ${here} ORDER BY number LIMIT 1`);
  customer = `customers(${String(first?.['id'])})`;
});
afterAll(() => service.close());

const json = { 'Content-Type': 'application/json' };
const members = (value: object): readonly string[] => Object.keys(value).filter((name) => name.includes('@'));

describe('names and versions', () => {
  it('[7] 1 without OData-MaxVersion names are those of 4.0', async () => {
    const { json: body, headers } = await service.get('customers?$count=true&$top=1');
    expect(headers['odata-version']).toBe('4.0');
    expect(members(body)).toEqual(['@odata.context', '@odata.count']);
  });

  it('2 with 4.01 the prefix stays until the client asks without it', async () => {
    const kept = await service.get('customers?$count=true&$top=1', { 'OData-MaxVersion': '4.01' });
    expect(kept.headers['odata-version']).toBe('4.01');
    expect(members(kept.json)).toEqual(['@odata.context', '@odata.count']);
    const bare = await service.get('customers?$count=true&$top=1', {
      'OData-MaxVersion': '4.01',
      Accept: 'application/json;metadata=minimal',
    });
    expect(members(bare.json)).toEqual(['@context', '@count']);
  });

  it('3 OData-Version stands on the envelope of a batch and on its parts, exactly', async () => {
    const part = 'Content-Type: application/http\r\n\r\nGET companies HTTP/1.1\r\n\r\n\r\n';
    const answer = await service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'multipart/mixed; boundary=b' },
      `--b\r\n${part}--b--\r\n`,
    );
    expect(answer.headers['odata-version']).toBe('4.0');
    expect(answer.text).toMatch(/^OData-Version: 4\.0\r$/m);
  });

  it('[9, 31] 5 $metadata is XML for who takes anything, JSON for who asks', async () => {
    expect((await service.get('$metadata', { Accept: '*/*' })).headers['content-type']).toMatch(/^application\/xml/);
    expect((await service.get('$metadata', { Accept: 'application/json' })).headers['content-type']).toMatch(/json/);
  });

  it('[33] 25 by default $metadata is shaped as 4.0 is', async () => {
    const { text } = await service.get('$metadata');
    expect(text).toContain('<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">');
  });
});

describe('links', () => {
  it('[361] 4 what a page may read over CORS is named', async () => {
    const { headers } = await service.get('customers?$top=1', { Origin: 'https://app.example' });
    const exposed = String(headers['access-control-expose-headers']);
    for (const name of ['OData-Version', 'ETag', 'Location', 'OData-EntityId', 'Preference-Applied', 'Retry-After'])
      expect(exposed.toLowerCase()).toContain(name.toLowerCase());
    expect(['*', 'https://app.example']).toContain(headers['access-control-allow-origin']);
  });

  it('6 7 context and next link are absolute and lead somewhere', async () => {
    const { json: body, nextLink = '' } = await service.get('customers');
    const context = String(body['@odata.context']);
    expect(context).toBe(`${service.root}$metadata#customers`);
    expect((await service.get(context.split('#')[0] ?? '')).status).toBe(200);
    expect(nextLink).toMatch(/^http:\/\//);
    expect((await service.get(nextLink)).status).toBe(200);
  });

  it('8 in 4.0 an expanded navigation is listed in the context with its own list only', async () => {
    const context = async (path: string): Promise<string> => String((await service.get(path)).json['@odata.context']);
    expect(await context('customers?$select=number&$expand=salesInvoices&$top=1')).not.toContain('salesInvoices()');
    expect(await context('customers?$select=number&$expand=salesInvoices($select=number)&$top=1')).toMatch(
      /#customers\(number,salesInvoices\(number\)\)$/,
    );
  });

  it('[30] 9 10 behind a proxy scheme and host are those outside', async () => {
    const { json: body, nextLink } = await service.get('customers', {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'pay.example',
    });
    expect(body['@odata.context']).toBe('https://pay.example/v1.0/$metadata#customers');
    expect(nextLink).toMatch(/^https:\/\/pay\.example\/v1\.0\/customers\?/);
  });

  it('31 $top below the page makes no next link', async () => {
    expect((await service.get('customers?$top=3')).nextLink).toBeUndefined();
    expect((await service.get('customers?$top=9')).nextLink).toBeDefined();
  });

  it('[29] 32 next links hold no plus', async () => {
    const { nextLink = '' } = await service.get(
      withOptions('customers', { $filter: "displayName ne 'a+b' and number ne 'c d'" }),
    );
    expect(nextLink).toContain('%2B');
    expect(nextLink).not.toContain('+');
    expect((await service.get(nextLink)).status).toBe(200);
  });

  it('[176] 30 pages are stable while sort keys repeat', async () => {
    const all = await service.all(`${largest}?$orderby=customerNumber&$select=id`);
    const [row] = await service.sql('SELECT count(*)::int AS n FROM customer_payments WHERE journal_id = $1', [
      largest.slice(24, 60),
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(row?.['n']);
    expect(all.length).toBe(row?.['n']);
  });
});

describe('requests', () => {
  it('11 keys stand as segments, for every method', async () => {
    const path = customer.replace('(', '/').replace(')', '');
    expect((await service.get(path)).status).toBe(200);
    expect(
      (await service.send('PATCH', path, { ...json, 'If-Match': '*' }, '{"website":"https://a.example"}')).status,
    ).toBe(200);
    expect(
      (await service.send('DELETE', 'customers/00000000-0000-4000-8000-000000000000', { 'If-Match': '*' })).status,
    ).toBe(404);
  });

  it.each(['/v1.0/companies', '/companies', 'companies', 'absolute'])(
    '12 a JSON batch takes the URL %s',
    async (form) => {
      const url = form === 'absolute' ? `${service.root}companies` : form;
      const body = JSON.stringify({ requests: [{ id: '1', method: 'GET', url }] });
      const answer = await service.send('POST', '$batch', json, body);
      expect(answer.json).toMatchObject({ responses: [{ id: '1', status: 200 }] });
    },
  );

  it('13 a multipart batch takes an epilogue, LF alone, and Content-ID at either level', async () => {
    const body = [
      '--b',
      'Content-Type: multipart/mixed; boundary=c',
      '',
      '--c',
      'Content-Type: application/http',
      'Content-ID: 1',
      '',
      'POST customers HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"displayName":"Trap","number":"TRAP-13"}',
      '--c',
      'Content-Type: application/http',
      '',
      'PATCH $1 HTTP/1.1',
      'Content-ID: 2',
      'Content-Type: application/json',
      'If-Match: *',
      '',
      '{"displayName":"Trap two"}',
      '--c--',
      '--b--',
      'Group ID: $auto',
    ].join('\n');
    const { text } = await service.send('POST', '$batch', { 'Content-Type': 'multipart/mixed; boundary=b' }, body);
    expect(text).toContain('HTTP/1.1 201');
    expect(await service.sql(`SELECT display_name AS name FROM customers WHERE number = 'TRAP-13'`)).toEqual([
      { name: 'Trap two' },
    ]);
  });

  it('[307] 14 IEEE754Compatible writes and reads numbers as strings', async () => {
    const accept = 'application/json;odata.metadata=minimal;IEEE754Compatible=true';
    const { json: body, headers, value } = await service.get('salesInvoices?$count=true&$top=1', { Accept: accept });
    expect(headers['content-type']).toContain('IEEE754Compatible=true');
    expect(typeof body['@odata.count']).toBe('string');
    expect(typeof value[0]?.['totalAmountIncludingTax']).toBe('string');
    const type = 'application/json;IEEE754Compatible=true';
    const made = await service.send('POST', largest, { 'Content-Type': type, Accept: accept }, '{"amount":"-1.5"}');
    expect(made.json['amount']).toBe('-1.5');
  });

  // Microsoft.OData.Client writes conversions and type tests of LINQ so.
  it.each([
    ["cast(balance,'Edm.Double') gt 0", 'cast(balance,Edm.Double) gt 0'],
    ["cast(number, 'Edm.String') eq 'C00001'", "number eq 'C00001'"],
    ["isof(creditLimit, 'Edm.Decimal')", 'creditLimit ne null'],
    ["isof('Microsoft.NAV.customer') and cast('Microsoft.NAV.customer') ne null", 'true'],
    ["isof(address,'Microsoft.NAV.postalAddress')", 'address ne null'],
  ])('names of types may stand in quotes: %s', async (quoted, plain) => {
    const numbers = async ($filter: string): Promise<readonly unknown[]> =>
      (await service.all(withOptions('customers', { $select: 'number', $filter }))).map(({ number }) => number);
    expect(await numbers(quoted)).toEqual(await numbers(plain));
    expect((await numbers(quoted)).length).toBeGreaterThan(0);
  });

  it('15 16 aggregates say that they are decimal; a concat of concats is one list', async () => {
    const apply =
      'concat(aggregate(balance with sum as balance),groupby((number),aggregate(balance with sum as balance))/concat(aggregate($count as UI5__count),top(2)))';
    const { value } = await service.get(withOptions('customers', { $apply: apply }));
    expect(
      value.map((row) =>
        Object.keys(row)
          .filter((name) => !name.startsWith('@'))
          .join(),
      ),
    ).toEqual([
      'balance@odata.type,balance',
      'UI5__count@odata.type,UI5__count',
      'number,balance@odata.type,balance',
      'number,balance@odata.type,balance',
    ]);
    expect(value[1]?.['UI5__count@odata.type']).toBe('#Decimal');
  });

  it('[10] 17 odata=verbose does no harm, in or out', async () => {
    const headers = {
      Accept: 'application/json;odata=verbose,text/plain,*/*',
      'Content-Type': 'application/json;odata=verbose',
    };
    expect((await service.get('customers?$top=1', headers)).status).toBe(200);
    expect((await service.send('POST', 'customers', headers, '{"displayName":"Verbose"}')).status).toBe(201);
  });

  it('[168] 18 $top=0 with $count, and $skip=0', async () => {
    const { json: body, value } = await service.get('customers?$top=0&$skip=0&$count=true');
    expect(value).toEqual([]);
    expect(body['@odata.count']).toBeGreaterThan(0);
    expect(body['@odata.nextLink']).toBeUndefined();
  });

  it('19 filters that fold case have an index to use', async () => {
    const indexes = await service.sql(`SELECT indexdef FROM pg_indexes WHERE tablename = 'customers'`);
    const definitions = indexes.map(({ indexdef }) => String(indexdef)).join('\n');
    expect(definitions).toMatch(/lower\(.*display_name/);
    expect(definitions).toMatch(/gin_trgm_ops/);
  });

  it('[91] 20 a slash behind a set', async () => {
    expect((await service.get('customers/?$top=1')).status).toBe(200);
  });

  it('[16] 21 HEAD on sets and on $batch; a token is neither sent nor missed', async () => {
    const head = await service.send('HEAD', 'customers/', { 'X-CSRF-Token': 'Fetch' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await service.send('HEAD', '$batch', { 'X-CSRF-Token': 'Fetch' })).status).toBeLessThan(500);
  });

  it('22 bodies and types where none belong', async () => {
    expect((await service.send('GET', 'companies', json)).status).toBe(200);
    const made = await service.send('POST', 'customers', json, '{"displayName":"Gone"}');
    const path = `customers(${String(made.json['id'])})`;
    expect(
      (await service.send('DELETE', path, { ...json, 'If-Match': '*', 'Content-Length': '4' }, 'null')).status,
    ).toBe(204);
  });

  it('23 an action takes {} and nothing', async () => {
    const [empty] = await service.sql(
      `SELECT j.id FROM customer_payment_journals j WHERE company_id = (SELECT id FROM companies ORDER BY name LIMIT 1)
       AND NOT EXISTS (SELECT FROM customer_payments p WHERE p.journal_id = j.id) LIMIT 1`,
    );
    const path = `customerPaymentJournals(${String(empty?.['id'])})/Microsoft.NAV.post`;
    const answers = [
      await service.send('POST', path, json, '{}'),
      await service.send('POST', path, {}),
      await service.send('POST', path, json, ''),
    ];
    expect(answers.map(({ status, error }) => [status, error.message])).toEqual(
      answers.map(() => [400, 'There is nothing to post.']),
    );
  });

  it('28 a date stands for its midnight', async () => {
    const { status } = await service.get(withOptions('customers', { $filter: 'lastModifiedDateTime gt 2020-01-01' }));
    expect(status).toBe(200);
  });

  it('33 a URL of 12 KiB is taken', async () => {
    const { status } = await service.get(`customers?$filter=number%20ne%20'${'x'.repeat(12_000)}'&$top=1`);
    expect([200, 414]).toContain(status);
    expect(status).toBe(200);
  });
});

describe('answers', () => {
  it('[337] 24 nulls are left out only for who asks, and then it is said', async () => {
    const without = await service.get('customers?$top=1', { Prefer: 'omit-values=nulls' });
    expect(without.headers['preference-applied']).toBe('omit-values=nulls');
    expect((await service.get('customers?$top=1')).value[0]).toHaveProperty('currencyCode');
  });

  it('26 what is not nullable is never null', async () => {
    const { json: csdl } = await service.get('$metadata?$format=json');
    const schema = csdl['Microsoft.NAV'] as Record<string, Record<string, { $Nullable?: boolean; $Kind?: string }>>;
    for (const set of ['customers', 'salesInvoices', 'customerPaymentDetails']) {
      const type = schema[set.replace(/s$/, '')] ?? {};
      for (const row of await service.all(set))
        for (const [name, property] of Object.entries(type))
          if (
            !name.startsWith('$') &&
            !name.startsWith('@') &&
            property.$Kind === undefined &&
            property.$Nullable !== true
          )
            expect([set, name, row[name]]).not.toContain(null);
    }
  });

  it('27 instants end in Z', async () => {
    const { value } = await service.get('customers');
    for (const row of value) expect(row['lastModifiedDateTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });

  it('[321] 29 nothing is an empty list', async () => {
    const { text } = await service.get("customers?$filter=number%20eq%20'none'");
    expect(text).toContain('"value":[]');
  });

  it('34 the bare set answers with its first page', async () => {
    const { status, value } = await service.get('customerPaymentDetails');
    expect([status, value.length]).toEqual([200, 7]);
  });

  it('37 what $metadata says of filters is unambiguous: each term once on each set', async () => {
    const { text } = await service.get('$metadata');
    for (const [, set = ''] of text.matchAll(/<EntitySet [^>]*>(.*?)<\/EntitySet>/gs)) {
      const terms = [...set.matchAll(/<Annotation Term="([^"]+)"/g)].map(([, term]) => term);
      expect(new Set(terms).size).toBe(terms.length);
    }
  });

  it('[325, 328] 38 errors are read by Graph clients, too', async () => {
    const { json: body, headers } = await service.get('customers?$filter=nope', { 'client-request-id': 'mine' });
    expect(headers['client-request-id']).toBe('mine');
    const { code, message, innerError } = body['error'] as Record<string, unknown>;
    const { 'request-id': requestId } = innerError as Record<string, unknown>;
    expect([typeof code, typeof message, typeof requestId]).toEqual(['string', 'string', 'string']);
  });

  it('[330] who waits too long for a connection is told that the service is busy, not that the database is away', async () => {
    const pool = new Pool({ connectionString: service.databaseUrl, max: 1, connectionTimeoutMillis: 2000 });
    const database = new Database(pool, { preparedStatements: false, maxQueue: 10 });
    const call = { statement: { name: '', text: 'SELECT 1' }, values: [] };
    const held = await pool.connect();
    await expect(database.run([call])).rejects.toMatchObject({ code: 'Overloaded', headers: { 'Retry-After': '1' } });
    held.release();
    await expect(database.run([call])).resolves.toEqual([1]);
    await pool.end();
  });

  it('[330] 39 429 and 503 tell in whole seconds when to try again', async () => {
    const busy = await startService({ poolSize: 2, maxQueue: 0, rateLimit: 6 });
    const locker = new Client({ connectionString: busy.databaseUrl });
    await locker.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE customers');
      const waiting = [busy.get('customers'), busy.get('customers')];
      const blocked = async () =>
        (
          await busy.sql(
            `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          )
        ).length;
      while ((await blocked()) < 2) await setTimeout(20);
      const overloaded = await busy.get('companies');
      await busy.sql(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted`);
      const away = await Promise.all(waiting);
      await locker.query('ROLLBACK');
      const restored = await busy.get('customers?$top=1');
      expect((await busy.get('customers?$top=1')).status).toBe(200);
      expect((await busy.get('customers?$top=1')).status).toBe(200);
      const limited = await busy.get('customers?$top=1');
      expect([overloaded, ...away, restored, limited].map(({ status, error }) => [status, error.code])).toEqual([
        [503, 'Overloaded'],
        [503, 'DatabaseUnavailable'],
        [503, 'DatabaseUnavailable'],
        [200, ''],
        [429, 'TooManyRequests'],
      ]);
      for (const { headers, json: body } of [overloaded, ...away, limited]) {
        expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
        expect(body).toMatchObject({ error: { message: expect.stringContaining('Retry-After') as unknown } });
      }
    } finally {
      await locker.end();
      busy.takeFailures();
      await busy.close();
    }
  });

  it('40 connections stay open between requests; one GUID is the key of the flat table', async () => {
    const { hostname, port } = new URL(service.root);
    const request = 'GET /v1.0/companies HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const socket = connect(Number(port), hostname);
    const answers = await new Promise<number>((resolve) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const count = text.split('HTTP/1.1 200').length - 1;
        if (count === 1 && text.includes('"value"')) socket.write(request);
        if (count === 2) resolve(count);
      });
      socket.write(request);
    });
    socket.destroy();
    expect(answers).toBe(2);
    const { json: csdl } = await service.get('$metadata?$format=json');
    expect(csdl).toMatchObject({
      'Microsoft.NAV': { customerPaymentDetail: { $Key: ['id'], id: { $Type: 'Edm.Guid' } } },
    });
  });
});

it('the company that Business Central names by an option or a header is refused: another one would be read and written', async () => {
  const [, second] = await service.sql('SELECT id FROM companies ORDER BY name');
  const id = String(second?.['id']);
  const before = await service.sql('SELECT count(*) FROM customers');
  const body = JSON.stringify({ displayName: 'Of the other company' });
  const part = {
    id: '1',
    method: 'POST',
    url: 'customers',
    body: { displayName: 'Of the other company' },
    headers: {},
  };
  const batch = (one: object): string => JSON.stringify({ requests: [one] });
  const ways: readonly (readonly [what: string, ask: () => ReturnType<TestService['get']>])[] = [
    ['an option', () => service.get(`customers?company=${id}`)],
    ['an option of a write', () => service.send('POST', `customers?Company=${id}`, json, body)],
    ['a header', () => service.get('customers', { Company: 'CRONUS' })],
    ['a header of a write', () => service.send('POST', 'customers', { ...json, Company: id }, body)],
    ['$query', () => service.send('POST', 'customers/$query', { 'Content-Type': 'text/plain' }, `company=${id}`)],
    ['an option of a batch', () => service.send('POST', `$batch?company=${id}`, json, batch(part))],
    ['$metadata', () => service.get(`$metadata?company=${id}`)],
  ];
  for (const [what, ask] of ways) {
    const { status, error } = await ask();
    expect([what, status, error.target, error.message]).toEqual([
      what,
      400,
      'company',
      expect.stringContaining('write companies(<id>)/ in front'),
    ]);
  }
  for (const one of [
    { ...part, url: `customers?company=${id}` },
    { ...part, headers: { Company: id } },
  ]) {
    const { json: answer } = await service.send('POST', '$batch', json, batch(one));
    expect(answer['responses']).toMatchObject([{ status: 400, body: { error: { target: 'company' } } }]);
  }
  expect(await service.sql('SELECT count(*) FROM customers')).toEqual(before);
  // Other custom options and headers mean nothing to anybody.
  expect((await service.get('customers?companies=1&$top=1', { 'X-Company': id })).status).toBe(200);
});
