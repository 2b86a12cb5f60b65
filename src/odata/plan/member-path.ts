/** Paths in expressions: properties, single-valued navigation, lambdas, counts. URL Conventions §5.1.1.13–5.1.1.15 */
import { odataError } from '../error';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { Argument, NameSegment, Path, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { castAt, castNavigation } from './cast';
import { untypedItems } from './coerce';
import { planFilter } from './collection';
import { equal, narrowedBy } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { booleanType, edm, isNullValue } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import { dynamicProperty } from './dynamic-property';
import { planCondition } from './expression';
import { planKey, singletonKey } from './keys';
import { namesOf } from './members';
import type { Bound, BoundCollection, KeyPredicate, Range } from './plan';
import { planMember, planThese } from './row-paths';
import { planAggregateCall } from './row-values';
import { boundProperty } from './select';
import { noValueOf } from './stream';
import { planValues } from './values';

/** Where a path has come to: an entity, or a collection of them. */
export interface Position {
  readonly range: Range;
  readonly navigations: readonly NavigationProperty[];
  readonly type: EntityType;
  readonly isCollection: boolean;
  /** Of a collection that is more than where a navigation leads: a whole set, or what `/$filter(…)` leaves. */
  readonly collection?: BoundCollection;
}

/** A path that ends in a value. */
export function planPath(context: PlanContext, scope: Scope, path: Path): Bound {
  const element = elementOf(scope, path);
  if (element) return element;
  if (path.root === '$root') return planRoot(context, scope, path);
  if (path.root === '$these') return planThese(context, scope, path);
  const { position, rest } = start(scope, path);
  return walk(context, scope, position, rest, path.place);
}

/** A variable that stands for a value: a lambda variable, or `$it` or `$this` where it is no entity. */
function elementOf({ elements }: Scope, { root, segments }: Path): Bound | undefined {
  const [first, ...rest] = segments;
  const name = root ?? (first?.kind === 'name' && !first.arguments ? first.name : undefined);
  const element = name === undefined ? undefined : elements?.get(name);
  if (!element) return undefined;
  ending(root === undefined ? rest : segments);
  const { type, nullable } = element;
  return { kind: 'element', element, type, nullable };
}

/** `$root/customers(…)/balance`, `$root/customers/any(…)`. URL Conventions §5.1.1.14.4 */
function planRoot(context: PlanContext, scope: Scope, { segments, place }: Path): Bound {
  const [first, ...rest] = segments;
  if (first?.kind !== 'name')
    throw odataError('SyntaxError', { message: '$root needs the name of an entity set behind it.' }, placeOf(place));
  const { entitySets, singletons } = context.model;
  const set = entitySets.get(first.name) ?? singletons.get(first.name);
  if (!set)
    throw odataError(
      'UnknownSet',
      { name: first.name, hint: didYouMean(first.name, [...entitySets.keys(), ...singletons.keys()]) },
      placeOf(first.place),
    );
  const range: Range = { type: set.type, name: set.name };
  const collection: BoundCollection = { from: undefined, navigations: [], range };
  if (set.one && !first.arguments) return picked(context, scope, collection, singletonKey(set.one), first.place, rest);
  if (first.arguments) return planPicked(context, scope, collection, first.arguments, first.place, rest);
  return walk(context, scope, { ...at(range), isCollection: true, collection }, rest, first.place);
}

/** What the path says of the one entity of a collection that a key picks. URL Conventions §4.9 */
function planPicked(
  context: PlanContext,
  scope: Scope,
  collection: BoundCollection,
  given: readonly Argument[],
  place: Place,
  rest: readonly PathSegment[],
): Bound {
  const { range, navigations } = collection;
  const navigation = navigations.at(-1);
  const key = planKey(context, { range, ...(navigation ? { navigation } : {}) }, given, place);
  return picked(context, scope, collection, key, place, rest);
}

function picked(
  context: PlanContext,
  scope: Scope,
  collection: BoundCollection,
  key: KeyPredicate,
  place: Place,
  rest: readonly PathSegment[],
): Bound {
  const { range } = collection;
  const filter = key
    .map(({ property, value }) => equal(boundProperty(range, property), value))
    .reduce<Bound | undefined>(narrowedBy, collection.filter);
  const value = rest.length === 0 ? keyOf(at(range), place) : walk(context, scope, at(range), rest, place);
  if (value.kind === 'null') return value;
  if (value.type.kind === 'complex') throw notImplemented('A complex value behind a key in an expression', place);
  return {
    kind: 'picked',
    collection: { ...collection, ...(filter ? { filter } : {}) },
    value,
    type: value.type,
    nullable: true,
  };
}

const at = (range: Range): Position => ({ range, navigations: [], type: range.type, isCollection: false });

function start(scope: Scope, path: Path): { position: Position; rest: readonly PathSegment[] } {
  if (path.root === '$it') return { position: at(scope.it), rest: path.segments };
  if (path.root === '$this') return { position: at(scope.current), rest: path.segments };
  const [first, ...rest] = path.segments;
  const variable = first?.kind === 'name' && !first.arguments ? scope.variables.get(first.name) : undefined;
  return variable ? { position: at(variable), rest } : { position: at(scope.current), rest: path.segments };
}

/** Where a path starts, and what of it lies behind. */
export function startOf(scope: Scope, path: Path): { readonly range: Range; readonly rest: readonly PathSegment[] } {
  const { position, rest } = start(scope, path);
  return { range: position.range, rest };
}

/** What segments say of the row that a variable stands for. */
export const walkFrom = (
  context: PlanContext,
  scope: Scope,
  range: Range,
  segments: readonly PathSegment[],
  place: Place,
): Bound => walk(context, scope, at(range), segments, place);

function walk(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segments: readonly PathSegment[],
  place: Place,
): Bound {
  const [segment, ...rest] = segments;
  if (!segment) return entityValue(position, place);
  switch (segment.kind) {
    case 'name':
      return walkName(context, scope, position, segment, rest);
    case 'any':
    case 'all':
      ending(rest);
      return planLambda(context, scope, position, segment);
    case '$count':
      ending(rest);
      return planCount(context, scope, position, segment);
    case '$filter':
      return planNarrowed(context, scope, position, segment, rest);
    case 'aggregate':
      ending(rest);
      return planAggregateCall(context, scope, collectionAt(position, '$these', segment.place), segment);
    case 'annotation':
      throw notImplemented('An annotation in an expression', segment.place);
  }
}

/** Throws when a path goes on. */
export function ending(rest: readonly PathSegment[]): void {
  const [next] = rest;
  if (next)
    throw odataError('SyntaxError', { message: 'The path goes on behind a single value.' }, placeOf(next.place));
}

function walkName(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const { type } = position;
  const cast = castAt(context.model, type, segment.name);
  if (cast) return walk(context, scope, cast === type ? position : seenAs(position, cast), rest, segment.place);
  const found =
    position.navigations.length === 0 &&
    !segment.arguments &&
    planMember(context, scope, position.range, segment, rest);
  if (found) return found;
  const navigation = type.navigations.get(segment.name);
  if (navigation) {
    const next = through(position, navigation, segment.place);
    if (!segment.arguments) return walk(context, scope, next, rest, segment.place);
    const collection = collectionAt(next, navigation.name, segment.place);
    return planPicked(context, scope, collection, segment.arguments, segment.place, rest);
  }
  if (segment.arguments) throw notImplemented(`'${segment.name}(…)' in an expression`, segment.place);
  const property = type.properties.get(segment.name) ?? dynamicProperty(type, segment.name);
  if (!property) throw unknownProperty(type, segment, namesOf(scope, position.range));
  single(position, segment.place);
  return walkProperty(context, scope, position, property, rest, segment.place);
}

/** Down a complex property to a primitive one. */
function walkProperty(
  context: PlanContext,
  scope: Scope,
  position: Position,
  property: Property,
  rest: readonly PathSegment[],
  place: Place,
): Bound {
  const [next, ...further] = rest;
  const items = itemsNavigation(property);
  if (items) return walk(context, scope, behindItems(position, items), rest, place);
  if (!next) return propertyOf(position, property);
  const value = propertyOf(position, property);
  const isItems = property.source.kind === 'dynamic' && next.kind !== 'name';
  const ofMembers = planValues(context, scope, isItems ? untypedItems(value) : value, rest);
  if (ofMembers) return ofMembers;
  if (next.kind !== 'name') throw notImplemented(`A path behind the property '${property.name}'`, next.place);
  if (property.source.kind !== 'complex')
    throw odataError('SyntaxError', { message: `'${property.name}' has no properties.` }, placeOf(next.place));
  const inner = property.source.properties.get(next.name);
  if (!inner) {
    const name = property.type.kind === 'complex' ? property.type.name : property.name;
    throw odataError(
      'UnknownProperty',
      { type: name, name: next.name, hint: didYouMean(next.name, [...property.source.properties.keys()]) },
      placeOf(next.place),
    );
  }
  return walkProperty(context, scope, position, inner, further, next.place);
}

/** The entity, or the members of the collection that are of it, as a derived type. */
export function seenAs(position: Position, type: EntityType): Position {
  const { navigations, isCollection, collection } = position;
  if (!isCollection) return { ...position, type, navigations: [...navigations, castNavigation(type)] };
  if (!collection) return { ...position, type };
  return {
    ...position,
    type,
    collection: { ...collection, range: { ...collection.range, type, seenAs: collection.range } },
  };
}

const propertyOf = ({ range, navigations }: Position, property: Property): Bound => ({
  kind: 'property',
  range,
  navigations,
  property,
  type: property.type,
  nullable: isNullValue(property) || range.optional === true || navigations.some((navigation) => navigation.nullable),
});

/** The error for a name that the type does not have. */
export function unknownProperty(
  type: EntityType,
  segment: { readonly name: string; readonly place: Place },
  names: readonly string[] = [...type.properties.keys(), ...type.navigations.keys()],
): Error {
  if (type.streams?.has(segment.name)) return noValueOf(segment.name, segment.place);
  return odataError(
    'UnknownProperty',
    { type: type.name, name: segment.name, hint: didYouMean(segment.name, names) },
    placeOf(segment.place),
  );
}

function single({ isCollection }: Position, place: Place): void {
  if (isCollection)
    throw odataError('TypeMismatch', { message: 'A collection needs any, all or $count behind it.' }, placeOf(place));
}

function through(position: Position, navigation: NavigationProperty, place: Place): Position {
  single(position, place);
  return {
    ...position,
    navigations: [...position.navigations, navigation],
    type: navigation.target,
    isCollection: navigation.collection,
  };
}

/** The position of a collection of complex values, which stays at the row. */
const behindItems = (position: Position, items: NavigationProperty): Position => ({
  ...position,
  navigations: [...position.navigations, items],
  type: items.target,
  isCollection: true,
});

/** A path that ends at an entity: it can be compared with null only. URL Conventions §5.1.1.1.1 */
function entityValue(position: Position, place: Place): Bound {
  single(position, place);
  if (position.type.item) return propertyOf(position, position.type.item);
  if (position.navigations.length === 0 && position.range.optional === undefined) throw noValue(place);
  return keyOf(position, place);
}

const noValue = (place: Place): Error =>
  odataError('TypeMismatch', { message: 'An entity is no value. Name one of its properties.' }, placeOf(place));

/** Where a path of navigations and casts leads; undefined where it is no entity. */
export function entityAt(context: PlanContext, scope: Scope, path: Path): Position | undefined {
  const { position, rest } = start(scope, path);
  return rest.reduce<Position | undefined>((before, segment) => {
    if (!before || segment.kind !== 'name' || segment.arguments) return undefined;
    const cast = castAt(context.model, before.type, segment.name);
    if (cast) return cast === before.type ? before : seenAs(before, cast);
    const navigation = before.type.navigations.get(segment.name);
    if (navigation) return through(before, navigation, segment.place);
    if (!before.type.properties.has(segment.name)) throw unknownProperty(before.type, segment);
    return undefined;
  }, position);
}

/** The key stands for the entity: it is null where there is none, and equal where two are the same. */
export function keyOf(position: Position, place: Place): Bound {
  const [key] = position.type.key;
  if (!key) throw noValue(place);
  return {
    kind: 'property',
    range: position.range,
    navigations: position.navigations,
    property: key,
    type: position.type,
    nullable: true,
  };
}

function collectionAt(
  { range, navigations, type, isCollection, collection }: Position,
  name: string,
  place: Place,
): BoundCollection {
  if (!isCollection)
    throw odataError(
      'TypeMismatch',
      { message: `'${navigations.at(-1)?.name ?? range.name}' is no collection.` },
      placeOf(place),
    );
  return collection ?? { from: range, navigations, range: { type, name } };
}

/** `/$filter(…)`: the members of the collection that a condition holds for. URL Conventions §5.1.1.15 */
function planNarrowed(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: Extract<PathSegment, { kind: '$filter' }>,
  rest: readonly PathSegment[],
): Bound {
  const before = collectionAt(position, position.navigations.at(-1)?.name ?? '', segment.place);
  const condition = planCondition(context, speakingOf(scope, before.range), segment.predicate, '$filter');
  const collection: BoundCollection = { ...before, filter: narrowedBy(before.filter, condition) };
  if (segment.key) return planPicked(context, scope, collection, segment.key, segment.place, rest);
  return walk(context, scope, { ...position, collection }, rest, segment.place);
}

/** Paths start at the members of the collection. */
function speakingOf(scope: Scope, range: Range): Scope {
  const elements = new Map(scope.elements);
  elements.delete('$this');
  return { ...scope, current: range, elements };
}

function planLambda(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: Extract<PathSegment, { kind: 'any' | 'all' }>,
): Bound {
  const collection = collectionAt(position, segment.variable ?? '', segment.place);
  const variables = new Map(scope.variables);
  const elements = new Map(scope.elements);
  if (segment.variable !== undefined) {
    variables.set(segment.variable, collection.range);
    elements.delete(segment.variable);
  }
  const predicate =
    segment.predicate &&
    planCondition(context, { ...scope, variables, elements }, segment.predicate, `The condition of ${segment.kind}`);
  return { kind: 'exists', collection, quantifier: segment.kind, predicate, type: booleanType, nullable: false };
}

function planCount(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: Extract<PathSegment, { kind: '$count' }>,
): Bound {
  const collection = collectionAt(position, position.navigations.at(-1)?.name ?? '', segment.place);
  const { options } = segment;
  const inner: Scope = { ...speakingOf(scope, collection.range), ...(options ? { options } : {}) };
  const filter = options && planFilter(context, inner, options);
  return { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
}
