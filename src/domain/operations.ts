/** The functions and actions of the service. */
import { OperationBook } from '../odata';
import { agedReceivables, agedReceivablesOfCompany } from './aged-receivables';
import { openInvoices } from './open-invoices';

/** All of them. */
export const operations = new OperationBook()
  .function('agedReceivables', agedReceivables)
  .function('agedReceivables', agedReceivablesOfCompany)
  .function('openInvoices', openInvoices);
