/** Rows that addnested has made of a collection, as a collection that expressions ask. Data Aggregation §3.4.3 */
import { membersOf, type MadeRows, type Member } from './members';
import type { BoundCollection } from './plan';
import type { Rows } from './rows';
import { totalOrder } from './order';

/** The collection of the rows; that which they are made of where nothing has changed. */
export function collectionOf({ joined, rows, order, scope }: MadeRows): BoundCollection {
  const { current } = scope;
  if (rows.kind === 'base' && order.length === 0 && membersOf(scope, current).own.size === 0) return joined;
  const { from, navigations, range } = joined;
  return {
    from,
    navigations,
    range: current,
    made: { of: joined, rows, order: range.type.item ? totalOrder(rows, order) : [] },
  };
}

/** Nothing but filters came between the rows and those that they are made of. */
export const isFiltered = (rows: Rows): boolean =>
  rows.kind === 'base' || (rows.kind === 'filter' && isFiltered(rows.input));

/** The rows behind a name that is no single instance and no value, by variables of their own. */
export function madeOf(member: Member): MadeRows {
  if (member.kind === 'value' || member.kind === 'row' || member.behind.kind === 'one')
    throw new Error('Rows are made of a collection');
  return member.behind.rows();
}
