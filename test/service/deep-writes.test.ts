/** Deep writes over HTTP: everything that one body makes, changes and ends, compared with the tables by plain SQL. */
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';
import { untilWaiting } from '../setup/waiting';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const json = { 'Content-Type': 'application/json' };

const v401 = { ...json, 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' };

interface Named {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

let service: TestService;
let customers: readonly Named[];
let dimensions: readonly { readonly code: string; readonly id: string; readonly values: readonly string[] }[];
let codes = 0;

const code = (): string => `D${++codes}`;

beforeAll(async () => {
  service = await startService();
  customers = (await service.sql(
    `SELECT id, number, display_name AS name FROM customers
     WHERE company_id = $1 AND blocked = 'None' AND contact_id IS NULL ORDER BY id LIMIT 5`,
    [company],
  )) as unknown as Named[];
  dimensions = (await service.sql(
    `SELECT d.id, d.code, array_agg(v.code ORDER BY v.code) AS values FROM dimensions d
     JOIN dimension_values v ON v.dimension_id = d.id WHERE d.company_id = $1 GROUP BY d.id, d.code HAVING count(*) > 1 ORDER BY d.code`,
    [company],
  )) as unknown as typeof dimensions;
});

afterAll(() => service.close());

const at = <T>(items: readonly T[], index: number): T => {
  const found = items[index];
  if (found === undefined) throw new Error('The sample data has too few records');
  return found;
};

const customer = (index = 0): Named => at(customers, index);
const line = (index: number, value = 0): Json => {
  const { code: name, values } = at(dimensions, index);
  return { code: name, valueCode: at(values, value) };
};

const post = (path: string, body: unknown, headers: Record<string, string> = json): Promise<Answer> =>
  service.send('POST', path, headers, JSON.stringify(body));

/** Everything that writes can change, row by row, without what every write sets anew. */
const tables = [
  'customer_payment_journals',
  'customer_payments',
  'dimension_lines',
  'customers',
  'sales_invoices',
  'number_series',
];
async function state(): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: (readonly [string, readonly string[]])[] = [];
  for (const table of tables) {
    const rows = await service.sql(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`);
    found.push([table, rows.map(({ row }) => String(row))]);
  }
  return Object.fromEntries(found);
}

const linesOf = (journal: string) =>
  service.sql(
    `SELECT line_number AS line, document_number AS document, posting_date::text AS date, customer_number AS customer,
       description, amount::float AS amount, version,
       (SELECT string_agg(d.code || '=' || v.code, ',' ORDER BY d.code) FROM dimension_lines l
        JOIN dimensions d ON d.id = l.dimension_id JOIN dimension_values v ON v.id = l.dimension_value_id
        WHERE l.payment_id = p.id) AS dimensions
     FROM customer_payments p WHERE journal_id = $1 ORDER BY line_number`,
    [journal],
  );

const idOf = ({ json: { id } }: Answer): string => String(id);

describe('deep insert', () => {
  it('[211] makes a journal with its payments and their dimension lines in one request, and answers with all of it', async () => {
    const name = code();
    const body = {
      customerPayments: [
        { dimensionLines: [line(0), line(1)], customerNumber: customer().number, amount: -5 },
        { amount: -7, customerId: customer(1).id, postingDate: '2026-03-31' },
        { dimensionLines: [line(0, 1)], amount: 1.25, documentNumber: 'X-9' },
        { amount: 2 },
      ],
      code: name,
    };
    const answer = await post('customerPaymentJournals', body);
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    const journal = idOf(answer);
    const [today] = await service.sql(`SELECT (now() AT TIME ZONE 'UTC')::date::text AS day`);
    const day = String(today?.['day']);
    const sorted = (...lines: readonly Json[]): string =>
      lines
        .map((one) => `${String(one['code'])}=${String(one['valueCode'])}`)
        .sort()
        .join(',');
    expect(await linesOf(journal)).toEqual([
      {
        line: 10000,
        document: `${name}-000001`,
        date: day,
        customer: customer().number,
        description: customer().name.slice(0, 50),
        amount: -5,
        version: 1,
        dimensions: sorted(line(0), line(1)),
      },
      {
        line: 20000,
        document: `${name}-000001`,
        date: '2026-03-31',
        customer: customer(1).number,
        description: customer(1).name.slice(0, 50),
        amount: -7,
        version: 1,
        dimensions: null,
      },
      {
        line: 30000,
        document: 'X-9',
        date: '2026-03-31',
        customer: null,
        description: null,
        amount: 1.25,
        version: 1,
        dimensions: sorted(line(0, 1)),
      },
      {
        line: 40000,
        document: 'X-9',
        date: '2026-03-31',
        customer: null,
        description: null,
        amount: 2,
        version: 1,
        dimensions: null,
      },
    ]);
    const read = await service.get(
      `customerPaymentJournals(${journal})?$expand=customerPayments($expand=dimensionLines)`,
    );
    expect(answer.json['customerPayments']).toEqual(read.json['customerPayments']);
    expect(answer.headers['location']).toBe(`${service.root}customerPaymentJournals(${journal})`);
    const series = await service.sql('SELECT prefix, next_number AS next FROM number_series WHERE journal_id = $1', [
      journal,
    ]);
    expect(series).toEqual([{ prefix: `${name}-`, next: 1 }]);
  });

  it('[211] continues the lines of a journal that has some, whatever the order of the properties', async () => {
    const journal = idOf(await post('customerPaymentJournals', { code: code() }));
    await post(`customerPaymentJournals(${journal})/customerPayments`, {
      documentNumber: 'A-1',
      postingDate: '2026-01-02',
    });
    const payment = await post(`customerPaymentJournals(${journal})/customerPayments`, {
      dimensionLines: [{ valueCode: line(2)['valueCode'], code: line(2)['code'] }],
      amount: 3,
    });
    expect(payment.status).toBe(201);
    expect(payment.json['dimensionLines']).toMatchObject([line(2)]);
    expect(await linesOf(journal)).toMatchObject([
      { line: 10000 },
      { line: 20000, document: 'A-1', date: '2026-01-02', version: 1 },
    ]);
  });

  it('[211] makes a customer with drafts, each with a number of its own', async () => {
    const answer = await post('customers', {
      salesInvoices: [{ dueDate: '2026-05-01' }, { totalAmountIncludingTax: 12.5 }],
      displayName: 'Deep',
    });
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    const rows = await service.sql(
      'SELECT number, status, customer_id AS customer FROM sales_invoices WHERE customer_id = $1',
      [idOf(answer)],
    );
    expect(new Set(rows.map(({ number }) => number)).size).toBe(2);
    expect(rows).toMatchObject([{ status: 'Draft' }, { status: 'Draft' }]);
    expect(answer.json['salesInvoices']).toHaveLength(2);
  });

  it('[211] makes the customer that a new payment refers to', async () => {
    const journal = idOf(await post('customerPaymentJournals', { code: code() }));
    const answer = await post(`customerPaymentJournals(${journal})/customerPayments`, {
      customer: { displayName: 'On the way' },
    });
    expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
    expect(answer.json).toMatchObject({
      description: 'On the way',
      customer: { displayName: 'On the way', number: answer.json['customerNumber'] },
    });
  });

  it('[212, 215] names every error by its path, all at once, and stores nothing', async () => {
    const before = await state();
    const body = {
      code: code(),
      customerPayments: [
        { amount: 1, customerNumber: 'NOBODY', dimensionLines: [line(0)] },
        { dimensionLines: [{ code: line(0)['code'], valueCode: 'NO-SUCH' }, line(1), { ...line(1) }] },
      ],
    };
    const answer = await post('customerPaymentJournals', body);
    expect(answer.status).toBe(400);
    expect((answer.json['error'] as Json)['details']).toMatchObject([
      { target: 'customerPayments/0/customerNumber', message: 'The "customerNumber" does not match to a Customer.' },
      {
        target: 'customerPayments/1/dimensionLines/0/valueCode',
        message: 'The "valueCode" does not match to a Dimension Value.',
      },
      { target: 'customerPayments/1/dimensionLines/2/id' },
    ]);
    const malformed = await post('customerPaymentJournals', {
      code: 'x'.repeat(11),
      customerPayments: [{ amount: 'x' }, { nope: 1, dimensionLines: [{ code: 5 }] }],
    });
    expect((malformed.json['error'] as { details: Json[] }).details.map(({ target }) => target)).toEqual([
      'code',
      'customerPayments/0/amount',
      'customerPayments/1/nope',
      'customerPayments/1/dimensionLines/0/code',
    ]);
    const repeated = await post('customerPaymentJournals', {
      code: code(),
      customerPayments: [{ lineNumber: 5 }, {}, { lineNumber: 5 }],
    });
    expect([repeated.status, repeated.error.target]).toEqual([409, 'customerPayments/2/lineNumber']);
    expect((await post('customers', { displayName: 'x', salesInvoices: [{ status: 'Paid' }] })).error.target).toBe(
      'salesInvoices/0/status',
    );
    expect(await state()).toEqual(before);
  });
});

describe('deep update', () => {
  /** A journal with three payments, the first with two dimension lines. */
  async function filled(): Promise<{
    readonly journal: string;
    readonly path: string;
    readonly payments: readonly string[];
  }> {
    const answer = await post('customerPaymentJournals', {
      code: code(),
      customerPayments: [
        { amount: 1, documentNumber: 'A', postingDate: '2026-01-01', dimensionLines: [line(0), line(1)] },
        { amount: 2 },
        { amount: 3 },
      ],
    });
    expect(answer.status).toBe(201);
    const payments = (answer.json['customerPayments'] as readonly Json[]).map(({ id }) => String(id));
    return { journal: idOf(answer), path: `customerPaymentJournals(${idOf(answer)})`, payments };
  }

  const patch = (path: string, body: unknown, more: Record<string, string> = {}): Promise<Answer> =>
    service.send('PATCH', path, { ...v401, 'If-Match': '*', ...more }, JSON.stringify(body));

  it('[225, 226] a whole collection changes, adds and ends its members', async () => {
    const { journal, path, payments } = await filled();
    const body = {
      displayName: 'Changed',
      customerPayments: [
        { amount: 7 },
        { id: at(payments, 2), amount: 33 },
        { id: at(payments, 0), dimensionLines: [line(2)] },
      ],
    };
    const answer = await patch(path, body);
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    const only = `${String(line(2)['code'])}=${String(line(2)['valueCode'])}`;
    expect(await linesOf(journal)).toMatchObject([
      { line: 10000, amount: 1, version: 2, dimensions: only },
      { line: 30000, amount: 33, version: 2 },
      { line: 40000, amount: 7, version: 1, document: 'A', date: '2026-01-01' },
    ]);
    const read = await service.get(`${path}?$expand=customerPayments($expand=dimensionLines)`, {
      'OData-MaxVersion': '4.01',
    });
    expect([answer.json['displayName'], answer.json['customerPayments']]).toEqual([
      'Changed',
      read.json['customerPayments'],
    ]);
    expect((await patch(path, { customerPayments: [] })).status).toBe(200);
    expect(await linesOf(journal)).toEqual([]);
  });

  it('[225, 231, 234] a delta changes, adds and removes what it names, and nothing else', async () => {
    const { journal, path, payments } = await filled();
    const answer = await patch(path, {
      'customerPayments@delta': [
        { '@removed': { reason: 'deleted' }, id: at(payments, 1) },
        {
          id: at(payments, 0),
          comment: 'Seen',
          'dimensionLines@delta': [
            { '@removed': { reason: 'changed' }, id: at(dimensions, 0).id },
            { id: at(dimensions, 1).id, valueCode: line(1, 1)['valueCode'] },
            line(2),
          ],
        },
        { amount: 4 },
      ],
    });
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    const expected = [line(1, 1), line(2)]
      .map((one) => `${String(one['code'])}=${String(one['valueCode'])}`)
      .sort()
      .join(',');
    expect(await linesOf(journal)).toMatchObject([
      { line: 10000, amount: 1, version: 2, dimensions: expected },
      { line: 30000, amount: 3, version: 1 },
      { line: 40000, amount: 4, version: 1 },
    ]);
  });

  it('[259] a contained collection has an ETag, which a deep update may ask for', async () => {
    const { journal, path, payments } = await filled();
    const expand = `${path}?$expand=customerPayments($orderby=amount%20desc;$expand=dimensionLines)`;
    const modern = { 'OData-MaxVersion': '4.01', Accept: 'application/json;metadata=minimal' };
    const tagsOf = async (): Promise<readonly [outer: unknown, inner: unknown]> => {
      const { json: read } = await service.get(expand, modern);
      const [first] = read['customerPayments'] as readonly Json[];
      return [read['customerPayments@etag'], first?.['dimensionLines@etag']];
    };
    const [tag, inner] = await tagsOf();
    expect([tag, inner]).toEqual([expect.stringMatching(/^W\/"3\.-?\d+"$/), 'W/"0.0"']);
    expect(await tagsOf()).toEqual([tag, inner]);
    const older = await service.get(expand, { 'OData-MaxVersion': '4.01' });
    expect(older.text).not.toContain('customerPayments@odata.etag');
    for (const part of ['$top=5', '$skip=1', '$filter=amount%20gt%201', '$search=x']) {
      const { json: some } = await service.get(`${path}?$expand=customerPayments(${part})`, modern);
      expect([part, some['customerPayments@etag']]).toEqual([part, undefined]);
    }
    const none = await service.get(expand, { ...modern, Accept: 'application/json;metadata=none' });
    expect(none.json['customerPayments@etag']).toBeUndefined();

    const seen = (etag: unknown): Json => ({
      'customerPayments@etag': etag,
      'customerPayments@delta': [{ id: at(payments, 1), comment: 'Seen' }],
    });
    for (const etag of [tag, '*']) expect((await patch(path, seen(etag))).status).toBe(200);
    const before = await linesOf(journal);
    const stale = await patch(path, seen(tag));
    expect([stale.status, stale.error.code, stale.error.target]).toEqual([
      412,
      'Request_EntityChanged',
      'customerPayments',
    ]);
    expect((await patch(path, { 'customerPayments@etag': tag, customerPayments: [] })).status).toBe(412);
    expect((await patch(path, seen(7))).error.target).toBe('customerPayments@etag');
    expect(await linesOf(journal)).toEqual(before);

    // Every change of a member, and a member more or less, makes it another one.
    const tags = [tag, (await tagsOf())[0]];
    const first = `${path}/customerPayments(${at(payments, 0)})`;
    await service.send('PATCH', first, { ...v401, 'If-Match': '*' }, '{"comment":"x"}');
    tags.push((await tagsOf())[0]);
    await post(`${path}/customerPayments`, { amount: 1 });
    tags.push((await tagsOf())[0]);
    await service.send('DELETE', `${path}/customerPayments(${at(payments, 1)})`, { 'If-Match': '*' });
    tags.push((await tagsOf())[0]);
    expect(new Set(tags).size).toBe(tags.length);
    const nested = await patch(path, {
      customerPayments: [{ id: at(payments, 2), 'dimensionLines@etag': 'W/"9.9"', dimensionLines: [line(0)] }],
    });
    expect([nested.status, nested.error.code]).toEqual([412, 'Request_EntityChanged']);
    const body = { code: code(), 'customerPayments@etag': 'W/"9.9"', customerPayments: [{ amount: 1 }] };
    expect((await post('customerPaymentJournals?$expand=customerPayments', body, v401)).status).toBe(201);
    const each = await patch(`customerPaymentJournals/$filter(id%20eq%20${journal})/$each`, {
      'customerPayments@etag': 'W/"9.9"',
    });
    expect([each.status, each.error.code]).toEqual([400, 'InvalidBody']);
  });

  it.each(['customerPayments', 'customerPayments@delta'])(
    '[259] what another one changes while %s waits for it is not lost',
    async (member) => {
      const { path, payments } = await filled();
      const { json: read } = await service.get(`${path}?$expand=customerPayments`, {
        ...{ 'OData-MaxVersion': '4.01', Accept: 'application/json;metadata=minimal' },
      });
      const id = at(payments, 0);
      await service.sql('BEGIN');
      await service.sql("UPDATE customer_payments SET comment = 'Theirs', version = version + 1 WHERE id = $1", [id]);
      const answering = patch(path, {
        'customerPayments@etag': read['customerPayments@etag'],
        [member]: [{ id, comment: 'Mine' }],
      });
      await untilWaiting(service.sql);
      await service.sql('COMMIT');
      expect((await answering).status).toBe(412);
      expect(await service.sql('SELECT comment FROM customer_payments WHERE id = $1', [id])).toEqual([
        { comment: 'Theirs' },
      ]);
    },
  );

  it('[225] a single entity is changed by its key, or made and linked', async () => {
    const { path, payments } = await filled();
    const payment = `${path}/customerPayments(${at(payments, 0)})`;
    const made = await patch(payment, { customer: { displayName: 'Made on the way' } });
    expect([made.status, made.error]).toMatchObject([200, { message: '' }]);
    expect(made.json).toMatchObject({ description: 'Made on the way', customer: { displayName: 'Made on the way' } });
    const { customerId } = made.json;
    const changed = await patch(payment, { customer: { id: customerId, displayName: 'Renamed' } });
    expect([changed.status, changed.error]).toMatchObject([200, { message: '' }]);
    expect(changed.json).toMatchObject({ customerId, customer: { displayName: 'Renamed' } });
    const linked = await patch(payment, { customer: { '@id': `customers(${customer().id})` } });
    expect(linked.json).toMatchObject({ customerId: customer().id, customerNumber: customer().number });
    expect((await patch(payment, { customer: null })).json).toMatchObject({ customerId: null, customerNumber: null });
  });

  it('[208, 225] entities of their own are linked; what cannot be without its link stays', async () => {
    const from = await post('customers', { displayName: 'From', salesInvoices: [{}, {}] });
    const to = await post('customers', { displayName: 'To', salesInvoices: [{}] });
    const [first, second] = (from.json['salesInvoices'] as readonly Json[]).map(({ id }) => String(id));
    const of = async (id: unknown): Promise<number> =>
      (await service.get(`customers(${String(id)})/salesInvoices`)).value.length;
    const bound = await service.send(
      'PATCH',
      `customers(${idOf(to)})`,
      { ...json, 'If-Match': '*' },
      JSON.stringify({ 'salesInvoices@odata.bind': [`salesInvoices(${String(first)})`] }),
    );
    expect([bound.status, bound.error]).toMatchObject([200, { message: '' }]);
    expect([await of(from.json['id']), await of(to.json['id'])]).toEqual([1, 2]);
    const moved = await patch(`customers(${idOf(to)})`, {
      'salesInvoices@delta': [{ id: second, dueDate: '2026-09-09' }],
    });
    expect([moved.status, moved.error]).toMatchObject([200, { message: '' }]);
    expect([await of(from.json['id']), await of(to.json['id'])]).toEqual([0, 3]);
    const before = await state();
    const emptied = await patch(`customers(${idOf(to)})`, { salesInvoices: [] });
    expect([
      emptied.status,
      emptied.error.target ?? (emptied.json['error'] as { details: Json[] }).details[0]?.['target'],
    ]).toEqual([400, 'salesInvoices']);
    expect(await state()).toEqual(before);
    const gone = await patch(`customers(${idOf(to)})`, {
      'salesInvoices@delta': [{ '@removed': { reason: 'deleted' }, id: second }],
    });
    expect([gone.status, await of(to.json['id'])]).toEqual([200, 2]);
  });

  it('[230] PUT replaces the entity and its collection', async () => {
    const { journal, path, payments } = await filled();
    const body = { code: code(), customerPayments: [{ id: at(payments, 0), amount: 9 }] };
    const answer = await service.send('PUT', path, { ...v401, 'If-Match': '*' }, JSON.stringify(body));
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    expect(await linesOf(journal)).toMatchObject([{ amount: 9, line: 10000, document: null, version: 2 }]);
  });

  it.each<
    [
      title: string,
      body: (ids: readonly string[]) => object,
      headers: Record<string, string>,
      status: number,
      target: string | undefined,
    ]
  >([
    [
      '[227] entities in a 4.0 PATCH',
      () => ({ customerPayments: [{ amount: 1 }] }),
      { 'OData-Version': '4.0' },
      400,
      'customerPayments',
    ],
    [
      '[230] a delta in a 4.0 PATCH',
      () => ({ 'customerPayments@odata.delta': [] }),
      { 'OData-Version': '4.0' },
      400,
      'customerPayments@odata.delta',
    ],
    [
      '[230] a removed entity in a whole collection',
      ([id]) => ({ customerPayments: [{ '@removed': {}, id }] }),
      {},
      400,
      'customerPayments/0/@removed',
    ],
    ['an unknown key', () => ({ customerPayments: [{ id: UNKNOWN, amount: 1 }] }), {}, 400, 'customerPayments/0'],
    [
      'a removed entity that is not there',
      () => ({ 'customerPayments@delta': [{ '@removed': {}, id: UNKNOWN }] }),
      {},
      400,
      'customerPayments@delta/0',
    ],
    [
      'an unknown id behind a known one',
      ([id]) => ({
        'customerPayments@delta': [
          { id, comment: 'x' },
          { '@id': `customers(${UNKNOWN})`, comment: 'x' },
        ],
      }),
      {},
      400,
      'customerPayments@delta/1',
    ],
    [
      'a removed entity without a key',
      () => ({ 'customerPayments@delta': [{ '@removed': {} }] }),
      {},
      400,
      'customerPayments@delta/0/@removed',
    ],
    [
      'a stale tag of a member',
      ([id]) => ({ 'customerPayments@delta': [{ id, '@etag': 'W/"9"', amount: 1 }] }),
      {},
      412,
      'customerPayments@delta/0',
    ],
    [
      'a broken rule of a member',
      ([id]) => ({ 'customerPayments@delta': [{ id, customerNumber: 'NOBODY' }] }),
      {},
      400,
      'customerPayments@delta/0/customerNumber',
    ],
    [
      '[233] a broken rule under continue-on-error',
      ([id]) => ({ displayName: 'x', 'customerPayments@delta': [{ id, customerNumber: 'NOBODY' }, { amount: 5 }] }),
      { Prefer: 'continue-on-error' },
      400,
      'customerPayments@delta/0/customerNumber',
    ],
    [
      'a taken line number',
      ([id]) => ({ 'customerPayments@delta': [{ id, lineNumber: 20000 }] }),
      {},
      409,
      'lineNumber',
    ],
  ])('%s is refused, and nothing changes', async (_, body, headers, status, target) => {
    const { path, payments } = await filled();
    const before = await state();
    const answer = await patch(path, body(payments), headers);
    expect([answer.status, answer.error.target]).toEqual([status, target]);
    expect(await state()).toEqual(before);
  });

  it('[215, 297] a type that is none is told at its place, beside all other faults', async () => {
    const body = {
      displayName: 5,
      customerPayments: [
        { '@odata.type': '#Microsoft.NAV.customer', amount: 'x' },
        { amount: 'y', dimensionLines: [{ '@type': '#nothing' }, { code: 7 }] },
      ],
    };
    const before = await state();
    const answer = await post('customerPaymentJournals', { code: code(), ...body });
    const { details } = answer.json['error'] as { details: readonly Json[] };
    expect([answer.status, details.map(({ target }) => target)]).toEqual([
      400,
      [
        'displayName',
        'customerPayments/0/@odata.type',
        'customerPayments/1/amount',
        'customerPayments/1/dimensionLines/0/@type',
        'customerPayments/1/dimensionLines/1/code',
      ],
    ]);
    expect(await state()).toEqual(before);
  });

  it('[230] an id and a key must agree, and contained entities stay where they are', async () => {
    const [here, there] = [await filled(), await filled()];
    const id = `${there.path}/customerPayments(${at(there.payments, 0)})`;
    const foreign = await patch(here.path, { 'customerPayments@delta': [{ '@id': id, amount: 1 }] });
    expect([foreign.status, foreign.error.target]).toEqual([400, 'customerPayments@delta/0']);
    const mixed = await patch(there.path, {
      'customerPayments@delta': [{ '@id': id, id: at(there.payments, 1), amount: 1 }],
    });
    expect([mixed.status, mixed.error.target]).toEqual([400, 'customerPayments@delta/0']);
    const agreed = await patch(there.path, {
      'customerPayments@delta': [{ '@id': id, id: at(there.payments, 0), amount: 8 }],
    });
    expect([agreed.status, (await linesOf(there.journal))[0]]).toMatchObject([200, { amount: 8 }]);
  });

  it('[232] repeats the names that the client gave to its entities', async () => {
    const name = code();
    const made = await post(
      'customerPaymentJournals',
      {
        '@Core.ContentID': 'j',
        code: name,
        customerPayments: [
          { amount: 1.5 },
          { '@Core.ContentID': 'p"2', amount: 2, dimensionLines: [{ ...line(0), '@Core.ContentID': 'd' }] },
        ],
      },
      v401,
    );
    expect(made.json).toMatchObject({
      '@Core.ContentID': 'j',
      customerPayments: [{ amount: 1.5 }, { '@Core.ContentID': 'p"2', dimensionLines: [{ '@Core.ContentID': 'd' }] }],
    });
    expect((made.json['customerPayments'] as readonly Json[])[0]).not.toHaveProperty('@Core.ContentID');
    const changed = await patch(`customerPaymentJournals(${idOf(made)})`, {
      'customerPayments@delta': [{ '@Core.ContentID': 'new', amount: 3 }],
    });
    expect((changed.json['customerPayments'] as readonly Json[]).map((payment) => payment['@Core.ContentID'])).toEqual([
      undefined,
      undefined,
      'new',
    ]);
  });

  it('[217] $select and $expand decide the rest of the answer', async () => {
    const made = await post(
      'customerPaymentJournals?$select=code&$expand=company($select=name)',
      { code: code(), customerPayments: [{ amount: 1 }] },
      v401,
    );
    expect(
      Object.keys(made.json)
        .filter((name) => !name.startsWith('@'))
        .sort(),
    ).toEqual(['code', 'company', 'customerPayments']);
  });
});
