/** The node that a row is related to, as a part of the row: what the standard calls σ(x). Data Aggregation §6.2.2 */
import { lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { NameSegment, Path } from '../url/ast';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { inEachStructure, type Derived } from './derived-node';
import { startAt } from './collection-start';
import type { PlanContext, Scope } from './context';
import { withHeld } from './held-values';
import { asNode, expanding, injected, nodeOf, rowWith, told, type Names } from './injected-node';
import { instanceOf, membersOf, variantsOf } from './members';
import type { Hierarchy } from './nodes';
import type { Bound, Field, Range } from './plan';
import { areMany, firstCollection, type Identifiers } from './relatives';
import { planVariants } from './row-values';
import type { Parts } from './whole-value';

/** A node of rows: how they lead to it, and its identifier. */
export interface RowNode {
  readonly hierarchy: Hierarchy;
  readonly path: Path;
  /** A row of those that led to it. */
  readonly like: Scope;
  readonly way: Way;
  readonly identifiers: Identifiers;
  readonly node: Bound;
  /** What goes out with it as annotations: the nodes above it, where they are told. */
  readonly annotations: readonly Told[];
  readonly derived?: Derived | undefined;
}

/** An annotation of a node. */
export type Told = Extract<Field, { kind: 'computed' }>;

/** The names that lead from a row to its node, or to nothing but an identifier of it; casts aside. */
export interface Way {
  readonly names: readonly NameSegment[];
  /** They end at the node itself. */
  readonly isWhole: boolean;
}

/** The cases of σ(x): a row without names to its node is the node. In rows of several structures those tell that have more than an identifier. */
export function wayOf(context: PlanContext, scope: Scope, hierarchy: Hierarchy, path: Path): Way {
  const variants = variantsOf(scope, scope.current)?.scopes ?? [];
  const ways = [scope, ...variants].map((one) => wayIn(context, one, hierarchy, path));
  return ways.find(({ isWhole }) => isWhole) ?? wayIn(context, scope, hierarchy, path);
}

function wayIn(context: PlanContext, scope: Scope, { definition, nodes }: Hierarchy, path: Path): Way {
  const all = namesOf(path);
  const last = all.at(-1);
  let type: EntityType | undefined = membersOf(scope, scope.current).declared ?? scope.current.type;
  const names: NameSegment[] = [];
  for (const segment of all.slice(0, -1)) {
    const cast: EntityType | undefined = type && castAt(context.model, type, segment.name);
    if (!cast) names.push(segment);
    type = cast ?? targetOf(context, scope, type, segment, names.length === 1);
  }
  const isNode = type && last && lineage(type).some((one) => lineage(nodes.range.type).includes(one));
  if (isNode && type?.properties.get(last.name)?.name === definition.node.name) return { names, isWhole: true };
  return { names: all.filter(({ name }) => !name.includes('.')), isWhole: false };
}

const namesOf = ({ segments }: Path): readonly NameSegment[] =>
  segments.filter((segment): segment is NameSegment => segment.kind === 'name');

/** What a name leads to: of a row, what the request gave it, too. */
function targetOf(
  context: PlanContext,
  scope: Scope,
  type: EntityType | undefined,
  segment: NameSegment,
  isFirst: boolean,
): EntityType | undefined {
  const member = isFirst ? membersOf(scope, scope.current).own.get(segment.name) : undefined;
  if (!member) return type?.navigations.get(segment.name)?.target;
  const start = startAt(context, scope, segment);
  return instanceOf(member)?.type ?? (typeof start === 'object' ? start.target : undefined);
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

/** The same where the node is another one than that of the rows. */
export const withOther = (context: PlanContext, applied: Applied, of: RowNode): Applied =>
  placed(context, applied, of, (scope) => otherNode(context, scope, of));

/** In rows of several structures each has the node in its own way, and all of them the same variable. */
function placed(context: PlanContext, applied: Applied, of: RowNode, placingOf: (scope: Scope) => Placing): Applied {
  const identifierOf = (scope: Scope): Bound => {
    const variants = variantsOf(scope, scope.current);
    if (!variants) return placingOf(scope).node ?? { kind: 'null' };
    return planVariants(context, variants.discriminator, variants.scopes.map(identifierOf), of.path.place);
  };
  const into = (range: Range): Scope => inEachStructure(applied.scope, (scope) => placingOf(scope).into(range));
  const node = identifierOf(applied.scope);
  const { rows, range } = entityOf(
    context,
    applied,
    { ...of, node },
    membersOf(applied.scope, applied.scope.current).structures !== undefined,
  );
  const placed: Applied = { ...applied, rows: node.kind === 'null' ? applied.rows : rows, scope: into(range) };
  const [first] = of.way.names;
  return first ? withHeld(context, placed, first) : placed;
}

function ownNode(context: PlanContext, scope: Scope, of: RowNode): Placing {
  const { names, isWhole } = of.way;
  const { current } = scope;
  const [first, ...further] = names;
  const isMade = current.type.columns !== undefined;
  if (areMany(of.identifiers)) return otherNode(context, scope, of);
  if (!isWhole || (!first && !isMade)) return { into: () => told(scope, current, of) };
  if (!first) return otherNode(context, scope, of);
  const isTold = of.annotations.length > 0 || of.derived !== undefined;
  const { own } = membersOf(scope, current);
  const isAdded = own.get(first.name)?.kind === 'added';
  if (!isMade && !isTold && !isAdded) return { into: () => expanding(scope, [first, ...further]) };
  if (isMade && !isTold && !own.has(first.name) && hasWhole(current.type, [first, ...further]))
    return { into: () => scope };
  return otherNode(context, scope, of);
}

/** Rows that the request made have the whole of an entity where a path of names ends. */
function hasWhole({ properties, navigations }: Parts, [{ name }, ...further]: Names): boolean {
  const [next, ...behind] = further;
  if (!next) return navigations?.has(name) === true;
  const source = properties.get(name)?.source;
  return source?.kind === 'complex' && hasWhole(source, [next, ...behind]);
}

/** The node in place of what rows have under its name. */
function otherNode(context: PlanContext, scope: Scope, of: RowNode): Placing {
  const [first, ...further] = of.way.names;
  if (!first) return { node: of.node, into: (range) => asNode(scope, range, of) };
  const into = (range: Range): Scope => injected(context, scope, of.like, [first, ...further], { ...of, range });
  // One of several structures may lead to one node where others lead to many.
  const isOne = !areMany(of.identifiers) || !firstCollection(context, rowWith(scope, of.like, first.name), of.path);
  return isOne && of.way.isWhole ? { node: of.node, into } : { into };
}

/** The rows with the entity that a node is. */
export function entityOf(
  context: PlanContext,
  { rows: input }: Applied,
  of: Pick<RowNode, 'hierarchy' | 'node'>,
  isOuter = false,
): { readonly rows: Applied['rows']; readonly range: Range } {
  const { collection, condition } = nodeOf(context, of);
  const { range } = collection;
  const rows = { kind: 'filter', input: { kind: 'base', range }, condition } as const;
  return { rows: { kind: 'join', input, collection, rows, outer: isOuter }, range };
}
