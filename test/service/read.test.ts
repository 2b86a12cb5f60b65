/** What reads answer: $select, $expand, order, single entities, properties, keys, formats, preferences, and nothing of another company. */
import {
  compare,
  decimal,
  loadRows,
  ONE,
  sorted,
  type Customer,
  type Invoice,
  type Journal,
  type Rows,
  type Value,
} from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let customers: readonly Customer[];
let invoices: readonly Invoice[];
let journals: readonly Journal[];
let other: string;

beforeAll(async () => {
  service = await startService();
  const [two] = await service.sql(`SELECT id::text FROM companies WHERE name = 'CRONUS SE'`);
  other = String(two?.['id']);
  await service.sql(
    `INSERT INTO customers (company_id, number, display_name)
     SELECT $1, number, 'SECRET ' || number FROM customers WHERE company_id <> $1 ON CONFLICT (company_id, number) DO UPDATE SET display_name = EXCLUDED.display_name`,
    [other],
  );
  rows = await loadRows(service);
  customers = sorted(
    rows.customers.filter((row) => row.companyId === rows.here),
    [(row) => row.number],
  );
  invoices = sorted(
    rows.invoices.filter((row) => row.companyId === rows.here),
    [(row) => row.number],
  );
  journals = sorted(
    rows.journals.filter((row) => row.companyId === rows.here),
    [(row) => row.code],
  );
});
afterAll(() => service.close());

async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await service.get(path.replaceAll(' ', '%20'), headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${service.takeFailures().join()}`);
  return answer;
}
const context = ({ json }: Answer): string => String(json['@odata.context']).replace(/^.*\$metadata/, '');
const keys = (row: Json | undefined): string[] => Object.keys(row ?? {}).filter((name) => !name.startsWith('@'));
const list = (row: Json | undefined, name: string): Json[] => (row?.[name] ?? []) as Json[];
const first = (answer: Answer): Json => answer.value[0] ?? {};
const busiest = (): Journal => {
  const [found] = sorted(journals, [[(row) => row.customerPayments.length, 'desc']]);
  if (!found) throw new Error('There are journals');
  return found;
};
const withInvoices = (): Customer => {
  const [found] = sorted(customers, [[(row) => row.salesInvoices.length, 'desc']]);
  if (!found) throw new Error('There are customers');
  return found;
};

describe('[147, 148] $select', () => {
  test.each([
    ['number,id', '#customers(number,id)', ['id', 'number']],
    ['address/city', '#customers(address/city)', ['address']],
    ['address($select=city,street),number', '#customers(address/city,address/street,number)', ['number', 'address']],
    ['address', '#customers(address)', ['address']],
    ['address/city,address', '#customers(address)', ['address']],
    ['Microsoft.NAV.customer/number', '#customers(number)', ['number']],
    ['salesInvoices', '#customers(salesInvoices)', []],
    ['number,salesInvoices', '#customers(number,salesInvoices)', ['number']],
  ])('%s', async (select, expected, members) => {
    const answer = await ok(`customers?$select=${select}&$top=1`);
    expect([context(answer), keys(first(answer))]).toEqual([expected, members]);
    expect(first(answer)['@odata.etag']).toMatch(/^W\/"/);
  });

  test('* and nothing are the same, and all properties come in the order of the model', async () => {
    const [all, star] = [await ok('customers'), await ok('customers?$select=*,number')];
    expect(star.value).toEqual(all.value);
    expect(context(star)).toBe('#customers');
    expect(keys(first(all)).slice(0, 4)).toEqual(['id', 'number', 'displayName', 'type']);
    expect(all.value).toHaveLength(customers.length);
  });

  test('values are those of the tables', async () => {
    const { value } = await ok('customers');
    const shown = value.map((row) => [
      row['number'],
      row['displayName'],
      row['taxLiable'],
      row['blocked'],
      row['balance'],
      row['creditLimit'],
      row['lastModifiedDateTime'],
    ]);
    const number = (amount: bigint | null): number | null => (amount === null ? null : Number(amount) / Number(ONE));
    expect(shown.map((row) => [...row.slice(0, 6), Date.parse(String(row[6]))])).toEqual(
      customers.map((c) => [
        c.number,
        c.displayName,
        c.taxLiable,
        c.blocked,
        number(c.balance),
        number(c.creditLimit),
        c.lastModifiedDateTime,
      ]),
    );
    for (const row of shown) expect(row[6]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
    expect(value.map((row) => (row['address'] as Json | null)?.['city'] ?? null)).toEqual(
      customers.map((c) => c.addressCity),
    );
  });
});

describe('$expand', () => {
  test('[151] every navigation behind every collection is what its own resource answers', async () => {
    const [payment] = sorted(busiest().customerPayments, [[(row) => row.dimensionLines.length, 'desc']]);
    const journal = `customerPaymentJournals(${busiest().id})`;
    const collections = [
      `${journal}/customerPayments`,
      `companies(${rows.here})/${journal}/customerPayments`,
      `${journal}/customerPayments(${payment?.id ?? ''})/dimensionLines`,
      `companies(${rows.here})/customers`,
      `customers(${String(invoices[0]?.customerId)})/salesInvoices`,
      'customerPaymentDetails',
    ];
    const { json } = await ok('$metadata?$format=json');
    const types = json['Microsoft.NAV'] as Record<string, Record<string, { $Kind?: string; $Collection?: boolean }>>;
    const typeNames: Readonly<Record<string, string>> = {
      customerPayments: 'customerPayment',
      dimensionLines: 'dimensionLine',
      customers: 'customer',
      salesInvoices: 'salesInvoice',
      customerPaymentDetails: 'customerPaymentDetail',
    };
    for (const path of collections) {
      const type = types[typeNames[path.split('/').at(-1) ?? ''] ?? ''] ?? {};
      const singles = Object.entries(type).filter(
        ([, member]) => member.$Kind === 'NavigationProperty' && member.$Collection !== true,
      );
      for (const [name] of singles) {
        const { value } = await ok(`${path}?$expand=${name}($expand=*)&$top=2`);
        for (const row of value) {
          const alone = await service.get(`${path}(${String(row['id'])})/${name}?$expand=*`);
          const { '@odata.context': _, ...entity } = alone.json;
          expect([path, name, row[name]]).toEqual([path, name, alone.status === 204 ? null : entity]);
        }
      }
    }
  });

  test('[152] a collection for each parent, in its order', async () => {
    const { value } = await ok('customers?$select=number&$expand=salesInvoices($select=number)');
    expect(value.map((row) => list(row, 'salesInvoices').map((i) => i['number']))).toEqual(
      customers.map((c) => c.salesInvoices.map((i) => i.number)),
    );
  });

  test('[96, 152, 153] $filter, $orderby, $skip, $top and $count apply to each parent', async () => {
    const answer = await ok(
      'customers?$select=number&$expand=salesInvoices($select=number;$filter=totalAmountIncludingTax gt 300;$orderby=dueDate desc,number desc;$skip=1;$top=2;$count=true)',
    );
    const expected = customers.map((c) => {
      const kept = c.salesInvoices.filter((i) => i.totalAmountIncludingTax > 300n * ONE);
      const inOrder = sorted(kept, [
        [(i) => i.dueDate, 'desc'],
        [(i) => i.number, 'desc'],
      ]);
      return [kept.length, inOrder.slice(1, 3).map((i) => i.number)];
    });
    expect(
      answer.value.map((row) => [row['salesInvoices@odata.count'], list(row, 'salesInvoices').map((i) => i['number'])]),
    ).toEqual(expected);
    expect(context(answer)).toBe('#customers(number,salesInvoices(number))');
  });

  test('three levels, every one with options', async () => {
    const { value } = await ok(
      'customerPaymentJournals?$select=code&$expand=customerPayments($select=lineNumber;$top=5;$expand=dimensionLines($select=code;$orderby=code desc),customer($select=number))',
    );
    expect(
      value.map((row) => [
        row['code'],
        list(row, 'customerPayments').map((p) => [
          p['lineNumber'],
          (p['customer'] as Json | null)?.['number'] ?? null,
          list(p, 'dimensionLines').map((d) => d['code']),
        ]),
      ]),
    ).toEqual(
      journals.map((j) => [
        j.code,
        j.customerPayments
          .slice(0, 5)
          .map((p) => [
            p.lineNumber,
            p.customer?.number ?? null,
            sorted(p.dimensionLines, [[(d) => d.code, 'desc']]).map((d) => d.code),
          ]),
      ]),
    );
  });

  test('[158, 312] single ones: null where there is none, an object where there is', async () => {
    const { value } = await ok(
      'salesInvoices?$select=number&$expand=customer($select=number),billToCustomer($select=number)',
    );
    expect(
      value.map((row) => [
        (row['customer'] as Json)['number'],
        (row['billToCustomer'] as Json | null)?.['number'] ?? null,
      ]),
    ).toEqual(invoices.map((i) => [i.customer.number, i.billToCustomer?.number ?? null]));
    expect(value.every((row) => row['billToCustomer'] === null || typeof row['billToCustomer'] === 'object')).toBe(
      true,
    );
  });

  test('[156] *, */$ref, nav/$ref and nav/$count', async () => {
    const star = await ok('salesInvoices?$select=number&$expand=*&$top=1');
    expect(keys(first(star))).toEqual(['number', 'customer', 'billToCustomer']);
    const reference = await ok('salesInvoices?$select=number&$expand=customer/$ref');
    expect(reference.value.map((row) => row['customer'])).toEqual(
      invoices.map((i) => ({ '@odata.id': `customers(${i.customerId})` })),
    );
    const both = await ok('customers?$select=number&$expand=*/$ref');
    expect(both.value.map((row) => list(row, 'salesInvoices').map((i) => i['@odata.id']))).toEqual(
      customers.map((c) => c.salesInvoices.map((i) => `salesInvoices(${i.id})`)),
    );
    const counted = await ok("customers?$select=number&$expand=salesInvoices/$count($filter=status eq 'Open')");
    expect(counted.value.map((row) => row['salesInvoices@odata.count'])).toEqual(
      customers.map((c) => c.salesInvoices.filter((i) => i.status === 'Open').length),
    );
    const named = await ok('salesInvoices?$select=number&$expand=*,customer($select=number)&$top=1');
    expect(keys(first(named)['customer'] as Json)).toEqual(['number']);
  });

  test('[157] $levels ends, and what leads back can be expanded', async () => {
    const levels = await ok('customers?$select=number&$expand=salesInvoices($levels=max;$select=number)&$top=3');
    expect(levels.value).toHaveLength(3);
    const back = await ok(
      'customers?$select=number&$expand=salesInvoices($select=id;$top=1;$expand=customer($select=number;$expand=salesInvoices($select=id)))',
    );
    for (const [index, row] of back.value.entries())
      for (const invoice of list(row, 'salesInvoices'))
        expect(list(invoice['customer'] as Json, 'salesInvoices')).toHaveLength(
          customers[index]?.salesInvoices.length ?? 0,
        );
  });

  test('an entity and everything behind it is one statement', async () => {
    service.takeStatements();
    await ok(
      'customers?$select=number&$expand=salesInvoices($expand=customer),customerLedgerEntries($top=2)&$count=true&$orderby=balance',
    );
    expect(service.takeStatements()).toHaveLength(1);
    await ok(`customers(${customers[0]?.id ?? ''})?$expand=*`);
    await ok(`customers/$count`);
    expect(service.takeStatements()).toHaveLength(2);
  });
});

describe('$orderby', () => {
  const of: Readonly<Record<string, (c: Customer) => Value>> = {
    id: (c) => c.id,
    number: (c) => c.number,
    displayName: (c) => c.displayName,
    type: (c) => ['Company', 'Person'].indexOf(c.type),
    'address/city': (c) => c.addressCity,
    'address/postalCode': (c) => c.addressPostalCode,
    phoneNumber: (c) => c.phoneNumber,
    email: (c) => c.email,
    website: (c) => c.website,
    contactId: (c) => c.contactId,
    taxLiable: (c) => c.taxLiable,
    taxRegistrationNumber: (c) => c.taxRegistrationNumber,
    currencyCode: (c) => c.currencyCode,
    creditLimit: (c) => c.creditLimit,
    blocked: (c) => ['None', 'Ship', 'Invoice', 'All'].indexOf(c.blocked),
    balance: (c) => c.balance,
    lastModifiedDateTime: (c) => c.lastModifiedDateTime,
    'salesInvoices/$count': (c) => c.salesInvoices.length,
    'tolower(displayName)': (c) => c.displayName.toLowerCase(),
    'length(email)': (c) => c.email && Array.from(c.email).length,
    'balance sub creditLimit': (c) => c.creditLimit !== null && c.balance - c.creditLimit,
    "number eq 'C00003'": (c) => c.number === 'C00003',
  };
  test.each(
    Object.keys(of).flatMap(
      (name) =>
        [
          [name, 'asc'],
          [name, 'desc'],
        ] as const,
    ),
  )('%s %s, nulls lowest', async (name, direction) => {
    const value = (c: Customer): Value =>
      name === 'balance sub creditLimit' && c.creditLimit === null ? null : (of[name]?.(c) ?? null);
    const { value: found } = await ok(`customers?$select=number&$orderby=${name} ${direction},number`);
    expect(found.map((row) => row['number'])).toEqual(
      sorted(customers, [[value, direction], (c) => c.number]).map((c) => c.number),
    );
  });
});

describe('empty and missing', () => {
  test('[168, 321] $top=0 and a filter that nothing passes still count', async () => {
    const none = await ok('salesInvoices?$top=0&$count=true');
    expect([none.value, none.json['@odata.count']]).toEqual([[], invoices.length]);
    const nothing = await ok('salesInvoices?$filter=false&$count=true&$expand=customer');
    expect([nothing.value, nothing.json['@odata.count'], nothing.nextLink]).toEqual([[], 0, undefined]);
  });

  test('[18, 321] collections below a parent: empty is 200, no parent is 404', async () => {
    const empty = journals.find((j) => j.customerPayments.length === 0);
    const bare = busiest().customerPayments.find((p) => p.dimensionLines.length === 0);
    expect((await ok(`customerPaymentJournals(${empty?.id ?? ''})/customerPayments?$expand=customer`)).value).toEqual(
      [],
    );
    expect(
      (await ok(`customerPaymentJournals(${busiest().id})/customerPayments(${bare?.id ?? ''})/dimensionLines`)).value,
    ).toEqual([]);
    const nobody = '00000000-0000-0000-0000-000000000000';
    for (const path of [
      `customerPaymentJournals(${nobody})/customerPayments`,
      `customerPaymentJournals(${nobody})/customerPayments/$count`,
      `customers(${nobody})/salesInvoices`,
      `customers(${nobody})/number`,
      `customers(${nobody})/number/$value`,
      `companies(${nobody})/customers`,
    ])
      expect([path, (await service.get(path)).status]).toEqual([path, 404]);
  });

  test('[18, 76] a null property, value or navigation is 204', async () => {
    const customer =
      customers.find((c) => c.website === null && c.phoneNumber === null) ?? customers.find((c) => c.website === null);
    const invoice = invoices.find((i) => i.billToCustomer === null);
    for (const path of [
      `customers(${customer?.id ?? ''})/website`,
      `customers(${customer?.id ?? ''})/website/$value`,
      `salesInvoices(${invoice?.id ?? ''})/billToCustomer`,
    ]) {
      const answer = await service.get(path);
      expect([path, answer.status, answer.text, answer.headers['content-type']]).toEqual([path, 204, '', undefined]);
    }
    expect((await service.get(`salesInvoices(${invoice?.id ?? ''})/billToCustomer/number`)).status).toBe(404);
  });
});

describe('single entities and parts of them', () => {
  test('[65, 73] every spelling of a key leads to the same entity', async () => {
    const { id, number } = withInvoices();
    const expected = await ok(`customers(${id})`);
    expect(context(expected)).toBe('#customers/$entity');
    for (const path of [
      `customers(id=${id})`,
      `customers('${id}')`,
      `customers(${id.toUpperCase()})`,
      `customers/${id}`,
      `customers(number='${number}')`,
      `customers(@k)?@k=${id}`,
      `customers(id=@k)?@k=${id}`,
      `customers(number=@n)?@n='${number}'`,
      `customers(${id})/`,
      `companies(${rows.here})/customers(${id})`,
    ]) {
      const { json } = await ok(path);
      expect({ ...json, '@odata.context': '' }).toEqual({ ...expected.json, '@odata.context': '' });
    }
  });

  test('[28, 72] keys with characters that URLs treat specially', async () => {
    for (const number of ['A+B&C#D/E?F', 'C 00 11', '00123', '12345678-1234-1234-1']) {
      const { json } = await ok(`customers(number='${encodeURIComponent(number)}')`);
      expect(json['number']).toBe(number);
    }
    expect((await service.get("customers(number='O''Brien')")).status).toBe(404);
  });

  test('[66, 68, 78] contained entities, by key, alternate key and segment', async () => {
    const journal = busiest();
    const payment = journal.customerPayments.find((p) => p.dimensionLines.length > 1);
    const path = `customerPaymentJournals(${journal.id})/customerPayments(${payment?.id ?? ''})`;
    const answer = await ok(path);
    expect(context(answer)).toBe(`#customerPaymentJournals(${journal.id})/customerPayments/$entity`);
    for (const same of [
      `customerPaymentJournals/${journal.id}/customerPayments/${payment?.id ?? ''}`,
      `customerPaymentJournals(code='${journal.code}')/customerPayments(lineNumber=${payment?.lineNumber ?? 0})`,
    ])
      expect((await ok(same)).json['id']).toBe(payment?.id);
    const line = payment?.dimensionLines[0];
    for (const key of [
      `(${line?.dimensionId ?? ''})`,
      `(parentId=${line?.paymentId ?? ''},id=${line?.dimensionId ?? ''})`,
      `(id=${line?.dimensionId ?? ''},parentId=${line?.paymentId ?? ''})`,
      `(id=${line?.dimensionId ?? ''})`,
    ])
      expect((await ok(`${path}/dimensionLines${key}`)).json['code']).toBe(line?.code);
    const stranger = journals.find((j) => j.id !== journal.id);
    expect(
      (await service.get(`customerPaymentJournals(${stranger?.id ?? ''})/customerPayments(${payment?.id ?? ''})`))
        .status,
    ).toBe(404);
  });

  test('[76, 317] properties, raw values and counts', async () => {
    const c = withInvoices();
    const path = `customers(${c.id})`;
    const name = await ok(`${path}/displayName`);
    expect([context(name), name.json['value']]).toEqual([`#customers(${c.id})/displayName`, c.displayName]);
    const raw = await ok(`${path}/displayName/$value`);
    expect([raw.text, raw.headers['content-type']]).toEqual([c.displayName, 'text/plain;charset=utf-8']);
    expect((await ok(`${path}/balance/$value`)).text).toBe(String(Number(c.balance) / Number(ONE)));
    expect((await ok(`${path}/taxLiable/$value`)).text).toBe(String(c.taxLiable));
    expect(Date.parse((await ok(`${path}/lastModifiedDateTime/$value`)).text)).toBe(c.lastModifiedDateTime);
    expect((await ok(`${path}/address`)).json['city']).toBe(c.addressCity);
    expect((await ok(`${path}/address/city`)).json['value']).toBe(c.addressCity);
    expect((await ok(`${path}/salesInvoices/$count`)).text).toBe(String(c.salesInvoices.length));
    expect((await ok(`customers/$count?$filter=taxLiable&$top=1&$skip=1&$orderby=number`)).text).toBe(
      String(customers.filter((row) => row.taxLiable).length),
    );
    const invoice = c.salesInvoices[0];
    const back = await ok(`${path}/salesInvoices(${invoice?.id ?? ''})/customer`);
    expect([back.json['id'], context(back)]).toEqual([c.id, '#customers/$entity']);
    const references = await ok(`${path}/salesInvoices/$ref`);
    expect([context(references), references.value.map((row) => row['@odata.id'])]).toEqual([
      '#Collection($ref)',
      c.salesInvoices.map((i) => `salesInvoices(${i.id})`),
    ]);
  });
});

describe('companies', () => {
  test('root sets and keys show the current company only', async () => {
    const foreign = rows.customers.filter((c) => c.companyId === other);
    expect(foreign.length).toBeGreaterThan(10);
    const { value, text } = await ok('customers?$expand=*');
    expect(value.map((row) => row['id'])).toEqual(customers.map((c) => c.id));
    expect(text).not.toContain('SECRET');
    for (const { id } of foreign.slice(0, 3)) expect((await service.get(`customers(${id})`)).status).toBe(404);
    expect((await ok('customers/$count')).text).toBe(String(customers.length));
    expect((await ok("customers(number='C00001')")).json['displayName']).not.toMatch(/SECRET/);
    const [journal] = rows.journals.filter((j) => j.companyId === other);
    expect((await service.get(`customerPaymentJournals(${journal?.id ?? ''})/customerPayments`)).status).toBe(404);
  });

  test('a company named in the path shows its own only', async () => {
    const own = sorted(
      rows.customers.filter((c) => c.companyId === other),
      [(c) => c.number],
    );
    const { value } = await ok(`companies(${other})/customers`);
    expect(value.map((row) => row['id'])).toEqual(own.map((c) => c.id));
    expect((await ok(`companies(${other})/customers(number='C00001')`)).json['displayName']).toBe('SECRET C00001');
    expect((await service.get(`companies(${other})/customers(${customers[0]?.id ?? ''})`)).status).toBe(404);
    expect(context(await ok(`companies(${other})/customers`))).toBe(`#companies(${other})/customers`);
    expect((await ok(`companies(${other})/customers/$count`)).text).toBe(String(own.length));
    const expanded = await ok('companies?$select=name&$expand=customers($select=id)');
    expect(expanded.value.map((row) => list(row, 'customers').length)).toEqual(
      sorted(rows.companies, [(c) => c.name]).map(
        (company) => rows.customers.filter((c) => c.companyId === company.id).length,
      ),
    );
  });
});

describe('headers', () => {
  test('what has an ETag is kept by no cache: a balance or what is expanded changes without it', async () => {
    const journal = `customerPaymentJournals(${rows.journals[0]?.id ?? ''})`;
    const v401 = { 'OData-MaxVersion': '4.01' };
    for (const path of [`customers(${customers[0]?.id ?? ''})`, `${journal}/customerPayments?$expand=customer`]) {
      const { headers } = await service.get(path, v401);
      const same = await service.get(path, { ...v401, 'If-None-Match': String(headers['etag']) });
      expect([path, same.status]).toEqual([path, 304]);
      for (const told of [headers, same.headers]) expect(told['cache-control']).toMatch(/\bno-store\b/);
    }
    // $metadata is the same as long as its ETag is.
    expect((await ok('$metadata')).headers['cache-control']).toBe('private, no-cache');
  });

  test('[16, 25] ETag, If-None-Match, If-Match and HEAD', async () => {
    const path = `customers(${customers[0]?.id ?? ''})`;
    const { headers, json, text } = await ok(path);
    const etag = String(headers['etag']);
    expect(etag).toBe(json['@odata.etag']);
    const unchanged = await service.get(path, { 'If-None-Match': etag });
    expect([unchanged.status, unchanged.text, unchanged.headers['etag']]).toEqual([304, '', etag]);
    expect((await service.get(path, { 'If-None-Match': 'W/"0"' })).status).toBe(200);
    expect((await service.get(path, { 'If-Match': 'W/"0"' })).status).toBe(412);
    for (const target of [path, 'customers', 'customers/$count', `${path}/number`]) {
      const [get, head] = [await ok(target), await service.send('HEAD', target)];
      expect([head.status, head.text, head.headers['content-type'], head.headers['etag']]).toEqual([
        200,
        '',
        get.headers['content-type'],
        get.headers['etag'],
      ]);
    }
    expect(text.indexOf('"@odata.context"')).toBe(1);
  });

  test('[332, 336] maxpagesize in both spellings, and unknown preferences', async () => {
    for (const name of ['maxpagesize', 'odata.maxpagesize']) {
      const { value, headers, nextLink } = await ok('customers', { Prefer: `${name}=2, foo=bar` });
      expect([value.length, headers['preference-applied'], nextLink === undefined]).toEqual([2, `${name}=2`, false]);
    }
    for (const value of ['0', '-1', 'x', '1.5'])
      expect((await ok('customers', { Prefer: `maxpagesize=${value}` })).headers['preference-applied']).toBeUndefined();
  });

  test('[313, 337] omit-values=nulls leaves nulls out on every level', async () => {
    const { text, headers, value } = await ok(
      'customerPaymentJournals?$expand=customerPayments($expand=customer),account',
      { Prefer: 'omit-values=nulls' },
    );
    expect(headers['preference-applied']).toBe('omit-values=nulls');
    expect(text).not.toMatch(/:\s*null/);
    expect(value).toHaveLength(journals.length);
    for (const path of ['customers/$count', `customers(${customers[0]?.id ?? ''})/number/$value`])
      expect((await ok(path, { Prefer: 'omit-values=nulls' })).headers['preference-applied']).toBeUndefined();
  });

  test('[306, 308] IEEE754Compatible makes strings of decimals and counts on every level', async () => {
    const target =
      'customers?$count=true&$top=5&$orderby=creditLimit desc&$expand=salesInvoices($count=true;$expand=customer)';
    const answer = await ok(target, { Accept: 'application/json;IEEE754Compatible=true' });
    expect(answer.headers['content-type']).toContain('IEEE754Compatible=true');
    const names = [
      'balance',
      'creditLimit',
      'totalAmountIncludingTax',
      'remainingAmount',
      '@odata.count',
      'salesInvoices@odata.count',
    ];
    const kinds = (object: unknown): string[] =>
      typeof object !== 'object' || object === null
        ? []
        : Object.entries(object).flatMap(([name, value]) =>
            names.includes(name) && value !== null ? [typeof value] : kinds(value),
          );
    expect([...new Set(kinds(answer.json))]).toEqual(['string']);
    expect([...new Set(kinds((await ok(target)).json))]).toEqual(['number']);
    const amounts = list(
      first(
        await ok(
          'customerPaymentJournals?$expand=customerPayments($filter=amount eq 9999999999999.99999)&$filter=customerPayments/any(p:p/amount eq 9999999999999.99999)',
          { Accept: 'application/json;IEEE754Compatible=true' },
        ),
      ),
      'customerPayments',
    );
    expect(decimal(String(amounts[0]?.['amount']))).toBe(decimal('9999999999999.99999'));
  });

  test('[9, 10, 11] formats', async () => {
    const types: readonly (readonly [string, Record<string, string>, number])[] = [
      ['customers?$format=json', {}, 200],
      ['customers?$format=JSON', {}, 200],
      ['customers?$format=application/json', { Accept: 'text/csv' }, 200],
      ['customers?format=json', {}, 200],
      ['customers?$format=xml', {}, 406],
      ['customers', { Accept: 'text/csv' }, 406],
      ['customers', { Accept: '*/*' }, 200],
      ['customers', { Accept: 'application/json;odata=verbose,*/*;q=0.01' }, 200],
      ['customers/$count', { Accept: 'text/plain' }, 200],
      ['customers/$count', { Accept: 'application/json' }, 200],
    ];
    for (const [target, headers, status] of types)
      expect([target, headers, (await service.get(target, headers)).status]).toEqual([target, headers, status]);
    const bare = await ok('customers?$format=application/json;odata.metadata=none&$count=true&$top=1', {
      Prefer: 'maxpagesize=1',
    });
    expect(Object.keys(bare.json)).toEqual(['@odata.count', 'value']);
    expect(Object.keys(first(bare)).filter((name) => name.startsWith('@'))).toEqual([]);
  });

  test('[27] versions', async () => {
    const four = await ok('customers?$top=1&$count=true', { 'OData-MaxVersion': '4.0' });
    expect([four.headers['odata-version'], '@odata.count' in four.json]).toEqual(['4.0', true]);
    const newer = await ok('customers?$top=1&$count=true', {
      'OData-MaxVersion': '4.01',
      Accept: 'application/json;metadata=minimal',
    });
    expect([newer.headers['odata-version'], '@count' in newer.json, '@etag' in first(newer)]).toEqual([
      '4.01',
      true,
      true,
    ]);
    expect((await service.get('customers', { 'OData-MaxVersion': '3.0' })).status).toBe(400);
  });

  test('[27] a snapshot is one answer: whole where that can be promised, 412 where it would go on', async () => {
    for (const headers of [{ Isolation: 'snapshot' }, { 'OData-Isolation': 'Snapshot' }]) {
      const asked = { ...headers, Prefer: 'maxpagesize=2' };
      for (const path of ['customers', 'customers?$top=20001', '$all', 'customers?$filter=false']) {
        const refused = await service.get(path, asked);
        expect([refused.status, refused.error.message]).toEqual([412, expect.stringContaining('$top=20000')]);
      }
      const whole = await ok('customers?$top=20000&$expand=salesInvoices&$orderby=number', asked);
      expect([whole.nextLink, whole.headers['preference-applied']]).toEqual([undefined, undefined]);
      expect(whole.text).not.toContain('nextLink');
      expect(whole.value.map((row) => [row['number'], list(row, 'salesInvoices').length])).toEqual(
        customers.map((row) => [row.number, row.salesInvoices.length]),
      );
      const one = await ok(`customers(${customers[0]?.id ?? ''})?$expand=salesInvoices`, asked);
      expect(one.json['salesInvoices']).toEqual((await ok(`customers(${customers[0]?.id ?? ''})/salesInvoices`)).value);
      expect((await ok('customers/$count', asked)).text).toBe(String(customers.length));
      const body = JSON.stringify({ displayName: 'x' });
      const write = await service.send('POST', 'customers', { ...headers, 'Content-Type': 'application/json' }, body);
      expect(write.status).toBe(412);
    }
    const paged = (await ok('customers?$top=5', { Prefer: 'maxpagesize=2' })).nextLink ?? '';
    expect((await service.get(paged, { Isolation: 'snapshot' })).status).toBe(412);
    expect((await service.get('customers?$top=1', { Isolation: 'serializable' })).status).toBe(412);
  });
});

test('[92, 93] options in any case, with and without $', async () => {
  const expected = await ok(
    "customers?$filter=contains(displayName,'a')&$orderby=number desc&$top=3&$select=number&$count=true",
  );
  for (const target of [
    "customers?filter=contains(displayName,'a')&orderby=number desc&top=3&select=number&count=true",
    "customers?$FILTER=CONTAINS(displayName,'a')&$OrderBy=number DESC&$Top=3&SELECT=number&$Count=TRUE",
  ])
    expect((await ok(target)).json).toEqual(expected.json);
  const nested = await ok('customers?expand=salesInvoices(select=number;top=1)&top=2');
  expect(nested.value.every((row) => list(row, 'salesInvoices').length <= 1)).toBe(true);
});

test('requests that differ in values only share one prepared statement', async () => {
  service.takeStatements();
  for (const number of ['C00001', "O'Brien", '%_\\', '𝄞', '00123'])
    await ok(
      withOptions('customers', {
        $filter: `number eq '${number.replaceAll("'", "''")}' or balance gt ${number.length}`,
        $top: String(number.length),
      }),
    );
  const sent = service.takeStatements();
  expect(sent).toHaveLength(5);
  expect(new Set(sent.map(({ name }) => name)).size).toBe(1);
  for (const { text } of sent) expect(text).not.toMatch(/C00001|O'Brien/);
});

test('order and comparison of the oracle itself', () => {
  expect([compare(null, ''), compare('\u{FFFF}', '\u{10000}'), compare('a', 'B'), compare(false, true)]).toEqual([
    -1, -1, 1, -1,
  ]);
});
