/** The URL of the service root as the client sees it: what context URLs and links begin with. Protocol §10, JSON §4.3. */
import type { IncomingMessage } from 'node:http';
import { odataError } from '../error';
import { withoutTrailing } from '../model/trailing';
import type { Headers } from './negotiate';

/** Where scheme, host and path come from. */
export interface RootOptions {
  /** Scheme, host and path before the mount path, without a slash at the end; when set, nothing of the request counts. */
  readonly publicUrl?: string | undefined;
  /** Whether X-Forwarded-Proto, -Host and -Prefix are believed. */
  readonly trustProxy: boolean;
}

/** Makes the root, with a slash at the end, of a service mounted at a path such as `/v1.0`. */
export type RootOf = (incoming: IncomingMessage, mount: string) => string;

const hostPattern = /^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;
const prefixPattern = /^(?:\/[\w.~-]+)*$/;

const first = (value: string | undefined): string | undefined => value?.split(',', 1)[0]?.trim();

function hostOf(host: string | undefined, incoming: IncomingMessage): string {
  if (host === undefined || host === '') return localHost(incoming);
  if (hostPattern.test(host)) return host;
  throw odataError('BadRequest', { message: 'The header Host is not valid.' }, { target: 'Host' });
}

function localHost({ socket }: IncomingMessage): string {
  const address = socket.localAddress ?? 'localhost';
  const name = address.includes(':') ? `[${address.replace(/%.*$/, '')}]` : address;
  return `${name}:${String(socket.localPort ?? 80)}`;
}

const schemeOf = ({ socket }: IncomingMessage): string =>
  'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';

function forwardedRoot(incoming: IncomingMessage, headers: Headers, mount: string): string {
  const scheme = first(headers['x-forwarded-proto'])?.toLowerCase();
  const host = hostOf(first(headers['x-forwarded-host']) ?? headers['host'], incoming);
  const prefix = withoutTrailing(first(headers['x-forwarded-prefix']) ?? '', '/');
  const believed = scheme === 'http' || scheme === 'https' ? scheme : schemeOf(incoming);
  return `${believed}://${host}${prefixPattern.test(prefix) ? prefix : ''}${mount}/`;
}

/** A public URL that already names the mount path is taken as the root itself. */
const publicRoot = (publicUrl: string, mount: string): string =>
  publicUrl.endsWith(mount) ? `${publicUrl}/` : `${publicUrl}${mount}/`;

/** Chooses once how roots are made. The last one made is kept, because most requests come by one name. */
export function rootFrom({ publicUrl, trustProxy }: RootOptions): RootOf {
  if (publicUrl !== undefined) return (_, mount) => publicRoot(publicUrl.replace(/\/+$/, ''), mount);
  if (trustProxy) return (incoming, mount) => forwardedRoot(incoming, incoming.headers as Headers, mount);
  let lastHost: string | undefined;
  let lastValid = '';
  return (incoming, mount) => {
    const { host } = incoming.headers;
    if (host === undefined || host !== lastHost) {
      lastValid = hostOf(host, incoming);
      lastHost = host;
    }
    return `${schemeOf(incoming)}://${lastValid}${mount}/`;
  };
}
