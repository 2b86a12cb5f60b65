/** Values of the oracle: exact, and independent of the engine. Numbers that are no doubles are bigints in units of 10⁻³⁰. */

export type Value = null | string | boolean | bigint | number;

/** The type of an expression. Whole numbers of all sizes are `int`; times are bigints: microseconds, dates days since 1970. */
export type Ty =
  | 'string'
  | 'bool'
  | 'int'
  | 'dec'
  | 'double'
  | 'date'
  | 'time'
  | 'moment'
  | 'span'
  | 'guid'
  | `enum:${string}`
  | `flags:${string}`;

const SCALE = 30;
export const UNIT = 10n ** BigInt(SCALE);
export const DAY = 86_400_000_000n;

/** What an expression came across that may be answered with an error, whether or not it is. */
export class Faults {
  possible = false;
  /** The oracle itself does not know: the answer is not compared. */
  unknown = false;
}

export const whole = (value: bigint | number): bigint => BigInt(value) * UNIT;

/** `-12.50`, `1e-7`. */
export function decimalOf(text: string): bigint {
  const [, sign = '', digits = '0', fraction = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? fail(`no decimal: ${text}`);
  const shift = SCALE - fraction.length + Number(exponent);
  const all = BigInt(digits + fraction);
  const value = shift >= 0 ? all * 10n ** BigInt(shift) : all / 10n ** BigInt(-shift);
  return sign === '-' ? -value : value;
}

function fail(message: string): never {
  throw new Error(message);
}

export function decimalText(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && `.${fraction}`}`;
}

const iso = (days: bigint): string => {
  const date = new Date(Number(days) * 86_400_000);
  return `${String(date.getUTCFullYear()).padStart(4, '0')}-${date.toISOString().slice(-19, -14)}`;
};
export const daysOf = (text: string): bigint =>
  floorDiv(BigInt(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)), 86_400_000n);
export const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

const microsOf = (fraction = ''): bigint => BigInt(fraction.slice(0, 6).padEnd(6, '0'));

export function timeOf(text: string): bigint {
  const [, h = '0', m = '0', s = '0', f] = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?/.exec(text) ?? fail(text);
  return ((BigInt(h) * 60n + BigInt(m)) * 60n + BigInt(s)) * 1_000_000n + microsOf(f);
}

/** A moment in UTC, as JSON or `timestamptz::text` has it. */
export const momentOf = (text: string): bigint => daysOf(text) * DAY + timeOf(text.slice(11));

/** An ISO duration of days and smaller parts; PostgreSQL writes signs in front of each. */
export function spanOf(text: string): bigint {
  const [, minus, d = '0', h = '0', m = '0', sign = '', s = '0', f] =
    /^(-)?P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-)?(\d+)(?:\.(\d+))?S)?)?$/.exec(text) ?? fail(text);
  const seconds = BigInt(s) * 1_000_000n + microsOf(f);
  const all = ((BigInt(d) * 24n + BigInt(h)) * 60n + BigInt(m)) * 60_000_000n + (sign ? -seconds : seconds);
  return minus ? -all : all;
}

const pad = (value: bigint, size = 2): string => String(value).padStart(size, '0');

function clock(micros: bigint): string {
  const seconds = micros / 1_000_000n;
  const fraction = micros % 1_000_000n;
  const text = `${pad(seconds / 3600n)}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}`;
  return fraction === 0n ? text : `${text}.${pad(fraction, 6).replace(/0+$/, '')}`;
}

export const dateText = iso;
const momentText = (value: bigint): string => {
  const day = floorDiv(value, DAY);
  return `${iso(day)}T${clock(value - day * DAY)}Z`;
};

function spanText(value: bigint): string {
  const size = value < 0n ? -value : value;
  const seconds = size % 60_000_000n;
  const fraction = seconds % 1_000_000n === 0n ? '' : `.${pad(seconds % 1_000_000n, 6)}`;
  return `${value < 0n ? '-' : ''}P${size / DAY}DT${(size % DAY) / 3_600_000_000n}H${(size / 60_000_000n) % 60n}M${seconds / 1_000_000n}${fraction}S`;
}

/** The members of the enumerations of a model. */
export type Enums = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const enumOf = (ty: Ty): string => ty.slice(ty.indexOf(':') + 1);

/** The text of a value of an enumeration: a member, or flags one behind the other. */
function memberText(ty: Ty, value: number, enums: Enums): string {
  const members = Object.entries(enums[enumOf(ty)] ?? {});
  const one = members.find(([, number]) => number === value);
  if (one) return one[0];
  const found = members.filter(([, number]) => (value & number) === number && number > 0);
  return found.length > 0 && ty.startsWith('flags:') ? found.map(([name]) => name).join(',') : String(value);
}

/** A literal of the URL. */
export function literal(ty: Ty, value: Value, enums: Enums): string {
  if (value === null) return 'null';
  if (ty === 'string') return `'${String(value).replaceAll("'", "''")}'`;
  if (ty === 'double') return doubleText(Number(value));
  if (typeof value === 'number') return `'${memberText(ty, value, enums)}'`;
  if (typeof value !== 'bigint') return String(value);
  if (ty === 'date') return iso(value);
  if (ty === 'time') return clock(value);
  if (ty === 'moment') return momentText(value);
  if (ty === 'span') return `duration'${spanText(value)}'`;
  const text = decimalText(value);
  // A whole number without a point is no decimal to division.
  return ty === 'dec' && !text.includes('.') ? `${text}.0` : text;
}

const doubleText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Math.abs(value) === Infinity ? (value < 0 ? '-INF' : 'INF') : value.toExponential();

/** What JSON says under IEEE754Compatible, as a value; `unreadable` when it is of another kind. */
export function fromJson(ty: Ty, json: unknown, enums: Enums): Value {
  if (json === null || json === undefined) return null;
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  try {
    if (ty === 'bool' && typeof json === 'boolean') return json;
    if (ty === 'int' || ty === 'dec') return decimalOf(text);
    if (ty === 'double')
      return typeof json === 'number' ? json : text === 'INF' ? Infinity : text === '-INF' ? -Infinity : NaN;
    if (ty === 'date') return daysOf(text);
    if (ty === 'time') return timeOf(text);
    if (ty === 'moment') return momentOf(text);
    if (ty === 'span') return spanOf(text);
    if (ty.startsWith('enum:') || ty.startsWith('flags:')) return membersOf(ty, text, enums);
    if (typeof json === 'string') return json;
  } catch {
    // Said below.
  }
  return `unreadable ${ty}: ${text}`;
}

function membersOf(ty: Ty, text: string, enums: Enums): Value {
  const members = enums[enumOf(ty)] ?? {};
  return text.split(',').reduce((sum, name) => sum + (members[name] ?? Number(name)), 0);
}

/** Null first, texts by code point, false before true, NaN last. */
export function compare(left: Value, right: Value): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) ? (Number.isNaN(right) ? 0 : 1) : -1;
  return left < right ? -1 : left > right ? 1 : 0;
}

export const numberOf = (value: bigint | number): number =>
  typeof value === 'bigint' ? Number(decimalText(value)) : value;

/** The same text for the same values. */
export const keyOf = (value: Value): string => `${typeof value}:${Object.is(value, -0) ? '0' : String(value)}`;
