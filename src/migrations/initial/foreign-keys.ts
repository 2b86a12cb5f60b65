const foreignKey = (table: string, name: string, columns: string, references: string): string =>
  `ALTER TABLE ${table} ADD CONSTRAINT ${table}_${name}_fkey FOREIGN KEY (${columns}) REFERENCES ${references}`;

/**
 * Rows are tied together with their company, so that none can point into another one. Where a number is stored beside an id, it is part of the
 * key: the two cannot disagree, and a new number of a customer or invoice reaches the payments. A null id leaves a key unchecked.
 */
export const foreignKeys = [
  ...[
    'accounts',
    'customers',
    'sales_invoices',
    'customer_payment_journals',
    'dimensions',
    'customer_ledger_entries',
    'number_series',
  ].map((table) => foreignKey(table, 'company_id', 'company_id', 'companies (id)')),
  foreignKey('sales_invoices', 'customer_id', 'company_id, customer_id', 'customers (company_id, id)'),
  foreignKey('sales_invoices', 'bill_to_customer_id', 'company_id, bill_to_customer_id', 'customers (company_id, id)'),
  foreignKey(
    'customer_payment_journals',
    'balancing_account_id',
    'company_id, balancing_account_id',
    'accounts (company_id, id)',
  ),
  foreignKey(
    'customer_payments',
    'journal_id',
    'company_id, journal_id',
    'customer_payment_journals (company_id, id) ON DELETE CASCADE',
  ),
  foreignKey(
    'customer_payments',
    'customer_id',
    'company_id, customer_id, customer_number',
    'customers (company_id, id, number) ON UPDATE CASCADE',
  ),
  foreignKey(
    'customer_payments',
    'applies_to_invoice_id',
    'company_id, applies_to_invoice_id, applies_to_invoice_number',
    'sales_invoices (company_id, id, number) ON UPDATE CASCADE',
  ),
  foreignKey(
    'dimension_values',
    'dimension_id',
    'company_id, dimension_id',
    'dimensions (company_id, id) ON DELETE CASCADE',
  ),
  foreignKey(
    'dimension_lines',
    'payment_id',
    'company_id, payment_id',
    'customer_payments (company_id, id) ON DELETE CASCADE',
  ),
  foreignKey(
    'dimension_lines',
    'dimension_value_id',
    'company_id, dimension_id, dimension_value_id',
    'dimension_values (company_id, dimension_id, id)',
  ),
  foreignKey('customer_ledger_entries', 'customer_id', 'company_id, customer_id', 'customers (company_id, id)'),
  foreignKey('customer_ledger_entries', 'applies_to_invoice_id', 'applies_to_invoice_id', 'sales_invoices (id)'),
  foreignKey(
    'number_series',
    'journal_id',
    'company_id, journal_id',
    'customer_payment_journals (company_id, id) ON DELETE CASCADE',
  ),
];
