import http, { type IncomingHttpHeaders } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import zlib from 'node:zlib';
import express from 'express';
import { odataError } from '../../src/odata/error';
import { createHost, type Host, type HostOptions } from '../../src/odata/http/fastify-edge';
import type { Output, Request, Response } from '../../src/odata/service/message';
import { CustomerPaymentServer } from '../../src/server';

const JSON_TYPE = 'application/json;odata.metadata=minimal';
const headers = { 'Content-Type': JSON_TYPE, 'OData-Version': '4.0' };
const large = Buffer.from(
  JSON.stringify({ value: Array.from({ length: 500 }, (_, id) => ({ id, name: `Name ${String(id)}` })) }),
);
const huge = Buffer.from(
  JSON.stringify({ value: Array.from({ length: 9000 }, (_, id) => ({ id, name: `Name ${String(id)}` })) }),
);

const json = (status: number, value: unknown, more: Record<string, string> = {}): Response => ({
  status,
  headers: { ...headers, ...more },
  body: Buffer.from(JSON.stringify(value)),
});

/** What streams observed, for the tests to look at. */
const seen = { written: 0, ended: '' };

async function pump(output: Output, chunks: number, chunk: Buffer): Promise<void> {
  for (let i = 0; i < chunks; i++) {
    seen.written += chunk.length;
    if (!output.write(chunk)) await output.drained();
  }
}

const streaming =
  (chunks: number, chunk: Buffer, failure?: Error) =>
  async (output: Output): Promise<void> => {
    seen.written = 0;
    seen.ended = '';
    try {
      await pump(output, chunks, chunk);
      if (failure) throw failure;
      seen.ended = 'well';
    } catch (error) {
      seen.ended = (error as Error).name;
      throw error;
    }
  };

const hundredKb = Buffer.alloc(100_000, 'x');

const routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  '': ({ root }) => json(200, { '@odata.context': `${root}$metadata` }),
  echo: ({ method, target, headers: given, body, root }) =>
    json(200, { method, target, root, headers: given, body: body?.toString() ?? null, length: body?.length ?? 0 }),
  large: () => ({ status: 200, headers, body: large }),
  huge: () => ({ status: 200, headers, body: huge }),
  empty: () => ({ status: 204, headers: { 'OData-Version': '4.0', ETag: 'W/"1"' } }),
  cached: () => json(200, {}, { 'Cache-Control': 'max-age=60', Vary: 'Accept', 'Server-Timing': 'sql;dur=1.2' }),
  png: () => ({
    status: 200,
    headers: { 'Content-Type': 'image/png', 'OData-Version': '4.0' },
    body: Buffer.alloc(5000),
  }),
  stream: () => ({ status: 200, headers: { ...headers, 'Content-Type': 'text/plain' }, body: streaming(20, large) }),
  endless: () => ({ status: 200, headers, body: streaming(5000, hundredKb) }),
  breaks: () => ({ status: 200, headers, body: streaming(3, hundredKb, new Error('the database went away')) }),
  early: () => ({
    status: 200,
    headers,
    body: streaming(0, large, Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })),
  }),
  slow: () => new Promise((resolve) => setTimeout(() => resolve(json(200, { late: true })), 300)),
  busy: () => json(503, { error: { code: 'Overloaded', message: 'Busy.' } }, { 'Retry-After': '1' }),
  throws: () => {
    throw new Error('SELECT secret');
  },
  'bad-header': () => json(200, {}, { Location: 'a\nb' }),
};

const handler = async (request: Request): Promise<Response> => {
  const name = /^[\w-]*/.exec(request.target)?.[0] ?? '';
  return routes[name]?.(request) ?? json(404, { error: { code: 'NotFound', message: request.target } });
};

const options: HostOptions = {
  mount: '/v1.0',
  handler,
  callerFor: (request) => {
    if (request.headers['authorization'] !== 'Bearer') return { partition: null };
    throw odataError('Authentication_InvalidCredentials', {}, { headers: { 'WWW-Authenticate': 'Bearer' } });
  },
  ready: () => Promise.resolve(),
  logger: false,
  bodyLimit: 100_000,
};

let host: Host;
let base: string;
let ready = true;

beforeAll(async () => {
  host = createHost({
    ...options,
    ready: () => (ready ? Promise.resolve() : Promise.reject(new Error('away'))),
    pages: { '/': { contentType: 'text/html; charset=utf-8', body: '<p>hello' } },
  });
  base = await host.listen(0);
});
afterAll(() => host.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly innerError: Record<string, unknown> };
  };
  readonly complete: boolean;
}

interface Ask {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

function ask(url: string, { method = 'GET', headers: given = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port, pathname, search } = new URL(url, base);
    const path = url.startsWith('http') ? pathname + search : url;
    const length =
      body === undefined || 'Transfer-Encoding' in given ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = http.request(
      { host: '127.0.0.1', port, path, method, headers: { ...length, ...given }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', () => undefined);
        incoming.on('close', () => {
          const bytes = Buffer.concat(chunks);
          const text =
            /json/.test(incoming.headers['content-type'] ?? '') && !incoming.headers['content-encoding']
              ? bytes.toString()
              : '';
          const parsed = text !== '' && incoming.complete ? (JSON.parse(text) as Answer['body']) : {};
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            bytes,
            body: parsed,
            complete: incoming.complete,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends bytes as they are and reads until the server closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = host.server.address() as AddressInfo;
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

describe('every answer', () => {
  it('carries the constant headers', async () => {
    const { headers: got } = await ask('/v1.0/');
    expect(got).toMatchObject({
      'content-type': JSON_TYPE,
      'odata-version': '4.0',
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      'request-id': expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
    });
    for (const name of ['Accept', 'Accept-Encoding', 'OData-MaxVersion', 'Prefer']) expect(got.vary).toContain(name);
  });

  it('lets the service decide on caching', async () => {
    const { headers: got } = await ask('/v1.0/cached');
    expect(got).toMatchObject({ 'cache-control': 'max-age=60', vary: 'Accept', 'server-timing': 'sql;dur=1.2' });
  });

  it('[328] repeats client-request-id, in errors too, and hands its own request-id to the service', async () => {
    const given = { 'client-request-id': 'mine', 'request-id': 'forged' };
    const echo = await ask('/v1.0/echo', { headers: given });
    expect(echo.headers['client-request-id']).toBe('mine');
    expect(echo.body['headers']).toMatchObject({ 'request-id': echo.headers['request-id'] });
    const error = await ask('/v1.0/throws', { headers: given });
    expect(error.headers['client-request-id']).toBe('mine');
    expect(error.body.error?.innerError).toMatchObject({
      'request-id': error.headers['request-id'],
      'client-request-id': 'mine',
    });
  });

  it('[16] to HEAD is that to GET without body', async () => {
    for (const path of ['/v1.0/large', '/v1.0/empty', '/v1.0/nothing', '/v1.0/echo']) {
      const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
      const fixed = ({
        headers: { date: _date, 'request-id': _id, 'content-length': length, ...rest },
      }: Answer): object => (path.endsWith('echo') ? rest : { ...rest, length });
      expect([head.status, head.bytes.length, fixed(head)]).toEqual([get.status, 0, fixed(get)]);
    }
  });

  it('to HEAD of a stream releases the stream', async () => {
    const { status, bytes } = await ask('/v1.0/endless', { method: 'HEAD' });
    expect([status, bytes.length]).toEqual([200, 0]);
    await until(() => seen.ended !== '');
    expect(seen.written).toBe(hundredKb.length);
  });

  it('without body has no length and no type', async () => {
    const { status, headers: got, bytes } = await ask('/v1.0/empty');
    expect([status, bytes.length, got['content-length'], got['transfer-encoding']]).toEqual([
      204,
      0,
      undefined,
      undefined,
    ]);
    expect(got.etag).toBe('W/"1"');
  });

  it('passes 503 on', async () => {
    expect(await ask('/v1.0/busy')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  it('[327] says nothing of a failure', async () => {
    for (const path of ['/v1.0/throws', '/v1.0/bad-header']) {
      const { status, body, bytes, headers: got } = await ask(path);
      expect([status, body.error?.code, got['odata-version']]).toEqual([500, 'Internal_ServerError', '4.0']);
      expect(bytes.toString()).not.toMatch(/SELECT|secret/);
    }
  });
});

describe('requests', () => {
  it.each([
    ['/v1.0', ''],
    ['/v1.0/', ''],
    ['/v1.0?x=1', '?x=1'],
  ])('%s is the service root', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body['@odata.context']]).toEqual([200, `${base}/v1.0/$metadata`]);
  });

  it.each(["/v1.0/echo('a%2Fb')?$filter=a%20eq%20'%26+'", '/v1.0/echo%ZZ', '/v1.0/echo//..//x', '/v1.0/echo?a=%'])(
    '%s arrives undecoded',
    async (path) => {
      const { body } = await ask(path);
      expect(body['target']).toBe(path.slice('/v1.0/'.length));
    },
  );

  it('may name the host in the request line', async () => {
    const text = await raw(`GET http://x.example/v1.0/echo?a HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n`);
    expect(text).toContain('"target":"echo?a"');
    expect(text).toContain('"root":"http://x.example/v1.0/"');
  });

  it.each(['POST', 'PATCH', 'PUT', 'DELETE', 'MERGE', 'PROPFIND'])(
    '%s arrives with its body of any type',
    async (method) => {
      for (const type of ['application/json', 'null', '', 'a/b;;', 'multipart/mixed;boundary=x']) {
        const { status, body } = await ask('/v1.0/echo', { method, headers: { 'Content-Type': type }, body: 'null' });
        expect([status, body['method'], body['body']]).toEqual([200, method, 'null']);
      }
      const { body } = await ask('/v1.0/echo', { method, body: 'null' });
      expect(body['body']).toBe('null');
    },
  );

  it('a body of GET is passed over', async () => {
    const { status, body } = await ask('/v1.0/echo', { headers: { 'Content-Type': 'x' }, body: 'null' });
    expect([status, body['body']]).toEqual([200, null]);
  });

  it('a body in pieces arrives whole', async () => {
    const body = Buffer.alloc(90_000, 'ä');
    const { body: got } = await ask('/v1.0/echo', {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked' },
      body,
    });
    expect(got['length']).toBe(90_000);
  });

  it('a body above the limit is 413, declared or not', async () => {
    for (const given of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      const {
        status,
        body,
        headers: got,
      } = await ask('/v1.0/echo', { method: 'POST', headers: given, body: Buffer.alloc(300_000) });
      expect([status, body.error?.code, got['odata-version']]).toEqual([413, 'PayloadTooLarge', '4.0']);
    }
  });

  it('URLs of 8 and of 32 KiB are taken, longer ones are 414', async () => {
    const path = (length: number): string => `/v1.0/echo?${'a'.repeat(length - '/v1.0/echo?'.length)}`;
    expect((await ask(path(8 * 1024))).status).toBe(200);
    expect((await ask(path(32 * 1024))).status).toBe(200);
    for (const length of [32 * 1024 + 1, 200_000, 600_000]) {
      const { status, body } = await ask(path(length));
      expect([status, body.error?.code]).toEqual([414, 'UriTooLong']);
    }
  });

  it('headers that are too long, and nonsense, get an error body too', async () => {
    const long = await raw(`GET /v1.0/ HTTP/1.1\r\n${'X-Long: long\r\n'.repeat(100_000)}`);
    expect(long).toMatch(/^HTTP\/1\.1 431 [^]*"error":\{"code":"HeadersTooLong"/);
    const some = await raw(
      `GET /v1.0/ HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'l'.repeat(300_000)}\r\nConnection: close\r\n\r\n`,
    );
    expect(some).toMatch(/^HTTP\/1\.1 431 [^]*"error":\{"code":"HeadersTooLong"/);
    const nonsense = await raw('HELLO\r\n\r\n');
    expect(nonsense).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*"error":\{"code":"BadRequest"/);
  });

  it('one that does not come whole in time is 408', async () => {
    const { port } = host.server.address() as AddressInfo;
    const accepted = once(host.server, 'connection') as Promise<[net.Socket]>;
    const client = net.connect(port, '127.0.0.1', () => client.write('POST /v1.0/echo HTTP/1.1\r\nHost: x\r\n'));
    const [socket] = await accepted;
    // As node does when headersTimeout or requestTimeout is over.
    host.server.emit('clientError', Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
    const text = (await client.toArray()).join('');
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*"message":"The request did not come whole/);
  });

  it('a bad host is 400', async () => {
    expect(await ask('/v1.0/', { headers: { Host: 'a"b' } })).toMatchObject({ status: 400 });
  });

  it('without credentials are 401 before the body is read', async () => {
    const { status, headers: got } = await ask('/v1.0/echo', {
      method: 'POST',
      headers: { Authorization: 'Bearer' },
      body: Buffer.alloc(300_000),
    });
    expect([status, got['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  describe('of one caller are limited', () => {
    let limited: Host;
    let worked = 0;
    const callers: HostOptions['callerFor'] = async (request) => ({
      ...(await options.callerFor(request)),
      name: request.headers['authorization'],
    });
    const from = async (address: string, more: Ask = {}, path = 'echo'): Promise<string> => {
      const { headers: given, ...rest } = more;
      const answer = await ask(`${base}/v1.0/${path}`, {
        ...rest,
        headers: { 'X-Forwarded-For': `198.51.100.1, ${address}`, ...given },
      });
      if (answer.status !== 429) return String(answer.status);
      expect(answer.body.error?.code).toBe('TooManyRequests');
      const wait = Number(answer.headers['retry-after']);
      return wait > 0 && wait <= 20 ? '429' : `429 after ${wait > 60 && wait <= 80 ? 'more' : wait}`;
    };
    let before: string;
    beforeAll(async () => {
      limited = createHost({
        ...options,
        handler: (request) => {
          worked++;
          if (request.target === 'batch') request.charge?.(5);
          return handler(request);
        },
        callerFor: callers,
        rateLimit: 3,
        trustProxy: true,
      });
      before = base;
      base = await limited.listen(0);
    });
    afterAll(async () => {
      base = before;
      await limited.close();
    });

    it('by address, each on its own, before anything is done', async () => {
      const first = [await from('a'), await from('a'), await from('a')];
      const done = worked;
      expect([first, await from('a'), await from('a'), await from('b')]).toEqual([
        ['200', '200', '200'],
        '429',
        '429',
        '200',
      ]);
      expect(worked).toBe(done + 1);
      const unread = { method: 'POST', body: Buffer.alloc(50_000) };
      expect(await from('a', unread)).toBe('429');
    });

    it('by the name of the credentials, from wherever they come; those that are refused by address', async () => {
      const key = { headers: { Authorization: 'key one' } };
      expect([await from('c', key), await from('d', key), await from('e', key)]).toEqual(['200', '200', '200']);
      expect([await from('f', key), await from('c')]).toEqual(['429', '200']);
      const wrong = { headers: { Authorization: 'Bearer' } };
      expect([await from('c', wrong), await from('c', wrong), await from('c', wrong), await from('g', wrong)]).toEqual([
        '401',
        '401',
        '429',
        '401',
      ]);
    });

    it('a batch is let in as one, and counts as its requests', async () => {
      expect([await from('h', {}, 'batch'), await from('h')]).toEqual(['404', '429 after more']);
    });

    it('health, metrics and preflights are not; /metrics counts the refused', async () => {
      for (let turn = 0; turn < 5; turn++) {
        expect((await ask(`${base}/health/live`)).status).toBe(200);
        expect(await from('a', { method: 'OPTIONS' })).toBe('204');
      }
      const metrics = (await ask(`${base}/metrics`)).bytes.toString();
      expect(metrics).toMatch(/^odata_requests_total\{method="GET",status="429"\} 5$/m);
    });
  });

  it('several on one connection are answered in order', async () => {
    const one = (n: number, more = ''): string => `GET /v1.0/echo?${String(n)} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const text = await raw(one(1) + one(2) + one(3, 'Connection: close\r\n'));
    expect(text.match(/"target":"echo\?\d/g)).toEqual(['"target":"echo?1', '"target":"echo?2', '"target":"echo?3']);
  });
});

describe('CORS', () => {
  const origin = { Origin: 'https://app.example' };

  it('[361] answers a preflight', async () => {
    const given = {
      ...origin,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'if-match,x-own',
    };
    const { status, headers: got } = await ask('/v1.0/customers', { method: 'OPTIONS', headers: given });
    expect(status).toBe(204);
    expect(got).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': expect.stringContaining('PATCH') as unknown,
      'access-control-allow-headers': 'if-match,x-own',
      'odata-version': '4.0',
      allow: expect.stringContaining('DELETE') as unknown,
    });
  });

  it('[361] lets scripts read the headers of OData', async () => {
    const { headers: got } = await ask('/v1.0/', { headers: origin });
    expect(got['access-control-allow-origin']).toBe('*');
    for (const name of [
      ...['OData-Version', 'ETag', 'Location', 'OData-EntityId', 'Preference-Applied', 'Retry-After'],
      ...['Accept-Ranges', 'Content-Range', 'Repeatability-Result'],
    ])
      expect(got['access-control-expose-headers']).toContain(name);
    expect((await ask('/v1.0/')).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('can be confined to origins', async () => {
    const confined = createHost({ ...options, origins: ['https://app.example'] });
    const url = `${await confined.listen(0)}/v1.0/`;
    expect((await ask(url, { headers: origin })).headers['access-control-allow-origin']).toBe('https://app.example');
    expect(
      (await ask(url, { headers: { Origin: 'https://evil.example' } })).headers['access-control-allow-origin'],
    ).toBeUndefined();
    await confined.close();
  });
});

describe('[14] compression', () => {
  const unpack = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync } as const;

  it.each(['br', 'gzip'] as const)('%s gives the same bytes, whole or streamed', async (encoding) => {
    for (const path of ['large', 'huge', 'stream']) {
      const [plain, packed] = [
        await ask(`/v1.0/${path}`),
        await ask(`/v1.0/${path}`, { headers: { 'Accept-Encoding': encoding } }),
      ];
      expect(packed.headers['content-encoding']).toBe(encoding);
      expect(packed.headers.vary).toContain('Accept-Encoding');
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(unpack[encoding](packed.bytes).equals(plain.bytes)).toBe(true);
    }
  });

  it('is counted by /metrics as the bytes that were sent, whole or streamed', async () => {
    const counted = async (): Promise<number> =>
      Number(/^odata_response_bytes_total (\d+)$/m.exec((await ask('/metrics')).bytes.toString())?.[1]);
    for (const path of ['large', 'huge', 'stream'])
      for (const encoding of ['identity', 'gzip', 'br']) {
        const before = await counted();
        const { bytes } = await ask(`/v1.0/${path}`, { headers: { 'Accept-Encoding': encoding } });
        expect([path, encoding, (await counted()) - before]).toEqual([path, encoding, bytes.length]);
      }
  });

  it('spares small bodies and pictures', async () => {
    for (const path of ['/v1.0/', '/v1.0/png', '/v1.0/empty']) {
      expect(
        (await ask(path, { headers: { 'Accept-Encoding': 'br, gzip' } })).headers['content-encoding'],
      ).toBeUndefined();
    }
  });

  it('does not hold back the first piece', async () => {
    let more: () => void = () => undefined;
    const held = createHost({
      ...options,
      handler: async () => ({
        status: 200,
        headers,
        body: async (output) => {
          output.write(Buffer.from('{"value":['));
          await new Promise<void>((resolve) => (more = resolve));
          output.write(Buffer.from(']}'));
        },
      }),
    });
    const url = await held.listen(0);
    const request = http.get(`${url}/v1.0/`, { agent: false, headers: { 'Accept-Encoding': 'gzip' } });
    const [incoming] = (await once(request, 'response')) as [http.IncomingMessage];
    const unzip = incoming.pipe(zlib.createGunzip());
    const [first] = (await once(unzip, 'data')) as [Buffer];
    expect(first.toString()).toBe('{"value":[');
    more();
    expect(((await once(unzip, 'data')) as [Buffer])[0].toString()).toBe(']}');
    await held.close();
  });
});

describe('streams', () => {
  it('arrive whole', async () => {
    const { bytes, complete } = await ask('/v1.0/stream');
    expect([complete, bytes.length, seen.ended]).toEqual([true, 20 * large.length, 'well']);
  });

  it.each([undefined, 'gzip', 'br'])('[23] that fail half-way are cut, never ended well (%s)', async (encoding) => {
    const { status, complete } = await ask('/v1.0/breaks', {
      headers: encoding === undefined ? {} : { 'Accept-Encoding': encoding },
    });
    expect([status, complete]).toEqual([200, false]);
  });

  it('that fail before the first byte are answered with an error', async () => {
    expect(await ask('/v1.0/early')).toMatchObject({ status: 503, body: { error: { code: 'DatabaseUnavailable' } } });
  });

  it('wait for a slow reader, and end when it leaves', async () => {
    const { port } = new URL(base);
    const socket = net.connect(Number(port), '127.0.0.1', () =>
      socket.write('GET /v1.0/endless HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    await once(socket, 'data');
    socket.pause();
    let last = -1;
    await until(() => {
      const still = last === seen.written;
      last = seen.written;
      return still;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.written).toBe(last);
    expect(last).toBeLessThan(20_000_000);
    expect(seen.ended).toBe('');
    socket.destroy();
    await until(() => seen.ended !== '');
    expect(seen.ended).toBe('ClientGone');
  });
});

describe('beside the service', () => {
  it('serves pages, health and metrics', async () => {
    expect(await ask('/')).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(await ask('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    ready = false;
    expect(await ask('/health/ready')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    ready = true;
    expect((await ask('/metrics')).bytes.toString()).toMatch(/odata_requests_total\{method="GET",status="200"\} \d+/);
  });

  it.each(['/v2.0/', '/customers', '/v1.0x', '/%zz', '/health'])(
    '%s is an error like the service’s own',
    async (path) => {
      const { status, body, headers: got } = await ask(path);
      expect([404, 400]).toContain(status);
      expect(body.error).toMatchObject({ code: expect.any(String) as unknown, message: expect.any(String) as unknown });
      expect(got).toMatchObject({
        'odata-version': '4.0',
        'content-language': 'en',
        'request-id': expect.any(String) as unknown,
      });
    },
  );

  it('writes one line for each request, without secrets', async () => {
    const lines: string[] = [];
    const logged = createHost({
      ...options,
      logger: { level: 'info', stream: { write: (line: string) => void lines.push(line) } },
    });
    const url = await logged.listen(0);
    await ask(`${url}/v1.0/echo?$top=1&ApiKeyName=hidden`);
    await ask(`${url}/v1.0/throws`);
    await until(() => lines.filter((line) => line.includes('"requestId"')).length === 2);
    const [first, second] = lines
      .filter((line) => line.includes('"requestId"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ method: 'GET', url: '/v1.0/echo?$top=1&ApiKeyName=…', status: 200, level: 30 });
    expect(second).toMatchObject({ status: 500, level: 50, err: { message: 'SELECT secret' } });
    await logged.close();
  });

  it('ends when asked, and lets a request under way finish', async () => {
    const ending = createHost(options);
    const url = await ending.listen(0);
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get(`${url}/v1.0/slow`, { agent });
    await until(() => Boolean(request.socket?.writable && request.writableFinished));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = ending.close();
    const [incoming] = (await once(request, 'response')) as [http.IncomingMessage];
    expect([incoming.statusCode, incoming.headers.connection]).toEqual([200, 'close']);
    incoming.resume();
    await closed;
    await expect(ask(`${url}/v1.0/`)).rejects.toThrow(/ECONNREFUSED/);
    agent.destroy();
  });
});

describe('CustomerPaymentServer', () => {
  beforeAll(() => CustomerPaymentServer.configure({ handler, callerFor: options.callerFor }));

  it('create(port) listens, and close() ends it', async () => {
    const server = CustomerPaymentServer.create(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    expect((await ask(`${url}/v1.0/`)).body).toEqual({ '@odata.context': `${url}/v1.0/$metadata` });
    expect((await ask(`${url}/`)).bytes.toString()).toContain('data-root="v1.0/"');
    server.close();
    await once(server, 'close');
  });

  it('create(port) tells of a port that is taken', async () => {
    const { port } = new URL(base);
    const [error] = (await once(CustomerPaymentServer.create(Number(port)), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
  });

  it.each([
    ['alone', (app: express.Express) => app],
    ['behind body parsers', (app: express.Express) => app.use(express.json({ strict: false })).use(express.text())],
  ])('create() is mounted in Express, %s', async (_, prepare) => {
    const app = prepare(express()).use('/odata/service', CustomerPaymentServer.create());
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/odata/service`;
    expect((await ask(url)).body).toEqual({ '@odata.context': `${url}/$metadata` });
    const body = '{"a":"ä"}';
    const given = { 'Content-Type': 'application/json' };
    const { body: got } = await ask(`${url}/echo('a%2Fb')?$top=1`, { method: 'POST', headers: given, body });
    expect(got).toMatchObject({ method: 'POST', target: "echo('a%2Fb')?$top=1", root: `${url}/`, body });
    server.close();
    server.closeAllConnections();
  });

  it('execute answers within the process', async () => {
    const read = await CustomerPaymentServer.execute<{ target: string }>('/echo?$top=1');
    expect(read).toMatchObject({
      status: 200,
      statusCode: 200,
      contentType: JSON_TYPE,
      headers: { 'odata-version': '4.0' },
    });
    expect(read.body).toMatchObject({ method: 'GET', target: 'echo?$top=1', root: 'http://localhost/v1.0/' });
    const written = await CustomerPaymentServer.execute('echo', 'PATCH', { a: 1 });
    expect(written.body).toMatchObject({
      method: 'PATCH',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    const posted = await CustomerPaymentServer.execute('echo', { a: 1 });
    expect(posted.body).toMatchObject({ method: 'POST', body: '{"a":1}' });
    const whole = await CustomerPaymentServer.execute({
      url: '/v1.0/echo',
      method: 'PUT',
      headers: { 'If-Match': '*' },
      body: 'text',
    });
    expect(whole.body).toMatchObject({ method: 'PUT', target: 'echo', body: 'text', headers: { 'if-match': '*' } });
  });

  it('execute gives streams whole, errors as answers, and no body as none', async () => {
    expect((await CustomerPaymentServer.execute('nothing')).status).toBe(404);
    expect((await CustomerPaymentServer.execute('throws')).status).toBe(500);
    expect((await CustomerPaymentServer.execute('empty')).body).toBeUndefined();
    expect((await CustomerPaymentServer.execute({ url: 'echo', headers: { Authorization: 'Bearer' } })).status).toBe(
      401,
    );
    await expect(CustomerPaymentServer.execute('breaks')).rejects.toThrow('the database went away');
  });

  it('createProcessor gives what @odata/server itself would call', async () => {
    const processor = await CustomerPaymentServer.createProcessor({ url: '/echo', method: 'GET' });
    expect(await processor.on('data', () => undefined).execute()).toMatchObject({
      statusCode: 200,
      body: { target: 'echo' },
    });
  });
});
