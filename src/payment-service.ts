/** The engine over the payments: the entities of the database, the rules and operations of the domain, and the settings. */
import { authenticationOf, authorizationsOf } from './authentication';
import type { Config } from './config';
import type { Database } from './database';
import { operations, rules } from './domain';
import { NAMESPACE } from './namespace';
import { requestLimits } from './odata/service/planned';
import { createService, type Service, type ServiceConfig } from './odata/service/service';

/** A process that was not heard of for so long is taken for dead: another one does what it had begun to do later. */
const ASYNC_LEASE_MS = 15_000;

/** Business Central's other ways to name the company. */
export const foreign = new Map([
  [
    'company',
    "The path names the company: write companies(<id>)/ in front of it, and leave out the option and the header 'company'.",
  ],
]);

/** Makes the service that HTTP and every command speak to. */
export const createPaymentService = (
  config: Config,
  { dataSource }: Pick<Database, 'dataSource'>,
  log?: ServiceConfig['log'],
): Service =>
  createService({
    ...config,
    repeatabilityMs: config.repeatability,
    changeRetentionMs: config.changeRetention,
    asyncRetentionMs: config.asyncRetention,
    asyncTimeoutMs: config.asyncTimeout,
    asyncWorkers: Math.max(1, Math.floor(config.poolSize / 2)),
    asyncLeaseMs: ASYNC_LEASE_MS,
    keepsRequests: true,
    limits: requestLimits(config),
    foreign,
    authorizations: authorizationsOf(authenticationOf(config)),
    dataSource,
    namespace: NAMESPACE,
    rules,
    operations,
    ...(log ? { log } : {}),
  });
