/**
 * The answer's rows: which columns the statement selects, and the pieces that the writer puts around them. Single-valued expands and complex
 * values are columns of the same row; collections come as one column of JSON.
 */
import { unreachable } from '../error';
import type { BoundProperty, Field, Range, Selection, Variants } from '../plan/plan';
import { constant, join, literal, sql, type Sql } from '../sql';
import { addProperty, addWritten, jsonForm, keyColumns, versionColumn, type Columns } from './columns';
import { contextOf, typePiece } from './constant-pieces';
import { isDefault, keepsNull } from './default-value';
import { dynamicMembers, dynamicValue } from './dynamic';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { idPiece, navigationLinks, operationPieces, ownLink, predicateOf } from './link-pieces';
import { compileItems, compileNest, compileNested } from './nested';
import type { KeyColumn, Piece } from './pieces';
import { hasNullIds, toldType, writesId, writtenType, type Representation } from './representation';
import { holdsStreams, streamPieces } from './stream';
import { untypedMember } from './untyped-member';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

/** The pieces of one entity's JSON object, its columns added to `columns`. */
export function compileSelection(
  environment: Environment,
  columns: Columns,
  selection: Selection,
  representation: Representation,
  shared: Shared = [],
): readonly Piece[] {
  if (selection.variants)
    return [variantsPiece(environment, columns, selection.range, selection.variants, representation)];
  const source = sourceOf(environment, selection.range);
  const compiled = (fields: readonly Field[]): readonly Piece[] =>
    compileFields(environment, columns, selection.range, fields, representation, shared);
  if (selection.isBare) return compiled(selection.fields);
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return [
    ...typePiece(source.type, representation, selection.cast !== undefined),
    ...(writesId(selection, representation) ? [idPiece(columns, source, selection, representation)] : []),
    ...compiled(selection.fields.filter(isTag)),
    ...ownLink(columns, source, selection, representation),
    ...compiled(selection.fields.filter((field) => !isTag(field))),
  ];
}

/** Each structure has its own pieces, and those that it has in common with others. */
function variantsPiece(
  environment: Environment,
  columns: Columns,
  range: Range,
  { discriminator, selections, shared = [] }: Variants,
  representation: Representation,
): Piece {
  const column = addProperty(environment, columns, discriminator);
  const structure = compileValue(environment, discriminator);
  const only = (texts: readonly string[]): Columns =>
    columns.within(sql`${structure} in (${join(texts.map(literal), ', ')})`);
  const common = shared.map(({ field, range: seen, of }) =>
    compileFields(seenAs(environment, range, seen), of ? only(of) : columns, seen, [field], representation),
  );
  const compiled = [...selections].map(([text, inner]) => {
    const own = seenAs(environment, range, inner.range);
    return [text, compileSelection(own, only([text]), inner, representation, common)] as const;
  });
  return { kind: 'variants', column, variants: new Map(compiled) };
}

/** The pieces of the fields that several structures have. */
type Shared = readonly (readonly Piece[])[];

/** The row that pieces are made of, and the columns that they need. */
interface Output {
  readonly shared: Shared;
  readonly environment: Environment;
  readonly columns: Columns;
  readonly range: Range;
  readonly representation: Representation;
}

/** The pieces of some members, without what the entity says of itself. */
export const compileFields = (
  environment: Environment,
  columns: Columns,
  range: Range,
  fields: readonly Field[],
  representation: Representation,
  shared: Shared = [],
): readonly Piece[] =>
  fields.flatMap((field) => fieldPieces({ environment, columns, range, representation, shared }, field));

function fieldPieces(output: Output, field: Field): readonly Piece[] {
  const { environment, columns, range, representation } = output;
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
    case 'untyped':
      return [{ kind: 'members', column: columns.add(untypedMember(environment, field, representation)) }];
    case 'property':
      return [
        field.value.property.source.kind === 'dynamic'
          ? untypedPiece(output, field.value)
          : propertyPiece(output, field),
      ];
    case 'values': {
      const count = compileValuesCount(environment, field);
      const told = toldType(field.typeName, typeOfValues(field), representation);
      return listPieces(output, field.name, told, count, compileValues(environment, field, representation));
    }
    case 'items': {
      const { rows, count } = compileItems(environment, source, field, representation);
      return listPieces(output, field.name, writtenType(field.type, representation), count, rows);
    }
    case 'navigationLink':
      return navigationLinks(columns, source, range, field.navigation, representation);
    case 'stream':
      return streamPieces(columns, source, range, field, representation);
    case 'operation':
      return operationPieces(columns, source, range, field.name, representation);
    case 'computed':
      return [computedPiece(output, field)];
    case 'row':
      return [rowPiece(output, field)];
    case 'link':
      return linkPieces(output, field);
    case 'complex':
      return [complexPiece(output, field)];
    case 'one':
      return [onePiece(output, field)];
    case 'many':
      return [
        ...(field.added ? contextOf(field.name, field.navigation.target, field.collection, representation) : []),
        ...manyPieces(output, field),
      ];
    case 'shared':
      return output.shared[field.index] ?? [];
    case 'nest':
      return [
        ...contextOf(field.members ? '' : field.name, field.type, field.collection, representation),
        rawPiece(field.name, columns.add(compileNest(environment, field, representation))),
      ];
    default:
      return unreachable(field);
  }
}

const rawPiece = (name: string, column: number, type?: string): Piece => ({
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

function computedPiece(
  { environment, columns, representation }: Output,
  { name, value, typeName }: Extract<Field, { kind: 'computed' }>,
): Piece {
  const column = addWritten(environment, columns, value, representation);
  if (value.kind === 'null') return rawPiece(name, column);
  const told = toldType(typeName, value.type, representation);
  return { kind: 'value', name, column, form: jsonForm(value.type), ...typed(told) };
}

/** A link to an entity of a combination of sets. */
function linkPieces(
  { environment, columns, representation: { metadata, prefix } }: Output,
  { name, range }: Extract<Field, { kind: 'link' }>,
): readonly Piece[] {
  const key = keyColumns(columns, sourceOf(environment, range));
  if (metadata === 'none') return [];
  return [{ kind: 'link', name: `${name}${prefix}navigationLink`, parts: [name, ...predicateOf(key)] }];
}

function propertyPiece(
  { environment, columns, range, representation }: Output,
  field: Extract<Field, { kind: 'property' }>,
): Piece {
  const { name, value } = field;
  const { type } = sourceOf(environment, range);
  const isLeft = isDefault(value, compileValue(environment, value), type, representation);
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
function untypedPiece({ environment, columns, range, representation }: Output, value: BoundProperty): Piece {
  const name = constant(value.property.name, 'text');
  const source = sourceOf(environment, range);
  const { json, type } = dynamicValue(source, name, compileValue(environment, value), representation);
  return { kind: 'untyped', column: columns.add(json), typeColumn: type && columns.add(type) };
}

/** A nullable complex value is null when all its parts are. */
function complexPiece(
  { environment, columns, range, representation }: Output,
  field: Extract<Field, { kind: 'complex' }>,
): Piece {
  const { fields, computed = [] } = field;
  const compiled = (parts: readonly Field[]): readonly Piece[] =>
    compileFields(environment, columns, range, parts, representation);
  const pieces = compiled(fields);
  const presence = field.presence ? [columns.add(compileValue(environment, field.presence))] : [];
  return {
    kind: 'object',
    name: field.name,
    tests: field.nullable ? [...columnsOf(pieces), ...presence] : [],
    pieces: [...typePiece(field.type, representation, field.dynamic), ...pieces, ...compiled(computed)],
  };
}

const typed = (name: string | undefined): { readonly type?: string } => (name === undefined ? {} : { type: name });

const columnsOf = (pieces: readonly Piece[]): readonly number[] =>
  pieces.flatMap((piece) =>
    piece.kind === 'value' ? [piece.column] : piece.kind === 'object' ? columnsOf(piece.pieces) : [],
  );

/** The entity of another variable of the row. */
function rowPiece(
  { environment, columns, representation }: Output,
  { name, range, selection }: Extract<Field, { kind: 'row' }>,
): Piece {
  const key = keyColumns(columns, sourceOf(environment, range));
  const pieces = compileSelection(environment, columns, selection, representation);
  return { kind: 'object', name, tests: range.optional ? presenceOf(key) : [], pieces };
}

/** A row is there where the first column of its key is. */
const presenceOf = (key: readonly KeyColumn[]): readonly number[] => key.slice(0, 1).map(({ column }) => column);

function onePiece(
  { environment, columns, range, representation }: Output,
  { name, navigation, selection, reference }: Extract<Field, { kind: 'one' }>,
): Piece {
  const target = sourceOf(environment, range).through(navigation, selection.range.type);
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(selection.range, target) };
  const key = keyColumns(columns, target);
  const pieces = reference
    ? [idPiece(columns, target, selection, representation)]
    : compileSelection(inner, columns, selection, representation);
  return { kind: 'object', name, tests: presenceOf(key), pieces };
}

const countPiece = (name: string, columns: Columns, count: Sql | undefined): readonly Piece[] =>
  count ? [{ kind: 'value', name, column: columns.add(count), form: 'int64' }] : [];

function manyPieces(
  { environment, columns, range, representation }: Output,
  field: Extract<Field, { kind: 'many' }>,
): readonly Piece[] {
  const { rows, count, tag } = compileNested(environment, sourceOf(environment, range), range, field, representation);
  const { name } = field;
  const { prefix } = representation;
  const told: readonly Piece[] = [
    ...(tag
      ? [{ kind: 'value', name: `${name}${prefix}etag`, column: columns.add(tag), form: 'string' } as const]
      : []),
    ...countPiece(`${name}${prefix}count`, columns, count),
  ];
  if (!rows) return told;
  const column = columns.add(rows);
  return [...told, holdsStreams([field]) ? { kind: 'marked', name, column } : rawPiece(name, column)];
}
