/** What rules ask for, answered: each question becomes a lookup of the flight of its tick. */
import type { EntityType, Model } from '../model/model';
import { canonicalDecimal } from '../payload/decimal';
import type { Step } from '../plan/plan';
import type { Bindings } from '../sql';
import type { Call } from './database';
import type { Flight } from './flight';
import {
  drawStatement,
  lookupBindings,
  lookupProperty,
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
  type Row,
  type RuleContext,
  type ScalarName,
  type Series,
  type SeriesStart,
  type Where,
} from './rules';
import { leaf, sqlType, sqlValue, typedValue, type StoredRow } from './stored-row';
import { startSeriesCall, updateCall, type ColumnValue } from './write-sql';

/** What the context of a write's rules needs of that write. */
export interface RuleSurroundings {
  readonly model: Model;
  readonly bindings: Bindings;
  readonly parentSteps: readonly Step[];
  readonly parent: Promise<StoredRow> | undefined;
  readonly counters: CounterTable | undefined;
  readonly now: Date;
}

const typesByClass = new WeakMap<Model, ReadonlyMap<EntityClass, EntityType>>();

function typeOf(model: Model, entity: EntityClass): EntityType {
  const known =
    typesByClass.get(model) ??
    new Map<EntityClass, EntityType>([...model.entityTypes.values()].map((type) => [type.target, type]));
  typesByClass.set(model, known);
  const type = known.get(entity);
  if (!type) throw new Error(`${entity.name} is not part of the model`);
  return type;
}

/** The context of one write's rules. */
export class WriteRuleContext implements RuleContext {
  /** Statements that rules cause; they go with the write. */
  readonly effects: Call[] = [];

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
    const { parent, parentSteps, model } = this.surroundings;
    if (!parent || parentSteps.at(-1)?.range.type !== typeOf(model, entity))
      throw new Error(`${entity.name} is not the parent of this write`);
    // The class that the values are typed by is the one that the model was made of.
    return (await parent).values as Row<T>;
  }

  async find<T extends object, K extends ScalarName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<Pick<Row<T>, K> | undefined> {
    const [first] = await this.records(entity, where, pick, 1, order);
    return first;
  }

  list<T extends object, K extends ScalarName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    limit: number,
    order?: ScalarName<T> | `-${ScalarName<T>}`,
  ): Promise<readonly Pick<Row<T>, K>[]> {
    return this.records(entity, where, pick, limit, order);
  }

  private async records<T extends object, K extends ScalarName<T>>(
    entity: EntityClass<T>,
    where: Where<T>,
    pick: readonly K[],
    limit: number,
    order?: string,
  ): Promise<readonly Pick<Row<T>, K>[]> {
    const type = typeOf(this.surroundings.model, entity);
    const answer = await this.flight.look(recordsLookup(type, where as Conditions, pick, limit, order));
    const rows = JSON.parse(answer ?? '[]') as readonly (readonly (string | null)[])[];
    return rows.map(
      (row) =>
        Object.fromEntries(
          pick.map((name, index) => [name, typedValue(lookupProperty(type, name), row[index] ?? null)]),
        ) as Pick<Row<T>, K>,
    );
  }

  async sum<T extends object>(entity: EntityClass<T>, where: Where<T>, property: ScalarName<T>): Promise<string> {
    const answer =
      (await this.flight.look(sumLookup(typeOf(this.surroundings.model, entity), where as Conditions, property))) ??
      '0';
    const number = canonicalDecimal(answer);
    return 'text' in number ? number.text : answer;
  }

  async peek(series: Series): Promise<string | undefined> {
    const answer = await this.flight.look(peekLookup(this.counters, series));
    return answer === null ? undefined : numberText(JSON.parse(answer) as readonly string[]);
  }

  async next(series: Series): Promise<string | undefined> {
    const { bindings, parentSteps } = this.surroundings;
    const statement = drawStatement(this.counters, series, parentSteps);
    const value = 'code' in series ? series.code : series.owner;
    const drawn = lookupBindings([{ values: value === parentKey ? [] : [value] }], bindings);
    const [row] = await this.flight.rows({ statement, values: statement.slots.map((slot) => slot(drawn)) });
    return row && numberText(row);
  }

  startSeries({ code, owner, prefix, digits }: SeriesStart): void {
    const { partition, ...columns } = this.counters;
    this.effects.push(
      startSeriesCall(
        this.counters,
        new Map<string, ColumnValue>([
          [partition, { type: 'uuid', value: this.surroundings.bindings.partition }],
          [columns.code, { type: 'text', value: code }],
          [columns.owner, { type: 'uuid', value: owner }],
          [columns.prefix, { type: 'text', value: prefix }],
          [columns.digits, { type: 'int4', value: String(digits) }],
        ]),
      ),
    );
  }

  touch<T extends object>(entity: EntityClass<T>, key: Partial<Row<T>>): void {
    const type = typeOf(this.surroundings.model, entity);
    const { partition } = this.surroundings.bindings;
    const columns = new Map<string, ColumnValue>();
    if (type.partition) columns.set(type.partition.column, { type: type.partition.databaseType, value: partition });
    for (const [name, value] of Object.entries(key as Record<string, string>)) {
      const found = leaf(type, name);
      if (!found) throw new Error(`The property ${name} of ${type.name} has no column`);
      columns.set(found.column, { type: sqlType(found.property), value: sqlValue(value) });
    }
    this.effects.push(updateCall(type, columns, new Map()));
  }

  private get counters(): CounterTable {
    const { counters } = this.surroundings;
    if (!counters) throw new Error('The rules have no table of counters');
    return counters;
  }
}

const numberText = ([prefix, number, digits]: readonly (string | null)[]): string =>
  (prefix ?? '') + (number ?? '').padStart(Number(digits), '0');
