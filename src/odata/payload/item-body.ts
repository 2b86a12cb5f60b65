/** The body of a request to items of a collection of values: an update of their entity. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
import { complexItems } from '../model/edm';
import type { ComplexType, EntityType, Property } from '../model/model';
import type { ItemsCondition } from '../plan/item-conditions';
import type { WrittenItems, WrittenPlace } from '../plan/written-place';
import {
  emptyChange,
  type Change,
  type ItemEdit,
  type ItemsWrite,
  type MeantItems,
  type Places,
  type Single,
} from './change';
import { editedItems, editedJson, itself, ofText } from './item-edits';
import { isObject, type JsonValue } from './json';
import { mergeStructure, readStructure, storedValue, structuredText } from './structured';
import { atOnce, type Steps } from './turns';
import { readSingle } from './value';

/** What a request does at a place. */
interface Edit {
  readonly method: string;
  /** The value of its body, null or empty for a deletion. */
  readonly value: JsonValue;
  /** Where an item is added. */
  readonly index: number;
}

/** The change that becomes of items of the collection at the place. Throws what is wrong with the body whatever is stored. */
export function itemsChange(
  type: EntityType,
  edit: Edit,
  place: WrittenPlace,
  conditions: readonly ItemsCondition[],
): Change {
  const path = place.path.join('/');
  const editOf = itemEdit(edit, place);
  const [name = ''] = place.path;
  const into = type.properties.get(name)?.immutable === true ? 'fixed' : 'values';
  const changeOf: ItemsWrite['changeOf'] = function* ({ value }, left) {
    const before = yield* value(path);
    const after = yield* editedItems(before, editOf(left), path);
    return after === before ? undefined : { [into]: new Map([[path, after]]) };
  };
  return { ...emptyChange(type, 'update'), items: { conditions, changeOf } };
}

/**
 * What becomes of items of a collection: POST adds one, PUT puts another in its place, PATCH changes members of complex ones and replaces
 * others, DELETE takes them out, and a part of one is written by the same methods. `above` is the path of what it is an item of.
 */
function itemEdit(
  edit: Edit,
  { path, property, items, part }: WrittenPlace,
  above: readonly string[] = [],
): (left: readonly Places[]) => ItemEdit {
  const { method, value } = edit;
  const place = [...above, ...path];
  if (!items) {
    const item = readItemValue(value, property, place.join('/'));
    return () => ({ kind: 'added', item, index: edit.index });
  }
  const complex = complexItems(property);
  const pathOf = (at: number): readonly string[] => [...place, String(items.ordinal ?? at)];
  if (part && complex)
    return (left) => ({
      kind: 'merged',
      merge: (stored, at) => withPart(stored, complex, edit, part, { above: pathOf(at), left }),
      meant: meantItems(items, left),
    });
  if (method === 'DELETE') return (left) => ({ kind: 'removed', meant: meantItems(items, left) });
  const ofAny = [...place, items.ordinal === undefined ? '$each' : String(items.ordinal)].join('/');
  if (method === 'PATCH' && complex) {
    // What is wrong with each of them is told once, and where there is none, too.
    if (items.ordinal === undefined) atOnce(mergeStructure(value, complex, likeness(value), ofAny));
    return (left) => ({
      kind: 'merged',
      merge: (stored, at) => mergeStructure(value, complex, stored, pathOf(at).join('/')),
      meant: meantItems(items, left),
    });
  }
  const item = readItemValue(value, property, ofAny);
  return (left) => ({ kind: 'replaced', item, meant: meantItems(items, left) });
}

/** The items that a place means, when its conditions have left these. */
export const meantItems = ({ ordinal, condition }: WrittenItems, left: readonly Places[]): MeantItems => ({
  ordinal,
  among: condition === undefined ? undefined : (left[condition] ?? []),
});

/** An item that has, without members of its own, all complex values that a body has. */
const likeness = (json: JsonValue): JsonValue =>
  isObject(json) ? new Map([...json].map(([name, value]) => [name, likeness(value)])) : null;

/** A stored item with another value of a part; itself where the part is of items and none is meant. */
function* withPart(
  whole: JsonValue,
  type: ComplexType,
  edit: Edit,
  part: WrittenPlace,
  { above, left }: { readonly above: readonly string[]; readonly left: readonly Places[] },
): Steps<JsonValue> {
  const { path, property, items } = part;
  const collection = property.type.kind === 'collection' ? property.type : undefined;
  if (collection && (items || edit.method === 'POST')) {
    const before = path.reduce<JsonValue>((json, name) => (isObject(json) ? (json.get(name) ?? null) : null), whole);
    const { of } = collection;
    const stored = of.kind === 'complex' ? ofText : (item: Single): Steps<JsonValue> => itself(storedValue(of, item));
    const after = yield* editedJson(before, itemEdit(edit, part, above)(left), [...above, ...path].join('/'), stored);
    return after === before || isNothing(before, after) ? whole : replaced(whole, path, after);
  }
  const named = path.reduceRight<JsonValue>((inner, name) => new Map([[name, inner]]), edit.value);
  // What is replaced is not merged with what was there.
  return yield* mergeStructure(
    named,
    type,
    edit.method === 'PUT' ? replaced(whole, path, null) : whole,
    above.join('/'),
  );
}

/** A collection that is not stored has no items. */
const isNothing = (before: JsonValue, after: readonly JsonValue[]): boolean => before === null && after.length === 0;

/** An object with another value at a path, where its parents are there. */
function replaced(json: JsonValue, [name, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (name === undefined) return value;
  return isObject(json) ? new Map([...json, [name, replaced(json.get(name) ?? null, rest, value)]]) : json;
}

function readItemValue(value: JsonValue, property: Property, path: string): Single {
  const { type: collection, ...facets } = property;
  if (collection.kind !== 'collection') throw new Error('Only a collection has items');
  const complex = complexItems(property);
  return complex
    ? atOnce(structuredText(atOnce(readStructure(value, complex, path))))
    : readSingle(value, { ...facets, type: collection.of, path });
}
