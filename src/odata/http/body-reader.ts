/** Reads the body of an HTTP request, whatever its type, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { odataError } from '../error';

/** How long a client may go on sending what nobody reads any more. */
const LINGER_MS = 10_000;

/** Bytes of a body that takes long to copy. */
const LARGE = 1024 * 1024;

/** The client is gone: there is nobody left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

const tooLarge = (limit: number): Error =>
  odataError('PayloadTooLarge', { message: `The body is larger than ${String(limit)} bytes.` });

/** Lets the rest of a body pass by, so that the client gets to reading the answer; not for ever. */
function discard(incoming: IncomingMessage): void {
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), LINGER_MS);
  timer.unref();
  incoming.once('close', () => clearTimeout(timer));
}

/** A body that another reader (Express's body parser) has taken already. */
function parsedBefore(incoming: IncomingMessage): Buffer | undefined {
  const body: unknown = 'body' in incoming ? incoming.body : undefined;
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

/** The whole body; undefined when there is none, or when the method gives it no meaning (RFC 9110 §9.3.1). 413 above the limit. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> | undefined {
  if (!hasBody(incoming)) return undefined;
  if (incoming.method === 'GET' || incoming.method === 'HEAD') {
    discard(incoming);
    return undefined;
  }
  if (incoming.readableEnded) return Promise.resolve(parsedBefore(incoming));
  const length = Number(incoming.headers['content-length'] ?? 0);
  if (length > limit) {
    discard(incoming);
    return Promise.reject(tooLarge(limit));
  }
  return collect(incoming, length, limit);
}

function collect(incoming: IncomingMessage, length: number, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // What is large is put together as it comes: all of it at once would keep everybody waiting.
    const whole = length > LARGE ? Buffer.allocUnsafeSlow(length) : undefined;
    const onData = (chunk: Buffer): void => {
      if (whole) chunk.copy(whole, size);
      else chunks.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      incoming.off('data', onData);
      discard(incoming);
      reject(tooLarge(limit));
    };
    incoming.on('data', onData);
    incoming.once('end', () =>
      resolve(whole?.subarray(0, size) ?? (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size))),
    );
    incoming.once('error', () => reject(new ClientGone('The request broke off.')));
    incoming.once('close', () => {
      if (!incoming.complete) reject(new ClientGone('The request broke off.'));
    });
  });
}
