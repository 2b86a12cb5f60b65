/** The plan of `$all`: a branch for each type, brought into one order. URL Conventions §4.16 */
import type { EdmType } from '../model/model';
import type { Slot } from '../sql';
import type { OwnContext } from './own-context';
import type { Bound, Selection } from './plan';

/** The entities of one type in one set, among those of all. */
export interface AllBranch {
  readonly context: OwnContext;
  readonly selection: Selection;
  readonly filter: Bound | undefined;
  /** The values of `AllOrder` by turns; null where the type has none. */
  readonly order: readonly Bound[];
}

/** What entities of all types are ordered by: values of one type. */
export interface AllOrder {
  readonly type: EdmType;
  readonly direction: 'asc' | 'desc';
}

/** The entities of all sets. */
export interface AllPlan {
  readonly kind: 'all';
  readonly branches: readonly AllBranch[];
  /** Before the type and the key. */
  readonly order: readonly AllOrder[];
  readonly top: Slot | undefined;
  readonly skip: Slot | undefined;
  readonly count: boolean;
}
