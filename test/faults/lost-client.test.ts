/**
 * Clients whose connection ends in the middle of a request or of its answer, that are slow, or that count their bytes wrong: nothing is done by
 * half, no connection to the database is kept from others, and the counters tell what was answered.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startProxy, type DatabaseProxy } from '../setup/database-proxy';
import { EveryTable, rowCounts } from '../setup/every-table';
import { changeSet, creating, isDone, jsonGroup, posting, type KnownWork } from '../setup/known-work';
import { Books } from '../setup/posting';
import { startService, type Answer, type TestService } from '../setup/service';

const POOL = 2;

/** Connections whose transaction waits for its next statement. */
const OPEN = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;

let proxy: DatabaseProxy;
let service: TestService;
let books: Books;
let tables: EveryTable;
const sockets = new Set<Socket>();

beforeAll(async () => {
  const through = async (url: string): Promise<string> => (proxy = await startProxy(url)).url;
  service = await startService({ through, poolSize: POOL, asyncLeaseMs: 3_600_000 });
  [books, tables] = [await Books.of(service), await EveryTable.of(service)];
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await service.close();
  await proxy.close();
});

const works = [
  ['a create', creating],
  ['a change set', changeSet],
  ['a JSON group', jsonGroup],
  ['a post', posting],
] as const;

async function prepared(known: (books: Books) => Promise<KnownWork>): Promise<KnownWork> {
  const work = await known(books);
  await tables.keep();
  return work;
}

const send = ({ method, path, headers, body }: KnownWork): Promise<Answer> =>
  service.send(method, path, { ...headers }, body);

/** A request as it goes over the wire. */
function bytesOf({ method, path, headers, body = '' }: KnownWork, length = Buffer.byteLength(body)): Buffer {
  const { pathname, host } = new URL(service.root);
  const fields = { Host: host, Connection: 'close', ...headers, 'Content-Length': String(length) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${pathname}${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** A connection of its own. */
async function opened(): Promise<Socket> {
  const { port } = new URL(service.root);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  sockets.add(socket);
  socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the service closes. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

/** POST requests that are over, by the status that they were answered with. */
async function counted(): Promise<ReadonlyMap<string, number>> {
  const { text } = await service.get(new URL('/metrics', service.root).href);
  const lines = text.matchAll(/^odata_requests_total\{method="POST",status="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, status = '', count]) => [status, Number(count)]));
}

/** Those that have come since. */
async function countedSince(before: ReadonlyMap<string, number>): Promise<Readonly<Record<string, number>>> {
  const now = [...(await counted())].map(([status, count]) => [status, count - (before.get(status) ?? 0)] as const);
  return Object.fromEntries(now.filter(([, count]) => count > 0));
}

/** More requests at once than there are connections are answered: nobody keeps one. */
async function noneIsKept(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 3 * POOL }, () => service.get('customers/$count')));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  // What was begun when its client left may still come to its end: a connection that is kept has none.
  await until(async () => (await service.sql(OPEN)).length === 0);
}

const ways = [
  (socket: Socket) => socket.destroy(),
  (socket: Socket) => socket.resetAndDestroy(),
  (socket: Socket) => socket.end(),
] as const;

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
}

test.each(works)('%s whose connection ends before it was sent whole is not done', async (_, known) => {
  const work = await prepared(known);
  const bytes = bytesOf(work);
  const head = bytes.indexOf('\r\n\r\n') + 4;
  const steps = Array.from({ length: 12 }, (__, at) => Math.floor((at * bytes.length) / 12) + 1);
  const lengths = [...new Set([...steps, head - 1, head, bytes.length - 1])].filter((length) => length < bytes.length);
  const before = await counted();
  for (const length of lengths) {
    for (const leave of ways) {
      const socket = await opened();
      await write(socket, bytes.subarray(0, length));
      leave(socket);
      if (!socket.destroyed) await rest(socket);
    }
  }
  // What had its head whole is counted, as not answered.
  const begun = lengths.filter((length) => length >= head).length * ways.length;
  const counts = begun > 0 ? { none: begun } : {};
  await until(async () => ((await countedSince(before))['none'] ?? 0) >= begun);
  expect(await countedSince(before)).toEqual(counts);
  expect(await tables.difference()).toEqual([]);
  await noneIsKept();
  expect(isDone(await send(work))).toBe(true);
  expect(rowCounts(await tables.difference())).toEqual(work.changes);
});

test.each(works)(
  '%s whose client leaves at any message to the database is done once',
  async (_, known) => {
    const work = await prepared(known);
    // The current company is known for some seconds: no message more is counted than every request has.
    await service.get('customers/$count');
    const whole = proxy.watch(Infinity, () => undefined);
    expect(isDone(await send(work))).toBe(true);
    const letters = whole.letters();
    const after = await tables.difference();
    expect([rowCounts(after), letters.length > 8]).toEqual([work.changes, true]);
    for (let at = 0; at < letters.length; at++) {
      await tables.restore();
      const socket = await opened();
      const leave = ways[at % ways.length] ?? ways[0];
      const watch = proxy.watch(at, () => leave(socket), true);
      await write(socket, bytesOf(work));
      const came = rest(socket);
      await until(async () => watch.isReached());
      // Its twin waits until it is done or undone.
      const again = await send(work);
      expect([at, isDone(again), again.text]).toEqual([at, true, again.text]);
      expect([at, await tables.difference()]).toEqual([at, after]);
      await came;
    }
    await noneIsKept();
  },
  240_000,
);

test.each(works)('%s whose client leaves at the first byte of its answer is done', async (_, known) => {
  const work = await prepared(known);
  const before = await counted();
  const socket = await opened();
  await write(socket, bytesOf(work));
  await once(socket, 'data');
  socket.destroy();
  const left = await tables.difference();
  expect(rowCounts(left)).toEqual(work.changes);
  const again = await send(work);
  expect([isDone(again), await tables.difference()]).toEqual([true, left]);
  expect(Object.values(await countedSince(before))).toEqual([2]);
  await noneIsKept();
});

test('a batch whose client takes no more of its answer, and leaves, stops between two of its requests', async () => {
  const create = (id: string, amount: number, journal: string) => ({
    id,
    method: 'POST',
    url: `customerPaymentJournals(${journal})/customerPayments`,
    body: { amount },
    atomicityGroup: `g${amount}`,
  });
  const journal = await books.journal();
  // In each round two creates and a megabyte of answers: after some rounds no buffer of a socket holds them.
  const requests = Array.from({ length: 40 }, (_, at) => [
    create(`a${at}`, at, journal),
    create(`b${at}`, at, journal),
    ...[1, 2, 3, 4].map((copy) => ({
      id: `r${at}-${copy}`,
      method: 'GET',
      url: 'salesInvoices?$expand=customer($expand=salesInvoices)',
    })),
  ]).flat();
  const work = {
    method: 'POST',
    path: '$batch',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ requests }),
  };
  const amounts = async (): Promise<readonly number[]> => {
    const rows = await service.sql('SELECT amount::int FROM customer_payments WHERE journal_id = $1 ORDER BY 1', [
      journal,
    ]);
    return rows.map(({ amount }) => Number(amount));
  };
  const socket = await opened();
  await write(socket, bytesOf({ ...work, changes: {} }));
  await once(socket, 'data');
  socket.pause();
  let seen = -1;
  await until(async () => {
    const now = (await amounts()).length;
    const isStill = now > 0 && now === seen;
    seen = now;
    if (!isStill) await sleep(300);
    return isStill;
  });
  // It waits: what it has done is there, each group whole; others are answered.
  expect(seen).toBeLessThan(80);
  expect((await service.get('customers/$count')).status).toBe(200);
  socket.resetAndDestroy();
  await sleep(300);
  const done = await amounts();
  expect(done).toEqual(Array.from({ length: done.length }, (_, at) => Math.floor(at / 2)));
  expect([done.length % 2, done.length < 80]).toEqual([0, true]);
  // What was begun comes to its end, and nothing is begun for nobody.
  expect(done.length - seen).toBeLessThanOrEqual(2);
  await noneIsKept();
});

test('a batch whose client leaves before its answer begins stops between two of its requests', async () => {
  const journal = await books.journal();
  const url = `customerPaymentJournals(${journal})/customerPayments`;
  const requests = Array.from({ length: 400 }, (_, at) => ({ id: `${at}`, method: 'POST', url, body: { amount: at } }));
  const headers = { 'Content-Type': 'application/json', Prefer: 'return=minimal' };
  const socket = await opened();
  const body = JSON.stringify({ requests });
  await write(socket, bytesOf({ method: 'POST', path: '$batch', headers, body, changes: {} }));
  const done = async (): Promise<number> =>
    (await service.sql('SELECT id FROM customer_payments WHERE journal_id = $1', [journal])).length;
  await until(async () => (await done()) > 2);
  socket.resetAndDestroy();
  await once(socket, 'close');
  for (let seen = -1, now = await done(); now !== seen; now = await done()) {
    seen = now;
    await sleep(300);
  }
  expect(await done()).toBeLessThan(400);
  await noneIsKept();
});

describe('what a client that has left asked for', () => {
  const WAITING = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

  let locker: Client;

  beforeAll(async () => {
    locker = new Client({ connectionString: service.databaseUrl });
    await locker.connect();
  });

  afterAll(() => locker.end());

  /** So many statements wait for the lock. */
  const waiting = (count: number): Promise<void> => until(async () => (await service.sql(WAITING)).length === count);

  const asking = async (path: string): Promise<Socket> => {
    const socket = await opened();
    await write(socket, bytesOf({ method: 'GET', path, headers: {}, changes: {} }));
    return socket;
  };

  test.each([
    ['a collection', 'customers?$count=true'],
    ['an entity', "customers(number='C00001')"],
    ['a property', "customers(number='C00001')/displayName"],
    ['a number', 'customers/$count'],
    ['what is expanded', 'salesInvoices?$expand=customer'],
  ])('%s is read no further, and keeps no connection', async (_, path) => {
    await locker.query('BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE');
    try {
      for (const leave of ways) {
        const sockets = [await asking(path), await asking(path)];
        await waiting(POOL);
        // Those wait for a connection, and are not begun when there is one.
        const later = [await asking(path), await asking(path)];
        for (const socket of later) leave(socket);
        for (const socket of sockets) leave(socket);
        await waiting(0);
        expect((await service.get('accounts/$count')).status).toBe(200);
      }
    } finally {
      await locker.query('ROLLBACK');
    }
    await noneIsKept();
  });

  test('a batch goes on with no further read', async () => {
    await locker.query('BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE');
    try {
      const requests = ['1', '2', '3'].map((id) => ({ id, method: 'GET', url: 'customers/$count' }));
      const socket = await opened();
      const body = JSON.stringify({ requests });
      await write(
        socket,
        bytesOf({ method: 'POST', path: '$batch', headers: { 'Content-Type': 'application/json' }, body, changes: {} }),
      );
      await waiting(1);
      socket.destroy();
      await waiting(0);
      expect((await service.get('accounts/$count')).status).toBe(200);
    } finally {
      await locker.query('ROLLBACK');
    }
    await noneIsKept();
  });

  test('the statements of others are never ended', async () => {
    for (let round = 0; round < 40; round++) {
      const socket = await asking('salesInvoices?$expand=customer($expand=salesInvoices)');
      const others = Array.from({ length: 2 * POOL }, () => service.get('salesInvoices?$expand=customer'));
      await sleep(round % 10);
      socket.destroy();
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
    }
  });
});

/** A way to the database that passes on what asks for the end of a statement so many milliseconds later than all else. */
async function lateCancels(databaseUrl: string, delay: number) {
  const target = new URL(databaseUrl);
  const ends = new Set<Socket>();
  let asked = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) ends.add(socket.on('error', () => undefined));
    upstream.pipe(client);
    client.once('data', (first: Buffer) => {
      client.pause();
      const isCancel = first.length === 16 && first.readInt32BE(4) === 80877102;
      if (isCancel) asked += 1;
      const pass = (): void => {
        upstream.write(first);
        client.pipe(upstream);
      };
      setTimeout(pass, isCancel ? delay : 0);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    asked: () => asked,
    close: () => {
      for (const socket of ends) socket.destroy();
      server.close();
    },
  };
}

test.each([300, 6000])(
  'an end that is asked for comes %d ms late: it is not that of the next statement',
  async (delay) => {
    let way: Awaited<ReturnType<typeof lateCancels>> | undefined;
    const narrow = await startService({
      poolSize: 1,
      through: async (url) => (way = await lateCancels(url, delay)).url,
    });
    const locker = new Client({ connectionString: narrow.databaseUrl });
    await locker.connect();
    const lock = () => locker.query('BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE');
    const waiting = async (): Promise<boolean> =>
      (
        await narrow.sql(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      ).length > 0;
    try {
      expect((await narrow.get('accounts/$count')).status).toBe(200);
      await lock();
      const { hostname, port, pathname } = new URL(narrow.root);
      const socket = connect(Number(port), hostname);
      await write(socket, Buffer.from(`GET ${pathname}customers/$count HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`));
      await until(waiting);
      socket.destroy();
      await until(async () => way?.asked() === 1);
      // It ends by itself before the database is told to end it.
      await locker.query('ROLLBACK');
      await until(async () => !(await waiting()));
      await lock();
      const next = narrow.get('customers/$count');
      await sleep(delay + 500);
      await locker.query('ROLLBACK');
      expect((await next).status).toBe(200);
    } finally {
      await locker.end();
      await narrow.close();
      way?.close();
    }
  },
);

test('slow clients keep nobody waiting, and are answered when they are done', async () => {
  const slow: { readonly bytes: Buffer; readonly socket: Socket }[] = [];
  while (slow.length < 10 * POOL) {
    const [bytes, socket] = [bytesOf(await creating(books)), await opened()];
    await write(socket, bytes.subarray(0, -20));
    slow.push({ bytes, socket });
  }
  await tables.keep();
  await noneIsKept();
  expect(isDone(await send(await creating(books)))).toBe(true);
  for (const { bytes, socket } of slow) {
    for (let at = -20; at < 0; at++) await write(socket, bytes.subarray(at, at + 1 || undefined));
  }
  const answers = await Promise.all(slow.map(({ socket }) => rest(socket)));
  expect(answers.map((text) => text.slice(0, 12))).toEqual(slow.map(() => 'HTTP/1.1 201'));
  expect(rowCounts(await tables.difference())).toMatchObject({
    customer_payments: `-0 +${slow.length + 1}`,
    dimension_lines: `-0 +${slow.length + 1}`,
  });
});

describe('a body of another length than its Content-Length', () => {
  test.each(works.slice(0, 3))('%s, cut anywhere, is refused or as good as whole', async (_, known) => {
    const work = await prepared(known);
    const body = Buffer.from(work.body ?? '');
    const whole = work.headers['Content-Type']?.startsWith('multipart') ? body.length - 2 : body.length;
    for (let length = 1; length < whole; length += length > whole - 30 ? 1 : 7) {
      const { status, error } = await service.send(
        work.method,
        work.path,
        { ...work.headers },
        body.subarray(0, length),
      );
      expect([length, status, error.code]).toEqual([length, 400, expect.any(String)]);
    }
    expect(await tables.difference()).toEqual([]);
    expect(isDone(await send(work))).toBe(true);
  });

  test.each(works)('%s: too short a length, too long a one, one that is none, and two of them', async (_, known) => {
    const work = await prepared(known);
    const length = Buffer.byteLength(work.body ?? '');
    const whole = bytesOf(work).toString();
    const withLength = (text: string): Buffer =>
      Buffer.from(whole.replace(/Content-Length: \d+/, `Content-Length: ${text}`));
    const tooLong = withLength(String(length + 20));
    const sent = [
      ...(length > 0 ? [withLength(String(length - 3)), withLength(String(length - 20))] : []),
      tooLong,
      ...['-1', `${length}x`, `0x${length.toString(16)}`, `${length}, ${length + 1}`].map(withLength),
      withLength(`${length}\r\nContent-Length: ${length + 1}`),
      withLength(`${length}\r\nTransfer-Encoding: chunked`),
    ];
    for (const bytes of sent) {
      const socket = await opened();
      const came = rest(socket);
      await write(socket, bytes);
      if (bytes === tooLong) socket.end();
      expect([bytes.toString(), await came]).toEqual([bytes.toString(), expect.stringMatching(/^HTTP\/1\.1 400 /)]);
    }
    expect(await tables.difference()).toEqual([]);
    await noneIsKept();
    expect(isDone(await send(work))).toBe(true);
    expect(rowCounts(await tables.difference())).toEqual(work.changes);
  });
});
