/** What becomes of customers and invoices: domain.md §4.8 and docs/posting.md in JavaScript. */
import type { Json } from '../../service';
import {
  byId,
  given,
  isPosted,
  oneOf,
  refuse,
  today,
  type Books,
  type Customer,
  type Invoice,
  type Payment,
  type Value,
} from './books';

const customerTexts = ['contactId', 'currencyCode'] as const;

function checkCustomer(customer: Pick<Customer, 'displayName' | 'number'>): void {
  if (customer.displayName.trim() === '' || customer.number === '') refuse();
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** §4.8 */
export function addCustomer({ customers }: Books, body: Json): void {
  const made = {
    ...{ id: '', number: String(body['number']), displayName: text(body['displayName']) },
    ...{ blocked: text(body['blocked'] ?? 'None'), contactId: null, currencyCode: null },
  };
  customers.push({
    ...made,
    ...Object.fromEntries(customerTexts.map((name) => [name, given(body[name]) ?? null])),
  });
  checkCustomer(made);
}

export function changeCustomer({ payments, invoices, entries }: Books, customer: Customer, body: Json): void {
  const { id, currencyCode } = customer;
  if ('number' in body) customer.number = String(body['number']);
  if ('displayName' in body) customer.displayName = String(body['displayName']);
  if ('blocked' in body) customer.blocked = String(body['blocked']);
  for (const name of customerTexts) if (name in body) customer[name] = given(body[name]) ?? null;
  checkCustomer(customer);
  for (const payment of payments) if (payment.customerId === id) payment.customerNumber = customer.number;
  const isOpen =
    invoices.some((invoice) => invoice.customerId === id && invoice.status === 'Open') ||
    entries.some((entry) => entry.customerId === id && entry.remaining !== 0);
  if (isOpen && customer.currencyCode !== currencyCode) refuse();
}

export const wholeCustomer = (body: Json): Json => ({ contactId: null, currencyCode: null, blocked: 'None', ...body });

/** §4.8, contract §4.2 */
export function removeCustomer({ customers, payments, invoices, entries }: Books, customer: Customer): void {
  const { id } = customer;
  const isNeeded =
    invoices.some((invoice) => [invoice.customerId, invoice.billToCustomerId].includes(id)) ||
    [...payments, ...entries].some(({ customerId }) => customerId === id);
  if (isNeeded) refuse(409);
  customers.splice(customers.indexOf(customer), 1);
}

// ---- invoices

export function addInvoice({ customers, invoices }: Books, body: Json): void {
  const customer = invoiced(customers, body) ?? refuse();
  const currency = 'currencyCode' in body ? (given(body['currencyCode']) ?? null) : customer.currencyCode;
  invoices.push({
    ...{ id: '', number: String(body['number']), status: 'Draft', customerId: customer.id },
    ...{ billToCustomerId: billTo(customers, body) ?? null, currencyCode: currency },
    ...{ invoiceDate: given(body['invoiceDate']) ?? today(), postingDate: null },
    ...{ total: Number(body['totalAmountIncludingTax'] ?? 0), remaining: 0, parts: 0 },
  });
}

function invoiced(customers: readonly Customer[], { customerId, customerNumber }: Json): Customer | undefined {
  const [id, number] = [given(customerId), given(customerNumber)];
  if (id === undefined && number === undefined) return undefined;
  return oneOf(
    customers,
    (each) => (id === undefined || each.id === id) && (number === undefined || each.number === number),
  );
}

/** Who pays instead; undefined where nothing is said. */
function billTo(customers: readonly Customer[], body: Json): Value | undefined {
  if (!('billToCustomerId' in body)) return undefined;
  const id = given(body['billToCustomerId']);
  return id === undefined ? null : oneOf(customers, (each) => each.id === id).id;
}

export function changeInvoice({ customers }: Books, invoice: Invoice, body: Json): void {
  if (invoice.status !== 'Draft') refuse();
  const customer = invoiced(customers, body);
  const isOther = customer !== undefined && customer.id !== invoice.customerId;
  const payer = billTo(customers, body);
  if (customer) invoice.customerId = customer.id;
  if (payer !== undefined) invoice.billToCustomerId = payer;
  if ('currencyCode' in body) invoice.currencyCode = given(body['currencyCode']) ?? null;
  else if (isOther) invoice.currencyCode = customer.currencyCode;
  if ('totalAmountIncludingTax' in body) invoice.total = Number(body['totalAmountIncludingTax']);
}

export function removeInvoice({ invoices, payments }: Books, invoice: Invoice): void {
  if (payments.some(({ appliesToInvoiceId }) => appliesToInvoiceId === invoice.id)) refuse(409);
  if (invoice.status !== 'Draft') refuse(400, 409);
  invoices.splice(invoices.indexOf(invoice), 1);
}

const isBlocked = ({ customers }: Books, { customerId, billToCustomerId }: Invoice): boolean =>
  customers.some(
    ({ id, blocked }) => [customerId, billToCustomerId].includes(id) && ['Invoice', 'All'].includes(blocked),
  );

export function postInvoice(books: Books, invoice: Invoice): void {
  const { number, customerId, total, parts, currencyCode } = invoice;
  if (isPosted(invoice) || total <= 0 || (parts !== 0 && parts !== total) || isBlocked(books, invoice)) refuse();
  if (currencyCode !== byId(books.customers, customerId).currencyCode) refuse();
  const postingDate = (invoice.postingDate ??= invoice.invoiceDate);
  Object.assign(invoice, { status: 'Open', remaining: total });
  const document = { documentType: 'Invoice', documentNumber: number };
  books.entries.push({ customerId, ...document, postingDate, amount: total, remaining: total });
}

export function cancelInvoice(books: Books, invoice: Invoice): void {
  const { id, number, status, customerId, total, remaining } = invoice;
  if (status !== 'Open' || remaining !== total || isBlocked(books, invoice)) refuse();
  const waits = (payment: Payment): boolean =>
    payment.appliesToInvoiceId === id ||
    (payment.appliesToInvoiceId === null && payment.appliesToInvoiceNumber === number);
  if (books.payments.some(waits)) refuse();
  Object.assign(invoice, { status: 'Canceled', remaining: 0 });
  for (const entry of books.entries)
    if (entry.documentType === 'Invoice' && entry.documentNumber === number) entry.remaining = 0;
  const since = invoice.postingDate ?? '';
  const postingDate = since > today() ? since : today();
  const document = { documentType: 'Credit Memo', documentNumber: number };
  books.entries.push({ customerId, ...document, postingDate, amount: -total, remaining: 0 });
}
