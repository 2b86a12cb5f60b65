/** Days of the proleptic Gregorian calendar. CSDL §3.3 */

/** Whether a text begins with a day that there is, in the year 0001 or later. */
export function isDay(text: string): boolean {
  const [, year = '0', month = '', day = ''] = /^(\d{4,6})-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (Number(year) === 0) return false;
  // The calendar repeats itself after 400 years.
  const date = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** The last year of which PostgreSQL keeps every moment. */
const LAST_YEAR = 294_275;

/** Whether a text begins with a day whose moments PostgreSQL keeps. */
export const isDayOfMoments = (text: string): boolean => isDay(text) && Number.parseInt(text, 10) <= LAST_YEAR;
