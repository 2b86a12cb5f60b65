/** $compute, $apply and $crossjoin against groups and sums in JavaScript over all rows. Data Aggregation §3, URL Conventions §5.1.10 */
import {
  average,
  count,
  cut,
  decimalText,
  distinct,
  groups,
  least,
  most,
  once,
  plain,
  sum,
  unordered,
} from '../setup/aggregation';
import {
  compare,
  loadRows,
  ONE,
  sorted,
  type Customer,
  type Invoice,
  type Maybe,
  type Payment,
  type Rows,
} from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let service: TestService;
let rows: Rows;
let customers: readonly Customer[];
let invoices: readonly Invoice[];
let payments: readonly Payment[];
let journal: string;

beforeAll(async () => {
  service = await startService();
  const [other] = await service.sql(`SELECT id::text FROM companies WHERE name = 'CRONUS SE'`);
  await service.sql(
    `INSERT INTO customers (company_id, number, display_name, credit_limit)
     SELECT $1, number, 'SECRET ' || number, 1000000000 FROM customers WHERE company_id <> $1 ON CONFLICT (company_id, number) DO UPDATE SET credit_limit = 1000000000`,
    [other?.['id']],
  );
  rows = await loadRows(service);
  const here = <T extends { companyId: string }>(list: readonly T[]): readonly T[] =>
    list.filter(({ companyId }) => companyId === rows.here);
  customers = sorted(here(rows.customers), [(row) => row.number]);
  invoices = sorted(here(rows.invoices), [(row) => row.number]);
  const [largest] = sorted(here(rows.journals), [[(row) => row.customerPayments.length, 'desc']]);
  if (!largest) throw new Error('There are journals');
  journal = `customerPaymentJournals(${largest.id})`;
  payments = largest.customerPayments;
});
afterAll(() => service.close());

const full = { accept: 'application/json;odata.metadata=full;IEEE754Compatible=true' };
const exact = { accept: 'application/json;IEEE754Compatible=true' };

async function ask(path: string, options: Readonly<Record<string, string>>): Promise<Answer> {
  const answer = await service.get(withOptions(path, options), exact);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}\n${service.takeFailures().join('\n')}`);
  return answer;
}
const read = async (path: string, options: Readonly<Record<string, string>>): Promise<unknown> =>
  plain((await ask(path, options)).value);
const apply = (path: string, $apply: string, more: Record<string, string> = {}): Promise<unknown> =>
  read(path, { $apply, ...more });
const context = ({ json }: Answer): string => String(json['@odata.context']).replace(/^.*\$metadata/, '');
const d = decimalText;
/** In the order of the database's type. */
const statuses = ['Draft', 'In_x0020_Review', 'Open', 'Paid', 'Canceled', 'Corrective'];

describe('$compute', () => {
  test('[161] a computed property is selected, filtered and ordered by; each sees the ones before it', async () => {
    const answer = await ask('customers', {
      $compute: 'creditLimit mul 2 as double,double add balance as both',
      $select: 'number,both',
      $filter: 'double gt 1000',
      $orderby: 'both desc',
      $top: '5',
    });
    const value = (row: Customer): Maybe<bigint> =>
      row.creditLimit === null ? null : row.creditLimit * 2n + row.balance;
    const wanted = sorted(
      customers.filter(({ creditLimit }) => creditLimit !== null && creditLimit * 2n > 1000n * ONE),
      [
        [value, 'desc'],
        [(row) => row.number, 'desc'],
      ],
    );
    expect(plain(answer.value)).toEqual(wanted.slice(0, 5).map((row) => ({ number: row.number, both: d(value(row)) })));
    expect(context(answer)).toBe('#customers(number,both)');
    expect(answer.value[0]?.['both@odata.type']).toBe('#Decimal');
  });

  test('[161] without $select, and with *, the computed properties are there; with other names they are not', async () => {
    const computed = { $compute: 'length(number) as size', $top: '1' };
    const [all, star, other] = await Promise.all([
      ask('customers', computed),
      ask('customers', { ...computed, $select: '*' }),
      ask('customers', { ...computed, $select: 'number' }),
    ]);
    expect(all.value[0]).toMatchObject({ size: customers[0]?.number.length, number: customers[0]?.number });
    expect(star.value).toEqual(all.value);
    expect(context(all)).toBe('#customers(*,size)');
    expect(other.value[0]).not.toHaveProperty('size');
  });

  test('[161, 153] within $expand, of single entities, and behind a nested navigation', async () => {
    const nested = await read('customers', {
      $select: 'number',
      $expand:
        'salesInvoices($compute=remainingAmount mul 2 as double;$select=number,double;$filter=double gt 0;$orderby=double desc)',
    });
    const remaining = (row: Customer): readonly Invoice[] =>
      sorted(
        row.salesInvoices.filter(({ remainingAmount }) => remainingAmount > 0n),
        [
          [(invoice) => invoice.remainingAmount, 'desc'],
          [(invoice) => invoice.number, 'desc'],
        ],
      );
    expect(nested).toEqual(
      customers.map((row) => ({
        number: row.number,
        salesInvoices: remaining(row).map((invoice) => ({
          number: invoice.number,
          double: d(invoice.remainingAmount * 2n),
        })),
      })),
    );
    const [first] = invoices;
    const single = await service.get(
      withOptions(`salesInvoices(${first?.id ?? ''})`, {
        $compute: "concat(number,'!') as loud",
        $select: 'loud',
        $expand: "customer($compute=concat(number,'?') as asked;$select=asked)",
      }),
    );
    expect(plain(single.json)).toEqual({
      loud: `${first?.number ?? ''}!`,
      customer: { asked: `${first?.customer.number ?? ''}?` },
    });
  });

  test('[161, 167] pages ordered by a computed property lose and repeat nothing', async () => {
    const path = withOptions('salesInvoices', {
      $compute: 'length(customerName) as size',
      $orderby: 'size desc,customer/creditLimit',
      $select: 'number,size',
    });
    const found = await service.all(path, { prefer: 'odata.maxpagesize=7' });
    const wanted = sorted(invoices, [
      [(row) => Array.from(row.customer.displayName).length, 'desc'],
      (row) => row.customer.creditLimit,
      (row) => row.id,
    ]);
    expect(found.map((row) => row['number'])).toEqual(wanted.map((row) => row.number));
  });

  test.each([
    ['1 as id', 'already'],
    ['1 as salesInvoices', 'already'],
    ['1 as a,2 as a', 'already'],
    ['b add 1 as a,1 as b', "no property 'b'"],
    ['nothing add 1 as a', "no property 'nothing'"],
    ['number add 1 as a', 'add cannot be applied'],
  ])('[162] $compute=%s is refused', async ($compute, message) => {
    const { status, error } = await service.get(withOptions('customers', { $compute }));
    expect([status, error.target]).toEqual([400, '$compute']);
    expect(error.message).toContain(message);
  });
});

describe('aggregate', () => {
  test('[182, 184, 201] sum, min, max, average and countdistinct of all rows', async () => {
    const found = (await apply(
      'customers',
      'aggregate(creditLimit with sum as s,creditLimit with min as l,creditLimit with max as m,creditLimit with average as a,creditLimit with countdistinct as c,displayName with min as first,displayName with max as last,taxLiable with min as none,id with max as guid,lastModifiedDateTime with min as time,blocked with max as state)',
    )) as Json[];
    const limits = customers.map(({ creditLimit }) => creditLimit);
    const blocked = ['None', 'Ship', 'Invoice', 'All'];
    expect(found).toHaveLength(1);
    expect({
      ...found[0],
      a: cut(found[0]?.['a']),
      time: Date.parse(String(found[0]?.['time'])),
    }).toEqual({
      s: d(sum(limits)),
      l: d(least(limits)),
      m: d(most(limits)),
      a: average(limits),
      c: d(distinct(limits)),
      first: least(customers.map((row) => row.displayName)),
      last: most(customers.map((row) => row.displayName)),
      none: customers.every((row) => row.taxLiable),
      guid: most(customers.map((row) => row.id)),
      time: least(customers.map((row) => row.lastModifiedDateTime)),
      state: blocked[Math.max(...customers.map((row) => blocked.indexOf(row.blocked)))],
    });
  });

  test('[183] $count and countdistinct are decimals without a fraction', async () => {
    const $apply = 'aggregate($count as n,type with countdistinct as kinds)';
    const answer = await ask('customers', { $apply });
    expect(answer.value).toEqual([
      {
        '@odata.id': null,
        'n@odata.type': '#Decimal',
        n: String(customers.length),
        'kinds@odata.type': '#Decimal',
        kinds: String(new Set(customers.map(({ type }) => type)).size),
      },
    ]);
    expect((await service.get(withOptions('customers', { $apply }))).value[0]).toMatchObject({ n: customers.length });
  });

  test('[184] of nothing: null, and zero for counts', async () => {
    const nothing =
      "filter(number eq 'nobody')/aggregate(balance with sum as s,number with min as l,balance with average as a,$count as n,id with countdistinct as c,salesInvoices/$count as i)";
    expect(await apply('customers', nothing)).toEqual([{ s: null, l: null, a: null, n: '0', c: '0', i: '0' }]);
  });

  test('[182] expressions of each row, through single navigation properties too', async () => {
    expect(
      await apply(
        'salesInvoices',
        'aggregate(remainingAmount mul 2 sub totalTaxAmount with sum as s,billToCustomer/creditLimit add remainingAmount with max as m)',
      ),
    ).toEqual([
      {
        s: d(sum(invoices.map((row) => row.remainingAmount * 2n - row.totalTaxAmount))),
        m: d(
          most(
            invoices.map((row) => {
              const limit = row.billToCustomer?.creditLimit ?? null;
              return limit === null ? null : limit + row.remainingAmount;
            }),
          ),
        ),
      },
    ]);
  });

  test('[182] a path to related entities takes each of them once', async () => {
    const payers = once(payments.map((row) => row.customer));
    expect(
      await apply(
        `${journal}/customerPayments`,
        'aggregate(customer/creditLimit with sum as s,customer/creditLimit with max as m,customer/$count as n,customer/salesInvoices/remainingAmount with sum as r,amount with sum as t)',
      ),
    ).toEqual([
      {
        s: d(sum(payers.map((row) => row.creditLimit))),
        m: d(most(payers.map((row) => row.creditLimit))),
        n: d(count(payers)),
        r: d(sum(payers.flatMap((row) => row.salesInvoices.map(({ remainingAmount }) => remainingAmount)))),
        t: d(sum(payments.map((row) => row.amount))),
      },
    ]);
  });

  test('[182, 183] paths through collections', async () => {
    const found = await apply(
      'customers',
      'groupby((taxLiable),aggregate(salesInvoices/remainingAmount with sum as s,salesInvoices/$count as n,salesInvoices/status with countdistinct as k,salesInvoices/customer/$count as c,balance with sum as b))',
    );
    expect(found).toEqual(
      sorted(groups(customers, [(row) => row.taxLiable]), [(group) => group[0]?.taxLiable ?? null]).map((group) => {
        const all = group.flatMap((row) => row.salesInvoices);
        return {
          taxLiable: group[0]?.taxLiable,
          s: d(sum(all.map((row) => row.remainingAmount))),
          n: d(count(all)),
          k: d(distinct(all.map((row) => row.status))),
          c: d(count(once(all.map((row) => row.customerId)))),
          b: d(sum(group.map((row) => row.balance))),
        };
      }),
    );
  });

  test('a segment that casts to the type itself changes nothing', async () => {
    expect(
      await apply(
        'salesInvoices',
        'groupby((Microsoft.NAV.salesInvoice/status,customer/Microsoft.NAV.customer/taxLiable),aggregate(customer/Microsoft.NAV.customer/creditLimit with sum as s,Microsoft.NAV.salesInvoice/remainingAmount with sum as r))',
      ),
    ).toEqual(
      await apply(
        'salesInvoices',
        'groupby((status,customer/taxLiable),aggregate(customer/creditLimit with sum as s,remainingAmount with sum as r))',
      ),
    );
  });

  test('[186] from: first one value for each combination, then one of those', async () => {
    const perDay = (list: readonly Invoice[]): Maybe<string> => {
      const days = groups(list, [(row) => row.invoiceDate]);
      const sums = days.map((day) => sum(day.map((row) => row.totalAmountIncludingTax)));
      return average(sums);
    };
    const found = (await apply(
      'salesInvoices',
      'groupby((status),aggregate(totalAmountIncludingTax with sum from invoiceDate with average as a,totalAmountIncludingTax with max as m,$count from customerId with max as c))',
    )) as Json[];
    expect(found.map((row) => ({ ...row, a: cut(row['a']) }))).toEqual(
      sorted(groups(invoices, [(row) => row.status]), [(group) => statuses.indexOf(group[0]?.status ?? '')]).map(
        (group) => ({
          status: group[0]?.status,
          a: perDay(group),
          m: d(most(group.map((row) => row.totalAmountIncludingTax))),
          c: d(most(groups(group, [(row) => row.customerId]).map((own) => count(own)))),
        }),
      ),
    );
  });
});

describe('groupby', () => {
  test('[187, 198, 347] by a path: the parts of the entity nest, and a null is a group', async () => {
    const answer = await ask(`${journal}/customerPayments`, {
      $apply: 'groupby((customer/number),aggregate(amount with sum as total))',
    });
    const number = (row: Payment | undefined): Maybe<string> => row?.customer?.number ?? null;
    expect(plain(answer.value)).toEqual(
      sorted(groups(payments, [number]), [(group) => number(group[0])]).map((group) => ({
        customer: number(group[0]) === null ? null : { number: number(group[0]) },
        total: d(sum(group.map((row) => row.amount))),
      })),
    );
    expect(context(answer)).toBe(`#${journal}/customerPayments(customer(number),total)`);
    expect(answer.text).not.toContain('@odata.etag');
    expect(answer.value.every((row) => row['@odata.id'] === null)).toBe(true);
  });

  test('[187] without aggregate: the distinct combinations', async () => {
    expect(await apply('salesInvoices', 'groupby((status,customer/taxLiable))', { $count: 'true' })).toEqual(
      sorted(groups(invoices, [(row) => row.status, (row) => row.customer.taxLiable]), [
        ([row]) => statuses.indexOf(row?.status ?? ''),
        ([row]) => row?.customer.taxLiable ?? null,
      ]).map(([row]) => ({ status: row?.status, customer: { taxLiable: row?.customer.taxLiable } })),
    );
  });

  test.each<readonly [$apply: string, wanted: () => readonly Json[]]>([
    ['compute(null as x)/groupby((x),aggregate($count as n))', () => [{ x: null, n: customers.length }]],
    ['filter(false)/compute(null as x)/groupby((x),aggregate($count as n))', () => []],
    ['compute(null as x)/groupby((x/y),aggregate($count as n))', () => [{ x: null, n: customers.length }]],
    [
      'compute(null as x)/groupby((x),groupby((taxLiable)))/aggregate($count as n,x add 1 with sum as s)',
      () => [{ n: 2, s: null }],
    ],
    [
      'compute(null as x)/groupby((rollup(x,taxLiable)))',
      () => [{ x: null, taxLiable: false }, { x: null, taxLiable: true }, { x: null }],
    ],
    [
      'concat(compute(null as x),compute(1 as x))/groupby((x),aggregate($count as n))',
      () => [null, 1].map((x) => ({ x, n: customers.length })),
    ],
    [
      'concat(compute(1 as x),compute(null as x))/groupby((x),aggregate($count as n))/filter(x eq 1)',
      () => [{ x: 1, n: customers.length }],
    ],
    ['concat(compute(null as x),compute(null as x))/groupby((x))/filter(x ne 1)', () => [{ x: null }]],
    [
      'concat(compute(null as x),identity)/groupby((x),aggregate($count as n))',
      () => [{ x: null, n: customers.length }, { n: customers.length }],
    ],
    ['join(salesInvoices as i,compute(null as x)/groupby((x)))/groupby((i))', () => [{ i: { x: null } }]],
  ])('[187] what is null by what it says is a group, and stays null: %s', async ($apply, wanted) => {
    expect(unordered((await apply('customers', $apply)) as Json[])).toEqual(
      unordered(
        wanted().map(
          (row) =>
            JSON.parse(JSON.stringify(row, (_, one: unknown) => (typeof one === 'number' ? String(one) : one))) as Json,
        ),
      ),
    );
  });

  test('[187] an entity that is missing is another group than one whose property is null', async () => {
    const found = (await apply(
      'salesInvoices',
      'groupby((billToCustomer/currencyCode),aggregate($count as n))',
    )) as Json[];
    const key = ({ billToCustomer }: Invoice): string =>
      billToCustomer ? `there ${String(billToCustomer.currencyCode)}` : 'missing';
    expect(unordered(found)).toEqual(
      unordered(
        groups(invoices, [key]).map((group) => ({
          billToCustomer: group[0]?.billToCustomer ? { currencyCode: group[0].billToCustomer.currencyCode } : null,
          n: d(count(group)),
        })),
      ),
    );
  });

  test('[187] by a complex value, and by an entity, which goes out whole', async () => {
    const address = (row: Customer): string =>
      JSON.stringify([
        row.addressStreet,
        row.addressCity,
        row.addressState,
        row.addressCountryLetterCode,
        row.addressPostalCode,
      ]);
    const complex = (await apply('customers', 'groupby((address),aggregate($count as n))')) as Json[];
    expect(complex).toHaveLength(groups(customers, [address]).length);
    expect(complex.map((row) => String(row['n'])).sort()).toEqual(
      groups(customers, [address])
        .map((group) => String(d(count(group))))
        .sort(),
    );
    const whole = (await apply('salesInvoices', 'groupby((customer),aggregate($count as n))', {
      $orderby: 'customer/number',
    })) as Json[];
    expect(
      whole.map(({ customer, n }) => [(customer as Json)['number'], (customer as Json)['displayName'], n]),
    ).toEqual(
      sorted(groups(invoices, [(row) => row.customerId]), [([row]) => row?.customer.number ?? null]).map((group) => [
        group[0]?.customer.number,
        group[0]?.customer.displayName,
        d(count(group)),
      ]),
    );
    const selected = await ask('salesInvoices', {
      $apply: 'groupby((customer),aggregate($count as n))',
      $expand: 'customer($select=number;$expand=salesInvoices/$count)',
      $orderby: 'n desc,customer/number',
      $top: '1',
    });
    expect(selected.value).toHaveLength(1);
    expect(Object.keys(selected.value[0]?.['customer'] ?? {})).toContain('salesInvoices@odata.count');
  });

  test('[189] UI5: grand total, count of groups and the first groups in one array, aliases named like properties', async () => {
    service.takeStatements();
    const answer = await ask('customers', {
      $apply:
        'concat(aggregate(balance with sum as balance),groupby((number),aggregate(balance with sum as balance))/concat(aggregate($count as UI5__count),top(3)))',
    });
    expect(answer.value).toEqual([
      { '@odata.id': null, 'balance@odata.type': '#Decimal', balance: d(sum(customers.map((row) => row.balance))) },
      { '@odata.id': null, 'UI5__count@odata.type': '#Decimal', UI5__count: String(customers.length) },
      ...customers.slice(0, 3).map((row) => ({
        '@odata.id': null,
        number: row.number,
        'balance@odata.type': '#Decimal',
        balance: d(row.balance),
      })),
    ]);
    expect(context(answer)).toBe('#customers(@Core.AnyStructure)');
    expect(service.takeStatements()).toHaveLength(1);
  });

  test('[188] rollup adds a row for each coarser level, without the finer properties', async () => {
    const levels = (keys: readonly ((row: Invoice) => string)[], names: readonly string[]): Json[] =>
      groups(invoices, keys).map((group) => ({
        ...Object.fromEntries(names.map((name, index) => [name, group[0] && keys[index]?.(group[0])])),
        n: d(count(group)),
      }));
    const status = (row: Invoice): string => row.status;
    const customer = (row: Invoice): string => row.customerId;
    expect(
      unordered(
        (await apply('salesInvoices', 'groupby((rollup($all,status,customerId)),aggregate($count as n))')) as Json[],
      ),
    ).toEqual(
      unordered([
        ...levels([status, customer], ['status', 'customerId']),
        ...levels([status], ['status']),
        ...levels([], []),
      ]),
    );
  });

  test('[188, 189] rows of several structures within groupby stay apart by its groups, and its grand total is there without rows', async () => {
    const status = (row: Invoice): string => row.status;
    const customer = (row: Invoice): string => row.customerId;
    const byStatus = groups(invoices, [status]);
    const kindsOf = (rows: readonly Invoice[]): number => new Set(rows.map(customer)).size;
    const counted = 'aggregate($count as n)';
    const levels = `groupby((rollup($all,customerId,number)),${counted})`;
    expect(
      unordered(
        (await apply('salesInvoices', `groupby((status),${levels}/aggregate($count as k,n with max as m))`)) as Json[],
      ),
    ).toEqual(
      unordered(
        byStatus.map((group) => ({
          status: group[0]?.status,
          k: d(BigInt(group.length + kindsOf(group) + 1) * ONE),
          m: d(count(group)),
        })),
      ),
    );
    expect(
      unordered(
        (await apply(
          'salesInvoices',
          `groupby((status),concat(${counted},filter(remainingAmount gt 0))/groupby((n),aggregate($count as k)))`,
        )) as Json[],
      ),
    ).toEqual(
      unordered(
        byStatus.flatMap((group) => {
          const open = group.filter(({ remainingAmount }) => remainingAmount > 0n);
          const one = { status: group[0]?.status, n: d(count(group)), k: d(ONE) };
          return open.length === 0 ? [one] : [one, { status: group[0]?.status, k: d(count(open)) }];
        }),
      ),
    );
    const none = `groupby((status),filter(remainingAmount gt 100000)/groupby((rollup($all,customerId,number)),${counted}))`;
    expect(unordered((await apply('salesInvoices', none)) as Json[])).toEqual(
      unordered(byStatus.map((group) => ({ status: group[0]?.status, n: d(0n) }))),
    );
  });

  test('[189, 200] what is aggregated within an entity may be of that entity alone', async () => {
    const found = (await read('customers', {
      $select: 'number,s',
      $compute: 'salesInvoices/aggregate($it/balance add 1 with sum) as s',
      $filter: 'salesInvoices/aggregate(customer/balance with max) ge 0',
      $expand:
        'salesInvoices($apply=aggregate(customer/number with max as behind,customer/address with countdistinct as n,$it/balance with average as a))',
    })) as Json[];
    const wanted = customers.filter((row) => row.salesInvoices.length > 0 && row.balance >= 0n);
    expect(found).toEqual(
      wanted.map((row) => ({
        number: row.number,
        s: d((count(row.salesInvoices) * (row.balance + ONE)) / ONE),
        salesInvoices: [{ behind: row.number, n: expect.stringMatching(/^[01]$/) as unknown, a: d(row.balance) }],
      })),
    );
    const total = customers.reduce((before, row) => before + (row.salesInvoices.length > 0 ? row.balance : 0n), 0n);
    expect(
      await apply('customers', 'aggregate(salesInvoices/aggregate(customer/balance with max) with sum as s)'),
    ).toEqual([{ s: d(total) }]);
  });

  const kinds = (key: (row: Invoice) => string): number => new Set(invoices.map(key)).size;
  const byCustomer = (): number => kinds((row) => row.customerId);
  const byStatus = (): number => kinds((row) => row.status);
  const byBoth = (): number => kinds((row) => `${row.customerId} ${row.status}`);

  test.each<[$apply: string, more: Record<string, string>, wanted: () => number]>([
    ['concat(identity,aggregate($count as n))', { $expand: 'customer($select=number)' }, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))', { $orderby: 'customer/number' }, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))', { $filter: "customer/number ne 'x'" }, () => invoices.length + 1],
    ["concat(identity,aggregate($count as n))/filter(customer/number ne 'x')", {}, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))/topcount(1000,length(customer/number))', {}, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))/top(1000)', { $expand: 'customer' }, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))/compute(customer/number as of)', {}, () => invoices.length + 1],
    ['concat(identity,aggregate($count as n))/groupby((customer/number))', {}, () => byCustomer() + 1],
    ['concat(groupby((customer)),groupby((status)))', {}, () => byCustomer() + byStatus()],
    [
      'concat(groupby((customer/id)),groupby((customer/id,customer/address/city)))',
      { $filter: 'customer/address/city eq null' },
      () => byCustomer() + kinds((row) => (row.customer.addressCity === null ? row.customerId : '')) - 1,
    ],
    [
      'concat(groupby((customer/id)),groupby((customer/id,customer/number)))/groupby((customer/number))',
      {},
      () => byCustomer() + 1,
    ],
    ['groupby((rollup($all,customer,status)),aggregate($count as n))', {}, () => byBoth() + byCustomer() + 1],
    [
      'concat(concat(groupby((customer)),groupby((status))),identity)',
      { $expand: 'customer' },
      () => byCustomer() + byStatus() + invoices.length,
    ],
  ])(
    '[190, 195] %s with %j has the rows of all structures, whatever some of them have behind them',
    async ($apply, more, wanted) => {
      expect((await ask('salesInvoices', { $apply, ...more })).value).toHaveLength(wanted());
    },
  );

  test('[191, 197] filter, orderby, skip and top around groups, and the options behind them', async () => {
    const found = await ask('salesInvoices', {
      $apply:
        'filter(remainingAmount ge 0)/groupby((customer/number),aggregate(totalAmountIncludingTax with sum as total,$count as n))/filter(n gt 1)/orderby(total desc)/skip(1)/top(8)',
      $filter: 'total gt 100',
      $count: 'true',
      $top: '4',
      $select: 'customer/number,total',
    });
    const all = sorted(
      groups(invoices, [(row) => row.customerId])
        .filter((group) => group.length > 1)
        .map((group) => ({
          number: group[0]?.customer.number ?? '',
          total: sum(group.map((row) => row.totalAmountIncludingTax)) ?? 0n,
        })),
      [
        [(row) => row.total, 'desc'],
        [(row) => row.number, 'desc'],
      ],
    );
    const kept = all.slice(1, 9).filter(({ total }) => total > 100n * ONE);
    expect(found.json['@odata.count']).toBe(String(kept.length));
    expect(plain(found.value)).toEqual(
      kept.slice(0, 4).map(({ number, total }) => ({ customer: { number }, total: d(total) })),
    );
  });

  test('[187] entities behind two navigations are grouped by whole, page by page', async () => {
    const path = withOptions(`${journal}/customerPayments`, {
      $apply: 'groupby((appliesToInvoice/customer,customerNumber),aggregate(amount with sum as total))',
      $orderby: 'appliesToInvoice/customer/number desc,customerNumber',
    });
    const found = (await service.all(path, { ...exact, prefer: 'odata.maxpagesize=3' })) as readonly {
      appliesToInvoice: { customer: Json } | null;
      customerNumber: unknown;
      total: unknown;
    }[];
    const invoiced = (row: (typeof payments)[number]): string | null => row.appliesToInvoice?.customer?.number ?? null;
    const wanted = sorted(
      groups(payments, [invoiced, (row) => row.appliesToInvoice && 1, (row) => row.customerNumber]),
      [
        [([row]) => (row ? invoiced(row) : null), 'desc'],
        [([row]) => row?.customerNumber ?? null, 'asc'],
      ],
    );
    expect(wanted.some(([row]) => row && invoiced(row) !== null)).toBe(true);
    expect(
      found.map(({ appliesToInvoice, customerNumber, total }) => [
        appliesToInvoice && appliesToInvoice.customer['number'],
        customerNumber,
        total,
      ]),
    ).toEqual(
      wanted.map((group) => [
        ...group.slice(0, 1).flatMap((row) => [row.appliesToInvoice && invoiced(row), row.customerNumber]),
        d(sum(group.map((row) => row.amount))),
      ]),
    );
    const [first] = found.flatMap(({ appliesToInvoice }) => appliesToInvoice?.customer ?? []) as readonly Json[];
    const alone = await service.get(`customers(${String(first?.['id'])})`, exact);
    expect(plain(first)).toEqual(plain(alone.json));
  });

  test('[197, 172] pages of groups with null keys follow each other without gap', async () => {
    const path = withOptions(`${journal}/customerPayments`, {
      $apply: 'groupby((customerNumber,postingDate),aggregate(amount with sum as total))',
      $orderby: 'postingDate desc',
    });
    const found = await service.all(path, { ...exact, prefer: 'odata.maxpagesize=5' });
    const wanted = sorted(groups(payments, [(row) => row.customerNumber, (row) => row.postingDate]), [
      [([row]) => row?.postingDate ?? null, 'desc'],
      [([row]) => row?.customerNumber ?? null, 'desc'],
    ]);
    expect(plain(found)).toEqual(
      wanted.map((group) => ({
        customerNumber: group[0]?.customerNumber,
        postingDate: group[0]?.postingDate,
        total: d(sum(group.map((row) => row.amount))),
      })),
    );
  });

  test('[197] /$count counts the rows of $apply', async () => {
    const { text } = await ask('salesInvoices/$count', {
      $apply: 'groupby((customerId))',
      $filter: 'customerId ne null',
    });
    expect(text).toBe(String(groups(invoices, [(row) => row.customerId]).length));
  });
});

describe('custom aggregates and functions of collections', () => {
  test('[185, 354] a property with a default method is aggregated by its name alone; another one is refused', async () => {
    const answer = await ask('customers', { $apply: 'aggregate(balance)' });
    expect(answer.value).toEqual([{ '@odata.id': null, balance: d(sum(customers.map((row) => row.balance))) }]);
    expect(
      await apply('customers', 'groupby((taxLiable),aggregate(balance as b,salesInvoices/remainingAmount))'),
    ).toEqual(
      sorted(groups(customers, [(row) => row.taxLiable]), [([row]) => row?.taxLiable ?? null]).map((group) => ({
        taxLiable: group[0]?.taxLiable,
        b: d(sum(group.map((row) => row.balance))),
        remainingAmount: d(
          sum(group.flatMap((row) => row.salesInvoices.map(({ remainingAmount }) => remainingAmount))),
        ),
      })),
    );
    const refused = await service.get(withOptions('customers', { $apply: 'aggregate(creditLimit)' }));
    expect([refused.status, refused.error.target]).toEqual([400, '$apply']);
    expect(refused.error.message).toContain('creditLimit with sum');
    const { text } = await service.get('$metadata', { accept: 'application/xml' });
    expect(text).toContain('<Annotation Term="Aggregation.CustomAggregate" Qualifier="balance" String="Edm.Decimal"');
  });

  test('[194] aggregate and $count of a collection in expressions', async () => {
    const total = (row: Customer): Maybe<bigint> =>
      sum(row.salesInvoices.map((invoice) => invoice.totalAmountIncludingTax));
    expect(
      await read('customers', {
        $filter:
          'salesInvoices/aggregate(totalAmountIncludingTax with sum) gt 1000 and salesInvoices/aggregate(billToCustomer with countdistinct) ge 0',
        $compute: 'salesInvoices/aggregate(totalAmountIncludingTax with sum) as total',
        $select: 'number,total',
        $orderby: 'salesInvoices/aggregate(remainingAmount with max) desc,number',
      }),
    ).toEqual(
      sorted(
        customers.filter((row) => (total(row) ?? 0n) > 1000n * ONE),
        [[(row) => most(row.salesInvoices.map(({ remainingAmount }) => remainingAmount)), 'desc'], (row) => row.number],
      ).map((row) => ({ number: row.number, total: d(total(row)) })),
    );
  });

  test('[194] $these of a /$filter: a set, what a parent has, the rows of a function', async () => {
    const numbersAt = async (path: string, name = 'number'): Promise<readonly unknown[]> => {
      const answer = await service.get(encodeURI(path));
      return answer.status === 200 ? answer.value.map((row) => row[name]) : [answer.status, answer.text];
    };
    const other = rows.customers.find(({ companyId }) => companyId !== rows.here)?.companyId ?? '';
    for (const [path, company] of [
      ['customers', rows.here],
      [`companies(${other})/customers`, other],
    ] as const) {
      const own = rows.customers.filter(({ companyId }) => companyId === company);
      const most = own.reduce((found, { balance }) => (balance > found ? balance : found), 0n);
      const best = own.filter(({ balance }) => balance === most).map(({ number }) => number);
      const filter = 'balance ge $these/aggregate(balance with max)';
      expect([path, await numbersAt(`${path}/$filter(${filter})?$orderby=number`)]).toEqual([
        path,
        best.toSorted(compare),
      ]);
      expect(
        await numbersAt(`${path}/$filter(${filter})/$filter($these/$count eq ${best.length})?$orderby=number`),
      ).toEqual(best.toSorted(compare));
      expect(await numbersAt(`${path}/$filter($these/$count ne ${own.length})`)).toEqual([]);
    }
    const open = await service.get(encodeURI(`customers(number='C00001')/openInvoices()?$orderby=number`));
    const largest = Math.max(...open.value.map((row) => Number(row['remainingAmount'])));
    const behind = `customers(number='C00001')/openInvoices()/$filter(remainingAmount ge $these/aggregate(remainingAmount with max))`;
    expect(await numbersAt(`${behind}?$orderby=number`)).toEqual(
      open.value.filter((row) => Number(row['remainingAmount']) === largest).map((row) => row['number']),
    );
    const aged = (await service.get('agedReceivables(asOf=2024-03-31)')).value;
    const due = Math.max(...aged.map((row) => Number(row['balanceDue'])));
    expect(
      await numbersAt(
        `agedReceivables(asOf=2024-03-31)/$filter($these/$count eq ${aged.length})/$filter(balanceDue ge $these/aggregate(balanceDue with max))`,
        'customerNumber',
      ),
    ).toEqual(aged.filter((row) => Number(row['balanceDue']) === due).map((row) => row['customerNumber']));
  });

  test('[194] $these: what all rows come to, in $filter and in transformations', async () => {
    const all = sum(customers.map((row) => row.balance)) ?? 0n;
    const large = customers.filter((row) => row.balance * 10n >= all).map(({ number }) => ({ number }));
    const expression = 'balance mul 10 ge $these/aggregate(balance with sum)';
    expect(await read('customers', { $filter: expression, $select: 'number' })).toEqual(large);
    expect(await apply('customers', `filter(${expression})/groupby((number))`)).toEqual(large);
    const third = sorted(customers, [[(row) => row.balance, 'desc']]).slice(0, Math.floor(customers.length / 3));
    expect(
      unordered((await apply('customers', 'topcount($these/$count div 3,balance)/groupby((number))')) as Json[]),
    ).toHaveLength(third.length);
    const [{ least: smallest } = {}] = (await apply(
      'customers',
      'topcount($these/$count div 3,balance)/aggregate(balance with min as least)',
    )) as Json[];
    expect(smallest).toBe(d(least(third.map((row) => row.balance))));
  });

  describe('[194] $these within groupby: the rows of the group', () => {
    type Keep = (row: Invoice, group: readonly Invoice[]) => boolean;
    const largest: Keep = (row, group) => row.remainingAmount === most(group.map((one) => one.remainingAmount));
    const isLargest = 'remainingAmount eq $these/aggregate(remainingAmount with max)';
    const opened = (group: readonly Invoice[]): number => group.filter(({ status }) => status === 'Open').length;
    const keys: readonly (readonly [path: string, of: readonly ((row: Invoice) => Maybe<string>)[]])[] = [
      ['customerId', [(row) => row.customerId]],
      ['currencyCode', [(row) => row.currencyCode]],
      ['status,currencyCode', [(row) => row.status, (row) => row.currencyCode]],
      ['customer/address/city', [(row) => row.customer.addressCity]],
      ['customer', [(row) => row.customerId]],
      ['billToCustomer', [(row) => row.billToCustomerId]],
    ];
    const conditions: readonly (readonly [condition: string, keep: Keep])[] = [
      [isLargest, largest],
      ['$these/$count eq 1', (_, group) => group.length === 1],
      [`$these/$count($filter=status eq 'Open') eq 0`, (_, group) => opened(group) === 0],
      [`$these/$count($filter=status eq 'Open') gt 1`, (_, group) => opened(group) > 1],
      [`not (${isLargest}) and $these/$count lt 4`, (row, group) => group.length < 4 && !largest(row, group)],
    ];
    const numbered = (list: readonly Invoice[]): readonly Json[] =>
      sorted(list, [(row) => row.number]).map(({ number }) => ({ number }));
    const kept = (of: (typeof keys)[number][1], keep: Keep): readonly Invoice[] =>
      groups(invoices, of).flatMap((group) => group.filter((row) => keep(row, group)));

    test.each(
      keys.flatMap(([path, of]) => conditions.map(([condition, keep]) => [path, condition, of, keep] as const)),
    )('groupby((%s),filter(%s))', async (path, condition, of, keep) => {
      const options = { $select: 'number', $orderby: 'number' };
      const expanded = (list: unknown): unknown => (list as readonly Json[]).map(({ number }) => ({ number }));
      const found = await apply('salesInvoices', `groupby((${path}),filter(${condition}))`, options);
      expect(expanded(found)).toEqual(numbered(kept(of, keep)));
    });

    test('in other transformations, in nested groups, behind filters, in what is expanded', async () => {
      const { length } = kept([(row) => row.customerId], largest);
      expect(await apply('salesInvoices', `groupby((customerId),filter(${isLargest}))/aggregate($count as n)`)).toEqual(
        [{ n: String(length) }],
      );
      const byCustomer = [(row: Invoice) => row.customerId];
      const computed = 'groupby((customerId),compute($these/$count as n)/filter(n gt 1 and n lt 5))';
      expect(await apply('salesInvoices', computed, { $select: 'number,n', $orderby: 'number' })).toEqual(
        sorted(
          groups(invoices, byCustomer).flatMap((group) =>
            group.length > 1 && group.length < 5
              ? group.map((row) => ({ number: row.number, n: String(group.length) }))
              : [],
          ),
          [(row) => row.number],
        ),
      );
      const shares =
        'groupby((customerId),aggregate(remainingAmount sub $these/aggregate(remainingAmount with min) with sum as s))';
      expect(unordered((await apply('salesInvoices', shares)) as Json[])).toEqual(
        unordered(
          groups(invoices, byCustomer).map((group) => {
            const smallest = least(group.map((row) => row.remainingAmount)) ?? 0n;
            return { customerId: group[0]?.customerId, s: d(sum(group.map((row) => row.remainingAmount - smallest))) };
          }),
        ),
      );
      const nested = `filter(status ne 'Draft')/groupby((currencyCode),filter($these/$count gt 2)/groupby((customerId),filter(${isLargest})))`;
      expect(await apply('salesInvoices', nested, { $select: 'number', $orderby: 'number' })).toEqual(
        numbered(
          groups(
            invoices.filter(({ status }) => status !== 'Draft'),
            [(row) => row.currencyCode],
          )
            .filter((group) => group.length > 2)
            .flatMap((group) =>
              groups(group, byCustomer).flatMap((inner) => inner.filter((row) => largest(row, inner))),
            ),
        ),
      );
      const within = `salesInvoices($apply=groupby((status),filter(${isLargest}));$select=number;$orderby=number)`;
      expect(await read('customers', { $select: 'number', $expand: within })).toEqual(
        customers.map(({ number, salesInvoices }) => ({
          number,
          salesInvoices: numbered(
            groups(salesInvoices, [(row) => row.status]).flatMap((group) => group.filter((row) => largest(row, group))),
          ),
        })),
      );
      const parts = 'groupby((customerId),topsum($these/aggregate(remainingAmount with max),remainingAmount))';
      expect(await apply('salesInvoices', parts, { $select: 'number', $orderby: 'number' })).toEqual(
        numbered(
          groups(invoices, byCustomer).flatMap((group) => {
            const limit = most(group.map((row) => row.remainingAmount)) ?? 0n;
            return limit > 0n ? sorted(group, [[(row) => row.remainingAmount, 'desc']]).slice(0, 1) : [];
          }),
        ),
      );
      const first = 'groupby((customerId),topcount($these/$count div 2,remainingAmount))/aggregate($count as n)';
      expect(await apply('salesInvoices', first)).toEqual([
        { n: String(groups(invoices, byCustomer).reduce((all, group) => all + Math.floor(group.length / 2), 0)) },
      ]);
    });
  });

  test('[195] isdefined tells what was aggregated away, which is null otherwise', async () => {
    const by = { $apply: 'groupby((customerId),aggregate($count as n))', $count: 'true', $top: '0' };
    const counted = async (path: string, $filter: string): Promise<unknown> =>
      (await ask(path, { ...by, $filter })).json['@odata.count'];
    const customersWithInvoices = String(groups(invoices, [(row) => row.customerId]).length);
    expect(await counted('salesInvoices', 'isdefined(customerId)')).toBe(customersWithInvoices);
    expect(await counted('salesInvoices', 'isdefined(number)')).toBe('0');
    expect(await counted('salesInvoices', 'number eq null')).toBe(customersWithInvoices);
    expect(await counted('salesInvoices', 'customer/number ne null')).toBe('0');
    const mixed = 'concat(groupby((status),aggregate($count as n)),aggregate(remainingAmount with sum as r))';
    expect(await apply('salesInvoices', `${mixed}/filter(isdefined(r))`)).toEqual([
      { r: d(sum(invoices.map((row) => row.remainingAmount))) },
    ]);
    expect(
      await apply(
        'salesInvoices',
        `${mixed}/aggregate(n with sum as n,r with max as r,status with countdistinct as s)`,
      ),
    ).toEqual([
      {
        n: d(count(invoices)),
        r: d(sum(invoices.map((row) => row.remainingAmount))),
        s: d(distinct(invoices.map((row) => row.status))),
      },
    ]);
  });
});

describe('structure', () => {
  test('[189] concat keeps entities entities: with ETag, $expand and $select, next to a total', async () => {
    const answer = await ask('customers', {
      $apply: 'concat(topcount(2,balance),aggregate(balance with sum as total))',
      $select: 'number,total',
      $expand: 'salesInvoices($select=number)',
    });
    const best = sorted(sorted(customers, [[(row) => row.balance, 'desc']]).slice(0, 2), [(row) => row.number]);
    expect(plain(answer.value)).toEqual([
      ...best.map((row) => ({
        number: row.number,
        salesInvoices: row.salesInvoices.map(({ number }) => ({ number })),
      })),
      { total: d(sum(customers.map((row) => row.balance))) },
    ]);
    expect(answer.value[0]).toHaveProperty(['@odata.etag']);
    expect(answer.value[2]).not.toHaveProperty(['@odata.etag']);
  });

  test('[190, 191] within groupby each group has its own top, and a groupby may hold another', async () => {
    expect(
      unordered(
        (await apply('salesInvoices', 'groupby((status),topcount(2,totalAmountIncludingTax))', {
          $select: 'number',
        })) as Json[],
      ),
    ).toEqual(
      unordered(
        groups(invoices, [(row) => row.status]).flatMap((group) =>
          sorted(group, [
            [(row) => row.totalAmountIncludingTax, 'desc'],
            [(row) => row.id, 'desc'],
          ])
            .slice(0, 2)
            .map(({ number }) => ({ number })),
        ),
      ),
    );
    const perCustomer = 'groupby((customer/number),topcount(1,totalAmountIncludingTax))';
    expect(unordered((await apply('salesInvoices', perCustomer, { $select: 'number,customer' })) as Json[])).toEqual(
      unordered(
        groups(invoices, [(row) => row.customerId]).map((group) => {
          const [best] = sorted(group, [
            [(row) => row.totalAmountIncludingTax, 'desc'],
            [(row) => row.id, 'desc'],
          ]);
          return { number: best?.number, customer: { number: best?.customer.number } };
        }),
      ),
    );
    const within = `groupby((customer/taxLiable),${perCustomer})`;
    expect(unordered((await apply('salesInvoices', within, { $select: 'number,customer' })) as Json[])).toEqual(
      unordered(
        groups(invoices, [(row) => row.customerId]).map((group) => {
          const [best] = sorted(group, [
            [(row) => row.totalAmountIncludingTax, 'desc'],
            [(row) => row.id, 'desc'],
          ]);
          const { number, taxLiable } = best?.customer ?? {};
          return { number: best?.number, customer: { number, taxLiable } };
        }),
      ),
    );
    expect(
      await apply(
        'salesInvoices',
        'groupby((status),groupby((customer/taxLiable),aggregate($count as n))/topcount(1,n))',
      ),
    ).toHaveLength(groups(invoices, [(row) => row.status]).length);
  });

  test('[187, 190] one groupby after the other keeps rows: what both say of an entity goes out with them', async () => {
    const top = (rows: readonly Invoice[], most: number): readonly Invoice[] =>
      sorted(rows, [
        [(row) => row.totalAmountIncludingTax, 'desc'],
        [(row) => row.id, 'desc'],
      ]).slice(0, most);
    const first = groups(invoices, [(row) => row.customer.taxLiable]).flatMap((group) => top(group, 5));
    const best = groups(first, [(row) => row.customerId]).flatMap((group) => top(group, 1));
    for (const [again, shown] of [
      ['customer/number', ({ taxLiable, number }) => ({ taxLiable, number })],
      ['customer/number,customer/taxLiable', ({ taxLiable, number }) => ({ taxLiable, number })],
      ['customer/id,customer/displayName', ({ taxLiable, id, displayName }) => ({ taxLiable, id, displayName })],
    ] as readonly (readonly [string, (customer: Invoice['customer']) => Json])[]) {
      const rows = await apply(
        'salesInvoices',
        `groupby((customer/taxLiable),topcount(5,totalAmountIncludingTax))/groupby((${again}),topcount(1,totalAmountIncludingTax))`,
        { $select: 'number,customer' },
      );
      expect(unordered(rows as Json[])).toEqual(
        unordered(best.map(({ number, customer }) => ({ number, customer: shown(customer) }))),
      );
    }
  });

  test('[186, 187] groups within groups that have parts of the same entity stay apart', async () => {
    const perLiable = (await apply(
      'salesInvoices',
      'groupby((customer/taxLiable),groupby((customer/number),aggregate($count as n))/topcount(1,n))',
    )) as Json[];
    expect(unordered(perLiable)).toEqual(
      unordered(
        groups(invoices, [(row) => row.customer.taxLiable]).map((group) => {
          const [best] = sorted(groups(group, [(row) => row.customerId]), [
            [(own) => own.length, 'desc'],
            [(own) => own[0]?.customer.taxLiable ?? null, 'desc'],
            [(own) => own[0]?.customer.number ?? null, 'desc'],
          ]);
          return {
            customer: { taxLiable: group[0]?.customer.taxLiable, number: best?.[0]?.customer.number },
            n: d(count(best ?? [])),
          };
        }),
      ),
    );
    expect(
      await apply(
        'salesInvoices',
        'groupby((status),filter(remainingAmount gt 100)/aggregate($count as n,remainingAmount with sum as r)/compute(n mul 2 as m))',
      ),
    ).toEqual(
      sorted(groups(invoices, [(row) => row.status]), [([row]) => statuses.indexOf(row?.status ?? '')]).map((group) => {
        const large = group.filter(({ remainingAmount }) => remainingAmount > 100n * ONE);
        return {
          status: group[0]?.status,
          n: d(count(large)),
          r: d(sum(large.map((row) => row.remainingAmount))),
          m: d(count(large) * 2n),
        };
      }),
    );
    const billed = (row: Invoice): string =>
      row.billToCustomer ? `there ${String(row.billToCustomer.currencyCode)}` : 'missing';
    expect(
      unordered(
        (await apply(
          'salesInvoices',
          'groupby((billToCustomer/currencyCode),aggregate(totalTaxAmount with sum from billToCustomer/number with max as m,$count as n))',
        )) as Json[],
      ),
    ).toEqual(
      unordered(
        groups(invoices, [billed]).map((group) => ({
          billToCustomer: group[0]?.billToCustomer ? { currencyCode: group[0].billToCustomer.currencyCode } : null,
          m: d(
            most(
              groups(group, [(row) => row.billToCustomer?.number ?? null]).map((own) =>
                sum(own.map((row) => row.totalTaxAmount)),
              ),
            ),
          ),
          n: d(count(group)),
        })),
      ),
    );
    expect(
      unordered(
        (await apply(
          'salesInvoices',
          'groupby((billToCustomer/currencyCode),groupby((billToCustomer/number),aggregate($count as n))/aggregate(n with max as m))',
        )) as Json[],
      ),
    ).toEqual(
      unordered(
        groups(invoices, [billed]).map((group) => ({
          billToCustomer: group[0]?.billToCustomer ? { currencyCode: group[0].billToCustomer.currencyCode } : null,
          m: d(most(groups(group, [(row) => row.billToCustomer?.number ?? null]).map((own) => count(own)))),
        })),
      ),
    );
    const taxed = ({ customer }: (typeof invoices)[number]): boolean | null => customer?.taxLiable ?? null;
    const whole = (await apply(
      'salesInvoices',
      'groupby((customer/taxLiable),groupby((customer),aggregate($count as n))/topcount(1,n))',
    )) as { customer: Json; n: unknown }[];
    expect(whole.map(({ customer, n }) => [customer['taxLiable'], n]).sort()).toEqual(
      groups(invoices, [taxed])
        .map((group) => [group.map(taxed)[0], d(most(groups(group, [(row) => row.customerId]).map(count)))])
        .sort(),
    );
  });

  test('[193] join and outerjoin: a row for each member; nest and addnested: collections beside it', async () => {
    const pairs = customers.flatMap((row) => row.salesInvoices.map((invoice) => ({ row, invoice })));
    expect(
      await apply('customers', 'join(salesInvoices as i)', { $select: 'number', $expand: 'i($select=number)' }),
    ).toEqual(
      sorted(pairs, [({ row }) => row.number, ({ row }) => row.id, ({ invoice }) => invoice.id]).map(
        ({ row, invoice }) => ({
          number: row.number,
          i: { number: invoice.number },
        }),
      ),
    );
    const lonely = customers.filter((row) => row.salesInvoices.length === 0);
    expect(lonely.length).toBeGreaterThan(0);
    expect(
      await apply('customers', 'outerjoin(salesInvoices as i)/filter(i eq null)', {
        $select: 'number',
        $expand: 'i($select=number)',
      }),
    ).toEqual(lonely.map(({ number }) => ({ number, i: null })));
    expect(
      unordered(
        (await apply(
          'customers',
          'join(salesInvoices as i,filter(remainingAmount gt 0))/groupby((i/status,taxLiable),aggregate(i/remainingAmount with sum as r,$count as n))',
        )) as Json[],
      ),
    ).toEqual(
      unordered(
        groups(
          pairs.filter(({ invoice }) => invoice.remainingAmount > 0n),
          [({ invoice }) => invoice.status, ({ row }) => row.taxLiable],
        ).map((group) => ({
          i: { status: group[0]?.invoice.status },
          taxLiable: group[0]?.row.taxLiable,
          r: d(sum(group.map(({ invoice }) => invoice.remainingAmount))),
          n: d(count(group)),
        })),
      ),
    );
    const added = await ask('customers', {
      $apply: 'addnested(salesInvoices,filter(remainingAmount gt 0) as open,aggregate($count as n) as all)',
      $select: 'number,open,all',
    });
    expect(
      (plain(added.value) as Json[]).map(({ number, open, all }) => [
        number,
        (open as Json[]).map((row) => row['number']),
        all,
      ]),
    ).toEqual(
      customers.map((row) => [
        row.number,
        row.salesInvoices.filter(({ remainingAmount }) => remainingAmount > 0n).map(({ number }) => number),
        [{ n: d(count(row.salesInvoices)) }],
      ]),
    );
    expect(added.value[0]?.['all@odata.context']).toBe('#salesInvoices(n)');
    const nested = await apply(
      'customers',
      'filter(taxLiable)/nest(groupby((type),aggregate($count as n)) as types,topcount(1,balance)/groupby((number)) as best)',
    );
    const liable = customers.filter((row) => row.taxLiable);
    expect(nested).toEqual([
      {
        types: groups(liable, [(row) => row.type]).map((group) => ({ type: group[0]?.type, n: d(count(group)) })),
        best: [{ number: sorted(liable, [[(row) => row.balance, 'desc']])[0]?.number }],
      },
    ]);
  });

  /** What a join makes of the invoices of each customer, and the same in JavaScript. */
  const joins: readonly (readonly [sequence: string, of: (own: readonly Invoice[]) => readonly Json[]])[] = [
    [
      'groupby((status),aggregate(remainingAmount with sum as r,$count as n))',
      (own) =>
        groups(own, [(row) => row.status]).map((group) => ({
          status: group[0]?.status,
          r: d(sum(group.map((row) => row.remainingAmount))),
          n: d(count(group)),
        })),
    ],
    ['groupby((billToCustomerId))', (own) => once(own.map((row) => String(row.billToCustomerId))).map(billedTo)],
    [
      'filter(remainingAmount gt 0)/groupby((billToCustomer/number),aggregate($count as n))',
      (own) =>
        groups(
          own.filter(({ remainingAmount }) => remainingAmount > 0n),
          [(row) => row.billToCustomer?.number ?? null],
        ).map((group) => ({
          billToCustomer: group[0]?.billToCustomer ? { number: group[0].billToCustomer.number } : null,
          n: d(count(group)),
        })),
    ],
    ['aggregate(remainingAmount with max as m)', (own) => [{ m: d(most(own.map((row) => row.remainingAmount))) }]],
    [
      'filter(remainingAmount gt 0)/concat(aggregate($count as n)/filter(n gt 0),groupby((status)),topcount(1,totalAmountIncludingTax)/groupby((number)))',
      (own) => {
        const open = own.filter(({ remainingAmount }) => remainingAmount > 0n);
        const [largest] = sorted(open, [
          [(row) => row.totalAmountIncludingTax, 'desc'],
          [(row) => row.id, 'desc'],
        ]);
        return [
          ...(open.length > 0 ? [{ n: d(count(open)) }] : []),
          ...once(open.map(({ status }) => status)).map((status) => ({ status })),
          ...(largest ? [{ number: largest.number }] : []),
        ];
      },
    ],
    [
      'filter(remainingAmount gt 0)/nest(groupby((number)) as all)',
      (own) => [
        {
          all: sorted(
            own.filter(({ remainingAmount }) => remainingAmount > 0n),
            [(row) => row.number],
          ).map(({ number }) => ({ number })),
        },
      ],
    ],
    [
      'groupby((status),nest(groupby((number)) as all))',
      (own) =>
        groups(own, [(row) => row.status]).map((group) => ({
          status: group[0]?.status,
          all: sorted(group, [(row) => row.number]).map(({ number }) => ({ number })),
        })),
    ],
  ];
  const billedTo = (id: string): Json => ({ billToCustomerId: id === 'null' ? null : id });

  test.each(joins)('[193] join and outerjoin with what changes the rows: %s', async (sequence, of) => {
    const pairs = customers.map((row) => ({ number: row.number, joined: of(row.salesInvoices) }));
    const outer = pairs.flatMap(({ number, joined }) =>
      (joined.length === 0 ? [null] : joined).map((i) => ({ number, i })),
    );
    const shown = { $select: 'number', $expand: 'i' };
    expect(unordered((await apply('customers', `join(salesInvoices as i,${sequence})`, shown)) as Json[])).toEqual(
      unordered(outer.filter(({ i }) => i !== null)),
    );
    const path = { $apply: `outerjoin(salesInvoices as i,${sequence})`, ...shown };
    const whole = await ask('customers', { ...path, $count: 'true' });
    expect(unordered(plain(whole.value) as Json[])).toEqual(unordered(outer));
    expect(whole.json['@odata.count']).toBe(String(outer.length));
    const paged = await service.all(withOptions('customers', path), { ...exact, prefer: 'odata.maxpagesize=3' });
    expect(paged).toEqual(whole.value);
    for (const [condition, wanted] of [
      ['i eq null', outer.filter(({ i }) => i === null)],
      ['not (i eq null)', outer.filter(({ i }) => i !== null)],
    ] as const)
      expect(unordered((await apply('customers', `${path.$apply}/filter(${condition})`, shown)) as Json[])).toEqual(
        unordered(wanted),
      );
  });

  test.each([
    [
      'join(i as j,compute(x as y))/aggregate(j/y mul 1 with sum as s,$count as n)',
      (n: number) => ({ s: n, n: 2 * n }),
    ],
    ['join(i as j,filter(x eq null))/aggregate($count as n)', (n: number) => ({ n })],
    ['join(i as j,filter(isdefined(x)))/aggregate($count as n)', (n: number) => ({ n })],
    ['join(i as j,topcount(1,x))/aggregate($count as n)', (_: number, having: number) => ({ n: 2 * having })],
    [
      'outerjoin(i as j,compute(x add 1 as y))/aggregate(j/y mul 1 with sum as s,$count as n)',
      (n: number, having: number) => ({ s: 2 * n, n: 2 * (n + customers.length - having) }),
    ],
  ])('[193] a name that only the collections of other rows have is null in a join: %s', async ($apply, of) => {
    const having = customers.filter((row) => row.salesInvoices.length > 0).length;
    const named = 'addnested(salesInvoices,compute(1 as x) as i),addnested(salesInvoices,identity as i)';
    const wanted = of(invoices.length, having);
    expect(await apply('customers', `concat(${named})/${$apply}`)).toEqual([
      Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)])),
    ]);
  });

  test('[193] a missing row is told from one of nulls in groups, in order, and within other rows', async () => {
    const grouped = 'outerjoin(salesInvoices as i,groupby((billToCustomerId)))';
    const outer = customers.flatMap((row) => {
      const ids = [...new Set(row.salesInvoices.map(({ billToCustomerId }) => billToCustomerId))];
      return (ids.length === 0 ? [undefined] : ids).map((id) => ({ row, id }));
    });
    const told = groups(outer, [({ id }) => (id === undefined ? 'none' : String(id))]);
    for (const path of ['i/billToCustomerId', 'i'])
      expect(
        unordered((await apply('customers', `${grouped}/groupby((${path}),aggregate($count as n))`)) as Json[]),
      ).toEqual(
        unordered(
          told.map((group) => ({
            i: group[0]?.id === undefined ? null : { billToCustomerId: group[0].id },
            n: d(count(group)),
          })),
        ),
      );
    expect(told.some(([first]) => first?.id === null) && told.some(([first]) => first?.id === undefined)).toBe(true);
    const there = String(told.filter(([first]) => first?.id !== undefined).length);
    expect(await apply('customers', `${grouped}/aggregate(i with countdistinct as v,i/$count as n)`)).toEqual([
      { v: there, n: there },
    ]);
    const counts: readonly (readonly [condition: string, wanted: number])[] = [
      ['isdefined(i)', outer.length],
      ['isdefined(i/billToCustomerId)', outer.filter(({ id }) => id !== undefined).length],
      ['isdefined(i/number)', 0],
      ['i/number eq null', outer.length],
      ['i/billToCustomerId ne null', outer.filter(({ id }) => typeof id === 'string').length],
      ["i/billToCustomerId ne 'x' and not (i eq null)", outer.filter(({ id }) => id !== undefined).length],
    ];
    for (const [condition, wanted] of counts)
      expect([
        condition,
        (await ask('customers/$count', { $apply: `${grouped}/filter(${condition.replace("'x'", rows.here)})` })).text,
      ]).toEqual([condition, String(wanted)]);
    // The whole of what was joined.
    const wholes = await ask('customers', {
      $apply: 'outerjoin(salesInvoices as i)/groupby((i),aggregate($count as n))',
      $expand: 'i($select=number)',
    });
    expect(context(wholes)).toBe('#customers(n,i(number))');
    expect(unordered(plain(wholes.value) as Json[])).toEqual(
      unordered([
        { n: d(count(customers.filter((row) => row.salesInvoices.length === 0))), i: null },
        ...customers.flatMap((row) => row.salesInvoices.map(({ number }) => ({ n: '1', i: { number } }))),
      ]),
    );
    expect(wholes.value.find(({ i }) => i !== null)?.['i']).toMatchObject({
      '@odata.context': '#salesInvoices(number)/$entity',
    });
    // A join in a join: the lines of what is missing are missing.
    const twice = 'outerjoin(customerPayments as p,filter(amount gt 0)/outerjoin(dimensionLines as l))';
    const journals = rows.journals.filter(({ companyId }) => companyId === rows.here);
    interface Line {
      readonly code: string;
      readonly p: Maybe<{ readonly lineNumber: number; readonly l: Maybe<{ readonly code: string }> }>;
    }
    const lines = journals.flatMap(({ code, customerPayments }): readonly Line[] => {
      const paid = customerPayments.filter(({ amount }) => amount > 0n);
      const found = paid.flatMap((p) =>
        (p.dimensionLines.length === 0 ? [null] : p.dimensionLines).map((l) => ({
          code,
          p: { lineNumber: p.lineNumber, l: l && { code: l.code } },
        })),
      );
      return found.length === 0 ? [{ code, p: null }] : found;
    });
    expect(
      unordered(
        (await apply('customerPaymentJournals', twice, {
          $select: 'code',
          $expand: 'p($select=lineNumber;$expand=l($select=code))',
        })) as Json[],
      ),
    ).toEqual(unordered(lines));
    expect(lines.some(({ p }) => p === null) && lines.some(({ p }) => p !== null && p.l === null)).toBe(true);
    expect(
      unordered(
        (await apply('customerPaymentJournals', `${twice}/groupby((p/l/code),aggregate($count as n))`)) as Json[],
      ),
    ).toEqual(
      unordered(
        groups(lines, [({ p }) => (p === null ? 'none' : p.l === null ? 'no line' : `of ${p.l.code}`)]).map(
          (group) => ({
            p: group[0]?.p ? { l: group[0].p.l } : null,
            n: d(count(group)),
          }),
        ),
      ),
    );
  });

  test('[193] what a join names goes out as $expand asks for it, with its own context', async () => {
    const pairs = sorted(
      customers.flatMap((row) => row.salesInvoices.map((invoice) => ({ row, invoice }))),
      [({ row }) => row.number, ({ row }) => row.id, ({ invoice }) => invoice.id],
    );
    const $apply = 'outerjoin(salesInvoices as i)';
    const lonely = customers.find((row) => row.salesInvoices.length === 0);
    const referred = await ask('customers', { $apply, $select: 'number', $expand: 'i/$ref', $filter: 'i ne null' });
    expect(referred.value.map(({ number, i }) => [number, i])).toEqual(
      pairs.map(({ row, invoice }) => [row.number, { '@odata.id': `salesInvoices(${invoice.id})` }]),
    );
    const missing = await ask('customers', { $apply, $expand: 'i/$ref', $filter: 'i eq null', $top: '1' });
    expect(missing.value[0]).toMatchObject({ number: lonely?.number, i: null });
    const [first] = pairs;
    if (!first) throw new Error('There are invoices');
    const { row, invoice } = first;
    const own = { '@odata.id': `customers(${row.id})`, '@odata.etag': `W/"${row.version}"`, number: row.number };
    const shown = { $apply, $select: 'number', $expand: 'i($select=number)', $top: '1' };
    const asked = await ask('customers', shown);
    expect([context(asked), asked.value]).toEqual([
      '#customers(number,i(number))',
      [
        {
          ...own,
          i: {
            '@odata.context': '#salesInvoices(number)/$entity',
            '@odata.id': `salesInvoices(${invoice.id})`,
            '@odata.etag': expect.stringMatching(/^W/) as unknown,
            number: invoice.number,
          },
        },
      ],
    ]);
    const whole = await service.get(withOptions('customers', shown), full);
    expect(whole.value[0]).toMatchObject({
      '@odata.type': '#Microsoft.NAV.customer',
      i: {
        '@odata.context': '#salesInvoices(number)/$entity',
        '@odata.type': '#Microsoft.NAV.salesInvoice',
        '@odata.editLink': `salesInvoices(${invoice.id})`,
      },
    });
    const none = await service.get(withOptions('customers', shown), { accept: 'application/json;metadata=none' });
    expect(none.value).toEqual([{ number: row.number, i: { number: invoice.number } }]);
    const made = { $apply: 'join(salesInvoices as i,groupby((status)))', $expand: 'i', $select: 'number', $top: '1' };
    expect((await ask('customers', made)).value[0]?.['i']).toEqual({
      '@odata.context': '#salesInvoices(status)/$entity',
      '@odata.id': null,
      status: invoice.status,
    });
  });

  test.each([
    'join(salesInvoices as i,topcount(1,remainingAmount))',
    'addnested(salesInvoices,topcount(1,remainingAmount) as i)',
    'concat(top(1)/compute(1 as other),join(salesInvoices as i,topcount(1,remainingAmount)))',
  ])('[159, 192, 193] collections behind what the request names go on by links: %s', async ($apply) => {
    const path = withOptions('customers', {
      $apply,
      $filter: 'salesInvoices/$count gt 2',
      $select: 'number',
      $expand:
        'customerLedgerEntries($top=0),i($select=number;$expand=customer($select=number;$expand=salesInvoices($select=number;$orderby=number)))',
    });
    const { value } = await service.get(path, { prefer: 'odata.maxpagesize=2' });
    expect(JSON.stringify(value)).toContain('salesInvoices@odata.nextLink');
    for (const { number, i } of value) {
      const [{ customer }] = (Array.isArray(i) ? i : [i]) as [{ customer: Json & { salesInvoices: readonly Json[] } }];
      const next = customer['salesInvoices@odata.nextLink'];
      const further = typeof next === 'string' ? await service.all(next) : [];
      expect([...customer.salesInvoices, ...further].map((each) => each['number'])).toEqual(
        sorted(customers.find((each) => each.number === number)?.salesInvoices ?? [], [(each) => each.number]).map(
          (each) => each.number,
        ),
      );
    }
  });

  test('[159, 190] so do those of rows that have not all that $expand names', async () => {
    const path = withOptions('customers', {
      $apply: 'concat(topcount(1,salesInvoices/$count),join(salesInvoices as i)/top(1))',
      $select: 'number',
      $expand: 'i($select=id),salesInvoices($select=number;$orderby=number desc)',
    });
    const { value } = await service.get(path, { prefer: 'odata.maxpagesize=2' });
    const [{ number, salesInvoices, 'salesInvoices@odata.nextLink': next } = {}] = value;
    expect([...(salesInvoices as Json[]), ...(await service.all(String(next)))].map((each) => each['number'])).toEqual(
      sorted(customers.find((each) => each.number === number)?.salesInvoices ?? [], [
        [(each) => each.number, 'desc'],
      ]).map((each) => each.number),
    );
  });

  test('[190, 193] $expand speaks of those structures that have the entity: what others have of it goes out as it is', async () => {
    const groupsOf = once(invoices.map(({ status }) => status));
    const added = await apply(
      'customers',
      'join(salesInvoices as i)/addnested(i,identity as j)/concat(identity,groupby((j/status)))',
      { $select: 'number,j', $expand: 'j($select=number)' },
    );
    const pairs = customers.flatMap(({ number, salesInvoices }) =>
      salesInvoices.map((invoice) => ({ number, j: { number: invoice.number } })),
    );
    expect(unordered(added as Json[])).toEqual(unordered([...pairs, ...groupsOf.map((status) => ({ j: { status } }))]));
    expect(
      (await service.get(withOptions('customers', { $apply: 'concat(identity,groupby((number)))', $expand: 'number' })))
        .status,
    ).toBe(400);
  });

  test('[192] what addnested names is expanded by default, or as $expand asks for it', async () => {
    const $apply =
      'addnested(salesInvoices,filter(remainingAmount gt 0)/orderby(number desc) as open,aggregate($count as n) as all)';
    const open = ({ salesInvoices }: Customer): readonly Invoice[] =>
      sorted(
        salesInvoices.filter(({ remainingAmount }) => remainingAmount > 0n),
        [[(row) => row.number, 'desc']],
      );
    const one = await ask('customers', {
      $apply,
      $select: 'number',
      $expand: 'open($select=number;$top=2;$count=true)',
    });
    expect(context(one)).toBe('#customers(number,open(number))');
    expect(one.value.map((row) => [row['number'], row['open@odata.count'], plain(row['open']), 'all' in row])).toEqual(
      customers.map((row) => [
        row.number,
        String(open(row).length),
        open(row)
          .slice(0, 2)
          .map(({ number }) => ({ number })),
        false,
      ]),
    );
    expect(one.value[0]?.['open@odata.context']).toBe('#salesInvoices(number)');
    const again = await ask('customers', {
      $apply,
      $select: 'number',
      $expand: 'open/$count,all($filter=n gt 2),salesInvoices($top=0)',
    });
    expect(again.value.map((row) => [row['open@odata.count'], plain(row['all']), row['salesInvoices']])).toEqual(
      customers.map((row) => [
        String(open(row).length),
        row.salesInvoices.length > 2 ? [{ n: d(count(row.salesInvoices)) }] : [],
        [],
      ]),
    );
    const referred = await ask('customers', { $apply, $select: 'number', $expand: 'open/$ref' });
    expect(referred.value.map((row) => row['open'])).toEqual(
      customers.map((row) => open(row).map(({ id }) => ({ '@odata.id': `salesInvoices(${id})` }))),
    );
    const byDefault = await ask('customers', { $apply, $top: '1' });
    expect(context(byDefault)).toBe('#customers(open(),all(n))');
    expect(Object.keys(byDefault.value[0] ?? {})).toEqual(expect.arrayContaining(['open', 'all']));
    const other = await ask('customers', { $apply, $top: '1', $select: 'number', $expand: 'salesInvoices($top=0)' });
    expect(Object.keys(plain(other.value[0]) as Json)).toEqual(['number', 'salesInvoices']);
    // Within itself, of one entity, and of the entity of a join.
    const nested = await ask('salesInvoices', {
      $apply:
        'addnested(customer,compute(length(number) as l)/addnested(salesInvoices,filter(remainingAmount gt 0) as open) as c)',
      $select: 'number',
      $expand: 'c($select=l;$expand=open($select=number))',
      $top: '3',
    });
    expect(plain(nested.value)).toEqual(
      invoices.slice(0, 3).map((row) => ({
        number: row.number,
        c: {
          l: row.customer.number.length,
          open: sorted(
            row.customer.salesInvoices.filter(({ remainingAmount }) => remainingAmount > 0n),
            [(each) => each.number],
          ).map(({ number }) => ({ number })),
        },
      })),
    );
    expect(nested.value[0]?.['c']).toMatchObject({
      '@odata.context': '#customers(l,open(number))/$entity',
      'open@odata.context': '#salesInvoices(number)',
    });
    const joined = await apply('customers', 'join(salesInvoices as i)/addnested(i,compute(length(number) as l) as j)', {
      $select: 'number',
      $expand: 'j($select=number,l)',
    });
    expect(unordered(joined as Json[])).toEqual(
      unordered(
        invoices.map((row) => ({ number: row.customer.number, j: { number: row.number, l: row.number.length } })),
      ),
    );
  });

  describe('[192] what addnested names, in expressions', () => {
    const open = ({ salesInvoices }: Customer): readonly Invoice[] =>
      salesInvoices.filter(({ remainingAmount }) => remainingAmount > 0n);
    const added =
      'addnested(salesInvoices,filter(remainingAmount gt 0)/compute(remainingAmount mul 2 as twice) as open)';
    const due = (list: readonly Invoice[]): bigint => sum(list.map(({ remainingAmount }) => remainingAmount)) ?? 0n;

    test.each<readonly [condition: string, holds: (row: Customer) => boolean]>([
      ['open/any()', (row) => open(row).length > 0],
      ['not open/any()', (row) => open(row).length === 0],
      ['open/$count ge 2', (row) => open(row).length >= 2],
      ['open/$count lt salesInvoices/$count', (row) => open(row).length < row.salesInvoices.length],
      ['open/any(i:i/twice gt 4000)', (row) => open(row).some(({ remainingAmount }) => remainingAmount > 2000n * ONE)],
      ['open/all(i:i/twice gt 500)', (row) => open(row).every(({ remainingAmount }) => remainingAmount > 250n * ONE)],
      [
        'open/any(i:open/any(j:j/twice gt i/twice and j/number lt i/number))',
        (row) =>
          open(row).some((i) =>
            open(row).some((j) => j.remainingAmount > i.remainingAmount && compare(j.number, i.number) < 0),
          ),
      ],
      ['open/aggregate(twice with sum) gt 8000', (row) => due(open(row)) > 4000n * ONE],
      ["open/$filter(currencyCode eq 'EUR')/$count gt 0", (row) => open(row).some((i) => i.currencyCode === 'EUR')],
      [
        'open/$count($filter=twice ge $it/balance) eq 1',
        (row) => open(row).filter((i) => 2n * i.remainingAmount >= row.balance).length === 1,
      ],
    ])('%s: in filter, $filter and /$count, and page by page', async (condition, holds) => {
      const wanted = customers.filter(holds).map(({ number }) => ({ number }));
      expect(await apply('customers', `${added}/filter(${condition})`, { $select: 'number' })).toEqual(wanted);
      const options = { $apply: added, $filter: condition };
      expect((await ask('customers/$count', options)).text).toBe(String(wanted.length));
      const shown = withOptions('customers', { ...options, $select: 'number', $expand: 'open/$count', $count: 'true' });
      const paged = await service.all(shown, { prefer: 'odata.maxpagesize=3' });
      expect(paged.map((row) => [row['number'], row['open@odata.count']])).toEqual(
        customers.filter(holds).map((row) => [row.number, open(row).length]),
      );
    });

    test('they order rows, are computed and grouped by, and what is behind them is aggregated', async () => {
      const byNumber = sorted(customers, [[(row) => open(row).length, 'desc'], (row) => row.number]);
      const ordered = { $apply: added, $orderby: 'open/$count desc,number', $select: 'number', $expand: 'open/$count' };
      const paged = await service.all(withOptions('customers', ordered), { prefer: 'odata.maxpagesize=4' });
      expect(paged.map((row) => row['number'])).toEqual(byNumber.map((row) => row.number));
      expect(
        await apply('customers', `${added}/compute(open/$count as n)/groupby((n),aggregate($count as m))`, {
          $orderby: 'n',
        }),
      ).toEqual(
        sorted(groups(customers, [(row) => open(row).length]), [([row]) => (row ? open(row).length : 0)]).map(
          (group) => ({
            n: String(group[0] && open(group[0]).length),
            m: d(count(group)),
          }),
        ),
      );
      const all = customers.flatMap(open);
      expect(
        await apply(
          'customers',
          `${added}/aggregate(open/twice with sum as s,open/$count as n,open/customer/$count as c)`,
        ),
      ).toEqual([
        {
          s: d(2n * due(all)),
          n: d(count(all)),
          c: d(count(customers.filter((row) => open(row).length > 0))),
        },
      ]);
      expect(
        unordered(
          (await apply(
            'customers',
            `${added}/groupby((taxLiable),aggregate(open/twice with max as m,open/$count as n))`,
          )) as Json[],
        ),
      ).toEqual(
        unordered(
          groups(customers, [(row) => row.taxLiable]).map((group) => {
            const amounts = group.flatMap(open).map(({ remainingAmount }) => 2n * remainingAmount);
            return {
              taxLiable: group[0]?.taxLiable,
              m: amounts.length === 0 ? null : d(most(amounts)),
              n: d(count(amounts)),
            };
          }),
        ),
      );
    });

    test('one entity stays one: its values are filtered, ordered and grouped by', async () => {
      const one = 'addnested(customer,compute(balance mul 2 as twice,1 as one) as c)';
      const rich = invoices.filter(({ customer }) => customer.balance > 500n * ONE);
      expect(
        await apply('salesInvoices', `${one}/filter(c/twice gt 1000 and c/address/city ne 'x')`, { $select: 'number' }),
      ).toEqual(rich.map(({ number }) => ({ number })));
      expect(
        unordered(
          (await apply('salesInvoices', `${one}/groupby((c/number,c/twice),aggregate($count as n))`)) as Json[],
        ),
      ).toEqual(
        unordered(
          groups(invoices, [(row) => row.customerId]).map((group) => ({
            c: { number: group[0]?.customer.number, twice: d(2n * (group[0]?.customer.balance ?? 0n)) },
            n: d(count(group)),
          })),
        ),
      );
      const buyers = customers.filter(({ salesInvoices }) => salesInvoices.length > 0);
      expect(
        await apply('salesInvoices', `${one}/aggregate(c/balance with sum as b,c/$count as n,c/one with sum as o)`),
      ).toEqual([{ b: d(sum(buyers.map(({ balance }) => balance))), n: d(count(buyers)), o: d(count(buyers)) }]);
      // The far side may be missing: what is computed of it is missing then, too.
      const billed = 'addnested(billToCustomer,compute(1 as one) as b)';
      expect(
        unordered((await apply('salesInvoices', `${billed}/groupby((b/one),aggregate($count as n))`)) as Json[]),
      ).toEqual(
        unordered(
          groups(invoices, [({ billToCustomerId }) => billToCustomerId === null]).map((group) => ({
            b: group[0]?.billToCustomerId === null ? null : { one: '1' },
            n: d(count(group)),
          })),
        ),
      );
      expect((await ask('salesInvoices/$count', { $apply: billed, $filter: 'b/one eq 1' })).text).toBe(
        String(invoices.filter(({ billToCustomerId }) => billToCustomerId !== null).length),
      );
    });
  });

  test('[193] nest within groupby: the rows of each group beside its keys', async () => {
    const byKind = groups(customers, [(row) => row.type, (row) => row.taxLiable]);
    const kinds = (await apply(
      'customers',
      'groupby((type,taxLiable),nest(groupby((number)) as all,filter(balance gt 0)/aggregate($count as n,balance with sum as s) as open))',
    )) as Json[];
    expect(unordered(kinds.map((row) => ({ ...row, all: unordered(row['all'] as Json[]) })))).toEqual(
      unordered(
        byKind.map((group) => {
          const open = group.filter(({ balance }) => balance > 0n);
          return {
            type: group[0]?.type,
            taxLiable: group[0]?.taxLiable,
            all: unordered(groups(group, [(row) => row.number]).map(([row]) => ({ number: row?.number }))),
            open: [{ n: d(count(open)), s: open.length === 0 ? null : d(sum(open.map(({ balance }) => balance))) }],
          };
        }),
      ),
    );
    // Keys that are null, complex values, entities, and levels of a rollup.
    const cities = (await apply(
      'customers',
      'groupby((address/city),nest(topcount(1,balance)/groupby((number)) as best,identity as rows))',
    )) as Json[];
    expect(cities.length).toBeGreaterThan(2);
    for (const { address, best, rows } of cities) {
      const city = (address as Json | null)?.['city'] ?? null;
      const group = customers.filter((one) => (rows as Json[]).some(({ id }) => id === one.id));
      expect(group.map((one) => one.addressCity ?? null)).toEqual(group.map(() => city));
      expect(best).toEqual([
        {
          number: sorted(group, [
            [(row) => row.balance, 'desc'],
            [(row) => row.id, 'desc'],
          ])[0]?.number,
        },
      ]);
    }
    expect(cities.flatMap(({ rows }) => (rows as Json[]).map(({ id }) => String(id))).sort()).toEqual(
      customers.map(({ id }) => id).sort(),
    );
    const billed = (await apply(
      'salesInvoices',
      'groupby((billToCustomer),nest(orderby(number)/top(2) as first,aggregate($count as n) as all))',
      { $expand: 'billToCustomer($select=number)', $top: '5' },
    )) as Json[];
    for (const { billToCustomer, first, all } of billed) {
      const number = (billToCustomer as Json | null)?.['number'];
      const group = invoices.filter((row) => row.billToCustomer?.number === number);
      expect(all).toEqual([{ n: d(count(group)) }]);
      expect((first as Json[]).map((row) => row['number'])).toEqual(
        sorted(group, [(row) => row.number, (row) => row.id])
          .slice(0, 2)
          .map((row) => row.number),
      );
    }
    const rolled = await ask('customers', {
      $apply: 'groupby((rollup(type,taxLiable)),nest(aggregate($count as n) as all))',
    });
    expect(unordered(plain(rolled.value) as Json[])).toEqual(
      unordered([
        ...byKind.map((group) => ({
          type: group[0]?.type,
          taxLiable: group[0]?.taxLiable,
          all: [{ n: d(count(group)) }],
        })),
        ...groups(customers, [(row) => row.type]).map((group) => ({
          type: group[0]?.type,
          all: [{ n: d(count(group)) }],
        })),
      ]),
    );
    expect(rolled.value[0]?.['all@odata.context']).toBe('#customers(n)');
  });

  test('[196] $apply within $expand, with further options on its result', async () => {
    expect(
      await read('customers', {
        $select: 'number',
        $expand:
          'salesInvoices($apply=groupby((status),aggregate(remainingAmount with sum as r));$filter=r ge 0;$orderby=r desc,status;$top=2;$count=true)',
      }),
    ).toEqual(
      customers.map((row) => ({
        number: row.number,
        salesInvoices: sorted(
          groups(row.salesInvoices, [(invoice) => invoice.status]).map((group) => ({
            status: group[0]?.status ?? '',
            r: sum(group.map(({ remainingAmount }) => remainingAmount)) ?? 0n,
          })),
          [[({ r }) => r, 'desc'], ({ status }) => statuses.indexOf(status)],
        )
          .slice(0, 2)
          .map(({ status, r }) => ({ status, r: d(r) })),
      })),
    );
    const mixed = (await read('customers', {
      $select: 'number',
      $expand: 'salesInvoices($apply=concat(aggregate($count as n),groupby((status))))',
    })) as Json[];
    expect(mixed.map((row) => (row['salesInvoices'] as Json[])[0])).toEqual(
      customers.map((row) => ({ n: d(count(row.salesInvoices)) })),
    );
  });
});

describe('places and formats', () => {
  test('[187] a complex value that is null is another group than one whose part is', async () => {
    const part = (row: Customer): string => {
      const parts = [
        row.addressStreet,
        row.addressCity,
        row.addressState,
        row.addressCountryLetterCode,
        row.addressPostalCode,
      ];
      return parts.every((value) => value === null) ? 'missing' : `there ${String(row.addressState)}`;
    };
    expect(unordered((await apply('customers', 'groupby((address/state),aggregate($count as n))')) as Json[])).toEqual(
      unordered(
        groups(customers, [part]).map((group) => ({
          address: part(group[0] as Customer) === 'missing' ? null : { state: group[0]?.addressState },
          n: d(count(group)),
        })),
      ),
    );
    expect(context(await ask('customers', { $apply: 'groupby((address/state,address/city))' }))).toBe(
      '#customers(address/state,address/city)',
    );
  });

  test('below a parent: only its own rows; without any, sums of nothing; no parent, 404', async () => {
    const [empty] = rows.journals.filter((row) => row.companyId === rows.here && row.customerPayments.length === 0);
    const path = `customerPaymentJournals(${empty?.id ?? ''})/customerPayments`;
    expect(await apply(path, 'aggregate(amount,$count as n)')).toEqual([{ amount: null, n: '0' }]);
    expect(await apply(path, 'groupby((customerId),aggregate(amount))', { $count: 'true' })).toEqual([]);
    const nowhere = 'customerPaymentJournals(00000000-0000-0000-0000-000000000000)/customerPayments';
    expect((await service.get(withOptions(nowhere, { $apply: 'aggregate(amount)' }))).status).toBe(404);
    const [busy] = sorted(customers, [[(row) => row.salesInvoices.length, 'desc']]);
    expect(await apply(`customers(${busy?.id ?? ''})/salesInvoices`, 'aggregate($count as n)')).toEqual([
      { n: d(count(busy?.salesInvoices ?? [])) },
    ]);
  });

  test('[198] without metadata no types, contexts and links; names of 4.01 have no prefix', async () => {
    const options = {
      $apply: 'concat(aggregate($count as n),topcount(1,balance)/compute(balance mul 2 as b))',
      $select: 'n,b',
    };
    const none = await service.get(withOptions('customers', options), {
      accept: 'application/json;odata.metadata=none',
    });
    expect(none.text).not.toContain('@');
    const links = await service.get(withOptions('$crossjoin(customers)', { $top: '1' }), {
      accept: 'application/json;odata.metadata=none',
    });
    expect(links.value).toEqual([{}]);
    const newer = await service.get(withOptions('customers', options), {
      accept: 'application/json;metadata=minimal',
      'odata-maxversion': '4.01',
    });
    expect(Object.keys(newer.value[0] ?? {})).toEqual(['n@type', 'n']);
  });

  test('a null has its type beside it, which it does not tell, and is left out when that is preferred', async () => {
    const options = { $apply: "filter(number eq '?')/aggregate(balance with sum as s,$count as n)" };
    expect((await ask('customers', options)).value).toEqual([
      { '@odata.id': null, 's@odata.type': '#Decimal', s: null, 'n@odata.type': '#Decimal', n: '0' },
    ]);
    const omitted = await service.get(withOptions('customers', options), { prefer: 'omit-values=nulls' });
    expect(omitted.value).toEqual([{ '@odata.id': null, 'n@odata.type': '#Decimal', n: 0 }]);
  });

  test('a constant to order by changes nothing', async () => {
    expect(await read('customers', { $orderby: 'true', $select: 'number', $top: '2' })).toHaveLength(2);
    expect(
      await apply('customers', "compute('x' as x,true as y)/groupby((x,y),aggregate($count as n))/orderby(y)/top(1)"),
    ).toEqual([{ x: 'x', y: true, n: d(count(customers)) }]);
  });
});

describe('[84] $crossjoin', () => {
  const sets = '$crossjoin(customers,salesInvoices)';
  const tied = 'customers/id eq salesInvoices/customerId';

  test('every combination, as links; the company confines both sets', async () => {
    const answer = await ask(sets, {
      $top: '3',
      $count: 'true',
      $orderby: 'customers/number desc,salesInvoices/number',
    });
    const [last] = [...customers].reverse();
    expect(answer.json['@odata.count']).toBe(String(customers.length * invoices.length));
    expect(answer.value).toEqual(
      invoices.slice(0, 3).map((invoice) => ({
        'customers@odata.navigationLink': `customers(${last?.id ?? ''})`,
        'salesInvoices@odata.navigationLink': `salesInvoices(${invoice.id})`,
      })),
    );
    expect(context(answer)).toBe('#Collection(Edm.ComplexType)');
    expect((await ask(`${sets}/$count`, { $filter: tied })).text).toBe(String(invoices.length));
  });

  test('$filter across the sets, $expand, paging', async () => {
    const path = withOptions(sets, {
      $filter: `${tied} and salesInvoices/remainingAmount gt 0`,
      $expand: 'customers($select=number),salesInvoices($select=number,remainingAmount)',
      $orderby: 'salesInvoices/remainingAmount desc',
    });
    const found = await service.all(path, { ...exact, prefer: 'odata.maxpagesize=4' });
    const open = invoices.filter(({ remainingAmount }) => remainingAmount > 0n);
    expect(plain(found)).toEqual(
      sorted(open, [
        [(row) => row.remainingAmount, 'desc'],
        [(row) => row.customerId, 'desc'],
        [(row) => row.id, 'desc'],
      ]).map((row) => ({
        customers: { number: row.customer.number },
        salesInvoices: { number: row.number, remainingAmount: d(row.remainingAmount) },
      })),
    );
    const partly = await ask(sets, { $filter: tied, $expand: 'customers($select=number)', $top: '1' });
    expect(Object.keys(partly.value[0] ?? {})).toEqual(['salesInvoices@odata.navigationLink', 'customers']);
    const selected = await ask(sets, { $filter: tied, $select: 'customers', $top: '1' });
    expect(Object.keys(selected.value[0] ?? {})).toEqual(['customers@odata.navigationLink']);
  });

  test('[200] $apply over the combinations', async () => {
    const answer = await ask(sets, {
      $apply: `filter(${tied})/groupby((customers/number),aggregate(salesInvoices/totalAmountIncludingTax with sum as total,$count as n))`,
      $orderby: 'total desc',
    });
    expect(plain(answer.value)).toEqual(
      sorted(
        groups(invoices, [(row) => row.customerId]).map((group) => ({
          customers: { number: group[0]?.customer.number },
          total: sum(group.map((row) => row.totalAmountIncludingTax)) ?? 0n,
          n: d(count(group)),
        })),
        [
          [({ total }) => total, 'desc'],
          [({ customers: { number } }) => number ?? null, 'desc'],
        ],
      ).map((row) => ({ ...row, total: d(row.total) })),
    );
    expect(context(answer)).toBe('#Collection(Edm.ComplexType)');
  });

  test('an entity is told by its id, and all of it by metadata=full', async () => {
    const options = { $filter: tied, $orderby: 'salesInvoices/number', $top: '2' };
    const referred = await ask(sets, { ...options, $expand: 'customers/$ref,salesInvoices/$ref' });
    const wanted = invoices.slice(0, 2);
    expect(referred.value).toEqual(
      wanted.map((invoice) => ({
        customers: { '@odata.id': `customers(${invoice.customerId})` },
        salesInvoices: { '@odata.id': `salesInvoices(${invoice.id})` },
      })),
    );
    const whole = await service.get(withOptions(sets, { ...options, $expand: 'customers($select=number)' }), full);
    expect(whole.value).toEqual(
      wanted.map((invoice) => ({
        'salesInvoices@odata.navigationLink': `salesInvoices(${invoice.id})`,
        customers: {
          '@odata.type': '#Microsoft.NAV.customer',
          '@odata.id': `customers(${invoice.customerId})`,
          '@odata.etag': `W/"${invoice.customer.version}"`,
          '@odata.editLink': `customers(${invoice.customerId})`,
          number: invoice.customer.number,
        },
      })),
    );
  });

  test('addnested: an entity of the combination with what is computed of it', async () => {
    const added = await ask(sets, {
      $apply: `filter(${tied})/addnested(customers,compute(length(number) as l) as c)`,
      $expand: 'c($select=number,l)',
      $orderby: 'salesInvoices/number',
    });
    expect(plain(added.value)).toEqual(
      invoices.map(({ customer }) => ({ c: { number: customer.number, l: customer.number.length } })),
    );
    expect(added.value[0]).toMatchObject({
      'customers@odata.navigationLink': `customers(${invoices[0]?.customerId})`,
      c: { '@odata.context': '#customers(number,l)/$entity', '@odata.id': `customers(${invoices[0]?.customerId})` },
    });
  });

  test('nest: combinations as one value, links within it, with their own context', async () => {
    const link = (invoice: Invoice): Json => ({
      'customers@odata.navigationLink': `customers(${invoice.customerId})`,
      'salesInvoices@odata.navigationLink': `salesInvoices(${invoice.id})`,
    });
    const answer = await ask(sets, {
      $apply: `filter(${tied})/orderby(salesInvoices/number)/nest(top(3) as some,groupby((customers/taxLiable),aggregate($count as n)) as kinds,aggregate($count as n) as all)`,
    });
    const kinds = [false, true].map((taxLiable) => ({
      customers: { '@odata.id': null, taxLiable },
      'n@odata.type': '#Decimal',
      n: d(count(invoices.filter(({ customer }) => customer.taxLiable === taxLiable))),
    }));
    expect(answer.value).toEqual([
      {
        'some@odata.context': '#Collection(Edm.ComplexType)',
        some: invoices.slice(0, 3).map(link),
        'kinds@odata.context': '#Collection(Edm.ComplexType)(customers(taxLiable),n)',
        kinds: kinds.filter(({ n }) => n !== '0'),
        'all@odata.context': '#Collection(Edm.ComplexType)(n)',
        all: [{ 'n@odata.type': '#Decimal', n: d(count(invoices)) }],
      },
    ]);
    expect(context(answer)).toBe('#Collection(Edm.ComplexType)');
    const none = await service.get(withOptions(sets, { $apply: 'top(2)/nest(identity as x)' }), {
      accept: 'application/json;metadata=none',
    });
    expect(none.value).toEqual([{ x: [{}, {}] }]);
    const grouped = await ask(sets, {
      $apply: `filter(${tied})/orderby(salesInvoices/number)/groupby((customers/number),nest(concat(identity,aggregate($count as n)) as x))`,
    });
    expect(unordered(grouped.value.map(({ customers: one, x }) => ({ one, x })))).toEqual(
      unordered(
        groups(invoices, [(row) => row.customerId]).map((group) => ({
          one: { '@odata.id': null, number: group[0]?.customer.number },
          x: [...group.map(link), { 'n@odata.type': '#Decimal', n: d(count(group)) }],
        })),
      ),
    );
  });

  test.each([
    ['$crossjoin(customers,nothing)', 404],
    ['$crossjoin(customers,customers)', 400],
    ['$crossjoin(customers,salesInvoices)/number', 400],
    ['$crossjoin(customers,salesInvoices)?$filter=number eq 1', 400],
    ['$crossjoin(customers,salesInvoices)?$filter=customers eq 1', 400],
    ['$crossjoin(customers,salesInvoices)?$expand=customers($top=1)', 400],
    ['$crossjoin(customers,salesInvoices)?$expand=nothing', 400],
    ['$crossjoin(customers,salesInvoices)?$select=nothing', 400],
    ['$crossjoin(customers,salesInvoices)?$search=x', 501],
    ['$crossjoin(customers,salesInvoices)?$apply=join(customers as c)', 400],
    ['$crossjoin(customers,salesInvoices)?$expand=customers/$count', 400],
  ])('%s is %i', async (path, status) => {
    const answer = await service.get(path.replaceAll(' ', '%20'));
    expect([answer.status, service.takeFailures()]).toEqual([status, []]);
  });

  test('it is read only', async () => {
    const { status, headers } = await service.send(
      'POST',
      '$crossjoin(customers,salesInvoices)',
      { 'content-type': 'application/json' },
      '{}',
    );
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('what is no transformation', () => {
  /** The target, and what the message must speak of. */
  test.each([
    ['aggregate(balance with sum)', 'Expected'],
    ['aggregate(balance with sum as b,number with max as b)', "property 'b' already"],
    ['groupby((number),aggregate(balance with sum as number))', "property 'number' already"],
    ['aggregate(number with sum as n)', 'sum cannot be applied'],
    ['aggregate(balance with median as n)', 'Methods are'],
    ['aggregate(nothing with sum as n)', "no property 'nothing'"],
    ['aggregate(salesInvoices with sum as n)', 'path of a value'],
    ['aggregate(nothing/$count as n)', "no property 'nothing'"],
    ['aggregate(address/nothing/$count as n)', "no property 'nothing'"],
    ['groupby((number))/aggregate(salesInvoices/$count as n)', "'salesInvoices' has been aggregated away"],
    ['groupby((number))/aggregate(salesInvoices/totalTaxAmount with sum as n)', 'aggregated away'],
    ['groupby((number))/aggregate(address/city/$count as n)', 'aggregated away'],
    ['groupby((number))/aggregate(balance with sum as n)', 'aggregated away'],
    ['aggregate(salesInvoices/nothing with sum as n)', "no property 'nothing'"],
    ['groupby((nothing))', "no property 'nothing'"],
    ['groupby((address/nothing))', "no property 'nothing'"],
    ['groupby((salesInvoices))', 'is a collection'],
    ['groupby((salesInvoices/number))', 'is a collection'],
    ['groupby((number))/groupby((displayName))', 'aggregated away'],
    ['groupby((rollup(number)))', 'two levels'],
    ['filter(balance)', 'must be true or false'],
    ['filter(nothing eq 1)', "no property 'nothing'"],
    ['topcount(0,balance)', 'positive number'],
    ["topcount('a',balance)", 'must be a whole number'],
    ['topcount(balance,balance)', 'must not depend on a single row'],
    ['topcount(1.5,balance)', 'must be a whole number'],
    ['topcount(1,address)', 'values that have an order'],
    ['topsum(1,number)', 'needs numbers'],
    ['toppercent(101,balance)', 'not above 100'],
    ['compute(1 as number)', "property 'number' already"],
    ['groupby((number))/compute(1 as displayName)', 'already'],
    ['join(number as i)', 'no collection'],
    ['join(salesInvoices/customer as i)', 'along one property'],
    ['addnested(salesInvoices/customer,identity as x)', 'before the last one'],
    ['join(salesInvoices as number)', 'already'],
    ['addnested(salesInvoices,groupby((nothing)) as x)', "no property 'nothing'"],
    ['addnested(salesInvoices,compute(remainingAmount as y) as j)/compute(j/y mul 1 as x)', 'needs any, all'],
    ['addnested(salesInvoices,compute(1 as y) as j)/aggregate(j/y mul 1 with sum as x)', 'needs any, all'],
    ['orderby(address)', 'values that have an order'],
    ['groupby((number),aggregate($count as n))/filter(m eq 1)', "no property 'm'"],
    ['sum(balance)', 'no transformation'],
    ['aggregate()', 'xpected'],
    ['concat(identity)', 'xpected'],
  ])('$apply=%s is refused where it is wrong', async ($apply, message) => {
    const { status, error, text } = await service.get(withOptions('customers', { $apply }));
    expect({ status, target: error.target, failures: service.takeFailures() }).toEqual({
      status: 400,
      target: '$apply',
      failures: [],
    });
    expect(error.message).toContain(message);
    expect(text).toMatch(/position \d+/);
  });

  test.each([
    ['customers(ID)?$apply=identity', 400],
    ['salesInvoices?$expand=customer($apply=identity)', 400],
    ['customers?$apply=Custom.function()', 501],
    ['customers?$apply=groupby((type))&$select=number', 400],
    ['customers?$apply=groupby((type))&$expand=salesInvoices', 400],
    ['customers?$apply=groupby((type))&$orderby=nothing', 400],
    ['customers?$filter=salesInvoices/aggregate(number with sum) gt 1', 400],
    ['customers?$filter=$these/number eq 1', 400],
    ['customers?$filter=isdefined(1)', 400],
    ['customers?$filter=isdefined(nothing)', 400],
  ])('%s is %i', async (path, status) => {
    const answer = await service.get(path.replace('ID', customers[0]?.id ?? '').replaceAll(' ', '%20'));
    expect([answer.status, service.takeFailures()]).toEqual([status, []]);
  });

  test('[178] what is short to write and large to do is refused at once', async () => {
    const doubled = Array.from({ length: 40 }, (_, index) => `x${index} add x${index} as x${index + 1}`);
    const computed = await service.get(withOptions('customers', { $compute: ['balance as x0', ...doubled].join() }));
    expect([computed.status, computed.error.code, computed.error.target]).toEqual([400, 'TooManyParts', '$compute']);
    const $apply = Array.from({ length: 20 }, () => 'concat(identity,identity)').join('/');
    const structured = await service.get(withOptions('customers', { $apply }));
    expect([structured.status, structured.error.code]).toEqual([400, 'TooManyParts']);
    const rollup = `rollup(${['number', 'displayName', 'email', 'website', 'type', 'blocked'].join()})`;
    const rolled = await service.get(
      withOptions('customers', {
        $apply: `groupby((${rollup},${rollup},${rollup},${rollup},${rollup},${rollup},${rollup}))`,
      }),
    );
    expect([rolled.status, rolled.error.code]).toEqual([400, 'TooManyParts']);
    const repeated = (one: string): Promise<Answer> => {
      const chain = Array.from({ length: 14 }, (_, index) => one.replaceAll(/\b([nm])\b/g, `$1${index}`)).join('/');
      return service.get(withOptions('customers', { $apply: chain, $count: 'true' }));
    };
    const grouped = 'groupby((number,balance),filter(balance ge 0)/aggregate($count as n))/compute(n as m)';
    const refused = await repeated(grouped);
    expect([refused.status, refused.error.code]).toEqual([400, 'TooManyParts']);
    // What $these stands for is made once.
    for (const one of [
      'filter(balance ge $these/aggregate(balance with min))',
      'filter($these/$count gt 0)/topcount($these/$count,balance)',
    ]) {
      const { status, json } = await repeated(one);
      expect([one, status, json['@odata.count']]).toEqual([one, 200, customers.length]);
    }
    expect(service.takeFailures()).toEqual([]);
  });

  test.each([
    'ancestors($root/customers,H,id,identity)',
    'descendants($root/customers,H,id,identity)',
    'traverse($root/customers,H,id,preorder)',
    'groupby((rolluprecursive($root/customers,H,id)))',
  ])('[199] no set is a recursive hierarchy: %s is 501', async ($apply) => {
    const { status, error } = await service.get(withOptions('customers', { $apply }));
    expect([status, error.target]).toEqual([501, '$apply']);
  });

  test('[199] functions of hierarchies are 501 where there is none', async () => {
    const $filter = "Aggregation.isroot(HierarchyNodes=$root/customers,HierarchyQualifier='H',Node=number)";
    const { status, error } = await service.get(withOptions('customers', { $filter }));
    expect([status, error.target]).toEqual([501, '$filter']);
  });

  test('[181] every transformation that $metadata names works, and nothing else is named', async () => {
    const examples: Readonly<Record<string, string>> = {
      identity: 'identity',
      filter: 'filter(taxLiable)',
      search: 'search(nord)',
      orderby: 'orderby(balance)',
      skip: 'skip(1)',
      top: 'top(1)',
      compute: 'compute(balance mul 2 as b)',
      aggregate: 'aggregate($count as n)',
      groupby: 'groupby((type))',
      concat: 'concat(identity,identity)',
      topcount: 'topcount(1,balance)',
      topsum: 'topsum(1,balance)',
      toppercent: 'toppercent(1,balance)',
      bottomcount: 'bottomcount(1,balance)',
      bottomsum: 'bottomsum(1,balance)',
      bottompercent: 'bottompercent(1,balance)',
      join: 'join(salesInvoices as i)',
      outerjoin: 'outerjoin(salesInvoices as i)',
      nest: 'nest(identity as all)',
      addnested: 'addnested(salesInvoices,identity as i)',
    };
    const { text } = await service.get('$metadata', { accept: 'application/xml' });
    const [, list = ''] =
      /<Annotation Term="Aggregation.ApplySupported">.*?Transformations"><Collection>(.*?)<\/Collection>/s.exec(
        text.replace(/>\s+</g, '><'),
      ) ?? [];
    const named = [...list.matchAll(/<String>(\w+)<\/String>/g)].map(([, name = '']) => name);
    expect(named.sort()).toEqual(Object.keys(examples).sort());
    for (const $apply of Object.values(examples)) await ask('customers', { $apply });
  });
});

/** What stands at the end of a path; null where the path ends before. */
const behindPath = (row: unknown, path: string): unknown =>
  path.split('/').reduce<unknown>((found, name) => (isJson(found) ? (found[name] ?? null) : null), row);

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

describe('every type', () => {
  let other: TestService;
  beforeAll(async () => {
    other = await startTripPin();
  });
  afterAll(() => other.close());

  const numbers = ['byte', 'signedByte', 'int16', 'int32', 'int64', 'money', 'whole', 'any', 'single', 'double'];
  const ordered = ['id', 'day', 'flag', 'moment', 'clock', 'span', 'guid', 'text', 'label'];
  const get = async (path: string, $apply: string, more: Record<string, string> = {}): Promise<Answer> => {
    const answer = await other.get(withOptions(path, { $apply, ...more }), exact);
    if (answer.status !== 200) throw new Error(`${$apply}: ${answer.text}\n${other.takeFailures().join('\n')}`);
    return answer;
  };

  /** Joins by one and the same value, of which the first is given: PostgreSQL forgets that one between may find nothing. */
  test.each<
    readonly [given: string, sequence: string, path: string, isFound: (holds: boolean, travels: boolean) => boolean]
  >([
    ['bestFriend/userName', 'identity', 'bestFriend/passport/holder/firstName', (holds) => holds],
    ['bestFriend/userName', 'identity', 'bestFriend/passport/holder/passport/holder/firstName', (holds) => holds],
    ['userName', 'outerjoin(trips as t)', 't/owner/passport/holder/firstName', (holds, travels) => holds && travels],
    [
      'userName',
      'outerjoin(trips as t,filter(budget ne 1))',
      't/owner/passport/holder/firstName',
      (holds, travels) => holds && travels,
    ],
    [
      'userName',
      'outerjoin(trips as t,compute(owner/passport/holder/firstName as n))',
      't/n',
      (holds, travels) => holds && travels,
    ],
  ])('what a missing row would lead to is missing: of a %s, %s by %s', async (given, sequence, path, isFound) => {
    const people = await other.sql(
      'SELECT "userName" AS name, "firstName" AS first, best_friend AS friend FROM people',
    );
    const holders = (await other.sql('SELECT holder FROM passports')).map(({ holder }) => holder);
    const owners = (await other.sql('SELECT owner FROM trips')).map(({ owner }) => owner);
    const known = people.filter(({ name }) => given === 'userName' || people.some(({ friend }) => friend === name));
    const found = known.map(async ({ name }) => {
      const filter = `filter(${given} eq '${String(name).replaceAll("'", "''")}')`;
      const { value } = await get('People', `${filter}/${sequence}/groupby((${path}))`);
      return value.map((row) => behindPath(row, path));
    });
    expect(await Promise.all(found)).toEqual(
      known.map(({ name, first }) => [isFound(holders.includes(name), owners.includes(name)) ? first : null]),
    );
  });

  test('what a missing row would lead to is missing: rows of an outer join, made one by one', async () => {
    const $apply = 'outerjoin(admirers as j,aggregate(bestFriend/passport/holder/firstName with max as a))';
    const { value } = await get('People', $apply, { $expand: 'j', $select: 'userName' });
    const holders = await other.sql(
      'SELECT p.holder, o."firstName" AS first FROM passports p JOIN people o ON o."userName" = p.holder',
    );
    const friends = (await other.sql('SELECT DISTINCT best_friend AS friend FROM people')).map(({ friend }) => friend);
    const shown = value.map(({ userName, j }) => [userName, behindPath({ j }, 'j/a')]);
    expect(shown).toEqual(
      value.map(({ userName }) => [
        userName,
        holders.find(({ holder }) => holder === userName && friends.includes(userName))?.['first'] ?? null,
      ]),
    );
    expect(shown.filter(([, first]) => first !== null)).toEqual([['russellwhyte', 'Russell']]);
  });

  test('[182, 184] sums have room: whole numbers go to the next larger type, exact; minimum and maximum keep the type', async () => {
    const sums = numbers.filter((name) => name !== 'double').map((name) => `${name} with sum as s_${name}`);
    const [row = {}] = (await get('Everythings', `aggregate(${sums.join(',')})`)).value;
    expect(plain(row)).toEqual({
      s_byte: '269',
      s_signedByte: '-1',
      s_int16: '-1',
      s_int32: '-1',
      s_int64: '-1',
      s_money: '1.5',
      s_whole: '0',
      s_any: '12345678901234567890123456889.499999999999999999999999999999',
      s_single: 'NaN',
    });
    expect([
      row['s_byte@odata.type'],
      row['s_int32@odata.type'],
      row['s_int64@odata.type'],
      row['s_single@odata.type'],
    ]).toEqual(['#Int64', '#Int64', '#Decimal', undefined]);
  });

  test('[182] averages of decimals and whole numbers are exact where they have an end, others are rounded to 28 digits or more', async () => {
    const names = numbers.filter((name) => !['single', 'double'].includes(name));
    const averages = names.map((name) => `${name} with average as a_${name}`);
    const [row = {}] = (await get('Everythings', `aggregate(${averages.join(',')},byte add 0.1 with average as b)`))
      .value;
    expect(plain(row)).toEqual({
      a_byte: '67.25',
      a_signedByte: '-0.3333333333333333333333333333333333333333',
      a_int16: '-0.3333333333333333333333333333333333333333',
      a_int32: '-0.3333333333333333333333333333333333333333',
      a_int64: '-0.3333333333333333333333333333333333333333',
      a_money: '0.375',
      a_whole: '0',
      a_any: '4115226300411522630041152296.4999999999999999999999999999996666666666666666666666666666666666666667',
      b: '67.35',
    });
  });

  test('[182] equal values have one average, whatever zeros they are written with', async () => {
    const of = (first: string, second: string) => `compute(case(id eq 1:${first},id in (2,4):${second}) as n)`;
    const [one, other] = await Promise.all(
      [of('1', '2.0'), of('1.000', '2.00')].map(async ($apply) =>
        plain((await get('Everythings', `${$apply}/aggregate(n with average as a)`)).value),
      ),
    );
    expect(one).toEqual([{ a: `1.${'6'.repeat(39)}7` }]);
    expect(other).toEqual(one);
  });

  test.each([...numbers, ...ordered])('[182] smallest, largest and number of %s', async (name) => {
    const [found = {}] = (
      await get('Everythings', `aggregate(${name} with min as l,${name} with max as m,${name} with countdistinct as n)`)
    ).value;
    const values = (
      await other.get(withOptions('Everythings', { $orderby: name, $select: name, $filter: `${name} ne null` }), exact)
    ).value.map((row) => row[name]);
    expect(plain(found)).toEqual({ l: values[0], m: values.at(-1), n: String(new Set(values).size) });
  });

  test.each([...numbers, ...ordered, 'bytes'])('[187] groups by %s', async (name) => {
    const { value } = await get('Everythings', `groupby((${name}),aggregate($count as n))`, { $count: 'true' });
    const all = (await other.get('Everythings', exact)).value.map((row) => row[name]);
    expect(new Map(value.map((row) => [row[name], row['n']]))).toEqual(
      new Map([...new Set(all)].map((wanted) => [wanted, String(all.filter((each) => each === wanted).length)])),
    );
  });

  test.each(['bytes with min', 'bytes with sum', 'flag with sum', 'span with average', 'text with sum'])(
    '%s is refused',
    async (item) => {
      const { status, error } = await other.get(withOptions('Everythings', { $apply: `aggregate(${item} as x)` }));
      expect([status, error.target]).toEqual([400, '$apply']);
    },
  );

  test('[182, 187] navigations to the same type, complex parts and enumerations stored as numbers', async () => {
    const people = (await other.get('People?$select=userName,gender')).value;
    const genderOf = (name: string): unknown => people.find((row) => row['userName'] === name)?.['gender'];
    expect(plain((await get('People', 'groupby((bestFriend/userName),aggregate($count as n))')).value)).toEqual([
      { bestFriend: null, n: '2' },
      { bestFriend: { userName: 'russellwhyte' }, n: '2' },
      { bestFriend: { userName: 'scottketchum' }, n: '1' },
    ]);
    expect(
      plain(
        (await get('People', 'groupby((gender),aggregate(age with max as oldest,trips/budget with min as cheapest))'))
          .value,
      ),
    ).toEqual([
      { gender: genderOf('russellwhyte'), oldest: '9007199254740993', cheapest: 3000 },
      { gender: genderOf('mirsking'), oldest: '0', cheapest: null },
      { gender: genderOf("o'neil/50% +ü"), oldest: null, cheapest: 0.1 },
    ]);
    expect(plain((await get('People', 'groupby((home/region),aggregate($count as n))')).value)).toEqual([
      { home: null, n: '2' },
      { home: { region: '' }, n: '1' },
      { home: { region: 'BW' }, n: '1' },
      { home: { region: 'ID' }, n: '1' },
    ]);
    expect(plain((await get('Venues', 'groupby((place/city/region),aggregate($count as n))')).value)).toEqual([
      { place: { city: null }, n: '1' },
      { place: { city: { region: null } }, n: '1' },
      { place: { city: { region: 'BW' } }, n: '1' },
    ]);
    expect((await other.get(withOptions('$crossjoin(Everythings,Airlines)', { $top: '1' }))).value).toEqual([
      {
        'Everythings@odata.navigationLink': 'Everythings(id=-3,day=0001-01-01)',
        'Airlines@odata.navigationLink': "Airlines('AA')",
      },
    ]);
  });

  test.each([
    // What is no number comes first, and no sum that holds it reaches anything.
    ['topsum(1,single)', [-3, 1, 2, 4]],
    ['toppercent(50,single)', [-3, 1, 2, 4]],
    ['bottomsum(0.05,single)', [-3, 4]],
    // Doubles keep what is behind the digits of a Single.
    ['compute(case(id eq 1:16777216,true:1) as n)/compute(cast(n,Edm.Single) as n1)/topsum(16777218,n1)', [1, 2, 4]],
  ])('[190] %s', async ($apply, ids) => {
    const { value } = await get('Everythings', $apply, { $select: 'id', $orderby: 'id' });
    expect(value.map(({ id }) => Number(id))).toEqual(ids);
  });

  test('a sum that no double holds is the error of a value, not of the service', async () => {
    const { status } = await other.get(
      withOptions('Everythings', {
        $apply: 'filter(double gt 1)/concat(identity,identity)/aggregate(double with sum as s)',
      }),
    );
    expect(status).toBe(400);
    expect(other.takeFailures()).toEqual([]);
  });
});
