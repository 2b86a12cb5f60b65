import fc from 'fast-check';
import { isArray, isObject, JsonNumber, parseJson, type JsonValue } from '../../src/odata/payload/json';
import { growthOfText } from '../setup/growth';

const parse = (text: string): JsonValue => parseJson(Buffer.from(text));

/** What JSON.parse would have made of it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isArray(value)) return value.map(plain);
  if (isObject(value)) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
  return value;
}

describe('parseJson', () => {
  it('agrees with JSON.parse on everything JSON.stringify writes', () => {
    const jsonValue = fc
      .jsonValue()
      .filter((value) => !JSON.stringify(value).includes('\\u0000') && !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(jsonValue, fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        fc.pre(!/\\ud[89a-f]/i.test(text));
        expect(plain(parse(text))).toEqual(JSON.parse(text));
      }),
      { seed: 7 },
    );
  });

  it('refuses whatever JSON.parse refuses, and never with anything but a 400', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0123tfn-.eE ') })), (text) => {
        let expected = true;
        try {
          JSON.parse(text);
        } catch {
          expected = false;
        }
        let accepted = true;
        try {
          parse(text);
        } catch (error) {
          accepted = false;
          expect(error).toMatchObject({ status: 400, code: 'InvalidBody' });
        }
        if (!expected) expect(accepted).toBe(false);
      }),
      { numRuns: 2000, seed: 6 },
    );
  });

  it('keeps every digit of a number', () => {
    expect(parse('9999999999999.99999')).toEqual(new JsonNumber('9999999999999.99999'));
    expect(parse(' -0.10e+2 ')).toEqual(new JsonNumber('-0.10e+2'));
  });

  it.each([
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '-',
    '0x1',
    'Infinity',
    'NaN',
    '1 2',
    'tru',
    "'a'",
    '{a:1}',
    '[1,]',
    '{"a":1,}',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
  ])('refuses %s', (text) => expect(() => parse(text)).toThrow('The body is not valid JSON'));

  it.each(['"\\u0000"', '"\\ud800"', '"\\udc00"', '"\\ud800x"', '"\\ud800\\u0041"', '"\\ud83d\\ud83d"'])(
    'refuses the unstorable string %s',
    (text) => expect(() => parse(text)).toThrow(/U\+0000|surrogate/),
  );

  it('reads escaped and plain characters outside the BMP', () => {
    expect(parse('"\\ud83d\\ude00😀\\n\\"\\/"')).toBe('😀😀\n"/');
  });

  it('refuses a name that stands twice, saying where', () => {
    expect(() => parse('{"a":1,\n  "a":2}')).toThrow('The name "a" stands twice in one object (line 2, column 3).');
  });

  it('keeps __proto__ an ordinary name', () => {
    expect(parse('{"__proto__":1}')).toEqual(new Map([['__proto__', new JsonNumber('1')]]));
  });

  it('tolerates a byte order mark, and refuses what is no UTF-8', () => {
    expect(parse('\ufeff{}')).toEqual(new Map());
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('The body is not valid UTF-8.');
  });

  it('refuses an empty body', () => {
    expect(() => parse('  ')).toThrow('The body is empty');
  });

  it('limits the depth, and stays linear', async () => {
    expect(() => parse('['.repeat(100_000))).toThrow('nested deeper than 500');
    expect(await growthOfText((share) => parse(`[${'"x\\n",'.repeat(200_000 * share)}1]`))).toBeLessThan(8);
  });
});
