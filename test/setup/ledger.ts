/** A second opinion on money: a journal and a ledger in plain JavaScript, with the rules of docs/posting.md written anew. */
import { decimal } from './oracle';

/** The value of a payment in a dimension: sent by somebody, or given by its customer. */
interface Given {
  readonly value: string;
  readonly isSent: boolean;
}

/** Values in dimensions, by code. */
export type Values = Readonly<Record<string, string>>;

/** What a customer gives to his payments in a dimension, and what posting checks. */
export interface Default {
  readonly code: string;
  readonly value: string | null;
  readonly validation: '_x0020_' | 'Code_x0020_Mandatory' | 'Same_x0020_Code' | 'No_x0020_Code';
}

/** What a payment is made of. Amounts are whole numbers of hundred-thousandths. */
export interface Line {
  readonly id: string;
  readonly line: number;
  readonly customer: string | null;
  readonly amount: bigint;
  readonly invoice: string | null;
  readonly date: string;
  readonly dimensions: ReadonlyMap<string, Given>;
}

/** What a client says of a payment. `byId` names the invoice by id instead of by number. */
export interface Sketch {
  readonly customer?: string | null;
  readonly amount?: bigint;
  readonly invoice?: string | null;
  readonly byId?: boolean;
  readonly date?: string;
  readonly dimensions?: Values;
}

export interface Invoice {
  readonly id: string;
  readonly soldTo: string;
  readonly billedTo: string;
  readonly date: string;
  readonly status: 'Draft' | 'Open' | 'Paid' | 'Canceled';
  readonly total: bigint;
  readonly remaining: bigint;
}

/** An entry of a payment or an invoice has its id; one that takes an invoice back is told by the number of that. */
export interface Entry {
  readonly id: string;
  readonly type: 'Invoice' | 'Credit Memo' | 'Payment' | 'Refund';
  readonly customer: string;
  readonly amount: bigint;
  readonly invoice: string | null;
  readonly dimensions: Values;
}

/** A request is refused; `lines` are the payments that are named. */
export class Refusal {
  constructor(readonly lines: readonly string[] = []) {}
}

/** The state of the books: a value, so that what a group did can be dropped. */
export class Ledger {
  constructor(
    readonly blocked: ReadonlySet<string>,
    readonly invoices: ReadonlyMap<string, Invoice>,
    readonly journals: ReadonlyMap<string, readonly Line[]>,
    readonly entries: readonly Entry[],
    readonly defaults: ReadonlyMap<string, readonly Default[]>,
  ) {}

  private with(changed: Partial<Pick<Ledger, 'blocked' | 'invoices' | 'entries' | 'journals' | 'defaults'>>): Ledger {
    const { blocked, invoices, journals, entries, defaults } = { ...this, ...changed };
    return new Ledger(blocked, invoices, journals, entries, defaults);
  }

  private withLines(journal: string, lines: readonly Line[]): Ledger {
    return this.with({ journals: new Map([...this.journals, [journal, lines]]) });
  }

  lines(journal: string): readonly Line[] {
    return this.journals.get(journal) ?? [];
  }

  block(customer: string, isBlocked: boolean): Ledger {
    const others = [...this.blocked].filter((name) => name !== customer);
    return this.with({ blocked: new Set(isBlocked ? [...others, customer] : others) });
  }

  /** The books with a new payment, whose id is not known before it is there. */
  create(journal: string, sketch: Sketch): Ledger | Refusal {
    const { customer, amount = 0n, invoice = null, byId, date = '' } = sketch;
    const payer = this.payer(customer ?? undefined, invoice, byId === true, null);
    if (payer instanceof Refusal) return payer;
    const lines = this.lines(journal);
    const line = Math.max(0, ...lines.map((one) => one.line)) + 10_000;
    const sent = Object.entries(sketch.dimensions ?? {}).map(
      ([code, value]) => [code, { value, isSent: true }] as const,
    );
    const dimensions = this.given(payer, new Map(sent));
    return this.withLines(journal, [...lines, { id: '', line, customer: payer, amount, invoice, date, dimensions }]);
  }

  /** What a payment has in its dimensions when it gets a customer: what was sent, and beside it what he gives. */
  private given(customer: string | null, before: Line['dimensions']): Line['dimensions'] {
    const gives = (this.defaults.get(customer ?? '') ?? []).flatMap(({ code, value }) =>
      value === null ? [] : [[code, { value, isSent: false }] as const],
    );
    return new Map([...gives, ...[...before].filter(([, { isSent }]) => isSent)]);
  }

  /** The books after somebody has written, or taken away, what a payment has in a dimension. */
  dimension(journal: string, id: string, code: string, value: string | null): Ledger {
    const written = (dimensions: Line['dimensions']): Line['dimensions'] => {
      const others = [...dimensions].filter(([name]) => name !== code);
      return new Map(value === null ? others : [...others, [code, { value, isSent: true }]]);
    };
    return this.withLines(
      journal,
      this.lines(journal).map((one) => (one.id === id ? { ...one, dimensions: written(one.dimensions) } : one)),
    );
  }

  /** The books with other default dimensions of a customer: payments that are there keep what they have. */
  defaulted(customer: string, defaults: readonly Default[]): Ledger {
    return this.with({ defaults: new Map([...this.defaults, [customer, defaults]]) });
  }

  /** Tells the id of the payment that was created last. */
  named(journal: string, id: string): Ledger {
    return this.withLines(
      journal,
      this.lines(journal).map((one) => (one.id === '' ? { ...one, id } : one)),
    );
  }

  /** The books with the ids of payments in place of the names that they had before they were there. */
  renamed(ids: ReadonlyMap<string, string>): Ledger {
    const named = <T extends { readonly id: string }>(one: T): T => ({ ...one, id: ids.get(one.id) ?? one.id });
    return this.with({
      journals: new Map([...this.journals].map(([journal, lines]) => [journal, lines.map(named)])),
      entries: this.entries.map(named),
    });
  }

  edit(journal: string, id: string, { customer, byId, dimensions: _, ...change }: Sketch): Ledger | Refusal {
    const lines = this.lines(journal);
    const current = lines.find((one) => one.id === id);
    if (!current) return new Refusal();
    const payer =
      customer === null
        ? null
        : this.payer(
            customer ?? current.customer ?? undefined,
            change.invoice ?? null,
            byId === true,
            current.customer,
          );
    if (payer instanceof Refusal) return payer;
    return this.withLines(
      journal,
      lines.map((one) =>
        one === current
          ? {
              ...one,
              ...change,
              customer: payer,
              dimensions: payer === current.customer ? one.dimensions : this.given(payer, one.dimensions),
            }
          : one,
      ),
    );
  }

  remove(journal: string, id: string): Ledger {
    return this.withLines(
      journal,
      this.lines(journal).filter((one) => one.id !== id),
    );
  }

  /** Who pays: the one that is named, else the one who is billed. Nobody newly pays who is blocked. */
  private payer(
    customer: string | undefined,
    invoice: string | null,
    byId: boolean,
    current: string | null,
  ): string | null | Refusal {
    const known = invoice === null ? undefined : this.invoices.get(invoice);
    const posted = known?.status === 'Draft' ? undefined : known;
    if (byId && invoice !== null && !posted) return new Refusal();
    const payer = customer ?? posted?.billedTo ?? null;
    return payer !== null && payer !== current && this.blocked.has(payer) ? new Refusal() : payer;
  }

  /** Posts a journal, line by line; all lines that cannot be posted are named. */
  post(journal: string): Ledger | Refusal {
    const lines = [...this.lines(journal)].sort((left, right) => left.line - right.line);
    if (lines.length === 0) return new Refusal();
    const left = new Map([...this.invoices].map(([number, { remaining }]) => [number, remaining]));
    const faulty = lines.filter((line) => !this.isPostable(line, left));
    if (faulty.length > 0) return new Refusal(faulty.map(({ id }) => id));
    const invoices = new Map(
      [...this.invoices].map(([number, invoice]) => {
        const remaining = left.get(number) ?? 0n;
        const status = invoice.status === 'Open' && remaining === 0n ? 'Paid' : invoice.status;
        return [number, { ...invoice, remaining, status }];
      }),
    );
    const posted = lines.map(({ id, customer, amount, invoice, dimensions }): Entry => ({
      id,
      type: amount < 0n ? 'Payment' : 'Refund',
      customer: customer ?? '',
      amount,
      invoice,
      dimensions: valuesOf(dimensions),
    }));
    return this.with({ invoices, entries: [...this.entries, ...posted] }).withLines(journal, []);
  }

  /** Lines before it on the same invoice have taken from what is left, even those that are refused. */
  private isPostable(line: Line, left: Map<string, bigint>): boolean {
    const { customer, amount, invoice: number, date } = line;
    const invoice = number === null ? undefined : this.invoices.get(number);
    const rest = (invoice?.status === 'Open' ? (left.get(number ?? '') ?? 0n) : 0n) + amount;
    if (invoice?.status === 'Open') left.set(number ?? '', rest);
    if (customer === null || this.blocked.has(customer) || amount === 0n) return false;
    if (!(this.defaults.get(customer) ?? []).every((one) => isAsDemanded(one, line.dimensions))) return false;
    if (number === null) return true;
    if (!invoice || invoice.status === 'Draft') return false;
    if (customer !== invoice.soldTo && customer !== invoice.billedTo) return false;
    return amount < 0n && rest >= 0n && date >= invoice.date;
  }

  private withInvoice(number: string, changed: Invoice, entry: Omit<Entry, 'customer' | 'dimensions'>): Ledger {
    return this.with({
      invoices: new Map([...this.invoices, [number, changed]]),
      entries: [...this.entries, { ...entry, customer: changed.soldTo, dimensions: {} }],
    });
  }

  private isStopped({ soldTo, billedTo }: Invoice): boolean {
    return this.blocked.has(soldTo) || this.blocked.has(billedTo);
  }

  /** Posts a draft. */
  postInvoice(number: string): Ledger | Refusal {
    const invoice = this.invoices.get(number);
    if (invoice?.status !== 'Draft' || this.isStopped(invoice)) return new Refusal();
    const { id, total } = invoice;
    const opened = { ...invoice, status: 'Open', remaining: total } as const;
    return this.withInvoice(number, opened, { id, type: 'Invoice', amount: total, invoice: null });
  }

  /** Cancels an invoice that nobody has paid, and nobody is about to. */
  cancelInvoice(number: string): Ledger | Refusal {
    const invoice = this.invoices.get(number);
    const isAwaited = [...this.journals.values()].flat().some((line) => line.invoice === number);
    if (invoice?.status !== 'Open' || this.isStopped(invoice) || isAwaited) return new Refusal();
    const { total, remaining } = invoice;
    if (remaining !== total) return new Refusal();
    const canceled = { ...invoice, status: 'Canceled', remaining: 0n } as const;
    return this.withInvoice(number, canceled, {
      id: `of ${number}`,
      type: 'Credit Memo',
      amount: -total,
      invoice: number,
    });
  }

  /** What of an entry is not applied to anything yet: of an invoice, what it has open. */
  remaining({ id, type, amount, invoice }: Entry): bigint {
    if (type === 'Invoice') return [...this.invoices.values()].find((one) => one.id === id)?.remaining ?? 0n;
    return invoice === null ? amount : 0n;
  }

  /** What customers owe. */
  balance(customer: string): bigint {
    return sum(
      [...this.invoices.values()].map(({ soldTo, status, remaining }) =>
        soldTo === customer && status === 'Open' ? remaining : 0n,
      ),
    );
  }
}

/** True when a payment has in a dimension what the default of its customer demands. */
function isAsDemanded({ code, value, validation }: Default, dimensions: Line['dimensions']): boolean {
  const has = dimensions.get(code)?.value ?? null;
  if (validation === 'Code_x0020_Mandatory') return has !== null;
  if (validation === 'Same_x0020_Code') return has === value;
  return validation === '_x0020_' || has === null;
}

/** What a payment has in its dimensions. */
export const valuesOf = (dimensions: Line['dimensions']): Values =>
  Object.fromEntries([...dimensions].map(([code, { value }]) => [code, value]));

/** The sum of amounts. */
export const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** An amount as JSON writes it. */
export const amountText = (amount: bigint): string => {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(6, '0');
  const text = `${amount < 0n ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`;
  if (decimal(text) !== amount) throw new Error(`${text} is not ${amount}`);
  return text;
};
