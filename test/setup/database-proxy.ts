/**
 * A way to PostgreSQL that can be cut at any message of its protocol: what a killed server process looks like to the database, and what a
 * lost connection looks like to the service.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { WireFrames, type Frame } from './wire-frames';

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

/** What has come by since a watch began. */
export interface Watch {
  /**
   * A letter for each message at which something happens: E(xecute), S(ync), C(lose) and Q(uery) of the clients, Z for the end of each answer.
   * Parse and Bind go with the Execute behind them.
   */
  readonly letters: () => string;
  /** Whether the message was there. */
  readonly isReached: () => boolean;
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
  /**
   * Counts messages from now on. At the one of that number `reached` is called; it goes no further, and nor does anything behind it, unless
   * everything `goesOn`.
   */
  watch(at: number, reached: () => void, goesOn?: boolean): Watch;
  /** Of the sessions that there are, nobody gets the answers to round trips that are chosen, nor what comes behind them. */
  mute(choose: (roundTrip: RoundTrip) => boolean): void;
  /** Resolves when the database has ended every session: all that was done is committed or undone. */
  left(): Promise<void>;
  close(): Promise<void>;
}

/** The watch of a proxy: it sees every message of sessions that have begun. */
class Watching implements Watch {
  private seen = '';
  private over = false;

  constructor(
    private readonly at: number,
    private readonly reached: () => void,
    private readonly goesOn: boolean,
  ) {}

  /** True when the message must not be passed on. */
  stops(letter: string): boolean {
    if (!this.over && this.seen.length === this.at) {
      this.over = true;
      this.reached();
    }
    if (!this.over) this.seen += letter;
    return this.over && !this.goesOn;
  }

  readonly letters = (): string => this.seen;
  readonly isReached = (): boolean => this.over;
}

type Muting = (choose: (roundTrip: RoundTrip) => boolean) => void;

/** Messages of clients at which something happens. */
const COUNTED = 'ECSQ';

/** Starts one on a free loopback port. */
export async function startProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const sessions = new Set<{ readonly ended: Promise<void>; readonly mute: Muting }>();
  let armed: (CutOptions & { readonly choose: Cut; readonly done: () => void }) | undefined;
  let watching: Watching | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    const roundTrips = new RoundTrips();
    const answers = new WireFrames(true);
    let passes: 'both ways' | 'answers' | 'nothing' = 'both ways';
    let isMute = false;
    let mutes: ((roundTrip: RoundTrip) => boolean) | undefined;
    let asked = 0;
    const ended = new Promise<void>((resolve) => upstream.once('close', () => resolve()));
    const session = { ended, mute: (choose: (roundTrip: RoundTrip) => boolean) => void (mutes = choose) };
    sessions.add(session);
    void ended.then(() => sessions.delete(session));
    client.on('data', (chunk: Buffer) => {
      for (const { frames, letters } of roundTrips.of(chunk)) {
        if (passes !== 'both ways') return;
        const held = frames.findIndex(
          ({ letter }) => letter !== undefined && COUNTED.includes(letter) && watching?.stops(letter),
        );
        if (held >= 0) {
          passes = 'nothing';
          upstream.end(bytesOf(frames.slice(0, held)));
          return;
        }
        const bytes = bytesOf(frames);
        isMute ||= mutes?.({ letters, text: bytes.toString('latin1') }) ?? false;
        if (/[SQ]$/.test(letters)) asked += 1;
        const kept = letters.endsWith('S') ? armed?.choose({ letters, text: bytes.toString('latin1') }) : undefined;
        if (!armed || kept === undefined) {
          upstream.write(bytes);
          continue;
        }
        const { before, done, answers: lost } = armed;
        armed = undefined;
        passes = lost === 'passed' ? 'answers' : 'nothing';
        upstream.once('close', done);
        before?.();
        upstream.end(bytesOf(frames.slice(0, kept)));
        if (passes === 'nothing') client.destroy();
      }
    });
    upstream.on('data', (chunk: Buffer) => {
      if (passes === 'nothing' || isMute) return;
      const passed: Frame[] = [];
      for (const frame of answers.of(chunk)) {
        const endsAnswer = frame.letter === 'Z' && asked > 0;
        if (endsAnswer) asked -= 1;
        if (endsAnswer && watching?.stops('Z')) {
          passes = 'nothing';
          break;
        }
        passed.push(frame);
      }
      client.write(bytesOf(passed));
    });
    client.once('close', () => upstream.end());
    upstream.once('end', () => client.end()).once('close', () => client.destroy());
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
    watch: (at, reached, goesOn = false) => (watching = new Watching(at, reached, goesOn)),
    mute: (choose) => sessions.forEach((session) => session.mute(choose)),
    left: async () => {
      await Promise.all([...sessions].map(({ ended }) => ended));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const bytesOf = (frames: readonly Frame[]): Buffer => Buffer.concat(frames.map(({ bytes }) => bytes));

/** Cuts the bytes of a client into round trips; what comes before the first Sync of a session passes message by message. */
class RoundTrips {
  private readonly messages = new WireFrames(false);
  private frames: Frame[] = [];

  *of(chunk: Buffer): Generator<{ readonly frames: readonly Frame[]; readonly letters: string }> {
    for (const frame of this.messages.of(chunk)) {
      this.frames.push(frame);
      if (frame.letter !== undefined && 'PBEDCH'.includes(frame.letter)) continue;
      const frames = this.frames.splice(0);
      yield { frames, letters: frames.map(({ letter }) => letter ?? ' ').join('') };
    }
  }
}
