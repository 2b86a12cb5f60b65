/** Paths that go on behind a collection of values: `tags/any(t:t eq 'x')`, `tags/$count`. URL Conventions §5.1.1.13, §5.1.1.15 */
import { odataError } from '../error';
import type { PathSegment } from '../url/ast';
import { gathered, valuesOf, collectionValue } from './collection-property';
import { placeOf, type PlanContext, type Scope } from './context';
import { ending, valuesNarrowed, planCount, planLambda } from './lambda';
import type { Bound, BoundValues } from './plan';

/** What the segments say of the members of `values`; `undefined` when `values` is no collection. */
export function planValues(
  context: PlanContext,
  scope: Scope,
  values: Bound,
  segments: readonly PathSegment[],
): Bound | undefined {
  if (values.kind === 'null' || values.type.kind !== 'collection') return undefined;
  return walk(context, scope, valuesOf(values), segments);
}

/** The same of a collection of values, by a variable of its own: an expression may speak of it more than once. */
export const behindValues = (
  context: PlanContext,
  scope: Scope,
  collection: BoundValues,
  segments: readonly PathSegment[],
): Bound => walk(context, scope, valuesOf(collectionValue(collection)), segments);

function walk(context: PlanContext, scope: Scope, collection: BoundValues, segments: readonly PathSegment[]): Bound {
  const [segment, ...rest] = segments;
  if (!segment) return gathered(collection);
  switch (segment.kind) {
    case '$filter':
      return walk(context, scope, valuesNarrowed(context, scope, collection, segment.predicate), rest);
    case 'any':
    case 'all':
      ending(rest);
      return planLambda(context, scope, collection, segment);
    case '$count':
      ending(rest);
      return planCount(context, scope, collection, segment);
    default:
      throw odataError(
        'TypeMismatch',
        { message: 'A collection of values needs any, all, $filter or $count behind it.' },
        placeOf(segment.place),
      );
  }
}
