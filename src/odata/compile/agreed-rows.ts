/** Rows with values in columns of their own, and rows of which those of one part must agree on what they tell, and each gets what any of them does. Data Aggregation §3.1.2 */
import type { Agreed, Column, Rows } from '../plan/rows';
import { identifier, join, sql, trusted, type Sql } from '../sql';
import { compileValue, type Environment } from './expression';
import { columnOf } from './key-columns';
import { reopen, within, wrap, type OpenRows } from './rows';

/** What does not agree fails with SQLSTATE 22016, as nothing else does; `others` is asked of what does. */
export const refusedUnless = (isSame: Sql, others = sql`true`): Sql =>
  sql`case when ${isSame} then ${others} else (select nth_value(true, 0) over ()) end`;

const valuesOf = (environment: Environment, columns: readonly Column[]): readonly Sql[] =>
  columns.map(({ property, value }) => sql`${compileValue(environment, value)} as ${identifier(columnOf(property))}`);

/** Rows with columns of their own values, or of those that their part agrees on. */
export function openTold(
  environment: Environment,
  open: OpenRows,
  rows: Extract<Rows, { kind: 'told' | 'agreed' }>,
): OpenRows {
  if (rows.kind === 'agreed') return openAgreed(environment, open, rows);
  const inner = within(environment, open);
  return reopen(environment, rows, wrap(inner, open, rows.input, valuesOf(inner, rows.columns)));
}

function openAgreed(environment: Environment, open: OpenRows, rows: Agreed): OpenRows {
  const { input, parts, told } = rows;
  const inner = within(environment, open);
  const first = parts.map((part, index) => sql`${compileValue(inner, part)} as ${trusted(`"part${index}"`)}`);
  const marks = told.map(({ mark }, index) => sql`${compileValue(inner, mark)} as ${trusted(`"mark${index}"`)}`);
  const values = told.flatMap(({ columns }) => valuesOf(inner, columns));
  const seen = reopen(environment, input, wrap(inner, open, input, [...first, ...marks, ...values]));
  const { alias } = seen;
  const part = join(
    parts.map((_, index) => sql`${alias}.${trusted(`"part${index}"`)}`),
    ', ',
  );
  const windows = told.map((_, index) => {
    const mark = sql`${alias}.${trusted(`"mark${index}"`)}`;
    return { mark, over: sql`over (${parts.length > 0 ? sql`partition by ${part} ` : sql``}order by ${mark})` };
  });
  const found = told.flatMap(({ columns }, index) =>
    columns.map(({ property }) => {
      const column = identifier(columnOf(property));
      return sql`first_value(${alias}.${column}) ${windows[index]?.over ?? sql``} as ${column}`;
    }),
  );
  const isSame = windows.map(({ mark, over }) => sql`coalesce(${mark} = first_value(${mark}) ${over}, true)`);
  const all = [...found, sql`${join(isSame, ' and ')} as "isSame"`];
  const agreed = reopen(environment, rows, wrap(within(environment, seen), seen, input, all));
  return { ...agreed, conditions: [refusedUnless(sql`${agreed.alias}."isSame"`)] };
}
