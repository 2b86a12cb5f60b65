/** A company's books in tests: customers, invoices and payments made for the purpose, and every figure that must balance. */
import { decimal } from './oracle';
import type { Answer, Json, TestService } from './service';

/** Values by column, as text. */
export type TextRow = Readonly<Record<string, string | null>>;

/** What a payment is made of; amounts as text. */
export interface PaymentSketch {
  readonly customer?: { readonly id: string; readonly number: string };
  readonly amount: string;
  readonly invoice?: { readonly id: string; readonly number: string };
  /** A number that no invoice has, or had when the payment was entered. */
  readonly invoiceNumber?: string;
  readonly date?: string | null;
  readonly description?: string;
  readonly externalDocumentNumber?: string;
}

export interface Party {
  readonly id: string;
  readonly number: string;
}

let counter = 0;

/** The books of the current company of a service. */
export class Books {
  private constructor(
    readonly service: TestService,
    readonly company: string,
  ) {}

  static async of(service: TestService): Promise<Books> {
    const [first] = await service.sql('SELECT id FROM companies ORDER BY name LIMIT 1');
    return new Books(service, String(first?.['id']));
  }

  /** Rows by plain SQL, their values as JSON writes them. */
  async rows(text: string, ...values: readonly unknown[]): Promise<readonly TextRow[]> {
    return (await this.service.sql(text, values)) as readonly TextRow[];
  }

  async row(text: string, ...values: readonly unknown[]): Promise<TextRow> {
    return (await this.rows(text, ...values))[0] ?? {};
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.service.send(
      method,
      path,
      { ...type, ...headers },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  post(journal: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', `customerPaymentJournals(${journal})/Microsoft.NAV.post`, undefined, headers);
  }

  async preview(journal: string): Promise<readonly Json[]> {
    return this.service.all(`customerPaymentJournals(${journal})/Microsoft.NAV.previewPosting()`);
  }

  async created(path: string, body: Json): Promise<Json> {
    const answer = await this.send('POST', path, body);
    if (answer.status === 201) return answer.json;
    throw new Error(`${path}: ${answer.text}\n${this.service.takeFailures().join('\n')}`);
  }

  async journal(): Promise<string> {
    counter += 1;
    return String((await this.created('customerPaymentJournals', { code: `T${counter}` }))['id']);
  }

  async customer(more: Json = {}): Promise<Party> {
    const { id, number } = await this.created('customers', { displayName: 'Payer', ...more });
    return { id: String(id), number: String(number) };
  }

  /** A draft of an invoice, as clients make it; its total is not said in parts. */
  async draft(customer: Party, amount: string, more: Json = {}): Promise<Party> {
    const body = { customerId: customer.id, totalAmountIncludingTax: Number(amount), ...more };
    const { id, number } = await this.created('salesInvoices', body);
    return { id: String(id), number: String(number) };
  }

  /** An invoice by SQL, in any status; one that was posted before there were entries of invoices. */
  async invoice(
    customer: Party,
    amount: string,
    more: {
      readonly status?: string;
      readonly date?: string;
      readonly remaining?: string;
      readonly billTo?: Party;
      readonly number?: string;
    } = {},
  ): Promise<Party> {
    counter += 1;
    const { status = 'Open', date = '2026-01-15', remaining = status === 'Open' ? amount : '0', billTo } = more;
    const number = more.number ?? `TI-${String(counter).padStart(5, '0')}`;
    const { id } = await this.row(
      `INSERT INTO sales_invoices (company_id, number, invoice_date, posting_date, due_date, customer_id, bill_to_customer_id,
        total_amount_including_tax, remaining_amount, status)
      VALUES ($1, $2, $3, $3, $3, $4, $5, $6, $7, $8) RETURNING id`,
      this.company,
      number,
      date,
      customer.id,
      billTo?.id ?? null,
      amount,
      remaining,
      status,
    );
    return { id: String(id), number };
  }

  /** A payment by SQL: any, whether the service would take it or not. Gives its id. */
  async payment(journal: string, line: number, sketch: PaymentSketch): Promise<string> {
    const {
      customer,
      amount,
      invoice,
      invoiceNumber,
      date = '2026-03-01',
      description,
      externalDocumentNumber,
    } = sketch;
    const { id } = await this.row(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, customer_id, customer_number, posting_date, amount,
        applies_to_invoice_id, applies_to_invoice_number, description, external_document_number, document_number)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
      this.company,
      journal,
      line,
      customer?.id ?? null,
      customer?.number ?? null,
      date,
      amount,
      invoice?.id ?? null,
      invoice?.number ?? invoiceNumber ?? null,
      description ?? null,
      externalDocumentNumber ?? null,
      `DOC-${line}`,
    );
    return String(id);
  }

  /** Everything that posting may touch, as one text: equal before and after a refusal. */
  async everything(): Promise<string> {
    const tables = [
      'customer_payment_journals',
      'customer_payments',
      'dimension_lines',
      'default_dimensions',
      'sales_invoices',
      'customers',
      'customer_ledger_entries',
      'customer_ledger_entry_dimensions',
      'number_series',
    ];
    const digests = tables.map(
      (table) => `(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${table} t) AS ${table}`,
    );
    return JSON.stringify(await this.row(`SELECT ${digests.join(', ')}`));
  }

  /** What customers owe by the service's own sums, in hundred-thousandths. */
  async owed(): Promise<bigint> {
    const { sum } = await this.row(
      `SELECT coalesce(sum(remaining_amount), 0)::text AS sum FROM sales_invoices WHERE status = 'Open' AND company_id = $1`,
      this.company,
    );
    return decimal(sum ?? '0');
  }
}
