/** The engine, put together: model and database in, a Handler out. */
import type { DataSource } from 'typeorm';
import type { Pool } from 'pg';
import { buildModel } from '../model/build-model';
import { offered, type Capabilities } from '../model/capabilities';
import type { Model } from '../model/model';
import { Database } from './database';
import { createDocuments } from './documents';
import { createHandler } from './handle';
import type { ServiceOptions, ServiceSettings } from './negotiated';
import type { Handler } from './message';
import { OperationBook } from './operations';
import { defaultRequestLimits } from './planned';
import type { RuleBook } from './rules';

/** What a service is made of. */
export interface ServiceConfig extends ServiceSettings {
  /** An initialised data source for PostgreSQL. */
  readonly dataSource: DataSource;
  readonly namespace: string;
  readonly rules: RuleBook;
  /** Functions and actions; none without it. */
  readonly operations?: OperationBook;
  /** Named statements; off behind a transaction pooler. */
  readonly preparedStatements: boolean;
  /** Requests that may wait for a connection before the next one is turned away with 503. */
  readonly maxQueue: number;
  /** Told of errors that are the service's own. */
  readonly log?: ServiceOptions['log'];
}

/** A service that answers requests. */
export interface Service {
  readonly model: Model;
  readonly database: Database;
  readonly handler: Handler;
}

/** Makes the service of a data source. Throws when its entities cannot be served. */
export function createService({
  dataSource,
  namespace,
  rules,
  operations = new OperationBook(),
  preparedStatements,
  maxQueue,
  log,
  ...settings
}: ServiceConfig): Service {
  const model = buildModel({ dataSource, namespace, operations: operations.declarations });
  const database = new Database(poolOf(dataSource), { preparedStatements, maxQueue });
  const handler = createHandler({
    model,
    database,
    settings,
    rules,
    operations,
    documents: createDocuments(model, offeredWithin(settings.limits)),
    ...(log ? { log } : {}),
  });
  return { model, database, handler };
}

/** $metadata tells the depth of $expand that this service allows. */
const offeredWithin = ({ expandDepth } = defaultRequestLimits): Capabilities => ({
  ...offered,
  expandLevels: expandDepth,
});

/** TypeORM's own pool, so that there is one only. */
function poolOf({ driver }: DataSource): Pool {
  if (!('master' in driver)) throw new Error('The service needs a PostgreSQL data source.');
  return driver.master as Pool;
}
