/** Bytes of an answer are the same whether large values are copied into it or passed on as they are. */
import { bodyOf, JsonOutput, type Piece } from '../../src/odata/service/json-output';

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
  const chunks: Piece[] = [];
  const passing = new JsonOutput(16, (chunk) => chunks.push(chunk));
  write(passing);
  expect(chunks.length).toBe(6);
  expect(Buffer.concat([...chunks.map(bytesOf), passing.finish()]).equals(copied.finish())).toBe(true);
  expect(() => void JSON.parse(copied.finish().toString())).not.toThrow();
});

const bytesOf = (piece: Piece): Buffer => (typeof piece === 'function' ? piece() : piece);

/** What is written of a source, at once and, of what is passed on, piece by piece; and the length of the longest piece. */
function written(write: (output: JsonOutput) => void): readonly [atOnce: string, later: string, longest: number] {
  const atOnce = new JsonOutput(16);
  write(atOnce);
  const pieces: Piece[] = [];
  const passing = new JsonOutput(16, (piece) => pieces.push(piece));
  write(passing);
  const chunks = [...pieces.map(bytesOf), passing.finish()];
  return [
    atOnce.finish().toString(),
    Buffer.concat(chunks).toString(),
    Math.max(...chunks.map(({ length }) => length)),
  ];
}

test('a long text is escaped as a short one is, piece by piece when it goes out', () => {
  const text = 'a"b\\c\n\té\u0001😀\u007f'.repeat(40_000);
  const source = Buffer.from(`x${text}x`);
  const [atOnce, later, longest] = written((output) => output.escaped(source, 1, source.length - 2));
  expect(JSON.parse(atOnce) === text).toBe(true);
  expect(later === atOnce).toBe(true);
  expect(longest).toBeLessThan(400_000);
});

test.each([0, 1, 2, 3, 100, 65_532, 400_000])('%i bytes are base64url, piece by piece when they go out', (length) => {
  const bytes = Buffer.from(Array.from({ length }, (_, index) => index * 7));
  const source = Buffer.from(`x\\x${bytes.toString('hex')}x`);
  const [atOnce, later, longest] = written((output) => output.binary(source, 1, source.length - 2));
  expect(JSON.parse(atOnce)).toBe(bytes.toString('base64url'));
  expect(later).toBe(atOnce);
  expect(longest).toBeLessThan(100_000);
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

test('others have their turn while a long text is written, however much the receiver takes', async () => {
  const source = Buffer.alloc(5_000_000, 'a');
  const body = bodyOf((output) => output.escaped(source, 0, source.length));
  let turns = 0;
  let isWritten = false;
  const turn = (): void => {
    turns++;
    if (!isWritten) setImmediate(turn);
  };
  turn();
  if (typeof body === 'function') await body({ write: () => true, drained: () => Promise.resolve() });
  isWritten = true;
  expect(turns).toBeGreaterThan(50);
});
