/** Dates, times and moments in canonical form. CSDL 4.01 §3.3: the proleptic Gregorian calendar, years 0001 to 9999. */
import { isDay } from '../model/calendar';

const datePattern = /^(\d{4})-(\d\d)-(\d\d)$/;
const momentPattern = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(?:Z|([+-])(\d\d):(\d\d))$/i;

const MINUTE = 60_000;

/** Milliseconds of the start of a day in UTC; undefined when there is no such day. */
function dayStart(text: string): number | undefined {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  return year !== undefined && Number(year) > 0 && isDay(text)
    ? new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day))
    : undefined;
}

/** `yyyy-mm-dd`, or undefined when there is no such day. */
export const canonicalDate = (text: string): string | undefined => (dayStart(text) === undefined ? undefined : text);

/** The same instant in UTC; undefined when there is none, or when the fraction of the second has more digits than the property keeps. */
export function canonicalDateTimeOffset(text: string, precision = 6): string | undefined {
  const [, date = '', hour, minute, second = '00', fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] =
    momentPattern.exec(text) ?? [];
  const start = dayStart(date);
  const digits = fraction.replace(/0+$/, '');
  if (start === undefined || digits.length > precision) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  const instant = new Date(start + (Number(hour) * 60 + Number(minute) - offset) * MINUTE + Number(second) * 1000);
  const year = instant.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return `${instant.toISOString().slice(0, 19)}${digits && `.${digits}`}Z`;
}

/** `hh:mm:ss` with the fraction that the property keeps; undefined when it has more digits. */
export function canonicalTime(text: string, precision = 6): string | undefined {
  const [, hour = '', minute = '', second = '00', fraction = ''] =
    /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/.exec(text) ?? [];
  const digits = fraction.replace(/0+$/, '');
  return hour === '' || digits.length > precision ? undefined : `${hour}:${minute}:${second}${digits && `.${digits}`}`;
}
