/** One-dimensional arrays as PostgreSQL writes and reads them: `{a,"b, c",NULL}`. */
import { PIECE } from '../model/long-text';
import { atOnce, type Steps } from '../payload/turns';
import type { SqlValue } from '../sql';

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** The text of a parameter: lists become arrays, bytes what PostgreSQL reads as bytea. */
export function parameterText(value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
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

/** The items of an array. */
export const arrayItems = (text: string): readonly (string | null)[] => atOnce(itemsOfArray(text));

/** The same of one that may be long. */
export function* itemsOfArray(text: string): Steps<readonly (string | null)[]> {
  const items: (string | null)[] = [];
  // Behind the brace, and behind the comma of each item.
  for (let at = 1; at < text.length - 1;) {
    yield;
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
