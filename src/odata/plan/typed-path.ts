/** Paths through values to which addnested has added something in rows of some types. Data Aggregation §3.4.3 */
import type { NameSegment, PathSegment } from '../url/ast';
import { caseOf } from './case-value';
import { castAt } from './cast';
import { always, isNotNull } from './conditions';
import type { PlanContext, Scope } from './context';
import { hasPath } from './has-path';
import { walkFrom } from './member-path';
import type { Bound } from './plan';
import { isPlainName, nothingOf, type Position } from './position';
import { presenceOf } from './presence';
import { byTypes, seenWith } from './typed-members';

/** What the path says of the row as each type has it; undefined where no type has more than others. */
export function planTyped(
  context: PlanContext,
  scope: Scope,
  { range, navigations, isCollection }: Position,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  if (navigations.length > 0 || isCollection || segment.arguments) return undefined;
  const cast = castAt(context.model, range.type, segment.name);
  const path = cast ? rest : [segment, ...rest];
  const type = cast ?? range.type;
  const [first] = path;
  if (!first || !isPlainName(first)) return undefined;
  const { name, place } = first;
  const valueIn = (seen: Scope): Bound =>
    walkFrom(context, { ...seen, current: scope.current }, seen.current, path, place);
  const [others, ...derived] = byTypes(scope, range, type, name);
  if (derived.length === 0) {
    const typed = type === range.type ? undefined : seenWith(scope, range, type, name);
    return typed && valueIn(typed);
  }
  const branches = derived.map((seen) => ({
    condition: isNotNull(presenceOf(seen.current) ?? always(true)),
    value: valueIn(seen),
  }));
  const [one] = branches;
  const value = hasPath(context, others, others.current, path) || !one ? valueIn(others) : nothingOf(one.value);
  return caseOf(context, [...branches.reverse(), { condition: always(true), value }], place);
}
