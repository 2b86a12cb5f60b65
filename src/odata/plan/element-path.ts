/** Paths that start at variables which stand for values. URL Conventions §5.1.1.13 */
import { untyped } from '../model/edm';
import type { Path } from '../url/ast';
import { elementOf } from './collection-property';
import type { PlanContext, Scope } from './context';
import { walkDynamic } from './dynamic-property';
import { ending } from './lambda';
import type { Bound } from './plan';

/** A variable that stands for a value: a lambda variable, or `$it` or `$this` where it is no entity, or is left out. */
export function planElement(context: PlanContext, scope: Scope, path: Path): Bound | undefined {
  const { root, segments } = path;
  const [first, ...rest] = segments;
  const name = root ?? (first?.kind === 'name' && !first.arguments ? first.name : undefined);
  const element = name === undefined ? undefined : scope.elements?.get(name);
  if (!element) return planMemberOfThis(context, scope, path);
  const value = elementOf(element);
  const further = root === undefined ? rest : segments;
  if (element.type === untyped) return walkDynamic(context, scope, value, further);
  ending(further);
  return value;
}

/** Names say members of the items that an expression speaks of, where these tell their types themselves. */
function planMemberOfThis(context: PlanContext, scope: Scope, { root, segments }: Path): Bound | undefined {
  const [first] = segments;
  const item = scope.elements?.get('$this');
  const isMember = root === undefined && first?.kind === 'name' && !first.arguments && !scope.variables.has(first.name);
  return isMember && item?.type === untyped ? walkDynamic(context, scope, elementOf(item), segments) : undefined;
}
