/** `npm run conformance`: runs every test and writes docs/conformance.md from their titles. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { installMissing, projectRoot } from './install.mjs';

installMissing();
const require = createRequire(import.meta.url);
await import('tsx');
const { conformanceDocument } = require(join(projectRoot, 'test/conformance/document.ts'));
const { exceptions } = require(join(projectRoot, 'test/conformance/exceptions.ts'));

const directory = mkdtempSync(join(tmpdir(), 'jest-result-'));
const file = join(directory, 'result.json');
try {
  spawnSync(
    process.execPath,
    [join(dirname(require.resolve('jest/package.json')), 'bin/jest.js'), '--ci', '--json', `--outputFile=${file}`],
    {
      cwd: projectRoot,
      stdio: ['ignore', 1, 2],
    },
  );
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ ancestorTitles, title, status }) => ({
        titles: [...ancestorTitles, title],
        file: relative(projectRoot, name),
        passed: status === 'passed',
      })),
  );
  writeFileSync(join(projectRoot, 'docs/conformance.md'), conformanceDocument(results, exceptions));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
