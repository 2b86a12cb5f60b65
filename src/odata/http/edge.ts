/**
 * The edge between node's HTTP and the service: a request becomes a Request, a Response becomes an answer. Works on bare
 * IncomingMessage and ServerResponse, so that fastify, Express and node:http can all host it, and so that no framework decodes the
 * URL or judges the body before the service does. Protocol §8, §9, U§2.1.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { odataError, type ODataError } from '../error';
import type { Caller, Handler, Request, Response } from '../service/message';
import { ClientGone, readBody } from './body-reader';
import { partOf } from './byte-range';
import { METHODS, preflightHeaders, type Origins } from './cors';
import { errorResponse } from './error-response';
import { Exchange } from './exchange';
import { addressOf, RateLimit } from './rate-limit';
import { writeResponse } from './response-writer';
import { rootFrom, type RootOf, type RootOptions } from './service-root';

/** Settings of the edge; those left out have the defaults named here. */
export interface EdgeOptions extends Partial<RootOptions> {
  readonly handler: Handler;
  /** Who asks. Called before the body is read; an ODataError that it throws is the answer. */
  readonly callerFor: (request: Request) => Caller | Promise<Caller>;
  /** A query option that holds a credential: the service behind never sees it, so that no link, log or kept request repeats it. */
  readonly secretOption?: string | undefined;
  /** Bytes of a body: 32 MiB. */
  readonly bodyLimit?: number | undefined;
  /** Characters of a URL: 32 KiB. */
  readonly urlLimit?: number | undefined;
  /** Requests that one caller may send per minute: any number. */
  readonly rateLimit?: number | undefined;
  /** Origins whose pages may use the service: `*`. */
  readonly origins?: Origins | undefined;
  /** Told of each exchange when it is over, for log and metrics. */
  readonly observe?: ((exchange: Exchange) => void) | undefined;
}

/** Answers one request for the service mounted at a path such as `/v1.0`, or at `` for the whole server. */
export type Edge = (incoming: IncomingMessage, outgoing: ServerResponse, mount: string) => void;

interface Settings {
  readonly handler: Handler;
  readonly secretOption: string | undefined;
  readonly bodyLimit: number;
  readonly urlLimit: number;
  readonly origins: Origins;
  readonly rootOf: RootOf;
  readonly admit: Admit;
}

/** Finds out who asks, and whether it may now. */
type Admit = (request: Request, incoming: IncomingMessage) => Promise<Admitted>;

interface Admitted extends Pick<Request, 'charge'> {
  readonly caller: Caller;
}

export const URL_LIMIT = 32 * 1024;
const BODY_LIMIT = 32 * 1024 * 1024;

/** Clients may send the URL with scheme and host, as they do to proxies. RFC 9112 §3.2.2. */
const withoutOrigin = (url: string): string => (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, ''));

/** The raw URL as the client sent it; Express keeps it in `originalUrl`. */
function rawUrl(incoming: IncomingMessage): string {
  const original: unknown = 'originalUrl' in incoming ? incoming.originalUrl : undefined;
  return withoutOrigin(typeof original === 'string' ? original : (incoming.url ?? '/'));
}

/** True when a path is that of the service: its root, with or without slash, or below. */
export function isBelow(rawUrl: string, mount: string): boolean {
  const url = withoutOrigin(rawUrl);
  if (!url.startsWith(mount)) return false;
  const next = url.charCodeAt(mount.length);
  return Number.isNaN(next) || next === 47 /* / */ || next === 63; /* ? */
}

/** What stands behind the root, without a leading slash. */
function targetOf(url: string, mount: string): string {
  const start = url.startsWith(mount) ? mount.length : 0;
  return url.slice(url.charCodeAt(start) === 47 ? start + 1 : start);
}

/** A target without a query option, in whatever encoding its name is written. */
function withoutOption(target: string, name: string): string {
  const [path = '', query] = target.split(/\?(.*)/s, 2);
  if (query === undefined) return target;
  const kept = query.split('&').filter((option) => !new URLSearchParams(option).has(name));
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}

/** A link of the service goes on with a query that may have come in a body, of which each character may have become `%xx%xx%xx`. */
const isLink = /[?&](?:\$|%24)?(?:skip|delta)token=/i;
/** How many times as long as other URLs it may be. */
export const LINK_FACTOR = 20;

/** Characters of the headers of a request, beside its URL. */
export const HEADER_LIMIT = 256 * 1024;

function requestOf(exchange: Exchange, mount: string, settings: Settings): Request {
  const { incoming, headers, outgoing: receiver } = exchange;
  const url = rawUrl(incoming);
  const limit =
    url.length > settings.urlLimit && isLink.test(url) ? LINK_FACTOR * settings.urlLimit : settings.urlLimit;
  if (url.length > limit) throw odataError('UriTooLong', { limit });
  if (incoming.rawHeaders.reduce((sum, { length }) => sum + length, 0) > HEADER_LIMIT)
    throw odataError('HeadersTooLong', {});
  const method = incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET');
  return { method, target: targetOf(url, mount), headers, root: settings.rootOf(incoming, mount), receiver };
}

/** Callers are counted by the name that their credentials have, else by their address: those without credentials, and those with wrong ones. */
function admission({ callerFor, rateLimit, trustProxy = false }: EdgeOptions): Admit {
  if (!rateLimit) return async (request) => ({ caller: await callerFor(request) });
  const limit = new RateLimit(rateLimit);
  return async (request, incoming) => {
    const address = addressOf(incoming, trustProxy);
    let caller: Caller;
    try {
      caller = await callerFor(request);
    } catch (error) {
      limit.take(address);
      throw error;
    }
    const { name = address } = caller;
    limit.take(name);
    return { caller, charge: (requests) => limit.charge(name, requests) };
  };
}

const failed = (error: unknown, exchange: Exchange): Response =>
  errorResponse(error, {
    requestId: exchange.requestId,
    clientRequestId: exchange.clientRequestId,
    version: exchange.version,
    log: (shown: ODataError) => (exchange.failure = shown),
  });

async function answer(exchange: Exchange, mount: string, settings: Settings): Promise<Response> {
  try {
    const { incoming } = exchange;
    const asked = requestOf(exchange, mount, settings);
    const { caller, charge } = await settings.admit(asked, incoming);
    const { secretOption } = settings;
    const target = secretOption === undefined ? asked.target : withoutOption(asked.target, secretOption);
    const body = await readBody(incoming, settings.bodyLimit);
    const request: Request = { ...asked, target, ...(charge && { charge }), ...(body && { body }) };
    return partOf(await settings.handler(request, caller), incoming.method, exchange.headers);
  } catch (error) {
    if (error instanceof ClientGone) throw error;
    return failed(error, exchange);
  }
}

function options(exchange: Exchange, origins: Origins): Response {
  const list = preflightHeaders(origins, exchange.incoming.headers);
  const headers: Record<string, string> = { Allow: METHODS, 'OData-Version': exchange.version };
  for (let i = 0; i < list.length; i += 2) headers[list[i] ?? ''] = list[i + 1] ?? '';
  return { status: 204, headers };
}

/** An answer that fails half-way is cut: a client must never take a part for the whole. Protocol §9.5. */
async function breakOff(error: unknown, exchange: Exchange, settings: Settings): Promise<void> {
  const { outgoing } = exchange;
  if (!outgoing.destroyed) exchange.failure = error;
  if (!outgoing.headersSent && !outgoing.destroyed && !(error instanceof ClientGone)) {
    await writeResponse(failed(error, exchange), exchange, settings.origins);
    return;
  }
  exchange.cut = !outgoing.destroyed;
  outgoing.destroy();
}

async function serve(exchange: Exchange, mount: string, settings: Settings): Promise<void> {
  try {
    const response =
      exchange.incoming.method === 'OPTIONS'
        ? options(exchange, settings.origins)
        : await answer(exchange, mount, settings);
    await writeResponse(response, exchange, settings.origins);
  } catch (error) {
    await breakOff(error, exchange, settings).catch(() => exchange.outgoing.destroy());
  }
}

/** Makes the edge of a service. */
export function createEdge(given: EdgeOptions): Edge {
  const settings: Settings = {
    handler: given.handler,
    secretOption: given.secretOption,
    bodyLimit: given.bodyLimit ?? BODY_LIMIT,
    urlLimit: given.urlLimit ?? URL_LIMIT,
    origins: given.origins ?? '*',
    rootOf: rootFrom({ publicUrl: given.publicUrl, trustProxy: given.trustProxy ?? false }),
    admit: admission(given),
  };
  const { observe } = given;
  return (incoming, outgoing, mount) => {
    const exchange = new Exchange(incoming, outgoing);
    outgoing.once('close', () => observe?.(exchange));
    void serve(exchange, mount, settings);
  };
}
