/** JSON values written again, numbers as they were. RFC 8259 */
import { isArray, isObject, JsonNumber, type JsonObject, type JsonValue } from './json';

/** Gives another value for a string, by the member of the object that it stands in; undefined leaves it as it is. */
type ReplaceString = (text: string, member: Member | undefined) => JsonValue | undefined;

/** A member of an object. */
export interface Member {
  readonly name: string;
  readonly object: JsonObject;
}

/** The text of a value; strings may be replaced on the way. */
export function jsonText(value: JsonValue, replace?: ReplaceString, member?: Member): string {
  if (typeof value === 'string') {
    const found = replace?.(value, member);
    return found === undefined ? JSON.stringify(value) : jsonText(found);
  }
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return `[${value.map((item) => jsonText(item, replace, member)).join(',')}]`;
  if (!isObject(value)) return String(value);
  const members = [...value].map(
    ([name, item]) => `${JSON.stringify(name)}:${jsonText(item, replace, { name, object: value })}`,
  );
  return `{${members.join(',')}}`;
}
