/** The body of a Response as one piece: for callers within the process, and for what must be known whole before it goes out. */
import type { Output, Response } from './message';

/** A response without a stream. */
export type WholeResponse = Response & { readonly body?: Buffer };

/** A body is longer than what may be held of it. */
export class BodyTooLong extends Error {}

/** Takes nothing: a stream ends at its first byte. */
const refusing: Output = {
  write: () => false,
  drained: () => Promise.reject(new Error('Nobody reads this body.')),
};

/** Lets a stream that nobody will read release what it holds. */
export async function release({ body }: Pick<Response, 'body'>): Promise<void> {
  if (typeof body === 'function') await body(refusing).catch(() => undefined);
}

/** Collects a body, streamed or not; rejects when a stream breaks off, and with BodyTooLong behind so many bytes. */
export async function responseBytes({ body }: Response, most = Infinity): Promise<Buffer> {
  if (typeof body !== 'function') return held(body ?? Buffer.alloc(0), body?.length ?? 0, most);
  const chunks: Buffer[] = [];
  let length = 0;
  await body({
    write(chunk) {
      length += chunk.length;
      chunks.push(held(chunk, length, most));
      return true;
    },
    drained: () => Promise.resolve(),
  });
  return Buffer.concat(chunks);
}

function held(chunk: Buffer, length: number, most: number): Buffer {
  if (length > most) throw new BodyTooLong(`A body is longer than ${most} bytes`);
  return chunk;
}

/** The response with its stream, if it is one, read to the end. */
export async function wholeResponse(response: Response, most?: number): Promise<WholeResponse> {
  const { body, ...rest } = response;
  return body === undefined ? rest : { ...rest, body: await responseBytes(response, most) };
}
