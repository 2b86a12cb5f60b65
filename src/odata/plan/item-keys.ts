/**
 * A complex value as one value, its key: two of a type have the same where all their parts are the same, and rows can be made of it again.
 * A collection of complex values, or of entities, is an array of keys, and what takes collections takes it as any other. No client sees a key. URL Conventions §5.1.1.1.1, §5.1.1.5, §5.1.1.6
 */
import { odataError } from '../error';
import { complexItems, edm, isNullValue, numericRank, typeName, untyped } from '../model/edm';
import { itemType } from '../model/item-type';
import { lineage } from '../model/inheritance';
import type { ComplexType, EdmType, EntityType, Property } from '../model/model';
import type { Expression, Place } from '../url/ast';
import { convert, describe, described, typeOf } from './coerce';
import { elementOf, valuesOf } from './collection-property';
import { listItems } from './comparison';
import { isNotNull, whereTrue } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { typedPart } from './dynamic-property';
import { planAny } from './expression';
import { withOneElementType, type List } from './list';
import { isMembers, itemsOf, unlessMissing } from './members-operand';
import { objectOf, ownType, typeNamed } from './object-value';
import { sizeOf } from './operands';
import { callOf, keyOfDuration, keyOfFloat, keyOfParts, keyWith } from './own-functions';
import type { Bound, Range } from './plan';
import { ofCollection, pickedFrom, wholeOf } from './position';
import {
  allParts,
  allPartsOf,
  checkMember,
  isStructured,
  memberOf,
  nothingOf,
  objectAt,
  partOf,
  partsOf,
  type GivenObject,
} from './structured';
import { commonStructure, declaredType, isPartOf } from './structures';
import { keyOfUntyped } from './untyped-items';

/** The type of the items of a collection of complex values; undefined for all else. */
export const itemsTypeOf = (bound: Bound): ComplexType | undefined => {
  const type = typeOf(bound);
  return type?.kind === 'collection' && type.of.kind === 'complex' ? type.of : undefined;
};

/** Whether an expression is an array of keys: one of entities has no meaning outside of operators and functions. */
export const isOfKeys = (bound: Bound): boolean => {
  const type = typeOf(bound);
  const isStructured = type?.kind === 'collection' && (type.of.kind === 'complex' || type.of.kind === 'entity');
  return isStructured && bound.kind !== 'property' && !isMembers(bound);
};

/** An expression whose value is such an array, or a collection that a key or a condition picks, as rows again: all else stays. */
export function opened(context: PlanContext, value: Bound, place: Place): Bound {
  const of = itemsTypeOf(value);
  if (!of || value.kind === 'null' || value.kind === 'property') return value;
  if (value.kind === 'members' && !value.collection.made) return value;
  const keys = withKeys(context, value, place);
  const range: Range = { type: itemType(of), name: of.name, optional: true, isKeyed: true };
  return wholeOf(ofCollection({ from: undefined, navigations: [], keys, range }), place);
}

/** The keys of the members in their order, where the operand is a collection of complex values or of entities; null where that is. Others stay. */
export function withKeys(context: PlanContext, operand: Bound, place: Place): Bound {
  if (!isMembers(operand)) return operand;
  return unlessMissing(operand, place, ({ collection, value, type: { of } }) => ({
    kind: 'gathered',
    collection,
    value: context.nested(place, () => keyOf(context, value, place)),
    type: { kind: 'collection', of: keyType(of) },
    nullable: false,
  }));
}

/** Entities of all types of a hierarchy have the same key. */
const keyType = (type: EdmType): EdmType => (type.kind === 'entity' ? (lineage(type).at(-1) ?? type) : type);

/** The keys of the items of a part of a complex value. */
export function keysIn(context: PlanContext, whole: Bound, property: Property, place: Place): Bound {
  if (whole.kind === 'null') return whole;
  const { type } = property;
  if (whole.kind === 'object') return partOf(whole, property);
  if (whole.kind === 'picked') return pickedFrom(whole.collection, keysIn(context, whole.value, property, place));
  if (whole.kind === 'case') {
    const branches = whole.branches.map(({ condition, value }) => ({
      condition,
      value: keysIn(context, value, property, place),
    }));
    return { ...whole, branches, type };
  }
  const own = partsOf(whole)?.get(property.name);
  if (!own) return nothingOf(type);
  const items = itemsOf(whole, own, place);
  return items ? withKeys(context, items, place) : { kind: 'null' };
}

/**
 * The key of a complex value, or of an entity, null where there is none. `nullable`: that may be. `type`: that of which it is a value, where it may
 * have less.
 */
export function keyOf(
  context: PlanContext,
  value: Bound,
  place: Place,
  { nullable, type }: { readonly nullable?: boolean; readonly type?: ComplexType } = {},
): Bound {
  if (value.kind === 'null') return value;
  const known = type ?? (value.type.kind === 'complex' ? value.type : undefined);
  const within = (inner: Bound): Bound => keyOf(context, inner, place, known && { type: known });
  if (value.kind === 'picked') return { ...value, value: within(value.value) };
  if (value.kind === 'case')
    return { ...value, branches: value.branches.map((branch) => ({ ...branch, value: within(branch.value) })) };
  if (value.kind === 'element') return value;
  if (value.type.kind === 'entity') return keyOfEntity(context, value, value.type, place);
  const parts = allPartsOf(value);
  if (!isStructured(value) || !parts || !known) throw new Error(`${describe(value)} has no parts`);
  const keys = allParts(known).map((declared) => {
    const property = parts.get(declared.name);
    if (!property) return nothingOf(declared.type);
    if (complexItems(property)) return keysIn(context, value, property, place);
    const part = partOf(value, property);
    if (property.source.kind !== 'complex') return keyOfSingle(typedPart(declared, part));
    return keyOf(context, part, place, value.kind === 'property' ? { nullable: property.nullable } : {});
  });
  const key = keyOfAll(context, keys, known, place);
  return (nullable ?? value.nullable) ? whereTrue(isNotNull(value), key) : key;
}

/** Two entities are the same when their keys are. */
function keyOfEntity(context: PlanContext, value: Bound, type: EntityType, place: Place): Bound {
  // All that a row without a key has tells it apart.
  if (value.kind === 'call' && type.key.length === 0) return value;
  if (!isStructured(value) || type.key.length === 0) throw noKey(place);
  const parts = type.key.map((property) => keyOfSingle(partOf(value, property)));
  const key = callOf(keyOfParts, parts, keyType(type), false);
  context.count(place, sizeOf(key));
  return value.nullable ? whereTrue(isNotNull(value), key) : key;
}

const noKey = (place: Place): Error =>
  odataError('TypeMismatch', { message: 'These rows have no key, which would tell them apart.' }, placeOf(place));

/** A key of those of all parts of a value. */
export function keyOfAll(
  context: PlanContext,
  keys: readonly Bound[],
  type: ComplexType,
  place: Place,
): ReturnType<typeof callOf> {
  const added = allParts(type).flatMap(({ member }) => member ?? []);
  const key = callOf(keyWith(added), keys, type, false);
  context.count(place, sizeOf(key));
  return key;
}

/** A value without parts, or a collection of such: JSON tells it, but for numbers that are none, and durations of several forms. */
export function keyOfSingle(value: Bound): Bound {
  if (value.kind === 'null') return value;
  const { type } = value;
  if (type.kind !== 'collection') {
    const definition = ownKeys.get(type);
    return definition ? callOf(definition, [value], type, value.nullable) : value;
  }
  if (!ownKeys.has(type.of)) return value;
  const collection = valuesOf(value);
  const item = keyOfSingle(elementOf(collection.element));
  return { kind: 'gathered', collection, value: item, type, nullable: value.nullable };
}

const ownKeys = new Map([
  [edm('Edm.Double'), keyOfFloat],
  [edm('Edm.Single'), keyOfFloat],
  [edm('Edm.Duration'), keyOfDuration],
]);

/** The arguments of a function; objects are of the type that complex values have in another one. */
export function planArguments(context: PlanContext, scope: Scope, nodes: readonly Expression[]): readonly Bound[] {
  const planned = nodes.map((node) =>
    listItems(context, scope, node)?.some((item) => objectAt(context, item.scope, item.item))
      ? undefined
      : planAny(context, scope, node),
  );
  const of = planned.flatMap((one) => (one && itemsTypeOf(one)) ?? []).at(0);
  return nodes.map((node, index) => planned[index] ?? planAny(context, scope, node, of));
}

/** Members of a list as they are written: objects have no type of their own. */
type Written = Bound | GivenObject;

const isGiven = (item: Written): item is GivenObject => 'node' in item;

/** A list of complex values as one of their keys: of the type, or that which one of them has. Undefined where there is none in it. */
export function keysOfList(
  context: PlanContext,
  items: readonly Written[],
  of: ComplexType | undefined,
  place: Place,
): List | undefined {
  const object = items.find(isGiven);
  const structured = items.flatMap((item) => {
    const type = isGiven(item) ? undefined : typeOf(item);
    return type?.kind === 'complex' || type?.kind === 'entity' ? [keyType(type)] : [];
  });
  if (!object && structured.length === 0) return undefined;
  const [first] = structured;
  const common = structured.reduce<EdmType | undefined>((all, one) => all && commonStructure(context, all, one), first);
  const known = object && common?.kind === 'complex' ? commonStructure(context, common, declaredType(common)) : common;
  const type = of ?? known ?? first ?? (object && typeNamed(context, object));
  if (!type) return undefined;
  const keys = items.map((item) => keyAs(context, item, type, place));
  return { kind: 'list', items: keys, type: { kind: 'collection', of: type }, nullable: false };
}

/** The key of what must be a value of the type, or null. An object that is only compared may lack what is never null. */
export function keyAs(context: PlanContext, value: Written, type: EdmType, place: Place): Bound {
  if (isGiven(value)) {
    if (type.kind !== 'complex') throw noMember('an object', type, place);
    const named = ownType(context, value) ?? type;
    if (named === type)
      return value.scope.isCompared
        ? keyOfObject(context, value, type)
        : keyOf(context, objectOf(context, value, type), value.node.place);
    throw noMember(`an object of type ${named.name}`, type, place);
  }
  if (value.kind === 'null' || keyType(value.type) === type || isPartOf(value.type, type))
    return keyOf(context, value, place);
  if (value.type === untyped && type.kind === 'complex') return keyOfUntyped(context, value, type, place);
  throw noMember(describe(value), type, place);
}

const noMember = (found: string, type: EdmType, place: Place): Error =>
  odataError(
    'TypeMismatch',
    { message: `${found} is no member of a collection of ${described(type)}.` },
    placeOf(place),
  );

/** The key of an object that is compared with values of the type: what it leaves out is null, or an empty collection. */
function keyOfObject(context: PlanContext, { node, scope }: GivenObject, type: ComplexType): Bound {
  const { members, place } = node;
  for (const { name, value } of members) checkMember(type, type.properties, name, value.place);
  const keys = [...type.properties.values()].map((property): Bound => {
    const value = memberOf(node, property.name);
    if (value) return keyOfMember(context, { property, value, object: objectAt(context, scope, value) }, scope);
    if (property.type.kind === 'complex' && !isNullValue(property))
      return keyOfObject(context, { node: { ...node, members: [] }, scope }, property.type);
    return nothingOf(property.type);
  });
  return keyOfAll(context, keys, type, place);
}

/** A member that an object has, as a value of the property. Numbers need no common type: keys compare them as numbers. */
function keyOfMember(
  context: PlanContext,
  { property, value, object }: { property: Property; value: Expression; object: GivenObject | undefined },
  scope: Scope,
): Bound {
  const { type } = property;
  const { place } = value;
  if (object && type.kind === 'complex') return keyOfObject(context, object, type);
  if (object) throw wrongMember(property, 'an object', place);
  const given = planAny(context, scope, value, complexItems(property));
  if (given.kind === 'null') return given;
  if (type.kind === 'complex') return keyAs(context, given, type, place);
  if (type.kind === 'collection') {
    const items = collectionAs(context, property, given, place);
    if (items) return keyOfSingle(items);
  } else {
    const areNumbers = numericRank(given.type) > 0 && numericRank(type) > 0;
    const single = convert(context, given, type) ?? (areNumbers ? given : undefined);
    if (single) return keyOfSingle(single);
  }
  throw wrongMember(property, describe(given), place);
}

/** A value as one of a property that is a collection; undefined where it is none. */
export function collectionAs(
  context: PlanContext,
  { name, type }: Pick<Property, 'name' | 'type'>,
  given: Bound,
  place: Place,
): Bound | undefined {
  const held = elementOf({ name, type, nullable: false });
  const [, items] = withOneElementType(context, [held, withKeys(context, given, place)], place);
  return items && typeOf(items)?.kind === 'collection' ? items : undefined;
}

const wrongMember = ({ name, type }: Property, found: string, place: Place): Error =>
  odataError(
    'TypeMismatch',
    { message: `'${name}' is of type ${typeName(type)}, and ${found} is none.` },
    placeOf(place),
  );
