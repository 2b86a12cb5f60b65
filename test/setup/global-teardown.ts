/** After a run of jest, failed or not: nothing of it is left. */
import './global-setup';
import { dropRunDatabases } from './server';

export default async function globalTeardown(): Promise<void> {
  if (globalThis.stopThrowAwayPostgres !== undefined) return globalThis.stopThrowAwayPostgres();
  if ((process.env['TEST_DATABASE_URL'] ?? '') !== '') await dropRunDatabases();
}
