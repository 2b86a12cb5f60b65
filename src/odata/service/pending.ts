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

/** What lookups that differ in nothing but values have found among the first entities: each further one is looked at once, however many ask. */
interface Found {
  upTo: number;
  /** By the values that conditions ask for: the records in the order of the lookup, and their sum. */
  readonly records: Map<string, Values[]>;
  readonly sums: Map<string, string>;
  /** Keys of the stored records that are written. */
  readonly written: Set<string>;
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

  settledUpTo(count: number): Promise<unknown> {
    for (let next = this.settled.length; next <= count; next++)
      this.settled.push(Promise.all([this.settled[next - 1], this.entities[next - 1]?.settled]));
    return this.settled[count] ?? Promise.resolve();
  }

  /** What lookups find among the first entities, all settled. `take` adds an entity to what was found before it. */
  among(key: string, count: number, take: (found: Found, entity: PendingEntity) => void): Found {
    const known = this.found.get(key);
    const found = known && known.upTo <= count ? known : nothingFound();
    this.found.set(key, found);
    for (; found.upTo < count; found.upTo++) {
      const entity = this.entities[found.upTo];
      if (entity) take(found, entity);
    }
    return found;
  }
}

const nothingFound = (): Found => ({ upTo: 0, records: new Map(), sums: new Map(), written: new Set() });

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
    const { equal, above, paths, isNone } = testsOf(conditions);
    const most = above.length > 0 ? Infinity : limit;
    const key = JSON.stringify([type.name, most, order, paths]);
    const compare = order === undefined ? undefined : comparing(order);
    const { records, written } = this.turns.among(key, this.count, (found, { type: own, before, after }) => {
      if (own !== type) return;
      if (before) found.written.add(keyText(type, before));
      if (after) insert(found.records, textOf(paths, after), after, compare, most);
    });
    const met = isNone ? [] : (records.get(JSON.stringify(equal)) ?? []);
    const own = above.length === 0 ? met.slice(0, limit) : firstAbove(met, above, order, limit);
    const kept = written.size > 0 ? stored.filter((values) => !written.has(keyText(type, values))) : stored;
    if (kept.length === 0) return own;
    const all = [...kept, ...own];
    return (compare ? all.sort(compare) : all).slice(0, limit);
  }

  /** The sum of stored values with what the request makes of it: exact decimals. To be asked once they are settled. */
  sum(stored: string, conditions: Conditions, path: string): string {
    const { type } = this;
    const { equal, above, paths, isNone } = testsOf(conditions);
    const key = JSON.stringify(['sum', type.name, path, paths, above]);
    const { sums } = this.turns.among(key, this.count, (found, { type: own, before, after }) => {
      const add = (values: Values | undefined, sign: (text: string) => string): void => {
        if (own !== type || !values || !isAbove(values, above)) return;
        const at = textOf(paths, values);
        found.sums.set(at, addDecimals([found.sums.get(at) ?? '0', sign(String(values[path] ?? '0'))]));
      };
      add(after, (text) => text);
      add(before, negated);
    });
    const sum = isNone ? '0' : (sums.get(JSON.stringify(equal)) ?? '0');
    const total = canonicalDecimal(addDecimals([stored, sum]));
    return 'text' in total ? total.text : stored;
  }
}

/** What the conditions of a lookup ask of records. */
interface Tests {
  /** Values that properties have, by `paths`. */
  readonly equal: readonly unknown[];
  readonly paths: readonly string[];
  /** Values that properties are above. */
  readonly above: readonly (readonly [path: string, value: number])[];
  /** No record meets them: they name a parent whose key is not known. */
  readonly isNone: boolean;
}

function testsOf(conditions: Conditions): Tests {
  const equal: unknown[] = [];
  const paths: string[] = [];
  const above: (readonly [string, number])[] = [];
  let isNone = false;
  for (const [path, condition] of Object.entries(conditions)) {
    if (condition === undefined) continue;
    if (condition === parentKey) isNone = true;
    else if (condition instanceof Above) above.push([path, condition.value]);
    else {
      paths.push(path);
      equal.push(condition);
    }
  }
  return { equal, paths, above, isNone };
}

/** The values of a record at paths. */
const textOf = (paths: readonly string[], values: Values): string =>
  JSON.stringify(paths.map((path) => values[path] ?? null));

const isAbove = (values: Values, above: Tests['above']): boolean =>
  above.every(([path, value]) => Number(values[path] ?? -Infinity) > value);

type Comparing = (left: Values, right: Values) => number;

/** The first place from which on a test holds for all records. */
function firstPlace(records: readonly Values[], holds: (record: Values) => boolean): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const record = records[middle];
    if (record && holds(record)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Puts a record in its order among those of the same values, behind those that are like it; no more than so many are kept. */
function insert(
  all: Map<string, Values[]>,
  text: string,
  record: Values,
  compare: Comparing | undefined,
  most: number,
): void {
  const records = all.get(text) ?? [];
  all.set(text, records);
  const place = compare ? firstPlace(records, (one) => compare(one, record) > 0) : records.length;
  if (place >= most) return;
  records.splice(place, 0, record);
  if (records.length > most) records.pop();
}

/** The first of ordered records that are above values. In the order of the property that is asked for they stand together. */
function firstAbove(
  records: readonly Values[],
  above: Tests['above'],
  order: string | undefined,
  limit: number,
): readonly Values[] {
  const first = above.find(([path]) => path === order);
  const start = first ? firstPlace(records, (values) => isAbove(values, [first]) || values[first[0]] === null) : 0;
  const found: Values[] = [];
  for (let place = start; place < records.length && found.length < limit; place++) {
    const record = records[place];
    if (record && isAbove(record, above)) found.push(record);
  }
  return found;
}

const keyText = ({ key }: EntityType, values: Values): string =>
  key.map(({ name }) => String(values[name] ?? '')).join('\n');

/** As PostgreSQL sorts: null behind all values. */
function comparing(order: string): Comparing {
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
