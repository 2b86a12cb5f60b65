/** Deep writes over HTTP: everything that one body makes, changes and ends, compared with the tables by plain SQL. */
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

const company = seedId('company', 1);
const json = { 'Content-Type': 'application/json' };

interface Named {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

let service: TestService;
let customers: readonly Named[];
let dimensions: readonly { readonly code: string; readonly id: string; readonly values: readonly string[] }[];
let codes = 0;

const code = (): string => `D${++codes}`;

beforeAll(async () => {
  service = await startService();
  customers = (await service.sql(
    `SELECT id, number, display_name AS name FROM customers
     WHERE company_id = $1 AND blocked = 'None' AND contact_id IS NULL ORDER BY id LIMIT 5`,
    [company],
  )) as unknown as Named[];
  dimensions = (await service.sql(
    `SELECT d.id, d.code, array_agg(v.code ORDER BY v.code) AS values FROM dimensions d
     JOIN dimension_values v ON v.dimension_id = d.id WHERE d.company_id = $1 GROUP BY d.id, d.code HAVING count(*) > 1 ORDER BY d.code`,
    [company],
  )) as unknown as typeof dimensions;
});

afterAll(() => service.close());

const at = <T>(items: readonly T[], index: number): T => {
  const found = items[index];
  if (found === undefined) throw new Error('The sample data has too few records');
  return found;
};

const customer = (index = 0): Named => at(customers, index);
const line = (index: number, value = 0): Json => {
  const { code: name, values } = at(dimensions, index);
  return { code: name, valueCode: at(values, value) };
};

const post = (path: string, body: unknown, headers: Record<string, string> = json): Promise<Answer> =>
  service.send('POST', path, headers, JSON.stringify(body));

/** Everything that writes can change, row by row, without what every write sets anew. */
const tables = [
  'customer_payment_journals',
  'customer_payments',
  'dimension_lines',
  'customers',
  'sales_invoices',
  'number_series',
];
async function state(): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: (readonly [string, readonly string[]])[] = [];
  for (const table of tables) {
    const rows = await service.sql(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`);
    found.push([table, rows.map(({ row }) => String(row))]);
  }
  return Object.fromEntries(found);
}

const linesOf = (journal: string) =>
  service.sql(
    `SELECT line_number AS line, document_number AS document, posting_date::text AS date, customer_number AS customer,
       description, amount::float AS amount, version,
       (SELECT string_agg(d.code || '=' || v.code, ',' ORDER BY d.code) FROM dimension_lines l
        JOIN dimensions d ON d.id = l.dimension_id JOIN dimension_values v ON v.id = l.dimension_value_id
        WHERE l.payment_id = p.id) AS dimensions
     FROM customer_payments p WHERE journal_id = $1 ORDER BY line_number`,
    [journal],
  );

const idOf = ({ json: { id } }: Answer): string => String(id);

describe('deep insert', () => {
  it('[211] makes a journal with its payments and their dimension lines in one request, and answers with all of it', async () => {
    const name = code();
    const body = {
      customerPayments: [
        { dimensionLines: [line(0), line(1)], customerNumber: customer().number, amount: -5 },
        { amount: -7, customerId: customer(1).id, postingDate: '2026-03-31' },
        { dimensionLines: [line(0, 1)], amount: 1.25, documentNumber: 'X-9' },
        { amount: 2 },
      ],
      code: name,
    };
    const answer = await post('customerPaymentJournals', body);
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    const journal = idOf(answer);
    const [today] = await service.sql(`SELECT (now() AT TIME ZONE 'UTC')::date::text AS day`);
    const day = String(today?.['day']);
    const sorted = (...lines: readonly Json[]): string =>
      lines
        .map((one) => `${String(one['code'])}=${String(one['valueCode'])}`)
        .sort()
        .join(',');
    expect(await linesOf(journal)).toEqual([
      {
        line: 10000,
        document: `${name}-000001`,
        date: day,
        customer: customer().number,
        description: customer().name.slice(0, 50),
        amount: -5,
        version: 1,
        dimensions: sorted(line(0), line(1)),
      },
      {
        line: 20000,
        document: `${name}-000001`,
        date: '2026-03-31',
        customer: customer(1).number,
        description: customer(1).name.slice(0, 50),
        amount: -7,
        version: 1,
        dimensions: null,
      },
      {
        line: 30000,
        document: 'X-9',
        date: '2026-03-31',
        customer: null,
        description: null,
        amount: 1.25,
        version: 1,
        dimensions: sorted(line(0, 1)),
      },
      {
        line: 40000,
        document: 'X-9',
        date: '2026-03-31',
        customer: null,
        description: null,
        amount: 2,
        version: 1,
        dimensions: null,
      },
    ]);
    const read = await service.get(
      `customerPaymentJournals(${journal})?$expand=customerPayments($expand=dimensionLines)`,
    );
    expect(answer.json['customerPayments']).toEqual(read.json['customerPayments']);
    expect(answer.headers['location']).toBe(`${service.root}customerPaymentJournals(${journal})`);
    const series = await service.sql('SELECT prefix, next_number AS next FROM number_series WHERE journal_id = $1', [
      journal,
    ]);
    expect(series).toEqual([{ prefix: `${name}-`, next: 1 }]);
  });

  it('[211] continues the lines of a journal that has some, whatever the order of the properties', async () => {
    const journal = idOf(await post('customerPaymentJournals', { code: code() }));
    await post(`customerPaymentJournals(${journal})/customerPayments`, {
      documentNumber: 'A-1',
      postingDate: '2026-01-02',
    });
    const payment = await post(`customerPaymentJournals(${journal})/customerPayments`, {
      dimensionLines: [{ valueCode: line(2)['valueCode'], code: line(2)['code'] }],
      amount: 3,
    });
    expect(payment.status).toBe(201);
    expect(payment.json['dimensionLines']).toMatchObject([line(2)]);
    expect(await linesOf(journal)).toMatchObject([
      { line: 10000 },
      { line: 20000, document: 'A-1', date: '2026-01-02', version: 1 },
    ]);
  });

  it('[211] makes a customer with drafts, each with a number of its own', async () => {
    const answer = await post('customers', {
      salesInvoices: [{ dueDate: '2026-05-01' }, { totalAmountIncludingTax: 12.5 }],
      displayName: 'Deep',
    });
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    const rows = await service.sql(
      'SELECT number, status, customer_id AS customer FROM sales_invoices WHERE customer_id = $1',
      [idOf(answer)],
    );
    expect(new Set(rows.map(({ number }) => number)).size).toBe(2);
    expect(rows).toMatchObject([{ status: 'Draft' }, { status: 'Draft' }]);
    expect(answer.json['salesInvoices']).toHaveLength(2);
  });

  it('[211] makes the customer that a new payment refers to', async () => {
    const journal = idOf(await post('customerPaymentJournals', { code: code() }));
    const answer = await post(`customerPaymentJournals(${journal})/customerPayments`, {
      customer: { displayName: 'On the way' },
    });
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    expect(answer.json).toMatchObject({
      description: 'On the way',
      customer: { displayName: 'On the way', number: answer.json['customerNumber'] },
    });
  });

  it('[212, 215] names every error by its path, all at once, and stores nothing', async () => {
    const before = await state();
    const body = {
      code: code(),
      customerPayments: [
        { amount: 1, customerNumber: 'NOBODY', dimensionLines: [line(0)] },
        { dimensionLines: [{ code: line(0)['code'], valueCode: 'NO-SUCH' }, line(1), { ...line(1) }] },
      ],
    };
    const answer = await post('customerPaymentJournals', body);
    expect(answer.status).toBe(400);
    expect((answer.json['error'] as Json)['details']).toMatchObject([
      { target: 'customerPayments/0/customerNumber', message: 'The "customerNumber" does not match to a Customer.' },
      {
        target: 'customerPayments/1/dimensionLines/0/valueCode',
        message: 'The "valueCode" does not match to a Dimension Value.',
      },
      { target: 'customerPayments/1/dimensionLines/2/id' },
    ]);
    const malformed = await post('customerPaymentJournals', {
      code: 'x'.repeat(11),
      customerPayments: [{ amount: 'x' }, { nope: 1, dimensionLines: [{ code: 5 }] }],
    });
    expect((malformed.json['error'] as { details: Json[] }).details.map(({ target }) => target)).toEqual([
      'code',
      'customerPayments/0/amount',
      'customerPayments/1/nope',
      'customerPayments/1/dimensionLines/0/code',
    ]);
    const repeated = await post('customerPaymentJournals', {
      code: code(),
      customerPayments: [{ lineNumber: 5 }, {}, { lineNumber: 5 }],
    });
    expect([repeated.status, repeated.error.target]).toEqual([409, 'customerPayments/2/lineNumber']);
    expect((await post('customers', { displayName: 'x', salesInvoices: [{ status: 'Paid' }] })).error.target).toBe(
      'salesInvoices/0/status',
    );
    expect(await state()).toEqual(before);
  });
});
