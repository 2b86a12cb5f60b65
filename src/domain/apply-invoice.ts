/** Applies a payment to an open invoice of its customer. */
import { CustomerPayment } from '../../entities';
import { named, sql, statement, type ActionContext, type ActionDeclaration } from '../odata';
import { refuse } from './refuse';

const findInvoice = statement(
  sql`select number, status, ${named('customer', 'uuid')} in (customer_id, coalesce(bill_to_customer_id, customer_id)) as pays
  from sales_invoices where company_id = ${named('company', 'uuid')} and id = ${named('invoice', 'uuid')}`,
  'number',
  'status',
  'pays',
);

/** Beside the rules of a PATCH: the payment has a customer, and the invoice is open and one of that customer. */
export const applyInvoice: ActionDeclaration<CustomerPayment> & { readonly binding: typeof CustomerPayment } = {
  binding: CustomerPayment,
  parameters: { invoiceId: { type: 'Edm.Guid', description: 'The id of the invoice.' } },
  returns: CustomerPayment,
  entitySetPath: '',
  description: 'Applies the payment to an open invoice of its customer.',

  async run(context) {
    const { id } = context.bound;
    const appliesToInvoiceId = await openInvoice(context);
    await context.update(CustomerPayment, { id }, { appliesToInvoiceId });
    return { id };
  },
};

async function openInvoice({ bound, parameters, partition, run }: ActionContext<CustomerPayment>): Promise<string> {
  const { lineNumber, customerId, customerNumber } = bound;
  if (customerId === null) throw refuse(`Line ${lineNumber} has no customer.`, 'customerNumber');
  const id = String(parameters['invoiceId']);
  const [invoice] = await run(findInvoice, { company: partition, invoice: id, customer: customerId });
  if (!invoice) throw refuse('The "invoiceId" does not match to a Sales Invoice.', 'invoiceId');
  const number = invoice.number ?? '';
  if (invoice.pays !== 't')
    throw refuse(
      `The invoice ${number} of line ${lineNumber} is not one of customer ${customerNumber ?? ''}.`,
      'invoiceId',
    );
  if (invoice.status !== 'Open') throw refuse(`The invoice ${number} is not open.`, 'invoiceId');
  return id;
}
