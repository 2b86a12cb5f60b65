/**
 * What a function gives for each member of a collection, and what the path says of that: it goes on from the result for one member as it does
 * from that of the function bound to one entity. URL Conventions §4.13, Protocol §11.5.4.1
 */
import { odataError } from '../error';
import { isPrimitive } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import { madeNavigation } from '../model/made-navigation';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import { isBoundTo } from '../model/operation';
import { VALUE } from '../model/row-type';
import type { NameSegment, ResourceSegment } from '../url/ast';
import { calledBehind, wayCalled, type CalledFunction } from './called-function';
import { castNavigation } from './cast';
import { valuesLeft, valuesOf } from './collection-property';
import { isNotNull, narrowedBy } from './conditions';
import { placeOf, startScope, unknownSegment, type PlanContext } from './context';
import { dynamicPart, dynamicProperty } from './dynamic-property';
import { planOperation } from './operation';
import { toldMembers, wayBehind, wayFrom, type Way } from './path-position';
import type { Bound, BoundCollection, Range, Results } from './plan';
import { at, behindItems, membersAt, ofCollection, propertyOf, type Position } from './position';
import { membersFirst } from './property-path';
import { collectionOfEach } from './given-rows';
import { boundProperty } from './select';
import { withoutOwnCasts } from './type-names';

/** Results, and what of the path is left behind it all. */
interface Found {
  readonly results: Results;
  readonly rest: readonly ResourceSegment[];
}

/** What a function gives for the row of a variable and what segments say of it; `segment` is its call. */
export function resultsOf(
  context: PlanContext,
  row: Range,
  called: CalledFunction,
  segment: NameSegment,
  behind: readonly ResourceSegment[],
): Found {
  const way = wayCalled(context, row, wayFrom(at(row)), called, segment);
  return resultsBehind(context, way, behind);
}

function resultsBehind(context: PlanContext, before: Way, segments: readonly ResourceSegment[]): Found {
  const { way, rest } = wayBehind(
    context,
    before,
    segments,
    (reached, segment) => calledBehind(context, reached, segment) ?? noTextKey(context, reached, segment),
  );
  const [segment, ...further] = rest;
  if (segment?.kind === '$each') return eachBehind(context, way, segment, further);
  if (segment?.kind !== 'name') return { results: settled(context, way), rest };
  const { type, isCollection } = way.position;
  const names = isCollection ? [] : [...type.properties.keys(), ...type.navigations.keys()];
  const property =
    isCollection || isValue(typeOf(way))
      ? undefined
      : (type.properties.get(segment.name) ?? dynamicProperty(type, segment.name));
  if (!property || segment.arguments) throw unknownSegment(segment, names);
  return propertyBehind(context, way, property, withoutOwnCasts(context.model, property, further));
}

/** Where every text is a key, one that was mistyped would be, too: throws 404. A key of texts stands in parentheses here. */
function noTextKey({ model }: PlanContext, { position }: Way, segment: NameSegment): undefined {
  const { type, isCollection } = position;
  if (!isCollection || segment.arguments || !type.key.some((part) => isPrimitive(part.type, 'Edm.String'))) return;
  const here = model.operations.filter((one) => one.kind === 'function' && isBoundTo(one, type, true));
  throw unknownSegment(segment, [
    ...here.map(({ name }) => name),
    ...type.properties.keys(),
    ...type.navigations.keys(),
  ]);
}

/** `/$each` once more: what a function gives for each member of what there is for each member. */
function eachBehind(
  context: PlanContext,
  way: Way,
  segment: ResourceSegment,
  [next, ...behind]: readonly ResourceSegment[],
): Found {
  if (!way.position.isCollection) throw unknownSegment(segment);
  const members = toldMembers(context, membersAt(way.position, segment.place));
  const results: Results = { through: way.through, collection: members, type: typeOf(way) };
  if (!next) return { results, rest: [] };
  const { range } = members;
  const call = next.kind === 'name' ? planOperation(context, { type: range.type, single: true }, next) : undefined;
  if (next.kind !== 'name' || call?.operation.kind !== 'function') throw unknownSegment(next);
  const called = { operation: call.operation, arguments: call.arguments };
  const { results: each, rest } = resultsOf(context, range, called, next, behind);
  if (levelsOf(each) >= context.limits.expandDepth)
    throw odataError(
      'ExpandedTooDeeply',
      { message: `/$each must not stand more than ${context.limits.expandDepth} times in a path.` },
      placeOf(segment.place),
    );
  const again = (member: Range): Results => resultsOf(context, member, called, next, behind).results;
  return { results: { ...results, each, again, type: { kind: 'collection', of: each.type } }, rest };
}

/**
 * The collection of what a function gives for each member, one for each, where the rest of a path says so; undefined where it does not, and
 * where it gives collections.
 */
export function wayOfEach(context: PlanContext, way: Way, segments: readonly ResourceSegment[]): Way | undefined {
  const [segment, ...further] = segments;
  if (segment?.kind !== '$each') return undefined;
  const { results, rest } = eachBehind(context, way, segment, further);
  const members = 'values' in results.collection ? undefined : results.collection;
  const made = members && results.each && collectionOfEach(members, results.each);
  return made && rest.length === 0 ? { position: ofCollection(made), through: results.through } : undefined;
}

/** How many `/$each` lead there, the one in front of it is one of them. */
const levelsOf = ({ each }: Results): number => (each ? levelsOf(each) + 1 : 1);

/** What a property says of the one row, and its parts behind it. */
function propertyBehind(
  context: PlanContext,
  way: Way,
  property: Property,
  segments: readonly ResourceSegment[],
): Found {
  const { position } = way;
  const items = itemsNavigation(property);
  if (items) return resultsBehind(context, { ...way, position: behindItems(position, items) }, segments);
  const { source, type } = property;
  if (source.kind === 'dynamic') {
    const { names, rest } = membersFirst(segments);
    return { results: settled(context, way, dynamicPart(property, names)), rest };
  }
  if (type.kind === 'collection') {
    const values = valuesOf(propertyOf(position, property));
    const { collection, rest } = valuesLeft(context, startScope(position.range), values, segments);
    return { results: { through: way.through, collection, type }, rest };
  }
  const [segment, ...rest] = segments;
  if (segment?.kind !== 'name') return { results: settled(context, way, property), rest: segments };
  const parts = source.kind === 'complex' ? source.properties : new Map<string, Property>();
  const part = segment.arguments ? undefined : parts.get(segment.name);
  if (!part) throw unknownSegment(segment, [...parts.keys()]);
  return propertyBehind(context, way, part, rest);
}

// ---- where the way ends

/** What is there for one row. */
function typeOf({ position, through: before }: Way): EdmType {
  const { type, isCollection, navigations, collection } = position;
  const { rows } = (isCollection ? collection : navigations.length === 0 ? before.at(-1) : undefined) ?? {};
  const given = rows?.operation.returns.type;
  const one = given ? (given.kind === 'collection' ? given.of : given) : (type.item?.type ?? type);
  return isCollection ? { kind: 'collection', of: one } : one;
}

const isValue = ({ kind }: EdmType): boolean => kind === 'primitive' || kind === 'enum';

/** The results as what rows are made of. */
function settled(context: PlanContext, way: Way, property?: Property): Results {
  const { position, through: before } = way;
  const type = property?.type ?? typeOf(way);
  if (position.isCollection) {
    const collection = toldMembers(context, membersAt(position, { source: 'path', at: 0 }));
    return { through: before, collection, type };
  }
  const found = position.navigations.length === 0 ? before.at(-1) : undefined;
  const row = found ?? oneBehind(context, position);
  const last: BoundCollection = { ...row, range: { ...row.range, optional: true, seenAs: row.range } };
  const value = type.kind === 'primitive' ? last.range.type.properties.get(VALUE) : undefined;
  const collection = property
    ? narrowedTo(last, property)
    : value
      ? thereOnly(last, boundProperty(last.range, value))
      : last;
  return { through: found ? before.slice(0, -1) : before, collection, type };
}

/** The row behind single-valued navigations, or the same row; of casts behind them those that are of the type. */
function oneBehind(context: PlanContext, { range, navigations, type }: Position): BoundCollection {
  const end = navigations.findLastIndex(({ cast }) => !cast) + 1;
  if (end === 0) {
    const { identity } = range;
    const name = type.name;
    return { from: range, navigations: [sameRow(type)], range: { type, name, ...(identity && { identity }) } };
  }
  const way = navigations.slice(0, end);
  const name = way.at(-1)?.name ?? type.name;
  return toldMembers(context, { from: range, navigations: way, range: { type, name } });
}

/** What leads from a row to itself. */
const sameRow = (target: EntityType): NavigationProperty =>
  madeNavigation({
    name: target.name,
    target,
    collection: false,
    nullable: true,
    join: target.key.flatMap(({ source }) =>
      source.kind === 'column' ? [{ column: source.column, targetColumn: source.column }] : [],
    ),
  });

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
