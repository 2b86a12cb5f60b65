/** A round trip over a connection of pg: what is sent, and the bytes that come back until the server is ready for the next one. */
import type { Socket } from 'node:net';
import { isList, parameterText } from './array-text';
import type { Call, Flow } from './database';
import { isConnectionError } from './database-errors';
import { HEADER, Tap } from './tap';
import { WireMessages } from './wire-messages';

/** What of pg's Connection is used. */
interface Connection {
  readonly stream: Socket;
}

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

/**
 * A query in the eyes of pg (its `Submittable`), that reads the socket itself while it runs: rows go to the calls' handlers as they are,
 * every other message goes on to pg's own parser, so that errors, notices and the end of the query stay its business.
 */
export class RawQuery implements Flow {
  private readonly tags: number[] = [];
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
    send(stream, messages.sync());
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
    messages.bind(
      name,
      values.map((value) => (isList(value) ? parameterText(value) : value)),
    );
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

  /** Takes the next message of the answer. */
  take(data: Buffer, at: number, end: number): void {
    const type = data[at];
    if (type === DATA_ROW) this.row(data, at + HEADER);
    else this.other(type, data.subarray(at, end));
  }

  private row(data: Buffer, start: number): void {
    if (this.handlerError !== undefined) return;
    try {
      this.calls[this.tags.length]?.onRow?.(data, start, this);
    } catch (error) {
      this.handlerError = error;
    }
  }

  /** Handles a message that is no row. */
  private other(type: number | undefined, message: Buffer): void {
    if (type === PARSE_COMPLETE) this.parsing.shift();
    else if (type === COMMAND_COMPLETE) this.tags.push(affectedRows(message));
    else if (type === EMPTY_QUERY) this.tags.push(0);
    else if (type === CLOSE_COMPLETE) this.closing.shift();
    else if (type === READY_FOR_QUERY) this.end(message);
    else if (type !== BIND_COMPLETE) this.connected?.tap.forward(message);
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

/**
 * Writes pieces no faster than the socket takes them, and others have their turn where it takes them at once. Nothing else is written until the server
 * has had all and is ready again.
 */
function send(stream: Socket, pieces: Iterator<Buffer>): void {
  for (let next = pieces.next(); !next.done; next = pieces.next())
    if (!stream.write(next.value)) {
      stream.once('drain', () => setImmediate(send, stream, pieces));
      return;
    }
}

/** The row count of a command tag such as `INSERT 0 3` or `SELECT 5`. */
function affectedRows(message: Buffer): number {
  const tag = message.toString('latin1', 5, message.length - 1);
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
  return Number.isInteger(count) ? count : 0;
}
