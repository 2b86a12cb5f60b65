/** Whether paths of names lead somewhere in rows, whatever the request has made of them. Data Aggregation §3.1.1 */
import type { EntityType, Property } from '../model/model';
import type { NameSegment, PathSegment } from '../url/ast';
import { baseAt, castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { pathInGroup, typeOfGroup, typeOfLeft } from './group-type';
import { instanceOf, membersOf, variantsOf } from './members';
import type { Range } from './plan';
import { complexSource, type ComplexSource } from './structured';
import { byTypes } from './typed-members';

/** Whether a path of names leads somewhere, in rows of some types perhaps: of what rows were grouped by they have only some parts. */
export function hasPath(context: PlanContext, scope: Scope, range: Range, path: readonly PathSegment[]): boolean {
  const [first] = path;
  if (first?.kind !== 'name') return true;
  const [, ...derived] = byTypes(scope, range, range.type, first.name);
  return (
    hasPathFrom(context, scope, range, [first, ...path.slice(1)]) ||
    derived.some((one) => hasPath(context, one, one.current, path))
  );
}

function hasPathFrom(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): boolean {
  const [first, ...rest] = path;
  const { own, whole } = membersOf(scope, range);
  const group = typeOfGroup(scope, range);
  const inGroup = group && pathInGroup(context, group, path);
  if (group && inGroup !== path)
    return inGroup !== undefined && inGroup.length > 0 && hasPath(context, scope, range, inGroup);
  const member = own.get(first.name);
  const instance = instanceOf(member);
  if (instance) return hasPathBehind(context, scope, instance, rest);
  if ((member?.kind === 'added' || member?.kind === 'structure') && member.behind.kind === 'many')
    return hasPathBehind(context, member.behind.scope, member.behind.scope.current, rest);
  if (member) return member.kind !== 'value' || hasParts(context, complexSource(member.value), rest);
  if (whole) return hasParts(context, complexSource(whole), path);
  const property = range.type.properties.get(first.name);
  if (property) return hasPart(context, property, rest);
  // Rows of `$all` are seen as what their types are derived from, too.
  const type = castAt(context.model, range.type, first.name) ?? baseAt(context.model, range.type, first.name);
  if (type) return hasPathAs(context, scope, range, type, rest);
  const navigation = range.type.navigations.get(first.name);
  return (
    (navigation !== undefined && hasDeclared(context, navigation.target, rest)) ||
    variantsOf(scope, range)?.scopes.some((variant) => hasPath(context, variant, variant.current, path)) === true
  );
}

/** The same of the row as one of a type. */
function hasPathAs(
  context: PlanContext,
  scope: Scope,
  range: Range,
  type: EntityType,
  rest: readonly PathSegment[],
): boolean {
  const [next] = rest;
  const isNamed = next?.kind === 'name' && membersOf(scope, range).own.has(next.name);
  if (type === range.type || isNamed) return hasPath(context, scope, range, rest);
  const isDerived = range.type.inheritance?.derived.includes(type) === true;
  const seen = isDerived && next?.kind === 'name' ? byTypes(scope, range, type, next.name) : [];
  return hasDeclared(context, type, rest) || seen.some((one) => hasPath(context, one, one.current, rest));
}

/** The same behind a name that the request gave: entities may have what their types do not declare. */
function hasPathBehind(context: PlanContext, scope: Scope, range: Range, rest: readonly PathSegment[]): boolean {
  const [first] = rest;
  if (hasPath(context, scope, range, rest)) return true;
  if (range.type.columns || first?.kind !== 'name' || !isUndeclared(range.type, first)) return false;
  return castAt(context.model, range.type, first.name) === undefined;
}

/** The same behind a navigation property, where types decide. */
function hasDeclared(context: PlanContext, type: EntityType, [first, ...rest]: readonly PathSegment[]): boolean {
  if (first?.kind !== 'name' || isUndeclared(type, first)) return true;
  const property = type.properties.get(first.name);
  if (property) return hasPart(context, property, rest);
  const navigation = type.navigations.get(first.name);
  return navigation !== undefined && hasDeclared(context, navigation.target, rest);
}

/** Whether it begins with what a type does not declare: another type, or a dynamic property. */
const isUndeclared = ({ dynamic }: EntityType, { name }: NameSegment): boolean =>
  name.includes('.') || dynamic !== undefined;

/** Whether a value has the parts that a path names; any where they are not known. */
function hasParts(context: PlanContext, source: ComplexSource | undefined, path: readonly PathSegment[]): boolean {
  const left = source && typeOfLeft(source);
  const inLeft = left ? pathInGroup(context, left, path) : path;
  if (inLeft !== path) return inLeft !== undefined && hasParts(context, source, inLeft);
  const [first, ...rest] = path;
  if (!source || first?.kind !== 'name' || first.name.includes('.')) return true;
  const part = source.properties.get(first.name);
  return part ? hasPart(context, part, rest) : source.navigations?.has(first.name) === true;
}

const hasPart = (context: PlanContext, { source }: Property, names: readonly PathSegment[]): boolean =>
  hasParts(context, source.kind === 'complex' ? source : undefined, names);
