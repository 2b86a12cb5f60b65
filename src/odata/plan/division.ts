/** What division gives. PostgreSQL rounds the quotient of decimals at some sixteen digits, or at those that the operands happen to be written with. */
import { sql, trusted, type Sql } from '../sql';

/** Significant digits that the quotient of decimals has at least; it is exact where it has no more. */
const LEAST_DIGITS = 28;

/** Digits of the largest number of values that an average is of. */
const COUNT_DIGITS = 12;

/**
 * The quotient of decimals, rounded half away from zero. It has no first digit behind those of the dividend and as many as the whole part of the
 * divisor has. `round` with more places than there are says how many the quotient gets.
 */
export const quotient = (left: Sql, right: Sql): Sql =>
  sql`trim_scale(round(${left}, scale(${left}) + length(trunc(${right})::text) + ${trusted(String(LEAST_DIGITS))}) / ${right})`;

const moreDigits = trusted(`1.${'0'.repeat(COUNT_DIGITS + LEAST_DIGITS)}`);

/** The average of values that are no floating-point numbers, by the same rule; null of none. `filter` is a FILTER clause, or nothing. */
export const average = (value: Sql, filter: Sql): Sql =>
  sql`trim_scale(sum(${value})${filter} * ${moreDigits} / count(${value})${filter})`;

/** IEEE 754 division: by zero it gives an infinity or NaN. */
export const floatQuotient = (left: Sql, right: Sql): Sql =>
  sql`(case when ${right} <> 0 then ${left} / ${right} when ${left} > 0 and ${left} <> 'NaN' then 'Infinity' when ${left} < 0 then '-Infinity' else 'NaN' end::float8)`;

/** The remainder has the sign of the dividend; IEEE 754 gives NaN where there is none. */
export const floatRemainder = (left: Sql, right: Sql): Sql =>
  sql`(case when ${right} = 0 or abs(${left}) in ('Infinity', 'NaN') or ${right} = 'NaN' then 'NaN' when abs(${right}) = 'Infinity' then ${left} else mod(${left}::numeric, ${right}::numeric)::float8 end)`;
