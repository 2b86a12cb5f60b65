/** Where the path of an expression has come to: a row behind a variable, or a collection of rows. URL Conventions §5.1.1.15 */
import { odataError } from '../error';
import { isNullValue } from '../model/edm';
import { PLACE } from '../model/item-type';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { Expression, NameSegment, Path, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { castNavigation } from './cast';
import { always, isNotNull, narrowedBy, whereTrue } from './conditions';
import { placeOf, type Scope } from './context';
import { asItem } from './identity';
import type { Bound, BoundCollection, BoundProperty, Range } from './plan';
import { wholeNumber } from './row-values';
import { noValueOf } from './stream';

/** Where a path has come to: an entity, or a collection of them. */
export interface Position {
  readonly range: Range;
  readonly navigations: readonly NavigationProperty[];
  readonly type: EntityType;
  readonly isCollection: boolean;
  /** Of a collection that is more than where a navigation leads: a whole set, or what `/$filter(…)` leaves. */
  readonly collection?: BoundCollection;
}

/** The row that a variable stands for. */
export const at = (range: Range): Position => ({ range, navigations: [], type: range.type, isCollection: false });

/** A name with no parentheses behind it. */
export const isPlainName = (segment: PathSegment): segment is NameSegment =>
  segment.kind === 'name' && !segment.arguments;

/** A path of names alone, with or without `$count` at its end. */
export function namesIn(expression: Expression): { path: readonly NameSegment[]; isCount: boolean } | undefined {
  if (expression.kind !== 'path' || expression.root || expression.alias) return undefined;
  const last = expression.segments.at(-1);
  const isCount = last?.kind === '$count' && last.options === undefined;
  const segments = isCount ? expression.segments.slice(0, -1) : expression.segments;
  return segments.every(isPlainName) ? { path: segments, isCount } : undefined;
}

/** The variable that a path starts at, and what of it lies behind. */
export function start(scope: Scope, path: Path): { readonly range: Range; readonly rest: readonly PathSegment[] } {
  if (path.root === '$it') return { range: scope.it, rest: path.segments };
  if (path.root === '$this') return { range: scope.current, rest: path.segments };
  const [first, ...rest] = path.segments;
  const variable = first && isPlainName(first) ? scope.variables.get(first.name) : undefined;
  return variable ? { range: variable, rest } : { range: scope.current, rest: path.segments };
}

/** The members of a collection. */
export const ofCollection = (collection: BoundCollection): Position => ({
  ...at(collection.range),
  isCollection: true,
  collection,
});

/** A collection by a variable of its own: an expression may speak of it more than once. */
export const anew = (collection: BoundCollection): BoundCollection => ({
  ...collection,
  range: { ...collection.range, seenAs: collection.range },
});

/** The entity, or the members of the collection that are of it, as a derived type. */
export function seenAs(position: Position, type: EntityType): Position {
  const { navigations, isCollection, collection } = position;
  if (type === position.type) return position;
  if (!isCollection) return { ...position, type, navigations: [...navigations, castNavigation(type)] };
  if (!collection) return { ...position, type };
  if (collection.made) return { ...position, type, collection: castMade(collection, type) };
  return {
    ...position,
    type,
    collection: { ...collection, range: { ...collection.range, type, seenAs: collection.range } },
  };
}

/** What was made of others has no table that would tell its type. */
function castMade(collection: BoundCollection, type: EntityType): BoundCollection {
  const { range, condition } = seenAsType(collection.range, type);
  return { ...collection, range, ...(condition && { filter: narrowedBy(collection.filter, condition) }) };
}

/** A variable as one of the derived type, and what holds where its row is of that type. */
export function seenAsType(from: Range, type: EntityType): { readonly range: Range; readonly condition?: Bound } {
  const { seenAs: _, ...row } = from;
  const range: Range = { ...row, type, optional: true, behind: { from, navigations: [castNavigation(type)] } };
  const [key] = type.key;
  return key ? { range, condition: isNotNull(propertyOf({ range, navigations: [] }, key)) } : { range };
}

/** The value of a property of the row. */
export const propertyOf = (
  { range, navigations }: Pick<BoundProperty, 'range' | 'navigations'>,
  property: Property,
): BoundProperty => ({
  kind: 'property',
  range,
  navigations,
  property,
  type: property.type,
  nullable: isNullValue(property) || range.optional === true || navigations.some((navigation) => navigation.nullable),
});

/** The same in an expression: null has no type there. */
export const valueOf = (row: Pick<BoundProperty, 'range' | 'navigations'>, property: Property): Bound =>
  property.isNull ? { kind: 'null' } : propertyOf(row, property);

/** What a value is for the one row of a collection. */
export const pickedFrom = (collection: BoundCollection, value: Bound): Bound =>
  value.kind === 'null' ? value : { kind: 'picked', collection, value, type: value.type, nullable: true };

/** Throws where the path has come to a collection. */
export function single({ isCollection }: Position, place: Place): void {
  if (isCollection) throw noSingleValue(place);
}

/** The error for a collection of rows where a value is wanted. */
export const noSingleValue = (place: Place): Error =>
  odataError('TypeMismatch', { message: 'A collection needs any, all or $count behind it.' }, placeOf(place));

/** The position behind a navigation. */
export function through(position: Position, navigation: NavigationProperty, place: Place): Position {
  single(position, place);
  return {
    ...position,
    navigations: [...position.navigations, navigation],
    type: navigation.target,
    isCollection: navigation.collection,
  };
}

/** The position of a collection of complex values, which stays at the row. */
export const behindItems = (position: Position, items: NavigationProperty): Position => ({
  ...position,
  navigations: [...position.navigations, items],
  type: items.target,
  isCollection: true,
});

/** A path that ends at an entity, at a value that is a row, or at a collection of them. URL Conventions §5.1.1.1.1 */
export function wholeOf(position: Position, place: Place): Bound {
  if (!position.isCollection) return rowValue(position, place);
  const collection = membersAt(position, place);
  const value = rowValue(at(collection.range), place);
  return { kind: 'members', collection, value, type: { kind: 'collection', of: value.type }, nullable: false, place };
}

/** An item as a value; undefined for entities. Where it may be missing, its place tells that: all its parts may be null. */
export function itemValue({ range, type: { item } }: Pick<Position, 'range' | 'type'>): BoundProperty | undefined {
  if (!item) return undefined;
  const value = propertyOf({ range, navigations: [] }, item);
  const { source } = item;
  if (!value.nullable || source.kind !== 'complex') return value;
  const presence = { column: PLACE, databaseType: 'int8' };
  return { ...value, property: { ...item, nullable: true, source: { ...source, presence } } };
}

/** The value that stands for a row. */
function rowValue(position: Position, place: Place): Exclude<Bound, { kind: 'null' }> {
  const item = itemValue(position);
  if (item) return item;
  const { type } = position;
  if (type.whole) return propertyOf(position, type.whole);
  return entityKey(position, place);
}

/** The key stands for the entity: it is null where there is none, and equal where two are the same. Its first part alone says whether there is one. */
export function entityKey(position: Position, place: Place): BoundProperty {
  const { type, range, navigations } = position;
  const [key] = type.key;
  if (!key) throw odataError('TypeMismatch', { message: 'These rows have no key. Name a property.' }, placeOf(place));
  return { ...propertyOf({ range, navigations }, key), type };
}

/** What is said of the row, or of what it has: of nothing where it is missing, or of another type. Throws where the path has come to a collection. */
export function saidOfRow(position: Position, value: Bound, place: Place): Bound {
  single(position, place);
  const { range, navigations, type } = position;
  const isThere = !range.optional && !navigations.some(({ nullable }) => nullable);
  if (isThere || type.key.length === 0) return value;
  const condition = isNotNull(entityKey(position, place));
  const nothing = nothingOf(value);
  if (nothing.kind === 'null' || value.kind === 'null') return whereTrue(condition, value);
  const branches = [
    { condition, value },
    { condition: always(true), value: nothing },
  ];
  return { kind: 'case', branches, type: value.type, nullable: false };
}

/** What is said of nothing: a collection that is not there has no members, and a value is null. */
export const nothingOf = (value: Bound): Bound =>
  value.kind === 'count'
    ? wholeNumber(0)
    : value.kind === 'exists'
      ? always(value.quantifier === 'all')
      : { kind: 'null' };

/** The collection that the path has come to; `name` is that of its variable. */
export function collectionAt(
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
  const last = navigations.at(-1);
  return collection ?? { from: range, navigations, range: { type, name, ...(last && asItem(last)) } };
}

/** The same, its variable called by the navigation that leads there. */
export const membersAt = (position: Position, place: Place): BoundCollection =>
  collectionAt(position, position.navigations.at(-1)?.name ?? '', place);

/** Literals are words in small letters. */
const literals: ReadonlyMap<string, string> = new Map([['null', 'null']]);

/** The error for a name that the type does not have. */
export function unknownProperty(
  type: Pick<EntityType, 'name'> & Partial<Pick<EntityType, 'properties' | 'navigations' | 'streams'>>,
  segment: { readonly name: string; readonly place: Place },
  names: readonly string[] = [...(type.properties?.keys() ?? []), ...(type.navigations?.keys() ?? [])],
): Error {
  if (type.streams?.has(segment.name)) return noValueOf(segment.name, segment.place);
  const hint = didYouMean(segment.name, names, literals);
  return odataError('UnknownProperty', { type: type.name, name: segment.name, hint }, placeOf(segment.place));
}
