/**
 * `npm test`: types, lint and every test; `npm test -- path` only the tests of jest that match. The last line counts them all:
 * N passed, N failed. Types and lint count as one check each.
 */
import { check, finish, jest } from './checks.mjs';
import { installMissing } from './install.mjs';

const args = process.argv.slice(2);

installMissing();

if (args.length === 0) {
  // The page runs in browsers: it has settings of its own, and its tests too.
  const projects = [[], ['-p', 'src/page'], ['-p', 'test/unit/page']];
  await check({
    types: projects.map((project) => ['typescript', 'tsc', ['--noEmit', ...project]]),
    lint: [
      ['eslint', 'eslint', ['.', '--max-warnings=0']],
      ['prettier', 'prettier', ['--check', '--log-level=warn', '.']],
    ],
  });
}
jest(args);
finish();
