/** A POST to an action, from its body to its answer. Protocol §11.5.5 */
import { negotiateFormat, type Format } from '../http/negotiate';
import { preferenceApplied } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import { qualifiedTypeName } from '../model/edm';
import { readParameters } from '../payload/parameters';
import { RETURNED, type ActionPlan } from '../plan/action';
import { notImplemented } from '../plan/context';
import { writtenKey } from '../plan/write';
import type { Bindings, SqlValue } from '../sql';
import { boundRow, OperationContext } from './action-context';
import type { Transaction } from './database';
import type { Response } from './message';
import { negotiatedRepresentation, type Negotiated, type ServiceOptions } from './negotiated';
import type { ActionResult } from './operations';
import { preparedRead, type Found } from './planned';
import { readEntity, type ReadRequest } from './read';
import { readCollection } from './read-collection';
import { wholeBody } from './whole-body';
import type { Preconditions, WriteContext } from './write-context';
import { resultJson } from './result-json';
import { retrying } from './write-work';

/** Runs the action in one transaction; what it returns is read there too. */
export async function handleAction(
  options: ServiceOptions,
  negotiated: Negotiated,
  found: Found<ActionPlan>,
  context: WriteContext,
  preconditions: Preconditions,
): Promise<Response> {
  const { operation, target } = found.planned.plan;
  if (target?.steps.some(({ filter, rows }) => filter ?? rows))
    throw notImplemented(`The action ${operation.name} on what a filter or a function gives`);
  const { request, version, format: option } = negotiated;
  const format = negotiateFormat(request.headers['accept'], option, 'data', version);
  const body = readRequestBody(request.headers, request.body);
  const parameters = Object.fromEntries(readParameters(body?.bytes, operation));
  const action = options.operations.actionOf(operation.declaration);
  return retrying(context, async (transaction) => {
    const row = await boundRow(context, target, transaction, preconditions, action.lock);
    const result = await action.run(new OperationContext(context, transaction, target, row, parameters));
    const answer = new ActionAnswer(options, negotiated, found, format);
    return answer.of(result ?? undefined, context.bindings, transaction);
  });
}

class ActionAnswer {
  constructor(
    private readonly options: ServiceOptions,
    private readonly negotiated: Negotiated,
    private readonly found: Found<ActionPlan>,
    private readonly format: Format,
  ) {}

  async of(result: ActionResult, bindings: Bindings, transaction: Transaction): Promise<Response> {
    const { plan } = this.found.planned;
    const { returns } = plan.operation;
    const { preferences } = this.negotiated;
    if (!returns || result === undefined || result === null) return { status: 204, headers: {} };
    if (preferences.return === 'minimal') return { status: 204, headers: this.applied() };
    if (plan.answer) return this.entities(plan.answer, result, bindings, transaction);
    const context = qualifiedTypeName(this.options.model.namespace, returns.type);
    const { prefix, ieee754, withContext, root } = this.request(bindings);
    const body = resultJson(returns.type, result, {
      ieee754,
      context: withContext ? `${root}$metadata#${context}` : undefined,
      prefix,
    });
    return { status: 200, headers: this.headers(), body };
  }

  private async entities(
    answer: NonNullable<ActionPlan['answer']>,
    result: NonNullable<ActionResult>,
    bindings: Bindings,
    transaction: Transaction,
  ): Promise<Response> {
    const { compiled } = this.found.planned;
    const representation = negotiatedRepresentation(this.options.model, this.format, this.negotiated.preferences);
    if (answer.kind === 'entity') {
      const request = this.request({ ...bindings, extra: keysOf(result) });
      return readEntity(transaction, preparedRead(answer, compiled, representation), request);
    }
    const keys = (Array.isArray(result) ? (result as readonly unknown[]) : []).map(
      (key) => Object.values(key as object)[0] as unknown,
    );
    const values: SqlValue = keys.map(String);
    const extra = { [RETURNED]: values, limit: String(keys.length + 1), offset: '0' };
    const request = this.request({ ...bindings, extra }, keys.length);
    // The transaction must end before the answer goes out.
    return wholeBody(await readCollection(transaction, preparedRead(answer, compiled, representation), request));
  }

  private applied(): Record<string, string> {
    const { preferences } = this.negotiated;
    const applied = preferenceApplied(preferences, preferences.return ? (['return'] as const) : []);
    return applied === undefined ? {} : { 'Preference-Applied': applied };
  }

  private headers(): Record<string, string> {
    return { 'Content-Type': this.format.contentType, ...this.applied() };
  }

  private request(bindings: Bindings, length = 1): ReadRequest {
    const { request, version } = this.negotiated;
    return {
      bindings,
      version,
      root: request.root,
      target: request.target,
      headers: this.headers(),
      prefix: this.format.prefix ? '@odata.' : '@',
      withContext: this.format.metadata !== 'none',
      ieee754: this.format.ieee754,
      page: { length, remaining: undefined, asked: undefined },
    };
  }
}

const keysOf = (result: NonNullable<ActionResult>): Record<string, SqlValue> =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [writtenKey(name), String(value)]));
