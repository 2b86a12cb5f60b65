/** The items of a collection of complex values as rows, their members as typed columns. */
import { databaseType } from '../model/edm';
import { linksOf, memberName, ORDINAL, PLACE } from '../model/item-type';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import { identifier, join, literal, sql, trusted, type Sql } from '../sql';

/**
 * A derived table with a row for each item of the array that the navigation leads to, in the columns of its type and with its place. PostgreSQL
 * computes the columns that are used.
 */
export function itemRows({ target, items }: NavigationProperty, array: Sql): Sql {
  const elements = sql`jsonb_array_elements(${array}) with ordinality`;
  if (!items?.dynamic) return sql`(select ${storedColumns(target)} from ${elements} "j"("v", "n"))`;
  const table = sql`(select nullif("v", 'null') as "v", "n" from ${elements} "e"("v", "n")) "j"`;
  return rowsOfObjects(target, { ...stored, mayBeNull: true }, table);
}

/** A derived table with a row for each object "v" at a place "n"; those that are null have no place, but an ordinal. */
export function rowsOfObjects(type: EntityType, form: ItemForm, table: Sql): Sql {
  const columns = [
    sql`(case when "j"."v" is not null then "j"."n" end) as ${identifier(PLACE)}`,
    sql`"j"."n" as ${identifier(ORDINAL)}`,
    ...itemColumns(type, form, sql`"j"."v"`),
  ];
  return sql`(select ${join(columns, ', ')} from ${table})`;
}

const known = new WeakMap<EntityType, Sql>();

/** The columns of a type's items, the same for all its collections. */
function storedColumns(type: EntityType): Sql {
  const columns =
    known.get(type) ?? join([sql`"j"."n" as ${identifier(PLACE)}`, ...itemColumns(type, stored, sql`"j"."v"`)], ', ');
  known.set(type, columns);
  return columns;
}

/** How an object holds the members of a type. */
export interface ItemForm {
  /** The name of a member. */
  readonly name: (property: Property, index: number) => Sql;
  /** A single value, of its text. */
  readonly single: (type: EdmType, text: Sql) => Sql;
  /** A collection of complex values, as it is stored. */
  readonly items: (type: EdmType, array: Sql) => Sql;
  /** There may be no object at all. */
  readonly mayBeNull?: true;
}

const stored: ItemForm = {
  name: (property) => literal(memberName(property)),
  single: (type, text) => sql`${text}::${trusted(databaseType(type))}`,
  items: (_, array) => array,
};

type Parts = Pick<EntityType, 'properties'> & Partial<Pick<EntityType, 'navigations'>>;

/** The members of an object as columns. */
const itemColumns = ({ properties, navigations }: Parts, form: ItemForm, object: Sql): readonly Sql[] =>
  [...properties.values(), ...linksOf(navigations)].flatMap((property, index) => {
    const { type, source } = property;
    const name = form.name(property, index);
    const member = sql`${object} -> ${name}`;
    if (source.kind === 'column' || source.kind === 'dynamic')
      return [sql`${memberValue(type, form, object, name)} as ${identifier(source.column)}`];
    if (source.kind !== 'complex') throw new Error(`The member ${property.name} of an item has no column`);
    const { presence } = source;
    const isThere = sql`(case when jsonb_typeof(${member}) = 'object' then true end)`;
    return [
      ...(presence ? [sql`${isThere} as ${identifier(presence.column)}`] : []),
      ...itemColumns(source, form, sql`(${member})`),
    ];
  });

/** A member that is not there is null; where it is a collection, an empty one. */
function memberValue(type: EdmType, form: ItemForm, object: Sql, name: Sql): Sql {
  if (type.kind !== 'collection') return form.single(type, sql`(${object} ->> ${name})`);
  const array = sql`nullif(${object} -> ${name}, 'null')`;
  if (type.of.kind === 'complex') return form.items(type.of, array);
  const isText = type.of.kind !== 'untyped';
  const item = isText ? form.single(type.of, sql`"e"."v"`) : sql`nullif("e"."v", 'null')`;
  const items = isText ? sql`jsonb_array_elements_text` : sql`jsonb_array_elements`;
  const values = sql`array(select ${item} from ${items}(${array}) with ordinality "e"("v", "n") order by "e"."n")`;
  return form.mayBeNull ? sql`(case when ${object} is not null then ${values} end)` : values;
}
