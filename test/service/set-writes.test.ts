/** Writes of many entities by one request: a delta for a collection, one change for each member. Over HTTP, compared with the tables. */
import fc from 'fast-check';
import { seedId } from '../../src/seed';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

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
