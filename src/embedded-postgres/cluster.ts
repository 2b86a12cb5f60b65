/**
 * The cluster: PostgreSQL's own data directory, under DATA_DIR. It is made in a folder of another name and renamed when complete, so an
 * interrupted start leaves nothing that the next one could take for a database.
 */
import { randomBytes } from 'node:crypto';
import {
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Account, runAs } from './account';
import type { Binaries } from './binaries';
import { errorCode } from './error-code';
import { StartError } from './start-error';

/** A complete cluster and the secret that opens it. */
export interface Cluster {
  readonly directory: string;
  readonly password: string;
}

const MAJOR = '18';
const PASSWORD_FILE = 'superuser-password';
/** A half-made cluster that has not been touched for so long is nobody's work in progress. */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** The folder of the cluster under DATA_DIR. */
export function clusterDirectory(dataDir: string): string {
  return join(dataDir, `postgres-${MAJOR}`);
}

/**
 * How PostgreSQL names the cluster it is started in: under another account on Linux through its working directory, because that account
 * may not be able to reach the folder by its full name (a project in a private home).
 */
export function clusterArgument(directory: string, account: Account | undefined): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : directory;
}

/** Opens the cluster, or makes it. `durable: false` skips flushing a new one to the disk. */
export async function prepareCluster(
  directory: string,
  account: Account | undefined,
  binaries: Binaries,
  durable: boolean,
): Promise<Cluster> {
  if (!(await exists(directory))) {
    await makeDataDir(dirname(directory));
    await removeAbandoned(directory);
    await makeCluster(directory, account, binaries, durable);
  }
  if (account !== undefined && (await stat(directory)).uid !== account.uid) await giveTo(account, directory);
  return { directory, password: await readPassword(directory) };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    throw error;
  }
}

async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (error) {
    throw new StartError(`DATA_DIR ${dataDir} cannot be made; set it to a folder that can be written`, {
      cause: error,
    });
  }
}

async function readPassword(directory: string): Promise<string> {
  try {
    return (await readFile(join(directory, PASSWORD_FILE), 'utf8')).trim();
  } catch (error) {
    const hint = errorCode(error) === 'EACCES' ? 'belongs to another user' : 'is no database of this service';
    throw new StartError(`${directory} ${hint}; set DATA_DIR to another folder`, { cause: error });
  }
}

async function makeCluster(
  directory: string,
  account: Account | undefined,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const building = await mkdtemp(`${directory}.new-`).catch((error: unknown) => {
    throw new StartError(`${dirname(directory)} cannot be written; set DATA_DIR to another folder`, { cause: error });
  });
  try {
    await initialise(building, account, binaries, durable);
    await rename(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCode(error)) || !(await exists(directory))) throw error;
  }
}

async function initialise(
  building: string,
  account: Account | undefined,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const passwordFile = `${building}-password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(building, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const stdin = await open(passwordFile);
  try {
    const source = process.platform === 'win32' ? passwordFile : '/dev/stdin';
    const args = [...initdbArguments(durable), `--pwfile=${source}`, '-D', clusterArgument(building, account)];
    const outcome = await runAs(account, binaries.initdb, args, { cwd: building, stdin: stdin.fd });
    if (!outcome.ok) throw new StartError(`initdb failed: ${outcome.output}`);
  } finally {
    await stdin.close();
    await rename(passwordFile, join(building, PASSWORD_FILE));
  }
}

/** UTF-8, compared by code point, with Unicode's rules for upper and lower case, whatever the machine has installed. */
function initdbArguments(durable: boolean): readonly string[] {
  return [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}

async function removeAbandoned(directory: string): Promise<void> {
  const parent = dirname(directory);
  const prefix = `${basename(directory)}.new-`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const found = await stat(join(parent, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

async function giveTo(account: Account, path: string): Promise<void> {
  await lchown(path, account.uid, account.gid);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(account, join(path, name));
}
