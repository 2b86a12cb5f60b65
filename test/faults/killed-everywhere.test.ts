/**
 * kill -9 between the messages of a server process and its database: change sets, posts, imports. Each time all tables are as they were, or as
 * they are after the work, and the same request sent to the next process is done once. What a message left behind would still be there at the
 * next ones, so every fourth is enough before the last ones; `KILL_AT=every` is killed at all of them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowCounts } from '../setup/every-table';
import { KillStage } from '../setup/kill-stage';
import { refresh, type Killable } from '../setup/killable';
import {
  cancelingInvoice,
  changeSet,
  isDone,
  isSameAnswer,
  jsonGroup,
  posting,
  postingInvoice,
  type Answered,
  type KnownWork,
} from '../setup/known-work';
import type { Books } from '../setup/posting';

let stage: KillStage;
let folder: string;

beforeAll(async () => {
  stage = await KillStage.open();
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
}, 120_000);

afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Something to do, and what is known of it beforehand. */
interface Work {
  readonly send: (to: Killable) => Promise<Answered | undefined>;
  readonly changes: KnownWork['changes'];
  /** Whether it is answered as it must be when it was done before. */
  readonly isAgain: (before: Answered | undefined, again: Answered) => boolean;
}

const requested = async (known: (books: Books) => Promise<KnownWork>): Promise<Work> => {
  const { method, path, headers, body, changes } = await known(stage.books);
  return { send: ({ process }) => process.send(method, path, headers, body), changes, isAgain: isSameAnswer };
};

/** A file of two groups of rows, in one of them perhaps a row that is refused. */
async function importing(...more: readonly string[]): Promise<Work> {
  const { books } = stage;
  const [journal, customer] = [await books.journal(), await books.customer()];
  const row = await books.row('SELECT code FROM customer_payment_journals WHERE id = $1', journal);
  const code = String(row['code']);
  const rows = Array.from({ length: 205 }, (_, at) => `${customer.number},-${at + 1},${code}`);
  const refused = more.length > 0 ? [`C99999,-1,${code}`] : [];
  const file = join(folder, `${code}.csv`);
  await writeFile(file, ['customerNumber,amount,documentNumber', ...refused, ...rows].join('\n'));
  const args = [file, '--journal', code, ...more];
  return {
    send: ({ process }) => process.send('POST', new URL('/import', process.root).href, {}, args),
    changes: { customer_payments: '-0 +205', odata_changes: '-0 +205', payment_imports: '-0 +1' },
    isAgain: (_, { status, text }) => status === 400 && text.includes('The same payments were imported on'),
  };
}

const LAST = 7;

/** At how many messages the process is killed, of so many. */
const moments = (messages: number): readonly number[] =>
  Array.from({ length: messages + 1 }, (_, at) => at).filter(
    (at) => process.env['KILL_AT'] === 'every' || at % 4 === 0 || at > messages - LAST,
  );

test.each([
  ['a multipart change set', () => requested(changeSet), 40],
  ['a JSON group', () => requested(jsonGroup), 25],
  ['a post', () => requested(posting), 20],
  ['the post of an invoice', () => requested(postingInvoice), 12],
  ['the cancellation of an invoice', () => requested(cancelingInvoice), 12],
  ['an import', importing, 25],
  ['an import that goes on behind a refused row', () => importing('--keep-going'), 30],
] as const)(
  '[273, 363] %s leaves all or nothing whenever its process is killed, and is done once by the next one',
  async (_, prepare, least) => {
    const { tables, killables } = stage;
    const work = await prepare();
    await tables.keep();
    let current = await killables.next();
    await refresh(current);
    const whole = current.proxy.watch(Infinity, () => undefined);
    const answer = await work.send(current);
    expect([answer && isDone(answer), answer?.text]).toEqual([true, answer?.text]);
    const letters = whole.letters();
    expect(letters.length).toBeGreaterThan(least);
    const after = await tables.difference();
    expect(rowCounts(after)).toEqual(work.changes);

    let states = '';
    for (const at of moments(letters.length)) {
      await tables.restore();
      await refresh(current);
      const watch = current.proxy.watch(at, current.process.kill);
      const first = await work.send(current);
      // Behind the last message it is answered, and dies with that.
      await killables.kill(current);
      expect([watch.letters(), first !== undefined]).toEqual([letters.slice(0, at), at === letters.length]);
      const left = await tables.difference();
      if (left.length > 0) expect([at, left]).toEqual([at, after]);
      states += left.length > 0 ? 'a' : 'n';

      current = await killables.next();
      const again = await work.send(current);
      if (!again) throw new Error('Nobody killed this process');
      const isAsIt = left.length > 0 ? work.isAgain(first, again) : isDone(again);
      expect([at, isAsIt, again.text]).toEqual([at, true, again.text]);
      expect([at, await tables.difference()]).toEqual([at, after]);
      const state = await tables.state();
      const third = await work.send(current);
      expect([third && work.isAgain(again, third), third?.text]).toEqual([true, third?.text]);
      expect(await tables.state()).toBe(state);
    }
    // Nothing until COMMIT is executed; all of it behind that, with its Sync, its answer or that to the client still to come.
    expect(states).toMatch(/^n+aaa$/);
  },
  400_000,
);
