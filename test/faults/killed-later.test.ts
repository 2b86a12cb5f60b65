/**
 * kill -9 at every message of a request that is answered later, from the storing of the request to that of its answer: another process takes it
 * up, and what it asks for is done once.
 */
import type { DataSource } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config';
import { createDataSource } from '../../src/data-source';
import { createPaymentService } from '../../src/payment-service';
import { rowCounts } from '../setup/every-table';
import { KillStage } from '../setup/kill-stage';
import { refresh, type Killable } from '../setup/killable';
import { posting } from '../setup/known-work';
import type { ProcessAnswer } from '../setup/server-process';

const MONITORS = 'odata_status_monitors';

let stage: KillStage;
let source: DataSource;

beforeAll(async () => {
  stage = await KillStage.open();
  const { databaseUrl: url } = stage.service;
  source = await createDataSource({ url, poolSize: 4, statementTimeout: 20_000 }).initialize();
}, 120_000);

afterAll(async () => {
  await source.destroy();
  await stage.close();
}, 60_000);

/** Statuses of the answers that are kept, null where there is none yet; oldest first. */
async function kept(): Promise<readonly unknown[]> {
  const rows = await stage.service.sql(`SELECT status FROM ${MONITORS} ORDER BY created_at`);
  return rows.map(({ status }) => status);
}

/** Waits until nothing is left to be answered. */
async function allAnswered(): Promise<void> {
  while ((await kept()).includes(null)) await sleep(10);
}

/** What has changed, but for the requests that are kept. */
async function difference(): Promise<readonly string[]> {
  return (await stage.tables.difference()).filter((line) => !line.startsWith(`+${MONITORS}`));
}

/** Time passes, and another process looks for what was left undone. */
async function takeUp(): Promise<void> {
  await stage.service.sql(
    `UPDATE ${MONITORS} SET created_at = created_at - interval '1 hour', claimed_until = claimed_until - interval '1 hour'`,
  );
  const heir = createPaymentService(loadConfig({ DATABASE_URL: stage.service.databaseUrl }), { dataSource: source });
  heir.start();
  await allAnswered();
  await heir.close();
}

test('[285, 363] a post that is answered later is taken up by another process at whichever message its own is killed, and done once', async () => {
  const { tables, killables } = stage;
  const { method, path, headers, changes } = await posting(stage.books);
  const send = ({ process }: Killable): Promise<ProcessAnswer | undefined> =>
    process.send(method, path, { ...headers, Prefer: 'respond-async' });
  await tables.keep();
  let current = await killables.next();
  await refresh(current);
  const whole = current.proxy.watch(Infinity, () => undefined);
  expect(await send(current)).toMatchObject({ status: 202, text: '' });
  await allAnswered();
  // The answer to its COMMIT may still be on its way.
  while (!whole.letters().endsWith('Z')) await sleep(1);
  const letters = whole.letters();
  expect(letters.length).toBeGreaterThan(30);
  const after = await difference();
  expect(rowCounts(after)).toEqual(changes);

  let states = '';
  for (let at = 0; at < letters.length; at++) {
    await tables.restore();
    await refresh(current);
    const watch = current.proxy.watch(at, current.process.kill);
    const first = await send(current);
    await current.process.ended;
    await killables.kill(current);
    expect(watch.letters()).toBe(letters.slice(0, at));
    const left = await difference();
    if (left.length > 0) expect([at, left]).toEqual([at, after]);
    const monitors = await kept();
    // What is done has its answer, and what has an answer is done; what was accepted is known.
    expect([at, monitors]).toEqual([at, left.length > 0 ? [204] : monitors.length > 0 || first ? [null] : []]);
    states += left.length > 0 ? 'd' : first ? 'a' : monitors.length > 0 ? 'k' : 'n';

    await takeUp();
    expect([at, await kept()]).toEqual([at, monitors.length > 0 ? [204] : []]);
    expect([at, await difference()]).toEqual([at, monitors.length > 0 ? after : []]);

    current = await killables.next();
    if (first) {
      const answer = await current.process.send('GET', String(first.headers.get('location')).split('/v1.0/')[1] ?? '');
      expect([at, answer?.status, answer?.text]).toEqual([at, 200, expect.stringMatching(/^HTTP\/1\.1 204 /)]);
    }
    const again = await send(current);
    expect([at, again?.status]).toEqual([at, 202]);
    await allAnswered();
    expect([at, await kept()]).toEqual([at, monitors.length > 0 ? [204, 204] : [204]]);
    expect([at, await difference()]).toEqual([at, after]);
  }
  // Not known to the service; known, but its client was not told; accepted; done with its answer.
  expect(states).toMatch(/^n+k+a+dd$/);
}, 400_000);
