/**
 * `npm test`: types, lint and every test; `npm test -- path` only the tests of jest that match. The last line counts them all:
 * N passed, N failed. Types and lint count as one check each.
 */
import { check, finish, jest, run } from './checks.mjs';
import { installMissing } from './install.mjs';

const args = process.argv.slice(2);

installMissing();

if (args.length === 0) {
  check('types', () => {
    // The page runs in browsers: it has settings of its own, and its tests too.
    const statuses = [[], ['-p', 'src/page'], ['-p', 'test/unit/page']].map((project) =>
      run('typescript', 'tsc', ['--noEmit', ...project]),
    );
    return statuses.every((status) => status === 0);
  });
  check('lint', () => {
    const statuses = [
      run('eslint', 'eslint', ['.', '--max-warnings=0']),
      run('prettier', 'prettier', ['--check', '--log-level=warn', '.']),
    ];
    return statuses.every((status) => status === 0);
  });
}
jest(args);
finish();
