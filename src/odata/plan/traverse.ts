/** traverse: the rows in the order of a walk through the hierarchy that their nodes are of. Data Aggregation §6.2.2 */
import { odataError } from '../error';
import { edm } from '../model/edm';
import type { Path, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { applySequence } from './apply';
import { orderKeys } from './collection';
import { equal } from './conditions';
import { placeOf, startScope, type PlanContext, type Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { wayOf, withNode, type Told } from './hierarchy-node';
import { mentions } from './mentions';
import type { Hierarchy } from './nodes';
import { totalOrder } from './order';
import type { BoundProperty, Range } from './plan';
import { anyOfEach, areMany, checkSubset, hierarchyAt, identifiersAt } from './relatives';
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
  const columns = placeColumns(context, hierarchy);
  const placed: Applied = {
    ...before,
    rows: {
      kind: 'placed',
      input: before.rows,
      condition: anyOfEach(identifiers, equal(columns.node, identifiers.value)),
      places: {
        kind: 'walk',
        hierarchy,
        starts: starts && { rows: starts.rows, order: totalOrder(starts.rows, [...order, ...starts.order]) },
        siblings: totalOrder(base, order),
        order: node.order,
        ...columns,
      },
    },
    order: [{ expression: columns.place, direction: 'asc' }, ...before.order],
  };
  if (before.isOfStarts && areMany(identifiers)) return placed;
  const { parents, qualifier } = hierarchy.definition;
  const isTold = parents.collection || starts !== undefined;
  const name = `@Aggregation.UpPath#${qualifier}`;
  const upPath: Told = { kind: 'computed', name, value: columns.path, typeName: undefined };
  const way = wayOf(context, before.scope, hierarchy, path);
  const of = { hierarchy, path, way, like: before.scope, identifiers, node: columns.node };
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

/** The columns of places. */
function placeColumns(
  context: PlanContext,
  { definition }: Hierarchy,
): { readonly node: BoundProperty; readonly place: BoundProperty; readonly path: BoundProperty } {
  const property = (name: string, type: Parameters<typeof columnProperty>[0]['type']) =>
    columnProperty({ name, column: context.nextColumn(), type, nullable: false, dynamic: true });
  const [node, place, path] = [
    property('node', definition.node.type),
    property('place', edm('Edm.Int64')),
    property('path', { kind: 'collection', of: edm('Edm.String') }),
  ];
  const range: Range = { type: derivedType({ name: definition.qualifier, properties: [node, place, path] }), name: '' };
  return { node: boundProperty(range, node), place: boundProperty(range, place), path: boundProperty(range, path) };
}
