/** The columns of a key: each of its properties has one. */
import type { EntityType, Property } from '../model/model';
import type { BoundProperty } from '../plan/plan';
import { identifier, type Sql } from '../sql';

/** The column of a property of a key. */
export function columnOf({ name, source }: Property): string {
  if (source.kind !== 'column') throw new Error(`The key property ${name} has no column`);
  return source.column;
}

/** The name of a column that a query has beside those of its variables. */
export const columnName = ({ property }: BoundProperty): Sql => identifier(columnOf(property));

/** The columns of a type's key, in its order. */
export const keyColumnsOf = ({ key }: EntityType): readonly string[] => key.map(columnOf);
