/** Paths in expressions: properties, single-valued navigation, lambdas, counts. URL Conventions §5.1.1.13–5.1.1.15 */
import { odataError } from '../error';
import { itemsNavigation } from '../model/item-type';
import type { Property } from '../model/model';
import type { Argument, NameSegment, Path, PathSegment, Place } from '../url/ast';
import { followed, planBehindAlias } from './alias-path';
import { annotationOfNavigation, annotationOfProperty, annotationOfStream, annotationOfType } from './annotation-value';
import { alone, planBeside } from './beside';
import { planCalled, planCalledFirst } from './called-function';
import { valuesAt } from './augmented-value';
import { castAt } from './cast';
import { planCollectionVariable, startsAtCollection } from './collection-variable';
import { placeOf, startScope, type PlanContext, type Scope } from './context';
import { dynamicProperty, walkAlone, walkDynamic } from './dynamic-property';
import { planElement } from './element-path';
import { pathInGroup, typeOfLeft } from './group-type';
import { onlyKey } from './keys';
import { ending, narrowed, planCount, planLambda } from './lambda';
import { membersOf, namesOf } from './members';
import type { Bound, Range } from './plan';
import {
  at,
  behindItems,
  collectionAt,
  isPlainName,
  membersAt,
  propertyOf,
  saidOfRow,
  seenAs,
  single,
  start,
  through,
  unknownProperty,
  valueOf,
  wholeOf,
  type Position,
} from './position';
import { oneValue } from './members-operand';
import { picked, pickedBySegments, setNamed, throughRows, wayFrom, wayOfSet, type Way } from './path-position';
import { leftRowAt, wholeRowAt } from './row-identity';
import { planMember, planThese } from './row-paths';
import { planAggregateCall } from './row-values';
import { partNamed, partsOf } from './structured';
import { isCastTo } from './type-names';
import { castMembers } from './typed-members';
import { planTyped } from './typed-path';
import { walkValue } from './value-path';
import { planValues } from './values';

/** A path that ends in a value. Throws where it ends in a collection of rows. */
export const planPath = (context: PlanContext, scope: Scope, path: Path): Bound =>
  oneValue(planOperand(context, scope, path), path.place);

/** The value that names behind a variable lead to; its own where there are none. */
export const valueBehind = (
  context: PlanContext,
  scope: Scope,
  range: Range,
  segments: readonly PathSegment[],
  place: Place,
): Bound => planPath(context, { ...scope, current: range, variables: new Map() }, { kind: 'path', segments, place });

/** A path that ends in a value, or in a collection of entities or of complex values. */
export function planOperand(context: PlanContext, outer: Scope, written: Path): Bound {
  const { scope, path } = followed(context, outer, written);
  if (path.alias) return planBehindAlias(context, scope, path, path.alias);
  const value = planElement(context, scope, path) ?? planCollectionVariable(context, scope, path);
  if (value) return value;
  if (path.root === '$root') return planRoot(context, scope, path);
  if (path.root === '$these') return planThese(context, scope, path);
  const [first, ...further] = path.segments;
  const called =
    path.root === undefined && first?.kind === 'name' && first.arguments
      ? planCalledFirst(context, scope, first, further)
      : undefined;
  if (called) return called;
  const { range, rest } = start(scope, path);
  return walkFrom(context, scope, range, rest, path.place);
}

/** `$root/customers(…)/balance`, `$root/customers/any(…)`, `$root/customersIn(…)/$count`. URL Conventions §5.1.1.14.4 */
function planRoot(context: PlanContext, scope: Scope, { segments, place }: Path): Bound {
  const [first, ...rest] = segments;
  if (first?.kind !== 'name')
    throw odataError('SyntaxError', { message: '$root needs the name of an entity set behind it.' }, placeOf(place));
  const isCall = first.arguments !== undefined && !setNamed(context.model, first.name);
  if (isCall) return planCalled(context, scope, undefined, first, rest);
  return behindWay(context, scope, wayOfSet(context, first), rest, first.place);
}

/** What the path says of a position, or of the one of its collection that a key picks. URL Conventions §4.9 */
export const behindKey = (
  context: PlanContext,
  scope: Scope,
  position: Position,
  { key, place }: { readonly key?: readonly Argument[] | undefined; readonly place: Place },
  rest: readonly PathSegment[],
): Bound => behindWay(context, scope, picked(context, wayFrom(position), key, place), rest, place);

/** What the path says of where a way leads. */
const behindWay = (context: PlanContext, scope: Scope, way: Way, rest: readonly PathSegment[], place: Place): Bound =>
  throughRows(way, walk(context, scope, way.position, rest, place));

/** What segments say of the row that a variable stands for. */
export const walkFrom = (
  context: PlanContext,
  scope: Scope,
  range: Range,
  segments: readonly PathSegment[],
  place: Place,
): Bound => walk(context, scope, at(range), segments, place);

/** What segments say of where a path has come to. */
export function walk(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segments: readonly PathSegment[],
  place: Place,
): Bound {
  const [segment, ...rest] = segments;
  if (!segment) return wholeAt(context, scope, position, place);
  const { whole } = position.type;
  if (whole?.source.kind === 'dynamic' && !position.isCollection)
    return walkAlone(context, scope, propertyOf(position, whole), segments);
  switch (segment.kind) {
    case 'name':
      return walkName({ context, scope, position, segment, rest });
    case 'any':
    case 'all':
      ending(rest);
      return planLambda(context, scope, collectionAt(position, segment.variable ?? '', segment.place), segment);
    case '$count':
      ending(rest);
      return planCount(context, scope, membersAt(position, segment.place), segment);
    case '$filter': {
      const collection = narrowed(context, scope, membersAt(position, segment.place), segment.predicate);
      return behindKey(context, scope, { ...position, collection }, segment, rest);
    }
    case 'aggregate':
      ending(rest);
      return planAggregateCall(context, scope, collectionAt(position, '$these', segment.place), segment);
    case 'annotation': {
      const value = annotationOfType(context, position.type, segment);
      return walkValue(context, scope, saidOfRow(position, value, segment.place), rest);
    }
  }
}

/** The row, or the collection, as a value. */
function wholeAt(context: PlanContext, scope: Scope, position: Position, place: Place): Bound {
  const value =
    position.navigations.length > 0
      ? undefined
      : (leftRowAt(context, scope, position, place) ??
        valuesAt(context, scope, position, place) ??
        wholeRowAt(context, scope, position, place));
  return value ?? wholeOf(position, place);
}

/** A name at a position, and what stands behind it. */
interface Named {
  readonly context: PlanContext;
  readonly scope: Scope;
  readonly position: Position;
  readonly segment: NameSegment;
  readonly rest: readonly PathSegment[];
}

function walkName(named: Named): Bound {
  const { context, scope, position, segment, rest } = named;
  const { type } = position;
  const typed = planTyped(context, scope, position, segment, rest);
  if (typed) return typed;
  const cast = castAt(context.model, type, segment.name);
  if (cast) {
    const seen = cast === type ? position : seenAs(position, cast);
    const [key, place] = [onlyKey(segment), segment.place];
    const known = key ? scope : alone(scope, position);
    return behindKey(context, castMembers(known, position, seen), seen, { key, place }, rest);
  }
  const { range, navigations } = position;
  // What the request gave the row it has as one of a derived type, too.
  const isNamed = navigations.length === 0 || membersOf(scope, range).own.has(segment.name);
  const found = isNamed && navigations.every((one) => one.cast) && planMember(context, scope, range, segment, rest);
  if (found) {
    single(position, segment.place);
    return navigations.length === 0 ? found : saidOfRow(position, found, segment.place);
  }
  const away = planBeside(context, scope, position, segment, rest);
  if (away) return away;
  // A name might be meant for a member: only what is none is a key here.
  const keyed = segment.literal && pickedBySegments(context, wayFrom(position), [segment, ...rest]);
  if (keyed) return behindWay(context, scope, keyed.way, keyed.rest, segment.place);
  const navigation = type.navigations.get(segment.name);
  if (navigation) {
    const next = through(position, navigation, segment.place);
    const [said, ...further] = rest;
    if (said?.kind === 'annotation' && !segment.arguments)
      return walkValue(context, scope, annotationOfNavigation(context, navigation, next, said), further);
    return behindKey(context, scope, next, { key: onlyKey(segment), place: segment.place }, rest);
  }
  if (segment.arguments) return planCalled(context, scope, position, segment, rest);
  return walkOwn(named);
}

/** A property of the row, or what annotations say of one of its streams. */
function walkOwn({ context, scope, position, segment, rest }: Named): Bound {
  const { properties, streams } = position.type;
  const { name, place } = segment;
  const property = properties.get(name) ?? dynamicProperty(position.type, name);
  const stream = streams?.get(name);
  const [said, ...further] = rest;
  if (stream && said?.kind === 'annotation') {
    const value = annotationOfStream(stream, said, followIn(context, position, properties));
    return walkValue(context, scope, saidOfRow(position, value, place), further);
  }
  if (!property) throw unknownProperty(position.type, segment, namesOf(scope, position.range));
  single(position, place);
  return walkProperty(context, scope, position, { property, siblings: properties, place }, rest);
}

/** A property that a segment names, among those of the same structure. */
interface Found {
  readonly property: Property;
  readonly place: Place;
  readonly siblings: ReadonlyMap<string, Property> | undefined;
}

/** What paths lead to that start at the properties of a structure; rows that the request has made may lack what they name. */
const followIn =
  (context: PlanContext, position: Position, siblings: Found['siblings']) =>
  (segments: readonly PathSegment[]): Bound => {
    const [first, ...rest] = segments;
    if (first?.kind !== 'name') return { kind: 'null' };
    const scope = startScope(position.range);
    const { name, place } = first;
    const property = siblings?.get(name);
    if (property) return walkProperty(context, scope, position, { property, siblings, place }, rest);
    const isNavigation = position.type.navigations.has(name);
    return isNavigation ? walk(context, scope, position, segments, place) : { kind: 'null' };
  };

/** Down a complex property to a primitive one. */
export function walkProperty(
  context: PlanContext,
  scope: Scope,
  position: Position,
  { property, place, siblings }: Found,
  rest: readonly PathSegment[],
): Bound {
  const [next, ...further] = rest;
  if (next?.kind === 'annotation') {
    const value = annotationOfProperty(property, position.type.key, next, followIn(context, position, siblings));
    return walkValue(context, scope, saidOfRow(position, value, place), further);
  }
  const isCast = next && isPlainName(next) && property.type.kind === 'complex';
  if (isCast && isCastTo(context.model, property.type, next.name))
    return walkProperty(context, scope, position, { property, place, siblings }, further);
  const left = property.source.kind === 'complex' ? typeOfLeft(property.source) : undefined;
  const inLeft = left ? pathInGroup(context, left, rest) : rest;
  if (!inLeft) return { kind: 'null' };
  if (inLeft !== rest) return walkProperty(context, scope, position, { property, place, siblings }, inLeft);
  const items = itemsNavigation(property);
  if (items) return walk(context, scope, behindItems(position, items), rest, place);
  if (!next || property.isNull) return walkValue(context, scope, valueOf(position, property), rest);
  const value = propertyOf(position, property);
  if (property.source.kind === 'dynamic') return walkDynamic(context, scope, value, rest);
  const ofMembers = planValues(context, scope, value, rest);
  if (ofMembers) return ofMembers;
  const navigation =
    property.source.kind === 'complex' && isPlainName(next) && property.source.navigations?.get(next.name);
  if (navigation) return walk(context, scope, through(position, navigation, next.place), further, next.place);
  const part: Found = { property: partNamed(value, next), siblings: partsOf(value), place: next.place };
  return walkProperty(context, scope, position, part, further);
}

/** The variable that a path is, for an entity, with nothing behind it that leads elsewhere; undefined for other paths. */
export function variableAt(context: PlanContext, outer: Scope, written: Path): Range | undefined {
  const { scope, path } = followed(context, outer, written);
  if (path.alias || !startsAtVariable(context, scope, path)) return undefined;
  const { range, rest } = start(scope, path);
  const stays = (one: PathSegment): boolean => isPlainName(one) && isCastTo(context.model, range.type, one.name);
  return rest.every(stays) ? range : undefined;
}

/** The path starts at the row that a variable stands for. */
export const startsAtVariable = (context: PlanContext, scope: Scope, path: Path): boolean =>
  path.root !== '$root' &&
  path.root !== '$these' &&
  !startsAtCollection(scope, path) &&
  !planElement(context, scope, path);
