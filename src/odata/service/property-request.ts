/** PUT, PATCH and DELETE of a property: an update of its entity with this property alone. Protocol §11.4.9 */
import { odataError } from '../error';
import { tagHeader } from '../http/entity-tags';
import { negotiateFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import { complexItems, isPrimitive } from '../model/edm';
import type { Property } from '../model/model';
import type { BodyOptions } from '../payload/body';
import type { Change } from '../payload/change';
import { isObject, JsonNumber, parseJson, type JsonValue } from '../payload/json';
import {
  readAddedItem,
  readDynamicProperty,
  readMergedItem,
  readProperty,
  readReplacedItem,
  removedItem,
  type ItemPlace,
} from '../payload/property-body';
import type { PropertyWritePlan } from '../plan/write';
import type { Response } from './message';
import { wholeRepresentation } from './negotiated';
import { preparedRead, type Planned } from './planned';
import { callOf, propertyResponse, SingleRow, type ReadRequest } from './read';
import { updateEntity } from './write';
import { withWrittenKey } from './write-answer';
import { checkAllowed } from './write-context';
import { bodyVersion, type Writing } from './writing';

/** Answers a request that writes a property: 204, or the property under return=representation. */
export async function writeProperty(writing: Writing, planned: Planned<PropertyWritePlan>): Promise<Response> {
  const { plan, compiled } = planned;
  checkProperty(plan, writing.negotiated.request.method);
  const change = changeOf(writing, plan);
  const { options, negotiated, context, conditions, bindings } = writing;
  const { request, preferences, version, format: option } = negotiated;
  const isShown = preferences.return === 'representation' && request.method !== 'DELETE';
  const format = negotiateFormat(request.headers['accept'], option, plan.raw ? 'text' : 'data', version);
  const representation = wholeRepresentation(options.model, format);
  const read = isShown ? preparedRead(plan.readBack, compiled, representation) : undefined;
  const applied = appliedHeader(preferences, preferences.return && request.method !== 'DELETE' ? ['return'] : []);
  let row = new SingleRow();
  const readBack =
    read &&
    ((key: Readonly<Record<string, string>>) => {
      row = new SingleRow();
      return callOf(read, withWrittenKey(bindings, key), row.onRow);
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
function checkProperty(plan: PropertyWritePlan, method: string): void {
  const { target, property } = plan;
  const { type } = target.range;
  const isWritable = type.updatable && !property.computed && !type.key.includes(property);
  checkAllowed(['GET', 'HEAD', ...(isWritable ? methodsOf(plan) : [])], [method], property.name);
}

/** Items of a collection have no identity, so that it cannot be patched; each has a place where it can be. Protocol §11.4.9.4, §11.4.10 */
function methodsOf({ property: { type }, raw, ordinal }: PropertyWritePlan): readonly string[] {
  if (raw) return ['PUT', 'DELETE'];
  return type.kind === 'collection' && ordinal === undefined ? ['POST', 'PUT', 'DELETE'] : ['PUT', 'PATCH', 'DELETE'];
}

function changeOf({ options, negotiated }: Writing, plan: PropertyWritePlan): Change {
  const { request, version } = negotiated;
  const { type } = plan.target.range;
  const reading: Omit<BodyOptions, 'mode'> = {
    version: bodyVersion(request, version),
    rules: options.rules.of(type.target),
    ...(request.method === 'PUT' ? { replaced: plan.path.join('/') } : {}),
  };
  if (plan.property.source.kind === 'dynamic')
    return dynamicChange(options, writingBody(request, plan), plan, request.method);
  const { path, property, ordinal } = plan;
  if (ordinal !== undefined) {
    const place: ItemPlace = { type, property, path, index: ordinal };
    if (request.method === 'DELETE') return removedItem(place);
    const value = itemOf(writingBody(request, plan), property);
    return request.method === 'PATCH' ? readMergedItem(value, place) : readReplacedItem(value, place);
  }
  if (request.method === 'POST')
    return readAddedItem(itemOf(writingBody(request, plan), property), { type, property, path, index: plan.index });
  return readProperty(plan.path, valueOf(writingBody(request, plan), plan, request.method), type, reading);
}

/** Beside the value stands its type; a body without a value is an object itself. */
function dynamicChange(
  { model: { namespace, enumTypes } }: Writing['options'],
  body: BodyText,
  plan: PropertyWritePlan,
  method: string,
): Change {
  const { target, property, raw } = plan;
  const json = raw || body === undefined ? null : parseJson(body);
  const isWhole = isObject(json) && !json.has('value');
  const type = isObject(json) && !isWhole ? (json.get('@odata.type') ?? json.get('@type')) : undefined;
  const value = isWhole ? json : valueOf(body, plan, method);
  const isMerged = method === 'PATCH';
  return readDynamicProperty(property.name, value, type, target.range.type, { namespace, enumTypes, isMerged });
}

type BodyText = Uint8Array | undefined;

function writingBody(
  { method, headers, body }: Writing['negotiated']['request'],
  { raw, property: { type } }: PropertyWritePlan,
): BodyText {
  if (method === 'DELETE') return undefined;
  const accepted = raw ? ['text/plain', 'application/octet-stream'] : ['application/json'];
  return readRequestBody(headers, body, accepted, !raw || !isPrimitive(type, 'Edm.Binary'))?.bytes;
}

function valueOf(body: BodyText, { raw, property }: PropertyWritePlan, method: string): JsonValue {
  if (method === 'DELETE') return property.type.kind === 'collection' ? [] : null;
  if (raw) return rawValueOf(body ?? new Uint8Array(), property);
  const json = body === undefined ? undefined : parseJson(body);
  if (json === undefined || !isObject(json)) throw invalid(property);
  if (property.type.kind === 'complex') return json.get('value') === null ? null : json;
  const value = json.get('value');
  if (value === undefined) throw invalid(property);
  return value;
}

/** A complex item is the body, any other one its `value`. */
function itemOf(body: BodyText, property: Property): JsonValue {
  const json = body === undefined ? undefined : parseJson(body);
  const value = json !== undefined && isObject(json) ? (complexItems(property) ? json : json.get('value')) : undefined;
  if (value === undefined) throw invalid(property, complexItems(property) !== undefined);
  return value;
}

const invalid = ({ name, type }: Property, isWhole = type.kind === 'complex'): Error =>
  odataError('InvalidBody', {
    message: isWhole
      ? `The body must be a JSON object with the properties of "${name}".`
      : `The body must be a JSON object such as {"value":…} with the value of "${name}".`,
  });

/** The text of a value as JSON would have it. URL Conventions §4.7 */
function rawValueOf(body: Uint8Array, { type }: Property): JsonValue {
  if (isPrimitive(type, 'Edm.Binary')) return Buffer.from(body).toString('base64url');
  const text = Buffer.from(body).toString();
  if (type.kind !== 'primitive') return text;
  if (type.name === 'Edm.Boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  const isNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return isNumber && numbers.has(type.name) ? new JsonNumber(text) : text;
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
