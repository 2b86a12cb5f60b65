/** The command line of the import. */
import { resolve } from 'node:path';
import { readArguments, UsageError } from '../usage-error';

/** What is imported, where to, and how it is read. */
export interface ImportOptions {
  readonly file: string;
  /** The code of the journal. */
  readonly journal: string;
  /** The name of the company; the current one without it. */
  readonly company: string | undefined;
  /** Between the values; found in the header without it. */
  readonly delimiter: string | undefined;
  readonly encoding: string;
  /** Amounts are written as 1234,56. */
  readonly decimalComma: boolean;
  /** Receipts are written as positive amounts. */
  readonly negate: boolean;
  /** Everything is tried and nothing is kept. */
  readonly dryRun: boolean;
  /** Rows that are not refused are kept. */
  readonly keepGoing: boolean;
  /** A file that was imported before is imported once more. */
  readonly again: boolean;
}

/** How the command is used. */
export const USAGE = `Usage: npm run import -- payments.csv --journal CODE [options]
  --dry-run          try everything, keep nothing
  --keep-going       keep the rows that are not refused; without it a refused row means that none is kept
  --again            import a file that was imported before
  --decimal-comma    amounts are written as 1234,56
  --negate           receipts are written as positive amounts: the sign of every amount is turned
  --delimiter TEXT   between the values: , or ; or tab; without it the header tells
  --encoding NAME    of the file, e.g. windows-1252; without it utf-8
  --company NAME     that the journal belongs to; without it the current one`;

const DELIMITERS: Readonly<Record<string, string>> = { ',': ',', ';': ';', tab: '\t', '\t': '\t', '|': '|' };

/** Reads the command line; a file is found from where npm was called. */
export function importOptions(args: readonly string[], from = process.env['INIT_CWD'] ?? process.cwd()): ImportOptions {
  const { values, positionals } = parsed(args);
  const [file, another] = positionals;
  if (file === undefined) throw new UsageError('Name the file to import.');
  if (another !== undefined) throw new UsageError(`One file is imported at a time; ${another} is a second one.`);
  if (values.journal === undefined) throw new UsageError('Name the journal: --journal CODE.');
  return {
    file: resolve(from, file),
    journal: values.journal,
    company: values.company,
    delimiter: delimiterOf(values.delimiter),
    encoding: encodingOf(values.encoding),
    decimalComma: values['decimal-comma'],
    negate: values.negate,
    dryRun: values['dry-run'],
    keepGoing: values['keep-going'],
    again: values.again,
  };
}

function parsed(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  return readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      journal: text,
      company: text,
      delimiter: text,
      encoding: { ...text, default: 'utf-8' },
      'decimal-comma': flag,
      negate: flag,
      'dry-run': flag,
      'keep-going': flag,
      again: flag,
    },
  });
}

function delimiterOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const delimiter = DELIMITERS[name];
  if (delimiter === undefined) throw new UsageError(`--delimiter must be , or ; or | or tab, not '${name}'.`);
  return delimiter;
}

function encodingOf(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new UsageError(`--encoding must be the name of an encoding such as utf-8 or windows-1252, not '${name}'.`);
  }
}
