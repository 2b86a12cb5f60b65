/** A read plan becomes one statement. */
import { unreachable } from '../error';
import { untyped } from '../model/edm';
import type { CollectionPlan, Identity, Range, ReadPlan, Target } from '../plan/plan';
import { join, param, prepare, sql, identifier, trusted, type Sql, type Statement } from '../sql';
import { compileAll } from './all';
import { LIMIT, OFFSET } from './bound';
import { addProperty, Columns, keyColumns, versionColumn } from './columns';
import { idPiece, linkParts } from './link-pieces';
import { compileChain, filterCondition, type Chain } from './chain';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { whereClause } from './conditions';
import { openFunction } from './function-rows';
import { compileHead, snapshotColumns, snapshotValues, type Head, type HeadValue, type SnapshotColumns } from './head';
import type { Representation } from './representation';
import { orderBy, orderTerms, type OrderTerm } from './order';
import { compileFields, compileSelection } from './output';
import type { KeyColumn, Piece } from './pieces';
import { isTransient, pageColumns, pageSources } from './page';
import { openRows, within, type OpenRows } from './rows';
import { Aliases, From, confinement, Source, tie, variables } from './source';
import { compileAfter } from './keyset';
import { mediaTypeOf } from './stream';

/** A statement, and how its rows become the answer. */
export interface CompiledRead {
  readonly statement: Statement;
  readonly pieces: readonly Piece[];
  /** The column that is null when a row stands for "no entity": an empty page, a navigation that leads nowhere. */
  readonly presence: number | undefined;
  /** The column with the number of all entities that match. */
  readonly count: number | undefined;
  /** The columns of the order, for the link to the next page. */
  readonly order: readonly number[];
  readonly key: readonly KeyColumn[];
  /** The version of a single entity, for the ETag header. */
  readonly version: number | undefined;
  /** What tells of which of several types a single entity is. */
  readonly discriminator?: number | undefined;
  /** The path of the collection in canonical keys, for context URLs: where the request has alternate ones. Protocol §10 */
  readonly home?: readonly (string | KeyColumn)[] | undefined;
  /** What the statement sees, where changes are tracked from now on. */
  readonly snapshot?: SnapshotColumns | undefined;
  /** How changes go out: the rows are not those of a collection. */
  readonly changes?: ChangeColumns | undefined;
}

/** The columns of a change. */
export interface ChangeColumns {
  /** Whether all changes since the link was made are still known. */
  readonly complete: number;
  /** Whether the row stands for an entity of the collection; for one that has left it otherwise, and for no change at all when null. */
  readonly there: number;
  /** The members that tell of an entity that has left. */
  readonly removed: readonly Piece[];
  /** The rows are entities of another set than the one that is asked for. */
  readonly set?: string | undefined;
  /** The rows are links: the column that tells whether they begin (`link`) or end (`deletedLink`). */
  readonly link?: number | undefined;
}

/** Where a page starts: for each order key, whether the value to continue behind is null. */
export type After = readonly ('value' | 'null')[];

/** What of the page decides the statement of a collection. */
export interface PageShape {
  /** Set when the collection goes on behind the values `k0`, `k1`, … of the bindings. */
  readonly after?: After | undefined;
  /** A power of ten that is no smaller than the page: what PostgreSQL is told to expect. See docs/decisions/0005. */
  readonly magnitude?: number | undefined;
  /** Changes are tracked from the answer on: what it saw is read with it. */
  readonly tracked?: boolean | undefined;
  /** Not the collection is asked for, but what has changed in it, in the form of a version, or how much. */
  readonly changes?: '4.0' | '4.01' | 'count' | undefined;
  /** Changes are told in sections, nested entities and links on their own: the number of one. */
  readonly section?: number | undefined;
}

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

// ---- context URLs

/** The canonical path of the collection, unless the keys of the request say the same. `above` is the row that contains it. */
function homeOf(
  columns: Columns,
  { range: { identity }, steps }: Target,
  sourceOf: (range: Range) => Source | undefined,
): readonly (string | KeyColumn)[] | undefined {
  const isCanonical = steps.every(({ key, range: { type } }) =>
    (key ?? []).every(({ property }) => type.key.includes(property)),
  );
  if (isCanonical || identity?.kind !== 'contained') return undefined;
  const parent = steps.find(({ range }) => range.identity && sameIdentity(range.identity, identity.parent));
  const above = parent && sourceOf(parent.range);
  if (!above) return undefined;
  return [...linkParts(columns, above, identity.parent), `/${identity.navigation.name}`];
}

const sameIdentity = (left: Identity, right: Identity): boolean =>
  left.kind === 'set'
    ? right.kind === 'set' && left.set === right.set
    : right.kind === 'contained' && left.navigation === right.navigation && sameIdentity(left.parent, right.parent);

// ---- one entity

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
  const isMember =
    !plan.raw && field.kind === 'computed' && field.value.kind !== 'null' && field.value.type === untyped;
  const pieces: readonly Piece[] = isMember
    ? [{ kind: 'untyped', column: columns.add(compileValue(environment, field.value)), typeColumn: undefined }]
    : compileFields(environment, columns, range, [field], representation);
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

// ---- collections

/** The rows of the last step: its table, tied to the parent or confined to the partition. */
function openStep(target: Target, aliases: Aliases, parent: Source | undefined): OpenRows {
  const step = target.steps.at(-1);
  if (!step) throw new Error('A path has at least one step');
  const { source, from } = step.rows ? openFunction(step.rows, aliases, parent) : Source.of(step.range.type, aliases);
  const sources = new Map(variables(step.range, source));
  const tied =
    parent && step.navigation ? [tie(parent, source.alias, step.navigation, step.range.type)] : confinement(source);
  return { from, sources, conditions: [...tied, ...filterCondition({ sources, aliases }, step)] };
}

/** What of a plan decides which rows match. */
type Wanted = Pick<CollectionPlan, 'filter' | 'rows'>;

/** The rows of the last step, or what $apply makes of them, and the filter. */
export function matching(
  target: Target,
  aliases: Aliases,
  parent: Source | undefined,
  { filter, rows }: Wanted,
): { environment: Environment; open: OpenRows } {
  const base = (): OpenRows => openStep(target, aliases, parent);
  const outside: Environment = { sources: new Map(), aliases, rowByRow: parent !== undefined, base };
  const open = rows ? openRows(outside, rows) : base();
  const environment = within(outside, open);
  const conditions = filter ? [...open.conditions, compileCondition(environment, filter)] : open.conditions;
  return { environment, open: { ...open, conditions } };
}

const countMatching =
  (target: Target, aliases: Aliases, wanted: Wanted): HeadValue =>
  (parent) => {
    const { open } = matching(target, aliases, parent, wanted);
    return sql`(select count(*) from ${open.from.clause}${whereClause(open.conditions)}) as "n"`;
  };

function compileCollection(
  plan: Extract<ReadPlan, { kind: 'collection' }>,
  representation: Representation,
  { after, magnitude, tracked = false }: PageShape,
): CompiledRead {
  const { target, collection } = plan;
  const aliases = new Aliases();
  const head = compileHead(target, aliases, [
    ...(collection.count ? [countMatching(target, aliases, collection)] : []),
    ...(tracked ? snapshotValues : []),
  ]);
  const { environment, open } = matching(target, aliases, head?.parent, collection);
  const terms = orderTerms(environment, collection.order);
  const conditions = after ? [...open.conditions, compileAfter(environment, collection.order, after)] : open.conditions;
  const columns = [
    ...pageColumns(environment, open, collection),
    ...terms.map(({ value }, index) => sql`${value} as ${identifier(`o${index}`)}`),
    ...(isTransient(collection) ? [sql`true as "there"`] : []),
  ];
  const all = sql`select ${join(columns, ', ')} from ${open.from.clause}${whereClause(conditions)}${orderBy(terms)}`;
  const rows = expected(plan, aliases, all, magnitude);
  return decorate(plan, representation, environment, head, rows, terms, tracked);
}

/**
 * The rows of the page. Of a limit that is a parameter PostgreSQL expects a tenth of all rows, and plans anew each time; told the magnitude it
 * keeps one plan. Only where no value of the client decides which rows match: there a plan made without the values can be a bad one.
 */
function expected(
  { collection }: Extract<ReadPlan, { kind: 'collection' }>,
  aliases: Aliases,
  all: Sql,
  magnitude: number | undefined,
): Sql {
  const limit = sql`limit ${param(LIMIT, 'int8')} offset ${param(OFFSET, 'int8')}`;
  const isSteady =
    collection.rows === undefined &&
    collection.filter === undefined &&
    collection.skip === undefined &&
    collection.order.every(({ expression }) => expression.kind === 'property');
  if (magnitude === undefined || !isSteady) return sql`(${all} ${limit})`;
  const alias = aliases.next();
  return sql`(select ${alias}.* from (${all} limit ${trusted(String(magnitude))}) ${alias} ${limit})`;
}

/** Selects from the page: joins and nested collections are made for its rows only. */
function decorate(
  { target, collection, form }: Extract<ReadPlan, { kind: 'collection' }>,
  representation: Representation,
  page: Environment,
  head: Head | undefined,
  rows: Sql,
  terms: readonly OrderTerm[],
  tracked: boolean,
): CompiledRead {
  const { aliases } = page;
  const alias = aliases.next();
  const from = new From(
    head ? sql`${head.clause} left join lateral ${rows} ${alias} on true` : sql`${rows} ${alias}`,
    aliases,
  );
  const sources = pageSources(page, collection, alias, from, head !== undefined);
  const source = sources.get(collection.selection.range);
  if (!source) throw new Error('The rows of the page have a variable');
  // What an id needs of entities further up is joined here, not within the head.
  const parent = head?.parent && Source.derived(head.parent.type, head.parent.alias, from);
  if (parent) sources.get(target.range)?.adopt(target.steps.at(-1)?.navigation, parent);
  const environment: Environment = { aliases, sources, ...(page.base ? { base: page.base } : {}) };
  const columns = new Columns();
  const count = collection.count ? columns.add(sql`"n"`) : undefined;
  const snapshot = tracked ? snapshotColumns(columns) : undefined;
  const key = keyColumns(columns, source);
  const there = head && isTransient(collection) ? columns.add(sql`${alias}."there"`) : undefined;
  const pieces =
    form === 'references'
      ? [idPiece(columns, source, collection.selection, representation)]
      : compileSelection(environment, columns, collection.selection, representation);
  const order = collection.order.map(({ expression }, index) =>
    expression.kind === 'property' &&
    expression.navigations.length === 0 &&
    expression.property.source.kind === 'column'
      ? addProperty(environment, columns, expression)
      : columns.add(sql`${alias}.${identifier(`o${index}`)}`),
  );
  const outer = terms.map((term, index) => ({ ...term, value: sql`${alias}.${identifier(`o${index}`)}` }));
  const sorted = from.hasJoins ? orderBy(outer) : sql``;
  const home = homeOf(columns, target, (range) => (range === target.steps.at(-2)?.range ? parent : undefined));
  const list = columns.isEmpty ? sql`true as "c0"` : columns.clause;
  const statement = prepare(sql`select ${list} from ${from.clause}${sorted}`);
  const presence = head ? (there ?? key[0]?.column) : undefined;
  return { statement, home, pieces, presence, count, order, key, version: undefined, snapshot };
}

function compileCountOf({ target, ...wanted }: Extract<ReadPlan, { kind: 'count' }>): CompiledRead {
  const aliases = new Aliases();
  const head = compileHead(target, aliases, [countMatching(target, aliases, wanted)]);
  if (!head) throw new Error('A count has a head');
  return {
    statement: prepare(sql`select "n" as "c0" from ${head.clause}`),
    pieces: [],
    presence: undefined,
    count: 0,
    order: [],
    key: [],
    version: undefined,
  };
}
