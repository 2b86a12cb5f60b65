/** The messages of PostgreSQL's protocol in a stream of bytes, either way. Protocol 3.0: a letter, a length, a body. */

/** One message. The first one of a client has no letter. */
export interface Frame {
  readonly letter: string | undefined;
  readonly bytes: Buffer;
}

/** Cuts bytes into messages; what is not complete waits for the next bytes. */
export class WireFrames {
  private pending: Buffer = Buffer.alloc(0);

  /** Of a client before its first message, which has no letter; of a server from its first byte. */
  constructor(private hasLetter: boolean) {}

  *of(chunk: Buffer): Generator<Frame> {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    for (let frame = this.next(); frame; frame = this.next()) yield frame;
  }

  private next(): Frame | undefined {
    const head = this.hasLetter ? 1 : 0;
    if (this.pending.length < head + 4) return undefined;
    const length = head + this.pending.readUInt32BE(head);
    if (this.pending.length < length) return undefined;
    const bytes = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    const letter = this.hasLetter ? String.fromCharCode(bytes[0] ?? 0) : undefined;
    this.hasLetter = true;
    return { bytes, letter };
  }
}
