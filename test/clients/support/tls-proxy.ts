/** A proxy in front of the service, as one finds it in production: TLS outside, plain HTTP inside, X-Forwarded-* headers. */
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** What the proxy answers itself instead of asking the service. */
export interface Interception {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A proxy that runs. */
export interface TlsProxy {
  /** `https://localhost:…`, without a slash at the end. */
  readonly url: string;
  /** The certificate that clients must trust. */
  readonly certificate: string;
  /** Answers the next request itself. */
  readonly interceptNext: (interception: Interception) => void;
  /** Method and path of the requests so far. */
  readonly seen: readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts a proxy on a free loopback port. */
export async function startTlsProxy(target: string): Promise<TlsProxy> {
  const { private: key, cert } = generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const { hostname, port } = new URL(target);
  const seen: string[] = [];
  const interceptions: Interception[] = [];
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    const interception = interceptions.shift();
    if (interception) {
      incoming.resume();
      outgoing.writeHead(interception.status, interception.headers).end();
      return;
    }
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': incoming.headers.host ?? '',
    };
    const inner = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    inner.on('error', () => outgoing.destroy());
    incoming.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate: cert,
    interceptNext: (interception) => void interceptions.push(interception),
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
