/** The functions and actions of the service. */
import { OperationBook } from '../odata';
import { agedReceivables, agedReceivablesOfCompany } from './aged-receivables';
import { entryDimensions } from './entry-dimensions';
import { openInvoices } from './open-invoices';
import { postJournal } from './post-journal';
import { previewPosting } from './preview-posting';

/** All of them. */
export const operations = new OperationBook()
  .function('agedReceivables', agedReceivables)
  .function('agedReceivables', agedReceivablesOfCompany)
  .function('openInvoices', openInvoices)
  .function('previewPosting', previewPosting)
  .action('post', postJournal)
  .function('dimensions', entryDimensions);
