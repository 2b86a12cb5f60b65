/** Complex values as rows again, of their keys (plan/item-keys.ts): their members by their places, durations as seconds, NaN as an object. */
import { databaseType, isFloating, isPrimitive } from '../model/edm';
import { memberName, ORDINAL, PLACE, placeName } from '../model/item-type';
import type { EdmType, EntityType, Property } from '../model/model';
import { identifier, join, literal, sql, trusted, type Sql } from '../sql';
import { itemColumns, type ItemForm } from './item-rows';

/** A derived table with a row for each key of the array, as of items; those that are null have no place, but an ordinal. */
export function keyRows({ properties }: EntityType, keys: Sql): Sql {
  const columns = [
    sql`(case when "j"."v" is not null then "j"."n" end) as ${identifier(PLACE)}`,
    sql`"j"."n" as ${identifier(ORDINAL)}`,
    ...itemColumns(properties, ofKey, sql`"j"."v"`),
  ];
  return sql`(select ${join(columns, ', ')} from unnest(${keys}) with ordinality "j"("v", "n"))`;
}

/** Parts that the type declares stand at their places; others may be missing. */
const nameAt = ({ member }: Property, index: number): Sql => literal(member ?? placeName(index));

const isDuration = (type: EdmType): boolean => isPrimitive(type, 'Edm.Duration');

const ofKey: ItemForm = {
  name: nameAt,
  single: (type, text) => {
    if (isDuration(type)) return sql`(${text} || ' s')::interval`;
    const value = isFloating(type) ? sql`(case when ${text} like '{%' then 'NaN' else ${text} end)` : text;
    return sql`${value}::${trusted(databaseType(type))}`;
  },
  items: (type, array) => storedItems(type, array),
  mayBeNull: true,
};

/** The items of keys as they are stored, null where the array is. */
const storedItems = (type: EdmType, array: Sql): Sql =>
  sql`(select coalesce(jsonb_agg(${storedValue(type, sql`"e"."v"`)} order by "e"."n"), '[]') from jsonb_array_elements(${array}) with ordinality "e"("v", "n"))`;

/** A value as it is stored. */
function storedValue(type: EdmType, value: Sql): Sql {
  if (type.kind === 'collection') return storedItems(type.of, sql`nullif(${value}, 'null')`);
  if (isDuration(type))
    return sql`(case when jsonb_typeof(${value}) = 'number' then to_jsonb((${value}::text || ' s')::interval) end)`;
  if (isFloating(type)) return sql`(case when jsonb_typeof(${value}) = 'object' then '"NaN"' else ${value} end)`;
  if (type.kind !== 'complex') return value;
  const members = [...type.properties.values()].map(
    (property, index) =>
      sql`jsonb_build_object(${literal(memberName(property))}, ${storedValue(property.type, sql`(${value} -> ${nameAt(property, index)})`)})`,
  );
  return sql`(case when jsonb_typeof(${value}) = 'object' then ${join(members, ' || ')} end)`;
}
