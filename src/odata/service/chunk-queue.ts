/** Chunks of an answer between the database, which makes them, and the client, who takes them. Holds the database back when it is ahead. */
import type { Flow } from './database';
import { writePiece, type Piece } from './json-output';
import type { Output, StreamBody } from './message';

/** Chunks that may wait before the database is held back. */
const AHEAD = 4;

export class ChunkQueue {
  private readonly chunks: Piece[] = [];
  private flow: Flow | undefined;
  private state: 'open' | 'ended' | 'failed' | 'abandoned' = 'open';
  private failure: unknown;
  private wake: (() => void) | undefined;

  push(chunk: Piece, flow: Flow): void {
    if (this.state === 'abandoned') return;
    this.chunks.push(chunk);
    if (this.chunks.length >= AHEAD) {
      this.flow = flow;
      flow.pause();
    }
    this.wake?.();
  }

  end(last: Piece): void {
    if (this.state !== 'open') return;
    this.chunks.push(last);
    this.state = 'ended';
    this.wake?.();
  }

  fail(error: unknown): void {
    if (this.state === 'abandoned') return;
    this.state = 'failed';
    this.failure = error;
    this.wake?.();
  }

  /** Writes the chunks to the client as they come. When the client goes away, the rest of the rows is let through and dropped. */
  readonly body: StreamBody = async (output) => {
    try {
      await this.deliver(output);
    } catch (error) {
      this.state = 'abandoned';
      this.chunks.length = 0;
      this.flow?.resume();
      throw error;
    }
  };

  private async deliver(output: Output): Promise<void> {
    for (;;) {
      if (this.state === 'failed') throw this.failure;
      const chunk = this.chunks.shift();
      if (chunk) await writePiece(chunk, output);
      else if (this.state === 'ended') return;
      else await this.more();
    }
  }

  private more(): Promise<void> {
    this.flow?.resume();
    this.flow = undefined;
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
