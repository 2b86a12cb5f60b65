/** Databases for tests: each caller gets one of its own, copied in milliseconds from a template that is made once a run. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { createDataSource, migrate } from '../../src/data-source';
import { seed } from '../../src/seed';
import { databaseUrl, prefix, withServer } from './server';

/** A database that nobody else uses. */
export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

const TEMPLATE_LOCK = 1_869_898_599;
const template = `${prefix}template`;

/** A database with the schema and the sample data of tier S. */
export async function freshDatabase(): Promise<TestDatabase> {
  return withServer(async (server) => {
    await makeTemplate(server);
    return createDatabase(server, `TEMPLATE ${template}`);
  });
}

/** A database without anything in it. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return withServer((server) => createDatabase(server, 'TEMPLATE template0'));
}

async function createDatabase(server: Client, options: string): Promise<TestDatabase> {
  const name = prefix + randomBytes(6).toString('hex');
  await server.query(`CREATE DATABASE ${name} ${options}`);
  const drop = () =>
    withServer(async (again) => {
      await leftAlone(again, name);
      await again.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  return { url: databaseUrl(name), drop };
}

/** Waits for connections that are closing: one that is ended by force tells it to whichever test runs then. */
async function leftAlone(server: Client, name: string): Promise<void> {
  for (let tries = 0; tries < 80; tries++) {
    const { rowCount } = await server.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name]);
    if (rowCount === 0) return;
    await setTimeout(25);
  }
}

/** Makes the template under another name and renames it when complete; one test file makes it, the others wait. */
async function makeTemplate(server: Client): Promise<void> {
  await server.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await databaseExists(server, template)) return;
    const building = `${template}_new`;
    await server.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${building} TEMPLATE template0`);
    await fill(databaseUrl(building));
    await server.query(`ALTER DATABASE ${building} RENAME TO ${template}`);
  } finally {
    await server.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function databaseExists(server: Client, name: string): Promise<boolean> {
  const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

async function fill(url: string): Promise<void> {
  const source = createDataSource({ url, poolSize: 2, statementTimeout: 0 });
  await source.initialize();
  try {
    await migrate(source);
    await seed(source, 'S');
  } finally {
    await source.destroy();
  }
}
