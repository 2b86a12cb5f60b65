import { specialCustomers } from '../nasty';
import { pieces, type Seeding } from '../seeding';
import {
  cities,
  companyFirst,
  companyForms,
  companySecond,
  countries,
  currencies,
  firstNames,
  lastNames,
  streets,
} from '../words';

const CHUNK = 50_000;

/** The customers. `seed_customer` keeps their ordinals and what invoices and payments copy from them. */
export async function seedCustomers(seeding: Seeding): Promise<void> {
  const { tier, run, advance } = seeding;
  await run(`CREATE TEMP TABLE seed_customer (c integer, k integer, id uuid, number text, name text, currency text, blocked customer_blocked,
    PRIMARY KEY (c, k)) ON COMMIT DROP`);
  for (const [index, company] of tier.companies.entries()) {
    for (const [from, to] of pieces(company.customers, CHUNK)) {
      await run(customers, [
        index + 1,
        from,
        to,
        JSON.stringify(index === 0 ? specialCustomers : []),
        tier.burst,
        companyFirst,
        companySecond,
        companyForms,
        firstNames,
        lastNames,
        streets,
        cities,
        countries,
        currencies,
      ]);
      advance(to - from + 1, 'customers');
    }
  }
  await run('ANALYZE seed_customer');
}

const customers = `WITH drawn AS MATERIALIZED (
  SELECT c.id AS company_id, c.c, k, md5('customer/' || c.c || '/' || k || '/a') AS a, md5('customer/' || c.c || '/' || k || '/b') AS b
  FROM seed_company c CROSS JOIN generate_series($2::integer, $3::integer) k WHERE c.c = $1::integer
), chosen AS MATERIALIZED (
  SELECT d.*, pg_temp.draw(a, 0) < 9830 AS person, 1 + pg_temp.draw(a, 1) * 100 / 65536 AS place, s.number AS given_number, s.name AS given_name,
    s."contactId" AS given_contact_id, s.blocked AS given_blocked, s.street AS given_street, s.city AS given_city, s.email AS given_email
  FROM drawn d LEFT JOIN jsonb_to_recordset($4) AS s (k integer, number text, name text, "contactId" text, blocked text, street text, city text, email text)
    USING (k)
), made AS (
  INSERT INTO customers (id, company_id, number, display_name, type, address_street, address_city, address_state, address_country_letter_code,
    address_postal_code, phone_number, email, website, contact_id, tax_liable, tax_registration_number, currency_code, credit_limit, blocked,
    last_modified_date_time)
  SELECT pg_temp.seed_id('customer/' || c || '/' || k), company_id,
    COALESCE(given_number, 'C' || lpad(k::text, 5, '0')),
    COALESCE(given_name, CASE WHEN person THEN pg_temp.one_of($9, pg_temp.draw(a, 2)) || ' ' || pg_temp.one_of($10, pg_temp.draw(a, 3))
      ELSE pg_temp.one_of($6, pg_temp.draw(a, 2)) || ' ' || pg_temp.one_of($7, pg_temp.draw(a, 3)) || ' ' || ($8::text[])[place] END),
    CASE WHEN person AND given_name IS NULL THEN 'Person' ELSE 'Company' END::contact_type,
    CASE WHEN located THEN COALESCE(given_street, pg_temp.one_of($11, pg_temp.draw(a, 4)) || ' ' || 1 + pg_temp.draw(a, 5) % 200) END,
    CASE WHEN located THEN COALESCE(given_city, ($12::text[])[place]) END,
    CASE WHEN located AND ($13::text[])[place] = 'US' THEN 'NY' END,
    CASE WHEN located THEN ($13::text[])[place] END,
    CASE WHEN located THEN lpad((pg_temp.draw(a, 6) % 10000)::text, 4, '0') END,
    CASE WHEN pg_temp.draw(a, 7) % 4 > 0 THEN '+45 ' || lpad((pg_temp.draw(a, 7) * 1000 % 99999999)::text, 8, '0') END,
    COALESCE(given_email, CASE WHEN pg_temp.draw(b, 0) % 20 < 3 THEN NULL WHEN pg_temp.draw(b, 0) % 20 < 6 THEN 'Kontakt.' || k || '@Example.COM'
      ELSE 'c' || lpad(k::text, 5, '0') || '@example.com' END),
    CASE WHEN pg_temp.draw(b, 0) % 3 = 0 THEN 'https://c' || k || '.example.com/' END,
    COALESCE(given_contact_id, CASE WHEN pg_temp.draw(b, 1) < 5243 THEN 'AAMkAG' || md5(b) || '/' || k || '=' END),
    pg_temp.draw(b, 2) < 52429,
    CASE WHEN NOT person THEN ($13::text[])[place] || lpad((pg_temp.draw(b, 3) * 1523 % 99999999)::text, 8, '0') END,
    ($14::text[])[1 + pg_temp.draw(b, 4) * cardinality($14::text[]) / 65536],
    CASE WHEN pg_temp.draw(b, 5) % 10 < 3 THEN (1 + pg_temp.draw(b, 5) % 50) * 1000 END,
    COALESCE(given_blocked, CASE WHEN pg_temp.draw(b, 6) < 1966 THEN 'All' WHEN pg_temp.draw(b, 6) < 3277 THEN 'Invoice'
      WHEN pg_temp.draw(b, 6) < 3932 THEN 'Ship' ELSE 'None' END)::customer_blocked,
    pg_temp.written(k, pg_temp.draw(b, 7), pg_temp.draw(a, 0), $5)
  FROM chosen CROSS JOIN LATERAL (SELECT given_city IS NOT NULL OR pg_temp.draw(a, 6) % 20 > 0 AS located) address
  RETURNING id, number, display_name, currency_code, blocked
)
INSERT INTO seed_customer
SELECT c, k, m.id, m.number, m.display_name, m.currency_code, m.blocked
FROM drawn JOIN made m ON m.id = pg_temp.seed_id('customer/' || c || '/' || k)`;
