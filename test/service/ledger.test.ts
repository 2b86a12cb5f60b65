/**
 * The money: random creates, changes, deletions and postings, sent once, twice, at the same time or through a connection that breaks. After
 * each of them the tables hold what a ledger in plain JavaScript holds, and sums by plain SQL balance. test/faults kills the process, too.
 */
import fc from 'fast-check';
import { atMessage, startProxy, type DatabaseProxy } from '../setup/database-proxy';
import { Run, type Way } from '../setup/ledger-run';
import { stepsOf } from '../setup/ledger-steps';
import { Books } from '../setup/posting';
import { startService, type TestService } from '../setup/service';

let proxy: DatabaseProxy;
let service: TestService;
let books: Books;

beforeAll(async () => {
  const through = async (url: string): Promise<string> => (proxy = await startProxy(url)).url;
  service = await startService({ through, asyncLeaseMs: 3_600_000 });
  books = await Books.of(service);
});

afterAll(async () => {
  await service.close();
  await proxy.close();
});

const way: Way = {
  send: (method, path, body, headers) => books.send(method, path, body, headers),
  broken: async (at, send) => {
    const isOver = proxy.cut(atMessage(at));
    const first = await send();
    if (!proxy.spare()) await isOver;
    return first.status === 503 ? send() : first;
  },
};

test.each([1, 2, 3, 4])(
  '[291, 292, 363] whatever is done to payments and invoices, and however it is sent, the money balances (seed %i)',
  async (seed) => {
    await fc.assert(
      fc.asyncProperty(stepsOf({ minLength: 10, maxLength: 20 }, 2), async (steps) => {
        const run = await Run.begin(books, way);
        for (const [one, how] of steps) {
          await run.do(one, how);
          if (one.kind === 'post' || one.kind === 'race') await run.balance();
        }
        await run.balance();
        expect(
          service.takeFailures().filter((message) => !/^Connection terminated|not queryable/.test(message)),
        ).toEqual([]);
      }),
      // Many steps and no time: the same is tried on a slow machine.
      { seed, numRuns: 4, endOnFailure: true },
    );
  },
  240_000,
);
