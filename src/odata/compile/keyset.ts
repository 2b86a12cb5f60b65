/** The condition for rows behind a given one in a total order. Nulls are lowest. */
import { databaseType } from '../model/edm';
import type { OrderKey } from '../plan/plan';
import { extraSlot, join, param, sql, type Sql } from '../sql';
import { compileOrdered, type Environment } from './expression';

/** One value of the order. */
export interface Term {
  readonly value: Sql;
  readonly nullable: boolean;
  readonly descending: boolean;
  /** The value of the row before, undefined when it is null. */
  readonly before: Sql | undefined;
}

/** True for rows behind the one whose order values are bound to `k0`, `k1`, …; `after` tells which of them are null. */
export function compileAfter(
  environment: Environment,
  order: readonly OrderKey[],
  after: readonly ('value' | 'null')[],
): Sql {
  const terms = order.map(({ expression, direction }, index): Term => ({
    value: compileOrdered(environment, expression),
    nullable: expression.nullable,
    descending: direction === 'desc',
    before: after[index] === 'value' ? param(extraSlot(`k${index}`), databaseType(expression.type)) : undefined,
  }));
  return isRowComparable(terms) ? rowComparison(terms) : behind(terms);
}

/** One direction and no nulls: PostgreSQL's row comparison serves an index directly. */
const isRowComparable = (terms: readonly Term[]): boolean =>
  terms.every(({ nullable, descending }) => !nullable && descending === terms[0]?.descending);

const rowComparison = (terms: readonly Term[]): Sql => {
  const operator = terms[0]?.descending ? sql`<` : sql`>`;
  return sql`(${join(
    terms.map(({ value }) => value),
    ', ',
  )}) ${operator} (${join(
    terms.map(({ before }) => before ?? sql`null`),
    ', ',
  )})`;
};

/** `a at or behind x and (a behind x or (rest behind y))`: the first half bounds an index scan. `last` decides where all are the same. */
export function behind([term, ...rest]: readonly Term[], last: Sql | undefined = undefined): Sql {
  if (!term) return last ?? sql`false`;
  if (rest.length === 0 && !last) return strictly(term);
  return sql`(${atOrBehind(term)} and (${strictly(term)} or ${behind(rest, last)}))`;
}

function strictly({ value, before, descending, nullable }: Term): Sql {
  if (before === undefined) return descending ? sql`false` : sql`${value} is not null`;
  if (!descending) return sql`${value} > ${before}`;
  return nullable ? sql`(${value} < ${before} or ${value} is null)` : sql`${value} < ${before}`;
}

function atOrBehind({ value, before, descending, nullable }: Term): Sql {
  if (before === undefined) return descending ? sql`${value} is null` : sql`true`;
  if (!descending) return sql`${value} >= ${before}`;
  return nullable ? sql`(${value} <= ${before} or ${value} is null)` : sql`${value} <= ${before}`;
}
