/** URL Conventions, ABNF 7: literal data values. What is shared with the scanner of `shape.ts` is exported as source text of a pattern. */
import type { Literal, LiteralKind, NullLiteral } from './ast';
import type { Cursor } from './cursor';
import { habitOfPrefix } from './habits';
import { takeQualifiedName } from './names';

const year = '-?(?:0\\d{3}|[1-9]\\d{3,})';
const date = `${year}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])`;
const hourMinute = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const time = `${hourMinute}(?::(?:[0-5]\\d|60)(?:\\.\\d{1,12})?)?`;
const dateTimeOffset = `${date}[Tt]${time}(?:[Zz]|[+-]${hourMinute})`;
const guid = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}';
const double = '[+-]?\\d+(?:\\.\\d+)?[eE][+-]?\\d+|-?INF|NaN';

/** Characters that go on a name or a number: none may stand right behind a literal. */
export const nameCharacter = '\\w.\\u0080-\\uffff';

/** Literals without quotes: one group for each kind of `unquotedKinds`. */
export const unquotedPattern = `(?:(${guid})|(${dateTimeOffset})|(${date})|(${time})|(${double})|([+-]?\\d+\\.\\d+|[+-]?\\d{19,})|([+-]?\\d+))(?![${nameCharacter}-])`;

/** The kinds of the groups of `unquotedPattern`, in their order. */
const unquotedKinds = [
  'guid',
  'dateTimeOffset',
  'date',
  'timeOfDay',
  'double',
  'decimal',
  'integer',
] as const satisfies readonly LiteralKind[];

/** The kind of a match of `unquotedPattern`: its groups start at index `first`. */
export function unquotedKind(match: RegExpExecArray, first: number): (typeof unquotedKinds)[number] | undefined {
  for (let index = unquotedKinds.length - 1; index >= 0; index--)
    if (match[first + index] !== undefined) return unquotedKinds[index];
  return undefined;
}

/** Kinds that are written as prefix'…'; every other prefix is the name of an enumeration type. */
export function prefixedKind(prefix: string): LiteralKind {
  const lower = prefix.toLowerCase();
  return lower === 'duration' || lower === 'binary' || lower === 'geography' || lower === 'geometry' ? lower : 'enum';
}

const unquoted = new RegExp(unquotedPattern, 'y');
const quote = 0x27;
export const doubleQuote = 0x22;

/** guid / dateTimeOffsetLiteral / date / timeOfDayLiteral / decimalLiteral / doubleLiteral / int…Literal */
export function takeUnquotedLiteral(cursor: Cursor): Literal | undefined {
  const start = cursor.position;
  const match = cursor.matchGroups(unquoted);
  const type = match && unquotedKind(match, 1);
  if (!match || !type) return undefined;
  const [raw] = match;
  return { kind: 'literal', type, text: raw, raw, place: cursor.place(start) };
}

/** stringLiteral = SQUOTE *( SQUOTE-in-string / pchar-no-SQUOTE ) SQUOTE */
export function parseString(cursor: Cursor): Literal {
  const start = cursor.position;
  const text = quotedText(cursor);
  return {
    kind: 'literal',
    type: 'string',
    text,
    raw: cursor.text.slice(start, cursor.position),
    place: cursor.place(start),
  };
}

/** durationLiteral / binaryLiteral / enumLiteral / geography… / geometry…, its prefix gone over already and started at `start`. */
export function parsePrefixedLiteral(cursor: Cursor, prefix: string, start: number): Literal {
  const type = prefixedKind(prefix);
  const from = cursor.position;
  const text = quotedText(cursor);
  const raw = cursor.text.slice(start, cursor.position);
  if (!isContent(type, text))
    throw cursor.error(`'${text}' is no value of ${type === 'enum' ? prefix : type}.${habitOfPrefix(prefix)}`, from);
  return { kind: 'literal', type, text, raw, place: cursor.place(start), ...(type === 'enum' && { typeName: prefix }) };
}

/** What stands in the quotes behind a prefix. */
const content: Partial<Record<LiteralKind, RegExp>> = {
  // durationValue = [ "-" ] "P" [ 1*DIGIT "D" ] [ "T" [ 1*DIGIT "H" ] [ 1*DIGIT "M" ] [ 1*DIGIT [ "." 1*DIGIT ] "S" ] ]
  duration: /^-?P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/i,
  // binaryValue = *(4base64char) [ base64b16 / base64b8 ]
  binary: /^(?:[\w-]{4})*(?:[\w-]{2}[AEIMQUYcgkosw048]=?|[\w-][AQgw](?:==)?)?$/,
  // singleEnumLiteral *( COMMA singleEnumLiteral )
  enum: /^(?:[+-]?\d+|[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)(?:,(?:[+-]?\d+|[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*))*$/,
  geography: /^SRID=\d{1,5};[A-Za-z]+\([-+\w., ()]*\)$/i,
  geometry: /^SRID=\d{1,5};[A-Za-z]+\([-+\w., ()]*\)$/i,
};

/** Whether a text can stand in the quotes behind the prefix of a kind. */
export const isContent = (type: LiteralKind, text: string): boolean => content[type]?.test(text) ?? false;

/** The value of a literal as it is written: without prefix and quotes, what the quotes escape resolved. */
export function literalText(raw: string): string {
  if (raw.startsWith('"')) return jsonText(raw) ?? '';
  const quoteAt = raw.indexOf("'");
  return quoteAt < 0 ? raw : unquotedText(raw.slice(quoteAt + 1, -1));
}

/** The text of a JSON string; undefined when it is none, as a name before a colon is. */
export function jsonText(raw: string): string | undefined {
  if (!raw.endsWith('"')) return undefined;
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** null, boolean, INF and NaN, when the word read before is one. `start` is where it began. */
export function wordLiteral(cursor: Cursor, word: string, start: number): Literal | NullLiteral | undefined {
  if (word === 'null') return { kind: 'null', place: cursor.place(start) };
  if (word === 'INF' || word === 'NaN')
    return { kind: 'literal', type: 'double', text: word, raw: word, place: cursor.place(start) };
  const lower = word.toLowerCase();
  if (lower !== 'true' && lower !== 'false') return undefined;
  return { kind: 'literal', type: 'boolean', text: lower, raw: word, place: cursor.place(start) };
}

/** primitiveLiteral; undefined, and nothing gone over, when none stands here. */
export function takeLiteral(cursor: Cursor): Literal | NullLiteral | undefined {
  if (cursor.code() === quote) return parseString(cursor);
  const literal = takeUnquotedLiteral(cursor);
  if (literal) return literal;
  const start = cursor.position;
  const word = takeQualifiedName(cursor);
  if (word !== undefined && cursor.code() === quote) return parsePrefixedLiteral(cursor, word, start);
  const result = word === undefined ? undefined : wordLiteral(cursor, word, start);
  if (!result) cursor.position = start;
  return result;
}

function quotedText(cursor: Cursor): string {
  const from = cursor.position + 1;
  const end = closingQuote(cursor.text, from);
  if (end === undefined) throw cursor.error('The string has no closing quote');
  cursor.position = end + 1;
  return unquotedText(cursor.text.slice(from, end));
}

/** A quote is written twice. */
const unquotedText = (text: string): string => (text.includes("'") ? text.replaceAll("''", "'") : text);

/** Where the quote stands that closes a string begun before `from`: one that is not written twice. */
export function closingQuote(text: string, from: number): number | undefined {
  let end = text.indexOf("'", from);
  while (end >= 0 && text.charCodeAt(end + 1) === quote) end = text.indexOf("'", end + 2);
  return end < 0 ? undefined : end;
}

const backslash = 0x5c;

/** The same for a string of JSON: a quote behind a backslash belongs to it. */
export function closingDoubleQuote(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === doubleQuote) return at;
  }
  return undefined;
}
