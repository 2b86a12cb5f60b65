/**
 * The texts that $search looks in, as the engine writes them: an index serves exactly its own expression. Whoever makes another property
 * searchable writes a migration with the new text; a test tells when the two differ.
 */
const text = (...columns: readonly string[]): string => {
  const parts = columns.map((column) => `coalesce("${column}", '')`).join(` || E'\\x1f' || `);
  return `(upper(lower((${parts}) collate "und-x-icu")) collate "C")`;
};

/** One index for each large table. */
export const searchIndexes = [
  {
    name: 'customers_search_idx',
    table: 'customers',
    expression: text(
      ...['number', 'display_name', 'phone_number', 'email', 'website'],
      ...['address_street', 'address_city', 'address_postal_code'],
    ),
  },
  {
    name: 'sales_invoices_search_idx',
    table: 'sales_invoices',
    expression: text('number', 'external_document_number'),
  },
  {
    name: 'customer_payments_search_idx',
    table: 'customer_payments',
    expression: text(
      ...['customer_number', 'document_number', 'external_document_number'],
      ...['applies_to_invoice_number', 'description', 'comment'],
    ),
  },
  {
    name: 'customer_ledger_entries_search_idx',
    table: 'customer_ledger_entries',
    expression: text('document_type', 'document_number', 'external_document_number', 'description', 'journal_code'),
  },
] as const;
