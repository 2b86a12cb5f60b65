/** The statements of posting, in the order they are sent. Rows are locked in this order too: journal, payments, invoices by id, customers by id, counter. */
import { named, sql, statement } from '../odata';
import { insertEntries, moved } from './ledger-entries';
import { postingLines } from './posting-lines';

const journal = named('journal', 'uuid');
const today = named('today', 'date');
const lines = postingLines(journal, today);

/** Nobody changes a payment, or its dimension lines, until the journal is posted. */
export const lockPayments = statement(
  sql`select 1 from customer_payments where journal_id = ${journal} order by id for update`,
);

/** Nobody else pays the invoices meanwhile, so many are there; by id, so that two journals on the same invoices wait and do not block each other. */
export const lockInvoices = statement(
  sql`
  select count(*) from (
    select 1 from sales_invoices where id in (
      select i.id from customer_payments p
      join sales_invoices i on i.company_id = p.company_id and i.number = p.applies_to_invoice_number
      where p.journal_id = ${journal}
    ) order by id for no key update
  ) as locked`,
  'invoices',
);

/** Nobody changes the currency in which customers owe and pay. */
export const lockCustomers = statement(
  sql`select 1 from customers where id in (select customer_id from customer_payments where journal_id = ${journal}) order by id for share`,
);

/** How many lines there are, and invoices that they name, and the first of those that cannot be posted. */
export const findFaults = statement(
  sql`
  with checked as (${lines})
  select total, invoices, faults, id, line_number, faulty, fault from (
    select count(*) over () as total, count(fault) over () as faults, id, line_number, faulty, fault from checked
  ) as counted cross join (select count(distinct invoice_id) as invoices from checked) as named
  order by fault is null, line_number limit ${named('limit', 'int8')}`,
  'total',
  'invoices',
  'faults',
  'id',
  'line',
  'faulty',
  'fault',
);

/** One entry for each payment, numbered in the order of the lines. */
export const enterPayments = statement(
  insertEntries(sql`
    select id, company_id, line_number as place, posts_on as posting_date, case when amount < 0 then 'Payment' else 'Refund' end as document_type,
      document_number, external_document_number, customer_id, description, amount,
      case when invoice_id is null then amount else 0 end as remaining_amount, invoice_id as applies_to_invoice_id,
      ${named('code', 'text')} as journal_code
    from (${lines}) as checked`),
);

/** The entries keep what the payments are analysed by. */
export const keepDimensions = statement(sql`
  insert into customer_ledger_entry_dimensions (entry_id, dimension_id, company_id, dimension_value_id)
  select g.payment_id, g.dimension_id, g.company_id, g.dimension_value_id
  from dimension_lines g join customer_payments p on p.id = g.payment_id where p.journal_id = ${journal}`);

/** What is paid is open no more, in the invoices and in their entries. */
export const payInvoices = statement(sql`
  with paid as (
    update sales_invoices set remaining_amount = remaining_amount + payments.amount,
      status = case when remaining_amount + payments.amount = 0 then 'Paid'::sales_invoice_status else status end,
      version = version + 1, last_modified_date_time = ${moved}
    from (
      select invoice_id, sum(amount) as amount from (${lines}) as checked where invoice_id is not null group by invoice_id
    ) as payments
    where sales_invoices.id = payments.invoice_id
    returning id, remaining_amount
  )
  update customer_ledger_entries e set remaining_amount = paid.remaining_amount, open = paid.remaining_amount <> 0
  from paid where e.id = paid.id`);

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
