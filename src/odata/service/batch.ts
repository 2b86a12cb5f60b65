/** A request to `$batch`, from its headers to its answer. Protocol §11.7, JSON §19 */
import { methodNotAllowed, odataError } from '../error';
import { negotiateBatchFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody, type RequestBody } from '../http/request-body';
import {
  BATCH_FORMATS,
  malformedBatch,
  partsOf,
  type Batch,
  type BatchFormat,
  type BatchLimits,
} from '../payload/batch';
import { readJsonBatch } from '../payload/batch-json';
import { parseBody } from '../payload/parse-json';
import { readMultipartBatch } from '../payload/batch-multipart';
import { inTurns } from '../payload/turns';
import { batchAnswer } from './batch-answer';
import { conditionHolds } from './batch-condition';
import type { BatchContext } from './batch-parts';
import { BatchRun } from './batch-run';
import type { Handling } from './handle';
import { readsOnly } from './indirect';
import type { Output, Response } from './message';
import { noSnapshot, type Negotiated, type ServiceOptions } from './negotiated';
import { defaultRequestLimits } from './planned';
import { EnclosingTransaction, type ServiceSession } from './service-session';
import { wholeOrStream } from './whole-or-stream';

/** Reads the envelope, and charges the caller with what it holds: an empty batch is a request, too. Throws what is wrong with it. */
export async function requestedBatch(
  negotiated: Negotiated,
  { maxBatchParts, limits = defaultRequestLimits }: ServiceOptions['settings'],
): Promise<Batch> {
  const { request, levels } = negotiated;
  if (request.method !== 'POST') throw methodNotAllowed(request.method, '$batch', 'POST');
  checkOptions(negotiated);
  const body = readRequestBody(request.headers, request.body, BATCH_FORMATS);
  if (!body) throw malformedBatch('it has no body.');
  // A character of a URL may be written as %xx%xx%xx, and links go on with queries that may have come in bodies.
  const url = 20 * limits.length;
  const batch = await readBatch(body, { requests: maxBatchParts, headers: limits.length, url, levels });
  request.charge?.(Math.max(batch.units.flatMap(partsOf).length - 1, 0));
  return batch;
}

/** Answers a batch: 200 as soon as its envelope is in order, whatever its parts come to. Protocol §11.7 */
export async function handleBatch(
  options: ServiceOptions,
  handling: Handling,
  negotiated: Negotiated,
): Promise<Response> {
  const { settings } = options;
  const { request, caller, session, version, format: option } = negotiated;
  const batch = await requestedBatch(negotiated, settings);
  const format = negotiateBatchFormat(request.headers['accept'], option, batch.format, version);
  const answer = batchAnswer(format, version);
  if (negotiated.isSnapshot) checkSnapshot(options, negotiated, batch);
  const context: Omit<BatchContext, 'session'> = {
    handling,
    envelope: request,
    caller,
    version,
    holds: (condition, within) => conditionHolds(options, condition, caller, within),
    afterError: afterError(negotiated, batch.format),
    partsMayBeAsynchronous: format === 'json',
    repeatabilityMs: settings.repeatabilityMs,
    keepsRequests: settings.keepsRequests,
  };
  const runIn = (within: ServiceSession, output: Output): Promise<void> =>
    new BatchRun(batch, { ...context, session: within }).run(answer(output));
  const applied = appliedHeader(negotiated.preferences, ['continue-on-error']);
  return {
    status: 200,
    headers: { 'Content-Type': answer.contentType, ...applied },
    body: await wholeOrStream((output) =>
      negotiated.isSnapshot
        ? options.database.snapshot((open) => runIn(new EnclosingTransaction(open), output))
        : runIn(session, output),
    ),
  };
}

/** What a snapshot shows cannot be changed by the same batch. Protocol §8.2.6 */
function checkSnapshot({ database }: ServiceOptions, { session }: Negotiated, { units }: Batch): void {
  const writing = units.flatMap(partsOf).find((part) => part.fault === undefined && !readsOnly(part.method, part.url));
  if (writing) throw noSnapshot(`It is offered for what is only read, but the batch has a ${writing.method}.`);
  if (session !== database) throw noSnapshot('The batch is part of a transaction.');
}

/** Only options that say something of the answer's format, and custom ones, have a meaning here. */
function checkOptions({ parts }: Negotiated): void {
  const other = parts.options.find(({ name }) => name.startsWith('$') && !/^\$(?:format|schemaversion)$/i.test(name));
  if (other) throw odataError('OptionNotApplicable', { name: other.name, resource: '$batch' }, { target: other.name });
}

const readBatch = async ({ mediaType, bytes, boundary }: RequestBody, limits: BatchLimits): Promise<Batch> =>
  inTurns(
    mediaType === 'application/json'
      ? readJsonBatch(await parseBody(bytes, limits.levels), limits)
      : readMultipartBatch(bytes, boundary, limits),
  );

/** A multipart batch ends at the first error unless told otherwise, a JSON batch goes on unless told otherwise. Protocol §11.7.7.5, JSON §19.4 */
function afterError({ preferences }: Negotiated, format: BatchFormat): BatchContext['afterError'] {
  const isSaid = preferences.spelled.has('continue-on-error');
  if (isSaid ? preferences.continueOnError : format === 'json') return 'execute';
  return format === 'json' ? 'refuse' : 'omit';
}
