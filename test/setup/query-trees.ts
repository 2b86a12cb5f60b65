/**
 * Random reads as deep as one likes: entities with $select, $filter, $orderby, $skip, $top, $count, $compute and $expand, at every
 * level. Each is written as OData and worked out in JavaScript over rows that plain SQL gave.
 */
import fc from 'fast-check';
import * as oracle from './oracle';
import {
  ONE,
  decimal,
  sorted,
  type Customer,
  type DimensionLine,
  type Invoice,
  type Journal,
  type Key,
  type Maybe,
  type Payment,
  type Value,
} from './oracle';
import type { Json } from './service';

/** A value of rows of one type: how OData names it, and what it is. */
interface Field<T> {
  readonly name: string;
  readonly kind: 'text' | 'int' | 'decimal' | 'date' | 'guid';
  readonly of: (row: T) => Maybe<string | number | bigint>;
}

/** A condition or a computed value. */
interface Term<T, R> {
  readonly text: string;
  readonly of: (row: T) => R;
}

interface Navigation<T> {
  readonly name: string;
  readonly many: boolean;
  readonly type: () => Type<unknown>;
  /** One row, null, or rows. */
  readonly of: (row: T) => unknown;
}

/** What the generator must know of an entity type. */
export interface Type<T> {
  /** Properties that may be selected and ordered by. */
  readonly fields: readonly Field<T>[];
  /** Further values to order and filter by. */
  readonly paths: readonly Field<T>[];
  readonly conditions: readonly Term<T, Maybe<boolean>>[];
  readonly navigations: readonly Navigation<T>[];
  /** The order that nobody asked for. */
  readonly order: (row: T) => Value;
  readonly key: (row: T) => Value;
}

const text = <T>(name: string, of: Field<T>['of']): Field<T> => ({ name, kind: 'text', of });
const guid = <T>(name: string, of: Field<T>['of']): Field<T> => ({ name, kind: 'guid', of });
const date = <T>(name: string, of: Field<T>['of']): Field<T> => ({ name, kind: 'date', of });
const int = <T>(name: string, of: Field<T>['of']): Field<T> => ({ name, kind: 'int', of });
const amount = <T>(name: string, of: Field<T>['of']): Field<T> => ({ name, kind: 'decimal', of });

const customer: Type<Customer> = {
  fields: [
    guid('id', (c) => c.id),
    text('number', (c) => c.number),
    text('displayName', (c) => c.displayName),
    text('email', (c) => c.email),
    amount('creditLimit', (c) => c.creditLimit),
    amount('balance', (c) => c.balance),
  ],
  paths: [text('address/city', (c) => c.addressCity), int('salesInvoices/$count', (c) => c.salesInvoices.length)],
  conditions: [
    { text: `salesInvoices/any(i:i/status eq 'Open')`, of: (c) => c.salesInvoices.some((i) => i.status === 'Open') },
    {
      text: 'salesInvoices/all(i:i/remainingAmount lt 5000)',
      of: (c) => c.salesInvoices.every((i) => i.remainingAmount < 5000n * ONE),
    },
    { text: 'taxLiable', of: (c) => c.taxLiable },
  ],
  navigations: [
    { name: 'salesInvoices', many: true, type: () => invoice, of: (c) => c.salesInvoices },
  ] as Navigation<Customer>[],
  order: (c) => c.number,
  key: (c) => c.id,
};

const invoice: Type<Invoice> = {
  fields: [
    guid('id', (i) => i.id),
    text('number', (i) => i.number),
    text('customerName', (i) => i.customer.displayName),
    text('currencyCode', (i) => i.currencyCode),
    date('invoiceDate', (i) => i.invoiceDate),
    date('postingDate', (i) => i.postingDate),
    guid('billToCustomerId', (i) => i.billToCustomerId),
    amount('totalAmountIncludingTax', (i) => i.totalAmountIncludingTax),
    amount('remainingAmount', (i) => i.remainingAmount),
  ],
  paths: [
    text('customer/address/city', (i) => i.customer.addressCity),
    text('billToCustomer/displayName', (i) => i.billToCustomer?.displayName ?? null),
    amount('billToCustomer/balance', (i) => i.billToCustomer?.balance ?? null),
    int('customer/salesInvoices/$count', (i) => i.customer.salesInvoices.length),
  ],
  conditions: [
    { text: `status in ('Open','Draft')`, of: (i) => i.status === 'Open' || i.status === 'Draft' },
    { text: 'billToCustomer ne null', of: (i) => i.billToCustomer !== null },
    {
      text: 'customer/salesInvoices/any(x:x/totalAmountIncludingTax gt $it/totalAmountIncludingTax)',
      of: (i) => i.customer.salesInvoices.some((x) => x.totalAmountIncludingTax > i.totalAmountIncludingTax),
    },
  ],
  navigations: [
    { name: 'customer', many: false, type: () => customer, of: (i) => i.customer },
    { name: 'billToCustomer', many: false, type: () => customer, of: (i) => i.billToCustomer },
  ] as Navigation<Invoice>[],
  order: (i) => i.number,
  key: (i) => i.id,
};

const line: Type<DimensionLine> = {
  fields: [
    guid('id', (d) => d.dimensionId),
    guid('parentId', (d) => d.paymentId),
    text('code', (d) => d.code),
    text('valueCode', (d) => d.valueCode),
  ],
  paths: [],
  conditions: [{ text: `startswith(valueCode,'S')`, of: (d) => d.valueCode.startsWith('S') }],
  navigations: [],
  order: (d) => d.dimensionId,
  key: (d) => d.dimensionId,
};

const payment: Type<Payment> = {
  fields: [
    guid('id', (p) => p.id),
    int('lineNumber', (p) => p.lineNumber),
    text('customerNumber', (p) => p.customer?.number ?? null),
    date('postingDate', (p) => p.postingDate),
    text('externalDocumentNumber', (p) => p.externalDocumentNumber),
    amount('amount', (p) => p.amount),
    guid('appliesToInvoiceId', (p) => p.appliesToInvoiceId),
  ],
  paths: [
    text('customer/displayName', (p) => p.customer?.displayName ?? null),
    amount('appliesToInvoice/remainingAmount', (p) => p.appliesToInvoice?.remainingAmount ?? null),
    text('customerPaymentJournal/code', (p) => p.customerPaymentJournal.code),
    int('dimensionLines/$count', (p) => p.dimensionLines.length),
    int(
      'appliesToInvoice/customer/salesInvoices/$count',
      (p) => p.appliesToInvoice?.customer.salesInvoices.length ?? 0,
    ),
  ],
  conditions: [
    { text: 'dimensionLines/any()', of: (p) => p.dimensionLines.length > 0 },
    {
      text: `dimensionLines/any(d:d/code eq 'DEPARTMENT' and startswith(d/valueCode,'S'))`,
      of: (p) => p.dimensionLines.some((d) => d.code === 'DEPARTMENT' && d.valueCode.startsWith('S')),
    },
    { text: 'appliesToInvoice eq null', of: (p) => p.appliesToInvoice === null },
  ],
  navigations: [
    { name: 'customer', many: false, type: () => customer, of: (p) => p.customer },
    { name: 'appliesToInvoice', many: false, type: () => invoice, of: (p) => p.appliesToInvoice },
    { name: 'dimensionLines', many: true, type: () => line, of: (p) => p.dimensionLines },
    { name: 'customerPaymentJournal', many: false, type: () => journal, of: (p) => p.customerPaymentJournal },
  ] as Navigation<Payment>[],
  order: (p) => p.lineNumber,
  key: (p) => p.id,
};

const journal: Type<Journal> = {
  fields: [
    guid('id', (j) => j.id),
    text('code', (j) => j.code),
    text('displayName', (j) => j.displayName),
    guid('balancingAccountId', (j) => j.balancingAccountId),
  ],
  paths: [
    int('customerPayments/$count', (j) => j.customerPayments.length),
    text('account/number', (j) => j.account?.number ?? null),
  ],
  conditions: [
    {
      text: 'customerPayments/any(p:p/dimensionLines/any())',
      of: (j) => j.customerPayments.some((p) => p.dimensionLines.length > 0),
    },
  ],
  navigations: [
    { name: 'customerPayments', many: true, type: () => payment, of: (j) => j.customerPayments },
  ] as Navigation<Journal>[],
  order: (j) => j.code,
  key: (j) => j.id,
};

export const types = { customer, invoice, payment, journal };

// ---- what a read gives

/** A read: its options, and what they make of rows. */
export interface Tree<T> {
  readonly options: readonly (readonly [name: string, value: string])[];
  /** The rows that stay, in order, before $skip and $top. */
  readonly kept: (rows: readonly T[]) => readonly T[];
  readonly page: (rows: readonly T[]) => readonly T[];
  readonly counts: boolean;
  readonly shape: (row: T) => Json;
  /** Compares: reads what `shape` gives from an answer. */
  readonly read: (entity: Json) => Json;
}

const shown = (kind: Field<unknown>['kind'], value: unknown): unknown =>
  kind === 'decimal' && typeof value === 'string' ? decimal(value) : value;

const literal = ({ kind }: Pick<Field<unknown>, 'kind'>, value: string | number | bigint): string => {
  if (kind === 'text') return `'${String(value).replaceAll("'", "''")}'`;
  if (kind !== 'decimal') return String(value);
  const digits = String(value).replace('-', '').padStart(6, '0');
  return `${BigInt(value) < 0n ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`;
};

const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;

/** Compares a value with the one that another row has. */
const comparison = <T>(type: Type<T>, samples: readonly T[]): fc.Arbitrary<Term<T, Maybe<boolean>>> =>
  fc
    .tuple(fc.constantFrom(...type.fields, ...type.paths), fc.constantFrom(...operators), fc.nat())
    .map(([field, operator, index]) => {
      const sample = samples[index % Math.max(samples.length, 1)];
      const value = sample === undefined ? null : field.of(sample);
      const name = field.kind === 'guid' && operator !== 'ne' ? 'eq' : operator;
      return {
        text: `${field.name} ${name} ${value === null ? 'null' : literal(field, value)}`,
        of: (row) => oracle[name](field.of(row), value),
      };
    });

const condition = <T>(type: Type<T>, samples: readonly T[]): fc.Arbitrary<Term<T, Maybe<boolean>>> => {
  const simple = fc.oneof(comparison(type, samples), fc.constantFrom(...type.conditions));
  return fc.oneof(
    simple,
    fc.tuple(simple, simple).map(([a, b]) => ({
      text: `(${a.text}) or (${b.text})`,
      of: (row: T) => oracle.or(a.of(row), b.of(row)),
    })),
    fc.tuple(simple, simple).map(([a, b]) => ({
      text: `not (${a.text}) and (${b.text})`,
      of: (row: T) => oracle.and(oracle.not(a.of(row)), b.of(row)),
    })),
  );
};

const orderOf = <T>(
  { order, key }: Type<T>,
  asked: readonly (readonly [Field<T>, 'asc' | 'desc'])[],
): readonly Key<T>[] => {
  if (asked.length === 0) return [[order, 'asc']];
  const last = asked.at(-1)?.[1] ?? 'asc';
  return [...asked.map(([field, direction]): Key<T> => [field.of, direction]), [key, last]];
};

/** Expanded: the entities, their links only, or their number only. */
interface Expansion<T> {
  readonly item: string;
  readonly shape: (row: T) => Json;
  readonly read: (entity: Json) => Json;
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

function expansion<T>(navigation: Navigation<T>, tree: Tree<unknown>): Expansion<T> {
  const { name, many } = navigation;
  const nested = tree.options.map(([option, value]) => `${option}=${value}`).join(';');
  const item = nested === '' ? name : `${name}(${nested})`;
  if (!many)
    return {
      item,
      shape: (row) => {
        const found = navigation.of(row);
        return { [name]: found === null ? null : tree.shape(found) };
      },
      read: (entity) => ({
        [name]: entity[name] === null ? null : tree.read((entity[name] ?? { missing: name }) as Json),
      }),
    };
  return {
    item,
    shape: (row) => {
      const kept = tree.kept(navigation.of(row) as readonly unknown[]);
      return {
        [name]: tree.page(kept).map(tree.shape),
        ...(tree.counts && { [`${name}@count`]: String(kept.length) }),
      };
    },
    read: (entity) => ({
      [name]: list(entity[name]).map(tree.read),
      ...(tree.counts && { [`${name}@count`]: entity[`${name}@odata.count`] }),
    }),
  };
}

function counted<T>(navigation: Navigation<T>, filter: Term<unknown, Maybe<boolean>> | undefined): Expansion<T> {
  const { name } = navigation;
  const keep = (row: T): readonly unknown[] =>
    (navigation.of(row) as readonly unknown[]).filter((each) => filter === undefined || filter.of(each) === true);
  return {
    item: `${name}/$count${filter ? `($filter=${filter.text})` : ''}`,
    shape: (row) => ({ [`${name}@count`]: String(keep(row).length) }),
    read: (entity) => ({ [`${name}@count`]: entity[`${name}@odata.count`] }),
  };
}

/** A read of entities of a type; `samples` gives values to compare with. */
export function tree<T>(type: Type<T>, samples: readonly T[], isOne: boolean, depth: number): fc.Arbitrary<Tree<T>> {
  const rare = <A>(arbitrary: fc.Arbitrary<A>, weight = 2): fc.Arbitrary<A | undefined> =>
    fc.option(arbitrary, { nil: undefined, freq: weight });
  const filter = isOne ? fc.constant(undefined) : rare(condition(type, samples), 1);
  const order: fc.Arbitrary<readonly (readonly [Field<T>, 'asc' | 'desc'])[]> = isOne
    ? fc.constant([])
    : fc.array(
        fc.tuple(fc.constantFrom(...type.fields, ...type.paths), fc.constantFrom('asc' as const, 'desc' as const)),
        {
          maxLength: 2,
        },
      );
  const cut = isOne ? fc.constant(undefined) : rare(fc.nat(6), 1);
  const expansions: fc.Arbitrary<readonly Expansion<T>[]> =
    depth === 0 || type.navigations.length === 0
      ? fc.constant([])
      : fc.subarray([...type.navigations], { maxLength: Math.min(2, type.navigations.length) }).chain((navigations) =>
          fc.tuple(
            ...navigations.map((navigation) => {
              const target = navigation.type();
              const rows: readonly unknown[] = samples
                .slice(0, 40)
                .flatMap((row) => navigation.of(row) ?? [])
                .slice(0, 100);
              const deep = tree(target, rows, !navigation.many, depth - 1).map((nested) =>
                expansion(navigation, nested),
              );
              return navigation.many
                ? fc.oneof(
                    { weight: 5, arbitrary: deep },
                    { weight: 1, arbitrary: rare(condition(target, rows), 1).map((each) => counted(navigation, each)) },
                  )
                : deep;
            }),
          ),
        );
  const computed = rare(fc.constantFrom(...type.fields.filter(({ kind }) => kind === 'decimal' || kind === 'text')), 3);
  return fc
    .record({
      selected: fc.subarray([...type.fields], { minLength: 1 }),
      filter,
      order,
      skip: cut,
      top: cut,
      counts: isOne ? fc.constant(false) : fc.boolean(),
      computed,
      expansions,
    })
    .map(({ selected, filter: kept, order: keys, skip, top, counts, computed: from, expansions: expanded }) => {
      const extra: Field<T> | undefined = from && {
        name: 'extra1',
        kind: from.kind,
        of: (row) => {
          const value = from.of(row);
          return value === null ? null : typeof value === 'bigint' ? value * 2n - ONE : `${String(value)}+`;
        },
      };
      const fields = extra ? [...selected, extra] : selected;
      const uniqueKeys = keys.filter(([{ name }], index) => keys.findIndex(([other]) => other.name === name) === index);
      const all: (readonly [string, string | undefined])[] = [
        ['$select', fields.map(({ name }) => name).join(',')],
        [
          '$compute',
          from && (from.kind === 'text' ? `concat(${from.name},'+') as extra1` : `${from.name} mul 2 sub 1 as extra1`),
        ],
        ['$filter', kept?.text],
        ['$orderby', uniqueKeys.map(([{ name }, direction]) => `${name} ${direction}`).join(',') || undefined],
        ['$skip', skip === undefined ? undefined : String(skip)],
        ['$top', top === undefined ? undefined : String(top)],
        ['$count', counts ? 'true' : undefined],
        ['$expand', expanded.map(({ item }) => item).join(',') || undefined],
      ];
      return {
        options: all.filter((option): option is [string, string] => option[1] !== undefined),
        kept: (rows) =>
          sorted(
            rows.filter((row) => kept === undefined || kept.of(row) === true),
            orderOf(type, uniqueKeys),
          ),
        page: (rows) => rows.slice(skip ?? 0, top === undefined ? undefined : (skip ?? 0) + top),
        counts,
        shape: (row) =>
          Object.assign(
            Object.fromEntries(fields.map(({ name, of }) => [name, of(row)])),
            ...expanded.map(({ shape }) => shape(row)),
          ) as Json,
        read: (entity) =>
          Object.assign(
            Object.fromEntries(fields.map(({ name, kind }) => [name, shown(kind, entity[name])])),
            ...expanded.map(({ read }) => read(entity)),
          ) as Json,
      };
    });
}
