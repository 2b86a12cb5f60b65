/**
 * What posting would do with each payment of a journal, in one SELECT: the preview shows its rows, posting refuses by them and writes what
 * they say. So the two can never disagree.
 */
import { sql, type Sql } from '../odata';

/** What a payment `p` lacks, or has too much, of what its customer's default dimensions demand: the first by code. Texts of Business Central. */
const againstDefault = sql`
  select x.fault from default_dimensions f
  join dimensions d on d.id = f.dimension_id
  left join dimension_values w on w.id = f.dimension_value_id
  left join dimension_lines g on g.payment_id = p.id and g.dimension_id = f.dimension_id
  left join dimension_values v on v.id = g.dimension_value_id
  cross join lateral (
    select case f.posting_validation
      when 'Code_x0020_Mandatory' then case when v.id is null
        then 'Select a Dimension Value Code for the Dimension Code ' || d.code || ' for Customer ' || p.customer_number || '.' end
      when 'Same_x0020_Code' then case
        when w.id is null and v.id is not null
        then 'Dimension Code ' || d.code || ' must be blank for Customer ' || p.customer_number || '.'
        when w.id is not null and v.id is null
        then 'The Dimension Code ' || d.code || ' with Dimension Value Code ' || w.code || ' is required for Customer '
          || p.customer_number || '.'
        when v.id <> w.id
        then 'The Dimension Value Code must be ' || w.code || ' for Dimension Code ' || d.code || ' for Customer ' || p.customer_number
          || '. Currently it''s ' || v.code || '.' end
      when 'No_x0020_Code' then case when v.id is not null
        then 'Dimension Code ' || d.code || ' must not be mentioned for Customer ' || p.customer_number || '.' end
    end as fault
  ) as x
  where f.customer_id = p.customer_id and x.fault is not null
  order by d.code limit 1`;

/** The property of a line that stands in the way, the first of them. */
const faulty = sql`
  case
    when customer_id is null or blocked = 'All' then 'customerNumber'
    when amount = 0 then 'amount'
    when invoice_number is not null and invoice_id is null then 'appliesToInvoiceNumber'
    when status in ('Draft', 'In_x0020_Review') then 'appliesToInvoiceNumber'
    when invoice_id is not null and customer_id not in (sold_to, billed_to) then 'appliesToInvoiceNumber'
    when invoice_id is not null and (amount > 0 or open_before + amount < 0) then 'amount'
    when posts_on < invoiced_on then 'postingDate'
    when blocked_value is not null or against_default is not null then 'dimensionLines'
  end`;

/** What is wrong with it. */
const fault = sql`
  case faulty
    when 'customerNumber' then case when customer_id is null
      then 'Line ' || line_number || ' has no customer.'
      else 'You cannot create this type of document when Customer ' || customer_number || ' is blocked with type All' end
    when 'amount' then case
      when amount = 0 then 'The amount of line ' || line_number || ' is zero.'
      when amount > 0 then 'The "amount" should be a negative number.'
      else 'Line ' || line_number || ' pays ' || trim_scale(-amount)::text || ' on invoice ' || invoice_number || ', of which '
        || trim_scale(greatest(open_before, 0))::text || ' is open.' end
    when 'appliesToInvoiceNumber' then case
      when invoice_id is null then 'The invoice ' || invoice_number || ' of line ' || line_number || ' does not exist.'
      when status in ('Draft', 'In_x0020_Review')
      then 'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.'
      else 'The invoice ' || invoice_number || ' of line ' || line_number || ' is not one of customer ' || customer_number || '.' end
    when 'postingDate' then 'You are not allowed to apply and post an entry to an entry with an earlier posting date. Line '
      || line_number || ' is posted on ' || posts_on || ', but invoice ' || invoice_number || ' on ' || invoiced_on || '.'
    when 'dimensionLines' then coalesce('Dimension Value ' || blocked_value || ' is blocked.', against_default)
  end`;

/** The lines with what is known of their customers and invoices. Payments on one invoice are taken in the order of their lines, each from what those before have left. */
const surrounded = (journal: Sql, today: Sql): Sql => sql`
  select p.id, p.company_id, p.line_number, p.customer_id, p.customer_number, c.display_name as customer_name, c.blocked, p.amount,
    coalesce(p.posting_date, ${today}) as posts_on, p.document_number, p.external_document_number, p.description,
    nullif(p.applies_to_invoice_number, '') as invoice_number, i.id as invoice_id, i.status,
    i.customer_id as sold_to, coalesce(i.bill_to_customer_id, i.customer_id) as billed_to,
    coalesce(i.posting_date, i.invoice_date) as invoiced_on,
    case when i.status = 'Open' then i.remaining_amount else 0 end
      + coalesce(sum(p.amount) over (partition by i.id order by p.line_number rows between unbounded preceding and 1 preceding), 0)
      as open_before,
    (select min(d.code || ' - ' || v.code) from dimension_lines g join dimension_values v on v.id = g.dimension_value_id
      join dimensions d on d.id = g.dimension_id where g.payment_id = p.id and v.blocked) as blocked_value,
    (${againstDefault}) as against_default
  from customer_payments p
  left join customers c on c.id = p.customer_id
  left join sales_invoices i on i.company_id = p.company_id and i.number = nullif(p.applies_to_invoice_number, '')
  where p.journal_id = ${journal}`;

/** The lines of a journal with what becomes of them. `fault` is null for what can be posted; it says why not, and `faulty` names the property. */
export const postingLines = (journal: Sql, today: Sql): Sql => sql`
  select l.*,
    case when fault is null and invoice_id is not null then open_before end as remaining_before,
    case when fault is null and invoice_id is not null then open_before + amount end as remaining_after,
    case when fault is null and invoice_id is not null then
      (case when open_before + amount = 0 then 'Paid' else 'Open' end)::sales_invoice_status end as status_after
  from (select t.*, ${fault} as fault from (select s.*, ${faulty} as faulty from (${surrounded(journal, today)}) as s) as t) as l`;
