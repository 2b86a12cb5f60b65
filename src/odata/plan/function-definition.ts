/** What a line of the table of the language says of a function or operator. */
import type { EdmType } from '../model/model';
import type { EdmTypeName } from '../model/types';
import type { Sql } from '../sql';

/** An argument as SQL. A value of the request can also be mapped before it becomes a parameter. */
export interface Operand {
  readonly sql: Sql;
  readonly mapped: ((map: (text: string) => string, databaseType?: string) => Sql) | undefined;
}

/**
 * What a parameter takes. `integer`, `number` accept any numeric type of that sort, `collection` any collection, `pattern` a regular expression
 * of ECMAScript, which is handed over as PostgreSQL's, or as `row-pattern.ts` reads it; `any` everything.
 */
export type ParameterKind = EdmTypeName | 'integer' | 'number' | 'collection' | 'pattern' | 'any';

/** `first` is the type of the first argument, `widest` the numeric promotion of all. */
export type ResultKind = EdmTypeName | 'first' | 'widest';

/** A function or operator: what it takes, what it gives, and how. */
export interface FunctionDef {
  readonly name: string;
  readonly parameters: readonly ParameterKind[];
  readonly result: ResultKind;
  /** There are operands of its types that it has no result for: too large ones, a zero, a pattern that is too complex. */
  readonly fails?: true;
  readonly sql: (operands: readonly Operand[], types: readonly EdmType[]) => Sql;
}

/** How operands become SQL. */
export type Build = (...operands: Sql[]) => Sql;

/** A function that takes its operands as they are. */
export const define = (
  name: string,
  parameters: readonly ParameterKind[],
  result: ResultKind,
  build: Build,
): FunctionDef => ({
  name,
  parameters,
  result,
  sql: (operands) => build(...operands.map((operand) => operand.sql)),
});

/** One that PostgreSQL refuses some operands of. */
export const partial = (definition: FunctionDef): FunctionDef => ({ ...definition, fails: true });
