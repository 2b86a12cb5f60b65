/** What people do around posting every day: find the invoice that a payment is meant for, and apply the payment to it. */
import { sendJson, sendMultipart, type Part } from '../setup/batches';
import { Books, type PaymentSketch, type Party } from '../setup/posting';
import { compare, loadRows, type Invoice, type Payment, type Rows } from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let books: Books;

beforeAll(async () => {
  service = await startService();
  books = await Books.of(service);
});

afterAll(() => service.close());
afterEach(() => expect(service.takeFailures()).toEqual([]));

const exact = { Accept: 'application/json;IEEE754Compatible=true' };
const suggest = 'Microsoft.NAV.suggestInvoices';
const apply = 'Microsoft.NAV.applyInvoice';

/** The address of a payment made by SQL. */
async function payment(sketch: PaymentSketch): Promise<string> {
  const journal = await books.journal();
  return `customerPaymentJournals(${journal})/customerPayments(${await books.payment(journal, 10000, sketch)})`;
}

/** What is suggested for a payment, with the options of the query. */
const suggested = (path: string, query = '', headers: Record<string, string> = {}): Promise<Answer> =>
  books.send('POST', `${path}/${suggest}${query}`, undefined, headers);

const numbers = async (path: string): Promise<readonly unknown[]> =>
  (await suggested(path)).value.map(({ invoiceNumber, matchedBy }) => [invoiceNumber, matchedBy]);

// ---- what is suggested, in plain JavaScript over all rows

const names = (text: string | null, number: string): boolean => {
  const literal = number.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return new RegExp(`(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`, 'i').test(text ?? '');
};

function expected(rows: Rows, payment: Payment): readonly Json[] {
  const { customerId, companyId, amount, description, externalDocumentNumber } = payment;
  if (amount > 0n) return [];
  const matchedBy = (invoice: Invoice, unapplied: bigint): string | null => {
    if (names(description, invoice.number)) return 'description';
    if (names(externalDocumentNumber, invoice.number)) return 'externalDocumentNumber';
    return amount < 0n && [invoice.remainingAmount, unapplied].includes(-amount) ? 'amount' : null;
  };
  const preference = (match: string | null): number => (match === null ? 3 : match === 'amount' ? 2 : 1);
  return rows.invoices
    .filter((invoice) => invoice.companyId === companyId && invoice.status === 'Open')
    .map((invoice) => {
      const others = rows.payments.filter((one) => one.appliesToInvoiceId === invoice.id && one.id !== payment.id);
      const left = others.reduce((sum, one) => sum + one.amount, invoice.remainingAmount);
      const unapplied = left > 0n ? left : 0n;
      return { invoice, unapplied, match: matchedBy(invoice, unapplied) };
    })
    .filter(({ invoice, match }) =>
      customerId === null
        ? preference(match) === 1
        : [invoice.customerId, invoice.billToCustomerId].includes(customerId),
    )
    .sort(
      (left, right) =>
        preference(left.match) - preference(right.match) ||
        Number(left.unapplied === 0n) - Number(right.unapplied === 0n) ||
        compare(left.invoice.invoiceDate, right.invoice.invoiceDate) ||
        compare(left.invoice.number, right.invoice.number),
    )
    .map(({ invoice, unapplied, match }, index) => ({
      rank: index + 1,
      matchedBy: match,
      invoiceId: invoice.id,
      invoiceNumber: invoice.number,
      invoiceDate: invoice.invoiceDate,
      dueDate: invoice.dueDate,
      customerNumber: invoice.customer.number,
      customerName: invoice.customer.displayName,
      remainingAmount: invoice.remainingAmount,
      unappliedAmount: unapplied,
    }));
}

const units = (value: unknown): bigint => BigInt(Math.round(Number(value) * 100_000));

describe('suggestInvoices', () => {
  it('[292] for every payment of every company: what plain JavaScript finds among all invoices, in its order', async () => {
    const customers = await books.rows(
      `SELECT c.id, c.number, i.number AS invoice, i.remaining_amount::text AS remaining FROM customers c
        JOIN sales_invoices i ON i.customer_id = c.id AND i.status = 'Open' WHERE c.company_id = $1 ORDER BY c.number, i.number`,
      books.company,
    );
    // What a bank sends: most of it without an invoice that is known.
    const journal = await books.journal();
    for (const [index, { id, number, invoice, remaining }] of customers.entries()) {
      const customer = { id: id ?? '', number: number ?? '' };
      const line = 10 * index;
      await books.payment(journal, line + 1, { customer, amount: `-${remaining ?? ''}` });
      await books.payment(journal, line + 2, { customer, amount: '-1', description: `for ${invoice ?? ''}, thanks` });
      await books.payment(journal, line + 3, { amount: '-1', externalDocumentNumber: invoice ?? '' });
    }
    const rows = await loadRows(service);
    let count = 0;
    for (const one of rows.payments) {
      const path = `companies(${one.companyId})/customerPaymentJournals(${one.journalId})/customerPayments(${one.id})`;
      const answer = await suggested(path, '', exact);
      const found = answer.value.map((row) => ({
        ...row,
        remainingAmount: units(row['remainingAmount']),
        unappliedAmount: units(row['unappliedAmount']),
      }));
      expect([one.id, found]).toEqual([one.id, expected(rows, one)]);
      count += found.length;
    }
    expect(count).toBeGreaterThan(100);
  });

  it.each([
    ['a text around it', 'Payment of ser-7 (March)', null, 'description'],
    ['any case', 'payment OF SER-7', null, 'description'],
    ['at the beginning and the end', 'SER-7', null, 'description'],
    ['beside other numbers', 'SER-6/SER-7;SER-77', null, 'description'],
    ['the number that the bank knows', null, 'REF/SER-7', 'externalDocumentNumber'],
    ['both: the description goes first', 'SER-7', 'SER-7', 'description'],
    ['a longer number is another one', 'SER-77 and XSER-7', 'SER-7A', null],
    ['signs of patterns mean themselves', 'SER.7 SER%7 SER_7', 'SER\\-7', null],
  ])('finds a number by %s', async (_, description, externalDocumentNumber, matchedBy) => {
    const customer = await books.customer();
    await books.service.sql("DELETE FROM sales_invoices WHERE number = 'SER-7'");
    await books.invoice(customer, '50', { date: '2024-01-01', number: `OLD${customer.number}` });
    await books.invoice(customer, '70', { date: '2025-01-01', number: 'SER-7' });
    const path = await payment({
      customer,
      amount: '-10',
      ...(description === null ? {} : { description }),
      ...(externalDocumentNumber === null ? {} : { externalDocumentNumber }),
    });
    const old = [`OLD${customer.number}`, null];
    const named = ['SER-7', matchedBy];
    expect(await numbers(path)).toEqual(matchedBy === null ? [old, named] : [named, old]);
  });

  it('leaves out what is not open and what a refund cannot pay; what others apply to comes last; the payer may be billed for another', async () => {
    const [buyer, payer] = [await books.customer(), await books.customer()];
    const [billed, taken, partly] = [
      await books.invoice(buyer, '10', { billTo: payer, date: '2025-03-01' }),
      await books.invoice(payer, '20', { date: '2025-01-01' }),
      await books.invoice(payer, '30', { date: '2025-02-01' }),
    ];
    for (const status of ['Draft', 'Paid', 'Canceled', 'Corrective']) await books.invoice(payer, '10', { status });
    await books.invoice(await books.customer(), '10');
    await payment({ customer: payer, amount: '-20', invoice: taken });
    await payment({ customer: payer, amount: '-25', invoice: partly });
    const path = await payment({ customer: payer, amount: '-5', invoice: partly });
    expect(await numbers(path)).toEqual([
      [partly.number, 'amount'],
      [billed.number, null],
      [taken.number, null],
    ]);
    expect(await numbers(await payment({ customer: payer, amount: '5' }))).toEqual([]);
    expect(await numbers(await payment({ amount: '-5', description: 'who is this?' }))).toEqual([]);
    expect(await numbers(await payment({ amount: '-5', description: `for ${billed.number}` }))).toEqual([
      [billed.number, 'description'],
    ]);
  });

  it('[291, 292, 294] is a POST that asks for no If-Match and obeys one; writes nothing; GET is refused; Prefer is obeyed', async () => {
    const customer = await books.customer();
    const invoice = await books.invoice(customer, '20');
    const path = await payment({ customer, amount: '-20', description: `for ${invoice.number}` });
    const before = await books.everything();
    const etag = String((await service.get(path)).headers['etag']);
    for (const [headers, body] of [
      [{}, undefined],
      [{}, {}],
      [{ 'If-Match': etag }, {}],
      [{ 'If-Match': '*', Prefer: 'return=representation' }, {}],
    ] as const) {
      const answer = await books.send('POST', `${path}/suggestInvoices`, body, headers);
      expect([answer.status, answer.value.length, answer.headers['etag']]).toEqual([200, 1, undefined]);
      expect(answer.json['@odata.context']).toBe(`${service.root}$metadata#Collection(Microsoft.NAV.suggestedInvoice)`);
    }
    expect((await suggested(path, '', { 'If-Match': 'W/"0"' })).status).toBe(412);
    const minimal = await suggested(path, '', { Prefer: 'return=minimal' });
    expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, 'return=minimal']);
    const whole = await suggested(path, '', { Prefer: 'maxpagesize=1,omit-values=nulls,track-changes' });
    expect([whole.status, whole.headers['preference-applied']]).toEqual([200, 'omit-values=nulls']);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const refused = await service.send(method, `${path}/${suggest}`, { 'If-Match': '*' });
      expect([method, refused.status, refused.headers['allow']]).toEqual([method, 405, 'POST']);
    }
    expect((await books.send('POST', `${path}/${suggest}`, { invoiceId: invoice.id })).error.target).toBe('invoiceId');
    expect((await books.send('POST', `${path}/${suggest}/$count`)).status).toBe(404);
    expect((await suggested(path.replace(/\([^(]*\)$/, `(${invoice.id})`))).status).toBe(404);
    expect(await books.everything()).toBe(before);
    const metadata = (await service.get('$metadata')).text;
    expect(metadata).toMatch(/<Action Name="suggestInvoices" IsBound="true">/);
    expect(metadata).toMatch(/<Action Name="applyInvoice" IsBound="true" EntitySetPath="bindingParameter"/);
  });

  it('the query options of its URL work on what it returns', async () => {
    const customer = await books.customer();
    for (const month of ['01', '02', '03', '04'])
      await books.invoice(customer, `${month}0`, { date: `2025-${month}-01` });
    const path = await payment({ customer, amount: '-20' });
    const all = (await suggested(path)).value;
    expect(all.map(({ rank, remainingAmount }) => [rank, remainingAmount])).toEqual([
      [1, 20],
      [2, 10],
      [3, 30],
      [4, 40],
    ]);
    const asked = async (options: Record<string, string>): Promise<Answer> => {
      const answer = await suggested(path, withOptions('', options));
      expect([options, answer.status, answer.text]).toEqual([options, 200, answer.text]);
      return answer;
    };
    const open = { $filter: 'matchedBy eq null and unappliedAmount ge @least', '@least': '20' };
    const filtered = await asked({ ...open, $select: 'rank,invoiceNumber', $count: 'true', $top: '1' });
    expect([filtered.json['@odata.count'], filtered.value]).toEqual([
      2,
      [{ rank: 3, invoiceNumber: all[2]?.['invoiceNumber'] }],
    ]);
    expect((await asked({ $orderby: 'remainingAmount desc', $skip: '1', $top: '2' })).value).toEqual([all[2], all[0]]);
    const doubled = await asked({
      $compute: 'remainingAmount mul 2 as twice',
      $select: 'twice',
      $filter: 'twice gt 50',
    });
    expect(doubled.value.map(({ twice }) => twice)).toEqual([60, 80]);
    const [one] = (await asked({ $search: String(all[1]?.['invoiceNumber']).toLowerCase() })).value;
    expect(one).toEqual(all[1]);
    const summed = await asked({
      $apply: 'groupby((matchedBy),aggregate(remainingAmount with sum as total))',
      $orderby: 'total',
    });
    expect(summed.value.map(({ matchedBy, total }) => [matchedBy, total])).toEqual([
      ['amount', 20],
      [null, 80],
    ]);
    for (const [options, target] of [
      [{ $skiptoken: 'x' }, '$skiptoken'],
      [{ $expand: 'customer' }, undefined],
      [{ $filter: 'colour eq 1' }, undefined],
    ] as const) {
      const { status, error } = await suggested(path, withOptions('', options));
      expect([options, status, error.target ?? target]).toEqual([options, 400, target ?? error.target]);
    }
  });

  it('[292] in both kinds of batch, alone, in a group behind the payment that it is about, and once for all', async () => {
    const customer = await books.customer();
    const [old, young] = [
      await books.invoice(customer, '10', { date: '2025-01-01' }),
      await books.invoice(customer, '20', { date: '2025-02-01' }),
    ];
    const path = await payment({ customer, amount: '-5' });
    const journal = `customerPaymentJournals(${await books.journal()})`;
    const parts: readonly Part[] = [
      { id: '1', method: 'POST', url: `${path}/${suggest}?$top=1&$select=invoiceNumber`, body: {} },
      {
        id: '2',
        method: 'POST',
        url: `${journal}/customerPayments`,
        body: { customerId: customer.id, amount: -20, description: `for ${young.number}` },
        atomicityGroup: 'g',
      },
      { id: '3', method: 'POST', url: `$2/${suggest}?$select=invoiceNumber,matchedBy`, body: {}, atomicityGroup: 'g' },
    ];
    for (const send of [sendJson, sendMultipart]) {
      const { parts: answers } = await send(service, parts);
      expect(answers.map(({ status }) => status)).toEqual([200, 201, 200]);
      expect(answers[0]?.json['value']).toEqual([{ invoiceNumber: old.number }]);
      expect(answers[2]?.json['value']).toEqual([
        { invoiceNumber: young.number, matchedBy: 'description' },
        { invoiceNumber: old.number, matchedBy: null },
      ]);
    }
    const once = {
      'Repeatability-Request-ID': '7b1f2a60-0000-4000-8000-000000000009',
      'Repeatability-First-Sent': new Date().toUTCString(),
    };
    const first = await suggested(path, '', once);
    await books.invoice(customer, '5', { date: '2024-01-01' });
    const again = await suggested(path, '', once);
    expect([first.status, first.headers['repeatability-result'], again.text]).toEqual([200, 'accepted', first.text]);
    expect((await suggested(path)).value).toHaveLength(3);
  });
});

describe('applyInvoice', () => {
  it('[292] what a PATCH of appliesToInvoiceId does, and nothing else: the pair, the version, the time; the payment comes back', async () => {
    const customer = await books.customer();
    const invoice = await books.invoice(customer, '20');
    const sketch: PaymentSketch = { customer, amount: '-20', description: 'kept' };
    const [applied, patched] = [await payment(sketch), await payment(sketch)];
    const before = (await service.get(applied)).json;
    const answer = await books.send('POST', `${applied}/${apply}`, { invoiceId: invoice.id });
    const twin = await books.send('PATCH', patched, { appliesToInvoiceId: invoice.id }, { 'If-Match': '*' });
    expect([answer.status, twin.status]).toEqual([200, 200]);
    const own = ['@odata.context', 'id', 'journalId', 'journalDisplayName', 'lastModifiedDateTime'];
    const shared = (json: Json): Json =>
      Object.fromEntries(Object.entries(json).filter(([name]) => !own.includes(name)));
    expect(shared(answer.json)).toEqual(shared(twin.json));
    expect(answer.json).toMatchObject({
      id: before['id'],
      customerNumber: customer.number,
      appliesToInvoiceId: invoice.id,
      appliesToInvoiceNumber: invoice.number,
      description: 'kept',
    });
    expect(answer.headers['etag']).toBe(answer.json['@odata.etag']);
    expect(answer.json['@odata.etag']).not.toBe(before['@odata.etag']);
    const [earlier, later] = [before, answer.json].map((one) => Date.parse(String(one['lastModifiedDateTime'])));
    expect(later).toBeGreaterThan(earlier ?? NaN);
    const row = await books.row(
      'SELECT applies_to_invoice_id AS id, applies_to_invoice_number AS number FROM customer_payments WHERE id = $1',
      before['id'],
    );
    expect(row).toEqual(invoice);
  });

  it('[292] If-Match is obeyed when sent; $select, $expand and return=minimal work; segments and companies lead there', async () => {
    const customer = await books.customer();
    const invoice = await books.invoice(customer, '20');
    const path = await payment({ customer, amount: '-20' });
    const send = (place: string, headers: Record<string, string> = {}) =>
      books.send('POST', place, { invoiceId: invoice.id }, headers);
    expect((await send(`${path}/${apply}`, { 'If-Match': 'W/"0"' })).status).toBe(412);
    expect((await service.get(path)).json['appliesToInvoiceId']).toBeNull();
    const etag = String((await service.get(path)).headers['etag']);
    const options = '$select=amount&$expand=appliesToInvoice($select=number)';
    const answer = await send(`companies(${books.company})/${path}/applyInvoice?${options}`, { 'If-Match': etag });
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { amount: -20, appliesToInvoice: { number: invoice.number } },
    ]);
    const minimal = await send(`${path}/${apply}`, { Prefer: 'return=minimal' });
    expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, 'return=minimal']);
    const [other] = await service.sql('SELECT id FROM companies WHERE id <> $1', [books.company]);
    expect((await send(`companies(${String(other?.['id'])})/${path}/${apply}`)).status).toBe(404);
    const read = await service.get(`${path}/${apply}`);
    expect([read.status, read.headers['allow']]).toEqual([405, 'POST']);
  });

  it('in a change set: a new payment is applied and its journal posted, or nothing happens', async () => {
    const customer = await books.customer();
    const invoice = await books.invoice(customer, '20');
    const journal = `customerPaymentJournals(${await books.journal()})`;
    const requests = (invoiceId: string) => [
      { id: '1', method: 'POST', url: `${journal}/customerPayments`, body: { customerId: customer.id, amount: -20 } },
      { id: '2', method: 'POST', url: `$1/${apply}`, body: { invoiceId } },
      { id: '3', method: 'POST', url: `${journal}/Microsoft.NAV.post` },
    ];
    const send = async (invoiceId: string): Promise<unknown> => {
      const body = { requests: requests(invoiceId).map((request) => ({ ...request, atomicityGroup: 'g' })) };
      const { json } = await books.send('POST', '$batch', body);
      return (json['responses'] as readonly Json[]).map(({ status }) => status);
    };
    const everything = await books.everything();
    expect(await send(customer.id)).toEqual([424, 400, 424]);
    expect(await books.everything()).toBe(everything);
    expect(await send(invoice.id)).toEqual([201, 200, 204]);
    expect((await service.get(`salesInvoices(${invoice.id})`)).json).toMatchObject({
      status: 'Paid',
      remainingAmount: 0,
    });
  });

  it('[297] refuses a payment without customer, the invoice of another, one that is not open, and no invoice at all; nothing changes', async () => {
    const [customer, other] = [await books.customer(), await books.customer()];
    const [open, paid, foreign] = [
      await books.invoice(customer, '20'),
      await books.invoice(customer, '20', { status: 'Paid' }),
      await books.invoice(other, '20'),
    ];
    const [elsewhere] = await service.sql("SELECT id FROM sales_invoices WHERE company_id <> $1 AND status = 'Open'", [
      books.company,
    ]);
    const [mine, nobodys] = [await payment({ customer, amount: '-20' }), await payment({ amount: '-20' })];
    const unknown = 'The "invoiceId" does not match to a Sales Invoice.';
    const before = await books.everything();
    for (const [path, invoiceId, message, target] of [
      [nobodys, open.id, 'Line 10000 has no customer.', 'customerNumber'],
      [mine, paid.id, `The invoice ${paid.number} is not open.`, 'invoiceId'],
      [
        mine,
        foreign.id,
        `The invoice ${foreign.number} of line 10000 is not one of customer ${customer.number}.`,
        'invoiceId',
      ],
      [mine, customer.id, unknown, 'invoiceId'],
      [mine, elsewhere?.['id'], unknown, 'invoiceId'],
    ] as const) {
      const { status, error } = await books.send('POST', `${path}/${apply}`, { invoiceId });
      expect([status, error]).toMatchObject([400, { code: 'Application_DialogException', message, target }]);
    }
    for (const body of [{}, { invoiceId: null }, { invoiceId: 'x' }, { invoiceId: open.id, other: 1 }])
      expect((await books.send('POST', `${mine}/${apply}`, body)).status).toBe(400);
    const unknownPayment = mine.replace(/\([^(]*\)$/, `(${open.id})`);
    expect((await books.send('POST', `${unknownPayment}/${apply}`, { invoiceId: open.id })).status).toBe(404);
    expect(await books.everything()).toBe(before);
  });

  it('of many who apply a payment at once with one ETag exactly one succeeds', async () => {
    const customer = await books.customer();
    const invoices: Party[] = [];
    for (let index = 0; index < 8; index++) invoices.push(await books.invoice(customer, '20'));
    const path = await payment({ customer, amount: '-20' });
    const etag = String((await service.get(path)).headers['etag']);
    const answers = await Promise.all(
      invoices.map(({ id }) => books.send('POST', `${path}/${apply}`, { invoiceId: id }, { 'If-Match': etag })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
    const winner = invoices[answers.findIndex(({ status }) => status === 200)];
    expect((await service.get(path)).json['appliesToInvoiceId']).toBe(winner?.id);
  });

  it('the day of a clerk: each line gets its first suggestion, and the journal posts', async () => {
    const customer = await books.customer();
    const [first, second, third] = [
      await books.invoice(customer, '10', { date: '2025-01-01' }),
      await books.invoice(customer, '10', { date: '2025-02-01' }),
      await books.invoice(customer, '99', { date: '2025-03-01' }),
    ];
    const journal = await books.journal();
    const lines = [
      await books.payment(journal, 10000, { customer, amount: '-99', description: `re ${third.number}` }),
      await books.payment(journal, 20000, { customer, amount: '-10' }),
      await books.payment(journal, 30000, { customer, amount: '-10' }),
    ];
    for (const id of lines) {
      const path = `customerPaymentJournals(${journal})/customerPayments(${id})`;
      const { value } = await suggested(path, '?$top=1');
      expect((await books.send('POST', `${path}/${apply}`, { invoiceId: value[0]?.['invoiceId'] })).status).toBe(200);
    }
    const preview = await books.preview(journal);
    expect(preview.map(({ invoiceNumber, error, statusAfter }) => [invoiceNumber, error, statusAfter])).toEqual(
      [third, first, second].map(({ number }) => [number, null, 'Paid']),
    );
    expect((await books.post(journal)).status).toBe(204);
    expect((await service.get(`customers(${customer.id})`)).json['balance']).toBe(0);
  });
});
