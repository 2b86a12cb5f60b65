/** A read plan becomes one statement. */
import { unreachable } from '../error';
import { untyped } from '../model/edm';
import type { ReadPlan } from '../plan/plan';
import { prepare, sql, type Statement } from '../sql';
import { compileAll } from './all';
import { compileChain, type Chain } from './chain';
import { addProperty, Columns, keyColumns, versionColumn } from './columns';
import type { CompiledRead, PageShape } from './compiled-read';
import { whereClause } from './conditions';
import { compileValue, sourceOf, type Environment } from './expression';
import { homeOf } from './home';
import { idPiece } from './link-pieces';
import { compileFields, compileSelection } from './output';
import type { Piece } from './pieces';
import { compileCollection, compileCountOf } from './read-collection';
import type { Representation } from './representation';
import { Aliases } from './source';
import { mediaTypeOf } from './stream';

/** Compiles a plan. */
export function compileRead(plan: ReadPlan, representation: Representation, page: PageShape = {}): CompiledRead {
  switch (plan.kind) {
    case 'all':
      return compileAll(plan, representation, page.after === undefined);
    case 'collection':
      return compileCollection(plan, representation, page);
    case 'entity':
      return compileEntity(plan, representation);
    case 'property':
      return compileProperty(plan, representation);
    case 'stream':
      return compileStream(plan);
    case 'count':
      return compileCountOf(plan);
    default:
      return unreachable(plan);
  }
}

function compileEntity(plan: Extract<ReadPlan, { kind: 'entity' }>, representation: Representation): CompiledRead {
  const aliases = new Aliases();
  const chain = compileChain(plan.target.steps, aliases);
  const environment: Environment = { sources: chain.sources, aliases };
  const columns = new Columns();
  const key = keyColumns(columns, chain.last);
  const pieces = plan.reference
    ? [idPiece(columns, chain.last, plan.selection, representation)]
    : compileSelection(environment, columns, plan.selection, representation);
  const version = versionColumn(columns, chain.last);
  const home = homeOf(columns, plan.target, (range) => chain.sources.get(range));
  return {
    statement: selectFrom(columns, chain),
    home,
    pieces,
    presence: key[0]?.column,
    count: undefined,
    order: [],
    key,
    version,
    discriminator: plan.selection.variants && addProperty(environment, columns, plan.selection.variants.discriminator),
  };
}

/** Two rows are enough to see that a key is ambiguous. */
const selectFrom = (columns: Columns, { from, conditions }: Chain): Statement =>
  prepare(sql`select ${columns.clause} from ${from.clause}${whereClause(conditions)} limit 2`);

function compileProperty(plan: Extract<ReadPlan, { kind: 'property' }>, representation: Representation): CompiledRead {
  const aliases = new Aliases();
  const { target, items } = plan;
  const chain = compileChain([...target.steps, ...items], aliases);
  const environment: Environment = { sources: chain.sources, aliases };
  const columns = new Columns();
  const key = keyColumns(columns, sourceOf(environment, target.range));
  // A property alone is the member `value`.
  const { kind } = plan.field;
  const isValue = kind === 'property' || kind === 'values' || kind === 'items';
  const field = isValue ? { ...plan.field, name: 'value' } : plan.field;
  const range = items.at(-1)?.range ?? target.range;
  // A member of an object tells no type but that of its JSON.
  const isMember = field.kind === 'computed' && field.value.kind !== 'null' && field.value.type === untyped;
  // A value that stands alone is never left out.
  const form = kind === 'property' ? { ...representation, omit: undefined } : representation;
  const pieces: readonly Piece[] = isMember
    ? [{ kind: 'untyped', column: columns.add(compileValue(environment, field.value)), typeColumn: undefined }]
    : compileFields(environment, columns, range, [field], form);
  const home = homeOf(columns, plan.target, (range) => chain.sources.get(range));
  return {
    statement: selectFrom(columns, chain),
    home,
    pieces,
    presence: key[0]?.column,
    count: undefined,
    order: [],
    key,
    version: undefined,
  };
}

/** The bytes and their media type. */
function compileStream({ target, stream }: Extract<ReadPlan, { kind: 'stream' }>): CompiledRead {
  const chain = compileChain(target.steps, new Aliases());
  const columns = new Columns();
  const key = keyColumns(columns, chain.last);
  const content = columns.add(chain.last.column(stream.column));
  const mediaType = columns.add(mediaTypeOf(chain.last, stream));
  const version = versionColumn(columns, chain.last);
  return {
    statement: selectFrom(columns, chain),
    pieces: [
      { kind: 'value', name: 'content', column: content, form: 'binary' },
      { kind: 'value', name: 'mediaType', column: mediaType, form: 'string' },
    ],
    presence: key[0]?.column,
    count: undefined,
    order: [],
    key,
    version,
  };
}
