/** What would happen if a journal were posted now, line by line. */
import { CustomerPaymentJournal, salesInvoiceStatus } from '../../entities';
import { complexType, sql, type FunctionDeclaration } from '../odata';
import { money, text } from './fields';
import { postingLines } from './posting-lines';

const postingLine = complexType('postingLine', 'What would become of a payment if its journal were posted now.', {
  paymentId: { type: 'Edm.Guid', description: 'The id of the payment.' },
  lineNumber: { type: 'Edm.Int32', description: 'The place of the payment in its journal.' },
  postingDate: {
    type: 'Edm.Date',
    description: 'The date that the entry would have; today when the payment has none.',
  },
  documentNumber: { ...text(20, true), description: 'The number of the document.' },
  customerNumber: { ...text(20, true), description: 'The number of the customer.' },
  customerName: { ...text(100, true), description: 'The name of the customer.' },
  amount: { ...money, description: 'What is paid: negative for a receipt, positive for a refund.' },
  invoiceId: { type: 'Edm.Guid', nullable: true, description: 'The id of the invoice that is paid.' },
  invoiceNumber: { ...text(20, true), description: 'The number of the invoice that is paid.' },
  remainingBefore: { ...money, nullable: true, description: 'What of the invoice is open before this line.' },
  remainingAfter: { ...money, nullable: true, description: 'What of the invoice stays open after this line.' },
  statusAfter: { type: salesInvoiceStatus, nullable: true, description: 'Where the invoice stands after this line.' },
  error: { type: 'Edm.String', nullable: true, description: 'Why the line cannot be posted; null when it can.' },
  errorTarget: { ...text(50, true), description: 'The property of the payment that the error is about.' },
});

/** The lines of the journal with what posting would make of each. */
export const previewPosting: FunctionDeclaration = {
  binding: CustomerPaymentJournal,
  returns: [postingLine],
  description: 'What posting the journal would do, line by line, and what it would refuse.',
  definition: {
    rows: ({ bound }) => sql`
      select id as "paymentId", line_number as "lineNumber", posts_on as "postingDate", document_number as "documentNumber",
        customer_number as "customerNumber", customer_name as "customerName", amount, invoice_id as "invoiceId",
        invoice_number as "invoiceNumber", remaining_before as "remainingBefore", remaining_after as "remainingAfter",
        status_after as "statusAfter", fault as error, faulty as "errorTarget"
      from (${postingLines(bound('id'), sql`(now() at time zone 'UTC')::date`)}) as lines`,
    key: ['lineNumber'],
    order: ['lineNumber'],
  },
};
