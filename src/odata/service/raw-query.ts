/** A round trip over a connection of pg: what is sent, and the bytes that come back until the server is ready for the next one. */
import type { Socket } from 'node:net';
import { parameterText } from './array-text';
import type { Call, Flow } from './database';
import { isConnectionError } from './database-errors';
import { WireMessages } from './wire-messages';

/** What of pg's Connection is used. */
interface Connection {
  readonly stream: Socket;
}

/** The type of a message and its length. */
const HEADER = 5;

const code = (letter: string): number => letter.charCodeAt(0);
const DATA_ROW = code('D');
const PARSE_COMPLETE = code('1');
const COMMAND_COMPLETE = code('C');
const EMPTY_QUERY = code('I');
const READY_FOR_QUERY = code('Z');
const CLOSE_COMPLETE = code('3');
const BIND_COMPLETE = code('2');

/** Statements that one connection keeps prepared; the least recently used one is closed first. */
const MAX_PREPARED = 400;
/** Characters of a statement that a connection keeps: what PostgreSQL makes of a longer one takes more memory than time. */
const LONGEST_KEPT = 65_536;

/** Stands between a socket and pg's own parser for as long as the connection lives; while a query of ours runs, it gets the bytes. */
class Tap {
  /** The names of the statements that are prepared, the least recently used first. */
  readonly prepared = new Map<string, true>();
  query: RawQuery | undefined;
  private readonly listeners: readonly ((chunk: Buffer) => void)[];

  private constructor(stream: Socket) {
    this.listeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => {
      if (this.query) this.query.receive(chunk);
      else this.forward(chunk);
    });
    // pg forgets a query once it was told an error: nobody else would end it when no more comes.
    stream.once('close', () => this.query?.lost());
  }

  private static readonly known = new WeakMap<Socket, Tap>();

  static on(stream: Socket): Tap {
    const tap = this.known.get(stream) ?? new Tap(stream);
    this.known.set(stream, tap);
    return tap;
  }

  /** Gives bytes to pg. */
  forward(message: Buffer): void {
    for (const listener of this.listeners) listener(message);
  }
}

/**
 * A query in the eyes of pg (its `Submittable`), that reads the socket itself while it runs: rows go to the calls' handlers as they are,
 * every other message goes on to pg's own parser, so that errors, notices and the end of the query stay its business.
 */
export class RawQuery implements Flow {
  private readonly tags: number[] = [];
  /** What has come of a message, or of its header, whose rest is on its way. */
  private begun: { readonly bytes: Buffer; length: number } | undefined;
  private error: unknown;
  private handlerError: unknown;
  /** What it was submitted to; pg submits nothing to a connection that is lost. */
  private connected: { readonly stream: Socket; readonly tap: Tap } | undefined;
  /** Names whose Parse, and whose Close, the server has not confirmed yet. */
  private readonly parsing: string[] = [];
  private readonly closing: string[] = [];
  private ended = false;

  constructor(
    private readonly calls: readonly Call[],
    private readonly named: boolean,
    private readonly done: (error: unknown, tags: readonly number[]) => void,
  ) {}

  submit({ stream }: Connection): Error | null {
    const tap = Tap.on(stream);
    this.connected = { stream, tap };
    tap.query = this;
    const messages = new WireMessages();
    for (const call of this.calls) this.add(messages, call, tap);
    stream.write(messages.sync());
    return null;
  }

  private add(messages: WireMessages, { statement, values }: Call, { prepared }: Tap): void {
    const name = this.named && statement.text.length <= LONGEST_KEPT ? statement.name : '';
    const isKept = name !== '';
    if (!isKept || !prepared.has(name)) {
      if (isKept) this.makeRoom(messages, prepared);
      messages.parse(name, statement.text);
      this.parsing.push(name);
    }
    if (isKept) {
      prepared.delete(name);
      prepared.set(name, true);
    }
    messages.bind(name, values.map(parameterText));
    messages.execute();
  }

  private makeRoom(messages: WireMessages, prepared: Tap['prepared']): void {
    if (prepared.size < MAX_PREPARED) return;
    const [oldest] = prepared.keys();
    if (oldest === undefined) return;
    prepared.delete(oldest);
    this.closing.push(oldest);
    messages.forget(oldest);
  }

  pause(): void {
    if (!this.ended) this.connected?.stream.pause();
  }

  /** Nothing once the query is over: the connection may serve another one by then. */
  resume(): void {
    if (!this.ended) this.connected?.stream.resume();
  }

  /** Takes the next bytes of the answer. */
  receive(chunk: Buffer): void {
    const { begun } = this;
    if (!begun) return this.read(chunk);
    const taken = chunk.copy(begun.bytes, begun.length);
    begun.length += taken;
    if (begun.length < begun.bytes.length) return;
    this.begun = undefined;
    this.read(begun.bytes);
    if (taken === chunk.length) return;
    const rest = chunk.subarray(taken);
    if (this.ended) this.connected?.tap.forward(rest);
    else this.receive(rest);
  }

  /** Reads the messages that are complete. */
  private read(data: Buffer): void {
    let at = 0;
    while (data.length - at >= HEADER) {
      const end = at + 1 + data.readUInt32BE(at + 1);
      if (end > data.length) return this.begin(data, at, end - at);
      const type = data[at];
      if (type === DATA_ROW) this.row(data, at + HEADER);
      else if (this.other(type, data.subarray(at, end))) {
        if (end < data.length) this.connected?.tap.forward(data.subarray(end));
        return;
      }
      at = end;
    }
    if (at < data.length) this.begin(data, at, HEADER);
  }

  /** Gives a message, or its header, the room that it needs: however long it is, each piece of it is copied when it comes. */
  private begin(data: Buffer, at: number, length: number): void {
    const bytes = Buffer.allocUnsafe(length);
    this.begun = { bytes, length: data.copy(bytes, 0, at) };
  }

  private row(data: Buffer, start: number): void {
    if (this.handlerError !== undefined) return;
    try {
      this.calls[this.tags.length]?.onRow?.(data, start, this);
    } catch (error) {
      this.handlerError = error;
    }
  }

  /** Handles a message that is no row; true when it was the last one of the query. */
  private other(type: number | undefined, message: Buffer): boolean {
    if (type === PARSE_COMPLETE) this.parsing.shift();
    else if (type === COMMAND_COMPLETE) this.tags.push(affectedRows(message));
    else if (type === EMPTY_QUERY) this.tags.push(0);
    else if (type === CLOSE_COMPLETE) this.closing.shift();
    else if (type === READY_FOR_QUERY) {
      this.end(message);
      return true;
    } else if (type !== BIND_COMPLETE) this.connected?.tap.forward(message);
    return false;
  }

  /** After an error the server skips to the end: what it did not confirm did not happen. */
  private end(message: Buffer | undefined): void {
    if (this.ended) return;
    this.resume(); // its last bytes may have come while the receiver wanted a pause
    this.ended = true;
    if (this.connected) this.leave(this.connected.tap, message);
    this.done(this.error ?? this.handlerError, this.tags);
  }

  private leave(tap: Tap, message: Buffer | undefined): void {
    for (const name of this.parsing) tap.prepared.delete(name);
    for (const name of this.closing) tap.prepared.set(name, true);
    tap.query = undefined;
    if (message) tap.forward(message);
  }

  /** Called by pg for an ErrorResponse (more messages follow), and when the connection is lost (none follow). */
  handleError(error: unknown): void {
    this.error = error;
    if (isConnectionError(error)) this.end(undefined);
  }

  /** The connection ended before the query did. */
  lost(): void {
    this.error = new Error('Connection terminated unexpectedly', { cause: this.error });
    this.end(undefined);
  }

  handleReadyForQuery(): void {}
  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

/** The row count of a command tag such as `INSERT 0 3` or `SELECT 5`. */
function affectedRows(message: Buffer): number {
  const tag = message.toString('latin1', 5, message.length - 1);
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
  return Number.isInteger(count) ? count : 0;
}
