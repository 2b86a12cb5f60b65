/** Complex values with all that the request has added to them, as values. Data Aggregation §3.1.2, §3.4.3 */
import { complexItems, edm, untyped } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { Place } from '../url/ast';
import { typeOf } from './coerce';
import { isNotNull } from './conditions';
import { notImplemented, type PlanContext, type Scope } from './context';
import { keysIn, withKeys } from './item-keys';
import { madeOf } from './made-rows';
import { instanceOf, membersOf, variantsOf, type Member } from './members';
import { sizeOf } from './operands';
import type { Bound, BoundObject, Range } from './plan';
import { at, itemValue, type Position } from './position';
import { planMember } from './row-paths';
import { planVariants } from './row-values';
import { isStructured, partOf, partsOf, type Structured } from './structured';
import { withNames } from './structures';

/** A value that a variable stands for, or that of each of its rows, with the names that the variable has beside. What is no complex value stays. */
export function augmented(context: PlanContext, scope: Scope, range: Range, value: Bound, place: Place): Bound {
  if (value.kind === 'members') {
    const of = augmented(context, scope, value.collection.range, value.value, place);
    return of.kind === 'null' || of === value.value
      ? value
      : { ...value, value: of, type: { kind: 'collection', of: of.type } };
  }
  const { own } = membersOf(scope, range);
  if (own.size === 0 || !isStructured(value) || value.type.kind !== 'complex') return value;
  const added = new Map([...own.keys()].map((name) => [name, valueOf(context, scope, range, name, place)] as const));
  const types = [...added].map(([name, one]) => [name, typeOf(one) ?? edm('Edm.String')] as const);
  const type = withNames(context, value.type, new Map<string, EdmType>(types));
  const parts = [...type.properties.values()].map((property) => ({
    property,
    value: added.get(property.name) ?? ownPart(context, value, property, place),
  }));
  const object: BoundObject = { kind: 'object', parts, type, nullable: false };
  context.count(place, sizeOf(object));
  return value.nullable
    ? { kind: 'case', branches: [{ condition: isNotNull(value), value: object }], type, nullable: true }
    : object;
}

/** A part that the value has anyway. */
function ownPart(context: PlanContext, value: Structured, property: Property, place: Place): Bound {
  const own = partsOf(value)?.get(property.name) ?? property;
  return complexItems(property) ? keysIn(context, value, own, place) : partOf(value, own);
}

/** What a name stands for, a collection of complex values by the keys of its items. */
function valueOf(context: PlanContext, scope: Scope, range: Range, name: string, place: Place): Bound {
  const inner: Scope = { ...scope, current: range, variables: new Map() };
  const member = membersOf(scope, range).own.get(name);
  const found =
    member && isValue(scope, member) ? planMember(context, inner, range, { kind: 'name', name, place }, []) : undefined;
  const type = found && typeOf(found);
  const isUntyped = (type?.kind === 'collection' ? type.of : type) === untyped;
  if (!found || isUntyped)
    throw notImplemented(`A value of a complex value to which the request added '${name}'`, place);
  return withKeys(context, found, place);
}

/** Whether a name stands for values: neither for entities nor for rows that the request has made. */
function isValue(scope: Scope, member: Member): boolean {
  if (member.kind === 'value') return true;
  const instance = instanceOf(member);
  if (instance) return areItems(scope, instance);
  const made = madeOf(member).scope;
  return areItems(made, made.current);
}

/** Whether rows are complex values, in all of their structures. */
function areItems(scope: Scope, range: Range): boolean {
  const { whole } = membersOf(scope, range);
  return (
    whole !== undefined ||
    range.type.item !== undefined ||
    variantsOf(scope, range)?.scopes.every((variant) => areItems(variant, variant.current)) === true
  );
}

/** Items of several structures, each by what it has; undefined where rows have one structure, or are no items. */
export function itemsInStructures(
  context: PlanContext,
  scope: Scope,
  { range, isCollection, collection }: Position,
  place: Place,
): Bound | undefined {
  const variants = variantsOf(scope, range);
  if (!variants?.scopes.every(({ current }) => current.type.item)) return undefined;
  const values = variants.scopes.map((variant) => {
    const { current } = variant;
    const value = itemValue(at(current)) ?? { kind: 'null' };
    return augmented(context, variant, current, value, place);
  });
  const value = planVariants(context, variants.discriminator, values, place);
  if (!isCollection || !collection || value.kind === 'null') return value;
  return { kind: 'members', collection, value, type: { kind: 'collection', of: value.type }, nullable: false, place };
}
