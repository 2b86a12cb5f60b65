/** What an expression is made of. */
import { unreachable } from '../error';
import { operandsOfNodes } from './nodes';
import type { Bound, BoundCollection, BoundValues, Range } from './plan';
import type { Rows } from './rows';

/** An expression over the members of a collection. */
type OverCollection = Extract<Bound, { kind: 'picked' | 'gathered' | 'members' | 'exists' | 'count' }>;

/** Whether it is one. */
export const isOverCollection = (bound: Bound): bound is OverCollection =>
  ['picked', 'gathered', 'members', 'exists', 'count'].includes(bound.kind);

/** The expressions within an expression, those of its collection first; rows that it aggregates have others. */
export function operandsOf(bound: Bound): readonly Bound[] {
  switch (bound.kind) {
    case 'value':
    case 'null':
    case 'boolean':
    case 'search':
    case 'element':
      return [];
    case 'property':
      return keysOf(bound.range);
    case 'aggregated':
      return bound.group ? [bound.group] : [];
    case 'call':
      return bound.arguments;
    case 'list':
      return bound.items;
    case 'object':
      return bound.parts.map(({ value }) => value);
    case 'comparison':
    case 'logical':
    case 'has':
      return [bound.left, bound.right];
    case 'in':
      return [bound.operand, ...bound.items];
    case 'node':
      return [bound.value, ...bound.parts, ...operandsOfNodes(bound.nodes)];
    case 'not':
    case 'convert':
      return [bound.operand];
    case 'case':
      return bound.branches.flatMap(({ condition, value }) => [condition, value]);
    case 'picked':
    case 'gathered':
    case 'members':
      return [...within(bound.collection), bound.value];
    case 'exists':
      return [...within(bound.collection), ...(bound.predicate ? [bound.predicate] : [])];
    case 'count':
      return [...within(bound.collection), ...(bound.filter ? [bound.filter] : [])];
    default:
      return unreachable(bound);
  }
}

/** What the row of a variable is made of. */
const keysOf = ({ made, behind }: Range): readonly Bound[] => (made ? [made.keys] : behind ? keysOf(behind.from) : []);

const within = (collection: BoundCollection | BoundValues): readonly Bound[] => [
  ...('values' in collection ? [collection.values] : (collection.rows?.arguments.values() ?? [])),
  ...('from' in collection && collection.from ? keysOf(collection.from) : []),
  ...('of' in collection && collection.of ? within(collection.of) : []),
  ...('made' in collection && collection.made ? filtersOf(collection.made.rows) : []),
  ...('keys' in collection && collection.keys ? [collection.keys] : []),
  ...(collection.filter ? [collection.filter] : []),
];

/** What has narrowed rows last. */
const filtersOf = (rows: Rows): readonly Bound[] =>
  rows.kind === 'filter' ? [rows.condition, ...filtersOf(rows.input)] : [];

const sizes = new WeakMap<Bound, number>();

/** Of how many expressions it consists, each counted as often as it is written out. */
export function sizeOf(bound: Bound): number {
  const known = sizes.get(bound);
  if (known !== undefined) return known;
  const size = operandsOf(bound).reduce((sum, operand) => sum + sizeOf(operand), 1);
  sizes.set(bound, size);
  return size;
}
