/** All members of a collection, of which `$these` speaks, and what a condition leaves of them. Data Aggregation §3.6, URL Conventions §4.12 */
import { narrowedBy } from './conditions';
import type { TheseRows } from './context';
import { speaksOf } from './mentions';
import { itemPlace } from './ordinals';
import type { Bound, BoundCollection, BoundValues, OrderKey } from './plan';
import { rowsWhere, type Rows } from './rows';

interface Members extends TheseRows {
  readonly collection: BoundCollection;
}

const known = new WeakMap<BoundCollection, Members>();

/** The members of a collection, opened anew. The same for the same collection. */
export function theseOf(collection: BoundCollection): Members {
  const found = known.get(collection);
  if (found) return found;
  const { made, filter: condition, ...whole } = collection;
  const { range } = whole;
  const input: Rows = made?.rows ?? { kind: 'base', range };
  const rows = rowsWhere(input, condition);
  const these = { rows, collection: made?.of ?? whole, range };
  known.set(collection, these);
  return these;
}

/**
 * What a condition leaves of a collection. Where it speaks of all that conditions before it have left, these are made first: written out
 * within it, they would double with each condition.
 */
export function leftOf(collection: BoundCollection, condition: Bound): BoundCollection {
  const { filter } = collection;
  const { rows, collection: of } = theseOf(collection);
  if (!filter || !speaksOf(condition, rows)) return { ...collection, filter: narrowedBy(filter, condition) };
  return { ...collection, made: { of, rows, order: orderOf(collection) }, filter: condition };
}

/** The order that members have on their own: items have one. */
function orderOf(collection: BoundCollection): readonly OrderKey[] {
  const { made, keys, rows, navigations } = collection;
  if (made) return made.order;
  const isStored = keys !== undefined || (!rows && navigations.at(-1)?.items !== undefined);
  return isStored ? [{ expression: itemPlace(collection), direction: 'asc' }] : [];
}

/** The same of values. */
export function valuesLeftOf(values: BoundValues, condition: Bound): BoundValues {
  const { filter } = values;
  if (!filter || !speaksOf(condition, values)) return { ...values, filter: narrowedBy(filter, condition) };
  return { ...values, left: values, filter: condition };
}
