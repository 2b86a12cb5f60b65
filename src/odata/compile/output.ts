/**
 * The answer's rows: which columns the statement selects, and the pieces that the writer puts around them. Single-valued expands and complex
 * values are columns of the same row; collections come as one column of JSON.
 */
import { unreachable } from '../error';
import { primitiveType, type JsonForm } from '../model/types';
import type { EdmType, Property } from '../model/model';
import type { BoundProperty, Field, Selection } from '../plan/plan';
import { identifier, join, sql, type Sql } from '../sql';
import { compileValue, type Environment } from './expression';
import { compileNested, type Representation } from './nested';
import type { Source } from './source';

/** One step of writing a row as JSON. Columns are counted from 0. */
export type Piece =
  | { readonly kind: 'value'; readonly name: string; readonly column: number; readonly form: JsonForm }
  | { readonly kind: 'etag'; readonly column: number }
  /** `{"name":{…}}`, or null when all `tests` columns are null. */
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly tests: readonly number[];
      readonly pieces: readonly Piece[];
    }
  /** A reference to the entity itself: the canonical path of its collection and its key. */
  | { readonly kind: 'reference'; readonly path: string | undefined; readonly key: readonly KeyColumn[] };

/** A key value of the row, for links. */
export interface KeyColumn {
  readonly name: string;
  readonly column: number;
  readonly form: JsonForm;
}

/** The columns of a statement, each expression once. */
export class Columns {
  private readonly list: Sql[] = [];
  private readonly known = new Map<string, number>();

  /** The number of the column; `key` tells equal ones apart. */
  add(value: Sql, key?: string): number {
    const found = key === undefined ? undefined : this.known.get(key);
    if (found !== undefined) return found;
    const number = this.list.push(value) - 1;
    if (key !== undefined) this.known.set(key, number);
    return number;
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
  if (type.kind === 'enum') return type.databaseType === undefined ? 'raw' : 'string';
  return 'raw';
}

/** The pieces of one entity's JSON object, its columns added to `columns`. */
export function compileSelection(
  environment: Environment,
  columns: Columns,
  selection: Selection,
  representation: Representation,
): readonly Piece[] {
  const source = environment.sources.get(selection.range);
  if (!source) throw new Error(`The variable ${selection.range.name} is out of sight`);
  return selection.fields.flatMap((field) => compileField(environment, columns, source, field, representation));
}

function compileField(
  environment: Environment,
  columns: Columns,
  source: Source,
  field: Field,
  representation: Representation,
): readonly Piece[] {
  switch (field.kind) {
    case 'etag': {
      const column = representation.metadata === 'none' ? undefined : versionColumn(columns, source);
      return column === undefined ? [] : [{ kind: 'etag', column }];
    }
    case 'property':
      return [
        {
          kind: 'value',
          name: field.name,
          column: addProperty(environment, columns, field.value),
          form: jsonForm(field.value.type),
        },
      ];
    case 'computed':
      return [
        {
          kind: 'value',
          name: field.name,
          column: columns.add(compileValue(environment, field.value)),
          form: field.value.kind === 'null' ? 'raw' : jsonForm(field.value.type),
        },
      ];
    case 'complex':
      return [compileComplex(environment, columns, source, field, representation)];
    case 'one':
      return [compileOne(environment, columns, source, field, representation)];
    case 'many':
      return compileMany(environment, columns, source, field, representation);
    default:
      return unreachable(field);
  }
}

/** The column of a property of the entity itself. */
export const addProperty = (environment: Environment, columns: Columns, value: BoundProperty): number =>
  columns.add(
    compileValue(environment, value),
    value.navigations.length === 0 ? propertyKey(environment, value) : undefined,
  );

/** Tells the columns of properties apart; a property and a key part with one column share it. */
const propertyKey = ({ sources }: Environment, { range, property: { source, name } }: BoundProperty): string => {
  const row = sources.get(range)?.name ?? '';
  return source.kind === 'column' ? columnKey(row, source.column) : `${row}.${source.kind}.${name}`;
};

const columnKey = (row: string, column: string): string => `${row}.column.${column}`;

/** The version of a row as a column, where its type has one. */
export function versionColumn(columns: Columns, source: Source): number | undefined {
  const { version } = source.type;
  return version && columns.add(source.column(version.column), columnKey(source.name, version.column));
}

/** A nullable complex value is null when all its parts are. */
function compileComplex(
  environment: Environment,
  columns: Columns,
  source: Source,
  field: Extract<Field, { kind: 'complex' }>,
  representation: Representation,
): Piece {
  const pieces = field.fields.flatMap((inner) => compileField(environment, columns, source, inner, representation));
  const tests = field.nullable ? columnsOf(pieces) : [];
  return { kind: 'object', name: field.name, tests, pieces };
}

const columnsOf = (pieces: readonly Piece[]): readonly number[] =>
  pieces.flatMap((piece) =>
    piece.kind === 'value' ? [piece.column] : piece.kind === 'object' ? columnsOf(piece.pieces) : [],
  );

function compileOne(
  environment: Environment,
  columns: Columns,
  source: Source,
  field: Extract<Field, { kind: 'one' }>,
  representation: Representation,
): Piece {
  const target = source.through(field.navigation);
  const inner: Environment = {
    ...environment,
    sources: new Map(environment.sources).set(field.selection.range, target),
  };
  const key = keyColumns(columns, target);
  const pieces = field.reference
    ? [referencePiece(representation, target, key)]
    : compileSelection(inner, columns, field.selection, representation);
  return { kind: 'object', name: field.name, tests: key.slice(0, 1).map(({ column }) => column), pieces };
}

/** The reference of an entity of a set. */
const referencePiece = ({ setOf }: Representation, { type }: Source, key: readonly KeyColumn[]): Piece => ({
  kind: 'reference',
  path: setOf(type),
  key,
});

/** The key of a row as columns. */
export const keyColumns = (columns: Columns, source: Source): readonly KeyColumn[] =>
  source.type.key.map((property: Property) => ({
    name: property.name,
    column: columns.add(
      source.value(property),
      `${source.name}.column.${property.source.kind === 'column' ? property.source.column : property.name}`,
    ),
    form: jsonForm(property.type),
  }));

function compileMany(
  environment: Environment,
  columns: Columns,
  source: Source,
  field: Extract<Field, { kind: 'many' }>,
  representation: Representation,
): readonly Piece[] {
  const { rows, count } = compileNested(environment, source, field, representation);
  const form: JsonForm = 'int64';
  const counted: readonly Piece[] = count
    ? [{ kind: 'value', name: `${field.name}${representation.prefix}count`, column: columns.add(count), form }]
    : [];
  return rows ? [...counted, { kind: 'value', name: field.name, column: columns.add(rows), form: 'raw' }] : counted;
}
