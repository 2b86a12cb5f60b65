/** rolluprecursive: rows once for each node that is above theirs, or is it, and that node as what they are grouped by. Data Aggregation §6.3 */
import { edm } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { GroupingItem, NameSegment, Path, Place } from '../url/ast';
import type { Applied, Origin } from './apply-state';
import { equal, isNotNull } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { hiddenGroup, keysOf, type Group } from './group';
import { addGroups } from './grouping';
import { entityOf, relationOf, withOther, type RowNode } from './hierarchy-node';
import { joinedWith } from './hierarchy';
import { membersOf, withMembers } from './members';
import type { Hierarchy, Places } from './nodes';
import { totalOrder } from './order';
import type { Bound, BoundCollection, BoundProperty, Range } from './plan';
import { hierarchyAt, identifiersAt } from './relatives';
import type { Rows } from './rows';
import { mayRepeat } from './same-rows';
import { boundProperty } from './select';
import type { Grouping } from './shapes';
import { checkAlone, nodesLeft } from './traverse';

const upPathType: EdmType = { kind: 'collection', of: edm('Edm.String') };

type Recursive = Extract<GroupingItem, { kind: 'rolluprecursive' }>;

/** The rows with their nodes. */
export interface RolledUp {
  readonly applied: Applied;
  readonly nodes: readonly RolledUpNode[];
}

interface RolledUpNode extends RowNode {
  /** The node among what rows are grouped by, and what else tells nodes apart, which no client sees. */
  readonly groups: readonly [Group, ...Group[]];
  readonly places: Below;
  /** All nodes, and the values that tell them apart. */
  readonly collection: BoundCollection;
  readonly keys: readonly Bound[];
}

type Below = Extract<Places, { kind: 'below' }>;

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
  const places = placesBelow(context, scope, hierarchy, item);
  const { node, of } = places;
  const rows: Rows = { kind: 'placed', input: applied.rows, places, condition: equal(places.below, value) };
  const { rows: joined, range } = entityOf(context, { ...applied, rows }, { hierarchy, node });
  const { rollupNodes = [] } = nodes.length > 0 ? membersOf(scope, current) : {};
  const seen = withMembers(scope, current, { rollupNodes: [...rollupNodes, range] });
  const all = hierarchy.nodes.range;
  const own = boundProperty(all, hierarchy.definition.node);
  const isSome = item.apply.length > 0 && !places.place;
  const hidden = hiddenGroups(context, places, item.place);
  const known: RolledUpNode = {
    ...{ hierarchy, path, node, places },
    annotations: places.told.map(({ column, name }) => ({
      kind: 'computed',
      name,
      value: column,
      typeName: undefined,
    })),
    groups: [groupOf(context, applied, hierarchy, path, range, node), ...hidden],
    collection: isSome
      ? { ...hierarchy.nodes, made: { of: hierarchy.nodes, rows: of.rows, order: [] } }
      : hierarchy.nodes,
    keys: keysOf([groupOf(context, applied, hierarchy, path, all, own), ...hidden]),
  };
  return { applied: { ...applied, rows: joined, scope: seen }, nodes: [...nodes, known] };
}

/** The pairs of nodes that a sequence leaves and those below them. A walk has an order, may come to a node several times, and tells the nodes above. */
function placesBelow(context: PlanContext, scope: Scope, hierarchy: Hierarchy, { apply }: Recursive): Below {
  const base: Rows = { kind: 'base', range: hierarchy.nodes.range };
  const of = apply.length > 0 ? nodesLeft(context, scope, hierarchy, apply) : undefined;
  const { annotations = [] } = of ? membersOf(of.scope, hierarchy.nodes.range) : {};
  const columns: Property[] = [];
  const column = (name: string, type: EdmType): Property => {
    const property = columnProperty({ name, column: context.nextColumn(), type, nullable: false, dynamic: true });
    columns.push(property);
    return property;
  };
  const node = column('node', hierarchy.definition.node.type);
  const below = column('below', hierarchy.definition.node.type);
  const isPlaced = of && (apply.at(-1)?.kind === 'traverse' || mayRepeat(of.rows));
  const place = isPlaced ? column('place', edm('Edm.Int64')) : undefined;
  const upPaths = annotations.flatMap((one) =>
    one.kind === 'computed' ? [{ ...one, path: column(one.name, upPathType) }] : [],
  );
  const range: Range = { type: derivedType({ name: hierarchy.definition.qualifier, properties: columns }), name: '' };
  return {
    kind: 'below',
    hierarchy,
    of: of ? { rows: of.rows, order: totalOrder(of.rows, of.order) } : { rows: base, order: [] },
    node: boundProperty(range, node),
    below: boundProperty(range, below),
    place: place && boundProperty(range, place),
    told: upPaths.map(({ name, value, path }) => ({ name, value, column: boundProperty(range, path) })),
  };
}

/** Nodes that come several times have groups of their own each. Their places and annotations are known of the groups, and of whom they are. */
function hiddenGroups(context: PlanContext, { node, place, told }: Below, at: Place): readonly Group[] {
  if (!place) return [];
  const values = [place, ...(told.length > 0 ? [node, ...told.map(({ column }) => column)] : [])];
  return values.map((value) => hiddenGroup(context.nextColumn(), value, at));
}

function checkOffered({ scope }: Applied, { arguments: [, , path], place }: Recursive, isMany: boolean): void {
  if (isMany)
    throw notImplemented('rolluprecursive of rows that are related to several nodes each', path?.place ?? place);
  if (membersOf(scope, scope.current).structures)
    throw notImplemented('rolluprecursive of rows of several structures', place);
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
  return { ...withNodeIn(group, typeof relation === 'string' ? [] : relation, range, node), isNode: true };
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

/** The whole of the node where the names end, whatever rows have there; its identifier where there are none. Data Aggregation §6.2.2 */
function withNodeIn(group: Group, names: readonly NameSegment[], range: Range, node: BoundProperty): Group {
  const { name, place, paths } = group;
  const [first, ...further] = names;
  if (first && further.length === 0) {
    const target = group.kind === 'entity' ? group.target : range.type;
    const key = target.key.map((property) => ({ property, value: boundProperty(range, property) }));
    const told = { name, place, ...(paths && { paths }) };
    return { kind: 'entity', ...told, target, key, added: [], made: new Map(), isUneven: false, nullable: false };
  }
  if (group.kind === 'value') return { ...group, value: node };
  if (group.kind === 'entity') throw new Error('The node is a part of the entity');
  const parts = group.parts.map((part) => withNodeIn(part, further, range, node));
  return { ...group, parts, presence: undefined, nullable: false };
}

/** Every node has a group, with rows below it or without, where nothing else is grouped by: in each of the groups around. */
export function everyNode({ origin, rows, groups }: Applied, nodes: readonly RolledUpNode[]): Origin | undefined {
  const around: Origin | undefined = groups.length > 0 ? (origin ?? { rows, keys: keysOf(groups) }) : undefined;
  return nodes.reduce<Origin | undefined>((before, { hierarchy, places, collection, keys }) => {
    const all: Rows = before ? joinedWith(before.rows, collection) : { kind: 'members', collection };
    const own = boundProperty(hierarchy.nodes.range, hierarchy.definition.node);
    const of: Rows = places.place
      ? {
          kind: 'filter',
          input: { kind: 'placed', input: all, places, condition: equal(places.below, own) },
          condition: equal(places.node, own),
        }
      : { kind: 'filter', input: all, condition: isNotNull({ ...own, nullable: true }) };
    return { rows: of, keys: [...(before?.keys ?? []), ...keys] };
  }, around);
}

/** What came of the groups, with the nodes in it, in the order that these have. */
export function withRolledUp(context: PlanContext, { applied, nodes }: RolledUp, result: Applied): Applied {
  const kept = applied.scope.current;
  return nodes.reduceRight<Applied>((before, node) => {
    const [, place, own, ...told] = node.groups.map(({ name }) => valueNamed(result.groups, name));
    const annotations = node.annotations.map((one, index) => ({ ...one, value: told[index] ?? one.value }));
    const after = withOther(context, before, { ...node, node: own ?? node.node, annotations }, kept);
    const isPlaced = place && place.kind !== 'null';
    return isPlaced ? { ...after, order: [{ expression: place, direction: 'asc' }, ...after.order] } : after;
  }, result);
}

const valueNamed = (groups: readonly Group[], wanted: string): Bound | undefined =>
  keysOf(groups.filter(({ name }) => name === wanted))[0];
