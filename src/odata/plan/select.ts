/** $select: what goes out of each entity. URL Conventions §5.1.4 */
import { odataError } from '../error';
import { booleanType, complexItems, isNullValue } from '../model/edm';
import type { ColumnReference, ComplexType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { withoutCast } from './cast';
import { speakingOfItems, valuesField, valuesOf } from './collection-property';
import { complexItemsField } from './complex-items';
import { contextList } from './context-list';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { columnProperty } from './derived-type';
import { dynamicFields, dynamicProperty } from './dynamic-property';
import { planExpand } from './expand';
import { computedField, computedFields, defaultExpand, linkFields } from './member-fields';
import { unknownProperty } from './member-path';
import { hasName, membersOf, namesOf, type Members } from './members';
import { operationFields } from './operation-fields';
import type { Bound, BoundProperty, Field, Range, Selection } from './plan';
import { checkSelected, streamFields } from './stream';
import { localName } from './type-names';
import { planTypedSelection } from './typed-selection';
import { planVariantSelection } from './variant-selection';

/** What $select leaves of a type: everything, or some properties with what is left of their parts. */
export type Chosen = 'all' | Parts;

/** What is left of each of them. */
export type Parts = ReadonlyMap<string, Part>;

/** All of a property, some of its parts, or some of its items. */
export type Part = Chosen | ItemOptions;

interface ItemOptions {
  readonly ofItems: QueryOptions;
}

/**
 * The members of the JSON object for one entity. `depth` counts the levels of $expand above; `told` is the type that the context of the
 * answer tells, null when it tells none.
 */
export function planSelection(
  context: PlanContext,
  scope: Scope,
  options: QueryOptions,
  depth = 0,
  told: EntityType | null = scope.current.type,
): Selection {
  const { type } = scope.current;
  if (membersOf(scope, scope.current).variants) return planVariantSelection(context, scope, options, depth);
  if (type.inheritance && (type.inheritance.derived.length > 0 || type !== told))
    return planTypedSelection(context, scope, options, depth, told);
  return planStructure(context, scope, options, depth);
}

/** The members of an entity of one type. */
export function planStructure(context: PlanContext, scope: Scope, options: QueryOptions, depth: number): Selection {
  const range = scope.current;
  const members = membersOf(scope, range);
  const chosen = planSelect(context, scope, options.$select);
  const expanded = [
    ...planExpand(context, scope, options.$expand ?? defaultExpand(scope, options.$select), depth),
    ...(members.nested ?? []).filter((field) => chosen === 'all' || ('name' in field && chosen.has(field.name))),
  ];
  const structure = fieldsOf(context, scope, range.type.properties, chosen);
  const links = members.crossed ? linkFields(members, chosen, expanded) : [];
  return {
    range,
    fields: [
      ...(range.type.version ? [{ kind: 'etag' } as const] : []),
      ...(isTransient(range, members) ? [{ kind: 'transient' } as const] : []),
      ...structure,
      ...computedFields(context, members, chosen),
      ...dynamicFields(scope, range, chosen),
      ...streamFields(range.type, options, expanded),
      ...links,
      ...withLinks(range.type, options.$select, expanded),
      ...operationFields(context.model, range.type, options.$select),
    ],
    list: contextList(scope, chosen, options, expanded, structure),
  };
}

/** Made by $apply out of entities: combinations of entity sets and rows of functions are complex values. */
const isTransient = ({ type }: Range, { declared }: Members): boolean =>
  type.columns !== undefined && declared !== undefined && declared.key.length > 0;

/** Each expanded navigation behind its links, then the links of the others that are selected. JSON §4.4 */
function withLinks(
  { navigations }: EntityType,
  select: readonly SelectItem[] | undefined,
  expanded: readonly Field[],
): readonly Field[] {
  const link = (navigation: NavigationProperty): Field => ({ kind: 'navigationLink', navigation });
  const isWanted = ({ name }: NavigationProperty): boolean =>
    select === undefined || select.some((item) => item.path.at(-1)?.name === name);
  const inline = new Set(expanded.flatMap((field) => ('navigation' in field ? [field.navigation] : [])));
  return [
    ...expanded.flatMap((field) =>
      'navigation' in field && navigations.has(field.navigation.name) ? [link(field.navigation), field] : [field],
    ),
    ...[...navigations.values()].filter((found) => !inline.has(found) && isWanted(found)).map(link),
  ];
}

function fieldsOf(
  context: PlanContext,
  scope: Scope,
  properties: ReadonlyMap<string, Property>,
  chosen: Chosen,
): readonly Field[] {
  return [...properties.values()].flatMap((property) => {
    const part = chosen === 'all' ? 'all' : chosen.get(property.name);
    return part === undefined ? [] : [propertyField(context, scope, property, part)];
  });
}

/** The member for one property. */
export function propertyField(context: PlanContext, scope: Scope, property: Property, chosen: Part = 'all'): Field {
  const { name, source, type, nullable } = property;
  const range = scope.current;
  const items = complexItemsField(context, scope, property, isOfItems(chosen) ? chosen.ofItems : {});
  if (items) return items;
  if (isOfItems(chosen)) return itemsField(context, scope, property, chosen.ofItems);
  if (source.kind === 'complex' && type.kind === 'complex') {
    const fields = fieldsOf(context, scope, source.properties, chosen);
    const { presence } = source;
    return {
      kind: 'complex',
      name,
      type,
      nullable,
      fields,
      ...(presence && { presence: presenceOf(range, presence) }),
    };
  }
  const value = boundProperty(range, property);
  return property.dynamic ? computedField(context, name, value) : { kind: 'property', name, value };
}

/** The part is a collection with options of its own. */
export const isOfItems = (part: Part): part is ItemOptions => part !== 'all' && 'ofItems' in part;

/** A collection of values with options of its own. URL Conventions §5.1.4 */
function itemsField(context: PlanContext, scope: Scope, property: Property, options: QueryOptions): Field {
  const collection = valuesOf(boundProperty(scope.current, property));
  return valuesField(context, { ...speakingOfItems(scope, collection), options }, property.name, collection, options);
}

const presenceOf = (range: Range, { column }: ColumnReference): Bound =>
  boundProperty(range, columnProperty({ name: column, column, type: booleanType, nullable: true, dynamic: true }));

/** A property read alone, with what $select leaves of its parts. Protocol §11.2.4 */
export function planPart(
  context: PlanContext,
  scope: Scope,
  property: Property,
  { $select, $expand }: QueryOptions,
): Field {
  const { source, type } = property;
  const inapplicable = $expand ? '$expand' : $select && type.kind !== 'complex' ? '$select' : undefined;
  if (inapplicable !== undefined)
    throw odataError(
      'OptionNotApplicable',
      { name: inapplicable, resource: `'${property.name}'` },
      { target: inapplicable },
    );
  if (!$select || type.kind !== 'complex' || source.kind !== 'complex') return propertyField(context, scope, property);
  const parts = new Map<string, Part>();
  for (const item of $select) chooseNested(parts, type, source.properties, item);
  return propertyField(context, scope, property, parts);
}

/** The value of a property of the range's own entity. */
export const boundProperty = (range: Range, property: Property): BoundProperty => ({
  kind: 'property',
  range,
  navigations: [],
  property,
  type: property.type,
  nullable: isNullValue(property),
});

// ---- $select

function planSelect(context: PlanContext, scope: Scope, items: readonly SelectItem[] | undefined): Chosen {
  if (!items) return 'all';
  const chosen = new Map<string, Part>();
  let everything = false;
  for (const item of items) {
    if (item.star && item.path.length === 0) everything = true;
    else if (!item.star) choose(chosen, context, scope, item);
  }
  if (!everything) return chosen;
  for (const [name, part] of chosen)
    if (isOfItems(part) && hasOptions(part.ofItems))
      throw notImplemented(`Options of '${name}' beside * in $select`, items[0]?.place);
  return 'all';
}

/** More than members are chosen by. */
const hasOptions = (options: QueryOptions): boolean => Object.keys(options).some((name) => name !== '$select');

function choose(chosen: Map<string, Part>, context: PlanContext, scope: Scope, item: SelectItem): void {
  const { type } = scope.current;
  const [first, ...rest] = withoutCast(context.model, type, item.path);
  if (!first) return;
  if (first.name.includes('.') && localName(context.model.namespace, first.name) !== undefined) {
    if (rest.length > 0) throw unknownProperty(type, first, namesOf(scope, scope.current));
    return;
  }
  if (type.navigations.has(first.name)) {
    if (rest.length > 0) throw notImplemented('A path behind a navigation property in $select', item.place);
    return;
  }
  const property = type.properties.get(first.name);
  if (property) return choosePart(chosen, property, rest, item);
  if (type.streams?.has(first.name)) {
    checkSelected(item);
    chosen.set(first.name, 'all');
    return;
  }
  if (!hasName(scope, scope.current, first.name) && !dynamicProperty(type, first.name))
    throw unknownProperty(type, first, namesOf(scope, scope.current));
  if (rest.length > 0 || item.options.$select)
    throw odataError('TypeMismatch', { message: `'${first.name}' has no properties to select.` }, placeOf(item.place));
  unsupportedInSelect(item);
  chosen.set(first.name, 'all');
}

function choosePart(
  chosen: Map<string, Part>,
  property: Property,
  rest: readonly NameSegment[],
  item: SelectItem,
): void {
  const [next, ...further] = rest;
  const nested = item.options.$select;
  if (complexItems(property)) {
    chosen.set(property.name, chosenItems(chosen.get(property.name), rest, item));
    return;
  }
  if (property.type.kind === 'collection' && !next) {
    chosen.set(property.name, chosenItems(chosen.get(property.name), [], item));
    return;
  }
  unsupportedInSelect(item);
  if (!next && !nested) {
    chosen.set(property.name, 'all');
    return;
  }
  if (property.source.kind !== 'complex' || property.type.kind !== 'complex') {
    throw odataError(
      'TypeMismatch',
      { message: `'${property.name}' has no properties to select.` },
      placeOf(item.place),
    );
  }
  const before = chosen.get(property.name);
  if (before === 'all' || (before && isOfItems(before))) return;
  const parts = new Map<string, Part>(before);
  if (next) choosePart(parts, partOf(property.type, property.source.properties, next), further, item);
  else for (const inner of nested ?? []) chooseNested(parts, property.type, property.source.properties, inner);
  chosen.set(property.name, parts);
}

/** What several items of $select leave of a collection: members are merged, and options can only be those of all of them. */
function chosenItems(before: Part | undefined, rest: readonly NameSegment[], item: SelectItem): Part {
  const options: QueryOptions = rest.length === 0 ? item.options : { $select: [{ ...item, path: rest }] };
  if (!before) return Object.keys(options).length === 0 ? 'all' : { ofItems: options };
  const given = isOfItems(before) ? before.ofItems : {};
  if (hasOptions(given) || hasOptions(options))
    throw odataError(
      'InvalidValue',
      { message: `'${item.path.map(({ name }) => name).join('/')}' is selected more than once, with options.` },
      placeOf(item.place),
    );
  return given.$select && options.$select ? { ofItems: { $select: [...given.$select, ...options.$select] } } : 'all';
}

function chooseNested(
  parts: Map<string, Part>,
  type: ComplexType,
  properties: ReadonlyMap<string, Property>,
  item: SelectItem,
): void {
  const [first, ...rest] = item.path;
  if (item.star || !first) for (const name of properties.keys()) parts.set(name, 'all');
  else choosePart(parts, partOf(type, properties, first), rest, item);
}

function partOf(type: ComplexType, properties: ReadonlyMap<string, Property>, segment: NameSegment): Property {
  const found = properties.get(segment.name);
  if (found) return found;
  throw odataError('UnknownProperty', { type: type.name, name: segment.name }, placeOf(segment.place));
}

function unsupportedInSelect({ options, place }: SelectItem): void {
  for (const name of ['$filter', '$orderby', '$top', '$skip', '$count', '$search', '$compute', '$expand'] as const) {
    if (options[name] !== undefined) throw notImplemented(`${name} within $select`, place);
  }
}
