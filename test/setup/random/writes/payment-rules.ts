/** What becomes of payments, their dimension lines and their journals: domain.md §4 in JavaScript. */
import type { Json } from '../../service';
import {
  given,
  isPosted,
  oneOf,
  refuse,
  together,
  today,
  type Books,
  type Customer,
  type Dimension,
  type Invoice,
  type Journal,
  type Payment,
} from './books';

/** §4.2: whom a body names; null when it names nobody any more. */
function customerOf({ customers }: Books, body: Json, isNew: boolean): Customer | null | undefined {
  const [id, number] = [given(body['customerId']), given(body['customerNumber'])];
  if (id === undefined && number === undefined) {
    if (!isNew && ('customerId' in body || 'customerNumber' in body)) return null;
    const contact = given(body['contactId']);
    if (contact === undefined) return undefined;
    const [only, second] = customers.filter(({ contactId }) => contactId === contact);
    return only && !second ? only : refuse();
  }
  const named = id === undefined ? undefined : oneOf(customers, (each) => each.id === id);
  const numbered = number === undefined ? undefined : oneOf(customers, (each) => each.number === number);
  if (named && numbered && named !== numbered) refuse();
  return named ?? numbered;
}

/** §4.3 */
function takeInvoice({ invoices }: Books, payment: Payment, body: Json): Invoice | undefined {
  if (!('appliesToInvoiceId' in body) && !('appliesToInvoiceNumber' in body)) return undefined;
  const [id, number] = [given(body['appliesToInvoiceId']), given(body['appliesToInvoiceNumber'])];
  const posted = invoices.filter(isPosted);
  const found =
    id === undefined
      ? posted.find((each) => each.number === number)
      : oneOf(posted, (each) => each.id === id && (number === undefined || number === each.number));
  payment.appliesToInvoiceId = found?.id ?? null;
  payment.appliesToInvoiceNumber = found?.number ?? number ?? null;
  return found;
}

/** The pairs and the description. §4.1, §4.2, §4.3 */
function takePairs(books: Books, payment: Payment, body: Json, isNew: boolean): void {
  const chosen = customerOf(books, body, isNew);
  const invoice = takeInvoice(books, payment, body);
  const before = books.customers.find(({ id }) => id === payment.customerId);
  const payer =
    chosen === undefined && !before && invoice
      ? oneOf(books.customers, ({ id }) => id === (invoice.billToCustomerId ?? invoice.customerId))
      : undefined;
  const customer = chosen === undefined ? (payer ?? before ?? null) : chosen;
  if (customer && customer !== before && customer.blocked === 'All') refuse();
  payment.customerId = customer?.id ?? null;
  payment.customerNumber = customer?.number ?? null;
  if (!customer || customer === before || given(body['description']) !== undefined) return;
  const isFree = payment.description === null || (before && payment.description === before.displayName.slice(0, 50));
  if (isFree) payment.description = customer.displayName.slice(0, 50);
}

const plain = [
  'externalDocumentNumber',
  'comment',
  'description',
  'contactId',
  'postingDate',
  'documentNumber',
] as const;

function takePlain(payment: Payment, body: Json): void {
  for (const name of plain) if (name in body) payment[name] = given(body[name]) ?? null;
  if ('amount' in body) payment.amount = Number(body['amount']);
}

/** The last digits count up. */
const following = (number: string): string =>
  number.replace(/(\d+)(\D*)$/, (_, digits: string, rest: string) =>
    `${String(Number(digits) + 1).padStart(digits.length, '0')}${rest}`.slice(0, 20),
  );

/** §4.1 */
export function addPayment(books: Books, journal: Journal, body: Json): void {
  const others = books.payments.filter((each) => each.journal === journal).sort((a, b) => a.lineNumber - b.lineNumber);
  const last = others.at(-1);
  const wanted = Number(body['lineNumber'] ?? 0);
  const next = wanted === 0 ? undefined : others.find(({ lineNumber }) => lineNumber > wanted);
  const beside = next ?? last;
  const made: Payment = {
    id: '',
    journal,
    lineNumber: wanted === 0 ? (last?.lineNumber ?? 0) + 10_000 : wanted,
    ...{ customerId: null, customerNumber: null, contactId: null, postingDate: null, documentNumber: null },
    ...{ externalDocumentNumber: null, amount: 0, appliesToInvoiceId: null, appliesToInvoiceNumber: null },
    ...{ description: null, comment: null, lines: {} },
  };
  takePlain(made, body);
  takePairs(books, made, body, true);
  made.postingDate ??= beside?.postingDate ?? today();
  made.documentNumber ??= documentNumber(made, journal, others, next);
  for (const line of (body['dimensionLines'] ?? []) as Json[]) addLine(books, made, line);
  books.payments.push(made);
}

/** Lines of one document share its number. §4.1 */
function documentNumber(
  { externalDocumentNumber }: Payment,
  { first, balances }: Journal,
  others: readonly Payment[],
  next: Payment | undefined,
): string {
  const beside = next ?? others.at(-1);
  if (!beside || beside.documentNumber === null) return first;
  const current = beside.documentNumber;
  const end = others.toReversed();
  const other = end.findIndex((each) => each.documentNumber !== current);
  const sum = end.slice(0, other < 0 ? undefined : other).reduce((total, { amount }) => total + amount, 0);
  const isEmpty = beside.customerId === null && beside.amount === 0;
  const begins = !next && !isEmpty && (balances || sum === 0);
  const isElsewhere = externalDocumentNumber !== null && externalDocumentNumber !== beside.externalDocumentNumber;
  return begins || isElsewhere ? following(current) : current;
}

/** §4.4 */
export function changePayment(books: Books, payment: Payment, body: Json): void {
  const number = Number(body['lineNumber'] ?? 0);
  if (number !== 0) payment.lineNumber = number;
  takePlain(payment, body);
  takePairs(books, payment, body, false);
}

/** What PUT makes of a body that leaves something out: links, and what the service fills in, stay. Protocol §11.4.3 */
export const wholePayment = (body: Json): Json => ({
  ...Object.fromEntries(plain.map((name) => [name, null])),
  amount: 0,
  ...body,
});

export function removePayment({ payments }: Books, payment: Payment): void {
  payments.splice(payments.indexOf(payment), 1);
}

// ---- dimension lines

/** §4.7 */
export function valueIn(dimension: Dimension, { valueId, valueCode }: Json): string {
  const [id, code] = [given(valueId), given(valueCode)];
  if (id === undefined && code === undefined) refuse();
  const isMeant = (each: Dimension['values'][number]): boolean =>
    (id === undefined || each.id === id) && (code === undefined || each.code === code);
  return oneOf(dimension.values, isMeant).id;
}

export function addLine({ dimensions }: Books, payment: Payment, body: Json): void {
  const [id, code] = [given(body['id']), given(body['code'])];
  if (id === undefined && code === undefined) refuse();
  const dimension = oneOf(
    dimensions,
    (each) => (id === undefined || each.id === id) && (code === undefined || each.code === code),
  );
  const isNamed = [body['valueId'], body['valueCode']].some((value) => given(value) !== undefined);
  // Of two faults either may be told; this is the one that is.
  if (isNamed && dimension.id in payment.lines) refuse(409);
  payment.lines[dimension.id] = valueIn(dimension, body);
}

// ---- journals

export function addJournal(books: Books, body: Json): void {
  const code = String(body['code']).toUpperCase();
  const journal = {
    ...{ id: '', code, first: `${code}-000001` },
    balances: given(body['balancingAccountId']) !== undefined,
  };
  books.journals.push(journal);
  together(((body['customerPayments'] ?? []) as Json[]).map((line) => () => addPayment(books, journal, line)));
}

export function removeJournal({ journals, payments }: Books, journal: Journal): void {
  journals.splice(journals.indexOf(journal), 1);
  for (const payment of payments.filter((each) => each.journal === journal))
    payments.splice(payments.indexOf(payment), 1);
}

/** Changes of a journal's payments: those with an id are changed or removed, the others are new. */
export function changeLines(books: Books, journal: Journal, items: readonly Json[]): void {
  const isOwn = (item: Json) => (each: Payment) => each.id === item['id'] && each.journal === journal;
  together(
    items.map((item) => () => {
      if (item['id'] === undefined) return addPayment(books, journal, item);
      const payment = books.payments.find(isOwn(item)) ?? refuse(400, 404);
      if ('@removed' in item) removePayment(books, payment);
      else changePayment(books, payment, item);
    }),
  );
}

/** The payments of a journal become those of a body. */
export function replaceLines(books: Books, journal: Journal, items: readonly Json[]): void {
  const kept = new Set(items.map(({ id }) => id));
  for (const payment of books.payments.filter((each) => each.journal === journal && !kept.has(each.id)))
    removePayment(books, payment);
  changeLines(books, journal, items);
}
