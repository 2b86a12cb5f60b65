/** The HTTP host: the service below its path, and beside it health, metrics and pages. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { odataError } from '../error';
import { answerClientError } from './client-error';
import { createEdge, HEADER_LIMIT, isBelow, LINK_FACTOR, URL_LIMIT, type Edge, type EdgeOptions } from './edge';
import { errorResponse } from './error-response';
import type { Exchange } from './exchange';
import { createMetrics, type Metrics } from './metrics';
import { addPages, type Pages } from './page';
import { requestLog } from './request-log';

export interface HostOptions extends EdgeOptions {
  /** Path of the service root without a slash at the end, e.g. `/v1.0`. */
  readonly mount: string;
  /** Resolves while the database answers. */
  readonly ready: () => Promise<unknown>;
  /** Documents beside the service, by path. */
  readonly pages?: Pages | undefined;
  /** pino's options; false for no log. */
  readonly logger: FastifyServerOptions['logger'];
}

/** A server that can be started and ended. */
export interface Host {
  readonly app: FastifyInstance;
  readonly server: Server;
  /** Resolves to the URL it listens on, without a slash at the end. */
  listen(port: number, hostname?: string): Promise<string>;
  /** Lets the requests under way finish, but not for ever. */
  close(): Promise<void>;
}

/** Longer than the idle time of common load balancers, so that they close connections, not we. */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_MS = 10_000;
const READY_MS = 2_000;

/** Requests of the service go straight to the edge: the URL undecoded, any method, any type of body. fastify has the rest. */
function serverOf(edge: Edge, mount: string, urlLimit: number) {
  return (fastify: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Server => {
    // Far above what is allowed, so that a URL that is too long still becomes a request, and gets its proper answer.
    const maxHeaderSize = HEADER_LIMIT + LINK_FACTOR * urlLimit;
    const options = { maxHeaderSize, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true };
    const server = createServer(options, (incoming, outgoing) => {
      if (isBelow(incoming.url ?? '', mount)) edge(incoming, outgoing, mount);
      else fastify(incoming, outgoing);
    });
    server.on('clientError', (error, socket) => answerClientError(error, socket as Socket, urlLimit));
    return server;
  };
}

/** Errors of the pages beside the service look like the service's own. */
function sendError(error: unknown, requestId: string, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = errorResponse(error, { requestId, version: '4.0' });
  return reply
    .code(status)
    .headers({ ...headers, 'request-id': requestId })
    .send(body);
}

/** fastify's own errors carry a status. */
const asODataError = (error: unknown): unknown =>
  error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
    ? odataError('BadRequest', { message: error.message })
    : error;

function addErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendError(odataError('BadRequest_NotFound', { segment: request.url.split('?', 1)[0] ?? '' }), request.id, reply),
  );
  app.setErrorHandler((error, request, reply) => {
    request.log.error(error);
    return sendError(asODataError(error), request.id, reply);
  });
}

const within = async (promise: Promise<unknown>, milliseconds: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise(
    (_, reject) => (timer = setTimeout(() => reject(new Error('No answer in time.')), milliseconds)),
  );
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

function addHealth(app: FastifyInstance, ready: HostOptions['ready']): void {
  app.get('/health/live', (_, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/health/ready', async (request, reply) => {
    void reply.header('Cache-Control', 'no-store');
    try {
      await within(ready(), READY_MS);
      return await reply.send({ status: 'ok' });
    } catch (error) {
      request.log.warn(error, 'not ready');
      return reply.code(503).header('Retry-After', '2').send({ status: 'unavailable' });
    }
  });
}

function addMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_, reply) => reply.header('Content-Type', metrics.contentType).send(await metrics.text()));
}

async function close(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
  await app.close().finally(() => clearTimeout(timer));
}

/** Makes the host; it does not listen yet. */
export function createHost(options: HostOptions): Host {
  const { mount, logger, urlLimit = URL_LIMIT } = options;
  const metrics = createMetrics();
  const observers: ((exchange: Exchange) => void)[] = [(exchange) => metrics.observe(exchange)];
  if (options.observe) observers.push(options.observe);
  const edge = createEdge({ ...options, observe: (exchange) => observers.forEach((observe) => observe(exchange)) });
  const app = Fastify({
    serverFactory: serverOf(edge, mount, urlLimit),
    logger: logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    frameworkErrors: (error, request, reply) => void sendError(asODataError(error), request.id, reply),
  });
  if (logger) observers.push(requestLog(app.log));
  addErrors(app);
  addHealth(app, options.ready);
  addMetrics(app, metrics);
  addPages(app, options.pages ?? {});
  return {
    app,
    server: app.server,
    listen: (port, hostname = '127.0.0.1') => app.listen({ port, host: hostname }),
    close: () => close(app),
  };
}
