/** rolluprecursive: rows once for each node that is above theirs, or is it, and that node as what they are grouped by. Data Aggregation §6.3 */
import type { GroupingItem, Path, Transformation } from '../url/ast';
import type { Applied, Origin } from './apply-state';
import { isNotNull } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { hiddenGroup, keysOf, type Group } from './group';
import { addGroups } from './grouping';
import { entityOf, relationOf, withOther, type RowNode } from './hierarchy-node';
import { joinedWith } from './hierarchy';
import { membersOf, withMembers } from './members';
import type { Hierarchy } from './nodes';
import type { Bound, BoundCollection, BoundProperty, Range } from './plan';
import { hierarchyAt, identifiersAt } from './relatives';
import type { Rows } from './rows';
import { boundProperty } from './select';
import type { Grouping } from './shapes';
import { checkAlone, nodesLeft } from './traverse';

type Recursive = Extract<GroupingItem, { kind: 'rolluprecursive' }>;

/** The rows with their nodes. */
export interface RolledUp {
  readonly applied: Applied;
  readonly nodes: readonly RolledUpNode[];
}

interface RolledUpNode extends RowNode {
  /** The node among what rows are grouped by. */
  readonly group: Group;
  /** All nodes, and the values that tell them apart. */
  readonly collection: BoundCollection;
  readonly keys: readonly Bound[];
}

/** The rows once for every combination of nodes. */
export const planRollupsRecursive = (context: PlanContext, before: Applied, items: readonly Recursive[]): RolledUp =>
  items.reduce<RolledUp>((rolled, item) => rolledUp(context, rolled, item), { applied: before, nodes: [] });

function rolledUp(context: PlanContext, { applied, nodes }: RolledUp, item: Recursive): RolledUp {
  const { scope } = applied;
  const { current } = scope;
  const { hierarchy, path } = hierarchyAt(context, scope, item.arguments);
  const { through, value } = identifiersAt(context, scope, hierarchy, path);
  checkAlone(applied.rows, hierarchy, path);
  checkOffered(applied, item, through.length > 0);
  const of = item.apply.length > 0 ? nodesLeft(context, scope, hierarchy, item.apply).rows : undefined;
  const node = nodeColumn(context, hierarchy);
  const base: Rows = { kind: 'base', range: hierarchy.nodes.range };
  const rows: Rows = {
    kind: 'placed',
    input: applied.rows,
    value,
    places: { kind: 'below', hierarchy, of: of ?? base, node },
  };
  const { rows: joined, range } = entityOf(context, { ...applied, rows }, { hierarchy, path, node });
  const { rollupNodes = [] } = nodes.length > 0 ? membersOf(scope, current) : {};
  const seen = withMembers(scope, current, { rollupNodes: [...rollupNodes, range] });
  const all = hierarchy.nodes.range;
  const own = boundProperty(all, hierarchy.definition.node);
  const known: RolledUpNode = {
    ...{ hierarchy, path, node },
    group: groupOf(context, applied, hierarchy, path, range, node),
    collection: of ? { ...hierarchy.nodes, made: { of: hierarchy.nodes, rows: of, order: [] } } : hierarchy.nodes,
    keys: keysOf([groupOf(context, applied, hierarchy, path, all, own)]),
  };
  return { applied: { ...applied, rows: joined, scope: seen }, nodes: [...nodes, known] };
}

function checkOffered({ scope }: Applied, { apply, arguments: [, , path], place }: Recursive, isMany: boolean): void {
  if (isMany)
    throw notImplemented('rolluprecursive of rows that are related to several nodes each', path?.place ?? place);
  if (membersOf(scope, scope.current).structures)
    throw notImplemented('rolluprecursive of rows of several structures', place);
  if (apply.some(walks)) throw notImplemented('traverse within rolluprecursive', place);
}

const walks = (node: Transformation): boolean =>
  node.kind === 'traverse' ||
  (node.kind === 'ancestors' || node.kind === 'descendants' ? node.apply.some(walks) : false);

function nodeColumn(context: PlanContext, { definition }: Hierarchy): BoundProperty {
  const { type } = definition.node;
  const node = columnProperty({ name: 'node', column: context.nextColumn(), type, nullable: false, dynamic: true });
  return boundProperty({ type: derivedType({ name: definition.qualifier, properties: [node] }), name: '' }, node);
}

/** What the path leads to as a group: the node in place of what the row has there. */
function groupOf(
  context: PlanContext,
  { scope }: Applied,
  hierarchy: Hierarchy,
  path: Path,
  range: Range,
  node: BoundProperty,
): Group {
  const relation = relationOf(context, scope, hierarchy, path);
  const led = typeof relation === 'string' ? path : { ...path, segments: path.segments.slice(0, -1) };
  const [group] = addGroups(context, scope, [], [led])[0]?.groups ?? [];
  if (!group) throw new Error('A path is grouped by');
  return { ...withNodeIn(group, range, node), isNode: true };
}

/**
 * Adds paths to the groups before them, those of nodes aside: a node takes the place of what rows have under its name, so that what else is
 * grouped by there tells groups apart, and no client sees it.
 */
export function addGroupsBeside(
  context: PlanContext,
  scope: Scope,
  groups: readonly Group[],
  nodes: readonly Group[],
  paths: readonly Path[],
): readonly Grouping[] {
  const names = [...groups.filter(({ isNode }) => isNode), ...nodes].map(({ name }) => name);
  const isCovered = ({ segments: [first] }: Path): boolean => first?.kind === 'name' && names.includes(first.name);
  const covered = paths.filter(isCovered);
  const [first] = covered;
  if (!first) return addGroups(context, scope, groups, paths);
  const [found, another] = addGroups(context, scope, [], covered);
  if (!found || another)
    throw notImplemented('Groups of rows of several structures by what leads to a node', first.place);
  const hidden = keysOf(found.groups).map((value) => hiddenGroup(context.nextColumn(), value, first.place));
  const others = paths.filter((path) => !isCovered(path));
  return addGroups(context, scope, [...groups, ...hidden], others);
}

function withNodeIn(group: Group, range: Range, node: BoundProperty): Group {
  switch (group.kind) {
    case 'value':
      return { ...group, value: node };
    case 'entity': {
      const key = group.key.map(({ property }) => ({ property, value: boundProperty(range, property) }));
      return { ...group, key, added: [], nullable: false };
    }
    case 'parts': {
      const parts = group.parts.map((part) => withNodeIn(part, range, node));
      return { ...group, parts, presence: undefined, nullable: false };
    }
  }
}

/** Every node has a group, with rows below it or without, where nothing else is grouped by: in each of the groups around. */
export function everyNode({ origin, rows, groups }: Applied, nodes: readonly RolledUpNode[]): Origin | undefined {
  const around: Origin | undefined = groups.length > 0 ? (origin ?? { rows, keys: keysOf(groups) }) : undefined;
  return nodes.reduce<Origin | undefined>((before, { hierarchy, collection, keys }) => {
    const all: Rows = before ? joinedWith(before.rows, collection) : { kind: 'members', collection };
    const isNode = isNotNull(boundProperty(hierarchy.nodes.range, { ...hierarchy.definition.node, nullable: true }));
    return { rows: { kind: 'filter', input: all, condition: isNode }, keys: [...(before?.keys ?? []), ...keys] };
  }, around);
}

/** What came of the groups, with the nodes in it. `rolled` are the rows that were grouped. */
export function withRolledUp(context: PlanContext, { applied, nodes }: RolledUp, result: Applied): Applied {
  return nodes.reduce((before, node) => withOther(context, before, node, applied.scope.current), result);
}
