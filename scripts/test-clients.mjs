/**
 * `npm run test:clients`: OData clients as released, and the pages in a browser, against the service. Their packages are those of
 * test/clients/package.json; the browser is Debian's chromium, or the one that CHROMIUM names. `-- path` only the tests that match.
 */
import { check, finish, jest } from './checks.mjs';
import { installMissing } from './install.mjs';

const args = process.argv.slice(2);

installMissing();
installMissing('test/clients');

const types = args.length === 0 && check('types of the clients', [['typescript', 'tsc', ['-p', 'test/clients']]]);
await jest(['--config', 'test/clients/jest.config.cjs', ...args]);
await types;
finish();
