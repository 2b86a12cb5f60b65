/**
 * What addnested adds to a value that only rows of a derived type have. They have the whole by the names of the type and of the value, and as rows
 * of that type by the latter. Data Aggregation §3.4.3
 */
import { qualifiedTypeName } from '../model/edm';
import { lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import { withMember } from './compute';
import type { PlanContext, Scope } from './context';
import { membersOf, withMembers, type Member } from './members';
import type { OwnMembers } from './own-members';
import type { Range } from './plan';
import { seenAsType, type Position } from './position';

/** No name of a request has a slash. */
const typedName = (type: EntityType, name: string): string => `${type.name}/${name}`;

/** The name by which rows have a member, as rows of its type where it has one. */
export const nameIn = (path: string): string => path.slice(path.indexOf('/') + 1);

/** The scope in which the current row has a member as one of a derived type. */
export const withTyped = (scope: Scope, type: EntityType, name: string, member: Member): Scope =>
  withMember(scope, typedName(type, name), member);

/** The paths of complex values that were added to the current row, or to values of it, as one of derived types. */
export const typedPaths = ({ model }: PlanContext, scope: Scope): readonly string[] =>
  [...membersOf(scope, scope.current).own].flatMap(([path, member]) => {
    if (member.kind !== 'structure') return [];
    if (member.only) return [`${qualifiedTypeName(model.namespace, member.only)}/${path}`];
    return path.includes('/') ? (member.within ?? []).map((added) => `${model.namespace}.${path}/${added}`) : [];
  });

/**
 * The types derived from one as rows of which that of a variable has more under a name of the type, each behind those that it is derived from: what
 * the type does not declare is named behind a cast. URL Conventions §5.1.1.15
 */
export function typesHaving(scope: Scope, range: Range, type: EntityType, name: string): readonly EntityType[] {
  const { own } = membersOf(scope, range);
  if (!type.properties.has(name)) return [];
  const having = (type.inheritance?.derived ?? []).filter((one) => own.has(typedName(one, name)));
  return having.sort((one, other) => lineage(one).length - lineage(other).length);
}

/** The scope in which members of a collection that was made have what the request gave them when they are seen as others of a derived type. */
export function castMembers(scope: Scope, { collection }: Position, seen: Position): Scope {
  if (!collection?.made || !seen.collection || seen.collection === collection) return scope;
  const members = membersOf(scope, collection.range);
  return withMembers(scope, seen.collection.range, { ...members, own: ownAs(members.own, seen.type) });
}

/** The scope in which a row has nothing but what it has as one of its type. */
export const withoutTyped = (scope: Scope, range: Range): Scope =>
  withMembers(scope, range, { own: ownAs(membersOf(scope, range).own, range.type) });

/**
 * The row of a variable as one of a derived type, which has what was added to its value of the name: the scope speaks of it. Undefined where nothing
 * was.
 */
export function seenWith(scope: Scope, from: Range, type: EntityType, name: string): Scope | undefined {
  const { own } = membersOf(scope, from);
  const seen: Scope = { ...scope, current: seenAsType(from, type).range };
  const typed = own.get(typedName(type, name));
  if (typed) return withMember(seen, name, typed);
  const [nearest = own.get(name)] = lineage(type).flatMap((one) => own.get(typedName(one, name)) ?? []);
  return nearest?.kind === 'structure' ? nearest.again?.(seen) : undefined;
}

/** The row of a variable as one of a type, and behind that as one of each type derived from it that has more under the name. */
export function byTypes(scope: Scope, range: Range, type: EntityType, name: string): readonly [Scope, ...Scope[]] {
  const current = type === range.type ? range : seenAsType(range, type).range;
  const typed = type === range.type ? undefined : seenWith(scope, range, type, name);
  const derived = typesHaving(scope, range, type, name).flatMap((one) => seenWith(scope, range, one, name) ?? []);
  return [typed ?? { ...withoutTyped(scope, range), current }, ...derived];
}

/** The members of a row as one of a type: of several of one name that of the nearest type. */
export function ownAs(own: OwnMembers, type: EntityType): OwnMembers {
  const all = Array.from(own, ([path, member]) => ({ path, member, name: nameIn(path) }));
  const plain = all.filter(({ path, name }) => path === name);
  if (plain.length === all.length) return own;
  const typed = lineage(type).flatMap((one) => all.filter(({ path, name }) => path === typedName(one, name)));
  return new Map([...plain, ...typed.reverse()].map(({ name, member }) => [name, member]));
}
