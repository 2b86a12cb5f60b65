/** What a row has of another node than its own, and what it leads to on the way there: Π_G(σ(x)). Data Aggregation §3.2.3.1, §6.2.2 */
import { itemType } from '../model/item-type';
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment } from '../url/ast';
import { partOfRow } from './nest-path';
import { addedMany, addedRow, valueWith } from './added-members';
import { startAt } from './collection-start';
import { itemScope } from './complex-items';
import { speakingOfValue } from './complex-value';
import { withMember } from './compute';
import { equal } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { withDerived } from './derived-node';
import { derivedType } from './derived-type';
import type { RowNode } from './hierarchy-node';
import { alsoOf, optionalBehind, rangeAtHome } from './identity';
import { hasName, instanceOf, membersOf, variantsOf, withMembers, type MadeRows, type Member } from './members';
import { withOwn } from './own-members';
import { toldMembers } from './path-position';
import type { Bound, BoundCollection, Range } from './plan';
import { anew } from './position';
import { boundProperty } from './select';
import { isStructured, type Structured } from './structured';

/** The names that lead to a node, or to its identifier. */
export type Names = readonly [NameSegment, ...NameSegment[]];

/** The node as the variable of its entity. */
type Entity = RowNode & { readonly range: Range };

/** What is put into rows, by the last of some names; `many` where these lead through a collection. */
interface Put {
  readonly last: (scope: Scope, name: NameSegment) => Scope;
  readonly many?: (scope: Scope, start: ReturnType<typeof startAt>, names: Names) => Member;
}

/** The scope in which names lead to the node. `known` is a row that has the names, where this one has not. */
export const injected = (context: PlanContext, scope: Scope, known: Scope, names: Names, of: Entity): Scope =>
  withPut(context, scope, known, names, {
    last: (at, first) =>
      of.way.isWhole
        ? leading(context, told(at, of.range, of), first, of.range)
        : told(withMember(at, first.name, { kind: 'value', value: identifierOf(of) }), at.current, of),
    many: (at, start, behind) => oneMember(context, at, start, behind, of),
  });

/**
 * The scope in which names lead to what is put there. What they go through has all that it had: what single ones lead to; the one member of a collection,
 * and what it leads to, has nothing else.
 */
export function withPut(context: PlanContext, scope: Scope, known: Scope, names: Names, put: Put): Scope {
  const [first, ...further] = names;
  const like = rowWith(scope, known, first.name);
  const start = put.many && startAt(context, like, first);
  if (put.many && start) return withMember(scope, first.name, put.many(scope, start, names));
  const [next, ...rest] = further;
  if (!next) return put.last(scope, first);
  const behind = instanceBehind(context, scope, like, first);
  const seen = withPut(context, behind.scope, behind.like, [next, ...rest], put);
  const { current: range } = seen;
  const { whole: value } = membersOf(seen, range);
  if (value) return withValue(context, scope, first, value, seen);
  const outer = inside(scope, seen);
  return behind.like.current.type.item
    ? withMember(outer, first.name, { kind: 'row', range, isComplex: true })
    : leading(context, outer, first, range);
}

/** The scope in which the name leads to an entity. */
function leading(context: PlanContext, scope: Scope, first: NameSegment, range: Range): Scope {
  const { name } = first;
  if (!membersOf(scope, scope.current).whole)
    return expanding(withMember(scope, name, { kind: 'row', range }), [first]);
  const { member, scope: outer } = addedRow(context, scope, { name, range, isComplex: false }, { name }, nothing);
  return withMember(outer, name, member);
}

/** A row that has the name: the row itself, or `known`, in the first of its structures that has it. */
export function rowWith(scope: Scope, known: Scope, name: string): Scope {
  if (hasName(scope, scope.current, name)) return scope;
  const variants = membersOf(known, known.current).own.has(name) ? undefined : variantsOf(known, known.current);
  const found = variants?.scopes.find((one) => hasName(one, one.current, name));
  return found ? rowWith(scope, found, name) : known;
}

/** Nothing is done to it. */
const nothing = { transformations: [], elsewhere: undefined };

/** The scope in which a name of a row is a value to which the scope `seen` has added the node. */
function withValue(context: PlanContext, scope: Scope, { name }: NameSegment, value: Structured, seen: Scope): Scope {
  const { current } = scope;
  const { own } = membersOf(scope, current);
  const before = own.get(name);
  const within = before ? (before.kind === 'structure' ? before.within : undefined) : [];
  const { scope: outer, member } = valueWith(context, scope, value, { name, isOwn: within !== undefined }, seen);
  const told = member.kind === 'structure' && within ? { ...member, within } : member;
  return withMembers(outer, current, { own: withOwn(own, name, told) });
}

/** The identifier, or a collection of it alone. */
function identifierOf({ node, identifiers, hierarchy }: Entity): Bound {
  const type = { kind: 'collection', of: hierarchy.definition.node.type } as const;
  return identifiers.isOfValues ? { kind: 'list', items: [node], type, nullable: false } : node;
}

/** The scope with what variables have within another one. */
const inside = (scope: Scope, { members = new Map() }: Scope): Scope => ({ ...scope, members });

/** A collection of one: the node, or what leads to it. */
function oneMember(
  context: PlanContext,
  scope: Scope,
  start: ReturnType<typeof startAt>,
  [first, ...further]: Names,
  of: Entity,
): Member {
  if (typeof start !== 'object') throw notImplemented('A node behind several collections of a name', first.place);
  const [next, ...rest] = further;
  const rows = (): MadeRows => {
    const { joined, scope: items } = start.rows(first.name);
    const { collection, condition } = nodeOf(context, of);
    const { range } = collection;
    const node = boundProperty(range, of.hierarchy.definition.node);
    const seen = itemScope(scope, range);
    return {
      joined: { ...joined, from: scope.current },
      rows: { kind: 'filter', input: { kind: 'members', collection }, condition },
      order: [],
      groups: [],
      scope: next
        ? injected(context, emptyInstance(seen, items), items, [next, ...rest], { ...of, range, node })
        : told(seen, range, of),
    };
  };
  const { name } = first;
  const isOwn = !membersOf(scope, scope.current).own.has(name);
  const member = addedMany(context, scope, { name, isOwn }, rows, start.type, nothing);
  if (member.kind === 'structure' && isOwn) return { ...member, within: [] };
  return member.kind === 'added' ? { ...member, value: of.node } : member;
}

/** What a name leads to, by a variable of its own: it has what it had, or nothing where the rows have none of it. */
function instanceBehind(
  context: PlanContext,
  scope: Scope,
  like: Scope,
  first: NameSegment,
): { readonly scope: Scope; readonly like: Scope } {
  const value = valueAt(scope, first);
  const own = value ? speakingOfValue(scope, first.name, value) : behindName(context, scope, first);
  if (own) return { scope: own, like: own };
  const { declared = like.current.type } = membersOf(like, like.current);
  const known = behindName(context, like, first, declared) ?? partOf(like, first, declared);
  if (!known || hasName(scope, scope.current, first.name))
    throw notImplemented('A node in place of what rows have behind several names', first.place);
  return { scope: emptyInstance(scope, known), like: known };
}

/** The complex value, or what is left of an entity, that a name of a row is. */
function valueAt(scope: Scope, { name }: NameSegment): Structured | undefined {
  const { current } = scope;
  const member = membersOf(scope, current).own.get(name);
  const value = member ? member.kind === 'value' && member.value : partOfRow(scope, current, name);
  return value && isStructured(value) && value.type.kind === 'complex' ? value : undefined;
}

/** What a single-valued name leads to from a row of a type; undefined where the row has none of it. */
function behindName(
  { model }: PlanContext,
  scope: Scope,
  { name }: NameSegment,
  { navigations } = scope.current.type,
): Scope | undefined {
  const { current } = scope;
  const given = instanceOf(membersOf(scope, current).own.get(name));
  const navigation = navigations.get(name);
  if (given) {
    const range = alsoOf(given);
    return withMembers(itemScope(scope, range), range, { ...membersOf(scope, given), held: undefined });
  }
  return navigation && itemScope(scope, optionalBehind(model, current, navigation));
}

/** A row of the type that a complex property of a type is of. */
function partOf(scope: Scope, { name }: NameSegment, { properties }: EntityType): Scope | undefined {
  const type = properties.get(name)?.type;
  return type?.kind === 'complex' ? itemScope(scope, { type: itemType(type), name }) : undefined;
}

/** An instance of a type that has nothing, in a row of another one. */
function emptyInstance(scope: Scope, like: Scope): Scope {
  const { type, name } = like.current;
  const { declared = type } = membersOf(like, like.current);
  const nothing = derivedType({ name: type.name, properties: [] });
  const range: Range = { type: nothing, name, behind: { from: scope.current, navigations: [] } };
  return withMembers(itemScope(scope, range), range, { declared });
}

/** The rows are the nodes: what they have beside is theirs. */
export function asNode(scope: Scope, range: Range, of: RowNode): Scope {
  const { current } = scope;
  const { own, nested = [] } = membersOf(scope, current);
  const { properties, navigations } = current.type;
  const isFree = ([name]: readonly [string, unknown]): boolean =>
    !range.type.properties.has(name) && !range.type.navigations.has(name);
  const [lost] = [...navigations].filter(isFree);
  if (lost ?? nested[0]) throw notImplemented('A node in place of rows that lead to other rows', of.path.place);
  const values = [...properties].map(([name, property]): [string, Member] => [
    name,
    { kind: 'value', value: boundProperty(current, property) },
  ]);
  const seen = withMembers(scope, range, { own: new Map([...values, ...own].filter(isFree)) });
  return told({ ...seen, current: range, it: scope.it === current ? range : scope.it }, range, of);
}

/** The entity that a node is. */
export function nodeOf(
  context: PlanContext,
  { hierarchy: { nodes, definition }, node }: Pick<RowNode, 'hierarchy' | 'node'>,
): { readonly collection: BoundCollection; readonly condition: Bound } {
  const members = toldMembers(context, anew(nodes));
  const range = rangeAtHome(context.model, members.range);
  // No node is without an identifier.
  const own = { ...boundProperty(range, definition.node), nullable: false };
  return { collection: { ...members, range }, condition: equal(own, node) };
}

/** The nodes above it go out with a node, and what is derived of it. */
export function told(scope: Scope, range: Range, { annotations: added, derived, hierarchy, way }: RowNode): Scope {
  const { annotations = [] } = membersOf(scope, range);
  const others = annotations.filter((one) => !added.some(({ name }) => 'name' in one && one.name === name));
  const seen = withMembers(scope, range, { annotations: [...others, ...added] });
  return derived && way.isWhole ? withDerived(seen, range, hierarchy, derived) : seen;
}

/** Navigation properties that lead to the node go out without being asked for. */
export function expanding(scope: Scope, path: Names): Scope {
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
