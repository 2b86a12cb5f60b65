/** The body of a request to one property: an update of its entity. Protocol §11.4.9 */
import type { EntityType } from '../model/model';
import { changeOf, outermost, type BodyOptions } from './body';
import { emptyChange, type Change } from './change';
import { readDynamic, type DynamicOptions } from './dynamic';
import { isObject, type JsonValue } from './json';
import type { Steps } from './turns';

/** The change that the value of one property asks for. Throws one error that names every fault of it. */
export function readProperty(
  path: readonly string[],
  value: JsonValue,
  type: EntityType,
  options: Omit<BodyOptions, 'mode'>,
): Steps<Change> {
  const json = path.reduceRight<JsonValue>((inner, name) => new Map([[name, inner]]), value);
  if (!isObject(json)) throw new Error('A property has a path');
  return changeOf(json, type, { ...options, mode: 'update' }, outermost);
}

/** The change that bytes for a binary property ask for. */
export function* readBytes(
  path: readonly string[],
  bytes: Buffer,
  type: EntityType,
  options: Omit<BodyOptions, 'mode'>,
): Steps<Change> {
  const change = yield* readProperty(path, '', type, options);
  const given = (values: Change['values']): Change['values'] =>
    new Map([...values.keys()].map((name) => [name, bytes]));
  return { ...change, values: given(change.values), fixed: given(change.fixed) };
}

/** The change that the value of a dynamic property, or of a member of its object, asks for; `given` is its type. Protocol §11.4.9.1 */
export function* readDynamicProperty(
  path: readonly string[],
  value: JsonValue,
  given: JsonValue | undefined,
  type: EntityType,
  options: DynamicOptions,
): Steps<Change> {
  const read = yield* readDynamic(path, value, given, options);
  return { ...emptyChange(type, 'update'), dynamic: new Map([[path[0] ?? '', read]]) };
}
