/** What groupby groups by: paths of the request become keys, and properties of the rows that come out. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { typeName, untyped } from '../model/edm';
import { madeProperty } from '../model/made-property';
import type { ComplexType, EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { isNullable } from './coerce';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planPath } from './member-path';
import { unknownProperty } from './position';
import { hasName, instanceOf, membersOf, namesOf } from './members';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { castAt, castNavigation } from './cast';
import { dynamicProperty, heldValue } from './dynamic-property';
import { isCertain, merged, type Group, type Untyped } from './group';
import { targetsIn } from './reach';
import { complexSource } from './structured';
import { isCastTo } from './type-names';
import { present } from './conditions';
import { presentObject, wrapped } from './variant-groups';

/** Adds a path to the groups before it; one that is there already changes nothing. */
export function addGroup(context: PlanContext, scope: Scope, groups: readonly Group[], path: Path): readonly Group[] {
  // The grammar has nothing else here.
  const [first, ...rest] = path.segments.flatMap((segment) => (segment.kind === 'name' ? [segment] : []));
  if (!first) throw new Error('A path has a name');
  const group = groupOf(startAt(context, scope, scope.current), [first, ...rest]);
  return merged(groups, { ...group, paths: [path] }, path.place);
}

/** Where a path has come to: a variable, or an entity behind it. */
interface Reached {
  readonly context: PlanContext;
  readonly scope: Scope;
  readonly range: Range;
  /** The navigations and casts that lead there. */
  readonly before: readonly NameSegment[];
  readonly type: EntityType;
}

const startAt = (context: PlanContext, scope: Scope, range: Range): Reached => ({
  context,
  scope,
  range,
  before: [],
  type: range.type,
});

/** Names of a path that are still to be followed. */
type Names = readonly [NameSegment, ...NameSegment[]];

const isNotEmpty = (names: readonly NameSegment[]): names is Names => names.length > 0;

const behind = (reached: Reached, segments: readonly NameSegment[], { target }: NavigationProperty): Reached => ({
  ...reached,
  before: [...reached.before, ...segments],
  type: target,
});

function groupOf(reached: Reached, names: Names): Group {
  const { context, scope, range, type } = reached;
  const [segment, ...rest] = names;
  const isFirst = reached.before.length === 0;
  const member = isFirst ? membersOf(scope, range).own.get(segment.name) : undefined;
  if (member?.kind === 'value') return memberGroup(reached, member.value, names);
  const instance = instanceOf(member);
  if (instance) return rowGroup(reached, instance, names);
  if (member) throw isCollection(segment);
  if (isNotEmpty(rest)) {
    if (isCastTo(context.model, type, segment.name)) return groupOf(reached, rest);
    const cast = castAt(context.model, type, segment.name);
    if (cast) return optional(groupOf(behind(reached, [segment], castNavigation(cast)), rest), cast);
  }
  const navigation = type.navigations.get(segment.name);
  if (navigation?.collection) throw isCollection(segment);
  if (navigation) return related(behind(reached, [segment], navigation), names, navigation.nullable);
  const property = type.properties.get(segment.name);
  if (property?.source.kind === 'complex') return partGroup(reached, [segment], property, rest);
  if (property?.source.kind === 'dynamic') return dynamicGroup(reached, [segment], rest);
  if (property) return leaf(reached, names, property);
  if (isFirst && hasName(scope, range, segment.name)) return leaf(reached, names, undefined);
  if (dynamicProperty(type, segment.name)) return dynamicGroup(reached, [segment], rest);
  throw noGroup(reached, segment);
}

/** The error for a name that nothing can be grouped by. */
function noGroup(reached: Reached, segment: NameSegment): Error {
  const { scope, range, before, type } = reached;
  const isFirst = before.length === 0;
  const { declared } = membersOf(scope, range);
  const { name } = segment;
  if (isFirst && declared && (hasName(scope, { type: declared, name: '' }, name) || dynamicProperty(declared, name)))
    return odataError(
      'InvalidValue',
      { message: `'${name}' has been aggregated away: the rows no longer have it.` },
      placeOf(segment.place),
    );
  if (isFirst && name.includes('.') && membersOf(scope, range).variants)
    return notImplemented('Grouping rows of several structures by what stands behind a type', segment.place);
  return unknownProperty(type, segment, isFirst ? namesOf(scope, range) : undefined);
}

const isCollection = ({ name, place }: NameSegment): Error =>
  odataError(
    'TypeMismatch',
    { message: `'${name}' is a collection: only single values can be grouped by.` },
    placeOf(place),
  );

/** What is behind a cast is null in rows of other types, whatever its own type says of it. Its name is told without the cast. */
function optional(group: Group, cast: EntityType): Group {
  const seen = { cast: group.cast ?? cast };
  if (group.kind !== 'value') return { ...group, ...seen, nullable: true };
  return { ...group, ...seen, declared: group.declared && { ...group.declared, nullable: true } };
}

/** The row of another variable, which may be missing, or parts of it. */
function rowGroup(reached: Reached, range: Range, names: Names): Group {
  const { context, scope } = reached;
  const member = membersOf(scope, reached.range).own.get(names[0].name);
  const isOwn = member?.kind === 'structure' && member.within !== undefined;
  if (membersOf(scope, range).own.size > 0 && range.type.item)
    return valueGroup(startAt(context, scope, range), names, isOwn);
  if (range.type.item) return memberGroup(reached, valueAt(reached, [names[0]], names[0].place), names);
  return related(startAt(context, scope, range), names, presenceOf(range) ?? false);
}

/** A complex value that is a variable, or parts of it, those that the request has added among them. */
function valueGroup(reached: Reached, [{ name, place }, ...rest]: Names, isOwn: boolean): Group {
  const { scope, range } = reached;
  const value = valueAt(reached, [], place);
  if (value.kind === 'null' || value.type.kind !== 'complex') throw new Error(`${name} is no complex value`);
  const chosen = isNotEmpty(rest)
    ? [rest]
    : namesOf(scope, range).map((part): Names => [{ kind: 'name', name: part, place }]);
  const parts = chosen.map((names) => groupOf(reached, names));
  const nullable = isNullable(value);
  const presence = nullable && !parts.some(isCertain) ? present(value) : undefined;
  return { kind: 'parts', name, parts, type: value.type, presence, nullable, dynamic: !isOwn, place };
}

/** The entity that the path has come to, or parts of it. `missing` tells whether it may be none, by a value that is null then or by its key. */
function related(reached: Reached, [{ name, place }, ...rest]: Names, missing: boolean | Bound): Group {
  const target = reached.type;
  const nullable = missing !== false;
  const key = target.key.map((property) => ({
    property,
    value: valueAt(reached, [{ kind: 'name', name: property.name, place }], place),
  }));
  if (!isNotEmpty(rest) && key.length > 0) return { kind: 'entity', name, target, key, nullable, place };
  const parts = isNotEmpty(rest) ? [groupOf(reached, rest)] : wholeRow(reached, place);
  const mark = missing === true ? key[0]?.value : missing || undefined;
  const presence = mark && !parts.some(isCertain) ? present(mark) : undefined;
  return { kind: 'parts', name, parts, type: 'entity', presence, nullable, place };
}

/** A row that is no entity: all that it has tells it apart. Data Aggregation §3.1.2 */
function wholeRow(reached: Reached, place: Place): readonly Group[] {
  const { scope, range } = reached;
  const { variants, nested } = membersOf(scope, range);
  if (variants) throw notImplemented('Grouping by the whole of rows of several structures', place);
  if (nested) throw notImplemented('Grouping by the whole of what nest has made', place);
  return namesOf(scope, range).map((name) => groupOf(reached, [{ kind: 'name', name, place }]));
}

const valueAt = ({ context, scope, range, before }: Reached, names: readonly NameSegment[], place: Place): Bound =>
  planPath(
    context,
    { ...scope, current: range, variables: new Map() },
    { kind: 'path', segments: [...before, ...names], place },
  );

/** A single value; `declared` is undefined for a name that the request gave. */
function leaf(reached: Reached, names: Names, declared: Property | undefined): Group {
  const [{ name, place }, another] = names;
  if (!another && targetsIn(reached.scope, reached.range, name).length > 1)
    throw notImplemented(`Grouping by '${name}', which structures of rows have in part or of several types,`, place);
  const value = valueAt(reached, names, names[0].place);
  const last = names.at(-1) ?? names[0];
  if (value.kind === 'null')
    throw odataError('InvalidValue', { message: `'${last.name}' is null in every row.` }, placeOf(last.place));
  if (value.type.kind === 'collection') throw isCollection(last);
  return wrapped(reached, names.slice(0, -1), leafOf(reached, names, value, declared));
}

/** The group of a value that a path leads to. */
function leafOf(
  reached: Reached,
  names: Names,
  value: Exclude<Bound, { kind: 'null' }>,
  declared: Property | undefined,
): Group {
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
  const { type } = value;
  if (type === untyped) return untypedGroup(last, value);
  if (type.kind === 'entity' && type.key.length > 0) {
    const key = type.key.map((property) => ({
      property,
      value: valueAt(reached, [...names, { kind: 'name', name: property.name, place }], place),
    }));
    return { kind: 'entity', name, target: type, key, nullable: true, place };
  }
  if (type.kind !== 'primitive' && type.kind !== 'enum') throw notImplemented(`Grouping by '${name}'`, place);
  const dynamic = declared ? (declared.dynamic ?? false) : true;
  return { kind: 'value', name, value, declared, dynamic, place };
}

/** A value that tells its type itself: equal ones of one type are a group. */
const untypedGroup = ({ name, place }: NameSegment, value: Bound): Group => ({
  kind: 'value',
  name,
  value: heldValue(name, value),
  declared: undefined,
  dynamic: true,
  place,
});

/** A dynamic property, or a member of the object that it holds; `names` lead to it. */
function dynamicGroup(reached: Reached, names: Names, rest: readonly NameSegment[]): Group {
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
  const value = valueAt(reached, names, place);
  const [next, ...further] = rest;
  if (!next) return untypedGroup(last, value);
  const parts = [dynamicGroup(reached, [...names, next], further)];
  return { kind: 'parts', name, parts, type: 'object', presence: presentObject(value), nullable: true, place };
}

/** A computed value, or a part of it. */
function memberGroup(reached: Reached, value: Bound, names: Names): Group {
  const source = complexSource(value);
  if (!source || value.kind === 'null') return leaf(reached, names, undefined);
  const [segment, ...rest] = names;
  const { name } = segment;
  const whole = madeProperty({ name, type: value.type, source, nullable: value.nullable, dynamic: true });
  return partGroup(reached, [segment], whole, rest);
}

const typeOfParts = ({ type }: Property): ComplexType | Untyped =>
  type.kind === 'complex' ? (type.made ?? type) : 'entity';

/** What an object leaves out. */
const nullOf = (type: EdmType): Bound => ({
  kind: 'convert',
  operand: { kind: 'null' },
  type,
  nullable: true,
  mayFail: false,
});

/** A complex value, or a part of one; `names` lead to it. */
function partGroup(reached: Reached, names: Names, property: Property, rest: readonly NameSegment[]): Group {
  const { place } = names.at(-1) ?? names[0];
  if (property.source.kind === 'dynamic') return dynamicGroup(reached, names, rest);
  if (property.type.kind === 'collection') throw isCollection({ kind: 'name', name: property.name, place });
  if (property.source.kind !== 'complex') {
    const found = valueAt(reached, [...names, ...rest], place);
    const value = found.kind === 'null' ? nullOf(property.type) : found;
    return { kind: 'value', name: property.name, value, declared: property, dynamic: property.dynamic ?? false, place };
  }
  const { properties, navigations } = property.source;
  const [next, ...further] = rest;
  const all = [...properties.keys(), ...(navigations?.keys() ?? [])];
  const chosen = next ? [next] : all.map((name): NameSegment => ({ kind: 'name', name, place }));
  const parts = chosen.map((part) => {
    const navigation = navigations?.get(part.name);
    if (navigation)
      return related(behind(reached, [...names, part], navigation), [part, ...further], navigation.nullable);
    const inner = properties.get(part.name);
    if (!inner)
      throw odataError(
        'UnknownProperty',
        { type: typeName(property.type), name: part.name, hint: didYouMean(part.name, all) },
        placeOf(part.place),
      );
    return partGroup(reached, [...names, part], inner, further);
  });
  // Its parts alone say whether it is there only where they are all and no column of its own does.
  const isOpen = chosen.length < all.length || property.source.presence !== undefined;
  const value = valueAt(reached, names, place);
  const nullable = isNullable(value) || (property.nullable && value.kind !== 'object');
  const presence = nullable && isOpen && !parts.some(isCertain) ? present(value) : undefined;
  const { name, dynamic = false } = property;
  return { kind: 'parts', name, parts, type: typeOfParts(property), presence, nullable, dynamic, place };
}
