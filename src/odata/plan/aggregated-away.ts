/** Names that rows had before they were aggregated. Data Aggregation §3.1, §3.7 */
import { odataError } from '../error';
import type { NameSegment } from '../url/ast';
import { placeOf, type PlanContext, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { groupCast } from './grouped-cast';
import { hasName, membersOf } from './members';
import type { Range } from './plan';

/** The error for a path that begins, behind a cast perhaps, with a name that the rows of the variable no longer have, in none of their structures; undefined for others. */
export function aggregatedAway(
  context: PlanContext,
  scope: Scope,
  range: Range,
  [first, next]: readonly NameSegment[],
): Error | undefined {
  if (!first) return undefined;
  const cast = next && groupCast(context, scope, range, first)?.cast;
  const declared = cast ?? membersOf(scope, range).declared;
  const { name, place } = cast ? next : first;
  if (!declared || hasName(scope, range, name)) return undefined;
  if (!hasName(scope, { type: declared, name: '' }, name) && !dynamicProperty(declared, name)) return undefined;
  return odataError(
    'InvalidValue',
    { message: `'${name}' has been aggregated away: the rows no longer have it.` },
    placeOf(place),
  );
}
