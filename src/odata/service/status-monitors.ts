/**
 * Requests that are answered later. Each lives in the database until its answer expires: any process may do it, and it is done in one
 * transaction with the storing of its answer, so that a process that dies leaves either both or nothing. Protocol §11.6
 */
import { randomUUID } from 'node:crypto';
import { odataError, type ODataError } from '../error';
import { errorResponse } from '../http/error-response';
import { prepare, sql, type SqlValue } from '../sql';
import { isCollision, retrying } from './collision';
import type { Database } from './database';
import { ownerOf, type Caller, type Request, type Response } from './message';
import { BodyTooLong, wholeResponse, type WholeResponse } from './response-bytes';
import { EnclosingTransaction, type ServiceSession } from './service-session';
import { callWith, named } from './statement';
import { responseValues, storedResponse, textBytes } from './stored-response';
import { intoRows, type TextRow } from './wire-row';

/** Settings of requests that are answered later. */
export interface AsynchronousSettings {
  /** How long an answer can be fetched. */
  readonly asyncRetentionMs: number;
  /** How long one request may take. */
  readonly asyncTimeoutMs: number;
  /** Requests that one process does at the same time. */
  readonly asyncWorkers: number;
  /** A process that was not heard of for so long is taken for dead, and its requests are begun anew. */
  readonly asyncLeaseMs: number;
}

/** What a monitor is made with. */
interface MonitorOptions extends AsynchronousSettings {
  readonly database: Database;
  readonly answer: (request: Request, caller: Caller, session: ServiceSession) => Promise<Response>;
  readonly log?: ((error: ODataError, request: Request) => void) | undefined;
}

/** What a status monitor tells. */
type MonitorState = { readonly kind: 'running' } | { readonly kind: 'done'; readonly response: Response };

/** Time for a client to change its mind: until then a request is cancelled before it was begun. */
const BEGIN_AFTER_MS = 250;
/** Times that a request is begun, when processes die over it. */
const ATTEMPTS = 3;
/** The largest answer that is kept. */
const LARGEST = 64 * 1024 * 1024;

const add = prepare(sql`insert into odata_status_monitors (id, partition, request, body, expires_at)
  values (${named('id', 'uuid')}, ${named('partition', 'text')}, ${named('request', 'text')}, ${named('body', 'bytea')}, ${named('expires', 'timestamptz')})`);
const expire = prepare(sql`delete from odata_status_monitors where expires_at < now()`);
const find = prepare(sql`select status, headers, answer from odata_status_monitors
  where id = ${named('id', 'uuid')} and partition is not distinct from ${named('partition', 'text')} and expires_at >= now()`);
const cancel = prepare(sql`delete from odata_status_monitors
  where id = ${named('id', 'uuid')} and partition is not distinct from ${named('partition', 'text')} and status is null`);
const remove = prepare(sql`delete from odata_status_monitors where id = ${named('id', 'uuid')}`);
const open =
  prepare(sql`select id from odata_status_monitors where status is null and coalesce(claimed_until, created_at + interval '2 seconds') < now()
  order by created_at limit 100`);
const take =
  prepare(sql`update odata_status_monitors set claim = ${named('claim', 'uuid')}, claimed_until = now() + ${named('lease', 'interval')}, attempts = attempts + 1
  where id = ${named('id', 'uuid')} and status is null and (claimed_until is null or claimed_until < now()) returning request, body, partition, attempts`);
const renew = prepare(sql`update odata_status_monitors set claimed_until = now() + ${named('lease', 'interval')}
  where id = ${named('id', 'uuid')} and claim = ${named('claim', 'uuid')} and status is null`);
const release = prepare(sql`update odata_status_monitors set claimed_until = now()
  where id = ${named('id', 'uuid')} and claim = ${named('claim', 'uuid')} and status is null`);
const finish =
  prepare(sql`update odata_status_monitors set status = ${named('status', 'int4')}, headers = ${named('headers', 'text')}, answer = ${named('answer', 'bytea')}
  where id = ${named('id', 'uuid')} and claim = ${named('claim', 'uuid')} and status is null`);
const timeout = prepare(sql`select set_config('statement_timeout', ${named('timeout', 'text')}, true)`);

interface Claimed {
  readonly id: string;
  readonly claim: string;
  readonly request: Request;
  readonly caller: Caller;
  readonly attempts: number;
}

/** Ends a transaction whose request was cancelled, or taken over by another process. */
class Lost extends Error {}

/** The requests of a service that are answered later. */
export class StatusMonitors {
  private readonly waiting: string[] = [];
  private readonly finished = new Map<string, () => void>();
  private readonly running = new Set<Promise<void>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private active = 0;
  private isClosed = false;

  constructor(private readonly options: MonitorOptions) {}

  /** Looks for requests that a process left behind, now and from time to time. */
  start(): void {
    const look = (): void => {
      void this.adopt();
      this.later(look, this.options.asyncLeaseMs);
    };
    this.later(look, 0);
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.allSettled(this.running);
  }

  /** Takes a request; resolves to its monitor's id once it is safely stored. */
  async accept(request: Request, caller: Caller, beginAtOnce: boolean): Promise<string> {
    const id = randomUUID();
    const { method, target, headers, root } = request;
    const values: Record<string, SqlValue> = {
      id,
      partition: ownerOf(caller),
      request: JSON.stringify({ method, target, headers: withoutSecrets(headers), root, caller }),
      body: request.body ?? null,
      expires: new Date(Date.now() + this.options.asyncRetentionMs).toISOString(),
    };
    await this.options.database.run([callWith(expire, {}), callWith(add, values)]);
    if (beginAtOnce) this.enqueue(id);
    else this.later(() => this.enqueue(id), BEGIN_AFTER_MS);
    return id;
  }

  /** Resolves when a request that this process does has ended, or the time is over. */
  async ended(id: string, milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.finished.set(id, resolve);
      this.later(resolve, milliseconds);
    });
    this.finished.delete(id);
  }

  /** What has become of a request; undefined when the caller has none of that id. */
  async state(id: string, caller: Caller): Promise<MonitorState | undefined> {
    const rows: TextRow[] = [];
    await this.options.database.run([callWith(find, { id, partition: ownerOf(caller) }, intoRows(rows))]);
    const [row] = rows;
    if (!row) return undefined;
    const [status = null, headers = null, answer = null] = row;
    return status === null ? { kind: 'running' } : { kind: 'done', response: storedResponse(status, headers, answer) };
  }

  /** True when the request has been ended without any effect. */
  async cancel(id: string, caller: Caller): Promise<boolean> {
    const [count] = await this.options.database.run([callWith(cancel, { id, partition: ownerOf(caller) })]);
    return count === 1;
  }

  /** Forgets an answer that has been given. */
  async remove(id: string): Promise<void> {
    await this.options.database.run([callWith(remove, { id })]);
  }

  // ---- doing it

  private later(work: () => void, milliseconds: number): void {
    if (this.isClosed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, milliseconds);
    timer.unref();
    this.timers.add(timer);
  }

  private async adopt(): Promise<void> {
    const rows: TextRow[] = [];
    await this.options.database.run([callWith(open, {}, intoRows(rows))]).catch(() => undefined);
    for (const [id] of rows) if (typeof id === 'string') this.enqueue(id);
  }

  private enqueue(id: string): void {
    if (this.isClosed) return;
    if (this.active >= this.options.asyncWorkers) {
      if (!this.waiting.includes(id)) this.waiting.push(id);
      return;
    }
    this.active += 1;
    const work = this.do(id)
      .catch(() => undefined)
      .finally(() => {
        this.running.delete(work);
        this.active -= 1;
        this.finished.get(id)?.();
        const next = this.waiting.shift();
        if (next !== undefined) this.enqueue(next);
      });
    this.running.add(work);
  }

  private async do(id: string): Promise<void> {
    const claimed = await this.take(id);
    if (!claimed) return;
    if (claimed.attempts > ATTEMPTS) return this.giveUp(claimed);
    const beat = setInterval(() => void this.renew(claimed), this.options.asyncLeaseMs / 3);
    beat.unref();
    try {
      await this.answer(claimed);
    } catch (error) {
      if (!(error instanceof Lost)) await this.release(claimed);
    } finally {
      clearInterval(beat);
    }
  }

  private get lease(): string {
    return `${this.options.asyncLeaseMs} milliseconds`;
  }

  private async take(id: string): Promise<Claimed | undefined> {
    const claim = randomUUID();
    const rows: TextRow[] = [];
    await this.options.database.run([callWith(take, { id, claim, lease: this.lease }, intoRows(rows))]);
    const [row] = rows;
    if (!row) return undefined;
    const [text, body, partition = null, attempts] = row;
    const bytes = textBytes(body);
    // Before callers had names, their partition was all that was kept of them.
    const { caller = { partition }, ...request } = JSON.parse(text ?? '{}') as Omit<Request, 'body'> & {
      readonly caller?: Caller;
    };
    return {
      id,
      claim,
      request: bytes ? { ...request, body: bytes } : request,
      caller,
      attempts: Number(attempts),
    };
  }

  private async renew({ id, claim }: Claimed): Promise<void> {
    await this.options.database.run([callWith(renew, { id, claim, lease: this.lease })]).catch(() => undefined);
  }

  /** Another attempt follows, here or elsewhere. */
  private async release({ id, claim }: Claimed): Promise<void> {
    await this.options.database.run([callWith(release, { id, claim })]).catch(() => undefined);
  }

  private async answer(claimed: Claimed): Promise<void> {
    const { database, answer, asyncTimeoutMs } = this.options;
    try {
      await retrying({ database }, async (transaction, isLast) => {
        const session = new EnclosingTransaction(transaction);
        await transaction.run([callWith(timeout, { timeout: String(asyncTimeoutMs) })]);
        const response = await wholeResponse(await answer(claimed.request, claimed.caller, session), LARGEST);
        if (!isLast && isCollision(session.failure))
          throw new Error('Ended by another transaction', { cause: session.failure });
        await this.store(claimed, response, (calls) => transaction.run(calls));
      });
    } catch (error) {
      // Nobody would know what has been done: it is not done.
      if (!(error instanceof BodyTooLong)) throw error;
      await this.refuse(claimed, tooLarge());
    }
  }

  private async store(claimed: Claimed, response: WholeResponse, run: Database['run']): Promise<void> {
    const { id, claim } = claimed;
    const [count] = await run([callWith(finish, { id, claim, ...responseValues(response) })]);
    if (count !== 1) throw new Lost('The request was cancelled or taken over');
  }

  /** Processes died over it: what it does must not be tried for ever. */
  private async giveUp(claimed: Claimed): Promise<void> {
    const cause = new Error(`The request was begun ${ATTEMPTS} times and never ended`);
    const error = odataError('Internal_ServerError', {}, { cause });
    this.options.log?.(error, claimed.request);
    await this.refuse(claimed, error);
  }

  /** Keeps an error as the answer of a request that has done nothing. */
  private async refuse(claimed: Claimed, error: ODataError): Promise<void> {
    const requestId = claimed.request.headers['request-id'] ?? '';
    const response = await wholeResponse(errorResponse(error, { requestId, version: '4.0' }));
    await this.store(claimed, response, (calls) => this.options.database.run(calls));
  }
}

/** Credentials have told who asks; they are not kept. */
const withoutSecrets = ({ authorization: _, cookie: __, ...headers }: Request['headers']): Request['headers'] =>
  headers;

const tooLarge = (): ODataError =>
  odataError('PayloadTooLarge', {
    message: `The answer is larger than the ${LARGEST / 1024 / 1024} MiB that are kept; nothing was done. Ask for less, or without respond-async.`,
  });
