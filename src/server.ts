/**
 * The @odata/server class over the engine: its programming model (`create`, `createProcessor`, `execute`), none of its request
 * handling. The one file that imports @odata/server; docs/decisions says why.
 */
import './load-odata-server';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ODataResult, ODataServer, type ODataProcessor } from '@odata/server';
import type { Router } from 'express';
import { createEdge } from './odata/http/edge';
import { errorResponse } from './odata/http/error-response';
import { createHost, type Host, type HostOptions } from './odata/http/fastify-edge';
import { responseBytes } from './odata/service/response-bytes';
import type { Request, Response } from './odata/service/message';
import { descriptionPages } from './openapi/pages';
import { pageFiles } from './page-files';

/** What the class serves: the engine and the settings of its edge. */
interface ServerContext extends Omit<HostOptions, 'mount' | 'ready' | 'logger'> {
  /** Resolves while the database answers; without it the service counts as ready. */
  readonly ready?: HostOptions['ready'];
  /** pino's options; without them nothing is logged. */
  readonly logger?: HostOptions['logger'];
  /** Who asks where requests come from this process; the same as for those from outside without it. */
  readonly callerWithin?: HostOptions['callerFor'];
}

/** A request within the process. */
export interface ExecuteRequest {
  /** Relative to the service root, or absolute below it. */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** The answer within the process: @odata/server's result with the status and headers of HTTP. */
type ExecuteResult<T> = ODataResult<T> & {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
};

/** A server that listens. */
export interface RunningServer extends Pick<Host, 'close' | 'server'> {
  /** Without a slash at the end. */
  readonly url: string;
  readonly log: Host['app']['log'];
}

/** Where the service is mounted when it has a server of its own. */
const MOUNT = '/v1.0';

let configured: ServerContext | undefined;

function context(): ServerContext {
  if (!configured) throw new Error('Call CustomerPaymentServer.configure() first.');
  return configured;
}

function hostAt(mount: string): Host {
  const { pages, ready = () => Promise.resolve(), logger = false, ...rest } = context();
  const own = {
    ...pageFiles(mount, rest.publicUrl),
    ...descriptionPages({ mount, publicUrl: rest.publicUrl, read: readDocument }),
  };
  return createHost({ ...rest, mount, ready, logger, pages: { ...own, ...pages } });
}

/** What a page tells of the service is what the service itself answers. */
async function readDocument(url: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { status, body } = await CustomerPaymentServer.execute<Readonly<Record<string, unknown>>>(url);
  return status === 200 ? body : undefined;
}

/** Listens in the background, and tells of failure by the event `error`, as node's own servers do. */
function listening(mount: string, port: number, hostname = '127.0.0.1'): Server {
  const { app, server } = hostAt(mount);
  void app.ready().then(() => server.listen(port, hostname));
  return server;
}

/** The service as a handler for `app.use(path, …)` of Express 4 and 5, or for node's createServer. */
function mountable(): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const edge = createEdge(context());
  return (incoming, outgoing) => {
    const base: unknown = 'baseUrl' in incoming ? incoming.baseUrl : undefined;
    edge(incoming, outgoing, typeof base === 'string' ? base : '');
  };
}

const localRoot = (): string => `${context().publicUrl ?? 'http://localhost'}${MOUNT}/`;

function relativeTo(root: string, url: string): string {
  const path = url.startsWith(root) ? url.slice(root.length) : url;
  return path.replace(new RegExp(`^${MOUNT}(?=/|\\?|$)`), '').replace(/^\//, '');
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function requestOf({ url, method, headers = {}, body }: ExecuteRequest): Request {
  const bytes = bytesOf(body);
  const root = localRoot();
  const head = { method: method ?? 'GET', target: relativeTo(root, url), root };
  const given = {
    'request-id': crypto.randomUUID(),
    ...(bytes ? { 'content-type': 'application/json' } : {}),
    ...lowerCase(headers),
  };
  return bytes ? { ...head, headers: given, body: bytes } : { ...head, headers: given };
}

async function respond(request: Request): Promise<Response> {
  const { handler, callerFor, callerWithin = callerFor } = context();
  try {
    return await handler(request, await callerWithin(request));
  } catch (error) {
    return errorResponse(error, { requestId: request.headers['request-id'] ?? '', version: '4.0' });
  }
}

async function run<T>(request: ExecuteRequest): Promise<ExecuteResult<T>> {
  const response = await respond(requestOf(request));
  const headers = lowerCase(response.headers);
  const contentType = headers['content-type'] ?? '';
  const text = (await responseBytes(response)).toString();
  const body: unknown =
    text !== '' && contentType.startsWith('application/json') ? JSON.parse(text) : text || undefined;
  return Object.assign(new ODataResult<T>(response.status, contentType, body), { status: response.status, headers });
}

/** As @odata/server's own: a URL with method and body, a URL with a body (POST), or a whole request. */
function requestFrom(url: unknown, method: unknown, body: unknown): ExecuteRequest {
  if (typeof url !== 'string') return { ...(url as ExecuteRequest), ...(method === undefined ? {} : { body: method }) };
  if (typeof method === 'object') return { url, method: 'POST', body: method };
  return { url, method: typeof method === 'string' ? method : 'GET', body };
}

/** The service of customer payments. `configure` it once, then `create` or `execute`. */
export class CustomerPaymentServer extends ODataServer {
  /** Sets the engine that all of the class's methods use. */
  static configure(serverContext: ServerContext): void {
    configured = serverContext;
  }

  /** A handler to mount under any path of an Express app. */
  static override create(): Router;
  /** Listens on a port of this machine; the service is below `/v1.0`, or the path given. */
  static override create(port: number, hostname?: string): Server;
  static override create(path: string, port: number, hostname?: string): Server;
  static override create(path?: string | RegExp | number, port?: string | number, hostname?: string): Server;
  static override create(path?: string | RegExp | number, port?: string | number, hostname?: string): Server | Router {
    if (typeof path === 'number') return listening(MOUNT, path, typeof port === 'string' ? port : undefined);
    if (typeof path === 'string' && typeof port === 'number')
      return listening(path.replace(/\/+$/, ''), port, hostname);
    // What Express mounts is a function of request and response; nobody adds routes to this one.
    return mountable() as unknown as Router;
  }

  /** Listens, and resolves once it does. */
  static async start(port: number, hostname?: string): Promise<RunningServer> {
    const host = hostAt(MOUNT);
    return {
      url: await host.listen(port, hostname),
      server: host.server,
      log: host.app.log,
      close: () => host.close(),
    };
  }

  /** What @odata/server asks to process a request: here the engine, which needs no stream around it. */
  static override createProcessor(request: unknown): Promise<ODataProcessor> {
    const given = request as ExecuteRequest;
    const processor = {
      execute: (body?: unknown) => run(body === undefined ? given : { ...given, body }),
      on: () => processor,
      removeAllListeners: () => processor,
      pause: () => processor,
      resume: () => processor,
      pipe: <W>(target: W): W => target,
    };
    return Promise.resolve(processor as unknown as ODataProcessor);
  }

  /** Answers within the process, errors included: nothing is thrown for a status. */
  static override execute<T>(url: string, body?: object): Promise<ExecuteResult<T>>;
  static override execute<T>(url: string, method?: string, body?: object): Promise<ExecuteResult<T>>;
  static override execute<T>(request: ExecuteRequest | object, body?: object): Promise<ExecuteResult<T>>;
  static override async execute<T>(url: unknown, method?: unknown, body?: unknown): Promise<ExecuteResult<T>> {
    const request = requestFrom(url, method, body);
    const processor = await this.createProcessor(request);
    return (await processor.execute()) as ExecuteResult<T>;
  }
}
