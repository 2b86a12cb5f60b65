/** The postmaster: the server process of one cluster. Finds a running one, starts one, stops one. */
import { execFile } from 'node:child_process';
import { open, readFile, readlink, realpath, stat, truncate, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Account, spawnAs } from './account';
import type { Binaries } from './binaries';
import { clusterArgument } from './cluster';

/** A server process that the cluster's pid file names. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** A server process that we started: `ended` resolves, with the end of its log, when it stops by itself. */
export interface Launched {
  readonly ended: Promise<string>;
  readonly exitLog: () => string | undefined;
}

const MAX_LOG_BYTES = 10_000_000;

/**
 * The running postmaster of the cluster. A pid file left behind by a kill is no obstacle to PostgreSQL itself, except when its pid now
 * belongs to another process (or to one that nobody has reaped): then it is removed here.
 */
export async function findPostmaster(directory: string): Promise<Postmaster | undefined> {
  const file = join(directory, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  if (await serves(pid, directory)) return { pid, port: Number(lines[3] ?? 0) };
  if (isAlive(pid)) await unlink(file).catch(() => undefined);
  return undefined;
}

/** Whether the process exists and is the server of this very cluster: PostgreSQL works in its data directory. */
async function serves(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform === 'linux') {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    return cwd === (await realpath(directory));
  }
  const command = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return command?.stdout.includes(directory) === true;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Starts a postmaster in a session of its own, so that Ctrl-C reaches us and not it. */
export async function launchPostmaster(
  directory: string,
  account: Account | undefined,
  binaries: Binaries,
  settings: Readonly<Record<string, string>>,
): Promise<Launched> {
  const logFile = join(dirname(directory), 'postgres.log');
  await keepShort(logFile);
  const log = await open(logFile, 'a', 0o600);
  const start = (await log.stat()).size;
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawnAs(account, binaries.postgres, ['-D', clusterArgument(directory, account), ...options], {
    cwd: directory,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  child.unref();
  let exitLog: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => void readFrom(logFile, start).then(resolve));
  });
  void ended.then((text) => (exitLog = text));
  await log.close();
  return { ended, exitLog: () => exitLog };
}

async function keepShort(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => undefined);
  if (found !== undefined && found.size > MAX_LOG_BYTES) await truncate(logFile);
}

async function readFrom(file: string, start: number): Promise<string> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return bytes.subarray(start).subarray(-4000).toString('utf8').trim();
}

/** Ends the postmaster: sessions are cut off, data is flushed. After ten seconds the hard way, which the next start recovers from. */
export async function stopPostmaster(directory: string, pid: number): Promise<void> {
  const attempts = [
    { signal: 'SIGINT', forMs: 10_000 },
    { signal: 'SIGQUIT', forMs: 5_000 },
    { signal: 'SIGKILL', forMs: 2_000 },
  ] as const;
  for (const { signal, forMs } of attempts) {
    if (!(await serves(pid, directory))) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + forMs;
    while (Date.now() < deadline && (await serves(pid, directory))) await sleep(20);
  }
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
