/**
 * Indexes beside those of the keys. Nullable columns stand NULLS FIRST because OData sorts null lowest, so that the index serves the order
 * in both directions. The company comes first where a whole set is read: no statement crosses companies.
 */
export const indexes = [
  // Foreign keys, for their checks and for navigation.
  `CREATE INDEX sales_invoices_customer_id_idx ON sales_invoices (customer_id)`,
  `CREATE INDEX sales_invoices_bill_to_customer_id_idx ON sales_invoices (bill_to_customer_id) WHERE bill_to_customer_id IS NOT NULL`,
  `CREATE INDEX customer_payment_journals_balancing_account_id_idx ON customer_payment_journals (balancing_account_id)`,
  `CREATE INDEX customer_payments_customer_id_idx ON customer_payments (customer_id) WHERE customer_id IS NOT NULL`,
  `CREATE INDEX customer_payments_applies_to_invoice_id_idx ON customer_payments (applies_to_invoice_id) WHERE applies_to_invoice_id IS NOT NULL`,
  `CREATE INDEX dimension_lines_dimension_value_id_idx ON dimension_lines (dimension_value_id, payment_id)`,
  `CREATE INDEX customer_ledger_entries_customer_id_idx ON customer_ledger_entries (customer_id, entry_number)`,
  `CREATE INDEX customer_ledger_entries_applies_to_invoice_id_idx ON customer_ledger_entries (applies_to_invoice_id)
    WHERE applies_to_invoice_id IS NOT NULL`,

  // Payments of a journal, and of a company in customer_payment_details.
  `CREATE INDEX customer_payments_journal_id_posting_date_idx ON customer_payments (journal_id, posting_date NULLS FIRST, id)`,
  `CREATE INDEX customer_payments_journal_id_customer_number_idx ON customer_payments (journal_id, customer_number NULLS FIRST, id)`,
  `CREATE INDEX customer_payments_company_id_posting_date_idx ON customer_payments (company_id, posting_date NULLS FIRST, id)`,
  `CREATE INDEX customer_payments_company_id_customer_number_idx ON customer_payments (company_id, customer_number NULLS FIRST, id)`,

  // Invoices by date, and what customers owe without a look at the table.
  `CREATE INDEX sales_invoices_invoice_date_idx ON sales_invoices (company_id, invoice_date, id)`,
  `CREATE INDEX sales_invoices_due_date_idx ON sales_invoices (company_id, due_date NULLS FIRST, id)`,
  `CREATE INDEX sales_invoices_open_idx ON sales_invoices (customer_id) INCLUDE (remaining_amount, due_date, company_id) WHERE status = 'Open'`,

  // Customers by what people look for; clients write tolower(displayName).
  `CREATE INDEX customers_display_name_idx ON customers (company_id, display_name, id)`,
  `CREATE INDEX customers_contact_id_idx ON customers (company_id, contact_id) WHERE contact_id IS NOT NULL`,
  `CREATE INDEX customers_lower_number_idx ON customers (company_id, (lower(number COLLATE "und-x-icu") COLLATE "C"))`,
  `CREATE INDEX customers_lower_display_name_idx ON customers (company_id, (lower(display_name COLLATE "und-x-icu") COLLATE "C"))`,
  `CREATE INDEX customers_lower_email_idx ON customers (company_id, (lower(email COLLATE "und-x-icu") COLLATE "C"))`,

  `CREATE INDEX dimension_values_company_id_code_idx ON dimension_values (company_id, code, id)`,
  `CREATE INDEX customer_ledger_entries_posting_date_idx ON customer_ledger_entries (company_id, posting_date, id)`,
];
