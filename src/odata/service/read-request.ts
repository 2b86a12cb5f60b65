/** A request that reads, from its headers to its answer. Protocol §11.2 */
import type { PageShape } from '../compile/compiled-read';
import type { Representation } from '../compile/representation';
import { odataError, unreachable } from '../error';
import { matchesEntityTag, parseEntityTags } from '../http/entity-tags';
import { negotiateFormat, type Format, type ResourceKind } from '../http/negotiate';
import { appliedHeader, type PreferenceName, type Preferences } from '../http/preferences';
import type { ReadPlan } from '../plan/plan';
import type { Bindings, ExpandedPages, Slot, SqlValue } from '../sql';
import { optionNamed, splitQuery } from '../url';
import type { UrlParts } from '../url/ast';
import type { Session } from './database';
import type { DeltaStart } from './delta-link';
import {
  changesOf,
  deltaOf,
  sectionsIn,
  shapeOfDelta,
  tokenOf,
  withoutTokens,
  type Changes,
  type DeltaRequest,
} from './delta-read';
import { seenBy, type Response } from './message';
import {
  isOfFormat,
  negotiatedRepresentation,
  wholeRepresentation,
  noSnapshot,
  type Negotiated,
  type PageSettings,
  type ServiceOptions,
} from './negotiated';
import { checkValues, expandedHead, readExpandedToken, readToken, type Continuation, type Expanded } from './next-link';
import { preparedRead, type Plans } from './planned';
import { readCollection } from './read-collection';
import {
  readCount,
  readEntity,
  readProperty,
  type Page,
  type PreparedRead,
  type ReadRequest,
  type Tracked,
} from './read';
import { checkTaken, readStream } from './read-stream';
import { release } from './response-bytes';

/** Answers a GET of data. */
export async function handleRead(options: ServiceOptions, plans: Plans, negotiated: Negotiated): Promise<Response> {
  const skiptoken = tokenOf(negotiated.parts, '$skiptoken');
  const expanded = skiptoken === undefined ? undefined : readExpandedToken(skiptoken);
  const delta = expanded ? undefined : deltaOf(negotiated);
  const parts = withoutTokens(delta?.parts ?? negotiated.parts);
  const { planned, shape } = plans.read(
    expanded ? withExpandedOptions(parts, expanded) : parts,
    expanded?.expanded?.within,
  );
  const { plan } = planned;
  const format = formatOf(plan, negotiated, delta);
  const representation = delta
    ? wholeRepresentation(options.model, format)
    : negotiatedRepresentation(options.model, format, negotiated.preferences);
  const continuation =
    skiptoken === undefined ? undefined : continuationOf(plan, negotiated, skiptoken, expanded, delta);
  const changes = changesOf(plan, negotiated, format, delta, continuation);
  const isBehind = continuation !== undefined && (continuation.section === undefined || continuation.values.length > 0);
  const after = isBehind
    ? continuation.values.map((value) => (value === null ? ('null' as const) : ('value' as const)))
    : undefined;
  const literals = shape.literals.map(({ raw }) => raw);
  const bound = bindRead(options.settings, plan, negotiated, literals, continuation, delta?.start);
  const hasMembers = plan.kind !== 'stream' && resourceKind(plan) === 'data' && !delta;
  const request = readRequest(negotiated, { format, representation, hasMembers, ...bound }, changes);
  const pageShape = {
    after,
    magnitude: magnitudeOf(bound.bindings),
    tellsTag: negotiated.version === '4.01',
    ...shapeOfDelta(negotiated.version, changes),
  };
  const response = await run(negotiated.session, plan, planned.compiled, representation, pageShape, request);
  if (plan.kind === 'stream') checkTaken(negotiated.request.headers['accept'], response);
  return conditional(negotiated, response);
}

/** A stream has the media type that it has, which only its row tells. */
function formatOf(plan: ReadPlan, { request, format, version }: Negotiated, delta: DeltaRequest | undefined): Format {
  if (plan.kind === 'stream') return negotiateFormat(undefined, undefined, 'text', version);
  return negotiateFormat(request.headers['accept'], format, delta?.isCount ? 'text' : resourceKind(plan), version);
}

/** The set and the key, where entities of all sets are ordered. */
const ALL_KEYS = 2;

/** A link from an expanded collection brings its options along: others beside it would change what it continues. */
function withExpandedOptions(parts: UrlParts, { expanded }: Continuation): UrlParts {
  const stranger = parts.options.find(({ name }) => name.startsWith('@') || !isOfFormat(name));
  if (stranger)
    throw odataError(
      'OptionNotApplicable',
      { name: stranger.name, resource: 'a link to a further page' },
      { target: stranger.name },
    );
  return { ...parts, options: splitQuery(expanded?.options ?? '') };
}

function continuationOf(
  plan: ReadPlan,
  { request, caller: { partition }, version }: Negotiated,
  skiptoken: string,
  expanded: Continuation | undefined,
  delta: DeltaRequest | undefined,
): Continuation {
  if (plan.kind === 'all' && !expanded) return readToken(request, partition, skiptoken, ALL_KEYS);
  if (plan.kind === 'collection' && delta)
    return readToken(request, partition, skiptoken, plan.collection.base.type.key.length, sectionsIn(plan, version));
  if (plan.kind === 'collection') {
    if (!expanded) return readToken(request, partition, skiptoken, plan.collection.order.length);
    checkValues(expanded, plan.collection.order.length);
    return expanded;
  }
  throw odataError('OptionNotApplicable', { name: '$skiptoken', resource: 'this resource' }, { target: '$skiptoken' });
}

function resourceKind(plan: ReadPlan): ResourceKind {
  return plan.kind === 'count' || (plan.kind === 'property' && plan.raw) ? 'text' : 'data';
}

const number = (slot: Slot | undefined, bindings: Bindings): number | undefined => {
  const value: SqlValue | undefined = slot?.(bindings);
  return typeof value === 'string' ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : undefined;
};

/** The values of the request, and how much of a collection its answer holds. */
export function bindRead(
  settings: PageSettings,
  plan: ReadPlan,
  negotiated: Pick<Negotiated, 'caller' | 'preferences'> &
    Partial<Pick<Negotiated, 'request' | 'parts' | 'isSnapshot'>>,
  literals: readonly string[],
  continuation: Continuation | undefined,
  start?: DeltaStart,
): { bindings: Bindings; page: Page } {
  const { defaultPageSize, maxPageSize } = settings;
  const { caller, preferences, isSnapshot = false } = negotiated;
  const asked = isSnapshot ? undefined : (preferences.maxPageSize ?? continuation?.pageSize ?? start?.pageSize);
  const pages = expandedPages(settings, negotiated, asked, continuation?.expanded);
  const base: Bindings = { literals, ...seenBy(caller), extra: {}, ...(pages && { pages }) };
  if (plan.kind !== 'collection' && plan.kind !== 'all')
    return {
      bindings: base,
      page: { length: 1, remaining: undefined, asked: plan.kind === 'entity' ? asked : undefined },
    };
  const { top, skip } = plan.kind === 'all' ? plan : plan.collection;
  const size = isSnapshot ? maxPageSize : Math.min(asked ?? defaultPageSize, maxPageSize);
  const remaining = continuation ? continuation.remaining : number(top, base);
  const isLast = remaining !== undefined && remaining <= size;
  if (isSnapshot && (!isLast || continuation))
    throw noSnapshot(`Pages are requests of their own: ask for all at once, with $top=${maxPageSize} at most.`);
  const length = isLast ? remaining : size;
  const offset = continuation ? 0 : (number(skip, base) ?? 0);
  const keys = (continuation?.values ?? []).map((value, index) => [`k${index}`, value] as const);
  const extra = {
    limit: String(isLast ? length : length + 1),
    offset: String(offset),
    ...(start && { since: start.snapshot.text, origin: start.snapshot.origin, wide: String(start.isWide) }),
    ...Object.fromEntries(keys),
  };
  return { bindings: { ...base, extra }, page: { length, remaining, asked, expanded: continuation?.expanded } };
}

/** How expanded collections are cut. Their links carry the $expand that they stand in, whole, with the aliases that it may use. */
function expandedPages(
  { expandPageSize, maxPageSize }: PageSettings,
  { request, parts, isSnapshot }: Partial<Pick<Negotiated, 'request' | 'parts' | 'isSnapshot'>>,
  asked: number | undefined,
  outer: Expanded | undefined,
): ExpandedPages | undefined {
  if (!request || !parts) return undefined;
  const written = (isKept: (name: string) => boolean): string =>
    parts.options
      .filter(({ name }) => isKept(name))
      .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
  const query = written((name) => optionNamed(name) === '$format' || optionNamed(name) === '$schemaversion');
  const options = outer?.options ?? written((name) => name.startsWith('@') || optionNamed(name) === '$expand');
  return {
    size:
      isSnapshot === true ? Number.MAX_SAFE_INTEGER : Math.min(asked ?? expandPageSize, maxPageSize, expandPageSize),
    root: request.root,
    query: query === '' ? '' : `${query}&`,
    head: (within, remaining) =>
      expandedHead({ options, within: [...(outer?.within ?? []), ...within] }, remaining, asked),
  };
}

/** The power of ten that holds a page. */
export const magnitudeOf = ({ extra: { limit } }: Bindings): number | undefined =>
  typeof limit === 'string' ? 10 ** Math.max(1, Math.ceil(Math.log10(Number(limit) || 1))) : undefined;

/** How an answer is written, and how much of it. */
interface Reading {
  readonly format: Format;
  readonly representation: Representation;
  /** It has members that a preference can leave out. */
  readonly hasMembers: boolean;
  readonly bindings: Bindings;
  readonly page: Page;
}

function readRequest(
  { request, preferences, version }: Negotiated,
  { format, representation, hasMembers, bindings, page }: Reading,
  { delta, tracked }: Changes,
): ReadRequest {
  const { prefix, ieee754, omit } = representation;
  const applied = appliedHeader(preferences, appliedPreferences(preferences, page, hasMembers, tracked));
  return {
    bindings,
    root: request.root,
    target: delta?.target ?? request.target,
    headers: { 'Content-Type': format.contentType, ...applied },
    version,
    prefix,
    withContext: format.metadata !== 'none',
    ieee754,
    omit,
    page,
    tracked,
  };
}

const appliedPreferences = (
  { maxPageSize, omitValues }: Preferences,
  { asked }: Page,
  hasMembers: boolean,
  tracked: Tracked | undefined,
): readonly (PreferenceName | readonly [PreferenceName, number])[] => [
  ...(maxPageSize !== undefined && asked !== undefined ? ([['maxpagesize', asked]] as const) : []),
  ...(omitValues !== undefined && hasMembers ? (['omit-values'] as const) : []),
  ...(tracked ? (['track-changes'] as const) : []),
];

function run(
  session: Session,
  plan: ReadPlan,
  compiled: Map<string, PreparedRead>,
  representation: Representation,
  page: PageShape,
  request: ReadRequest,
): Promise<Response> {
  switch (plan.kind) {
    case 'all':
    case 'collection': {
      const read = preparedRead(plan, compiled, representation, page);
      return page.changes === 'count' ? readCount(session, read, request) : readCollection(session, read, request);
    }
    case 'entity':
      return readEntity(session, preparedRead(plan, compiled, representation), request);
    case 'property':
      return readProperty(session, preparedRead(plan, compiled, representation), request);
    case 'stream':
      return readStream(session, preparedRead(plan, compiled, representation), request);
    case 'count':
      return readCount(session, preparedRead(plan, compiled, representation), request);
    default:
      return unreachable(plan);
  }
}

/** If-None-Match and If-Match of a read; what is not sent after all is let go. Protocol §8.2.4, §8.2.5 */
async function conditional(negotiated: Negotiated, response: Response): Promise<Response> {
  try {
    const answer = judged(negotiated, response);
    if (answer !== response) await release(response);
    return answer;
  } catch (error) {
    await release(response);
    throw error;
  }
}

function judged({ request: { headers } }: Negotiated, response: Response): Response {
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
