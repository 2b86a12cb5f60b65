/** Random writes of payments and their dimension lines, beside the rules of domain.md §4 in JavaScript; all rows are compared after each. */
import type { Json, TestService } from '../../service';
import type { Dice } from '../dice';

type Value = string | null;
interface Journal {
  readonly id: string;
  readonly code: string;
  readonly balances: boolean;
  /** The first number of its series. */
  readonly first: string;
}
interface Payment {
  readonly id: string;
  readonly journal: Journal;
  lineNumber: number;
  customerId: Value;
  customerNumber: Value;
  contactId: Value;
  postingDate: Value;
  documentNumber: Value;
  externalDocumentNumber: Value;
  amount: number;
  appliesToInvoiceId: Value;
  appliesToInvoiceNumber: Value;
  description: Value;
  comment: Value;
  lines: Record<string, string>;
}
interface Customer {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly isBlocked: boolean;
  readonly contact: Value;
}
interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly isPosted: boolean;
  readonly payer: string;
}
interface Dimension {
  readonly id: string;
  readonly code: string;
  readonly values: readonly { readonly id: string; readonly code: string }[];
}
interface Known {
  readonly customers: readonly Customer[];
  readonly invoices: readonly Invoice[];
  readonly dimensions: readonly Dimension[];
}
/** One write, and what it does to the payments; it throws a status when it is refused. */
interface Step {
  readonly method: string;
  readonly url: string;
  readonly body?: Json;
  readonly apply: (payments: Payment[]) => void;
}

class Refused extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}
const refuse = (status = 400): never => {
  throw new Refused(status);
};

const EMPTY = '00000000-0000-0000-0000-000000000000';
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';
const given = (value: unknown): string | undefined =>
  typeof value !== 'string' || value === '' || value === EMPTY ? undefined : value;

const oneOf = <T>(list: readonly T[], test: (each: T) => boolean): T => list.find(test) ?? refuse();

/** §4.2: whom a body names; null when it names nobody any more. */
function customerOf({ customers }: Known, body: Json, isNew: boolean): Customer | null | undefined {
  const [id, number] = [given(body['customerId']), given(body['customerNumber'])];
  if (id === undefined && number === undefined) {
    if (!isNew && ('customerId' in body || 'customerNumber' in body)) return null;
    const contact = given(body['contactId']);
    return contact === undefined ? undefined : oneOf(customers, (each) => each.contact === contact);
  }
  const byId = id === undefined ? undefined : oneOf(customers, (each) => each.id === id);
  const byNumber = number === undefined ? undefined : oneOf(customers, (each) => each.number === number);
  if (byId && byNumber && byId !== byNumber) refuse();
  return byId ?? byNumber;
}

/** §4.3 */
function takeInvoice({ invoices }: Known, payment: Payment, body: Json): Invoice | undefined {
  if (!('appliesToInvoiceId' in body) && !('appliesToInvoiceNumber' in body)) return undefined;
  const [id, number] = [given(body['appliesToInvoiceId']), given(body['appliesToInvoiceNumber'])];
  const posted = invoices.filter(({ isPosted }) => isPosted);
  const found =
    id === undefined
      ? posted.find((each) => each.number === number)
      : oneOf(posted, (each) => each.id === id && (number === undefined || number === each.number));
  payment.appliesToInvoiceId = found?.id ?? null;
  payment.appliesToInvoiceNumber = found?.number ?? number ?? null;
  return found;
}

/** The pairs and the description. §4.1, §4.2, §4.3 */
function takePairs(known: Known, payment: Payment, body: Json, isNew: boolean): void {
  const chosen = customerOf(known, body, isNew);
  const invoice = takeInvoice(known, payment, body);
  const before = known.customers.find(({ id }) => id === payment.customerId);
  const payer =
    chosen === undefined && !before && invoice ? oneOf(known.customers, ({ id }) => id === invoice.payer) : undefined;
  const customer = chosen === undefined ? (payer ?? before ?? null) : chosen;
  if (customer && customer !== before && customer.isBlocked) refuse();
  payment.customerId = customer?.id ?? null;
  payment.customerNumber = customer?.number ?? null;
  if (!customer || customer === before || given(body['description']) !== undefined) return;
  const isFree = payment.description === null || (before && payment.description === before.name.slice(0, 50));
  if (isFree) payment.description = customer.name.slice(0, 50);
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
export function create(known: Known, payments: Payment[], journal: Journal, body: Json): Payment {
  const others = payments.filter((each) => each.journal === journal).sort((a, b) => a.lineNumber - b.lineNumber);
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
  takePairs(known, made, body, true);
  made.postingDate ??= beside?.postingDate ?? new Date().toISOString().slice(0, 10);
  if (made.documentNumber === null && (beside?.documentNumber ?? null) === null) made.documentNumber = journal.first;
  else if (made.documentNumber === null && beside) {
    const current = String(beside.documentNumber);
    const end = others.toReversed();
    const other = end.findIndex(({ documentNumber }) => documentNumber !== current);
    const sum = end.slice(0, other < 0 ? undefined : other).reduce((total, { amount }) => total + amount, 0);
    const isEmpty = beside.customerId === null && beside.amount === 0;
    const begins = !next && !isEmpty && (journal.balances || sum === 0);
    const isElsewhere =
      made.externalDocumentNumber !== null && made.externalDocumentNumber !== beside.externalDocumentNumber;
    made.documentNumber = begins || isElsewhere ? following(current) : current;
  }
  for (const line of (body['dimensionLines'] ?? []) as Json[]) addLine(known, made, line);
  if (others.some(({ lineNumber }) => lineNumber === made.lineNumber)) refuse(409);
  payments.push(made);
  return made;
}

/** §4.4 */
function change(known: Known, payments: readonly Payment[], payment: Payment, body: Json): void {
  const number = Number(body['lineNumber'] ?? 0);
  if (number !== 0) payment.lineNumber = number;
  takePlain(payment, body);
  takePairs(known, payment, body, false);
  const isTaken = (each: Payment): boolean =>
    each.journal === payment.journal && each.lineNumber === payment.lineNumber;
  if (payments.filter(isTaken).length > 1) refuse(409);
}

/** §4.7 */
function valueIn(dimension: Dimension, { valueId, valueCode }: Json): string {
  const [id, code] = [given(valueId), given(valueCode)];
  if (id === undefined && code === undefined) refuse();
  const isMeant = (each: Dimension['values'][number]): boolean =>
    (id === undefined || each.id === id) && (code === undefined || each.code === code);
  return oneOf(dimension.values, isMeant).id;
}

function addLine({ dimensions }: Known, payment: Payment, body: Json): void {
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

// ---- requests

export class PaymentWrites {
  readonly failed: string[] = [];
  readonly told: Record<string, number> = {};
  private payments: Payment[] = [];

  private constructor(
    private readonly service: TestService,
    private readonly dice: Dice,
    private readonly known: Known,
    private readonly journals: readonly Journal[],
  ) {}

  static async begin(service: TestService, dice: Dice): Promise<PaymentWrites> {
    const rows = async <T>(text: string): Promise<T[]> => (await service.sql(text)) as unknown as T[];
    const [company] = await rows<{ id: string }>('SELECT id::text FROM companies ORDER BY name COLLATE "C" LIMIT 1');
    const here = `company_id = '${company?.id}'`;
    await service.sql(`DELETE FROM default_dimensions; UPDATE customers SET contact_id = NULL, blocked = 'None' WHERE ${here};
      UPDATE customers SET blocked = 'All' WHERE id = (SELECT id FROM customers WHERE ${here} ORDER BY number LIMIT 1);
      UPDATE customers SET contact_id = 'who' WHERE id = (SELECT id FROM customers WHERE ${here} ORDER BY number OFFSET 1 LIMIT 1)`);
    const customers = await rows<Customer>(
      `SELECT id::text, number, display_name AS name, blocked = 'All' AS "isBlocked", contact_id AS contact FROM customers WHERE ${here} ORDER BY number`,
    );
    const invoices = await rows<Invoice>(
      `SELECT id::text, number, status IN ('Open', 'Paid', 'Canceled', 'Corrective') AS "isPosted", coalesce(bill_to_customer_id, customer_id)::text AS payer FROM sales_invoices WHERE ${here} AND number IS NOT NULL ORDER BY number`,
    );
    const dimensions = await rows<Dimension>(
      `SELECT d.id::text, d.code, json_agg(json_build_object('id', v.id, 'code', v.code) ORDER BY v.code) AS values FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id WHERE d.${here} GROUP BY d.id ORDER BY d.code`,
    );
    const [account] = await rows<{ id: string }>(
      `SELECT id::text FROM accounts WHERE ${here} AND NOT blocked AND direct_posting ORDER BY number LIMIT 1`,
    );
    const journals: Journal[] = [];
    for (const [code, balances] of [
      ['RANDOM1', true],
      ['RANDOM2', false],
    ] as const) {
      const body = { code, ...(balances && { balancingAccountId: account?.id }) };
      const { json } = await service.send('POST', 'customerPaymentJournals', JSON_BODY, JSON.stringify(body));
      journals.push({ id: String(json['id']), code, balances, first: `${code}-000001` });
    }
    return new PaymentWrites(service, dice, { customers, invoices, dimensions }, journals);
  }

  /** One request, or several in one group of a batch. */
  async step(): Promise<void> {
    const { dice } = this;
    const isGroup = dice.chance(0.2);
    const wanted = structuredClone(this.payments);
    const steps = Array.from({ length: isGroup ? 2 + dice.below(3) : 1 }, () => this.next());
    const failed = steps.findIndex(({ apply }) => {
      try {
        apply(wanted);
        return false;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.status = error.status;
        return true;
      }
    });
    const headers = { ...JSON_BODY, 'If-Match': '*' };
    const requests = steps.map(({ method, url, body }, at) => ({
      ...{ id: String(at), atomicityGroup: 'g', method, url, headers },
      ...(body && { body }),
    }));
    const [one] = steps;
    const answer = isGroup
      ? await this.service.send('POST', '$batch', JSON_BODY, JSON.stringify({ requests }))
      : await this.service.send(one?.method ?? '', one?.url ?? '', headers, one?.body && JSON.stringify(one.body));
    const parts = (answer.json['responses'] ?? []) as Json[];
    const statuses = isGroup ? parts.map(({ status }) => Number(status)) : [answer.status];
    const isRight = statuses.every((status, at) =>
      failed < 0 ? status < 300 : at === failed ? status === this.status : [424, 412].includes(status),
    );
    for (const status of statuses) this.told[status] = (this.told[status] ?? 0) + 1;
    const shown = (list: readonly Payment[]): string[] =>
      list
        .map(({ id: _, journal, ...rest }) =>
          JSON.stringify([
            journal.code,
            Object.entries(rest).map(([name, value]) => [
              name,
              name === 'lines' ? Object.entries(value as object).sort() : value,
            ]),
          ]),
        )
        .sort();
    const before = shown(this.payments);
    const should = failed < 0 ? shown(wanted) : before;
    await this.load();
    const is = shown(this.payments);
    const [extra, lacking] = [is.filter((row) => !should.includes(row)), should.filter((row) => !is.includes(row))];
    if (isRight && extra.length + lacking.length === 0) return;
    this.failed.push(
      `${JSON.stringify(requests.map(({ method, url, body }) => [method, url, body]))}\n   ${statuses.join()} should be ${failed < 0 ? 'done' : `${this.status} at ${failed}`}: ${answer.text.slice(0, 500)} ${this.service.takeFailures().join()}\n   is ${extra.join('\n      ')}\n   should be ${lacking.join('\n      ')}`,
    );
  }

  private status = 0;

  private async load(): Promise<void> {
    const rows = await this.service.sql(
      `SELECT p.id::text, journal_id::text AS journal, line_number AS "lineNumber", customer_id::text AS "customerId", customer_number AS "customerNumber",
        contact_id AS "contactId", posting_date::text AS "postingDate", document_number AS "documentNumber", external_document_number AS "externalDocumentNumber",
        amount::float8 AS amount, applies_to_invoice_id::text AS "appliesToInvoiceId", applies_to_invoice_number AS "appliesToInvoiceNumber", description, comment,
        coalesce((SELECT jsonb_object_agg(dimension_id, dimension_value_id) FROM dimension_lines WHERE payment_id = p.id), '{}') AS lines
       FROM customer_payments p WHERE journal_id = ANY($1)`,
      [this.journals.map(({ id }) => id)],
    );
    this.payments = rows.map((row) => ({
      ...(row as unknown as Payment),
      journal: oneOf(this.journals, ({ id }) => id === row['journal']),
    }));
  }

  private next(): Step {
    const { dice, known } = this;
    const journal = dice.pick(this.journals);
    const place = `customerPaymentJournals(${journal.id})/customerPayments`;
    const create_ = (): Step => {
      const body = this.body(true);
      const at = (list: readonly Payment[]): Journal =>
        list.find((each) => each.journal.id === journal.id)?.journal ?? journal;
      return { method: 'POST', url: place, body, apply: (list) => void create(known, list, at(list), body) };
    };
    if (this.payments.length === 0 || dice.chance(this.payments.length < 12 ? 0.4 : 0.1)) return create_();
    const { id, journal: own } = dice.pick(this.payments);
    const url = `customerPaymentJournals(${own.id})/customerPayments(${id})`;
    const of = (list: readonly Payment[]): Payment => list.find((each) => each.id === id) ?? refuse(404);
    const dimension = dice.pick(known.dimensions);
    const line = `${url}/dimensionLines(${dimension.id})`;
    const there = (list: readonly Payment[]): Payment => (dimension.id in of(list).lines ? of(list) : refuse(404));
    return dice.way<Step>(
      [
        5,
        () => {
          const body = this.body(false);
          return { method: 'PATCH', url, body, apply: (list) => change(known, list, of(list), body) };
        },
      ],
      [1.5, () => ({ method: 'DELETE', url, apply: (list) => void list.splice(list.indexOf(of(list)), 1) })],
      [
        3,
        () => {
          const body = this.line(dimension, true);
          return {
            method: 'POST',
            url: `${url}/dimensionLines`,
            body,
            apply: (list) => addLine(known, of(list), body),
          };
        },
      ],
      [
        2,
        () => {
          const body = this.line(dimension, false);
          return {
            ...{ method: 'PATCH', url: line, body },
            apply: (list) => {
              const { lines } = there(list);
              if (Object.keys(body).length > 0) lines[dimension.id] = valueIn(dimension, body);
            },
          };
        },
      ],
      [1, () => ({ method: 'DELETE', url: line, apply: (list) => void delete there(list).lines[dimension.id] })],
    );
  }

  private line(dimension: Dimension, isNew: boolean): Json {
    const { dice, known } = this;
    const value = dice.pick(dice.chance(0.9) ? dimension.values : dice.pick(known.dimensions).values);
    const other = dice.chance(0.1) ? dice.pick(known.dimensions) : dimension;
    return {
      ...(isNew && dice.chance(0.6) && { id: dimension.id }),
      ...(isNew && dice.chance(0.6) && { code: other.code }),
      ...(dice.chance(0.6) && { valueId: dice.chance(0.95) ? value.id : UNKNOWN }),
      ...(dice.chance(0.6) && { valueCode: dice.chance(0.9) ? value.code : dice.pick(dimension.values).code }),
    };
  }

  private body(isNew: boolean): Json {
    const { dice, known } = this;
    const few = known.customers.slice(0, 4);
    const some = <T>(probability: number, make: () => T): T | undefined =>
      dice.chance(probability) ? make() : undefined;
    const odd = (value: string): Value => dice.way<Value>([9, () => value], [0.5, () => null], [0.4, () => 'nobody']);
    const customer = dice.pick(few);
    const posted = known.invoices.filter(({ isPosted, payer }) => isPosted && payer !== known.customers[0]?.id);
    const invoice = dice.pick(dice.chance(0.85) ? posted : known.invoices);
    const body: Record<string, unknown> = {
      lineNumber: some(0.2, () => dice.pick([0, 5000, 10_000, 15_000, 20_000, 25_000, 100_000])),
      customerId: some(0.25, () =>
        dice.way<string | null>([9, () => customer.id], [0.4, () => EMPTY], [0.4, () => null], [0.4, () => UNKNOWN]),
      ),
      customerNumber: some(0.25, () => odd(dice.chance(0.9) ? customer.number : dice.pick(few).number)),
      contactId: some(0.08, () => odd('who')),
      appliesToInvoiceId: some(0.12, () =>
        dice.way<string | null>([9, () => invoice.id], [0.5, () => EMPTY], [0.5, () => null], [0.4, () => UNKNOWN]),
      ),
      appliesToInvoiceNumber: some(0.12, () => odd(dice.chance(0.9) ? invoice.number : dice.pick(posted).number)),
      postingDate: some(0.2, () => dice.pick(['2026-01-31', '2025-12-01', isNew ? null : '2026-02-28'])),
      documentNumber: some(0.2, () => dice.pick(['D-9', 'X', 'A99B', null])),
      externalDocumentNumber: some(0.25, () => dice.pick(['E1', 'E2', null])),
      amount: some(0.6, () => dice.pick([-100, 100, 0, -0.25, 250.5])),
      description: some(0.15, () => dice.pick(['Own words', null])),
      comment: some(0.2, () => dice.pick(['Why', null])),
      dimensionLines: isNew ? some(0.15, () => [this.line(dice.pick(known.dimensions), true)]) : undefined,
    };
    return JSON.parse(JSON.stringify(body)) as Json;
  }
}

const JSON_BODY = { 'Content-Type': 'application/json' };
