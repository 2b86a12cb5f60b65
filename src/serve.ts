/** Puts engine, rules and HTTP server together. Loaded only by what serves, because @odata/server takes a second to load. */
import { authenticationOf, createAuthenticator, directoryOf } from './authentication';
import type { Config } from './config';
import { currentCompany, NOBODY } from './current-company';
import type { Database } from './database';
import { firstRequests } from './first-requests';
import type { Caller, ODataError } from './odata';
import type { Request } from './odata/service/message';
import { logStream } from './log-stream';
import { createPaymentService } from './payment-service';
import { CustomerPaymentServer, type RunningServer } from './server';

/** Serves a database that is ready; resolves once the server listens. */
export async function serve(config: Config, { dataSource }: Database): Promise<RunningServer> {
  let logger: RunningServer['log'] | undefined = undefined;
  const log = (error: ODataError, { headers }: Request): void =>
    logger?.error({ requestId: headers['request-id'], err: error.cause ?? error }, error.message);
  const service = createPaymentService(config, { dataSource }, log);
  await service.check();
  const company = currentCompany(dataSource);
  const anybody = async (): Promise<Caller> => ({ partition: await company() });
  const authentication = authenticationOf(config);
  CustomerPaymentServer.configure({
    handler: service.handler,
    callerFor: authentication ? createAuthenticator(directoryOf(dataSource), authentication) : anybody,
    // The pages beside the service are for everybody: with authentication they describe it without showing any record.
    callerWithin: authentication ? () => ({ partition: NOBODY, confined: true, readOnly: true }) : anybody,
    secretOption: authentication?.keyOption,
    ready: () => dataSource.query('SELECT 1'),
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    rateLimit: config.rateLimit,
    origins: config.corsOrigins,
    urlLimit: config.maxUrlLength,
    bodyLimit: config.maxBodySize,
    logger: { stream: logStream() },
  });
  const server = await CustomerPaymentServer.start(config.port, config.host);
  logger = server.log;
  service.start();
  // Who comes first finds plans made and statements prepared. What fails here is told to who asks for it.
  const asked = Promise.allSettled(firstRequests.map((request) => CustomerPaymentServer.execute(request)));
  return {
    ...server,
    close: async () => {
      await server.close();
      await asked;
      await service.close();
    },
  };
}
