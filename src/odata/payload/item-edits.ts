/** A collection of values with items added, replaced, changed or taken out. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
import { odataError, ODataError, throwTogether } from '../error';
import type { ItemEdit, MeantItems, Places, Single, Value } from './change';
import { isArray, parseJson, type JsonArray, type JsonValue } from './json';
import { structuredText } from './structured';

/**
 * The collection as it shall be, `before` itself where no item is meant; `path` is that of the property. Throws 404 where no item has the
 * place, and what is wrong with all items together. Complex items are JSON.
 */
export function editedItems(before: Value, edit: ItemEdit, path: string): Value {
  if (typeof before !== 'string')
    return edited(Array.isArray(before) ? (before as readonly Single[]) : [], edit, path, (item) => item);
  const items = parseJson(Buffer.from(before));
  const after = editedJson(items, edit, path, ofText);
  return after === items ? before : structuredText(after);
}

/** The same of a collection as JSON has it; `stored` makes JSON of an item. */
export const editedJson = (
  before: JsonValue,
  edit: ItemEdit,
  path: string,
  stored: (item: Single) => JsonValue,
): JsonArray =>
  edited<JsonValue>(isArray(before) ? before : [], edit, path, (item, old, place) =>
    edit.kind === 'merged' ? edit.merge(old ?? null, place) : stored(item),
  );

/** A complex item, which is a text. */
export const ofText = (item: Single): JsonValue => parseJson(Buffer.from(String(item)));

/** `itemOf` makes the new item; `stored` is the one that is there. */
function edited<T>(
  before: readonly T[],
  edit: ItemEdit,
  path: string,
  itemOf: (item: Single, stored: T | undefined, place: number) => T,
): readonly T[] {
  if (edit.kind === 'added') {
    const { index, item } = edit;
    const place = index < 0 ? Math.max(before.length + index + 1, 0) : index;
    return [...before.slice(0, place), itemOf(item, undefined, place), ...before.slice(place)];
  }
  const places = new Set(placesOf(edit.meant, before.length, path));
  if (places.size === 0) return before;
  if (edit.kind === 'removed') return before.filter((_, place) => !places.has(place));
  const { kind } = edit;
  const item = kind === 'replaced' ? edit.item : null;
  const errors: ODataError[] = [];
  const after = before.map((old, place) => {
    if (!places.has(place)) return old;
    try {
      return itemOf(item, old, place);
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      errors.push(...(error.details.length > 0 ? error.details : [error]));
      return old;
    }
  });
  throwTogether(errors);
  // What is merged is the same item only where nothing of it is meant.
  return kind === 'merged' && after.every((one, place) => one === before[place]) ? before : after;
}

/** The places of the items that are meant, of so many. Throws 404 where the one that is has none. */
function placesOf({ ordinal, among }: MeantItems, length: number, path: string): Places {
  const all = among ?? Array.from({ length }, (_, place) => place);
  if (ordinal === undefined) return all;
  const place = all.at(ordinal);
  if (place === undefined || place >= length) throw noItem(path, ordinal, among !== undefined);
  return [place];
}

const noItem = (path: string, index: number, isFiltered: boolean): Error =>
  odataError(
    'Internal_RecordNotFound',
    { message: `There is no item ${index} in ${isFiltered ? 'what the condition leaves of ' : ''}"${path}".` },
    { target: `${path}/${index}` },
  );
