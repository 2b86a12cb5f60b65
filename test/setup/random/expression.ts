/** Expressions as data: what OData says, and what they are for a row. Each can be taken apart, so that what fails is made small. */
import { type Faults, type Ty, type Value } from './values';
import type { Row } from './world';

/** Where an expression is evaluated. */
export interface Env {
  /** `$it`. */
  readonly it: Row;
  /** What a bare name belongs to. */
  readonly here: Row;
  readonly vars: Readonly<Record<string, Row | Value>>;
  readonly faults: Faults;
}

/** A text made of parts. */
export interface Tree<T> {
  /** What may stand for it. */
  readonly ty: string;
  readonly kids: readonly T[];
  readonly text: string;
  /** The same with other parts. */
  readonly with: (kids: readonly T[]) => T;
  /** Values of parameter aliases by their names. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface Expr extends Tree<Expr> {
  readonly ty: Ty;
  readonly of: (env: Env) => Value;
}

type Of = (env: Env, kids: readonly Expr[]) => Value;

export function node(ty: Ty, kids: readonly Expr[], text: (texts: readonly string[]) => string, of: Of): Expr {
  return {
    ty,
    kids,
    text: text(kids.map((kid) => kid.text)),
    of: (env) => of(env, kids),
    with: (others) => node(ty, others, text, of),
    aliases: Object.assign({}, ...kids.map(({ aliases }) => aliases)) as Record<string, string>,
  };
}

export const leaf = (ty: Ty, text: string, of: (env: Env) => Value, aliases: Expr['aliases'] = {}): Expr => {
  const made: Expr = { ty, kids: [], text, of, with: () => made, aliases };
  return made;
};

/** A function of values, null when one of them is. */
export const strict = (
  ty: Ty,
  kids: readonly Expr[],
  text: (texts: readonly string[]) => string,
  of: (values: readonly NonNullable<Value>[], faults: Faults) => Value,
): Expr =>
  node(ty, kids, text, (env, parts) => {
    const values = parts.map((kid) => kid.of(env));
    const there = values.filter((value) => value !== null);
    return there.length < values.length ? null : of(there, env.faults);
  });

export const called = (name: string) => (texts: readonly string[]) => `${name}(${texts.join(',')})`;
export const infix = (operator: string) => (texts: readonly string[]) => `(${texts.join(` ${operator} `)})`;

const descendants = <T extends Tree<T>>(tree: T): T[] => tree.kids.flatMap((kid) => [kid, ...descendants(kid)]);

/** Smaller ones of the same type, the smallest first. */
export function* smaller<T extends Tree<T>>(expr: T): Generator<T> {
  yield* descendants(expr)
    .filter(({ ty }) => ty === expr.ty)
    .sort((a, b) => a.text.length - b.text.length);
  for (const [index, kid] of expr.kids.entries())
    for (const other of smaller(kid)) yield expr.with(expr.kids.map((each, at) => (at === index ? other : each)));
}
