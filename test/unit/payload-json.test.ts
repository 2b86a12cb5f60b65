import fc from 'fast-check';
import { isArray, isObject, JsonNumber, type JsonValue } from '../../src/odata/payload/json';
import { parseBody, parseJson } from '../../src/odata/payload/parse-json';
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

describe('a long text', () => {
  /** So that tokens stand at all places around where one piece of the text ends and the next begins. */
  const around = [
    ...Array.from({ length: 8 }, (_, index) => 512 * 1024 - index),
    ...[128, 384, 640].map((k) => k * 1024),
  ];
  const long = 700_000;
  const tokens = {
    numbers: '[1.5,-20e+3,true,false,null]',
    names: '{"one":{"\\u00e9\\n":"😀"},"two":[{}]}',
    'a long number': `[${'1'.repeat(149_990)}.5e-7]`,
    'a long text': `{"text":"${'x'.repeat(long)}"}`,
    'a long text of characters of each length': `{"text":"${'xä€😀'.repeat(long / 4)}"}`,
    'a long text of escapes': `["${'\\n\\ud83d\\ude00'.repeat(long / 10)}"]`,
    'a long name': `{"${'n'.repeat(long)}":1}`,
    blanks: `{"a"${' '.repeat(long)}:${'\n'.repeat(long)}1}`,
  };
  const cut = Object.entries(tokens).flatMap(([name, text]) => around.map((at) => [name, at, text] as const));

  it.each(cut)('is read as JSON.parse reads it: %s behind %i blanks', (_, blanks, text) => {
    for (const [before, behind] of [['', ''] as const, ['[', ']'] as const]) {
      const whole = before + text + behind;
      const value: unknown = plain(parse(before + ' '.repeat(blanks) + text + behind));
      // Jest compares the texts of unequal ones letter by letter.
      expect(JSON.stringify(value) === JSON.stringify(JSON.parse(whole))).toBe(true);
    }
  });

  it.each(['true', '"\\u00e9\\n"', '-1.5e+7'])('has no token cut behind blanks: %s', (token) => {
    for (let ahead = 1; ahead <= token.length; ahead++) {
      const text = `["one",${' '.repeat(512 * 1024 - 7 - ahead)}${token}]`;
      expect(plain(parse(text))).toEqual(JSON.parse(text));
    }
  });

  it.each([
    ['[1,2,x]', 6],
    ['{"a":1,"a":2}', 8],
    ['["😀", "\\x"]', 9],
    [`["${'x'.repeat(long)}`, 2],
    [`{"${'n'.repeat(long)}":1,"${'n'.repeat(long)}":2}`, long + 7],
    [`["${'😀'.repeat(long / 2)}",]`, long + 5],
    ['[1] 2', 5],
  ])('tells the place of what is wrong behind others: %#', (text, column) => {
    for (const before of ['', '\n', `\ufeff${'\n'.repeat(600_000)}`, ' \n'.repeat(400_000)]) {
      const line = before.split('\n').length;
      expect(() => parse(before + text)).toThrow(`(line ${line}, column ${column}).`);
    }
  });

  it.each([
    ['values', `[${'1,'.repeat(400_000)}1]`],
    ['members', `[${'{"a":"b"},'.repeat(200_000)}1]`],
    ['a text', JSON.stringify('x'.repeat(8_000_000))],
    ['escapes', `"${'\\n'.repeat(2_000_000)}"`],
    ['blanks', `${' '.repeat(16_000_000)}1`],
    ['lines before what is wrong', `${'\n'.repeat(8_000_000)}x`],
    ['too many values', `[${'1,'.repeat(600_000)}1]`],
  ])('lets others have their turn while it is read: %s', async (_, text) => {
    let turns = 0;
    let isRead = false;
    const reading = parseBody(Buffer.from(text), 100)
      .catch(() => undefined)
      .finally(() => (isRead = true));
    const turn = (): void => {
      turns++;
      if (!isRead) setImmediate(turn);
    };
    turn();
    await reading;
    expect(turns).toBeGreaterThan(2);
  });

  it('has no number that nothing could hold', () => {
    for (const digits of [150_001, 8_000_000])
      expect(() => parse(`{"a":${'1'.repeat(digits)}}`)).toThrow(
        'A number has more than 150000 characters (line 1, column 6).',
      );
  });

  it('may have a value for 64 characters', () => {
    const text = (values: number, length: number): string =>
      `[${'1,'.repeat(values - 2)}"${'ä'.repeat(length - 2 * (values - 2) - 4)}"]`;
    expect(parse(text(500_000, 1_000_000))).toHaveLength(499_999);
    expect(() => parse(text(500_001, 31_000_000))).toThrow('The body has more than 500000 values.');
    expect(parse(text(510_000, 510_000 * 64))).toHaveLength(509_999);
    expect(() => parse(text(510_001, 510_000 * 64))).toThrow('The body has more than 510000 values.');
  });
});
