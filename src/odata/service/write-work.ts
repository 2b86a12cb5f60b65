/** The writes of one request inside their transaction: what they read and lock, and what they send together at the end. */
import { tableOf } from '../compile/source';
import { odataError, ODataError, throwTogether } from '../error';
import type { EntityType, Model } from '../model/model';
import type { Change } from '../payload/change';
import { inTurns, Turns, type Steps } from '../payload/turns';
import type { Step, Target } from '../plan/plan';
import { bound, extraSlot, forEachOf, param, prepare, sql, type Bindings } from '../sql';
import type { Call, Transaction } from './database';
import { Effects } from './effects';
import { EntityWrite, type Operation, type Origin } from './entity-write';
import { Flight } from './flight';
import { partitionedBindings, type SqlLookup } from './lookup-sql';
import { compileLookups } from './lookup-statement';
import { Pending, type Values } from './pending';
import { isRefusal, refusalsOf } from './refusals';
import { WriteRuleContext } from './rule-context';
import type { EntityRules } from './rules';
import { rowColumns, storedRow, type StoredRow } from './stored-row';
import { isFiltered, targetQuestion, type RowLock } from './target-sql';
import type { Question } from './together';
import type { TextRow } from './wire-row';
import type { ItemPlaces, Reference, WriteContext, Written } from './write-context';
import { contentIdsOf } from './content-ids';
import { contradicted, linkCalls, type LinkWrite } from './link-table';
import { located, writeCalls } from './write-calls';

const draw = sql`select nextval(pg_get_serial_sequence(${param(extraSlot('table'), 'text')}, ${param(extraSlot('column'), 'text')}))::text`;
const drawing = prepare(draw);
const drawingMany = prepare(forEachOf(draw));

const parents = new WeakMap<readonly Step[], readonly Step[]>();

/** The steps before the last one; the same list for the same target, so that statements can be kept for it. */
export function parentSteps({ steps }: Pick<Target, 'steps'>): readonly Step[] {
  const found = parents.get(steps);
  if (found) return found;
  const made = steps.slice(0, -1);
  parents.set(steps, made);
  return made;
}

/** What one attempt at a request reads, asks and sends. */
export class Work {
  readonly bindings: Bindings;
  readonly effects: Effects;
  /** What conditions of the path have left, while nothing is changed. */
  places: ItemPlaces = {};
  private readonly pending = new Pending();
  private readonly writes: EntityWrite[] = [];
  private readonly links: (LinkWrite | undefined)[] = [];
  private readonly refusals: ODataError[] = [];
  /** Rows on their way: nothing changes them before everything is sent. */
  private readonly read: { steps: readonly Step[]; lock: RowLock | undefined; row: Promise<StoredRow> }[] = [];
  private readonly turns = new Turns();
  private readonly flight: Flight<SqlLookup>;
  private readonly started: Date;

  constructor(
    private readonly context: WriteContext,
    private readonly target: Target,
    private readonly transaction: Transaction,
  ) {
    this.bindings = partitionedBindings(target.steps, context.bindings);
    this.effects = new Effects(this.bindings.partition, context.rules.counters);
    this.started = context.now?.() ?? new Date();
    this.flight = new Flight(transaction, this.turns, (lookups) =>
      compileLookups(lookups, parentSteps(target), this.bindings),
    );
  }

  get model(): Model {
    return this.context.model;
  }

  /** The most members that `/$each` may stand for. */
  get maxEach(): number {
    return this.context.settings.maxEach;
  }

  /** The rules of a type. */
  rulesOf({ target }: EntityType): EntityRules {
    return this.context.rules.of(target);
  }

  /** Adds an entity to what is written; its rules have their turn after those that were added before. */
  add(
    operation: Operation,
    change: Change,
    origin: Origin,
    path: string,
    prepared?: (write: EntityWrite) => void,
  ): EntityWrite {
    const write = new EntityWrite(operation, this.rulesOf(change.type), change, origin, path);
    prepared?.(write);
    const before = [...write.referred.values(), ...(origin.kind === 'under' ? [origin.parent] : [])];
    write.level = 1 + Math.max(-1, ...before.map(({ level }) => level));
    write.position = this.pending.add(write, operation === 'create' ? newKeyOf(write) : undefined);
    this.writes.push(write);
    return write;
  }

  /** Makes or ends a link in a table between two entities, once both are there. */
  link(link: LinkWrite): void {
    this.links.push(link);
  }

  /** The same for a link that is known later: it keeps its place among the others. */
  linkLater(): (link: LinkWrite) => void {
    const place = this.links.push(undefined) - 1;
    return (link) => {
      this.links[place] = link;
    };
  }

  private get knownLinks(): readonly LinkWrite[] {
    return this.links.filter((link) => link !== undefined);
  }

  /** Adds what a part of the body asks for; what it refuses is told together with everything else. */
  *attempt<T>(adding: Steps<readonly T[]>): Steps<readonly T[]> {
    try {
      return yield* adding;
    } catch (error) {
      if (!(error instanceof ODataError) || !isRefusal(error)) throw error;
      this.refusals.push(...(error.details.length > 0 ? error.details : [error]));
      return [];
    }
  }

  /** The row that steps lead to, locked; throws 404 without one. */
  row(steps: readonly Step[], lock: RowLock | undefined): Promise<StoredRow> {
    const known = this.read.find((one) => one.steps === steps && one.lock === lock);
    if (known) return known.row;
    const row = this.readRow(steps, lock);
    this.read.push({ steps, lock, row });
    return row;
  }

  private async readRow(steps: readonly Step[], lock: RowLock | undefined): Promise<StoredRow> {
    const type = steps.at(-1)?.range.type ?? this.target.range.type;
    const read = (how: RowLock | undefined) =>
      this.flight.rows(targetQuestion(steps, rowColumns(type), how, this.bindings));
    const [found] = await read(lock);
    // Another request may have changed it until it was locked.
    const [row] = found && lock && isFiltered(steps) ? await read(undefined) : [found];
    if (!row) throw odataError('Internal_RecordNotFound', { message: 'The record does not exist.' });
    return storedRow(type, row);
  }

  /** The rows of a statement made for one type. */
  async rows(type: EntityType, call: Question): Promise<readonly StoredRow[]> {
    const rows = await this.flight.rows(call);
    return rows.length > 1 ? inTurns(storedRows(type, rows)) : rows.map((row) => storedRow(type, row));
  }

  /** The values of a statement's first row. */
  async texts(call: Question): Promise<readonly (string | null)[]> {
    const [row = []] = await this.flight.rows(call);
    return row;
  }

  /** The first of them. */
  async text(call: Question): Promise<string | null> {
    const [first = null] = await this.texts(call);
    return first;
  }

  /** The row behind an id of the body; undefined when there is none. */
  async referenced(type: EntityType, { target, bindings }: Reference, lock?: RowLock): Promise<StoredRow | undefined> {
    const partitioned = { ...partitionedBindings(target.steps, bindings), partition: this.bindings.partition };
    const [row] = await this.rows(type, targetQuestion(target.steps, rowColumns(type), lock, partitioned));
    return row;
  }

  /** True when a statement finds anything. */
  async finds(call: Question): Promise<boolean> {
    return (await this.flight.rows(call)).length > 0;
  }

  /** The next number of a column that counts. */
  async next(type: EntityType, column: string): Promise<string> {
    const extra = { table: prepare(tableOf(type)).text, column };
    return (await this.text({ ...bound(drawing, { ...this.bindings, extra }), ofMany: () => drawingMany })) ?? '';
  }

  /** What an id of the body stands for. */
  resolve(reference: string): Reference {
    return this.context.resolve(reference);
  }

  /** The answer of a lookup. */
  look(lookup: SqlLookup): Promise<string | null> {
    return this.flight.look(lookup);
  }

  /** What the rules of a write see. `parent` is the row that the URL leads to, when it is being read. */
  ruleContext(write: EntityWrite, parent?: Promise<StoredRow>): WriteRuleContext {
    const { model, rules } = this.context;
    const { origin, position } = write;
    const steps = parentSteps(this.target);
    const isBelow = origin.kind === 'under';
    return new WriteRuleContext(
      {
        model,
        bindings: this.bindings,
        parentSteps: steps,
        parentType: isBelow ? origin.parent.type : steps.at(-1)?.range.type,
        parent: isBelow ? () => valuesOf(origin.parent) : parent && (async () => (await parent).values),
        parentKey: isBelow ? keyTextOf(origin.parent) : undefined,
        counters: rules.counters,
        now: this.started,
        pending: this.pending,
        position,
        effects: this.effects,
      },
      this.flight,
    );
  }

  /** Where much may go on at once, whoever does so then is to await the next turn. */
  get isTurnOver(): boolean {
    return this.turns.isOver;
  }

  nextTurn(): Promise<void> {
    return this.turns.next();
  }

  /** Runs all rules; throws one error that names everything they refuse. */
  async settle(): Promise<void> {
    for (const write of this.writes) {
      write.begin();
      await this.turns.between();
    }
    const outcomes = await Promise.allSettled(this.writes.map(({ outcome }) => outcome));
    this.turns.begin();
    throwTogether([...this.refusals, ...(await inTurns(refusalsOf(this.writes, outcomes)))]);
    throwTogether(await inTurns(contradicted(this.knownLinks)));
  }

  /** Sends the writes, the effects of their rules and the reading of the answer, and commits: one round trip. */
  async finish(root: Pick<Written, 'key' | 'etag'>): Promise<Written> {
    const readBack = this.context.readBack?.(root.key, this.places);
    await this.send(readBack ? [readBack] : []);
    return { ...root, contentIds: contentIdsOf(this.writes) };
  }

  /** The same for several answers, or none. */
  async send(readBacks: readonly Call[]): Promise<void> {
    this.flight.close();
    const calls = [
      ...(await inTurns(writeCalls(this.writes))),
      ...(await inTurns(linkCalls(this.knownLinks))),
      ...this.effects.calls(this.writes),
    ];
    try {
      await this.transaction.finish([...calls, ...readBacks]);
    } catch (error) {
      throw located(error, this.writes);
    }
  }
}

function* storedRows(type: EntityType, rows: readonly TextRow[]): Steps<readonly StoredRow[]> {
  const stored: StoredRow[] = [];
  for (const row of rows) {
    yield;
    stored.push(storedRow(type, row));
  }
  return stored;
}

async function valuesOf(write: EntityWrite): Promise<Values> {
  await write.settled;
  return write.values;
}

/** The key of a new entity that is known before its rules have run. */
function newKeyOf({ type: { key }, draft }: EntityWrite): string | undefined {
  const [property] = key;
  const value = property && key.length === 1 && property.computed ? draft[property.name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function keyTextOf({ type: { key }, values }: EntityWrite): string | undefined {
  const [property] = key;
  const value = property && key.length === 1 ? values[property.name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
