/** Which files were imported: a second time would pay twice. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { named, sql, statement } from '../odata';
import type { ServiceTransaction } from '../odata/service/service';
import { errorCode } from '../embedded-postgres/error-code';
import { ImportError } from './import-error';
import type { ImportOptions } from './import-options';
import type { PaymentJournal } from './payment-requests';

/** What tells a file from others, and how many bytes it has. */
export interface FileContent {
  readonly sha256: string;
  readonly size: number;
}

const company = named('company', 'uuid');
const sha256 = named('sha256', 'text');

const remember = statement(
  sql`insert into payment_imports (company_id, sha256, file_name, journal_code, imported_at)
  values (${company}, ${sha256}, ${named('file', 'text')}, ${named('journal', 'text')}, ${named('now', 'timestamptz')})
  on conflict (company_id, sha256) do update set file_name = excluded.file_name, journal_code = excluded.journal_code, imported_at = excluded.imported_at
  where ${named('again', 'bool')} returning 1 as taken`,
  'taken',
);

const recall = statement(
  sql`select file_name, journal_code, to_char(imported_at, 'YYYY-MM-DD HH24:MI') from payment_imports
  where company_id = ${company} and sha256 = ${sha256}`,
  'file',
  'journal',
  'time',
);

/** Reads the file once, to know it again. */
export async function fileContent(file: string): Promise<FileContent> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    const code = errorCode(error);
    throw new ImportError(
      code === 'ENOENT'
        ? `There is no file ${file}.`
        : `The file ${file} cannot be read${code === '' ? '' : ` (${code})`}.`,
      { cause: error },
    );
  }
  return { sha256: hash.digest('hex'), size };
}

/**
 * Takes the file for this transaction: remembered with its payments, or not at all. Throws when the company has imported the same content before.
 * Who imports it at the same moment is waited for.
 */
export async function takeFile(
  { run }: Pick<ServiceTransaction, 'run'>,
  partition: string,
  { code }: PaymentJournal,
  { sha256: hash }: FileContent,
  { file, again }: ImportOptions,
): Promise<void> {
  const key = { company: partition, sha256: hash };
  const values = { ...key, file: basename(file), journal: code, now: new Date().toISOString(), again: String(again) };
  if ((await run(remember, values)).length > 0) return;
  const [before] = await run(recall, key);
  throw new ImportError(
    `The same payments were imported on ${before?.time ?? ''} UTC from ${before?.file ?? ''} into the journal ${before?.journal ?? ''}. ` +
      'Nothing was imported; --again imports them once more.',
  );
}
