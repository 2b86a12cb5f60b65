/** Whether an expression speaks of a row, or of all rows. */
import { isOverCollection, operandsOf } from './operands';
import type { Bound, BoundCollection, BoundValues, Range } from './plan';
import { inputOf, type Rows } from './rows';

/** True when the value of the expression depends on the row that the range stands for. `$these` is the same for all rows of a group. */
export function mentions(bound: Bound, range: Range, seen = new Set<Bound>()): boolean {
  if (seen.has(bound)) return false;
  seen.add(bound);
  if ((bound.kind === 'property' || bound.kind === 'search') && isSame(bound.range, range)) return true;
  if (bound.kind === 'aggregated') return bound.collection !== undefined;
  const startsThere = isOverCollection(bound) && isSame(startOf(bound.collection), range);
  return startsThere || operandsOf(bound).some((operand) => mentions(operand, range, seen));
}

/** True when the value of the expression depends on all of the rows, or of the values: `$these` stands for them. */
export function speaksOf(bound: Bound, these: Rows | BoundValues, seen = new Set<Bound>()): boolean {
  if (seen.has(bound)) return false;
  seen.add(bound);
  if (bound.kind === 'aggregated' && isMadeOf(bound.rows, these)) return true;
  if (isOverCollection(bound) && bound.collection === these) return true;
  return operandsOf(bound).some((operand) => speaksOf(operand, these, seen));
}

function isMadeOf(rows: Rows, these: Rows | BoundValues): boolean {
  if (rows === these) return true;
  const inputs = rows.kind === 'group' ? rows.branches.map((branch) => branch.rows) : [inputOf(rows)];
  return inputs.some((input) => input !== undefined && isMadeOf(input, these));
}

/** The row of a variable is that of another one, or what that one leads to. */
const isSame = (one: Range | undefined, range: Range): boolean =>
  one === range || (one?.behind !== undefined && isSame(one.behind.from, range));

function startOf(collection: BoundCollection | BoundValues): Range | undefined {
  if ('values' in collection) return undefined;
  return collection.of ? startOf(collection.of) : collection.from;
}

/** Whether the value of an expression depends on nothing but the rows that some ranges stand for, and on what they lead to. */
export function isOf(bound: Bound, ranges: readonly Range[]): boolean {
  const isOwn = (range: Range | undefined): boolean => ranges.some((one) => isSame(range, one));
  if (bound.kind === 'search' || (bound.kind === 'property' && operandsOf(bound).length === 0))
    return isOwn(bound.range);
  if (bound.kind === 'aggregated') return false;
  if (!isOverCollection(bound) || 'values' in bound.collection)
    return operandsOf(bound).every((one) => isOf(one, ranges));
  const { range } = bound.collection;
  return isOwn(startOf(bound.collection)) && operandsOf(bound).every((one) => isOf(one, [...ranges, range]));
}
