/** The items of a collection of complex values as rows, their members as typed columns. */
import { databaseType } from '../model/edm';
import { PLACE } from '../model/item-type';
import type { EdmType, EntityType, Property } from '../model/model';
import { identifier, join, literal, sql, trusted, type Sql } from '../sql';

/** A derived table with a row for each item of the array, in `type`'s columns and with its place. PostgreSQL computes the columns that are used. */
export function itemRows(type: EntityType, array: Sql): Sql {
  const value = sql`"j"."v"`;
  const columns = [sql`"j"."n" as ${identifier(PLACE)}`, ...columnsOf(type.properties, value)];
  return sql`(select ${join(columns, ', ')} from jsonb_array_elements(${array}) with ordinality "j"("v", "n"))`;
}

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
  if (type.kind !== 'collection') return sql`(${object} ->> ${name})::${trusted(databaseType(type))}`;
  const array = sql`nullif(${member}, 'null')`;
  if (type.of.kind === 'complex') return array;
  const item = sql`"e"."v"::${trusted(databaseType(type.of))}`;
  return sql`array(select ${item} from jsonb_array_elements_text(${array}) with ordinality "e"("v", "n") order by "e"."n")`;
}
