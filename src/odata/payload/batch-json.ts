/** The JSON batch format, read. JSON Format 4.01 §19.1 */
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
import { wrong } from './faults';
import { isArray, isObject, JsonNumber, type JsonObject, type JsonValue } from './json';
import { jsonBytes, jsonText } from './json-text';
import type { Steps } from './turns';

const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD'];
const MEMBERS: ReadonlySet<string> = new Set([
  ...['id', 'method', 'url', 'headers', 'body', 'atomicityGroup', 'dependsOn', 'if'],
]);

/** Reads a batch. Throws when its envelope is malformed; a bad request in it is a fault of its own. */
export function* readJsonBatch(envelope: JsonValue, limits: BatchLimits): Steps<Batch> {
  const requests = isObject(envelope) ? envelope.get('requests') : undefined;
  if (!isObject(envelope) || !requests || !isArray(requests))
    throw malformedBatch(`a JSON object with the array "requests" is expected.`, 'requests');
  const other = [...envelope.keys()].find((name) => name !== 'requests' && !name.includes('@'));
  if (other !== undefined) throw malformedBatch(`"${other}" does not belong beside "requests".`, other);
  checkPartCount(requests.length, limits.requests);
  return { format: 'json', units: yield* new Units(limits).of(requests) };
}

/** Builds the units, and checks what the requests say of each other. */
class Units {
  private readonly units: BatchUnit[] = [];
  /** Identifiers and group names of the requests so far. */
  private readonly known = new Set<string>();
  private readonly groups = new Map<string, BatchPart[]>();
  private open: string | undefined;

  constructor(private readonly limits: BatchLimits) {}

  *of(requests: readonly JsonValue[]): Steps<readonly BatchUnit[]> {
    for (const [index, request] of requests.entries()) yield* this.add(request, `requests/${index}`);
    return this.units;
  }

  private *add(request: JsonValue, at: string): Steps<void> {
    yield;
    if (!isObject(request)) throw malformedBatch('each request is a JSON object.', at);
    const id = this.identifier(request, at);
    const group = optionalText(request, 'atomicityGroup', at);
    if (group !== this.open) this.closeGroup();
    const parts = group === undefined ? undefined : this.groupOf(group, at);
    const part = yield* partOf(request, id, this.dependencies(request, at), this.limits);
    this.known.add(id);
    if (parts) parts.push(part);
    else this.units.push({ kind: 'single', part });
  }

  private identifier(request: JsonObject, at: string): string {
    const id = request.get('id');
    if (typeof id !== 'string' || id === '' || id.length > this.limits.headers || control.test(id))
      throw malformedBatch('each request has an "id": a string on one line, no longer than headers.', `${at}/id`);
    if (this.known.has(id) || this.groups.has(id)) throw malformedBatch(`"${id}" names two things.`, `${at}/id`);
    return id;
  }

  private closeGroup(): void {
    if (this.open !== undefined) this.known.add(this.open);
    this.open = undefined;
  }

  private groupOf(name: string, at: string): BatchPart[] {
    if (this.open === name) return this.groups.get(name) ?? [];
    if (this.groups.has(name))
      throw malformedBatch(`the requests of the group "${name}" must stand side by side.`, `${at}/atomicityGroup`);
    if (name === '' || this.known.has(name))
      throw malformedBatch(`"${name}" cannot name a group.`, `${at}/atomicityGroup`);
    const parts: BatchPart[] = [];
    this.groups.set(name, parts);
    this.units.push({ kind: 'group', name, parts });
    this.open = name;
    return parts;
  }

  private dependencies(request: JsonObject, at: string): readonly string[] {
    const list = request.get('dependsOn') ?? null;
    if (list === null) return [];
    if (!isArray(list)) throw malformedBatch('"dependsOn" is an array of strings.', `${at}/dependsOn`);
    return list.map((name) => {
      if (typeof name === 'string' && this.known.has(name)) return name;
      const shown = typeof name === 'string' ? `"${name}"` : 'a name';
      throw malformedBatch(`"dependsOn" names ${shown} that stands nowhere before it.`, `${at}/dependsOn`);
    });
  }
}

function optionalText(request: JsonObject, name: string, at: string): string | undefined {
  const value = request.get(name) ?? null;
  if (value === null) return undefined;
  if (typeof value !== 'string') throw malformedBatch(`"${name}" is a string.`, `${at}/${name}`);
  return value;
}

function* partOf(request: JsonObject, id: string, dependsOn: readonly string[], limits: BatchLimits): Steps<BatchPart> {
  try {
    return yield* checkedPart(request, id, dependsOn, limits);
  } catch (error) {
    if (error instanceof ODataError) return faultyPart(id, error, dependsOn);
    throw error;
  }
}

function* checkedPart(
  request: JsonObject,
  id: string,
  dependsOn: readonly string[],
  limits: BatchLimits,
): Steps<BatchPart> {
  const other = [...request.keys()].find((name) => !MEMBERS.has(name) && !name.includes('@'));
  if (other !== undefined) throw wrong(`A request of a batch has no "${other}".`, other);
  const method = request.get('method');
  const name = typeof method === 'string' ? method.slice(0, 9).toUpperCase() : '';
  if (!METHODS.includes(name)) throw wrong('"method" is one of get, post, patch, put and delete.', 'method');
  const url = request.get('url');
  if (typeof url !== 'string') throw wrong('"url" is a string.', 'url');
  const condition = request.get('if') ?? undefined;
  if (condition !== undefined && typeof condition !== 'string') throw wrong('"if" is an expression as a string.', 'if');
  if (url.length > limits.url) throw textTooLong(limits, 'url');
  if (condition !== undefined && condition.length > limits.url) throw textTooLong(limits, 'if');
  const headers = headersOf(request.get('headers') ?? null, limits.headers);
  const body = yield* bodyOf(request.get('body') ?? null, name, headers);
  return { id, method: name, url, headers, body, dependsOn, condition, fault: undefined };
}

/** What no line of HTTP holds, and no answer may repeat. RFC 9110 §5.5 */
const control = /[^\P{Cc}\t]/u;
const fieldName = /^[\w!#$%&'*+.^`|~-]+$/;

/** Names are case-insensitive, as in HTTP; numbers and truth values pass for their text. */
function headersOf(value: JsonValue, most: number): Record<string, string> {
  if (value === null) return {};
  if (!isObject(value)) throw wrong('"headers" is an object.', 'headers');
  const headers = new Map<string, string>();
  let length = 0;
  for (const [name, content] of value) {
    const key = name.toLowerCase();
    const target = `headers/${name}`;
    if (!fieldName.test(name)) throw wrong(`"${name.slice(0, 60)}" is no name of a header.`, target);
    if (headers.has(key)) throw wrong(`The header "${key}" is given twice.`, target);
    if (content === null) continue;
    const isPlain = content instanceof JsonNumber || typeof content === 'boolean';
    const text = isPlain ? jsonText(content) : content;
    length += name.length + (typeof text === 'string' ? text.length : 0);
    if (length > most)
      throw odataError('TextTooLong', { message: `Headers have at most ${most} characters.` }, { target });
    if (typeof text !== 'string' || control.test(text))
      throw wrong('The value of a header is a string on one line.', target);
    headers.set(key, text);
  }
  return Object.fromEntries(headers);
}

/** A body that GET, HEAD and DELETE have no use for is no reason to refuse them. RFC 9110 §9.3 */
function* bodyOf(body: JsonValue, method: string, headers: Record<string, string>): Steps<Buffer | undefined> {
  if (body === null || method === 'GET' || method === 'HEAD' || method === 'DELETE') return undefined;
  const type = (headers['content-type'] ??= 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) return yield* jsonBytes(body);
  if (typeof body !== 'string')
    throw wrong(`The body of ${type} is a string: the text, or base64url of what is no text.`, 'body');
  if (type.startsWith('text/')) {
    const charset = /; *charset="?([^";]*)/i.exec(headers['content-type'])?.[1]?.trim() ?? 'utf-8';
    if (!/^(utf-?8|us-ascii)$/i.test(charset))
      throw wrong(`A text within JSON is UTF-8, not ${charset}. Send it in a multipart batch.`, 'headers/content-type');
    return Buffer.from(body);
  }
  if (!/^[\w+/-]*={0,2}$/.test(body)) throw wrong('The body is not base64url.', 'body');
  yield;
  return Buffer.from(body, 'base64url');
}
