/** ORDER BY. Protocol §11.2.6.2 */
import type { Bound, OrderKey } from '../plan/plan';
import { join, sql, type Sql } from '../sql';
import { compileOrdered, type Environment } from './expression';

/** One expression to order by. */
export interface OrderTerm {
  readonly value: Sql;
  readonly direction: 'asc' | 'desc';
  readonly nullable: boolean;
}

/** ORDER BY with nulls lowest. */
export const orderClause = (terms: readonly OrderTerm[]): Sql =>
  join(
    terms.map(({ value, direction, nullable }) => {
      if (!nullable) return direction === 'asc' ? value : sql`${value} desc`;
      return direction === 'asc' ? sql`${value} nulls first` : sql`${value} desc nulls last`;
    }),
    ', ',
  );

/** Comparisons with null may be known beforehand. */
const isConstant = (expression: Bound): boolean =>
  expression.kind === 'boolean' ||
  (expression.kind === 'comparison' && [expression.left, expression.right].some(({ kind }) => kind === 'null'));

/** PostgreSQL refuses a constant that is one at first sight. */
const orderedBy = (environment: Environment, expression: Bound): Sql =>
  isConstant(expression)
    ? sql`(${compileOrdered(environment, expression)})::boolean`
    : compileOrdered(environment, expression);

/** The terms of an order, as SQL. */
export const orderTerms = (environment: Environment, order: readonly OrderKey[]): readonly OrderTerm[] =>
  order.map(({ expression, direction }) => ({
    value: orderedBy(environment, expression),
    direction,
    nullable: expression.nullable,
  }));

/** ` order by …`, or nothing where there is one row. */
export const orderBy = (terms: readonly OrderTerm[]): Sql =>
  terms.length === 0 ? sql`` : sql` order by ${orderClause(terms)}`;
