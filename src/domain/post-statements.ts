/** The statements of posting, in the order they are sent. Rows are locked in this order too: journal, payments, invoices by id, counter. */
import { named, sql, statement } from '../odata';
import { postingLines } from './posting-lines';

const journal = named('journal', 'uuid');
const today = named('today', 'date');
const lines = postingLines(journal, today);

/** The time of a write as the engine sets it: it always moves on. */
const moved = sql`greatest(date_trunc('milliseconds', statement_timestamp()), last_modified_date_time + interval '1 millisecond')`;

/** Nobody changes a payment, or its dimension lines, until the journal is posted. */
export const lockPayments = statement(
  sql`select 1 from customer_payments where journal_id = ${journal} order by id for update`,
);

/** Nobody else pays the invoices meanwhile; by id, so that two journals on the same invoices wait and do not block each other. */
export const lockInvoices = statement(sql`
  select 1 from sales_invoices where id in (
    select i.id from customer_payments p
    join sales_invoices i on i.company_id = p.company_id and i.number = p.applies_to_invoice_number
    where p.journal_id = ${journal}
  ) order by id for no key update`);

/** How many lines there are, and the first of those that cannot be posted. */
export const findFaults = statement(
  sql`
  select total, faults, id, line_number, faulty, fault from (
    select count(*) over () as total, count(fault) over () as faults, id, line_number, faulty, fault from (${lines}) as checked
  ) as counted
  order by fault is null, line_number limit ${named('limit', 'int8')}`,
  'total',
  'faults',
  'id',
  'line',
  'faulty',
  'fault',
);

/**
 * One entry for each payment, numbered in the order of the lines. An entry has the id of its payment, so that no payment can ever be posted
 * twice. The counter starts behind what is there.
 */
export const insertEntries = statement(sql`
  with posted as (select * from (${lines}) as checked),
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
  select id, company_id, first + row_number() over (order by line_number)::int4 - 1, posts_on,
    case when amount < 0 then 'Payment' else 'Refund' end, document_number, external_document_number, customer_id, description, amount,
    case when invoice_id is null then amount else 0 end, invoice_id is null, invoice_id, ${named('code', 'text')},
    date_trunc('milliseconds', statement_timestamp())
  from posted cross join counter`);

/** The entries keep what the payments are analysed by. */
export const keepDimensions = statement(sql`
  insert into customer_ledger_entry_dimensions (entry_id, dimension_id, company_id, dimension_value_id)
  select g.payment_id, g.dimension_id, g.company_id, g.dimension_value_id
  from dimension_lines g join customer_payments p on p.id = g.payment_id where p.journal_id = ${journal}`);

/** What is paid is open no more. */
export const payInvoices = statement(sql`
  update sales_invoices set remaining_amount = remaining_amount + paid.amount,
    status = case when remaining_amount + paid.amount = 0 then 'Paid'::sales_invoice_status else status end,
    version = version + 1, last_modified_date_time = ${moved}
  from (
    select invoice_id, sum(amount) as amount from (${lines}) as checked where invoice_id is not null group by invoice_id
  ) as paid
  where sales_invoices.id = paid.invoice_id`);

/** Dimension lines first, so that none is left for the foreign key to find one by one. */
export const deleteDimensionLines = statement(
  sql`delete from dimension_lines where payment_id in (select id from customer_payments where journal_id = ${journal})`,
);

/** The journal is left empty. */
export const deletePayments = statement(sql`delete from customer_payments where journal_id = ${journal}`);

/** Who has seen the journal with its payments sees that it has changed. */
export const touchJournal = statement(
  sql`update customer_payment_journals set version = version + 1, last_modified_date_time = ${moved} where id = ${journal}`,
);
