/** `/$filter(…)` in the resource path: what it leaves of a collection. URL Conventions §4.12 */
import type { ResourceSegment } from '../url/ast';
import { startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { aliasValue } from './keys';
import { isAtOneOf } from './ordinals';
import type { Bound, BoundCollection, BoundValues } from './plan';
import { leftOf, theseOf } from './these';

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

/** The members of a collection of rows that are left; a key may pick one of them. */
export const rowsLeft = (context: PlanContext, collection: BoundCollection, segment: FilterSegment): BoundCollection =>
  leftOf(collection, conditionOf(context, { ...startScope(collection.range), these: theseOf(collection) }, segment));

/** What such segments in front leave of items, which no key picks, and the segments behind them. */
export function itemsLeft<T extends BoundCollection | BoundValues>(
  context: PlanContext,
  collection: T,
  segments: readonly ResourceSegment[],
  items: Items<T>,
): { readonly collection: T; readonly rest: readonly ResourceSegment[] } {
  const [segment, ...rest] = segments;
  if (segment?.kind !== '$filter') return { collection, rest: segments };
  if (segment.key) throw unknownSegment(segment);
  const scope = items.speaking(collection);
  const places = scope.judged?.get(segment);
  const left = places
    ? { ...collection, filter: isAtOneOf(items.place, places) }
    : items.leftOf(collection, conditionOf(context, scope, segment));
  return itemsLeft(context, left, rest, items);
}

/** How items are narrowed. */
interface Items<T> {
  /** The place of an item: where a condition has been judged, it is one of those that this condition, and all in front, have left. */
  readonly place: Bound;
  /** The scope for what is left. */
  readonly speaking: (left: T) => Scope;
  readonly leftOf: (left: T, condition: Bound) => T;
}
