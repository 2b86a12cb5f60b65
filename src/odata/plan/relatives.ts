/** ancestors and descendants: the rows whose nodes are above or below those of others among them. Data Aggregation §6.2.1 */
import { odataError } from '../error';
import { booleanType, edm } from '../model/edm';
import type { Expression, Path, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { applySequence } from './apply';
import { always } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { keysOf } from './group';
import { distanceOf, hierarchyOf, identifierOf, joinedWith } from './hierarchy';
import { planPath } from './member-path';
import { membersOf, type Structure } from './members';
import type { Hierarchy } from './nodes';
import { rowKeys, sameProperty, totalOrder } from './order';
import { wayBehind, wayFrom } from './path-position';
import type { Bound, BoundCollection, Range } from './plan';
import { anew, at, membersAt } from './position';
import type { Rows } from './rows';

type Node = Extract<Transformation, { kind: 'ancestors' | 'descendants' }>;

/** The hierarchy that the first two parameters name, and the path to node identifiers. Data Aggregation §6.1 */
export function hierarchyAt(
  context: PlanContext,
  scope: Scope,
  [nodes, qualifier, path]: readonly Expression[],
): { readonly hierarchy: Hierarchy; readonly path: Path } {
  const name = qualifier?.kind === 'path' ? qualifier.segments[0] : undefined;
  if (!nodes || name?.kind !== 'name' || path?.kind !== 'path') throw new Error('A hierarchy has three parameters');
  return { hierarchy: hierarchyOf(context, scope, nodes, { text: name.name, place: name.place }), path };
}

/** What a row has of node identifiers: one, or one of each member of collections, the first of which is of the row. */
interface Identifiers {
  readonly through: readonly BoundCollection[];
  readonly value: Bound;
}

/** Where the path of node identifiers leads from a row. */
export function identifiersAt(context: PlanContext, scope: Scope, hierarchy: Hierarchy, path: Path): Identifiers {
  const current = variableInCommon(scope) ?? scope.current;
  const { way, rest } = wayBehind(context, wayFrom(at(current)), path.segments, () => undefined);
  if (!way.position.isCollection) return { through: [], value: identifierAt(context, scope, hierarchy, path) };
  const collection = anew(membersAt(way.position, path.place));
  const further: Path = { kind: 'path', segments: rest, place: path.place };
  const inner = identifiersAt(context, { ...scope, current: collection.range }, hierarchy, further);
  return { ...inner, through: [collection, ...inner.through] };
}

function identifierAt(context: PlanContext, scope: Scope, hierarchy: Hierarchy, path: Path): Bound {
  const value = planPath(context, scope, path);
  if (value.kind !== 'null' && value.type.kind === 'collection')
    throw notImplemented('A path that ends in several node identifiers', path.place);
  return identifierOf(context, hierarchy, value, path.place);
}

/** The rows that are related to ancestors or descendants of the nodes that the rows which the sequence leaves are related to. */
export function planRelatives(context: PlanContext, before: Applied, node: Node): Applied {
  checkSubset(node.apply, false);
  const { hierarchy, path } = hierarchyAt(context, before.scope, node.arguments);
  const { through, value } = identifiersAt(context, before.scope, hierarchy, path);
  const { rows } = applySequence(context, before, node.apply);
  const parts = keysOf(before.groups);
  const isRelative: Bound = {
    kind: 'node',
    value,
    parts,
    nodes: {
      kind: node.kind,
      hierarchy,
      start: { value, parts, rows: through.reduce(joinedWith, rows) },
      distance: node.distance && distanceOf(context, node.distance),
      includesStart: always(node.keepStart),
    },
    type: booleanType,
    nullable: true,
  };
  const left: Rows = { kind: 'filter', input: before.rows, condition: anyOfEach(through, isRelative) };
  return { ...before, rows: isRepeated(before.scope, before.rows) ? oneOfSame({ ...before, rows: left }) : left };
}

/** A walk may have come to a node on several ways, and several sequences may have left the same rows. */
function isRepeated(scope: Scope, rows: Rows): boolean {
  switch (rows.kind) {
    case 'placed': {
      const { places } = rows;
      const isSeveral = places.kind === 'walk' && (places.starts ?? places.hierarchy.definition.parents.collection);
      return isSeveral !== false || isRepeated(scope, rows.input);
    }
    case 'filter':
    case 'cut':
    case 'share':
    case 'values':
    case 'agreed':
    case 'join':
      return isRepeated(scope, rows.input);
    case 'union':
      return keysInCommon(scope, rows) !== undefined;
    default:
      return false;
  }
}

/** What tells instances apart that are in several branches of a union. */
function keysInCommon(scope: Scope, { branches }: Extract<Rows, { kind: 'union' }>): readonly Bound[] | undefined {
  if (!variableInCommon(scope)) return undefined;
  const [keys = [], ...more] = branches.map(({ rows }) => keysBesidePlaces(scope, rows));
  const areThose = (one: readonly Bound[]): boolean =>
    one.length === keys.length && one.every((key, index) => sameProperty(key, keys[index] ?? key));
  return keys.length > 0 && more.every(areThose) ? keys : undefined;
}

/** The variable that rows of several structures are all of, where the request has given none of these a name of its own. */
function variableInCommon(scope: Scope): Range | undefined {
  const [first, ...others] = membersOf(scope, scope.current).structures?.each ?? [];
  const isPlain = ({ current, members }: Structure): boolean =>
    current === first?.current && (members.get(current)?.own.size ?? 0) === 0;
  return first && [first, ...others].every(isPlain) ? first.current : undefined;
}

/** The union has none twice: rows that only their places tell apart are the same. Data Aggregation §3.1.2 */
const oneOfSame = ({ scope, rows, order, groups }: Applied): Rows => ({
  kind: 'cut',
  input: rows,
  parts: [...keysOf(groups), ...keysBesidePlaces(scope, rows)],
  order: totalOrder(rows, order),
  skip: undefined,
  top: { kind: 'value', slot: () => '1', type: edm('Edm.Int64'), nullable: false },
});

function keysBesidePlaces(scope: Scope, rows: Rows): readonly Bound[] {
  switch (rows.kind) {
    case 'placed':
      return rows.places.kind === 'walk' ? keysBesidePlaces(scope, rows.input) : rowKeys(rows);
    case 'filter':
    case 'cut':
    case 'share':
    case 'agreed':
      return keysBesidePlaces(scope, rows.input);
    case 'join':
      return [...keysBesidePlaces(scope, rows.input), ...rowKeys(rows.rows)];
    case 'union':
      return keysInCommon(scope, rows) ?? rowKeys(rows);
    default:
      return rowKeys(rows);
  }
}

/** It holds for some member of the innermost collection. */
const anyOfEach = (through: readonly BoundCollection[], predicate: Bound): Bound =>
  through.reduceRight<Bound>(
    (inner, collection) => ({
      kind: 'exists',
      collection,
      quantifier: 'any',
      predicate: inner,
      type: booleanType,
      nullable: false,
    }),
    predicate,
  );

/** The names of transformations that leave some of their rows. Data Aggregation §3.3, §6.2 */
const subsets: ReadonlySet<Transformation['kind']> = new Set<Transformation['kind']>([
  ...(['identity', 'filter', 'search', 'orderby', 'skip', 'top'] as const),
  ...(['topcount', 'topsum', 'toppercent', 'bottomcount', 'bottomsum', 'bottompercent'] as const),
  ...(['ancestors', 'descendants'] as const),
]);

/** Refuses transformations that make other rows; those of a hierarchy's nodes may walk through another one. */
export function checkSubset(sequence: readonly Transformation[], mayTraverse: boolean): void {
  const wrong = sequence.find(({ kind }) => !subsets.has(kind) && !(mayTraverse && kind === 'traverse'));
  if (wrong)
    throw odataError(
      'TypeMismatch',
      { message: `${wrong.kind} makes other rows: here only a part of the rows can be asked for.` },
      placeOf(wrong.place),
    );
}
