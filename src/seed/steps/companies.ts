import type { Seeding } from '../seeding';
import { accounts } from '../words';

/** The companies, and the accounts of each. `seed_company` is where later steps look the ordinals up. */
export async function seedCompanies({ tier, run }: Seeding): Promise<void> {
  await run(
    `CREATE TEMP TABLE seed_company (c integer, id uuid, customers integer, invoices integer, ledger_entries integer) ON COMMIT DROP`,
  );
  const companies = tier.companies.map(({ name, displayName, customers, invoices, ledgerEntries }, index) => ({
    c: index + 1,
    name,
    display_name: displayName,
    customers,
    invoices,
    ledger_entries: ledgerEntries,
  }));
  await run(
    `WITH given AS (SELECT pg_temp.seed_id('company/' || c) AS id, * FROM jsonb_to_recordset($1)
        AS given (c integer, name text, display_name text, customers integer, invoices integer, ledger_entries integer)),
      kept AS (INSERT INTO seed_company SELECT c, id, customers, invoices, ledger_entries FROM given)
    INSERT INTO companies (id, name, display_name, system_version, business_profile_id)
    SELECT id, name, display_name, '25.0.23364.0', CASE WHEN c = 1 THEN 'profile-cronus' END FROM given`,
    [JSON.stringify(companies)],
  );
  await run(
    `INSERT INTO accounts (id, company_id, number, display_name, category, blocked, direct_posting, last_modified_date_time)
    SELECT pg_temp.seed_id('account/' || c || '/' || k), id, value ->> 'number', value ->> 'name', value ->> 'category',
      COALESCE((value ->> 'blocked')::boolean, false), COALESCE((value ->> 'direct')::boolean, true), '2024-01-01 08:00:00Z'
    FROM seed_company CROSS JOIN jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given (value, k)`,
    [JSON.stringify(accounts)],
  );
}
