/** Whether something can be done with an invoice. */
import type { SalesInvoice } from '../../entities';
import type { ActionContext, NamedStatement } from '../odata';
import { lockCustomer } from './invoice-statements';
import { refuse, refuseAll } from './refuse';

/** Refuses with all that the statement finds: properties and what is wrong with them. */
export async function checkInvoice(
  { bound: { id, number }, runAll }: ActionContext<SalesInvoice>,
  findFaults: NamedStatement<'faulty' | 'fault'>,
  what: 'posted' | 'canceled',
): Promise<void> {
  const [, rows] = await runAll([lockCustomer, { invoice: id }], [findFaults, { invoice: id }]);
  const faults = rows.map(({ faulty, fault }) => refuse(fault ?? '', faulty ?? ''));
  if (faults.length === 0) return;
  throw refuseAll(faults, 'status', `The invoice ${number} cannot be ${what} for ${faults.length} reasons.`);
}
