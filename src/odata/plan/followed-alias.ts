/** Aliases that stand for one another. URL Conventions §5.3 */
import { odataError } from '../error';
import type { AliasReference, QueryOptions } from '../url/ast';
import { placeOf, type PlanContext, type Scope } from './context';

/** An alias that has been followed, and those before it: the options around decide what it stands for. */
export interface FollowedAlias {
  readonly node: AliasReference;
  readonly options: QueryOptions | undefined;
  readonly before: FollowedAlias | undefined;
  readonly depth: number;
}

/** One alias more. Refuses one that leads to itself. */
export function follow(
  { limits: { levels: most } }: PlanContext,
  before: FollowedAlias | undefined,
  node: AliasReference,
  options: QueryOptions | undefined,
): FollowedAlias {
  const depth = (before?.depth ?? 0) + 1;
  if (depth > most)
    throw odataError(
      'NestedTooDeeply',
      { message: `More than ${most} aliases stand for one another.` },
      placeOf(node.place),
    );
  for (let one = before; one; one = one.before)
    if (one.node === node && one.options === options)
      throw odataError('InvalidValue', { message: `The alias @${node.name} leads to itself.` }, placeOf(node.place));
  return { node, options, before, depth };
}

/** The scope in which the value of an alias is planned. */
export const followAlias = (context: PlanContext, scope: Scope, node: AliasReference): Scope => ({
  ...scope,
  aliases: follow(context, scope.aliases, node, scope.options),
});
