/**
 * Casts of rows that were aggregated: a row is of a type where it has something that only entities of the type have. Data Aggregation §3.2.3.1
 */
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment, PathSegment, QueryOptions, SelectItem } from '../url/ast';
import { castAt, isCastHere } from './cast';
import { anyOf, whereTrue } from './conditions';
import type { PlanContext, Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { hasPath } from './has-path';
import { walkFrom } from './member-path';
import { membersOf, namesOf } from './members';
import type { Bound, Range } from './plan';
import { definedAt } from './row-paths';

/** What aggregated rows are cast to by a segment; undefined for other rows, in some of their structures perhaps, and other segments. */
export function groupCast(
  { model }: PlanContext,
  scope: Scope,
  range: Range,
  segment: NameSegment,
): { readonly declared: EntityType; readonly cast: EntityType } | undefined {
  const { declared } = membersOf(scope, range);
  const cast = declared && castAt(model, declared, segment.name);
  return declared && cast && cast !== declared && !isCastHere(model, scope, range, segment.name)
    ? { declared, cast }
    : undefined;
}

const has = ({ properties, navigations }: EntityType, name: string): boolean =>
  properties.has(name) || navigations.has(name);

/** Whether the type has a name that the one that it is derived from has not. */
const isOwn = (type: EntityType, name: string): boolean =>
  has(type, name) && !(type.inheritance?.base && has(type.inheritance.base, name));

/**
 * What holds where an aggregated row is of the type that a path casts it to; undefined for other rows, and other paths, and where what rows have
 * does not tell it.
 */
export function isOfGroup(
  context: PlanContext,
  scope: Scope,
  range: Range,
  [segment, next]: readonly PathSegment[],
): Bound | undefined {
  if (segment?.kind !== 'name' || next?.kind !== 'name') return undefined;
  const found = groupCast(context, scope, range, segment);
  if (!found) return undefined;
  const types = [found.cast, ...(found.cast.inheritance?.derived ?? [])];
  const all = [...new Set(namesOf(scope, range))];
  const names = all.filter((name) => types.some((type) => isOwn(type, name)));
  if (names.length === 0 && all.includes(next.name) && !has(found.declared, next.name)) return undefined;
  return anyOf(names.map((name) => definedAt(context, scope, range, [{ ...segment, name }])));
}

/** What a path says of an aggregated row behind a cast: nothing where it is of another type, or no longer has what is named. */
export function planGroupCast(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const [segment, ...rest] = path;
  const condition = isOfGroup(context, scope, range, path);
  if (!condition) return undefined;
  if (!hasPath(scope, range, rest)) return planAway(context, scope, range, path);
  return whereTrue(condition, walkFrom(context, scope, range, rest, segment.place));
}

/** The null that a path leads to which rows no longer have; undefined where they have it, or never had. Data Aggregation §3.7 */
export function planAway(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const [{ name, place }] = path;
  const { declared, own } = membersOf(scope, range);
  if (!declared || own.has(name) || hasPath(scope, range, path)) return undefined;
  const away: Scope = { ...scope, members: new Map() };
  const was: Range = { type: declared, name: range.name };
  if (!hasPath(away, was, path) && !dynamicProperty(declared, name)) return undefined;
  // Planned all the same: a wrong name behind it is an error.
  walkFrom(context, away, was, path, place);
  return { kind: 'null' };
}

/** $select and $expand as aggregated rows have it: what only entities of a type have, they have without the cast. */
export function withoutGroupCasts(context: PlanContext, scope: Scope, options: QueryOptions): QueryOptions {
  const { $select, $expand } = options;
  const plain = <T extends SelectItem | ExpandItem>(item: T): T => {
    const [first, ...path] = item.path;
    const found = first && groupCast(context, scope, scope.current, first);
    const name = path[0]?.name ?? '';
    return found && isOwn(found.cast, name) ? { ...item, path } : item;
  };
  return {
    ...options,
    ...($select && { $select: $select.map(plain) }),
    ...($expand && { $expand: $expand.map(plain) }),
  };
}
