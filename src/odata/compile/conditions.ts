/** WHERE. */
import { join, sql, type Sql } from '../sql';

/** WHERE, or nothing. */
export const whereClause = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`` : sql` where ${join(conditions, ' and ')}`;
