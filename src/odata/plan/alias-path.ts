/** Paths behind a parameter alias: `@a/city`. URL Conventions §5.3 */
import { odataError } from '../error';
import type { AliasReference, Path } from '../url/ast';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny } from './expression';
import { followAlias } from './followed-alias';
import { planObject } from './object-value';
import type { Bound } from './plan';
import { walkValue } from './value-path';

/** A path, and the scope in which its aliases have been followed. */
interface Followed {
  readonly scope: Scope;
  readonly path: Path;
}

/** The path that a path stands for: an alias at its start gives way to the path that is its value, as long as that is one. */
export function followed(context: PlanContext, scope: Scope, path: Path): Followed {
  const { alias, segments } = path;
  const value = alias && context.alias(alias.name, scope.options);
  if (!alias || (value?.kind !== 'alias' && value?.kind !== 'path')) return { scope, path };
  const behind: Path =
    value.kind === 'alias'
      ? { kind: 'path', alias: value, segments, place: value.place }
      : { ...value, segments: [...value.segments, ...segments] };
  return followed(context, followAlias(context, scope, alias), behind);
}

/** What the path says of the value of an alias that is no path. */
export function planBehindAlias(context: PlanContext, scope: Scope, { segments }: Path, alias: AliasReference): Bound {
  if (!context.value(alias.name) && !context.alias(alias.name, scope.options))
    throw odataError(
      'InvalidValue',
      { message: `The alias @${alias.name} has no value that a path could go on behind.` },
      placeOf(alias.place),
    );
  return walkValue(context, scope, planObject(context, scope, alias) ?? planAny(context, scope, alias), segments);
}
