/** Bytes in a body: what is base64url is decoded, what is not is refused, as a pattern over the whole text would have it. JSON §7.1 */
import fc from 'fast-check';
import { ODataError } from '../../src/odata/error';
import { edm } from '../../src/odata/model/edm';
import { PIECE } from '../../src/odata/model/long-text';
import { readSingle, valueSteps } from '../../src/odata/payload/value';
import { stepsOf } from '../setup/steps';

const type = edm('Edm.Binary');

/** The value of a text; undefined where it is refused. */
function read(text: string): unknown {
  try {
    return readSingle(text, { type, path: 'x', nullable: true });
  } catch (error) {
    if (error instanceof ODataError) return undefined;
    throw error;
  }
}

function expected(text: string): Buffer | undefined {
  if (!/^([\w-]{4})*([\w-]{2,3})?$/.test(text) && !/^([\w-]{4})*([\w-]{2}==|[\w-]{3}=)$/.test(text)) return undefined;
  return Buffer.from(text, 'base64url');
}

test.each([['-', 'Z'], [...'+/ \n\u00e9\u0161😀']])('texts of %s, %s and others', (...more) => {
  const text = fc.array(fc.constantFrom('a', '9', '_', '=', ...more), { maxLength: 9 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, (given) => {
      expect(read(given)).toEqual(expected(given));
    }),
    { numRuns: 2000 },
  );
});

const long = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251));

test.each([0, 1, 2, 3, 4])('a long text in steps, padded or not, with %i bytes less', (less) => {
  const bytes = long.subarray(less);
  for (const text of [
    bytes.toString('base64url'),
    bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  ]) {
    const [value, count] = stepsOf(valueSteps(text, { type, path: 'x', nullable: true }));
    expect(Buffer.isBuffer(value) && bytes.equals(value)).toBe(true);
    expect(count).toBe(Math.ceil(text.length / PIECE) - 1);
  }
});

test.each(['=', '+', '/', ' ', '\u0161', '\u00e9'])(
  'a long text with %j in it, also where a piece ends or begins',
  (wrong) => {
    const text = long.toString('base64url');
    for (const at of [1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, text.length - 3])
      expect(read(text.slice(0, at) + wrong + text.slice(at + 1))).toBeUndefined();
    for (const more of [1, 5]) expect(read(text + 'A'.repeat(more))).toBeUndefined();
  },
);
