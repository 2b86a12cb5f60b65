/** The pure parts of the page: what is typed, copied and written, as tables. */
import fc from 'fast-check';
import { delimiterOf as delimiterOfCommand } from '../../../src/import/csv-rows';
import { emptyAddress, readAddress, splitUrl, writeAddress } from '../../../src/page/address.js';
import { CsvError, csvLine, delimiterOf, parseCsv } from '../../../src/page/csv.js';
import { allOf, exactly, filterCondition, FilterError } from '../../../src/page/filter.js';
import { formatDecimal, formatValue, parseNumber, sumOf } from '../../../src/page/format.js';
import { placeAfter } from '../../../src/page/grid-keys.js';
import { decimalSignOf, importColumns, importRow, refusalsOf } from '../../../src/page/import-rows.js';
import { labelOf, readMetadata } from '../../../src/page/metadata.js';
import { curlOf, feedUrl, pbidsOf, powerQueryOf } from '../../../src/page/recipes.js';
import { relativeUrl } from '../../../src/page/query-text.js';
import { columnsOfRows, type Column } from '../../../src/page/columns.js';
import { nextOrder, sortsOf, wholeFilter } from '../../../src/page/rows-request.js';
import { segmentsOf } from '../../../src/page/location.js';
import { measures } from '../../../src/page/chart-request.js';
import { sumsOf, totalsUrl } from '../../../src/page/totals.js';

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
    ["='A+B&C|D'", text, "p eq 'A+B&C|D'"],
    ["'A&B*'|<>'C|D'&<'E'", text, "contains(tolower(p),'a&b*') or (not (p eq 'C|D') and p lt 'E')"],
    ["'A'..'C'", text, "p ge 'A' and p le 'C'"],
    ["O'Brien|D'Arcy", text, "contains(tolower(p),'o''brien') or contains(tolower(p),'d''arcy')"],
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

  test('a value can be asked for whatever signs it has', () => {
    const signs = fc.string({
      unit: fc.constantFrom("'", '|', '&', '.', '..', '*', '<', '>', '=', ' ', '\n', 'a', 'Ø'),
      minLength: 1,
    });
    fc.assert(
      fc.property(signs, signs, (value, other) => {
        const literal = (one: string): string => `'${one.replaceAll("'", "''")}'`;
        expect(filterCondition('p', text, exactly(value), now)).toBe(`p eq ${literal(value)}`);
        expect(filterCondition('p', text, `${exactly(value)}|${exactly(other)}`, now)).toBe(
          `p eq ${literal(value)} or p eq ${literal(other)}`,
        );
      }),
      { seed: 20261126, numRuns: 500 },
    );
    expect(filterCondition('p', text, exactly(''), now)).toBe("(p eq null or p eq '')");
  });

  test('conditions that must all hold keep their alternatives together', () => {
    expect(allOf([undefined, 'a eq 1', 'b eq 1 or b eq 2', ''])).toBe('a eq 1 and (b eq 1 or b eq 2)');
    expect(allOf(['(a eq 1) or (b eq 2)', 'c eq 3'])).toBe('((a eq 1) or (b eq 2)) and c eq 3');
    expect(allOf([undefined])).toBeUndefined();
  });
});

test.each([
  ['https://pay.example.com/nav/v1.0/customers?$top=1', 'customers?$top=1'],
  ['http://localhost:3000/v1.0/customers', 'customers'],
  ['/v1.0/customers', 'customers'],
  ['v2.0/customers', 'customers'],
  ['customers', 'customers'],
])('%s in the query bar', (pasted, relative) => {
  expect(relativeUrl(pasted, 'https://pay.example.com/nav/v1.0/')).toBe(relative);
});

test('a search where the service offers none looks into the texts that are seen, or into all where none is', () => {
  const column = (path: string, type: string, shown: boolean): Column => ({
    ...columnsOfRows([{ [path]: type === 'Edm.String' ? 'text' : 1 }], undefined)[0]!,
    shown,
  });
  const address = { ...emptyAddress, search: 'Nord' };
  const columns = [
    column('number', 'Edm.String', false),
    column('name', 'Edm.String', true),
    column('n', 'Edm.Int32', true),
  ];
  expect(wholeFilter(address, undefined, columns)).toBe("(contains(tolower(name),'nord'))");
  const hidden = columns.map((one) => ({ ...one, shown: one.path === 'n' }));
  expect(wholeFilter(address, undefined, hidden)).toBe(
    "(contains(tolower(number),'nord') or contains(tolower(name),'nord'))",
  );
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
    expect(sumOf(['9999999999999.99999', '-0.01', '5', '-62699.45999'])).toBe('9999999937305.53000');
    expect(sumOf([])).toBe('0');
    const cents = fc.array(fc.integer({ min: -1e9, max: 1e9 }));
    const text = (amount: number): string => (amount / 100).toFixed(2);
    fc.assert(
      fc.property(cents, (amounts) => {
        const sum = amounts.reduce((total, amount) => total + amount, 0);
        expect(Number(sumOf(amounts.map(text)))).toBe(Number(text(sum)));
      }),
      { seed: 12 },
    );
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

  test.each([
    ["customers(number='A+B&C#D/E?F')?$top=1", "customers(number='A+B&C%23D%2FE%3FF')", '1'],
    ["customers(number='A%2FB')?$top=1", "customers(number='A%2FB')", '1'],
    ["customers(number='100%')?$top=1", "customers(number='100%25')", '1'],
    ["customers(number='O''Neil?')/salesInvoices?$top=1", "customers(number='O''Neil%3F')/salesInvoices", '1'],
    ["customers?$filter=number eq 'a?b'&$top=1", 'customers', '1'],
    ["customers(number='open?$top=1", "customers(number='open", '1'],
    ['customers#?$top=1', 'customers%23', '1'],
  ])('keeps a key with signs in it whole: %s', (url, path, top) => {
    const split = splitUrl(url);
    expect([split.path, split.options.get('$top')]).toEqual([path, top]);
    expect(splitUrl(split.path).path).toBe(path);
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
  expect(['lastModified', 'In_x0020_Review', '_x0020_', '', 'id', 'postalCode', 'period1Amount'].map(labelOf)).toEqual([
    'Last modified',
    'In Review',
    'Blank',
    '',
    'Id',
    'Postal code',
    'Period 1 amount',
  ]);
});

describe('the keys of the grid', () => {
  test.each([
    ['ArrowDown', false, [3, 1], [4, 1]],
    ['ArrowDown', true, [3, 1], [99, 1]],
    ['ArrowUp', false, [0, 1], [-1, 1]],
    ['ArrowUp', true, [3, 1], [0, 1]],
    ['ArrowRight', false, [3, 1], [3, 2]],
    ['ArrowRight', true, [3, 1], [3, 4]],
    ['ArrowLeft', true, [3, 4], [3, 0]],
    ['Home', false, [3, 4], [3, 0]],
    ['Home', true, [3, 4], [0, 0]],
    ['End', true, [3, 1], [99, 4]],
    ['PageDown', false, [95, 1], [99, 1]],
    ['PageUp', false, [5, 1], [0, 1]],
    ['x', false, [5, 1], undefined],
  ] as const)('%s, with Ctrl: %s', (key, ctrlKey, from, to) => {
    expect(placeAfter({ key, ctrlKey, metaKey: false }, from, { rows: 100, columns: 5, page: 10 })).toEqual(to);
  });
});

describe('a file that is imported', () => {
  const { types } = readMetadata({
    $EntityContainer: 'n.c',
    n: {
      status: { $Kind: 'EnumType', Open: 0, In_x0020_Review: 1 },
      address: { $Kind: 'ComplexType', city: { $MaxLength: 4, $Nullable: true } },
      payment: {
        $Kind: 'EntityType',
        $Key: ['id'],
        id: { $Type: 'Edm.Guid', '@Core.Computed': true },
        customerNumber: { $MaxLength: 5, $Nullable: true },
        amount: { $Type: 'Edm.Decimal', $Scale: 5, $Nullable: true },
        postingDate: { $Type: 'Edm.Date', $Nullable: true },
        blocked: { $Type: 'Edm.Boolean' },
        status: { $Type: 'n.status' },
        address: { $Type: 'n.address', $Nullable: true },
      },
    },
  });
  const type = types.get('n.payment');
  if (!type) throw new Error('no type');
  const headings = ['Customer number', 'AMOUNT', 'posting-date', 'blocked', 'Status', 'address/city', 'id', 'x'];
  const { columns, others } = importColumns(type, headings);

  test('is read as it was written', () => {
    const field = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\r\n?/g, '\n'));
    const lines = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }).filter((row) => row.some(Boolean)));
    fc.assert(
      fc.property(lines, (rows) => {
        const plain = rows.map((row) => row.map((text) => text.replace(/^[=+\-@\t]+/, '')));
        const kept = plain.filter((row) => row.some(Boolean));
        expect(parseCsv(plain.map(csvLine).join(''), ',').map(({ fields }) => fields)).toEqual(kept);
      }),
      { seed: 13 },
    );
  });

  test('has the delimiter that the command of the import would find', () => {
    const sign = fc.constantFrom(',', ';', '\t', '"', '\n', ' ', 'a');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 30 }), (signs) => {
        expect(delimiterOf(signs.join(''))).toBe(delimiterOfCommand(signs.join('')));
      }),
      { seed: 11, numRuns: 2000 },
    );
    expect(['a;"b,c,d";e', '\na\tb,c\td', 'a'].map(delimiterOf)).toEqual([';', '\t', ',']);
  });

  test('has lines numbered as in an editor, whatever ends them', () => {
    const text = 'a;b\r\n"x\n""y""";1\n\n;\r2;3';
    expect(delimiterOf(text)).toBe(';');
    expect(parseCsv(text, ';')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['x\n"y"', '1'] },
      { line: 6, fields: ['2', '3'] },
    ]);
    expect(delimiterOf('"a;b;c",d\n')).toBe(',');
    expect(() => parseCsv('a,b\n1,"2\n3', ',')).toThrow(CsvError);
  });

  test('names columns by name or label; what is not imported is told', () => {
    expect(columns.map(({ path, at }) => [path, at])).toEqual([
      ['customerNumber', 0],
      ['amount', 1],
      ['postingDate', 2],
      ['blocked', 3],
      ['status', 4],
      ['address/city', 5],
    ]);
    expect(others).toEqual(['id', 'x']);
    // Of two columns of one name the first is taken, and the other one told.
    const twice = importColumns(type, ['amount', 'Customer number', 'Amount']);
    expect([twice.columns.map(({ at }) => at), twice.others]).toEqual([[0, 1], ['Amount']]);
  });

  test.each([
    // A comma that is not quoted: 1,000.50 would be 1.
    [['C1', '-1', '000.50'], 'The row has 3 values, the first line names 2 columns.'],
    // A file that is cut off: the amount would be 0.
    [['C1'], 'The row has 1 value, the first line names 2 columns.'],
    [['C1', '-1', '', ' '], undefined],
  ])('%j has as many values as there are columns, or is refused', (fields, message) => {
    const named = importColumns(type, ['Customer number', 'Amount']);
    const { refusals } = importRow(named.columns, { line: 3, fields }, '.', 2);
    expect(refusals).toEqual(message === undefined ? [] : [{ line: 3, where: '', message }]);
  });

  test.each([
    [['C1', '-1,234.5', '2026-03-31', 'yes', 'in review', 'Oslo'], '.'],
    [['C1', '-1.234,5', '31.3.2026', 'TRUE', 'In_x0020_Review', 'Oslo'], ','],
    [['C1', '-1234.50', '20260331', '1', 'In Review', 'Oslo'], '.'],
  ] as const)('%j', (fields, decimal) => {
    expect(decimalSignOf(columns, [{ line: 2, fields }])).toBe(decimal);
    const { body, refusals } = importRow(columns, { line: 2, fields }, decimal);
    expect(refusals).toEqual([]);
    expect({ ...body, amount: Number(body['amount']) }).toEqual({
      customerNumber: 'C1',
      amount: -1234.5,
      postingDate: '2026-03-31',
      blocked: true,
      status: 'In_x0020_Review',
      address: { city: 'Oslo' },
    });
  });

  test('empty fields are left to the service; what the export guards comes back as it was', () => {
    expect(importRow(columns, { line: 2, fields: ["'=A1", '', ' '] }, '.')).toEqual({
      line: 2,
      body: { customerNumber: '=A1' },
      refusals: [],
    });
  });

  test.each([
    ['amount', '1,5', '.'],
    ['amount', '1.5', ','],
    ['amount', '1.2.3', '.'],
    ['amount', '0.000001', '.'],
    ['postingDate', '31/03/2026', '.'],
    ['postingDate', '2026-02-30', '.'],
    ['blocked', 'perhaps', '.'],
    ['status', 'Opened', '.'],
    ['customerNumber', 'TOOLONG', '.'],
  ] as const)('%s of %s is refused where decimals are %s', (path, text, decimal) => {
    const column = columns.filter((one) => one.path === path).map((one) => ({ ...one, at: 0 }));
    const { refusals } = importRow(column, { line: 7, fields: [text] }, decimal);
    expect(refusals).toEqual([{ line: 7, where: column[0]?.label, message: expect.any(String) as string }]);
  });

  test('what the service refuses is told by lines', () => {
    const rows = [2, 5, 9].map((line) => ({ line, body: {}, refusals: [] }));
    const problem = (target: string | undefined) => ({ code: 'x', message: 'No.', target });
    expect(refusalsOf([problem('value/1/customerNumber'), problem('value/2'), problem(undefined)], rows, type)).toEqual(
      [
        { line: 5, where: 'Customer number', message: 'No.' },
        { line: 9, where: '', message: 'No.' },
        { line: 0, where: '', message: 'No.' },
      ],
    );
  });
});

describe('sums below a grid', () => {
  const metadata = readMetadata({
    $EntityContainer: 'N.C',
    N: {
      Invoice: {
        $Kind: 'EntityType',
        $Key: ['id'],
        id: { $Type: 'Edm.Guid' },
        currencyCode: { $Nullable: true },
        due: { $Type: 'Edm.Decimal', '@Measures.ISOCurrency': { $Path: 'currencyCode' } },
        rate: { $Type: 'Edm.Decimal' },
        '@Aggregation.CustomAggregate#due': 'Edm.Decimal',
      },
      C: { $Kind: 'EntityContainer', invoices: { $Collection: true, $Type: 'N.Invoice' } },
    },
  });
  const [, due, rate] = ['currencyCode', 'due', 'rate'].map((path) => {
    const property = metadata.types.get('N.Invoice')?.properties.get(path);
    if (!property) throw new Error(`There is no ${path}`);
    return { path, property, label: path, width: 0, right: true, shown: true, expand: undefined, filterable: true };
  });
  const columns = [due, rate].filter((column) => column !== undefined);

  it('are asked for in each currency, and only of what can be added up', () => {
    const url = totalsUrl({ ...emptyAddress, path: 'invoices' }, columns, 'search(a)/');
    expect(decodeURIComponent(url ?? '')).toBe(
      'invoices?$apply=search(a)/groupby((currencyCode),aggregate(due with sum as due_sum))',
    );
    expect(totalsUrl({ ...emptyAddress, path: 'invoices', options: new Map([['$top', '1']]) }, columns, '')).toBe(
      undefined,
    );
  });

  it('and charts are of the same columns', () => {
    expect(measures(columns)).toEqual([due]);
  });

  test.each([
    [[], []],
    [[['EUR', '0']], ['0.00 EUR']],
    [
      [
        ['NOK', '0.00000'],
        ['EUR', '-1.5'],
        [null, '2'],
      ],
      ['2.00', '\u22121.50 EUR'],
    ],
    // Sums of one currency from several groups, exact to the last digit.
    [
      [
        ['EUR', '9999999999999.99999'],
        ['EUR', '0.00001'],
        ['NOK', '-9999999999999.99999'],
      ],
      ['10,000,000,000,000.00 EUR', '\u22129,999,999,999,999.99999 NOK'],
    ],
  ] as const)('%j are shown as %j', (rows, shown) => {
    const made = rows.map(([currencyCode, sum]) => ({ currencyCode, due_sum: sum }));
    expect(due && sumsOf(due, made)).toEqual(shown);
  });
});
