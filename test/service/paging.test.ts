/** Pages: a set read by its links is exactly the set in its order, whatever the order, the size, and what others write meanwhile. */
import { loadRows, sorted, type Invoice, type Key, type Payment, type Rows } from '../setup/oracle';
import { startService, withOptions, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let invoices: readonly Invoice[];
let payments: readonly Payment[];
let journal: string;

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  invoices = rows.invoices.filter(({ companyId }) => companyId === rows.here);
  const [largest] = sorted(
    rows.journals.filter(({ companyId }) => companyId === rows.here),
    [[(row) => row.customerPayments.length, 'desc']],
  );
  journal = largest?.id ?? '';
  payments = largest?.customerPayments ?? [];
});
afterAll(() => service.close());

const size = (entities: number): Record<string, string> => ({ Prefer: `maxpagesize=${entities}` });
const ids = (found: readonly Json[]): unknown[] => found.map(({ id }) => id);

/** All pages, each checked for its size. */
async function pages(path: string, length: number): Promise<Json[]> {
  const found: Json[] = [];
  let next: string | undefined = path;
  for (let first = true; next !== undefined; first = false) {
    const page: Awaited<ReturnType<TestService['get']>> = await service.get(next, first ? size(length) : {});
    if (page.status !== 200) throw new Error(`${next}: ${page.text} ${service.takeFailures().join()}`);
    if (page.nextLink !== undefined) {
      expect(page.value).toHaveLength(length);
      expect(page.nextLink).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0\/[^+ ]+$/);
    }
    found.push(...page.value);
    if (found.length > 100_000) throw new Error(`There is no end: ${next}`);
    next = page.nextLink;
  }
  return found;
}

const ordinal = ['Draft', 'In_x0020_Review', 'Open', 'Paid', 'Canceled', 'Corrective'];
/** The key goes in the direction of the last order key. */
const orders: readonly (readonly [orderby: string, keys: readonly Key<Invoice>[]])[] = [
  ['', [(i) => i.number]],
  ['number desc', [[(i) => i.number, 'desc']]],
  ['currencyCode', [(i) => i.currencyCode, (i) => i.id]],
  [
    'currencyCode desc',
    [
      [(i) => i.currencyCode, 'desc'],
      [(i) => i.id, 'desc'],
    ],
  ],
  ['currencyCode desc,status', [[(i) => i.currencyCode, 'desc'], (i) => ordinal.indexOf(i.status), (i) => i.id]],
  [
    'status desc,postingDate asc,number desc',
    [[(i) => ordinal.indexOf(i.status), 'desc'], (i) => i.postingDate, [(i) => i.number, 'desc']],
  ],
  ['postingDate,dueDate desc', [(i) => i.postingDate, [(i) => i.dueDate, 'desc'], [(i) => i.id, 'desc']]],
  [
    'billToCustomerId desc,externalDocumentNumber',
    [[(i) => i.billToCustomerId, 'desc'], (i) => i.externalDocumentNumber, (i) => i.id],
  ],
  ['lastModifiedDateTime', [(i) => i.lastModifiedDateTime, (i) => i.id]],
  [
    'totalAmountIncludingTax desc',
    [
      [(i) => i.totalAmountIncludingTax, 'desc'],
      [(i) => i.id, 'desc'],
    ],
  ],
  ['customerName,number desc', [(i) => i.customer.displayName, [(i) => i.number, 'desc']]],
  [
    'customer/creditLimit desc,customer/number',
    [[(i) => i.customer.creditLimit, 'desc'], (i) => i.customer.number, (i) => i.id],
  ],
  ['billToCustomer/displayName', [(i) => i.billToCustomer?.displayName ?? null, (i) => i.id]],
  [
    'totalAmountIncludingTax sub remainingAmount desc',
    [
      [(i) => i.totalAmountIncludingTax - i.remainingAmount, 'desc'],
      [(i) => i.id, 'desc'],
    ],
  ],
  [
    'length(externalDocumentNumber),number',
    [(i) => i.externalDocumentNumber && Array.from(i.externalDocumentNumber).length, (i) => i.number],
  ],
  [
    'year(postingDate) desc,month(postingDate)',
    [[(i) => i.postingDate?.slice(0, 4) ?? null, 'desc'], (i) => i.postingDate?.slice(5, 7) ?? null, (i) => i.id],
  ],
  [
    'customer/salesInvoices/$count desc',
    [
      [(i) => i.customer.salesInvoices.length, 'desc'],
      [(i) => i.id, 'desc'],
    ],
  ],
  [
    'dueDate sub invoiceDate,number',
    [(i) => i.dueDate && Date.parse(i.dueDate) - Date.parse(i.invoiceDate), (i) => i.number],
  ],
  [
    "contains(externalDocumentNumber,'1') desc",
    [
      [(i) => i.externalDocumentNumber && i.externalDocumentNumber.includes('1'), 'desc'],
      [(i) => i.id, 'desc'],
    ],
  ],
  ["case(status eq 'Open':0,true:1),number", [(i) => (i.status === 'Open' ? 0 : 1), (i) => i.number]],
  [
    'floor(totalAmountIncludingTax div 1000),id desc',
    [(i) => i.totalAmountIncludingTax / 100_000_000n, [(i) => i.id, 'desc']],
  ],
  ['status,status desc,number', [(i) => ordinal.indexOf(i.status), (i) => i.number]],
];

const titled = orders.flatMap(([orderby, keys]) => [1, 2, 7].map((length) => [orderby, length, keys] as const));

test.each(titled)('invoices by "%s", %d a page', async (orderby, length, keys) => {
  const some = length === 1 ? "$filter=number le 'INV-000015'&" : '';
  const kept = length === 1 ? invoices.filter(({ number }) => number <= 'INV-000015') : invoices;
  const options = `${some}$select=id${orderby === '' ? '' : `&$orderby=${orderby}`}`.replaceAll(' ', '%20');
  expect(ids(await pages(`salesInvoices?${options}`, length))).toEqual(ids(sorted(kept, keys) as unknown as Json[]));
});

test('payments, each with a page of its own, and the journal of another order', async () => {
  const path = `customerPaymentJournals(${journal})/customerPayments`;
  expect(ids(await pages(path, 3))).toEqual(payments.map(({ id }) => id));
  const byDocument = sorted(payments, [[(p) => p.documentNumber, 'desc'], (p) => p.amount, (p) => p.id]);
  expect(ids(await pages(`${path}?$orderby=documentNumber%20desc,amount&$expand=customer,dimensionLines`, 4))).toEqual(
    byDocument.map(({ id }) => id),
  );
});

describe('$top, $skip and $count over pages', () => {
  const number = (found: readonly Json[]): unknown[] => found.map((row) => row['number']);
  let all: string[];
  beforeAll(() => {
    all = sorted(invoices, [(i) => i.number]).map((i) => i.number);
  });

  test.each([
    [0, 0],
    [1, 0],
    [3, 2],
    [7, 50],
    [20, 3],
    [1000, 0],
    [5, 1000],
  ])('$top=%d, $skip=%d', async (top, skip) => {
    const found = await pages(`salesInvoices?$top=${top}&$skip=${skip}&$select=number`, 4);
    expect(number(found)).toEqual(all.slice(skip, skip + top));
  });

  test('a $top that the page holds has no link', async () => {
    for (const top of [0, 1, 4]) {
      const { value, nextLink, json } = await service.get(`salesInvoices?$top=${top}&$count=true`, size(4));
      expect([value.length, nextLink, json['@odata.count']]).toEqual([top, undefined, all.length]);
    }
  });

  test('$count is the number of all that match, on every page', async () => {
    let next: string | undefined = 'salesInvoices?$count=true&$top=30&$skip=1&$select=number';
    const counts: unknown[] = [];
    for (; next !== undefined;) {
      const page: Awaited<ReturnType<TestService['get']>> = await service.get(next, size(7));
      counts.push(page.json['@odata.count']);
      next = page.nextLink;
    }
    expect(counts).toEqual([60, 60, 60, 60, 60].map(() => all.length));
  });

  test('a full last page has no link', async () => {
    const { value, nextLink } = await service.get('salesInvoices?$select=number', size(all.length));
    expect([value.length, nextLink]).toEqual([all.length, undefined]);
  });
});

describe('links', () => {
  test.each([
    [
      'browsers',
      withOptions('salesInvoices', { $filter: "contains(customerName,'a') and number ne 'A+B'", $orderby: 'number' }),
    ],
    ['minimal', "salesInvoices?$filter=contains(customerName,'a')%20and%20number%20ne%20'A%2BB'&$orderby=number"],
    ['forms', "salesInvoices?$filter=contains(customerName,'a')+and+number+ne+'A%2BB'&$orderby=number"],
    [
      'raw brackets',
      'salesInvoices?$filter=not%20(number%20in%20["A"])%20and%20contains(customerName,@a)&$orderby=number&@a=\'a\'',
    ],
    ['a raw plus', "salesInvoices?$filter=contains(customerName,'a')%20and%20number%20ne%20'A+B'&$orderby=number"],
    ['no dollar', "salesInvoices?filter=contains(customerName,'a')&ORDERBY=number&custom=a+b"],
    ['empty options', "salesInvoices?&$filter=contains(customerName,'a')&&$orderby=number&"],
  ])('go on as they began: %s', async (_, target) => {
    const wanted = sorted(
      invoices.filter(({ customer }) => customer.displayName.includes('a')),
      [(i) => i.number],
    );
    expect(ids(await pages(target, 4))).toEqual(wanted.map(({ id }) => id));
  });

  test('[173] keep every option and the format', async () => {
    const target = withOptions('salesInvoices', {
      $select: 'id,number',
      $expand: 'customer($select=number)',
      $count: 'true',
      $format: 'application/json;odata.metadata=none;IEEE754Compatible=true',
    });
    const first = await service.get(target, size(2));
    const second = await service.get(first.nextLink ?? '');
    expect(Object.keys(second.json)).toEqual(['@odata.count', 'value', '@odata.nextLink']);
    expect(second.json['@odata.count']).toBe(String(invoices.length));
    expect(second.value).toHaveLength(2);
    expect(second.value.map((row) => Object.keys(row))).toEqual([0, 1].map(() => ['id', 'number', 'customer']));
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
  });

  test('[176, 336] are good for more than one use, and the client may lower the page', async () => {
    const { nextLink = '' } = await service.get('salesInvoices?$select=id', size(5));
    const [once, again] = [await service.get(nextLink), await service.get(nextLink)];
    expect(again.value).toEqual(once.value);
    const fewer = await service.get(nextLink, size(2));
    expect(fewer.value).toEqual(once.value.slice(0, 2));
    expect(fewer.headers['preference-applied']).toBe('maxpagesize=2');
  });

  test('[173] go on in any spelling of their characters: URL of JavaScript writes a quote as %27', async () => {
    const target = "customers?$filter=contains(displayName,'')%20and%20number%20ne%20'%C3%A6-~;'&$orderby=website";
    const { nextLink = '' } = await service.get(target, size(3));
    const { value } = await service.get(nextLink);
    const spellings = [
      new URL(nextLink).href,
      nextLink.replaceAll('%C3%A6', '%c3%a6').replaceAll('$', '%24').replaceAll('-', '%2d'),
      nextLink.replace(/[(),'~]/g, (one) => `%${one.charCodeAt(0).toString(16)}`),
      `${nextLink.split('?')[0] ?? ''}?${new URL(nextLink).searchParams.toString()}`,
    ];
    expect(nextLink).toContain("'%C3%A6-~;'");
    for (const spelling of spellings) {
      const page = await service.get(spelling);
      expect([spelling, page.status, page.value]).toEqual([spelling, 200, value]);
    }
  });

  test('[86, 173] go on with a query that is too long for a URL: that of a body of /$query', async () => {
    const text = 'æ'.repeat(60_000);
    const queries = [
      `$filter=not contains(displayName,'${text}')&$select=number`,
      `$filter=number eq 'C00001'&$expand=salesInvoices($filter=not contains(number,'${text}'))`,
      `$filter=number eq 'C00001'&$expand=salesInvoices($filter=number ne '${'x'.repeat(65_000)}')`,
    ];
    for (const query of queries) {
      const answer = await service.send(
        'POST',
        'customers/$query',
        { 'Content-Type': 'text/plain', ...size(2) },
        query,
      );
      const link = answer.nextLink ?? String(answer.value[0]?.['salesInvoices@odata.nextLink']);
      expect(link.length).toBeGreaterThan(65_000);
      const next = await service.get(link);
      expect([next.status, next.value.length]).toEqual([200, 2]);
    }
    const target = `customers?$filter=number%20ne%20'${'x'.repeat(32_600)}'`;
    const { json } = await service.get(target, { Prefer: 'track-changes' });
    expect((await service.get(String(json['@odata.deltaLink']))).status).toBe(200);
  });

  test('that were tampered with are refused', async () => {
    const { nextLink = '' } = await service.get('salesInvoices?$select=id&$orderby=currencyCode,number', size(5));
    const token = new URL(nextLink).searchParams.get('$skiptoken') ?? '';
    const open = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>;
    const seal = (change: Record<string, unknown>): string =>
      Buffer.from(JSON.stringify({ ...open, ...change })).toString('base64url');
    const base = 'salesInvoices?$select=id&$orderby=currencyCode,number&$skiptoken=';
    const bad = [
      `${base}x`,
      `${base}${token.slice(1)}`,
      `${base}${seal({ k: [] })}`,
      `${base}${seal({ k: [1, 2] })}`,
      `${base}${seal({ k: 'x' })}`,
      `${base}${seal({ r: -1 })}`,
      `${base}${seal({ p: 1.5 })}`,
      `${base}${seal({ h: '' })}`,
      `${base}${seal({ k: ['a\u0000b', 'c'] })}`,
      `${base}${Buffer.from('null').toString('base64url')}`,
      base,
      `salesInvoices?$select=id&$skiptoken=${token}`,
      `customers?$select=id&$orderby=currencyCode,number&$skiptoken=${token}`,
      `salesInvoices?$select=id,number&$orderby=currencyCode,number&$skiptoken=${token}`,
      `${nextLink}&$filter=true`,
      `${nextLink}&$skiptoken=${token}`,
      `salesInvoices(${invoices[0]?.id ?? ''})?$skiptoken=${token}`,
    ];
    for (const target of bad) {
      const { status, error } = await service.get(target);
      expect([status, target, error.code === '']).toEqual([400, target, false]);
    }
    const wrongType = await service.get('salesInvoices?$orderby=invoiceDate', size(5));
    const other = new URL(wrongType.nextLink ?? '');
    const made = JSON.parse(Buffer.from(other.searchParams.get('$skiptoken') ?? '', 'base64url').toString()) as object;
    const text = Buffer.from(JSON.stringify({ ...made, k: ['no date', 'x'] })).toString('base64url');
    expect((await service.get(`salesInvoices?$orderby=invoiceDate&$skiptoken=${text}`)).status).toBe(400);
    expect(service.takeFailures()).toEqual([]);
  });

  test('[19] have expired once another company is the current one, and say where to begin anew', async () => {
    const other = await startService();
    const now = Date.now;
    try {
      const path = 'customers?$select=number&$orderby=displayName';
      const { nextLink = '' } = await other.get(`${path}&$count=true`, size(2));
      await other.sql(`UPDATE companies SET name = 'zz ' || name WHERE id = $1`, [rows.here]);
      jest.spyOn(Date, 'now').mockImplementation(() => now() + 5_100);
      expect((await other.get(path)).status).toBe(200);
      const { status, headers, error } = await other.get(nextLink);
      expect([status, error.code, error.target, headers.location]).toEqual([
        410,
        'Expired',
        '$skiptoken',
        `${other.root}${path}&$count=true`,
      ]);
      expect(error.message).toMatch(/company/);
      await other.sql(`UPDATE companies SET name = substr(name, 4) WHERE id = $1`, [rows.here]);
      jest.spyOn(Date, 'now').mockImplementation(() => now() + 10_200);
      expect((await other.get(nextLink)).value).toHaveLength(2);
    } finally {
      jest.restoreAllMocks();
      await other.close();
    }
  });

  test('cost one statement each, and pages of one order share it', async () => {
    service.takeStatements();
    await pages('salesInvoices?$orderby=invoiceDate&$expand=customer&$select=id', 7);
    const [first, ...later] = service.takeStatements();
    expect(later).toHaveLength(Math.ceil(invoices.length / 7) - 1);
    expect(new Set(later.map(({ name }) => name)).size).toBe(1);
    expect(first?.name).not.toBe(later[0]?.name);
  });
});

describe('20,000 payments', () => {
  const COUNT = 20_050;
  let path: string;
  let steady: Set<string>;

  beforeAll(async () => {
    const [made] = await service.sql(
      `INSERT INTO customer_payment_journals (company_id, code) VALUES ($1, 'LARGE') RETURNING id::text`,
      [rows.here],
    );
    path = `customerPaymentJournals(${String(made?.['id'])})/customerPayments`;
    const inserted = await service.sql(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, amount, posting_date, description)
       SELECT $1, $2, n * 10, -(n % 100), date '2025-01-01' + n % 300, CASE WHEN n % 3 = 0 THEN 'D' || n % 50 END
       FROM generate_series(1, $3::integer) n RETURNING id::text, line_number`,
      [rows.here, made?.['id'], COUNT],
    );
    steady = new Set(inserted.filter((row) => Number(row['line_number']) % 30 !== 0).map((row) => String(row['id'])));
  });

  /** Inserts rows anywhere and deletes those whose line is a multiple of 30, while `work` runs. */
  async function whileOthersWrite<T>(work: () => Promise<T>): Promise<T> {
    let running = true;
    const writing = (async () => {
      for (let round = 0; running; round++) {
        await service.sql(
          `INSERT INTO customer_payments (company_id, journal_id, line_number, amount, posting_date, description)
           SELECT company_id, journal_id, line_number + 1, amount, posting_date, description FROM customer_payments
           WHERE journal_id = $1 AND line_number % 10 = 0 AND line_number % 37 = $2 ON CONFLICT DO NOTHING`,
          [path.slice(24, 60), round % 37],
        );
        await service.sql(
          'DELETE FROM customer_payments WHERE journal_id = $1 AND line_number % 30 = 0 AND line_number % 41 = $2',
          [path.slice(24, 60), round % 41],
        );
      }
    })();
    try {
      return await work();
    } finally {
      running = false;
      await writing;
    }
  }

  test.each([
    ['lineNumber', 1500],
    ['description%20desc,postingDate', 2500],
    ['amount%20desc', 3000],
  ])('every row that was there all the time comes exactly once, by %s', async (orderby, length) => {
    const found = await whileOthersWrite(() => pages(`${path}?$select=id&$orderby=${orderby}`, length));
    const seen = found.map(({ id }) => String(id));
    const different = new Set(seen);
    expect(different.size).toBe(seen.length);
    const missed = [...steady].filter((id) => !different.has(id));
    expect(missed.slice(0, 3)).toEqual([]);
  });

  test('a page without a preference has 1000, and no preference asks for more than 20,000', async () => {
    const plain = await service.get(`${path}?$select=id`);
    expect([plain.value.length, plain.nextLink === undefined]).toEqual([1000, false]);
    const most = await service.get(`${path}?$select=id`, size(1_000_000));
    expect(most.value).toHaveLength(20_000);
    expect(most.nextLink).toBeDefined();
  });
});
