/** Rows with values in columns of their own, and rows of which those of one part must agree on what they tell, and each gets what any of them does. Data Aggregation §3.1.2 */
import type { Property } from '../model/model';
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

const firstOf = (value: Sql, over: Sql): Sql => sql`first_value(${value}) ${over}`;

const named = (name: string, index: number): Sql => trusted(`"${name}${String(index)}"`);

function openAgreed(environment: Environment, open: OpenRows, rows: Agreed): OpenRows {
  const { input, parts, told } = rows;
  const inner = within(environment, open);
  const first = parts.map((part, index) => sql`${compileValue(inner, part)} as ${named('part', index)}`);
  const marks = told.map(({ mark }, index) => sql`${compileValue(inner, mark)} as ${named('mark', index)}`);
  const values = told.flatMap(({ columns }) => valuesOf(inner, columns));
  const seen = reopen(environment, input, wrap(inner, open, input, [...first, ...marks, ...values]));
  if (rows.apart) return openApart(environment, seen, rows, rows.apart);
  const { alias } = seen;
  const windows = told.map((_, index) => {
    const mark = sql`${alias}.${named('mark', index)}`;
    return { mark, over: partOf(alias, rows, sql`order by ${mark}`) };
  });
  const found = told.flatMap(({ columns }, index) =>
    columns.map(({ property }) => {
      const column = identifier(columnOf(property));
      return sql`${firstOf(sql`${alias}.${column}`, windows[index]?.over ?? sql``)} as ${column}`;
    }),
  );
  const isSame = windows.map(({ mark, over }) => sql`coalesce(${mark} = ${firstOf(mark, over)}, true)`);
  const all = [...found, sql`${join(isSame, ' and ')} as "isSame"`];
  const agreed = reopen(environment, rows, wrap(within(environment, seen), seen, input, all));
  return { ...agreed, conditions: [refusedUnless(sql`${agreed.alias}."isSame"`)] };
}

/** The window of a row's part; `further` columns tell parts apart, too. */
function partOf(alias: Sql, { parts }: Agreed, order: Sql, further: readonly Sql[] = []): Sql {
  const part = [...parts.map((_, index) => sql`${alias}.${named('part', index)}`), ...further];
  return sql`over (${part.length > 0 ? sql`partition by ${join(part, ', ')} ` : sql``}${order})`;
}

/** What a part tells differently keeps its rows apart; `seen` has parts, marks and values. */
function openApart(
  environment: Environment,
  seen: ReturnType<typeof reopen>,
  rows: Agreed,
  apart: readonly Property[],
): OpenRows {
  const { input, parts, told } = rows;
  const columns = told.map((one) => one.columns.map(({ property }) => identifier(columnOf(property))));
  const own = told.map((_, index) => {
    const mark = sql`${seen.alias}.${named('mark', index)}`;
    const [least, most] = [sql`order by ${mark}`, sql`order by ${mark} desc nulls last`].map((order) =>
      firstOf(mark, partOf(seen.alias, rows, order)),
    );
    return sql`case when ${least ?? sql``} <> ${most ?? sql``} then ${mark} end`;
  });
  const known = [...parts.map((_, index) => named('part', index)), ...told.map((_, index) => named('mark', index))];
  const further = [
    ...[...known, ...columns.flat()].map((name) => sql`${seen.alias}.${name}`),
    sql`case when coalesce(${join(own, ', ')}) is not null then jsonb_build_array(${join(own, ', ')}) end as "own"`,
  ];
  const differing = reopen(environment, input, wrap(within(environment, seen), seen, input, further));
  const { alias } = differing;
  const has = sql`${alias}."own"`;
  const found = told.flatMap((_, index) => {
    const mark = sql`${alias}.${named('mark', index)}`;
    const always = (value: Sql): Sql => sql`case when ${has} is null then ${value} end`;
    const here = partOf(alias, rows, sql`order by ${mark}`, [has]);
    const everywhere = partOf(alias, rows, sql`order by ${always(mark)}`);
    const column = (name: Sql, value: Sql): Sql =>
      sql`case when ${firstOf(mark, here)} is null then ${firstOf(always(value), everywhere)} else ${firstOf(value, here)} end as ${name}`;
    const property = apart[index];
    return [
      ...(columns[index] ?? []).map((name) => column(name, sql`${alias}.${name}`)),
      ...(property ? [column(identifier(columnOf(property)), mark)] : []),
    ];
  });
  const isAlone = sql`${has} is not null or ${firstOf(has, partOf(alias, rows, sql`order by ${has}`))} is null`;
  const all = [...found, sql`(${isAlone}) as "isAlone"`];
  const made = reopen(environment, rows, wrap(within(environment, differing), differing, input, all));
  return { ...made, conditions: [sql`${made.alias}."isAlone"`] };
}
