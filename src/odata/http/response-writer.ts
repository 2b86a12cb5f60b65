/** Writes a Response to a socket: constant headers, compression, streaming with back pressure. */
import type { ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import type { Response, StreamBody } from '../service/message';
import { release } from '../service/response-bytes';
import {
  compress,
  compressor,
  isCompressible,
  LEAST_COMPRESSED,
  negotiateEncoding,
  type Encoding,
} from './compression';
import { corsHeaders, type Origins } from './cors';
import type { Exchange } from './exchange';
import { StreamOutput, type Sink } from './stream-output';

const VARY = 'Accept, Accept-Encoding, Accept-Language, Authorization, OData-MaxVersion, Prefer';

/** 204 and 304 have no body, and say nothing of its length. RFC 9110 §8.6. */
const isBodiless = (status: number): boolean => status === 204 || status === 304 || status < 200;

/**
 * What has an ETag is kept by no cache: it is the version of an entity, or of the members of a collection, and what else is shown of them, such
 * as balances and expanded entities, changes without it. What changes with its ETag only says so itself. RFC 9111 §5.2.2.5
 */
const cachingOf = ({ ETag: etag }: Response['headers']): string =>
  etag === undefined ? 'private, no-cache' : 'private, no-cache, no-store';

/** The response headers as a flat list of names and values. */
function headerList(
  { headers }: Response,
  exchange: Exchange,
  origins: Origins,
  encoding: Encoding | undefined,
): string[] {
  const list = ['X-Content-Type-Options', 'nosniff', 'request-id', exchange.requestId];
  for (const name in headers)
    // Parts are had of the bytes as they are, not of what they are coded to. RFC 9110 §14.2
    if (encoding === undefined || name !== 'Accept-Ranges') list.push(name, headers[name] ?? '');
  if (encoding !== undefined) list.push('Content-Encoding', encoding);
  if (headers['Cache-Control'] === undefined) list.push('Cache-Control', cachingOf(headers));
  if (headers['Vary'] === undefined) list.push('Vary', VARY);
  if (origins !== '*') list.push('Vary', 'Origin');
  const { clientRequestId } = exchange;
  if (clientRequestId !== undefined) list.push('client-request-id', clientRequestId);
  const { origin } = exchange.headers;
  if (origin !== undefined) list.push(...corsHeaders(origins, origin));
  return list;
}

/** How the body goes out: what fits into one packet, and parts of something, as they are. */
function encodingOf({ headers, body }: Response, exchange: Exchange): Encoding | undefined {
  if (Buffer.isBuffer(body) && body.length < LEAST_COMPRESSED) return undefined;
  const isAsItIs = headers['Content-Encoding'] !== undefined || headers['Content-Range'] !== undefined;
  if (isAsItIs || !isCompressible(headers['Content-Type'])) return undefined;
  return negotiateEncoding(exchange.headers['accept-encoding']);
}

/** Once the server listens no more, each answer is the last of its connection. */
function addConnection(list: string[], { incoming, outgoing }: Exchange): void {
  const server: unknown = 'server' in incoming.socket ? incoming.socket.server : undefined;
  const closing = typeof server === 'object' && server !== null && 'listening' in server && server.listening === false;
  if (closing && !outgoing.headersSent) list.push('Connection', 'close');
}

async function writeBuffer(
  status: number,
  list: string[],
  body: Buffer,
  encoding: Encoding | undefined,
  exchange: Exchange,
): Promise<void> {
  const { incoming, outgoing } = exchange;
  const coded = encoding === undefined ? body : compress(encoding, body);
  const sent = Buffer.isBuffer(coded) ? coded : await coded;
  list.push('Content-Length', String(sent.length));
  outgoing.writeHead(status, list);
  if (incoming.method === 'HEAD') {
    outgoing.end();
    return;
  }
  exchange.bytes = sent.length;
  outgoing.end(sent);
}

function pipeThrough(encoding: Encoding, outgoing: ServerResponse): Transform {
  const transform = compressor(encoding);
  transform.pipe(outgoing);
  outgoing.once('close', () => transform.destroy());
  return transform;
}

async function writeStream(
  status: number,
  list: string[],
  body: StreamBody,
  encoding: Encoding | undefined,
  exchange: Exchange,
): Promise<void> {
  const { outgoing } = exchange;
  const count = ({ length }: Buffer): void => {
    exchange.bytes += length;
  };
  const start = (): Sink => {
    outgoing.writeHead(status, list);
    return encoding === undefined ? outgoing : pipeThrough(encoding, outgoing).on('data', count);
  };
  const output = new StreamOutput(outgoing, start, encoding === undefined ? count : () => undefined);
  await body(output);
  output.end();
}

/** Sends an answer. Rejects when it breaks off; until `outgoing.headersSent` another answer may then take its place. */
export async function writeResponse(response: Response, exchange: Exchange, origins: Origins): Promise<void> {
  const { incoming, outgoing } = exchange;
  const { status, body } = response;
  const hasBody = body !== undefined && !isBodiless(status);
  const encoding = hasBody ? encodingOf(response, exchange) : undefined;
  const list = headerList(response, exchange, origins, encoding);
  addConnection(list, exchange);
  if (hasBody && Buffer.isBuffer(body)) return writeBuffer(status, list, body, encoding, exchange);
  if (typeof body === 'function' && hasBody && incoming.method !== 'HEAD')
    return writeStream(status, list, body, encoding, exchange);
  if (body === undefined && !isBodiless(status)) list.push('Content-Length', '0');
  outgoing.writeHead(status, list).end();
  await release(response);
}
