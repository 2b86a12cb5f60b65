/** $apply: each transformation makes rows of the rows before it. Data Aggregation §3 */
import { unreachable } from '../error';
import type { ExpandItem, NameSegment, Place, QueryOptions, Transformation } from '../url/ast';
import { planAddnested } from './added';
import { planGroup } from './aggregate';
import type { Applied } from './apply-state';
import { planComputed } from './compute';
import { planConcat, planRollup } from './concat';
import { notImplemented, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { keysOf, type Group } from './group';
import { withGrouped } from './grouped-entity';
import { planJoin } from './join';
import { rowsOf, withMergedEntities } from './merged-entities';
import { planNest } from './nest';
import { membersOf, withMembers } from './members';
import { outerGroups } from './outer-groups';
import { planCut, planTopBottom } from './order';
import { planRelatives } from './relatives';
import { addGroupsBeside, everyNode, groupsOf, placesIn, planRollupsRecursive, withRolledUp } from './rollup-recursive';
import { planVariants } from './row-values';
import { planSearch } from './search';
import { checkNumber } from './size';
import { planTraverse } from './traverse';
import type { EntityType } from '../model/model';
import type { Bound, OrderKey, Range } from './plan';
import type { Rows } from './rows';
import { orderKeys } from './collection';

/** Applies a sequence to rows. `scope` speaks of a row. */
export function planApply(
  context: PlanContext,
  scope: Scope,
  rows: Rows,
  sequence: readonly Transformation[],
): Applied {
  return applySequence(context, { scope, rows, order: [], groups: [] }, sequence);
}

/** Applies a sequence to what was made so far. */
export const applySequence = (context: PlanContext, applied: Applied, sequence: readonly Transformation[]): Applied =>
  sequence.reduce((before, transformation) => apply(context, before, transformation), applied);

function apply(context: PlanContext, before: Applied, node: Transformation): Applied {
  context.countTransformation(node.place);
  const these = before.isAlone ? undefined : { rows: before.rows, groups: before.groups };
  const scope: Scope = { ...before.scope, these };
  switch (node.kind) {
    case 'identity':
      return before;
    case 'filter':
      return filtered(before, planCondition(context, scope, node.predicate, 'filter'));
    case 'search':
      return filtered(before, planSearch(context, scope, node.search));
    case 'orderby':
      return ordered(
        before,
        node.items.flatMap((item) => orderKeys(context, scope, item)),
      );
    case 'top':
    case 'skip':
      return planCut(context, before, node.kind, node.count);
    case 'topcount':
    case 'topsum':
    case 'toppercent':
    case 'bottomcount':
    case 'bottomsum':
    case 'bottompercent':
      return planTopBottom(context, { ...before, scope }, node);
    case 'compute':
      return { ...before, scope: planComputed(context, scope, node.items) };
    case 'aggregate':
      return grouped(context, before, planGroup(context, { ...before, scope }, node.items));
    case 'groupby':
      return planGroupby(context, before, node);
    case 'concat':
      return planConcat(
        context,
        before,
        node.sequences.map((sequence) => applySequence(context, before, sequence)),
        node.place,
      );
    case 'join':
    case 'outerjoin':
      return planJoin(context, before, node);
    case 'addnested':
      return planAddnested(context, before, node);
    case 'nest':
      return planNest(context, before, node);
    case 'ancestors':
    case 'descendants':
      return planRelatives(context, { ...before, scope }, node);
    case 'traverse':
      return planTraverse(context, { ...before, scope }, node);
    case 'function':
      throw notImplemented(`The function ${node.name} as a transformation`, node.place);
    default:
      return unreachable(node);
  }
}

const filtered = (before: Applied, condition: Bound): Applied => ({
  ...before,
  rows: { kind: 'filter', input: before.rows, condition },
});

/** A later order comes first. */
const ordered = (before: Applied, keys: readonly OrderKey[]): Applied => ({
  ...before,
  order: [...keys, ...before.order],
});

/** What is left of the rows: the groups and the aggregated values. */
function grouped(
  context: PlanContext,
  { scope, origin, joined }: Applied,
  { rows, groups, members }: ReturnType<typeof planGroup>,
): Applied {
  const { range } = rows;
  const declared = declaredType(scope, scope.current);
  const current: Scope = { ...scope, current: range, it: scope.it === scope.current ? range : scope.it };
  const seen = withMembers(current, range, { declared });
  return { scope: withGrouped(context, seen, members), rows, order: [], groups, origin, joined };
}

/** The type that $apply began with. */
const declaredType = (scope: Scope, range: Range): EntityType => membersOf(scope, range).declared ?? range.type;

function planGroupby(
  context: PlanContext,
  before: Applied,
  node: Extract<Transformation, { kind: 'groupby' }>,
): Applied {
  const recursive = node.grouping.filter((item) => item.kind === 'rolluprecursive');
  const { applied, nodes } = planRollupsRecursive(context, before, recursive);
  const levels = planRollup(node);
  const nodeGroups = nodes.flatMap(groupsOf);
  const groupings = levels.flatMap((paths) =>
    withMergedEntities(
      context,
      addGroupsBeside(context, applied.scope, before.groups, nodeGroups, paths),
      paths[0]?.place ?? node.place,
    ),
  );
  checkNumber(groupings.length, node.place);
  const results = groupings.map((grouping) => {
    const { groups: named } = grouping;
    if (grouping.isOfSeveral) checkAggregating(node);
    const groups = withNodes(named, nodeGroups);
    const rows = rowsOf(grouping, applied.rows, keysOf(nodeGroups));
    const isTotal = named === before.groups;
    // The grand total makes no groups: those around stay, with rows or without. Of nodes there is one for each.
    const isOfNodes = isTotal && nodes.length > 0 && node.apply.length > 0;
    const origin = isOfNodes
      ? everyNode(before, nodes)
      : groups === before.groups
        ? before.origin
        : { rows, keys: keysOf(groups) };
    const inner: Applied = { ...applied, rows, groups, origin };
    const result =
      node.apply.length === 0
        ? grouped(context, before, planGroup(context, inner, []))
        : withGroups(before, applySequence(context, inner, node.apply), named.length);
    const seen = withRolledUp(context, nodes, result);
    const groupsAround = outerGroups(context, seen.scope, before.groups, result.groups);
    return { places: placesIn(nodes, result), seen: { ...seen, groups: groupsAround, origin: before.origin } };
  });
  const [only, another] = results;
  if (only && !another) return ordered(only.seen, inOrder(only.places));
  const all = planConcat(
    context,
    before,
    results.map(({ seen }) => seen),
    node.place,
  );
  return ordered(
    all,
    inOrder(
      ofStructures(
        context,
        all.scope,
        results.map(({ places }) => places),
        node.place,
      ),
    ),
  );
}

/** Refuses transformations that see or keep rows of which each has only some of the names of its group. */
function checkAggregating({ apply: sequence, place: at }: Extract<Transformation, { kind: 'groupby' }>): void {
  if (sequence.length > 0 && !isAggregating(sequence))
    throw notImplemented(
      'Grouping by the whole of an entity to which rows added different names, and keeping the rows,',
      at,
    );
}

/** Whether nothing is left of the rows. */
const isAggregating = (sequence: readonly Transformation[]): boolean =>
  !sequence.some(({ kind }) => kind === 'groupby') &&
  sequence.some(
    (one) =>
      one.kind === 'aggregate' || one.kind === 'nest' || (one.kind === 'concat' && one.sequences.every(isAggregating)),
  );

/** The groups with nodes among them. What the groupby around has under the name of a node would be told of that. */
function withNodes(groups: readonly Group[], nodes: readonly Group[]): readonly Group[] {
  const twice = nodes.find(({ nodeOf }) => groups.some(({ name }) => name === nodeOf));
  if (twice) throw notImplemented(`Grouping by several parts of '${twice.nodeOf}' with rolluprecursive`, twice.place);
  return nodes.length > 0 ? [...groups, ...nodes] : groups;
}

/** In the order of places. */
const inOrder = (places: readonly Bound[]): readonly OrderKey[] =>
  places.flatMap((expression) => (expression.kind === 'null' ? [] : [{ expression, direction: 'asc' }]));

/** The places of nodes in rows of several structures. */
function ofStructures(
  context: PlanContext,
  scope: Scope,
  places: readonly (readonly Bound[])[],
  at: Place,
): readonly Bound[] {
  const { structures } = membersOf(scope, scope.current);
  if (!structures) throw new Error('Rows of several structures');
  return (places[0] ?? []).map((_, index) =>
    planVariants(
      context,
      structures.discriminator,
      places.map((one) => one[index] ?? { kind: 'null' }),
      at,
    ),
  );
}

/** Rows that a groupby keeps as they are have its properties already; related entities it groups by go out with them. */
function withGroups(before: Applied, after: Applied, count: number): Applied {
  const { current } = before.scope;
  if (after.scope.current !== current) return after;
  const added = after.groups.slice(before.groups.length, count).flatMap((group) => expandedBy(after.scope, group));
  if (added.length === 0) return after;
  const expanded = [...(membersOf(after.scope, current).expanded ?? []), ...added];
  return { ...after, scope: withMembers(after.scope, current, { expanded }) };
}

const place = { source: '$apply', at: 0 };
const named = (name: string): NameSegment => ({ kind: 'name', name, place });

/** The item of $expand that shows what a group has of a related entity. */
function expandedBy(scope: Scope, group: Group): readonly ExpandItem[] {
  const { current } = scope;
  const isRelated =
    current.type.navigations.has(group.name) || membersOf(scope, current).own.get(group.name)?.kind === 'row';
  if (group.kind === 'value' || !isRelated) return [];
  return [{ path: [named(group.name)], options: group.kind === 'entity' ? {} : optionsOf(group.parts), place }];
}

function optionsOf(parts: readonly Group[]): QueryOptions {
  const inner = parts.filter((part) => part.kind === 'entity' || (part.kind === 'parts' && part.type === 'entity'));
  const own = parts.filter((part) => !inner.includes(part));
  return {
    $select: [...own, ...inner].map(({ name }) => ({ path: [named(name)], options: {}, place })),
    $expand: inner.map((part) => ({
      path: [named(part.name)],
      options: part.kind === 'parts' ? optionsOf(part.parts) : {},
      place,
    })),
  };
}
