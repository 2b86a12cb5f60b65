/** Groups and aggregates. Data Aggregation §3.2.1, §3.2.3 */
import { edm } from '../model/edm';
import { nullOf } from '../plan/aggregate-methods';
import { rangesOf, type Aggregate, type Branch, type Grouped } from '../plan/rows';
import { identifier, join, sql, trusted, type Sql } from '../sql';
import { refusedUnless } from './agreed-rows';
import { whereClause } from './conditions';
import { compileValue, type Environment } from './expression';
import { openRows, within } from './rows';

/** The query that groups; one row without any key. */
export function compileGroup(environment: Environment, rows: Grouped): Sql {
  const [only, another] = rows.branches;
  const isAlone = only && !another && (environment.sources.size === 0 || isOfOwn(rows, only));
  return isAlone ? single(environment, rows, only) : several(environment, rows);
}

/**
 * Whether each value is of a row that is grouped, and of nothing behind it. Others may be columns of the query around alone, to which PostgreSQL
 * takes an aggregate of those to belong: they become columns of a query within first.
 */
function isOfOwn({ aggregates }: Grouped, { rows }: Branch): boolean {
  const ranges = new Set(rangesOf(rows));
  return aggregates.every(
    ({ value }) =>
      !value ||
      (value.kind === 'property' &&
        value.navigations.length === 0 &&
        value.property.source.kind !== 'path' &&
        ranges.has(value.range)),
  );
}

const named = (value: Sql, column: string): Sql => sql`${value} as ${identifier(column)}`;

/** Keys are told by their place in the list: repeating an expression with parameters would make another one of it. */
function groupBy(keys: readonly string[]): Sql {
  const places = keys.map((_, index) => trusted(String(index + 1)));
  return places.length === 0 ? sql`` : sql` group by ${join(places, ', ')}`;
}

/** A group without a column has one row all the same. */
const listOf = (columns: readonly Sql[]): Sql => (columns.length > 0 ? join(columns, ', ') : sql`count(*) as "rows"`);

const nothing = sql``;

/** What is counted has no value, and its type decides nothing. */
const aggregated = ({ definition, value }: Aggregate, argument: Sql, filter: Sql): Sql =>
  definition.sql(argument, value && value.kind !== 'null' ? value.type : edm('Edm.Decimal'), filter);

function single(environment: Environment, { keys, aggregates }: Grouped, branch: Branch): Sql {
  const open = openRows(environment, branch.rows);
  const inner = within(environment, open);
  const columns = [
    ...keys.map((column, index) => named(compileValue(inner, branch.keys[index] ?? { kind: 'null' }), column)),
    ...aggregates.map((aggregate) =>
      named(
        aggregated(aggregate, aggregate.value ? compileValue(inner, aggregate.value) : nothing, nothing),
        aggregate.column,
      ),
    ),
  ];
  return sql`select ${listOf(columns)} from ${open.from.clause}${whereClause(open.conditions)}${groupBy(keys)}`;
}

/** Aggregates of several sets of rows: one after the other with the number of the set, and each aggregate of its own rows. */
function several(environment: Environment, { keys, branches, aggregates }: Grouped): Sql {
  const parts = branches.map((branch, number) => partOf(environment, keys, aggregates, branch, number));
  const alias = environment.aliases.next();
  const columns = [
    ...keys.map((column) => named(sql`${alias}.${identifier(column)}`, column)),
    ...aggregates.map((aggregate) =>
      named(
        aggregated(
          aggregate,
          sql`${alias}.${identifier(aggregate.column)}`,
          sql` filter (where ${alias}."part" = ${trusted(String(aggregate.branch))})`,
        ),
        aggregate.column,
      ),
    ),
  ];
  return sql`select ${listOf(columns)} from (${join(parts, ' union all ')}) ${alias}${groupBy(keys)}`;
}

/** The rows of one set with the values of its aggregates; entities that count once stand there once in each group. */
function partOf(
  environment: Environment,
  keys: readonly string[],
  aggregates: readonly Aggregate[],
  branch: Branch,
  number: number,
): Sql {
  const open = openRows(environment, branch.rows);
  const inner = within(environment, open);
  const once = branch.once.map((value) => compileValue(inner, value));
  const columns = [
    ...keys.map((column, index) => named(compileValue(inner, branch.keys[index] ?? { kind: 'null' }), column)),
    ...once.map((value, index) => named(value, onceName(index))),
  ];
  const values = aggregates.flatMap((aggregate) => {
    if (!aggregate.value || aggregate.value.kind === 'null') return [];
    const value = aggregate.branch === number ? compileValue(inner, aggregate.value) : nullOf(aggregate.value.type);
    return [named(value, aggregate.column)];
  });
  const { alike } = branch;
  const told = alike
    ? [
        ...alike.of.map((value, index) => named(compileValue(inner, value), `of${index}`)),
        ...alike.values.map((value, index) => named(compileValue(inner, value), `alike${index}`)),
      ]
    : [];
  const places = columns.map((_, index) => trusted(String(index + 1)));
  const distinct = once.length === 0 ? sql`` : sql`distinct on (${join(places, ', ')}) `;
  const present = once.map((value) => sql`${value} is not null`);
  const query = sql`select ${alike ? sql`` : distinct}${listOfPart([...columns, ...values, ...told])} from ${open.from.clause}${whereClause([...open.conditions, ...present])}`;
  const taken = aggregates.flatMap(({ value, column }) => (value && value.kind !== 'null' ? [column] : []));
  const alias = environment.aliases.next();
  const picked = [
    named(trusted(String(number)), 'part'),
    ...[...keys, ...taken].map((column) => sql`${alias}.${identifier(column)}`),
  ];
  const onceNames = once.map((_, index) => onceName(index));
  const from = alike ? agreed(environment, query, [keys, onceNames], taken, alike) : query;
  return sql`select ${join(picked, ', ')} from (${from}) ${alias}`;
}

const onceName = (index: number): string => `once${index}`;

/**
 * One row for each value of the names, with the values that some of its rows have. What does not agree on what is alike is refused.
 */
function agreed(
  { aliases }: Environment,
  query: Sql,
  [keys, once]: readonly [readonly string[], readonly string[]],
  taken: readonly string[],
  { of, values }: NonNullable<Branch['alike']>,
): Sql {
  const [all, seen] = [aliases.next(), aliases.next()];
  const columns = (alias: Sql, names: readonly string[]): Sql =>
    join(
      names.map((name) => sql`${alias}.${identifier(name)}`),
      ', ',
    );
  const entity = columns(all, [...keys, ...of.map((_, index) => `of${index}`)]);
  const isSame = values.map((_, index) => {
    const value = sql`${all}.${identifier(`alike${index}`)}`;
    return sql`coalesce(${value} = first_value(${value}) over (partition by ${entity} order by ${value}), true)`;
  });
  const one = columns(all, [...keys, ...once]);
  const merged = taken.map((name) => {
    const value = sql`${all}.${identifier(name)}`;
    return sql`first_value(${value}) over (partition by ${one} order by ${value} is null) as ${identifier(name)}`;
  });
  return sql`select distinct on (${columns(seen, [...keys, ...once])}) ${seen}.* from (select ${join([one, ...merged], ', ')}, ${join(isSame, ' and ')} as "isSame" from (${query}) ${all}) ${seen} where ${refusedUnless(sql`${seen}."isSame"`)}`;
}

const listOfPart = (columns: readonly Sql[]): Sql => (columns.length > 0 ? join(columns, ', ') : sql`true as "row"`);
