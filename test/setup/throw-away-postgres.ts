/** A PostgreSQL for one run of the tests: it need not survive a power cut, so it never waits for the disk. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/embedded-postgres';
import { clusterDirectory } from '../../src/embedded-postgres/cluster';
import { findPostmaster } from '../../src/embedded-postgres/postmaster';

/** A running throw-away server. */
export interface ThrowAwayPostgres {
  readonly url: string;
  /** Stops it and removes everything of it. */
  readonly remove: () => Promise<void>;
}

/** What makes a server fast and its data worthless. */
export const throwAwaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
} as const;

const PREFIX = 'customer-payments-test-';
/** What the folders of the tests of the launcher begin with. */
export const faultsPrefix = 'embedded-postgres-test-';
/** One that is younger is perhaps still being started by another run. */
const BEGINNING_MS = 60_000;
/** A folder that has been there for so long was left behind by a killed run. */
const LEFT_BEHIND_AFTER_MS = 2 * 60 * 60_000;

/** Starts a server in a folder of its own under the system's temporary folder. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  await removeLeftBehind();
  const dataDir = await mkdtemp(join(tmpdir(), PREFIX));
  const { url, stop } = await startEmbeddedPostgres({ dataDir, settings: throwAwaySettings });
  const remove = async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, remove };
}

/** Ends the servers and removes the folders of runs that were killed. Another run may be doing the same: whoever loses lets it be. */
async function removeLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (name.startsWith(PREFIX) || name.startsWith(faultsPrefix)) {
      await removeIfLeftBehind(join(tmpdir(), name), name.startsWith(PREFIX)).catch(() => undefined);
    }
  }
}

/** A server of a whole run that nobody uses any more is ended at once; a test of faults leaves its own unused for moments. */
async function removeIfLeftBehind(dataDir: string, endAtOnce: boolean): Promise<void> {
  const found = await stat(dataDir);
  if (found.uid !== process.getuid?.()) return;
  const age = Date.now() - found.mtimeMs;
  const isOld = age > LEFT_BEHIND_AFTER_MS;
  const isRunning = async () => (await findPostmaster(clusterDirectory(dataDir))) !== undefined;
  const running = await isRunning();
  if (!isOld && !(running && endAtOnce && age > BEGINNING_MS)) return;
  if (running) await (await startEmbeddedPostgres({ dataDir })).stop();
  if (!(await isRunning())) await rm(dataDir, { recursive: true, force: true });
}
