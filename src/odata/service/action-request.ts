/** A POST to an action, from its body to its answer. Protocol §11.5.5 */
import type { Representation } from '../compile/representation';
import { ODataError } from '../error';
import { negotiateFormat, type Format } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import type { EdmType } from '../model/model';
import { parseBody } from '../payload/parse-json';
import { readParameters } from '../payload/parameters';
import { inTurns } from '../payload/turns';
import type { ActionAnswerPlan, ActionPlan } from '../plan/action';
import { RETURNED } from '../plan/returned';
import { writtenKey } from '../plan/write';
import type { Bindings, SqlValue } from '../sql';
import { boundRow, boundRows, OperationContext } from './action-context';
import type { Transaction } from './database';
import { memberPath } from './each';
import type { Response } from './message';
import { negotiatedRepresentation, type Negotiated, type ServiceOptions } from './negotiated';
import type { ActionDeclaration, ActionResult, ActionResults } from './operations';
import { preparedRead, type Found } from './planned';
import { readEntity, readProperty, type ReadRequest } from './read';
import { readCollection } from './read-collection';
import { bindRead } from './bound-read';
import { readRequest } from './read-request';
import { wholeResponse } from './response-bytes';
import type { StoredRow } from './stored-row';
import type { Target } from '../plan/plan';
import { partitionedBindings } from './lookup-sql';
import type { Preconditions, WriteContext } from './write-context';
import { resultRows } from './result-rows';
import { retrying } from './collision';

/** Runs the action in one transaction; what it returns is read there too. */
export async function handleAction(
  options: ServiceOptions,
  negotiated: Negotiated,
  found: Found<ActionPlan>,
  context: WriteContext,
  preconditions: Preconditions,
): Promise<Response> {
  const { operation, target } = found.planned.plan;
  const { request, version, format: option } = negotiated;
  const format = negotiateFormat(request.headers['accept'], option, 'data', version);
  const body = readRequestBody(request.headers, request.body);
  const parameters = Object.fromEntries(
    await inTurns(readParameters(body ? await parseBody(body.bytes, negotiated.levels) : new Map(), operation)),
  );
  const action = options.operations.actionOf(operation.declaration);
  const isOfMembers = operation.binding?.collection === true && !operation.binding.isWhole;
  return retrying(context, async (transaction) => {
    const run = (row: StoredRow | undefined, members?: readonly StoredRow[]): ReturnType<typeof action.run> =>
      action.run(new OperationContext(context, transaction, target, { row, members }, parameters));
    const rows = (): Promise<readonly StoredRow[]> =>
      target ? boundRows(context, target, transaction, preconditions, action.lock) : Promise.resolve([]);
    const row = (conditions: Preconditions): Promise<StoredRow | undefined> =>
      boundRow(context, target, transaction, conditions, action.lock);
    const result = target?.each
      ? await onEach(target, await rows(), run)
      : isOfMembers
        ? await run(await row({}), await rows())
        : await run(await row(preconditions));
    const answer = new ActionAnswer(options, negotiated, found, format);
    const bindings = target ? partitionedBindings(target.steps, context.bindings) : context.bindings;
    return answer.of(result ?? undefined, bindings, transaction);
  });
}

/** Does it to one member after the other; what they return, in the order of their keys. What refuses one member refuses all. Protocol §11.5.2 */
async function onEach(
  target: Target,
  rows: readonly StoredRow[],
  run: (row: StoredRow) => ReturnType<ActionDeclaration['run']>,
): Promise<readonly ActionResult[]> {
  const results: ActionResult[] = [];
  for (const row of rows) {
    try {
      results.push((await run(row)) ?? null);
    } catch (error) {
      throw error instanceof ODataError ? error.below(`${memberPath(target, row)}/`) : error;
    }
  }
  return results;
}

class ActionAnswer {
  constructor(
    private readonly options: ServiceOptions,
    private readonly negotiated: Negotiated,
    private readonly found: Found<ActionPlan>,
    private readonly format: Format,
  ) {}

  async of(result: ActionResults, bindings: Bindings, transaction: Transaction): Promise<Response> {
    const { answer, returns } = this.found.planned.plan;
    const { preferences } = this.negotiated;
    if (!answer || !returns || result === undefined || result === null) return { status: 204, headers: {} };
    if (preferences.return === 'minimal') return { status: 204, headers: appliedHeader(preferences, ['return']) };
    const extra = returned(returns.type, result);
    return this.read(answer, { ...bindings, extra }, transaction);
  }

  private async read(answer: ActionAnswerPlan, bindings: Bindings, transaction: Transaction): Promise<Response> {
    const { compiled } = this.found.planned;
    const representation = negotiatedRepresentation(this.options.model, this.format, this.negotiated.preferences);
    const request = this.request(answer, bindings, representation);
    if (answer.kind === 'entity')
      return readEntity(transaction, preparedRead(answer, compiled, representation), request);
    if (answer.kind === 'property')
      return readProperty(transaction, preparedRead(answer, compiled, representation), request);
    // The transaction must end before the answer goes out.
    return wholeResponse(await readCollection(transaction, preparedRead(answer, compiled, representation), request));
  }

  /** All that was returned goes out in one piece: who followed a link would do it again. */
  private request(answer: ActionAnswerPlan, bindings: Bindings, representation: Representation): ReadRequest {
    const { preferences, caller } = this.negotiated;
    const whole = { ...this.options.settings, defaultPageSize: EVERYTHING, maxPageSize: EVERYTHING };
    const unpaged = { caller, preferences: { ...preferences, maxPageSize: undefined } };
    const { bindings: own, page } = bindRead(whole, answer, unpaged, bindings);
    const applied = [
      ...(preferences.return ? (['return'] as const) : []),
      ...(representation.omit ? (['omit-values'] as const) : []),
    ];
    return readRequest(
      this.negotiated,
      { format: this.format, representation, applied },
      { bindings: { ...bindings, extra: { ...own.extra, ...bindings.extra } }, page },
    );
  }
}

const EVERYTHING = Number.MAX_SAFE_INTEGER - 1;

/** What was returned, as the plan of the answer looks for it in the bindings. */
function returned(type: EdmType, result: NonNullable<ActionResults>): Record<string, SqlValue> {
  if (type.kind === 'entity') return keysOf(result);
  if (type.kind !== 'collection') return { [RETURNED]: resultRows(type, result) };
  const items = Array.isArray(result) ? (result as readonly unknown[]) : [];
  if (type.of.kind === 'collection' && type.of.of.kind === 'entity')
    return { [RETURNED]: JSON.stringify(items.map((item) => returnedKeys(item))) };
  return { [RETURNED]: type.of.kind === 'entity' ? returnedKeys(items) : resultRows(type, result) };
}

/** The keys of the entities among the items. */
const returnedKeys = (items: unknown): readonly string[] =>
  (Array.isArray(items) ? (items as readonly unknown[]) : []).flatMap((key) =>
    key === null ? [] : [String(Object.values(key as object)[0])],
  );

const keysOf = (result: NonNullable<ActionResults>): Record<string, SqlValue> =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [writtenKey(name), String(value)]));
