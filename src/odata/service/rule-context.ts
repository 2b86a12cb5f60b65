/** What rules ask for, answered: each question becomes a lookup of the flight of its tick. */
import type { EntityType, Model } from '../model/model';
import type { Value } from '../payload/change';
import { canonicalDecimal } from '../payload/decimal';
import type { Step } from '../plan/plan';
import { bound, type Bindings } from '../sql';
import type { Flight } from './flight';
import {
  drawStatement,
  lookupBindings,
  foundValue,
  peekLookup,
  recordsLookup,
  sumLookup,
  type Conditions,
  type SqlLookup,
} from './lookup-sql';
import {
  parentKey,
  type CounterTable,
  type EntityClass,
  type Found,
  type PickName,
  type Row,
  type RuleContext,
  type ScalarName,
  type Series,
  type SeriesStart,
  type Where,
} from './rules';
import type { Earlier, Pending, Values } from './pending';
import type { NamedStatement } from './statement';
import { leaf, sqlType, sqlValue } from './stored-row';
import type { ColumnValue } from './write-sql';
import { numberText, StartedSeries, type Effects } from './effects';

/** What the context of a write's rules needs of that write. */
interface RuleSurroundings {
  readonly model: Model;
  readonly bindings: Bindings;
  /** The way to the parent, when the URL leads there. */
  readonly parentSteps: readonly Step[];
  readonly parentType: EntityType | undefined;
  readonly parent: (() => Promise<Values>) | undefined;
  /** The parent's key, where it is known without asking. */
  readonly parentKey: string | undefined;
  readonly counters: CounterTable | undefined;
  readonly now: Date;
  /** What the same request writes, and the turn that these rules have among it. */
  readonly pending: Pending;
  readonly position: number;
  /** What the rules cause beside their own write. */
  readonly effects: Effects;
}

/** Which records are looked for, what of them, how many, in which order. */
interface RecordsLookup {
  readonly where: Conditions;
  readonly pick: readonly string[];
  readonly limit: number;
  readonly order: string | undefined;
}

const typesByClass = new WeakMap<Model, ReadonlyMap<EntityClass, EntityType>>();

/** The type that a class has become. */
export function typeOfClass(model: Model, entity: EntityClass): EntityType {
  const known =
    typesByClass.get(model) ??
    new Map<EntityClass, EntityType>([...model.entityTypes.values()].map((type) => [type.target, type]));
  typesByClass.set(model, known);
  const type = known.get(entity);
  if (!type) throw new Error(`${entity.name} is not part of the model`);
  return type;
}

/** Equal lookups have one answer: its records are made once. */
const recordsOf = new WeakMap<Promise<string | null>, Promise<readonly Values[]>>();

function foundRecords(type: EntityType, pick: readonly string[], text: string | null): readonly Values[] {
  const rows = JSON.parse(text ?? '[]') as readonly (readonly (string | null)[])[];
  return rows.map((row) =>
    Object.fromEntries(pick.map((name, index) => [name, foundValue(type, name, row[index] ?? null)])),
  );
}

/** The context of one write's rules. */
export class WriteRuleContext implements RuleContext {
  constructor(
    private readonly surroundings: RuleSurroundings,
    private readonly flight: Flight<SqlLookup>,
  ) {}

  get now(): Date {
    return this.surroundings.now;
  }

  get today(): string {
    return this.now.toISOString().slice(0, 10);
  }

  async parent<T extends object>(entity: EntityClass<T>): Promise<Row<T>> {
    const { parent, parentType, model } = this.surroundings;
    if (!parent || parentType !== typeOfClass(model, entity))
      throw new Error(`${entity.name} is not the parent of this write`);
    // The class that the values are typed by is the one that the model was made of.
    return (await parent()) as Row<T>;
  }

  async find<T extends object, K extends PickName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<Found<T, K> | undefined> {
    const [first] = await this.records(entity, where, pick, 1, order);
    return first;
  }

  list<T extends object, K extends PickName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    limit: number,
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<readonly Found<T, K>[]> {
    return this.records(entity, where, pick, limit, order);
  }

  private async records<T extends object, K extends PickName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    limit: number,
    order?: string,
  ): Promise<readonly Found<T, K>[]> {
    const type = typeOfClass(this.surroundings.model, entity);
    const conditions = this.known(where as Conditions);
    const lookup: RecordsLookup = { where: conditions, pick, limit, order };
    const earlier = this.earlier(type);
    const rows = earlier ? await this.withEarlier(type, lookup, earlier) : await this.stored(type, lookup);
    // What the rules see of a record is no more than they have picked; only what is behind it is not among its values.
    if (!pick.some((name) => type.joins.has(name))) return rows as readonly Found<T, K>[];
    return rows.map(
      (row) => Object.fromEntries(pick.map((name) => [name, this.found(type, row, name)])) as Found<T, K>,
    );
  }

  /** A value, or whether anything is behind a navigation: unknown where the request writes what could be. */
  private found(type: EntityType, row: Values, name: string): Value {
    const navigation = type.joins.get(name);
    return navigation && this.surroundings.pending.writes(navigation.target) ? null : (row[name] ?? null);
  }

  /** Entities of the request whose rules have had their turn before. */
  private earlier(type: EntityType): Earlier | undefined {
    return this.surroundings.pending.before(this.surroundings.position, type);
  }

  private known(where: Conditions): Conditions {
    const { parentKey: key } = this.surroundings;
    if (key === undefined) return where;
    return Object.fromEntries(Object.entries(where).map(([path, value]) => [path, value === parentKey ? key : value]));
  }

  private async stored(type: EntityType, { where, pick, limit, order }: RecordsLookup): Promise<readonly Values[]> {
    if (this.surroundings.pending.isNew(where)) return [];
    const answer = this.flight.look(recordsLookup(type, where, pick, limit, order));
    const made = recordsOf.get(answer) ?? answer.then((text) => foundRecords(type, pick, text));
    recordsOf.set(answer, made);
    return made;
  }

  /** The conditions with the parent's key in them, when its row is there. */
  private async withParentKey(where: Conditions): Promise<Conditions> {
    if (!Object.values(where).includes(parentKey)) return where;
    const { parent, parentType } = this.surroundings;
    const name = parentType?.key.length === 1 ? parentType.key[0]?.name : undefined;
    const key = name === undefined ? undefined : (await parent?.())?.[name];
    return Object.fromEntries(Object.entries(where).map(([path, value]) => [path, value === parentKey ? key : value]));
  }

  /** The stored records and those of the request; more are read where some of them may be replaced. */
  private async withEarlier(
    type: EntityType,
    { where, pick, limit, order }: RecordsLookup,
    earlier: Earlier,
  ): Promise<readonly Values[]> {
    const wanted = new Set([...pick, ...type.key.map(({ name }) => name), ...(order ? [order.replace(/^-/, '')] : [])]);
    const [stored, conditions] = await Promise.all([
      this.stored(type, { where, pick: [...wanted], limit: limit + earlier.storedCount, order }),
      this.withParentKey(where),
      earlier.settled,
    ]);
    return earlier.records(stored, conditions, limit, order);
  }

  async sum<T extends object>(entity: EntityClass<T>, where: Where<T>, property: ScalarName<T>): Promise<string> {
    const type = typeOfClass(this.surroundings.model, entity);
    const conditions = this.known(where as Conditions);
    const earlier = this.earlier(type);
    const [stored, met] = await Promise.all([
      this.surroundings.pending.isNew(conditions) ? '0' : this.flight.look(sumLookup(type, conditions, property)),
      this.withParentKey(conditions),
      earlier?.settled,
    ]);
    const number = canonicalDecimal(stored ?? '0');
    const sum = 'text' in number ? number.text : '0';
    return earlier ? earlier.sum(sum, met, property) : sum;
  }

  async peek(series: Series): Promise<string | undefined> {
    const started = await this.startedSeries(series);
    if (started) return started.peek();
    const answer = await this.flight.look(peekLookup(this.counters, this.knownSeries(series)));
    return answer === null ? undefined : numberText(JSON.parse(answer) as readonly string[]);
  }

  async next(series: Series): Promise<string | undefined> {
    const started = await this.startedSeries(series);
    if (started) return started.draw();
    const { bindings, parentSteps } = this.surroundings;
    const known = this.knownSeries(series);
    const statement = drawStatement(this.counters, known, parentSteps);
    const value = 'code' in known ? known.code : known.owner;
    const drawn = lookupBindings([{ values: value === parentKey ? [] : [value] }], bindings);
    const [row] = await this.flight.rows(bound(statement, drawn));
    return row && numberText(row);
  }

  private knownSeries(series: Series): Series {
    const { parentKey: key } = this.surroundings;
    return 'owner' in series && series.owner === parentKey && key !== undefined ? { owner: key } : series;
  }

  /** The counter of an entity that is new itself. */
  private async startedSeries(series: Series): Promise<StartedSeries | undefined> {
    const known = this.knownSeries(series);
    const { pending, parent, effects } = this.surroundings;
    if (!('owner' in known) || known.owner === parentKey || !pending.isNewKey(known.owner)) return undefined;
    await parent?.();
    return effects.series(known.owner);
  }

  startSeries(start: SeriesStart): void {
    this.surroundings.effects.start(new StartedSeries(start));
  }

  touch<T extends object>(entity: EntityClass<T>, key: Partial<Row<T>>): void {
    const type = typeOfClass(this.surroundings.model, entity);
    const columns = new Map<string, ColumnValue>();
    for (const [name, value] of Object.entries(key as Record<string, string>)) {
      const found = leaf(type, name);
      if (!found) throw new Error(`The property ${name} of ${type.name} has no column`);
      columns.set(found.column, { type: sqlType(found.property), value: sqlValue(found.property, value) });
    }
    this.surroundings.effects.touch(type, columns);
  }

  together(statement: NamedStatement, values: Readonly<Record<string, string | null>>): void {
    this.surroundings.effects.together(statement, values);
  }

  private get counters(): CounterTable {
    const { counters } = this.surroundings;
    if (!counters) throw new Error('The rules have no table of counters');
    return counters;
  }
}
