/** An import that is killed leaves nothing; the next one brings everything, once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Books } from '../setup/posting';
import { startService, type TestService } from '../setup/service';

const project = join(__dirname, '../..');
const ROWS = 600;

let service: TestService;
let books: Books;
let folder: string;
let locker: Client;
const runs: ChildProcess[] = [];

beforeAll(async () => {
  service = await startService({ poolSize: 2 });
  books = await Books.of(service);
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  locker = new Client({ connectionString: service.databaseUrl });
  await locker.connect();
});

afterAll(async () => {
  for (const run of runs) run.kill('SIGKILL');
  await locker.end();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

function importing(file: string, journal: string): ChildProcess {
  const run = spawn(process.execPath, ['scripts/start.mjs', 'src/import/main.ts', file, '--journal', journal], {
    cwd: project,
    env: { ...process.env, DATABASE_URL: service.databaseUrl, INIT_CWD: folder, STATEMENT_TIMEOUT: '0' },
    stdio: 'ignore',
  });
  runs.push(run);
  return run;
}

/** The backend of the import that waits for a lock, and whether it has written. */
const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND backend_xid IS NOT NULL`;

const alive = 'SELECT FROM pg_stat_activity WHERE pid = $1';

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
}

it('killed in the middle and before its last row: nothing is there; the next run brings everything, the one after it nothing', async () => {
  const journal = await books.journal();
  const { code = '' } = await books.row('SELECT code FROM customer_payment_journals WHERE id = $1', journal);
  const [payer, middle, last] = [await books.customer(), await books.customer(), await books.customer()];
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const { number } = index === ROWS / 2 ? middle : index === ROWS - 1 ? last : payer;
    return `${number},-${index + 1}.01`;
  });
  await writeFile(join(folder, 'payments.csv'), ['customerNumber,amount', ...lines].join('\n'));
  const before = await books.everything();

  for (const held of [middle, last]) {
    // The import comes to the row of a customer who is held, and waits with what it has written until then.
    await locker.query('BEGIN');
    await locker.query('SELECT 1 FROM customers WHERE id = $1 FOR UPDATE', [held.id]);
    const run = importing('payments.csv', code ?? '');
    const { pid } = await until(async () => (await books.rows(waiting))[0]);
    run.kill('SIGKILL');
    await once(run, 'close');
    await locker.query('ROLLBACK');
    await until(async () => ((await books.rows(alive, pid)).length === 0 ? true : undefined));
    expect(await books.everything()).toBe(before);
    expect(await books.rows('SELECT FROM payment_imports')).toEqual([]);
  }

  for (const status of [0, 1]) {
    const run = importing('payments.csv', code ?? '');
    await once(run, 'close');
    expect(run.exitCode).toBe(status);
    const { payments, sum } = await books.row(
      'SELECT count(*)::text AS payments, sum(amount)::text AS sum FROM customer_payments WHERE journal_id = $1',
      journal,
    );
    expect([payments, sum]).toEqual([String(ROWS), `-${(ROWS * (ROWS + 1)) / 2 + ROWS / 100}.00000`]);
  }
}, 240_000);
