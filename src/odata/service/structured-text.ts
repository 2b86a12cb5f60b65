/** Collections of complex values as a `jsonb` column holds them: a member that is null is left out, numbers are exact, the rest is what PostgreSQL reads. */
import { primitiveType } from '../model/types';
import type { ComplexType, EdmType, Property } from '../model/model';
import type { Single, Structured, Value } from '../payload/change';
import { isArray, isObject, JsonNumber, parseJson, type JsonValue } from '../payload/json';
import { singleValue, sqlText } from './stored-row';

type Properties = ReadonlyMap<string, Property>;

/** The JSON of items. */
export const itemsText = (items: readonly Structured[], { properties }: ComplexType): string =>
  `[${items.map((item) => objectText(item, properties)).join(',')}]`;

function objectText(object: Structured, properties: Properties): string {
  const members = [...properties.values()].flatMap((property) => {
    const text = memberText(property, object[property.name] ?? null);
    return text === null ? [] : [`${JSON.stringify(property.name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

function memberText({ type, source }: Property, value: Value | Structured): string | null {
  if (value === null) return null;
  if (source.kind === 'complex') return isStructured(value) ? objectText(value, source.properties) : null;
  if (type.kind !== 'collection') return isSingle(value) ? singleText(type, value) : null;
  if (!isList(value)) return null;
  const { of } = type;
  if (of.kind === 'complex') return itemsText(value.filter(isStructured), of);
  return `[${value.map((item) => (isSingle(item) ? (singleText(of, item) ?? 'null') : 'null')).join(',')}]`;
}

const isList = (value: Value | Structured): value is readonly (Single | Structured)[] => Array.isArray(value);
const isSingle = (value: Value | Structured): value is Single => value === null || typeof value !== 'object';
const isStructured = (value: Value | Structured): value is Structured => !isSingle(value) && !isList(value);

/** INF and NaN, which no JSON number is. */
const isNumber = (text: string): boolean => /^-?\d/.test(text);

function singleText(type: EdmType, value: Single): string | null {
  const text = sqlText(type, value);
  if (text === null) return null;
  const isPlain =
    type.kind === 'enum'
      ? type.databaseType === undefined
      : type.kind === 'primitive' &&
        (type.name === 'Edm.Boolean' || (primitiveType(type.name).rank > 0 && isNumber(text)));
  return isPlain ? text : JSON.stringify(text);
}

/** The items that the text of such a column stands for. */
export function itemsOf(text: string, type: ComplexType): readonly Structured[] {
  const json = parseJson(Buffer.from(text));
  return itemsIn(json, type);
}

const itemsIn = (json: JsonValue, { properties }: ComplexType): readonly Structured[] =>
  isArray(json) ? json.flatMap((item) => (isObject(item) ? [structured(item, properties)] : [])) : [];

const structured = (json: ReadonlyMap<string, JsonValue>, properties: Properties): Structured =>
  Object.fromEntries([...properties].map(([name, property]) => [name, memberOf(property, json.get(name) ?? null)]));

function memberOf({ type, source }: Property, json: JsonValue): Value | Structured {
  if (source.kind === 'complex') return isObject(json) ? structured(json, source.properties) : null;
  if (type.kind !== 'collection') return singleOf(type, json);
  const { of } = type;
  if (of.kind === 'complex') return itemsIn(json, of);
  return isArray(json) ? json.map((item) => singleOf(of, item)) : [];
}

function singleOf(type: EdmType, json: JsonValue): Single {
  if (json === null || isObject(json) || isArray(json)) return null;
  return singleValue(type, json instanceof JsonNumber ? json.text : String(json));
}
