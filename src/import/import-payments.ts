/** A bank's file becomes payments of a journal: one transaction, however long the file is. */
import { sql, statement } from '../odata';
import type { Service, ServiceTransaction } from '../odata/service/service';
import { ImportError } from './import-error';
import type { ImportOptions } from './import-options';
import { fileContent, takeFile } from './imported-files';
import type { PaymentRow } from './payment-columns';
import { PaymentRequests, type PaymentJournal } from './payment-requests';
import { groupsOf, paymentRows } from './payment-rows';

/** Rows that travel together, as one delta. */
const GROUP_SIZE = 200;

/** Times that a group is sent without the rows that were refused; what is left then goes row by row, as the cost of it is bounded. */
const PASSES = 5;

/** Who waits for the lines of a journal waits as long as another import takes. */
const wait = statement(sql`select set_config('statement_timeout', '0', true)`);

/** A row that is not imported. */
export interface RefusedRow {
  readonly line: number;
  readonly reason: string;
}

/** Rows that the service has taken, and rows that it has refused. */
export interface ImportCounts {
  readonly taken: number;
  readonly refused: number;
}

/** What the import came to. */
export interface ImportResult extends ImportCounts {
  /** The code of the journal. */
  readonly journal: string;
  /** Whether the rows that were taken are there now. */
  readonly isKept: boolean;
}

/** Told while the import runs. */
export interface ImportListener {
  /** How far it is, in bytes of the file. */
  readonly onProgress?: (read: number, size: number, counts: ImportCounts) => void;
  readonly onRefused?: (row: RefusedRow) => void;
}

/** Ends the transaction without keeping anything. */
class Undone extends Error {
  constructor(readonly counts: ImportCounts) {
    super('Nothing is kept');
  }
}

/** Imports the file. Throws an ImportError when that cannot be done or tried. */
export async function importPayments(
  service: Service,
  currentCompany: string,
  options: ImportOptions,
  listener: ImportListener = {},
): Promise<ImportResult> {
  const requestsOf = (company: string, { handler }: Pick<ServiceTransaction, 'handler'> = service): PaymentRequests =>
    new PaymentRequests(handler, { partition: company });
  const company =
    options.company === undefined ? currentCompany : await requestsOf(currentCompany).company(options.company);
  const journal = await requestsOf(company).journal(options.journal);
  const content = await fileContent(options.file);
  const payment = service.model.entityTypes.get('customerPayment');
  if (!payment) throw new Error('The model has no payments.');
  try {
    return await service.transaction(async (transaction) => {
      await transaction.run(wait, {});
      await takeFile(transaction, company, journal, content, options);
      const add = (rows: readonly PaymentRow[]) => addGroup(requestsOf(company, transaction), journal, rows);
      const counts = await addAll(paymentRows(options, payment), add, content.size, listener);
      const isKept = !options.dryRun && counts.taken > 0 && (counts.refused === 0 || options.keepGoing);
      if (!isKept) throw new Undone(counts);
      return { ...counts, journal: journal.code, isKept };
    });
  } catch (error) {
    if (error instanceof Undone) return { ...error.counts, journal: journal.code, isKept: false };
    throw error;
  }
}

async function addAll(
  rows: AsyncIterable<PaymentRow>,
  add: (group: readonly PaymentRow[]) => Promise<readonly RefusedRow[]>,
  size: number,
  { onProgress, onRefused }: ImportListener,
): Promise<ImportCounts> {
  let counts: ImportCounts = { taken: 0, refused: 0 };
  for await (const group of groupsOf(rows, GROUP_SIZE)) {
    const refused = await add(group);
    counts = { taken: counts.taken + group.length - refused.length, refused: counts.refused + refused.length };
    refused.forEach((row) => onRefused?.(row));
    onProgress?.(Math.min(group.at(-1)?.end ?? 0, size), size, counts);
  }
  if (counts.taken + counts.refused > 0) return counts;
  throw new ImportError('The file has no payments: there is nothing below its first line.');
}

type ReadRow = Extract<PaymentRow, { readonly body: unknown }>;

/** Adds the rows of a group; gives those that are refused. An answer names all that it can, and the others are sent again. */
async function addGroup(
  requests: PaymentRequests,
  journal: PaymentJournal,
  rows: readonly PaymentRow[],
): Promise<readonly RefusedRow[]> {
  const refused = rows.flatMap((row) => ('reason' in row ? [{ line: row.line, reason: row.reason }] : []));
  let open = rows.filter((row): row is ReadRow => 'body' in row);
  for (let pass = 0; pass < PASSES && open.length > 0; pass++) {
    const reasons = await requests.addTogether(
      journal,
      open.map(({ body }) => body),
    );
    if (!reasons) break;
    open.forEach(({ line }, index) => {
      const reason = reasons.get(index);
      if (reason !== undefined) refused.push({ line, reason });
    });
    open = reasons.size === 0 ? [] : open.filter((_, index) => !reasons.has(index));
  }
  for (const { line, body } of open) {
    const reason = await requests.add(journal, body);
    if (reason !== undefined) refused.push({ line, reason });
  }
  return refused.sort((left, right) => left.line - right.line);
}
