/** One request, from target to answer: the same function for HTTP, for a part of a $batch and within the process. Protocol §11 */
import { methodNotAllowed, odataError } from '../error';
import { errorResponse } from '../http/error-response';
import { negotiateVersion, type Version } from '../http/negotiate';
import { acceptRequest, MONITORS, monitorResponse } from './asynchronous';
import { handleBatch, requestedBatch } from './batch';
import { isRead, meantBy } from './indirect';
import { metadataResponse, serviceDocumentResponse } from './documents';
import type { Caller, Handler, Request, Response } from './message';
import { placed } from './failed-place';
import { negotiate, noSnapshot, type Negotiated, type ServiceOptions } from './negotiated';
import { Plans } from './planned';
import { handleRead } from './read-request';
import {
  answerOnce,
  batchIsNotRepeatable,
  forget,
  isRepeatable,
  repeatabilityIsNotOffered,
  repetitionOf,
  withoutRepetition,
} from './repeatable';
import type { ServiceSession } from './service-session';
import { StatusMonitors } from './status-monitors';
import { handleCreates, handleWrite, isCreate } from './write-request';
import { splitUrl } from '../url';

/** Answers a request with what its session sees. Never rejects: every error is a Response. */
type Handle = (request: Request, caller: Caller, session: ServiceSession) => Promise<Response>;

/** What the parts of a batch are answered with. */
export interface Handling {
  readonly handle: Handle;
  /** True when the request creates an entity, so that it can be answered together with others to the same URL. */
  readonly creates: (request: Request) => boolean;
  /** Answers creates of one URL in one go. Rejects when any of them is refused: nothing tells which. */
  readonly createTogether: (
    requests: readonly Request[],
    caller: Caller,
    session: ServiceSession,
  ) => Promise<readonly Response[]>;
}

/** The function that answers requests, each on its own, and what goes on behind it. */
interface Answering {
  readonly handler: Handler;
  /** The same with another session, so that several requests can share a transaction. */
  readonly handlerIn: (session: ServiceSession) => Handler;
  readonly monitors: StatusMonitors;
}

/** Makes the function that answers requests. */
export function createAnswering(options: ServiceOptions): Answering {
  const monitors = new StatusMonitors({
    ...options.settings,
    database: options.database,
    answer: (...request) => handling.handle(...request),
    log: options.log,
  });
  const handling = createHandling(options, monitors);
  const handlerIn =
    (session: ServiceSession): Handler =>
    (request, caller) =>
      handling.handle(request, caller, session);
  return { handler: handlerIn(options.database), handlerIn, monitors };
}

function createHandling(options: ServiceOptions, monitors: StatusMonitors): Handling {
  const plans = new Plans(options.model, options.settings.limits);
  const negotiated = (request: Request, caller: Caller, session: ServiceSession, version: Version): Negotiated =>
    negotiate(options, request, caller, session, version);
  const handling: Handling = {
    handle: async (request, caller, session) => {
      let version: Version = '4.0';
      try {
        version = negotiateVersion(request.headers);
        return told(
          version,
          await arrange(options, monitors, plans, handling, negotiated(request, caller, session, version)),
        );
      } catch (error) {
        const shown = await placed(options, error, session, (other) => negotiated(request, caller, other, version));
        return errorResponse(shown, {
          requestId: request.headers['request-id'] ?? '',
          clientRequestId: request.headers['client-request-id'],
          version,
          log: (shown) => options.log?.(shown, request),
        });
      }
    },
    creates: ({ method, target }) => method === 'POST' && isCreate(plans, splitUrl(target)),
    createTogether: async (requests, caller, session) => {
      checkMayWrite(caller);
      const versions = requests.map(({ headers }) => negotiateVersion(headers));
      const all = requests.map((request, index) => negotiated(request, caller, session, versions[index] ?? '4.0'));
      if (all.some(({ isSnapshot }) => isSnapshot)) throw noSnapshot(ONLY_READ);
      const responses = await handleCreates(options, plans, all);
      return responses.map((response, index) => told(versions[index] ?? '4.0', response));
    },
  };
  return handling;
}

const ONLY_READ = 'It is offered for what is only read.';

const told = (version: Version, response: Response): Response => ({
  ...response,
  headers: { 'OData-Version': version, ...response.headers },
});

/** Answers later, or once for all, who asks for that; else at once. */
async function arrange(
  options: ServiceOptions,
  monitors: StatusMonitors,
  plans: Plans,
  handling: Handling,
  negotiated: Negotiated,
): Promise<Response> {
  const { request, caller, session, preferences, parts } = negotiated;
  const [first = ''] = parts.segments;
  const { keepsRequests } = options.settings;
  if (isRepeatable(request) && !isRead(request) && !keepsRequests) throw repeatabilityIsNotOffered();
  if (!keepsRequests) return dispatch(options, plans, handling, negotiated);
  if (first === MONITORS) return monitorResponse(monitors, negotiated);
  // A preference may be left aside: a snapshot is one of now.
  if (preferences.respondAsync && !negotiated.isSnapshot && session === options.database) {
    // Who answers it later counts nothing.
    if (isBatch(negotiated)) await requestedBatch(negotiated, options.settings);
    return acceptRequest(monitors, negotiated);
  }
  if (isRepeatable(request) && !isRead(request)) {
    if (isBatch(negotiated)) throw batchIsNotRepeatable();
    const repetition = repetitionOf(request, options.settings.repeatabilityMs);
    return answerOnce(session, caller, repetition, (within) =>
      handling.handle({ ...request, headers: withoutRepetition(request.headers) }, caller, within),
    );
  }
  if (first.startsWith('$Repeatable')) {
    const forgotten = await forget(session, caller, request.method, parts.segments);
    if (forgotten) return forgotten;
  }
  return dispatch(options, plans, handling, negotiated);
}

function dispatch(
  options: ServiceOptions,
  plans: Plans,
  handling: Handling,
  negotiated: Negotiated,
): Response | Promise<Response> {
  const [first] = negotiated.parts.segments;
  if (first === undefined)
    return onlyGet(negotiated, 'the service root', () => serviceDocumentResponse(options.documents, negotiated));
  if (first === '$metadata')
    return onlyGet(negotiated, '$metadata', () => metadataResponse(options.documents, negotiated));
  if (isBatch(negotiated)) return handleBatch(options, handling, negotiated);
  const meant = meantBy(options, plans, negotiated);
  if (isRead(meant.request)) return handleRead(options, plans, meant);
  checkMayWrite(meant.caller);
  if (negotiated.isSnapshot) throw noSnapshot(ONLY_READ);
  return handleWrite(options, plans, meant);
}

function checkMayWrite({ readOnly }: Caller): void {
  if (readOnly)
    throw odataError('Authorization_Denied', { message: 'The credentials of the request allow reading only.' });
}

function onlyGet({ request }: Negotiated, resource: string, answer: () => Response): Response {
  if (isRead(request)) return answer();
  throw methodNotAllowed(request.method, resource, 'GET, HEAD');
}

/** Some clients send their batch to the collection that they work on: `customers/$batch`. */
const isBatch = ({ request: { method }, parts: { segments } }: Negotiated): boolean =>
  segments[0] === '$batch' ? segments.length === 1 : method === 'POST' && segments.at(-1) === '$batch';
