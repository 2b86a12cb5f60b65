/** The body of a request to items of a dynamic property that is a collection. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
import { methodNotAllowed, odataError } from '../error';
import { DYNAMIC_TYPE } from '../model/edm';
import type { EntityType } from '../model/model';
import type { ItemsCondition } from '../plan/item-conditions';
import type { WrittenPlace } from '../plan/written-place';
import { emptyChange, type Change, type ItemEdit, type ItemsWrite, type Places } from './change';
import { mergedDynamic, readDynamicItem, readDynamicMember, withMember, type DynamicTypes } from './dynamic';
import { meantItems } from './item-body';
import { editedJson } from './item-edits';
import { isArray, isObject, parseJson, type JsonValue } from './json';

/** What a request does with them. */
interface DynamicEdit {
  readonly method: string;
  /** The value of its body, null for a deletion. */
  readonly value: JsonValue;
  /** The type that the body gives to the value. */
  readonly given: JsonValue | undefined;
  /** Where an item is added. */
  readonly index: number;
}

/** What the values at a place are read by. */
interface Reading {
  readonly types: DynamicTypes;
  /** The type that is stored with the property. */
  readonly stored: string | undefined;
  /** What conditions have left. */
  readonly left: readonly Places[];
}

/** What a property that is no collection takes. */
const ALLOWED = 'GET, HEAD, PUT, PATCH, DELETE';

/** The change that becomes of the items that the place means. What is wrong with the value is told when it is known what is stored. */
export function dynamicItemsChange(
  type: EntityType,
  edit: DynamicEdit,
  place: WrittenPlace,
  { conditions, types }: { readonly conditions: readonly ItemsCondition[]; readonly types: DynamicTypes },
): Change {
  const [name = '', ...members] = place.path;
  const changeOf: ItemsWrite['changeOf'] = ({ dynamic }, left) => {
    const before = dynamic === null ? null : parseJson(Buffer.from(dynamic));
    const told = members.length === 0 ? memberOf(before, name + DYNAMIC_TYPE) : null;
    const stored = typeof told === 'string' ? told : undefined;
    const after = edited(before, edit, place, [], { types, stored, left });
    if (after === before) return undefined;
    return { dynamic: new Map([[name, { json: memberOf(after, name), type: stored, isMerged: false }]]) };
  };
  return { ...emptyChange(type, 'update'), items: { conditions, changeOf } };
}

/** The object with what becomes of the place in it, itself where no item is meant. `above` is the path of the object. */
function edited(
  whole: JsonValue,
  edit: DynamicEdit,
  { path, items, part }: WrittenPlace,
  above: readonly string[],
  reading: Reading,
): JsonValue {
  const { method, value, given } = edit;
  const here = [...above, ...path];
  const place = here.join('/');
  const withValue = (json: JsonValue, isMerged = false): JsonValue =>
    withMember(whole, { json, type: undefined, isMerged }, path, above.join('/')) ?? whole;
  if (!items && method !== 'POST') {
    const { types } = reading;
    const isMerged = method === 'PATCH';
    return withValue(readDynamicMember(here, value, given, { ...types, isMerged }).json, isMerged);
  }
  const before = path.reduce(memberOf, whole);
  if (!isArray(before)) throw before === null || items ? noCollection(place) : methodNotAllowed(method, place, ALLOWED);
  const item = (): JsonValue =>
    readDynamicItem(`${place}/${String(items?.ordinal ?? '$each')}`, value, { given, ...reading }, reading.types);
  const become = (): ItemEdit<JsonValue> => {
    if (!items) return { kind: 'added', item: item(), index: edit.index };
    const meant = meantItems(items, reading.left);
    if (part) {
      const pathOf = (at: number): readonly string[] => [...here, String(items.ordinal ?? at)];
      const within = { ...reading, stored: undefined };
      return { kind: 'merged', merge: (stored, at) => edited(stored, edit, part, pathOf(at), within), meant };
    }
    return method === 'DELETE' ? { kind: 'removed', meant } : { kind: 'replaced', item: item(), meant };
  };
  const itemOf = (one: JsonValue, old?: JsonValue): JsonValue => (method === 'PATCH' ? mergedDynamic(old, one) : one);
  const after = editedJson(before, become(), place, itemOf);
  return after === before ? whole : withValue(after);
}

const memberOf = (json: JsonValue, name: string): JsonValue => (isObject(json) ? (json.get(name) ?? null) : null);

const noCollection = (path: string): Error =>
  odataError('Internal_RecordNotFound', { message: `"${path}" is no collection here.` }, { target: path });
