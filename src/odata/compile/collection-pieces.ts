/** Collections as pieces of a row: one column of JSON that PostgreSQL writes, behind what is told of it. */
import { untyped } from '../model/edm';
import type { Field, Range } from '../plan/plan';
import { sql, type Sql } from '../sql';
import type { Columns } from './columns';
import { contextPiece } from './constant-pieces';
import { typeControl } from './dynamic';
import { valueJson } from './dynamic-json';
import { compileValue, sourceOf, type Environment } from './expression';
import { compileItems, compileNest, compileNested } from './nested';
import type { Piece } from './pieces';
import { toldType, type Representation } from './representation';
import { holdsStreams } from './stream';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

/** The pieces of what several structures have: of fields that are one, and of those that stand there by a number. */
export type Shared = ReadonlyMap<Field | number, readonly Piece[]>;

/** The row that pieces are made of, and the columns that they need. */
export interface Output {
  readonly shared: Shared;
  readonly environment: Environment;
  readonly columns: Columns;
  readonly range: Range;
  readonly representation: Representation;
}

/** A type beside a value. */
export const typed = (name: string | undefined): { readonly type?: string } =>
  name === undefined ? {} : { type: name };

/** JSON as PostgreSQL wrote it. */
export const rawPiece = (name: string, column: number, type?: string): Piece => ({
  kind: 'value',
  name,
  column,
  form: 'raw',
  ...typed(type),
});

/** The items of a collection as JSON, behind their number. */
function listPieces(
  { columns, representation }: Output,
  name: string,
  type: string | undefined,
  count: Sql | undefined,
  value: Sql,
): readonly Piece[] {
  return [...countPiece(countName({ name }, representation), columns, count), rawPiece(name, columns.add(value), type)];
}

/** The items that a filter leaves of a collection of values. */
export function valuesPieces(output: Output, field: Extract<Field, { kind: 'values' }>): readonly Piece[] {
  const { environment, columns, representation } = output;
  const { name, heldType } = field;
  const count = compileValuesCount(environment, field);
  const values = compileValues(environment, field, representation);
  if (field.collection.element.type !== untyped)
    return listPieces(output, name, toldType(field.typeName, typeOfValues(field), representation), count, values);
  const known = heldType ? sql`(${compileValue(environment, heldType)} #>> '{}')` : sql`null::text`;
  const items = sql`${values}::jsonb`;
  const type = typeControl(known, items, representation);
  const column = columns.add(valueJson(known, items, representation));
  return [
    ...countPiece(countName({ name }, representation), columns, count),
    { kind: 'value', name, column, form: 'raw', ...(type && { typeColumn: columns.add(type) }) },
  ];
}

/** The items of a collection of complex values. */
export function itemsPieces(output: Output, field: Extract<Field, { kind: 'items' }>): readonly Piece[] {
  const { environment, representation } = output;
  const { rows, count } = compileItems(environment, field, representation);
  const told = toldType(field.typeName, field.type, representation);
  return [
    ...contextPiece(field.name, field.context, field.collection.selection, representation),
    ...listPieces(output, field.name, told, count, rows),
  ];
}

/** The rows of the request itself, transformed. */
export function nestPieces(
  { environment, columns, range, representation }: Output,
  field: Extract<Field, { kind: 'nest' }>,
): readonly Piece[] {
  const source = sourceOf(environment, range);
  return [
    ...contextPiece(field.name, field.context, field.collection.selection, representation),
    rawPiece(field.name, columns.add(compileNest({ environment, source, range, representation }, field))),
  ];
}

const countPiece = (name: string, columns: Columns, count: Sql | undefined): readonly Piece[] =>
  count ? [{ kind: 'value', name, column: columns.add(count), form: 'int64' }] : [];

/** Related entities, behind what is told of their collection. */
export function manyPieces(
  { environment, columns, range, representation }: Output,
  field: Extract<Field, { kind: 'many' }>,
): readonly Piece[] {
  const { rows, count, tag } = compileNested(environment, sourceOf(environment, range), range, field, representation);
  const { name } = field;
  const { prefix } = representation;
  const told: readonly Piece[] = [
    ...contextPiece(name, field.context, field.collection.selection, representation),
    ...(tag
      ? [{ kind: 'value', name: `${name}${prefix}etag`, column: columns.add(tag), form: 'string' } as const]
      : []),
    ...countPiece(`${name}${prefix}count`, columns, count),
  ];
  if (!rows) return told;
  const column = columns.add(rows);
  return [...told, holdsStreams([field]) ? { kind: 'marked', name, column } : rawPiece(name, column)];
}
