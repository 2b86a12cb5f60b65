/** $select and $expand: what goes out of each entity. URL Conventions §5.1.3, §5.1.4 */
import { odataError } from '../error';
import { booleanType, isNullValue } from '../model/edm';
import type { ColumnReference, ComplexType, EntityType, NavigationProperty, Property } from '../model/model';
import type { ExpandItem, NameSegment, Place, QueryOptions, SelectItem } from '../url/ast';
import { planCollection, planRows } from './collection';
import { speakingOfItems, valuesField, valuesOf } from './collection-property';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { columnProperty } from './derived-type';
import { computedField, computedFields, defaultExpand, linkFields, memberRow, rowField } from './member-fields';
import { mentionsIt, withLevels, type ExpandStep } from './expand-options';
import { rangeBehind } from './identity';
import { unknownProperty } from './member-path';
import { hasName, membersOf, namesOf, type Members } from './members';
import type { Bound, BoundProperty, CollectionPlan, Field, Range, Selection } from './plan';
import { everything, type ExpandedList, type SelectList } from './select-list';
import { localName } from './type-names';
import { planVariantSelection } from './variant-selection';

/** What $select leaves of a type: everything, or some properties with what is left of their parts. */
export type Chosen = 'all' | Parts;

type Parts = ReadonlyMap<string, Part>;

/** All of a property, some of its parts, or some of its items. */
type Part = Chosen | ItemOptions;

interface ItemOptions {
  readonly ofItems: QueryOptions;
}

/** The members of the JSON object for one entity. `depth` counts the levels of $expand above. */
export function planSelection(context: PlanContext, scope: Scope, options: QueryOptions, depth = 0): Selection {
  const range = scope.current;
  const members = membersOf(scope, range);
  if (members.variants) return planVariantSelection(context, scope, options, depth);
  const chosen = planSelect(context, scope, options.$select);
  const expanded = [
    ...planExpand(context, scope, options.$expand ?? defaultExpand(scope, options.$select), depth),
    ...(members.nested ?? []).filter((field) => chosen === 'all' || ('name' in field && chosen.has(field.name))),
  ];
  const links = members.crossed ? linkFields(members, chosen, expanded) : [];
  return {
    range,
    fields: [
      ...(range.type.version ? [{ kind: 'etag' } as const] : []),
      ...(isTransient(range, members) ? [{ kind: 'transient' } as const] : []),
      ...fieldsOf(context, scope, range.type.properties, chosen),
      ...computedFields(context, members, chosen),
      ...links,
      ...withLinks(range.type, options.$select, expanded),
    ],
    list: selectList(scope, chosen, options, expanded),
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

const isOfItems = (part: Part): part is ItemOptions => part !== 'all' && 'ofItems' in part;

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
  return everything ? 'all' : chosen;
}

function choose(chosen: Map<string, Part>, context: PlanContext, scope: Scope, item: SelectItem): void {
  const { type } = scope.current;
  const path = withoutCast(context, type, item.path);
  const [first, ...rest] = path;
  if (!first || (first.name.includes('.') && localName(context.model.namespace, first.name) !== undefined)) return;
  if (type.navigations.has(first.name)) {
    if (rest.length > 0) throw notImplemented('A path behind a navigation property in $select', item.place);
    return;
  }
  const property = type.properties.get(first.name);
  if (property) return choosePart(chosen, property, rest, item);
  if (!hasName(scope, scope.current, first.name)) throw unknownProperty(type, first, namesOf(scope, scope.current));
  if (rest.length > 0 || item.options.$select)
    throw odataError('TypeMismatch', { message: `'${first.name}' has no properties to select.` }, placeOf(item.place));
  unsupportedInSelect(item);
  chosen.set(first.name, 'all');
}

const withoutCast = ({ model }: PlanContext, type: EntityType, path: readonly NameSegment[]): readonly NameSegment[] =>
  path.length > 1 && path[0]?.name.includes('.') && localName(model.namespace, path[0].name) === type.name
    ? path.slice(1)
    : path;

function choosePart(
  chosen: Map<string, Part>,
  property: Property,
  rest: readonly NameSegment[],
  item: SelectItem,
): void {
  const [next, ...further] = rest;
  const nested = item.options.$select;
  if (property.type.kind === 'collection' && !next) {
    chosen.set(property.name, Object.keys(item.options).length === 0 ? 'all' : { ofItems: item.options });
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
  const fields = new Map<string, Field>();
  for (const [index, item] of items.entries()) {
    if (item.star) continue;
    const row = memberRow(scope, item);
    if (row) {
      fields.set(row.name, rowField(context, scope, row, item, depth));
      continue;
    }
    const navigation = expandedNavigation(context, type, item);
    if (fields.has(navigation.name))
      throw odataError(
        'InvalidValue',
        { message: `'${navigation.name}' is expanded more than once.` },
        { target: '$expand' },
      );
    fields.set(navigation.name, expandItem(context, scope, navigation, item, index, depth));
  }
  for (const [index, item] of items.entries()) {
    if (!item.star) continue;
    const isCut = (target: EntityType): boolean => item.options.$levels === 'max' && isAbove(scope, target);
    for (const navigation of type.navigations.values()) {
      if (!fields.has(navigation.name) && !isCut(navigation.target))
        fields.set(navigation.name, expandItem(context, scope, navigation, item, index, depth));
    }
    for (const [name, member] of membersOf(scope, scope.current).own)
      if (member.kind === 'row' && !fields.has(name))
        fields.set(name, rowField(context, scope, { name, range: member.range }, item, depth));
  }
  return [...fields.values()];
}

/** Options of a collection cannot be applied to one entity. */
export function refuseCollectionOptions(name: string, options: QueryOptions, place: Place): void {
  for (const option of ['$filter', '$orderby', '$top', '$skip', '$count', '$search', '$apply'] as const) {
    if (options[option] !== undefined) {
      throw odataError(
        'OptionNotApplicable',
        { name: option, resource: `'${name}', which leads to one entity` },
        placeOf(place),
      );
    }
  }
}

/** A cast to the very type of what the navigation leads to ends the path there. URL Conventions §5.1.3 */
const leadsOn = ({ model }: PlanContext, { target }: NavigationProperty, { name }: NameSegment): boolean =>
  !name.includes('.') || localName(model.namespace, name) !== target.name;

/** A star with all levels ends where it would come back to a type that it has come from. */
const isAbove = ({ current, above = [] }: Scope, type: EntityType): boolean =>
  current.type === type || above.includes(type);

function expandedNavigation(context: PlanContext, type: EntityType, item: ExpandItem): NavigationProperty {
  if (item.suffix === '$value') throw notImplemented('$expand of $value', item.place);
  const [first, second] = withoutCast(context, type, item.path);
  const navigation = first && type.navigations.get(first.name);
  if (navigation && !(second && leadsOn(context, navigation, second))) return navigation;
  if (navigation)
    throw odataError(
      'SyntaxError',
      {
        message: `A path in $expand ends at its first navigation property. Write '${navigation.name}($expand=${second?.name ?? ''})'.`,
      },
      placeOf(second?.place ?? item.place),
    );
  if (first && type.properties.has(first.name)) {
    throw odataError(
      'TypeMismatch',
      { message: `'${first.name}' is no navigation property and cannot be expanded.` },
      placeOf(item.place),
    );
  }
  throw unknownProperty(type, first ?? { name: '', place: item.place });
}

/** `$levels=n` repeats the item within itself, where what it leads to has the same navigation. Protocol §11.2.5.2.1.1 */
function expandItem(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  index: number,
  depth: number,
): Field {
  const levels = levelsOf(context, item, depth);
  const repeats =
    levels > 1 &&
    (item.star === true || navigation.target.navigations.get(navigation.name)?.target === navigation.target);
  const left = item.options.$levels === 'max' ? 'max' : levels;
  const step: ExpandStep = repeats ? [index, left] : [index];
  const within = [...(scope.within ?? []), step];
  const options = withLevels(item, repeats ? left : 1);
  return expandField(context, { ...scope, within }, navigation, { ...item, options }, depth);
}

function levelsOf(
  { limits: { expandDepth } }: PlanContext,
  { options: { $levels }, place }: ExpandItem,
  depth: number,
): number {
  const levels = $levels === 'max' ? expandDepth - depth : ($levels ?? 1);
  if (levels + depth <= expandDepth) return levels;
  throw odataError(
    'ExpandedTooDeeply',
    { message: `$levels must not lead deeper than ${expandDepth} levels.` },
    placeOf(place),
  );
}

function expandField(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  depth: number,
): Field {
  const range = rangeBehind(context.model, scope.current, navigation);
  const inner: Scope = {
    current: range,
    it: scope.it,
    variables: new Map(),
    options: item.options,
    ...(scope.within && { within: scope.within }),
    above: [...(scope.above ?? []), scope.current.type],
  };
  if (item.suffix === '$ref' && !range.identity)
    throw notImplemented(`$ref of '${navigation.name}', whose entities have no id,`, item.place);
  if (navigation.collection) return expandMany(context, scope.current, inner, navigation, item, depth);
  refuseCollectionOptions(navigation.name, item.options, item.place);
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
      selection: { range, fields: [], list: everything },
      reference: true,
    };
  return {
    kind: 'one',
    name: navigation.name,
    navigation,
    selection: planSelection(context, planRows(context, inner, item.options).scope, item.options, depth + 1),
    reference: false,
  };
}

function expandMany(
  context: PlanContext,
  outer: Range,
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
  const isWhole =
    !outer.identity ||
    collection.rows !== undefined ||
    mentionsIt(item.options, (name) => context.alias(name, item.options));
  return {
    kind: 'many',
    name: navigation.name,
    navigation,
    collection,
    form,
    within: isWhole ? undefined : inner.within,
  };
}

// ---- context URL

/** What context URLs tell: the names selected, and what is expanded as entities, references and counts aside. Protocol §10.8–10.11 */
function selectList(
  scope: Scope,
  chosen: Chosen,
  { $select, $expand }: QueryOptions,
  fields: readonly Field[],
): SelectList {
  const { type } = scope.current;
  const expanded = fields.flatMap((field) => expandedList(field, $expand, type.columns !== undefined));
  const { own, crossed } = membersOf(scope, scope.current);
  const computed = [...own].flatMap(([name, { kind }]) => (kind === 'value' ? [name] : []));
  const others = new Set(($select ?? []).flatMap((item) => otherName(type, item)));
  if (chosen === 'all') {
    if (type.columns && !crossed) return { names: [...derivedNames(type.properties), ...computed], expanded };
    const names = [...computed, ...others];
    return { names: names.length > 0 ? ['*', ...names] : undefined, expanded };
  }
  const isExpanded = (name: string): boolean => expanded.some((item) => item.name === name);
  return { names: [...chosenNames(chosen).filter((name) => !isExpanded(name)), ...others], expanded };
}

function expandedList(
  field: Field,
  items: readonly ExpandItem[] | undefined,
  isDerived: boolean,
): readonly ExpandedList[] {
  const selection = expandedSelection(field);
  if (!('name' in field) || (!selection && !isDerived)) return [];
  const { name } = field;
  const list = selection?.list ?? everything;
  const isRecursive =
    list.expanded.some((inner) => inner.name === name) &&
    (items ?? []).some(({ path, options }) => options.$levels !== undefined && path.at(-1)?.name === name);
  const shown: SelectList = isRecursive
    ? { ...list, expanded: list.expanded.filter((inner) => inner.name !== name) }
    : list;
  return [{ name, recursive: isRecursive, always: isDerived, list: shown }];
}

/** Navigations and operations that $select names: no data goes out for them. */
function otherName(type: EntityType, { path, star }: SelectItem): readonly string[] {
  const name = path.at(-1)?.name ?? '';
  if (star) return path.length > 0 ? [`${name}.*`] : [];
  return type.navigations.has(name) || (path.length === 1 && name.includes('.')) ? [name] : [];
}

const expandedSelection = (field: Field): Selection | undefined =>
  field.kind === 'one' && !field.reference
    ? field.selection
    : (field.kind === 'many' && field.form === 'entities') || field.kind === 'nest'
      ? field.collection.selection
      : undefined;

/** The parts of a complex member as paths. */
export const partNames = ({ fields }: Extract<Field, { kind: 'complex' }>): readonly string[] =>
  fields.flatMap((field) =>
    field.kind === 'complex'
      ? partNames(field).map((inner) => `${field.name}/${inner}`)
      : 'name' in field
        ? [field.name]
        : [],
  );

/** Parts of an entity stand in parentheses behind its name, as if it were expanded. Data Aggregation §3.2.3.1 */
const derivedNames = (properties: ReadonlyMap<string, Property>): readonly string[] =>
  [...properties.values()].flatMap(({ name, type, source }) => {
    if (source.kind !== 'complex' || type.kind !== 'complex') return [name];
    if (type.related) return [`${name}(${derivedNames(source.properties).join(',')})`];
    const isWhole = source.properties.size === type.properties.size;
    return isWhole ? [name] : derivedNames(source.properties).map((inner) => `${name}/${inner}`);
  });

const chosenNames = (chosen: Parts): readonly string[] =>
  [...chosen].flatMap(([name, part]) =>
    part === 'all' || isOfItems(part) ? [name] : chosenNames(part).map((inner) => `${name}/${inner}`),
  );
