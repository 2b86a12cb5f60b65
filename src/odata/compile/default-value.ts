/** Values that are as their property's default says, which a client may ask to be left out. Protocol §8.2.8.6 */
import { databaseType, declaredDefault, isPrimitive } from '../model/edm';
import type { EntityType } from '../model/model';
import type { BoundProperty, Field } from '../plan/plan';
import { literal, sql, trusted, type Sql } from '../sql';
import type { Representation } from './representation';
import { textOf } from './text';

/** The default that decides whether a member goes out; undefined where none does. */
const decisive = ({ property }: BoundProperty, { omit }: Pick<Representation, 'omit'>): string | undefined =>
  omit === 'defaults' ? declaredDefault(property) : undefined;

/** Keys are always told: ids are made of them. So is what has several texts for one value. */
const isTold = ({ property, type }: BoundProperty, { key }: EntityType): boolean =>
  isPrimitive(type, 'Edm.Binary') || isPrimitive(type, 'Edm.Duration') || key.includes(property);

/** True where the value is the default, null where it is null; undefined where no default decides. `row` is the type of the row. */
export function isDefault(
  bound: BoundProperty,
  value: Sql,
  row: EntityType,
  representation: Representation,
): Sql | undefined {
  const text = decisive(bound, representation);
  if (text === undefined || isTold(bound, row)) return undefined;
  const { type } = bound;
  return type.kind === 'enum'
    ? sql`(${textOf(value, type)} = ${literal(text)})`
    : sql`(${value} = ${literal(text)}::${trusted(databaseType(type))})`;
}

/** The member goes out even where it is null, although other nulls are left out: its default is another value. */
export const keepsNull = ({ value }: Extract<Field, { kind: 'property' }>, representation: Representation): boolean =>
  value.nullable && decisive(value, representation) !== undefined;
