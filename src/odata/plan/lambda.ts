/** What stands behind a collection, of entities or of values: any, all, $count, $filter. URL Conventions §5.1.1.13, §5.1.1.15 */
import { odataError } from '../error';
import { booleanType, edm } from '../model/edm';
import type { Expression, PathSegment } from '../url/ast';
import { planFilter } from './collection';
import { planFilterOfValues, speakingOfItems } from './collection-property';
import { placeOf, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import type { Bound, BoundCollection, BoundValues } from './plan';
import { leftOf, theseOf, valuesLeftOf } from './these';

type Collection = BoundCollection | BoundValues;

/** Throws when a path goes on. */
export function ending([next]: readonly PathSegment[]): void {
  if (next)
    throw odataError('SyntaxError', { message: 'The path goes on behind a single value.' }, placeOf(next.place));
}

/** Paths start at the members of the collection. */
function speakingOf(scope: Scope, collection: Collection): Scope {
  if ('values' in collection) return speakingOfItems(scope, collection);
  return { ...hiding(scope, '$this'), current: collection.range, these: theseOf(collection) };
}

/** The scope in which a name stands for a member of the collection. */
function withVariable(scope: Scope, name: string, collection: Collection): Scope {
  const around = hiding(scope, name);
  return 'values' in collection
    ? { ...around, elements: new Map(around.elements).set(name, collection.element) }
    : { ...around, variables: new Map(scope.variables).set(name, collection.range) };
}

/** The scope in which a name stands for none of the values and collections any more that it may have stood for. */
export const hiding = (scope: Scope, name: string): Scope => ({
  ...scope,
  elements: without(scope.elements, name),
  ...(scope.collections && { collections: without(scope.collections, name) }),
});

/** What is in sight but a name. */
export function without<T>(names: ReadonlyMap<string, T> | undefined, name: string): ReadonlyMap<string, T> {
  return new Map([...(names ?? [])].filter(([known]) => known !== name));
}

/** `/any(…)`, `/all(…)` */
export function planLambda(
  context: PlanContext,
  scope: Scope,
  collection: Collection,
  { kind, variable, predicate }: Extract<PathSegment, { kind: 'any' | 'all' }>,
): Bound {
  const inner = variable === undefined ? scope : withVariable(scope, variable, collection);
  return {
    kind: 'exists',
    collection,
    quantifier: kind,
    predicate: predicate && planCondition(context, inner, predicate, `The condition of ${kind}`),
    type: booleanType,
    nullable: false,
  };
}

/** `/$count`, with what its options leave. */
export function planCount(
  context: PlanContext,
  scope: Scope,
  collection: Collection,
  { options }: Extract<PathSegment, { kind: '$count' }>,
): Bound {
  const inner: Scope = { ...speakingOf(scope, collection), ...(options && { options }) };
  const filter =
    options &&
    ('values' in collection
      ? planFilterOfValues(context, inner, collection, options)
      : planFilter(context, inner, options));
  return { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
}

/** `/$filter(…)`: the members that a condition holds for. */
export const narrowed = (
  context: PlanContext,
  scope: Scope,
  collection: BoundCollection,
  predicate: Expression,
): BoundCollection => leftOf(collection, planCondition(context, speakingOf(scope, collection), predicate, '$filter'));

/** The same of values. */
export const valuesNarrowed = (
  context: PlanContext,
  scope: Scope,
  values: BoundValues,
  predicate: Expression,
): BoundValues => valuesLeftOf(values, planCondition(context, speakingOf(scope, values), predicate, '$filter'));
