/**
 * What a function gives for each member of a collection, and what the path says of that: it goes on from the result for one member as it does
 * from that of the function bound to one entity. URL Conventions §4.13, Protocol §11.5.4.1
 */
import { odataError } from '../error';
import { itemsNavigation } from '../model/item-type';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import { VALUE } from '../model/row-type';
import type { FunctionOperation } from '../model/operation';
import type { Argument, NameSegment, Place, ResourceSegment } from '../url/ast';
import { alongPath, rowsOf } from './called-function';
import { castAt, castNavigation } from './cast';
import { isNotNull, narrowedBy } from './conditions';
import { notImplemented, placeOf, startScope, unknownSegment, type PlanContext } from './context';
import { rangeBehind } from './identity';
import { planKey } from './keys';
import { narrowed } from './lambda';
import { keyed } from './member-path';
import { planOperation } from './operation';
import type { Bound, BoundCollection, Range, Results } from './plan';
import {
  at,
  behindItems,
  collectionAt,
  membersAt,
  ofCollection,
  propertyOf,
  seenAs,
  through,
  type Position,
} from './position';
import { boundProperty } from './select';

/** A function and what is given to it. */
interface CalledOnEach {
  readonly operation: FunctionOperation;
  readonly arguments: ReadonlyMap<string, Bound>;
}

/** What the path has come to for one member. */
interface Reached {
  readonly position: Position;
  /** Single rows that it has come through, each from the one before. */
  readonly through: readonly BoundCollection[];
  /** The type of what is there. */
  readonly type: EdmType;
  /** The property of the row that the path ends at. */
  readonly property?: Property;
}

/** What a function gives for the row of a variable and what segments say of it; `segment` is its call, `rest` is what is left behind it all. */
export function resultsOf(
  context: PlanContext,
  row: Range,
  called: CalledOnEach,
  segment: NameSegment,
  behind: readonly ResourceSegment[],
): { readonly results: Results; readonly rest: readonly ResourceSegment[] } {
  const start: Reached = { position: at(row), through: [], type: row.type };
  const { reached, rest } = follow(context, calledFrom(context, start, called, segment), behind);
  return { results: settled(context, reached, segment), rest };
}

interface Followed {
  readonly reached: Reached;
  readonly rest: readonly ResourceSegment[];
}

function follow(context: PlanContext, reached: Reached, segments: readonly ResourceSegment[]): Followed {
  const [segment, ...rest] = segments;
  const { position } = reached;
  if (segment?.kind === '$each') throw notImplemented('/$each behind the results for each member', segment.place);
  if (segment?.kind === '$filter') {
    if (!position.isCollection) throw unknownSegment(segment);
    const members = membersAt(position, segment.place);
    const collection = narrowed(context, startScope(members.range), members, segment.predicate);
    const left: Reached = { ...reached, position: { ...position, collection } };
    return follow(context, picked(context, left, segment.key, segment.place), rest);
  }
  if (segment?.kind !== 'name') return { reached, rest: segments };
  if (reached.type.kind === 'primitive' || reached.type.kind === 'enum') throw unknownSegment(segment);
  const next = behindName(context, reached, segment);
  if (next) return follow(context, next, rest);
  const end = segments.findIndex(({ kind }) => kind !== 'name');
  const names = segments.slice(0, end < 0 ? undefined : end).filter((one): one is NameSegment => one.kind === 'name');
  return propertyBehind(context, reached, names, end < 0 ? [] : segments.slice(end));
}

/** A cast, a navigation or a function; undefined for other names. */
function behindName(context: PlanContext, reached: Reached, segment: NameSegment): Reached | undefined {
  const { position } = reached;
  const { type, isCollection } = position;
  const { arguments: key, name, place } = segment;
  const cast = castAt(context.model, type, name);
  if (cast) {
    const seen = cast === type ? position : seenAs(position, cast);
    const of: EdmType = isCollection ? { kind: 'collection', of: cast } : cast;
    return picked(context, { ...reached, position: seen, type: of }, key, place);
  }
  const navigation = isCollection ? undefined : type.navigations.get(name);
  if (navigation) {
    const { collection, target } = navigation;
    const of: EdmType = collection ? { kind: 'collection', of: target } : target;
    return picked(context, { ...reached, position: through(position, navigation, place), type: of }, key, place);
  }
  if (!isCollection && type.properties.has(name)) return undefined;
  const call = planOperation(context, { type, single: !isCollection }, segment);
  if (call?.operation.kind !== 'function') throw unknownSegment(segment, namesOf(position));
  return calledFrom(context, reached, { operation: call.operation, arguments: call.arguments }, segment);
}

const namesOf = ({ type: { properties, navigations }, isCollection }: Position): readonly string[] =>
  isCollection ? [] : [...properties.keys(), ...navigations.keys()];

/** What a function leads to. */
function calledFrom(
  context: PlanContext,
  reached: Reached,
  { operation, arguments: given }: CalledOnEach,
  { key, name, place }: NameSegment,
): Reached {
  const { position } = reached;
  const { definition, returns } = operation;
  const { type } = returns;
  if (definition.kind === 'path') {
    const scope = startScope(position.range);
    const { found, ones } = alongPath(context.forDefinition(given), scope, position, definition.path);
    if (found.isCollection !== (type.kind === 'collection'))
      throw notImplemented(`The function ${name} of each member of a collection`, place);
    const through = [...reached.through, ...ones];
    return picked(context, { ...reached, through, position: found, type }, key, place);
  }
  if (position.isCollection) throw notImplemented(`The function ${name} of what each member has`, place);
  const rows = rowsOf(position, { operation, definition, arguments: given });
  if (type.kind === 'collection')
    return picked(context, { ...reached, position: ofCollection(rows), type }, key, place);
  const range: Range = { ...rows.range, optional: true };
  return { position: at(range), through: [...reached.through, { ...rows, range }], type };
}

/** The one that a key picks of a collection. URL Conventions §4.9 */
function picked(context: PlanContext, reached: Reached, key: readonly Argument[] | undefined, place: Place): Reached {
  const { position, type } = reached;
  if (!key) return reached;
  if (type.kind !== 'collection')
    throw odataError('SyntaxError', { message: 'What is one has no key behind it.' }, placeOf(place));
  const members = membersAt(position, place);
  const range = toldRange(context, members, true);
  const navigation = members.navigations.at(-1);
  const predicate = planKey(context, { range, ...(navigation && { navigation }) }, key, place);
  return {
    position: at(range),
    through: [...reached.through, keyed({ ...members, range }, predicate)],
    type: type.of,
  };
}

/** The variable of a collection with what its entities are called by; `isOne` where it has one member at most. */
function toldRange({ model }: PlanContext, { from, navigations, range }: BoundCollection, isOne: boolean): Range {
  const identity = from && navigations.length > 0 ? identityBehind(model, from, navigations) : undefined;
  return { ...range, ...(identity && { identity }), ...(isOne && { optional: true }), seenAs: range };
}

const identityBehind = (
  model: PlanContext['model'],
  from: Range,
  navigations: readonly NavigationProperty[],
): Range['identity'] =>
  navigations.reduce<Range>(
    (before, next) => (next.cast ? { ...before, type: next.target } : rangeBehind(model, before, next)),
    from,
  ).identity;

/** What a property says of the one row: it ends the path, unless it is a collection of complex values. */
function propertyBehind(
  context: PlanContext,
  reached: Reached,
  segments: readonly NameSegment[],
  rest: readonly ResourceSegment[],
): Followed {
  const { position } = reached;
  const property = propertyNamed(position.type.properties, segments);
  const items = itemsNavigation(property);
  const { type } = property;
  if (items) return follow(context, { ...reached, position: behindItems(position, items), type }, rest);
  if (type.kind === 'collection')
    throw notImplemented(`'${property.name}', a collection of values, of each member`, segments[0]?.place);
  return { reached: { ...reached, property, type }, rest };
}

/** The property that names lead to. */
function propertyNamed(
  properties: ReadonlyMap<string, Property>,
  [first, ...further]: readonly NameSegment[],
): Property {
  const property = first && !first.arguments ? properties.get(first.name) : undefined;
  if (!property) throw unknownSegment(first, [...properties.keys()]);
  if (further.length === 0) return property;
  return propertyNamed(property.source.kind === 'complex' ? property.source.properties : new Map(), further);
}

/** The results as what rows are made of. */
function settled(context: PlanContext, reached: Reached, { name, place }: NameSegment): Results {
  const { position, through: before, type, property } = reached;
  if (position.isCollection) {
    if (before.length > 0) throw notImplemented('A collection of what each member has one of', place);
    const collection = collectionAt(position, name, place);
    return { collection: { ...collection, range: toldRange(context, collection, false) }, type };
  }
  const last = position.navigations.length === 0 ? before.at(-1) : oneBehind(context, position, name);
  if (!last) throw notImplemented(`The function ${name} of each member of a collection`, place);
  const through = position.navigations.length === 0 ? before.slice(0, -1) : before;
  const value = type.kind === 'primitive' ? last.range.type.properties.get(VALUE) : undefined;
  const collection = property
    ? narrowedTo(last, property)
    : value
      ? thereOnly(last, boundProperty(last.range, value))
      : last;
  return { collection, type, ...(through.length > 0 && { through }) };
}

/** The entity behind single-valued navigations; of a cast behind them those that are of the type. */
function oneBehind(
  context: PlanContext,
  { range, navigations, type }: Position,
  name: string,
): BoundCollection | undefined {
  const last = navigations.at(-1);
  const uncast = last?.cast ? navigations.slice(0, -1) : navigations;
  if (uncast.length === 0 || uncast.at(-1)?.cast) return undefined;
  const collection: BoundCollection = { from: range, navigations: uncast, range: { type, name } };
  return { ...collection, range: toldRange(context, collection, true) };
}

/** Rows whose value is not null: the others are missing. */
const thereOnly = (collection: BoundCollection, value: Bound): BoundCollection => ({
  ...collection,
  filter: narrowedBy(collection.filter, isNotNull(value)),
});

/** Rows of which one property is left, in the shape of those of a function that gives its value. */
function narrowedTo(collection: BoundCollection, property: Property): BoundCollection {
  const { range } = collection;
  const { source, type } = property;
  const isComplex = source.kind === 'complex' && type.kind === 'complex';
  const whole: Property = { ...property, name: VALUE };
  const left: EntityType = {
    ...range.type,
    name: isComplex ? type.name : range.type.name,
    properties: isComplex ? source.properties : new Map([[VALUE, whole]]),
    whole: isComplex ? property : whole,
    navigations: new Map(),
    streams: new Map(),
    version: undefined,
  };
  const { media: _, dynamic: __, inheritance: ___, ...told } = left;
  const { identity: ____, ...row } = range;
  // The type that is left tells rows of others no more.
  const navigations = range.type.inheritance ? [castNavigation(range.type)] : [];
  const value = propertyOf({ range, navigations }, property);
  return { ...thereOnly(collection, value), range: { ...row, type: told, seenAs: range } };
}
