/** traverse: the rows in the order of a walk through the hierarchy that their nodes are of. Data Aggregation §6.2.2 */
import { odataError } from '../error';
import { edm, untyped } from '../model/edm';
import type { DerivedName, EdmType, Property, RecursiveHierarchy } from '../model/model';
import type { Path, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { applySequence } from './apply';
import { orderKeys } from './collection';
import { both, equal } from './conditions';
import { placeOf, startScope, type PlanContext, type Scope } from './context';
import type { Derived } from './derived-node';
import { columnProperty, derivedType } from './derived-type';
import { wayOf, withNode, type Told } from './hierarchy-node';
import { mentions } from './mentions';
import type { Hierarchy, Places } from './nodes';
import { totalOrder } from './order';
import type { BoundProperty, Range } from './plan';
import {
  anyOfEach,
  areMany,
  checkSubset,
  hierarchyAt,
  identifiersAt,
  withDrillState,
  type NodesOfRows,
} from './relatives';
import { rangesOf, type Rows } from './rows';
import { boundProperty } from './select';

/** Each row once for every place of its node, in the order of the places. */
export function planTraverse(
  context: PlanContext,
  before: Applied,
  node: Extract<Transformation, { kind: 'traverse' }>,
): Applied {
  const { hierarchy, path } = hierarchyAt(context, before.scope, node.arguments);
  const identifiers = identifiersAt(context, before.scope, hierarchy, path);
  checkAlone(before.rows, hierarchy, path);
  const base = { kind: 'base', range: hierarchy.nodes.range } as const;
  const scope = nodeScope(before.scope, hierarchy);
  const order = node.orderby.flatMap((item) => orderKeys(context, scope, item));
  const starts = node.apply.length > 0 ? nodesLeft(context, before.scope, hierarchy, node.apply) : undefined;
  const of = { hierarchy, path, identifiers };
  const placed = atPlaces(context, before, of, {
    kind: 'walk',
    hierarchy,
    starts: starts && { rows: starts.rows, order: totalOrder(starts.rows, [...order, ...starts.order]) },
    siblings: totalOrder(base, order),
    order: node.order,
    ...placeColumns(context, hierarchy),
  });
  return withDrillState(context, placed, of);
}

/** Rows by the places of their nodes, which go out with them. `derived` is what the places tell of nodes. */
export function atPlaces(
  context: PlanContext,
  before: Applied,
  { hierarchy, path, identifiers }: NodesOfRows,
  places: Exclude<Places, { kind: 'below' }>,
  derived?: Derived,
): Applied {
  const isNode = equal(places.node, identifiers.value);
  const part = places.kind === 'levels' ? places.part : undefined;
  const placed: Applied = {
    ...before,
    rows: {
      kind: 'placed',
      input: before.rows,
      condition: anyOfEach(identifiers, part ? both(isNode, equal(part.column, part.value)) : isNode),
      places,
    },
    order: [{ expression: places.place, direction: 'asc' }, ...before.order],
  };
  if (before.isOfStarts && areMany(identifiers)) return placed;
  const { parents, qualifier } = hierarchy.definition;
  const isTold = parents.collection || (places.kind === 'walk' && places.starts !== undefined);
  const name = `@Aggregation.UpPath#${qualifier}`;
  const upPath: Told = { kind: 'computed', name, value: places.path, typeName: undefined };
  const way = wayOf(context, before.scope, hierarchy, path);
  const of = { hierarchy, path, way, like: before.scope, identifiers, node: places.node, derived };
  return withNode(context, placed, { ...of, annotations: isTold ? [upPath] : [] });
}

/** Refuses nodes that are others for each row. */
export function checkAlone(rows: Rows, { nodes: { filter } }: Hierarchy, { place }: Path): void {
  if (filter && rangesOf(rows).some((range) => mentions(filter, range)))
    throw odataError('TypeMismatch', { message: 'The nodes of a hierarchy must not depend on a row.' }, placeOf(place));
}

/** The scope that speaks of a node. */
const nodeScope = ({ options }: Scope, { nodes }: Hierarchy): Scope => startScope(nodes.range, options);

/** What a sequence leaves of the nodes. */
export function nodesLeft(
  context: PlanContext,
  scope: Scope,
  hierarchy: Hierarchy,
  sequence: readonly Transformation[],
): Applied {
  checkSubset(sequence);
  const { nodes } = hierarchy;
  const base = { kind: 'base', range: nodes.range } as const;
  return applySequence(
    context,
    { scope: nodeScope(scope, hierarchy), rows: base, order: [], groups: [], joined: nodes, isOfStarts: true },
    sequence,
  );
}

/** The columns of places: of a node, of its place, of the nodes above it, of the group that they are of where that is told, and of what is derived. */
export function placeColumns(
  context: PlanContext,
  { definition }: Hierarchy,
  told: RecursiveHierarchy['derived'] = new Map(),
  isOfGroups = false,
): {
  readonly node: BoundProperty;
  readonly place: BoundProperty;
  readonly path: BoundProperty;
  readonly part: BoundProperty | undefined;
  readonly derived: ReadonlyMap<DerivedName, BoundProperty>;
} {
  const property = (name: string, type: EdmType): Property =>
    columnProperty({ name, column: context.nextColumn(), type, nullable: false, dynamic: true });
  const [node, place, path] = [
    property('node', definition.node.type),
    property('place', edm('Edm.Int64')),
    property('path', { kind: 'collection', of: edm('Edm.String') }),
  ];
  const part = isOfGroups ? property('part', untyped) : undefined;
  const derived = [...told].map(([term, { type }]) => [term, property(term, type)] as const);
  const properties = [node, place, path, ...(part ? [part] : []), ...derived.map(([, one]) => one)];
  const range: Range = { type: derivedType({ name: definition.qualifier, properties }), name: '' };
  const bound = (one: Property): BoundProperty => boundProperty(range, one);
  const columns = { node: bound(node), place: bound(place), path: bound(path), part: part && bound(part) };
  return { ...columns, derived: new Map(derived.map(([term, one]) => [term, bound(one)] as const)) };
}
