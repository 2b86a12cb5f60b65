/** Complex values as rows again, of their keys (plan/item-keys.ts): their members by their places, durations as seconds, NaN as an object. */
import { databaseType, isFloating, isPrimitive } from '../model/edm';
import type { EdmType, EntityType } from '../model/model';
import { nameInKey, storedItems } from '../plan/stored-items';
import { sql, trusted, type Sql } from '../sql';
import { rowsOfObjects, type ItemForm } from './item-rows';

/** A derived table with a row for each key of the array, as of items. */
export const keyRows = (type: EntityType, keys: Sql): Sql =>
  rowsOfObjects(type, ofKey, sql`unnest(${keys}) with ordinality "j"("v", "n")`);

const isDuration = (type: EdmType): boolean => isPrimitive(type, 'Edm.Duration');

const ofKey: ItemForm = {
  name: nameInKey,
  single: (type, text) => {
    if (isDuration(type)) return sql`(${text} || ' s')::interval`;
    const value = isFloating(type) ? sql`(case when ${text} like '{%' then 'NaN' else ${text} end)` : text;
    return sql`${value}::${trusted(databaseType(type))}`;
  },
  items: storedItems,
  mayBeNull: true,
};
