/** An answer that is written piece by piece: whole when it is small, a stream as soon as it is not. */
import type { Output, StreamBody } from './message';

/** What may be gathered before the answer goes out as a stream. */
const LIMIT = 64 * 1024;

/** Runs the body up to its end, or until it has written more than fits in one piece; then the receiver's pace counts. */
export function wholeOrStream(body: StreamBody): Promise<Buffer | StreamBody> {
  return new Promise((resolve, reject) => {
    const gate = new Gate(() => resolve(stream));
    const done = body(gate);
    const stream: StreamBody = async (output) => {
      gate.open(output);
      await done;
    };
    done.then(() => resolve(gate.gathered()), reject);
  });
}

/** Gathers what is written until somebody takes it. */
class Gate implements Output {
  private pieces: Buffer[] = [];
  private size = 0;
  private output: Output | undefined;
  private opened: () => void = () => undefined;
  private readonly opening = new Promise<void>((resolve) => {
    this.opened = resolve;
  });

  constructor(private readonly full: () => void) {}

  write(chunk: Buffer): boolean {
    if (this.output) return this.output.write(chunk);
    this.pieces.push(chunk);
    this.size += chunk.length;
    if (this.size < LIMIT) return true;
    this.full();
    return false;
  }

  async drained(): Promise<void> {
    if (!this.output && this.size < LIMIT) return;
    await this.opening;
    await this.output?.drained();
  }

  open(output: Output): void {
    output.write(this.gathered());
    this.output = output;
    this.opened();
  }

  gathered(): Buffer {
    const whole = Buffer.concat(this.pieces, this.size);
    this.pieces = [];
    return whole;
  }
}
