/** SQL text never depends on a value: requests that differ in literals only have one statement, and every literal travels as a parameter. */
import fc from 'fast-check';
import { createDataSource } from '../../src/data-source';
import { operations } from '../../src/domain';
import { NAMESPACE } from '../../src/namespace';
import type { Representation } from '../../src/odata/compile/representation';
import type { CompiledRead } from '../../src/odata/compile/compiled-read';
import { compileRead } from '../../src/odata/compile/read';
import { buildModel } from '../../src/odata/model/build-model';
import { ownMembers } from '../../src/odata/model/inheritance';
import type { EntitySet, Model } from '../../src/odata/model/model';
import { PlanContext } from '../../src/odata/plan/context';
import { planRead } from '../../src/odata/plan/read';
import { translated } from '../../src/odata/plan/regular-expression';
import { SEEDS, Trace } from '../../src/odata/plan/trace';
import { explainRead } from '../../src/odata/service/explain';
import { parseUrl, shapeOf, splitUrl } from '../../src/odata/url';
import { isIntricate } from '../../src/odata/url/pattern-text';
import { DataSource } from 'typeorm';
import { tripPinModel } from './support/models';

/** Metadata without a connection. */
class Unconnected extends DataSource {
  static async of(source: DataSource): Promise<DataSource> {
    const made = new Unconnected(source.options);
    await made.buildMetadatas();
    return made;
  }
}

let model: Model;
beforeAll(async () => {
  const source = createDataSource({ url: 'postgres://nobody@127.0.0.1:1/none', poolSize: 1, statementTimeout: 0 });
  model = buildModel({
    dataSource: await Unconnected.of(source),
    namespace: NAMESPACE,
    operations: operations.declarations,
  });
});

const representation: Representation = {
  metadata: 'minimal',
  ieee754: false,
  omit: undefined,
  prefix: '@odata.',
  namespace: 'Microsoft.NAV',
};

function compile(
  target: string,
  magnitude?: number,
  of = model,
  trace?: Trace,
): { compiled: CompiledRead; values: unknown[]; isShareable: boolean } {
  const parts = splitUrl(target);
  const shape = shapeOf(parts);
  const ast = parseUrl(parts);
  const context = new PlanContext(of, { shape, aliases: ast.options.aliases, trace });
  const compiled = compileRead(planRead(context, ast), representation, { magnitude });
  const bindings = {
    literals: shape.literals,
    partition: '00000000-0000-0000-0000-000000000001',
    extra: { limit: '11', offset: '0' },
  };
  return { compiled, values: compiled.statement.slots.map((slot) => slot(bindings)), isShareable: context.isShareable };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
const number = fc.integer({ min: 1, max: 99_999 });
const guid = fc.uuid();
const date = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));

type Values = readonly [string, string, number, number, string, string];
const values = fc.tuple(text, text, number, number, guid, date);

const targets: Readonly<Record<string, (values: Values) => string>> = {
  operators: ([a, b, n, m]) =>
    `customers?$filter=number eq ${quoted(a)} or (balance mul ${n} gt ${m} and displayName lt ${quoted(b)})`,
  functions: ([a, b, n]) =>
    `customers?$filter=contains(displayName,${quoted(a)}) and startswith(email,${quoted(b)}) and substring(number,${n}) ne ${quoted(a)} and endswith(number,${quoted(b)})`,
  lists: ([a, b, n, m]) =>
    `customerPaymentJournals?$filter=code in (${quoted(a)},${quoted(b)}) and customerPayments/any(p:p/lineNumber in (${n},${m}))`,
  keys: ([, , n, , id]) =>
    `customerPaymentJournals(${id})/customerPayments?$filter=lineNumber gt ${n}&$orderby=amount desc`,
  alternate: ([a]) => `customers(number=${quoted(a)})/salesInvoices`,
  dates: ([, , , , id, day]) =>
    `salesInvoices?$filter=invoiceDate gt ${day} and customerId eq ${id} and year(dueDate) lt ${day.slice(0, 4)}`,
  computed: ([a, , n, m]) =>
    `customers?$compute=balance mul ${n} as b,concat(number,${quoted(a)}) as c&$filter=b gt ${m}&$orderby=c&$select=b,c`,
  aggregated: ([a, , n, m]) =>
    `salesInvoices?$apply=filter(number gt ${quoted(a)})/compute(totalTaxAmount mul ${n} as t)/groupby((customer/number),aggregate(t with sum as s))/filter(s gt ${m})/topcount(${n},s)&$filter=s lt ${m}`,
  concatenated: ([a, , n, m]) =>
    `customers?$apply=concat(aggregate($count as n),filter(number gt ${quoted(a)})/skip(${n})/top(${m}))&$expand=salesInvoices($apply=topsum(${m},remainingAmount))`,
  crossed: ([a, , n]) =>
    `$crossjoin(customers,salesInvoices)?$filter=customers/number gt ${quoted(a)} and salesInvoices/remainingAmount gt ${n}`,
  functionsOfCollections: ([, , n, m]) =>
    `customers?$filter=salesInvoices/aggregate(remainingAmount mul ${n} with sum) gt ${m} and balance lt $these/aggregate(balance mul ${m} with max)`,
  paging: ([, , n, m]) => `salesInvoices?$top=${n}&$skip=${m}`,
  nested: ([a, , n, m]) =>
    `customers?$expand=salesInvoices($filter=number gt ${quoted(a)};$top=${n};$skip=${m};$orderby=totalAmountIncludingTax mul ${n})&$count=true`,
  aliases: ([a, b, n]) =>
    `customers?$filter=number gt @a and balance lt @b or number eq @c&@a=${quoted(a)}&@b=${n}&@c=${quoted(b)}`,
  counts: ([a, , n]) => `customers/$count?$filter=salesInvoices/$count($filter=number ge ${quoted(a)}) gt ${n}`,
  order: ([a, b]) => `customers?$orderby=case(number eq ${quoted(a)}:1,true:2),indexof(displayName,${quoted(b)}) desc`,
};

const encoded = (target: string): string => {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const safe = query.replace(/[^\w$=&'(),;:@/*. -]/gu, (character) => encodeURIComponent(character));
  return `${path}?${safe.replaceAll(' ', '%20')}`;
};

/** `&` and `;` within a value would end the option for the test's own way of encoding. */
const harmless = ([a, b, ...rest]: Values): Values => [
  a.replace(/[&?%/=;#]/g, '-'),
  b.replace(/[&?%/=;#]/g, '-'),
  ...rest,
];

describe.each(Object.entries(targets))('%s', (_, target) => {
  test('one text for all values, and none of them in it', () => {
    const [example] = fc.sample(values, { numRuns: 1, seed: 7 });
    if (!example) throw new Error('A sample has one value');
    const expected = compile(encoded(target(harmless(example))));
    expect(expected.isShareable).toBe(true);
    fc.assert(
      fc.property(values, (some) => {
        const { compiled, values: sent } = compile(encoded(target(harmless(some))));
        expect(compiled.statement.text).toBe(expected.compiled.statement.text);
        expect(compiled.statement.name).toBe(expected.compiled.statement.name);
        expect(sent).toHaveLength(expected.values.length);
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});

test('what may fail is marked where it is looked for, each once at its place, and nothing is where it is not', () => {
  const $filter =
    'balance «add» 1 gt 0 and (balance «div» 2) «mul» 3 gt length(number) and contains(number,concat(email,email))';
  const wanted = [...$filter.matchAll(/«/g)].map(({ index }, before) => index - 2 * before);
  const target = `customers?$filter=${encodeURIComponent($filter.replace(/[«»]/g, ''))}`;
  const trace = new Trace();
  const { text } = compile(target, undefined, model, trace).compiled.statement;
  expect(trace.places.map(({ source }) => source)).toEqual(wanted.map(() => '$filter'));
  expect(trace.places.map(({ at }) => at).sort((one, other) => one - other)).toEqual(wanted);
  const seeds = [...text.matchAll(/setseed\(([\d.]+)\)/g)].map(([, seed]) => Math.round(Number(seed) * SEEDS));
  // Each begins with its number and ends with that of what is around it: the division with that of the multiplication.
  const numbers = Object.fromEntries(trace.places.map(({ at }, index) => [at, index + 1]));
  const [add = 0, div = 0, mul = 0] = wanted.map((at) => numbers[at] ?? 0);
  expect(seeds).toEqual([add, 0, mul, div, mul, 0]);
  expect(compile(target).compiled.statement.text).not.toContain('setseed');
});

test('a text that looks like SQL stays a parameter', () => {
  const evil = "'); DROP TABLE customers; --";
  const { compiled, values: sent } = compile(`customers?$filter=${encodeURIComponent(`number eq ${quoted(evil)}`)}`);
  expect(compiled.statement.text).not.toContain('DROP');
  expect(sent).toContain(evil);
});

test.each([
  ["number eq 'a'", /= \$\d+::text/],
  ['number eq null', /is null/],
  ["phoneNumber ne 'a'", /is distinct from/],
  ['website eq phoneNumber', /is not distinct from/],
  ["startswith(number,'a')", />= \$\d+::text and .* < \$\d+::text/],
  ["number in ('a','b')", /= any\(\$\d+::text\[\]\)/],
])('%s can use an index', (filter, pattern) => {
  expect(compile(`customers?$filter=${encodeURIComponent(filter)}`).compiled.statement.text).toMatch(pattern);
});

test.each([
  ['^C\\d+', '(?:^C[0-9]+)'],
  ['A.', '(?:A[^\\U0000000a\\U0000000d\\U00002028-\\U00002029])'],
  ['[\\d\\w[-]', '(?:[\\U0000002d0-9A-\\U0000005b\\U0000005fa-z])'],
  ['\\u{1F3BB}\\x41', '(?:\\U0001f3bbA)'],
  ['\\uD83C\\uDFBB', '(?:\\U0001f3bb)'],
  ['(?<year>\\d{4}?)(?:a|b)(?=c)(?<!d)', '(?:(?:[0-9]{4})(?:a|b)(?=c)(?<!d))'],
  ['(b)(a)\\2', '(?:(?:b)(a)(?:\\1))'],
  ['(a)?\\1', '^.*?(?:((?:a)?)(?:\\1))'],
  ['(a)+\\1', '(?:(?:a)*(a)(?:\\1))'],
  ['(?:(a)|b)\\1', undefined],
  ['[^]', '(?:.)'],
])("the pattern %s is PostgreSQL's %s", (pattern, expected) => {
  expect(translated([], pattern, 500)).toBe(expected);
});

describe('what a pattern costs PostgreSQL', () => {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const isWritten = (pattern: string): boolean => translated([], pattern, 500) !== undefined;

  // PostgreSQL takes many seconds for each, or gives up.
  test.each([
    `x|${'\\b'.repeat(20)}`,
    '(?:\\b|){20}',
    '(?:\\b|a?){20}',
    '(?:(?=a)|(?<=b)|){20}',
    '(?:(?:(?=a)|(?=b)|){7}|c)*',
    '(?:(?:\\b|^|$|a)*'.repeat(8) + 'c)*'.repeat(8),
    '(?:(?:(?:a?){12}){12}){12}x',
    `(?:${letters.join('?')}?){8}x`,
    `(?:${letters.join('*')}*){8}x`,
    `(?:${letters.map((letter) => `[^${letter}]?`).join('')}){8}x`,
    '(?=(?:(?:a?){40}){40}x)',
    '(?:){100000000000}',
    'a{2001}',
    '^(a|b)(?:a+\\1)*$',
    '^(a|b)(?:a|a\\1)+$',
    '.*(a|b).*(a|b).*c\\1\\2x',
    '(.{0,40})(.{0,40})(.{0,40})c\\1\\2\\3x',
    '(?=a.*b)(.+)c.*\\1',
  ])('%s is not written out for it', (pattern) => {
    expect(isWritten(pattern)).toBe(false);
  });

  test.each([
    '\\bfoo\\b|\\bbar\\b|\\bbaz\\b',
    '\\b\\b\\b\\b',
    letters.map((letter) => `^${letter}$`).join('|'),
    'a{2000}',
    '.{0,2000}x',
    '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$',
    '^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)$',
    '^(?:https?:\\/\\/)?(?:[\\w-]+\\.)+[a-z]{2,6}(?:\\/[^\\s?#]*)?(?:\\?\\S*)?(?:#\\S*)?$',
    '^(\\w+) .*\\1',
    '(["\'])[^"\']*\\1',
    '^(a|b)(?:,\\1)*$',
    letters.map((letter) => `[${letter}_]`).join('') + '.'.repeat(200),
  ])('%s is written out', (pattern) => {
    expect(isWritten(pattern)).toBe(true);
  });

  /** Patterns share plans that are written out, unless their text says that it might not be. */
  test('a pattern that is not intricate is written out, whatever else is in it', () => {
    const most = ['\\b\\b\\b', '(\\b\\b|.)*', '(^|$|.)*', '((.|.)*|.)*', '.?.?.?.?.?.?', '(.|.|.)*$^', '(?=\\b|.)+'];
    const pieces = fc.constantFrom(
      ...most,
      ...letters.map((letter) => `[${letter}_]`),
      '.',
      '.',
      '\\w',
      '(',
      ')',
      '|',
      '*',
      '+',
      '?',
      '^',
      '$',
      '\\b',
      '(?=',
      '(?<!',
    );
    const text = fc.array(pieces, { maxLength: 30 }).map((all) => all.join(''));
    const filled = fc.tuple(text, text).map(([one, other]) => {
      const classes = letters.map((letter) => `[${letter}_]`).join('');
      const rest = 500 - one.length - other.length - classes.length;
      return one + classes + '.'.repeat(Math.max(rest, 0)) + other;
    });
    const isPattern = (pattern: string): boolean => {
      try {
        return pattern.length <= 500 && new RegExp(pattern, 'u') instanceof RegExp;
      } catch {
        return false;
      }
    };
    const samples = fc
      .sample(filled, { numRuns: 4000, seed: 11 })
      .filter((each) => !isIntricate(each) && isPattern(each));
    expect(samples.length).toBeGreaterThan(100);
    expect(samples.filter((each) => !isWritten(each))).toEqual([]);
    for (const each of most) expect([each, isIntricate(each)]).toEqual([each, false]);
  });
});

test.each([
  ["customers?$filter=number eq 'A'", 'sales_invoices'],
  ['agedReceivables(asOf=2026-03-31)', 'sum(remaining_amount)'],
  ["customerPaymentJournals(code='A')/previewPosting()?$filter=error ne null", 'customer_payments'],
  ["customers(number='A')/openInvoices()?$filter=totalTaxAmount gt 5", 'sales_invoices'],
])('`npm run sql` lays %s open', (target, part) => {
  const pages = { defaultPageSize: 10, maxPageSize: 10, expandPageSize: 10 };
  const { statement, values, plan } = explainRead(model, pages, encodeURI(target), null);
  expect(statement.text).toContain(part);
  expect(values).toHaveLength(statement.slots.length);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test('types of one table share what is joined to their rows', async () => {
  const trips = await tripPinModel();
  const joins = (target: string): number =>
    [...compile(target, undefined, trips).compiled.statement.text.matchAll(/ join /g)].length;
  // The manager's name of employees and managers.
  expect(joins('Contacts')).toBe(1);
  expect(joins('Contacts?$expand=airline,friend')).toBe(4);
});

describe('$levels', () => {
  const size = (of: Model, target: string): number => compile(target, undefined, of).compiled.statement.text.length;
  const both = async (): Promise<readonly Model[]> => [model, await tripPinModel()];
  /** The navigations of a set's entities, behind casts where they are those of derived types. */
  const relations = ({ type }: EntitySet, { namespace }: Model): readonly string[] => [
    ...type.navigations.keys(),
    ...(type.inheritance?.derived ?? []).flatMap((derived) =>
      ownMembers(derived, ({ navigations }) => navigations).map(({ name }) => `${namespace}.${derived.name}/${name}`),
    ),
  ];

  test('[157, 178] a statement grows by as much for each level, whatever types there are', async () => {
    const grown: string[] = [];
    for (const of of await both())
      for (const set of of.entitySets.values())
        for (const relation of relations(set, of)) {
          const sizes = [2, 3, 9, 10].map((levels) => size(of, `${set.name}?$expand=${relation}($levels=${levels})`));
          const [two = 0, three = 0, nine = 0, ten = 0] = sizes;
          expect(ten - nine).toBeLessThanOrEqual(1.2 * (three - two));
          if (ten > nine) grown.push(`${set.name}/${relation}`);
        }
    expect(grown).toEqual(expect.arrayContaining(['Contacts/friend', 'Contacts/Trip.Pin.Manager/directReports']));
  });

  test('[178] a star is compiled, or refused, at once', async () => {
    const refused: string[] = [];
    /** Processor time, in microseconds. */
    const costs = { compiled: [0], refused: [0] };
    for (const of of await both())
      for (const set of of.entitySets.values())
        for (const levels of [1, 2, 3, 4, 6, 8, 10, 'max']) {
          const before = process.cpuUsage();
          const cost = (): number => process.cpuUsage(before).user;
          try {
            size(of, `${set.name}?$expand=*($levels=${levels})`);
            costs.compiled.push(cost());
          } catch (error) {
            costs.refused.push(cost());
            expect(error).toMatchObject({ code: 'TooManyParts' });
            refused.push(`${set.name} ${levels}`);
          }
        }
    // What is refused has as many parts as what is compiled may have, and no more is done for it.
    expect(Math.max(...costs.refused) / Math.max(...costs.compiled)).toBeLessThan(10);
    expect(refused).toContain('Contacts 10');
    expect(refused.filter((one) => /max|[12]$/.test(one))).toEqual([]);
  }, 60_000);
});

describe('the magnitude of a page', () => {
  const text = (target: string): string => compile(target, 100).compiled.statement.text;

  test('bounds what no value of the client decides, beside the exact limit', () => {
    for (const target of [
      'customers',
      'customers?$top=50',
      'customers?$orderby=displayName desc&$expand=salesInvoices($filter=number gt %27a%27)',
    ])
      expect(text(target)).toMatch(/limit 100\) t\d+ limit \$\d+::int8/);
  });

  test('stands beside a filter where the rows belong to one parent, which the values do not lead away from', () => {
    const journal = `customerPaymentJournals(${'00000000-0000-0000-0000-000000000002'})`;
    for (const target of [
      `${journal}/customerPayments?$filter=dimensionLines/any(d:d/code eq %27a%27)&$top=20`,
      `${journal}/customerPayments?$filter=year(postingDate) eq 2026 and not dimensionLines/any()`,
      `${journal}/customerPayments?$filter=customerNumber in (%27a%27,%27b%27)&$orderby=lineNumber`,
      `customers(number=%27a%27)/salesInvoices?$filter=number eq %27a%27`,
    ])
      expect(text(target)).toMatch(/limit 100\) t\d+ limit \$\d+::int8/);
  });

  test('says nothing where values decide: a filter on all of a company, one that is more than equalities and lambdas, or beside an order, a count, a skip, an expression in the order', () => {
    const journal = `customerPaymentJournals(${'00000000-0000-0000-0000-000000000002'})`;
    const company = `companies(${'00000000-0000-0000-0000-000000000001'})`;
    for (const target of [
      'customers?$filter=number eq %27a%27',
      `${company}/customers?$filter=number eq %27a%27`,
      'customers(number=%27a%27)/salesInvoices?$filter=number eq %27a%27&$count=true',
      `${journal}/customerPayments?$filter=postingDate lt 1990-01-01`,
      `${journal}/customerPayments?$filter=startswith(customerNumber,%27a%27)`,
      `${journal}/customerPayments?$filter=amount eq 5 and (amount ne 5 or postingDate ge 1990-01-01)`,
      `${journal}/customerPayments?$filter=amount eq 5&$orderby=postingDate desc`,
      `${journal}/customerPayments?$filter=amount eq 5&$orderby=lineNumber desc`,
      'customers?$skip=10',
      'customers?$orderby=indexof(number,%27a%27)',
    ])
      expect(text(target)).not.toContain('limit 100');
  });
});
