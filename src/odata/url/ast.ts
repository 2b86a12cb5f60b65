/**
 * The Ast: what the client wrote, with no model known. Produced by `url/`, read by `plan/`. Nodes are never changed.
 * Names are those of the OData ABNF 4.01 and of the Data Aggregation extension.
 */

import type { AggregateItem, Transformation } from './ast-apply';

export type { AggregateItem, AggregateMethod, GroupingItem, Transformation } from './ast-apply';

/** Where a text stands in the request: `path/0` for the first segment behind the service root, `$filter`, `@alias`, … */
export type SourceName = string;

/** A place in the request: 0-based offset in the percent-decoded text of its source. */
export interface Place {
  readonly source: SourceName;
  readonly at: number;
}

/** The lexical kinds of literals. `integer` has at most 18 digits; more digits or a fraction make a `decimal`, an exponent, INF or NaN a `double`. */
export type LiteralKind =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'guid'
  | 'date'
  | 'dateTimeOffset'
  | 'timeOfDay'
  | 'duration'
  | 'binary'
  | 'enum'
  | 'geography'
  | 'geometry';

/** A primitive literal (not null). `text` is its value without quotes and prefix, doubled quotes already single; `raw` is as written. */
export interface Literal {
  readonly kind: 'literal';
  readonly type: LiteralKind;
  readonly text: string;
  readonly raw: string;
  readonly place: Place;
  /** For enum literals with a prefix: the qualified name of the type. */
  readonly typeName?: string;
}

export interface NullLiteral {
  readonly kind: 'null';
  readonly place: Place;
}

/** `@name`: a parameter alias. Its value stands in `Ast.aliases` or in the options around it. URL Conventions §5.3 */
export interface AliasReference {
  readonly kind: 'alias';
  readonly name: string;
  readonly place: Place;
}

type UnaryOperator = 'not' | 'negate';
export type BinaryOperator =
  | 'or'
  | 'and'
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'has'
  | 'in'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'divby'
  | 'mod';

export interface Unary {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
  readonly place: Place;
}

/**
 * `in` has a `list` (of literals or JSON values) or any collection-valued expression on its right. A chain of `and` or of `or` is a
 * balanced tree in the order written, so that a thousand conditions are no deeper than ten.
 */
export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly place: Place;
}

/**
 * A call of a canonical function (`contains`), or of `cast` or `isof`: a name with positional arguments, or none, that no `/` follows.
 * `Items(1)` alone looks the same, only the model can tell. With named arguments, or qualified with none, it is a path (a bound function).
 */
export interface Call {
  readonly kind: 'call';
  /** As written; names are compared without regard to case. */
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly place: Place;
}

/** `case(condition:value,…)`. URL Conventions §5.1.1.12.1 */
export interface Case {
  readonly kind: 'case';
  readonly branches: readonly { readonly condition: Expression; readonly value: Expression }[];
  readonly place: Place;
}

/** A qualified type name used as an argument of cast and isof: `Edm.String`, `Collection(NS.T)`. */
export interface TypeNameExpression {
  readonly kind: 'type';
  readonly name: string;
  readonly collection: boolean;
  readonly place: Place;
}

/** `("a","b")`, `['a','b']` or a JSON array. */
export interface ListExpression {
  readonly kind: 'list';
  readonly items: readonly Expression[];
  readonly place: Place;
}

/** A JSON object literal. */
export interface ObjectExpression {
  readonly kind: 'object';
  readonly members: readonly { readonly name: string; readonly value: Expression }[];
  readonly place: Place;
}

/**
 * `$it`, `$root`, `$this`, `$these` or an alias start a path; without one it starts at the current element or at a lambda variable of the
 * name of its first segment. `@a/x` is an alias or an annotation without a namespace: the alias wins. URL Conventions §5.1.1.16
 */
export interface Path {
  readonly kind: 'path';
  readonly root?: '$it' | '$root' | '$this' | '$these';
  readonly alias?: AliasReference;
  readonly segments: readonly PathSegment[];
  readonly place: Place;
}

export type PathSegment =
  | NameSegment
  | { readonly kind: 'any' | 'all'; readonly variable?: string; readonly predicate?: Expression; readonly place: Place }
  | { readonly kind: '$count'; readonly options?: QueryOptions; readonly place: Place }
  | {
      readonly kind: '$filter';
      readonly predicate: Expression;
      readonly key?: readonly Argument[];
      readonly place: Place;
    }
  | { readonly kind: 'aggregate'; readonly items: readonly AggregateItem[]; readonly place: Place }
  /** `name` is without the `@`, with the qualifier if any: `Core.Messages#one`. */
  | { readonly kind: 'annotation'; readonly name: string; readonly place: Place };

/**
 * A property, navigation property, type cast, bound function, lambda variable, set name: which one only the model can tell. In $select and
 * $expand also an annotation, with its `@`. In the resource path any text can be the name: it is a key then.
 */
export interface NameSegment {
  readonly kind: 'name';
  readonly name: string;
  /** What stands in parentheses behind the name: a key predicate or the parameters of a function. `[]` for `()`. */
  readonly arguments?: readonly Argument[];
  /** A second pair of parentheses: the key predicate behind the parameters of a function. */
  readonly key?: readonly Argument[];
  /** Set when a whole segment of the resource path is a guid: the key that it may be. */
  readonly literal?: Literal;
  readonly place: Place;
}

/** `42` (no name) or `number='C1'`, `asOf=@d`. */
export interface Argument {
  readonly name?: string;
  readonly value: Expression;
  readonly place: Place;
}

export type Expression =
  | Literal
  | NullLiteral
  | AliasReference
  | Unary
  | Binary
  | Call
  | Case
  | TypeNameExpression
  | ListExpression
  | ObjectExpression
  | Path;

// ---- query options

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

// ---- the whole request

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
