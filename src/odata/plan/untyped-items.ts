/** Values that tell their types themselves, as collections and complex values of a type: null where they are none. URL Conventions §5.1.1.18 */
import { booleanType, complexItems, edm, untyped } from '../model/edm';
import type { ComplexType, EdmType, Property } from '../model/model';
import type { Place } from '../url/ast';
import { convert, untypedItems } from './coerce';
import { elementOf, valuesOf } from './collection-property';
import { allOf, always, both, either, equal, isNotNull, whereTrue } from './conditions';
import type { PlanContext } from './context';
import { keyOfAll, keyOfSingle } from './item-keys';
import { noItems, orNone } from './structured';
import { callOf, hasOnly, isArray, isObject, memberNamed } from './own-functions';
import type { Bound, BoundObject } from './plan';

/** The items where the value is a collection whose items are of the type, or null. */
export function itemsAs(context: PlanContext, operand: Bound, of: EdmType, place: Place): Bound {
  const collection = valuesOf(untypedItems(operand));
  const member = elementOf(collection.element);
  const value = valueAs(context, member, of, place);
  const areOfType: Bound = {
    kind: 'exists',
    collection,
    quantifier: 'all',
    predicate: isNullOr(member, value),
    type: booleanType,
    nullable: false,
  };
  const type = { kind: 'collection', of } as const;
  const items: Bound = { kind: 'gathered', collection, value, type, nullable: false };
  return whereTrue(both(isArray(operand), areOfType), items);
}

const valueAs = (context: PlanContext, value: Bound, type: EdmType, place: Place): Bound =>
  type.kind === 'complex'
    ? keyOfUntyped(context, value, type, place)
    : (convert(context, value, type) ?? { kind: 'null' });

/** The value is null, or what has become of it is not. */
const isNullOr = (value: Bound, made: Bound): Bound => either(equal(value, { kind: 'null' }), isNotNull(made));

/** The key of an object as a value of the complex type: what it leaves out is null, or an empty collection. It has nothing that the type has not. */
export function keyOfUntyped(context: PlanContext, value: Bound, type: ComplexType, place: Place): Bound {
  return context.nested(place, () => {
    const properties = [...type.properties.values()];
    const parts = properties.map((property) => partAs(context, value, property, place));
    const names = properties.map(({ name }) => name);
    const isPlain = [isObject, hasOnly(names, `${context.model.namespace}.${type.name}`)].map((test) =>
      callOf(test, [value], booleanType, true),
    );
    const condition = allOf([...isPlain, ...parts.map(({ fits }) => fits)]);
    const keys = parts.map(({ key }) => key);
    return whereTrue(condition, keyOfAll(context, keys, type, place));
  });
}

/** An object of the type, part by part. */
export function objectAs(context: PlanContext, value: Bound, type: ComplexType, place: Place): BoundObject {
  return context.nested(place, () => {
    const parts = [...type.properties.values()].map((property) => ({
      property,
      value: partOf(context, memberOf(value, property), property, place),
    }));
    return { kind: 'object', parts, type, nullable: false };
  });
}

function partOf(context: PlanContext, member: Bound, { type, nullable }: Property, place: Place): Bound {
  if (type.kind === 'complex') {
    const object = objectAs(context, member, type, place);
    return nullable ? whereTrue(callOf(isObject, [member], booleanType, true), object) : object;
  }
  if (type.kind !== 'collection') return valueAs(context, member, type, place);
  return orNone(itemsAs(context, member, type.of, place), type);
}

const memberOf = (object: Bound, { name }: Property): Bound => {
  const named: Bound = { kind: 'value', slot: () => name, type: edm('Edm.String'), nullable: false };
  return callOf(memberNamed, [object, named], untyped, true);
};

/** What an object has for a property of the type. */
function partAs(
  context: PlanContext,
  object: Bound,
  property: Property,
  place: Place,
): { readonly key: Bound; readonly fits: Bound } {
  const { type } = property;
  const member = memberOf(object, property);
  if (type.kind !== 'collection') {
    const value = valueAs(context, member, type, place);
    return { key: type.kind === 'complex' ? value : keyOfSingle(value), fits: isNullOr(member, value) };
  }
  const items = itemsAs(context, member, type.of, place);
  const key = complexItems(property) ? items : keyOfSingle(items);
  const branches = [
    { condition: equal(member, { kind: 'null' }), value: noItems(type) },
    { condition: always(true), value: key },
  ];
  return { key: { kind: 'case', branches, type, nullable: true }, fits: isNullOr(member, items) };
}
