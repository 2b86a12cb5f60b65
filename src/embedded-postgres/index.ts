/**
 * A real PostgreSQL 18 from npm, started as a child process: for trying the service out, for development and for tests. It listens on
 * loopback with a random password that only the owner of the data directory can read. Several processes may start it on one data
 * directory: they share one server, and the last one to stop ends it. A server that outlived its process (kill -9) is taken over.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, chooseAccount } from './account';
import { type Binaries, locateBinaries } from './binaries';
import { type Cluster, clusterDirectory, prepareCluster } from './cluster';
import { errorCode } from './error-code';
import { type Lease, takeLease } from './lease';
import { findPostmaster, freePort, launchPostmaster, type Launched, stopPostmaster } from './postmaster';
import { StartError } from './start-error';

export { StartError };

/** What an embedded server is started with. */
export interface EmbeddedPostgresOptions {
  /** The folder that holds the database and its log; made if it is missing. */
  readonly dataDir: string;
  /** A fixed port; without it a free one. A server that already runs keeps the port it has. */
  readonly port?: number;
  /** PostgreSQL settings over the defaults below. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The use of an embedded server. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Gives the server up, and ends it when nobody else uses it. */
  readonly stop: () => Promise<void>;
}

/** For a small machine. Everything that keeps money safe (fsync, full_page_writes, synchronous_commit) stays on. */
const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
};

/** How long a server may take to come up: recovery after a kill reads everything written since the last checkpoint. */
const START_WITHIN_MS = 300_000;
/** How often a server that ends at once for a passing reason is started again, a fifth of a second apart. */
const MAX_LAUNCHES = 50;
const passingReason = /lock file|shared memory block|Address already in use|could not bind|could not create any TCP/i;

interface Context {
  readonly cluster: Cluster;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly options: EmbeddedPostgresOptions;
}

/** Starts the server of a data directory, or joins the one that runs there. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = clusterDirectory(resolve(options.dataDir));
  const account = await chooseAccount(directory);
  const binaries = await locateBinaries(account);
  const durable = options.settings?.['fsync'] !== 'off';
  const cluster = await prepareCluster(directory, account, binaries, durable);
  return bringUp({ cluster, account, binaries, options });
}

/** Joins whatever server runs, else launches one, until one answers. */
async function bringUp(context: Context): Promise<EmbeddedPostgres> {
  const deadline = Date.now() + START_WITHIN_MS;
  let launched: Launched | undefined;
  for (let launches = 0; Date.now() < deadline; await sleep(launched === undefined ? 200 : 30)) {
    const joined = await join(context);
    if (joined === 'starting') continue;
    if (joined !== undefined) return joined;
    if (launched !== undefined && launched.exitLog() === undefined) continue;
    if (launched !== undefined) refuseLasting(launched, launches);
    launched = await launch(context);
    launches += 1;
  }
  throw new StartError(
    `The embedded PostgreSQL in ${context.cluster.directory} did not come up in time; see its postgres.log`,
  );
}

function refuseLasting(launched: Launched, launches: number): void {
  const log = launched.exitLog() ?? '';
  if (launches >= MAX_LAUNCHES || !(passingReason.test(log) || log === '')) {
    throw new StartError(`The embedded PostgreSQL does not start: ${log}`);
  }
}

async function launch({ cluster, account, binaries, options }: Context): Promise<Launched> {
  const port = String(options.port ?? (await freePort()));
  return launchPostmaster(cluster.directory, account, binaries, { ...defaultSettings, ...options.settings, port });
}

/** A lease on the running server; 'starting' when it is not ready (or just going down), undefined when none runs. */
async function join({ cluster }: Context): Promise<EmbeddedPostgres | 'starting' | undefined> {
  const found = await findPostmaster(cluster.directory);
  if (found === undefined) return undefined;
  const url = `postgres://postgres:${cluster.password}@127.0.0.1:${found.port}/postgres`;
  try {
    const lease = await takeLease(url);
    return { url, stop: () => leave(lease, cluster.directory, found.pid) };
  } catch (error) {
    if (errorCode(error).startsWith('28')) {
      throw new StartError(`The PostgreSQL that runs in ${cluster.directory} does not accept the password kept there`, {
        cause: error,
      });
    }
    return 'starting';
  }
}

async function leave(lease: Lease, directory: string, pid: number): Promise<void> {
  const last = await lease.release();
  if (last) await stopPostmaster(directory, pid);
  await lease.end();
}
