/** What rules cause beside their own write: records touched, counters begun, statements of the domain. It goes out with the write. */
import type { EntityType } from '../model/model';
import type { Call } from './database';
import type { CounterTable, SeriesStart } from './rules';
import { callWith, type NamedStatement } from './statement';
import { parameterText } from './array-text';
import { startSeriesCall, updateCall, type ColumnValue } from './write-sql';

/** A number of a counter: what stands before it, and at least so many digits. */
export const numberText = ([prefix, number, digits]: readonly (string | null)[]): string =>
  (prefix ?? '') + (number ?? '').padStart(Number(digits), '0');

/** A counter that the request itself makes. */
export class StartedSeries {
  /** The number that is drawn next. */
  next = 1;

  constructor(readonly start: SeriesStart) {}

  peek(): string {
    return numberText([this.start.prefix, String(this.next), String(this.start.digits)]);
  }

  draw(): string {
    const number = this.peek();
    this.next += 1;
    return number;
  }
}

interface Touch {
  readonly type: EntityType;
  readonly key: ReadonlyMap<string, ColumnValue>;
}

/** The effects of one request. */
export class Effects {
  private readonly touches = new Map<string, Touch>();
  private readonly started: StartedSeries[] = [];
  /** What each statement is asked with. */
  private readonly asked = new Map<NamedStatement, Readonly<Record<string, string | null>>[]>();

  constructor(
    private readonly partition: string | null,
    private readonly counters: CounterTable | undefined,
  ) {}

  /** Raises version and time of a record, once however often it is asked for. */
  touch(type: EntityType, key: ReadonlyMap<string, ColumnValue>): void {
    this.touches.set(touchedBy(type, key), { type, key });
  }

  start(series: StartedSeries): void {
    this.started.push(series);
  }

  /** Runs a statement once for all who ask: each of its parameters is the list of their values. */
  together(statement: NamedStatement, values: Readonly<Record<string, string | null>>): void {
    const before = this.asked.get(statement);
    if (before) before.push(values);
    else this.asked.set(statement, [values]);
  }

  /** The counter that the request makes for a record. */
  series(owner: string): StartedSeries | undefined {
    return this.started.find(({ start }) => start.owner === owner);
  }

  /** The statements. What the request writes anyway need not be touched. */
  calls(written: readonly Touch[]): readonly Call[] {
    const raised = new Set(this.touches.size > 0 ? written.map(({ type, key }) => touchedBy(type, key)) : []);
    const touching = [...this.touches]
      .filter(([name]) => !raised.has(name))
      .map(([, { type, key }]) => updateCall(type, this.confined(type, key), new Map()));
    return [...touching, ...this.started.map((series) => this.startCall(series)), ...this.askedCalls()];
  }

  private askedCalls(): readonly Call[] {
    return [...this.asked].map(([{ statement }, rows]) => {
      const names = Object.keys(rows[0] ?? {});
      return callWith(statement, Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)])));
    });
  }

  private confined({ partition }: EntityType, key: ReadonlyMap<string, ColumnValue>): ReadonlyMap<string, ColumnValue> {
    if (!partition) return key;
    return new Map([[partition.column, { type: partition.databaseType, value: this.partition }], ...key]);
  }

  private startCall({ start: { code, owner, prefix, digits }, next }: StartedSeries): Call {
    const { counters } = this;
    if (!counters) throw new Error('The rules have no table of counters');
    return startSeriesCall(
      counters,
      new Map<string, ColumnValue>([
        [counters.partition, { type: 'uuid', value: this.partition }],
        [counters.code, { type: 'text', value: code }],
        [counters.owner, { type: 'uuid', value: owner }],
        [counters.prefix, { type: 'text', value: prefix }],
        [counters.next, { type: 'int4', value: String(next) }],
        [counters.digits, { type: 'int4', value: String(digits) }],
      ]),
    );
  }
}

const touchedBy = ({ name }: EntityType, key: ReadonlyMap<string, ColumnValue>): string =>
  [name, ...[...key].map(([column, { value }]) => `${column}=${parameterText(value)}`)].join('\n');
