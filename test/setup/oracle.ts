/** A second opinion on reads: the rows by plain SQL as JavaScript objects, and OData's null rules, order and functions in JavaScript. */
import type { TestService } from './service';

/** Decimals are whole numbers of hundred-thousandths. */
export const decimal = (text: string): bigint => {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,5})0*)?$/.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(5, '0')}`);
};

/** One hundred thousand: what a whole number has to be multiplied by to be a decimal. */
export const ONE = 100_000n;

export type Maybe<T> = T | null;

export interface Company {
  readonly id: string;
  readonly name: string;
  readonly displayName: Maybe<string>;
}

export interface Account {
  readonly id: string;
  readonly companyId: string;
  readonly number: string;
}

export interface Customer {
  readonly id: string;
  readonly companyId: string;
  readonly number: string;
  readonly displayName: string;
  readonly type: string;
  readonly addressStreet: Maybe<string>;
  readonly addressCity: Maybe<string>;
  readonly addressState: Maybe<string>;
  readonly addressCountryLetterCode: Maybe<string>;
  readonly addressPostalCode: Maybe<string>;
  readonly phoneNumber: Maybe<string>;
  readonly email: Maybe<string>;
  readonly website: Maybe<string>;
  readonly contactId: Maybe<string>;
  readonly taxLiable: boolean;
  readonly taxRegistrationNumber: Maybe<string>;
  readonly currencyCode: Maybe<string>;
  readonly creditLimit: Maybe<bigint>;
  readonly blocked: string;
  readonly lastModifiedDateTime: number;
  readonly version: number;
  readonly balance: bigint;
  readonly salesInvoices: readonly Invoice[];
}

export interface Invoice {
  readonly id: string;
  readonly companyId: string;
  readonly number: string;
  readonly externalDocumentNumber: Maybe<string>;
  readonly invoiceDate: string;
  readonly postingDate: Maybe<string>;
  readonly dueDate: Maybe<string>;
  readonly customerId: string;
  readonly billToCustomerId: Maybe<string>;
  readonly currencyCode: Maybe<string>;
  readonly totalAmountExcludingTax: bigint;
  readonly totalTaxAmount: bigint;
  readonly totalAmountIncludingTax: bigint;
  readonly remainingAmount: bigint;
  readonly status: string;
  readonly lastModifiedDateTime: number;
  readonly customer: Customer;
  readonly billToCustomer: Maybe<Customer>;
}

export interface Journal {
  readonly id: string;
  readonly companyId: string;
  readonly code: string;
  readonly displayName: Maybe<string>;
  readonly balancingAccountId: Maybe<string>;
  readonly lastModifiedDateTime: number;
  readonly account: Maybe<Account>;
  readonly customerPayments: readonly Payment[];
}

export interface Payment {
  readonly id: string;
  readonly companyId: string;
  readonly journalId: string;
  readonly lineNumber: number;
  readonly customerId: Maybe<string>;
  readonly customerNumber: Maybe<string>;
  readonly contactId: Maybe<string>;
  readonly postingDate: Maybe<string>;
  readonly documentNumber: Maybe<string>;
  readonly externalDocumentNumber: Maybe<string>;
  readonly amount: bigint;
  readonly appliesToInvoiceId: Maybe<string>;
  readonly appliesToInvoiceNumber: Maybe<string>;
  readonly description: Maybe<string>;
  readonly comment: Maybe<string>;
  readonly lastModifiedDateTime: number;
  readonly customerPaymentJournal: Journal;
  readonly customer: Maybe<Customer>;
  readonly appliesToInvoice: Maybe<Invoice>;
  readonly dimensionLines: readonly DimensionLine[];
}

export interface DimensionLine {
  readonly paymentId: string;
  readonly dimensionId: string;
  readonly dimensionValueId: string;
  readonly companyId: string;
  readonly code: string;
  readonly valueCode: string;
}

/** Everything that the tests read, of all companies. */
export interface Rows {
  readonly companies: readonly Company[];
  readonly customers: readonly Customer[];
  readonly invoices: readonly Invoice[];
  readonly journals: readonly Journal[];
  readonly payments: readonly Payment[];
  readonly lines: readonly DimensionLine[];
  /** The company that root sets show. */
  readonly here: string;
}

type Kind = 'text' | 'int' | 'decimal' | 'bool' | 'instant';

const kinds: Readonly<Record<string, Kind>> = {
  int4: 'int',
  numeric: 'decimal',
  bool: 'bool',
  timestamptz: 'instant',
};

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function read(text: Maybe<string>, kind: Kind): unknown {
  if (text === null) return null;
  if (kind === 'int') return Number(text);
  if (kind === 'decimal') return decimal(text);
  if (kind === 'bool') return text === 'true';
  return kind === 'instant' ? Date.parse(`${text.replace(' ', 'T').slice(0, -3)}Z`) : text;
}

async function table<T>(service: TestService, name: string): Promise<(T & Record<string, unknown>)[]> {
  const columns = await service.sql(
    `SELECT column_name AS name, udt_name AS type FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'`,
    [name],
  );
  const list = columns.map((column) => `"${String(column['name'])}"::text`).join(', ');
  const rows = await service.sql(`SELECT ${list} FROM ${name}`);
  return rows.map(
    (row) =>
      Object.fromEntries(
        columns.map((column) => {
          const text = row[String(column['name'])] as Maybe<string>;
          return [camel(String(column['name'])), read(text, kinds[String(column['type'])] ?? 'text')];
        }),
      ) as T & Record<string, unknown>,
  );
}

/** All rows, tied to each other. */
export async function loadRows(service: TestService): Promise<Rows> {
  const companies = await table<Company>(service, 'companies');
  const accounts = await table<Account>(service, 'accounts');
  const customers = await table<Customer>(service, 'customers');
  const invoices = await table<Invoice>(service, 'sales_invoices');
  const journals = await table<Journal>(service, 'customer_payment_journals');
  const payments = await table<Payment>(service, 'customer_payments');
  const lines = await table<DimensionLine>(service, 'dimension_lines');
  const dimensions = await table<{ id: string; code: string }>(service, 'dimensions');
  const values = await table<{ id: string; code: string }>(service, 'dimension_values');
  const one = <T extends { readonly id: string }>(rows: readonly T[], id: Maybe<string>): Maybe<T> =>
    rows.find((row) => row.id === id) ?? null;
  for (const line of lines)
    Object.assign(line, {
      code: one(dimensions, line.dimensionId)?.code,
      valueCode: one(values, line.dimensionValueId)?.code,
    });
  for (const invoice of invoices)
    Object.assign(invoice, {
      customer: one(customers, invoice.customerId),
      billToCustomer: one(customers, invoice.billToCustomerId),
    });
  for (const customer of customers) {
    const own = sorted(
      invoices.filter(({ customerId }) => customerId === customer.id),
      [(row) => row.number],
    );
    const open = own.filter(({ status }) => status === 'Open');
    Object.assign(customer, {
      salesInvoices: own,
      balance: open.reduce((sum, { remainingAmount }) => sum + remainingAmount, 0n),
    });
  }
  for (const payment of payments)
    Object.assign(payment, {
      customerPaymentJournal: one(journals, payment.journalId),
      customer: one(customers, payment.customerId),
      appliesToInvoice: one(invoices, payment.appliesToInvoiceId),
      dimensionLines: sorted(
        lines.filter(({ paymentId }) => paymentId === payment.id),
        [(row) => row.dimensionId],
      ),
    });
  for (const journal of journals)
    Object.assign(journal, {
      account: one(accounts, journal.balancingAccountId),
      customerPayments: sorted(
        payments.filter(({ journalId }) => journalId === journal.id),
        [(row) => row.lineNumber],
      ),
    });
  const here = sorted(companies, [(row) => row.name])[0]?.id ?? '';
  return { companies, customers, invoices, journals, payments, lines, here };
}

// ---- order

export type Value = Maybe<string | number | bigint | boolean>;

/** Null is lowest, texts by code point, false before true. */
export function compare(left: Value, right: Value): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What to order by: a function, or one with a direction. */
export type Key<T> = ((row: T) => Value) | readonly [(row: T) => Value, 'asc' | 'desc'];

/** The rows in order. */
export function sorted<T>(rows: readonly T[], keys: readonly Key<T>[]): T[] {
  return [...rows].sort((left, right) => {
    for (const key of keys) {
      const [of, direction] = typeof key === 'function' ? [key, 'asc' as const] : key;
      const order = compare(of(left), of(right));
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  });
}

// ---- operators: URL Conventions §5.1.1.1

export type Truth = Maybe<boolean>;

export const eq = (left: Value, right: Value): boolean => left === right;
export const ne = (left: Value, right: Value): boolean => left !== right;

const ordered =
  (test: (order: number) => boolean) =>
  (left: Value, right: Value): boolean =>
    left !== null && right !== null && test(compare(left, right));
export const gt = ordered((order) => order > 0);
export const ge = ordered((order) => order >= 0);
export const lt = ordered((order) => order < 0);
export const le = ordered((order) => order <= 0);

export const not = (value: Truth): Truth => (value === null ? null : !value);
export const and = (left: Truth, right: Truth): Truth =>
  left === false || right === false ? false : left === null || right === null ? null : true;
export const or = (left: Truth, right: Truth): Truth =>
  left === true || right === true ? true : left === null || right === null ? null : false;

/** A function of values that is null when one of them is. */
export const lift =
  <A extends NonNullable<Value>[], R>(of: (...values: A) => R) =>
  (...values: { [I in keyof A]: Maybe<A[I]> }): Maybe<R> =>
    values.some((value) => value === null) ? null : of(...(values as unknown as A));

// ---- functions: URL Conventions §5.1.1.5

const points = (text: string): string[] => Array.from(text);
export const contains = lift((text: string, part: string) => text.includes(part));
export const startswith = lift((text: string, part: string) => text.startsWith(part));
export const endswith = lift((text: string, part: string) => text.endsWith(part));
export const length = lift((text: string) => points(text).length);
export const indexof = lift((text: string, part: string) => {
  const at = text.indexOf(part);
  return at < 0 ? -1 : points(text.slice(0, at)).length;
});
export const substring = lift((text: string, start: number) => points(text).slice(start).join(''));
export const substring3 = lift((text: string, start: number, size: number) => {
  const from = start < 0 ? Math.max(points(text).length + start, 0) : start;
  return points(text)
    .slice(from, from + Math.max(size, 0))
    .join('');
});
export const tolower = lift((text: string) => text.toLowerCase());
export const toupper = lift((text: string) => text.toUpperCase());
/** White space is what Unicode calls so: JavaScript lacks NEL, and adds U+FEFF. */
export const trim = lift((text: string) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, ''));
export const concat = lift((left: string, right: string) => left + right);
