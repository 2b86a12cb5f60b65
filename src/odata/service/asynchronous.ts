/** The preference respond-async, and the status monitors that it leads to. Protocol §8.2.8.8, §11.6 */
import { methodNotAllowed, odataError } from '../error';
import { names } from '../http/negotiate';
import { preferenceApplied, withoutTimes } from '../http/preferences';
import type { Request, Response } from './message';
import type { Negotiated } from './negotiated';
import { reasonPhrase } from './reason-phrase';
import { responseBytes } from './response-bytes';
import type { StatusMonitors } from './status-monitors';

/** The segment that monitors are below. */
export const MONITORS = '$async';

const RETRY_AFTER = '1';
/** No client is kept waiting for longer, whatever it prefers. */
const LONGEST_WAIT_S = 60;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Stores the request and answers 202; or answers it, when it is done within the time that the client would rather wait. */
export async function acceptRequest(monitors: StatusMonitors, negotiated: Negotiated): Promise<Response> {
  const { request, caller, preferences } = negotiated;
  const { wait } = preferences;
  const id = await monitors.accept(synchronousRequest(request), caller, wait !== undefined && wait > 0);
  if (wait !== undefined && wait > 0) {
    await monitors.ended(id, Math.min(wait, LONGEST_WAIT_S) * 1000);
    const state = await monitors.state(id, caller);
    if (state?.kind === 'done') {
      await monitors.remove(id);
      return withApplied(state.response, preferenceApplied(preferences, ['wait']));
    }
  }
  const applied = preferenceApplied(preferences, ['respond-async', ...(wait === undefined ? [] : (['wait'] as const))]);
  return withApplied(accepted(request.root, id), applied);
}

const accepted = (root: string, id: string): Response => ({
  status: 202,
  headers: { Location: `${root}${MONITORS}/${id}`, 'Retry-After': RETRY_AFTER },
});

function withApplied(response: Response, applied: string | undefined): Response {
  if (applied === undefined) return response;
  const before = response.headers['Preference-Applied'];
  const value = before === undefined ? applied : `${before}, ${applied}`;
  return { ...response, headers: { ...response.headers, 'Preference-Applied': value } };
}

/** The request without the wish to be answered later. */
function synchronousRequest(request: Request): Request {
  const prefer = withoutTimes(request.headers['prefer'] ?? '');
  const { prefer: _, ...others } = request.headers;
  return { ...request, headers: prefer === '' ? others : { ...others, prefer } };
}

/** Answers a request to a status monitor: 202 while the work goes on, then its answer. Protocol §11.6 */
export async function monitorResponse(monitors: StatusMonitors, negotiated: Negotiated): Promise<Response> {
  const { request, caller, parts } = negotiated;
  const [, id = ''] = parts.segments;
  if (parts.segments.length !== 2 || !uuid.test(id)) throw unknown(id);
  if (request.method === 'DELETE') return cancelled(monitors, negotiated, id);
  if (request.method !== 'GET') throw methodNotAllowed(request.method, 'a status monitor', 'GET, HEAD, DELETE');
  const state = await monitors.state(id, caller);
  if (!state) throw unknown(id);
  return state.kind === 'running' ? accepted(request.root, id) : finished(negotiated, state.response);
}

const unknown = (id: string): Error =>
  odataError('Internal_RecordNotFound', {
    message: `There is no status monitor '${id}': it has expired, was deleted, or never was.`,
  });

/** What is done cannot be cancelled any more. */
async function cancelled(monitors: StatusMonitors, { caller, request }: Negotiated, id: string): Promise<Response> {
  if (await monitors.cancel(id, caller)) return { status: 204, headers: {} };
  if (!(await monitors.state(id, caller))) throw unknown(id);
  throw methodNotAllowed(request.method, 'a status monitor whose request has been answered', 'GET, HEAD');
}

/** In a message of its own for 4.0 and whoever asks for that, else as it is, with its status in a header. Protocol §8.3.1 */
async function finished({ request, version }: Negotiated, response: Response): Promise<Response> {
  if (version === '4.01' && !names(request.headers['accept'], 'application/http'))
    return { ...response, status: 200, headers: { ...response.headers, AsyncResult: String(response.status) } };
  const body = await responseBytes(response);
  const head = [
    `HTTP/1.1 ${response.status} ${reasonPhrase(response.status)}`,
    ...Object.entries(response.headers).map(([name, value]) => `${name}: ${value}`),
    ...(body.length > 0 ? [`Content-Length: ${body.length}`] : []),
  ];
  return {
    status: 200,
    headers: { 'Content-Type': 'application/http', 'Content-Transfer-Encoding': 'binary', 'OData-Version': version },
    body: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
  };
}
