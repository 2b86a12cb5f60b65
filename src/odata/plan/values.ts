/** Paths that go on behind a collection of values: `tags/any(t:t eq 'x')`, `tags/$count`. URL Conventions §5.1.1.13, §5.1.1.15 */
import { odataError } from '../error';
import { booleanType, edm } from '../model/edm';
import type { PathSegment } from '../url/ast';
import { placeOf, type PlanContext, type Scope } from './context';
import { narrowedBy } from './conditions';
import { gathered, planFilterOfValues, speakingOfItems, valuesOf } from './collection-property';
import { planCondition } from './expression';
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

function walk(context: PlanContext, scope: Scope, collection: BoundValues, segments: readonly PathSegment[]): Bound {
  const [segment, ...rest] = segments;
  if (!segment) return gathered(collection);
  switch (segment.kind) {
    case '$filter': {
      const filter = planCondition(context, speakingOfItems(scope, collection), segment.predicate, '$filter');
      return walk(context, scope, { ...collection, filter: narrowedBy(collection.filter, filter) }, rest);
    }
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

function ending([next]: readonly PathSegment[]): void {
  if (next)
    throw odataError('SyntaxError', { message: 'The path goes on behind a single value.' }, placeOf(next.place));
}

function planLambda(
  context: PlanContext,
  scope: Scope,
  collection: BoundValues,
  { kind, variable, predicate: node }: Extract<PathSegment, { kind: 'any' | 'all' }>,
): Bound {
  const elements = new Map(scope.elements);
  if (variable !== undefined) elements.set(variable, collection.element);
  const predicate = node && planCondition(context, { ...scope, elements }, node, `The condition of ${kind}`);
  return { kind: 'exists', collection, quantifier: kind, predicate, type: booleanType, nullable: false };
}

function planCount(
  context: PlanContext,
  scope: Scope,
  collection: BoundValues,
  { options }: Extract<PathSegment, { kind: '$count' }>,
): Bound {
  const inner: Scope = { ...speakingOfItems(scope, collection), ...(options ? { options } : {}) };
  const filter = options && planFilterOfValues(context, inner, collection, options);
  return { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
}
