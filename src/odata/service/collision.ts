/** What PostgreSQL ends because of another transaction can be tried again: nothing of it has happened. */
import type { Transaction } from './database';
import type { Transactions } from './write-context';

/** Times that a transaction is tried. */
const ATTEMPTS = 3;

/** True for a deadlock or a serialization failure, and for what was thrown because of one. */
export function isCollision(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === '40001' || code === '40P01') return true;
  return error instanceof Error && error.cause !== undefined && isCollision(error.cause);
}

/** Tries again what a collision has ended; a part of a transaction that others share is not tried alone. */
export async function retrying<T>(
  { database }: { readonly database: Transactions },
  work: (transaction: Transaction, isLast: boolean) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS || database.isShared === true;
    try {
      return await database.transaction((transaction) => work(transaction, isLast));
    } catch (error) {
      if (isLast || !isCollision(error)) throw error;
    }
  }
}
