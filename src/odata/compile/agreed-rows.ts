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

type Seen = ReturnType<typeof reopen>;

/** The rows with what each tells differently from others of its part; `seen` has parts, marks and values. */
function openDiffering(environment: Environment, seen: Seen, rows: Agreed): Seen {
  const { input, parts, told } = rows;
  const marks = told.map((_, index) => named('mark', index));
  const own = marks.map((name) => {
    const mark = sql`${seen.alias}.${name}`;
    const [least, most] = [sql``, sql` desc nulls last`].map((direction) =>
      firstOf(mark, partOf(seen.alias, rows, sql`order by ${mark}${direction}`)),
    );
    return sql`case when ${least ?? sql``} <> ${most ?? sql``} then ${mark} end`;
  });
  const names = [
    ...parts.map((_, index) => named('part', index)),
    ...marks,
    ...told.flatMap(({ columns }) => columns.map(({ property }) => identifier(columnOf(property)))),
  ];
  const further = [
    ...names.map((name) => sql`${seen.alias}.${name}`),
    sql`case when coalesce(${join(own, ', ')}) is not null then jsonb_build_array(${join(own, ', ')}) end as "own"`,
  ];
  return reopen(environment, input, wrap(within(environment, seen), seen, input, further));
}

/** What a part tells differently keeps its rows apart, and those out that tell nothing of it: what these tell the others do, too. */
function openApart(environment: Environment, seen: Seen, rows: Agreed, apart: readonly Property[]): OpenRows {
  const { input, told } = rows;
  const differing = openDiffering(environment, seen, rows);
  const { alias } = differing;
  const own = sql`${alias}."own"`;
  const found = told.flatMap(({ columns }, index) => {
    const mark = sql`${alias}.${named('mark', index)}`;
    const ofAll = (value: Sql): Sql => sql`case when ${own} is null then ${value} end`;
    const here = partOf(alias, rows, sql`order by ${mark}`, [own]);
    const everywhere = partOf(alias, rows, sql`order by ${ofAll(mark)}`);
    const column = (property: Property, value: Sql): Sql =>
      sql`case when ${firstOf(mark, here)} is null then ${firstOf(ofAll(value), everywhere)} else ${firstOf(value, here)} end as ${identifier(columnOf(property))}`;
    const property = apart[index];
    return [
      ...columns.map((one) => column(one.property, sql`${alias}.${identifier(columnOf(one.property))}`)),
      ...(property ? [column(property, mark)] : []),
    ];
  });
  const isKept = sql`${own} is not null or ${firstOf(own, partOf(alias, rows, sql`order by ${own}`))} is null`;
  const all = [...found, sql`(${isKept}) as "isKept"`];
  const made = reopen(environment, rows, wrap(within(environment, differing), differing, input, all));
  return { ...made, conditions: [sql`${made.alias}."isKept"`] };
}
