/** Writes of many entities by one request: a delta for a collection, one change for each member. Over HTTP, compared with the tables. */
import fc from 'fast-check';
import { seedId } from '../../src/seed';
import { sendJson, sendMultipart, type Part } from '../setup/batches';
import { startService, type Answer, type Json, type TestService } from '../setup/service';
import { untilWaiting } from '../setup/waiting';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const json = { 'Content-Type': 'application/json' };
const v401 = {
  ...json,
  'OData-Version': '4.01',
  'OData-MaxVersion': '4.01',
  Accept: 'application/json;metadata=minimal',
};

let service: TestService;
let codes = 0;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = v401): Promise<Answer> =>
  service.send(method, path.replaceAll(' ', '%20'), headers, body === undefined ? undefined : JSON.stringify(body));

async function journal(
  amounts: readonly number[],
): Promise<{ readonly path: string; readonly id: string; readonly payments: readonly string[] }> {
  const answer = await send('POST', 'customerPaymentJournals', {
    code: `S${++codes}`,
    customerPayments: amounts.map((amount) => ({ amount, comment: 'old' })),
  });
  expect([answer.status, answer.error]).toMatchObject([201, { message: '' }]);
  const id = String(answer.json['id']);
  const payments = (answer.json['customerPayments'] as readonly Json[]).map((payment) => String(payment['id']));
  return { path: `customerPaymentJournals(${id})/customerPayments`, id, payments };
}

const linesOf = (id: string) =>
  service.sql(
    'SELECT id, line_number AS line, amount::float AS amount, comment, customer_number AS customer, version FROM customer_payments WHERE journal_id = $1 ORDER BY line_number',
    [id],
  );

/** All payments of other journals, to see that they stay as they are. */
const others = (id: string) =>
  service.sql('SELECT to_jsonb(p)::text AS row FROM customer_payments p WHERE journal_id <> $1 ORDER BY id', [id]);

const customerNumber = async (): Promise<string> =>
  String(
    (
      await service.sql(`SELECT number FROM customers WHERE company_id = $1 AND blocked = 'None' ORDER BY id`, [
        company,
      ])
    )[0]?.['number'],
  );

describe('each member', () => {
  it('[244] PATCH changes those that the filter leaves, and no others', async () => {
    const { path, id } = await journal([1, 2, 3, 4]);
    const before = await others(id);
    const number = await customerNumber();
    const answer = await send('PATCH', `${path}/$filter(amount gt 2)/$each`, {
      comment: 'new',
      customerNumber: number,
    });
    expect([answer.status, answer.error.message]).toEqual([204, '']);
    expect(await linesOf(id)).toMatchObject([
      { amount: 1, comment: 'old', customer: null, version: 1 },
      { amount: 2, comment: 'old', customer: null, version: 1 },
      { amount: 3, comment: 'new', customer: number, version: 2 },
      { amount: 4, comment: 'new', customer: number, version: 2 },
    ]);
    expect(await others(id)).toEqual(before);
  });

  it('[244] the filter may look at related entities, and DELETE ends what it leaves', async () => {
    const { path, id } = await journal([1, 2, 3]);
    const before = await others(id);
    const number = await customerNumber();
    await send('PATCH', `${path}(lineNumber=20000)`, { customerNumber: number }, { ...v401, 'If-Match': '*' });
    expect((await send('DELETE', `${path}/$filter(customer/number eq '${number}')/$each`)).status).toBe(204);
    expect(await linesOf(id)).toMatchObject([{ line: 10000 }, { line: 30000 }]);
    expect((await send('DELETE', `${path}/$filter(amount gt 100)/$each`)).status).toBe(204);
    expect((await send('DELETE', `${path}/$each`)).status).toBe(204);
    expect(await linesOf(id)).toEqual([]);
    expect(await others(id)).toEqual(before);
  });

  it('[244] changes many members alike', async () => {
    const { path, id } = await journal(Array.from({ length: 200 }, (_, index) => index));
    expect((await send('PATCH', `${path}/$each`, { customerNumber: await customerNumber() })).status).toBe(204);
    expect((await linesOf(id)).every(({ version, customer }) => version === 2 && customer !== null)).toBe(true);
  });

  it('[244] refuses more members than one request may write, of whatever is done to them', async () => {
    const { id } = await journal([1]);
    await service.sql(
      `INSERT INTO customer_payments (id, journal_id, company_id, line_number, amount)
       SELECT gen_random_uuid(), $1, $2, n, n FROM generate_series(2, 501) n`,
      [id, company],
    );
    const path = `customerPaymentJournals(${id})/customerPayments`;
    const before = await linesOf(id);
    for (const [method, suffix, body] of [
      ['PATCH', '/$each', { comment: 'new' }],
      ['DELETE', '/$each', undefined],
      ['PATCH', '/$filter(amount gt 0)/$each', { comment: 'new' }],
    ] as const) {
      const { status, error } = await send(method, path + suffix, body);
      expect([method, status, error]).toMatchObject([method, 400, { code: 'TooManyMembers', target: '$each' }]);
    }
    expect(await linesOf(id)).toEqual(before);
    expect((await send('PATCH', `${path}/$filter(amount gt 1)/$each`, { comment: 'new' })).status).toBe(204);
    expect((await linesOf(id)).filter(({ comment }) => comment === 'new')).toHaveLength(500);
    const few = await startService({ maxEach: 1 });
    const posted = await few.send('POST', 'customerPaymentJournals/$each/Microsoft.NAV.post', json, '{}');
    expect([posted.status, posted.error]).toMatchObject([400, { code: 'TooManyMembers', target: '$each' }]);
    await few.close();
  });

  it.each<[method: string, suffix: string, body: unknown, headers: Record<string, string>, status: number]>([
    ['PATCH', '/$filter(amount gt 2)/$each', { customerNumber: 'NOBODY' }, {}, 400],
    ['PATCH', '/$each', { amount: 'x' }, {}, 400],
    ['PATCH', '/$each', { lineNumber: 5 }, {}, 409],
    ['PATCH', '/$each', { dimensionLines: [] }, {}, 400],
    ['PATCH', '/$each', { amount: 1 }, { 'If-Match': 'W/"7"' }, 412],
    ['PATCH', '/$filter(nope gt 2)/$each', { amount: 1 }, {}, 400],
    ['PUT', '/$each', { amount: 1 }, {}, 405],
    ['POST', '/$each', { amount: 1 }, {}, 405],
  ])('[244] %s %s with %j is refused, and nothing changes', async (method, suffix, body, headers, status) => {
    const { path, id } = await journal([1, 2, 3]);
    const before = await linesOf(id);
    const answer = await send(method, path + suffix, body, { ...v401, ...headers });
    expect([answer.status, answer.error.message]).toEqual([status, expect.stringMatching(/./)]);
    expect(await linesOf(id)).toEqual(before);
  });

  it('[237, 244] a member that is needed keeps all of them', async () => {
    const before = await service.sql('SELECT id FROM customers ORDER BY id');
    expect((await send('DELETE', 'customers/$each')).status).toBe(409);
    expect(await service.sql('SELECT id FROM customers ORDER BY id')).toEqual(before);
    expect((await send('DELETE', 'accounts/$each')).status).toBe(405);
  });
});

describe('a delta for a collection', () => {
  it('[241] makes, changes and removes, and answers with a delta', async () => {
    const { path, id, payments } = await journal([1, 2, 3]);
    const before = await others(id);
    const value = [
      { id: payments[0], amount: 11 },
      { '@removed': { reason: 'deleted' }, id: payments[1] },
      { amount: 4, '@Core.ContentID': 'four', dimensionLines: [] },
      { amount: 5 },
    ];
    const answer = await send('PATCH', path, { '@context': '#$delta', value });
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    expect(await linesOf(id)).toMatchObject([
      { line: 10000, amount: 11, version: 2 },
      { line: 30000, amount: 3, version: 1 },
      { line: 40000, amount: 4 },
      { line: 50000, amount: 5 },
    ]);
    expect(answer.json['@context']).toBe(`${service.root}$metadata#${path}/$delta`);
    expect(answer.value).toMatchObject([
      { id: payments[0], amount: 11, '@etag': 'W/"2"' },
      { '@removed': { reason: 'deleted' }, '@id': `${path}(${String(payments[1])})` },
      { amount: 4, '@Core.ContentID': 'four', lineNumber: 40000 },
      { amount: 5, lineNumber: 50000 },
    ]);
    expect(await others(id)).toEqual(before);
    const minimal = await send(
      'PATCH',
      path,
      { value: [{ id: payments[0], amount: 12 }] },
      { ...v401, Prefer: 'return=minimal' },
    );
    expect([minimal.status, minimal.text, minimal.headers['preference-applied']]).toEqual([204, '', 'return=minimal']);
  });

  it('[241] works on sets at the root, and takes what OData 4.0 calls a deleted entity', async () => {
    const made = await send('PATCH', 'customers', {
      value: [{ displayName: 'One' }, { displayName: 'Two', salesInvoices: [{}] }],
    });
    expect([made.status, made.error]).toMatchObject([200, { message: '' }]);
    const [one, two] = made.value.map((customer) => String(customer['id']));
    const changed = await send(
      'PATCH',
      'customers',
      {
        value: [
          { '@odata.context': '#customers/$deletedEntity', id: `customers(${String(one)})`, reason: 'deleted' },
          { '@id': `customers(${String(two)})`, displayName: 'Three' },
        ],
      },
      json,
    );
    expect([changed.status, changed.error]).toMatchObject([200, { message: '' }]);
    expect(changed.value).toMatchObject([
      {
        '@odata.context': `${service.root}$metadata#customers/$deletedEntity`,
        id: `customers(${String(one)})`,
        reason: 'deleted',
      },
      { displayName: 'Three' },
    ]);
    expect(await service.sql('SELECT display_name AS name FROM customers WHERE id = ANY($1)', [[one, two]])).toEqual([
      { name: 'Three' },
    ]);
  });

  it('[242] under continue-on-error does what it can and tells of the rest item by item', async () => {
    const { path, id, payments } = await journal([1, 2, 3]);
    const value = [
      { id: payments[0], customerNumber: 'NOBODY' },
      { amount: 'x' },
      { amount: 4, customerNumber: 'NOBODY' },
      { id: payments[1], amount: 22 },
      { '@removed': { reason: 'deleted' }, id: UNKNOWN },
      { '@removed': { reason: 'deleted' }, id: payments[2] },
      { amount: 6 },
    ];
    const answer = await send('PATCH', path, { value }, { ...v401, Prefer: 'continue-on-error' });
    expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'continue-on-error']);
    expect(await linesOf(id)).toMatchObject([{ amount: 1, version: 1 }, { amount: 22, version: 2 }, { amount: 6 }]);
    const told = answer.value.map((item) => (item['@Core.DataModificationException'] ?? 'done') as Json | string);
    expect(told).toMatchObject([
      { failedOperation: 'update', responseCode: 400, info: { target: 'value/0/customerNumber' } },
      { responseCode: 400, info: { target: 'value/1/amount' } },
      {
        failedOperation: 'insert',
        responseCode: 400,
        info: { message: 'The "customerNumber" does not match to a Customer.' },
      },
      'done',
      { failedOperation: 'delete', responseCode: 400 },
      'done',
      'done',
    ]);
  });

  it.each<[title: string, body: (payments: readonly string[]) => unknown, status: number, target: string | undefined]>([
    [
      'one bad item',
      ([id]) => ({ value: [{ amount: 9 }, { id, customerNumber: 'NOBODY' }] }),
      400,
      'value/1/customerNumber',
    ],
    ['a malformed item', () => ({ value: [{ amount: 9 }, { amount: 'x' }] }), 400, 'value/1/amount'],
    ['an unknown key', () => ({ value: [{ id: UNKNOWN, amount: 9 }] }), 400, 'value/0'],
    ['a key of another journal', () => ({ value: [{ id: seedId('payment', 1, 1), amount: 9 }] }), 400, 'value/0'],
    ['no delta', () => ({ amount: 9 }), 400, undefined],
  ])('[241] %s is refused as a whole', async (_, body, status, target) => {
    const { path, id, payments } = await journal([1]);
    const [before, rest] = [await linesOf(id), await others(id)];
    const answer = await send('PATCH', path, body(payments));
    expect([answer.status, answer.error.target]).toEqual([status, target]);
    expect([await linesOf(id), await others(id)]).toEqual([before, rest]);
  });

  it('[241] moves invoices from one customer to another, in the words of either version', async () => {
    const made = await send('PATCH', 'customers', {
      value: [{ displayName: 'From', salesInvoices: [{}, {}] }, { displayName: 'To' }],
    });
    const [from = '', to = ''] = made.value.map((customer) => String(customer['id']));
    const invoicesOf = async (id: string): Promise<readonly unknown[]> =>
      (await service.sql('SELECT id FROM sales_invoices WHERE customer_id = $1 ORDER BY number', [id])).map(
        (row) => row['id'],
      );
    const [first = '', second = ''] = (await invoicesOf(from)).map(String);
    const moving = (id: string, prefix: string) =>
      [
        { source: `customers(${to})`, kind: '$link' },
        { source: `${service.root}customers(${from})`, kind: '$deletedLink' },
      ].map(({ source, kind }) => ({
        [`${prefix}context`]: `#customers/${kind}`,
        ...{ source, relationship: 'salesInvoices', target: `salesInvoices(${id})` },
      }));
    const body = { '@context': '#$delta', value: [...moving(first, '@'), { id: to, displayName: 'Has it' }] };
    const answer = await send('PATCH', 'customers', body);
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    expect(answer.value).toMatchObject([
      { ...moving(first, '@')[0], '@context': `${service.root}$metadata#customers/$link` },
      { ...moving(first, '@')[1], '@context': `${service.root}$metadata#customers/$deletedLink` },
      { id: to, displayName: 'Has it' },
    ]);
    expect([await invoicesOf(from), await invoicesOf(to)]).toEqual([[second], [first]]);
    const old = await send('PATCH', 'customers', { value: moving(second, '@odata.') }, json);
    expect([old.status, old.error]).toMatchObject([200, { message: '' }]);
    expect(old.value.map((item) => item['@odata.context'])).toEqual(
      ['$link', '$deletedLink'].map((kind) => `${service.root}$metadata#customers/${kind}`),
    );
    expect([await invoicesOf(from), await invoicesOf(to)]).toEqual([[], [first, second]]);
  });

  it('[241] links of payments follow their rules, together with what else the delta says of the payment', async () => {
    const { path, id, payments } = await journal([1, 2, 3]);
    const [before, number] = [await others(id), await customerNumber()];
    const link = (payment: string | undefined, relationship: string, target?: string, kind = '$link') => ({
      '@context': `#${path}/${kind}`,
      ...{ source: `${path}(${String(payment)})`, relationship, target },
    });
    const [invoice] = await service.sql(
      `SELECT number, id FROM sales_invoices WHERE company_id = $1 AND status = 'Open' ORDER BY id LIMIT 1`,
      [company],
    );
    const customer = `customers(number='${number}')`;
    const value = [
      link(payments[0], 'customer', customer),
      { id: payments[0], amount: 11 },
      link(payments[0], 'appliesToInvoice', `salesInvoices(${String(invoice?.['id'])})`),
      link(payments[1], 'customer', customer),
      { amount: 4 },
    ];
    const answer = await send('PATCH', path, { value });
    expect([answer.status, answer.error]).toMatchObject([200, { message: '' }]);
    expect(answer.value.map((item) => item['relationship'] ?? item['amount'])).toEqual([
      'customer',
      11,
      'appliesToInvoice',
      'customer',
      4,
    ]);
    const linked = [
      { amount: 11, customer: number, version: 2 },
      { amount: 2, customer: number, version: 2 },
      { amount: 3, customer: null, version: 1 },
      { amount: 4, customer: null, version: 1 },
    ];
    expect(await linesOf(id)).toMatchObject(linked);
    const [applied] = await service.sql(
      'SELECT applies_to_invoice_id AS id, applies_to_invoice_number AS number FROM customer_payments WHERE id = $1',
      [payments[0]],
    );
    expect(applied).toEqual(invoice);
    const ends = await send('PATCH', path, {
      value: [
        link(payments[0], 'customer', customer, '$deletedLink'),
        link(payments[1], 'customer', undefined, '$deletedLink'),
      ],
    });
    expect([ends.status, ends.error]).toMatchObject([200, { message: '' }]);
    expect(await linesOf(id)).toMatchObject(
      linked
        .map((line) => ({ ...line, customer: null }))
        .map((line, index) => ({ ...line, version: index < 2 ? 3 : 1 })),
    );
    expect(await others(id)).toEqual(before);

    const minimal = { ...v401, Prefer: 'continue-on-error, return=minimal' };
    const partly = await send(
      'PATCH',
      path,
      { value: [link(payments[2], 'customer', 'customers(1)'), link(payments[2], 'customer', customer)] },
      minimal,
    );
    expect([partly.status, partly.value]).toMatchObject([
      200,
      [
        {
          '@context': `${service.root}$metadata#${path}/$link`,
          relationship: 'customer',
          '@Core.DataModificationException': {
            failedOperation: 'link',
            responseCode: 400,
            info: { target: 'value/0/target' },
          },
        },
        { relationship: 'customer' },
      ],
    ]);
    expect(partly.value[1]).not.toHaveProperty('@Core.DataModificationException');
    expect((await linesOf(id))[2]).toMatchObject({ customer: number, version: 2 });
  });

  it.each<[title: string, link: Json, places: readonly string[]]>([
    [
      'without its parts',
      { source: undefined, relationship: undefined, target: 5 },
      ['source', 'relationship', 'target'],
    ],
    ['with a stranger among them', { sauce: 1 }, ['sauce']],
    ['from nowhere', { source: `customerPaymentJournals(${UNKNOWN})/customerPayments(${UNKNOWN})` }, ['source']],
    [
      'from another journal',
      { source: `customerPaymentJournals(${seedId('journal', 1, 1)})/customerPayments(${seedId('payment', 1, 1)})` },
      ['source'],
    ],
    ['from an entity of another type', { source: `customers(${seedId('customer', 1, 1)})` }, ['source']],
    ['to nowhere', { target: `customers(${UNKNOWN})` }, ['target']],
    ['to an entity of another type', { target: `salesInvoices(${seedId('invoice', 1, 1)})` }, ['target']],
    ['by no navigation', { relationship: 'custommer' }, ['relationship']],
    ['of what is contained', { relationship: 'dimensionLines' }, ['relationship']],
    [
      'to another journal',
      { relationship: 'customerPaymentJournal', target: `customerPaymentJournals(${seedId('journal', 1, 2)})` },
      ['relationship'],
    ],
    ['that is not there', { '@context': '#x/$deletedLink' }, ['target']],
  ])('[241] a link %s is refused with its place, and nothing is done', async (_, link, places) => {
    const { path, id, payments } = await journal([1]);
    const [before, rest] = [await linesOf(id), await others(id)];
    const whole = {
      ...{ '@context': '#x/$link', source: `${path}(${String(payments[0])})`, relationship: 'customer' },
      ...{ target: `customers(${seedId('customer', 1, 1)})`, ...link },
    };
    const answer = await send('PATCH', path, { value: [{ amount: 9 }, whole] });
    const error: { readonly target?: string; readonly details?: readonly { readonly target?: string }[] } =
      answer.error;
    const targets = [error, ...(error.details ?? [])].flatMap(({ target }) => target ?? []);
    expect([answer.status, targets]).toEqual([400, places.map((place) => `value/1/${place}`)]);
    expect([await linesOf(id), await others(id)]).toEqual([before, rest]);
  });

  it('[241] no link leads to another company, and none to or from what the delta removes', async () => {
    const { path, id, payments } = await journal([1, 2]);
    const [stranger] = await service.sql(
      'SELECT id, company_id AS company FROM customers WHERE company_id <> $1 ORDER BY id',
      [company],
    );
    const link = (target: string): Json => ({
      '@context': '#x/$link',
      ...{ source: `${path}(${String(payments[0])})`, relationship: 'customer', target },
    });
    const theirs = `customers(${String(stranger?.['id'])})`;
    const gone = { '@removed': { reason: 'deleted' }, id: payments[0] };
    const [ours] = (await send('PATCH', 'customers', { value: [{ displayName: 'Ends' }] })).value;
    const cases: readonly (readonly [string, readonly Json[], string])[] = [
      [path, [link(theirs)], 'value/0/target'],
      [path, [link(`companies(${String(stranger?.['company'])})/${theirs}`)], 'value/0/target'],
      [path, [link(`customers(${String(ours?.['id'])})`), gone], 'value/0'],
      [path, [gone, link(`customers(${String(ours?.['id'])})`)], 'value/1'],
    ];
    const before = await linesOf(id);
    for (const [to, value, target] of cases) {
      const answer = await send('PATCH', to, { value });
      expect([answer.status, answer.error.target]).toEqual([400, target]);
    }
    expect(await linesOf(id)).toEqual(before);
  });

  it('[241] links that contradict one another, or the end of what is needed, are refused', async () => {
    const made = await send('PATCH', 'customers', {
      value: [{ displayName: 'A', salesInvoices: [{}] }, { displayName: 'B' }, { displayName: 'C' }],
    });
    const [a = '', b = '', c = ''] = made.value.map((customer) => `customers(${String(customer['id'])})`);
    const [invoice] = await service.sql(
      `SELECT i.id FROM sales_invoices i JOIN customers c ON c.id = i.customer_id WHERE c.id::text = $1`,
      [a.slice(10, -1)],
    );
    const of = (source: string, kind = '$link') => ({
      '@context': `#customers/${kind}`,
      ...{ source, relationship: 'salesInvoices', target: `salesInvoices(${String(invoice?.['id'])})` },
    });
    const entry = await service.sql('SELECT id FROM customer_ledger_entries WHERE company_id = $1 LIMIT 1', [company]);
    const entries = {
      relationship: 'customerLedgerEntries',
      target: `customerLedgerEntries(${String(entry[0]?.['id'])})`,
    };
    const cases: readonly (readonly [Json[], string])[] = [
      [[of(b), of(c)], 'value/1/relationship'],
      [[of(a), of(a, '$deletedLink')], 'value/1/relationship'],
      [[of(a, '$deletedLink')], 'value/0/relationship'],
      [[of(b, '$deletedLink')], 'value/0/target'],
      [[{ ...of(a, '$deletedLink'), target: undefined }], 'value/0/target'],
      [[{ ...of(b), ...entries }], 'value/0'],
    ];
    const state = () => service.sql('SELECT to_jsonb(i)::text AS row FROM sales_invoices i ORDER BY id');
    const before = await state();
    for (const [value, target] of cases) {
      const answer = await send('PATCH', 'customers', { value });
      expect([answer.status, answer.error.target]).toEqual([400, target]);
    }
    expect(await state()).toEqual(before);
  });

  it('[20, 244] an option beside /$each, or beside links that are written, is refused, and nothing is written', async () => {
    const { path, id, payments } = await journal([1, 2]);
    const state = async () => [await linesOf(id), await service.sql('SELECT * FROM sales_invoices ORDER BY id')];
    const before = await state();
    const customer = (await send('GET', 'customers?$top=1&$select=id')).value[0]?.['id'];
    const one = `${path}(${String(payments[0])})`;
    for (const option of [
      '$filter=amount eq 1',
      '$top=1',
      '$skip=1',
      '$search=x',
      '$select=id',
      '$orderby=amount',
      '$count=true',
      '$expand=customer',
      '$apply=identity',
      '$index=0',
      '$skiptoken=x',
    ])
      for (const [method, target, body] of [
        ['PATCH', `${path}/$each`, { comment: 'new' }],
        ['DELETE', `${path}/$each`, undefined],
        ['DELETE', `${path}/$filter(amount gt 0)/$each`, undefined],
        ['PUT', `${one}/customer/$ref`, { '@id': `customers(${String(customer)})` }],
        ['DELETE', `${one}/customer/$ref`, undefined],
      ] as const) {
        const { status, error } = await send(method, `${target}?${option}`, body);
        expect([method, target, status, error.target]).toEqual([method, target, 400, option.split('=')[0]]);
      }
    expect(await state()).toEqual(before);
    const stranger = await send('PATCH', path, { value: [{ amount: 9 }], values: [] });
    expect([stranger.status, stranger.error.target]).toEqual([400, 'values']);
    expect(await state()).toEqual(before);
  });

  it('[243, 246] PUT of a collection, and a delta for what is only read, are not allowed', async () => {
    const { path } = await journal([1]);
    const put = await send('PUT', path, { value: [] });
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, HEAD, POST, PATCH']);
    expect((await send('PATCH', 'accounts', { value: [] })).status).toBe(405);
    expect((await send('DELETE', 'customers')).status).toBe(405);
  });
});

describe('the ETag of a contained collection', () => {
  type Made = Awaited<ReturnType<typeof journal>>;

  const tagOf = async ({ path }: Pick<Made, 'path'>): Promise<string> => {
    const answer = await service.get(path, v401);
    expect(answer.status).toBe(200);
    return String(answer.headers['etag']);
  };

  /** What every request here would change, if it were let. */
  const state = (id: string) =>
    service.sql(
      `SELECT p.*, (SELECT count(*) FROM dimension_lines d WHERE d.payment_id = p.id) AS lines
       FROM customer_payments p WHERE journal_id = $1 ORDER BY line_number`,
      [id],
    );

  it('[259] is told in the header of the whole collection, in 4.01, and is that of the expanded one', async () => {
    const { path, id } = await journal([1, 2, 3]);
    const tag = await tagOf({ path });
    const expanded = await service.get(`customerPaymentJournals(${id})?$expand=customerPayments`, v401);
    expect(tag).toBe(expanded.json['customerPayments@etag']);
    for (const suffix of ['?$orderby=amount desc', '?$select=amount', '?$count=true', '/'])
      expect([suffix, (await send('GET', path + suffix)).headers['etag']]).toEqual([suffix, tag]);
    for (const Accept of ['application/json', 'application/json;metadata=none'])
      expect((await service.get(path, { ...v401, Accept })).headers['etag']).toBe(tag);
    const first = await service.get(path, { ...v401, Prefer: 'maxpagesize=2' });
    expect(first.headers['etag']).toBe(tag);
    expect((await service.get(String(first.nextLink), v401)).headers['etag']).toBeUndefined();
    const parts = ['?$top=2', '?$skip=1', '?$filter=amount gt 1', '?$search=x', '/$filter(amount gt 1)', '/$ref'];
    for (const suffix of [...parts, '?$apply=groupby((amount))', '/$count', '/$filter(true)'])
      expect([suffix, (await send('GET', path + suffix)).headers['etag']]).toEqual([suffix, undefined]);
    for (const other of ['customers', `companies(${company})/customers`])
      expect([other, (await service.get(other, v401)).headers['etag']]).toEqual([other, undefined]);
    expect((await service.get(path, { 'OData-MaxVersion': '4.0' })).headers['etag']).toBeUndefined();
    expect((await send('DELETE', `${path}/$each`)).status).toBe(204);
    expect(await tagOf({ path })).toBe('W/"0.0"');
  });

  it('[25] serves conditional reads, also of what fills many chunks', async () => {
    const { path, id } = await journal([1]);
    await service.sql(
      `INSERT INTO customer_payments (id, journal_id, company_id, line_number, comment)
       SELECT gen_random_uuid(), $1, $2, 20000 + n, repeat('x', 200) FROM generate_series(1, 3000) n`,
      [id, company],
    );
    const tag = await tagOf({ path });
    const all = `${path}?$top=0&$count=true`;
    expect((await service.get(all, { ...v401, 'If-None-Match': tag })).status).toBe(200);
    // More often than there are connections: none is kept back.
    for (const [headers, status] of [
      [{ 'If-None-Match': tag }, 304],
      [{ 'If-None-Match': '*' }, 304],
      [{ 'If-Match': 'W/"1.1"' }, 412],
      [{ 'If-Match': 'nonsense' }, 400],
      [{ 'If-Match': tag, 'If-None-Match': 'W/"1.1"', Prefer: 'maxpagesize=3001' }, 200],
    ] as const)
      for (let turn = 0; turn < 6; turn++)
        expect([headers, (await service.get(path, { ...v401, ...headers })).status]).toEqual([headers, status]);
    await service.sql(
      `UPDATE customer_payments SET version = version + 1 WHERE journal_id = $1 AND line_number = 20007`,
      [id],
    );
    expect((await service.get(path, { ...v401, 'If-None-Match': tag })).status).toBe(200);
  });

  type Sent = readonly [method: string, suffix: string, body: unknown, status: number];
  const requests: readonly (readonly [title: string, request: (made: Made) => Sent])[] = [
    ['a delta', ({ payments }) => ['PATCH', '', { value: [{ id: payments[0], comment: 'new' }] }, 200]],
    ['an empty delta', () => ['PATCH', '', { value: [] }, 200]],
    [
      'a delta that ends one',
      ({ payments }) => ['PATCH', '', { value: [{ '@removed': { reason: 'deleted' }, id: payments[0] }] }, 200],
    ],
    ['a new member', () => ['POST', '', { amount: 4 }, 201]],
    ['a change of each', () => ['PATCH', '/$each', { comment: 'new' }, 204]],
    ['a change of some', () => ['PATCH', '/$filter(amount gt 1)/$each', { comment: 'new' }, 204]],
    ['a change of none', () => ['PATCH', '/$filter(amount gt 9)/$each', { comment: 'new' }, 204]],
    ['the end of each', () => ['DELETE', '/$each', undefined, 204]],
    ['the end of some', () => ['DELETE', '/$filter(amount gt 1)/$each', undefined, 204]],
  ];

  it.each(requests)('[255, 257, 259] lets or keeps %s, and what is refused changes nothing', async (_, request) => {
    for (const [isDone, headers] of [
      [true, (tag: string) => ({ 'If-Match': tag })],
      [true, (tag: string) => ({ 'If-Match': tag.slice(2) })],
      [true, (tag: string) => ({ 'If-Match': `"a", ${tag}` })],
      [true, () => ({ 'If-Match': '*' })],
      [true, () => ({ 'If-None-Match': 'W/"1.1", "2"' })],
      [true, (tag: string) => ({ 'If-Match': tag, 'If-None-Match': 'W/"1.1"' })],
      [false, () => ({ 'If-Match': 'W/"3.17"' })],
      [false, () => ({ 'If-Match': '"a", "b"' })],
      [false, (tag: string) => ({ 'If-None-Match': tag })],
      [false, (tag: string) => ({ 'If-None-Match': `"a", ${tag.slice(2)}` })],
      [false, (tag: string) => ({ 'If-Match': tag, 'If-None-Match': tag })],
      [false, (tag: string) => ({ 'If-Match': tag, 'If-None-Match': '*' })],
    ] as const) {
      const made = await journal([1, 2, 3]);
      const before = await state(made.id);
      const sent = headers(await tagOf(made));
      const [method, suffix, body, status] = request(made);
      const answer = await send(method, made.path + suffix, body, { ...v401, ...sent });
      expect([sent, answer.status, answer.error.message]).toEqual([
        sent,
        isDone ? status : 412,
        isDone ? '' : expect.stringMatching(/./),
      ]);
      if (!isDone) expect(await state(made.id)).toEqual(before);
    }
  });

  it('[255] members are named by their own ETags, too, by all of them', async () => {
    const { path, payments } = await journal([1, 2]);
    await send('PATCH', `${path}(${String(payments[0])})`, { comment: 'two' }, { ...v401, 'If-Match': '*' });
    const each = (tags: string): Promise<Answer> =>
      send('PATCH', `${path}/$each`, { comment: 'new' }, { ...v401, 'If-Match': tags });
    expect((await each('W/"1"')).status).toBe(412);
    expect((await each('W/"1", W/"2"')).status).toBe(204);
  });

  it('[255, 259] changes with what is contained in a member, and with what is taken from it', async () => {
    const { path, payments } = await journal([1]);
    const [value] = await service.sql(
      `SELECT dimension_id AS id, id AS "valueId" FROM dimension_values WHERE company_id = $1 AND NOT blocked`,
      [company],
    );
    const tags = [await tagOf({ path })];
    const lines = `${path}(${String(payments[0])})/dimensionLines`;
    expect((await send('POST', lines, value)).status).toBe(201);
    tags.push(await tagOf({ path }));
    const lineTag = await tagOf({ path: lines });
    const removed = { value: [{ '@removed': { reason: 'deleted' }, id: value?.['id'] }] };
    expect((await send('PATCH', lines, removed, { ...v401, 'If-Match': 'W/"1.1"' })).status).toBe(412);
    expect((await send('PATCH', lines, removed, { ...v401, 'If-Match': lineTag })).status).toBe(200);
    expect((await send('PATCH', lines, removed, { ...v401, 'If-Match': lineTag })).status).toBe(412);
    tags.push(await tagOf({ path }));
    expect(new Set(tags).size).toBe(3);
  });

  it('[258] a delta that has named it is answered with the one after it', async () => {
    const made = await journal([1]);
    let tag = await tagOf(made);
    for (const Prefer of ['return=representation', 'return=minimal', 'continue-on-error']) {
      const body = { value: [{ amount: 2 }] };
      const answer = await send('PATCH', made.path, body, { ...v401, Prefer, 'If-Match': tag });
      expect([Prefer, answer.status < 300, answer.headers['etag']]).toEqual([Prefer, true, await tagOf(made)]);
      expect(answer.headers['etag']).not.toBe(tag);
      tag = String(answer.headers['etag']);
    }
    expect((await send('PATCH', made.path, { value: [] })).headers['etag']).toBeUndefined();
  });

  it('[259] is judged once for a delta that goes on behind errors, which then is one transaction', async () => {
    const made = await journal([1, 2]);
    const go = { ...v401, Prefer: 'continue-on-error' };
    const value = [
      { id: made.payments[0], comment: 'new' },
      { id: UNKNOWN, comment: 'new' },
      { id: made.payments[1], comment: 'new' },
    ];
    const stale = await send('PATCH', made.path, { value }, { ...go, 'If-Match': 'W/"2.1"' });
    expect([stale.status, (await linesOf(made.id)).map(({ comment }) => comment)]).toEqual([412, ['old', 'old']]);
    const answer = await send('PATCH', made.path, { value }, { ...go, 'If-Match': await tagOf(made) });
    expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'continue-on-error']);
    expect(answer.value.map((item) => '@Core.DataModificationException' in item)).toEqual([false, true, false]);
    expect((await linesOf(made.id)).map(({ comment }) => comment)).toEqual(['new', 'new']);
  });

  it.each(requests)('[260] of many requests for %s with one ETag one is done', async (_, request) => {
    const made = await journal([1, 2, 3]);
    const [method, suffix, body, status] = request(made);
    const isChange = !JSON.stringify([suffix, body]).match(/gt 9|\[\]/);
    const tagged = { ...v401, 'If-Match': await tagOf(made) };
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(method, made.path + suffix, body, tagged)));
    expect(answers.map((answer) => answer.status).sort()).toEqual(
      Array.from({ length: 12 }, (__, at) => (at === 0 || !isChange ? status : 412)),
    );
  });

  it('[260] of many different writes with one ETag one is done, and it alone is seen', async () => {
    const made = await journal([1, 2, 3]);
    const before = await linesOf(made.id);
    const tagged = { ...v401, 'If-Match': await tagOf(made) };
    const answers = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((at) => {
        const comment = `Writer ${at}`;
        if (at % 4 === 0) return send('PATCH', made.path, { value: [{ id: made.payments[1], comment }] }, tagged);
        if (at % 4 === 1) return send('PATCH', `${made.path}/$filter(amount eq 2)/$each`, { comment }, tagged);
        if (at % 4 === 2) return send('POST', made.path, { comment }, tagged);
        const go = { ...tagged, Prefer: 'continue-on-error' };
        return send('PATCH', made.path, { value: [{ id: made.payments[1], comment }] }, go);
      }),
    );
    const winners = answers.flatMap(({ status }, at) => (status < 300 ? [at] : []));
    expect([winners.length, answers.filter(({ status }) => status === 412).length]).toEqual([1, 11]);
    const after = await linesOf(made.id);
    const changed = after.filter(
      ({ id, version }) => !before.some((one) => one['id'] === id && one['version'] === version),
    );
    expect(changed).toMatchObject([{ comment: `Writer ${String(winners[0])}` }]);
  });

  const theirs: readonly (readonly [title: string, statement: (made: Made) => string])[] = [
    [
      'changes a member that the request does not name',
      ({ payments }) =>
        `UPDATE customer_payments SET comment = 'Theirs', version = version + 1 WHERE id = '${String(payments[2])}'`,
    ],
    [
      'ends a member that the request does not name',
      ({ payments }) => `DELETE FROM customer_payments WHERE id = '${String(payments[2])}'`,
    ],
    [
      'adds a member',
      ({ id }) =>
        `INSERT INTO customer_payments (id, journal_id, company_id, line_number) VALUES (gen_random_uuid(), '${id}', '${company}', 5)`,
    ],
  ];

  it.each(theirs)('[259, 260] waits for another one who %s', async (_, statement) => {
    for (const [method, suffix, body] of [
      ['PATCH', '', (made: Made) => ({ value: [{ id: made.payments[0], comment: 'Mine' }] })],
      ['PATCH', '/$filter(amount eq 1)/$each', () => ({ comment: 'Mine' })],
      ['POST', '', () => ({ comment: 'Mine' })],
    ] as const) {
      const made = await journal([1, 2, 3]);
      const tagged = { ...v401, 'If-Match': await tagOf(made) };
      await service.sql('BEGIN');
      await service.sql(statement(made));
      const answering = send(method, made.path + suffix, body(made), tagged);
      await untilWaiting(service.sql);
      await service.sql('COMMIT');
      expect([method, suffix, (await answering).status]).toEqual([method, suffix, 412]);
      expect((await linesOf(made.id)).map(({ comment }) => comment)).not.toContain('Mine');
    }
  });

  it.each(theirs)('[259, 260] of a deep update waits for another one who %s', async (_, statement) => {
    const made = await journal([1, 2, 3]);
    const path = `customerPaymentJournals(${made.id})`;
    await service.sql('BEGIN');
    await service.sql(statement(made));
    const body = {
      'customerPayments@etag': (await service.get(`${path}?$expand=customerPayments`, v401)).json[
        'customerPayments@etag'
      ],
      'customerPayments@delta': [{ id: made.payments[0], comment: 'Mine' }],
    };
    const answering = send('PATCH', path, body, { ...v401, 'If-Match': '*' });
    await untilWaiting(service.sql);
    await service.sql('COMMIT');
    expect((await answering).status).toBe(412);
    expect((await linesOf(made.id)).map(({ comment }) => comment)).not.toContain('Mine');
  });

  it.each([
    ['JSON', sendJson],
    ['multipart', sendMultipart],
  ] as const)('[276] within a %s batch, also by a reference to an answer before', async (_, batch) => {
    const made = await journal([1]);
    const comments = async (): Promise<readonly unknown[]> => (await linesOf(made.id)).map(({ comment }) => comment);
    const patch = (id: string, comment: string, tag: string, group?: string): Part => ({
      ...{ id, method: 'PATCH', url: made.path, body: { value: [{ id: made.payments[0], comment }] } },
      headers: { ...v401, 'If-Match': tag },
      ...(group === undefined ? {} : { atomicityGroup: group }),
    });
    const read = (id: string): Part => ({ id, method: 'GET', url: made.path, headers: v401 });
    const told = await batch(service, [read('r1'), patch('p1', 'one', '$r1'), patch('p2', 'two', '$p1')]);
    expect(told.parts.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await comments()).toEqual(['two']);
    const stale = await batch(service, [read('r1'), patch('p1', 'three', '$r1'), patch('p2', 'four', '$r1')], {
      Prefer: 'continue-on-error',
    });
    expect(stale.parts.map(({ status }) => status)).toEqual([200, 200, 412]);
    expect(await comments()).toEqual(['three']);

    const tag = await tagOf(made);
    const post = (id: string, group: string): Part => ({
      ...{ id, method: 'POST', url: made.path, body: { comment: 'posted' }, atomicityGroup: group },
      headers: { ...v401, 'If-Match': tag },
    });
    const together = await batch(service, [post('a', 'g'), post('b', 'g')]);
    expect(together.parts.at(-1)?.status).toBe(412);
    expect(await comments()).toEqual(['three']);
    const group = await batch(service, [patch('a', 'five', tag, 'g'), patch('b', 'six', '$a', 'g')]);
    expect(group.parts.map(({ status }) => status)).toEqual([200, 200]);
    expect(await comments()).toEqual(['six']);
    const failed = await batch(service, [patch('a', 'seven', '*', 'g'), patch('b', 'eight', tag, 'g')]);
    expect(failed.parts.at(-1)?.status).toBe(412);
    expect(await comments()).toEqual(['six']);
  });
});

describe('random deltas of links', () => {
  /** A foreign key of an invoice, by the places of invoice and customer. */
  interface Said {
    readonly invoice: number;
    readonly customer: number;
    readonly relationship: 'customer' | 'billToCustomer' | 'salesInvoices';
    readonly isAdded: boolean;
    /** A deleted link of a single-valued relationship may leave it out. */
    readonly hasTarget: boolean;
  }
  type State = readonly (readonly [customer: number, billTo: number | null])[];

  /** The invoices after a delta; undefined when it must be refused. */
  function after(state: State, said: readonly Said[]): State | undefined {
    const next = state.map(([customer, billTo], invoice): State[number] | undefined => {
      const key = (isBillTo: boolean, before: number | null): number | null | undefined => {
        const own = said.filter(
          (one) => one.invoice === invoice && (one.relationship === 'billToCustomer') === isBillTo,
        );
        const ended = own.filter(({ isAdded }) => !isAdded);
        if (ended.some((one) => one.hasTarget && one.customer !== before)) return undefined;
        const set = [...new Set(own.filter(({ isAdded }) => isAdded).map((one) => one.customer))];
        if (set.length > 1 || (ended.length > 0 && set[0] !== undefined && set[0] === before)) return undefined;
        if (set[0] !== undefined) return set[0];
        if (ended.length === 0) return before;
        return isBillTo ? null : undefined;
      };
      const [first, second] = [key(false, customer), key(true, billTo)];
      return first === undefined || first === null || second === undefined ? undefined : [first, second];
    });
    return next.some((one) => one === undefined) ? undefined : next.flatMap((one) => (one ? [one] : []));
  }

  const place = fc.nat(2);
  const said = (relationships: readonly Said['relationship'][]): fc.Arbitrary<Said> =>
    fc.record({
      ...{ invoice: place, customer: place, relationship: fc.constantFrom(...relationships), isAdded: fc.boolean() },
      hasTarget: relationships.includes('salesInvoices') ? fc.constant(true) : fc.boolean(),
    });
  const deltas = fc.array(
    fc.oneof(
      fc.array(said(['salesInvoices']), { minLength: 1, maxLength: 4 }),
      fc.array(said(['customer', 'billToCustomer']), { minLength: 1, maxLength: 4 }),
    ),
    { minLength: 8, maxLength: 12 },
  );

  it.each([1, 2, 3])('[241] come to what a model of foreign keys says, all or nothing (seed %i)', async (seed) => {
    const came = { done: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(deltas, async (all) => {
        const made = await send('PATCH', 'customers', {
          value: [0, 1, 2].map((at) => ({ displayName: `Random ${at}`, salesInvoices: [{}] })),
        });
        const customers = made.value.map((customer) => String(customer['id']));
        const invoices = (
          await service.sql(
            'SELECT id FROM sales_invoices WHERE customer_id = ANY($1) ORDER BY array_position($1::uuid[], customer_id)',
            [customers],
          )
        ).map(({ id }) => String(id));
        let state: State = [
          [0, null],
          [1, null],
          [2, null],
        ];
        for (const delta of all) {
          const set = delta.some(({ relationship }) => relationship === 'salesInvoices')
            ? 'customers'
            : 'salesInvoices';
          const value = delta.map(({ invoice, customer, relationship, isAdded, hasTarget }) => {
            const ids = [
              `customers(${customers[customer] ?? ''})`,
              `salesInvoices(${invoices[invoice] ?? ''})`,
            ] as const;
            const [source, target] = set === 'customers' ? ids : ([ids[1], ids[0]] as const);
            return {
              '@context': `#${set}/${isAdded ? '$link' : '$deletedLink'}`,
              ...{ source, relationship, ...(isAdded || hasTarget ? { target } : {}) },
            };
          });
          const next = after(state, delta);
          const { status, text } = await send('PATCH', set, { value });
          expect([status, text]).toEqual([next ? 200 : 400, expect.anything()]);
          came[next ? 'done' : 'refused'] += 1;
          state = next ?? state;
          const rows = await service.sql(
            `SELECT array_position($1::uuid[], customer_id) - 1 AS customer, array_position($1::uuid[], bill_to_customer_id) - 1 AS "billTo"
             FROM sales_invoices WHERE id = ANY($2) ORDER BY array_position($2::uuid[], id)`,
            [customers, invoices],
          );
          expect(rows.map(({ customer, billTo }) => [customer, billTo])).toEqual(state);
        }
      }),
      { seed, numRuns: 5, endOnFailure: true },
    );
    expect(Math.min(came.done, came.refused)).toBeGreaterThan(8);
  });
});

describe('what must not happen', () => {
  it('a transaction is left open, with locks, where one item is refused while others are still read', async () => {
    const { id } = (await send('POST', 'customers', { displayName: 'Free' })).json;
    const good = { '@id': `customers(${String(id)})`, displayName: 'Other' };
    const answer = await send('PATCH', 'customers', { value: [{ '@id': 'nothing(1)' }, good] });
    expect([answer.status, answer.error.target]).toEqual([400, 'value/0']);
    // The connection that was used last is used again: whatever was still to be sent has been.
    expect((await send('GET', `customers(${String(id)})`)).json).toMatchObject({ displayName: 'Free' });
    expect(
      await service.sql(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
      ),
    ).toEqual([]);
    await service.sql('SELECT FROM customers WHERE id = $1 FOR UPDATE NOWAIT', [id]);
  });

  it('an entity written twice by one body is refused', async () => {
    const { path, id, payments } = await journal([1, 2]);
    const before = await linesOf(id);
    const [first] = payments;
    const bodies = [
      [
        { id: first, amount: 5 },
        { id: first, amount: 6 },
      ],
      [
        { id: first, amount: 5 },
        { '@removed': { reason: 'deleted' }, id: first },
      ],
    ];
    for (const value of bodies) {
      const answer = await send('PATCH', path, { value });
      expect([answer.status, answer.error.target]).toEqual([400, 'value/1']);
      const deep = { 'customerPayments@delta': value };
      expect((await send('PATCH', `customerPaymentJournals(${id})`, deep, { ...v401, 'If-Match': '*' })).status).toBe(
        400,
      );
    }
    expect(await linesOf(id)).toEqual(before);
  });

  it('[246] ledger entries are not related anew, in any way', async () => {
    const [entry] = await service.sql(
      'SELECT id, customer_id AS customer FROM customer_ledger_entries WHERE company_id = $1 ORDER BY id',
      [company],
    );
    if (!entry) throw new Error('The sample data has no ledger entry');
    const made = await send('POST', 'customers', { displayName: 'Thief' });
    const thief = String(made.json['id']);
    const reference = `customerLedgerEntries(${String(entry['id'])})`;
    const any = { ...v401, 'If-Match': '*' };
    const bodies = { 'customerLedgerEntries@bind': [reference] };
    const answers = [
      await send('POST', `customers(${thief})/customerLedgerEntries/$ref`, { '@id': reference }),
      await send('PUT', `customers(${thief})/customerLedgerEntries/$ref`, { value: [{ '@id': reference }] }),
      await send('POST', 'customers', { displayName: 'Thief', ...bodies }),
      await send('PATCH', `customers(${thief})`, bodies, any),
      await send('PATCH', `customers(${thief})`, { customerLedgerEntries: [{ '@id': reference }] }, any),
      await send('PATCH', `customers(${thief})`, { 'customerLedgerEntries@delta': [{ id: entry['id'] }] }, any),
      await send('PUT', `${reference}/customer/$ref`, { '@id': `customers(${thief})` }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 405]);
    expect(
      await service.sql('SELECT customer_id AS customer FROM customer_ledger_entries WHERE id = $1', [entry['id']]),
    ).toEqual([{ customer: entry['customer'] }]);
  });
});
