/**
 * The way to PostgreSQL: the one file that knows `pg`. A call is a prepared statement with its values; several calls travel in one
 * round trip. Rows are handed on as the bytes of the wire, never decoded here.
 */
import type { Pool, PoolClient } from 'pg';
import type { Statement, SqlValue } from '../sql';
import { whileWanted, type Backend, type Receiver } from './cancel';
import { databaseError, isConnectionError, overloaded } from './database-errors';
import { RawQuery } from './raw-query';

/** A row on the wire: `buffer` from `start` holds the field count (int16), then for each field its length (int32, -1 for null) and bytes. */
export type RowHandler = (buffer: Buffer, start: number, flow: Flow) => void;

/** Holds back the rows of the running call while the receiver cannot take more. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** One statement to execute. */
export interface Call {
  /** Without a name it is not kept prepared. */
  readonly statement: Pick<Statement, 'name' | 'text'>;
  readonly values: readonly SqlValue[];
  /** Receives each row; without it rows are dropped. */
  readonly onRow?: RowHandler;
}

/**
 * Runs calls one after the other in one round trip; the first error ends them all. Resolves to the number of rows each call touched. Calls of their own
 * that only read are ended when their receiver goes away.
 */
export interface Session {
  run(calls: readonly Call[], receiver?: Receiver): Promise<readonly number[]>;
}

interface DatabaseOptions {
  /** Named statements; off behind a transaction pooler. */
  readonly preparedStatements: boolean;
  /** Requests that may wait for a connection before the next one is turned away with 503. */
  readonly maxQueue: number;
}

/** A lost connection is reported by the query that ran on it; the event would end the process. */
const ignore = (): void => undefined;

const control = (text: string): Call => ({ statement: { name: `o_${text.replaceAll(' ', '_')}`, text }, values: [] });

/** What begins a unit of work, and what ends it well or badly. */
interface Bracket {
  readonly begin: Call;
  readonly commit: Call;
  readonly rollback: Call;
}

const TRANSACTION: Bracket = { begin: control('begin'), commit: control('commit'), rollback: control('rollback') };
/** What is read in it is as it was when it began. */
const SNAPSHOT: Bracket = { ...TRANSACTION, begin: control('begin isolation level repeatable read read only') };
/** Nothing that is done in it stays. */
const TRIAL: Bracket = { ...TRANSACTION, commit: TRANSACTION.rollback };
/** Savepoints may have one name: the last one counts, and one that is gone back to is used anew. */
const SAVEPOINT: Bracket = {
  begin: control('savepoint s'),
  commit: control('release savepoint s'),
  rollback: control('rollback to savepoint s'),
};

/** A transaction in progress. BEGIN travels with its first calls; `finish` sends the last calls together with COMMIT. */
export interface Transaction extends Session {
  /** Runs the last calls and commits, in one round trip. Nothing may follow. */
  finish(calls: readonly Call[]): Promise<readonly number[]>;
}

/** Begins with the first calls, and ends with the last ones where `finish` sends them. */
async function bracketed<T>(
  run: Session['run'],
  { begin, commit, rollback }: Bracket,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let state: 'new' | 'open' | 'ended' = 'new';
  const send = async (calls: readonly Call[], last: readonly Call[]): Promise<readonly number[]> => {
    // Work that has failed may leave some that goes on: the connection is soon another one's.
    if (state === 'ended') throw new Error('The transaction is over');
    const first = state === 'new' ? [begin] : [];
    state = 'open';
    const tags = await run([...first, ...calls, ...last]);
    if (last.length > 0) state = 'ended';
    return tags.slice(first.length, first.length + calls.length);
  };
  /** Nothing more is sent; true when something is to be ended. */
  const end = (): boolean => {
    const wasOpen = state === 'open';
    state = 'ended';
    return wasOpen;
  };
  try {
    const result = await work({ run: (calls) => send(calls, []), finish: (calls) => send(calls, [commit]) });
    if (end()) await run([commit]);
    return result;
  } catch (error) {
    if (end() && !isConnectionError(error)) await run([rollback]);
    throw error;
  }
}

/** Runs `work` in a part of an open transaction that can be undone alone. */
export const nested = <T>(open: Session, work: (transaction: Transaction) => Promise<T>): Promise<T> =>
  bracketed((calls) => open.run(calls), SAVEPOINT, work);

/** The pool of connections, seen as a Session whose runs are each on their own, with transactions on top. */
export class Database implements Session {
  constructor(
    private readonly pool: Pool,
    private readonly options: DatabaseOptions,
  ) {}

  run(calls: readonly Call[], receiver?: Receiver): Promise<readonly number[]> {
    return this.withClient((client) => {
      const sent = (): Promise<readonly number[]> => this.send(client, calls);
      return receiver ? whileWanted(receiver, client as unknown as Backend, sent) : sent();
    });
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it throws. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.withClient((client) => bracketed((calls) => this.send(client, calls), TRANSACTION, work));
  }

  /** Runs `work` in a transaction that only reads, and sees nothing of what others commit meanwhile. */
  snapshot<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.withClient((client) => bracketed((calls) => this.send(client, calls), SNAPSHOT, work));
  }

  /** Runs `work` in a transaction that is rolled back, unless it would have to wait for a connection: then nothing comes of it. */
  async trial<T>(work: (transaction: Transaction) => Promise<T>): Promise<T | undefined> {
    const { waitingCount, idleCount, totalCount, options } = this.pool;
    if (waitingCount > 0 || idleCount + options.max <= totalCount) return undefined;
    return this.withClient((client) => bracketed((calls) => this.send(client, calls), TRIAL, work));
  }

  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { waitingCount, idleCount, totalCount, options } = this.pool;
    const free = idleCount + options.max - totalCount;
    if (waitingCount >= free + this.options.maxQueue) throw overloaded();
    let client: PoolClient | undefined;
    let failure: unknown;
    try {
      client = await this.pool.connect();
      // The pool has connections from before it was ours, too.
      if (client.listenerCount('error', ignore) === 0) client.on('error', ignore);
      return await work(client);
    } catch (error) {
      failure = error;
      throw databaseError(error);
    } finally {
      client?.release(isConnectionError(failure));
    }
  }

  private send(client: PoolClient, calls: readonly Call[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      const query = new RawQuery(calls, this.options.preparedStatements, (error, tags) => {
        if (error === undefined) resolve(tags);
        else
          reject(
            error instanceof Error ? error : new Error('The database answered with an unknown error', { cause: error }),
          );
      });
      void client.query(query as unknown as Parameters<PoolClient['query']>[0] & RawQuery);
    });
  }
}
