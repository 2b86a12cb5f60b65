/** Complex values, and rows that the request made of such, with all that it has added to them, as values. Data Aggregation §3.1.1, §3.1.2, §3.4.3 */
import { complexItems, edm } from '../model/edm';
import type { ComplexType, EdmType, Property } from '../model/model';
import type { Place } from '../url/ast';
import type { Applied } from './apply-state';
import { typeOf } from './coerce';
import { isNotNull, whereTrue } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { keysIn, withKeys } from './item-keys';
import { collectionOf } from './made-rows';
import { instanceOf, membersOf, variantsOf, type Member } from './members';
import { sizeOf } from './operands';
import type { Bound, BoundObject, Range } from './plan';
import { at, itemValue, membersAt, ofCollection, propertyOf, type Position } from './position';
import { presenceOf } from './presence';
import { planMember } from './row-paths';
import { planVariants } from './row-values';
import { allParts, allPartsOf, complexSource, isStructured, partOf, partsOf, type Structured } from './structured';
import { structureOf, withNames } from './structures';

/** Rows that are complex values, in all of their structures, each by what it has; undefined where they are not. */
export function valuesAt(context: PlanContext, scope: Scope, position: Position, place: Place): Bound | undefined {
  const value = valueOfRow(context, scope, position.range, place);
  if (!value || value.kind === 'null' || !position.isCollection) return value;
  const collection = membersAt(position, place);
  return { kind: 'members', collection, value, type: { kind: 'collection', of: value.type }, nullable: false, place };
}

function valueOfRow(context: PlanContext, scope: Scope, range: Range, place: Place): Bound | undefined {
  const variants = variantsOf(scope, range);
  if (variants) {
    const values = variants.scopes.flatMap((variant) => {
      const value = valueOfRow(context, variant, variant.current, place);
      return value ? [value] : [];
    });
    if (values.length < variants.scopes.length) return undefined;
    return planVariants(context, variants.discriminator, values, place);
  }
  const { whole, declared = range.type } = membersOf(scope, range);
  const type = declared.item?.type;
  const made = type?.kind === 'complex' ? (): Bound => objectOfRow(context, scope, range, type, place) : undefined;
  const value = whole ?? itemValue(at(range)) ?? made?.();
  return value && augmented(context, scope, range, value, place);
}

/** A row that the request made of complex values is one of their type, which lacks what is gone. Data Aggregation §3.1.1 */
function objectOfRow(context: PlanContext, scope: Scope, range: Range, type: ComplexType, place: Place): Bound {
  const parts = [...range.type.properties].map(
    ([name, property]) => [name, partHeld(context, propertyOf(at(range), property))] as const,
  );
  const nested = (membersOf(scope, range).nested ?? []).map(
    ({ field: { name }, made }) => [name, rowsHeld(context, name, made, place)] as const,
  );
  const object = objectOf(context, type, new Map([...parts, ...nested]));
  context.count(place, sizeOf(object));
  const mark = presenceOf(range);
  return mark ? whereTrue(isNotNull(mark), object) : object;
}

/** What nest has made of complex values in such a row, by their keys. */
function rowsHeld(context: PlanContext, name: string, { joined, ...made }: Applied, place: Place): Bound {
  const collection = joined && collectionOf({ ...made, joined });
  const value = collection && valuesAt(context, made.scope, ofCollection(collection), place);
  if (!value) throw notOffered(name, place);
  return withKeys(context, value, place);
}

/** A property of such a row: of a complex value there may be only some parts. */
function partHeld(context: PlanContext, value: Bound): Bound {
  const parts = partsOf(value);
  if (!parts || !isStructured(value) || value.type.kind !== 'complex') return value;
  const held = new Map([...parts].map(([name, part]) => [name, partHeld(context, partOf(value, part))]));
  const object = objectOf(context, value.type, held);
  if (object.type === value.type) return value;
  return value.nullable ? whereTrue(isNotNull(value), object) : object;
}

const objectOf = (context: PlanContext, of: ComplexType, values: ReadonlyMap<string, Bound>): BoundObject => {
  const names = new Map([...values].map(([name, value]) => [name, { type: typeOf(value) ?? edm('Edm.String') }]));
  const type = structureOf(context, of, names);
  const parts = [...type.properties.values()].map((property) => ({
    property,
    value: values.get(property.name) ?? ({ kind: 'null' } as const),
  }));
  return { kind: 'object', parts, type, nullable: false };
};

/** A value that a variable stands for with the names that the variable has beside. */
function augmented(context: PlanContext, scope: Scope, range: Range, value: Bound, place: Place): Bound {
  if (!isStructured(value) || value.type.kind !== 'complex') return value;
  const { held, own: given } = membersOf(scope, range);
  if (held) return held;
  const own = [...given];
  // What is left of an entity has entities, which their keys tell, but neither what was added to them nor a node that has taken the place of one.
  const isLeft = value.type.made === 'entity';
  const [untold] =
    own.find(([name, one]) => isLeft && (one.kind === 'added' || (hasPart(value, name) && isOther(one)))) ?? [];
  if (untold !== undefined) throw notOffered(untold, place);
  if (own.length === 0) return value;
  const added = new Map(own.map(([name]) => [name, valueOf(context, scope, range, name, place)] as const));
  const types = [...added].map(([name, one]) => [name, { type: typeOf(one) ?? edm('Edm.String') }] as const);
  const type = withNames(context, value.type, new Map(types));
  const parts = allParts(type).map((property) => ({
    property,
    value: added.get(property.name) ?? ownPart(context, value, property, place),
  }));
  const object: BoundObject = { kind: 'object', parts, type, nullable: false };
  context.count(place, sizeOf(object));
  return value.nullable ? whereTrue(isNotNull(value), object) : object;
}

const hasPart = (value: Bound, name: string): boolean => {
  const { properties, navigations } = complexSource(value) ?? {};
  return properties?.has(name) === true || navigations?.has(name) === true;
};

/** Whether an instance is that of another variable, to which no navigation property leads. */
const isOther = (member: Member): boolean => instanceOf(member)?.behind?.navigations.length === 0;

/** A part that the value has anyway. */
function ownPart(context: PlanContext, value: Structured, property: Property, place: Place): Bound {
  const own = allPartsOf(value)?.get(property.name) ?? property;
  return complexItems(property) ? keysIn(context, value, own, place) : partOf(value, own);
}

/** What a name stands for, a collection of complex values by the keys of its items. */
function valueOf(context: PlanContext, scope: Scope, range: Range, name: string, place: Place): Bound {
  const inner: Scope = { ...scope, current: range, variables: new Map() };
  const found = planMember(context, inner, range, { kind: 'name', name, place }, []);
  const type = found && typeOf(found);
  if (!found || (type && !isValue(type))) throw notOffered(name, place);
  return withKeys(context, found, place);
}

/** No entities. */
const isValue = (type: EdmType): boolean => (type.kind === 'collection' ? isValue(type.of) : type.kind !== 'entity');

const notOffered = (name: string, place: Place): Error =>
  notImplemented(`A value of a complex value to which the request added '${name}'`, place);
