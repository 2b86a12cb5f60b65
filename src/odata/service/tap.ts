/** What a connection of pg receives, message by message. PostgreSQL documentation §55.7 */
import type { Socket } from 'node:net';

/** The type of a message and its length. */
export const HEADER = 5;

/** Gets the messages of a connection while it is busy with a query of ours. */
interface Receiver {
  /** Takes a whole message, which lies in `data` between two places. */
  take(data: Buffer, at: number, end: number): void;
  /** The connection ended. */
  lost(): void;
}

/** Stands between a socket and pg's own parser for as long as the connection lives; while a query of ours runs, it gets the messages. */
export class Tap {
  /** The names of the statements that are prepared, the least recently used first. */
  readonly prepared = new Map<string, true>();
  query: Receiver | undefined;
  /** What has come of a message, or of its header, whose rest is on its way: to whoever is there when it is whole. */
  private begun: { readonly bytes: Buffer; length: number } | undefined;
  private readonly listeners: readonly ((chunk: Buffer) => void)[];

  private constructor(stream: Socket) {
    this.listeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    // pg forgets a query once it was told an error: nobody else would end it when no more comes.
    stream.once('close', () => this.query?.lost());
  }

  private static readonly known = new WeakMap<Socket, Tap>();

  static on(stream: Socket): Tap {
    const tap = this.known.get(stream) ?? new Tap(stream);
    this.known.set(stream, tap);
    return tap;
  }

  /** Gives a message to pg. */
  forward(message: Buffer): void {
    for (const listener of this.listeners) listener(message);
  }

  private receive(chunk: Buffer): void {
    const { begun } = this;
    if (!begun) return this.read(chunk);
    const taken = chunk.copy(begun.bytes, begun.length);
    begun.length += taken;
    if (begun.length < begun.bytes.length) return;
    this.begun = undefined;
    this.read(begun.bytes);
    if (taken < chunk.length) this.receive(chunk.subarray(taken));
  }

  /** Reads the messages that are complete. */
  private read(data: Buffer): void {
    let at = 0;
    while (data.length - at >= HEADER) {
      const end = at + 1 + data.readUInt32BE(at + 1);
      if (end > data.length) return this.begin(data, at, end - at);
      if (this.query) this.query.take(data, at, end);
      else this.forward(data.subarray(at, end));
      at = end;
    }
    if (at < data.length) this.begin(data, at, HEADER);
  }

  /** Gives a message, or its header, the room that it needs: however long it is, each piece of it is copied when it comes. */
  private begin(data: Buffer, at: number, length: number): void {
    const bytes = Buffer.allocUnsafe(length);
    this.begun = { bytes, length: data.copy(bytes, 0, at) };
  }
}
