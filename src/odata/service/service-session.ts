/** Where the statements of a request run: on connections of their own, or all in one transaction that several requests share. */
import type { Call, Session, Transaction } from './database';
import type { Transactions } from './write-context';

/** What a request reads and writes with. */
export interface ServiceSession extends Session, Transactions {}

/** An open transaction as the session of several requests: what one writes the next one sees, and nobody else until all is committed. */
export class SharedTransaction implements ServiceSession {
  readonly isShared = true;

  constructor(private readonly open: Transaction) {}

  run(calls: readonly Call[]): Promise<readonly number[]> {
    return this.open.run(calls);
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { open } = this;
    return work({ run: (calls) => open.run(calls), finish: (calls) => open.run(calls) });
  }
}
