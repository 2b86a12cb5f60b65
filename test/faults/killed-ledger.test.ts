/**
 * The money, while server processes are killed: random sequences of writes over HTTP, in which the process that works on a request gets kill -9
 * at a message to the database, and another one is sent the same request again. The books are those of a ledger in plain JavaScript.
 */
import fc from 'fast-check';
import { atMessage, startProxy, type DatabaseProxy } from '../setup/database-proxy';
import { Run, type Answered, type Way } from '../setup/ledger-run';
import { stepsOf } from '../setup/ledger-steps';
import { Books } from '../setup/posting';
import { startServerProcess, type ServerProcess } from '../setup/server-process';
import { startService, type TestService } from '../setup/service';

/** A process with a way of its own to the database. */
interface Server {
  readonly proxy: DatabaseProxy;
  readonly process: ServerProcess;
}

/** Makes the books and looks at them; the requests of the sequences go to the processes. */
let service: TestService;
let books: Books;
let current: Promise<Server>;
let next: Promise<Server>;
let kills = 0;

async function start(): Promise<Server> {
  const proxy = await startProxy(service.databaseUrl);
  return { proxy, process: await startServerProcess(proxy.url) };
}

async function end({ proxy, process }: Server): Promise<void> {
  process.kill();
  await process.ended;
  await proxy.close();
}

beforeAll(async () => {
  service = await startService({ asyncLeaseMs: 3_600_000 });
  books = await Books.of(service);
  current = start();
  next = current.then(start);
  await current;
}, 120_000);

afterAll(async () => {
  await Promise.all([current.then(end), next.then(end)]);
  await service.close();
}, 120_000);

/** What a client has of a process that died over its request. */
const nothing: Answered = { status: 0, text: '', json: {} };

const way: Way = {
  send: async (method, path, body, headers) =>
    (await (await current).process.send(method, path, headers, body)) ?? nothing,
  broken: async (at, send) => {
    const { proxy, process } = await current;
    const ended = proxy.cut(atMessage(at), { before: process.kill });
    const first = await send();
    // It may be done before so many messages: then the process dies with the answer on its way to the client.
    if (proxy.spare()) process.kill();
    else await ended;
    await process.ended;
    await proxy.close();
    kills += 1;
    current = next;
    next = current.then(start);
    const again = await send();
    if (first.status > 0 && first.status < 400) expect([again.status, again.text]).toEqual([first.status, first.text]);
    return again;
  },
};

const KILLS = 8;

test('[273, 291, 292, 363] whenever the process dies, the same request sent to another one leaves the books as if nothing had happened', async () => {
  const sequences = stepsOf({ minLength: 10, maxLength: 10 }, 10);
  // The same on every machine, and as many of them as it takes.
  for (let seed = 1; kills < KILLS; seed++)
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        const run = await Run.begin(books, way);
        for (const [one, how] of steps) await run.do(one, how);
        await run.balance();
        expect(service.takeFailures()).toEqual([]);
      }),
      // So many steps and no time: the same is tried on a slow machine.
      { seed, numRuns: 1, endOnFailure: true },
    );
}, 400_000);
