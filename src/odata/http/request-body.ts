/** The body of a request by its Content-Type, as UTF-8. Protocol §8.1.1, JSON §3 and §4.1. */
import { isUtf8 } from 'node:buffer';
import { odataError } from '../error';
import { PIECE } from '../model/long-text';
import { parameter, parseHeaderList, type HeaderElement } from './header-list';
import type { Headers } from './negotiate';

/** A body that can be read. */
export interface RequestBody {
  /** Type and subtype in lower case. */
  readonly mediaType: string;
  /** Text as UTF-8 without byte order mark; multipart bodies, and what is no text, as they came. */
  readonly bytes: Buffer;
  /** Of a multipart body. */
  readonly boundary: string | undefined;
}

const refuse = (message: string): Error => odataError('UnsupportedMediaType', { message });

/** Piece by piece: no text of the whole is made. */
function fromUtf16(bytes: Buffer, order: 'le' | 'be'): Buffer {
  const decoder = new TextDecoder(`utf-16${order}`, { fatal: true });
  // What is two bytes of UTF-16 is three of UTF-8 at most.
  const target = Buffer.allocUnsafe(bytes.length * 1.5);
  let length = 0;
  try {
    for (let at = 0; at < bytes.length; at += PIECE)
      length += target.write(decoder.decode(bytes.subarray(at, at + PIECE), { stream: true }), length);
    decoder.decode();
  } catch {
    throw odataError('InvalidBody', { message: 'The body is not valid UTF-16.' });
  }
  return target.subarray(0, length);
}

function fromUtf8(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) throw odataError('InvalidBody', { message: 'The body is not valid UTF-8.' });
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Without byte order mark UTF-16 is big-endian: RFC 2781 §4.3. */
function toUtf8(bytes: Buffer, charset: string): Buffer {
  switch (charset.toLowerCase()) {
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
      return fromUtf8(bytes);
    case 'utf-16':
      return fromUtf16(bytes, bytes[0] === 0xff && bytes[1] === 0xfe ? 'le' : 'be');
    case 'utf-16le':
      return fromUtf16(bytes, 'le');
    case 'utf-16be':
      return fromUtf16(bytes, 'be');
    default:
      throw refuse(`The service does not read the charset '${charset}'. Send UTF-8.`);
  }
}

function contentType(header: string | undefined, accepted: readonly string[]): HeaderElement {
  const [element] = parseHeaderList(header ?? '');
  const offer = accepted.join(' or ');
  if (!element) throw refuse(`The body has no Content-Type. Send ${offer}.`);
  if (accepted.includes(element.name)) return element;
  throw refuse(`The service does not read '${element.name}' here. Send ${offer}.`);
}

/**
 * Checks and decodes the body of a request; undefined when it is empty, whatever its Content-Type says. Unknown parameters of the media
 * type ask for nothing. `isText` is false where the bytes are no text whatever their media type. 415 for other types, charsets and encodings. Protocol §8.1.1 and §8.1.2.
 */
export function readRequestBody(
  headers: Headers,
  body: Buffer | undefined,
  accepted: readonly string[] = ['application/json'],
  isText = true,
): RequestBody | undefined {
  if (!body || body.length === 0) return undefined;
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding && encoding !== 'identity')
    throw refuse(`The service does not read the Content-Encoding '${encoding}'. Send the body as it is.`);
  const element = contentType(headers['content-type'], accepted);
  const multipart = element.name.startsWith('multipart/');
  return {
    mediaType: element.name,
    bytes: multipart || !isText ? body : toUtf8(body, parameter(element, 'charset') ?? 'utf-8'),
    boundary: multipart ? parameter(element, 'boundary') : undefined,
  };
}
