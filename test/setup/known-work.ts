/** Writes whose outcome is known beforehand, to be tried under faults. All of them are repeatable. */
import { multipartBody, type Part } from './batches';
import type { Books } from './posting';
import { repeatable } from './repeatable';

/** A request, and the rows that go and come with it, by table. */
export interface KnownWork {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly changes: Readonly<Record<string, string>>;
}

/** A code of a dimension and of a value of it. */
const dimensionLine = (books: Books): Promise<Readonly<Record<string, string | null>>> =>
  books.row(
    `SELECT d.code AS code, v.code AS "valueCode" FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
      WHERE d.company_id = $1 AND NOT v.blocked ORDER BY v.id LIMIT 1`,
    books.company,
  );

/** A payment with a dimension line. */
export async function creating(books: Books): Promise<KnownWork> {
  const journal = await books.journal();
  return {
    method: 'POST',
    path: `customerPaymentJournals(${journal})/customerPayments`,
    headers: { 'Content-Type': 'application/json', ...repeatable() },
    body: JSON.stringify({ amount: -3, comment: 'æøå', dimensionLines: [await dimensionLine(books)] }),
    changes: {
      customer_payments: '-0 +1',
      dimension_lines: '-0 +1',
      odata_changes: '-0 +2',
      odata_repeatable_requests: '-0 +1',
    },
  };
}

/** A create with a dimension line, a change, a deletion and the posting of another journal. */
async function group(books: Books): Promise<readonly Part[]> {
  const [journal, posted, customer] = [await books.journal(), await books.journal(), await books.customer()];
  const invoice = await books.invoice(customer, '60');
  const change = await books.payment(journal, 10000, { customer, amount: '-1' });
  const remove = await books.payment(journal, 20000, { customer, amount: '-2' });
  await books.payment(posted, 10000, { customer, invoice, amount: '-60' });
  const line = await dimensionLine(books);
  const payments = `customerPaymentJournals(${journal})/customerPayments`;
  await books.created(`${payments}(${remove})/dimensionLines`, line);
  const { json } = await books.service.get(`${payments}(${change})`);
  const etag = { 'If-Match': String(json['@odata.etag']) };
  const parts: readonly Part[] = [
    { id: '1', method: 'POST', url: payments, body: { amount: -3, dimensionLines: [line] } },
    { id: '2', method: 'PATCH', url: `${payments}(${change})`, body: { comment: 'changed' }, headers: etag },
    { id: '3', method: 'DELETE', url: `${payments}(${remove})`, headers: { 'If-Match': '*' } },
    { id: '4', method: 'POST', url: `customerPaymentJournals(${posted})/Microsoft.NAV.post` },
  ];
  const headers = repeatable();
  return parts.map((part) => ({ ...part, headers: { ...part.headers, ...headers }, atomicityGroup: 'g' }));
}

/** A multipart batch with a change set of all kinds of writes. */
export async function changeSet(books: Books): Promise<KnownWork> {
  return {
    method: 'POST',
    path: '$batch',
    headers: { 'Content-Type': 'multipart/mixed; boundary=batch_test' },
    body: multipartBody(await group(books)),
    changes: {
      customer_payments: '-3 +2',
      dimension_lines: '-1 +1',
      customer_payment_journals: '-1 +1',
      customer_ledger_entries: '-0 +1',
      sales_invoices: '-1 +1',
      number_series: '-1 +1',
      odata_changes: '-0 +9',
      odata_repeatable_requests: '-0 +4',
    },
  };
}

/** A JSON batch with the same group but for the posting; what is created is changed by its reference. */
export async function jsonGroup(books: Books): Promise<KnownWork> {
  const [create, change, remove] = await group(books);
  const headers = { ...change?.headers, 'If-Match': '*' };
  return {
    method: 'POST',
    path: '$batch',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ requests: [create, { ...change, url: '$1', headers }, remove] }),
    changes: {
      customer_payments: '-1 +1',
      dimension_lines: '-1 +1',
      odata_changes: '-0 +5',
      odata_repeatable_requests: '-0 +3',
    },
  };
}

/** The posting of three payments, two of them with an invoice. */
export async function posting(books: Books): Promise<KnownWork> {
  const [journal, customer] = [await books.journal(), await books.customer()];
  const [most, little] = [await books.invoice(customer, '60'), await books.invoice(customer, '0.00001')];
  await books.payment(journal, 10000, { customer, amount: '-59.99', invoice: most });
  await books.payment(journal, 20000, { customer, amount: '-0.00001', invoice: little });
  await books.payment(journal, 30000, { customer, amount: '5' });
  return {
    method: 'POST',
    path: `customerPaymentJournals(${journal})/Microsoft.NAV.post`,
    headers: repeatable(),
    changes: {
      customer_payments: '-3 +0',
      customer_payment_journals: '-1 +1',
      customer_ledger_entries: '-0 +3',
      sales_invoices: '-2 +2',
      number_series: '-1 +1',
      odata_changes: '-0 +9',
      odata_repeatable_requests: '-0 +1',
    },
  };
}

/** The posting of an invoice. */
export async function postingInvoice(books: Books): Promise<KnownWork> {
  const invoice = await books.draft(await books.customer(), '60.00001');
  return {
    method: 'POST',
    path: `salesInvoices(${invoice.id})/Microsoft.NAV.post`,
    headers: repeatable(),
    changes: {
      customer_ledger_entries: '-0 +1',
      sales_invoices: '-1 +1',
      number_series: '-1 +1',
      odata_changes: '-0 +2',
      odata_repeatable_requests: '-0 +1',
    },
  };
}

/** The cancellation of one that was posted here: its entry is closed, another one takes it back. */
export async function cancelingInvoice(books: Books): Promise<KnownWork> {
  const { id } = await books.draft(await books.customer(), '60.00001');
  await books.send('POST', `salesInvoices(${id})/Microsoft.NAV.post`);
  return {
    method: 'POST',
    path: `salesInvoices(${id})/Microsoft.NAV.cancel`,
    headers: repeatable(),
    changes: {
      customer_ledger_entries: '-1 +2',
      sales_invoices: '-1 +1',
      number_series: '-1 +1',
      odata_changes: '-0 +3',
      odata_repeatable_requests: '-0 +1',
    },
  };
}

/** What a client has of an answer. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Whether it was done, as were all parts of it. */
export const isDone = ({ status, text }: Answered): boolean =>
  status < 300 &&
  [...text.matchAll(/"status":(\d{3})|^HTTP\/1\.1 (\d{3})/gm)].every(([, a, b]) => Number(a ?? b) < 300);

/** The answer but for the boundaries that keep the parts of a batch apart. */
const plain = ({ status, text }: Answered): string =>
  `${status} ${text.replace(/(batch|changeset)_[\da-f-]{36}/g, '$1')}`;

/** Whether it was done and is answered as it was before, if it was. */
export const isSameAnswer = (before: Answered | undefined, again: Answered): boolean =>
  isDone(again) && (before === undefined || plain(before) === plain(again));
