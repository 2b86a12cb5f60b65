/** Bytes of an answer are the same whether large values are copied into it or passed on as they are. */
import { JsonOutput } from '../../src/odata/service/json-output';

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
