/**
 * Complex values of a body that are items of a collection: each is checked as a whole, all faults at once, and becomes the JSON that a `jsonb`
 * column holds. A member that is null is left out, numbers are exact, the rest is text that PostgreSQL reads. JSON Format 4.01 §7.2, §7.4
 */
import { MAX_FAULTS, ODataError, throwTogether } from '../error';
import { intervalText } from '../model/duration';
import { complexItems, isNullValue } from '../model/edm';
import { memberValue } from '../model/enum-values';
import type { ComplexType, EdmType, Property } from '../model/model';
import { primitiveType } from '../model/types';
import { singleText, type Single, type Value } from './change';
import { typedDefault } from './defaults';
import { isOfNavigation, missing, noObject, unknownMember } from './faults';
import { isArray, isObject, JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json';
import { parseJson } from './parse-json';
import { jsonText } from './json-text';
import type { Steps } from './turns';
import { faultOfType } from './type-of-body';
import { valueSteps } from './value';

/** How values that have been read are kept. */
export interface StructureForm {
  readonly single: (type: EdmType, value: Single) => JsonValue;
  /** An object of all members of the type. */
  readonly object: (type: ComplexType, members: JsonObject) => JsonObject;
}

/** The items of a collection at `path`. Throws one error that names every fault of them. */
export function* readItems(items: JsonArray, type: ComplexType, path: string): Steps<JsonArray> {
  const reader = new StructureReader(columnForm);
  const read = yield* reader.items(items, type, path);
  throwTogether(reader.errors);
  return read;
}

/** One item, which stands alone. */
export function* readStructure(json: JsonValue, type: ComplexType, path: string, form = columnForm): Steps<JsonValue> {
  const reader = new StructureReader(form);
  const item = yield* reader.structure(json, type, type.properties, false, path);
  throwTogether(reader.errors);
  return item;
}

/** An item with the members that a body names, the others as they are stored. Protocol §11.4.3, §11.4.9.3 */
export function* mergeStructure(
  json: JsonValue,
  type: ComplexType,
  stored: JsonValue,
  path: string,
  form = columnForm,
): Steps<JsonValue> {
  const reader = new StructureReader(form);
  const before = isObject(stored) ? stored : empty;
  const item = isObject(json)
    ? yield* reader.merged(json, type, type.properties, before, path)
    : yield* reader.structure(json, type, type.properties, false, path);
  throwTogether(reader.errors);
  return item;
}

/** The text of such JSON, the same for equal values. */
export function* structuredText(value: JsonValue): Steps<string> {
  if (!isArray(value)) return jsonText(sorted(value));
  const texts: string[] = [];
  for (const item of value) {
    if (texts.length % STEP === STEP - 1) yield;
    texts.push(jsonText(sorted(item)));
  }
  return `[${texts.join(',')}]`;
}

/** Items of one step. */
const STEP = 64;

function sorted(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = [...value].filter(([, member]) => member !== null);
  return new Map(
    members.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
  );
}

class StructureReader {
  readonly errors: ODataError[] = [];

  constructor(private readonly form: StructureForm) {}

  *items(items: JsonArray, type: ComplexType, path: string): Steps<JsonArray> {
    const read: JsonValue[] = [];
    for (const item of items) {
      if (read.length % STEP === STEP - 1) yield;
      read.push(yield* this.structure(item, type, type.properties, false, `${path}/${read.length}`));
    }
    return read;
  }

  /** The members that the type has; what was left out has its default or is null. */
  *structure(
    json: JsonValue,
    type: ComplexType,
    properties: ReadonlyMap<string, Property>,
    nullable: boolean,
    path: string,
  ): Steps<JsonValue> {
    if ((json === null && nullable) || this.errors.length > MAX_FAULTS) return null;
    if (!isObject(json)) {
      this.errors.push(noObject(path, nullable));
      return null;
    }
    this.checkNames(json, type, properties, path);
    const members = new Map<string, JsonValue>();
    for (const [name, property] of properties) members.set(name, yield* this.member(json, property, `${path}/${name}`));
    return this.form.object(type, members);
  }

  /** The members of `json`, and those of `before` that it does not name; complex ones are merged, too. */
  *merged(
    json: JsonObject,
    type: ComplexType,
    properties: ReadonlyMap<string, Property>,
    before: JsonObject,
    path: string,
  ): Steps<JsonObject> {
    this.checkNames(json, type, properties, path);
    const members = new Map<string, JsonValue>();
    for (const [name, property] of properties) {
      const [value, stored] = [json.get(name), before.get(name) ?? null];
      const { type: of, source } = property;
      const place = `${path}/${name}`;
      if (value === undefined) members.set(name, stored);
      else if (of.kind === 'complex' && source.kind === 'complex' && isObject(value) && isObject(stored))
        members.set(name, yield* this.merged(value, of, source.properties, stored, place));
      else members.set(name, yield* this.member(json, property, place));
    }
    return this.form.object(type, members);
  }

  private *member(json: JsonObject, property: Property, path: string): Steps<JsonValue> {
    const { name, type, source, nullable } = property;
    const value = json.get(name);
    if (type.kind === 'complex' && source.kind === 'complex')
      return yield* this.structure(value ?? (nullable ? null : empty), type, source.properties, nullable, path);
    const items = complexItems(property);
    if (items && value !== undefined && isArray(value)) return yield* this.items(value, items, path);
    try {
      const read = value === undefined ? leftOut(property, path) : yield* valueSteps(value, { ...property, path });
      return storedValue(type, read, this.form.single);
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      this.errors.push(...(error.details.length > 0 ? error.details : [error]));
      return null;
    }
  }

  /** Other control information than the type, and what is told of navigations, says nothing about the value. */
  private checkNames(
    json: JsonObject,
    type: ComplexType,
    properties: ReadonlyMap<string, Property>,
    path: string,
  ): void {
    const fault = faultOfType(json, type, path);
    if (fault) this.errors.push(fault);
    for (const name of json.keys()) {
      if (this.errors.length > MAX_FAULTS) return;
      if (isOfNavigation(name) || (!name.includes('@') && !properties.has(name)))
        this.errors.push(unknownMember(type, name, properties.keys(), `${path}/${name}`));
    }
  }
}

const empty: JsonObject = new Map();

function leftOut(property: Property, path: string): Value {
  const { defaultValue, required } = property;
  if (defaultValue !== undefined) return typedDefault(property, defaultValue);
  if (!required && isNullValue(property)) return null;
  throw missing(path);
}

/** A value that has been read, as it is stored. */
export function storedValue(type: EdmType, value: Value, single = storedSingle): JsonValue {
  if (type.kind !== 'collection') return isList(value) ? null : single(type, value);
  if (isList(value)) return value.map((item) => single(type.of, item));
  return parseJson(Buffer.from(String(value)));
}

/** A collection of single values. */
export const isList = (value: Value): value is readonly Single[] => Array.isArray(value);

/** INF and NaN, which no JSON number is, stay texts. */
const isNumber = (text: string): boolean => /^-?\d/.test(text);

function storedSingle(type: EdmType, value: Single): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  const text = singleText(value);
  if (type.kind === 'enum') {
    const number = type.databaseType === undefined ? memberValue(type, text) : undefined;
    return number === undefined ? text : new JsonNumber(String(number));
  }
  if (type.kind !== 'primitive') return text;
  if (type.name === 'Edm.Duration') return intervalText(text);
  return primitiveType(type.name).rank > 0 && isNumber(text) ? new JsonNumber(text) : text;
}

/** As the column of a collection holds them. */
const columnForm: StructureForm = { single: storedSingle, object: (_, members) => members };
