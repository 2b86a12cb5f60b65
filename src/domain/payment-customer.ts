/** The customer of a payment: id and number, kept in step; the contact finds it when neither is sent. */
import { Customer, type CustomerPayment } from '../../entities';
import type { Draft, Found, RuleContext } from '../odata';
import { given } from './blank';
import { refuse } from './refuse';

const wanted = ['id', 'number', 'displayName', 'blocked', 'defaultDimensions'] as const;

/** What a payment needs to know of its customer. */
export type PayingCustomer = Found<Customer, (typeof wanted)[number]>;

/** `cleared`: no customer any more; undefined: nothing was said. */
export type CustomerChoice = PayingCustomer | 'cleared' | undefined;

type Pair = Pick<Draft<CustomerPayment>, 'customerId' | 'customerNumber' | 'contactId'>;

/** The customer that a body names. Lookups start at once. */
export async function chosenCustomer(pair: Pair, context: RuleContext): Promise<CustomerChoice> {
  const id = given(pair.customerId);
  const number = given(pair.customerNumber);
  if (id === undefined && number === undefined)
    return isCleared(pair) ? 'cleared' : contactCustomer(pair.contactId, context);
  const [byId, byNumber] = await Promise.all([
    id === undefined ? undefined : context.find(Customer, { id }, wanted),
    number === undefined ? undefined : context.find(Customer, { number }, wanted),
  ]);
  if (id !== undefined && !byId) throw refuse('The "customerId" does not match to a Customer.', 'customerId');
  if (number !== undefined && !byNumber)
    throw refuse('The "customerNumber" does not match to a Customer.', 'customerNumber');
  if (byId && byNumber && byId.id !== byNumber.id)
    throw refuse('The customer values do not match to a specific Customer.', 'customerId');
  return byId ?? byNumber;
}

const isCleared = ({ customerId, customerNumber }: Pair): boolean =>
  customerId !== undefined || customerNumber !== undefined;

/** The one customer with a contact id. */
async function contactCustomer(contactId: string | null | undefined, context: RuleContext): Promise<CustomerChoice> {
  const id = given(contactId);
  if (id === undefined) return undefined;
  const [customer, second] = await context.list(Customer, { contactId: id }, wanted, 2);
  if (customer && !second) return customer;
  throw refuse('The "contactId" does not match to a specific Customer.', 'contactId');
}

/** The customer by id, for one that is known to exist. */
export const customerById = (id: string, context: RuleContext): Promise<PayingCustomer | undefined> =>
  context.find(Customer, { id }, wanted);

/** A customer who is blocked for everything does not pay either; other blocks do not stop payments. */
export function checkBlocked({ number, blocked }: PayingCustomer): void {
  if (blocked !== 'All') return;
  throw refuse(
    `You cannot create this type of document when Customer ${number} is blocked with type All`,
    'customerNumber',
  );
}
