/** The page for people: the files of src/page, served under a path that changes with them, so that caches may keep them for ever. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Page, Pages } from './odata/http/page';
import { bundleOf, type Bundle } from './page-bundle';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
};

/** Named here alone: in the service's one file, all modules have this folder. */
export const pageFolder = join(__dirname, 'page');
const FOR_EVER = 'public, max-age=31536000, immutable';

/** What a page may do: load its own files, and speak to the service where it says that it is. */
export function contentSecurityPolicy(
  publicUrl: string | undefined,
  more: Readonly<Record<string, string>> = {},
): string {
  const service = publicUrl === undefined ? "'self'" : `'self' ${new URL(publicUrl).origin}`;
  const directives = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'connect-src': service,
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'base-uri': "'none'",
    ...more,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** Headers of every HTML page. */
export const pageHeaders = (policy: string): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': policy,
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
});

/** Names of what esbuild makes of the folder's modules and styles. */
const bundleFiles = ['main.js', 'main.js.map', 'main.css', 'main.css.map'];

/** A hash of the names and bytes of the files of the folder: what is made of them changes with it. */
function versionOf(): string {
  const hash = createHash('sha256');
  for (const { name } of readdirSync(pageFolder, { withFileTypes: true }).filter((entry) => entry.isFile()))
    hash.update(`${name}\0`).update(readFileSync(join(pageFolder, name)));
  return hash.digest('base64url').slice(0, 12);
}

/** Makes the pages: `/` and the files it loads. Links are relative, so that all of it works behind any prefix. */
export function pageFiles(mount: string, publicUrl: string | undefined): Pages {
  const base = `page/${versionOf()}/`;
  const file = (name: string, body: Page['body']): [string, Page] => [
    `/${base}${name}`,
    // Maps are for the developer tools only.
    { contentType: contentTypes[extname(name)] ?? '', body, cacheControl: FOR_EVER, ahead: !name.endsWith('.map') },
  ];
  let bundle: Bundle | undefined;
  const bundled = (name: string) => async (): Promise<Buffer> => {
    bundle ??= bundleOf(pageFolder);
    const bytes = bundle.get(name);
    if (bytes === undefined) throw new Error(`The bundle of the page has no ${name}.`);
    return Buffer.from(bytes);
  };
  return {
    '/': {
      contentType: 'text/html; charset=utf-8',
      body: readFileSync(join(pageFolder, 'index.html'), 'utf8')
        .replaceAll('{base}', base)
        .replaceAll('{root}', `${mount.replace(/^\//, '')}/`),
      headers: pageHeaders(contentSecurityPolicy(publicUrl)),
      ahead: true,
    },
    ...Object.fromEntries([
      file('icon.svg', readFileSync(join(pageFolder, 'icon.svg'))),
      ...bundleFiles.map((name) => file(name, bundled(name))),
    ]),
  };
}
