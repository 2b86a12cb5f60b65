/** $batch in both formats: what each part comes to, and what is left in the tables. */
import fc from 'fast-check';
import { multipartBody, resultOf, sendJson, sendMultipart, type BatchResult, type Part } from '../setup/batches';
import { startService, type Json, type TestService } from '../setup/service';

let service: TestService;
let journals = 0;

beforeAll(async () => {
  service = await startService({ maxBatchParts: 600 });
});

afterAll(() => service.close());

afterEach(() => expect(service.takeFailures()).toEqual([]));

const code = (): string => `BATCH${++journals}`;

const journalsLike = async (...codes: readonly string[]): Promise<readonly string[]> => {
  const rows = await service.sql('SELECT code FROM customer_payment_journals WHERE code = ANY($1) ORDER BY code', [
    codes,
  ]);
  return rows.map((row) => String(row['code']));
};

const createJournal = (id: string, name: string, more: Partial<Part> = {}): Part => ({
  id,
  method: 'POST',
  url: 'customerPaymentJournals',
  body: { code: name },
  ...more,
});

/** A journal of its own, by plain POST. */
async function journal(): Promise<{ readonly path: string; readonly id: string; readonly etag: string }> {
  const made = await service.send(
    'POST',
    'customerPaymentJournals',
    { 'Content-Type': 'application/json' },
    JSON.stringify({ code: code() }),
  );
  const id = String(made.json['id']);
  return { path: `customerPaymentJournals(${id})`, id, etag: String(made.headers.etag) };
}

const formats = [
  ['JSON', (requests: readonly Part[], headers?: Record<string, string>) => sendJson(service, requests, headers)],
  [
    'multipart',
    (requests: readonly Part[], headers?: Record<string, string>) => sendMultipart(service, requests, headers),
  ],
] as const;

test('references in one text come to no more than a part may be long, however often they stand for a long answer', async () => {
  const { of } = await sendJson(service, [
    { id: '1', method: 'GET', url: 'customers?$select=number,displayName,email,phoneNumber' },
    {
      id: '2',
      method: 'POST',
      url: 'customerPaymentJournals',
      body: { code: Array.from({ length: 20_000 }, () => '$1/value') },
      dependsOn: ['1'],
    },
    { id: '3', method: 'GET', url: 'customers', if: Array.from({ length: 60_000 }, () => '$1/@odata.context').join() },
    createJournal('4', code(), { body: { code: '$1/value/0/number' }, dependsOn: ['1'] }),
  ]);
  expect(['1', '2', '3', '4'].map((id) => of(id).status)).toEqual([200, 413, 413, 201]);
  expect(['2', '3'].map((id) => of(id).error.code)).toEqual(['PayloadTooLarge', 'PayloadTooLarge']);
});

describe.each(formats)('a %s batch', (format, send) => {
  test('answers the part whose URL, or condition, is far too long with where that is, and the others as ever', async () => {
    const long = 'x'.repeat(1_400_000);
    const parts = [
      { id: '1', method: 'GET', url: `customers?$search=${long}` },
      ...(format === 'JSON' ? [{ id: '2', method: 'GET', url: 'customers', if: long }] : []),
      { id: '3', method: 'GET', url: 'customers/$count' },
    ];
    const { of } = await send(parts, { Prefer: 'continue-on-error' });
    const refused = (target: string) => [400, { code: 'TextTooLong', target }];
    expect([of('1').status, of('1').error]).toMatchObject(refused('url'));
    if (format === 'JSON') expect([of('2').status, of('2').error]).toMatchObject(refused('if'));
    expect(of('3').status).toBe(200);
  });

  test('[270, 271, 272, 278, 279] answers each part as the request on its own, in order, whatever the form of its URL (trap 12)', async () => {
    const alone = await service.get('customers?$top=2&$select=number&$count=true');
    const path = new URL(service.root).pathname;
    const urls = [
      'customers?$top=2&$select=number&$count=true',
      '/customers?$top=2&$select=number&$count=true',
      `${path}customers?$top=2&$select=number&$count=true`,
      `${service.root}customers?$top=2&$select=number&$count=true`,
      'customers/?$top=2&$select=number&$count=true',
    ];
    const result = await send(urls.map((url, index) => ({ id: `r${index}`, method: 'GET', url })));
    expect(result.status).toBe(200);
    expect(result.headers['odata-version']).toBe('4.0');
    expect(result.parts.map(({ id }) => id)).toEqual(urls.map((_, index) => `r${index}`));
    for (const part of result.parts) {
      expect(part.status).toBe(200);
      expect(part.json).toEqual(alone.json);
      expect(part.headers['odata-version']).toBe('4.0');
      expect(part.headers['content-type']).toBe(alone.headers['content-type']);
    }
  });

  test('[16, 271] HEAD is answered as GET is, without the body', async () => {
    const urls = ['customers', "customers(number='C00001')", 'customers/$count', '$metadata', 'nothing'];
    const requests = (method: string): readonly Part[] =>
      urls.map((url, index) => ({ id: String(index), method, url }));
    const seen = ({ parts }: BatchResult): unknown =>
      parts.map(({ id, status, headers: { 'content-length': _, ...rest } }) => ({ id, status, rest }));
    const bodies = ({ parts, text }: BatchResult): readonly boolean[] =>
      text.startsWith('{')
        ? (JSON.parse(text) as { responses: readonly Json[] }).responses.map((one) => 'body' in one)
        : parts.map((one) => one.text !== '');
    const [head, get] = [await send(requests('HEAD')), await send(requests('GET'))];
    expect(seen(head)).toEqual(seen(get));
    expect([bodies(head), bodies(get)]).toEqual([urls.map(() => false), urls.map(() => true)]);
  });

  test('[272, 281] a bad part has its own 4xx, the others their answers', async () => {
    const requests: Part[] = [
      { id: '1', method: 'GET', url: 'nothings' },
      { id: '2', method: 'GET', url: 'customers?$filter=number eq' },
      { id: '3', method: 'PUT', url: 'customers' },
      { id: '4', method: 'GET', url: 'http://elsewhere.example/v1.0/customers' },
      { id: '5', method: 'GET', url: '$batch' },
      { id: '6', method: 'POST', url: 'customers/$batch', body: { requests: [] } },
      createJournal('7', 'much too long for a code of a journal'),
      { id: '8', method: 'GET', url: 'customers/$count' },
      { id: '9', method: 'GET', url: 'customers?$top=1', headers: { 'OData-MaxVersion': '3.0' } },
    ];
    const result = await send(requests, { Prefer: 'continue-on-error' });
    expect(result.headers['preference-applied']).toBe('continue-on-error');
    expect(result.parts.map(({ status }) => status)).toEqual([404, 400, 405, 400, 400, 400, 400, 200, 400]);
    expect(result.of('7').error).toMatchObject({ code: 'Application_StringExceededLength', target: 'code' });
    expect(result.of('8')).toMatchObject({ text: '20', headers: { 'content-type': 'text/plain;charset=utf-8' } });
    for (const { error, status } of result.parts) expect(status === 200 || error.message !== '').toBe(true);
  });

  test('[273] a group is all or nothing, and reads in it see its writes', async () => {
    const [first, second, taken] = [code(), code(), code()];
    const fine = await send([
      createJournal('1', first, { atomicityGroup: 'a' }),
      {
        id: '2',
        method: 'GET',
        url: `customerPaymentJournals?$filter=code eq '${first}'&$select=code`,
        atomicityGroup: 'a',
      },
      createJournal('3', second, { atomicityGroup: 'a', headers: { Prefer: 'return=minimal' } }),
    ]);
    expect(fine.parts.map(({ status }) => status)).toEqual([201, 200, 204]);
    expect(fine.of('2').json['value']).toMatchObject([{ code: first }]);
    expect(await journalsLike(first, second)).toEqual([first, second]);
    const failing = await send([
      createJournal('1', taken, { atomicityGroup: 'b' }),
      createJournal('2', first, { atomicityGroup: 'b' }),
      { id: '3', method: 'GET', url: 'customers/$count', atomicityGroup: 'b' },
    ]);
    expect(await journalsLike(taken)).toEqual([]);
    if (format === 'multipart') {
      expect(failing.parts).toHaveLength(1);
      expect(failing.parts[0]).toMatchObject({ status: 409, group: undefined });
    } else {
      expect(failing.parts.map(({ status }) => status)).toEqual([424, 409, 424]);
      expect(failing.parts.map(({ group }) => group)).toEqual(['b', 'b', 'b']);
      expect(failing.of('1').error.message).toContain("'2' failed");
    }
  });

  test('[275] entities are referred to in URLs and bodies, within a group and across', async () => {
    const name = code();
    const customer = (await service.get('customers?$top=1')).value[0] ?? {};
    const result = await send(
      [
        createJournal('j', name, { atomicityGroup: 'a' }),
        { id: 'p', method: 'POST', url: '$j/customerPayments', body: { amount: -5 }, atomicityGroup: 'a' },
        { id: 'c', method: 'GET', url: `customers(${String(customer['id'])})` },
        { id: 'q', method: 'POST', url: '$j/customerPayments', body: { 'customer@odata.bind': '$c', amount: -6 } },
        { id: 'r', method: 'GET', url: '$q?$select=customerNumber,amount' },
        { id: 's', method: 'PATCH', url: '/$q', body: { comment: 'changed' }, headers: { 'If-Match': '*' } },
        { id: 't', method: 'GET', url: '$j/customerPayments?$select=amount,comment&$filter=amount lt 0' },
      ],
      { Prefer: 'odata.continue-on-error' },
    );
    expect(result.parts.map(({ status }) => status)).toEqual([201, 201, 200, 201, 200, 200, 200]);
    expect(result.of('r').json).toMatchObject({ customerNumber: customer['number'], amount: -6 });
    expect(result.of('t').json['value']).toMatchObject([{ amount: -5 }, { amount: -6, comment: 'changed' }]);
    expect(result.text).not.toContain('$j');
    expect(result.of('p').headers['location']).toContain(
      `customerPaymentJournals(${String(result.of('j').json['id'])})`,
    );
  });

  test('[275] both ends of the links of a delta are referred to, and the id of what it removes', async () => {
    const [customer] = (await service.get('customers?$top=1&$select=id,number')).value;
    const link = (kind: string, target?: string) => ({
      '@odata.context': `#x/$${kind}`,
      ...{ source: '$p', relationship: 'customer', ...(target === undefined ? {} : { target }) },
    });
    const gone = { '@odata.context': '#x/$deletedEntity', id: '$q', reason: 'deleted' };
    const delta = (value: unknown) => ({ '@odata.context': '#$delta', value });
    const url = '$j/customerPayments';
    const result = await send(
      [
        createJournal('j', code()),
        { id: 'c', method: 'GET', url: `customers(${String(customer?.['id'])})` },
        { id: 'p', method: 'POST', url, body: { amount: -5, comment: '$c' } },
        { id: 'q', method: 'POST', url, body: { amount: -6 } },
        { id: 'l', method: 'PATCH', url, body: delta([link('link', '$c')]) },
        { id: 'r', method: 'GET', url: '$p?$select=customerNumber,comment' },
        { id: 'm', method: 'PATCH', url, body: delta([link('deletedLink'), gone]) },
        { id: 's', method: 'GET', url: '$j/customerPayments?$select=customerNumber,amount' },
      ],
      { Prefer: 'odata.continue-on-error' },
    );
    expect(result.parts.map(({ status, error }) => [status, error.message])).toEqual(
      [201, 200, 201, 201, 200, 200, 200, 200].map((status) => [status, '']),
    );
    expect(result.of('r').json).toMatchObject({ customerNumber: customer?.['number'], comment: '$c' });
    expect(result.of('s').json['value']).toMatchObject([{ customerNumber: null, amount: -5 }]);
  });

  test('[277] a value of an item of a collection is referred to by its place', async () => {
    const found = (await service.get('customers?$top=2&$select=id,number')).value;
    const name = code();
    const result = await send(
      [
        { id: 'a', method: 'GET', url: 'customers?$top=2&$select=id,number' },
        { id: 'b', method: 'GET', url: 'customers?$select=number&$filter=id eq $a/1/id' },
        { id: 'c', method: 'GET', url: 'customers?$select=number&$filter=id eq $a/value/0/id' },
        { id: 'd', method: 'GET', url: 'customers?$filter=id eq $a/2/id' },
        createJournal('j', name),
        {
          id: 'e',
          method: 'POST',
          url: '$j/customerPayments?$select=customerNumber',
          body: { customerNumber: '$a/1/number' },
          headers: { 'OData-Version': '4.01' },
        },
      ],
      { Prefer: 'odata.continue-on-error' },
    );
    expect(result.parts.map(({ status }) => status)).toEqual([200, 200, 200, 400, 201, 201]);
    expect([result.of('b'), result.of('c')].map(({ json }) => json['value'])).toMatchObject([
      [{ number: found[1]?.['number'] }],
      [{ number: found[0]?.['number'] }],
    ]);
    expect(result.of('e').json['customerNumber']).toBe(found[1]?.['number']);
  });

  test('[276] an ETag is referred to in If-Match', async () => {
    const { path, etag } = await journal();
    const read: Part = { id: '1', method: 'GET', url: path };
    const change = (id: string, from: string, more: Partial<Part> = {}): Part => ({
      id,
      method: 'PATCH',
      url: path,
      headers: { 'If-Match': from },
      body: { displayName: id },
      ...more,
    });
    const result = await send([read, change('2', '$1'), change('3', '$1'), change('4', '$2')], {
      Prefer: 'continue-on-error',
    });
    expect(result.of('1').headers['etag']).toBe(etag);
    expect(result.parts.map(({ status }) => status)).toEqual([200, 200, 412, 200]);
    const inGroup = await send([read, change('2', '$1', { atomicityGroup: 'g' })]);
    expect(inGroup.of('2').status).toBe(200);
    expect((await service.get(path)).json['displayName']).toBe('2');
  });

  test('[9, 335] a part that does not say what it takes takes what the batch does', async () => {
    const url = 'salesInvoices?$top=1&$select=totalAmountIncludingTax&$count=true';
    const full = 'application/json;odata.metadata=full';
    const result = await send(
      [
        { id: '1', method: 'GET', url },
        { id: '2', method: 'GET', url, headers: { Accept: full } },
        { id: '3', method: 'GET', url: 'salesInvoices/$count' },
        { id: '4', method: 'GET', url: '$metadata' },
        { id: '5', method: 'GET', url: '$metadata', headers: { Prefer: 'include-annotations="*"' } },
        { id: '6', method: 'GET', url: '$metadata', headers: { Prefer: 'odata.include-annotations="*"' } },
      ],
      {
        Accept: `${format === 'JSON' ? '' : 'Multipart/mixed, '}application/json;odata.metadata=none;IEEE754Compatible=true;q=0.9`,
        Prefer: 'include-annotations="-*", maxpagesize=1',
      },
    );
    const { of, status } = result;
    expect([status, ...result.parts.map((part) => part.status)]).toEqual([200, 200, 200, 200, 200, 200, 200]);
    expect(Object.keys(of('1').json)).toEqual(['@odata.count', 'value']);
    expect(typeof of('1').json['@odata.count']).toBe('string');
    expect(of('2').headers['content-type']).toBe(full);
    expect(of('2').json['@odata.nextLink']).toBeUndefined();
    expect(of('3').headers['content-type']).toMatch(/^text\/plain/);
    expect(['4', '5', '6'].map((id) => of(id).text.includes('@Core.Description'))).toEqual([false, true, true]);
  });

  test('[274, 334] what follows an error', async () => {
    const names = [code(), code(), code()] as const;
    const requests = (at: number): Part[] => [
      { id: '1', method: 'GET', url: 'nothings' },
      createJournal('2', names[at] ?? ''),
    ];
    const unsaid = await send(requests(0));
    const goOn = await send(requests(1), { Prefer: 'continue-on-error=true' });
    const stop = await send(requests(2), { Prefer: 'continue-on-error=false' });
    expect(goOn.parts.map(({ status }) => status)).toEqual([404, 201]);
    if (format === 'multipart') {
      expect(unsaid.parts.map(({ status }) => status)).toEqual([404]);
      expect(stop.parts.map(({ status }) => status)).toEqual([404]);
      expect(await journalsLike(...names)).toEqual([names[1]]);
    } else {
      expect(unsaid.parts.map(({ status }) => status)).toEqual([404, 201]);
      expect(stop.parts.map(({ status }) => status)).toEqual([404, 424]);
      expect(await journalsLike(...names)).toEqual(names.slice(0, 2).sort());
    }
  });

  test('what refers to a failed request fails with it', async () => {
    const { path } = await journal();
    const result = await send(
      [
        { id: '1', method: 'PATCH', url: path, body: { displayName: 'x' }, headers: { 'If-Match': '"0"' } },
        { id: '2', method: 'GET', url: '$1/customerPayments' },
        { id: '3', method: 'PATCH', url: path, body: { displayName: 'y' }, headers: { 'If-Match': '$1' } },
        { id: '4', method: 'GET', url: '$later' },
        { id: 'later', method: 'GET', url: path },
      ],
      { Prefer: 'continue-on-error' },
    );
    expect(result.parts.map(({ status }) => status)).toEqual([412, 424, 424, 400, 200]);
    expect(result.of('later').json['displayName']).toBeNull();
  });

  test('[281] more requests than the service takes are 413', async () => {
    const result = await send(
      Array.from({ length: 601 }, (_, index) => ({ id: `i${index}`, method: 'GET', url: 'customers/$count' })),
    );
    expect(result.status).toBe(413);
    const grouped = await send(
      Array.from({ length: 601 }, (_, index) => ({
        id: `i${index}`,
        method: 'GET',
        url: 'customers',
        atomicityGroup: 'g',
      })),
    );
    expect(grouped.status).toBe(413);
  });

  test('[362] a large answer streams, whole and correct, and parts behind it are answered', async () => {
    const alone = await service.get('customerPaymentDetails?$top=2000');
    const big: Part = { id: '1', method: 'GET', url: 'customerPaymentDetails?$top=2000' };
    const result = await send([big, { ...big, id: '2' }, { id: '3', method: 'GET', url: 'customers/$count' }]);
    expect(result.headers['content-length']).toBeUndefined();
    expect(result.of('1').json).toEqual(alone.json);
    expect(result.of('2').json).toEqual(alone.json);
    expect(result.of('3').text).toBe('20');
  });

  test('versions hold for each part, or for all that say nothing', async () => {
    const part: Part = {
      id: '1',
      method: 'GET',
      url: 'customers?$top=1',
      headers: { Accept: 'application/json;metadata=minimal' },
    };
    const outer = await send([part, { ...part, id: '2', headers: { ...part.headers, 'OData-MaxVersion': '4.0' } }], {
      'OData-MaxVersion': '4.01',
    });
    expect(outer.headers['odata-version']).toBe('4.01');
    expect(outer.of('1').headers['odata-version']).toBe('4.01');
    expect(Object.keys(outer.of('1').json)).toContain('@context');
    expect(outer.of('2').headers['odata-version']).toBe('4.0');
    expect(Object.keys(outer.of('2').json)).toContain('@odata.context');
  });
});

describe('JSON', () => {
  test('[277] dependsOn: 424 for what depends on a failure, groups included; values of answers in bodies and filters', async () => {
    const { path, id } = await journal();
    const result = await sendJson(service, [
      { id: '1', method: 'get', url: 'nothings' },
      createJournal('2', code(), { dependsOn: ['1'] }),
      createJournal('3', code(), { atomicityGroup: 'g', dependsOn: ['2'] }),
      createJournal('4', code(), { atomicityGroup: 'g' }),
      createJournal('5', code(), { dependsOn: ['g'] }),
      { id: '6', method: 'GET', url: path },
      {
        id: '7',
        method: 'POST',
        url: '$6/customerPayments',
        dependsOn: ['6'],
        body: { externalDocumentNumber: '$6/code' },
      },
      {
        id: '8',
        method: 'GET',
        url: `customerPaymentJournals?$filter=id eq $6/id and code ne '$6/id'`,
        dependsOn: ['6'],
      },
      { id: '9', method: 'POST', url: '$6/customerPayments', body: { comment: '$6/none' }, dependsOn: ['6'] },
      { id: '10', method: 'POST', url: '$6/customerPayments', body: { comment: '$6 each, $99/id' }, dependsOn: ['6'] },
    ]);
    expect(result.parts.map(({ status }) => status)).toEqual([404, 424, 424, 424, 424, 200, 201, 200, 400, 201]);
    expect(result.of('7').json['externalDocumentNumber']).toBe(result.of('6').json['code']);
    expect(result.of('8').json['value']).toMatchObject([{ id }]);
    expect(result.of('10').json['comment']).toBe('$6 each, $99/id');
  });

  test('[277] if: a condition over what the requests before came to takes the place of their success', async () => {
    const { path } = await journal();
    const names = Array.from({ length: 9 }, code);
    const when = (id: string, condition: string, more: Partial<Part> = {}): Part =>
      createJournal(id, names[Number(id.slice(1))] ?? '', { dependsOn: ['1', '2', '3'], if: condition, ...more });
    const result = await sendJson(service, [
      { id: '1', method: 'GET', url: path },
      { id: '2', method: 'GET', url: 'customers/$count?$filter=startswith(number,$1/code)', dependsOn: ['1'] },
      { id: '3', method: 'GET', url: 'nothings' },
      when('w0', '$1/$succeeded and not $3/$succeeded'),
      when('w1', '$1/$succeeded and $3/$succeeded'),
      when('w2', `$1/code eq '${code()}' or startswith($1/code,'BATCH')`),
      when('w3', `$1/displayName eq null and $1/lastModifiedDateTime gt 2020-01-01T00:00:00Z and $1/id ne '$1/id'`),
      when('w4', `$3/error/code eq 'BadRequest_NotFound'`),
      when('w5', 'null'),
      when('w6', '$1/$succeeded', { dependsOn: ['1'], atomicityGroup: 'g' }),
      when('w7', 'not $w6/$succeeded', { dependsOn: ['w6'], atomicityGroup: 'g' }),
      when('w8', 'not $w6/$succeeded', { dependsOn: ['g', 'w6'] }),
    ]);
    expect(result.parts.map(({ status, error }) => [status, error.message])).toEqual([
      [200, ''],
      [200, ''],
      [404, expect.anything()],
      [201, ''],
      [424, 'It was not executed, because its "if" is not true.'],
      [201, ''],
      [201, ''],
      [201, ''],
      [424, expect.anything()],
      [424, "Nothing of the group was done, because 'w7' failed."],
      [424, 'It was not executed, because its "if" is not true.'],
      [201, ''],
    ]);
    const there = [0, 2, 3, 4, 8].map((index) => names[index] ?? '');
    expect(await journalsLike(...names)).toEqual([...there].sort());
  });

  test.each([
    ['what is no condition', '1 add 1', 'if'],
    ['what is no expression', '1 eq', 'if'],
    ['a property: no entity is spoken of', "number eq 'x'", 'if'],
    ['a request that comes later', '$2/$succeeded', undefined],
    ['a whole entity', '$1 eq null', undefined],
  ])('[277] if with %s is 400, and nothing is done', async (_, condition, target) => {
    const [{ path }, name] = [await journal(), code()];
    const result = await sendJson(service, [
      { id: '1', method: 'GET', url: path },
      createJournal('x', name, { if: condition }),
      { id: '2', method: 'GET', url: path },
    ]);
    expect(result.of('x')).toMatchObject({ status: 400, error: target === undefined ? {} : { target } });
    expect(await journalsLike(name)).toEqual([]);
  });

  test('[280] header names in any case; the body by its media type; an object without one is JSON', async () => {
    const { path } = await journal();
    const result = await sendJson(service, [
      { id: '1', method: 'patch', url: path, headers: { 'IF-MATCH': '*' }, body: { displayName: 'a' } },
      {
        id: '2',
        method: 'Patch',
        url: path,
        headers: { 'if-match': '*', 'content-type': 'application/json' },
        body: { displayName: 'b' },
      },
      { id: '3', method: 'PATCH', url: path, headers: { 'If-Match': '*', 'Content-Type': 'text/plain' }, body: '{}' },
      {
        id: '4',
        method: 'PATCH',
        url: path,
        headers: { 'If-Match': '*', 'Content-Type': 'application/octet-stream' },
        body: '%',
      },
      { id: '5', method: 'PATCH', url: path, headers: { 'If-Match': '*', 'if-match': '*' }, body: {} },
      { id: '6', method: 'GET', url: path, body: null },
      { id: '7', method: 'DELETE', url: path, body: { odd: true }, headers: { 'If-Match': '*' } },
      { id: '8', method: 'GET', url: '$metadata' },
    ]);
    expect(result.parts.map(({ status }) => status)).toEqual([200, 200, 415, 400, 400, 200, 204, 200]);
    expect(Object.keys(result.of('1').headers).filter((name) => name !== name.toLowerCase())).toEqual([]);
    const metadata = await service.get('$metadata');
    expect(Buffer.from(result.of('8').text, 'base64url').toString()).toBe(metadata.text);
  });

  test('numbers keep their digits', async () => {
    const { path } = await journal();
    const text = `{"requests":[{"id":"1","method":"post","url":"${path}/customerPayments","body":{"amount":-1234567890123.12345}}]}`;
    const result = resultOf(await service.send('POST', '$batch', { 'Content-Type': 'application/json' }, text));
    expect(result.text).toContain('"amount":-1234567890123.12345');
    const rows = await service.sql('SELECT amount::text AS amount FROM customer_payments WHERE id = $1', [
      result.of('1').json['id'],
    ]);
    expect(rows).toEqual([{ amount: '-1234567890123.12345' }]);
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', 'line 1'],
    ['no object', '[]', 'requests'],
    ['no requests', '{}', 'requests'],
    ['another member', '{"requests":[],"request":[]}', 'request'],
    ['a request that is none', '{"requests":[1]}', 'requests/0'],
    ['no id', '{"requests":[{"method":"get","url":"x"}]}', 'requests/0/id'],
    ['an id twice', '{"requests":[{"id":"1"},{"id":"1"}]}', 'requests/1/id'],
    ['a forward reference', '{"requests":[{"id":"1","dependsOn":["2"]},{"id":"2"}]}', 'requests/0/dependsOn'],
    [
      'a group torn apart',
      '{"requests":[{"id":"1","atomicityGroup":"g"},{"id":"2"},{"id":"3","atomicityGroup":"g"}]}',
      'requests/2/atomicityGroup',
    ],
    [
      'a group named as a request',
      '{"requests":[{"id":"1"},{"id":"2","atomicityGroup":"1"}]}',
      'requests/1/atomicityGroup',
    ],
  ])('[272] a malformed envelope is 400 and says where: %s', async (_, text, place) => {
    const answer = await service.send('POST', '$batch', { 'Content-Type': 'application/json' }, text);
    expect(answer.status).toBe(400);
    expect(`${answer.error.message} ${answer.error.target ?? ''}`).toContain(place);
  });

  test('requests that cannot be understood are 400 each', async () => {
    const requests: readonly object[] = [
      { id: '1' },
      { id: '2', method: 'get' },
      { id: '3', method: 'steal', url: 'x' },
      { id: '4', method: 'get', url: 'customers', headers: [] },
      { id: '5', method: 'get', url: 'customers', colour: 'red' },
      { id: '6', method: 'get', url: 'customers', headers: { Prefer: 'a\r\nX-Evil: 1' } },
      { id: '7', method: 'get', url: 'customers', headers: { 'X-Evil\r\nX': '1' } },
      { id: '8', method: 'get', url: 'customers', headers: { constructor: 'x', ['__proto__']: 'y', toString: 'z' } },
      { id: '9', method: 'get', url: 'customers', headers: { accept: 'a', Accept: 'b' } },
    ];
    const result = await sendJson(service, requests as readonly Part[]);
    expect(result.parts.map(({ status, error }) => [status, error.target])).toEqual([
      [400, 'method'],
      [400, 'url'],
      [400, 'method'],
      [400, 'headers'],
      [400, 'colour'],
      [400, 'headers/Prefer'],
      [400, 'headers/X-Evil\r\nX'],
      [200, undefined],
      [400, 'headers/Accept'],
    ]);
    const split = await sendJson(service, [{ id: 'a\r\nX-Evil: 1', method: 'GET', url: 'customers' }]);
    expect([split.status, split.error.target]).toEqual([400, 'requests/0/id']);
  });

  test("is answered as multipart for who asks for that, and to a collection's $batch", async () => {
    const requests = [createJournal('1', code()), { id: '2', method: 'GET', url: 'customers/$count' }];
    const multipart = await sendJson(service, requests, { Accept: 'multipart/mixed' });
    expect(multipart.headers['content-type']).toMatch(/^multipart\/mixed; boundary=/);
    expect(multipart.parts.map(({ id, status }) => [id, status])).toEqual([
      ['1', 201],
      ['2', 200],
    ]);
    const below = await sendJson(service, requests.slice(1), {}, 'customers/$batch');
    expect(below.of('2').text).toBe('20');
    const refused = await sendJson(service, requests.slice(1), { Accept: 'text/html' });
    expect(refused.status).toBe(406);
  });
});

test('[277] what depends on an action waits for it and fails with it; values of answers are its parameters', async () => {
  const [invoice] = await service.sql(
    `SELECT i.id, c.id AS customer FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
      WHERE i.status = 'Open' AND c.blocked = 'None' AND i.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) LIMIT 1`,
  );
  const { path } = await journal();
  const url = `${path}/customerPayments`;
  const result = await sendJson(service, [
    { id: 'i', method: 'GET', url: `salesInvoices(${String(invoice?.['id'])})` },
    {
      ...{ id: 'p', method: 'POST', url, dependsOn: ['i'], atomicityGroup: 'g' },
      body: { customerId: '$i/customerId', amount: -0.01, postingDate: '2026-12-31' },
    },
    {
      ...{ id: 'apply', method: 'POST', url: '$p/Microsoft.NAV.applyInvoice', dependsOn: ['i', 'p'] },
      ...{ atomicityGroup: 'g', body: { invoiceId: '$i/id' } },
    },
    { id: 'post', method: 'POST', url: `${path}/Microsoft.NAV.post`, dependsOn: ['g'] },
    { id: 'again', method: 'POST', url: `${path}/Microsoft.NAV.post`, dependsOn: ['post'] },
    { id: 'e', method: 'GET', url: 'customerLedgerEntries?$filter=id eq $p/id', dependsOn: ['p', 'post'] },
    { id: 'never', method: 'GET', url: 'customers', dependsOn: ['again'] },
  ]);
  expect(result.parts.map(({ status, error }) => [status, error.message])).toEqual([
    [200, ''],
    [201, ''],
    [200, ''],
    [204, ''],
    [400, 'There is nothing to post.'],
    [200, ''],
    [424, expect.stringContaining("'again'")],
  ]);
  expect(result.of('e').json['value']).toMatchObject([
    { amount: -0.01, customerId: invoice?.['customer'], appliesToInvoiceId: invoice?.['id'] },
  ]);
});

describe('multipart', () => {
  const raw = async (body: string, headers: Record<string, string> = {}): Promise<BatchResult> =>
    resultOf(
      await service.send('POST', '$batch', { 'Content-Type': 'multipart/mixed;boundary=batch_test', ...headers }, body),
    );

  test('[270] takes LF, text before and behind, no line break at the end, Content-ID and Content-Type in odd places', async () => {
    const requests: Part[] = [
      { id: '1', method: 'GET', url: 'customers/$count', headers: { 'Content-Type': 'application/json' } },
    ];
    const crlf = multipartBody(requests);
    for (const body of [
      crlf,
      multipartBody(requests, '\n'),
      `preamble\r\n${crlf}Group ID: $auto`,
      crlf.trimEnd(),
      crlf.replace('Content-ID: 1\r\n', '').replace('HTTP/1.1\r\n', 'HTTP/1.1\r\nContent-ID: 1\r\n'),
      crlf.replace(' HTTP/1.1', ''),
      crlf.replace('--batch_test\r\n', '--batch_test  \r\n'),
    ]) {
      const result = await raw(body);
      expect(result.of('1')).toMatchObject({ status: 200, text: '20' });
    }
    const spaced = multipartBody([
      { id: '1', method: 'GET', url: `customers?$filter=number eq '00123'&$select=number` },
    ]);
    expect((await raw(spaced)).of('1').json['value']).toMatchObject([{ number: '00123' }]);
    const quoted = await service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'Multipart/Mixed; charset=utf-8; boundary="batch_test"' },
      crlf,
    );
    expect(resultOf(quoted).of('1').status).toBe(200);
  });

  test('text of any language and any line break in bodies stays what it is', async () => {
    const { path } = await journal();
    const comment = 'Grüße, 世界 🎉 --batch_test';
    const body = JSON.stringify({ comment }, undefined, '\r\n');
    for (const lineBreak of ['\r\n', '\n']) {
      const result = await sendMultipart(
        service,
        [{ id: '1', method: 'POST', url: `${path}/customerPayments`, body }],
        {},
        lineBreak,
      );
      expect(result.of('1').json['comment']).toBe(comment);
    }
    const wrongLength = await sendMultipart(service, [
      {
        id: '1',
        method: 'POST',
        url: `${path}/customerPayments`,
        body,
        headers: { 'Content-Length': String(body.length) },
      },
    ]);
    expect(wrongLength.of('1').json['comment']).toBe(comment);
  });

  test('[273] a change set has boundaries of its own in the answer, and JSON for who asks for it', async () => {
    const requests = [
      { id: '0', method: 'GET', url: 'customers/$count' },
      createJournal('1', code(), { atomicityGroup: 'a' }),
      createJournal('2', code(), { atomicityGroup: 'a' }),
    ];
    const result = await sendMultipart(service, requests);
    expect(result.of('0').group).toBeUndefined();
    expect(result.of('1').group).toMatch(/^changeset_/);
    expect(result.of('2').group).toBe(result.of('1').group);
    const json = await sendMultipart(service, requests, {
      Accept: 'application/json, multipart/mixed;q=0.1',
      Prefer: 'continue-on-error',
    });
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.parts.map(({ status }) => status)).toEqual([200, 409, 424]);
    expect(new Set(json.parts.slice(1).map(({ group }) => group)).size).toBe(1);
  });

  test.each<[string, string, string]>([
    ['no delimiter', 'nothing', 'no delimiter'],
    [
      'no closing delimiter',
      '--batch_test\r\nContent-Type: application/http\r\n\r\nGET customers HTTP/1.1\r\n\r\n',
      'closing delimiter',
    ],
    ['a part of another type', '--batch_test\r\nContent-Type: text/plain\r\n\r\nGET x\r\n--batch_test--', 'part 1'],
    [
      'a change set in a change set',
      '--batch_test\r\nContent-Type: multipart/mixed;boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b--\r\n--a--\r\n--batch_test--',
      'request 1 of part 1',
    ],
    ['a line that is no header', '--batch_test\r\nnonsense\r\n\r\nGET x\r\n--batch_test--', 'nonsense'],
  ])('[272] a malformed envelope is 400 and says where: %s', async (_, body, place) => {
    const answer = await service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'multipart/mixed;boundary=batch_test' },
      body,
    );
    expect(answer.status).toBe(400);
    expect(answer.error.message).toContain(place);
  });

  test('a part without a request line is 400 itself', async () => {
    const body = '--batch_test\r\nContent-Type: application/http\r\n\r\nhello\r\n--batch_test--';
    expect((await raw(body)).parts).toMatchObject([{ status: 400 }]);
  });
});

describe('the resource', () => {
  test('[283] other methods, no body, unknown types and options are told apart', async () => {
    for (const method of ['GET', 'HEAD', 'PATCH', 'DELETE']) {
      const answer = await service.send(method, '$batch', { 'X-CSRF-Token': 'Fetch' });
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'POST']);
    }
    expect((await service.send('OPTIONS', '$batch')).status).toBe(204);
    const post = (headers: Record<string, string>, path = '$batch') =>
      service.send('POST', path, headers, '{"requests":[]}');
    expect((await service.send('POST', '$batch')).status).toBe(400);
    expect((await post({ 'Content-Type': 'application/xml' })).status).toBe(415);
    expect((await post({ 'Content-Type': 'multipart/mixed' })).status).toBe(400);
    expect((await post({ 'Content-Type': 'application/json' }, '$batch?$filter=true')).status).toBe(400);
    expect((await post({ 'Content-Type': 'application/json' })).json).toEqual({ responses: [] });
  });
});

describe('equal creates of one group', () => {
  const days = ['2026-03-01', '2026-03-02'];
  const bodies = (customers: readonly string[]): readonly Json[] =>
    Array.from({ length: 40 }, (_, index) => ({
      amount: index % 3 === 0 ? 50 : -25.5,
      ...(index % 4 === 1 ? {} : { customerNumber: customers[index % customers.length] }),
      ...(index % 5 === 2 ? { postingDate: days[index % 2] } : {}),
      ...(index % 7 === 3 ? { externalDocumentNumber: `E${index >> 2}` } : {}),
      ...(index % 11 === 4 ? { lineNumber: 5000 + index } : {}),
      ...(index % 13 === 5 ? { documentNumber: `D${index}9` } : {}),
    }));
  const comparable = (text: string, journalId: string): unknown =>
    JSON.parse(
      text
        .replaceAll(journalId, 'journal')
        .replaceAll(/BATCH\d+/g, 'CODE')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, 'id')
        .replaceAll(/"lastModifiedDateTime":"[^"]*"/g, '"lastModifiedDateTime":"then"'),
    );

  test('[273] have the numbers and answers of creates one by one', async () => {
    const customers = (await service.get(`customers?$filter=blocked eq 'None'&$select=number`.replaceAll(' ', '%20')))
      .value;
    const numbers = customers.map((customer) => String(customer['number']));
    const [single, grouped] = [await journal(), await journal()];
    const alone: unknown[] = [];
    for (const body of bodies(numbers)) {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await service.send('POST', `${single.path}/customerPayments`, headers, JSON.stringify(body));
      expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
      alone.push(comparable(answer.text, single.id));
    }
    const url = `${grouped.path}/customerPayments`;
    const requests = bodies(numbers).map((body, index) => ({
      id: `p${index}`,
      method: 'POST',
      url,
      body,
      atomicityGroup: 'g',
    }));
    const result = await sendJson(service, requests);
    expect(result.parts.map(({ status }) => status)).toEqual(requests.map(() => 201));
    expect(result.parts.map(({ text }) => comparable(text, grouped.id))).toEqual(alone);
    const rows = await service.sql('SELECT count(*)::int AS n FROM customer_payments WHERE journal_id = $1', [
      grouped.id,
    ]);
    expect(rows).toEqual([{ n: 40 }]);
  });

  test.each([
    [100, 2],
    [600, 6],
  ])(
    '%i travel in %i round trips and a COMMIT: so many at once that others are answered between',
    async (length, trips) => {
      const { path } = await journal();
      const body = { customerNumber: '00123', postingDate: '2026-03-31', documentNumber: 'B-1', amount: -1 };
      const requests = Array.from({ length }, (_, index) => ({
        id: `p${index}`,
        method: 'POST',
        url: `${path}/customerPayments`,
        body: { ...body, comment: String(index) },
        atomicityGroup: 'g',
      }));
      service.takeRoundTrips();
      const result = await sendJson(service, requests);
      expect(service.takeRoundTrips()).toBe(trips);
      expect(result.parts.map(({ json }) => [json['lineNumber'], json['comment']])).toEqual(
        requests.map((_, index) => [(index + 1) * 10_000, String(index)]),
      );
    },
  );

  test('[273] leave nothing when one is refused, and tell which', async () => {
    const { path, id } = await journal();
    const good = { method: 'POST', url: `${path}/customerPayments`, body: { amount: -1 }, atomicityGroup: 'g' };
    const result = await sendJson(service, [
      { ...good, id: '1' },
      { ...good, id: '2' },
      { ...good, id: '3', body: { amount: -1, customerNumber: 'NOBODY' } },
      { ...good, id: '4' },
    ]);
    expect(result.parts.map(({ status }) => status)).toEqual([424, 424, 400, 424]);
    expect(await service.sql('SELECT FROM customer_payments WHERE journal_id = $1', [id])).toEqual([]);
    const twice = await sendJson(service, [
      { ...good, id: '1', body: { lineNumber: 7 } },
      { ...good, id: '2', body: { lineNumber: 7 } },
    ]);
    expect(twice.parts.map(({ status }) => status)).toEqual([424, 409]);
  });

  test('customers take numbers in the order of the requests', async () => {
    const requests = Array.from({ length: 5 }, (_, index) => ({
      id: `c${index}`,
      method: 'POST',
      url: 'customers',
      body: { displayName: `Batch ${index}` },
      atomicityGroup: 'g',
    }));
    const result = await sendJson(service, requests);
    const numbers = result.parts.map(({ json }) => String(json['number']));
    expect(new Set(numbers).size).toBe(5);
    expect(numbers).toEqual([...numbers].sort());
  });
});

// ---- a model of journals, and random batches over it

type Operation =
  | { readonly kind: 'create'; readonly name: number }
  | {
      readonly kind: 'rename';
      readonly name: number;
      readonly text: string;
      readonly match: 'any' | 'current' | 'old' | 'none';
    }
  | { readonly kind: 'delete'; readonly name: number }
  | { readonly kind: 'read'; readonly name: number };

interface Stored {
  readonly text: string | null;
  readonly version: number;
}
type State = ReadonlyMap<number, Stored>;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), name: fc.nat(5) }),
  fc.record({
    kind: fc.constant('rename' as const),
    name: fc.nat(5),
    text: fc.constantFrom('a', 'b', 'ü'),
    match: fc.constantFrom('any' as const, 'any' as const, 'current' as const, 'old' as const, 'none' as const),
  }),
  fc.record({ kind: fc.constant('delete' as const), name: fc.nat(5) }),
  fc.record({ kind: fc.constant('read' as const), name: fc.nat(5) }),
);

/** What one operation does, and its status, by plain rules. */
function applied(state: State, one: Operation): readonly [State, number] {
  const found = state.get(one.name);
  if (one.kind === 'create')
    return found ? [state, 409] : [new Map([...state, [one.name, { text: null, version: 1 }]]), 201];
  if (!found) return [state, 404];
  if (one.kind === 'read') return [state, 200];
  if (one.kind === 'delete') return [new Map([...state].filter(([name]) => name !== one.name)), 204];
  if (one.match === 'none') return [state, 428];
  if (one.match === 'old') return [state, 412];
  return [new Map([...state, [one.name, { text: one.text, version: found.version + 1 }]]), 200];
}

interface Expected {
  readonly state: State;
  readonly statuses: readonly number[];
}

type Unit = readonly Operation[];

function expected(start: State, units: readonly Unit[], multipart: boolean, goesOn: boolean): Expected {
  let state = start;
  const statuses: number[] = [];
  for (const unit of units) {
    const isGroup = unit.length > 1;
    let inner = state;
    const inside: number[] = [];
    for (const one of unit) {
      const [next, status] = applied(inner, one);
      inner = next;
      inside.push(status);
      if (status >= 400) break;
    }
    const failed = inside.some((status) => status >= 400);
    if (!failed) state = inner;
    if (!failed || !isGroup) statuses.push(...inside);
    else if (multipart) statuses.push(inside.at(-1) ?? 0);
    else statuses.push(...unit.map((_, index) => (index === inside.length - 1 ? (inside.at(-1) ?? 0) : 424)));
    if (failed && multipart && !goesOn) break;
  }
  return { state, statuses };
}

test('[271, 273, 274] random batches come to what a model of their rules says, in both formats', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          operation.map((one) => [one]),
          fc.array(operation, { minLength: 2, maxLength: 4 }),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      fc.boolean(),
      fc.boolean(),
      async (units, multipart, goesOn) => {
        const run = ++journals;
        const name = (number: number): string => `M${run}X${number}`;
        const at = (number: number): string => `customerPaymentJournals(code='${name(number)}')`;
        let state: State = new Map();
        const requests: Part[] = [];
        units.forEach((unit, index) => {
          const group = unit.length > 1 ? { atomicityGroup: `g${index}` } : {};
          for (const one of unit) requests.push({ ...requestOf(one), id: String(requests.length), ...group });
        });
        function requestOf(one: Operation): Omit<Part, 'id'> {
          switch (one.kind) {
            case 'create':
              return { method: 'POST', url: 'customerPaymentJournals', body: { code: name(one.name) } };
            case 'read':
              return { method: 'GET', url: at(one.name) };
            case 'delete':
              return { method: 'DELETE', url: at(one.name), headers: { 'If-Match': '*' } };
            case 'rename': {
              const tag = { any: '*', current: '*', old: 'W/"0"', none: undefined }[one.match];
              const headers = tag === undefined ? {} : { 'If-Match': tag };
              return { method: 'PATCH', url: at(one.name), headers, body: { displayName: one.text } };
            }
          }
        }
        const result = multipart
          ? await sendMultipart(service, requests, goesOn ? { Prefer: 'continue-on-error' } : {})
          : await sendJson(service, requests);
        const wanted = expected(state, units, multipart, goesOn);
        state = wanted.state;
        expect(result.parts.map(({ status }) => status)).toEqual(wanted.statuses);
        const rows = await service.sql(
          'SELECT code, display_name AS text, version FROM customer_payment_journals WHERE code LIKE $1 ORDER BY code',
          [`M${run}X%`],
        );
        const kept: Json[] = [...state]
          .sort(([left], [right]) => left - right)
          .map(([number, { text, version }]) => ({ code: name(number), text, version }));
        expect(rows).toEqual(kept);
      },
    ),
    { numRuns: 60, seed: 9 },
  );
}, 60_000);

describe.each(formats)('a %s batch as a snapshot', (format, send) => {
  const count = (id: string): Part => ({ id, method: 'GET', url: 'customers/$count' });
  const slow: Part = { id: 'slow', method: 'GET', url: 'accounts/$count' };

  /** The counts before and behind a read that waits until somebody else has made a customer. */
  async function counts(headers: Record<string, string>): Promise<readonly unknown[]> {
    await service.sql('BEGIN');
    await service.sql('LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE');
    const answering = send(
      [count('1'), slow, count('2'), { ...count('3'), ...(format === 'JSON' ? { atomicityGroup: 'g' } : {}) }],
      headers,
    );
    for (let waiting = 0; waiting === 0;) {
      const [row] = await service.sql(
        `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'accounts'::regclass`,
      );
      waiting = Number(row?.['n']);
    }
    const type = { 'Content-Type': 'application/json' };
    const made = await service.send('POST', 'customers', type, JSON.stringify({ displayName: 'Meanwhile' }));
    expect(made.status).toBe(201);
    await service.sql('COMMIT');
    const { parts } = await answering;
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    return parts.filter(({ id }) => id !== 'slow').map(({ text }) => Number(text));
  }

  test('[27] sees nothing of what others do meanwhile; without, it does', async () => {
    const [before = 0, ...behind] = (await counts({ Isolation: 'snapshot' })) as readonly number[];
    expect(behind).toEqual([before, before]);
    const [first = 0, ...later] = (await counts({})) as readonly number[];
    expect([first, later]).toEqual([before + 1, [first + 1, first + 1]]);
  });

  test('[27] a part that fails leaves the others; one that would go on in pages, or writes, does not fit', async () => {
    const snapshot = { 'OData-Isolation': 'snapshot' };
    const { status, parts } = await send(
      [
        { id: '1', method: 'GET', url: 'customers?$filter=creditLimit div 0 eq 1&$top=1' },
        { id: '2', method: 'GET', url: 'customers' },
        { id: '3', method: 'GET', url: 'customers(0a11c0de-0000-4000-8000-000000000042)' },
        { id: '4', method: 'GET', url: 'customers?$top=1' },
      ],
      { ...snapshot, Prefer: 'continue-on-error' },
    );
    expect([status, parts.map((part) => part.status)]).toEqual([200, [400, 412, 404, 200]]);
    const name = code();
    const refused = await send([count('1'), createJournal('2', name)], snapshot);
    expect([refused.status, await journalsLike(name)]).toEqual([412, []]);
    const more = { atomicityGroup: 'g', headers: snapshot };
    const grouped = await send(['1', '2'].map((id) => createJournal(id, `${name}${id}`, more)));
    expect([grouped.parts[0]?.status, await journalsLike(`${name}1`)]).toEqual([412, []]);
  });
});

describe.each(formats)('a %s batch with operations', (format, send) => {
  test('[270, 273, 291] actions and functions on what the batch has made, within a group and outside', async () => {
    const [name, failing] = [code(), code()];
    const make = (id: string, more: Partial<Part>): Part => ({ id, method: 'POST', url: '', ...more });
    const result = await send(
      [
        make('c', { url: 'customers', body: { displayName: name }, atomicityGroup: 'a' }),
        make('j', { url: 'customerPaymentJournals', body: { code: name }, atomicityGroup: 'a' }),
        make('p', {
          url: '$j/customerPayments',
          body: { 'customer@odata.bind': '$c', amount: -5, postingDate: '2026-03-01' },
          atomicityGroup: 'a',
        }),
        { id: 'v', method: 'GET', url: '$j/Microsoft.NAV.previewPosting()?$select=amount,error', atomicityGroup: 'a' },
        make('post', { url: '$j/Microsoft.NAV.post', atomicityGroup: 'a' }),
        { id: 'o', method: 'GET', url: '$c/openInvoices()/$count' },
        { id: 'r', method: 'GET', url: 'agedReceivables(asOf=2026-03-31)?$top=1&$select=customerNumber' },
        make('empty', { url: '$j/post' }),
        make('q', { url: '$j/customerPayments', body: { amount: -6 }, atomicityGroup: 'b' }),
        make('k', { url: 'customerPaymentJournals', body: { code: failing }, atomicityGroup: 'b' }),
        make('refused', { url: '$j/Microsoft.NAV.post', atomicityGroup: 'b' }),
      ],
      { Prefer: 'continue-on-error' },
    );
    const statuses = [201, 201, 201, 200, 204, 200, 200, 400];
    expect(result.parts.map(({ status }) => status)).toEqual([
      ...statuses,
      ...(format === 'multipart' ? [400] : [424, 424, 400]),
    ]);
    expect(result.of('v').json['value']).toMatchObject([{ amount: -5, error: null }]);
    expect(result.of('o').text).toBe('0');
    expect(result.of('empty').error.message).toBe('There is nothing to post.');
    expect(result.of('refused').error.message).toBe('Line 10000 has no customer.');
    const rows = await service.sql(
      `SELECT e.id, e.amount::int AS amount, c.display_name AS name, (SELECT count(*)::int FROM customer_payments p
          JOIN customer_payment_journals j ON j.id = p.journal_id WHERE j.code = $1) AS left
        FROM customer_ledger_entries e JOIN customers c ON c.id = e.customer_id WHERE e.journal_code = $1`,
      [name],
    );
    expect(rows).toEqual([{ id: result.of('p').json['id'], amount: -5, name, left: 0 }]);
    expect(await journalsLike(failing)).toEqual([]);
  });
});

describe('what clients expect of the answer', () => {
  const json = { 'Content-Type': 'application/json' };
  const one: readonly Part[] = [{ id: '1', method: 'GET', url: 'companies' }];

  it('[8] JSON answers write names of headers as HTTP does, and in lower case for a client that speaks 4.01', async () => {
    const body = JSON.stringify({ requests: one });
    expect((await service.send('POST', '$batch', json, body)).text).toContain('"Content-Type":"application/json');
    const newer = await service.send('POST', '$batch', { ...json, 'OData-MaxVersion': '4.01' }, body);
    expect(newer.text).toContain('"content-type":"application/json');
  });

  it('[270] a 4.0 client that would rather have JSON means the parts of its multipart batch', async () => {
    const accept = 'application/json, text/javascript, */*; q=0.01';
    const older = await sendMultipart(service, one, { Accept: accept });
    expect(older.headers['content-type']).toMatch(/^multipart\/mixed/);
    const newer = await sendMultipart(service, one, { Accept: accept, 'OData-MaxVersion': '4.01' });
    expect(newer.headers['content-type']).toBe('application/json');
  });
});
