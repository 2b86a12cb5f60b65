/**
 * The Ast: what the client wrote, with no model known. Produced by `url/`, read by `plan/`. Nodes are never changed.
 * Names are those of the OData ABNF 4.01 and of the Data Aggregation extension.
 */

import type { AggregateItem } from './ast-apply';
import type { QueryOptions } from './ast-request';

export type * from './ast-apply';
export type * from './ast-request';

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
  /** That of the left side. */
  readonly place: Place;
  /** Where the operator stands in the same text. */
  readonly operatorAt: number;
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
  /** Set when a segment is a guid, or in an expression another literal without quotes: the key that it may be. */
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
