/** Small pieces of an answer travel together. */
import type { Output } from './message';

/** Pieces of this size in all go on their way. */
const CHUNK = 32 * 1024;

/** Writes to an output in larger pieces; the pace is that of the output. */
export class GatheringOutput implements Output {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly output: Output) {}

  /** Writes text, and waits where the receiver wants a pause. */
  async text(text: string): Promise<void> {
    await this.bytes(Buffer.from(text));
  }

  /** Writes bytes, and waits where the receiver wants a pause. */
  async bytes(chunk: Buffer): Promise<void> {
    if (!this.write(chunk)) await this.output.drained();
  }

  write(chunk: Buffer): boolean {
    this.pieces.push(chunk);
    this.size += chunk.length;
    return this.size < CHUNK || this.flush();
  }

  drained(): Promise<void> {
    return this.output.drained();
  }

  /** Lets go of what was gathered; false when the receiver wants a pause. */
  flush(): boolean {
    if (this.size === 0) return true;
    const chunk = this.pieces.length === 1 && this.pieces[0] ? this.pieces[0] : Buffer.concat(this.pieces, this.size);
    this.pieces = [];
    this.size = 0;
    return this.output.write(chunk);
  }
}
