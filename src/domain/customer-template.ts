/** What new customers get where a client leaves it out: city, currency and more, by their country. */
import { CustomerTemplate, type Customer } from '../../entities';
import type { Draft, DraftParts, Found, RuleContext, Rules } from '../odata';
import { clearEmpty, given } from './blank';
import { upperCode } from './upper-code';

const CODE_LENGTH = 20;

const wanted = ['city', 'state', 'postalCode', 'currencyCode', 'type', 'taxLiable', 'blocked', 'creditLimit'] as const;

type Template = Found<CustomerTemplate, (typeof wanted)[number]>;
type NewCustomer = Draft<Customer> & DraftParts<Customer, 'address'>;

export const customerTemplateRules: Rules<CustomerTemplate> = {
  create: check,
  update: check,
};

function check(draft: Draft<CustomerTemplate>): void {
  upperCode(draft, CODE_LENGTH);
  clearEmpty(draft, 'countryLetterCode', 'currencyCode', 'city', 'state', 'postalCode');
}

/** The template of a new customer: the first of his country, or else the first of those for all. Lookups start at once. */
export async function templateOf(customer: NewCustomer, context: RuleContext): Promise<Template | undefined> {
  const country = given(customer['address/countryLetterCode']);
  const [own, any] = await Promise.all([
    country === undefined ? undefined : context.find(CustomerTemplate, { countryLetterCode: country }, wanted, 'code'),
    context.find(CustomerTemplate, { countryLetterCode: null }, wanted, 'code'),
  ]);
  return own ?? any;
}

/** Fills what the client has left out; null is something, too. */
export function applyTemplate(customer: NewCustomer, template: Template): void {
  const { city, state, postalCode, ...others } = template;
  const values = { ...others, 'address/city': city, 'address/state': state, 'address/postalCode': postalCode };
  const known = Object.entries(values).filter(([, value]) => value !== null);
  Object.assign(customer, { ...Object.fromEntries(known), ...customer });
}
