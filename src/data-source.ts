/** The one DataSource: entities, migrations, and the session settings that every connection starts with. */
import 'reflect-metadata';
import { DataSource, MigrationExecutor } from 'typeorm';
import { entities } from '../entities';
import { migrations } from './migrations';
import { SnakeCaseNamingStrategy } from './naming-strategy';
import { sessionOptions } from './odata';

/** Where and how to connect. */
interface DataSourceSettings {
  readonly url: string;
  readonly poolSize: number;
  /** Milliseconds a statement may take; 0 for no limit. */
  readonly statementTimeout: number;
}

const APPLICATION_NAME = 'customer-payments-odata';
const MIGRATION_LOCK = 1_869_898_598;

/** A DataSource that is not connected yet; it changes no schema by itself. */
export function createDataSource({ url, poolSize, statementTimeout }: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName: APPLICATION_NAME,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: 'schema_migration',
    synchronize: false,
    migrationsRun: false,
    namingStrategy: new SnakeCaseNamingStrategy(),
    connectTimeoutMS: 10_000,
    extra: { options: sessionOptions(statementTimeout) },
  });
}

/**
 * Brings the schema up to date, all or nothing; returns the names of the migrations it ran. Processes that start together take turns,
 * and the lock ends with the transaction, so that it works behind a transaction pooler too.
 */
export async function migrate(source: DataSource): Promise<readonly string[]> {
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  try {
    await runner.query('SET LOCAL statement_timeout = 0');
    await runner.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'all';
    const done = await executor.executePendingMigrations();
    await runner.commitTransaction();
    return done.map((migration) => migration.name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}
