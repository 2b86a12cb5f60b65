/**
 * JSON read without loss: numbers keep their text, so that 9999999999999.99999 stays what it is. RFC 8259, JSON Format 4.01 §7.1.
 * Stricter than JSON.parse where a silent choice would be made for the client: a name twice in one object is an error.
 */
/** Characters of a number: PostgreSQL holds none that needs more. RFC 8259 §6 leaves it to each implementation. */
export const LONGEST_NUMBER = 150_000;

/** A number as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** Members by name, in the order of the text. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
/** Items in order. */
export type JsonArray = readonly JsonValue[];

/** Any JSON value; objects keep the order of their members. */
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;

/** True for a JSON object. */
export const isObject = (value: JsonValue): value is JsonObject => value instanceof Map;

/** True for a JSON array. */
export const isArray = (value: JsonValue): value is JsonArray => Array.isArray(value);
