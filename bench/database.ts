/** The database that is measured on: one of its own for each tier, filled once and kept under .data/bench. */
import { join } from 'node:path';
import { loadConfig } from '../src/config';
import { openDatabase, type Database } from '../src/database';
import { prepareDatabase } from '../src/prepare-database';
import type { TierName } from '../src/seed';

/** The journal that is read whole. */
const LARGE = 20_001;
/** Lines of a journal of ordinary size. */
const ORDINARY = 500;
/** What the bench writes carries this as its external document number. */
export const MARK = 'BENCH';

/** What requests are made of. */
export interface Sample {
  readonly company: string;
  readonly large: string;
  /** The journal with the fewest payments. */
  readonly small: string;
  /** Journals of about 500 lines. */
  readonly journals: readonly string[];
  /** Payments of those, with their versions. */
  readonly payments: readonly { readonly journal: string; readonly id: string }[];
  readonly customers: readonly string[];
  /** Codes of a dimension and its values, the most used first. */
  readonly values: readonly { readonly dimension: string; readonly value: string }[];
  /** Three dimension lines of a new payment. */
  readonly lines: readonly { readonly code: string; readonly valueCode: string }[];
}

/** The folder of a tier's database. */
export const folderOf = (tier: TierName): string => join('.data', 'bench', tier);

/** Opens the database of a tier; fills it when it is empty, and removes what an earlier run has left in it. */
export async function openBenchDatabase(tier: TierName): Promise<Database> {
  const config = loadConfig({ DATA_DIR: folderOf(tier), SEED: tier, POOL_SIZE: '2', STATEMENT_TIMEOUT: '0' });
  const database = await openDatabase(config);
  await prepareDatabase(database.dataSource, config.seed, (message) => console.error(message));
  return database;
}

/** Removes what was written. */
export async function clean({ dataSource }: Database, { journals }: Sample): Promise<void> {
  await dataSource.query('DELETE FROM customer_payments WHERE journal_id = ANY($1) AND external_document_number = $2', [
    journals,
    MARK,
  ]);
  await dataSource.query('VACUUM customer_payments');
}

/** Draws the same sample every time. */
export async function sampleOf({ dataSource }: Database): Promise<Sample> {
  const column = async (sql: string, values: unknown[] = []): Promise<readonly string[]> => {
    const rows: readonly { readonly value: string }[] = await dataSource.query(sql, values);
    return rows.map(({ value }) => value);
  };
  const [company = ''] = await column('SELECT id AS value FROM companies ORDER BY name LIMIT 1');
  const [large] = await column(
    `SELECT journal_id AS value FROM customer_payments WHERE company_id = $1
    GROUP BY journal_id HAVING count(*) >= $2 ORDER BY count(*) DESC LIMIT 1`,
    [company, LARGE],
  );
  if (large === undefined) throw new Error(`No journal has ${LARGE} payments: the bench needs tier M or L.`);
  const [small = ''] = await column(
    `SELECT journal_id AS value FROM customer_payments WHERE company_id = $1 GROUP BY journal_id ORDER BY count(*), journal_id LIMIT 1`,
    [company],
  );
  const journals = await column(
    `SELECT journal_id AS value FROM customer_payments WHERE company_id = $1 GROUP BY journal_id ORDER BY abs(count(*) - $2), journal_id LIMIT 8`,
    [company, ORDINARY],
  );
  const payments: Sample['payments'] = await dataSource.query(
    `SELECT journal_id AS journal, id FROM customer_payments WHERE journal_id = ANY($1) AND customer_id IS NOT NULL ORDER BY md5(id::text) LIMIT 1000`,
    [journals],
  );
  const customers = await column(
    `SELECT number AS value FROM customers WHERE company_id = $1 AND blocked = 'None' ORDER BY md5(number) LIMIT 100`,
    [company],
  );
  const values: Sample['values'] = await dataSource.query(
    `SELECT d.code AS dimension, v.code AS value FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
    WHERE d.company_id = $1 AND d.code = 'DEPARTMENT' ORDER BY v.code LIMIT 10`,
    [company],
  );
  const lines: Sample['lines'] = await dataSource.query(
    `SELECT DISTINCT ON (d.code) d.code, v.code AS "valueCode" FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
    WHERE d.company_id = $1 AND NOT v.blocked ORDER BY d.code, v.code LIMIT 3`,
    [company],
  );
  return { company, large, small, journals, payments, customers, values, lines };
}
