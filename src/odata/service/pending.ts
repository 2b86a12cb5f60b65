/** What a request is about to write, seen by its rules as if it were stored already: the second new line of a journal knows the first. */
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
  private readonly entities: PendingEntity[] = [];
  private readonly newKeys = new Set<Value>();

  /** Adds an entity behind all others; `key` is given when it is new and its key is known. */
  add(entity: PendingEntity, key?: string): number {
    if (key !== undefined) this.newKeys.add(key);
    return this.entities.push(entity) - 1;
  }

  /** The entities of a type whose turn comes before the one at `position`. */
  before(position: number, type: EntityType): readonly PendingEntity[] {
    return this.entities.filter((entity, index) => index < position && entity.type === type);
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

/** True when values meet the conditions of a lookup. */
export const meets = (values: Values, conditions: Conditions): boolean =>
  Object.entries(conditions).every(([path, condition]) => {
    const value = values[path] ?? null;
    if (condition === undefined) return true;
    if (condition instanceof Above) return typeof value === 'number' && value > condition.value;
    return condition !== parentKey && value === condition;
  });

const keyText = ({ key }: EntityType, values: Values): string =>
  key.map(({ name }) => String(values[name] ?? '')).join('\n');

/** Stored records with those of the request in their place: changed, gone, new. */
export function merged(
  type: EntityType,
  stored: readonly Values[],
  pending: readonly PendingEntity[],
  conditions: Conditions,
  order: string | undefined,
): readonly Values[] {
  const replaced = new Set(pending.flatMap(({ before }) => (before ? [keyText(type, before)] : [])));
  const kept = stored.filter((values) => !replaced.has(keyText(type, values)));
  const added = pending.flatMap(({ after }) => (after && meets(after, conditions) ? [after] : []));
  const all = [...kept, ...added];
  return order === undefined ? all : all.sort(comparing(order));
}

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

/** What the request adds to a sum of stored values: exact decimals. */
export function sumWith(
  stored: string,
  pending: readonly PendingEntity[],
  conditions: Conditions,
  path: string,
): string {
  const terms = pending.flatMap(({ before, after }) => [
    ...(after && meets(after, conditions) ? [String(after[path] ?? '0')] : []),
    ...(before && meets(before, conditions) ? [negated(String(before[path] ?? '0'))] : []),
  ]);
  const sum = canonicalDecimal(addDecimals([stored, ...terms]));
  return 'text' in sum ? sum.text : stored;
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
