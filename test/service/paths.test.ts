/** Resource paths: what each segment leads to, alone and behind others, compared with the rows by plain SQL. URL Conventions §4 */
import { loadRows, ONE, sorted, type Customer, type Invoice, type Journal, type Rows } from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let customers: readonly Customer[];
let invoices: readonly Invoice[];
let journal: Journal;
let customer: Customer;

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  const here = <T extends { readonly companyId: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ companyId }) => companyId === rows.here);
  customers = sorted(here(rows.customers), [(row) => row.number]);
  invoices = sorted(here(rows.invoices), [(row) => row.number]);
  const first = <T>(found: readonly T[]): T => {
    if (found[0] === undefined) throw new Error('The sample data lacks a row');
    return found[0];
  };
  journal = first(sorted(here(rows.journals), [[(row) => row.customerPayments.length, 'desc']]));
  customer = first(sorted(customers, [[(row) => row.salesInvoices.length, 'desc']]));
});
afterAll(() => service.close());

async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await service.get(path.replaceAll(' ', '%20'), headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${service.takeFailures().join()}`);
  return answer;
}
const context = ({ json }: Answer): string => String(json['@odata.context']).replace(/^.*\$metadata/, '');
const numbers = (found: readonly Json[]): unknown[] => found.map((row) => row['number']);
const status = async (path: string): Promise<number> => (await service.get(path.replaceAll(' ', '%20'))).status;

describe('/$filter', () => {
  const rich = (): readonly Customer[] => customers.filter(({ balance }) => balance > 100n * ONE);
  const richA = (): readonly Customer[] => rich().filter(({ displayName }) => displayName.includes('a'));

  test('[81] narrows a set, again and again, with an alias or the condition itself', async () => {
    for (const path of [
      "customers/$filter(balance gt 100)/$filter(contains(displayName,'a'))?$orderby=number",
      "customers/$filter(@b)/$filter(@n)?$orderby=number&@b=balance gt 100&@n=contains(displayName,'a')",
      "customers/$filter(@b)?$filter=contains(displayName,'a')&$orderby=number&@b=balance gt 100",
      "customers/$filter(@b)/$filter(@n)/$each?$orderby=number&@b=balance gt 100&@n=contains(displayName,'a')",
      "customers/$filter(@b)/Microsoft.NAV.customer?$filter=contains(displayName,'a')&$orderby=number&@b=balance gt 100",
    ]) {
      const answer = await ok(path);
      expect([path, numbers(answer.value)]).toEqual([path, richA().map(({ number }) => number)]);
      expect(context(answer)).toBe('#customers');
    }
    expect(richA().length).toBeGreaterThan(1);
  });

  test('[77, 81] stands before /$count, /$ref, a key, a key as segment, and what is behind one', async () => {
    const within = 'customers/$filter(@b)';
    const value = '@b=balance gt 100';
    const [found] = rich();
    const [poor] = customers.filter(({ balance }) => balance <= 100n * ONE);
    if (!found || !poor) throw new Error('Both kinds of customers are needed');
    expect((await ok(`${within}/$count?${value}`)).text).toBe(String(rich().length));
    expect((await ok(`${within}/$count?${value}&$filter=contains(displayName,'a')`)).text).toBe(String(richA().length));
    expect((await ok(`${within}/$ref?${value}&$orderby=number`)).value.map((row) => row['@odata.id'])).toEqual(
      rich().map(({ id }) => `customers(${id})`),
    );
    for (const key of [`(${found.id})`, `/${found.id}`, `(id=${found.id})`, `(number='${found.number}')`])
      expect((await ok(`${within}${key}?${value}`)).json['number']).toBe(found.number);
    for (const key of [`(${poor.id})`, `/${poor.id}`, `/${poor.id}/number`, `(${poor.id})/salesInvoices`])
      expect([key, await status(`${within}${key}?${value}`)]).toEqual([key, 404]);
    expect(numbers((await ok(`${within}(${found.id})/salesInvoices?${value}&$orderby=number`)).value)).toEqual(
      found.salesInvoices.map(({ number }) => number),
    );
    expect((await ok(`${within}/${found.id}/displayName/$value?${value}`)).text).toBe(found.displayName);
  });

  test('[81] narrows what a navigation leads to, with paths, lambdas and navigation in its condition', async () => {
    const open = customer.salesInvoices.filter(({ status: state }) => state === 'Open');
    const path = `customers(${customer.id})/salesInvoices/$filter(@s)`;
    const answer = await ok(`${path}?@s=status eq 'Open'&$orderby=number&$count=true`);
    expect([numbers(answer.value), answer.json['@odata.count']]).toEqual([open.map((i) => i.number), open.length]);
    expect((await ok(`${path}/$count?@s=status eq 'Open'`)).text).toBe(String(open.length));
    const many = customers.filter(({ salesInvoices }) => salesInvoices.some(({ status: state }) => state === 'Open'));
    expect(
      numbers((await ok("customers/$filter(salesInvoices/any(i:i/status eq 'Open'))?$orderby=number")).value),
    ).toEqual(many.map(({ number }) => number));
    const cities = invoices.filter((i) => i.customer.addressCity !== null && i.customer.balance > 0n);
    const byCity = '/$filter(@c)?@c=customer/address/city ne null and customer/balance gt 0&$orderby=number';
    expect(numbers((await ok(`salesInvoices${byCity}`)).value)).toEqual(cities.map(({ number }) => number));
    const paid = journal.customerPayments.filter((p) => p.customer !== null && p.amount < 0n);
    expect(
      (
        await ok(
          `customerPaymentJournals(${journal.id})/customerPayments/$filter(@p)/$count?@p=customer ne null and amount lt 0`,
        )
      ).text,
    ).toBe(String(paid.length));
  });

  test('[81, 172] is kept by links to further pages, and shares one statement among values', async () => {
    const path = 'customers/$filter(@b)?@b=balance gt 100&$select=number';
    const found: Json[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const page: Answer = await ok(next, { Prefer: 'maxpagesize=2' });
      found.push(...page.value);
      next = page.nextLink;
    }
    expect(numbers(found)).toEqual(rich().map(({ number }) => number));
    service.takeStatements();
    for (const amount of [1, 20, 300]) await ok(`customers/$filter(balance gt ${amount})`);
    expect(new Set(service.takeStatements().map(({ name }) => name)).size).toBe(1);
  });

  test('[81] of one entity, of no condition, or before a write that it would widen is refused', async () => {
    for (const [path, expected] of [
      [`customers(${customer.id})/$filter(true)`, 404],
      ['customers/$filter(@none)', 400],
      ['customers/$filter(1)', 400],
      ['customers/$filter(unknown eq 1)', 400],
      ['customers/$filter()', 400],
      ['$filter(true)', 400],
      [`customers(${customer.id})/$each`, 404],
    ] as const)
      expect([path, await status(path)]).toEqual([path, expected]);
    const write = await service.send('PATCH', 'customers/$filter(true)', { 'If-Match': '*' }, '{}');
    expect(write.status).toBe(405);
  });
});

describe('/$query', () => {
  const options = "$filter=contains(displayName,'a')&$orderby=number desc&$top=3&$select=number";
  const encoded = options.replaceAll(' ', '%20');

  test.each([
    ['text/plain', encoded],
    ['text/plain;charset=utf-8', encoded],
    ['application/x-www-form-urlencoded', options.replaceAll(' ', '+')],
    [
      'application/json',
      JSON.stringify({ $filter: "contains(displayName,'a')", $orderby: 'number desc', $top: 3, $select: 'number' }),
    ],
  ])('[86] a body of %s gives what the URL would', async (type, body) => {
    const expected = await ok(`customers?${options}`);
    const answer = await service.send('POST', 'customers/$query', { 'Content-Type': type }, body);
    expect([answer.status, answer.json]).toEqual([200, expected.json]);
  });

  test('[86] options of URL and body go together, pages go on, any resource takes it', async () => {
    const type = { 'Content-Type': 'text/plain', Prefer: 'maxpagesize=2' };
    const page = await service.send('POST', 'customers/$query?$select=number', type, '$filter=balance%20gt%20100');
    const expected = customers.filter(({ balance }) => balance > 100n * ONE).map(({ number }) => number);
    expect(numbers([...page.value, ...(await service.all(page.nextLink ?? ''))])).toEqual(expected);
    const twice = await service.send('POST', 'customers/$query?$top=1', type, '$top=2');
    expect([twice.status, twice.error.code]).toEqual([400, 'RepeatedOption']);
    const semicolons = ['$search=zz%3Bzz', '$search=zz;zz'].map((text) =>
      service.send('POST', 'customers/$query', type, text),
    );
    const [word, bare] = await Promise.all(semicolons);
    expect([word?.status, word?.value, bare?.status]).toEqual([200, [], 400]);
    expect(bare?.error).toMatchObject({ code: 'SyntaxError', target: '$search' });
    const counted = await service.send('POST', 'customers/$count/$query', type, '$filter=balance%20gt%20100');
    expect([counted.status, counted.text]).toEqual([200, String(expected.length)]);
    const one = await service.send('POST', `customers(${customer.id})/$query`, type, '$select=number');
    expect(one.json['number']).toBe(customer.number);
    const none = await service.send('POST', 'customers/$query', {});
    expect(none.value).toHaveLength(customers.length);
    const long = `$filter=number in ('${'x'.repeat(40_000)}','${customer.number}')`;
    const answer = await service.send('POST', 'customers/$query', type, long.replaceAll(' ', '%20'));
    expect([answer.status, numbers(answer.value)]).toEqual([200, [customer.number]]);
  });

  test('[86, 17] a body that no URL can be made of is refused before it is read', async () => {
    for (const type of ['application/json', 'text/plain;charset=utf-16']) {
      const answer = await service.send('POST', 'customers/$query', { 'Content-Type': type }, '['.repeat(2_000_001));
      expect([type, answer.status, answer.error.code]).toEqual([type, 400, 'TextTooLong']);
    }
  });

  test('[86, 17] other methods and bodies are refused', async () => {
    const get = await service.get('customers/$query');
    expect([get.status, get.headers['allow']]).toEqual([405, 'POST']);
    const type = (name: string): Record<string, string> => ({ 'Content-Type': name });
    for (const [headers, body, expected] of [
      [type('text/csv'), '$top=1', 415],
      [type('application/json'), '[]', 400],
      [type('application/json'), '{', 400],
      [type('application/json'), '{"$nope":1}', 400],
      [type('text/plain'), '$nope=1', 400],
    ] as const)
      expect([body, (await service.send('POST', 'customers/$query', headers, body)).status]).toEqual([body, expected]);
  });
});

describe('$entity', () => {
  test('[69] an id, relative or absolute, leads to its entity', async () => {
    const expected = await ok(`customers(${customer.id})`);
    for (const id of [
      `customers(${customer.id})`,
      `${service.root}customers(${customer.id})`,
      `${new URL(service.root).pathname}customers(${customer.id})`,
      `customers/${customer.id}`,
      `customers(number='${customer.number}')`,
    ]) {
      const answer = await ok(withOptions('$entity', { $id: id }));
      expect([id, answer.json]).toEqual([id, expected.json]);
      expect(context(answer)).toBe('#customers/$entity');
    }
    const payment = journal.customerPayments[0];
    const contained = `customerPaymentJournals(${journal.id})/customerPayments(${payment?.id ?? ''})`;
    expect((await ok(withOptions('$entity', { $id: contained }))).json['id']).toBe(payment?.id);
  });

  test('[69] with a cast it takes $select and $expand', async () => {
    const id = `customers(${customer.id})`;
    const answer = await ok(
      withOptions('$entity/Microsoft.NAV.customer', { $id: id, $select: 'number', $expand: 'salesInvoices' }),
    );
    expect([answer.json['number'], context(answer)]).toEqual([customer.number, '#customers(number)/$entity']);
    expect(answer.json['salesInvoices']).toHaveLength(customer.salesInvoices.length);
    expect((await service.get(withOptions('$entity/Microsoft.NAV.account', { $id: id }))).status).not.toBe(200);
  });

  test('[69] what is no id of an entity here is 404, and nothing is written through it', async () => {
    for (const id of [
      'customers',
      `customers(${customer.id})/number`,
      'customers(00000000-0000-0000-0000-000000000000)',
      `http://elsewhere.example/v1.0/customers(${customer.id})`,
      'urn:some:id',
      'unknown(1)',
      '?',
    ])
      expect([id, (await service.get(withOptions('$entity', { $id: id }))).status]).toEqual([id, 404]);
    expect((await service.get('$entity')).status).toBe(400);
    const write = await service.send('DELETE', withOptions('$entity', { $id: `customers(${customer.id})` }));
    expect([write.status, write.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

describe('$all', () => {
  const sets = [
    ...['companies', 'customerPaymentJournals', 'customers', 'salesInvoices', 'accounts', 'dimensions'],
    ...['dimensionValues', 'customerLedgerEntries', 'customerPaymentDetails'],
  ];
  const nameOf = (row: Json): string => String(row['@odata.context']).replace(/^.*\$metadata#/, '');

  test('[85] is every entity of every set once, page after page, each with its type and set', async () => {
    const document = (await ok('')).value.filter(({ kind }) => kind === 'EntitySet');
    expect([...document.map(({ name }) => name)].sort()).toEqual([...sets].sort());
    const expected = new Map<string, Json>();
    for (const { name } of document)
      for (const row of await service.all(`${String(name)}`)) expected.set(`${String(name)} ${String(row['id'])}`, row);
    for (const size of [7, 100, 5000]) {
      const found = await service.all('$all', { Prefer: `maxpagesize=${size}` });
      expect(found).toHaveLength(expected.size);
      for (const row of found) {
        const set = nameOf(row).replace('/$entity', '');
        const { '@odata.context': _, '@odata.type': type, ...members } = row;
        expect(members).toEqual(expected.get(`${set} ${String(row['id'])}`));
        expect(type).toMatch(/^#Microsoft\.NAV\.[a-zA-Z]+$/);
        expect(Object.keys(row).slice(0, 2)).toEqual(['@odata.context', '@odata.type']);
      }
      expect(new Set(found.map((row) => `${nameOf(row)} ${String(row['id'])}`)).size).toBe(expected.size);
    }
    expect(context(await ok('$all'))).toBe('#Collection(Edm.EntityType)');
  });

  test('[85, 170] $top, $skip, $count and $search in one statement', async () => {
    const all = await service.all('$all', { Prefer: 'maxpagesize=500' });
    service.takeStatements();
    const part = await ok('$all?$skip=3&$top=40&$count=true');
    expect(service.takeStatements()).toHaveLength(1);
    expect([part.value, part.json['@odata.count']]).toEqual([all.slice(3, 43), all.length]);
    const pages = await service.all('$all?$skip=3&$top=40&$count=true', { Prefer: 'maxpagesize=9' });
    expect(pages).toEqual(all.slice(3, 43));
    const none = await ok('$all?$top=0&$count=true');
    expect([none.value, none.json['@odata.count']]).toEqual([[], all.length]);
    const word = customer.displayName.slice(0, 6).trim();
    const hits: string[] = [];
    for (const set of ['customers', 'salesInvoices', 'customerPaymentDetails', 'accounts', 'companies']) {
      const answer = await service.get(withOptions(set, { $search: `"${word}"` }));
      if (answer.status === 200) hits.push(...answer.value.map((row) => `${set} ${String(row['id'])}`));
    }
    const found = await service.all(withOptions('$all', { $search: `"${word}"` }));
    const shown = found.map((row) => `${nameOf(row).replace('/$entity', '')} ${String(row['id'])}`);
    expect(shown).toEqual(expect.arrayContaining(hits));
    expect(hits.length).toBeGreaterThan(0);
  });

  /** The row is of the type. */
  const is = (row: Json, type: string): boolean => row['@odata.type'] === `#Microsoft.NAV.${type}`;
  const invoicesOf = ({ id }: Json): readonly Invoice[] => customers.find((one) => one.id === id)?.salesInvoices ?? [];
  const textOf = (row: Json, name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);

  test.each<[$filter: string, holds: (row: Json) => boolean]>([
    ["number eq 'C00001'", (row) => row['number'] === 'C00001'],
    ['number ne null', (row) => (row['number'] ?? null) !== null],
    ['number eq null', (row) => (row['number'] ?? null) === null],
    ["contains(displayName,'a')", (row) => textOf(row, 'displayName')?.includes('a') === true],
    ["not contains(displayName,'a')", (row) => textOf(row, 'displayName')?.includes('a') === false],
    [
      "(number eq null) eq false and startswith(number,'INV')",
      (row) => textOf(row, 'number')?.startsWith('INV') === true,
    ],
    ['balance gt 0 or blocked ne null', (row) => Number(row['balance'] ?? 0) > 0 || 'blocked' in row],
    ["isof(Microsoft.NAV.customer) and type eq 'Company'", (row) => is(row, 'customer') && row['type'] === 'Company'],
    ["type eq 'Company'", (row) => row['type'] === 'Company'],
    ['cast(Microsoft.NAV.salesInvoice) ne null', (row) => is(row, 'salesInvoice')],
    ["Microsoft.NAV.customer/number lt 'C00004'", (row) => is(row, 'customer') && String(row['number']) < 'C00004'],
    [
      "Microsoft.NAV.customer/blocked eq 'All' or Microsoft.NAV.account/blocked",
      (row) => (is(row, 'customer') && row['blocked'] === 'All') || (is(row, 'account') && row['blocked'] === true),
    ],
    ['salesInvoices/any()', (row) => invoicesOf(row).length > 0 || is(row, 'company')],
    [
      "Microsoft.NAV.customer/salesInvoices/any(i:i/status eq 'Open')",
      (row) => invoicesOf(row).some(({ status }) => status === 'Open'),
    ],
    [
      'isof(Microsoft.NAV.customer) and not salesInvoices/any() or code ne null',
      (row) => (is(row, 'customer') && invoicesOf(row).length === 0) || 'code' in row,
    ],
    ['Microsoft.NAV.customer/salesInvoices/$count ge 2', (row) => invoicesOf(row).length >= 2],
    [
      'Microsoft.NAV.openInvoices()/$count ge 2',
      (row) => invoicesOf(row).filter(({ status }) => status === 'Open').length >= 2,
    ],
    [
      'Microsoft.NAV.customer/salesInvoices/all(i:i/remainingAmount ge 0) and address/city ne null',
      (row) =>
        invoicesOf(row).every(({ remainingAmount }) => remainingAmount >= 0n) &&
        typeof ((row['address'] ?? {}) as Json)['city'] === 'string',
    ],
    ["customer/number eq 'C00001'", (row) => row['customerNumber'] === 'C00001'],
    [
      "$it/displayName eq displayName and number in ('C00002','C00003')",
      (row) => /^C0000[23]$/.test(String(row['number'])),
    ],
    ["@name eq 'C00002'&@name=number", (row) => row['number'] === 'C00002'],
  ])('[85] $filter=%s asks each entity for what its type has', async ($filter, holds) => {
    const everything = await service.all('$all');
    const wanted = everything.filter(holds);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(everything.length);
    service.takeStatements();
    const answer = await ok(`$all?$filter=${$filter}&$count=true`);
    expect(service.takeStatements()).toHaveLength(1);
    expect([answer.value, answer.json['@odata.count']]).toEqual([wanted, wanted.length]);
    expect(await service.all(`$all?$filter=${$filter}`.replaceAll(' ', '%20'), { Prefer: 'maxpagesize=3' })).toEqual(
      wanted,
    );
  });

  /** What is less comes first, what is null is least. */
  const compared = (one: unknown, other: unknown): number => {
    const [left, right] = [one ?? null, other ?? null];
    if (left === right) return 0;
    if (left === null || right === null) return left === null ? -1 : 1;
    if (typeof left === 'string' && typeof right === 'string')
      return Buffer.compare(Buffer.from(left), Buffer.from(right));
    return Number(left) - Number(right);
  };
  const blocks = ['None', 'Ship', 'Invoice', 'All'];

  test.each<[$orderby: string, keys: readonly ((row: Json) => unknown)[], direction?: 1 | -1]>([
    ['displayName', [(row) => row['displayName']]],
    ['displayName desc', [(row) => row['displayName']], -1],
    ['balance desc,number desc', [(row) => row['balance'], (row) => row['number']], -1],
    ['length(number) desc,code desc', [(row) => textOf(row, 'number')?.length, (row) => row['code']], -1],
    [
      // Boolean here, an enumeration there.
      'blocked',
      [
        (row) => (typeof row['blocked'] === 'boolean' ? row['blocked'] : null),
        (row) => (typeof row['blocked'] === 'string' ? blocks.indexOf(row['blocked']) : null),
      ],
    ],
    [
      'Microsoft.NAV.customer/salesInvoices/$count desc',
      [(row) => (is(row, 'customer') ? invoicesOf(row).length : 0)],
      -1,
    ],
    [
      'Microsoft.NAV.salesInvoice/dueDate,isof(Microsoft.NAV.account)',
      [(row) => (is(row, 'salesInvoice') ? row['dueDate'] : null), (row) => is(row, 'account')],
    ],
    ['lastModifiedDateTime desc', [(row) => Date.parse(textOf(row, 'lastModifiedDateTime') ?? '') || null], -1],
  ])(
    '[85] $orderby=%s orders entities of all types, nulls lowest, page after page',
    async ($orderby, keys, direction = 1) => {
      const everything = await service.all('$all');
      const wanted = [...everything].sort(
        (one, other) =>
          direction * (keys.map((key) => compared(key(one), key(other))).find((found) => found !== 0) ?? 0),
      );
      const path = `$all?$orderby=${$orderby}`.replaceAll(' ', '%20');
      for (const size of [13, 5000]) expect(await service.all(path, { Prefer: `maxpagesize=${size}` })).toEqual(wanted);
      const part = await ok(`${path}&$skip=5&$top=20&$count=true`);
      expect([part.value, part.json['@odata.count']]).toEqual([wanted.slice(5, 25), wanted.length]);
    },
  );

  test('[85] $select, $expand and $compute shape each entity by what its type has', async () => {
    const everything = await service.all('$all');
    const picked = (row: Json, names: readonly string[]): Json =>
      Object.fromEntries(names.flatMap((name) => (name in row ? [[name, row[name]]] : [])));
    const plain = (row: Json): Json => Object.fromEntries(Object.entries(row).filter(([name]) => !name.includes('@')));
    const selected = await ok('$all?$select=number,Microsoft.NAV.customer/balance,id,displayName');
    expect(selected.value.map(plain)).toEqual(
      everything.map((row) =>
        picked(row, ['id', 'number', 'displayName', ...(is(row, 'customer') ? ['balance'] : [])]),
      ),
    );
    expect(new Set(selected.value.map(nameOf))).toContain('customers(number,balance,id,displayName)/$entity');
    expect(new Set(selected.value.map(nameOf))).toContain('companies(id,displayName)/$entity');
    const $expand =
      'Microsoft.NAV.customer/salesInvoices($select=number;$orderby=number;$top=1;$count=true),account($select=number)';
    const expanded = await ok(withOptions('$all', { $expand, $select: 'id', $top: '5000' }));
    for (const row of expanded.value) {
      const found = sorted(invoicesOf(row), [(one) => one.number]);
      const { '@odata.context': _, '@odata.type': type, id, ...others } = row;
      if (type === '#Microsoft.NAV.customer')
        expect(others).toMatchObject({
          'salesInvoices@odata.count': found.length,
          salesInvoices: found.slice(0, 1).map(({ number }) => ({ number })),
        });
      else expect('salesInvoices' in others).toBe(false);
      expect([id, 'account' in others]).toEqual([id, type === '#Microsoft.NAV.customerPaymentJournal']);
    }
    const computed = await ok(
      `$all?$compute=length(number) as digits&$filter=digits gt 6&$orderby=digits desc&$select=digits,number`,
    );
    const long = everything.filter((row) => (textOf(row, 'number') ?? '').length > 6);
    expect(computed.value.map(({ digits, number }) => [digits, number])).toEqual(
      [...long]
        .sort((one, other) => String(other['number']).length - String(one['number']).length)
        .map(({ number }) => [String(number).length, number]),
    );
    // Further pages of what is expanded are read by links of their own.
    const paged = await ok(
      withOptions('$all', {
        $expand: 'account,salesInvoices($select=number;$orderby=number)',
        $filter: 'Microsoft.NAV.customer/salesInvoices/$count gt 2',
      }),
      { Prefer: 'maxpagesize=2' },
    );
    const [first = {}] = paged.value;
    const next = await service.all(String(first['salesInvoices@odata.nextLink']));
    expect([...(first['salesInvoices'] as Json[]), ...next].map(({ number }) => number)).toEqual(
      sorted(invoicesOf(first), [(one) => one.number]).map(({ number }) => number),
    );
  });

  test.each([
    [
      '$filter=nubmer eq 1',
      400,
      '$filter',
      "The type 'Edm.EntityType' has no property 'nubmer'. Did you mean 'number'?",
    ],
    ['$orderby=nubmer', 400, '$orderby', "Did you mean 'number'?"],
    ['$select=nubmer', 400, '$select', "Did you mean 'number'?"],
    ['$expand=acount', 400, '$expand', "Did you mean 'account'?"],
    ['$expand=$value', 400, '$expand', 'None of the entities is a media entity.'],
    ['$filter=Microsoft.NAV.custmer/number eq 1', 400, '$filter', "Did you mean 'Microsoft.NAV.customer'?"],
    ['$filter=Microsoft.NAV.customer/code eq 1', 400, '$filter', "The type 'customer' has no property 'code'."],
    ['$select=Microsoft.NAV.customer/code', 400, '$select', "The type 'customer' has no property 'code'."],
    ['$expand=Microsoft.NAV.customer/account', 400, '$expand', "The type 'customer' has no property 'account'."],
    [
      '$filter=salesInvoices/any(i:i/nothing eq 1)',
      400,
      '$filter',
      "The type 'salesInvoice' has no property 'nothing'.",
    ],
    // The type of one of them does not fit: it is told which.
    [
      '$filter=blocked eq true',
      400,
      '$filter',
      "Of entities of the type 'customer': 'blocked' of type customerBlocked",
    ],
    ["$filter=blocked eq 'All'", 400, '$filter', "Of entities of the type 'account': "],
    ['$orderby=address', 400, '$orderby', "Of entities of the type 'customer': $orderby needs values"],
    ['$expand=displayName', 400, '$expand', "'displayName' is no navigation property"],
    ['$apply=filter(nubmer eq 1)', 400, '$apply', "Did you mean 'number'?"],
    ['$compute=1 as number', 400, '$compute', "'customer' has a property 'number' already"],
    ['$filter=$these/$count gt 1', 400, '$filter', 'There is no collection here that $these could stand for.'],
    [
      '$filter=1 div (balance sub balance) gt 0',
      400,
      '$filter',
      'The request divides by zero. (at position 3 of $filter)',
    ],
    ['$orderby=number&$skiptoken=eyJrIjpbXX0', 400, '$skiptoken', 'not one that this service made'],
  ])('[85] $all?%s is %i', async (options, expected, target, message) => {
    const answer = await service.get(`$all?${options}`.replaceAll(' ', '%20'));
    expect([answer.status, answer.error.target, answer.error.message]).toEqual([
      expected,
      target,
      expect.stringContaining(message),
    ]);
  });

  /** The number of rows of each value; those that lack it are told from those where it is null. */
  const counted = (all: readonly Json[], value: (row: Json) => unknown): readonly (readonly [unknown, number])[] => {
    const found = new Map<unknown, number>();
    for (const row of all) found.set(value(row), (found.get(value(row)) ?? 0) + 1);
    return [...found].sort(([one], [other]) => compared(one, other));
  };

  test('[85, 186] $apply makes rows of entities of all types', async () => {
    const everything = await service.all('$all');
    const applied = async (options: string): Promise<readonly Json[]> => {
      service.takeStatements();
      const found = await ok(`$all?$apply=${options}`);
      expect(service.takeStatements()).toHaveLength(1);
      return found.value;
    };
    const [all] = await applied('aggregate($count as n,displayName with countdistinct as names)');
    const names = new Set(everything.flatMap((row) => textOf(row, 'displayName') ?? []));
    expect(all).toMatchObject({ n: everything.length, names: names.size });
    for (const name of ['status', 'displayName', 'currencyCode']) {
      const found = await applied(`groupby((${name}),aggregate($count as n))&$orderby=${name}`);
      const expected = counted(everything, (row) => row[name]);
      expect(found.map((row) => [row[name], row['n']])).toEqual(
        expect.arrayContaining(expected.map((pair) => [...pair])),
      );
      expect(found).toHaveLength(expected.length);
      // Members of enumerations stand in the order of their numbers.
      const names = found.flatMap((row) => textOf(row, name) ?? []);
      if (name !== 'status') expect(names).toEqual([...names].sort(compared));
    }
    // What types declare otherwise is another group; what they lead to counts once.
    const groups = await applied('groupby((blocked),aggregate($count as n))');
    expect(groups.map((row) => [row['blocked'], row['n']])).toEqual(
      expect.arrayContaining(counted(everything, (row) => row['blocked']).map((pair) => [...pair])),
    );
    expect(groups).toHaveLength(counted(everything, (row) => row['blocked']).length);
    const types = await applied('groupby((Microsoft.NAV.customer/type),aggregate($count as n))&$orderby=type');
    expect(types.map((row) => [row['type'], row['n']])).toEqual(
      counted(everything, (row) => (is(row, 'customer') ? row['type'] : undefined)),
    );
    const [led] = await applied('aggregate(salesInvoices/$count as n)');
    // A company leads to its invoices, also where it is not the caller's.
    const [invoices] = await service.sql('SELECT count(*)::int AS n FROM sales_invoices');
    expect(led?.['n']).toBe(invoices?.['n']);
    const owed = everything.filter((row) => is(row, 'customer') && Number(row['balance']) > 0);
    for (const path of ['isof(Microsoft.NAV.customer) and balance gt 0', 'Microsoft.NAV.customer/balance gt 0']) {
      const [sum] = await applied(
        `filter(${path})/aggregate($count as n,Microsoft.NAV.customer/balance with sum as s)`,
      );
      expect(sum).toMatchObject({ n: owed.length });
      expect(Number(sum?.['s'])).toBeCloseTo(
        owed.reduce((before, row) => before + Number(row['balance']), 0),
        5,
      );
    }
    const [few] = await applied('filter(salesInvoices/any())/aggregate($count as n)');
    expect(few?.['n']).toBe(everything.filter((row) => invoicesOf(row).length > 0 || is(row, 'company')).length);
    const [many] = await applied('filter(not salesInvoices/any())/aggregate($count as n)');
    expect(many?.['n']).toBe(everything.length - Number(few?.['n']));
    const word = customer.displayName.slice(0, 6).trim();
    const [hits] = await applied(`search("${word}")/aggregate($count as n)`);
    expect(hits?.['n']).toBe((await service.all(withOptions('$all', { $search: `"${word}"` }))).length);
  });

  test('[85, 186] entities that $apply leaves are those of $all, each with its set and its type, page after page', async () => {
    const everything = await service.all('$all');
    const wanted = everything.filter((row) => textOf(row, 'number')?.includes('1') === true);
    const plain = ({ '@odata.context': told, ...row }: Json): Json => ({
      ...row,
      told: String(told).replace(/^.*#/, ''),
    });
    for (const options of [
      "filter(contains(number,'1'))",
      "filter(contains(number,'1'))/concat(identity,filter(false))",
      "identity&$filter=contains(number,'1')",
    ])
      expect((await service.all(`$all?$apply=${options}`, { Prefer: 'maxpagesize=9' })).map(plain)).toEqual(
        wanted.map(plain),
      );
    const best = (
      await ok(
        '$all?$apply=topcount(2,Microsoft.NAV.customer/balance)&$select=number,displayName&$expand=Microsoft.NAV.customer/salesInvoices/$count',
      )
    ).value;
    const owing = sorted(customers, [[(row) => row.balance, 'desc']]).slice(0, 2);
    expect(best.map(plain)).toEqual(
      owing.map(({ number, displayName, salesInvoices, id }) => ({
        told: expect.stringContaining('customers(number,displayName') as string,
        '@odata.type': '#Microsoft.NAV.customer',
        '@odata.id': `customers(${id})`,
        '@odata.etag': expect.any(String) as string,
        number,
        displayName,
        'salesInvoices@odata.count': salesInvoices.length,
      })),
    );
  });

  test('[85] with a type is the set of the type, and what is left out says so', async () => {
    const cast = await ok('$all/Microsoft.NAV.customer?$filter=balance gt 0&$orderby=number&$select=number');
    expect([numbers(cast.value), context(cast)]).toEqual([
      customers.filter(({ balance }) => balance > 0n).map(({ number }) => number),
      '#customers(number)',
    ]);
    expect((await ok('$all/Microsoft.NAV.customer/$count')).text).toBe(String(customers.length));
    for (const [path, expected] of [
      ['$all/Microsoft.NAV.nothing', 404],
      ['$all/Microsoft.NAV.customerPayment', 404],
      ['$all/$count', 400],
      ['$all?$skiptoken=x', 400],
    ] as const)
      expect([path, await status(path)]).toEqual([path, expected]);
    const { json } = await ok('$all?$top=1', { Accept: 'application/json;odata.metadata=full' });
    expect(json['value']).toEqual([expect.objectContaining({ '@odata.type': '#Microsoft.NAV.company' })]);
    for (const number of ['C00001', 'C00002', 'none'])
      expect(numbers((await ok(`$all?$filter=number eq '${number}'&$orderby=number`)).value)).toEqual(
        customers.flatMap((one) => (one.number === number ? [number] : [])),
      );
    const nothing = await ok('$all?$top=2&$select=code&$filter=isof(Microsoft.NAV.company)', {
      Accept: 'application/json;odata.metadata=none',
    });
    expect(nothing.value).toEqual([{}, {}]);
    const bare = await ok('$all?$top=1', { Accept: 'application/json;odata.metadata=none' });
    expect(Object.keys(bare.value[0] ?? {}).filter((name) => name.startsWith('@'))).toEqual([]);
  });
});

test.each([
  ['customerPayments(lineNumber=99999999999)', '99999999999', 'Int32', 'path/1'],
  ['customerPayments(lineNumber=-2147483649)', '-2147483649', 'Int32', 'path/1'],
  ['customerPayments(lineNumber=1.5)', '1.5', 'Int32', 'path/1'],
  ['customerPayments(lineNumber=1e3)', '1e3', 'Int32', 'path/1'],
  ["customerPayments(lineNumber='10000.0')", '10000.0', 'Int32', 'path/1'],
  ["customerPayments(lineNumber=binary'1000')", "binary'1000'", 'Int32', 'path/1'],
  ['customerPayments(lineNumber=@n)?@n=2147483648', '2147483648', 'Int32', '@n'],
])('a key that is no value of its type is refused at its place: %s', async (path, text, type, target) => {
  for (const _ of ['planned', 'planned before']) {
    const { status, error } = await service.get(`customerPaymentJournals(${journal.id})/${path}`);
    expect([status, error]).toMatchObject([400, { code: 'InvalidValue', target }]);
    expect(error.message).toMatch(
      new RegExp(`^'${text.replace('.', '\\.')}' is not a value of Edm.${type}\\. \\(at position`),
    );
  }
});
