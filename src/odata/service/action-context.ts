/** What an action works with: one transaction, the entity it is bound to, and the ways of writing that requests have. */
import type { EntityType } from '../model/model';
import { emptyChange, type Change, type Value } from '../payload/change';
import type { ParameterValue } from '../payload/parameters';
import type { KeyPredicate, Range, Target } from '../plan/plan';
import type { Transaction } from './database';
import { judgedRows } from './each';
import { typeOfClass } from './rule-context';
import type { ActionContext, ActionDeclaration } from './operations';
import type { EntityClass, Row, ScalarName } from './rules';
import { runAllNamed, runNamed } from './statement';
import type { StoredRow } from './stored-row';
import { partitionOf, type RowLock } from './target-sql';
import type { Preconditions, WriteContext } from './write-context';
import { checkCollection, checkConditions, checkVersion } from './update';
import { updateEntity } from './write';
import { parentSteps, Work } from './write-work';

/** The entity that an action is bound to, locked as the action wants it; the one that holds the collection when it is bound to a collection. Protocol §11.5.5.1 */
export async function boundRow(
  context: WriteContext,
  target: Target | undefined,
  transaction: Transaction,
  conditions: Preconditions,
  lock: ActionDeclaration['lock'] = 'for no key update',
): Promise<StoredRow | undefined> {
  if (!target) {
    checkConditions(undefined, conditions);
    return undefined;
  }
  const work = new Work(context, target, transaction);
  if (!target.single) {
    await checkCollection(work, target, conditions);
    const steps = parentSteps(target);
    return steps.length === 0 ? undefined : work.row(steps, rowLock(lock));
  }
  const row = await work.row(target.steps, rowLock(lock));
  checkVersion(target.range.type, row, conditions);
  return row;
}

/** The entities that an action is invoked on one after the other, locked. */
export function boundRows(
  context: WriteContext,
  target: Target,
  transaction: Transaction,
  conditions: Preconditions,
  lock: ActionDeclaration['lock'] = 'for no key update',
): Promise<readonly StoredRow[]> {
  return judgedRows(new Work(context, target, transaction), target, rowLock(lock), conditions);
}

const rowLock = (lock: NonNullable<ActionDeclaration['lock']>): RowLock | undefined =>
  lock === 'none' ? undefined : lock;

/** The rows that an action is bound to. */
interface BoundTo {
  /** The entity, or the one that holds the collection. */
  readonly row: StoredRow | undefined;
  readonly members: readonly StoredRow[] | undefined;
}

/** The context of one attempt at an action. */
export class OperationContext implements ActionContext {
  readonly now: Date;
  readonly partition: string | null;
  readonly bound: Row<object>;
  readonly members: readonly Row<object>[];

  constructor(
    private readonly context: WriteContext,
    private readonly transaction: Transaction,
    target: Target | undefined,
    { row, members = [] }: BoundTo,
    readonly parameters: Readonly<Record<string, ParameterValue>>,
  ) {
    this.now = context.now?.() ?? new Date();
    this.partition = target ? partitionOf(target.steps, context.bindings) : context.bindings.partition;
    // The class that the values are typed by is the one that the action is declared with.
    this.bound = row?.values ?? {};
    this.members = members.map(({ values }) => values);
  }

  get today(): string {
    return this.now.toISOString().slice(0, 10);
  }

  readonly run: ActionContext['run'] = (statement, values) => runNamed(this.transaction, statement, values);

  readonly runAll: ActionContext['runAll'] = (...calls) => runAllNamed(this.transaction, calls);

  readonly update = async <E extends object>(
    entity: EntityClass<E>,
    key: Partial<Row<E>>,
    values: Partial<{ readonly [K in ScalarName<E>]: E[K] }>,
  ): Promise<void> => {
    const type = typeOfClass(this.context.model, entity);
    const { transaction } = this;
    const shared: WriteContext = {
      ...this.context,
      bindings: { ...this.context.bindings, partition: this.partition },
      readBack: undefined,
      database: {
        isShared: true,
        transaction: (work) =>
          work({ run: (calls) => transaction.run(calls), finish: (calls) => transaction.run(calls) }),
      },
    };
    const change: Change = {
      ...emptyChange(type, 'update'),
      values: new Map(Object.entries(values as Record<string, Value>)),
    };
    await updateEntity(shared, recordOf(type, key as Record<string, Value>), change, { ifMatch: '*' });
  };
}

/** A record by its key, wherever it is contained. */
function recordOf(type: EntityType, key: Readonly<Record<string, Value>>): Target {
  const range: Range = { type, name: '$it' };
  const predicate: KeyPredicate = type.key.map((property) => {
    const value = key[property.name];
    if (value === undefined || value === null) throw new Error(`The key property ${property.name} is missing`);
    return { property, value: { kind: 'value', slot: () => String(value), type: property.type, nullable: false } };
  });
  return { steps: [{ range, key: predicate }], range, single: true, set: undefined, collectionPath: [] };
}
