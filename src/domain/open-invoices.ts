/** What a customer still has to pay. */
import { Customer, SalesInvoice } from '../../entities';
import type { FunctionDeclaration } from '../odata';

/** The open invoices of a customer: an ordinary part of salesInvoices, with everything that can be asked of it. */
export const openInvoices: FunctionDeclaration = {
  binding: Customer,
  returns: [SalesInvoice],
  description: 'The invoices to the customer that are not paid in full.',
  definition: { path: "salesInvoices/$filter(status eq 'Open')" },
};
