/** The node that a row is related to, as a part of the row: what the standard calls σ(x). Data Aggregation §6.2.2 */
import { castAt } from './cast';
import { lineage } from '../model/inheritance';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { ExpandItem, NameSegment, Path } from '../url/ast';
import type { Applied } from './apply-state';
import { equal } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { rangeAtHome } from './identity';
import { instanceOf, membersOf, variantsOf, withMembers, type Member } from './members';
import type { Hierarchy } from './nodes';
import { toldMembers } from './path-position';
import type { Bound, Field, Range } from './plan';
import { anew } from './position';
import { boundProperty } from './select';

/** A node of rows: how they lead to it, and its identifier. */
export interface RowNode {
  readonly hierarchy: Hierarchy;
  readonly path: Path;
  readonly node: Bound;
  /** What goes out with it as annotations: the nodes above it, where they are told. */
  readonly annotations: readonly Told[];
}

/** An annotation of a node. */
export type Told = Extract<Field, { kind: 'computed' }>;

/** The row is the node, or leads to it by navigation properties, or has its identifier alone. */
type Relation = 'same' | 'value' | Names;

type Names = readonly [NameSegment, ...NameSegment[]];

interface Parts {
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
}

export function relationOf(
  { model }: PlanContext,
  scope: Scope,
  { definition, nodes }: Hierarchy,
  path: Path,
): Relation {
  const names = namesOf(path);
  const last = names.at(-1);
  let type: EntityType | undefined = membersOf(scope, scope.current).declared ?? scope.current.type;
  const through: NameSegment[] = [];
  for (const segment of names.slice(0, -1)) {
    const cast: EntityType | undefined = type && castAt(model, type, segment.name);
    if (!cast) through.push(segment);
    type = cast ?? targetOf(scope, type, segment, through.length === 1);
  }
  const isNode = type && last && lineage(type).some((one) => lineage(nodes.range.type).includes(one));
  if (!isNode || type?.properties.get(last.name)?.name !== definition.node.name) return 'value';
  const [first, ...further] = through;
  return first ? [first, ...further] : 'same';
}

const namesOf = ({ segments }: Path): readonly NameSegment[] =>
  segments.filter((segment): segment is NameSegment => segment.kind === 'name');

/** What a name of a row leads to: the entity of another variable, or of a navigation property. */
function targetOf(
  scope: Scope,
  type: EntityType | undefined,
  { name }: NameSegment,
  isFirst: boolean,
): EntityType | undefined {
  const instance = isFirst ? instanceOf(membersOf(scope, scope.current).own.get(name)) : undefined;
  const navigation = type?.navigations.get(name);
  return instance?.type ?? (navigation?.collection === false ? navigation.target : undefined);
}

/** The rows with the node in them. */
export function withNode(context: PlanContext, applied: Applied, of: RowNode): Applied {
  const { scope } = applied;
  const { current } = scope;
  const relation = relationOf(context, scope, of.hierarchy, of.path);
  const isMade = current.type.columns !== undefined;
  const isTold = of.annotations.length > 0;
  const { structures, own } = membersOf(scope, current);
  if (structures) throw notImplemented('traverse of rows of several structures', of.path.place);
  if (relation === 'value' || (relation === 'same' && !isMade)) return told(applied, current, of);
  if (relation === 'same') return asNode(context, applied, of);
  const [{ name }, ...further] = relation;
  const isAdded = own.get(name)?.kind === 'added';
  if (!isMade && !isTold && !isAdded) return expanding(applied, relation);
  if (isMade && !isTold && !own.has(name) && isWhole(current.type, relation)) return applied;
  if (further.length > 0)
    throw notImplemented(
      'traverse of rows that are related to nodes by a path of several navigation properties',
      of.path.place,
    );
  const { rows, range } = entityOf(context, applied, of);
  const seen = withMembers(scope, current, { own: new Map(own).set(name, { kind: 'row', range }) });
  return told(expanding({ ...applied, rows, scope: seen }, relation), range, of);
}

/** Rows that the request made have the whole of an entity where a path of names ends. */
function isWhole({ properties, navigations }: Parts, [{ name }, ...further]: Names): boolean {
  const [next, ...behind] = further;
  if (!next) return navigations?.has(name) === true;
  const source = properties.get(name)?.source;
  return source?.kind === 'complex' && isWhole(source, [next, ...behind]);
}

/** The same where the node is another one than the row's own. Groups have it already, unless they are the nodes. */
export function withOther(context: PlanContext, applied: Applied, of: RowNode, kept: Range): Applied {
  const { scope } = applied;
  const { current } = scope;
  const relation = relationOf(context, scope, of.hierarchy, of.path);
  const { structures, own } = membersOf(scope, current);
  const isKept = current === kept;
  if (!isKept && keeps(scope, kept))
    throw notImplemented('rolluprecursive that keeps rows beside others', of.path.place);
  if (isKept && relation !== 'same') return withOtherIn(context, applied, of, relation);
  if (isKept) return asNode(context, applied, of);
  if (relation !== 'same') return of.annotations.length > 0 ? withNode(context, applied, of) : applied;
  const property = current.type.properties.get(of.hierarchy.definition.node.name);
  if (structures || !property || own.has(property.name))
    throw notImplemented('rolluprecursive of nodes to rows of several structures', of.path.place);
  return asNode(context, applied, { ...of, node: boundProperty(current, property) });
}

/** Rows of some structure are those of a variable. */
const keeps = (scope: Scope, kept: Range): boolean =>
  scope.current === kept || (variantsOf(scope, scope.current)?.scopes ?? []).some((variant) => keeps(variant, kept));

/** Rows that are kept as they are, with another node than their own under its name. */
function withOtherIn(
  context: PlanContext,
  applied: Applied,
  of: RowNode,
  relation: Exclude<Relation, 'same'>,
): Applied {
  const { scope } = applied;
  const [first, ...further] = relation === 'value' ? namesOf(of.path) : relation;
  if (!first || further.length > 0)
    throw notImplemented('rolluprecursive that keeps rows, by a path of several names', of.path.place);
  const { own } = membersOf(scope, scope.current);
  if (relation === 'value') {
    const member: Member = { kind: 'value', value: of.node };
    const seen = withMembers(scope, scope.current, { own: new Map(own).set(first.name, member) });
    return told({ ...applied, scope: seen }, scope.current, of);
  }
  const { rows, range } = entityOf(context, applied, of);
  const seen = withMembers(scope, scope.current, { own: new Map(own).set(first.name, { kind: 'row', range }) });
  return told(expanding({ ...applied, rows, scope: seen }, relation), range, of);
}

/** The rows are the nodes: what they have beside is theirs. */
function asNode(context: PlanContext, applied: Applied, of: RowNode): Applied {
  const { scope } = applied;
  const { current } = scope;
  const { rows, range } = entityOf(context, applied, of);
  const { own, nested = [] } = membersOf(scope, current);
  const { properties, navigations } = current.type;
  const isFree = ([name]: readonly [string, unknown]): boolean =>
    !range.type.properties.has(name) && !range.type.navigations.has(name);
  const [lost] = [...navigations].filter(isFree);
  if (lost ?? nested[0]) throw notImplemented('traverse of rows that lead to other rows', of.path.place);
  const values = [...properties].map(([name, property]): [string, Member] => [
    name,
    { kind: 'value', value: boundProperty(current, property) },
  ]);
  const seen = withMembers(scope, range, { own: new Map([...values, ...own].filter(isFree)) });
  const node: Scope = { ...seen, current: range, it: scope.it === current ? range : scope.it };
  return told({ ...applied, rows, scope: node }, range, of);
}

/** The rows with the entity that a node is. */
export function entityOf(
  context: PlanContext,
  { rows: input }: Applied,
  { hierarchy, node }: Pick<RowNode, 'hierarchy' | 'node'>,
): { readonly rows: Applied['rows']; readonly range: Range } {
  const members = toldMembers(context, anew(hierarchy.nodes));
  const range = rangeAtHome(context.model, members.range);
  const collection = { ...members, range };
  const condition = equal(boundProperty(range, hierarchy.definition.node), node);
  const rows = { kind: 'filter', input: { kind: 'base', range }, condition } as const;
  return { rows: { kind: 'join', input, collection, rows, outer: false }, range };
}

/** The nodes above it go out with a node. */
function told(applied: Applied, range: Range, { annotations: added }: RowNode): Applied {
  const { annotations = [] } = membersOf(applied.scope, range);
  const others = annotations.filter((one) => !added.some(({ name }) => 'name' in one && one.name === name));
  return { ...applied, scope: withMembers(applied.scope, range, { annotations: [...others, ...added] }) };
}

/** Navigation properties that lead to the node go out without being asked for. */
function expanding(applied: Applied, path: Names): Applied {
  const { scope } = applied;
  const { expanded = [] } = membersOf(scope, scope.current);
  const [first] = path;
  const others = expanded.filter((item) => item.path[0]?.name !== first.name);
  return { ...applied, scope: withMembers(scope, scope.current, { expanded: [...others, itemOf(path)] }) };
}

function itemOf([first, ...rest]: Names): ExpandItem {
  const [next, ...further] = rest;
  const { place } = first;
  return { path: [{ ...first }], options: next ? { $expand: [itemOf([next, ...further])] } : {}, place };
}
