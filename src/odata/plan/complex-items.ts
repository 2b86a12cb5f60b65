/** Collections of complex values: what goes out of them, their number, their items. Items are rows. URL Conventions §4.8, §4.10, §4.12, §5.1.4 */
import { odataError } from '../error';
import { itemsNavigation, type ItemsNavigation } from '../model/item-type';
import type { Property } from '../model/model';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { planCollectionOf, planFilter, planRows, type OptionRows } from './collection';
import { anyOf, both, equal, isNotNull, negated } from './conditions';
import { unknownSegment, type PlanContext, type Scope } from './context';
import { typeOnTheWire } from './derived-type';
import { itemsLeft } from './filter-segment';
import { asItem } from './identity';
import { without } from './lambda';
import { variantsOf } from './members';
import { areNull } from './members-operand';
import { isEach, isOrdinal, itemPlace, placeProperty, planOrdinal } from './ordinals';
import type { Bound, BoundCollection, BoundMembers, BoundProperty, Field, OrderKey, Range, Step } from './plan';
import { anew, at } from './position';
import { planRowCount, wholeNumber } from './row-values';
import { rowsWhere } from './rows';
import { boundProperty } from './select';
import { leftOf, theseOf } from './these';

type ItemsField = Extract<Field, { kind: 'items' }>;

/** Items are not related to others. */
function refuseOthers(options: QueryOptions): void {
  for (const name of ['$expand', '$levels', '$index'] as const)
    if (options[name] !== undefined)
      throw odataError('OptionNotApplicable', { name, resource: 'a collection of complex values' }, { target: name });
}

/** A collection of complex values: what the member is called, and of which items it is. */
type Items = Pick<ItemsField, 'name' | 'type' | 'members'>;

/** The items that a navigation leads to from a row, as a variable. */
const behindRow = ({ range, navigations }: Row, navigation: ItemsNavigation, items: Range): Items => ({
  name: navigation.name,
  type: navigation.items.type,
  members: { from: range, navigations: [...navigations, navigation], range: items },
});

/** The row that holds the items: a variable, or what single-valued navigations lead to from it. */
type Row = Pick<BoundProperty, 'range' | 'navigations'>;

/** The member for such a collection. `scope` speaks of its items. */
const fieldOf = (context: PlanContext, scope: Scope, items: Items, options: QueryOptions): ItemsField =>
  itemsOf(context, planRows(context, scope, options), items, options);

/** The member for the items, or for what was made of them. */
export function itemsOf(context: PlanContext, rows: OptionRows, items: Items, options: QueryOptions): ItemsField {
  refuseOthers(options);
  const { range, navigations, keys } = items.members;
  const collection = planCollectionOf(context, range, rows, options);
  const isStored = !collection.rows && (keys ?? navigations.at(-1)?.items) !== undefined;
  const order = isStored ? [...collection.order, storedOrder(items.members)] : collection.order;
  const isNull = range.isKeyed && areNullItems(rows.scope, range);
  return { kind: 'items', ...items, collection: { ...collection, order, ...(isNull && { isNull }) } };
}

/** Where rows are items that are null, which have no place; undefined where none of their structures is one of items. */
function areNullItems(scope: Scope, items: Range): Bound | undefined {
  if (scope.current === items) return negated(isNotNull(boundProperty(items, placeProperty)));
  const variants = variantsOf(scope, scope.current);
  if (!variants) return undefined;
  const { discriminator, scopes } = variants;
  const conditions = scopes.flatMap((variant, index) => {
    const isNull = areNullItems(variant, items);
    return isNull ? [both(equal(discriminator, wholeNumber(index)), isNull)] : [];
  });
  return conditions.length === 0 ? undefined : anyOf(conditions);
}

/** Items that are equal in what is asked for keep their order. */
const storedOrder = (items: BoundCollection): OrderKey => ({ expression: itemPlace(items), direction: 'asc' });

/** The member for a collection of complex values of a row, as options within $select want it; undefined where the property is none. */
export function complexItemsField(
  context: PlanContext,
  scope: Scope,
  property: Property,
  options: QueryOptions,
  row: Row,
): ItemsField | undefined {
  const navigation = itemsNavigation(property);
  if (!navigation) return undefined;
  const current: Range = { type: navigation.target, name: property.name, ...asItem(navigation) };
  return fieldOf(context, itemScope({ ...scope, options }, current), behindRow(row, navigation, current), options);
}

/** The same of one that the request computed. */
export function computedItemsField(
  context: PlanContext,
  scope: Scope,
  name: string,
  value: BoundMembers,
  options: QueryOptions,
): ItemsField {
  const { type, place } = value;
  const members = anew(value.collection);
  const inner = itemScope({ ...scope, options }, members.range);
  const field = fieldOf(context, inner, { name, type, members }, options);
  const { item, whole } = field.collection.selection.range.type;
  const isNull = areNull(value, place);
  return {
    ...field,
    // What $apply makes of items has no type that a client could look up.
    typeName: (item ?? whole) && typeOnTheWire(type, context.model.namespace),
    ...(isNull.kind !== 'boolean' && { presence: negated(isNull) }),
  };
}

/** The scope in which paths start at an item, or another value. */
export const itemScope = (scope: Scope, current: Range): Scope => ({
  ...scope,
  current,
  variables: new Map(),
  elements: without(scope.elements, '$this'),
  these: undefined,
});

/** What a path leads to behind such a property: a member, or an item of it that the path may go on behind. */
type ItemsPart =
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
  const range: Range = { type: navigation.target, name: property.name, ...asItem(navigation) };
  const inner: Scope = { ...itemScope(scope, range), it: range };
  const items = behindRow(at(scope.current), navigation, range);
  const { collection, rest } = itemsLeft(context, items.members, segments, {
    place: itemPlace(items.members),
    speaking: (left) => ({ ...inner, these: theseOf(left) }),
    leftOf,
  });
  const [next, ...further] = rest;
  if (!next || isEach(rest))
    return { kind: 'field', field: fieldOf(context, inner, { ...items, members: collection }, options) };
  if (next.kind === '$count') {
    if (further[0]) throw unknownSegment(further[0]);
    return { kind: 'count', field: countField(context, inner, collection, options) };
  }
  if (!isOrdinal(next)) throw unknownSegment(next);
  const ordinal = { at: planOrdinal(context, next), among: collection };
  return { kind: 'item', step: { navigation, range, ordinal }, segment: next, rest: further };
}

/** The number of items that the filters leave: other options say nothing about it. */
function countField(context: PlanContext, scope: Scope, collection: BoundCollection, options: QueryOptions): Field {
  const these = theseOf(collection);
  const { scope: inner, rows: input = these.rows } = planRows(context, scope, options, these.rows);
  const condition = planFilter(context, inner, options);
  const rows = rowsWhere(input, condition);
  const value = planRowCount(context, inner, { ...these, rows });
  return { kind: 'computed', name: '$count', value, typeName: undefined };
}
