/** A collection of values with one item added, replaced, changed or taken out. Protocol §11.4.9.4, §11.4.10, §11.4.11 */
import { odataError } from '../error';
import type { ItemEdit, Single, Value } from './change';
import { isArray, parseJson, type JsonArray, type JsonValue } from './json';
import { structuredText } from './structured';

/** The collection as it shall be; `path` is that of the property. Throws 404 where no item has the place. Complex items are JSON. */
export function editedItems(before: Value, edit: ItemEdit, path: string): Value {
  if (typeof before !== 'string')
    return edited(Array.isArray(before) ? (before as readonly Single[]) : [], edit, path, (item) => item);
  return structuredText(editedJson(parseJson(Buffer.from(before)), edit, path, ofText));
}

/** The same of a collection as JSON has it; `stored` makes JSON of an item. */
export const editedJson = (
  before: JsonValue,
  edit: ItemEdit,
  path: string,
  stored: (item: Single) => JsonValue,
): JsonArray =>
  edited<JsonValue>(isArray(before) ? before : [], edit, path, (item, old) =>
    edit.kind === 'merged' ? edit.merge(old ?? null) : stored(item),
  );

/** A complex item, which is a text. */
export const ofText = (item: Single): JsonValue => parseJson(Buffer.from(String(item)));

/** `itemOf` makes the new item; `stored` is the one that is there. */
function edited<T>(
  before: readonly T[],
  edit: ItemEdit,
  path: string,
  itemOf: (item: Single, stored: T | undefined) => T,
): readonly T[] {
  const items = [...before];
  const { kind, index } = edit;
  if (kind === 'added') {
    items.splice(index < 0 ? Math.max(items.length + index + 1, 0) : index, 0, itemOf(edit.item, undefined));
    return items;
  }
  const at = index < 0 ? items.length + index : index;
  if (at < 0 || at >= items.length) throw noItem(path, index);
  items.splice(at, 1, ...(kind === 'removed' ? [] : [itemOf(kind === 'replaced' ? edit.item : null, items[at])]));
  return items;
}

const noItem = (path: string, index: number): Error =>
  odataError(
    'Internal_RecordNotFound',
    { message: `There is no item ${index} in "${path}".` },
    { target: `${path}/${index}` },
  );
