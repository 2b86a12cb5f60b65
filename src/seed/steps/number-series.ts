import type { Seeding } from '../seeding';

/** The counters, each after the last number that the sample data uses. */
export async function seedNumberSeries({ run }: Seeding): Promise<void> {
  await run(`INSERT INTO number_series (company_id, code, journal_id, prefix, next_number, digits)
    SELECT id, 'CUSTOMER', NULL::uuid, 'C', customers + 1, 5 FROM seed_company
    UNION ALL SELECT id, 'INVOICE', NULL, 'INV-', invoices + 1, 6 FROM seed_company
    UNION ALL SELECT id, 'LEDGER', NULL, '', ledger_entries + 1, 1 FROM seed_company
    UNION ALL SELECT company_id, 'PAYMENT:' || id, id, code || '-', size + 1, 6 FROM seed_journal`);
}
