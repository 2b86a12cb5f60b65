/** Casts of values whose types nothing declares to complex types of the model. URL Conventions §4.11, §5.1.1.15 */
import { booleanType, qualifiedTypeName, untyped } from '../model/edm';
import type { ComplexType } from '../model/model';
import type { NameSegment } from '../url/ast';
import { either } from './conditions';
import type { PlanContext } from './context';
import { callOf, isArray, seenAsType, tellsType } from './own-functions';
import type { Bound } from './plan';
import { localName } from './type-names';

/** A value that tells its type itself is an object that tells this one. */
export const tells = ({ model }: PlanContext, value: Bound, type: ComplexType): Bound =>
  callOf(tellsType(qualifiedTypeName(model.namespace, type)), [value], booleanType, false);

/**
 * What a segment casts a value to: the value, the items of a collection that are of the type, or null; and whether there is something of the kind.
 * Undefined where the segment names no such type.
 */
export function untypedCast(
  context: PlanContext,
  value: Bound,
  { name, arguments: given }: NameSegment,
): { readonly type: ComplexType; readonly isThere: Bound; readonly value: Bound } | undefined {
  const { namespace, complexTypes } = context.model;
  const local = name.includes('.') && !given ? localName(namespace, name) : undefined;
  const type = local === undefined ? undefined : complexTypes.get(local);
  if (!type) return undefined;
  const seen = callOf(seenAsType(qualifiedTypeName(namespace, type)), [value], untyped, true);
  return { type, isThere: either(tells(context, value, type), isArray(value)), value: seen };
}
