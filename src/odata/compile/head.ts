/** What stands outside a collection in its statement: the row of its parent, which must exist, and values beside the rows. */
import type { Target } from '../plan/plan';
import { join, sql, type Sql } from '../sql';
import { compileChain } from './chain';
import { whereClause } from './conditions';
import type { Columns } from './columns';
import type { Aliases } from './aliases';
import { Source } from './source';

/** The head of a statement. */
export interface Head {
  readonly clause: Sql;
  readonly parent: Source | undefined;
}

/** A value beside the rows, which may speak of the row of the parent: `… as "name"`. */
export type HeadValue = (parent: Source | undefined) => Sql;

/** OFFSET 0 keeps PostgreSQL from merging the head into the page and counting again for each of its rows. */
const fence = ({ length }: readonly HeadValue[]): Sql => (length > 0 ? sql` offset 0` : sql``);

/** The parent's row, which the collection is tied to, and values beside it; undefined where there is neither. */
export function compileHead(target: Target, aliases: Aliases, values: readonly HeadValue[]): Head | undefined {
  const parents = target.steps.slice(0, -1);
  const alias = aliases.next();
  const made = (parent: Source | undefined): readonly Sql[] => values.map((value) => value(parent));
  if (parents.length === 0)
    return values.length > 0
      ? { clause: sql`(select ${join(made(undefined), ', ')}) ${alias}`, parent: undefined }
      : undefined;
  const chain = compileChain(parents, aliases);
  const present = chain.last.type.key.map((property) => sql`${chain.last.value(property)} is not null`);
  const clause = sql`(select ${join([sql`${chain.last.alias}.*`, ...made(chain.last)], ', ')} from ${chain.from.clause}${whereClause([...chain.conditions, ...present])}${fence(values)}) ${alias}`;
  return { clause, parent: Source.derived(chain.last.type, alias, chain.from) };
}

/** What the statement sees, under names that no column has: of what other transactions write, a delta link will tell. */
export const snapshotValues: readonly HeadValue[] = [
  () => sql`pg_current_snapshot()::text as "@snapshot"`,
  () => sql`pg_current_xact_id_if_assigned()::text as "@transaction"`,
  () => sql`odata_changes_origin() as "@origin"`,
];

/** The columns of what the statement sees. */
export interface SnapshotColumns {
  /** PostgreSQL's snapshot. */
  readonly snapshot: number;
  /** The transaction that the statement runs in, when it has written. */
  readonly transaction: number;
  /** Tells databases apart: the numbers of transactions are those of one. */
  readonly origin: number;
}

/** The columns of these values. */
export const snapshotColumns = (columns: Columns): SnapshotColumns => ({
  snapshot: columns.add(sql`"@snapshot"`),
  transaction: columns.add(sql`"@transaction"`),
  origin: columns.add(sql`"@origin"`),
});
