/** `cast(value, type)`: what has no value in the target type becomes null, never an error. URL Conventions §5.1.1.10.1 */
import type { EdmType } from '../model/model';
import { primitiveType } from '../model/types';
import { databaseType, isPrimitive, numericRank } from '../model/edm';
import type { Bound } from '../plan/plan';
import { literal, sql, trusted, type Sql } from '../sql';

/** The value as one of `type`. */
export function compileCast(value: Sql, operand: Bound, type: EdmType): Sql {
  const from = operand.kind === 'null' ? undefined : operand.type;
  if (!from) return sql`null`;
  if (isPrimitive(type, 'Edm.String')) return textOf(value, from);
  if (isPrimitive(from, 'Edm.String')) return fromText(value, type);
  if (numericRank(from) > 0 && numericRank(type) > 0) return numberCast(value, type);
  if (isPrimitive(from, 'Edm.DateTimeOffset')) {
    if (isPrimitive(type, 'Edm.Date')) return sql`(${value} at time zone 'UTC')::date`;
    if (isPrimitive(type, 'Edm.TimeOfDay')) return sql`(${value} at time zone 'UTC')::time`;
  }
  if (isPrimitive(from, 'Edm.Date') && isPrimitive(type, 'Edm.DateTimeOffset')) return sql`${value}::timestamptz`;
  return sql`null::${trusted(databaseType(type))}`;
}

/** The literal form of a value. */
export function textOf(value: Sql, from: EdmType): Sql {
  if (from.kind !== 'primitive') return sql`${value}::text`;
  switch (primitiveType(from.name).json) {
    case 'decimal':
      return sql`trim_scale(${value})::text`;
    case 'dateTimeOffset':
      return sql`(replace((${value} at time zone 'UTC')::text, ' ', 'T') || 'Z')`;
    case 'boolean':
      return sql`(case when ${value} then 'true' when not ${value} then 'false' end)`;
    case 'double':
      return sql`replace(${value}::text, 'Infinity', 'INF')`;
    case 'binary':
      return sql`translate(encode(${value}, 'base64'), E'+/=\\n', '-_')`;
    default:
      return sql`${value}::text`;
  }
}

const limits: Readonly<Record<string, readonly [string, string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
};

/** Whole numbers are cut, not rounded; what lies outside the range becomes null. */
function numberCast(value: Sql, type: EdmType): Sql {
  const target = databaseType(type);
  const limit = limits[target];
  if (!limit) return sql`${value}::${trusted(target)}`;
  const whole = sql`trunc(${value}::numeric)`;
  return sql`(case when ${whole} between ${trusted(limit[0])} and ${trusted(limit[1])} then ${whole}::${trusted(target)} end)`;
}

const day = '(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,12})?)?';

const forms: Readonly<Record<string, string>> = {
  uuid: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  boolean: '^(true|false)$',
  numeric: '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$',
  float4: '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$',
  float8: '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$',
  date: `^[0-9]{4}-${day}$`,
  time: `^${time}$`,
  timestamptz: `^[0-9]{4}-${day}T${time}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`,
  interval: '^[+-]?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?$',
};

function fromText(value: Sql, type: EdmType): Sql {
  const target = databaseType(type);
  if (target.startsWith('int'))
    return sql`(case when ${value} ~ '^[+-]?[0-9]{1,30}$' then ${numberCast(sql`${value}::numeric`, type)} end)`;
  const form = forms[target];
  if (form === undefined) return sql`null::${trusted(target)}`;
  const cast = sql`${value}::${trusted(target)}`;
  const checked =
    target === 'date' || target === 'timestamptz' ? sql`case when ${dayExists(value)} then ${cast} end` : cast;
  return sql`(case when ${value} ~ ${literal(form)} then ${checked} end)`;
}

/** The day is not behind the end of its month. */
const dayExists = (value: Sql): Sql =>
  sql`substr(${value}, 9, 2)::int <= extract(day from (substr(${value}, 1, 7) || '-01')::date + interval '1 month' - interval '1 day')`;
