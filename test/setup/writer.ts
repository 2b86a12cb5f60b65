/** The write functions of the engine over a database of their own: URL and body in, a plain outcome back; and SQL beside them as a witness. */
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/data-source';
import { rules } from '../../src/domain';
import { ODataError } from '../../src/odata';
import { parseEntityTags } from '../../src/odata/http/entity-tags';
import { buildModel } from '../../src/odata/model/build-model';
import type { EntityType, Model } from '../../src/odata/model/model';
import { readBody } from '../../src/odata/payload/body';
import { parseJson } from '../../src/odata/payload/parse-json';
import type { WriteMode } from '../../src/odata/payload/change';
import { atOnce } from '../../src/odata/payload/turns';
import { PlanContext } from '../../src/odata/plan/context';
import { planTarget } from '../../src/odata/plan/resource-path';
import { Database, type Transaction } from '../../src/odata/service/database';
import { createEntity, deleteEntity, updateEntity } from '../../src/odata/service/write';
import { checkMethod, type Reference, type WriteContext, type Written } from '../../src/odata/service/write-context';
import { parseUrl, shapeOf, splitUrl } from '../../src/odata/url';
import { freshDatabase, type TestDatabase } from './database';

/** What a write came to. */
export interface Outcome {
  readonly status: number;
  /** The key of what was written. */
  readonly id: string;
  readonly etag: string | undefined;
  readonly code: string;
  readonly message: string;
  readonly target: string | undefined;
  readonly details: readonly (string | undefined)[];
}

/** Headers and versions of a request. */
export interface WriteOptions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly version?: '4.0' | '4.01';
}

type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE';
const modes = { POST: 'create', PATCH: 'update', PUT: 'replace' } as const satisfies Record<string, WriteMode>;

const ok: Pick<Outcome, 'code' | 'message' | 'target' | 'details'> = {
  code: '',
  message: '',
  target: undefined,
  details: [],
};

export class Writer {
  /** What its clock says. */
  now = new Date('2026-11-24T22:00:00.000Z');

  /** Round trips to the database so far. */
  roundTrips = 0;
  private readonly resolved = new Map<string, Reference>();

  private constructor(
    readonly company: string,
    private readonly model: Model,
    private readonly pool: Pool,
    private readonly engine: Database,
    private readonly database: TestDatabase,
    private readonly source: DataSource,
  ) {}

  static async open(company: string): Promise<Writer> {
    const database = await freshDatabase();
    const source = await createDataSource({ url: database.url, poolSize: 2, statementTimeout: 0 }).initialize();
    const model = buildModel({ dataSource: source, namespace: 'Microsoft.NAV' });
    const pool = new Pool({ connectionString: database.url, max: 8 });
    const engine = new Database(pool, { preparedStatements: true, maxQueue: 1000 });
    return new Writer(company, model, pool, engine, database, source);
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.source.destroy();
    await this.database.drop();
  }

  /** Rows by plain SQL. */
  async rows(text: string, ...values: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    return this.source.query(text, [...values]);
  }

  /** The first row by plain SQL. */
  async row(text: string, ...values: readonly unknown[]): Promise<Record<string, unknown>> {
    return (await this.rows(text, ...values))[0] ?? {};
  }

  post(path: string, body: unknown, options?: WriteOptions): Promise<Outcome> {
    return this.send('POST', path, body, options);
  }

  patch(path: string, body: unknown, options: WriteOptions = { ifMatch: '*' }): Promise<Outcome> {
    return this.send('PATCH', path, body, options);
  }

  put(path: string, body: unknown, options: WriteOptions = { ifMatch: '*' }): Promise<Outcome> {
    return this.send('PUT', path, body, options);
  }

  delete(path: string, options: WriteOptions = { ifMatch: '*' }): Promise<Outcome> {
    return this.send('DELETE', path, undefined, options);
  }

  private async send(method: Method, path: string, body: unknown, options: WriteOptions = {}): Promise<Outcome> {
    try {
      const { key, etag } = await this.write(method, path, body, options);
      return { ...ok, status: method === 'POST' ? 201 : 200, id: Object.values(key).at(-1) ?? '', etag };
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      const { status, code, message, target, details } = error;
      return { status, id: '', etag: undefined, code, message, target, details: details.map((one) => one.target) };
    }
  }

  private async write(method: Method, path: string, body: unknown, options: WriteOptions): Promise<Written> {
    const { target, bindings } = this.resolve(path);
    checkMethod(target, [method]);
    const context: WriteContext = {
      database: { transaction: (work) => this.engine.transaction((open) => work(this.counted(open))) },
      bindings,
      model: this.model,
      rules,
      settings: { requireIfMatch: true, maxEach: 500 },
      resolve: (reference) => this.resolve(reference),
      now: () => this.now,
    };
    const conditions = {
      ...(options.ifMatch === undefined ? {} : { ifMatch: parseEntityTags(options.ifMatch) }),
      ...(options.ifNoneMatch === undefined ? {} : { ifNoneMatch: parseEntityTags(options.ifNoneMatch) }),
    };
    if (method === 'DELETE') return deleteEntity(context, target, conditions);
    const { type } = target.range;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const reading = { mode: modes[method], version: options.version ?? '4.0' };
    const bodyOptions = {
      ...reading,
      rules: rules.of(type.target),
      rulesOf: (nested: EntityType) => rules.of(nested.target),
    };
    const change = atOnce(readBody(parseJson(Buffer.from(text)), type, bodyOptions));
    return method === 'POST'
      ? createEntity(context, target, change, conditions)
      : updateEntity(context, target, change, conditions);
  }

  private counted(open: Transaction): Transaction {
    const count = (send: Transaction['run']): Transaction['run'] => {
      return (calls) => {
        this.roundTrips += 1;
        return send(calls);
      };
    };
    return { run: count((calls) => open.run(calls)), finish: count((calls) => open.finish(calls)) };
  }

  private resolve(path: string): Reference {
    const found = this.resolved.get(path);
    if (found) return found;
    const parts = splitUrl(path);
    const shape = shapeOf(parts);
    const planning = new PlanContext(this.model, { shape });
    const { target, rest } = planTarget(planning, parseUrl(parts).path);
    if (rest.length > 0) throw new Error(`${path} leads further than to an entity`);
    const bindings = { literals: shape.literals, partition: this.company, extra: {} };
    const made = { target, bindings };
    this.resolved.set(path, made);
    return made;
  }
}
