/** Random conditions, made from the types of the properties: each is written as OData and evaluated in JavaScript, and the answers compared. */
import fc from 'fast-check';
import * as oracle from '../setup/oracle';
import { decimal, loadRows, ONE, sorted, type Invoice, type Maybe, type Rows, type Value } from '../setup/oracle';
import { tree, types, type Tree, type Type } from '../setup/query-trees';
import { startService, withOptions, type Json, type TestService } from '../setup/service';

let service: TestService;
let rows: Rows;
let invoices: readonly Invoice[];

beforeAll(async () => {
  service = await startService();
  rows = await loadRows(service);
  invoices = sorted(
    rows.invoices.filter(({ companyId }) => companyId === rows.here),
    [(row) => row.number],
  );
});
afterAll(() => service.close());

/** An expression in OData, and what it is for a row. */
interface Term<T> {
  readonly text: string;
  readonly of: (row: Invoice) => Maybe<T>;
}

const term = <T>(text: string, of: (row: Invoice) => Maybe<T>): Term<T> => ({ text, of });
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const words = ['', 'a', 'A', "'", '%', '_', '\\', '000', 'INV', 'o', '🎻', 'ø', 'e\u0301', ' ', '+', '&', '#', '/'];
const texts: readonly Term<string>[] = [
  term('number', (i) => i.number),
  term('externalDocumentNumber', (i) => i.externalDocumentNumber),
  term('currencyCode', (i) => i.currencyCode),
  term('customerName', (i) => i.customer.displayName),
  term('customer/address/city', (i) => i.customer.addressCity),
  term('billToCustomer/displayName', (i) => i.billToCustomer?.displayName ?? null),
  term('billToCustomer/email', (i) => i.billToCustomer?.email ?? null),
];
const dates: readonly Term<string>[] = [
  term('invoiceDate', (i) => i.invoiceDate),
  term('postingDate', (i) => i.postingDate),
  term('dueDate', (i) => i.dueDate),
];
/** Decimals in hundred-thousandths. */
const amounts: readonly Term<bigint>[] = [
  term('totalAmountIncludingTax', (i) => i.totalAmountIncludingTax),
  term('remainingAmount', (i) => i.remainingAmount),
  term('customer/creditLimit', (i) => i.customer.creditLimit),
  term('billToCustomer/creditLimit', (i) => i.billToCustomer?.creditLimit ?? null),
  term('billToCustomer/balance', (i) => i.billToCustomer?.balance ?? null),
];

const binary = <A, B, R>(
  left: Term<A>,
  operator: string,
  right: Term<B>,
  of: (a: Maybe<A>, b: Maybe<B>) => Maybe<R>,
): Term<R> => term(`(${left.text} ${operator} ${right.text})`, (row) => of(left.of(row), right.of(row)));
const call = <A, B, R>(name: string, a: Term<A>, b: Term<B>, of: (a: Maybe<A>, b: Maybe<B>) => Maybe<R>): Term<R> =>
  term(`${name}(${a.text},${b.text})`, (row) => of(a.of(row), b.of(row)));
const apply = <A, R>(name: string, a: Term<A>, of: (a: Maybe<A>) => Maybe<R>): Term<R> =>
  term(`${name}(${a.text})`, (row) => of(a.of(row)));

const { condition } = fc.letrec<{
  text: Term<string>;
  whole: Term<number>;
  amount: Term<bigint>;
  date: Term<string>;
  condition: Term<boolean>;
}>((tie) => {
  const small = fc.integer({ min: -4, max: 12 }).map((n) => term(String(n), () => n));
  const wordTerm = fc.constantFrom(...words).map((word) => term(quoted(word), () => word));
  const amountTerm = fc
    .constantFrom('0', '1000', '-0.01', '250.5', '21000.00', '99999.99999')
    .map((text) => term(text, () => decimal(text)));
  const dateTerm = fc
    .constantFrom('2024-02-29', '2025-01-01', '2025-06-15', '2026-03-31')
    .map((text) => term(text, () => text));
  const nothing = term<never>('null', () => null);
  const comparison = <T extends NonNullable<Value>>(side: fc.Arbitrary<Term<T>>): fc.Arbitrary<Term<boolean>> =>
    fc
      .tuple(
        side,
        fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
        fc.oneof({ weight: 6, arbitrary: side }, { weight: 1, arbitrary: fc.constant<Term<T>>(nothing) }),
      )
      .map(([left, operator, right]) => binary(left, operator, right, (a, b) => oracle[operator as 'eq'](a, b)));
  return {
    text: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...texts),
      wordTerm,
      tie('text').map((a) => apply('tolower', a, oracle.tolower)),
      tie('text').map((a) => apply('toupper', a, oracle.toupper)),
      tie('text').map((a) => apply('trim', a, oracle.trim)),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => call('concat', a, b, oracle.concat)),
      fc.tuple(tie('text'), small).map(([a, n]) => call('substring', a, n, oracle.substring)),
      fc
        .tuple(tie('condition'), tie('text'))
        .map(([c, a]) => term(`case(${c.text}:${a.text})`, (row) => (c.of(row) === true ? a.of(row) : null))),
    ),
    whole: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      small,
      tie('text').map((a) => apply('length', a, oracle.length)),
      fc.tuple(tie('text'), wordTerm).map(([a, b]) => call('indexof', a, b, oracle.indexof)),
      tie('date').map((a) =>
        apply(
          'year',
          a,
          oracle.lift((d: string) => Number(d.slice(0, 4))),
        ),
      ),
      tie('date').map((a) =>
        apply(
          'day',
          a,
          oracle.lift((d: string) => Number(d.slice(8))),
        ),
      ),
      fc.constant(term('customer/salesInvoices/$count', (i: Invoice) => i.customer.salesInvoices.length)),
      fc.tuple(tie('whole'), tie('whole')).map(([a, b]) =>
        binary(
          a,
          'add',
          b,
          oracle.lift((x: number, y: number) => x + y),
        ),
      ),
      fc.tuple(tie('whole'), tie('whole')).map(([a, b]) =>
        binary(
          a,
          'mul',
          b,
          oracle.lift((x: number, y: number) => x * y),
        ),
      ),
      tie('whole').map((a) => term(`(${a.text} mod 3)`, (row) => oracle.lift((x: number) => x % 3 || 0)(a.of(row)))),
      tie('whole').map((a) =>
        term(`(${a.text} div 3)`, (row) => oracle.lift((x: number) => Math.trunc(x / 3) || 0)(a.of(row))),
      ),
    ),
    amount: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.constantFrom(...amounts),
      amountTerm,
      fc.tuple(tie('amount'), tie('amount')).map(([a, b]) =>
        binary(
          a,
          'add',
          b,
          oracle.lift((x: bigint, y: bigint) => x + y),
        ),
      ),
      fc.tuple(tie('amount'), tie('amount')).map(([a, b]) =>
        binary(
          a,
          'sub',
          b,
          oracle.lift((x: bigint, y: bigint) => x - y),
        ),
      ),
      fc.tuple(tie('amount'), small).map(([a, n]) =>
        binary(
          a,
          'mul',
          n,
          oracle.lift((x: bigint, y: number) => x * BigInt(y)),
        ),
      ),
      tie('amount').map((a) => term(`-(${a.text})`, (row) => oracle.lift((x: bigint) => -x)(a.of(row)))),
      tie('amount').map((a) =>
        apply(
          'floor',
          a,
          oracle.lift((x: bigint) => (x / ONE - (x < 0n && x % ONE !== 0n ? 1n : 0n)) * ONE),
        ),
      ),
    ),
    date: fc.oneof(fc.constantFrom(...dates), dateTerm),
    condition: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      comparison(tie('text')),
      comparison(tie('whole')),
      comparison(tie('amount')),
      comparison(tie('date')),
      fc.constant(term('customer/taxLiable', (i: Invoice) => i.customer.taxLiable)),
      fc.constant(term('billToCustomer/taxLiable', (i: Invoice) => i.billToCustomer?.taxLiable ?? null)),
      fc.constant(term('(billToCustomer eq null)', (i: Invoice) => i.billToCustomer === null)),
      fc
        .constantFrom('contains', 'startswith', 'endswith')
        .chain((name) =>
          fc
            .tuple(tie('text'), tie('text'))
            .map(([a, b]) => call(name, a, b, (x, y) => oracle[name as 'contains'](x, y))),
        ),
      fc
        .tuple(tie('text'), fc.array(fc.option(wordTerm), { maxLength: 3 }))
        .map(([a, items]) =>
          term(`(${a.text} in (${items.map((item) => item?.text ?? 'null').join(',')}))`, (row) =>
            items.some((item) => (item?.of(row) ?? null) === a.of(row)),
          ),
        ),
      tie('condition').map((a) => term(`not (${a.text})`, (row) => oracle.not(a.of(row)))),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => binary(a, 'and', b, oracle.and)),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => binary(a, 'or', b, oracle.or)),
      tie('condition').map((a) =>
        term(`customer/salesInvoices/any(x:x/id eq $it/id and (${a.text}))`, (row) => a.of(row) === true),
      ),
      tie('condition').map((a) =>
        term(`customer/salesInvoices/all(x:x/id ne $it/id or (${a.text}))`, (row) => a.of(row) === true),
      ),
    ),
  };
});

test('300 random conditions give what the oracle says', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(condition, async ({ text, of }) => {
      const answer = await service.get(withOptions('salesInvoices', { $select: 'number', $filter: text }));
      if (answer.status !== 200) throw new Error(`${text}: ${answer.text} ${service.takeFailures().join()}`);
      const expected = invoices.filter((row) => of(row) === true).map(({ number }) => number);
      passed += expected.length > 0 && expected.length < invoices.length ? 1 : 0;
      expect(answer.value.map(({ number }) => number)).toEqual(expected);
    }),
    { numRuns: 300, seed: 20_261_124 },
  );
  expect(passed).toBeGreaterThan(40);
}, 60_000);

/** Appends what the links to further pages bring, at every level. */
async function whole(entity: Json): Promise<Json> {
  const result: Record<string, unknown> = { ...entity };
  for (const [name, value] of Object.entries(entity)) {
    if (Array.isArray(value)) {
      const link = entity[`${name}@odata.nextLink`];
      const rest = typeof link === 'string' ? await service.all(link) : [];
      result[name] = await Promise.all([...(value as Json[]), ...rest].map(whole));
    } else if (typeof value === 'object' && value !== null) result[name] = await whole(value as Json);
  }
  return result;
}

describe('random reads, five levels deep, give what the oracle says', () => {
  const strings = 'application/json;odata.metadata=minimal;IEEE754Compatible=true';

  async function check<T>(path: string, all: readonly T[], { options, ...of }: Tree<T>, pageSize: number | undefined) {
    const url = withOptions(path, Object.fromEntries(options));
    const headers = { Accept: strings, ...(pageSize !== undefined && { Prefer: `maxpagesize=${pageSize}` }) };
    const first = await service.get(url, headers);
    if (first.status !== 200)
      throw new Error(`${decodeURIComponent(url)}: ${first.text} ${service.takeFailures().join()}`);
    const kept = of.kept(all);
    if (of.counts) expect(first.json['@odata.count']).toBe(String(kept.length));
    const rest = first.nextLink === undefined ? [] : await service.all(first.nextLink, { Accept: strings });
    const found = await Promise.all([...first.value, ...rest].map(whole));
    const expected = of.page(kept).map(of.shape);
    try {
      expect(found.map(of.read)).toEqual(expected);
    } catch (error) {
      throw new Error(`${decodeURIComponent(url)} ${pageSize ?? ''}`, { cause: error });
    }
    return JSON.stringify(expected, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).length;
  }

  const here = <T extends { readonly companyId: string }>(of: readonly T[]): T[] =>
    of.filter(({ companyId }) => companyId === rows.here);

  async function run<T>(type: Type<T>, path: string, all: readonly T[], seed: number): Promise<void> {
    let characters = 0;
    const pageSize = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined, freq: 1 });
    await fc.assert(
      fc.asyncProperty(tree(type, all, false, 4), pageSize, async (read, size) => {
        characters += await check(path, all, read, size);
      }),
      { numRuns: 60, seed },
    );
    expect(characters).toBeGreaterThan(20_000);
  }

  test('customers', () => run(types.customer, 'customers', here(rows.customers), 1), 60_000);
  test('invoices', () => run(types.invoice, 'salesInvoices', here(rows.invoices), 2), 60_000);
  test('journals', () => run(types.journal, 'customerPaymentJournals', here(rows.journals), 3), 60_000);
  test('payments of a journal', async () => {
    const [largest] = sorted(here(rows.journals), [[(row) => row.customerPayments.length, 'desc']]);
    if (!largest) throw new Error('There is no journal.');
    const path = `customerPaymentJournals(${largest.id})/customerPayments`;
    await run(types.payment, path, largest.customerPayments, 4);
  }, 60_000);
});
