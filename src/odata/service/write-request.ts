/** A request that writes one entity, from its headers to its answer. Protocol §11.4 */
import { odataError } from '../error';
import { parseEntityTags } from '../http/entity-tags';
import { negotiateFormat } from '../http/negotiate';
import { preferenceApplied } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import { readBody } from '../payload/body';
import type { Change, WriteMode } from '../payload/change';
import type { Target } from '../plan/plan';
import { writtenKey, type Expansion, type ReadBack, type WritePlan } from '../plan/write';
import type { Bindings } from '../sql';
import { splitUrl } from '../url';
import { pathBelow } from './indirect';
import { canonicalPath } from './context-url';
import { negotiatedRepresentation, type Negotiated, type ServiceOptions } from './negotiated';
import type { Response } from './message';
import { preparedRead, type Found, type Plans } from './planned';
import { callOf, entityResponse, keyInUrl, SingleRow, type PreparedRead, type ReadRequest } from './read';
import { checkMethod, type Preconditions, type Reference, type WriteContext, type Written } from './write-context';
import { createEntity, deleteEntity, updateEntity } from './write';

/** Answers a POST, PATCH, PUT or DELETE. */
export async function handleWrite(options: ServiceOptions, plans: Plans, negotiated: Negotiated): Promise<Response> {
  const found = plans.write(negotiated.parts);
  const { target } = found.planned.plan;
  const bindings = bindingsOf(found, negotiated);
  const { method } = negotiated.request;
  switch (method) {
    case 'POST':
      return write(options, plans, negotiated, found, bindings, 'create');
    case 'PATCH':
      return write(options, plans, negotiated, found, bindings, 'update');
    case 'PUT':
      return write(options, plans, negotiated, found, bindings, 'replace');
    case 'DELETE':
      await deleteEntity(contextOf(options, plans, negotiated, bindings), target, preconditions(negotiated));
      return { status: 204, headers: {} };
    default:
      checkMethod(target, [method]);
      throw new Error(`The method ${method} is offered but not handled`);
  }
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
  const { target } = found.planned.plan;
  if (!target.single) throw odataError('InvalidValue', { message: `'${reference}' names no single entity.` });
  return { target, bindings: bindingsOf(found, negotiated) };
}

async function write(
  options: ServiceOptions,
  plans: Plans,
  negotiated: Negotiated,
  found: Found<WritePlan>,
  bindings: Bindings,
  mode: WriteMode,
): Promise<Response> {
  const { target } = found.planned.plan;
  checkMethod(target, mode === 'create' ? ['POST'] : ['PATCH', 'PUT']);
  const change = readChange(options, negotiated, target, mode);
  const answer = new WriteAnswer(options, negotiated, found, bindings, change);
  const context: WriteContext = { ...contextOf(options, plans, negotiated, bindings), readBack: answer.readBack };
  const written =
    mode === 'create'
      ? await createEntity(context, target, change)
      : await updateEntity(context, target, change, preconditions(negotiated));
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
  const given = request.headers['odata-version']?.trim();
  return readBody(body.bytes, type, {
    mode,
    version: given === '4.01' || given === '4.0' ? given : version,
    ieee754: body.ieee754,
    rules: rules.of(type.target),
    rulesOf: (nested) => rules.of(nested.target),
  });
}

/** What the answer must expand: the navigations whose entities are written along. Protocol §11.4.2.2 */
function expansionOf(changes: readonly Change[]): Expansion {
  const behind = new Map<string, Change[]>();
  for (const { nested } of changes) {
    for (const [{ name }, { items }] of nested) {
      const found = items.filter(({ change }) => !isReference(change)).map(({ change }) => change);
      if (found.length > 0) behind.set(name, [...(behind.get(name) ?? []), ...found]);
    }
  }
  return { behind: new Map([...behind].map(([name, found]) => [name, expansionOf(found)])) };
}

const isReference = ({ id, values, nested, bindings }: Change): boolean =>
  id !== undefined && values.size === 0 && nested.size === 0 && bindings.size === 0;

/** What was compiled of the read-backs of deep writes. */
const compiledOf = new WeakMap<ReadBack, Map<string, PreparedRead>>();

function compiledReads(plan: ReadBack, { planned }: Found<WritePlan>): Map<string, PreparedRead> {
  if (plan === planned.plan.readBack) return planned.compiled;
  const found = compiledOf.get(plan) ?? new Map<string, PreparedRead>();
  compiledOf.set(plan, found);
  return found;
}

/** The answer to a create or update: negotiated before anything is written, filled by the row that is read back with the write. */
class WriteAnswer {
  private readonly prepared: PreparedRead<ReadBack> | undefined;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly request: Omit<ReadRequest, 'bindings'>;
  private row = new SingleRow();
  private bindings: Bindings;

  constructor(
    { model }: ServiceOptions,
    negotiated: Negotiated,
    private readonly found: Found<WritePlan>,
    bindings: Bindings,
    change: Change,
  ) {
    const { request, preferences, version, format: option } = negotiated;
    const format = negotiateFormat(request.headers['accept'], option, 'data', version);
    const representation = negotiatedRepresentation(model, format, preferences);
    const { plan } = found.planned;
    this.bindings = bindings;
    const readBack = change.nested.size === 0 ? plan.readBack : plan.expanded(expansionOf([change]));
    this.prepared =
      preferences.return === 'minimal'
        ? undefined
        : preparedRead(readBack, compiledReads(readBack, found), representation);
    const applied = preferenceApplied(preferences, [
      ...(preferences.return ? (['return'] as const) : []),
      ...(preferences.omitValues === 'nulls' && this.prepared ? (['omit-values'] as const) : []),
    ]);
    this.headers = applied === undefined ? {} : { 'Preference-Applied': applied };
    this.request = {
      root: request.root,
      target: request.target,
      headers: { 'Content-Type': format.contentType, ...this.headers },
      prefix: representation.prefix,
      withContext: format.metadata !== 'none',
      ieee754: representation.ieee754,
      page: { length: 1, remaining: undefined, asked: undefined },
    };
  }

  /** The read-back of the entity with the key; undefined under return=minimal. */
  get readBack(): WriteContext['readBack'] {
    const { prepared } = this;
    if (!prepared) return undefined;
    return (key) => {
      this.row = new SingleRow();
      return callOf(prepared, this.withKey(key), this.row.onRow);
    };
  }

  private withKey(key: Written['key']): Bindings {
    const extra = Object.fromEntries(Object.entries(key).map(([name, value]) => [writtenKey(name), value]));
    this.bindings = { ...this.bindings, extra };
    return this.bindings;
  }

  response({ key, etag }: Written, mode: WriteMode): Response {
    const { target } = this.found.planned.plan;
    const url = `${this.request.root}${canonicalPath(target.collectionPath, this.bindings)}${keyInUrl(target.range.type, key)}`;
    const location = mode === 'create' ? { Location: url } : {};
    if (this.prepared) {
      const request: ReadRequest = {
        ...this.request,
        headers: { ...this.request.headers, ...location },
        bindings: this.bindings,
      };
      return entityResponse(this.prepared, request, this.row, mode === 'create' ? 201 : 200);
    }
    const tag = etag === undefined ? {} : { ETag: `W/"${etag}"` };
    return {
      status: 204,
      headers: { ...this.headers, ...location, ...(mode === 'create' ? { 'OData-EntityId': url } : {}), ...tag },
    };
  }
}
