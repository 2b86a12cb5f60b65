/** The sample data of tier S: what tests and readers rely on. */
import { type DataSource } from 'typeorm';
import { createDataSource, migrate } from '../../src/data-source';
import { NotEmptyError, seed, seedId } from '../../src/seed';
import { emptyDatabase, type TestDatabase } from '../setup/database';

let database: TestDatabase;
let source: DataSource;
const progress: (readonly [done: number, total: number])[] = [];

beforeAll(async () => {
  database = await emptyDatabase();
  source = await createDataSource({ url: database.url, poolSize: 2, statementTimeout: 0 }).initialize();
  await migrate(source);
  await seed(source, 'S', { onProgress: (done, total) => progress.push([done, total]) });
});

afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const all = (sql: string, ...values: readonly unknown[]): Promise<Record<string, unknown>[]> =>
  source.query(sql, [...values]);
const count = async (from: string): Promise<number> =>
  Number((await all(`SELECT count(*) AS count FROM ${from}`))[0]?.['count']);

test.each<[table: string, rows: number, hash: string]>([
  ['companies', 2, 'be8fff0b3c02fd0f914de7caff78041d'],
  ['accounts', 16, '469075473575c5bdc6123424a6a283f2'],
  ['customers', 25, '05dea2e0ca6e320960a5009f8683f168'],
  ['sales_invoices', 60, 'bdfba8be9df37ce034a61d4619c2705b'],
  ['customer_payment_journals', 6, '0d01bf7650bf86e0cd02500aad107ead'],
  ['customer_payments', 120, 'acf0794c74f8d5c0a3637d0a9a49c99d'],
  ['dimensions', 4, '02d5b164a577155b419e11a2b045fb6b'],
  ['dimension_values', 20, '3f9b3fcfcb055fda7fea93c2c8280791'],
  ['dimension_lines', 150, '1f6a883ba8fda14133ceb5cba850ee48'],
  ['customer_ledger_entries', 14, '49139ecdc3f7a5398ef2092d55f6398c'],
  ['number_series', 12, 'd9f5888ec01c1af8125df821bde78738'],
])('%s: %d rows, the same on every machine', async (table, rows, hash) => {
  const text = `SELECT count(*)::integer AS rows, md5(string_agg(row::text, chr(10) ORDER BY row::text COLLATE "C")) AS hash FROM ${table} AS row`;
  expect(await all(text)).toEqual([{ rows, hash }]);
});

test('ids can be told in advance', async () => {
  expect(await all('SELECT id FROM companies ORDER BY name')).toEqual([
    { id: seedId('company', 1) },
    { id: seedId('company', 2) },
  ]);
  expect(
    await all(`SELECT id FROM customers WHERE number = 'C00001' AND company_id = $1`, seedId('company', 1)),
  ).toEqual([{ id: seedId('customer', 1, 1) }]);
  expect(await all('SELECT line_number FROM customer_payments WHERE id = $1', seedId('payment', 1, 3, 2))).toEqual([
    { line_number: 20_000 },
  ]);
});

test('progress rises to the total', () => {
  expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).sort((left, right) => left - right));
  expect(progress.at(-1)).toEqual([355, 355]);
});

test('a database that is not empty is refused and left alone', async () => {
  await expect(seed(source, 'S')).rejects.toThrow(NotEmptyError);
  expect(await count('customers')).toBe(25);
});

test('a seed that is cut off leaves nothing behind', async () => {
  const other = await emptyDatabase();
  const target = await createDataSource({ url: other.url, poolSize: 2, statementTimeout: 0 }).initialize();
  try {
    await migrate(target);
    const stop = (): void => {
      throw new Error('cut off');
    };
    await expect(seed(target, 'S', { onProgress: stop })).rejects.toThrow('cut off');
    expect(await target.query('SELECT FROM companies UNION ALL SELECT FROM customers')).toEqual([]);
    await seed(target, 'S');
  } finally {
    await target.destroy();
    await other.drop();
  }
});

test('a journal is empty, one has a single line, one can be posted as it is', async () => {
  const journals = await all(
    `SELECT code, count(p.id)::integer AS payments FROM customer_payment_journals j LEFT JOIN customer_payments p ON p.journal_id = j.id
    WHERE j.company_id = $1 GROUP BY j.id ORDER BY code`,
    seedId('company', 1),
  );
  expect(journals.map(({ code, payments }) => `${String(code)} ${String(payments)}`)).toEqual([
    'BANK-DK 35',
    'BANK-EUR 0',
    'CARD 16',
    'CASHRCPT 1',
    'GENERAL 60',
  ]);
  const card = `customer_payments p WHERE p.journal_id = '${seedId('journal', 1, 3)}'`;
  expect(
    await count(
      `${card} AND (customer_id IS NULL OR amount = 0 OR EXISTS (SELECT FROM customers c WHERE c.id = p.customer_id AND c.blocked = 'All'))`,
    ),
  ).toBe(0);
  expect(
    await count(
      `${card} AND EXISTS (SELECT FROM dimension_lines l JOIN dimension_values v ON v.id = l.dimension_value_id WHERE l.payment_id = p.id AND v.blocked)`,
    ),
  ).toBe(0);
  const over = `SELECT i.id FROM ${card.replace(' WHERE', ' JOIN sales_invoices i ON i.id = p.applies_to_invoice_id WHERE')}
    GROUP BY i.id HAVING -sum(p.amount) > i.remaining_amount OR i.status <> 'Open'`;
  expect(await all(over)).toEqual([]);
});

test('amounts, invoices and ledger entries agree', async () => {
  expect(
    await count(`sales_invoices WHERE total_amount_including_tax <> total_amount_excluding_tax + total_tax_amount`),
  ).toBe(0);
  expect(
    await count(
      `sales_invoices WHERE CASE WHEN status = 'Open' THEN remaining_amount NOT BETWEEN 0.01 AND total_amount_including_tax ELSE remaining_amount <> 0 END`,
    ),
  ).toBe(0);
  expect(
    await count(`sales_invoices WHERE status = 'Open' AND remaining_amount < total_amount_including_tax`),
  ).toBeGreaterThan(0);
  const paid = `customer_ledger_entries e JOIN sales_invoices i ON i.id = e.applies_to_invoice_id`;
  expect(
    await count(
      `${paid} WHERE e.customer_id <> i.customer_id OR e.amount <> i.remaining_amount - i.total_amount_including_tax OR e.open`,
    ),
  ).toBe(0);
  expect(
    await count(
      `customer_payments p JOIN sales_invoices i ON i.id = p.applies_to_invoice_id WHERE i.status IN ('Draft', 'In_x0020_Review')`,
    ),
  ).toBe(0);
});

test.each([
  ['quote', `customers WHERE display_name LIKE 'O''Brien%'`],
  ['wildcards', `customers WHERE display_name LIKE '100\\%\\_\\\\%'`],
  ['outside of the BMP', `customers WHERE display_name ~ '[\\U00010000-\\U0010FFFF]'`],
  ['combining accents', `customers WHERE display_name IS NOT NFC NORMALIZED`],
  ['CJK', `customers WHERE display_name LIKE '株式会社%'`],
  ['right to left', `customers WHERE display_name LIKE 'شركة%'`],
  ['leading zeros', `customers WHERE number = '00123'`],
  ['spaces', `customers WHERE display_name LIKE '%  %' AND display_name LIKE '% '`],
  ['separators of URLs', `customers WHERE number = 'A+B&C#D/E?F'`],
  ['a number like a guid', `customers WHERE number = '12345678-1234-1234-1'`],
  ['longest name', `customers WHERE length(display_name) = 100`],
  ['smallest amounts', `customer_payments WHERE abs(amount) = 0.01 HAVING count(*) >= 2`],
  ['largest amount', `customer_payments WHERE amount = 9999999999999.99999`],
  ['29 February', `customer_payments WHERE posting_date = '2024-02-29'`],
  ['no date', `customer_payments WHERE posting_date IS NULL`],
  ['no customer', `customer_payments WHERE customer_id IS NULL`],
  [
    'unknown invoice',
    `customer_payments WHERE applies_to_invoice_id IS NULL AND applies_to_invoice_number IS NOT NULL`,
  ],
  [
    'invoice of another customer',
    `customer_payments p JOIN sales_invoices i ON i.id = p.applies_to_invoice_id AND i.customer_id <> p.customer_id`,
  ],
  [
    'a shared document number',
    `(SELECT FROM customer_payments GROUP BY journal_id, document_number HAVING count(*) > 1) AS shared`,
  ],
  ['a line between two others', `customer_payments WHERE line_number % 10000 = 5000`],
  ['ties of time', `(SELECT FROM customer_payments GROUP BY last_modified_date_time HAVING count(*) >= 10) AS ties`],
  [
    'one code in two dimensions',
    `(SELECT FROM dimension_values WHERE code = 'NORTH' GROUP BY company_id HAVING count(*) = 2) AS twice`,
  ],
  [
    'a dimension never used',
    `dimensions d WHERE NOT EXISTS (SELECT FROM dimension_lines l WHERE l.dimension_id = d.id)`,
  ],
  [
    'a contact of two customers',
    `(SELECT FROM customers GROUP BY company_id, contact_id HAVING count(contact_id) = 2) AS shared`,
  ],
  ['one number in two companies', `(SELECT FROM customers GROUP BY number HAVING count(*) = 2) AS twice`],
  ['an address of nothing', `customers WHERE address_country_letter_code IS NULL`],
  ['every status', `(SELECT FROM sales_invoices HAVING count(DISTINCT status) = 6) AS every`],
])('there is %s', async (_, from) => {
  expect(await count(from)).toBeGreaterThan(0);
});

test('one value of each dimension is blocked', async () => {
  expect(await count('dimensions')).toBe(await count('dimension_values WHERE blocked'));
});

test('counters stand after the numbers in use', async () => {
  const next = await all(
    `SELECT code, prefix || lpad(next_number::text, greatest(digits, length(next_number::text)), '0') AS next FROM number_series WHERE company_id = $1 AND journal_id IS NULL ORDER BY code`,
    seedId('company', 1),
  );
  expect(next).toEqual([
    { code: 'CUSTOMER', next: 'C00021' },
    { code: 'INVOICE', next: 'INV-000055' },
    { code: 'LEDGER', next: '13' },
  ]);
  expect(
    await count(
      'number_series s JOIN customer_payments p USING (journal_id) WHERE right(p.document_number, s.digits)::integer >= s.next_number',
    ),
  ).toBe(0);
});
