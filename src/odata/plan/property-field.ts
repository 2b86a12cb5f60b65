/** The member for one property, of the row itself or of a value that the request computed. URL Conventions §5.1.4 */
import { odataError } from '../error';
import { booleanType, untyped } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { QueryOptions } from '../url/ast';
import { hasOwn, isWhole, partChosen, scopeWithin, whole, type Chosen, type Part } from './chosen';
import { speakingOfItems, valuesField, valuesOf } from './collection-property';
import { complexItemsField } from './complex-items';
import { planValueSelection, speakingOfValue } from './complex-value';
import { present } from './conditions';
import type { PlanContext, Scope } from './context';
import { hiddenProperty, typeOnTheWire } from './derived-type';
import { heldPart } from './dynamic-part';
import { wholeEntity } from './expand';
import { typeOfLeft } from './group-type';
import { computedField } from './member-fields';
import { membersOf } from './members';
import { propertyOf } from './position';
import type { Bound, BoundProperty, Field } from './plan';
import { annotationFields } from './selected-annotations';
import { everything, type SelectList } from './select-list';
import { valueOnce } from './shared-fields';
import { transientField } from './transient';

/** The row that properties are read from: a variable, or what single-valued navigations lead to from it. */
type Row = Pick<BoundProperty, 'range' | 'navigations'>;

const ownRow = ({ current }: Scope): Row => ({ range: current, navigations: [] });

/** The members for what is chosen of the row's own properties. */
export function ownFields(context: PlanContext, scope: Scope, chosen: Chosen): readonly Field[] {
  const { own, derived } = membersOf(scope, scope.current);
  return partsIn(scope.current.type.properties, chosen).flatMap(([property, part]) => {
    const { name } = property;
    const value = derived?.get(name);
    const plan = (seen: Scope): Field =>
      value ? derivedField(name, value) : fieldOf(context, seen, property, part, ownRow(seen));
    return own.has(name) ? [] : [valueOnce(scope, property, part, plan)];
  });
}

/** The member for a property that a hierarchical transformation has given a value. */
const derivedField = (name: string, value: Bound): Field =>
  value.kind === 'property'
    ? { kind: 'property', name, value }
    : { kind: 'computed', name, value, typeName: undefined };

/** The members for what is chosen of some properties. */
const fieldsOf = (
  context: PlanContext,
  scope: Scope,
  properties: ReadonlyMap<string, Property>,
  chosen: Chosen,
  row: Row,
): readonly Field[] =>
  partsIn(properties, chosen).map(([property, part]) => fieldOf(context, scope, property, part, row));

const partsIn = (
  properties: ReadonlyMap<string, Property>,
  chosen: Chosen,
): readonly (readonly [property: Property, part: Part])[] =>
  [...properties.values()].flatMap((property) => {
    const part = partChosen(chosen, property.name);
    return part === undefined ? [] : [[property, part] as const];
  });

/** The member for a property as rows have it: one that is grouped may have values of several types. */
const fieldOf = (context: PlanContext, scope: Scope, property: Property, part: Part, row: Row): Field =>
  property.source.kind === 'dynamic'
    ? untypedField(property.name, propertyOf(row, hiddenProperty(property.source.column, untyped)), part)
    : propertyField(context, scope, property, part, row);

const untypedField = (name: string, held: Bound, part: Part): Field => ({
  kind: 'untyped',
  name,
  value: heldPart(name, held, part),
});

/** The members for what is chosen of the parts of a complex value; entities among them go out whole. Data Aggregation §3.2.3.1 */
const partFields = (
  context: PlanContext,
  scope: Scope,
  source: Extract<Property['source'], { kind: 'complex' }>,
  type: EdmType,
  chosen: Chosen,
  row: Row,
): readonly Field[] => [
  ...(source.entity ? [transientField(context, typeOfLeft(source))] : []),
  ...(type.kind === 'complex' ? annotationFields(context, scope, type, chosen) : []),
  ...fieldsOf(context, scope, source.properties, chosen, row),
  ...[...(source.navigations?.values() ?? [])].flatMap((navigation) => {
    const part = partChosen(chosen, navigation.name);
    return part ? [wholeEntity(context, scope, navigation, part, row)] : [];
  }),
];

/** The member for one property of a row. */
export function propertyField(
  context: PlanContext,
  scope: Scope,
  property: Property,
  chosen: Part = whole,
  row: Row = ownRow(scope),
): Field {
  const { name, source, type } = property;
  const items = complexItemsField(context, scope, property, hasOwn(chosen) ? chosen.own : {}, row);
  if (items) return property.dynamic ? { ...items, typeName: typeOnTheWire(type, context.model.namespace) } : items;
  const value = propertyOf(row, property);
  if (source.kind === 'complex' && type.kind === 'complex') {
    if (!hasOwn(chosen))
      return complexField(property, row, partFields(context, scope, source, type, chosen, row), !isWhole(chosen));
    const inner = speakingOfValue({ ...scopeWithin(scope, chosen), options: chosen.own }, name, value);
    return planComplex(context, inner, property, chosen.own, row).field;
  }
  if (hasOwn(chosen)) return itemsField(context, scope, name, value, chosen.own);
  return property.dynamic ? computedField(context, name, value) : { kind: 'property', name, value };
}

/** A collection of values with options of its own. URL Conventions §5.1.4 */
export function itemsField(
  context: PlanContext,
  scope: Scope,
  name: string,
  value: Bound,
  options: QueryOptions,
): Extract<Field, { kind: 'values' }> {
  const collection = valuesOf(value);
  return valuesField(context, { ...speakingOfItems(scope, collection), options }, name, collection, options);
}

/** The member for a complex property, with these of its parts. */
function complexField(
  property: Property,
  row: Row,
  fields: readonly Field[],
  isPartly: boolean,
): Extract<Field, { kind: 'complex' }> {
  const { name, source, type, nullable } = property;
  if (source.kind !== 'complex' || type.kind !== 'complex') throw new Error(`${name} is no complex property`);
  const value = propertyOf(row, property);
  const presence = source.presence
    ? propertyOf(row, hiddenProperty(source.presence.column, booleanType))
    : isPartly || fields.some(isItems)
      ? present(value)
      : undefined;
  return {
    kind: 'complex',
    name,
    type,
    nullable: nullable || value.nullable,
    fields,
    ...(presence && { presence }),
    ...(property.dynamic === true && { dynamic: true }),
  };
}

/** It is empty where there is no row. */
const isItems = ({ kind }: Field): boolean => kind === 'items';

/** A complex member with options of its own. `scope` speaks of its value. */
export function planComplex(
  context: PlanContext,
  scope: Scope,
  property: Property,
  options: QueryOptions,
  row: Row,
): { readonly field: Extract<Field, { kind: 'complex' }>; readonly list: SelectList } {
  const { source } = property;
  const { own } = membersOf(scope, scope.current);
  const { fields, computed, list } = planValueSelection(context, scope, options, (chosen) => {
    if (source.kind !== 'complex') return [];
    const properties = new Map([...source.properties].filter(([name]) => !own.has(name)));
    const navigations = new Map([...(source.navigations ?? [])].filter(([name]) => !own.has(name)));
    return partFields(context, scope, { ...source, properties, navigations }, property.type, chosen, row);
  });
  // What has taken the place of parts does not tell whether the value is there.
  const isPartly =
    options.$select !== undefined ||
    [...own].some(([name]) => source.kind === 'complex' && source.properties.has(name));
  return { field: { ...complexField(property, row, fields, isPartly), computed }, list };
}

/** A property read alone, with what options leave of its parts and add to them. Protocol §11.2.4 */
export function planPart(
  context: PlanContext,
  scope: Scope,
  property: Property,
  options: QueryOptions,
): { readonly field: Field; readonly list: SelectList } {
  const { type, source, name } = property;
  const isComplex = type.kind === 'complex' && source.kind === 'complex';
  refuseStructured(options, name, isComplex ? ['$expand'] : ['$select', '$expand', '$compute']);
  if (!isComplex || (!options.$select && !options.$compute))
    return { field: propertyField(context, scope, property), list: everything };
  const inner = speakingOfValue(scope, name, propertyOf(ownRow(scope), property));
  return planComplex(context, { ...inner, it: inner.current }, property, options, ownRow(scope));
}

/** Refuses options that have no meaning for a value without parts. */
export function refuseStructured(
  options: QueryOptions,
  resource: string,
  names: readonly ('$select' | '$expand' | '$compute')[],
): void {
  const name = names.find((one) => options[one] !== undefined);
  if (name !== undefined)
    throw odataError('OptionNotApplicable', { name, resource: `'${resource}'` }, { target: name });
}
