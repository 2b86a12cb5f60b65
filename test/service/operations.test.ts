/** Functions and actions: how they are declared, called, refused and answered. Protocol §11.5 */
import { Customer, CustomerPayment, CustomerPaymentJournal, SalesInvoice } from '../../entities';
import { operations as ofTheService } from '../../src/domain';
import { complexType, named, odataError, OperationBook, sql, statement } from '../../src/odata';
import { decimal } from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

const counted = complexType('counted', 'A number of things.', {
  what: { type: 'Edm.String', maxLength: 20 },
  howMany: { type: 'Edm.Int32' },
  share: { type: 'Edm.Decimal', precision: 18, scale: 5, nullable: true },
});

/** A value of every kind that an action can return. */
const thing = complexType('thing', 'A thing.', {
  number: { type: 'Edm.Int32' },
  large: { type: 'Edm.Int64' },
  price: { type: 'Edm.Decimal', precision: 18, scale: 5, nullable: true },
  ratio: { type: 'Edm.Double' },
  name: { type: 'Edm.String', maxLength: 20, nullable: true },
  isGood: { type: 'Edm.Boolean' },
  on: { type: 'Edm.Date' },
  at: { type: 'Edm.DateTimeOffset', precision: 3 },
  from: { type: 'Edm.TimeOfDay' },
  takes: { type: 'Edm.Duration' },
  bytes: { type: 'Edm.Binary' },
  id: { type: 'Edm.Guid' },
  status: { type: { name: 'salesInvoiceStatus' }, nullable: true },
});

const names = ['Ålborg', 'o"Neil', null, 'a b', 'ÅLBORG'];

/** What the action returns, in an order of its own. */
const things = Array.from({ length: 1500 }, (_, index) => {
  const number = (index * 7919) % 1500;
  return {
    number,
    large: `9007199254740${String(number).padStart(4, '0')}`,
    price: number % 4 === 0 ? null : `${number}.125`,
    ratio: number / 8,
    name: names[number % names.length] ?? null,
    isGood: number % 3 === 0,
    on: `2026-01-${String((number % 28) + 1).padStart(2, '0')}`,
    at: `2026-03-01T10:00:00.${String(number % 1000).padStart(3, '0')}Z`,
    from: '10:15:30',
    takes: 'PT36H',
    bytes: '\\x00ff10',
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    status: number % 5 === 0 ? null : 'In_x0020_Review',
  };
});

const rename = statement(
  sql`update customer_payment_journals set display_name = ${named('name', 'text')} where id = ${named('id', 'uuid')}`,
);

const restamp = statement(
  sql`update customer_payments set version = version + 1 where journal_id = ${named('journal', 'uuid')}`,
);

const remark = statement(
  sql`update customer_payments set comment = ${named('text', 'text')} where id = ${named('id', 'uuid')}`,
);

const amountsOf = statement(
  sql`select line_number as line, amount from customer_payments where journal_id = ${named('id', 'uuid')} order by amount, line_number`,
  'line',
  'amount',
);

const payersOf = statement(
  sql`select customer_id as id from customer_payments where journal_id = ${named('id', 'uuid')} and customer_id is not null`,
  'id',
);

/** What the service has, and what it has not, so that every form is tried. */
const operations = ofTheService.declarations
  .reduce(
    (book, { kind, name, declaration }) =>
      kind === 'function'
        ? book.function(name, declaration as Parameters<OperationBook['function']>[1])
        : book.action(name, ofTheService.actionOf(declaration)),
    new OperationBook(),
  )
  .function('countOf', {
    parameters: {
      text: { type: 'Edm.String', maxLength: 20, nullable: true },
      times: { type: 'Edm.Int32', optional: true, default: '2' },
    },
    returns: counted,
    definition: {
      rows: ({ parameters: { text, times } }) =>
        sql`select coalesce(${text ?? sql`null`}, 'nothing') as what, ${times ?? sql`null`} as "howMany", 0.50::numeric as share`,
    },
  })
  .function('countOf', {
    parameters: { number: { type: 'Edm.Int32' } },
    returns: counted,
    definition: {
      rows: ({ parameters: { number } }) =>
        sql`select 'number' as what, ${number ?? sql`0`} as "howMany", null::numeric as share`,
    },
  })
  .function('today', { returns: 'Edm.Date', definition: { rows: () => sql`select date '2026-02-28' as value` } })
  .function('sumOf', {
    parameters: { numbers: { type: 'Edm.Int32', collection: true } },
    returns: 'Edm.Decimal',
    definition: {
      rows: ({ parameters: { numbers } }) =>
        sql`select sum(n)::numeric as value from unnest(${numbers ?? sql`null`}) as n`,
    },
  })
  .function('invoicesOver', {
    binding: Customer,
    parameters: {
      amount: { type: 'Edm.Decimal' },
      status: { type: { name: 'salesInvoiceStatus' }, optional: true, default: 'Open' },
    },
    returns: [SalesInvoice],
    definition: { path: 'salesInvoices/$filter(totalAmountIncludingTax gt @amount and status eq @status)' },
  })
  .function('paid', {
    binding: [SalesInvoice],
    returns: [SalesInvoice],
    definition: { path: "$filter(status eq 'Paid')" },
  })
  .function('payer', { binding: SalesInvoice, returns: Customer, definition: { path: 'customer' } })
  .function('overdue', {
    binding: Customer,
    parameters: { on: { type: 'Edm.Date' }, least: { type: 'Edm.Decimal' } },
    returns: [SalesInvoice],
    definition: { path: 'invoicesOver(amount=@least)/$filter(dueDate lt @on)' },
  })
  .function('openOfPayer', {
    binding: SalesInvoice,
    returns: [SalesInvoice],
    definition: { path: 'payer()/openInvoices()' },
  })
  .function('customersIn', {
    parameters: { currency: { type: 'Edm.String', nullable: true } },
    returns: [Customer],
    definition: { path: 'customers/$filter(currencyCode eq @currency)' },
  })
  .function('ofTheFirst', {
    returns: [SalesInvoice],
    definition: { path: "customers(number='C00001')/salesInvoices/$filter(status eq 'Open')" },
  })
  .function('firstOpen', {
    returns: [SalesInvoice],
    definition: { path: "first/salesInvoices/$filter(status eq 'Open')" },
  })
  .function('theFirst', { returns: Customer, definition: { path: 'first' } })
  .function('owedOfEach', {
    binding: [SalesInvoice],
    returns: [counted],
    definition: {
      rows: ({ bound }) =>
        sql`select ${bound('number')} as what, 1 as "howMany", ${bound('remaining_amount')} as share`,
      key: ['what'],
    },
  })
  .function('numbered', {
    binding: Customer,
    parameters: { number: { type: 'Edm.String' } },
    returns: SalesInvoice,
    definition: { path: 'salesInvoices(number=@number)' },
  })
  .function('openNumbered', {
    binding: Customer,
    parameters: { number: { type: 'Edm.String' } },
    returns: SalesInvoice,
    definition: { path: 'openInvoices()/$filter(remainingAmount gt 0)(number=@number)' },
  })
  .function('besides', {
    binding: Customer,
    parameters: { number: { type: 'Edm.String' } },
    returns: [SalesInvoice],
    definition: { path: "numbered(number=@number)/customer/salesInvoices/$filter(status eq 'Open')" },
  })
  .function('openByKey', {
    returns: [SalesInvoice],
    definition: { path: "customers/2640957e-d1f6-3301-8f33-b6f107f7a3e5/salesInvoices/$filter(status eq 'Open')" },
  })
  .function('fifth', {
    binding: Customer,
    returns: SalesInvoice,
    definition: { path: 'salesInvoices/4cd3c2e1-6bec-322b-821f-a0f889975e4b' },
  })
  .function('settledByEach', {
    binding: CustomerPaymentJournal,
    returns: [SalesInvoice],
    definition: { path: 'customerPayments/$each/settled()' },
  })
  .function('payersOfAll', {
    parameters: { over: { type: 'Edm.Decimal' } },
    returns: [Customer],
    definition: { path: 'salesInvoices/$filter(remainingAmount gt @over)/$each/payer()' },
  })
  .function('limited', {
    parameters: { to: { type: 'Edm.Decimal' } },
    returns: [Customer],
    definition: { path: 'customers/$filter(creditLimit ge @to and creditLimit le @to)' },
  })
  .function('salesIf', {
    binding: Customer,
    parameters: { wanted: { type: 'Edm.Boolean', nullable: true } },
    returns: [SalesInvoice],
    definition: { path: 'salesInvoices/$filter(@wanted)' },
  })
  .function('plusOne', {
    parameters: { n: { type: 'Edm.Int32' } },
    returns: 'Edm.Int32',
    definition: { rows: ({ parameters: { n } }) => sql`select ${n ?? sql`0`} + 1 as value` },
  })
  .function('owes', {
    binding: Customer,
    parameters: { beyond: { type: 'Edm.Decimal' } },
    returns: 'Edm.Decimal',
    definition: {
      rows: ({ parameters: { beyond }, bound }) =>
        sql`select sum(i.remaining_amount) - ${beyond ?? sql`0`} as value from sales_invoices i where i.customer_id = ${bound('id')}`,
    },
  })
  .function('settled', {
    binding: CustomerPayment,
    returns: SalesInvoice,
    definition: { path: 'appliesToInvoice' },
  })
  .function('second', {
    binding: Customer,
    returns: SalesInvoice,
    definition: { path: "salesInvoices/$filter(true)(number='INV-000002')" },
  })
  .function('lines', {
    binding: CustomerPaymentJournal,
    returns: [CustomerPayment],
    definition: { path: 'customerPayments' },
  })
  .function('debt', {
    binding: Customer,
    returns: counted,
    definition: {
      rows: ({ bound }) =>
        sql`select ${bound('number')} as what, count(*)::int as "howMany", null::numeric as share
          from sales_invoices i where i.customer_id = ${bound('id')} and i.status = 'Open' having count(*) > 0`,
    },
  })
  .function('debts', {
    binding: Customer,
    parameters: { from: { type: 'Edm.Decimal' } },
    returns: [counted],
    definition: {
      rows: ({ bound, parameters: { from } }) =>
        sql`select i.number as what, 1 as "howMany", i.remaining_amount as share
          from sales_invoices i where i.customer_id = ${bound('id')} and i.remaining_amount >= ${from ?? sql`0`}`,
      key: ['what'],
    },
  })
  .action('rename', {
    binding: CustomerPaymentJournal,
    parameters: {
      name: { type: 'Edm.String', maxLength: 50 },
      times: { type: 'Edm.Int32', optional: true, default: '1' },
      note: { type: 'Edm.String', nullable: true },
    },
    returns: CustomerPaymentJournal,
    entitySetPath: '',
    async run({ bound, parameters, run }) {
      const { id } = bound;
      await run(rename, { id, name: `${String(parameters['name'])} ×${String(parameters['times'])}` });
      return { id };
    },
  })
  .action('mark', {
    binding: CustomerPaymentJournal,
    parameters: {
      refused: { type: 'Edm.String', optional: true, default: '' },
      loudly: { type: 'Edm.Boolean', optional: true, default: 'false' },
    },
    returns: counted,
    async run({ bound, parameters, run }) {
      if (bound.code === parameters['refused'])
        throw odataError('InvalidValue', { message: 'Not this one.' }, { target: 'code' });
      await run(rename, { id: bound.id, name: `${parameters['loudly'] ? 'MARKED' : 'marked'} ${bound.code}` });
      return { what: bound.code, howMany: 1, share: '0.50' };
    },
  })
  .action('oddly', {
    binding: CustomerPaymentJournal,
    lock: 'none',
    returns: counted,
    run: ({ bound: { code } }) => (code.length % 2 === 0 ? null : { what: code, howMany: code.length, share: null }),
  })
  .action('customersNear', { binding: CustomerPaymentJournal, returns: [Customer], run: () => [] })
  .action('stamp', {
    binding: [CustomerPayment],
    async run({ bound: { id }, run }) {
      await run(restamp, { journal: id });
    },
  })
  .action('remark', {
    binding: [CustomerPayment],
    ofMembers: true,
    parameters: { text: { type: 'Edm.String', maxLength: 50 } },
    returns: [CustomerPayment],
    entitySetPath: '',
    async run({ members, bound, parameters, run }) {
      const text = `${String(parameters['text'])} of ${bound.id}`;
      for (const { id, lineNumber } of members) await run(remark, { id, text: `${text}: ${lineNumber}` });
      return members.map(({ id }) => ({ id }));
    },
  })
  .action('amounts', {
    binding: CustomerPaymentJournal,
    lock: 'none',
    returns: [counted],
    async run({ bound, run }) {
      const rows = await run(amountsOf, { id: bound.id });
      return rows.map(({ line, amount }) => ({ what: bound.code, howMany: Number(line), share: amount }));
    },
  })
  .action('payers', {
    binding: CustomerPaymentJournal,
    lock: 'none',
    returns: [Customer],
    async run({ bound, run }) {
      const rows = await run(payersOf, { id: bound.id });
      return rows.map(({ id }) => ({ id }));
    },
  })
  .action('size', {
    binding: CustomerPaymentJournal,
    lock: 'none',
    returns: 'Edm.Int32',
    run: ({ bound: { code } }) => (code.length % 2 === 0 ? null : code.length),
  })
  .action('touch', { binding: CustomerPaymentJournal, run: () => undefined })
  .action('fail', {
    binding: CustomerPaymentJournal,
    async run({ bound, run }) {
      await run(rename, { id: bound.id, name: 'never seen' });
      throw new Error('the action breaks');
    },
  })
  .action('dearest', {
    parameters: { count: { type: 'Edm.Int32' } },
    returns: [Customer],
    async run({ parameters, partition, run }) {
      const ids = statement(
        sql`select id from customers where company_id = ${named('company', 'uuid')} order by number limit ${named('count', 'int4')}`,
        'id',
      );
      const rows = await run(ids, { company: partition, count: String(parameters['count']) });
      return rows.map(({ id }) => ({ id }));
    },
  })
  .action('describe', { returns: [counted], run: () => [{ what: 'a "thing"', howMany: 1, share: '0.1' }] })
  .action('things', { returns: [thing], run: () => things })
  .action('thingOf', {
    binding: CustomerPaymentJournal,
    lock: 'none',
    parameters: { number: { type: 'Edm.Int32', nullable: true } },
    returns: thing,
    run: ({ parameters }) => things.find(({ number }) => number === parameters['number']),
  })
  .action('answer', { returns: 'Edm.Decimal', run: () => '42.10' });

const singletons = [{ name: 'first', entity: Customer, key: { id: '2640957e-d1f6-3301-8f33-b6f107f7a3e5' } }];

let service: TestService;
let journal: Json;

beforeAll(async () => {
  service = await startService({ operations, singletons });
  journal = (await service.get('customerPaymentJournals?$top=1')).value[0] ?? {};
});

afterAll(() => service.close());

const post = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  service.send(
    'POST',
    path,
    body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
    body === undefined ? undefined : JSON.stringify(body),
  );

const context = ({ json }: Answer): string => String(json['@odata.context']).split('$metadata')[1] ?? '';
const onJournal = (rest: string): string => `customerPaymentJournals(${String(journal['id'])})${rest}`;

const asOf = '2026-03-31';
const days = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;

/** What customers owe, added up in JavaScript, in hundred-thousandths. */
async function owed(company: string, date: string): Promise<Map<string, bigint[]>> {
  const invoices = await service.sql(
    `SELECT c.number, i.remaining_amount::text AS remaining, i.due_date::text AS due
      FROM sales_invoices i JOIN customers c ON c.id = i.customer_id WHERE i.company_id = $1 AND i.status = 'Open'`,
    [company],
  );
  const found = new Map<string, bigint[]>();
  for (const { number, remaining, due } of invoices) {
    const overdue = typeof due === 'string' ? days(due, date) : 0;
    const period = overdue <= 0 ? 1 : overdue <= 30 ? 2 : overdue <= 60 ? 3 : 4;
    const amounts = found.get(String(number)) ?? [0n, 0n, 0n, 0n, 0n];
    for (const index of [0, period]) amounts[index] = (amounts[index] ?? 0n) + decimal(String(remaining));
    found.set(String(number), amounts);
  }
  return new Map([...found].filter(([, [balance]]) => balance !== 0n).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const buckets = (row: Json): bigint[] =>
  ['balanceDue', 'currentAmount', 'period1Amount', 'period2Amount', 'period3Amount'].map((name) =>
    decimal(String(row[name])),
  );

describe('$select', () => {
  const full = { Accept: 'application/json;odata.metadata=full' };
  it.each([
    ['Microsoft.NAV.post', ['post']],
    ['post', ['post']],
    ['code,post', ['post']],
    ['Microsoft.NAV.touch,Microsoft.NAV.post', ['post', 'touch']],
    [
      'Microsoft.NAV.*',
      [
        'amounts',
        'customersNear',
        'fail',
        'lines',
        'mark',
        'oddly',
        'payers',
        'post',
        'previewPosting',
        'rename',
        'settledByEach',
        'size',
        'thingOf',
        'touch',
      ],
    ],
    ['code', []],
  ])('%s names operations', async ($select, names) => {
    const { json } = await service.get(withOptions(onJournal(''), { $select }), full);
    const shown = Object.keys(json).flatMap((name) => /^#Microsoft\.NAV\.(.*)$/.exec(name)?.[1] ?? []);
    expect([shown.sort(), 'code' in json]).toEqual([names, $select.includes('code')]);
    const list = $select.split(',').map((name) => (name === 'post' ? 'Microsoft.NAV.post' : name));
    expect(json['@odata.context']).toBe(`${service.root}$metadata#customerPaymentJournals(${list.join(',')})/$entity`);
  });

  it.each([
    ['Microsoft.NAV.nothing', 1],
    ['code,Microsoft.NAV.openInvoices', 6],
    ['Microsoft.NAV.post/code', 1],
    ['Microsoft.NAV.customerPaymentJournal', 1],
    ['code,Bogus.*', 6],
    ['Bogus.post', 1],
    ['code(id)', 1],
    ['company(id)', 1],
  ])('%s is refused', async ($select, position) => {
    const { status, error } = await service.get(withOptions(onJournal(''), { $select }));
    expect({ status, target: error.target }).toEqual({ status: 400, target: '$select' });
    expect(error.message).toContain(`(at position ${position} of $select)`);
  });
});

describe('functions', () => {
  it.each(['2026-03-31', '2026-06-30', '2024-01-01', '2027-01-01'])(
    '[289] agedReceivables(asOf=%s): the open amounts of each customer by days overdue, as plain JavaScript adds them up',
    async (date) => {
      const [first, second] = await service.sql('SELECT id FROM companies ORDER BY name');
      for (const [path, id] of [
        [`agedReceivables(asOf=${date})`, first?.['id']],
        [`companies(${String(second?.['id'])})/agedReceivables(asOf=${date})`, second?.['id']],
      ] as const) {
        const answer = await service.get(path, { Accept: 'application/json;IEEE754Compatible=true' });
        const expected = await owed(String(id), date);
        expect(answer.value.map((row) => [row['customerNumber'], buckets(row)])).toEqual([...expected]);
        expect(new Set(answer.value.map((row) => row['agedAsOfDate']))).toEqual(new Set([date]));
      }
    },
  );

  it('[87, 88, 98, 289] one function in every form that it can be called in gives the same rows', async () => {
    const expected = (await service.get(`agedReceivables(asOf=${asOf})`)).value;
    expect(expected.length).toBeGreaterThan(5);
    const forms = [
      `agedReceivables(asOf='${asOf}')`,
      `agedReceivables(asOf=@d)?@d=${asOf}`,
      `agedReceivables(asOf=@d)?@d='${asOf}'`,
      `agedReceivables?asOf=${asOf}`,
      `agedReceivables()?asOf=${asOf}`,
      `agedReceivables?@asOf=${asOf}`,
    ];
    for (const form of forms) expect([form, (await service.get(form)).value]).toEqual([form, expected]);
    const invoices = (await service.get("customers(number='C00001')/Microsoft.NAV.openInvoices()")).value;
    expect(invoices.length).toBeGreaterThan(1);
    for (const name of ['openInvoices()', 'openInvoices', 'Microsoft.NAV.openInvoices'])
      expect((await service.get(`customers(number='C00001')/${name}`)).value).toEqual(invoices);
  });

  it('[290] query options and further segments work on what a function gives', async () => {
    const all = (await service.get(`agedReceivables(asOf=${asOf})`)).value;
    const filtered = await service.get(
      withOptions(`agedReceivables(asOf=${asOf})`, {
        $filter: "balanceDue gt 1000 and startswith(customerNumber,'C')",
        $orderby: 'balanceDue desc',
        $select: 'customerNumber,balanceDue',
        $count: 'true',
        $top: '3',
        $skip: '1',
      }),
    );
    const rows = all
      .filter((row) => Number(row['balanceDue']) > 1000)
      .sort((a, b) => Number(b['balanceDue']) - Number(a['balanceDue']));
    expect(filtered.json['@odata.count']).toBe(rows.length);
    expect(filtered.value).toEqual(
      rows.slice(1, 4).map(({ customerNumber, balanceDue }) => ({ customerNumber, balanceDue })),
    );
    expect(context(filtered)).toBe('#Collection(Microsoft.NAV.agedReceivable)(customerNumber,balanceDue)');
    expect((await service.get(`agedReceivables(asOf=${asOf})/$count`)).text).toBe(String(all.length));
    expect((await service.get(`agedReceivables(asOf=${asOf})/$filter(balanceDue%20gt%201000)/$count`)).text).toBe(
      String(rows.length),
    );
    const paged = await service.all(`agedReceivables(asOf=${asOf})`, { Prefer: 'maxpagesize=3' });
    expect(paged).toEqual(all);
  });

  it('[290] openInvoices() is the open part of salesInvoices: keys, $expand, $count, $filter, navigation behind it', async () => {
    const path = "customers(number='C00001')/Microsoft.NAV.openInvoices()";
    const open = await service.get(`${path}?$expand=customer($select=number)&$count=true`);
    const [expected] = await service.sql(
      `SELECT json_agg(i.number ORDER BY i.number) AS numbers FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
        JOIN companies o ON o.id = i.company_id
        WHERE c.number = 'C00001' AND i.status = 'Open' AND o.id = (SELECT id FROM companies ORDER BY name LIMIT 1)`,
    );
    expect(open.value.map(({ number }) => number)).toEqual(expected?.['numbers']);
    expect(open.json['@odata.count']).toBe(open.value.length);
    expect(context(open)).toBe('#salesInvoices(customer(number))');
    const [one] = open.value;
    const key = String(one?.['id']);
    expect((await service.get(`${path}(${key})`)).json).toMatchObject({ id: key, status: 'Open' });
    expect((await service.get(`${path}/${key}/number/$value`)).text).toBe(one?.['number']);
    expect((await service.get(`${path}(${key})/customer`)).json['number']).toBe('C00001');
    const [paid] = await service.sql("SELECT id FROM sales_invoices WHERE status = 'Paid' LIMIT 1");
    expect((await service.get(`${path}(${String(paid?.['id'])})`)).status).toBe(404);
    expect((await service.get(`customers(${key})/openInvoices()`)).status).toBe(404);
    expect((await service.get(`${path}/$count?$filter=totalAmountIncludingTax%20lt%200`)).text).toBe('0');
  });

  it('[290] a function may go on from what another one gives: the path of one is that of the other', async () => {
    const [customer] = (await service.get("customers?$filter=number eq 'C00001'".replaceAll(' ', '%20'))).value;
    const open = (await service.get("customers(number='C00001')/openInvoices()")).value;
    const wanted = open.filter(
      (row) => String(row['dueDate']) < '2026-03-31' && Number(row['totalAmountIncludingTax']) > 300,
    );
    expect([wanted.length > 0, wanted.length < open.length]).toEqual([true, true]);
    const path = `customers(${String(customer?.['id'])})/overdue(on=2026-03-31,least=300)`;
    expect((await service.get(path)).value).toEqual(wanted);
    expect((await service.get(`salesInvoices(${String(open[0]?.['id'])})/openOfPayer()`)).value).toEqual(open);
  });

  it('[290] a function of a collection gives the rows of all its members, in its own order, with pages and options', async () => {
    const invoices = (await service.all('salesInvoices')).map(({ number, remainingAmount, customerNumber }) => ({
      what: String(number),
      howMany: 1,
      share: Number(remainingAmount),
      customerNumber,
    }));
    const all = invoices.map(({ customerNumber: _, ...row }) => row).sort((a, b) => (a.what < b.what ? -1 : 1));
    const of = (customer: string): Json[] =>
      all.filter(({ what }) => invoices.some((row) => row.what === what && row.customerNumber === customer));
    const owing = all.filter(({ share }) => share > 0);
    expect([of('C00001').length > 2, owing.length > 2]).toEqual([true, true]);
    const cases: readonly (readonly [path: string, options: Record<string, string>, expected: readonly Json[]])[] = [
      ['salesInvoices/owedOfEach()', {}, all],
      ["customers(number='C00001')/salesInvoices/owedOfEach()", {}, of('C00001')],
      ["customers(number='C00001')/salesInvoices/owedOfEach()", { $orderby: 'what desc' }, of('C00001').reverse()],
      ['salesInvoices/$filter(remainingAmount gt 0)/owedOfEach()', {}, owing],
      [
        'salesInvoices/owedOfEach()/$filter(share gt 0)',
        { $orderby: 'share', $skip: '1' },
        [...owing].sort((a, b) => a.share - b.share).slice(1),
      ],
      ['salesInvoices/owedOfEach()', { $filter: 'share gt 0', $select: 'what' }, owing.map(({ what }) => ({ what }))],
      [
        'salesInvoices/owedOfEach()',
        { $apply: 'filter(share gt 0)/aggregate($count as n)' },
        [{ '@odata.id': null, 'n@odata.type': '#Decimal', n: owing.length }],
      ],
    ];
    for (const [path, options, expected] of cases) {
      const url = withOptions(encodeURI(path), options);
      expect([url, (await service.get(url)).value]).toEqual([url, expected]);
      expect([url, await service.all(url, { Prefer: 'maxpagesize=2' })]).toEqual([url, expected]);
      const { $skip: _, ...rest } = options;
      const counted = await service.get(withOptions(encodeURI(path), { ...rest, $count: 'true', $top: '1' }));
      const skipped = '$skip' in options ? 1 : 0;
      expect([url, counted.json['@odata.count']]).toEqual([url, expected.length + skipped]);
    }
    expect((await service.get('salesInvoices/owedOfEach()/$count')).text).toBe(String(all.length));
    expect((await service.get('salesInvoices/owedOfEach()/$count?$filter=share%20gt%200')).text).toBe(
      String(owing.length),
    );
    const one = await service.get("salesInvoices/owedOfEach()('INV-000005')");
    expect([context(one), one.json['what']]).toEqual(['#Microsoft.NAV.counted', 'INV-000005']);
    expect((await service.get('salesInvoices/owedOfEach()/$ref')).status).toBe(404);
    const top = await service.get('customers?$apply=topcount(salesInvoices/owedOfEach()/$count,number)');
    expect([top.status, top.error.message]).toEqual([400, expect.stringContaining('must not depend on a single row')]);
    const nobody = 'customers(00000000-0000-4000-8000-000000000000)/salesInvoices/owedOfEach()';
    expect((await service.get(nobody)).status).toBe(404);
    const none = (await service.get(withOptions('customers', { $filter: 'not salesInvoices/any()', $top: '1' })))
      .value[0];
    const empty = await service.get(`customers(${String(none?.['id'])})/salesInvoices/owedOfEach()?$count=true`);
    expect([empty.status, empty.value, empty.json['@odata.count']]).toEqual([200, [], 0]);
  });

  it('[289, 293] overloads are told apart by the names of their parameters; optional ones have their default', async () => {
    const result = async (path: string): Promise<unknown> => (await service.get(path)).json['what'];
    expect(await result("countOf(text='x')")).toBe('x');
    expect((await service.get("countOf(text='x')")).json).toMatchObject({ howMany: 2, share: 0.5 });
    expect((await service.get("countOf(text='x',times=5)")).json).toMatchObject({ howMany: 5 });
    expect(await result('countOf(number=3)')).toBe('number');
    expect(await result('countOf?number=3')).toBe('number');
    expect(await result('countOf(text=null)')).toBe('nothing');
    expect(context(await service.get('countOf(number=3)'))).toBe('#Microsoft.NAV.counted');
    expect((await service.get('countOf(number=3)/howMany/$value')).text).toBe('3');
    const wrong = await service.get("countOf(text='x',number=3)");
    expect([wrong.status, wrong.error.message]).toEqual([
      400,
      'No overload of countOf takes these parameters. It takes (text: Edm.String, times: Edm.Int32) or (number: Edm.Int32).',
    ]);
  });

  it('[81, 289] a parameter can be the whole condition of a definition', async () => {
    const all = await service.sql(
      `SELECT c.number, count(i.id)::int AS n FROM customers c LEFT JOIN sales_invoices i ON i.customer_id = c.id
        WHERE c.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) GROUP BY c.id ORDER BY c.number`,
    );
    expect(all.some(({ n }) => Number(n) > 0)).toBe(true);
    const count = async (path: string): Promise<unknown> => Number((await service.get(path)).text);
    for (const [wanted, has] of [
      ['true', true],
      ['false', false],
      ['null', false],
      ['@w', true],
    ] as const) {
      const expected = all.map(({ n }) => (has ? Number(n) : 0));
      const alias = wanted === '@w' ? { '@w': 'true' } : {};
      const each = await service.get(withOptions(`customers/$each/salesIf(wanted=${wanted})`, alias));
      expect([wanted, each.value.map(({ value }) => (value as Json[]).length)]).toEqual([wanted, expected]);
      const any = { $filter: `salesIf(wanted=${wanted})/any()`, ...alias };
      expect([wanted, await count(withOptions('customers/$count', any))]).toEqual([
        wanted,
        expected.filter((n) => n > 0).length,
      ]);
      const one = all.findIndex(({ n }) => Number(n) > 0);
      const path = `customers(number='${String(all[one]?.['number'])}')/salesIf(wanted=${wanted})/$count`;
      expect([wanted, await count(withOptions(path, alias))]).toEqual([wanted, expected[one]]);
    }
  });

  it('[289] primitive results, lists, enumerations and decimals as parameters', async () => {
    expect((await service.get('today()')).json).toMatchObject({ value: '2026-02-28' });
    expect(context(await service.get('today'))).toBe('#Edm.Date');
    expect((await service.get('today/$value')).text).toBe('2026-02-28');
    expect((await service.get('sumOf(numbers=[1,2,39])/$value')).text).toBe('42');
    expect((await service.get('sumOf(numbers=@n)?@n=[1,2]')).json['value']).toBe(3);
    expect((await service.get('sumOf(numbers=@n)?@n=@m&@m=@l&@l=[1,2]')).json['value']).toBe(3);
    for (const [status, text] of [
      ['Open', '(amount=100.5)'],
      ['Paid', "(amount=100.5,status=Microsoft.NAV.salesInvoiceStatus'Paid')"],
      ['Paid', "(amount=@a,status='Paid')?@a=100.5"],
      ['Open', '(amount=@a)?@a=@b&@b=100.5'],
    ] as const) {
      const { value } = await service.get(`customers(number='C00001')/invoicesOver${text}`);
      const expected = await service.get(
        withOptions("customers(number='C00001')/salesInvoices", {
          $filter: `status eq '${status}' and totalAmountIncludingTax gt 100.5`,
        }),
      );
      expect(value).toEqual(expected.value);
      expect(value.length).toBeGreaterThan(0);
    }
    const over = (amount: string): Promise<Answer> =>
      service.get(encodeURI(`customers?$filter=invoicesOver(amount=${amount}&$select=number&$orderby=number`));
    const [chained, direct] = await Promise.all([over('@a)/$count gt 0&@a=@b&@b=100.5'), over('100.5)/$count gt 0')]);
    expect(chained.value).toEqual(direct.value);
    expect(direct.value.length).toBeGreaterThan(0);
    for (const path of [
      "customers(number='C00001')/invoicesOver(amount=@a)?@a=@b&@b=@a",
      'sumOf(numbers=@n)?@n=@n',
      'customers?$filter=invoicesOver(amount=@a)/$count gt 0&@a=@b&@b=@a',
    ])
      expect([path, (await service.get(encodeURI(path))).status]).toEqual([path, 400]);
  });

  it('[297] what is wrong with a parameter is said with its name', async () => {
    const errors: readonly (readonly [path: string, code: string, target: string])[] = [
      ["agedReceivables(asOf='x')", 'InvalidValue', 'asOf'],
      ['agedReceivables(asOf=5)', 'InvalidValue', 'asOf'],
      ['agedReceivables(asOf=null)', 'InvalidValue', 'asOf'],
      ['agedReceivables(asOf=@d)', 'InvalidValue', 'asOf'],
      ['agedReceivables(asOf=2026-02-30)', 'InvalidValue', 'asOf'],
      ['agedReceivables', 'BadRequest_RequiredParamNotProvided', 'asOf'],
      ['agedReceivables()', 'BadRequest_RequiredParamNotProvided', 'asOf'],
      ['agedReceivables(asof=2026-03-31)', 'BadRequest', 'asof'],
      ['agedReceivables(asOf=2026-03-31,asOf=2026-03-31)', 'SyntaxError', 'asOf'],
      ['agedReceivables(2026-03-31)', 'SyntaxError', 'path/0'],
      ['agedReceivables?asOf=2026-03-31&asOf=2026-03-31', 'RepeatedOption', 'asOf'],
      ['countOf(number=3000000000)', 'InvalidValue', 'number'],
      [`countOf(text='${'x'.repeat(21)}')`, 'Application_StringExceededLength', 'text'],
      ['sumOf(numbers=3)', 'InvalidValue', 'numbers'],
      ["sumOf(numbers=[1,'x'])", 'InvalidValue', 'numbers'],
    ];
    for (const [path, code, target] of errors) {
      // Twice: the second time the plan is known already.
      for (const again of [1, 2]) {
        const { status, error } = await service.get(path);
        expect([path, again, status, error.code, error.target ?? '']).toEqual([path, again, 400, code, target]);
      }
    }
    expect((await service.get('agedReceivable(asOf=2026-03-31)')).error.message).toContain(
      "Did you mean 'agedReceivables'",
    );
    expect((await service.get(`agedReceivables(asOf=${asOf})?$expand=customer`)).status).toBe(400);
    expect((await service.get("customers(number='C00001')/Microsoft.NAV.openInvoicess()")).status).toBe(404);
    expect((await service.get('customers/Microsoft.NAV.openInvoices()')).status).toBe(404);
  });

  it('[289] the text of a statement does not depend on values, and its plan is found again', async () => {
    service.takeStatements();
    for (const date of ['2026-01-31', '2026-02-28']) {
      await service.get(`agedReceivables(asOf=${date})?$filter=balanceDue%20gt%205`);
      await service.get(`agedReceivables?asOf=${date}&$filter=balanceDue%20gt%207`);
    }
    expect(new Set(service.takeStatements().map(({ text }) => text)).size).toBe(1);
  });

  const openOf = "(SELECT i.* FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Open')";
  const witnesses = {
    customers: { table: 'customers', name: 'number' },
    salesInvoices: { table: 'sales_invoices', name: 'number' },
    customerPaymentJournals: { table: 'customer_payment_journals', name: 'code' },
  } as const;
  const sameCurrency =
    '(SELECT count(*) FROM customers o WHERE o.company_id = c.company_id AND o.currency_code IS NOT DISTINCT FROM c.currency_code) > 3';
  const today = "DATE '2026-02-28'";
  const firstOpen =
    "c.status = 'Open' AND c.customer_id = (SELECT id FROM customers WHERE number = 'C00001' AND company_id = c.company_id)";
  it.each([
    ['customers', 'Microsoft.NAV.openInvoices()/$count gt 1', `(SELECT count(*) FROM ${openOf}) > 1`],
    ['customers', 'openInvoices()/$count gt 1', `(SELECT count(*) FROM ${openOf}) > 1`],
    ['customers', '$it/openInvoices()/$count eq 0', `NOT EXISTS ${openOf}`],
    [
      'customers',
      'openInvoices()/any(i:i/remainingAmount lt i/totalAmountIncludingTax)',
      `EXISTS (SELECT FROM ${openOf} WHERE remaining_amount < total_amount_including_tax)`,
    ],
    [
      'customers',
      'not openInvoices()/all(i:i/remainingAmount gt 400)',
      `EXISTS (SELECT FROM ${openOf} WHERE remaining_amount <= 400)`,
    ],
    [
      'customers',
      'openInvoices()/$filter(dueDate lt 2026-03-31)/$count gt 0',
      `EXISTS (SELECT FROM ${openOf} WHERE due_date < '2026-03-31')`,
    ],
    [
      'customers',
      'openInvoices()/$count($filter=remainingAmount gt 400) ge 1',
      `EXISTS (SELECT FROM ${openOf} WHERE remaining_amount > 400)`,
    ],
    [
      'customers',
      'openInvoices()/aggregate(remainingAmount with sum) gt 1000',
      `(SELECT sum(remaining_amount) FROM ${openOf}) > 1000`,
    ],
    [
      'customers',
      "invoicesOver(amount=300,status='Paid')/any()",
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Paid' AND i.total_amount_including_tax > 300)",
    ],
    [
      'customers',
      'Microsoft.NAV.invoicesOver(amount=creditLimit div 100)/any()',
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Open' AND i.total_amount_including_tax > c.credit_limit / 100)",
    ],
    [
      'customers',
      'invoicesOver(amount=@a)/any()',
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Open' AND i.total_amount_including_tax > 300)",
    ],
    [
      'customers',
      'overdue(on=2026-03-31,least=creditLimit div 100)/$count gt 0',
      `EXISTS (SELECT FROM ${openOf} WHERE due_date < '2026-03-31' AND total_amount_including_tax > c.credit_limit / 100)`,
    ],
    [
      'salesInvoices',
      'openOfPayer()/$count gt 1 and openOfPayer()/any(o:o/number gt $it/number)',
      "(SELECT count(*) FROM sales_invoices i WHERE i.customer_id = c.customer_id AND i.status = 'Open') > 1 AND EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.customer_id AND i.status = 'Open' AND i.number > c.number)",
    ],
    [
      'customers',
      'salesInvoices/owedOfEach()/$count gt 1',
      '(SELECT count(*) FROM sales_invoices WHERE customer_id = c.id) > 1',
    ],
    [
      'customers',
      "salesInvoices/$filter(status eq 'Open')/owedOfEach()/any(o:o/share gt 1000 and o/what ne 'INV-000005')",
      `EXISTS (SELECT FROM ${openOf} WHERE remaining_amount > 1000 AND number <> 'INV-000005')`,
    ],
    [
      'customers',
      'salesInvoices/owedOfEach()/$filter(share gt 0)/aggregate(share with sum) gt 1000',
      '(SELECT sum(remaining_amount) FROM sales_invoices WHERE customer_id = c.id AND remaining_amount > 0) > 1000',
    ],
    [
      'customers',
      "$root/salesInvoices/owedOfEach()('INV-000005')/share gt 1000 and $root/salesInvoices/owedOfEach()/any(o:o/share gt $it/creditLimit)",
      "(SELECT remaining_amount FROM sales_invoices WHERE number = 'INV-000005' AND company_id = c.company_id) > 1000 AND EXISTS (SELECT FROM sales_invoices i WHERE i.company_id = c.company_id AND i.remaining_amount > c.credit_limit)",
    ],
    [
      'customers',
      'owes(beyond=100) gt 400',
      '(SELECT sum(remaining_amount) - 100 FROM sales_invoices WHERE customer_id = c.id) > 400',
    ],
    [
      'customers',
      'owes(beyond=creditLimit div 1000) gt 0',
      '(SELECT sum(remaining_amount) - c.credit_limit / 1000 FROM sales_invoices WHERE customer_id = c.id) > 0',
    ],
    [
      'customers',
      'salesInvoices/paid()/$count gt 1',
      "(SELECT count(*) FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Paid') > 1",
    ],
    [
      'customers',
      'salesInvoices/any(i:i/payer()/number eq $it/number and i/customer/openInvoices()/$count gt 1)',
      `EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id) AND (SELECT count(*) FROM ${openOf}) > 1`,
    ],
    [
      'customers',
      'Microsoft.NAV.agedReceivables(asOf=2026-03-31)/any(a:a/customerId eq $it/id and a/balanceDue gt 1000)',
      `(SELECT sum(remaining_amount) FROM ${openOf}) > 1000`,
    ],
    ['customers', 'customersIn(currency=currencyCode)/$count gt 3', sameCurrency],
    [
      'customers',
      'ofTheFirst()/$count gt 1 and ofTheFirst()/any(i:i/customer/number eq $it/number)',
      "c.number = 'C00001'",
    ],
    [
      'customers',
      'firstOpen()/$count gt 1 and firstOpen()/any(i:i/customer/number eq $it/number)',
      "c.number = 'C00001'",
    ],
    [
      'customers',
      "numbered(number='INV-000048') ne null and numbered(number='INV-000048')/customer eq $it",
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.number = 'INV-000048')",
    ],
    [
      'customers',
      'salesInvoices/any(i:$it/openNumbered(number=i/number) eq i and i/remainingAmount gt 500)',
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.status = 'Open' AND i.remaining_amount > 500)",
    ],
    [
      'customers',
      "numbered(number='INV-000048')/totalAmountIncludingTax gt 100 and openNumbered(number='INV-000001') eq null",
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.number = 'INV-000048')",
    ],
    [
      'customers',
      "besides(number='INV-000048')/$count gt 1 and besides(number='INV-000048')/any(i:i/number eq 'INV-000048')",
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.number = 'INV-000048')",
    ],
    [
      'customers',
      'openByKey()/$count gt 1 and openByKey()/any(i:i/customer eq $it) and $root/openByKey()/all(i:i/customer/number eq $it/number)',
      "c.number = 'C00001'",
    ],
    [
      'customers',
      "fifth()/number eq 'INV-000005' and salesInvoices/4cd3c2e1-6bec-322b-821f-a0f889975e4b eq fifth()",
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.id = '4cd3c2e1-6bec-322b-821f-a0f889975e4b')",
    ],
    [
      'customers',
      'openInvoices()/4cd3c2e1-6bec-322b-821f-a0f889975e4b/number ne null and $root/customers/2640957e-d1f6-3301-8f33-b6f107f7a3e5/openInvoices()/$filter(true)/4cd3c2e1-6bec-322b-821f-a0f889975e4b/customer eq $it',
      "EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.id = '4cd3c2e1-6bec-322b-821f-a0f889975e4b' AND i.status = 'Open')",
    ],
    [
      'customers',
      `payersOfAll(over=500)/$count eq $root/salesInvoices/$count($filter=remainingAmount gt 500)
        and payersOfAll(over=500)/$count($filter=$this eq $it) gt 1`.replace(/\s+/g, ' '),
      '(SELECT count(*) FROM sales_invoices i WHERE i.customer_id = c.id AND i.remaining_amount > 500) > 1',
    ],
    [
      'customers',
      '$it in payersOfAll(over=500) and payersOfAll(over=creditLimit div 100)/any(p:p/number lt $it/number)',
      `EXISTS (SELECT FROM sales_invoices i WHERE i.customer_id = c.id AND i.remaining_amount > 500)
        AND EXISTS (SELECT FROM sales_invoices i JOIN customers o ON o.id = i.customer_id
          WHERE i.remaining_amount > c.credit_limit / 100 AND o.number < c.number COLLATE "C" AND o.company_id = c.company_id)`,
    ],
    [
      'customerPaymentJournals',
      'settledByEach()/$count gt settledByEach()/$count($filter=number ne null) and settledByEach()/any(i:i/remainingAmount gt 100)',
      `EXISTS (SELECT FROM customer_payments p WHERE p.journal_id = c.id AND p.applies_to_invoice_id IS NULL) AND EXISTS (SELECT FROM customer_payments p
        JOIN sales_invoices i ON i.id = p.applies_to_invoice_id WHERE p.journal_id = c.id AND i.remaining_amount > 100)`,
    ],
    ['customers', '$root/customersIn(currency=currencyCode)/$count gt 3', sameCurrency],
    ['customers', "$root/countOf(text=number)/what eq 'C00001' and $root/plusOne(n=1) eq 2", "c.number = 'C00001'"],
    ['customers', 'theFirst()/number eq number and theFirst() ne null', "c.number = 'C00001'"],
    [
      'salesInvoices',
      'customer eq theFirst()',
      `c.customer_id = (SELECT id FROM customers WHERE number = 'C00001' AND company_id = c.company_id)`,
    ],
    ['customers', '$it eq theFirst()', "c.number = 'C00001'"],
    ['salesInvoices', '$it in ofTheFirst() and payer() in customersIn(currency=payer()/currencyCode)', firstOpen],
    ['salesInvoices', 'payer() eq customer and hassubset(payer()/openInvoices(),payer()/openInvoices())', 'true'],
    [
      'salesInvoices',
      'length(ofTheFirst()) eq ofTheFirst()/$count and $it in customer/openInvoices()',
      "c.status = 'Open'",
    ],
    ['customers', 'countOf(text=\'ab\',times=3) eq {"what":"ab","howMany":3,"share":0.50}', 'true'],
    [
      'customers',
      "countOf(text='ab') ne countOf(text='ab',times=3) and countOf(text='ab') in [countOf(text='ab',times=2)]",
      'true',
    ],
    ['customers', "countOf(text=number) in [countOf(text='C00001'),null]", "c.number = 'C00001'"],
    ['customers', 'agedReceivables(asOf=2026-03-31)/any(a:a in agedReceivables(asOf=2026-03-31))', 'true'],
    ['customers', 'not agedReceivables(asOf=2026-03-31)/any(a:a in agedReceivables(asOf=2026-03-30))', 'true'],
    ['customers', 'hassubset(agedReceivables(asOf=2026-03-31),agedReceivables(asOf=2026-03-31))', 'true'],
    [
      'customers',
      'isof(countOf(text=number),Microsoft.NAV.counted) and isof(theFirst(),Microsoft.NAV.customer)',
      'true',
    ],
    ['customers', 'isof(agedReceivables(asOf=2026-03-31),Collection(Microsoft.NAV.agedReceivable))', 'true'],
    ['customers', 'isdefined(openInvoices()/$count) and plusOne(n=@a) eq 301', 'true'],
    ['salesInvoices', 'isdefined(payer()/number) and plusOne(n=length(number)) eq 11', 'length(number) = 10'],
    ['salesInvoices', 'dueDate lt Microsoft.NAV.today()', `c.due_date < ${today}`],
    ['salesInvoices', 'dueDate lt today() and payer()/number lt sumOf(numbers=[1,2])', undefined],
    ['salesInvoices', 'dueDate ge today() and sumOf(numbers=[1,2]) eq 3', `c.due_date >= ${today}`],
    [
      'salesInvoices',
      "payer()/currencyCode eq 'EUR'",
      "(SELECT currency_code FROM customers WHERE id = c.customer_id) = 'EUR'",
    ],
    [
      'salesInvoices',
      'payer()/openInvoices()/$count gt 1',
      "(SELECT count(*) FROM sales_invoices i WHERE i.customer_id = c.customer_id AND i.status = 'Open') > 1",
    ],
  ] as const)('[87, 290] functions in expressions: %s?$filter=%s', async (set, filter, where) => {
    const { table, name } = witnesses[set];
    const asked = withOptions(set, { $filter: filter, $select: name, '@a': '300' });
    if (where === undefined) return void expect((await service.get(asked)).status).toBe(400);
    const expected = await service.sql(
      `SELECT c.${name} AS name FROM ${table} c WHERE c.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) AND (${where}) ORDER BY 1`,
    );
    // The second time the plan is known already.
    for (const again of [1, 2]) {
      const { status, value, text } = await service.get(asked);
      if (status !== 200) throw new Error(text);
      expect([again, value.map((row) => row[name]).sort()]).toEqual([again, expected.map((row) => row['name'])]);
    }
    expect(expected.length).toBeGreaterThan(0);
  });

  it('[70, 290] keys as segments of expressions are those in parentheses, whichever the request has', async () => {
    const invoices = (await service.get("salesInvoices?$filter=status eq 'Open'&$top=3".replaceAll(' ', '%20'))).value;
    expect(invoices).toHaveLength(3);
    for (const { id: key, number, customerId } of invoices)
      for (const $filter of [
        `salesInvoices/${String(key)}/number eq '${String(number)}'`,
        `openInvoices()/${String(key)}/number eq '${String(number)}'`,
        `$root/salesInvoices/${String(key)}/customer/id eq id`,
      ]) {
        const { value } = await service.get(withOptions('customers', { $filter, $select: 'id' }));
        expect([$filter, value.map(({ id }) => id)]).toEqual([$filter, [customerId]]);
      }
    const all = await service.get(`salesInvoices/$count?$filter=${encodeURIComponent('remainingAmount gt 500')}`);
    expect(String((await service.get('payersOfAll(over=500)')).value.length)).toBe(all.text);
    expect((await service.get('openByKey()')).value).toEqual((await service.get('ofTheFirst()')).value);
    for (const [$filter, says] of [
      ['salesInvoices/5/number eq null', "has no property '5'"],
      ['balance/5 eq null', 'has no properties'],
      ['salesInvoices/nobody/number eq null', "has no property 'nobody'"],
      ['$root/salesInvoices/number eq null', 'A collection needs any, all or $count'],
      ['$root/nobody()/$count gt 1', "There is no function 'nobody'"],
      ['$root/nobody/$count gt 1', "There is no entity set 'nobody'"],
    ] as const) {
      const { status, error } = await service.get(withOptions('customers', { $filter }));
      expect([$filter, status, error.target, error.message]).toEqual([
        $filter,
        400,
        '$filter',
        expect.stringContaining(says),
      ]);
    }
  });

  it('[87, 290] functions in $orderby, $compute, nested options and $apply', async () => {
    const expected = await service.sql(
      `SELECT c.number, (SELECT count(*)::int FROM ${openOf}) AS open FROM customers c
        WHERE c.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) ORDER BY 2 DESC, 1 LIMIT 5`,
    );
    const top = { $top: '5', $select: 'number,open', $orderby: 'openInvoices()/$count desc,number' };
    for (const options of [
      { ...top, $compute: 'openInvoices()/$count as open' },
      { ...top, $apply: 'compute(openInvoices()/$count as open)' },
      { ...top, $orderby: 'open desc,number', $compute: 'Microsoft.NAV.openInvoices()/$count as open' },
    ]) {
      const { value } = await service.get(withOptions('customers', options));
      expect(value.map(({ number, open }) => ({ number, open }))).toEqual(expected);
    }
    const nested = await service.get(
      withOptions('salesInvoices', {
        $expand: 'customer($compute=openInvoices()/$count as open;$select=number,open)',
        $select: 'number',
        $filter: "status eq 'Open'",
      }),
    );
    const counts = new Map(
      (
        await service.sql(`SELECT c.number, (SELECT count(*)::int FROM ${openOf}) AS open FROM customers c
          WHERE c.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1)`)
      ).map(({ number, open }) => [number, open]),
    );
    expect(nested.value.length).toBeGreaterThan(3);
    for (const { customer } of nested.value as readonly { customer: Json }[])
      expect(customer['open']).toBe(counts.get(customer['number']));
  });

  it('[297] what is wrong with a function in an expression is said with its place', async () => {
    const wrong: readonly (readonly [filter: string, status: number, code: string, says: string, target?: string])[] = [
      ['Microsoft.NAV.openInvoice()/$count gt 1', 400, 'UnknownFunction', "Did you mean 'Microsoft.NAV.openInvoices'?"],
      ['openInvoices() gt 1', 400, 'TypeMismatch', 'A collection needs any, all or $count behind it.'],
      ['openInvoices()/number eq null', 400, 'TypeMismatch', 'A collection needs any, all or $count behind it.'],
      ['invoicesOver()/any()', 400, 'BadRequest_RequiredParamNotProvided', 'The parameter "amount"', 'amount'],
      ["invoicesOver(amount='x')/any()", 400, 'InvalidValue', "'x' is not a value of Edm.Decimal.", 'amount'],
      ['invoicesOver(amount=number)/any()', 400, 'InvalidValue', 'must be a value of Edm.Decimal', 'amount'],
      ['invoicesOver(amount=nope)/any()', 400, 'UnknownProperty', "'nope'", 'amount'],
      ['Microsoft.NAV.describe()/any()', 400, 'TypeMismatch', 'The action describe does something'],
      ['salesInvoices/any(i:i/openInvoices()/any())', 400, 'UnknownFunction', "'openInvoices'"],
      ['plusOne(n=1.5) eq 2', 400, 'InvalidValue', 'must be a value of Edm.Int32, not 1.5', 'n'],
      [
        'salesInvoices/owedOfEach()/what eq null',
        400,
        'TypeMismatch',
        'A collection needs any, all or $count behind it.',
      ],
      ['owes(beyond=1)/x eq 1', 400, 'SyntaxError', 'The path goes on behind a single value.'],
    ];
    for (const [filter, status, code, says, target = '$filter'] of wrong) {
      const { error, ...answer } = await service.get(withOptions('customers', { $filter: filter }));
      expect([filter, answer.status, error.code, error.target]).toEqual([filter, status, code, target]);
      expect(error.message).toContain(says);
    }
  });

  it('[187] $apply cuts and orders the rows of a function', async () => {
    const aged = 'agedReceivables(asOf=2026-03-31)';
    const due = ({ balanceDue }: Json): number => Number(balanceDue);
    const { value: all } = await service.get(aged);
    expect(all.length).toBeGreaterThan(4);
    for (const [$apply, expected] of [
      ['skip(1)/top(2)', all.slice(1, 3)],
      ['filter(balanceDue gt 200)/skip(1)/top(2)', all.filter((row) => due(row) > 200).slice(1, 3)],
      ['orderby(balanceDue desc)/top(3)', [...all].sort((one, other) => due(other) - due(one)).slice(0, 3)],
      ['topcount(2,balanceDue)/filter(balanceDue gt 0)/skip(5)', []],
    ] as const) {
      const { status, value } = await service.get(withOptions(aged, { $apply }));
      expect([$apply, status, value]).toEqual([$apply, 200, expected]);
    }
  });

  it('[87, 290] a name with nothing before it means a function that is bound to nothing, one behind $it or $this that of the row', async () => {
    const aged = 'agedReceivables(asOf=2026-03-31)/$count';
    const $compute = [aged, `Microsoft.NAV.${aged}`, `$it/${aged}`, `$this/Microsoft.NAV.${aged}`]
      .map((call, index) => `${call} as c${index}`)
      .join();
    const { value } = await service.get(
      withOptions('companies', { $compute, $select: 'id,name,c0,c1,c2,c3', $orderby: 'name' }),
    );
    const all = Number((await service.get(aged)).text);
    const expected = await service.sql(
      `SELECT o.id, count(DISTINCT i.customer_id)::int AS own
        FROM companies o LEFT JOIN sales_invoices i ON i.company_id = o.id AND i.status = 'Open' GROUP BY o.id ORDER BY o.name`,
    );
    expect(new Set(expected.map(({ own }) => own)).size).toBeGreaterThan(1);
    expect(value.map(({ id, c0, c1, c2, c3 }) => [id, c0, c1, c2, c3])).toEqual(
      expected.map(({ id, own }) => [id, all, all, own, own]),
    );
  });

  it('[297] a parameter whose alias leads to itself is refused', async () => {
    const loops = [{ '@a': 'plusOne(n=@a)' }, { '@a': 'plusOne(n=@b)', '@b': 'plusOne(n=@a) add 1' }];
    for (const aliases of loops) {
      const { status, error } = await service.get(
        withOptions('customers', { $filter: 'plusOne(n=@a) gt 0', ...aliases }),
      );
      expect([status, error.code, error.target]).toEqual([400, 'InvalidValue', 'n']);
      expect(error.message).toContain('leads to itself');
    }
  });

  it('calls within calls grow with their number, however often a function uses a parameter', async () => {
    const nested = (times: number, call: (value: string) => string, value: string): string =>
      Array.from({ length: times }).reduce<string>((inner) => call(inner), value);
    const id = '2640957e-d1f6-3301-8f33-b6f107f7a3e5';
    const aged = (inner: string): string => `agedReceivables(asOf=${inner})(${id})/agedAsOfDate`;
    const lengths: number[] = [];
    for (const times of [2, 4, 6]) {
      service.takeStatements();
      const $filter = `number eq 'C00001' and ${nested(times, aged, '2026-03-31')} eq 2026-03-31`;
      const { value } = await service.get(withOptions('customers', { $filter }));
      expect(value.map(({ number }) => number)).toEqual(['C00001']);
      lengths.push(service.takeStatements().reduce((sum, { text }) => sum + text.length, 0));
    }
    const [two = 0, four = 0, six = 0] = lengths;
    expect(six - four).toBeLessThan((four - two) * 1.1);
    const limit = (inner: string): string => `limited(to=${inner})(${id})/creditLimit`;
    const asked = (times: number): Promise<Answer> =>
      service.get(withOptions('customers', { $filter: `${nested(times, limit, '1')} eq null`, $top: '1' }));
    expect((await asked(3)).status).toBe(200);
    const { status, error } = await asked(25);
    expect([status, error.code, error.target]).toEqual([400, 'TooManyParts', 'to']);
  });

  it('[161] $compute adds to what functions and actions return, where that has parts', async () => {
    const compute = (expression: string): string => `?$compute=${encodeURIComponent(`${expression} as c`)}&$select=c`;
    const code = String(journal['code']);
    const asked: readonly (readonly [method: 'GET' | 'POST', path: string, body: unknown, wanted: unknown])[] = [
      ['GET', `countOf(text='ab',times=3)${compute('howMany mul 2')}`, undefined, 6],
      ['POST', onJournal(`/Microsoft.NAV.mark${compute('tolower(what)')}`), {}, code.toLowerCase()],
      ['POST', onJournal(`/Microsoft.NAV.rename${compute("concat(code,'!')")}`), { name: 'Cash' }, `${code}!`],
      ['POST', onJournal(`/Microsoft.NAV.thingOf${compute('number add 1')}`), { number: 3 }, 4],
    ];
    for (const [method, path, body, wanted] of asked) {
      const answer = await (method === 'GET' ? service.get(path) : post(path, body));
      expect([path, answer.status, answer.json['c']]).toEqual([path, 200, wanted]);
    }
    const described = await post(`describe${compute('length(what)')}`, {});
    expect(described.value.map(({ c }) => c)).toEqual(['a "thing"'.length]);
    for (const answer of [
      await service.get('today?$compute=1%20as%20c'),
      await post('answer?$compute=1%20as%20c', {}),
      await post(onJournal('/Microsoft.NAV.touch?$compute=1%20as%20c'), {}),
    ])
      expect([answer.status, answer.error.code, answer.error.target]).toEqual([400, 'OptionNotApplicable', '$compute']);
  });

  it('[294] functions are for GET, actions for POST: 405 says what is allowed', async () => {
    for (const path of [`agedReceivables(asOf=${asOf})`, "customers(number='C00001')/openInvoices()"])
      for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
        const answer = await service.send(method, path, { 'If-Match': '*' });
        expect([path, method, answer.status, answer.headers['allow']]).toEqual([path, method, 405, 'GET, HEAD']);
      }
    for (const [method, path] of [
      ['GET', onJournal('/Microsoft.NAV.rename')],
      ['PATCH', onJournal('/rename')],
      ['DELETE', onJournal('/rename')],
      ['GET', 'dearest'],
      ['PUT', 'dearest'],
    ] as const) {
      const answer = await service.send(method, path);
      expect([path, method, answer.status, answer.headers['allow']]).toEqual([path, method, 405, 'POST']);
    }
    expect((await service.send('HEAD', `agedReceivables(asOf=${asOf})`)).status).toBe(200);
  });
});

describe('actions', () => {
  it('[291, 292] no parameters: an empty body, {} and no body at all; without a result 204', async () => {
    for (const [body, headers] of [
      [undefined, {}],
      ['', { 'Content-Type': 'application/json' }],
      ['{}', { 'Content-Type': 'application/json' }],
      ['{}', { 'Content-Type': 'application/json;odata=verbose' }],
      ['{"@odata.type":"#x"}', { 'Content-Type': 'application/json' }],
    ] as const) {
      for (const name of ['touch', 'Microsoft.NAV.touch']) {
        const answer = await service.send('POST', onJournal(`/${name}`), headers, body);
        expect([answer.status, answer.text]).toEqual([204, '']);
      }
    }
    expect((await service.send('POST', onJournal('/touch'), { 'Content-Type': 'text/plain' }, '{}')).status).toBe(415);
    expect((await post(onJournal('/touch'), [])).status).toBe(400);
  });

  it('[292] If-Match is that of the entity; an unknown one is 404', async () => {
    const [current] = (await service.get(`customerPaymentJournals?$filter=id%20eq%20${String(journal['id'])}`)).value;
    const etag = String(current?.['@odata.etag']);
    expect((await post(onJournal('/touch'), {}, { 'If-Match': 'W/"stale"' })).status).toBe(412);
    expect((await post(onJournal('/touch'), {}, { 'If-Match': etag })).status).toBe(204);
    expect((await post(onJournal('/touch'), {}, { 'If-Match': '*' })).status).toBe(204);
    expect((await post('customerPaymentJournals(00000000-0000-4000-8000-000000000000)/touch')).status).toBe(404);
    const [other] = await service.sql(
      'SELECT id FROM customer_payment_journals WHERE company_id <> (SELECT id FROM companies ORDER BY name LIMIT 1) LIMIT 1',
    );
    expect((await post(`customerPaymentJournals(${String(other?.['id'])})/touch`)).status).toBe(404);
  });

  it('[292] a returned entity has context, ETag and what $select and $expand ask for', async () => {
    const answer = await post(onJournal('/rename?$select=displayName&$expand=company($select=name)'), {
      name: "O'Neil",
      times: 3,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ displayName: "O'Neil ×3", company: {} });
    expect(context(answer)).toBe('#customerPaymentJournals(displayName,company(name))/$entity');
    expect(answer.headers['etag']).toBe(answer.json['@odata.etag']);
    const [stored] = await service.sql('SELECT display_name AS name FROM customer_payment_journals WHERE id = $1', [
      journal['id'],
    ]);
    expect(stored).toEqual({ name: "O'Neil ×3" });
    const minimal = await post(onJournal('/rename'), { name: 'again' }, { Prefer: 'return=minimal' });
    expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, 'return=minimal']);
  });

  it('[292] collections of entities, complex values and primitive ones', async () => {
    const customers = await post('dearest?$select=number', { count: 3 });
    const expected = (await service.get('customers?$select=number&$top=3')).value;
    expect(customers.value).toEqual(expected);
    const last = String(expected.at(-1)?.['number']);
    const filtered = await post(withOptions('dearest', { $filter: `number eq '${last}'`, $select: 'number' }), {
      count: 3,
    });
    expect(filtered.value).toEqual(expected.slice(-1));
    expect(context(customers)).toBe('#customers(number)');
    expect((await post('describe')).json).toMatchObject({
      value: [{ what: 'a "thing"', howMany: 1, share: 0.1 }],
    });
    expect(context(await post('describe'))).toBe('#Collection(Microsoft.NAV.counted)');
    const answer = await post('answer', {}, { Accept: 'application/json;IEEE754Compatible=true' });
    expect([context(answer), answer.json['value']]).toEqual(['#Edm.Decimal', '42.1']);
    expect((await post('answer?$select=x')).status).toBe(400);
    expect((await post('answer(x=1)')).status).toBe(400);
    expect((await post('answer/x')).status).toBe(404);
  });

  it('values of all types go out as those of a function do, alone and in a collection, however many', async () => {
    const full = { Accept: 'application/json;odata.metadata=full;IEEE754Compatible=true', Prefer: 'maxpagesize=5' };
    const answer = await post('things', {}, full);
    expect([answer.status, answer.nextLink, answer.headers['preference-applied']]).toEqual([200, undefined, undefined]);
    const expected = things.map((one) => ({
      ...one,
      ...{ takes: 'P1DT12H', bytes: 'AP8Q', from: '10:15:30' },
    }));
    expect(answer.value.map(({ number, price, takes }) => [number, price, takes])).toEqual(
      expected.map(({ number, price, takes }) => [number, price, takes]),
    );
    expect(answer.value[0]).toMatchObject({ 'large@odata.type': '#Int64', 'takes@odata.type': '#Duration' });
    const plain = (await post('things')).value;
    const seen = ({ bytes, large, price, at, id, status }: Json): unknown[] => [
      bytes,
      large,
      price,
      Date.parse(String(at)),
      id,
      status,
    ];
    expect(plain.map(seen)).toEqual(
      expected.map((one) =>
        seen({ ...one, large: Number(one.large), price: one.price === null ? null : Number(one.price) }),
      ),
    );
    for (const number of [8, 9]) {
      const { json } = await post(onJournal('/thingOf'), { number });
      expect(json).toEqual({
        '@odata.context': `${service.root}$metadata#Microsoft.NAV.thing`,
        ...plain.find((one) => one['number'] === number),
      });
    }
    const selected = await post(onJournal('/thingOf?$select=name&$compute=number%20add%201%20as%20next'), {
      number: 9,
    });
    expect([context(selected), selected.json['name'], selected.json['number']]).toEqual([
      '#Microsoft.NAV.thing(name)',
      names[4],
      undefined,
    ]);
    expect((await post(onJournal('/thingOf'), { number: -1 })).status).toBe(204);
    expect((await post(onJournal('/thingOf?$filter=number%20eq%201'), { number: 1 })).status).toBe(400);
  });

  it('query options on the URL of an action work on the values that it returns', async () => {
    const plain = (await post('things')).value;
    const asked = (options: Record<string, string>): Promise<Answer> => post(withOptions('things', options));
    const price = (row: Json): number => Number(row['price'] ?? -Infinity);
    const cases: readonly (readonly [Record<string, string>, (rows: readonly Json[]) => readonly Json[]])[] = [
      [
        { $filter: "contains(name,'N') and price gt 20" },
        (rows) => rows.filter((row) => row['name'] === 'o"Neil' && price(row) > 20),
      ],
      [
        { $filter: "status eq 'In_x0020_Review'", $top: '7' },
        (rows) => rows.filter(({ status }) => status !== null).slice(0, 7),
      ],
      [
        { $filter: "takes eq duration'PT36H' and on ge 2026-01-27" },
        (rows) => rows.filter((row) => String(row['on']) >= '2026-01-27'),
      ],
      [{ $filter: 'large eq 90071992547400012' }, (rows) => rows.filter(({ number }) => number === 12)],
      [{ $skip: '1490' }, (rows) => rows.slice(1490)],
      [{ $skip: '2', $top: '1200' }, (rows) => rows.slice(2, 1202)],
      [{ $top: '0' }, () => []],
      // Equal ones keep the order in which they were returned.
      [
        { $orderby: 'isGood', $top: '1200' },
        (rows) => [...rows.filter((row) => !row['isGood']), ...rows.filter((row) => row['isGood'])].slice(0, 1200),
      ],
      [{ $orderby: 'price', $top: '500' }, (rows) => [...rows].sort((a, b) => price(a) - price(b) || 0).slice(0, 500)],
      [{ $search: 'ålborg' }, (rows) => rows.filter(({ name }) => String(name).toLowerCase() === 'ålborg')],
      [{ $apply: 'filter(isGood)/skip(3)/top(5)' }, (rows) => rows.filter((row) => row['isGood']).slice(3, 8)],
    ];
    for (const [options, expected] of cases) {
      const { status, value, nextLink } = await asked(options);
      expect([options, status, nextLink, value]).toEqual([options, 200, undefined, expected(plain)]);
    }
    const counted = await asked({ $count: 'true', $top: '1', $filter: 'isGood', $select: 'number' });
    expect([counted.json['@odata.count'], Object.keys(counted.value[0] ?? {})]).toEqual([500, ['number']]);
    const grouped = await asked({
      $apply: 'groupby((isGood),aggregate(number with sum as total,$count as n))',
      $orderby: 'n',
    });
    const total = (isGood: boolean): number =>
      things.filter((one) => one.isGood === isGood).reduce((sum, { number }) => sum + number, 0);
    expect(grouped.value).toMatchObject([
      { isGood: true, total: total(true), n: 500 },
      { isGood: false, total: total(false), n: 1000 },
    ]);
    const twice = await asked({
      $compute: 'number mul 2 as twice',
      $filter: 'twice gt 2990',
      $orderby: 'twice',
      $select: 'twice',
    });
    expect(twice.value.map((row) => row['twice'])).toEqual([2992, 2994, 2996, 2998]);
    for (const options of [{ $skiptoken: 'x' }, { $expand: 'x' }, { $filter: 'nope' }, { $top: '-1' }, { $id: 'x' }])
      expect([options, (await asked(options)).status]).toEqual([options, 400]);
  });

  it('query options on the URL of an action work on the entities that it returns', async () => {
    const expected = (await service.get('customers?$select=number&$top=9')).value.map(({ number }) => number);
    const asked = async (options: Record<string, string>): Promise<readonly unknown[]> => {
      const { json, value, nextLink } = await post(
        withOptions('dearest', { $select: 'number', ...options }),
        { count: 9 },
        { Prefer: 'maxpagesize=1' },
      );
      expect(nextLink).toBeUndefined();
      return [json['@odata.count'], ...value.map(({ number }) => number)];
    };
    expect(await asked({})).toEqual([undefined, ...expected]);
    expect(await asked({ $top: '2' })).toEqual([undefined, ...expected.slice(0, 2)]);
    expect(await asked({ $skip: '7', $count: 'true' })).toEqual([9, ...expected.slice(7)]);
    expect(await asked({ $orderby: 'number desc', $top: '3', $skip: '1' })).toEqual([
      undefined,
      ...[...expected].reverse().slice(1, 4),
    ]);
    expect((await post('dearest?$skiptoken=x', { count: 1 })).error.target).toBe('$skiptoken');
    const omitted = await post('dearest?$top=1', { count: 9 }, { Prefer: 'omit-values=nulls' });
    expect(omitted.headers['preference-applied']).toBe('omit-values=nulls');
    expect(Object.values(omitted.value[0] ?? {})).not.toContain(null);
  });

  it('[291, 297] every wrong parameter of a body is named', async () => {
    const one = await post(onJournal('/rename'), {});
    expect([one.status, one.error.code, one.error.target]).toEqual([
      400,
      'BadRequest_RequiredParamNotProvided',
      'name',
    ]);
    const all = await post(onJournal('/rename'), { name: 'x'.repeat(51), times: 'many', colour: 1, note: null });
    const details = (all.json['error'] as { details: { target: string }[] }).details;
    expect(details.map(({ target }) => target).sort()).toEqual(['colour', 'name', 'times']);
    expect((await post(onJournal('/rename'), { name: null })).error.target).toBe('name');
  });

  describe('on each member of a collection', () => {
    const some = "customerPaymentJournals/$filter(code ne 'CASHRCPT')";
    const each = (action: string, path = some): string => encodeURI(`${path}/$each/Microsoft.NAV.${action}`);
    const where = `company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) AND code <> 'CASHRCPT'`;
    const journals = async (): Promise<readonly Json[]> =>
      service.sql(`SELECT id, code, display_name AS name FROM customer_payment_journals WHERE ${where} ORDER BY id`);
    const others = async (): Promise<readonly Json[]> =>
      service.sql(`SELECT * FROM customer_payment_journals WHERE NOT (${where}) ORDER BY id`);

    it('[296] it does what it does to one, to all of them or none; values come as a collection', async () => {
      const [before, rest] = [await journals(), await others()];
      expect(before.length).toBeGreaterThan(1);
      const answer = await post(each('mark'), {});
      const codes = before.map(({ code }) => String(code));
      expect([answer.status, context(answer)]).toEqual([200, '#Collection(Microsoft.NAV.counted)']);
      expect(answer.value).toEqual(codes.map((what) => ({ what, howMany: 1, share: 0.5 })));
      const marked = before.map(({ id, code }) => ({ id, code, name: `marked ${String(code)}` }));
      expect(await journals()).toEqual(marked);
      const few = await post(encodeURI(`${some}/$each/mark?$filter=howMany eq 1&$select=what&$top=1&$count=true`), {});
      expect([few.value, few.json['@odata.count']]).toEqual([[{ what: codes[0] }], codes.length]);
      const refused = await post(each('mark'), { refused: codes.at(-1) });
      expect([refused.status, refused.error.target]).toEqual([
        400,
        `customerPaymentJournals(${String(before.at(-1)?.['id'])})/code`,
      ]);
      expect((await post(each('fail'))).status).toBe(500);
      expect(service.takeFailures()).toEqual(['the action breaks']);
      expect((await post(each('mark'), {}, { 'If-Match': 'W/"stale"' })).status).toBe(412);
      expect([await journals(), await others()]).toEqual([marked, rest]);
    });

    it('[296] entities come as a collection that query options work on, although they may no longer fit the path', async () => {
      const before = await journals();
      const path = "customerPaymentJournals/$filter(code ne 'CASHRCPT' and not startswith(displayName,'Each'))";
      const answer = await post(`${each('rename', path)}?$select=displayName&$orderby=code%20desc&$count=true`, {
        name: 'Each',
      });
      expect([answer.status, context(answer), answer.json['@odata.count']]).toEqual([
        200,
        '#customerPaymentJournals(displayName)',
        before.length,
      ]);
      expect(answer.value.map(({ displayName }) => displayName)).toEqual(before.map(() => 'Each ×1'));
      expect((await journals()).map(({ name }) => name)).toEqual(before.map(() => 'Each ×1'));
      const none = await post(each('rename', path), { name: 'Nobody' });
      expect([none.status, none.value]).toEqual([200, []]);
      const minimal = await post(each('rename'), { name: 'Each' }, { Prefer: 'return=minimal' });
      expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, 'return=minimal']);
    });

    it('[296] what one entity returns comes although it may no longer fit the path', async () => {
      const [before] = await journals();
      const path = `customerPaymentJournals/$filter(displayName ne 'Other ×1')(${String(before?.['id'])})`;
      const rename = encodeURI(`${path}/Microsoft.NAV.rename?$select=displayName`);
      const answer = await post(rename, { name: 'Other' });
      expect([answer.status, answer.json['displayName']]).toEqual([200, 'Other ×1']);
      expect((await journals())[0]?.['name']).toBe('Other ×1');
      expect((await post(rename, { name: 'Other' })).status).toBe(404);
    });

    it('[296] a null of a member has its place among the values of the others', async () => {
      const all = (await journals()).map(({ code }) => String(code));
      const isEven = ({ length }: string): boolean => length % 2 === 0;
      expect(all.filter(isEven).length).toBeGreaterThan(0);
      expect(all.some((code) => !isEven(code))).toBe(true);
      const wanted = all.map((what) => (isEven(what) ? null : { what, howMany: what.length, share: null }));
      expect((await post(each('oddly'))).value).toEqual(wanted);
      const counted = await post(`${each('oddly')}?$count=true&$skip=1&$compute=howMany%20add%201%20as%20more`);
      expect([counted.json['@odata.count'], counted.value.length]).toEqual([all.length, all.length - 1]);
      expect(counted.value.filter((one) => one === null)).toEqual(wanted.slice(1).filter((one) => one === null));
      const few = await post(encodeURI(`${some}/$each/oddly?$filter=howMany gt 0`));
      expect(few.value).toEqual(wanted.filter((one) => one !== null));
      const omitted = await post(each('oddly'), undefined, { Prefer: 'omit-values=nulls' });
      expect(omitted.value.filter((one) => one === null)).toEqual(wanted.filter((one) => one === null));
    });

    it('[296] a primitive value is an object with the member value, as it is alone', async () => {
      const sizes = (await journals()).map(({ code }) => String(code).length);
      const answer = await post(each('size'));
      expect([context(answer), answer.value]).toEqual([
        '#Collection(Edm.Int32)',
        sizes.map((value) => (value % 2 === 0 ? null : { value })),
      ]);
      const nulls = await post(withOptions(each('size'), { $filter: '$it eq null' }));
      expect([sizes.some((value) => value % 2 === 0), nulls.value]).toEqual([
        true,
        sizes.flatMap((value) => (value % 2 === 0 ? [null] : [])),
      ]);
      const full = await post(each('size'), undefined, { Accept: 'application/json;odata.metadata=full' });
      expect(full.value).toEqual(sizes.map((value) => (value % 2 === 0 ? null : { '@odata.type': '#Int32', value })));
      expect(full.text).not.toContain('Edm.Int32"');
    });

    it('[296] a collection comes for each member, in the order of their keys', async () => {
      const all = await service.sql(
        `SELECT j.id AS journal, j.code, p.line_number AS line, p.amount::float8 AS amount, c.number
          FROM customer_payment_journals j LEFT JOIN customer_payments p ON p.journal_id = j.id LEFT JOIN customers c ON c.id = p.customer_id
          WHERE j.company_id = (SELECT id FROM companies ORDER BY name LIMIT 1) AND j.code <> 'CASHRCPT'
          ORDER BY j.id, p.amount, p.line_number`,
      );
      const by = <T>(rows: readonly Record<string, unknown>[], make: (row: Record<string, unknown>) => T): T[][] =>
        [...new Set(all.map(({ journal: id }) => id))].map((id) =>
          rows.flatMap((row) => (row['journal'] === id && row['line'] !== null ? [make(row)] : [])),
        );
      const amounts = by(all, ({ code, line, amount }) => ({ what: code, howMany: line, share: amount }));
      const payers = by(all, (row) => row['number']).map((list) =>
        [...new Set(list)].filter((one) => one !== null).sort(),
      );
      expect([amounts, payers].every((lists) => lists.some(({ length }) => length > 1))).toBe(true);
      const values = ({ value }: Answer): unknown[] => value.map((one) => one['value']);
      const shown = await post(each('amounts'));
      expect([shown.status, context(shown)]).toEqual([200, '#Collection(Collection(Microsoft.NAV.counted))']);
      expect(values(shown)).toEqual(amounts);
      const few = await post(
        withOptions(each('amounts'), {
          $filter: '$it/any(a:a/share lt -1000)',
          $orderby: '$it/$count desc',
          $top: '1',
          $count: 'true',
        }),
      );
      const some = amounts.filter((list) => list.some(({ share }) => Number(share) < -1000));
      expect([few.json['@odata.count'], values(few)]).toEqual([
        some.length,
        [some.sort((a, b) => b.length - a.length)[0]],
      ]);
      const people = await post(each('payers'));
      expect([people.status, context(people)]).toEqual([200, '#Collection(Collection(Microsoft.NAV.customer))']);
      expect(people.value.map((one) => (one['value'] as Json[]).map(({ number }) => number))).toEqual(payers);
      expect(new Set(people.value.map((one) => one['@odata.context']))).toEqual(new Set(['#customers']));
      const empty = await post(each('customersNear'));
      expect(values(empty)).toEqual(payers.map(() => []));
      expect((await post(each('payers'), undefined, { Prefer: 'return=minimal' })).status).toBe(204);
    });

    it('[296] entities of another company are found there, where the path leads to that', async () => {
      const rows = await service.sql(
        `SELECT j.company_id AS company, j.id AS journal, c.number FROM customer_payment_journals j
          JOIN customer_payments p ON p.journal_id = j.id JOIN customers c ON c.id = p.customer_id
          WHERE j.company_id <> (SELECT id FROM companies ORDER BY name LIMIT 1) GROUP BY 1, 2, 3 ORDER BY 3`,
      );
      const numbers = rows.map(({ number }) => number);
      expect([numbers.length > 0, new Set(rows.map(({ journal: of }) => of)).size]).toEqual([true, 1]);
      const journalsThere = `companies(${String(rows[0]?.['company'])})/customerPaymentJournals`;
      const [all, one] = await Promise.all([
        post(`${journalsThere}/$each/payers`),
        post(`${journalsThere}(${String(rows[0]?.['journal'])})/payers`),
      ]);
      const told = (list: unknown): unknown => (list as Json[]).map(({ number }) => number);
      expect([all.value.map(({ value }) => told(value)), told(one.value)]).toEqual([[numbers], numbers]);
    });

    it('[296] without a result 204', async () => {
      expect((await post(each('touch'))).status).toBe(204);
      expect((await post(encodeURI(`${some}/$each/touch`))).status).toBe(204);
    });

    it('[296] one entity of a part of a collection is found there, or not at all', async () => {
      const [first] = await journals();
      const [other] = await service.sql("SELECT id FROM customer_payment_journals WHERE code = 'CASHRCPT' LIMIT 1");
      const path = (id: unknown): string => encodeURI(`${some}(${String(id)})/Microsoft.NAV.mark`);
      expect((await post(path(first?.['id']), {})).json).toMatchObject({ what: first?.['code'] });
      expect((await post(path(other?.['id']), {})).status).toBe(404);
    });

    it.each([
      ['POST', each('nothing'), 404],
      ['POST', `${each('touch')}/code`, 404],
      ['POST', encodeURI(`${some}/$each/code`), 404],
      ['GET', encodeURI(`${some}/$each/code`), 404],
      ['GET', each('touch'), 405],
      ['POST', `${each('mark')}?$select=nothing`, 400],
      ['POST', `${each('payers')}?$select=number`, 400],
      ['POST', `${each('payers')}?$skiptoken=x`, 400],
      ['POST', `${each('payers')}?$filter=number%20eq%20'x'`, 400],
      ['POST', encodeURI('customerPaymentJournals/$each/customerPayments/$each/remark'), 404],
    ])('%s %s: %i', async (method, path, status) => {
      expect((await service.send(method, path, { 'Content-Type': 'application/json' })).status).toBe(status);
    });
  });

  describe('functions of each member of a collection', () => {
    type Rows = readonly Json[];
    const id = ({ id: value }: Json): string => String(value);
    const number = (value: unknown): number => (typeof value === 'number' ? value : -Infinity);
    /** The largest first; of equal members the one with the larger id. */
    const sorted = (members: Rows, by: (row: Json) => number): Rows =>
      [...members].sort((a, b) => by(b) - by(a) || (id(a) < id(b) ? 1 : -1));
    const bare = (rows: Rows): Rows =>
      rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.includes('@odata'))));
    /** What the functions give, from all rows of the sets: by the member, in the order of the members. */
    const witness = async () => {
      const invoices = bare(await service.all('salesInvoices'));
      const customers = bare(await service.all('customers'));
      const payments = bare(await service.all(`${bank}/customerPayments`));
      const one = (rows: Rows, wanted: unknown): Json | null => rows.find((row) => row['id'] === wanted) ?? null;
      const owedBy = (customer: Json): Rows => invoices.filter((row) => row['customerId'] === customer['id']);
      const open = (customer: Json): Rows => owedBy(customer).filter(({ status }) => status === 'Open');
      return { invoices, customers, payments, one, owedBy, open };
    };
    const bank = "customerPaymentJournals(code='BANK-DK')";

    it('[87, 290] collections of rows that $compute names go out, are asked for and aggregated for each row', async () => {
      const { customers, invoices, open, owedBy } = await witness();
      const told =
        (over: number) =>
        (row: Json): Rows =>
          open(row)
            .filter(({ remainingAmount }) => Number(remainingAmount) >= over)
            .map((invoice) => ({
              what: invoice['number'] as string,
              howMany: 1,
              share: invoice['remainingAmount'] as number,
            }));
      const sum = (rows: Rows): number =>
        Number(rows.reduce((all, { share }) => all + decimal(String(share)), 0n)) / 1e5;
      const debts = 'compute(debts(from=1) as d)';
      const owed = 'compute(customer/salesInvoices/owedOfEach() as d)';
      const owing = customers.filter((row) => told(1)(row).length > 0);
      const all = customers.flatMap(told(1));
      const byCustomer = invoices.flatMap(({ customerId }) => told(1)({ id: customerId }));
      const owedByEach = invoices.flatMap((invoice) =>
        owedBy({ id: invoice['customerId'] }).map((row) => ({ share: row['remainingAmount'] as number })),
      );
      const positive = invoices.filter((row) => Number(row['totalAmountIncludingTax']) > 0);
      const twice = sum(
        [...invoices, ...positive].flatMap((invoice) =>
          owedBy({ id: invoice['customerId'] }).map((row) => ({ share: row['remainingAmount'] as number })),
        ),
      );
      const cases: readonly (readonly [path: string, expected: Rows])[] = [
        ['customers?$compute=debts(from=1) as d&$select=d', customers.map((row) => ({ d: told(1)(row) }))],
        [
          'customers?$compute=debts(from=1)/$filter(share gt 500) as d&$filter=d/any()&$select=d($select=what;$top=1;$orderby=share desc)',
          customers.flatMap((row) => {
            const [largest] = [...told(500.000001)(row)].sort((a, b) => Number(b['share']) - Number(a['share']));
            return largest ? [{ d: [{ what: largest['what'] as string }] }] : [];
          }),
        ],
        [
          `customers?$compute=debts(from=1)('${String(all[0]?.['what'])}') as d,d/share as s&$filter=d ne null and isof(d,Microsoft.NAV.counted)&$select=d,s`,
          all
            .slice(0, 1)
            .map((d) => ({ s: d['share'] as number, d: { '@odata.type': '#Microsoft.NAV.counted', ...d } })),
        ],
        [
          `customers?$compute=debts(from=1)('${String(all[0]?.['what'])}') as d&$filter=d eq null&$select=d/what`,
          customers.slice(1).map(() => ({ d: null })),
        ],
        [
          `customers?$compute=concat(debts(from=1),[{"@odata.type":"Microsoft.NAV.counted","what":number,"howMany":2,"share":0.5}]) as d,length(d) as n&$select=d($filter=howMany gt 1),n`,
          customers.map((row) => ({
            d: [{ what: row['number'] as string, howMany: 2, share: 0.5 }],
            n: told(1)(row).length + 1,
          })),
        ],
        [
          `customers?$apply=compute(concat(debts(from=1),debts(from=1)) as d)/aggregate(d/share with sum as s,d/$count as n)`,
          [{ s: sum([...all, ...all]), n: 2 * all.length }],
        ],
        [`customers?$apply=${debts}/aggregate(d/share with sum as s,d/$count as n)`, [{ s: sum(all), n: all.length }]],
        [
          `customers?$apply=${debts}/filter(d/any())/groupby((number),aggregate(d/share with sum as s,d/howMany with sum as n))`,
          owing.map((row) => ({ number: row['number'] as string, s: sum(told(1)(row)), n: told(1)(row).length })),
        ],
        [
          'salesInvoices?$apply=compute(customer/debts(from=1) as d)/aggregate(d/share with sum as s)',
          [{ s: sum(byCustomer) }],
        ],
        [
          'customers?$apply=join(salesInvoices as i,compute(customer/debts(from=1) as d))/aggregate(i/d/share with sum as s)',
          [{ s: sum(byCustomer) }],
        ],
        [
          `customers?$apply=concat(${debts},aggregate($count as n))/aggregate(d/share with sum as s,d/$count as k)`,
          [{ s: sum(all), k: all.length }],
        ],
        // Nothing tells the rows of these apart: each invoice has those of its customer, and they are there once for each invoice.
        [
          'customers?$apply=join(salesInvoices as i,compute(customer/salesInvoices/owedOfEach() as d))/aggregate(i/d/share with sum as s,i/d/$count as n)',
          [{ s: sum(owedByEach), n: owedByEach.length }],
        ],
        [
          `salesInvoices?$apply=concat(${owed},filter(totalAmountIncludingTax gt 0)/${owed})/groupby((customer/number),aggregate(d/share with sum as s))/aggregate(s with sum as s,$count as n)`,
          [{ s: twice, n: new Set(invoices.map(({ customerId }) => customerId)).size }],
        ],
      ];
      for (const [path, expected] of cases) {
        const { status, value } = await service.get(encodeURI(path));
        expect([path, status, bare(value)]).toEqual([path, 200, expected]);
      }
      const asOf = '2026-03-31';
      const companies = await service.all(
        encodeURI(`companies?$compute=$it/agedReceivables(asOf=${asOf}) as debtors&$select=id,debtors`),
      );
      expect(companies.length).toBeGreaterThan(1);
      for (const { id: company, debtors } of companies)
        expect(debtors).toEqual(
          bare((await service.get(`companies(${String(company)})/agedReceivables(asOf=${asOf})`)).value),
        );
    });

    it('[290] a key in the definition of a function picks what each member has', async () => {
      const { customers, invoices } = await witness();
      const [invoice] = invoices.filter(({ status }) => status === 'Open');
      const called = (name: string): string => `customers/$each/${name}(number='${String(invoice?.['number'])}')`;
      for (const name of ['numbered', 'openNumbered']) {
        const { value } = await service.get(called(name));
        expect(bare(value.map((row) => row ?? { none: true }))).toEqual(
          customers.map(({ id }) => (id === invoice?.['customerId'] ? invoice : { none: true })),
        );
      }
      const besides = await service.get(called('besides'));
      expect(besides.value.map(({ value }) => ({ value: bare(value as Json[]) }))).toEqual(
        customers.map(({ id }) => ({
          value: invoices.filter(
            (row) =>
              row['status'] === 'Open' && [id, invoice?.['customerId']].every((one) => one === row['customerId']),
          ),
        })),
      );
    });

    it('[290] a single value comes for each member, a null where it has none', async () => {
      const { invoices, customers, payments, one, owedBy, open } = await witness();
      const settled = payments.map((row) => one(invoices, row['appliesToInvoiceId']));
      const few = settled.filter((row) => row && Number(row['remainingAmount']) > 100);
      expect([settled.includes(null), settled.some((row) => row !== null), few.length > 0]).toEqual([true, true, true]);
      const debt = customers.map((row) =>
        open(row).length === 0 ? null : { what: row['number'], howMany: open(row).length, share: null },
      );
      const owes = customers.map((row) => {
        const rest = owedBy(row).reduce((sum, invoice) => sum + decimal(String(invoice['remainingAmount'])), -100000n);
        return owedBy(row).length === 0 ? null : { value: Number(rest) / 1e5 };
      });
      expect([debt.includes(null), owes.includes(null)]).toEqual([true, true]);
      const payers = invoices.map((row) => one(customers, row['customerId']));
      const wrapped = (value: unknown): Json | null => (value === null || value === undefined ? null : { value });
      const [picked] = invoices.filter(({ status }) => status === 'Open');
      const owner = customers.map((row) => (picked && row['id'] === picked['customerId'] ? picked : null));
      const key = String(picked?.['id']);
      const settlers = settled.map((row) => row && one(customers, row['customerId']));
      const behind: readonly (readonly [string, Record<string, string>, readonly (Json | null)[], string])[] = [
        [
          'salesInvoices/$each/payer()/number',
          {},
          payers.map((row) => wrapped(row?.['number'])),
          '#Collection(Edm.String)',
        ],
        [
          'salesInvoices/$each/payer()/balance',
          {
            $filter: 'value gt 1000',
            $orderby: 'value desc',
            $compute: 'value mul 2 as twice',
            $select: 'twice,value',
          },
          sorted(
            invoices.filter((row) => number(one(customers, row['customerId'])?.['balance']) > 1000),
            (row) => number(one(customers, row['customerId'])?.['balance']),
          ).map((row) => {
            const value = Number(one(customers, row['customerId'])?.['balance']);
            return { value, twice: Math.round(value * 200) / 100 };
          }),
          '#Collection(Edm.Decimal)(twice,value)',
        ],
        [
          'salesInvoices/$each/payer()/balance',
          { $filter: '$it gt 1000 and isof($it,Edm.Decimal)', $orderby: '$it desc' },
          sorted(
            invoices.filter((row) => number(one(customers, row['customerId'])?.['balance']) > 1000),
            (row) => number(one(customers, row['customerId'])?.['balance']),
          ).map((row) => wrapped(one(customers, row['customerId'])?.['balance'])),
          '#Collection(Edm.Decimal)',
        ],
        [
          `${bank}/customerPayments/$each/settled()/status`,
          { $filter: "$it eq null or $it ne 'Paid'" },
          settled.filter((row) => row?.['status'] !== 'Paid').map((row) => wrapped(row?.['status'])),
          '#Collection(Microsoft.NAV.salesInvoiceStatus)',
        ],
        [
          'salesInvoices/$each/payer()/address',
          { $filter: 'isof($it,Microsoft.NAV.postalAddress) and $it eq $root/first/address' },
          payers
            .map((row) => row?.['address'] as Json)
            .filter(
              (address) =>
                JSON.stringify(address) === JSON.stringify(one(customers, singletons[0]?.key.id)?.['address']),
            ),
          '#Collection(Microsoft.NAV.postalAddress)',
        ],
        [
          'salesInvoices/$each/Microsoft.NAV.payer/address',
          {},
          payers.map((row) => (row?.['address'] ?? null) as Json | null),
          '#Collection(Microsoft.NAV.postalAddress)',
        ],
        [
          'salesInvoices/$each/payer()/address',
          { $filter: 'city ne null', $select: 'city', $orderby: "city eq 'x'" },
          [
            ...sorted(
              invoices.filter((row) => (one(customers, row['customerId'])?.['address'] as Json | null)?.['city']),
              () => 0,
            ),
          ]
            .reverse()
            .map((row) => ({ city: (one(customers, row['customerId'])?.['address'] as Json)['city'] })),
          '#Collection(Microsoft.NAV.postalAddress)(city)',
        ],
        [
          'salesInvoices/$each/payer()/address/city',
          {},
          payers.map((row) => wrapped((row?.['address'] as Json | null)?.['city'])),
          '#Collection(Edm.String)',
        ],
        [
          `${bank}/customerPayments/$each/settled()/remainingAmount`,
          {},
          settled.map((row) => wrapped(row?.['remainingAmount'])),
          '#Collection(Edm.Decimal)',
        ],
        [`${bank}/customerPayments/$each/settled()/customer`, {}, settlers, '#customers'],
        [
          `${bank}/customerPayments/$each/settled()/payer()`,
          { $select: 'number' },
          settlers.map((row) => row && { number: row['number'] }),
          '#customers(number)',
        ],
        [
          `${bank}/customerPayments/$each/settled()/payer()/number`,
          {},
          settlers.map((row) => wrapped(row?.['number'])),
          '#Collection(Edm.String)',
        ],
        ['customers/$each/debt()/howMany', {}, debt.map((row) => wrapped(row?.howMany)), '#Collection(Edm.Int32)'],
        [`customers/$each/openInvoices()(${key})`, {}, owner, '#salesInvoices'],
        [`customers/$each/openInvoices()/${key}`, {}, owner, '#salesInvoices'],
        [
          `customers/$each/openInvoices()(number=@n)`,
          { '@n': `'${String(picked?.['number'])}'` },
          owner,
          '#salesInvoices',
        ],
        [
          `customers/$each/openInvoices()/$filter(remainingAmount gt 0)(${key})/number`,
          {},
          owner.map((row) => wrapped(row?.['number'])),
          '#Collection(Edm.String)',
        ],
        [
          `customers/$each/openInvoices()(${key})/customer`,
          { $filter: '$it/number ne null' },
          customers.filter((_, index) => owner[index] !== null),
          '#customers',
        ],
        [
          `customers/$each/openInvoices()(${key})/payer()/number`,
          {},
          customers.map((row, index) => (owner[index] ? { value: row['number'] } : null)),
          '#Collection(Edm.String)',
        ],
      ];
      const cases: readonly (readonly [string, Record<string, string>, readonly (Json | null)[], string])[] = [
        ['salesInvoices/$each/payer()', {}, invoices.map((row) => one(customers, row['customerId'])), '#customers'],
        [
          "salesInvoices/$filter(status eq 'Draft')/$each/Microsoft.NAV.payer",
          {},
          invoices.filter(({ status }) => status === 'Draft').map((row) => one(customers, row['customerId'])),
          '#customers',
        ],
        [`${bank}/customerPayments/$each/settled()`, {}, settled, '#salesInvoices'],
        [
          `${bank}/customerPayments/$each/settled()`,
          { $filter: '$it/remainingAmount gt 100', $select: 'number', $skip: '1', $top: '2' },
          few.slice(1, 3).map((row) => ({ number: row?.['number'] })),
          '#salesInvoices(number)',
        ],
        [
          `${bank}/customerPayments/$each/settled()`,
          { $select: 'number', $orderby: 'remainingAmount desc', $expand: 'customer($select=number)' },
          sorted(payments, (row) => number(one(invoices, row['appliesToInvoiceId'])?.['remainingAmount']))
            .map((row) => one(invoices, row['appliesToInvoiceId']))
            .map(
              (row) =>
                row && { number: row['number'], customer: { number: one(customers, row['customerId'])?.['number'] } },
            ),
          '#salesInvoices(number,customer(number))',
        ],
        ['customers/$each/debt()', {}, debt, '#Collection(Microsoft.NAV.counted)'],
        [
          'customers/$each/debt()',
          { $filter: 'howMany gt 1', $compute: 'howMany mul 2 as twice', $select: 'what,twice' },
          debt.flatMap((row) => (row && row.howMany > 1 ? [{ what: row.what, twice: row.howMany * 2 }] : [])),
          '#Collection(Microsoft.NAV.counted)(what,twice)',
        ],
        ['customers/$each/owes(beyond=1)', {}, owes, '#Collection(Edm.Decimal)'],
        [
          'customers/$each/owes(beyond=@b)',
          { '@b': '1', $filter: 'value gt 100' },
          owes.filter((row) => row && row.value > 100),
          '#Collection(Edm.Decimal)',
        ],
        ...(
          [
            ['$it ne null', (row) => row !== null],
            ['$it eq null', (row) => row === null],
            ['$it gt 100 or isof($it,Edm.Int32)', (row) => row !== null && row.value > 100],
          ] as const satisfies readonly (readonly [string, (row: (typeof owes)[number]) => boolean])[]
        ).map(
          ([$filter, isMeant]) =>
            ['customers/$each/owes(beyond=1)', { $filter }, owes.filter(isMeant), '#Collection(Edm.Decimal)'] as const,
        ),
        [
          'customers/$each/owes(beyond=1)',
          { $filter: '$it gt 100', $orderby: '$it desc' },
          sorted(
            owes.flatMap((row) => (row && row.value > 100 ? [row] : [])),
            (row) => Number(row['value']),
          ),
          '#Collection(Edm.Decimal)',
        ],
        ...behind,
      ];
      const shown = (row: unknown): unknown =>
        typeof row === 'object' && row !== null
          ? Object.fromEntries(
              Object.entries(row).flatMap(([name, value]) => (name.includes('@odata') ? [] : [[name, shown(value)]])),
            )
          : row;
      for (const [path, options, expected, fragment] of cases) {
        const url = withOptions(encodeURI(path), options);
        const answer = await service.get(url);
        expect([url, answer.status, answer.value.map(shown)]).toEqual([url, 200, expected]);
        expect(context(answer)).toBe(fragment);
        const counted = await service.get(withOptions(encodeURI(path), { ...options, $count: 'true' }));
        const { $top: _top, $skip: _skip, ...rest } = options;
        const all = '$top' in options ? few.length : expected.length;
        expect([url, counted.json['@odata.count']]).toEqual([url, all]);
        const { $orderby: _orderby, $select: _select, $expand: _expand, $compute: _compute, ...only } = rest;
        expect((await service.get(withOptions(encodeURI(`${path}/$count`), only))).text).toBe(String(all));
        const paged = await service.all(url, { Prefer: 'maxpagesize=3' });
        expect([url, paged.map(shown)]).toEqual([url, expected]);
      }
      const full = { Accept: 'application/json;odata.metadata=full' };
      const typed = await service.get('customers/$each/owes(beyond=1)', full);
      expect(typed.text).not.toContain('#Microsoft.NAV.Edm');
      expect(typed.value).toEqual(owes.map((row) => row && { '@odata.type': '#Decimal', ...row }));
      const ids = (await service.get('salesInvoices/$each/payer()?$top=5', full)).value.map((row) => row['@odata.id']);
      expect(ids).toEqual(invoices.slice(0, 5).map((row) => `customers(${String(row['customerId'])})`));
      const links = await service.get(encodeURI(`${bank}/customerPayments/$each/settled()/$ref`));
      expect(links.value).toEqual(settled.map((row) => row && { '@odata.id': `salesInvoices(${id(row)})` }));
    });

    it('[290] a collection comes for each member, as an object that holds it', async () => {
      const { invoices, customers, payments, owedBy, open } = await witness();
      const sum = (rows: Rows): number => rows.reduce((total, row) => total + Number(row['remainingAmount']), 0);
      const over = (from: number) => (customer: Json) =>
        owedBy(customer).filter((row) => Number(row['remainingAmount']) >= from);
      const told = (row: Json): Json => ({ what: row['number'], howMany: 1, share: row['remainingAmount'] });
      const invoicesOf = customers.map(open);
      expect(invoicesOf.filter(({ length }) => length > 1).length).toBeGreaterThan(0);
      const cases: readonly (readonly [string, Record<string, string>, readonly Rows[], string])[] = [
        ['customers/$each/openInvoices()', {}, invoicesOf, 'Microsoft.NAV.salesInvoice'],
        [
          "customers/$filter(number lt 'C00004')/$each/Microsoft.NAV.openInvoices",
          { $skip: '1', $top: '3' },
          customers
            .filter((row) => String(row['number']) < 'C00004')
            .map(open)
            .slice(1, 4),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'customers/$each/openInvoices()',
          { $filter: '$it/$count gt 1 and $it/any(i:i/remainingAmount gt 400)' },
          invoicesOf.filter((rows) => rows.length > 1 && rows.some((row) => Number(row['remainingAmount']) > 400)),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'customers/$each/openInvoices()',
          { $filter: '$it/any(x:$it/any(y:y/remainingAmount gt x/remainingAmount))' },
          invoicesOf.filter((rows) => new Set(rows.map((row) => row['remainingAmount'])).size > 1),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'customers/$each/openInvoices()',
          { $filter: '$it/any()', $orderby: '$it/aggregate(remainingAmount with sum) desc' },
          sorted(
            customers.filter((row) => open(row).length > 0),
            (row) => sum(open(row)),
          ).map(open),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'customers/$each/openInvoices()/$filter(remainingAmount gt 400)',
          { $filter: '$it/any(x:$it/any(y:y/number ne x/number))' },
          invoicesOf
            .map((rows) => rows.filter((row) => Number(row['remainingAmount']) > 400))
            .filter(({ length }) => length > 1),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'salesInvoices/$each/payer()/openInvoices()',
          {},
          invoices.map((row) => open({ id: row['customerId'] })),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'salesInvoices/$each/payer()/salesInvoices/$filter($it/remainingAmount gt 400)',
          { $orderby: '$it/$count desc' },
          sorted(invoices, (row) => over(400.000001)({ id: row['customerId'] }).length).map((row) =>
            over(400.000001)({ id: row['customerId'] }),
          ),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          'salesInvoices/$each/payer()/debts(from=100.5)',
          {},
          invoices.map((row) => over(100.5)({ id: row['customerId'] }).map(told)),
          'Microsoft.NAV.counted',
        ],
        [
          'customers/$each/debts(from=100.5)',
          {},
          customers.map(over(100.5)).map((rows) => rows.map(told)),
          'Microsoft.NAV.counted',
        ],
        [
          'customers/$each/debts(from=@f)',
          { '@f': '100', $filter: "$it/all(d:d/what ne 'INV-000002')", $orderby: '$it/$count desc' },
          sorted(
            customers.filter((row) => over(100)(row).every((invoice) => invoice['number'] !== 'INV-000002')),
            (row) => over(100)(row).length,
          ).map((row) => over(100)(row).map(told)),
          'Microsoft.NAV.counted',
        ],
        [
          'salesInvoices/$each/openOfPayer()',
          { $filter: '$it/$count gt 1' },
          invoices.map((row) => open({ id: row['customerId'] })).filter(({ length }) => length > 1),
          'Microsoft.NAV.salesInvoice',
        ],
        [
          "customerPaymentJournals/$filter(code eq 'BANK-DK')/$each/lines()",
          {},
          [payments],
          'Microsoft.NAV.customerPayment',
        ],
      ];
      for (const [path, options, expected, type] of cases) {
        const url = withOptions(encodeURI(path), options);
        const answer = await service.get(url);
        expect([url, answer.status, context(answer)]).toEqual([url, 200, `#Collection(Collection(${type}))`]);
        const shown = (all: Rows): readonly Rows[] => all.map((one) => bare(one['value'] as Rows));
        expect(shown(answer.value)).toEqual(expected);
        for (const one of answer.value)
          expect(one).toEqual({
            ...(type.endsWith('salesInvoice') && { '@odata.context': '#salesInvoices' }),
            value: one['value'],
          });
        expect(await everything(url)).toEqual(expected);
        if ('$top' in options) continue;
        const counted = await service.get(withOptions(encodeURI(path), { ...options, $count: 'true', $top: '0' }));
        const { $orderby: _, ...only } = options;
        const number = await service.get(withOptions(encodeURI(`${path}/$count`), only));
        expect([url, counted.json['@odata.count'], number.text]).toEqual([
          url,
          expected.length,
          String(expected.length),
        ]);
      }
    });

    /** What an answer holds, with all that links to further pages lead to; collections as they are, without the objects around them. */
    const everything = async (path: string): Promise<readonly unknown[]> => {
      const first = await service.get(path, { Prefer: 'maxpagesize=2' });
      expect([path, first.status, first.value.length <= 2]).toEqual([path, 200, true]);
      return listed(first.json);
    };
    const listed = async ({ value, '@odata.nextLink': next }: Json): Promise<readonly unknown[]> => {
      const items: unknown[] = [];
      for (const item of value as Rows)
        items.push(Array.isArray(item?.['value']) ? await listed(item) : item && plain(item));
      return typeof next === 'string' ? [...items, ...(await everything(next))] : items;
    };
    const plain = (row: Json): Json | undefined => bare([row])[0];

    it('[290] /$each goes on behind a collection for each member: results within results', async () => {
      const { invoices, customers, one, owedBy, open } = await witness();
      const payer = (row: Json | null): Json | null => row && one(customers, row['customerId']);
      const journals = await service.all('customerPaymentJournals');
      const lines: Rows[] = [];
      for (const journal of journals)
        lines.push(bare(await service.all(`customerPaymentJournals(${id(journal)})/customerPayments`)));
      const settled = lines.map((rows) => rows.map((row) => one(invoices, row['appliesToInvoiceId'])));
      expect([settled.flat().includes(null), settled.some(({ length }) => length > 2)]).toEqual([true, true]);
      const numbers = settled.map((rows) => rows.map((row) => row && { value: row['number'] }));
      const told = ({ number: what, remainingAmount: share }: Json): Json => ({ what, howMany: 1, share });
      const owed = (rows: Rows): Rows =>
        rows.map(told).sort((a, b) => (String(a['what']) < String(b['what']) ? -1 : 1));
      const [picked] = invoices.filter(({ status }) => status === 'Open');
      const cases: readonly (readonly [string, Record<string, string>, readonly unknown[], string])[] = [
        ['customers/$each/openInvoices()/$each', {}, customers.map(open), 'Collection(Microsoft.NAV.salesInvoice)'],
        [
          'customers/$each/openInvoices()/$each/payer()',
          { $orderby: '$it/$count desc' },
          sorted(customers, (row) => open(row).length).map((row) => open(row).map(() => row)),
          'Collection(Microsoft.NAV.customer)',
        ],
        [
          'customers/$each/openInvoices()/$each/payer()/openInvoices()',
          { $top: '7' },
          customers.slice(0, 7).map((row) => open(row).map(() => open(row))),
          'Collection(Collection(Microsoft.NAV.salesInvoice))',
        ],
        ...['$it/$count gt 2', '@many', 'not ($it/$count lt 3)'].map(
          ($filter) =>
            [
              'customers/$each/openInvoices()/$each/payer()/openInvoices()',
              { $filter, $orderby: '$it/$count desc', $top: '3', '@many': '$it/$count gt 2' },
              sorted(customers, (row) => open(row).length)
                .filter((row) => open(row).length > 2)
                .slice(0, 3)
                .map((row) => open(row).map(() => open(row))),
              'Collection(Collection(Microsoft.NAV.salesInvoice))',
            ] as const,
        ),
        [
          'customers/$each/openInvoices()/$each/payer()/openInvoices()',
          { $filter: 'not $it/any()' },
          customers.filter((row) => open(row).length === 0).map(() => []),
          'Collection(Collection(Microsoft.NAV.salesInvoice))',
        ],
        [
          'salesInvoices/$each/payer()/salesInvoices/$each/payer()/address/city',
          {},
          invoices.map((row) =>
            owedBy(payer(row) ?? {}).map((other) => {
              const value = (payer(other)?.['address'] as Json | null)?.['city'] ?? null;
              return value === null ? null : { value };
            }),
          ),
          'Collection(Edm.String)',
        ],
        [
          'customerPaymentJournals/$each/lines()/$each/settled()',
          { $filter: '$it/any(i:i eq null) and $it/any(i:i/remainingAmount gt 100)' },
          settled.filter(
            (rows) => rows.includes(null) && rows.some((row) => row && Number(row['remainingAmount']) > 100),
          ),
          'Collection(Microsoft.NAV.salesInvoice)',
        ],
        ['customerPaymentJournals/$each/lines()/$each/settled()/number', {}, numbers, 'Collection(Edm.String)'],
        [
          'customerPaymentJournals/$each/lines()/$each/settled()/number',
          { $filter: `$it/any(x:x eq 'INV-000001') or $it/$count eq 0` },
          numbers.filter((rows) => rows.length === 0 || rows.some((row) => row?.value === 'INV-000001')),
          'Collection(Edm.String)',
        ],
        [
          'customers/$each/openInvoices()/owedOfEach()',
          {},
          customers.map((row) => owed(open(row))),
          'Collection(Microsoft.NAV.counted)',
        ],
        [
          'salesInvoices/$each/payer()/salesInvoices/owedOfEach()/$filter(share gt 400)',
          { $filter: '$it/any()', $orderby: '$it/aggregate(share with sum) desc' },
          sorted(invoices, (row) => share(owedBy(payer(row) ?? {})))
            .map((row) => owed(owedBy(payer(row) ?? {})).filter((fact) => Number(fact['share']) > 400))
            .filter(({ length }) => length > 0),
          'Collection(Microsoft.NAV.counted)',
        ],
        [
          'salesInvoices/$each/payer()/salesInvoices/paid()',
          {},
          invoices.map((row) => owedBy(payer(row) ?? {}).filter(({ status }) => status === 'Paid')),
          'Collection(Microsoft.NAV.salesInvoice)',
        ],
        [
          `customers/$each/openInvoices()(${String(picked?.['id'])})/customer/salesInvoices`,
          { $filter: '$it/$count gt 0 or $it/any(i:i eq null)' },
          customers.filter((row) => row['id'] === picked?.['customerId']).map(owedBy),
          'Collection(Microsoft.NAV.salesInvoice)',
        ],
        [
          'customers/$each/second()/payer()/openInvoices()',
          {},
          customers.map((row) => (owedBy(row).some(({ number }) => number === 'INV-000002') ? open(row) : [])),
          'Collection(Microsoft.NAV.salesInvoice)',
        ],
      ];
      function share(rows: Rows): number {
        const large = rows.map((row) => Number(row['remainingAmount'])).filter((amount) => amount > 400);
        return large.reduce((sum, amount) => sum + amount, 0);
      }
      for (const [path, options, expected, type] of cases) {
        const url = withOptions(encodeURI(path), options);
        const answer = await service.get(url);
        expect([url, answer.status, context(answer)]).toEqual([url, 200, `#Collection(${type})`]);
        expect([url, await listed(answer.json)]).toEqual([url, expected]);
        expect([url, await everything(url)]).toEqual([url, expected]);
        const { $orderby: _, $top, ...only } = options;
        if ($top || path.endsWith('$each')) continue;
        const number = await service.get(withOptions(encodeURI(`${path}/$count`), only));
        expect([url, number.text]).toEqual([url, String(expected.length)]);
      }
      const second = await service.get("customers?$filter=second()/number%20eq%20'INV-000002'");
      expect(second.value.map(id)).toEqual(
        invoices.flatMap((row) => (row['number'] === 'INV-000002' ? [row['customerId']] : [])),
      );
    });

    it('[290] entities whose context tells no set have their ids', async () => {
      const [, other] = await service.all('companies');
      const company = `companies(${id(other ?? {})})`;
      const of = async (path: string): Promise<Rows> =>
        (await service.get(encodeURI(path))).value.flatMap((one) =>
          Array.isArray(one['value']) ? (one['value'] as Rows) : [one],
        );
      const payments = (await service.get(`${encodeURI(bank)}/customerPayments?$select=id,journalId`)).value;
      expect(await of("customerPaymentJournals/$filter(code eq 'BANK-DK')/$each/lines()")).toEqual(
        payments.map((row): unknown =>
          expect.objectContaining({
            '@odata.id': `customerPaymentJournals(${String(row['journalId'])})/customerPayments(${id(row)})`,
          }),
        ),
      );
      for (const path of [
        'customers/$each/openInvoices()',
        'customers/$each/openInvoices()/$each/payer()',
        'salesInvoices/$each/payer()',
      ]) {
        const rows = await of(`${company}/${path}`);
        expect([path, rows.length > 0]).toEqual([path, true]);
        const set = path.endsWith('payer()') ? 'customers' : 'salesInvoices';
        for (const row of rows) expect(row['@odata.id']).toBe(`${company}/${set}(${id(row)})`);
      }
      expect((await of('salesInvoices/$each/payer()')).filter((row) => '@odata.id' in row)).toEqual([]);
    });

    it('[290] collections within the answer have pages of their own, as each has alone', async () => {
      const { customers, invoices, open } = await witness();
      const most = customers.findIndex((row) => open(row).length > 3);
      const customer = customers[most] ?? {};
      const prefer = { Prefer: 'maxpagesize=2' };
      const only = `customers/$filter(id eq ${id(customer)})/$each`;
      const links = async (path: string, headers = {}): Promise<readonly unknown[]> =>
        (await service.get(path, { ...prefer, ...headers })).value.map(
          (one) => one['@odata.nextLink'] ?? one['@nextLink'],
        );
      for (const [path, alone] of [
        ['openInvoices()', 'openInvoices()'],
        [`openInvoices()/$filter(number ne ${encodeURIComponent("'x/y' and number ne ';#?%+é'")})`, undefined],
        ['debts(from=@f)?@f=0', 'debts(from=@f)?@f=0'],
        ['debts?from=0', 'debts?from=0'],
        ['openInvoices()/owedOfEach()?$format=json;odata.metadata=full', 'openInvoices()/owedOfEach()'],
      ] as const) {
        const [link] = await links(`${encodeURI(only)}/${path.replaceAll(' ', '%20')}`);
        expect([path, String(link)]).toEqual([
          path,
          expect.stringContaining(`${service.root}customers(${id(customer)})/`),
        ]);
        const read: unknown[] = [];
        for (let next: unknown = link; typeof next === 'string';) {
          const page = await service.get(next, prefer);
          expect([path, page.status]).toEqual([path, 200]);
          read.push(...page.value.map((row) => row['id'] ?? row['what']));
          next = page.nextLink;
        }
        const expected = (await service.get(encodeURI(`customers(${id(customer)})/${alone ?? 'openInvoices()'}`)))
          .value;
        expect([path, read]).toEqual([path, expected.slice(2).map((row) => row['id'] ?? row['what'])]);
      }
      const few = await service.get(encodeURI(`${only}/openInvoices()`), {
        Prefer: 'maxpagesize=2',
        'OData-MaxVersion': '4.01',
        Accept: 'application/json;metadata=none',
      });
      expect(Object.keys(few.value[0] ?? {})).toEqual(['value', '@nextLink']);
      // What stands within the results for one member goes on there.
      const [inner] = (await service.get(encodeURI(`${only}/openInvoices()/$each/payer()/openInvoices()`), prefer))
        .value;
      const within = (inner?.['value'] as Rows)[0];
      expect(String(within?.['@odata.nextLink']).slice(service.root.length)).toBe(
        `salesInvoices(${id(open(customer)[0] ?? {})})/payer()/openInvoices()?$skiptoken=${String(within?.['@odata.nextLink']).split('$skiptoken=')[1] ?? ''}`,
      );
      expect(await links('salesInvoices/$each/payer()/openInvoices()')).toHaveLength(2);
      expect(invoices.length).toBeGreaterThan(2);
      // In a batch, of a query in a body, and without a body.
      const queried = await service.send(
        'POST',
        `${encodeURI(only)}/openInvoices()/$query`,
        { 'Content-Type': 'text/plain', ...prefer },
        '$count=true',
      );
      const direct = await service.get(`${encodeURI(only)}/openInvoices()?$count=true`, prefer);
      expect([queried.status, queried.json]).toEqual([200, direct.json]);
      const batch = await service.send(
        'POST',
        '$batch',
        { 'Content-Type': 'application/json' },
        JSON.stringify({
          requests: [
            {
              id: '1',
              method: 'GET',
              url: `${encodeURI(only)}/openInvoices()?$count=true`,
              headers: { prefer: 'maxpagesize=2' },
            },
          ],
        }),
      );
      expect((batch.json['responses'] as Rows)[0]?.['body']).toEqual(direct.json);
      const head = await service.send('HEAD', `${encodeURI(only)}/openInvoices()`);
      expect([head.status, head.text]).toEqual([200, '']);
    });

    describe('[290] $it is a collection of collections', () => {
      const amount = (row: Json): number => Number(row['remainingAmount']);
      const max = (rows: Rows): number => Math.max(...rows.map(amount), -Infinity);
      type Lists = readonly Rows[];
      const filters: readonly (readonly [
        filter: string,
        of: (lists: Lists) => boolean,
        options?: Record<string, string>,
      ])[] = [
        ['$it/any(x:x/$count gt 1)', (lists) => lists.some((rows) => rows.length > 1)],
        ['$it/any(x:x/any())', (lists) => lists.some((rows) => rows.length > 0)],
        ['$it/all(x:x/any())', (lists) => lists.every((rows) => rows.length > 0)],
        [
          '$it/any(x:not x/any()) and $it/any(x:x/any())',
          (lists) => new Set(lists.map((rows) => rows.length > 0)).size > 1,
        ],
        [
          '$it/any(x:x/any(i:i/remainingAmount gt 900))',
          (lists) => lists.some((rows) => rows.some((row) => amount(row) > 900)),
        ],
        [
          '$it/any(x:x/all(x:x/remainingAmount lt 900) and x/$count gt 1)',
          (lists) => lists.some((rows) => rows.length > 1 && rows.every((row) => amount(row) < 900)),
        ],
        ['$it/any(x:$it/any(y:x/$count gt y/$count))', (lists) => new Set(lists.map(({ length }) => length)).size > 1],
        [
          '$it/any(x:$it/any(y:x/any(i:y/any(j:i/remainingAmount gt j/remainingAmount and i/customerId ne j/customerId))))',
          (lists) =>
            lists.some((x) =>
              lists.some((y) =>
                x.some((i) => y.some((j) => amount(i) > amount(j) && i['customerId'] !== j['customerId'])),
              ),
            ),
        ],
        ['$it/any(x:x/aggregate(remainingAmount with max) gt 1000)', (lists) => lists.some((rows) => max(rows) > 1000)],
        ['@a', (lists) => lists.some((rows) => rows.length > 1), { '@a': '$it/any(x:@b gt 1)', '@b': 'x/$count' }],
        ['$it/$count($filter=$this/$count gt 1) gt 1', (lists) => lists.filter((rows) => rows.length > 1).length > 1],
        ['$it/$filter($this/any())/$count le 2', (lists) => lists.filter((rows) => rows.length > 0).length <= 2],
        ['$it/$filter($this/any())/all(x:x/$count gt 1)', (lists) => lists.every((rows) => rows.length !== 1)],
        [
          '$it/any(x:x/$filter(remainingAmount gt 500)/$count eq 1)',
          (lists) => lists.some((rows) => rows.filter((row) => amount(row) > 500).length === 1),
        ],
        ['length($it) gt 3 and $it ne null', (lists) => lists.length > 3],
        ['$it eq null', () => false],
        ['$it/any(x:length(x) eq 2)', (lists) => lists.some((rows) => rows.length === 2)],
        ['$it/any(x:x eq null or isof(x,Collection(Microsoft.NAV.salesInvoice)))', (lists) => lists.length > 0],
        [
          '$it/any(x:$it/any(y:hassubset(x,y) and x/$count gt y/$count and y/any()))',
          (lists) =>
            lists.some((x) =>
              lists.some(
                (y) => y.length > 0 && x.length > y.length && y.every((j) => x.some((i) => i['id'] === j['id'])),
              ),
            ),
        ],
        [
          '$it/any(x:x/any(i:i/customer/salesInvoices/$count gt x/$count))',
          (lists) => lists.some((rows) => rows.some((row) => bought(row['customerId']) > rows.length)),
        ],
        [
          '$root/salesInvoices/any(s:$it/any(x:s in x and s/remainingAmount gt 900))',
          (lists) => lists.some((rows) => rows.some((row) => amount(row) > 900)),
        ],
      ];
      let counts: ReadonlyMap<unknown, number>;
      const bought = (customer: unknown): number => counts.get(customer) ?? 0;

      it.each([
        'customers/$each/openInvoices()/$each/payer()/openInvoices()',
        'customerPaymentJournals/$each/lines()/$each/settled()/customer/openInvoices()',
        'customerPaymentJournals/$each/lines()/$each/settled()/payer()/openInvoices()',
        'salesInvoices/$each/payer()/salesInvoices/$each/payer()/second()/customer/openInvoices()',
        'customerPaymentJournals/$each/lines()/$each/settled()/payer()/second()/customer/salesInvoices',
      ])('%s', async (path) => {
        const { invoices } = await witness();
        counts = new Map(
          invoices.map(({ customerId }) => [
            customerId,
            invoices.filter((row) => row['customerId'] === customerId).length,
          ]),
        );
        const listsOf = (row: Json): Lists => (row['value'] as Rows).map(({ value }) => value as Rows);
        const all = await service.all(encodeURI(path));
        expect(all.some((row) => listsOf(row).length > 1)).toBe(true);
        const wrong: unknown[] = [];
        for (const [$filter, of, options = {}] of filters) {
          const answer = await service.get(withOptions(encodeURI(path), { $filter, ...options }));
          const [told, expected] = [bare(answer.value), bare(all.filter((row) => of(listsOf(row))))];
          if (answer.status !== 200 || JSON.stringify(told) !== JSON.stringify(expected))
            wrong.push([$filter, answer.status, answer.error.message, told.length, expected.length]);
        }
        expect(wrong).toEqual([]);
        const $orderby = '$it/$count($filter=$this/any()) desc,$it/$filter($this/$count gt 1)/$count';
        const rank = (row: Json, least: number): number => listsOf(row).filter(({ length }) => length > least).length;
        const ordered = await service.get(withOptions(encodeURI(path), { $orderby }));
        const ranks = ordered.value.map((row) => [-rank(row, 0), rank(row, 1)] as const);
        expect(ranks).toHaveLength(all.length);
        expect(ranks).toEqual([...ranks].sort(([a, b], [c, d]) => a - c || b - d));
      });

      it.each([
        ['$filter', '$it/any(x:x/number eq null)'],
        ['$filter', '$it/$count($search=x) gt 1'],
        ['$filter', '$it/number eq null'],
        ['$filter', '$it/any(x:x eq $it)'],
        ['$filter', '$it eq [[1]]'],
        ['$filter', '$it eq $it'],
        ['$filter', 'hassubset($it,$it)'],
        ['$filter', 'contains($it,$it)'],
        ['$filter', '$it/any(x:x in $it)'],
        ['$filter', '$it/@Core.Description eq null'],
        ['$filter', '$it/any(x:any(y:y))'],
        ['$filter', '$it/any(x:number eq null)'],
        ['$filter', 'concat($it,$it)/$count gt 1'],
        ['$filter', 'case(true:$it) eq null'],
        ['$filter', 'isof($it,Microsoft.NAV.customer) and $it in [1]'],
        ['$orderby', '$it'],
        ['$orderby', '$it/aggregate($count as n)'],
        ['$orderby', '$it/any(x:x)'],
      ])('%s=%s is 400', async (option, text) => {
        const answer = await service.get(
          withOptions(encodeURI('customers/$each/openInvoices()/$each/payer()/openInvoices()'), { [option]: text }),
        );
        expect([answer.status, answer.error.target, service.takeFailures()]).toEqual([400, option, []]);
      });
    });

    const nobody = 'customers(00000000-0000-4000-8000-000000000000)';
    it.each([
      ['GET', `${nobody}/salesInvoices/$each/payer()`, 404],
      ['GET', `${nobody}/salesInvoices/$each/payer()/$count`, 404],
      ['GET', 'customers/$each/openInvoices()/$ref', 404],
      ['GET', 'customers/$each/debt()/$ref', 404],
      ['GET', 'salesInvoices/$each/payer()/$value', 404],
      ['GET', 'customers/$each/openInvoices()/number', 404],
      ['GET', 'customers/$each/openInvoices()/0', 404],
      ['GET', 'customers/$each/openInvoices()(x=1)', 400],
      ['GET', `salesInvoices/$each/payer()(${nobody.slice(10, -1)})`, 400],
      ['GET', 'salesInvoices/$each/payer()/nothing', 404],
      ['GET', 'salesInvoices/$each/payer()/nothing()', 404],
      ['GET', 'salesInvoices/$each/payer()/$filter(true)', 404],
      ['GET', 'salesInvoices/$each/payer()/number/x', 404],
      ['GET', 'salesInvoices/$each/payer()/address/x', 404],
      ['GET', 'salesInvoices/$each/payer()/number/$value', 404],
      ['GET', 'salesInvoices/$each/payer()/number/$ref', 404],
      ['GET', 'salesInvoices/$each/payer()/number?$expand=salesInvoices', 400],
      ['GET', 'salesInvoices/$each/payer()/number?$filter=balance eq 1', 400],
      ['GET', 'customers/$each/owes(beyond=1)/value', 404],
      ['GET', 'customers/$each/openInvoices()/$each/number', 404],
      ['GET', 'customers/$each/openInvoices()/$each/$each', 400],
      ['GET', 'customers/$each/openInvoices()/$each/openInvoices()', 404],
      ['GET', 'customers/$each/openInvoices()/$each/$filter(true)', 400],
      ['GET', 'customers/$each/openInvoices()/$filter(@none)', 400],
      ['GET', 'customers/$each/openInvoices()/$filter(@some)?@some=null', 200],
      ['GET', 'customers/$each/salesIf(wanted=true)/$filter(@none)', 400],
      ['GET', 'salesInvoices/$each/payer()/$each', 404],
      ['GET', 'customers/$each/openInvoices()/$each/payer()/$ref', 404],
      ['GET', `salesInvoices${'/$each/payer()/salesInvoices'.repeat(10)}/$count`, 200],
      ['GET', `salesInvoices${'/$each/payer()/salesInvoices'.repeat(11)}`, 400],
      ['POST', 'customers/$each/openInvoices()/$each/payer()', 405],
      ['GET', 'customers/$each/openInvoices()/$each/payer()?$select=number', 400],
      ['PATCH', 'salesInvoices/$each/payer()/number', 405],
      ['POST', 'salesInvoices/$each/payer()/salesInvoices', 405],
      ['GET', 'customers/$each/openInvoices()?$select=number', 400],
      ['GET', "customers/$each/openInvoices()?$filter=number eq 'x'", 400],
      ['GET', 'customers/$each/openInvoices()/$count?$apply=aggregate($count as n)', 400],
      ['GET', 'customers/$each/openInvoices()/$count?$search=x', 400],
      ['GET', 'customers/$each/openInvoices()/$count?$compute=1 as n', 400],
      ['GET', 'customers/$each/openInvoices()/$count?$top=1&$orderby=$it/$count', 200],
      ['GET', 'customers/$each/openInvoices()?$filter=$it eq null', 200],
      ['GET', 'customers/$each/openInvoices()?$orderby=$it', 400],
      ['GET', 'customers/$each/openInvoices()?$filter=isof($it,Microsoft.NAV.customer)', 200],
      ['GET', 'customers/$each/invoicesOver()', 400],
      ['GET', "customers/$each/invoicesOver(amount='x')", 400],
      ['GET', 'customers/$each/paid()', 404],
      ['PATCH', 'salesInvoices/$each/payer()', 405],
      ['DELETE', 'salesInvoices/$each/payer()', 405],
      ['POST', 'customers/$each/openInvoices()', 405],
    ])('%s %s: %i', async (method, path, status) => {
      const answer = await service.send(method, encodeURI(path), { 'Content-Type': 'application/json' });
      expect([answer.status, service.takeFailures()]).toEqual([status, []]);
    });
  });

  describe('of the members of a collection', () => {
    const bank = "customerPaymentJournals(code='BANK-DK')/customerPayments";
    const payments = (): Promise<readonly Json[]> =>
      service.sql(
        `SELECT p.id, p.journal_id AS journal, p.line_number AS line, p.amount::float8 AS amount, p.comment, j.code, p.version::int
          FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id ORDER BY p.id`,
      );
    const url = (path: string): string => encodeURI(`${path}/Microsoft.NAV.remark`);

    it.each<[path: string, isMeant: (row: Json) => boolean]>([
      [bank, () => true],
      [`${bank}/$filter(amount lt -1000)`, ({ amount }) => Number(amount) < -1000],
      [
        `${bank}/$filter(amount lt -1000)/$filter(lineNumber gt 50000)`,
        ({ amount, line }) => Number(amount) < -1000 && Number(line) > 50000,
      ],
      [`${bank}/$filter(amount gt 100000000)`, () => false],
    ])('[296] it is done to the members of %s alone', async (path, isMeant) => {
      const before = await payments();
      const answer = await post(`${url(path)}?$select=comment&$orderby=lineNumber`, { text: 'Seen' });
      const told = ({ journal: id, line }: Json): string => `Seen of ${String(id)}: ${String(line)}`;
      const meant = before.filter((row) => row['code'] === 'BANK-DK' && isMeant(row));
      const inOrder = [...meant].sort((a, b) => Number(a['line']) - Number(b['line']));
      expect([answer.status, answer.value.map(({ comment }) => comment)]).toEqual([200, inOrder.map(told)]);
      expect(await payments()).toEqual(
        before.map((row) =>
          meant.includes(row) ? { ...row, comment: told(row), version: Number(row['version']) + 1 } : row,
        ),
      );
    });

    it('[255, 296] If-Match is that of the collection or of the members; nothing is done to a part by what is done to the whole', async () => {
      const part = `${bank}/$filter(amount lt -1000)`;
      const before = await payments();
      const meant = before.filter((row) => row['code'] === 'BANK-DK' && Number(row['amount']) < -1000);
      const tags = [...new Set(meant.map(({ version }) => `W/"${String(version)}"`))].join();
      for (const [tag, status] of [
        ['W/"stale"', 412],
        [tags, 200],
      ] as const)
        expect([tag, (await post(url(part), { text: 'Tagged' }, { 'If-Match': tag })).status]).toEqual([tag, status]);
      const after = (await payments()).filter(({ comment }) => String(comment).startsWith('Tagged'));
      expect(after.map(({ id }) => id)).toEqual(meant.map(({ id }) => id));
      const nobody = 'customerPaymentJournals(00000000-0000-4000-8000-000000000000)/customerPayments';
      expect((await post(url(`${nobody}/$filter(true)`), { text: 'x' })).status).toBe(404);
      const stamped = await post(encodeURI(`${part}/Microsoft.NAV.stamp`));
      expect([stamped.status, stamped.error.target]).toEqual([400, 'path/3']);
      expect((await service.get(url(part))).status).toBe(405);
      const later = await payments();
      expect((await post(encodeURI(`${part}/Microsoft.NAV.stamp`))).error.message).toMatch('whole collection');
      expect(await payments()).toEqual(later);
    });
  });

  it('[255, 292] on a contained collection it is done once for all who have seen the same of it', async () => {
    const path = onJournal('/customerPayments');
    const versions = () =>
      service.sql('SELECT version::int FROM customer_payments WHERE journal_id = $1 ORDER BY id', [journal['id']]);
    const before = await versions();
    expect(before.length).toBeGreaterThan(0);
    const modern = { 'OData-MaxVersion': '4.01' };
    const stamped = (headers: Record<string, string>): Promise<Answer> =>
      post(`${path}/Microsoft.NAV.stamp`, {}, headers);
    const tag = String((await service.get(path, { ...modern, Accept: 'application/json' })).headers['etag']);
    for (const stale of [{ 'If-Match': 'W/"1.1"' }, { 'If-None-Match': tag }, { 'If-None-Match': '*' }])
      expect([stale, (await stamped(stale)).status]).toEqual([stale, 412]);
    expect(await versions()).toEqual(before);
    const answers = await Promise.all(Array.from({ length: 8 }, () => stamped({ 'If-Match': tag })));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(7).fill(412)]);
    expect(await versions()).toEqual(before.map(({ version }) => ({ version: Number(version) + 1 })));
  });

  it('[292] an action that breaks leaves nothing behind', async () => {
    const before = await service.sql('SELECT * FROM customer_payment_journals WHERE id = $1', [journal['id']]);
    expect((await post(onJournal('/fail'))).status).toBe(500);
    expect(service.takeFailures()).toEqual(['the action breaks']);
    expect(await service.sql('SELECT * FROM customer_payment_journals WHERE id = $1', [journal['id']])).toEqual(before);
  });
});

describe('$metadata', () => {
  it('[49, 50] says every overload, its parameters and what it returns; the service document only what needs no parameter', async () => {
    const { text } = await service.get('$metadata');
    expect(text).toContain(
      '<Function Name="openInvoices" IsBound="true" IsComposable="true" EntitySetPath="bindingParameter/salesInvoices">',
    );
    for (const part of [
      '<Parameter Name="asOf" Type="Edm.Date" Nullable="false">',
      '<ReturnType Type="Collection(Microsoft.NAV.agedReceivable)" Nullable="false"/>',
      '<ReturnType Type="Collection(Microsoft.NAV.salesInvoice)"/>',
      '<FunctionImport Name="agedReceivables" Function="Microsoft.NAV.agedReceivables">',
      '<FunctionImport Name="today" Function="Microsoft.NAV.today" IncludeInServiceDocument="true"/>',
      '<ActionImport Name="dearest" Action="Microsoft.NAV.dearest" EntitySet="customers"/>',
      '<ComplexType Name="agedReceivable">',
    ])
      expect(text).toContain(part);
    expect(text.match(/<Function Name="countOf"/g)).toHaveLength(2);
    const restricted = /<Action Name="(\w+)"(?:(?!<\/Action>)[^])*?FilterSegmentSupported" Bool="false"/g;
    expect([...text.matchAll(restricted)].map(([, name]) => name)).toEqual(['stamp']);
    expect(text.match(/<FunctionImport Name="countOf"/g)).toHaveLength(1);
    const functions = (await service.get('')).value.filter(({ kind }) => kind === 'FunctionImport');
    expect(functions).toEqual(
      ['today', 'ofTheFirst', 'firstOpen', 'theFirst', 'openByKey'].map((name) => ({
        name,
        kind: 'FunctionImport',
        url: name,
      })),
    );
  });
});
