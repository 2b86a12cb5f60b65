/** What answers of a batch have said, for those that refer to it. */
import { isArray, isObject, type JsonValue } from '../payload/json';
import { jsonText } from '../payload/json-text';
import { jsonSteps } from '../payload/parse-json';
import { atOnce, type Steps } from '../payload/turns';

/** What an answer said: long ones are read in steps before anybody asks. */
export class AnswerBody {
  private read: { readonly value: JsonValue } | { readonly error: unknown } | undefined;

  constructor(private readonly bytes: Buffer) {}

  *reading(): Steps<void> {
    if (this.read) return;
    try {
      this.read = { value: yield* jsonSteps(this.bytes) };
    } catch (error) {
      this.read = { error };
    }
  }

  get value(): JsonValue {
    if (!this.read) atOnce(this.reading());
    if (this.read && 'value' in this.read) return this.read.value;
    throw this.read?.error;
  }
}

/** What stands at a path of a body; the value itself where a body is nothing but a value. */
export function valueAt(body: JsonValue | undefined, path: string): JsonValue | undefined {
  const [first, ...rest] = path.split('/').slice(1);
  if (body === undefined || first === undefined) return body && (wholeOf(body) ?? body);
  // A collection is its items, which have their places. URL Conventions §4.10
  const start = isOrdinal(first) ? wholeOf(body) : body;
  return [first, ...rest].reduce<JsonValue | undefined>(memberOf, start);
}

/** What a body holds that is a value or a collection. */
const wholeOf = (body: JsonValue): JsonValue | undefined => (isObject(body) ? body.get('value') : undefined);

const isOrdinal = (name: string): boolean => /^\d{1,9}$/.test(name);

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (value === undefined) return undefined;
  if (isArray(value)) return isOrdinal(name) ? value[Number(name)] : undefined;
  return isObject(value) ? value.get(name) : undefined;
}

/** About how many characters a value has as JSON; of one that has more than so many, more. */
export function lengthUpTo(most: number, value: JsonValue): number {
  if (typeof value === 'string') return value.length;
  if (!isArray(value) && !isObject(value)) return jsonText(value).length;
  let length = 2;
  for (const item of isArray(value) ? value : value.entries()) {
    if (length > most) break;
    length += 1 + lengthUpTo(most - length, item);
  }
  return length;
}
