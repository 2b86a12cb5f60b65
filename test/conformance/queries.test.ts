/** Requirements on addresses, expressions, options and payloads that no other file proves; the numbers are those of docs/conformance.md. */
import { compare, loadRows, ONE, sorted, type Customer, type Journal, type Rows } from '../setup/oracle';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

const json = { 'Content-Type': 'application/json' };
const any = { ...json, 'If-Match': '*' };
const v401 = { ...json, 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' };

let service: TestService;
let rows: Rows;
let customers: readonly Customer[];
let journal: Journal;

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  customers = sorted(
    rows.customers.filter(({ companyId }) => companyId === rows.here),
    [(c) => c.number],
  );
  const [largest] = sorted(
    rows.journals.filter(({ companyId }) => companyId === rows.here),
    [[(row) => row.customerPayments.length, 'desc']],
  );
  if (!largest) throw new Error('The sample data has journals');
  journal = largest;
});
afterAll(() => service.close());

const ask = async (path: string, options: Readonly<Record<string, string>> = {}): Promise<Answer> => {
  const answer = await service.get(withOptions(path, options));
  if (answer.status !== 200) throw new Error(`${path} ${JSON.stringify(options)}: ${answer.text}`);
  return answer;
};
const send = (method: string, path: string, body: unknown, headers: Record<string, string> = any): Promise<Answer> =>
  service.send(method, path, headers, typeof body === 'string' ? body : JSON.stringify(body));
const column = (answer: Answer, name: string): readonly unknown[] => answer.value.map((row) => row[name]);
const numbers = (answer: Answer): readonly unknown[] => column(answer, 'number');
const numbersWhere = (holds: (customer: Customer) => boolean): readonly string[] =>
  customers.filter(holds).map(({ number }) => number);

/** A customer with the most invoices. */
const busiest = (): Customer => {
  const [found] = sorted(customers, [[(c) => c.salesInvoices.length, 'desc']]);
  if (!found) throw new Error('The sample data has customers');
  return found;
};

describe('options', () => {
  it('[94] stand once each, with or without $, also within parentheses', async () => {
    for (const query of [
      '$top=1&top=2',
      '$top=1&$TOP=1',
      '$filter=true&filter=true',
      '$expand=salesInvoices($top=1;$top=2)',
      '$expand=salesInvoices($top=1;top=2)',
      '$filter=balance gt @p&@p=1&@p=2',
    ]) {
      const answer = await service.get(`customers?${query.replaceAll(' ', '%20')}`);
      expect([query, answer.status]).toEqual([query, 400]);
    }
  });

  it('[96] are applied in the order of the standard, however they stand', async () => {
    const having = customers.filter(({ taxLiable, balance }) => taxLiable && balance > 0n);
    const page = sorted(having, [[(c) => c.displayName, 'desc'], (c) => c.number]).slice(1, 4);
    const options: readonly (readonly [string, string])[] = [
      ['$filter', 'taxLiable and balance gt 0'],
      ['$orderby', 'displayName desc,number'],
      ['$skip', '1'],
      ['$top', '3'],
      ['$count', 'true'],
      ['$select', 'number'],
    ];
    for (const order of [options, [...options].reverse()]) {
      const answer = await ask('customers', Object.fromEntries(order));
      expect([numbers(answer), answer.json['@odata.count']]).toEqual([page.map(({ number }) => number), having.length]);
    }
  });

  it('[99] aliases may be given within the options of an $expand, and hold there alone', async () => {
    const { number, salesInvoices } = busiest();
    const own = salesInvoices[0]?.number ?? '';
    const answer = await ask('customers', {
      $filter: 'number eq @n',
      '@n': `'${number}'`,
      $expand: `salesInvoices($filter=number eq @n;@n='${own}')`,
    });
    expect(answer.value.map((row) => (row['salesInvoices'] as readonly Json[]).map((i) => i['number']))).toEqual([
      [own],
    ]);
  });

  it('[101] quotes, commas, semicolons and parentheses within nested options are taken for what they are', async () => {
    for (const text of ['a;b', 'a,b', '(a', 'a)', "it''s;", '$top=1;)']) {
      const answer = await ask('customers', {
        $top: '2',
        $select: 'number',
        $expand: `salesInvoices($filter=number ne '${text}';$select=number,status;$orderby=number)`,
      });
      const expected = customers.slice(0, 2).map((c) => c.salesInvoices.map((i) => i.number));
      expect(answer.value.map((row) => (row['salesInvoices'] as readonly Json[]).map((i) => i['number']))).toEqual(
        expected,
      );
    }
  });

  it('[169] $skip counts in the order asked for, and goes on over pages', async () => {
    const all = sorted(customers, [[(c) => c.balance, 'desc'], (c) => c.number]).map(({ number }) => number);
    for (const [skip, top] of [
      [3, 2],
      [0, 5],
      [all.length, 5],
      [all.length - 1, 5],
    ] as const) {
      const options = { $orderby: 'balance desc,number', $skip: String(skip), $top: String(top), $select: 'number' };
      expect(numbers(await ask('customers', options))).toEqual(all.slice(skip, skip + top));
    }
    const paged = await service.all(withOptions('customers', { $orderby: 'balance desc,number', $skip: '3' }), {
      Prefer: 'maxpagesize=4',
    });
    expect(paged.map(({ number }) => number)).toEqual(all.slice(3));
    for (const value of ['-1', 'x', '1.5', ''])
      for (const option of ['$skip', '$top'])
        expect((await service.get(`customers?${option}=${value}`)).status).toBe(400);
  });

  it('[171] $count is true or false', async () => {
    const counted = async (value: string): Promise<unknown> =>
      (await ask('customers', { $top: '1', $count: value })).json['@odata.count'];
    expect([await counted('true'), await counted('TRUE'), await counted('false')]).toEqual([
      customers.length,
      customers.length,
      undefined,
    ]);
    for (const value of ['yes', '1', '']) expect((await service.get(`customers?$count=${value}`)).status).toBe(400);
  });

  it('[148] what is not selected is absent, navigation too, and control information stays', async () => {
    const { value, json: body } = await ask('customers', { $select: 'displayName,salesInvoices', $top: '3' });
    expect(body['@odata.context']).toMatch(/#customers\(displayName,salesInvoices\)$/);
    for (const row of value) {
      expect(Object.keys(row).filter((name) => !name.includes('@'))).toEqual(['displayName']);
      expect(String(row['@odata.id'])).toMatch(/^customers\(/);
      expect(String(row['@odata.etag'])).toMatch(/^W\/"/);
    }
  });

  it('[155] a cast to the type itself changes nothing in $expand and $select', async () => {
    const plain = await ask('customers', { $expand: 'salesInvoices($select=number)', $select: 'number', $top: '3' });
    const cast = await ask('customers', {
      $expand: 'Microsoft.NAV.customer/salesInvoices($select=number)',
      $select: 'Microsoft.NAV.customer/number',
      $top: '3',
    });
    expect(cast.value).toEqual(plain.value);
  });
});

describe('addresses', () => {
  it('[90] names of the model stand in their own case, and the error says so', async () => {
    for (const [path, meant] of [
      ['Customers', 'customers'],
      ["customers(number='x')/SalesInvoices", 'salesInvoices'],
      ['customers?$select=Number', 'number'],
    ] as const) {
      const answer = await service.get(path);
      expect([[400, 404].includes(answer.status), answer.error.message]).toEqual([
        true,
        expect.stringContaining(meant),
      ]);
    }
  });

  it('[82] /$each reads the members it writes', async () => {
    const answer = await ask('customers/$filter(@b)/$each', {
      '@b': 'balance gt 100',
      $orderby: 'number',
      $select: 'number',
    });
    expect(numbers(answer)).toEqual(numbersWhere(({ balance }) => balance > 100n * ONE));
  });

  it('[91] a slash behind a resource changes nothing', async () => {
    for (const path of [
      'customers',
      `customers(${busiest().id})`,
      `customers(${busiest().id})/salesInvoices`,
      'customers/$count',
    ])
      expect([path, (await ask(`${path}/`)).text]).toEqual([path, (await ask(path)).text]);
  });
});

describe('expressions', () => {
  it('[127] trim takes every kind of space of Unicode off', async () => {
    for (const space of [' ', '\t', '\u00a0', '\u2003', '\u3000', '\n'])
      expect([
        space,
        numbers(await ask('customers', { $filter: `trim('${space}${busiest().number}${space}') eq number` })),
      ]).toEqual([space, [busiest().number]]);
  });

  it('[135] strings stand for values of other types', async () => {
    const { id } = busiest();
    for (const filter of [`id eq '${id}'`, `'${id}' eq id`, `id eq ${id}`, `id in ('${id}')`])
      expect(numbers(await ask('customers', { $filter: filter }))).toEqual([busiest().number]);
    expect(numbers(await ask('customers', { $filter: "balance gt '100.5'" }))).toEqual(
      numbersWhere(({ balance }) => balance > (1005n * ONE) / 10n),
    );
    const count = async (filter: string): Promise<number> =>
      (await ask('salesInvoices', { $filter: filter, $select: 'id', $top: '500' })).value.length;
    expect(await count("invoiceDate ge '2026-01-01'")).toBe(await count('invoiceDate ge 2026-01-01'));
    expect(await count("lastModifiedDateTime ge '2025-01-01T00:00:00Z'")).toBe(
      await count('lastModifiedDateTime ge 2025-01-01T00:00:00Z'),
    );
    expect((await service.get(withOptions('customers', { $filter: "id eq 'no guid'" }))).status).toBe(400);
  });

  it('[138] case takes the first condition that is true, and null when none is', async () => {
    const answer = await ask('customers', {
      $compute: "case(balance gt 100:'much',balance gt 0:'some',true:'none') as owes,case(taxLiable:number) as liable",
      $select: 'number,owes,liable',
      $orderby: 'number',
    });
    expect(answer.value.map(({ number, owes, liable }) => [number, owes, liable])).toEqual(
      customers.map((c) => [
        c.number,
        c.balance > 100n * ONE ? 'much' : c.balance > 0n ? 'some' : 'none',
        c.taxLiable ? c.number : null,
      ]),
    );
    expect(numbers(await ask('customers', { $filter: "case(balance gt 100:'much',true:'less') eq 'much'" }))).toEqual(
      numbersWhere(({ balance }) => balance > 100n * ONE),
    );
  });

  it('[146] values of annotations are those of $metadata; it does not say that all can be asked for', async () => {
    const { text } = await service.get('$metadata');
    const [, told = ''] = /<Property Name="balance"[^>]*>.*?Term="Core.Description" String="([^"]*)"/s.exec(text) ?? [];
    expect(told).not.toBe('');
    for (const [filter, is] of [
      [`balance/@Core.Description eq '${told}' and balance/@Core.Computed`, true],
      ['balance/@Org.OData.Core.V1.Computed ne true', false],
      ['number/@Core.Computed eq null', true],
      ["balance/@Core.Permissions eq Core.Permission'Read' and balance/@Core.Permissions has 'Read'", true],
      ['number/@Core.Permissions eq null', true],
      ["@Core.AlternateKeys/any(k:k/Key/any(p:p/Name eq 'number'))", true],
      ['@Core.AlternateKeys/$count eq 0', false],
      ['salesInvoices/@Capabilities.ChangeTracking/Supported', true],
      ["@Core.Messages/any(m:m/severity eq 'error')", false],
      ['@Core.Messages eq null and @Core.Messages/severity eq null', true],
      ['number/@Org.OData.Measures.V1.Scale eq null and salesInvoices/@Core.MediaType eq null', true],
    ] as const)
      expect(numbers(await ask('customers', { $filter: filter, $orderby: 'number' }))).toEqual(numbersWhere(() => is));
    for (const [filter, status] of [
      ['balance/@Core.Computd', 400],
      ['@Common.Label eq null', 400],
    ] as const)
      expect([filter, (await service.get(withOptions('customers', { $filter: filter }))).status]).toEqual([
        filter,
        status,
      ]);
    expect(text).not.toContain('AnnotationValuesInQuerySupported" Bool="true"');
  });

  it('[166] false is before true, null before all, and texts are ordered by code point', async () => {
    expect(
      column(await ask('customers', { $orderby: 'taxLiable,number', $select: 'taxLiable,number' }), 'number'),
    ).toEqual(sorted(customers, [(c) => c.taxLiable, (c) => c.number]).map(({ number }) => number));
    const codes = column(await ask('customers', { $orderby: 'currencyCode desc,number' }), 'currencyCode');
    expect(codes).toEqual([...codes].sort((left, right) => compare(right as string | null, left as string | null)));
    expect(codes.includes(null)).toBe(true);
  });
});

describe('payloads', () => {
  it('[303] control information of a 4.01 request stands with and without odata.', async () => {
    const { id } = busiest();
    for (const name of ['@id', '@odata.id']) {
      const body = { code: `REF${name.length}`, customerPayments: [{ customer: { [name]: `customers(${id})` } }] };
      const answer = await send(
        'POST',
        'customerPaymentJournals?$expand=customerPayments($select=customerId)',
        body,
        v401,
      );
      expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
      expect(answer.json['customerPayments']).toMatchObject([{ customerId: id }]);
    }
  });

  it('[305] streaming is taken, and said to be', async () => {
    const plain = await ask('customers');
    for (const [accept, version] of [
      ['application/json;odata.streaming=true', '4.0'],
      ['application/json;streaming=true', '4.01'],
    ] as const) {
      const answer = await service.get('customers', { Accept: accept, 'OData-MaxVersion': version });
      expect([answer.status, answer.value.length]).toEqual([200, plain.value.length]);
      expect(answer.headers['content-type']).toContain('streaming=true');
    }
  });

  it('[308, 324] decimals keep every digit, without exponents', async () => {
    const answer = await ask('customers', {
      $top: '1',
      $compute:
        '0.0000001 as small,123456789012345678901234567890.5 as large,creditLimit mul 3 as thrice,2e0 div 3 as ratio',
      $select: 'small,large',
    });
    expect(answer.text).toContain('"small":0.0000001');
    expect(answer.text).toContain('"large":123456789012345678901234567890.5');
    const texts = customers.map(({ balance }) => String(Number(balance) / Number(ONE)));
    expect(column(await ask('customers', { $orderby: 'number' }), 'balance').map(String)).toEqual(texts);
  });

  it('[310] what is no number has a name', async () => {
    const answer = await ask('customers', {
      $top: '1',
      $compute: '1e0 div 0e0 as inf,-1e0 div 0e0 as low,0e0 div 0e0 as nan',
      $select: 'inf,low,nan',
    });
    expect(answer.value[0]).toMatchObject({ inf: 'INF', low: '-INF', nan: 'NaN' });
  });

  it('[311] texts hold any character but the one that PostgreSQL cannot', async () => {
    for (const name of [
      '"\\/',
      '\u0001\u001f\u007f',
      '\u2028\u2029',
      '😀👩‍👩‍👧',
      '\ufffd\ufeff',
      "'; DROP TABLE customers --",
      '\r\n\t',
    ]) {
      const made = await send('POST', 'customers', { displayName: `x${name}x` }, json);
      expect([made.status, made.json['displayName']]).toEqual([201, `x${name}x`]);
      const [stored] = await service.sql('SELECT display_name AS name FROM customers WHERE id = $1', [made.json['id']]);
      expect(stored).toEqual({ name: `x${name}x` });
    }
    const before = await service.sql('SELECT count(*) FROM customers');
    for (const body of ['{"displayName":"a\\u0000b"}', '{"displayName":"a\\ud800b"}'])
      expect((await send('POST', 'customers', body, json)).status).toBe(400);
    expect(await service.sql('SELECT count(*) FROM customers')).toEqual(before);
  });

  it('[312] null is null, and no entities are an empty list', async () => {
    const empty = await send('POST', 'customerPaymentJournals?$expand=customerPayments', { code: 'EMPTY' }, json);
    expect(empty.json).toMatchObject({ displayName: null, customerPayments: [] });
    const path = `customerPaymentJournals(${String(empty.json['id'])})/customerPayments`;
    const payment = await send('POST', `${path}?$expand=customer,dimensionLines`, {}, json);
    expect(payment.json).toMatchObject({ comment: null, customer: null, dimensionLines: [] });
  });

  it('[319] annotations of others come along and change nothing', async () => {
    const created = await send('POST', 'customers', { displayName: 'Noted' }, json);
    const path = `customers(${String(created.json['id'])})`;
    const body = { '@my.term': 1, 'email@my.term': { a: [1] }, email: 'a@b.c', '@my.other#q': null };
    const { status, json: changed } = await send('PATCH', path, body);
    expect([status, changed['email'], Object.keys(changed).filter((name) => name.includes('my.'))]).toEqual([
      200,
      'a@b.c',
      [],
    ]);
  });

  it('[322] bodies are UTF-8, whatever their size; other charsets are read or refused', async () => {
    const text = '{"displayName":"Größe 😀"}';
    const stored = async (headers: Record<string, string>, body: Buffer): Promise<readonly [number, unknown]> => {
      const answer = await fetch(`${service.root}customers`, { method: 'POST', headers, body: new Uint8Array(body) });
      const made = (await answer.json()) as Json;
      return [answer.status, made['displayName']];
    };
    expect(await stored({ 'Content-Type': 'application/json;charset=utf-8' }, Buffer.from(text))).toEqual([
      201,
      'Größe 😀',
    ]);
    const [status, name] = await stored(
      { 'Content-Type': 'application/json;charset=utf-16le' },
      Buffer.from(text, 'utf16le'),
    );
    expect([
      [201, 'Größe 😀'],
      [415, undefined],
    ]).toContainEqual([status, name]);
  });

  it('[323] the type of a value stands beside it where JSON does not tell', async () => {
    const { value } = await ask('customers', {
      $apply: 'groupby((currencyCode),aggregate(balance with sum as total,$count as n,number with max as last))',
    });
    for (const row of value) {
      expect(row).toMatchObject({ 'total@odata.type': '#Decimal', 'n@odata.type': '#Decimal' });
      expect(row).not.toHaveProperty('last@odata.type');
    }
  });

  it('[321] no rows are an empty list without a link', async () => {
    for (const path of ['customers', `customerPaymentJournals(${journal.id})/customerPayments`]) {
      const answer = await ask(path, { $filter: 'id eq 00000000-0000-0000-0000-000000000001' });
      expect([answer.json['value'], answer.nextLink]).toEqual([[], undefined]);
    }
  });
});
