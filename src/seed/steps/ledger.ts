import type { Seeding } from '../seeding';

/**
 * What was posted before: the payments that made the first invoices paid, or partly paid, and every tenth one on account. Only so many that
 * there is something to read; the rest of the history is not kept.
 */
export async function seedLedger({ run }: Seeding): Promise<void> {
  await run(`INSERT INTO customer_ledger_entries (id, company_id, entry_number, posting_date, document_type, document_number, external_document_number,
    customer_id, description, amount, remaining_amount, open, applies_to_invoice_id, journal_code, posted_at)
  SELECT pg_temp.seed_id('entry/' || c || '/' || n), company_id, n, day, 'Payment', 'POST-' || lpad(n::text, 6, '0'),
    CASE WHEN n % 5 < 3 THEN 'BANK-' || 900000 + n END, customer_id, left(name, 50), amount, CASE WHEN n % 10 = 0 THEN amount ELSE 0 END, n % 10 = 0,
    CASE WHEN n % 10 > 0 THEN invoice_id END, 'GENERAL', day + time '16:00:00.25' + n * interval '1 second' 
  FROM (
    SELECT o.c, o.id AS company_id, o.ledger_entries, i.id AS invoice_id, u.id AS customer_id, u.name, i.remaining - i.total AS amount,
      i.day + 10 AS day, (row_number() OVER (PARTITION BY o.c ORDER BY i.k))::integer AS n
    FROM seed_company o JOIN seed_invoice i USING (c) JOIN seed_customer u ON u.c = o.c AND u.k = i.customer
    WHERE i.status IN ('Paid', 'Open') AND i.remaining < i.total
  ) AS paid WHERE n <= ledger_entries`);
}
