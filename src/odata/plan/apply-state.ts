/** What a sequence of transformations has come to. Data Aggregation §3.1 */
import type { Scope } from './context';
import type { Group } from './grouping';
import type { OrderKey } from './plan';
import type { Rows } from './rows';

/** The rows so far, and how expressions speak of them. */
export interface Applied {
  /** `current` stands for a row. */
  readonly scope: Scope;
  readonly rows: Rows;
  /** The order that the rows have, as far as one was asked for. */
  readonly order: readonly OrderKey[];
  /** The groups that every transformation keeps apart: those of the groupby around it. */
  readonly groups: readonly Group[];
}
