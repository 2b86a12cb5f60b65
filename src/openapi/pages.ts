/** `/openapi.json`, and `/docs` to read and try it: Swagger UI from its package, with no other host. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pages } from '../odata/http/page';
import { contentSecurityPolicy, pageFolder, pageHeaders } from '../page-files';
import type { Json } from './description';
import { describe } from './describe';
import { addExamples, type Read } from './examples';

const FOR_EVER = 'public, max-age=31536000, immutable';
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** What the pages need of the service. */
export interface Described {
  /** Path of the service root without a slash at the end. */
  readonly mount: string;
  readonly publicUrl: string | undefined;
  readonly read: Read;
}

async function openApi({ mount, read }: Described): Promise<string> {
  const csdl: Json | undefined = await read('/$metadata?$format=json');
  if (csdl === undefined) throw new Error('The service has no metadata.');
  const description = describe(csdl, `.${mount}`, 'Customer payments');
  await addExamples(description, read);
  return JSON.stringify(description);
}

/** A file whose address changes with the version of its package. */
function packageFile(name: string, contentType: string): Pages[string] {
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  return { contentType, cacheControl: FOR_EVER, body: () => Promise.resolve(readFileSync(join(folder, name))) };
}

function versionOf(manifest: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(manifest), 'utf8')) as { readonly version: string };
  return version;
}

/** Makes the pages. The document is made when it is first asked for, because its examples are entities that are there by then. */
export function descriptionPages(described: Described): Pages {
  const own = join(pageFolder, 'docs');
  const base = `docs/${versionOf('swagger-ui-dist/package.json')}`;
  // Swagger UI sets styles on elements as it draws them.
  const policy = contentSecurityPolicy(described.publicUrl, { 'style-src': "'self' 'unsafe-inline'" });
  return {
    '/openapi.json': { contentType: 'application/vnd.oai.openapi+json;version=3.1', body: () => openApi(described) },
    '/docs': {
      contentType: 'text/html; charset=utf-8',
      body: readFileSync(join(own, 'index.html'), 'utf8').replaceAll('{base}', base),
      headers: pageHeaders(policy),
    },
    '/docs/start.js': { contentType: JAVASCRIPT, body: readFileSync(join(own, 'start.js')) },
    [`/${base}/swagger-ui.css`]: packageFile('swagger-ui.css', CSS),
    [`/${base}/swagger-ui-bundle.js`]: packageFile('swagger-ui-bundle.js', JAVASCRIPT),
  };
}
