/** The database is restarted while many write: what was acknowledged is there once, and the service needs nobody's help. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres';
import { clusterDirectory } from '../../src/embedded-postgres/cluster';
import { findPostmaster, freePort } from '../../src/embedded-postgres/postmaster';
import { startProxy, type DatabaseProxy } from '../setup/database-proxy';
import { repeatable } from '../setup/repeatable';
import { startServerProcess, type ServerProcess } from '../setup/server-process';
import { faultsPrefix, throwAwaySettings } from '../setup/throw-away-postgres';

let dataDir: string;
let port: number;
let url: string;
let proxy: DatabaseProxy;
let server: ServerProcess;
const running: EmbeddedPostgres[] = [];

/** What is committed survives the end of the database's processes; only a power cut needs fsync. */
const settings = { ...throwAwaySettings, synchronous_commit: 'on' };

async function startDatabase(): Promise<void> {
  const database = await startEmbeddedPostgres({ dataDir, port, settings });
  running.push(database);
  ({ url } = database);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), faultsPrefix));
  port = await freePort();
  await startDatabase();
  proxy = await startProxy(url);
  server = await startServerProcess(proxy.url);
  await sql(`INSERT INTO companies (name, display_name) VALUES ('TEST', 'Test')`);
}, 120_000);

afterAll(async () => {
  server.kill();
  await server.ended;
  await proxy.close();
  for (const database of running) await database.stop();
  const left = await findPostmaster(clusterDirectory(dataDir));
  if (left !== undefined) process.kill(left.pid, 'SIGQUIT');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

async function sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** As pg_ctl restart does it: `SIGINT` for -m fast, `SIGQUIT` for -m immediate. Resolves when the server answers again. */
async function restart(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const postmaster = await findPostmaster(clusterDirectory(dataDir));
  process.kill(postmaster?.pid ?? 0, signal);
  while ((await findPostmaster(clusterDirectory(dataDir))) !== undefined) await sleep(10);
  await sees(() => unavailable > 0);
  expect((await server.send('GET', new URL('/health/ready', server.root).href))?.status).toBe(503);
  await startDatabase();
}

/** Waits for something that the writers do. */
async function sees(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

/** Comments of payments by what their client knows of them. */
const acknowledged = new Set<string>();
const unknown = new Set<string>();
const patient = new Set<string>();
const odd: string[] = [];
let unavailable = 0;
let isOver = false;

/** Writes payments one after the other. A patient one sends each until it is answered, with the same identifier; another one only once. */
async function writer(name: string, journal: string, isPatient: boolean): Promise<void> {
  const path = `customerPaymentJournals(${journal})/customerPayments`;
  for (let count = 1; !isOver; count++) {
    const comment = `${name} ${count}`;
    const headers = isPatient ? repeatable() : {};
    if (isPatient) patient.add(comment);
    for (let again = true; again;) {
      const answer = await server.send('POST', path, headers, { comment, amount: -1 });
      const isUnavailable = answer?.status === 503 && answer.headers.get('retry-after') !== null;
      if (isUnavailable) unavailable += 1;
      else if (answer?.status !== 201) odd.push(`${answer?.status} ${answer?.text}`);
      if (answer?.status === 201) acknowledged.add(comment);
      else if (!isPatient) unknown.add(comment);
      again = isPatient && isUnavailable;
      if (isUnavailable) await sleep(20);
    }
  }
}

async function stored(journal: string): Promise<readonly string[]> {
  const rows = await sql('SELECT comment FROM customer_payments WHERE journal_id = $1', [journal]);
  return rows.map(({ comment }) => String(comment));
}

test('[363] a restart under load loses no acknowledged write and doubles none; the service answers 503 meanwhile and heals by itself', async () => {
  const journal = await server.send('POST', 'customerPaymentJournals', {}, { code: 'RESTART' });
  const id = String(journal?.json['id']);
  const writers = Array.from({ length: 6 }, (_, index) => writer(`w${index}`, id, index % 2 === 0));
  await sees(() => acknowledged.size > 50);
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    unavailable = 0;
    // What is committed now is answered to nobody: whoever sends it again must not double it.
    proxy.mute(({ text }) => /commit/i.test(text));
    while ((await stored(id)).every((comment) => acknowledged.has(comment) || !patient.has(comment))) await sleep(10);
    await restart(signal);
    const before = acknowledged.size;
    await sees(() => acknowledged.size > before + 50);
  }
  isOver = true;
  await Promise.all(writers);
  expect(odd).toEqual([]);
  expect((await server.send('GET', new URL('/health/ready', server.root).href))?.status).toBe(200);

  const comments = await stored(id);
  expect(new Set(comments).size).toBe(comments.length);
  expect([...acknowledged].filter((comment) => !comments.includes(comment))).toEqual([]);
  // What was sent once and not acknowledged may have been stored: nobody can tell the client.
  expect(comments.filter((comment) => !acknowledged.has(comment) && !unknown.has(comment))).toEqual([]);
}, 180_000);
