/** The schema: the same in entities and migrations, and holding what the entities promise. */
import { type DataSource } from 'typeorm';
import { createDataSource, migrate } from '../../src/data-source';
import { seedId } from '../../src/seed';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../setup/database';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  source = await createDataSource({ url: database.url, poolSize: 2, statementTimeout: 0 }).initialize();
});

afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const differences = async (of: DataSource): Promise<string[]> =>
  (await of.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

/** Runs statements in a transaction that is undone; returns what the last one returned. */
async function tried(
  ...statements: readonly (readonly [sql: string, values?: readonly unknown[]])[]
): Promise<Record<string, unknown>[]> {
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  try {
    let rows: unknown;
    for (const [sql, values = []] of statements) rows = await runner.query(sql, [...values]);
    return rows as Record<string, unknown>[];
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

const company = seedId('company', 1);
const journal = seedId('journal', 1, 1);
const payment = seedId('payment', 1, 1, 4);

describe('migrations', () => {
  test('make the schema of the entities, and take it away again', async () => {
    const empty = await emptyDatabase();
    const fresh = await createDataSource({ url: empty.url, poolSize: 2, statementTimeout: 0 }).initialize();
    try {
      await migrate(fresh);
      expect(await differences(fresh)).toEqual([]);
      for (const migration of fresh.migrations) {
        void migration;
        await fresh.undoLastMigration();
      }
      const left: unknown = await fresh.query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ('schema_migration', 'typeorm_metadata')
        UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype`,
      );
      expect(left).toEqual([]);
    } finally {
      await fresh.destroy();
      await empty.drop();
    }
  });

  test('are still those of the entities when the sample data is in, keys and indexes back in place', async () => {
    expect(await differences(source)).toEqual([]);
  });

  test('make every index that the entities only name', async () => {
    const named = source.entityMetadatas.flatMap((metadata) => metadata.indices.map((index) => index.name));
    const rows: { name: string }[] = await source.query(
      'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indisvalid',
    );
    const found = rows.map(({ name }) => name);
    expect(named.filter((name) => !found.includes(name))).toEqual([]);
  });
});

describe('keys keep companies apart', () => {
  const insert = (columns: string, ...values: readonly unknown[]) =>
    tried([
      `INSERT INTO customer_payments (company_id, journal_id, line_number, ${columns}) VALUES ($1, $2, 1, ${values.map((_, index) => `$${index + 3}`).join()})`,
      [company, journal, ...values],
    ]);

  test('a payment cannot name a customer of another company', async () => {
    await expect(insert('customer_id, customer_number', seedId('customer', 2, 1), 'C00001')).rejects.toMatchObject({
      code: '23503',
    });
    await expect(insert('customer_id, customer_number', seedId('customer', 1, 1), 'C00001')).resolves.toBeDefined();
  });

  test('id and number of a customer cannot disagree, or come alone', async () => {
    await expect(insert('customer_id, customer_number', seedId('customer', 1, 1), 'C00002')).rejects.toMatchObject({
      code: '23503',
    });
    await expect(insert('customer_id', seedId('customer', 1, 1))).rejects.toMatchObject({ code: '23514' });
    await expect(insert('customer_number', 'C00001')).rejects.toMatchObject({ code: '23514' });
  });

  test('an invoice must be one of the company when its id is given; its number alone may be unknown', async () => {
    const columns = 'applies_to_invoice_id, applies_to_invoice_number';
    await expect(insert(columns, seedId('invoice', 2, 1), 'INV-000001')).rejects.toMatchObject({ code: '23503' });
    await expect(insert(columns, seedId('invoice', 1, 1), null)).rejects.toMatchObject({ code: '23514' });
    await expect(insert(columns, null, 'UNKNOWN')).resolves.toBeDefined();
  });

  test('the value of a dimension line is one of its dimension', async () => {
    const line =
      'INSERT INTO dimension_lines (company_id, payment_id, dimension_id, dimension_value_id) VALUES ($1, $2, $3, $4)';
    const clear = ['DELETE FROM dimension_lines WHERE payment_id = $1', [payment]] as const;
    const other = [line, [company, payment, seedId('dimension', 1, 1), seedId('dimensionValue', 1, 2, 1)]] as const;
    await expect(tried(clear, other)).rejects.toMatchObject({ code: '23503' });
  });
});

test('no invoice that is owed is paid more than it is', async () => {
  const pay = (status: string, more: string) =>
    tried([
      `UPDATE sales_invoices SET remaining_amount = ${more} WHERE id = (SELECT id FROM sales_invoices WHERE status = $1 LIMIT 1) RETURNING id`,
      [status],
    ]);
  await expect(pay('Open', '0')).resolves.toBeDefined();
  for (const status of ['Open', 'Paid']) await expect(pay(status, '-0.00001')).rejects.toMatchObject({ code: '23514' });
});

describe('every write raises the version', () => {
  const versionOf = [
    'SELECT version, last_modified_date_time = now()::timestamptz(3) AS now, customer_number FROM customer_payments WHERE id = $1',
    [payment],
  ] as const;

  test('SQL written by hand', async () => {
    expect(
      await tried([`UPDATE customer_payments SET comment = 'x' WHERE id = $1`, [payment]], versionOf),
    ).toMatchObject([{ version: 2, now: true }]);
  });

  test('a new number of the customer reaches the payment', async () => {
    const renamed = [
      `UPDATE customers SET number = 'NEW' WHERE id = (SELECT customer_id FROM customer_payments WHERE id = $1)`,
      [payment],
    ] as const;
    expect(await tried(renamed, versionOf)).toMatchObject([{ version: 2, now: true, customer_number: 'NEW' }]);
  });

  test('one that raises it itself raises it once', async () => {
    expect(
      await tried([`UPDATE customer_payments SET version = version + 1 WHERE id = $1`, [payment]], versionOf),
    ).toMatchObject([{ version: 2 }]);
  });
});

test('a journal takes its payments, lines and counter with it; customers and invoices in use stay', async () => {
  const left = await tried(
    ['DELETE FROM customer_payment_journals WHERE id = $1', [journal]],
    [
      `SELECT (SELECT count(*) FROM customer_payments WHERE journal_id = $1)::integer AS payments, (SELECT count(*) FROM number_series WHERE journal_id = $1)::integer AS series,
      (SELECT count(*) FROM dimension_lines l WHERE NOT EXISTS (SELECT FROM customer_payments p WHERE p.id = l.payment_id))::integer AS lines`,
      [journal],
    ],
  );
  expect(left).toEqual([{ payments: 0, series: 0, lines: 0 }]);
  await expect(tried(['DELETE FROM customers WHERE number = $1', ['C00001']])).rejects.toMatchObject({ code: '23503' });
  await expect(
    tried(['DELETE FROM sales_invoices WHERE id IN (SELECT applies_to_invoice_id FROM customer_payments)']),
  ).rejects.toMatchObject({ code: '23503' });
});
