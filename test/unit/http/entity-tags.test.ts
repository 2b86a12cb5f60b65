import { matchesEntityTag, opaqueTag, parseEntityTags } from '../../../src/odata/http/entity-tags';

describe('parseEntityTags', () => {
  it.each<[string, '*' | string[]]>([
    ['*', '*'],
    [' * ', '*'],
    ['W/"1"', ['1']],
    ['w/"1"', ['1']],
    ['"1"', ['1']],
    ['W/"1", "2" ,W/"3"', ['1', '2', '3']],
    ['"a,b"', ['a,b']],
    ['""', ['']],
    [',"1",,"2",', ['1', '2']],
  ])('%s → %j', (text, tags) => expect(parseEntityTags(text)).toEqual(tags));

  it.each(['', ' ', ',', '1', 'W/1', '"1', '"1" "2"', '*, "1"', '"1", *', 'X/"1"', '"1"x'])('%s is refused', (text) =>
    expect(() => parseEntityTags(text, 'If-None-Match')).toThrow(
      expect.objectContaining({ status: 400, code: 'BadRequest_InvalidToken', target: 'If-None-Match' }) as Error,
    ),
  );
});

it.each<[string, string, boolean]>([
  ['*', 'W/"1"', true],
  ['"1"', 'W/"1"', true],
  ['W/"1"', '"1"', true],
  ['"2", W/"1"', 'W/"1"', true],
  ['"2"', 'W/"1"', false],
])('If-Match %s against %s → %s', (asked, current, expected) =>
  expect(matchesEntityTag(parseEntityTags(asked), current)).toBe(expected),
);

it('opaqueTag takes tags apart', () => expect(['W/"a"', '"a"', 'a'].map(opaqueTag)).toEqual(['a', 'a', 'a']));
