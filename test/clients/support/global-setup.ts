/** Before the clients' tests: the throw-away PostgreSQL, and trust in certificates that the tests make themselves. */
import type { Config } from 'jest';
import startPostgres from '../../setup/global-setup';

export default async function globalSetup(config: Config): Promise<void> {
  // The Graph client uses the process's fetch, which takes no certificate of our own; this process asks nobody but the tests' servers.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  await startPostgres(config);
}
