/** $select and $expand: what goes out of each entity. URL Conventions §5.1.3, §5.1.4 */
import { odataError } from '../error';
import type { ComplexType, EntityType, NavigationProperty, Property } from '../model/model';
import type { ExpandItem, NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { planCollection } from './collection';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { unknownProperty } from './member-path';
import type { BoundProperty, CollectionPlan, Field, Range, Selection } from './plan';
import { localName } from './type-names';

/** What $select leaves of a type: everything, or some properties with what is left of their parts. */
type Chosen = 'all' | ReadonlyMap<string, Chosen>;

/** The members of the JSON object for one entity. `depth` counts the levels of $expand above. */
export function planSelection(context: PlanContext, scope: Scope, options: QueryOptions, depth = 0): Selection {
  const range = scope.current;
  const chosen = planSelect(context, range.type, options.$select);
  const expanded = planExpand(context, scope, options.$expand ?? [], depth);
  return {
    range,
    fields: [...(range.type.version ? [{ kind: 'etag' } as const] : []), ...propertyFields(range, chosen), ...expanded],
    contextNames: contextNames(range.type, chosen, options.$select, expanded),
  };
}

/** All properties of the type, or those chosen, in the order of the model. */
function propertyFields(range: Range, chosen: Chosen): readonly Field[] {
  return fieldsOf(range, range.type.properties, chosen);
}

function fieldsOf(range: Range, properties: ReadonlyMap<string, Property>, chosen: Chosen): readonly Field[] {
  return [...properties.values()].flatMap((property) => {
    const part = chosen === 'all' ? 'all' : chosen.get(property.name);
    return part === undefined ? [] : [propertyField(range, property, part)];
  });
}

/** The member for one property. */
export function propertyField(range: Range, property: Property, chosen: Chosen = 'all'): Field {
  const { name, source, type, nullable } = property;
  if (source.kind === 'complex' && type.kind === 'complex')
    return { kind: 'complex', name, type, nullable, fields: fieldsOf(range, source.properties, chosen) };
  return { kind: 'property', name, value: boundProperty(range, property) };
}

/** The value of a property of the range's own entity. */
export const boundProperty = (range: Range, property: Property): BoundProperty => ({
  kind: 'property',
  range,
  navigations: [],
  property,
  type: property.type,
  nullable: property.nullable,
});

// ---- $select

function planSelect(context: PlanContext, type: EntityType, items: readonly SelectItem[] | undefined): Chosen {
  if (!items) return 'all';
  const chosen = new Map<string, Chosen>();
  let everything = false;
  for (const item of items) {
    if (item.star && item.path.length === 0) everything = true;
    else if (!item.star) choose(chosen, context, type, item);
  }
  return everything ? 'all' : chosen;
}

function choose(chosen: Map<string, Chosen>, context: PlanContext, type: EntityType, item: SelectItem): void {
  const path = withoutCast(context, type, item.path);
  const [first, ...rest] = path;
  if (!first || (first.name.includes('.') && localName(context.model.namespace, first.name) !== undefined)) return;
  if (type.navigations.has(first.name)) {
    if (rest.length > 0) throw notImplemented('A path behind a navigation property in $select', item.place);
    return;
  }
  const property = type.properties.get(first.name);
  if (!property) throw unknownProperty(type, first);
  choosePart(chosen, property, rest, item);
}

const withoutCast = ({ model }: PlanContext, type: EntityType, path: readonly NameSegment[]): readonly NameSegment[] =>
  path.length > 1 && path[0]?.name.includes('.') && localName(model.namespace, path[0].name) === type.name
    ? path.slice(1)
    : path;

function choosePart(
  chosen: Map<string, Chosen>,
  property: Property,
  rest: readonly NameSegment[],
  item: SelectItem,
): void {
  const [next, ...further] = rest;
  const nested = item.options.$select;
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
  if (before === 'all') return;
  const parts = new Map<string, Chosen>(before);
  if (next) choosePart(parts, partOf(property.type, property.source.properties, next), further, item);
  else for (const inner of nested ?? []) chooseNested(parts, property.type, property.source.properties, inner);
  chosen.set(property.name, parts);
}

function chooseNested(
  parts: Map<string, Chosen>,
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

// ---- $expand

function planExpand(context: PlanContext, scope: Scope, items: readonly ExpandItem[], depth: number): readonly Field[] {
  if (items.length > 0 && depth >= context.limits.expandDepth) {
    throw odataError(
      'ExpandedTooDeeply',
      { message: `$expand must not be nested deeper than ${context.limits.expandDepth} levels.` },
      { target: '$expand' },
    );
  }
  const { type } = scope.current;
  const named = items.filter((item) => !item.star);
  const fields = new Map<string, Field>();
  for (const item of named) {
    const navigation = expandedNavigation(context, type, item);
    if (fields.has(navigation.name))
      throw odataError(
        'InvalidValue',
        { message: `'${navigation.name}' is expanded more than once.` },
        { target: '$expand' },
      );
    fields.set(navigation.name, expandField(context, scope, navigation, item, depth));
  }
  for (const item of items.filter(({ star }) => star)) {
    for (const navigation of type.navigations.values()) {
      if (!fields.has(navigation.name))
        fields.set(navigation.name, expandField(context, scope, navigation, item, depth));
    }
  }
  return [...fields.values()];
}

function expandedNavigation(context: PlanContext, type: EntityType, item: ExpandItem): NavigationProperty {
  if (item.suffix === '$value') throw notImplemented('$expand of $value', item.place);
  const [first, second] = withoutCast(context, type, item.path);
  if (second) throw notImplemented('A path of several segments in $expand', item.place);
  const navigation = first && type.navigations.get(first.name);
  if (navigation) return navigation;
  if (first && type.properties.has(first.name)) {
    throw odataError(
      'TypeMismatch',
      { message: `'${first.name}' is no navigation property and cannot be expanded.` },
      placeOf(item.place),
    );
  }
  throw unknownProperty(type, first ?? { name: '', place: item.place });
}

function expandField(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  depth: number,
): Field {
  const range: Range = { type: navigation.target, name: navigation.name };
  const inner: Scope = { current: range, it: scope.it, variables: new Map(), options: item.options };
  if (item.suffix === '$ref') checkReference(context, navigation, item);
  if (item.options.$levels !== undefined) return expandLevels(context, scope, navigation, item, depth);
  if (navigation.collection) return expandMany(context, inner, navigation, item, depth);
  for (const name of ['$filter', '$orderby', '$top', '$skip', '$count', '$search'] as const) {
    if (item.options[name] !== undefined) {
      throw odataError(
        'OptionNotApplicable',
        { name, resource: `'${navigation.name}', which leads to one entity` },
        placeOf(item.place),
      );
    }
  }
  if (item.suffix === '$count')
    throw odataError(
      'TypeMismatch',
      { message: `'${navigation.name}' is no collection and cannot be counted.` },
      placeOf(item.place),
    );
  if (item.suffix === '$ref')
    return {
      kind: 'one',
      name: navigation.name,
      navigation,
      selection: { range, fields: [], contextNames: undefined },
      reference: true,
    };
  return {
    kind: 'one',
    name: navigation.name,
    navigation,
    selection: planSelection(context, inner, item.options, depth + 1),
    reference: false,
  };
}

/** The id of a contained entity begins with that of its parent, which the rows do not carry. */
function checkReference({ model }: PlanContext, navigation: NavigationProperty, { place }: ExpandItem): void {
  const isOfSet = [...model.entitySets.values()].some(({ type }) => type === navigation.target);
  if (navigation.containsTarget || !isOfSet)
    throw notImplemented(`$ref of '${navigation.name}', whose entities are contained, in $expand`, place);
}

function expandMany(
  context: PlanContext,
  inner: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  depth: number,
): Field {
  const form = item.suffix === '$ref' ? 'references' : item.suffix === '$count' ? 'count' : 'entities';
  const collection: CollectionPlan = planCollection(
    context,
    inner,
    item.options,
    navigation.join.map(({ targetColumn }) => targetColumn),
    depth + 1,
  );
  return { kind: 'many', name: navigation.name, navigation, collection, form };
}

/** `$levels=n` repeats the item within itself. Protocol §11.2.5.2.1.1 */
function expandLevels(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  depth: number,
): Field {
  const { $levels, ...rest } = item.options;
  const levels = $levels === 'max' ? context.limits.expandDepth - depth : ($levels ?? 1);
  if (levels + depth > context.limits.expandDepth) {
    throw odataError(
      'ExpandedTooDeeply',
      { message: `$levels must not lead deeper than ${context.limits.expandDepth} levels.` },
      placeOf(item.place),
    );
  }
  if (levels < 1) throw notImplemented('$levels=0', item.place);
  const repeats = levels > 1 && navigation.target.navigations.get(navigation.name)?.target === navigation.target;
  const again: ExpandItem = { ...item, options: { ...rest, $levels: levels - 1 } };
  const options: QueryOptions = repeats ? { ...rest, $expand: [...(rest.$expand ?? []), again] } : rest;
  return expandField(context, scope, navigation, { ...item, options }, depth);
}

// ---- context URL

/** The list in parentheses of a context URL, or undefined when nothing is left out. Protocol §10.8–10.10 */
function contextNames(
  type: EntityType,
  chosen: Chosen,
  select: readonly SelectItem[] | undefined,
  expanded: readonly Field[],
): readonly string[] | undefined {
  const nested = expanded.flatMap((field) => {
    const inner = nestedNames(field);
    return inner ? [inner] : [];
  });
  if (chosen === 'all') return nested.length > 0 ? nested : undefined;
  const links = (select ?? []).flatMap(({ path }) =>
    path[0] && type.navigations.has(path[0].name) ? [path[0].name] : [],
  );
  return [
    ...chosenNames(chosen),
    ...links.filter((name) => !nested.some((text) => text.startsWith(`${name}(`))),
    ...nested,
  ];
}

const chosenNames = (chosen: ReadonlyMap<string, Chosen>): readonly string[] =>
  [...chosen].flatMap(([name, part]) =>
    part === 'all' ? [name] : chosenNames(part).map((inner) => `${name}/${inner}`),
  );

function nestedNames(field: Field): string | undefined {
  const selection =
    field.kind === 'one'
      ? field.selection
      : field.kind === 'many' && field.form === 'entities'
        ? field.collection.selection
        : undefined;
  return selection?.contextNames && 'name' in field ? `${field.name}(${selection.contextNames.join(',')})` : undefined;
}
