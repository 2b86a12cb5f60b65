/** Payments or anything else from a CSV file: looked at first, then written all together or not at all. Protocol §11.4.12 */
import { CsvError, csvLine, delimiterOf, parseCsv } from './csv.js';
import { download, openDialog, toast } from './dialog.js';
import { button, element } from './element.js';
import { formatInteger } from './format.js';
import { decimalSignOf, importable, importColumns, importRow, refusalsOf } from './import-rows.js';
import { cellsOf, linesTable } from './lines-table.js';
import { sendLong } from './long-request.js';
import { tell } from './problem.js';
import { Progress } from './progress.js';
import { RequestError } from './request.js';

/**
 * @typedef {import('./import-rows.js').ImportColumn} ImportColumn
 * @typedef {import('./import-rows.js').ImportRow} ImportRow
 * @typedef {import('./import-rows.js').Refusal} Refusal
 * @typedef {import('./location.js').Location} Location
 */

/** Lines that are shown; the others are counted. */
const MOST_SHOWN = 100;

/** @param {number} count */
const rowsText = (count) => `${formatInteger(count)} ${count === 1 ? 'row' : 'rows'}`;

/**
 * The text of a file: UTF-8, else what Excel writes in Western Europe.
 * @param {File} file
 */
async function textOf(file) {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/**
 * Asks for a file, shows what it holds, and imports it.
 * @param {Location} location of the collection
 * @param {() => void} done called when its rows are there
 * @param {File} [dropped]
 */
export function importFile(location, done, dropped) {
  const name = (location.via?.label ?? location.root?.label ?? location.type.label).toLowerCase();
  return openDialog(`Import ${name}`, (close) => {
    const work = new Import(location, (count) => {
      close();
      toast(`${rowsText(count)} imported.`);
      done();
    });
    if (dropped) void work.take(dropped);
    return { wide: true, content: [work.root], actions: [button('Cancel', () => close()), work.run] };
  });
}

/** One file on its way in. */
class Import {
  /** @type {readonly ImportRow[]} */ #rows = [];

  /**
   * @param {Location} location
   * @param {(count: number) => void} done
   */
  constructor(location, done) {
    this.location = location;
    this.file = element('input', { type: 'file', accept: '.csv,.txt,text/csv', 'aria-label': 'CSV file' });
    this.file.addEventListener('change', () => {
      const [file] = this.file.files ?? [];
      if (file) void this.take(file);
    });
    const names = importable(location.type).map(({ path }) => path);
    const template = () =>
      download([csvLine(names)], `${location.via?.name ?? location.root?.name ?? 'rows'}.csv`, 'text/csv');
    this.shown = element('div', { class: 'import-shown', 'aria-live': 'polite' });
    this.progress = new Progress('Importing');
    this.run = button('Import', () => void this.#write(done), { icon: 'upload', kind: 'primary', disabled: true });
    this.root = element(
      'div',
      { class: 'import' },
      element(
        'div',
        { class: 'drop-zone' },
        element('p', {}, 'Choose a CSV file, or drop one here. Its first line names the columns.'),
        element(
          'div',
          { class: 'drop-actions' },
          this.file,
          button('Empty file', template, { icon: 'download', title: 'A file with the names of all columns' }),
        ),
      ),
      this.progress.root,
      this.shown,
    );
    acceptFiles(this.root, (file) => void this.take(file));
  }

  /**
   * Reads a file and shows what it holds.
   * @param {File} file
   * @param {'.' | ','} [sign] of decimals
   */
  async take(file, sign) {
    // One is under way.
    if (this.file.disabled) return;
    this.run.disabled = true;
    this.progress.stop();
    try {
      const text = (await textOf(file)).replace(/^\uFEFF/, '');
      const delimiter = delimiterOf(text);
      const [head, ...lines] = parseCsv(text, delimiter);
      const names = head?.fields ?? [];
      const { columns, others } = importColumns(this.location.type, names);
      const decimal = sign ?? decimalSignOf(columns, lines);
      this.#rows = lines.map((line) => importRow(columns, line, decimal, names.length));
      this.#show(file, columns, others, decimal);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      this.shown.replaceChildren(problem(error.message));
    }
  }

  /**
   * @param {File} file
   * @param {readonly ImportColumn[]} columns
   * @param {readonly string[]} others
   * @param {'.' | ','} decimal
   */
  #show(file, columns, others, decimal) {
    const rows = this.#rows;
    const refusals = rows.flatMap((row) => row.refusals);
    const hasNumbers = columns.some(({ property }) => property.type === 'Edm.Decimal');
    const signs = element(
      'select',
      { 'aria-label': 'Decimal sign' },
      element('option', { value: '.', selected: decimal === '.' }, 'Decimals as 1.5'),
      element('option', { value: ',', selected: decimal === ',' }, 'Decimals as 1,5'),
    );
    signs.addEventListener('change', () => void this.take(file, signs.value === ',' ? ',' : '.'));
    this.run.disabled = rows.length === 0 || columns.length === 0 || refusals.length > 0;
    this.shown.replaceChildren(
      element(
        'div',
        { class: 'import-head' },
        element('p', {}, element('b', {}, file.name), ` · ${rowsText(rows.length)}. Nothing is written yet.`),
        hasNumbers && signs,
      ),
      others.length > 0 ? element('p', { class: 'muted' }, `Not imported: ${others.join(', ')}.`) : '',
      columns.length === 0 ? problem('The first line names no column that can be imported.') : '',
      ...(refusals.length > 0 ? refusalParts(refusals) : []),
      rows.length > 0 && columns.length > 0 ? rowsTable(columns, rows) : '',
    );
  }

  /** Writes all rows by one request. @param {(count: number) => void} done */
  async #write(done) {
    const rows = this.#rows;
    this.run.disabled = true;
    this.file.disabled = true;
    this.progress.start();
    this.progress.say(`Importing ${rowsText(rows.length)} …`);
    try {
      await sendLong(this.location.path, {
        method: 'PATCH',
        headers: { Prefer: 'return=minimal', 'OData-Version': '4.01' },
        body: { '@context': '#$delta', value: rows.map(({ body }) => body) },
      });
      done(rows.length);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // Closing the dialogue does not stop what is under way.
      if (!this.root.isConnected) tell(error);
      const all = error.details.length > 0 ? error.details : [error.problem];
      this.shown.querySelectorAll('.refusals').forEach((part) => part.remove());
      this.shown.prepend(...refusalParts(refusalsOf(all, rows, this.location.type), error));
    } finally {
      this.progress.stop();
      this.file.disabled = false;
    }
  }
}

/** @param {string} text */
const problem = (text) => element('p', { class: 'form-problem', role: 'alert' }, text);

/**
 * @param {readonly Refusal[]} refusals
 * @param {RequestError} [error] what the service said: it may not list all of many
 */
const refusalParts = (refusals, error) => [
  element(
    'div',
    { class: 'refusals' },
    problem(
      `${rowsText(new Set(refusals.map(({ line }) => line)).size)} cannot be imported, so that none is. Put right in the file what stands below, and choose it again.`,
    ),
    linesTable(
      'Refused rows',
      [{ label: 'Line', right: true }, { label: 'Column' }, { label: 'Why' }],
      refusals.map(({ line, where, message }) => ({
        cells: [
          { text: line === 0 ? '' : formatInteger(line), className: 'right' },
          { text: where },
          { text: message, className: 'refusal' },
        ],
      })),
      MOST_SHOWN,
    ),
    error && error.details.length > 0 && element('p', { class: 'muted' }, `The service says: ${error.message}`),
  ),
];

/**
 * @param {readonly ImportColumn[]} columns
 * @param {readonly ImportRow[]} rows
 */
function rowsTable(columns, rows) {
  const shown = columns.map((column) => ({ ...column, right: column.property.type === 'Edm.Decimal' }));
  return linesTable(
    'Rows of the file',
    [{ label: 'Line', right: true }, ...shown],
    rows.map(({ line, body }) => ({
      cells: [{ text: formatInteger(line), className: 'right' }, ...cellsOf(shown, body)],
    })),
    MOST_SHOWN,
  );
}

/**
 * Takes files that are dropped on an element.
 * @param {HTMLElement} place
 * @param {(file: File) => void} take
 */
export function acceptFiles(place, take) {
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  place.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    place.classList.add('dropping');
  });
  place.addEventListener('dragleave', () => place.classList.remove('dropping'));
  place.addEventListener('drop', (event) => {
    place.classList.remove('dropping');
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}
