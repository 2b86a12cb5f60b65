/** Values that PostgreSQL writes as JSON: within expanded entities, and the members of collections. JSON §7.1, §7.3 */
import type { EdmType, Property } from '../model/model';
import { primitiveType } from '../model/types';
import { constant, join, param, sql, type Sql } from '../sql';
import type { Representation } from './representation';
import { isStoredOtherwise, textOf } from './text';

/** A value as the type's JSON. */
export function jsonValue(value: Sql, type: EdmType, representation: Pick<Representation, 'ieee754'>): Sql {
  if (type.kind === 'collection') return jsonArray(value, type.of, representation);
  if (type.kind !== 'primitive') return isStoredOtherwise(type) ? textOf(value, type) : value;
  const { ieee754 } = representation;
  switch (primitiveType(type.name).json) {
    case 'decimal':
      return ieee754 ? sql`trim_scale(${value})::text` : sql`trim_scale(${value})`;
    case 'int64':
      return ieee754 ? sql`${value}::text` : value;
    case 'date':
    case 'dateTimeOffset':
    case 'binary':
    case 'duration':
      return textOf(value, type);
    case 'double':
      return sql`(case when ${value} in ('Infinity', '-Infinity', 'NaN') then to_json(${textOf(value, type)}) else to_json(${value}) end)`;
    default:
      return value;
  }
}

/** The members in their order; null where the array is. */
function jsonArray(array: Sql, type: EdmType, representation: Pick<Representation, 'ieee754'>): Sql {
  const member = jsonValue(sql`"m"."v"`, type, representation);
  const members = sql`array(select ${member} from unnest(${array}) with ordinality "m"("v", "n") order by "m"."n")`;
  return sql`(case when ${array} is not null then to_json(${members}) end)`;
}

/** A member of an object, or of one within it; null where that is none. */
export const memberOf = (column: Sql, { within = [], member }: Extract<Property['source'], { kind: 'dynamic' }>): Sql =>
  sql`nullif(${join([column, ...within.map((name) => constant(name, 'text')), param(member, 'text')], ' -> ')}, 'null')`;
