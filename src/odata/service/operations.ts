/**
 * The functions and actions of a domain. A function says where its result is found, as a path or as SQL, and the engine does the rest; an
 * action is code that runs in a transaction of its own.
 */
import type { FunctionDeclaration, NamedOperation, OperationDeclaration } from '../model/declare-operation';
import type { Value } from '../payload/change';
import type { ParameterValue } from '../payload/parameters';
import type { SqlValue } from '../sql';
import type { EntityClass, Row, ScalarName } from './rules';
import type { NamedCalls, NamedRows, NamedStatement, RowsOfEach } from './statement';

/** What an action may ask for and cause: all of it happens, or nothing. */
export interface ActionContext<T extends object = object> {
  /** The start of the request. */
  readonly now: Date;
  /** Its date in UTC: yyyy-mm-dd. */
  readonly today: string;
  /** The caller's partition. */
  readonly partition: string | null;
  /** The entity that the action is bound to, as it is now; locked until the action ends, unless it wants no lock. */
  readonly bound: Row<T>;
  /** The members of the collection that an action `ofMembers` is bound to, in the order of their keys, locked as `bound` is. */
  readonly members: readonly Row<T>[];
  /** The parameters by name; what was left out is null or has its default. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Runs a statement; its rows by column. */
  readonly run: <C extends string>(
    statement: NamedStatement<C>,
    values: Readonly<Record<string, SqlValue>>,
  ) => Promise<NamedRows<C>>;
  /** Runs statements one after the other in one round trip; the rows of each. */
  readonly runAll: <C extends readonly string[]>(...calls: NamedCalls<C>) => Promise<RowsOfEach<C>>;
  /** Changes a record as a PATCH would, its rules included. */
  readonly update: <E extends object>(
    entity: EntityClass<E>,
    key: Partial<Row<E>>,
    values: Partial<{ readonly [K in ScalarName<E>]: E[K] }>,
  ) => Promise<void>;
}

/** What an action returns: keys of entities, values of a complex type by property, or a primitive value. */
export type ActionResult =
  undefined | Value | Readonly<Record<string, Value>> | readonly Readonly<Record<string, Value>>[];

/** What it returned, or what it did on each member of a collection. */
export type ActionResults = ActionResult | readonly ActionResult[];

/** An action. CSDL §12.2 */
export interface ActionDeclaration<T extends object = object> extends OperationDeclaration {
  /** How the entity that it is bound to is locked: against changes, (`for update`) against new records that refer to it as well, or (`none`) not at all, because the action only looks. */
  readonly lock?: 'for no key update' | 'for update' | 'none';
  /** Does it. May run again from the start when PostgreSQL ends it because of another transaction. */
  run(context: ActionContext<T>): Promise<ActionResult> | ActionResult | Promise<void>;
}

type Bound<T extends object> = EntityClass<T> | readonly [EntityClass<T>];

/** All operations of a domain. */
export class OperationBook {
  private readonly named: NamedOperation[] = [];
  private readonly actions = new Map<OperationDeclaration, ActionDeclaration>();

  /** Adds a function, or an overload of one. */
  function(name: string, declaration: FunctionDeclaration): this {
    this.named.push({ kind: 'function', name, declaration });
    return this;
  }

  /** Adds an action, or an overload of one. */
  action<T extends object>(name: string, declaration: ActionDeclaration<T> & { readonly binding?: Bound<T> }): this {
    if (declaration.ofMembers && !Array.isArray(declaration.binding))
      throw new Error(`The action ${name} is one of members, but it is bound to no collection`);
    this.named.push({ kind: 'action', name, declaration });
    // What the action is bound to has been found by the class that its context is typed by.
    this.actions.set(declaration, declaration);
    return this;
  }

  /** What the model is told. */
  get declarations(): readonly NamedOperation[] {
    return this.named;
  }

  /** The code of an action. */
  actionOf(declaration: OperationDeclaration): ActionDeclaration {
    const found = this.actions.get(declaration);
    if (!found) throw new Error('The action is not in the book');
    return found;
  }
}
