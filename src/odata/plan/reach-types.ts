/** Paths of what is aggregated in rows of types derived from one another: what only rows of a type have, the others lack. Data Aggregation §3.1.3 */
import type { EntityType } from '../model/model';
import type { NameSegment } from '../url/ast';
import { castAt } from './cast';
import { allOf, always, isNotNull, negated } from './conditions';
import type { PlanContext, Scope } from './context';
import { hasPath } from './has-path';
import { instanceOf, membersOf } from './members';
import type { Bound } from './plan';
import { seenAsType } from './position';
import { presenceOf } from './presence';
import { isMembersValue } from './reach-targets';
import { wholeKey } from './reach-values';
import { keyAt, type Way } from './reach-way';
import { rowsWhere } from './rows';
import { byTypes, seenWith } from './typed-members';

/** The row as one of a derived type: where it is of another, it is none to be counted. */
export function asType(context: PlanContext, way: Way, segment: NameSegment, type: EntityType): Way {
  const { scope, range, pending, left, rows } = way;
  const [next] = left;
  const isRow = pending.length === 0 && next !== undefined;
  const typed = isRow ? seenWith(scope, range, type, next.name) : undefined;
  if (typed) return { ...way, scope: typed, range: typed.current, type };
  // What the request gave the row it has as one of the type, too.
  if (isRow && membersOf(scope, range).own.has(next.name))
    return { ...way, rows: rowsWhere(rows, seenAsType(range, type).condition), throughCollection: true };
  const seen: Way = { ...way, pending: [...pending, segment], type };
  return { ...seen, there: isNotNull(wholeKey(keyAt(context, seen))) };
}

/**
 * The rows as those of each type that has more under the name that the way goes on with, and all others: where they have what is left of it. None
 * where that leads to no collection that the request made.
 */
export function typesAhead(context: PlanContext, way: Way): readonly Way[] {
  const { scope, range, pending } = way;
  const [first, ...further] = way.left;
  if (!first || pending.length > 0) return [];
  const cast = castAt(context.model, range.type, first.name);
  const left = cast ? further : way.left;
  const [others, ...derived] = byTypes(scope, range, cast ?? range.type, left[0]?.name ?? '');
  if (!derived.some((one) => leadsToMade(one, left))) return [];
  const isOf = ({ current }: Scope): readonly Bound[] =>
    current === range ? [] : [isNotNull(presenceOf(current) ?? always(true))];
  return [others, ...derived].flatMap((one, index): readonly Way[] => {
    if (!hasPath(context, one, one.current, left)) return [];
    const nearer = derived.slice(index).flatMap(isOf).map(negated);
    const rows = rowsWhere(way.rows, allOf([...isOf(one), ...nearer]));
    return [{ ...way, scope: one, range: one.current, type: one.current.type, rows, left, throughCollection: true }];
  });
}

/** Whether the names lead through values of the row to members of a collection that the request made. */
function leadsToMade(scope: Scope, [first, ...rest]: readonly NameSegment[]): boolean {
  const member = first && membersOf(scope, scope.current).own.get(first.name);
  const instance = instanceOf(member);
  if (instance) return leadsToMade({ ...scope, current: instance }, rest);
  return member !== undefined && (member.kind !== 'value' || isMembersValue(member));
}
