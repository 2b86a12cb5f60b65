/** $filter, $orderby, $top, $skip and $count of one collection. URL Conventions §5.1.2, §5.1.5–5.1.7 */
import { odataError } from '../error';
import type { EntityType } from '../model/model';
import type { OrderbyItem, QueryOptions } from '../url/ast';
import { typeOf } from './coerce';
import { both } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planCondition, planExpression } from './expression';
import type { Bound, CollectionPlan, OrderKey, Range } from './plan';
import { planSearch } from './search';
import { boundProperty, planSelection } from './select';

/** The collection that the options describe, with its total order. `tied` are the columns that have one value in all of it. */
export function planCollection(
  context: PlanContext,
  scope: Scope,
  options: QueryOptions,
  tied: readonly string[],
  depth = 0,
): CollectionPlan {
  if (options.$compute) throw notImplemented('$compute');
  if (options.$apply) throw notImplemented('$apply');
  if (options.$index) throw notImplemented('$index');
  return {
    selection: planSelection(context, scope, options, depth),
    filter: planFilter(context, scope, options),
    order: planOrder(context, scope, options.$orderby, tied),
    top: options.$top && context.slot(options.$top, (text) => wholeNumber('$top', text)),
    skip: options.$skip && context.slot(options.$skip, (text) => wholeNumber('$skip', text)),
    count: options.$count ?? false,
  };
}

/** The condition of $search and $filter together. */
export function planFilter(context: PlanContext, scope: Scope, options: QueryOptions): Bound | undefined {
  const search = options.$search && planSearch(scope, options.$search);
  const filter = options.$filter && planCondition(context, scope, options.$filter, '$filter');
  return search && filter ? both(search, filter) : (search ?? filter);
}

function wholeNumber(name: string, text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw odataError(
    'InvalidValue',
    { message: `${name} must be a whole number that is not negative, but it is '${text}'.` },
    { target: name },
  );
}

function planOrder(
  context: PlanContext,
  scope: Scope,
  items: readonly OrderbyItem[] | undefined,
  tied: readonly string[],
): readonly OrderKey[] {
  const { current: range } = scope;
  const wanted = items
    ? items.map((item) => orderKey(context, scope, item)).filter(({ expression }) => expression.kind !== 'null')
    : defaultOrder(range);
  return total(range, wanted, tied);
}

function orderKey(context: PlanContext, scope: Scope, { expression, direction, place }: OrderbyItem): OrderKey {
  const bound = planExpression(context, scope, expression);
  const type = typeOf(bound);
  if (type && type.kind !== 'primitive' && type.kind !== 'enum') {
    throw odataError('TypeMismatch', { message: '$orderby needs values that have an order.' }, placeOf(place));
  }
  return { expression: bound, direction };
}

const defaultOrder = (range: Range): readonly OrderKey[] =>
  range.type.defaultOrder.map(({ property, direction }) => ({ expression: boundProperty(range, property), direction }));

/** Appends the key, so that no two entities are equal, unless the order is total without it. */
function total(range: Range, keys: readonly OrderKey[], tied: readonly string[]): readonly OrderKey[] {
  const result: OrderKey[] = [];
  for (const key of keys) {
    if (!result.some((before) => sameProperty(before.expression, key.expression))) result.push(key);
    if (isTotal(range.type, result, tied)) return result;
  }
  const direction = result.at(-1)?.direction ?? 'asc';
  const missing = range.type.key.filter(
    (property) => !result.some(({ expression }) => isOwn(expression, property.name)),
  );
  return [...result, ...missing.map((property) => ({ expression: boundProperty(range, property), direction }))];
}

/** Some unique columns are all among the order's and the tied ones. */
function isTotal({ uniques }: EntityType, keys: readonly OrderKey[], tied: readonly string[]): boolean {
  const columns = new Set([...tied, ...keys.flatMap(({ expression }) => ownColumn(expression))]);
  return uniques.some((unique) => unique.every((column) => columns.has(column)));
}

const ownColumn = (bound: Bound): readonly string[] =>
  bound.kind === 'property' &&
  bound.navigations.length === 0 &&
  !bound.nullable &&
  bound.property.source.kind === 'column'
    ? [bound.property.source.column]
    : [];

const isOwn = (expression: Bound, name: string): boolean =>
  expression.kind === 'property' && expression.navigations.length === 0 && expression.property.name === name;

const sameProperty = (left: Bound, right: Bound): boolean =>
  left.kind === 'property' &&
  right.kind === 'property' &&
  left.property === right.property &&
  left.navigations.length === right.navigations.length &&
  left.navigations.every((navigation, index) => navigation === right.navigations[index]);
