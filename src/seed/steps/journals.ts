import type { Seeding } from '../seeding';

/** The codes and names of the first journals; the others are numbered. Every third has no account. */
const named: readonly (readonly [code: string, name: string | null])[] = [
  ['GENERAL', 'General payments'],
  ['BANK-DK', 'Bank receipts DKK'],
  ['CARD', 'Card & MobilePay'],
  ['CASHRCPT', 'Cash receipts'],
  ['BANK-EUR', null],
];
const kinds = ['BANK', 'CARD', 'SHOP', 'POS', 'GIRO'] as const;

function journalOf(ordinal: number): { readonly code: string; readonly name: string | null } {
  const [code, name] = named[ordinal - 1] ?? [];
  if (code !== undefined) return { code, name: name ?? null };
  const kind = kinds[ordinal % kinds.length] ?? kinds[0];
  return {
    code: `${kind}-${String(ordinal).padStart(4, '0')}`,
    name: `${kind.charAt(0)}${kind.slice(1).toLowerCase()} receipts ${ordinal}`,
  };
}

/** The journals, without their payments. `seed_journal` keeps ordinals and sizes; `g` counts over all companies. */
export async function seedJournals({ tier, run }: Seeding): Promise<void> {
  const journals = tier.companies.flatMap((company, index) =>
    company.journals.map((size, at) => ({ c: index + 1, j: at + 1, size, ...journalOf(at + 1) })),
  );
  await run(`CREATE TEMP TABLE seed_journal (g integer, c integer, j integer, size integer, code text, id uuid, company_id uuid, clean boolean,
    first bigint) ON COMMIT DROP`);
  await run(
    `INSERT INTO seed_journal
    SELECT row_number() OVER (ORDER BY c, j), c, j, size, code, pg_temp.seed_id('journal/' || c || '/' || j), o.id, c = 1 AND j = 3,
      sum(size) OVER (ORDER BY c, j) - size
    FROM jsonb_to_recordset($1) AS given (c integer, j integer, size integer, code text) JOIN seed_company o USING (c)`,
    [JSON.stringify(journals)],
  );
  await run(
    `INSERT INTO customer_payment_journals (id, company_id, code, display_name, balancing_account_id, last_modified_date_time)
    SELECT k.id, k.company_id, k.code, given.name, CASE WHEN j % 3 > 0 THEN pg_temp.seed_id('account/' || c || '/' || 1 + j % 4) END,
      timestamptz '2026-01-05 07:30:00.5+00' + j * interval '1 day'
    FROM jsonb_to_recordset($1) AS given (c integer, j integer, name text) JOIN seed_journal k USING (c, j)`,
    [JSON.stringify(journals)],
  );
}
