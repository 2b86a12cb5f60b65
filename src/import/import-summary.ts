/** What the import came to, in a sentence. */
import type { ImportOptions } from './import-options';
import type { ImportResult } from './import-payments';

const count = (number: number, what: string): string =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;

/** The last line of the command. */
export function importSummary(
  { taken, refused, isKept, journal }: ImportResult,
  { dryRun }: Pick<ImportOptions, 'dryRun'>,
  milliseconds: number,
): string {
  const rows = `${count(refused, 'row')} refused`;
  if (isKept) {
    const also = refused > 0 ? `; ${rows}` : '';
    return `Imported ${count(taken, 'payment')} into ${journal} in ${(milliseconds / 1000).toFixed(1)} s${also}.`;
  }
  if (dryRun)
    return `Tried only: ${count(taken, 'payment')} can be imported into ${journal}, ${rows}. Nothing was kept.`;
  return `Nothing was imported: ${rows}, ${count(taken, 'payment')} could be imported.`;
}
