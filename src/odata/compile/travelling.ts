/** How the variables of a query travel through one that wraps it: by which columns, and how they are seen from outside. */
import { itemColumns } from '../model/item-type';
import type { BoundProperty, Range } from '../plan/plan';
import { partialRanges, rangesOf, type Rows } from '../plan/rows';
import { identifier, sql, trusted, type Sql } from '../sql';
import type { Environment } from './expression';
import type { OpenRows } from './rows';
import { Source, tableOf, type Aliases, type From } from './source';

/** The columns by which the rows of a variable travel. */
function columnsOf({ aliases }: Environment, range: Range, source: Source | undefined): readonly Sql[] {
  const { columns, item } = range.type;
  if (!columns && !item) {
    const value = source ? sql`${source.alias}` : sql`null::${tableOf(range.type)}`;
    return [sql`${value} as ${identifier(aliases.rowOf(range))}`];
  }
  const prefix = prefixOf(aliases, range);
  return (columns ?? itemColumns(range.type, range.isKeyed)).map(({ column, databaseType }) => {
    const value = source ? source.column(column) : sql`null::${trusted(databaseType)}`;
    return sql`${value} as ${identifier(prefix + column)}`;
  });
}

/** What tells columns of items from those of other items of the same type. */
const prefixOf = (aliases: Aliases, range: Range): string => (range.type.item ? `${aliases.rowOf(range)} ` : '');

/** The variables of a query as columns of it. */
export const travelling = (environment: Environment, open: OpenRows, ranges: readonly Range[]): readonly Sql[] =>
  ranges.flatMap((range) => columnsOf(environment, range, open.sources.get(range)));

/** The variables of a wrapped query, seen from outside; `mark` is one that it has beside those of the rows. */
export function sourcesIn(
  { aliases }: Environment,
  rows: Rows,
  alias: Sql,
  from: From,
  optional = false,
  mark?: BoundProperty,
): ReadonlyMap<Range, Source> {
  const partial = partialRanges(rows);
  const ranges = [...rangesOf(rows), ...(mark ? [mark.range] : [])];
  return new Map(
    ranges.map((range) => {
      const byColumns = range.type.columns !== undefined || range.type.item !== undefined;
      const row = byColumns ? alias : sql`(${alias}.${identifier(aliases.rowOf(range))})`;
      const isOptional = optional || range.optional === true || partial.has(range);
      return [range, Source.derived(range.type, row, from, isOptional, prefixOf(aliases, range))] as const;
    }),
  );
}
