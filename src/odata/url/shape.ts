/** The shape of a request: found by scanning, without parsing, so that a plan made once serves every request of the shape. */
import type { LiteralKind, ScannedLiteral, Shape, SourceName, UrlParts } from './ast';
import {
  closingDoubleQuote,
  closingQuote,
  isContent,
  jsonText,
  literalText,
  nameCharacter,
  prefixedKind,
  unquotedKind,
  unquotedPattern,
} from './literal';
import { optionNamed, type OptionName } from './options';
import { endOfSearch } from './search';
import { isIntricate, mayBeIntricate } from './pattern-text';

/** Begins every mark and separator of a key; doubled where the request itself holds one. */
const mark = '\u0001';

/** One letter a kind: requests whose literals differ in kind have different plans. */
const letters: Readonly<Record<LiteralKind, string>> = {
  string: 's',
  integer: 'i',
  decimal: 'n',
  double: 'f',
  boolean: 'b',
  guid: 'g',
  date: 'd',
  dateTimeOffset: 'o',
  timeOfDay: 't',
  duration: 'p',
  binary: 'x',
  enum: 'e',
  geography: 'y',
  geometry: 'm',
};

/** Those of texts that may be intricate patterns, or pieces of one. */
const [intricate, piece] = ['q', 'z'];

/** The key of the shape of a request and its literals. Linear in the length of the request. */
export function shapeOf({ segments, trailingSlash, options }: UrlParts): Shape {
  const literals: ScannedLiteral[] = [];
  let key = '';
  segments.forEach((text, index) => {
    key += `${mark}/${scanSegment(text, `path/${index}`, literals)}`;
  });
  if (trailingSlash) key += `${mark}/`;
  for (const { name, value } of options) key += `${mark}&${escaped(name)}${mark}=${scanOption(name, value, literals)}`;
  return { key, literals };
}

const guidAlone = /^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/;
const parenthesised = /^[A-Za-z_$\u0080-\uffff][\w.\u0080-\uffff]*\(/;

/** Literals of a path segment stand in parentheses, or are a guid that fills it. */
function scanSegment(text: string, source: SourceName, literals: ScannedLiteral[]): string {
  if (text.length === 36 && guidAlone.test(text)) {
    literals.push({ source, at: 0, raw: text });
    return mark + letters.guid;
  }
  const opening = parenthesised.exec(text);
  return opening ? scan(text, opening[0].length, source, literals) : escaped(text);
}

const scanned: ReadonlySet<OptionName> = new Set<OptionName>([
  '$filter',
  '$orderby',
  '$compute',
  '$apply',
  '$expand',
  '$select',
]);
const digitsAlone = /^\d+$/;

function scanOption(name: string, value: string, literals: ScannedLiteral[]): string {
  if (name.startsWith('@')) return scan(value, 0, name, literals);
  const option = optionNamed(name);
  // Perhaps a parameter of a function.
  if (option === undefined) return scan(value, 0, name, literals);
  if (scanned.has(option)) return scan(value, 0, option, literals);
  if ((option !== '$top' && option !== '$skip') || !digitsAlone.test(value)) return escaped(value);
  literals.push({ source: option, at: 0, raw: value });
  return mark + (value.length > 18 ? letters.decimal : letters.integer);
}

/** Search expressions and $levels hold no literals. */
const searchOption = '[;(]\\$?[Ss][Ee][Aa][Rr][Cc][Hh]=';
const searchTransformation = '[Ss][Ee][Aa][Rr][Cc][Hh]\\(';
const levels = '[Ll][Ee][Vv][Ee][Ll][Ss]=\\d+';
const prefix = `[A-Za-z_\\u0080-\\uffff][${nameCharacter}]*`;

/** Groups: 1 what a search follows, 2 the prefix of a literal if it has one and its opening quote, 3… the unquoted kinds; none for the rest. */
const token = new RegExp(
  `(${searchOption}|(?<![${nameCharacter}$@])${searchTransformation})|${levels}|((?:(?<![${nameCharacter}$@])${prefix})?'|")|(?<![${nameCharacter}$@])${unquotedPattern}`,
  'g',
);
const firstUnquoted = 3;

function scan(text: string, from: number, source: SourceName, literals: ScannedLiteral[]): string {
  let key = '';
  let copied = 0;
  token.lastIndex = from;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const end = endOf(text, match);
    if (end === undefined) break;
    const raw = text.slice(match.index, end);
    const replacement = markOf(match, raw);
    token.lastIndex = end;
    if (replacement === undefined) continue;
    key += escaped(text.slice(copied, match.index)) + replacement;
    literals.push({ source, at: match.index, raw });
    copied = end;
  }
  return key + escaped(text.slice(copied));
}

/** Where search expressions stand in a text of the request. */
export function searchesIn(source: SourceName, text: string): readonly (readonly [from: number, end: number])[] {
  if (source === '$search') return [[0, text.length]];
  const option = optionNamed(source);
  const isExpression = option === undefined ? /^(?:@|path\/)/.test(source) : scanned.has(option);
  if (!isExpression) return [];
  const found: (readonly [number, number])[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const from = token.lastIndex;
    const end = endOf(text, match);
    if (end === undefined) break;
    if (match[1] !== undefined) found.push([from, end]);
    token.lastIndex = end;
  }
  return found;
}

/** A member name of an object ends with its colon: it is no literal. */
const colon = /[ \t]*:/y;

/** Where a token ends, or the search that follows it; undefined for a quote that is never closed: behind it stands nothing that can be told. */
function endOf(text: string, { 0: { length }, 1: search, 2: opening, index }: RegExpExecArray): number | undefined {
  const from = index + length;
  if (search !== undefined) return endOfSearch(text, from, search.endsWith('='));
  if (opening === undefined) return from;
  const quoteAt = opening === '"' ? closingDoubleQuote(text, from) : closingQuote(text, from);
  if (quoteAt === undefined) return undefined;
  colon.lastIndex = quoteAt + 1;
  return opening === '"' && colon.test(text) ? colon.lastIndex : quoteAt + 1;
}

/** What stands for a token in the key; undefined when it stands for itself, as all does that the parser would refuse. */
function markOf(match: RegExpExecArray, raw: string): string | undefined {
  const [, search, opening] = match;
  if (search !== undefined) return undefined;
  if (opening === undefined) {
    const kind = unquotedKind(match, firstUnquoted);
    return kind && mark + letters[kind];
  }
  if (opening === '"') return stringMark(jsonText(raw));
  if (opening === "'") return stringMark(literalText(raw));
  const prefix = opening.slice(0, -1);
  const kind = prefixedKind(prefix);
  return isContent(kind, literalText(raw)) ? escaped(prefix) + mark + letters[kind] : undefined;
}

/** A text that may be a pattern of which PostgreSQL's regular expressions cannot say all has a mark of its own, and so has a piece of one. */
function stringMark(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!mayBeIntricate(text)) return mark + letters.string;
  return mark + (isIntricate(text) ? intricate : piece);
}

const escaped = (text: string): string => (text.includes(mark) ? text.replaceAll(mark, mark + mark) : text);
