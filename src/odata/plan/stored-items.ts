/** Collections of complex values in columns, made of their keys (plan/item-keys.ts): as they are stored, or the keys themselves as an array of JSON. */
import { isFloating, isPrimitive } from '../model/edm';
import { linksOf, memberName, placeName } from '../model/item-type';
import type { EdmType, Property } from '../model/model';
import { join, literal, sql, type Sql } from '../sql';
import { define, type FunctionDef } from './function-definition';

/** The name of a part in a key: parts that the type declares stand at their places; others may be missing. */
export const nameInKey = ({ member }: Property, index: number): Sql => literal(member ?? placeName(index));

/** The items of keys, which are an array of JSON, as they are stored; null where the array is. */
export const storedItems = (type: EdmType, array: Sql): Sql =>
  sql`(select coalesce(jsonb_agg(${storedValue(type, sql`"e"."v"`)} order by "e"."n"), '[]') from jsonb_array_elements(${array}) with ordinality "e"("v", "n"))`;

/** A value as it is stored. */
function storedValue(type: EdmType, value: Sql): Sql {
  if (type.kind === 'collection') return storedItems(type.of, sql`nullif(${value}, 'null')`);
  if (isPrimitive(type, 'Edm.Duration'))
    return sql`(case when jsonb_typeof(${value}) = 'number' then to_jsonb((${value}::text || ' s')::interval) end)`;
  if (isFloating(type)) return sql`(case when jsonb_typeof(${value}) = 'object' then '"NaN"' else ${value} end)`;
  if (type.kind !== 'complex') return value;
  const members = [...type.properties.values(), ...linksOf(type.navigations)].map(
    (property, index) =>
      sql`jsonb_build_object(${literal(memberName(property))}, ${storedValue(property.type, sql`(${value} -> ${nameInKey(property, index)})`)})`,
  );
  return sql`(case when jsonb_typeof(${value}) = 'object' then ${join(members, ' || ')} end)`;
}

/** The keys of complex values as a collection that a column could store; null where they are. */
export const storedOf = (type: EdmType): FunctionDef =>
  define(
    'stored',
    ['any'],
    'first',
    (keys) =>
      sql`(select ${storedItems(type, sql`to_jsonb("k"."v")`)} from (select ${keys} as "v") "k" where "k"."v" is not null)`,
  );

/** The keys that a column holds. */
export const keysHeld = define(
  'keys held',
  ['any'],
  'first',
  (held) =>
    sql`(case when ${held} is not null then array(select nullif("e"."v", 'null') from jsonb_array_elements(${held}) with ordinality "e"("v", "n") order by "e"."n") end)`,
);
