/** What a client does wrong, what is not offered, and what happens when the database goes away: always a proper error, never a 500. */
import { createConnection } from 'node:net';
import { Client } from 'pg';
import { growthOfText } from '../setup/growth';
import { startService, type Answer, type TestService } from '../setup/service';

let service: TestService;
let journal: string;
let customer: string;

beforeAll(async () => {
  service = await startService();
  const [one] = await service.sql(`SELECT id::text FROM customer_payment_journals ORDER BY code LIMIT 1`);
  const [two] = await service.sql(
    `SELECT c.id::text FROM customers c JOIN companies o ON o.id = company_id AND o.name = 'CRONUS DK' ORDER BY number LIMIT 1`,
  );
  journal = String(one?.['id']);
  customer = String(two?.['id']);
});
afterAll(() => service.close());

/** A body as JSON §21.1 wants it, that tells nothing of the inside. */
function expectProper({ json, text, headers }: Answer): void {
  expect(Object.keys(json)).toEqual(['error']);
  expect(json['error']).toMatchObject({
    code: expect.stringMatching(/^\w+$/) as string,
    message: expect.stringMatching(/\S/) as string,
  });
  expect(text).not.toMatch(/\bselect\s.+\sfrom\s|"stack"|\/src\/|node_modules|\bat \w+ \(/i);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(headers['odata-version']).toBe('4.0');
  expect(headers['request-id']).toBeDefined();
}

/** A target as it is on the wire, where node's client would refuse it. */
function raw(target: string): Promise<{ status: number; text: string }> {
  const { hostname, port, pathname } = new URL(service.root);
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(port), hostname, () => {
      socket.write(
        `GET ${pathname}${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`,
        'utf8',
      );
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.once('end', () => resolve({ status: Number(text.slice(9, 12)), text }));
    socket.once('error', reject);
  });
}

describe('not offered yet', () => {
  test.each([
    'customers?$apply=groupby((rolluprecursive($root/customers,X,id)))',
    'customers?$filter=geo.distance(number,number) gt 1',
  ])('%s', async (target) => {
    const path = target.replace('JOURNAL', journal).replace('CUSTOMER', customer).replaceAll(' ', '%20');
    const answer = await service.get(path.replaceAll('{', '%7B').replaceAll('}', '%7D'));
    expect([answer.status, answer.error.code]).toEqual([501, 'NotImplemented']);
    expectProper(answer);
  });
});

describe('[90] wrong names', () => {
  test.each([
    ['customer', 404, 'customers'],
    ['Customers', 404, 'customers'],
    ['salesInvoice', 404, 'salesInvoices'],
    ["customers(number='C00001')/displayNam", 404, 'displayName'],
    ["customers(number='C00001')/adress", 404, 'address'],
    ["customers(numbre='C00001')", 400, 'number'],
    ['customers?$filter=numbr eq 1', 400, 'number'],
    ['customers?$filter=address/citty eq null', 400, 'city'],
    ["customers?$filter=salesInvoices/any(i:i/nummer eq '1')", 400, 'number'],
    ["customers?$filter=contain(number,'1')", 400, 'contains'],
    ["customers?$filter=substringof('1',number)", 400, 'contains'],
    ["customers?$filter=upper(number) eq 'C'", 400, 'toupper'],
    ['customers?$filter=phoneNumber eq NULL', 400, 'null'],
    ['customers?$filter=cast(number,Edm.Strin) eq null', 400, 'Edm.String'],
    ['customers?$select=displayname', 400, 'displayName'],
    ['customers?$expand=salesInvoice', 400, 'salesInvoices'],
    ['customers?$orderby=balanc', 400, 'balance'],
    ['customers?$expand=salesInvoices($select=numbr)', 400, 'number'],
    ['customers?$fliter=true', 400, '$filter'],
    ['customers?$ordeby=number', 400, '$orderby'],
  ])('%s is %d and suggests %s', async (target, status, hint) => {
    const answer = await service.get(target.replaceAll(' ', '%20'));
    expect(answer.status).toBe(status);
    expect(answer.error.message).toContain(`Did you mean '${hint}'?`);
    expectProper(answer);
  });

  test.each([
    ["lastModifiedDateTime gt datetime'2026-01-31'", '2026-01-31T23:59:59Z'],
    ["lastModifiedDateTime gt time'PT1H'", "23:59:59, and a duration duration'PT1H'"],
  ])('%s is told how such a value is written', async (filter, written) => {
    const answer = await service.get(`customers?$filter=${filter.replaceAll(' ', '%20')}`);
    expect(answer.status).toBe(400);
    expect(answer.error.message).toContain(`Such a value is written ${written}.`);
    expectProper(answer);
  });

  test.each([
    'customerPayments',
    'dimensionLines',
    'nope',
    'customers/nope',
    `customers(${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)})`,
  ])('%s is 404', async (target) => {
    const answer = await service.get(target);
    expect(answer.status).toBe(404);
    expectProper(answer);
  });
});

describe('[95, 179] options where they do not belong', () => {
  const single = "customers(number='C00001')";
  test.each([
    ...[
      '$top=1',
      '$skip=1',
      '$filter=true',
      '$orderby=number',
      '$count=true',
      '$skiptoken=x',
      '$search=x',
      'top=1',
    ].map((option) => [`${single}?${option}`, 400]),
    [`${single}/number?$top=1`, 400],
    [`${single}/number/$value?$filter=true`, 400],
    [`${single}/$ref?$filter=true`, 400],
    ['customers/$count?$skiptoken=x', 400],
    ['customers/$ref?$select=number', 400],
    ['customers?$levels=1', 400],
    ['customers?$id=x', 400],
    ['customers?$expand=salesInvoices($format=json)', 400],
    ['customers?$expand=salesInvoices/$count($top=1)', 400],
    ['customers?$expand=salesInvoices/$ref($select=number)', 400],
    ['salesInvoices?$expand=customer($filter=true)', 400],
    ['salesInvoices?$expand=customer($top=1)', 400],
    ['salesInvoices?$expand=customer/$count', 400],
    ['salesInvoices?$expand=customer,customer', 400],
    ['customers?$expand=*,*', 400],
    ['customers?$expand=*($levels=2),salesInvoices,*', 400],
    ['customers?$apply=join(salesInvoices as i)&$expand=i($select=number),i', 400],
    ["customers/$ref?$id=customers(number='C00001')", 400],
    [`${single}/salesInvoices/$ref?$id=x`, 400],
    ['customers?$filter=address eq {"city":"a","city":"b"}', 400],
    [
      'customers?$filter=@a/city eq null&@a={"@odata.type":"%23Microsoft.NAV.postalAddress","city":"a","city":"b"}',
      400,
    ],
    ['customers?$top=1&$top=1', 400],
    ['customers?$top=1&top=2', 400],
    ['customers?$filter=true&FILTER=true', 400],
    ['customers?$select=id&$select=number', 400],
    ['customers?$format=json&$format=json', 400],
    ['customers?@a=1&@a=2&$filter=@a eq 1', 400],
    ['customers?$expand=salesInvoices($top=1;$top=2)', 400],
    ['customers?custom=1&custom=2&other', 200],
  ] as [string, number][])('%s is %d', async (target, status) => {
    const answer = await service.get(target.replaceAll(' ', '%20'));
    expect([target, answer.status]).toEqual([target, status]);
    if (status === 400) expectProper(answer);
  });
});

/** Each must be answered with a proper error or an ordinary answer, and none may reach the log of our own failures. */
const nasty: readonly string[] = [
  // encodings
  ...['%', '%2', '%zz', '%ED%A0%80', '%C0%AF', '%FF', '%E2%28%A1', '%F4%90%80%80', '%80', '%00'].flatMap((text) => [
    `customers?$filter=number%20eq%20'${text}'`,
    `customers(number='${text}')`,
    `customers/${text}`,
    `customers?${text}=1`,
    `customers?$select=${text}`,
  ]),
  "customers?$filter=number%20eq%20'\\u0000'",
  'customers?$filter=number%20in%20["%5Cu0000"]',
  'customers?$filter=number%20in%20["%5CuD800"]',
  "customers?$filter=contains(displayName,'%00')",
  "customers?$filter=matchespattern(displayName,'%00')",
  // empty and odd options
  ...[
    '$filter',
    '$orderby',
    '$select',
    '$expand',
    '$top',
    '$skip',
    '$count',
    '$format',
    '$skiptoken',
    '$search',
    '$apply',
    '$compute',
    '$schemaversion',
  ].flatMap((name) => [
    `customers?${name}=`,
    `customers?${name}`,
    `customers?${name}=%20`,
    `customers?${name}=,`,
    `customers?${name}=()`,
  ]),
  'customers?=',
  'customers?&&&',
  'customers?$=1',
  'customers?@=1',
  'customers?@1=1',
  'customers??$top=1',
  'customers?$top=1?$skip=1',
  'customers?$top=1e3',
  'customers?$top=+1',
  'customers?$top=0x10',
  `customers?$top=${'9'.repeat(400)}`,
  `customers?$skip=${'9'.repeat(18)}`,
  `customers?$skip=${'9'.repeat(19)}`,
  'customers?$top=99999999999999999',
  'customers?$schemaversion=bogus',
  'customers?$format=;;;',
  'customers?$format=application/json;metadata=everything',
  // keys
  ...[
    '()',
    '(,)',
    "('')",
    '(null)',
    '(id=)',
    '(id=null)',
    '(=)',
    '(id=1,id=2)',
    '(1)',
    '(1.5)',
    '(-1)',
    "('a','b')",
    '(@k)',
    '(@k)?@k=1',
    '(@k)?@k=@k',
    '(number=1)',
    "(number='",
    "(number='a'",
    "(number='a'))",
    '(id=00000000-0000-0000-0000-00000000000)',
    '((1))',
    '(1)(2)',
    "(displayName='x')",
    '(2024-02-30)',
    '(true)',
    '({})',
    '([])',
    "(number='" + 'x'.repeat(5000) + "')",
  ].map((key) => `customers${key}`),
  `customerPaymentJournals/JOURNAL/customerPayments(lineNumber=99999999999)`,
  `customerPaymentJournals/JOURNAL/customerPayments(lineNumber=99999999999999999999)`,
  `customerPaymentJournals/JOURNAL/customerPayments(lineNumber=1.5)`,
  `customerPaymentJournals/JOURNAL/customerPayments(lineNumber='x')`,
  `customerPaymentJournals/JOURNAL/customerPayments/1`,
  'customers//',
  'customers/$count/',
  'customers/$value',
  'customers/$ref/$ref',
  'customers/$metadata',
  '$count',
  '$value',
  '$nope',
  '$metadata/x',
  '$metadata?$filter=true',
  // numbers, dates and texts out of range
  ...[
    'balance gt 1e400',
    'balance gt -1e400',
    'balance gt 1e-400',
    `balance gt ${'9'.repeat(2000)}`,
    `balance gt 0.${'9'.repeat(2000)}`,
    'balance gt 1e99999',
    'balance mul 1e308 mul 1e308 gt 1',
    'balance div 0 eq 1',
    'balance mod 0 eq 1',
    '1 div 0 eq 1',
    '9223372036854775807 add 9223372036854775807 gt 1',
    '999999999999999999 mul 999999999999999999 gt 1',
    'cast(1e300,Edm.Single) eq null',
    "cast('1e999',Edm.Double) eq null",
    "cast('-1e-999',Edm.Double) eq null",
    "cast('999999999999999999999999999999999999',Edm.Int64) eq null",
    "cast(cast('9e999',Edm.Decimal),Edm.Double) eq null",
    'lastModifiedDateTime gt 2024-02-30',
    'lastModifiedDateTime gt 2024-02-30T00:00:00Z',
    'lastModifiedDateTime gt 2024-01-01T25:00:00Z',
    'lastModifiedDateTime gt 2024-01-01T23:59:60Z',
    'lastModifiedDateTime gt 2024-01-01T00:00:00+14:30',
    'lastModifiedDateTime gt 2024-01-01T00:00:00+23:59',
    'lastModifiedDateTime gt 0000-01-01',
    'lastModifiedDateTime gt -0001-01-01',
    'lastModifiedDateTime gt 294277-01-01',
    'lastModifiedDateTime gt 999999-12-31T00:00:00Z',
    "lastModifiedDateTime gt '2024'",
    "lastModifiedDateTime add duration'P999999999999D' gt now()",
    "lastModifiedDateTime add duration'P99999999D' gt now()",
    "lastModifiedDateTime add duration'PT0.000000000001S' gt now()",
    "maxdatetime() add duration'P999999D' gt now()",
    "duration'P1D' mul 1e300 gt duration'P1D'",
    "duration'P1D' div 0 gt duration'P1D'",
    "duration'P1Y' gt duration'P1D'",
    "duration'P' gt duration'P1D'",
    "substring(number,99999999999) eq ''",
    "substring(number,-99999999999) eq ''",
    "substring(number,0,99999999999) eq ''",
    `matchespattern(number,'(')`,
    `matchespattern(number,'a{300}')`,
    `matchespattern(number,'(a*)*b')`,
    `matchespattern(number,'((a+)+)+$')`,
    `matchespattern(number,'\\1')`,
    `matchespattern(number,'(a)\\1')`,
    `matchespattern(number,'[a-')`,
    `matchespattern(number,'[z-a]')`,
    `matchespattern(number,'(?i)x')`,
    `matchespattern(number,'***=x')`,
    `matchespattern(number,'(?<n>a)')`,
    `matchespattern(number,'(?<!a)b(?!c)')`,
    `matchespattern(number,'[[:alpha:]')`,
    `matchespattern(number,'[[.a.]')`,
    `matchespattern(number,'\\cA\\0[\\b]')`,
    `matchespattern(displayName,number)`,
    `matchespattern(number,'${'x'.repeat(501)}')`,
    // types
    'number eq 1',
    'number gt true',
    'taxLiable gt 1',
    "taxLiable eq 'yes'",
    "blocked eq 'Nope'",
    'blocked eq 99',
    "blocked has 'Ship'",
    "blocked eq Microsoft.NAV.nope'Ship'",
    "blocked eq Microsoft.NAV.contactType'Person'",
    "blocked eq ''",
    'blocked eq type',
    'tolower(1) eq number',
    "length(number,'x') eq 1",
    'length() eq 1',
    'number',
    'balance',
    'not number',
    'number and true',
    '-number eq null',
    'number add 1 eq 2',
    'salesInvoices eq null',
    'salesInvoices/number eq null',
    'salesInvoices/$count/$count eq 1',
    'salesInvoices/any(i:i)',
    'salesInvoices/any(i:i/number)',
    'salesInvoices/any(1)',
    'salesInvoices/all()',
    'number/any()',
    'address',
    'address in (null)',
    'case(true:address) eq null',
    'case() eq null',
    'case(number:1) eq 1',
    "number in 'x'",
    'number in (number)',
    'number in (1,2)',
    'number in @l',
    'now() eq null',
    '$it eq null',
    '$this/number eq null',
    '@a eq @a',
    "id eq 'x'",
    "id eq binary'AAAA'",
    "binary'AAAA' gt binary'AAAB'",
    "geography'SRID=0;Point(1 2)' eq null",
    'INF eq balance',
    'NaN eq NaN',
    'true eq',
    'eq true',
    "'",
    "''' eq number",
    '((((',
    '))))',
    "number eq 'a' and",
    "number eq 'a';drop table customers",
    "number eq 'a'--",
    'number eq "a',
    '[1,2',
    '{"a":1}',
    '{"a":1} eq null',
  ].map((filter) => `customers?$filter=${encodeURIComponent(filter)}`),
  ...[
    '-number',
    'number desc asc',
    'number sideways',
    'number,',
    ',number',
    'salesInvoices',
    'address',
    '1',
    'null',
    "'x'",
    '$count',
    'salesInvoices/$count',
    'number/number',
  ].map((orderby) => `customers?$orderby=${encodeURIComponent(orderby)}`),
  ...[
    '*,*',
    '**',
    '*/*',
    'id,id',
    'address/*',
    'address/',
    '/address',
    'address($select=)',
    'salesInvoices/number',
    '$count',
    'Microsoft.NAV.*',
    'Nope.*',
    '@x.y',
  ].map((select) => `customers?$select=${encodeURIComponent(select)}`),
  ...[
    '*',
    '*,*',
    '*/$count',
    '*($top=1)',
    'salesInvoices(',
    'salesInvoices()',
    'salesInvoices($levels=0)',
    'salesInvoices($levels=99)',
    'salesInvoices($levels=max)',
    'salesInvoices($top=x)',
    'salesInvoices/$ref/$ref',
    'salesInvoices/$value',
    'number',
    'address',
    '@x.y',
  ].map((expand) => `customers?$expand=${encodeURIComponent(expand)}`),
  // depth and size
  `customers?$filter=${'('.repeat(5000)}true${')'.repeat(5000)}`,
  `customers?$filter=${'('.repeat(20_000)}`,
  `customers?$filter=${'not%20'.repeat(4000)}true`,
  `customers?$filter=${'-'.repeat(9000)}1%20eq%201`,
  `customers?$filter=true${'%20and%20true'.repeat(2000)}`,
  `customers?$filter=1${'%20add%201'.repeat(3000)}%20eq%201`,
  `customers?$filter=number%20in%20(${"'x',".repeat(4000)}'x')`,
  `customers?$filter=${'tolower('.repeat(3000)}number`,
  `customers?$filter=${'tolower('.repeat(90)}number${')'.repeat(90)}%20eq%20'x'`,
  `customers?$expand=${'salesInvoices($expand=customer($expand='.repeat(40)}salesInvoices${'))'.repeat(40)}`,
  `customers?$filter=${Array.from({ length: 40 }, (_, i) => `salesInvoices/any(v${i}:v${i}/customer/`).join('')}salesInvoices/any()${')'.repeat(40)}`,
  `customers?$select=${'number,'.repeat(3000)}number`,
  `customers?$orderby=${'number,'.repeat(3000)}number`,
  `${'customers/'.repeat(2000)}`,
  `customers?${'a=1&'.repeat(6000)}`,
  `customers?$filter=number%20eq%20'${'x'.repeat(33_000)}'`,
  `companies?$expand=*($levels=3)&$filter=${encodeURIComponent("name eq 'x'")}`,
];

test(`${nasty.length} nasty URLs: a proper error or an answer, never a failure of ours`, async () => {
  const failed: string[] = [];
  for (const target of nasty) {
    const answer = await service.get(target.replaceAll('JOURNAL', journal));
    const failures = service.takeFailures();
    const isOk = answer.complete && (answer.status < 500 || answer.status === 501) && failures.length === 0;
    if (!isOk) failed.push(`${answer.status} ${target.slice(0, 160)} ${failures.join()}`);
    else if (answer.status >= 400) expectProper(answer);
  }
  expect(failed).toEqual([]);
  expect((await service.get('customers?$top=1')).status).toBe(200);
}, 60_000);

describe('[178] what is short to write and large to do is refused at once, at its place', () => {
  /** An alias that stands for several of the next one, and so on. */
  const chain = (length: number, value: (next: string) => string, last: string): string =>
    Array.from({ length: length + 1 }, (_, i) => `@a${i}=${i < length ? value(`@a${i + 1}`) : last}`).join('&');
  const many = (item: (index: number) => string): string => Array.from({ length: 1700 }, (_, i) => item(i)).join();

  test.each([
    ['TooManyParts', '@a', `$filter=@a0&${chain(19, (next) => `${next} and ${next}`, 'true')}`],
    ['TooManyParts', '@a', `$filter=true&$orderby=@a0&${chain(18, (next) => `${next} add ${next}`, '1')}`],
    ['TooManyParts', '@a', `$expand=salesInvoices($filter=@a0)&${chain(14, (next) => `${next} or ${next}`, 'true')}`],
    ['TooManyParts', '$expand', '$expand=*($levels=10)'],
    [
      'TooManyParts',
      '$search',
      `$search='${Array.from({ length: 11_000 }, (_, index) => index.toString(36)).join(' ')}'`,
    ],
    ['NestedTooDeeply', '@a', `$filter=@a0 eq 1&${chain(19, (next) => `${'-'.repeat(95)}(${next})`, '1')}`],
    ['NestedTooDeeply', '@a', `$filter=@a0&${chain(19, (next) => `${'not '.repeat(90)}(${next})`, 'true')}`],
    ['TooManyParts', '$compute', `$top=1&$compute=${many((index) => `1 add ${index} as x${index}`)}`],
    ['TooManyParts', '$apply', `$apply=aggregate(${many((index) => `balance with sum as x${index}`)})`],
  ])('%s %s', async (code, target, query) => {
    const answer = await service.send('POST', 'customers/$query', { 'Content-Type': 'text/plain' }, query);
    expect([answer.status, answer.error.code, service.takeFailures()]).toEqual([400, code, []]);
    expect(answer.error.target?.replace(/\d+$/, '')).toBe(target);
  });

  test.each([
    ['salesInvoices', Array.from({ length: 4800 }, (_, index) => `${index}.5`), 'year(invoiceDate) in (', ')'],
    ['customers', Array.from({ length: 1600 }, (_, index) => `{"city":"${index}"}`), 'address in [', ']'],
  ])('a long list of %s is no deep one', async (set, items, before, behind) => {
    service.takeStatements();
    const query = `$top=1&$filter=${before}${items.join()}${behind}`;
    const { status } = await service.send('POST', `${set}/$query`, { 'Content-Type': 'text/plain' }, query);
    expect([status, service.takeFailures()]).toEqual([200, []]);
    const [statement] = service.takeStatements();
    let depth = 0;
    const depths = Array.from(statement?.text.match(/[()]/g) ?? [], (sign) => (depth += sign === '(' ? 1 : -1));
    expect(depths.length).toBeGreaterThan(2 * items.length);
    expect(depths.reduce((most, each) => Math.max(most, each))).toBeLessThan(40);
  });
});

describe('a text of any length is read once, never by its square, nor deeper than the stack', () => {
  const json = { 'Content-Type': 'application/json', 'If-Match': '*' };
  const batch = (request: object): string => JSON.stringify({ requests: [{ id: '1', method: 'GET', ...request }] });
  const multipart = (part: string): string => `--b\r\n${part}\r\n\r\n--b--\r\n`;
  const http = 'Content-Type: application/http\r\n\r\n';
  let share = 1;
  const many = (text: string, count: number): string => text.repeat(count * share);
  const mixed = { 'Content-Type': 'multipart/mixed;boundary=b' };
  const one = (): string => `customers(${customer})`;

  test.each<readonly [what: string, status: number, () => readonly [string, string, Record<string, string>, string?]]>([
    ['Prefer', 202, () => ['GET', 'customers', { Prefer: `respond-async,${many('a,', 120_000)}` }]],
    ['a number', 400, () => ['PATCH', one(), json, `{"creditLimit":1${many('0', 500_000)}1}`]],
    ['digits behind the point', 400, () => ['PATCH', one(), json, `{"creditLimit":0.1${many('0', 500_000)}1}`]],
    ['the bytes of a string', 400, () => ['PATCH', one(), json, `{"displayName":"${many('😀', 5_000_000)}"}`]],
    [
      'faults',
      400,
      () => ['POST', 'customers', json, `{${Array.from({ length: 20_000 * share }, (_, i) => `"x${i}":1`).join()}}`],
    ],
    [
      'faults of nested entities',
      400,
      () => [
        'POST',
        'customerPaymentJournals',
        json,
        `{"code":"LONG","customerPayments":[${many('{"amount":"x"},', 20_000)}{}]}`,
      ],
    ],
    ['a request line', 200, () => ['POST', '$batch', mixed, multipart(`${http}GET a${many(' ', 500_000)}b`)]],
    [
      'a boundary',
      400,
      () => [
        'POST',
        '$batch',
        mixed,
        multipart(`Content-Type: multipart/mixed;boundary="${many('b', 25_000_000)}"\r\n`),
      ],
    ],
    [
      'a header of a part',
      200,
      () => ['POST', '$batch', mixed, multipart(`${http}GET customers\r\nIf-None-Match: ${many(',', 8_000_000)}`)],
    ],
    ['the URL of a part', 200, () => ['POST', '$batch', json, batch({ url: `${many('/', 500_000)}x` })]],
    [
      'an id in a part',
      200,
      () => ['POST', '$batch', json, batch({ url: `$entity?$id=customers(${many('/', 30_000)}x` })],
    ],
    [
      'a preference of a part',
      200,
      () => [
        'POST',
        '$batch',
        json,
        batch({ url: '$metadata', headers: { prefer: `include-annotations="${many('a.b,', 2_000_000)}a.b"` } }),
      ],
    ],
    [
      'tags of a part',
      200,
      () => ['POST', '$batch', json, batch({ url: one(), headers: { 'if-none-match': many(',', 8_000_000) } })],
    ],
    [
      'a reference',
      200,
      () => [
        'POST',
        '$batch',
        json,
        batch({ method: 'POST', url: 'customers', body: { displayName: `$1${many('/a', 5_000_000)}` } }),
      ],
    ],
    [
      'a literal of a condition',
      200,
      () => ['POST', '$batch', json, batch({ url: one(), if: `'${many('a', 29_000_000)}' eq $1/x` })],
    ],
  ])(
    '%s: %i',
    async (_, status, request) => {
      share = 1;
      const [method, path, headers, body] = request();
      const answer = await service.send(method, path, headers, body);
      expect([answer.status, service.takeFailures()]).toEqual([status, []]);
      if (path === '$batch') expect(answer.text).toMatch(/"status":4|HTTP\/1.1 4|"error"/);
      // Whole it is read once, for its depth. How what is dear grows shows at a quarter of it, too.
      const shown = (body?.length ?? 0) > 4_000_000 ? 0.25 : 1;
      const least = await growthOfText((of) => {
        share = shown * of;
        return service.send(...request());
      });
      expect(least).toBeLessThan(8);
    },
    60_000,
  );

  test('a row of the database', async () => {
    const put = jest.spyOn(Buffer, 'concat');
    const { status, text } = await service.get('companies?$expand=*($levels=3)');
    const bytes = put.mock.results.reduce((sum, { value }) => sum + (Buffer.isBuffer(value) ? value.length : 0), 0);
    put.mockRestore();
    expect([status, text.length > 4_000_000]).toEqual([200, true]);
    expect(bytes / text.length).toBeLessThan(4);
  });
});

test('bytes that no URL may hold are refused, not misread', async () => {
  for (const target of [
    "customers?$filter=displayName eq 'x'",
    'customers?$filter=number%20eq%20\u0001',
    'customers#x',
    'customers?$top=1#x',
  ]) {
    const { status } = await raw(target);
    expect([target, status]).toEqual([target, 400]);
  }
});

test('a URL of 8 KiB is read', async () => {
  const list = Array.from({ length: 700 }, (_, index) => `'C${String(index).padStart(5, '0')}'`).join(',');
  const target = `customers?$filter=number%20in%20(${list})&$select=number`;
  expect(target.length).toBeGreaterThan(6000);
  const long = `${target}&custom=${'x'.repeat(8192 - target.length)}`;
  const { status, value } = await service.get(long);
  expect([status, value.length > 5]).toEqual([200, true]);
});

test('a URL over the limit is 414', async () => {
  const answer = await service.get(`customers?custom=${'x'.repeat(40_000)}`);
  expect([414, 431]).toContain(answer.status);
});

describe('the database', () => {
  let admin: Client;
  beforeAll(async () => {
    admin = new Client({ connectionString: service.databaseUrl });
    await admin.connect();
  });
  afterAll(() => admin.end());

  const others = "datname = current_database() AND application_name = 'customer-payments-odata'";
  const terminate = (): Promise<unknown> =>
    admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);

  test('ended connections are replaced: at most the request under way fails, with 503 and Retry-After', async () => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 4 }, () => service.get('customers?$select=number')));
      await terminate();
      const answers = await Promise.all(Array.from({ length: 8 }, () => service.get('customers?$select=number')));
      for (const answer of answers) {
        expect([200, 503]).toContain(answer.status);
        if (answer.status === 503) {
          expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
          expectProper(answer);
        }
      }
      expect((await service.get('customers?$select=number')).status).toBe(200);
    }
    service.takeFailures();
  });

  test('[330] away: 503 with Retry-After; back again: it answers without a restart', async () => {
    const name = new URL(service.databaseUrl).pathname.slice(1);
    const server = new URL(service.databaseUrl);
    server.pathname = '/postgres';
    const root = new Client({ connectionString: server.href });
    await root.connect();
    await root.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    try {
      await terminate();
      const answer = await service.get('customers?$select=number');
      const again = await service.get('customers?$select=number');
      expect([again.status, again.error.code]).toEqual([503, 'DatabaseUnavailable']);
      expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
      expectProper(again);
      expect(answer.status).toBe(503);
    } finally {
      await root.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await root.end();
    }
    expect((await service.get('customers?$select=number')).status).toBe(200);
    service.takeFailures();
  });

  test('[23] gone in the middle of an answer: the connection is cut, a part is never taken for the whole', async () => {
    const [made] = await service.sql(
      `INSERT INTO customer_payment_journals (company_id, code) SELECT id, 'STREAM' FROM companies WHERE name = 'CRONUS DK' RETURNING id::text, company_id::text`,
    );
    await service.sql(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, amount, comment)
       SELECT $1, $2, n, CASE WHEN n = 15000 THEN 0 ELSE n END, repeat('x', 240) FROM generate_series(1, 15000) n`,
      [made?.['company_id'], made?.['id']],
    );
    const path = `customerPaymentJournals(${String(made?.['id'])})/customerPayments`;
    const target = `${path}?$select=comment&$expand=customer&$filter=${encodeURIComponent('1 div amount lt 2')}&$orderby=lineNumber`;
    const answer = await service.get(target, { Prefer: 'maxpagesize=20000', 'Accept-Encoding': 'identity' });
    expect(answer.text.length).toBeGreaterThan(0);
    expect(answer.status === 200 ? answer.complete : answer.status).toBe(answer.status === 200 ? false : 400);
    expect(answer.json['value']).toBeUndefined();
    expect((await service.get(`${path}?$top=1`)).status).toBe(200);
  });
});
