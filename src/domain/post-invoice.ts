/** Posting an invoice: the draft becomes one that is paid, and an entry of its customer. */
import { SalesInvoice } from '../../entities';
import type { ActionDeclaration } from '../odata';
import { checkInvoice } from './check-invoice';
import { enterInvoice, findPostingFaults, openInvoice } from './invoice-statements';
import { refuse } from './refuse';

/** Posts the invoice. */
export const postInvoice: ActionDeclaration<SalesInvoice> & { readonly binding: typeof SalesInvoice } = {
  binding: SalesInvoice,
  description:
    'Posts the draft: it is open with its whole amount, the customer owes it, and it has an entry in the ledger. It cannot be changed any more.',

  async run(context) {
    const { id, status } = context.bound;
    if (status !== 'Draft' && status !== 'In_x0020_Review')
      throw refuse('The action can be applied to a draft invoice only.', 'status');
    await checkInvoice(context, findPostingFaults, 'posted');
    await context.runAll([openInvoice, { invoice: id }], [enterInvoice, { invoice: id }]);
  },
};
