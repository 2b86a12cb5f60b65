/** TopLevels: the first levels of the hierarchy that the nodes of rows form, some nodes expanded or collapsed. com.sap.vocabularies.Hierarchy.v1 */
import { odataError } from '../error';
import { edm } from '../model/edm';
import type { Argument, Expression, Path, Place, Transformation } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import type { Applied } from './apply-state';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planExpression } from './expression';
import { keysOf } from './group';
import { argumentsOf, calledHierarchy, hierarchyParameters, identifierOf, textOf } from './hierarchy';
import { mentions } from './mentions';
import type { Hierarchy, Places } from './nodes';
import { totalOrder } from './order';
import { asOne } from './own-functions';
import type { Bound } from './plan';
import { eachOf, identifiersAt } from './relatives';
import { wholeNumber } from './row-values';
import { rangesOf } from './rows';
import { objectAt } from './structured';
import { atPlaces, checkAlone, placeColumns } from './traverse';

type Call = Extract<Transformation, { kind: 'function' }>;

/** Its names: by the namespace of the vocabulary, and by the alias. */
const names = ['com.sap.vocabularies.Hierarchy.v1.TopLevels', 'Hierarchy.TopLevels'];

/** A function as a transformation: those of the service are bound to single entities. */
export function planFunction(context: PlanContext, before: Applied, call: Call): Applied {
  const { name, place } = call;
  if (names.includes(name)) return planTopLevels(context, before, call);
  const hint = didYouMean(name, names);
  if (hint) throw odataError('UnknownFunction', { name, hint }, placeOf(place));
  throw notImplemented(`The function ${name} as a transformation`, place);
}

/** The rows of the nodes that are shown, in preorder. */
function planTopLevels(context: PlanContext, before: Applied, call: Call): Applied {
  const { scope, groups, rows } = before;
  const values = argumentsOf(
    call,
    [...hierarchyParameters, 'NodeProperty'],
    ['Levels', 'ExpandLevels', 'Expand', 'Collapse'],
  );
  const hierarchy = calledHierarchy(context, scope, call, values);
  const path = pathOf(textOf(context, scope, call, values, 'NodeProperty'));
  const identifiers = identifiersAt(context, scope, hierarchy, path);
  checkAlone(rows, hierarchy, path);
  const { part, ...columns } = placeColumns(context, hierarchy, hierarchy.definition.derived, groups.length > 0);
  const levels = values.get('Levels')?.value;
  return atPlaces(
    context,
    before,
    { hierarchy, path, identifiers },
    {
      kind: 'levels',
      hierarchy,
      ...eachOf(context, rows, hierarchy, identifiers, path.place),
      part: part && { value: asOne(keysOf(groups)), column: part },
      order: totalOrder(rows, before.order),
      levels: levels && numberOf(context, scope, levels, 1),
      expanded: expandedOf(context, before, hierarchy, values),
      ...columns,
    },
    columns.derived,
  );
}

/** The path that stands in a text. */
const pathOf = ({ text, place }: { readonly text: string; readonly place: Place }): Path => ({
  kind: 'path',
  segments: text.split('/').map((name) => ({ kind: 'name', name, place })),
  place,
});

/** What is written, itself or behind an alias. */
const written = (context: PlanContext, { options }: Scope, node: Expression): Expression | undefined =>
  node.kind === 'alias' ? context.alias(node.name, options) : node;

/** A number of levels that is written out. */
function numberOf(context: PlanContext, scope: Scope, node: Expression, least: 0 | 1): Bound {
  const literal = written(context, scope, node);
  if (literal?.kind !== 'literal' || literal.type !== 'integer') throw noNumber(least, node.place);
  const slot = context.slot(literal, (text) => {
    if (/^\d{1,18}$/.test(text) && Number(text) >= least) return text;
    throw noNumber(least);
  });
  return { kind: 'value', slot, type: edm('Edm.Int64'), nullable: false };
}

const noNumber = (least: 0 | 1, place?: Place): Error =>
  odataError('InvalidValue', { message: `Levels is a whole number from ${least} on.` }, place && placeOf(place));

type Expanded = Extract<Places, { kind: 'levels' }>['expanded'];

/** How many levels are shown below single nodes: of several parameters for one node the last one in this order counts. */
function expandedOf(
  context: PlanContext,
  { scope, rows }: Applied,
  hierarchy: Hierarchy,
  values: ReadonlyMap<string, Argument>,
): Expanded {
  const node = (value: Expression): Bound => {
    const identifier = identifierOf(context, hierarchy, planExpression(context, scope, value), value.place);
    if (!rangesOf(rows).some((range) => mentions(identifier, range))) return identifier;
    const message = 'The nodes that are expanded or collapsed must not depend on a row.';
    throw odataError('TypeMismatch', { message }, placeOf(value.place));
  };
  const items = (name: string): readonly Expression[] => itemsOf(context, scope, name, values.get(name)?.value);
  return [
    ...items('Expand').map((one) => ({ node: node(one), levels: wholeNumber(1) })),
    ...items('Collapse').map((one) => ({ node: node(one), levels: wholeNumber(0) })),
    ...items('ExpandLevels').map((one) => {
      const { NodeID, Levels } = membersOf(context, scope, one);
      const isAll = !Levels || written(context, scope, Levels)?.kind === 'null';
      return { node: node(NodeID), levels: isAll ? undefined : numberOf(context, scope, Levels, 0) };
    }),
  ];
}

function itemsOf(
  context: PlanContext,
  scope: Scope,
  name: string,
  node: Expression | undefined,
): readonly Expression[] {
  const list = node && written(context, scope, node);
  if (list?.kind === 'list') return list.items;
  if (!node) return [];
  throw odataError('TypeMismatch', { message: `${name} is a collection in brackets.` }, placeOf(node.place));
}

/** The members of an item of ExpandLevels. */
function membersOf(
  context: PlanContext,
  scope: Scope,
  node: Expression,
): { readonly NodeID: Expression; readonly Levels?: Expression | undefined } {
  const members = objectAt(context, scope, node)?.node.members ?? [];
  for (const { name, value } of members)
    if (name !== 'NodeID' && name !== 'Levels') {
      const hint = didYouMean(name, ['NodeID', 'Levels']);
      throw odataError('UnknownProperty', { type: 'TopLevelsExpandType', name, hint }, placeOf(value.place));
    }
  const [NodeID, Levels] = ['NodeID', 'Levels'].map((wanted) => members.find(({ name }) => name === wanted)?.value);
  if (NodeID) return { NodeID, Levels };
  const message = 'An item of ExpandLevels is an object with a NodeID, and Levels.';
  throw odataError('TypeMismatch', { message }, placeOf(node.place));
}
