/** A request that writes a collection by a delta, from its headers to its answer, which is a delta too. Protocol §11.4.12, JSON §15 */
import { MAX_FAULTS, odataError } from '../error';
import { negotiateFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import { readDelta } from '../payload/delta';
import { parseBody } from '../payload/parse-json';
import { inTurns } from '../payload/turns';
import type { EntityWritePlan } from '../plan/write';
import { deltaAnswer } from './delta-answer';
import { navigationOf, writeDelta, writeEachItem } from './delta-write';
import type { Response } from './message';
import { wholeRepresentation } from './negotiated';
import { preparedRead, type Planned } from './planned';
import { callOf, SingleRow } from './read';
import { withWrittenKey } from './write-answer';
import { checkMethod } from './write-context';
import { bodyVersion, type Writing } from './writing';

/** Answers a PATCH of a collection. */
export async function writeCollection(writing: Writing, planned: Planned<EntityWritePlan>): Promise<Response> {
  const { options, negotiated, context, bindings, conditions } = writing;
  const { request, preferences, version, format: option } = negotiated;
  const { plan, compiled } = planned;
  const { target } = plan;
  const format = negotiateFormat(request.headers['accept'], option, 'data', version);
  const representation = wholeRepresentation(options.model, format);
  const isMinimal = preferences.return === 'minimal';
  const read = isMinimal ? undefined : preparedRead(plan.readBack, compiled, representation);
  const rows: SingleRow[] = [];
  const readItem = (index: number, key: Readonly<Record<string, string>>) => {
    if (!read) return undefined;
    const row = new SingleRow();
    rows[index] = row;
    return callOf(read, withWrittenKey(bindings, key), row.onRow);
  };
  const isEach = preferences.continueOnError && context.database.isShared !== true;
  checkMethod(target, ['PATCH']);
  const write = isEach ? writeEachItem : writeDelta;
  const items = await deltaOf(writing, planned, isEach ? Infinity : MAX_FAULTS);
  const { results, tag } = await write(context, target, conditions, items, readItem);
  const applied = appliedHeader(preferences, [
    ...(preferences.return ? (['return'] as const) : []),
    ...(isEach ? (['continue-on-error'] as const) : []),
  ]);
  const headers = { ...applied, ...(tag === undefined ? {} : { ETag: tag }) };
  const hasFailed = results.some(({ refused }) => refused !== undefined);
  if (isMinimal && !hasFailed) return { status: 204, headers };
  const answer = deltaAnswer(
    { root: request.root, target, bindings, version, representation, withContext: format.metadata !== 'none' },
    results,
    read && { read, rows },
  );
  const body = await inTurns(answer);
  return { status: 200, headers: { 'Content-Type': format.contentType, ...headers }, body };
}

async function deltaOf(
  { options: { rules, model }, negotiated: { request, version, levels } }: Writing,
  { plan }: Planned<EntityWritePlan>,
  mostFaults: number,
) {
  const body = readRequestBody(request.headers, request.body);
  if (!body) throw odataError('InvalidBody', { message: 'The request needs a body: a delta of the collection.' });
  const reading = readDelta(
    await parseBody(body.bytes, levels),
    navigationOf(plan.target),
    {
      version: bodyVersion(request, version),
      rulesOf: (type) => rules.of(type.target),
      namespace: model.namespace,
      types: model,
    },
    mostFaults,
  );
  return inTurns(reading);
}
