/** Opens the database that the settings name, for the service and for every command. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Config } from './config';
import { createDataSource } from './data-source';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres';
import { errorCode } from './embedded-postgres/error-code';

/** An open database, and how to leave it. */
export interface Database {
  readonly dataSource: DataSource;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Thrown when DATABASE_URL leads nowhere, with what the driver says of it. */
export class NoDatabaseError extends Error {
  override readonly name = 'NoDatabaseError';

  constructor(cause: unknown) {
    // Several addresses that all failed are told by their code only.
    const reason = (cause instanceof Error ? cause.message : '') || errorCode(cause);
    super(`DATABASE_URL leads to no database that can be used: ${reason}`, { cause });
  }
}

/** Statements still running at the end may take this long to finish. */
const DRAIN_WITHIN_MS = 3_000;

/**
 * Connects to DATABASE_URL, or starts (or joins) the embedded PostgreSQL under DATA_DIR and connects to that. `loading` goes on while
 * PostgreSQL starts and is over before anything connects: modules that load hold up the event loop, and on a busy machine a connection
 * would run into its time limit meanwhile.
 */
export async function openDatabase(config: Config, loading?: Promise<unknown>): Promise<Database> {
  const server =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir })
      : external(config.databaseUrl);
  const { poolSize, statementTimeout } = config;
  const dataSource = createDataSource({ url: server.url, poolSize, statementTimeout });
  try {
    await loading;
    await dataSource.initialize();
  } catch (error) {
    await server.stop();
    throw config.databaseUrl === undefined ? error : new NoDatabaseError(error);
  }
  const close = async () => {
    await Promise.race([dataSource.destroy(), sleep(DRAIN_WITHIN_MS, undefined, { ref: false })]);
    await server.stop();
  };
  return { dataSource, url: server.url, close };
}

function external(url: string): EmbeddedPostgres {
  return { url, stop: () => Promise.resolve() };
}
