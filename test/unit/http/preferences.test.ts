import { annotationFilter } from '../../../src/odata/http/annotation-filter';
import { parsePreferences, preferenceApplied, type PreferenceName } from '../../../src/odata/http/preferences';

describe('[332] parsePreferences', () => {
  it.each<[prefer: string, expected: object]>([
    ['return=minimal', { return: 'minimal' }],
    ['Return=Representation', { return: 'representation' }],
    ['return="minimal"', { return: 'minimal' }],
    ['return=everything', { return: undefined }],
    ['maxpagesize=2', { maxPageSize: 2 }],
    ['odata.maxpagesize=50', { maxPageSize: 50 }],
    ['odata.maxpagesize = 50', { maxPageSize: 50 }],
    ['maxpagesize=2, odata.maxpagesize=50', { maxPageSize: 2 }],
    ['odata.maxpagesize=50, maxpagesize=2, maxpagesize=3', { maxPageSize: 2 }],
    ['maxpagesize=0', { maxPageSize: undefined }],
    ['maxpagesize=-1', { maxPageSize: undefined }],
    ['maxpagesize=many', { maxPageSize: undefined }],
    ['maxpagesize', { maxPageSize: undefined }],
    [`maxpagesize=${'9'.repeat(30)}`, { maxPageSize: Number.MAX_SAFE_INTEGER }],
    ['omit-values=nulls', { omitValues: 'nulls' }],
    ['omit-values=defaults', { omitValues: 'defaults' }],
    ['include-annotations="display.*,-*"', { includeAnnotations: 'display.*,-*' }],
    ['odata.include-annotations="*"', { includeAnnotations: '*' }],
    ['continue-on-error', { continueOnError: true }],
    ['odata.continue-on-error=true', { continueOnError: true }],
    ['continue-on-error=false', { continueOnError: false }],
    ['respond-async, wait=10', { respondAsync: true, wait: 10 }],
    ['odata.track-changes', { trackChanges: true }],
    ['handling=strict', { handling: 'strict' }],
    ['handling=lenient', { handling: 'lenient' }],
    ['odata.allow-entityreferences', { allowEntityReferences: true }],
    ['callback; url="http://localhost/cb?a=1,2;b"', { callback: 'http://localhost/cb?a=1,2;b' }],
    ['foo=bar, return=minimal;x=y, baz', { return: 'minimal' }],
    ['return=minimal, return=representation', { return: 'minimal' }],
    [',, ;=;"', { return: undefined, maxPageSize: undefined }],
  ])('%s', (prefer, expected) => expect(parsePreferences({ prefer })).toMatchObject(expected));

  it('without the header all is off, and costs nothing', () => {
    expect(parsePreferences({})).toBe(parsePreferences({}));
    expect(parsePreferences({})).toMatchObject({ respondAsync: false, maxPageSize: undefined, return: undefined });
  });
});

describe('preferenceApplied', () => {
  it.each<
    [
      prefer: string,
      applied: (PreferenceName | readonly [PreferenceName, string | number])[],
      expected: string | undefined,
    ]
  >([
    ['foo=bar, return=minimal', ['return'], 'return=minimal'],
    [
      'odata.maxpagesize=5, odata.track-changes',
      ['maxpagesize', 'track-changes'],
      'odata.maxpagesize=5, odata.track-changes',
    ],
    ['maxpagesize=5000', [['maxpagesize', 1000]], 'maxpagesize=1000'],
    ['include-annotations="a.*,-b.*"', ['include-annotations'], 'include-annotations="a.*,-b.*"'],
    ['return=minimal', ['maxpagesize'], undefined],
    ['return=minimal', [], undefined],
  ])('%s, %j → %s', (prefer, applied, expected) =>
    expect(preferenceApplied(parsePreferences({ prefer }), applied)).toBe(expected),
  );
});

describe('annotationFilter', () => {
  it.each<[list: string, term: string, qualifier: string | undefined, expected: boolean]>([
    ['*', 'Core.Description', undefined, true],
    ['-*', 'Core.Description', undefined, false],
    ['display.*', 'display.style', undefined, true],
    ['display.*', 'Core.Description', undefined, false],
    ['display.*,-*', 'display.style', undefined, true],
    ['*, -display.style', 'display.style', undefined, false],
    ['*, -display.*, display.style', 'display.style', undefined, true],
    ['display.style#Tablet', 'display.style', 'Tablet', true],
    ['display.style#Tablet', 'display.style', 'Phone', false],
    ['display.style,-display.style', 'display.style', undefined, false],
    ['', 'Core.Description', undefined, false],
  ])('%s: %s #%s → %s', (list, term, qualifier, expected) =>
    expect(annotationFilter(list)(term, qualifier)).toBe(expected),
  );
});
