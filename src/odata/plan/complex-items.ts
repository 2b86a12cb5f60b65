/** Collections of complex values: what goes out of them, their number, their items. Items are rows. URL Conventions §4.8, §4.10, §4.12, §5.1.4 */
import { odataError } from '../error';
import { booleanType, edm } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { NavigationProperty, Property } from '../model/model';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { planCollection } from './collection';
import { narrowedBy } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { isItemAt, placeProperty } from './ordinals';
import type { Bound, BoundProperty, Field, OrderKey, Range, Step } from './plan';
import { boundProperty } from './select';

type ItemsField = Extract<Field, { kind: 'items' }>;

/** Items are neither related to others nor indexed for texts. */
function refuseOthers(options: QueryOptions): void {
  if (options.$search) throw notImplemented('$search of a collection of complex values');
  if (options.$apply) throw notImplemented('$apply to a collection of complex values');
  for (const name of ['$expand', '$levels', '$index'] as const)
    if (options[name] !== undefined)
      throw odataError('OptionNotApplicable', { name, resource: 'a collection of complex values' }, { target: name });
}

/** The member for such a collection; `filter` narrows it beside the options. `scope` speaks of its items. */
function fieldOf(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  property: Property,
  options: QueryOptions,
  filter?: Bound,
): ItemsField {
  refuseOthers(options);
  const collection = planCollection(context, scope, options, []);
  const narrowed = filter && collection.filter ? narrowedBy(filter, collection.filter) : (filter ?? collection.filter);
  return {
    kind: 'items',
    name: property.name,
    type: property.type,
    navigation,
    collection: { ...collection, filter: narrowed, order: [...collection.order, storedOrder(scope.current)] },
  };
}

/** The place of an item in its collection. */
export const placeIn = (range: Range): BoundProperty => boundProperty(range, placeProperty);

/** Items that are equal in what is asked for keep their order. */
const storedOrder = (range: Range): OrderKey => ({ expression: placeIn(range), direction: 'asc' });

/** The member for a collection of complex values, as options within $select want it; undefined where the property is none. */
export function complexItemsField(
  context: PlanContext,
  scope: Scope,
  property: Property,
  options: QueryOptions,
): ItemsField | undefined {
  const navigation = itemsNavigation(property);
  if (!navigation) return undefined;
  const current: Range = { type: navigation.target, name: property.name };
  return fieldOf(context, itemScope({ ...scope, options }, current), navigation, property, options);
}

/** The scope in which paths start at an item. */
function itemScope(scope: Scope, current: Range): Scope {
  const elements = new Map(scope.elements);
  elements.delete('$this');
  return { ...scope, current, variables: new Map(), elements };
}

/** What a path leads to behind such a property: a member, or an item of it that the path may go on behind. */
export type ItemsPart =
  | { readonly kind: 'field'; readonly field: ItemsField }
  | { readonly kind: 'count'; readonly field: Field }
  | {
      readonly kind: 'item';
      readonly step: Step;
      readonly segment: NameSegment;
      readonly rest: readonly ResourceSegment[];
    };

/** `/addresses`, `/addresses/$filter(…)`, `/addresses/$count`, `/addresses/-1/city`; undefined where the property is no such collection. */
export function planItemsPart(
  context: PlanContext,
  scope: Scope,
  property: Property,
  segments: readonly ResourceSegment[],
  options: QueryOptions,
): ItemsPart | undefined {
  const navigation = itemsNavigation(property);
  if (!navigation) return undefined;
  const range: Range = { type: navigation.target, name: property.name };
  const inner: Scope = { ...itemScope(scope, range), it: range };
  let filter: Bound | undefined;
  let rest = segments;
  while (rest[0]?.kind === '$filter') {
    const { key, place, predicate, kind } = rest[0];
    if (key) throw odataError('BadRequest_NotFound', { segment: kind }, placeOf(place));
    filter = narrowedBy(filter, planCondition(context, inner, predicate, '$filter'));
    rest = rest.slice(1);
  }
  const [next, ...further] = rest;
  if (!next) return { kind: 'field', field: fieldOf(context, inner, navigation, property, options, filter) };
  const [behind] = next.kind === '$count' ? further : [];
  if (next.kind === '$count' && !behind)
    return { kind: 'count', field: countField(context, scope.current, inner, navigation, options, filter) };
  if (next.kind !== 'name' || next.arguments || !/^-?\d{1,9}$/.test(next.name)) {
    const segment = behind ?? next;
    throw odataError(
      'BadRequest_NotFound',
      { segment: segment.kind === 'name' ? segment.name : segment.kind },
      placeOf(segment.place),
    );
  }
  if (filter) throw notImplemented('An ordinal behind /$filter', next.place);
  return {
    kind: 'item',
    step: itemStep(context, scope.current, navigation, property, range, next),
    segment: next,
    rest: further,
  };
}

/** The number of items that the filters leave: other options say nothing about it. */
function countField(
  context: PlanContext,
  from: Range,
  scope: Scope,
  navigation: NavigationProperty,
  options: QueryOptions,
  narrowed: Bound | undefined,
): Field {
  if (options.$search) throw notImplemented('$search of a collection of complex values');
  const filter = options.$filter && planCondition(context, scope, options.$filter, '$filter');
  const collection = {
    from,
    navigations: [navigation],
    range: scope.current,
    ...(narrowed ? { filter: narrowed } : {}),
  };
  const value: Bound = { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
  return { kind: 'computed', name: '$count', value, typeName: undefined };
}

/** One item by its place, from 0; a negative one counts from the end. */
function itemStep(
  context: PlanContext,
  from: Range,
  navigation: NavigationProperty,
  property: Property,
  range: Range,
  { name: text, place }: NameSegment,
): Step {
  const slot = context.slot({ kind: 'literal', type: 'integer', text, raw: text, place }, (digits) => digits);
  const at: Bound = { kind: 'value', slot, type: edm('Edm.Int64'), nullable: false };
  const filter: Bound = {
    kind: 'call',
    definition: isItemAt,
    arguments: [placeIn(range), boundProperty(from, property), at],
    type: booleanType,
    nullable: false,
  };
  return { navigation, range, filter };
}
