import type { QueryRunner } from 'typeorm';
import type { Tier } from './tiers';

/** What the steps of the seed share: one transaction, the figures, and who is told how far it is. */
export interface Seeding {
  readonly tier: Tier;
  /** Runs SQL in the transaction of the seed. */
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Tells that so many more rows are there. */
  readonly advance: (rows: number, what: string) => void;
}

/** Binds the steps to a transaction. */
export function seeding(runner: QueryRunner, tier: Tier, advance: Seeding['advance']): Seeding {
  const run = async (sql: string, values: readonly unknown[] = []) =>
    (await runner.query(sql, [...values])) as readonly Record<string, unknown>[];
  return { tier, run, advance };
}

/** Cuts 1..count into pieces. */
export function* pieces(count: number, size: number): Generator<readonly [from: number, to: number]> {
  for (let from = 1; from <= count; from += size) yield [from, Math.min(count, from + size - 1)];
}
