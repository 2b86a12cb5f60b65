/** One-dimensional arrays as PostgreSQL writes and reads them: `{a,"b, c",NULL}`. */
import { PIECE } from '../model/long-text';
import { singleText } from '../payload/change';
import { atOnce, type Steps } from '../payload/turns';
import { TextPieces, type SqlValue } from '../sql';

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** True for a list, which becomes an array. */
export const isList = (value: SqlValue): value is readonly (string | null)[] => Array.isArray(value);

/** The text of a parameter: lists become arrays, bytes what PostgreSQL reads as bytea. */
export function parameterText(value: NonNullable<SqlValue>): string;
export function parameterText(value: SqlValue): string | null;
export function parameterText(value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return singleText(value);
  if (value instanceof TextPieces) return Buffer.concat(value.pieces).toString();
  // To look at many items one by one takes far longer.
  const all = value.join('');
  return value.length === 0 || value.includes(null) || isSpecial(all)
    ? `{${value.map(itemText).join(',')}}`
    : `{"${value.join('","')}"}`;
}

const isSpecial = (text: string): boolean => text.includes('"') || text.includes('\\');

function itemText(item: string | null): string {
  if (item === null) return 'NULL';
  if (!isSpecial(item)) return `"${item}"`;
  return item.length > PIECE ? `"${escaped(item)}"` : `"${item.replace(/["\\]/g, '\\$&')}"`;
}

/** The same byte by byte: of long texts a regular expression makes very many short ones. */
function escaped(item: string): string {
  const source = Buffer.from(item);
  const target = Buffer.allocUnsafe(source.length * 2);
  let end = 0;
  for (const byte of source) {
    if (byte === QUOTE || byte === BACKSLASH) target[end++] = BACKSLASH;
    target[end++] = byte;
  }
  return target.toString('utf8', 0, end);
}

/** Items of one step. */
const STEP = 4096;

/** The same of many items, whose texts `textOf` makes, in steps. */
export function* arrayPieces<Item>(items: readonly Item[], textOf: (item: Item) => string | null): Steps<TextPieces> {
  const pieces: Buffer[] = [];
  let texts: (string | null)[] = [];
  let length = 0;
  const pass = (): void => {
    pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : ','}${parameterText(texts).slice(1, -1)}`));
    texts = [];
    length = 0;
  };
  for (const item of items) {
    const text = textOf(item);
    texts.push(text);
    length += text?.length ?? 0;
    if (texts.length < STEP && length < PIECE) continue;
    pass();
    yield;
  }
  if (texts.length > 0) pass();
  return new TextPieces([...pieces, Buffer.from(pieces.length === 0 ? '{}' : '}')]);
}

/** The items of an array. */
export const arrayItems = (text: string): readonly (string | null)[] => atOnce(itemsOfArray(text));

/** The same of one that may be long. */
export function* itemsOfArray(text: string): Steps<readonly (string | null)[]> {
  const items: (string | null)[] = [];
  // Behind the brace, and behind the comma of each item.
  for (let at = 1; at < text.length - 1;) {
    if (items.length % STEP === STEP - 1) yield;
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at) : commaOrEnd(text, at);
    const item = text.slice(isQuoted ? at + 1 : at, end);
    items.push(isQuoted ? (item.includes('\\') ? item.replace(/\\(.)/gs, '$1') : item) : item === 'NULL' ? null : item);
    at = end + (isQuoted ? 2 : 1);
  }
  return items;
}

function closingQuote(text: string, opening: number): number {
  let at = opening + 1;
  for (let next = text.charCodeAt(at); at < text.length && next !== QUOTE; next = text.charCodeAt(at))
    at += next === BACKSLASH ? 2 : 1;
  return at;
}

function commaOrEnd(text: string, start: number): number {
  const comma = text.indexOf(',', start);
  return comma < 0 ? text.length - 1 : comma;
}
