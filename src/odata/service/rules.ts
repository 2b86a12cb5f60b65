/**
 * The face between the engine and a domain: what may be written, and what is filled in. A rule sees typed values and asks for other
 * records by class and property; the engine makes the SQL, confined to the caller's partition. Lookups that start in the same tick travel
 * in one statement, so start them all before the first `await`.
 */
import type { BodyRules, Value } from '../payload/change';
import type { NamedStatement } from './statement';

/** A class of the data source. */
export type EntityClass<T extends object = object> = abstract new () => T;

/** Names of the properties that hold a value or a collection of them, not those of relations, complex values and bytes. */
export type ScalarName<T> = { [K in keyof T]: T[K] extends Exclude<Value, Buffer> ? K : never }[keyof T] & string;

/** A stored record: dates and decimals as text. Properties that have no column of their own are absent. */
export type Row<T> = { readonly [K in ScalarName<T>]: T[K] };

/** What is about to be written: what the client sent, checked; absent where nothing was sent. A rule changes it in place. */
export type Draft<T> = { -readonly [K in ScalarName<T>]?: T[K] };

/** The parts of a complex value in a draft, by their path: `address/city`. */
export type DraftParts<T, K extends keyof T & string> = {
  -readonly [P in ScalarName<NonNullable<T[K]>> as `${K}/${P}`]?: NonNullable<T[K]>[P];
};

/** Names of the relations to many. */
type ManyName<T> = { [K in keyof T]: T[K] extends readonly object[] ? K : never }[keyof T] & string;

/** What a lookup may pick: values, and relations to many. */
export type PickName<T> = ScalarName<T> | ManyName<T>;

/** What a lookup has found: the values, and of a relation to many whether anything is behind it; null where the request writes the record itself, or what could be there. */
export type Found<T, K> = { readonly [P in K & ScalarName<T>]: T[P] } & {
  readonly [P in K & ManyName<T>]: boolean | null;
};

/** Stands for the key of the record that the written one is contained in, before that record has been read. */
export const parentKey = Symbol('key of the parent');

/** The values above this one. */
export class Above {
  constructor(readonly value: number) {}
}

/** The condition of a lookup: all of the values must be equal. */
export type Where<T> = { readonly [K in ScalarName<T>]?: T[K] | Above | typeof parentKey };

/** A counter that numbers are drawn from: by its name, or by the record that it belongs to. */
export type Series = { readonly code: string } | { readonly owner: string | typeof parentKey };

/** What a new counter starts with. */
export interface SeriesStart {
  readonly code: string;
  readonly owner: string;
  readonly prefix: string;
  readonly digits: number;
}

/** What rules may ask for and cause; every lookup sees the caller's partition only. */
export interface RuleContext {
  /** The start of the request. */
  readonly now: Date;
  /** Its date in UTC: yyyy-mm-dd. */
  readonly today: string;
  /** The record that the written one is contained in; on create only. */
  parent<T extends object>(entity: EntityClass<T>): Promise<Row<T>>;
  /** The first record with the values, in the order of `order` (`-name` for descending). */
  find<T extends object, K extends PickName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<Found<T, K> | undefined>;
  /** At most `limit` records with the values, in the order of `order`. */
  list<T extends object, K extends PickName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    limit: number,
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<readonly Found<T, K>[]>;
  /** The exact sum of a property; `0` without records. */
  sum<T extends object>(entity: EntityClass<T>, where: Where<T>, property: ScalarName<T>): Promise<string>;
  /** The number that would be drawn next; undefined when there is no such counter. */
  peek(series: Series): Promise<string | undefined>;
  /** Draws a number: nobody else gets it. A failed write puts it back. */
  next(series: Series): Promise<string | undefined>;
  /** Makes a counter, together with the write. */
  startSeries(start: SeriesStart): void;
  /** Raises version and time of another record, together with the write. */
  touch<T extends object>(entity: EntityClass<T>, key: Partial<Row<T>>): void;
  /** Runs a statement behind everything that the request writes, once for all who ask for it: each of its parameters is the list of their values. */
  together(statement: NamedStatement, values: Readonly<Record<string, string | null>>): void;
}

/** What a domain says about the writes of one entity. Everything may be left out. */
export interface Rules<T extends object> extends BodyRules {
  readonly references?: readonly ScalarName<T>[];
  readonly inputs?: readonly ScalarName<T>[];
  /** Said when a client tries to change what is set on create only. */
  readonly fixedMessage?: string;
  /** True when writes below one parent must take turns, e.g. because a number is given out there. */
  locksParent?(write: 'create' | 'update' | 'delete', draft: Draft<T>): boolean;
  /** Before a record is inserted: fills and refuses. */
  create?(draft: Draft<T>, context: RuleContext): void | Promise<void>;
  /** Before a record is changed; `draft` has what changes, `current` is locked. */
  update?(draft: Draft<T>, current: Row<T>, context: RuleContext): void | Promise<void>;
  /** Before a record is deleted; `current` is locked. */
  delete?(current: Row<T>, context: RuleContext): void | Promise<void>;
}

/** Rules whose entity is not known any more: what the engine calls. */
export interface EntityRules extends BodyRules {
  readonly fixedMessage?: string;
  locksParent?(write: 'create' | 'update' | 'delete', draft: object): boolean;
  create?(draft: object, context: RuleContext): void | Promise<void>;
  update?(draft: object, current: object, context: RuleContext): void | Promise<void>;
  delete?(current: object, context: RuleContext): void | Promise<void>;
}

/** The table that counters are kept in, by the names of its columns. */
export interface CounterTable {
  readonly table: string;
  readonly partition: string;
  readonly code: string;
  readonly owner: string;
  readonly prefix: string;
  readonly next: string;
  readonly digits: string;
}

/** All rules of a domain. */
export class RuleBook {
  private readonly byClass = new Map<EntityClass, EntityRules>();

  constructor(readonly counters?: CounterTable) {}

  /** Adds the rules of an entity; for use while the book is made. */
  add<T extends object>(entity: EntityClass<T>, rules: Rules<T>): this {
    this.byClass.set(entity, rules);
    return this;
  }

  /** The rules of a class, or of the nearest one that it is derived from; empty when there are none. */
  of(entity: EntityClass): EntityRules {
    for (let one: unknown = entity; isClass(one); one = Object.getPrototypeOf(one)) {
      const rules = this.byClass.get(one);
      if (rules) return rules;
    }
    return none;
  }
}

const isClass = (value: unknown): value is EntityClass => typeof value === 'function';

const none: EntityRules = {};
