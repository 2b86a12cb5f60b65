/** The books of a company as a model keeps them beside the service. */

export type Value = string | null;

export interface Journal {
  readonly id: string;
  readonly code: string;
  readonly balances: boolean;
  /** The first number of its series. */
  readonly first: string;
}

export interface Payment {
  readonly id: string;
  readonly journal: Journal;
  lineNumber: number;
  customerId: Value;
  customerNumber: Value;
  contactId: Value;
  postingDate: Value;
  documentNumber: Value;
  externalDocumentNumber: Value;
  amount: number;
  appliesToInvoiceId: Value;
  appliesToInvoiceNumber: Value;
  description: Value;
  comment: Value;
  lines: Record<string, string>;
}

export interface Customer {
  readonly id: string;
  number: string;
  displayName: string;
  blocked: string;
  contactId: Value;
  currencyCode: Value;
}

export interface Invoice {
  readonly id: string;
  readonly number: string;
  status: string;
  customerId: string;
  billToCustomerId: Value;
  currencyCode: Value;
  invoiceDate: string;
  postingDate: Value;
  total: number;
  /** Without tax, and the tax, where these are given. */
  readonly parts: number;
  remaining: number;
}

interface Entry {
  readonly customerId: string;
  readonly documentType: string;
  readonly documentNumber: Value;
  readonly postingDate: string;
  readonly amount: number;
  remaining: number;
}

export interface Dimension {
  readonly id: string;
  readonly code: string;
  readonly values: readonly { readonly id: string; readonly code: string }[];
}

/** Everything there is. */
export interface Books {
  readonly journals: Journal[];
  readonly payments: Payment[];
  readonly customers: Customer[];
  readonly invoices: Invoice[];
  readonly entries: Entry[];
  readonly dimensions: readonly Dimension[];
}

/** The statuses that a refusal may have. */
export class Refused extends Error {
  constructor(readonly statuses: readonly number[]) {
    super(statuses.join());
  }
}

export const refuse = (...statuses: readonly number[]): never => {
  throw new Refused(statuses.length === 0 ? [400] : statuses);
};

/** The guid that stands for none. */
export const EMPTY = '00000000-0000-0000-0000-000000000000';

export const given = (value: unknown): string | undefined =>
  typeof value !== 'string' || value === '' || value === EMPTY ? undefined : value;

export const today = (): string => new Date().toISOString().slice(0, 10);

export const oneOf = <T>(list: readonly T[], test: (each: T) => boolean): T => list.find(test) ?? refuse();

export const byId = <T extends { readonly id: string }>(list: readonly T[], id: string): T =>
  list.find((each) => each.id === id) ?? refuse(404);

/** True for an invoice that is paid, not written any more. */
export const isPosted = ({ status }: Invoice): boolean => !['Draft', 'In_x0020_Review'].includes(status);

/** All that is wrong with parts of one request: each of it may be told. */
export function together(parts: readonly (() => void)[]): void {
  const statuses = parts.flatMap((part) => {
    try {
      part();
      return [];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.statuses;
    }
  });
  if (statuses.length > 0) refuse(...statuses);
}

/** What must be there once only. */
export function checkUnique({ payments, journals, customers, invoices }: Books): void {
  const names = [
    payments.map(({ journal, lineNumber }) => `${journal.code} ${lineNumber}`),
    ...[journals.map(({ code }) => code), customers.map(({ number }) => number), invoices.map(({ number }) => number)],
  ];
  if (names.some((each) => new Set(each).size < each.length)) refuse(409);
}
