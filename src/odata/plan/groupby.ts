/** groupby: rows with the same values of its grouping properties together, once for each level of rollup. Data Aggregation §3.2.3 */
import type { Place, Transformation } from '../url/ast';
import { planGroup } from './aggregate';
import { applySequence, grouped, ordered } from './apply';
import type { Applied, Origin } from './apply-state';
import { planConcat, planRollup } from './concat';
import type { PlanContext, Scope } from './context';
import { keysOf } from './group';
import { addGroups } from './grouping';
import { keptRows } from './kept-rows';
import { membersOf } from './members';
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
      : kept(applySequence(context, inner, node.apply));
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
