/** Dynamic properties of open types in bodies, and the JSON in which a row keeps them. JSON §4.6.3, §7.5; Protocol §11.4.3, §11.4.9 */
import { odataError } from '../error';
import { DYNAMIC_TYPE } from '../model/edm';
import type { Change } from './change';
import { isObject, type JsonObject, type JsonValue } from './json';
import { jsonBytes } from './json-text';
import { storedSteps } from './stored-json';
import { textOf } from './text-pieces';
import type { Steps } from './turns';
import {
  checkName,
  heldIn,
  ownType,
  typeBeside,
  typeText,
  UntypedReader,
  type DynamicTypes,
  type Held,
} from './untyped';

/** A value as a body gives it, which has been read once. */
export interface DynamicValue {
  readonly json: JsonValue;
  /** The type that is given beside it. */
  readonly type: JsonValue | undefined;
  /** Of an object the members that it leaves out stay as they are, and those that are null go: what a PATCH asks for. Protocol §11.4.3 */
  readonly isMerged: boolean;
  /** The member of the property's object that is meant; undefined where it is the property. */
  readonly members?: readonly string[];
  /** What is stored, where parts of the value are of it. */
  readonly before?: Held;
  readonly types: DynamicTypes;
}

/** How a value is read. */
export type DynamicOptions = Pick<DynamicValue, 'isMerged' | 'types'>;

/** A value of a body for a property, or for a member of its object, which `path` leads to; null takes the property away. Throws what is wrong with it. */
export function* readDynamic(
  path: readonly string[],
  json: JsonValue,
  given: JsonValue | undefined,
  { isMerged, types }: DynamicOptions,
): Steps<DynamicValue | null> {
  const [name = '', ...members] = path;
  checkName(name, name);
  yield* new UntypedReader(types, isMerged).value(json, given, path.join('/'));
  if (members.length > 0) return { json, type: given, isMerged, types, members };
  return json === null ? null : { json, type: given, isMerged, types };
}

/** The JSON of a row after a change: PATCH leaves what the change does not name, POST and PUT begin with nothing. Throws what is wrong with what becomes of it. */
export function* changedDynamic(
  before: string | null,
  { mode, dynamic = new Map() }: Pick<Change, 'mode' | 'dynamic'>,
): Steps<string> {
  const json = mode === 'update' && before !== null ? yield* storedSteps(Buffer.from(before)) : undefined;
  const stored = json !== undefined && isObject(json) ? json : empty;
  const members = new Map(stored);
  for (const [name, value] of dynamic) {
    yield;
    const changed = value ? yield* withMember(alone(stored, name), value, [name, ...(value.members ?? [])]) : empty;
    members.delete(name);
    members.delete(name + DYNAMIC_TYPE);
    const json = changed.get(name) ?? null;
    if (!value || json === null) continue;
    const held = yield* new UntypedReader(value.types).value(
      json,
      typeBeside(changed, name),
      name,
      value.before ?? heldIn(stored, name),
    );
    members.set(name, held.json);
    if (held.type !== undefined) members.set(name + DYNAMIC_TYPE, held.type);
  }
  return yield* textOf(yield* jsonBytes(members));
}

/** An object with one member of another one, and its type. */
function alone(object: JsonObject, name: string): JsonObject {
  const { json, type } = heldIn(object, name);
  return json === null ? empty : withValue(empty, name, json, type);
}

/**
 * The object with a value for a member of it, or of objects within it, which `names` lead to. Those that are not there come with it; throws where
 * something else is. `path` is that of the object.
 */
export function* withMember(
  object: JsonObject,
  value: Pick<DynamicValue, 'json' | 'type' | 'isMerged'>,
  [name = '', ...rest]: readonly string[],
  path: readonly string[] = [],
): Steps<JsonObject> {
  const { json, type, isMerged } = value;
  const before = object.get(name);
  if (rest.length === 0) return withValue(object, name, isMerged ? yield* merged(before, json, type) : json, type);
  const place = [...path, name];
  if (before !== undefined && before !== null && !isObject(before)) throw noObject(place.join('/'));
  if (!before && json === null) return object;
  return withValue(object, name, yield* withMember(before ?? empty, value, rest, place), typeBeside(object, name));
}

/** Something that has no members. */
export const noObject = (path: string): Error =>
  odataError('InvalidValue', { message: `"${path}" is no object: it has no members.` }, { target: path });

/** The object with one value in the place of another, and its type in the place of that one's. */
function withValue(object: JsonObject, name: string, value: JsonValue, type: JsonValue | undefined): JsonObject {
  const members = new Map(object);
  put(members, name, value, type);
  return members;
}

function put(members: Map<string, JsonValue>, name: string, value: JsonValue, type: JsonValue | undefined): void {
  members.set(name, value).delete(name + DYNAMIC_TYPE);
  if (type !== undefined) members.set(name + DYNAMIC_TYPE, type);
}

const empty: JsonObject = new Map();

/** An object with the members of another in the place of its own. One of another type comes in its place. */
export function* merged(before: JsonValue | undefined, after: JsonValue, given?: JsonValue): Steps<JsonValue> {
  if (before === undefined || !isObject(before) || !isObject(after)) return after;
  const type = ownType(after) ?? given ?? null;
  if (type !== null && typeText(type) !== typeText(ownType(before) ?? null)) return after;
  const members = new Map(before);
  for (const [name, value] of after) {
    yield;
    if (name.includes('@')) continue;
    const beside = typeBeside(after, name);
    put(members, name, yield* merged(before.get(name), value, beside), beside);
  }
  return members;
}
