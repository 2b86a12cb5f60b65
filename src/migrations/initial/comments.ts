/** What tables and columns are, in one sentence each: the words of the entities. One text for each table. */
export const comments = [
  `COMMENT ON TABLE companies IS 'A company: the owner of every other row.';
COMMENT ON COLUMN companies.id IS 'The unique id of the company.';
COMMENT ON COLUMN companies.name IS 'The short, unique name of the company.';
COMMENT ON COLUMN companies.display_name IS 'The full name of the company.';
COMMENT ON COLUMN companies.system_version IS 'The version of the system that keeps the books of the company.';
COMMENT ON COLUMN companies.business_profile_id IS 'The business profile that the company is linked to.'`,

  `COMMENT ON TABLE accounts IS 'An account of the general ledger, for example a bank account that payments arrive on.';
COMMENT ON COLUMN accounts.id IS 'The unique id of the account.';
COMMENT ON COLUMN accounts.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN accounts.number IS 'The number of the account, unique in the company.';
COMMENT ON COLUMN accounts.display_name IS 'The name of the account.';
COMMENT ON COLUMN accounts.category IS 'The part of the balance sheet or income statement that the account belongs to.';
COMMENT ON COLUMN accounts.blocked IS 'Whether nothing may be posted on the account.';
COMMENT ON COLUMN accounts.direct_posting IS 'Whether journals may post on the account directly.';
COMMENT ON COLUMN accounts.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN accounts.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE customers IS 'A customer: who receives invoices and pays them.';
COMMENT ON COLUMN customers.id IS 'The unique id of the customer.';
COMMENT ON COLUMN customers.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN customers.number IS 'The number of the customer, unique in the company; drawn from a number series when none is given.';
COMMENT ON COLUMN customers.display_name IS 'The name of the customer.';
COMMENT ON COLUMN customers.type IS 'Whether the customer is a company or a person.';
COMMENT ON COLUMN customers.phone_number IS 'The telephone number of the customer.';
COMMENT ON COLUMN customers.email IS 'The e-mail address of the customer.';
COMMENT ON COLUMN customers.website IS 'The address of the web site of the customer.';
COMMENT ON COLUMN customers.contact_id IS 'The id of the customer in an address book; payments may name it instead of the customer.';
COMMENT ON COLUMN customers.tax_liable IS 'Whether the customer is liable for sales tax.';
COMMENT ON COLUMN customers.tax_registration_number IS 'The tax registration number of the customer.';
COMMENT ON COLUMN customers.currency_code IS 'The currency that the customer is invoiced in; null is that of the company.';
COMMENT ON COLUMN customers.credit_limit IS 'The most that the customer may owe; null is no limit.';
COMMENT ON COLUMN customers.blocked IS 'Which documents may not be made for the customer.';
COMMENT ON COLUMN customers.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN customers.version IS 'Raised by every write; the ETag.';
COMMENT ON COLUMN customers.address_street IS 'Street and house number.';
COMMENT ON COLUMN customers.address_city IS 'The city.';
COMMENT ON COLUMN customers.address_state IS 'The state or region.';
COMMENT ON COLUMN customers.address_country_letter_code IS 'The code of the country.';
COMMENT ON COLUMN customers.address_postal_code IS 'The postal code.'`,

  `COMMENT ON TABLE sales_invoices IS 'A sales invoice, as a draft or posted.';
COMMENT ON COLUMN sales_invoices.id IS 'The unique id of the invoice.';
COMMENT ON COLUMN sales_invoices.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN sales_invoices.number IS 'The number of the invoice, unique in the company; drawn from a number series when none is given.';
COMMENT ON COLUMN sales_invoices.external_document_number IS 'The number that the customer knows the invoice by.';
COMMENT ON COLUMN sales_invoices.invoice_date IS 'The date of the invoice.';
COMMENT ON COLUMN sales_invoices.posting_date IS 'The date that the invoice is posted on.';
COMMENT ON COLUMN sales_invoices.due_date IS 'The date that the invoice should be paid by.';
COMMENT ON COLUMN sales_invoices.customer_id IS 'The id of the customer that the goods are sold to.';
COMMENT ON COLUMN sales_invoices.bill_to_customer_id IS 'The id of the customer that pays, when it is another one.';
COMMENT ON COLUMN sales_invoices.currency_code IS 'The currency of the amounts; null is that of the company.';
COMMENT ON COLUMN sales_invoices.total_amount_excluding_tax IS 'The total without tax.';
COMMENT ON COLUMN sales_invoices.total_tax_amount IS 'The tax on the total.';
COMMENT ON COLUMN sales_invoices.total_amount_including_tax IS 'The total with tax: what is to be paid.';
COMMENT ON COLUMN sales_invoices.remaining_amount IS 'What is still to be paid.';
COMMENT ON COLUMN sales_invoices.status IS 'Where the invoice stands.';
COMMENT ON COLUMN sales_invoices.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN sales_invoices.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE customer_payment_journals IS 'A journal that payments of customers are entered in before they are posted.';
COMMENT ON COLUMN customer_payment_journals.id IS 'The unique id of the journal.';
COMMENT ON COLUMN customer_payment_journals.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN customer_payment_journals.code IS 'The code of the journal in capital letters, unique in the company.';
COMMENT ON COLUMN customer_payment_journals.display_name IS 'The name of the journal.';
COMMENT ON COLUMN customer_payment_journals.balancing_account_id IS 'The id of the account that the payments are balanced on.';
COMMENT ON COLUMN customer_payment_journals.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN customer_payment_journals.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE customer_payments IS 'A payment of a customer: a line of a payment journal.';
COMMENT ON COLUMN customer_payments.id IS 'The unique id of the payment.';
COMMENT ON COLUMN customer_payments.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN customer_payments.journal_id IS 'The id of the journal that the payment is a line of.';
COMMENT ON COLUMN customer_payments.line_number IS 'The place of the payment in its journal, unique there; the last one and 10000 when none is given.';
COMMENT ON COLUMN customer_payments.customer_id IS 'The id of the customer who pays; set together with the number.';
COMMENT ON COLUMN customer_payments.customer_number IS 'The number of the customer who pays; set together with the id.';
COMMENT ON COLUMN customer_payments.contact_id IS 'The id of the customer in an address book.';
COMMENT ON COLUMN customer_payments.posting_date IS 'The date that the payment is posted on.';
COMMENT ON COLUMN customer_payments.document_number IS 'The number of the document that the payment belongs to; lines of one document share it.';
COMMENT ON COLUMN customer_payments.external_document_number IS 'The number that the bank or the customer knows the payment by.';
COMMENT ON COLUMN customer_payments.amount IS 'What is paid: negative for a receipt, positive for a refund.';
COMMENT ON COLUMN customer_payments.applies_to_invoice_id IS 'The id of the posted invoice that the payment applies to; set together with the number.';
COMMENT ON COLUMN customer_payments.applies_to_invoice_number IS 'The number of the invoice that the payment applies to, known or not.';
COMMENT ON COLUMN customer_payments.description IS 'What the payment is for; the name of the customer when none is given.';
COMMENT ON COLUMN customer_payments.comment IS 'A remark on the payment.';
COMMENT ON COLUMN customer_payments.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN customer_payments.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE dimensions IS 'Something that postings are analysed by, for example the department.';
COMMENT ON COLUMN dimensions.id IS 'The unique id of the dimension.';
COMMENT ON COLUMN dimensions.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN dimensions.code IS 'The code of the dimension, unique in the company.';
COMMENT ON COLUMN dimensions.display_name IS 'The name of the dimension.';
COMMENT ON COLUMN dimensions.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN dimensions.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE dimension_values IS 'A value of a dimension, for example one department.';
COMMENT ON COLUMN dimension_values.id IS 'The unique id of the value.';
COMMENT ON COLUMN dimension_values.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN dimension_values.dimension_id IS 'The id of the dimension that the value belongs to.';
COMMENT ON COLUMN dimension_values.code IS 'The code of the value, unique in its dimension.';
COMMENT ON COLUMN dimension_values.display_name IS 'The name of the value.';
COMMENT ON COLUMN dimension_values.blocked IS 'Whether nothing may be posted with the value.';
COMMENT ON COLUMN dimension_values.last_modified_date_time IS 'When the row was last written.';
COMMENT ON COLUMN dimension_values.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE dimension_lines IS 'The value that a payment has in a dimension; at most one for each dimension.';
COMMENT ON COLUMN dimension_lines.payment_id IS 'The id of the payment.';
COMMENT ON COLUMN dimension_lines.dimension_id IS 'The id of the dimension.';
COMMENT ON COLUMN dimension_lines.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN dimension_lines.dimension_value_id IS 'The id of the value.';
COMMENT ON COLUMN dimension_lines.version IS 'Raised by every write; the ETag.'`,

  `COMMENT ON TABLE customer_ledger_entries IS 'What posting has written on a customer; never changed by hand.';
COMMENT ON COLUMN customer_ledger_entries.id IS 'The unique id of the entry.';
COMMENT ON COLUMN customer_ledger_entries.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN customer_ledger_entries.entry_number IS 'The number of the entry in the order of posting, unique in the company.';
COMMENT ON COLUMN customer_ledger_entries.posting_date IS 'The date that the entry is posted on.';
COMMENT ON COLUMN customer_ledger_entries.document_type IS 'The kind of the document, for example Payment.';
COMMENT ON COLUMN customer_ledger_entries.document_number IS 'The number of the document.';
COMMENT ON COLUMN customer_ledger_entries.external_document_number IS 'The number that the bank or the customer knows the document by.';
COMMENT ON COLUMN customer_ledger_entries.customer_id IS 'The id of the customer.';
COMMENT ON COLUMN customer_ledger_entries.description IS 'What the entry is for.';
COMMENT ON COLUMN customer_ledger_entries.amount IS 'What was posted: negative for a receipt.';
COMMENT ON COLUMN customer_ledger_entries.remaining_amount IS 'What of the amount is not applied to anything yet.';
COMMENT ON COLUMN customer_ledger_entries.open IS 'Whether something of the amount is not applied yet.';
COMMENT ON COLUMN customer_ledger_entries.applies_to_invoice_id IS 'The id of the invoice that the entry applies to.';
COMMENT ON COLUMN customer_ledger_entries.journal_code IS 'The code of the journal that was posted.';
COMMENT ON COLUMN customer_ledger_entries.posted_at IS 'When the entry was posted.'`,

  `COMMENT ON TABLE number_series IS 'A counter that numbers are drawn from.';
COMMENT ON COLUMN number_series.company_id IS 'The company that owns the row.';
COMMENT ON COLUMN number_series.code IS 'CUSTOMER, INVOICE, LEDGER, or PAYMENT: and the id of a journal.';
COMMENT ON COLUMN number_series.journal_id IS 'The journal whose documents are numbered.';
COMMENT ON COLUMN number_series.prefix IS 'What stands before the digits.';
COMMENT ON COLUMN number_series.next_number IS 'The number that is drawn next.';
COMMENT ON COLUMN number_series.digits IS 'How many digits are written at least, with leading zeros.'`,
];
