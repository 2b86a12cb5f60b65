/**
 * `npm test`: types, lint, format and every test; `npm test -- path` only the tests of jest that match. The last line counts them all:
 * N passed, N failed. Types, lint and format count as one check each. Types and lint take long, and need one processor: the others run beside them.
 */
import { check, checkTogether, finish, jest } from './checks.mjs';
import { installMissing } from './install.mjs';

const args = process.argv.slice(2);

installMissing();

let linted;
if (args.length === 0) {
  linted = checkTogether(['types', 'lint'], 'scripts/types-and-lint.mjs');
  await check('format', [['prettier', 'prettier', ['--check', '--log-level=warn', '.']]]);
}
await jest(args);
await linted;
finish();
