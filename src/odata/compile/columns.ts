/** The columns that a statement selects for its answer, each once. */
import { primitiveType, type JsonForm } from '../model/types';
import type { EdmType, Property } from '../model/model';
import type { Bound, BoundProperty } from '../plan/plan';
import { identifier, join, sql, type Sql } from '../sql';
import { compileValue, sourceOf, type Environment } from './expression';
import { jsonValue } from './json-value';
import type { KeyColumn } from './pieces';
import type { Representation } from './representation';
import type { Source } from './source';
import { isStoredOtherwise, textOf } from './text';

/** The columns of a statement, each expression once. */
export class Columns {
  private constructor(
    private readonly list: Sql[],
    private readonly known: Map<string, number>,
    private readonly guard: (value: Sql) => Sql,
  ) {}

  static none(): Columns {
    return new Columns([], new Map(), (value) => value);
  }

  /** The same columns; what is added is computed only in rows for which the condition holds. */
  within(condition: Sql): Columns {
    return new Columns(this.list, this.known, (value) => this.guard(sql`(case when ${condition} then ${value} end)`));
  }

  /** The number of the column; `key` tells equal ones apart, which are as they are stored. */
  add(value: Sql, key?: string): number {
    const found = key === undefined ? undefined : this.known.get(key);
    if (found !== undefined) return found;
    const number = this.list.push(key === undefined ? this.guard(value) : value) - 1;
    if (key !== undefined) this.known.set(key, number);
    return number;
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  get clause(): Sql {
    return join(
      this.list.map((value, index) => sql`${value} as ${identifier(`c${index}`)}`),
      ', ',
    );
  }
}

/** How a value of a type is written. */
export function jsonForm(type: EdmType): JsonForm {
  if (type.kind === 'primitive') return primitiveType(type.name).json;
  return type.kind === 'enum' ? 'string' : 'raw';
}

/** What PostgreSQL sends for a key is what a URL has. */
const isWrittenAsIs = (type: EdmType): boolean =>
  !isStoredOtherwise(type) && !['boolean', 'date', 'decimal', 'dateTimeOffset'].includes(jsonForm(type));

/** The column of a value as it goes out. */
export function addWritten(
  environment: Environment,
  columns: Columns,
  value: Bound,
  representation: Representation,
): number {
  if (value.kind !== 'null' && value.type.kind === 'collection')
    return columns.add(jsonValue(compileValue(environment, value), value.type, representation));
  if (value.kind !== 'null' && isStoredOtherwise(value.type))
    return columns.add(textOf(compileValue(environment, value), value.type));
  return value.kind === 'property'
    ? addProperty(environment, columns, value)
    : columns.add(compileValue(environment, value));
}

/** The column of a property of the entity itself, as it is stored. */
export const addProperty = (environment: Environment, columns: Columns, value: BoundProperty): number =>
  columns.add(
    compileValue(environment, value),
    value.navigations.length === 0 ? propertyKey(environment, value) : undefined,
  );

/** Tells the columns of properties apart; a property and a key part with one column share it. */
const propertyKey = (environment: Environment, { range, property: { source, name } }: BoundProperty): string => {
  const row = sourceOf(environment, range).mark;
  if (source.kind === 'column') return columnKey(row, source.column);
  // Types that are not derived from one another have one name for what stands behind paths of their own.
  const way = source.kind === 'path' ? [...source.navigations, source.property] : [];
  return [row, source.kind, name, ...way].join('.');
};

const columnKey = (row: string, column: string): string => `${row}.column.${column}`;

/** The version of a row as a column, where its type has one. */
export function versionColumn(columns: Columns, source: Source): number | undefined {
  const { version } = source.type;
  return version && columns.add(source.column(version.column), columnKey(source.name, version.column));
}

/** The key of a row as columns. */
export const keyColumns = (columns: Columns, source: Source): readonly KeyColumn[] =>
  source.type.key.map((property) => keyColumn(columns, property, source.value(property)));

/** A value of a key as a column. */
export const keyColumn = (columns: Columns, { name, type }: Property, value: Sql): KeyColumn => ({
  name,
  column: isWrittenAsIs(type) ? columns.add(value, sqlKey(value)) : columns.add(textOf(value, type)),
  form: jsonForm(type),
});

/** `t1."id"` as the key of the column `t1.id`. */
const sqlKey = ({ parts }: Sql): string | undefined => {
  const match = /^(t\d+)\."([^"]+)"$/.exec(parts.map((part) => (typeof part === 'string' ? part : '?')).join(''));
  return match ? columnKey(match[1] ?? '', match[2] ?? '') : undefined;
};
