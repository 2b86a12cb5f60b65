/** The multipart batch format, read. Protocol §11.7.7 */
import { odataError, ODataError } from '../error';
import {
  checkPartCount,
  faultyPart,
  malformedBatch,
  textTooLong,
  type Batch,
  type BatchLimits,
  type BatchPart,
  type BatchUnit,
} from './batch';
import { boundaryOf, lineAt, mediaType, readMessage, splitMultipart, type Message } from './mime';
import type { Steps } from './turns';

const HTTP = 'application/http';
const MULTIPART = 'multipart/mixed';

/** Reads a batch. Throws when its envelope is malformed; a bad request in it is a fault of its own. */
export function* readMultipartBatch(bytes: Buffer, boundary: string | undefined, limits: BatchLimits): Steps<Batch> {
  const { requests: most, headers } = limits;
  if (boundary === undefined || boundary === '')
    throw malformedBatch('the parameter boundary of Content-Type: multipart/mixed is missing.', 'Content-Type');
  const units: BatchUnit[] = [];
  let count = 0;
  for (const [index, section] of (yield* splitMultipart(bytes, boundary, 'the batch', most)).entries()) {
    const where = `part ${index + 1}`;
    const unit = yield* unitOf(readMessage(section, 0, where, headers), where, `changeset${index + 1}`, limits);
    count += unit.kind === 'group' ? unit.parts.length : 1;
    checkPartCount(count, most);
    units.push(unit);
  }
  return { format: 'multipart', units };
}

function* unitOf(message: Message, where: string, name: string, limits: BatchLimits): Steps<BatchUnit> {
  yield;
  const contentType = message.headers['content-type'] ?? '';
  switch (mediaType(contentType)) {
    case HTTP:
      return { kind: 'single', part: partOf(message, limits) };
    case MULTIPART:
      return { kind: 'group', name, parts: yield* changeSet(message, contentType, where, limits) };
    default:
      throw malformedBatch(`${where} has the Content-Type '${contentType}'; ${HTTP} or ${MULTIPART} is expected.`);
  }
}

function* changeSet(
  { body }: Message,
  contentType: string,
  where: string,
  limits: BatchLimits,
): Steps<readonly BatchPart[]> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw malformedBatch(`the Content-Type of ${where} names no boundary.`);
  const parts: BatchPart[] = [];
  for (const [index, section] of (yield* splitMultipart(body, boundary, where, limits.requests)).entries()) {
    yield;
    const at = `request ${index + 1} of ${where}`;
    const message = readMessage(section, 0, at, limits.headers);
    const type = mediaType(message.headers['content-type']);
    if (type !== HTTP)
      throw malformedBatch(
        `${at} has the Content-Type '${type}'; ${HTTP} is expected.${type === MULTIPART ? ' A change set holds no change set.' : ''}`,
      );
    parts.push(partOf(message, limits));
  }
  return parts;
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
    return requestOf(body, id, limits);
  } catch (error) {
    if (error instanceof ODataError) return faultyPart(id, error);
    throw error;
  }
}

function requestOf(bytes: Buffer, outerId: string | undefined, limits: BatchLimits): BatchPart {
  const found = lineAt(bytes, firstVisible(bytes), limits.url);
  if (!found) throw textTooLong(limits, 'url');
  const { method, url } = readRequestLine(found.line);
  const { headers, body } = readMessage(bytes, found.next, 'the request', limits.headers);
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

/** Where the first line begins that is not blank, behind the white space at its start. */
function firstVisible(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return at;
}

/** Content-Length is believed where only line breaks lie behind it: some clients count characters. Without it line breaks are no body. */
function bodyOf(body: Buffer, contentLength: string | undefined): Buffer | undefined {
  let end = body.length;
  while (body[end - 1] === 0x0d || body[end - 1] === 0x0a) end--;
  const length = /^\d+$/.test(contentLength ?? '') ? Number(contentLength) : undefined;
  const told = length !== undefined && length <= body.length && length >= end ? body.subarray(0, length) : undefined;
  if (told) return told.length === 0 ? undefined : told;
  return end === 0 ? undefined : body;
}
