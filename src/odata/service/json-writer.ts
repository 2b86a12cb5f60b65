/**
 * Rows of the wire become JSON without becoming JavaScript values: the bytes of each column are copied between constant bytes.
 * One writer is made per statement and used for all its rows. JSON §7.1 says how each type is written.
 */
import { unreachable } from '../error';
import { PIECE } from '../model/long-text';
import { VALUE } from '../model/row-type';
import type { JsonForm } from '../model/types';
import { atOnce, type Steps } from '../payload/turns';
import type { KeyColumn, Piece } from '../compile/pieces';
import type { Representation } from '../compile/representation';
import { CLOSE, JsonOutput, OPEN, QUOTE, specialNumber } from './json-output';
import type { Row } from './row';
import { markedWriter, streamWriter } from './stream-json';

/** Format questions that the writer answers once. */
export interface WriterOptions {
  readonly ieee754: boolean;
  /** What is left out: nulls, or what is as its property's default says. */
  readonly omit: Representation['omit'];
  /** `@odata.` or `@`. */
  readonly prefix: string;
}

/** Writes a part of a row. */
export type WriteValue = (row: Row, output: JsonOutput) => void;

/** Writes the JSON of rows. `known` are the writers of pieces that rows of other structures have, too. */
export class RowWriter {
  private readonly write: readonly WriteValue[];

  constructor(
    pieces: readonly Piece[],
    private readonly options: WriterOptions,
    known = new Map<Piece, WriteValue>(),
  ) {
    this.write = pieces.map((piece) => {
      const write = known.get(piece) ?? this.piece(piece);
      known.set(piece, write);
      return write;
    });
  }

  /** One object. */
  object(row: Row, output: JsonOutput): void {
    output.byte(OPEN);
    this.members(row, output);
    output.byte(CLOSE);
  }

  /** The members of an object that the caller has opened. */
  members(row: Row, output: JsonOutput): void {
    for (const write of this.write) write(row, output);
  }

  private piece(piece: Piece): WriteValue {
    switch (piece.kind) {
      case 'value':
        return this.value(piece);
      case 'etag': {
        const start = Buffer.from(`,"${this.options.prefix}etag":"W/\\"`);
        const end = Buffer.from('\\""');
        return (row, output) => {
          output.member(start);
          output.raw(row.buffer, row.startOf(piece.column), Math.max(row.lengthOf(piece.column), 0));
          output.constant(end);
        };
      }
      case 'object':
        return this.nested(piece);
      case 'variants':
        return this.variants(piece);
      case 'stream':
        return streamWriter(piece, this.options);
      case 'untyped':
        return this.untyped(piece);
      case 'marked':
        return markedWriter(piece);
      case 'link':
        return link(piece);
      case 'members':
        return (row, output) => {
          if (row.isNull(piece.column)) return;
          output.separate();
          output.raw(row.buffer, row.startOf(piece.column), row.lengthOf(piece.column));
        };
      case 'raw':
        return (row, output) =>
          output.raw(row.buffer, row.startOf(piece.column), Math.max(row.lengthOf(piece.column), 0));
      case 'constant': {
        const member = Buffer.from(`,${JSON.stringify(piece.name)}:${JSON.stringify(piece.value)}`);
        return (_, output) => output.member(member);
      }
      default:
        return unreachable(piece);
    }
  }

  /** Rows of several structures: each is written as the one that its discriminator tells. */
  private variants({ column, variants }: Extract<Piece, { kind: 'variants' }>): WriteValue {
    const known = new Map<Piece, WriteValue>();
    const writers = new Map([...variants].map(([text, pieces]) => [text, new RowWriter(pieces, this.options, known)]));
    return (row, output) => writers.get(row.text(column) ?? '')?.members(row, output);
  }

  private value(piece: Extract<Piece, { kind: 'value' }>): WriteValue {
    const { name, column, form, type, typeColumn, isDefault, keepsNull = false } = piece;
    const { prefix, omit } = this.options;
    const leavesNull = omit !== undefined && !keepsNull;
    const typeName = `${name}${prefix}type`;
    const member = JSON.stringify(name === '' ? VALUE : name);
    const typed = type === undefined ? '' : `,${JSON.stringify(typeName)}:${JSON.stringify(type)}`;
    const key = Buffer.from(`${typed},${member}:`);
    // Null does not tell of which type it is.
    const nothing = Buffer.from(`${typed},${member}:null`);
    const write = valueWriter(form, column, this.options);
    const typeKey = Buffer.from(`,${JSON.stringify(typeName)}:`);
    return (row, output) => {
      const isNull = row.isNull(column);
      if (isNull ? leavesNull : isDefault !== undefined && row.text(isDefault) === 't') return;
      if (typeColumn !== undefined && !isNull && !row.isNull(typeColumn)) {
        output.member(typeKey);
        output.text(JSON.stringify(row.text(typeColumn)));
      }
      output.member(isNull ? nothing : key);
      if (!isNull) write(row, output);
    };
  }

  /** An object is its members; anything else stands behind its type. */
  private untyped({ column, typeColumn }: Extract<Piece, { kind: 'untyped' }>): WriteValue {
    const value = this.value({
      kind: 'value',
      name: '',
      column,
      form: 'raw',
      ...(typeColumn === undefined ? {} : { typeColumn }),
    });
    return (row, output) => {
      const start = row.startOf(column);
      if (row.isNull(column) || row.buffer[start] !== OPEN) return value(row, output);
      const length = row.lengthOf(column) - 2;
      if (length === 0) return;
      output.separate();
      output.raw(row.buffer, start + 1, length);
    };
  }

  private nested({ name, tests, pieces }: Extract<Piece, { kind: 'object' }>): WriteValue {
    const key = Buffer.from(`,${JSON.stringify(name)}:`);
    const inner = new RowWriter(pieces, this.options);
    const { omit } = this.options;
    return (row, output) => {
      const isNull = tests.length > 0 && tests.every((column) => row.isNull(column));
      if (isNull && omit) return;
      output.member(key);
      if (isNull) output.text('null');
      else inner.object(row, output);
    };
  }
}

/** A URL as a member: its texts are made once, the key's bytes are copied. */
function link({ name, parts }: Extract<Piece, { kind: 'link' }>): WriteValue {
  const start = Buffer.from(`,${JSON.stringify(name)}:"`);
  const pieces = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  return (row, output) => {
    output.member(start);
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) output.constant(piece);
      else if (piece.form === 'string' || piece.form === 'duration')
        output.text(keyValueText(piece.form, row.text(piece.column) ?? ''));
      else output.raw(row.buffer, row.startOf(piece.column), Math.max(row.lengthOf(piece.column), 0));
    }
    output.byte(QUOTE);
  };
}

/** `(key)` of a row, as in a URL. */
export const keyText = (row: Row, key: readonly KeyColumn[]): string =>
  keyPredicate(key.map(({ name, column, form }) => ({ name, form, text: row.text(column) ?? '' })));

/** A key as a URL has it: the value alone, or named values. URL Conventions §4.3.1 */
export function keyPredicate(
  parts: readonly { readonly name: string; readonly form: JsonForm; readonly text: string }[],
): string {
  const texts = parts.map(({ name, form, text }) => {
    const value = keyValueText(form, text);
    return parts.length === 1 ? value : `${name}=${value}`;
  });
  return `(${texts.join(',')})`;
}

function keyValueText(form: JsonForm, text: string): string {
  if (form === 'duration') return `duration'${text}'`;
  return form === 'string' ? `'${encodeURIComponent(text.replaceAll("'", "''"))}'` : text;
}

function valueWriter(form: JsonForm, column: number, { ieee754 }: WriterOptions): WriteValue {
  const bare = bareWriter(form, column);
  if (ieee754 && form === 'decimal')
    return (row, output) => output.decimal(row.buffer, row.startOf(column), row.lengthOf(column), true);
  if (form === 'quoted' || form === 'date' || form === 'duration' || (ieee754 && form === 'int64')) {
    return (row, output) => {
      output.byte(QUOTE);
      bare(row, output);
      output.byte(QUOTE);
    };
  }
  return bare;
}

function bareWriter(form: JsonForm, column: number): WriteValue {
  switch (form) {
    case 'raw':
    case 'int64':
    case 'quoted':
    case 'duration':
      return (row, output) => output.raw(row.buffer, row.startOf(column), row.lengthOf(column));
    case 'decimal':
      return (row, output) => output.decimal(row.buffer, row.startOf(column), row.lengthOf(column), false);
    case 'string':
      return (row, output) => output.escaped(row.buffer, row.startOf(column), row.lengthOf(column));
    case 'boolean':
      return (row, output) => output.text(row.buffer[row.startOf(column)] === 0x74 ? 'true' : 'false');
    case 'date':
      return (row, output) => output.date(row.buffer, row.startOf(column), row.lengthOf(column));
    case 'dateTimeOffset':
      return (row, output) => output.dateTimeOffset(row.buffer, row.startOf(column), row.lengthOf(column));
    case 'double':
      return (row, output) => output.text(doubleJson(row.text(column) ?? ''));
    case 'binary':
      return (row, output) => output.binary(row.buffer, row.startOf(column), row.lengthOf(column));
    default:
      return unreachable(form);
  }
}

const doubleJson = (text: string): string => (/[yN]$/.test(text) ? `"${specialNumber(text)}"` : text);

/** The bytes of a binary value. */
export function* rawBytes(row: Row, column: number): Steps<Buffer> {
  const start = row.startOf(column) + 2;
  const end = start + row.lengthOf(column) - 2;
  const bytes = Buffer.allocUnsafe((end - start) / 2);
  for (let at = start; at < end; at += PIECE) {
    bytes.write(row.buffer.toString('latin1', at, Math.min(at + PIECE, end)), (at - start) / 2, 'hex');
    yield;
  }
  return bytes;
}

/** A value as text/plain; bytes of a binary one. URL Conventions §4.7 */
export function rawValue(row: Row, column: number, form: JsonForm): Buffer {
  const bytes = row.buffer.subarray(row.startOf(column), row.startOf(column) + row.lengthOf(column));
  if (form === 'binary') return atOnce(rawBytes(row, column));
  if (form === 'string') return bytes;
  const output = new JsonOutput(256);
  bareWriter(form, column)(row, output);
  const text = output.finish().toString();
  return Buffer.from(text.startsWith('"') ? text.slice(1, -1) : text);
}
