/** Every Ast, printed, is parsed to an equal Ast, and every literal stands where the scanner of the shape finds it. */
import fc, { type Arbitrary } from 'fast-check';
import { parseExpression, parseUrl, shapeOf, splitUrl } from '../../../src/odata/url';
import type { Literal, OrderbyItem, QueryOptions } from '../../../src/odata/url/ast';
import * as arbitrary from './arbitrary';
import { parseApply, parseExpand, parseOrderby, parseSearch } from './parse';
import * as print from './printer';
import { literalsOf, withoutPlaces } from './nodes';

const runs = { numRuns: 400, seed: 3 };

function roundTrip<T>(of: Arbitrary<T>, printed: (value: T) => string, parsed: (text: string) => unknown): void {
  const property = fc.property(of, (value) => {
    const text = printed(value);
    expect({ text, value: withoutPlaces(parsed(text)) }).toEqual({ text, value: withoutPlaces(value) });
  });
  fc.assert(property, runs);
}

const orderby = fc.array(
  fc
    .tuple(arbitrary.expression, fc.constantFrom('asc' as const, 'desc' as const))
    .map(([expression, direction]): OrderbyItem => ({ expression, direction, place: { source: '', at: 0 } })),
  { minLength: 1, maxLength: 3 },
);
const expandOptions = fc.tuple(arbitrary.options).map(([options]) => [
  {
    path: [{ kind: 'name' as const, name: 'items', place: { source: '', at: 0 } }],
    options,
    place: { source: '', at: 0 },
  },
]);

describe('text → Ast → text', () => {
  test('expressions', () =>
    roundTrip(arbitrary.expression, print.expression, (text) => parseExpression(text, '$filter')));
  test('paths', () => roundTrip(arbitrary.path, print.path, (text) => parseExpression(text, 'path')));
  test('$orderby', () => roundTrip(orderby, print.orderby, (text) => parseOrderby(text, '$orderby')));
  test('$search', () => roundTrip(arbitrary.search, print.search, (text) => parseSearch(text, '$search')));
  test('$apply', () => roundTrip(arbitrary.sequence, print.apply, (text) => parseApply(text, '$apply')));
  test('$expand with $select, $filter, $apply, aliases … nested', () =>
    roundTrip(expandOptions, print.expand, (text) => parseExpand(text, '$expand')));
});

const target = (options: QueryOptions): string =>
  `customers?${print
    .optionTexts(options)
    .map((text) => text.split('=').map(encodeURIComponent).join('='))
    .join('&')}`;
const isScanned = ({ type }: Literal): boolean => type !== 'boolean';

describe('shape', () => {
  test('finds exactly the literals of the Ast', () => {
    const property = fc.property(arbitrary.options, (options) => {
      const parts = splitUrl(target(options));
      const literals = literalsOf(parseUrl(parts))
        .filter(isScanned)
        .map(({ place, raw }) => ({ ...place, raw }));
      const order = (left: { source: string; at: number }, right: { source: string; at: number }): number =>
        left.source.localeCompare(right.source) || left.at - right.at;
      expect([...shapeOf(parts).literals].sort(order)).toEqual(literals.sort(order));
    });
    fc.assert(property, runs);
  });

  test('is the same for other literals of the same kinds, and only for those', () => {
    const property = fc.property(arbitrary.expression, fc.gen(), (expression, generate) => {
      const text = print.expression(expression);
      const literals = literalsOf(parseExpression(text, '$filter'))
        .filter(isScanned)
        .sort((left, right) => left.place.at - right.place.at);
      let other = '';
      let copied = 0;
      for (const { place, raw, type, typeName } of literals) {
        const replacement = raw.startsWith('"')
          ? JSON.stringify('other')
          : type === 'boolean'
            ? raw
            : generate(() => arbitrary.rawLiterals[type]);
        other +=
          text.slice(copied, place.at) +
          (typeName ? `${typeName}${replacement.slice(replacement.indexOf("'"))}` : replacement);
        copied = place.at + raw.length;
      }
      other += text.slice(copied);
      const keys = [text, other].map((value) =>
        // Texts that may be intricate patterns are of kinds of their own.
        shapeOf({ segments: ['customers'], trailingSlash: false, options: [{ name: '$filter', value }] }).key.replace(
          /\u0001[qz]/g,
          '\u0001s',
        ),
      );
      expect({ text, key: keys[1] }).toEqual({ text, key: keys[0] });
    });
    fc.assert(property, runs);
  });

  test.each([
    ["'a'", "'a"],
    ["'a'", "'a''"],
    ["'a'", "'a''b"],
    ['["a"]', '["a]'],
    ['["a"]', '["a\\"]'],
    ['["a"]', '["a\\q"]'],
    ['["a"]', '["a\n"]'],
    ["binary'Zg'", "binary'Zh'"],
    ["duration'P1D'", "duration'1D'"],
    ["NS.Color'A'", "NS.Color'A,,B'"],
    ["NS.Color'A'", "NS.Color'A"],
  ])('what the parser refuses stands for itself: %s and %s', (good, bad) => {
    const [one, other] = [good, bad].map((text) => `x in ${text}`);
    const keyOf = (value = ''): string =>
      shapeOf({ segments: ['x'], trailingSlash: false, options: [{ name: '$filter', value }] }).key;
    expect(() => parseExpression(one ?? '', '$filter')).not.toThrow();
    expect(() => parseExpression(other ?? '', '$filter')).toThrow();
    expect(keyOf(other)).not.toBe(keyOf(one));
  });

  test('key and literals together are the request: no two requests share both', () => {
    const part = fc.string({
      unit: fc.constantFrom(
        ...'ab1-\'"(;=/ .$@\\',
        '\u0001',
        's',
        'i',
        'duration',
        '2024-01-01',
        'search=',
        'search(',
        '$levels=',
      ),
      maxLength: 20,
    });
    const property = fc.property(part, part, (segment, value) => {
      const { key, literals } = shapeOf({
        segments: ['x', segment || 'y'],
        trailingSlash: false,
        options: [{ name: '$filter', value }],
      });
      const rest = [...literals];
      const rebuilt = key.replace(/\u0001([\u0001/&=a-z])/g, (_, sign: string) => {
        if (sign === '\u0001') return '\u0001';
        if (/[a-z]/.test(sign)) return (rest.shift()?.raw ?? '').replace(/^[^'"]*(?=')/, '');
        return sign === '=' ? '=' : sign;
      });
      expect(rebuilt).toBe(`/x/${segment || 'y'}&$filter=${value}`);
    });
    fc.assert(property, { numRuns: 2_000, seed: 4 });
  });
});
