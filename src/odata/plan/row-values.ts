/** Values that more than one row, or rows of more than one structure, decide: aggregate(…) and $count behind a collection, unions of rows. */
import { odataError } from '../error';
import { edm } from '../model/edm';
import type { AggregateItem, PathSegment, Place } from '../url/ast';
import { planGroup } from './aggregate';
import { planFilter } from './collection';
import { placeOf, type PlanContext, type Scope, type TheseRows } from './context';
import { allOf, always, equal, isNotNull, same } from './conditions';
import { caseOf } from './case-value';
import { keysOf } from './group';
import { planCount } from './lambda';
import type { Bound, BoundCollection, BoundProperty, BoundValues } from './plan';
import { rowsWhere } from './rows';
import { boundProperty } from './select';
import { theseOf } from './these';

/** A number of our own: the same for every request of the shape. */
export const wholeNumber = (value: number): Bound => ({
  kind: 'value',
  slot: () => String(value),
  type: edm('Edm.Int32'),
  nullable: false,
});

/** What the value of each structure counts for, with the condition that it is the row's. */
const VARIANT_PARTS = 3;

/** The value that the structure of the row has: `values` in the order of the structures. */
export const planVariants = (
  context: PlanContext,
  discriminator: BoundProperty,
  values: readonly Bound[],
  place: Place,
): Bound => {
  context.count(place, VARIANT_PARTS * values.length);
  const branches = values.map((value, index) => ({ condition: equal(discriminator, wholeNumber(index)), value }));
  return caseOf(context, branches, place, 'What is of one name in rows of several structures');
};

/**
 * `salesInvoices/aggregate(amount with sum)` of the members of a collection; without a collection `$these/aggregate(…)` and `$these/$count` of
 * the rows that the option speaks of. Data Aggregation §3.6.1
 */
export function planAggregateCall(
  context: PlanContext,
  scope: Scope,
  collection: BoundCollection | undefined,
  segment: Extract<PathSegment, { kind: 'aggregate' | '$count' }>,
): Bound {
  const these = collection ? theseOf(collection) : scope.these;
  if (!these)
    throw odataError(
      'TypeMismatch',
      { message: 'There is no collection here that $these could stand for.' },
      placeOf(segment.place),
    );
  if ('values' in these) return planOfValues(context, scope, these, segment);
  const { range = scope.current, rows: input, groups = [] } = these;
  const inner: Scope = { ...scope, current: range, these: { rows: input, groups } };
  if (segment.kind === 'aggregate') return planAggregated(context, inner, these, segment.items);
  const { options } = segment;
  const condition = options && planFilter(context, { ...inner, options }, options);
  const left: TheseRows = { ...these, rows: rowsWhere(input, condition) };
  const count = planRowCount(context, inner, left);
  return groups.length > 0 && condition ? orZero(context, count, segment.place) : count;
}

/** A group of which a filter leaves nothing is none. */
const orZero = (context: PlanContext, count: Bound, place: Place): Bound =>
  caseOf(
    context,
    [
      { condition: isNotNull(count), value: count },
      { condition: always(true), value: wholeNumber(0) },
    ],
    place,
  );

function planOfValues(
  context: PlanContext,
  scope: Scope,
  values: BoundValues,
  segment: Extract<PathSegment, { kind: 'aggregate' | '$count' }>,
): Bound {
  if (segment.kind === '$count') return planCount(context, scope, values, segment);
  throw odataError(
    'TypeMismatch',
    { message: 'Values without properties are not aggregated.' },
    placeOf(segment.place),
  );
}

/** One value of rows. */
function planAggregated(
  context: PlanContext,
  scope: Scope,
  { collection, rows: input, groups = [] }: TheseRows,
  items: readonly AggregateItem[],
): Bound {
  const named = items.map((item) => ({ ...item, as: VALUE }));
  const made = planGroup(context, { scope, rows: input, order: [], groups }, named);
  const { rows, aggregates } = made;
  const [property] = aggregates;
  if (!property) throw new Error('An aggregate has a value');
  const value = boundProperty(rows.range, property);
  const keys = keysOf(made.groups);
  const isSame = keysOf(groups).map((key, index) => same(key, keys[index] ?? { kind: 'null' }));
  const group = isSame.length > 0 && { group: allOf(isSame) };
  return { kind: 'aggregated', collection, rows, value, ...group, type: value.type, nullable: value.nullable };
}

/** The name of the value: no group has it. */
const VALUE = '@value';

/** The number of rows. */
export const planRowCount = (context: PlanContext, scope: Scope, these: TheseRows): Bound => ({
  kind: 'convert',
  operand: planAggregated(context, scope, these, [{ from: [], place: { source: '$count', at: 0 } }]),
  type: edm('Edm.Int64'),
  nullable: (these.groups ?? []).length > 0,
  mayFail: false,
});
