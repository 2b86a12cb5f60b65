/** Tests that hold a lock, and let go of it once somebody waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';

const WAITING = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** Waits until a session waits for a lock. `sql` asks the database, also from within the transaction that holds the lock. */
export async function untilWaiting(sql: (text: string) => Promise<readonly unknown[]>): Promise<void> {
  for (let waiting: readonly unknown[] = []; waiting.length === 0; await sleep(5)) {
    // Within a transaction what was seen of other sessions once is seen for ever.
    await sql('SELECT pg_stat_clear_snapshot()');
    waiting = await sql(WAITING);
  }
}
