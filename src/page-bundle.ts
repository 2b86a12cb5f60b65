/** The modules and styles of the page as one file of each: a browser that knows nothing asks for two files instead of sixty. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Name and bytes. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

/** What `npm run build` leaves there is served as it is: where the service runs compiled, esbuild need not be. */
const builtFolder = (folder: string): string => join(folder, 'bundle');

/** Bundles a folder's main.js and main.css, with maps for the developer tools. Takes a tenth of a second. */
function bundled(folder: string): Bundle {
  const { outputFiles } = buildSync({
    absWorkingDir: folder,
    entryPoints: ['main.js', 'main.css'],
    outdir: builtFolder(folder),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: 'linked',
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** The bundle of a folder: the one that was built, else one made now. */
export function bundleOf(folder: string): Bundle {
  const built = builtFolder(folder);
  if (!existsSync(built)) return bundled(folder);
  return new Map(readdirSync(built).map((name) => [name, readFileSync(join(built, name))]));
}

/** Leaves the bundle of a folder there. */
export function buildBundle(folder: string): void {
  const built = builtFolder(folder);
  const files = bundled(folder);
  mkdirSync(built, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(built, name), bytes);
}
