/** Days before the year 0001 as PostgreSQL writes and reads them, and as OData does. CSDL §3.3 */
import { databaseDay, writtenDay } from '../../src/odata/model/calendar';

test.each([
  ['0044-03-15 BC', '-0043-03-15'],
  ['0001-12-31 BC', '0000-12-31'],
  ['0001-12-31 23:59:59.5+00 BC', '0000-12-31 23:59:59.5+00'],
  ['4713-01-01 BC', '-4712-01-01'],
  ['0001-01-01', '0001-01-01'],
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
])('%s is %s', (database, written) => {
  expect(writtenDay(database)).toBe(written);
  expect(databaseDay(written)).toBe(database);
});
