/** Multipart bodies and the messages in them, with CRLF or LF. RFC 2046 §5.1, RFC 9112 */
import { odataError } from '../error';
import { checkPartCount, malformedBatch } from './batch';
import type { Steps } from './turns';

/** A message: header fields by their names in lower case, and what follows the empty line. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

/** Characters of a boundary. RFC 2046 §5.1.1 */
const MAX_BOUNDARY = 70;

/** The parts between the delimiters, so many at most; what stands before the first and behind the last one counts for nothing. RFC 2046 §5.1.1 */
export function* splitMultipart(
  bytes: Buffer,
  boundary: string,
  where: string,
  most: number,
): Steps<readonly Buffer[]> {
  if (boundary.length > MAX_BOUNDARY)
    throw malformedBatch(`the boundary of ${where} has more than ${MAX_BOUNDARY} characters.`);
  const parts: Buffer[] = [];
  let start: number | undefined;
  for (let from = 0; ;) {
    const found = yield* nextDelimiter(bytes, boundary, from);
    if (!found) break;
    if (start !== undefined) parts.push(bytes.subarray(start, Math.max(start, found.start)));
    if (found.closing) return parts;
    checkPartCount(parts.length, most);
    start = from = found.end;
  }
  throw malformedBatch(
    start === undefined
      ? `${where} has no delimiter --${boundary}.`
      : `${where} ends without its closing delimiter --${boundary}--.`,
  );
}

interface Delimiter {
  /** Where the line break before it begins. */
  readonly start: number;
  /** Behind its line. */
  readonly end: number;
  readonly closing: boolean;
}

function* nextDelimiter(bytes: Buffer, boundary: string, from: number): Steps<Delimiter | undefined> {
  const text = `--${boundary}`;
  for (let at = lineWith(bytes, text, from); at >= 0; at = lineWith(bytes, text, at + 1)) {
    yield;
    let end = at + text.length;
    const closing = bytes[end] === DASH && bytes[end + 1] === DASH;
    if (closing) end += 2;
    while (bytes[end] === SPACE || bytes[end] === TAB) end++;
    if (bytes[end] === CR) end++;
    if (bytes[end] === LF) end++;
    else if (end < bytes.length && !closing) continue;
    return { start: beforeLineBreak(bytes, at), end, closing };
  }
  return undefined;
}

/** Where the next line begins with a text; looked for with its line break, which the text has none of, nothing is looked at twice. */
function lineWith(bytes: Buffer, text: string, from: number): number {
  if (from === 0 && bytes.subarray(0, text.length).equals(Buffer.from(text))) return 0;
  const found = bytes.indexOf(`\n${text}`, Math.max(from - 1, 0));
  return found < 0 ? found : found + 1;
}

function beforeLineBreak(bytes: Buffer, at: number): number {
  if (bytes[at - 1] !== LF) return at;
  return bytes[at - 2] === CR ? at - 2 : at - 1;
}

/** The line at a place, without its break, and where the next one begins; undefined where it has more than so many bytes. */
export function lineAt(
  bytes: Buffer,
  at: number,
  most: number,
): { readonly line: string; readonly next: number } | undefined {
  const found = bytes.subarray(0, at + most + 1).indexOf(LF, at);
  if (found < 0 && bytes.length - at > most) return undefined;
  const end = found < 0 ? bytes.length : found;
  const stop = bytes[end - 1] === CR && end > at ? end - 1 : end;
  return { line: bytes.toString('utf8', at, stop), next: found < 0 ? end : end + 1 };
}

/** Reads header fields from a place on, up to the empty line, of so many bytes at most. A line that begins with white space continues the one before. */
export function readMessage(bytes: Buffer, from: number, where: string, most: number): Message {
  const headers = new Map<string, string>();
  let last: string | undefined;
  let at = from;
  while (at < bytes.length) {
    const { line, next } = lineAt(bytes, at, most) ?? { line: '', next: Infinity };
    at = next;
    if (at - from > most)
      throw odataError('TextTooLong', { message: `The headers of ${where} have more than ${most} bytes.` });
    if (line === '') break;
    if (/^[ \t]/.test(line) && last !== undefined) {
      headers.set(last, `${headers.get(last) ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) throw malformedBatch(`${where} has the line '${line.slice(0, 60)}' where a header is expected.`);
    last = line.slice(0, colon).trim().toLowerCase();
    const before = headers.get(last);
    const value = line.slice(colon + 1).trim();
    headers.set(last, before === undefined ? value : `${before}, ${value}`);
  }
  return { headers: Object.fromEntries(headers), body: bytes.subarray(at) };
}

/** The media type of a Content-Type, in lower case. */
export const mediaType = (contentType: string | undefined): string =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The boundary of a multipart Content-Type. RFC 2046 §5.1.1 */
export function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(contentType);
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
}
