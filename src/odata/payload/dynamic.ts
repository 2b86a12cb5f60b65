/** Dynamic properties of open types in bodies, and the JSON in which a row keeps them: values, and beside those that JSON cannot tell their types. JSON §4.6.3, §7.1 */
import { odataError } from '../error';
import { DYNAMIC_TYPE, edm, numericRank } from '../model/edm';
import { primitiveTypes, type EdmTypeName } from '../model/types';
import { isIdentifier } from '../url';
import type { Change } from './change';
import { isArray, isObject, JsonNumber, jsonText, parseJson, type JsonObject, type JsonValue } from './json';
import { readSingle } from './value';

/** A value, and its type where JSON does not tell it. */
export interface DynamicValue {
  readonly json: JsonValue;
  readonly type: string | undefined;
}

/** JSON tells these. */
const plain: ReadonlySet<EdmTypeName> = new Set(['Edm.String', 'Edm.Boolean', 'Edm.Double']);

const notOffered = (what: string, target: string): Error =>
  odataError('NotImplemented', { message: `${what} is not offered by this service yet.` }, { target });

/** A value of a body, of the type that its control information names; null takes the property away. */
export function readDynamic(name: string, json: JsonValue, given: JsonValue | undefined): DynamicValue | null {
  if (!isIdentifier(name))
    throw odataError(
      'InvalidBody',
      { message: `"${name.slice(0, 60)}" can be no name of a property: letters, digits and _ are, up to 128 of them.` },
      { target: name },
    );
  const type = given === undefined || given === null ? undefined : typeOf(given, name);
  if (json === null) return null;
  if (isObject(json)) throw notOffered(`The value of "${name}": a dynamic property that is an object`, name);
  if (type === undefined)
    return {
      json: isArray(json) ? json.map((item, index) => plainValue(item, `${name}/${index}`)) : plainValue(json, name),
      type: undefined,
    };
  if (!type.isCollection)
    return { json: typedValue(json, type.name, name), type: plain.has(type.name) ? undefined : shortName(type.name) };
  if (!isArray(json))
    throw odataError('TypeMismatch', { message: `The value of "${name}" must be an array.` }, { target: name });
  const items = json.map((item, index) => typedValue(item, type.name, `${name}/${index}`));
  return { json: items, type: `Collection(${shortName(type.name)})` };
}

const shortName = (name: EdmTypeName): string => name.slice('Edm.'.length);

/** A value whose type JSON tells. */
function plainValue(json: JsonValue, path: string): JsonValue {
  if (isObject(json) || isArray(json))
    throw notOffered(`The value of "${path}": an item that is ${isArray(json) ? 'a collection' : 'an object'}`, path);
  if (!(json instanceof JsonNumber) || Number.isFinite(Number(json.text))) return json;
  throw odataError(
    'InvalidValue',
    { message: `The value of "${path}" is outside the range of Edm.Double.` },
    { target: path },
  );
}

function typedValue(json: JsonValue, name: EdmTypeName, path: string): JsonValue {
  const value = readSingle(json, { type: edm(name), path, nullable: true });
  return value === null ? null : stored(name, String(value), path);
}

function stored(type: EdmTypeName, text: string, name: string): JsonValue {
  if (type === 'Edm.Boolean') return text === 'true';
  if (numericRank(edm(type)) === 0) return text;
  if (/^-?\d/.test(text)) return new JsonNumber(text);
  throw notOffered(`The value of "${name}": INF and NaN as a dynamic property`, name);
}

/** `#Date`, `Edm.Date`, `Date`, `#Collection(Date)`. JSON §4.6.3 */
function typeOf(given: JsonValue, name: string): { readonly name: EdmTypeName; readonly isCollection: boolean } {
  const target = `${name}@odata.type`;
  const text = typeof given === 'string' ? given.slice(given.lastIndexOf('#') + 1) : '';
  const [, item] = /^Collection\((.*)\)$/.exec(text) ?? [];
  const type = `Edm.${(item ?? text).replace(/^Edm\./, '')}`;
  if (type in primitiveTypes && type !== 'Edm.Binary')
    return { name: type as EdmTypeName, isCollection: item !== undefined };
  if (/^(Collection\()?(Edm\.)?(Binary|Stream|Geo\w+)\)?$|\./.test(text))
    throw notOffered(`A dynamic property of the type ${text.slice(0, 60)}`, target);
  throw odataError(
    'InvalidValue',
    { message: `The value of "${target}" must be the name of a primitive type, such as "#Date".` },
    { target },
  );
}

/** The JSON of a row after a change: PATCH leaves what the change does not name, POST and PUT begin with nothing. */
export function changedDynamic(
  before: string | null,
  { mode, dynamic = new Map() }: Pick<Change, 'mode' | 'dynamic'>,
): string {
  const json = mode === 'update' && before !== null ? parseJson(Buffer.from(before)) : undefined;
  const members = new Map(json !== undefined && isObject(json) ? json : empty);
  for (const [name, value] of dynamic) {
    members.delete(name);
    members.delete(name + DYNAMIC_TYPE);
    if (!value) continue;
    members.set(name, value.json);
    if (value.type !== undefined) members.set(name + DYNAMIC_TYPE, value.type);
  }
  return jsonText(members);
}

const empty: JsonObject = new Map();
