/** PUT, PATCH and DELETE of a property: an update of its entity with this property alone. Protocol §11.4.9 */
import { odataError } from '../error';
import { tagHeader } from '../http/entity-tags';
import { negotiateFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import { complexItems, isPrimitive, untyped } from '../model/edm';
import type { Property } from '../model/model';
import type { Change } from '../payload/change';
import { isObject, JsonNumber, LONGEST_NUMBER, type JsonObject, type JsonValue } from '../payload/json';
import { parseBody } from '../payload/parse-json';
import { dynamicItemsChange } from '../payload/dynamic-items';
import { itemsChange } from '../payload/item-body';
import { readBytes, readDynamicProperty, readProperty } from '../payload/property-body';
import { textOf } from '../payload/text-pieces';
import { inTurns } from '../payload/turns';
import { ownType } from '../payload/untyped';
import { checkOptions } from '../plan/applicable';
import { noIndex, type PropertyWritePlan } from '../plan/write';
import { hasItems, innermost, meansEach, type WrittenPlace } from '../plan/written-place';
import type { Response } from './message';
import { wholeRepresentation } from './negotiated';
import { preparedRead, type Planned } from './planned';
import { callOf, propertyResponse, SingleRow, type ReadRequest } from './read';
import { updateEntity } from './write';
import { withWrittenKey } from './write-answer';
import { checkAllowed, type ItemPlaces, type Written } from './write-context';
import { bodyVersion, type Writing } from './writing';

/** Answers a request that writes a property: 204, or the property under return=representation. */
export async function writeProperty(writing: Writing, planned: Planned<PropertyWritePlan>): Promise<Response> {
  const { plan, compiled, ast } = planned;
  checkProperty(plan, writing.negotiated.request.method);
  const change = await changeOf(writing, plan);
  const { options, negotiated, context, conditions, bindings } = writing;
  const { request, preferences, version, format: option } = negotiated;
  const { readBack: told } = plan;
  const isShown = preferences.return === 'representation' && request.method !== 'DELETE';
  const isEach = meansEach(innermost(plan.place));
  // An option does not say which items are meant: it speaks of the answer.
  if (isEach && !isShown) checkOptions(ast.options, 'value', 'what is done to each item of a collection');
  const format = negotiateFormat(request.headers['accept'], option, plan.raw ? 'text' : 'data', version);
  const representation = wholeRepresentation(options.model, format);
  const read = isShown ? preparedRead(told, compiled, representation) : undefined;
  const isApplied = isShown || (preferences.return === 'minimal' && request.method !== 'DELETE');
  const applied = appliedHeader(preferences, isApplied ? ['return'] : []);
  let row = new SingleRow();
  const readBack =
    read &&
    ((key: Written['key'], places: ItemPlaces) => {
      row = new SingleRow();
      return callOf(read, withWrittenKey(bindings, key, places), row.onRow);
    });
  const { key, etag } = await updateEntity({ ...context, readBack }, plan.target, change, conditions);
  const headers = { ...applied, ...tagHeader(etag) };
  if (!read) return { status: 204, headers };
  const asked: ReadRequest = {
    bindings: withWrittenKey(bindings, key),
    root: request.root,
    target: request.target,
    headers: { 'Content-Type': format.contentType, ...headers },
    version,
    prefix: representation.prefix,
    withContext: format.metadata !== 'none',
    ieee754: representation.ieee754,
    page: { length: 1, remaining: undefined, asked: undefined },
  };
  return propertyResponse(read, asked, row);
}

/** What the service sets itself is read only. Protocol §9.2.2 */
function checkProperty({ target, place, raw, index }: PropertyWritePlan, method: string): void {
  const { type } = target.range;
  const last = innermost(place);
  const isWritable = [place, last].every(({ property }) => !property.computed && !type.key.includes(property));
  const methods = type.updatable && isWritable ? methodsOf(last, raw) : [];
  checkAllowed(['GET', 'HEAD', ...methods], [method], last.property.name);
  if (index !== undefined && method !== 'POST') throw noIndex(last.property);
}

/** Items of a collection have no identity, so that it cannot be patched; each has a place where it can be. Protocol §11.4.9.4, §11.4.10, §11.4.13 */
function methodsOf(place: WrittenPlace, raw: boolean): readonly string[] {
  if (raw) return ['PUT', 'DELETE'];
  if (meansEach(place)) return ['PATCH', 'DELETE'];
  const { type } = place.property;
  if (place.items || !hasItems(place.property)) return ['PUT', 'PATCH', 'DELETE'];
  return type.kind === 'collection' ? ['POST', 'PUT', 'DELETE'] : ['POST', 'PUT', 'PATCH', 'DELETE'];
}

async function changeOf({ options, negotiated }: Writing, plan: PropertyWritePlan): Promise<Change> {
  const { request, version, levels } = negotiated;
  const { method } = request;
  const { target, place, index = END, raw, conditions } = plan;
  const { type } = target.range;
  const { path, property, items } = place;
  const written: WrittenValue = { property: innermost(place).property, raw, method };
  const body = await writingBody(request, written, levels);
  if (property.source.kind === 'dynamic')
    return dynamicChange(options, body, plan, written, sendsBytes(request, written));
  const isItem = innermost(place).items !== undefined || method === 'POST';
  const value = (): JsonValue => (isItem && method !== 'DELETE' ? itemOf(body, written) : valueOf(body, written));
  if (items || method === 'POST') return itemsChange(type, { method, value: value(), index }, place, conditions);
  const bodyOptions = {
    version: bodyVersion(request, version),
    rules: options.rules.of(type.target),
    ...(method === 'PUT' ? { replaced: path.join('/') } : {}),
  };
  const isBytes = raw && method !== 'DELETE' && isPrimitive(property.type, 'Edm.Binary');
  return inTurns(
    isBytes ? readBytes(path, body.bytes, type, bodyOptions) : readProperty(path, value(), type, bodyOptions),
  );
}

/** Behind the last item. */
const END = -1;

/** What is written, and by which method. */
interface WrittenValue {
  readonly property: Property;
  /** `/$value` */
  readonly raw: boolean;
  readonly method: string;
}

/** Beside the value stands its type; a body without a value is an object itself. */
async function dynamicChange(
  { model: types }: Writing['options'],
  body: WritingBody,
  { target, place, conditions, index = END }: PropertyWritePlan,
  written: WrittenValue,
  isBytes: boolean,
): Promise<Change> {
  const { path } = place;
  const { method } = written;
  const { json = null } = body;
  const isWhole = isObject(json) && !json.has('value');
  const type = isBytes ? 'Binary' : isObject(json) && !isWhole ? ownType(json) : undefined;
  const value = isBytes ? base64(body.bytes) : isWhole ? json : valueOf(body, written);
  if (place.items || method === 'POST')
    return dynamicItemsChange(target.range.type, { method, value, given: type, index }, place, { conditions, types });
  const isMerged = method === 'PATCH';
  return inTurns(readDynamicProperty(path, value, type, target.range.type, { types, isMerged }));
}

/** What was sent. */
interface WritingBody {
  readonly bytes: Buffer;
  /** Unless it is a raw value, or there is none. */
  readonly json?: JsonValue;
  /** Of a raw value that is no bytes. */
  readonly text?: string;
}

type Sent = Writing['negotiated']['request'];

async function writingBody(request: Sent, written: WrittenValue, levels: number): Promise<WritingBody> {
  const { raw, property, method } = written;
  if (method === 'DELETE') return noBody;
  const accepted = raw ? ['text/plain', 'application/octet-stream'] : ['application/json'];
  const isText = !raw || !(isPrimitive(property.type, 'Edm.Binary') || sendsBytes(request, written));
  const { bytes } = readRequestBody(request.headers, request.body, accepted, isText) ?? {};
  if (!bytes) return noBody;
  if (!raw) return { bytes, json: await parseBody(bytes, levels) };
  return isText ? { bytes, text: await inTurns(textOf(bytes)) } : { bytes };
}

const noBody: WritingBody = { bytes: Buffer.alloc(0) };

/** Where nothing declares a type, the media type tells whether a raw value is a text. */
const sendsBytes = ({ headers, method }: Sent, { raw, property }: WrittenValue): boolean =>
  raw &&
  method !== 'DELETE' &&
  property.type === untyped &&
  /^\s*application\/octet-stream/i.test(headers['content-type'] ?? '');

const base64 = (body: Buffer): string => body.toString('base64url');

function valueOf({ json, text = '' }: WritingBody, { raw, property, method }: WrittenValue): JsonValue {
  if (method === 'DELETE') return property.type.kind === 'collection' ? [] : null;
  if (raw) return rawValueOf(text, property);
  if (json === undefined || !isObject(json)) throw invalid(property);
  if (property.type.kind === 'complex') return json.get('value') === null ? null : json;
  return valueAlone(json, property);
}

/** The member `value`: others would be lost. */
function valueAlone(json: JsonObject, property: Property): JsonValue {
  const value = json.get('value');
  if (value === undefined) throw invalid(property);
  const other = [...json.keys()].find((name) => name !== 'value' && !name.includes('@'));
  if (other === undefined) return value;
  throw odataError(
    'InvalidBody',
    {
      message: `The body has "${other.slice(0, 60)}" beside the value of "${property.name}". An object that has a member "value" is written as {"value":{…}}.`,
    },
    { target: other.slice(0, 60) },
  );
}

/** A complex item is the body, any other one its `value`. */
function itemOf({ json }: WritingBody, { property }: WrittenValue): JsonValue {
  const isWhole = complexItems(property) !== undefined;
  if (json === undefined || !isObject(json)) throw invalid(property, isWhole);
  return isWhole ? json : valueAlone(json, property);
}

const invalid = ({ name, type }: Property, isWhole = type.kind === 'complex'): Error =>
  odataError('InvalidBody', {
    message: isWhole
      ? `The body must be a JSON object with the properties of "${name}".`
      : `The body must be a JSON object such as {"value":…} with the value of "${name}".`,
  });

/** The text of a value as JSON would have it. URL Conventions §4.7 */
function rawValueOf(text: string, { type }: Property): JsonValue {
  if (type.kind !== 'primitive') return text;
  if (type.name === 'Edm.Boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  const isNumber =
    numbers.has(type.name) && text.length <= LONGEST_NUMBER && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return isNumber ? new JsonNumber(text) : text;
}

const numbers: ReadonlySet<string> = new Set([
  'Edm.Byte',
  'Edm.SByte',
  'Edm.Int16',
  'Edm.Int32',
  'Edm.Int64',
  'Edm.Decimal',
  'Edm.Single',
  'Edm.Double',
]);
