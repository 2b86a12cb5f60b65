/** Enumeration types of columns: CSDL §10. */
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { PropertyOptions } from './decorators';
import type { EnumType } from './model';

type EnumOptions = Pick<NonNullable<PropertyOptions['enumType']>, 'name' | 'members' | 'isFlags'>;

/** The PostgreSQL enum type of a column, with its schema when the table has one; undefined when the column holds the number. */
export function enumTypeName({ type, enumName, entityMetadata: { schema } }: ColumnMetadata): string | undefined {
  if (type !== 'enum' || enumName === undefined) return undefined;
  return schema === undefined || schema === '' ? enumName : `${schema}.${enumName}`;
}

/** True when two declarations of one name agree. */
export const isSameEnum = (left: EnumType, right: EnumType): boolean =>
  left.isFlags === right.isFlags &&
  left.databaseType === right.databaseType &&
  JSON.stringify([...left.members]) === JSON.stringify([...right.members]);

const isSmall = ({ type }: ColumnMetadata): boolean => type === 'smallint' || type === 'int2';

/** The problems of an enumeration and the column that stores it. */
export function checkEnum(owner: string, column: ColumnMetadata, { name, members, isFlags }: EnumOptions): string[] {
  const values = Object.values(members);
  const labels = (column.enum ?? []).map(String);
  const isLabels = column.type === 'enum';
  return [
    ...(values.length === 0 ? [`the enumeration ${name} has no members.`] : []),
    ...(values.every(Number.isSafeInteger) ? [] : [`the values of ${name} must be whole numbers.`]),
    ...(isLabels && values.some((value, index) => index > 0 && value <= (values[index - 1] ?? value))
      ? [`the labels of ${name} sort in their order, so the values of the members must rise.`]
      : []),
    ...(isSmall(column) && values.some((value) => Math.abs(value) >= 2 ** 15)
      ? [`the values of ${name} do not fit a smallint column.`]
      : []),
    ...(isLabels && column.enumName === undefined ? [`name the PostgreSQL type of ${name} with enumName.`] : []),
    ...(isLabels && isFlags ? [`the flags of ${name} need an integer column.`] : []),
    ...(isLabels && labels.join() !== Object.keys(members).join()
      ? [
          `the members of ${name} (${Object.keys(members).join(', ')}) are not the labels of the column (${labels.join(', ')}).`,
        ]
      : []),
  ].map((problem) => `${owner}.${column.propertyName}: ${problem}`);
}
