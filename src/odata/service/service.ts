/** The engine, put together: model and database in, a Handler out. */
import type { DataSource } from 'typeorm';
import type { Pool } from 'pg';
import { buildModel } from '../model/build-model';
import { offered, type Capabilities } from '../model/capabilities';
import type { SingletonDeclaration } from '../model/entity-sets';
import type { Model } from '../model/model';
import { Database } from './database';
import { createDocuments } from './documents';
import { createAnswering } from './handle';
import { checkChanges, forgetChanges, forgetOthers, trackedTypes } from './kept-changes';
import type { ServiceOptions, ServiceSettings } from './negotiated';
import type { Handler } from './message';
import { OperationBook, type ActionContext } from './operations';
import { defaultRequestLimits } from './planned';
import { forgetOld } from './repeatable';
import type { RuleBook } from './rules';
import { EnclosingTransaction } from './service-session';
import { runNamed } from './statement';

/** How often old changes and answers to repeatable requests are removed, not at the start, when clients wait for connections. */
const FORGET_EVERY_MS = 3_600_000;

/** What a service is made of. */
export interface ServiceConfig extends ServiceSettings {
  /** An initialised data source for PostgreSQL. */
  readonly dataSource: DataSource;
  readonly namespace: string;
  readonly rules: RuleBook;
  /** Functions and actions; none without it. */
  readonly operations?: OperationBook;
  /** Entities with names of their own; none without it. */
  readonly singletons?: readonly SingletonDeclaration[];
  /** Named statements; off behind a transaction pooler. */
  readonly preparedStatements: boolean;
  /** Requests that may wait for a connection before the next one is turned away with 503. */
  readonly maxQueue: number;
  /** Told of errors that are the service's own. */
  readonly log?: ServiceOptions['log'];
}

/** Requests and statements that share a transaction. */
export interface ServiceTransaction {
  /** Sees what was written in the transaction before. A request that is refused is undone alone. */
  readonly handler: Handler;
  /** Runs a statement; its rows by column. */
  readonly run: ActionContext['run'];
}

/** A service that answers requests. */
export interface Service {
  readonly model: Model;
  readonly database: Database;
  readonly handler: Handler;
  /** Many requests in one transaction: all that they have written is committed when `work` resolves, and nothing when it rejects. */
  readonly transaction: <T>(work: (transaction: ServiceTransaction) => Promise<T>) => Promise<T>;
  /** Throws when the database lacks what the entities promise. To be asked before anything is served. */
  readonly check: () => Promise<void>;
  /** Takes up what another process left undone, and forgets what is old. */
  readonly start: () => void;
  /** Ends what goes on in the background; the database must be there until it resolves. */
  readonly close: () => Promise<void>;
}

/** Makes the service of a data source. Throws when its entities cannot be served. */
export function createService({
  dataSource,
  namespace,
  rules,
  operations = new OperationBook(),
  singletons = [],
  preparedStatements,
  maxQueue,
  log,
  ...settings
}: ServiceConfig): Service {
  const model = buildModel({ dataSource, namespace, operations: operations.declarations, singletons });
  const database = new Database(poolOf(dataSource), { preparedStatements, maxQueue });
  const { handler, handlerIn, monitors } = createAnswering({
    model,
    database,
    settings,
    rules,
    operations,
    documents: createDocuments(model, offeredWith(settings)),
    ...(log ? { log } : {}),
  });
  const forgetting = new Forgetting(database, settings, trackedTypes(model).length > 0);
  return {
    model,
    database,
    handler,
    transaction: (work) =>
      database.transaction((open) => {
        const session = new EnclosingTransaction(open);
        return work({
          handler: handlerIn(session),
          run: (statement, values) => runNamed(session, statement, values),
        });
      }),
    check: async () => {
      await checkChanges(database, model);
      await forgetOthers(database, model);
    },
    start: () => {
      if (settings.keepsRequests) monitors.start();
      forgetting.start();
    },
    close: async () => {
      forgetting.stop();
      await monitors.close();
    },
  };
}

/** Removes from time to time what is old; what fails is done the next time. */
class Forgetting {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly settings: ServiceSettings,
    private readonly isTracking: boolean,
  ) {}

  start(): void {
    if (!this.settings.keepsRequests && !this.isTracking) return;
    this.timer = setInterval(() => this.forget(), FORGET_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private forget(): void {
    const { database, settings } = this;
    if (settings.keepsRequests) void forgetOld(database, settings.repeatabilityMs).catch(() => undefined);
    if (this.isTracking) void forgetChanges(database, settings).catch(() => undefined);
  }
}

/** $metadata tells the credentials that this service takes, the depth of $expand that this service allows, and what it can keep. */
const offeredWith = ({
  limits = defaultRequestLimits,
  keepsRequests,
  authorizations = [],
}: ServiceSettings): Capabilities => ({
  ...offered,
  authorizations,
  expandLevels: limits.expandDepth,
  asynchronous: keepsRequests,
  repeatable: keepsRequests,
});

/** TypeORM's own pool, so that there is one only. */
function poolOf({ driver }: DataSource): Pool {
  if (!('master' in driver)) throw new Error('The service needs a PostgreSQL data source.');
  return driver.master as Pool;
}
