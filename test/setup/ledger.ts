/** A second opinion on money: a journal and a ledger in plain JavaScript, with the rules of docs/posting.md written anew. */
import { decimal } from './oracle';

/** What a payment is made of. Amounts are whole numbers of hundred-thousandths. */
export interface Line {
  readonly id: string;
  readonly line: number;
  readonly customer: string | null;
  readonly amount: bigint;
  readonly invoice: string | null;
  readonly date: string;
}

/** What a client says of a payment. `byId` names the invoice by id instead of by number. */
export interface Sketch {
  readonly customer?: string | null;
  readonly amount?: bigint;
  readonly invoice?: string | null;
  readonly byId?: boolean;
  readonly date?: string;
}

export interface Invoice {
  readonly soldTo: string;
  readonly billedTo: string;
  readonly date: string;
  readonly status: 'Draft' | 'Open' | 'Paid';
  readonly remaining: bigint;
}

export interface Entry {
  readonly id: string;
  readonly customer: string;
  readonly amount: bigint;
  readonly invoice: string | null;
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
  ) {}

  private with(
    changed: Partial<Pick<Ledger, 'blocked' | 'invoices' | 'entries'>> & { journals?: Ledger['journals'] },
  ): Ledger {
    const { blocked, invoices, journals, entries } = { ...this, ...changed };
    return new Ledger(blocked, invoices, journals, entries);
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
  create(journal: string, { customer, amount = 0n, invoice = null, byId, date = '' }: Sketch): Ledger | Refusal {
    const payer = this.payer(customer ?? undefined, invoice, byId === true, null);
    if (payer instanceof Refusal) return payer;
    const lines = this.lines(journal);
    const line = Math.max(0, ...lines.map((one) => one.line)) + 10_000;
    return this.withLines(journal, [...lines, { id: '', line, customer: payer, amount, invoice, date }]);
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

  edit(journal: string, id: string, { customer, byId, ...change }: Sketch): Ledger | Refusal {
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
      lines.map((one) => (one === current ? { ...one, ...change, customer: payer } : one)),
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
    const posted = lines.map(({ id, customer, amount, invoice }) => ({
      id,
      customer: customer ?? '',
      amount,
      invoice,
    }));
    return this.with({ invoices, entries: [...this.entries, ...posted] }).withLines(journal, []);
  }

  /** Lines before it on the same invoice have taken from what is left, even those that are refused. */
  private isPostable({ customer, amount, invoice: number, date }: Line, left: Map<string, bigint>): boolean {
    const invoice = number === null ? undefined : this.invoices.get(number);
    const rest = (invoice?.status === 'Open' ? (left.get(number ?? '') ?? 0n) : 0n) + amount;
    if (invoice?.status === 'Open') left.set(number ?? '', rest);
    if (customer === null || this.blocked.has(customer) || amount === 0n) return false;
    if (number === null) return true;
    if (!invoice || invoice.status === 'Draft') return false;
    if (customer !== invoice.soldTo && customer !== invoice.billedTo) return false;
    return amount < 0n && rest >= 0n && date >= invoice.date;
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

/** The sum of amounts. */
export const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** An amount as JSON writes it. */
export const amountText = (amount: bigint): string => {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(6, '0');
  const text = `${amount < 0n ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`;
  if (decimal(text) !== amount) throw new Error(`${text} is not ${amount}`);
  return text;
};
