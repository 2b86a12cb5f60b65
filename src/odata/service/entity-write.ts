/** One entity that a request writes: what is asked, what the rules make of it, what becomes of its row. Protocol 4.01 §11.4 */
import type { EntityType, NavigationProperty } from '../model/model';
import type { Change, Value } from '../payload/change';
import type { Target } from '../plan/plan';
import type { SqlValue } from '../sql';
import type { LinkEnd } from './link-table';
import type { PendingEntity, Values } from './pending';
import type { EntityRules } from './rules';
import { leaves, sqlValue, type StoredRow } from './stored-row';
import type { ColumnValue } from './write-sql';

/** What a rule sees and changes: values by property path. */
type DraftValues = Record<string, Value>;

/** What happens to an entity; one that is kept is there for the sake of others. */
export type Operation = 'create' | 'update' | 'delete' | 'keep';

/** How a write comes to its entity. */
export type Origin =
  /** The resource of the request: for a create the collection. */
  | { readonly kind: 'resource'; readonly target: Target }
  | Under
  /** An entity that another one is going to refer to. */
  | { readonly kind: 'alone' };

/** An entity behind a navigation of another one that is written, with the foreign key in its own row. */
export interface Under {
  readonly kind: 'under';
  readonly parent: EntityWrite;
  readonly navigation: NavigationProperty;
}

/** Values by column, with what their parameters are cast to. */
export type Columns = ReadonlyMap<string, ColumnValue>;

/** A write that cannot be judged, because one that it depends on has been refused; nobody is told. */
export class Abandoned extends Error {}

/** An entity on its way into the database. */
export class EntityWrite implements PendingEntity {
  type: EntityType;
  /** What is to be written: the rules change it in place. */
  readonly draft: DraftValues;
  /** Foreign keys without a property, by column: the rules do not see them. */
  readonly links = new Map<string, string | null>();
  /** Entities that this one refers to, written before it. */
  readonly referred = new Map<NavigationProperty, EntityWrite>();
  /** Its turn among all entities of the request. */
  position = 0;
  /** Entities of a lower level are written first. */
  level = 0;
  /** The row before, locked. */
  current: StoredRow | undefined;
  /** The key, as the condition of an update. */
  key: Columns = new Map();
  /** The columns that are set. */
  columns: Columns = new Map();
  /** The version of a new row. */
  version = 1;
  private made: Values | undefined;
  private make: () => Values | undefined = () => undefined;
  /** Begins the work of its rules, once everything that the request writes is known. */
  begin: () => void = () => undefined;
  /** Rejects with what the rules refuse. */
  outcome: Promise<void> = Promise.resolve();
  /** Resolves when the rules have run, whatever they said. */
  settled: Promise<unknown> = this.outcome;

  constructor(
    readonly operation: Operation,
    public rules: EntityRules,
    readonly change: Change,
    readonly origin: Origin,
    /** Where it stands in the body: `customerPayments/1`; empty for the resource of the request. */
    readonly path: string,
  ) {
    this.type = change.type;
    this.draft = Object.fromEntries(change.values);
  }

  /** Takes the type that its record turns out to be of, where one table holds several. */
  become(type: EntityType, rules: EntityRules): void {
    this.type = type;
    this.rules = rules;
  }

  get before(): Values | undefined {
    return this.current?.values;
  }

  /** What will be stored, when the rules have run. */
  get after(): Values | undefined {
    this.made ??= this.make();
    return this.made;
  }

  /** Says how to make that, where somebody asks for it. */
  becomes(make: () => Values): void {
    this.make = make;
    this.made = undefined;
  }

  /** What is known of it while its rules may still run. */
  get values(): Values {
    return this.after ?? { ...this.before, ...this.draft };
  }

  /** The entity as an end of a link: the value of a column, as far as it is known. */
  readonly end: LinkEnd = (column) => {
    const found = leaves(this.type).find((candidate) => candidate.column === column);
    const value = found ? this.values[found.path] : undefined;
    if (found && value !== undefined) return textOrNull(sqlValue(found.property, value));
    return this.current?.columns.get(column);
  };

  /** Waits for what its rules say; what depends on it is abandoned when they refuse it. */
  async accepted(): Promise<void> {
    await this.outcome.catch(() => {
      throw new Abandoned();
    });
  }

  /** Sets the work of its rules, which `begin` begins. */
  start(work: () => Promise<void>): void {
    this.outcome = new Promise((resolve) => {
      this.begin = () => resolve(work());
    });
    this.settled = this.outcome.catch(() => undefined);
  }
}

const textOrNull = (value: SqlValue): string | null => (typeof value === 'string' ? value : null);
