import {
  negotiateFormat,
  negotiateVersion,
  wantsSnapshot,
  type ResourceKind,
  type Version,
} from '../../../src/odata/http/negotiate';

describe('[5, 7] negotiateVersion', () => {
  it.each<[Record<string, string>, Version]>([
    [{}, '4.0'],
    [{ 'odata-maxversion': '4.0' }, '4.0'],
    [{ 'odata-maxversion': '4.00' }, '4.0'],
    [{ 'odata-maxversion': '4.01' }, '4.01'],
    [{ 'odata-maxversion': ' 4.01 ' }, '4.01'],
    [{ 'odata-maxversion': '4.02' }, '4.01'],
    [{ 'odata-maxversion': '5.0' }, '4.01'],
    [{ 'odata-maxversion': '10' }, '4.01'],
    [{ 'odata-maxversion': '4' }, '4.0'],
    [{ 'odata-maxversion': '4.0;NetFx' }, '4.0'],
    [{ 'odata-version': '4.0' }, '4.0'],
    [{ 'odata-version': '4.01' }, '4.0'],
    [{ 'odata-version': '4.0', 'odata-maxversion': '4.01' }, '4.01'],
  ])('%j → %s', (headers, version) => expect(negotiateVersion(headers)).toBe(version));

  it.each([
    [{ 'odata-maxversion': '3.0' }],
    [{ 'odata-maxversion': '0' }],
    [{ 'odata-maxversion': 'four' }],
    [{ 'odata-maxversion': '' }],
    [{ 'odata-maxversion': '-4.0' }],
    [{ 'odata-maxversion': '1e9' }],
    [{ 'odata-version': '5.0' }],
    [{ 'odata-version': '3.0' }],
    [{ 'odata-version': 'x' }],
  ])('%j is refused', (headers) =>
    expect(() => negotiateVersion(headers)).toThrow(expect.objectContaining({ status: 400 }) as Error),
  );
});

describe('wantsSnapshot', () => {
  it.each([
    [{}, false],
    [{ isolation: 'snapshot' }, true],
    [{ 'odata-isolation': 'Snapshot' }, true],
  ])('%j → %s', (headers, wanted) => expect(wantsSnapshot(headers)).toBe(wanted));

  it('refuses other levels', () =>
    expect(() => wantsSnapshot({ isolation: 'serializable' })).toThrow(
      expect.objectContaining({ status: 412 }) as Error,
    ));
});

const json = 'application/json;odata.metadata=minimal';
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('[9, 10, 298] negotiateFormat: Content-Type', () => {
  it.each<
    [
      accept: string | undefined,
      format: string | undefined,
      resource: ResourceKind,
      version: Version,
      contentType: string,
    ]
  >([
    // defaults
    [undefined, undefined, 'data', '4.0', json],
    ['', undefined, 'data', '4.0', json],
    ['*/*', undefined, 'data', '4.0', json],
    ['application/*', undefined, 'data', '4.0', json],
    ['application/json', undefined, 'data', '4.0', json],
    ['APPLICATION/JSON', undefined, 'data', '4.0', json],
    ['application/json', undefined, 'data', '4.01', json],
    ['application/json', undefined, 'service', '4.0', json],
    [browser, undefined, 'data', '4.0', json],
    [browser, undefined, 'service', '4.0', json],
    ['application/atomsvc+xml;q=0.8, application/json;odata.metadata=minimal', undefined, 'service', '4.0', json],
    // metadata parameter
    ['application/json;odata.metadata=full', undefined, 'data', '4.0', 'application/json;odata.metadata=full'],
    ['application/json; odata.metadata=None', undefined, 'data', '4.0', 'application/json;odata.metadata=none'],
    ['application/json;ODATA.METADATA="none"', undefined, 'data', '4.0', 'application/json;odata.metadata=none'],
    ['application/json;metadata=full', undefined, 'data', '4.0', 'application/json;odata.metadata=full'],
    ['application/json;metadata=full', undefined, 'data', '4.01', 'application/json;metadata=full'],
    ['application/json;odata.metadata=full', undefined, 'data', '4.01', 'application/json;odata.metadata=full'],
    // other parameters
    ['application/json;IEEE754Compatible=true', undefined, 'data', '4.0', `${json};IEEE754Compatible=true`],
    [
      'application/json;odata.metadata=minimal;IEEE754Compatible=true',
      undefined,
      'data',
      '4.0',
      `${json};IEEE754Compatible=true`,
    ],
    ['application/json;ieee754compatible=TRUE', undefined, 'data', '4.0', `${json};IEEE754Compatible=true`],
    ['application/json;IEEE754Compatible=false', undefined, 'data', '4.0', json],
    ['application/json;ExponentialDecimals=true', undefined, 'data', '4.01', `${json};ExponentialDecimals=true`],
    ['application/json;odata.streaming=true', undefined, 'data', '4.0', `${json};odata.streaming=true`],
    [
      'application/json;metadata=minimal;streaming=true',
      undefined,
      'data',
      '4.01',
      'application/json;metadata=minimal;streaming=true',
    ],
    ['application/json;charset=utf-8', undefined, 'data', '4.0', `${json};charset=utf-8`],
    ['application/json;charset=ISO-8859-1', undefined, 'data', '4.0', `${json};charset=utf-8`],
    ['application/json;odata=verbose', undefined, 'data', '4.0', json],
    ['application/json;odata=verbose,*/*;q=0.01', undefined, 'data', '4.0', json],
    ['application/json;odata=verbose,text/plain,*/*', undefined, 'data', '4.0', json],
    ['application/json;foo=bar', undefined, 'data', '4.0', json],
    // weights
    [
      'application/json;odata.metadata=full;q=0.5, application/json;odata.metadata=none',
      undefined,
      'data',
      '4.0',
      'application/json;odata.metadata=none',
    ],
    ['*/*, application/json;odata.metadata=full', undefined, 'data', '4.0', 'application/json;odata.metadata=full'],
    ['application/json;odata.metadata=wrong, */*;q=0.1', undefined, 'data', '4.0', json],
    ['text/csv, application/json;q=0.1', undefined, 'data', '4.0', json],
    // $format goes first
    ['text/csv', 'json', 'data', '4.0', json],
    ['application/json;IEEE754Compatible=true', 'JSON', 'data', '4.0', json],
    [undefined, 'application/json;odata.metadata=none', 'data', '4.0', 'application/json;odata.metadata=none'],
    [undefined, 'Application/Json;Metadata=Full', 'data', '4.01', 'application/json;metadata=full'],
    [undefined, 'json;odata.metadata=full', 'data', '4.0', 'application/json;odata.metadata=full'],
    // $metadata
    [undefined, undefined, 'metadata', '4.0', 'application/xml'],
    ['*/*', undefined, 'metadata', '4.0', 'application/xml'],
    [browser, undefined, 'metadata', '4.0', 'application/xml'],
    ['application/xml', undefined, 'metadata', '4.0', 'application/xml'],
    ['application/json', undefined, 'metadata', '4.0', 'application/json'],
    ['application/json;odata.metadata=minimal', undefined, 'metadata', '4.0', 'application/json'],
    ['application/xml;q=0.5,application/json', undefined, 'metadata', '4.0', 'application/json'],
    ['application/xml;q=0,*/*', undefined, 'metadata', '4.0', 'application/json'],
    ['application/json', 'xml', 'metadata', '4.0', 'application/xml'],
    [undefined, 'json', 'metadata', '4.01', 'application/json'],
    [undefined, 'application/xml', 'metadata', '4.0', 'application/xml'],
    // raw values
    [undefined, undefined, 'text', '4.0', 'text/plain;charset=utf-8'],
    ['text/plain', undefined, 'text', '4.0', 'text/plain;charset=utf-8'],
    ['text/*', undefined, 'text', '4.0', 'text/plain;charset=utf-8'],
    [
      'application/json;odata.metadata=minimal;IEEE754Compatible=true',
      undefined,
      'text',
      '4.0',
      'text/plain;charset=utf-8',
    ],
    [undefined, 'text/plain', 'text', '4.0', 'text/plain;charset=utf-8'],
  ])('Accept %s, $format %s, %s, %s → %s', (accept, format, resource, version, contentType) => {
    expect(negotiateFormat(accept, format, resource, version).contentType).toBe(contentType);
  });

  it.each<[accept: string | undefined, format: string | undefined, resource: ResourceKind]>([
    ['text/csv', undefined, 'data'],
    ['application/xml', undefined, 'data'],
    ['application/atom+xml', undefined, 'data'],
    ['application/json;q=0', undefined, 'data'],
    ['application/json;q=0, */*', undefined, 'data'],
    ['*/*;q=0', undefined, 'data'],
    ['application/json;odata.metadata=some', undefined, 'data'],
    ['application/json;IEEE754Compatible=perhaps', undefined, 'data'],
    ['application/json;odata.streaming=maybe', undefined, 'data'],
    ['nonsense', undefined, 'data'],
    ['text/html', undefined, 'metadata'],
    ['text/csv', undefined, 'text'],
    ['*/*', 'xml', 'data'],
    ['*/*', 'atom', 'data'],
    ['*/*', 'csv', 'data'],
    ['*/*', '', 'data'],
    ['*/*', 'application/json;odata.metadata=some', 'data'],
    ['*/*', 'json', 'text'],
  ])('Accept %s, $format %s, %s → 406', (accept, format, resource) => {
    expect(() => negotiateFormat(accept, format, resource, '4.0')).toThrow(
      expect.objectContaining({ status: 406, target: format === undefined ? undefined : '$format' }) as Error,
    );
  });
});

describe('negotiateFormat: the rest of the format', () => {
  it.each<[accept: string, version: Version, expected: object]>([
    [
      'application/json',
      '4.0',
      { kind: 'json', metadata: 'minimal', ieee754: false, exponentialDecimals: false, streaming: false, prefix: true },
    ],
    ['application/json;metadata=full', '4.0', { metadata: 'full', prefix: true }],
    ['application/json', '4.01', { prefix: true }],
    ['application/json;odata.metadata=minimal', '4.01', { prefix: true }],
    ['application/json;metadata=minimal', '4.01', { metadata: 'minimal', prefix: false }],
    [
      'application/json;IEEE754Compatible=true;ExponentialDecimals=true;streaming=true',
      '4.01',
      { ieee754: true, exponentialDecimals: true, streaming: true },
    ],
  ])('%s in %s', (accept, version, expected) => {
    expect(negotiateFormat(accept, undefined, 'data', version)).toMatchObject(expected);
  });

  it('remembers without mixing versions, resources and options', () => {
    const ask = (): unknown[] => [
      negotiateFormat('*/*', undefined, 'data', '4.0'),
      negotiateFormat('*/*', undefined, 'metadata', '4.0'),
      negotiateFormat('application/json;metadata=none', undefined, 'data', '4.0'),
      negotiateFormat('application/json;metadata=none', undefined, 'data', '4.01'),
      negotiateFormat('*/*', 'json', 'metadata', '4.0'),
    ];
    expect(ask()).toEqual(ask());
    expect(new Set(ask().map((format) => JSON.stringify(format))).size).toBe(5);
  });
});
