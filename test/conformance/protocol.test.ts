/** Requirements on headers, errors, preferences and $metadata that no other file proves; the numbers are those of docs/conformance.md. */
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

const company = seedId('company', 1);
const json = { 'Content-Type': 'application/json' };
const any = { ...json, 'If-Match': '*' };

let service: TestService;
let customer: string;
let journal: string;

beforeAll(async () => {
  service = await startService();
  const [first] = await service.sql(
    `SELECT c.id FROM customers c JOIN sales_invoices i ON i.customer_id = c.id WHERE c.company_id = $1 ORDER BY c.number`,
    [company],
  );
  customer = `customers(${String(first?.['id'])})`;
  const [largest] = await service.sql(
    `SELECT journal_id AS id FROM customer_payments WHERE company_id = $1 GROUP BY journal_id ORDER BY count(*) DESC`,
    [company],
  );
  journal = `customerPaymentJournals(${String(largest?.['id'])})`;
});
afterAll(() => service.close());

const url = (path: string): string => path.replaceAll(' ', '%20');
const get = (path: string, headers?: Record<string, string>): Promise<Answer> => service.get(url(path), headers);
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = any): Promise<Answer> =>
  service.send(method, url(path), headers, body === undefined ? undefined : JSON.stringify(body));

async function made(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body, json);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return `${path}(${String(answer.json['id'])})`;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One request for each way to be wrong, and the status that it must have. */
const refused: readonly (readonly [status: number, ask: () => Promise<Answer>])[] = [
  [400, () => get('customers?$filter=number eq')],
  [400, () => send('POST', 'customers', { displayName: 7 }, json)],
  [404, () => get('nothing')],
  [404, () => get('customers(00000000-0000-0000-0000-000000000001)')],
  [405, () => send('DELETE', 'companies')],
  [406, () => get('customers', { Accept: 'text/csv' })],
  [409, () => send('DELETE', customer)],
  [412, () => send('PATCH', customer, {}, { ...json, 'If-Match': 'W/"0"' })],
  [414, () => get(`customers?$filter=number eq '${'x'.repeat(40_000)}'`)],
  [415, () => send('POST', 'customers', { displayName: 'x' }, { 'Content-Type': 'text/csv' })],
  [428, () => send('PATCH', customer, {}, json)],
  [501, () => get('customers?$apply=Custom.function()')],
];

describe('the root', () => {
  it('[1] is the service document, with a slash at its end and without', async () => {
    const document = {
      '@odata.context': `${service.root}$metadata`,
      value: expect.arrayContaining([{ name: 'customers', kind: 'EntitySet', url: 'customers' }]) as unknown,
    };
    for (const path of [service.root, service.root.slice(0, -1)]) {
      const { status, json: found } = await get(path);
      expect([path, status, found]).toEqual([path, 200, document]);
    }
  });

  it('[3] lists no contained collection; those are there below what contains them', async () => {
    const names = (await get('')).value.map(({ name }) => String(name));
    expect(names).toEqual(expect.arrayContaining(['customerPaymentJournals']));
    for (const name of ['customerPayments', 'dimensionLines']) {
      expect([name, names.includes(name), (await get(name)).status]).toEqual([name, false, 404]);
    }
    const [payment] = (await get(`${journal}/customerPayments?$top=1`)).value;
    expect((await get(`${journal}/customerPayments(${String(payment?.['id'])})/dimensionLines`)).status).toBe(200);
  });
});

describe('headers', () => {
  it('[4] OData-Version stands on every answer, and is that of the answer', async () => {
    const asks: readonly ((headers: Record<string, string>) => Promise<Answer>)[] = [
      (headers) => get('', headers),
      (headers) => get('$metadata', headers),
      (headers) => get('customers?$top=1', headers),
      (headers) => get('customers/$count', headers),
      (headers) => get('nothing', headers),
      (headers) => get('customers?$filter=', headers),
      (headers) => service.send('HEAD', 'customers', headers),
      (headers) => send('POST', 'customers', { displayName: 'Version' }, { ...json, ...headers }),
      (headers) => send('PATCH', customer, {}, { ...any, Prefer: 'return=minimal', ...headers }),
      (headers) => send('DELETE', 'companies', undefined, headers),
      (headers) =>
        send('POST', '$batch', { requests: [{ id: '1', method: 'GET', url: 'nothing' }] }, { ...json, ...headers }),
    ];
    for (const [version, headers] of [
      ['4.0', {}],
      ['4.0', { 'OData-MaxVersion': '4.0' }],
      ['4.01', { 'OData-MaxVersion': '4.01' }],
    ] as const)
      for (const [index, ask] of asks.entries())
        expect([index, (await ask(headers)).headers['odata-version']]).toEqual([index, version]);
    const requests = ['customers', 'nothing'].map((path) => ({ id: path, method: 'GET', url: path }));
    const { json: batch } = await send('POST', '$batch', { requests }, { ...json, 'OData-MaxVersion': '4.0' });
    const versions = (batch['responses'] as readonly { headers: Json }[]).map(
      ({ headers }) => headers['odata-version'] ?? headers['OData-Version'],
    );
    expect(versions).toEqual(['4.0', '4.0']);
  });

  it('[6] OData-Version says how a body is read; a version that nobody knows is refused', async () => {
    for (const version of ['5.0', '3.0', 'x'])
      expect(
        (await send('POST', 'customers', { displayName: 'x' }, { ...json, 'OData-Version': version })).status,
      ).toBe(400);
    const body = { '@etag': 'W/"0"', displayName: 'Version' };
    const path = await made('customers', { displayName: 'Versioned' });
    // In 4.01 `@etag` is control information, and a stale one; in 4.0 it is an annotation of nobody.
    expect((await send('PATCH', path, body, { ...any, 'OData-Version': '4.01' })).status).toBe(412);
    expect((await send('PATCH', path, body, { ...any, 'OData-Version': '4.0' })).status).toBe(200);
    // Without the header the version is the highest that the service knows and OData-MaxVersion allows.
    expect((await send('PATCH', path, body, any)).status).toBe(412);
    expect((await send('PATCH', path, body, { ...any, 'OData-MaxVersion': '4.01' })).status).toBe(412);
    expect((await send('PATCH', path, body, { ...any, 'OData-MaxVersion': '4.0' })).status).toBe(200);
  });

  it('[12, 13] texts are UTF-8, whatever charset is asked for, and errors are English', async () => {
    const [row] = await service.sql(
      `SELECT display_name AS name, id FROM customers WHERE company_id = $1 AND display_name ~ '[^ -~]' ORDER BY number`,
      [company],
    );
    for (const charset of ['utf-8', 'iso-8859-1, utf-8;q=0.5']) {
      const answer = await get(`customers(${String(row?.['id'])})`, { 'Accept-Charset': charset });
      expect([answer.status, answer.json['displayName']]).toEqual([200, row?.['name']]);
      const raw = await get(`customers(${String(row?.['id'])})/displayName/$value`, { 'Accept-Charset': charset });
      expect([raw.text, raw.headers['content-type']]).toEqual([row?.['name'], 'text/plain;charset=utf-8']);
    }
    for (const language of ['en', 'de, fr;q=0.5'])
      expect((await get('nothing', { 'Accept-Language': language })).headers['content-language']).toBe('en');
  });

  it('[15] Vary names every header that an answer depends on, on answers of all kinds', async () => {
    const names = ['Accept', 'Accept-Encoding', 'OData-MaxVersion', 'Prefer'];
    for (const path of ['', '$metadata', 'customers', customer, 'customers/$count', 'nothing'])
      for (const name of names)
        expect([path, String((await get(path)).headers['vary']).split(/, */)]).toEqual([
          path,
          expect.arrayContaining([name]),
        ]);
  });

  it('[14] compressed answers hold the same bytes', async () => {
    const plain = await get('customers');
    for (const encoding of ['gzip', 'br']) {
      const answer = await fetch(`${service.root}customers`, { headers: { 'Accept-Encoding': encoding } });
      expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual([encoding, plain.text]);
    }
  });

  it.each(['', '$metadata'])(
    '[21] the document at "%s" goes out whole: options that ask for less are refused',
    async (path) => {
      for (const option of [
        '$top=1',
        'filter=x',
        '$select=name',
        '$deltatoken=x',
        '$skiptoken=x',
        '$count=true',
        '$foo=1',
      ])
        expect([option, (await get(`${path}?${option}`)).status]).toEqual([option, 400]);
      for (const option of ['$format=json', '$schemaversion=*', 'foo=1', 'sap-language=EN', '@x=1'])
        expect([option, (await get(`${path}?${option}`)).status]).toEqual([option, 200]);
    },
  );

  it('[21] options of others pass, unknown ones of OData do not', async () => {
    const plain = await get('customers?$top=2');
    expect((await get('customers?$top=2&foo=1&sap-client=100&foo=2')).text).toBe(plain.text);
    for (const option of ['$foo=1', '$toop=1', '$=1'])
      expect([option, (await get(`customers?${option}`)).status]).toEqual([option, 400]);
  });

  it('[74] contained collections have no address at the root, for any method', async () => {
    for (const set of ['customerPayments', 'dimensionLines'])
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
        expect((await send(method, set, method === 'GET' || method === 'DELETE' ? undefined : {})).status).toBe(404);
  });

  it('[360] the same question has the same answer, with the same ETag, and caches must ask again', async () => {
    for (const path of ['customers', customer, '$metadata', '']) {
      const [first, second] = [await get(path), await get(path)];
      expect([second.text, second.headers['etag']]).toEqual([first.text, first.headers['etag']]);
      expect(first.headers['cache-control']).toMatch(/no-cache/);
    }
  });
});

describe('errors', () => {
  it('[325, 329] have one form, whatever went wrong, alone and within a batch', async () => {
    for (const [status, ask] of refused) {
      const answer = await ask();
      expect([status, answer.status, Object.keys(answer.json)]).toEqual([status, status, ['error']]);
      expect([answer.error.code, answer.error.message].every((text) => text.length > 0)).toBe(true);
    }
    const requests = ['nothing', 'customers?$apply=Custom.function()', "customers?$filter=number eq 'x"].map(
      (path, at) => ({
        id: String(at),
        method: 'GET',
        url: url(path),
      }),
    );
    const batch = await send('POST', '$batch', { requests }, { ...json, Prefer: 'continue-on-error' });
    const parts = batch.json['responses'] as readonly Json[];
    expect(parts.map((part) => [part['status'], Object.keys(part['body'] as Json)])).toEqual([
      [404, ['error']],
      [501, ['error']],
      [400, ['error']],
    ]);
  });

  it('[326] name every bad member, each with its code, message and target', async () => {
    const before = await service.sql('SELECT count(*) FROM customers');
    const answer = await send('POST', 'customers', { displayName: 7, taxLiable: 'x', creditLimit: 'many' }, json);
    const { details } = answer.json['error'] as { readonly details: readonly Json[] };
    expect(details.map(({ target }) => target).sort()).toEqual(['creditLimit', 'displayName', 'taxLiable']);
    for (const { code, message } of details) expect([code, message]).toEqual([expect.any(String), expect.any(String)]);
    expect(await service.sql('SELECT count(*) FROM customers')).toEqual(before);
  });

  it('[327] say nothing of SQL, files or stacks', async () => {
    for (const [, ask] of refused) expect((await ask()).text).not.toMatch(/\bat \/|SELECT |\.ts:|node_modules|pg_/i);
  });

  it('[328] repeat the id of the request', async () => {
    const answer = await get('nothing', { 'client-request-id': 'own-7' });
    expect(answer.headers['client-request-id']).toBe('own-7');
    const { innerError, innererror } = answer.json['error'] as Readonly<Record<string, Json>>;
    expect([innerError?.['request-id'], innererror?.['request-id']]).toEqual([
      answer.headers['request-id'],
      answer.headers['request-id'],
    ]);
  });

  it('[331] of one of many members end the whole request', async () => {
    const before = await service.sql(`SELECT count(*) FROM customers WHERE display_name LIKE 'Partly%'`);
    const answer = await send('PATCH', 'customers', { value: [{ displayName: 'Partly' }, { displayName: ' ' }] });
    expect([answer.status, answer.json['value']]).toEqual([400, undefined]);
    expect(await service.sql(`SELECT count(*) FROM customers WHERE display_name LIKE 'Partly%'`)).toEqual(before);
  });
});

describe('preferences', () => {
  it('[332] unknown ones are passed over, applied ones are named', async () => {
    const answer = await send(
      'POST',
      'customers',
      { displayName: 'Quiet' },
      {
        ...json,
        Prefer: 'foo=bar, return=minimal, x',
      },
    );
    expect([answer.status, answer.headers['preference-applied']]).toEqual([204, 'return=minimal']);
  });

  it('[338] return decides on the body of a write', async () => {
    const path = await made('customers', { displayName: 'Returned' });
    const minimal = await send('PATCH', path, { email: 'a@b.c' }, { ...any, Prefer: 'return=minimal' });
    expect([minimal.status, minimal.text, minimal.headers['preference-applied']]).toEqual([204, '', 'return=minimal']);
    expect(minimal.headers['etag']).toMatch(/^W\/"/);
    const whole = await send('PATCH', path, { email: 'd@e.f' }, { ...any, Prefer: 'return=representation' });
    expect([whole.status, whole.json['email']]).toEqual([200, 'd@e.f']);
    expect(whole.headers['preference-applied']).toBe('return=representation');
  });

  it('[341] handling is tolerated', async () => {
    for (const Prefer of ['handling=strict', 'handling=lenient'])
      expect((await send('POST', 'customers', { displayName: 'Handled' }, { ...json, Prefer })).status).toBe(201);
  });
});

describe('$metadata', () => {
  let document: Json;
  let schema: Json;

  beforeAll(async () => {
    document = (await get('$metadata', { Accept: 'application/json', 'OData-MaxVersion': '4.01' })).json;
    schema = document['Microsoft.NAV'] as Json;
  });

  const types = (kind: string): readonly (readonly [string, Json])[] =>
    Object.entries(schema).flatMap(([name, type]) =>
      isObject(type) && type['$Kind'] === kind ? [[name, type] as const] : [],
    );
  const members = (type: Json): readonly (readonly [string, Json])[] =>
    Object.entries(type).flatMap(([name, member]) =>
      !/[$@]/.test(name) && isObject(member) ? [[name, member] as const] : [],
    );

  it('[35, 51] names are identifiers of their own, and differ in more than case', () => {
    const scopes = [schema, ...[...types('EntityType'), ...types('ComplexType')].map(([, type]) => type)];
    for (const scope of scopes) {
      const names = Object.keys(scope).filter((name) => !/[$@]/.test(name));
      expect(names.filter((name) => !/^[\p{L}_][\p{L}\p{Nd}_]{0,127}$/u.test(name))).toEqual([]);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    }
  });

  it('[38] every entity type has a key of values that are never null', () => {
    expect(types('EntityType').length).toBeGreaterThan(8);
    for (const [, type] of types('EntityType')) {
      const key = type['$Key'] as readonly string[];
      expect(key.length).toBeGreaterThan(0);
      for (const name of key) expect(type[name]).toEqual(expect.not.objectContaining({ $Nullable: true }));
    }
    expect((schema['dimensionLine'] as Json)['$Key']).toEqual(['parentId', 'id']);
  });

  it('[43] partners name each other, and lead back', () => {
    let partners = 0;
    for (const [own, type] of types('EntityType'))
      for (const [name, navigation] of members(type).filter(([, member]) => '$Partner' in member)) {
        const target = schema[String(navigation['$Type']).replace('Microsoft.NAV.', '')] as Json;
        const partner = target[String(navigation['$Partner'])] as Json;
        expect([own, name, partner['$Type'], partner['$Partner']]).toEqual([own, name, `Microsoft.NAV.${own}`, name]);
        partners += 1;
      }
    expect(partners).toBeGreaterThan(5);
    const contained = (type: string, name: string): unknown =>
      ((schema[type] as Json)[name] as Json)['$ContainsTarget'];
    expect([
      contained('customerPaymentJournal', 'customerPayments'),
      contained('customerPayment', 'dimensionLines'),
    ]).toEqual([true, true]);
  });

  it('[46] what is said to be deleted together is, and what is not stays', async () => {
    const owner = await made('customerPaymentJournals', { code: 'ONDELETE' });
    const payment = await made(`${owner}/customerPayments`, {});
    const { customerPayments } = schema['customerPaymentJournal'] as Readonly<Record<string, Json>>;
    expect([undefined, 'Cascade']).toContain(customerPayments?.['$OnDelete']);
    expect((await send('DELETE', owner)).status).toBe(204);
    expect((await get(payment)).status).toBe(404);
    const { salesInvoices } = schema['customer'] as Readonly<Record<string, Json>>;
    expect(salesInvoices).not.toHaveProperty('$OnDelete', 'Cascade');
    expect((await send('DELETE', customer)).status).toBe(409);
  });

  it('[42] what is left out of a create has the default that is told', async () => {
    const path = await made('customers', { displayName: 'Defaults' });
    const { json: created } = await get(path);
    const told = members(schema['customer'] as Json).filter(([, member]) => '$DefaultValue' in member);
    expect(told.length).toBeGreaterThan(2);
    for (const [name, member] of told) expect([name, created[name]]).toEqual([name, member['$DefaultValue']]);
  });

  it('[39, 48] complex types are closed over values, and keys lie in the type itself', () => {
    for (const [, type] of types('ComplexType')) expect(type).not.toHaveProperty('$Key');
    for (const [, type] of types('EntityType'))
      for (const part of type['$Key'] as readonly unknown[])
        expect(typeof part === 'string' && !part.includes('/')).toBe(true);
    expect(types('TypeDefinition')).toEqual([]);
  });

  it('[56] has a version, and requests may insist on it', async () => {
    const version = String((document['Microsoft.NAV'] as Json)['@Core.SchemaVersion']);
    expect(version).toMatch(/\S/);
    const expected = await get('customers?$top=1');
    for (const asked of [version, '*'])
      expect((await get(`customers?$top=1&$schemaversion=${encodeURIComponent(asked)}`)).text).toBe(expected.text);
    expect((await get('customers?$schemaversion=bogus')).status).toBe(404);
  });

  it('[57] has an ETag, one for each of its forms, and is not sent again to who has it', async () => {
    const tags = new Set<string>();
    for (const headers of [{}, { Accept: 'application/json' }, { 'OData-MaxVersion': '4.01' }] as const) {
      const first = await get('$metadata', headers);
      const tag = String(first.headers['etag']);
      tags.add(tag);
      const again = await get('$metadata', { ...headers, 'If-None-Match': tag });
      expect([again.status, again.text]).toEqual([304, '']);
      expect((await get('$metadata', { ...headers, 'If-None-Match': '"other"' })).text).toBe(first.text);
    }
    expect(tags.size).toBe(3);
  });

  it('[60] describes every type, property and navigation', () => {
    for (const [, type] of types('EntityType')) {
      expect(type['@Core.Description']).toMatch(/\S/);
      for (const [name, member] of members(type))
        expect([name, member['@Core.Description']]).toEqual([name, expect.any(String)]);
    }
  });
});

describe('links', () => {
  it('[97, 73] parameter aliases stand for values of any type, wherever they are used', async () => {
    const all = (await get('customers?$select=number,balance,currencyCode')).value;
    const ask = async (query: string): Promise<readonly unknown[]> => {
      const answer = await get(`customers?$select=number&${query}`);
      expect([query, answer.status]).toEqual([query, 200]);
      return answer.value.map(({ number }) => number);
    };
    const where = (holds: (row: Json) => boolean): readonly unknown[] => all.filter(holds).map(({ number }) => number);
    const [some] = all.filter(({ currencyCode }) => currencyCode !== null);
    expect(await ask('$filter=balance gt @p&@p=100')).toEqual(where(({ balance }) => Number(balance) > 100));
    expect(await ask('$filter=currencyCode eq @none')).toEqual(where(({ currencyCode }) => currencyCode === null));
    expect(await ask('$filter=currencyCode eq @none&@none=null')).toEqual(
      where(({ currencyCode }) => currencyCode === null),
    );
    expect(await ask(`$filter=currencyCode in @c&@c=["${String(some?.['currencyCode'])}","XXX"]`)).toEqual(
      where(({ currencyCode }) => currencyCode === some?.['currencyCode']),
    );
    expect(await ask('$filter=balance gt @a&@a=@b&@b=100')).toEqual(where(({ balance }) => Number(balance) > 100));
    expect((await get('agedReceivables(asOf=@d)?@d=2026-03-31')).text).toBe(
      (await get('agedReceivables(asOf=2026-03-31)')).text,
    );
  });

  it('[176] pages go on while rows come and go, and a link is good for more than one use', async () => {
    const first = await get('customers?$orderby=number&$select=number', { Prefer: 'maxpagesize=3' });
    const next = first.nextLink ?? '';
    const before = await get(next);
    await made('customers', { displayName: 'Before the page', number: '!' });
    const after = await get(next);
    expect(after.value).toEqual(before.value);
    expect((await get(next)).text).toBe(after.text);
  });

  it('links to pages do not expire, and what is no link of ours is refused', async () => {
    expect((await get('customers?$skiptoken=nonsense')).status).toBe(400);
    const { nextLink = '' } = await get(`${journal}/customerPayments?$select=id`, { Prefer: 'maxpagesize=1' });
    expect(nextLink).not.toBe('');
    expect((await get(nextLink)).status).toBe(200);
  });
});
