/** The member for one property, of the row itself or of a value that the request computed. URL Conventions §5.1.4 */
import { odataError } from '../error';
import { booleanType } from '../model/edm';
import type { ColumnReference, Property } from '../model/model';
import type { QueryOptions } from '../url/ast';
import { chooseNested, isOfItems, type Chosen, type Part } from './chosen';
import { speakingOfItems, valuesField, valuesOf } from './collection-property';
import { complexItemsField } from './complex-items';
import { present } from './conditions';
import type { PlanContext, Scope } from './context';
import { columnProperty } from './derived-type';
import { computedField } from './member-fields';
import { propertyOf } from './position';
import type { Bound, BoundProperty, Field } from './plan';

/** The row that properties are read from: a variable, or what single-valued navigations lead to from it. */
type Row = Pick<BoundProperty, 'range' | 'navigations'>;

const ownRow = ({ current }: Scope): Row => ({ range: current, navigations: [] });

/** The members for what is chosen of some properties. */
export function fieldsOf(
  context: PlanContext,
  scope: Scope,
  properties: ReadonlyMap<string, Property>,
  chosen: Chosen,
  row: Row = ownRow(scope),
): readonly Field[] {
  return [...properties.values()].flatMap((property) => {
    const part = chosen === 'all' ? 'all' : chosen.get(property.name);
    return part === undefined ? [] : [propertyField(context, scope, property, part, row)];
  });
}

/** The member for one property. Collections of complex values are those of the scope's own row. */
export function propertyField(
  context: PlanContext,
  scope: Scope,
  property: Property,
  chosen: Part = 'all',
  row: Row = ownRow(scope),
): Field {
  const { name, source, type, nullable } = property;
  const items = complexItemsField(context, scope, property, isOfItems(chosen) ? chosen.ofItems : {});
  if (items) return items;
  const value = propertyOf(row, property);
  if (isOfItems(chosen)) return itemsField(context, scope, name, value, chosen.ofItems);
  if (source.kind === 'complex' && type.kind === 'complex') {
    const fields = fieldsOf(context, scope, source.properties, chosen, row);
    const isPartly = chosen !== 'all';
    const presence = source.presence ? presenceOf(row, source.presence) : isPartly ? present(value) : undefined;
    return { kind: 'complex', name, type, nullable: nullable || value.nullable, fields, ...(presence && { presence }) };
  }
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

const presenceOf = (row: Row, { column }: ColumnReference): Bound =>
  propertyOf(row, columnProperty({ name: column, column, type: booleanType, nullable: true, dynamic: true }));

/** A property read alone, with what $select leaves of its parts. Protocol §11.2.4 */
export function planPart(
  context: PlanContext,
  scope: Scope,
  property: Property,
  { $select, $expand }: QueryOptions,
): Field {
  const { source, type } = property;
  const inapplicable = $expand ? '$expand' : $select && type.kind !== 'complex' ? '$select' : undefined;
  if (inapplicable !== undefined)
    throw odataError(
      'OptionNotApplicable',
      { name: inapplicable, resource: `'${property.name}'` },
      { target: inapplicable },
    );
  if (!$select || type.kind !== 'complex' || source.kind !== 'complex') return propertyField(context, scope, property);
  const parts = new Map<string, Part>();
  for (const item of $select) chooseNested(parts, type, source.properties, item);
  return propertyField(context, scope, property, parts);
}
