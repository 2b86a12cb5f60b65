/** The nodes of $apply. Data Aggregation §3 */
import type { Argument, ComputeItem, Expression, Literal, OrderbyItem, Path, Place, SearchExpression } from './ast';

export type AggregateMethod = 'sum' | 'min' | 'max' | 'average' | 'countdistinct' | (string & {});

export interface AggregateItem {
  /** The expression to aggregate; absent for `$count` without a path; a single name may be a custom aggregate. */
  readonly expression?: Expression;
  readonly method?: AggregateMethod;
  /** `from p1,p2 with method`, from left to right; only a custom aggregate may leave the method out. */
  readonly from: readonly { readonly properties: readonly Path[]; readonly method?: AggregateMethod }[];
  readonly as?: string;
  readonly place: Place;
}

export type GroupingItem =
  | { readonly kind: 'path'; readonly path: Path; readonly place: Place }
  | { readonly kind: 'rollup'; readonly all: boolean; readonly paths: readonly Path[]; readonly place: Place }
  | {
      readonly kind: 'rolluprecursive';
      readonly arguments: readonly Expression[];
      readonly apply: readonly Transformation[];
      readonly place: Place;
    };

export type Transformation =
  | { readonly kind: 'identity'; readonly place: Place }
  | { readonly kind: 'filter'; readonly predicate: Expression; readonly place: Place }
  | { readonly kind: 'search'; readonly search: SearchExpression; readonly place: Place }
  | { readonly kind: 'orderby'; readonly items: readonly OrderbyItem[]; readonly place: Place }
  | { readonly kind: 'skip' | 'top'; readonly count: Literal; readonly place: Place }
  | { readonly kind: 'compute'; readonly items: readonly ComputeItem[]; readonly place: Place }
  | { readonly kind: 'aggregate'; readonly items: readonly AggregateItem[]; readonly place: Place }
  | {
      readonly kind: 'groupby';
      readonly grouping: readonly GroupingItem[];
      readonly apply: readonly Transformation[];
      readonly place: Place;
    }
  | { readonly kind: 'concat'; readonly sequences: readonly (readonly Transformation[])[]; readonly place: Place }
  | {
      readonly kind: 'topcount' | 'topsum' | 'toppercent' | 'bottomcount' | 'bottomsum' | 'bottompercent';
      readonly amount: Expression;
      readonly by: Expression;
      readonly place: Place;
    }
  | {
      readonly kind: 'join' | 'outerjoin';
      readonly path: Path;
      readonly as: string;
      readonly apply: readonly Transformation[];
      readonly place: Place;
    }
  | {
      readonly kind: 'nest';
      readonly items: readonly { readonly apply: readonly Transformation[]; readonly as: string }[];
      readonly place: Place;
    }
  | {
      readonly kind: 'addnested';
      readonly path: Path;
      readonly items: readonly { readonly apply: readonly Transformation[]; readonly as: string }[];
      readonly place: Place;
    }
  /** `arguments`: the hierarchy's collection, its qualifier, the path of the node's id. */
  | {
      readonly kind: 'ancestors' | 'descendants';
      readonly arguments: readonly Expression[];
      readonly apply: readonly Transformation[];
      readonly distance?: Literal;
      readonly keepStart: boolean;
      readonly place: Place;
    }
  | {
      readonly kind: 'traverse';
      readonly arguments: readonly Expression[];
      readonly order: 'preorder' | 'postorder';
      readonly apply: readonly Transformation[];
      readonly orderby: readonly OrderbyItem[];
      readonly place: Place;
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly arguments: readonly Argument[];
      readonly place: Place;
    };
