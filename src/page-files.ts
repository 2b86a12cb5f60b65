/** The page for people: the files of src/page, served under a path that changes with them, so that caches may keep them for ever. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Pages } from './odata/http/page';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const folder = join(__dirname, 'page');
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

/** Makes the pages: `/` and the files it loads. Links are relative, so that all of it works behind any prefix. */
export function pageFiles(mount: string, publicUrl: string | undefined): Pages {
  const names = readdirSync(folder).filter((name) => extname(name) in contentTypes);
  const files = names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  const hash = createHash('sha256');
  for (const { name, bytes } of files) hash.update(`${name}\0`).update(bytes);
  const base = `page/${hash.digest('base64url').slice(0, 12)}/`;
  const modules = names.filter((name) => name.endsWith('.js'));
  const preloads = modules.map((name) => `<link rel="modulepreload" href="${base}${name}">`).join('\n');
  const home = readFileSync(join(folder, 'index.html'), 'utf8')
    .replaceAll('{base}', base)
    .replaceAll('{root}', `${mount.replace(/^\//, '')}/`)
    .replace('{preloads}', preloads);
  return {
    '/': {
      contentType: 'text/html; charset=utf-8',
      body: home,
      headers: pageHeaders(contentSecurityPolicy(publicUrl)),
    },
    ...Object.fromEntries(
      files
        .filter(({ name }) => name !== 'index.html')
        .map(({ name, bytes }) => [
          `/${base}${name}`,
          { contentType: contentTypes[extname(name)] ?? '', body: bytes, cacheControl: FOR_EVER },
        ]),
    ),
  };
}
