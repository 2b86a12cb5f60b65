/** How the variables of a query travel through one that wraps it: by which columns, and how they are seen from outside. */
import { columnsOf } from '../model/edm';
import { itemColumns } from '../model/item-type';
import type { ColumnReference, EntityType } from '../model/model';
import { ROW } from '../model/row-type';
import type { BoundProperty, Range } from '../plan/plan';
import { partialRanges, rangesOf, type Rows } from '../plan/rows';
import { identifier, sql, trusted, type Sql } from '../sql';
import type { Environment } from './expression';
import type { OpenRows } from './rows';
import type { Aliases } from './aliases';
import { Source, tableOf, type From } from './source';

/** The columns of rows that are no table's: PostgreSQL knows no name of their type. */
function ownColumns({ type, isKeyed }: Range): readonly ColumnReference[] | undefined {
  if (type.columns) return type.columns;
  if (type.item) return itemColumns(type, isKeyed);
  return type.table.name === '' ? columnsOfRows(type) : undefined;
}

/** Those of rows of functions: of properties, and of what no client sees. */
function columnsOfRows({ properties, key, nulls }: EntityType): readonly ColumnReference[] {
  const hidden = [...(nulls === undefined ? [] : [nulls]), ...(key.length === 0 ? [ROW] : [])];
  const columns = [...new Set([...properties.values(), ...key])].flatMap(columnsOf);
  return [...columns, ...hidden.map((column) => ({ column, databaseType: 'bool' }))];
}

/** A row as columns by their own names. */
export const columnsAlone = (source: Source, range: Range): readonly Sql[] =>
  ownColumns(range)?.map(({ column }) => sql`${source.column(column)} as ${identifier(column)}`) ?? [
    sql`${source.alias}.*`,
  ];

/** What tells columns of items, and of rows of a function, from those of others of the same type. */
const prefixOf = (aliases: Aliases, range: Range): string => (range.type.columns ? '' : `${aliases.rowOf(range)} `);

/** What a column of theirs counts for: it is read, and named. */
const COLUMN_PARTS = 2;

/** The variables of a query as columns of it. */
export const travelling = ({ aliases }: Environment, { sources }: OpenRows, ranges: readonly Range[]): readonly Sql[] =>
  ranges.flatMap((range) => {
    const source = sources.get(range);
    const columns = ownColumns(range);
    if (!columns) {
      const value = source ? sql`${source.alias}` : sql`null::${tableOf(range.type)}`;
      return [sql`${value} as ${identifier(aliases.rowOf(range))}`];
    }
    const prefix = prefixOf(aliases, range);
    aliases.written(COLUMN_PARTS * columns.length);
    return columns.map(({ column, databaseType }) => {
      const value = source ? source.column(column) : sql`null::${trusted(databaseType)}`;
      return sql`${value} as ${identifier(prefix + column)}`;
    });
  });

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
      const byColumns = ownColumns(range) !== undefined;
      const row = byColumns ? alias : sql`(${alias}.${identifier(aliases.rowOf(range))})`;
      const isOptional = optional || range.optional === true || partial.has(range);
      const prefix = byColumns ? prefixOf(aliases, range) : '';
      const tied = (): boolean => isOptional; // by any column: the query may be joined as if it were none of its own
      return [range, Source.derived(range.type, row, from, { optional: isOptional, prefix, tied })] as const;
    }),
  );
}
