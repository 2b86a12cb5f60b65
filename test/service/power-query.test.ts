/** What Excel and Power BI send, replayed: the forms of URL and header that their OData connector is known by, and what it must find. */
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { loadRows, sorted, type Payment, type Rows } from '../setup/oracle';
import { startService, type Json, type TestService } from '../setup/service';

/** What the connector sends with every request. */
const mashup = {
  Accept:
    'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7',
  'OData-MaxVersion': '4.0',
  MaxDataServiceVersion: '3.0;NetFx',
  'User-Agent': 'Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)',
};

let service: TestService;
let rows: Rows;
let payments: readonly Payment[];

beforeAll(async () => {
  service = await startService({ defaultPageSize: 13 });
  rows = await loadRows(service);
  payments = sorted(
    rows.payments.filter(({ companyId }) => companyId === rows.here),
    [({ id }) => id],
  );
});
afterAll(() => service.close());

const get = (path: string, headers: Record<string, string> = {}): ReturnType<TestService['get']> =>
  service.get(path, { ...mashup, ...headers });
const ids = (found: readonly Json[]): readonly unknown[] => found.map(({ id }) => id);

it('[34] the bare root answers, with and without a slash', async () => {
  const withSlash = await get('');
  expect(withSlash.status).toBe(200);
  expect(withSlash.headers['odata-version']).toBe('4.0');
  expect(withSlash.value.map(({ name }) => name)).toContain('customerPaymentDetails');
  const without = await get(service.root.replace(/\/$/, ''));
  expect([200, 301, 307, 308]).toContain(without.status);
});

it('the first request may ask for XML as well: $metadata is XML of version 4.0', async () => {
  const { status, headers, text } = await get('$metadata', { Accept: 'application/xml' });
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^application\/xml/);
  expect(text).toContain('Version="4.0"');
});

const encoded = encodeURIComponent;
const since = '2025-06-30T00:00:00+02:00';
const instant = Date.parse(since);

/** A URL as the connector writes it, and the payments that it must find. */
const folded: readonly (readonly [url: string, of: (payment: Payment) => boolean])[] = [
  ['customerPaymentDetails?$top=1000', () => true],
  ['customerPaymentDetails?$select=id%2CcustomerNumber%2Camount&$top=1000', () => true],
  [
    `customerPaymentDetails?$filter=${encoded(`lastModifiedDateTime gt ${since}`)}&$top=1000`,
    (p) => p.lastModifiedDateTime > instant,
  ],
  [
    `customerPaymentDetails?$filter=${encoded('postingDate ge 2025-01-01 and postingDate lt 2025-04-01')}&$select=id`,
    ({ postingDate }) => postingDate !== null && postingDate >= '2025-01-01' && postingDate < '2025-04-01',
  ],
  [
    `customerPaymentDetails?$filter=${encoded("customerNumber eq 'C00001' or customerNumber eq null")}&$select=id`,
    ({ customerNumber }) => customerNumber === 'C00001' || customerNumber === null,
  ],
  [
    `customerPaymentDetails?$filter=${encoded("contains(description,'A/S') and amount lt 0")}&$select=id`,
    ({ description, amount }) => (description?.includes('A/S') ?? false) && amount < 0n,
  ],
  [
    `customerPaymentDetails?$filter=${encoded("customer/address/countryLetterCode eq 'DK'")}&$select=id`,
    ({ customer }) =>
      (customer as unknown as { addressCountryLetterCode: string | null } | null)?.addressCountryLetterCode === 'DK',
  ],
];

it.each(folded)('%s finds what an oracle finds, over all pages', async (url, of) => {
  const found: Json[] = [];
  for (let next: string | undefined = url; next !== undefined;) {
    const page: Awaited<ReturnType<TestService['get']>> = await get(next);
    expect(page.status).toBe(200);
    found.push(...page.value);
    next = page.nextLink;
  }
  const expected = payments.filter(of);
  expect(ids(found)).toEqual(ids(expected as unknown as readonly Json[]));
});

it('partitions of an incremental refresh are disjoint and complete', async () => {
  const bounds = ['0001-01-01', '2024-01-01', '2024-07-01', '2025-01-01', '2025-07-01', '9999-12-31'];
  const found: unknown[] = [];
  for (let index = 1; index < bounds.length; index++) {
    const filter = `postingDate ge ${bounds[index - 1] ?? ''} and postingDate lt ${bounds[index] ?? ''}`;
    found.push(...ids(await service.all(`customerPaymentDetails?$filter=${encoded(filter)}&$select=id`, mashup)));
  }
  const dated = payments.filter(({ postingDate }) => postingDate !== null);
  expect([...found].sort()).toEqual([...ids(dated as unknown as readonly Json[])].sort());
});

it('counts what it pages', async () => {
  const { text } = await get('customerPaymentDetails/$count', { Accept: 'text/plain' });
  expect(text).toBe(String(payments.length));
  const { json, value } = await get('customerPaymentDetails?$count=true&$top=0');
  expect(json['@odata.count']).toBe(payments.length);
  expect(value).toEqual([]);
});

it('omit-values=nulls leaves nulls out, and says so; without it every declared property is there', async () => {
  const full = await get('customerPaymentDetails?$top=13');
  const sparse = await get('customerPaymentDetails?$top=13', { Prefer: 'omit-values=nulls' });
  expect(sparse.headers['preference-applied']).toBe('omit-values=nulls');
  expect(full.headers['preference-applied']).toBeUndefined();
  const withoutNulls = (row: Json): Json =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  expect(sparse.value).toEqual(full.value.map(withoutNulls));
  expect(new Set(full.value.map((row) => Object.keys(row).join())).size).toBe(1);
});

it('journals expand to payments and dimension lines in one request', async () => {
  const journals = await service.all(
    `customerPaymentJournals?$select=code&$expand=${encoded('customerPayments($select=id;$expand=dimensionLines($select=code))')}`,
    mashup,
  );
  const expected = sorted(
    rows.journals.filter(({ companyId }) => companyId === rows.here),
    [({ code }) => code],
  ).map(({ code, customerPayments }) => [
    code,
    customerPayments.map(({ id, dimensionLines }) => [id, dimensionLines.map((line) => line.code).sort()]),
  ]);
  const seen = journals.map((journal) => [
    journal['code'],
    (journal['customerPayments'] as readonly Json[]).map((payment) => [
      payment['id'],
      (payment['dimensionLines'] as readonly Json[]).map(({ code }) => code).sort(),
    ]),
  ]);
  expect([...seen].sort()).toEqual([...expected].sort());
});

it('[359] a URL of 8 KiB is one request', async () => {
  const numbers = rows.customers.map(({ number }) => `'${number.replaceAll("'", "''")}'`);
  const list = Array.from({ length: 2000 }, (_, index) => numbers[index % numbers.length] ?? '').slice(0, 700);
  const url = `customers?$select=id&$filter=${encoded(`number in (${list.join(',')})`)}`;
  expect(url.length).toBeGreaterThan(8000);
  const { status, value } = await get(url);
  expect(status).toBe(200);
  expect(value.length).toBeGreaterThan(0);
});

it('what is longer than MaxUriLength comes as a batch', async () => {
  const body = [
    '--batch_1',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `GET ${service.root}customerPaymentDetails?$top=2&$select=id HTTP/1.1`,
    'Accept: application/json;odata.metadata=minimal',
    '',
    '',
    '--batch_1--',
    '',
  ].join('\r\n');
  const { status, text } = await service.send(
    'POST',
    '$batch',
    { ...mashup, Accept: 'multipart/mixed', 'Content-Type': 'multipart/mixed; boundary=batch_1' },
    body,
  );
  expect(status).toBe(200);
  expect(text).toContain('HTTP/1.1 200 OK');
  expect(text).toContain(String(payments[0]?.id));
});

it('answers travel compressed', async () => {
  const url = new URL(`${service.root}customerPaymentDetails?$top=13`);
  const [encoding, bytes] = await new Promise<readonly [string | undefined, Buffer]>((resolve, reject) => {
    request(url, { headers: { ...mashup, 'Accept-Encoding': 'gzip, deflate' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve([answer.headers['content-encoding'], Buffer.concat(chunks)]));
    })
      .on('error', reject)
      .end();
  });
  expect(encoding).toBe('gzip');
  const { text } = await get('customerPaymentDetails?$top=13');
  expect(gunzipSync(bytes).toString()).toBe(text);
});

it('what cannot be folded is refused at once, never answered with everything', async () => {
  for (const url of [
    'customerPaymentDetails?$filter=nope eq 1',
    'customerPaymentDetails?$foo=1',
    'customerPaymentDetails?$filter=geo.length(description) gt 1',
  ]) {
    const { status, json } = await get(url.replaceAll(' ', '%20'));
    expect([400, 501]).toContain(status);
    expect(json).toHaveProperty('error.message');
  }
});
