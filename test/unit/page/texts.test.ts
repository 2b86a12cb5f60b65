/** The pure parts of the page: what is typed, copied and written, as tables. */
import { emptyAddress, readAddress, splitUrl, writeAddress } from '../../../src/page/address.js';
import { csvLine } from '../../../src/page/csv.js';
import { allOf, filterCondition, FilterError } from '../../../src/page/filter.js';
import { formatDecimal, formatValue, parseNumber } from '../../../src/page/format.js';
import { labelOf } from '../../../src/page/metadata.js';
import { curlOf, feedUrl, pbidsOf, powerQueryOf } from '../../../src/page/recipes.js';
import { nextOrder, sortsOf } from '../../../src/page/rows-request.js';
import { segmentsOf } from '../../../src/page/location.js';

jest.mock('../../../src/page/request.js', () => ({}));

const now = new Date(2026, 2, 31, 12);
const text = { type: 'Edm.String' };
const decimal = { type: 'Edm.Decimal' };
const date = { type: 'Edm.Date' };
const status = { type: 'Microsoft.NAV.salesInvoiceStatus', members: ['Draft', 'In_x0020_Review', 'Open', 'Paid'] };

describe('what is typed below a header', () => {
  test.each([
    ['Nord', text, "contains(tolower(p),'nord')"],
    ["O'Brien", text, "contains(tolower(p),'o''brien')"],
    ['=C00042', text, "p eq 'C00042'"],
    ['<>C00042', text, "not (p eq 'C00042')"],
    ['C0*', text, "startswith(tolower(p),'c0')"],
    ['*42', text, "endswith(tolower(p),'42')"],
    ['C*4*2', text, "startswith(tolower(p),'c') and contains(tolower(p),'4') and endswith(tolower(p),'2')"],
    ['*', text, 'p ne null'],
    ["''", text, "(p eq null or p eq '')"],
    ["<>''", text, "not ((p eq null or p eq ''))"],
    ['C1..C9', text, "p ge 'C1' and p le 'C9'"],
    ['a|=b', text, "contains(tolower(p),'a') or p eq 'b'"],
    ['100', decimal, 'p eq 100'],
    ['-1,234.50', decimal, 'p eq -1234.50'],
    ['>100&<=200', decimal, 'p gt 100 and p le 200'],
    ['<-100|>100', decimal, 'p lt -100 or p gt 100'],
    ['10..20', decimal, 'p ge 10 and p le 20'],
    ['..20', decimal, 'p le 20'],
    ["''", decimal, 'p eq null'],
    ['10..20|30..', decimal, '(p ge 10 and p le 20) or p ge 30'],
    ['2026-02', date, 'p ge 2026-02-01 and p lt 2026-03-01'],
    ['2026', date, 'p ge 2026-01-01 and p lt 2027-01-01'],
    ['2024-02-29', date, 'p ge 2024-02-29 and p lt 2024-03-01'],
    ['today', date, 'p ge 2026-03-31 and p lt 2026-04-01'],
    ['>2026-03', date, 'p ge 2026-04-01'],
    ['<=2026-03', date, 'p lt 2026-04-01'],
    ['2026-01..2026-03', date, 'p ge 2026-01-01 and p lt 2026-04-01'],
    ['open', status, "p eq 'Open'"],
    ['Open|Paid', status, "p eq 'Open' or p eq 'Paid'"],
    ['yes', { type: 'Edm.Boolean' }, 'p eq true'],
    ['   ', text, undefined],
  ])('%s', (typed, property, condition) => {
    expect(filterCondition('p', property, typed, now)).toBe(condition);
  });

  test.each([
    ['ten', decimal],
    ['1,5', decimal],
    ['>', decimal],
    ['..', decimal],
    ['2026-02-30', date],
    ['31.03.2026', date],
    ['Opened', status],
    ['maybe', { type: 'Edm.Boolean' }],
    ['1234', { type: 'Edm.Guid' }],
  ])('%s is refused', (typed, property) => {
    expect(() => filterCondition('p', property, typed, now)).toThrow(FilterError);
  });

  test('conditions that must all hold keep their alternatives together', () => {
    expect(allOf([undefined, 'a eq 1', 'b eq 1 or b eq 2', ''])).toBe('a eq 1 and (b eq 1 or b eq 2)');
    expect(allOf(['(a eq 1) or (b eq 2)', 'c eq 3'])).toBe('((a eq 1) or (b eq 2)) and c eq 3');
    expect(allOf([undefined])).toBeUndefined();
  });
});

describe('numbers', () => {
  const german = { decimal: ',', group: '.' };
  test.each([
    ['1.234,5', german, '1234.5'],
    ['1234,5', german, '1234.5'],
    ['1.23', german, '1.23'],
    ['-0,01', german, '-0.01'],
    ['1,234.5', undefined, '1234.5'],
    ['\u22125', undefined, '-5'],
    ['+5', undefined, '5'],
    ['.5', undefined, '0.5'],
    ['007', undefined, '7'],
    ['9999999999999.99999', undefined, '9999999999999.99999'],
    ['1,5', undefined, undefined],
    ['12,34.5', undefined, undefined],
    ['1e5', undefined, undefined],
    ['', undefined, undefined],
    ['-', undefined, undefined],
  ])('%s', (typed, signs, expected) => {
    expect(parseNumber(typed, signs)).toBe(expected);
  });

  test('no digit of an amount is lost', () => {
    expect(formatDecimal('9999999999999.99999')).toBe('9,999,999,999,999.99999');
    expect(formatDecimal('-812.5')).toBe('\u2212812.50');
    expect(formatValue('not a number', 'Edm.Decimal')).toBe('not a number');
    expect(formatValue(null, 'Edm.Decimal')).toBe('');
  });
});

describe('the address', () => {
  test('survives being written and read', () => {
    const address = {
      path: "customers(number='A%2FB')/salesInvoices",
      options: new Map([
        ['$filter', "status eq 'Open' and contains(number,'#1&2+3')"],
        ['$orderby', 'dueDate desc'],
      ]),
      filters: new Map([['amount', '>100/2']]),
      search: 'Müller & Söhne',
      open: 'salesInvoices(00000000-0000-0000-0000-000000000001)',
      chart: true,
    };
    const fragment = writeAddress(address);
    expect(readAddress(fragment)).toEqual(address);
  });

  test('is a plain OData URL when only the service knows of it', () => {
    expect(readAddress('#/customers?$top=5&$filter=number%20eq%20%27C1%27')).toEqual({
      ...emptyAddress,
      path: 'customers',
      options: new Map([
        ['$top', '5'],
        ['$filter', "number eq 'C1'"],
      ]),
    });
    expect(readAddress('')).toEqual(emptyAddress);
    expect(splitUrl('/a/b?x=%zz&y').options).toEqual(
      new Map([
        ['x', '%zz'],
        ['y', ''],
      ]),
    );
  });

  test('has segments that quotes and parentheses hold together', () => {
    expect(segmentsOf("a(k='x/y')/b/c(1)")).toEqual(["a(k='x/y')", 'b', 'c(1)']);
    expect(segmentsOf("a('it''s/fine')/b")).toEqual(["a('it''s/fine')", 'b']);
  });
});

describe('a click on a header', () => {
  test.each([
    ['', 'a', false, 'a'],
    ['a', 'a', false, 'a desc'],
    ['a desc', 'a', false, ''],
    ['a desc', 'b', false, 'b'],
    ['a desc', 'b', true, 'a desc,b'],
    ['a desc,b', 'a', true, 'b'],
    ['a,b', 'a', true, 'a desc,b'],
  ])('%s then %s, adding: %s', (before, path, add, after) => {
    expect(nextOrder(sortsOf(before), path, add)).toBe(after);
  });
});

describe('taking a request along', () => {
  const url = "http://localhost:3000/v1.0/customers?$filter=displayName%20eq%20'O''Brien'&$count=true";

  test('curl in quotes that a shell keeps', () => {
    expect(curlOf({ method: 'PATCH', url, headers: { 'If-Match': 'W/"1"' }, body: '{"a":"it\'s"}' })).toBe(
      `curl -g -X PATCH 'http://localhost:3000/v1.0/customers?$filter=displayName%20eq%20'\\''O'\\'''\\''Brien'\\''&$count=true' \\\n  -H 'If-Match: W/"1"' \\\n  -d '{"a":"it'\\''s"}'`,
    );
  });

  test.each([
    ['x?$count=true', 'x'],
    ['x?$count=true&$top=1', 'x?$top=1'],
    ['x?$top=1&$count=true', 'x?$top=1'],
    ['x?$top=1&$count=true&$skip=1', 'x?$top=1&$skip=1'],
    ['x?$top=1', 'x?$top=1'],
  ])('%s without the count', (given, expected) => {
    expect(feedUrl(given)).toBe(expected);
  });

  test('Power Query and Power BI', () => {
    expect(powerQueryOf('http://h/v1.0/a?$filter=b eq "c"')).toContain(
      'OData.Feed("http://h/v1.0/a?$filter=b eq ""c""", null,',
    );
    expect(JSON.parse(pbidsOf(url))).toEqual({
      version: '0.1',
      connections: [
        {
          details: { protocol: 'odata', address: { url: url.replace('&$count=true', '') } },
          options: {},
          mode: 'Import',
        },
      ],
    });
  });

  test('CSV that no spreadsheet runs', () => {
    expect(csvLine(['a', null, '-1.50', 'x,y', 'say "hi"', '=HYPERLINK("x")', '+A1', ' lead', 'l1\nl2'])).toBe(
      'a,,-1.50,"x,y","say ""hi""","\'=HYPERLINK(""x"")",\'+A1," lead","l1\nl2"\r\n',
    );
  });
});

test('labels are words', () => {
  expect(['lastModified', 'In_x0020_Review', 'id', 'postalCode'].map(labelOf)).toEqual([
    'Last modified',
    'In Review',
    'Id',
    'Postal code',
  ]);
});
