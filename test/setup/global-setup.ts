/** Before a run of jest: one throw-away PostgreSQL for all test files, unless TEST_DATABASE_URL names one or only unit tests run. */
import { randomBytes } from 'node:crypto';
import type { Config } from 'jest';
import { startThrowAwayPostgres } from './throw-away-postgres';

declare global {
  var stopThrowAwayPostgres: (() => Promise<void>) | undefined;
}

/** What jest hands to the set-up, as far as we use it. */
type GlobalConfig = Config & { readonly testPathPatterns?: { readonly patterns?: readonly string[] } };

export default async function globalSetup(config: GlobalConfig): Promise<void> {
  process.env['TEST_RUN'] = randomBytes(4).toString('hex');
  if ((process.env['TEST_DATABASE_URL'] ?? '') !== '' || onlyUnitTests(config)) return;
  const { url, remove } = await startThrowAwayPostgres();
  process.env['TEST_DATABASE_URL'] = url;
  globalThis.stopThrowAwayPostgres = remove;
}

function onlyUnitTests({ testPathPatterns }: GlobalConfig): boolean {
  const patterns = testPathPatterns?.patterns ?? [];
  return patterns.length > 0 && patterns.every((pattern) => pattern.includes('test/unit'));
}
