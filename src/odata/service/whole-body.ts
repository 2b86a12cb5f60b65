/** An answer in one piece: for what must be known whole before it goes out. */
import type { Response, StreamBody } from './message';

/** The response with its stream, if it is one, read to the end. */
export async function wholeBody(response: Response): Promise<Response> {
  const { body } = response;
  return typeof body === 'function' ? { ...response, body: await collected(body) } : response;
}

async function collected(stream: StreamBody): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await stream({
    write: (chunk) => {
      chunks.push(chunk);
      return true;
    },
    drained: () => Promise.resolve(),
  });
  return Buffer.concat(chunks);
}
