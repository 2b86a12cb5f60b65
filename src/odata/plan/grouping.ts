/** What groupby groups by: paths of the request become keys, and properties of the rows that come out. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { typeName } from '../model/edm';
import { madeProperty } from '../model/made-property';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planPath } from './member-path';
import { unknownProperty } from './position';
import { hasName, membersOf, namesOf } from './members';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { castAt, castNavigation } from './cast';
import { dynamicProperty } from './dynamic-property';
import { isCertain, merged, type Group } from './group';
import { complexSource } from './structured';
import { isCastTo } from './type-names';
import { present } from './conditions';

/** Adds a path to the groups before it; one that is there already changes nothing. */
export function addGroup(context: PlanContext, scope: Scope, groups: readonly Group[], path: Path): readonly Group[] {
  const [first, ...rest] = path.segments.map((segment) => {
    if (segment.kind === 'name' && !segment.arguments) return segment;
    throw notImplemented('Anything but a path of names in groupby', segment.place);
  });
  if (!first) throw new Error('A path has a name');
  return merged(groups, groupOf({ context, scope, range: scope.current, before: [] }, [first, ...rest]), path.place);
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
  if (member?.kind === 'added' || member?.kind === 'structure') throw notGrouped(segment);
  if (member?.kind === 'row') return rowGroup({ ...reached, range: member.range }, names);
  if (member) return memberGroup(reached, member.value, names);
  const type = typeAt(reached);
  if (isNotEmpty(rest)) {
    if (isCastTo(context.model, type, segment.name)) return groupOf(reached, rest);
    const cast = castAt(context.model, type, segment.name);
    if (cast) return optional(groupOf(behind(reached, segment, castNavigation(cast)), rest), cast);
  }
  const navigation = type.navigations.get(segment.name);
  if (navigation?.collection) throw isCollection(segment);
  if (navigation) return related(behind(reached, segment, navigation), names, navigation.nullable);
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

const notGrouped = ({ name, place }: NameSegment): Error =>
  notImplemented(`Grouping by '${name}', which addnested has made,`, place);

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

/** The row of another variable, which may be missing, or parts of it. */
function rowGroup(reached: Reached, names: Names): Group {
  const { range, scope } = reached;
  const { item } = range.type;
  const outside: Reached = { ...reached, range: scope.current };
  if (item) return memberGroup(outside, valueAt(outside, [names[0]], names[0].place), names);
  return related(reached, names, presenceOf(range) ?? false);
}

/** The entity that the path has come to, or parts of it. `missing` tells whether it may be none, by a value that is null then or by its key. */
function related(reached: Reached, [{ name, place }, ...rest]: Names, missing: boolean | Bound): Group {
  const target = typeAt(reached);
  const nullable = missing !== false;
  const key = target.key.map((property) => ({
    property,
    value: valueAt(reached, [{ kind: 'name', name: property.name, place }], place),
  }));
  if (!isNotEmpty(rest)) {
    if (key.length === 0) throw notImplemented(`Grouping by the whole of '${name}'`, place);
    return { kind: 'entity', name, target, key, nullable, place };
  }
  const parts = [groupOf(reached, rest)];
  const mark = missing === true ? key[0]?.value : missing || undefined;
  const presence = mark && !parts.some(isCertain) ? present(mark) : undefined;
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
  if (property.type.kind === 'collection') throw isCollection({ kind: 'name', name: property.name, place });
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
