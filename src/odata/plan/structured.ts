/** Equality of complex values: part by part. URL Conventions §5.1.1.1.1, §5.1.1.14.2 */
import { odataError } from '../error';
import { complexItems, typeName, untyped } from '../model/edm';
import { linksOf } from '../model/item-type';
import { lineage } from '../model/inheritance';
import type { EdmType, Property } from '../model/model';
import type { Expression, ObjectExpression, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { describe, typeOf } from './coerce';
import { planEqualTo } from './comparison';
import { allOf, always, areNull, equal, isNotNull } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { byName } from './derived-type';
import { followAlias } from './followed-alias';
import { typedPart } from './dynamic-property';
import { keysIn } from './item-keys';
import type { List } from './list';
import { itemsOf } from './members-operand';
import { sizeOf } from './operands';
import type { Bound, BoundObject, BoundProperty } from './plan';
import { pickedFrom } from './position';
import { isOtherStructure } from './structures';

/** An object of the request, and where its aliases are looked up. */
export interface GivenObject {
  readonly node: ObjectExpression;
  readonly scope: Scope;
}

/** The object that an expression is, itself or behind an alias. */
export function objectAt(context: PlanContext, scope: Scope, node: Expression): GivenObject | undefined {
  if (node.kind === 'object') return { node, scope };
  if (node.kind !== 'alias') return undefined;
  const value = context.alias(node.name, scope.options);
  return value && objectAt(context, followAlias(context, scope, node), value);
}

type Parts = ReadonlyMap<string, Property>;

/** The properties of a complex value; undefined for others. */
export const partsOf = (bound: Bound): Parts | undefined => complexSource(bound)?.properties;

/** Where the parts of a complex value come from: what is left of an entity has navigation properties, too. */
export type ComplexSource = Extract<Property['source'], { kind: 'complex' }>;

export function complexSource(bound: Bound): ComplexSource | undefined {
  if ((bound.kind === 'object' || bound.kind === 'case') && bound.type.kind === 'complex') {
    const { properties, navigations, entity } = bound.type;
    return { kind: 'complex', properties, ...(navigations && { navigations }), ...(entity && { entity }) };
  }
  if (bound.kind === 'picked') return complexSource(bound.value);
  return bound.kind === 'property' && bound.property.source.kind === 'complex' ? bound.property.source : undefined;
}

/** All that values of a type consist of, what ties the entities to them to which they lead among that. */
export const allParts = ({
  properties,
  navigations,
}: Pick<ComplexSource, 'properties' | 'navigations'>): readonly Property[] => [
  ...properties.values(),
  ...linksOf(navigations),
];

/** The same of a value, by the names. */
export function allPartsOf(bound: Bound): Parts | undefined {
  const source = complexSource(bound);
  return source && byName(allParts(source));
}

/** Whether a value, or one that it may be, is what groups have left of an entity that leads to others. */
export function leadsToEntities(bound: Bound): boolean {
  if (bound.kind === 'case') return bound.branches.some(({ value }) => leadsToEntities(value));
  if (bound.kind === 'list') return bound.items.some(leadsToEntities);
  if (bound.kind === 'object') return bound.parts.some(({ value }) => leadsToEntities(value));
  const source = complexSource(bound);
  return source !== undefined && isLeftWith(source);
}

const isLeftWith = ({ navigations, properties }: ComplexSource): boolean =>
  (navigations?.size ?? 0) > 0 ||
  [...properties.values()].some(({ source }) => source.kind === 'complex' && isLeftWith(source));

/** The property of a complex value that a segment names. */
export function partNamed(value: Bound, next: PathSegment): Property {
  if (next.kind !== 'name')
    throw odataError('TypeMismatch', { message: `${describe(value)} is no collection.` }, placeOf(next.place));
  const parts = partsOf(value);
  if (!parts)
    throw odataError('SyntaxError', { message: `${describe(value)} has no properties.` }, placeOf(next.place));
  const found = parts.get(next.name);
  if (next.arguments) throw odataError('UnknownFunction', { name: next.name, hint: '' }, placeOf(next.place));
  if (found) return found;
  const type = typeName(value.kind === 'null' ? untyped : value.type);
  throw odataError(
    'UnknownProperty',
    { type, name: next.name, hint: didYouMean(next.name, [...parts.keys()]) },
    placeOf(next.place),
  );
}

/** The value of one of them. */
export function partOf(whole: Structured, property: Property): Bound {
  if (property.isNull) return { kind: 'null' };
  if (whole.kind === 'object')
    return whole.parts.find((part) => part.property.name === property.name)?.value ?? nothingOf(property.type);
  if (whole.kind === 'picked') return pickedFrom(whole.collection, partWithin(whole.value, property));
  if (whole.kind === 'case') {
    const branches = whole.branches.map(({ condition, value }) => ({ condition, value: partWithin(value, property) }));
    if (branches.every(({ value }) => value.kind === 'null')) return { kind: 'null' };
    return { ...whole, branches, type: property.type };
  }
  return { ...whole, property, type: property.type, nullable: property.nullable || whole.nullable };
}

/** The same of a value within, whose part of the name comes from elsewhere. */
const partWithin = (value: Bound, property: Property): Bound => {
  const parts = allPartsOf(value);
  const own = parts ? parts.get(property.name) : property;
  if (!isStructured(value)) return { kind: 'null' };
  return own ? partOf(value, own) : nothingOf(property.type);
};

/** What a value has by a name that it lacks and others have: null, or an empty collection. */
export const nothingOf = (type: EdmType): Bound => (type.kind === 'collection' ? noItems(type) : { kind: 'null' });

/** A collection that is never null. */
export const orNone = (value: Bound, type: List['type']): Bound => ({
  kind: 'case',
  branches: [
    { condition: isNotNull(value), value },
    { condition: always(true), value: noItems(type) },
  ],
  type,
  nullable: false,
});

/** The empty collection. */
export const noItems = (type: List['type']): List => ({ kind: 'list', items: [], type, nullable: false });

/** A complex value, or an entity. */
export type Structured = BoundProperty | BoundObject | Extract<Bound, { kind: 'picked' | 'case' }>;

/** Whether an expression may be one. */
export const isStructured = (bound: Bound): bound is Structured =>
  ['property', 'object', 'picked', 'case'].includes(bound.kind);

const incomparable = (left: Bound, right: string, place: Place): Error =>
  odataError('TypeMismatch', { message: `${describe(left)} cannot be compared with ${right}.` }, placeOf(place));

/** Two entities are the same when their keys are, two rows that the request made when all that they have is; null is the same as null. */
export function planEntityEquality(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  const [type, otherType] = [typeOf(left), typeOf(right)];
  if (type?.kind !== 'entity' || otherType?.kind !== 'entity') throw incomparable(left, describe(right), place);
  const isMade = type.key.length === 0 && otherType.key.length === 0;
  if (isMade && type.name === otherType.name) return equal(left, right);
  if (!isStructured(left) || !isStructured(right) || isMade) throw incomparable(left, describe(right), place);
  if (lineage(type).at(-1) !== lineage(otherType).at(-1)) throw incomparable(left, describe(right), place);
  const areEqual = type.key.map((key) => equal(partOf(left, key), partOf(right, key)));
  for (const part of areEqual) context.count(place, sizeOf(part));
  return allOf(areEqual);
}

/** Two complex values of one type: equal when all their parts are, and null equals null only. Data Aggregation §3.1.2 says that what is added to one of them alone makes them different. */
export function planComplexEquality(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  const parts = partsOf(left);
  const otherParts = partsOf(right);
  if (!isStructured(left) || !isStructured(right) || !parts || !otherParts || !sameType(left, right))
    throw incomparable(left, describe(right), place);
  if (isOtherStructure(left.type, right.type)) return areNull(left, right);
  const areEqual = [...parts.values()].map((property) => {
    const other = otherParts.get(property.name) ?? property;
    if (complexItems(property))
      return equal(keysIn(context, left, property, place), keysIn(context, right, other, place));
    const [a, b] = [partOf(left, property), partOf(right, other)];
    return property.source.kind === 'complex' && a.kind !== 'null' && b.kind !== 'null'
      ? planComplexEquality(context, a, b, place)
      : equal(typedPart(property, a), typedPart(property, b));
  });
  for (const part of areEqual) context.count(place, sizeOf(part));
  return allOf([...(isApart(left) || isApart(right) ? [equal(isNotNull(left), isNotNull(right))] : []), ...areEqual]);
}

/** The parts alone do not tell whether it is null: all of them are null in an empty object, too. */
function isApart(whole: Bound): boolean {
  if (whole.kind === 'picked') return isApart(whole.value);
  if (whole.kind === 'case') return whole.branches.some(({ value }) => isApart(value));
  if (whole.kind !== 'property') return whole.kind === 'object';
  const { source } = whole.property;
  return source.kind === 'complex' && source.presence !== undefined;
}

const sameType = (left: Structured, right: Structured): boolean => typeName(left.type) === typeName(right.type);

/** A complex value and an object, which is never null: what the object leaves out is null. */
export function planObjectEquality(
  context: PlanContext,
  left: Bound,
  { node, scope }: GivenObject,
  place: Place,
): Bound {
  if (left.kind === 'null') return always(false);
  const parts = partsOf(left);
  if (!isStructured(left) || !parts) throw incomparable(left, 'an object', place);
  for (const { name } of node.members) checkMember(left.type, parts, name, place);
  const areEqual = [...parts.values()].map((property) =>
    planPartEquality(
      context,
      scope,
      complexItems(property)
        ? (itemsOf(left, property, place) ?? keysIn(context, left, property, place))
        : partOf(left, property),
      memberOf(node, property.name),
      place,
    ),
  );
  return allOf([isNotNull(left), ...areEqual]);
}

/** The value that an object has for a property. */
export const memberOf = ({ members }: ObjectExpression, name: string): Expression | undefined =>
  members.find((member) => member.name === name)?.value;

/** Throws where the type has no property of the name. Control information and annotations say nothing about the value. */
export function checkMember(type: EdmType, parts: Parts, name: string, place: Place): void {
  if (name.includes('@') || parts.has(name)) return;
  throw odataError(
    'UnknownProperty',
    { type: typeName(type), name, hint: didYouMean(name, [...parts.keys()]) },
    placeOf(place),
  );
}

function planPartEquality(
  context: PlanContext,
  scope: Scope,
  part: Bound,
  value: Expression | undefined,
  place: Place,
): Bound {
  const { type } = part.kind === 'null' ? {} : part;
  if (value) return planEqualTo(context, scope, part, value, place);
  // What is left out is null, or an empty collection.
  return type?.kind === 'collection'
    ? planEqualTo(context, scope, part, { kind: 'list', items: [], place }, place)
    : equal(part, { kind: 'null' });
}
