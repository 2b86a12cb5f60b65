/** Rows that addnested has made of a collection, as a collection that expressions ask. Data Aggregation §3.4.3 */
import type { MadeRows, Member } from './members';
import type { BoundCollection } from './plan';

/** The collection of the rows; that which they are made of where nothing has changed but what they have. */
export function collectionOf({ joined, rows, order, scope: { current } }: MadeRows): BoundCollection {
  if (rows.kind === 'base' && order.length === 0) return joined;
  const { from, navigations } = joined;
  return { from, navigations, range: current, made: { of: joined, rows } };
}

/** The rows behind a name that is no single instance and no value, by variables of their own. */
export function madeOf(member: Member): MadeRows {
  if (member.kind === 'value' || member.kind === 'row' || member.behind.kind === 'one')
    throw new Error('Rows are made of a collection');
  return member.behind.rows();
}
