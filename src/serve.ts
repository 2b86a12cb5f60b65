/** Puts engine, rules and HTTP server together. Loaded only by what serves, because @odata/server takes a second to load. */
import type { Config } from './config';
import { currentCompany } from './current-company';
import type { Database } from './database';
import { NAMESPACE } from './namespace';
import { operations, rules } from './domain';
import type { ODataError } from './odata';
import type { RequestLimits } from './odata/service/planned';
import { createService } from './odata/service/service';
import type { Request } from './odata/service/message';
import { CustomerPaymentServer, type RunningServer } from './server';

/** A process that was not heard of for so long is taken for dead: another one does what it had begun to do later. */
const ASYNC_LEASE_MS = 15_000;

/** Serves a database that is ready; resolves once the server listens. */
export async function serve(config: Config, { dataSource }: Database): Promise<RunningServer> {
  let logger: RunningServer['log'] | undefined = undefined;
  const log = (error: ODataError, { headers }: Request): void =>
    logger?.error({ requestId: headers['request-id'], err: error.cause ?? error }, error.message);
  const limits = limitsOf(config);
  const service = createService({
    ...config,
    repeatabilityMs: config.repeatability,
    asyncRetentionMs: config.asyncRetention,
    asyncTimeoutMs: config.asyncTimeout,
    asyncWorkers: Math.max(1, Math.floor(config.poolSize / 2)),
    asyncLeaseMs: ASYNC_LEASE_MS,
    limits,
    dataSource,
    namespace: NAMESPACE,
    rules,
    operations,
    log,
  });
  const company = currentCompany(dataSource);
  CustomerPaymentServer.configure({
    handler: service.handler,
    callerFor: async () => ({ partition: await company() }),
    ready: () => dataSource.query('SELECT 1'),
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    origins: config.corsOrigins,
    urlLimit: config.maxUrlLength,
    bodyLimit: config.maxBodySize,
    logger: true,
  });
  const server = await CustomerPaymentServer.start(config.port, config.host);
  logger = server.log;
  service.start();
  return {
    ...server,
    close: async () => {
      await server.close();
      await service.close();
    },
  };
}

/** The body of POST …/$query may hold an option that is longer than any URL. */
const limitsOf = (config: Config): RequestLimits => ({
  length: 2 * config.maxUrlLength,
  depth: config.maxNesting,
  nodes: config.maxParts,
  listLength: config.maxListLength,
  expandDepth: config.maxExpandDepth,
  patternLength: config.maxPatternLength,
});
