/** What would become of the lines of a journal if it were posted now, as a table. */
import { columnsOf, columnsOfRows, valueAt } from './columns.js';
import { element } from './element.js';
import { formatDecimal, formatInteger, sumOf, textOf } from './format.js';
import { cellsOf, linesTable } from './lines-table.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Operation} Operation
 */

/** Rows that are shown; the others are counted. */
const MOST_SHOWN = 200;

/**
 * The property that says why a line is refused, named as the member of an answer that is an error. A preview without it refuses nothing
 * beforehand: then the action does, and says why.
 */
const REFUSAL = 'error';

/**
 * Why the service would not take a line; empty when it would.
 * @param {Json} row
 */
export const refusalOf = (row) => textOf(row[REFUSAL]);

/**
 * @param {readonly Json[]} all
 * @param {Operation} preview
 */
export function previewParts(all, preview) {
  const refused = all.filter((row) => refusalOf(row) !== '');
  // What must be put right is read first.
  const rows = [...refused, ...all.filter((row) => refusalOf(row) === '')];
  const columns = (preview.returns ? columnsOf(preview.returns) : columnsOfRows(rows, undefined)).filter(
    ({ shown, expand }) => shown && expand === undefined,
  );
  const filled = columns.filter(({ path }) => rows.some((row) => textOf(valueAt(row, path)) !== ''));
  const amount = filled.find(({ property }) => property.type === 'Edm.Decimal');
  // How much a line pays, and why it is refused, stand beside its number: in sight on every screen.
  const [number, ...others] = filled.filter((column) => column !== amount && column.path !== REFUSAL);
  const refusal = filled.find(({ path }) => path === REFUSAL);
  const used = [number, amount, refusal, ...others].filter((column) => column !== undefined);
  const total = amount ? sumOf(rows.map((row) => textOf(valueAt(row, amount.path)))) : '';
  return [
    element(
      'p',
      {},
      `${formatInteger(rows.length)} ${rows.length === 1 ? 'entry' : 'entries'}${amount ? `, ${amount.label.toLowerCase()} ${formatDecimal(total)} in all` : ''}. Nothing is written yet.`,
    ),
    ...(refused.length > 0
      ? [
          element(
            'p',
            { class: 'form-problem', role: 'alert' },
            `${formatInteger(refused.length)} of them cannot be posted, so that nothing can: put right what stands beside them.`,
          ),
        ]
      : []),
    linesTable(
      'Preview',
      used,
      rows.map((row) => ({
        cells: cellsOf(used, row).map((cell, at) =>
          used[at]?.path === REFUSAL ? { ...cell, className: 'refusal' } : cell,
        ),
      })),
      MOST_SHOWN,
    ),
  ];
}
