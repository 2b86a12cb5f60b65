/** The rows of a CSV file, one at a time: the file is never held as a whole. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { errorCode } from '../embedded-postgres/error-code';
import { ImportError } from './import-error';
import type { ImportOptions } from './import-options';

/** A row with the line that it begins on. */
export interface CsvRow {
  readonly line: number;
  /** Bytes of the file up to its end. */
  readonly end: number;
  readonly values: readonly string[];
}

/** What csv-parse gives with the option `info`. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
}

/** Longer than any row of payments: what runs on is a quotation mark that is not closed. */
const LONGEST_ROW = 100_000;

/** The rows, the header first. Empty lines are left out. */
export async function* csvRows(
  options: Pick<ImportOptions, 'file' | 'encoding' | 'delimiter'>,
): AsyncGenerator<CsvRow> {
  const text = decoded(options);
  const first = await text.next();
  const head = first.done ? '' : first.value;
  const parser = parse({
    delimiter: options.delimiter ?? delimiterOf(head),
    info: true,
    max_record_size: LONGEST_ROW,
    // What a row has too much or too little is said of that row.
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const source = Readable.from(joined(head, text));
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>)
      yield { line: info.lines - lineBreaks(record), end: info.bytes, values: record };
  } catch (error) {
    throw error instanceof CsvError ? new ImportError(`The file is no CSV: ${error.message}.`) : error;
  } finally {
    source.destroy();
  }
}

/** The text of the file, piece by piece, without a byte order mark. */
async function* decoded({ file, encoding }: Pick<ImportOptions, 'file' | 'encoding'>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>)
      yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (errorCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new ImportError(
      `The file is not written in ${encoding}. Say which encoding it has, e.g. --encoding windows-1252.`,
    );
  }
}

async function* joined(head: string, rest: AsyncIterable<string>): AsyncGenerator<string, void> {
  yield head;
  yield* rest;
}

/** The sign that the header has most of, outside quotation marks; the page reads files by the same rule (src/page/csv.js), and a test holds them together. */
export function delimiterOf(head: string): string {
  const [header = ''] = head
    .trimStart()
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]/, 1);
  const count = (delimiter: string): number => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

const lineBreaks = (values: readonly string[]): number =>
  values.reduce((sum, value) => sum + value.split('\n').length - 1, 0);
