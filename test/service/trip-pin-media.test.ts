/** Streams and media entities: the bytes that go in and come out, compared with those of the tables. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Answer } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running, get, ok } = runTripPin();

const send = (
  method: string,
  path: string,
  body?: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> => running().send(method, encodeURI(path), headers, body);

const put = (
  path: string,
  type: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> => send('PUT', path, body, { 'Content-Type': type, 'If-Match': '*', ...headers });

/** One value of a table. */
async function stored(query: string, ...values: readonly unknown[]): Promise<unknown> {
  const [row] = await running().sql(`SELECT ${query}`, values);
  return row && Object.values(row)[0];
}

const full = { Accept: 'application/json;odata.metadata=full' };
const rome = "Albums('Rome')";
const newest = 'id FROM photos ORDER BY id DESC LIMIT 1';
const anyText: unknown = expect.any(String);

describe('reading', () => {
  test.each([
    rome,
    `${rome}/cover`,
    'Photos(1)',
    'Photos(1)/$value',
    '$metadata',
    '$metadata?$format=json',
    "People('scottketchum')",
  ])('[16, 25] If-Match and If-None-Match of a read: %s', async (path) => {
    const etag = String((await ok(path)).headers.etag);
    const [strong, other] = [etag.slice('W/'.length), 'W/"other"'];
    const statuses: Record<string, number> = {};
    for (const match of ['', etag, strong, `${other}, ${etag}`, '*', other])
      for (const noneMatch of ['', etag, '*', other]) {
        const headers = { ...(match && { 'If-Match': match }), ...(noneMatch && { 'If-None-Match': noneMatch }) };
        const { status, headers: sent } = await get(path, headers);
        // RFC 9110 §13.2.2: If-Match first.
        const expected = match === other ? 412 : noneMatch === etag || noneMatch === '*' ? 304 : 200;
        if (status !== expected || (status < 400 && sent.etag !== etag)) statuses[JSON.stringify(headers)] = status;
      }
    expect(statuses).toEqual({});
  });

  test.each([
    [`${rome}/cover`, "cover FROM albums WHERE title = 'Rome'", 'image/jpeg', 'W/"3"'],
    [`${rome}/icon`, "icon FROM albums WHERE title = 'Rome'", 'image/png', 'W/"3"'],
    [`${rome}/print`, "print FROM albums WHERE title = 'Rome'", 'application/octet-stream', 'W/"3"'],
    ["Albums('Ulm')/icon", "icon FROM albums WHERE title = 'Ulm'", 'image/png', 'W/"1"'],
    [
      "Albums('O''Hare%20%2F%2050%25')/cover",
      'cover FROM albums WHERE revision = 7',
      'text/plain; charset=utf-8',
      'W/"7"',
    ],
    ['Photos(1)/$value', 'bytes FROM photos WHERE id = 1', 'image/png', 'W/"1"'],
    ['Photos(2)/$value', 'bytes FROM photos WHERE id = 2', 'text/plain', 'W/"2"'],
    [
      `${rome}/pages(11111111-1111-4111-8111-111111111111)/$value`,
      "scan FROM pages WHERE headline = 'One'",
      'application/pdf',
      undefined,
    ],
    [
      `${rome}/pages/11111111-1111-4111-8111-111111111111/album/cover`,
      "cover FROM albums WHERE title = 'Rome'",
      'image/jpeg',
      'W/"3"',
    ],
  ])('[83, 344] GET %s gives the bytes of the table with their media type', async (path, query, type, tag) => {
    const answer = await running().get(path);
    expect(answer.status).toBe(200);
    expect(answer.bytes).toEqual(await stored(query));
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.headers.etag).toBe(tag);
    expect(answer.headers['content-security-policy']).toContain('sandbox');
    const head = await running().send('HEAD', path);
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(answer.bytes.length)]);
  });

  test('a media type that no header can hold goes out as unknown bytes', async () => {
    expect((await ok('Photos(3)/$value')).headers['content-type']).toBe('application/octet-stream');
  });

  test('[344] there is nothing where a stream is null, and no entity where there is none', async () => {
    for (const path of ["Albums('Ulm')/cover", `${rome}/pages(22222222-2222-4222-8222-222222222222)/$value`]) {
      const answer = await get(path);
      expect([answer.status, answer.text]).toEqual([204, '']);
    }
    for (const path of ["Albums('none')/cover", 'Photos(999)/$value']) expect((await get(path)).status).toBe(404);
  });

  test('a stream that a client has is not sent again', async () => {
    const { headers } = await ok(`${rome}/cover`);
    const tag = String(headers.etag);
    const same = await get(`${rome}/cover`, { 'If-None-Match': tag });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', tag]);
    expect((await get(`${rome}/cover`, { 'If-Match': 'W/"999"' })).status).toBe(412);
  });

  test.each([
    ['image/*', 200],
    ['*/*', 200],
    ['image/jpeg;q=0.5, text/html', 200],
    ['image/jpeg;q=0, image/*', 406],
    ['application/json', 406],
    ['', 200],
  ])('[344] Accept: %s', async (accept, status) => {
    expect((await get(`${rome}/cover`, { Accept: accept })).status).toBe(status);
  });

  test('$format says nothing of a stream; other options do not fit', async () => {
    expect((await ok(`${rome}/cover?$format=json`)).headers['content-type']).toBe('image/jpeg');
    for (const option of ['$select=title', '$filter=true', '$expand=pages'])
      expect((await get(`${rome}/cover?${option}`)).status).toBe(400);
  });

  test('text that is long enough goes out compressed', async () => {
    const text = 'abc '.repeat(5000);
    await put("Albums('Ulm')/cover", 'text/plain', text);
    const answer = await ok("Albums('Ulm')/cover", { 'Accept-Encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.bytes).toString()).toBe(text);
    await send('DELETE', "Albums('Ulm')/cover", undefined, { 'If-Match': '*' });
  });

  test('a range gives that part of the bytes, and only of these', async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256));
    await put("Albums('Ulm')/cover", 'text/plain', bytes);
    const place = fc.integer({ min: 0, max: 6000 });
    await fc.assert(
      fc.asyncProperty(place, place, fc.constantFrom('both', 'from', 'last'), async (one, other, kind) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const range = { both: `${first}-${last}`, from: `${first}-`, last: `-${last}` }[kind];
        const expected =
          kind === 'last'
            ? bytes.subarray(Math.max(bytes.length - last, 0))
            : bytes.subarray(first, kind === 'both' ? last + 1 : undefined);
        const answer = await get("Albums('Ulm')/cover", { Range: `bytes=${range}`, 'Accept-Encoding': 'gzip' });
        if (expected.length === 0 || (kind === 'last' && last === 0)) {
          expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */5000']);
          return;
        }
        const start = kind === 'last' ? bytes.length - expected.length : first;
        expect([answer.status, answer.headers['content-range'], answer.headers['content-encoding']]).toEqual([
          206,
          `bytes ${start}-${start + expected.length - 1}/5000`,
          undefined,
        ]);
        expect(answer.bytes.equals(expected)).toBe(true);
      }),
      { numRuns: 40, seed: 416 },
    );
    for (const headers of [{ Range: 'bytes=5-2' }, { Range: 'bytes=0-1,4-5' }, { Range: 'rows=0-1' }]) {
      const answer = await get("Albums('Ulm')/cover", headers);
      expect([answer.status, answer.bytes.length, answer.headers['accept-ranges']]).toEqual([200, 5000, 'bytes']);
    }
    // Who goes on with a part where a coded answer broke off would put together what never was.
    await send('PUT', "Albums('Ulm')/cover", 'x'.repeat(5000), { 'Content-Type': 'text/plain' });
    for (const [coding, ranges] of [
      ['identity', 'bytes'],
      ['gzip', undefined],
    ] as const) {
      const text = await get("Albums('Ulm')/cover", { 'Accept-Encoding': coding });
      expect([text.headers['content-encoding'] ?? 'identity', text.headers['accept-ranges']]).toEqual([coding, ranges]);
    }
    const tag = String((await get("Albums('Ulm')/cover")).headers.etag);
    const changed = await get("Albums('Ulm')/cover", { Range: 'bytes=0-1', 'If-Range': tag });
    expect(changed.bytes).toHaveLength(5000);
    const head = await running().send('HEAD', "Albums('Ulm')/cover", { Range: 'bytes=0-1' });
    expect([head.status, head.headers['content-length']]).toEqual([200, '5000']);
    const entity = await get("Albums('Ulm')", { Range: 'bytes=0-1' });
    expect([entity.status, entity.json['title']]).toEqual([200, 'Ulm']);
    await send('DELETE', "Albums('Ulm')/cover", undefined, { 'If-Match': '*' });
  });
});

describe('what entities tell of their streams', () => {
  const album = { '@odata.context': expect.any(String) as string, '@odata.etag': expect.any(String) as string };

  test('[343, 344] by default neither bytes nor links: they are where everybody expects them', async () => {
    expect((await ok(rome)).json).toEqual({
      ...album,
      title: 'Rome',
      note: 'warm',
      coverType: 'image/jpeg',
      revision: 3,
    });
    expect((await ok('Photos(1)')).json).toEqual({
      ...album,
      id: 1,
      caption: 'Forum',
      mediaType: 'image/png',
      revision: 1,
    });
  });

  test('[343, 344] all links, media types and ETags under metadata=full, none under metadata=none', async () => {
    const { json } = await ok(rome, full);
    expect(json).toMatchObject({
      'cover@odata.mediaEditLink': `${rome}/cover`,
      'cover@odata.mediaReadLink': `${rome}/cover`,
      'cover@odata.mediaContentType': 'image/jpeg',
      'cover@odata.mediaEtag': 'W/"3"',
      'icon@odata.mediaContentType': 'image/png',
      'print@odata.mediaReadLink': `${rome}/print`,
    });
    expect(json).not.toHaveProperty('print@odata.mediaEditLink');
    expect((await ok("Albums('Ulm')", full)).json['cover@odata.mediaContentType']).toBeNull();
    const photo = (await ok('Photos(1)', full)).json;
    expect(photo).toMatchObject({
      '@odata.mediaEditLink': 'Photos(1)/$value',
      '@odata.mediaReadLink': 'Photos(1)/$value',
      '@odata.mediaContentType': 'image/png',
      '@odata.mediaEtag': 'W/"1"',
    });
    for (const path of [rome, 'Photos', `${rome}?$expand=pages`, `Albums?$select=cover`])
      expect((await ok(path, { Accept: 'application/json;odata.metadata=none' })).text).not.toContain('@odata.media');
  });

  test('[344] each link leads to the bytes, in expanded collections too', async () => {
    const { value } = await ok('Albums?$expand=pages', full);
    const pages = value.flatMap((one) => one['pages'] as readonly Record<string, unknown>[]);
    const links = [...value, ...pages].flatMap((one) =>
      Object.entries(one).flatMap(([name, link]) => (/media(Read|Edit)Link$/.test(name) ? [String(link)] : [])),
    );
    expect(links).toHaveLength(3 * 5 + 2 * 2);
    for (const link of links) expect([200, 204]).toContain((await running().get(link)).status);
    expect(pages[0]).toMatchObject({ '@odata.mediaContentType': 'application/pdf' });
    expect(pages[1]).toMatchObject({ '@odata.mediaContentType': null });
  });

  test('[344] $select of a stream gives its links, and not its bytes', async () => {
    const { json } = await ok(`${rome}?$select=note,cover`);
    expect(json).toEqual({
      ...album,
      '@odata.context': expect.stringMatching(/#Albums\(note,cover\)\/\$entity$/) as string,
      '@odata.id': rome,
      note: 'warm',
      'cover@odata.mediaEditLink': `${rome}/cover`,
      'cover@odata.mediaReadLink': `${rome}/cover`,
      'cover@odata.mediaContentType': 'image/jpeg',
      'cover@odata.mediaEtag': 'W/"3"',
    });
    const nested = await ok(`Albums?$select=title&$expand=pages($select=headline)`);
    expect(nested.text).not.toContain('media');
  });

  test('[160] $expand puts the bytes into the answer: JSON as it is, text as text, all else as base64url', async () => {
    const { value } = await ok('Albums?$expand=cover&$select=title&$orderby=title');
    expect(value.map((one) => [one['title'], one['cover'], one['cover@odata.mediaContentType']])).toEqual([
      ["O'Hare / 50%", 'Grüße "\\', 'text/plain; charset=utf-8'],
      ['Rome', Buffer.from('ffd8ff0000', 'hex').toString('base64url'), 'image/jpeg'],
      ['Ulm', null, undefined],
    ]);
    const photos = await ok('Photos?$expand=$value&$orderby=id&$top=2');
    expect(photos.value.map((one) => [one['$value'], one['@odata.mediaContentType']])).toEqual([
      ['iVBORw0KGgo', 'image/png'],
      ['YWI', 'text/plain'],
    ]);
    await put("Albums('Ulm')/cover", 'application/geo+json', '{"a":[1, 2.50]}');
    expect((await ok("Albums('Ulm')?$expand=cover")).text).toContain('"cover":{"a":[1, 2.50]}');
    await put("Albums('Ulm')/cover", 'application/json', '{"a"');
    expect((await ok("Albums('Ulm')?$expand=cover")).json).toMatchObject({
      'cover@odata.mediaContentType': 'application/octet-stream',
      cover: 'eyJhIg',
    });
    await send('DELETE', "Albums('Ulm')/cover", undefined, { 'If-Match': '*' });
  });

  test('[83, 343] $metadata declares them', async () => {
    const { text } = await ok('$metadata', { Accept: 'application/xml' });
    expect(text).toContain('<EntityType Name="Photo" HasStream="true">');
    expect(text).toContain('<Property Name="cover" Type="Edm.Stream" Nullable="true">');
    expect(text).toContain('<Annotation Term="Core.MediaType" Path="coverType"/>');
    expect(text).toContain('<Annotation Term="Core.MediaType" String="image/png"/>');
    const json = (await ok('$metadata?$format=json')).json['Trip.Pin'] as Record<string, Record<string, unknown>>;
    expect(json['Photo']).toMatchObject({
      $HasStream: true,
      '@Core.AcceptableMediaTypes': ['image/*', 'text/plain', 'application/json'],
    });
    expect(json['Photo']).not.toHaveProperty('bytes');
    expect(json['Album']?.['icon']).toMatchObject({ $Type: 'Edm.Stream', '@Core.MediaType': 'image/png' });
  });
});

describe('writing', () => {
  test('[344] any bytes come back as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.constantFrom('image/webp', 'text/plain;charset=utf-16', 'application/json', 'application/x-a.b+c; v="1;2"'),
        async (array, type) => {
          const bytes = Buffer.from(array);
          const before = Number(await stored("revision FROM albums WHERE title = 'Ulm'"));
          const answer = await put("Albums('Ulm')/cover", type, bytes, { 'If-Match': `W/"${before}"` });
          expect([answer.status, answer.text, answer.headers.etag]).toEqual([204, '', `W/"${before + 1}"`]);
          expect(await stored("cover FROM albums WHERE title = 'Ulm'")).toEqual(bytes);
          expect(await stored(`"coverType" FROM albums WHERE title = 'Ulm'`)).toBe(type);
          const read = await ok("Albums('Ulm')/cover");
          expect([read.bytes, read.headers['content-type']]).toEqual([bytes, type]);
        },
      ),
      { numRuns: 25, seed: 83 },
    );
  });

  test('[344] DELETE sets a stream to null, and its media type with it', async () => {
    await put("Albums('Ulm')/cover", 'image/gif', 'GIF');
    expect((await send('DELETE', "Albums('Ulm')/cover", undefined, { 'If-Match': '*' })).status).toBe(204);
    expect((await running().sql(`SELECT cover, "coverType" FROM albums WHERE title = 'Ulm'`))[0]).toEqual({
      cover: null,
      coverType: null,
    });
    const kept = await send('DELETE', `${rome}/icon`, undefined, { 'If-Match': '*' });
    expect([kept.status, kept.error.message]).toEqual([400, 'The stream "icon" must not be null.']);
  });

  test.each([
    ['PUT', `${rome}/cover`, { 'Content-Type': 'image/png' }, 'x', 428],
    ['PUT', `${rome}/cover`, { 'Content-Type': 'image/png', 'If-Match': 'W/"99"' }, 'x', 412],
    ['PUT', `${rome}/cover`, { 'If-Match': '*' }, 'x', 415],
    ['PUT', `${rome}/cover`, { 'If-Match': '*', 'Content-Type': 'png' }, 'x', 415],
    ['PUT', `${rome}/cover`, { 'If-Match': '*', 'Content-Type': `image/${'x'.repeat(60)}` }, 'x', 415],
    ['PUT', `${rome}/cover`, { 'If-Match': '*', 'Content-Type': 'image/png', 'Content-Encoding': 'gzip' }, 'x', 415],
    ['PUT', `${rome}/icon`, { 'If-Match': '*', 'Content-Type': 'image/gif' }, 'x', 415],
    ['PUT', `${rome}/icon`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x'.repeat(1001), 413],
    ['PUT', `${rome}/print`, { 'If-Match': '*', 'Content-Type': 'application/octet-stream' }, 'x', 405],
    ['PUT', `${rome}/cover?$select=note`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 400],
    ['PATCH', `${rome}/cover`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 405],
    ['POST', `${rome}/cover`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 405],
    ['PUT', "Albums('none')/cover", { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 404],
    ['PUT', "Albums/$filter(title eq 'Ulm')('Rome')/cover", { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 404],
    ['PUT', 'Photos/$filter(id gt 1)(1)/$value', { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 404],
    ['DELETE', "Albums/$filter(title eq 'Ulm')('Rome')/cover", { 'If-Match': '*' }, undefined, 404],
    ['PUT', 'Photos(1)/$value', { 'If-Match': '*', 'Content-Type': 'application/pdf' }, 'x', 415],
    ['PUT', `${rome}/cover/$value`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 400],
    ['PUT', `${rome}/$value`, { 'If-Match': '*', 'Content-Type': 'image/png' }, 'x', 400],
    ['POST', 'Photos', { 'Content-Type': 'application/xml' }, '<x/>', 415],
    ['POST', 'Photos', {}, 'x', 415],
    ['POST', `${rome}/pages`, { 'Content-Type': 'application/json' }, '{"headline":"x"}', 415],
    ['POST', `${rome}/pages`, { 'Content-Type': 'application/pdf' }, 'x'.repeat(5001), 413],
  ])('[343, 344] %s %s with %j is refused and changes nothing', async (method, path, headers, body, status) => {
    const rows = (): Promise<unknown> =>
      running().sql(
        `SELECT (SELECT json_agg(a) FROM albums a)::text, (SELECT json_agg(p) FROM photos p)::text, (SELECT json_agg(p) FROM pages p)::text`,
      );
    const before = await rows();
    const answer = await send(method, path, body, Object.fromEntries(Object.entries(headers)));
    expect([answer.status, running().takeFailures()]).toEqual([status, []]);
    expect(await rows()).toEqual(before);
  });

  test('[344] return=representation gives the bytes back', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const answer = await put(`${rome}/icon`, 'image/png', bytes, { Prefer: 'return=representation' });
    expect([answer.status, answer.bytes, answer.headers['content-type'], answer.headers['preference-applied']]).toEqual(
      [200, bytes, 'image/png', 'return=representation'],
    );
  });

  test('[343] a POST of bytes creates the entity that describes them, whatever their media type', async () => {
    for (const type of ['image/avif', 'text/plain', 'application/json']) {
      const bytes = Buffer.from([1, 0, 254, 92, 120]);
      const answer = await send('POST', 'Photos', bytes, { 'Content-Type': type });
      const id = Number(await stored(newest));
      expect([answer.status, answer.headers['location']]).toEqual([201, `${running().root}Photos(${id})`]);
      expect(answer.json).toMatchObject({ id, caption: 'untitled', mediaType: type, revision: 1 });
      expect(await stored('bytes FROM photos WHERE id = $1', id)).toEqual(bytes);
      expect((await ok(`Photos(${id})/$value`)).bytes).toEqual(bytes);
    }
    const minimal = await send('POST', 'Photos', 'x', { 'Content-Type': 'image/png', Prefer: 'return=minimal' });
    expect([minimal.status, minimal.text, minimal.headers.location]).toEqual([
      204,
      '',
      `${running().root}Photos(${String(await stored(newest))})`,
    ]);
    const page = await send('POST', "Albums('Ulm')/pages", Buffer.from('%PDF'), { 'Content-Type': 'application/pdf' });
    expect([page.status, page.json['headline']]).toEqual([201, null]);
    expect(await stored("scan FROM pages WHERE album = 'Ulm'")).toEqual(Buffer.from('%PDF'));
  });

  test('[343] the bytes and the properties of a media entity are changed apart, and end together', async () => {
    const { json } = await send('POST', 'Photos', 'first', { 'Content-Type': 'image/png' });
    const path = `Photos(${String(json['id'])})`;
    const patched = await send('PATCH', path, '{"caption":"Second","mediaType":"text/html"}', {
      'Content-Type': 'application/json',
      'If-Match': 'W/"1"',
    });
    expect(patched.json).toMatchObject({ caption: 'Second', mediaType: 'image/png' });
    expect((await ok(`${path}/$value`)).text).toBe('first');
    const shown = await put(`${path}/$value`, 'image/gif', 'third', {
      'If-Match': 'W/"2"',
      Prefer: 'return=representation',
    });
    expect([shown.status, shown.json]).toMatchObject([200, { caption: 'Second', mediaType: 'image/gif', revision: 3 }]);
    expect((await put(`${path}/$value`, 'text/plain', 'x', { 'If-Match': 'W/"2"' })).status).toBe(412);
    expect((await ok(`${path}/$value`)).text).toBe('third');
    const gone = await send('DELETE', `${path}/$value`, undefined, { 'If-Match': 'W/"3"' });
    expect(gone.status).toBe(204);
    expect(await stored('count(*)::int FROM photos WHERE id = $1', json['id'])).toBe(0);
  });

  test('bodies of entities hold no streams, and no media entities to be made', async () => {
    const json = { 'Content-Type': 'application/json', 'If-Match': '*' };
    const cover = await send('PATCH', rome, '{"cover":"AA"}', json);
    expect([cover.status, cover.error.target]).toEqual([400, 'cover']);
    const deep = await send('POST', 'Albums', '{"title":"deep","pages":[{"headline":"x"}]}', json);
    expect([deep.status, deep.error.message]).toEqual([
      400,
      "Entities of the type 'Page' are created by a POST of their bytes, not within another body.",
    ]);
    const made = await send('POST', 'Albums', '{"title":"made","cover@odata.mediaContentType":"image/png"}', json);
    expect(made.status).toBe(201);
    expect(await stored("encode(icon, 'hex') || coalesce(cover::text, '-') FROM albums WHERE title = 'made'")).toBe(
      '-',
    );
  });

  test('a stream is written and read within a batch', async () => {
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    const requests = [
      {
        id: 'a',
        method: 'PUT',
        url: "Albums('Ulm')/cover",
        headers: { 'content-type': 'image/png', 'if-match': '*' },
        body: bytes.toString('base64url'),
      },
      { id: 'b', method: 'GET', url: "Albums('Ulm')/cover", dependsOn: ['a'] },
      { id: 'c', method: 'POST', url: 'Photos', headers: { 'content-type': 'image/png' }, body: 'AAEC' },
      { id: 'd', method: 'POST', url: 'Photos', headers: { 'content-type': 'image/png' }, body: '_w' },
    ];
    const answer = await send('POST', '$batch', JSON.stringify({ requests }), { 'Content-Type': 'application/json' });
    const responses = answer.json['responses'] as readonly { readonly status: number; readonly body?: unknown }[];
    expect(responses.map(({ status }) => status)).toEqual([204, 200, 201, 201]);
    expect(responses[1]?.body).toBe(bytes.toString('base64url'));
    expect(
      (await running().sql('SELECT bytes FROM photos ORDER BY id DESC LIMIT 2')).map((row) => row['bytes']),
    ).toEqual([Buffer.from([255]), Buffer.from([0, 1, 2])]);
  });

  test.each<readonly [type: string, content: Buffer, toldType: string, body: unknown]>([
    ['application/json', Buffer.from('{"a":[1]}'), 'application/json', { a: [1] }],
    ['application/json', Buffer.from('0}]}'), 'application/octet-stream', 'MH1dfQ'],
    ['application/json', Buffer.from([255]), 'application/octet-stream', '_w'],
    ['text/plain', Buffer.from('Grüße'), 'text/plain', 'Grüße'],
    ['text/plain', Buffer.from([65, 255]), 'application/octet-stream', 'Qf8'],
    ['text/plain;charset=utf-16', Buffer.from('a', 'utf16le'), 'application/octet-stream', 'YQA'],
  ])('what is no %s (%j) comes out of a JSON batch as bytes', async (type, content, toldType, body) => {
    await put("Albums('Ulm')/cover", type, content);
    const requests = [
      { id: '1', method: 'GET', url: "Albums('Ulm')/cover" },
      { id: '2', method: 'GET', url: 'Photos(1)' },
    ];
    const { json } = await send('POST', '$batch', JSON.stringify({ requests }), { 'Content-Type': 'application/json' });
    const [first, second] = json['responses'] as readonly { headers: Record<string, string>; body: unknown }[];
    expect([first?.headers['Content-Type'], first?.body]).toEqual([toldType, body]);
    expect(second?.body).toMatchObject({ id: 1 });
  });

  test('any bytes go through a multipart batch, in and out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
          fc.constantFrom('', '\r\n', '\n\n', '--', '"$1').map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          const head = (line: string, ...headers: readonly string[]): string =>
            ['--b', 'Content-Type: application/http', '', line, ...headers, '', ''].join('\r\n');
          const body = Buffer.concat([
            Buffer.from(
              head(
                "PUT Albums('Ulm')/cover HTTP/1.1",
                'Content-Type: image/png',
                'If-Match: *',
                `Content-Length: ${bytes.length}`,
              ),
            ),
            bytes,
            Buffer.from(`\r\n${head("GET Albums('Ulm')/cover HTTP/1.1")}\r\n--b--\r\n`),
          ]);
          const answer = await send('POST', '$batch', body, { 'Content-Type': 'multipart/mixed;boundary=b' });
          expect(await stored("cover FROM albums WHERE title = 'Ulm'")).toEqual(bytes);
          const start = answer.bytes.indexOf('\r\n\r\n', answer.bytes.indexOf('image/png')) + 4;
          expect(answer.bytes.subarray(start, start + bytes.length)).toEqual(bytes);
        },
      ),
      { numRuns: 20, seed: 344 },
    );
  });

  test('a text in a JSON batch says no other character set', async () => {
    const headers = { 'content-type': 'text/plain;charset=utf-16', 'if-match': '*' };
    const requests = [{ id: '1', method: 'PUT', url: "Albums('Ulm')/cover", headers, body: 'abc' }];
    const { json } = await send('POST', '$batch', JSON.stringify({ requests }), { 'Content-Type': 'application/json' });
    expect(json['responses']).toMatchObject([{ status: 400 }]);
  });

  test('a batch leaves the bytes of a stream as they are, whatever looks like a reference in them', async () => {
    const bytes = '{ "a":  "$x",   "b": "$2", "c": 1.50 }';
    const lines = [
      '--b',
      'Content-Type: application/http',
      'Content-ID: 1',
      '',
      "PUT Albums('Ulm')/cover HTTP/1.1",
      'Content-Type: application/json',
      'If-Match: *',
      '',
      bytes,
      '--b--',
      '',
    ];
    const type = { 'Content-Type': 'multipart/mixed;boundary=b' };
    expect((await send('POST', '$batch', lines.join('\r\n'), type)).text).toContain('204 No Content');
    expect((await get("Albums('Ulm')/cover")).text).toBe(bytes);
  });
});

test.each([
  ['Albums?$filter=cover ne null', /'cover' is a stream/],
  ['Albums?$orderby=icon', /'icon' is a stream/],
  ['Albums?$compute=cover as x', /'cover' is a stream/],
  ['Albums?$apply=groupby((cover))', /'cover' is a stream/],
  ['Albums?$apply=aggregate(cover with max as x)', /'cover' is a stream/],
  ['Albums?$filter=pages/any(p:p/scan ne null)', /no property 'scan'/],
  ['Photos?$filter=bytes ne null', /no property 'bytes'/],
  ['Albums?$select=cover/x', /'cover' is a stream/],
  ['Albums?$expand=cover($top=1)', /'cover' is a stream/],
  ['Albums?$expand=cover,cover', /more than once/],
  ['Albums?$expand=$value', /no media entity/],
  [`${rome}/$value`, /no media entity/],
  [`${rome}/cover/$value`, /'cover' is a stream/],
])('[344] GET %s is refused', async (path, message) => {
  const answer = await get(path);
  expect(answer.status).toBe(400);
  expect(answer.error.message).toMatch(message);
});

describe('[160] the bytes behind navigation properties', () => {
  const members = (value: unknown): readonly Record<string, unknown>[] => value as readonly Record<string, unknown>[];
  /** Bytes as they go out by plain JavaScript: text and JSON as such, where they are, all else as base64url. */
  const shown = (bytes: Buffer | null, type: string | null): readonly [unknown, string | undefined] => {
    if (bytes === null || type === null) return [null, undefined];
    const text = bytes.toString();
    const isUtf8 = Buffer.from(text).equals(bytes);
    if (/^text/.test(type)) return isUtf8 ? [text, type] : [bytes.toString('base64url'), 'application/octet-stream'];
    if (!/json$/.test(type)) return [bytes.toString('base64url'), type];
    try {
      return [JSON.parse(text), type];
    } catch {
      return [bytes.toString('base64url'), 'application/octet-stream'];
    }
  };

  test('of media entities in a collection, with every level of metadata and without nulls', async () => {
    const pages = await running().sql(`SELECT id, scan FROM pages WHERE album = 'Rome' ORDER BY id`);
    const wanted = pages.map(({ scan }) => shown(scan as Buffer | null, 'application/pdf'));
    const path = `${rome}?$expand=pages($select=headline;$orderby=id;$expand=$value)`;
    const of = async (headers: Record<string, string>): Promise<readonly Record<string, unknown>[]> =>
      members((await ok(path, headers)).json['pages']);
    expect((await of({})).map((page) => [page['$value'], page['@odata.mediaContentType']])).toEqual(wanted);
    const [all] = await of({ Accept: 'application/json;odata.metadata=full' });
    expect(all).toMatchObject({ '@odata.mediaReadLink': anyText, $value: wanted[0]?.[0] });
    expect(Object.keys(all ?? {}).filter((name) => name.endsWith('mediaContentType'))).toHaveLength(1);
    const none = await of({ Accept: 'application/json;odata.metadata=none', Prefer: 'omit-values=nulls' });
    expect(none).toEqual([{ headline: 'One', $value: wanted[0]?.[0] }, {}]);
    const latest = await of({ Accept: 'application/json;metadata=minimal', 'OData-MaxVersion': '4.01' });
    expect(latest[0]).toMatchObject({ '@mediaContentType': 'application/pdf' });
  });

  test('of stream properties: what their bytes are decides, as it does at the top', async () => {
    const contents: readonly (readonly [type: string, bytes: Buffer])[] = [
      ['image/webp', Buffer.from([0, 1, 2, 255])],
      ['text/plain', Buffer.from('Grüße "\\"\u0001\n')],
      ['text/plain', Buffer.from([0xc3, 0x28])],
      ['application/json', Buffer.from('{"a":[1,2.5],"b":"\\u0001"}')],
      ['application/geo+json', Buffer.from('{"a"')],
      ['application/json', Buffer.from('[]')],
    ];
    for (const [type, bytes] of contents) {
      await put(`${rome}/cover`, type, bytes, { 'If-Match': '*' });
      const expected = shown(bytes, type);
      const at = (entity: Record<string, unknown>): unknown => [
        entity['cover'],
        entity['cover@odata.mediaContentType'],
      ];
      const top = await ok(`${rome}?$select=title&$expand=cover`);
      expect(at(top.json)).toEqual(expected);
      const nested = await ok(
        "Albums?$filter=title eq 'Rome'&$select=title&$expand=pages($select=headline;$orderby=id;$expand=$value,album($select=title;$expand=cover,icon))",
      );
      const found = nested.value.flatMap((one) => members(one['pages'])).map((page) => page['album']);
      expect(members(found).map(at)).toEqual([expected, expected]);
      for (const one of members(found)) expect(one).toMatchObject({ title: 'Rome', icon: anyText });
      const one = await ok(
        `${rome}/pages?$select=headline&$orderby=id&$expand=album($expand=cover,pages($expand=$value))`,
      );
      expect(one.value.map((page) => at(page['album'] as Record<string, unknown>))).toEqual([expected, expected]);
    }
    await put(`${rome}/cover`, 'image/jpeg', Buffer.from('ffd8ff0000', 'hex'), { 'If-Match': '*' });
  });
});
