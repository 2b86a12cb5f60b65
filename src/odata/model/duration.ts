/** Durations: days of 24 hours, and one sign for the whole. CSDL §3.3, XML Schema `dayTimeDuration` */

const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;

/** The units of ISO 8601 before and behind the T. PostgreSQL compares months as 30 days. */
const days: Readonly<Record<string, bigint>> = { Y: 360n * DAY, M: 30n * DAY, W: 7n * DAY, D: DAY };
const times: Readonly<Record<string, bigint>> = { H: 3600n * SECOND, M: 60n * SECOND, S: SECOND };

const part = /([+-]?\d+)(?:\.(\d+))?([YMWDHS])/g;

/** Microseconds of a duration of the standard (`-P1DT2H`) or of PostgreSQL (`P-1DT-2H`). */
function microseconds(text: string): bigint {
  const [, sign = '', date = '', time = ''] = /^([+-]?)P([^T]*)T?(.*)$/.exec(text.toUpperCase()) ?? [];
  const size = sumOf(date, days) + sumOf(time, times);
  return sign === '-' ? -size : size;
}

function sumOf(text: string, units: Readonly<Record<string, bigint>>): bigint {
  let sum = 0n;
  part.lastIndex = 0;
  for (let found = part.exec(text); found; found = part.exec(text)) {
    const [whole, number = '0', fraction, unit = ''] = found;
    sum += BigInt(number) * (units[unit] ?? 0n);
    if (fraction === undefined) continue;
    const behind = BigInt(fraction.padEnd(6, '0').slice(0, 6));
    sum += whole.startsWith('-') ? -behind : behind;
  }
  return sum;
}

/** The canonical form: `-P1DT2H3M4.5S`, `PT0S`. */
export const canonicalDuration = (text: string): string => durationText(microseconds(text));

const finer = /\.\d{6}\d*[1-9]\d*S$/i;

/** The durations in whole microseconds beside one that has digits behind them; undefined of one that has none. */
export function finerDuration(text: string): { readonly below: string; readonly above: string } | undefined {
  if (!finer.test(text)) return undefined;
  const cut = microseconds(text);
  const below = text.startsWith('-') ? cut - 1n : cut;
  return { below: durationText(below), above: durationText(below + 1n) };
}

function durationText(total: bigint): string {
  const size = total < 0n ? -total : total;
  const units: readonly (readonly [bigint, string])[] = [
    [size / DAY, 'D'],
    [(size % DAY) / (3600n * SECOND), 'H'],
    [(size / (60n * SECOND)) % 60n, 'M'],
  ];
  const [day = '', hour = '', minute = ''] = units.map(([count, unit]) => (count > 0n ? `${count}${unit}` : ''));
  const time = `${hour}${minute}${secondsText(size % (60n * SECOND))}`;
  const written = `P${day}${time && `T${time}`}`;
  return `${total < 0n ? '-' : ''}${written === 'P' ? 'PT0S' : written}`;
}

function secondsText(size: bigint): string {
  if (size === 0n) return '';
  const fraction = String(size % SECOND)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${size / SECOND}${fraction && `.${fraction}`}S`;
}

/** The largest number of days that PostgreSQL keeps. */
const MAX_DAYS = 2n ** 31n - 1n;

/** No text of a duration that PostgreSQL holds needs more characters. */
const MAX_LENGTH = 200;

/** PostgreSQL holds the duration, with no more digits of a second than the property keeps. */
export function holdsDuration(text: string, precision = 6): boolean {
  if (text.length > MAX_LENGTH) return false;
  const [, fraction = ''] = /\.(\d*?)0*S$/i.exec(text) ?? [];
  const total = microseconds(text);
  return fraction.length <= precision && (total < 0n ? -total : total) / DAY <= MAX_DAYS;
}

/** The text that PostgreSQL reads: a sign stands before each number, not before the whole. */
export function intervalText(text: string): string {
  const [, sign = '', size = ''] = /^([+-]?)(.*)$/.exec(text.toUpperCase()) ?? [];
  return sign === '-' ? size.replace(/\d+(\.\d+)?/g, '-$&') : size;
}
