/**
 * `npm test`: types, lint, format and every test; `npm test -- path` only the tests of jest that match. The last line counts them all:
 * N passed, N failed. Types, lint and format count as one check each. Lint takes longest, and needs one processor: the others run beside it.
 */
import { check, finish, jest } from './checks.mjs';
import { installMissing } from './install.mjs';

const args = process.argv.slice(2);

installMissing();

let linted;
if (args.length === 0) {
  linted = check('lint', [['eslint', 'eslint', ['.', '--max-warnings=0']]]);
  // The page runs in browsers: it has settings of its own, and its tests too.
  const projects = [[], ['-p', 'src/page'], ['-p', 'test/unit/page']];
  await check(
    'types',
    projects.map((project) => ['typescript', 'tsc', ['--noEmit', ...project]]),
  );
  await check('format', [['prettier', 'prettier', ['--check', '--log-level=warn', '.']]]);
}
await jest(args);
await linted;
finish();
