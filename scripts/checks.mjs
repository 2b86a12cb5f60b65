/** Runs checks and counts them; the last line is N passed, N failed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from './install.mjs';

const require = createRequire(import.meta.url);
const total = { passed: 0, failed: 0, skipped: 0 };

/** Counts what either passes or fails: programs of installed packages, one after the other. What they print is printed together, at their end. */
export async function check(title, programs) {
  const started = Date.now();
  const told = [];
  for (const program of programs) told.push(await hear(...program));
  const ok = told.every(({ status }) => status === 0);
  tell(title, ok, told.map(({ text }) => text).join(''), started);
}

/** Counts what one script checks: it writes a line of JSON for each title, and others as they are. What it does not come to has failed. */
export async function checkTogether(titles, script) {
  const started = Date.now();
  const left = new Set(titles);
  const child = spawn(process.execPath, [join(projectRoot, script)], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 2],
  });
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{')) {
      process.stdout.write(`${line}\n`);
      continue;
    }
    const { title, ok, text } = JSON.parse(line);
    left.delete(title);
    tell(title, ok, text, started);
  }
  for (const title of left) tell(title, false, '', started);
}

function tell(title, ok, text, started) {
  total[ok ? 'passed' : 'failed'] += 1;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${text}${title}: ${ok ? 'passed' : 'FAILED'} (${seconds} s)\n`);
}

/** Runs jest and adds up what it counted; a test file that could not run, or a run without any test, counts as a failure. */
export async function jest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'jest-result-'));
  const outputFile = join(directory, 'result.json');
  try {
    const status = await run('jest', 'jest', ['--ci', '--json', `--outputFile=${outputFile}`, ...args]);
    count(status, readResult(outputFile));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Prints the last line and sets the exit code. */
export function finish() {
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.exitCode = total.failed > 0 ? 1 : 0;
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
}

function count(status, result) {
  const ran = result !== undefined && result.numTotalTests > 0;
  total.passed += result?.numPassedTests ?? 0;
  total.skipped += (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
  const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
  total.failed += failed === 0 && (status !== 0 || !ran) ? 1 : failed;
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Runs a program of an installed package to its end; its output goes to ours. */
function run(packageName, binary, programArgs) {
  return new Promise((resolve) => {
    start(packageName, binary, programArgs, ['ignore', 1, 2]).on('close', resolve);
  });
}

/** The same, with its output as a text. */
function hear(packageName, binary, programArgs) {
  return new Promise((resolve) => {
    const child = start(packageName, binary, programArgs, ['ignore', 'pipe', 'pipe']);
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (status) => resolve({ status, text: Buffer.concat(chunks).toString() }));
  });
}

function start(packageName, binary, programArgs, stdio) {
  return spawn(process.execPath, [scriptOf(packageName, binary), ...programArgs], { cwd: projectRoot, stdio });
}

function scriptOf(packageName, binary) {
  const manifestFile = require.resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifestFile, 'utf8'));
  return join(dirname(manifestFile), typeof bin === 'string' ? bin : bin[binary]);
}
