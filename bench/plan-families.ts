/** One request for each family of statements: what clients ask, where PostgreSQL could go wrong. */
import type { Sample } from './database';

/** A request, and where in its collection it goes on. */
export interface Family {
  readonly name: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly after?: readonly (string | null)[];
}

const LAST_ID = '80000000-0000-0000-0000-000000000000';

/** The families, on a sample. */
export function familiesOn({
  journals: [journal = ''],
  large,
  small,
  payments: [payment],
  values: [value],
}: Sample): readonly Family[] {
  const lines = `customerPaymentJournals(${journal})/customerPayments`;
  const all = `customerPaymentJournals(${large})/customerPayments`;
  const one = `customerPaymentJournals(${small})/customerPayments`;
  const details = 'customerPaymentDetails';
  const lambda = `dimensionLines/any(d:d/code eq '${value?.dimension ?? ''}' and d/valueCode eq '${value?.value ?? ''}')`;
  /** Filters on the members of one parent: of a journal that is large or small the plan must be no bad one. */
  const contained: readonly (readonly [what: string, filter: string])[] = [
    ['not any', 'not dimensionLines/any()'],
    ['lambda', lambda],
    ['lambda on nothing', `dimensionLines/any(d:d/valueCode eq 'ZZQX')`],
    ['contains', "contains(description,'Nord')"],
    ['contains nothing', "contains(tolower(description),'zzqx')"],
    ['in', "customerNumber in ('C00042','C00043','C00044')"],
    ['dates', 'postingDate ge 2026-01-01 and postingDate lt 2026-02-01'],
    ['no date', 'postingDate lt 1990-01-01'],
    ['year', 'year(postingDate) eq 2025'],
    ['null', 'appliesToInvoiceId eq null'],
    ['amount of nobody', 'amount gt 900000000'],
    ['startswith', "startswith(customerNumber,'C000')"],
    ['startswith nothing', "startswith(customerNumber,'ZZ')"],
    ['one customer', "customerNumber eq 'C00042'"],
    ['no customer', "customerNumber eq 'ZZ'"],
    ['related', "customer/address/countryLetterCode eq 'DK'"],
    ['or', "amount gt -1000 or startswith(customerNumber,'C000')"],
  ];
  const id = payment?.id ?? '';
  const own = `customerPaymentJournals(${payment?.journal ?? ''})/customerPayments(${id})`;
  return [
    { name: 'q1 key', target: own },
    { name: 'key, expand two', target: `${own}?$expand=dimensionLines,customer` },
    { name: 'alternate key of customer', target: "customers(number='C00042')" },
    {
      name: 'q2 page of 100, select',
      target: `${lines}?$top=100&$select=id,lineNumber,customerNumber,amount,postingDate`,
    },
    { name: 'page of 1000 of 30,000', target: all },
    { name: 'page of 1000, after line', target: all, after: ['150000000'] },
    { name: 'page of 20000', target: all, headers: { prefer: 'odata.maxpagesize=20000' } },
    { name: 'skip 20000', target: `${all}?$skip=20000&$top=100` },
    {
      name: 'q3 filter, orderby date desc, top 20',
      target: `${lines}?$filter=amount gt -1000 and startswith(customerNumber,'C000')&$orderby=postingDate desc&$top=20`,
    },
    {
      name: 'q3 in the large journal',
      target: `${all}?$filter=amount gt -1000 and startswith(customerNumber,'C000')&$orderby=postingDate desc&$top=20`,
    },
    { name: 'orderby date, page', target: `${all}?$orderby=postingDate` },
    { name: 'orderby date, after', target: `${all}?$orderby=postingDate`, after: ['2025-01-15', LAST_ID] },
    { name: 'orderby date desc, after', target: `${all}?$orderby=postingDate desc`, after: ['2025-01-15', LAST_ID] },
    { name: 'orderby date, after null', target: `${all}?$orderby=postingDate`, after: [null, LAST_ID] },
    {
      name: 'orderby number and date, after',
      target: `${all}?$orderby=customerNumber,postingDate desc`,
      after: ['C20000', '2025-01-15', LAST_ID],
    },
    { name: 'orderby amount, top 20', target: `${all}?$orderby=amount&$top=20` },
    { name: 'orderby customer/displayName, top 20', target: `${all}?$orderby=customer/displayName&$top=20` },
    {
      name: 'q4 expand two, top 50',
      target: `${lines}?$top=50&$expand=dimensionLines,customer($select=number,displayName)`,
    },
    { name: 'expand two, page of 1000', target: `${all}?$expand=dimensionLines,customer($select=number,displayName)` },
    { name: 'q5 lambda, top 20', target: `${lines}?$filter=${lambda}&$top=20` },
    { name: 'lambda, page of the large journal', target: `${all}?$filter=${lambda}` },
    { name: 'lambda count of the large journal', target: `${all}/$count?$filter=${lambda}` },
    { name: 'lambda with count=true, top 20', target: `${all}?$filter=${lambda}&$count=true&$top=20` },
    { name: 'not any', target: `${all}?$filter=not dimensionLines/any()&$top=20` },
    { name: 'all', target: `${all}?$filter=dimensionLines/all(d:d/code ne 'REGION')&$top=20` },
    { name: 'q6 count=true, filter, top 20', target: `${lines}?$count=true&$filter=amount gt -1000&$top=20` },
    {
      name: 'q7 groupby customer, sum',
      target: `${lines}?$apply=groupby((customerId),aggregate(amount with sum as total))`,
    },
    {
      name: 'groupby customer of the large journal',
      target: `${all}?$apply=groupby((customerId),aggregate(amount with sum as total))`,
    },
    {
      name: 'groupby customer of the large journal, after',
      target: `${all}?$apply=groupby((customerId),aggregate(amount with sum as total))`,
      after: [LAST_ID],
    },
    {
      name: 'groupby customer of the large journal, the largest',
      target: `${all}?$apply=groupby((customer/number),aggregate(amount with sum as total))/topcount(10,total)`,
    },
    {
      name: 'filter and aggregate of the large journal',
      target: `${all}?$apply=filter(amount gt -1000)/aggregate(amount with sum as total,$count as n)`,
    },
    {
      name: 'concat of total and groups of the large journal',
      target: `${all}?$apply=concat(aggregate(amount),groupby((customerNumber),aggregate(amount))/concat(aggregate($count as n),top(100)))`,
    },
    { name: 'topcount of the large journal', target: `${all}?$apply=topcount(20,amount)` },
    {
      name: 'customers, aggregate through invoices',
      target: 'customers?$apply=groupby((currencyCode),aggregate(salesInvoices/remainingAmount with sum as open))',
    },
    {
      name: 'customers by aggregate of invoices, top 20',
      target: 'customers?$filter=salesInvoices/aggregate(remainingAmount with sum) gt 1000000&$top=20',
    },
    {
      name: 'crossjoin tied by key, top 20',
      target: '$crossjoin(customers,salesInvoices)?$filter=customers/id eq salesInvoices/customerId&$top=20',
    },
    { name: 'compute, orderby of the large journal', target: `${all}?$compute=amount mul 2 as x&$orderby=x&$top=20` },
    { name: 'count=true of the large journal', target: `${all}?$count=true&$top=20` },
    { name: 'filter by customer/displayName', target: `${all}?$filter=contains(customer/displayName,'Nord')&$top=20` },
    { name: 'contains description', target: `${all}?$filter=contains(description,'Nord')&$top=20` },
    {
      name: 'contains tolower description, no hit',
      target: `${all}?$filter=contains(tolower(description),'zzqx')&$top=20`,
    },
    { name: 'in list', target: `${all}?$filter=customerNumber in ('C00042','C00043','C00044')` },
    ...contained.flatMap(([what, $filter]) => [
      { name: `large, ${what}`, target: `${all}?$filter=${$filter}&$top=20` },
      { name: `large, ${what}, by date`, target: `${all}?$filter=${$filter}&$orderby=postingDate desc&$top=20` },
      { name: `large, ${what}, by amount`, target: `${all}?$filter=${$filter}&$orderby=amount&$top=20` },
      { name: `small, ${what}`, target: `${one}?$filter=${$filter}&$top=20` },
    ]),
    { name: 'customers page', target: 'customers?$top=100' },
    { name: 'customers after number', target: 'customers', after: ['C22500'] },
    { name: 'customers startswith name', target: `customers?$filter=startswith(displayName,'Nordlys')&$top=20` },
    { name: 'customers startswith name, rare', target: `customers?$filter=startswith(displayName,'Zzq')&$top=20` },
    {
      name: 'customers startswith tolower name',
      target: `customers?$filter=startswith(tolower(displayName),'nordlys')&$top=20`,
    },
    {
      name: 'customers startswith tolower name, rare',
      target: `customers?$filter=startswith(tolower(displayName),'zzq')&$top=20`,
    },
    { name: 'customers contains name', target: `customers?$filter=contains(displayName,'Papir')&$top=20` },
    { name: 'customers contains name, rare', target: `customers?$filter=contains(displayName,'zzqx')&$top=20` },
    {
      name: 'customers contains tolower name, rare',
      target: `customers?$filter=contains(tolower(displayName),'zzqx')&$top=20`,
    },
    { name: 'customers eq tolower email', target: `customers?$filter=tolower(email) eq 'nobody@example.com'` },
    { name: 'customers orderby name, after', target: 'customers?$orderby=displayName', after: ['Nordlys', LAST_ID] },
    { name: 'customers orderby balance, top 20', target: 'customers?$orderby=balance desc&$top=20' },
    { name: 'customers balance gt', target: 'customers?$filter=balance gt 1000000&$top=20' },
    {
      name: 'customers with open invoices',
      target: `customers?$filter=salesInvoices/any(i:i/status eq 'Open' and i/remainingAmount gt 900000)&$top=20`,
    },
    { name: 'customers by number of invoices', target: `customers?$filter=salesInvoices/$count gt 50&$top=20` },
    { name: 'customers expand invoices, top 20', target: 'customers?$top=20&$expand=salesInvoices($top=5)' },
    { name: 'customers count', target: 'customers/$count' },
    { name: 'invoices of a customer', target: "customers(number='C00042')/salesInvoices?$top=20" },
    {
      name: 'invoices open by due date',
      target: `salesInvoices?$filter=status eq 'Open' and dueDate lt 2026-01-01&$orderby=dueDate&$top=20`,
    },
    {
      name: 'invoices by date range',
      target: 'salesInvoices?$filter=invoiceDate ge 2026-01-01 and invoiceDate lt 2026-02-01&$top=100',
    },
    { name: 'invoices count', target: 'salesInvoices/$count' },
    { name: 'invoices count=true, top 20', target: 'salesInvoices?$count=true&$top=20' },
    { name: 'invoices by customer name', target: `salesInvoices?$filter=customerName eq 'Nordlys Textil A/S'&$top=20` },
    { name: 'details page', target: details },
    { name: 'details top 20', target: `${details}?$top=20` },
    { name: 'details, after id', target: details, after: [LAST_ID] },
    {
      name: 'details by date range',
      target: `${details}?$filter=postingDate ge 2025-03-01 and postingDate lt 2025-04-01`,
    },
    {
      name: 'details by date range, after',
      target: `${details}?$filter=postingDate ge 2025-03-01 and postingDate lt 2025-04-01`,
      after: [LAST_ID],
    },
    {
      name: 'details by date range, by date',
      target: `${details}?$filter=postingDate ge 2025-03-01 and postingDate lt 2025-04-01&$orderby=postingDate`,
    },
    {
      name: 'details by date, after, 500,000 deep',
      target: `${details}?$orderby=postingDate`,
      after: ['2025-01-15', LAST_ID],
    },
    {
      name: 'details by date desc, after',
      target: `${details}?$orderby=postingDate desc`,
      after: ['2025-01-15', LAST_ID],
    },
    { name: 'details by number, after', target: `${details}?$orderby=customerNumber`, after: ['C22000', LAST_ID] },
    { name: 'details by one customer', target: `${details}?$filter=customerNumber eq 'C00042'` },
    { name: 'details by journal code', target: `${details}?$filter=journalCode eq 'GENERAL'&$top=100` },
    { name: 'details by country', target: `${details}?$filter=customerCountry eq 'DK'&$top=100` },
    { name: 'details by country, rare', target: `${details}?$filter=customerCountry eq 'ZZ'&$top=100` },
    { name: 'details count', target: `${details}/$count` },
    {
      name: 'details count by date',
      target: `${details}/$count?$filter=postingDate ge 2025-03-01 and postingDate lt 2025-04-01`,
    },
    { name: 'entries page', target: 'customerLedgerEntries?$top=100' },
    { name: 'dimension values after', target: 'dimensionValues?$top=100', after: ['P0500', LAST_ID] },
  ];
}
