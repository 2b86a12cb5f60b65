/** Whatever URL a client sends, the answer is its own fault or its data: never an error of the service's. */
import fc from 'fast-check';
import { hasOasis, oasisSuite, type OasisCase } from '../setup/oasis';
import { requestLimits } from '../../src/odata/service/planned';
import { startService, type TestService } from '../setup/service';
import { seeds } from './fuzz-seeds';

let service: TestService;
let journal: string;
let customer: string;

beforeAll(async () => {
  service = await startService({ statementTimeout: 10_000 });
  journal = String((await service.sql('SELECT id FROM customer_payment_journals ORDER BY code LIMIT 1'))[0]?.['id']);
  customer = String((await service.sql('SELECT id FROM customers ORDER BY number LIMIT 1'))[0]?.['id']);
});
afterAll(() => service.close());

/** What the service answers to targets, as `status target` of those that are its own fault. On a slow machine the last ones are left out. */
async function faults(targets: readonly string[], seconds = Infinity): Promise<readonly string[]> {
  const end = performance.now() + seconds * 1000;
  const bad: string[] = [];
  const waiting = [...targets];
  const work = async (): Promise<void> => {
    for (let target = waiting.pop(); target !== undefined && performance.now() < end; target = waiting.pop()) {
      const { status, text } = await service.get(target);
      if (status >= 500 && status !== 501)
        bad.push(`${status} ${decoded(target)} ${text} ${service.takeFailures().join()}`);
      else counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return bad;
}
const counts = new Map<number, number>();

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const placed = (text: string): string => text.replaceAll('JOURNAL', journal).replaceAll('CUSTOMER', customer);

/** Percent-encodes what no request line may hold, and nothing else: reserved characters keep their meaning. */
const encoded = (text: string): string =>
  text.replace(/[^\x21-\x7e]|["<>\\^`{|}#]/gu, (character) =>
    encodeURIComponent(/[\ud800-\udfff]/.test(character) && character.length === 1 ? '?' : character),
  );

/** Words, numbers, strings and signs. */
const tokensOf = (text: string): string[] => text.match(/'[^']*'|[\w.$@-]+|\s+|[^\w\s]/gu) ?? [];

type Mutation = (tokens: string[], at: number, other: readonly string[], from: number) => string[];

const mutations: readonly Mutation[] = [
  (tokens, at) => tokens.toSpliced(at, 1),
  (tokens, at) => tokens.toSpliced(at, 0, tokens[at] ?? ''),
  (tokens, at, other, from) => tokens.toSpliced(at, 1, other[from % other.length] ?? ''),
  (tokens, at, other, from) => tokens.toSpliced(at, 0, other[from % other.length] ?? ''),
  (tokens, at, other, from) => [...tokens.slice(0, at), ...other.slice(from % other.length)],
  (tokens, at) => tokens.toSpliced(at, 2, tokens[at + 1] ?? '', tokens[at] ?? ''),
  (tokens, at, _, from) => tokens.toSpliced(at, 1, literals[from % literals.length] ?? ''),
  (tokens, at) => tokens.toSpliced(at, 1, (tokens[at] ?? '').toUpperCase()),
];

const literals = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1.5',
    '1e400',
    '-0',
    '99999999999999999999',
    '1e-400',
    'INF',
    '-INF',
    'NaN',
    "''",
    "'x'",
    "'%00'",
  ],
  ...[
    '2024-02-30',
    '0000-01-01',
    '-0001-01-01',
    '9999-12-31',
    '99999-12-31',
    '2024-02-29T24:00:00Z',
    '23:59:60',
    '2024-01-01T00:00:00+14:00',
  ],
  ...[
    "duration'P1D'",
    "duration'-PT0.0000001S'",
    "duration'P99999999999D'",
    "binary'AA'",
    "binary'A'",
    '00000000-0000-0000-0000-000000000000',
  ],
  ...[
    '$it',
    '$this',
    '$root',
    '()',
    '[]',
    '{}',
    '[null]',
    '["a",1]',
    '@p',
    '$count',
    "Microsoft.NAV.customerBlocked'None'",
    'Edm.Int16',
    'Edm.Single',
  ],
  ...[
    'now()',
    "matchespattern('a','(')",
    "'((a+)+)+$'",
    "'(a{1,250}){1,250}'",
    'geo.length(1)',
    'case(true:1)',
    'cast(1,Edm.String)',
    '٣',
    '😀',
    '\ud800',
  ],
];

const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.constantFrom(...mutations), fc.nat(), fc.constantFrom(...seeds), fc.nat()), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([seed, changes]) =>
    changes
      .reduce(
        (tokens, [change, at, other, from]) => change(tokens, at % Math.max(tokens.length, 1), tokensOf(other), from),
        tokensOf(seed),
      )
      .join(''),
  );

test('[20, 358] the seeds themselves are answered', async () => {
  expect(await faults(seeds.map((seed) => encoded(placed(seed))))).toEqual([]);
});

/** The request that an input of the published cases stands for; undefined for what is no part of a URL. */
function oasisTarget({ Rule, Input }: OasisCase): string | undefined {
  switch (Rule) {
    case 'odataUri':
      return Input.replace(/^https?:\/\/[^/]*\/(?:[^/$]*\/)?/, '');
    case 'odataRelativeUri':
    case 'resourcePath':
      return Input;
    case 'queryOptions':
    case 'systemQueryOption':
    case 'expand':
    case 'filter':
    case 'orderby':
    case 'search':
    case 'select':
    case 'compute':
      return `customers?${Input}`;
    case 'commonExpr':
    case 'boolCommonExpr':
    case 'primitiveLiteral':
      return `customers?$filter=${Input}`;
    case 'searchExpr':
      return `customers?$search=${Input}`;
    default:
      return undefined;
  }
}

(hasOasis ? test : test.skip)(
  '[102, 358] the published cases of the grammar are answered with data or a reason',
  async () => {
    const cases = [
      ...oasisSuite('odata-abnf-testcases.yaml').TestCases,
      ...oasisSuite('odata-aggregation-testcases.yaml').TestCases,
    ];
    const targets = cases.flatMap((one) => oasisTarget(one) ?? []);
    expect(targets.length).toBeGreaterThan(600);
    // The same with names that there are.
    const renamed = targets.map((target) =>
      target
        .replace(/\b(Customers|Products|Categories|Orders|Sales)\b/g, 'customers')
        .replace(/\b(Name|ProductName|CompanyName|FirstName)\b/g, 'displayName')
        .replace(/\b(ID|Id|CustomerID)\b/g, 'number')
        .replace(/\b(Price|Amount|Rating)\b/g, 'balance'),
    );
    expect(await faults([...targets, ...renamed].map(encoded))).toEqual([]);
  },
  60_000,
);

test('[358] 10,000 mutated URLs: no answer is 5xx but 501', async () => {
  const targets = fc.sample(mutated, { numRuns: 10_000, seed: 20_261_125 }).map((target) => encoded(placed(target)));
  counts.clear();
  expect(await faults(targets, 20)).toEqual([]);
  // A fuzz of nothing but syntax errors would prove little.
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect(counts.get(200)).toBeGreaterThan(all / 20);
}, 180_000);

describe('more than the service allows', () => {
  let small: TestService;
  beforeAll(async () => {
    small = await startService({
      limits: {
        ...requestLimits({
          maxUrlLength: 250,
          maxNesting: 20,
          maxParts: 60,
          maxListLength: 5,
          maxExpandDepth: 2,
          maxPatternLength: 8,
          maxTransformations: 5,
        }),
        parts: 20_000,
      },
    });
  });
  afterAll(() => small.close());

  test.each([
    ['TextTooLong', `customers?$filter=number eq '${'x'.repeat(500)}'`],
    ['NestedTooDeeply', `customers?$filter=${'('.repeat(21)}true${')'.repeat(21)}`],
    ['NestedTooDeeply', `customerLedgerEntries?$filter=${'customer/'.repeat(21)}number eq '1'`],
    ['NestedTooDeeply', `customerLedgerEntries?$apply=groupby((${'customer/'.repeat(21)}number))`],
    ['NestedTooDeeply', `customers('1')${'/customer'.repeat(21)}`],
    ['TooManyParts', `customers?$filter=true${' or true'.repeat(40)}`],
    ['TooManyParts', `customers?$apply=concat(identity,${'identity/'.repeat(3)}identity)/identity`],
    ['ListTooLong', "customers?$filter=number in ('1','2','3','4','5','6')"],
    ['ListTooLong', 'customers?$filter=number in @l&@l=["1","2","3","4","5","6"]'],
    ['ListTooLong', 'customers?$filter=[1,2,3,4,5,6] eq []'],
    ['ExpandedTooDeeply', 'customers?$expand=salesInvoices($expand=customer($expand=salesInvoices))'],
    ['PatternTooComplex', "customers?$filter=matchespattern(number,'123456789')"],
  ])('[178] %s', async (code, target) => {
    const answer = await small.get(encoded(target));
    expect(answer).toMatchObject({ status: 400, error: { code } });
  });

  // A service of its own: what is hurried may time out on a busy machine whatever it is.
  test('[178] StatementTimeout', async () => {
    const hurried = await startService({ statementTimeout: 400 });
    const answer = await hurried.get(
      encoded(
        '$crossjoin(customers,salesInvoices,customerPaymentDetails,customerLedgerEntries,dimensionValues,accounts)?$count=true&$top=0&$filter=accounts/number ne salesInvoices/number',
      ),
    );
    expect(answer).toMatchObject({ status: 400, error: { code: 'StatementTimeout' } });
    await hurried.close();
  });

  test('[178] what is allowed is answered, and $metadata tells the depth of $expand', async () => {
    const answers = await Promise.all(
      [
        "customers?$filter=number in ('1','2','3','4','5')",
        'customers?$expand=salesInvoices($expand=customer)',
        "customers?$filter=matchespattern(number,'12345678')",
      ].map((target) => small.get(encoded(target))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await small.get('$metadata?$format=json')).text).toContain('"MaxLevels":2');
  });

  test('[359] a URL of 8 KiB is answered', async () => {
    const list = Array.from({ length: 1000 }, (_, index) => `'C${String(index).padStart(5, '0')}'`).join(',');
    const target = `customers?$filter=number in (${list})&$select=number`;
    expect(target.length).toBeGreaterThan(8192);
    expect((await service.get(encoded(target))).value.length).toBeGreaterThan(10);
  });
});
