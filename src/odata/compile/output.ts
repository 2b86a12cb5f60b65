/**
 * The answer's rows: which columns the statement selects, and the pieces that the writer puts around them. Single-valued expands and complex
 * values are columns of the same row; collections come as one column of JSON.
 */
import { unreachable } from '../error';
import type { BoundProperty, Field, Range, Selection, Variants } from '../plan/plan';
import { constant, join, literal, sql } from '../sql';
import {
  itemsPieces,
  manyPieces,
  nestPieces,
  rawPiece,
  typed,
  valuesPieces,
  type Output,
  type Shared,
} from './collection-pieces';
import { addProperty, addWritten, jsonForm, keyColumns, versionColumn, type Columns } from './columns';
import { contextPiece, typePiece } from './constant-pieces';
import { isDefault, keepsNull } from './default-value';
import { dynamicMembers, dynamicValue } from './dynamic';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { idPiece, linkParts, navigationLinks, operationPieces, ownLink } from './link-pieces';
import type { Piece } from './pieces';
import { toldType, transientMembers, writesId, writtenType, type Representation } from './representation';
import { streamPieces } from './stream';
import { untypedMember } from './untyped-member';

/** The pieces of one entity's JSON object, its columns added to `columns`. */
export function compileSelection(
  environment: Environment,
  columns: Columns,
  selection: Selection,
  representation: Representation,
  shared: Shared = new Map(),
): readonly Piece[] {
  if (selection.variants)
    return [variantsPiece(environment, columns, selection.range, selection.variants, representation)];
  const source = sourceOf(environment, selection.range);
  const compiled = (fields: readonly Field[]): readonly Piece[] =>
    compileFields(environment, columns, selection.range, fields, representation, shared);
  if (selection.isBare) return compiled(selection.fields);
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return [
    ...contextPiece('', selection.context, selection, representation),
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
  const common = new Map<Field | number, readonly Piece[]>();
  for (const [index, { field, range: seen, of }] of shared.entries()) {
    const inner = seenAs(environment, range, seen);
    common.set(index, compileFields(inner, of ? only(of) : columns, seen, [field], representation));
  }
  for (const field of computedForAll([...selections.values()]))
    common.set(field, compileFields(environment, columns, range, [field], representation));
  const compiled = [...selections].map(([text, inner]) => {
    const own = seenAs(environment, range, inner.range);
    return [text, compileSelection(own, only([text]), inner, representation, common)] as const;
  });
  return { kind: 'variants', column, variants: new Map(compiled) };
}

/** What was computed for all structures alike: single values, which speak of the rows and of no structure. */
function computedForAll([first, ...others]: readonly Selection[]): readonly Field[] {
  const fields = others.map((one) => new Set(one.fields));
  return (first?.fields ?? []).filter((field) => field.kind === 'computed' && fields.every((has) => has.has(field)));
}

/** The pieces of some members, without what the entity says of itself. */
export const compileFields = (
  environment: Environment,
  columns: Columns,
  range: Range,
  fields: readonly Field[],
  representation: Representation,
  shared: Shared = new Map(),
): readonly Piece[] =>
  fields.flatMap(
    (field) => shared.get(field) ?? fieldPieces({ environment, columns, range, representation, shared }, field),
  );

function fieldPieces(output: Output, field: Field): readonly Piece[] {
  const { environment, columns, range, representation } = output;
  const source = sourceOf(environment, range);
  switch (field.kind) {
    case 'etag': {
      const column = representation.metadata === 'none' ? undefined : versionColumn(columns, source);
      return column === undefined ? [] : [{ kind: 'etag', column }];
    }
    case 'transient':
      return Object.entries(transientMembers(field, representation)).map(([name, value]) => ({
        kind: 'constant',
        name,
        value,
      }));
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
    case 'values':
      return valuesPieces(output, field);
    case 'items':
      return itemsPieces(output, field);
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
      return manyPieces(output, field);
    case 'shared':
      return output.shared.get(field.index) ?? [];
    case 'nest':
      return nestPieces(output, field);
    default:
      return unreachable(field);
  }
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
  if (metadata === 'none' || !range.identity) return [];
  const parts = linkParts(columns, sourceOf(environment, range), range.identity);
  return [{ kind: 'link', name: `${name}${prefix}navigationLink`, parts }];
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
  const parts = fields.map((part) => ({ pieces: compiled([part]), isItems: part.kind === 'items' }));
  // Items are none where there is no value.
  const tests = parts.flatMap(({ pieces, isItems }) => (isItems ? [] : columnsOf(pieces)));
  const presence = field.presence ? [columns.add(compileValue(environment, field.presence))] : [];
  return {
    kind: 'object',
    name: field.name,
    tests: field.nullable ? [...tests, ...presence] : [],
    pieces: [
      ...typePiece(field.type, representation, field.dynamic),
      ...parts.flatMap(({ pieces }) => pieces),
      ...compiled(computed),
    ],
  };
}

/** Columns that are null where there is none of it. What says so of an object says it best: items of an entity that is missing are an empty array. */
const columnsOf = (pieces: readonly Piece[]): readonly number[] =>
  pieces.flatMap((piece) => {
    if (piece.kind === 'value') return [piece.column];
    if (piece.kind !== 'object') return [];
    return piece.tests.length > 0 ? piece.tests : columnsOf(piece.pieces);
  });

/** The entity of another variable of the row, or its complex value. */
function rowPiece(
  { environment, columns, representation }: Output,
  { name, selection, reference, presence }: Extract<Field, { kind: 'row' }>,
): Piece {
  const tests = presence ? [addProperty(environment, columns, presence)] : [];
  return {
    kind: 'object',
    name,
    tests,
    pieces: entityPieces(environment, columns, selection, reference, representation),
  };
}

function entityPieces(
  environment: Environment,
  columns: Columns,
  selection: Selection,
  reference: boolean,
  representation: Representation,
): readonly Piece[] {
  if (!reference) return compileSelection(environment, columns, selection, representation);
  return [idPiece(columns, sourceOf(environment, selection.range), selection, representation)];
}

function onePiece(
  { environment, columns, range, representation }: Output,
  { name, navigation, selection, reference }: Extract<Field, { kind: 'one' }>,
): Piece {
  const target = selection.range.behind
    ? sourceOf(environment, selection.range)
    : sourceOf(environment, range).through(navigation, selection.range.type);
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(selection.range, target) };
  // A row is there where the first column of its key is.
  const tests = keyColumns(columns, target).slice(0, 1);
  return {
    kind: 'object',
    name,
    tests: tests.map(({ column }) => column),
    pieces: entityPieces(inner, columns, selection, reference, representation),
  };
}
