/**
 * A connection to the database that ends between any two steps of a request leaves all of it or nothing, and the same request sent again to the
 * same process is answered as if nothing had happened. The processes themselves are killed in killed-everywhere and killed-later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy, type Cut, type DatabaseProxy } from '../setup/database-proxy';
import { Books } from '../setup/posting';
import { repeatable } from '../setup/repeatable';
import { startService, type Json, type TestService } from '../setup/service';

/** A service whose way to the database can be cut. */
interface Stage {
  readonly proxy: DatabaseProxy;
  readonly service: TestService;
  readonly books: Books;
}

async function stage(asyncLeaseMs: number): Promise<Stage> {
  let proxy: DatabaseProxy | undefined;
  const service = await startService({
    asyncLeaseMs,
    through: async (url) => {
      proxy = await startProxy(url);
      return proxy.url;
    },
  });
  if (!proxy) throw new Error('The service has another way');
  return { proxy, service, books: await Books.of(service) };
}

async function leave({ proxy, service }: Stage): Promise<void> {
  await service.close();
  await proxy.close();
}

/** Nothing goes on in the background. */
let quiet: Stage;

beforeAll(async () => {
  quiet = await stage(3_600_000);
});

afterAll(() => leave(quiet));

/** A request, and what the tables tell of it. */
interface Work {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  /** `all`, `nothing`, or what else there is. */
  readonly state: () => Promise<string>;
}

/** An answer of the service of this process, or of another one. */
type Answered = Pick<Awaited<ReturnType<TestService['send']>>, 'status' | 'text' | 'json'>;

const stateOf = async (
  { service }: Stage,
  text: string,
  values: readonly unknown[],
  nothing: string,
  all: string,
): Promise<string> => {
  const found = Object.values((await service.sql(text, values))[0] ?? {}).join(' ');
  return found === nothing ? 'nothing' : found === all ? 'all' : found;
};

let names = 0;

/** A change set over four tables. */
async function changeSet(on: Stage): Promise<Work> {
  const { service, books } = on;
  const code = `KILL${++names}`;
  const [value] = await service.sql(
    `SELECT d.code AS dimension, v.code AS value FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
      WHERE d.company_id = $1 AND NOT v.blocked LIMIT 1`,
    [books.company],
  );
  const headers = repeatable();
  const part = (id: string, method: string, url: string, body: Json, more: Json = {}): Json => ({
    ...{ id, method, url, body, atomicityGroup: 'g' },
    headers: { ...headers, ...more },
  });
  const line = { code: value?.['dimension'], valueCode: value?.['value'] };
  const requests = [
    part('j', 'POST', 'customerPaymentJournals', { code }),
    part('1', 'POST', '$j/customerPayments', { amount: -1 }),
    part('2', 'POST', '$j/customerPayments', { amount: -2, dimensionLines: [line] }),
    part('c', 'POST', 'customers', { displayName: code }),
    part('4', 'PATCH', '$1', { comment: 'changed' }, { 'If-Match': '*' }),
  ];
  const state = (): Promise<string> =>
    stateOf(
      on,
      `SELECT (SELECT count(*) FROM customer_payment_journals WHERE code = $1),
        (SELECT count(*) FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id WHERE j.code = $1) AS payments,
        (SELECT count(*) FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id
          WHERE j.code = $1 AND comment = 'changed') AS changed,
        (SELECT count(*) FROM dimension_lines g JOIN customer_payments p ON p.id = g.payment_id
          JOIN customer_payment_journals j ON j.id = p.journal_id WHERE j.code = $1) AS lines,
        (SELECT count(*) FROM customers WHERE display_name = $1) AS customers`,
      [code],
      '0 0 0 0 0',
      '1 2 1 1 1',
    );
  return { method: 'POST', path: '$batch', headers: {}, body: { requests }, state };
}

/** The posting of three payments. */
async function posting(on: Stage): Promise<Work> {
  const { books } = on;
  const [journal, customer] = [await books.journal(), await books.customer()];
  const invoice = await books.invoice(customer, '60');
  for (const line of [1, 2, 3]) await books.payment(journal, line, { customer, invoice, amount: '-20' });
  const state = (): Promise<string> =>
    stateOf(
      on,
      `SELECT (SELECT count(*) FROM customer_payments WHERE journal_id = $1) AS payments,
        (SELECT count(*) FROM customer_ledger_entries WHERE applies_to_invoice_id = $2) AS entries,
        (SELECT remaining_amount::int FROM sales_invoices WHERE id = $2), (SELECT status FROM sales_invoices WHERE id = $2)`,
      [journal, invoice.id],
      '3 0 60 Open',
      '0 3 0 Paid',
    );
  const path = `customerPaymentJournals(${journal})/Microsoft.NAV.post`;
  return { method: 'POST', path, headers: repeatable(), body: undefined, state };
}

const send = ({ books }: Stage, { method, path, body, headers }: Work): Promise<Answered> =>
  books.send(method, path, body, headers);

/** A batch that was answered tells in its parts whether the database was there. */
const isUnavailable = ({ status, json }: Answered): boolean =>
  status === 503 || ((json['responses'] ?? []) as readonly Json[]).some((part) => part['status'] === 503);
const isDone = ({ status, json }: Answered): boolean =>
  status < 300 && ((json['responses'] ?? []) as readonly Json[]).every((part) => Number(part['status']) < 300);

/** The place behind so many statements and ends of round trips. */
function place(count: number): Cut {
  let left = count;
  return ({ letters }) => {
    for (const [at, letter] of [...letters].entries()) {
      if ((letter === 'E' || letter === 'S') && left-- === 0) return at + 1;
    }
    return undefined;
  };
}

test.each([
  ['a change set', changeSet],
  ['a post', posting],
] as const)(
  '[273, 292, 363] %s leaves all or nothing wherever its connection ends, and is done once when sent again',
  async (_, prepare) => {
    const { proxy } = quiet;
    const left = new Set<string>();
    let places = 0;
    for (let isCut = true; isCut; places++) {
      const work = await prepare(quiet);
      const ended = proxy.cut(place(places));
      const first = await send(quiet, work);
      isCut = !proxy.spare();
      if (isCut) await ended;
      const came = isUnavailable(first) ? 503 : isDone(first) ? 200 : first.text;
      expect([came, places]).toEqual([isCut ? 503 : 200, places]);
      left.add(`${await work.state()}, ${isCut ? 'cut' : 'whole'}`);
      const again = await send(quiet, work);
      expect([isDone(again), again.text]).toEqual([true, again.text]);
      expect((await send(quiet, work)).text).toBe(again.text);
      expect(await work.state()).toBe('all');
    }
    // Some cuts came before the COMMIT, some behind it.
    expect([...left].sort()).toEqual(['all, cut', 'all, whole', 'nothing, cut']);
    expect(places).toBeGreaterThan(10);
  },
  120_000,
);

test('[285, 292, 363] a post that is answered later is done once wherever a connection of it ends', async () => {
  const busy = await stage(200);
  const { proxy, service, books } = busy;
  for (let at = 0; at < 24; at += 3) {
    const work = await posting(busy);
    const later = { ...work, headers: { ...work.headers, Prefer: 'respond-async' } };
    const ended = proxy.cut(place(at));
    let accepted = await books.send(later.method, later.path, undefined, later.headers);
    if (accepted.status === 503) accepted = await books.send(later.method, later.path, undefined, later.headers);
    expect([accepted.status, accepted.text]).toEqual([202, '']);
    await ended;
    const answer = await finalAnswer((path) => service.get(path), String(accepted.headers.location));
    expect(answer.text).toMatch(/^HTTP\/1\.1 204 /);
    expect(await work.state()).toBe('all');
  }
  await leave(busy);
}, 120_000);

test('a connection that ends between an error and the end of its round trip is no reason to wait for ever', async () => {
  const { proxy, books } = quiet;
  const body = { code: `KILL${++names}` };
  await books.created('customerPaymentJournals', body);
  for (let times = 0; times < 6; times++) {
    const cut: Cut = ({ letters, text }) => (/commit/i.test(text) ? letters.length - 1 : undefined);
    const ended = proxy.cut(cut, { answers: 'passed' });
    const { status, error } = await books.send('POST', 'customerPaymentJournals', body);
    expect([status, error.code]).toEqual([503, 'DatabaseUnavailable']);
    await ended;
  }
  expect((await books.send('POST', 'customerPaymentJournals', body)).status).toBe(409);
});

/** Asks a monitor until it has an answer; a connection that is lost meanwhile is another reason to ask again. */
async function finalAnswer<T extends { readonly status: number }>(
  get: (path: string) => Promise<T>,
  monitor: string,
): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await get(monitor);
    if (answer.status !== 202 && answer.status !== 503) return answer;
    await sleep(50);
  }
  throw new Error('No answer came');
}
