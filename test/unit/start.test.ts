/** What `npm start` does before the program runs: compiles it, once, and lets errors name the lines of TypeScript. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(__dirname, '..', '..');

/** Runs a script that knows `compiled` and `mapStackTraces`; what it prints. */
function run(script: string): string {
  const source = `
    import { createRequire } from 'node:module';
    import { compiled } from './scripts/build.mjs';
    import { mapStackTraces } from './scripts/stack-traces.mjs';
    const require = createRequire(import.meta.url);
    ${script}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: project,
    encoding: 'utf8',
  });
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
