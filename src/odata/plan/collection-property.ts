/** Properties that are collections of values: their options, their number, their items. URL Conventions §4.8, §4.10, §4.12, §5.1.4 */
import { odataError } from '../error';
import { booleanType, edm, untyped } from '../model/edm';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { orderKeys, planCount } from './collection';
import { narrowedBy } from './conditions';
import { unknownSegment, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { itemsLeft } from './filter-segment';
import { isEach, isOrdinal, planOrdinal } from './ordinals';
import { callOf, hasItem, itemAt } from './own-functions';
import type { Bound, BoundValues, Element, Field } from './plan';
import { planSearchOfValues } from './search';
import { valuesLeftOf } from './these';

/** The members of a value that is a collection. */
export function valuesOf(values: Bound): BoundValues {
  if (values.kind === 'null' || values.type.kind !== 'collection') throw new Error('A collection of values has items');
  const nullable = values.type.of === untyped || (values.kind === 'property' && values.property.nullable);
  const place: Element = { name: 'place', type: edm('Edm.Int64'), nullable: false };
  return { values, element: { name: '$this', type: values.type.of, nullable }, place };
}

/** The place of a value in its collection, from 1. */
export function valuePlace({ place }: BoundValues): Bound {
  if (!place) throw new Error('These values have no place');
  return elementOf(place);
}

/** The value of the variable of a collection. */
export const elementOf = (element: Element): Extract<Bound, { kind: 'element' }> => ({
  kind: 'element',
  element,
  type: element.type,
  nullable: element.nullable,
});

/** The scope in which `$this`, and at the end of a resource path `$it`, is an item, and `$these` all. URL Conventions §5.1.1.14.4 */
export const speakingOfItems = (
  scope: Scope,
  values: BoundValues,
  names: readonly ('$it' | '$this')[] = ['$this'],
): Scope => ({
  ...scope,
  elements: new Map([...(scope.elements ?? []), ...names.map((name) => [name, values.element] as const)]),
  these: values,
});

/** The member for a collection of which options say what goes out. `scope` speaks of its items. */
export function valuesField(
  context: PlanContext,
  scope: Scope,
  name: string,
  collection: BoundValues,
  options: QueryOptions,
): Extract<Field, { kind: 'values' }> {
  refuseOthers(options);
  const filter = narrowedBy(collection.filter, planFilterOfValues(context, scope, collection, options));
  return {
    kind: 'values',
    name,
    collection: { ...collection, ...(filter && { filter }) },
    order: (options.$orderby ?? []).flatMap((item) => orderKeys(context, scope, item)),
    ...planCount(context, options),
  };
}

/** The condition of $search and $filter together. `scope` speaks of the items. */
export function planFilterOfValues(
  context: PlanContext,
  scope: Scope,
  { element }: BoundValues,
  options: QueryOptions,
): Bound | undefined {
  const search = options.$search && planSearchOfValues(context, element, options.$search);
  const filter = options.$filter && planCondition(context, scope, options.$filter, '$filter');
  return narrowedBy(search, filter);
}

/** Single values have no parts that could be selected, computed or expanded. */
function refuseOthers(
  options: QueryOptions,
  names: readonly (keyof QueryOptions)[] = ['$select', '$expand', '$compute', '$apply', '$levels', '$index'],
): void {
  for (const name of names)
    if (options[name] !== undefined)
      throw odataError('OptionNotApplicable', { name, resource: 'a collection of values' }, { target: name });
}

/** What a path leads to behind such a property. */
export interface CollectionPart {
  /** What must hold for it to be there: an item has a place. */
  readonly filter?: Bound;
  readonly field: Field;
  /** What the path of the property goes on with. */
  readonly path: readonly string[];
  /** `/$count` */
  readonly raw: boolean;
}

/** `/emails`, `/emails/$filter(…)`, `/emails/$count`, `/emails/-1`. `name` is that of the values. */
export function planCollectionPart(
  context: PlanContext,
  scope: Scope,
  name: string,
  values: Bound,
  segments: readonly ResourceSegment[],
  options: QueryOptions,
): CollectionPart {
  const { collection, rest } = valuesLeft(context, scope, valuesOf(values), segments);
  const [next, ...further] = rest;
  const inner = speakingOfItems(scope, collection, ['$it', '$this']);
  if (!next || isEach(rest))
    return { field: valuesField(context, inner, name, collection, options), path: [], raw: false };
  if (further[0]) throw unknownSegment(further[0]);
  if (next.kind === '$count') return { field: countField(context, inner, collection, options), path: [], raw: true };
  if (!isOrdinal(next)) throw unknownSegment(next);
  const { value, isThere } = itemIn(context, collection, next);
  const field = { kind: 'computed', name: '', value, typeName: undefined } as const;
  return { filter: isThere, field, path: [next.name], raw: false };
}

/** What the `/$filter` segments in front leave of values, and the segments behind them. URL Conventions §4.12 */
export const valuesLeft = (
  context: PlanContext,
  scope: Scope,
  collection: BoundValues,
  segments: readonly ResourceSegment[],
): { readonly collection: BoundValues; readonly rest: readonly ResourceSegment[] } =>
  itemsLeft(context, collection, segments, {
    place: valuePlace(collection),
    speaking: (left) => speakingOfItems(scope, left, ['$it', '$this']),
    leftOf: valuesLeftOf,
  });

/** The number of items that the filter leaves: other options say nothing about it. */
export function countField(context: PlanContext, scope: Scope, collection: BoundValues, options: QueryOptions): Field {
  refuseOthers(options, ['$compute', '$apply']);
  const filter = planFilterOfValues(context, scope, collection, options);
  const value: Bound = { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
  return { kind: 'computed', name: '$count', value, typeName: undefined };
}

/** The item at a place, from 0 or from -1 from the end, and whether there is one. */
export function itemIn(
  context: PlanContext,
  collection: BoundValues,
  place: NameSegment,
): { readonly value: Bound; readonly isThere: Bound } {
  const given = [collectionValue(collection), planOrdinal(context, place)];
  return {
    value: callOf(itemAt, given, collection.element.type, true),
    isThere: callOf(hasItem, given, booleanType, true),
  };
}

/** The collection as one value. */
export const collectionValue = (collection: BoundValues): Bound =>
  collection.filter ? gathered(collection) : collection.values;

/** The values that the filter leaves. */
export function gathered(collection: BoundValues): Bound {
  const value = elementOf(collection.element);
  return { kind: 'gathered', collection, value, type: { kind: 'collection', of: value.type }, nullable: false };
}
