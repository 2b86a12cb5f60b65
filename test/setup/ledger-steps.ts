/** What random sequences do to the books: steps, and how their requests are sent. */
import fc from 'fast-check';
import type { Default } from './ledger';

/** How a request is sent: once, again after its answer, as twins at the same time, or so that its way breaks at a message and it is sent again. */
export type Sending = 'once' | 'again' | 'twins' | { readonly breaksAt: number };

/** Customers and invoices by their place among those of the run; an invoice that nobody has behind the last. */
export interface Choice {
  readonly customer?: number | null;
  readonly invoice?: number | null;
  readonly byId?: boolean;
  /** Hundred-thousandths, or what is left to pay of the invoice. */
  readonly amount?: number | 'rest';
  readonly isEarly?: boolean;
  /** The place of a value in each dimension that lines are sent for. */
  readonly values?: readonly (number | null)[];
}

/** A default dimension by the places of the dimension and the value. */
export interface DefaultChoice {
  readonly value: number | null;
  readonly validation: Default['validation'];
}

export type InvoiceAction = 'post' | 'cancel';

export type Step =
  | { readonly kind: 'create'; readonly journal: number; readonly choice: Choice }
  | { readonly kind: 'edit'; readonly pick: number; readonly choice: Choice; readonly isStale: boolean }
  | { readonly kind: 'remove'; readonly pick: number }
  | { readonly kind: 'post'; readonly journal: number }
  | { readonly kind: 'block'; readonly customer: number; readonly isBlocked: boolean }
  | {
      readonly kind: 'group';
      readonly journal: number;
      readonly choices: readonly Choice[];
      readonly posts: boolean;
    }
  /** Somebody writes, or takes away, what a payment has in a dimension. */
  | { readonly kind: 'dimension'; readonly pick: number; readonly dimension: number; readonly value: number | null }
  /** A customer gets other default dimensions; null for one that he has none of. */
  | { readonly kind: 'defaults'; readonly customer: number; readonly defaults: readonly (DefaultChoice | null)[] }
  /** Somebody posts a draft, or cancels an invoice. */
  | { readonly kind: 'invoice'; readonly invoice: number; readonly does: InvoiceAction }
  /** Both journals are posted, and something is done with an invoice, at the same time. */
  | { readonly kind: 'race'; readonly invoice: number; readonly does: InvoiceAction }
  | { readonly kind: 'resend'; readonly pick: number };

export const CUSTOMERS = 3;
const INVOICES = 7;
/** Dimensions that the steps use, and values of each. */
export const DIMENSIONS = ['DEPARTMENT', 'REGION', 'PROJECT'] as const;
export const VALUES = 3;

const amount = fc.oneof(
  { weight: 5, arbitrary: fc.constant('rest' as const) },
  { weight: 4, arbitrary: fc.integer({ min: -4_000_000, max: -1 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 100_000) },
);
const mostly = <T>(value: T, rarely: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.constant(rarely) });
const place = fc.nat(VALUES - 1);
/** Something for each dimension, mostly nothing. */
const forEach = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<(T | null)[]> =>
  fc.array(fc.option(one, { freq: 1 }), { minLength: DIMENSIONS.length, maxLength: DIMENSIONS.length });
/** Where nothing must be there, nothing is given; where nothing is checked, something is. */
const defaultChoice: fc.Arbitrary<DefaultChoice> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ value: place, validation: fc.constant('_x0020_' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      value: fc.option(place),
      validation: fc.constantFrom('Code_x0020_Mandatory' as const, 'Same_x0020_Code' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ value: null, validation: 'No_x0020_Code' as const }) },
);

/** Invoices mostly of the customer: each customer has those with his number, and the drafts and the unknown one are rare. */
const choice: fc.Arbitrary<Choice> = fc
  .record({
    customer: fc.nat(CUSTOMERS - 1),
    invoice: fc.oneof(
      { weight: 6, arbitrary: fc.constant('own' as const) },
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 2, arbitrary: fc.nat(INVOICES) },
    ),
    byId: fc.boolean(),
    amount,
    isEarly: mostly(false, true),
    isSaid: mostly(true, false),
    values: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: forEach(place) }),
  })
  .map(({ customer, invoice, byId, isSaid, ...others }) => {
    const number = invoice === 'own' ? customer : invoice;
    return { ...others, invoice: number, byId: byId && number !== INVOICES, ...(isSaid ? { customer } : {}) };
  });
const edit: fc.Arbitrary<Choice> = fc.oneof(
  fc.record({ amount }),
  fc.record({ customer: fc.option(fc.nat(CUSTOMERS - 1), { freq: 8 }) }),
  fc.record({ invoice: fc.option(fc.nat(INVOICES), { freq: 8 }) }),
  fc.record({ invoice: fc.nat(INVOICES - 1), byId: fc.constant(true) }),
  fc.record({ isEarly: fc.boolean() }),
);
const journal = fc.nat(1);
/** Mostly one of the last, which begin as drafts. */
const anyInvoice = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 4, max: INVOICES - 1 }) },
  { weight: 1, arbitrary: fc.nat(INVOICES - 1) },
);
const invoiceAction = fc.constantFrom<InvoiceAction>('post', 'post', 'cancel');
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: kind('create'), journal, choice }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: kind('edit'), pick: fc.nat(), choice: edit, isStale: mostly(false, true) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('remove'), pick: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('post'), journal }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('block'), customer: fc.nat(CUSTOMERS - 1), isBlocked: mostly(false, true) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('group'),
      journal,
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
      posts: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('dimension'),
      pick: fc.nat(),
      dimension: fc.nat(DIMENSIONS.length - 1),
      value: fc.option(place),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('defaults'),
      customer: fc.nat(CUSTOMERS - 1),
      defaults: forEach(defaultChoice),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('invoice'), invoice: anyInvoice, does: invoiceAction }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('race'), invoice: anyInvoice, does: invoiceAction }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('resend'), pick: fc.nat() }) },
);
const breaking: fc.Arbitrary<Sending> = fc.record({ breaksAt: fc.integer({ min: 0, max: 40 }) });

/** A number of steps, each with how its request is sent; one of `breaks` in ten breaks. */
export const stepsOf = (lengths: fc.ArrayConstraints, breaks: number): fc.Arbitrary<(readonly [Step, Sending])[]> => {
  const sending = fc.oneof(
    { weight: 4, arbitrary: kind('once') },
    { weight: 2, arbitrary: kind('again') },
    { weight: 2, arbitrary: kind('twins') },
    { weight: breaks, arbitrary: breaking },
  );
  return fc.array(fc.tuple(step, sending), lengths);
};
