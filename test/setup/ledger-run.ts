/** A random sequence of writes against the service, and a ledger in plain JavaScript beside it: after each step the tables hold what it holds. */
import {
  amountText,
  Ledger,
  Refusal,
  sum,
  valuesOf,
  type Default,
  type Invoice,
  type Sketch,
  type Values,
} from './ledger';
import {
  CUSTOMERS,
  DIMENSIONS,
  VALUES,
  type Choice,
  type InvoiceAction,
  type Sending,
  type Step,
} from './ledger-steps';
import { decimal } from './oracle';
import type { Books, Party } from './posting';
import { repeatable } from './repeatable';
import type { Answer, Json } from './service';

const EARLY = '2026-01-10';
const DATE = '2026-02-01';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  /** The requests of a group carry the identifier instead of the batch. */
  readonly isBatch?: boolean;
}

/** What a client can tell of an answer. A batch is as good as the worst of its parts. */
interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly answer: Answered;
}

/** An answer, of whichever process. */
export type Answered = Pick<Answer, 'status' | 'text' | 'json'>;

/** The way of requests to the service. */
export interface Way {
  readonly send: (method: string, path: string, body: unknown, headers: Record<string, string>) => Promise<Answered>;
  /** Sends so that the way breaks at a message to the database; sends again until there is an answer, which may be the first one's. */
  readonly broken: <T extends Pick<Answered, 'status' | 'text'>>(at: number, send: () => Promise<T>) => Promise<T>;
}

/** One sequence, with what the books should hold. */
export class Run {
  private readonly done: { readonly sent: Sent; readonly outcome: Outcome }[] = [];

  private constructor(
    private readonly books: Books,
    private readonly way: Way,
    readonly customers: readonly Party[],
    readonly invoices: readonly Party[],
    readonly journals: readonly string[],
    /** The id of each dimension, and codes of its values. */
    private readonly dimensions: ReadonlyMap<string, { readonly id: string; readonly values: readonly string[] }>,
    private ledger: Ledger,
  ) {}

  static async begin(books: Books, way: Way): Promise<Run> {
    const dimensions = new Map<string, { readonly id: string; readonly values: readonly string[] }>();
    for (const dimension of DIMENSIONS) {
      const found = await books.rows(
        `SELECT d.id, v.code FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
         WHERE d.company_id = $1 AND d.code = $2 AND NOT v.blocked ORDER BY v.code LIMIT ${VALUES}`,
        books.company,
        dimension,
      );
      dimensions.set(dimension, { id: String(found[0]?.['id']), values: found.map(({ code }) => String(code)) });
    }
    const valueOf = (code: string, at: number): string => dimensions.get(code)?.values[at] ?? '';
    const gives: readonly Default[] = [
      { code: 'DEPARTMENT', value: valueOf('DEPARTMENT', 0), validation: '_x0020_' },
      { code: 'REGION', value: valueOf('REGION', 0), validation: 'Code_x0020_Mandatory' },
    ];
    const givesLess: readonly Default[] = [{ code: 'REGION', value: valueOf('REGION', 1), validation: '_x0020_' }];
    const given = [gives, givesLess, []];
    const customers = await Promise.all(
      Array.from({ length: CUSTOMERS }, (_, at) =>
        books.customer({ defaultDimensions: defaultsBody(given[at] ?? []) }),
      ),
    );
    const journals = [await books.journal(), await books.journal()];
    const [first, second, third] = customers as [Party, Party, Party];
    // Those that customers own are posted as clients do it; one was posted before there were entries of invoices; the others are drafts.
    const sketches = [
      { soldTo: first, amount: '20', date: '2026-01-15', was: 'posted' },
      { soldTo: second, amount: '0.00003', date: '2026-01-15', was: 'posted' },
      { soldTo: third, amount: '99.99', date: '2026-01-15', was: 'posted' },
      { soldTo: first, billTo: second, amount: '30.5', date: '2026-01-05', was: 'there' },
      { soldTo: third, amount: '10', date: '2026-01-05', was: 'drawn up' },
      { soldTo: first, amount: '0.5', date: '2026-01-05', was: 'drawn up' },
      { soldTo: second, billTo: third, amount: '20', date: '2026-01-15', was: 'drawn up' },
    ] as const;
    const invoices: Party[] = [];
    const known = new Map<string, Invoice>();
    for (const { soldTo, amount: text, date, was, ...more } of sketches) {
      const billTo = 'billTo' in more ? more.billTo : undefined;
      const invoice =
        was === 'there'
          ? await books.invoice(soldTo, text, { date, ...(billTo && { billTo }) })
          : await books.draft(soldTo, text, { invoiceDate: date, billToCustomerId: billTo?.id ?? null });
      const total = decimal(text);
      known.set(invoice.number, {
        id: invoice.id,
        soldTo: soldTo.number,
        billedTo: (billTo ?? soldTo).number,
        date,
        ...(was === 'there' ? { status: 'Open', remaining: total } : { status: 'Draft', remaining: 0n }),
        total,
      });
      invoices.push(invoice);
    }
    const defaults = new Map(customers.map(({ number }, at) => [number, given[at] ?? []]));
    let ledger = new Ledger(new Set(), known, new Map(journals.map((id) => [id, []])), [], defaults);
    for (const { id, number } of invoices.slice(0, CUSTOMERS)) {
      const next = ledger.postInvoice(number);
      const { status } = await books.send('POST', invoicePath(id, 'post'));
      if (next instanceof Refusal || status !== 204) throw new Error(`The invoice ${number} is not posted: ${status}`);
      ledger = next;
    }
    return new Run(books, way, customers, invoices, journals, dimensions, ledger);
  }

  /** Does a step; throws when the answer or the books are not as they should be. */
  async do(one: Step, how: Sending): Promise<void> {
    if (one.kind === 'resend') return this.resend(one.pick);
    if (one.kind === 'race') return this.race(one.invoice, one.does);
    const expected = this.expected(one);
    if (!expected) return;
    const { sent, next } = expected;
    const before = next instanceof Refusal ? await this.books.everything() : '';
    const outcome = await this.send(sent, how);
    if (next instanceof Refusal) {
      expect([outcome.status, outcome.text]).toEqual([expect.any(Number), expect.stringContaining('"error"')]);
      expect([400, 412]).toContain(outcome.status);
      expect(await this.books.everything()).toBe(before);
      if (one.kind === 'post') expect(offenders(outcome.answer.json['error'])).toEqual([...next.lines].sort());
    } else {
      expect([outcome.status < 300, outcome.text]).toEqual([true, outcome.text]);
      this.ledger = this.withIds(one, next, outcome.answer);
    }
    await this.check();
  }

  /** The request of a step, and the books after it. */
  private expected(
    one: Exclude<Step, { kind: 'resend' | 'race' }>,
  ): { sent: Sent; next: Ledger | Refusal } | undefined {
    const { ledger } = this;
    switch (one.kind) {
      case 'create': {
        const at = this.journals[one.journal] ?? '';
        const sketch = this.sketch(one.choice, at);
        return { sent: post(paymentsOf(at), this.body(sketch)), next: ledger.create(at, sketch) };
      }
      case 'edit': {
        const found = this.pick(one.pick);
        if (!found) return undefined;
        const sketch = this.sketch(one.choice, found.journal, found.id);
        const headers = { 'If-Match': one.isStale ? 'W/"0"' : '*' };
        const sent = {
          method: 'PATCH',
          path: `${paymentsOf(found.journal)}(${found.id})`,
          body: this.body(sketch),
          headers,
        };
        return { sent, next: one.isStale ? new Refusal() : ledger.edit(found.journal, found.id, sketch) };
      }
      case 'remove': {
        const found = this.pick(one.pick);
        if (!found) return undefined;
        const path = `${paymentsOf(found.journal)}(${found.id})`;
        const sent = { method: 'DELETE', path, body: undefined, headers: { 'If-Match': '*' } };
        return { sent, next: ledger.remove(found.journal, found.id) };
      }
      case 'post': {
        const at = this.journals[one.journal] ?? '';
        return { sent: post(postOf(at), undefined), next: ledger.post(at) };
      }
      case 'block': {
        const { id = '', number = '' } = this.customers[one.customer] ?? {};
        const body = { blocked: one.isBlocked ? 'All' : 'None' };
        const sent = { method: 'PATCH', path: `customers(${id})`, body, headers: { 'If-Match': '*' } };
        return { sent, next: ledger.block(number, one.isBlocked) };
      }
      case 'dimension': {
        const found = this.pick(one.pick);
        return found && this.dimension(found, DIMENSIONS[one.dimension] ?? '', one.value);
      }
      case 'defaults': {
        const { id = '', number = '' } = this.customers[one.customer] ?? {};
        const defaults = one.defaults.flatMap((choice, at): readonly Default[] => {
          const code = DIMENSIONS[at] ?? '';
          return choice
            ? [{ ...choice, code, value: choice.value === null ? null : this.value(code, choice.value) }]
            : [];
        });
        const body = { defaultDimensions: defaultsBody(defaults) };
        const headers = { 'If-Match': '*', 'OData-Version': '4.01' };
        return {
          sent: { method: 'PATCH', path: `customers(${id})`, body, headers },
          next: ledger.defaulted(number, defaults),
        };
      }
      case 'invoice':
        return this.invoiceAction(one.invoice, one.does)(ledger);
      case 'group':
        return this.group(one.journal, one.choices, one.posts);
    }
  }

  private value(dimension: string, at: number): string {
    return this.dimensions.get(dimension)?.values[at] ?? '';
  }

  /** What a payment has in a dimension is written, or taken away. */
  private dimension(
    { journal, id }: { readonly journal: string; readonly id: string },
    code: string,
    at: number | null,
  ): { sent: Sent; next: Ledger } | undefined {
    const has = this.ledger
      .lines(journal)
      .find((line) => line.id === id)
      ?.dimensions.has(code);
    const value = at === null ? null : this.value(code, at);
    const next = this.ledger.dimension(journal, id, code, value);
    const path = `${paymentsOf(journal)}(${id})/dimensionLines`;
    if (has !== true) return value === null ? undefined : { sent: post(path, { code, valueCode: value }), next };
    const line = `${path}(${this.dimensions.get(code)?.id ?? ''})`;
    const headers = { 'If-Match': '*' };
    if (value === null) return { sent: { method: 'DELETE', path: line, body: undefined, headers }, next };
    return { sent: { method: 'PATCH', path: line, body: { valueCode: value }, headers }, next };
  }

  /** Creates, and perhaps the posting of them, as one group of a batch. */
  private group(journal: number, choices: readonly Choice[], posts: boolean): { sent: Sent; next: Ledger | Refusal } {
    const at = this.journals[journal] ?? '';
    let next: Ledger | Refusal = this.ledger;
    const requests: Json[] = [];
    for (const one of choices) {
      const sketch = this.sketch(one, at);
      requests.push({ id: String(requests.length), method: 'POST', url: paymentsOf(at), body: this.body(sketch) });
      if (next instanceof Ledger) next = next.create(at, sketch);
      if (next instanceof Ledger) next = next.named(at, `new ${requests.length - 1}`);
    }
    if (posts) requests.push({ id: 'post', method: 'POST', url: postOf(at) });
    if (posts && next instanceof Ledger) next = next.post(at);
    const body = { requests: requests.map((request) => ({ ...request, atomicityGroup: 'g' })) };
    return { sent: { ...post('$batch', body), isBatch: true }, next };
  }

  /** What is done with an invoice: the request, and the books after it. */
  private invoiceAction(at: number, does: InvoiceAction): (ledger: Ledger) => { sent: Sent; next: Ledger | Refusal } {
    const { id = '', number = '' } = this.invoices[at] ?? {};
    const sent = post(invoicePath(id, does), undefined);
    return (ledger) => ({ sent, next: does === 'post' ? ledger.postInvoice(number) : ledger.cancelInvoice(number) });
  }

  /** Both journals and an invoice at the same time: the outcome is that of one after the other, in some order. */
  private async race(invoice: number, does: InvoiceAction): Promise<void> {
    const works = [
      ...this.journals.map((at) => (ledger: Ledger) => ({ sent: post(postOf(at), undefined), next: ledger.post(at) })),
      this.invoiceAction(invoice, does),
    ];
    const answers = await Promise.all(works.map((work) => this.once(work(this.ledger).sent)));
    const statuses = answers.map(({ status }) => status);
    const outcomes = permutations(works).map((order) => {
      let { ledger } = this;
      const expected = new Map(
        order.map((work) => {
          const { next } = work(ledger);
          if (next instanceof Ledger) ledger = next;
          return [work, next instanceof Ledger ? 204 : 400] as const;
        }),
      );
      return { ledger, statuses: works.map((work) => expected.get(work)) };
    });
    const like = outcomes.find((outcome) => outcome.statuses.join() === statuses.join());
    expect([statuses, answers.map(({ text }) => text)]).toEqual([like?.statuses, expect.anything()]);
    if (like) this.ledger = like.ledger;
    await this.check();
  }

  /** Something that was done long ago: it is answered as then, and not done. */
  private async resend(pick: number): Promise<void> {
    const known = this.done[pick % Math.max(1, this.done.length)];
    if (!known) return;
    const before = await this.books.everything();
    const { status, text } = await this.once(known.sent);
    expect([status, text]).toEqual([known.outcome.status, known.outcome.text]);
    expect(await this.books.everything()).toBe(before);
  }

  private pick(number: number): { readonly journal: string; readonly id: string } | undefined {
    const all = this.journals.flatMap((at) => this.ledger.lines(at).map(({ id }) => ({ journal: at, id })));
    return all[number % Math.max(1, all.length)];
  }

  private sketch(choice: Choice, journal: string, id?: string): Sketch {
    const { customer, invoice, byId, amount: units, isEarly, values = [] } = choice;
    const sent = values.flatMap((at, place) => {
      const code = DIMENSIONS[place] ?? '';
      return at === null ? [] : [[code, this.value(code, at)] as const];
    });
    const lines = this.ledger.lines(journal);
    const current = lines.find((line) => line.id === id);
    const number = typeof invoice === 'number' ? (this.invoices[invoice]?.number ?? 'NOBODY-KNOWS') : invoice;
    const on = number === undefined ? current?.invoice : number;
    const others = lines.filter((line) => line.id !== id && line.invoice === on);
    const open = this.ledger.invoices.get(on ?? '');
    const rest =
      ((open?.status === 'Draft' ? open.total : open?.remaining) ?? 0n) + sum(others.map((line) => line.amount));
    return {
      ...(customer === undefined
        ? {}
        : { customer: customer === null ? null : (this.customers[customer]?.number ?? '') }),
      ...(number === undefined ? {} : { invoice: number }),
      ...(byId === true ? { byId } : {}),
      ...(units === undefined ? {} : { amount: units === 'rest' ? -rest : BigInt(units) }),
      ...(isEarly === undefined ? {} : { date: isEarly ? EARLY : DATE }),
      ...(sent.length === 0 ? {} : { dimensions: Object.fromEntries(sent) }),
    };
  }

  private body({ customer, invoice, byId, amount: units, date, dimensions }: Sketch): Json {
    const id = byId === true ? this.invoices.find(({ number }) => number === invoice)?.id : undefined;
    return {
      ...(customer === undefined ? {} : { customerNumber: customer }),
      ...(id !== undefined
        ? { appliesToInvoiceId: id }
        : invoice === undefined
          ? {}
          : { appliesToInvoiceNumber: invoice }),
      ...(units === undefined ? {} : { amount: Number(amountText(units)) }),
      ...(date === undefined ? {} : { postingDate: date }),
      ...(dimensions === undefined ? {} : { dimensionLines: linesBody(dimensions) }),
    };
  }

  // ---- sending it

  private async send(sent: Sent, how: Sending): Promise<Outcome> {
    if (how === 'once') return this.once(sent);
    const marked = withIdentifier(sent);
    const outcome = await this.insisting(marked, how);
    if (outcome.status < 400) this.done.push({ sent: marked, outcome });
    return outcome;
  }

  private async insisting(sent: Sent, how: Exclude<Sending, 'once'>): Promise<Outcome> {
    if (how === 'again' || how === 'twins') {
      const first = this.once(sent);
      if (how === 'again') await first;
      const [one, two] = await Promise.all([first, this.once(sent)]);
      // What is refused is not remembered: each is refused on its own.
      expect([two.status, two.text]).toEqual([one.status, one.status < 400 ? one.text : expect.anything()]);
      return one;
    }
    return this.way.broken(how.breaksAt, () => this.once(sent));
  }

  private async once({ method, path, body, headers, isBatch }: Sent): Promise<Outcome> {
    const answer = await this.way.send(method, path, body, headers);
    if (isBatch !== true) return { status: answer.status, text: answer.text, answer };
    const responses = (answer.json['responses'] ?? []) as readonly Json[];
    const statuses = responses.map(({ status }) => Number(status)).filter((status) => status !== 424);
    const bodies = responses.map((response) => response['body'] ?? null);
    return { status: Math.max(...statuses), text: JSON.stringify(bodies), answer };
  }

  private withIds(one: Step, next: Ledger, { json }: Answered): Ledger {
    if (one.kind === 'create') return next.named(this.journals[one.journal] ?? '', String(json['id']));
    if (one.kind !== 'group') return next;
    const responses = (json['responses'] ?? []) as readonly { readonly body?: Json }[];
    const ids = new Map(responses.map(({ body }, index) => [`new ${index}`, String(body?.['id'])]));
    return next.renamed(ids);
  }

  // ---- looking at it

  async check(): Promise<void> {
    const [{ state }] = (await this.books.service.sql(
      `SELECT json_build_object(
        'lines', (SELECT coalesce(json_agg(json_build_array(journal_id, id, line_number, customer_number, amount::text,
            nullif(applies_to_invoice_number, ''), posting_date, (${valuesIn('dimension_lines l', 'l.payment_id = p.id')}))
            ORDER BY journal_id, line_number), '[]')
          FROM customer_payments p WHERE journal_id = ANY($1)),
        'entries', (SELECT coalesce(json_agg(json_build_array(CASE document_type WHEN 'Credit Memo' THEN 'of ' || i.number ELSE e.id::text END, document_type,
            c.number, e.amount::text, i.number, e.remaining_amount::text, e.open,
            (${valuesIn('customer_ledger_entry_dimensions l', 'l.entry_id = e.id')}))), '[]')
          FROM customer_ledger_entries e JOIN customers c ON c.id = e.customer_id
          LEFT JOIN sales_invoices i ON i.id = e.applies_to_invoice_id WHERE c.number = ANY($2)),
        'invoices', (SELECT json_agg(json_build_array(number, status, remaining_amount::text) ORDER BY number)
          FROM sales_invoices WHERE number = ANY($3))) AS state`,
      [this.journals, this.customers.map(({ number }) => number), this.invoices.map(({ number }) => number)],
    )) as [{ readonly state: Record<'lines' | 'entries' | 'invoices', readonly (readonly unknown[])[]> }];
    const { ledger } = this;
    const exact = (
      rows: readonly (readonly unknown[])[],
      ...places: readonly number[]
    ): readonly (readonly unknown[])[] =>
      rows.map((row) => row.map((value, place) => (places.includes(place) ? decimal(String(value)) : value)));
    expect(exact(state.lines, 4)).toEqual(
      [...this.journals]
        .sort()
        .flatMap((at) =>
          ledger
            .lines(at)
            .map(({ id, line, customer, amount: units, invoice, date, dimensions }) => [
              at,
              id,
              line,
              customer,
              units,
              invoice,
              date,
              valuesOf(dimensions),
            ]),
        ),
    );
    const byId = (rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] =>
      [...rows].sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));
    expect(byId(exact(state.entries, 3, 5))).toEqual(
      byId(
        ledger.entries.map((entry) => {
          const { id, type, customer, amount: units, invoice, dimensions } = entry;
          const remaining = ledger.remaining(entry);
          return [id, type, customer, units, invoice, remaining, remaining !== 0n, dimensions];
        }),
      ),
    );
    expect(exact(state.invoices, 2)).toEqual(
      [...ledger.invoices].sort().map(([number, { status, remaining }]) => [number, status, remaining]),
    );
  }

  /** What must balance whatever was done, by plain SQL and as the service tells it. */
  async balance(): Promise<void> {
    const numbers = this.customers.map(({ number }) => number);
    const row = await this.books.row(
      `SELECT sum(e.amount) AS posted, sum(e.remaining_amount) FILTER (WHERE e.document_type <> 'Invoice') AS parked,
        sum(e.amount) FILTER (WHERE e.applies_to_invoice_id IS NOT NULL AND e.document_type = 'Payment') AS applied,
        (SELECT sum(total_amount_including_tax - remaining_amount) FROM sales_invoices WHERE id = ANY($2) AND status IN ('Open', 'Paid')) AS paid,
        (SELECT sum(remaining_amount) FROM sales_invoices WHERE id = ANY($2) AND status = 'Open') AS owed,
        (SELECT sum(total_amount_including_tax) FROM sales_invoices i WHERE id = ANY($2) AND status <> 'Draft'
          AND NOT EXISTS (SELECT FROM customer_ledger_entries own WHERE own.id = i.id)) AS before,
        (SELECT count(*) FROM sales_invoices WHERE id = ANY($2) AND (status = 'Open') <> (remaining_amount <> 0)) AS wrong
      FROM customer_ledger_entries e JOIN customers c ON c.id = e.customer_id WHERE c.number = ANY($1)`,
      numbers,
      this.invoices.map(({ id }) => id),
    );
    const of = (name: string): bigint => decimal(row[name] ?? '0');
    expect(of('posted')).toBe(sum(this.ledger.entries.map((entry) => entry.amount)));
    expect(of('applied')).toBe(-of('paid'));
    // What was demanded and what was paid leave what is owed and what is on account.
    expect(of('before') + of('posted')).toBe(of('owed') + of('parked'));
    expect(of('wrong')).toBe(0n);
    for (const { id, number } of this.customers) {
      const { json } = await this.books.service.get(`customers(${id})`, {
        Accept: 'application/json;IEEE754Compatible=true',
      });
      expect(decimal(String(json['balance']))).toBe(this.ledger.balance(number));
    }
  }
}

/** The values of a record in its dimensions as a JSON object. */
const valuesIn = (table: string, condition: string): string =>
  `SELECT coalesce(json_object_agg(d.code, v.code), '{}') FROM ${table} JOIN dimensions d ON d.id = l.dimension_id
   JOIN dimension_values v ON v.id = l.dimension_value_id WHERE ${condition}`;

const linesBody = (values: Values): readonly Json[] =>
  Object.entries(values).map(([code, valueCode]) => ({ code, valueCode }));

const defaultsBody = (defaults: readonly Default[]): readonly Json[] =>
  defaults.map(({ code, value, validation }) => ({
    dimensionCode: code,
    ...(value === null ? {} : { dimensionValueCode: value }),
    postingValidation: validation,
  }));

const paymentsOf = (id: string): string => `customerPaymentJournals(${id})/customerPayments`;
const invoicePath = (id: string, does: InvoiceAction): string => `salesInvoices(${id})/Microsoft.NAV.${does}`;
const postOf = (id: string): string => `customerPaymentJournals(${id})/Microsoft.NAV.post`;
const post = (path: string, body: unknown): Sent => ({ method: 'POST', path, body, headers: {} });

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((others) => [item, ...others]));

/** All requests of a group share an identifier. */
function withIdentifier(sent: Sent): Sent {
  const headers = repeatable();
  if (sent.isBatch !== true) return { ...sent, headers: { ...sent.headers, ...headers } };
  const { requests } = sent.body as { readonly requests: readonly Json[] };
  return { ...sent, body: { requests: requests.map((request) => ({ ...request, headers })) } };
}

/** The payments that a refusal names, in order. */
function offenders(error: unknown): readonly string[] {
  const { target, details } = error as {
    readonly target?: string;
    readonly details?: readonly { readonly target: string }[];
  };
  const targets = details?.map((detail) => detail.target) ?? [String(target)];
  return targets.flatMap((text) => /customerPayments\(([^)]+)\)/.exec(text)?.[1] ?? []).sort();
}
