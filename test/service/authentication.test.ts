/** Who asks: keys and tokens, what they open, and that nothing beyond it is read, written or told. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload, type KeyLike } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { addKey, keyFinder, listKeys, removeKey } from '../../src/authentication/api-keys';
import { companyFinder, currentCompany } from '../../src/current-company';
import { createDataSource } from '../../src/data-source';
import { describe as describeService } from '../../src/openapi/describe';
import { loadRows, sorted, type Rows } from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let issuer: Server;
let issuerUrl: string;
/** Answers of the issuer in the place of its keys: status and body. */
let faulty: readonly [status: number, body: string] | undefined;
let privateKey: KeyLike;
let strangerKey: KeyLike;
let service: TestService;
let source: DataSource;
let rows: Rows;
/** The company that is current, and another one. */
let here: string;
let there: string;
/** Keys: of everything, of the other company, of reading in the other company. */
let master: string;
let local: string;
let reader: string;

const AUDIENCE = 'https://payments.example';
const nobody = '00000000-0000-4000-8000-000000000000';

beforeAll(async () => {
  const [own, strange] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  privateKey = own.privateKey;
  strangerKey = strange.privateKey;
  const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: '1', alg: 'RS256' }] };
  issuer = createServer((incoming, outgoing) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer: `${issuerUrl}/`,
        jwks_uri: `${issuerUrl}/keys`,
        authorization_endpoint: 'https://login.example/authorize',
      },
      '/keys': keys,
    };
    outgoing.setHeader('Content-Type', 'application/json');
    if (incoming.url === '/keys' && faulty) outgoing.writeHead(faulty[0]).end(faulty[1]);
    else outgoing.end(JSON.stringify(answers[incoming.url ?? ''] ?? {}));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  service = await startService({
    authentication: { keyOption: 'api_key', tokens: { issuer: issuerUrl, audiences: [AUDIENCE] } },
  });
  source = await createDataSource({ url: service.databaseUrl, poolSize: 2, statementTimeout: 0 }).initialize();
  rows = await loadRows(service);
  here = rows.here;
  there = rows.companies.find(({ id }) => id !== here)?.id ?? '';
  const key = { companyId: null, readOnly: false, expiresAt: null };
  master = await addKey(source, { ...key, name: 'master' });
  local = await addKey(source, { ...key, name: 'local', companyId: there });
  reader = await addKey(source, { ...key, name: 'reader', companyId: there, readOnly: true });
});
afterAll(async () => {
  await source.destroy();
  await service.close();
  await new Promise((resolve) => issuer.close(resolve));
});

const basic = (key: string, name = ''): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}`,
});
const json = { 'Content-Type': 'application/json' };
const numbersOf = (value: readonly Json[]): unknown[] => value.map(({ number }) => number);
const customersOf = (company: string) =>
  sorted(
    rows.customers.filter(({ companyId }) => companyId === company),
    [(row) => row.number],
  );
const customerIn = (company: string): string => customersOf(company)[0]?.id ?? '';
const journalIn = (company: string): string =>
  sorted(
    rows.journals.filter(({ companyId }) => companyId === company),
    [[(row) => row.customerPayments.length, 'desc']],
  )[0]?.id ?? '';

/** Everything that a caller could have changed, as text. */
async function everything(): Promise<string> {
  const tables = ['customers', 'sales_invoices', 'customer_payment_journals', 'customer_payments', 'dimension_lines'];
  const found = [];
  for (const table of [...tables, 'customer_ledger_entries', 'number_series'])
    found.push(await service.sql(`SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS all FROM ${table} t`));
  return JSON.stringify(found);
}

describe('credentials', () => {
  const requests: readonly (readonly [method: string, path: string, body?: string])[] = [
    ['GET', ''],
    ['GET', '$metadata'],
    ['GET', 'customers'],
    ['HEAD', 'customers'],
    ['GET', 'nothing'],
    ['POST', 'customers', '{"displayName":"x"}'],
    ['POST', '$batch', '{"requests":[{"id":"1","method":"GET","url":"customers"}]}'],
    ['POST', 'customers/$query', '$top=1'],
  ];

  test.each(requests.map((request) => [request.slice(0, 2).join(' '), request] as const))(
    '[26] trap 35: %s without credentials is 401 with challenges and no redirect',
    async (_, [method, path, body]) => {
      const before = await everything();
      const { status, headers, text, error } = await service.send(method, path, json, body);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe(
        'Bearer authorization_uri="https://login.example/authorize", realm="Customer payments", Basic realm="Customer payments", charset="UTF-8"',
      );
      if (method !== 'HEAD') expect(error.code).toBe('Authentication_InvalidCredentials');
      expect(text).not.toContain('value');
      expect(await everything()).toBe(before);
    },
  );

  test('an empty bearer token, as Power Query sends it first, is 401 with the address to sign in at', async () => {
    const { status, headers } = await service.get('customers', { Authorization: 'Bearer ' });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('authorization_uri="https://login.example/authorize"');
  });

  test.each([
    ['a key that is none', () => basic('cp_nothing')],
    ['a key with the name of another', () => basic(master, 'local')],
    [
      'a key in the place of the name',
      () => ({ Authorization: `Basic ${Buffer.from(`${master}:`).toString('base64')}` }),
    ],
    ['no colon', () => ({ Authorization: `Basic ${Buffer.from(master).toString('base64')}` })],
    ['no base64', () => ({ Authorization: 'Basic ***' })],
    ['a key as token', () => ({ Authorization: `Bearer ${master}` })],
    ['another scheme', () => ({ Authorization: `Digest ${master}` })],
    ['its hash', () => basic('0'.repeat(64))],
  ])('%s is 401', async (_, headers) => {
    expect((await service.get('customers', headers())).status).toBe(401);
  });

  test('a wrong header is not made good by a key in the query', async () => {
    expect((await service.get(`customers?api_key=${master}`, basic('cp_nothing'))).status).toBe(401);
  });

  test('a preflight needs none', async () => {
    const headers = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' };
    expect((await service.send('OPTIONS', 'customers', headers)).status).toBe(204);
  });

  test('trap 36: a key is a Basic password, with its name or without, or a query option', async () => {
    const expected = numbersOf(customersOf(here) as unknown as Json[]);
    for (const headers of [basic(master), basic(master, 'master')])
      expect(numbersOf((await service.get('customers', headers)).value)).toEqual(expected);
    expect(numbersOf((await service.get(`customers?api_key=${master}`)).value)).toEqual(expected);
    expect(numbersOf((await service.get(`customers?$top=3&api_key=${master}&$skip=1`)).value)).toEqual(
      expected.slice(1, 4),
    );
  });

  test('a key in the query is not repeated by any link or error', async () => {
    const answers = await Promise.all([
      service.get(`customers?$top=20&api_key=${master}`, { Prefer: 'maxpagesize=2' }),
      service.get(`customers?api_key=${master}`, { Accept: 'application/json;odata.metadata=full' }),
      service.get(`customers?$filter=nothing%20eq%201&api_key=${master}`),
      service.get(`customerPaymentJournals?$expand=customerPayments&api_key=${master}`, { Prefer: 'maxpagesize=1' }),
      service.get(`customers?$top=20&api%5Fkey=${master}`, { Prefer: 'maxpagesize=2' }),
      service.get(`customers?$top=20&api_%6bey=${master}`, { Prefer: 'maxpagesize=2' }),
    ]);
    for (const index of [0, 4, 5]) expect(answers[index]?.nextLink).toBeDefined();
    for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toContain(master);
  });

  test('a key ends with its time, and when it is withdrawn', async () => {
    const days = 86_400_000;
    const key = { name: 'brief', companyId: null, readOnly: true };
    const find = keyFinder(source);
    const brief = await addKey(source, { ...key, expiresAt: new Date(Date.now() + days) });
    expect(await find(brief)).toMatchObject({ name: 'brief', readOnly: true });
    const now = jest.spyOn(Date, 'now');
    try {
      now.mockReturnValue(Date.now() + days);
      expect(await find(brief)).toBeUndefined();
      now.mockReturnValue(Date.now() - days);
      expect(await find(brief)).toBeDefined();
      expect(await removeKey(source, 'brief')).toBe(true);
      now.mockReturnValue(Date.now() + 5_000);
      expect(await find(brief)).toBeUndefined();
    } finally {
      now.mockRestore();
    }
    expect(await removeKey(source, 'brief')).toBe(false);
    expect((await service.get('customers', basic(brief))).status).toBe(401);
  });

  test('the database holds no key, and a list shows none', async () => {
    const kept = JSON.stringify(await service.sql('SELECT * FROM api_keys'));
    for (const key of [master, local, reader]) expect(kept).not.toContain(key);
    expect((await listKeys(source)).map(({ name, company }) => [name, company?.id])).toEqual([
      ['local', there],
      ['master', undefined],
      ['reader', there],
    ]);
  });
});

describe('a key of one company', () => {
  const get = (path: string): Promise<Answer> => service.get(path, basic(local));

  test('has that company as its own', async () => {
    expect(numbersOf((await get('customers')).value)).toEqual(customersOf(there).map(({ number }) => number));
    expect((await get('companies')).value.map(({ id }) => id)).toEqual([there]);
    expect((await get('companies/$count')).text).toBe('1');
    expect((await service.get('companies/$count', basic(master))).text).toBe(String(rows.companies.length));
    const named = await service.get(`companies(${there})/customers`, basic(master));
    expect(numbersOf(named.value)).toEqual(customersOf(there).map(({ number }) => number));
    expect((await get(`companies(${there})/customers/$count`)).text).toBe(String(customersOf(there).length));
  });

  test('reads nothing of another company, however it is asked for', async () => {
    const customer = customerIn(here);
    const journal = journalIn(here);
    const payment = rows.payments.find(({ journalId }) => journalId === journal)?.id ?? '';
    const invoice = rows.invoices.find(({ companyId, status }) => companyId === here && status === 'Open')?.id ?? '';
    const missing = [
      `companies(${here})`,
      `companies(${here.toUpperCase()})`,
      `companies/${here}/customers`,
      `companies(${here})/customers`,
      `companies(${here})/customers/$count`,
      `companies(${here})/customers(${customer})`,
      `companies(${here})/customers(${customer})/displayName`,
      `companies(${here})/customerPaymentJournals(${journal})/customerPayments`,
      `companies(${here})/customers/$ref`,
      `companies(${here})/name/$value`,
      `companies(${here})/customers(${customer})/Microsoft.NAV.openInvoices()`,
      `companies(${here})/customers/$each/openInvoices()`,
      `companies(${here})/customers/$each/openInvoices()/$count`,
      `customers(${customer})`,
      `customerPaymentJournals(${journal})/customerPayments(${payment})`,
      `$entity?$id=companies(${here})`,
      `$entity?$id=customers(${customer})`,
    ];
    for (const path of missing) expect([path, (await get(path)).status]).toEqual([path, 404]);
    const empty = [
      `companies?$filter=id eq ${here}`,
      `companies/$filter(id eq ${here})`,
      `companies/$filter(id eq ${here})/$each`,
      `companies/$filter(id eq ${here})/$each/agedReceivables(asOf=2026-03-31)`,
      `customers/$filter(id eq ${customer})/$each/openInvoices()`,
      `customers/$each/openInvoices()(${invoice})?$filter=id ne null`,
      `customers?$filter=id eq ${customer}`,
      `companies?$filter=customers/any(c:c/id eq ${customer})`,
      `$crossjoin(companies,customers)?$filter=companies/id eq ${here}`,
      `customers?$filter=$root/companies(${here})/name ne null`,
    ];
    for (const path of empty) {
      const { status, value } = await get(path.replaceAll(' ', '%20'));
      expect([path, status, value.length]).toEqual([path, 200, 0]);
    }
  });

  test('learns nothing of another company from the conditions of a batch', async () => {
    const conditions = (company: string): readonly string[] => [
      `$root/companies(${company})/name ne null`,
      `$root/companies(${company})/customers/$count gt 0`,
      `$root/companies/any(c:c/id eq ${company})`,
    ];
    const asked = [...conditions(here), ...conditions(there)];
    const requests = asked.map((condition, index) => ({
      ...{ id: String(index), method: 'GET', url: 'companies/$count' },
      if: condition,
    }));
    const headers = { ...json, ...basic(local) };
    const { json: answer } = await service.send('POST', '$batch', headers, JSON.stringify({ requests }));
    const statuses = (answer['responses'] as readonly Json[]).map(({ status }) => status);
    expect(statuses).toEqual([424, 424, 424, 200, 200, 200]);
  });

  test('finds nothing of another company in all that a wide answer holds', async () => {
    const foreign = new Set(
      [rows.customers, rows.invoices, rows.journals, rows.payments].flatMap((of) =>
        (of as readonly { id: string; companyId: string }[])
          .filter(({ companyId }) => companyId !== there)
          .map(({ id }) => id),
      ),
    );
    const paths = [
      '$all?$top=5000',
      '$all?$filter=number ne null&$orderby=number&$expand=*&$top=5000',
      '$all?$apply=concat(identity,filter(number ne null))&$top=5000',
      'companies?$expand=*',
      'companies?$expand=customers($expand=salesInvoices),customerPaymentJournals($expand=customerPayments($expand=*))',
      '$crossjoin(companies,customers)?$expand=companies,customers',
      'companies?$apply=groupby((id,name))',
      'customerPaymentJournals?$expand=company($expand=customers),customerPayments($expand=customer)',
      'customers?$search=a',
      'companies?$compute=agedReceivables(asOf=2026-03-31) as all,$it/agedReceivables(asOf=2026-03-31) as debtors,$root/companies/$count as n',
      'companies/$each/agedReceivables(asOf=2026-03-31)/$filter(balanceDue gt 0)',
      'customers/$each/openInvoices()/$filter(true)',
      'customerPaymentJournals?$compute=previewPosting() as lines',
    ];
    for (const path of paths) {
      const { status, text } = await get(path.replaceAll(' ', '%20'));
      expect([path, status]).toEqual([path, 200]);
      const ids = [...text.matchAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g)].map(([id]) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect(ids.filter((id) => id === here || foreign.has(id))).toEqual([]);
    }
  });

  test('writes nothing of another company', async () => {
    const before = await everything();
    const customer = customerIn(here);
    const journal = journalIn(here);
    const own = `customerPaymentJournals(${journalIn(there)})/customerPayments`;
    const any = { ...json, 'If-Match': '*' };
    const refused: readonly (readonly [method: string, path: string, body?: string])[] = [
      ['POST', `companies(${here})/customers`, '{"displayName":"x"}'],
      ['POST', `companies(${here.toUpperCase()})/customers`, '{"displayName":"x"}'],
      ['POST', `companies(${here})/customerPaymentJournals`, '{"code":"STRANGE"}'],
      ['POST', `companies(${here})/customerPaymentJournals(${journal})/customerPayments`, '{"amount":-1}'],
      ['PATCH', `companies(${here})/customers(${customer})`, '{"displayName":"x"}'],
      ['PUT', `companies(${here})/customers(${customer})/displayName`, '{"value":"x"}'],
      ['DELETE', `companies(${here})/customerPaymentJournals(${journal})`],
      ['PATCH', `customers(${customer})`, '{"displayName":"x"}'],
      ['DELETE', `customerPaymentJournals(${journal})`],
      ['POST', `companies(${here})/customerPaymentJournals(${journal})/Microsoft.NAV.post`],
      ['POST', `customerPaymentJournals(${journal})/Microsoft.NAV.post`],
      ['POST', own, `{"customer@odata.bind":"companies(${here})/customers(${customer})","amount":-1}`],
      ['POST', own, `{"customerId":"${customer}","amount":-1}`],
      [
        'PATCH',
        `companies(${here})/customers`,
        `{"@context":"#$delta","value":[{"id":"${customer}","displayName":"x"}]}`,
      ],
    ];
    for (const [method, path, body] of refused) {
      const { status, text } = await service.send(method, path, { ...any, ...basic(local) }, body);
      expect([method, path, status >= 400 && status < 500, status === 401, text]).toEqual([
        method,
        path,
        true,
        false,
        text,
      ]);
    }
    const each = await service.send('DELETE', `companies(${here})/customers/$filter(true)/$each`, {
      ...any,
      ...basic(local),
    });
    expect([204, 404]).toContain(each.status);
    expect(await everything()).toBe(before);
  });

  test('writes in its own', async () => {
    const made = await service.send('POST', 'customers', { ...json, ...basic(local) }, '{"displayName":"Own"}');
    expect(made.status).toBe(201);
    const [row] = await service.sql('SELECT company_id FROM customers WHERE id = $1', [made.json['id']]);
    expect(row).toEqual({ company_id: there });
    const named = await service.send(
      'POST',
      `companies(${there.toUpperCase()})/customers`,
      { ...json, ...basic(local) },
      '{"displayName":"Own too"}',
    );
    expect(named.status).toBe(201);
    for (const { json: one } of [made, named])
      await service.send('DELETE', `customers(${String(one['id'])})`, { 'If-Match': '*', ...basic(local) });
  });
});

describe('a key for reading', () => {
  const send = (method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> =>
    service.send(method, path, { ...headers, ...basic(reader) }, body);

  test('reads in every way', async () => {
    const count = String(customersOf(there).length);
    expect((await send('GET', 'customers/$count', {})).text).toBe(count);
    const query = await send('POST', 'customers/$query', { 'Content-Type': 'text/plain' }, '$select=number');
    expect(query.value).toHaveLength(Number(count));
    const customer = customerIn(there);
    expect((await send('GET', `customers(${customer})/Microsoft.NAV.openInvoices()`, {})).status).toBe(200);
    const body = { requests: [{ id: '1', method: 'GET', url: 'customers/$count' }] };
    const batch = await send('POST', '$batch', json, JSON.stringify(body));
    expect(batch.json['responses']).toMatchObject([{ status: 200 }]);
  });

  test('changes nothing in any way', async () => {
    const before = await everything();
    const customer = `customers(${customerIn(there)})`;
    const journal = `customerPaymentJournals(${journalIn(there)})`;
    const any = { ...json, 'If-Match': '*' };
    const refused: readonly (readonly [method: string, path: string, body?: string])[] = [
      ['POST', 'customers', '{"displayName":"x"}'],
      ['PATCH', customer, '{"displayName":"x"}'],
      ['PUT', customer, '{"displayName":"x"}'],
      ['DELETE', customer],
      ['PUT', `${customer}/displayName`, '{"value":"x"}'],
      ['DELETE', `${customer}/email`],
      ['PATCH', 'customers', '{"@context":"#$delta","value":[]}'],
      ['DELETE', 'customers/$filter(true)/$each'],
      ['POST', `${journal}/Microsoft.NAV.post`],
      ['POST', `${journal}/customerPayments`, '{"amount":-1}'],
      ['POST', `${customer}/salesInvoices/$ref`, `{"@odata.id":"salesInvoices(${nobody})"}`],
    ];
    for (const [method, path, body] of refused) {
      const { status, error } = await send(method, path, any, body);
      expect([method, path, status, error.code]).toEqual([method, path, 403, 'Authorization_Denied']);
    }
    const create = { method: 'POST', url: 'customers', headers: json, body: { displayName: 'x' } };
    const requests = ['1', '2', '3'].map((id) => ({ id, ...create }));
    for (const group of [{}, { atomicityGroup: 'g' }]) {
      const parts = requests.map((part) => ({ ...part, ...group }));
      const headers = { ...json, Prefer: 'continue-on-error' };
      const { json: answer } = await send('POST', '$batch', headers, JSON.stringify({ requests: parts }));
      const statuses = (answer['responses'] as readonly { status: number }[]).map(({ status }) => status);
      expect(statuses.every((status) => status === 403 || status === 424)).toBe(true);
      expect(statuses).toContain(403);
    }
    expect(await everything()).toBe(before);
  });

  test('waits for no lock of writers when the place of an error is looked for', async () => {
    const locker = new Client({ connectionString: service.databaseUrl });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE customers IN EXCLUSIVE MODE');
    try {
      // The key of the repetition is what fails: nothing has asked yet whether the caller may write.
      const url = `customers/$filter(${encodeURIComponent('balance add 1 ge 0 and balance mul 1 ge 0')})/$each`;
      const part = [
        '--b',
        'Content-Type: application/http',
        '',
        `PATCH ${url} HTTP/1.1`,
        'Content-Type: application/json',
        'Repeatability-Request-ID: a\0b',
        `Repeatability-First-Sent: ${new Date().toUTCString()}`,
        '',
        '{"displayName":"x"}',
        '--b--',
      ];
      const asked = send('POST', '$batch', { 'Content-Type': 'multipart/mixed;boundary=b' }, part.join('\r\n'));
      const answer = await Promise.race([asked, sleep(20_000)]);
      expect(answer?.text).toContain('HTTP/1.1 400 ');
    } finally {
      await locker.query('ROLLBACK');
      await locker.end();
    }
  });

  test('changes nothing later either, and what is kept for later holds no credential', async () => {
    const before = await everything();
    const later = { ...json, Prefer: 'respond-async' };
    const accepted = await service.send('POST', `customers?api_key=${reader}`, later, '{"displayName":"Later"}');
    expect(accepted.status).toBe(202);
    const monitor = String(accepted.headers['location']);
    const kept = JSON.stringify(await service.sql('SELECT request FROM odata_status_monitors'));
    expect(kept).not.toContain(reader);
    expect(kept).not.toMatch(/basic /i);
    expect((await service.get(monitor, basic(local))).status).toBe(404);
    expect((await service.get(monitor, basic(master))).status).toBe(404);
    let done = await service.get(monitor, { ...basic(reader), 'OData-MaxVersion': '4.01' });
    for (let tries = 0; done.status === 202 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      done = await service.get(monitor, { ...basic(reader), 'OData-MaxVersion': '4.01' });
    }
    expect(done.headers['asyncresult']).toBe('403');
    expect(await everything()).toBe(before);
  });
});

test('what a key has done once is not shown to another key that names the same request', async () => {
  const repetition = {
    'Repeatability-Request-ID': '5a5a5a5a-0000-4000-8000-000000000001',
    'Repeatability-First-Sent': new Date().toUTCString(),
  };
  const other = await addKey(source, { name: 'other', companyId: there, readOnly: false, expiresAt: null });
  const post = (key: string): Promise<Answer> =>
    service.send('POST', 'customers', { ...json, ...repetition, ...basic(key) }, '{"displayName":"Once"}');
  const [first, again, another] = [await post(local), await post(local), await post(other)];
  expect([first.status, again.status, another.status]).toEqual([201, 201, 201]);
  expect(again.json['id']).toBe(first.json['id']);
  expect(another.json['id']).not.toBe(first.json['id']);
});

describe('a page of another site', () => {
  const post = (headers: Record<string, string>): Promise<Answer> =>
    service.send('POST', `customerPaymentJournals(${nobody})/Microsoft.NAV.post`, headers);

  test('cannot make a browser use the Basic credential that it knows', async () => {
    const forged: readonly Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site', 'Content-Type': 'text/plain;charset=UTF-8' },
      { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': 'application/x-www-form-urlencoded' },
      { Origin: 'https://evil.example', 'Content-Type': 'multipart/form-data; boundary=x' },
    ];
    for (const headers of forged)
      expect((await post({ ...headers, ...basic(master) })).error.code).toBe('Authorization_Denied');
  });

  test('may ask as programs do', async () => {
    const honest: readonly Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site', ...json },
      { 'Sec-Fetch-Site': 'same-origin' },
      { Origin: new URL(service.root).origin },
      {},
    ];
    for (const headers of honest) expect((await post({ ...headers, ...basic(master) })).status).toBe(404);
    const token = await signed({ roles: ['payments.write'] });
    expect((await post({ 'Sec-Fetch-Site': 'cross-site', Authorization: `Bearer ${token}` })).status).toBe(404);
  });
});

/** A token of the issuer, for an hour, unless something else is said. */
const signed = (claims: JWTPayload, key: KeyLike = privateKey): Promise<string> =>
  new SignJWT({ iss: `${issuerUrl}/`, aud: AUDIENCE, sub: 'ada', exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: '1' })
    .sign(key);

describe('bearer tokens', () => {
  const get = async (claims: JWTPayload, key?: KeyLike): Promise<Answer> =>
    service.get('customers', { Authorization: `Bearer ${await signed(claims, key)}` });

  test('open the current company, or the one that they name', async () => {
    const numbersIn = async (company: string): Promise<unknown[]> =>
      numbersOf(await service.sql('SELECT number FROM customers WHERE company_id = $1 ORDER BY number', [company]));
    expect(numbersOf((await get({})).value)).toEqual(await numbersIn(here));
    const { name } = rows.companies.find(({ id }) => id === there) ?? { name: '' };
    expect(numbersOf((await get({ company: name })).value)).toEqual(await numbersIn(there));
    const strange = await get({ company: 'Nowhere' });
    expect([strange.status, strange.error.code]).toEqual([403, 'Authorization_Denied']);
  });

  test('a name that becomes that of another company opens that one', async () => {
    const find = companyFinder(source);
    const { name } = rows.companies.find(({ id }) => id === there) ?? { name: '' };
    expect(await find(name)).toBe(there);
    const now = jest.spyOn(Date, 'now');
    const rename = (id: string, to: string): Promise<unknown> =>
      service.sql('UPDATE companies SET name = $2 WHERE id = $1', [id, to]);
    try {
      await rename(there, 'Former');
      now.mockReturnValue(Date.now() + 5_000);
      expect([await find(name), await find('Former')]).toEqual([undefined, there]);
    } finally {
      now.mockRestore();
      await rename(there, name);
    }
  });

  test('the current company is asked for again, and remains while the database cannot be asked', async () => {
    const current = currentCompany(source);
    const first = await current();
    const now = jest.spyOn(Date, 'now');
    const reading = jest.spyOn(source, 'getRepository');
    const [{ id, name } = { id: '', name: '' }] = rows.companies.filter((company) => company.id !== first);
    const rename = (to: string): Promise<unknown> =>
      service.sql('UPDATE companies SET name = $2 WHERE id = $1', [id, to]);
    try {
      await rename('0');
      now.mockReturnValue(Date.now() + 5_000);
      reading.mockImplementation(() => {
        throw new Error('away');
      });
      expect([await current(), await current()]).toEqual([first, first]);
      await expect(Promise.resolve(currentCompany(source)())).rejects.toThrow('away');
      reading.mockRestore();
      expect(await current()).toBe(id);
    } finally {
      reading.mockRestore();
      now.mockRestore();
      await rename(name);
    }
  });

  test('allow writing by role or scope only', async () => {
    const statusOf = async (claims: JWTPayload): Promise<number> => {
      const Authorization = `Bearer ${await signed(claims)}`;
      return (await service.send('PATCH', `customers(${nobody})`, { ...json, 'If-Match': '*', Authorization }, '{}'))
        .status;
    };
    for (const claims of [{ roles: ['x', 'payments.write'] }, { scp: 'x payments.write' }, { scope: 'payments.write' }])
      expect([claims, await statusOf(claims)]).toEqual([claims, 404]);
    for (const claims of [{}, { roles: ['payments'] }, { scp: 'payments.writer' }, { roles: { 'payments.write': 1 } }])
      expect([claims, await statusOf(claims)]).toEqual([claims, 403]);
  });

  test.each([
    ['that is over', { exp: 1_700_000_000 }],
    ['without an end', { exp: undefined }],
    ['that is not yet valid', { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ['for another service', { aud: 'https://other.example' }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['of nobody', { sub: undefined }],
  ] as readonly (readonly [string, JWTPayload])[])('%s are 401', async (_, claims) => {
    expect((await get(claims)).status).toBe(401);
  });

  test('that nobody, or somebody else, has signed are 401', async () => {
    expect((await get({}, strangerKey)).status).toBe(401);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: `${issuerUrl}/`, aud: AUDIENCE, sub: 'ada', exp: Math.floor(Date.now() / 1000) + 3600 };
    for (const token of [`${part({ alg: 'none' })}.${part(claims)}.`, 'a.b.c', 'x']) {
      expect((await service.get('customers', { Authorization: `Bearer ${token}` })).status).toBe(401);
    }
  });
});

test('[357] $metadata and the OpenAPI document tell the ways', async () => {
  const { json: document } = await service.get('$metadata?$format=json', {
    ...basic(master),
    'OData-MaxVersion': '4.01',
  });
  const container = (document['Microsoft.NAV'] as Json)[
    String(document['$EntityContainer']).split('.').pop() ?? ''
  ] as Json;
  expect(container['@Authorization.Authorizations']).toMatchObject([
    { '@odata.type': '#Authorization.Http', Name: 'Basic', Scheme: 'basic' },
    { '@odata.type': '#Authorization.ApiKey', Name: 'ApiKey', KeyName: 'api_key', Location: 'QueryOption' },
    {
      '@odata.type': '#Authorization.OpenIDConnect',
      Name: 'Token',
      IssuerUrl: `${issuerUrl}/.well-known/openid-configuration`,
    },
  ]);
  expect(container['@Authorization.SecuritySchemes']).toEqual(
    ['Basic', 'ApiKey', 'Token'].map((Authorization) => ({ Authorization })),
  );
  const { text } = await service.get('$metadata', basic(master));
  expect(text).toContain('<Record Type="Authorization.Http"><PropertyValue Property="Name" String="Basic"/>');
  expect(text).toContain('<edmx:Include Namespace="Org.OData.Authorization.V1" Alias="Authorization"/>');
  expect(describeService(document, './v1.0', 'Customer payments')).toMatchObject({
    components: {
      securitySchemes: {
        Basic: { type: 'http', scheme: 'basic' },
        ApiKey: { type: 'apiKey', name: 'api_key', in: 'query' },
      },
    },
    security: [{ Basic: [] }, { ApiKey: [] }, { Token: [] }],
  });
});

test('an issuer that does not tell its keys is not the fault of who asks', async () => {
  const alone = await startService({
    authentication: { keyOption: 'key', tokens: { issuer: issuerUrl, audiences: [AUDIENCE] } },
  });
  try {
    const asked = async (): Promise<number> =>
      (await alone.get('customers?$top=1', { Authorization: `Bearer ${await signed({})}` })).status;
    for (const answer of [
      [500, '{}'],
      [200, 'Sorry'],
      [200, '{"keys":1}'],
    ] as const) {
      faulty = answer;
      expect([answer, await asked()]).toEqual([answer, 503]);
    }
    faulty = undefined;
    expect(await asked()).toBe(200);
  } finally {
    faulty = undefined;
    await alone.close();
  }
});

test('an issuer that cannot be asked is not the fault of who asks', async () => {
  const alone = await startService({
    authentication: { keyOption: 'key', tokens: { issuer: 'http://127.0.0.1:9', audiences: [AUDIENCE] } },
  });
  try {
    const asked = await alone.get('customers', { Authorization: `Bearer ${await signed({})}` });
    expect([asked.status, asked.headers['retry-after']]).toEqual([503, '5']);
    const { status, headers } = await alone.get(withOptions('customers', { $top: '1' }));
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="Customer payments", Basic realm="Customer payments", charset="UTF-8"',
    ]);
  } finally {
    await alone.close();
  }
});
