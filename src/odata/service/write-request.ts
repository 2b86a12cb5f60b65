/** A request that writes, from its headers to its answer. Protocol §11.4 */
import { odataError, unreachable } from '../error';
import { parseEntityTags } from '../http/entity-tags';
import { readRequestBody } from '../http/request-body';
import { readBody } from '../payload/body';
import type { WriteMode } from '../payload/change';
import type { Target } from '../plan/plan';
import type { EachWritePlan, EntityWritePlan } from '../plan/write';
import type { Bindings } from '../sql';
import { splitUrl } from '../url';
import { handleAction } from './action-request';
import { writeCollection } from './delta-request';
import { deleteEach, updateEach } from './each';
import { pathBelow } from './indirect';
import type { Response } from './message';
import type { Negotiated, ServiceOptions } from './negotiated';
import type { Found, Planned, Plans } from './planned';
import { writeProperty } from './property-request';
import { writeReferences } from './reference-request';
import { createEntity, deleteEntity, updateEntity } from './write';
import { WriteAnswer } from './write-answer';
import { checkMethod, type Preconditions, type Reference, type WriteContext } from './write-context';
import { bodyVersion, type Writing } from './writing';

/** Answers a POST, PATCH, PUT or DELETE. */
export async function handleWrite(options: ServiceOptions, plans: Plans, negotiated: Negotiated): Promise<Response> {
  const action = negotiated.request.method === 'POST' ? plans.action(negotiated.parts) : undefined;
  if (action) {
    const context = contextOf(options, plans, negotiated, bindingsOf(action, negotiated));
    return handleAction(options, negotiated, action, context, preconditions(negotiated));
  }
  const found = plans.write(negotiated.parts);
  const { plan } = found.planned;
  const bindings = bindingsOf(found, negotiated);
  const writing: Writing = {
    options,
    negotiated,
    bindings,
    context: contextOf(options, plans, negotiated, bindings),
    conditions: preconditions(negotiated),
  };
  switch (plan.kind) {
    case 'entity':
      return writeEntity(writing, { ...found.planned, plan });
    case 'property':
      return writeProperty(writing, { ...found.planned, plan });
    case 'reference':
      return writeReferences(writing, plan);
    case 'each':
      return writeEach(writing, plan);
    default:
      return unreachable(plan);
  }
}

async function writeEntity(writing: Writing, planned: Planned<EntityWritePlan>): Promise<Response> {
  const { context, conditions, negotiated } = writing;
  const { target } = planned.plan;
  const { method } = negotiated.request;
  switch (method) {
    case 'POST':
      return write(writing, planned, 'create');
    case 'PATCH':
      return target.single ? write(writing, planned, 'update') : writeCollection(writing, planned);
    case 'PUT':
      return write(writing, planned, 'replace');
    case 'DELETE':
      await deleteEntity(context, target, conditions);
      return { status: 204, headers: {} };
    default:
      checkMethod(target, [method]);
      throw new Error(`The method ${method} is offered but not handled`);
  }
}

/** Every member of a collection: no member is shown, 204 says that all is done. */
async function writeEach(
  { context, conditions, negotiated, options }: Writing,
  { target }: EachWritePlan,
): Promise<Response> {
  const { method } = negotiated.request;
  checkMethod(target, [method]);
  if (method === 'DELETE') await deleteEach(context, target, conditions);
  else await updateEach(context, target, readChange(options, negotiated, target, 'update'), conditions);
  return { status: 204, headers: {} };
}

const bindingsOf = ({ shape }: Found<unknown>, { caller }: Negotiated): Bindings => ({
  literals: shape.literals.map(({ raw }) => raw),
  partition: caller.partition,
  extra: {},
});

function preconditions({ request: { headers } }: Negotiated): Preconditions {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  return {
    ...(match === undefined ? {} : { ifMatch: parseEntityTags(match) }),
    ...(noneMatch === undefined ? {} : { ifNoneMatch: parseEntityTags(noneMatch, 'If-None-Match') }),
  };
}

function contextOf(
  { model, rules, settings }: ServiceOptions,
  plans: Plans,
  negotiated: Negotiated,
  bindings: Bindings,
): WriteContext {
  return {
    database: negotiated.session,
    bindings,
    model,
    rules,
    settings,
    resolve: (reference) => resolve(plans, negotiated, reference),
  };
}

/** An entity-id in a body: relative to the service root, or absolute below it. JSON §4.3 */
function resolve(plans: Plans, negotiated: Negotiated, reference: string): Reference {
  const relative = pathBelow(negotiated.request.root, reference) ?? reference;
  const found = plans.write(splitUrl(relative));
  const { kind, target } = found.planned.plan;
  if (kind !== 'entity' || !target.single)
    throw odataError('InvalidValue', { message: `'${reference}' names no single entity.` });
  return { target, bindings: bindingsOf(found, negotiated) };
}

async function write(
  { options, negotiated, bindings, context, conditions }: Writing,
  planned: Planned<EntityWritePlan>,
  mode: WriteMode,
): Promise<Response> {
  const { target } = planned.plan;
  checkMethod(target, [negotiated.request.method]);
  const change = readChange(options, negotiated, target, mode);
  const answer = new WriteAnswer(options, negotiated, planned, bindings, change);
  const reading: WriteContext = { ...context, readBack: answer.readBack };
  const written =
    mode === 'create'
      ? await createEntity(reading, target, change)
      : await updateEntity(reading, target, change, conditions);
  return answer.response(written, mode);
}

function readChange(
  { rules }: ServiceOptions,
  { request, version }: Negotiated,
  { range: { type } }: Target,
  mode: WriteMode,
): ReturnType<typeof readBody> {
  const body = readRequestBody(request.headers, request.body);
  if (!body)
    throw odataError('InvalidBody', {
      message: 'The request needs a body: a JSON object with the properties to write.',
    });
  return readBody(body.bytes, type, {
    mode,
    version: bodyVersion(request, version),
    ieee754: body.ieee754,
    rules: rules.of(type.target),
    rulesOf: (nested) => rules.of(nested.target),
  });
}
