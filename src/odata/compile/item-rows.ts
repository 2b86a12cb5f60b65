/** The items of a collection of complex values as rows, their members as typed columns. */
import { databaseType, isPrimitive } from '../model/edm';
import { ORDINAL, PLACE } from '../model/item-type';
import type { EdmType, EntityType, Property } from '../model/model';
import { identifier, join, literal, sql, trusted, type Sql } from '../sql';

/** A derived table with a row for each item of the array, in `type`'s columns and with its place. PostgreSQL computes the columns that are used. */
export const itemRows = (type: EntityType, array: Sql): Sql =>
  rowsOf(type, sql`jsonb_array_elements(${array})`, [sql`"j"."n" as ${identifier(PLACE)}`]);

/** The same of an array of keys of complex values; those that are null have no place, but an ordinal. */
export const keyRows = (type: EntityType, keys: Sql): Sql =>
  rowsOf(type, sql`unnest(${keys})`, [
    sql`(case when "j"."v" is not null then "j"."n" end) as ${identifier(PLACE)}`,
    sql`"j"."n" as ${identifier(ORDINAL)}`,
  ]);

const rowsOf = (type: EntityType, items: Sql, places: readonly Sql[]): Sql =>
  sql`(select ${join([...places, ...columnsOf(type.properties, sql`"j"."v"`)], ', ')} from ${items} with ordinality "j"("v", "n"))`;

const columnsOf = (properties: ReadonlyMap<string, Property>, object: Sql): readonly Sql[] =>
  [...properties.values()].flatMap(({ name, type, source }) => {
    const member = sql`${object} -> ${literal(name)}`;
    if (source.kind === 'column')
      return [sql`${memberValue(type, object, member, literal(name))} as ${identifier(source.column)}`];
    if (source.kind !== 'complex') throw new Error(`The member ${name} of an item has no column`);
    const { presence, properties: parts } = source;
    const isThere = sql`(case when jsonb_typeof(${member}) = 'object' then true end)`;
    return [
      ...(presence ? [sql`${isThere} as ${identifier(presence.column)}`] : []),
      ...columnsOf(parts, sql`(${member})`),
    ];
  });

/** A member that is not there is null; where it is a collection, an empty one. */
function memberValue(type: EdmType, object: Sql, member: Sql, name: Sql): Sql {
  if (type.kind !== 'collection') return typedValue(type, sql`(${object} ->> ${name})`);
  const array = sql`nullif(${member}, 'null')`;
  if (type.of.kind === 'complex') return array;
  const item = typedValue(type.of, sql`"e"."v"`);
  return sql`array(select ${item} from jsonb_array_elements_text(${array}) with ordinality "e"("v", "n") order by "e"."n")`;
}

/** A text as it is stored, or as it stands in a key: there a duration is a number of seconds, and a number that is none an object. */
function typedValue(type: EdmType, text: Sql): Sql {
  const value = sql`${text}::${trusted(databaseType(type))}`;
  if (isPrimitive(type, 'Edm.Duration'))
    return sql`(case when ${text} like '%P%' then ${value} else (${text} || ' s')::interval end)`;
  const isFloat = isPrimitive(type, 'Edm.Double') || isPrimitive(type, 'Edm.Single');
  return isFloat
    ? sql`(case when ${text} like '{%' then 'NaN' else ${text} end)::${trusted(databaseType(type))}`
    : value;
}
