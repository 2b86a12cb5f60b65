/** groupby: rows with the same values of its grouping properties together, once for each level of rollup. Data Aggregation §3.2.3 */
import type { ExpandItem, NameSegment, PathSegment, Place, QueryOptions, Transformation } from '../url/ast';
import { planGroup } from './aggregate';
import { applySequence, grouped, ordered } from './apply';
import type { Applied, Origin } from './apply-state';
import { planConcat, planRollup } from './concat';
import type { PlanContext, Scope } from './context';
import { keysOf, type Group } from './group';
import { addGroups } from './grouping';
import { keptRows } from './kept-rows';
import { isComplex, membersOf, withMembers } from './members';
import { withMergedEntities, type MergedGrouping } from './merged-entities';
import { outerGroups } from './outer-groups';
import type { Bound, OrderKey } from './plan';
import { everyNode, groupsOf, placesIn, planRollupsRecursive, withRolledUp, type RolledUp } from './rollup-recursive';
import { planVariants } from './row-values';

type Groupby = Extract<Transformation, { kind: 'groupby' }>;

/** The rows of one level of rollup, and where nodes stand among those of their hierarchies. */
interface Level {
  readonly seen: Applied;
  readonly places: readonly Bound[];
}

/** The rows of all levels, the finest first. */
export function planGroupby(context: PlanContext, before: Applied, node: Groupby): Applied {
  const recursive = node.grouping.filter((item) => item.kind === 'rolluprecursive');
  const rolled = planRollupsRecursive(context, before, recursive);
  const groupings = planRollup(context, node).flatMap((paths) =>
    withMergedEntities(
      context,
      addGroups(context, rolled.applied.scope, before.groups, paths),
      paths[0]?.place ?? node.place,
    ),
  );
  context.checkStructures(groupings.length, node.place);
  const levels = groupings.map((grouping) => levelOf(context, before, rolled, grouping, node));
  const [only, another] = levels;
  if (only && !another) return inOrder(only.seen, only.places);
  const all = planConcat(
    context,
    before,
    levels.map(({ seen }) => seen),
    node.place,
  );
  return inOrder(all, placesInAll(context, all.scope, levels, node.place));
}

/** Groups the rows of one level, and applies the transformations to each group. */
function levelOf(
  context: PlanContext,
  before: Applied,
  { applied, nodes }: RolledUp,
  grouping: MergedGrouping,
  node: Groupby,
): Level {
  const nodeGroups = nodes.flatMap(groupsOf);
  const { groups: named } = grouping;
  const groups = nodeGroups.length > 0 ? [...named, ...nodeGroups] : named;
  const apart = keysOf([...before.groups, ...nodeGroups]);
  const { rows, seen: withWholes } = keptRows(context, applied.rows, grouping, apart, node);
  const originOf = (): Origin | undefined => {
    // The grand total makes no groups: those around stay, with rows or without. Of nodes there is one for each.
    if (named === before.groups && nodes.length > 0 && node.apply.length > 0) return everyNode(before, nodes);
    return groups === before.groups ? before.origin : { rows, keys: keysOf(groups) };
  };
  const inner: Applied = { ...applied, rows, groups, origin: originOf() };
  const kept = (after: Applied): Applied => ({ ...after, scope: withWholes(applied.scope, after.scope) });
  const result =
    node.apply.length === 0
      ? grouped(context, before, planGroup(context, inner, []))
      : withGroups(before, kept(applySequence(context, inner, node.apply)), named);
  const seen = withRolledUp(context, nodes, result, named);
  const groupsAround = outerGroups(context, seen.scope, before.groups, result.groups);
  return { places: placesIn(nodes, result), seen: { ...seen, groups: groupsAround, origin: before.origin } };
}

/** The rows in the order of places. */
const inOrder = (applied: Applied, places: readonly Bound[]): Applied =>
  ordered(
    applied,
    places.flatMap((expression): readonly OrderKey[] =>
      expression.kind === 'null' ? [] : [{ expression, direction: 'asc' }],
    ),
  );

/** The places of nodes in the rows of all levels. */
function placesInAll(context: PlanContext, scope: Scope, levels: readonly Level[], at: Place): readonly Bound[] {
  const { structures } = membersOf(scope, scope.current);
  if (!structures) throw new Error('Rows of several structures');
  return (levels[0]?.places ?? []).map((_, index) => {
    const each = levels.map(({ places }) => places[index] ?? { kind: 'null' as const });
    return planVariants(context, structures.discriminator, each, at);
  });
}

/** Rows that a groupby keeps as they are have its properties already; related entities it groups by go out with them. */
function withGroups(before: Applied, after: Applied, groups: readonly Group[]): Applied {
  const { current } = before.scope;
  if (after.scope.current !== current) return after;
  const added = groups.flatMap((group) => expandedBy(after.scope, group));
  if (added.length === 0) return after;
  const expanded = merged([...(membersOf(after.scope, current).expanded ?? []), ...added]);
  return { ...after, scope: withMembers(after.scope, current, { expanded }) };
}

/** What several groupings show of one related entity goes out as one. */
const merged = (items: readonly ExpandItem[]): readonly ExpandItem[] => {
  const found = new Map<string, ExpandItem>();
  for (const item of items) {
    const name = item.path.map((segment) => segment.name).join('/');
    const before = found.get(name);
    found.set(name, before ? { ...before, options: together(before.options, item.options) } : item);
  }
  return [...found.values()];
};

/** Without $select all goes out. */
const together = (
  { $select, $expand = [], ...one }: QueryOptions,
  { $select: others, $expand: further = [], ...other }: QueryOptions,
): QueryOptions => ({
  ...one,
  ...other,
  ...($select && others && { $select: [...$select, ...others] }),
  $expand: merged([...$expand, ...further]),
});

const place = { source: '$apply', at: 0 };
const named = (name: string): NameSegment => ({ kind: 'name', name, place });

/** The item of $expand that shows what a group has of a related entity. */
function expandedBy(scope: Scope, group: Group): readonly ExpandItem[] {
  const { current } = scope;
  const member = membersOf(scope, current).own.get(group.name);
  const isRelated = current.type.navigations.has(group.name) || (member?.kind === 'row' && !isComplex(member));
  if (group.kind === 'value' || !isRelated) return [];
  const ways = (group.paths ?? []).map((path) => namesBehind(path.segments.flatMap(nameOf), group.name));
  return [{ path: [named(group.name)], options: group.kind === 'entity' ? {} : optionsOf(group.parts, ways), place }];
}

const nameOf = (segment: PathSegment): readonly string[] => (segment.kind === 'name' ? [segment.name] : []);

/** The rest of a way, where it leads by a name: right away, or behind a cast. */
const namesBehind = (way: readonly string[], name: string): readonly string[] =>
  way[0] === name ? way.slice(1) : way[1] === name ? way.slice(2) : [];

/** `ways` are what the paths of the request have behind the entity: parts of derived types stand behind casts there. */
function optionsOf(parts: readonly Group[], ways: readonly (readonly string[])[]): QueryOptions {
  const inner = parts.filter((part) => part.kind === 'entity' || (part.kind === 'parts' && part.type === 'entity'));
  const own = parts.filter((part) => !inner.includes(part));
  const pathOf = ({ name }: Group): readonly NameSegment[] => {
    const cast = ways.find((way) => way[0] === name) ? undefined : ways.find((way) => way[1] === name)?.[0];
    return [...(cast?.includes('.') ? [named(cast)] : []), named(name)];
  };
  return {
    $select: [...own, ...inner].map((part) => ({ path: pathOf(part), options: {}, place })),
    $expand: inner.map((part) => ({
      path: pathOf(part),
      options:
        part.kind === 'parts'
          ? optionsOf(
              part.parts,
              ways.map((way) => namesBehind(way, part.name)),
            )
          : {},
      place,
    })),
  };
}
