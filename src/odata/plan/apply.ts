/** $apply: each transformation makes rows of the rows before it. Data Aggregation §3 */
import { unreachable } from '../error';
import type { ExpandItem, NameSegment, QueryOptions, Transformation } from '../url/ast';
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
import { keptRows } from './kept-rows';
import { withMergedEntities } from './merged-entities';
import { planNest } from './nest';
import { isComplex, membersOf, withMembers } from './members';
import { outerGroups } from './outer-groups';
import { planCut, planTopBottom } from './order';
import { planRelatives } from './relatives';
import { addGroupsBeside, everyNode, planRollupsRecursive, withRolledUp } from './rollup-recursive';
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
  return { scope: withGrouped(context, seen, range, members), rows, order: [], groups, origin, joined };
}

/** The type that $apply began with. */
const declaredType = (scope: Scope, range: Range): EntityType => membersOf(scope, range).declared ?? range.type;

function planGroupby(
  context: PlanContext,
  before: Applied,
  node: Extract<Transformation, { kind: 'groupby' }>,
): Applied {
  const recursive = node.grouping.filter((item) => item.kind === 'rolluprecursive');
  const rolled = planRollupsRecursive(context, before, recursive);
  const { applied, nodes } = rolled;
  const levels = planRollup(node);
  const nodeGroups = nodes.flatMap(({ groups }) => groups);
  const groupings = levels.flatMap((paths) =>
    withMergedEntities(
      context,
      addGroupsBeside(context, applied.scope, before.groups, nodeGroups, paths),
      paths[0]?.place ?? node.place,
    ),
  );
  checkNumber(groupings.length, node.place);
  if (groupings.length > 1 && nodes.some(({ places }) => places.place))
    throw notImplemented('traverse within rolluprecursive beside rollup', node.place);
  const results = groupings.map((grouping) => {
    const { groups: named } = grouping;
    const groups = withNodes(named, nodeGroups);
    const { rows, seen: withWholes } = keptRows(context, applied.rows, grouping, keysOf(nodeGroups), node);
    const isTotal = named === before.groups;
    // The grand total makes no groups: those around stay, with rows or without. Of nodes there is one for each.
    const isOfNodes = isTotal && nodes.length > 0 && node.apply.length > 0;
    const origin = isOfNodes
      ? everyNode(before, nodes)
      : groups === before.groups
        ? before.origin
        : { rows, keys: keysOf(groups) };
    const inner: Applied = { ...applied, rows, groups, origin };
    const kept = (after: Applied): Applied => ({ ...after, scope: withWholes(applied.scope, after.scope) });
    const result =
      node.apply.length === 0
        ? grouped(context, before, planGroup(context, inner, []))
        : withGroups(before, kept(applySequence(context, inner, node.apply)), named.length);
    const seen = withRolledUp(context, rolled, result);
    return {
      ...seen,
      groups: outerGroups(context, seen.scope, before.groups, result.groups),
      origin: before.origin,
    };
  });
  const [only] = results;
  return results.length === 1 && only ? only : planConcat(context, before, results, node.place);
}

/** The groups with nodes among them, which take the place of what rows have under their names. */
function withNodes(groups: readonly Group[], nodes: readonly Group[]): readonly Group[] {
  if (nodes.length === 0) return groups;
  const all = [...groups, ...nodes];
  const twice = all.find(({ name }, index) => all.findIndex((other) => other.name === name) < index);
  if (twice) throw notImplemented(`Grouping by several parts of '${twice.name}' with rolluprecursive`, twice.place);
  return all;
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
  const member = membersOf(scope, current).own.get(group.name);
  const isRelated = current.type.navigations.has(group.name) || (member?.kind === 'row' && !isComplex(member));
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
