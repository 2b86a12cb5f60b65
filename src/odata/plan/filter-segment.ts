/** `/$filter(…)` in the resource path: what it leaves of a collection. URL Conventions §4.12 */
import type { ResourceSegment } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { planCondition } from './expression';
import { noValue } from './keys';
import { isAtOneOf } from './ordinals';
import type { Bound } from './plan';

/** Its condition; `scope` speaks of the members. `place` is that of an item: where the condition has been judged, the item is at one of the places that it has left. */
export function planFilterSegment(
  context: PlanContext,
  scope: Scope,
  segment: Extract<ResourceSegment, { kind: '$filter' }>,
  place?: Bound,
): Bound {
  const places = place && scope.judged?.get(segment);
  if (places) return isAtOneOf(place, places);
  const { predicate } = segment;
  // Elsewhere an alias without a value is null; here the standard wants one.
  if (predicate.kind === 'alias' && !context.alias(predicate.name, undefined)) throw noValue(predicate);
  return planCondition(context, scope, predicate, '$filter');
}
