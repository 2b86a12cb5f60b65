/** The invoice that a payment applies to: id and number, kept in step as far as the number is known. */
import { SalesInvoice, type CustomerPayment, type SalesInvoiceStatus } from '../../entities';
import type { Draft, Row, RuleContext } from '../odata';
import { given } from './blank';
import { refuse } from './refuse';

const wanted = ['id', 'number', 'status', 'customerId', 'billToCustomerId'] as const;

/** What a payment needs to know of its invoice. */
export type PaidInvoice = Pick<Row<SalesInvoice>, (typeof wanted)[number]>;

/** What is stored, and the invoice behind it when there is one. */
export interface InvoiceChoice {
  readonly id: string | null;
  readonly number: string | null;
  readonly invoice: PaidInvoice | undefined;
}

const posted: ReadonlySet<SalesInvoiceStatus> = new Set<SalesInvoiceStatus>(['Open', 'Paid', 'Corrective', 'Canceled']);

const ifPosted = (invoice: PaidInvoice | undefined): PaidInvoice | undefined =>
  invoice && posted.has(invoice.status) ? invoice : undefined;

/** The invoice that a body names; undefined when it says nothing of one. Lookups start at once. A number that is not known is kept. */
export async function chosenInvoice(
  {
    appliesToInvoiceId,
    appliesToInvoiceNumber,
  }: Pick<Draft<CustomerPayment>, 'appliesToInvoiceId' | 'appliesToInvoiceNumber'>,
  context: RuleContext,
): Promise<InvoiceChoice | undefined> {
  if (appliesToInvoiceId === undefined && appliesToInvoiceNumber === undefined) return undefined;
  const id = given(appliesToInvoiceId);
  const number = given(appliesToInvoiceNumber);
  if (id !== undefined) return invoiceById(id, number, context);
  const invoice = number === undefined ? undefined : ifPosted(await context.find(SalesInvoice, { number }, wanted));
  return { id: invoice?.id ?? null, number: number ?? null, invoice };
}

async function invoiceById(id: string, number: string | undefined, context: RuleContext): Promise<InvoiceChoice> {
  const invoice = ifPosted(await context.find(SalesInvoice, { id }, wanted));
  if (!invoice)
    throw refuse(
      'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
      'appliesToInvoiceId',
    );
  if (number !== undefined && number !== invoice.number)
    throw refuse('The AppliesToInvoice values do not match to the same Invoice.', 'appliesToInvoiceId');
  return { id, number: invoice.number, invoice };
}

/** Who pays an invoice. */
export const payerOf = ({ billToCustomerId, customerId }: PaidInvoice): string => billToCustomerId ?? customerId;
