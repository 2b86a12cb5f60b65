/** What a customer may and may not do. */
import { Customer, CustomerLedgerEntry, CustomerPayment, SalesInvoice } from '../../entities';
import type { Draft, Row, RuleContext, Rules } from '../odata';
import { clearEmpty, isBlank } from './blank';
import { applyTemplate, templateOf } from './customer-template';
import { drawNumber } from './drawn-number';
import { refuse, stillNeeded } from './refuse';

export const customerRules: Rules<Customer> = {
  async create(draft, context) {
    checkName(draft);
    clearEmpty(draft, 'currencyCode', 'contactId');
    // Asked together with the first lookup, where a number is drawn.
    let template: ReturnType<typeof templateOf> | undefined;
    const lookUp = (): ReturnType<typeof templateOf> => (template ??= templateOf(draft, context));
    if (isBlank(draft.number))
      draft.number = await drawNumber(context, 'CUSTOMER', async (number) => {
        const [taken] = await Promise.all([isTaken(number, context), lookUp()]);
        return taken;
      });
    const found = await lookUp();
    if (found) applyTemplate(draft, found);
  },

  async update(draft, current, context) {
    checkName(draft);
    clearEmpty(draft, 'currencyCode', 'contactId');
    if (draft.number === '') throw refuse('The blank "number" is not allowed.', 'number');
    await checkCurrency(draft, current, context);
  },

  async delete({ id, number }, context) {
    const [sold, billed, payment, entry] = await Promise.all([
      context.find(SalesInvoice, { customerId: id }, ['id']),
      context.find(SalesInvoice, { billToCustomerId: id }, ['id']),
      context.find(CustomerPayment, { customerId: id }, ['id']),
      context.find(CustomerLedgerEntry, { customerId: id }, ['id']),
    ]);
    if (sold ?? billed)
      throw stillNeeded(
        `You cannot delete Customer ${number} because there is at least one outstanding Sales Invoice for this customer.`,
      );
    if (payment)
      throw stillNeeded(`You cannot delete Customer ${number} because there is at least one payment of this customer.`);
    if (entry)
      throw stillNeeded(
        `You cannot delete Customer ${number} because there is at least one ledger entry for this customer.`,
      );
  },
};

function checkName({ displayName }: Draft<Customer>): void {
  if (displayName?.trim() === '') throw refuse('The blank "displayName" is not allowed.', 'displayName');
}

/** What a customer owes is told in the currency of the customer: with something open it stays what it is. */
async function checkCurrency(
  { currencyCode }: Draft<Customer>,
  { id, currencyCode: before }: Row<Customer>,
  context: RuleContext,
): Promise<void> {
  if (currencyCode === undefined || currencyCode === before) return;
  const [invoice, entry] = await Promise.all([
    context.find(SalesInvoice, { customerId: id, status: 'Open' }, ['id']),
    context.find(CustomerLedgerEntry, { customerId: id, open: true }, ['id']),
  ]);
  if (invoice ?? entry)
    throw refuse(
      'You cannot change "currencyCode" because there are one or more open ledger entries for this customer.',
      'currencyCode',
    );
}

const isTaken = async (number: string, context: RuleContext): Promise<boolean> =>
  (await context.find(Customer, { number }, ['id'])) !== undefined;
