/** The cases of Business Central's own tests of payments, dimension lines, journals and customers, each checked in the tables. */
import { seedId } from '../../src/seed';
import { Writer } from '../setup/writer';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const EMPTY = '00000000-0000-0000-0000-000000000000';

interface Party {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly payer: string;
}

let writer: Writer;
let customers: readonly Party[];
let invoices: readonly Invoice[];
let codes = 0;

const fields = (record: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]));

beforeAll(async () => {
  writer = await Writer.open(company);
  const parties = await writer.rows(
    `SELECT id, number, display_name AS name FROM customers
     WHERE company_id = $1 AND blocked = 'None' AND contact_id IS NULL ORDER BY id LIMIT 5`,
    company,
  );
  customers = parties.map(fields) as unknown as Party[];
  const posted = await writer.rows(
    `SELECT i.id, i.number, coalesce(bill_to_customer_id, customer_id) AS payer FROM sales_invoices i
     JOIN customers c ON c.id = coalesce(bill_to_customer_id, customer_id)
     WHERE i.company_id = $1 AND i.status = 'Open' AND c.blocked <> 'All' ORDER BY i.id LIMIT 5`,
    company,
  );
  invoices = posted.map(fields) as unknown as Invoice[];
});

afterAll(() => writer.close());

const one = <T>(items: readonly T[], index = 0): T => {
  const found = items[index];
  if (found === undefined) throw new Error('The sample data has too few records');
  return found;
};

const customer = (index = 0): Party => one(customers, index);
const invoice = (index = 0): Invoice => one(invoices, index);
const otherThan = (id: string): Party => one(customers.filter((candidate) => candidate.id !== id));

/** An empty journal. */
async function journal(more: object = {}): Promise<string> {
  const created = await writer.post('customerPaymentJournals', { code: `T${++codes}`, ...more });
  expect(created).toMatchObject({ status: 201 });
  return `customerPaymentJournals(${created.id})`;
}

const payment = (id: string): Promise<Record<string, unknown>> =>
  writer.row(
    `SELECT line_number AS line, customer_id AS "customerId", customer_number AS "customerNumber", contact_id AS contact,
      posting_date::text AS date, document_number AS document, external_document_number AS external, amount::text AS amount,
      applies_to_invoice_id AS "invoiceId", applies_to_invoice_number AS "invoiceNumber", description, comment, version
     FROM customer_payments WHERE id = $1`,
    id,
  );

const idIn = (path: string): string => path.slice(path.lastIndexOf('(') + 1, -1);

const payments = (path: string): Promise<readonly Record<string, unknown>[]> =>
  writer.rows(
    'SELECT line_number AS line, document_number AS document, posting_date::text AS date FROM customer_payments WHERE journal_id = $1 ORDER BY line_number',
    idIn(path),
  );

const count = async (path: string): Promise<number> => (await payments(path)).length;

/** A payment that must have been stored. */
async function pay(path: string, body: object): Promise<string> {
  const created = await writer.post(`${path}/customerPayments`, body);
  expect(created).toMatchObject({ status: 201, etag: '1' });
  return created.id;
}

describe('create a payment', () => {
  it('P1 stores everything that is sent', async () => {
    const path = await journal({
      balancingAccountId: (
        await writer.row(`SELECT id FROM accounts WHERE NOT blocked AND direct_posting AND company_id = $1`, company)
      )['id'],
    });
    const { id, number } = customer();
    const applied = invoice();
    const sent = {
      comment: 'A remark',
      description: 'What it is for',
      appliesToInvoiceNumber: applied.number,
      amount: -812.5,
      postingDate: '2026-03-31',
      externalDocumentNumber: 'BANK-88213',
      documentNumber: 'PAY-000318',
      customerNumber: number,
      lineNumber: 12345,
    };
    expect(await payment(await pay(path, sent))).toEqual({
      line: 12345,
      customerId: id,
      customerNumber: number,
      contact: null,
      date: '2026-03-31',
      document: 'PAY-000318',
      external: 'BANK-88213',
      amount: '-812.50000',
      invoiceId: applied.id,
      invoiceNumber: applied.number,
      description: 'What it is for',
      comment: 'A remark',
      version: 1,
    });
  });

  it('P2 numbers the document from the series of the journal, without drawing from it', async () => {
    const path = await journal();
    const series = () =>
      writer.row('SELECT prefix, next_number AS next FROM number_series WHERE journal_id = $1', idIn(path));
    const before = await series();
    const id = await pay(path, { lineNumber: 5 });
    expect((await payment(id))['document']).toBe(`${String(before['prefix'])}000001`);
    expect(await series()).toEqual(before);
  });

  it('P3 finds the invoice by id, and gives the first line number', async () => {
    const { id, number } = invoice();
    const stored = await payment(
      await pay(await journal(), { customerNumber: customer().number, appliesToInvoiceId: id }),
    );
    expect(stored).toMatchObject({ line: 10000, invoiceId: id, invoiceNumber: number });
  });

  it('P4 P14 refuses an id that is none of a posted invoice', async () => {
    const path = await journal();
    const draft = await writer.post('salesInvoices', { customerId: customer().id });
    for (const appliesToInvoiceId of [customer().id, UNKNOWN, draft.id]) {
      expect(await writer.post(`${path}/customerPayments`, { appliesToInvoiceId })).toMatchObject({
        status: 400,
        code: 'Application_DialogException',
        message: 'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
        target: 'appliesToInvoiceId',
      });
    }
    expect(await count(path)).toBe(0);
  });

  it('P9 takes the customer from the invoice', async () => {
    const { number, payer } = invoice();
    const stored = await payment(await pay(await journal(), { appliesToInvoiceNumber: number }));
    const { name } = await writer.row('SELECT display_name AS name FROM customers WHERE id = $1', payer);
    expect(stored).toMatchObject({ customerId: payer, description: [...String(name)].slice(0, 50).join('') });
  });

  it('P10 never overwrites a customer that is given', async () => {
    const { id, payer } = invoice();
    const other = otherThan(payer);
    const stored = await payment(await pay(await journal(), { customerNumber: other.number, appliesToInvoiceId: id }));
    expect(stored).toMatchObject({ customerId: other.id, customerNumber: other.number, invoiceId: id });
  });

  it('P11 keeps id and number of the customer in step', async () => {
    const path = await journal();
    const { id, number, name } = customer();
    for (const body of [{ customerId: id }, { customerNumber: number }, { customerNumber: number, customerId: id }]) {
      expect(await payment(await pay(path, body))).toMatchObject({
        customerId: id,
        customerNumber: number,
        description: name,
      });
    }
  });

  it('P12 refuses customers that do not exist, or not together', async () => {
    const path = await journal();
    const gone = await writer.post('customers', { displayName: 'Gone', number: 'GONE' });
    expect(await writer.delete(`customers(${gone.id})`)).toMatchObject({ status: 200 });
    const refused: readonly [object, string][] = [
      [{ customerId: gone.id }, 'The "customerId" does not match to a Customer.'],
      [{ customerNumber: 'GONE' }, 'The "customerNumber" does not match to a Customer.'],
      [
        { customerNumber: customer(1).number, customerId: customer().id },
        'The customer values do not match to a specific Customer.',
      ],
    ];
    for (const [body, message] of refused) {
      expect(await writer.post(`${path}/customerPayments`, body)).toMatchObject({ status: 400, message });
    }
    expect(await count(path)).toBe(0);
  });

  it('P12 does not find the customers of another company', async () => {
    const path = await journal();
    const foreign = await writer.row('SELECT id FROM customers WHERE company_id <> $1', company);
    expect(await writer.post(`${path}/customerPayments`, { customerId: foreign['id'] })).toMatchObject({
      message: 'The "customerId" does not match to a Customer.',
    });
  });

  it('P13 keeps id and number of the invoice in step, and accepts a number that nobody knows', async () => {
    const path = await journal();
    const { id, number } = invoice();
    const pair = { invoiceId: id, invoiceNumber: number };
    expect(await payment(await pay(path, { appliesToInvoiceId: id }))).toMatchObject(pair);
    expect(await payment(await pay(path, { appliesToInvoiceNumber: number }))).toMatchObject(pair);
    expect(await payment(await pay(path, { appliesToInvoiceNumber: number, appliesToInvoiceId: id }))).toMatchObject(
      pair,
    );
    expect(await payment(await pay(path, { appliesToInvoiceNumber: 'NOBODY' }))).toMatchObject({
      invoiceId: null,
      invoiceNumber: 'NOBODY',
      customerId: null,
    });
    const mixed = { appliesToInvoiceId: id, appliesToInvoiceNumber: invoice(1).number };
    expect(await writer.post(`${path}/customerPayments`, mixed)).toMatchObject({
      status: 400,
      message: 'The AppliesToInvoice values do not match to the same Invoice.',
    });
  });

  it('finds the one customer of a contact', async () => {
    const path = await journal();
    const first = await writer.post('customers', { displayName: 'First', contactId: 'contact-1' });
    expect(await payment(await pay(path, { contactId: 'contact-1' }))).toMatchObject({
      customerId: first.id,
      contact: 'contact-1',
    });
    expect(await payment(await pay(path, { contactId: 'elsewhere', customerId: first.id }))).toMatchObject({
      customerId: first.id,
      contact: 'elsewhere',
    });
    await writer.post('customers', { displayName: 'Second', contactId: 'contact-1' });
    for (const contactId of ['contact-1', 'nobody']) {
      expect(await writer.post(`${path}/customerPayments`, { contactId })).toMatchObject({
        status: 400,
        target: 'contactId',
      });
    }
  });

  it('refuses a customer who is blocked for everything, and no other', async () => {
    const path = await journal();
    const blocked = await writer.post('customers', { displayName: 'B', number: 'BLOCKED', blocked: 'All' });
    expect(await writer.post(`${path}/customerPayments`, { customerId: blocked.id })).toMatchObject({
      status: 400,
      message: 'You cannot create this type of document when Customer BLOCKED is blocked with type All',
    });
    await writer.patch(`customers(${blocked.id})`, { blocked: 'Invoice' });
    await pay(path, { customerId: blocked.id });
  });

  it('shortens a long name for the description', async () => {
    const displayName = '😀'.repeat(60);
    const { id } = await writer.post('customers', { displayName });
    expect((await payment(await pay(await journal(), { customerId: id })))['description']).toBe('😀'.repeat(50));
  });

  it('copies date and number from the line beside it', async () => {
    const path = await journal();
    await pay(path, {});
    await pay(path, { lineNumber: 30000, postingDate: '2026-01-02', documentNumber: 'DOC-9' });
    await pay(path, { lineNumber: 20000 });
    await pay(path, { lineNumber: 0 });
    expect(await payments(path)).toMatchObject([
      { line: 10000, date: '2026-11-24' },
      { line: 20000, date: '2026-01-02', document: 'DOC-9' },
      { line: 30000, date: '2026-01-02', document: 'DOC-9' },
      { line: 40000, date: '2026-01-02', document: 'DOC-9' },
    ]);
  });

  it('begins a new document when the last one balances, or the next one comes from elsewhere', async () => {
    const path = await journal();
    const customerId = customer().id;
    await pay(path, { documentNumber: 'A-09x', amount: 10, customerId, externalDocumentNumber: 'E1' });
    await pay(path, { amount: -10, customerId, externalDocumentNumber: 'E1' });
    await pay(path, { amount: 5, customerId });
    await pay(path, { amount: 5, customerId, externalDocumentNumber: 'E2' });
    expect((await payments(path)).map(({ document }) => document)).toEqual(['A-09x', 'A-09x', 'A-10x', 'A-11x']);
  });

  it('begins a new document with every line when the journal balances each', async () => {
    const account = await writer.row(
      `SELECT id FROM accounts WHERE NOT blocked AND direct_posting AND company_id = $1`,
      company,
    );
    const path = await journal({ balancingAccountId: account['id'] });
    await pay(path, { documentNumber: 'A-1', amount: 10 });
    await pay(path, {});
    await pay(path, {});
    expect((await payments(path)).map(({ document }) => document)).toEqual(['A-1', 'A-2', 'A-2']);
  });

  it('refuses a line number that is taken, and the end of the numbers', async () => {
    const path = await journal();
    await pay(path, { lineNumber: 2147483647 });
    expect(await writer.post(`${path}/customerPayments`, { lineNumber: 2147483647 })).toMatchObject({
      status: 409,
      code: 'Internal_EntityWithSameKeyExists',
    });
    expect(await writer.post(`${path}/customerPayments`, {})).toMatchObject({ status: 400, target: 'lineNumber' });
  });

  it('does not care for the order of the properties, and checks the body before it looks anything up', async () => {
    const path = await journal();
    const body = { customerId: UNKNOWN, amount: 'x', description: 'x'.repeat(51) };
    for (const one of [body, Object.fromEntries(Object.entries(body).reverse())]) {
      const { details, status } = await writer.post(`${path}/customerPayments`, one);
      expect([status, [...details].sort()]).toEqual([400, ['amount', 'description']]);
    }
  });
});

describe('change a payment', () => {
  it('P6 takes all values anew', async () => {
    const path = await journal();
    const id = await pay(path, { lineNumber: 1 });
    const applied = invoice();
    const body = {
      lineNumber: 2,
      amount: '9999999999999.99999',
      documentNumber: 'D',
      externalDocumentNumber: 'E',
      description: 'F',
      comment: 'G',
      postingDate: '2024-02-29',
      customerNumber: customer().number,
      appliesToInvoiceNumber: applied.number,
    };
    expect(await writer.patch(`${path}/customerPayments(lineNumber=1)`, body)).toMatchObject({
      status: 200,
      id,
      etag: '2',
    });
    expect(await payment(id)).toEqual({
      line: 2,
      customerId: customer().id,
      customerNumber: customer().number,
      contact: null,
      date: '2024-02-29',
      document: 'D',
      external: 'E',
      amount: '9999999999999.99999',
      invoiceId: applied.id,
      invoiceNumber: applied.number,
      description: 'F',
      comment: 'G',
      version: 2,
    });
  });

  it('P7 keeps an invoice number that nobody knows, without an id', async () => {
    const path = await journal();
    const id = await pay(path, { appliesToInvoiceId: invoice().id });
    await writer.patch(`${path}/customerPayments(${id})`, { appliesToInvoiceNumber: 'RANDOM' });
    expect(await payment(id)).toMatchObject({ invoiceId: null, invoiceNumber: 'RANDOM' });
  });

  it('clears pairs by either half, in every spelling of nothing', async () => {
    const path = await journal();
    for (const nothing of [
      { customerId: null },
      { customerId: EMPTY },
      { customerId: '' },
      { customerNumber: '' },
      { customerNumber: null },
    ]) {
      const id = await pay(path, { customerId: customer().id });
      expect(await writer.patch(`${path}/customerPayments(${id})`, nothing)).toMatchObject({ status: 200 });
      expect(await payment(id)).toMatchObject({ customerId: null, customerNumber: null });
    }
    for (const nothing of [{ appliesToInvoiceId: EMPTY }, { appliesToInvoiceNumber: '' }]) {
      const id = await pay(path, { appliesToInvoiceId: invoice().id });
      await writer.patch(`${path}/customerPayments(${id})`, nothing);
      expect(await payment(id)).toMatchObject({ invoiceId: null, invoiceNumber: null });
    }
    const id = await pay(path, {});
    await writer.patch(`${path}/customerPayments(${id})`, { postingDate: '0001-01-01' });
    expect(await payment(id)).toMatchObject({ date: null });
  });

  it('fills the customer from the invoice only where there is none', async () => {
    const path = await journal();
    const { id: invoiceId, payer } = invoice();
    const without = await pay(path, {});
    await writer.patch(`${path}/customerPayments(${without})`, { appliesToInvoiceId: invoiceId });
    expect(await payment(without)).toMatchObject({ customerId: payer });
    const other = otherThan(payer);
    const held = await pay(path, { customerId: other.id });
    await writer.patch(`${path}/customerPayments(${held})`, { appliesToInvoiceId: invoiceId });
    expect(await payment(held)).toMatchObject({ customerId: other.id, customerNumber: other.number });
  });

  it('lets the description follow the customer unless it says something else', async () => {
    const path = await journal();
    const named = await pay(path, { customerId: customer().id });
    await writer.patch(`${path}/customerPayments(${named})`, { customerId: customer(1).id });
    expect(await payment(named)).toMatchObject({ customerNumber: customer(1).number, description: customer(1).name });
    const own = await pay(path, { customerId: customer().id, description: 'Mine' });
    await writer.patch(`${path}/customerPayments(${own})`, { customerId: customer(1).id });
    expect(await payment(own)).toMatchObject({ description: 'Mine' });
  });

  it('ignores what the service sets', async () => {
    const path = await journal();
    const id = await pay(path, {});
    const before = await payment(id);
    const body = { id: UNKNOWN, journalId: UNKNOWN, journalDisplayName: 'X', lastModifiedDateTime: 5 };
    expect(await writer.patch(`${path}/customerPayments(${id})`, body)).toMatchObject({ status: 200 });
    expect(await payment(id)).toEqual({ ...before, version: 2 });
  });

  it('replaces by PUT all but foreign keys and what the journal gave', async () => {
    const path = await journal();
    const id = await pay(path, { customerId: customer().id, comment: 'x', amount: 5, documentNumber: 'D' });
    expect(await writer.put(`${path}/customerPayments(${id})`, { description: 'new' })).toMatchObject({ status: 200 });
    expect(await payment(id)).toMatchObject({
      line: 10000,
      customerId: customer().id,
      customerNumber: customer().number,
      comment: null,
      amount: '0.00000',
      document: null,
      description: 'new',
    });
  });

  it('P8 deletes, and finds it no more', async () => {
    const path = await journal();
    const id = await pay(path, {});
    expect(await writer.delete(`${path}/customerPayments(${id})`)).toMatchObject({ status: 200 });
    expect(await payment(id)).toEqual({});
    expect(await writer.delete(`${path}/customerPayments(${id})`)).toMatchObject({ status: 404 });
  });

  it('is not found under another journal', async () => {
    const id = await pay(await journal(), {});
    expect(await writer.patch(`${await journal()}/customerPayments(${id})`, { comment: 'x' })).toMatchObject({
      status: 404,
    });
  });
});

describe('dimension lines', () => {
  interface Value {
    readonly id: string;
    readonly code: string;
    readonly valueId: string;
    readonly valueCode: string;
  }
  let values: readonly Value[];
  let path: string;
  let paymentId: string;

  beforeAll(async () => {
    const rows = await writer.rows(
      `SELECT d.id, d.code, v.id AS "valueId", v.code AS "valueCode" FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
       WHERE d.company_id = $1 ORDER BY d.code, v.code`,
      company,
    );
    values = rows.map(fields) as unknown as Value[];
  });

  beforeEach(async () => {
    const inJournal = await journal();
    paymentId = await pay(inJournal, {});
    path = `${inJournal}/customerPayments(${paymentId})/dimensionLines`;
  });

  const first = (): Value => one(values);
  const second = (): Value => one(values.filter(({ id, valueId }) => id === first().id && valueId !== first().valueId));
  const elsewhere = (): Value => one(values.filter(({ id }) => id !== first().id));
  const stored = () =>
    writer.rows(
      'SELECT dimension_id AS id, dimension_value_id AS "valueId" FROM dimension_lines WHERE payment_id = $1 ORDER BY dimension_id',
      paymentId,
    );
  const version = async () => (await payment(paymentId))['version'];

  it('D1 are made by codes, or by ids, and touch the payment', async () => {
    const { id, code, valueId, valueCode } = first();
    expect(await writer.post(path, { code, valueCode })).toMatchObject({ status: 201, id });
    expect(await stored()).toEqual([{ id, valueId }]);
    expect(await version()).toBe(2);
    const other = elsewhere();
    expect(
      await writer.post(path, { id: other.id, valueId: other.valueId, code: other.code, valueCode: other.valueCode }),
    ).toMatchObject({ status: 201 });
    expect((await stored()).length).toBe(2);
  });

  it('D2 D7 need a payment that exists', async () => {
    const { code, valueCode } = first();
    const nowhere = path.replace(paymentId, UNKNOWN);
    expect(await writer.post(nowhere, { code, valueCode })).toMatchObject({ status: 404 });
    expect(await writer.post(nowhere, { code: 'NOPE', valueCode: 'NOPE' })).toMatchObject({ status: 404 });
  });

  it('D3 are unique in their dimension', async () => {
    const { id, code, valueId, valueCode } = first();
    await writer.post(path, { code, valueCode });
    expect(await writer.post(path, { code, valueCode: second().valueCode })).toMatchObject({
      status: 409,
      code: 'Internal_EntityWithSameKeyExists',
    });
    expect(await stored()).toEqual([{ id, valueId }]);
  });

  it('D8 take another value', async () => {
    const { id, code, valueCode } = first();
    const { etag } = await writer.post(path, { code, valueCode });
    expect(await writer.patch(`${path}(${id})`, { valueCode: second().valueCode })).toMatchObject({
      status: 200,
      etag: String(Number(etag) + 1),
    });
    expect(await stored()).toEqual([{ id, valueId: second().valueId }]);
    expect(
      await writer.patch(`${path}(parentId=${paymentId},id=${id})`, { valueId: first().valueId, id, code }),
    ).toMatchObject({ status: 200 });
    expect(await version()).toBe(4);
  });

  it('D9 never change their dimension', async () => {
    const { id, code, valueCode } = first();
    await writer.post(path, { code, valueCode });
    const before = await stored();
    for (const body of [{ code: elsewhere().code }, { id: elsewhere().id }]) {
      expect(await writer.patch(`${path}(${id})`, body)).toMatchObject({
        status: 400,
        message: 'The ID and Code fields cannot be modified.',
      });
    }
    expect(await stored()).toEqual(before);
  });

  it('D10 are deleted, and touch the payment', async () => {
    const { id, code, valueCode } = first();
    await writer.post(path, { code, valueCode });
    expect(await writer.delete(`${path}(${id})`)).toMatchObject({ status: 200 });
    expect(await stored()).toEqual([]);
    expect(await version()).toBe(3);
  });

  it('made anew are not taken for the ones before', async () => {
    const { id, code, valueCode } = first();
    const before = await writer.post(path, { code, valueCode });
    await writer.delete(`${path}(${id})`);
    await writer.post(path, { code, valueCode: second().valueCode });
    const late = await writer.patch(`${path}(${id})`, { valueCode }, { ifMatch: `W/"${before.etag ?? ''}"` });
    expect(late).toMatchObject({ status: 412 });
  });

  it('are refused in the documented words', async () => {
    const { id, code, valueId, valueCode } = first();
    const foreign = one(
      values.filter(
        (value) => value.id !== id && !values.some((own) => own.id === id && own.valueCode === value.valueCode),
      ),
    );
    const refused: readonly [object, string][] = [
      [{ valueCode }, 'The ID or Code field must be filled in.'],
      [{ code: '', id: EMPTY, valueCode }, 'The ID or Code field must be filled in.'],
      [{ code }, 'The valueId or valueCode field must be filled in.'],
      [{ id: UNKNOWN, valueCode }, 'The "id" does not match to a Dimension.'],
      [{ code: 'NOPE', valueCode }, 'The "code" does not match to a Dimension.'],
      [{ id, code: elsewhere().code, valueCode }, 'The dimension field values do not match to a specific Dimension.'],
      [{ code, valueId: UNKNOWN }, 'The "valueId" does not match to a Dimension Value.'],
      [{ code, valueId: foreign.valueId }, 'The "valueId" does not match to a Dimension Value.'],
      [{ code, valueCode: foreign.valueCode }, 'The "valueCode" does not match to a Dimension Value.'],
      [
        { code, valueId, valueCode: second().valueCode },
        'The values of the Dimension Code field and the Dimension ID field do not refer to the same Dmension Value.',
      ],
    ];
    for (const [body, message] of refused)
      expect(await writer.post(path, body)).toMatchObject({ status: 400, message });
    expect(await stored()).toEqual([]);
  });
});

describe('journals', () => {
  const stored = (id: string) =>
    writer.row(
      'SELECT code, display_name AS name, balancing_account_id AS account FROM customer_payment_journals WHERE id = $1',
      id,
    );

  it('J1 are stored, their code in capital letters', async () => {
    const { id } = await writer.post('customerPaymentJournals', { displayName: 'Bank receipts', code: ' own-eur ' });
    expect(await stored(id)).toEqual({ code: 'OWN-EUR', name: 'Bank receipts', account: null });
    expect(await writer.post('customerPaymentJournals', { code: 'Own-Eur' })).toMatchObject({
      status: 409,
      target: 'code',
    });
  });

  it('need a code that fits', async () => {
    expect(await writer.post('customerPaymentJournals', {})).toMatchObject({
      status: 400,
      message: 'A "code" must be provided.',
    });
    expect(await writer.post('customerPaymentJournals', { code: '  ' })).toMatchObject({ status: 400, target: 'code' });
    expect(await writer.post('customerPaymentJournals', { code: 'ß'.repeat(6) })).toMatchObject({
      code: 'Application_StringExceededLength',
    });
  });

  it('J3 change their code and name', async () => {
    const path = await journal();
    expect(await writer.patch(path, { code: 'new', displayName: 'N' })).toMatchObject({ status: 200, etag: '2' });
    expect(await stored(idIn(path))).toMatchObject({ code: 'NEW', name: 'N' });
  });

  it('J4 are deleted with their payments', async () => {
    const path = await journal();
    const id = await pay(path, {});
    expect(await writer.delete(path)).toMatchObject({ status: 200 });
    expect([await stored(idIn(path)), await payment(id)]).toEqual([{}, {}]);
  });

  it('balance on accounts that can be posted on', async () => {
    const account = (condition: string) =>
      writer.row(`SELECT id FROM accounts WHERE company_id = $1 AND ${condition}`, company);
    const good = await account('NOT blocked AND direct_posting');
    const path = await journal({ balancingAccountId: good['id'] });
    expect(await stored(idIn(path))).toMatchObject({ account: good['id'] });
    expect(await writer.patch(path, { balancingAccountId: UNKNOWN })).toMatchObject({
      status: 400,
      message: 'The "balancingAccountNumber" does not match to a G/L Account.',
    });
    for (const bad of [await account('blocked'), await account('NOT direct_posting')]) {
      expect(await writer.patch(path, { balancingAccountId: bad['id'] })).toMatchObject({
        status: 400,
        target: 'balancingAccountId',
      });
    }
    expect(await writer.patch(path, { balancingAccountId: EMPTY })).toMatchObject({ status: 200 });
    expect(await stored(idIn(path))).toMatchObject({ account: null });
  });
});

describe('customers', () => {
  const stored = (id: string) =>
    writer.row(
      `SELECT number, display_name AS name, type, address_street AS street, address_city AS city, credit_limit::text AS credit, tax_liable AS tax, blocked
       FROM customers WHERE id = $1`,
      id,
    );

  it('C3 C4 C5 are stored as sent, their address and its special characters too', async () => {
    const address = { street: "O'Brien's Gate 5, 100%_\\ æøåß", city: '東京 😀' };
    const body = {
      number: 'C-4',
      displayName: 'Nordlys',
      type: 'Person',
      creditLimit: 1000.5,
      taxLiable: true,
      blocked: 'Ship',
      address,
    };
    const { id } = await writer.post('customers', body);
    expect(await stored(id)).toEqual({
      number: 'C-4',
      name: 'Nordlys',
      type: 'Person',
      credit: '1000.50000',
      tax: true,
      blocked: 'Ship',
      ...address,
    });
  });

  it('draw a number that is free, at once and together', async () => {
    const next = await writer.row(
      `SELECT prefix, next_number AS next, digits FROM number_series WHERE company_id = $1 AND code = 'CUSTOMER'`,
      company,
    );
    const number = (ahead: number) =>
      String(next['prefix']) + String(Number(next['next']) + ahead).padStart(Number(next['digits']), '0');
    await writer.post('customers', { displayName: 'In the way', number: number(1) });
    const made = await Promise.all(Array.from({ length: 6 }, () => writer.post('customers', { displayName: 'Drawn' })));
    const numbers = await Promise.all(made.map(async ({ id }) => String((await stored(id))['number'])));
    expect(numbers.sort()).toEqual([0, 2, 3, 4, 5, 6].map(number));
  });

  it('need a name', async () => {
    expect(await writer.post('customers', {})).toMatchObject({
      status: 400,
      message: 'A "displayName" must be provided.',
    });
    expect(await writer.post('customers', { displayName: ' ' })).toMatchObject({
      status: 400,
      message: 'The blank "displayName" is not allowed.',
    });
    expect(await writer.post('customers', { displayName: 'x', number: customer().number })).toMatchObject({
      status: 409,
      target: 'number',
    });
  });

  it('C7 C8 are changed and deleted', async () => {
    const { id } = await writer.post('customers', { displayName: 'Before' });
    expect(await writer.patch(`customers(${id})`, { displayName: 'After' })).toMatchObject({ status: 200 });
    expect(await stored(id)).toMatchObject({ name: 'After' });
    expect(await writer.delete(`customers(${id})`)).toMatchObject({ status: 200 });
    expect(await stored(id)).toEqual({});
  });

  it('C9 C10 change a part of their address, and lose all of it by null', async () => {
    const { id } = await writer.post('customers', { displayName: 'x', address: { street: 'S', city: 'C' } });
    await writer.patch(`customers(${id})`, { address: { city: 'D' } });
    expect(await stored(id)).toMatchObject({ street: 'S', city: 'D' });
    await writer.patch(`customers(${id})`, { address: null });
    expect(await stored(id)).toMatchObject({ street: null, city: null });
  });

  it('take a new number along to their payments', async () => {
    const { id } = await writer.post('customers', { displayName: 'x' });
    const paid = await pay(await journal(), { customerId: id });
    await writer.patch(`customers(${id})`, { number: 'RENAMED' });
    expect(await payment(paid)).toMatchObject({ customerNumber: 'RENAMED', version: 2 });
  });

  it('have no currency and no contact where these are sent empty: that of the company, and none', async () => {
    const nothing = { currencyCode: '', contactId: '' };
    const made = await writer.post('customers', { displayName: 'x', ...nothing });
    const changed = await writer.post('customers', { displayName: 'x', currencyCode: 'EUR', contactId: 'c' });
    await writer.patch(`customers(${changed.id})`, nothing);
    for (const { id } of [made, changed])
      expect(await writer.row('SELECT currency_code, contact_id FROM customers WHERE id = $1', id)).toEqual({
        currency_code: null,
        contact_id: null,
      });
  });

  it('stay while others need them', async () => {
    const { id } = await writer.post('customers', { displayName: 'x', number: 'NEEDED' });
    const path = await journal();
    const paid = await pay(path, { customerId: id });
    expect(await writer.delete(`customers(${id})`)).toMatchObject({ status: 409, code: 'StillReferenced' });
    await writer.delete(`${path}/customerPayments(${paid})`);
    await writer.post('salesInvoices', { customerId: id });
    expect(await writer.delete(`customers(${id})`)).toMatchObject({
      status: 409,
      message:
        'You cannot delete Customer NEEDED because there is at least one outstanding Sales Invoice for this customer.',
    });
  });
});

describe('invoices', () => {
  const stored = (id: string) =>
    writer.row(
      'SELECT number, customer_id AS customer, status, invoice_date::text AS date, due_date::text AS due, currency_code AS currency FROM sales_invoices WHERE id = $1',
      id,
    );

  it('I2 I5 are made as drafts, for a customer named either way', async () => {
    for (const body of [{ customerId: customer().id }, { customerNumber: customer().number }]) {
      const { id } = await writer.post('salesInvoices', { ...body, dueDate: '2026-12-24' });
      expect(await stored(id)).toMatchObject({
        customer: customer().id,
        status: 'Draft',
        date: '2026-11-24',
        due: '2026-12-24',
      });
    }
  });

  it('I7 have the currency of the company and the date of today where these are sent empty', async () => {
    const body = { customerId: customer().id, currencyCode: '', invoiceDate: '0001-01-01' };
    const { id } = await writer.post('salesInvoices', body);
    expect(await stored(id)).toMatchObject({ currency: null, date: '2026-11-24' });
    await writer.patch(`salesInvoices(${id})`, { currencyCode: 'EUR' });
    await writer.patch(`salesInvoices(${id})`, { currencyCode: '' });
    expect(await stored(id)).toMatchObject({ currency: null });
    expect(await writer.patch(`salesInvoices(${id})`, { invoiceDate: '0001-01-01' })).toMatchObject({
      status: 400,
      message: 'The blank "invoiceDate" is not allowed.',
      target: 'invoiceDate',
    });
  });

  it('are made under their customer', async () => {
    const created = await writer.post(`customers(${customer().id})/salesInvoices`, {});
    expect(await stored(created.id)).toMatchObject({ customer: customer().id });
    const contradicting = { customerId: customer(1).id };
    expect(await writer.post(`customers(${customer().id})/salesInvoices`, contradicting)).toMatchObject({
      status: 400,
    });
    const bound = { 'customer@odata.bind': `customers(${customer(1).id})` };
    expect(await writer.post(`customers(${customer().id})/salesInvoices`, bound)).toMatchObject({ status: 400 });
  });

  it('I13 need a customer', async () => {
    const refused: readonly [object, string][] = [
      [{}, 'A "customerNumber" or a "customerId" must be provided.'],
      [{ customerId: UNKNOWN }, 'The sell-to customer cannot be found.'],
      [
        { customerId: customer().id, customerNumber: customer(1).number },
        'The sell-to customer values do not match to a specific Customer.',
      ],
      [{ customerId: customer().id, billToCustomerId: UNKNOWN }, 'The bill-to customer cannot be found.'],
    ];
    for (const [body, message] of refused)
      expect(await writer.post('salesInvoices', body)).toMatchObject({ status: 400, message });
  });

  it('I6 I9 are changed and deleted as drafts only', async () => {
    const { id } = await writer.post('salesInvoices', { customerId: customer().id });
    expect(
      await writer.patch(`salesInvoices(${id})`, { dueDate: '2027-01-01', customerId: customer(1).id }),
    ).toMatchObject({ status: 200 });
    expect(await stored(id)).toMatchObject({ due: '2027-01-01', customer: customer(1).id });
    expect(await writer.delete(`salesInvoices(${id})`)).toMatchObject({ status: 200 });
    const posted = `salesInvoices(${invoice(2).id})`;
    expect(await writer.patch(posted, { dueDate: null })).toMatchObject({
      message: 'The action can be applied to a draft invoice only.',
    });
    const paid = await pay(await journal(), { appliesToInvoiceId: invoice(2).id });
    expect(await writer.delete(posted)).toMatchObject({ status: 409 });
    expect(await payment(paid)).toMatchObject({ invoiceId: invoice(2).id });
  });
});
