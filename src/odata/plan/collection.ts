/** $filter, $orderby, $top, $skip and $count of one collection. URL Conventions §5.1.2, §5.1.5–5.1.7 */
import { odataError } from '../error';
import { booleanType, edm, untyped } from '../model/edm';
import type { EntityType } from '../model/model';
import type { OrderbyItem, QueryOptions } from '../url/ast';
import { convert, typeOf } from './coerce';
import { narrowedBy } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { hiddenProperty } from './derived-type';
import { planCondition, planExpression } from './expression';
import { defaultOrder, distinct, rowCount, totalOrder } from './order';
import type { Bound, CollectionPlan, OrderKey, Range } from './plan';
import { planApply } from './apply';
import { planComputed } from './compute';
import type { Rows } from './rows';
import { planSearch } from './search';
import { boundProperty, planSelection } from './select';

/** What is known of a collection beside its options. */
interface Known {
  /** The columns that have one value in all of it. */
  readonly tied?: readonly string[];
  /** The levels of $expand above. */
  readonly depth?: number;
  /** Its rows, when they are none of one entity type. */
  readonly from?: Rows | undefined;
  /** The type that the context of the answer tells. */
  readonly told?: EntityType;
}

/** The collection that the options describe, with its total order. */
export function planCollection(
  context: PlanContext,
  scope: Scope,
  options: QueryOptions,
  { from, ...known }: Known = {},
): CollectionPlan {
  return planCollectionOf(context, scope.current, planRows(context, scope, options, from), options, known);
}

/** The same of rows that are made already out of those of a variable. */
export function planCollectionOf(
  context: PlanContext,
  base: Range,
  applied: OptionRows,
  options: QueryOptions,
  { tied = [], depth = 0, told }: Omit<Known, 'from'> = {},
): CollectionPlan {
  const { rows, scope } = applied;
  const { nulls } = base.type;
  return {
    base,
    ...(rows ? { rows } : {}),
    selection: planSelection(context, scope, options, depth, scope.current === base ? told : undefined),
    filter: planFilter(context, applied.scope, options),
    order: planOrder(context, applied, options.$orderby, tied),
    ...planCount(context, options),
    ...(nulls !== undefined &&
      scope.current === base && { isNull: boundProperty(base, hiddenProperty(nulls, booleanType)) }),
  };
}

/** $top, $skip and $count. URL Conventions §5.1.6, §5.1.7 */
export const planCount = (
  context: PlanContext,
  { $top, $skip, $count }: QueryOptions,
): Pick<CollectionPlan, 'top' | 'skip' | 'count'> => ({
  top: $top && rowCount(context, '$top', $top),
  skip: $skip && rowCount(context, '$skip', $skip),
  count: $count ?? false,
});

/** The rows that the other options speak of. */
export interface OptionRows {
  readonly scope: Scope;
  /** Undefined when they are those of the collection itself. */
  readonly rows: Rows | undefined;
  /** The order that $apply gave them. */
  readonly order: readonly OrderKey[];
}

/** The rows that options within an $expand make of those that were made before. */
export function planFurtherRows(context: PlanContext, before: OptionRows, options: QueryOptions): OptionRows {
  const further = planRows(context, before.scope, options, before.rows);
  return { ...further, order: [...further.order, ...before.order] };
}

/** Evaluates $apply and $compute, which come before all other options. `from` are the rows when they are none of one entity type. */
export function planRows(context: PlanContext, scope: Scope, options: QueryOptions, from?: Rows): OptionRows {
  const base: Rows = from ?? { kind: 'base', range: scope.current };
  const applied = options.$apply ? planApply(context, scope, base, options.$apply) : undefined;
  const rows = applied?.rows ?? base;
  const seen: Scope = { ...(applied?.scope ?? scope), these: { rows } };
  return {
    scope: options.$compute ? planComputed(context, seen, options.$compute) : seen,
    rows: rows.kind === 'base' ? undefined : rows,
    order: applied?.order ?? [],
  };
}

/** What options of one instance add to it: no collection is theirs to speak of. */
export function planInstance(context: PlanContext, scope: Scope, { $compute }: QueryOptions): Scope {
  const alone: Scope = { ...scope, these: undefined };
  return $compute ? planComputed(context, alone, $compute) : alone;
}

/** The condition of $search and $filter together. */
export function planFilter(context: PlanContext, scope: Scope, options: QueryOptions): Bound | undefined {
  const search = options.$search && planSearch(context, scope, options.$search);
  const filter = options.$filter && planCondition(context, scope, options.$filter, '$filter');
  return narrowedBy(search, filter);
}

function planOrder(
  context: PlanContext,
  { scope, rows, order }: OptionRows,
  items: readonly OrderbyItem[] | undefined,
  tied: readonly string[],
): readonly OrderKey[] {
  const { current: range } = scope;
  const asked = (items ?? []).flatMap((item) => orderKeys(context, scope, item));
  const wanted = [...asked, ...order];
  return rows
    ? totalOrder(rows, wanted)
    : total(range, wanted.length > 0 || items ? wanted : defaultOrder(range), tied);
}

/** So many parts an item counts for: PostgreSQL compares each with all the others. */
const ORDER_ITEM = 100;

/** An item of $orderby or orderby; none for what is null in every row. */
export function orderKeys(context: PlanContext, scope: Scope, item: OrderbyItem): readonly OrderKey[] {
  context.count(item.place, ORDER_ITEM);
  const bound = orderValue(context, scope, item);
  if (typeOf(bound) !== untyped) return bound.kind === 'null' ? [] : [{ expression: bound, direction: item.direction }];
  return sortedAs.flatMap((name) => {
    const key = convert(context, bound, edm(name));
    return key && key.kind !== 'null' ? [{ expression: key, direction: item.direction }] : [];
  });
}

/** The value that an item of $orderby orders by. Throws where its values have no order. */
export function orderValue(context: PlanContext, scope: Scope, { expression, place }: OrderbyItem): Bound {
  const bound = planExpression(context, scope, expression);
  const type = typeOf(bound);
  if (!type || type === untyped || type.kind === 'primitive' || type.kind === 'enum') return bound;
  throw odataError('TypeMismatch', { message: '$orderby needs values that have an order.' }, placeOf(place));
}

/** Values that tell their types themselves have the order of each type that they can be of. */
export const sortedAs = ['Edm.Decimal', 'Edm.Boolean', 'Edm.DateTimeOffset', 'Edm.Duration', 'Edm.String'] as const;

/** Appends the key, so that no two entities are equal, unless the order is total without it. */
function total(range: Range, keys: readonly OrderKey[], tied: readonly string[]): readonly OrderKey[] {
  const result: OrderKey[] = [];
  const columns = new Set(tied);
  for (const key of distinct(keys)) {
    result.push(key);
    for (const column of ownColumn(range, key.expression)) columns.add(column);
    if (isTotal(range, columns)) return result;
  }
  const direction = result.at(-1)?.direction ?? 'asc';
  const missing = range.type.key.filter(
    (property) =>
      !result.some(({ expression }) => isOwn(range, expression) && expression.property.name === property.name),
  );
  return [...result, ...missing.map((property) => ({ expression: boundProperty(range, property), direction }))];
}

/** Some unique columns are all among the order's and the tied ones. */
const isTotal = ({ type }: Range, columns: ReadonlySet<string>): boolean =>
  type.uniques.some((unique) => unique.every((column) => columns.has(column)));

const ownColumn = (range: Range, bound: Bound): readonly string[] =>
  isOwn(range, bound) && !bound.nullable && bound.property.source.kind === 'column'
    ? [bound.property.source.column]
    : [];

/** A property of the row itself: `$it/code` in the options of an expand is another row's. */
const isOwn = (range: Range, bound: Bound): bound is Extract<Bound, { kind: 'property' }> =>
  bound.kind === 'property' && bound.range === range && bound.navigations.length === 0;
