/** Values as texts: what literals of a URL, `/$value` and `cast(…,Edm.String)` have. URL Conventions §5.1.1.14.1 */
import { singleFlags } from '../model/enum-values';
import type { EdmType, EnumType } from '../model/model';
import { primitiveType } from '../model/types';
import { inDays } from '../plan/durations';
import { join, literal, sql, trusted, type Sql } from '../sql';

/** The literal form of a value. */
export function textOf(value: Sql, from: EdmType): Sql {
  if (from.kind === 'enum' && from.databaseType === undefined) return namesOf(value, from);
  if (from.kind !== 'primitive') return sql`${value}::text`;
  switch (primitiveType(from.name).json) {
    case 'decimal':
      return sql`trim_scale(${value})::text`;
    case 'date':
      return dayText(value);
    case 'dateTimeOffset':
      return sql`(replace(${dayText(sql`(${value} at time zone 'UTC')`)}, ' ', 'T') || 'Z')`;
    case 'boolean':
      return sql`(case when ${value} then 'true' when not ${value} then 'false' end)`;
    case 'double':
      return sql`replace(${value}::text, 'Infinity', 'INF')`;
    case 'binary':
      return sql`translate(encode(${value}, 'base64'), E'+/=\\n', '-_')`;
    case 'duration':
      return durationOf(value);
    default:
      return sql`${value}::text`;
  }
}

/** A longer expression, in characters, is not computed for each place where its value is needed. */
const SHORT = 400;

/** PostgreSQL counts the years before 0001 from 1, and says BC: 1 BC is 0000, 2 BC is -0001. CSDL §3.3 */
function dayText(day: Sql): Sql {
  if (day.length > SHORT) return sql`(select ${dayText(trusted('"d"."v"'))} from (select ${day} as "v" offset 0) "d")`;
  return sql`(case when ${day} < '0001-01-01' then to_char(extract(year from ${day}) + 1, 'FM0000') || left(substr(${day}::text, 5), -3) else ${day}::text end)`;
}

/** What PostgreSQL writes for values of the type is not what goes out. */
export const isStoredOtherwise = (type: EdmType): boolean =>
  (type.kind === 'enum' && type.databaseType === undefined) ||
  (type.kind === 'primitive' && primitiveType(type.name).json === 'duration');

const number = (value: number): Sql => trusted(`(${value})`);

/** The name of the member with the number; those of flags that make it up, or the number where none do. JSON §7.1 */
function namesOf(value: Sql, type: EnumType): Sql {
  const exact = [...type.members].map(([name, member]) => sql`when ${number(member)} then ${literal(name)}`);
  const flags = type.isFlags ? singleFlags(type) : [];
  const rest = flags.length > 0 ? combination(value, flags) : sql`${value}::text`;
  return sql`(case ${value} ${join(exact, ' ')} else ${rest} end)`;
}

function combination(value: Sql, flags: readonly (readonly [string, number])[]): Sql {
  const known = number(Number(flags.reduce((all, [, flag]) => all | BigInt(flag), 0n)));
  const names = flags.map(
    ([name, flag]) => sql`case when (${value} & ${number(flag)}) = ${number(flag)} then ${literal(name)} end`,
  );
  return sql`case when ${value} <> 0 and (${value} & ${known}) = ${value} then concat_ws(',', ${join(names, ', ')}) else ${value}::text end`;
}

/** Days and hours with one sign before them all; a month, which no duration of the standard has, counts 30 days as in comparisons. */
function durationOf(value: Sql): Sql {
  const even = sql`justify_hours(${inDays(value)})`;
  return sql`(case when ${value} < interval '0' then '-' else '' end || replace(${even}::text, '-', ''))`;
}
