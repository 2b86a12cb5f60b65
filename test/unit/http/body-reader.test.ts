import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { readBody } from '../../../src/odata/http/body-reader';

describe('a large body', () => {
  const told = 2 * 1024 * 1024;
  const sent = async (pieces: readonly string[]): Promise<string> => {
    const incoming = new IncomingMessage(new Socket());
    incoming.method = 'POST';
    incoming.headers = { 'content-length': String(told) };
    const reading = readBody(incoming, told);
    for (const piece of pieces) incoming.push(Buffer.from(piece));
    incoming.push(null);
    return String(await reading);
  };

  it('is put together as it comes', async () => {
    expect(await sent(['x'.repeat(told - 3), 'abc'])).toBe(`${'x'.repeat(told - 3)}abc`);
  });

  it('is no longer than what has come, whatever its length was said to be', async () => {
    expect(await sent(['x', 'abc'])).toBe('xabc');
  });
});
