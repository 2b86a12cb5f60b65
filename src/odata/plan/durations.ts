/** Computing with durations: a day is 24 hours, and a month, which no duration of the standard has, counts 30 days as in comparisons and answers. */
import { isFloating } from '../model/edm';
import { sql, trusted, type Sql } from '../sql';
import type { Build, FunctionDef, ParameterKind } from './function-definition';

/** The duration without months. */
export function inDays(span: Sql): Sql {
  const months = sql`(extract(year from ${span}) * 12 + extract(month from ${span}))::int`;
  return sql`(${span} + make_interval(months => -${months}, days => 30 * ${months}))`;
}

/** Its seconds, as a decimal. PostgreSQL counts 365.25 days for a year. */
export const secondsOf = (span: Sql): Sql =>
  sql`(extract(epoch from ${span}) - ${trusted(String(5.25 * 86_400))} * extract(year from ${span}))`;

/** What is computed of a date or moment and a duration. A literal has no months. */
export const moved = (name: string, from: 'Edm.Date' | 'Edm.DateTimeOffset', build: Build): FunctionDef => ({
  name,
  parameters: [from, 'Edm.Duration'],
  result: 'first',
  sql: ([start, span]) => {
    if (!start || !span) throw new Error(`${name} takes two operands`);
    return build(start.sql, span.mapped ? span.sql : inDays(span.sql));
  },
});

/** A duration of so many microseconds, rounded half away from zero. */
const ofMicroseconds = (value: Sql): Sql => {
  const [whole, day] = [trusted('m'), trusted('86400000000')];
  return sql`(select interval '1 day' * trunc(${whole} / ${day})::float8 + interval '1 microsecond' * mod(${whole}, ${day})::float8 from (select round(${value}) as ${whole} offset 0) v)`;
};

/** A duration times or by a number, exact: PostgreSQL computes days and times apart, as floating-point numbers. */
export const scaled = (name: string, parameters: readonly ParameterKind[], build: Build): FunctionDef => ({
  name,
  parameters,
  result: 'Edm.Duration',
  sql: (operands, types) => {
    const factors = operands.map((operand, index) => {
      const type = types[index];
      if (parameters[index] === 'Edm.Duration') return sql`(${secondsOf(operand.sql)} * 1000000)`;
      return type && isFloating(type) ? sql`${operand.sql}::text::numeric` : sql`${operand.sql}::numeric`;
    });
    return ofMicroseconds(build(...factors));
  },
});
