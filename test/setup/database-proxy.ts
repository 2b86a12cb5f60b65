/**
 * A way to PostgreSQL that can be cut at any message of its protocol: what a killed server process looks like to the database, and what a
 * lost connection looks like to the service.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** One round trip of a client: everything up to and with its Sync. */
export interface RoundTrip {
  /** The letters of its messages: P(arse), B(ind), E(xecute), C(lose), S(ync). */
  readonly letters: string;
  /** All of it as text, to look for statements that are not prepared yet. */
  readonly text: string;
}

/** How many messages of a round trip still reach the database; undefined when it is not to be cut. */
export type Cut = (roundTrip: RoundTrip) => number | undefined;

/** Cuts behind so many messages of the round trips to come. */
export function atMessage(count: number): Cut {
  let left = count;
  return ({ letters }) => {
    if (left < letters.length) return left;
    left -= letters.length;
    return undefined;
  };
}

export interface CutOptions {
  readonly before?: () => void;
  readonly answers?: 'lost' | 'passed';
}

/** Stands between clients and a database. */
export interface DatabaseProxy {
  readonly url: string;
  /**
   * Cuts the first connection whose round trip the function chooses, once: the messages reach the database, and their answers nobody unless
   * they are `passed`. `before` runs just before. Resolves when the database has ended the session: its transaction is committed or undone.
   */
  cut(choose: Cut, options?: CutOptions): Promise<void>;
  /** Ends waiting for a cut; true when none has happened. */
  spare(): boolean;
  close(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function startProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let armed: (CutOptions & { readonly choose: Cut; readonly done: () => void }) | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    const messages = new ClientMessages();
    let isCut = false;
    client.on('data', (chunk: Buffer) => {
      for (const { frames, letters } of messages.of(chunk)) {
        if (isCut) return;
        const bytes = Buffer.concat(frames);
        const kept = letters.endsWith('S') ? armed?.choose({ letters, text: bytes.toString('latin1') }) : undefined;
        if (!armed || kept === undefined) {
          upstream.write(bytes);
          continue;
        }
        const { before, done, answers } = armed;
        [armed, isCut] = [undefined, true];
        upstream.once('close', done);
        if (answers !== 'passed') upstream.unpipe(client).resume();
        before?.();
        upstream.end(Buffer.concat(frames.slice(0, kept)));
        if (answers !== 'passed') client.destroy();
      }
    });
    client.once('close', () => upstream.end());
    upstream.once('close', () => client.destroy());
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: (choose, options) => new Promise((done) => (armed = { ...options, choose, done })),
    spare: () => {
      const isSpared = armed !== undefined;
      armed = undefined;
      return isSpared;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Cuts the bytes of a client into round trips; what comes before the first Sync of a session passes message by message. */
class ClientMessages {
  private pending: Buffer = Buffer.alloc(0);
  private isStarted = false;
  private frames: Buffer[] = [];

  *of(chunk: Buffer): Generator<{ readonly frames: readonly Buffer[]; readonly letters: string }> {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (let frame = this.next(); frame; frame = this.next()) {
      this.frames.push(frame.bytes);
      if (frame.letter !== undefined && 'PBEDCH'.includes(frame.letter)) continue;
      const frames = this.frames.splice(0);
      yield { frames, letters: frames.map((bytes) => String.fromCharCode(bytes[0] ?? 0)).join('') };
    }
  }

  private next(): { readonly bytes: Buffer; readonly letter: string | undefined } | undefined {
    const head = this.isStarted ? 1 : 0;
    if (this.pending.length < head + 4) return undefined;
    const length = head + this.pending.readUInt32BE(head);
    if (this.pending.length < length) return undefined;
    const bytes = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    // The first message of a session has no letter.
    const letter = this.isStarted ? String.fromCharCode(bytes[0] ?? 0) : undefined;
    this.isStarted = true;
    return { bytes, letter };
  }
}
