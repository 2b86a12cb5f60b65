/** Paths that go on behind a value which is no property of a row: computed properties, aliases, annotations. URL Conventions §5.1.1.15 */
import { complexItems, untyped } from '../model/edm';
import type { Property } from '../model/model';
import type { PathSegment } from '../url/ast';
import { annotationOfComputed, annotationOfProperty } from './annotation-value';
import type { PlanContext, Scope } from './context';
import { walkDynamic } from './dynamic-property';
import { keysIn, opened } from './item-keys';
import { ending } from './lambda';
import { walk, walkProperty } from './member-path';
import { anew, at, ofCollection, pickedFrom } from './position';
import type { Bound } from './plan';
import { isStructured, partNamed, partOf, partsOf, type Structured } from './structured';
import { planValues } from './values';

/** What segments say of a value that has a name of its own; nothing is behind null but null. */
export function walkValue(context: PlanContext, scope: Scope, value: Bound, segments: readonly PathSegment[]): Bound {
  const [next, ...rest] = segments;
  if (value.kind === 'null') return value;
  if (value.kind === 'members')
    return walk(context, scope, ofCollection(anew(value.collection)), segments, value.place);
  if (!next) return value;
  const items = opened(context, value, next.place);
  if (items !== value) return walkValue(context, scope, items, segments);
  if (next.kind === 'annotation') return walkValue(context, scope, annotationOfComputed(value, next), rest);
  if (value.kind === 'property') {
    const { range, navigations, property } = value;
    const type = navigations.at(-1)?.target ?? range.type;
    const found = { property, siblings: type.properties, place: next.place };
    return walkProperty(context, scope, { ...at(range), navigations, type }, found, segments);
  }
  if (value.type === untyped) return walkDynamic(context, scope, value, segments);
  if (value.type.kind === 'complex' && isStructured(value))
    return walkPart(context, scope, value, partNamed(value, next), next, rest);
  const ofMembers = planValues(context, scope, value, segments);
  if (!ofMembers) ending(segments);
  return ofMembers ?? value;
}

/** What segments say of a part of a complex value that is no property of the row; the first one names it. */
function walkPart(
  context: PlanContext,
  scope: Scope,
  whole: Structured,
  property: Property,
  named: PathSegment,
  rest: readonly PathSegment[],
): Bound {
  const [next, ...further] = rest;
  if (next?.kind !== 'annotation') {
    if (whole.kind === 'picked')
      return pickedFrom(whole.collection, walkValue(context, scope, whole.value, [named, ...rest]));
    const isItems = complexItems(property) !== undefined;
    const part = isItems ? keysIn(context, whole, property, named.place) : partOf(whole, property);
    return walkValue(context, scope, part, rest);
  }
  const follow = ([named, ...behind]: readonly PathSegment[]): Bound => {
    const sibling = named?.kind === 'name' ? partsOf(whole)?.get(named.name) : undefined;
    return sibling ? walkValue(context, scope, partOf(whole, sibling), behind) : { kind: 'null' };
  };
  return walkValue(context, scope, annotationOfProperty(property, [], next, follow), further);
}
