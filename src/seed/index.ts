/** Sample data: deterministic, made by PostgreSQL itself in sets, all of it or nothing. */
import type { DataSource } from 'typeorm';
import { type Seeding, seeding } from './seeding';
import { seedCompanies } from './steps/companies';
import { seedCustomers } from './steps/customers';
import { seedDimensionLines } from './steps/dimension-lines';
import { seedDimensions } from './steps/dimensions';
import { createFunctions, dropFunctions } from './steps/functions';
import { seedInvoices } from './steps/invoices';
import { seedJournals } from './steps/journals';
import { seedLedger } from './steps/ledger';
import { seedNumberSeries } from './steps/number-series';
import { seedPayments } from './steps/payments';
import { rowsOf, type TierName, tiers } from './tiers';
import { withoutIndexes } from './without-indexes';

export { seedId } from './seed-id';
export type { TierName } from './tiers';

/** Tells how many of the rows are there, and what is being made. */
export type OnProgress = (done: number, total: number, what: string) => void;

/** Two processes that seed at once take turns. */
const SEED_LOCK = 1_936_024_932;

/** Thrown instead of mixing sample data with what is there already. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';

  constructor() {
    super('The database already holds data; sample data is loaded into an empty database only.');
  }
}

/** Whether no company is there yet. */
export async function isEmpty(dataSource: DataSource): Promise<boolean> {
  const rows: unknown[] = await dataSource.query('SELECT FROM companies LIMIT 1');
  return rows.length === 0;
}

/** Fills an empty, migrated database with the rows of a tier. One transaction: when it is cut off, the database is as empty as before. */
export async function seed(
  dataSource: DataSource,
  tierName: TierName,
  options: { readonly onProgress?: OnProgress } = {},
): Promise<void> {
  const tier = tiers[tierName];
  const total = rowsOf(tier);
  let done = 0;
  const advance = (rows: number, what: string): void => options.onProgress?.((done += rows), total, what);
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  try {
    await fill(seeding(runner, tier, advance));
    await runner.commitTransaction();
    advance(0, 'statistics');
    // Outside of the transaction: marks the pages that every reader can see, so that indexes alone answer.
    await runner.query('SET statement_timeout = 0');
    const tables = dataSource.entityMetadatas
      .filter(({ tableType }) => tableType === 'regular')
      .map(({ tablePath }) => tablePath);
    await runner.query(`VACUUM (ANALYZE) ${tables.join(', ')}`);
    await runner.query('RESET statement_timeout');
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

async function fill(work: Seeding): Promise<void> {
  const { run } = work;
  await run('SET LOCAL statement_timeout = 0');
  await run(`SET LOCAL work_mem = '64MB'`);
  await run(`SET LOCAL maintenance_work_mem = '256MB'`);
  await run(`SET LOCAL synchronous_commit = off`);
  await run(`SET LOCAL TimeZone = 'UTC'`);
  await run('SELECT pg_advisory_xact_lock($1)', [SEED_LOCK]);
  if ((await run('SELECT FROM companies LIMIT 1')).length > 0) throw new NotEmptyError();
  await createFunctions(work);
  await seedCompanies(work);
  await seedDimensions(work);
  await withoutIndexes(work, async () => {
    await seedCustomers(work);
    await seedInvoices(work);
    await seedJournals(work);
    await seedPayments(work);
    await seedDimensionLines(work);
    await seedLedger(work);
  });
  await seedNumberSeries(work);
  await dropFunctions(work);
}
