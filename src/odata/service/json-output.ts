/** JSON as bytes: texts and numbers are copied from where they lie, escaped where JSON wants it. JSON §7.1 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { PIECE } from '../model/long-text';
import type { Output, StreamBody } from './message';

/** Bytes that JSON is made of. */
export const [QUOTE, OPEN, CLOSE] = [0x22, 0x7b, 0x7d];
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const ZERO = 0x30;
const DOT = 0x2e;
const NINE = 0x39;
const LETTER_C = 0x43;
const LETTER_Y = 0x79;
/** What PostgreSQL writes behind moments, and behind the years before 0001. */
const [ZONE, BEFORE] = ['+00', ' BC'];
const hex = '0123456789abcdef';
/** What is not copied, because that would take longer than others should wait. */
const LARGE = 256 * 1024;

/** Bytes of an answer, or what makes them when they go out: a long text is not made anew all at once. */
export type Piece = Buffer | (() => Buffer);

/** Writes a piece, and waits where the receiver wants a pause; others have their turn behind one that is made here. */
export async function writePiece(piece: Piece, output: Output): Promise<void> {
  const isLate = typeof piece === 'function';
  if (!output.write(isLate ? piece() : piece)) await output.drained();
  if (isLate) await othersFirst();
}

/** Digits of bytes that base64 writes without padding. */
const HEX_PIECE = PIECE - (PIECE % 6);

/** Bytes of JSON in the making. */
export class JsonOutput {
  private bytes: Buffer;
  private end = 0;

  /** `size`: the bytes to begin with; more are taken when needed. `passOn` takes what goes out as it is before the rest is written. */
  constructor(
    private readonly size: number,
    private readonly passOn?: (piece: Piece) => void,
  ) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.end;
  }

  /** Hands out what was written; nothing may follow. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** Hands out what was written so far and starts anew. */
  take(): Buffer {
    const chunk = this.finish();
    this.bytes = Buffer.allocUnsafe(this.size);
    this.end = 0;
    return chunk;
  }

  ensure(more: number): void {
    const needed = this.end + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.ensure(1);
    this.bytes[this.end++] = value;
  }

  text(value: string): void {
    this.ensure(value.length * 3);
    this.end += this.bytes.write(value, this.end);
  }

  constant(value: Buffer): void {
    this.raw(value, 0, value.length);
  }

  /** A member's name and colon, after a comma unless the object has just been opened. `name` begins with that comma. */
  member(name: Buffer): void {
    const start = this.end === 0 || this.bytes[this.end - 1] !== OPEN ? 0 : 1;
    this.raw(name, start, name.length - start);
  }

  raw(source: Buffer, start: number, length: number): void {
    if (length > LARGE && this.passOn) {
      this.passOn(this.take());
      // What follows asks for the last byte.
      this.passOn(source.subarray(start, start + length - 1));
      this.byte(source[start + length - 1] ?? 0);
      return;
    }
    this.ensure(length);
    if (length > 48) {
      this.end += source.copy(this.bytes, this.end, start, start + length);
      return;
    }
    const { bytes } = this;
    let to = this.end;
    for (let at = start; at < start + length; at++) bytes[to++] = source[at] ?? 0;
    this.end = to;
  }

  /** A string; what JSON does not allow as it is is escaped. */
  escaped(source: Buffer, start: number, length: number): void {
    if (length > PIECE)
      return this.long(start, start + length, PIECE, (output, at, end) => output.copy(source, at, end));
    this.byte(QUOTE);
    this.copy(source, start, start + length);
    this.byte(QUOTE);
  }

  /** Bytes that PostgreSQL writes as `\\x…`, as base64url. */
  binary(source: Buffer, start: number, length: number): void {
    this.long(start + 2, start + length, HEX_PIECE, (output, at, end) =>
      output.text(Buffer.from(source.toString('latin1', at, end), 'hex').toString('base64url')),
    );
  }

  /** A string that is written piece by piece, of a large one each when it goes out. */
  private long(
    start: number,
    end: number,
    step: number,
    write: (output: JsonOutput, at: number, end: number) => void,
  ): void {
    const passOn = end - start > LARGE ? this.passOn : undefined;
    this.byte(QUOTE);
    passOn?.(this.take());
    for (let at = start; at < end; at += step) {
      const to = Math.min(at + step, end);
      if (passOn) passOn(() => pieceOf((output) => write(output, at, to)));
      else write(this, at, to);
    }
    this.byte(QUOTE);
  }

  private copy(source: Buffer, start: number, end: number): void {
    this.ensure((end - start) * 6);
    const { bytes } = this;
    let to = this.end;
    for (let at = start; at < end; at++) {
      const byte = source[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH) {
        bytes[to++] = BACKSLASH;
        bytes[to++] = byte;
      } else if (byte < 0x20) to = this.control(to, byte);
      else bytes[to++] = byte;
    }
    this.end = to;
  }

  private control(at: number, byte: number): number {
    const { bytes } = this;
    const letter = byte === 10 ? 0x6e : byte === 13 ? 0x72 : byte === 9 ? 0x74 : undefined;
    if (letter === undefined)
      return at + bytes.write(`\\u00${hex[byte >> 4] ?? '0'}${hex[byte & 15] ?? '0'}`, at, 'latin1');
    bytes[at] = BACKSLASH;
    bytes[at + 1] = letter;
    return at + 2;
  }

  /** A number without trailing zeros behind the point, as a text where `isText`; what is none always is. JSON §7.1 */
  decimal(source: Buffer, start: number, length: number, isText: boolean): void {
    const isNumber = (source[start + length - 1] ?? 0) <= NINE;
    if (isText || !isNumber) this.byte(QUOTE);
    if (isNumber) this.raw(source, start, trimmed(source, start, length));
    else this.text(specialNumber(source.toString('latin1', start, start + length)));
    if (isText || !isNumber) this.byte(QUOTE);
  }

  /** `2026-03-31` as it is; `0001-12-31 BC` is `0000-12-31`: PostgreSQL counts the years before 0001 from 1. CSDL §3.3 */
  date(source: Buffer, start: number, length: number): void {
    if (source[start + length - 1] === LETTER_C) this.beforeFirstYear(source, start, length - BEFORE.length);
    else this.raw(source, start, length);
  }

  private beforeFirstYear(source: Buffer, start: number, length: number): void {
    const year = Number(source.toString('latin1', start, start + 4)) - 1;
    this.text(`${year > 0 ? '-' : ''}${String(year).padStart(4, '0')}`);
    this.raw(source, start + 4, length - 4);
  }

  /** `2026-03-31 09:12:44.103+00` with T and Z. The session's time zone is UTC. No moment is `infinity`, which stays what it is. */
  dateTimeOffset(source: Buffer, start: number, length: number): void {
    this.byte(QUOTE);
    const from = this.end;
    if (source[start + length - 1] === LETTER_Y) {
      this.raw(source, start, length);
      this.byte(QUOTE);
      return;
    }
    if (source[start + length - 1] === LETTER_C)
      this.beforeFirstYear(source, start, length - ZONE.length - BEFORE.length);
    else this.raw(source, start, length - ZONE.length);
    this.byte(0x5a);
    this.byte(QUOTE);
    for (let at = from; at < this.end; at++)
      if (this.bytes[at] === 0x20) {
        this.bytes[at] = 0x54;
        break;
      }
  }

  /** Writes a comma unless the object has just been opened. */
  separate(): void {
    if (this.end === 0 || this.bytes[this.end - 1] !== OPEN) this.byte(COMMA);
  }
}

/** A number that is none in JSON, or is as PostgreSQL writes it. */
export const specialNumber = (text: string): string => text.replace('Infinity', 'INF');

function pieceOf(write: (output: JsonOutput) => void): Buffer {
  const output = new JsonOutput(2 * PIECE);
  write(output);
  return output.finish();
}

/** JSON in one piece; as a stream where there are pieces in it that are not copied. */
export function bodyOf(write: (output: JsonOutput) => void): Buffer | StreamBody {
  const pieces: Piece[] = [];
  const output = new JsonOutput(1024, (piece) => pieces.push(piece));
  write(output);
  const last = output.finish();
  if (pieces.length === 0) return last;
  return async (receiver) => {
    for (const piece of [...pieces, last]) await writePiece(piece, receiver);
  };
}

/** The length of a number's text without trailing zeros of its fraction. */
function trimmed(source: Buffer, start: number, length: number): number {
  let end = start + length;
  while (end > start && source[end - 1] === ZERO) end--;
  if (end > start && source[end - 1] === DOT) return end - 1 - start;
  for (let at = end - 1; at > start; at--) if (source[at] === DOT) return end - start;
  return length;
}
