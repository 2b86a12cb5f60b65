/** Serves folders of packages to the browser, on an origin that is not the service's. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
  '.properties': 'text/plain; charset=utf-8',
};

/** A server that runs. */
export interface PageServer {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** The folder of an installed package. */
export const packageFolder = (name: string): string => dirname(require.resolve(`${name}/package.json`));

/** Serves folders below their prefixes, and one page at `/`. */
export async function startPageServer(folders: Readonly<Record<string, string>>, html: string): Promise<PageServer> {
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(new URL(incoming.url ?? '/', 'http://localhost').pathname);
    if (path === '/') {
      outgoing.writeHead(200, { 'Content-Type': types['.html'] }).end(html);
      return;
    }
    const [prefix, folder] = Object.entries(folders).find(([name]) => path.startsWith(`${name}/`)) ?? [];
    const file = prefix === undefined ? undefined : join(folder ?? '', normalize(path.slice(prefix.length)));
    if (file === undefined || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      outgoing.writeHead(404).end();
      return;
    }
    outgoing.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
