/**
 * `npm run build`: the service as JavaScript in ./dist, the page beside it bundled. `npm start` runs the same from a folder of its own, made
 * when a source has changed. Types are checked by `npm test`, not here: this takes less than a second.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectRoot } from './install.mjs';

const require = createRequire(import.meta.url);
const folders = ['src', 'entities', 'bench'];
/** What it loads from its own folder lies beside it. */
const SERVICE = 'src/main.ts';
const modules = join(projectRoot, 'node_modules');
const cache = join(modules, '.cache', 'customer-payments');
/** What nobody has started for so long is removed. */
const KEPT_MS = 24 * 3_600_000;

/** Names of the files below the folders that hold programs, from the project's root. */
function sources() {
  return folders
    .map((folder) => join(projectRoot, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))
    .sort();
}

/** Compiles every module by itself, so that files lie beside each other as their sources do, and the service as one file, which starts faster. */
function build(outdir) {
  const { buildSync } = require('esbuild');
  const common = {
    absWorkingDir: projectRoot,
    outdir,
    outbase: '.',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
  };
  buildSync({
    ...common,
    entryPoints: sources().filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && name !== SERVICE),
  });
  buildSync({ ...common, entryPoints: [SERVICE], bundle: true, packages: 'external' });
  const page = join(outdir, 'src', 'page');
  cpSync(join(projectRoot, 'src', 'page'), page, { recursive: true });
  require(join(outdir, 'src', 'page-bundle.js')).buildBundle(page);
}

/** A name that changes with the sources, whatever their times say, with where they lie, and with how they are compiled. */
function version() {
  const hash = createHash('sha256').update(projectRoot);
  for (const name of [...sources(), 'tsconfig.json', join('scripts', 'build.mjs')]) {
    const bytes = readFileSync(join(projectRoot, name));
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The folder of the compiled programs, made unless it is there. Several processes may ask for it at once: whole it takes its name. It lies with
 * the packages, or, for a user who may only read those, among temporary files.
 */
export function compiled() {
  const name = version();
  const folder = join(cache, name);
  if (mayWrite(existsSync(cache) ? cache : modules)) return madeIn(cache, name);
  return existsSync(folder) ? folder : madeIn(ownCache(), name);
}

function mayWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder that nobody else may write to, since what lies there is run; no link to another one, since what is old there is removed. */
function ownCache() {
  const folder = join(tmpdir(), `customer-payments-${process.getuid?.() ?? 'own'}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isOwn = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
  if (!found.isDirectory() || !isOwn)
    throw new Error(`${folder} belongs to somebody else. Remove it, or name another folder in TMPDIR.`);
  return folder;
}

function madeIn(cache, name) {
  const folder = join(cache, name);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    if (!unfinished.startsWith(modules)) symlinkSync(modules, join(unfinished, 'node_modules'), 'junction');
    // In a process of its own: what compiles would stay in the memory of the program.
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), unfinished], {
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) process.exit(1);
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(unfinished, { recursive: true });
    }
    removeOld(cache);
  }
  touch(folder);
  return folder;
}

/** Only its owner may set when it was used last. */
function touch(folder) {
  const { uid } = statSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) return;
  const now = new Date();
  utimesSync(folder, now, now);
}

function removeOld(cache) {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = join(projectRoot, 'dist');
  const [, , outdir = dist] = process.argv;
  if (outdir === dist) rmSync(dist, { recursive: true, force: true });
  build(outdir);
}
