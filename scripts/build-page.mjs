/** The end of `npm run build`: the page beside the compiled server, its modules and styles bundled. */
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const page = resolve('dist/src/page');
rmSync(page, { recursive: true, force: true });
cpSync('src/page', page, { recursive: true });
createRequire(import.meta.url)('../dist/src/page-bundle.js').buildBundle(page);
