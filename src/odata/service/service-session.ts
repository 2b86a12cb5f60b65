/** Where the statements of a request run: on connections of their own, or all in one transaction that several requests share. */
import { nested, type Call, type Session, type Transaction } from './database';
import type { Transactions } from './write-context';

/** What a request reads and writes with. */
export interface ServiceSession extends Session, Transactions {}

/** An open transaction as the session of several requests: what one writes the next one sees, and nobody else until all is committed. */
export class SharedTransaction implements ServiceSession {
  readonly isShared = true;
  /** What the database answered to the statement that failed. After it the transaction can only be ended. */
  failure: unknown;

  constructor(private readonly open: Transaction) {}

  readonly run = async (calls: readonly Call[]): Promise<readonly number[]> => {
    try {
      return await this.open.run(calls);
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  };

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return work({ run: this.run, finish: this.run });
  }
}

/** An open transaction as the session of a whole request: each of its transactions can be undone alone, and all are committed together. */
export class EnclosingTransaction implements ServiceSession {
  readonly isShared = true;
  /** What the database answered last to a statement that failed. */
  failure: unknown;

  constructor(private readonly open: Transaction) {}

  readonly run = (calls: readonly Call[]): Promise<readonly number[]> =>
    this.transaction((transaction) => transaction.finish(calls));

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      return await nested(this.open, work);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
