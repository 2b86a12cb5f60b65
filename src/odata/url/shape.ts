/** The shape of a request: found by scanning, without parsing, so that a plan made once serves every request of the shape. */
import type { LiteralKind, ScannedLiteral, Shape, SourceName, UrlParts } from './ast';
import {
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

const quoted = "'[^']*(?:''[^']*)*'(?!')";
/** A member name of an object ends with its colon: it is no literal. */
const jsonString = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"(?:[ \\t]*:)?';
/** Behind a quote that is never closed stands nothing that can be told. */
const unclosed = `['"].*`;
/** Search expressions and $levels hold no literals. */
const searchOption = '[;(]\\$?[Ss][Ee][Aa][Rr][Cc][Hh]=';
const searchTransformation = '[Ss][Ee][Aa][Rr][Cc][Hh]\\(';
const levels = '[Ll][Ee][Vv][Ee][Ll][Ss]=\\d+';
const prefixed = `([A-Za-z_\\u0080-\\uffff][${nameCharacter}]*)${quoted}`;

/**
 * Groups: 1 a string, 2 what a search follows, 3 a string in double quotes, 4 the prefix of a literal, 5… the unquoted kinds; none for the
 * rest.
 */
const token = new RegExp(
  `(${quoted})|(${searchOption}|(?<![${nameCharacter}$@])${searchTransformation})|${levels}|(${jsonString})|(?<![${nameCharacter}$@])(?:${prefixed}|${unquotedPattern})|${unclosed}`,
  'gs',
);
const firstUnquoted = 5;

function scan(text: string, from: number, source: SourceName, literals: ScannedLiteral[]): string {
  let key = '';
  let copied = 0;
  token.lastIndex = from;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [raw, , search] = match;
    if (search !== undefined) token.lastIndex = endOfSearch(text, token.lastIndex, search.endsWith('='));
    const replacement = search === undefined ? markOf(match) : undefined;
    if (replacement === undefined) continue;
    key += escaped(text.slice(copied, match.index)) + replacement;
    literals.push({ source, at: match.index, raw });
    copied = token.lastIndex;
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
    const [, , search] = match;
    if (search === undefined) continue;
    const from = token.lastIndex;
    token.lastIndex = endOfSearch(text, from, search.endsWith('='));
    found.push([from, token.lastIndex]);
  }
  return found;
}

/** What stands for a token in the key; undefined when it stands for itself, as all does that the parser would refuse. */
function markOf(match: RegExpExecArray): string | undefined {
  const [raw, string, , json, prefix] = match;
  if (string !== undefined) return stringMark(literalText(string));
  if (json !== undefined) return stringMark(jsonText(json));
  if (prefix !== undefined) {
    const kind = prefixedKind(prefix);
    return isContent(kind, literalText(raw)) ? escaped(prefix) + mark + letters[kind] : undefined;
  }
  const kind = unquotedKind(match, firstUnquoted);
  return kind && mark + letters[kind];
}

/** A text that may be a pattern of which PostgreSQL's regular expressions cannot say all has a mark of its own, and so has a piece of one. */
function stringMark(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!mayBeIntricate(text)) return mark + letters.string;
  return mark + (isIntricate(text) ? intricate : piece);
}

const escaped = (text: string): string => (text.includes(mark) ? text.replaceAll(mark, mark + mark) : text);
