/** The two servers as child processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Subject } from './load';
import { LIMIT_NAME, OUR_NAME } from './names';

/** A server that runs. */
export interface BenchServer extends Subject {
  readonly root: string;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 60_000;
const OUTPUT = join('.data', 'bench');

/** Our service, its log in a file: nothing that reads it takes part. `profile` is a folder for a CPU profile, written when it stops. */
export function startOurs(dataSource: DataSource, url: string, profile?: string): Promise<BenchServer> {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  return startService(dataSource, url, OUR_NAME, '.', flags);
}

/** The service of another folder, such as an older version; `name` tells its connections apart. */
export function startService(
  dataSource: DataSource,
  url: string,
  name: string,
  folder: string,
  flags: readonly string[] = [],
): Promise<BenchServer> {
  const program = [...flags, join(folder, 'scripts', 'start.mjs'), 'src/main.ts'];
  return start(dataSource, name, program, { DATABASE_URL: named(url, name), PORT: '0', SEED: 'none' });
}

/** The same database; the connections are told apart by name. */
function named(url: string, name: string): string {
  const whole = new URL(url);
  whole.searchParams.set('application_name', name);
  return whole.href;
}

/** The limit server. */
export const startLimit = (dataSource: DataSource, url: string): Promise<BenchServer> =>
  start(dataSource, LIMIT_NAME, [join('scripts', 'start.mjs'), 'bench/limit.ts'], { DATABASE_URL: url });

async function start(
  dataSource: DataSource,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<BenchServer> {
  const { npm_lifecycle_event: _, ...inherited } = process.env;
  const file = join(OUTPUT, `${name}.log`);
  const log = openSync(file, 'w');
  const child = spawn(process.execPath, [...args], { env: { ...inherited, ...env }, stdio: ['ignore', log, log] });
  const port = await portOf(child, file);
  const backends = async (): Promise<readonly number[]> => {
    const rows: readonly { pid: number }[] = await dataSource.query(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
      [name],
    );
    return rows.map(({ pid }) => pid);
  };
  return { port, pid: child.pid ?? 0, root: `http://bench/v1.0/`, backends, stop: () => stop(child) };
}

/** Reads what the server prints until it tells its port. */
async function portOf(child: ChildProcess, file: string): Promise<number> {
  const deadline = Date.now() + START_WITHIN_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const [, port] = /^Serving http:\/\/[^:]+:(\d+)/m.exec(readFileSync(file, 'utf8')) ?? [];
    if (port !== undefined) return Number(port);
    await sleep(5);
  }
  throw new Error(`The server did not start: ${readFileSync(file, 'utf8').slice(0, 2000)}`);
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
