/** Statements over tables that are no entities, and those that a domain writes: their text is made once, values come by the names of their parameters. */
import { bound, extraSlot, param, prepare, type Sql, type SqlValue, type Statement } from '../sql';
import type { Call, Session } from './database';
import { intoRows, type TextRow } from './wire-row';

/** A statement with the names of the columns that it returns. */
export interface NamedStatement<C extends string = never> {
  readonly statement: Statement;
  readonly columns: readonly C[];
}

/** A parameter of such a statement, cast to a PostgreSQL type. */
export const named = (name: string, type: string): Sql => param(extraSlot(name), type);

/** Makes the statement. `columns` name what it returns, in order. */
export const statement = <C extends string = never>(query: Sql, ...columns: readonly C[]): NamedStatement<C> => ({
  statement: prepare(query),
  columns,
});

/** The call of a statement with the values of its parameters. */
export const callWith = (
  prepared: Statement,
  values: Readonly<Record<string, SqlValue>>,
  onRow?: NonNullable<Call['onRow']>,
): Call => ({
  ...bound(prepared, { literals: [], partition: null, extra: values }),
  ...(onRow && { onRow }),
});

/** The same of one whose columns have names; its rows are added to `rows`. */
export const namedCall = (
  { statement: prepared }: NamedStatement<string>,
  values: Readonly<Record<string, SqlValue>>,
  rows: TextRow[],
): Call => callWith(prepared, values, intoRows(rows));

/** A row by the names of its columns. */
const rowByName = <C extends string>(columns: readonly C[], row: TextRow): Readonly<Record<C, string | null>> =>
  // Every column has its value: the names are the keys.
  Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])) as Record<C, string | null>;

/** Runs the statement; its rows by column. */
export async function runNamed<C extends string>(
  session: Session,
  query: NamedStatement<C>,
  values: Readonly<Record<string, SqlValue>>,
): Promise<readonly Readonly<Record<C, string | null>>[]> {
  const rows: TextRow[] = [];
  await session.run([namedCall(query, values, rows)]);
  return rows.map((row) => rowByName(query.columns, row));
}
