/**
 * JSON without recursion: containers whose end has not come are kept in a list, so that reading can stop behind any token, and within long strings, for
 * others to have their turn. RFC 8259
 */
import { odataError } from '../error';
import { JsonNumber, LONGEST_NUMBER, type JsonObject, type JsonValue } from './json';
import { TextPieces } from './text-pieces';
import { atOnce, inTurns, isShort, type Steps } from './turns';

/** Containers within containers of any text: more than the longest path and the deepest body that settings allow come to together, so that all that is stored can be read. */
const DEEPEST = 500;

/** Values of a body, or one for so many characters; members of an object, whose map becomes larger at once. */
const [MAX_VALUES, CHARACTERS_OF_VALUE, MAX_MEMBERS] = [500_000, 64, 100_000];

/** Tokens of one step, and characters of a string. */
const [STEP_TOKENS, STEP_CHARACTERS] = [512, 64 * 1024];

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

/** All objects without members: to make each anew takes longer than to read it. */
const nothing: JsonObject = new Map();

/** A container whose end has not come. */
interface Open {
  /** Of an object; an array has items. */
  readonly members: Map<string, JsonValue> | undefined;
  readonly items: JsonValue[] | undefined;
  /** Of the member whose value comes next. */
  name: string;
}

/** What comes next; the first of a container may be its end. */
type Expected = 'value' | 'first item' | 'first name' | 'name' | 'colon' | 'comma' | 'end';

/** What is wrong with a text, and where. */
class Fault extends Error {
  constructor(
    readonly sentence: string,
    readonly place: number,
  ) {
    super(sentence);
  }
}

/** Reads one JSON value from UTF-8 bytes, a byte order mark tolerated, with so many levels at most. Throws InvalidBody with the place of the error. */
export const parseJson = (bytes: Uint8Array, levels = DEEPEST, most = MAX_VALUES): JsonValue =>
  new Parser(bytes, levels, most).readAtOnce();

/** The same for a body, which may be so long that others have their turn meanwhile. */
export const parseBody = async (bytes: Uint8Array, levels: number): Promise<JsonValue> =>
  isShort(bytes.length) ? parseJson(bytes, levels) : inTurns(jsonSteps(bytes, levels));

/** The same in steps. */
export function* jsonSteps(bytes: Uint8Array, levels = DEEPEST, most = MAX_VALUES): Steps<JsonValue> {
  return isShort(bytes.length) ? parseJson(bytes, levels, most) : yield* new Parser(bytes, levels, most).read();
}

class Parser extends TextPieces {
  private values = 0;
  private expected: Expected = 'value';
  private whole: JsonValue = null;
  /** In which the next value stands, and those around it from the outermost. */
  private inner: Open | undefined;
  private readonly outer: (Open | undefined)[] = [];
  /** What has been read of a long string, and where that begins. */
  private pieces: string[] = [];
  private opening = 0;

  constructor(
    bytes: Uint8Array,
    private readonly levels: number,
    private most: number,
  ) {
    super(bytes);
  }

  *read(): Steps<JsonValue> {
    try {
      if (this.size / CHARACTERS_OF_VALUE > this.most)
        this.most = Math.max(this.most, Math.floor((yield* this.length()) / CHARACTERS_OF_VALUE));
      this.checkEmpty();
      while (!this.step()) yield;
      return this.whole;
    } catch (error) {
      throw yield* this.told(error);
    }
  }

  /** The same without steps, which take longer than a short text itself. */
  readAtOnce(): JsonValue {
    if (this.size / CHARACTERS_OF_VALUE > this.most) return atOnce(this.read());
    try {
      this.checkEmpty();
      while (!this.step());
      return this.whole;
    } catch (error) {
      throw atOnce(this.told(error));
    }
  }

  private checkEmpty(): void {
    if (this.peek() === undefined && !this.hasMore) throw this.fault('The body is empty. A JSON object is expected');
  }

  /** The error for a fault, with its place. */
  private *told(error: unknown): Steps<unknown> {
    if (!(error instanceof Fault)) return error;
    const { sentence, place: position } = error;
    const [line, column] = yield* this.lineAndColumn(position);
    const message = `The body is not valid JSON: ${sentence} (line ${line}, column ${column}).`;
    return odataError('InvalidBody', { message }, { position });
  }

  /** Goes on for some tokens; true at the end. */
  private step(): boolean {
    for (let count = 0; count < STEP_TOKENS; count++) {
      if (this.isShort) this.refill();
      if (this.pieces.length > 0) return this.string();
      const next = this.peek();
      // White space has been stepped over up to where a token may be cut.
      if (this.isShort) return false;
      if (this.expected === 'end') return this.end(next);
      if (this.expected === 'value' || (this.expected === 'first item' && next !== CLOSE_ARRAY)) {
        if (++this.values > this.most)
          throw odataError('PayloadTooLarge', { message: `The body has more than ${this.most} values.` });
        if (next === QUOTE) this.string();
        else this.begin(next);
      } else if (next === QUOTE && (this.expected === 'name' || this.expected === 'first name')) this.string();
      else this.goOn(next);
    }
    return false;
  }

  private end(next: number | undefined): true {
    if (next !== undefined) throw this.fault('Nothing may follow the end of the JSON value');
    return true;
  }

  /** The next character that is no white space; undefined where none is there. */
  private peek(): number | undefined {
    for (; this.at < this.text.length; this.at++) {
      const character = this.text.charCodeAt(this.at);
      if (character !== 0x20 && character !== 0x0a && character !== 0x0d && character !== 0x09) return character;
    }
    return undefined;
  }

  /** A value that is no string. */
  private begin(next: number | undefined): void {
    if (next === OPEN_OBJECT) this.opened({ members: new Map(), items: undefined, name: '' }, 'first name');
    else if (next === OPEN_ARRAY) this.opened({ members: undefined, items: [], name: '' }, 'first item');
    else this.put(this.scalar());
  }

  private opened(container: Open, expected: Expected): void {
    if (this.outer.push(this.inner) > this.levels)
      throw this.fault(`The body is nested deeper than ${this.levels} levels`);
    this.at++;
    this.inner = container;
    this.expected = expected;
  }

  /** Puts a value where it stands. */
  private put(value: JsonValue): void {
    const { inner } = this;
    if (inner?.members) inner.members.set(inner.name, value);
    else if (inner?.items) inner.items.push(value);
    else this.whole = value;
    this.expected = inner ? 'comma' : 'end';
  }

  private named(name: string): void {
    const { inner } = this;
    if ((inner?.members?.size ?? 0) >= MAX_MEMBERS && this.most < Infinity)
      throw odataError('PayloadTooLarge', { message: `An object of the body has more than ${MAX_MEMBERS} members.` });
    if (inner?.members?.has(name))
      throw this.fault(`The name ${JSON.stringify(name)} stands twice in one object`, this.opening);
    if (inner) inner.name = name;
    this.expected = 'colon';
  }

  /** Steps over a comma, a colon or the end of the container. */
  private goOn(next: number | undefined): void {
    const { inner } = this;
    const { expected } = this;
    if (expected === 'name' || (expected === 'first name' && next !== CLOSE_OBJECT))
      throw this.fault('A name in double quotes is expected');
    if (expected === 'colon') {
      if (next !== COLON) throw this.fault('A colon is expected');
      this.expected = 'value';
    } else if (expected === 'comma' && next === COMMA) this.expected = inner?.members ? 'name' : 'value';
    else if (next === (inner?.members ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.inner = this.outer.pop();
      this.put(inner?.items ?? (inner?.members?.size ? inner.members : nothing));
    } else throw this.fault(`A comma or ${inner?.members ? '}' : ']'} is expected`);
    this.at++;
  }

  private scalar(): JsonValue {
    number.lastIndex = this.at;
    const digits = number.exec(this.text)?.[0];
    if (digits !== undefined) {
      if (digits.length > LONGEST_NUMBER) throw this.fault(`A number has more than ${LONGEST_NUMBER} characters`);
      this.at += digits.length;
      return new JsonNumber(digits);
    }
    const word = words.find(([name]) => this.text.startsWith(name, this.at));
    if (!word) throw this.fault('A JSON value is expected');
    this.at += word[0].length;
    return word[1];
  }

  /** Reads a string, or a piece of a long one. It is never the end. */
  private string(): false {
    if (this.pieces.length === 0) this.opening = this.gone + this.at++;
    const piece = this.piece();
    if (this.text.charCodeAt(this.at) !== QUOTE) {
      this.pieces.push(piece);
      return false;
    }
    this.at++;
    const text = this.pieces.length === 0 ? piece : [...this.pieces, piece].join('');
    if (this.pieces.length > 0) this.pieces = [];
    if (this.expected === 'name' || this.expected === 'first name') this.named(text);
    else this.put(text);
    return false;
  }

  /** What follows in a string, up to its end or some way: it is checked first, and then read as a whole. */
  private piece(): string {
    const start = this.at;
    let isPlain = true;
    for (; ; this.at++) {
      if (this.text.charCodeAt(this.at) !== BACKSLASH) {
        plain.lastIndex = this.at;
        plain.test(this.text);
        this.at = plain.lastIndex;
      }
      const character = this.text.charCodeAt(this.at);
      if (character === QUOTE || this.at >= start + STEP_CHARACTERS) break;
      if (Number.isNaN(character)) throw this.fault('A string is not closed', this.opening);
      if (character !== BACKSLASH) throw this.fault('A control character stands in a string; write it as an escape');
      isPlain = false;
      this.escape();
    }
    const text = this.text.slice(start, this.at);
    return isPlain ? text : String(JSON.parse(`"${text}"`));
  }

  /** Goes over one escape sequence, or two that make a surrogate pair, to its last character. RFC 8259 §7 */
  private escape(): void {
    const letter = this.text.charAt(this.at + 1);
    if (escaped.has(letter)) {
      this.at++;
      return;
    }
    if (letter !== 'u') throw this.fault('An escape sequence is not valid');
    const unit = this.unit(this.at);
    if (unit === 0) throw this.fault('The character U+0000 cannot be stored');
    const isLow = unit >= 0xdc00 && unit <= 0xdfff;
    const isHigh = unit >= 0xd800 && unit <= 0xdbff;
    if (!isHigh && !isLow) {
      this.at += 5;
      return;
    }
    const next = isHigh && this.text.startsWith('\\u', this.at + 6) ? this.unit(this.at + 6) : 0;
    if (next < 0xdc00 || next > 0xdfff) throw this.fault('Half of a surrogate pair stands alone');
    this.at += 11;
  }

  private unit(escape: number): number {
    hex4.lastIndex = escape + 2;
    const digits = hex4.exec(this.text)?.[0];
    if (digits === undefined) throw this.fault('Four hexadecimal digits are expected', this.place + escape - this.at);
    return Number.parseInt(digits, 16);
  }

  private fault(sentence: string, place = this.place): Fault {
    return new Fault(sentence, place);
  }
}
