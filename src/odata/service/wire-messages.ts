/**
 * What is said to PostgreSQL to execute statements, as the bytes of one write: pg would send each message on its own. Long texts are not copied
 * there, they go out piece by piece; nor are bytes, which go out as they are. PostgreSQL documentation §55.7
 */
import { PIECE, piecesOf } from '../model/long-text';
import { TextPieces } from '../sql';

const FIRST = 512;

/** Bytes that go out at once. */
const LARGE = 16 * PIECE;

/** A value: a text, or bytes as they are. */
type WireValue = string | TextPieces | Buffer | null;

const lengthOf = ({ pieces }: TextPieces): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** Messages in the making. */
export class WireMessages {
  private bytes = Buffer.allocUnsafe(FIRST);
  private end = 0;
  /** Long values, and before which of the bytes each of them stands. */
  private readonly long: (readonly [value: string | TextPieces | Buffer, at: number])[] = [];
  /** Bytes of those in the message that is written. */
  private apart = 0;

  /** Prepares a statement under a name; `` for the one without. */
  parse(name: string, text: string): void {
    const start = this.begin('P');
    this.string(name);
    this.string(text);
    this.int16(0); // types of parameters: the text casts each
    this.close(start);
  }

  /** Gives the values of a prepared statement, and asks for rows as text. */
  bind(name: string, values: readonly WireValue[]): void {
    const start = this.begin('B');
    this.string('');
    this.string(name);
    this.formats(values);
    this.int16(values.length);
    for (const value of values) this.value(value);
    this.int16(0);
    this.close(start);
  }

  /** Executes what was bound last, to its last row. */
  execute(): void {
    const start = this.begin('E');
    this.string('');
    this.int32(0);
    this.close(start);
  }

  /** Forgets a prepared statement. */
  forget(name: string): void {
    const start = this.begin('C');
    this.byte(0x53);
    this.string(name);
    this.close(start);
  }

  /** Ends the round trip; hands out all that is to be sent. */
  *sync(): Generator<Buffer, void> {
    this.close(this.begin('S'));
    let sent = 0;
    for (const [value, at] of this.long) {
      yield this.bytes.subarray(sent, at);
      if (typeof value === 'string') for (const piece of piecesOf(value)) yield Buffer.from(piece);
      else if (value instanceof TextPieces) yield* value.pieces;
      else for (let from = 0; from < value.length; from += LARGE) yield value.subarray(from, from + LARGE);
      sent = at;
    }
    yield this.bytes.subarray(sent, this.end);
  }

  /** Begins a message; its length is filled in by `close`. */
  private begin(type: string): number {
    this.apart = 0;
    this.byte(type.charCodeAt(0));
    this.int32(0);
    return this.end - 4;
  }

  private close(start: number): void {
    this.bytes.writeInt32BE(this.end - start + this.apart, start);
  }

  /** None where all are texts, else one for each. */
  private formats(values: readonly WireValue[]): void {
    const hasBytes = values.some((value) => Buffer.isBuffer(value));
    this.int16(hasBytes ? values.length : 0);
    if (hasBytes) for (const value of values) this.int16(Buffer.isBuffer(value) ? 1 : 0);
  }

  private value(value: WireValue): void {
    if (value === null) return this.int32(-1);
    if (value instanceof TextPieces || value.length > PIECE) return this.apartFrom(value);
    const start = this.end;
    this.int32(0);
    if (typeof value === 'string') this.text(value);
    else this.raw(value);
    this.bytes.writeInt32BE(this.end - start - 4, start);
  }

  private apartFrom(value: string | TextPieces | Buffer): void {
    const length = value instanceof TextPieces ? lengthOf(value) : Buffer.byteLength(value);
    this.int32(length);
    this.long.push([value, this.end]);
    this.apart += length;
  }

  private raw(value: Buffer): void {
    this.ensure(value.length);
    this.end += value.copy(this.bytes, this.end);
  }

  private string(value: string): void {
    this.text(value);
    this.byte(0);
  }

  private text(value: string): void {
    this.ensure(value.length < FIRST ? value.length * 3 : Buffer.byteLength(value));
    this.end += this.bytes.write(value, this.end);
  }

  private byte(value: number): void {
    this.ensure(1);
    this.bytes[this.end++] = value;
  }

  private int16(value: number): void {
    this.ensure(2);
    this.end = this.bytes.writeUInt16BE(value, this.end);
  }

  private int32(value: number): void {
    this.ensure(4);
    this.end = this.bytes.writeInt32BE(value, this.end);
  }

  private ensure(more: number): void {
    const needed = this.end + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed + (needed >> 2), this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}
