/**
 * Rows of the plan become queries. A query stays open as long as it can: conditions and joins are added to it; only what must see the rows
 * before it (a limit, a group, a union) wraps it. The row of an entity travels through a wrapping query as one composite column, which PostgreSQL takes
 * apart again where it merges the queries; other rows travel by their columns, those of items by names of their own.
 */
import { unreachable } from '../error';
import { isFloating } from '../model/edm';
import type { Bound, Range } from '../plan/plan';
import { always } from '../plan/conditions';
import { madeAnyway, madeFirst } from '../plan/made-first';
import { rangesOf, type Rows } from '../plan/rows';
import { join, sql, trusted, type Sql } from '../sql';
import { whereClause } from './conditions';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { openTold } from './agreed-rows';
import { openMembers } from './collection';
import { openCross } from './cross-rows';
import { compileGroup } from './group';
import { openBehindJudged, openBehindMade, withMade } from './made-first';
import { openPlaced } from './places';
import { orderBy as orderByTerms, orderTerms } from './order';
import { itemRows } from './item-rows';
import { columnName } from './key-columns';
import { From, Source, tableOf, tie, tiedTo } from './source';
import { sourcesIn, travelling } from './travelling';
import { openValueRows } from './value-rows';

/** A query in the making. */
export interface OpenRows {
  readonly from: From;
  /** The variables that its rows carry. */
  readonly sources: ReadonlyMap<Range, Source>;
  readonly conditions: readonly Sql[];
}

/** Opens the rows that everything else is made of, each time anew. */
export type Base = () => OpenRows;

/** The environment in which expressions see the rows of a query. */
export const within = (environment: Environment, { sources }: OpenRows): Environment => ({
  ...environment,
  sources: new Map([...environment.sources, ...sources]),
});

/** Opens rows; `environment.base` opens the rows they are made of. */
export function openRows(environment: Environment, rows: Rows): OpenRows {
  const shared = environment.shared?.get(rows);
  if (shared) return openFrom(environment, rows, shared);
  const judged = madeAnyway(rows).filter((one) => !environment.shared?.has(one));
  return judged.length > 0 ? openBehindJudged(environment, judged, rows) : openAnew(environment, rows);
}

/** The same of rows of which the query around has made all that it has to. */
export function openAnew(environment: Environment, rows: Rows): OpenRows {
  const first = rows.kind === 'union' ? undefined : madeFirst(rows);
  if (first && !environment.shared?.has(first))
    return openBehindMade(environment, first, rows, (inside) => openAnew(inside, rows));
  switch (rows.kind) {
    case 'base':
      return openBase(environment);
    case 'members':
      return openMembers(environment, rows.collection);
    case 'cross':
      return openCross(environment, rows);
    case 'filter': {
      const open = openRows(environment, rows.input);
      const condition = compileCondition(within(environment, open), rows.condition);
      return { ...open, conditions: [...open.conditions, condition] };
    }
    case 'cut':
      return rows.parts.length === 0 ? cutAll(environment, rows) : cutParts(environment, rows);
    case 'share':
      return share(environment, rows);
    case 'join':
      return openJoin(environment, rows);
    case 'values':
      return openValueRows(environment, openRows(environment, rows.input), rows);
    case 'placed':
      return openPlaced(environment, openRows(environment, rows.input), rows);
    case 'told':
    case 'agreed':
      return openTold(environment, openRows(environment, rows.input), rows);
    case 'group':
      return reopen(environment, rows, compileGroup(environment, rows));
    case 'union':
      return reopen(environment, rows, compileUnion(environment, rows));
    default:
      return unreachable(rows);
  }
}

function openBase({ base }: Environment): OpenRows {
  if (!base) throw new Error('These rows are made of nothing');
  return base();
}

// ---- wrapping

/** The query of the rows, or of a branch of their union, with their variables and some further columns. `tail` is ORDER BY and what follows. */
export function wrap(
  environment: Environment,
  open: OpenRows,
  rows: Rows,
  further: readonly Sql[],
  tail: Sql = sql``,
): Sql {
  const ranges = rangesOf(rows).filter(
    (range) => rows.kind !== 'union' || range !== rows.range || open.sources.has(range),
  );
  const columns = [...travelling(environment, open, ranges), ...further];
  const list = columns.length > 0 ? join(columns, ', ') : sql`true as "row"`;
  return sql`select ${list} from ${open.from.clause}${whereClause(open.conditions)}${tail}`;
}

/** A wrapped query as the FROM clause of another; it has the variables of the rows. */
export const reopen = (environment: Environment, rows: Rows, query: Sql): Reopened =>
  openFrom(environment, rows, sql`(${query})`);

/** With the alias of the wrapped query: its further columns are read through it. */
interface Reopened extends OpenRows {
  readonly alias: Sql;
}

function openFrom(environment: Environment, rows: Rows, table: Sql): Reopened {
  const alias = environment.aliases.next();
  const from = new From(sql`${table} ${alias}`, environment.aliases);
  return { from, sources: sourcesIn(environment, rows, alias, from), conditions: [], alias };
}

// ---- top, skip, topsum

type Cut = Extract<Rows, { kind: 'cut' }>;

/** A number of rows is never negative, whatever the expression says. */
const rowCount = (environment: Environment, bound: Bound): Sql =>
  bound.kind === 'value'
    ? compileValue(environment, bound)
    : sql`greatest(${compileValue(environment, bound)}, 0)::int8`;

function cutAll(environment: Environment, { input, order, skip, top }: Cut): OpenRows {
  const open = openRows(environment, input);
  const inner = within(environment, open);
  const ordered = orderBy(inner, order);
  const limit = top ? sql` limit ${rowCount(environment, top)}` : sql``;
  const offset = skip ? sql` offset ${rowCount(environment, skip)}` : sql``;
  return reopen(environment, input, wrap(inner, open, input, [], sql`${ordered}${limit}${offset}`));
}

const orderBy = (environment: Environment, order: Cut['order']): Sql => orderByTerms(orderTerms(environment, order));

const partitionBy = (environment: Environment, parts: readonly Bound[]): Sql =>
  parts.length === 0
    ? sql``
    : sql`partition by ${join(
        parts.map((part) => compileValue(environment, part)),
        ', ',
      )}`;

function cutParts(environment: Environment, { input, parts, order, skip, top }: Cut): OpenRows {
  const open = openRows(environment, input);
  const inner = within(environment, open);
  const number = sql`row_number() over (${partitionBy(inner, parts)}${orderBy(inner, order)}) as "place"`;
  const numbered = reopen(environment, input, wrap(inner, open, input, [number]));
  const outside = within(environment, numbered);
  return {
    ...numbered,
    conditions: [
      ...(top ? [sql`${numbered.alias}."place" <= ${rowCount(outside, top)}`] : []),
      ...(skip ? [sql`${numbered.alias}."place" > ${rowCount(outside, skip)}`] : []),
    ],
  };
}

/** Rows are taken until the sum of those taken reaches the amount once: a later negative value changes nothing. */
function share(
  environment: Environment,
  { input, parts, order, by, amount, percent }: Extract<Rows, { kind: 'share' }>,
): OpenRows {
  const open = openRows(environment, input);
  const inner = within(environment, open);
  const value = compileValue(inner, by);
  const part = partitionBy(inner, parts);
  const window = sql`${part}${orderBy(inner, order)}`;
  const before = sql`coalesce(sum(${value}) over (${window} rows between unbounded preceding and 1 preceding), 0) as "before"`;
  const place = sql`row_number() over (${window}) as "place"`;
  const all = sql`sum(${value}) over (${part}) as "all"`;
  const summed = reopen(environment, input, wrap(inner, open, input, [before, place, all]));
  const outside = within(environment, summed);
  const wanted = compileValue(outside, amount);
  const [taken, total] = [sql`${summed.alias}."before"`, sql`${summed.alias}."all"`];
  // A sum that is no number reaches nothing: to PostgreSQL it is the greatest.
  const isNumber = by.kind !== 'null' && isFloating(by.type) ? sql` and ${taken} <> 'NaN'` : sql``;
  const reached = percent
    ? sql`(case when ${total} > 0 then ${taken} * 100 >= ${wanted} * ${total} when ${total} < 0 then ${taken} * 100 <= ${wanted} * ${total} else false end)`
    : sql`${taken} >= ${wanted}`;
  const over = partitionBy(outside, parts);
  const flag = sql`bool_or(${reached}${isNumber}) over (${over} order by ${summed.alias}."place" rows unbounded preceding) as "reached"`;
  const flagged = reopen(environment, input, wrap(outside, summed, input, [flag]));
  return { ...flagged, conditions: [sql`not ${flagged.alias}."reached"`] };
}

// ---- join

function openJoin(
  environment: Environment,
  { input, collection, rows, outer, mark }: Extract<Rows, { kind: 'join' }>,
): OpenRows {
  const open = openRows(environment, input);
  const seen = within(environment, open);
  const { aliases } = environment;
  const { type } = collection.range;
  const kind = trusted(outer ? 'left join' : 'join');
  const last = collection.navigations.at(-1);
  if (rows.kind === 'base' && last && collection.from && !collection.rows && !collection.made && !collection.filter) {
    const start = sourceOf(seen, collection.from);
    const row = collection.navigations.slice(0, -1).reduce((source, navigation) => source.through(navigation), start);
    const alias = aliases.next();
    const joined = last.items
      ? sql`lateral ${itemRows(last, row.value(last.items))} ${alias} on true`
      : sql`${tableOf(type)} ${alias} on ${tie(row, alias, last, type)}`;
    open.from.add(sql`${kind} ${joined}`);
    const optional = outer || collection.range.optional === true;
    const source = Source.derived(type, alias, open.from, { optional, tied: tiedTo(row, last) });
    return { ...open, sources: new Map(open.sources).set(rows.range, source) };
  }
  const inside: Environment = { ...seen, base: () => openMembers(seen, collection) };
  const opened = openRows(inside, rows);
  const alias = aliases.next();
  const query = wrap(within(inside, opened), opened, rows, mark ? [sql`true as ${columnName(mark)}`] : []);
  open.from.add(sql`${kind} lateral (${query}) ${alias} on true`);
  const joined = sourcesIn(environment, rows, alias, open.from, outer, mark);
  return { ...open, sources: new Map([...open.sources, ...joined]) };
}

// ---- union

type Union = Extract<Rows, { kind: 'union' }>;

/** What the branches have in common is made once, where that is more than reading a table. */
function compileUnion(environment: Environment, rows: Union): Sql {
  const first = madeFirst(rows);
  if (!first || environment.shared?.has(first)) return compileBranches(environment, rows);
  return withMade(environment, first, (inside) => compileBranches(inside, rows));
}

function compileBranches(environment: Environment, rows: Union): Sql {
  const { isThere } = rows;
  const [number, place] = [columnName(rows.number), columnName(rows.place)];
  return join(
    rows.branches.map((branch, index) => {
      const open = openRows(environment, branch.rows);
      const inner = within(environment, open);
      const further = [
        sql`${trusted(String(index))} as ${number}`,
        sql`row_number() over (${orderBy(inner, branch.order)}) as ${place}`,
        ...(isThere
          ? [sql`${compileValue(inner, isThere.ofBranches[index] ?? always(true))} as ${columnName(isThere.value)}`]
          : []),
      ];
      return sql`(${wrap(inner, open, rows, further)})`;
    }),
    ' union all ',
  );
}
