/** What `npm start` does before the program runs: compiles it, once, and lets errors name the lines of TypeScript. */
import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { entities } from '../../entities';
import { migrations } from '../../src/migrations';

const project = join(__dirname, '..', '..');

/** Runs a script that knows `compiled` and `mapStackTraces`. */
function runAny(script: string, options: SpawnSyncOptions): SpawnSyncReturns<string> {
  const source = `
    import { createRequire } from 'node:module';
    import { compiled } from './scripts/build.mjs';
    import { mapStackTraces } from './scripts/stack-traces.mjs';
    const require = createRequire(import.meta.url);
    ${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: project,
    ...options,
    encoding: 'utf8',
  });
}

/** The same, which must not fail; what it prints. */
function run(script: string, options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr } = runAny(script, options);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

it('compiles once, the page and its bundle included', () => {
  const [first = '', second] = run('console.log(compiled()); console.log(compiled());').split('\n');
  expect(second).toBe(first);
  for (const name of [
    'src/main.js',
    'entities/index.js',
    'bench/main.js',
    'src/page/index.html',
    'src/page/bundle/main.js',
  ])
    expect([name, existsSync(join(first, name))]).toEqual([name, true]);
});

it('classes keep their names in the one file of the service: $metadata and migrations have them from there', () => {
  const text = readFileSync(join(run('console.log(compiled())'), 'src', 'main.js'), 'utf8');
  const decorated = [...text.matchAll(/^ *\], (\w+)\);$/gm)].map(([, name]) => name);
  expect(decorated).toEqual(expect.arrayContaining(entities.map(({ name }) => name)));
  const classes = [...text.matchAll(/(\w+) = class/g)].map(([, name]) => name);
  expect(classes).toEqual(expect.arrayContaining(migrations.map(({ name }) => name)));
});

const nobody = { uid: 65_534, gid: 65_534 };
const isOpen =
  process.getuid?.() === 0 && spawnSync('test', ['-r', join(project, 'package.json')], nobody).status === 0;

/** The project once more, so that what is compiled is not what other tests run. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'start-'));
  chmodSync(copy, 0o755);
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts', 'src', 'entities'])
    cpSync(join(project, name), join(copy, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

it('a source that has changed is compiled, whatever its time says; a project that was moved is another one', () => {
  const cwd = copyOfProject();
  const first = run('console.log(compiled())', { cwd });
  const file = join(cwd, 'src/namespace.ts');
  const { atime, mtime } = statSync(file);
  const [before, after] = [/'Microsoft.NAV'/, "'Microsoft.NAW'"];
  writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));
  utimesSync(file, atime, mtime);
  const second = run('console.log(compiled())', { cwd });
  expect(readFileSync(join(first, 'src/namespace.js'), 'utf8')).not.toContain('NAW');
  expect(readFileSync(join(second, 'src/namespace.js'), 'utf8')).toContain('NAW');
  const moved = `${cwd}-moved`;
  renameSync(cwd, moved);
  const third = run('console.log(compiled())', { cwd: moved });
  expect(basename(third)).not.toBe(basename(second));
  for (const folder of [first, second].map((name) => name.replace(cwd, moved))) rmSync(folder, { recursive: true });
  for (const folder of [third, moved]) rmSync(folder, { recursive: true });
});

(isOpen ? it : it.skip)(
  'a user who may only read the project runs what is compiled there, else what they compile for themselves',
  () => {
    const cwd = copyOfProject();
    const TMPDIR = mkdtempSync(join(tmpdir(), 'start-'));
    chownSync(TMPDIR, nobody.uid, nobody.gid);
    const theirs = { ...nobody, cwd, env: { ...process.env, TMPDIR } };
    // Somebody else has put a link to a folder of theirs in its place.
    const [link, precious] = [join(TMPDIR, `customer-payments-${nobody.uid}`), join(TMPDIR, 'precious')];
    mkdirSync(join(precious, 'old'), { recursive: true, mode: 0o755 });
    for (const path of [precious, join(precious, 'old')]) chownSync(path, nobody.uid, nobody.gid);
    utimesSync(join(precious, 'old'), 0, 0);
    symlinkSync(precious, link);
    lchownSync(link, 0, 0);
    expect(runAny('compiled()', theirs).stderr).toContain(`${link} belongs to somebody else.`);
    expect(existsSync(join(precious, 'old'))).toBe(true);
    rmSync(link);
    const own = run(
      `const folder = compiled();
      require(folder + '/src/log-stream.js');
      createRequire(folder + '/src/main.js').resolve('pg');
      console.log(folder);`,
      theirs,
    );
    expect(own).toMatch(new RegExp(`^${TMPDIR}/customer-payments-${nobody.uid}/\\w+$`));
    expect(run('console.log(compiled())', theirs)).toBe(own);
    const ours = run('console.log(compiled())', { cwd });
    expect(ours).not.toBe(own);
    expect(run('console.log(compiled())', theirs)).toBe(ours);
    for (const folder of [ours, cwd, TMPDIR]) rmSync(folder, { recursive: true });
  },
);

it('stack traces name the lines of TypeScript, of errors and of what is none', () => {
  const output = run(`
    const folder = compiled();
    mapStackTraces(folder);
    const { loadConfig } = require(folder + '/src/config.js');
    try { loadConfig({ PORT: 'none' }); } catch (error) { console.log(error.stack); }
    const holder = { toString() { throw new Error(); } };
    Error.captureStackTrace(holder);
    console.log(holder.stack.split('\\n')[0]);`);
  const lines = readFileSync(join(project, 'src/config.ts'), 'utf8').split('\n');
  const line = 1 + lines.findIndex((text) => text.includes('throw new ConfigError'));
  expect(output).toMatch(/^ConfigError: The settings are wrong:\n {2}- PORT must be .*\n {4}at loadConfig \(/);
  expect(output).toContain(`(${join(project, 'src/config.ts')}:${line}:`);
  expect(output).toMatch(/\nError$/);
});

test.each([
  ['src/seed/main.ts', ['--tier', 'X'], "--tier must be S, M or L, not 'X'."],
  ['src/seed/main.ts', ['--size', 'S'], "Unknown option '--size'"],
  ['src/explain.ts', [], 'Name the URL of a request.'],
  ['src/explain.ts', ['customers', 'accounts'], "'accounts' is one URL too many"],
  ['src/explain.ts', ['--url'], "Unknown option '--url'"],
  ['src/authentication/main.ts', ['forget'], 'Say add, list or remove.'],
  ['src/import/main.ts', ['a.csv'], 'Name the journal: --journal CODE.'],
])('%s %j says what is wrong and how it is used, and opens no database', (program, args, message) => {
  const env = { ...process.env, DATA_DIR: '/dev/null/nowhere', DATABASE_URL: '' };
  const { status, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', program, ...args], {
    cwd: project,
    env,
    encoding: 'utf8',
  });
  const [said, usage] = stderr.split('\n');
  expect([status, said, usage]).toEqual([
    2,
    expect.stringContaining(message),
    expect.stringMatching(/^Usage: npm run /),
  ]);
  expect(stderr).not.toContain('    at ');
});

it('every file that the Dockerfile takes from the project is there, and let through by .dockerignore', () => {
  const lines = (name: string): readonly string[] => readFileSync(join(project, name), 'utf8').split('\n');
  const letThrough = new Set(lines('.dockerignore').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : [])));
  const taken = lines('Dockerfile').flatMap((line) =>
    line.startsWith('COPY ') && !line.includes('--from=') ? line.split(' ').slice(1, -1) : [],
  );
  const names = taken.map((name) => name.replace(/^\.\//, ''));
  expect(names).toContain('scripts/build.mjs');
  for (const name of names)
    expect([name, existsSync(join(project, name)), letThrough.has(name)]).toEqual([name, true, true]);
  for (const name of letThrough) expect([name, existsSync(join(project, name))]).toEqual([name, true]);
});
