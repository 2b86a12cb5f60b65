/** Expressions that one table of filters over one set does not show: paths into other sets, collections of values, every primitive type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { offered } from '../../src/odata/model/capabilities';
import { functions } from '../../src/odata/plan/functions';
import { sendJson } from '../setup/batches';
import { Dice } from '../setup/random/dice';
import { compare, loadRows, ONE, sorted, type Customer, type Rows } from '../setup/oracle';
import { startService, withOptions, type Answer, type TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let payments: TestService;
let tripPin: TestService;
let rows: Rows;
let customers: readonly Customer[];

beforeAll(async () => {
  [payments, tripPin] = await Promise.all([startService(), startTripPin()]);
  rows = await loadRows(payments);
  customers = sorted(
    rows.customers.filter(({ companyId }) => companyId === rows.here),
    [(row) => row.number],
  );
});
afterAll(() => Promise.all([payments.close(), tripPin.close()]));

async function ok(service: TestService, path: string, options: Readonly<Record<string, string>>): Promise<Answer> {
  const answer = await service.get(withOptions(path, options));
  if (answer.status !== 200) throw new Error(`${answer.text}\n${service.takeFailures().join('\n')}`);
  return answer;
}

type Case<T> = readonly [filter: string, of: (row: T) => boolean, options?: Readonly<Record<string, string>>];

/** For test.each: the title, and the case whole. */
const titled = <T extends readonly [string, ...unknown[]]>(cases: readonly T[]) =>
  cases.map((row) => [row[0], row] as const);

describe('paths to entities elsewhere', () => {
  const found = (wanted: (row: Customer) => boolean): Customer => {
    const row = rows.customers.find(wanted);
    if (!row) throw new Error('The sample data has such a customer');
    return row;
  };
  const first = (): Customer => found(({ number, companyId }) => number === 'C00001' && companyId === rows.here);
  const elsewhere = (): Customer => found(({ companyId }) => companyId !== rows.here);
  const cases: readonly Case<Customer>[] = [
    ["$root/customers(number='C00001')/balance lt balance", (c) => first().balance < c.balance],
    ['$root/customers(ID)/number eq number', (c) => c.number === 'C00001'],
    ['$root/customers(id=ID)/address/city eq address/city', (c) => first().addressCity === c.addressCity],
    [
      '$root/customers(@k)/displayName lt displayName',
      (c) => compare(first().displayName, c.displayName) < 0,
      { '@k': 'ID' },
    ],
    ["$root/customers(number='none')/displayName eq null", () => true],
    ["not contains($root/customers(number='none')/displayName,'x')", () => false],
    ['$root/customers(ELSEWHERE)/number ne null', () => false],
    [
      '$root/customers(ID)/salesInvoices/$count le salesInvoices/$count',
      (c) => first().salesInvoices.length <= c.salesInvoices.length,
    ],
    [
      '$root/customers/any(o:o/displayName lt displayName and o/taxLiable)',
      (c) => customers.some((o) => compare(o.displayName, c.displayName) < 0 && o.taxLiable),
    ],
    ['$root/customers/all(o:o/balance le balance)', (c) => customers.every((o) => o.balance <= c.balance)],
    [
      '$root/customers/$count($filter=$it/balance lt balance) lt 3',
      (c) => customers.filter((o) => c.balance < o.balance).length < 3,
    ],
    ['$root/customers/$filter(taxLiable)/$count gt 100', () => false],
    ['$root/customers(ID) eq null', () => false],
    [
      "salesInvoices/$filter(status eq 'Open')/$count gt 1",
      (c) => c.salesInvoices.filter((i) => i.status === 'Open').length > 1,
    ],
    ["salesInvoices/$filter(status eq 'Open')/any()", (c) => c.salesInvoices.some((i) => i.status === 'Open')],
    [
      "salesInvoices/$filter(status eq 'Open')/any(i:i/totalAmountIncludingTax gt 500)",
      (c) => c.salesInvoices.some((i) => i.status === 'Open' && i.totalAmountIncludingTax > 500n * ONE),
    ],
    [
      "salesInvoices/$filter(status eq 'Open')/all(i:i/totalAmountIncludingTax gt 500)",
      (c) => c.salesInvoices.every((i) => i.status !== 'Open' || i.totalAmountIncludingTax > 500n * ONE),
    ],
    [
      "salesInvoices/$filter(status eq 'Open')/$filter(totalAmountIncludingTax gt 500)/$count($filter=dueDate ne null) ge 1",
      (c) =>
        c.salesInvoices.some(
          (i) => i.status === 'Open' && i.totalAmountIncludingTax > 500n * ONE && i.dueDate !== null,
        ),
    ],
    ['salesInvoices/$filter(customer/number eq $it/number)/$count eq salesInvoices/$count', () => true],
    [
      "salesInvoices(number='INVOICE')/status ne null",
      (c) => c.salesInvoices.some((i) => i.number === rows.invoices[0]?.number && i.companyId === rows.here),
    ],
    [
      "salesInvoices(number='INVOICE')/customer/number eq number",
      (c) => c.salesInvoices.some((i) => i.number === rows.invoices[0]?.number && i.companyId === rows.here),
    ],
    [
      "salesInvoices/$filter(status eq 'Open')(number='INVOICE') ne null",
      (c) => c.salesInvoices.some((i) => i.number === rows.invoices[0]?.number && i.status === 'Open'),
    ],
    [
      'salesInvoices/any(i:i/customer/salesInvoices/$filter(number gt i/number)/any())',
      (c) => c.salesInvoices.length > 1,
    ],
  ];
  const placed = (text: string): string =>
    text
      .replaceAll('ID)', `${first().id})`)
      .replaceAll('=ID', `=${first().id}`)
      .replaceAll('ELSEWHERE', elsewhere().id)
      .replaceAll('INVOICE', rows.invoices[0]?.number ?? '')
      .replace(/^ID$/, first().id);

  test.each(titled(cases))('[143, 144, 145] %s', async (_, [filter, of, options = {}]) => {
    const given = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, placed(value)]));
    const { value } = await ok(payments, 'customers', { $filter: placed(filter), $select: 'number', ...given });
    expect(value.map(({ number }) => number)).toEqual(customers.filter(of).map(({ number }) => number));
  });

  test('[165] in $orderby', async () => {
    const { value } = await ok(payments, 'customers', {
      $orderby: "salesInvoices/$filter(status eq 'Open')/$count desc,number",
      $select: 'number',
    });
    const open = (c: Customer): number => c.salesInvoices.filter((i) => i.status === 'Open').length;
    expect(value.map(({ number }) => number)).toEqual(
      sorted(customers, [[open, 'desc'], (c) => c.number]).map(({ number }) => number),
    );
  });
});

/** Filters over the second model, with the keys of the rows that its few rows make one expect. */
type Expected = readonly [filter: string, keys: readonly unknown[], options?: Readonly<Record<string, string>>];

const everybody = ['mirsking', "o'neil/50% +ü", 'ronaldmundy', 'russellwhyte', 'scottketchum'];
const but = (...names: readonly string[]): readonly string[] => everybody.filter((name) => !names.includes(name));

describe('collections of values', () => {
  const cases: readonly Expected[] = [
    ["emails/any(e:e eq 'Russell@example.com')", ['russellwhyte']],
    ["emails/any(e:endswith(e,'@example.com'))", but("o'neil/50% +ü")],
    ["emails/any(e:startswith(tolower(e),'russell') and contains(e,'contoso'))", ['russellwhyte']],
    ["emails/any(firstName:firstName eq 'NULL')", ['ronaldmundy']],
    ["emails/any(e:e eq '')", ['ronaldmundy']],
    ['emails/any(e:startswith(e,firstName))', ['ronaldmundy', 'russellwhyte', 'scottketchum']],
    ['emails/any(e:startswith(e,$it/firstName))', ['ronaldmundy', 'russellwhyte', 'scottketchum']],
    ['emails/any()', but("o'neil/50% +ü")],
    ['not emails/any()', ["o'neil/50% +ü"]],
    ["emails/all(e:contains(e,'@'))", but('ronaldmundy')],
    ['emails/$count gt 1', ['ronaldmundy', 'russellwhyte']],
    ['emails/$count eq 0', ["o'neil/50% +ü"]],
    ["emails/$count($filter=contains($this,'@contoso')) eq 1", ['russellwhyte']],
    ["emails/$filter(contains($this,'@contoso'))/$count eq 1", ['russellwhyte']],
    ["emails/$filter(contains($this,'@'))/all(e:e gt 'S')", ["o'neil/50% +ü", 'mirsking', 'scottketchum'].sort()],
    ['emails/any(e:emails/any(f:e lt f))', ['ronaldmundy', 'russellwhyte']],
    ["'mirs@example.com' in emails", ['mirsking']],
    ['firstName in emails', []],
    ["not ('mirs@example.com' in emails)", but('mirsking')],
  ];
  test.each(titled(cases))('[139, 107, 144] People: %s', async (_, [filter, keys]) => {
    const { value } = await ok(tripPin, 'People', { $filter: filter, $select: 'userName' });
    expect(value.map(({ userName }) => userName)).toEqual(keys);
  });
});

/** A comparison of literals: what it is does not depend on any row. */
const truths = (numbers: string, cases: readonly (readonly [expression: string, is: boolean | null])[]): void => {
  test.each(cases)(`${numbers} %s is %s`, async (expression, is) => {
    for (const [filter, expected] of [
      [`(${expression}) eq ${is}`, true],
      [expression, is === true],
      [`not (${expression})`, is === false],
    ] as const) {
      const { text } = await ok(tripPin, 'Airlines/$count', { $filter: filter });
      expect([filter, text]).toEqual([filter, expected ? '4' : '0']);
    }
  });
};

describe('collections as operands', () => {
  truths('[124]', [
    ['hassubset([4,1,3],[3,1])', true],
    ['hassubset([4,1,3],[1,3,4])', true],
    ['hassubset([4,1,3],[])', true],
    ['hassubset([4,1,3],[1,1])', false],
    ['hassubset([4,1,1],[1,1])', true],
    ['hassubset([4,1,3],[1,2])', false],
    ['hassubset([4,null],[null])', true],
    ['hassubset([4,1],[null])', false],
    ["hassubset(['a','b'],['b'])", true],
    ['hassubsequence([4,1,3],[4,1,3])', true],
    ['hassubsequence([4,1,3],[4,1])', true],
    ['hassubsequence([4,1,3],[4,3])', true],
    ['hassubsequence([4,1,3,1],[1,1])', true],
    ['hassubsequence([4,1,3],[1,3,4])', false],
    ['hassubsequence([4,1,3],[3,1])', false],
    ['hassubsequence([4,1,3],[1,1])', false],
    ['hassubsequence([1,2],[1,1,2])', false],
    ['hassubsequence([1,2],[])', true],
    ['hassubset(null,[1])', null],
    ['hassubsequence([1],null)', null],
  ]);
  truths('[117, 118, 119, 120, 121, 122, 123]', [
    ['concat([1,2],[3]) eq [1,2,3]', true],
    ['concat([1],[]) eq [1]', true],
    ['contains([4,1,3],[4,1])', true],
    ['contains([4,1,3],[1,3])', true],
    ['contains([4,1,3],[4,3])', false],
    ['contains([4,1],[])', true],
    ['startswith([4,1,3],[4,1])', true],
    ['startswith([4,1,3],[1,3])', false],
    ['startswith([4],[4,1])', false],
    ['endswith([4,1,3],[1,3])', true],
    ['endswith([4,1,3],[4,1])', false],
    ['endswith([3],[1,3])', false],
    ['endswith([3],[])', true],
    ['indexof([4,1,3,1,3],[1,3]) eq 1', true],
    ['indexof([4,1,3],[1,4]) eq -1', true],
    ['indexof([4,1,3],[]) eq 0', true],
    ['length([4,1,3]) eq 3', true],
    ['length([]) eq 0', true],
    ['substring([4,1,3],1) eq [1,3]', true],
    ['substring([4,1,3],1,1) eq [1]', true],
    ['substring([4,1,3],-2) eq [1,3]', true],
    ['substring([4,1,3],-5,1) eq [4]', true],
    ['substring([4,1,3],9) eq []', true],
    ['substring([4,1,3],0,-1) eq []', true],
  ]);
  truths('[109, 107]', [
    ['[1,2] eq [1,2]', true],
    ['[1,2] eq [2,1]', false],
    ['[1,2] ne [2,1]', true],
    ['[] eq []', true],
    ['[1,2.0] eq [1.0,2]', true],
    ['[1,null] eq [1,null]', true],
    ["['a'] eq ['a']", true],
    ['[1] eq null', false],
    ['[NaN] eq [NaN]', false],
    ['[1e0,NaN] ne [1e0,NaN]', true],
    ['[1e0,null] eq [1e0,null]', true],
    ['2 in concat([1],[2])', true],
    ['2 in [1,2,null]', true],
    ['3 in [1,2,null]', false],
    ['null in [1,2,null]', true],
    ['null in [1,2]', false],
  ]);

  const cases: readonly Expected[] = [
    ['emails eq []', ["o'neil/50% +ü"]],
    ["emails eq ['Scott@example.com']", ['scottketchum']],
    ["emails ne ['Scott@example.com']", but('scottketchum')],
    ['emails eq @l', ['scottketchum'], { '@l': '["Scott@example.com"]' }],
    ['emails eq emails', everybody],
    ["hassubset(emails,['Russell@contoso.com'])", ['russellwhyte']],
    ["hassubsequence(emails,['Russell@contoso.com','Russell@example.com'])", []],
    ['hassubset(emails,@l)', ['mirsking'], { '@l': '["mirs@example.com"]' }],
    ['length(emails) eq 4', ['ronaldmundy']],
    ["substring(emails,1,1) eq ['Russell@contoso.com']", ['russellwhyte']],
    ["contains(concat(emails,['x']),['NULL','','x'])", ['ronaldmundy']],
    // Complex values: a region beside a name.
    ['home eq @h', ['russellwhyte'], { '@h': '{"name":"Boise","region":"ID"}' }],
    ['home eq {"name":"Boise","region":"ID"}', ['russellwhyte']],
    ['home ne {"name":"Boise","region":"ID"}', but('russellwhyte')],
    ['{"name":"Seattle"} eq work', ['scottketchum']],
    ['home eq work', ["o'neil/50% +ü", 'ronaldmundy']],
    ['home ne work', but("o'neil/50% +ü", 'ronaldmundy')],
    ['home in [{"name":"Boise","region":"ID"},{"name":"Ulm","region":"BW"}]', ['ronaldmundy', 'russellwhyte']],
    ['home in @l', ['ronaldmundy'], { '@l': '[{"@odata.type":"#Trip.Pin.City","name":"Ulm","region":"BW"}]' }],
    ['home in [work,null]', ["o'neil/50% +ü", 'ronaldmundy', 'scottketchum']],
    ['bestFriend/home eq {"name":"Boise","region":"ID"}', ["o'neil/50% +ü", 'scottketchum']],
    ['bestFriend/home eq null', ['mirsking', 'ronaldmundy', 'russellwhyte']],
  ];
  test.each(titled(cases))('[109, 107, 142] People: %s', async (_, [filter, keys, options = {}]) => {
    const { value } = await ok(tripPin, 'People', { $filter: filter, $select: 'userName', ...options });
    expect(value.map(({ userName }) => userName)).toEqual(keys);
  });

  test.each([
    ['home eq {"nam":"x"}', "Did you mean 'name'?"],
    ['home eq {"name":{"a":1}}', 'an object'],
    ['home gt home', ''],
    ['home eq firstName', ''],
    ['home eq [1]', ''],
    ['{"a":1} eq {"a":1}', 'neither has a type'],
    ['emails eq [1]', ''],
    ["emails eq 'x'", ''],
    ['emails gt emails', 'no order'],
    ["contains(emails,'x')", 'It takes'],
    ['hassubset(firstName,emails)', 'It takes'],
    ['firstName in userName', 'must be a collection'],
    ['emails/any(e:e/x eq 1)', 'goes on'],
    ['emails/x eq 1', 'needs any'],
    ['$root/Peple/any()', "Did you mean 'People'?"],
    ['$root/$count gt 1', ''],
  ])('[100] %s is refused: %s', async (filter, hint) => {
    const answer = await tripPin.get(withOptions('People', { $filter: filter }));
    expect([answer.status, answer.error.target]).toEqual([400, '$filter']);
    expect(answer.error.message).toContain(hint);
  });
});

describe('dates, times and durations', () => {
  // A moment of the request is looked at on its own clock.
  truths('[128, 129, 130, 131, 132]', [
    ['year(2024-12-31T23:30:00-01:00) eq 2024', true],
    ['year(2024-12-31) eq 2024', true],
    ['month(2024-12-31T23:30:00-01:00) eq 12', true],
    ['day(2024-02-29T00:30:00+14:00) eq 29', true],
    ['hour(2024-01-01T00:30:00+05:30) eq 0', true],
    ['hour(23:59:59.5) eq 23', true],
    ['minute(2024-01-01T00:30:00+05:15) eq 30', true],
    ['minute(12:34) eq 34', true],
    ['second(12:34:56.789) eq 56', true],
    ['second(12:34) eq 0', true],
    ['second(2024-01-01T00:30:59.999Z) eq 59', true],
    ['fractionalseconds(12:34:56.789) eq 0.789', true],
    ['fractionalseconds(2024-01-01T00:30:59.000001Z) eq 0.000001', true],
    ['fractionalseconds(2024-01-01T00:30:59Z) eq 0', true],
    ['date(2024-01-01T00:30:00+05:30) eq 2024-01-01', true],
    ['time(2024-01-01T00:30:00+05:30) eq 00:30', true],
    ['time(2024-01-01T00:30:00.25+05:30) eq 00:30:00.25', true],
    ['totaloffsetminutes(2024-01-01T00:30:00+05:30) eq 330', true],
    ['totaloffsetminutes(2024-01-01T00:30:00-00:30) eq -30', true],
    ['totaloffsetminutes(2024-01-01T00:30:00Z) eq 0', true],
    ['2024-01-01T00:30:00+05:30 eq 2023-12-31T19:00:00Z', true],
    ['mindatetime() eq 0001-01-01T00:00:00Z', true],
    ['maxdatetime() ge 9999-12-31T23:59:59Z', true],
    ['now() gt 2024-01-01T00:00:00Z', true],
    ['now() eq now()', true],
    ["totalseconds('PT1H1.5S') eq 3601.5", true],
    ["totalseconds(duration'-P1DT0.001S') eq -86400.001", true],
    ['year(null) eq 2024', false],
    ['hour(null) gt 1', false],
    ['totaloffsetminutes(null) eq null', true],
  ]);
  truths(
    '[112, 141]',
    [
      ["duration'P1D' eq 'PT24H'", true],
      ["duration'P1D' lt 'P1DT0.001S'", true],
      ["-duration'P1D' eq duration'-P1D'", true],
      ["-(duration'-PT1S') eq 'PT1S'", true],
      ["duration'PT1H' add 'PT30M' eq 'PT90M'", true],
      ["duration'PT1H' sub duration'PT90M' eq duration'-PT30M'", true],
      ["duration'PT1H' mul 1.5 eq 'PT90M'", true],
      ["3 mul duration'PT0.001S' eq 'PT0.003S'", true],
      ["duration'P1D' div 86400000 eq 'PT0.001S'", true],
      // Exact to the microsecond, half away from zero.
      ["duration'P1000000D' div 3 eq 'P333333DT8H'", true],
      ["duration'-P1000000D' div 3e0 eq '-P333333DT8H'", true],
      ["duration'P1000000D' divby 3 eq 'P333333DT8H'", true],
      ["duration'P1000000D' mul 0.333333333 eq 'P333333DT7H59M31.2S'", true],
      ["0.333333333e0 mul duration'P1000000D' eq 'P333333DT7H59M31.2S'", true],
      ["duration'PT0.000001S' mul 9007199254740993 eq 'P104249DT23H47M34.740993S'", true],
      ["duration'PT0.000001S' mul 0.5 eq 'PT0.000001S'", true],
      ["duration'PT0.000001S' mul -0.5 eq duration'-PT0.000001S'", true],
      ["duration'P1DT0.000001S' div 2 eq 'PT12H0.000001S'", true],
      ["duration'P1D' mul 2147483647 eq 'P2147483647D'", true],
      ["duration'P1D' div INF eq 'PT0S'", true],
      ["2024-02-29T12:00:00Z add duration'P1D' eq 2024-03-01T12:00:00Z", true],
      ["2024-02-29T12:00:00Z add duration'PT0.001S' eq 2024-02-29T12:00:00.001Z", true],
      ["2024-02-29T12:00:00Z sub duration'P1Y' eq 1", null],
      ["2024-03-01T00:00:00Z sub duration'PT0.001S' eq 2024-02-29T23:59:59.999Z", true],
      ["2024-03-01T00:00:00Z sub 2024-02-29T00:00:00Z eq 'P1D'", true],
      ["2024-02-29T00:00:00Z sub 2024-03-01T01:00:00Z eq duration'-P1DT1H'", true],
      ["9999-12-31T23:59:59.999Z sub 0001-01-01T00:00:00Z eq 'P3652058DT23H59M59.999S'", true],
      ["2024-02-29 add duration'P1D' eq 2024-03-01", true],
      ["2024-03-01 sub duration'P1D' eq 2024-02-29", true],
      ["2024-03-01 sub 2024-02-01 eq 'P29D'", true],
      ["2024-02-01 sub 2024-03-01 eq duration'-P29D'", true],
      ['2024-02-29 add null eq null', true],
      ["duration'PT1S' in ('PT1S','PT2S')", true],
      ["case(true:'P1D') eq duration'PT24H'", true],
      ["2024-02-29 add case(false:'P2D',true:'P1D') eq 2024-03-01", true],
      ["totalseconds(case(true:case(false:'PT2S',true:'PT1S'),true:'P1D')) eq 1", true],
      ["2024-03-01 sub 2024-02-29 eq case(true:'P1D',true:null)", true],
      ["length(case(true:'P1D')) eq 3", true],
    ].filter(([, is]) => is !== null) as [string, boolean][],
  );
  test.each([
    ["2024-02-29T12:00:00Z add duration'P1Y' eq null", 400],
    ["12:00:00 add duration'PT1H' eq 13:00:00", 400],
    ['2024-01-01 add 1 eq null', 400],
    ["2024-01-01 add duration'P999999999D' eq null", 400],
    ["duration'PT1H' mul 1e300 eq null", 400],
    ["duration'PT1H' mul INF eq null", 400],
    ["duration'PT1H' mul NaN eq null", 400],
    ["duration'P1D' mul 2147483648 eq null", 400],
    ["duration'PT1H' div 0e0 eq null", 400],
    ["duration'PT1H' div 0 eq null", 400],
    ['2024-13-01 eq null', 400],
    ['2024-02-30 eq null', 400],
    ["cast(1,'Edm Int32') eq 1", 400],
    ["duration'P1D' eq case(true:'P1D',true:'day')", 400],
    ["totalseconds(case(true:'P1D',true:'day')) eq 1", 400],
  ])('[100, 112] %s → %i', async (filter, status) => {
    expect(await tripPin.get(withOptions('Airlines', { $filter: filter }))).toMatchObject({ status });
  });

  const cases: readonly Expected[] = [
    ["span eq duration'-P1DT2H3M4.5S'", [1]],
    ["span gt 'P400D'", [2]],
    ["span gt case(id gt 1:'P400D',true:'P9999D')", [2]],
    ["case(id eq 1:'0001-01-01',true:'9999-12-31') eq day", [4]],
    ["guid eq case(id eq 4:'12345678-9abc-def0-1234-56789abcdef0')", [-3, 4]],
    ["span mul -1 eq 'P1DT2H3M4.5S'", [1]],
    ['totalseconds(span) eq 1.000001', [4]],
    ['moment eq 0001-01-01T00:00:00Z', [1]],
    ['moment eq mindatetime()', [1]],
    ["moment add duration'PT0.211S' eq 2026-03-31T12:34:57Z", [-3]],
    ['fractionalseconds(moment) eq 0.789', [-3]],
    ['clock lt 12:34:56.5', [1, 4]],
    ['hour(clock) eq 23', [2]],
    ['day eq 9999-12-31', [4]],
    ['date(moment) eq day', []],
    ['day gt 2026-03-31T00:00:00Z', [4]],
    ["day in ('0001-01-01','9999-12-31')", [-3, 4]],
    ['clock eq null', [-3]],
  ];
  test.each(titled(cases))('[112, 128, 140] Everythings: %s', async (_, [filter, keys]) => {
    const { value } = await ok(tripPin, 'Everythings', { $filter: filter, $select: 'id', $orderby: 'id' });
    expect(value.map(({ id }) => id)).toEqual([...keys].sort((a, b) => Number(a) - Number(b)));
  });
});

describe('literals with more digits of a second than the database keeps', () => {
  /** Twelfth digits of a second. */
  const units = (text: string): bigint => {
    const [, sign = '', days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] =
      /^(-?)(?:P(\d+)?D?T?)?(?:(\d+)[H:])?(?:(\d+)[M:]?)?(?:(\d+)(?:\.(\d+))?S?)?$/.exec(text) ?? [];
    const whole = ((BigInt(days) * 24n + BigInt(hours)) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
    const size = whole * 10n ** 12n + BigInt(fraction.padEnd(12, '0'));
    return sign === '-' ? -size : size;
  };
  const ofMoment = (text: string): bigint => {
    const [, second = '', fraction = ''] = /^(.{19})\.?(\d*)Z$/.exec(text) ?? [];
    return BigInt(Date.parse(`${second}Z`)) * 10n ** 9n + BigInt(fraction.padEnd(12, '0'));
  };
  const compared = {
    eq: (a: bigint, b: bigint) => a === b,
    ne: (a: bigint, b: bigint) => a !== b,
    gt: (a: bigint, b: bigint) => a > b,
    ge: (a: bigint, b: bigint) => a >= b,
    lt: (a: bigint, b: bigint) => a < b,
    le: (a: bigint, b: bigint) => a <= b,
  };
  const mirrored = { eq: 'eq', ne: 'ne', gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as const;
  const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;

  const types = [
    [
      'moment',
      ofMoment,
      (text: string) => text,
      ['56.7889999', '56.789', '56.7890000', '56.7890001', '56.789000999999', '59.9999999'].map(
        (seconds) => `2026-03-31T12:34:${seconds}Z`,
      ),
    ],
    [
      'clock',
      units,
      (text: string) => text,
      ['12:34:56.4999999', '12:34:56.5', '12:34:56.500000000001', '23:59:59.9999994', '23:59:59.9999999'],
    ],
    [
      'span',
      units,
      (text: string) => `duration'${text}'`,
      [
        'PT0.0000001S',
        '-PT0.0000001S',
        'PT1.0000009S',
        'PT1.000001S',
        'PT1.0000011S',
        '-P1DT2H3M4.4999999S',
        '-P1DT2H3M4.5000001S',
      ],
    ],
  ] as const;

  test.each(types)('[112, 140] %s beside another literal', async (_, read, literal, texts) => {
    const finer = texts.flatMap((text) => (/\d{7}/.test(text) ? [text.replace(/(\.\d{6})\d+/, '$12')] : []));
    const isTrue: string[] = [];
    const asked: string[] = [];
    for (const [one, other] of [...texts, ...finer].flatMap((text) => texts.map((other) => [text, other] as const))) {
      const [a, b] = [literal(one), literal(other)];
      for (const operator of operators) {
        const said = [`${a} ${operator} ${b}`];
        if (operator === 'eq' || operator === 'ne')
          said.push(`[${a}] ${operator} [${b}]`, `[null,[${a}]] ${operator} [null,[${b}]]`);
        if (operator === 'eq') said.push(`${a} in (null,${b})`, `[${a}] in [[${b}]]`);
        asked.push(...said);
        if (compared[operator](read(one), read(other))) isTrue.push(...said);
      }
    }
    const found = await Promise.all(
      asked.map(async (filter) =>
        (await ok(tripPin, 'Airlines/$count', { $filter: filter })).text === '4' ? [filter] : [],
      ),
    );
    expect(found.flat()).toEqual(isTrue);
  });

  test.each(types)('[112] %s', async (property, read, literal, texts) => {
    const { value: all } = await ok(tripPin, 'Everythings', { $select: `id,${property}` });
    const known = all.flatMap(({ id, [property]: of }) =>
      typeof of === 'string' ? [[Number(id), read(of)] as const] : [],
    );
    expect(known.length).toBeGreaterThan(2);
    for (const text of texts)
      for (const operator of operators)
        for (const filter of [
          `${property} ${operator} ${literal(text)}`,
          `${literal(text)} ${mirrored[operator]} ${property}`,
          ...(operator === 'eq'
            ? [
                `${property} in (${literal(text)})`,
                `[${property}] eq [${literal(text)}]`,
                `[${property}] in [[${literal(text)}]]`,
                `concat([${property}],[]) eq [${literal(text)}]`,
                `case(true:[${property}]) eq [${literal(text)}]`,
                `not ([${literal(text)},null] ne concat([${property}],[null]))`,
              ]
            : []),
        ]) {
          const { value } = await ok(tripPin, 'Everythings', {
            $filter: `${property} ne null and ${filter}`,
            $select: 'id',
          });
          const found = value.map(({ id }) => Number(id)).sort((a, b) => a - b);
          const expected = known.filter(([, of]) => compared[operator](of, read(text))).map(([id]) => id);
          expect([filter, found]).toEqual([filter, expected.sort((a, b) => a - b)]);
        }
  });

  truths('[119, 128]', [
    ['second(2026-03-31T23:30:59.9999999Z) eq 59', true],
    ['date(2026-03-31T23:59:59.9999999Z) eq 2026-03-31', true],
    ['year(2025-12-31T23:59:59.9999999Z) eq 2025', true],
    ['minute(12:59:59.9999999) eq 59', true],
    ['12:00:00.0000001 gt 12:00:00', true],
    ['12:00:00.0000001 eq 12:00:00', false],
    ['12:00:00.0000001 in (12:00:00)', false],
    ['12:00:00.0000001 lt 12:00:00.0000001', false],
    ['12:00:00.000001 gt 12:00:00.0000009', true],
    ["duration'PT0.0000004S' gt duration'PT0S'", true],
    ['2026-03-31T12:00:00.0000001Z eq 2026-03-31T13:00:00.000000100+01:00', true],
    // What comes of an expression has what the database keeps.
    ['case(true:12:00:00.0000001) eq 12:00:00', true],
    ['concat([12:00:00.0000001],[]) eq [12:00:00]', true],
    ['concat([12:00:00.0000001],[]) eq [12:00:00.0000001]', false],
  ]);
});

describe('texts', () => {
  const spaces = '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000';
  truths('[127]', [
    [`trim('${spaces}a${spaces}b${spaces}') eq 'a${spaces}b'`, true],
    // No white space to Unicode.
    ["trim('\u200b\ufeffa\u180e') eq '\u200b\ufeffa\u180e'", true],
    // A pattern that no row decides is made before the statement runs.
    ["matchesPattern('a',concat(concat('^',trim('\u0085a ')),'$'))", true],
    ["matchesPattern('a',concat(concat('^',trim('\ufeffa')),'$'))", false],
  ]);
});

describe('numbers', () => {
  truths('[110, 111, 113, 114]', [
    ['7 div 2 eq 3', true],
    ['-7 div 2 eq -3', true],
    ['7.0 div 2 eq 3.5', true],
    ['7 divby 2 eq 3.5', true],
    ['7e0 divby 2 eq 3.5', true],
    ['1e0 divby 0 eq INF', true],
    ['-INF divby 2 eq -INF', true],
    ['9999999999999.99999 div -2 eq -4999999999999.999995', true],
    ['9999999999999.99999 div -2 eq -5000000000000', false],
    ['1 divby 1099511627776 eq 0.0000000000009094947017729282379150390625', true],
    ['1.00 div 3 eq 0.33', false],
    // The same of the same numbers, whatever zeros they are written with.
    ['1.00 div 3 eq 1.0 div 3', true],
    [`1 divby 3 eq 1.000 div 3.${'0'.repeat(60)}`, true],
    ['1 divby 3 mul 3 eq 1', false],
    ['2 divby 3 mul 3 gt 2', true],
    ['7 mod -2 eq 1', true],
    ['-7 mod 2 eq -1', true],
    ['-7.5 mod 2 eq -1.5', true],
    // As IEEE 754 has it, exact: what no digit of a decimal says is there.
    ...(
      [
        ['8.1e0', '4e0'],
        ['-8.1e0', '4e0'],
        ['0.3e0', '0.1e0'],
        ['1e0', '-0.1e0'],
        ['9007199254740991e0', '2e0'],
        ['9007199254740992e0', '10e0'],
        ['1.7976931348623157e308', '4.9e-324'],
        ['1.7976931348623157e308', '3e0'],
        ['1e300', '7e-300'],
        ['1e-310', '4.9e-324'],
        ['3e-310', '7e-311'],
        ['5e0', '7.5e0'],
        ['4e0', '4e0'],
        ['-2.2250738585072014e-308', '1e-310'],
      ] as const
    ).map(([a, b]): [string, boolean] => {
      const expected = Number(a) % Number(b);
      return [
        `${a} mod ${b} eq ${String(Object.is(expected, -0) ? 0 : expected).replace(/^(-?\d+(?:\.\d+)?)$/, '$1e0')}`,
        true,
      ];
    }),
    ['0.1 add 0.2 eq 0.3', true],
    ['0.1e0 add 0.2e0 eq 0.3', false],
    ['9223372036854775807 sub 1 eq 9223372036854775806', true],
    ['9223372036854775807 eq 9223372036854775806', false],
    // More than 18 digits are a Decimal.
    ['9223372036854775807 add 1 eq 9223372036854775808', true],
    ['99999999999999999999999999.5 gt 99999999999999999999999999', true],
    ['1 div 0e0 eq INF', true],
    ['-1 div 0e0 eq -INF', true],
    ['INF gt 1e308', true],
    ['-INF lt -1e308', true],
    ['- 5 mod 3 eq -2', true],
    ['2 add 3 mul 4 sub 5 eq 9', true],
    ['not false and false', false],
    ['not (false and false)', true],
    ['true or false and false', true],
    ['1 lt 2 eq true', true],
    ['1 add null eq null', true],
    ['-null eq null', true],
    ['null div 0 eq null', true],
  ]);
  truths('[133]', [
    ['round(2.5) eq 3', true],
    ['round(-2.5) eq -3', true],
    ['round(0.5) eq 1', true],
    ['round(-0.5) eq -1', true],
    ['round(2.5e0) eq 3', true],
    ['round(-2.5e0) eq -3', true],
    ['round(0.49999999999999994e0) eq 0', true],
    ['round(4503599627370497.5e0) eq 4503599627370498', true],
    ['round(INF) eq INF', true],
    ['round(7) eq 7', true],
    ['floor(-2.1) eq -3', true],
    ['floor(2.9e0) eq 2', true],
    ['floor(7) eq 7', true],
    ['ceiling(-2.9) eq -2', true],
    ['ceiling(2.1e0) eq 3', true],
    ['ceiling(null) eq null', true],
  ]);
  const powers = (places: number): bigint => 10n ** BigInt(places);
  const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
  /** A decimal as digits and places. */
  const decimal = (text: string): readonly [digits: bigint, places: number] => {
    const [whole = '', fraction = ''] = text.split('.');
    return [BigInt(whole + fraction), fraction.length];
  };
  const written = (digits: bigint, places: number): string => {
    const text = String(magnitude(digits)).padStart(places + 1, '0');
    const point = text.length - places;
    return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${places > 0 ? `.${text.slice(point)}` : ''}`;
  };
  const trimmed = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  const computed = async (pairs: readonly (readonly [left: string, right: string])[], operator: string) => {
    const $compute = pairs.map(([left, right], index) => `${left} ${operator} ${right} as c${index}`).join(',');
    const $select = pairs.map((_, index) => `c${index}`).join(',');
    const { value } = await ok(tripPin, 'Everythings', { $compute, $select, $top: '1', $format: STRINGS });
    return pairs.map((_, index) => String(value[0]?.[`c${index}`]));
  };
  const STRINGS = 'application/json;IEEE754Compatible=true;metadata=none';

  test('[110, 111] quotients of decimals are exact where they have at most 28 digits', async () => {
    const dice = new Dice(28);
    const some = (length: number) =>
      BigInt(Array.from({ length: 1 + dice.below(length) }, () => dice.below(10)).join('')) *
      (dice.chance(0.5) ? 1n : -1n);
    for (const operator of ['div', 'divby']) {
      const cases = Array.from({ length: 60 }, () => {
        const [right, quotient, places] = [some(14) || 1n, some(28), [1 + dice.below(8), dice.below(25)] as const];
        const left = written(right * quotient, places[0] + places[1]);
        return [[left, written(right, places[0])], trimmed(written(quotient, places[1]))] as const;
      });
      const found = await computed(
        cases.map(([pair]) => pair),
        operator,
      );
      expect(found).toEqual(cases.map(([, quotient]) => (/^-[0.]+$/.test(quotient) ? '0' : quotient)));
    }
  });

  test('[110, 111] other quotients of decimals are rounded to 28 digits or more', async () => {
    const dice = new Dice(3);
    const some = (length: number) => BigInt(Array.from({ length }, () => 1 + dice.below(9)).join(''));
    const pairs = Array.from({ length: 60 }, () => {
      const [left, right] = [some(1 + dice.below(20)), some(1 + dice.below(20))];
      return [
        `${dice.chance(0.5) ? '-' : ''}${written(left, 1 + dice.below(18))}`,
        written(right, 1 + dice.below(18)),
      ] as const;
    });
    const found = await computed(pairs, 'div');
    for (const [index, pair] of pairs.entries()) {
      const [[a, aPlaces], [b, bPlaces]] = [decimal(pair[0]), decimal(pair[1])];
      const [q, qPlaces] = decimal(found[index] ?? '');
      // q·b - a in units of all places, beside half of the 28th digit of q, times b.
      const off = magnitude(q * b * powers(aPlaces) - a * powers(qPlaces + bPlaces));
      const digits = String(magnitude(q)).length;
      const half = magnitude(b) * powers(aPlaces) * powers(Math.max(digits - 28, 0));
      expect([pair, found[index], 2n * off <= half || off === 0n]).toEqual([pair, found[index], true]);
      expect(found[index]).not.toMatch(/\.\d*0$/);
    }
  });

  test.each([
    ['case(byte gt 5:byte,true:signedByte)', [-128, 255]],
    ['case(byte lt 5:byte,true:signedByte)', [0, 127]],
    ['case(byte lt 5:signedByte,true:byte)', [-128, 255]],
  ])('[114, 135] Byte and SByte are promoted to Int16: %s', async ($compute, expected) => {
    const options = { $compute: `${$compute} as c`, $filter: 'id in (1,2)', $select: 'c', $orderby: 'id' };
    const { value } = await ok(tripPin, 'Everythings', { ...options, $format: 'application/json;metadata=full' });
    expect(value).toMatchObject(expected.map((c) => ({ c, 'c@odata.type': '#Int16' })));
  });

  test.each([
    ['1 div 0 eq 1', 'DivisionByZero'],
    ['1.5 div 0 eq 1', 'DivisionByZero'],
    ['1.5 mod 0 eq 1', 'DivisionByZero'],
    ['1.5 mod 0e0 eq 1', 'DivisionByZero'],
    ['double mod 0 eq 1', 'DivisionByZero'],
    ['id mod (double sub double) eq 1', 'DivisionByZero'],
    ['1 divby 0 eq 1', 'DivisionByZero'],
    ['922337203685477580 mul 20 gt 1', 'InvalidValue'],
    ['int64 mul 2 gt 1', 'InvalidValue'],
    ["'a' add 'b' eq 'ab'", 'TypeMismatch'],
    ['length(1) eq 1', 'TypeMismatch'],
    ['1e400 gt 1', 'InvalidValue'],
  ])('[110, 114] %s is a %s', async (filter, code) => {
    expect(await tripPin.get(withOptions('Everythings', { $filter: filter }))).toMatchObject({
      status: 400,
      error: { code },
    });
  });
});

describe('a value is the same wherever it is computed', () => {
  const EXACT = 'application/json;metadata=none;IEEE754Compatible=true';
  /** The computed value as each place has it. */
  const everywhere = async (expression: string, set: string, row: string): Promise<unknown[]> => {
    const $compute = `${expression} as x`;
    const rows = async (path: string, options: Readonly<Record<string, string>>) =>
      (await ok(tripPin, path, { ...options, $format: EXACT })).value;
    const first = `filter(${row})/compute(${$compute})`;
    const [nested] = await rows(set, { $apply: `${first}/nest(identity as all)` });
    return [
      ...(await rows(set, { $filter: row, $compute, $select: 'x' })),
      ...(await rows(set, { $filter: row, $compute: '@e as x', '@e': expression, $select: 'x' })),
      ...(await rows(set, { $apply: `${first}/groupby((x))` })),
      ...(await rows(set, { $apply: `filter(${row})/aggregate(${expression} with max as x)` })),
      ...(nested?.['all'] as readonly Readonly<Record<string, unknown>>[]),
    ].map(({ x }) => x);
  };
  test.each<readonly [expression: string, value: unknown]>([
    ['double divby 3', 3.3333333333333334e-8],
    ['double divby 0', 'INF'],
    ['-single divby 0', '-INF'],
    ['1 divby 4', '0.25'],
    // A Single goes out as one.
    ['single div 3', 0.033333335],
    ['single divby 2', 0.05],
    ['single mod 0.03', 0.0100000035],
    ['round(cast(double mul 1.1e37,Edm.Single))', 1.1e30],
    ['floor(cast(double mul 1.1e37,Edm.Single))', 1.1e30],
    ['ceiling(cast(double mul 1.1e37,Edm.Single))', 1.1e30],
    ['cast(double mul 1e-60,Edm.Single)', 0],
    ['cast(double mul 7.1e-39,Edm.Single)', 1e-45],
    ['span mul 3', 'PT3.000003S'],
    ['span div 2', 'PT0.500001S'],
    ['span mul double', 'PT0S'],
    ["cast('23:59:59.9999999',Edm.TimeOfDay)", '23:59:59.999999'],
  ])('[110, 111, 134] %s', async (expression, value) => {
    const found = await everywhere(expression, 'Everythings', 'id eq 4');
    expect(found).toEqual(found.map(() => value));
    expect(found).toHaveLength(5);
  });
});

describe('literals that are no values are refused at their place', () => {
  const cases: readonly (readonly [options: Readonly<Record<string, string>>, target: string, position: number])[] = [
    ...['2026-02-29', '2100-02-29', '2026-04-31', '-0000-01-01', '-4713-03-15'].map(
      (date) => [{ $filter: `day eq ${date}` }, '$filter', 8] as const,
    ),
    ...['2026-02-30T00:00:00Z', '-0001-02-29T00:00:00Z', '299999-01-01T00:00:00Z', '2026-01-01T00:00:60Z'].map(
      (moment) => [{ $filter: `moment gt ${moment}` }, '$filter', 11] as const,
    ),
    ...['00001-01-01', '-00001-01-01', '00000-01-01', '-00000-01-01'].map(
      (date) => [{ $filter: `day eq '${date}'` }, '$filter', 8] as const,
    ),
    ...['1e400', '-1e400', '1e-400', `1${'0'.repeat(400)}`].map(
      (number) => [{ $filter: `double eq ${number}` }, '$filter', 11] as const,
    ),
    ...['1e39', '-1e39', '1e-60'].map((number) => [{ $filter: `single eq '${number}'` }, '$filter', 11] as const),
    ...['P9999999999D', 'PT99999999999999H'].map(
      (span) => [{ $filter: `span eq duration'${span}'` }, '$filter', 9] as const,
    ),
    [{ $filter: "day in ('2026-02-30')" }, '$filter', 9],
    [{ $filter: 'day eq @d', '@d': '2026-02-30' }, '@d', 1],
    [{ $apply: 'top(99999999999999999999)' }, '$apply', 5],
    [{ $apply: 'skip(9999999999999999999)' }, '$apply', 6],
    [{ $top: '9999999999999999999' }, '$top', 1],
  ];
  test.each(cases)('%o', async (options, target, position) => {
    const answer = await tripPin.get(withOptions('Everythings', options));
    expect([answer.status, answer.error.code, answer.error.target]).toEqual([400, 'InvalidValue', target]);
    expect(answer.error.message).toContain(`(at position ${position} of ${target})`);
  });

  test('within $expand, too', async () => {
    const { status, error } = await payments.get(
      withOptions('customers', { $expand: 'salesInvoices($skip=1;$top=9999999999999999999)' }),
    );
    expect([status, error.target]).toEqual([400, '$expand']);
    expect(error.message).toContain('(at position 28 of $expand)');
  });

  truths('just within', [
    ['2024-02-29 lt 2400-02-29', true],
    ['0001-01-01 lt 12024-12-31', true],
    ['2026-01-01T23:30:00-14:00 gt 0001-01-01T00:00:00Z', true],
    ['1e308 gt 1e-300 and 0e0 eq 0.0e5', true],
    ["duration'PT1000000H' gt duration'P41666D'", true],
    ["duration'PT51539607551H' gt duration'P2147483647D'", true],
    ["duration'-PT49H' eq duration'-P2DT1H'", true],
  ]);
});

/** A request whose part between « and » has failed: the path, its options, and where that part stands. */
function marked(path: string, options: Readonly<Record<string, string>>) {
  const [target, text] = Object.entries(options).find(([, value]) => value.includes('«')) ?? ['', ''];
  const plain = Object.entries(options).map(([name, value]): [string, string] => [name, value.replace(/[«»]/g, '')]);
  return { request: withOptions(path, Object.fromEntries(plain)), target, position: text.indexOf('«') + 1 };
}

describe('what only PostgreSQL finds is told at its place', () => {
  const range = 'InvalidValue';
  const zero = 'DivisionByZero';
  const huge = `1${'0'.repeat(400)}`;
  const lowest = "(duration'-P2147483647D' sub duration'P1D')";
  /** By overload: what follows an expression that cannot fail here. */
  const failing: readonly (readonly [overload: string, condition: string, code: string])[] = [
    ['add(number,number)', 'int64 «add» int64 gt 1', range],
    ['add(number,number)', 'double «add» 1.7e308 gt 1', range],
    ['sub(number,number)', 'int64 «sub» 10 gt 1', range],
    ['sub(number,number)', 'double «sub» -1.7e308 gt 1', range],
    ['mul(number,number)', 'int64 «mul» 2 gt 1', range],
    ['mul(number,number)', 'double «mul» 1e10 gt 1', range],
    ['mul(number,number)', 'single «mul» single gt 1', range],
    ['mul(number,number)', '1e-300 «mul» 1e-300 gt 1', range],
    ['mul(number,number)', `any mul ${huge} «gt» double`, range],
    ['div(number,number)', 'id «div» (id sub id) gt 1', zero],
    ['div(number,number)', 'money «div» 0 gt 1', zero],
    ['div(number,number)', 'double «div» 1e-300 gt 1', range],
    ['divby(number,number)', 'id «divby» 0 gt 1', zero],
    ['mod(number,number)', 'any «mod» 0 gt 1', zero],
    ['mod(number,number)', 'id «mod» (id sub id) gt 1', zero],
    ['mod(number,number)', 'double «mod» 0 gt 1', zero],
    ['negate(number)', '«-»int64 gt 1', range],
    ['negate(Edm.Duration)', `«-»${lowest} gt span`, range],
    ['add(Edm.DateTimeOffset,Edm.Duration)', "moment «add» duration'P106000000D' gt moment", range],
    ['sub(Edm.DateTimeOffset,Edm.Duration)', "moment «sub» duration'P106000000D' gt moment", range],
    ['add(Edm.Date,Edm.Duration)', "day «add» duration'P106000000D' gt day", range],
    ['sub(Edm.Date,Edm.Duration)', "day «sub» duration'P106000000D' gt day", range],
    ['add(Edm.Duration,Edm.Duration)', "span «add» duration'P2147483647D' gt span", range],
    ['sub(Edm.Duration,Edm.Duration)', "span «sub» duration'-P2147483647D' gt span", range],
    ['mul(Edm.Duration,number)', 'span «mul» 1e300 gt span', range],
    ['mul(number,Edm.Duration)', '1e300 «mul» span gt span', range],
    ['div(Edm.Duration,number)', 'span «div» 1e-300 gt span', range],
    ['div(Edm.Duration,number)', 'span «div» 0 gt span', zero],
    ['divby(Edm.Duration,number)', 'span «divby» 0e0 gt span', zero],
  ];
  const expectAt = (
    { status, error, text }: Answer,
    code: string,
    { target, position }: { readonly target: string; readonly position: number },
  ): void => {
    expect([status, error.code, error.target]).toEqual([400, code, target]);
    expect(error.message).toContain(`(at position ${position} of ${target})`);
    expect(text).not.toMatch(/select|setseed|\$1/);
  };

  test('every function that may fail has a case; those of patterns are with them', () => {
    const wanted = functions.flatMap(({ name, parameters, fails }) => (fails ? [`${name}(${parameters.join()})`] : []));
    expect([...new Set(failing.map(([overload]) => overload))].sort()).toEqual(
      wanted.filter((name) => !name.startsWith('matchespattern')).sort(),
    );
  });

  test.each(titled(failing))('%s alone, among others, and within them', async (_, [, condition, code]) => {
    const among = [
      condition,
      `id add 1 gt -100 and ${condition}`,
      `not (${condition}) or id add 1 gt 100`,
      `case(${condition}:id mul 2,true:id) ge id sub 1`,
      `id mul 2 gt -100 and (${condition}) eq true and money mul 1 ge money add 0`,
    ];
    for (const $filter of among) {
      const { request, ...place } = marked('Everythings', { $filter });
      expectAt(await tripPin.get(request), code, place);
    }
  });

  const twice = 'concat(filter(double gt 1e308),filter(double gt 1e308))';
  const elsewhere: readonly (readonly [path: string, Readonly<Record<string, string>>, code: string])[] = [
    ['Everythings', { $compute: 'id add 1 as a,int64 «mul» 2 as b' }, range],
    ['Everythings', { $orderby: 'id add 1,int64 «mul» 2 desc' }, range],
    ['Everythings', { $filter: 'id add 1 gt 0', $compute: 'id add @a as b', '@a': 'id «div» 0' }, zero],
    ['Everythings', { $filter: 'id add 1 gt 0', $orderby: 'b', $compute: 'int64 «mul» 2 as b' }, range],
    ['Everythings/$count', { $filter: 'id add 1 gt 0 and int64 «mul» 2 gt 1' }, range],
    ['Everythings(id=1,day=2026-03-31)', { $select: 'a,b', $compute: 'id add 1 as a,id «div» 0 as b' }, zero],
    // What is not computed has not failed.
    ['Everythings', { $compute: 'case(id lt 1000:id,true:int64 mul 2) as a,id «div» (id sub id) as b' }, zero],
    ['Everythings', { $apply: `${twice}/aggregate(id with sum as i,«double» with sum as d,any with sum as a)` }, range],
    ['Everythings', { $apply: `${twice}/aggregate(id mul 2 with sum as i,«double» with average as d)` }, range],
    ['Everythings', { $apply: `${twice}/groupby((flag),aggregate(id with sum as i,«double» with sum as d))` }, range],
    ['Everythings', { $apply: `${twice}/«toppercent»(50,double)`, $filter: 'id add 1 gt 0' }, range],
    [
      'Everythings',
      { $apply: 'filter(double gt 1e308)/«toppercent»(20 add 30,double mul 0.5)', $orderby: 'id add 1' },
      range,
    ],
    ['Everythings', { $apply: 'aggregate(id with sum as i,id «div» (id sub id) with max as m)' }, zero],
    [
      'Everythings',
      { $apply: 'filter(id add 1 gt 0)/compute(int64 «add» int64 as c)/aggregate(c with max as m)' },
      range,
    ],
    ['Everythings', { $apply: 'aggregate(id with sum as s)/filter(s «div» 0 gt 1)' }, zero],
    ['Everythings', { $apply: 'aggregate(id with sum as s)', $orderby: 's add 1,s «div» 0' }, zero],
  ];
  test.each(elsewhere)('%s %o', async (path, options, code) => {
    const { request, ...place } = marked(path, options);
    expectAt(await tripPin.get(request), code, place);
  });

  const ofPayments: readonly (readonly [path: string, Readonly<Record<string, string>>])[] = [
    ['customers', { $filter: 'balance add 1 gt 0 and balance «div» 0 gt 1' }],
    ['customers', { $filter: 'salesInvoices/any(i:i/remainingAmount «div» 0 gt balance add 1)' }],
    ['customers', { $filter: 'salesInvoices/$count «div» 0 gt salesInvoices/$count add 1' }],
    ['customers', { $expand: 'salesInvoices($filter=remainingAmount mul 1 ge 0 and remainingAmount «mod» 0 gt 1)' }],
    ['customers', { $expand: 'salesInvoices($select=x,y;$compute=remainingAmount add 1 as y,1 «div» 0 as x)' }],
    ['customers', { $filter: 'balance add 1 gt 0', $expand: 'salesInvoices($orderby=remainingAmount «div» 0)' }],
    ['customers', { $orderby: 'balance add 1,address/city,balance «divby» (balance sub balance)' }],
    [
      'salesInvoices',
      {
        $apply:
          'groupby((customer/number),aggregate(remainingAmount «div» 0 with sum as s,remainingAmount mul 2 with sum as t))',
      },
    ],
    [
      'salesInvoices',
      {
        $apply:
          'groupby((customer/number),aggregate(remainingAmount with sum as s))/compute(s add 1 as a,s «div» 0 as b)',
      },
    ],
    ['customers', { $apply: 'outerjoin(salesInvoices as i,compute(remainingAmount «div» 0 as z))', $expand: 'i' }],
    [
      'customers',
      { $apply: 'join(salesInvoices as i)', $expand: 'i($compute=1 add 1 as y,remainingAmount «div» 0 as z)' },
    ],
    [
      'customers',
      { $apply: 'join(salesInvoices as i)/aggregate(i/remainingAmount mul 2 with sum as y,1 «div» 0 with max as z)' },
    ],
    [
      'customers',
      { $apply: 'addnested(salesInvoices,compute(remainingAmount «div» 0 as z)/filter(z add 1 gt 0) as i)' },
    ],
    [
      'customers',
      { $apply: 'addnested(salesInvoices,identity as i)', $expand: 'i($filter=remainingAmount «div» 0 gt 1)' },
    ],
    [
      '$crossjoin(customers,customerPaymentJournals)',
      { $filter: 'customers/balance add 1 gt 0 and customers/balance «div» 0 gt 0' },
    ],
  ];
  test.each(ofPayments)('%s %o', async (path, options) => {
    const { request, ...place } = marked(path, options);
    expectAt(await payments.get(request), zero, place);
  });

  test('in the path, of what is read and of what is written, and nothing is written', async () => {
    const path = (each: string): string =>
      `Everythings/$filter(${encodeURIComponent('id add 1 gt 0 and int64 mul 2 gt 1')})${each}`;
    const place = { target: 'path/1', position: '$filter(id add 1 gt 0 and int64 '.length + 1 };
    const before = await tripPin.sql('SELECT * FROM everything ORDER BY id');
    expectAt(await tripPin.get(path('')), range, place);
    const json = { 'Content-Type': 'application/json' };
    expectAt(await tripPin.send('PATCH', path('/$each'), json, '{"label":"z"}'), range, place);
    expectAt(await tripPin.send('DELETE', path('/$each')), range, place);
    const create = `Everythings?$compute=${encodeURIComponent('id add 1 as a,id div 0 as b')}`;
    const body = '{"id":77,"day":"2026-01-01"}';
    expectAt(await tripPin.send('POST', create, json, body), zero, {
      target: '$compute',
      position: 'id add 1 as a,id '.length + 1,
    });
    expect(await tripPin.sql('SELECT * FROM everything ORDER BY id')).toEqual(before);
  });

  test('in a body of options, in a batch and in a group of one', async () => {
    const $filter = 'id add 1 gt 0 and int64 mul 2 gt 1';
    const place = { target: '$filter', position: 'id add 1 gt 0 and int64 '.length + 1 };
    const query = { 'Content-Type': 'application/json' };
    expectAt(await tripPin.send('POST', 'Everythings/$query', query, JSON.stringify({ $filter })), range, place);
    const url = withOptions('Everythings', { $filter });
    const { parts } = await sendJson(tripPin, [
      { id: '1', method: 'GET', url },
      { id: '2', method: 'GET', url: 'Everythings?$top=1' },
      { id: '3', method: 'GET', url, atomicityGroup: 'g' },
    ]);
    expect(parts.map(({ status }) => status)).toEqual([400, 200, 400]);
    for (const { status, error } of [parts[0], parts[2]].flatMap((part) => (part ? [part] : []))) {
      expect([status, error.target]).toEqual([400, '$filter']);
      expect(error.message).toContain(`(at position ${place.position} of $filter)`);
    }
  });

  test('in a link to changes, and in one to a further page', async () => {
    const $filter = 'creditLimit add 1 gt -10 and 1 div (creditLimit sub 7777777) gt -5';
    const place = { target: '$filter', position: 'creditLimit add 1 gt -10 and 1 '.length + 1 };
    const first = await payments.get(withOptions('customers', { $filter, $top: '5' }), { Prefer: 'maxpagesize=2' });
    const tracked = await payments.get(withOptions('customers', { $filter }), { Prefer: 'track-changes' });
    const set = (limit: string) =>
      payments.sql('UPDATE customers SET credit_limit = $1 WHERE id = $2', [limit, changed]);
    const changed = tracked.value[2]?.['id'];
    await set('7777777');
    expectAt(await payments.get(first.nextLink ?? ''), zero, place);
    expectAt(await payments.get(String(tracked.json['@odata.deltaLink'])), zero, place);
    await set('0');
  });

  test('where no connection is free, the option is told that holds all that may have failed, or all of it', async () => {
    const narrow = await startTripPin({ poolSize: 1 });
    try {
      const asked = async (options: Readonly<Record<string, string>>) => {
        const part = { id: '1', method: 'GET', url: withOptions('Everythings', options), atomicityGroup: 'g' };
        const [answer] = (await sendJson(narrow, [part])).parts;
        return answer?.json['error'];
      };
      const $filter = 'id add 1 gt 0 and int64 mul 2 gt 1';
      expect(await asked({ $filter: 'int64 mul 2 gt 1' })).toMatchObject({ code: range, target: '$filter' });
      const several = await asked({ $filter });
      expect(several).toMatchObject({
        code: range,
        target: '$filter',
        message: 'A number is outside the range of its type.',
      });
      const all = await asked({ $filter, $compute: 'id add 1 as b' });
      expect(all).toMatchObject({
        code: range,
        message: 'A number is outside the range of its type.',
        details: [
          { target: '$compute', message: expect.stringContaining('(at position 4 of $compute)') as string },
          { target: '$filter', message: expect.stringContaining('(at position 4 of $filter)') as string },
          { target: '$filter', message: expect.stringContaining('(at position 25 of $filter)') as string },
        ],
      });
      expect(all).not.toHaveProperty('target');
    } finally {
      await narrow.close();
    }
  });

  test('of more columns than a statement has, the option that asks for them', async () => {
    const compute = (count: number): string =>
      Array.from({ length: count }, (_, index) => `id add ${index} as c${index}`).join();
    const ask = async (options: Readonly<Record<string, string>>): Promise<Answer> =>
      tripPin.send('POST', 'Everythings/$query', { 'Content-Type': 'application/json' }, JSON.stringify(options));
    const answers = [
      await ask({ $compute: compute(1700) }),
      await ask({ $compute: compute(1700), $filter: 'id add 1 gt 0', $orderby: 'id', $top: '1' }),
    ];
    for (const { status, error } of answers)
      expect([status, error.code, error.target]).toEqual([400, 'TooManyParts', '$compute']);
  }, 120_000);

  test('of a statement that is too complex, the option that makes it so', async () => {
    const shallow = await startTripPin();
    try {
      const name = new URL(shallow.databaseUrl).pathname.slice(1);
      await shallow.sql(`ALTER DATABASE "${name}" SET max_stack_depth = '100kB'`);
      await shallow.sql(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [name],
      );
      const negated = (inner: string): string => `${'-('.repeat(45)}${inner}${')'.repeat(45)}`;
      const aliases = Array.from(
        { length: 8 },
        (_, index) => [`@a${index}`, negated(index === 7 ? 'id' : `@a${index + 1}`)] as const,
      );
      const deep = { $filter: '@a0 gt 0', $orderby: 'id', $top: '1', ...Object.fromEntries(aliases) };
      let answer = await shallow.get(withOptions('Everythings', deep));
      if (answer.status === 503) answer = await shallow.get(withOptions('Everythings', deep));
      expect([answer.status, answer.error.code, answer.error.target]).toEqual([400, 'NestedTooDeeply', '$filter']);
    } finally {
      await shallow.close();
    }
  });

  test('a literal that is no value is told where this request has it, whatever others of its shape had', async () => {
    const filter = (id: number, day: string) =>
      withOptions('Everythings', { $filter: `id eq ${id} and day eq ${day}` });
    expect((await tripPin.get(filter(1, '2026-02-28'))).status).toBe(200);
    for (const id of [1, 12345]) {
      const place = { target: '$filter', position: `id eq ${id} and day eq `.length + 1 };
      expectAt(await tripPin.get(filter(id, '2026-02-29')), range, place);
    }
  });

  test('a request that succeeds sends no statement more, and none that looks for a place', async () => {
    tripPin.takeStatements();
    await ok(tripPin, 'Everythings', { $filter: 'id add 1 gt 0 and id mul 2 gt -100' });
    const statements = tripPin.takeStatements();
    expect(statements).toHaveLength(1);
    expect(statements[0]?.text).not.toContain('setseed');
  });
});

describe('regular expressions', () => {
  truths(
    '[125]',
    [
      ["matchespattern('abcabc','^(abc)\\1$')", true],
      ["matchespattern('abcabd','^(abc)\\1$')", false],
      ["matchespattern('a{2}','^a[{]2}$')", null],
      ["matchespattern('aa','^a{2}$')", true],
      ["matchespattern('aaa','^a{2,}$')", true],
      ["MATCHESPATTERN('x-1','\\d')", true],
      ["matchesPattern('ab\nc','b.c')", null],
      ["matchespattern(null,'a')", null],
      ["matchespattern('aaaaaaaaaaaaaaaaaaaaaaaaaaaa!','^((a+)+)+$')", false],
    ].filter(([expression]) => !String(expression).includes('[{]2}') && !String(expression).includes('\n')) as [
      string,
      boolean | null,
    ][],
  );
  test.each([
    [`a{${'1'.repeat(3)}}{1}`, 'InvalidValue'],
    ['(', 'InvalidValue'],
    ['a'.repeat(501), 'PatternTooComplex'],
  ])('[125, 178] %s is refused with %s', async (pattern, code) => {
    const answer = await tripPin.get(withOptions('Airlines', { $filter: `matchespattern(name,'${pattern}')` }));
    expect(answer).toMatchObject({ status: 400, error: { code } });
  });
  type Computed = readonly [expression: string, pattern: string | null, aliases?: Readonly<Record<string, string>>];
  const patterns: readonly Computed[] = [
    ["concat('^A','merican')", '^American'],
    ["concat(concat('^',toupper('a')),tolower('MERICAN'))", '^American'],
    ["trim(' ^S ')", '^S'],
    ["substring('x^C',1)", '^C'],
    ["substring('x^C',-2,1)", '^'],
    ["substring('😀x',1,1)", 'x'],
    ["concat(toupper('straße'),'|Sh')", 'STRASSE|Sh'],
    ['@p', '^Ch', { '@p': "'^Ch'" }],
    ["concat(@p,'r')", '^Amer', { '@p': "concat('^','Ame')" }],
    ["concat('a',null)", null],
  ];
  test.each(titled(patterns))('[125] a pattern of literals: %s', async (_, [expression, pattern, aliases = {}]) => {
    const names = (await tripPin.sql('SELECT name FROM airlines ORDER BY name COLLATE "C"')).map(({ name }) =>
      String(name),
    );
    for (const negated of [false, true]) {
      const call = `matchespattern(name,${expression})`;
      const options = { $filter: negated ? `not ${call}` : call, $orderby: 'name', ...aliases };
      const { value } = await ok(tripPin, 'Airlines', options);
      const wanted = pattern === null ? [] : names.filter((name) => new RegExp(pattern, 'u').test(name) !== negated);
      expect(value.map(({ name }) => name)).toEqual(wanted);
    }
  });

  test('[125] each request has its own pattern, and its own fault', async () => {
    const asked = (start: string): Promise<Answer> =>
      tripPin.get(withOptions('Airlines/$count', { $filter: `matchespattern(name,concat('${start}','a'))` }));
    expect((await asked('Sh')).text).toBe('1');
    expect((await asked('^A.*')).text).toBe('1');
    const { status, error } = await asked('(');
    expect([status, error.code, error.target]).toEqual([400, 'InvalidValue', '$filter']);
  });
});

/** What floating-point literals are spelled like is still a text like any other. */
test('[140] INF as a text is no number', async () => {
  const { text } = await ok(tripPin, 'Airlines/$count', {
    $filter: "concat('I','NF') eq 'INF' and 'Infinity' ne 'INF'",
  });
  expect(text).toBe('4');
});

describe('cast and isof', () => {
  truths(
    '[134]',
    [
      ["cast('12',Edm.Int32) eq 12", true],
      ["cast('-12',Edm.SByte) eq -12", true],
      ["cast('256',Edm.Byte) eq null", true],
      ["cast('x',Edm.Int32) eq null", true],
      ["cast('1.5',Edm.Int32) eq null", true],
      ["cast('1.50',Edm.Decimal) eq 1.5", true],
      ["cast('1e2',Edm.Double) eq 100", true],
      ["cast('INF',Edm.Double) eq INF", true],
      ["cast('NaN',Edm.Double) eq NaN", false],
      ["cast('NaN',Edm.Double) ne NaN", true],
      ['NaN gt 5', false],
      ['NaN ge NaN', false],
      ['5 lt NaN', false],
      ['INF le NaN', false],
      ['NaN in (1,NaN)', false],
      ['NaN ne null', true],
      ['null eq NaN', false],
      ['not (NaN gt 5)', true],
      ["cast('-INF',Edm.Single) lt 0", true],
      ["cast('true',Edm.Boolean)", true],
      ["cast('yes',Edm.Boolean) eq null", true],
      ["cast('TRUE',Edm.Boolean)", true],
      ["cast('2024-02-29t12:00z',Edm.DateTimeOffset) eq 2024-02-29T12:00:00Z", true],
      ["cast('-p1dt2h',Edm.Duration) eq duration'-PT26H'", true],
      ["cast('2024-02-29',Edm.Date) eq 2024-02-29", true],
      ["cast('2023-02-29',Edm.Date) eq null", true],
      ["cast('2024-02-29T12:00:00+01:00',Edm.DateTimeOffset) eq 2024-02-29T11:00:00Z", true],
      ["cast('12:34:56.5',Edm.TimeOfDay) eq 12:34:56.5", true],
      ["cast('25:00',Edm.TimeOfDay) eq null", true],
      // As of literals, the first six digits of a second count.
      ["cast('23:59:59.9999999',Edm.TimeOfDay) eq 23:59:59.999999", true],
      ["cast('2024-12-31T23:59:59.9999999Z',Edm.DateTimeOffset) eq 2024-12-31T23:59:59.999999Z", true],
      ["cast('PT1.9999999S',Edm.Duration) eq 'PT1.999999S'", true],
      ["cast('-PT1.9999999S',Edm.Duration) eq duration'-PT1.999999S'", true],
      ["cast('P1000000D',Edm.Duration) eq 'P1000000D'", true],
      ["cast(cast(duration'P3652058DT23H',Edm.String),Edm.Duration) eq 'P3652058DT23H'", true],
      ["cast('P1DT2H',Edm.Duration) eq duration'PT26H'", true],
      ["cast('-P1D',Edm.Duration) eq duration'-P1D'", true],
      ["cast('P1Y',Edm.Duration) eq null", true],
      ["cast('AQID',Edm.Binary) eq binary'AQID'", true],
      ["cast('A',Edm.Binary) eq null", true],
      ["cast('AA==',Edm.Binary) eq binary'AA'", true],
      ["cast('AB',Edm.Binary) eq null", true],
      ["cast('AAB',Edm.Binary) eq null", true],
      ["cast('AAE=',Edm.Binary) eq binary'AAE'", true],
      ["cast('00000000-0000-0000-0000-000000000001',Edm.Guid) eq 00000000-0000-0000-0000-000000000001", true],
      ["cast('1',Edm.Guid) eq null", true],
      ["cast(12,Edm.String) eq '12'", true],
      ["cast(1.50,Edm.String) eq '1.5'", true],
      ["cast(true,Edm.String) eq 'true'", true],
      ["cast(INF,Edm.String) eq 'INF'", true],
      ["cast(2024-02-29,Edm.String) eq '2024-02-29'", true],
      ["cast(2024-02-29T12:00:00Z,Edm.String) eq '2024-02-29T12:00:00Z'", true],
      ["cast(12:34,Edm.String) eq '12:34:00'", true],
      ["cast(binary'AQID',Edm.String) eq 'AQID'", true],
      ['cast(1.9,Edm.Int32) eq 1', true],
      ['cast(-1.9,Edm.Int32) eq -1', true],
      ['cast(9007199254740991e0,Edm.Int64) eq 9007199254740991', true],
      ['cast(-9007199254740991e0,Edm.Int64) eq -9007199254740991', true],
      ['cast(1152921504606846976e0,Edm.Int64) eq 1152921504606846976', true],
      ['cast(9223372036854774784e0,Edm.Int64) eq 9223372036854774784', true],
      ['cast(9223372036854775807e0,Edm.Int64) eq null', true],
      ['cast(-9223372036854775808e0,Edm.Int64) eq -9223372036854775808', true],
      ['cast(2147483647.9e0,Edm.Int32) eq 2147483647', true],
      ['cast(2147483648e0,Edm.Int32) eq null', true],
      ['cast(-128.9e0,Edm.SByte) eq -128', true],
      ['cast(-0.9e0,Edm.Byte) eq 0', true],
      ['cast(255.9999e0,Edm.Byte) eq 255', true],
      ['cast(cast(16777215,Edm.Single),Edm.Int32) eq 16777215', true],
      ['cast(cast(16777215,Edm.Single),Edm.Decimal) eq 16777215', true],
      ['cast(0.1e0,Edm.Decimal) eq 0.1', true],
      ['cast(1234567.890123456e0,Edm.Decimal) eq 1234567.890123456', true],
      ['cast(9007199254740991e0,Edm.Decimal) eq 9007199254740991', true],
      ['cast(1e300,Edm.Int64) eq null', true],
      ['cast(NaN,Edm.Int32) eq null', true],
      ['cast(INF,Edm.Decimal) eq null', true],
      ['cast(1e300,Edm.Single) eq null', true],
      // Rounded: the integer part fits.
      ['cast(1e-60,Edm.Single) eq 0', true],
      ['cast(-1e-60,Edm.Single) eq 0', true],
      ["cast('1e-45',Edm.Single) gt 0", true],
      ["cast(cast('1e-330',Edm.Decimal),Edm.Double) eq 0", true],
      ['cast(300,Edm.Byte) eq null', true],
      ['cast(1,Edm.Double) eq 1e0', true],
      ['cast(2024-02-29,Edm.DateTimeOffset) eq 2024-02-29T00:00:00Z', true],
      ['cast(2024-02-29T23:30:00Z,Edm.Date) eq 2024-02-29', true],
      ['cast(2024-02-29T23:30:00Z,Edm.TimeOfDay) eq 23:30', true],
      ['cast(true,Edm.Int32) eq null', true],
      ['cast(null,Edm.String) eq null', true],
      ["isof('x',Edm.String)", true],
      ["isof('x',Edm.Int32)", false],
      ['isof(2024-02-29,Edm.Date)', true],
      ['isof(null,Edm.Date)', null],
    ].filter(([, is]) => is !== null) as [string, boolean][],
  );

  const cases: readonly Expected[] = [
    ['cast(text,Edm.Int32) eq null', [-3, 1, 2, 4]],
    ["cast(money,Edm.String) eq '1.5'", [-3]],
    ["cast(int64,Edm.String) eq '-9223372036854775808'", [1]],
    ["cast(bytes,Edm.String) eq 'AP8-Pw'", [2]],
    ["cast(guid,Edm.String) eq '12345678-9abc-def0-1234-56789abcdef0'", [4]],
    ["cast(double,Edm.String) eq '-INF'", [1]],
    ['cast(double,Edm.Int32) eq 0', [4]],
    ['cast(double,Edm.Decimal) eq null', [-3, 1]],
    ['cast(single,Edm.Int64) eq null', [-3, 1, 2]],
    ['cast(any,Edm.Int32) eq 0', [1]],
    ['cast(any,Edm.Single) gt 1e20', [2]],
    ['cast(double,Edm.Single) gt 1e30', []],
    // The smallest number of a type has no counterpart above zero in it.
    ['cast(signedByte,Edm.Double) eq -128', [1]],
    ['cast(int16,Edm.Double) eq -32768', [1]],
    ['cast(int32,Edm.Double) eq -2147483648', [1]],
    ['cast(int64,Edm.Double) lt -9e18', [1]],
    ['cast(int64,Edm.Single) lt -9e18', [1]],
    ['cast(int32,Edm.Single) lt -2e9', [1]],
    ['cast(int16,Edm.Decimal) eq -32768', [1]],
    ['cast(int64,Edm.Decimal) eq -9223372036854775808', [1]],
    ['-cast(int32,Edm.Int64) eq 2147483648', [1]],
    ['single eq NaN', []],
    ['single ne single', [1]],
    ['single gt 1e30', [2]],
    // What is answered for a Single is how it is asked for, with an exponent or without.
    ['single eq 3.4028235e+38', [2]],
    ['3.4028235e38 eq single', [2]],
    ['single in (3.4028235e+38,1e-1)', [2, 4]],
    ['single eq 0.1', [4]],
    ['single eq 1e-1', [4]],
    ['single ge 1e-1', [2, 4]],
    ['single gt 1e-1', [2]],
    ['single lt 1e-1', []],
    ['single eq 0.10000000149011612e0', [4]],
    ['single eq 0.10000000000000001e0', [4]],
    ['single eq 0.1000000001e0', []],
    ['single lt 1e39 and single gt -1e39', [2, 4]],
    ['single eq 1e39 or single eq 1e-60', []],
    ['single in (NaN,INF)', []],
    ['double lt 0', [1]],
    ['byte mul signedByte eq 32385', [2]],
    ['int32 add int16 gt 0', [2]],
    ["binary'_w' eq bytes", []],
    ["bytes eq binary'-w'", [4]],
    ["bytes in (binary'-w',binary'')", [1, 4]],
    ["text eq ''", [1]],
    ['length(text) eq 12', [2]],
  ];
  test.each(titled(cases))('[134, 140] Everythings: %s', async (_, [filter, keys]) => {
    const { value } = await ok(tripPin, 'Everythings', { $filter: filter, $select: 'id', $orderby: 'id' });
    expect(value.map(({ id }) => id)).toEqual([...keys].sort((a, b) => Number(a) - Number(b)));
  });

  test('[103, 140] a Single of any size is found by what is answered for it, and by nothing beside it', async () => {
    const dice = new Dice(4);
    const halves = [-1821873.25, 1821873.75, 16777216, 33554436, 134217736, 4194304.5, 1e6, 0.25, 2 ** -149, 2 ** 100];
    const singles = [
      ...halves,
      ...Array.from({ length: 60 }, () => (dice.below(2 ** 30) - 2 ** 29) / 2 ** dice.below(40)),
    ];
    for (const single of singles.map(Math.fround)) {
      const number = `cast(${single.toPrecision(17).replace(/e|$/, (e) => e || 'e0')},Edm.Single)`;
      const { text } = await ok(tripPin, 'Everythings', { $compute: `${number} as x`, $select: 'x', $top: '1' });
      const answered = /"x":([^,}]+)/.exec(text)?.[1] ?? '';
      expect(Math.fround(Number(answered))).toBe(single);
      const far = Number(answered) * (1 + 2 ** -20);
      for (const [literal, count] of [
        [answered, '4'],
        [`${answered.replace(/e.*|$/, '')}${/e.*/.exec(answered)?.[0] ?? 'e0'}`, '4'],
        [
          `${String(far).replace(/e.*|$/, '')}${/e.*/.exec(String(far))?.[0] ?? 'e0'}`,
          Number(far) === 0 || Math.abs(single) < 1e-40 ? undefined : '0',
        ],
      ] as const) {
        if (count === undefined) continue;
        const filter = `${number} eq ${literal}`;
        expect([filter, (await ok(tripPin, 'Everythings/$count', { $filter: filter })).text]).toEqual([filter, count]);
      }
    }
  });

  const flags: readonly Expected[] = [
    ["favoriteFeature has 'Feature1'", ['ronaldmundy', 'russellwhyte', 'scottketchum']],
    ["favoriteFeature has Trip.Pin.Feature'Feature2'", ['mirsking', 'ronaldmundy', 'scottketchum']],
    ["favoriteFeature HAS 'Feature1,Feature2'", ['ronaldmundy', 'scottketchum']],
    ["favoriteFeature has Trip.Pin.Feature'5'", ['ronaldmundy']],
    ["not (favoriteFeature has 'Feature1')", ['mirsking', "o'neil/50% +ü"]],
    ["favoriteFeature eq 'Feature1,Feature2'", ['scottketchum']],
    ["favoriteFeature in ('Feature1','Feature2,Feature3')", ['mirsking', 'russellwhyte']],
    ["bestFriend/favoriteFeature has 'Feature2'", ['ronaldmundy']],
    ["not (bestFriend/favoriteFeature has 'Feature2')", ["o'neil/50% +ü", 'scottketchum']],
    ['favoriteFeature has null', []],
  ];
  test.each(titled(flags))('[106, 141] People: %s', async (_, [filter, keys]) => {
    const { value } = await ok(tripPin, 'People', { $filter: filter, $select: 'userName' });
    expect(value.map(({ userName }) => userName)).toEqual(keys);
  });
});

describe('computed properties that are collections or complex values', () => {
  interface Person {
    readonly userName: string;
    readonly emails: readonly string[];
    readonly home: City | null;
    readonly work: City | null;
    readonly friend: Person | undefined;
  }
  interface City {
    readonly name: string | null;
    readonly region: string | null;
  }
  type Row = Readonly<Record<string, unknown>>;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const city = (row: Row, prefix: string): City | null => {
    const [name, region] = [text(row[`${prefix}_Name`]), text(row[`${prefix}_Region`])];
    return name === null && region === null ? null : { name, region };
  };
  let people: readonly Person[];
  beforeAll(async () => {
    const found = await tripPin.sql('SELECT * FROM people ORDER BY "userName" COLLATE "C"');
    const personOf = (row: Row): Person => {
      const friend = found.find(({ userName }) => userName === row['best_friend']);
      return {
        userName: String(row['userName']),
        emails: (row['emails'] as readonly unknown[]).map(String),
        home: city(row, 'home'),
        work: city(row, 'work'),
        friend: friend && personOf(friend),
      };
    };
    people = found.map(personOf);
  });
  const told = (value: City | null | undefined): unknown => value && { '@odata.type': '#Trip.Pin.City', ...value };
  const strings = '#Collection(String)';

  test('[161] go out with their types, alone and within $expand', async () => {
    const $compute =
      "emails as e,concat(emails,['x']) as c,[1,2.5] as l,home as h,bestFriend/work as bw,bestFriend/emails as be";
    const $select = 'e,c,l,h,bw,be';
    const memberOf = ({ emails, home, friend }: Person): Row => ({
      'e@odata.type': strings,
      e: emails,
      'c@odata.type': strings,
      c: [...emails, 'x'],
      'l@odata.type': '#Collection(Decimal)',
      l: [1, 2.5],
      h: told(home),
      bw: told(friend?.work) ?? null,
      'be@odata.type': strings,
      be: friend?.emails ?? null,
    });
    const any: unknown = expect.any(String);
    const control = { '@odata.id': any, '@odata.etag': any };
    const answer = await ok(tripPin, 'People', { $compute, $select });
    expect(answer.json['@odata.context']).toMatch(/#People\(e,c,l,h,bw,be\)$/);
    expect(answer.value).toEqual(people.map((person) => ({ ...control, ...memberOf(person) })));
    const nested = await ok(tripPin, 'People', {
      $select: 'userName',
      $expand: `bestFriend($compute=${$compute};$select=${$select}),admirers($compute=${$compute};$select=${$select})`,
    });
    expect(nested.value).toEqual(
      people.map(({ userName, friend }) => ({
        '@odata.etag': any,
        userName,
        bestFriend: friend ? { ...control, ...memberOf(friend) } : null,
        admirers: people
          .filter((admirer) => admirer.friend?.userName === userName)
          .map((admirer) => ({ ...control, ...memberOf(admirer) })),
      })),
    );
  });

  test('[161] $select leaves parts of them, and items', async () => {
    const { value } = await tripPin.get(
      withOptions('People', {
        $compute: 'emails as e,work as w,{"@odata.type":"#Trip.Pin.City","name":\'x\'} as o',
        $select:
          "userName,w/name,o($select=region),e($filter=contains($this,'a');$orderby=$this desc;$top=1;$count=true)",
      }),
      { Accept: 'application/json;odata.metadata=none' },
    );
    expect(value).toEqual(
      people.map(({ userName, work, emails }) => {
        const some = emails.filter((email) => email.includes('a')).sort((a, b) => -compare(a, b));
        return {
          userName,
          'e@odata.count': some.length,
          e: some.slice(0, 1),
          w: work && { name: work.name },
          o: { region: null },
        };
      }),
    );
  });

  test('[148] a complex value is there although all that is selected of it is null', async () => {
    const partly = (value: City | null | undefined): unknown => value && { name: value.name };
    const { value } = await ok(tripPin, 'People', {
      $select: 'userName,work/name',
      $expand: 'admirers($select=userName,work/name),bestFriend($select=userName,work/name)',
    });
    const memberOf = ({ userName, work }: Person): Row => ({ userName, work: partly(work) });
    expect(value).toMatchObject(
      people.map((person) => ({
        ...memberOf(person),
        bestFriend: person.friend ? memberOf(person.friend) : null,
        admirers: people.filter(({ friend }) => friend?.userName === person.userName).map(memberOf),
      })),
    );
    const alone = await Promise.all(
      people.map(({ userName }) =>
        tripPin.get(`People('${encodeURIComponent(userName.replaceAll("'", "''"))}')/work?$select=name`),
      ),
    );
    expect(alone.map(({ status, json }) => (status === 204 ? null : { name: json['name'] }))).toEqual(
      people.map(({ work }) => partly(work)),
    );
    const venues = await ok(tripPin, 'Venues', { $select: 'code,former/label,former/city/region', $orderby: 'code' });
    expect(venues.value.map(({ former }) => former)).toEqual([
      null,
      { label: null, city: { region: null } },
      { label: 'Old club', city: null },
    ]);
  });

  const object = '{"@odata.type":"#Trip.Pin.City","name":"Ulm","region":"BW"}';
  const $compute = `emails as e,home as h,bestFriend/home as bh,${object} as o,['mirs@example.com','q'] as l`;
  const conditions: readonly (readonly [string, (person: Person) => boolean])[] = [
    ["'Scott@example.com' in e", ({ emails }) => emails.includes('Scott@example.com')],
    ["e/any(x:contains(x,'ss')) or e/$count eq 0", ({ emails }) => emails.length === 0 || emails.join().includes('ss')],
    ["e/$filter(contains($this,'contoso'))/$count eq 1", ({ emails }) => emails.join().includes('contoso')],
    ['e/all(x:x in l)', ({ emails }) => emails.every((email) => email === 'mirs@example.com')],
    ['hassubset(l,e) and length(e) eq 1', ({ userName }) => userName === 'mirsking'],
    ['e eq bestFriend/emails', () => false],
    ['h/name eq o/name', ({ home }) => home?.name === 'Ulm'],
    ['h eq o', ({ home }) => home?.name === 'Ulm'],
    ['o eq h', ({ home }) => home?.name === 'Ulm'],
    ['h ne o', ({ home }) => home?.name !== 'Ulm'],
    ['h eq work', ({ home, work }) => JSON.stringify(home) === JSON.stringify(work)],
    ['h in [o,{"name":"Boise","region":"ID"}]', ({ home }) => ['Ulm', 'Boise'].includes(home?.name ?? '')],
    ['h eq null', ({ home }) => home === null],
    ['bh eq null', ({ friend }) => (friend?.home ?? null) === null],
    ["bh/region eq 'ID'", ({ friend }) => friend?.home?.region === 'ID'],
    ['o eq null or o in [null] or not isof(o,Trip.Pin.City)', () => false],
    ['o eq {"name":"Ulm","region":"BW"} and o ne {"name":"Ulm"} and o ne null', () => true],
    ['isof(h,Trip.Pin.City)', ({ home }) => home !== null],
  ];
  test.each(titled(conditions))('[161] $filter=%s', async (_, [$filter, of]) => {
    const { value } = await ok(tripPin, 'People', { $compute, $filter, $select: 'userName' });
    const wanted = people.filter(of).map(({ userName }) => userName);
    expect(value.map(({ userName }) => userName)).toEqual(wanted);
    const applied = await ok(tripPin, 'People', {
      $apply: `compute(${$compute})/filter(${$filter})/aggregate($count as n)`,
    });
    expect(applied.value[0]?.['n']).toBe(wanted.length);
  });

  test('[109, 145] an object is never null: no value that is null equals it', async () => {
    const nothing = '{"@odata.type":"#Trip.Pin.City"} as n';
    for (const [$filter, of] of [
      ['home eq n or n eq home or home eq {} or home eq {"name":null,"region":null} or home in [n]', () => false],
      ['home ne n and home ne {}', () => true],
      ['home in [n,null]', ({ home }: Person) => home === null],
    ] as const) {
      const { value } = await ok(tripPin, 'People', { $compute: nothing, $filter, $select: 'userName' });
      expect(value.map(({ userName }) => userName)).toEqual(people.filter(of).map(({ userName }) => userName));
    }
    const rooms = await ok(tripPin, "Hotels('grand')/rooms", { $select: 'name,seen' });
    const isThere = (seen: unknown): boolean => JSON.stringify(seen) === '{"name":null,"region":null}';
    const wanted = rooms.value.filter(({ seen }) => isThere(seen)).map(({ name }) => name);
    expect(wanted).toHaveLength(1);
    for (const $filter of ['seen eq {"name":null}', 'seen eq n', 'n eq seen', 'seen in [n]']) {
      const found = await ok(tripPin, "Hotels('grand')/rooms", { $compute: nothing, $filter, $select: 'name' });
      expect(found.value.map(({ name }) => name)).toEqual(wanted);
    }
  });

  test.each(['null eq null', 'null gt null', 'userName ne null', 'cast(home,Edm.Date) eq null'])(
    '[165] an order by what is the same everywhere is none: %s',
    async (same) => {
      for (const [path, options] of [
        ['People', { $orderby: `${same} desc,userName`, $expand: 'trips($orderby=null eq null)' }],
        ['People', { $apply: `orderby(${same},userName)` }],
        ['People', { $compute: `${same} as e`, $orderby: 'e,userName' }],
      ] as const) {
        const { value } = await ok(tripPin, path, options);
        expect(value.map(({ userName }) => userName)).toEqual(people.map(({ userName }) => userName));
      }
    },
  );

  test('[182] countdistinct counts complex values behind aliases and $it as those of paths', async () => {
    for (const [path, options] of [
      ['@a', { '@a': 'bestFriend/home' }],
      ['@a/home', { '@a': '$it/bestFriend' }],
      ['$it/bestFriend/home', {}],
      ['bestFriend/home', {}],
    ] as const) {
      const { value } = await ok(tripPin, 'People', {
        $apply: `aggregate(${path} with countdistinct as n)`,
        ...options,
      });
      const homes = people.flatMap(({ friend }) => (friend?.home ? [JSON.stringify(friend.home)] : []));
      expect(value[0]?.['n']).toBe(new Set(homes).size);
    }
  });

  test.each([
    ['{"@odata.type":"#Trip.Pin.City"}', () => 1],
    [
      '{"@odata.type":"#Trip.Pin.City","name":home/name}',
      () => new Set(people.map(({ home }) => home?.name ?? null)).size,
    ],
    ["$root/People('ronaldmundy')/home", () => 1],
    ["$root/People('mirsking')/home", () => 1],
    ["$root/People('scottketchum')/home", () => 0],
    ["$root/People('nobody')/home", () => 0],
    [
      '{"@odata.type":"#Trip.Pin.Place","label":userName,"city":home,"point":{"latitude":1,"longitude":2}}',
      () => people.length,
    ],
    [
      '{"@odata.type":"#Trip.Pin.Place","label":"x","city":bestFriend/home,"point":{"latitude":1,"longitude":2}}',
      () => new Set(people.map(({ friend }) => JSON.stringify(friend?.home ?? null))).size,
    ],
  ])('[182] countdistinct counts what %s is', async (object, wanted) => {
    const { value } = await ok(tripPin, 'People', {
      $apply: `compute(${object} as o)/aggregate(o with countdistinct as n,$count as all)`,
    });
    expect([value[0]?.['n'], value[0]?.['all']]).toEqual([wanted(), people.length]);
  });

  test('[161, 192] compute hands them on to groupby, join and concat', async () => {
    const numberOf = (wanted: (person: Person) => boolean): number => people.filter(wanted).length;
    const grouped = await ok(tripPin, 'People', {
      $apply: 'compute(home as h,emails as e)/filter(h ne null)/groupby((h/region),aggregate(h/name with max as last))',
      $orderby: 'h/region',
    });
    expect(grouped.value.map(({ h, last }) => [h, last])).toEqual([
      [{ '@odata.type': '#Trip.Pin.City', region: '' }, ''],
      [{ '@odata.type': '#Trip.Pin.City', region: 'BW' }, 'Ulm'],
      [{ '@odata.type': '#Trip.Pin.City', region: 'ID' }, 'Boise'],
    ]);
    const joined = await ok(tripPin, 'People', {
      $apply: 'join(trips as t)/compute(t/ratings as r,t/owner/home as h)/filter(r/any(x:x gt 3))',
      $select: 'userName,r,h',
    });
    expect(joined.value).toMatchObject([
      { userName: "o'neil/50% +ü", r: [-1, 0, 2147483647], h: null },
      { userName: 'russellwhyte', r: [5, 3, 4], h: told({ name: 'Boise', region: 'ID' }) },
    ]);
    const both = await ok(tripPin, 'People', {
      $apply:
        'concat(compute(emails as e,home as h),compute(emails as e,work as h))/filter(h/name ne null and e/$count gt 0)',
    });
    const named = (of: 'home' | 'work'): number =>
      numberOf((one) => typeof one[of]?.name === 'string' && one.emails.length > 0);
    expect(both.value).toHaveLength(named('home') + named('work'));
  });

  test('[161] enumerations, decimals and dates keep their forms', async () => {
    const airports = await ok(tripPin, 'Airports', {
      $compute: "[kind,'Military'] as k,location as l",
      $select: 'k,l',
      $filter: "iataCode eq 'SFO'",
    });
    expect(airports.value).toMatchObject([
      {
        'k@odata.type': '#Collection(Trip.Pin.AirportKind)',
        k: ['Civil', 'Military'],
        l: { '@odata.type': '#Trip.Pin.GeoPoint', latitude: 37.6188, longitude: -122.375 },
      },
    ]);
    const everything = await tripPin.get(
      withOptions('Everythings(id=1,day=2026-03-31)', {
        $compute: '[money,1] as m,[moment] as d,[double,0.1] as f,[int64] as i',
        $select: 'm,d,f,i',
      }),
      { Accept: 'application/json;odata.metadata=full;IEEE754Compatible=true' },
    );
    expect(everything.json).toMatchObject({
      'm@odata.type': '#Collection(Decimal)',
      m: ['-9999999.99', '1'],
      d: ['0001-01-01T00:00:00Z'],
      'f@odata.type': '#Collection(Double)',
      f: ['-INF', 0.1],
      i: ['-9223372036854775808'],
    });
    const place = '{"@type":"Trip.Pin.Place","label":"x","city":{},"point":{"latitude":1,"longitude":-0.5}}';
    const full = await tripPin.get(
      withOptions("People('mirsking')", { $compute: '@p as p', '@p': place, $select: 'p' }),
      {
        Accept: 'application/json;odata.metadata=full',
      },
    );
    expect(full.json['p']).toEqual({
      '@odata.type': '#Trip.Pin.Place',
      label: 'x',
      city: { '@odata.type': '#Trip.Pin.City', name: null, region: null },
      point: {
        '@odata.type': '#Trip.Pin.GeoPoint',
        'latitude@odata.type': '#Double',
        latitude: 1,
        'longitude@odata.type': '#Double',
        longitude: -0.5,
      },
    });
  });

  type Options = Readonly<Record<string, string>>;
  const behind: readonly (readonly [string, Options, (person: Person) => boolean])[] = [
    ["@a/userName eq 'scottketchum'", { '@a': 'bestFriend' }, ({ friend }) => friend?.userName === 'scottketchum'],
    ["@a/name eq 'Ulm'", { '@a': '@b', '@b': 'home' }, ({ home }) => home?.name === 'Ulm'],
    ["@a/home/name eq 'Boise'", { '@a': '$it/bestFriend' }, ({ friend }) => friend?.home?.name === 'Boise'],
    ["@a/any(x:contains(x,'ss'))", { '@a': 'emails' }, ({ emails }) => emails.join().includes('ss')],
    ['@a/any(x:x eq userName)', { '@a': "['mirsking']" }, ({ userName }) => userName === 'mirsking'],
    ['@a/name eq home/name', { '@a': object }, ({ home }) => home?.name === 'Ulm'],
    ['isdefined(@a/name)', { '@a': 'home' }, ({ home }) => home !== null],
    ["$root/People('russellwhyte')/home eq home", {}, ({ home }) => home?.name === 'Boise'],
    [
      "$root/People('russellwhyte')/home in [home,bestFriend/home]",
      {},
      ({ home, friend }) => [home, friend?.home].some((one) => one?.name === 'Boise'),
    ],
    ["$root/People('nobody')/home eq null and $root/People('russellwhyte')/work eq null", {}, () => true],
    ["$root/People('russellwhyte')/home eq null", {}, () => false],
    ['cast(home,Edm.String) eq null and not isof(home,Edm.String)', {}, () => true],
    ['isof(Edm.String) or cast(Edm.String) ne null', {}, () => false],
    [
      "trips/any(t:t/budget/@Measures.ISOCurrency eq 'USD' and t/owner/userName eq $it/userName)",
      {},
      ({ userName }) => !['mirsking', 'ronaldmundy'].includes(userName),
    ],
    [
      'trips/@Capabilities.SearchRestrictions eq null and bestFriend/@Capabilities.InsertRestrictions eq null',
      {},
      () => true,
    ],
    [
      'admirers/@Capabilities.ChangeTracking eq null and bestFriend/@Capabilities.ChangeTracking eq null',
      {},
      () => true,
    ],
    ["@Core.Description eq 'Somebody who travels.' and age/@Measures.Unit eq null", {}, () => true],
  ];
  test.each(titled(behind))(
    '[97, 143, 146, 161] aliases, keys and annotations: %s',
    async (_, [$filter, options, of]) => {
      const { value } = await ok(tripPin, 'People', { $filter, $select: 'userName', ...options });
      expect(value.map(({ userName }) => userName)).toEqual(people.filter(of).map(({ userName }) => userName));
    },
  );

  test('[146, 161] annotations with paths, complex values behind keys and isof of items go out as others do', async () => {
    const { value } = await ok(tripPin, 'Everythings', {
      $compute: 'money/@Measures.ISOCurrency as c',
      $select: 'label,c',
    });
    expect(value.map(({ c }) => c)).toEqual(value.map(({ label }) => label));
    const $compute = "$root/People('russellwhyte')/home as h,$root/People('russellwhyte')/work as w";
    const [russell] = people.filter(({ userName }) => userName === 'russellwhyte');
    const far = await ok(tripPin, 'People', {
      $compute,
      $select: 'h,w',
      $expand: `trips($compute=${$compute};$select=h/region,w)`,
      $filter: "h/name eq 'Boise' and w eq null and userName eq 'scottketchum'",
    });
    const trips = [{ h: { region: 'ID' }, w: null }];
    expect(far.value).toMatchObject([{ h: told(russell?.home), w: null, trips }]);
    const items = await ok(tripPin, "Hotels('grand')/rooms/$count", { $filter: 'isof(Trip.Pin.Room)' });
    expect(items.text).toBe('4');
    const texts = await ok(tripPin, "People('mirsking')/emails", {
      $filter: 'isof(Edm.String) and cast(Edm.Int32) eq null',
    });
    expect(texts.value).toHaveLength(1);
    const counted = 'filter($these/$count($filter=age gt 0) eq 2 and $these/$count eq 5)/aggregate($count as n)';
    expect((await ok(tripPin, 'People', { $apply: counted })).value[0]?.['n']).toBe(5);
  });

  const constant = (city: City | null) => (): City | null => city;
  const ulm = '{"@odata.type":"#Trip.Pin.City","name":"Ulm"}';
  /** Complex values, and what they are of a person. */
  const values: readonly (readonly [value: string, of: (person: Person) => City | null])[] = [
    ['home', ({ home }) => home],
    ['bestFriend/home', ({ friend }) => friend?.home ?? null],
    ["$root/People('ronaldmundy')/home", constant({ name: 'Ulm', region: 'BW' })],
    ["$root/People('nobody')/home", constant(null)],
    [ulm, constant({ name: 'Ulm', region: null })],
    ['{"@odata.type":"#Trip.Pin.City"}', constant({ name: null, region: null })],
  ];

  test.each(values)('[161, 192] groups by a computed complex value are those of its parts: %s', async (value, of) => {
    const groups = (keyOf: (city: City) => unknown): readonly unknown[] => {
      const found = new Map<string, readonly [unknown, number]>();
      for (const person of people) {
        const city = of(person);
        const key = city && { '@odata.type': '#Trip.Pin.City', ...(keyOf(city) as Row) };
        const [, before = 0] = found.get(JSON.stringify(key)) ?? [];
        found.set(JSON.stringify(key), [key, before + 1]);
      }
      return [...found.values()];
    };
    for (const [keys, context, keyOf] of [
      ['h', 'h', (city: City) => city],
      ['h/name', 'h/name', ({ name }: City) => ({ name })],
      ['h/region,h/name', 'h', (city: City) => city],
    ] as const) {
      const $apply = `compute(${value} as h)/groupby((${keys}),aggregate($count as n))`;
      const answer = await ok(tripPin, 'People', { $apply });
      expect(String(answer.json['@odata.context']).split('#')[1]).toMatch(`People(${context},n)`);
      expect(answer.value.map(({ h, n }) => [h, n])).toHaveLength(groups(keyOf).length);
      expect(answer.value.map(({ h, n }) => [h, n])).toEqual(expect.arrayContaining([...groups(keyOf)]));
    }
  });

  test('[146] what is said of the type of a complex value is said of one that is computed, and of its parts', async () => {
    const written = '{"@odata.type":"#Trip.Pin.GeoPoint","latitude":1,"longitude":2}';
    for (const value of ['place/point', 'annexOf/place/point', "$root/Venues('A')/place/point", written]) {
      const $compute = `${value} as p,p/latitude/@Measures.Unit as unit,p/@Core.Description as text,code as c,c/@Core.Description as none`;
      const $filter = value.startsWith('annexOf') ? 'annexOf ne null' : 'true';
      const [row] = (await ok(tripPin, 'Venues', { $compute, $filter, $select: 'unit,text,none' })).value;
      expect([value, row]).toMatchObject([value, { unit: '°', text: 'A place on earth.', none: null }]);
    }
  });

  test.each([
    [`isof(${ulm},Trip.Pin.City)`, true],
    [`isof(${ulm},Trip.Pin.Site)`, false],
    [`isof(@o,Trip.Pin.City)`, true],
    [`cast(${ulm},Trip.Pin.City) ne null`, true],
    [`cast(${ulm},Trip.Pin.Site) eq null`, true],
    [`cast(${ulm},Trip.Pin.City) eq home`, false],
    [`cast({"@odata.type":"#Trip.Pin.City","name":home/name,"region":home/region},Trip.Pin.City) eq home`, 'home'],
  ] as const)('[146] objects are of the type that they name: %s', async ($filter, wanted) => {
    const { value } = await ok(tripPin, 'People', { $filter, '@o': ulm });
    const found = people.filter(({ home }) => (wanted === 'home' ? home !== null : wanted));
    expect(value.map(({ userName }) => userName)).toEqual(found.map(({ userName }) => userName));
  });

  test('[143] what a filter leaves of a collection of values is a collection', async () => {
    const rest = ({ emails }: Person): readonly string[] => emails.filter((email) => email.startsWith('R'));
    const narrowed = "emails/$filter(startswith($this,'R'))";
    const { value } = await ok(tripPin, 'People', { $compute: `${narrowed} as r`, $select: 'r' });
    expect(value.map(({ r }) => r)).toEqual(people.map(rest));
    const filters: readonly (readonly [filter: string, of: (person: Person) => boolean])[] = [
      [`hassubset(${narrowed},['Russell@contoso.com'])`, (person) => rest(person).includes('Russell@contoso.com')],
      [`${narrowed} eq ['Ronald@example.com']`, (person) => rest(person).join() === 'Ronald@example.com'],
      [`'Ronald@example.com' in ${narrowed}`, (person) => rest(person).includes('Ronald@example.com')],
      [`${narrowed}/$filter(contains($this,'contoso'))/any()`, (person) => /contoso/.test(rest(person).join())],
    ];
    for (const [$filter, of] of filters)
      expect([$filter, (await ok(tripPin, 'People', { $filter })).value.map(({ userName }) => userName)]).toEqual([
        $filter,
        people.filter(of).map(({ userName }) => userName),
      ]);
  });

  test.each([
    [{ $index: '1' }, 400, '$index'],
    [{ $select: 'bestFriend/firstName' }, 400, '$select'],
    [{ $filter: '@a/name eq null' }, 400, '$filter'],
    [{ $filter: '@a/name eq null', '@a': '@b', '@b': '@a' }, 400, '@a'],
    [{ $apply: 'filter($these/any(x:true))' }, 400, '$apply'],
    [{ $filter: 'userName/@Measures.ISOCurency eq null' }, 400, '$filter'],
    [{ $filter: "tripCount/@Core.Permissions eq 'Reed'" }, 400, '$filter'],
    [{ $filter: 'emails/@Core.Nope eq null' }, 400, '$filter'],
    [{ $filter: 'trips/@Capabilities.Nope eq null' }, 400, '$filter'],
    [{ $filter: 'tripCount/@Core.Permissions/x eq null' }, 400, '$filter'],
    [{ $compute: 'bestFriend as b' }, 400, '$compute'],
    [{ $compute: 'trips as b' }, 400, '$compute'],
    [{ $compute: "[1,'a'] as b" }, 400, '$compute'],
    [{ $compute: '{"name":"x"} as b' }, 400, '$compute'],
    [{ $compute: '{"@odata.type":"#Trip.Pin.Nope"} as b' }, 400, '$compute'],
    [{ $compute: '{"@odata.type":"#Trip.Pin.City","nope":1} as b' }, 400, '$compute'],
    [{ $compute: '{"@odata.type":"#Trip.Pin.City","name":1} as b' }, 400, '$compute'],
    [{ $compute: '{"@odata.type":"#Trip.Pin.GeoPoint","latitude":1} as b' }, 400, '$compute'],
    [{ $compute: '{"@odata.type":"#Trip.Pin.Room","name":"x"} as b' }, 400, '$compute'],
    [{ $compute: 'home as h', $filter: 'h/nope eq 1' }, 400, '$filter'],
    [{ $compute: 'home as h', $filter: "startswith(h,'x')" }, 400, '$filter'],
    [{ $compute: 'emails as e', $filter: 'e/name eq 1' }, 400, '$filter'],
    [{ $compute: 'emails as e', $filter: "e eq 'x'" }, 400, '$filter'],
    [{ $compute: 'home as h', $orderby: 'h' }, 400, '$orderby'],
    [{ $compute: 'emails as e', $orderby: 'e' }, 400, '$orderby'],
    [{ $compute: 'home as h', $select: 'h/nope' }, 400, '$select'],
    [{ $compute: 'emails as e', $select: 'e/nope' }, 400, '$select'],
    [{ $apply: 'compute(home as h)/groupby((h/nope))' }, 400, '$apply'],
    [{ $apply: 'compute(emails as e)/groupby((e))' }, 400, '$apply'],
    [{ $apply: 'compute(emails as e)/aggregate(e with sum as m)' }, 400, '$apply'],
    [{ $apply: 'compute({"@odata.type":"#Trip.Pin.City"} as e)/aggregate(e with max as c)' }, 400, '$apply'],
  ] as const)('[162] refused at its place: %j', async (options, status, target) => {
    const answer = await tripPin.get(withOptions('People', options));
    expect([answer.status, answer.error.target]).toEqual([status, target]);
  });
});

describe('entities, complex values and collections of them as operands', () => {
  type Row = Readonly<Record<string, unknown>>;
  interface Person {
    readonly key: string;
    readonly age: bigint | null;
    readonly isMale: boolean;
    readonly home: string | null;
    readonly work: string | null;
    readonly emails: readonly unknown[];
    readonly friend: Person | undefined;
    readonly admirers: readonly string[];
  }
  interface Contact {
    readonly key: string;
    readonly type: string;
    readonly friend: Contact | undefined;
    readonly manager: Contact | undefined;
    readonly friends: readonly Contact[];
  }
  interface Course {
    readonly key: string;
    readonly halls: readonly string[];
  }
  interface Hotel {
    readonly key: string;
    readonly main: Hotel | undefined;
    readonly branches: readonly string[];
    readonly rooms: readonly string[];
  }
  const people: Person[] = [];
  const contacts: Contact[] = [];
  const courses: Course[] = [];
  const hotels: Hotel[] = [];

  let unequal = 0;
  /** Two values are equal when these texts are: what is left out is null or empty, NaN is equal to nothing. */
  const told = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => {
      if (part === 'NaN') return `NaN ${(unequal += 1)}`;
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
      const given = Object.entries(part).filter(([, member]) => member !== null && String(member) !== '');
      return Object.fromEntries(given.sort(([left], [right]) => compare(left, right)));
    });

  beforeAll(async () => {
    const rowsOf = (text: string): Promise<readonly Row[]> => tripPin.sql(text);
    const foundPeople = await rowsOf('SELECT * FROM people ORDER BY "userName" COLLATE "C"');
    const city = (row: Row, prefix: string): string | null => {
      const value = { name: row[`${prefix}_Name`], region: row[`${prefix}_Region`] };
      return value.name === null && value.region === null ? null : JSON.stringify(value);
    };
    const personOf = (row: Row): Person => {
      const friend = foundPeople.find(({ userName }) => userName === row['best_friend']);
      return {
        key: String(row['userName']),
        age: typeof row['age'] === 'string' ? BigInt(row['age']) : null,
        isMale: row['gender'] === 0,
        home: city(row, 'home'),
        work: city(row, 'work'),
        emails: row['emails'] as readonly unknown[],
        friend: friend && personOf(friend),
        admirers: foundPeople
          .filter((other) => other['best_friend'] === row['userName'])
          .map((other) => String(other['userName'])),
      };
    };
    people.push(...foundPeople.map(personOf));
    const foundContacts = await rowsOf('SELECT * FROM contacts ORDER BY code COLLATE "C"');
    const contactOf = (row: Row, deep = true): Contact => {
      const at = (name: string): Contact | undefined => {
        const other = foundContacts.find(({ code }) => code === row[name]);
        return other && contactOf(other, false);
      };
      const friends = deep ? foundContacts.filter(({ friend }) => friend === row['code']) : [];
      return {
        key: String(row['code']),
        type: String(row['kind']),
        friend: at('friend'),
        manager: at('manager'),
        friends: friends.map((other) => contactOf(other, false)),
      };
    };
    contacts.push(...foundContacts.map((row) => contactOf(row)));
    const foundHalls = await rowsOf('SELECT * FROM course_halls');
    for (const { code } of await rowsOf('SELECT code FROM courses ORDER BY code COLLATE "C"'))
      courses.push({
        key: String(code),
        halls: foundHalls
          .filter(({ course }) => course === code)
          .map(({ house, floor }) => `${String(house)}${String(floor)}`),
      });
    const foundHotels = await rowsOf('SELECT code, main, rooms FROM hotels ORDER BY code COLLATE "C"');
    const hotelOf = (row: Row): Hotel => {
      const main = foundHotels.find(({ code }) => code === row['main']);
      return {
        key: String(row['code']),
        main: main && hotelOf(main),
        branches: foundHotels.filter((other) => other['main'] === row['code']).map((other) => String(other['code'])),
        rooms: (row['rooms'] as readonly unknown[]).map(told),
      };
    };
    hotels.push(...foundHotels.map(hotelOf));
  });

  const works = <T extends { readonly key: string }>(
    path: string,
    key: string,
    all: readonly T[],
    cases: readonly (readonly [filter: string, of: (row: T) => boolean | null])[],
  ): void => {
    test.each(titled(cases))(`${path}: %s`, async (_, [filter, of]) => {
      for (const [$filter, wanted] of [
        [filter, (row: T) => of(row) === true],
        [`not (${filter})`, (row: T) => of(row) === false],
      ] as const) {
        const { value } = await ok(tripPin, path, { $filter, $select: key, $orderby: key });
        expect([$filter, value.map((row) => row[key])]).toEqual([$filter, all.filter(wanted).map((row) => row.key)]);
      }
    });
  };

  const attic = '{"name":"Attic","beds":1,"rate":9.50,"features":0}';
  /** The same with its type. */
  const typed = (object: string): string => object.replace('{', '{"@odata.type":"#Trip.Pin.Room",');
  const isNumber = (room: string): boolean => !room.includes('NaN');
  const boise = JSON.stringify({ name: 'Boise', region: 'ID' });
  const isOlder = ({ age }: Person): boolean => age !== null && age > 5n;
  works('People', 'userName', people, [
    ['bestFriend eq $it', ({ friend, key }) => friend?.key === key],
    ['$it eq bestFriend', ({ friend, key }) => friend?.key === key],
    ['$it ne null and $this ne null', () => true],
    ['$it eq $this', () => true],
    ['$it/bestFriend ne $root/Me', ({ friend }) => friend?.key !== 'russellwhyte'],
    ["$it eq $root/People('russellwhyte')", ({ key }) => key === 'russellwhyte'],
    ['$root/Me eq $it', ({ key }) => key === 'russellwhyte'],
    [
      "$it in [$root/Me,$root/People('mirsking'),$root/People('x')]",
      ({ key }) => ['russellwhyte', 'mirsking'].includes(key),
    ],
    ['bestFriend in [$it,$root/Me]', ({ friend }) => friend?.key === 'russellwhyte'],
    ['bestFriend in [$root/Me,null]', ({ friend }) => !friend || friend.key === 'russellwhyte'],
    ['admirers/any(a:a/bestFriend eq $it)', ({ admirers }) => admirers.length > 0],
    [
      'admirers/any(a:a eq bestFriend)',
      ({ admirers, friend }) => friend !== undefined && admirers.includes(friend.key),
    ],
    ["admirers/any(a:a eq $root/People('scottketchum'))", ({ admirers }) => admirers.includes('scottketchum')],
    ["admirers/all(a:a ne $root/People('scottketchum'))", ({ admirers }) => !admirers.includes('scottketchum')],
    ["$root/People('scottketchum') in admirers", ({ admirers }) => admirers.includes('scottketchum')],
    ['bestFriend in $root/People/$filter(age gt 5)', ({ friend }) => friend !== undefined && isOlder(friend)],
    ["bestFriend in $root/People('russellwhyte')/admirers", ({ friend }) => friend?.key === 'scottketchum'],
    ["bestFriend in $root/People('x')/admirers", () => false],
    ['null in admirers', () => false],
    ['bestFriend in concat(admirers,[bestFriend])', () => true],
    ['bestFriend in concat(admirers,admirers)', () => false],
    [
      "$root/People('scottketchum') in concat(admirers,[$root/Me])",
      ({ admirers }) => admirers.includes('scottketchum'),
    ],
    ['length(concat(admirers,[$it,null])) eq 3', ({ admirers }) => admirers.length === 1],
    ['concat(bestFriend/admirers,admirers) eq null', ({ friend }) => !friend],
    ["hassubset(admirers,[$root/People('scottketchum')])", ({ admirers }) => admirers.includes('scottketchum')],
    ['hassubset(admirers,[$root/Me,$root/Me])', () => false],
    [
      "hassubset([$root/People('scottketchum'),$root/People('mirsking')],admirers)",
      ({ key }) => !['russellwhyte', 'scottketchum'].includes(key),
    ],
    ['hassubset([bestFriend,$it],[$it])', () => true],
    ['hassubset([bestFriend],[$root/Me])', ({ friend }) => friend?.key === 'russellwhyte'],
    ['hassubsequence([bestFriend,$it],[$it,bestFriend])', () => false],
    ['indexof([bestFriend,$it],[$it]) eq 1', () => true],
    ['contains([bestFriend],[null])', ({ friend }) => !friend],
    ['length(admirers) eq 1', ({ admirers }) => admirers.length === 1],
    ["length($root/People('russellwhyte')/admirers) eq 2", () => true],
    ['hassubset($root/People,admirers)', () => true],
    ['hassubset(admirers,$root/People/$filter(bestFriend eq $root/Me))', ({ key }) => key === 'russellwhyte'],
    [
      'case(age gt 5:bestFriend,true:$it) eq $root/Me',
      (row) => (isOlder(row) ? row.friend : row)?.key === 'russellwhyte',
    ],
    ['case(age gt 5:home) eq home', (row) => isOlder(row) || row.home === null],
    [
      'case(age gt 5:home,true:work) eq work',
      ({ home, work, ...row }) => !isOlder({ home, work, ...row }) || home === work,
    ],
    ['case(age gt 5:home,true:work) ne null', (row) => (isOlder(row) ? row.home : row.work) !== null],
    ['case(age gt 5:home,true:null) eq {"name":"Boise","region":"ID"}', (row) => isOlder(row) && row.home === boise],
    ['home in [case(age gt 5:home)]', (row) => isOlder(row) || row.home === null],
    ['{"name":"Boise","region":"ID"} in [home,work]', ({ home, work }) => home === boise || work === boise],
    ['home/Trip.Pin.City eq home/Trip.Pin.City/Trip.Pin.City', () => true],
    ["home/Trip.Pin.City/region eq 'ID'", ({ home }) => home === boise],
    ["case(age gt 5:emails,true:['a']) eq ['a']", (row) => !isOlder(row)],
    ["length(case(age gt 5:emails,true:['a'])) eq 1", (row) => !isOlder(row) || row.emails.length === 1],
  ]);

  works('People', 'userName', people, [
    [
      "[userName,bestFriend/userName] in [['ronaldmundy','scottketchum'],['x','y']]",
      ({ key }) => key === 'ronaldmundy',
    ],
    ["[userName,age] in [['ronaldmundy',-5]]", ({ key }) => key === 'ronaldmundy'],
    [
      "[userName,age] in ([['ronaldmundy',-5],['mirsking',0.0]])",
      ({ key }) => ['ronaldmundy', 'mirsking'].includes(key),
    ],
    ["[userName,age] eq ['mirsking',0]", ({ key }) => key === 'mirsking'],
    ['[userName,home] eq [\'russellwhyte\',{"name":"Boise","region":"ID"}]', ({ key }) => key === 'russellwhyte'],
    ['[home,$it] eq [work,$this]', ({ home, work }) => home === work],
    ['[userName] eq [userName,age]', () => false],
    ['age in [age] and userName in [userName]', () => true],
    ['null in [age]', ({ age }) => age === null],
    ['userName in [bestFriend/userName]', ({ key, friend }) => friend?.key === key],
    ["bestFriend/userName in [bestFriend/userName,'x']", () => true],
    ["'scottketchum' in ['x',bestFriend/userName]", ({ friend }) => friend?.key === 'scottketchum'],
    ['[userName,age] in []', () => false],
    [
      "emails in [['Scott@example.com'],[]]",
      ({ emails }) => emails.length === 0 || emails.join() === 'Scott@example.com',
    ],
    ["emails in [['Scott@example.com']]", ({ emails }) => emails.join() === 'Scott@example.com'],
  ]);

  const guests = ['ann', 'bob', 'cleo', 'dan'].map((key) => ({ key }));
  const isCleo = ({ key }: { readonly key: string }): boolean => key === 'cleo';
  const ofCleo =
    (is: boolean) =>
    (row: { readonly key: string }): boolean | null =>
      isCleo(row) ? is : null;
  // Only one guest has tags and scores: ["sea",null,"a"] and [1,2.5].
  works('Guests', 'code', guests, [
    ["tags eq ['sea',null,'a']", isCleo],
    ["['sea',null,'a'] ne tags", (row) => !isCleo(row)],
    ["tags in [['x'],['sea',null,'a']]", isCleo],
    ["tags in [['sea',null,'a']]", isCleo],
    ['tags eq []', () => false],
    ['scores eq [1,2.5]', isCleo],
    ["scores eq ['1','2.5']", () => false],
    ['hassubset(scores,[1])', ofCleo(true)],
    ['hassubset(scores,[2])', ofCleo(false)],
    ['startswith(scores,[1]) and indexof(scores,[2.5]) eq 1', isCleo],
    ['concat(scores,[3]) eq [1,2.5,3]', isCleo],
    ["hassubset(tags,['a'])", ofCleo(true)],
    ["hassubset(tags,['a','b'])", ofCleo(false)],
    ["contains(tags,['a'])", ofCleo(true)],
    ["concat(tags,['b']) eq ['sea',null,'a','b']", isCleo],
    ["startswith(nick,['b'])", () => null],
    ['isof(tags,Collection(Edm.String))', isCleo],
    ['isof(scores,Collection(Edm.Decimal))', isCleo],
    ['isof(scores,Collection(Edm.String))', () => false],
    ["cast(scores,Collection(Edm.String)) eq ['1','2.5']", isCleo],
    ['cast(nick,Collection(Edm.String)) eq null', () => true],
    ['cast(nick,Trip.Pin.City) eq null', () => true],
  ]);

  test.each<readonly [path: string, options: Readonly<Record<string, string>>, of: () => number]>([
    ['$crossjoin(People,Passports)', { $filter: 'Passports/holder eq People' }, () => 2],
    ['People/$filter($it%20eq%20$root/Me)', {}, () => 1],
    ['People', { $apply: 'outerjoin(trips as t)/filter(t eq null)' }, () => people.length - 3],
    ['People', { $apply: 'join(trips as t)/filter(t/owner eq $it and t in trips)' }, () => 4],
    [
      'Contacts',
      { $apply: 'outerjoin(friends as f)/filter(f/friends eq null and length(f/friends) eq null)' },
      () => contacts.filter(({ friends }) => friends.length === 0).length,
    ],
    ['People', { $apply: 'filter($it in $root/People/$filter(age gt 5))' }, () => people.filter(isOlder).length],
    ["Hotels('grand')/rooms", { $filter: '$it eq $this' }, () => hotels[0]?.rooms.filter(isNumber).length ?? 0],
    ["Hotels('grand')/rooms", { $filter: "$it in $root/Hotels('inn')/rooms" }, () => 0],
  ])('in other places: %s?%o', async (path, options, of) => {
    expect((await ok(tripPin, path, options)).value).toHaveLength(of());
  });

  test('within $expand and $select', async () => {
    const $expand = 'admirers($filter=bestFriend eq $it and $this ne $it;$select=userName)';
    const { value } = await ok(tripPin, 'People', { $expand, $select: 'userName' });
    expect(value.map(({ admirers }) => (admirers as readonly Row[]).map(({ userName }) => userName))).toEqual(
      people.map(({ admirers }) => [...admirers].sort(compare)),
    );
    // The key of the entity around orders nothing: their own follows.
    const ordered = await ok(tripPin, 'People', {
      $select: 'userName',
      $expand: 'admirers($orderby=$it/userName;$select=userName)',
    });
    expect(ordered.value.map(({ admirers }) => (admirers as readonly Row[]).map(({ userName }) => userName))).toEqual(
      people.map(({ admirers }) => [...admirers].sort(compare)),
    );
    const rooms = await ok(tripPin, 'Hotels', { $select: 'rooms($filter=$this in $it/rooms)', $orderby: 'code' });
    expect(rooms.value.map((row) => (row['rooms'] as readonly unknown[]).length)).toEqual(
      hotels.map((hotel) => hotel.rooms.filter(isNumber).length),
    );
  });

  const isEmployee = ({ type }: Contact): boolean => type === 'employee' || type === 'manager';
  works('Contacts', 'code', contacts, [
    ['friend eq Trip.Pin.Employee/manager', ({ friend, manager }) => friend?.key === manager?.key],
    ['Trip.Pin.Employee/manager ne friend', ({ friend, manager }) => friend?.key !== manager?.key],
    ['cast($it,Trip.Pin.Employee) eq $it', isEmployee],
    ['cast(Trip.Pin.Manager) eq null', ({ type }) => type !== 'manager'],
    ['isof($it,Trip.Pin.Contact)', () => true],
    ['isof(friend,Trip.Pin.Contact)', ({ friend }) => friend !== undefined],
    ["isof(case(code gt 'c':friend),Trip.Pin.Manager)", ({ key, friend }) => key > 'c' && friend?.type === 'manager'],
    ['cast(case(true:friend),Trip.Pin.Manager) eq friend', ({ friend }) => !friend || friend.type === 'manager'],
    ['isof(friends,Collection(Trip.Pin.Contact))', () => true],
    ['isof(friends,Collection(Trip.Pin.Employee))', ({ friends }) => friends.every(isEmployee)],
    ['isof(friends,Collection(Trip.Pin.Person))', () => false],
    [
      "$root/Contacts('dora') in cast(friends,Collection(Trip.Pin.Employee))",
      ({ friends }) => friends.some(({ key }) => key === 'dora'),
    ],
    ['null in cast(friends,Collection(Trip.Pin.Employee))', ({ friends }) => !friends.every(isEmployee)],
    ...[
      'friends,Trip.Pin.Contact',
      'friends,Collection(Edm.String)',
      'friend,Collection(Trip.Pin.Contact)',
      'friend,Edm.String',
      'friend,Trip.Pin.City',
      'friend,Trip.Pin.Person',
      'code,Trip.Pin.City',
      'code,Trip.Pin.Employee',
      'code,Collection(Edm.String)',
      'Trip.Pin.City',
      'Edm.String',
    ].flatMap((given): readonly (readonly [string, () => boolean])[] => [
      [`cast(${given}) eq null`, () => true],
      [`isof(${given})`, () => false],
    ]),
    ["isof($root/Contacts('x')/friends,Collection(Trip.Pin.Contact))", () => false],
  ]);

  works('Courses', 'code', courses, [
    ['halls/any(h:h eq h)', ({ halls }) => halls.length > 0],
    ['halls/any(h:h eq null)', () => false],
    ["halls/any(h:h eq $root/Halls(house='N',floor=2))", ({ halls }) => halls.includes('N2')],
    ["halls/all(h:h ne $root/Halls(house='N',floor=2))", ({ halls }) => !halls.includes('N2')],
    ["$root/Halls(house='S',floor=2) in halls", ({ halls }) => halls.includes('S2')],
    ["$root/Halls(house='S',floor=1) in halls", () => false],
    ["case(code eq 'art':$root/Halls(house='N',floor=1)) in halls", ({ key }) => key === 'art'],
    ["case(code eq 'art':$root/Halls(house='N',floor=1)) in [$root/Halls(house='N',floor=2)]", () => false],
    ["hassubset(halls,$root/Halls/$filter(house eq 'N'))", ({ halls }) => halls.includes('N1') && halls.includes('N2')],
    ['hassubset($root/Halls,halls)', () => true],
  ]);

  works('Hotels', 'code', hotels, [
    ['rooms eq rooms', ({ rooms }) => rooms.every(isNumber)],
    ['rooms eq []', ({ rooms }) => rooms.length === 0],
    ['rooms eq null', () => false],
    ['main/rooms eq null', ({ main }) => !main],
    ['main/rooms eq []', () => false],
    ['main/rooms eq rooms', () => false],
    ['main/branches eq null', ({ main }) => !main],
    ["rooms eq $root/Hotels('inn')/rooms", ({ key }) => key === 'inn'],
    ["$root/Hotels('inn')/rooms ne rooms", ({ key }) => key !== 'inn'],
    ["$root/Hotels('x')/rooms eq main/rooms", ({ main }) => !main],
    ["$root/Hotels('x')/rooms eq null", () => true],
    [`rooms eq [${attic}]`, ({ key }) => key === 'inn'],
    [`[${attic},${attic}] eq rooms`, () => false],
    [`${attic} in rooms`, ({ key }) => key === 'inn'],
    [`${attic} in $root/Hotels('inn')/rooms`, () => true],
    ['{"name":"Attic"} in rooms', () => false],
    ['rooms/any(r:r eq r)', ({ rooms }) => rooms.some(isNumber)],
    ['rooms/any(r:r in $it/rooms)', ({ rooms }) => rooms.some(isNumber)],
    ['rooms/all(r:r in $it/rooms)', ({ rooms }) => rooms.every(isNumber)],
    ["rooms/any(r:r in $root/Hotels('grand')/rooms)", ({ key }) => key === 'grand'],
    ["hassubset($root/Hotels('grand')/rooms,rooms)", ({ key }) => key !== 'inn'],
    ['hassubset(rooms,rooms)', () => true],
    ['hassubset(main/rooms,rooms)', ({ key, main }) => (main ? key !== 'inn' : null)],
    ['length(main/rooms) ge 0', ({ main }) => main !== undefined],
    ['length(main/rooms) eq null', ({ main }) => !main],
    ["hassubset($root/Hotels('x')/rooms,rooms)", () => null],
    ['hassubset(rooms,null)', () => null],
    ['length(rooms) gt length(branches)', ({ rooms, branches }) => rooms.length > branches.length],
    ['isof(rooms,Collection(Trip.Pin.Room))', () => true],
    ['isof(rooms,Collection(Trip.Pin.City))', () => false],
    ['cast(rooms,Collection(Trip.Pin.City)) eq null', () => true],
    ['cast(rooms,Collection(Trip.Pin.Room)) eq rooms', ({ rooms }) => rooms.every(isNumber)],
    [
      'rooms/any(r:isof(r,Trip.Pin.Room) and isof(r/offers,Collection(Trip.Pin.Offer)))',
      ({ rooms }) => rooms.length > 0,
    ],
    ['rooms/any(r:r/offers eq [{"price":0.01}])', ({ key }) => key === 'grand'],
    [
      "kinds eq [] and concat(kinds,['Single']) eq ['Single'] and not contains(kinds,['Suite'])",
      ({ key }) => key === 'void',
    ],
    ["rooms/Trip.Pin.Room/any(r:r/name eq 'Attic')", ({ key }) => key === 'inn'],
  ]);

  describe('collections of complex values as operands of the functions of collections', () => {
    type Rooms = readonly Row[] | null;
    interface Operand {
      readonly of: (hotel: HotelRow, all: readonly HotelRow[]) => Rooms;
    }
    interface HotelRow {
      readonly code: string;
      readonly main: string | null;
      readonly rooms: readonly Row[];
    }
    const mainOf = ({ main }: HotelRow, all: readonly HotelRow[]): Rooms =>
      all.find(({ code }) => code === main)?.rooms ?? null;
    const grandOf = (all: readonly HotelRow[]): readonly Row[] => all.find(({ code }) => code === 'grand')?.rooms ?? [];
    const cut = (rooms: Rooms, start: number, length?: number): Rooms =>
      rooms && rooms.slice(start).slice(0, length ?? rooms.length);
    const bare = '{"name":"bare","beds":3,"features":6,"rate":80,"seen":{"name":"Bonn"}}';
    const room = (text: string): Row => JSON.parse(text) as Row;
    const operands: Readonly<Record<string, Operand['of']>> = {
      rooms: ({ rooms }) => rooms,
      'main/rooms': mainOf,
      "$root/Hotels('grand')/rooms": (_, all) => grandOf(all),
      "$root/Hotels('none')/rooms": () => null,
      'rooms/$filter(beds gt 1)': ({ rooms }) => rooms.filter(({ beds }) => Number(beds) > 1),
      "main/rooms/$filter(name eq 'bare')": (hotel, all) =>
        mainOf(hotel, all)?.filter(({ name }) => name === 'bare') ?? null,
      [`[${bare}]`]: () => [room(bare)],
      [`[${attic},@a]`]: () => [room(attic), room(attic)],
      '[]': () => [],
      'concat(rooms,main/rooms)': (hotel, all) => {
        const others = mainOf(hotel, all);
        return others && [...hotel.rooms, ...others];
      },
      [`concat([${attic}],rooms)`]: ({ rooms }) => [room(attic), ...rooms],
      'substring(rooms,1)': ({ rooms }) => cut(rooms, 1),
      'substring(main/rooms,-2,1)': (hotel, all) => cut(mainOf(hotel, all), -2, 1),
      'substring(rooms/$filter(beds eq 3),1,5)': ({ rooms }) =>
        cut(
          rooms.filter(({ beds }) => beds === 3),
          1,
          5,
        ),
    };
    /** The same room whatever its members, NaN among them: as functions see it. */
    const sameAs = (value: unknown): string =>
      JSON.stringify(value, (_, part: unknown) => {
        if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
        const given = Object.entries(part).filter(([, member]) => member !== null && String(member) !== '');
        return Object.fromEntries(given.sort(([left], [right]) => compare(left, right)));
      });
    const placeOf = (whole: readonly string[], part: readonly string[]): number =>
      [...whole, null].findIndex(
        (_, at) => at + part.length <= whole.length && part.every((one, n) => whole[at + n] === one),
      );
    const functions: Readonly<Record<string, (whole: readonly string[], part: readonly string[]) => unknown>> = {
      contains: (whole, part) => placeOf(whole, part) >= 0,
      startswith: (whole, part) => part.every((one, at) => whole[at] === one),
      endswith: (whole, part) =>
        part.length <= whole.length && part.every((one, at) => whole[whole.length - part.length + at] === one),
      indexof: placeOf,
      hassubset: (whole, part) => {
        const left = [...whole];
        return part.every((one) => left.includes(one) && left.splice(left.indexOf(one), 1));
      },
      hassubsequence: (whole, part) => {
        const left = [...whole];
        return part.every((one) => left.includes(one) && left.splice(0, left.indexOf(one) + 1));
      },
    };
    const isWritten = (operand: string): boolean => operand.startsWith('[');
    const pairs = Object.entries(operands).flatMap(([left, of]) =>
      Object.entries(operands).flatMap(([right, other]) =>
        isWritten(left) && isWritten(right) ? [] : [[left, right, of, other] as const],
      ),
    );
    let all: readonly HotelRow[];
    beforeAll(async () => {
      all = (await tripPin.sql('SELECT code, main, rooms FROM hotels ORDER BY code')) as unknown as readonly HotelRow[];
    });

    test.each(pairs)('[124] %s and %s', async (left, right, of, other) => {
      const $compute = [
        ...Object.keys(functions).map((name) => `${name}(${left},${right}) as ${name}1`),
        `length(${isWritten(left) ? right : left}) as length1`,
        `${left} eq ${right} as eq1`,
        `${left} ne ${right} as ne1`,
      ].join(',');
      const $select = ['code', ...Object.keys(functions).map((name) => `${name}1`), 'length1', 'eq1', 'ne1'].join(',');
      const { value } = await ok(tripPin, 'Hotels', { $compute, $select, $orderby: 'code', '@a': attic });
      const wanted = all.map((hotel) => {
        const [whole, part] = [of(hotel, all), other(hotel, all)];
        const called = Object.entries(functions).map(([name, call]) => [
          `${name}1`,
          whole && part ? call(whole.map(sameAs), part.map(sameAs)) : null,
        ]);
        const isEqual = whole && part ? String(whole.map(told)) === String(part.map(told)) : whole === part;
        const { code } = hotel;
        return {
          code,
          ...Object.fromEntries(called),
          length1: (isWritten(left) ? part : whole)?.length ?? null,
          eq1: isEqual,
          ne1: !isEqual,
        } as Row;
      });
      expect(
        value.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.includes('@')))),
      ).toEqual(wanted);
    });

    test.each(Object.entries(operands).filter(([operand]) => operand !== '[]'))(
      '[161] computed, %s goes out as rooms do, and is asked, ordered, cut and aggregated as they are',
      async (operand, of) => {
        const op = operand.replace(/\[\{/g, () => `[${typed('{')}`);
        const big = (rooms: Rooms): Rooms => rooms && rooms.filter(({ beds }) => Number(beds) > 1);
        const names = (rooms: Rooms): unknown => rooms && rooms.map(({ name }) => ({ name }));
        const plain = (row: Row): Row =>
          Object.fromEntries(
            Object.entries(row).filter(([name]) => !name.startsWith('@') && !name.startsWith('code@')),
          );
        const sum = (rooms: readonly Row[]): number | null =>
          rooms.length === 0 ? null : rooms.reduce((total, { beds }) => total + Number(beds), 0);
        for (const format of ['minimal', 'full;IEEE754Compatible=true']) {
          const headers = { Accept: `application/json;metadata=${format}`, 'OData-MaxVersion': '4.01' };
          const ask = async (options: Readonly<Record<string, string>>): Promise<readonly Row[]> => {
            const answer = await tripPin.get(withOptions('Hotels', { '@a': attic, ...options }), headers);
            return answer.status === 200 ? answer.value : [{ refused: answer.text }];
          };
          const told = await ask({ $select: 'rooms', $orderby: 'code' });
          const wire = new Map(
            all.flatMap(({ rooms }, at) => {
              const items = told[at]?.['rooms'] as readonly unknown[];
              return rooms.map((room, index) => [sameAs(room), items[index]] as const);
            }),
          );
          const whole = (rooms: Rooms): unknown => rooms && rooms.map((room) => wire.get(sameAs(room)));
          const type = (name: string): Row => ({ [`${name}@type`]: '#Collection(Trip.Pin.Room)' });
          const rows = await ask({
            $compute: `${op} as m,case(code ne 'void':${op}) as c,m/$filter(beds gt 1) as b,length(m) as n`,
            $select: 'code,m,c,b/name',
            $filter: 'm/any(r:r/beds gt 2) or n ge 0 or m eq null',
            $orderby: 'code',
          });
          expect(rows.map(plain)).toEqual(
            all.map((hotel) => {
              const rooms = of(hotel, all);
              const chosen = hotel.code === 'void' ? null : rooms;
              return {
                code: hotel.code,
                ...type('m'),
                m: whole(rooms),
                ...type('c'),
                c: whole(chosen),
                ...type('b'),
                b:
                  big(rooms)?.map(({ name }) =>
                    format === 'minimal' ? { name } : { '@type': '#Trip.Pin.Room', name },
                  ) ?? null,
              };
            }),
          );
        }
        const ask = async (options: Readonly<Record<string, string>>): Promise<readonly Row[]> =>
          (await ok(tripPin, 'Hotels', { '@a': attic, ...options })).value;
        const seen = await ask({
          $compute: `${op} as m`,
          $filter: 'm/any(r:r/beds gt 2)',
          $select: 'code',
          $orderby: 'm/$count desc,code',
        });
        const count = (hotel: HotelRow): number => of(hotel, all)?.length ?? 0;
        expect(seen.map(({ code }) => code)).toEqual(
          [...all]
            .filter((hotel) => of(hotel, all)?.some(({ beds }) => Number(beds) > 2))
            .sort((a, b) => count(b) - count(a) || compare(a.code, b.code))
            .map(({ code }) => code),
        );
        const page = await ask({
          $compute: `${op} as m`,
          $select: 'm($select=name;$orderby=name desc,beds;$skip=1;$top=2;$count=true)',
          $orderby: 'code',
        });
        expect(page.map(({ m }) => m)).toEqual(
          all.map((hotel) => {
            const rooms = of(hotel, all);
            return names(rooms && [...rooms].sort((a, b) => compare(String(b['name']), String(a['name']))).slice(1, 3));
          }),
        );
        const [total] = await ask({ $apply: `compute(${op} as m)/aggregate(m/beds with sum as s,m/$count as n)` });
        const each = all.flatMap((hotel) => of(hotel, all) ?? []);
        expect([total?.['s'], total?.['n']]).toEqual([sum(each), each.length]);
        const below = await ask({ $expand: `branches($compute=${op} as m;$select=code,m/name)`, $select: 'code' });
        for (const row of below)
          for (const { code, m } of row['branches'] as readonly Row[]) {
            const hotel = all.find((one) => one.code === code);
            expect(m).toEqual(names(hotel ? of(hotel, all) : null));
          }
      },
    );

    /** What goes out of the rooms of a hotel, exactly. */
    const written = async (path: string): Promise<string> => {
      const { text } = await ok(tripPin, encodeURI(path), {});
      return text.slice(text.indexOf('"value":') + 8, -1).replaceAll('\n', '');
    };

    test('[124] an object with members of every type is the same as what was read', async () => {
      const whole = await written("Hotels('grand')/rooms");
      const numbers = await written("Hotels('grand')/rooms/$filter(area ne -1 and area eq area)");
      // A day is 24 hours, a number is the same with and without zeros behind its point.
      const otherwise = whole.replace('"P1DT2H"', '"PT26H"').replace('120.5', '120.50');
      expect(otherwise).not.toBe(whole);
      const isNaN = 'rooms/$filter(area ne area)';
      for (const [filter, codes] of [
        [`contains(rooms,@r) and length(rooms) eq 4`, ['grand']],
        [`rooms eq @r`, []],
        [`startswith(rooms,@r) and endswith(rooms,@r) and indexof(rooms,@r) eq 0`, ['grand']],
        [`rooms/$filter(area ne -1 and area eq area) eq @n`, ['grand']],
        [`hassubsequence(rooms,@n) and not contains(rooms,@n)`, ['grand']],
        [`contains(rooms,@d)`, ['grand']],
        [`${isNaN} eq ${isNaN}`, ['inn', 'void']],
        [`hassubset(${isNaN},${isNaN})`, ['grand', 'inn', 'void']],
      ] as const) {
        const { value } = await ok(tripPin, 'Hotels', {
          $filter: filter,
          $orderby: 'code',
          '@r': whole,
          '@n': numbers,
          '@d': otherwise,
        });
        expect([filter, value.map(({ code }) => code)]).toEqual([filter, codes]);
      }
    });

    works('Hotels', 'code', hotels, [
      [`${attic} in concat(rooms,rooms)`, ({ key }) => key === 'inn'],
      [`rooms/any(r:r in substring($it/rooms,1))`, ({ key }) => key === 'grand'],
      [`rooms/any(r:r in [${attic}])`, ({ key }) => key === 'inn'],
      [`$root/Hotels('inn')/rooms/any(r:r in concat($it/rooms,[${attic}]))`, () => true],
      ['null in concat(rooms,rooms)', () => false],
      [
        `contains([{"@odata.type":"#Trip.Pin.Room","name":"a"},{"name":"b"}],[{"@odata.type":"#Trip.Pin.Room","name":"b"}])`,
        () => true,
      ],
      ['isof(concat(rooms,rooms),Collection(Trip.Pin.Room))', () => true],
      ['isof(concat(rooms,rooms),Collection(Trip.Pin.City))', () => false],
      ['isof(concat(rooms,main/rooms),Collection(Trip.Pin.Room))', ({ main }) => main !== undefined],
      ['length(cast(concat(rooms,rooms),Collection(Trip.Pin.Room))) eq length(rooms) mul 2', () => true],
      ['cast(concat(rooms,rooms),Collection(Trip.Pin.City)) eq null', () => true],
      ['cast(concat(rooms,rooms),Collection(Edm.String)) eq null', () => true],
      ['concat(rooms,null) eq null', () => true],
      ['length(concat([],[1,2])) eq 2 and hassubset([null,1.5],[1.5])', () => true],
      [`contains([null],[case(main ne null:1)]) and not hassubset([],[1])`, ({ main }) => !main],
      [`contains([null],[${attic.replace('{', '{"@odata.type":"#Trip.Pin.Room",')}])`, () => false],
      [
        'rooms/all(r:contains([null],[r/seen])) and rooms/all(r:not contains([],[r/seen]))',
        ({ key }) => key !== 'grand',
      ],
      ['concat(main/rooms,rooms) eq null', ({ main }) => !main],
      ['length(rooms/$filter(beds gt 1)) eq 3', ({ key }) => key === 'grand'],
      [`rooms/$filter(beds eq 1)/$filter(rate lt 80) eq [${attic}]`, ({ key }) => key === 'inn'],
      ['rooms/$filter(beds eq 1) eq []', ({ key }) => key === 'void'],
      [
        `contains(rooms,[{"name":"Attic","beds":1.0,"rate":9.5e0,"features":"0","offers":[],"tags":[],"seen":null}])`,
        ({ key }) => key === 'inn',
      ],
      [`contains(rooms,[{"name":"Attic","beds":1.5,"rate":9.5,"features":0}])`, () => false],
      [
        `contains(rooms,[{"name":"Attic","beds":length(rooms),"rate":19 div 2.0,"features":0}])`,
        ({ key }) => key === 'inn',
      ],
      [`contains(rooms,[{"name":"Attic","beds":1,"rate":9.5,"features":0,"seen":{}}])`, () => false],
      [
        `rooms/any(r:contains(r/offers,[{"price":99.90,"until":"2026-06-30"},{"price":80}]))`,
        ({ key }) => key === 'grand',
      ],
      ['rooms/any(r:case(r/beds gt 1:r) eq r)', ({ key }) => key === 'grand'],
      [`rooms/any(r:case(r/beds eq 1:r) eq ${attic})`, ({ key }) => key === 'inn'],
      [`rooms/any(r:case(true:${typed(attic)}) eq r)`, ({ key }) => key === 'inn'],
      [`rooms/any(r:case(code ne 'void':${typed(attic)}) in rooms)`, ({ key }) => key === 'inn'],
      ['case(true:substring(rooms,1)) eq rooms', ({ key }) => key === 'void'],
      [`length(case(code eq 'inn':rooms,code eq 'void':[])) eq 1`, ({ key }) => key === 'inn'],
      [`rooms/any(r:contains([case(r/beds eq 1:r)],[${attic}]))`, ({ key }) => key === 'inn'],
      [
        `length(@c) eq 2 and contains(@c,[${attic},${attic}])`.replaceAll('@c', 'concat(rooms,rooms)'),
        ({ key }) => key === 'inn',
      ],
      ...(['name', 'area'] as const).flatMap((name): readonly (readonly [string, () => boolean])[] => {
        const list = `[{"@odata.type":"#Trip.Pin.Room","${name}":"NaN"}]`;
        return [
          [`concat(${list},[]) eq ${list}`, () => name === 'name'],
          [`concat(${list},[]) ne ${list}`, () => name === 'area'],
          [`contains(${list},${list})`, () => true],
        ];
      }),
      [`rooms/any(r:indexof(r/offers,[{"price":80}]) eq 1)`, ({ key }) => key === 'grand'],
      [`rooms/any(r:r/offers/$filter(price lt 90) eq [{"price":80}])`, ({ key }) => key === 'grand'],
      [`rooms/any(r:endswith($it/rooms,[r]))`, ({ rooms }) => rooms.length > 0],
      [`rooms/all(r:startswith($it/rooms,[r]))`, ({ rooms }) => rooms.length < 2],
      [`main/branches/any(b:hassubset(b/rooms,[${attic}]))`, ({ main }) => main !== undefined],
      [`contains([${attic}],rooms)`, ({ key }) => key !== 'grand'],
    ]);
    test.each([
      [
        { $filter: `length(@c) eq 2 and contains(@c,@l)`, '@c': 'concat(rooms,rooms)', '@l': `[${attic},${attic}]` },
        ['inn'],
      ],
      [{ $apply: `filter(contains(rooms,[${attic}]))/groupby((code))` }, ['inn']],
      [
        {
          $expand: `branches($filter=contains($it/rooms,rooms) or contains(rooms,[${attic}]))`,
          $filter: "code eq 'grand'",
        },
        ['grand'],
      ],
      [{ $orderby: 'length(concat(rooms,rooms)),code' }, ['void', 'inn', 'grand']],
    ] as const)('[124] %j', async (options, codes) => {
      expect((await ok(tripPin, 'Hotels', options)).value.map(({ code }) => code)).toEqual(codes);
    });

    works('People', 'userName', people, [
      ['hassubset([home],[home])', () => true],
      ['hassubset([home],[work])', ({ home, work }) => home === work],
      ['contains([home,work],[work])', () => true],
      [
        'indexof([home,work],[{"name":"Boise","region":"ID"}]) eq 1',
        ({ home, work }) => home !== boise && work === boise,
      ],
      ['contains([home,null],[null])', () => true],
      ['contains([home],[null])', ({ home }) => home === null],
      ['hassubset([case(age gt 5:home,true:work)],[home])', (row) => isOlder(row) || row.home === row.work],
      [
        "contains([$root/People('russellwhyte')/home],[home])",
        ({ home }) => home === people.find(({ key }) => key === 'russellwhyte')?.home,
      ],
    ]);
  });

  test('[161] a case of complex values goes out, and is a group', async () => {
    const chosen = (person: Person): string | null => (isOlder(person) ? person.home : person.work);
    const object = (value: string | null): unknown =>
      value === null ? null : { '@odata.type': '#Trip.Pin.City', ...(JSON.parse(value) as Row) };
    const $compute = 'case(age gt 5:home,true:work) as c';
    const { value } = await ok(tripPin, 'People', { $compute, $select: 'userName,c' });
    expect(value.map(({ c }) => c)).toEqual(people.map((person) => object(chosen(person))));
    const { value: named } = await ok(tripPin, 'People', { $compute, $select: 'c/name', $filter: 'c/name eq null' });
    expect(named).toHaveLength(people.filter((person) => /"name":null|^null/.test(String(chosen(person)))).length);
    const groups = new Map(people.map((person) => [chosen(person), 0]));
    for (const person of people) groups.set(chosen(person), (groups.get(chosen(person)) ?? 0) + 1);
    const $apply = `compute(${$compute})/groupby((c),aggregate($count as n))`;
    const found = (await ok(tripPin, 'People', { $apply })).value.map(({ c, n }) => ({ c, n }));
    expect(found).toHaveLength(groups.size);
    expect(found).toEqual(expect.arrayContaining([...groups].map(([c, n]) => ({ c: object(c), n }))));
  });

  truths('[134]', [
    ["cast('12.345',Trip.Pin.Money) eq 12.35", true],
    ['cast(9999999.994,Trip.Pin.Money) eq 9999999.99', true],
    ['cast(9999999.995,Trip.Pin.Money) eq null', true],
    ['cast(-9999999.995,Trip.Pin.Money) eq null', true],
    ['cast(1e300,Trip.Pin.Money) eq null', true],
    ["cast('x',Trip.Pin.Money) eq null", true],
    ["cast('1234567890',Trip.Pin.Tag) eq '1234567890'", true],
    ["cast('12345678901',Trip.Pin.Tag) eq null", true],
    ["cast(1234567890,Trip.Pin.Tag) eq '1234567890'", true],
    ['cast(null,Trip.Pin.Tag) eq null', true],
    ["isof('a',Trip.Pin.Tag)", true],
    ["isof('12345678901',Trip.Pin.Tag)", false],
    ['isof(12,Trip.Pin.Tag)', false],
    ['isof(12.5,Trip.Pin.Money)', true],
    ['isof(12345678.5,Trip.Pin.Money)', false],
    ['isof(Trip.Pin.Money)', false],
    ["isof([null,'a'],Collection(Trip.Pin.Tag))", true],
    ["isof(['a','12345678901'],Collection(Trip.Pin.Tag))", false],
    ["isof(['a'],Trip.Pin.Tag)", false],
    ["cast(['a','12345678901'],Collection(Trip.Pin.Tag)) eq ['a',null]", true],
    ["cast([1,2],Collection(Edm.String)) eq ['1','2']", true],
    ["cast(['1','x',null],Collection(Edm.Int32)) eq [1,null,null]", true],
    ['cast([1],Edm.Int32) eq null', true],
    ['cast(null,Trip.Pin.City) eq null', true],
    ["cast(3,Trip.Pin.Feature) eq 'Feature1,Feature2'", true],
    ["cast('Feature1, 2',Trip.Pin.Feature) eq 'Feature1,Feature2'", true],
    ["cast('Feature1,x',Trip.Pin.Feature) eq null", true],
    ["cast(8,Trip.Pin.Feature) eq '8'", true],
    ['cast(3000000000,Trip.Pin.Feature) eq null', true],
    ["cast('5',Trip.Pin.RoomKind) eq 'Suite'", true],
    ["cast('4',Trip.Pin.RoomKind) eq null", true],
  ]);

  test.each([
    ['People', 'admirers eq admirers', 400, 'not compared as a whole'],
    ['People', 'bestFriend eq passport', 400, 'cannot be compared'],
    ['People', "bestFriend eq 'russellwhyte'", 400, 'cannot be compared'],
    ['People', 'bestFriend gt $it', 400, 'no order'],
    ['People', '$it', 400, 'must be true or false'],
    ['People', "startswith($it,'r')", 400, 'It takes'],
    ['People', 'contains(admirers,admirers)', 400, 'have an order'],
    ['People', 'substring(admirers,1) eq null', 400, 'have an order'],
    ['People', 'contains(concat(admirers,admirers),[bestFriend])', 400, 'have an order'],
    ['People', 'concat(admirers,admirers) eq [bestFriend]', 400, 'not compared as a whole'],
    ['People', 'isof(concat(admirers,admirers),Collection(Trip.Pin.Person))', 400, 'A collection needs any'],
    ['People', "bestFriend in concat(admirers,['x'])", 400, 'no member of such a collection'],
    ['People', 'case(true:concat(admirers,admirers)) eq null', 400, 'A collection needs any'],
    ['People', 'case(true:admirers) eq null', 400, 'A collection needs any'],
    ['People', 'case(true:home,true:bestFriend) eq null', 400, 'must have one type'],
    ['People', 'case(true:[emails]) eq []', 400, 'no member of such a collection'],
    ['People', "[userName,firstName] in ['a','b']", 400, 'cannot be compared'],
    ['People', "userName in [['ronaldmundy','x']]", 400, 'cannot be compared'],
    ['People', 'contains(trips,emails)', 400, 'have an order'],
    ['People', "concat(trips,'x') eq 'x'", 400, 'It takes'],
    ['Hotels', 'rooms eq branches', 400, 'cannot be compared'],
    ['Hotels', 'contains(rooms,branches)', 400, 'have an order'],
    ['Hotels', 'contains(rooms,$root/Hotels)', 400, 'have an order'],
    ['Hotels', 'concat(rooms,branches) eq rooms', 400, 'of another type'],
    ['Hotels', "contains(rooms,['x'])", 400, 'no member'],
    ['Hotels', "concat(rooms,'x') eq rooms", 400, 'It takes'],
    ['Hotels', 'contains(rooms,kinds)', 400, 'of another type'],
    ['Hotels', 'contains(rooms,rooms/any(r:r/offers eq null))', 400, 'It takes'],
    ['Hotels', `rooms/any(r:contains($it/rooms,r/offers))`, 400, 'of another type'],
    ['Hotels', `contains(rooms,[{"nam":"Attic"}])`, 400, "Did you mean 'name'?"],
    ['Hotels', `contains(rooms,[{"seen":{"nam":"Attic"}}])`, 400, "Did you mean 'name'?"],
    ['Hotels', `contains(rooms,[{"name":{"a":1}}])`, 400, "'name' is of type Edm.String, and an object is none"],
    ['Hotels', `contains(rooms,[{"seen":"Ulm"}])`, 400, 'is no member of a collection of City'],
    ['Hotels', `contains(rooms,[{"tags":"sea"}])`, 400, "'tags' is of type Collection(Edm.String)"],
    ['Hotels', `contains(rooms,[{"offers":["sea"]}])`, 400, 'no member'],
    ['Hotels', `contains(rooms,[{"since":"soon"}])`, 400, 'is not a value of Edm.Date'],
    ['Hotels', `contains([{"beds":1}],[{"beds":1}])`, 400, 'needs a member "@odata.type"'],
    ['Hotels', `contains(rooms,[{"@odata.type":"#Trip.Pin.City","name":"Attic"}])`, 400, 'an object of type City'],
    [
      'Hotels',
      `contains(rooms,[{"@odata.type":"#Trip.Pin.Rom","name":"Attic"}])`,
      400,
      "Did you mean 'Trip.Pin.Room'?",
    ],
    ['Hotels', 'concat(rooms,rooms)', 400, 'A collection needs any'],
    ['Hotels', 'concat(rooms,rooms) gt rooms', 400, 'A collection needs any'],
    ['Hotels', `case(true:[${attic}]) eq rooms`, 400, 'needs a member "@odata.type"'],
  ])('%s: %s is refused', async (path, $filter, status, hint) => {
    const { error, ...answer } = await tripPin.get(withOptions(path, { $filter }));
    expect([answer.status, error.target, error.message]).toEqual([status, '$filter', expect.stringContaining(hint)]);
  });
});

describe('annotations are what $metadata declares', () => {
  /** The members of an object of the metadata document, by their names. */
  const behind = (value: unknown, ...names: readonly string[]): unknown =>
    names.reduce((inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], value);
  let schema: unknown;
  beforeAll(async () => {
    schema = (await ok(tripPin, '$metadata', { $format: 'json' })).json['Trip.Pin'];
  });

  test.each([
    ['People', '@Core.Description', ['Person', '@Core.Description']],
    ['People', 'tripCount/@Core.Permissions', ['Person', 'tripCount', '@Core.Permissions']],
    ['People', 'tripCount/@Core.Computed', ['Person', 'tripCount', '@Core.Computed']],
    ['People', 'age/@Core.Permissions', ['Person', 'age', '@Core.Permissions']],
    ['People', 'cast(tripCount/@Core.Permissions,Edm.String)', ['Person', 'tripCount', '@Core.Permissions']],
    ['Albums', 'icon/@Core.MediaType', ['Album', 'icon', '@Core.MediaType']],
    ['Photos', '@Core.AcceptableMediaTypes', ['Photo', '@Core.AcceptableMediaTypes']],
    ['Hotels', 'rooms/@Core.Description', ['Hotel', 'rooms', '@Core.Description']],
    ['Venues', 'place/point/latitude/@Measures.Unit', ['GeoPoint', 'latitude', '@Measures.Unit']],
  ])('%s: %s', async (path, expression, place) => {
    const { value } = await ok(tripPin, path, { $compute: `${expression} as x`, $select: 'x', $top: '1' });
    expect(value[0]?.['x'] ?? null).toEqual(behind(schema, ...place) ?? null);
  });

  test('the type of a member of a vocabulary is told', async () => {
    const { value } = await ok(tripPin, 'People', {
      $compute: 'tripCount/@Core.Permissions as x',
      $select: 'x',
      $top: '1',
    });
    expect(value[0]).toMatchObject({ 'x@odata.type': '#Org.OData.Core.V1.Permission', x: 'Read' });
  });

  const keys = (type: string): readonly { readonly Key: readonly { readonly Name: string }[] }[] =>
    (behind(schema, type, '@Core.AlternateKeys') ?? []) as ReturnType<typeof keys>;
  const named = (type: string, name: string): boolean =>
    keys(type).some(({ Key }) => Key.some(({ Name }) => Name === name));
  test.each<readonly [path: string, filter: string, of: () => boolean]>([
    ['People', "tripCount/@Core.Permissions eq Core.Permission'Read'", () => true],
    ['People', "tripCount/@Org.OData.Core.V1.Permissions has Org.OData.Core.V1.Permission'Read'", () => true],
    ['People', "tripCount/@Core.Permissions has 'ReadWrite'", () => false],
    ['People', "tripCount/@Core.Permissions in ('Read','Write')", () => true],
    ['People', 'isof(tripCount/@Core.Permissions,Core.Permission)', () => true],
    ['People', "trips/@Core.Description eq 'The trips of the person.'", () => true],
    ['People', "bestFriend eq null or bestFriend/@Core.Description eq 'Somebody who travels.'", () => true],
    ['People', '@Core.AlternateKeys eq null', () => keys('Person').length === 0],
    ['Airlines', '@Core.AlternateKeys/$count eq 1', () => keys('Airline').length === 1],
    ['Airlines', "@Core.AlternateKeys/any(k:k/Key/any(p:p/Name eq 'name'))", () => named('Airline', 'name')],
    ['Airlines', "$it/@Core.AlternateKeys/any(k:k/Key/any(p:p/Name eq 'code'))", () => named('Airline', 'code')],
    [
      'Airports',
      '@Core.AlternateKeys/any(k:k/Key/$count eq 2)',
      () => keys('Airport').some(({ Key }) => Key.length === 2),
    ],
    ['Photos', "'image/*' in @Core.AcceptableMediaTypes", () => true],
    ['Photos', "@Core.AcceptableMediaTypes/any(t:startswith(t,'text'))", () => true],
    ['Photos', 'length(@Core.AcceptableMediaTypes) eq @Core.AcceptableMediaTypes/$count', () => true],
    ['Hotels', "rooms/all(r:r/@Core.Description eq 'Where a guest sleeps.')", () => true],
  ])('%s: %s', async (path, $filter, of) => {
    const all = await ok(tripPin, `${path}/$count`, {});
    const found = await ok(tripPin, `${path}/$count`, { $filter });
    expect(found.text).toBe(of() ? all.text : '0');
  });

  test('the value of a path is what each entity has there, near or far', async () => {
    const { json } = await ok(payments, '$metadata', { $format: 'json' });
    const nav = json['Microsoft.NAV'] as Readonly<
      Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>
    >;
    const sets = Object.entries(nav['Container'] ?? {}).filter(([, { $Collection }]) => $Collection === true);
    const seen: string[] = [];
    for (const [set, { $Type }] of sets) {
      const type = nav[String($Type).replace('Microsoft.NAV.', '')] ?? {};
      for (const [name, property] of Object.entries(type)) {
        const { $Path: path } = (property['@Measures.ISOCurrency'] ?? {}) as { readonly $Path?: string };
        if (path === undefined) continue;
        const $compute = `${name}/@Measures.ISOCurrency as told,${path} as there`;
        const { value } = await ok(payments, set, { $compute, $select: 'told,there', $top: '500' });
        expect([set, name, value.map(({ told }) => told)]).toEqual([set, name, value.map(({ there }) => there)]);
        seen.push(path);
      }
    }
    expect(seen).toEqual(expect.arrayContaining(['currencyCode', 'appliesToInvoice/currencyCode']));
    const [far] = await payments.sql(
      `SELECT count(*)::int AS n FROM customer_payment_details d JOIN sales_invoices i ON i.id = d.applies_to_invoice_id WHERE i.currency_code = 'EUR'`,
    );
    const $filter = "invoiceRemainingAmount/@Measures.ISOCurrency eq 'EUR'";
    expect(Number((await ok(payments, 'customerPaymentDetails/$count', { $filter })).text)).toBe(far?.['n']);
    expect(far?.['n']).toBeGreaterThan(0);
  });

  test('the media type of each stream', async () => {
    const { value } = await ok(tripPin, 'Albums', {
      $compute: 'cover/@Core.MediaType as x',
      $select: 'x',
      $orderby: 'title',
    });
    expect(value.map(({ x }) => x)).toEqual(
      (await tripPin.sql('SELECT "coverType" AS x FROM albums ORDER BY title COLLATE "C"')).map(({ x }) => x),
    );
  });
});

describe('functions within functions', () => {
  test.each([
    ['Airlines', 'name', (inner: string) => `substring(${inner},0)`],
    ['Airlines', 'name', (inner: string) => `cast(cast(${inner},Edm.Int32),Edm.String)`],
    ['Everythings', 'double', (inner: string) => `round(${inner})`],
    ['Everythings', 'double', (inner: string) => `(${inner} mod 1e9)`],
    ['People', 'emails', (inner: string) => `concat(${inner},[])`],
    ['Courses', 'fee', (inner: string) => `cast(${inner},Trip.Pin.Money)`],
    [
      'People',
      'bestFriend/emails',
      (inner: string) => `cast(cast(${inner},Collection(Edm.Int32)),Collection(Edm.String))`,
    ],
    ['Everythings', 'double', (inner: string) => `case(${inner} lt 1e9:1e0)`],
    ['Everythings', 'double', (inner: string) => `case(${inner} in (1e9,null):1e0)`],
    ['People', 'favoriteFeature', (inner: string) => `case(favoriteFeature has ${inner}:favoriteFeature)`],
    ['Guests', 'height', (inner: string) => `case(${inner} gt 1:1,true:height)`],
  ])('%s: however often %s is used, the statement grows with their number', async (path, operand, call) => {
    const lengths: number[] = [];
    for (const times of [10, 20, 30]) {
      tripPin.takeStatements();
      const nested = Array.from({ length: times }).reduce<string>((inner) => call(inner), operand);
      await ok(tripPin, path, { $filter: `${nested} ne null` });
      lengths.push(tripPin.takeStatements().reduce((sum, { text }) => sum + text.length, 0));
    }
    const [ten = 0, twenty = 0, thirty = 0] = lengths;
    expect(thirty - twenty).toBeLessThan((twenty - ten) * 1.2 + 200);
  });
});

describe('what is refused says where it stands', () => {
  const far = 'x'.repeat(501);
  const tenTimes = Array(10).fill('identity').join();
  /** Options of a request to a path; the first one is refused, from the text on that comes last. */
  const refused: readonly (readonly [status: number, path: string, option: string, value: string, at: string])[] = [
    [400, 'People', '$filter', 'home/$count eq 1', '$count'],
    [400, 'People', '$filter', 'userName/any(x:x eq 1)', 'any'],
    [400, 'People', '$filter', 'home/$filter($this ne null)/any()', '$filter'],
    [400, 'People', '$filter', "true or matchespattern(userName,concat('(','a'))", 'matchespattern'],
    [400, 'People', '$filter', "matchespattern(userName,'(')", "'('"],
    [400, 'People', '$filter', `matchespattern(userName,'${far}')`, "'x"],
    [501, 'People', '$filter', 'true or geo.length(userName) gt 1', 'geo'],
    [501, 'People', '$filter', "userName eq geography'SRID=0;Point(1 2)'", 'geography'],
    [501, 'Venues', '$search', 'a b', 'a'],
    [501, "Hotels('grand')/rooms/0/offers", '$search', 'NOT b', 'NOT'],
    [501, 'Hotels', '$select', 'code,rooms/offers($search=x)', 'x'],
    [400, 'People', '$select', 'userName,emails($compute=1 as x)', 'emails'],
    [400, 'People', '$select', 'userName,home($top=1)', 'home'],
    [400, 'People', '$select', 'userName,trips($top=1)', 'trips'],
    [400, 'Hotels', '$select', 'kinds($filter=$these/aggregate($this with max) gt 1)', 'aggregate'],
    [400, "Hotels('grand')", '$compute', '$these/$count as n', '$count'],
    [400, "Hotels('grand')/rooms/0", '$compute', '$these/$count as n', '$count'],
    [400, 'Hotels', '$expand', 'main($compute=$these/$count as n)', '$count'],
    [400, 'Venues', '$select', 'code,place($compute=$these/$count as n)', '$count'],
    [400, '$crossjoin(Hotels,Airlines)', '$expand', 'Hotels($compute=$these/$count as n)', '$count'],
    [400, 'People', '$compute', 'userName as u,bestFriend as b', 'bestFriend'],
    [400, 'People', '$compute', 'userName as u,trips as b', 'trips'],
    [400, 'Guests', '$compute', '{"@type":"Trip.Pin.Room","name":"","beds":1.5,"features":"0"} as r', '1.5'],
    [400, 'Guests', '$compute', '{"@type":"Trip.Pin.Room","name":"","beds":3000000000,"features":"0"} as r', '3000'],
    [400, 'Guests', '$compute', '[{"@type":"Trip.Pin.Room","name":"","beds":3000000000,"features":"0"}] as r', '3000'],
    [400, 'Guests', '$compute', '{"@type":"Trip.Pin.Room","name":"","beds":1,"features":"0","offers":[1]} as r', '['],
    [400, 'Guests', '$compute', '{"@type":"Trip.Pin.Room","name":"","beds":1,"features":"0","offers":[{}]} as r', '{}'],
    [400, 'Guests', '$compute', '{"@type":"Trip.Pin.Room","name":"","beds":1,"features":"0","tags":[1]} as r', '['],
    [400, 'Hotels', '$compute', 'code as n,concat(rooms,[{"name":"Attic"}]) as m', '{'],
    [400, 'Hotels', '$compute', 'code as n,[rooms] as m', 'rooms'],
    [400, 'Hotels', '$compute', 'code as n,concat(branches,branches) as m', 'concat'],
    [501, 'Venues', '$apply', 'identity/search(x)', 'x)'],
    [400, 'People', '$apply', 'identity/descendants($root/People,H,userName,filter(true))', 'H,userName'],
    [400, 'People', '$apply', 'identity/traverse($root/People,H,userName,preorder)', 'H,userName'],
    [400, 'People', '$apply', 'groupby((rolluprecursive($root/People,H,userName)))', 'H,userName'],
    [501, 'People', '$apply', 'identity/Custom.f(x=1)', 'Custom'],
    [400, 'People', '$apply', 'identity/join(bestFriend/trips as t)', 'bestFriend'],
    [400, 'People', '$apply', 'identity/join(trips/airline as t)', 'trips'],
    [400, 'People', '$apply', 'identity/join(home as t)', 'home'],
    [400, 'People', '$apply', 'identity/join(trips(1) as t)', '(1)'],
    [400, 'People', '$apply', 'concat(identity,groupby((gender)))/join(gender as t)', 'gender as'],
    [400, 'People', '$apply', 'concat(identity,groupby((gender)))/join(trips as gender)', 'join'],
    [400, 'People', '$apply', 'groupby((rollup($all,gender)),aggregate($count as n))/join(trips as t)', 'trips'],
    [400, 'People', '$apply', 'concat(addnested(trips,top(1) as t),compute(1 as t))/join(t as x)', 't as x'],
    [400, 'People', '$apply', 'identity/join(@Core.Messages as t)', '@Core'],
    [400, 'People', '$apply', 'identity/addnested(trips/airline,identity as x)', 'trips'],
    [400, 'People', '$apply', 'identity/addnested(userName,identity as x)', 'userName'],
    [400, 'People', '$apply', 'identity/addnested(home,filter(true) as x)', 'filter'],
    [400, 'Venues', '$apply', 'identity/addnested(place/cit,identity as x)', 'cit'],
    [400, 'Venues', '$apply', 'identity/addnested(place/label,identity as x)', 'label'],
    [400, 'Venues', '$apply', 'identity/addnested(place/city,identity as label)', 'addnested'],
    [400, 'Venues', '$apply', 'identity/addnested(place,addnested(city,top(1) as y) as x)', 'top'],
    [400, 'Contacts', '$apply', 'addnested(Trip.Pin.Manager/office/name,identity as f)', 'name,id'],
    [400, 'Contacts', '$apply', 'addnested(Trip.Pin.Manager/office/nme,identity as f)', 'nme,id'],
    [400, 'People', '$apply', 'addnested(bestFriend,compute($these/$count as n) as b)', '$count'],
    [400, 'People', '$apply', 'addnested(trips,identity as t)/filter(t/tripNumber eq 1)', 'tripNumber'],
    [400, 'People', '$apply', 'addnested(trips,groupby((airline)) as t)/filter(t(1)/airline eq null)', 't(1)'],
    [400, 'People', '$apply', 'addnested(trips,identity as t)/compute(t as x)', 't as x'],
    [
      400,
      'Guests',
      '$apply',
      'compute({"@type":"Trip.Pin.Room","name":"","beds":1,"features":"0"} as r)/addnested(r/name,identity as x)',
      'name,id',
    ],
    [400, 'People', '$apply', 'addnested(trips,identity as t)/groupby((t))', 't))'],
    [400, 'People', '$apply', 'addnested(trips,identity as t)/groupby((t/tripNumber))', 't/trip'],
    [400, 'People', '$apply', 'addnested(bestFriend,identity as b)/groupby((b/nam))', 'nam'],
    [
      400,
      'People',
      '$apply',
      'addnested(bestFriend,compute(age add $it/age as x) as b)/aggregate(b/x with sum as s)',
      'b/x with',
    ],
    [
      400,
      'Courses',
      '$apply',
      'addnested(students,compute(age add $it/fee as x) as s)/aggregate(s/x with sum as t)',
      's/x with',
    ],
    [400, 'People', '$apply', 'outerjoin(trips as t,nest(identity as x))/groupby((t))', 't))'],
    [
      400,
      'People',
      '$apply',
      'outerjoin(trips as t,nest(identity as x))/groupby((t/x),aggregate($count as n))',
      'x),a',
    ],
    [400, 'People', '$apply', 'outerjoin(trips as t,groupby((budget),nest(identity as x)))/groupby((t))', 't))'],
    [400, 'People', '$apply', 'outerjoin(trips as t,concat(nest(identity as x),identity))/groupby((t))', 't))'],
    [400, 'People', '$apply', 'nest(identity as x)/groupby((x))', 'x))'],
    [
      400,
      'Courses',
      '$apply',
      'addnested(students,compute([age,$it/fee] as x) as s)/aggregate(s/x with sum as t)',
      's/x with',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(addnested(friend,compute(revision mul 2 as x) as f),addnested(friend,compute(revision mul 3 as x) as f))/aggregate(f/x with sum as n)',
      'f/x with',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(concat(addnested(friend,compute(revision as x) as f),identity),addnested(friend,compute(1 as x) as f))/aggregate(f/x with sum as n)',
      'f/x with',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(join(friends as f,compute(revision as x)),join(friends as f,compute(1 as x)))/aggregate(f/x with sum as n)',
      'f/x with',
    ],
    [
      400,
      'Hotels',
      '$apply',
      'concat(addnested(main,addnested(rooms,compute(1 as t) as r) as m),addnested(main,addnested(rooms,compute(2 as t) as r) as m))/aggregate(m/r/t with sum as n)',
      'm/r/t with',
    ],
    [
      400,
      'Hotels',
      '$apply',
      'concat(addnested(main,compute(rooms as q) as m),addnested(main,compute(concat(rooms,rooms) as q) as m))/aggregate(m/q/$count as n)',
      'm/q/$count',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'addnested(friend,compute($it/revision as x) as f)/aggregate(f/x with sum as n)',
      'f/x with',
    ],
    [
      400,
      'Students',
      '$apply',
      'addnested(courses,concat(groupby((code)),identity)/concat(identity,compute($it/age as x)) as c)/aggregate(c/$count as n)',
      'c/$c',
    ],
    // Example 128 of the standard: whatever the method, and whatever of the entity is aggregated.
    [
      400,
      'Contacts',
      '$apply',
      'concat(addnested(friend,compute(0.1 as x) as f),addnested(friend,compute(0.2 as x) as f))/aggregate(f/x with max as n)',
      'f/x',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(addnested(friend,compute(1 as x) as f),addnested(friend,compute(2 as x) as f))/aggregate(f/revision with sum as n)',
      'f/rev',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(addnested(friend,compute(1 as x) as f),addnested(friend,compute(2 as x) as f))/aggregate(f/$count as n)',
      'f/$c',
    ],
    [
      400,
      'Contacts',
      '$apply',
      'concat(addnested(friend,compute(null as x,1 as y) as f),addnested(friend,compute(1 as x,1 as y) as f))/aggregate(f/y with sum as n)',
      'f/y',
    ],
    [400, 'Courses', '$apply', 'join(students as s,compute(age add $it/fee as x))/aggregate(s/x with sum as t)', 's/x'],
    [
      400,
      'Courses',
      '$apply',
      'concat(identity,identity)/join(students as s,concat(compute(1 as x),compute(2 as x)))/aggregate(s/x with max as t)',
      's/x',
    ],
    [
      400,
      'Hotels',
      '$apply',
      'concat(addnested(main,addnested(rooms,groupby((beds),aggregate($count as n)) as g) as h),addnested(main,addnested(rooms,groupby((name),aggregate($count as n)) as g) as h))/aggregate(h/g/n with sum as s)',
      'h/g/n',
    ],
    [
      400,
      'Hotels',
      '$apply',
      'addnested(main,addnested(rooms,filter(name ne $it/code and beds gt length($it/code) sub 3) as g) as h)/aggregate(h/g/beds with sum as s)',
      'h/g/b',
    ],
    [400, 'People', '$apply', 'outerjoin(trips as t,groupby((tripNumber)))/filter(t eq bestFriend)', 't eq'],
    [400, 'Hotels', '$apply', 'outerjoin(rooms as r)/groupby((r/tags))', 'tags))'],
    [
      400,
      'People',
      '$apply',
      `groupby((rollup(${Array(12).fill('userName').join()}),rollup(${Array(12).fill('gender').join()})))`,
      'groupby',
    ],
    [400, 'People', '$apply', `concat(${Array(100).fill('identity').join()})`, 'identity)'],
    [400, 'People', '$apply', `concat(${tenTimes})/concat(${tenTimes},identity)`, `concat(${tenTimes},identity)`],
    [400, 'People', '$expand', 'trips(foo=1)', 'foo'],
    [400, 'People', '$expand', 'trips($top=1;$skip=2;$top=2)', '$top=2'],
    [400, 'People', '$expand', 'trips(@a=1;@a=2)', '@a=2'],
    [400, 'People', '$expand', 'passport,trips($levels=20)', 'trips'],
    [400, 'People', '$expand', 'passport,trips,passport', 'passport'],
    [400, 'People', '$expand', 'trips($top=99999999999999999999)', '9'],
    [400, 'People', '$expand', `${'admirers($expand='.repeat(10)}admirers${')'.repeat(10)}`, 'admirers)'],
    [400, 'People', '$top', '99999999999999999999', '9'],
  ];

  test.each(refused)('%i %s?%s=%s', async (status, path, option, value, at) => {
    const answer = await tripPin.get(withOptions(path, { [option]: value }));
    const position = (option === '$expand' && at === 'passport' ? value.lastIndexOf(at) : value.indexOf(at)) + 1;
    expect([
      answer.status,
      answer.error.target,
      / \(at position (\d+) of .*\)$/.exec(answer.error.message)?.[1],
    ]).toEqual([status, option, String(position)]);
    expect(tripPin.takeFailures()).toEqual([]);
  });

  test.each([
    ['People', 'join(trips as t)', 't/$count'],
    ['People', 'join(trips as t)', 't($top=1)'],
    ['People', 'join(trips as t,groupby((tripNumber)))', 't/$ref'],
    ['Hotels', 'join(rooms as r)', 'r'],
    ['Hotels', 'join(rooms as r)', 'r/$ref'],
    ['People', 'compute(1 as one)', 'one'],
    ['People', 'addnested(bestFriend,identity as b)', 'b/$count'],
    ['People', 'addnested(trips,aggregate($count as n) as t)', 't/$ref'],
  ])('among what the request made: %s?$apply=%s&$expand=%s', async (path, $apply, $expand) => {
    const { status, error } = await tripPin.get(withOptions(path, { $apply, $expand }));
    expect([status, error.target, error.message]).toEqual([
      400,
      '$expand',
      expect.stringMatching(/\(at position [13] of/),
    ]);
  });

  test('in segments of the path', async () => {
    const segments: readonly (readonly [method: string, path: string, status: number, target: string | undefined])[] = [
      ['GET', "Venues('A')/code/$filter(true)", 404, 'path/2'],
      ['GET', "Venues('A')/code/$each", 404, 'path/2'],
      ['GET', "Venues('A')/place/$filter(true)", 404, 'path/2'],
      ['GET', "Hotels('grand')/rooms/0/$filter(true)", 404, 'path/3'],
      ['GET', "Guests('cleo')/tags/$each/x", 404, 'path/3'],
      ['GET', "Guests('cleo')/tags/0/$each", 404, undefined],
      ['GET', "Guests('cleo')/tags/$filter(true)/x", 404, 'path/3'],
      ['GET', '$all?$levels=1', 400, '$levels'],
      ['GET', '$all?$index=1', 400, '$index'],
      ['GET', "Venues('A')/$each", 404, 'path/1'],
      ['PATCH', "Venues('A')/code/$each", 404, 'path/2'],
      ['PATCH', 'Venues/$each/code', 404, 'path/2'],
      ['PUT', "Venues/$filter(code eq 'A')/$each/place", 404, 'path/3'],
      ['PATCH', '$all', 405, 'path/0'],
      ['POST', '$all/Trip.Pin.Venue', 405, 'path/0'],
      ['POST', '$crossjoin(Venues,People)', 405, 'path/0'],
      ['PATCH', "Guests('ann')/tags/$each", 404, 'tags'],
      ['PUT', "People/$filter(userName eq 'mirsking')/$ref", 405, 'path/1'],
      ['POST', "People/$filter(userName eq 'mirsking')", 405, 'path/1'],
      ['PUT', "Hotels('inn')/rooms/$filter(beds gt 0)/0/name", 400, 'rooms/0/name'],
      ['PUT', "Hotels('inn')/rooms/$filter(beds gt 0)", 405, 'path/2'],
      ['PATCH', "Hotels('inn')/rooms/$each/name", 404, 'path/3'],
    ];
    for (const [method, path, wanted, target] of segments) {
      const answer = await tripPin.send(
        method,
        encodeURI(path),
        { 'If-Match': '*', 'Content-Type': 'application/json' },
        method === 'GET' ? undefined : '{"value":1}',
      );
      expect([path, answer.status, answer.error.target]).toEqual([path, wanted, target]);
    }
  });
});

describe('docs/filter-functions.md', () => {
  const text = readFileSync(join(__dirname, '../../docs/filter-functions.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` \| `(.+?)` \|/gm)].map(
    ([, name = '', example = '']) => [name, example] as const,
  );

  test('[53] names what $metadata names', () => {
    expect(documented.map(([name]) => name).sort()).toEqual([...offered.filterFunctions].sort());
  });

  test.each(documented)('%s: %s', async (name, example) => {
    await ok(payments, 'customers', { $filter: example });
    if (name !== 'has') expect(example.toLowerCase()).toContain(name.toLowerCase());
  });
});

describe('a request means what it says, whatever was asked before it', () => {
  const texts = ['plain', "it's", "a''b", 'q"r', 'back\\slash', 'two\nlines', 'tab\t', 'é', '\ud83d\ude00', ''];

  test('texts in double quotes', async () => {
    const written = [...texts.map((text) => JSON.stringify(text)), '"\\u00e9\\u0022\\/"'];
    for (const text of written) {
      const answer = await ok(tripPin, 'People', { $compute: `[${text}] as x`, $select: 'x', $top: '1' });
      expect(answer.value.map(({ x }) => x)).toEqual([[JSON.parse(text)]]);
    }
  });

  test.each([
    ['customers', "number eq 'C00001'", "number eq 'C00001x"],
    ['customers', "number eq 'C00001'", "number eq 'C00001''"],
    ['customers', 'number in ["C00001"]', 'number in ["C0000\\q"]'],
    ['customers', "type eq Microsoft.NAV.contactType'Person'", "type eq Microsoft.NAV.contactType'Person,'"],
  ])('%s: %s, then %s', async (path, good, bad) => {
    await ok(payments, path, { $filter: good });
    const { status, error } = await payments.get(withOptions(path, { $filter: bad }));
    expect({ status, code: error.code, target: error.target }).toEqual({
      status: 400,
      code: 'SyntaxError',
      target: '$filter',
    });
  });
});

test('[15] a member by its key is the same where rows have several structures', async () => {
  const $compute = 'things(number=1,was=1)/shelf/transaction as t,$it/things(number=1,was=1)/number as n';
  const plain = await ok(tripPin, 'Shelves', { $compute: $compute.replace(' as n', ' as m') });
  const apart = await ok(tripPin, 'Shelves', {
    $apply: 'concat(filter(n eq 1),filter(n ne 1))',
    $compute: $compute.replace(' as n', ' as m'),
  });
  const valuesOf = (rows: readonly Readonly<Record<string, unknown>>[], name: string): readonly unknown[] =>
    rows.map((row) => row[name]).sort();
  expect(valuesOf(apart.value, 't')).toEqual(valuesOf(plain.value, 't'));
  expect(valuesOf(apart.value, 't').some((value) => value !== null)).toBe(true);
});
