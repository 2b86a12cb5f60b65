/** Decodes rows that rules look at; rows that go to clients are copied as bytes instead. */
import { isShort } from '../payload/turns';
import type { RowHandler } from './database';

/** The fields of a row as text. */
export type TextRow = readonly (string | null)[];

function decode(buffer: Buffer, start: number): (string | null)[] {
  const fields: (string | null)[] = [];
  let at = start + 2;
  for (let left = buffer.readInt16BE(start); left > 0; left--) {
    const length = buffer.readInt32BE(at);
    at += 4;
    if (length < 0) fields.push(null);
    else if (isShort(length)) fields.push(buffer.toString('utf8', at, (at += length)));
    else putLater(fields, buffer.subarray(at, (at += length)));
  }
  return fields;
}

/** A long field becomes a text when somebody asks for it. */
function putLater(fields: (string | null)[], bytes: Buffer): void {
  const place = fields.push(null) - 1;
  let text: string | undefined;
  Object.defineProperty(fields, place, { enumerable: true, get: () => (text ??= bytes.toString()) });
}

/** Hands on the rows of a call; who takes one may keep and change it. */
export const eachRow =
  (take: (row: (string | null)[]) => void): RowHandler =>
  (buffer, start) =>
    take(decode(buffer, start));

/** Collects them. */
export const intoRows = (rows: TextRow[]): RowHandler => eachRow((row) => rows.push(row));
