import type { DataSource } from 'typeorm';
import { loadConfig } from '../../src/config';
import { createDataSource, migrate } from '../../src/data-source';
import { openDatabase } from '../../src/database';
import { prepareDatabase } from '../../src/prepare-database';
import { reportFailure } from '../../src/run-command';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../setup/database';

const databases: TestDatabase[] = [];
const sources: DataSource[] = [];

async function connect({ url }: TestDatabase, statementTimeout = 0): Promise<DataSource> {
  const source = await createDataSource({ url, poolSize: 2, statementTimeout }).initialize();
  sources.push(source);
  return source;
}

async function kept(database: Promise<TestDatabase>): Promise<TestDatabase> {
  databases.push(await database);
  return database;
}

async function one(source: DataSource, text: string): Promise<unknown> {
  const rows = await source.query<{ value: unknown }[]>(text);
  return rows[0]?.value;
}

afterAll(async () => {
  await Promise.all(sources.map((source) => source.destroy()));
  await Promise.all(databases.map(({ drop }) => drop()));
});

it('a DATABASE_URL that leads to no database is told in one sentence, without its password', async () => {
  const { url } = await kept(emptyDatabase());
  const wrong: readonly [(given: URL) => void, RegExp][] = [
    [(given) => (given.port = '1'), /^DATABASE_URL leads to no database that can be used: .*ECONNREFUSED/],
    [(given) => (given.pathname = '/nowhere'), /^DATABASE_URL .*: database "nowhere" does not exist$/],
    [(given) => (given.password = 'secret-1'), /^DATABASE_URL .*: password authentication failed for user /],
  ];
  for (const [change, message] of wrong) {
    const given = new URL(url);
    change(given);
    const said: unknown[] = [];
    const print = jest.spyOn(console, 'error').mockImplementation((line) => void said.push(line));
    await openDatabase(loadConfig({ DATABASE_URL: given.href })).catch(reportFailure);
    print.mockRestore();
    process.exitCode = 0;
    expect(said).toEqual([expect.stringMatching(message)]);
    expect(String(said)).not.toContain('secret-1');
  }
});

describe('a session', () => {
  let source: DataSource;

  beforeAll(async () => {
    source = await connect(await kept(emptyDatabase()), 1234);
  });

  test.each([
    ['TimeZone', 'UTC'],
    ['DateStyle', 'ISO, MDY'],
    ['IntervalStyle', 'iso_8601'],
    ['extra_float_digits', '1'],
    ['client_encoding', 'UTF8'],
    ['statement_timeout', '1234ms'],
    ['application_name', 'customer-payments-odata'],
  ])('has %s = %s', async (setting, expected) => {
    expect(await one(source, `SELECT current_setting('${setting}') AS value`)).toBe(expected);
  });

  test('says itself that no statement is compiled: a server that can would spend longer on it than on the statement', async () => {
    const setting = "SELECT setting || ', ' || source AS value FROM pg_settings WHERE name = 'jit'";
    expect(await one(source, setting)).toBe('off, client');
  });

  test('is cut off after the statement timeout', async () => {
    // Long enough for what TypeORM asks when it connects, on a busy machine, too.
    const impatient = await connect(await kept(emptyDatabase()), 1000);
    await expect(impatient.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  });
});

describe('migrations', () => {
  test('run once when several processes start together, and nothing is left to run', async () => {
    const database = await kept(emptyDatabase());
    const starting = [await connect(database, 2000), await connect(database, 2000), await connect(database, 2000)];
    const ran = await Promise.all(starting.map(migrate));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await migrate(await connect(database))).toEqual([]);
  });

  test('leave the schema exactly as the entities describe it', async () => {
    const source = await connect(await kept(freshDatabase()));
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});

test('processes that start together prepare an empty database once', async () => {
  const database = await kept(emptyDatabase());
  const starting = [await connect(database), await connect(database)];
  const reports: string[] = [];
  await Promise.all(starting.map((source) => prepareDatabase(source, 'S', (message) => reports.push(message))));
  expect(reports.map((message) => message.split(':')[0]).sort()).toEqual(['Sample data', 'Schema']);
});

test('every test file has a filled database of its own', async () => {
  const [mine, other] = [await kept(freshDatabase()), await kept(freshDatabase())];
  const [source, neighbour] = [await connect(mine), await connect(other)];
  const count = 'SELECT count(*)::int AS value FROM companies';
  expect(await one(source, count)).toBe(2);
  await source.query('CREATE TABLE only_here ()');
  await expect(neighbour.query('SELECT FROM only_here')).rejects.toMatchObject({ code: '42P01' });
});
