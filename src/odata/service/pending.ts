/** What a request is about to write, seen by its rules as if it were stored already: the second new line of a journal knows the first. */
import { lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import { canonicalDecimal } from '../payload/decimal';
import type { Value } from '../payload/change';
import type { Conditions } from './lookup-sql';
import { Above, parentKey } from './rules';

/** The values of a record, by property path. */
export type Values = Readonly<Record<string, Value>>;

/** An entity that is written by the request. */
export interface PendingEntity {
  readonly operation: string;
  readonly type: EntityType;
  /** Resolves when its rules have run, whatever they said. */
  readonly settled: Promise<unknown>;
  /** What is stored; undefined for a new entity. Known when it is settled. */
  readonly before: Values | undefined;
  /** What will be stored; undefined when it is deleted or refused. Known when it is settled. */
  readonly after: Values | undefined;
}

/** The entities of one request, in the order in which their rules take turns. */
export class Pending {
  /** By the root of their hierarchy: of which derived type a record is may be found out later. */
  private readonly turns = new Map<EntityType, Turns>();
  private readonly newKeys = new Set<Value>();
  private count = 0;

  /** Adds an entity behind all others; `key` is given when it is new and its key is known. Returns its turn. */
  add(entity: PendingEntity, key?: string): number {
    if (key !== undefined) this.newKeys.add(key);
    const root = rootOf(entity.type);
    const turns = this.turns.get(root) ?? new Turns();
    this.turns.set(root, turns);
    turns.add(entity, this.count);
    return this.count++;
  }

  /** The entities of a type whose turn comes before the one at `position`; undefined where there are none. */
  before(position: number, type: EntityType): Earlier | undefined {
    const turns = this.turns.get(rootOf(type));
    const count = turns?.countBefore(position) ?? 0;
    return turns && count > 0 ? new Earlier(turns, type, count) : undefined;
  }

  /** True when entities of the type are written, before or behind whoever asks. */
  writes(type: EntityType): boolean {
    return this.turns.has(rootOf(type));
  }

  /** True when nothing that is stored can meet the conditions: they name an entity that is new. */
  isNew(conditions: Conditions): boolean {
    return this.newKeys.size > 0 && Object.values(conditions).some((value) => this.isNewKey(value));
  }

  /** True for the key of an entity that is not stored yet. */
  isNewKey(value: Conditions[string]): boolean {
    return typeof value === 'string' && this.newKeys.has(value);
  }
}

const rootOf = (type: EntityType): EntityType => lineage(type).at(-1) ?? type;

/** What a lookup has found among the first entities: each further one is looked at once, however many ask. */
interface Found {
  upTo: number;
  /** The first records in the order of the lookup, no more than it wants. */
  records: readonly Values[];
  sum: string;
}

/** The entities of one hierarchy, in turns. */
class Turns {
  private readonly entities: PendingEntity[] = [];
  private readonly positions: number[] = [];
  /** How many of the first entities are not new. */
  private readonly stored: number[] = [0];
  /** Resolves when the rules of the first entities have run. */
  private readonly settled: Promise<unknown>[] = [Promise.resolve()];
  private readonly found = new Map<string, Found>();

  add(entity: PendingEntity, position: number): void {
    this.entities.push(entity);
    this.positions.push(position);
    this.stored.push((this.stored.at(-1) ?? 0) + (entity.operation === 'create' ? 0 : 1));
  }

  countBefore(position: number): number {
    let [low, high] = [0, this.positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  storedAmong = (count: number): number => this.stored[count] ?? 0;

  first = (count: number, type: EntityType): readonly PendingEntity[] =>
    this.entities.slice(0, count).filter((entity) => entity.type === type);

  settledUpTo(count: number): Promise<unknown> {
    for (let next = this.settled.length; next <= count; next++)
      this.settled.push(Promise.all([this.settled[next - 1], this.entities[next - 1]?.settled]));
    return this.settled[count] ?? Promise.resolve();
  }

  /** What a lookup finds among the first entities, all new and settled. `take` adds an entity to what was found before it. */
  among(key: string, count: number, take: (found: Found, entity: PendingEntity) => void): Found {
    const known = this.found.get(key);
    const found: Found = known && known.upTo <= count ? known : { upTo: 0, records: [], sum: '0' };
    this.found.set(key, found);
    for (; found.upTo < count; found.upTo++) {
      const entity = this.entities[found.upTo];
      if (entity) take(found, entity);
    }
    return found;
  }
}

/** Entities of a type that have had their turn before. */
export class Earlier {
  constructor(
    private readonly turns: Turns,
    private readonly type: EntityType,
    private readonly count: number,
  ) {}

  /** How many stored records they may change or end, at most. */
  get storedCount(): number {
    return this.turns.storedAmong(this.count);
  }

  /** Resolves when their rules have run, whatever they said. */
  get settled(): Promise<unknown> {
    return this.turns.settledUpTo(this.count);
  }

  /** Stored records with those of the request in their place: changed, gone, new. To be asked once they are settled. */
  records(
    stored: readonly Values[],
    conditions: Conditions,
    limit: number,
    order: string | undefined,
  ): readonly Values[] {
    const { type } = this;
    const sorted = order === undefined ? (all: Values[]) => all : (all: Values[]) => all.sort(comparing(order));
    const meets = meeting(conditions);
    if (this.storedCount > 0) {
      const pending = this.turns.first(this.count, type);
      return sorted([...unwritten(type, stored, pending), ...afterOf(pending).filter(meets)]).slice(0, limit);
    }
    const key = `${type.name} ${limit} ${order ?? ''} ${keyOf(conditions)}`;
    const { records } = this.turns.among(key, this.count, (found, { type: own, after }) => {
      if (own === type && after && meets(after)) found.records = sorted([...found.records, after]).slice(0, limit);
    });
    return sorted([...stored, ...records]).slice(0, limit);
  }

  /** The sum of stored values with what the request makes of it: exact decimals. To be asked once they are settled. */
  sum(stored: string, conditions: Conditions, path: string): string {
    const { type } = this;
    const meets = meeting(conditions);
    const valueOf = (values: Values | undefined): string | undefined =>
      values && meets(values) ? String(values[path] ?? '0') : undefined;
    const key = `sum ${type.name} ${path} ${keyOf(conditions)}`;
    const { sum } = this.turns.among(key, this.count, (found, { type: own, before, after }) => {
      const [minus, plus] = own === type ? [valueOf(before), valueOf(after)] : [];
      if (plus !== undefined) found.sum = addDecimals([found.sum, plus]);
      if (minus !== undefined) found.sum = addDecimals([found.sum, negated(minus)]);
    });
    const total = canonicalDecimal(addDecimals([stored, sum]));
    return 'text' in total ? total.text : stored;
  }
}

/** Tells lookups apart. */
const keyOf = (conditions: Conditions): string =>
  JSON.stringify(
    Object.entries(conditions)
      .filter(([, value]) => value !== undefined)
      .map(([path, value]) => [path, value === parentKey ? { parent: true } : value]),
  );

/** The test whether values meet the conditions of a lookup. */
function meeting(conditions: Conditions): (values: Values) => boolean {
  const tests = Object.entries(conditions).filter(([, condition]) => condition !== undefined);
  return (values) =>
    tests.every(([path, condition]) => {
      const value = values[path] ?? null;
      if (condition instanceof Above) return typeof value === 'number' && value > condition.value;
      return condition !== parentKey && value === condition;
    });
}

const afterOf = (pending: readonly PendingEntity[]): readonly Values[] =>
  pending.flatMap(({ after }) => (after ? [after] : []));

/** Stored records that the request does not write. */
function unwritten(type: EntityType, stored: readonly Values[], pending: readonly PendingEntity[]): readonly Values[] {
  const written = new Set(pending.flatMap(({ before }) => (before ? [keyText(type, before)] : [])));
  return stored.filter((values) => !written.has(keyText(type, values)));
}

const keyText = ({ key }: EntityType, values: Values): string =>
  key.map(({ name }) => String(values[name] ?? '')).join('\n');

/** As PostgreSQL sorts: null behind all values. */
function comparing(order: string): (left: Values, right: Values) => number {
  const path = order.replace(/^-/, '');
  const sign = order.startsWith('-') ? -1 : 1;
  return (left, right) => sign * compare(left[path] ?? null, right[path] ?? null);
}

function compare(left: Value, right: Value): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? 1 : -1;
  return left < right ? -1 : 1;
}

const negated = (text: string): string => (text.startsWith('-') ? text.slice(1) : `-${text}`);

/** The exact sum of decimal texts without exponents. */
function addDecimals(texts: readonly string[]): string {
  const scale = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0));
  const units = texts.map((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(scale, '0'));
  });
  const sum = units.reduce((total, unit) => total + unit, 0n);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sum < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}
