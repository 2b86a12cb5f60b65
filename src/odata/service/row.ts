/** A row as the bytes of the wire, never decoded as a whole. */

/** Where the fields of one row lie in the buffer it came in; a length of -1 is null. */
export class Row {
  buffer: Buffer = Buffer.alloc(0);
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];

  /** Reads the field positions of the DataRow message whose body starts at `start`. */
  read(buffer: Buffer, start: number): this {
    this.buffer = buffer;
    const { starts, lengths } = this;
    const count = buffer.readUInt16BE(start);
    let at = start + 2;
    for (let index = 0; index < count; index++) {
      const length = int32(buffer, at);
      at += 4;
      starts[index] = at;
      lengths[index] = length;
      if (length > 0) at += length;
    }
    return this;
  }

  startOf(column: number): number {
    return this.starts[column] ?? 0;
  }

  lengthOf(column: number): number {
    return this.lengths[column] ?? -1;
  }

  isNull(column: number): boolean {
    return this.lengthOf(column) < 0;
  }

  /** The text of a column as PostgreSQL sent it. */
  text(column: number): string | null {
    const length = this.lengthOf(column);
    if (length < 0) return null;
    const start = this.startOf(column);
    return this.buffer.toString('utf8', start, start + length);
  }
}

/** As readInt32BE, without its checks: the length of a message has been checked. */
const int32 = (buffer: Buffer, at: number): number =>
  ((buffer[at] ?? 0) << 24) | ((buffer[at + 1] ?? 0) << 16) | ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0);
