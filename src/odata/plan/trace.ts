/**
 * What tells which expression of a request PostgreSQL could not compute. A statement that has failed is planned once more with a trace: each
 * expression that may fail gets a number, and is compiled to say when it begins and when it is done. It says so by the seed of `random()`: like an
 * open expression, and unlike everything else a query can set, that outlives the error. No plan of a request that
 * succeeds has any of it, and no statement of ours may keep a number of `random()`: the seed stays with the connection.
 */
import { databaseType, isFloating } from '../model/edm';
import type { EdmType } from '../model/model';
import type { Place } from '../url/ast';
import { sql, trusted, type Sql } from '../sql';
import type { AggregateDef } from './aggregate-methods';
import { define, type FunctionDef } from './function-definition';
import { operandsOf } from './operands';
import type { Bound } from './plan';

/** What numbers are divided by to become seeds, which lie between -1 and 1. */
export const SEEDS = 100_000;

/** An expression that is being planned; its number is 0 where it cannot fail itself. */
interface Frame {
  readonly outer: Frame | undefined;
  number: number;
}

export class Trace {
  private readonly marked: Place[] = [];
  private readonly added: Place[] = [];
  private readonly merged: Place[] = [];
  private readonly fallible = new WeakMap<Bound, boolean>();
  private open: Frame | undefined;

  /** Where the expressions that may fail stand, by their numbers less one. */
  get places(): readonly Place[] {
    return this.marked;
  }

  /** Where those stand whose sums may be too large: what is computed of a sum has no mark of its own. */
  get sums(): readonly Place[] {
    return this.added;
  }

  /** Where aggregates stand that merge what leads to one entity, which may contradict itself. */
  get merges(): readonly Place[] {
    return this.merged;
  }

  merging(place: Place): void {
    this.merged.push(place);
  }

  /** Plans an expression that stands at the place; it is marked when it may fail itself. */
  around(place: Place, plan: () => Bound): Bound {
    const frame: Frame = { outer: this.open, number: 0 };
    this.open = frame;
    try {
      const bound = plan();
      if (bound.kind === 'null' || !isScalar(bound.type) || !this.mayFail(bound)) return bound;
      frame.number = this.marked.push(place);
      return this.call(bound, bracket(frame));
    } finally {
      this.open = frame.outer;
    }
  }

  /** A value whose sum at the place may be too large: who takes it up is told by what came last. */
  summed(place: Place, value: Bound): Bound {
    if (value.kind === 'null' || !isScalar(value.type)) return value;
    const number = this.sum(place);
    return this.call(
      value,
      define('summed', ['any'], 'first', (each) => followed(each, value.type, number)),
    );
  }

  /** The same of an aggregation method. */
  aggregate(place: Place, definition: AggregateDef): AggregateDef {
    if (definition.fails !== true) return definition;
    const number = this.sum(place);
    const outer = this.open;
    return {
      ...definition,
      sql: (value, type, filter) => {
        const result = definition.result(type) ?? type;
        return followed(definition.sql(followed(value, type, number), type, filter), result, numberOf(outer));
      },
    };
  }

  private sum(place: Place): number {
    this.added.push(place);
    return this.marked.push(place);
  }

  private call(bound: Exclude<Bound, { kind: 'null' }>, definition: FunctionDef): Bound {
    const { type, nullable } = bound;
    const call: Bound = { kind: 'call', definition, arguments: [bound], type, nullable };
    this.fallible.set(call, false);
    return call;
  }

  /** Something in it may fail that is not marked on its own. */
  private mayFail(bound: Bound): boolean {
    const known = this.fallible.get(bound);
    if (known !== undefined) return known;
    const found = isFallible(bound) || operandsOf(bound).some((operand) => this.mayFail(operand));
    this.fallible.set(bound, found);
    return found;
  }
}

const isFallible = (bound: Bound): boolean =>
  (bound.kind === 'call' && bound.definition.fails === true) ||
  (bound.kind === 'convert' && (bound.mayFail || isFloating(bound.type)));

/** Values that an array can hold. */
const isScalar = ({ kind }: EdmType): boolean => kind === 'primitive' || kind === 'enum';

const numberOf = (frame: Frame | undefined): number =>
  frame === undefined || frame.number > 0 ? (frame?.number ?? 0) : numberOf(frame.outer);

/** Which expressions are around is known when all are planned. */
const bracket = (frame: Frame): FunctionDef => ({
  name: 'marked',
  parameters: ['any'],
  result: 'first',
  sql: ([operand], [type]) => {
    if (!operand || !type) throw new Error('A marked expression has a value');
    return sql`(array[${mark(type, frame.number)}, ${operand.sql}, ${mark(type, numberOf(frame.outer))}])[2]`;
  },
});

/** The value, and then the mark. */
const followed = (value: Sql, type: EdmType, number: number): Sql => sql`(array[${value}, ${mark(type, number)}])[1]`;

/** A null that sets the seed when it is computed. The members of an array are computed in their order. */
const mark = (type: EdmType, number: number): Sql =>
  sql`case when setseed(${trusted(String(number / SEEDS))}) is null then null::${trusted(databaseType(type))} end`;
