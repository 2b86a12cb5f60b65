/** What groupby groups by: paths of the request become keys, and properties of the rows that come out. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { typeName, untyped } from '../model/edm';
import { madeProperty } from '../model/made-property';
import { isOfType } from '../model/inheritance';
import type { ComplexType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { isNullable } from './coerce';
import { placeOf, type PlanContext, type Scope } from './context';
import { aggregatedAway } from './aggregated-away';
import { unknownProperty } from './position';
import { groupCast, planAway } from './grouped-cast';
import { pathInGroup, typeOfLeft } from './group-type';
import { inEach, structuresWith } from './grouping-structures';
import { hasName, instanceOf, isComplex, membersOf, namesOf, navigationLeft, nestedNames, variantsOf } from './members';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { castAt, castNavigation, seenAmong } from './cast';
import { caseOf } from './case-value';
import { distinctGroupings } from './distinct-shapes';
import { dynamicProperty } from './dynamic-property';
import { hiddenGroup, presenceBeside, type Group, type Untyped } from './group';
import {
  collectionGroup,
  dynamicGroup,
  isCollection,
  isNotEmpty,
  leaf,
  nullOf,
  startAt,
  valueAt,
  type Names,
  type Reached,
  type Whole,
} from './group-values';
import { GROUP_PARTS } from './limits';
import { differing, groupsIn, isWithinEntity, merged, namedGroups, type Named } from './merged-groups';
import { complexSource } from './structured';
import { isCastTo } from './type-names';
import { partOfWhole, related } from './whole-shapes';
import { always, present } from './conditions';
import { isLeft } from './row-identity';
import { planElsewhere } from './row-paths';
import { combined, unified, where, type Grouping, type Shape } from './shapes';
import { typesHaving } from './typed-members';
import { inTypes, ofType } from './typed-shapes';

/** Adds paths to the groups before them; one that is there already changes nothing. Several groupings: each of rows that the others are not of. `isElsewhere`: what these rows lack, others have. */
export function addGroups(
  context: PlanContext,
  scope: Scope,
  groups: readonly Group[],
  paths: readonly Path[],
  isElsewhere = false,
): readonly Grouping[] {
  const start: Reached = { ...startAt(context, scope, scope.current), isElsewhere };
  const before = namedGroups(groups);
  const found = differing(paths).reduce<readonly Named[]>(
    (all, path) => {
      context.count(path.place, GROUP_PARTS);
      const more = all.flatMap((grouping) => withPath(start, grouping, path));
      context.checkStructures(more.length, path.place);
      return more;
    },
    [{ named: before }],
  );
  const groupings = found.map(({ named, ...rows }) => ({ ...rows, groups: groupsIn(named) }));
  const place = paths[0]?.place;
  if (!place) return [{ groups }];
  const choose = (conditions: readonly Bound[]) => (values: readonly Bound[]) => {
    const branches = values.map((value, index) => ({ condition: conditions[index] ?? always(false), value }));
    return caseOf(context, branches, place);
  };
  const all = groupings.length === 1 ? groupings : distinctGroupings(context, unified(groupings, choose), place);
  // Rows that lack all of it are a group where there are some.
  return all.map((one) =>
    one.groups.length === groups.length && one.groups.every((group, index) => group === groups[index])
      ? { ...one, groups: [...groups, hiddenGroup(context.nextColumn(), always(true), place)] }
      : one,
  );
}

function withPath(start: Reached, before: Named, path: Path): readonly Named[] {
  // The grammar has nothing else here.
  const [first, ...rest] = path.segments.flatMap((segment) => (segment.kind === 'name' ? [segment] : []));
  if (!first) throw new Error('A path has a name');
  const shapes = shapesAt(start, [first, ...rest]);
  return shapes.flatMap(({ group, ...rows }) => {
    const isPart = group !== undefined && shapes.length > 1 && isWithinEntity(before.named, group);
    const apart = isPart ? hiddenGroup(start.context.nextColumn(), always(true), path.place) : undefined;
    return where(before, rows).map(({ named, ...both }) => {
      const all = group ? merged(named, { ...group, paths: [path] }) : named;
      return { named: apart ? merged(all, apart) : all, ...both };
    });
  });
}

const behind = (reached: Reached, segments: readonly NameSegment[], { target }: NavigationProperty): Reached => ({
  ...reached,
  before: [...reached.before, ...segments],
  type: target,
});

/** What a path leads to: one shape, unless rows are of several structures. */
export function shapesAt(from: Reached, names: Names): readonly Shape[] {
  const reached = amongOthers(from, names);
  const { context, scope, range, type } = reached;
  const [segment, ...rest] = names;
  const isFirst = reached.before.length === 0;
  if (isFirst && typesHaving(scope, range, type, segment.name).length > 0)
    return inTypes(reached, reached, names, shapesAt);
  // What the request gave the row it has as one of a derived type, too.
  const isRow = reached.before.every(({ name }) => name.includes('.'));
  const member = isRow ? membersOf(scope, range).own.get(segment.name) : undefined;
  const variants = isFirst ? variantsOf(scope, range) : undefined;
  if (member?.kind === 'value') return memberShapes(reached, member.value, names);
  const instance = instanceOf(member);
  if (instance) return rowShapes(reached, instance, names);
  if (member || (isFirst && nestedNames(scope, range).includes(segment.name))) throw isCollection(segment);
  if (variants && !type.properties.has(segment.name) && !isCastTo(context.model, type, segment.name)) {
    const here = structuresWith(reached, variants.scopes, names);
    if (here.length > 0) return inEach(reached, here, names, shapesAt);
  }
  if (isNotEmpty(rest)) {
    if (isCastTo(context.model, type, segment.name)) return shapesAt(reached, rest);
    const seen = isFirst ? seenAmong(context.model, scope, range, segment.name) : undefined;
    if (seen) return shapesAt({ ...reached, before: [segment], type: seen }, rest);
    const group = isFirst ? groupCast(context, scope, range, segment) : undefined;
    const gone = group && !reached.isElsewhere && aggregatedAway(context, scope, range, names);
    if (gone) throw gone;
    const path = group?.type && pathInGroup(context, group.type, names);
    if (group && path && isNotEmpty(path)) return behindCast(group.cast, shapesAt(reached, path));
    if (group && planAway(context, scope, range, names)) return [{}];
    const cast = castAt(context.model, type, segment.name);
    if (cast) {
      const typed = behind(reached, [segment], castNavigation(cast));
      const shapes = isFirst ? inTypes(reached, typed, rest, shapesAt) : shapesAt(typed, rest);
      return ofType(typed, behindCast(cast, shapes), segment.place);
    }
  }
  const left = isFirst ? navigationLeft(scope, range, segment.name) : undefined;
  const navigation = left ?? type.navigations.get(segment.name);
  if (navigation?.collection) throw isCollection(segment);
  if (navigation)
    return withCasts(navigation.casts, related(behind(reached, [segment], navigation), names, navigation.nullable));
  const property = type.properties.get(segment.name);
  if (property?.source.kind === 'complex') return partShapes(reached, [segment], property, rest);
  if (property?.source.kind === 'dynamic') return [{ group: dynamicGroup(reached, [segment], rest) }];
  if (property ?? (isFirst && hasName(scope, range, segment.name)))
    return withCasts(property?.casts, [{ group: leaf(reached, names, property) }]);
  if (dynamicProperty(type, segment.name)) return [{ group: dynamicGroup(reached, [segment], rest) }];
  if (reached.isElsewhere) return [{}];
  throw noGroup(reached, segment);
}

/** The shapes of groups that are named behind casts. */
const withCasts = (casts: Group['casts'], shapes: readonly Shape[]): readonly Shape[] =>
  casts ? shapes.map(({ group, ...rows }) => (group ? { ...rows, group: { ...group, casts } } : rows)) : shapes;

/** The same behind a cast, be there nearer ones behind it or not. */
const behindCast = (cast: EntityType, shapes: readonly Shape[]): readonly Shape[] =>
  shapes.flatMap((shape) => {
    const isNearer = shape.group?.casts?.every((one) => isOfType(one, cast)) === true;
    return isNearer ? [shape] : withCasts([cast], [shape]);
  });

/** What only the same row of other structures has is absent, as it is where all of them are seen. */
const amongOthers = (reached: Reached, names: Names): Reached =>
  reached.before.length === 0 && planElsewhere(reached.context, reached.scope, reached.range, names)
    ? { ...reached, isElsewhere: true }
    : reached;

/** The error for a name that nothing can be grouped by. */
function noGroup({ context, scope, range, before, type }: Reached, segment: NameSegment): Error {
  const isFirst = before.length === 0;
  const gone = isFirst ? aggregatedAway(context, scope, range, [segment]) : undefined;
  return gone ?? unknownProperty(type, segment, isFirst ? namesOf(scope, range) : undefined);
}

/** The row of another variable, which may be missing, or parts of it. */
function rowShapes(reached: Reached, range: Range, names: Names): readonly Shape[] {
  const { context, scope } = reached;
  const member = membersOf(scope, reached.range).own.get(names[0].name);
  const { own, declared } = membersOf(scope, range);
  const isOwn = member?.kind === 'structure' && member.within !== undefined;
  const inner = { ...reached, ...startAt(context, scope, range) };
  if (own.size > 0 && range.type.item) return valueShapes(inner, names, isOwn);
  if (range.type.item) return memberShapes(reached, valueAt(reached, [names[0]], names[0].place), names);
  const type = member && isComplex(member) ? (declared?.item ? typeOfParts(declared.item) : 'object') : 'entity';
  return related(inner, names, presenceOf(range) ?? false, type);
}

/** A complex value that is a variable, or parts of it, those that the request has added among them. */
function valueShapes(reached: Reached, [{ name, place }, ...rest]: Names, isOwn: boolean): readonly Shape[] {
  const { scope, range } = reached;
  const { whole: of } = membersOf(scope, range);
  const value = of && isLeft(of) ? of : valueAt(reached, [], place);
  if (value.kind === 'null' || value.type.kind !== 'complex') throw new Error(`${name} is no complex value`);
  const chosen = isNotEmpty(rest)
    ? [rest]
    : [...new Set(namesOf(scope, range))].map((part): Names => [{ kind: 'name', name: part, place }]);
  const type = value.type.made ?? value.type;
  const nullable = isNullable(value);
  const whole: Whole = { name, mark: nullable ? value : undefined };
  const shapes = chosen.map((names) =>
    isNotEmpty(rest) ? shapesAt(reached, names) : partOfWhole(reached, names, whole),
  );
  return combined(reached.context, shapes, place).map(({ groups: parts, ...rows }) => {
    const presence = presenceBeside(parts, nullable ? present(value) : undefined);
    return { group: { kind: 'parts', name, parts, type, presence, nullable, dynamic: !isOwn, place }, ...rows };
  });
}

/** A computed value, or a part of it. */
function memberShapes(reached: Reached, value: Bound, names: Names): readonly Shape[] {
  const [segment, ...rest] = names;
  const source = complexSource(value);
  // Null has no parts.
  if (value.kind === 'null') return [{ group: leaf(reached, [segment], undefined) }];
  if (value.type === untyped) return [{ group: dynamicGroup(reached, [segment], rest) }];
  if (!source) return [{ group: leaf(reached, names, undefined) }];
  const { name } = segment;
  const whole = madeProperty({ name, type: value.type, source, nullable: value.nullable, dynamic: true });
  return partShapes(reached, [segment], whole, rest);
}

const typeOfParts = ({ type }: Property): ComplexType | Untyped =>
  type.kind === 'complex' ? (type.made ?? type) : 'entity';

/** A complex value, or a part of one; `names` lead to it. */
function partShapes(
  reached: Reached,
  names: Names,
  property: Property,
  rest: readonly NameSegment[],
): readonly Shape[] {
  const { place } = names.at(-1) ?? names[0];
  if (property.source.kind === 'dynamic') return [{ group: dynamicGroup(reached, names, rest) }];
  const { name, source, dynamic = false, casts } = property;
  if (source.kind !== 'complex') {
    const found = valueAt(reached, [...names, ...rest], place);
    const value = found.kind === 'null' ? nullOf(property.type) : found;
    return [{ group: { kind: 'value', name, value, declared: property, dynamic, casts, place } }];
  }
  const value = valueAt(reached, names, place);
  const nullable = isNullable(value) || (property.nullable && value.kind !== 'object');
  const whole: Whole = { name, mark: nullable ? value : undefined };
  const left = typeOfLeft(source);
  const path = left ? pathInGroup(reached.context, left, rest) : rest;
  const [next, ...further] = path ?? [];
  const all = [...source.properties.keys(), ...(source.navigations?.keys() ?? [])];
  const chosen = !path ? [] : next ? [next] : all.map((name): NameSegment => ({ kind: 'name', name, place }));
  const parts = chosen.map((part) => {
    const navigation = source.navigations?.get(part.name);
    if (navigation)
      return related(behind(reached, [...names, part], navigation), [part, ...further], navigation.nullable);
    const inner = source.properties.get(part.name);
    if (!inner && reached.isElsewhere) return [{}];
    if (!inner)
      throw odataError(
        'UnknownProperty',
        { type: typeName(property.type), name: part.name, hint: didYouMean(part.name, all) },
        placeOf(part.place),
      );
    if (inner.type.kind !== 'collection') return partShapes(reached, [...names, part], inner, further);
    if (next) throw isCollection(part);
    return [{ group: collectionGroup(reached, [...names, part], whole, inner) }];
  });
  return combined(reached.context, parts, place).map(({ groups, ...rows }) => {
    // Its parts alone say whether it is there only where they are all and no column of its own does.
    const isOpen = groups.length < all.length || source.presence !== undefined;
    const presence = presenceBeside(groups, nullable && isOpen ? present(value) : undefined);
    const type = typeOfParts(property);
    const kept = { parts: groups, type, presence, nullable, dynamic, entity: source.entity, casts };
    return { group: { kind: 'parts', name, ...kept, place }, ...rows };
  });
}
