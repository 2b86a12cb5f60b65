/** Bytes of an answer are the same whether large values are copied into it or passed on as they are. */
import { bodyOf, JsonOutput } from '../../src/odata/service/json-output';

test('what is passed on comes in its order, commas included', () => {
  const large = Buffer.from(`[${'{"a":"é"},'.repeat(40_000)}{}]`);
  const small = Buffer.from('{"b":1}');
  const write = (output: JsonOutput): void => {
    output.byte(0x7b);
    for (const [index, value] of [small, large, large, small, large].entries()) {
      output.member(Buffer.from(`,"v${index}":`));
      output.raw(value, 0, value.length);
    }
    output.separate();
    output.text('"end":true}');
  };
  const copied = new JsonOutput(16);
  write(copied);
  const chunks: Buffer[] = [];
  const passing = new JsonOutput(16, (chunk) => chunks.push(chunk));
  write(passing);
  expect(chunks.length).toBe(6);
  expect(Buffer.concat([...chunks, passing.finish()]).equals(copied.finish())).toBe(true);
  expect(() => void JSON.parse(copied.finish().toString())).not.toThrow();
});

test('a long text is escaped as a short one is', () => {
  const text = 'a"b\\c\n\té\u0001😀\u007f'.repeat(40_000);
  const source = Buffer.from(`x${text}x`);
  const output = new JsonOutput(16);
  output.escaped(source, 1, source.length - 2);
  expect(JSON.parse(output.finish().toString()) === text).toBe(true);
});

test('a body is whole, and a stream of its pieces where there are large ones', async () => {
  const writing = (length: number) => (output: JsonOutput) => {
    const value = Buffer.alloc(length, 'a');
    output.text('{');
    for (const name of ['x', 'y']) {
      output.member(Buffer.from(`,"${name}":`));
      output.byte(0x22);
      output.raw(value, 0, value.length);
      output.byte(0x22);
    }
    output.text('}');
  };
  const text = (length: number): string => JSON.stringify({ x: 'a'.repeat(length), y: 'a'.repeat(length) });
  expect(String(bodyOf(writing(1000)))).toBe(text(1000));
  const body = bodyOf(writing(1_000_000));
  const pieces: Buffer[] = [];
  let pauses = 0;
  if (typeof body === 'function')
    await body({
      write: (piece) => pieces.push(piece) % 2 === 0,
      drained: () => Promise.resolve(void pauses++),
    });
  expect(Buffer.concat(pieces).toString()).toBe(text(1_000_000));
  expect(pauses).toBe(Math.ceil(pieces.length / 2));
});
