/** Reads of collections, page by page, and of their numbers. */
import { isNarrow } from '../model/edm';
import type { Bound, BoundProperty, CollectionPlan, ReadPlan, Target } from '../plan/plan';
import { rowsWhere } from '../plan/rows';
import { identifier, join, prepare, sql, trusted, type Sql } from '../sql';
import { filterCondition, openLeft } from './chain';
import { collectionTag, wholeTagged } from './collection-tag';
import { addProperty, Columns, keyColumns } from './columns';
import type { CompiledRead, PageShape } from './compiled-read';
import { whereClause } from './conditions';
import { compileCondition, type Environment } from './expression';
import { openFunction } from './function-rows';
import { compileHead, snapshotColumns, snapshotValues, type Head, type HeadValue } from './head';
import { homeOf } from './home';
import { compileAfter } from './keyset';
import { idPiece } from './link-pieces';
import { orderBy, orderTerms, type OrderTerm } from './order';
import { compileSelection } from './output';
import { isTransient, LIMIT, OFFSET, pageColumns, pageSources } from './page';
import { cutOf } from './made-first';
import type { Representation } from './representation';
import { openRows, within, type OpenRows } from './rows';
import type { Aliases } from './aliases';
import { confinement, From, Source, tie, variables } from './source';

type CollectionRead = Extract<ReadPlan, { kind: 'collection' }>;

/** The rows of the last step: its table, tied to the parent or confined to the partition. */
function openStep(target: Target, aliases: Aliases, parent: Source | undefined): OpenRows {
  const step = target.steps.at(-1);
  if (!step) throw new Error('A path has at least one step');
  const above = target.steps.at(-2);
  const outside = new Map(parent && above ? variables(above.range, parent) : []);
  if (step.made) {
    const { source, from } = openLeft({ sources: outside, aliases }, step);
    return { from, sources: new Map([...outside, ...variables(step.range, source)]), conditions: [] };
  }
  const { source, from } = step.rows
    ? openFunction({ sources: new Map(), aliases }, step.rows, parent)
    : Source.of(step.range.type, aliases);
  const sources = new Map([...outside, ...variables(step.range, source)]);
  const tied =
    parent && step.navigation ? [tie(parent, source.alias, step.navigation, step.range.type)] : confinement(source);
  return { from, sources, conditions: [...tied, ...filterCondition({ sources, aliases }, step)] };
}

/** What of a plan decides which rows match. */
type Wanted = Pick<CollectionPlan, 'base' | 'filter' | 'rows'>;

/** The rows of the last step, or what $apply makes of them, and the filter. */
export function matching(
  target: Target,
  aliases: Aliases,
  parent: Source | undefined,
  { base: range, filter, rows = { kind: 'base', range } }: Wanted,
): { environment: Environment; open: OpenRows } {
  const base = (): OpenRows => openStep(target, aliases, parent);
  const outside: Environment = { sources: new Map(), aliases, rowByRow: parent !== undefined, base };
  const open = openRows(outside, rowsWhere(rows, filter));
  return { environment: within(outside, open), open };
}

function numberOf(...of: Parameters<typeof matching>): Sql {
  const { open } = matching(...of);
  return sql`(select count(*) from ${open.from.clause}${whereClause(open.conditions)})`;
}

const countMatching =
  (target: Target, aliases: Aliases, wanted: Wanted): HeadValue =>
  (parent) =>
    sql`${numberOf(target, aliases, parent, wanted)} as "@count"`;

/** The ETag of the collection, beside its first page: it is that of all pages. */
function tagValue(plan: CollectionRead, aliases: Aliases): HeadValue | undefined {
  const navigation = wholeTagged(plan);
  return (
    navigation &&
    ((parent) => {
      if (!parent) throw new Error('A contained collection has a parent');
      const alias = aliases.next();
      return sql`${collectionTag(navigation.target, alias, tie(parent, alias, navigation))} as "@tag"`;
    })
  );
}

/** A page of a collection. */
export function compileCollection(
  plan: CollectionRead,
  representation: Representation,
  { after, magnitude, tracked = false, tellsTag = false }: PageShape,
  aliases: Aliases,
): CompiledRead {
  const { target, collection } = plan;
  const tag = tellsTag && !after ? tagValue(plan, aliases) : undefined;
  const head = compileHead(target, aliases, [
    ...(collection.count ? [countMatching(target, aliases, collection)] : []),
    ...(tracked ? snapshotValues : []),
    ...(tag ? [tag] : []),
  ]);
  const { environment, open } = matching(target, aliases, head?.parent, collection);
  const terms = orderTerms(environment, collection.order);
  const conditions = after ? [...open.conditions, compileAfter(environment, collection.order, after)] : open.conditions;
  const columns = [
    ...pageColumns(environment, open, collection),
    ...terms.map(({ value }, index) => sql`${value} as ${identifier(`o${index}`)}`),
    ...(isTold(collection) ? [sql`true as "there"`] : []),
  ];
  const all = sql`select ${join(columns, ', ')} from ${open.from.clause}${whereClause(conditions)}${orderBy(terms)}`;
  const number = (): Sql => numberOf(target, aliases, head?.parent, collection);
  const page: Page = { head, environment, terms, rows: expected(plan, aliases, all, magnitude, number) };
  return selectPage(plan, representation, page, { tracked, isTagged: tag !== undefined });
}

/** A page of rows in the making. */
interface Page {
  readonly head: Head | undefined;
  /** What sees the rows before they are cut. */
  readonly environment: Environment;
  readonly terms: readonly OrderTerm[];
  readonly rows: Sql;
}

/**
 * True where values of the client decide how rows are found: a plan made without them can be a bad one. Among the members of one parent
 * equalities and lambdas do not, unless another order is asked for than that of all members, for which an index may be the better way. A count looks
 * at all rows, beside which planning is nothing.
 */
function isDecided({ target, collection: { filter, order, count } }: CollectionRead): boolean {
  if (filter === undefined) return false;
  const { navigation, range } = target.steps.at(-1) ?? {};
  const [usual] = range?.type.defaultOrder ?? [];
  const [first] = order;
  const isUsual =
    first !== undefined &&
    isOwnColumn(first.expression) &&
    first.expression.property === usual?.property &&
    first.direction === usual.direction;
  return !navigation || !isNarrow(navigation) || !isUsual || count || !isOfEqualities(filter);
}

/** A condition of equalities and lambdas. Of others PostgreSQL knows without the values too little of how many rows they leave. */
const isOfEqualities = (condition: Bound): boolean =>
  condition.kind === 'logical'
    ? isOfEqualities(condition.left) && isOfEqualities(condition.right)
    : condition.kind === 'not'
      ? isOfEqualities(condition.operand)
      : condition.kind === 'exists' ||
        condition.kind === 'in' ||
        (condition.kind === 'comparison' && (condition.operator === 'eq' || condition.operator === 'ne'));

/**
 * The rows of the page. Of a limit that is a parameter PostgreSQL expects a tenth of all rows, and plans anew each time; told the magnitude it
 * keeps one plan.
 */
function expected(
  plan: CollectionRead,
  aliases: Aliases,
  all: Sql,
  magnitude: number | undefined,
  count: () => Sql,
): Sql {
  const { collection } = plan;
  const cut = cutOf(collection.rows, LIMIT, OFFSET, count);
  const isSteady =
    collection.rows === undefined &&
    !isDecided(plan) &&
    collection.skip === undefined &&
    collection.order.every(({ expression }) => expression.kind === 'property');
  if (magnitude === undefined || !isSteady) return sql`(${all}${cut})`;
  const alias = aliases.next();
  return sql`(select ${alias}.* from (${all} limit ${trusted(String(magnitude))}) ${alias}${cut})`;
}

/** The page as the FROM clause of what is selected: joins and nested collections are made for its rows only. */
function openPage({ target, collection }: CollectionRead, { head, environment: before, rows }: Page) {
  const { aliases, base } = before;
  const alias = aliases.next();
  const from = new From(
    head ? sql`${head.clause} left join lateral ${rows} ${alias} on true` : sql`${rows} ${alias}`,
    aliases,
  );
  const sources = pageSources(before, collection, alias, from, head !== undefined);
  const source = sources.get(collection.selection.range);
  if (!source) throw new Error('The rows of the page have a variable');
  // What an id needs of entities further up is joined here, not within the head.
  const parent = head?.parent && Source.derived(head.parent.type, head.parent.alias, from);
  if (parent) sources.get(target.range)?.adopt(target.steps.at(-1)?.navigation, parent);
  const environment: Environment = { aliases, sources, ...(base ? { base } : {}) };
  return { alias, from, source, parent, environment };
}

function selectPage(
  plan: CollectionRead,
  representation: Representation,
  page: Page,
  { tracked, isTagged }: { readonly tracked: boolean; readonly isTagged: boolean },
): CompiledRead {
  const { target, collection, form } = plan;
  const { alias, from, source, parent, environment } = openPage(plan, page);
  const ordered = (index: number): Sql => sql`${alias}.${identifier(`o${index}`)}`;
  const columns = Columns.none();
  const count = collection.count ? columns.add(sql`"@count"`) : undefined;
  const snapshot = tracked ? snapshotColumns(columns) : undefined;
  const tag = isTagged ? columns.add(sql`"@tag"`) : undefined;
  const key = keyColumns(columns, source);
  const there = page.head && isTold(collection) ? columns.add(sql`${alias}."there"`) : undefined;
  const { isNull } = collection;
  const nulls = isNull && columns.add(compileCondition(environment, isNull));
  const pieces =
    form === 'references'
      ? [idPiece(columns, source, collection.selection, representation)]
      : compileSelection(environment, columns, collection.selection, representation);
  const order = collection.order.map(({ expression }, index) =>
    isOwnColumn(expression) ? addProperty(environment, columns, expression) : columns.add(ordered(index)),
  );
  const home = homeOf(columns, target, (range) => (range === target.steps.at(-2)?.range ? parent : undefined));
  const list = columns.isEmpty ? sql`true as "c0"` : columns.clause;
  // Joins may change the order of the page.
  const outer = page.terms.map((term, index) => ({ ...term, value: ordered(index) }));
  const statement = prepare(sql`select ${list} from ${from.clause}${from.hasJoins ? orderBy(outer) : sql``}`);
  const presence = page.head ? (there ?? key[0]?.column) : undefined;
  return { statement, home, pieces, presence, count, order, key, snapshot, tag, nulls };
}

/** The key of a row does not tell whether it is there. */
const isTold = (collection: CollectionPlan): boolean => isTransient(collection) || collection.isNull !== undefined;

/** The answer may have the column anyway. */
const isOwnColumn = (expression: Bound): expression is BoundProperty =>
  expression.kind === 'property' && expression.navigations.length === 0 && expression.property.source.kind === 'column';

/** `/$count` */
export function compileCountOf(
  { target, ...wanted }: Extract<ReadPlan, { kind: 'count' }>,
  aliases: Aliases,
): CompiledRead {
  const head = compileHead(target, aliases, [countMatching(target, aliases, { base: target.range, ...wanted })]);
  if (!head) throw new Error('A count has a head');
  return { statement: prepare(sql`select "@count" as "c0" from ${head.clause}`), pieces: [], count: 0 };
}
