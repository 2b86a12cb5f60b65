/** Complex values written out in the request, of a type that they name themselves. URL Conventions §5.1.1.14.2, JSON §4.6.3 */
import { odataError } from '../error';
import { complexItems, edm, isNullValue, isSameType, numericRank, typeName } from '../model/edm';
import type { ComplexType, EdmType, Property } from '../model/model';
import type { Expression, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { convert, describe, typeOf } from './coerce';
import { always } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny } from './expression';
import { collectionAs } from './item-keys';
import { callOf, narrowedTo } from './own-functions';
import type { Bound, BoundObject } from './plan';
import { nothingOf, objectAt, orNone, type GivenObject, type Structured } from './structured';
import { localName } from './type-names';

const isType = (name: string): boolean => name === '@odata.type' || name === '@type';

/** The object that an expression is, itself or behind an alias, as a value; undefined when it is none. */
export function planObject(context: PlanContext, scope: Scope, node: Expression): BoundObject | undefined {
  const given = objectAt(context, scope, node);
  return given && objectOf(context, given, typeNamed(context, given));
}

/** The type that an object is of. */
export function typeNamed(context: PlanContext, given: GivenObject): ComplexType {
  const named = ownType(context, given);
  if (named) return named;
  const { place } = given.node;
  throw odataError('TypeMismatch', { message: 'The object needs a member "@odata.type".' }, placeOf(place));
}

/** The type that an object names: `"@odata.type":"#Namespace.Type"`; undefined where it names none. */
export function ownType(context: PlanContext, { node: { members, place } }: GivenObject): ComplexType | undefined {
  const { complexTypes, namespace } = context.model;
  const value = members.find(({ name }) => isType(name))?.value;
  const name =
    value?.kind === 'literal' ? context.inspect(value, (text) => text.slice(text.lastIndexOf('#') + 1)) : undefined;
  if (name === undefined) return undefined;
  const found = complexTypes.get(localName(namespace, name) ?? '');
  if (found) return found;
  const names = [...complexTypes.keys()].map((known) => `${namespace}.${known}`);
  throw odataError('UnknownType', { name, hint: didYouMean(name, names) }, placeOf(value?.place ?? place));
}

/** An object as a value of the type. */
export function objectOf(context: PlanContext, { node, scope }: GivenObject, type: ComplexType): BoundObject {
  const { members, place } = node;
  for (const { name, value } of members) {
    if (type.properties.has(name) || name.includes('@')) continue;
    const hint = didYouMean(name, [...type.properties.keys()]);
    throw odataError('UnknownProperty', { type: type.name, name, hint }, placeOf(value.place));
  }
  const parts = [...type.properties.values()].map((property) => {
    const member = members.find(({ name }) => name === property.name)?.value;
    return { property, value: member ? partOf(context, scope, property, member) : missing(property, place) };
  });
  return { kind: 'object', parts, type, nullable: false };
}

function partOf(context: PlanContext, scope: Scope, property: Property, node: Expression): Bound {
  const { type } = property;
  const object = type.kind === 'complex' ? objectAt(context, scope, node) : undefined;
  if (object && type.kind === 'complex') return objectOf(context, object, type);
  const given = planAny(context, scope, node, complexItems(property));
  if (given.kind === 'null') return missing(property, node.place);
  const value =
    type.kind === 'collection' ? collectionAs(context, property, given, node.place) : convert(context, given, type);
  if (!value || isFraction(value, type))
    throw odataError(
      'TypeMismatch',
      { message: `'${property.name}' is of type ${typeName(type)}, and ${describe(given)} is none.` },
      placeOf(node.place),
    );
  // A literal of a whole number is read as Edm.Int64.
  const fitted =
    value.kind === 'null' || isSameType(value.type, type)
      ? value
      : context.within(node, () => callOf(narrowedTo(type), [value], type, value.nullable));
  return type.kind === 'collection' && fitted.kind !== 'null' && fitted.nullable ? orNone(fitted, type) : fitted;
}

/** What may have a fraction is no whole number. */
function isFraction(value: Bound, type: EdmType): boolean {
  const ranks = [typeOf(value) ?? type, type].map((one) => numericRank(one.kind === 'collection' ? one.of : one));
  const [given = 0, wanted = 0] = ranks;
  const whole = numericRank(edm('Edm.Int64'));
  return given > whole && wanted <= whole;
}

/** What is left out is null, or an empty collection. */
function missing(property: Property, place: Place): Bound {
  const { name, type } = property;
  if (type.kind === 'collection' || isNullValue(property)) return nothingOf(type);
  throw odataError('InvalidValue', { message: `The object lacks '${name}', which is never null.` }, placeOf(place));
}

/** Null as a complex value of the type: it has parts all the same. */
export const nullOf = (type: ComplexType): Structured => {
  const parts = [...type.properties.values()].map((property) => ({ property, value: nothingOf(property.type) }));
  const value: BoundObject = { kind: 'object', parts, type, nullable: false };
  return { kind: 'case', branches: [{ condition: always(false), value }], type, nullable: true };
};
