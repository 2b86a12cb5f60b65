/** Bytes that come in: PUT and DELETE of a stream, POST of a media entity. Protocol §11.4.7, §11.4.8 */
import { odataError } from '../error';
import { tagHeader } from '../http/entity-tags';
import { covers } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { isMediaType, MEDIA, withoutParameters } from '../model/media-type';
import type { EntityType, Stream } from '../model/model';
import { emptyChange, type Change } from '../payload/change';
import type { StreamWritePlan } from '../plan/write';
import { harmless } from './foreign-bytes';
import type { Request, Response } from './message';
import type { Planned } from './planned';
import { deleteEntity, updateEntity } from './write';
import { WriteAnswer } from './write-answer';
import { allowedMethods, checkAllowed } from './write-context';
import type { Writing } from './writing';

/** Answers a request that writes a stream: 204, or under return=representation the bytes or, of a media entity, the entity. */
export async function writeStream(writing: Writing, planned: Planned<StreamWritePlan>): Promise<Response> {
  const { context, conditions, negotiated, options, bindings } = writing;
  const { stream, entity, target } = planned.plan;
  const { request, preferences } = negotiated;
  checkStream(planned.plan, request.method);
  if (request.method === 'DELETE' && stream.name === MEDIA) {
    await deleteEntity(context, target, conditions);
    return { status: 204, headers: {} };
  }
  const change =
    request.method === 'DELETE' ? clearing(target.range.type, stream) : putting(target.range.type, stream, request);
  const isShown = preferences.return === 'representation' && request.method === 'PUT';
  if (isShown && stream.name === MEDIA) {
    const answer = new WriteAnswer(options, negotiated, { ...planned, plan: entity }, bindings, change);
    const written = await updateEntity({ ...context, readBack: answer.readBack }, target, change, conditions);
    return answer.response(written, 'update');
  }
  const written = await updateEntity(context, target, change, conditions);
  const applied = appliedHeader(preferences, preferences.return && request.method === 'PUT' ? ['return'] : []);
  const headers = { ...applied, ...tagHeader(written.etag) };
  if (!isShown) return { status: 204, headers };
  return {
    status: 200,
    headers: { 'Content-Type': request.headers['content-type'] ?? stream.mediaType, ...harmless, ...headers },
    body: request.body ?? Buffer.alloc(0),
  };
}

function checkStream({ stream, target }: StreamWritePlan, method: string): void {
  const isWritable = target.range.type.updatable && !stream.computed;
  const isDeletable = stream.name === MEDIA ? allowedMethods(target).includes('DELETE') : isWritable;
  const allowed = ['GET', 'HEAD', ...(isWritable ? ['PUT'] : []), ...(isDeletable ? ['DELETE'] : [])];
  checkAllowed(allowed, [method], stream.name);
}

/** A stream that is set to null, and its media type with it. Protocol §11.4.8.2 */
function clearing(type: EntityType, stream: Stream): Change {
  if (!stream.nullable) throw odataError('InvalidValue', { message: `The stream "${stream.name}" must not be null.` });
  const keeper = stream.mediaTypeProperty;
  return {
    ...emptyChange(type, 'update'),
    values: new Map(keeper?.nullable ? [[keeper.name, null]] : []),
    streams: new Map([[stream, null]]),
  };
}

function putting(type: EntityType, stream: Stream, request: Request): Change {
  const mediaType = mediaTypeOf(stream, request);
  return withBytes({ ...emptyChange(type, 'update') }, stream, mediaType, request.body);
}

/** A change that sets a stream, and the property that keeps its media type. */
export function withBytes(change: Change, stream: Stream, mediaType: string, bytes: Buffer | undefined): Change {
  const keeper = stream.mediaTypeProperty;
  return {
    ...change,
    values: new Map([...change.values, ...(keeper ? [[keeper.name, mediaType] as const] : [])]),
    streams: new Map([[stream, bytes ?? Buffer.alloc(0)]]),
  };
}

/** The media type of the body; 413 and 415 where the stream does not take it. */
export function mediaTypeOf(stream: Stream, { headers, body }: Request): string {
  const { maxBytes, accepts, mediaTypeProperty: keeper } = stream;
  if (maxBytes !== undefined && (body?.length ?? 0) > maxBytes)
    throw odataError('PayloadTooLarge', { message: `The stream takes at most ${maxBytes} bytes.` });
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding && encoding !== 'identity')
    throw refuse(`The service does not read the Content-Encoding '${encoding}'. Send the bytes as they are.`);
  const mediaType = headers['content-type']?.trim();
  if (!mediaType || !isMediaType(mediaType))
    throw refuse('The bytes need a Content-Type that names their media type, such as image/png.');
  const plain = withoutParameters(mediaType);
  if (accepts && !accepts.some((range) => covers(range, plain)))
    throw refuse(`The stream takes ${accepts.join(', ')}, not '${plain}'.`);
  if (keeper?.maxLength !== undefined && mediaType.length > keeper.maxLength)
    throw refuse(`A media type must not have more than ${keeper.maxLength} characters here.`);
  return mediaType;
}

const refuse = (message: string): Error => odataError('UnsupportedMediaType', { message });
