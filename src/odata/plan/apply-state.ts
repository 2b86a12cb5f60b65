/** What a sequence of transformations has come to. Data Aggregation §3.1 */
import type { Scope } from './context';
import type { Group } from './group';
import type { Bound, BoundCollection, OrderKey } from './plan';
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
  /** The rows that were grouped: a group stays one when its transformations leave it no rows. Data Aggregation §3.2.3.1 */
  readonly origin?: Origin | undefined;
  /** There is one row, of an instance alone: no collection that `$these` could stand for. */
  readonly isAlone?: true;
  /** They only tell with which nodes something starts: no client sees them. */
  readonly isOfStarts?: true;
  /** The collection that a join makes rows of; undefined for that of the request, or of the option around. */
  readonly joined?: BoundCollection | undefined;
}

/** Rows with the values that tell their groups apart. */
export interface Origin {
  readonly rows: Rows;
  readonly keys: readonly Bound[];
}
