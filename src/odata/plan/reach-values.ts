/** What of a row is aggregated beside its single values: items of collections of values, and rows that are no entities. Data Aggregation §3.1.3 */
import { columnsOf, edm, untyped } from '../model/edm';
import type { EntityType, Property } from '../model/model';
import { isNotNull } from './conditions';
import type { PlanContext } from './context';
import { byName, columnProperty, derivedType, hiddenProperty, nestedProperty, type Parts } from './derived-type';
import { asJson, asOne, callOf, itemsOrItself } from './own-functions';
import type { Bound, BoundProperty, Range } from './plan';
import { presenceOf } from './presence';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { byNames, recordWhere, wholeParts, wholeValue } from './whole-value';

/** Whether a value stands for several: a collection, or a dynamic value, which may be one. */
export const isMany = (value: Bound): boolean =>
  value.kind !== 'null' && (value.type.kind === 'collection' || value.type === untyped);

/** A row for each item of a collection in each row, but for those that are null; `place` tells items of one collection apart. */
export function openedValues(
  context: PlanContext,
  input: Rows,
  values: Bound,
): { readonly rows: Rows; readonly item: BoundProperty; readonly place: BoundProperty } {
  if (values.kind === 'null') throw new Error('A collection has items');
  const { type } = values;
  const column = (of: typeof type, nullable: boolean): ReturnType<typeof columnProperty> => {
    const name = context.nextColumn();
    return columnProperty({ name, column: name, type: of, nullable, dynamic: true });
  };
  const properties = [column(type.kind === 'collection' ? type.of : untyped, true), column(edm('Edm.Int64'), false)];
  const range: Range = { type: derivedType({ name: 'value', properties }), name: 'value' };
  const [item, place] = properties.map((property) => boundProperty(range, property));
  if (!item || !place) throw new Error('An item has a place');
  const array =
    type.kind === 'collection' ? values : callOf(itemsOrItself, [values], { kind: 'collection', of: untyped }, true);
  const rows: Rows = { kind: 'values', input, values: array, item, place };
  return { rows: { kind: 'filter', input: rows, condition: isNotNull(item) }, item, place };
}

/** All that a row of a type without a key has, as one value: rows with equal ones are the same, and what is left of an entity where it has that, too. Null where it is missing. Data Aggregation §3.1.2 */
export function wholeRow(range: Range): Bound {
  const { type } = range;
  const parts: Parts = { properties: inOrder(type.properties), navigations: byNames(type.navigations) };
  const shown = new Set(columnsIn(parts));
  const hidden = (type.columns ?? []).filter(({ column }) => !shown.has(column));
  const values = [
    ...wholeParts(boundProperty(range, nestedProperty(type.name, parts, false, 'entity'))),
    ...hidden.map(({ column }) => boundProperty(range, hiddenProperty(column, untyped))),
  ];
  const presence = presenceOf(range);
  if (presence) return callOf(asJson, [callOf(recordWhere(1), [presence, ...values], untyped, true)], untyped, true);
  return asOne(values);
}

/** The columns of properties and navigation properties, and of what is within them. */
const columnsIn = ({ properties, navigations }: Parts): readonly string[] => [
  ...navigations.flatMap(({ join }) => join.map(({ column }) => column)),
  ...properties.flatMap((property) => [
    ...columnsOf(property).map(({ column }) => column),
    ...(property.source.kind === 'complex' ? columnsIn(partsIn(property.source)) : []),
  ]),
];

/** The same of what is left of an entity. */
export function wholePart(value: Bound): Bound {
  if (value.kind !== 'property') throw new Error('What is left of an entity is a property of the row');
  return callOf(asJson, [wholeValue({ ...value, property: sorted(value.property) })], untyped, value.nullable);
}

/** Properties in an order that is the same wherever there are the same. */
export const inOrder = (properties: ReadonlyMap<string, Property>): readonly Property[] =>
  byNames(properties).map(sorted);

function sorted(property: Property): Property {
  const { source } = property;
  if (source.kind !== 'complex') return property;
  const { properties, navigations } = partsIn(source);
  return { ...property, source: { ...source, properties: byName(properties), navigations: byName(navigations) } };
}

/** What a complex value consists of, in order. */
const partsIn = ({ properties, navigations }: Complex): Parts => ({
  properties: inOrder(properties),
  navigations: byNames(navigations),
});

type Complex = Extract<Property['source'], { kind: 'complex' }>;

/** The values of a key as one value; null where there is no such entity. */
export function wholeKey(key: readonly Bound[]): Bound {
  const [first, ...rest] = key;
  if (!first || rest.length === 0) return first ?? { kind: 'null' };
  return callOf(asJson, [callOf(recordWhere(1), [first, ...key], untyped, true)], untyped, true);
}

/** What is left of an entity behind a navigation property as a type of its own, which has no key. */
export function typeOfPart(type: EntityType, name: string): EntityType | undefined {
  const property = type.properties.get(name);
  if (property?.type.kind !== 'complex' || property.type.made !== 'entity') return undefined;
  const { source } = property;
  if (source.kind !== 'complex') return undefined;
  const { properties, navigations = new Map() } = source;
  return derivedType({ name, properties: [...properties.values()], navigations: [...navigations.values()] });
}
