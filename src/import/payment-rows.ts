/** The payments of a file, one at a time and in groups. */
import type { EntityType, Property } from '../odata/model/model';
import { csvRows } from './csv-rows';
import { ImportError } from './import-error';
import type { ImportOptions } from './import-options';
import { paymentColumns, paymentRow, type PaymentRow } from './payment-columns';

/** Every row below the header. */
export async function* paymentRows(options: ImportOptions, type: EntityType): AsyncGenerator<PaymentRow> {
  let columns: readonly Property[] | undefined;
  for await (const row of csvRows(options)) {
    if (columns) yield paymentRow(row, columns, options);
    else columns = paymentColumns(row.values, type);
  }
  if (!columns) throw new ImportError('The file is empty.');
}

/** The same, so many at a time. */
export async function* groupsOf<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const row of rows) {
    group.push(row);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
