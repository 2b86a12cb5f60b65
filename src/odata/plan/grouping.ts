/** What groupby groups by: paths of the request become keys, and properties of the rows that come out. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { typeName } from '../model/edm';
import { madeProperty } from '../model/made-property';
import type { ComplexType, EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planPath } from './member-path';
import { unknownProperty } from './position';
import { hasName, membersOf, namesOf } from './members';
import type { Bound, Range } from './plan';
import { castAt, castNavigation } from './cast';
import { dynamicProperty } from './dynamic-property';
import { isCastTo } from './type-names';
import { present } from './conditions';

/** A key of the groups, by the name that it has in the rows; entities and complex values have parts. */
export type Group = (
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly value: Bound;
      readonly declared: Property | undefined;
      readonly dynamic: boolean;
    }
  | {
      readonly kind: 'parts';
      readonly name: string;
      readonly parts: readonly Group[];
      /** The type of a complex value; undefined for what is left of a related entity. */
      readonly type: ComplexType | undefined;
      /** Null where there is no such entity. */
      readonly presence: Bound | undefined;
      readonly nullable: boolean;
      /** A computed value: its type goes out with it. */
      readonly dynamic?: boolean;
    }
  /** An entity: it goes out whole. */
  | {
      readonly kind: 'entity';
      readonly name: string;
      readonly target: EntityType;
      readonly key: readonly { readonly property: Property; readonly value: Bound }[];
      readonly nullable: boolean;
    }
) & {
  /** Where its path stands in the request. */
  readonly place: Place;
  /** The derived types that the path is cast to before the name. */
  readonly casts?: string;
};

/** The values that tell groups apart. */
export function keysOf(groups: readonly Group[]): readonly Bound[] {
  return groups.flatMap((group): readonly Bound[] => {
    if (group.kind === 'value') return [group.value];
    if (group.kind === 'entity') return group.key.map(({ value }) => value);
    return [...keysOf(group.parts), ...(group.presence ? [group.presence] : [])];
  });
}

/** Adds a path to the groups before it; one that is there already changes nothing. */
export function addGroup(context: PlanContext, scope: Scope, groups: readonly Group[], path: Path): readonly Group[] {
  const [first, ...rest] = path.segments.map((segment) => {
    if (segment.kind === 'name' && !segment.arguments) return segment;
    throw notImplemented('Anything but a path of names in groupby', segment.place);
  });
  if (!first) throw new Error('A path has a name');
  return merged(groups, groupOf({ context, scope, range: scope.current, before: [] }, [first, ...rest]), path.place);
}

function merged(groups: readonly Group[], added: Group, place: Place): readonly Group[] {
  const before = groups.find(({ name }) => name === added.name);
  if (!before) return [...groups, added];
  // Rows have one value of a name: with a cast it is null where it is not without, or of another type.
  if (before.casts !== added.casts)
    throw notImplemented(`groupby by '${added.name}' of several types, which rows would have under one name,`, place);
  if (before.kind !== 'parts') return groups;
  if (added.kind !== 'parts') return groups.map((group) => (group === before ? added : group));
  const parts = added.parts.reduce<readonly Group[]>((parts, part) => merged(parts, part, place), before.parts);
  const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
  return groups.map((group) => (group === before ? { ...before, parts, presence } : group));
}

/** Not null wherever its parent is there. */
function isCertain(group: Group): boolean {
  if (group.kind === 'value') return group.declared?.nullable === false;
  if (group.kind === 'entity') return !group.nullable;
  return !group.nullable && (group.presence === undefined || group.parts.some(isCertain));
}

/** Of the groups of a nested groupby those of the one around it, which may have parts in the same entity. */
export const outerGroups = (outer: readonly Group[], all: readonly Group[]): readonly Group[] =>
  outer.map((group) => sameGroup(group, all));

function sameGroup(group: Group, all: readonly Group[]): Group {
  const found = all.find(({ name }) => name === group.name);
  if (found?.kind === group.kind && group.kind !== 'parts') return found;
  if (group.kind !== 'parts' || found?.kind !== 'parts')
    throw notImplemented(`groupby by the whole of '${group.name}' within groupby by a part of it`, found?.place);
  const presence = group.presence && (found.presence ?? present(certainValue(found.parts)));
  return { ...found, parts: group.parts.map((part) => sameGroup(part, found.parts)), presence };
}

/** A value that is null only where its entity is missing. */
function certainValue(parts: readonly Group[]): Bound {
  for (const part of parts) {
    if (!isCertain(part)) continue;
    const [first] = part.kind === 'parts' ? [certainValue(part.parts)] : keysOf([part]);
    if (first) return first;
  }
  return { kind: 'null' };
}

/** Where a path has come to: a variable, and the navigations and casts behind it. */
interface Reached {
  readonly context: PlanContext;
  readonly scope: Scope;
  readonly range: Range;
  readonly before: readonly { readonly segment: NameSegment; readonly navigation: NavigationProperty }[];
}

/** Names of a path that are still to be followed. */
type Names = readonly [NameSegment, ...NameSegment[]];

const isNotEmpty = (names: readonly NameSegment[]): names is Names => names.length > 0;

const typeAt = ({ range, before }: Reached): EntityType => before.at(-1)?.navigation.target ?? range.type;

const behind = (reached: Reached, segment: NameSegment, navigation: NavigationProperty): Reached => ({
  ...reached,
  before: [...reached.before, { segment, navigation }],
});

function groupOf(reached: Reached, names: Names): Group {
  const { context, scope, range } = reached;
  const [segment, ...rest] = names;
  const isFirst = reached.before.length === 0;
  const member = isFirst ? membersOf(scope, range).own.get(segment.name) : undefined;
  if (member?.kind === 'row')
    return related({ ...reached, range: member.range }, segment, rest, member.range.optional ?? false);
  if (member) return memberGroup(reached, member.value, names);
  const type = typeAt(reached);
  if (isNotEmpty(rest)) {
    if (isCastTo(context.model, type, segment.name)) return groupOf(reached, rest);
    const cast = castAt(context.model, type, segment.name);
    if (cast) return optional(groupOf(behind(reached, segment, castNavigation(cast)), rest), cast);
  }
  const navigation = type.navigations.get(segment.name);
  if (navigation?.collection) throw isCollection(segment);
  if (navigation) return related(behind(reached, segment, navigation), segment, rest, navigation.nullable);
  const property = type.properties.get(segment.name);
  if (property?.source.kind === 'complex') return partGroup(reached, [segment], property, rest);
  if (property) return leaf(reached, names, property);
  if (isFirst && hasName(scope, range, segment.name)) return leaf(reached, names, undefined);
  throw noGroup(reached, segment);
}

/** The error for a name that nothing can be grouped by. */
function noGroup(reached: Reached, segment: NameSegment): Error {
  const { scope, range, before } = reached;
  const type = typeAt(reached);
  const isFirst = before.length === 0;
  const { declared } = membersOf(scope, range);
  if (isFirst && declared && hasName(scope, { type: declared, name: '' }, segment.name))
    return odataError(
      'InvalidValue',
      { message: `'${segment.name}' has been aggregated away: the rows no longer have it.` },
      placeOf(segment.place),
    );
  if (dynamicProperty(type, segment.name))
    return notImplemented(
      `Grouping by a dynamic property, unlike one of compute(cast(${segment.name},Edm.String) as …),`,
      segment.place,
    );
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
  const casts = [cast.name, ...(group.casts === undefined ? [] : [group.casts])].join('/');
  if (group.kind !== 'value') return { ...group, casts, nullable: true };
  return { ...group, casts, declared: group.declared && { ...group.declared, nullable: true } };
}

/** The entity that the path has come to, or parts of it. */
function related(
  reached: Reached,
  { name, place }: NameSegment,
  rest: readonly NameSegment[],
  nullable: boolean,
): Group {
  const target = typeAt(reached);
  const key = target.key.map((property) => ({
    property,
    value: valueAt(reached, [{ kind: 'name', name: property.name, place }], place),
  }));
  if (!isNotEmpty(rest)) {
    if (key.length === 0) throw notImplemented(`Grouping by the whole of '${name}'`, place);
    return { kind: 'entity', name, target, key, nullable, place };
  }
  const parts = [groupOf(reached, rest)];
  const [first] = key;
  const presence = nullable && first && !parts.some(isCertain) ? present(first.value) : undefined;
  return { kind: 'parts', name, parts, type: undefined, presence, nullable, place };
}

const valueAt = ({ context, scope, range, before }: Reached, names: readonly NameSegment[], place: Place): Bound =>
  planPath(
    context,
    { ...scope, current: range, variables: new Map() },
    { kind: 'path', segments: [...before.map(({ segment }) => segment), ...names], place },
  );

/** A single value; `declared` is undefined for a name that the request gave. */
function leaf(reached: Reached, names: Names, declared: Property | undefined): Group {
  const value = valueAt(reached, names, names[0].place);
  const last = names.at(-1) ?? names[0];
  if (value.kind === 'null')
    throw odataError('InvalidValue', { message: `'${last.name}' is null in every row.` }, placeOf(last.place));
  if (value.type.kind === 'collection') throw isCollection(last);
  if (value.type.kind !== 'primitive' && value.type.kind !== 'enum')
    throw notImplemented(`Grouping by '${last.name}'`, last.place);
  const dynamic = declared ? (declared.dynamic ?? false) : true;
  const group: Group = { kind: 'value', name: last.name, value, declared, dynamic, place: last.place };
  return wrapped(names.slice(0, -1), group);
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

/** Where the parts of a complex value come from. */
function complexSource(value: Bound): Extract<Property['source'], { kind: 'complex' }> | undefined {
  if (value.kind === 'picked') return complexSource(value.value);
  if (value.kind === 'property') return value.property.source.kind === 'complex' ? value.property.source : undefined;
  return value.kind === 'object' ? { kind: 'complex', properties: value.type.properties } : undefined;
}

/** A path into rows of several structures: nobody can tell what its names stand for. */
const wrapped = (names: readonly NameSegment[], group: Group): Group =>
  names.reduceRight<Group>(
    (inner, { name, place }) => ({
      kind: 'parts',
      name,
      place,
      parts: [inner],
      type: undefined,
      presence: undefined,
      nullable: true,
    }),
    group,
  );

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
  if (property.source.kind !== 'complex') {
    const found = valueAt(reached, [...names, ...rest], place);
    const value = found.kind === 'null' ? nullOf(property.type) : found;
    return { kind: 'value', name: property.name, value, declared: property, dynamic: property.dynamic ?? false, place };
  }
  const { properties } = property.source;
  const [next, ...further] = rest;
  const chosen = next ? [next] : [...properties.keys()].map((name): NameSegment => ({ kind: 'name', name, place }));
  const parts = chosen.map((part) => {
    const inner = properties.get(part.name);
    if (!inner)
      throw odataError(
        'UnknownProperty',
        { type: typeName(property.type), name: part.name, hint: didYouMean(part.name, [...properties.keys()]) },
        placeOf(part.place),
      );
    return partGroup(reached, [...names, part], inner, further);
  });
  const type = property.type.kind === 'complex' && !property.type.related ? property.type : undefined;
  // Its parts alone say whether it is there only where they are all and no column of its own does.
  const isOpen = chosen.length < properties.size || property.source.presence !== undefined;
  const value = valueAt(reached, names, place);
  const nullable = property.nullable && value.kind !== 'object';
  const presence = nullable && isOpen && !parts.some(isCertain) ? present(value) : undefined;
  const { name, dynamic = false } = property;
  return { kind: 'parts', name, parts, type, presence, nullable, dynamic, place };
}
