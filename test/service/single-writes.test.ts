/** Creates, updates and deletes of one entity over HTTP: headers, status codes, preconditions, preferences; outcomes compared with the tables. */
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const json = { 'Content-Type': 'application/json' };
const any = { ...json, 'If-Match': '*' };
const v401 = { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' };

let service: TestService;
let known: Json;
let codes = 0;

beforeAll(async () => {
  service = await startService();
  const [first] = await service.sql(
    `SELECT id, number, display_name AS name FROM customers
     WHERE company_id = $1 AND blocked = 'None' AND contact_id IS NULL ORDER BY id`,
    [company],
  );
  known = first ?? {};
});

afterAll(() => service.close());

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = any): Promise<Answer> =>
  service.send(
    method,
    path,
    headers,
    body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  );

async function made(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body);
  expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
  return String(answer.json['id']);
}

const newJournal = async (): Promise<string> =>
  `customerPaymentJournals(${await made('customerPaymentJournals', { code: `N${++codes}` })})`;

async function newPayment(body: object = {}): Promise<string> {
  const path = `${await newJournal()}/customerPayments`;
  return `${path}(${await made(path, body)})`;
}

const count = async (table: string): Promise<unknown> =>
  (await service.sql(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n'];

const details = ({ json: { error } }: Answer): readonly unknown[] =>
  ((error as { details?: Json[] }).details ?? []).map(({ target }) => target);

describe('create', () => {
  it('[202, 254] answers 201 with the entity, its address and its ETag', async () => {
    const answer = await send('POST', 'customers', { displayName: 'New' }, json);
    const id = String(answer.json['id']);
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: `${service.root}customers(${id})`, etag: 'W/"1"' });
    const read = await service.get(`customers(${id})`);
    expect(answer.json).toEqual(read.json);
    expect([read.headers['etag'], read.json['@odata.etag']]).toEqual(['W/"1"', 'W/"1"']);
    const listed = (await service.all('customers')).find((customer) => customer['id'] === id);
    expect(listed?.['@odata.etag']).toBe('W/"1"');
    const contained = await newPayment();
    expect((await service.get(contained)).status).toBe(200);
  });

  it('[203, 218, 258] under return=minimal answers 204 with the address, the id and the ETag', async () => {
    const answer = await send('POST', 'customers', { displayName: 'Quiet' }, { ...json, Prefer: 'return=minimal' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const { location, etag } = answer.headers;
    expect(answer.headers).toMatchObject({
      'odata-entityid': location,
      'preference-applied': 'return=minimal',
      etag: 'W/"1"',
    });
    expect((await service.get(String(location))).json).toMatchObject({ displayName: 'Quiet', '@odata.etag': etag });
    const changed = await send(
      'PATCH',
      String(location),
      { displayName: 'Still' },
      { ...any, Prefer: 'return=minimal' },
    );
    expect([changed.status, changed.text, changed.headers['etag']]).toEqual([204, '', 'W/"2"']);
    const shown = await send('PATCH', String(location), {}, { ...any, Prefer: 'return=representation' });
    expect([
      shown.status,
      shown.json['displayName'],
      shown.headers['preference-applied'],
      shown.headers['etag'],
    ]).toEqual([200, 'Still', 'return=representation', 'W/"3"']);
  });

  it('[204, 207, 214, 222] ignores what is the service’s, and annotations', async () => {
    const body = {
      id: UNKNOWN,
      displayName: 'Own',
      balance: 5,
      lastModifiedDateTime: '2001-01-01T00:00:00Z',
      '@foo.bar': 1,
      'displayName@foo.bar': {},
      '@odata.id': 'x',
    };
    const answer = await send('POST', 'customers', body, json);
    expect([answer.status, answer.json['balance']]).toEqual([201, 0]);
    expect(answer.json['id']).not.toBe(UNKNOWN);
    const changed = await send('PATCH', `customers(${String(answer.json['id'])})`, { ...body, displayName: 'Mine' });
    expect(changed.json).toMatchObject({ id: answer.json['id'], displayName: 'Mine', balance: 0 });
  });

  it.each<
    [
      title: string,
      path: string,
      body: unknown,
      headers: Record<string, string>,
      status: number,
      targets: readonly unknown[],
    ]
  >([
    ['[205] what is required', 'customers', {}, {}, 400, ['displayName']],
    [
      '[205, 215] every fault at once',
      'customers',
      { number: 'x'.repeat(21), creditLimit: 'x', taxLiable: 1, address: { city: 5 } },
      {},
      400,
      ['number', 'creditLimit', 'taxLiable', 'address/city', 'displayName'],
    ],
    ['[213] an unknown property', 'customers', { displayName: 'x', nope: 1 }, {}, 400, ['nope']],
    ['[215] a text too long', 'customers', { displayName: 'x', number: 'x'.repeat(21) }, {}, 400, ['number']],
    ['[215] too many decimals', 'customers', { displayName: 'x', creditLimit: 0.123456 }, {}, 400, ['creditLimit']],
    ['[215] no guid', 'salesInvoices', { customerId: 'x' }, {}, 400, ['customerId']],
    ['[219] another media type', 'customers', { displayName: 'x' }, { 'Content-Type': 'text/csv' }, 415, [undefined]],
    [
      '[219] another charset',
      'customers',
      { displayName: 'x' },
      { 'Content-Type': 'application/json;charset=ebcdic' },
      415,
      [undefined],
    ],
    ['[219] malformed JSON', 'customers', '{"displayName":', {}, 400, [undefined]],
    ['[219] no body', 'customers', undefined, {}, 400, [undefined]],
    [
      '[208, 209] a link to nothing',
      'salesInvoices',
      { 'customer@odata.bind': `customers(${UNKNOWN})` },
      {},
      400,
      ['customer'],
    ],
    [
      '[208, 209] a link to nothing in 4.01',
      'salesInvoices',
      { customer: { '@id': `customers(${UNKNOWN})` } },
      v401,
      400,
      ['customer'],
    ],
    ['[246] a read-only set', 'accounts', { number: '1' }, {}, 405, [undefined]],
  ])('%s is refused, and nothing is stored', async (_, path, body, headers, status, targets) => {
    const before = [await count('customers'), await count('sales_invoices')];
    const answer = await send('POST', path, body, { ...json, ...headers });
    expect([answer.status, targets.length > 1 ? details(answer) : [answer.error.target]]).toEqual([status, targets]);
    expect([await count('customers'), await count('sales_invoices')]).toEqual(before);
  });

  it('[206] a key that is taken is a conflict', async () => {
    const number = `TAKEN${++codes}`;
    await made('customers', { displayName: 'x', number });
    const answer = await send('POST', 'customers', { displayName: 'y', number }, json);
    expect([answer.status, answer.error.code, answer.error.target]).toEqual([
      409,
      'Internal_EntityWithSameKeyExists',
      'number',
    ]);
  });

  it('[208, 253] links by relative and absolute ids, in both versions', async () => {
    const id = String(known['id']);
    const references = [
      `customers(${id})`,
      `${service.root}customers(${id})`,
      `${new URL(service.root).pathname}customers(${id})`,
      `customers/${id}`,
    ];
    for (const reference of references) {
      expect((await send('POST', 'salesInvoices', { 'customer@odata.bind': reference }, json)).json['customerId']).toBe(
        id,
      );
      expect(
        (await send('POST', 'salesInvoices', { customer: { '@id': reference } }, { ...json, ...v401 })).json[
          'customerId'
        ],
      ).toBe(id);
    }
    const drafts = await Promise.all([1, 2].map(() => made('salesInvoices', { customerId: id })));
    const owner = await made('customers', {
      displayName: 'Owner',
      'salesInvoices@odata.bind': drafts.map((draft) => `salesInvoices(${draft})`),
    });
    const owners = await service.sql('SELECT DISTINCT customer_id AS owner FROM sales_invoices WHERE id = ANY($1)', [
      drafts,
    ]);
    expect(owners).toEqual([{ owner }]);
  });

  it('[210] a link that contradicts the URL is refused', async () => {
    const [mine, theirs] = [await made('customers', { displayName: 'Mine' }), String(known['id'])];
    for (const body of [{ 'customer@odata.bind': `customers(${theirs})` }, { customerId: theirs }])
      expect((await send('POST', `customers(${mine})/salesInvoices`, body, json)).status).toBe(400);
    expect((await service.get(`customers(${mine})/salesInvoices`)).value).toEqual([]);
  });

  it('[216] keeps the instant of a moment, and the exact value of a decimal', async () => {
    const payment = await newPayment();
    const exact = await send('PATCH', payment, '{"amount":9999999999999.99999}');
    expect(exact.text).toContain('"amount":9999999999999.99999');
    const asText = { 'Content-Type': 'application/json;IEEE754Compatible=true', 'If-Match': '*' };
    expect((await send('PATCH', payment, { amount: '-0.00001' }, asText)).text).toContain('"amount":-0.00001');
  });

  it('[217] $select and $expand shape the answer', async () => {
    const answer = await send(
      'POST',
      'salesInvoices?$select=number&$expand=customer($select=displayName)',
      { customerId: known['id'] },
      json,
    );
    expect(
      Object.keys(answer.json)
        .filter((name) => !name.startsWith('@'))
        .sort(),
    ).toEqual(['customer', 'number']);
    expect(answer.json['customer']).toMatchObject({ displayName: known['name'] });
  });
});

describe('where a new entity is found', () => {
  it('[202, 203] Location and OData-EntityId are the id that it has everywhere, whichever keys the request had', async () => {
    const code = `N${++codes}`;
    const journal = await made('customerPaymentJournals', { code });
    const full = { ...json, Accept: 'application/json;odata.metadata=full' };
    const payments = [
      `customerPaymentJournals(${journal})/customerPayments`,
      `customerPaymentJournals(code='${code}')/customerPayments`,
      `customerPaymentJournals/${journal}/customerPayments`,
      `companies(${company})/customerPaymentJournals(code='${code}')/customerPayments`,
    ];
    const id = await made(payments[0] ?? '', { lineNumber: 7 });
    const lines = [
      `${payments[0] ?? ''}(${id})/dimensionLines`,
      `${payments[1] ?? ''}(lineNumber=7)/dimensionLines`,
      `${payments[3] ?? ''}(lineNumber=7)/dimensionLines`,
    ];
    const [value] = await service.sql(
      `SELECT d.code, min(v.code) AS "valueCode" FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
       WHERE d.company_id = $1 AND NOT v.blocked GROUP BY d.code ORDER BY d.code LIMIT 1`,
      [company],
    );
    for (const [path, body] of [
      ...payments.map((one) => [one, {}] as const),
      ...lines.map((one) => [one, value ?? {}] as const),
    ]) {
      const whole = await send('POST', path, body, full);
      const told = `${service.root}${String(whole.json['@odata.id'])}`;
      expect([path, whole.status, whole.headers['location']]).toEqual([path, 201, told]);
      const read = await service.get(told, full);
      expect(read.json).toEqual({ ...whole.json, '@odata.context': read.json['@odata.context'] });
      expect((await send('DELETE', told)).status).toBe(204);
      const minimal = await send('POST', path, body, { ...json, Prefer: 'return=minimal' });
      const location = String(minimal.headers['location']);
      expect([path, minimal.status, minimal.headers['odata-entityid']]).toEqual([path, 204, location]);
      expect(`${service.root}${String((await service.get(location, full)).json['@odata.id'])}`).toBe(location);
      expect((await send('DELETE', location)).status).toBe(204);
    }
  });

  it('[202, 263] a delta tells ids and contexts as reads do, whichever keys the request had', async () => {
    const code = `N${++codes}`;
    const journal = await made('customerPaymentJournals', { code });
    const path = `customerPaymentJournals(code='${code}')/customerPayments`;
    const canonical = `customerPaymentJournals(${journal})/customerPayments`;
    const id = await made(path, { lineNumber: 7 });
    const value = [{ amount: -1 }, { '@removed': { reason: 'deleted' }, id }];
    const { json: answer } = await send(
      'PATCH',
      path,
      { value },
      { ...any, ...v401, Accept: 'application/json;metadata=minimal' },
    );
    expect(answer).toMatchObject({
      '@context': `${service.root}$metadata#${canonical}/$delta`,
      value: [{ amount: -1 }, { '@removed': { reason: 'deleted' }, '@id': `${canonical}(${id})` }],
    });
    const [line] = await service.sql(
      'SELECT dimension_id AS id, payment_id AS payment FROM dimension_lines WHERE company_id = $1 LIMIT 1',
      [company],
    );
    const [parent] = (
      await service.get(`customerPaymentDetails?$filter=id eq ${String(line?.['payment'])}`.replaceAll(' ', '%20'))
    ).value;
    const lines = `customerPaymentJournals(${String(parent?.['journalId'])})/customerPayments(${String(line?.['payment'])})/dimensionLines`;
    const gone = await send('PATCH', lines, { value: [{ '@removed': {}, id: line?.['id'] }] }, { ...any, ...v401 });
    expect(gone.json['value']).toMatchObject([{ '@odata.id': `${lines}(${String(line?.['id'])})` }]);
  });
});

it('[213, 215] a complex value of another type is refused at its place, beside all other faults', async () => {
  const before = await count('customers');
  for (const [name, type, status] of [
    ['@odata.type', '#Microsoft.NAV.postalAddress', 201],
    ['@type', '#Microsoft.NAV.postalAddress', 201],
    ['@odata.type', '#Microsoft.NAV.customer', 400],
    ['@type', '#Other.postalAddress', 400],
    ['@odata.type', 5, 400],
  ] as const) {
    const body = { displayName: status === 201 ? 'Typed' : 5, address: { [name]: type, city: 'X' } };
    const answer = await send('POST', 'customers', body, json);
    expect([type, answer.status, status === 201 ? [] : details(answer)]).toEqual([
      type,
      status,
      status === 201 ? [] : ['displayName', `address/${name}`],
    ]);
  }
  expect(await count('customers')).toBe(Number(before) + 2);
  const [last] = (await service.get('customers?$orderby=number%20desc&$top=1')).value;
  const wrong = { '@odata.type': '#x', city: 'Y' };
  expect((await send('PUT', `customers(${String(last?.['id'])})/address`, wrong)).status).toBe(400);
});

describe('update and delete', () => {
  it('[220] PATCH changes what it names, merges complex values, and nothing else', async () => {
    const id = await made('customers', {
      displayName: 'Old',
      email: 'a@b.c',
      address: { city: 'Ribe', street: 'Main 1' },
    });
    const before = (await service.sql('SELECT to_jsonb(c) AS row FROM customers c WHERE id = $1', [id]))[0]?.[
      'row'
    ] as Json;
    expect((await send('PATCH', `customers(${id})`, { displayName: 'New', address: { city: 'Fanø' } })).status).toBe(
      200,
    );
    const after = (await service.sql('SELECT to_jsonb(c) AS row FROM customers c WHERE id = $1', [id]))[0]?.[
      'row'
    ] as Json;
    const { version, last_modified_date_time: modified, ...rest } = after;
    expect([version, modified === before['last_modified_date_time']]).toEqual([2, false]);
    expect({ ...before, ...rest }).toEqual({ ...before, display_name: 'New', address_city: 'Fanø' });
  });

  it('[221] PUT sets what it leaves out to its default; what is required must be there', async () => {
    const id = await made('customers', {
      displayName: 'Old',
      email: 'a@b.c',
      blocked: 'Ship',
      address: { city: 'Ribe' },
      number: `PUT${++codes}`,
    });
    const refused = await send('PUT', `customers(${id})`, { email: 'x@y.z' });
    expect([refused.status, refused.error.target]).toEqual([400, 'displayName']);
    const answer = await send('PUT', `customers(${id})`, { displayName: 'New' });
    expect(answer.json).toMatchObject({ displayName: 'New', email: null, blocked: 'None', address: null });
  });

  it('[223, 224] an unknown id is never created, whatever is asked', async () => {
    const before = await count('customers');
    for (const method of ['PATCH', 'PUT'])
      for (const headers of [any, json, { ...json, 'If-None-Match': '*' }])
        expect((await send(method, `customers(${UNKNOWN})`, { displayName: 'x' }, headers)).status).toBe(404);
    const payment = await newPayment();
    expect((await send('PATCH', `${payment}/customer`, { displayName: 'x' })).status).toBe(404);
    const existing = await send(
      'PATCH',
      `customers(${String(known['id'])})`,
      { displayName: 'x' },
      { ...any, 'If-None-Match': '*' },
    );
    expect(existing.status).toBe(412);
    expect(await count('customers')).toBe(before);
  });

  it('[228] the ETag of a 4.01 body is obeyed, that of a 4.0 body is not', async () => {
    const id = await made('customers', { displayName: 'Old' });
    const body = { '@etag': 'W/"7"', displayName: 'New' };
    expect((await send('PATCH', `customers(${id})`, body, { ...any, ...v401 })).status).toBe(412);
    expect((await send('PATCH', `customers(${id})`, body, { ...any, 'OData-Version': '4.0' })).status).toBe(200);
    expect((await send('PATCH', `customers(${id})`, { '@etag': 'W/"2"' }, { ...json, ...v401 })).status).toBe(200);
  });

  it('[229] a foreign key links anew, to what exists only, and a link in the same body wins', async () => {
    const payment = await newPayment();
    const unknown = await send('PATCH', payment, { customerId: UNKNOWN });
    expect([unknown.status, unknown.error.message]).toEqual([400, 'The "customerId" does not match to a Customer.']);
    const linked = await send('PATCH', `${payment}?$expand=customer($select=id)`, { customerId: known['id'] });
    expect(linked.json['customer']).toMatchObject({ id: known['id'] });
    const other = await made('customers', { displayName: 'Other' });
    const won = await send('PATCH', payment, { customerId: known['id'], 'customer@odata.bind': `customers(${other})` });
    expect(won.json['customerId']).toBe(other);
  });

  it('[229] who takes an entity out of the collection of the URL is shown it all the same', async () => {
    const customers = [
      await made('customers', { displayName: 'From' }),
      await made('customers', { displayName: 'To' }),
    ];
    const [from, to] = customers;
    const invoice = await made('salesInvoices', { customerId: from });
    const before = (await service.get(`salesInvoices(${invoice})`)).json;
    const ways: readonly (readonly [method: string, path: string, body: Json, headers?: Record<string, string>])[] = [
      ['PATCH', '', { customerId: to }],
      ['PATCH', '', { 'customer@odata.bind': `customers(${to})` }],
      ['PATCH', '', { customer: { '@id': `customers(${to})` } }, v401],
      ['PUT', '', { ...before, '@odata.etag': '*', customerId: to }],
      ['PUT', '/customerId', { value: to }],
    ];
    for (const root of ['', `companies(${company})/`])
      for (const [method, rest, body, headers] of ways) {
        const [known] = await service.sql(
          'UPDATE sales_invoices SET customer_id = $1 WHERE id = $2 RETURNING version',
          [from, invoice],
        );
        const version = Number(known?.['version']) + 1;
        const path = `${root}customers(${from})/salesInvoices(${invoice})${rest}`;
        const answer = await send(method, path, body, { ...any, Prefer: 'return=representation', ...headers });
        const shown = answer.json[rest === '' ? 'customerId' : 'value'];
        const wanted = [method, path, 200, to, `W/"${version}"`];
        expect([method, path, answer.status, shown, answer.headers.etag]).toEqual(wanted);
        const stored = await service.sql('SELECT customer_id AS c, version FROM sales_invoices WHERE id = $1', [
          invoice,
        ]);
        expect(stored).toEqual([{ c: to, version }]);
        const there = await service.get(`${root}customers(${to})/salesInvoices(${invoice})${rest}`, headers);
        expect(there.text).toBe(answer.text);
      }
  });

  it('[235, 236] DELETE ends the entity with what it contains; twice is 404', async () => {
    const payment = await newPayment({ dimensionLines: [] });
    const journal = payment.slice(0, payment.indexOf('/'));
    const gone = await send('DELETE', journal);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect([
      (await send('DELETE', journal)).status,
      (await service.get(payment)).status,
      (await service.get(`${journal}/customerPayments`)).status,
    ]).toEqual([404, 404, 404]);
    const id = /\((.*)\)/.exec(journal)?.[1];
    expect(await service.sql('SELECT id FROM customer_payments WHERE journal_id = $1', [id])).toEqual([]);
    expect(await service.sql('SELECT code FROM number_series WHERE journal_id = $1', [id])).toEqual([]);
  });

  it('[237] what others need stays', async () => {
    const [needed] = await service.sql('SELECT customer_id AS id FROM sales_invoices WHERE company_id = $1', [company]);
    const answer = await send('DELETE', `customers(${String(needed?.['id'])})`);
    expect([answer.status, answer.error.code]).toEqual([409, 'StillReferenced']);
  });

  it('[245] PATCH needs no other method’s name, and MERGE is none', async () => {
    const answer = await send('MERGE', `customers(${String(known['id'])})`, {});
    expect([405, 501]).toContain(answer.status);
  });
});

describe('preconditions', () => {
  it.each<[title: string, headers: Record<string, string>, status: number]>([
    ['[255] the ETag of the entity', { 'If-Match': 'W/"1"' }, 200],
    ['[257] the same without weakness', { 'If-Match': '"1"' }, 200],
    ['[257] a list with it', { 'If-Match': '"a", W/"1"' }, 200],
    ['[255] any version', { 'If-Match': '*' }, 200],
    ['[255] another ETag', { 'If-Match': 'W/"2"' }, 412],
    ['[256] none', {}, 428],
    ['[223] If-None-Match: *', { 'If-Match': '*', 'If-None-Match': '*' }, 412],
  ])('%s', async (_, headers, status) => {
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      const id = await made('customers', { displayName: 'Old' });
      const answer = await send(method, `customers(${id})`, method === 'DELETE' ? undefined : { displayName: 'New' }, {
        ...json,
        ...headers,
      });
      expect([method, answer.status]).toEqual([method, method === 'DELETE' && status === 200 ? 204 : status]);
      if (status !== 200)
        expect((await service.get(`customers(${id})`)).json).toMatchObject({
          displayName: 'Old',
          '@odata.etag': 'W/"1"',
        });
    }
  });

  it('of a collection, which has no ETag: no tag fits it, and it is there', async () => {
    const number = async (): Promise<unknown> => (await service.get('customers/$count')).text;
    const before = await number();
    const id = await made('customers', { displayName: 'Old' });
    const delta = { '@context': '#$delta', value: [{ '@id': `customers(${id})`, displayName: 'New' }] };
    for (const [headers, method, body] of [
      [{ 'If-Match': 'W/"1"' }, 'POST', { displayName: 'Another' }],
      [{ 'If-None-Match': '*' }, 'POST', { displayName: 'Another' }],
      [{ 'If-Match': 'W/"0"' }, 'PATCH', delta],
      [{ 'If-None-Match': '*' }, 'PATCH', delta],
    ] as const) {
      const answer = await send(method, 'customers', body, { ...json, ...headers });
      expect([method, headers, answer.status]).toEqual([method, headers, 412]);
    }
    expect((await service.get(`customers(${id})`)).json).toMatchObject({ displayName: 'Old' });
    const others = { ...json, 'If-Match': '*', 'If-None-Match': 'W/"1"' };
    expect((await send('PATCH', 'customers', delta, others)).status).toBe(200);
    expect((await send('POST', 'customers', { displayName: 'Another' }, others)).status).toBe(201);
    expect(Number(await number())).toBe(Number(before) + 2);
  });

  it('of the entity that an action is bound to', async () => {
    const payment = await newPayment();
    const journal = payment.slice(0, payment.indexOf('/'));
    for (const headers of [{ 'If-Match': 'W/"9"' }, { 'If-None-Match': '*' }])
      for (const path of [journal, `customerPaymentJournals/$filter(id%20eq%20${journal.slice(-37, -1)})/$each`])
        expect([
          headers,
          (await send('POST', `${path}/Microsoft.NAV.post`, {}, { ...json, ...headers })).status,
        ]).toEqual([headers, 412]);
    expect((await service.get(payment)).status).toBe(200);
  });

  it('[258] every write has a new ETag, a dimension line’s also on its payment', async () => {
    const payment = await newPayment();
    const [value] = await service.sql(
      'SELECT dimension_id AS id, id AS "valueId" FROM dimension_values WHERE company_id = $1',
      [company],
    );
    const tags = [(await service.get(payment)).headers['etag']];
    const written = async (answer: Promise<Answer>): Promise<void> => {
      expect((await answer).status).toBeLessThan(300);
      tags.push((await service.get(payment)).headers['etag']);
    };
    await written(send('POST', `${payment}/dimensionLines`, value));
    await written(
      send('PATCH', `${payment}/dimensionLines(${String(value?.['id'])})`, { valueId: value?.['valueId'] }),
    );
    await written(send('DELETE', `${payment}/dimensionLines(${String(value?.['id'])})`));
    await written(send('PUT', `${payment}/comment`, { value: 'x' }));
    expect(tags).toEqual(['W/"1"', 'W/"2"', 'W/"3"', 'W/"4"', 'W/"5"']);
  });

  it('[260] of many updates with one ETag exactly one is done', async () => {
    const payment = await newPayment();
    const tagged = { ...json, 'If-Match': 'W/"1"' };
    const patched = (at: number): Promise<Answer> => send('PATCH', payment, { comment: String(at) }, tagged);
    const put = (at: number): Promise<Answer> => send('PUT', `${payment}/comment`, { value: String(at) }, tagged);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? patched : put)(at)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status < 300)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
    const winner = statuses.findIndex((status) => status < 300);
    expect((await service.get(payment)).json).toMatchObject({ comment: String(winner), '@odata.etag': 'W/"2"' });
  });
});

describe('the rules of a payment in every way in', () => {
  type Way = (body: object) => Promise<{ readonly answer: Answer; readonly path: string }>;
  const ways: Readonly<Record<string, Way>> = {
    'a create': async (body) => ({
      answer: await send('POST', `${await newJournal()}/customerPayments`, body, json),
      path: '',
    }),
    'a deep insert': async (body) => ({
      answer: await send(
        'POST',
        'customerPaymentJournals',
        { code: `N${++codes}`, customerPayments: [{}, body] },
        json,
      ),
      path: 'customerPayments/1/',
    }),
    'an update': async (body) => ({ answer: await send('PATCH', await newPayment(), body), path: '' }),
    'a replacement': async (body) => ({
      answer: await send('PUT', await newPayment(), { lineNumber: 5, amount: 0, ...body }),
      path: '',
    }),
    'a deep update': async (body) => {
      const payment = await newPayment();
      const [journal = '', id] = [
        payment.slice(0, payment.indexOf('/')),
        /customerPayments\((.*)\)/.exec(payment)?.[1],
      ];
      const answer = await send('PATCH', journal, { 'customerPayments@delta': [{ id, ...body }] }, { ...any, ...v401 });
      return { answer, path: 'customerPayments@delta/0/' };
    },
    'a delta': async (body) => {
      const payment = await newPayment();
      const id = /customerPayments\((.*)\)/.exec(payment)?.[1];
      return {
        answer: await send('PATCH', payment.replace(/\([^(]*\)$/, ''), { value: [{ id, ...body }] }, json),
        path: 'value/0/',
      };
    },
    'each member': async (body) => {
      const payment = await newPayment();
      return {
        answer: await send('PATCH', `${payment.replace(/\([^(]*\)$/, '')}/$each`, body, json),
        path: payment.slice(payment.indexOf('/') + 1) + '/',
      };
    },
  };

  it.each(Object.keys(ways))('%s refuses in the documented words', async (name) => {
    const way = ways[name];
    if (!way) throw new Error('No such way');
    const blocked = await made('customers', { displayName: 'B', number: `BLOCK${++codes}`, blocked: 'All' });
    const draft = await made('salesInvoices', { customerId: known['id'] });
    const cases: readonly (readonly [object, string, string])[] = [
      [{ customerId: UNKNOWN }, 'customerId', 'The "customerId" does not match to a Customer.'],
      [{ customerNumber: 'NOBODY' }, 'customerNumber', 'The "customerNumber" does not match to a Customer.'],
      [
        { customerId: known['id'], customerNumber: `BLOCK${codes}` },
        'customerId',
        'The customer values do not match to a specific Customer.',
      ],
      [
        { customerId: blocked },
        'customerNumber',
        `You cannot create this type of document when Customer BLOCK${codes} is blocked with type All`,
      ],
      [
        { appliesToInvoiceId: draft },
        'appliesToInvoiceId',
        'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
      ],
      [{ contactId: 'nobody at all' }, 'contactId', 'The "contactId" does not match to a specific Customer.'],
    ];
    for (const [body, target, message] of cases) {
      const before = await count('customer_payments');
      const { answer, path } = await way(body);
      expect([answer.status, answer.error]).toMatchObject([
        400,
        { code: 'Application_DialogException', message, target: path + target },
      ]);
      const grown = Number(await count('customer_payments')) - Number(before);
      expect(grown).toBe(name === 'a create' || name === 'a deep insert' ? 0 : 1);
    }
  });

  it.each(Object.keys(ways))('%s keeps the pairs in step', async (name) => {
    const way = ways[name];
    if (!way) throw new Error('No such way');
    const [invoice] = await service.sql(
      `SELECT i.id, i.number FROM sales_invoices i JOIN customers c ON c.id = coalesce(bill_to_customer_id, customer_id)
       WHERE i.company_id = $1 AND i.status = 'Open' AND c.blocked <> 'All' ORDER BY i.id`,
      [company],
    );
    const comment = `pair ${++codes}`;
    const { answer } = await way({ comment, customerNumber: known['number'], appliesToInvoiceId: invoice?.['id'] });
    expect([answer.status, answer.error.message]).toEqual([expect.any(Number), '']);
    const stored = await service.sql(
      `SELECT customer_id AS id, customer_number AS number, applies_to_invoice_id AS "invoiceId", applies_to_invoice_number AS "invoiceNumber", description
       FROM customer_payments WHERE comment = $1`,
      [comment],
    );
    expect(stored).toEqual([
      {
        id: known['id'],
        number: known['number'],
        invoiceId: invoice?.['id'],
        invoiceNumber: invoice?.['number'],
        description: [...String(known['name'])].slice(0, 50).join(''),
      },
    ]);
  });
});

describe('the rules of everything else in every way in', () => {
  type Refused = readonly [body: object, target: string, message: string];

  let ids: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const one = async (text: string): Promise<string> => String((await service.sql(text, [company]))[0]?.['id']);
    const dimension = (code: string): string =>
      `SELECT id FROM dimensions WHERE company_id = $1 AND code = '${code}' ORDER BY code`;
    const value = (code: string, at: number): string =>
      `SELECT v.id FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
       WHERE d.company_id = $1 AND d.code = '${code}' AND NOT v.blocked ORDER BY v.code OFFSET ${at}`;
    ids = {
      region: await one(dimension('REGION')),
      project: await one(dimension('PROJECT')),
      east: await one(`${value('REGION', 0).replace('ORDER BY v.code OFFSET 0', "AND v.code = 'EAST'")}`),
      notEast: await one(`${value('REGION', 0).replace('ORDER BY v.code OFFSET 0', "AND v.code <> 'EAST'")}`),
      elsewhere: await one(value('PROJECT', 0)),
      blockedAccount: await one('SELECT id FROM accounts WHERE company_id = $1 AND blocked'),
      indirectAccount: await one(
        'SELECT id FROM accounts WHERE company_id = $1 AND NOT blocked AND NOT direct_posting',
      ),
      otherCustomer: await one(
        `SELECT id FROM customers WHERE company_id = $1 AND id <> '${String(known['id'])}' ORDER BY id`,
      ),
      posted: await one("SELECT id FROM sales_invoices WHERE company_id = $1 AND status = 'Open' ORDER BY id"),
    };
  });

  const noLink = 'The "balancingAccountNumber" does not match to a G/L Account.';
  /** Of each kind: where it is made, the body of a parent that holds one, what its creates refuse, one that is there, and what its changes refuse. */
  const kinds: Readonly<
    Record<
      string,
      {
        readonly collection: () => string | Promise<string>;
        readonly parent?: (body: object) => Promise<readonly [path: string, body: object, place: string]>;
        readonly refused: () => readonly Refused[];
        readonly there: () => Promise<string>;
        readonly kept: () => readonly Refused[];
      }
    >
  > = {
    'a dimension line': {
      collection: async () => `${await newPayment()}/dimensionLines`,
      parent: async (body) => [
        `${await newJournal()}/customerPayments`,
        { dimensionLines: [body] },
        'dimensionLines/0/',
      ],
      refused: () => [
        [{ valueCode: 'EAST' }, 'id', 'The ID or Code field must be filled in.'],
        [{ code: 'REGION' }, 'valueId', 'The valueId or valueCode field must be filled in.'],
        [{ id: UNKNOWN, valueCode: 'EAST' }, 'id', 'The "id" does not match to a Dimension.'],
        [{ code: 'NONE', valueCode: 'EAST' }, 'code', 'The "code" does not match to a Dimension.'],
        [
          { id: ids['project'], code: 'REGION', valueCode: 'EAST' },
          'id',
          'The dimension field values do not match to a specific Dimension.',
        ],
        [
          { code: 'REGION', valueId: ids['elsewhere'] },
          'valueId',
          'The "valueId" does not match to a Dimension Value.',
        ],
        [{ code: 'REGION', valueCode: 'NONE' }, 'valueCode', 'The "valueCode" does not match to a Dimension Value.'],
        [
          { code: 'REGION', valueCode: 'EAST', valueId: ids['notEast'] },
          'valueId',
          'The values of the Dimension Code field and the Dimension ID field do not refer to the same Dmension Value.',
        ],
      ],
      there: async () => {
        const path = `${await newPayment()}/dimensionLines`;
        await made(path, { code: 'REGION', valueCode: 'EAST' });
        return `${path}(${String(ids['region'])})`;
      },
      kept: () => [
        [{ valueId: ids['elsewhere'] }, 'valueId', 'The "valueId" does not match to a Dimension Value.'],
        [{ valueCode: 'NONE' }, 'valueCode', 'The "valueCode" does not match to a Dimension Value.'],
        [{ valueCode: '' }, 'valueId', 'The valueId or valueCode field must be filled in.'],
        [{ code: 'PROJECT' }, 'code', 'The ID and Code fields cannot be modified.'],
      ],
    },
    'a journal': {
      collection: () => 'customerPaymentJournals',
      refused: () => [
        [{}, 'code', 'A "code" must be provided.'],
        [{ code: ' ' }, 'code', 'The blank "code" is not allowed.'],
        [{ code: 'X1', balancingAccountId: UNKNOWN }, 'balancingAccountId', noLink],
      ],
      there: newJournal,
      kept: () => [
        [{ code: ' ' }, 'code', 'The blank "code" is not allowed.'],
        [{ balancingAccountId: UNKNOWN }, 'balancingAccountId', noLink],
        [
          { balancingAccountId: ids['blockedAccount'] },
          'balancingAccountId',
          expect.stringMatching(/^The G\/L Account \S+ is blocked\.$/) as string,
        ],
        [
          { balancingAccountId: ids['indirectAccount'] },
          'balancingAccountId',
          expect.stringMatching(/^The G\/L Account \S+ does not allow direct posting\.$/) as string,
        ],
      ],
    },
    'a customer': {
      collection: () => 'customers',
      parent: async (body) => [`${await newJournal()}/customerPayments`, { customer: body }, 'customer/'],
      refused: () => [
        [{}, 'displayName', 'A "displayName" must be provided.'],
        [{ displayName: ' ' }, 'displayName', 'The blank "displayName" is not allowed.'],
      ],
      there: async () => `customers(${await made('customers', { displayName: 'There' })})`,
      kept: () => [
        [{ displayName: ' ' }, 'displayName', 'The blank "displayName" is not allowed.'],
        [{ number: '' }, 'number', 'The blank "number" is not allowed.'],
      ],
    },
    'an invoice': {
      collection: () => 'salesInvoices',
      parent: async (body) => [
        `${await newJournal()}/customerPayments`,
        { appliesToInvoice: body },
        'appliesToInvoice/',
      ],
      refused: () => [
        [{}, 'customerId', 'A "customerNumber" or a "customerId" must be provided.'],
        [{ customerId: UNKNOWN }, 'customerId', 'The sell-to customer cannot be found.'],
        [{ customerNumber: 'NOBODY' }, 'customerNumber', 'The sell-to customer cannot be found.'],
        [
          { customerId: ids['otherCustomer'], customerNumber: known['number'] },
          'customerId',
          'The sell-to customer values do not match to a specific Customer.',
        ],
        [
          { customerId: known['id'], billToCustomerId: UNKNOWN },
          'billToCustomerId',
          'The bill-to customer cannot be found.',
        ],
      ],
      there: async () => `salesInvoices(${await made('salesInvoices', { customerId: known['id'] })})`,
      kept: () => [
        [{ customerId: UNKNOWN }, 'customerId', 'The sell-to customer cannot be found.'],
        [{ billToCustomerId: UNKNOWN }, 'billToCustomerId', 'The bill-to customer cannot be found.'],
        [
          { status: 'Open' },
          'status',
          'The status of a sales invoice can only be Draft here; posting sets the others.',
        ],
        [{ number: 'X' }, 'number', 'The "number" is read-only: an invoice keeps the number that it was made with.'],
      ],
    },
    'a posted invoice': {
      collection: () => 'salesInvoices',
      refused: () => [],
      there: async () => `salesInvoices(${String(ids['posted'])})`,
      kept: () => [[{ dueDate: '2026-01-01' }, 'status', 'The action can be applied to a draft invoice only.']],
    },
  };

  /** What a batch says of its only request, which is one of a group. */
  async function batched(method: string, url: string, body: object): Promise<Answer> {
    const request = { id: '1', method, url, body, headers: { 'if-match': '*' }, atomicityGroup: 'g' };
    const answer = await send('POST', '$batch', { requests: [request] }, json);
    const [{ status = 0, body: told } = {}] = answer.json['responses'] as readonly { status?: number; body?: Json }[];
    return { ...answer, status, json: told ?? {}, error: (told?.['error'] ?? {}) as Answer['error'] };
  }

  it.each(Object.keys(kinds))('%s that is made is refused in the documented words', async (name) => {
    const kind = kinds[name];
    for (const [body, target, message] of kind?.refused() ?? []) {
      const collection = (await kind?.collection()) ?? '';
      const answers: (readonly [Answer, string])[] = [
        [await send('POST', collection, body, json), ''],
        [await send('POST', `companies(${company})/${collection}`, body, json), ''],
        [await send('PATCH', collection, { value: [body] }, json), 'value/0/'],
        [await batched('POST', collection, body), ''],
      ];
      const parent = await kind?.parent?.(body);
      if (parent) answers.push([await send('POST', parent[0], parent[1], json), parent[2]]);
      for (const [{ status, error }, place] of answers)
        expect([status, error.message, error.target]).toEqual([400, message, place + target]);
    }
  });

  it.each(Object.keys(kinds))('%s that is changed is refused in the documented words', async (name) => {
    const kind = kinds[name];
    const path = (await kind?.there()) ?? '';
    const before = (await service.get(path)).json;
    for (const [body, target, message] of kind?.kept() ?? []) {
      const { key, collection } = { key: /\(([^()]*)\)$/.exec(path)?.[1], collection: path.replace(/\([^()]*\)$/, '') };
      const [[property, value] = ['', null]] = Object.entries(body) as [string, unknown][];
      const answers: (readonly [Answer, string])[] = [
        [await send('PATCH', path, body), ''],
        [await send('PATCH', `companies(${company})/${path}`, body), ''],
        [await send('PATCH', collection, { value: [{ id: key, ...body }] }, json), 'value/0/'],
        [await batched('PATCH', path, body), ''],
        [await send('PUT', `${path}/${property}`, { value }), ''],
      ];
      for (const [{ status, error }, place] of answers)
        expect([body, status, error.message, error.target]).toEqual([body, 400, message, place + target]);
    }
    expect((await service.get(path)).json).toEqual(before);
  });
});

describe('what Business Central’s tests read back', () => {
  const values = (where: string): Promise<readonly Record<string, unknown>[]> =>
    service.sql(
      `SELECT d.id, d.code, min(v.code) AS "valueCode" FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
       WHERE d.company_id = $1 AND NOT v.blocked AND ${where} GROUP BY d.id, d.code ORDER BY d.code`,
      [company],
    );

  it('P5 one payment, by its id below its journal', async () => {
    const path = await newPayment({ lineNumber: 70_000, amount: -12.5, documentNumber: 'P5' });
    const read = await service.get(path);
    expect([read.status, read.json]).toMatchObject([
      200,
      { id: /\((.*)\)\/.*\((.*)\)/.exec(path)?.[2], lineNumber: 70_000, amount: -12.5, documentNumber: 'P5' },
    ]);
  });

  it('D4 D6 the dimension lines of a payment, in full and by parent, and nowhere without one', async () => {
    const path = await newPayment();
    const [first, second] = await values('true');
    const other = await newPayment();
    await made(`${other}/dimensionLines`, { code: first?.['code'], valueCode: first?.['valueCode'] });
    for (const { code, valueCode } of [first ?? {}, second ?? {}])
      await made(`${path}/dimensionLines`, { code, valueCode });
    const parentId = /\((.*)\)\/.*\((.*)\)/.exec(path)?.[2];
    const expected = [first, second].map((value) => ({ ...value, parentId }));
    for (const query of ['', `?$filter=parentId%20eq%20${String(parentId)}`, '?$orderby=code']) {
      const read = await service.get(`${path}/dimensionLines${query}`);
      expect([read.status, read.value]).toMatchObject([200, expected]);
    }
    const elsewhere = await service.get(`${path}/dimensionLines?$filter=parentId%20eq%20${UNKNOWN}`);
    expect([elsewhere.status, elsewhere.value]).toEqual([200, []]);
    expect((await service.get('dimensionLines')).status).toBe(404);
    expect((await send('POST', 'dimensionLines', { parentId, ...first }, json)).status).toBe(404);
  });

  it('J2 a list that holds the journals just made', async () => {
    const paths = [await newJournal(), await newJournal()];
    const listed = (await service.all('customerPaymentJournals')).map(
      ({ id }) => `customerPaymentJournals(${String(id)})`,
    );
    expect(listed).toEqual(expect.arrayContaining(paths));
    const rows = await service.sql('SELECT id FROM customer_payment_journals WHERE company_id = $1', [company]);
    expect(listed).toHaveLength(rows.length);
  });

  it('C1 C2 a customer, with and without an address', async () => {
    const address = {
      street: 'Ringvej 1',
      city: 'Århus',
      state: 'Jylland',
      countryLetterCode: 'DK',
      postalCode: '8000',
    };
    for (const more of [{}, { address }]) {
      const id = await made('customers', { displayName: 'Read back', ...more });
      const [row] = await service.sql('SELECT number, address_city AS city FROM customers WHERE id = $1', [id]);
      const read = await service.get(`customers(${id})`);
      expect([read.status, read.json]).toMatchObject([200, { id, number: row?.['number'], displayName: 'Read back' }]);
      const shown = read.json['address'];
      if ('address' in more) expect(shown).toEqual(address);
      else expect([(shown as Json | null)?.['city'] ?? null, row?.['city']]).toEqual([null, null]);
    }
  });
});

describe('what Business Central’s tests of dimensions and invoices ask', () => {
  it('X1 X2 X3 X4 every dimension and value is listed, with its id and when it was changed', async () => {
    for (const [path, table] of [
      ['dimensions', 'dimensions'],
      ['dimensionValues', 'dimension_values'],
    ] as const) {
      const rows = await service.sql(
        `SELECT id, code, to_char(last_modified_date_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') AS changed FROM ${table} WHERE company_id = $1`,
        [company],
      );
      const listed = await service.all(path);
      const told = listed.map(({ id, code, lastModifiedDateTime }) => ({
        id,
        code,
        changed: String(lastModifiedDateTime).slice(0, 19),
      }));
      const byId = (left: Json, right: Json): number => (String(left['id']) < String(right['id']) ? -1 : 1);
      expect([...told].sort(byId)).toEqual([...rows].sort(byId));
      for (const row of listed.slice(0, 3))
        expect((await service.get(`${path}(${String(row['id'])})`)).json).toMatchObject(row);
    }
  });

  it('I1 posted invoices and drafts stand in one list', async () => {
    const id = await made('salesInvoices', { customerId: known['id'] });
    const listed = await service.all('salesInvoices?$select=id,status');
    expect(listed.find((row) => row['id'] === id)?.['status']).toBe('Draft');
    const rows = await service.sql(
      'SELECT status::text AS status, count(*)::int AS n FROM sales_invoices WHERE company_id = $1 GROUP BY 1',
      [company],
    );
    const labels = new Map(rows.map(({ status, n }) => [String(status).replace(' ', '_x0020_'), n]));
    for (const [status, n] of labels)
      expect([status, listed.filter((row) => row['status'] === status).length]).toEqual([status, n]);
    expect(labels.size).toBeGreaterThan(2);
  });

  it('I3 I7 a draft keeps its currency and dates, and an empty id clears a reference', async () => {
    const id = await made('salesInvoices', {
      customerId: known['id'],
      billToCustomerId: known['id'],
      currencyCode: 'NOK',
      invoiceDate: '2026-02-01',
      dueDate: '2026-03-01',
    });
    const stored = async (): Promise<unknown> =>
      (
        await service.sql(
          'SELECT currency_code AS currency, invoice_date::text AS invoiced, due_date::text AS due, bill_to_customer_id AS payer FROM sales_invoices WHERE id = $1',
          [id],
        )
      )[0];
    const kept = { currency: 'NOK', invoiced: '2026-02-01', due: '2026-03-01' };
    expect(await stored()).toEqual({ ...kept, payer: known['id'] });
    const answer = await send('PATCH', `salesInvoices(${id})`, {
      billToCustomerId: '00000000-0000-0000-0000-000000000000',
    });
    expect([answer.status, answer.json['billToCustomerId']]).toEqual([200, null]);
    expect(await stored()).toEqual({ ...kept, payer: null });
  });

  it('I8 the number that a draft was made with stays, in every way that it could be changed', async () => {
    const customer = await made('customers', { displayName: 'Numbered' });
    const number = 'I8-KEPT';
    const id = await made('salesInvoices', { customerId: customer, number });
    const [draft, owner] = [`salesInvoices(${id})`, `customers(${customer})`];
    const batch = (url: string): unknown => ({
      requests: [{ id: '1', atomicityGroup: 'g', method: 'PATCH', url, headers: any, body: { number: 'X' } }],
    });
    const rest = { invoiceDate: '2026-01-01', customerId: customer };
    const ways: readonly (readonly [method: string, path: string, body: unknown, target: string])[] = [
      ['PATCH', draft, { number: 'X' }, 'number'],
      ['PATCH', draft, { number: '' }, 'number'],
      ['PATCH', `salesInvoices(number='${number}')`, { number: 'X', dueDate: '2026-05-05' }, 'number'],
      ['PUT', draft, { ...rest, number: 'X' }, 'number'],
      ['PUT', `${draft}/number`, { value: 'X' }, 'number'],
      ['PATCH', owner, { salesInvoices: [{ id, number: 'X' }] }, 'salesInvoices/0/number'],
      ['PATCH', owner, { 'salesInvoices@delta': [{ id, number: 'X' }] }, 'salesInvoices@delta/0/number'],
      ['PATCH', 'salesInvoices', { value: [{ id, number: 'X' }] }, 'value/0/number'],
      ['PATCH', `${owner}/salesInvoices/$each`, { number: 'X' }, `${draft}/number`],
    ];
    const stored = (): Promise<readonly Record<string, unknown>[]> =>
      service.sql('SELECT to_jsonb(i)::text AS row FROM sales_invoices i WHERE customer_id = $1', [customer]);
    const before = await stored();
    const refusal = expect.stringContaining('read-only') as string;
    for (const [method, path, body, target] of ways) {
      const { status, error } = await send(method, path, body, { ...any, ...v401 });
      expect([method, path, status, error.target, error.message]).toEqual([method, path, 400, target, refusal]);
    }
    const batched = await send('POST', '$batch', batch(draft), json);
    expect(batched.json).toMatchObject({ responses: [{ status: 400, body: { error: { message: refusal } } }] });
    expect(await stored()).toEqual(before);
    const repeated = await send('PATCH', draft, { number, dueDate: '2026-05-05' }, any);
    const replaced = await send('PUT', draft, rest, any);
    expect([repeated, replaced].map(({ status, json: { number: kept } }) => [status, kept])).toEqual([
      [200, number],
      [200, number],
    ]);
  });
});

describe('what Business Central’s tests ask of parts that are not here', () => {
  /** The tables that these requests could change. */
  const everything = async (): Promise<string> => {
    const tables = ['customers', 'sales_invoices', 'customer_payments', 'dimension_lines', 'customer_ledger_entries'];
    const texts = tables.map((table) =>
      service.sql(`SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') AS all FROM ${table} t`),
    );
    return JSON.stringify(await Promise.all(texts));
  };

  /** A draft, its customer, and a payment with one dimension line. */
  const there = async () => {
    const customer = await made('customers', { displayName: 'Asked' });
    const draft = await made('salesInvoices', { customerId: customer, invoiceDate: '2026-02-01' });
    const payment = await newPayment({ customerId: customer });
    return { customer: `customers(${customer})`, draft: `salesInvoices(${draft})`, payment, id: customer };
  };
  type There = Awaited<ReturnType<typeof there>>;

  const cases: readonly (readonly [
    title: string,
    method: string,
    path: string | ((at: There) => string),
    body: object | undefined,
    status: number,
    /** What the error names. */
    place: string,
  ])[] = [
    [
      'C6 a template is found by the country: none is named',
      'POST',
      'customers',
      { displayName: 'T', templateId: UNKNOWN },
      400,
      'templateId',
    ],
    ['C6 templates are no set of the root', 'GET', 'customerTemplates', undefined, 404, 'customerTemplates'],
    [
      'D5 general journals are not here: their lines have no dimension lines',
      'GET',
      `journals(${UNKNOWN})/journalLines(${UNKNOWN})/dimensionLines`,
      undefined,
      404,
      'journals',
    ],
    [
      'D5 nor do they take any',
      'POST',
      `dimensionLines`,
      { parentId: UNKNOWN, code: 'DEPARTMENT', valueCode: 'SALES' },
      404,
      'dimensionLines',
    ],
    ['D6 dimension lines without a filter', 'GET', 'dimensionLines', undefined, 404, 'dimensionLines'],
    [
      'D6 dimension lines by their parent, but not below it',
      'GET',
      `dimensionLines?$filter=parentId eq ${UNKNOWN}`,
      undefined,
      404,
      'dimensionLines',
    ],
    [
      'D7 dimension lines of an entity that has none',
      'GET',
      ({ customer }) => `${customer}/dimensionLines`,
      undefined,
      404,
      'dimensionLines',
    ],
    [
      'D7 a dimension line for an entity that has none',
      'POST',
      ({ draft }) => `${draft}/dimensionLines`,
      { code: 'DEPARTMENT', valueCode: 'SALES' },
      404,
      'dimensionLines',
    ],
    [
      'I4 an invoice keeps no address for mail',
      'POST',
      'salesInvoices',
      { customerNumber: 'C00001', email: 'a@example.com' },
      400,
      'email',
    ],
    ['I4 an invoice is given none', 'PATCH', ({ draft }) => draft, { email: 'a@example.com' }, 400, 'email'],
    [
      'I11 an invoice is made without a discount',
      'POST',
      'salesInvoices',
      { customerNumber: 'C00001', discountAmount: 5 },
      400,
      'discountAmount',
    ],
    ['I11 a discount is not set', 'PATCH', ({ draft }) => draft, { discountAmount: 5 }, 400, 'discountAmount'],
    [
      'I11 a discount is not read',
      'GET',
      ({ draft }) => `${draft}?$select=discountAmount,discountAppliedBeforeTax`,
      undefined,
      400,
      '$select',
    ],
    [
      'I11 a discount is not cleared',
      'DELETE',
      ({ draft }) => `${draft}/discountAmount`,
      undefined,
      404,
      'discountAmount',
    ],
    ['I12 no id but its own leads to an invoice', 'GET', `salesInvoices(${UNKNOWN})`, undefined, 404, ''],
    ...['postAndSend', 'send', 'cancelAndSend', 'makeCorrectiveCreditMemo'].map(
      (action) =>
        [
          `I14 ${action} is no action of an invoice`,
          'POST',
          ({ draft }: There) => `${draft}/Microsoft.NAV.${action}`,
          {},
          404,
          `Microsoft.NAV.${action}`,
        ] as const,
    ),
    [
      'I15 an invoice knows no order',
      'GET',
      ({ draft }) => `${draft}?$select=orderId,orderNumber`,
      undefined,
      400,
      '$select',
    ],
    [
      'I15 an invoice is made of no order',
      'POST',
      'salesInvoices',
      { customerNumber: 'C00001', orderId: UNKNOWN, orderNumber: '1' },
      400,
      'orderId',
    ],
    ['I15 there are no orders', 'GET', 'salesOrders', undefined, 404, 'salesOrders'],
    [
      'L1 an account has no default dimensions',
      'POST',
      `accounts(${UNKNOWN})/defaultDimensions`,
      { dimensionCode: 'DEPARTMENT', dimensionValueCode: 'SALES' },
      404,
      'defaultDimensions',
    ],
    [
      'L2 a general journal takes no lines',
      'POST',
      `journals(${UNKNOWN})/journalLines`,
      { dimensions: [] },
      404,
      'journals',
    ],
    [
      'L4 a payment has no posting groups',
      'POST',
      ({ payment }) => payment.replace(/\([^(]*$/, ''),
      { amount: -1, taxCode: 'X', genPostingType: 'Sale' },
      400,
      'taxCode',
    ],
    [
      'L4 a journal is not set up for them',
      'PATCH',
      ({ payment }) => payment.split('/')[0] ?? '',
      { copyTaxSetup: true },
      400,
      'copyTaxSetup',
    ],
  ];

  it.each(cases)(
    '%s: %s is refused at its place, and nothing changes',
    async (_, method, path, body, status, place) => {
      const at = await there();
      const before = await everything();
      const target = encodeURI(typeof path === 'string' ? path : path(at));
      const { status: answered, error } = await send(method, target, body);
      const details = (error as unknown as { details?: readonly Json[] }).details ?? [];
      const named = [error.target, ...details.map(({ target: one }) => one), error.message].join(' ');
      expect([answered, named]).toEqual([status, expect.stringContaining(place)]);
      expect(error.message.length).toBeGreaterThan(10);
      expect(await everything()).toBe(before);
    },
  );

  it('I10 an invoice is the same whichever way it was made', async () => {
    const { customer, id } = await there();
    const body = {
      invoiceDate: '2026-02-03',
      dueDate: '2026-03-03',
      totalAmountIncludingTax: 12.5,
      externalDocumentNumber: 'E',
    };
    const own = { ...body, customerId: id };
    const ids = [
      await made('salesInvoices', own),
      await made(`companies(${company})/salesInvoices`, own),
      await made(`${customer}/salesInvoices`, body),
      String((await send('PATCH', 'salesInvoices', { value: [own] }, { ...any, ...v401 })).value[0]?.['id']),
    ];
    const batch = await send(
      'POST',
      '$batch',
      { requests: [{ id: '1', method: 'POST', url: 'salesInvoices', body: own }] },
      json,
    );
    ids.push(String((batch.json['responses'] as { body: Json }[])[0]?.body['id']));
    const rows = await service.sql(
      `SELECT to_jsonb(i) - '{id,number,last_modified_date_time,system_created_at}'::text[] AS row FROM sales_invoices i WHERE id = ANY($1)`,
      [ids],
    );
    expect(rows).toHaveLength(ids.length);
    expect(new Set(rows.map(({ row }) => JSON.stringify(row))).size).toBe(1);
  });

  it('I12 an invoice has one id all its life, as a draft and posted', async () => {
    const { draft } = await there();
    const id = /\((.*)\)/.exec(draft)?.[1];
    await service.sql("UPDATE sales_invoices SET status = 'Open' WHERE id = $1", [id]);
    expect((await service.get(draft)).json).toMatchObject({ id, status: 'Open' });
    const { value } = await service.get(`salesInvoices?$filter=id%20eq%20${String(id)}`);
    expect(value).toHaveLength(1);
  });
});

describe('default dimensions of a customer', () => {
  type Values = Readonly<Record<string, string>>;
  interface Payer {
    readonly id: string;
    readonly number: string;
    readonly contactId: string;
    readonly defaults: Values;
  }

  let codesOf: Readonly<Record<string, readonly string[]>>;
  /** Payments of the two have different lines; the third has nothing to give. */
  let first: Payer;
  let second: Payer;
  let none: Payer;

  beforeAll(async () => {
    const rows = await service.sql(
      `SELECT d.code, json_agg(v.code ORDER BY v.code) AS values FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
       WHERE d.company_id = $1 AND NOT v.blocked GROUP BY d.code`,
      [company],
    );
    codesOf = Object.fromEntries(rows.map(({ code, values }) => [String(code), values as string[]]));
    first = await payer({ DEPARTMENT: value('DEPARTMENT', 0), REGION: value('REGION', 0) });
    second = await payer({ REGION: value('REGION', 1), PROJECT: value('PROJECT', 1) });
    none = await payer({});
  });

  const value = (dimension: string, at: number): string => codesOf[dimension]?.[at] ?? '';

  async function payer(defaults: Values, more: readonly object[] = []): Promise<Payer> {
    const contactId = `contact of defaults ${++codes}`;
    const number = `DIM${codes}`;
    const given = Object.entries(defaults).map(([dimensionCode, dimensionValueCode]) => ({
      dimensionCode,
      dimensionValueCode,
    }));
    const id = await made('customers', {
      displayName: `Payer ${codes}`,
      number,
      contactId,
      defaultDimensions: [...given, ...more],
    });
    return { id, number, contactId, defaults };
  }

  /** A posted invoice of the customer, by its number. */
  async function invoiceOf({ id }: Payer): Promise<string> {
    const draft = await made('salesInvoices', { customerId: id, invoiceDate: '2026-01-05' });
    const [row] = await service.sql("UPDATE sales_invoices SET status = 'Open' WHERE id = $1 RETURNING number", [
      draft,
    ]);
    return String((row as unknown as readonly [readonly Json[]])[0]?.[0]?.['number'] ?? row?.['number']);
  }

  /** The values of a payment in its dimensions, by plain SQL. */
  async function linesOf(id: string): Promise<Values> {
    const rows = await service.sql(
      `SELECT d.code, v.code AS value FROM dimension_lines l JOIN dimensions d ON d.id = l.dimension_id
       JOIN dimension_values v ON v.id = l.dimension_value_id WHERE l.payment_id = $1`,
      [id],
    );
    return Object.fromEntries(rows.map(({ code, value: of }) => [String(code), String(of)]));
  }

  const idIn = (path: string): string => /\(([^()]*)\)$/.exec(path)?.[1] ?? '';
  const above = (path: string): string => path.replace(/\([^()]*\)$/, '');
  const sentLines = (values: Values): readonly object[] =>
    Object.entries(values).map(([code, valueCode]) => ({ code, valueCode }));

  async function paymentOf(comment: string): Promise<string> {
    const rows = await service.sql('SELECT id FROM customer_payments WHERE comment = $1', [comment]);
    expect(rows).toHaveLength(1);
    return String(rows[0]?.['id']);
  }

  const done = async (sent: Promise<Answer>): Promise<Answer> => {
    const answer = await sent;
    const inside = (answer.json['responses'] ?? []) as readonly { status: number; body?: Json }[];
    const failed = inside.filter(({ status }) => status >= 400);
    expect([answer.status < 300, answer.error.message, failed]).toEqual([true, '', []]);
    return answer;
  };

  /** Every way in which a payment comes into being. */
  const births: Readonly<Record<string, (body: object) => Promise<unknown>>> = {
    'a create': async (body) => done(send('POST', `${await newJournal()}/customerPayments`, body, json)),
    'a create below its company': async (body) =>
      done(send('POST', `companies(${company})/${await newJournal()}/customerPayments`, body, json)),
    'a deep insert': (body) =>
      done(send('POST', 'customerPaymentJournals', { code: `N${++codes}`, customerPayments: [{}, body] }, json)),
    'a delta': async (body) =>
      done(send('PATCH', `${await newJournal()}/customerPayments`, { value: [{}, body] }, json)),
    'a deep update': async (body) =>
      done(send('PATCH', await newJournal(), { 'customerPayments@delta': [body] }, { ...any, ...v401 })),
    'a batch': async (body) => {
      const url = `${await newJournal()}/customerPayments`;
      return done(send('POST', '$batch', { requests: [{ id: '1', method: 'POST', url, body }] }, json));
    },
    'a group of a batch': async (body) => {
      const url = `${await newJournal()}/customerPayments`;
      const request = { id: '1', method: 'POST', url, body, atomicityGroup: 'g' };
      return done(send('POST', '$batch', { requests: [request, { ...request, id: '2', body: {} }] }, json));
    },
  };

  /** Every way in which a body names the customer of a new payment. */
  const namings: Readonly<Record<string, (of: Payer) => object | Promise<object>>> = {
    id: ({ id }) => ({ customerId: id }),
    number: ({ number }) => ({ customerNumber: number }),
    contact: ({ contactId }) => ({ contactId }),
    link: ({ id }) => ({ 'customer@odata.bind': `customers(${id})` }),
    invoice: async (of) => ({ appliesToInvoiceNumber: await invoiceOf(of) }),
  };

  describe.each(Object.keys(births))('%s', (way) => {
    const born = async (body: object): Promise<string> => {
      const comment = `born ${++codes}`;
      await births[way]?.({ ...body, comment });
      return paymentOf(comment);
    };

    it.each(Object.keys(namings))('L3 without lines gets all of its customer, known by %s', async (naming) => {
      for (const whom of [first, second, none])
        expect(await linesOf(await born((await namings[naming]?.(whom)) ?? {}))).toEqual(whom.defaults);
    });

    it('L1 a line that is sent wins in its dimension; L2 the other defaults come beside it', async () => {
      const cases: readonly Values[] = [
        { DEPARTMENT: value('DEPARTMENT', 1) },
        { PROJECT: value('PROJECT', 0) },
        { DEPARTMENT: value('DEPARTMENT', 0), REGION: value('REGION', 1), PROJECT: value('PROJECT', 2) },
        {},
      ];
      for (const sent of cases) {
        const id = await born({ customerNumber: first.number, dimensionLines: sentLines(sent) });
        expect(await linesOf(id)).toEqual({ ...first.defaults, ...sent });
      }
    });
  });

  it('L3 a payment whose customer is new, too, gets what he comes with, and the answer shows it', async () => {
    const customer = {
      displayName: 'Both new',
      defaultDimensions: [
        { dimensionCode: 'REGION', dimensionValueCode: value('REGION', 1) },
        { dimensionCode: 'PROJECT', postingValidation: 'Code_x0020_Mandatory' },
      ],
    };
    const path = `${await newJournal()}/customerPayments?$expand=dimensionLines($select=code,valueCode)`;
    const answer = await send('POST', path, { amount: -1, customer }, json);
    expect([answer.status, answer.json]).toMatchObject([
      201,
      { '@odata.etag': 'W/"1"', dimensionLines: [{ code: 'REGION', valueCode: value('REGION', 1) }] },
    ]);
  });

  it('L3 a payment gets the first default of its customer that the same body makes, before it or behind it', async () => {
    const journal = await newJournal();
    const customer = await payer({});
    const path = `${journal}/customerPayments`;
    const paying = { customerNumber: customer.number };
    const giving = {
      id: await made(path, {}),
      customer: {
        id: customer.id,
        'defaultDimensions@delta': [{ dimensionCode: 'REGION', dimensionValueCode: value('REGION', 1) }],
      },
    };
    await done(send('PATCH', path, { value: [paying, giving, paying] }, { ...any, ...v401 }));
    const ids = (await service.get(`${path}?$select=id`)).value.map(({ id }) => String(id));
    expect(await Promise.all(ids.map(linesOf))).toEqual(Array(3).fill({ REGION: value('REGION', 1) }));
  });

  const deep = { ...any, ...v401 };
  /** Every way in which a payment that is there gets another customer, and more. */
  const changes: Readonly<Record<string, (path: string, to: Payer, more: object) => Promise<unknown>>> = {
    'an update': (path, { number }, more) => done(send('PATCH', path, { customerNumber: number, ...more }, deep)),
    'an update by contact': (path, { contactId }, more) => done(send('PATCH', path, { contactId, ...more }, deep)),
    'a replacement': (path, { id }, more) => done(send('PUT', path, { lineNumber: 7, customerId: id, ...more }, deep)),
    'a delta': (path, { id }, more) =>
      done(send('PATCH', above(path), { value: [{ id: idIn(path), customerId: id, ...more }] }, deep)),
    'a deep update': (path, { id }, more) => {
      const body = { 'customerPayments@delta': [{ id: idIn(path), customerId: id, ...more }] };
      return done(send('PATCH', path.split('/')[0] ?? '', body, deep));
    },
    'a batch': (url, { number }, more) => {
      const body = { customerNumber: number, ...more };
      const request = { id: '1', method: 'PATCH', url, headers: { 'if-match': '*' }, body, atomicityGroup: 'g' };
      return done(send('POST', '$batch', { requests: [request] }, { ...json, ...v401 }));
    },
  };
  /** Those that say nothing else. */
  const single: typeof changes = {
    'each member': (path, { id }) => done(send('PATCH', `${above(path)}/$each`, { customerId: id }, deep)),
    'a property': (path, { id }) => done(send('PUT', `${path}/customerId`, { value: id })),
    'the other property': (path, { number }) => done(send('PUT', `${path}/customerNumber`, { value: number })),
    'a reference': (path, { id }) => done(send('PUT', `${path}/customer/$ref`, { '@odata.id': `customers(${id})` })),
  };

  const newPaymentOf = (of: Payer, lines: Values = {}): Promise<string> =>
    newPayment({ customerId: of.id, dimensionLines: sentLines(lines) });

  it.each([...Object.keys(changes), ...Object.keys(single)])(
    '%s to another customer takes the defaults of the one before away, gives those of the new one, and leaves what was sent',
    async (way) => {
      const change = { ...changes, ...single }[way];
      const own = { PROJECT: value('PROJECT', 2) };
      for (const [from, lines, to] of [
        [first, {}, second],
        [first, own, second],
        [second, { DEPARTMENT: value('DEPARTMENT', 1) }, first],
        // The same value as the default, but sent.
        [first, { REGION: value('REGION', 0) }, second],
        [none, own, first],
        [second, {}, none],
      ] as const) {
        const path = await newPaymentOf(from, lines);
        await change?.(path, to, {});
        expect([await linesOf(idIn(path)), (await service.get(path)).json['customerId']]).toEqual([
          { ...to.defaults, ...lines },
          to.id,
        ]);
        expect((await service.get(path)).headers['etag']).toBe('W/"2"');
      }
    },
  );

  it.each(Object.keys(changes))('%s that sends lines, too: they win over the defaults of both', async (way) => {
    const path = await newPaymentOf(first);
    const sent = { REGION: value('REGION', 0), PROJECT: value('PROJECT', 0) };
    const dimensionLines = [
      { id: await dimensionId('REGION'), valueCode: sent.REGION },
      { code: 'PROJECT', valueCode: sent.PROJECT },
    ];
    await changes[way]?.(path, second, { dimensionLines });
    expect(await linesOf(idIn(path))).toEqual({ ...second.defaults, ...sent });
    await changes[way]?.(path, first, { dimensionLines: dimensionLines.slice(0, 1) });
    expect(await linesOf(idIn(path))).toEqual({ ...first.defaults, REGION: sent.REGION });
  });

  it('a payment without a customer any more keeps what was sent; one that keeps its customer keeps all', async () => {
    const own = { PROJECT: value('PROJECT', 0) };
    for (const nothing of [{ customerId: null }, { customerNumber: '' }]) {
      const path = await newPaymentOf(first, own);
      await done(send('PATCH', path, nothing));
      expect(await linesOf(idIn(path))).toEqual(own);
    }
    const path = await newPaymentOf(first, own);
    await done(send('DELETE', `${path}/customer/$ref`));
    expect(await linesOf(idIn(path))).toEqual(own);
    const kept = await newPaymentOf(first);
    await done(send('DELETE', `${kept}/dimensionLines(${await dimensionId('REGION')})`));
    for (const body of [{ amount: -5 }, { customerId: first.id }, { customerNumber: first.number, amount: -6 }])
      await done(send('PATCH', kept, body));
    expect(await linesOf(idIn(kept))).toEqual({ DEPARTMENT: first.defaults['DEPARTMENT'] });
  });

  it('a payment gets its customer by the invoice that it is changed to, and applied to, and what he comes with', async () => {
    const path = await newPayment({ dimensionLines: sentLines({ REGION: value('REGION', 1) }) });
    const number = await invoiceOf(first);
    await done(send('PATCH', path, { appliesToInvoiceNumber: number }));
    const expected = { ...first.defaults, REGION: value('REGION', 1) };
    expect(await linesOf(idIn(path))).toEqual(expected);
    const [other] = await service.sql('SELECT id FROM sales_invoices WHERE number = $1', [await invoiceOf(first)]);
    await done(send('POST', `${path}/Microsoft.NAV.applyInvoice`, { invoiceId: other?.['id'] }, json));
    expect(await linesOf(idIn(path))).toEqual(expected);
  });

  it('a default that somebody writes anew on the payment is his own: it stays when the customer goes', async () => {
    const path = await newPaymentOf(first);
    const line = `${path}/dimensionLines(${await dimensionId('REGION')})`;
    await done(send('PATCH', line, { valueCode: value('REGION', 0) }));
    await done(send('PATCH', path, { customerId: none.id }));
    expect(await linesOf(idIn(path))).toEqual({ REGION: value('REGION', 0) });
  });

  it('a line of a dimension that the customer gave is there already: another one is 409', async () => {
    const path = await newPaymentOf(first);
    const again = await send('POST', `${path}/dimensionLines`, { code: 'REGION', valueCode: value('REGION', 1) });
    expect([again.status, again.error]).toMatchObject([
      409,
      { message: 'A dimension line with the dimension REGION already exists on the payment.' },
    ]);
  });

  it('many new payments get their lines by one statement, and those whose customers give nothing by none', async () => {
    const trace = async (of: readonly Payer[]): Promise<number> => {
      await service.sql('CREATE TABLE IF NOT EXISTS statements_seen (n int)');
      await service.sql('TRUNCATE statements_seen');
      await service.sql(`CREATE OR REPLACE FUNCTION see_statement() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO statements_seen VALUES (1); RETURN NULL; END $$`);
      await service.sql(
        'CREATE OR REPLACE TRIGGER see_statement BEFORE INSERT ON dimension_lines FOR EACH STATEMENT EXECUTE FUNCTION see_statement()',
      );
      const items = of.map(({ number }) => ({ customerNumber: number }));
      await done(send('PATCH', `${await newJournal()}/customerPayments`, { value: items }, json));
      const [row] = await service.sql('SELECT count(*)::int AS n FROM statements_seen');
      await service.sql('DROP TRIGGER see_statement ON dimension_lines');
      return Number(row?.['n']);
    };
    expect(await trace(Array.from({ length: 60 }, (_, at) => [first, second, none][at % 3] ?? none))).toBe(1);
    expect(await trace([none, none, none])).toBe(0);
  });

  const dimensionId = async (code: string): Promise<string> => {
    const [row] = await service.sql('SELECT id FROM dimensions WHERE company_id = $1 AND code = $2', [company, code]);
    return String(row?.['id']);
  };

  it('are made, read, changed and deleted like dimension lines, below customers and companies', async () => {
    const { id } = none;
    const customer = await made('customers', { displayName: 'Defaulted' });
    const path = `customers(${customer})/defaultDimensions`;
    const posted = await send('POST', path, { dimensionCode: 'REGION', dimensionValueCode: value('REGION', 1) }, json);
    const region = await dimensionId('REGION');
    const [valueRow] = await service.sql('SELECT id FROM dimension_values WHERE dimension_id = $1 AND code = $2', [
      region,
      value('REGION', 1),
    ]);
    const expected = {
      parentId: customer,
      dimensionId: region,
      dimensionCode: 'REGION',
      dimensionValueId: valueRow?.['id'],
      dimensionValueCode: value('REGION', 1),
      postingValidation: '_x0020_',
    };
    expect([posted.status, posted.headers['etag'], posted.json]).toMatchObject([201, 'W/"1"', expected]);
    const one = `${path}(${String(posted.json['id'])})`;
    const below = `companies(${company})/${one}`;
    expect((await service.get(below)).json).toMatchObject(expected);
    expect((await send('GET', `customers(${id})/defaultDimensions(${String(posted.json['id'])})`)).status).toBe(404);
    const changed = await send('PATCH', below, { postingValidation: 'Same_x0020_Code' });
    expect([changed.status, changed.json]).toMatchObject([
      200,
      { ...expected, postingValidation: 'Same_x0020_Code', '@odata.etag': 'W/"2"' },
    ]);
    expect((await send('PATCH', one, { dimensionValueCode: '' })).json).toMatchObject({
      dimensionValueId: null,
      dimensionValueCode: null,
    });
    expect((await send('PATCH', one, { dimensionValueId: valueRow?.['id'] })).json).toMatchObject({
      dimensionValueCode: value('REGION', 1),
    });
    const property = await send('PUT', `${one}/dimensionValueCode`, { value: value('REGION', 0) });
    expect([property.status, (await service.get(one)).json['dimensionValueCode']]).toEqual([204, value('REGION', 0)]);
    const stale = await send('PATCH', one, { postingValidation: '_x0020_' }, { ...json, 'If-Match': 'W/"1"' });
    expect(stale.status).toBe(412);
    const expanded = await service.get(
      `customers(${customer})?$expand=defaultDimensions($expand=dimension,dimensionValue)`,
    );
    expect(expanded.json['defaultDimensions']).toMatchObject([
      { dimension: { code: 'REGION' }, dimensionValue: { code: value('REGION', 0) } },
    ]);
    const filtered = await service.get(
      `customers?$filter=${encodeURIComponent(`defaultDimensions/any(d:d/dimensionCode eq 'REGION' and d/parentId eq ${customer})`)}`,
    );
    expect(filtered.value.map((found) => found['id'])).toEqual([customer]);
    expect((await send('DELETE', one)).status).toBe(204);
    expect((await service.get(path)).value).toEqual([]);
  });

  it('are no set of the root, and go with their customer', async () => {
    expect((await service.get('defaultDimensions')).status).toBe(404);
    const { id } = await payer(first.defaults);
    expect((await send('DELETE', `customers(${id})`)).status).toBe(204);
    expect(await service.sql('SELECT id FROM default_dimensions WHERE customer_id = $1', [id])).toEqual([]);
  });

  it('are refused in the documented words, in every way in', async () => {
    const [region, unknown] = [await dimensionId('REGION'), UNKNOWN];
    const [foreign] = await service.sql(
      'SELECT v.id FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id WHERE d.company_id = $1 AND d.code = $2',
      [company, 'DEPARTMENT'],
    );
    const [department] = await service.sql('SELECT id FROM dimension_values WHERE dimension_id = $1 AND code <> $2', [
      region,
      value('REGION', 0),
    ]);
    const good = { dimensionCode: 'REGION', dimensionValueCode: value('REGION', 0) };
    const refused: readonly (readonly [object, string, string, status?: number])[] = [
      [{ dimensionValueCode: 'X' }, 'dimensionId', 'The dimensionId or dimensionCode field must be filled in.'],
      [
        { dimensionCode: 'REGION' },
        'dimensionValueId',
        'The dimensionValueId or dimensionValueCode field must be filled in.',
      ],
      [{ ...good, dimensionId: unknown }, 'dimensionId', 'The "dimensionId" does not match to a Dimension.'],
      [{ ...good, dimensionCode: 'NONE' }, 'dimensionCode', 'The "dimensionCode" does not match to a Dimension.'],
      [
        { ...good, dimensionId: await dimensionId('DEPARTMENT') },
        'dimensionId',
        'The dimension field values do not match to a specific Dimension.',
      ],
      [
        { dimensionCode: 'REGION', dimensionValueId: foreign?.['id'] },
        'dimensionValueId',
        'The "dimensionValueId" does not match to a Dimension Value.',
      ],
      [
        { dimensionCode: 'REGION', dimensionValueCode: 'NONE' },
        'dimensionValueCode',
        'The "dimensionValueCode" does not match to a Dimension Value.',
      ],
      [
        { ...good, dimensionValueId: department?.['id'] },
        'dimensionValueId',
        'The values of the Dimension Code field and the Dimension ID field do not refer to the same Dmension Value.',
      ],
      [
        { ...good, postingValidation: 'No_x0020_Code' },
        'dimensionValueId',
        'The Dimension Value Code must be blank when the posting validation is No Code.',
      ],
    ];
    const customer = await made('customers', { displayName: 'Refusing' });
    const path = `customers(${customer})/defaultDimensions`;
    for (const [body, target, message] of refused) {
      const create = await send('POST', path, body, json);
      expect([create.status, create.error]).toMatchObject([400, { message, target }]);
      const deep = await send('POST', 'customers', { displayName: 'D', defaultDimensions: [body] }, json);
      expect([deep.status, deep.error]).toMatchObject([400, { message, target: `defaultDimensions/0/${target}` }]);
      const delta = await send('PATCH', path, { value: [body] }, json);
      expect([delta.status, delta.error]).toMatchObject([400, { message, target: `value/0/${target}` }]);
      const requests = [{ id: '1', method: 'POST', url: path, body, atomicityGroup: 'g' }];
      const batch = await send('POST', '$batch', { requests }, json);
      expect(JSON.stringify(batch.json)).toContain(JSON.stringify(message));
    }
    expect((await service.get(path)).value).toEqual([]);
    const one = `${path}(${await made(path, good)})`;
    const twice = [{ dimensionCode: 'PROJECT', dimensionValueCode: value('PROJECT', 0) }];
    for (const answer of [
      await send('POST', path, good, json),
      await send('POST', 'customers', { displayName: 'D', defaultDimensions: [good, good] }, json),
      await send('PATCH', path, { value: [...twice, ...twice] }, json),
    ])
      expect([answer.status, answer.error.message]).toEqual([
        409,
        expect.stringMatching(
          /^A default dimension with the dimension (REGION|PROJECT) already exists on the customer\.$/,
        ),
      ]);
    for (const body of [{ dimensionCode: 'PROJECT' }, { dimensionId: await dimensionId('PROJECT') }]) {
      const { status, error } = await send('PATCH', one, body);
      expect([status, error.message]).toEqual([400, 'The dimensionId and dimensionCode fields cannot be modified.']);
    }
    const cleared = await send('PUT', `${one}/dimensionValueId`, { value: null });
    expect([cleared.status, cleared.error.message]).toEqual([
      400,
      'The dimensionValueId or dimensionValueCode field must be filled in.',
    ]);
    const forbidden = await send('PUT', `${one}/postingValidation`, { value: 'No_x0020_Code' });
    expect([forbidden.status, forbidden.error.message]).toEqual([
      400,
      'The Dimension Value Code must be blank when the posting validation is No Code.',
    ]);
    expect((await service.get(one)).json).toMatchObject(good);
  });

  it('of one dimension are one, however many make it at once', async () => {
    const customer = await made('customers', { displayName: 'Raced' });
    const body = { dimensionCode: 'REGION', dimensionValueCode: value('REGION', 0) };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send('POST', `customers(${customer})/defaultDimensions`, body, json)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(409)]);
  });

  it('tell their changes by delta links', async () => {
    const customer = await made('customers', { displayName: 'Tracked' });
    const path = `customers(${customer})/defaultDimensions`;
    const read = await service.get(path, { Prefer: 'odata.track-changes' });
    const link = String(read.json['@odata.deltaLink']).replace(service.root, '');
    const id = await made(path, { dimensionCode: 'REGION', dimensionValueCode: value('REGION', 0) });
    expect((await service.get(link)).value).toMatchObject([{ id, dimensionCode: 'REGION' }]);
  });
});

describe('templates of customers', () => {
  const other = seedId('company', 2);
  const templates = `companies(${company})/customerTemplates`;
  const nothing: Json = {
    city: null,
    state: null,
    postalCode: null,
    currencyCode: null,
    type: null,
    taxLiable: null,
    blocked: null,
    creditLimit: null,
  };
  /** By their codes, in this order. */
  const known: readonly Json[] = [
    { ...nothing, code: 'A-ALL', countryLetterCode: null, currencyCode: 'EUR', creditLimit: 1000.5 },
    { ...nothing, code: 'B-ALL', countryLetterCode: null, currencyCode: 'USD', city: 'Nowhere' },
    {
      ...nothing,
      code: 'C-DK',
      countryLetterCode: 'DK',
      city: 'København',
      state: 'Hovedstaden',
      postalCode: '1000',
      currencyCode: 'DKK',
      type: 'Person',
      taxLiable: true,
      blocked: 'Ship',
    },
    { ...nothing, code: 'D-DK', countryLetterCode: 'DK', city: 'Aarhus', creditLimit: 5 },
    { ...nothing, code: 'E-SE', countryLetterCode: 'SE', city: 'Lund' },
  ];

  afterEach(() => service.sql('DELETE FROM customer_templates'));

  const stored = async (name: string): Promise<Json> => {
    const [row] = await service.sql('SELECT id FROM customers WHERE display_name = $1', [name]);
    const { json: found } = await service.get(`customers(${String(row?.['id'])})`);
    return found;
  };

  /** What a customer becomes, by the rules of docs/model.md written anew. */
  function expected(body: Json): Json {
    const address = body['address'] === undefined ? {} : (body['address'] as Json | null);
    const country = address?.['countryLetterCode'] ?? null;
    const fitting = (of: unknown): Json | undefined => known.find((one) => one['countryLetterCode'] === of);
    const template = (country === null ? undefined : fitting(country)) ?? fitting(null) ?? nothing;
    const pick = (name: string, without: unknown): unknown => (name in body ? body[name] : (template[name] ?? without));
    const part = (name: string): unknown =>
      address === null ? null : name in address ? address[name] : (template[name] ?? null);
    const parts = {
      street: address?.['street'] ?? null,
      city: part('city'),
      state: part('state'),
      countryLetterCode: country,
      postalCode: part('postalCode'),
    };
    return {
      address: Object.values(parts).every((one) => one === null) ? null : parts,
      currencyCode: pick('currencyCode', null) === '' ? null : pick('currencyCode', null),
      type: pick('type', 'Company'),
      taxLiable: pick('taxLiable', false),
      blocked: pick('blocked', 'None'),
      creditLimit: pick('creditLimit', null),
    };
  }

  const bodies: readonly Json[] = [
    {},
    { address: { countryLetterCode: 'DK' } },
    { address: { countryLetterCode: 'DK', city: 'Odense', postalCode: null } },
    { address: { countryLetterCode: 'SE', street: 'Storgatan 1' }, creditLimit: 7 },
    { address: { countryLetterCode: 'NO' } },
    { address: { countryLetterCode: 'dk' } },
    { address: { city: 'Lund' } },
    { address: { countryLetterCode: null } },
    { address: null, currencyCode: null, creditLimit: null },
    { currencyCode: '' },
    { address: { countryLetterCode: 'DK' }, type: 'Company', taxLiable: false, blocked: 'None', currencyCode: 'SEK' },
  ];

  /** Every way in which a customer comes into being. */
  const births: Readonly<Record<string, (body: object) => Promise<Answer>>> = {
    'a create': (body) => send('POST', 'customers', body, json),
    'a create with a number': (body) => send('POST', 'customers', { ...body, number: `TPL${++codes}` }, json),
    'a create below its company': (body) => send('POST', `companies(${company})/customers`, body, json),
    'a deep insert': async (body) => send('POST', `${await newJournal()}/customerPayments`, { customer: body }, json),
    'a delta': (body) => send('PATCH', 'customers', { value: [body] }, json),
    'a batch': (body) =>
      send(
        'POST',
        '$batch',
        { requests: [{ id: '1', method: 'POST', url: 'customers', body, atomicityGroup: 'g' }] },
        json,
      ),
  };

  it.each(Object.keys(births))('C6 %s gets what it leaves out, by its country, and what was sent wins', async (way) => {
    for (const one of [...known].reverse()) await made(templates, one);
    for (const body of bodies) {
      const displayName = `Templated ${++codes}`;
      const answer = await births[way]?.({ ...body, displayName });
      expect([answer?.status, answer?.error.message]).toEqual([expect.any(Number), '']);
      const found = await stored(displayName);
      const { id, number } = found;
      expect(found).toEqual({ ...found, id, number, ...expected(body) });
      if (way.startsWith('a create')) expect(answer?.json).toMatchObject(expected(body));
    }
  });

  it('C6 stays as it was sent where there is no template, or only those of another company', async () => {
    await made(`companies(${other})/customerTemplates`, { code: 'X', city: 'Theirs', currencyCode: 'NOK' });
    const address = { countryLetterCode: 'DK', postalCode: '8000' };
    const { json: created } = await send('POST', 'customers', { displayName: 'T', address });
    expect(created).toMatchObject({
      address: { street: null, city: null, state: null, ...address },
      currencyCode: null,
    });
    const theirs = await send('POST', `companies(${other})/customers`, { displayName: 'T', address }, json);
    expect(theirs.json).toMatchObject({ address: { ...address, city: 'Theirs' }, currencyCode: 'NOK' });
  });

  it('C6 is for new customers: a change takes nothing from a template', async () => {
    const id = await made('customers', { displayName: 'Old' });
    await made(templates, known[2] ?? {});
    const { json: changed } = await send('PATCH', `customers(${id})`, { address: { countryLetterCode: 'DK' } });
    expect(changed).toMatchObject({ address: { city: null, countryLetterCode: 'DK' }, currencyCode: null });
  });

  it('are made, read, changed and deleted below their company only', async () => {
    const posted = await send('POST', templates, { code: ' dk ', city: 'Odense', countryLetterCode: '' }, json);
    expect([posted.status, posted.json]).toMatchObject([
      201,
      { ...nothing, code: 'DK', city: 'Odense', countryLetterCode: null, displayName: null, '@odata.etag': 'W/"1"' },
    ]);
    const one = `${templates}(${String(posted.json['id'])})`;
    expect((await service.get(`${templates}(code='DK')`)).json).toEqual(
      expect.objectContaining({ id: posted.json['id'] }),
    );
    const changed = await send('PATCH', one, { code: 'dk2', blocked: 'All', creditLimit: 12.5, city: '' });
    expect([changed.status, changed.json]).toMatchObject([
      200,
      { code: 'DK2', blocked: 'All', creditLimit: 12.5, city: null, '@odata.etag': 'W/"2"' },
    ]);
    const twice = await send('POST', templates, { code: 'DK2' }, json);
    expect([twice.status, twice.error.code]).toEqual([409, 'Internal_EntityWithSameKeyExists']);
    for (const [body, target] of [
      [{}, 'code'],
      [{ code: '  ' }, 'code'],
      [{ code: 'x'.repeat(21) }, 'code'],
      [{ code: 'T', type: 'Robot' }, 'type'],
      [{ code: 'T', templateId: UNKNOWN }, 'templateId'],
    ] as const) {
      const { status, error } = await send('POST', templates, body, json);
      expect([status, JSON.stringify(error)]).toEqual([400, expect.stringContaining(target)]);
    }
    expect((await service.get('customerTemplates')).status).toBe(404);
    expect((await send('POST', 'customerTemplates', { code: 'T' }, json)).status).toBe(404);
    expect((await service.get(`companies(${other})/customerTemplates(${String(posted.json['id'])})`)).status).toBe(404);
    expect((await send('DELETE', one)).status).toBe(204);
    expect((await service.get(templates)).value).toEqual([]);
  });
});

describe('many at once', () => {
  it('64 clients with plain creates, deep inserts and deltas into one journal get line numbers without gaps, none lost, none twice', async () => {
    const journal = await newJournal();
    const path = `${journal}/customerPayments`;
    const [value] = await service.sql(
      'SELECT dimension_id AS id, id AS "valueId" FROM dimension_values WHERE company_id = $1',
      [company],
    );
    const over = (method: string, to: string, body: unknown, headers: Record<string, string> = json) =>
      fetch(service.root + to, { method, headers, body: JSON.stringify(body) });
    const create = (comment: string): Promise<Response> => over('POST', path, { comment });
    const ways = [
      create,
      (comment: string) => over('POST', path, { comment, dimensionLines: [value] }),
      (comment: string) => over('PATCH', path, { value: [{ comment }, { comment: `${comment} too` }] }),
      (comment: string) =>
        over(
          'PATCH',
          journal,
          { 'customerPayments@delta': [{ comment }, { comment: `${comment} too` }] },
          { ...any, ...v401 },
        ),
    ];
    const clients = Array.from({ length: 64 }, (_, at) => ({ way: ways[at % 4] ?? create, comment: `client ${at}` }));
    // Each on a connection of its own.
    const statuses = await Promise.all(
      clients.map(async ({ way, comment }) => {
        const answer = await way(comment);
        await answer.text();
        return answer.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    const rows = await service.sql(
      'SELECT line_number AS line, comment FROM customer_payments WHERE journal_id = $1 ORDER BY 1',
      [/\((.*)\)/.exec(journal)?.[1]],
    );
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 96 }, (_, at) => (at + 1) * 10_000));
    const sent = clients.flatMap(({ comment }, at) => (at % 4 < 2 ? [comment] : [comment, `${comment} too`]));
    expect(rows.map(({ comment }) => comment).sort()).toEqual(sent.sort());
  });

  it('changes of the same rows in opposite order are all done', async () => {
    const customers = await Promise.all([1, 2, 3].map((at) => made('customers', { displayName: `C${at}` })));
    const orders = [customers, [...customers].reverse()];
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, at) =>
        send('PATCH', 'customers', { value: (orders[at % 2] ?? []).map((id) => ({ id, email: `m${at}@x.y` })) }, json),
      ),
    );
    expect(answers.map(({ status, error }) => [status, error.message])).toEqual(answers.map(() => [200, '']));
    const rows = await service.sql('SELECT DISTINCT email, version FROM customers WHERE id = ANY($1)', [customers]);
    expect(rows).toMatchObject([{ version: 25 }]);
  });
});
