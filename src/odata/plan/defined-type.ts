/** Type definitions in cast and isof: primitive types with facets. URL Conventions §5.1.1.10, CSDL §11 */
import { edm, isSameType, untyped } from '../model/edm';
import type { EdmType, TypeDefinition } from '../model/model';
import type { Place } from '../url/ast';
import { typeOf } from './coerce';
import { always, isNotNull } from './conditions';
import { notImplemented } from './context';
import { callOf, fitting, shortEnough } from './own-functions';
import type { Bound } from './plan';
import { wholeNumber } from './row-values';

/** What a type definition, or a collection of values that are of it, names. */
export interface DefinedType {
  readonly definition: TypeDefinition;
  readonly type: EdmType;
}

/** A property that is declared with it. */
const isDeclared = (operand: Bound, { definition, type }: DefinedType): boolean =>
  operand.kind === 'property' && operand.property.definition === definition && isSameType(operand.type, type);

/** `isof`: what is declared with it, and not null. Of another type nothing is. */
export function isOfDefinition(operand: Bound, defined: DefinedType, place: Place): Bound {
  if (isDeclared(operand, defined)) return isNotNull(operand);
  const type = typeOf(operand);
  if (type !== untyped && !(type && isSameType(type, defined.type))) return always(false);
  throw notImplemented(
    `isof of the type definition '${defined.definition.name}' for what is not declared with it`,
    place,
  );
}

/** `cast`: `plan` makes the value one of the type below, which the facets then round, or make null where they do not hold it. */
export function castToDefinition(
  operand: Bound,
  defined: DefinedType,
  place: Place,
  plan: (type: EdmType) => Bound,
): Bound {
  if (operand.kind === 'null' || isDeclared(operand, defined)) return operand;
  if (defined.type.kind === 'collection') throw notImplemented('cast of a collection', place);
  const value = plan(defined.type);
  return value.kind === 'null' ? value : fitted(value, defined.definition, place);
}

function fitted(
  value: Bound,
  { name, underlying, maxLength, precision, scale = 0 }: TypeDefinition,
  place: Place,
): Bound {
  const type = edm(underlying);
  if (underlying === 'Edm.String' && maxLength !== undefined)
    return callOf(shortEnough, [value, wholeNumber(maxLength)], type, true);
  if (underlying === 'Edm.Decimal' && precision !== undefined) {
    const bound: Bound = { kind: 'value', slot: () => `1e${precision - scale}`, type, nullable: false };
    return callOf(fitting, [value, wholeNumber(scale), bound], type, true);
  }
  if (maxLength === undefined && precision === undefined) return value;
  throw notImplemented(`cast to the type definition '${name}', with facets of ${underlying},`, place);
}
