/** The multipart batch format, read. Protocol §11.7.7 */
import { odataError, ODataError } from '../error';
import {
  checkPartCount,
  faultyPart,
  malformedBatch,
  type Batch,
  type BatchLimits,
  type BatchPart,
  type BatchUnit,
} from './batch';
import { boundaryOf, lineAt, mediaType, readMessage, splitMultipart, type Message } from './mime';

const HTTP = 'application/http';
const MULTIPART = 'multipart/mixed';

/** Reads a batch. Throws when its envelope is malformed; a bad request in it is a fault of its own. */
export function readMultipartBatch(bytes: Buffer, boundary: string | undefined, limits: BatchLimits): Batch {
  const { requests: most, headers } = limits;
  if (boundary === undefined || boundary === '')
    throw malformedBatch('the parameter boundary of Content-Type: multipart/mixed is missing.', 'Content-Type');
  const sections = splitMultipart(bytes, boundary, 'the batch', most);
  let left = most;
  const units = sections.map((section, index) => {
    const where = `part ${index + 1}`;
    const unit = unitOf(readMessage(section, 0, where, headers), where, `changeset${index + 1}`, limits);
    left -= unit.kind === 'group' ? unit.parts.length : 1;
    checkPartCount(most - left, most);
    return unit;
  });
  return { format: 'multipart', units };
}

function unitOf(message: Message, where: string, name: string, limits: BatchLimits): BatchUnit {
  const contentType = message.headers['content-type'] ?? '';
  switch (mediaType(contentType)) {
    case HTTP:
      return { kind: 'single', part: partOf(message, limits) };
    case MULTIPART:
      return { kind: 'group', name, parts: changeSet(message, contentType, where, limits) };
    default:
      throw malformedBatch(`${where} has the Content-Type '${contentType}'; ${HTTP} or ${MULTIPART} is expected.`);
  }
}

function changeSet({ body }: Message, contentType: string, where: string, limits: BatchLimits): readonly BatchPart[] {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw malformedBatch(`the Content-Type of ${where} names no boundary.`);
  return splitMultipart(body, boundary, where, limits.requests).map((section, index) => {
    const at = `request ${index + 1} of ${where}`;
    const message = readMessage(section, 0, at, limits.headers);
    const type = mediaType(message.headers['content-type']);
    if (type === HTTP) return partOf(message, limits);
    throw malformedBatch(
      `${at} has the Content-Type '${type}'; ${HTTP} is expected.${type === MULTIPART ? ' A change set holds no change set.' : ''}`,
    );
  });
}

/** `GET customers HTTP/1.1`: blanks within the URL stay, the version may be left out. */
function readRequestLine(line: string): { readonly method: string; readonly url: string } {
  const text = line.trim();
  const [start = '', method = ''] = /^([A-Za-z]+)[ \t]+/.exec(text) ?? [];
  const blank = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
  const hasVersion = blank >= start.length && /^HTTP\/\d(?:\.\d)?$/.test(text.slice(blank + 1));
  const url = text.slice(start.length, hasVersion ? blank : undefined).trim();
  if (method !== '' && url !== '') return { method, url };
  throw odataError('BadRequest', {
    message: `'${line.slice(0, 80)}' is no request line such as GET EntitySet HTTP/1.1.`,
  });
}

/** The request in a part. Its Content-ID may stand before it or in it. */
function partOf({ headers: outer, body }: Message, limits: BatchLimits): BatchPart {
  const id = outer['content-id'];
  try {
    return requestOf(body, id, limits.headers);
  } catch (error) {
    if (error instanceof ODataError) return faultyPart(id, error);
    throw error;
  }
}

function requestOf(bytes: Buffer, outerId: string | undefined, most: number): BatchPart {
  let at = 0;
  let { line, next } = lineAt(bytes, at);
  while (line.trim() === '' && next < bytes.length) {
    at = next;
    ({ line, next } = lineAt(bytes, at));
  }
  const { method, url } = readRequestLine(line);
  const { headers, body } = readMessage(bytes, next, 'the request', most);
  const id = outerId ?? headers['content-id'];
  return {
    id,
    method: method.toUpperCase(),
    url: url.replaceAll(' ', '%20'),
    headers,
    body: bodyOf(body, headers['content-length']),
    dependsOn: [],
    condition: undefined,
    fault: undefined,
  };
}

/** Content-Length is believed where only line breaks lie behind it: some clients count characters. Without it line breaks are no body. */
function bodyOf(body: Buffer, contentLength: string | undefined): Buffer | undefined {
  const length = /^\d+$/.test(contentLength ?? '') ? Number(contentLength) : undefined;
  if (length !== undefined && length <= body.length && isBlank(body.subarray(length)))
    return length === 0 ? undefined : body.subarray(0, length);
  return isBlank(body) ? undefined : body;
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x0d || byte === 0x0a);
