/** The statements by which invoices are posted and cancelled. The invoice is locked before; the counter of the ledger comes last. */
import { named, sql, statement, type NamedStatement, type Sql } from '../odata';
import { insertEntries, moved } from './ledger-entries';

const invoice = named('invoice', 'uuid');

/** The invoice `i`, who bought `c`, and who pays `b` where that is another customer. */
const parties = sql`sales_invoices i join customers c on c.id = i.customer_id
  left join customers b on b.id = i.bill_to_customer_id and b.id <> c.id`;

/** What invoices are not made, and not taken back, for. */
const isBlocked = (customer: Sql): Sql => sql`${customer}.blocked in ('Invoice', 'All')`;

/** Who has bought stays as it is until the action ends: nobody changes the currency in which it is owed. */
export const lockCustomer = statement(
  sql`select 1 from customers where id = (select customer_id from sales_invoices where id = ${invoice}) for share`,
);

/** Finds the reasons that hold for the invoice, `faulty` is the property: the rows of `reasons`, and what is said of a party that is blocked. */
const faultsOf = (reasons: Sql, ifBlocked: (customer: Sql) => Sql): NamedStatement<'faulty' | 'fault'> =>
  statement(
    sql`
  select faulty, fault from ${parties} cross join lateral (values ${reasons},
    ('customerId', ${ifBlocked(sql`c`)}),
    ('billToCustomerId', ${ifBlocked(sql`b`)})
  ) as reasons (faulty, fault)
  where i.id = ${invoice} and fault is not null`,
    'faulty',
    'fault',
  );

const blockedFrom = (
  customer: Sql,
): Sql => sql`case when ${isBlocked(customer)} then 'You cannot post this type of document when Customer '
  || ${customer}.number || ' is blocked with type ' || ${customer}.blocked end`;

/** Why the draft cannot be posted; texts of Business Central, where it has one. Totals given in parts must add up, and what a customer owes is in one currency. */
export const findPostingFaults = faultsOf(
  sql`
    ('totalAmountIncludingTax', case when i.total_amount_including_tax = 0 then 'There is nothing to post.'
      when i.total_amount_including_tax < 0 then 'The total amount for the invoice must be 0 or greater.' end),
    ('totalAmountIncludingTax', case when (i.total_amount_excluding_tax <> 0 or i.total_tax_amount <> 0)
        and i.total_amount_excluding_tax + i.total_tax_amount <> i.total_amount_including_tax
      then 'The totals do not add up: ' || trim_scale(i.total_amount_excluding_tax)::text || ' without tax and ' || trim_scale(i.total_tax_amount)::text
        || ' tax are not ' || trim_scale(i.total_amount_including_tax)::text || '.' end),
    ('currencyCode', case when i.currency_code is distinct from c.currency_code
      then 'The currency of the invoice must be that of customer ' || c.number || ': ' || coalesce(c.currency_code, 'that of the company') || '.' end)`,
  blockedFrom,
);

export const openInvoice = statement(sql`
  update sales_invoices set status = 'Open', posting_date = coalesce(posting_date, invoice_date), remaining_amount = total_amount_including_tax,
    version = version + 1, last_modified_date_time = ${moved}
  where id = ${invoice}`);

/** What entries of an invoice have in common. A number that is longer than an entry can hold stays with the invoice: cut, it would be another one. */
const document = sql`company_id, 1 as place, number as document_number,
  case when char_length(external_document_number) <= 20 then external_document_number end as external_document_number, customer_id, '' as journal_code`;

/** The entry of an invoice that has just been opened. */
export const enterInvoice = statement(
  insertEntries(sql`
    select ${document}, id, posting_date, 'Invoice' as document_type, 'Invoice ' || number as description,
      total_amount_including_tax as amount, remaining_amount, null::uuid as applies_to_invoice_id
    from sales_invoices where id = ${invoice}`),
);

const blockedCancel = (customer: Sql): Sql => sql`case when ${isBlocked(customer)}
  then 'You cannot cancel this posted sales invoice because customer ' || ${customer}.display_name || ' is blocked.' end`;

/** Why the open invoice cannot be cancelled. Payments in journals may know it by its number only: they were there first. */
export const findCancelFaults = faultsOf(
  sql`
    ('remainingAmount', case when i.remaining_amount <> i.total_amount_including_tax
      then 'You cannot cancel this posted sales invoice because it is fully or partially paid.' end),
    ('remainingAmount', (
      select 'You cannot cancel this posted sales invoice because line ' || p.line_number || ' of journal ' || j.code || ' applies to it'
        || case count(*) over () when 1 then '' else ', one of ' || count(*) over () || ' payments that wait to be posted' end || '.'
      from (
        select journal_id, line_number from customer_payments where applies_to_invoice_id = i.id
        union all
        select journal_id, line_number from customer_payments
        where company_id = i.company_id and applies_to_invoice_number = i.number and applies_to_invoice_id is null
      ) as p join customer_payment_journals j on j.id = p.journal_id
      order by j.code, p.line_number limit 1))`,
  blockedCancel,
);

export const cancelInvoice = statement(sql`
  with canceled as (
    update sales_invoices set status = 'Canceled', remaining_amount = 0, version = version + 1, last_modified_date_time = ${moved}
    where id = ${invoice} returning id
  )
  update customer_ledger_entries e set remaining_amount = 0, open = false from canceled where e.id = canceled.id`);

/** The entry that takes back what the invoice has demanded; never earlier than that was. */
export const enterCancellation = statement(
  insertEntries(sql`
    select ${document}, gen_random_uuid() as id, greatest(posting_date, ${named('today', 'date')}) as posting_date, 'Credit Memo' as document_type,
      'Cancellation of Invoice ' || number as description, -total_amount_including_tax as amount, 0 as remaining_amount, id as applies_to_invoice_id
    from sales_invoices where id = ${invoice}`),
);
