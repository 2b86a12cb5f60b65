/** Posting a journal: every payment becomes a ledger entry, or nothing happens at all. */
import { CustomerPaymentJournal } from '../../entities';
import type { ActionContext, ActionDeclaration } from '../odata';
import {
  deleteDimensionLines,
  deletePayments,
  enterPayments,
  findFaults,
  keepDimensions,
  lockCustomers,
  lockInvoices,
  lockPayments,
  payInvoices,
  touchJournal,
} from './post-statements';
import { refuse, refuseAll } from './refuse';

/** Lines that one refusal names; nobody reads more. */
const MOST_NAMED = 100;

/** Posts the payments of the journal. */
export const postJournal: ActionDeclaration<CustomerPaymentJournal> & {
  readonly binding: typeof CustomerPaymentJournal;
} = {
  binding: CustomerPaymentJournal,
  // No line may join the journal while it is posted: adding one takes a share of the journal's key.
  lock: 'for update',
  description:
    'Posts the payments: each becomes a ledger entry, what it pays of an invoice is open no more, and the journal is left empty. All or nothing.',

  async run(context) {
    const { bound, today, runAll } = context;
    const values = { journal: bound.id, today };
    await check(context);
    await runAll(
      [enterPayments, { ...values, code: bound.code }],
      [keepDimensions, values],
      [payInvoices, values],
      [deleteDimensionLines, values],
      [deletePayments, values],
      [touchJournal, values],
    );
  },
};

/** Locks, and refuses a journal with nothing to post, or with lines that cannot be posted: all of them at once. */
async function check({ bound, today, runAll }: ActionContext<CustomerPaymentJournal>): Promise<void> {
  const values = { journal: bound.id, today, limit: String(MOST_NAMED) };
  const look = () =>
    runAll([lockPayments, values], [lockInvoices, values], [lockCustomers, values], [findFaults, values]);
  let [, [locked], , rows] = await look();
  // An invoice that has got the number of a line since the others were locked must be locked, too: somebody else may be paying it.
  while (rows[0] && rows[0].invoices !== locked?.invoices) [, [locked], , rows] = await look();
  const [first] = rows;
  if (!first) throw refuse('There is nothing to post.', 'customerPayments');
  const faults = rows.flatMap(({ id, faulty, fault }) =>
    fault === null ? [] : [refuse(fault, `customerPayments(${id ?? ''})/${faulty ?? ''}`)],
  );
  if (faults.length > 0)
    throw refuseAll(
      faults,
      'customerPayments',
      `${first.faults ?? ''} of ${first.total ?? ''} lines cannot be posted.`,
    );
}
