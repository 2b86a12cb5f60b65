/** Whether an expression speaks of a row. */
import type { Bound, BoundCollection, BoundValues, Range } from './plan';

/** True when the value of the expression depends on the row that the range stands for. */
export function mentions(bound: Bound, range: Range): boolean {
  switch (bound.kind) {
    case 'value':
    case 'null':
    case 'boolean':
      return false;
    case 'property':
    case 'search':
      return bound.range === range;
    case 'exists':
      return speaksOf(bound.collection, range) || isIn(bound.predicate, range);
    case 'count':
      return speaksOf(bound.collection, range) || isIn(bound.filter, range);
    case 'picked':
    case 'gathered':
      return speaksOf(bound.collection, range) || mentions(bound.value, range);
    case 'aggregated':
      return bound.collection !== undefined;
    case 'element':
      return false;
    default:
      return operandsOf(bound).some((operand) => mentions(operand, range));
  }
}

const isIn = (bound: Bound | undefined, range: Range): boolean => bound !== undefined && mentions(bound, range);

/** Whether a collection starts at the row, or is narrowed by it. */
const speaksOf = (collection: BoundCollection | BoundValues, range: Range): boolean =>
  isIn(collection.filter, range) ||
  ('values' in collection
    ? mentions(collection.values, range)
    : collection.from === range ||
      [...(collection.rows?.arguments.values() ?? [])].some((value) => mentions(value, range)));

type Composed = Exclude<
  Bound,
  {
    kind:
      | 'value'
      | 'null'
      | 'boolean'
      | 'property'
      | 'search'
      | 'exists'
      | 'count'
      | 'picked'
      | 'gathered'
      | 'aggregated'
      | 'element';
  }
>;

function operandsOf(bound: Composed): readonly Bound[] {
  switch (bound.kind) {
    case 'call':
      return bound.arguments;
    case 'list':
      return bound.items;
    case 'comparison':
    case 'logical':
    case 'has':
      return [bound.left, bound.right];
    case 'object':
      return bound.parts.map(({ value }) => value);
    case 'in':
      return [bound.operand, ...bound.items];
    case 'not':
    case 'convert':
      return [bound.operand];
    case 'case':
      return bound.branches.flatMap(({ condition, value }) => [condition, value]);
  }
}
