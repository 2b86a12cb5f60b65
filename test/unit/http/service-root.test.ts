import type { IncomingMessage } from 'node:http';
import { negotiateEncoding } from '../../../src/odata/http/compression';
import { isBelow } from '../../../src/odata/http/edge';
import { rootFrom, type RootOptions } from '../../../src/odata/http/service-root';

const incoming = (headers: Record<string, string>, socket: object = {}): IncomingMessage =>
  ({ headers, socket: { localAddress: '127.0.0.1', localPort: 3000, ...socket } }) as unknown as IncomingMessage;

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'api.example.com',
  'x-forwarded-prefix': '/erp/',
};

describe('rootFrom', () => {
  it.each<[headers: Record<string, string>, options: Partial<RootOptions>, root: string]>([
    [{ host: 'localhost:3000' }, {}, 'http://localhost:3000/v1.0/'],
    [{ host: '[::1]:3000' }, {}, 'http://[::1]:3000/v1.0/'],
    [{}, {}, 'http://127.0.0.1:3000/v1.0/'],
    [{ host: 'a', ...forwarded }, {}, 'http://a/v1.0/'],
    [{ host: 'a', ...forwarded }, { trustProxy: true }, 'https://api.example.com/erp/v1.0/'],
    [{ host: 'a:80', 'x-forwarded-proto': 'https, http' }, { trustProxy: true }, 'https://a:80/v1.0/'],
    [{ host: 'a', 'x-forwarded-proto': 'javascript' }, { trustProxy: true }, 'http://a/v1.0/'],
    [{ host: 'a', 'x-forwarded-prefix': '/"><b' }, { trustProxy: true }, 'http://a/v1.0/'],
    [{ host: 'a' }, { publicUrl: 'https://b' }, 'https://b/v1.0/'],
    [{ host: 'a' }, { publicUrl: 'https://b/erp/' }, 'https://b/erp/v1.0/'],
    [{ host: 'a' }, { publicUrl: 'https://b/v1.0' }, 'https://b/v1.0/'],
    [{ host: '"bad' }, { publicUrl: 'https://b' }, 'https://b/v1.0/'],
  ])('%j %j → %s', (headers, options, root) =>
    expect(rootFrom({ trustProxy: false, ...options })(incoming(headers), '/v1.0')).toBe(root),
  );

  it('knows TLS', () =>
    expect(rootFrom({ trustProxy: false })(incoming({ host: 'a' }, { encrypted: true }), '')).toBe('https://a/'));

  it.each(['a"b', 'a b', 'a/b', 'a:b', '<a>', 'user@a'])('refuses the host %s', (host) =>
    expect(() => rootFrom({ trustProxy: false })(incoming({ host }), '/v1.0')).toThrow(
      expect.objectContaining({ status: 400 }) as Error,
    ),
  );
});

it.each([
  ['/v1.0', true],
  ['/v1.0/', true],
  ['/v1.0?x', true],
  ['/v1.0/customers', true],
  ['/v1.0x', false],
  ['/v1', false],
  ['/', false],
])('%s below /v1.0: %s', (url, expected) => expect(isBelow(url, '/v1.0')).toBe(expected));

it.each([
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['br;q=0, *', 'gzip'],
  ['gzip;q=0, br;q=0', undefined],
  ['deflate', undefined],
])('Accept-Encoding %s → %s', (header, encoding) => expect(negotiateEncoding(header)).toBe(encoding));
