/** Random writes, by requests and by SQL, while clients keep copies by delta links: each copy must be what a fresh read gives. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
beforeAll(async () => {
  service = await startService({ defaultPageSize: 400 });
});
afterAll(() => service.close());

/** Numbers that decide what an action does, each from 0 to 999. */
type Dice = readonly [number, number, number, number];
type Action = (dice: Dice) => Promise<unknown>;

const keyIn = (text: string): string => /\(([^()]*)\)$/.exec(text)?.[1] ?? '';

/** What a client holds of a collection. */
class Copy {
  protected readonly entities = new Map<string, Json>();
  private link = '';

  constructor(
    protected readonly path: string,
    protected readonly headers: Record<string, string>,
  ) {}

  /** Begins the copy. `between` runs between pages. */
  async begin(between: () => Promise<unknown>): Promise<this> {
    // Nested collections would be cut as well.
    const cut = this.path.includes('expand') ? '' : ', maxpagesize=8';
    await this.read(this.path, { Prefer: `track-changes${cut}` }, between);
    return this;
  }

  /** Reads what has changed. */
  async follow(pageSize: number | undefined, between: () => Promise<unknown>): Promise<void> {
    const isCut = pageSize !== undefined && (!this.path.includes('expand') || this instanceof FlatCopy);
    await this.read(this.link, isCut ? { Prefer: `maxpagesize=${pageSize}` } : {}, between);
  }

  private async read(start: string, headers: Record<string, string>, between: () => Promise<unknown>): Promise<void> {
    let pages = 0;
    for (let next: string | undefined = start; next !== undefined;) {
      const page: Answer = await service.get(next, { ...this.headers, ...headers });
      if (page.status !== 200) throw new Error(`${next}: ${page.text}\n${service.takeFailures().join('\n')}`);
      for (const entity of page.value) this.apply(entity);
      next = page.nextLink;
      const link = page.json['@odata.deltaLink'];
      expect([typeof next, typeof link].sort()).toEqual(['string', 'undefined']);
      if (typeof link === 'string') this.link = link;
      else if (++pages < 4) await between();
    }
  }

  protected apply(entity: Json): void {
    const context = entity['@odata.context'];
    if (typeof context === 'string' && context.endsWith('/$deletedEntity'))
      this.entities.delete(keyIn(String(entity['id'])));
    else if (entity['@odata.removed'] !== undefined) this.entities.delete(keyIn(String(entity['@odata.id'])));
    else this.entities.set(keyOf(entity), entity);
  }

  protected get held(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.entities);
  }

  /** Holds the copy against a fresh read. */
  async check(): Promise<void> {
    const fresh = await service.all(this.path, this.headers);
    const wanted = Object.fromEntries(fresh.map((entity) => [keyOf(entity), entity]));
    expect([this.path, this.held]).toEqual([this.path, wanted]);
  }
}

const keyOf = (entity: Json): string => {
  const id = entity['@odata.id'];
  return typeof id === 'string' ? keyIn(id) : String(entity['id']);
};

const byKey = (entities: readonly Json[]): readonly Json[] =>
  [...entities].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));

/** What a client of 4.0 holds that has expanded navigations: their entities by their ids, and which belong to which. */
class FlatCopy extends Copy {
  private readonly others = new Map<string, Json>();
  private readonly links = new Set<string>();

  protected override apply(entity: Json): void {
    const [, set = '', kind = ''] = /\$metadata#(.*)\/\$(\w+)$/.exec(String(entity['@odata.context'])) ?? [];
    const isOwn = set === '' || set === /^[^?]*/.exec(this.path)?.[0];
    if (kind === 'link' || kind === 'deletedLink') this.applyLink(entity, kind);
    else if (kind === 'entity') {
      const { '@odata.context': _, ...told } = entity;
      this.others.set(`${set}(${keyOf(entity)})`, told);
    } else if (kind === 'deletedEntity' && !isOwn) this.others.delete(String(entity['id']));
    else if (kind === 'deletedEntity') {
      const key = keyIn(String(entity['id']));
      this.entities.delete(key);
      for (const link of this.links) if (link.startsWith(`${key} `)) this.links.delete(link);
    } else this.adopt(entity);
  }

  private applyLink(entity: Json, kind: string): void {
    const start = `${keyIn(String(entity['source']))} ${String(entity['relationship'])} `;
    const link = `${start}${String(entity['target'])}`;
    const isSingle = singles.has(String(entity['relationship']));
    for (const other of this.links) if (isSingle && other.startsWith(start)) this.links.delete(other);
    if (kind === 'link') this.links.add(link);
    else this.links.delete(link);
  }

  /** At first entities come nested, later alone. */
  private adopt(entity: Json): void {
    const nested = Object.entries(entity).filter(([name]) => sets.has(name));
    for (const [name, value] of nested)
      for (const one of Array.isArray(value) ? (value as Json[]) : value ? [value as Json] : []) {
        const id = `${sets.get(name) ?? ''}(${keyOf(one)})`;
        this.others.set(id, one);
        this.links.add(`${keyOf(entity)} ${name} ${id}`);
      }
    const own = Object.entries(entity).filter(([name]) => !sets.has(name));
    this.entities.set(keyOf(entity), Object.fromEntries(own));
  }

  protected override get held(): Readonly<Record<string, Json>> {
    const expanded = decodeURIComponent(/expand=([^&]*)/.exec(this.path)?.[1] ?? '');
    const names = [...sets.keys()].filter((name) => new RegExp(`(^|,)${name}(\\(|,|$)`).test(expanded));
    const linked = (key: string, name: string): readonly Json[] =>
      [...this.links].flatMap((link) => {
        const start = `${key} ${name} `;
        const found = link.startsWith(start) ? this.others.get(link.slice(start.length)) : undefined;
        return found ? [found] : [];
      });
    const whole = [...this.entities].map(([key, entity]) => {
      const nested = names.map((name) => {
        const found = byKey(linked(key, name));
        return [name, singles.has(name) ? (found[0] ?? null) : found] as const;
      });
      return [key, { ...entity, ...Object.fromEntries(nested) }] as const;
    });
    return Object.fromEntries(whole);
  }

  override async check(): Promise<void> {
    const fresh = await service.all(this.path, this.headers);
    const sorted = fresh.map((entity) => {
      const members = Object.entries(entity).map(([name, value]) => {
        return [name, Array.isArray(value) ? byKey(value as Json[]) : value] as const;
      });
      return [keyOf(entity), Object.fromEntries(members)] as const;
    });
    expect([this.path, this.held]).toEqual([this.path, Object.fromEntries(sorted)]);
  }
}

/** The navigations that are expanded in 4.0, with the sets of their entities. */
const sets = new Map([
  ['salesInvoices', 'salesInvoices'],
  ['customer', 'customers'],
  ['billToCustomer', 'customers'],
  ['appliesToInvoice', 'salesInvoices'],
]);
const singles = new Set(['customer', 'billToCustomer', 'appliesToInvoice']);

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
    if (beside !== undefined) return new FlatCopy(beside, {});
    return new Copy(whole ?? '', whole?.includes('expand') ? recent : {});
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
