/** One request, from target to answer: the same function for HTTP, for a part of a $batch and within the process. Protocol §11 */
import { errorResponse } from '../http/error-response';
import { negotiateVersion, type Version } from '../http/negotiate';
import { handleBatch } from './batch';
import { isRead, meantBy, methodNotAllowed } from './indirect';
import { metadataResponse, serviceDocumentResponse } from './documents';
import type { Caller, Handler, Request, Response } from './message';
import { negotiate, type Negotiated, type ServiceOptions } from './negotiated';
import { Plans } from './planned';
import { handleRead } from './read-request';
import type { ServiceSession } from './service-session';
import { handleCreates, handleWrite, isCreate } from './write-request';
import { splitUrl } from '../url';

/** Answers a request with what its session sees. Never rejects: every error is a Response. */
export type Handle = (request: Request, caller: Caller, session: ServiceSession) => Promise<Response>;

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

/** Makes the function that answers requests, each on its own. */
export function createHandler(options: ServiceOptions): Handler {
  const { handle } = createHandling(options);
  return (request, caller) => handle(request, caller, options.database);
}

function createHandling(options: ServiceOptions): Handling {
  const plans = new Plans(options.model, options.settings.limits);
  const negotiated = (request: Request, caller: Caller, session: ServiceSession, version: Version): Negotiated =>
    negotiate(options.model, request, caller, session, version);
  const handling: Handling = {
    handle: async (request, caller, session) => {
      let version: Version = '4.0';
      try {
        version = negotiateVersion(request.headers);
        return told(version, await dispatch(options, plans, handling, negotiated(request, caller, session, version)));
      } catch (error) {
        return errorResponse(error, {
          requestId: request.headers['request-id'] ?? '',
          clientRequestId: request.headers['client-request-id'],
          version,
          log: (shown) => options.log?.(shown, request),
        });
      }
    },
    creates: ({ method, target }) => method === 'POST' && isCreate(plans, splitUrl(target)),
    createTogether: async (requests, caller, session) => {
      const versions = requests.map(({ headers }) => negotiateVersion(headers));
      const all = requests.map((request, index) => negotiated(request, caller, session, versions[index] ?? '4.0'));
      const responses = await handleCreates(options, plans, all);
      return responses.map((response, index) => told(versions[index] ?? '4.0', response));
    },
  };
  return handling;
}

const told = (version: Version, response: Response): Response => ({
  ...response,
  headers: { 'OData-Version': version, ...response.headers },
});

async function dispatch(
  options: ServiceOptions,
  plans: Plans,
  handling: Handling,
  negotiated: Negotiated,
): Promise<Response> {
  const [first] = negotiated.parts.segments;
  if (first === undefined)
    return onlyGet(negotiated, 'the service root', () => serviceDocumentResponse(options.documents, negotiated));
  if (first === '$metadata')
    return onlyGet(negotiated, '$metadata', () => metadataResponse(options.documents, negotiated));
  if (isBatch(negotiated)) return handleBatch(options, handling, negotiated);
  const meant = meantBy(options.model, plans, negotiated);
  if (isRead(meant.request)) return handleRead(options, plans, meant);
  return handleWrite(options, plans, meant);
}

function onlyGet({ request }: Negotiated, resource: string, answer: () => Response): Response {
  if (isRead(request)) return answer();
  throw methodNotAllowed(request.method, resource, 'GET, HEAD');
}

/** Some clients send their batch to the collection that they work on: `customers/$batch`. */
const isBatch = ({ request: { method }, parts: { segments } }: Negotiated): boolean =>
  segments[0] === '$batch' ? segments.length === 1 : method === 'POST' && segments.at(-1) === '$batch';
