/** The PostgreSQL server of this run of the tests. */
import { Client } from 'pg';

/** What the names of this run's databases begin with. */
export const prefix = `test_${process.env['TEST_RUN'] ?? 'alone'}_`;

/** Removes every database of this run from a server that outlives it. */
export async function dropRunDatabases(): Promise<void> {
  await withServer(async (server) => {
    const { rows } = await server.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of rows) await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}

/** Runs something with a session on the server's own database. */
export async function withServer<Result>(use: (server: Client) => Promise<Result>): Promise<Result> {
  const server = new Client({ connectionString: serverUrl() });
  await server.connect();
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'] ?? '';
  if (url === '') throw new Error('A test under test/unit may not use a database: none is started for those');
  return url;
}

/** The URL of a database on the server. */
export function databaseUrl(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}
