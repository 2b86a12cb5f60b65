/** Paths in expressions: properties, single-valued navigation, lambdas, counts. URL Conventions §5.1.1.13–5.1.1.15 */
import { odataError } from '../error';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { planFilter } from './collection';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { booleanType, edm } from '../model/edm';
import { planCondition } from './expression';
import type { Bound, BoundCollection, Range } from './plan';
import { localName } from './type-names';

/** Where a path has come to: an entity, or a collection of them. */
interface Position {
  readonly range: Range;
  readonly navigations: readonly NavigationProperty[];
  readonly type: EntityType;
  readonly isCollection: boolean;
}

/** A path that ends in a value. */
export function planPath(context: PlanContext, scope: Scope, path: Path): Bound {
  const { position, rest } = start(scope, path);
  return walk(context, scope, position, rest, path.place);
}

const at = (range: Range): Position => ({ range, navigations: [], type: range.type, isCollection: false });

function start(scope: Scope, path: Path): { position: Position; rest: readonly PathSegment[] } {
  if (path.root === '$it') return { position: at(scope.it), rest: path.segments };
  if (path.root === '$this') return { position: at(scope.current), rest: path.segments };
  if (path.root === '$root') throw notImplemented('$root in an expression', path.place);
  const [first, ...rest] = path.segments;
  const variable = first?.kind === 'name' && !first.arguments ? scope.variables.get(first.name) : undefined;
  return variable ? { position: at(variable), rest } : { position: at(scope.current), rest: path.segments };
}

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
      throw notImplemented('/$filter in an expression', segment.place);
    case 'aggregate':
      throw notImplemented('aggregate in an expression', segment.place);
    case 'annotation':
      throw notImplemented('An annotation in an expression', segment.place);
  }
}

function ending(rest: readonly PathSegment[]): void {
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
  if (localName(context.model.namespace, segment.name) === type.name && segment.name.includes('.'))
    return walk(context, scope, position, rest, segment.place);
  if (segment.arguments) throw notImplemented(`'${segment.name}(…)' in an expression`, segment.place);
  const navigation = type.navigations.get(segment.name);
  if (navigation) return walk(context, scope, through(position, navigation, segment.place), rest, segment.place);
  const property = type.properties.get(segment.name);
  if (!property) throw unknownProperty(type, segment);
  single(position, segment.place);
  return walkProperty(position, property, rest);
}

/** Down a complex property to a primitive one. */
function walkProperty(position: Position, property: Property, rest: readonly PathSegment[]): Bound {
  const [next, ...further] = rest;
  if (!next) return propertyOf(position, property);
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
  return walkProperty(position, inner, further);
}

const propertyOf = ({ range, navigations }: Position, property: Property): Bound => ({
  kind: 'property',
  range,
  navigations,
  property,
  type: property.type,
  nullable: property.nullable || navigations.some((navigation) => navigation.nullable),
});

/** The error for a name that the type does not have. */
export function unknownProperty(type: EntityType, segment: { readonly name: string; readonly place: Place }): Error {
  const names = [...type.properties.keys(), ...type.navigations.keys()];
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

/** A path that ends at an entity: it can be compared with null only. URL Conventions §5.1.1.1.1 */
function entityValue(position: Position, place: Place): Bound {
  single(position, place);
  const [key] = position.type.key;
  if (!key || position.navigations.length === 0)
    throw odataError('TypeMismatch', { message: 'An entity is no value. Name one of its properties.' }, placeOf(place));
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
  { range, navigations, type, isCollection }: Position,
  name: string,
  place: Place,
): BoundCollection {
  if (!isCollection)
    throw odataError(
      'TypeMismatch',
      { message: `'${navigations.at(-1)?.name ?? range.name}' is no collection.` },
      placeOf(place),
    );
  return { from: range, navigations, range: { type, name } };
}

function planLambda(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: Extract<PathSegment, { kind: 'any' | 'all' }>,
): Bound {
  const collection = collectionAt(position, segment.variable ?? '', segment.place);
  const variables = new Map(scope.variables);
  if (segment.variable !== undefined) variables.set(segment.variable, collection.range);
  const predicate =
    segment.predicate &&
    planCondition(context, { ...scope, variables }, segment.predicate, `The condition of ${segment.kind}`);
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
  const inner: Scope = { ...scope, current: collection.range, ...(options ? { options } : {}) };
  const filter = options && planFilter(context, inner, options);
  return { kind: 'count', collection, filter, type: edm('Edm.Int64'), nullable: false };
}
