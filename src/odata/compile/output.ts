/**
 * The answer's rows: which columns the statement selects, and the pieces that the writer puts around them. Single-valued expands and complex
 * values are columns of the same row; collections come as one column of JSON.
 */
import { unreachable } from '../error';
import type { ComplexType, EntityType } from '../model/model';
import type { BoundProperty, CollectionPlan, Field, Range, Selection } from '../plan/plan';
import { listText } from '../plan/select-list';
import { constant, type Sql } from '../sql';
import { addProperty, addWritten, jsonForm, keyColumns, versionColumn, type Columns } from './columns';
import { isDefault, keepsNull } from './default-value';
import { dynamicMembers, dynamicValue } from './dynamic';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { idPiece, navigationLinks, operationPieces, ownLink, predicateOf } from './link-pieces';
import { compileItems, compileNest, compileNested } from './nested';
import type { Piece } from './pieces';
import { hasNullIds, toldType, writesId, writesType, writtenType, type Representation } from './representation';
import type { Source } from './source';
import { holdsStreams, streamPieces } from './stream';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

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
      return [propertyPiece(environment, columns, source, field, representation)];
    case 'values': {
      const count = compileValuesCount(environment, field);
      const column = columns.add(compileValues(environment, field, representation));
      return [
        ...countPiece(countName(field, representation), columns, count),
        {
          kind: 'value',
          name: field.name,
          column,
          form: 'raw',
          ...typed(toldType(field.typeName, typeOfValues(field), representation)),
        },
      ];
    }
    case 'items': {
      const { rows, count } = compileItems(environment, source, field, representation);
      const column = columns.add(rows);
      return [
        ...countPiece(countName(field, representation), columns, count),
        { kind: 'value', name: field.name, column, form: 'raw', ...typed(writtenType(field.type, representation)) },
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
          ...(field.value.kind === 'null' ? {} : typed(toldType(field.typeName, field.value.type, representation))),
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

function propertyPiece(
  environment: Environment,
  columns: Columns,
  source: Source,
  field: Extract<Field, { kind: 'property' }>,
  representation: Representation,
): Piece {
  const { name, value } = field;
  const isLeft = isDefault(value, compileValue(environment, value), source.type, representation);
  return {
    kind: 'value',
    name,
    column: addWritten(environment, columns, value, representation),
    form: jsonForm(value.type),
    ...typed(writtenType(value.type, representation, value.property.definition)),
    ...(isLeft && { isDefault: columns.add(isLeft) }),
    ...(keepsNull(field, representation) && { keepsNull: true }),
  };
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
  return { kind: 'untyped', column: columns.add(json), typeColumn: type && columns.add(type) };
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

/** A nullable complex value is null when all its parts are. */
function compileComplex(
  environment: Environment,
  columns: Columns,
  range: Range,
  field: Extract<Field, { kind: 'complex' }>,
  representation: Representation,
): Piece {
  const { fields, computed = [] } = field;
  const pieces = compileFields(environment, columns, range, fields, representation);
  const presence = field.presence ? [columns.add(compileValue(environment, field.presence))] : [];
  const tests = field.nullable ? [...columnsOf(pieces), ...presence] : [];
  return {
    kind: 'object',
    name: field.name,
    tests,
    pieces: [
      ...typePiece(field.type, representation, field.dynamic),
      ...pieces,
      ...compileFields(environment, columns, range, computed, representation),
    ],
  };
}

const typed = (name: string | undefined): { readonly type?: string } => (name === undefined ? {} : { type: name });

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
  if (!rows) return told;
  const column = columns.add(rows);
  const { name } = field;
  return [
    ...told,
    holdsStreams([field]) ? { kind: 'marked', name, column } : { kind: 'value', name, column, form: 'raw' },
  ];
}
