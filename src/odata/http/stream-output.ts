/** Takes a stream of bytes to a socket no faster than the client reads. */
import type { ServerResponse } from 'node:http';
import type { Output } from '../service/message';
import { ClientGone } from './body-reader';

/** A client that takes nothing for so long is given up, so that it does not hold a database connection for ever. */
const STALL_MS = 300_000;

/** What the bytes go into. */
export type Sink = NodeJS.WritableStream & { readonly writableNeedDrain: boolean };

/** The head of the answer goes out with the first piece, so that an error before it can still be told as one. */
export class StreamOutput implements Output {
  #sink: Sink | undefined;
  #closed = false;

  constructor(
    readonly outgoing: ServerResponse,
    readonly start: () => Sink,
    /** Told of each piece. */
    readonly count: (chunk: Buffer) => void,
  ) {
    outgoing.once('close', () => (this.#closed = true));
  }

  write(chunk: Buffer): boolean {
    if (this.#closed) return false;
    this.#sink ??= this.start();
    this.count(chunk);
    return this.#sink.write(chunk);
  }

  drained(): Promise<void> {
    const sink = this.#sink;
    if (this.#closed) return Promise.reject(new ClientGone('The client has gone away.'));
    if (!sink?.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        sink.removeListener('drain', onDrain);
        this.outgoing.removeListener('close', onClose);
      };
      const onDrain = (): void => {
        settle();
        resolve();
      };
      const onClose = (): void => {
        settle();
        reject(new ClientGone('The client has gone away.'));
      };
      const timer = setTimeout(() => this.outgoing.destroy(), STALL_MS);
      timer.unref();
      sink.once('drain', onDrain);
      this.outgoing.once('close', onClose);
    });
  }

  /** Ends the answer well. */
  end(): void {
    if (this.#closed) throw new ClientGone('The client has gone away.');
    this.#sink ??= this.start();
    this.#sink.end();
  }
}
