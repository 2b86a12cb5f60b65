/** The whole service over a database of its own: plain HTTP in, status, headers and JSON out; SQL beside it as a witness. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Client } from 'pg';
import {
  authorizationsOf,
  createAuthenticator,
  directoryOf,
  type AuthenticationSettings,
} from '../../src/authentication';
import { createDataSource } from '../../src/data-source';
import { currentCompany } from '../../src/current-company';
import { operations, rules } from '../../src/domain';
import { NAMESPACE } from '../../src/namespace';
import type { ODataError } from '../../src/odata';
import { createHost, type HostOptions } from '../../src/odata/http/fastify-edge';
import type { Pages } from '../../src/odata/http/page';
import type { Transaction } from '../../src/odata/service/database';
import { foreign } from '../../src/payment-service';
import { createService, type ServiceConfig } from '../../src/odata/service/service';
import type { Statement } from '../../src/odata/sql';
import { freshDatabase, type TestDatabase } from './database';

/** A JSON object of an answer. */
export interface Json {
  readonly [name: string]: unknown;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  /** False when the connection was cut before the answer was complete. */
  readonly complete: boolean;
  /** The body as JSON; an empty object when it is none. */
  readonly json: Json;
  /** The entities of a collection. */
  readonly value: readonly Json[];
  readonly nextLink: string | undefined;
  /** The code and message of an error. */
  readonly error: { readonly code: string; readonly message: string; readonly target?: string };
}

/** Settings that a test may change, and the pool's size. */
export type TestSettings = Partial<Omit<ServiceConfig, 'dataSource' | 'rules' | 'namespace'>> & {
  readonly poolSize?: number;
  /** Milliseconds. */
  readonly statementTimeout?: number;
  /** Gives the URL of another way to the database than the direct one. */
  readonly through?: (databaseUrl: string) => Promise<string>;
  /** Believes X-Forwarded-* headers. */
  readonly trustProxy?: boolean;
  /** Requests that one caller may send per minute. */
  readonly rateLimit?: number;
  /** Characters of a URL, and bytes of a body. */
  readonly urlLimit?: number;
  readonly bodyLimit?: number;
  /** Documents beside the service. */
  readonly pages?: Pages;
  /** Asks for credentials. */
  readonly authentication?: AuthenticationSettings;
};

/** A running service. */
export interface TestService {
  /** `http://127.0.0.1:…/v1.0/` */
  readonly root: string;
  readonly databaseUrl: string;
  /** Statements sent to the database by requests since the last call, in order. */
  readonly takeStatements: () => readonly Pick<Statement, 'name' | 'text'>[];
  /** Round trips within transactions since the last call, without COMMIT on its own. */
  readonly takeRoundTrips: () => number;
  /** Statements sent within transactions since the last call. */
  readonly takeSent: () => number;
  /** Errors of the service's own since the last call, for messages of failed tests. */
  readonly takeFailures: () => readonly string[];
  /** Sends a request; `path` is relative to the root, or an absolute URL, and goes out as it is. */
  readonly send: (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string | Buffer,
  ) => Promise<Answer>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** The entities of all pages. */
  readonly all: (path: string, headers?: Record<string, string>) => Promise<readonly Json[]>;
  /** Rows by plain SQL; values arrive as pg gives them. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}

/** A request target with options encoded as browsers and SDKs do. */
export const withOptions = (path: string, options: Readonly<Record<string, string>>): string =>
  `${path}?${Object.entries(options)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

/** What the service asks by itself from time to time, and no request of a test. */
const BACKGROUND = /\bodata_(status_monitors|repeatable_requests)\b|^with old as \(select ctid from odata_changes\b/;

/** Starts the service on a free loopback port over a fresh copy of the sample data. */
export async function startService(given: TestSettings = {}): Promise<TestService> {
  const { poolSize = 4, statementTimeout = 20_000, through, authentication, ...settings } = given;
  const database = await freshDatabase();
  const url = (await through?.(database.url)) ?? database.url;
  const source = await createDataSource({ url, poolSize, statementTimeout }).initialize();
  const company = currentCompany(source);
  return serve({
    database,
    config: {
      dataSource: source,
      namespace: NAMESPACE,
      rules,
      operations,
      foreign,
      authorizations: authorizationsOf(authentication),
      ...settings,
    },
    callerFor: authentication
      ? createAuthenticator(directoryOf(source), authentication)
      : async () => ({ partition: await company() }),
    secretOption: authentication?.keyOption,
  });
}

/** What a test serves. */
export interface Served {
  readonly database: TestDatabase;
  readonly config: Pick<ServiceConfig, 'dataSource' | 'namespace' | 'rules'> &
    Omit<TestSettings, 'poolSize' | 'statementTimeout' | 'through' | 'authentication'>;
  readonly callerFor: HostOptions['callerFor'];
  readonly secretOption?: HostOptions['secretOption'];
}

/** Serves any data source, with the settings of tests unless others are given. Closing it drops the database. */
export async function serve({ database, config: given, callerFor, secretOption }: Served): Promise<TestService> {
  const { trustProxy = false, rateLimit, urlLimit, bodyLimit, ...config } = given;
  const source = config.dataSource;
  const failures: string[] = [];
  const log = (error: ODataError): void =>
    void failures.push(error.cause instanceof Error ? error.cause.message : error.message);
  const service = createService({
    preparedStatements: true,
    maxQueue: 256,
    defaultPageSize: 1000,
    maxPageSize: 20_000,
    expandPageSize: 1000,
    requireIfMatch: true,
    maxBatchParts: 1000,
    maxEach: 500,
    repeatabilityMs: 3_600_000,
    changeRetentionMs: 3_600_000,
    asyncRetentionMs: 3_600_000,
    asyncTimeoutMs: 60_000,
    asyncWorkers: 2,
    asyncLeaseMs: 1000,
    keepsRequests: true,
    log,
    ...config,
  });
  await service.check();
  let statements: Pick<Statement, 'name' | 'text'>[] = [];
  const run = service.database.run.bind(service.database);
  service.database.run = (calls, receiver) => {
    statements.push(...calls.map(({ statement }) => statement).filter(({ text }) => !BACKGROUND.test(text)));
    return run(calls, receiver);
  };
  let roundTrips = 0;
  let sent = 0;
  const counted = (send: Transaction['run']): Transaction['run'] => {
    return (calls) => {
      roundTrips += 1;
      sent += calls.length;
      return send(calls);
    };
  };
  const transaction = service.database.transaction.bind(service.database);
  service.database.transaction = (work) =>
    transaction((open) =>
      work({ run: counted((calls) => open.run(calls)), finish: counted((calls) => open.finish(calls)) }),
    );
  const host = createHost({
    mount: '/v1.0',
    handler: service.handler,
    callerFor,
    secretOption,
    ready: () => source.query('SELECT 1'),
    logger: false,
    trustProxy,
    rateLimit,
    ...(urlLimit === undefined ? {} : { urlLimit }),
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    pages: config.pages,
  });
  service.start();
  const root = `${await host.listen(0)}/v1.0/`;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const witness = new Client({ connectionString: database.url, options: '-c TimeZone=UTC' });
  await witness.connect();
  let asking: Promise<unknown> = Promise.resolve();
  const send: TestService['send'] = (method, path, headers = {}, body) =>
    sendTo(agent, root, method, path, headers, body);
  const get: TestService['get'] = (path, headers) => send('GET', path, headers);
  return {
    root,
    databaseUrl: database.url,
    takeStatements: () => statements.splice(0),
    takeRoundTrips: () => {
      const taken = roundTrips;
      roundTrips = 0;
      return taken;
    },
    takeSent: () => {
      const taken = sent;
      sent = 0;
      return taken;
    },
    takeFailures: () => failures.splice(0),
    send,
    get,
    all: async (path, headers) => {
      const found: Json[] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const page: Answer = await get(next, headers);
        if (page.status !== 200) throw new Error(`${next}: ${page.text}\n${failures.join('\n')}`);
        found.push(...page.value);
        next = page.nextLink;
      }
      return found;
    },
    sql: async (text, values = []) => {
      // Tests may ask at the same time; pg wants one query after the other.
      const asked = asking.then(() => witness.query<Record<string, unknown>>(text, [...values]));
      asking = asked.catch(() => undefined);
      return (await asked).rows;
    },
    close: async () => {
      statements = [];
      agent.destroy();
      await host.close();
      await service.close();
      await witness.end();
      await source.destroy();
      await database.drop();
    },
  };
}

function sendTo(
  agent: Agent,
  root: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer | undefined,
): Promise<Answer> {
  const { hostname, port, pathname } = new URL(root);
  const target = path.startsWith('http://') ? path.slice(path.indexOf('/', 8)) : `${pathname}${path}`;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ agent, hostname, port, method, path: target, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      const finish = (complete: boolean): void =>
        resolve(answerOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks), complete));
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('end', () => finish(incoming.complete));
      incoming.once('error', () => finish(false));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer, complete: boolean): Answer {
  const text = bytes.toString();
  const json = parsed(text);
  const nextLink = json['@odata.nextLink'] ?? json['@nextLink'];
  return {
    status,
    headers,
    text,
    bytes,
    complete,
    json,
    value: Array.isArray(json['value']) ? (json['value'] as Json[]) : [],
    nextLink: typeof nextLink === 'string' ? nextLink : undefined,
    error: (json['error'] ?? { code: '', message: '' }) as Answer['error'],
  };
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
  } catch {
    return {};
  }
}
