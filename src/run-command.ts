/** What every command of the command line shares: settings, an open database, and an exit code. */
import { ConfigError, type Config, loadConfig } from './config';
import { type Database, NoDatabaseError, openDatabase } from './database';
import { StartError } from './embedded-postgres';
import { ImportError } from './import/import-error';
import { NotEmptyError } from './seed';

/** Runs a command against the database and closes it, whatever happens; a failure is printed and ends with exit code 1. */
export async function runCommand(command: (database: Database, config: Config) => Promise<void>): Promise<void> {
  try {
    const config = loadConfig();
    const database = await openDatabase(config);
    try {
      await command(database, config);
    } finally {
      await database.close();
    }
  } catch (error) {
    reportFailure(error);
  }
}

/** Prints why the process cannot go on and makes it end with exit code 1. */
export function reportFailure(error: unknown): void {
  const expected = [ConfigError, StartError, NoDatabaseError, NotEmptyError, ImportError].some(
    (kind) => error instanceof kind,
  );
  console.error(expected && error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
