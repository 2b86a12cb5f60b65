/**
 * JSON read without loss: numbers keep their text, so that 9999999999999.99999 stays what it is. RFC 8259, JSON Format 4.01 §7.1.
 * Stricter than JSON.parse where a silent choice would be made for the client: a name twice in one object is an error.
 */
import { odataError, type ODataError } from '../error';

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

/** Containers within containers of any text: more than the longest path and the deepest body that settings allow come to together, so that all that is stored can be read. */
const DEEPEST = 500;

/** Values of one text; a long one may have one for so many characters. Each is an object of its own and reading them keeps everybody waiting, for tenths of a second with so many. */
const [MAX_VALUES, CHARACTERS_OF_VALUE] = [500_000, 64];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What stands in a string as it is. */
const plain = /[^"\\\u0000-\u001f]*/y;
const hex4 = /[\dA-Fa-f]{4}/y;
const escaped: ReadonlySet<string> = new Set('"\\/bfnrt');
const words: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** All objects without members: to make each anew takes longer than to read it. */
const nothing: JsonObject = new Map();

/** True for a JSON object. */
export const isObject = (value: JsonValue): value is JsonObject => value instanceof Map;

/** True for a JSON array. */
export const isArray = (value: JsonValue): value is JsonArray => Array.isArray(value);

/** Reads one JSON value from UTF-8 bytes, a byte order mark tolerated, with so many levels at most. Throws InvalidBody with the place of the error. */
export function parseJson(bytes: Uint8Array, levels = DEEPEST): JsonValue {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw odataError('InvalidBody', { message: 'The body is not valid UTF-8.' }, { cause });
  }
  return new Parser(text, levels).document();
}

class Parser {
  private at = 0;
  private depth = 0;
  private values = 0;
  private readonly most: number;

  constructor(
    private readonly text: string,
    private readonly levels: number,
  ) {
    this.most = Math.max(MAX_VALUES, Math.floor(text.length / CHARACTERS_OF_VALUE));
  }

  document(): JsonValue {
    if (this.peek() === undefined) throw this.error('The body is empty. A JSON object is expected');
    const value = this.value();
    if (this.peek() !== undefined) throw this.error('Nothing may follow the end of the JSON value');
    return value;
  }

  /** The next character that is no white space; undefined at the end. */
  private peek(): number | undefined {
    for (; this.at < this.text.length; this.at++) {
      const character = this.text.charCodeAt(this.at);
      if (character !== 0x20 && character !== 0x0a && character !== 0x0d && character !== 0x09) return character;
    }
    return undefined;
  }

  private value(): JsonValue {
    if (++this.values > this.most)
      throw odataError('PayloadTooLarge', { message: `The body has more than ${this.most} values.` });
    switch (this.peek()) {
      case QUOTE:
        return this.string();
      case OPEN_OBJECT:
        return this.nested(() => this.object());
      case OPEN_ARRAY:
        return this.nested(() => this.array());
      default:
        return this.scalar();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > this.levels) throw this.error(`The body is nested deeper than ${this.levels} levels`);
    const value = read();
    this.depth--;
    return value;
  }

  private object(): JsonObject {
    this.at++;
    if (this.peek() === CLOSE_OBJECT) {
      this.at++;
      return nothing;
    }
    const members = new Map<string, JsonValue>();
    do this.member(members);
    while (this.more(CLOSE_OBJECT, '}'));
    return members;
  }

  private member(members: Map<string, JsonValue>): void {
    if (this.peek() !== QUOTE) throw this.error('A name in double quotes is expected');
    const start = this.at;
    const name = this.string();
    if (members.has(name)) throw this.error(`The name ${JSON.stringify(name)} stands twice in one object`, start);
    if (this.peek() !== COLON) throw this.error('A colon is expected');
    this.at++;
    members.set(name, this.value());
  }

  private array(): JsonArray {
    const items: JsonValue[] = [];
    this.at++;
    if (this.peek() === CLOSE_ARRAY) this.at++;
    else
      do items.push(this.value());
      while (this.more(CLOSE_ARRAY, ']'));
    return items;
  }

  /** Steps over a comma (true) or the end of the container (false). */
  private more(close: number, name: string): boolean {
    const next = this.peek();
    if (next !== COMMA && next !== close) throw this.error(`A comma or ${name} is expected`);
    this.at++;
    return next === COMMA;
  }

  private scalar(): JsonValue {
    number.lastIndex = this.at;
    const digits = number.exec(this.text)?.[0];
    if (digits !== undefined) {
      this.at += digits.length;
      return new JsonNumber(digits);
    }
    const word = words.find(([name]) => this.text.startsWith(name, this.at));
    if (!word) throw this.error('A JSON value is expected');
    this.at += word[0].length;
    return word[1];
  }

  /** What is in quotes is checked first, and then read as a whole. */
  private string(): string {
    const opening = this.at++;
    let isPlain = true;
    for (; ; this.at++) {
      if (this.text.charCodeAt(this.at) !== BACKSLASH) {
        plain.lastIndex = this.at;
        plain.test(this.text);
        this.at = plain.lastIndex;
      }
      const character = this.text.charCodeAt(this.at);
      if (character === QUOTE) break;
      if (Number.isNaN(character)) throw this.error('A string is not closed', opening);
      if (character !== BACKSLASH) throw this.error('A control character stands in a string; write it as an escape');
      isPlain = false;
      this.escape();
    }
    this.at++;
    return isPlain ? this.text.slice(opening + 1, this.at - 1) : String(JSON.parse(this.text.slice(opening, this.at)));
  }

  /** Goes over one escape sequence, or two that make a surrogate pair, to its last character. RFC 8259 §7 */
  private escape(): void {
    const letter = this.text.charAt(this.at + 1);
    if (escaped.has(letter)) {
      this.at++;
      return;
    }
    if (letter !== 'u') throw this.error('An escape sequence is not valid');
    const unit = this.unit(this.at);
    if (unit === 0) throw this.error('The character U+0000 cannot be stored');
    const isLow = unit >= 0xdc00 && unit <= 0xdfff;
    const isHigh = unit >= 0xd800 && unit <= 0xdbff;
    if (!isHigh && !isLow) {
      this.at += 5;
      return;
    }
    const next = isHigh && this.text.startsWith('\\u', this.at + 6) ? this.unit(this.at + 6) : 0;
    if (next < 0xdc00 || next > 0xdfff) throw this.error('Half of a surrogate pair stands alone');
    this.at += 11;
  }

  private unit(escape: number): number {
    hex4.lastIndex = escape + 2;
    const digits = hex4.exec(this.text)?.[0];
    if (digits === undefined) throw this.error('Four hexadecimal digits are expected', escape);
    return Number.parseInt(digits, 16);
  }

  private error(sentence: string, at = this.at): ODataError {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    return odataError(
      'InvalidBody',
      { message: `The body is not valid JSON: ${sentence} (line ${line}, column ${column}).` },
      { position: at },
    );
  }
}
