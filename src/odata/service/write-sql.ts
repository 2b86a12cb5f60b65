/** The statements of single writes: prepared once for each type and set of columns. */
import { tableOf } from '../compile/source';
import type { EntityType } from '../model/model';
import type { Steps } from '../payload/turns';
import { extraSlot, identifier, join, param, prepare, sql, trusted, type Sql, type SqlValue } from '../sql';
import { parameterText } from './array-text';
import type { Call } from './database';
import type { CounterTable } from './rules';
import { callWith } from './statement';
import { StatementCache } from './statement-cache';
import { columnOf } from './target-sql';

/** A value for a column, and the type that its parameter is cast to. */
export interface ColumnValue {
  readonly type: string;
  readonly value: SqlValue;
}

/** Values by column. */
type ColumnValues = ReadonlyMap<string, ColumnValue>;

/** Sets of columns that are kept prepared for a type: a hostile client could make very many. */
const statements = new StatementCache<EntityType>(200);

const valuesOf = (prefix: string, columns: ColumnValues): Record<string, SqlValue> =>
  Object.fromEntries([...columns].map(([column, { value }]) => [prefix + column, value]));

const parameter = (prefix: string, column: string, { type }: ColumnValue): Sql =>
  param(extraSlot(prefix + column), type);

/** The parameter of a new row's version; no column has such a name. */
const VERSION = 'first version';

const now = trusted(`date_trunc('milliseconds', statement_timestamp())`);

/** What every write sets beside the values: the version goes up by one, the time always moves on. */
function raised({ version, updatedAt }: EntityType, before: (column: string) => Sql = identifier): readonly Sql[] {
  const number = version && sql`${identifier(version.column)} = ${before(version.column)} + 1`;
  const time =
    updatedAt &&
    sql`${identifier(updatedAt.column)} = greatest(${now}, ${before(updatedAt.column)} + interval '1 millisecond')`;
  return [number, time].flatMap((piece) => (piece ? [piece] : []));
}

const condition = (key: ColumnValues): Sql =>
  join(
    [...key].map(([column, value]) => sql`${identifier(column)} = ${parameter('key.', column, value)}`),
    ' and ',
  );

const shapeOf = (columns: ColumnValues): string => [...columns.keys()].join(',');

/** Inserts a row, in its first version. */
export function insertCall(type: EntityType, columns: ColumnValues, version: number): Call {
  const statement = statements.get(type, `insert ${shapeOf(columns)}`, () => {
    const engine = new Map<string, Sql>();
    if (type.version) engine.set(type.version.column, param(extraSlot(VERSION), 'int4'));
    for (const time of [type.updatedAt, type.createdAt]) if (time) engine.set(time.column, now);
    const names = [...columns.keys(), ...engine.keys()].map(identifier);
    const values = [...[...columns].map(([column, value]) => parameter('', column, value)), ...engine.values()];
    return sql`insert into ${tableOf(type)} (${join(names, ', ')}) values (${join(values, ', ')})`;
  });
  return callWith(statement, { ...valuesOf('', columns), [VERSION]: String(version) });
}

/** Inserts rows with the same columns: one statement for any number of them. */
export function* insertManyCall(
  type: EntityType,
  rows: readonly { readonly columns: ColumnValues; readonly version: number }[],
): Steps<Call> {
  const [first] = rows;
  const columns = [...(first?.columns ?? new Map<string, ColumnValue>())];
  const statement = statements.get(type, `insert many ${columns.map(([column]) => column).join(',')}`, () => {
    const arrays = columns.map(([column, value]) => param(extraSlot(column), `${itemType(value)}[]`));
    const names = columns.map(([column]) => identifier(column));
    const selected = columns.map(([column, value]) => item(identifier(column), value));
    if (type.version) {
      arrays.push(param(extraSlot(VERSION), 'int4[]'));
      names.push(identifier(type.version.column));
      selected.push(identifier(type.version.column));
    }
    const source = sql`unnest(${join(arrays, ', ')}) as u (${join(names, ', ')})`;
    for (const time of [type.updatedAt, type.createdAt]) {
      if (!time) continue;
      names.push(identifier(time.column));
      selected.push(now);
    }
    return sql`insert into ${tableOf(type)} (${join(names, ', ')}) select ${join(selected, ', ')} from ${source}`;
  });
  const values = yield* lists('', columns, rows, (row) => row.columns);
  return callWith(statement, { ...values, [VERSION]: rows.map(({ version }) => String(version)) });
}

const isArray = ({ type }: ColumnValue): boolean => type.endsWith('[]');

/** Among the values of many rows an array is its text, because arrays in an array must be of one length. */
const itemType = (value: ColumnValue): string => (isArray(value) ? 'text' : value.type);
const item = (column: Sql, value: ColumnValue): Sql =>
  isArray(value) ? sql`${column}::${trusted(value.type)}` : column;

/** Updates the row of a key; without columns only its version and time. */
export function updateCall(type: EntityType, key: ColumnValues, columns: ColumnValues): Call {
  const statement = statements.get(type, `update ${shapeOf(columns)} by ${shapeOf(key)}`, () => {
    const sets = [...columns].map(([column, value]) => sql`${identifier(column)} = ${parameter('', column, value)}`);
    const all = [...sets, ...raised(type)];
    const [[first] = ['']] = key;
    const list = all.length > 0 ? join(all, ', ') : sql`${identifier(first)} = ${identifier(first)}`;
    return sql`update ${tableOf(type)} set ${list} where ${condition(key)}`;
  });
  return callWith(statement, { ...valuesOf('', columns), ...valuesOf('key.', key) });
}

/** Updates rows by their keys, the same columns in each: one statement for any number of them. */
export function* updateManyCall(
  type: EntityType,
  rows: readonly { readonly key: ColumnValues; readonly columns: ColumnValues }[],
): Steps<Call> {
  const [first] = rows;
  const key = [...(first?.key ?? none)];
  const columns = [...(first?.columns ?? none)];
  const shape = `update many ${columns.map(([column]) => column).join(',')} by ${key.map(([column]) => column).join(',')}`;
  const statement = statements.get(type, shape, () => {
    const fields = [
      ...key.map(([column, value]) => ({ name: `key.${column}`, ...value })),
      ...columns.map(([column, value]) => ({ name: column, ...value })),
    ];
    const arrays = fields.map((field) => param(extraSlot(field.name), `${itemType(field)}[]`));
    const names = fields.map(({ name }) => identifier(name));
    const sets = columns.map(([column, value]) => sql`${identifier(column)} = ${item(columnOf('u', column), value)}`);
    const versions = raised(type, (column) => columnOf('t', column));
    const [[only] = ['']] = key;
    const list = [...sets, ...versions];
    const set = list.length > 0 ? join(list, ', ') : sql`${identifier(only)} = ${columnOf('u', `key.${only}`)}`;
    return sql`update ${tableOf(type)} as t set ${set} from unnest(${join(arrays, ', ')}) as u (${join(names, ', ')}) where ${sameKey(key)}`;
  });
  const values = yield* lists('', columns, rows, (row) => row.columns);
  return callWith(statement, { ...values, ...(yield* lists('key.', key, rows, (row) => row.key)) });
}

const none: ColumnValues = new Map();

type KeyColumns = readonly (readonly [string, ColumnValue])[];

/** A row of the table `t`, told by the keys in `u`. */
const sameKey = (key: KeyColumns): Sql =>
  join(
    key.map(([column]) => sql`${columnOf('t', column)} = ${columnOf('u', `key.${column}`)}`),
    ' and ',
  );

/** Rows whose values of one column are taken at once. */
const STEP = 1000;

/** The values that rows have in columns, as the texts of lists. */
function* lists<Row>(
  prefix: string,
  columns: KeyColumns,
  rows: readonly Row[],
  valuesIn: (row: Row) => ColumnValues,
): Steps<Record<string, SqlValue>> {
  const values: Record<string, SqlValue> = {};
  for (const [column] of columns) {
    const texts: (string | null)[] = [];
    for (const row of rows) {
      if (texts.length % STEP === 0) yield;
      texts.push(parameterText(valuesIn(row).get(column)?.value ?? null));
    }
    values[prefix + column] = parameterText(texts);
  }
  return values;
}

/** Deletes rows by their keys: what they refer to is looked at when all of them are gone. */
export function* deleteManyCall(type: EntityType, rows: readonly { readonly key: ColumnValues }[]): Steps<Call> {
  const key = [...(rows[0]?.key ?? none)];
  const statement = statements.get(type, `delete many by ${key.map(([column]) => column).join(',')}`, () => {
    const arrays = key.map(([column, value]) => param(extraSlot(`key.${column}`), `${value.type}[]`));
    const names = key.map(([column]) => identifier(`key.${column}`));
    return sql`delete from ${tableOf(type)} as t using unnest(${join(arrays, ', ')}) as u (${join(names, ', ')}) where ${sameKey(key)}`;
  });
  return callWith(statement, yield* lists('key.', key, rows, (row) => row.key));
}

/** Deletes the row of a key. */
export const deleteCall = (type: EntityType, key: ColumnValues): Call =>
  callWith(
    statements.get(type, `delete by ${shapeOf(key)}`, () => sql`delete from ${tableOf(type)} where ${condition(key)}`),
    valuesOf('key.', key),
  );

/** Makes a counter. */
export function startSeriesCall(counters: CounterTable, columns: ColumnValues): Call {
  const names = join([...columns.keys()].map(identifier), ', ');
  const values = join(
    [...columns].map(([column, value]) => parameter('', column, value)),
    ', ',
  );
  return callWith(
    prepare(sql`insert into ${identifier(counters.table)} (${names}) values (${values})`),
    valuesOf('', columns),
  );
}
