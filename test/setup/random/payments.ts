/** The payments' model for the oracle, with the rows of the caller's company. */
import type { TestService } from '../service';
import { compare, whole as units, type Enums, type Value } from './values';
import { columns, tableOf, type EType, type Nav, type Row, type World } from './world';

const enums: Enums = {
  contactType: { Company: 0, Person: 1 },
  customerBlocked: { None: 0, Ship: 1, Invoice: 2, All: 3 },
  salesInvoiceStatus: { Draft: 0, In_x0020_Review: 1, Open: 2, Paid: 3, Canceled: 4, Corrective: 5 },
};

const one = (name: string, target: string): Nav => ({ name, target, many: false });
const many = (name: string, target: string): Nav => ({ name, target, many: true });

const tables = {
  customer: columns(
    'id~guid number~string displayName=display_name~string type~enum:contactType phoneNumber=phone_number~string email~string website~string contactId=contact_id~string taxLiable=tax_liable~bool taxRegistrationNumber=tax_registration_number~string currencyCode=currency_code~string creditLimit=credit_limit~dec blocked~enum:customerBlocked lastModifiedDateTime=last_modified_date_time~moment address/street=address_street~string address/city=address_city~string address/state=address_state~string address/countryLetterCode=address_country_letter_code~string address/postalCode=address_postal_code~string',
  ),
  salesInvoice: columns(
    'id~guid number~string externalDocumentNumber=external_document_number~string invoiceDate=invoice_date~date postingDate=posting_date~date dueDate=due_date~date customerId=customer_id~guid billToCustomerId=bill_to_customer_id~guid currencyCode=currency_code~string totalAmountExcludingTax=total_amount_excluding_tax~dec totalTaxAmount=total_tax_amount~dec totalAmountIncludingTax=total_amount_including_tax~dec remainingAmount=remaining_amount~dec status~enum:salesInvoiceStatus lastModifiedDateTime=last_modified_date_time~moment',
  ),
  customerPaymentJournal: columns(
    'id~guid code~string displayName=display_name~string balancingAccountId=balancing_account_id~guid lastModifiedDateTime=last_modified_date_time~moment',
  ),
  customerPayment: columns(
    'id~guid journalId=journal_id~guid lineNumber=line_number~int customerId=customer_id~guid customerNumber=customer_number~string contactId=contact_id~string postingDate=posting_date~date documentNumber=document_number~string externalDocumentNumber=external_document_number~string amount~dec appliesToInvoiceId=applies_to_invoice_id~guid appliesToInvoiceNumber=applies_to_invoice_number~string description~string comment~string lastModifiedDateTime=last_modified_date_time~moment',
  ),
  dimensionLine: columns('parentId=payment_id~guid id=dimension_id~guid valueId=dimension_value_id~guid'),
  dimension: columns(
    'id~guid code~string displayName=display_name~string lastModifiedDateTime=last_modified_date_time~moment',
  ),
  dimensionValue: columns(
    'id~guid dimensionId=dimension_id~guid code~string displayName=display_name~string blocked~bool lastModifiedDateTime=last_modified_date_time~moment',
  ),
  account: columns(
    'id~guid number~string displayName=display_name~string category~string blocked~bool directPosting=direct_posting~bool lastModifiedDateTime=last_modified_date_time~moment',
  ),
};

type TypeName = keyof typeof tables;

const type = (
  name: TypeName,
  order: string,
  navs: readonly Nav[] = [],
  more = '',
  key: readonly string[] = ['id'],
): EType => ({
  name,
  props: [...tables[name], ...(more === '' ? [] : columns(more))].map(({ name: path, ty }) => ({ name: path, ty })),
  navs,
  colls: [],
  key,
  order: [order],
});

const types: World['types'] = {
  customer: type('customer', 'number', [many('salesInvoices', 'salesInvoice')], 'balance~dec'),
  salesInvoice: type(
    'salesInvoice',
    'number',
    [one('customer', 'customer'), one('billToCustomer', 'customer')],
    'customerNumber~string customerName~string',
  ),
  customerPaymentJournal: type(
    'customerPaymentJournal',
    'code',
    [many('customerPayments', 'customerPayment'), one('account', 'account')],
    'balancingAccountNumber~string',
  ),
  customerPayment: type(
    'customerPayment',
    'lineNumber',
    [
      one('customerPaymentJournal', 'customerPaymentJournal'),
      one('customer', 'customer'),
      one('appliesToInvoice', 'salesInvoice'),
      many('dimensionLines', 'dimensionLine'),
    ],
    'journalDisplayName~string',
  ),
  dimensionLine: type(
    'dimensionLine',
    'id',
    [one('customerPayment', 'customerPayment'), one('dimension', 'dimension'), one('dimensionValue', 'dimensionValue')],
    'code~string displayName~string valueCode~string valueDisplayName~string',
    ['parentId', 'id'],
  ),
  dimension: type('dimension', 'code', [many('dimensionValues', 'dimensionValue')]),
  dimensionValue: type('dimensionValue', 'code', [one('dimension', 'dimension')]),
  account: type('account', 'number'),
};

type Made = Row & Record<string, unknown>;

/** In the order of the type, and of the keys. */
export const inOrder = <T extends Row>(rows: readonly T[], { order, key }: EType): T[] =>
  [...rows].sort((a, b) => {
    for (const name of [...order, ...key]) {
      const down = name.startsWith('-');
      const path = down ? name.slice(1) : name;
      const found = compare(a[path] as Value, b[path] as Value);
      if (found !== 0) return down ? -found : found;
    }
    return 0;
  });

export async function paymentsWorld(service: TestService): Promise<World> {
  const [company] = await service.sql('SELECT id::text AS id FROM companies ORDER BY name COLLATE "C" LIMIT 1');
  const load = async (table: string, name: TypeName): Promise<Made[]> => {
    const rows = (await tableOf(service, table, tables[name], enums, () => name)) as Made[];
    const here = rows.filter((row) => (row['$row'] as Record<string, unknown>)['company_id'] === company?.['id']);
    const found = types[name];
    return found ? inOrder(here, found) : here;
  };
  const customers = await load('customers', 'customer');
  const invoices = await load('sales_invoices', 'salesInvoice');
  const journals = await load('customer_payment_journals', 'customerPaymentJournal');
  const payments = await load('customer_payments', 'customerPayment');
  const lines = await load('dimension_lines', 'dimensionLine');
  const dimensions = await load('dimensions', 'dimension');
  const values = await load('dimension_values', 'dimensionValue');
  const accounts = await load('accounts', 'account');
  const of = (rows: readonly Made[], id: unknown): Made | null => rows.find((row) => row['id'] === id) ?? null;
  const all = (rows: readonly Made[], name: string, id: unknown): Made[] => rows.filter((row) => row[name] === id);
  for (const row of customers) {
    const own = all(invoices, 'customerId', row['id']);
    const open = own.filter(({ status }) => status === 2);
    Object.assign(row, {
      salesInvoices: own,
      balance: open.reduce((sum, { remainingAmount }) => sum + (remainingAmount as bigint), units(0)),
    });
  }
  for (const row of invoices) {
    const customer = of(customers, row['customerId']);
    Object.assign(row, {
      customer,
      billToCustomer: of(customers, row['billToCustomerId']),
      customerNumber: customer?.['number'] ?? null,
      customerName: customer?.['displayName'] ?? null,
    });
  }
  for (const row of values) Object.assign(row, { dimension: of(dimensions, row['dimensionId']) });
  for (const row of dimensions) Object.assign(row, { dimensionValues: all(values, 'dimensionId', row['id']) });
  for (const row of payments) {
    const [customer, invoice] = [of(customers, row['customerId']), of(invoices, row['appliesToInvoiceId'])];
    const journal = of(journals, row['journalId']);
    Object.assign(row, {
      customerPaymentJournal: journal,
      customer,
      appliesToInvoice: invoice,
      dimensionLines: all(lines, 'parentId', row['id']),
      journalDisplayName: journal?.['code'] ?? null,
    });
  }
  for (const row of lines) {
    const [dimension, value] = [of(dimensions, row['id']), of(values, row['valueId'])];
    Object.assign(row, {
      customerPayment: of(payments, row['parentId']),
      dimension,
      dimensionValue: value,
      code: dimension?.['code'],
      displayName: dimension?.['displayName'],
      valueCode: value?.['code'],
      valueDisplayName: value?.['displayName'],
    });
  }
  for (const row of journals) {
    const account = of(accounts, row['balancingAccountId']);
    Object.assign(row, {
      account,
      customerPayments: all(payments, 'journalId', row['id']),
      balancingAccountNumber: account?.['number'] ?? null,
    });
  }
  const largest = [...journals].sort(
    (a, b) => (b['customerPayments'] as Made[]).length - (a['customerPayments'] as Made[]).length,
  )[0];
  const journal = String(largest?.['id']);
  return {
    namespace: 'Microsoft.NAV',
    enums,
    types,
    roots: [
      { path: 'customers', type: 'customer', rows: customers },
      { path: 'salesInvoices', type: 'salesInvoice', rows: invoices },
      { path: 'customerPaymentJournals', type: 'customerPaymentJournal', rows: journals },
      {
        path: `customerPaymentJournals(${journal})/customerPayments`,
        type: 'customerPayment',
        rows: all(payments, 'journalId', journal),
      },
      { path: 'dimensionValues', type: 'dimensionValue', rows: values },
    ],
  };
}
