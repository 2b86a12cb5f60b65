/** One request, from target to answer: the whole of it readable here. Protocol §11 */
import type { Representation } from '../compile/nested';
import type { After } from '../compile/read';
import { odataError, unreachable, type ODataError } from '../error';
import { matchesEntityTag, parseEntityTags } from '../http/entity-tags';
import { errorResponse } from '../http/error-response';
import {
  negotiateFormat,
  negotiateVersion,
  wantsSnapshot,
  type Format,
  type ResourceKind,
  type Version,
} from '../http/negotiate';
import { parsePreferences, preferenceApplied, type PreferenceName, type Preferences } from '../http/preferences';
import type { EntityType, Model } from '../model/model';
import { notImplemented } from '../plan/context';
import type { ReadPlan } from '../plan/plan';
import type { Bindings, Slot, SqlValue } from '../sql';
import type { UrlParts } from '../url/ast';
import { splitUrl } from '../url';
import type { Database, Session } from './database';
import { metadataResponse, serviceDocumentResponse, type Documents } from './documents';
import type { Caller, Handler, Request, Response } from './message';
import { readToken, type Continuation } from './next-link';
import { Plans, preparedRead } from './planned';
import {
  readCollection,
  readCount,
  readEntity,
  readProperty,
  type Page,
  type PreparedRead,
  type ReadRequest,
} from './read';
import type { RuleBook } from './rules';
import { handleWrite } from './write-request';

/** What the handler needs. */
export interface ServiceOptions {
  readonly model: Model;
  readonly database: Database;
  readonly settings: ServiceSettings;
  readonly rules: RuleBook;
  readonly documents: Documents;
  /** Told of errors that are ours. */
  readonly log?: (error: ODataError, request: Request) => void;
}

/** Settings of reads and writes. */
export interface ServiceSettings {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  readonly requireIfMatch: boolean;
}

/** What is known of a request before its resource is. */
export interface Negotiated {
  readonly request: Request;
  readonly caller: Caller;
  readonly version: Version;
  readonly preferences: Preferences;
  readonly parts: UrlParts;
  /** The decoded $format. */
  readonly format: string | undefined;
}

/** Makes the function that answers requests. */
export function createHandler(options: ServiceOptions): Handler {
  const plans = new Plans(options.model);
  return async (request, caller) => {
    let version: Version = '4.0';
    try {
      version = negotiateVersion(request.headers);
      const response = await dispatch(options, plans, negotiate(options.model, request, caller, version));
      return { ...response, headers: { 'OData-Version': version, ...response.headers } };
    } catch (error) {
      return errorResponse(error, {
        requestId: request.headers['request-id'] ?? '',
        clientRequestId: request.headers['client-request-id'],
        version,
        log: (shown) => options.log?.(shown, request),
      });
    }
  };
}

function negotiate(model: Model, request: Request, caller: Caller, version: Version): Negotiated {
  const parts = splitUrl(request.target);
  if (wantsSnapshot(request.headers))
    throw odataError('PreconditionFailed', { message: 'Snapshot isolation over several requests is not offered.' });
  checkSchemaVersion(model, optionOf(parts, 'schemaversion'));
  return {
    request,
    caller,
    version,
    parts,
    preferences: parsePreferences(request.headers),
    format: optionOf(parts, 'format'),
  };
}

/** The value of a system query option, with or without `$`, in any case. */
const optionOf = ({ options }: UrlParts, name: string): string | undefined =>
  options.find((option) => option.name.toLowerCase().replace(/^\$/, '') === name)?.value;

/** Protocol §11.2.12 */
function checkSchemaVersion(model: Model, wanted: string | undefined): void {
  if (wanted === undefined || wanted === '*' || wanted === model.schemaVersion) return;
  throw odataError('BadRequest_NotFound', { segment: `$schemaversion=${wanted}` }, { target: '$schemaversion' });
}

async function dispatch(options: ServiceOptions, plans: Plans, negotiated: Negotiated): Promise<Response> {
  const { method } = negotiated.request;
  const [first] = negotiated.parts.segments;
  if (first === undefined)
    return onlyGet(negotiated, 'the service root', () => serviceDocumentResponse(options.documents, negotiated));
  if (first === '$metadata')
    return onlyGet(negotiated, '$metadata', () => metadataResponse(options.documents, negotiated));
  if (first === '$batch') throw notImplemented('$batch');
  if (method === 'GET' || method === 'HEAD') return read(options, plans, negotiated);
  return handleWrite(options, plans, negotiated);
}

function onlyGet({ request: { method } }: Negotiated, resource: string, answer: () => Response): Response {
  if (method === 'GET' || method === 'HEAD') return answer();
  throw odataError(
    'BadRequest_MethodNotAllowed',
    { method, resource, allow: 'GET, HEAD' },
    { headers: { Allow: 'GET, HEAD' } },
  );
}

// ---- reading

async function read(options: ServiceOptions, plans: Plans, negotiated: Negotiated): Promise<Response> {
  const skiptoken = skiptokenOf(negotiated.parts);
  const { planned, shape } = plans.read(withoutSkiptoken(negotiated.parts));
  const { plan } = planned;
  const format = negotiateFormat(
    negotiated.request.headers['accept'],
    negotiated.format,
    resourceKind(plan),
    negotiated.version,
  );
  const representation = negotiatedRepresentation(options.model, format, negotiated.preferences);
  const continuation = skiptoken === undefined ? undefined : continuationOf(plan, negotiated, skiptoken);
  const after = continuation?.values.map((value) => (value === null ? ('null' as const) : ('value' as const)));
  const literals = shape.literals.map(({ raw }) => raw);
  const { bindings, page } = bindRead(options.settings, plan, negotiated, literals, continuation);
  const request = readRequest(negotiated, format, representation, bindings, page);
  return conditional(negotiated, await run(options.database, plan, planned.compiled, representation, after, request));
}

const isSkiptoken = ({ name }: UrlParts['options'][number]): boolean => /^\$?skiptoken$/i.test(name);

function skiptokenOf({ options }: UrlParts): string | undefined {
  const [found, another] = options.filter(isSkiptoken);
  if (another) throw odataError('RepeatedOption', { name: '$skiptoken' }, { target: '$skiptoken' });
  return found?.value;
}

/** The link's own option: a plan serves every page. */
const withoutSkiptoken = (parts: UrlParts): UrlParts => ({
  ...parts,
  options: parts.options.filter((option) => !isSkiptoken(option)),
});

function continuationOf(plan: ReadPlan, { request: { target } }: Negotiated, skiptoken: string): Continuation {
  if (plan.kind === 'collection') return readToken(target, skiptoken, plan.collection.order.length);
  throw odataError('OptionNotApplicable', { name: '$skiptoken', resource: 'this resource' }, { target: '$skiptoken' });
}

function resourceKind(plan: ReadPlan): ResourceKind {
  return plan.kind === 'count' || (plan.kind === 'property' && plan.raw) ? 'text' : 'data';
}

/** What of the format and the preferences decides the statement. */
export function negotiatedRepresentation(
  model: Model,
  { metadata, ieee754, prefix }: Format,
  { omitValues }: Preferences,
): Representation {
  if (metadata === 'full') throw notImplemented('The format parameter odata.metadata=full');
  return {
    metadata,
    ieee754,
    prefix: prefix ? '@odata.' : '@',
    omitNulls: omitValues === 'nulls',
    setOf: (type) => setNameOf(model, type),
  };
}

const setNameOf = ({ entitySets }: Model, type: EntityType): string | undefined =>
  [...entitySets.values()].find((set) => set.type === type)?.name;

const number = (slot: Slot | undefined, bindings: Bindings): number | undefined => {
  const value: SqlValue | undefined = slot?.(bindings);
  return typeof value === 'string' ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : undefined;
};

/** The values of the request, and how much of a collection its answer holds. */
export function bindRead(
  { defaultPageSize, maxPageSize }: ServiceSettings,
  plan: ReadPlan,
  { caller, preferences }: Pick<Negotiated, 'caller' | 'preferences'>,
  literals: readonly string[],
  continuation: Continuation | undefined,
): { bindings: Bindings; page: Page } {
  const base: Bindings = { literals, partition: caller.partition, extra: {} };
  const asked = preferences.maxPageSize ?? continuation?.pageSize;
  if (plan.kind !== 'collection') return { bindings: base, page: { length: 1, remaining: undefined, asked } };
  const size = Math.min(asked ?? defaultPageSize, maxPageSize);
  const remaining = continuation ? continuation.remaining : number(plan.collection.top, base);
  const isLast = remaining !== undefined && remaining <= size;
  const length = isLast ? remaining : size;
  const offset = continuation ? 0 : (number(plan.collection.skip, base) ?? 0);
  const keys = (continuation?.values ?? []).map((value, index) => [`k${index}`, value] as const);
  const extra = { limit: String(isLast ? length : length + 1), offset: String(offset), ...Object.fromEntries(keys) };
  return { bindings: { ...base, extra }, page: { length, remaining, asked } };
}

function readRequest(
  { request, preferences }: Negotiated,
  format: Format,
  { prefix, ieee754 }: Representation,
  bindings: Bindings,
  page: Page,
): ReadRequest {
  const applied = preferenceApplied(preferences, appliedPreferences(preferences, page));
  return {
    bindings,
    root: request.root,
    target: request.target,
    headers: {
      'Content-Type': format.contentType,
      ...(applied === undefined ? {} : { 'Preference-Applied': applied }),
    },
    prefix,
    withContext: format.metadata !== 'none',
    ieee754,
    page,
  };
}

const appliedPreferences = (
  { maxPageSize, omitValues }: Preferences,
  { asked }: Page,
): readonly (PreferenceName | readonly [PreferenceName, number])[] => [
  ...(maxPageSize !== undefined && asked !== undefined ? ([['maxpagesize', asked]] as const) : []),
  ...(omitValues === 'nulls' ? (['omit-values'] as const) : []),
];

function run(
  session: Session,
  plan: ReadPlan,
  compiled: Map<string, PreparedRead>,
  representation: Representation,
  after: After | undefined,
  request: ReadRequest,
): Promise<Response> {
  switch (plan.kind) {
    case 'collection':
      return readCollection(session, preparedRead(plan, compiled, representation, after), request);
    case 'entity':
      return readEntity(session, preparedRead(plan, compiled, representation), request);
    case 'property':
      return readProperty(session, preparedRead(plan, compiled, representation), request);
    case 'count':
      return readCount(session, preparedRead(plan, compiled, representation), request);
    default:
      return unreachable(plan);
  }
}

/** If-None-Match and If-Match of a read. Protocol §8.2.4, §8.2.5 */
export function conditional({ request: { headers } }: Pick<Negotiated, 'request'>, response: Response): Response {
  const { ETag: etag, ...others } = response.headers;
  if (etag === undefined) return response;
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && matchesEntityTag(parseEntityTags(noneMatch, 'If-None-Match'), etag)) {
    const { 'Content-Type': _, ...kept } = others;
    return { status: 304, headers: { ...kept, ETag: etag } };
  }
  const match = headers['if-match'];
  if (match !== undefined && !matchesEntityTag(parseEntityTags(match), etag))
    throw odataError('Request_EntityChanged', {});
  return response;
}
