/**
 * The grid: a table of which only the rows in sight exist. Its keys are those of the ARIA pattern "grid" (grid-keys.js); Enter opens, F2
 * edits a cell, Delete deletes.
 */
import { element } from './element.js';
import { columnWidths } from './column-width.js';
import { GridHead } from './grid-head.js';
import { placeAfter } from './grid-keys.js';
import { GridRows } from './grid-rows.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{
 *   readonly label: string,
 *   readonly columns: readonly Column[],
 *   readonly filters: ReadonlyMap<string, string>,
 *   readonly onSort?: (column: Column, add: boolean) => void,
 *   readonly onFilter?: (column: Column, text: string) => void,
 *   readonly onOpen: (row: Json, index: number, byKey: boolean) => void,
 *   readonly onEdit?: (row: Json, index: number, column: Column, cell: HTMLElement) => void,
 *   readonly onDelete?: (row: Json, index: number) => void,
 *   readonly onMore: () => void,
 * }} GridOptions
 */

/** Rows that stand for those on their way: of the first page, and of one that follows. */
const FIRST = 12;
const NEXT = 2;

/** As long as a second click may take to come. */
const DOUBLE_CLICK_MS = 250;

export class Grid {
  /** @type {Json[]} */ #rows = [];
  /** @type {[row: number, column: number]} Row -1 is the header. */ #active = [0, 0];
  #more = false;
  #loading = true;
  #isFitted = false;
  #opening = 0;

  /** @param {GridOptions} options */
  constructor(options) {
    this.options = options;
    this.columns = options.columns;
    this.head = new GridHead(options);
    this.body = new GridRows(this.columns);
    this.cols = this.columns.map(() => element('col'));
    this.table = element(
      'table',
      { role: 'grid', 'aria-label': options.label, 'aria-colcount': this.columns.length },
      element('colgroup', {}, ...this.cols),
      this.head.root,
      this.body.root,
    );
    this.#fit();
    this.message = element('div', { class: 'grid-message', role: 'status' });
    this.root = element('div', { class: 'grid' }, this.table, this.message);
    this.root.addEventListener('scroll', () => this.#render(), { passive: true });
    new ResizeObserver(() => this.#render()).observe(this.root);
    this.table.addEventListener('keydown', (event) => this.#key(event));
    this.table.addEventListener('click', (event) => this.#click(event));
    this.table.addEventListener('dblclick', (event) => this.#edit(event.target));
  }

  get rows() {
    return this.#rows;
  }

  /** Columns as wide as what they hold; before the first rows are there, as what their types may hold. */
  #fit() {
    const widths = columnWidths(this.columns, this.#rows);
    this.cols.forEach((col, index) => (col.style.width = `${widths[index] ?? 0}px`));
    this.table.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}px`;
    this.#isFitted = this.#rows.length > 0;
  }

  /** Empty rows while the first page is on its way. */
  showLoading() {
    this.#loading = true;
    this.#more = false;
    this.root.classList.add('loading');
    this.message.textContent = '';
    this.table.setAttribute('aria-busy', 'true');
    if (this.#rows.length === 0) this.body.clear();
    this.#render();
  }

  /**
   * Shows other rows from the top.
   * @param {readonly Json[]} rows
   * @param {boolean} more
   * @param {string} ifNone
   */
  show(rows, more, ifNone) {
    this.#rows = [...rows];
    this.#loading = false;
    this.#more = more;
    this.root.classList.remove('loading');
    this.table.removeAttribute('aria-busy');
    this.message.textContent = rows.length === 0 ? ifNone : '';
    if (!this.#isFitted) this.#fit();
    this.root.scrollTop = 0;
    const hadKeyboard = this.body.root.contains(document.activeElement);
    this.#active = [Math.min(Math.max(this.#active[0], 0), Math.max(rows.length - 1, 0)), this.#active[1]];
    this.body.clear();
    this.#render();
    if (hadKeyboard) this.focus();
  }

  /**
   * Adds the rows of the next page.
   * @param {readonly Json[]} rows
   * @param {boolean} more
   */
  append(rows, more) {
    this.#rows.push(...rows);
    this.#more = more;
    this.#render();
  }

  /**
   * @param {number} index
   * @param {Json} row
   */
  replace(index, row) {
    this.#rows[index] = row;
    this.body.drop(index);
    this.#render();
  }

  /**
   * Marks the row that the side panel shows.
   * @param {string | undefined} id
   * @param {(row: Json) => string | undefined} idOf
   */
  mark(id, idOf) {
    this.body.mark((row) => id !== undefined && idOf(row) === id);
  }

  #render() {
    const { scrollTop, clientHeight } = this.root;
    const rows = this.#rows;
    const toCome = this.#more ? NEXT : this.#loading && rows.length === 0 ? FIRST : 0;
    const isNearEnd = this.body.render({ rows, toCome, active: this.#active[0], scrollTop, clientHeight });
    this.table.setAttribute('aria-rowcount', String(this.#more ? -1 : rows.length + 1));
    if (this.#more && isNearEnd) this.options.onMore();
    this.#setTabStop();
  }

  /** @param {number} row @param {number} column @returns {HTMLElement | undefined} */
  #cell(row, column) {
    if (row < 0) return this.head.headings[column];
    const cell = this.body.at(row)?.children[column];
    return cell instanceof HTMLElement ? cell : undefined;
  }

  /** One cell of the grid can be reached by Tab: the one that was last active. */
  #setTabStop() {
    const [row, column] = this.#active;
    this.table.querySelectorAll('[tabindex="0"]').forEach((cell) => cell.setAttribute('tabindex', '-1'));
    (this.#cell(row, column) ?? this.#cell(-1, column))?.setAttribute('tabindex', '0');
  }

  /**
   * Moves to a cell, scrolling as far as needed.
   * @param {number} row
   * @param {number} column
   */
  focusCell(row, column) {
    const target = Math.max(-1, Math.min(row, this.#rows.length - 1));
    this.#active = [target, Math.max(0, Math.min(column, this.columns.length - 1))];
    if (target >= 0) {
      const top = target * this.body.height;
      const visible = this.root.clientHeight - this.head.root.offsetHeight - this.body.height;
      if (top < this.root.scrollTop) this.root.scrollTop = top;
      else if (top > this.root.scrollTop + visible) this.root.scrollTop = top - visible;
    }
    this.#render();
    this.#cell(...this.#active)?.focus({ preventScroll: target >= 0 });
    const cell = this.#cell(...this.#active);
    if (cell) this.#scrollSideways(cell);
  }

  /** @param {HTMLElement} cell */
  #scrollSideways(cell) {
    const first = cell.parentElement?.firstElementChild;
    const sticky = first instanceof HTMLElement && first !== cell ? first.offsetWidth : 0;
    const left = cell.offsetLeft;
    if (left - sticky < this.root.scrollLeft) this.root.scrollLeft = left - sticky;
    else if (left + cell.offsetWidth > this.root.scrollLeft + this.root.clientWidth)
      this.root.scrollLeft = left + cell.offsetWidth - this.root.clientWidth;
  }

  /** Gives the keyboard back to where it was. */
  focus() {
    this.focusCell(...this.#active);
  }

  /** @param {EventTarget | null} target @returns {[number, number] | undefined} */
  #place(target) {
    const cell = target instanceof Element ? target.closest('th, td') : null;
    const row = cell?.parentElement;
    if (!cell || !row || row.classList.contains('filters')) return undefined;
    const column = [...row.children].indexOf(cell);
    return [Number(row.dataset['index'] ?? -1), column];
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const place = this.#place(event.target);
    if (!place) return;
    this.#active = place;
    this.#setTabStop();
    const row = this.#rows[place[0]];
    const isSelecting = (getSelection()?.toString() ?? '') !== '';
    if (!row || isSelecting || event.target instanceof HTMLInputElement || event.detail > 1) return;
    // What opens beside the grid would move the cell away from under the second click.
    const open = () => this.options.onOpen(row, place[0], false);
    if (this.options.onEdit) this.#opening = window.setTimeout(open, DOUBLE_CLICK_MS);
    else open();
  }

  /** @param {EventTarget | null} target */
  #edit(target) {
    clearTimeout(this.#opening);
    const place = this.#place(target);
    const row = place && this.#rows[place[0]];
    const column = place && this.columns[place[1]];
    const cell = place && this.#cell(...place);
    if (row && column && cell) this.options.onEdit?.(row, place[0], column, cell);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const place = this.#place(event.target);
    if (!place || event.altKey) return;
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.body.height) - 2);
    const to = placeAfter(event, place, { rows: this.#rows.length, columns: this.columns.length, page });
    const data = this.#rows[place[0]];
    if (to) this.focusCell(...to);
    else if (event.key === 'Enter' || event.key === ' ') this.#enter(place, event.shiftKey);
    else if (event.key === 'F2') this.#edit(event.target);
    else if (event.key === 'Delete' && data) this.options.onDelete?.(data, place[0]);
    else return;
    event.preventDefault();
  }

  /** @param {import('./grid-keys.js').Place} place @param {boolean} add */
  #enter([row, column], add) {
    const data = this.#rows[row];
    const heading = this.columns[column];
    if (data) this.options.onOpen(data, row, true);
    else if (heading && row < 0) this.options.onSort?.(heading, add);
  }
}
