/** The names that a statement gives its tables and rows, and how much of them it may have. */
import { odataError } from '../error';
import { defaultPlanLimits, QUERY_PARTS } from '../plan/limits';
import type { Range } from '../plan/plan';
import { trusted, type Sql } from '../sql';

/** Hands out aliases: t1, t2, … in the order of use, so that equal plans make equal text. */
export class Aliases {
  private count = 0;
  private parts = 0;
  private readonly most: number;
  private readonly rows = new Map<Range, string>();

  /** `parts`: what the plan may have. One of its parts may become two of the statement. */
  constructor(parts = defaultPlanLimits.parts) {
    this.most = 2 * parts;
  }

  next(): Sql {
    this.count += 1;
    this.written(QUERY_PARTS);
    return trusted(`t${this.count}`);
  }

  /**
   * Counts expressions and tables, each as often as it is written, and refuses more than a statement may have: what names and $these stand for
   * is written out, and so are rows that are used twice.
   */
  written(parts = 1): void {
    this.parts += parts;
    if (this.parts > this.most)
      throw odataError('TooManyParts', {
        message: `Written out as one statement, with the rows that it names, expands and makes of others, the request has more than ${this.most} parts.`,
      });
  }

  /** The name of the column by which the row of a variable travels through a query: r1, r2, … */
  rowOf(range: Range): string {
    const name = this.rows.get(range) ?? `r${this.rows.size + 1}`;
    this.rows.set(range, name);
    return name;
  }
}
