/** Whatever a client sends: an Ast or an ODataError with status 400, never another error. */
import fc from 'fast-check';
import { ODataError } from '../../../src/odata/error';
import { parseUrl, shapeOf, splitUrl } from '../../../src/odata/url';

const piece = fc.constantFrom(
  ...[
    "'",
    '"',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ';',
    ':',
    '/',
    '$',
    '@',
    '=',
    '&',
    '?',
    '+',
    '-',
    '.',
    '*',
    ' ',
    '%20',
    '%',
    '%27',
    '%2F',
    '#',
    '\\',
    '\u0001',
    'é',
    '😀',
  ],
  ...[
    'a',
    'NS.T',
    '1',
    '2024-01-01',
    'and',
    'eq',
    'in',
    'not',
    'any(',
    'all(x:',
    '$count',
    '$filter',
    '$filter=',
    '$expand=',
    '$select=',
    '$search=',
    '$apply=',
    '$orderby=',
    '$compute=',
    '$top=',
    '@a=',
  ],
  ...[
    '$it',
    '$root/',
    'aggregate(',
    'groupby((',
    'with',
    'as',
    'from',
    'concat(',
    'case(',
    'cast(',
    'NOT ',
    ' AND ',
    "duration'P",
    "'PT1H'",
    '1e',
    'INF',
    'null',
    'true',
    '$metadata',
    '$entity',
    '$crossjoin(',
    '$each',
  ],
);

test('any target', () => {
  const property = fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
    try {
      const parts = splitUrl(pieces.join(''));
      shapeOf(parts);
      parseUrl(parts);
    } catch (error) {
      expect(error).toBeInstanceOf(ODataError);
      expect(error).toHaveProperty('status', 400);
    }
  });
  fc.assert(property, { numRuns: 10_000, seed: 1 });
});

test('any text at all', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (value) => {
    try {
      parseUrl({
        segments: ['x', value || 'y'],
        trailingSlash: false,
        options: ['$filter', '$expand', '$search', '$apply'].map((name) => ({ name, value })),
      });
    } catch (error) {
      expect(error).toBeInstanceOf(ODataError);
    }
  });
  fc.assert(property, { numRuns: 2_000, seed: 2 });
});
