/** What a sales invoice may and may not do: it is made, changed and deleted as a draft. */
import { Customer, CustomerLedgerEntry, CustomerPayment, SalesInvoice } from '../../entities';
import type { Draft, Row, RuleContext, Rules } from '../odata';
import { clearEmpty, EMPTY_DATE, given, isBlank } from './blank';
import { drawNumber } from './drawn-number';
import { refuse, stillNeeded } from './refuse';

export const salesInvoiceRules: Rules<SalesInvoice> = {
  inputs: ['customerNumber'],

  async create(draft, context) {
    checkStatus(draft);
    if (isBlank(draft.customerId) && isBlank(draft.customerNumber))
      throw refuse('A "customerNumber" or a "customerId" must be provided.', 'customerId');
    const [customer] = await Promise.all([sellToCustomer(draft, context), checkBillTo(draft, context)]);
    draft.customerId = customer.id;
    if (draft.currencyCode === undefined) draft.currencyCode = customer.currencyCode;
    clearEmpty(draft, 'currencyCode');
    if (draft.invoiceDate === undefined || draft.invoiceDate === EMPTY_DATE) draft.invoiceDate = context.today;
    if (isBlank(draft.number))
      draft.number = await drawNumber(context, 'INVOICE', (number) => isTaken(number, context));
  },

  async update(draft, { status, number, customerId }, context) {
    checkDraft(status);
    checkStatus(draft);
    if (draft.number !== undefined && draft.number !== number)
      throw refuse('The "number" is read-only: an invoice keeps the number that it was made with.', 'number');
    if (draft.invoiceDate === EMPTY_DATE) throw refuse('The blank "invoiceDate" is not allowed.', 'invoiceDate');
    clearEmpty(draft, 'currencyCode');
    const [customer] = await Promise.all([
      draft.customerId === undefined ? undefined : sellToCustomer({ customerId: draft.customerId }, context),
      checkBillTo(draft, context),
    ]);
    if (customer && customer.id !== customerId && draft.currencyCode === undefined)
      draft.currencyCode = customer.currencyCode;
  },

  async delete({ id, number, status }, context) {
    const [payment, entry] = await Promise.all([
      context.find(CustomerPayment, { appliesToInvoiceId: id }, ['id']),
      context.find(CustomerLedgerEntry, { appliesToInvoiceId: id, documentType: 'Payment' }, ['id']),
    ]);
    if (payment ?? entry)
      throw stillNeeded(
        `You cannot delete Sales Invoice ${number} because there is at least one payment that applies to it.`,
      );
    checkDraft(status);
  },
};

function checkDraft(status: SalesInvoice['status']): void {
  if (status !== 'Draft') throw refuse('The action can be applied to a draft invoice only.', 'status');
}

/** What follows the draft is reached by posting, not by writing it here. */
function checkStatus({ status }: Draft<SalesInvoice>): void {
  if (status !== undefined && status !== 'Draft')
    throw refuse('The status of a sales invoice can only be Draft here; posting sets the others.', 'status');
}

const wanted = ['id', 'currencyCode'] as const;

/** The customer who buys: the invoice is in his currency, where none is said. */
async function sellToCustomer(
  draft: Pick<Draft<SalesInvoice>, 'customerId' | 'customerNumber'>,
  context: RuleContext,
): Promise<Pick<Row<Customer>, (typeof wanted)[number]>> {
  const id = given(draft.customerId);
  const number = given(draft.customerNumber);
  const [byId, byNumber] = await Promise.all([
    id === undefined ? undefined : context.find(Customer, { id }, wanted),
    number === undefined ? undefined : context.find(Customer, { number }, wanted),
  ]);
  if (id !== undefined && !byId) throw refuse('The sell-to customer cannot be found.', 'customerId');
  if (number !== undefined && !byNumber) throw refuse('The sell-to customer cannot be found.', 'customerNumber');
  if (byId && byNumber && byId.id !== byNumber.id)
    throw refuse('The sell-to customer values do not match to a specific Customer.', 'customerId');
  const customer = byId ?? byNumber;
  if (!customer) throw refuse('A "customerNumber" or a "customerId" must be provided.', 'customerId');
  return customer;
}

async function checkBillTo({ billToCustomerId }: Draft<SalesInvoice>, context: RuleContext): Promise<void> {
  const id = given(billToCustomerId);
  if (id === undefined || (await context.find(Customer, { id }, ['id']))) return;
  throw refuse('The bill-to customer cannot be found.', 'billToCustomerId');
}

const isTaken = async (number: string, context: RuleContext): Promise<boolean> =>
  (await context.find(SalesInvoice, { number }, ['id'])) !== undefined;
