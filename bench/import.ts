/** What the import of a file costs beside the same payments sent one by one: node scripts/start.mjs bench/import.ts [--rows 10000]. docs/performance.md */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { loadConfig } from '../src/config';
import { importOptions } from '../src/import/import-options';
import { importPayments } from '../src/import/import-payments';
import { createPaymentService } from '../src/payment-service';
import { reportFailure } from '../src/run-command';
import { openBenchDatabase, sampleOf } from './database';
import { load } from './load';
import { cpuOf } from './process-cost';
import { startOurs } from './servers';

const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '10000' } } });
const ROWS = Number(options.rows);
const CODES = { post: 'BENCHPOST', import: 'BENCHFILE' } as const;

/** CPU milliseconds of a row in node and PostgreSQL, and rows a second. */
interface RowCost {
  readonly node: number;
  readonly postgres: number;
  readonly rate: number;
}

async function main(): Promise<void> {
  const database = await openBenchDatabase('M');
  const { dataSource, url } = database;
  try {
    const { company, customers } = await sampleOf(database);
    await clean(dataSource);
    const [journal] = await newJournals(dataSource, company);
    const payments = Array.from({ length: ROWS }, (_, index) => ({
      customerNumber: customers[index % customers.length] ?? '',
      amount: `-${index + 1}.25`,
      postingDate: '2026-03-31',
      externalDocumentNumber: `BANK-${index}`,
    }));
    const server = await startOurs(dataSource, url);
    const alone = await load(server, [postsOf(payments, journal ?? '')], ROWS).finally(() => server.stop());
    print('one by one', { node: alone.node, postgres: alone.postgres, rate: alone.throughput });
    const together = await importing(dataSource, company, payments);
    print('npm run import', together);
    const ratio = (together.node + together.postgres) / (alone.node + alone.postgres);
    console.log(`CPU ratio ${ratio.toFixed(2)}, time ratio ${(alone.throughput / together.rate).toFixed(2)}`);
  } finally {
    await clean(dataSource);
    await database.close();
  }
}

const print = (name: string, { node, postgres, rate }: RowCost): void =>
  console.log(
    `${name.padEnd(15)} node ${node.toFixed(3)} ms, PostgreSQL ${postgres.toFixed(3)} ms a row, ${rate.toFixed(0)} rows/s`,
  );

function postsOf(payments: readonly object[], journal: string): Parameters<typeof load>[1][number] {
  let sent = 0;
  const headers = { 'Content-Type': 'application/json;IEEE754Compatible=true', Prefer: 'return=minimal' };
  const path = `customerPaymentJournals(${journal})/customerPayments`;
  return { next: () => ({ method: 'POST', path: `/v1.0/${path}`, headers, body: JSON.stringify(payments[sent++]) }) };
}

async function importing(
  dataSource: DataSource,
  company: string,
  payments: readonly Readonly<Record<string, string>>[],
): Promise<RowCost> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-import-'));
  const service = createPaymentService(loadConfig({}), { dataSource });
  try {
    const lines = [Object.keys(payments[0] ?? {}), ...payments.map((payment) => Object.values(payment))];
    const file = join(folder, 'payments.csv');
    await writeFile(file, lines.map((line) => line.join()).join('\n'));
    const backends: readonly { pid: number }[] = await dataSource.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'customer-payments-odata'`,
    );
    const cost = () => ({
      node: cpuOf(process.pid),
      postgres: backends.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
      time: performance.now(),
    });
    const before = cost();
    const { taken, isKept } = await importPayments(
      service,
      company,
      importOptions([file, '--journal', CODES.import, '--again']),
    );
    const after = cost();
    if (!isKept || taken !== ROWS) throw new Error(`Only ${taken} rows were imported.`);
    return {
      node: (after.node - before.node) / ROWS,
      postgres: (after.postgres - before.postgres) / ROWS,
      rate: (ROWS / (after.time - before.time)) * 1000,
    };
  } finally {
    await service.close();
    await rm(folder, { recursive: true });
  }
}

async function newJournals(dataSource: DataSource, company: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const code of Object.values(CODES)) {
    const rows: readonly { id: string }[] = await dataSource.query(
      'INSERT INTO customer_payment_journals (company_id, code) VALUES ($1, $2) RETURNING id',
      [company, code],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

async function clean(dataSource: DataSource): Promise<void> {
  const codes = [Object.values(CODES)];
  await dataSource.query('DELETE FROM customer_payment_journals WHERE code = ANY($1)', codes);
  await dataSource.query('DELETE FROM payment_imports WHERE journal_code = ANY($1)', codes);
}

main().catch(reportFailure);
