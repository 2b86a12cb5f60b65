/** What payments and the records around them may and may not do. */
import {
  Customer,
  CustomerPayment,
  CustomerPaymentJournal,
  CustomerTemplate,
  DefaultDimension,
  DimensionLine,
  SalesInvoice,
} from '../../entities';
import { RuleBook, type CounterTable } from '../odata';
import { customerRules } from './customer';
import { customerPaymentRules } from './customer-payment';
import { customerPaymentJournalRules } from './customer-payment-journal';
import { customerTemplateRules } from './customer-template';
import { defaultDimensionRules } from './default-dimension';
import { dimensionLineRules } from './dimension-line';
import { salesInvoiceRules } from './sales-invoice';

export { operations } from './operations';

/** Where the entity NumberSeries is kept. */
const counters: CounterTable = {
  table: 'number_series',
  partition: 'company_id',
  code: 'code',
  owner: 'journal_id',
  prefix: 'prefix',
  next: 'next_number',
  digits: 'digits',
};

/** All rules, for the service. */
export const rules = new RuleBook(counters)
  .add(CustomerPayment, customerPaymentRules)
  .add(CustomerPaymentJournal, customerPaymentJournalRules)
  .add(DimensionLine, dimensionLineRules)
  .add(Customer, customerRules)
  .add(DefaultDimension, defaultDimensionRules)
  .add(CustomerTemplate, customerTemplateRules)
  .add(SalesInvoice, salesInvoiceRules);
