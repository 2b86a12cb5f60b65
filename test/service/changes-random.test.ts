/** Random writes, by requests and by SQL, while clients keep copies by delta links: each copy must be what a fresh read gives. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Copy, FlatCopy, tracking } from '../setup/copies';
import { startTripPin } from '../setup/trip-pin/service';
import { startService, withOptions, type Answer, type TestService } from '../setup/service';

let service: TestService;
beforeAll(async () => {
  service = await tracking(startService({ defaultPageSize: 400 }));
});
afterAll(() => service.close());

/** Numbers that decide what an action does, each from 0 to 999. */
type Dice = readonly [number, number, number, number];
type Action = (dice: Dice) => Promise<unknown>;

const ids = async (table: string, condition = 'true'): Promise<readonly string[]> =>
  (await service.sql(`SELECT id FROM ${table} WHERE ${condition} ORDER BY id`)).map(({ id }) => String(id));
const pick = (from: readonly string[], die: number): string => from[die % from.length] ?? randomUUID();

/** Runs statements in one transaction, or takes them back. */
const together = async (statements: readonly string[], end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<void> => {
  await service.sql('BEGIN');
  for (const statement of statements) await service.sql(statement);
  await service.sql(end);
};

test('[261, 262, 263, 264, 265, 266] copies that follow their delta links are what a fresh read gives, whatever is written', async () => {
  const [here = '', there = ''] = (await service.sql('SELECT id FROM companies ORDER BY name')).map(({ id }) =>
    String(id),
  );
  const mine = `company_id = '${here}'`;
  const customers = (await ids('customers', mine)).slice(0, 12);
  const foreign = (await ids('customers', `company_id = '${there}'`)).slice(0, 3);
  const invoices = (await ids('sales_invoices', `${mine} AND status IN ('Open', 'Draft')`)).slice(0, 12);
  const journals = ['DELTA1', 'DELTA2'];
  const made: string[] = [];
  for (const code of journals) {
    const { json } = await service.send(
      'POST',
      'customerPaymentJournals',
      { 'Content-Type': 'application/json' },
      JSON.stringify({ code }),
    );
    made.push(String(json['id']));
  }
  const post = (path: string, body: object): Promise<Answer> =>
    service.send('POST', path, { 'Content-Type': 'application/json' }, JSON.stringify(body));
  const payments = (): Promise<readonly string[]> => ids('customer_payments', `journal_id IN ('${made.join("','")}')`);
  const pay = (dice: Dice): object => ({
    customerId: pick(customers, dice[1]),
    amount: dice[2] - 500,
    description: `text ${dice[3]}`,
  });
  const dimensions = await service.sql(
    `SELECT v.id, v.dimension_id FROM dimension_values v WHERE ${mine} AND NOT blocked ORDER BY v.id LIMIT 4`,
  );
  const actions: readonly Action[] = [
    ([a, b]) =>
      service.sql('UPDATE customers SET display_name = $2, credit_limit = $3 WHERE id = $1', [
        pick(customers, a),
        `Name ${b % 7}`,
        b,
      ]),
    ([a, b]) => service.sql('UPDATE customers SET number = $2 WHERE id = $1', [pick(customers, a), `N${a}-${b}`]),
    ([a, b]) => service.sql('UPDATE customers SET display_name = $2 WHERE id = $1', [pick(foreign, a), `Foreign ${b}`]),
    ([a, b]) => service.sql('UPDATE sales_invoices SET remaining_amount = $2 WHERE id = $1', [pick(invoices, a), b]),
    ([a, b]) =>
      service.sql('UPDATE sales_invoices SET customer_id = $2 WHERE id = $1', [pick(invoices, a), pick(customers, b)]),
    ([a, b, c]) =>
      service.sql('UPDATE sales_invoices SET bill_to_customer_id = $2, status = $3 WHERE id = $1', [
        pick(invoices, a),
        b % 3 ? pick(customers, b) : null,
        c % 2 ? 'Open' : 'Draft',
      ]),
    ([a, b]) =>
      post('salesInvoices', { customerId: pick(customers, a), totalAmountIncludingTax: b, invoiceDate: '2026-01-01' }),
    async ([a]) =>
      service
        .sql(`DELETE FROM sales_invoices WHERE id = $1 AND status = 'Draft'`, [
          pick(await ids('sales_invoices', mine), a),
        ])
        .catch(() => undefined),
    ([a, b]) => post('customers', { number: `D${a}-${b}`, displayName: `New ${b}` }),
    ([a]) =>
      service.sql(
        `DELETE FROM customers WHERE number LIKE 'D${a % 10}%' AND ${mine} AND NOT EXISTS (SELECT FROM sales_invoices i WHERE customers.id IN (i.customer_id, i.bill_to_customer_id)) AND NOT EXISTS (SELECT FROM customer_payments p WHERE p.customer_id = customers.id)`,
      ),
    ...[0, 1, 2].map(
      (): Action => (dice) => post(`customerPaymentJournals(${pick(made, dice[0])})/customerPayments`, pay(dice)),
    ),
    async ([a, b]) =>
      service.sql('UPDATE customer_payments SET amount = $2 WHERE id = $1', [pick(await payments(), a), b - 500]),
    async ([a, b]) =>
      service
        .sql('UPDATE customer_payments SET journal_id = $2, line_number = $3 WHERE id = $1', [
          pick(await payments(), a),
          pick(made, b),
          100_000 + a * 1000 + b,
        ])
        .catch(() => undefined),
    async ([a]) => service.sql('DELETE FROM customer_payments WHERE id = $1', [pick(await payments(), a)]),
    async ([a, b]) => {
      const value = dimensions[b % dimensions.length];
      return service
        .sql(
          'INSERT INTO dimension_lines (payment_id, dimension_id, company_id, dimension_value_id) VALUES ($1, $2, $3, $4)',
          [pick(await payments(), a), value?.['dimension_id'], here, value?.['id']],
        )
        .catch(() => undefined);
    },
    async ([a]) => service.sql('DELETE FROM dimension_lines WHERE payment_id = $1', [pick(await payments(), a)]),
    ([a]) => service.sql('UPDATE dimensions SET display_name = $1 WHERE company_id = $2', [`Dimension ${a}`, here]),
    ([a, b]) =>
      service.sql('UPDATE customer_payment_journals SET display_name = $2 WHERE id = $1', [
        pick(made, a),
        `Journal ${b}`,
      ]),
    ([a]) => service.sql('DELETE FROM customer_payments WHERE journal_id = $1', [pick(made, a)]),
    async ([a]) => {
      // Made, moved and gone again before anybody looks.
      const id = randomUUID();
      await together([
        `INSERT INTO customers (id, company_id, number, display_name) VALUES ('${id}', '${here}', 'G${a}-${id.slice(0, 8)}', 'Ghost')`,
        `UPDATE customers SET display_name = 'Ghost 2' WHERE id = '${id}'`,
        ...(a % 2 ? [`DELETE FROM customers WHERE id = '${id}'`] : []),
      ]);
    },
    ([a, b]) =>
      together([`UPDATE customers SET display_name = 'Undone ${a}' WHERE id = '${pick(customers, b)}'`], 'ROLLBACK'),
  ];
  const [customer = ''] = customers;
  const journal = made[0] ?? '';
  const line = async (): Promise<string> => {
    const { json } = await post(`customerPaymentJournals(${journal})/customerPayments`, {
      customerId: customer,
      amount: -5,
    });
    return String(json['id']);
  };
  const fixed = await line();
  const recent = { 'OData-MaxVersion': '4.01' };
  const queries: readonly (readonly [string, Record<string, string>])[] = [
    ['customers', {}],
    ['customers', { $select: 'number,balance', $orderby: 'balance desc' }],
    ['customers', { $filter: 'balance gt 500', $select: 'id' }],
    ['customers', { $filter: "salesInvoices/any(i: i/status eq 'Open' and i/remainingAmount gt 400)" }],
    ['customers', { $filter: 'salesInvoices/$count gt 2', $count: 'true' }],
    ['customers', { $search: 'Name' }],
    ['customers', { $compute: 'balance mul 2 as twice', $select: 'number,twice', $filter: 'twice gt 100' }],
    ['salesInvoices', { $filter: "startswith(customer/displayName,'Name')" }],
    [
      'salesInvoices',
      { $select: 'number,customerName', $filter: 'billToCustomer/balance gt 10 or billToCustomerId eq null' },
    ],
    [`customers(${customer})/salesInvoices`, { $filter: 'remainingAmount gt 100' }],
    [`customerPaymentJournals(${journal})/customerPayments`, { $filter: 'amount lt 0' }],
    [`companies(${here})/customerPaymentJournals(${journal})/customerPayments`, {}],
    [`customerPaymentJournals(${journal})/customerPayments`, { $filter: "dimensionLines/any(d: d/valueCode ne '')" }],
    [`companies(${there})/customers`, {}],
    [`customerPaymentJournals`, { $filter: 'customerPayments/any()' }],
    [`customerPaymentJournals(${journal})/customerPayments(${fixed})/dimensionLines`, {}],
    [
      'customers',
      {
        $expand:
          "salesInvoices($select=number;$filter=status eq 'Open';$orderby=number;$top=2),customerLedgerEntries($count=true)",
        $select: 'number',
      },
    ],
    [
      `customerPaymentJournals`,
      {
        $filter: "startswith(code,'DELTA')",
        $expand: 'account,customerPayments($expand=customer($select=displayName),dimensionLines)',
      },
    ],
    ['salesInvoices', { $expand: 'customer($select=balance)', $select: 'number' }],
  ];
  const paths = queries.map(([path, options]) =>
    Object.keys(options).length === 0 ? path : withOptions(path, options),
  );
  const flat = [
    withOptions('customers', { $expand: 'salesInvoices($select=number,customerName)', $select: 'displayName' }),
    withOptions('customers', { $expand: 'salesInvoices($select=number,remainingAmount)', $filter: 'balance gt 500' }),
    withOptions('salesInvoices', {
      $expand: 'customer($select=displayName,balance),billToCustomer($select=displayName,balance)',
      $filter: 'remainingAmount gt 100',
      $select: 'number',
    }),
    withOptions(`customerPaymentJournals(${journal})/customerPayments`, {
      $expand: 'customer($select=displayName),appliesToInvoice',
      $filter: 'amount lt 0',
    }),
  ];
  const copyOf = (index: number): Copy => {
    const [whole, beside] = [paths[index], flat[index - paths.length]];
    if (beside !== undefined) return new FlatCopy(service, beside, {});
    return new Copy(service, whole ?? '', whole?.includes('expand') ? recent : {});
  };
  const die = fc.nat(999);
  const step = fc.record({ action: fc.nat(actions.length - 1), dice: fc.tuple(die, die, die, die) });
  const round = fc.record({
    steps: fc.array(step, { minLength: 3, maxLength: 14 }),
    between: fc.array(step, { maxLength: 3 }),
    pageSize: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    fresh: fc.nat(paths.length + flat.length - 1),
  });
  const act = async (steps: readonly { action: number; dice: Dice }[]): Promise<void> => {
    for (const { action, dice } of steps) {
      // A payment that others are looked at below stays where it is.
      await actions[action]?.(dice);
      await service
        .sql(
          `INSERT INTO customer_payments (id, company_id, journal_id, line_number, amount) VALUES ($1, $2, $3, 5, -5) ON CONFLICT DO NOTHING`,
          [fixed, here, journal],
        )
        .catch(() => undefined);
      await service.sql(
        'UPDATE customer_payments SET journal_id = $2, line_number = 5 WHERE id = $1 AND journal_id <> $2',
        [fixed, journal],
      );
    }
  };
  const [first] = fc.sample(fc.array(step, { minLength: 30, maxLength: 30 }), { numRuns: 1, seed: 7 });
  await act(first ?? []);
  const all = [...paths, ...flat].map((_, index) => copyOf(index).begin(async () => undefined));
  const copies = await Promise.all(all);
  await fc.assert(
    fc.asyncProperty(round, async ({ steps, between, pageSize, fresh }) => {
      copies[fresh] = await copyOf(fresh).begin(() => act(between));
      await act(steps);
      for (const copy of copies) await copy.follow(pageSize, () => act(between));
      // What was written between the pages of one copy is told to it the next time.
      for (const copy of copies) await copy.follow(undefined, async () => undefined);
      for (const copy of copies) await copy.check();
    }),
    { numRuns: 8, seed: 265, endOnFailure: true },
  );
}, 240_000);

test('[261, 262, 263, 264, 265, 266] the same for keys of every type and several parts, dynamic properties, items, streams, and relations of one to one and to itself', async () => {
  const trips = await tracking(startTripPin({ defaultPageSize: 5 }));
  try {
    /** Statements with dice for `$1` to `$3`. What a constraint refuses is not done. */
    const actions: readonly string[] = [
      `UPDATE guests SET extra = extra || jsonb_build_object('motto', CASE WHEN $1 % 2 = 0 THEN 'x' ELSE 'y' END) WHERE code = (SELECT code FROM guests ORDER BY code OFFSET $2 % 4 LIMIT 1)`,
      `UPDATE guests SET extra = extra - 'motto', age = $1 % 60 WHERE code = (SELECT code FROM guests ORDER BY code OFFSET $2 % 4 LIMIT 1)`,
      `UPDATE guests SET host = (SELECT code FROM guests ORDER BY code OFFSET $1 % 5 LIMIT 1) WHERE code = (SELECT code FROM guests ORDER BY code OFFSET $2 % 4 LIMIT 1)`,
      `INSERT INTO guests (code, name, age, extra, host, revision) SELECT 'g' || $1 % 50, 'New', $2 % 60, '{"motto":"x"}', code, 1 FROM guests ORDER BY code LIMIT 1`,
      `DELETE FROM guests g WHERE code LIKE 'g%' AND NOT EXISTS (SELECT FROM guests WHERE host = g.code) AND length(code) = 2 + $1 % 2`,
      `UPDATE hotels SET rooms = CASE WHEN $1 % 3 = 0 THEN '[]' WHEN $1 % 3 = 1 THEN jsonb_build_array(jsonb_build_object('name', 'r', 'beds', $2 % 4, 'features', 1, 'tags', '[]'::jsonb, 'offers', '[]'::jsonb)) ELSE rooms END, note = $3::text WHERE code = (SELECT code FROM hotels ORDER BY code OFFSET $2 % 3 LIMIT 1)`,
      `UPDATE hotels SET main = (SELECT code FROM hotels ORDER BY code OFFSET $1 % 4 LIMIT 1) WHERE code = (SELECT code FROM hotels ORDER BY code OFFSET $2 % 3 LIMIT 1)`,
      `UPDATE albums SET cover = decode(lpad(to_hex($1), 4, '0'), 'hex'), revision = revision + 1 WHERE title = (SELECT title FROM albums ORDER BY title OFFSET $2 % 2 LIMIT 1)`,
      `INSERT INTO pages (id, headline, album) SELECT gen_random_uuid(), 'h' || $1, title FROM albums ORDER BY title OFFSET $2 % 2 LIMIT 1`,
      `UPDATE pages SET album = (SELECT title FROM albums ORDER BY title OFFSET $1 % 2 LIMIT 1) WHERE id = (SELECT id FROM pages ORDER BY id OFFSET $2 % 4 LIMIT 1)`,
      `DELETE FROM pages WHERE id = (SELECT id FROM pages ORDER BY id OFFSET $2 % 4 LIMIT 1)`,
      `UPDATE keyed SET flag = $1 % 2 = 0, note = $2::text WHERE text = (SELECT text FROM keyed ORDER BY text, flag OFFSET $3 % 2 LIMIT 1)`,
      `UPDATE keyed SET span = make_interval(days => $1 % 3, hours => $2 % 30), moment = moment + make_interval(secs => $3 / 1000.0) WHERE text = (SELECT text FROM keyed ORDER BY text LIMIT 1)`,
      `UPDATE passports SET holder = (SELECT "userName" FROM people ORDER BY "userName" OFFSET $1 % 5 LIMIT 1) WHERE number = (SELECT min(number) FROM passports)`,
      `UPDATE passports SET issued = date '2020-01-01' + $1 WHERE number = (SELECT max(number) FROM passports)`,
      `INSERT INTO passports (number, issued, holder) SELECT 2000 + $1, '2024-01-01', "userName" FROM people ORDER BY "userName" OFFSET $2 % 5 LIMIT 1`,
      `DELETE FROM passports WHERE number = (SELECT number FROM passports ORDER BY number OFFSET $1 % 3 LIMIT 1)`,
      `UPDATE people SET "firstName" = 'Name ' || $1 % 9 WHERE "userName" = (SELECT "userName" FROM people ORDER BY "userName" OFFSET $2 % 5 LIMIT 1)`,
      `UPDATE people SET best_friend = (SELECT "userName" FROM people ORDER BY "userName" OFFSET $1 % 6 LIMIT 1) WHERE "userName" = (SELECT "userName" FROM people ORDER BY "userName" OFFSET $2 % 5 LIMIT 1)`,
      `UPDATE trips SET owner = (SELECT "userName" FROM people ORDER BY "userName" OFFSET $1 % 5 LIMIT 1), "tripNumber" = 1 + $3 % 999 WHERE "shareId" = (SELECT "shareId" FROM trips ORDER BY "shareId" OFFSET $2 % 4 LIMIT 1)`,
      `DELETE FROM trips WHERE "tripNumber" = 1 + $1 % 4`,
      `INSERT INTO trips ("shareId", owner, "tripNumber", "startsAt", ratings) SELECT gen_random_uuid(), "userName", 1 + $1 % 999, '2026-01-01', '{}' FROM people ORDER BY "userName" OFFSET $2 % 5 LIMIT 1`,
      `UPDATE geo.airports SET name = 'Airport ' || $1, kind = CASE WHEN $2 % 2 = 0 THEN 'Civil' ELSE 'Military' END::geo.airport_kind WHERE "icaoCode" = (SELECT "icaoCode" FROM geo.airports ORDER BY 1 OFFSET $3 % 4 LIMIT 1)`,
      `UPDATE things SET place = $1 % 6, known = 1 + $2 % 4 WHERE number = 1 + $3 % 12`,
      `UPDATE things SET was = $1 % 3, number = 1 + $2 % 40 WHERE number = 1 + $3 % 12`,
      `DELETE FROM things WHERE number = 1 + $1 % 40`,
      `UPDATE shelves SET complete = $1 WHERE n = 1 + $2 % 4`,
      `UPDATE students SET age = $1 % 40, name = 'S' || $2 % 5 WHERE number = 1 + $3 % 4`,
      `INSERT INTO enrolments (course, student) SELECT 'void', 1 + $1 % 4`,
    ];
    const whole = { 'OData-MaxVersion': '4.01', Accept: 'application/json;odata.metadata=full' };
    const paths = [
      'Keyeds',
      'Keyeds?$filter=flag',
      'Guests',
      "Guests?$filter=motto eq 'x'&$orderby=age",
      "Guests?$filter=host/motto eq 'x' or invited/any(g:g/age gt 30)",
      'Guests?$expand=invited($select=name,motto),host($select=age)',
      'Hotels?$filter=rooms/any(r:r/beds ge 2)',
      'Hotels?$filter=not contains(concat(rooms,[{"name":"r","beds":2}]),main/rooms) or length(rooms/$filter(beds ge 2)) eq 1',
      'Hotels?$select=rooms($filter=beds ge 2),note',
      'Hotels?$filter=main/rooms/$count gt 0&$expand=branches($select=note)',
      'Albums',
      'Albums?$expand=cover&$select=title',
      "Albums('Rome')/pages",
      'Albums?$expand=pages($count=true;$orderby=headline;$top=2)&$select=title',
      'Students?$filter=age gt 20',
      'People?$select=firstName,bestFriendName&$filter=bestFriend/firstName ne null',
      'People?$select=firstName&$expand=passport,admirers($select=firstName)',
      "People('russellwhyte')/trips?$expand=owner($select=firstName)",
      'Me/trips',
      'Me/admirers?$select=firstName',
      "Airports?$filter=kind eq 'Civil'",
      'Things?$filter=place gt 2',
      'Things?$filter=shelf/complete gt 300',
      'Shelves(1)/things?$orderby=place desc',
      'Shelves?$expand=things($expand=shelf)',
    ];
    const flat = [
      'Passports?$select=issued&$expand=holder($select=firstName,bestFriendName)',
      'People?$select=firstName&$expand=passport($select=issued)',
      "People?$select=lastName&$filter=startswith(firstName,'Name')&$expand=passport($select=issued)",
    ];
    const copies = [
      ...paths.map((path) => new Copy(trips, encodeURI(path), whole)),
      ...flat.map((path) => new FlatCopy(trips, encodeURI(path), {})),
    ];
    const act = async (steps: readonly { action: number; dice: Dice }[]): Promise<void> => {
      for (const { action, dice } of steps) {
        const text = (actions[action] ?? '').replace(/\$([123])/g, (_, place) => String(dice[Number(place) - 1]));
        await trips.sql(text).catch((error: unknown) => {
          if (!/violates|constraint/.test(String(error))) throw error;
        });
      }
    };
    const die = fc.nat(999);
    const step = fc.record({ action: fc.nat(actions.length - 1), dice: fc.tuple(die, die, die, die) });
    const round = fc.record({
      steps: fc.array(step, { minLength: 4, maxLength: 20 }),
      between: fc.array(step, { maxLength: 2 }),
      pageSize: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    for (const copy of copies) await copy.begin(async () => undefined);
    await fc.assert(
      fc.asyncProperty(round, async ({ steps, between, pageSize }) => {
        await act(steps);
        for (const copy of copies) await copy.follow(pageSize, () => act(between));
        for (const copy of copies) await copy.follow(undefined, async () => undefined);
        for (const copy of copies) await copy.check();
      }),
      { numRuns: 10, seed: 262, endOnFailure: true },
    );
  } finally {
    await trips.close();
  }
}, 120_000);
