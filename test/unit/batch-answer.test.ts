/** What a batch does with the body of a part when nobody takes its answer any more. */
import { batchAnswer } from '../../src/odata/service/batch-answer';
import type { Output } from '../../src/odata/service/message';

test.each(['json', 'multipart'] as const)(
  'a body lets go of what it holds when its client goes away in front of it (%s)',
  async (format) => {
    const gone: Output = { write: () => false, drained: () => Promise.reject(new Error('gone')) };
    let isHeld = true;
    const body = async (output: Output): Promise<void> => {
      output.write(Buffer.from('{}'));
      await output.drained().finally(() => (isHeld = false));
    };
    // So long a header does not wait for more to travel with.
    const headers = { 'Content-Type': 'application/json', Long: 'x'.repeat(100_000) };
    const part = {
      id: '1',
      method: 'GET',
      url: 'a',
      headers: {},
      body: undefined,
      dependsOn: [],
      condition: undefined,
      fault: undefined,
    };
    const told = batchAnswer(format, '4.01')(gone).single({ part, response: { status: 200, headers, body } });
    await expect(told).rejects.toThrow('gone');
    expect(isHeld).toBe(false);
  },
);
