/** Writes of a part: one property of an entity, one link between two. Over HTTP, compared with the tables by plain SQL. */
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const json = { 'Content-Type': 'application/json' };
const any = { ...json, 'If-Match': '*' };
const text = { 'Content-Type': 'text/plain', 'If-Match': '*' };

let service: TestService;
let number = 0;

beforeAll(async () => {
  service = await startService();
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

const newCustomer = (more: object = {}): Promise<string> =>
  made('customers', { displayName: `Part ${++number}`, ...more });

const row = async (sql: string, ...values: readonly unknown[]): Promise<Record<string, unknown>> =>
  (await service.sql(sql, values))[0] ?? {};

const customerRow = (id: string) =>
  row('SELECT to_jsonb(c) AS row FROM customers c WHERE id = $1', id).then(({ row: found }) => found as Json);

/** What differs between two states of a row. */
const differences = (before: Json, after: Json): Json =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );

describe('one property', () => {
  const address = { street: 'Main 1', city: 'Ribe', postalCode: '6760' };

  it.each<[title: string, method: string, path: string, body: unknown, headers: Record<string, string>, changed: Json]>(
    [
      ['[238] PUT', 'PUT', 'displayName', { value: 'New' }, any, { display_name: 'New' }],
      ['[238] PATCH', 'PATCH', 'displayName', { value: 'New' }, any, { display_name: 'New' }],
      ['[238] PUT of null', 'PUT', 'email', { value: null }, any, { email: null }],
      ['[238] DELETE', 'DELETE', 'email', undefined, any, { email: null }],
      ['[238] DELETE of a raw value', 'DELETE', 'email/$value', undefined, any, { email: null }],
      ['[239] PUT of raw text', 'PUT', 'displayName/$value', 'Raw "text" æ', text, { display_name: 'Raw "text" æ' }],
      ['[239] PUT of a raw number', 'PUT', 'creditLimit/$value', '12.345', text, { credit_limit: 12.345 }],
      ['[239] PUT of a raw Boolean', 'PUT', 'taxLiable/$value', 'true', text, { tax_liable: true }],
      ['[239] PUT of a raw enumeration', 'PUT', 'blocked/$value', 'Ship', text, { blocked: 'Ship' }],
      ['[238] PUT of a part', 'PUT', 'address/city', { value: 'Fanø' }, any, { address_city: 'Fanø' }],
      ['[240] PATCH of a complex value', 'PATCH', 'address', { city: 'Fanø' }, any, { address_city: 'Fanø' }],
      [
        '[240] PUT of a complex value',
        'PUT',
        'address',
        { city: 'Fanø' },
        any,
        { address_city: 'Fanø', address_street: null, address_postal_code: null },
      ],
      [
        '[240] DELETE of a complex value',
        'DELETE',
        'address',
        undefined,
        any,
        { address_city: null, address_street: null, address_postal_code: null },
      ],
    ],
  )('%s %s %s changes it and nothing else', async (_, method, path, body, headers, changed) => {
    const id = await newCustomer({ email: 'a@b.c', creditLimit: 5, address });
    const before = await customerRow(id);
    const others = await service.sql('SELECT to_jsonb(c)::text AS row FROM customers c WHERE id <> $1 ORDER BY id', [
      id,
    ]);
    const answer = await send(method, `customers(${id})/${path}`, body, headers);
    expect([answer.status, answer.text, answer.headers['etag']]).toEqual([204, '', 'W/"2"']);
    const { version, last_modified_date_time: modified, ...rest } = differences(before, await customerRow(id));
    expect([version, typeof modified, rest]).toEqual([2, 'string', changed]);
    expect(
      await service.sql('SELECT to_jsonb(c)::text AS row FROM customers c WHERE id <> $1 ORDER BY id', [id]),
    ).toEqual(others);
  });

  it.each<
    [
      method: string,
      path: string,
      body: unknown,
      headers: Record<string, string>,
      status: number,
      target: string | undefined,
    ]
  >([
    ['DELETE', 'displayName', undefined, any, 400, 'displayName'],
    ['PUT', 'displayName', { value: null }, any, 400, 'displayName'],
    ['PUT', 'displayName', { value: '' }, any, 400, 'displayName'],
    ['PUT', 'displayName', { value: 'x'.repeat(101) }, any, 400, 'displayName'],
    ['PUT', 'displayName', { displayName: 'x' }, any, 400, undefined],
    ['PUT', 'displayName', '"x"', any, 400, undefined],
    ['PUT', 'creditLimit/$value', 'much', text, 400, 'creditLimit'],
    ['PUT', 'creditLimit/$value', '1', json, 415, undefined],
    ['PUT', 'displayName', { value: 'x' }, json, 428, undefined],
    ['PUT', 'displayName', { value: 'x' }, { ...json, 'If-Match': 'W/"7"' }, 412, undefined],
    ['PUT', 'balance', { value: 1 }, any, 405, undefined],
    ['PUT', 'id', { value: UNKNOWN }, any, 405, undefined],
    ['POST', 'displayName', { value: 'x' }, any, 405, undefined],
    ['PATCH', 'displayName/$value', 'x', text, 405, undefined],
    ['PUT', 'address', { nope: 1 }, any, 400, 'address/nope'],
    ['PUT', 'address/city', { value: 'x'.repeat(31) }, any, 400, 'address/city'],
    ['PUT', 'nope', { value: 1 }, any, 404, undefined],
  ])('[238] %s %s %j is refused, and nothing changes', async (method, path, body, headers, status, target) => {
    const id = await newCustomer();
    const before = await customerRow(id);
    const answer = await send(method, `customers(${id})/${path}`, body, headers);
    expect([answer.status, answer.error.target]).toEqual([status, status === 404 ? answer.error.target : target]);
    expect(await customerRow(id)).toEqual(before);
  });

  it('[218, 238] answers with the property when asked', async () => {
    const id = await newCustomer();
    const asked = { ...any, Prefer: 'return=representation' };
    const answer = await send('PUT', `customers(${id})/displayName`, { value: 'Shown' }, asked);
    expect([answer.status, answer.json['value'], answer.headers['preference-applied']]).toEqual([
      200,
      'Shown',
      'return=representation',
    ]);
    expect(answer.json['@odata.context']).toBe(`${service.root}$metadata#customers(${id})/displayName`);
  });

  it('runs the rules of a payment exactly as a PATCH with that property', async () => {
    const customer = await row(
      `SELECT id, number, display_name AS name FROM customers WHERE company_id = $1 AND blocked = 'None' ORDER BY id`,
      company,
    );
    const journal = await made('customerPaymentJournals', { code: `PW${++number}` });
    const payment = `customerPaymentJournals(${journal})/customerPayments(${await made(`customerPaymentJournals(${journal})/customerPayments`, {})})`;
    expect((await send('PUT', `${payment}/customerNumber`, { value: customer['number'] })).status).toBe(204);
    const { json: read } = await service.get(payment);
    expect(read).toMatchObject({
      customerId: customer['id'],
      customerNumber: customer['number'],
      description: [...String(customer['name'])].slice(0, 50).join(''),
    });
    const refused = await send('PUT', `${payment}/customerNumber`, { value: 'NOBODY' });
    expect([refused.status, refused.error.message]).toEqual([
      400,
      'The "customerNumber" does not match to a Customer.',
    ]);
    expect((await send('DELETE', `${payment}/customerId`)).status).toBe(204);
    expect((await service.get(payment)).json).toMatchObject({ customerId: null, customerNumber: null });
    expect((await send('PUT', `${payment}/lineNumber`, { value: 7 })).status).toBe(204);
    expect((await service.get(payment)).json).toMatchObject({ lineNumber: 7 });
  });
});

describe('one link', () => {
  const invoiceOf = async (id: string) =>
    (await row('SELECT customer_id AS customer FROM sales_invoices WHERE id = $1', id))['customer'];

  it('[247, 253] POST adds to a collection, by relative and absolute ids', async () => {
    const [from, to] = [await newCustomer(), await newCustomer()];
    for (const [name, prefix] of [
      ['@odata.id', ''],
      ['@id', service.root],
      ['@odata.id', new URL(service.root).pathname],
    ] as const) {
      const invoice = await made('salesInvoices', { customerId: from });
      const answer = await send(
        'POST',
        `customers(${to})/salesInvoices/$ref`,
        { [name]: `${prefix}salesInvoices(${invoice})` },
        json,
      );
      expect([answer.status, answer.error.message]).toEqual([204, '']);
      expect(await invoiceOf(invoice)).toBe(to);
    }
    expect((await service.get(`customers(${to})/salesInvoices`)).value).toHaveLength(3);
    expect((await service.get(`customers(${from})/salesInvoices`)).value).toHaveLength(0);
  });

  it('[248, 249] PUT sets and DELETE clears a single link, under the rules of a PATCH', async () => {
    const customer = await newCustomer();
    const journal = await made('customerPaymentJournals', { code: `PW${++number}` });
    const payment = `customerPaymentJournals(${journal})/customerPayments(${await made(`customerPaymentJournals(${journal})/customerPayments`, {})})`;
    expect(
      (await send('PUT', `${payment}/customer/$ref`, { '@odata.id': `customers(${customer})` }, json)).status,
    ).toBe(204);
    const { json: read } = await service.get(`${payment}?$expand=customer`);
    expect(read).toMatchObject({ customerId: customer, customerNumber: (read['customer'] as Json)['number'] });
    expect((await send('DELETE', `${payment}/customer/$ref?$id=customers(${customer})`, undefined, json)).status).toBe(
      400,
    );
    expect((await send('DELETE', `${payment}/customer/$ref`, undefined, { 'If-Match': 'W/"1"' })).status).toBe(412);
    expect((await send('DELETE', `${payment}/customer/$ref`, undefined, {})).status).toBe(204);
    expect((await service.get(payment)).json).toMatchObject({
      customerId: null,
      customerNumber: null,
      '@odata.etag': 'W/"3"',
    });
  });

  it('[249, 250, 251] a link that the other side needs stays, in every way of ending it', async () => {
    const [from, to] = [await newCustomer(), await newCustomer()];
    const invoice = await made('salesInvoices', { customerId: from });
    const links = `customers(${from})/salesInvoices`;
    for (const path of [
      `${links}/$ref?$id=salesInvoices(${invoice})`,
      `${links}(${invoice})/$ref`,
      `${links}/$ref`,
      `salesInvoices(${invoice})/customer/$ref`,
    ]) {
      const answer = await send('DELETE', path, undefined, {});
      expect([path, answer.status]).toEqual([path, 400]);
    }
    expect((await send('PUT', `${links}/$ref`, { value: [] }, json)).status).toBe(400);
    expect(
      (await send('DELETE', `customers(${to})/salesInvoices/$ref?$id=salesInvoices(${invoice})`, undefined, {})).status,
    ).toBe(404);
    expect((await send('DELETE', `customers(${to})/salesInvoices/$ref`, undefined, {})).status).toBe(204);
    expect(
      (
        await send(
          'PUT',
          `customers(${to})/salesInvoices/$ref`,
          { value: [{ '@odata.id': `salesInvoices(${invoice})` }] },
          json,
        )
      ).status,
    ).toBe(204);
    expect(await invoiceOf(invoice)).toBe(to);
  });

  it.each<[method: string, path: string, body: unknown, status: number]>([
    ['POST', 'customers(C)/salesInvoices/$ref', { '@odata.id': `salesInvoices(${UNKNOWN})` }, 400],
    ['POST', 'customers(C)/salesInvoices/$ref', { '@odata.id': 'customers(C)' }, 400],
    ['POST', 'customers(C)/salesInvoices/$ref', { id: 'x' }, 400],
    ['POST', `customers(${UNKNOWN})/salesInvoices/$ref`, { '@odata.id': 'salesInvoices(I)' }, 404],
    ['PATCH', 'customers(C)/salesInvoices/$ref', { '@odata.id': 'salesInvoices(I)' }, 405],
    ['POST', 'salesInvoices(I)/customer/$ref', { '@odata.id': 'customers(C)' }, 405],
    ['PUT', 'salesInvoices(I)/billToCustomer/$ref', { '@odata.id': `customers(${UNKNOWN})` }, 400],
    ['POST', 'customerPaymentJournals(J)/customerPayments/$ref', { '@odata.id': 'customers(C)' }, 405],
    ['DELETE', 'customerPaymentJournals(J)/customerPayments/$ref', undefined, 405],
    ['PUT', 'customerPaymentJournals(J)/company/$ref', { '@odata.id': `companies(${seedId('company', 2)})` }, 400],
    ['DELETE', 'customers/$ref?$id=customers(C)', undefined, 405],
    ['PUT', 'salesInvoices(I)/customer/$ref?$id=customers(X)', { '@odata.id': 'customers(C)' }, 400],
    ['POST', 'customers(C)/salesInvoices/$ref?$id=salesInvoices(X)', { '@odata.id': 'salesInvoices(I)' }, 400],
    ['DELETE', 'customers(C)/salesInvoices(I)/$ref?$id=salesInvoices(X)', undefined, 400],
    // Nothing that is deleted is shown.
    ['DELETE', 'salesInvoices(I)?$select=number', undefined, 400],
    ['DELETE', "salesInvoices(I)?$filter=status%20eq%20'Paid'", undefined, 400],
    ['DELETE', 'salesInvoices(I)?compute=1%20as%20one', undefined, 400],
    ['DELETE', 'salesInvoices(I)/externalDocumentNumber?$select=number', undefined, 400],
    ['DELETE', 'salesInvoices(I)/billToCustomer/$ref?$top=1', undefined, 400],
    ['DELETE', 'salesInvoices/$filter(id%20eq%20(I))/$each?$top=1', undefined, 400],
  ])('[252] %s %s is refused', async (method, path, body, status) => {
    const customer = await newCustomer();
    const invoice = await made('salesInvoices', { customerId: customer });
    const journal = await made('customerPaymentJournals', { code: `PW${++number}` });
    const named = (part: string): string =>
      part.replace('(C)', `(${customer})`).replace('(I)', `(${invoice})`).replace('(J)', `(${journal})`);
    const before = await service.sql('SELECT * FROM sales_invoices ORDER BY id');
    const answer = await send(method, named(path), body === undefined ? undefined : named(JSON.stringify(body)), json);
    expect([answer.status, answer.error.message]).toEqual([status, expect.stringMatching(/./)]);
    expect(await service.sql('SELECT * FROM sales_invoices ORDER BY id')).toEqual(before);
  });

  const here = (condition: string): string => encodeURIComponent(condition);
  it.each<[method: string, path: string, body: unknown, filter: string, isThere: boolean, changed: string[]]>([
    [
      'PATCH',
      '',
      { displayName: 'Filtered', creditLimit: 9 },
      'creditLimit lt 8',
      true,
      ['credit_limit', 'display_name'],
    ],
    ['PATCH', '', { displayName: 'Filtered' }, 'creditLimit gt 8', false, []],
    [
      'PUT',
      '',
      { displayName: 'Filtered', number: 'N' },
      'salesInvoices/any()',
      true,
      ['credit_limit', 'display_name'],
    ],
    ['PUT', '/creditLimit', { value: 9 }, 'creditLimit lt 8', true, ['credit_limit']],
    ['PUT', '/creditLimit', { value: 9 }, 'creditLimit lt 4', false, []],
    ['DELETE', '/address/city', undefined, "address/city eq 'Ribe'", true, ['address_city']],
    ['DELETE', '/address/city', undefined, "address/city eq 'Fanø'", false, []],
    ['PUT', '/creditLimit/$value', '9', 'creditLimit lt 8', true, ['credit_limit']],
    ['DELETE', '', undefined, 'creditLimit gt 8', false, []],
    ['POST', '/salesInvoices', {}, 'creditLimit lt 8', true, []],
    ['POST', '/salesInvoices', {}, 'creditLimit gt 8', false, []],
    ['DELETE', '/salesInvoices(I)/$ref', undefined, 'creditLimit gt 8', false, []],
  ])('[80, 236] %s of customers/$filter(…)(key)%s %j: the one entity, when %s holds for it (%j)', async (...given) => {
    const [method, path, body, filter, isThere, changed] = given;
    const customer = await newCustomer({ creditLimit: 5, address: { city: 'Ribe' } });
    const invoice = await made('salesInvoices', { customerId: customer });
    const before = await customerRow(customer);
    const own = String(before['number']);
    const count = 'SELECT count(*)::int AS n FROM sales_invoices WHERE customer_id = $1';
    const url = `customers/$filter(${here(filter)})(${customer})${path.replace('(I)', `(${invoice})`)}`;
    const written =
      typeof body === 'object'
        ? (JSON.parse(JSON.stringify(body).replace('"N"', JSON.stringify(own))) as object)
        : body;
    const shown = {
      ...(typeof body === 'string' ? text : any),
      ...(method === 'POST' ? {} : { Prefer: 'return=representation' }),
    };
    const answer = await send(method, url, written, shown);
    expect([url, answer.status]).toEqual([
      url,
      !isThere ? 404 : method === 'POST' ? 201 : method === 'DELETE' ? 204 : 200,
    ]);
    const { version: _, last_modified_date_time: __, ...rest } = differences(before, await customerRow(customer));
    const wanted: unknown = path === '' && method === 'PUT' ? expect.arrayContaining(changed) : changed;
    expect(Object.keys(rest).sort()).toEqual(wanted);
    expect((await row(count, customer))['n']).toBe(isThere && method === 'POST' ? 2 : 1);
    if (path === '' && isThere && method === 'PATCH')
      expect(answer.json).toMatchObject({ id: customer, creditLimit: 9 });
  });

  it.each([
    ['one entity', (id: string) => `customers/$filter(${here('creditLimit lt 8')})(${id})`, [204, 404]],
    ['each member', (id: string) => `customers/$filter(${here(`id eq ${id} and creditLimit lt 8`)})/$each`, [204, 204]],
  ] as const)(
    '[236, 244] of many writes to %s under a condition that the first one ends, one is done',
    async (...[, path, [first, others]]) => {
      const customer = await newCustomer({ creditLimit: 5 });
      const writes = Array.from({ length: 8 }, (_, at) =>
        send('PATCH', path(customer), { creditLimit: 9, email: `${at}@x.y` }, { ...any, Prefer: 'return=minimal' }),
      );
      const statuses = (await Promise.all(writes)).map(({ status }) => status).sort();
      expect(statuses).toEqual([first, ...Array<number>(7).fill(others)].sort());
      expect(await customerRow(customer)).toMatchObject({ credit_limit: 9, version: 2 });
    },
  );

  it('[80, 236] a DELETE behind a filter ends the entity that it holds for', async () => {
    const customer = await newCustomer({ creditLimit: 5 });
    const url = (filter: string): string => `customers/$filter(${here(filter)})/${customer}`;
    expect((await send('DELETE', url('creditLimit gt 5'))).status).toBe(404);
    expect((await send('DELETE', url('creditLimit eq 5'), undefined, { 'If-Match': 'W/"9"' })).status).toBe(412);
    expect((await send('DELETE', url('creditLimit eq 5'))).status).toBe(204);
    expect((await service.get(`customers(${customer})`)).status).toBe(404);
  });

  it.each([
    ['PATCH', 'customers/$filter(true)', { value: [] }],
    ['POST', 'customers/$filter(true)', { displayName: 'x' }],
    ['PUT', 'customers/$filter(true)', { value: [] }],
    ['DELETE', 'customers/$filter(true)', undefined],
    ['POST', 'customers(C)/salesInvoices/$filter(true)/$ref', { '@odata.id': 'salesInvoices(C)' }],
    ['DELETE', 'customers(C)/salesInvoices/$filter(true)/$ref', undefined],
  ])('[244] %s %s: a part of a collection is for reading, /$each says what is written', async (method, path, body) => {
    const answer = await send(method, path.replace('(C)', `(${await newCustomer()})`), body);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  it('posted invoices stay with their customer: the rules of an update run', async () => {
    const customer = await newCustomer();
    const invoice = await row(
      `SELECT id FROM sales_invoices WHERE company_id = $1 AND status = 'Open' ORDER BY id`,
      company,
    );
    const answer = await send(
      'POST',
      `customers(${customer})/salesInvoices/$ref`,
      { '@odata.id': `salesInvoices(${String(invoice['id'])})` },
      json,
    );
    expect([answer.status, answer.error.message]).toEqual([400, 'The action can be applied to a draft invoice only.']);
  });
});
