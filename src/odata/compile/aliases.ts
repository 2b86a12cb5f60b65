/** The names that a statement gives its tables and rows, and how much of them it may have. */
import { odataError } from '../error';
import type { Range } from '../plan/plan';
import { trusted, type Sql } from '../sql';

/** Rows that are used twice are written twice: a short $apply could lead to a statement without end. */
const MAX_ALIASES = 1500;
/** Expressions, each as often as it is written: what names and $these stand for is written out. */
const MAX_EXPRESSIONS = 50_000;

const tooMuch = (why: string): Error =>
  odataError('TooManyParts', { message: `The request asks for more than one statement can do: ${why}.` });

/** Hands out aliases: t1, t2, … in the order of use, so that equal plans make equal text. */
export class Aliases {
  private count = 0;
  private expressions = 0;
  private readonly rows = new Map<Range, string>();

  next(): Sql {
    this.count += 1;
    if (this.count > MAX_ALIASES) throw tooMuch('it expands too much, or makes rows of rows too often');
    return trusted(`t${this.count}`);
  }

  /** Counts an expression, and refuses more than one statement may have. */
  written(): void {
    this.expressions += 1;
    if (this.expressions > MAX_EXPRESSIONS) throw tooMuch('what it names or filters is written out too often');
  }

  /** The name of the column by which the row of a variable travels through a query: r1, r2, … */
  rowOf(range: Range): string {
    const name = this.rows.get(range) ?? `r${this.rows.size + 1}`;
    this.rows.set(range, name);
    return name;
  }
}
