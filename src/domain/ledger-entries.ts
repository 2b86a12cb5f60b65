/** How entries come into the ledger of customers. */
import { sql, type Sql } from '../odata';

/** The time of a write as the engine sets it: it always moves on. */
export const moved = sql`greatest(date_trunc('milliseconds', statement_timestamp()), last_modified_date_time + interval '1 millisecond')`;

/**
 * Writes an entry for each row of a SELECT, numbered in the order of `place` behind those that are there. The SELECT has a column for each of those
 * below, but for `open`: an entry is open as long as something of it remains. An entry has the id of what is posted, so that nothing can ever
 * be posted twice.
 */
export const insertEntries = (posted: Sql): Sql => sql`
  with posted as (${posted}),
  counter as (
    insert into number_series as s (company_id, code, prefix, next_number, digits)
    select company_id, 'LEDGER', '', count(*)::int4 + 1
      + coalesce((select max(entry_number) from customer_ledger_entries e where e.company_id = posted.company_id), 0), 1
    from posted group by company_id
    on conflict (company_id, code) do update set next_number = s.next_number + (select count(*)::int4 from posted)
    returning next_number - (select count(*)::int4 from posted) as first
  )
  insert into customer_ledger_entries (id, company_id, entry_number, posting_date, document_type, document_number,
    external_document_number, customer_id, description, amount, remaining_amount, open, applies_to_invoice_id, journal_code, posted_at)
  select id, company_id, first + row_number() over (order by place)::int4 - 1, posting_date, document_type, document_number,
    external_document_number, customer_id, description, amount, remaining_amount, remaining_amount <> 0, applies_to_invoice_id, journal_code,
    date_trunc('milliseconds', statement_timestamp())
  from posted cross join counter`;
