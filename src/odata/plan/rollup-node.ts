/** The node that a row is rolled up to: `Aggregation.rollupnode()`. Data Aggregation §6.3 */
import { odataError } from '../error';
import type { NameSegment, PathSegment } from '../url/ast';
import { placeOf, type PlanContext, type Scope } from './context';
import { walkFrom } from './member-path';
import { membersOf } from './members';
import type { Bound } from './plan';

/** What a path says of the node; `Position` tells which one, of several rolluprecursive. */
export function planRollupNode(
  context: PlanContext,
  scope: Scope,
  { arguments: given = [], place }: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const [argument, another] = given;
  const value = argument?.name === 'Position' ? argument.value : undefined;
  const isFit = !another && (!argument || (value?.kind === 'literal' && value.type === 'integer'));
  if (!isFit)
    throw odataError('TypeMismatch', { message: 'rollupnode takes Position, a whole number.' }, placeOf(place));
  const position = value?.kind === 'literal' ? context.inspect(value, Number) : 1;
  const range = membersOf(scope, scope.current).rollupNodes?.[position - 1];
  if (!range)
    throw odataError(
      'InvalidValue',
      { message: `There is no node ${position} here: rollupnode is known to rows that rolluprecursive has grouped.` },
      placeOf(place),
    );
  return walkFrom(context, scope, range, rest, place);
}
