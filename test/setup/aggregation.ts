/** A second opinion on $apply: groups and aggregates in JavaScript, decimals as whole numbers of hundred-thousandths. Data Aggregation §3 */
import { compare, ONE, type Maybe, type Value } from './oracle';
import type { Json } from './service';

/** A decimal as the service writes it under IEEE754Compatible. */
export function decimalText(value: Maybe<bigint>): Maybe<string> {
  if (value === null) return null;
  const digits = String(value < 0n ? -value : value).padStart(6, '0');
  const fraction = digits.slice(-5).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}`;
}

const there = <T>(values: readonly Maybe<T>[]): readonly T[] =>
  values.flatMap((value) => (value === null ? [] : [value]));

export const sum = (values: readonly Maybe<bigint>[]): Maybe<bigint> =>
  there(values).length === 0 ? null : there(values).reduce((all, value) => all + value, 0n);

export const least = <T extends Value>(values: readonly Maybe<T>[]): Maybe<T> =>
  there(values).reduce<Maybe<T>>((best, value) => (best === null || compare(value, best) < 0 ? value : best), null);

export const most = <T extends Value>(values: readonly Maybe<T>[]): Maybe<T> =>
  there(values).reduce<Maybe<T>>((best, value) => (best === null || compare(value, best) > 0 ? value : best), null);

/** To forty places behind the point, without rounding. */
export function average(values: readonly Maybe<bigint>[]): Maybe<string> {
  const total = sum(values);
  if (total === null) return null;
  const digits = (total * 10n ** 40n) / ONE / BigInt(there(values).length);
  const text = String(digits < 0n ? -digits : digits).padStart(41, '0');
  return cut(`${digits < 0n ? '-' : ''}${text.slice(0, -40)}.${text.slice(-40)}`);
}

/** Without what is behind 28 places. */
export const cut = (value: unknown): string => {
  const [whole = '', fraction = ''] = String(value).split('.');
  const places = fraction.slice(0, 28).replace(/0+$/, '');
  return places === '' ? whole : `${whole}.${places}`;
};

export const distinct = (values: readonly Value[]): bigint => BigInt(new Set(there(values)).size) * ONE;

export const count = (rows: readonly unknown[]): bigint => BigInt(rows.length) * ONE;

/** Each thing once, in the order of appearance. */
export const once = <T>(things: readonly Maybe<T>[]): readonly T[] => [...new Set(there(things))];

/** The rows by the values of the keys, null being a value too. */
export function groups<T>(rows: readonly T[], keys: readonly ((row: T) => Value)[]): readonly (readonly T[])[] {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((of) => String(of(row)) + typeof of(row)));
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()];
}

/** A row of an answer without control information. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Json).flatMap(([name, item]) => (name.includes('@') ? [] : [[name, plain(item)]])),
  );
}

/** Rows whose order does not matter, in one order. */
export const unordered = (rows: readonly unknown[]): readonly unknown[] =>
  [...rows].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
