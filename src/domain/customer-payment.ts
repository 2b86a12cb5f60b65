/** What a payment may and may not do. */
import { CustomerPaymentJournal, type CustomerPayment } from '../../entities';
import type { Draft, Row, RuleContext, Rules } from '../odata';
import { clearEmpty, given } from './blank';
import {
  checkBlocked,
  chosenCustomer,
  customerById,
  type CustomerChoice,
  type PayingCustomer,
} from './payment-customer';
import { chosenInvoice, payerOf, type InvoiceChoice } from './payment-invoice';
import { dependsOnOthers, fillLine, surroundings } from './payment-line';
import { takeDefaults } from './take-defaults';

const DESCRIPTION_LENGTH = 50;

/** The description that a payment gets from its customer. */
const describing = ({ displayName }: { readonly displayName: string }): string =>
  [...displayName].slice(0, DESCRIPTION_LENGTH).join('');

export const customerPaymentRules: Rules<CustomerPayment> = {
  references: ['customerNumber', 'appliesToInvoiceNumber'],

  locksParent: (write, draft) => write === 'create' && dependsOnOthers(draft),

  async create(draft, context) {
    const [journal, around, chosen, invoice] = await Promise.all([
      context.parent(CustomerPaymentJournal),
      surroundings(draft, context),
      chosenCustomer(withoutNulls(draft), context),
      chosenInvoice(draft, context),
    ]);
    const customer = await payer(chosen, invoice, context);
    setCustomer(draft, customer);
    setInvoice(draft, invoice);
    clearEmpty(draft, 'contactId');
    if (given(draft.description) === undefined && customer) draft.description = describing(customer);
    if (customer && customer.defaultDimensions !== false)
      context.together(takeDefaults, { payment: draft.id ?? null, customer: customer.id });
    await fillLine(draft, journal, around, context);
  },

  async update(draft, current, context) {
    const [chosen, invoice, previous] = await Promise.all([
      chosenCustomer(draft, context),
      chosenInvoice(draft, context),
      mayFollowCustomer(draft, current) && current.customerId !== null
        ? customerById(current.customerId, context)
        : undefined,
    ]);
    const isKept = chosen === undefined && current.customerId !== null;
    const customer = isKept ? undefined : await payer(chosen, invoice, context, current.customerId);
    if (chosen !== undefined || customer) setCustomer(draft, customer);
    setInvoice(draft, invoice);
    clearEmpty(draft, 'contactId');
    if (draft.lineNumber === 0) delete draft.lineNumber;
    if (customer && customer.id !== current.customerId) followCustomer(draft, current, customer, previous);
    const { customerId = current.customerId } = draft;
    if (customerId !== current.customerId)
      context.together(takeDefaults, { payment: current.id, customer: customerId });
  },
};

/** A new payment has nothing to clear: null says as little as nothing. */
const withoutNulls = ({ customerId, customerNumber, contactId }: Draft<CustomerPayment>): Draft<CustomerPayment> => {
  const pair: Draft<CustomerPayment> = { contactId: contactId ?? null };
  if (given(customerId) !== undefined) pair.customerId = customerId ?? null;
  if (given(customerNumber) !== undefined) pair.customerNumber = customerNumber ?? null;
  return pair;
};

/** The customer that was named, or else the one who pays the invoice. Who newly pays must not be blocked. */
async function payer(
  chosen: CustomerChoice,
  invoice: InvoiceChoice | undefined,
  context: RuleContext,
  currentId?: string | null,
): Promise<PayingCustomer | undefined> {
  if (chosen === 'cleared') return undefined;
  const customer = chosen ?? (invoice?.invoice && (await customerById(payerOf(invoice.invoice), context)));
  if (customer && customer.id !== currentId) checkBlocked(customer);
  return customer;
}

function setCustomer(draft: Draft<CustomerPayment>, customer: PayingCustomer | undefined): void {
  draft.customerId = customer?.id ?? null;
  draft.customerNumber = customer?.number ?? null;
}

function setInvoice(draft: Draft<CustomerPayment>, invoice: InvoiceChoice | undefined): void {
  if (!invoice) return;
  draft.appliesToInvoiceId = invoice.id;
  draft.appliesToInvoiceNumber = invoice.number;
}

const mayFollowCustomer = (
  { customerId, customerNumber, contactId, description }: Draft<CustomerPayment>,
  current: Row<CustomerPayment>,
): boolean =>
  description === undefined &&
  given(current.description) !== undefined &&
  [customerId, customerNumber, contactId].some((value) => given(value) !== undefined);

/** A description that is blank, or the name of the customer before, follows the customer. */
function followCustomer(
  draft: Draft<CustomerPayment>,
  current: Row<CustomerPayment>,
  customer: PayingCustomer,
  previous: PayingCustomer | undefined,
): void {
  if (given(draft.description) !== undefined) return;
  const description = draft.description === undefined ? given(current.description) : undefined;
  if (description === undefined || (previous && description === describing(previous)))
    draft.description = describing(customer);
}
