/** The node that a row is related to, as a part of the row: what the standard calls σ(x). Data Aggregation §6.2.2 */
import { castAt } from './cast';
import { lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment, Path } from '../url/ast';
import type { Applied } from './apply-state';
import { equal } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { rangeAtHome } from './identity';
import { instanceOf, membersOf, structureSince, variantsOf, withMembers, type Member } from './members';
import type { Hierarchy } from './nodes';
import { toldMembers } from './path-position';
import type { Bound, Field, Range } from './plan';
import { anew } from './position';
import { planVariants } from './row-values';
import { boundProperty } from './select';
import type { Parts } from './whole-value';

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

/** How rows of one structure come to have the node. */
interface Placing {
  /** The identifier of the node, where its entity is wanted. */
  readonly node?: Bound;
  /** The scope that has it; `range` is the variable of the entity. */
  readonly into: (range: Range) => Scope;
}

/** The rows with the node in them: the one that they lead to, which they may have already. */
export const withNode = (context: PlanContext, applied: Applied, of: RowNode): Applied =>
  placed(context, applied, of, (scope) => ownNode(context, scope, of));

/** The same where the node is another one than that of the rows `kept`. Groups have it already, unless they are the nodes. */
export const withOther = (context: PlanContext, applied: Applied, of: RowNode, kept: Range): Applied =>
  placed(context, applied, of, (scope) => {
    const relation = relationOf(context, scope, of.hierarchy, of.path);
    if (scope.current === kept) return relation === 'same' ? asNode(scope, of) : other(scope, of, relation);
    if (relation !== 'same') return of.annotations.length > 0 ? ownNode(context, scope, of) : { into: () => scope };
    const property = scope.current.type.properties.get(of.hierarchy.definition.node.name);
    if (!property) throw notImplemented('rolluprecursive of nodes to rows without their identifiers', of.path.place);
    return asNode(scope, { ...of, node: boundProperty(scope.current, property) });
  });

/** In rows of several structures each has the node in its own way, and all of them the same variable. */
function placed(context: PlanContext, applied: Applied, of: RowNode, placingOf: (scope: Scope) => Placing): Applied {
  const nodeOf = (scope: Scope): Bound => {
    const variants = variantsOf(scope, scope.current);
    if (!variants) return placingOf(scope).node ?? { kind: 'null' };
    return planVariants(context, variants.discriminator, variants.scopes.map(nodeOf), of.path.place);
  };
  const into = (scope: Scope, range: Range): Scope => {
    const variants = variantsOf(scope, scope.current);
    if (!variants) return placingOf(scope).into(range);
    const { discriminator, scopes } = variants;
    const each = scopes.map((variant) => structureSince(scope, into(variant, range)));
    return withMembers(scope, scope.current, { structures: { discriminator, each } });
  };
  const node = nodeOf(applied.scope);
  const { rows, range } = entityOf(
    context,
    applied,
    { ...of, node },
    membersOf(applied.scope, applied.scope.current).structures !== undefined,
  );
  return { ...applied, rows: node.kind === 'null' ? applied.rows : rows, scope: into(applied.scope, range) };
}

function ownNode(context: PlanContext, scope: Scope, of: RowNode): Placing {
  const { current } = scope;
  const relation = relationOf(context, scope, of.hierarchy, of.path);
  const isMade = current.type.columns !== undefined;
  const isTold = of.annotations.length > 0;
  const { own } = membersOf(scope, current);
  if (relation === 'value' || (relation === 'same' && !isMade)) return { into: () => told(scope, current, of) };
  if (relation === 'same') return asNode(scope, of);
  const [{ name }] = relation;
  const isAdded = own.get(name)?.kind === 'added';
  if (!isMade && !isTold && !isAdded) return { into: () => expanding(scope, relation) };
  if (isMade && !isTold && !own.has(name) && isWhole(current.type, relation)) return { into: () => scope };
  return under(scope, of, relation);
}

/** Rows that the request made have the whole of an entity where a path of names ends. */
function isWhole({ properties, navigations }: Parts, [{ name }, ...further]: Names): boolean {
  const [next, ...behind] = further;
  if (!next) return navigations?.has(name) === true;
  const source = properties.get(name)?.source;
  return source?.kind === 'complex' && isWhole(source, [next, ...behind]);
}

/** Rows that are kept as they are, with another node than their own under its name. */
function other(scope: Scope, of: RowNode, relation: Exclude<Relation, 'same'>): Placing {
  if (relation !== 'value') return under(scope, of, relation);
  const [first, further] = namesOf(of.path);
  if (!first || further) throw byFurtherNames(of);
  const { own } = membersOf(scope, scope.current);
  const seen = withMembers(scope, scope.current, {
    own: new Map(own).set(first.name, { kind: 'value', value: of.node }),
  });
  return { into: () => told(seen, scope.current, of) };
}

const byFurtherNames = ({ path }: RowNode): Error =>
  notImplemented('A node in place of what rows have behind several names', path.place);

/** The entity under the name that leads to it. */
function under(scope: Scope, of: RowNode, names: Names): Placing {
  const { current } = scope;
  const [{ name }, further] = names;
  if (further) throw byFurtherNames(of);
  const { own } = membersOf(scope, current);
  const into = (range: Range): Scope => {
    const seen = withMembers(scope, current, { own: new Map(own).set(name, { kind: 'row', range }) });
    return told(expanding(seen, names), range, of);
  };
  return { node: of.node, into };
}

/** The rows are the nodes: what they have beside is theirs. */
function asNode(scope: Scope, of: RowNode): Placing {
  const { current } = scope;
  const { own, nested = [] } = membersOf(scope, current);
  const { properties, navigations } = current.type;
  const into = (range: Range): Scope => {
    const isFree = ([name]: readonly [string, unknown]): boolean =>
      !range.type.properties.has(name) && !range.type.navigations.has(name);
    const [lost] = [...navigations].filter(isFree);
    if (lost ?? nested[0]) throw notImplemented('traverse of rows that lead to other rows', of.path.place);
    const values = [...properties].map(([name, property]): [string, Member] => [
      name,
      { kind: 'value', value: boundProperty(current, property) },
    ]);
    const seen = withMembers(scope, range, { own: new Map([...values, ...own].filter(isFree)) });
    return told({ ...seen, current: range, it: scope.it === current ? range : scope.it }, range, of);
  };
  return { node: of.node, into };
}

/** The rows with the entity that a node is. */
export function entityOf(
  context: PlanContext,
  { rows: input }: Applied,
  { hierarchy, node }: Pick<RowNode, 'hierarchy' | 'node'>,
  isOuter = false,
): { readonly rows: Applied['rows']; readonly range: Range } {
  const members = toldMembers(context, anew(hierarchy.nodes));
  const range = rangeAtHome(context.model, members.range);
  const collection = { ...members, range };
  const condition = equal(boundProperty(range, hierarchy.definition.node), node);
  const rows = { kind: 'filter', input: { kind: 'base', range }, condition } as const;
  return { rows: { kind: 'join', input, collection, rows, outer: isOuter }, range };
}

/** The nodes above it go out with a node. */
function told(scope: Scope, range: Range, { annotations: added }: RowNode): Scope {
  const { annotations = [] } = membersOf(scope, range);
  const others = annotations.filter((one) => !added.some(({ name }) => 'name' in one && one.name === name));
  return withMembers(scope, range, { annotations: [...others, ...added] });
}

/** Navigation properties that lead to the node go out without being asked for. */
function expanding(scope: Scope, path: Names): Scope {
  const { expanded = [] } = membersOf(scope, scope.current);
  const [first] = path;
  const others = expanded.filter((item) => item.path[0]?.name !== first.name);
  return withMembers(scope, scope.current, { expanded: [...others, itemOf(path)] });
}

function itemOf([first, ...rest]: Names): ExpandItem {
  const [next, ...further] = rest;
  const { place } = first;
  return { path: [{ ...first }], options: next ? { $expand: [itemOf([next, ...further])] } : {}, place };
}
