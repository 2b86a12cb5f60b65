/** Cancelling an invoice: an entry of the opposite amount takes back what it has demanded. */
import { SalesInvoice, type SalesInvoiceStatus } from '../../entities';
import type { ActionDeclaration } from '../odata';
import { checkInvoice } from './check-invoice';
import { cancelInvoice, enterCancellation, findCancelFaults } from './invoice-statements';
import { refuse } from './refuse';

const notPosted = 'The action can be applied to a posted invoice only.';

/** Why an invoice that is not open cannot be cancelled; texts of Business Central. */
const refusals: Readonly<Record<Exclude<SalesInvoiceStatus, 'Open'>, string>> = {
  Draft: notPosted,
  In_x0020_Review: notPosted,
  Paid: 'You cannot cancel this posted sales invoice because it is fully or partially paid.',
  Canceled: 'The invoice cannot be canceled because it has already been canceled.',
  Corrective: 'You cannot cancel this posted sales invoice because it represents a correction of a credit memo.',
};

/** Cancels the invoice, on which nothing is paid. */
export const cancelPostedInvoice: ActionDeclaration<SalesInvoice> & { readonly binding: typeof SalesInvoice } = {
  binding: SalesInvoice,
  description:
    'Cancels the open invoice on which nothing is paid: the customer owes it no more, and the ledger has an entry that takes it back.',

  async run(context) {
    const { bound, today, runAll } = context;
    const { id, status } = bound;
    if (status !== 'Open') throw refuse(refusals[status], 'status');
    await checkInvoice(context, findCancelFaults, 'canceled');
    await runAll([cancelInvoice, { invoice: id }], [enterCancellation, { invoice: id, today }]);
  },
};
