/** Groups and aggregates. Data Aggregation §3.2.1, §3.2.3 */
import { edm } from '../model/edm';
import type { EdmType } from '../model/model';
import { nullOf } from '../plan/aggregate-methods';
import type { Bound } from '../plan/plan';
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

/** A column in which values of a type stand that aggregates are made of: one of each set of rows that has it. */
interface ValueColumn {
  readonly name: string;
  readonly type: EdmType;
  readonly values: Map<number, Bound>;
}

/** The column of each aggregate. Sets share them, so that there are no more than the set with most values needs. */
function valueColumns(aggregates: readonly Aggregate[]): ReadonlyMap<Aggregate, ValueColumn> {
  const columns = new Map<EdmType, ValueColumn[]>();
  const taken = new Map<EdmType, Map<number, number>>();
  return new Map(
    aggregates.flatMap((aggregate) => {
      const { value, branch, column: name } = aggregate;
      if (!value || value.kind === 'null') return [];
      const { type } = value;
      const [ofType, numbers] = [columns.get(type) ?? [], taken.get(type) ?? new Map<number, number>()];
      columns.set(type, ofType);
      taken.set(type, numbers);
      const number = numbers.get(branch) ?? 0;
      numbers.set(branch, number + 1);
      const column = ofType[number] ?? { name, type, values: new Map<number, Bound>() };
      ofType[number] = column;
      column.values.set(branch, value);
      return [[aggregate, column] as const];
    }),
  );
}

/** Aggregates of several sets of rows: one after the other with the number of the set, and each aggregate of its own rows. */
function several(environment: Environment, { keys, branches, aggregates }: Grouped): Sql {
  const valueOf = valueColumns(aggregates);
  const all = [...new Set(valueOf.values())];
  const parts = branches.map((branch, number) => partOf(environment, keys, all, branch, number));
  const alias = environment.aliases.next();
  const columns = [
    ...keys.map((column) => named(sql`${alias}.${identifier(column)}`, column)),
    ...aggregates.map((aggregate) =>
      named(
        aggregated(
          aggregate,
          sql`${alias}.${identifier(valueOf.get(aggregate)?.name ?? aggregate.column)}`,
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
  shared: readonly ValueColumn[],
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
  const values = shared.map((column) => {
    const value = column.values.get(number);
    return named(value ? compileValue(inner, value) : nullOf(column.type), column.name);
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
  const query = sql`select ${alike ? sql`` : distinct}${listOfPart([...columns, ...values, ...told])} from ${open.from.clause}${whereClause([...open.conditions, ...(alike ? [] : present)])}`;
  const taken = shared.map(({ name }) => name);
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
 * One row for each value of the names, with the values that some of its rows have. What does not agree on what is alike is refused, also where it
 * has no such value. What is missing has nothing to agree on.
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
  const isMissing = sql`${all}."of0" is null`;
  const isThere = once.map((name) => sql`${seen}.${identifier(name)} is not null`);
  const same = refusedUnless(sql`${seen}."isSame"`, join(isThere, ' and '));
  return sql`select distinct on (${columns(seen, [...keys, ...once])}) ${seen}.* from (select ${join([one, ...merged], ', ')}, (${isMissing} or ${join(isSame, ' and ')}) as "isSame" from (${query}) ${all}) ${seen} where ${same}`;
}

const listOfPart = (columns: readonly Sql[]): Sql => (columns.length > 0 ? join(columns, ', ') : sql`true as "row"`);
