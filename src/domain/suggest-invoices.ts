/** Which open invoices a payment may be meant for, the likeliest first. */
import { CustomerPayment } from '../../entities';
import { complexType, named, sql, statement, type ActionDeclaration, type Sql } from '../odata';
import { money, text } from './fields';

const suggestedInvoice = complexType('suggestedInvoice', 'An open invoice that a payment may be meant for.', {
  rank: { type: 'Edm.Int32', description: 'The place of the invoice among those suggested; 1 is the likeliest.' },
  matchedBy: {
    ...text(50, true),
    description:
      'The property of the payment that names the invoice, or amount when exactly that much is open; null when the invoice is only open.',
  },
  invoiceId: { type: 'Edm.Guid', description: 'The id of the invoice.' },
  invoiceNumber: { ...text(20), description: 'The number of the invoice.' },
  invoiceDate: { type: 'Edm.Date', description: 'The date of the invoice.' },
  dueDate: { type: 'Edm.Date', nullable: true, description: 'The date that the invoice is due.' },
  customerNumber: { ...text(20), description: 'The number of the customer who bought.' },
  customerName: { ...text(100), description: 'The name of the customer who bought.' },
  remainingAmount: { ...money, description: 'What of the invoice is open.' },
  unappliedAmount: { ...money, description: 'What of that no other payment applies to that waits to be posted.' },
});

/** Everything in a text that could be a number: what begins and ends with a letter or digit and has neither beside it, as it stands and in capital letters. */
const numbersIn = (written: Sql): Sql => sql`array(
  select substr(spelled, first, size)
  from unnest(array[${written}, upper(${written})]) as spelled,
    generate_series(1, length(spelled)) as first,
    generate_series(1, least(20, length(spelled) - first + 1)) as size
  where substr(spelled, first, 1) ~ '[[:alnum:]]' and substr(spelled, first + size - 1, 1) ~ '[[:alnum:]]'
    and (first = 1 or substr(spelled, first - 1, 1) !~ '[[:alnum:]]') and substr(spelled, first + size, 1) !~ '[[:alnum:]]')`;

const payment = named('payment', 'uuid');
const customer = named('customer', 'uuid');
const amount = named('amount', 'numeric');

/**
 * A receipt may be meant for what its customer bought or is billed for; without a customer only the number of an invoice tells. Among equals,
 * what other payments apply to in full comes last.
 */
const findInvoices = statement(
  sql`
  select row_number() over (order by matched_by is null, matched_by = 'amount', unapplied = 0, invoice_date, number) as rank,
    matched_by, id, number, invoice_date, due_date, customer_number, customer_name, remaining_amount, unapplied
  from (
    select open.*,
      case when open.number = any(described) then 'description' when open.number = any(external) then 'externalDocumentNumber'
        when ${amount} < 0 and -${amount} in (remaining_amount, unapplied) then 'amount' end as matched_by
    from (
      select ${numbersIn(named('description', 'text'))} as described, ${numbersIn(named('external', 'text'))} as external
    ) as named
    cross join lateral (
      select i.id, i.number, i.invoice_date, i.due_date, i.remaining_amount, c.number as customer_number, c.display_name as customer_name,
        greatest(i.remaining_amount + coalesce(
          (select sum(p.amount) from customer_payments p where p.applies_to_invoice_id = i.id and p.id <> ${payment}), 0), 0) as unapplied
      from sales_invoices i join customers c on c.id = i.customer_id
      where i.company_id = ${named('company', 'uuid')} and i.status = 'Open' and ${amount} <= 0
        and (i.customer_id = ${customer} or i.bill_to_customer_id = ${customer}
          or ${customer} is null and i.number = any(described || external))
      offset 0
    ) as open
  ) as fitting
  order by rank`,
  'rank',
  'matchedBy',
  'invoiceId',
  'invoiceNumber',
  'invoiceDate',
  'dueDate',
  'customerNumber',
  'customerName',
  'remainingAmount',
  'unappliedAmount',
);

/** The open invoices that the payment fits, ranked. Nothing is written, so that nothing is locked. */
export const suggestInvoices: ActionDeclaration<CustomerPayment> & { readonly binding: typeof CustomerPayment } = {
  binding: CustomerPayment,
  returns: [suggestedInvoice],
  lock: 'none',
  description:
    'The open invoices that the payment may be meant for: first those whose number stands in its description or external document number, then those of exactly its amount, then the oldest. Nothing is changed.',

  run({ bound, partition, run }) {
    const { id, customerId, amount: paid, description, externalDocumentNumber: external } = bound;
    return run(findInvoices, {
      payment: id,
      customer: customerId,
      amount: paid,
      description,
      external,
      company: partition,
    });
  },
};
