/** What customers owe, by how long it has been due. */
import { Company } from '../../entities';
import { complexType, sql, type FunctionDeclaration, type RowSource, type Sql } from '../odata';
import { money, text } from './fields';

const owed = { ...money, measure: { isoCurrencyOf: 'currencyCode' } } as const;

const agedReceivable = complexType('agedReceivable', 'What a customer owes, by how long it has been due.', {
  customerId: { type: 'Edm.Guid', description: 'The id of the customer.' },
  customerNumber: { ...text(20), description: 'The number of the customer.' },
  customerName: { ...text(100, true), description: 'The name of the customer.' },
  currencyCode: { ...text(10, true), description: 'The currency of the customer; null is that of the company.' },
  balanceDue: { ...owed, description: 'All of it: the remaining amounts of the open invoices.' },
  currentAmount: { ...owed, description: 'What is not due yet, or has no due date.' },
  period1Amount: { ...owed, description: 'What is overdue by 1 to 30 days.' },
  period2Amount: { ...owed, description: 'What is overdue by 31 to 60 days.' },
  period3Amount: { ...owed, description: 'What is overdue by more than 60 days.' },
  agedAsOfDate: { type: 'Edm.Date', description: 'The date that the days are counted to.' },
});

/** Days overdue are counted to `asOf`; customers whose open invoices cancel out are left out. */
const rows = (company: Sql, asOf: Sql): Sql => sql`
  select c.id as "customerId", c.number as "customerNumber", c.display_name as "customerName", c.currency_code as "currencyCode",
    a.balance as "balanceDue", a.current as "currentAmount", a.period1 as "period1Amount", a.period2 as "period2Amount",
    a.period3 as "period3Amount", ${asOf} as "agedAsOfDate"
  from (
    select customer_id, sum(remaining_amount) as balance,
      coalesce(sum(remaining_amount) filter (where due_date is null or due_date >= ${asOf}), 0) as current,
      coalesce(sum(remaining_amount) filter (where ${asOf} - due_date between 1 and 30), 0) as period1,
      coalesce(sum(remaining_amount) filter (where ${asOf} - due_date between 31 and 60), 0) as period2,
      coalesce(sum(remaining_amount) filter (where ${asOf} - due_date > 60), 0) as period3
    from sales_invoices
    where company_id = ${company} and status = 'Open'
    group by customer_id
    having sum(remaining_amount) <> 0
  ) as a
  join customers c on c.id = a.customer_id`;

const declare = (company: (source: RowSource) => Sql): FunctionDeclaration => ({
  parameters: { asOf: { type: 'Edm.Date', description: 'The date that days overdue are counted to.' } },
  returns: [agedReceivable],
  description: 'What customers owe as of a date, by how long it has been due; only customers who owe something.',
  definition: {
    rows: (source) => rows(company(source), source.parameters['asOf'] ?? sql`null::date`),
    key: ['customerId'],
    order: ['customerNumber'],
  },
});

/** Of the caller's company. */
export const agedReceivables = declare(({ partition }) => partition);

/** Of a company that the path names. */
export const agedReceivablesOfCompany: FunctionDeclaration = {
  ...declare(({ bound }) => bound('id')),
  binding: Company,
};
