/** A request that writes, from its headers to its answer. Protocol §11.4 */
import { odataError, unreachable } from '../error';
import { parseEntityTags } from '../http/entity-tags';
import { readRequestBody } from '../http/request-body';
import type { EntityType, Stream } from '../model/model';
import { parseBody } from '../payload/parse-json';
import { readBody, type BodyOptions } from '../payload/body';
import type { Change, WriteMode } from '../payload/change';
import { atOnce, inTurns } from '../payload/turns';
import { checkOptions } from '../plan/applicable';
import type { Target } from '../plan/plan';
import type { EachWritePlan, EntityWritePlan, WritePlan } from '../plan/write';
import type { Bindings } from '../sql';
import { splitUrl } from '../url';
import type { QueryOptions, UrlParts } from '../url/ast';
import { handleAction } from './action-request';
import { writeCollection } from './delta-request';
import { deleteEach, updateEach } from './each';
import { pathBelow } from './indirect';
import { seenBy, type Response } from './message';
import type { Negotiated, ServiceOptions } from './negotiated';
import type { Found, Planned, Plans } from './planned';
import { writeProperty } from './property-request';
import { writeReferences } from './reference-request';
import { mediaTypeOf, withBytes, writeStream } from './stream-request';
import { createEntities, createEntity, deleteEntity, updateEntity } from './write';
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
  const { plan, ast } = found.planned;
  if (negotiated.request.method === 'DELETE') checkNothingShown(plan, ast.options);
  const writing = writingOf(options, plans, negotiated, found);
  switch (plan.kind) {
    case 'entity':
      return writeEntity(writing, { ...found.planned, plan });
    case 'stream':
      return writeStream(writing, { ...found.planned, plan });
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

/** A deletion is answered with nothing: options have nothing to speak of. */
const checkNothingShown = ({ kind }: WritePlan, options: QueryOptions): void =>
  checkOptions(options, kind === 'reference' ? 'links' : 'value', 'what is deleted');

function writingOf(options: ServiceOptions, plans: Plans, negotiated: Negotiated, found: Found<WritePlan>): Writing {
  const bindings = bindingsOf(found, negotiated);
  return {
    options,
    negotiated,
    bindings,
    context: contextOf(options, plans, negotiated, bindings),
    conditions: preconditions(negotiated),
  };
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
  else await updateEach(context, target, await readChange(options, negotiated, target, 'update'), conditions);
  return { status: 204, headers: {} };
}

const bindingsOf = ({ shape }: Found<unknown>, { caller }: Negotiated): Bindings => ({
  literals: shape.literals,
  ...seenBy(caller),
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

/** A create or update that has been read and checked, with the answer it will have. */
interface PreparedWrite {
  readonly target: Target;
  readonly change: Change;
  readonly context: WriteContext;
  readonly answer: WriteAnswer;
}

async function prepareWrite(
  { options, negotiated, bindings, context }: Writing,
  planned: Planned<EntityWritePlan>,
  mode: WriteMode,
): Promise<PreparedWrite> {
  const { target } = planned.plan;
  checkMethod(target, [negotiated.request.method]);
  const change = await readChange(options, negotiated, target, mode);
  const answer = new WriteAnswer(options, negotiated, planned, bindings, change);
  return { target, change, context: { ...context, readBack: answer.readBack }, answer };
}

async function write(writing: Writing, planned: Planned<EntityWritePlan>, mode: WriteMode): Promise<Response> {
  const { target, change, context, answer } = await prepareWrite(writing, planned, mode);
  const written =
    mode === 'create'
      ? await createEntity(context, target, change, writing.conditions)
      : await updateEntity(context, target, change, writing.conditions);
  return answer.response(written, mode);
}

/** True when a POST with this URL creates an entity. */
export function isCreate(plans: Plans, parts: UrlParts): boolean {
  try {
    if (plans.action(parts)) return false;
    const { plan } = plans.write(parts).planned;
    return plan.kind === 'entity' && !plan.target.single;
  } catch {
    return false;
  }
}

/** Answers POSTs to one and the same URL in one go. Rejects when any of them is refused: then they must be tried one by one. */
export async function handleCreates(
  options: ServiceOptions,
  plans: Plans,
  requests: readonly Negotiated[],
): Promise<readonly Response[]> {
  const preparing = requests.map(async (negotiated) => {
    const found = plans.write(negotiated.parts);
    const { plan } = found.planned;
    if (plan.kind !== 'entity') throw new Error('This request creates no entity');
    return prepareWrite(writingOf(options, plans, negotiated, found), { ...found.planned, plan }, 'create');
  });
  const prepared = await Promise.all(preparing);
  const [first] = prepared;
  if (!first) return [];
  const changes = prepared.map(({ change }) => change);
  if (changes.some(({ nested }) => nested.size > 0)) throw new Error('Deep inserts are done one by one');
  const written = await createEntities(first.context, first.target, changes, (all) =>
    all.flatMap(({ key }, index) => prepared[index]?.context.readBack?.(key, {}) ?? []),
  );
  return written.flatMap((one, index) => prepared[index]?.answer.response(one, 'create') ?? []);
}

async function readChange(
  options: ServiceOptions,
  negotiated: Negotiated,
  target: Target,
  mode: WriteMode,
): Promise<Change> {
  const { request } = negotiated;
  const { type } = target.range;
  if (mode === 'create' && type.media) return readMedia(options, negotiated, type, type.media);
  const body = readRequestBody(request.headers, request.body);
  if (!body)
    throw odataError('InvalidBody', {
      message: 'The request needs a body: a JSON object with the properties to write.',
    });
  const json = await parseBody(body.bytes, negotiated.levels);
  return inTurns(readBody(json, type, bodyOptions(options, negotiated, type, mode)));
}

/** The body is what the new entity describes, whatever its media type. Protocol §11.4.7.1 */
function readMedia(options: ServiceOptions, negotiated: Negotiated, type: EntityType, media: Stream): Change {
  const { request } = negotiated;
  const mediaType = mediaTypeOf(media, request);
  const keeper = media.mediaTypeProperty;
  const json = new Map(keeper ? [[keeper.name, mediaType]] : []);
  const change = atOnce(readBody(json, type, bodyOptions(options, negotiated, type, 'create')));
  return withBytes(change, media, mediaType, request.body);
}

const bodyOptions = (
  { rules, model }: ServiceOptions,
  { request, version }: Negotiated,
  type: EntityType,
  mode: WriteMode,
): BodyOptions => ({
  mode,
  version: bodyVersion(request, version),
  rules: rules.of(type.target),
  rulesOf: (nested) => rules.of(nested.target),
  namespace: model.namespace,
  types: model,
});
