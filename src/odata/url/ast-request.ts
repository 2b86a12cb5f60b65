/** The nodes of query options, and of the request as a whole. URL Conventions §2, §4, §5 */
import type { Argument, Expression, Literal, NameSegment, Place, SourceName } from './ast';
import type { Transformation } from './ast-apply';

export interface OrderbyItem {
  readonly expression: Expression;
  readonly direction: 'asc' | 'desc';
  readonly place: Place;
}

export interface ComputeItem {
  readonly expression: Expression;
  readonly as: string;
  readonly place: Place;
}

/** One item of $select: `*`, `NS.*` (path `NS`, star true), or a path of names, with its nested options. */
export interface SelectItem {
  readonly path: readonly NameSegment[];
  readonly star?: boolean;
  readonly options: QueryOptions;
  readonly place: Place;
}

/** One item of $expand: a path of names or `*`, then nothing, `/$ref`, `/$count` or `/$value`, with its nested options. */
export interface ExpandItem {
  readonly path: readonly NameSegment[];
  readonly star?: boolean;
  readonly suffix?: '$ref' | '$count' | '$value';
  readonly options: QueryOptions;
  readonly place: Place;
  /** Its place in the option, where only some of the items are looked at. */
  readonly index?: number;
}

export type SearchExpression =
  /** `incomplete`: what a user is still typing, sent in single quotes. URL Conventions §5.1.8.1 */
  | {
      readonly kind: 'term';
      readonly text: string;
      readonly phrase: boolean;
      readonly incomplete?: boolean;
      readonly place: Place;
    }
  | { readonly kind: 'not'; readonly operand: SearchExpression; readonly place: Place }
  | {
      readonly kind: 'and' | 'or';
      readonly left: SearchExpression;
      readonly right: SearchExpression;
      readonly place: Place;
    };

/** System query options of the request or of one nested item. Absent ones are undefined; names are known without regard to case and `$`. */
export interface QueryOptions {
  readonly $filter?: Expression;
  readonly $orderby?: readonly OrderbyItem[];
  readonly $select?: readonly SelectItem[];
  readonly $expand?: readonly ExpandItem[];
  readonly $compute?: readonly ComputeItem[];
  readonly $search?: SearchExpression;
  readonly $apply?: readonly Transformation[];
  /** A non-negative integer literal. */
  readonly $top?: Literal;
  readonly $skip?: Literal;
  readonly $count?: boolean;
  readonly $levels?: number | 'max';
  readonly $index?: Literal;
  readonly $format?: string;
  readonly $id?: string;
  readonly $skiptoken?: string;
  readonly $deltatoken?: string;
  readonly $schemaversion?: string;
  /** Values of parameter aliases and implicit function parameters: name without `@` → value. */
  readonly aliases?: ReadonlyMap<string, Expression>;
}

/** A segment of the resource path. A plain name, a key as segment and an ordinal look alike: the model decides. */
export type ResourceSegment =
  | NameSegment
  | {
      readonly kind: '$count' | '$ref' | '$value' | '$each' | '$query' | '$metadata' | '$batch' | '$all' | '$entity';
      readonly place: Place;
    }
  | {
      readonly kind: '$filter';
      readonly predicate: Expression;
      readonly key?: readonly Argument[];
      readonly place: Place;
    }
  | { readonly kind: '$crossjoin'; readonly sets: readonly NameSegment[]; readonly place: Place };

/** One request target, parsed. */
export interface Ast {
  readonly path: readonly ResourceSegment[];
  /** True when the path ended with `/`. */
  readonly trailingSlash: boolean;
  readonly options: QueryOptions;
  /** Options without `$` and `@` that are no system option: ignored, or implicit parameters of a function. */
  readonly custom: readonly { readonly name: string; readonly value: string; readonly place: Place }[];
  /** System options and aliases that the request gives more than once. */
  readonly repeated: readonly string[];
}

/** A request target split into its parts and percent-decoded, each exactly once. URL Conventions §2.1 */
export interface UrlParts {
  /** Decoded path segments behind the service root, empty segments left out. */
  readonly segments: readonly string[];
  readonly trailingSlash: boolean;
  /** Options in the order of the request, names and values decoded. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
}

/** A literal found by the scanner: equal in `source`, `at` and `raw` to the Literal node that the parser makes of it. */
export interface ScannedLiteral {
  readonly source: SourceName;
  readonly at: number;
  readonly raw: string;
}

/** The shape of a request: its text with each literal replaced by a mark of its kind, and the literals in order. */
export interface Shape {
  readonly key: string;
  readonly literals: readonly ScannedLiteral[];
}
