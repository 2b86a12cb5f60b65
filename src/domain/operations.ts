/** The functions and actions of the service. */
import { OperationBook } from '../odata';
import { agedReceivables, agedReceivablesOfCompany } from './aged-receivables';
import { applyInvoice } from './apply-invoice';
import { cancelPostedInvoice } from './cancel-invoice';
import { entryDimensions } from './entry-dimensions';
import { openInvoices } from './open-invoices';
import { postInvoice } from './post-invoice';
import { postJournal } from './post-journal';
import { previewPosting } from './preview-posting';
import { suggestInvoices } from './suggest-invoices';

/** All of them. */
export const operations = new OperationBook()
  .function('agedReceivables', agedReceivables)
  .function('agedReceivables', agedReceivablesOfCompany)
  .function('openInvoices', openInvoices)
  .function('previewPosting', previewPosting)
  .action('post', postJournal)
  .action('post', postInvoice)
  .action('cancel', cancelPostedInvoice)
  .action('suggestInvoices', suggestInvoices)
  .action('applyInvoice', applyInvoice)
  .function('dimensions', entryDimensions);
