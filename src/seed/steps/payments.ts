import { specialPayments } from '../nasty';
import type { Seeding } from '../seeding';

const CHUNK = 50_000;

/** The payments, journal by journal. */
export async function seedPayments(seeding: Seeding): Promise<void> {
  const { tier, run, advance } = seeding;
  const sizes = tier.companies.flatMap((company) => company.journals);
  for (const { from, to, rows } of batches(sizes)) {
    await run(payments, [from, to, JSON.stringify(specialPayments), tier.burst]);
    advance(rows, 'payments');
  }
}

/** Ranges of journals with about as many payments as one statement should write. */
export function* batches(
  sizes: readonly number[],
): Generator<{ readonly from: number; readonly to: number; readonly rows: number }> {
  let from = 1;
  let rows = 0;
  for (const [index, size] of sizes.entries()) {
    rows += size;
    if (rows < CHUNK && index < sizes.length - 1) continue;
    yield { from, to: index + 1, rows };
    from = index + 2;
    rows = 0;
  }
}

// Line numbers go in steps of 10000, with a gap after each 36th line; one of 33 stands half a step after the one before.
// Of a thousand payments 680 pay an invoice in full, 150 a part of it, 80 none, 40 one that nobody knows, 20 that of another customer,
// 20 are nothing or a refund, 10 come from nobody. The journal that is clean has nothing that posting would refuse.
const payments = `WITH line AS MATERIALIZED (
  SELECT j.*, i, first + i AS ordinal, n.posted, n.open, o.customers,
    md5('payment/' || j.c || '/' || j.j || '/' || i || '/a') AS a, md5('payment/' || j.c || '/' || j.j || '/' || i || '/b') AS b,
    md5('block/' || j.c || '/' || j.j || '/' || (i - 1) / 6) AS block
  FROM seed_journal j JOIN seed_posted n USING (c) JOIN seed_company o USING (c) CROSS JOIN LATERAL generate_series(1, size) i
  WHERE g BETWEEN $1::integer AND $2::integer
), sorted AS MATERIALIZED (
  SELECT l.*, s.amount AS given_amount, s.date AS given_date, s."externalNumber" AS given_external, s.description AS given_description,
    s.comment AS given_comment, s.customer AS given_customer, pg_temp.draw(a, 0) * 1000 / 65536 AS lot,
    CASE WHEN clean THEN CASE WHEN l.i <= 10 THEN 'full' WHEN l.i <= 12 THEN 'partial' ELSE 'prepaid' END
      ELSE COALESCE(s.kind, CASE
        WHEN pg_temp.draw(a, 0) < 44564 THEN 'full' WHEN pg_temp.draw(a, 0) < 54395 THEN 'partial' WHEN pg_temp.draw(a, 0) < 59638 THEN 'prepaid'
        WHEN pg_temp.draw(a, 0) < 62259 THEN 'unknown' WHEN pg_temp.draw(a, 0) < 63570 THEN 'foreign' WHEN pg_temp.draw(a, 0) < 64225 THEN 'zero'
        WHEN pg_temp.draw(a, 0) < 64881 THEN 'refund' ELSE 'nobody' END) END AS kind,
    CASE WHEN clean THEN least(l.i, 11)
      WHEN pg_temp.draw(a, 1) < 32768 THEN 1 + (pg_temp.draw(a, 2) * 65536::bigint + pg_temp.draw(a, 3)) % open
      ELSE 1 + (pg_temp.draw(a, 2) * 65536::bigint + pg_temp.draw(a, 3)) % posted END AS rank
  FROM line l
  LEFT JOIN jsonb_to_recordset($3) AS s (i integer, kind text, amount numeric, date date, "externalNumber" text, description text, comment text, customer integer)
    ON s.i = l.i AND l.c = 1 AND l.j = 1
), tied AS MATERIALIZED (
  SELECT s.*, v.id AS invoice_id, v.number AS invoice_number, v.total, v.remaining, v.day AS invoice_day, v.status AS invoice_status,
    CASE WHEN kind = 'foreign' THEN 1 + (v.customer + 6) % customers ELSE COALESCE(given_customer, v.customer) END AS payer,
    kind IN ('full', 'partial', 'foreign') AS applies, date '2023-07-01' + pg_temp.draw(a, 4) * 1095 / 65536 AS some_day
  FROM sorted s JOIN seed_invoice v ON v.c = s.c AND v.rank = s.rank
)
INSERT INTO customer_payments (id, company_id, journal_id, line_number, customer_id, customer_number, contact_id, posting_date, document_number,
  external_document_number, amount, applies_to_invoice_id, applies_to_invoice_number, description, comment, last_modified_date_time)
SELECT pg_temp.seed_id('payment/' || t.c || '/' || j || '/' || i), company_id, t.id,
  CASE WHEN i % 33 = 5 THEN 10000 * (i - 1 + (i - 1) / 37) + 5000 ELSE 10000 * (i + i / 37) END,
  u.id, u.number,
  CASE WHEN pg_temp.draw(b, 0) < 1311 THEN 'CONTACT-' || lpad(i::text, 4, '0') END,
  CASE WHEN given_date IS NOT NULL THEN given_date WHEN i % 97 = 52 THEN NULL WHEN pg_temp.draw(b, 1) < 131 THEN date '2027-01-04' + pg_temp.draw(b, 1)
    WHEN applies THEN pg_temp.busy_day(invoice_day + pg_temp.draw(b, 2) % 45, pg_temp.draw(b, 3)) ELSE pg_temp.busy_day(some_day, pg_temp.draw(b, 3)) END,
  code || '-' || lpad(CASE
    WHEN ((i - 1) / 6 = 1 OR pg_temp.draw(block, 0) < 5461) AND (i - 1) % 6 <= 1 + pg_temp.draw(block, 1) % 5 THEN (i - 1) / 6 * 6 + 1
    ELSE i END::text, 6, '0'),
  COALESCE(given_external, CASE WHEN pg_temp.draw(b, 4) < 39322 THEN CASE WHEN i % 50 = 49 THEN rpad('BANK-' || ordinal, 20, '0') ELSE 'BANK-' || ordinal END END),
  COALESCE(given_amount, CASE kind WHEN 'full' THEN CASE WHEN invoice_status = 'Open' THEN -remaining ELSE -total END
    WHEN 'partial' THEN -round(CASE WHEN invoice_status = 'Open' THEN remaining ELSE total END / (2 + pg_temp.draw(b, 5) % (CASE WHEN clean THEN 1 ELSE 3 END)), 2)
    WHEN 'zero' THEN 0 WHEN 'refund' THEN round(total / 10, 2) ELSE -round(total * (50 + pg_temp.draw(b, 5) % 100) / 100, 2) END),
  CASE WHEN applies THEN invoice_id END,
  CASE WHEN applies THEN invoice_number WHEN kind = 'unknown' THEN 'EXT-' || lpad(ordinal::text, 8, '0') END,
  COALESCE(given_description, CASE WHEN pg_temp.draw(b, 6) < 52429 THEN left(u.name, 50) WHEN pg_temp.draw(b, 6) < 62259 THEN 'Invoice ' || invoice_number END),
  COALESCE(given_comment, CASE WHEN pg_temp.draw(b, 7) < 45875 THEN NULL WHEN pg_temp.draw(b, 7) < 46530 THEN rpad('Paid in instalments, see agreement ' || i || '. ', 250, 'Blåbær 🎻 ')
    ELSE 'Paid ' || (ARRAY['by card', 'by bank transfer', 'late', 'with discount', 'twice?', 'in advance'])[1 + pg_temp.draw(b, 7) % 6] || ', ref. ' || ordinal END),
  pg_temp.written(ordinal, pg_temp.draw(a, 5), pg_temp.draw(a, 6), $4)
FROM tied t LEFT JOIN seed_customer u ON u.c = t.c AND u.k = payer AND kind <> 'nobody'`;
