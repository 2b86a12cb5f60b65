/** WHERE. */
import { join, sql, type Sql } from '../sql';

/** The alias stands for no row. A row of nulls is one. */
export const isMissing = (alias: Sql): Sql => sql`(${alias} is not distinct from null)`;

/** WHERE, or nothing. */
export const whereClause = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`` : sql` where ${join(conditions, ' and ')}`;
