/** The properties of Unicode that rows' patterns may name, as a file has them: to find them out takes a second. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let written: string | undefined;

/** JSON: what the members of each property are and, behind `/`, the shortest name or prefix for each other one. `test/setup/unicode-properties.ts` makes it. */
export const writtenProperties = (): string =>
  (written ??= readFileSync(join(__dirname, 'unicode-properties.json'), 'utf8'));
