/** What division gives. PostgreSQL rounds the quotient of decimals at some sixteen digits, or at those that the operands happen to be written with. */
import { sql, trusted, type Sql } from '../sql';

/** Significant digits that the quotient of decimals has at least; it is exact where it has no more. */
const LEAST_DIGITS = 28;

/** Digits of the largest number of values that an average is of. */
const COUNT_DIGITS = 12;

/**
 * The quotient of decimals, rounded half away from zero. It has no first digit behind those of the dividend and as many as the whole part of the
 * divisor has. `round` with more places than there are says how many the quotient gets; zeros that a number is only written with say nothing.
 */
export const quotient = (left: Sql, right: Sql): Sql =>
  sql`trim_scale(round(${left}, min_scale(${left}) + length(trunc(${right})::text) + ${trusted(String(LEAST_DIGITS))}) / trim_scale(${right}))`;

const moreDigits = trusted(`1.${'0'.repeat(COUNT_DIGITS + LEAST_DIGITS)}`);

/** The average of values that are no floating-point numbers, by the same rule; null of none. `filter` is a FILTER clause, or nothing. */
export const average = (value: Sql, filter: Sql): Sql =>
  sql`trim_scale(trim_scale(sum(${value})${filter}) * ${moreDigits} / count(${value})${filter})`;

/** IEEE 754 division: by zero it gives an infinity or NaN. */
export const floatQuotient = (left: Sql, right: Sql): Sql =>
  sql`(case when ${right} <> 0 then ${left} / ${right} when ${left} > 0 and ${left} <> 'NaN' then 'Infinity' when ${left} < 0 then '-Infinity' else 'NaN' end)`;

/** The significant digits, as a whole number, and the exponent in the bits of a double: its magnitude is digits × 2^(exponent - 1075). */
const digits = (bits: Sql): Sql =>
  sql`(${bits} & 4503599627370495) + case when ${exponentBits(bits)} > 0 then 4503599627370496 else 0 end`;
const exponentBits = (bits: Sql): Sql => sql`(${bits} >> 52 & 2047)`;
const exponent = (bits: Sql): Sql => sql`greatest(${exponentBits(bits)}, 1)::int4`;
const bitsOf = (value: Sql): Sql => sql`('x' || encode(float8send(${value}), 'hex'))::bit(64)::int8`;

/**
 * The remainder as IEEE 754 has it, exact, with the sign of the dividend; NaN where there is none, but none by zero. Decimals made of the operands
 * would lose what is behind fifteen digits, so whole numbers are divided, in units of the last digit of the divisor. §5.1.1.2.6
 */
export const floatRemainder = (left: Sql, right: Sql): Sql => {
  const [a, b, ofA, ofB] = [trusted('a'), trusted('b'), trusted('of_a'), trusted('of_b')];
  const dividend = sql`(${digits(ofA)}) * 2::numeric ^ (${exponent(ofA)} - ${exponent(ofB)})`;
  const units = sql`mod(${dividend}, ${digits(ofB)})::float8`;
  return sql`(select case when ${b} = 0 then 1 / ${b} when ${b} = 'NaN' or ${a} in ('Infinity', '-Infinity', 'NaN') then 'NaN' when abs(${a}) < abs(${b}) then ${a}
    else 0 + sign(${a}) * ${units} * (abs(${b}) / (${digits(ofB)})::float8) end
    from (select ${a}, ${b}, ${bitsOf(a)} as ${ofA}, ${bitsOf(b)} as ${ofB} from (select ${left}::float8 as ${a}, ${right}::float8 as ${b} offset 0) v offset 0) v)`;
};
