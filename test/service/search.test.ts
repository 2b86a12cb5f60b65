/** $search against an oracle in JavaScript: the same terms over the same rows, and the index that serves them. */
import fc from 'fast-check';
import { compare, loadRows, sorted, type Customer, type Maybe, type Payment, type Rows } from '../setup/oracle';
import { startService, withOptions, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let customers: readonly Customer[];
let payments: readonly Payment[];

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  customers = sorted(
    rows.customers.filter(({ companyId }) => companyId === rows.here),
    [(row) => row.number],
  );
  payments = sorted(
    rows.payments.filter(({ companyId }) => companyId === rows.here),
    [(row) => row.id],
  );
});
afterAll(() => service.close());

type Texts = readonly Maybe<string>[];
const ofCustomer = (c: Customer): Texts => [
  ...[c.number, c.displayName, c.phoneNumber, c.email, c.website],
  ...[c.addressStreet, c.addressCity, c.addressPostalCode],
];
const ofPayment = (p: Payment): Texts => [
  ...[p.customerNumber, p.documentNumber, p.externalDocumentNumber, p.appliesToInvoiceNumber],
  ...[p.description, p.comment],
];

const fold = (text: string): string => text.toLowerCase().toUpperCase();
const has = (texts: Texts, term: string): boolean =>
  texts.some((text) => (text === null ? term === '' : fold(text).includes(fold(term))));

/** A search expression, and whether the texts of an entity match it. */
interface Search {
  readonly text: string;
  readonly of: (texts: Texts) => boolean;
}
const search = (text: string, of: Search['of']): Search => ({ text, of });
const term = (text: string): Search => search(text, (texts) => has(texts, text));
const phrase = (text: string): Search => search(`"${text}"`, (texts) => has(texts, text));

async function found(path: string, options: Readonly<Record<string, string>>): Promise<readonly Json[]> {
  const answer = await service.get(withOptions(path, options));
  if (answer.status !== 200) throw new Error(`${answer.text}\n${service.takeFailures().join('\n')}`);
  return answer.value;
}
const idsOf = (values: readonly { readonly id?: unknown }[]): unknown[] => values.map(({ id }) => id);

const both = (a: string, b: string) => (texts: Texts) => has(texts, a) && has(texts, b);
const cases: readonly Search[] = [
  term('aps'),
  term('APS'),
  term('berlin'),
  term('C00001'),
  term('c0000'),
  term('nothing-like-this'),
  term('@'),
  term('%'),
  term('_'),
  term('100%_\\'),
  term("O'Brien"),
  term('+45'),
  term('and'),
  term('or'),
  term('not'),
  term('ø'),
  term('İ'),
  term('straße'),
  phrase('a/s'),
  phrase(' '),
  phrase('AND'),
  phrase('(x)'),
  search('as OR berlin', (texts) => has(texts, 'as') || has(texts, 'berlin')),
  search('a NOT e', (texts) => has(texts, 'a') && !has(texts, 'e')),
  search('a AND NOT e', (texts) => has(texts, 'a') && !has(texts, 'e')),
  search('a e', both('a', 'e')),
  search('a AND e', both('a', 'e')),
  search('NOT a', (texts) => !has(texts, 'a')),
  search('NOT NOT a', (texts) => has(texts, 'a')),
  search('a OR e AND o', (texts) => has(texts, 'a') || (has(texts, 'e') && has(texts, 'o'))),
  search('(a OR e) AND o', (texts) => (has(texts, 'a') || has(texts, 'e')) && has(texts, 'o')),
  search('(c AND 1) NOT "c0001"', (texts) => has(texts, 'c') && has(texts, '1') && !has(texts, 'c0001')),
  search('NOT (a OR 1)', (texts) => !has(texts, 'a') && !has(texts, '1')),
  // What is still being typed: all words, in any order.
  search("'berl'", (texts) => has(texts, 'berl')),
  search(`'s "ber'`, both('s', 'ber')),
  search("'o''b'", (texts) => has(texts, "o'b")),
];

test.each(cases.map((one) => [one.text, one] as const))(
  '[163, 164] $search=%s finds what the oracle finds',
  async (text, { of }) => {
    expect(idsOf(await found('customers', { $search: text, $select: 'id' }))).toEqual(
      idsOf(customers.filter((row) => of(ofCustomer(row)))),
    );
    expect(idsOf(await found('customerPaymentDetails', { $search: text, $select: 'id' }))).toEqual(
      idsOf(payments.filter((row) => of(ofPayment(row)))),
    );
  },
);

test('[163] operators are upper-case words, and bind as the standard says: random expressions', async () => {
  const words = ['a', 'E', 'or', '00', 'c0', 'ø', 'berlin', '@', 'as', '%', '🎻', 'inv', 'Aps'];
  const { tree } = fc.letrec<{ tree: Search }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(...words).map(term),
      fc.constantFrom(...words, 'a b', ' e').map(phrase),
      tie('tree').map((one) => search(`NOT (${one.text})`, (texts) => !one.of(texts))),
      fc
        .tuple(tie('tree'), tie('tree'), fc.constantFrom(' ', ' AND '))
        .map(([a, b, word]) => search(`(${a.text})${word}(${b.text})`, (texts) => a.of(texts) && b.of(texts))),
      fc
        .tuple(tie('tree'), tie('tree'))
        .map(([a, b]) => search(`(${a.text}) OR (${b.text})`, (texts) => a.of(texts) || b.of(texts))),
    ),
  }));
  let some = 0;
  await fc.assert(
    fc.asyncProperty(tree, async ({ text, of }) => {
      const expected = idsOf(customers.filter((row) => of(ofCustomer(row))));
      some += expected.length > 0 && expected.length < customers.length ? 1 : 0;
      expect(idsOf(await found('customers', { $search: text, $select: 'id' }))).toEqual(expected);
    }),
    { numRuns: 150, seed: 20_261_125 },
  );
  expect(some).toBeGreaterThan(40);
}, 60_000);

describe('wherever the standard allows it', () => {
  const matches = (one: string) => customers.filter((row) => has(ofCustomer(row), one));

  test('[163, 77] together with $filter, $count, $top and /$count', async () => {
    const options = { $search: 'a', $filter: 'taxLiable', $count: 'true', $top: '2' };
    const expected = matches('a').filter(({ taxLiable }) => taxLiable);
    const answer = await service.get(withOptions('customers', options));
    expect(answer.json['@odata.count']).toBe(expected.length);
    expect(idsOf(answer.value)).toEqual(idsOf(expected.slice(0, 2)));
    const count = await service.get(withOptions('customers/$count', { search: 'a', filter: 'taxLiable' }));
    expect(count.text).toBe(String(expected.length));
    const both = await found('customers', { $search: 'NOT nothing', $filter: 'null' });
    expect(both).toEqual([]);
  });

  test('[163, 153] within $expand, its pages and counts', async () => {
    const values = await found('customers', {
      $select: 'id',
      $expand: 'salesInvoices($select=id;$search=INV NOT 3;$count=true;$top=2)',
    });
    expect(values).toHaveLength(customers.length);
    values.forEach((value, index) => {
      const own = customers[index]?.salesInvoices.filter(
        (row) =>
          has([row.number, row.externalDocumentNumber], 'INV') && !has([row.number, row.externalDocumentNumber], '3'),
      );
      expect(value['salesInvoices@odata.count']).toBe(own?.length);
      expect(idsOf(value['salesInvoices'] as Json[])).toEqual(idsOf((own ?? []).slice(0, 2)));
    });
  });

  test('[144, 163] in a count within $filter and $orderby', async () => {
    const of = (row: Customer, limit: string) =>
      row.salesInvoices.filter(
        (i) => has([i.number, i.externalDocumentNumber], '1') && i.totalAmountIncludingTax > BigInt(limit) * 100_000n,
      ).length;
    const count = 'salesInvoices/$count($search=1;$filter=totalAmountIncludingTax gt 100)';
    const values = await found('customers', { $select: 'id', $filter: `${count} gt 0`, $orderby: `${count} desc,id` });
    const expected = customers
      .filter((row) => of(row, '100') > 0)
      .sort((a, b) => of(b, '100') - of(a, '100') || compare(a.id, b.id));
    expect(idsOf(values)).toEqual(idsOf(expected));
    expect(expected.length).toBeGreaterThan(1);
  });

  test('[163] below a parent, and over the pages of a nextLink', async () => {
    const [journal] = sorted(
      rows.journals.filter(({ companyId }) => companyId === rows.here),
      [[(row) => row.customerPayments.length, 'desc']],
    );
    const all = await service.all(
      withOptions(`customerPaymentJournals(${journal?.id})/customerPayments`, { $search: 'inv', $select: 'id' }),
      { Prefer: 'maxpagesize=7' },
    );
    const expected = journal?.customerPayments.filter((row) => has(ofPayment(row), 'inv')) ?? [];
    expect(expected.length).toBeGreaterThan(14);
    expect(idsOf(all)).toEqual(idsOf(expected));
  });
});

describe('what cannot be searched', () => {
  test.each([
    ['$search=%1F', 400],
    ['$search="', 400],
    ['$search=', 400],
    ['$search=a OR', 200],
    ['$search=(a', 400],
  ])('[100, 163] %s → %i', async (query, status) => {
    const answer = await service.get(`customers?${query.replaceAll(' ', '%20')}`);
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.error.target).toBe('$search');
  });

  test('[20, 163] an entity without searchable properties answers 501, as its metadata says', async () => {
    const path = `customerPaymentJournals(${rows.journals[0]?.id})/customerPayments(${payments[0]?.id})/dimensionLines`;
    expect(await service.get(`${path}?$search=a`)).toMatchObject({ status: 501, error: { code: 'NotImplemented' } });
    const { text } = await service.get('$metadata', { Accept: 'application/json' });
    const container = (JSON.parse(text) as Record<string, Record<string, Record<string, unknown>>>)['Microsoft.NAV'];
    expect(container?.['Container']).toMatchObject({
      customers: { '@Capabilities.SearchRestrictions': { Searchable: true } },
    });
    expect(text).toContain('"SearchRestrictions":{"Searchable":false}');
  });
});

/** Letters, signs and ligatures of all scripts: folding may not depend on what stands beside a letter, or on its case. */
test('[163] folding knows no case: lower, upper and mixed letters of Unicode fold to the same', async () => {
  const folded = (text: string): string => `upper(lower(${text} collate "und-x-icu")) collate "C"`;
  const [different] = await service.sql(
    `SELECT count(*)::int AS n FROM (SELECT chr(c) AS x FROM generate_series(1, x'1ffff'::int) c WHERE c NOT BETWEEN 55296 AND 57343) all_characters
    WHERE ${folded('x')} <> ${folded('lower(x collate "und-x-icu")')}
      OR ${folded(`'Α' || x || 'Σ'`)} <> ${folded(`'Α'`)} || ${folded('x')} || ${folded(`'Σ'`)}`,
  );
  expect(different).toEqual({ n: 0 });
});

test.each([
  ['customers', 'customers_search_idx'],
  ['salesInvoices', 'sales_invoices_search_idx'],
  ['customerPaymentDetails', 'customer_payments_search_idx'],
  ['customerLedgerEntries', 'customer_ledger_entries_search_idx'],
])('[163] the statement of %s?$search is served by %s', async (set, index) => {
  service.takeStatements();
  await found(set, { $search: 'copenhagen' });
  const [statement] = service.takeStatements();
  expect(await explained(statement?.text ?? '', index)).toContain(index);
});

test.each([
  ["customers?$filter=contains(tolower(displayName),'x')", 'customers_lower_texts_idx'],
  ["customers?$filter=contains(tolower(number),'x') or contains(tolower(email),'x')", 'customers_lower_texts_idx'],
  ["customerPaymentDetails?$filter=contains(tolower(description),'x')", 'customer_payments_lower_texts_idx'],
  ["salesInvoices?$filter=contains(tolower(number),'x')", 'sales_invoices_lower_number_idx'],
])('[118, 126] %s is served by %s', async (target, index) => {
  service.takeStatements();
  expect((await service.get(encodeURI(target))).status).toBe(200);
  const [statement] = service.takeStatements();
  expect(await explained(statement?.text ?? '', index)).toContain(index);
});

/** The generic plan where there is no other index of the table. */
async function explained(text: string, index: string): Promise<string> {
  const parameters = new Set(text.match(/\$\d+/g)).size;
  try {
    for (const statement of [
      'BEGIN',
      'SET LOCAL enable_seqscan = off',
      'SET LOCAL plan_cache_mode = force_generic_plan',
      `UPDATE pg_index SET indisvalid = false
        WHERE indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = '${index}'::regclass) AND indexrelid <> '${index}'::regclass`,
      `PREPARE ${index} AS ${text}`,
    ])
      await service.sql(statement);
    const plan = await service.sql(`EXPLAIN EXECUTE ${index} (${Array(parameters).fill('NULL').join(', ')})`);
    return plan.map((row) => String(row['QUERY PLAN'])).join('\n');
  } finally {
    await service.sql('ROLLBACK; DEALLOCATE ALL');
  }
}
