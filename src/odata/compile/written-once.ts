/** Values that a piece of SQL names more than once are computed once: pieces within pieces would multiply. */
import { identifier, join, sql, type Sql } from '../sql';
import type { Aliases } from './aliases';

/** Shorter values, in characters, are written as often as they are named. */
const SHORT = 400;

/** What `build` makes of the values. A long one that it names more than once becomes a column of a row of its own. */
export function writtenOnce(
  { aliases }: { readonly aliases: Aliases },
  values: readonly Sql[],
  build: (values: readonly Sql[]) => Sql,
): Sql {
  const plain = build(values);
  if (plain.length < values.reduce((sum, { length }) => sum + length, SHORT)) return plain;
  const isLong = values.map(({ length }) => length > SHORT);
  return isLong.includes(true) ? inRow(aliases, values, isLong, build) : plain;
}

/** The same for values that are columns of that row, however long they are. PostgreSQL would write them out again without OFFSET. */
export function inRow(
  aliases: Aliases,
  values: readonly Sql[],
  isColumn: readonly boolean[],
  build: (values: readonly Sql[]) => Sql,
): Sql {
  const row = aliases.next();
  const columns = values.flatMap((value, index) => (isColumn[index] ? [sql`${value} as ${nameOf(index)}`] : []));
  const named = values.map((value, index) => (isColumn[index] ? sql`${row}.${nameOf(index)}` : value));
  return sql`(select ${build(named)} from (select ${join(columns, ', ')} offset 0) ${row})`;
}

const nameOf = (index: number): Sql => identifier(`v${index}`);
