/** Posting journals and invoices: what becomes of the money, what is refused, and who wins. */
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { decimal } from '../setup/oracle';
import { Books, type Party } from '../setup/posting';
import { repeatable } from '../setup/repeatable';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let books: Books;

beforeAll(async () => {
  service = await startService({ poolSize: 12 });
  books = await Books.of(service);
});

afterAll(() => service.close());

const details = ({ json }: Answer): readonly { readonly message: string; readonly target: string }[] =>
  ((json['error'] as Json | undefined)?.['details'] ?? []) as readonly { message: string; target: string }[];

/** The invoice as the service shows it. */
const invoiceOf = async ({ id }: Party): Promise<Json> => (await service.get(`salesInvoices(${id})`)).json;
const balanceOf = async ({ id }: Party): Promise<bigint> =>
  decimal(
    String(
      (await service.get(`customers(${id})`, { Accept: 'application/json;IEEE754Compatible=true' })).json['balance'],
    ),
  );

/** Holds the rows of a SELECT until what is given back is called. */
async function holding(text: string, value: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(text, [value]);
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}

/** Until so many wait for what another one holds. */
async function waiting(count: number): Promise<void> {
  const waiters = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`;
  while ((await books.rows(waiters)).length !== count) await setTimeout(5);
}

describe('what is posted', () => {
  it('[291, 292] J5 a journal of the sample data: each payment an entry, what it pays open no more, the journal empty', async () => {
    const { id: journal } = await books.row(
      `SELECT j.id FROM customer_payment_journals j WHERE company_id = $1
        AND (SELECT count(*) FROM customer_payments p WHERE p.journal_id = j.id) = 16`,
      books.company,
    );
    const path = `customerPaymentJournals(${String(journal)})`;
    const payments = await service.all(`${path}/customerPayments?$expand=dimensionLines`);
    expect(payments).toHaveLength(16);
    const before = await books.rows(
      `SELECT id, customer_id, remaining_amount::text AS remaining FROM sales_invoices WHERE company_id = $1`,
      books.company,
    );
    const { last } = await books.row(
      `SELECT max(entry_number)::text AS last FROM customer_ledger_entries WHERE company_id = $1`,
      books.company,
    );
    const owed = await books.owed();
    const preview = await books.preview(String(journal));
    expect(preview.map(({ error }) => error)).toEqual(payments.map(() => null));

    const answer = await books.post(String(journal));
    expect([answer.status, answer.text]).toEqual([204, '']);

    expect((await service.get(`${path}/customerPayments/$count`)).text).toBe('0');
    const entries = await service.all(
      withOptions('customerLedgerEntries', { $filter: `entryNumber gt ${String(last)}`, $orderby: 'entryNumber' }),
    );
    expect(entries.map(({ entryNumber }) => entryNumber)).toEqual(payments.map((_, index) => Number(last) + 1 + index));
    const code = (await service.get(path)).json['code'];
    payments.forEach((payment, index) => {
      const applied = payment['appliesToInvoiceId'] !== null;
      expect(entries[index]).toMatchObject({
        id: payment['id'],
        documentType: Number(payment['amount']) < 0 ? 'Payment' : 'Refund',
        documentNumber: payment['documentNumber'],
        externalDocumentNumber: payment['externalDocumentNumber'],
        customerId: payment['customerId'],
        customerNumber: payment['customerNumber'],
        description: payment['description'],
        amount: payment['amount'],
        remainingAmount: applied ? 0 : payment['amount'],
        open: !applied,
        appliesToInvoiceId: payment['appliesToInvoiceId'],
        journalCode: code,
        postingDate: payment['postingDate'],
      });
    });
    for (const { id, remaining } of before) {
      const paid = payments
        .filter(({ appliesToInvoiceId }) => appliesToInvoiceId === id)
        .reduce((sum, { amount }) => sum + decimal(String(amount)), 0n);
      if (paid === 0n) continue;
      const { remainingAmount, status } = await invoiceOf({ id: String(id), number: '' });
      const left = decimal(remaining ?? '') + paid;
      expect([decimal(String(remainingAmount)), status]).toEqual([left, left === 0n ? 'Paid' : 'Open']);
      const shown = preview.filter(({ invoiceId }) => invoiceId === id).at(-1);
      expect([decimal(String(shown?.['remainingAfter'])), shown?.['statusAfter']]).toEqual([left, status]);
    }
    const applied = payments.filter((payment) => payment['appliesToInvoiceId'] !== null);
    const sum = applied.reduce((total, { amount }) => total + decimal(String(amount)), 0n);
    expect(await books.owed()).toBe(owed + sum);
    for (const payment of payments) {
      const kept = await service.get(`customerLedgerEntries(${String(payment['id'])})/Microsoft.NAV.dimensions()`);
      const lines = payment['dimensionLines'] as readonly Json[];
      const sorted = [...lines].sort((a, b) => (String(a['code']) < String(b['code']) ? -1 : 1));
      expect(kept.value.map(({ code: dimension, valueCode }) => [dimension, valueCode])).toEqual(
        sorted.map(({ code: dimension, valueCode }) => [dimension, valueCode]),
      );
    }
    const again = await books.post(String(journal));
    expect([again.status, again.error.message]).toEqual([400, 'There is nothing to post.']);
  });

  it('[292] receipts and refunds, parts and several lines of one invoice, the last one makes it Paid; the balance follows', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const invoice = await books.invoice(customer, '100.00001');
    expect(await balanceOf(customer)).toBe(decimal('100.00001'));
    await books.payment(journal, 10000, { customer, amount: '-60', invoice });
    await books.payment(journal, 20000, { customer, amount: '25.5' });
    await books.payment(journal, 30000, { customer, amount: '-40', invoice });
    const preview = await books.preview(journal);
    expect(preview.map((line) => [line['remainingBefore'], line['remainingAfter'], line['statusAfter']])).toEqual([
      [100.00001, 40.00001, 'Open'],
      [null, null, null],
      [40.00001, 0.00001, 'Open'],
    ]);
    expect((await books.post(journal)).status).toBe(204);
    expect(await invoiceOf(invoice)).toMatchObject({ remainingAmount: 0.00001, status: 'Open' });
    expect(await balanceOf(customer)).toBe(1n);
    const { lastModifiedDateTime: modified, '@odata.etag': etag } = await invoiceOf(invoice);
    await books.payment(journal, 10000, { customer, amount: '-0.00001', invoice });
    expect((await books.post(journal)).status).toBe(204);
    const paid = await invoiceOf(invoice);
    expect(paid).toMatchObject({ remainingAmount: 0, status: 'Paid' });
    expect(Date.parse(String(paid['lastModifiedDateTime']))).toBeGreaterThan(Date.parse(String(modified)));
    expect(paid['@odata.etag']).not.toBe(etag);
    expect(await balanceOf(customer)).toBe(0n);
    const entries = await service.all(
      withOptions(`customers(${customer.id})/customerLedgerEntries`, { $orderby: 'entryNumber' }),
    );
    expect(
      entries.map((entry) => [entry['documentType'], entry['amount'], entry['remainingAmount'], entry['open']]),
    ).toEqual([
      ['Payment', -60, 0, false],
      ['Refund', 25.5, 25.5, true],
      ['Payment', -40, 0, false],
      ['Payment', -0.00001, 0, false],
    ]);
  });

  it('[292] the customer who is billed pays for the one who bought; a number that has become an invoice is found; no date is today', async () => {
    const [journal, buyer, payer] = [await books.journal(), await books.customer(), await books.customer()];
    const invoice = await books.invoice(buyer, '10', { billTo: payer });
    const late = await books.invoice(payer, '20', { number: 'LATE-1' });
    const first = await books.payment(journal, 1, { customer: payer, amount: '-10', invoice, date: null });
    await books.payment(journal, 2, { customer: payer, amount: '-5', invoiceNumber: 'LATE-1' });
    expect((await books.post(journal)).status).toBe(204);
    expect(await invoiceOf(invoice)).toMatchObject({ status: 'Paid' });
    expect(await invoiceOf(late)).toMatchObject({ remainingAmount: 15 });
    const { json } = await service.get(`customerLedgerEntries(${first})`);
    expect(json['postingDate']).toBe(String(json['postedAt']).slice(0, 10));
  });

  it('[292] If-Match is the journal’s: posting changes it, and so does a change of its code', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    await books.payment(journal, 1, { customer, amount: '-1' });
    const { json } = await service.get(`customerPaymentJournals(${journal})`);
    const etag = String(json['@odata.etag']);
    expect((await books.post(journal, { 'If-Match': 'W/"77"' })).status).toBe(412);
    expect((await books.post(journal, { 'If-Match': etag })).status).toBe(204);
    await books.payment(journal, 1, { customer, amount: '-1' });
    expect((await books.post(journal, { 'If-Match': etag })).status).toBe(412);
  });
});

describe('what is refused', () => {
  let journal: string;
  let customer: Party;
  let other: Party;
  let invoice: Party;

  beforeAll(async () => {
    [journal, customer, other] = [await books.journal(), await books.customer(), await books.customer()];
    invoice = await books.invoice(customer, '100');
  });

  afterEach(() => service.sql('DELETE FROM customer_payments WHERE journal_id = $1', [journal]));

  /** Posts and expects a refusal with these messages; nothing may have changed, and the preview must have said the same. */
  async function refused(messages: readonly string[]): Promise<Answer> {
    const before = await books.everything();
    const preview = await books.preview(journal);
    expect(preview.flatMap(({ error }) => (error === null ? [] : [error]))).toEqual(messages);
    const answer = await books.post(journal);
    expect(answer.status).toBe(400);
    expect(answer.error.code).toBe('Application_DialogException');
    expect(await books.everything()).toBe(before);
    return answer;
  }

  it('an empty journal', async () => {
    const answer = await refused([]);
    expect(answer.error.message).toBe('There is nothing to post.');
  });

  it('another journal than the caller’s, or none', async () => {
    expect((await books.post('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    const { id } = await books.row(
      'SELECT id FROM customer_payment_journals WHERE company_id <> $1 LIMIT 1',
      books.company,
    );
    expect((await books.post(String(id))).status).toBe(404);
    expect((await service.get(`customerPaymentJournals(${String(id)})/previewPosting()`)).status).toBe(404);
  });

  it.each<readonly [string, string, () => Promise<Parameters<Books['payment']>[2]>, string]>([
    ['no customer', 'customerNumber', async () => ({ amount: '-1' }), 'Line 10000 has no customer.'],
    ['nothing paid', 'amount', async () => ({ customer, amount: '0' }), 'The amount of line 10000 is zero.'],
    [
      'more than is open',
      'amount',
      async () => ({ customer, amount: '-100.01', invoice }),
      'Line 10000 pays 100.01 on invoice {invoice}, of which 100 is open.',
    ],
    [
      'a refund on an invoice',
      'amount',
      async () => ({ customer, amount: '5', invoice }),
      'The "amount" should be a negative number.',
    ],
    [
      'a paid invoice',
      'amount',
      async () => ({
        customer,
        amount: '-1',
        invoice: (invoice = await books.invoice(customer, '7', { status: 'Paid' })),
      }),
      'Line 10000 pays 1 on invoice {invoice}, of which 0 is open.',
    ],
    [
      'a canceled invoice',
      'amount',
      async () => ({
        customer,
        amount: '-1',
        invoice: (invoice = await books.invoice(customer, '7', { status: 'Canceled', remaining: '7' })),
      }),
      'Line 10000 pays 1 on invoice {invoice}, of which 0 is open.',
    ],
    [
      'a draft',
      'appliesToInvoiceNumber',
      async () => ({ customer, amount: '-1', invoice: await books.invoice(customer, '7', { status: 'Draft' }) }),
      'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
    ],
    [
      'the invoice of another customer',
      'appliesToInvoiceNumber',
      async () => ({ customer: other, amount: '-1', invoice: (invoice = await books.invoice(customer, '7')) }),
      'The invoice {invoice} of line 10000 is not one of customer {other}.',
    ],
    [
      'a number that nobody knows',
      'appliesToInvoiceNumber',
      async () => ({ customer, amount: '-1', invoiceNumber: 'NONE-1' }),
      'The invoice NONE-1 of line 10000 does not exist.',
    ],
    [
      'an earlier date than the invoice has',
      'postingDate',
      async () => ({
        customer,
        amount: '-1',
        date: '2026-02-01',
        invoice: (invoice = await books.invoice(customer, '7', { date: '2026-02-02' })),
      }),
      'You are not allowed to apply and post an entry to an entry with an earlier posting date. Line 10000 is posted on 2026-02-01, but invoice {invoice} on 2026-02-02.',
    ],
    [
      'a customer who is blocked',
      'customerNumber',
      async () => ({ customer: (other = await books.customer({ blocked: 'All' })), amount: '-1' }),
      'You cannot create this type of document when Customer {other} is blocked with type All',
    ],
  ])('%s: target %s', async (_, property, sketch, message) => {
    const id = await books.payment(journal, 10000, await sketch());
    const expected = message.replace('{invoice}', invoice.number).replace('{other}', other.number);
    const answer = await refused([expected]);
    expect([answer.error.message, answer.error.target]).toEqual([expected, `customerPayments(${id})/${property}`]);
  });

  it('customers blocked for something else pay all the same', async () => {
    await books.payment(journal, 1, { customer: await books.customer({ blocked: 'Invoice' }), amount: '-1' });
    expect((await books.post(journal)).status).toBe(204);
  });

  it('a blocked dimension value', async () => {
    const { value, dimension, code } = await books.row(
      `SELECT v.id AS value, d.id AS dimension, d.code || ' - ' || v.code AS code FROM dimension_values v
        JOIN dimensions d ON d.id = v.dimension_id WHERE v.blocked AND v.company_id = $1 ORDER BY d.code LIMIT 1`,
      books.company,
    );
    const id = await books.payment(journal, 10000, { customer, amount: '-1' });
    await books.rows(
      `INSERT INTO dimension_lines (payment_id, dimension_id, company_id, dimension_value_id) VALUES ($1, $2, $3, $4)`,
      id,
      dimension,
      books.company,
      value,
    );
    const answer = await refused([`Dimension Value ${String(code)} is blocked.`]);
    expect(answer.error.target).toBe(`customerPayments(${id})/dimensionLines`);
  });

  describe('what the default dimensions of the customer demand', () => {
    type Validation = 'Code_x0020_Mandatory' | 'Same_x0020_Code' | 'No_x0020_Code' | '_x0020_';
    let value: string;
    let another: string;

    beforeAll(async () => {
      const rows = await books.rows(
        `SELECT v.code FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
          WHERE d.company_id = $1 AND d.code = 'DEPARTMENT' AND NOT v.blocked ORDER BY v.code LIMIT 2`,
        books.company,
      );
      [value = '', another = ''] = rows.map(({ code }) => String(code));
    });

    /** A customer with a default, and his payment with that value in the dimension, or none. */
    async function paying(
      validation: Validation,
      gives: string | null,
      has: string | null,
      line = 10000,
    ): Promise<{ readonly id: string; readonly number: string }> {
      const payer = await books.customer();
      const id = await books.payment(journal, line, { customer: payer, amount: '-1' });
      if (has !== null)
        await books.created(`customerPaymentJournals(${journal})/customerPayments(${id})/dimensionLines`, {
          code: 'DEPARTMENT',
          valueCode: has,
        });
      await books.created(`customers(${payer.id})/defaultDimensions`, {
        dimensionCode: 'DEPARTMENT',
        ...(gives === null ? {} : { dimensionValueCode: gives }),
        postingValidation: validation,
      });
      return { id, number: payer.number };
    }

    /** What is given and had: a value, another one, or none; and the text of Business Central. */
    const cases: readonly (readonly [Validation, 'value' | null, 'value' | 'another' | null, string | null])[] = [
      [
        'Code_x0020_Mandatory',
        null,
        null,
        'Select a Dimension Value Code for the Dimension Code DEPARTMENT for Customer %1.',
      ],
      [
        'Code_x0020_Mandatory',
        'value',
        null,
        'Select a Dimension Value Code for the Dimension Code DEPARTMENT for Customer %1.',
      ],
      ['Code_x0020_Mandatory', null, 'value', null],
      ['Code_x0020_Mandatory', 'value', 'another', null],
      ['Same_x0020_Code', 'value', 'value', null],
      [
        'Same_x0020_Code',
        'value',
        'another',
        "The Dimension Value Code must be %2 for Dimension Code DEPARTMENT for Customer %1. Currently it's %3.",
      ],
      [
        'Same_x0020_Code',
        'value',
        null,
        'The Dimension Code DEPARTMENT with Dimension Value Code %2 is required for Customer %1.',
      ],
      ['Same_x0020_Code', null, null, null],
      ['Same_x0020_Code', null, 'value', 'Dimension Code DEPARTMENT must be blank for Customer %1.'],
      ['No_x0020_Code', null, null, null],
      ['No_x0020_Code', null, 'value', 'Dimension Code DEPARTMENT must not be mentioned for Customer %1.'],
      ['_x0020_', 'value', null, null],
      ['_x0020_', 'value', 'another', null],
    ];

    it.each(cases)('%s that gives %s, where the payment has %s: %s', async (validation, gives, has, text) => {
      const codeOf = (name: 'value' | 'another' | null): string | null =>
        name === null ? null : name === 'value' ? value : another;
      const { id, number } = await paying(validation, codeOf(gives), codeOf(has));
      if (text === null) {
        expect((await books.preview(journal)).map(({ error }) => error)).toEqual([null]);
        expect((await books.post(journal)).status).toBe(204);
        const kept = await books.rows(
          `SELECT v.code FROM customer_ledger_entry_dimensions e JOIN dimension_values v ON v.id = e.dimension_value_id WHERE e.entry_id = $1`,
          id,
        );
        expect(kept.map(({ code }) => code)).toEqual(has === null ? [] : [codeOf(has)]);
        return;
      }
      const message = text.replace('%1', number).replace('%2', value).replace('%3', another);
      const answer = await refused([message]);
      expect([answer.error.message, answer.error.target]).toEqual([message, `customerPayments(${id})/dimensionLines`]);
    });

    it('all lines at once, each by the first of its dimensions; a blocked value is told before', async () => {
      const mandatory = await paying('Code_x0020_Mandatory', null, null, 10000);
      await paying('Same_x0020_Code', value, value, 20000);
      const forbidden = await paying('No_x0020_Code', null, value, 30000);
      const several = await books.customer();
      for (const dimensionCode of ['REGION', 'DEPARTMENT'])
        await books.created(`customers(${several.id})/defaultDimensions`, {
          dimensionCode,
          postingValidation: 'Code_x0020_Mandatory',
        });
      const last = await books.payment(journal, 40000, { customer: several, amount: '-1' });
      const texts = [
        `Select a Dimension Value Code for the Dimension Code DEPARTMENT for Customer ${mandatory.number}.`,
        `Dimension Code DEPARTMENT must not be mentioned for Customer ${forbidden.number}.`,
        `Select a Dimension Value Code for the Dimension Code DEPARTMENT for Customer ${several.number}.`,
      ];
      const answer = await refused(texts);
      const { details } = answer.error as unknown as { details: readonly Json[] };
      expect(details.map(({ message, target }) => [message, target])).toEqual(
        [mandatory.id, forbidden.id, last].map((id, at) => [texts[at], `customerPayments(${id})/dimensionLines`]),
      );
      await books.rows(
        `UPDATE dimension_lines SET dimension_value_id = v.id FROM dimension_values v
          WHERE v.dimension_id = dimension_lines.dimension_id AND v.blocked AND payment_id = $1`,
        forbidden.id,
      );
      const preview = await books.preview(journal);
      expect(preview[2]?.['error']).toMatch(/^Dimension Value DEPARTMENT - .* is blocked\.$/);
    });
  });

  it('[292] several lines that pay one invoice twice: those for which nothing is left, all at once and in order', async () => {
    const shared = await books.invoice(customer, '100');
    for (const [line, amount] of [
      [30000, '-30'],
      [10000, '-50'],
      [20000, '-60'],
      [40000, '0'],
    ] as const)
      await books.payment(journal, line, { customer, amount, invoice: shared });
    const messages = [
      `Line 20000 pays 60 on invoice ${shared.number}, of which 50 is open.`,
      `Line 30000 pays 30 on invoice ${shared.number}, of which 0 is open.`,
      'The amount of line 40000 is zero.',
    ];
    const answer = await refused(messages);
    expect(answer.error.message).toBe(`3 of 4 lines cannot be posted. The first: ${messages[0]}`);
    expect(details(answer).map(({ message }) => message)).toEqual(messages);
  });

  it('a hundred of very many wrong lines are named, the number of all of them said', async () => {
    await books.rows(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, amount) SELECT $1, $2, n, 0 FROM generate_series(1, 250) n`,
      books.company,
      journal,
    );
    const answer = await books.post(journal);
    expect(answer.error.message).toContain('250 of 250 lines cannot be posted.');
    expect(details(answer)).toHaveLength(100);
  });
});

describe('who wins', () => {
  it('[292] of 20 who post one journal at once exactly one does; the others find nothing to post', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const invoice = await books.invoice(customer, '1000');
    for (let line = 1; line <= 40; line++) await books.payment(journal, line, { customer, amount: '-10', invoice });
    const answers = await Promise.all(Array.from({ length: 20 }, () => books.post(journal)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([204, ...Array.from({ length: 19 }, () => 400)]);
    expect(
      answers
        .filter(({ status }) => status === 400)
        .every(({ error }) => error.message === 'There is nothing to post.'),
    ).toBe(true);
    expect(await invoiceOf(invoice)).toMatchObject({ remainingAmount: 600 });
    const { entries } = await books.row(
      'SELECT count(*)::text AS entries FROM customer_ledger_entries WHERE customer_id = $1',
      customer.id,
    );
    expect(entries).toBe('40');
  });

  it('[292] journals that pay the same invoices in opposite order all get through, and entry numbers have no gap and no double', async () => {
    const customer = await books.customer();
    const invoices: Party[] = [];
    const journals: string[] = [];
    while (invoices.length < 4) invoices.push(await books.invoice(customer, '100'));
    while (journals.length < 6) journals.push(await books.journal());
    for (const [index, journal] of journals.entries()) {
      const order = index % 2 === 0 ? invoices : [...invoices].reverse();
      for (const [line, invoice] of order.entries())
        await books.payment(journal, line + 1, { customer, amount: '-10', invoice });
    }
    const answers = await Promise.all(journals.map((journal) => books.post(journal)));
    expect(answers.map(({ status }) => status)).toEqual(journals.map(() => 204));
    for (const invoice of invoices) expect(await invoiceOf(invoice)).toMatchObject({ remainingAmount: 40 });
    const { distinct, span, counter } = await books.row(
      `SELECT count(DISTINCT entry_number)::text AS distinct, (max(entry_number) - min(entry_number) + 1)::text AS span,
        ((SELECT next_number FROM number_series WHERE company_id = $1 AND code = 'LEDGER') - max(entry_number))::text AS counter
        FROM customer_ledger_entries WHERE company_id = $1`,
      books.company,
    );
    expect([distinct, counter]).toEqual([span, '1']);
  });

  it('[292] an invoice that is made, posted and paid while a journal that names its number waits for another one is paid once', async () => {
    const [slow, quick, customer] = [await books.journal(), await books.journal(), await books.customer()];
    const other = await books.invoice(customer, '10');
    await books.payment(slow, 1, { customer, amount: '-10', invoice: other });
    await books.payment(slow, 2, { customer, amount: '-100', invoiceNumber: 'MEANWHILE' });
    const release = await holding('SELECT FROM sales_invoices WHERE id = $1 FOR UPDATE', other.id);
    const first = books.post(slow);
    await waiting(1);
    // Now the journal has looked for its invoices, and this one was not there.
    const invoice = await books.draft(customer, '100', { number: 'MEANWHILE', invoiceDate: '2026-01-15' });
    expect((await books.send('POST', `salesInvoices(${invoice.id})/Microsoft.NAV.post`)).status).toBe(204);
    await books.payment(quick, 1, { customer, amount: '-100', invoice });
    const number = `SELECT FROM number_series WHERE company_id = $1 AND code = 'LEDGER' FOR UPDATE`;
    const count = await holding(number, books.company);
    const second = books.post(quick);
    await waiting(2);
    await release();
    await waiting(2);
    await count();
    const answers = await Promise.all([first, second]);
    expect(answers.map(({ status }) => status)).toEqual([400, 204]);
    expect(answers[0].error.message).toBe('Line 2 pays 100 on invoice MEANWHILE, of which 0 is open.');
    expect([await invoiceOf(invoice), await invoiceOf(other)]).toMatchObject([
      { remainingAmount: 0, status: 'Paid' },
      { remainingAmount: 10, status: 'Open' },
    ]);
  });

  it('[292] payments that are added, changed and deleted meanwhile are in or out, never half; no invoice is paid too much', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const invoice = await books.invoice(customer, '1000000');
    const ids: string[] = [];
    for (let line = 1; line <= 30; line++)
      ids.push(await books.payment(journal, line, { customer, amount: '-10', invoice }));
    const path = `customerPaymentJournals(${journal})/customerPayments`;
    const work = ids.flatMap((id, index): Promise<Answer>[] => [
      books.send('POST', path, {
        customerId: customer.id,
        amount: -7,
        appliesToInvoiceId: invoice.id,
        postingDate: '2026-03-01',
        documentNumber: 'X',
        lineNumber: 1000 + index,
      }),
      books.send('PATCH', `${path}(${id})`, { amount: -11 }, { 'If-Match': '*' }),
      ...(index % 3 === 0 ? [books.send('DELETE', `${path}(${id})`, undefined, { 'If-Match': '*' })] : []),
      ...(index % 5 === 0 ? [books.post(journal)] : []),
    ]);
    const answers = await Promise.all(work);
    expect(answers.map(({ status }) => status).filter((status) => ![200, 201, 204, 400, 404].includes(status))).toEqual(
      [],
    );
    const rest = await books.post(journal);
    expect([204, 400]).toContain(rest.status);
    const { sum, left } = await books.row(
      `SELECT (SELECT coalesce(sum(amount), 0)::text FROM customer_ledger_entries WHERE applies_to_invoice_id = $1) AS sum,
        (SELECT count(*)::text FROM customer_payments WHERE journal_id = $2) AS left`,
      invoice.id,
      journal,
    );
    expect(left).toBe('0');
    expect(decimal(String((await invoiceOf(invoice))['remainingAmount']))).toBe(
      decimal('1000000') + decimal(sum ?? ''),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
  });
});

describe('size', () => {
  it('a journal of 20,000 lines posts in a handful of statements', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    await books.rows(
      `INSERT INTO sales_invoices (company_id, number, invoice_date, posting_date, customer_id, total_amount_including_tax, remaining_amount, status)
        SELECT $1, 'BIG-' || n, '2026-01-01', '2026-01-01', $2, 10, 10, 'Open' FROM generate_series(1, 10000) n`,
      books.company,
      customer.id,
    );
    await books.rows(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, customer_id, customer_number, posting_date, amount, applies_to_invoice_id, applies_to_invoice_number)
        SELECT $1, $2, n, $3, $4, '2026-03-01', -5, i.id, i.number FROM generate_series(1, 20000) n
        JOIN sales_invoices i ON i.company_id = $1 AND i.number = 'BIG-' || (1 + n % 10000)`,
      books.company,
      journal,
      customer.id,
      customer.number,
    );
    await books.rows('ANALYZE customer_payments, sales_invoices');
    expect((await books.post(journal)).status).toBe(204);
    const { entries, paid } = await books.row(
      `SELECT count(*)::text AS entries, (SELECT count(*)::text FROM sales_invoices WHERE customer_id = $1 AND status = 'Paid') AS paid
        FROM customer_ledger_entries WHERE customer_id = $1`,
      customer.id,
    );
    expect([entries, paid]).toEqual(['20000', '10000']);
  }, 120_000);
});

describe('invoices', () => {
  const DRAFT = {
    invoiceDate: '2026-02-01',
    dueDate: '2026-03-03',
    totalAmountExcludingTax: 80,
    totalTaxAmount: 20.5,
    totalAmountIncludingTax: 100.5,
  };

  /** A draft of a customer, made through the service. */
  async function draft(customer: Party, more: Json = {}): Promise<Party> {
    const { id, number } = await books.created('salesInvoices', { customerId: customer.id, ...DRAFT, ...more });
    return { id: String(id), number: String(number) };
  }

  const act = (action: 'post' | 'cancel', { id }: Party, headers: Record<string, string> = {}): Promise<Answer> =>
    books.send('POST', `salesInvoices(${id})/Microsoft.NAV.${action}`, undefined, headers);

  /** An invoice that the service has made and posted. */
  async function posted(customer: Party, more: Json = {}): Promise<Party> {
    const invoice = await draft(customer, more);
    const { status, text } = await act('post', invoice);
    expect([status, text]).toEqual([204, '']);
    return invoice;
  }

  const pay = (journal: string, { number }: Party, amount: number, more: Json = {}): Promise<Json> =>
    books.created(`customerPaymentJournals(${journal})/customerPayments`, {
      appliesToInvoiceNumber: number,
      amount,
      postingDate: '2026-02-20',
      ...more,
    });

  /** What the tables hold of a customer: entries in order, and sums. */
  const ledgerOf = async (customer: Party): Promise<readonly (readonly unknown[])[]> =>
    (
      await books.rows(
        `SELECT document_type AS type, document_number AS number, amount::float8, remaining_amount::float8 AS remaining, open
          FROM customer_ledger_entries WHERE customer_id = $1 ORDER BY entry_number`,
        customer.id,
      )
    ).map(({ type, number, amount, remaining, open }) => [type, number, amount, remaining, open]);

  /** What a customer owes is the same by the service, by the invoices and, where all of them were posted here, by the ledger. */
  async function owes(customer: Party, amount: string): Promise<void> {
    const { invoices, entries, open } = await books.row(
      `SELECT (SELECT coalesce(sum(remaining_amount), 0)::text FROM sales_invoices WHERE customer_id = $1 AND status = 'Open') AS invoices,
        coalesce(sum(amount), 0)::text AS entries, coalesce(sum(remaining_amount) FILTER (WHERE open), 0)::text AS open
      FROM customer_ledger_entries WHERE customer_id = $1`,
      customer.id,
    );
    const sums = [invoices, entries, open].map((sum) => decimal(sum ?? ''));
    expect([await balanceOf(customer), ...sums]).toEqual(Array.from({ length: 4 }, () => decimal(amount)));
  }

  it('[291, 292] I14 a draft is posted, owed, and paid in two parts: ledger, invoice and balance agree all the way', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const invoice = await draft(customer, { externalDocumentNumber: 'PO 7' });
    await owes(customer, '0');
    expect((await act('post', invoice)).status).toBe(204);
    await owes(customer, '100.5');
    expect(await invoiceOf(invoice)).toMatchObject({
      ...DRAFT,
      status: 'Open',
      remainingAmount: 100.5,
      postingDate: '2026-02-01',
      number: invoice.number,
    });
    const { json: entry } = await service.get(`customerLedgerEntries(${invoice.id})`);
    expect(entry).toMatchObject({
      postingDate: '2026-02-01',
      documentType: 'Invoice',
      documentNumber: invoice.number,
      externalDocumentNumber: 'PO 7',
      customerId: customer.id,
      customerNumber: customer.number,
      description: `Invoice ${invoice.number}`,
      amount: 100.5,
      remainingAmount: 100.5,
      open: true,
      appliesToInvoiceId: null,
      journalCode: '',
    });
    expect((await service.get(`customers(${customer.id})/openInvoices()`)).value.map(({ id }) => id)).toEqual([
      invoice.id,
    ]);
    const aged = await service.get(
      withOptions('agedReceivables(asOf=2026-03-10)', { $filter: `customerNumber eq '${customer.number}'` }),
    );
    expect(aged.value).toMatchObject([{ balanceDue: 100.5, period1Amount: 100.5 }]);

    const payment = await pay(journal, invoice, -60);
    expect([payment['appliesToInvoiceId'], payment['customerNumber']]).toEqual([invoice.id, customer.number]);
    expect((await books.post(journal)).status).toBe(204);
    await owes(customer, '40.5');
    expect(await invoiceOf(invoice)).toMatchObject({ status: 'Open', remainingAmount: 40.5 });
    expect(await ledgerOf(customer)).toEqual([
      ['Invoice', invoice.number, 100.5, 40.5, true],
      ['Payment', payment['documentNumber'], -60, 0, false],
    ]);
    const rest = await pay(journal, invoice, -40.5);
    expect((await books.post(journal)).status).toBe(204);
    await owes(customer, '0');
    expect(await invoiceOf(invoice)).toMatchObject({ status: 'Paid', remainingAmount: 0 });
    expect(await ledgerOf(customer)).toEqual([
      ['Invoice', invoice.number, 100.5, 0, false],
      ['Payment', payment['documentNumber'], -60, 0, false],
      ['Payment', rest['documentNumber'], -40.5, 0, false],
    ]);
  });

  it('[292] what is given stays: dates, a total alone, the one who pays; a number too long for an entry stays with the invoice', async () => {
    const [journal, buyer, payer] = [await books.journal(), await books.customer(), await books.customer()];
    const external = 'A'.repeat(21);
    const invoice = await posted(buyer, {
      postingDate: '2026-02-10',
      dueDate: null,
      totalAmountExcludingTax: 0,
      totalTaxAmount: 0,
      billToCustomerId: payer.id,
      externalDocumentNumber: external,
    });
    expect(await invoiceOf(invoice)).toMatchObject({
      postingDate: '2026-02-10',
      dueDate: null,
      remainingAmount: 100.5,
      externalDocumentNumber: external,
    });
    const { json } = await service.get(`customerLedgerEntries(${invoice.id})`);
    expect([json['postingDate'], json['externalDocumentNumber']]).toEqual(['2026-02-10', null]);
    await owes(buyer, '100.5');
    await pay(journal, invoice, -100.5);
    expect((await books.post(journal)).status).toBe(204);
    expect(await invoiceOf(invoice)).toMatchObject({ status: 'Paid' });
    expect([await balanceOf(buyer), await balanceOf(payer)]).toEqual([0n, 0n]);
    expect([await ledgerOf(buyer), (await ledgerOf(payer)).map(([type]) => type)]).toEqual([
      [['Invoice', invoice.number, 100.5, 0, false]],
      ['Payment'],
    ]);
  });

  it('[292] a payment that named the number of the draft pays the invoice, and one of a customer who owes several pays its own only', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const [first, second] = [await draft(customer), await posted(customer)];
    const payment = await pay(journal, first, -100.5, { customerId: customer.id });
    expect(payment['appliesToInvoiceId']).toBeNull();
    expect((await books.post(journal)).error.target).toContain('appliesToInvoiceNumber');
    expect((await act('post', first)).status).toBe(204);
    await owes(customer, '201');
    expect((await books.post(journal)).status).toBe(204);
    await owes(customer, '100.5');
    expect([(await invoiceOf(first))['status'], (await invoiceOf(second))['status']]).toEqual(['Paid', 'Open']);
  });

  it('[292] a draft is made, posted, and paid by a journal in one group, or nothing of it happens', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const payments = `customerPaymentJournals(${journal})/customerPayments`;
    const group = (amount: number): readonly Json[] => [
      { id: 'draft', url: 'salesInvoices', body: { ...DRAFT, number: 'IN-ONE', customerId: customer.id } },
      { id: 'open', url: '$draft/Microsoft.NAV.post' },
      { id: 'pay', url: payments, body: { appliesToInvoiceNumber: 'IN-ONE', amount, postingDate: '2026-02-20' } },
      { id: 'done', url: `customerPaymentJournals(${journal})/Microsoft.NAV.post` },
    ];
    const statuses = async (amount: number): Promise<readonly unknown[]> => {
      const requests = group(amount).map((one) => ({ ...one, method: 'POST', atomicityGroup: 'g' }));
      const { json } = await books.send('POST', '$batch', { requests });
      return (json['responses'] as readonly Json[]).map(({ status }) => status);
    };
    const before = await books.everything();
    expect(await statuses(-100.50001)).toContain(400);
    expect(await books.everything()).toBe(before);
    expect(await statuses(-100.5)).toEqual([201, 204, 201, 204]);
    await owes(customer, '0');
    expect((await ledgerOf(customer)).map(([type, , amount, remaining]) => [type, amount, remaining])).toEqual([
      ['Invoice', 100.5, 0],
      ['Payment', -100.5, 0],
    ]);
  });

  it('[292] one in review is posted too, many at once by `/$each`, numbered in the order of their keys', async () => {
    const customer = await books.customer();
    const invoices = [await draft(customer), await draft(customer), await draft(customer)];
    await service.sql(`UPDATE sales_invoices SET status = 'In_x0020_Review' WHERE id = $1`, [invoices[0]?.id]);
    const each = `customers(${customer.id})/salesInvoices/$filter(status ne 'Open')/$each/Microsoft.NAV.post`;
    expect((await books.send('POST', encodeURI(each))).status).toBeLessThan(300);
    await owes(customer, '301.5');
    const entries = await books.rows(
      'SELECT id FROM customer_ledger_entries WHERE customer_id = $1 ORDER BY entry_number',
      customer.id,
    );
    expect(entries.map(({ id }) => id)).toEqual(invoices.map(({ id }) => id).sort());
  });

  it('[292] I14 cancelling takes back what was posted: an entry against the invoice, both closed, nothing owed', async () => {
    const [journal, customer] = [await books.journal(), await books.customer()];
    const [invoice, other] = [await posted(customer), await posted(customer, { postingDate: '2999-01-01' })];
    expect((await act('cancel', invoice)).status).toBe(204);
    await owes(customer, '100.5');
    expect((await act('cancel', other)).status).toBe(204);
    await owes(customer, '0');
    for (const one of [invoice, other])
      expect(await invoiceOf(one)).toMatchObject({ ...DRAFT, status: 'Canceled', remainingAmount: 0 });
    expect(await ledgerOf(customer)).toEqual([
      ['Invoice', invoice.number, 100.5, 0, false],
      ['Invoice', other.number, 100.5, 0, false],
      ['Credit Memo', invoice.number, -100.5, 0, false],
      ['Credit Memo', other.number, -100.5, 0, false],
    ]);
    const credits = await service.all(
      withOptions(`customers(${customer.id})/customerLedgerEntries`, {
        $filter: "documentType eq 'Credit Memo'",
        $orderby: 'entryNumber',
      }),
    );
    expect(credits).toMatchObject([
      { appliesToInvoiceId: invoice.id, journalCode: '', description: `Cancellation of Invoice ${invoice.number}` },
      { appliesToInvoiceId: other.id, postingDate: '2999-01-01' },
    ]);
    expect(credits[0]?.['postingDate']).toBe(String(credits[0]?.['postedAt']).slice(0, 10));
    const deletion = await books.send('DELETE', `salesInvoices(${invoice.id})`, undefined, { 'If-Match': '*' });
    expect([deletion.status, deletion.error.target]).toEqual([400, 'status']);
    expect((await books.send('DELETE', `customers(${customer.id})`, undefined, { 'If-Match': '*' })).status).toBe(409);
    await pay(journal, invoice, -1);
    expect((await books.post(journal)).error.message).toContain('of which 0 is open');
  });

  it('[292] an open invoice of the sample data has no entry of its own, and is cancelled all the same', async () => {
    const row = await books.row(
      `SELECT i.id, i.number, i.customer_id FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
        WHERE i.company_id = $1 AND i.number LIKE 'INV-%' AND status = 'Open' AND remaining_amount = total_amount_including_tax
          AND c.blocked = 'None' AND bill_to_customer_id IS NULL
          AND NOT EXISTS (SELECT FROM customer_ledger_entries e WHERE e.id = i.id) LIMIT 1`,
      books.company,
    );
    const [invoice, customer] = [
      { id: String(row['id']), number: String(row['number']) },
      { id: String(row['customer_id']), number: '' },
    ];
    const [before, owed] = [await balanceOf(customer), decimal(String((await invoiceOf(invoice))['remainingAmount']))];
    await service.sql('DELETE FROM customer_payments WHERE applies_to_invoice_number = $1', [invoice.number]);
    const { status, text } = await act('cancel', invoice);
    expect([status, text]).toEqual([204, '']);
    expect(await balanceOf(customer)).toBe(before - owed);
    expect((await service.get(`customerLedgerEntries(${invoice.id})`)).status).toBe(404);
  });

  describe('what is refused', () => {
    let customer: Party;
    let journal: string;

    beforeAll(async () => {
      [customer, journal] = [await books.customer({ displayName: 'Kredit & Co' }), await books.journal()];
    });

    /** Does it, and expects these faults, all at once and each at its property; nothing may have changed. */
    async function refused(
      action: 'post' | 'cancel',
      invoice: Party,
      faults: readonly (readonly [target: string, message: string])[],
    ): Promise<void> {
      const before = await books.everything();
      const answer = await act(action, invoice);
      const expected = faults.map(([target, message]) => ({
        target,
        message: message.replace('{customer}', customer.number),
      }));
      expect([answer.status, answer.error.code]).toEqual([400, 'Application_DialogException']);
      const [first] = expected;
      expect(
        expected.length === 1 ? [{ target: answer.error.target, message: answer.error.message }] : details(answer),
      ).toMatchObject(expected);
      if (expected.length > 1)
        expect(answer.error.message).toBe(
          `The invoice ${invoice.number} cannot be ${action === 'post' ? 'posted' : 'canceled'} for ${expected.length} reasons. The first: ${first?.message ?? ''}`,
        );
      expect(await books.everything()).toBe(before);
    }

    const blocked = async (as: string, work: () => Promise<void>): Promise<void> => {
      await service.sql('UPDATE customers SET blocked = $2 WHERE id = $1', [customer.id, as]);
      await work();
      await service.sql(`UPDATE customers SET blocked = 'None' WHERE id = $1`, [customer.id]);
    };

    it.each<readonly [string, Json, string]>([
      [
        'nothing to be paid',
        { totalAmountExcludingTax: 0, totalTaxAmount: 0, totalAmountIncludingTax: 0 },
        'There is nothing to post.',
      ],
      [
        'less than nothing',
        { totalAmountExcludingTax: -1, totalTaxAmount: 0, totalAmountIncludingTax: -1 },
        'The total amount for the invoice must be 0 or greater.',
      ],
      [
        'totals that do not add up',
        { totalAmountIncludingTax: 100.50001 },
        'The totals do not add up: 80 without tax and 20.5 tax are not 100.50001.',
      ],
    ])('a draft with %s', async (_, more, message) => {
      await refused('post', await draft(customer, more), [['totalAmountIncludingTax', message]]);
    });

    it.each(['Invoice', 'All'])('a customer who is blocked for %s; not one who is blocked for Ship', async (as) => {
      const [invoice, open] = [await draft(customer), await posted(customer)];
      await blocked(as, async () => {
        await refused('post', invoice, [
          ['customerId', `You cannot post this type of document when Customer {customer} is blocked with type ${as}`],
        ]);
        await refused('cancel', open, [
          ['customerId', 'You cannot cancel this posted sales invoice because customer Kredit & Co is blocked.'],
        ]);
      });
      await blocked('Ship', async () => {
        expect([(await act('post', invoice)).status, (await act('cancel', open)).status]).toEqual([204, 204]);
      });
    });

    it('[292] another currency than the customer’s: what is owed, and how old it is, is told in that one', async () => {
      const [dollars, own] = [await books.customer({ currencyCode: 'USD' }), customer];
      const [first, second] = [await draft(dollars), await draft(own, { currencyCode: '' })];
      const currencies = async (): Promise<readonly unknown[]> =>
        (await Promise.all([first, second].map(invoiceOf))).map(({ currencyCode }) => currencyCode);
      const change = (invoice: Party, body: Json): Promise<Answer> =>
        books.send('PATCH', `salesInvoices(${invoice.id})`, body, { 'If-Match': '*' });
      expect(await currencies()).toEqual(['USD', null]);
      const text = 'The currency of the invoice must be that of customer';
      await change(first, { currencyCode: '' });
      await refused('post', first, [['currencyCode', `${text} ${dollars.number}: USD.`]]);
      await change(second, { currencyCode: 'EUR' });
      await refused('post', second, [['currencyCode', `${text} {customer}: that of the company.`]]);
      // Who changes the customer changes the currency, unless one is said.
      await change(first, { customerId: dollars.id });
      expect(await currencies()).toEqual([null, 'EUR']);
      await change(first, { customerId: own.id, currencyCode: 'NOK' });
      await change(second, { customerId: dollars.id });
      expect(await currencies()).toEqual(['NOK', 'USD']);
      await change(first, { customerId: dollars.id });
      expect([(await act('post', first)).status, (await act('post', second)).status]).toEqual([204, 204]);
      await owes(dollars, '201');
    });

    describe('[292] another currency of a customer for whom something is open', () => {
      const change = (customer: Party, currencyCode: unknown): Promise<Answer> =>
        books.send('PATCH', `customers(${customer.id})`, { currencyCode }, { 'If-Match': '*' });
      const told = async ({ id }: Party): Promise<unknown> =>
        (await service.get(`customers(${id})`)).json['currencyCode'];

      it.each<readonly [string, (customer: Party) => Promise<unknown>]>([
        ['an invoice that was posted here', (customer) => posted(customer)],
        ['an invoice without an entry', (customer) => books.invoice(customer, '10')],
        [
          'a payment without an invoice',
          async (customer) => {
            const own = await books.journal();
            await books.payment(own, 1, { customer, amount: '-5' });
            return books.post(own);
          },
        ],
      ])('%s', async (_, open) => {
        const euros = await books.customer({ currencyCode: 'EUR' });
        await open(euros);
        const before = await books.everything();
        for (const [method, path, body] of [
          ['PATCH', '', { displayName: 'Other', currencyCode: 'USD' }],
          ['PATCH', '', { currencyCode: '' }],
          ['PUT', '', { displayName: 'Without a currency' }],
          ['PUT', '/currencyCode', { value: 'USD' }],
          ['DELETE', '/currencyCode', undefined],
        ] as const) {
          const answer = await books.send(method, `customers(${euros.id})${path}`, body, { 'If-Match': '*' });
          expect([answer.status, answer.error]).toMatchObject([
            400,
            {
              code: 'Application_DialogException',
              target: 'currencyCode',
              message:
                'You cannot change "currencyCode" because there are one or more open ledger entries for this customer.',
            },
          ]);
        }
        expect(await books.everything()).toBe(before);
        expect([(await change(euros, 'EUR')).status, await told(euros)]).toEqual([200, 'EUR']);
      });

      it('customers of the sample data are changed with the currency that they have', async () => {
        const known = await books.rows(
          `SELECT DISTINCT ON (currency_code) id, display_name, currency_code FROM customers c WHERE company_id = $1
            AND EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Open') ORDER BY currency_code, number`,
          books.company,
        );
        expect(known.map((row) => row['currency_code'])).toContain(null);
        for (const { id, display_name: displayName = null, currency_code: currencyCode = null } of known)
          for (const [method, body] of [
            ['PATCH', { currencyCode }],
            ['PATCH', { currencyCode: currencyCode ?? '' }],
            ['PUT', { displayName, currencyCode }],
            ...(currencyCode === null ? ([['PUT', { displayName }]] as const) : []),
          ] as const) {
            const answer = await books.send(method, `customers(${String(id)})`, body, { 'If-Match': '*' });
            expect([method, body, answer.status, answer.error.message]).toEqual([method, body, 200, '']);
          }
      });

      it('drafts, and what is closed, do not stand in its way', async () => {
        const dollars = await books.customer({ currencyCode: 'USD' });
        await draft(dollars);
        expect((await change(dollars, 'EUR')).status).toBe(200);
        const invoice = await posted(dollars, { currencyCode: 'EUR' });
        expect([(await change(dollars, '')).status, (await act('cancel', invoice)).status]).toEqual([400, 204]);
        expect([(await change(dollars, '')).status, await told(dollars)]).toEqual([200, null]);
      });

      it.each<readonly [string, (customer: Party) => Promise<() => Promise<Answer>>]>([
        [
          'an invoice',
          async (customer) => {
            const invoice = await draft(customer);
            return () => act('post', invoice);
          },
        ],
        [
          'a payment without an invoice',
          async (customer) => {
            const own = await books.journal();
            await books.payment(own, 1, { customer, amount: '-5' });
            return () => books.post(own);
          },
        ],
      ])('nor is it changed while %s is posted', async (_, ready) => {
        const euros = await books.customer({ currencyCode: 'EUR' });
        const post = await ready(euros);
        const number = `SELECT FROM number_series WHERE company_id = $1 AND code = 'LEDGER' FOR UPDATE`;
        const release = await holding(number, books.company);
        const posting = post();
        await waiting(1);
        const changing = change(euros, 'USD');
        await waiting(2);
        await release();
        expect([(await posting).status, (await changing).status, await told(euros)]).toEqual([204, 400, 'EUR']);
      });
    });

    it('all reasons at once', async () => {
      const payer = await books.customer({ displayName: 'Payer', blocked: 'All' });
      const invoice = await draft(customer, { billToCustomerId: payer.id, totalAmountIncludingTax: -1 });
      await blocked('Invoice', () =>
        refused('post', invoice, [
          ['totalAmountIncludingTax', 'The total amount for the invoice must be 0 or greater.'],
          ['totalAmountIncludingTax', 'The totals do not add up: 80 without tax and 20.5 tax are not -1.'],
          ['customerId', 'You cannot post this type of document when Customer {customer} is blocked with type Invoice'],
          [
            'billToCustomerId',
            `You cannot post this type of document when Customer ${payer.number} is blocked with type All`,
          ],
        ]),
      );
      const open = await books.invoice(customer, '10', { remaining: '4', billTo: payer });
      await books.payment(journal, 10000, { customer, amount: '-1', invoice: open });
      await books.payment(journal, 20000, { customer, amount: '-1', invoiceNumber: open.number });
      const { code } = await books.row('SELECT code FROM customer_payment_journals WHERE id = $1', journal);
      await blocked('All', () =>
        refused('cancel', open, [
          ['remainingAmount', 'You cannot cancel this posted sales invoice because it is fully or partially paid.'],
          [
            'remainingAmount',
            `You cannot cancel this posted sales invoice because line 10000 of journal ${String(code)} applies to it, one of 2 payments that wait to be posted.`,
          ],
          ['customerId', 'You cannot cancel this posted sales invoice because customer Kredit & Co is blocked.'],
          ['billToCustomerId', 'You cannot cancel this posted sales invoice because customer Payer is blocked.'],
        ]),
      );
      await service.sql('DELETE FROM customer_payments WHERE journal_id = $1', [journal]);
    });

    it.each(['id', 'number'])(
      'the cancellation of an invoice that a payment waits for, known by its %s',
      async (by) => {
        const open = await posted(customer);
        await books.payment(journal, 10000, {
          customer,
          amount: '-1',
          ...(by === 'id' ? { invoice: open } : { invoiceNumber: open.number }),
        });
        const { code } = await books.row('SELECT code FROM customer_payment_journals WHERE id = $1', journal);
        await refused('cancel', open, [
          [
            'remainingAmount',
            `You cannot cancel this posted sales invoice because line 10000 of journal ${String(code)} applies to it.`,
          ],
        ]);
        await service.sql('DELETE FROM customer_payments WHERE journal_id = $1', [journal]);
        expect((await act('cancel', open)).status).toBe(204);
      },
    );

    const DRAFTS_ONLY = 'The action can be applied to a draft invoice only.';
    const POSTED_ONLY = 'The action can be applied to a posted invoice only.';
    it.each([
      ['Draft', undefined, POSTED_ONLY],
      ['In_x0020_Review', undefined, POSTED_ONLY],
      ['Open', DRAFTS_ONLY, undefined],
      ['Paid', DRAFTS_ONLY, 'You cannot cancel this posted sales invoice because it is fully or partially paid.'],
      ['Canceled', DRAFTS_ONLY, 'The invoice cannot be canceled because it has already been canceled.'],
      [
        'Corrective',
        DRAFTS_ONLY,
        'You cannot cancel this posted sales invoice because it represents a correction of a credit memo.',
      ],
    ])('what cannot be done with an invoice that is %s', async (status, post, cancel) => {
      const invoice = await books.invoice(customer, '10', { status });
      if (post !== undefined) await refused('post', invoice, [['status', post]]);
      if (cancel !== undefined) await refused('cancel', invoice, [['status', cancel]]);
    });

    it('what is not there, or is another company’s, a body with something in it, a GET', async () => {
      const { id } = await books.row('SELECT id FROM sales_invoices WHERE company_id <> $1 LIMIT 1', books.company);
      for (const action of ['post', 'cancel'] as const) {
        const invoice = await draft(customer);
        for (const one of ['00000000-0000-4000-8000-000000000000', String(id)])
          expect((await act(action, { id: one, number: '' })).status).toBe(404);
        const path = `salesInvoices(${invoice.id})/Microsoft.NAV.${action}`;
        expect((await books.send('POST', path, { force: true })).status).toBe(400);
        expect((await service.get(path)).status).toBe(405);
      }
    });
  });

  it('[292] If-Match is the invoice’s; a request that is sent again is answered as before, and done once', async () => {
    const customer = await books.customer();
    const invoice = await draft(customer);
    for (const action of ['post', 'cancel'] as const) {
      const { '@odata.etag': etag, lastModifiedDateTime: modified } = await invoiceOf(invoice);
      expect((await act(action, invoice, { 'If-Match': 'W/"77"' })).status).toBe(412);
      const headers = { 'If-Match': String(etag), ...repeatable() };
      expect((await act(action, invoice, headers)).status).toBe(204);
      const state = await books.everything();
      const again = await act(action, invoice, headers);
      expect([again.status, again.headers['repeatability-result']]).toEqual([204, 'accepted']);
      expect(await books.everything()).toBe(state);
      const after = await invoiceOf(invoice);
      expect(after['@odata.etag']).not.toBe(etag);
      expect(Date.parse(String(after['lastModifiedDateTime']))).toBeGreaterThan(Date.parse(String(modified)));
      expect((await act(action, invoice, { 'If-Match': String(etag) })).status).toBe(412);
    }
  });

  it('[292] delta links tell of the invoice, its entry and the customer’s balance', async () => {
    const customer = await books.customer();
    const invoice = await draft(customer);
    const ask = { Prefer: 'odata.track-changes' };
    const links = new Map<string, string>();
    for (const path of [
      `customers?$select=balance&$filter=number eq '${customer.number}'`,
      `customerLedgerEntries?$select=remainingAmount&$filter=customerId eq ${customer.id}`,
      `salesInvoices?$select=status&$filter=customerId eq ${customer.id}`,
    ])
      links.set(path, String((await service.get(encodeURI(path), ask)).json['@odata.deltaLink']));
    const changes = async (): Promise<readonly Json[]> => {
      const all: Json[] = [];
      for (const [path, link] of links) {
        const { json, value } = await service.get(link);
        links.set(path, String(json['@odata.deltaLink']));
        all.push(...value);
      }
      return all;
    };
    await act('post', invoice);
    expect(await changes()).toMatchObject([{ balance: 100.5 }, { remainingAmount: 100.5 }, { status: 'Open' }]);
    await act('cancel', invoice);
    expect(await changes()).toMatchObject([
      { balance: 0 },
      { remainingAmount: 0 },
      { remainingAmount: 0 },
      { status: 'Canceled' },
    ]);
  });

  it('both actions stand in $metadata beside that of journals, and at the invoice under metadata=full', async () => {
    const { text } = await service.get('$metadata?$format=xml');
    for (const [name, type] of [
      ['post', 'customerPaymentJournal'],
      ['post', 'salesInvoice'],
      ['cancel', 'salesInvoice'],
    ])
      expect(text).toMatch(
        new RegExp(
          `<Action Name="${name}" IsBound="true">\\s*<Parameter Name="\\w+" Type="Microsoft.NAV.${type}" Nullable="false"`,
        ),
      );
    const { id } = await draft(await books.customer());
    const { json } = await service.get(`salesInvoices(${id})`, { Accept: 'application/json;odata.metadata=full' });
    for (const action of ['post', 'cancel']) {
      const { target } = json[`#Microsoft.NAV.${action}`] as { readonly target: string };
      expect(target).toContain(`salesInvoices(${id})/Microsoft.NAV.${action}`);
    }
  });

  describe('who wins', () => {
    it.each(['post', 'cancel'] as const)('[292] of 20 who %s one invoice at once exactly one does', async (action) => {
      const customer = await books.customer();
      const invoice = action === 'post' ? await draft(customer) : await posted(customer);
      const answers = await Promise.all(Array.from({ length: 20 }, () => act(action, invoice)));
      expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 19 }, () => 400)]);
      const told = new Set(answers.filter(({ status }) => status === 400).map(({ error }) => error.message));
      expect([...told]).toEqual([
        action === 'post'
          ? 'The action can be applied to a draft invoice only.'
          : 'The invoice cannot be canceled because it has already been canceled.',
      ]);
      await owes(customer, action === 'post' ? '100.5' : '0');
      expect(await ledgerOf(customer)).toHaveLength(action === 'post' ? 1 : 2);
    });

    it('[292] changes and deletions beside a posting come before it, or are refused: what is posted is what stands there', async () => {
      const customer = await books.customer();
      const invoices: Party[] = [];
      while (invoices.length < 12) invoices.push(await draft(customer));
      const total = { totalAmountIncludingTax: 7, totalAmountExcludingTax: 7, totalTaxAmount: 0 };
      const outcomes = await Promise.all(
        invoices.map(async (invoice, index) => {
          const path = `salesInvoices(${invoice.id})`;
          const any = { 'If-Match': '*' };
          const write = (): Promise<Answer> =>
            index % 3 === 0 ? books.send('DELETE', path, undefined, any) : books.send('PATCH', path, total, any);
          const [post, change] =
            index % 2 === 0
              ? await Promise.all([act('post', invoice), write()])
              : (await Promise.all([write(), act('post', invoice)])).reverse();
          return { invoice, isDeletion: index % 3 === 0, post: post?.status ?? 0, change: change?.status ?? 0 };
        }),
      );
      for (const { invoice, isDeletion, post, change } of outcomes) {
        const [entry] = await books.rows(
          'SELECT amount::float8 FROM customer_ledger_entries WHERE id = $1',
          invoice.id,
        );
        if (isDeletion) expect([[204, 400, 404].includes(post), change]).toEqual([true, post === 204 ? 400 : 204]);
        else expect([post, [200, 204, 400]]).toEqual([204, expect.arrayContaining([change])]);
        const now = await invoiceOf(invoice);
        expect(now['remainingAmount']).toBe(post === 204 ? entry?.['amount'] : undefined);
        if (post === 204) expect([now['status'], entry?.['amount']]).toEqual(['Open', change < 300 ? 7 : 100.5]);
      }
      const { sum } = await books.row(
        'SELECT coalesce(sum(amount), 0)::text AS sum FROM customer_ledger_entries WHERE customer_id = $1',
        customer.id,
      );
      await owes(customer, sum ?? '');
    });

    it('[292] a cancellation beside payments, their posting and other postings: no payment is left on a canceled invoice that was entered before, and no number twice', async () => {
      const customer = await books.customer();
      const rounds = await Promise.all(
        Array.from({ length: 8 }, async () => ({ journal: await books.journal(), invoice: await posted(customer) })),
      );
      const answers = await Promise.all(
        rounds.map(async ({ journal, invoice }) => {
          const [cancel, entered] = await Promise.all([
            act('cancel', invoice),
            books.send('POST', `customerPaymentJournals(${journal})/customerPayments`, {
              appliesToInvoiceId: invoice.id,
              amount: -100.5,
              postingDate: '2026-02-20',
            }),
          ]);
          const [post, again] = await Promise.all([books.post(journal), act('cancel', invoice)]);
          return { invoice, statuses: [cancel, entered, post, again].map(({ status }) => status) };
        }),
      );
      for (const { invoice, statuses } of answers) {
        const [cancel, entered, post, again] = statuses;
        const { status } = await invoiceOf(invoice);
        expect([entered, [cancel, post, again]]).toEqual([
          201,
          // Cancelled before the payment came: it is refused. The payment came first: it is posted.
          status === 'Canceled' ? [204, 400, 400] : [400, 204, 400],
        ]);
        expect(['Canceled', 'Paid']).toContain(status);
      }
      await owes(customer, '0');
      const { distinct, span } = await books.row(
        `SELECT count(DISTINCT entry_number)::text AS distinct, (max(entry_number) - min(entry_number) + 1)::text AS span
          FROM customer_ledger_entries WHERE company_id = $1`,
        books.company,
      );
      expect(distinct).toBe(span);
    });
  });
});
