/** Days of the proleptic Gregorian calendar, in which 0000 is the year before 0001. CSDL §3.3 */

/** The first year of which PostgreSQL keeps every moment, and the last. */
export const [FIRST_YEAR, LAST_YEAR] = [-4712, 294_275];

/** Whether a text begins with a day that there is and that PostgreSQL keeps. */
export function isDay(text: string): boolean {
  const [, year = '-0000', month = '', day = ''] = /^(-?\d{4,6})-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (year === '-0000' || Number(year) < FIRST_YEAR) return false;
  // The calendar repeats itself after 400 years.
  const date = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** Whether a text begins with a day whose moments PostgreSQL keeps. */
export const isDayOfMoments = (text: string): boolean => isDay(text) && Number.parseInt(text, 10) <= LAST_YEAR;

/** A date or moment as PostgreSQL reads it: it counts the years before 0001 from 1, and says BC. */
export const databaseDay = (text: string): string =>
  /^(?:-\d|0000)/.test(text)
    ? `${text.replace(/^-?\d+/, (year) => String(1 - Number(year)).padStart(4, '0'))} BC`
    : text;

/** The same as PostgreSQL writes it, as a text of OData. */
export const writtenDay = (text: string): string =>
  text.endsWith(' BC')
    ? text
        .slice(0, -' BC'.length)
        .replace(/^\d+/, (year) => `${year === '0001' ? '' : '-'}${String(Number(year) - 1).padStart(4, '0')}`)
    : text;
