/** The body of a Response as one piece, for callers within the process. */
import type { Response } from './message';

/** Collects a body, streamed or not; rejects when a stream breaks off. */
export async function responseBytes({ body }: Response): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body !== 'function') return body;
  const chunks: Buffer[] = [];
  await body({
    write(chunk) {
      chunks.push(chunk);
      return true;
    },
    drained: () => Promise.resolve(),
  });
  return Buffer.concat(chunks);
}
