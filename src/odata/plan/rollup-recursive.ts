/** rolluprecursive: rows once for each node that is above theirs, or is it, and that node as what they are grouped by. Data Aggregation §6.3 */
import { edm } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { GroupingItem, NameSegment, Path } from '../url/ast';
import type { Applied, Origin } from './apply-state';
import { equal, isNotNull } from './conditions';
import { withMember } from './compute';
import type { PlanContext, Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { hiddenGroup, isHidden, keysOf, type Group } from './group';
import { withGrouped } from './grouped-entity';
import { inColumns } from './groups-in-columns';
import { inEachStructure } from './derived-node';
import { entityOf, wayOf, withOther, type RowNode, type Told, type Way } from './hierarchy-node';
import { withHeld } from './held-values';
import { joinedWith } from './hierarchy';
import { withPut, type Names } from './injected-node';
import { membersOf, withMembers } from './members';
import type { Hierarchy, Places } from './nodes';
import { rowKeys, totalOrder } from './order';
import { outerGroups } from './outer-groups';
import type { Bound, BoundCollection, Range } from './plan';
import { areMany, eachOf, hierarchyAt, identifiersAt, type Identifiers } from './relatives';
import type { Rows } from './rows';
import { mayRepeat } from './same-rows';
import { oneOfEach } from './merged-rows';
import { boundProperty } from './select';
import { checkAlone, nodesLeft } from './traverse';

const upPathType: EdmType = { kind: 'collection', of: edm('Edm.String') };

type Recursive = Extract<GroupingItem, { kind: 'rolluprecursive' }>;

/** The rows with their nodes. */
export interface RolledUp {
  readonly applied: Applied;
  readonly nodes: readonly RolledUpNode[];
}

/** What rows are grouped by: no client sees it, the node itself goes out in place of what rows have under its name. */
interface RolledUpNode extends Pick<RowNode, 'hierarchy' | 'path' | 'like' | 'way' | 'identifiers'> {
  readonly node: Group;
  /** Which one it is of nodes that come several times, and what is told of that one. */
  readonly place: Group | undefined;
  readonly told: readonly { readonly name: string; readonly value: Group }[];
  readonly places: Below;
  /** All nodes. */
  readonly collection: BoundCollection;
}

export const groupsOf = ({ node, place, told }: RolledUpNode): readonly [Group, ...Group[]] => [
  node,
  ...(place ? [place] : []),
  ...told.map(({ value }) => value),
];

type Below = Extract<Places, { kind: 'below' }>;

/** The rows once for every combination of nodes. */
export const planRollupsRecursive = (context: PlanContext, before: Applied, items: readonly Recursive[]): RolledUp =>
  items.reduce<RolledUp>((rolled, item) => rolledUp(context, rolled, item), { applied: before, nodes: [] });

function rolledUp(context: PlanContext, { applied, nodes }: RolledUp, item: Recursive): RolledUp {
  const { scope } = applied;
  const { current } = scope;
  const { hierarchy, path } = hierarchyAt(context, scope, item.arguments);
  const identifiers = identifiersAt(context, scope, hierarchy, path);
  checkAlone(applied.rows, hierarchy, path);
  const places = placesBelow(context, scope, hierarchy, item);
  const { node, of, place, told } = places;
  const rows = placedBelow(context, applied.rows, places, identifiers, path);
  const { rows: joined, range } = entityOf(context, { ...applied, rows }, { hierarchy, node });
  const { rollupNodes = [] } = nodes.length > 0 ? membersOf(scope, current) : {};
  const seen = withMembers(scope, current, { rollupNodes: [...rollupNodes, range] });
  const isSome = item.apply.length > 0 && !place;
  const way = wayOf(context, scope, hierarchy, path);
  const hidden = (of: Bound): Group => hiddenGroup(context.nextColumn(), of, item.place);
  const known: RolledUpNode = {
    ...{ hierarchy, path, like: scope, way, identifiers, places },
    node: hidden(node),
    place: place && hidden(place),
    told: told.map(({ name, column }) => ({ name, value: hidden(column) })),
    collection: isSome
      ? { ...hierarchy.nodes, made: { of: hierarchy.nodes, rows: of.rows, order: [] } }
      : hierarchy.nodes,
  };
  return { applied: { ...applied, rows: joined, scope: seen }, nodes: [...nodes, known] };
}

/** The rows once for each node above theirs, however many of theirs are below it. */
function placedBelow(context: PlanContext, input: Rows, places: Below, identifiers: Identifiers, path: Path): Rows {
  const { rows, value } = eachOf(context, input, places.hierarchy, identifiers, path.place);
  const placed: Rows = { kind: 'placed', input: rows, places, condition: equal(places.below, value) };
  return areMany(identifiers) ? oneOfEach(placed, [...rowKeys(input), places.place ?? places.node], []) : placed;
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

/** Every node has a group, with rows below it or without, where nothing else is grouped by: in each of the groups around. */
export function everyNode({ origin, rows, groups }: Applied, nodes: readonly RolledUpNode[]): Origin | undefined {
  const around: Origin | undefined = groups.length > 0 ? (origin ?? { rows, keys: keysOf(groups) }) : undefined;
  return nodes.reduce<Origin | undefined>((before, node) => {
    const { hierarchy, places, collection } = node;
    const [, ...further] = groupsOf(node);
    const all: Rows = before ? joinedWith(before.rows, collection) : { kind: 'members', collection };
    const own = boundProperty(hierarchy.nodes.range, hierarchy.definition.node);
    const of: Rows = places.place
      ? {
          kind: 'filter',
          input: { kind: 'placed', input: all, places, condition: equal(places.below, own) },
          condition: equal(places.node, own),
        }
      : { kind: 'filter', input: all, condition: isNotNull({ ...own, nullable: true }) };
    return { rows: of, keys: [...(before?.keys ?? []), own, ...keysOf(further)] };
  }, around);
}

/** What came of the groups, with the nodes in it, in the order that these have. What else rows are grouped by says what it said: it is put into them last. */
export function withRolledUp(
  context: PlanContext,
  nodes: readonly RolledUpNode[],
  result: Applied,
  groups: readonly Group[],
): Applied {
  if (nodes.length === 0) return result;
  const own = outerGroups(context, result.scope, groups, result.groups);
  const leaves = leavesOf(own);
  // A part of what tells the node may be another one; the whole of it leaves nothing of the node.
  const shown = nodes.filter(
    ({ way }) =>
      !leaves.some((names) => isBehind(namesOf(way), names) && (way.isWhole || names.length < way.names.length)),
  );
  const told = shown.reduce<Applied>((before, { node, told, ...of }) => {
    const annotations = told.map(({ name, value }): Told => ({
      kind: 'computed',
      name,
      value: valueIn(result, value),
      typeName: undefined,
    }));
    return withOther(context, before, { ...of, node: valueIn(result, node), annotations });
  }, result);
  // One that a later node has taken the place of is not there any more.
  const ways = shown.map(({ way }) => namesOf(way));
  const seen = ways.filter((way, index) => !ways.slice(index + 1).some((later) => isBehind(way, later)));
  const firsts = new Map(
    shown.flatMap(({ way: { names } }) => names.slice(0, 1)).map((one) => [one.name, one] as const),
  );
  return [...firsts.values()].reduce(
    (before, first) => withHeld(context, before, first),
    withGroups(context, told, seen, own),
  );
}

/** The names that lead to values that rows are grouped by, and to entities. */
const leavesOf = (groups: readonly Group[], before: readonly string[] = []): readonly (readonly string[])[] =>
  groups.flatMap((group) => {
    const names = [...before, group.name];
    if (group.kind === 'parts') return leavesOf(group.parts, names);
    return isHidden(group) ? [] : [names];
  });

const namesOf = ({ names }: Way): readonly string[] => names.map(({ name }) => name);

/** Whether names lead through where others lead to, or end there. */
const isBehind = (names: readonly string[], others: readonly string[]): boolean =>
  others.every((name, index) => names[index] === name);

/** The rows with what they are grouped by within nodes, to which these ways lead, or in place of their identifiers. */
function withGroups(
  context: PlanContext,
  applied: Applied,
  ways: readonly (readonly string[])[],
  groups: readonly Group[],
  before: readonly NameSegment[] = [],
): Applied {
  return groups.reduce<Applied>((rows, group) => {
    const last: NameSegment = { kind: 'name', name: group.name, place: group.place };
    const [first = last, ...further] = [...before, last];
    const names: Names = [first, ...further];
    const texts = names.map(({ name }) => name);
    const isOfType = group.kind === 'parts' && typeof group.type !== 'string';
    const isWithin = ways.some((way) => isBehind(texts, way));
    const isOnTheWay = ways.some((way) => isBehind(way, texts));
    if (group.kind === 'parts' && (isOnTheWay || (isWithin && isOfType)))
      return withGroups(context, rows, ways, group.parts, names);
    return isWithin && !isHidden(group) ? withGroup(context, rows, names, group) : rows;
  }, applied);
}

/** The rows with what a group has by names that lead into a node: in place of all that the node has by the last of them. */
function withGroup(context: PlanContext, { rows, ...applied }: Applied, names: Names, group: Group): Applied {
  const into = (last: Parameters<typeof withPut>[4]['last']): Scope =>
    inEachStructure(applied.scope, (one) => withPut(context, one, one, names, { last }));
  if (group.kind === 'value') {
    const scope = into((one, { name }) => withMember(one, name, { kind: 'value', value: group.value }));
    return { ...applied, rows, scope };
  }
  const { range, columns, all } = inColumns(context, [group]);
  return {
    ...applied,
    rows: { kind: 'told', input: rows, range, columns },
    scope: into((one) => withGrouped(context, one, range, all)),
  };
}

/** The order of places, the first one first. */
export const placesIn = (nodes: readonly RolledUpNode[], result: Applied): readonly Bound[] =>
  nodes.flatMap(({ place }) => (place ? [valueIn(result, place)] : []));

const valueIn = ({ groups }: Applied, wanted: Group): Bound =>
  keysOf(groups.filter(({ name }) => name === wanted.name))[0] ?? { kind: 'null' };
