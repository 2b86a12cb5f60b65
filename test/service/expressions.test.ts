/** Expressions that one table of filters over one set does not show: paths into other sets, collections of values, every primitive type. */
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
