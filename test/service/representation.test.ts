/** What goes out around the values: ids, links, types, context URLs, as much as the format asks for. JSON Format §3, §4, Protocol §10 */
import { loadRows, sorted, type Customer, type Journal, type Rows } from '../setup/oracle';
import { startService, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let customer: Customer;
let journal: Journal;

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  const [busiest] = sorted(
    rows.customers.filter(({ companyId }) => companyId === rows.here),
    [[(row) => row.salesInvoices.length, 'desc']],
  );
  const [longest] = sorted(
    rows.journals.filter(({ companyId }) => companyId === rows.here),
    [[(row) => row.customerPayments.length, 'desc']],
  );
  if (!busiest || !longest) throw new Error('The sample data lacks a row');
  customer = busiest;
  journal = longest;
});
afterAll(() => service.close());

const full = { Accept: 'application/json;odata.metadata=full' };
async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await service.get(path.replaceAll(' ', '%20'), headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${service.takeFailures().join()}`);
  return answer;
}
const context = ({ json }: Answer): string =>
  String(json['@odata.context'] ?? json['@context']).replace(/^.*\$metadata/, '');
const list = (row: Json | undefined, name: string): Json[] => (row?.[name] ?? []) as Json[];

describe('metadata=full', () => {
  test('[300, 304, 316] an entity says what it is, where it is, how it is changed and what it leads to', async () => {
    const id = `customers(${customer.id})`;
    const { json, headers } = await ok(id, full);
    expect(headers['content-type']).toContain('odata.metadata=full');
    expect(Object.keys(json).slice(0, 5)).toEqual([
      '@odata.context',
      '@odata.type',
      '@odata.id',
      '@odata.etag',
      '@odata.editLink',
    ]);
    expect(json).toMatchObject({
      '@odata.type': '#Microsoft.NAV.customer',
      '@odata.id': id,
      '@odata.editLink': id,
      'id@odata.type': '#Guid',
      'balance@odata.type': '#Decimal',
      'type@odata.type': '#Microsoft.NAV.contactType',
      'lastModifiedDateTime@odata.type': '#DateTimeOffset',
      'salesInvoices@odata.navigationLink': `${id}/salesInvoices`,
      'salesInvoices@odata.associationLink': `${id}/salesInvoices/$ref`,
      'customerLedgerEntries@odata.navigationLink': `${id}/customerLedgerEntries`,
    });
    expect(Object.keys(json)).not.toContain('number@odata.type');
    expect(Object.keys(json)).not.toContain('taxLiable@odata.type');
    const account = (await ok('accounts?$top=1', full)).value[0];
    expect(account?.['@odata.readLink']).toBe(account?.['@odata.id']);
    expect(account?.['@odata.editLink']).toBeUndefined();
  });

  test('[300, 302] without the prefix, names and types of 4.01', async () => {
    const { json } = await ok(`customers(${customer.id})`, {
      Accept: 'application/json;metadata=full',
      'OData-MaxVersion': '4.01',
    });
    expect(json).toMatchObject({
      '@type': '#Microsoft.NAV.customer',
      '@id': `customers(${customer.id})`,
      'balance@type': 'Decimal',
      'salesInvoices@navigationLink': `customers(${customer.id})/salesInvoices`,
    });
    expect(Object.keys(json).filter((name) => name.includes('odata.'))).toEqual([]);
  });

  test('[67, 300, 320] on every level, control information stands right before what it speaks of', async () => {
    const { value } = await ok(
      'customerPaymentJournals?$expand=customerPayments($top=2;$count=true;$expand=dimensionLines,customer)',
      full,
    );
    const row = value.find((found) => found['id'] === journal.id);
    const [payment] = list(row, 'customerPayments');
    const id = `customerPaymentJournals(${journal.id})/customerPayments(${String(payment?.['id'])})`;
    expect(payment).toMatchObject({
      '@odata.id': id,
      '@odata.editLink': id,
      'dimensionLines@odata.navigationLink': `${id}/dimensionLines`,
    });
    for (const object of [row, payment]) {
      const names = Object.keys(object ?? {});
      for (const [index, name] of names.entries()) {
        const about = name.split('@')[0] ?? '';
        if (!name.includes('@') || about === '' || !names.includes(about)) continue;
        const between = names.slice(index + 1, names.indexOf(about));
        expect(between.every((other) => other.startsWith(`${about}@`))).toBe(true);
      }
    }
    expect(list(row, 'customerPayments').flatMap((found) => list(found, 'dimensionLines')).length).toBeGreaterThan(0);
    for (const line of list(row, 'customerPayments').flatMap((found) => list(found, 'dimensionLines'))) {
      expect((await ok(String(line['@odata.id']))).json['valueId']).toBe(line['valueId']);
    }
  });

  test('[295] operations are told with their title and target, in full only, all or those that are selected', async () => {
    const at = `customerPaymentJournals(${journal.id})`;
    const told = (row: Json | undefined): Json =>
      Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => name.startsWith('#')));
    const operation = (path: string, name: string) => ({
      [`#Microsoft.NAV.${name}`]: { title: name, target: `${path}/Microsoft.NAV.${name}` },
    });
    const ofJournal = { ...operation(at, 'post'), ...operation(at, 'previewPosting') };
    expect(told((await ok(at, full)).json)).toEqual(ofJournal);
    expect(told((await ok(at)).json)).toEqual({});
    expect((await ok(at)).text).not.toContain('Microsoft.NAV.post');
    const listed = (await ok('customerPaymentJournals', full)).value.find(({ id }) => id === journal.id);
    expect(told(listed)).toEqual(ofJournal);
    for (const [select, expected] of [
      ['code', {}],
      ['*', {}],
      ['code,Microsoft.NAV.post', operation(at, 'post')],
      ['Microsoft.NAV.*', ofJournal],
    ] as const)
      expect([select, told((await ok(`${at}?$select=${select}`, full)).json)]).toEqual([select, expected]);
    const { json } = await ok(`${at}?$expand=customerPayments($top=1;$expand=customer,dimensionLines)`, full);
    const [payment] = list(json, 'customerPayments');
    const path = String(payment?.['@odata.id']);
    expect(told(payment)).toEqual({ ...operation(path, 'suggestInvoices'), ...operation(path, 'applyInvoice') });
    const single = (await ok(`salesInvoices?$top=1&$expand=customer`, full)).value[0]?.['customer'] as Json;
    expect(told(single)).toEqual(operation(String(single['@odata.id']), 'openInvoices'));
    expect((await service.get(`${at}/Microsoft.NAV.previewPosting()`)).status).toBe(200);
    expect((await service.send('POST', `${path}/Microsoft.NAV.suggestInvoices`)).status).toBe(200);
  });

  test('[299, 301] minimal has an id where the key is left out, none has nothing', async () => {
    const minimal = await ok(`customers(${customer.id})`);
    expect(Object.keys(minimal.json).filter((name) => name.includes('@'))).toEqual(['@odata.context', '@odata.etag']);
    const named = await ok(`customers(${customer.id})?$select=number&$expand=salesInvoices($select=number)`);
    expect(named.json['@odata.id']).toBe(`customers(${customer.id})`);
    expect(list(named.json, 'salesInvoices').map((row) => row['@odata.id'])).toEqual(
      customer.salesInvoices.map(({ id }) => `salesInvoices(${id})`),
    );
    const none = await ok(`customers(${customer.id})?$select=number&$expand=salesInvoices($count=true)`, {
      Accept: 'application/json;odata.metadata=none',
    });
    expect(Object.keys(none.json)).toEqual(['number', 'salesInvoices@odata.count', 'salesInvoices']);
    expect(none.text).not.toMatch(/@odata\.(?!count)/);
  });
});

describe('references', () => {
  test('[89, 154, 318] of contained entities begin with what contains them', async () => {
    const base = `customerPaymentJournals(${journal.id})/customerPayments`;
    const expected = journal.customerPayments.map(({ id }) => `${base}(${id})`);
    const top = await ok(`${base}/$ref`);
    expect([context(top), top.value.map((row) => row['@odata.id'])]).toEqual(['#Collection($ref)', expected]);
    const expanded = await ok(`customerPaymentJournals(${journal.id})?$expand=customerPayments/$ref($count=true)`);
    expect(list(expanded.json, 'customerPayments')).toEqual(expected.map((id) => ({ '@odata.id': id })));
    expect(expanded.json['customerPayments@odata.count']).toBe(expected.length);
    expect(context(expanded)).toBe('#customerPaymentJournals/$entity');
    const payment = journal.customerPayments.find(({ dimensionLines }) => dimensionLines.length > 1);
    const lines = await ok(`${base}(${payment?.id ?? ''})?$expand=dimensionLines/$ref($orderby=code)`);
    expect(list(lines.json, 'dimensionLines').map((row) => row['@odata.id'])).toEqual(
      sorted(payment?.dimensionLines ?? [], [(line) => line.code]).map(
        (line) => `${base}(${payment?.id ?? ''})/dimensionLines(${line.dimensionId})`,
      ),
    );
    const back = await ok(
      `${base}(${payment?.id ?? ''})/dimensionLines?$select=code&$expand=customerPayment/$ref&$top=1`,
    );
    expect(back.value[0]?.['customerPayment']).toEqual({ '@odata.id': `${base}(${payment?.id ?? ''})` });
  });

  test('[89, 318] of one entity, and of what a company named in the path owns', async () => {
    const single = await ok(`customers(${customer.id})/$ref`);
    expect([context(single), single.json['@odata.id']]).toEqual(['#$ref', `customers(${customer.id})`]);
    const [foreign] = rows.invoices.filter(({ companyId }) => companyId !== rows.here);
    const company = `companies(${foreign?.companyId ?? ''})`;
    const invoices = `${company}/customers(${foreign?.customerId ?? ''})/salesInvoices`;
    const found = await ok(`${invoices}?$expand=customer/$ref`);
    expect(context(found)).toBe(`#${company}/salesInvoices`);
    expect(found.value[0]?.['customer']).toEqual({
      '@odata.id': `${company}/customers(${foreign?.customerId ?? ''})`,
    });
    for (const row of (await ok(`${invoices}/$ref`)).value)
      expect((await service.get(String(row['@odata.id']))).status).toBe(200);
  });
});

describe('context URLs', () => {
  /** `JOURNAL`, `CUSTOMER` and `PAYMENT` stand for ids. */
  const table: readonly (readonly [target: string, in40: string, in401?: string])[] = [
    ['', ''],
    ['customers', '#customers'],
    ['customers(CUSTOMER)', '#customers/$entity'],
    ['customers?$select=number', '#customers(number)'],
    ['customers(CUSTOMER)?$select=number,address/city', '#customers(number,address/city)/$entity'],
    ['customers?$select=*', '#customers'],
    ['customers?$select=*,salesInvoices', '#customers(*,salesInvoices)'],
    ['customers?$expand=salesInvoices', '#customers', '#customers(salesInvoices())'],
    ['customers?$expand=*', '#customers', '#customers(salesInvoices(),customerLedgerEntries(),defaultDimensions())'],
    ['customers?$expand=salesInvoices/$ref', '#customers'],
    ['customers?$expand=salesInvoices/$count', '#customers'],
    ['customers?$select=number&$expand=salesInvoices', '#customers(number)', '#customers(number,salesInvoices())'],
    [
      'customers?$select=number,salesInvoices&$expand=salesInvoices($select=number)',
      '#customers(number,salesInvoices,salesInvoices(number))',
    ],
    [
      'customers(CUSTOMER)?$select=number&$expand=salesInvoices($select=number;$expand=customer)',
      '#customers(number,salesInvoices(number))/$entity',
      '#customers(number,salesInvoices(number,customer()))/$entity',
    ],
    ['customers?$expand=salesInvoices($expand=customer)', '#customers', '#customers(salesInvoices(customer()))'],
    ['customers?$expand=salesInvoices($expand=customer($select=id))', '#customers(salesInvoices(customer(id)))'],
    ['customers(CUSTOMER)/salesInvoices', '#salesInvoices'],
    ['customerPaymentJournals(JOURNAL)/customerPayments', '#customerPaymentJournals(JOURNAL)/customerPayments'],
    [
      "customerPaymentJournals(code='CODE')/customerPayments?$select=id",
      '#customerPaymentJournals(JOURNAL)/customerPayments(id)',
    ],
    [
      "customerPaymentJournals(code='CODE')/customerPayments?$filter=false",
      '#customerPaymentJournals(JOURNAL)/customerPayments',
    ],
    [
      "customerPaymentJournals(code='CODE')/customerPayments(PAYMENT)",
      '#customerPaymentJournals(JOURNAL)/customerPayments/$entity',
    ],
    [
      "customerPaymentJournals(code='CODE')/customerPayments(PAYMENT)/amount",
      '#customerPaymentJournals(JOURNAL)/customerPayments(PAYMENT)/amount',
    ],
    [
      "customerPaymentJournals(code='CODE')/customerPayments(PAYMENT)/dimensionLines",
      '#customerPaymentJournals(JOURNAL)/customerPayments(PAYMENT)/dimensionLines',
    ],
    [
      'customerPaymentJournals(JOURNAL)/customerPayments(PAYMENT)/customerPaymentJournal',
      '#customerPaymentJournals/$entity',
    ],
    ['customers(CUSTOMER)/displayName', '#customers(CUSTOMER)/displayName'],
    ["customers(number='NUMBER')/address/city", '#customers(CUSTOMER)/address/city'],
    ['customers(CUSTOMER)/address?$select=city', '#customers(CUSTOMER)/address(city)'],
    ['customers(CUSTOMER)/$ref', '#$ref'],
    ['customers(CUSTOMER)/salesInvoices/$ref', '#Collection($ref)'],
    ['customers/$filter(true)', '#customers'],
  ];
  const filled = (text: string): string =>
    text
      .replaceAll('JOURNAL', journal.id)
      .replaceAll('CUSTOMER', customer.id)
      .replaceAll('PAYMENT', journal.customerPayments[0]?.id ?? '')
      .replaceAll('CODE', journal.code)
      .replaceAll('NUMBER', customer.number);

  test.each(table.map(([target, in40, in401 = in40]) => [target, in40, in401] as const))(
    '[314, 315] %s',
    async (target, in40, in401) => {
      const path = filled(target);
      const [old, recent] = [await ok(path), await ok(path, { 'OData-MaxVersion': '4.01' })];
      expect([context(old), context(recent)]).toEqual([filled(in40), filled(in401)]);
      expect(Object.keys(old.json)[0]).toBe('@odata.context');
      // Readers of 4.0 refuse these (odata.net 2081 and 3282).
      expect(context(old)).not.toMatch(/\(\)|\(\w+0\)/);
    },
  );

  test('[314] keys in fragments are not percent-encoded', async () => {
    const number = 'A+B&C#D/E?F';
    const { json } = await ok(`customers(number='${encodeURIComponent(number)}')/displayName`);
    expect(String(json['@odata.context'])).toMatch(/#customers\([\da-f-]{36}\)\/displayName$/);
  });

  test('[151] a path that goes on behind a navigation is told how to nest it', async () => {
    const { status, error } = await service.get('customers?$expand=salesInvoices/customer');
    expect([status, error.message]).toEqual([400, expect.stringContaining('salesInvoices($expand=customer)')]);
    const cast = await ok('customers?$expand=salesInvoices/Microsoft.NAV.salesInvoice&$top=1');
    expect(list(cast.value[0], 'salesInvoices').length).toBeGreaterThan(0);
  });
});

test('[75, 149] a complex property alone, all of it or what $select leaves', async () => {
  const path = `customers(${customer.id})/address`;
  const whole = await ok(path);
  expect([context(whole), whole.json['city']]).toEqual([`#customers(${customer.id})/address`, customer.addressCity]);
  const part = await ok(`${path}?$select=city,postalCode`);
  expect(Object.keys(part.json).slice(1)).toEqual(['city', 'postalCode']);
  expect(context(part)).toBe(`#customers(${customer.id})/address(city,postalCode)`);
  expect((await ok(path, full)).json['@odata.type']).toBe('#Microsoft.NAV.postalAddress');
  expect((await ok(`customers(${customer.id})/balance`, full)).json['@odata.type']).toBe('#Decimal');
  for (const [target, status] of [
    [`${path}?$select=town`, 400],
    [`${path}?$expand=country`, 400],
    [`customers(${customer.id})/number?$select=x`, 400],
    [`${path}/town`, 404],
    [`${path}/$value`, 404],
  ] as const)
    expect([target, (await service.get(target)).status]).toEqual([target, status]);
});

describe('pages of expanded collections', () => {
  const size = (entities: number): Record<string, string> => ({ Prefer: `maxpagesize=${entities}` });

  /** The whole of an expanded collection: what is inline and what its links lead to, each page no longer than it may be. */
  async function whole(row: Json, name: string, length: number): Promise<Json[]> {
    const found = [...list(row, name)];
    let next = row[`${name}@odata.nextLink`] as string | undefined;
    expect(found.length).toBeLessThanOrEqual(length);
    for (let pages = 0; next !== undefined; pages++) {
      if (pages > 1000) throw new Error(`There is no end: ${next}`);
      expect(next).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0\/[^+ "]+$/);
      const page = await ok(next);
      expect(page.value.length).toBeLessThanOrEqual(length);
      expect(page.value.length).toBeGreaterThan(0);
      found.push(...page.value);
      next = page.nextLink;
    }
    return found;
  }

  test('[159, 175] every row once, in order, with its options, whatever the size of the page', async () => {
    for (const [length, options, expected] of [
      [1, '$select=number', customer.salesInvoices],
      [
        3,
        '$select=number;$orderby=dueDate desc',
        sorted(customer.salesInvoices, [
          [(i) => i.dueDate, 'desc'],
          [(i) => i.id, 'desc'],
        ]),
      ],
      [
        2,
        '$orderby=status,number desc',
        sorted(customer.salesInvoices, [(i) => states.indexOf(i.status), [(i) => i.number, 'desc']]),
      ],
      [
        2,
        "$filter=status eq 'Open' or status eq 'Paid';$count=true",
        customer.salesInvoices.filter((i) => i.status === 'Open' || i.status === 'Paid'),
      ],
      [2, '$skip=1;$top=5', customer.salesInvoices.slice(1, 6)],
      [5, '$top=5', customer.salesInvoices.slice(0, 5)],
      [2, "$filter=number gt @n;@n='A'", customer.salesInvoices],
      [1, '$top=1', customer.salesInvoices.slice(0, 1)],
      [2, '$top=0', []],
    ] as const) {
      const { value } = await ok(
        `customers?$filter=id eq ${customer.id}&$expand=salesInvoices(${options})`,
        size(length),
      );
      const [row = {}] = value;
      const found = await whole(row, 'salesInvoices', length);
      expect([options, found.map((invoice) => invoice['number'])]).toEqual([
        options,
        expected.map(({ number }) => number),
      ]);
      expect(row['salesInvoices@odata.nextLink'] === undefined).toBe(expected.length <= length);
    }
  });
  const states = ['Draft', 'In_x0020_Review', 'Open', 'Paid', 'Canceled', 'Corrective'];

  test('[159] on every level, below entities and collections, inside entities that stand alone', async () => {
    const base = `customerPaymentJournals(${journal.id})`;
    const target = `${base}?$expand=customerPayments($select=id,lineNumber;$expand=dimensionLines($select=code,id;$orderby=code desc),customer($select=id;$expand=salesInvoices($select=number)))`;
    const { json } = await ok(target, size(1));
    const payments = await whole(json, 'customerPayments', 1);
    expect(payments.map((row) => row['lineNumber'])).toEqual(journal.customerPayments.map((p) => p.lineNumber));
    for (const [index, row] of payments.entries()) {
      const payment = journal.customerPayments[index];
      const lines = await whole(row, 'dimensionLines', 1);
      expect(lines.map((line) => line['code'])).toEqual(
        sorted(payment?.dimensionLines ?? [], [[(line) => line.code, 'desc']]).map(({ code }) => code),
      );
      const payer = row['customer'] as Json | null;
      const invoices = payer ? await whole(payer, 'salesInvoices', 1) : [];
      expect(invoices.map((invoice) => invoice['number'])).toEqual(
        (payment?.customer?.salesInvoices ?? []).map(({ number }) => number),
      );
    }
  });

  test('[159, 306] counts, formats, references and aliases go on with the link', async () => {
    const target = `customers(${customer.id})?$format=application/json;IEEE754Compatible=true;odata.metadata=full&$expand=salesInvoices($count=true;$filter=totalAmountIncludingTax gt @a)&@a=0`;
    const { json } = await ok(target, size(2));
    const all = customer.salesInvoices.filter((i) => i.totalAmountIncludingTax > 0n);
    expect(json['salesInvoices@odata.count']).toBe(String(all.length));
    const next = await ok(String(json['salesInvoices@odata.nextLink']));
    expect(next.json['@odata.count']).toBe(String(all.length));
    expect(next.headers['content-type']).toContain('IEEE754Compatible=true');
    expect(next.value[0]).toMatchObject({ '@odata.type': '#Microsoft.NAV.salesInvoice', number: all[2]?.number });
    const references = await ok(`customers(${customer.id})?$expand=salesInvoices/$ref`, size(2));
    expect((await whole(references.json, 'salesInvoices', 2)).map((row) => row['@odata.id'])).toEqual(
      customer.salesInvoices.map(({ id }) => `salesInvoices(${id})`),
    );
  });

  test('[159] what speaks of $it goes out whole, since no link could', async () => {
    const { value } = await ok(
      `customers?$filter=id eq ${customer.id}&$expand=salesInvoices($filter=$it/number ne number)`,
      size(1),
    );
    expect(list(value[0], 'salesInvoices')).toHaveLength(customer.salesInvoices.length);
  });

  test('[174] links that were changed are refused, and never answered with something else', async () => {
    const { json } = await ok(`customers(${customer.id})?$expand=salesInvoices($select=number)`, size(2));
    const next = String(json['salesInvoices@odata.nextLink']);
    const [path = '', token = ''] = next.split('?$skiptoken=');
    const [head = '', keys = ''] = token.split('.');
    const open = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
    const seal = (change: object): string => Buffer.from(JSON.stringify({ ...open, ...change })).toString('base64url');
    for (const target of [
      `${next}&$filter=true`,
      `${next}&@a=1`,
      `${next}&top=1`,
      `${path}?$skiptoken=${head}.`,
      `${path}?$skiptoken=.${keys}`,
      `${path}?$skiptoken=${head}.${seal({ x: 1 })}`,
      `${path}?$skiptoken=${seal({ w: [[7]] })}.${keys}`,
      `${path}?$skiptoken=${seal({ w: [['max']] })}.${keys}`,
      `${path}?$skiptoken=${seal({ o: '$nope=1' })}.${keys}`,
      `${path}?$skiptoken=${seal({ r: -1 })}.${keys}`,
      `customers?$skiptoken=${token.slice(0, -3)}`,
    ])
      expect([target, (await service.get(target)).status]).toEqual([target, 400]);
    expect(service.takeFailures()).toEqual([]);
  });
});
