/** One write inside its transaction: what it reads and locks, the rules it runs, and what it sends at the end. */
import { odataError, ODataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Change, Value } from '../payload/change';
import type { Step, Target } from '../plan/plan';
import { prepare, type Bindings, type Statement } from '../sql';
import type { Call, Transaction } from './database';
import { Flight } from './flight';
import { lookupBindings, lookupStatement, partitionedBindings, type SqlLookup } from './lookup-sql';
import { WriteRuleContext } from './rule-context';
import type { EntityRules } from './rules';
import { leaf, rowColumns, sqlType, sqlValue, storedRow, type StoredRow } from './stored-row';
import { selectTarget, type RowLock } from './target-sql';
import type { Reference, WriteContext, Written } from './write-context';
import type { ColumnValue } from './write-sql';

const targetStatements = new WeakMap<readonly Step[], Map<string, Statement>>();

/** The statement that reads the row of a target; kept as long as the plan is. */
function targetStatement(steps: readonly Step[], columns: readonly string[], lock: RowLock | undefined): Statement {
  const known = targetStatements.get(steps) ?? new Map<string, Statement>();
  targetStatements.set(steps, known);
  const key = `${lock ?? ''} ${columns.join(',')}`;
  const found = known.get(key);
  if (found) return found;
  const made = prepare(selectTarget(steps, columns, lock));
  known.set(key, made);
  return made;
}

const parents = new WeakMap<readonly Step[], readonly Step[]>();

/** The steps before the last one; the same list for the same target, so that statements can be kept for it. */
export function parentSteps({ steps }: Target): readonly Step[] {
  const found = parents.get(steps);
  if (found) return found;
  const made = steps.slice(0, -1);
  parents.set(steps, made);
  return made;
}

/** What one attempt at a write reads, asks and sends. */
export class Work {
  readonly type: EntityType;
  readonly rules: EntityRules;
  readonly bindings: Bindings;
  private readonly flight: Flight<SqlLookup>;
  private readonly started: Date;

  constructor(
    private readonly context: WriteContext,
    private readonly target: Target,
    private readonly transaction: Transaction,
  ) {
    this.type = target.range.type;
    this.rules = context.rules.of(this.type.target);
    this.bindings = partitionedBindings(target.steps, context.bindings);
    this.started = context.now?.() ?? new Date();
    this.flight = new Flight(transaction, (lookups) => this.lookupCall(lookups));
  }

  private lookupCall(lookups: readonly SqlLookup[]): Call {
    const statement = lookupStatement(lookups, parentSteps(this.target));
    const bindings = lookupBindings(lookups, this.bindings);
    return { statement, values: statement.slots.map((slot) => slot(bindings)) };
  }

  /** The row that steps lead to, locked; throws 404 without one. */
  async row(steps: readonly Step[], lock: RowLock | undefined): Promise<StoredRow> {
    const type = steps.at(-1)?.range.type ?? this.type;
    const statement = targetStatement(steps, rowColumns(type), lock);
    const [row] = await this.flight.rows({ statement, values: statement.slots.map((slot) => slot(this.bindings)) });
    if (!row) throw odataError('Internal_RecordNotFound', { message: 'The record does not exist.' });
    return storedRow(type, row);
  }

  /** The answer of a lookup. */
  look(lookup: SqlLookup): Promise<string | null> {
    return this.flight.look(lookup);
  }

  /** What the rules of this write see. */
  ruleContext(parent: Promise<StoredRow> | undefined): WriteRuleContext {
    const { model, rules } = this.context;
    const steps = parentSteps(this.target);
    return new WriteRuleContext(
      { model, bindings: this.bindings, parentSteps: steps, parent, counters: rules.counters, now: this.started },
      this.flight,
    );
  }

  /** Sends the write, the effects of its rules and the reading of the answer, and commits: one round trip. */
  async finish(write: Call, effects: readonly Call[], written: Written): Promise<Written> {
    this.flight.close();
    const readBack = this.context.readBack?.(written.key);
    await this.transaction.finish([write, ...effects, ...(readBack ? [readBack] : [])]);
    return written;
  }

  /** The navigations that a body sets by reference, as values of foreign keys. They win over foreign keys in the body. */
  async bind(
    change: Change,
    fixed: Promise<ReadonlyMap<string, string | null>>,
    draft: Record<string, Value>,
  ): Promise<void> {
    const asked = [...change.bindings].map(
      async ([navigation, reference]) => [navigation, await this.referenced(navigation, reference)] as const,
    );
    const [tied, ...found] = await Promise.all([fixed, ...asked]);
    for (const [navigation, row] of found) this.link(navigation, row, tied, draft);
  }

  private async referenced(navigation: NavigationProperty, reference: string | null): Promise<StoredRow | undefined> {
    if (reference === null) return undefined;
    const { target, bindings } = this.resolve(navigation, reference);
    const statement = prepare(selectTarget(target.steps, rowColumns(navigation.target), undefined));
    const partitioned = { ...partitionedBindings(target.steps, bindings), partition: this.bindings.partition };
    const [row] = await this.flight.rows({ statement, values: statement.slots.map((slot) => slot(partitioned)) });
    if (!row) throw badReference(navigation, `'${reference}' refers to no existing record.`);
    return storedRow(navigation.target, row);
  }

  private resolve(navigation: NavigationProperty, reference: string): Reference {
    try {
      const found = this.context.resolve(reference);
      if (found.target.single && found.target.range.type === navigation.target) return found;
    } catch (error) {
      if (!(error instanceof ODataError) || error.status >= 500) throw error;
      throw badReference(navigation, `'${reference}' is no id of an entity: ${error.message}`, error);
    }
    throw badReference(navigation, `'${reference}' is not the id of one ${navigation.target.name}.`);
  }

  private link(
    navigation: NavigationProperty,
    row: StoredRow | undefined,
    tied: ReadonlyMap<string, string | null>,
    draft: Record<string, Value>,
  ): void {
    if (!navigation.owning) throw badReference(navigation, 'It is set from the other side.');
    for (const { column, targetColumn } of navigation.join) {
      const value = row?.columns.get(targetColumn) ?? null;
      const property = [...this.type.properties.values()].find(
        ({ source }) => source.kind === 'column' && source.column === column,
      );
      if (tied.has(column)) {
        if (tied.get(column) !== value) throw badReference(navigation, 'It contradicts the URL.');
      } else if (property && !property.computed) draft[property.name] = value;
      else throw badReference(navigation, 'It cannot be changed.');
    }
  }
}

const badReference = ({ name }: NavigationProperty, reason: string, cause?: unknown): ODataError =>
  odataError(
    'Internal_InvalidTableRelation',
    { message: `The link "${name}" cannot be set. ${reason}` },
    { target: name, cause },
  );

/** The values of a draft that have a column. */
export function draftColumns(
  type: EntityType,
  draft: Readonly<Record<string, Value | undefined>>,
): Map<string, ColumnValue> {
  const columns = new Map<string, ColumnValue>();
  for (const [path, value] of Object.entries(draft)) {
    const found = value === undefined ? undefined : leaf(type, path);
    if (found) columns.set(found.column, { type: sqlType(found.property), value: sqlValue(value ?? null) });
  }
  return columns;
}

/** The key of a row as a condition. */
export function keyColumns({ key }: EntityType, { columns }: StoredRow): Map<string, ColumnValue> {
  const values = new Map<string, ColumnValue>();
  for (const property of key) {
    if (property.source.kind !== 'column') throw new Error(`The key property ${property.name} has no column`);
    values.set(property.source.column, { type: sqlType(property), value: columns.get(property.source.column) ?? null });
  }
  return values;
}

/** Runs a rule; what it throws at once comes as a rejection, too. */
export const ruling = async (rule: () => void | Promise<void>): Promise<void> => rule();

/** Times that a write is tried when PostgreSQL ends it because of another one. */
const ATTEMPTS = 3;

/** Tries again what was ended by a deadlock or a serialization failure: nothing of it has happened. */
export async function retrying<T>(
  { database }: Pick<WriteContext, 'database'>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (attempt === ATTEMPTS || database.isShared === true || !isCollision(error)) throw error;
    }
  }
}

function isCollision(error: unknown): boolean {
  if (!(error instanceof ODataError) || error.code !== 'Conflict') return false;
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === '40001' || code === '40P01';
}
