/** The body of a request to one property, or to an item of one: an update of its entity. Protocol §11.4.9–§11.4.11 */
import { complexItems } from '../model/edm';
import type { EntityType, Property } from '../model/model';
import { changeOf, outermost, type BodyOptions } from './body';
import { emptyChange, type Change, type ItemEdit, type Single } from './change';
import { readDynamic, type DynamicOptions } from './dynamic';
import { isObject, type JsonValue } from './json';
import { mergeStructure, readStructure, structuredText } from './structured';
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

/** The change that the value of a dynamic property asks for; `given` is its type. Protocol §11.4.9.1 */
export const readDynamicProperty = (
  name: string,
  value: JsonValue,
  given: JsonValue | undefined,
  type: EntityType,
  options: DynamicOptions,
): Change => ({
  ...emptyChange(type, 'update'),
  dynamic: new Map([[name, readDynamic(name, value, given, options)]]),
});

/** One item of a collection of values, or the place where one is added. */
export interface ItemPlace {
  readonly type: EntityType;
  /** The collection. */
  readonly property: Property;
  readonly path: readonly string[];
  /** From 0; a negative one counts from the end. */
  readonly index: number;
}

/** The change that puts a further item into a collection. Protocol §11.4.9.4, §11.4.11 */
export const readAddedItem = (value: JsonValue, place: ItemPlace): Change => {
  const item = readItemValue(value, place, place.path.join('/'));
  return itemChange(place, { kind: 'added', item, index: place.index });
};

/** The change that puts another item in the place of one. Protocol §11.4.10 */
export const readReplacedItem = (value: JsonValue, place: ItemPlace): Change => {
  const item = readItemValue(value, place, itemPath(place));
  return itemChange(place, { kind: 'replaced', item, index: place.index });
};

/** The change that a PATCH makes of an item: of a complex one the members that it names. Protocol §11.4.10, §11.4.9.3 */
export const readMergedItem = (value: JsonValue, place: ItemPlace): Change => {
  const complex = complexItems(place.property);
  if (!complex) return readReplacedItem(value, place);
  const merge = (stored: JsonValue): JsonValue => mergeStructure(value, complex, stored, itemPath(place));
  return itemChange(place, { kind: 'merged', merge, index: place.index });
};

/** The change that takes an item out: those behind it move up. Protocol §11.4.10 */
export const removedItem = (place: ItemPlace): Change => itemChange(place, { kind: 'removed', index: place.index });

const itemPath = ({ path, index }: ItemPlace): string => [...path, index].join('/');

const itemChange = ({ type, path }: ItemPlace, edit: ItemEdit): Change => ({
  ...emptyChange(type, 'update'),
  items: new Map([[path.join('/'), edit]]),
});

function readItemValue(value: JsonValue, { property }: ItemPlace, path: string): Single {
  const { type: collection, ...facets } = property;
  if (collection.kind !== 'collection') throw new Error('Only a collection has items');
  const complex = complexItems(property);
  return complex
    ? structuredText(readStructure(value, complex, path))
    : readSingle(value, { ...facets, type: collection.of, path });
}
