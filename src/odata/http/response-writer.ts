/** Writes a Response to a socket: constant headers, compression, streaming with back pressure. */
import type { ServerResponse } from 'node:http';
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
import { StreamOutput } from './stream-output';

const VARY = 'Accept, Accept-Encoding, Accept-Language, Authorization, OData-MaxVersion, Prefer';

/** 204 and 304 have no body, and say nothing of its length. RFC 9110 §8.6. */
const isBodiless = (status: number): boolean => status === 204 || status === 304 || status < 200;

/** The response headers as a flat list of names and values. */
function headerList(response: Response, exchange: Exchange, origins: Origins): string[] {
  const list = ['X-Content-Type-Options', 'nosniff', 'request-id', exchange.requestId];
  const { headers } = response;
  for (const name in headers) list.push(name, headers[name] ?? '');
  if (headers['Cache-Control'] === undefined) list.push('Cache-Control', 'private, no-cache');
  if (headers['Vary'] === undefined) list.push('Vary', VARY);
  if (origins !== '*') list.push('Vary', 'Origin');
  const { clientRequestId } = exchange;
  if (clientRequestId !== undefined) list.push('client-request-id', clientRequestId);
  const { origin } = exchange.headers;
  if (origin !== undefined) list.push(...corsHeaders(origins, origin));
  return list;
}

function encodingOf({ headers }: Response, exchange: Exchange): Encoding | undefined {
  const encoding = negotiateEncoding(exchange.headers['accept-encoding']);
  const isWhole = headers['Content-Encoding'] === undefined && headers['Content-Range'] === undefined;
  return encoding !== undefined && isWhole && isCompressible(headers['Content-Type']) ? encoding : undefined;
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
  let sent = body;
  if (encoding !== undefined && body.length >= LEAST_COMPRESSED) {
    const compressed = compress(encoding, body);
    sent = Buffer.isBuffer(compressed) ? compressed : await compressed;
    list.push('Content-Encoding', encoding);
  }
  list.push('Content-Length', String(sent.length));
  outgoing.writeHead(status, list);
  if (incoming.method === 'HEAD') {
    outgoing.end();
    return;
  }
  exchange.bytes = sent.length;
  outgoing.end(sent);
}

/** Ends a stream that the client will not read, such as one that HEAD began. */
async function drop(response: Response, exchange: Exchange): Promise<void> {
  if (typeof response.body === 'function') exchange.abort();
  await release(response);
}

function pipeThrough(
  encoding: Encoding,
  outgoing: ServerResponse,
): NodeJS.WritableStream & { readonly writableNeedDrain: boolean } {
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
  if (encoding !== undefined) list.push('Content-Encoding', encoding);
  const start = (): NodeJS.WritableStream & { readonly writableNeedDrain: boolean } => {
    outgoing.writeHead(status, list);
    return encoding === undefined ? outgoing : pipeThrough(encoding, outgoing);
  };
  const output = new StreamOutput(outgoing, start);
  await body(output);
  exchange.bytes = output.bytes;
  output.end();
}

/** Sends an answer. Rejects when it breaks off; until `outgoing.headersSent` another answer may then take its place. */
export async function writeResponse(response: Response, exchange: Exchange, origins: Origins): Promise<void> {
  const { incoming, outgoing } = exchange;
  const { status, body } = response;
  const list = headerList(response, exchange, origins);
  addConnection(list, exchange);
  if (body === undefined || isBodiless(status)) {
    if (!isBodiless(status)) list.push('Content-Length', '0');
    outgoing.writeHead(status, list).end();
    await drop(response, exchange);
    return;
  }
  const encoding = encodingOf(response, exchange);
  if (typeof body !== 'function') {
    await writeBuffer(status, list, body, encoding, exchange);
  } else if (incoming.method === 'HEAD') {
    if (encoding !== undefined) list.push('Content-Encoding', encoding);
    outgoing.writeHead(status, list).end();
    await drop(response, exchange);
  } else {
    await writeStream(status, list, body, encoding, exchange);
  }
}
