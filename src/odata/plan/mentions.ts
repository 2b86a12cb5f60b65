/** Whether an expression speaks of a row. */
import { isOverCollection, operandsOf } from './operands';
import type { Bound, BoundCollection, BoundValues, Range } from './plan';

/** True when the value of the expression depends on the row that the range stands for. `$these` is the same for all rows of a group. */
export function mentions(bound: Bound, range: Range): boolean {
  if (bound.kind === 'property' || bound.kind === 'search') return bound.range === range;
  if (bound.kind === 'aggregated') return bound.collection !== undefined;
  const startsThere = isOverCollection(bound) && startOf(bound.collection) === range;
  return startsThere || operandsOf(bound).some((operand) => mentions(operand, range));
}

function startOf(collection: BoundCollection | BoundValues): Range | undefined {
  if ('values' in collection) return undefined;
  return collection.of ? startOf(collection.of) : collection.from;
}
