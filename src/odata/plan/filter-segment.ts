/** `/$filter(…)` in the resource path: what it leaves of a collection. URL Conventions §4.12 */
import type { ResourceSegment } from '../url/ast';
import { narrowedBy } from './conditions';
import { startScope, theseOf, unknownSegment, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { aliasValue } from './keys';
import { isAtOneOf } from './ordinals';
import type { Bound, BoundCollection, BoundValues } from './plan';

type FilterSegment = Extract<ResourceSegment, { kind: '$filter' }>;

/** Those with which segments begin, and the segments behind them. */
export function filtersFirst(segments: readonly ResourceSegment[]): {
  readonly filters: readonly FilterSegment[];
  readonly rest: readonly ResourceSegment[];
} {
  const [first, ...further] = segments;
  if (first?.kind !== '$filter') return { filters: [], rest: segments };
  const { filters, rest } = filtersFirst(further);
  return { filters: [first, ...filters], rest };
}

/** Its condition; `scope` speaks of the members. Elsewhere an alias without a value is null; here the standard wants one. */
function conditionOf(context: PlanContext, scope: Scope, { predicate }: FilterSegment): Bound {
  if (predicate.kind === 'alias') aliasValue(context, predicate);
  return planCondition(context, scope, predicate, '$filter');
}

/** What holds for the members of a collection of rows that are left; a key may pick one of them. */
export const rowsLeft = (context: PlanContext, collection: BoundCollection, segment: FilterSegment): Bound =>
  narrowedBy(
    collection.filter,
    conditionOf(context, { ...startScope(collection.range), these: theseOf(collection) }, segment),
  );

/**
 * What such segments in front leave of items, which no key picks, and the segments behind them. `speaking` gives the scope for what is left;
 * `place` is that of an item: where a condition has been judged, the item is at one of the places that it, and all in front, have left.
 */
export function itemsLeft<T extends BoundCollection | BoundValues>(
  context: PlanContext,
  collection: T,
  segments: readonly ResourceSegment[],
  place: Bound,
  speaking: (left: T) => Scope,
): { readonly collection: T; readonly rest: readonly ResourceSegment[] } {
  const [segment, ...rest] = segments;
  if (segment?.kind !== '$filter') return { collection, rest: segments };
  if (segment.key) throw unknownSegment(segment);
  const scope = speaking(collection);
  const places = scope.judged?.get(segment);
  const filter = places
    ? isAtOneOf(place, places)
    : narrowedBy(collection.filter, conditionOf(context, scope, segment));
  const left = { ...collection, filter };
  return itemsLeft(context, left, rest, place, speaking);
}
