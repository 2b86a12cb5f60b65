/** Random writes of payments, journals, customers and invoices, beside a model of their rules; all rows are compared after each. */
import type { Json, TestService } from '../../service';
import type { Dice } from '../dice';
import {
  byId,
  checkUnique,
  EMPTY,
  isPosted,
  refuse,
  Refused,
  type Books,
  type Customer,
  type Dimension,
  type Invoice,
  type Journal,
  type Payment,
  type Value,
} from './books';
import {
  addCustomer,
  addInvoice,
  cancelInvoice,
  changeCustomer,
  changeInvoice,
  postInvoice,
  removeCustomer,
  removeInvoice,
  wholeCustomer,
} from './invoice-rules';
import {
  addJournal,
  addLine,
  addPayment,
  changeLines,
  changePayment,
  removeJournal,
  removePayment,
  replaceLines,
  valueIn,
  wholePayment,
} from './payment-rules';

/** One write, and what it does to the books; it throws when it is refused. */
interface Step {
  readonly method: string;
  readonly url: string;
  readonly body?: Json;
  /** Understood from 4.01 on. */
  readonly isNewer?: boolean;
  readonly apply: (books: Books) => void;
}

const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const JSON_BODY = { 'Content-Type': 'application/json' };

const headersOf = ({ isNewer }: Step): Record<string, string> => ({
  ...JSON_BODY,
  'If-Match': '*',
  ...(isNewer && { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' }),
});

/** All rows of the books as texts, without the ids that only the service knows. */
function shown({ journals, payments, customers, invoices, entries }: Books): string[] {
  const text = (kind: string, row: object): string =>
    Object.entries(row)
      .filter(([name]) => name !== 'id' && name !== 'first')
      .map(
        ([name, value]) => `${name}=${JSON.stringify(name === 'lines' ? Object.entries(value as Json).sort() : value)}`,
      )
      .sort()
      .reduce((whole, part) => `${whole} ${part}`, kind);
  return [
    ...journals.map((row) => text('journal', row)),
    ...payments.map(({ journal, ...row }) => text('payment', { ...row, journal: journal.code })),
    ...customers.map((row) => text('customer', row)),
    ...invoices.map((row) => text('invoice', row)),
    ...entries.map((row) => text('entry', row)),
  ].sort();
}

export class PaymentWrites {
  readonly failed: string[] = [];
  readonly told: Record<string, number> = {};
  private made = 0;

  private constructor(
    private readonly service: TestService,
    private readonly dice: Dice,
    private readonly company: string,
    private readonly account: string,
    private books: Books,
  ) {}

  static async begin(service: TestService, dice: Dice): Promise<PaymentWrites> {
    const id = async (text: string): Promise<string> => String((await service.sql(text))[0]?.['id']);
    const company = await id('SELECT id::text FROM companies ORDER BY name COLLATE "C" LIMIT 1');
    const here = `company_id = '${company}'`;
    await service.sql(`DELETE FROM customer_payments WHERE ${here}; DELETE FROM customer_payment_journals WHERE ${here}; DELETE FROM default_dimensions;
      UPDATE customers SET contact_id = NULL, blocked = 'None' WHERE ${here};
      UPDATE customers SET blocked = 'All' WHERE id = (SELECT id FROM customers WHERE ${here} ORDER BY number LIMIT 1);
      UPDATE customers SET contact_id = 'who' WHERE id = (SELECT id FROM customers WHERE ${here} ORDER BY number OFFSET 1 LIMIT 1)`);
    const account = await id(
      `SELECT id::text FROM accounts WHERE ${here} AND NOT blocked AND direct_posting ORDER BY number LIMIT 1`,
    );
    for (const body of [{ code: 'RANDOM1', balancingAccountId: account }, { code: 'RANDOM2' }])
      await service.send('POST', 'customerPaymentJournals', JSON_BODY, JSON.stringify(body));
    return new PaymentWrites(service, dice, company, account, await load(service, company));
  }

  /** One request, or several in one group of a batch. */
  async step(): Promise<void> {
    const isGroup = this.dice.chance(0.2);
    const wanted = structuredClone(this.books);
    const steps = Array.from({ length: isGroup ? 2 + this.dice.below(3) : 1 }, () => this.next());
    const { failed, refused } = outcome(steps, wanted);
    const requests = steps.map((step, at) => ({
      ...{ id: String(at), atomicityGroup: 'g', method: step.method, url: step.url, headers: headersOf(step) },
      ...(step.body && { body: step.body }),
    }));
    const [one] = requests;
    const answer = isGroup
      ? await this.service.send('POST', '$batch', JSON_BODY, JSON.stringify({ requests }))
      : await this.service.send(one?.method ?? '', one?.url ?? '', one?.headers, one?.body && JSON.stringify(one.body));
    const parts = (answer.json['responses'] ?? []) as Json[];
    const statuses = isGroup ? parts.map(({ status }) => Number(status)) : [answer.status];
    const isRight = statuses.every((status, at) =>
      failed < 0 ? status < 300 : at === failed ? refused.includes(status) : [424, 412].includes(status),
    );
    for (const [at, status] of statuses.entries()) {
      const name = `${steps[at]?.method} ${status}`;
      this.told[name] = (this.told[name] ?? 0) + 1;
    }
    const should = shown(failed < 0 ? wanted : this.books);
    this.books = await load(this.service, this.company);
    const is = shown(this.books);
    const [extra, lacking] = [is.filter((row) => !should.includes(row)), should.filter((row) => !is.includes(row))];
    if (isRight && extra.length + lacking.length === 0) return;
    this.failed.push(
      `${JSON.stringify(requests.map(({ method, url, body }) => [method, url, body]))}\n   ${statuses.join()} should be ${failed < 0 ? 'done' : `${refused.join(' or ')} at ${failed}`}: ${answer.text.slice(0, 500)} ${this.service.takeFailures().join()}\n   is ${extra.join('\n      ')}\n   should be ${lacking.join('\n      ')}`,
    );
  }

  private next(): Step {
    return (
      this.dice.way<() => Step | undefined>(
        [4, () => () => this.payment()],
        [2, () => () => this.lines()],
        [1, () => () => this.journal()],
        [1.5, () => () => this.customer()],
        [2.5, () => () => this.invoice()],
      )() ?? this.next()
    );
  }

  // ---- payments

  private payment(): Step | undefined {
    const { dice, books } = this;
    if (books.journals.length === 0) return undefined;
    const few = books.payments.length < 12;
    if (books.payments.length === 0 || dice.chance(few ? 0.4 : 0.1)) {
      const { id } = dice.pick(books.journals);
      const body = this.paymentBody(true);
      const apply = (to: Books): void => addPayment(to, byId(to.journals, id), body);
      return { method: 'POST', url: `customerPaymentJournals(${id})/customerPayments`, body, apply };
    }
    const { id, journal } = dice.pick(books.payments);
    const url = `customerPaymentJournals(${journal.id})/customerPayments(${id})`;
    const of = (to: Books): Payment => byId(to.payments, id);
    const body = this.paymentBody(false);
    return dice.way<Step>(
      [5, () => ({ method: 'PATCH', url, body, apply: (to) => changePayment(to, of(to), body) })],
      [2, () => ({ method: 'PUT', url, body, apply: (to) => changePayment(to, of(to), wholePayment(body)) })],
      [1.5, () => ({ method: 'DELETE', url, apply: (to) => removePayment(to, of(to)) })],
      [4, () => this.dimensionLine(url, of)],
    );
  }

  private dimensionLine(payment: string, of: (to: Books) => Payment): Step {
    const dimension = this.dice.pick(this.books.dimensions);
    const url = `${payment}/dimensionLines(${dimension.id})`;
    const there = (to: Books): Payment => (dimension.id in of(to).lines ? of(to) : refuse(404));
    const [made, body] = [this.line(dimension, true), this.line(dimension, false)];
    return this.dice.way<Step>(
      [
        3,
        () => ({
          method: 'POST',
          url: `${payment}/dimensionLines`,
          body: made,
          apply: (to) => addLine(to, of(to), made),
        }),
      ],
      [
        2,
        () => ({
          ...{ method: 'PATCH', url, body },
          apply: (to) => {
            const { lines } = there(to);
            if (Object.keys(body).length > 0) lines[dimension.id] = valueIn(dimension, body);
          },
        }),
      ],
      [1, () => ({ method: 'DELETE', url, apply: (to) => void delete there(to).lines[dimension.id] })],
    );
  }

  /** Many payments of a journal at once: a delta of them, or a body of the journal that has them. */
  private lines(): Step | undefined {
    const { dice, books } = this;
    if (books.journals.length === 0) return undefined;
    const { id } = dice.pick(books.journals);
    const own = books.payments.filter(({ journal }) => journal.id === id);
    const changed = dice.some(own, 0.5).map((payment) => this.changed(payment));
    const added = Array.from({ length: dice.below(own.length < 12 ? 4 : 2) }, () => this.paymentBody(true));
    const removed = own
      .filter((payment) => !changed.some((item) => item['id'] === payment.id) && dice.chance(0.2))
      .map((payment): Json => ({ '@removed': { reason: 'deleted' }, id: payment.id }));
    const items = [...changed, ...added];
    const delta = dice.chance(0.5) ? [...items, ...removed] : [...removed, ...items];
    const journal = `customerPaymentJournals(${id})`;
    const of = (to: Books): Journal => byId(to.journals, id);
    const newer = { method: 'PATCH', isNewer: true };
    const apply = (to: Books): void => changeLines(to, of(to), delta);
    return dice.way<Step>(
      [
        1,
        () => ({ ...newer, url: `${journal}/customerPayments`, body: { '@context': '#$delta', value: delta }, apply }),
      ],
      [1, () => ({ ...newer, url: journal, body: { 'customerPayments@delta': delta }, apply })],
      [
        1,
        () => ({
          ...newer,
          url: journal,
          body: { customerPayments: items },
          apply: (to) => replaceLines(to, of(to), items),
        }),
      ],
    );
  }

  /** A payment with an id, and what becomes of it. */
  private changed({ id }: Payment): Json {
    const { lineNumber: _, ...body } = this.paymentBody(false);
    return { id, ...body };
  }

  private journal(): Step {
    const { dice, books } = this;
    if (books.journals.length > 4 || (books.journals.length > 2 && dice.chance(0.3))) {
      const { id } = dice.pick(books.journals);
      return {
        method: 'DELETE',
        url: `customerPaymentJournals(${id})`,
        apply: (to) => removeJournal(to, byId(to.journals, id)),
      };
    }
    const body = {
      code: dice.chance(0.1) ? dice.pick(['RANDOM1', 'random2']) : `deep${(this.made += 1)}`,
      ...(dice.chance(0.5) && { balancingAccountId: this.account }),
      customerPayments: Array.from({ length: dice.below(4) }, () => this.paymentBody(true)),
    };
    return { method: 'POST', url: 'customerPaymentJournals', body, apply: (to) => addJournal(to, body) };
  }

  // ---- customers and invoices

  private customer(): Step {
    const { dice, books } = this;
    const number = dice.chance(0.9) ? `R${(this.made += 1)}` : dice.pick(books.customers).number;
    if (books.customers.length < 26 && dice.chance(0.4)) {
      const body = { ...this.customerBody(), number, displayName: dice.pick(['New', 'Newer & Søn', ' ']) };
      return { method: 'POST', url: 'customers', body, apply: (to) => addCustomer(to, body) };
    }
    const { id } = this.someCustomer();
    const url = `customers(${id})`;
    const of = (to: Books): Customer => byId(to.customers, id);
    const body = { ...this.customerBody(), ...(dice.chance(0.3) && { number }) };
    const whole = { displayName: 'Whole', ...body };
    return dice.way<Step>(
      [4, () => ({ method: 'PATCH', url, body, apply: (to) => changeCustomer(to, of(to), body) })],
      [1, () => ({ method: 'PUT', url, body: whole, apply: (to) => changeCustomer(to, of(to), wholeCustomer(whole)) })],
      [2, () => ({ method: 'DELETE', url, apply: (to) => removeCustomer(to, of(to)) })],
    );
  }

  private customerBody(): Json {
    const { dice } = this;
    return {
      ...(dice.chance(0.3) && { displayName: dice.pick(['Renamed', 'x'.repeat(60), ' ']) }),
      ...(dice.chance(0.3) && { contactId: dice.pick(['who', 'else', '', null]) }),
      ...(dice.chance(0.3) && { currencyCode: dice.pick(['EUR', 'USD', '', null]) }),
      ...(dice.chance(0.3) && { blocked: dice.pick(['None', 'None', 'Ship', 'Invoice', 'All']) }),
    };
  }

  /** The new ones meet more often. */
  private someCustomer(): Customer {
    const { customers } = this.books;
    return this.dice.pick(this.dice.chance(0.7) ? customers.slice(-6) : customers);
  }

  private isBlocked({ customerId, billToCustomerId }: Invoice): boolean {
    const payer = this.books.customers.find(({ id }) => id === (billToCustomerId ?? customerId));
    return payer?.blocked === 'All';
  }

  private invoice(): Step {
    const { dice, books } = this;
    const drafts = books.invoices.filter((invoice) => !isPosted(invoice));
    if (dice.chance(drafts.length < 6 ? 0.5 : 0.1)) {
      const number = dice.chance(0.95) ? `I${(this.made += 1)}` : dice.pick(books.invoices).number;
      const body = { ...this.invoiceBody(), number, customerNumber: this.someCustomer().number };
      return { method: 'POST', url: 'salesInvoices', body, apply: (to) => addInvoice(to, body) };
    }
    const { id } = dice.pick(drafts.length > 0 && dice.chance(0.7) ? drafts : books.invoices.slice(-12));
    const url = `salesInvoices(${id})`;
    const of = (to: Books): Invoice => byId(to.invoices, id);
    const body = { ...this.invoiceBody(), ...(dice.chance(0.2) && { customerId: this.someCustomer().id }) };
    return dice.way<Step>(
      [3, () => ({ method: 'PATCH', url, body, apply: (to) => changeInvoice(to, of(to), body) })],
      [1, () => ({ method: 'DELETE', url, apply: (to) => removeInvoice(to, of(to)) })],
      [4, () => ({ method: 'POST', url: `${url}/Microsoft.NAV.post`, apply: (to) => postInvoice(to, of(to)) })],
      [3, () => ({ method: 'POST', url: `${url}/Microsoft.NAV.cancel`, apply: (to) => cancelInvoice(to, of(to)) })],
    );
  }

  private invoiceBody(): Json {
    const { dice } = this;
    return {
      ...(dice.chance(0.8) && { totalAmountIncludingTax: dice.pick([100, 250.5, 12.25, 0, -1]) }),
      ...(dice.chance(0.1) && { currencyCode: dice.pick(['EUR', '', null]) }),
      ...(dice.chance(0.15) && { billToCustomerId: dice.pick([this.someCustomer().id, null, EMPTY, UNKNOWN]) }),
    };
  }

  // ---- bodies of payments

  private line(dimension: Dimension, isNew: boolean): Json {
    const { dice, books } = this;
    const value = dice.pick(dice.chance(0.9) ? dimension.values : dice.pick(books.dimensions).values);
    const other = dice.chance(0.1) ? dice.pick(books.dimensions) : dimension;
    return {
      ...(isNew && dice.chance(0.6) && { id: dimension.id }),
      ...(isNew && dice.chance(0.6) && { code: other.code }),
      ...(dice.chance(0.6) && { valueId: dice.chance(0.95) ? value.id : UNKNOWN }),
      ...(dice.chance(0.6) && { valueCode: dice.chance(0.9) ? value.code : dice.pick(dimension.values).code }),
    };
  }

  private paymentBody(isNew: boolean): Json {
    const { dice, books } = this;
    const few = [...books.customers.slice(0, 4), ...books.customers.slice(-3)];
    const some = <T>(probability: number, make: () => T): T | undefined =>
      dice.chance(probability) ? make() : undefined;
    const odd = (value: string): Value => dice.way<Value>([9, () => value], [0.5, () => null], [0.4, () => 'nobody']);
    const customer = dice.pick(few);
    const payable = books.invoices.filter((invoice) => isPosted(invoice) && !this.isBlocked(invoice));
    const invoice = dice.pick(dice.chance(0.85) && payable.length > 0 ? payable : books.invoices);
    const body: Record<string, unknown> = {
      lineNumber: some(0.2, () => dice.pick([0, 5000, 10_000, 15_000, 20_000, 25_000, 100_000])),
      customerId: some(0.25, () =>
        dice.way<string | null>([9, () => customer.id], [0.4, () => EMPTY], [0.4, () => null], [0.4, () => UNKNOWN]),
      ),
      customerNumber: some(0.25, () => odd(dice.chance(0.9) ? customer.number : dice.pick(few).number)),
      contactId: some(0.08, () => odd('who')),
      appliesToInvoiceId: some(0.12, () =>
        dice.way<string | null>([9, () => invoice.id], [0.5, () => EMPTY], [0.5, () => null], [0.4, () => UNKNOWN]),
      ),
      appliesToInvoiceNumber: some(0.12, () =>
        odd(dice.chance(0.9) ? invoice.number : dice.pick(books.invoices).number),
      ),
      postingDate: some(0.2, () => dice.pick(['2026-01-31', '2025-12-01', isNew ? null : '2026-02-28'])),
      documentNumber: some(0.2, () => dice.pick(['D-9', 'X', 'A99B', null])),
      externalDocumentNumber: some(0.25, () => dice.pick(['E1', 'E2', null])),
      amount: some(0.6, () => dice.pick([-100, 100, 0, -0.25, 250.5])),
      description: some(0.15, () => dice.pick(['Own words', null])),
      comment: some(0.2, () => dice.pick(['Why', null])),
      dimensionLines: isNew ? some(0.15, () => [this.line(dice.pick(books.dimensions), true)]) : undefined,
    };
    return JSON.parse(JSON.stringify(body)) as Json;
  }
}

/** What the steps do to the books, and the first that is refused. */
function outcome(
  steps: readonly Step[],
  books: Books,
): { readonly failed: number; readonly refused: readonly number[] } {
  for (const [failed, { apply }] of steps.entries())
    try {
      apply(books);
      checkUnique(books);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { failed, refused: error.statuses };
    }
  return { failed: -1, refused: [] };
}

/** The books by plain SQL. */
async function load(service: TestService, company: string): Promise<Books> {
  const here = `company_id = '${company}'`;
  const rows = async <T>(text: string): Promise<T[]> => (await service.sql(text)) as unknown as T[];
  const [journals, payments, customers, invoices, entries, dimensions] = await Promise.all([
    rows<Journal>(
      `SELECT id::text, code, balancing_account_id IS NOT NULL AS balances, code || '-000001' AS first FROM customer_payment_journals WHERE ${here} ORDER BY code`,
    ),
    rows<Payment & { readonly in: string }>(
      `SELECT p.id::text, journal_id::text AS in, line_number AS "lineNumber", customer_id::text AS "customerId", customer_number AS "customerNumber",
        contact_id AS "contactId", posting_date::text AS "postingDate", document_number AS "documentNumber", external_document_number AS "externalDocumentNumber",
        amount::float8 AS amount, applies_to_invoice_id::text AS "appliesToInvoiceId", applies_to_invoice_number AS "appliesToInvoiceNumber", description, comment,
        coalesce((SELECT jsonb_object_agg(dimension_id, dimension_value_id) FROM dimension_lines WHERE payment_id = p.id), '{}') AS lines
       FROM customer_payments p WHERE ${here} ORDER BY journal_id, line_number`,
    ),
    rows<Customer>(
      `SELECT id::text, number, display_name AS "displayName", blocked, contact_id AS "contactId", currency_code AS "currencyCode"
       FROM customers WHERE ${here} ORDER BY number`,
    ),
    rows<Invoice>(
      `SELECT id::text, number, status, customer_id::text AS "customerId", bill_to_customer_id::text AS "billToCustomerId", currency_code AS "currencyCode",
        invoice_date::text AS "invoiceDate", posting_date::text AS "postingDate", total_amount_including_tax::float8 AS total,
        (total_amount_excluding_tax + total_tax_amount)::float8 AS parts, remaining_amount::float8 AS remaining
       FROM sales_invoices WHERE ${here} ORDER BY number`,
    ),
    rows<Books['entries'][number]>(
      `SELECT customer_id::text AS "customerId", document_type AS "documentType", document_number AS "documentNumber", posting_date::text AS "postingDate",
        amount::float8 AS amount, remaining_amount::float8 AS remaining FROM customer_ledger_entries WHERE ${here} ORDER BY entry_number`,
    ),
    rows<Dimension>(
      `SELECT d.id::text, d.code, json_agg(json_build_object('id', v.id, 'code', v.code) ORDER BY v.code) AS values
       FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id WHERE d.${here} GROUP BY d.id ORDER BY d.code`,
    ),
  ]);
  const kept = payments.map(({ in: journal, ...payment }) => ({ ...payment, journal: byId(journals, journal) }));
  return { journals, payments: kept, customers, invoices, entries, dimensions };
}
