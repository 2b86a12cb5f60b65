/** What the embedded PostgreSQL has to survive. Each test has a data directory of its own; nothing outlives the file. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres';
import { clusterDirectory } from '../../src/embedded-postgres/cluster';
import { findPostmaster } from '../../src/embedded-postgres/postmaster';
import { takeLease } from '../../src/embedded-postgres/lease';
import { faultsPrefix, throwAwaySettings } from '../setup/throw-away-postgres';

/** A kill loses nothing that reached the operating system: only a power cut needs fsync. */
const fast = { ...throwAwaySettings, synchronous_commit: 'on' };

/** A data directory with a new database, made once: most tests begin with a copy of it. */
let readyMade: string;
let dataDir: string;
let running: EmbeddedPostgres[];

const newFolder = () => mkdtemp(join(tmpdir(), faultsPrefix));

beforeAll(async () => {
  readyMade = await newFolder();
  const server = await startEmbeddedPostgres({ dataDir: readyMade, settings: fast });
  await server.stop();
});

beforeEach(async () => {
  dataDir = await newFolder();
  running = [];
});

afterAll(() => rm(readyMade, { recursive: true, force: true }));

afterEach(async () => {
  for (const server of running) await server.stop();
  const left = await findPostmaster(clusterDirectory(dataDir));
  if (left !== undefined) process.kill(left.pid, 'SIGQUIT');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings: { ...fast, ...settings } });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows[0]?.['value'];
  } finally {
    await client.end();
  }
}

async function postmasterPid(): Promise<number> {
  const found = await findPostmaster(clusterDirectory(dataDir));
  if (found === undefined) throw new Error('no server runs');
  return found.pid;
}

async function killPostmaster(): Promise<number> {
  const pid = await postmasterPid();
  process.kill(pid, 'SIGKILL');
  return pid;
}

const writeOne = 'CREATE TABLE kept AS SELECT 1 AS value';
const readOne = 'SELECT value FROM kept';

describe('a new data directory', () => {
  test('it is UTF-8, sorts by code point and runs in UTC', async () => {
    const { url } = await start();
    expect(
      await query(url, "SELECT pg_encoding_to_char(encoding) AS value FROM pg_database WHERE datname = 'postgres'"),
    ).toBe('UTF8');
    expect(
      await query(url, "SELECT string_agg(x, '' ORDER BY x) AS value FROM unnest(ARRAY['a','B','é','Z','ø']) AS x"),
    ).toBe('BZaéø');
    expect(await query(url, "SELECT upper('æøåé') AS value")).toBe('ÆØÅÉ');
    expect(await query(url, "SELECT current_setting('TimeZone') AS value")).toBe('UTC');
    expect(await query(url, "SELECT current_setting('listen_addresses') AS value")).toBe('127.0.0.1');
  });

  test('two starts at once on a new data directory share one server, and the last stop ends it', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.url).toBe(second.url);
    await first.stop();
    expect(await query(second.url, 'SELECT 1 AS value')).toBe(1);
    await second.stop();
    expect(await findPostmaster(clusterDirectory(dataDir))).toBeUndefined();
  });

  test('what an interrupted initdb left is ignored, and removed when it is old', async () => {
    const [fresh, old] = [`${clusterDirectory(dataDir)}.new-fresh`, `${clusterDirectory(dataDir)}.new-old`];
    for (const left of [fresh, old]) await mkdir(join(left, 'base'), { recursive: true });
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(old, yesterday, yesterday);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS value')).toBe(1);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres-18', 'postgres-18.new-fresh', 'postgres.log']);
  });

  test('a folder that is no database of ours is left alone', async () => {
    await mkdir(clusterDirectory(dataDir));
    await writeFile(join(clusterDirectory(dataDir), 'mine.txt'), 'mine');
    await expect(start()).rejects.toThrow('is no database of this service; set DATA_DIR to another folder');
    await expect(startEmbeddedPostgres({ dataDir: '/dev/null/data' })).rejects.toThrow(
      'DATA_DIR /dev/null/data cannot be made; set it to a folder that can be written',
    );
    expect(await readFile(join(clusterDirectory(dataDir), 'mine.txt'), 'utf8')).toBe('mine');
  });
});

describe('an existing data directory', () => {
  beforeEach(() => cp(readyMade, dataDir, { recursive: true }));

  test('it starts, keeps data over a stop, and leaves nothing running', async () => {
    const first = await start();
    await query(first.url, writeOne);
    await first.stop();
    expect(await findPostmaster(clusterDirectory(dataDir))).toBeUndefined();
    const second = await start();
    expect(await query(second.url, readOne)).toBe(1);
  });

  test('nobody gets in without the password', async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const mode = (await stat(clusterDirectory(dataDir))).mode & 0o777;
    expect(mode).toBe(0o700);
  });

  test('a killed server is started again at once, with what it had committed', async () => {
    const first = await start();
    await query(first.url, writeOne);
    await killPostmaster();
    const second = await start();
    expect(await query(second.url, readOne)).toBe(1);
  });

  test('a server killed twice in its first second comes back', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { url } = await start();
      expect(await query(url, 'SELECT 1 AS value')).toBe(1);
      await killPostmaster();
    }
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS value')).toBe(1);
  });

  test('a server whose process was killed is taken over, and ended by the one that took it', async () => {
    const orphaned = await start();
    const pid = await postmasterPid();
    // What a kill -9 of the node process leaves behind: a server, and no session that holds a lease.
    await query(
      orphaned.url,
      "SELECT pg_terminate_backend(pid) AS value FROM pg_stat_activity WHERE application_name = 'lease'",
    );
    const heir = await start();
    expect(await postmasterPid()).toBe(pid);
    await heir.stop();
    expect(await findPostmaster(clusterDirectory(dataDir))).toBeUndefined();
  });

  test('a stop during the start of another leaves the other one running', async () => {
    const first = await start();
    const [, second] = await Promise.all([first.stop(), start()]);
    expect(await query(second.url, 'SELECT 1 AS value')).toBe(1);
  });

  test('a pid file that names a foreign process is no obstacle', async () => {
    const first = await start();
    await first.stop();
    const file = join(clusterDirectory(dataDir), 'postmaster.pid');
    await writeFile(file, `${process.pid}\n${clusterDirectory(dataDir)}\n0\n1\n\n127.0.0.1\n`, { mode: 0o644 });
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS value')).toBe(1);
  });

  test('a setting that PostgreSQL refuses is reported at once, with its reason', async () => {
    await expect(start({ shared_buffers: 'plenty' })).rejects.toThrow(/does not start.*shared_buffers/s);
  });

  test('who gave its lease up last may end the server, and only the last', async () => {
    const { url } = await start();
    const [one, two] = await Promise.all([takeLease(url), takeLease(url)]);
    await running.pop()?.stop();
    expect(await one.release()).toBe(false);
    expect(await two.release()).toBe(true);
    await Promise.all([one.end(), two.end()]);
  });

  test('Ctrl-C lets `npm run dev` end by itself, however often the terminal and npm send it', async () => {
    const program = join(__dirname, '..', '..', 'scripts', 'start.mjs');
    const dev = spawn(process.execPath, [program, '--watch'], {
      env: { ...process.env, DATABASE_URL: '', DATA_DIR: dataDir, PORT: '0', SEED: 'none' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines: string[] = [];
    let again: NodeJS.Timeout | undefined;
    for await (const line of createInterface({ input: dev.stdout })) {
      lines.push(line);
      if (line.startsWith('Serving ')) again = setInterval(() => dev.kill('SIGINT'), 100);
    }
    clearInterval(again);
    expect(lines.filter((line) => line.includes("hasn't exited yet"))).toEqual([]);
  });
});
