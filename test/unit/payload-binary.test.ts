/** Bytes in a body: what is base64url is decoded, what is not is refused, as a pattern over the whole text would have it. JSON §7.1 */
import fc from 'fast-check';
import { ODataError } from '../../src/odata/error';
import { edm } from '../../src/odata/model/edm';
import { readSingle } from '../../src/odata/payload/value';

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

function expected(text: string): string | undefined {
  if (!/^([\w-]{4})*([\w-]{2,3})?$/.test(text) && !/^([\w-]{4})*([\w-]{2}==|[\w-]{3}=)$/.test(text)) return undefined;
  return `\\x${Buffer.from(text, 'base64url').toString('hex')}`;
}

test.each([['-', 'Z'], [...'+/ \n\u00e9\u0161😀']])('texts of %s, %s and others', (...more) => {
  const text = fc.array(fc.constantFrom('a', '9', '_', '=', ...more), { maxLength: 9 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, (given) => {
      expect(read(given)).toBe(expected(given));
    }),
    { numRuns: 2000 },
  );
});
