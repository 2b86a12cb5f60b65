/** Each limit of what one request may ask: what is allowed is answered, one more has a code of its own, and the greatest value of its setting works. */
import { loadConfig, settings } from '../../src/config';
import { requestLimits } from '../../src/odata/service/planned';
import { nest, rep, seq } from '../setup/constructs';
import { startService, type Answer, type TestService } from '../setup/service';

type Request = (service: TestService) => Promise<Answer>;

/** A query in a body, where it may be longer than any URL. */
const query =
  (path: string, ...options: readonly (readonly [string, string])[]): Request =>
  (service) =>
    service.send(
      'POST',
      `${path}/$query`,
      { 'Content-Type': 'text/plain' },
      options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'),
    );

const customers = (option: string, value: string, ...more: readonly (readonly [string, string])[]): Request =>
  query('customers', [option, value], ['$select', 'number'], ...more);
const filter = (text: string): Request => customers('$filter', text);
const apply = (text: string): Request => query('customers', ['$apply', text]);

const list = (n: number): Request => filter(`number in (${seq(n, (i) => `'C${i}'`, ',')})`);
const arrays = (n: number): Request =>
  customers('$filter', 'number in @l', ['@l', `[${seq(n, (i) => `"C${i}"`, ',')}]`]);
const terms = (n: number): Request => filter(seq(n, (i) => `number eq '${i}'`, ' or '));
/** Terms that an alias stands for, so often. */
const repeated = (n: number, times: number): Request =>
  customers('$filter', rep('@a', times, ' or '), ['@a', seq(n, (i) => `number eq '${i}'`, ' or ')]);
const nested = (n: number): Request => filter(`${nest(n, 'round(', 'creditLimit', ' add 1)')} gt 1`);
const aliases = (n: number): Request =>
  customers(
    '$filter',
    '@a0',
    ...Array.from({ length: n }, (_, i) => [`@a${i}`, i < n - 1 ? `@a${i + 1}` : 'true'] as const),
  );
const levels = (n: number): string =>
  seq(n, (i) => `${i ? '($select=number;$expand=' : ''}${i % 2 ? 'customer' : 'salesInvoices'}`) + ')'.repeat(n - 1);
/** Of no customer: what is expanded multiplies. */
const expanded = (n: number): Request => query('customers', ['$top', '0'], ['$expand', levels(n)]);
const url =
  (n: number): Request =>
  (service) => {
    const path = "customers?$select=number&$filter=number%20eq%20'";
    return service.get(`${path}${'x'.repeat(n - '/v1.0/'.length - path.length - 1)}'`);
  };
const batch =
  (n: number, length = 0): Request =>
  (service) =>
    service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'application/json' },
      `{"requests":[${seq(n, (i) => `{"id":"${i}","method":"GET","url":"nothing"}`, ',')}]}`.padEnd(length),
    );

/** A batch with JSON of so many levels, which nobody asks for. */
const deep =
  (levels: number): Request =>
  (service) =>
    service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'application/json' },
      `{"requests":[],"@a":${nest(levels - 1, '[', '', ']')}}`,
    );
/** A batch whose request has headers of so many characters, and somewhat more. */
const headers =
  (n: number): Request =>
  (service) =>
    service.send(
      'POST',
      '$batch',
      { 'Content-Type': 'multipart/mixed;boundary=b' },
      `--b\r\nContent-Type: application/http\r\nX: ${rep('x', n)}\r\n\r\nGET nothing HTTP/1.1\r\n\r\n\r\n--b--`,
    );
const typing = (n: number): Request => customers('$search', `'${seq(n, (i) => `w${i}`, ' ')}'`);

/** What reports, analytical tables and lookups by keys ask at their widest. */
const dimensions = ['currencyCode', 'type', 'blocked', 'taxLiable', 'displayName', 'number'] as const;
const measures = (n: number): string => `aggregate(${seq(n, (i) => `balance with sum as m${i}`, ',')})`;
const names = (n: number, letter: string): string => seq(n, (i) => `${letter}${i}`, ',');
const computed = (n: number, of: (i: number) => string): string => seq(n, (i) => `${of(i)} as x${i}`, ',');
const tuples = (properties: readonly string[]): Request =>
  filter(`[${properties.join(',')}] in [${seq(1000, (i) => `[${properties.map(() => `'C${i}'`).join(',')}]`, ',')}]`);
/** A row for all, and those of each level with their number, as a table with subtotals asks for them. */
const levelsOf = (n: number): string =>
  seq(
    dimensions.length,
    (i) =>
      `groupby((${dimensions.slice(0, i + 1).join(',')}),${measures(n)})/concat(aggregate($count as n${i}),orderby(currencyCode)/top(50))`,
    ',',
  );
const wide: readonly (readonly [string, Request])[] = [
  ['300 columns', query('customers', ['$select', rep('number,displayName,balance', 100, ',')])],
  [
    '300 computed columns',
    query(
      'customers',
      ['$compute', computed(300, (i) => `balance mul ${i} add creditLimit`)],
      ['$select', names(300, 'x')],
      ['$filter', seq(300, (i) => `x${i} ge 0`, ' or ')],
      ['$orderby', names(20, 'x')],
    ),
  ],
  [
    '300 computed columns of what is expanded',
    query('customers', [
      '$expand',
      `salesInvoices($compute=${computed(300, (i) => `remainingAmount mul ${i}`)};$select=${names(300, 'x')})`,
    ]),
  ],
  [
    '300 columns that are grouped by',
    apply(`compute(${computed(300, (i) => `balance mul ${i}`)})/groupby((${names(300, 'x')}),aggregate($count as n))`),
  ],
  [
    '300 measures, and what is computed of them',
    apply(`groupby((currencyCode),${measures(300)})/compute(${computed(300, (i) => `m${i} div 2`)})/filter(x0 ge 0)`),
  ],
  [
    '100 measures of chosen members, in order',
    query(
      'customers',
      ['$apply', `groupby((${dimensions.join(',')}),${measures(100)})`],
      ['$filter', seq(400, (i) => `number eq 'C${i}'`, ' or ')],
      ['$orderby', dimensions.join(',')],
      ['$top', '1001'],
    ),
  ],
  [
    'rollup over 6 dimensions with 20 measures',
    query(
      'customers',
      ['$apply', `groupby((rollup($all,${dimensions.join(',')})),${measures(20)})/filter(m0 ge 0)`],
      ['$orderby', `${dimensions.join(',')},m0 desc`],
      ['$count', 'true'],
    ),
  ],
  [
    'rollup over 3 and 3 dimensions with 20 measures',
    query(
      'customers',
      [
        '$apply',
        `groupby((rollup($all,${dimensions.slice(0, 3).join(',')}),rollup($all,${dimensions.slice(3).join(',')})),${measures(20)})`,
      ],
      ['$filter', seq(20, (i) => `m${i} ge 0`, ' and ')],
      ['$orderby', 'currencyCode,m0 desc'],
    ),
  ],
  [
    'concat of six levels with 20 measures',
    query(
      'customers',
      ['$apply', `filter(balance ge 0)/concat(${measures(20)},${levelsOf(20)})`],
      ['$orderby', 'currencyCode,m0'],
    ),
  ],
  [
    'concat of six levels, and what is computed of them',
    apply(`concat(${measures(20)},${levelsOf(20)})/compute(${computed(20, (i) => `m${i} div 2`)})/filter(x0 ge 0)`),
  ],
  ['1,000 tuples of two', tuples(['number', 'displayName'])],
  ['1,000 tuples of five', tuples(['number', 'displayName', 'currencyCode', 'email', 'website'])],
];

interface Limit {
  readonly name: keyof typeof settings;
  /** At the default. */
  readonly allowed: Request;
  readonly refused: Request;
  readonly error: readonly [status: number, code: string];
  /** At the greatest value, with that of other settings that it needs. */
  readonly beyond: Request;
  readonly beside?: readonly (keyof typeof settings)[];
}

const long = { beside: ['MAX_URL_LENGTH'] } as const;
const limits: readonly Limit[] = [
  {
    name: 'MAX_URL_LENGTH',
    allowed: url(32_768),
    refused: url(32_769),
    error: [414, 'UriTooLong'],
    beyond: url(1_000_000),
  },
  {
    name: 'MAX_URL_LENGTH',
    allowed: filter(`number eq '${'x'.repeat(65_000)}'`),
    refused: customers('$filter', `number eq '${'x'.repeat(40_000)}'`, ['@a', `'${'x'.repeat(40_000)}'`]),
    error: [400, 'TextTooLong'],
    beyond: customers('$filter', `number eq '${'x'.repeat(900_000)}'`, ['@a', `'${'x'.repeat(900_000)}'`]),
  },
  {
    name: 'MAX_URL_LENGTH',
    allowed: headers(65_000),
    refused: headers(65_537),
    error: [400, 'TextTooLong'],
    beyond: headers(1_000_000),
  },
  {
    name: 'MAX_BODY_SIZE',
    allowed: batch(1, 33_554_432),
    refused: batch(1, 33_554_433),
    error: [413, 'PayloadTooLarge'],
    beyond: batch(1, 50_000_000),
  },
  {
    name: 'MAX_BATCH_PARTS',
    allowed: batch(1000),
    refused: batch(1001),
    error: [413, 'PayloadTooLarge'],
    beyond: batch(5000),
  },
  {
    name: 'MAX_LIST_LENGTH',
    allowed: list(5000),
    refused: list(5001),
    error: [400, 'ListTooLong'],
    beyond: list(60_000),
    ...long,
  },
  {
    name: 'MAX_LIST_LENGTH',
    allowed: arrays(5000),
    refused: arrays(5001),
    error: [400, 'ListTooLong'],
    beyond: arrays(100_000),
    ...long,
  },
  {
    name: 'MAX_PARTS',
    allowed: terms(2400),
    refused: terms(2600),
    error: [400, 'TooManyParts'],
    beyond: terms(20_000),
    ...long,
  },
  {
    name: 'MAX_PARTS',
    allowed: repeated(500, 8),
    refused: repeated(500, 20),
    error: [400, 'TooManyParts'],
    beyond: repeated(500, 80),
  },
  {
    name: 'MAX_NESTING',
    allowed: nested(98),
    refused: nested(101),
    error: [400, 'NestedTooDeeply'],
    beyond: nested(198),
  },
  {
    name: 'MAX_NESTING',
    allowed: aliases(390),
    refused: aliases(410),
    error: [400, 'NestedTooDeeply'],
    beyond: aliases(790),
  },
  { name: 'MAX_NESTING', allowed: deep(100), refused: deep(101), error: [400, 'InvalidBody'], beyond: deep(200) },
  {
    name: 'MAX_PARTS',
    allowed: typing(1000),
    refused: typing(9000),
    error: [400, 'TooManyParts'],
    beyond: typing(9000),
  },
  {
    name: 'MAX_EXPAND_DEPTH',
    allowed: expanded(10),
    refused: expanded(11),
    error: [400, 'ExpandedTooDeeply'],
    beyond: expanded(20),
  },
  {
    name: 'MAX_TRANSFORMATIONS',
    allowed: apply(rep('filter(creditLimit gt 1)', 100, '/')),
    refused: apply(rep('filter(creditLimit gt 1)', 101, '/')),
    error: [400, 'TooManyParts'],
    beyond: apply(rep('filter(creditLimit gt 1)', 500, '/')),
  },
  {
    name: 'MAX_TRANSFORMATIONS',
    allowed: apply(`groupby((rollup(${rep('number', 90, ',')})))`),
    refused: apply(`groupby((rollup(${rep('number', 102, ',')})))`),
    error: [400, 'TooManyParts'],
    beyond: apply(`groupby((rollup(${rep('number', 300, ',')})))`),
    beside: ['MAX_PARTS'],
  },
  {
    name: 'MAX_PATTERN_LENGTH',
    allowed: filter(`matchesPattern(number,'${'a'.repeat(500)}')`),
    refused: filter(`matchesPattern(number,'${'a'.repeat(501)}')`),
    error: [400, 'PatternTooComplex'],
    beyond: filter(`matchesPattern(number,'${'a'.repeat(10_000)}')`),
  },
];

/** The greatest value of a setting. */
const greatest = (name: keyof typeof settings): string =>
  / to (\d+)/.exec(settings[name].values.description ?? '')?.[1] ?? '';

function started(env: NodeJS.ProcessEnv): Promise<TestService> {
  const config = loadConfig(env);
  const { maxBatchParts, maxUrlLength: urlLimit, maxBodySize: bodyLimit } = config;
  return startService({ maxBatchParts, urlLimit, bodyLimit, limits: requestLimits(config), statementTimeout: 60_000 });
}

const told = ({ status, error, text }: Answer): unknown =>
  status < 300 ? status : [status, error.code, text.slice(0, 300)];

describe('at the defaults', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await started({});
  });
  afterAll(() => service.close());

  test.each(limits)('$name allows as much', async ({ allowed }) => {
    expect(told(await allowed(service))).toBe(200);
  });

  test.each(limits)('$name refuses more', async ({ refused, error: [status, code] }) => {
    const answer = await refused(service);
    expect([answer.status, answer.error.code]).toEqual([status, code]);
    expect(answer.error.message).toMatch(/\d/);
  });
});

test.each(limits)(
  'the greatest $name lets more through',
  async ({ name, beyond, beside = [] }) => {
    const service = await started(Object.fromEntries([name, ...beside].map((one) => [one, greatest(one)])));
    expect(told(await beyond(service))).toBe(200);
    await service.close();
  },
  120_000,
);

describe('large requests', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ statementTimeout: 20_000 });
  });
  afterAll(() => service.close());

  test.each([
    ['any', seq(90, (i) => `${i ? `i${i - 1}/customer/` : ''}salesInvoices/any(i${i}:`)],
    ['all', seq(90, (i) => `${i ? `i${i - 1}/customer/` : ''}salesInvoices/all(i${i}:`)],
  ])('lambdas deep within one another take PostgreSQL no time to plan: %s', async (_, text) => {
    const answer = await filter(`${text}true${')'.repeat(text.split('(').length - 1)}`)(service);
    expect(told(answer)).toBe(200);
    const all = await service.get('customers/$count?$filter=salesInvoices/any()');
    if (text.includes('any')) expect(String(answer.value.length)).toBe(all.text);
  });

  test.each(wide)('what clients ask at their widest is answered: %s', async (_, request) => {
    expect(told(await request(service))).toBe(200);
  });

  test('values that are passed on as they are make the same answer', async () => {
    const expand = '$expand=*($levels=3)&$select=id';
    const streamed = await service.get(`companies?${expand}&$top=1`);
    const [company] = streamed.value;
    const whole = await service.get(`companies(${String(company?.['id'])})?${expand}`);
    expect(streamed.bytes.length).toBeGreaterThan(300_000);
    expect({ ...company }).toEqual({ ...whole.json, '@odata.context': undefined });
  });
});
