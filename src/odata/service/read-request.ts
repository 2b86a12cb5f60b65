/** A request that reads, from its headers to its answer. Protocol §11.2 */
import type { PageShape } from '../compile/compiled-read';
import type { Representation } from '../compile/representation';
import { odataError, unreachable } from '../error';
import { negotiateFormat, type Format, type ResourceKind } from '../http/negotiate';
import { appliedHeader, type AppliedPreference, type Preferences } from '../http/preferences';
import type { ReadPlan } from '../plan/plan';
import { splitQuery } from '../url';
import type { UrlParts } from '../url/ast';
import { bindRead, magnitudeOf, type BoundRead } from './bound-read';
import type { Session } from './database';
import { changesOf, deltaOf, sectionsIn, shapeOfDelta, tokenOf, withoutTokens, type DeltaRequest } from './delta-read';
import type { Response } from './message';
import {
  isOfFormat,
  negotiatedRepresentation,
  wholeRepresentation,
  type Negotiated,
  type ServiceOptions,
} from './negotiated';
import { checkValues, readExpandedToken, readToken, type Continuation } from './next-link';
import { preparedRead, type CompiledReads, type Plans } from './planned';
import { readCollection } from './read-collection';
import { readCount, readEntity, readProperty, type Page, type ReadRequest, type Tracked } from './read';
import { checkTaken, readStream } from './read-stream';
import { judged } from './judged';
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
  const { literals } = shape;
  const bound = bindRead(options.settings, plan, negotiated, { literals, continuation, start: delta?.start });
  const hasMembers = plan.kind !== 'stream' && resourceKind(plan) === 'data' && !delta;
  const applied = appliedPreferences(negotiated.preferences, bound.page, hasMembers, changes.tracked);
  const request = {
    ...readRequest(negotiated, { format, representation, applied }, bound),
    target: changes.delta?.target ?? negotiated.request.target,
    tracked: changes.tracked,
  };
  const pageShape = {
    after: afterOf(continuation),
    magnitude: magnitudeOf(bound.bindings),
    tellsTag: negotiated.version === '4.01',
    ...shapeOfDelta(negotiated.version, changes),
  };
  const read = { plan, representation, compiled: planned.compiled };
  const response = await run(sessionOf(negotiated), read, pageShape, request);
  if (plan.kind === 'stream') checkTaken(negotiated.request.headers['accept'], response);
  return conditional(negotiated, response);
}

/** What nobody waits for any more is not read to its end. */
function sessionOf({ session, request: { receiver } }: Negotiated): Session {
  return receiver ? { run: (calls) => session.run(calls, receiver) } : session;
}

/** Which of the values that a page goes on behind are null: the condition is another one. */
const afterOf = (continuation: Continuation | undefined): PageShape['after'] =>
  continuation && (continuation.section === undefined || continuation.values.length > 0)
    ? continuation.values.map((value) => (value === null ? 'null' : 'value'))
    : undefined;

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
  if (plan.kind === 'all' && !expanded) return readToken(request, partition, skiptoken, plan.order.length + ALL_KEYS);
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

/** How an answer is written. */
interface Form {
  readonly format: Format;
  readonly representation: Representation;
  /** The preferences that it follows. */
  readonly applied: readonly AppliedPreference[];
}

/** What the answer to a request is read and written with. */
export function readRequest(
  { request, preferences, version }: Negotiated,
  { format, representation, applied }: Form,
  { bindings, page }: BoundRead,
): ReadRequest {
  const { prefix, ieee754, omit } = representation;
  return {
    bindings,
    root: request.root,
    target: request.target,
    headers: { 'Content-Type': format.contentType, ...appliedHeader(preferences, applied) },
    version,
    prefix,
    withContext: format.metadata !== 'none',
    ieee754,
    omit,
    page,
  };
}

const appliedPreferences = (
  { maxPageSize, omitValues }: Preferences,
  { asked }: Page,
  hasMembers: boolean,
  tracked: Tracked | undefined,
): readonly AppliedPreference[] => [
  ...(maxPageSize !== undefined && asked !== undefined ? ([['maxpagesize', asked]] as const) : []),
  ...(omitValues !== undefined && hasMembers ? (['omit-values'] as const) : []),
  ...(tracked ? (['track-changes'] as const) : []),
];

/** A plan, with the statements that it has been compiled to. */
interface Read {
  readonly plan: ReadPlan;
  readonly compiled: CompiledReads;
  readonly representation: Representation;
}

function run(
  session: Session,
  { plan, compiled, representation }: Read,
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

/** What is not sent after all is let go. */
async function conditional({ request }: Negotiated, response: Response): Promise<Response> {
  try {
    const answer = judged(request, response);
    if (answer !== response) await release(response);
    return answer;
  } catch (error) {
    await release(response);
    throw error;
  }
}
