/** URL Conventions §2.1: a request target is split first, then each part is percent-decoded exactly once. */
import { odataError } from '../error';
import type { UrlParts } from './ast';
import { optionNamed } from './options';
import { refuseBareSemicolon } from './semicolon';

/**
 * Splits a request target behind the service root. A `+` in the query is itself when the query has a `%20`: its sender encodes spaces
 * so. Without any `%20` the query is form-encoded (URLSearchParams, Python's requests), and `+` is a space, except where it can only be
 * the sign of an offset or of an exponent. §2.1 leaves this open. More characters than `most` are refused.
 */
export function splitUrl(target: string, most = Infinity): UrlParts {
  // Each character may be written as %xx%xx%xx.
  checkLength(target.length / 9, most);
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? '' : target.slice(question + 1);
  const hash = target.indexOf('#');
  if (hash >= 0) throw malformed("The character '#' must be written as %23", hash);
  const segments = rejoined(path.split('/').filter(Boolean)).map((written, index) => {
    const text = decode(written);
    refuseBareSemicolon(written, text, `path/${index}`);
    return text;
  });
  const options = splitQuery(query);
  const texts = [...segments, ...options.flatMap(({ name, value }) => (isToken(name) ? [] : [name, value]))];
  checkLength(
    texts.reduce((sum, { length }) => sum + length, 0),
    most,
  );
  return { segments, trailingSlash: path.endsWith('/'), options };
}

/** True for the options that only links of the service have. */
export function isToken(name: string): boolean {
  const option = optionNamed(name);
  return option === '$skiptoken' || option === '$deltatoken';
}

/** Of the bytes of a query in a body: in UTF-16 each character of what is written as %xx%xx%xx has two. Longer ones need not be read. */
export const checkQueryBody = (bytes: number, most: number): void => checkLength(bytes / 18, most);

/** Each text has the same limit by itself; this is that of all together. */
function checkLength(length: number, most: number): void {
  if (length > most)
    throw odataError('TextTooLong', { message: `Path and query together are longer than ${most} characters.` });
}

/** The options of a query, as they stand behind `?` or in the body of a POST to /$query. */
export function splitQuery(query: string): UrlParts['options'] {
  if (query === '') return [];
  return plusDecoded(query).split('&').filter(Boolean).map(splitOption);
}

function splitOption(option: string): { name: string; value: string } {
  const equals = option.indexOf('=');
  if (equals < 0) return { name: decode(option), value: '' };
  const name = decode(option.slice(0, equals));
  const written = option.slice(equals + 1);
  const value = decode(written);
  refuseBareSemicolon(written, value, optionNamed(name) ?? name);
  return { name, value };
}

const spaces = /%20| /;
/** A plus that is a sign, with what shows it: the time before an offset, the digit and `e` before an exponent. */
const plusSign = /(\d(?::|%3[Aa])\d\d(?:(?::|%3[Aa])\d\d(?:\.\d{1,12})?)?|\d[eE])\+(?=\d)|\+/g;

/** The query with `%20` for each `+` that stands for a space. */
export function plusDecoded(query: string): string {
  if (!query.includes('+') || spaces.test(query)) return query;
  return query.replace(plusSign, (match, before: string | undefined) => (before === undefined ? '%20' : match));
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(`'${text.slice(0, 60)}' is not percent-encoded UTF-8`);
  }
}

function malformed(message: string, position?: number): Error {
  return odataError(
    'SyntaxError',
    { message: `${message}.` },
    { target: 'url', ...(position !== undefined && { position }) },
  );
}

/** filterInPath may hold paths with slashes: what was cut inside its parentheses is put together again. §4.12 */
function rejoined(segments: readonly string[]): string[] {
  const whole: string[] = [];
  let open = 0;
  for (const segment of segments) {
    if (open > 0) whole.push(`${whole.pop() ?? ''}/${segment}`);
    else whole.push(segment);
    const text = decode(segment);
    if (open > 0 || text.startsWith('$filter(')) open = Math.max(0, open + openParentheses(text));
  }
  return whole;
}

const parentheses = /'[^']*'|[()]/g;

function openParentheses(segment: string): number {
  let open = 0;
  for (const [match] of segment.matchAll(parentheses)) open += match === '(' ? 1 : match === ')' ? -1 : 0;
  return open;
}
