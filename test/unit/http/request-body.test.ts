import { readRequestBody } from '../../../src/odata/http/request-body';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const read = (
  type: string | undefined,
  body: Buffer | string,
  more: Record<string, string> = {},
): ReturnType<typeof readRequestBody> =>
  readRequestBody({ ...(type === undefined ? {} : { 'content-type': type }), ...more }, Buffer.from(body));

describe('readRequestBody', () => {
  it.each<[type: string | undefined]>([[undefined], ['application/json'], ['text/csv'], ['nonsense']])(
    'an empty body of type %s is none',
    (type) => {
      expect(read(type, '')).toBeUndefined();
    },
  );

  it.each<[type: string, body: Buffer | string, text: string]>([
    ['application/json', '{"a":"ä"}', '{"a":"ä"}'],
    ['Application/JSON; charset=UTF-8', '{}', '{}'],
    ['application/json;charset="utf-8"', '{}', '{}'],
    ['application/json;odata=verbose', '{}', '{}'],
    ['application/json;odata.metadata=minimal;odata.streaming=true', '{}', '{}'],
    ['application/json', '\uFEFF{}', '{}'],
    ['application/json;charset=utf-16', utf16be('{"a":"ä"}'), '{"a":"ä"}'],
    ['application/json;charset=utf-16', utf16be('\uFEFF{}'), '{}'],
    ['application/json;charset=utf-16', Buffer.from('\uFEFF{"a":"ä"}', 'utf16le'), '{"a":"ä"}'],
    ['application/json;charset=utf-16le', Buffer.from('{}', 'utf16le'), '{}'],
    ['application/json;charset=utf-16be', utf16be('{}'), '{}'],
  ])('%s', (type, body, text) => expect(read(type, body)?.bytes.toString()).toBe(text));

  it.each(['le', 'be'])('a long text of UTF-16 is read piece by piece: %s', (order) => {
    const text = `"${'ä😀€'.repeat(50_000)}"`;
    const bytes = order === 'le' ? Buffer.from(text, 'utf16le') : utf16be(text);
    expect(read(`application/json;charset=utf-16${order}`, bytes)?.bytes.toString() === text).toBe(true);
  });

  it('gives the boundary of a multipart body, and its bytes as they are', () => {
    const body = Buffer.from([0xff, 0x2d]);
    const headers = { 'content-type': 'multipart/mixed; boundary="b;1"' };
    expect(readRequestBody(headers, body, ['multipart/mixed', 'application/json'])).toEqual({
      mediaType: 'multipart/mixed',
      bytes: body,
      boundary: 'b;1',
    });
  });

  it.each<[type: string | undefined, more: Record<string, string>]>([
    [undefined, {}],
    ['text/csv', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/xml', {}],
    ['nonsense', {}],
    ['application/json;charset=iso-8859-1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('%s %j → 415', (type, more) =>
    expect(() => read(type, '{}', more)).toThrow(expect.objectContaining({ status: 415 }) as Error),
  );

  it.each<[string, Buffer]>([
    ['application/json', Buffer.from([0x22, 0xff, 0x22])],
    ['application/json;charset=utf-16le', Buffer.from([0x22])],
    ['application/json;charset=utf-16le', Buffer.from([0x22, 0, 0x3d, 0xd8, 0x22, 0])],
    ['application/json;charset=utf-16', Buffer.from([0, 0x22, 0xd8, 0x3d])],
  ])('%s with broken bytes → 400', (type, body) =>
    expect(() => read(type, body)).toThrow(expect.objectContaining({ status: 400 }) as Error),
  );

  it('takes identity for no encoding', () =>
    expect(read('application/json', '{}', { 'content-encoding': 'identity' })).toBeDefined());
});
