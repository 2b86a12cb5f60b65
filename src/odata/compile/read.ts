/** A read plan becomes one statement. */
import { unreachable } from '../error';
import type { Field, ReadPlan, Step } from '../plan/plan';
import { prepare, sql } from '../sql';
import { compileAll } from './all';
import { compileChain, type Chain } from './chain';
import { addProperty, Columns, keyColumns, versionColumn } from './columns';
import type { CompiledRead, PageShape } from './compiled-read';
import { whereClause } from './conditions';
import { heldAlone } from './dynamic';
import { compileValue, sourceOf, type Environment } from './expression';
import { homeOf } from './home';
import { idPiece } from './link-pieces';
import { compileFields, compileSelection } from './output';
import type { KeyColumn, Piece } from './pieces';
import { compileCollection, compileCountOf } from './read-collection';
import type { Representation } from './representation';
import { Aliases } from './aliases';
import { mediaTypeOf } from './stream';

/** Compiles a plan. */
export function compileRead(
  plan: ReadPlan,
  representation: Representation,
  page: PageShape = {},
  aliases = new Aliases(),
): CompiledRead {
  switch (plan.kind) {
    case 'all':
      return compileAll(plan, representation, page.after, aliases);
    case 'collection':
      return compileCollection(plan, representation, page, aliases);
    case 'entity':
      return compileEntity(plan, representation, aliases);
    case 'property':
      return compileProperty(plan, representation, aliases);
    case 'stream':
      return compileStream(plan, aliases);
    case 'count':
      return compileCountOf(plan, aliases);
    default:
      return unreachable(plan);
  }
}

function compileEntity(
  plan: Extract<ReadPlan, { kind: 'entity' }>,
  representation: Representation,
  aliases: Aliases,
): CompiledRead {
  const { target, selection, reference } = plan;
  const { chain, environment, columns } = follow(target.steps, aliases);
  const key = keyColumns(columns, chain.last);
  const pieces = reference
    ? [idPiece(columns, chain.last, selection, representation)]
    : compileSelection(environment, columns, selection, representation);
  const version = versionColumn(columns, chain.last);
  const home = homeOf(columns, target, (range) => chain.sources.get(range));
  const discriminator = selection.variants && addProperty(environment, columns, selection.variants.discriminator);
  return { ...oneRow(columns, chain, key), home, pieces, version, discriminator };
}

/** The rows of a path, and the columns that are selected of them. */
function follow(
  steps: readonly Step[],
  aliases: Aliases,
): {
  readonly chain: Chain;
  readonly environment: Environment;
  readonly columns: Columns;
} {
  const chain = compileChain(steps, aliases);
  return { chain, environment: { sources: chain.sources, aliases }, columns: Columns.none() };
}

/** The row that is there where its key is. Two are enough to see that a key is ambiguous. */
const oneRow = (
  columns: Columns,
  { from, conditions }: Chain,
  key: readonly KeyColumn[],
): Pick<CompiledRead, 'statement' | 'key' | 'presence'> => ({
  statement: prepare(sql`select ${columns.clause} from ${from.clause}${whereClause(conditions)} limit 2`),
  key,
  presence: key[0]?.column,
});

function compileProperty(
  plan: Extract<ReadPlan, { kind: 'property' }>,
  asked: Representation,
  aliases: Aliases,
): CompiledRead {
  // The type says whether a raw value is a text.
  const representation: Representation = plan.raw ? { ...asked, metadata: 'minimal' } : asked;
  const { target, items } = plan;
  const { chain, environment, columns } = follow([...target.steps, ...items], aliases);
  const key = keyColumns(columns, sourceOf(environment, target.range));
  const { kind } = plan.field;
  const isValue = kind === 'property' || kind === 'values' || kind === 'items';
  const field = isValue ? { ...plan.field, name: '' } : plan.field;
  const range = items.at(-1)?.range ?? target.range;
  // A value that stands alone is never left out.
  const form = kind === 'property' ? { ...representation, omit: undefined } : representation;
  const pieces =
    field.kind === 'untyped'
      ? [heldPiece(environment, columns, field, representation)]
      : compileFields(environment, columns, range, [field], form);
  const home = homeOf(columns, target, (range) => chain.sources.get(range));
  return { ...oneRow(columns, chain, key), home, pieces };
}

/** A value that tells its type itself. */
function heldPiece(
  environment: Environment,
  columns: Columns,
  { name, value }: Extract<Field, { kind: 'untyped' }>,
  representation: Representation,
): Piece {
  const { json, type } = heldAlone(compileValue(environment, value), name, representation);
  return { kind: 'untyped', column: columns.add(json), typeColumn: type && columns.add(type) };
}

/** The bytes and their media type. */
function compileStream({ target, stream }: Extract<ReadPlan, { kind: 'stream' }>, aliases: Aliases): CompiledRead {
  const { chain, columns } = follow(target.steps, aliases);
  const key = keyColumns(columns, chain.last);
  const content = columns.add(chain.last.column(stream.column));
  const mediaType = columns.add(mediaTypeOf(chain.last, stream));
  const version = versionColumn(columns, chain.last);
  const pieces: readonly Piece[] = [
    { kind: 'value', name: 'content', column: content, form: 'binary' },
    { kind: 'value', name: 'mediaType', column: mediaType, form: 'string' },
  ];
  return { ...oneRow(columns, chain, key), pieces, version };
}
