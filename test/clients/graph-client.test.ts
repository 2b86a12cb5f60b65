/** The Microsoft Graph client, unchanged, over TLS behind a proxy: paging by its iterator, keys as segments, JSON batches, retries. */
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
  type PageCollection,
} from '@microsoft/microsoft-graph-client';
import { startService, type TestService } from '../setup/service';
import { startTlsProxy, type TlsProxy } from './support/tls-proxy';

const TOKEN = 'a token';

let service: TestService;
let proxy: TlsProxy;
let client: Client;

beforeAll(async () => {
  service = await startService({ trustProxy: true });
  proxy = await startTlsProxy(service.root);
  client = Client.init({
    baseUrl: proxy.url,
    defaultVersion: 'v1.0',
    customHosts: new Set(['localhost']),
    authProvider: (done) => done(null, TOKEN),
  });
});
afterAll(async () => {
  await proxy.close();
  await service.close();
});

const rows = (text: string): Promise<readonly Record<string, unknown>[]> =>
  service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'));

interface Customer {
  readonly id: string;
  readonly number: string;
  readonly displayName: string;
}
interface Page<T> extends PageCollection {
  readonly value: T[];
}

it('selects, filters, orders and counts', async () => {
  const found = (await client
    .api('/customers')
    .select(['number', 'displayName'])
    .filter("contains(displayName,'a')")
    .orderby('number desc')
    .count(true)
    .top(3)
    .get()) as Page<Customer> & { '@odata.count': number };
  const expected = await rows(
    `SELECT number FROM customers WHERE company_id = $here AND display_name LIKE '%a%' ORDER BY number COLLATE "C" DESC`,
  );
  expect(found['@odata.count']).toBe(expected.length);
  expect(found.value.map(({ number }) => number)).toEqual(expected.slice(0, 3).map(({ number }) => number));
});

it('pages to the end by its iterator, over links that are https', async () => {
  const first = (await client
    .api('/customers')
    .select('id')
    .header('Prefer', 'odata.maxpagesize=3')
    .get()) as Page<Customer>;
  expect(String(first['@odata.nextLink'])).toMatch(new RegExp(`^${proxy.url}/v1.0/customers\\?`));
  const seen: string[] = [];
  const iterator = new PageIterator(client, first, ({ id }: Customer) => {
    seen.push(id);
    return true;
  });
  await iterator.iterate();
  const expected = await rows('SELECT id FROM customers WHERE company_id = $here');
  expect(iterator.isComplete()).toBe(true);
  expect([...seen].sort()).toEqual(expected.map(({ id }) => id).sort());
});

it('keeps a copy by the delta links of its iterator', async () => {
  const copy = new Map<string, string>();
  const apply = (entity: Customer & { readonly reason?: string; readonly '@odata.removed'?: object }): boolean => {
    if (entity['@odata.removed']) copy.delete(entity.id);
    else copy.set(entity.id, entity.displayName);
    return true;
  };
  const headers = { Prefer: 'odata.track-changes, odata.maxpagesize=5', 'OData-MaxVersion': '4.01' };
  const follow = async (from: string): Promise<string> => {
    const first = (await client.api(from).headers(headers).get()) as Page<Customer>;
    const iterator = new PageIterator(client, first, apply, { headers });
    await iterator.iterate();
    return iterator.getDeltaLink() ?? '';
  };
  const check = async (): Promise<void> => {
    const expected = await rows('SELECT id, display_name FROM customers WHERE company_id = $here');
    expect(Object.fromEntries(copy)).toEqual(
      Object.fromEntries(expected.map((row) => [row['id'], row['display_name']])),
    );
  };
  const link = await follow('/customers?$select=id,displayName');
  expect(link).toMatch(new RegExp(`^${proxy.url}/v1.0/customers\\?`));
  await check();
  const created = (await client.api('/customers').post({ displayName: 'Copied' })) as Customer;
  await client.api(`/customers/${created.id}`).header('If-Match', '*').patch({ displayName: 'Copied again' });
  const other = (await client.api('/customers').post({ displayName: 'Gone' })) as Customer;
  const next = await follow(link);
  await check();
  await client.api(`/customers/${other.id}`).header('If-Match', '*').delete();
  await client.api(`/customers/${created.id}`).header('If-Match', '*').delete();
  await follow(next);
  await check();
  expect(copy.has(other.id)).toBe(false);
});

it('reads, changes and deletes by keys as segments', async () => {
  const created = (await client.api('/customers').post({ displayName: 'Graph & Søn', number: 'GRAPH-1' })) as Customer;
  const path = `/customers/${created.id}`;
  expect(((await client.api(path).select('displayName').get()) as Customer).displayName).toBe('Graph & Søn');
  const etag = ((await client.api(path).get()) as Record<string, string>)['@odata.etag'] ?? '';
  await client.api(path).header('If-Match', etag).patch({ displayName: 'Graph & Datter' });
  expect(await rows(`SELECT display_name FROM customers WHERE number = 'GRAPH-1'`)).toEqual([
    { display_name: 'Graph & Datter' },
  ]);
  await expect(client.api(path).header('If-Match', etag).patch({ displayName: 'Late' })).rejects.toMatchObject({
    statusCode: 412,
  });
  await client.api(path).header('If-Match', '*').delete();
  expect(await rows(`SELECT id FROM customers WHERE number = 'GRAPH-1'`)).toEqual([]);
});

it('walks contained collections by segments', async () => {
  const [journal] = await rows(
    'SELECT journal_id AS id FROM customer_payments WHERE company_id = $here GROUP BY 1 ORDER BY count(*) DESC LIMIT 1',
  );
  const page = (await client
    .api(`/customerPaymentJournals/${String(journal?.['id'])}/customerPayments`)
    .expand('dimensionLines')
    .top(2)
    .get()) as Page<{ id: string; lineNumber: number; dimensionLines: unknown[] }>;
  const expected = await service.sql(
    `SELECT p.id, (SELECT count(*)::int FROM dimension_lines d WHERE d.payment_id = p.id) AS lines
     FROM customer_payments p WHERE journal_id = $1 ORDER BY line_number LIMIT 2`,
    [journal?.['id']],
  );
  expect(page.value.map(({ id, dimensionLines }) => ({ id, lines: dimensionLines.length }))).toEqual(expected);
  const one = (await client
    .api(`/customerPaymentJournals/${String(journal?.['id'])}/customerPayments/${page.value[0]?.id ?? ''}/customer`)
    .get()) as Customer;
  expect(one.number).toBeDefined();
});

it('tries again what it was told to, after the time it was told', async () => {
  proxy.interceptNext({ status: 429, headers: { 'Retry-After': '0' } });
  const before = proxy.seen.length;
  const { value } = (await client.api('/companies').get()) as Page<{ name: string }>;
  expect(value.length).toBeGreaterThan(0);
  expect(proxy.seen.slice(before)).toHaveLength(2);
});

it('waits when it has sent too much, and goes on', async () => {
  const limited = await startService({ trustProxy: true, rateLimit: 60 });
  const inFront = await startTlsProxy(limited.root);
  try {
    const patient = Client.init({
      baseUrl: inFront.url,
      defaultVersion: 'v1.0',
      customHosts: new Set(['localhost']),
      authProvider: (done) => done(null, TOKEN),
    });
    const requests = Array.from({ length: 60 }, (_, index) => ({ id: String(index), method: 'GET', url: 'companies' }));
    await patient.api('/$batch').post({ requests });
    const { value } = (await patient.api('/companies').get()) as Page<{ name: string }>;
    expect(value.length).toBeGreaterThan(0);
    expect(inFront.seen.length).toBeGreaterThan(2);
    const metrics = await (await fetch(new URL('/metrics', limited.root))).text();
    expect(metrics).toMatch(/^odata_requests_total\{method="GET",status="429"\} [1-9]/m);
  } finally {
    await inFront.close();
    await limited.close();
  }
});

it('reads errors with the ids of their requests', async () => {
  const failure = await client
    .api('/customers')
    .filter('nope eq 1')
    .header('client-request-id', 'mine')
    .get()
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(failure).toBeInstanceOf(GraphError);
  const { statusCode, code, message, requestId } = failure as GraphError;
  expect({ statusCode, code }).toEqual({ statusCode: 400, code: 'UnknownProperty' });
  expect(message).toContain("'nope'");
  expect(requestId).toMatch(/^[\da-f-]{36}$/);
});

it('sends JSON batches in which one request depends on another', async () => {
  const json = { 'Content-Type': 'application/json' };
  const content = new BatchRequestContent([
    {
      id: '1',
      request: new Request(`${proxy.url}/v1.0/customers`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ displayName: 'Batch', number: 'GRAPH-2' }),
      }),
    },
    {
      id: '2',
      request: new Request(`${proxy.url}/v1.0/customers(number='GRAPH-2')`, { method: 'GET' }),
      dependsOn: ['1'],
    },
    { id: '3', request: new Request(`${proxy.url}/v1.0/customers/not-there`, { method: 'GET' }), dependsOn: ['2'] },
  ]);
  const answers = new BatchResponseContent((await client.api('/$batch').post(await content.getContent())) as never);
  expect(answers.getResponseById('1').status).toBe(201);
  const read = answers.getResponseById('2');
  expect(read.status).toBe(200);
  expect(((await read.json()) as Customer).displayName).toBe('Batch');
  expect(answers.getResponseById('3').status).toBe(404);
});
