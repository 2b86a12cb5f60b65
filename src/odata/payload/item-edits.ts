/** A collection of values with items added, replaced, changed or taken out. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
import { odataError, ODataError, throwTogether } from '../error';
import type { ItemEdit, MeantItems, Places, Single, Value } from './change';
import { isArray, type JsonArray, type JsonValue } from './json';
import { storedSteps } from './stored-json';
import { isList, structuredText } from './structured';
import type { Steps } from './turns';

/**
 * The collection as it shall be, `before` itself where no item is meant; `path` is that of the property. Throws 404 where no item has the
 * place, and what is wrong with all items together. Complex items are JSON.
 */
export function* editedItems(before: Value, edit: ItemEdit, path: string): Steps<Value> {
  if (typeof before !== 'string' && edit.kind !== 'merged')
    return yield* edited(isList(before) ? before : [], edit, path, itself<Single>);
  const items = typeof before === 'string' ? yield* storedSteps(Buffer.from(before)) : null;
  const after = yield* editedJson(items, edit, path, ofText);
  return after === items ? before : yield* structuredText(after);
}

/** The same of a collection as JSON has it; `itemOf` makes JSON of an item, in the place of the stored one. */
export const editedJson = <Item>(
  before: JsonValue,
  edit: ItemEdit<Item>,
  path: string,
  itemOf: (item: Item, stored: JsonValue | undefined) => Steps<JsonValue>,
): Steps<JsonArray> => edited(isArray(before) ? before : [], edit, path, itemOf);

/** A complex item, which is a text. */
export const ofText = (item: Single): Steps<JsonValue> => storedSteps(Buffer.from(String(item)));

/** A value that is an item as it is. */
export function* itself<T>(item: T): Steps<T> {
  return item;
}

/** Items that are looked at in one step. */
const STEP = 512;

/** `itemOf` makes the new item; `stored` is the one that is there. */
function* edited<T, Item>(
  before: readonly T[],
  edit: ItemEdit<Item, T>,
  path: string,
  itemOf: (item: Item, stored: T | undefined) => Steps<T>,
): Steps<readonly T[]> {
  if (edit.kind === 'added') {
    const { index, item } = edit;
    const place = index < 0 ? Math.max(before.length + index + 1, 0) : index;
    return before.toSpliced(place, 0, yield* itemOf(item, undefined));
  }
  const places = new Set(placesOf(edit.meant, before.length, path));
  if (places.size === 0) return before;
  if (edit.kind === 'removed') return before.filter((_, place) => !places.has(place));
  const become = edit.kind === 'merged' ? edit.merge : (old: T): Steps<T> => itemOf(edit.item, old);
  const errors: ODataError[] = [];
  const after = [...before];
  for (const [place, old] of before.entries()) {
    if (place % STEP === 0) yield;
    if (!places.has(place)) continue;
    try {
      after[place] = yield* become(old, place);
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      errors.push(...(error.details.length > 0 ? error.details : [error]));
    }
  }
  throwTogether(errors);
  // What is merged is the same item only where nothing of it is meant.
  return edit.kind === 'merged' && after.every((one, place) => one === before[place]) ? before : after;
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
