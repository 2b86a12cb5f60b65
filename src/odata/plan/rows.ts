/**
 * Rows that a request makes of rows: what $apply, $crossjoin and functions with rows of their own lead to. A node describes a query; the
 * variables that its rows carry (`rangesOf`) are what expressions behind it speak of. Data Aggregation §3
 */
import { unreachable } from '../error';
import type { Property } from '../model/model';
import type { AggregateDef } from './aggregate-methods';
import type { Places } from './nodes';
import type { Bound, BoundCollection, BoundProperty, OrderKey, Range } from './plan';

export type Rows =
  /** The rows that the resource path, or the navigation of an $expand, leads to. */
  | { readonly kind: 'base'; readonly range: Range }
  /** Those of a collection that is none of the request. */
  | { readonly kind: 'members'; readonly collection: BoundCollection }
  /** Every combination of rows of entity sets, each confined to the caller's partition. Protocol §11.2.9 */
  | { readonly kind: 'cross'; readonly range: Range; readonly ranges: readonly Range[] }
  | { readonly kind: 'filter'; readonly input: Rows; readonly condition: Bound }
  /** So many rows of each part, in order. */
  | {
      readonly kind: 'cut';
      readonly input: Rows;
      readonly parts: readonly Bound[];
      readonly order: readonly OrderKey[];
      readonly skip: Bound | undefined;
      readonly top: Bound | undefined;
    }
  /** The first rows of each part, in order, until the sum of `by` reaches the amount, or so many percent of the sum of all. */
  | {
      readonly kind: 'share';
      readonly input: Rows;
      readonly parts: readonly Bound[];
      readonly order: readonly OrderKey[];
      readonly by: Bound;
      readonly amount: Bound;
      readonly percent: boolean;
    }
  /** Each row with each of the rows that `rows` makes of the collection; `outer` keeps a row without any, which `mark` tells from others. */
  | {
      readonly kind: 'join';
      readonly input: Rows;
      readonly collection: BoundCollection;
      readonly rows: Rows;
      readonly outer: boolean;
      readonly mark?: BoundProperty | undefined;
    }
  /** Each row with each of the items of a collection of values in it: `item` and `place` are of a variable of theirs. */
  | {
      readonly kind: 'values';
      readonly input: Rows;
      readonly values: Bound;
      readonly item: BoundProperty;
      readonly place: BoundProperty;
    }
  /** Each row once for every place in a hierarchy of a node that it is related to: where `condition` is true of both. Data Aggregation §6.2.2, §6.3 */
  | { readonly kind: 'placed'; readonly input: Rows; readonly places: Places; readonly condition: Bound }
  /** Each row with values that it has, in columns of a variable of their own. */
  | { readonly kind: 'told'; readonly input: Rows; readonly range: Range; readonly columns: readonly Column[] }
  | Agreed
  | Grouped
  /** The rows of several queries one after the other; `range` carries their number and their place within it. */
  | {
      readonly kind: 'union';
      readonly range: Range;
      /** What all branches are made of. */
      readonly input: Rows;
      readonly number: BoundProperty;
      readonly place: BoundProperty;
      /** True where the row is there that a row of the union is, null where it is missing; where nothing else tells that. */
      readonly isThere?: { readonly value: BoundProperty; readonly ofBranches: readonly Bound[] } | undefined;
      readonly branches: readonly { readonly rows: Rows; readonly order: readonly OrderKey[] }[];
    };

/** Each row with what all rows of its part tell together, in columns of a variable of their own. Where two tell different things the request fails. Data Aggregation §3.1.2 */
export interface Agreed {
  readonly kind: 'agreed';
  readonly input: Rows;
  readonly parts: readonly Bound[];
  readonly range: Range;
  readonly told: readonly Told[];
  /**
   * Where this is, such rows stay apart: each has what those tell that tell the same as it where others do not, or nothing there. Rows that tell nothing
   * there are left out where there are others. The columns have the marks by then.
   */
  readonly apart?: readonly Property[] | undefined;
}

/** Something that rows may tell. */
interface Told {
  /** The same in rows that tell the same, null in those that tell nothing of it. */
  readonly mark: Bound;
  readonly columns: readonly Column[];
}

/** A column of a variable, and its value in the rows before. */
export interface Column {
  readonly property: Property;
  readonly value: Bound;
}

/** One row for each combination of values of the keys: one row in all when there is no key. */
export interface Grouped {
  readonly kind: 'group';
  /** Of a type with a column for each key and each aggregate. */
  readonly range: Range;
  /** Names of the key columns; each branch has a value for each. */
  readonly keys: readonly string[];
  /** The keys of the rows that come out. */
  readonly values: readonly Bound[];
  /** What is aggregated. The first one are the rows that are grouped; every group has a row there. */
  readonly branches: readonly Branch[];
  readonly aggregates: readonly Aggregate[];
}

/** Rows that aggregates are made of. */
export interface Branch {
  readonly rows: Rows;
  readonly keys: readonly Bound[];
  /** The key of an entity that counts once in each group, however often it is reached. Data Aggregation §3.2.1.1 */
  readonly once: readonly Bound[];
  /** What the rows of an entity, told by its key, must agree on in a group, as far as it is not null: else the request fails. Data Aggregation §3.1.2 */
  readonly alike?: { readonly of: readonly Bound[]; readonly values: readonly Bound[] } | undefined;
}

/** One aggregated value. */
export interface Aggregate {
  readonly column: string;
  readonly definition: AggregateDef;
  /** Absent when rows are counted. */
  readonly value: Bound | undefined;
  /** The branch that it is made of. */
  readonly branch: number;
}

/** Those of the rows of which a condition is true, where there is one. */
export const rowsWhere = (input: Rows, condition: Bound | undefined): Rows =>
  condition ? { kind: 'filter', input, condition } : input;

/** What rows are made of; of groups the rows that are grouped. */
export function inputOf(rows: Rows): Rows | undefined {
  if (rows.kind === 'base' || rows.kind === 'members' || rows.kind === 'cross') return undefined;
  return rows.kind === 'group' ? rows.branches[0]?.rows : rows.input;
}

/** What is found out of rows, once for each: they lie upon one another in any number. */
export function once<T>(find: (rows: Rows) => T): (rows: Rows) => T {
  const known = new WeakMap<Rows, { readonly found: T }>();
  return (rows) => {
    const { found } = known.get(rows) ?? { found: find(rows) };
    known.set(rows, { found });
    return found;
  };
}

/** The variables that the rows carry. */
export const rangesOf: (rows: Rows) => readonly Range[] = once((rows) => {
  switch (rows.kind) {
    case 'base':
    case 'group':
      return [rows.range];
    case 'members':
      return [rows.collection.range];
    case 'cross':
      return [rows.range, ...rows.ranges];
    case 'filter':
    case 'cut':
    case 'share':
      return rangesOf(rows.input);
    case 'join':
      return [...rangesOf(rows.input), ...rangesOf(rows.rows), ...(rows.mark ? [rows.mark.range] : [])];
    case 'values':
      return [...rangesOf(rows.input), rows.item.range];
    case 'placed':
      return [...rangesOf(rows.input), rows.places.node.range];
    case 'told':
    case 'agreed':
      return [...rangesOf(rows.input), rows.range];
    case 'union':
      return [...new Set([rows.range, ...rows.branches.flatMap((branch) => rangesOf(branch.rows))])];
    default:
      return unreachable(rows);
  }
});

/** Those of them whose row some of the rows lack: the far side of an outer join; in a union, what not every branch has. */
export const partialRanges: (rows: Rows) => ReadonlySet<Range> = once((rows) => {
  switch (rows.kind) {
    case 'base':
    case 'members':
    case 'group':
    case 'cross':
      return new Set();
    case 'filter':
    case 'cut':
    case 'share':
    case 'values':
    case 'placed':
    case 'told':
    case 'agreed':
      return partialRanges(rows.input);
    case 'join':
      return new Set([...partialRanges(rows.input), ...(rows.outer ? rangesOf(rows.rows) : partialRanges(rows.rows))]);
    case 'union': {
      const branches = rows.branches.map((branch) => {
        const partial = partialRanges(branch.rows);
        return new Set(rangesOf(branch.rows).filter((range) => !partial.has(range)));
      });
      const isWhole = (range: Range): boolean => range === rows.range || branches.every((whole) => whole.has(range));
      return new Set(rangesOf(rows).filter((range) => !isWhole(range)));
    }
    default:
      return unreachable(rows);
  }
});
