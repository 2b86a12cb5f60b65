/** Collections within expressions: whether there is a member, how many there are, what comes of them. URL Conventions §5.1.1.13, §5.1.1.15 */
import { ORDINAL, PLACE } from '../model/item-type';
import type { EntityType, NavigationProperty } from '../model/model';
import { isMade } from '../plan/made-first';
import { speaksOf } from '../plan/mentions';
import type { Bound, BoundCollection, BoundValues, FunctionRows, Range } from '../plan/plan';
import { join, sql, trusted, type Sql } from '../sql';
import { openBehind } from './behind';
import { whereClause } from './conditions';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { functionRows, openFunction } from './function-rows';
import { keyRows } from './key-rows';
import { orderClause, orderTerms } from './order';
import { openBehindMade } from './made-first';
import { openRows, within, type Base, type OpenRows } from './rows';
import type { Aliases } from './aliases';
import { confinement, From, Source, variables, type Sources } from './source';

/** The rows of a collection: its FROM clause, what ties it to the row outside and narrows it, and the environment inside. */
interface Opened {
  readonly environment: Environment;
  /** Complete when everything that joins has been compiled. */
  readonly clause: () => Sql;
  readonly tied: Sql;
  /** Where a value, or an item of complex values, stands in its collection; rows of a function have no place. */
  readonly place?: Sql;
}

/** Opens a collection. */
export const openCollection = (environment: Environment, collection: BoundCollection | BoundValues): Opened =>
  'values' in collection ? openValues(environment, collection) : openEntities(environment, collection);

function openEntities(environment: Environment, collection: BoundCollection): Opened {
  const opened = openMembers(environment, collection);
  const inner = within(environment, opened);
  const place = placeIn(inner, collection);
  return {
    environment: inner,
    clause: () => opened.from.clause,
    tied: opened.conditions.length === 0 ? sql`true` : join(opened.conditions, ' and '),
    ...(place && { place }),
  };
}

/** What the rows are ordered by, where they have an order. */
function placeIn(environment: Environment, { range, rows, made, navigations }: BoundCollection): Sql | undefined {
  if (made) return made.order.length > 0 ? orderClause(orderTerms(environment, made.order)) : undefined;
  const isStored = !rows && navigations.at(-1)?.items !== undefined;
  const place = range.isKeyed ? ORDINAL : isStored ? PLACE : undefined;
  return place && sourceOf(environment, range).column(place);
}

/** The members of a collection as rows. */
export function openMembers(environment: Environment, collection: BoundCollection): OpenRows {
  const { made, filter, range } = collection;
  if (!made) return narrowed(environment, openStored(environment, collection), filter);
  const { base } = environment;
  const inside: Environment = { ...environment, base: () => openMembers(environment, made.of) };
  const open = (where: Environment): OpenRows =>
    narrowed({ ...where, base }, seenBy(range, openRows(where, made.rows)), filter);
  const isFirst = filter && isMade(made.rows) && speaksOf(filter, made.rows) && !inside.shared?.has(made.rows);
  return isFirst ? seenBy(range, openBehindMade(inside, made.rows, made.rows, open)) : open(inside);
}

const narrowed = (environment: Environment, opened: OpenRows, filter: Bound | undefined): OpenRows =>
  filter
    ? { ...opened, conditions: [...opened.conditions, compileCondition(within(environment, opened), filter)] }
    : opened;

/** Rows as a variable sees them, too. */
function seenBy(range: Range, opened: OpenRows): OpenRows {
  const source = seen(opened.sources, range);
  return source ? { ...opened, sources: new Map([...opened.sources, ...variables(range, source)]) } : opened;
}

/** The row of a variable, or of the one that it is another name of. */
const seen = (sources: Sources, range: Range): Source | undefined =>
  sources.get(range) ?? (range.seenAs && seen(sources, range.seenAs));

/** The rows that a collection has before anything narrows it. */
function openStored(environment: Environment, collection: BoundCollection): OpenRows {
  const { source, from, tied } = openTable(environment, collection);
  return { from, sources: new Map(variables(collection.range, source)), conditions: [tied] };
}

/** The rows that a navigation leads to, those of a set, or of a function. */
function openTable(
  environment: Environment,
  { from, navigations, range: { type }, rows, of, keys }: BoundCollection,
): ReturnType<typeof openBehind> {
  const { aliases } = environment;
  if (rows && of) return openRowsOf(environment, rows, of);
  if (keys) return openKeys(environment, type, keys);
  const start = from && sourceOf(environment, from);
  if (rows) return { ...openFunction(environment, rows, start && behind(start, navigations)), tied: sql`true` };
  if (!start) return openSet(type, aliases);
  const last = navigations.at(-1);
  if (!last) throw new Error('A collection has a navigation');
  return openBehind(behind(start, navigations.slice(0, -1)), last, type, aliases);
}

/** The rows of a function for each member of a collection. */
function openRowsOf(environment: Environment, rows: FunctionRows, of: BoundCollection): ReturnType<typeof openBehind> {
  const { from, sources, conditions } = openMembers(environment, of);
  const alias = from.aliases.next();
  from.add(sql`cross join lateral ${functionRows(environment, rows, sources.get(of.range))} ${alias}`);
  const source = Source.derived(rows.definition.type, alias, from);
  return { source, from, tied: join(conditions, ' and ') };
}

/** Complex values by their keys; those that are null are rows that are missing. */
function openKeys(environment: Environment, type: EntityType, keys: Bound): ReturnType<typeof openBehind> {
  const array = compileValue(environment, keys);
  const alias = environment.aliases.next();
  const from = new From(sql`${keyRows(type, array)} ${alias}`, environment.aliases);
  return { source: Source.derived(type, alias, from, { optional: true }), from, tied: sql`true` };
}

const behind = (start: Source, navigations: readonly NavigationProperty[]): Source =>
  navigations.reduce((source, navigation) => source.through(navigation), start);

function openSet(type: EntityType, aliases: Aliases): ReturnType<typeof openBehind> {
  const { source, from } = Source.of(type, aliases);
  return { source, from, tied: ofPartition(source) };
}

const ofPartition = (source: Source): Sql => join([...confinement(source), sql`true`], ' and ');

/** Values, by a table of their own where those that a filter narrows are made first. */
function openValues(environment: Environment, collection: BoundValues): Opened {
  const { values, filter, left } = collection;
  const shared = environment.shared?.get(collection);
  if (shared) return openItems(environment, collection, shared);
  if (left) return openItems(environment, collection, valuesBehindMade(environment, collection, left));
  const array = compileValue(environment, values);
  const opened = openItems(environment, collection, sql`unnest(${array}) with ordinality`);
  return filter ? { ...opened, tied: compileCondition(opened.environment, filter) } : opened;
}

/** The values that a filter leaves of those which are made first. */
function valuesBehindMade(environment: Environment, { filter }: BoundValues, left: BoundValues): Sql {
  const { clause, tied } = openValues(environment, left);
  const name = environment.aliases.next();
  const shared = new Map(environment.shared).set(left, name);
  const inside = openValues({ ...environment, shared }, left);
  const where = whereClause(filter ? [compileCondition(inside.environment, filter)] : []);
  return sql`(with ${name} as materialized (select "v", "n" from ${clause()} where ${tied}) select "v", "n" from ${inside.clause()}${where})`;
}

/** Values and their places, by the variables of a collection. */
function openItems(environment: Environment, { element, place }: BoundValues, table: Sql): Opened {
  const alias = environment.aliases.next();
  const number = sql`${alias}."n"`;
  const elements = new Map(environment.elements).set(element, sql`${alias}."v"`);
  if (place) elements.set(place, number);
  return {
    environment: { ...environment, elements },
    clause: () => sql`${table} ${alias}("v", "n")`,
    tied: sql`true`,
    place: number,
  };
}

/** Lambdas within one another that PostgreSQL may join: it tries ways to do so, which takes twice as long for every second one. */
const MOST_JOINED = 4;

type Exists = Extract<Bound, { kind: 'exists' }>;

/** `any` and `all`; `isNot`: whether that is false. PostgreSQL plans EXISTS twice for each level where it stands within another operator. */
export function compileExists(
  environment: Environment,
  { collection, quantifier, predicate }: Exists,
  isNot = false,
): Sql {
  if (quantifier === 'all' && !predicate) return trusted(String(!isNot));
  const inner = openCollection(environment, collection);
  const lambdas = (environment.lambdas ?? 0) + 1;
  const within = { ...inner.environment, lambdas, rowByRow: environment.rowByRow === true || lambdas >= MOST_JOINED };
  const test =
    predicate && (quantifier === 'all' ? compileFailed(within, predicate) : compileCondition(within, predicate));
  const where = test ? sql`${inner.tied} and ${test}` : inner.tied;
  const rows = sql`from ${inner.clause()} where ${where}`;
  const wanted = (quantifier === 'any') !== isNot;
  if (environment.rowByRow) return sql`((select true ${rows} limit 1) is ${trusted(wanted ? 'not null' : 'null')})`;
  return wanted ? sql`exists (select 1 ${rows})` : sql`(not exists (select 1 ${rows}))`;
}

/** Whether a condition is false or null. */
function compileFailed(environment: Environment, bound: Bound): Sql {
  if (bound.kind === 'exists') return compileExists(environment, bound, true);
  if (bound.kind === 'not' && bound.operand.kind === 'exists') return compileExists(environment, bound.operand);
  return sql`(${compileCondition(environment, bound)}) is not true`;
}

/** `/$count` */
export function compileCount(
  environment: Environment,
  collection: BoundCollection | BoundValues,
  filter: Bound | undefined,
): Sql {
  const inner = openCollection(environment, collection);
  const where = filter ? sql`${inner.tied} and ${compileCondition(inner.environment, filter)}` : inner.tied;
  return sql`(select count(*) from ${inner.clause()} where ${where})`;
}

/** One value of a set of rows. Data Aggregation §3.6.1 */
export function compileAggregated(
  environment: Environment,
  { collection, rows, value, group }: Extract<Bound, { kind: 'aggregated' }>,
): Sql {
  const base: Base | undefined = collection ? () => openMembers(environment, collection) : environment.base;
  const inside: Environment = { ...environment, ...(base ? { base } : {}) };
  const open = openRows(inside, rows);
  const inner = within(inside, open);
  const result = compileValue(inner, value);
  if (!group) return sql`(select ${result} from ${open.from.clause}${whereClause(open.conditions)})`;
  // The groups are made once, not for each row that asks for its own.
  const { alias } = sourceOf(inner, value.range);
  const condition = compileCondition(inner, group);
  return sql`(with ${alias} as materialized (select * from ${open.from.clause}${whereClause(open.conditions)}) select ${result} from ${alias} where ${condition})`;
}
