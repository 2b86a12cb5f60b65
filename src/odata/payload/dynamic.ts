/** Dynamic properties of open types in bodies, and the JSON in which a row keeps them: values, and beside those that JSON cannot tell their types. JSON §4.6.3, §7.1 */
import { odataError } from '../error';
import { DYNAMIC_TYPE, edm, isPrimitive, numericRank } from '../model/edm';
import type { EdmType, EnumType } from '../model/model';
import { primitiveTypes, type EdmTypeName } from '../model/types';
import { isIdentifier } from '../url';
import type { Change } from './change';
import { isArray, isDeeper, isObject, JsonNumber, MAX_DEPTH, parseJson, type JsonObject, type JsonValue } from './json';
import { jsonText } from './json-text';
import { readSingle } from './value';

/** A value, and its type where JSON does not tell it. */
export interface DynamicValue {
  readonly json: JsonValue;
  readonly type: string | undefined;
  /** Of an object the members that it leaves out stay as they are, and those that are null go: what a PATCH asks for. Protocol §11.4.3 */
  readonly isMerged: boolean;
  /** The member of the property's object that is meant; undefined where it is the property. */
  readonly members?: readonly string[];
}

/** The types that a value can name beside those of the standard. */
export interface DynamicTypes {
  readonly namespace: string | undefined;
  readonly enumTypes: ReadonlyMap<string, EnumType> | undefined;
}

/** How a value is read. */
export interface DynamicOptions extends DynamicTypes {
  readonly isMerged: boolean;
}

/** JSON tells these. */
const plain: ReadonlySet<string> = new Set(['String', 'Boolean', 'Double']);

const notOffered = (what: string, target: string): Error =>
  odataError('NotImplemented', { message: `${what} is not offered by this service yet.` }, { target });

/** A value of a body, of the type that its control information names; null takes the property away. */
export function readDynamic(
  name: string,
  json: JsonValue,
  given: JsonValue | undefined,
  { isMerged, namespace, enumTypes }: DynamicOptions,
): DynamicValue | null {
  checkName(name, name);
  const type = given === undefined || given === null ? undefined : typeOf(given, name, { namespace, enumTypes });
  if (json === null) return null;
  if (type === undefined) return { json: plainValue(json, name), type: undefined, isMerged };
  if (!type.isCollection)
    return { json: typedValue(json, type.of, name), type: plain.has(type.name) ? undefined : type.name, isMerged };
  if (!isArray(json))
    throw odataError('TypeMismatch', { message: `The value of "${name}" must be an array.` }, { target: name });
  const items = json.map((item, index) => typedValue(item, type.of, `${name}/${index}`));
  return { json: items, type: `Collection(${type.name})`, isMerged };
}

/** A value of a body for a member of an object: JSON tells its type. `path` begins with the name of the property. */
export function readDynamicMember(
  path: readonly string[],
  json: JsonValue,
  given: JsonValue | undefined,
  { isMerged }: DynamicOptions,
): DynamicValue {
  const place = path.join('/');
  if (given !== undefined && given !== null)
    throw notOffered(`A type within "${String(path[0])}"`, `${place}/@odata.type`);
  return { json: plainValue(json, place), type: undefined, isMerged, members: path.slice(1) };
}

/**
 * A value of a body for items of a collection, of the type that is stored with it, which tells that of all items; without one JSON tells it.
 * The type that the body gives can be no other one.
 */
export function readDynamicItem(
  path: string,
  json: JsonValue,
  { given, stored }: { readonly given: JsonValue | undefined; readonly stored: string | undefined },
  types: DynamicTypes,
): JsonValue {
  const type = stored === undefined ? undefined : typeOf(stored, path, types);
  const own = given === undefined || given === null ? undefined : typeOf(given, path, types);
  if (own && (own.isCollection || (own.name !== type?.name && (type !== undefined || !plain.has(own.name)))))
    throw otherType(path, own, type);
  const { of } = type ?? own ?? {};
  return of ? typedValue(json, of, path) : plainItem(json, path);
}

/** What is stored of types is told of all items together. */
function otherType(path: string, { name }: NamedType, stored: NamedType | undefined): Error {
  const wanted = stored
    ? `be of the type ${stored.name}, which is stored with its collection`
    : 'have a type that JSON tells: no other one is stored with its collection';
  return odataError(
    'TypeMismatch',
    {
      message: `The value of "${path}" must ${wanted}; it is given as ${name}. A PUT of the collection can give another type to it.`,
    },
    { target: `${path}@odata.type` },
  );
}

function checkName(name: string, path: string): void {
  if (isIdentifier(name)) return;
  throw odataError(
    'InvalidBody',
    { message: `"${name.slice(0, 60)}" can be no name of a property: letters, digits and _ are, up to 128 of them.` },
    { target: path },
  );
}

/** A value whose type JSON tells. */
function plainValue(json: JsonValue, path: string): JsonValue {
  if (isObject(json)) return plainObject(json, path);
  if (isArray(json)) return json.map((item, index) => plainItem(item, `${path}/${index}`));
  if (!(json instanceof JsonNumber) || Number.isFinite(Number(json.text))) return json;
  throw odataError(
    'InvalidValue',
    { message: `The value of "${path}" is outside the range of Edm.Double.` },
    { target: path },
  );
}

/** No type of the standard is a collection of collections. */
function plainItem(json: JsonValue, path: string): JsonValue {
  if (isArray(json)) throw notOffered(`The value of "${path}": a collection in a collection`, path);
  return plainValue(json, path);
}

/** An object whose type nothing declares; annotations of it are not kept. */
function plainObject(json: JsonObject, path: string): JsonObject {
  const members = [...json].flatMap(([name, value]): readonly (readonly [string, JsonValue])[] => {
    const target = `${path}/${name}`;
    if (/@(odata\.)?type$/.test(name)) throw notOffered(`A type within "${path}"`, target);
    if (name.includes('@')) return [];
    checkName(name, target);
    return [[name, plainValue(value, target)]];
  });
  return new Map(members);
}

function typedValue(json: JsonValue, type: EdmType, path: string): JsonValue {
  const value = readSingle(json, { type, path, nullable: true });
  return value === null ? null : stored(type, String(value), path);
}

function stored(type: EdmType, text: string, name: string): JsonValue {
  if (isPrimitive(type, 'Edm.Boolean')) return text === 'true';
  if (numericRank(type) === 0) return text;
  if (/^-?\d/.test(text)) return new JsonNumber(text);
  throw notOffered(`The value of "${name}": INF and NaN as a dynamic property`, name);
}

/** A type, or that of the items of a collection, and its name where it is kept: without the namespace of the standard's own. */
interface NamedType {
  readonly of: EdmType;
  readonly name: string;
  readonly isCollection: boolean;
}

/** `#Date`, `Edm.Date`, `Date`, `#Namespace.Enumeration`, `#Collection(Date)`. JSON §4.6.3 */
function typeOf(given: JsonValue, name: string, { namespace, enumTypes }: DynamicTypes): NamedType {
  const target = `${name}@odata.type`;
  const text = typeof given === 'string' ? given.slice(given.lastIndexOf('#') + 1) : '';
  const [, item] = /^Collection\((.*)\)$/.exec(text) ?? [];
  const isCollection = item !== undefined;
  const short = (item ?? text).replace(/^Edm\./, '');
  const type = `Edm.${short}`;
  if (type in primitiveTypes && type !== 'Edm.Binary')
    return { of: edm(type as EdmTypeName), name: short, isCollection };
  const known = namespace !== undefined && short.startsWith(`${namespace}.`) ? short.slice(namespace.length + 1) : '';
  const enumType = enumTypes?.get(known);
  if (enumType) return { of: enumType, name: short, isCollection };
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
  const stored = json !== undefined && isObject(json) ? json : empty;
  const members = new Map(stored);
  for (const [name, value] of dynamic) {
    const json = value && withMember(stored.get(name), value, value.members ?? [], name);
    members.delete(name);
    members.delete(name + DYNAMIC_TYPE);
    if (json === null || json === undefined) continue;
    // What a part adds to might never be read again.
    if (isDeeper(json, MAX_DEPTH - 1)) throw tooDeep(name);
    members.set(name, withoutNulls(json));
    if (value?.type !== undefined) members.set(name + DYNAMIC_TYPE, value.type);
  }
  return jsonText(members);
}

const tooDeep = (name: string): Error =>
  odataError(
    'InvalidValue',
    { message: `The value of "${name}" would be nested deeper than ${MAX_DEPTH} levels.` },
    { target: name },
  );

/** The value with the one of a member of its object; `path` is that of the value. An object that is not there comes with it; throws where something else is. */
export function withMember(
  before: JsonValue | undefined,
  value: DynamicValue,
  [name, ...rest]: readonly string[],
  path: string,
): JsonValue | undefined {
  const { json, isMerged } = value;
  if (name === undefined) return isMerged ? mergedDynamic(before, json) : json;
  if (before !== undefined && before !== null && !isObject(before))
    throw odataError('InvalidValue', { message: `"${path}" is no object: it has no members.` }, { target: path });
  const object = before ?? empty;
  const member = withMember(object.get(name), value, rest, `${path}/${name}`);
  return before || (member !== null && member !== undefined)
    ? new Map([...object, [name, member ?? null] as const])
    : undefined;
}

const empty: JsonObject = new Map();

/** An object with the members of another in the place of its own. */
export function mergedDynamic(before: JsonValue | undefined, after: JsonValue): JsonValue {
  if (before === undefined || !isObject(before) || !isObject(after)) return after;
  return new Map([
    ...before,
    ...[...after].map(([name, value]) => [name, mergedDynamic(before.get(name), value)] as const),
  ]);
}

/** Members that are null are not there; null items of a collection are. */
function withoutNulls(json: JsonValue): JsonValue {
  if (isArray(json)) return json.map(withoutNulls);
  if (!isObject(json)) return json;
  return new Map([...json].flatMap(([name, value]) => (value === null ? [] : [[name, withoutNulls(value)] as const])));
}
