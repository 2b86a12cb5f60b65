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
import { handleWrite } from './write-request';

/** Answers a request with what its session sees. Never rejects: every error is a Response. */
export type Handle = (request: Request, caller: Caller, session: ServiceSession) => Promise<Response>;

/** Makes the function that answers requests, each on its own. */
export function createHandler(options: ServiceOptions): Handler {
  const handle = createHandle(options);
  return (request, caller) => handle(request, caller, options.database);
}

function createHandle(options: ServiceOptions): Handle {
  const plans = new Plans(options.model, options.settings.limits);
  const handle: Handle = async (request, caller, session) => {
    let version: Version = '4.0';
    try {
      version = negotiateVersion(request.headers);
      const response = await dispatch(
        options,
        plans,
        handle,
        negotiate(options.model, request, caller, session, version),
      );
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
  return handle;
}

async function dispatch(
  options: ServiceOptions,
  plans: Plans,
  handle: Handle,
  negotiated: Negotiated,
): Promise<Response> {
  const [first] = negotiated.parts.segments;
  if (first === undefined)
    return onlyGet(negotiated, 'the service root', () => serviceDocumentResponse(options.documents, negotiated));
  if (first === '$metadata')
    return onlyGet(negotiated, '$metadata', () => metadataResponse(options.documents, negotiated));
  if (isBatch(negotiated)) return handleBatch(options, handle, negotiated);
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
