/** Several server processes on one database: what they know of each other is in its tables and locks alone. */
import { KillStage } from '../setup/kill-stage';
import { decimal } from '../setup/oracle';
import { repeatable } from '../setup/repeatable';
import type { ProcessAnswer, ServerProcess } from '../setup/server-process';

const PROCESSES = 3;

let stage: KillStage;
let processes: readonly ServerProcess[];

beforeAll(async () => {
  stage = await KillStage.open();
  const started = [];
  while (started.length < PROCESSES) started.push(await stage.killables.next());
  processes = started.map(({ process }) => process);
}, 120_000);

afterAll(() => stage.close(), 60_000);

/** What so many clients get who send at the same time, each on a connection of its own, to one process after the other. */
async function atOnce(
  clients: number,
  send: (process: ServerProcess, client: number) => Promise<ProcessAnswer | undefined>,
): Promise<readonly ProcessAnswer[]> {
  const answers = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const process = processes[client % PROCESSES];
      return process && whenServed(() => send(process, client));
    }),
  );
  return answers.flatMap((answer) => answer ?? []);
}

/**
 * Sends anew what is answered with 503, as clients do: on a machine that is very busy connections may take too long. Were any of it done, what is
 * counted afterwards would tell.
 */
async function whenServed(send: () => Promise<ProcessAnswer | undefined>): Promise<ProcessAnswer | undefined> {
  for (;;) {
    const answer = await send();
    if (answer?.status !== 503) return answer;
  }
}

const postOf = (journal: string): string => `customerPaymentJournals(${journal})/Microsoft.NAV.post`;
const statuses = (answers: readonly ProcessAnswer[]): readonly number[] => answers.map(({ status }) => status).sort();

test('64 clients enter payments into one journal: each line has a number of its own, without gaps; 20 post it, exactly one does', async () => {
  const { books } = stage;
  const [journal, customer] = [await books.journal(), await books.customer()];
  const invoice = await books.invoice(customer, '1000');
  const path = `customerPaymentJournals(${journal})/customerPayments`;
  const body = { customerId: customer.id, appliesToInvoiceId: invoice.id, postingDate: '2026-03-01' };
  const made = await atOnce(64, (process, client) => process.send('POST', path, {}, { ...body, amount: -client - 1 }));
  expect(statuses(made)).toEqual(Array.from({ length: 64 }, () => 201));
  const lines = await books.rows(
    'SELECT line_number, amount::int, document_number FROM customer_payments WHERE journal_id = $1 ORDER BY 1',
    journal,
  );
  expect(lines.map(({ line_number: line }) => line)).toEqual(Array.from({ length: 64 }, (_, at) => (at + 1) * 10_000));
  expect(lines.map(({ amount }) => Number(amount)).sort((one, other) => other - one)).toEqual(
    Array.from({ length: 64 }, (_, at) => -at - 1),
  );
  // What was answered is what is stored.
  const told = made
    .map(({ json }) => [json['lineNumber'], json['amount']])
    .sort(([one], [other]) => Number(one) - Number(other));
  expect(told).toEqual(lines.map(({ line_number: line, amount }) => [line, amount]));

  // 2080 is too much for the invoice: nobody posts it. Without the last 20 lines it is 990.
  const post = (process: ServerProcess): Promise<ProcessAnswer | undefined> => process.send('POST', postOf(journal));
  expect(statuses(await atOnce(20, post))).toEqual(Array.from({ length: 20 }, () => 400));
  await books.rows('DELETE FROM customer_payments WHERE journal_id = $1 AND amount < -44', journal);
  const [before] = await books.rows('SELECT max(entry_number) AS last FROM customer_ledger_entries');
  const posted = await atOnce(20, post);
  expect(statuses(posted)).toEqual([204, ...Array.from({ length: 19 }, () => 400)]);
  expect(new Set(posted.map(({ text }) => /There is nothing to post\.|^$/.test(text)))).toEqual(new Set([true]));
  const entries = await books.rows(
    'SELECT entry_number, amount::text FROM customer_ledger_entries WHERE customer_id = $1 ORDER BY 1',
    customer.id,
  );
  expect(entries.map(({ entry_number: number }) => Number(number) - Number(before?.['last']))).toEqual(
    Array.from({ length: 44 }, (_, at) => at + 1),
  );
  const { remaining, left } = await books.row(
    `SELECT remaining_amount::text AS remaining, (SELECT count(*)::text FROM customer_payments WHERE journal_id = $2) AS left
      FROM sales_invoices WHERE id = $1`,
    invoice.id,
    journal,
  );
  const paid = entries.reduce((sum, { amount }) => sum + decimal(amount ?? ''), 0n);
  expect([decimal(remaining ?? ''), left]).toEqual([decimal('1000') + paid, '0']);
  expect(decimal(remaining ?? '')).toBe(decimal('10'));
}, 120_000);

test('[363] twins that come to several processes are one', async () => {
  const { books } = stage;
  const [journal, customer] = [await books.journal(), await books.customer()];
  await books.payment(journal, 10000, { customer, amount: '-1' });
  const [create, post] = [repeatable(), repeatable()];
  const path = `customerPaymentJournals(${journal})`;
  const made = await atOnce(20, (process) =>
    process.send('POST', `${path}/customerPayments`, create, { amount: 5, customerId: customer.id }),
  );
  expect([new Set(made.map(({ text }) => text)).size, new Set(statuses(made))]).toEqual([1, new Set([201])]);
  expect(made).toHaveLength(20);
  const posted = await atOnce(20, (process) => process.send('POST', postOf(journal), post));
  expect(statuses(posted)).toEqual(Array.from({ length: 20 }, () => 204));
  const entries = await books.rows(
    'SELECT amount::int FROM customer_ledger_entries WHERE customer_id = $1 ORDER BY 1',
    customer.id,
  );
  expect(entries).toEqual([{ amount: -1 }, { amount: 5 }]);
}, 120_000);

/** Requests that the database keeps waiting: each is sent to the next process, and waits before the next one is sent. */
class Queue {
  private readonly sent: Promise<ProcessAnswer | undefined>[] = [];
  private readonly answered: unknown[] = [];

  /** Entries get their numbers behind all that is checked: who holds the counter keeps every posting there. */
  async begin(): Promise<void> {
    const { service, books } = stage;
    await service.sql('BEGIN');
    await service.sql(`SELECT FROM number_series WHERE company_id = $1 AND code = 'LEDGER' FOR UPDATE`, [
      books.company,
    ]);
  }

  async send(...request: Parameters<ServerProcess['send']>): Promise<void> {
    const answer = processes[this.sent.length % PROCESSES]?.send(...request) ?? Promise.resolve(undefined);
    void answer.then((came) => this.answered.push([came?.status, came?.text]));
    this.sent.push(answer);
    for (let waiting = 0; waiting < this.sent.length && this.answered.length === 0;) {
      await stage.service.sql('SELECT pg_stat_clear_snapshot()');
      const rows = await stage.service.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      waiting = rows.length;
    }
    expect(this.answered).toEqual([]);
  }

  /** Lets them go on. */
  async end(): Promise<readonly (ProcessAnswer | undefined)[]> {
    await stage.service.sql('COMMIT');
    return Promise.all(this.sent);
  }
}

test('while a journal is posted, who changes, deletes or adds a payment of it waits, and so does who pays the same invoice', async () => {
  const { books } = stage;
  const [journal, other, customer] = [await books.journal(), await books.journal(), await books.customer()];
  const invoice = await books.invoice(customer, '10');
  const changed = await books.payment(journal, 1, { customer, amount: '-10', invoice });
  const deleted = await books.payment(journal, 2, { customer, amount: '-1' });
  await books.payment(other, 1, { customer, amount: '-10', invoice });
  const path = `customerPaymentJournals(${journal})/customerPayments`;
  const queue = new Queue();
  await queue.begin();
  await queue.send('POST', postOf(journal));
  await queue.send('PATCH', `${path}(${changed})`, { 'If-Match': '*' }, { amount: -9 });
  await queue.send('DELETE', `${path}(${deleted})`, { 'If-Match': '*' });
  // Whose number is its own, so that nothing but the posting keeps it waiting.
  const whole = { postingDate: '2026-03-01', documentNumber: 'X', lineNumber: 3 };
  await queue.send('POST', path, {}, { customerId: customer.id, amount: -7, ...whole });
  await queue.send('POST', postOf(other));
  const answers = await queue.end();
  expect(answers.map((answer) => answer?.status)).toEqual([204, 404, 404, 201, 400]);
  expect(answers[4]?.json['error']).toMatchObject({
    message: `Line 1 pays 10 on invoice ${invoice.number}, of which 0 is open.`,
  });
  const row = await books.row(
    'SELECT remaining_amount::int AS rest, status FROM sales_invoices WHERE id = $1',
    invoice.id,
  );
  expect(row).toEqual({ rest: 0, status: 'Paid' });
});

test('journals that share nothing but the counter are posted by several processes at once: no number is left out or given twice', async () => {
  const { books } = stage;
  const customer = await books.customer();
  const journals: string[] = [];
  while (journals.length < 2 * PROCESSES) journals.push(await books.journal());
  for (const journal of journals)
    for (const line of [1, 2, 3]) await books.payment(journal, line, { customer, amount: `-${line}` });
  const { last } = await books.row('SELECT max(entry_number)::text AS last FROM customer_ledger_entries');
  const queue = new Queue();
  await queue.begin();
  for (const journal of journals) await queue.send('POST', postOf(journal));
  expect((await queue.end()).map((answer) => answer?.status)).toEqual(journals.map(() => 204));
  const entries = await books.rows(
    'SELECT entry_number::text AS number, amount::int FROM customer_ledger_entries WHERE customer_id = $1 ORDER BY entry_number',
    customer.id,
  );
  expect(entries).toEqual(
    journals.flatMap((_, at) =>
      [1, 2, 3].map((line) => ({ number: String(Number(last) + 3 * at + line), amount: -line })),
    ),
  );
});
