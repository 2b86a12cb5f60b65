/** A text that is decoded piece by piece while it is read. */
import { isUtf8 } from 'node:buffer';
import { odataError } from '../error';
import type { Steps } from './turns';

/** Bytes that are decoded in one step. */
const STEP = 512 * 1024;

/** Of a long text so many characters are there behind the place where a token begins: more than any has that is not read in pieces itself. */
const AHEAD = 192 * 1024;

/** The characters of bytes from a place on, and where they end. */
function piece(bytes: Buffer, from: number, length: number): readonly [text: string, end: number] {
  let end = Math.min(from + length, bytes.length);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return [bytes.toString('utf8', from, end), end];
}

const noUtf8 = (): Error => odataError('InvalidBody', { message: 'The body is not valid UTF-8.' });

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** All characters of bytes that are decoded at once, without a byte order mark. */
function wholeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw noUtf8();
  }
}

/** The text of UTF-8 bytes that have been checked. */
export function* textOf(bytes: Buffer): Steps<string> {
  const pieces: string[] = [];
  for (let [text, end] = piece(bytes, 0, STEP); text; [text, end] = piece(bytes, end, STEP)) {
    pieces.push(text);
    yield;
  }
  return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('');
}

/** What has been read of a text goes, what follows comes in time. */
export class TextPieces {
  /** What is there, and where the reader stands in it. */
  protected text = '';
  protected at = 0;
  /** False when what is there ends where the whole text ends. */
  protected hasMore = true;
  /** Characters that have gone. */
  protected gone = 0;
  private readonly bytes: Buffer;
  private readonly start: number;
  /** Bytes that have become text. */
  private decoded: number;

  /** Of UTF-8, a byte order mark tolerated. Throws InvalidBody when it is none. */
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    this.start = this.decoded = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (bytes.length > STEP) {
      if (!isUtf8(bytes)) throw noUtf8();
      this.add(STEP);
    } else {
      this.text = wholeText(bytes);
      this.decoded = bytes.length;
      this.hasMore = false;
    }
  }

  /** Where the reader stands in the whole text. */
  protected get place(): number {
    return this.gone + this.at;
  }

  /** True when what is there may be too short for a token. */
  protected get isShort(): boolean {
    return this.hasMore && this.text.length - this.at < AHEAD;
  }

  protected refill(): void {
    this.text = this.text.slice(this.at);
    this.gone += this.at;
    this.at = 0;
    do this.add(STEP);
    while (this.isShort);
  }

  private add(length: number): void {
    const [text, end] = piece(this.bytes, this.decoded, length);
    this.text += text;
    this.decoded = end;
    this.hasMore = end < this.bytes.length;
  }

  /** Bytes of the whole text. */
  protected get size(): number {
    return this.bytes.length;
  }

  /** Characters of the whole text, in units of UTF-16: one of four bytes is two. */
  protected *length(): Steps<number> {
    let length = 0;
    for (let at = this.start; at < this.bytes.length; at++) {
      const byte = this.bytes[at] ?? 0;
      if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1;
      if (at % STEP === 0) yield;
    }
    return length;
  }

  /** Line and column of a place, from 1. */
  protected *lineAndColumn(place: number): Steps<readonly [line: number, column: number]> {
    let [line, start, before] = [1, 0, 0];
    for (let [text, end] = piece(this.bytes, this.start, STEP); text; [text, end] = piece(this.bytes, end, STEP)) {
      for (let at = text.indexOf('\n'); at >= 0 && before + at < place; at = text.indexOf('\n', at + 1)) {
        line++;
        start = before + at + 1;
      }
      before += text.length;
      if (before >= place) break;
      yield;
    }
    return [line, place - start + 1];
  }
}
