/** The pages beside the service: bytes, validators, compression, and what a browser may do with them. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createHost, type Host } from '../../../src/odata/http/fastify-edge';
import type { Pages } from '../../../src/odata/http/page';
import { buildBundle, bundleOf } from '../../../src/page-bundle';
import { pageFiles } from '../../../src/page-files';

interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly body: string;
}

const hosts: Host[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.close())));

/** Serves the pages; what comes back gets one of them, its bytes as they are. */
async function serving(pages: Pages): Promise<(path: string, headers?: OutgoingHttpHeaders) => Promise<Answer>> {
  const host = createHost({
    mount: '/v1.0',
    handler: () => Promise.resolve({ status: 204, headers: {} }),
    callerFor: () => ({ partition: null }),
    ready: () => Promise.resolve(),
    logger: false,
    pages,
  });
  hosts.push(host);
  const url = await host.listen(0);
  return (path, headers = {}) =>
    new Promise((resolve, reject) => {
      get(`${url}${path}`, { headers, agent: false }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ statusCode: incoming.statusCode ?? 0, headers: incoming.headers, bytes, body: bytes.toString() });
        });
      }).once('error', reject);
    });
}

test('the home page loads its own files only, from addresses that caches may keep for ever', async () => {
  const fetched = await serving(pageFiles('/v1.0', undefined));
  const home = await fetched('/');
  expect(home.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': expect.stringContaining(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    ) as string,
  });
  const addresses = [...home.body.matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1] ?? '');
  const files = addresses.filter((address) => !address.startsWith('v1.0/'));
  expect(files.map((file) => file.replace(/^page\/[\w-]{12}\//, ''))).toEqual([
    'icon.svg',
    'main.css',
    'main.js',
    'icon.svg',
  ]);
  for (const file of [...files, ...files.filter((name) => !name.endsWith('svg')).map((name) => `${name}.map`)]) {
    const { statusCode, headers, bytes } = await fetched(`/${file}`);
    expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(bytes.length).toBeGreaterThan(100);
  }
  expect(home.body).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style="/);
});

test('what the build leaves is served as it is, and is what would be made at the first request', () => {
  const source = join(__dirname, '../../../src/page');
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  cpSync(source, folder, { recursive: true });
  const made = bundleOf(folder);
  expect([...made.keys()].sort()).toEqual(['main.css', 'main.css.map', 'main.js', 'main.js.map']);
  buildBundle(folder);
  rmSync(join(folder, 'main.js'));
  const built = bundleOf(folder);
  for (const [name, bytes] of made) expect(Buffer.compare(Buffer.from(built.get(name) ?? []), bytes)).toBe(0);
  rmSync(folder, { recursive: true });
});

test('a page of another origin may be spoken to where the service says that it is', () => {
  const { '/': home } = pageFiles('/v1.0', 'https://pay.example.com/nav');
  expect(home?.headers?.['Content-Security-Policy']).toContain("connect-src 'self' https://pay.example.com;");
});

test('compressed when asked for, with a validator for each encoding', async () => {
  const fetched = await serving({ '/long': { contentType: 'text/plain', body: 'payment '.repeat(500) } });
  const plain = await fetched('/long');
  const br = await fetched('/long', { 'accept-encoding': 'gzip, br' });
  const gzip = await fetched('/long', { 'accept-encoding': 'gzip' });
  expect(brotliDecompressSync(br.bytes).toString()).toBe(plain.body);
  expect(gunzipSync(gzip.bytes).toString()).toBe(plain.body);
  expect(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size).toBe(3);
  const again = await fetched('/long', { 'accept-encoding': 'br', 'if-none-match': String(br.headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const other = await fetched('/long', { 'if-none-match': String(br.headers.etag) });
  expect(other.statusCode).toBe(200);
});

test('what must be asked for is made at the first request, and asked for again when that failed', async () => {
  let asked = 0;
  const body = (): Promise<string> => {
    asked += 1;
    return asked === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve('made');
  };
  const fetched = await serving({ '/made': { contentType: 'text/plain', body } });
  expect((await fetched('/made')).statusCode).toBe(500);
  expect((await fetched('/made')).body).toBe('made');
  expect((await fetched('/made')).body).toBe('made');
  expect(asked).toBe(2);
});

test('what is wanted ahead is made when the host listens, and asked for again when that failed', async () => {
  let asked = 0;
  const page = (fail: boolean): Pages[string] => ({
    contentType: 'text/plain',
    ahead: true,
    body: () => {
      asked += 1;
      return fail && asked === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve('payment '.repeat(500));
    },
  });
  const fetched = await serving({ '/ahead': page(false), '/other': { ...page(false), ahead: false } });
  expect(asked).toBe(1);
  expect((await fetched('/ahead', { 'accept-encoding': 'br' })).bytes.length).toBeLessThan(100);
  expect(asked).toBe(1);
  asked = 0;
  const again = await serving({ '/ahead': page(true) });
  expect([asked, (await again('/ahead')).statusCode, asked]).toEqual([1, 200, 2]);
});
