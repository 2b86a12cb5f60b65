/** The flat table of payments for analysis: the text of the entity, as it was. */
export const viewName = 'customer_payment_details';

export const view = `SELECT p.id, p.company_id, p.journal_id, j.code AS journal_code, j.display_name AS journal_display_name, p.line_number,
  p.customer_id, p.customer_number, c.display_name AS customer_display_name, c.address_country_letter_code AS customer_country,
  p.contact_id, p.posting_date, p.document_number, p.external_document_number, p.amount, p.applies_to_invoice_id,
  p.applies_to_invoice_number, i.invoice_date, i.due_date AS invoice_due_date, i.total_amount_including_tax AS invoice_total_amount,
  i.remaining_amount AS invoice_remaining_amount, i.status AS invoice_status, p.description, p.comment, p.last_modified_date_time
FROM customer_payments p
LEFT JOIN customer_payment_journals j ON j.id = p.journal_id
LEFT JOIN customers c ON c.id = p.customer_id
LEFT JOIN sales_invoices i ON i.id = p.applies_to_invoice_id`;
