/** What a resource path says behind a dynamic property: members of objects, items of collections, to any depth. URL Conventions §4.6, §4.7, §4.10, §4.12 */
import { booleanType } from '../model/edm';
import { isIdentifier } from '../url';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { untypedItems } from './coerce';
import {
  countField,
  valuesLeft,
  itemIn,
  speakingOfItems,
  valuesField,
  valuesOf,
  type CollectionPart,
} from './collection-property';
import { narrowedBy } from './conditions';
import { unknownSegment, type PlanContext, type Scope } from './context';
import { heldValue, memberOf, typeHeld } from './dynamic-property';
import { isEach, isOrdinal } from './ordinals';
import { callOf, isArray, mayHaveMembers } from './own-functions';
import type { Bound } from './plan';
import { refuseStructured } from './property-field';
import { untypedCast } from './untyped-cast';

/** A value that tells its type itself, and what leads to it. */
interface Named {
  readonly name: string;
  readonly value: Bound;
}

/** What the segments say of such a value. */
export function planDynamicPart(
  context: PlanContext,
  scope: Scope,
  { name, value }: Named,
  segments: readonly ResourceSegment[],
  options: QueryOptions,
): CollectionPart {
  const [next, ...rest] = segments;
  if (!next && speaksOfItems(options)) return planItems(context, scope, value, segments, options);
  if (!next || next.kind === '$value') {
    if (rest[0]) throw unknownSegment(rest[0]);
    return alone({ name, value }, next !== undefined, options);
  }
  const cast = next.kind === 'name' ? untypedCast(context, value, next) : undefined;
  // What is of another type is not there.
  if (next.kind === 'name' && cast)
    return within(planDynamicPart(context, scope, { name, value: cast.value }, rest, options), next.name, cast.isThere);
  if (next.kind === 'name' && !next.arguments && isIdentifier(next.name))
    return within(
      planDynamicPart(context, scope, { name: next.name, value: memberOf(value, next) }, rest, options),
      next.name,
      callOf(mayHaveMembers, [value], booleanType, false),
    );
  if (next.kind !== '$filter' && next.kind !== '$count' && next.kind !== '$each' && !isOrdinal(next))
    throw unknownSegment(next);
  return planItems(context, scope, value, segments, options);
}

/** Options that only a collection takes: what is none is not there. */
export const speaksOfItems = (options: QueryOptions): boolean =>
  (['$filter', '$orderby', '$search', '$top', '$skip', '$count'] as const).some((name) => options[name] !== undefined);

/** One value, or its text. */
function alone({ name, value }: Named, raw: boolean, options: QueryOptions): CollectionPart {
  checkOptions(options, raw ? 'value' : 'property', raw ? '/$value' : 'a property');
  refuseStructured(options, name, ['$select', '$expand', '$compute']);
  return { field: { kind: 'untyped', name: VALUE, value: heldValue(VALUE, value) }, path: [], raw };
}

const VALUE = 'value';

const within = (part: CollectionPart, name: string, filter?: Bound): CollectionPart => {
  const both = narrowedBy(filter, part.filter);
  return { ...part, ...(both && { filter: both }), path: [name, ...part.path] };
};

/** Items are there where the value is a collection. */
function planItems(
  context: PlanContext,
  scope: Scope,
  value: Bound,
  segments: readonly ResourceSegment[],
  options: QueryOptions,
): CollectionPart {
  const { collection, rest } = valuesLeft(context, scope, valuesOf(untypedItems(value)), segments);
  const [next, ...further] = rest;
  const inner = speakingOfItems(scope, collection, ['$it', '$this']);
  const filter = isArray(value);
  if (!next || isEach(rest)) {
    checkOptions(options, 'values', 'a collection of values');
    const type = typeHeld(value);
    const field = valuesField(context, inner, VALUE, collection, options);
    return { filter, field: { ...field, ...(type && { heldType: type }) }, path: [], raw: false };
  }
  if (further[0] && !isOrdinal(next)) throw unknownSegment(further[0]);
  if (next.kind === '$count') {
    checkOptions(options, 'count', 'a collection of values');
    return { filter, field: countField(context, inner, collection, options), path: [], raw: true };
  }
  if (!isOrdinal(next)) throw unknownSegment(next);
  const { value: item, isThere } = itemIn(context, collection, next);
  const part = planDynamicPart(context, scope, { name: next.name, value: item }, further, options);
  return within(part, next.name, narrowedBy(filter, isThere));
}
