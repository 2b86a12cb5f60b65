/** A request to `$batch`, from its headers to its answer. Protocol §11.7, JSON §19 */
import { odataError } from '../error';
import { negotiateBatchFormat } from '../http/negotiate';
import { preferenceApplied } from '../http/preferences';
import { readRequestBody, type RequestBody } from '../http/request-body';
import { BATCH_FORMATS, malformedBatch, type Batch, type BatchFormat } from '../payload/batch';
import { readJsonBatch } from '../payload/batch-json';
import { readMultipartBatch } from '../payload/batch-multipart';
import { batchAnswer } from './batch-answer';
import { conditionHolds } from './batch-condition';
import { BatchRun, type BatchContext } from './batch-run';
import type { Handling } from './handle';
import { methodNotAllowed } from './indirect';
import type { Response } from './message';
import type { Negotiated, ServiceOptions } from './negotiated';
import { wholeOrStream } from './whole-or-stream';

/** Answers a batch: 200 as soon as its envelope is in order, whatever its parts come to. Protocol §11.7 */
export async function handleBatch(
  options: ServiceOptions,
  handling: Handling,
  negotiated: Negotiated,
): Promise<Response> {
  const { settings } = options;
  const { request, caller, session, version, format: option } = negotiated;
  if (request.method !== 'POST') throw methodNotAllowed(request.method, '$batch', 'POST');
  checkOptions(negotiated);
  const body = readRequestBody(request.headers, request.body, BATCH_FORMATS);
  if (!body) throw malformedBatch('it has no body.');
  const batch = readBatch(body, settings.maxBatchParts);
  const format = negotiateBatchFormat(request.headers['accept'], option, batch.format, version);
  const answer = batchAnswer(format, version);
  const run = new BatchRun(batch, {
    handling,
    envelope: request,
    caller,
    session,
    version,
    holds: (condition, within) => conditionHolds(options, condition, caller, within),
    afterError: afterError(negotiated, batch.format),
    partsMayBeAsynchronous: format === 'json',
    repeatabilityMs: settings.repeatabilityMs,
    keepsRequests: settings.keepsRequests,
  });
  const applied = preferenceApplied(negotiated.preferences, ['continue-on-error']);
  return {
    status: 200,
    headers: {
      'Content-Type': answer.contentType,
      ...(applied === undefined ? {} : { 'Preference-Applied': applied }),
    },
    body: await wholeOrStream((output) => run.run(answer(output))),
  };
}

/** Only options that say something of the answer's format, and custom ones, have a meaning here. */
function checkOptions({ parts }: Negotiated): void {
  const other = parts.options.find(({ name }) => name.startsWith('$') && !/^\$(?:format|schemaversion)$/i.test(name));
  if (other) throw odataError('OptionNotApplicable', { name: other.name, resource: '$batch' }, { target: other.name });
}

const readBatch = ({ mediaType, bytes, boundary }: RequestBody, limit: number): Batch =>
  mediaType === 'application/json' ? readJsonBatch(bytes, limit) : readMultipartBatch(bytes, boundary, limit);

/** A multipart batch ends at the first error unless told otherwise, a JSON batch goes on unless told otherwise. Protocol §11.7.7.5, JSON §19.4 */
function afterError({ preferences }: Negotiated, format: BatchFormat): BatchContext['afterError'] {
  const isSaid = preferences.spelled.has('continue-on-error');
  if (isSaid ? preferences.continueOnError : format === 'json') return 'execute';
  return format === 'json' ? 'refuse' : 'omit';
}
