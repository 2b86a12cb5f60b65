/** The order of entities of all types: by values of types that they may not have in common. Protocol §11.2.6.2 */
import { edm, isPrimitive, isSameType, numericRank, typeName, untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import type { OrderbyItem } from '../url/ast';
import { convert, typeOf, widestNumber } from './coerce';
import { sortedAs } from './collection';
import type { PlanContext } from './context';
import type { AllOrder, Bound } from './plan';

/** What an item of $orderby makes of the order, and the values that each type of entities has for it. */
interface OrderOfItem {
  readonly order: readonly AllOrder[];
  /** By type of entities, then as the order. */
  readonly values: readonly (readonly Bound[])[];
}

/**
 * An item of $orderby; `bounds` are what it is for each type of entities. Values of several types have the order of each of them, one after
 * the other, as those have that tell their types themselves: numbers are behind all that are none, and so on.
 */
export function orderOfItem(context: PlanContext, { direction }: OrderbyItem, bounds: readonly Bound[]): OrderOfItem {
  const types = orderedTypes(bounds);
  return {
    order: types.map((type) => ({ type, direction })),
    values: bounds.map((bound) => types.map((type) => valueOf(context, bound, type))),
  };
}

/** The types that values are ordered by: one for all numbers, one for days and moments. */
function orderedTypes(bounds: readonly Bound[]): readonly EdmType[] {
  const found = bounds.flatMap((bound) => {
    const type = typeOf(bound);
    return type === untyped ? sortedAs.map((name) => edm(name)) : (type ?? []);
  });
  const widest = widestNumber(bounds.filter((bound) => isNumber(typeOf(bound))));
  const hasMoments = found.some((type) => isPrimitive(type, 'Edm.DateTimeOffset'));
  const types = found
    .map((type) => (isNumber(type) ? (widest ?? type) : type))
    .map((type) => (hasMoments && isPrimitive(type, 'Edm.Date') ? edm('Edm.DateTimeOffset') : type));
  return types
    .filter((type, index) => types.findIndex((other) => isSameType(other, type)) === index)
    .sort((one, other) => placeOf(one) - placeOf(other) || (typeName(one) < typeName(other) ? -1 : 1));
}

const isNumber = (type: EdmType | undefined): boolean => type !== undefined && numericRank(type) > 0;

/** Numbers first, then as values that tell their types, then the others. */
function placeOf(type: EdmType): number {
  const index = sortedAs.findIndex((name) => isPrimitive(type, name));
  return isNumber(type) ? 0 : index < 0 ? sortedAs.length : index;
}

/** The value as one of the type; null where it is of another. */
function valueOf(context: PlanContext, bound: Bound, type: EdmType): Bound {
  if (bound.kind === 'null' || isSameType(bound.type, type)) return bound;
  const isSorted = bound.type === untyped && placeOf(type) < sortedAs.length;
  const isPromoted = (isNumber(bound.type) && isNumber(type)) || isPrimitive(bound.type, 'Edm.Date');
  return isSorted || isPromoted ? (convert(context, bound, type) ?? { kind: 'null' }) : { kind: 'null' };
}
