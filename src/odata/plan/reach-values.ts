/** What of a row is aggregated beside its single values: items of collections of values, and rows that are no entities. Data Aggregation §3.1.3 */
import { columnsOf, edm, untyped } from '../model/edm';
import type { EntityType, NavigationProperty } from '../model/model';
import { isNotNull } from './conditions';
import type { PlanContext } from './context';
import { columnProperty, derivedType, hiddenProperty, nestedProperty } from './derived-type';
import { asJson, callOf, itemsOrItself } from './own-functions';
import type { Bound, BoundProperty, Range } from './plan';
import { presenceOf } from './presence';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { partsWithin, recordOf, type Parts, type WholePart } from './whole-value';

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
  const shown = new Set(columnsIn(type));
  const hidden = (type.columns ?? []).filter(({ column }) => !shown.has(column));
  const values = [
    ...partsOfRow(range).map(({ whole }) => whole),
    ...hidden.map(({ column }) => boundProperty(range, hiddenProperty(column, untyped))),
  ];
  const presence = presenceOf(range);
  return callOf(asJson, [recordOf(presence ? [presence] : [], values)], untyped, presence !== undefined);
}

/** What the type of a row says that it has. */
export function partsOfRow(range: Range, wholeOf?: (value: BoundProperty) => Bound): readonly WholePart[] {
  const { name, properties, navigations } = range.type;
  const parts = { properties: [...properties.values()], navigations: [...navigations.values()] };
  return partsWithin(boundProperty(range, nestedProperty(name, parts, false, 'entity')), wholeOf);
}

/** The columns of properties and navigation properties, and of what is within them. */
const columnsIn = ({ properties, navigations = new Map<string, NavigationProperty>() }: Parts): readonly string[] => [
  ...[...navigations.values()].flatMap(({ join }) => join.map(({ column }) => column)),
  ...[...properties.values()].flatMap((property) => [
    ...columnsOf(property).map(({ column }) => column),
    ...(property.source.kind === 'complex' ? columnsIn(property.source) : []),
  ]),
];

/** The values of a key as one value; null where there is no such entity. */
export function wholeKey(key: readonly Bound[]): Bound {
  const [first, ...rest] = key;
  if (!first || rest.length === 0) return first ?? { kind: 'null' };
  return callOf(asJson, [recordOf([first], key)], untyped, true);
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
