/** Casts of rows that were aggregated, and what they no longer have. Data Aggregation §3.2.3.1, §3.7 */
import { declares } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment, PathSegment, QueryOptions, SelectItem } from '../url/ast';
import { castAt, isCastHere } from './cast';
import type { PlanContext, Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { pathInGroup, typeOfGroup, type GroupType } from './group-type';
import { hasPath } from './has-path';
import { walkFrom } from './member-path';
import { membersOf, variantsOf } from './members';
import type { Bound, Range } from './plan';

/** The type that a segment casts aggregated rows to, and theirs where they have one structure; undefined for other rows, and other segments. */
export function groupCast(
  { model }: PlanContext,
  scope: Scope,
  range: Range,
  segment: NameSegment,
): { readonly cast: EntityType; readonly type: GroupType | undefined } | undefined {
  const type = typeOfGroup(scope, range);
  const { declared } = type ?? membersOf(scope, range);
  const cast = declared && castAt(model, declared, segment.name);
  return cast && cast !== declared && !isCastHere(model, scope, range, segment.name) ? { cast, type } : undefined;
}

/** What a path says of an aggregated row behind a cast: nothing where it is of another type, or no longer has what is named. */
export function planGroupCast(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const [segment, next] = path;
  const type = next && groupCast(context, scope, range, segment)?.type;
  const inGroup = type && pathInGroup(context, type, path);
  const isThere = inGroup !== undefined && hasPath(context, scope, range, inGroup);
  return isThere
    ? walkFrom(context, scope, range, inGroup, segment.place)
    : type && planAway(context, scope, range, path);
}

/** Whether a path casts aggregated rows to a type that they are not of, and names behind it what the request gave them. */
export function isOfOther(context: PlanContext, scope: Scope, range: Range, path: readonly PathSegment[]): boolean {
  const variants = variantsOf(scope, range);
  if (variants) return variants.scopes.some((one) => isOfOther(context, one, one.current, path));
  const type = typeOfGroup(scope, range);
  const [first, next, ...rest] = path;
  if (!type || first?.kind !== 'name' || next?.kind !== 'name') return false;
  if (!castAt(context.model, type.declared, first.name) || pathInGroup(context, type, path)) return false;
  return !declares(type.declared, next.name) && hasPath(context, scope, range, [next, ...rest]);
}

/** The null that a path leads to which rows no longer have, or have not as those of another type; undefined where they have it, or never had. Data Aggregation §3.7 */
export function planAway(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const [{ name, place }] = path;
  const { own } = membersOf(scope, range);
  const { declared } = typeOfGroup(scope, range) ?? membersOf(scope, range);
  if (!declared || own.has(name) || hasPath(context, scope, range, path)) return undefined;
  if (isOfOther(context, scope, range, path)) return { kind: 'null' };
  const away: Scope = { ...scope, members: new Map() };
  const was: Range = { type: declared, name: range.name };
  if (!hasPath(context, away, was, path) && !dynamicProperty(declared, name)) return undefined;
  // Planned all the same: a wrong name behind it is an error.
  walkFrom(context, away, was, path, place);
  return { kind: 'null' };
}

/** $select and $expand as aggregated rows of one structure have it: without casts to types that they are of. */
export function withoutGroupCasts(context: PlanContext, scope: Scope, options: QueryOptions): QueryOptions {
  const { $select, $expand } = options;
  const type = typeOfGroup(scope, scope.current);
  if (!type) return options;
  const plain = <T extends SelectItem | ExpandItem>(item: T): T => ({
    ...item,
    path: pathInGroup(context, type, item.path) ?? item.path,
  });
  return {
    ...options,
    ...($select && { $select: $select.map(plain) }),
    ...($expand && { $expand: $expand.map(plain) }),
  };
}
