/** What a plan is compiled to, and what beside the plan decides that. */
import type { Statement } from '../sql';
import type { SnapshotColumns } from './head';
import type { KeyColumn, Piece } from './pieces';

/** A statement, and how its rows become the answer. */
export interface CompiledRead {
  readonly statement: Statement;
  readonly pieces: readonly Piece[];
  /** The column that is null when a row stands for "no entity": an empty page, a navigation that leads nowhere. */
  readonly presence?: number | undefined;
  /** The column that is true when a row stands for a null. */
  readonly nulls?: number | undefined;
  /** The column with the number of all entities that match. */
  readonly count?: number | undefined;
  /** The columns of the order, for the link to the next page. */
  readonly order?: readonly number[];
  readonly key?: readonly KeyColumn[];
  /** The version of a single entity, for the ETag header. */
  readonly version?: number | undefined;
  /** The ETag of a collection, for the header. */
  readonly tag?: number | undefined;
  /** What tells of which of several types a single entity is. */
  readonly discriminator?: number | undefined;
  /** The path of the collection in canonical keys, for context URLs: where the request has alternate ones. Protocol §10 */
  readonly home?: readonly (string | KeyColumn)[] | undefined;
  /** What the statement sees, where changes are tracked from now on. */
  readonly snapshot?: SnapshotColumns | undefined;
  /** How changes go out: the rows are not those of a collection. */
  readonly changes?: ChangeColumns | undefined;
}

/** The columns of a change. */
interface ChangeColumns {
  /** Whether all changes since the link was made are still known. */
  readonly complete: number;
  /** Whether the row stands for an entity of the collection; for one that has left it otherwise, and for no change at all when null. */
  readonly there: number;
  /** The members that tell of an entity that has left. */
  readonly removed: readonly Piece[];
  /** The rows are entities of another set than the one that is asked for. */
  readonly set?: string | undefined;
  /** The rows are links: the column that tells whether they begin (`link`) or end (`deletedLink`). */
  readonly link?: number | undefined;
}

/** Where a page starts: for each order key, whether the value to continue behind is null. */
export type After = readonly ('value' | 'null')[];

/** What of the page decides the statement of a collection. */
export interface PageShape {
  /** Set when the collection goes on behind the values `k0`, `k1`, … of the bindings. */
  readonly after?: After | undefined;
  /** A power of ten that is no smaller than the page: what PostgreSQL is told to expect. See docs/decisions/0005. */
  readonly magnitude?: number | undefined;
  /** Changes are tracked from the answer on: what it saw is read with it. */
  readonly tracked?: boolean | undefined;
  /** The ETag of a whole collection that has one goes out in the header: to clients of 4.01, as it takes all members to tell. */
  readonly tellsTag?: boolean | undefined;
  /** Not the collection is asked for, but what has changed in it, in the form of a version, or how much. */
  readonly changes?: '4.0' | '4.01' | 'count' | undefined;
  /** Changes are told in sections, nested entities and links on their own: the number of one. */
  readonly section?: number | undefined;
}
