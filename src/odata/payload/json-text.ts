/** JSON values written again, numbers as they were. RFC 8259 */
import { PIECE, piecesOf } from '../model/long-text';
import { isArray, isObject, JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json';
import type { Steps } from './turns';

/** Gives another value for a string, by the member of the object that it stands in; undefined leaves it as it is. */
type ReplaceString = (text: string, member: Member | undefined) => JsonValue | undefined;

/** A member of an object. */
export interface Member {
  readonly name: string;
  readonly object: JsonObject;
}

/** The text of a value. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (!isObject(value)) return String(value);
  return `{${[...value].map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item)}`).join(',')}}`;
}

/** The same as UTF-8, in steps; strings may be replaced on the way. */
export function* jsonBytes(value: JsonValue, replace?: ReplaceString): Steps<Buffer> {
  const writer = new StepWriter(replace);
  yield* writer.value(value);
  return yield* writer.bytes();
}

const isShortText = (value: JsonValue): boolean => typeof value === 'string' && value.length <= PIECE;

class StepWriter {
  private readonly pieces: Buffer[] = [];
  private text = '';

  constructor(private replace: ReplaceString | undefined) {}

  /** All pieces as one: to copy many megabytes at once takes long. */
  *bytes(): Steps<Buffer> {
    const last = Buffer.from(this.text);
    if (this.pieces.length === 0) return last;
    this.pieces.push(last);
    const whole = Buffer.allocUnsafe(this.pieces.reduce((length, piece) => length + piece.length, 0));
    let at = 0;
    for (const piece of this.pieces) {
      yield;
      at += piece.copy(whole, at);
    }
    return whole;
  }

  *value(value: JsonValue, member?: Member): Steps<void> {
    if (isArray(value)) yield* this.items(value, member);
    else if (isObject(value)) yield* this.members(value);
    else if (typeof value === 'string' && value.length > PIECE) yield* this.long(value);
    else {
      const found = typeof value === 'string' ? this.replace?.(value, member) : undefined;
      if (found === undefined) this.text += jsonText(value);
      else if (isShortText(found)) this.text += jsonText(found);
      else yield* this.inPlace(found);
    }
    if (this.text.length < PIECE) return;
    this.pass();
    yield;
  }

  private *items(items: JsonArray, member: Member | undefined): Steps<void> {
    this.text += '[';
    for (const [index, item] of items.entries()) {
      if (index > 0) this.text += ',';
      yield* this.value(item, member);
    }
    this.text += ']';
  }

  private *members(object: JsonObject): Steps<void> {
    let before = '{';
    for (const [name, item] of object) {
      this.text += `${before}${JSON.stringify(name)}:`;
      before = ',';
      yield* this.value(item, { name, object });
    }
    this.text += object.size === 0 ? '{}' : '}';
  }

  /** What takes the place of a string is not searched again. */
  private *inPlace(found: JsonValue): Steps<void> {
    const { replace } = this;
    this.replace = undefined;
    yield* this.value(found);
    this.replace = replace;
  }

  /** No reference to another request is that long. */
  private *long(text: string): Steps<void> {
    this.text += '"';
    for (const piece of piecesOf(text)) {
      this.text += JSON.stringify(piece).slice(1, -1);
      this.pass();
      yield;
    }
    this.text += '"';
  }

  private pass(): void {
    this.pieces.push(Buffer.from(this.text));
    this.text = '';
  }
}
