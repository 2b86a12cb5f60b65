/** The body of a request to one property, or to an item of one: an update of its entity. Protocol §11.4.9–§11.4.11 */
import { complexItems } from '../model/edm';
import type { ComplexType, EntityType, Property } from '../model/model';
import type { WrittenPlace } from '../plan/written-place';
import { changeOf, outermost, type BodyOptions } from './body';
import { emptyChange, type Change, type ItemEdit, type Single } from './change';
import { readDynamic, readDynamicMember, type DynamicOptions } from './dynamic';
import { editedJson, ofText } from './item-edits';
import { isObject, type JsonValue } from './json';
import { mergeStructure, readStructure, storedValue, structuredText } from './structured';
import { readSingle } from './value';

/** The change that the value of one property asks for. Throws one error that names every fault of it. */
export function readProperty(
  path: readonly string[],
  value: JsonValue,
  type: EntityType,
  options: Omit<BodyOptions, 'mode'>,
): Change {
  const json = path.reduceRight<JsonValue>((inner, name) => new Map([[name, inner]]), value);
  if (!isObject(json)) throw new Error('A property has a path');
  return changeOf(json, type, { ...options, mode: 'update' }, outermost);
}

/** The change that the value of a dynamic property, or of a member of its object, asks for; `given` is its type. Protocol §11.4.9.1 */
export function readDynamicProperty(
  [name = '', ...members]: readonly string[],
  value: JsonValue,
  given: JsonValue | undefined,
  type: EntityType,
  options: DynamicOptions,
): Change {
  const read =
    members.length === 0
      ? readDynamic(name, value, given, options)
      : readDynamicMember([name, ...members], value, given, options);
  return { ...emptyChange(type, 'update'), dynamic: new Map([[name, read]]) };
}

/** The change that becomes of an item of the collection at the path. */
export const itemChange = (type: EntityType, path: readonly string[], edit: ItemEdit): Change => ({
  ...emptyChange(type, 'update'),
  items: new Map([[path.join('/'), edit]]),
});

/** What a request does at a place. */
interface Edit {
  readonly method: string;
  /** The value of its body, null or empty for a deletion. */
  readonly value: JsonValue;
  /** Where an item is added. */
  readonly index: number;
}

/**
 * What becomes of an item of a collection: POST adds one, PUT puts another in its place, PATCH changes members of a complex one, DELETE
 * takes it out, and a part of it is written by the same methods. `above` is the path of what it is an item of. Protocol §11.4.9–§11.4.11
 */
export function itemEdit(
  edit: Edit,
  { path, property, ordinal, part }: WrittenPlace,
  above: readonly string[] = [],
): ItemEdit {
  const { method, value } = edit;
  const place = [...above, ...path];
  if (ordinal === undefined)
    return { kind: 'added', item: readItemValue(value, property, place.join('/')), index: edit.index };
  const complex = complexItems(property);
  const at = [...place, String(ordinal)];
  if (part && complex)
    return { kind: 'merged', merge: (stored) => withPart(stored, complex, edit, part, at), index: ordinal };
  if (method === 'DELETE') return { kind: 'removed', index: ordinal };
  if (method === 'PATCH' && complex)
    return { kind: 'merged', merge: (stored) => mergeStructure(value, complex, stored, at.join('/')), index: ordinal };
  return { kind: 'replaced', item: readItemValue(value, property, at.join('/')), index: ordinal };
}

/** A stored item with another value of a part. */
function withPart(
  whole: JsonValue,
  type: ComplexType,
  edit: Edit,
  part: WrittenPlace,
  above: readonly string[],
): JsonValue {
  const { path, property, ordinal } = part;
  const collection = property.type.kind === 'collection' ? property.type : undefined;
  if (collection && (ordinal !== undefined || edit.method === 'POST')) {
    const before = path.reduce<JsonValue>((json, name) => (isObject(json) ? (json.get(name) ?? null) : null), whole);
    const { of } = collection;
    const stored = of.kind === 'complex' ? ofText : (item: Single): JsonValue => storedValue(of, item);
    const items = editedJson(before, itemEdit(edit, part, above), [...above, ...path].join('/'), stored);
    return replaced(whole, path, items);
  }
  const named = path.reduceRight<JsonValue>((inner, name) => new Map([[name, inner]]), edit.value);
  // What is replaced is not merged with what was there.
  return mergeStructure(named, type, edit.method === 'PUT' ? replaced(whole, path, null) : whole, above.join('/'));
}

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
    ? structuredText(readStructure(value, complex, path))
    : readSingle(value, { ...facets, type: collection.of, path });
}
