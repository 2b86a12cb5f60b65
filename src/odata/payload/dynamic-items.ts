/** The body of a request to items of a dynamic property that is a collection. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
import { methodNotAllowed, odataError } from '../error';
import type { EntityType } from '../model/model';
import type { ItemsCondition } from '../plan/item-conditions';
import type { WrittenPlace } from '../plan/written-place';
import { emptyChange, type Change, type ItemEdit, type ItemsWrite, type Places } from './change';
import { merged, noObject, readDynamic, withMember } from './dynamic';
import { meantItems } from './item-body';
import { editedJson, itself } from './item-edits';
import { isArray, isObject, type JsonObject, type JsonValue } from './json';
import { storedSteps } from './stored-json';
import type { Steps } from './turns';
import { heldIn, isPlain, typeBeside, typeNamed, UntypedReader, type DynamicTypes } from './untyped';

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

/** What a place is read by. */
interface Reading {
  readonly types: DynamicTypes;
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
  const [name = ''] = place.path;
  const changeOf: ItemsWrite['changeOf'] = function* ({ dynamic }, left) {
    const json = dynamic === null ? null : yield* storedSteps(Buffer.from(dynamic));
    const before = objectOf(json);
    const after = yield* edited(before, edit, place, [], { types, left });
    if (after === before || !isObject(after)) return undefined;
    const value = { ...heldIn(after, name), before: heldIn(before, name), isMerged: false, types };
    return { dynamic: new Map([[name, value]]) };
  };
  return { ...emptyChange(type, 'update'), items: { conditions, changeOf } };
}

/** The value with what becomes of the place in it, itself where no item is meant. `above` is the path of the value. */
function* edited(
  whole: JsonValue,
  edit: DynamicEdit,
  { path, items, part }: WrittenPlace,
  above: readonly string[],
  reading: Reading,
): Steps<JsonValue> {
  const { method, value, given } = edit;
  const here = [...above, ...path];
  const place = here.join('/');
  const isMerged = method === 'PATCH';
  if (!items && method !== 'POST') {
    if (whole !== null && !isObject(whole)) throw noObject(above.join('/'));
    yield* readDynamic(here, value, given, { ...reading, isMerged });
    if (whole === null && value === null) return whole;
    return yield* withMember(objectOf(whole), { json: value, type: given, isMerged }, path, above);
  }
  const [before, stored] = heldAt(whole, path);
  if (!isArray(before)) throw before === null || items ? noCollection(place) : methodNotAllowed(method, place, ALLOWED);
  const item = (): Steps<JsonValue> =>
    readItem(`${place}/${String(items?.ordinal ?? '$each')}`, edit, stored, reading.types);
  const become = function* (): Steps<ItemEdit<JsonValue>> {
    if (!items) return { kind: 'added', item: yield* item(), index: edit.index };
    const meant = meantItems(items, reading.left);
    if (part) {
      const merge = (old: JsonValue, at: number): Steps<JsonValue> =>
        edited(old, edit, part, [...here, String(items.ordinal ?? at)], reading);
      return { kind: 'merged', merge, meant };
    }
    return method === 'DELETE' ? { kind: 'removed', meant } : { kind: 'replaced', item: yield* item(), meant };
  };
  const itemOf = (one: JsonValue, old?: JsonValue): Steps<JsonValue> => (isMerged ? merged(old, one) : itself(one));
  const after = yield* editedJson(before, yield* become(), place, itemOf);
  if (after === before) return whole;
  return path.length === 0
    ? after
    : yield* withMember(objectOf(whole), { json: after, type: stored, isMerged: false }, path, above);
}

const objectOf = (json: JsonValue): JsonObject => (json !== null && isObject(json) ? json : new Map());

/** The value that names lead to, and the type that is kept beside it. */
function heldAt(whole: JsonValue, [name, ...rest]: readonly string[]): readonly [JsonValue, JsonValue | undefined] {
  if (name === undefined) return [whole, undefined];
  if (!isObject(whole)) return [null, undefined];
  const value = whole.get(name) ?? null;
  return rest.length === 0 ? [value, typeBeside(whole, name)] : heldAt(value, rest);
}

/**
 * A value of a body for items of a collection, of the type that is kept with it, which is that of all items; without one JSON tells it. The type
 * that the body gives can be no other one, but for objects, which tell it themselves.
 */
function* readItem(
  path: string,
  { method, value, given }: DynamicEdit,
  stored: JsonValue | undefined,
  types: DynamicTypes,
): Steps<JsonValue> {
  const type = stored === undefined ? undefined : typeNamed(stored, path, types).name;
  const isTold = (own: string): boolean =>
    isObject(value) ||
    (isPlain(own) && !(own === 'Double' && typeof value === 'string' && /^(-?INF|NaN)$/.test(value)));
  if (given !== undefined && given !== null) {
    const { name, isCollection } = typeNamed(given, `${path}@odata.type`, types);
    if (isCollection || (type === undefined ? !isTold(name) : name !== type)) throw otherType(path, name, type);
  }
  const { json } = yield* new UntypedReader(types, method === 'PATCH').value(value, type ?? given, path);
  return method === 'PATCH' && isObject(value) ? value : json;
}

/** What is kept of types is told of all items together. */
function otherType(path: string, name: string, stored: string | undefined): Error {
  const wanted =
    stored === undefined
      ? 'have a type that JSON tells: no other one is stored with its collection'
      : `be of the type ${stored}, which is stored with its collection`;
  return odataError(
    'TypeMismatch',
    {
      message: `The value of "${path}" must ${wanted}; it is given as ${name}. A PUT of the collection can give another type to it.`,
    },
    { target: `${path}@odata.type` },
  );
}

const noCollection = (path: string): Error =>
  odataError('Internal_RecordNotFound', { message: `"${path}" is no collection here.` }, { target: path });
