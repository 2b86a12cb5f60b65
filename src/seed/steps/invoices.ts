import { pieces, type Seeding } from '../seeding';
import { logNormal, share, zipf } from '../shares';

const CHUNK = 50_000;

/** A prime that divides no number of invoices or customers: walking with it visits every one once, in no visible order. */
const STRIDE = 7919;

/** The invoices. `seed_invoice` keeps those that are posted, the open ones first, for payments and ledger entries to apply to. */
export async function seedInvoices(seeding: Seeding): Promise<void> {
  const { tier, run, advance } = seeding;
  await run('CREATE TEMP TABLE seed_slot (c integer, slot integer, customer integer) ON COMMIT DROP');
  await run(`CREATE TEMP TABLE seed_drawn_invoice (c integer, k integer, id uuid, number text, customer integer, status sales_invoice_status,
    total numeric, remaining numeric, day date) ON COMMIT DROP`);
  const totals = logNormal(50_000, 1.2, 1024);
  for (const [index, company] of tier.companies.entries()) {
    await fillSlots(seeding, index + 1, company.invoices, company.customers);
    for (const [from, to] of pieces(company.invoices, CHUNK)) {
      await run(invoices, [index + 1, from, to, totals, tier.burst]);
      advance(to - from + 1, 'invoices');
    }
  }
  await rankPosted(seeding);
}

/** Gives each customer as many slots as it gets invoices: few get many, one of ten gets none. Where there are many, those few are scattered. */
async function fillSlots(
  { run }: Seeding,
  company: number,
  invoiceCount: number,
  customerCount: number,
): Promise<void> {
  const counts = share(invoiceCount, zipf(Math.floor(customerCount * 0.9), 1.1));
  const stride = customerCount > 100 ? STRIDE : 1;
  await run(
    `INSERT INTO seed_slot
    SELECT $1::integer, row_number() OVER (ORDER BY k, n) - 1, 1 + (k - 1) * $3::integer % $4::integer
    FROM unnest($2::integer[]) WITH ORDINALITY AS given (invoices, k) CROSS JOIN LATERAL generate_series(1, invoices) n`,
    [company, counts, stride, counts.length],
  );
  if (company === 1) await run('CREATE INDEX ON seed_slot (c, slot)');
  await run('ANALYZE seed_slot');
}

async function rankPosted({ run }: Seeding): Promise<void> {
  await run(`CREATE TEMP TABLE seed_invoice ON COMMIT DROP AS
    SELECT i.*, row_number() OVER (PARTITION BY i.c ORDER BY i.status = 'Open' DESC, u.blocked <> 'All' DESC, i.k)::integer AS rank
    FROM seed_drawn_invoice i JOIN seed_customer u ON u.c = i.c AND u.k = i.customer
    WHERE i.status NOT IN ('Draft', 'In_x0020_Review')`);
  await run('CREATE INDEX ON seed_invoice (c, rank)');
  await run('ANALYZE seed_invoice');
  await run(`CREATE TEMP TABLE seed_posted ON COMMIT DROP AS
    SELECT c, count(*)::integer AS posted, (count(*) FILTER (WHERE status = 'Open'))::integer AS open FROM seed_invoice GROUP BY c`);
}

// Of a hundred invoices 62 are Paid, 24 Open, 8 Draft, 3 Canceled, 2 Corrective, 1 In Review. Open ones are mostly of the last months.
const invoices = `WITH drawn AS MATERIALIZED (
  SELECT c.*, k, k * 37 % 100 AS lot, s.customer, md5('invoice/' || c.c || '/' || k) AS a
  FROM seed_company c CROSS JOIN generate_series($2::integer, $3::integer) k
  JOIN seed_slot s ON s.c = c.c AND s.slot = k::bigint * ${STRIDE} % c.invoices
  WHERE c.c = $1::integer
), placed AS MATERIALIZED (
  SELECT d.*, (CASE WHEN lot < 62 THEN 'Paid' WHEN lot < 86 THEN 'Open' WHEN lot < 94 THEN 'Draft' WHEN lot < 97 THEN 'Canceled'
      WHEN lot < 99 THEN 'Corrective' ELSE 'In_x0020_Review' END)::sales_invoice_status AS status,
    CASE WHEN lot >= 62 AND lot < 86 AND k % 5 > 0 THEN date '2026-06-30' - (invoices - k)::integer * 8 % 137 ELSE date '2023-07-01' + ((k - 1)::bigint * 1095 / invoices)::integer END
      AS first_day,
    ($4::integer[])[1 + pg_temp.draw(a, 0) / 64] + pg_temp.draw(a, 1) % 100 AS cents,
    CASE WHEN pg_temp.draw(a, 2) < 39322 THEN 25 WHEN pg_temp.draw(a, 2) < 52429 THEN 19 ELSE 0 END AS tax_percent
  FROM drawn d
), priced AS MATERIALIZED (
  SELECT p.*, pg_temp.seed_id('invoice/' || c || '/' || k) AS invoice_id, 'INV-' || lpad(k::text, 6, '0') AS number,
    pg_temp.busy_day(first_day, pg_temp.draw(a, 3)) AS day, cents / 100.0 AS net, round(cents * tax_percent / 10000.0, 2) AS tax
  FROM placed p
), made AS (
  INSERT INTO seed_drawn_invoice
  SELECT c, k, invoice_id, number, customer, status, net + tax,
    CASE WHEN status <> 'Open' THEN 0 WHEN pg_temp.draw(a, 4) < 9830 THEN net + tax - round((net + tax) * (1 + pg_temp.draw(a, 4) % 9) / 10, 2) ELSE net + tax END, day
  FROM priced
  RETURNING id, remaining
)
INSERT INTO sales_invoices (id, company_id, number, external_document_number, invoice_date, posting_date, due_date, customer_id, bill_to_customer_id,
  currency_code, total_amount_excluding_tax, total_tax_amount, total_amount_including_tax, remaining_amount, status, last_modified_date_time)
SELECT p.invoice_id, p.id, p.number,
  CASE WHEN p.k = 2 AND p.c = 1 THEN repeat('9', 35) WHEN pg_temp.draw(a, 5) % 5 < 2 THEN 'PO ' || pg_temp.draw(a, 5) || '/' || p.k END,
  day, CASE WHEN p.status NOT IN ('Draft', 'In_x0020_Review') THEN day END,
  CASE WHEN p.status = 'Draft' AND p.k % 3 = 0 THEN NULL ELSE day + (ARRAY[8, 14, 30])[1 + pg_temp.draw(a, 6) % 3] END,
  u.id, b.id, u.currency, net, tax, net + tax, m.remaining, p.status, pg_temp.written(p.k, pg_temp.draw(a, 7), pg_temp.draw(a, 5), $5)
FROM priced p
JOIN made m ON m.id = p.invoice_id
JOIN seed_customer u ON u.c = p.c AND u.k = p.customer
LEFT JOIN seed_customer b ON b.c = p.c AND b.k = 1 + (p.customer + 6) % p.customers AND b.k <> u.k AND pg_temp.draw(a, 6) < 1966`;
