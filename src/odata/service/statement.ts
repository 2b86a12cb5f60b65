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

/** A row by the names of its columns. */
const rowByName = (columns: readonly string[], row: TextRow): Readonly<Record<string, string | null>> =>
  Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null]));

/** The rows of such a statement, by the names of its columns. */
export type NamedRows<C extends string> = readonly Readonly<Record<C, string | null>>[];

/** Such statements with the values of their parameters, and the rows of each. */
export type NamedCalls<C extends readonly string[]> = {
  readonly [I in keyof C]: readonly [NamedStatement<C[I]>, Readonly<Record<string, SqlValue>>];
};
export type RowsOfEach<C extends readonly string[]> = { readonly [I in keyof C]: NamedRows<C[I]> };

/** Runs the statement. */
export async function runNamed<C extends string>(
  session: Session,
  query: NamedStatement<C>,
  values: Readonly<Record<string, SqlValue>>,
): Promise<NamedRows<C>> {
  const [rows] = await runAllNamed<readonly [C]>(session, [[query, values]]);
  return rows;
}

/** Runs statements one after the other in one round trip. */
export async function runAllNamed<C extends readonly string[]>(
  session: Session,
  calls: NamedCalls<C>,
): Promise<RowsOfEach<C>> {
  const found = calls.map((): TextRow[] => []);
  await session.run(
    calls.map(([query, values], index) => callWith(query.statement, values, intoRows(found[index] ?? []))),
  );
  // Every statement has its rows, and every column its value: the names are the keys.
  return calls.map(([{ columns }], index) => found[index]?.map((row) => rowByName(columns, row))) as RowsOfEach<C>;
}
