/** The entities: the single source of the database, of the model and of what a client may send. */
import { Account } from './account';
import { ApiKey } from './api-key';
import { Company } from './company';
import { Customer } from './customer';
import { CustomerLedgerEntry } from './customer-ledger-entry';
import { CustomerLedgerEntryDimension } from './customer-ledger-entry-dimension';
import { CustomerPayment } from './customer-payment';
import { CustomerPaymentDetail } from './customer-payment-detail';
import { CustomerPaymentJournal } from './customer-payment-journal';
import { CustomerTemplate } from './customer-template';
import { DefaultDimension } from './default-dimension';
import { Dimension } from './dimension';
import { DimensionLine } from './dimension-line';
import { DimensionValue } from './dimension-value';
import { NumberSeries } from './number-series';
import { PaymentImport } from './payment-import';
import { SalesInvoice } from './sales-invoice';

export * from './enums';
export { PostalAddress } from './postal-address';
export {
  Account,
  ApiKey,
  Company,
  Customer,
  CustomerLedgerEntry,
  CustomerLedgerEntryDimension,
  CustomerPayment,
  CustomerPaymentDetail,
  CustomerPaymentJournal,
  CustomerTemplate,
  DefaultDimension,
  Dimension,
  DimensionLine,
  DimensionValue,
  NumberSeries,
  PaymentImport,
  SalesInvoice,
};

/** Every class that TypeORM maps, in the order of the documents: parents first. */
export const entities = [
  Company,
  CustomerPaymentJournal,
  CustomerPayment,
  DimensionLine,
  Customer,
  DefaultDimension,
  CustomerTemplate,
  SalesInvoice,
  Account,
  Dimension,
  DimensionValue,
  CustomerLedgerEntry,
  CustomerLedgerEntryDimension,
  CustomerPaymentDetail,
  NumberSeries,
  PaymentImport,
  ApiKey,
];
