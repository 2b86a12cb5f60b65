/** Clients that are generated from our $metadata: SAP Cloud SDK and odata2ts. What they generate compiles, and what it asks for is right. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FetchClient } from '@odata2ts/http-client-fetch';
import { asc } from '@sap-cloud-sdk/odata-v4';
import { startService, type TestService } from '../setup/service';

/** What is generated while the test runs has no types before. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Generated = any;

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(__dirname, 'generated-'));
  const input = join(folder, 'in');
  mkdirSync(input);
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  writeFileSync(join(input, 'payments.edmx'), (await service.get('$metadata')).text);
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const rows = (text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
  service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'), values);

/** Runs a generator as its users do. */
function run(script: string, ...args: readonly string[]): void {
  const file = join(__dirname, 'node_modules', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', cwd: folder });
  if (status !== 0) throw new Error(stdout + stderr);
}

/** Checks types as a user of the client would. */
function compile(directory: string): string {
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: 'commonjs',
      moduleResolution: 'node',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      esModuleInterop: true,
      types: [],
      lib: ['es2022', 'dom'],
    },
    include: [directory],
  };
  const file = join(folder, 'tsconfig.json');
  writeFileSync(file, JSON.stringify(config));
  const { stdout } = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', file], {
    encoding: 'utf8',
  });
  return stdout;
}

describe('SAP Cloud SDK', () => {
  let api: Generated;
  let destination: { url: string };

  beforeAll(() => {
    run(
      '@sap-cloud-sdk/generator/dist/cli.js',
      '--input',
      join(folder, 'in'),
      '--outputDir',
      join(folder, 'sap'),
      '--skipValidation',
    );
    api = (require(join(folder, 'sap/payments')) as Generated).payments();
    destination = { url: service.root.replace(/\/$/, '') };
  });

  it('is generated so that it compiles', () => {
    expect(compile('sap')).toBe('');
  });

  it('reads with filter, order and select, decimals exact', async () => {
    const { salesInvoicesApi } = api;
    const { schema } = salesInvoicesApi;
    const found = await salesInvoicesApi
      .requestBuilder()
      .getAll()
      .select(schema.NUMBER, schema.TOTAL_AMOUNT_INCLUDING_TAX)
      .filter(schema.TOTAL_AMOUNT_INCLUDING_TAX.greaterThan(1000))
      .orderBy(asc(schema.NUMBER))
      .execute(destination);
    const expected = await rows(
      `SELECT number, trim_scale(total_amount_including_tax)::text AS amount FROM sales_invoices
       WHERE company_id = $here AND total_amount_including_tax > 1000 ORDER BY number COLLATE "C"`,
    );
    const seen = found.map((each: Generated) => ({
      number: each.number,
      amount: each.totalAmountIncludingTax.toString(),
    }));
    expect(seen).toEqual(expected);
  });

  it('counts, and reads by key with an expanded navigation', async () => {
    const { customersApi } = api;
    const [all] = await rows('SELECT count(*)::int AS n FROM customers WHERE company_id = $here');
    expect(await customersApi.requestBuilder().getAll().count().execute(destination)).toBe(all?.['n']);
    const [customer] = await rows(
      'SELECT customer_id AS id, count(*)::int AS n FROM sales_invoices WHERE company_id = $here GROUP BY 1 ORDER BY 2 DESC LIMIT 1',
    );
    const found = await customersApi
      .requestBuilder()
      .getByKey(customer?.['id'])
      .select(customersApi.schema.NUMBER)
      .expand(customersApi.schema.SALES_INVOICES)
      .execute(destination);
    expect(found.salesInvoices).toHaveLength(Number(customer?.['n']));
  });

  it('creates, changes by ETag and deletes', async () => {
    const { customersApi } = api;
    const made = await customersApi
      .requestBuilder()
      .create(customersApi.entityBuilder().number('SAP-1').displayName('Bäckerei').build())
      .execute(destination);
    made.displayName = 'Bäckerei & Söhne';
    await customersApi.requestBuilder().update(made).execute(destination);
    expect(await rows(`SELECT display_name AS name FROM customers WHERE number = 'SAP-1'`)).toEqual([
      { name: 'Bäckerei & Söhne' },
    ]);
    const again = await customersApi.requestBuilder().getByKey(made.id).execute(destination);
    await customersApi.requestBuilder().delete(again).execute(destination);
    expect(await rows(`SELECT id FROM customers WHERE number = 'SAP-1'`)).toEqual([]);
  });

  it('sends batches with change sets: all of one, or nothing', async () => {
    const { customersApi } = api;
    const { batch, changeset } = require(join(folder, 'sap/payments/BatchRequest')) as Generated;
    const create = (number: string): Generated =>
      customersApi.requestBuilder().create(customersApi.entityBuilder().number(number).displayName(number).build());
    const [read, written] = await batch(
      customersApi.requestBuilder().getAll().top(1),
      changeset(create('SAP-2'), create('SAP-3')),
    ).execute(destination);
    expect(read.isSuccess()).toBe(true);
    expect(written.isSuccess()).toBe(true);
    expect(await rows(`SELECT number FROM customers WHERE number IN ('SAP-2', 'SAP-3') ORDER BY 1`)).toEqual([
      { number: 'SAP-2' },
      { number: 'SAP-3' },
    ]);
    const [refused] = await batch(changeset(create('SAP-4'), create('SAP-2'))).execute(destination);
    expect(refused.isSuccess()).toBe(false);
    expect(await rows(`SELECT number FROM customers WHERE number = 'SAP-4'`)).toEqual([]);
  });
});

describe('odata2ts', () => {
  let api: Generated;

  beforeAll(() => {
    const output = join(folder, 'o2');
    run(
      '@odata2ts/odata2ts/lib/run-cli.js',
      '-s',
      join(folder, 'in/payments.edmx'),
      '-o',
      output,
      '-m',
      'all',
      '-e',
      'ts',
    );
    const { MicrosoftNavService } = require(join(output, 'MicrosoftNavService')) as Generated;
    const client = new FetchClient({ headers: { 'If-Match': '*' } } as never);
    api = new MicrosoftNavService(client, service.root.replace(/\/$/, ''));
  });

  it('is generated so that it compiles', () => {
    expect(compile('o2')).toBe('');
  });

  it('queries with filter, expand and order', async () => {
    const { data } = await api.customers().query((builder: Generated, q: Generated) =>
      builder
        .select('number')
        .filter(q.displayName.contains('a'))
        .expanding('salesInvoices', (invoices: Generated, i: Generated) =>
          invoices.select('number').filter(i.remainingAmount.gt(0)).orderBy(i.number.asc()),
        )
        .orderBy(q.number.asc())
        .top(3),
    );
    const expected = await rows(
      `SELECT c.number, coalesce((SELECT json_agg(i.number ORDER BY i.number COLLATE "C") FROM sales_invoices i WHERE i.customer_id = c.id
         AND i.remaining_amount > 0), '[]'::json) AS invoices FROM customers c WHERE c.company_id = $here AND c.display_name LIKE '%a%'
       ORDER BY c.number COLLATE "C" LIMIT 3`,
    );
    expect(
      data.value.map((each: Generated) => ({
        number: each.number,
        invoices: each.salesInvoices.map((i: Generated) => i.number),
      })),
    ).toEqual(expected);
  });

  it('walks contained keys down to dimension lines, and writes there', async () => {
    const [line] = await rows(
      `SELECT p.journal_id, d.payment_id, d.dimension_id FROM dimension_lines d JOIN customer_payments p ON p.id = d.payment_id
       WHERE p.company_id = $here ORDER BY 1, 2, 3 LIMIT 1`,
    );
    const payments = api.customerPaymentJournals(line?.['journal_id']).customerPayments();
    const payment = api.customerPaymentJournals(line?.['journal_id']).customerPayments(line?.['payment_id']);
    const { data } = await payment
      .dimensionLines({ parentId: line?.['payment_id'], id: line?.['dimension_id'] })
      .query();
    expect(data.id).toBe(line?.['dimension_id']);
    const made = await payments.create({ customerNumber: 'C00002', amount: -1.25, externalDocumentNumber: 'O2TS' });
    expect(made.status).toBe(201);
    await api.customerPaymentJournals(line?.['journal_id']).customerPayments(made.data.id).patch({ amount: -2.5 });
    expect(await rows(`SELECT amount::text FROM customer_payments WHERE external_document_number = 'O2TS'`)).toEqual([
      { amount: '-2.50000' },
    ]);
  });

  it('calls functions and actions', async () => {
    const [customer] = await rows(
      `SELECT customer_id AS id, count(*)::int AS n FROM sales_invoices WHERE company_id = $here AND status = 'Open' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`,
    );
    const open = await api.customers(customer?.['id']).openInvoices();
    expect(open.data.value).toHaveLength(Number(customer?.['n']));
    const aged = await api.agedReceivables({ asOf: '2026-03-31' });
    expect(aged.data.value.length).toBeGreaterThan(0);
    const [empty] = await rows(
      'SELECT id FROM customer_payment_journals j WHERE company_id = $here AND NOT EXISTS (SELECT FROM customer_payments p WHERE p.journal_id = j.id) LIMIT 1',
    );
    await expect(api.customerPaymentJournals(empty?.['id']).post()).rejects.toThrow('There is nothing to post.');
  });
});
