/**
 * The answer's rows: which columns the statement selects, and the pieces that the writer puts around them. Single-valued expands and complex
 * values are columns of the same row; collections come as one column of JSON.
 */
import { unreachable } from '../error';
import { primitiveType, type JsonForm } from '../model/types';
import type { ComplexType, EdmType, EntityType, NavigationProperty, Property, TypeDefinition } from '../model/model';
import type { Bound, BoundProperty, CollectionPlan, Field, Identity, Range, Selection } from '../plan/plan';
import { listText } from '../plan/select-list';
import { constant, identifier, join, sql, type Sql } from '../sql';
import { dynamicMembers, dynamicValue } from './dynamic';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { castSegment, idParts } from './identity';
import { jsonValue } from './json-value';
import { compileItems, compileNest, compileNested } from './nested';
import { hasNullIds, isChangeable, writesId, writesType, writtenType, type Representation } from './representation';
import type { Source } from './source';
import { streamPieces } from './stream';
import { isStoredOtherwise, textOf } from './text';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

/** One step of writing a row as JSON. Columns are counted from 0. */
export type Piece =
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly column: number;
      readonly form: JsonForm;
      /** Goes out beside the value, where that is not null. */
      readonly type?: string;
      /** The same as a column, where each value has a type of its own. */
      readonly typeColumn?: number;
    }
  | { readonly kind: 'etag'; readonly column: number }
  /** `{"name":{…}}`, or null when all `tests` columns are null. */
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly tests: readonly number[];
      readonly pieces: readonly Piece[];
    }
  /** The members of the structure that the text of the column stands for. */
  | { readonly kind: 'variants'; readonly column: number; readonly variants: ReadonlyMap<string, readonly Piece[]> }
  /** The bytes of a stream, in the form that their media type asks for. JSON §9, §10 */
  | {
      readonly kind: 'stream';
      readonly name: string;
      readonly content: number;
      readonly mediaType: number;
      /** The member that tells the media type; undefined where nothing is told. */
      readonly typeName: string | undefined;
    }
  /** Control information that is the same in every row. */
  | { readonly kind: 'constant'; readonly name: string; readonly value: string | null }
  /** Members as PostgreSQL wrote them, behind others; null where there are none. */
  | { readonly kind: 'members'; readonly column: number }
  /** All members as PostgreSQL wrote them. */
  | { readonly kind: 'raw'; readonly column: number }
  /** A URL made of texts and values of the key. */
  | { readonly kind: 'link'; readonly name: string; readonly parts: readonly (string | KeyColumn)[] };

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
  !isStoredOtherwise(type) && !['boolean', 'decimal', 'dateTimeOffset'].includes(jsonForm(type));

/** The pieces of one entity's JSON object, its columns added to `columns`. */
export function compileSelection(
  environment: Environment,
  columns: Columns,
  selection: Selection,
  representation: Representation,
): readonly Piece[] {
  const { variants } = selection;
  if (variants)
    return [
      {
        kind: 'variants',
        column: addProperty(environment, columns, variants.discriminator),
        variants: new Map(
          [...variants.selections].map(([text, inner]) => [
            text,
            compileSelection(seenAs(environment, selection.range, inner.range), columns, inner, representation),
          ]),
        ),
      },
    ];
  const source = sourceOf(environment, selection.range);
  const compiled = (fields: readonly Field[]): readonly Piece[] =>
    compileFields(environment, columns, selection.range, fields, representation);
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return [
    ...typePiece(source.type, representation, selection.cast !== undefined),
    ...(writesId(selection, representation) ? [idPiece(columns, source, selection, representation)] : []),
    ...compiled(selection.fields.filter(isTag)),
    ...ownLink(columns, source, selection, representation),
    ...compiled(selection.fields.filter((field) => !isTag(field))),
  ];
}

const typePiece = (
  type: EntityType | ComplexType,
  representation: Representation,
  isDerived = false,
): readonly Piece[] =>
  writesType(type, representation, isDerived)
    ? [
        {
          kind: 'constant',
          name: `${representation.prefix}type`,
          value: `#${representation.namespace}.${type.name}`,
        },
      ]
    : [];

/** The id of the row's entity as a member. */
export const idPiece = (
  columns: Columns,
  source: Source,
  { range: { identity, name } }: Pick<Selection, 'range'>,
  { prefix }: Representation,
): Piece => {
  if (!identity) throw new Error(`The entities of ${name} have no id`);
  return { kind: 'link', name: `${prefix}id`, parts: linkParts(columns, source, identity) };
};

/** editLink, or readLink where nothing can be changed. JSON §4.5.9 */
function ownLink(
  columns: Columns,
  source: Source,
  { range: { identity } }: Selection,
  { metadata, prefix, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !identity) return [];
  const name = `${prefix}${isChangeable(source.type) ? 'editLink' : 'readLink'}`;
  return [
    {
      kind: 'link',
      name,
      parts: [...linkParts(columns, source, identity), castSegment(source.type, identity, namespace)],
    },
  ];
}

function navigationLinks(
  columns: Columns,
  source: Source,
  range: Range,
  { name }: NavigationProperty,
  { metadata, prefix, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !range.identity) return [];
  const parts = [...linkParts(columns, source, range.identity), castSegment(source.type, range.identity, namespace)];
  return [
    { kind: 'link', name: `${name}${prefix}associationLink`, parts: [...parts, `/${name}/$ref`] },
    { kind: 'link', name: `${name}${prefix}navigationLink`, parts: [...parts, `/${name}`] },
  ];
}

/** What the operation is called, and where it is invoked. */
function operationPieces(
  columns: Columns,
  source: Source,
  { identity }: Range,
  name: string,
  { metadata, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !identity) return [];
  const parts = [...linkParts(columns, source, identity), castSegment(source.type, identity, namespace)];
  return [
    {
      kind: 'object',
      name: `#${namespace}.${name}`,
      tests: [],
      pieces: [
        { kind: 'constant', name: 'title', value: name },
        { kind: 'link', name: 'target', parts: [...parts, `/${namespace}.${name}`] },
      ],
    },
  ];
}

/** An id as pieces of a URL. */
export const linkParts = (columns: Columns, source: Source, identity: Identity): readonly (string | KeyColumn)[] =>
  idParts(source, identity).map((part) =>
    typeof part === 'string'
      ? part
      : {
          name: part.property.name,
          column: isWrittenAsIs(part.property.type)
            ? columns.add(part.value, sqlKey(part.value))
            : columns.add(textOf(part.value, part.property.type)),
          form: jsonForm(part.property.type),
        },
  );

/** `t1."id"` as the key of the column `t1.id`. */
const sqlKey = ({ parts }: Sql): string | undefined => {
  const match = /^(t\d+)\."([^"]+)"$/.exec(parts.map((part) => (typeof part === 'string' ? part : '?')).join(''));
  return match ? columnKey(match[1] ?? '', match[2] ?? '') : undefined;
};

/** The pieces of some members, without what the entity says of itself. */
export const compileFields = (
  environment: Environment,
  columns: Columns,
  range: Range,
  fields: readonly Field[],
  representation: Representation,
): readonly Piece[] => fields.flatMap((field) => compileField(environment, columns, range, field, representation));

function compileField(
  environment: Environment,
  columns: Columns,
  range: Range,
  field: Field,
  representation: Representation,
): readonly Piece[] {
  const source = sourceOf(environment, range);
  switch (field.kind) {
    case 'etag': {
      const column = representation.metadata === 'none' ? undefined : versionColumn(columns, source);
      return column === undefined ? [] : [{ kind: 'etag', column }];
    }
    case 'transient':
      return hasNullIds(representation) ? [{ kind: 'constant', name: `${representation.prefix}id`, value: null }] : [];
    case 'dynamic':
      return [{ kind: 'members', column: columns.add(dynamicMembers(source, field, representation)) }];
    case 'property':
      if (field.value.property.source.kind === 'dynamic')
        return [untypedPiece(environment, columns, source, field.value, representation)];
      return [
        {
          kind: 'value',
          name: field.name,
          column: addWritten(environment, columns, field.value, representation),
          form: jsonForm(field.value.type),
          ...typed(field.value.type, representation, field.value.property.definition),
        },
      ];
    case 'values': {
      const count = compileValuesCount(environment, field);
      const column = columns.add(compileValues(environment, field, representation));
      return [
        ...countPiece(countName(field, representation), columns, count),
        { kind: 'value', name: field.name, column, form: 'raw', ...typed(typeOfValues(field), representation) },
      ];
    }
    case 'items': {
      const { rows, count } = compileItems(environment, source, field, representation);
      const column = columns.add(rows);
      return [
        ...countPiece(countName(field, representation), columns, count),
        { kind: 'value', name: field.name, column, form: 'raw', ...typed(field.type, representation) },
      ];
    }
    case 'navigationLink':
      return navigationLinks(columns, source, range, field.navigation, representation);
    case 'stream':
      return streamPieces(columns, source, range, field, representation);
    case 'operation':
      return operationPieces(columns, source, range, field.name, representation);
    case 'computed':
      return [
        {
          kind: 'value',
          name: field.name,
          column: addWritten(environment, columns, field.value, representation),
          form: field.value.kind === 'null' ? 'raw' : jsonForm(field.value.type),
          ...(field.typeName !== undefined && representation.metadata !== 'none'
            ? { type: field.typeName }
            : field.value.kind === 'null'
              ? {}
              : typed(field.value.type, representation)),
        },
      ];
    case 'row':
      return [compileRow(environment, columns, field, representation)];
    case 'link': {
      const key = keyColumns(columns, sourceOf(environment, field.range));
      if (representation.metadata === 'none') return [];
      const name = `${field.name}${representation.prefix}navigationLink`;
      return [{ kind: 'link', name, parts: [field.name, ...predicateOf(key)] }];
    }
    case 'complex':
      return [compileComplex(environment, columns, range, field, representation)];
    case 'one':
      return [compileOne(environment, columns, source, field, representation)];
    case 'many':
      return [
        ...(field.added ? contextOf(field.name, field.navigation.target, field.collection, representation) : []),
        ...compileMany(environment, columns, range, field, representation),
      ];
    case 'nest':
      return [
        ...contextOf(field.name, field.type, field.collection, representation),
        {
          kind: 'value',
          name: field.name,
          column: columns.add(compileNest(environment, field.collection, representation)),
          form: 'raw',
        },
      ];
    default:
      return unreachable(field);
  }
}

/** A dynamic property that stands alone. */
function untypedPiece(
  environment: Environment,
  columns: Columns,
  source: Source,
  value: BoundProperty,
  representation: Representation,
): Piece {
  const name = constant(value.property.name, 'text');
  const { json, type } = dynamicValue(source, name, compileValue(environment, value), representation);
  const typed = type ? { typeColumn: columns.add(type) } : {};
  return { kind: 'value', name: 'value', column: columns.add(json), form: 'raw', ...typed };
}

/** The context of a collection that the request made, relative to that of the answer; contained ones have none of their own. */
function contextOf(
  name: string,
  type: EntityType,
  { selection: { list } }: CollectionPlan,
  { metadata, prefix, setOf }: Representation,
): readonly Piece[] {
  const set = setOf(type);
  if (set === undefined || metadata === 'none') return [];
  return [{ kind: 'constant', name: `${name}${prefix}context`, value: `#${set}${listText(list, '4.0')}` }];
}

/** The column of a value as it goes out. */
function addWritten(environment: Environment, columns: Columns, value: Bound, representation: Representation): number {
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
  range: Range,
  field: Extract<Field, { kind: 'complex' }>,
  representation: Representation,
): Piece {
  const pieces = compileFields(environment, columns, range, field.fields, representation);
  const presence = field.presence ? [columns.add(compileValue(environment, field.presence))] : [];
  const tests = field.nullable ? [...columnsOf(pieces), ...presence] : [];
  return { kind: 'object', name: field.name, tests, pieces: [...typePiece(field.type, representation), ...pieces] };
}

/** A key as pieces of a URL. URL Conventions §4.3.1 */
const predicateOf = (key: readonly KeyColumn[]): readonly (string | KeyColumn)[] => [
  '(',
  ...key.flatMap((part, index) => [...(index > 0 ? [','] : []), ...(key.length > 1 ? [`${part.name}=`] : []), part]),
  ')',
];

const typed = (
  type: EdmType,
  representation: Representation,
  definition?: TypeDefinition,
): { readonly type?: string } => {
  const name = writtenType(type, representation, definition);
  return name === undefined ? {} : { type: name };
};

/** The entity of another variable of the row. */
function compileRow(
  environment: Environment,
  columns: Columns,
  { name, range, selection }: Extract<Field, { kind: 'row' }>,
  representation: Representation,
): Piece {
  const key = keyColumns(columns, sourceOf(environment, range));
  const pieces = compileSelection(environment, columns, selection, representation);
  return { kind: 'object', name, tests: range.optional ? key.slice(0, 1).map(({ column }) => column) : [], pieces };
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
  const target = source.through(field.navigation, field.selection.range.type);
  const inner: Environment = {
    ...environment,
    sources: new Map(environment.sources).set(field.selection.range, target),
  };
  const key = keyColumns(columns, target);
  const pieces = field.reference
    ? [idPiece(columns, target, field.selection, representation)]
    : compileSelection(inner, columns, field.selection, representation);
  return { kind: 'object', name: field.name, tests: key.slice(0, 1).map(({ column }) => column), pieces };
}

/** The key of a row as columns. */
export const keyColumns = (columns: Columns, source: Source): readonly KeyColumn[] =>
  source.type.key.map((property: Property) => ({
    name: property.name,
    column: isWrittenAsIs(property.type)
      ? columns.add(
          source.value(property),
          columnKey(source.name, property.source.kind === 'column' ? property.source.column : property.name),
        )
      : columns.add(textOf(source.value(property), property.type)),
    form: jsonForm(property.type),
  }));

const countPiece = (name: string, columns: Columns, count: Sql | undefined): readonly Piece[] =>
  count ? [{ kind: 'value', name, column: columns.add(count), form: 'int64' }] : [];

function compileMany(
  environment: Environment,
  columns: Columns,
  range: Range,
  field: Extract<Field, { kind: 'many' }>,
  representation: Representation,
): readonly Piece[] {
  const { rows, count, tag } = compileNested(environment, sourceOf(environment, range), range, field, representation);
  const { prefix } = representation;
  const told: readonly Piece[] = [
    ...(tag
      ? [{ kind: 'value', name: `${field.name}${prefix}etag`, column: columns.add(tag), form: 'string' } as const]
      : []),
    ...countPiece(`${field.name}${prefix}count`, columns, count),
  ];
  return rows ? [...told, { kind: 'value', name: field.name, column: columns.add(rows), form: 'raw' }] : told;
}
