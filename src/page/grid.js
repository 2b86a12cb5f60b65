/**
 * The grid: a table of which only the rows in sight exist. Its keys are those of the ARIA pattern "grid": arrows, Home, End, Page Up and
 * Page Down move, Enter opens, F2 edits a cell, Delete deletes.
 */
import { valueAt } from './columns.js';
import { element } from './element.js';
import { filterHint, formatValueFor } from './grid-cells.js';

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
 * @typedef {{ readonly path: string, readonly descending: boolean }} Sort
 */

/** Rows that exist above and below those in sight. */
const SPARE = 12;

export class Grid {
  /** @type {Json[]} */ #rows = [];
  /** @type {Map<number, HTMLTableRowElement>} */ #made = new Map();
  /** @type {[row: number, column: number]} Row -1 is the header. */ #active = [0, 0];
  #more = false;
  #loading = true;
  /** @type {string | undefined} */ #open;
  #rowHeight = 34;

  /** @param {GridOptions} options */
  constructor(options) {
    this.options = options;
    this.columns = options.columns;
    this.head = element('thead', {});
    this.above = element(
      'tr',
      { 'aria-hidden': 'true', class: 'spacer' },
      element('td', { colspan: this.columns.length }),
    );
    this.below = element(
      'tr',
      { 'aria-hidden': 'true', class: 'spacer' },
      element('td', { colspan: this.columns.length }),
    );
    this.body = element('tbody', {}, this.above, this.below);
    const width = this.columns.reduce((sum, column) => sum + column.width, 0);
    this.table = element(
      'table',
      { role: 'grid', 'aria-label': options.label, 'aria-colcount': this.columns.length, style: undefined },
      element('colgroup', {}, ...this.columns.map(() => element('col'))),
      this.head,
      this.body,
    );
    this.table.style.minWidth = `${width}px`;
    this.table
      .querySelectorAll('col')
      .forEach((col, index) => (col.style.width = `${this.columns[index]?.width ?? 100}px`));
    this.message = element('div', { class: 'grid-message', role: 'status' });
    this.root = element('div', { class: 'grid' }, this.table, this.message);
    this.#makeHead();
    this.root.addEventListener('scroll', () => this.#render(), { passive: true });
    new ResizeObserver(() => this.#render()).observe(this.root);
    this.table.addEventListener('keydown', (event) => this.#key(event));
    this.table.addEventListener('click', (event) => this.#click(event));
    this.table.addEventListener('dblclick', (event) => this.#edit(event.target));
  }

  get rows() {
    return this.#rows;
  }

  #makeHead() {
    const { onSort, onFilter, filters } = this.options;
    this.headings = this.columns.map((column, index) => {
      const heading = element(
        'th',
        {
          scope: 'col',
          'aria-colindex': index + 1,
          tabindex: -1,
          'data-path': column.path,
          class: column.right ? 'right' : undefined,
          title: column.property.description || undefined,
        },
        element(
          'span',
          { class: 'heading' },
          element('span', {}, column.label),
          element('span', { class: 'sort', 'aria-hidden': 'true' }),
        ),
      );
      if (onSort && column.filterable)
        heading.addEventListener('click', (event) => onSort(column, event.shiftKey || event.ctrlKey || event.metaKey));
      return heading;
    });
    this.head.append(element('tr', { 'aria-rowindex': 1 }, ...this.headings));
    if (!onFilter) return;
    const cells = this.columns.map((column) => {
      const field = filterField(column, filters.get(column.path) ?? '', (text) => onFilter(column, text));
      return element('td', { class: 'filter' }, field);
    });
    this.head.append(element('tr', { class: 'filters' }, ...cells));
  }

  /**
   * Shows by which columns the rows are sorted.
   * @param {readonly Sort[]} sorts
   */
  showSort(sorts) {
    this.headings?.forEach((heading) => {
      const at = sorts.findIndex(({ path }) => path === heading.dataset['path']);
      const sort = sorts[at];
      const arrow = sort === undefined ? '' : sort.descending ? '↓' : '↑';
      heading.setAttribute('aria-sort', sort === undefined ? 'none' : sort.descending ? 'descending' : 'ascending');
      const mark = heading.querySelector('.sort');
      if (mark) mark.textContent = arrow + (sorts.length > 1 && arrow !== '' ? String(at + 1) : '');
    });
  }

  /**
   * Marks what is typed below a header as not understood, or no more.
   * @param {string} path
   * @param {string | undefined} message
   */
  showFilterProblem(path, message) {
    const field = this.head.querySelector(`[data-filter="${CSS.escape(path)}"]`);
    if (!(field instanceof HTMLElement)) return;
    field.toggleAttribute('aria-invalid', message !== undefined);
    if (message !== undefined) field.setAttribute('aria-invalid', 'true');
    field.title = message ?? field.dataset['hint'] ?? '';
  }

  /**
   * Shows below a header what filters it, when that was chosen elsewhere.
   * @param {string} path
   * @param {string} text
   */
  showFilter(path, text) {
    const field = this.head.querySelector(`[data-filter="${CSS.escape(path)}"]`);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = text;
  }

  /** Empty rows while the first page is on its way. */
  showLoading() {
    this.#loading = true;
    this.#more = false;
    this.root.classList.add('loading');
    this.message.textContent = '';
    this.table.setAttribute('aria-busy', 'true');
    if (this.#rows.length === 0) this.#clear();
    this.#render();
  }

  #clear() {
    for (const row of this.#made.values()) row.remove();
    this.#made.clear();
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
    this.root.scrollTop = 0;
    this.#active = [Math.min(Math.max(this.#active[0], 0), Math.max(rows.length - 1, 0)), this.#active[1]];
    this.#clear();
    this.#render();
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
    this.#made.get(index)?.remove();
    this.#made.delete(index);
    this.#render();
  }

  /**
   * Marks the row that the side panel shows.
   * @param {string | undefined} id
   * @param {(row: Json) => string} idOf
   */
  mark(id, idOf) {
    this.#open = id;
    this.idOf = idOf;
    for (const [index, node] of this.#made) this.#markRow(node, index);
  }

  /**
   * @param {HTMLTableRowElement} node
   * @param {number} index
   */
  #markRow(node, index) {
    const row = this.#rows[index];
    const isOpen = row !== undefined && this.#open !== undefined && this.idOf?.(row) === this.#open;
    node.setAttribute('aria-selected', String(isOpen));
  }

  #headHeight() {
    return this.head.offsetHeight;
  }

  /** Makes the rows in sight and takes away those far from it. */
  #render() {
    const { scrollTop, clientHeight } = this.root;
    const sample = this.#made.values().next().value;
    if (sample && sample.offsetHeight > 0) this.#rowHeight = sample.offsetHeight;
    const height = this.#rowHeight;
    const total = this.#loading && this.#rows.length === 0 ? 12 : this.#rows.length + (this.#more ? 2 : 0);
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
    const last = Math.min(total, Math.ceil((scrollTop + clientHeight) / height) + SPARE);
    for (const [index, row] of this.#made)
      if ((index < first || index >= last) && index !== this.#active[0]) {
        row.remove();
        this.#made.delete(index);
      }
    const kept = [...this.#made.keys()].filter((index) => index < first || index >= last);
    let place = /** @type {ChildNode} */ (this.above);
    for (let index = first; index < last; index += 1) {
      let row = this.#made.get(index);
      if (!row || (row.classList.contains('skeleton') && this.#rows[index])) {
        row?.remove();
        row = this.#makeRow(index);
        this.#made.set(index, row);
      }
      if (place.nextSibling !== row) place.after(row);
      place = row;
    }
    for (const index of kept) {
      const row = this.#made.get(index);
      if (row) (index < first ? this.above : this.below).before(row);
    }
    const keptAbove = kept.filter((index) => index < first).length;
    this.above.style.height = `${(first - keptAbove) * height}px`;
    this.below.style.height = `${Math.max(0, total - last - (kept.length - keptAbove)) * height}px`;
    this.table.setAttribute('aria-rowcount', String(this.#more ? -1 : this.#rows.length + 1));
    if (this.#more && last >= this.#rows.length - SPARE) {
      this.options.onMore();
    }
    this.#setTabStop();
  }

  /** @param {number} index */
  #makeRow(index) {
    const row = this.#rows[index];
    if (!row)
      return element(
        'tr',
        { class: 'skeleton', 'aria-hidden': 'true' },
        ...this.columns.map(() => element('td', {}, element('i', {}))),
      );
    const cells = this.columns.map((column, at) => {
      const { text, className } = formatValueFor(column, valueAt(row, column.path));
      return element(
        at === 0 ? 'th' : 'td',
        {
          role: at === 0 ? 'rowheader' : 'gridcell',
          'aria-colindex': at + 1,
          tabindex: -1,
          class: className,
          title: text.length > 24 ? text : undefined,
        },
        element('bdi', {}, text),
      );
    });
    const node = element('tr', { 'aria-rowindex': index + 2, 'data-index': index }, ...cells);
    this.#markRow(node, index);
    return node;
  }

  /** @param {number} row @param {number} column @returns {HTMLElement | undefined} */
  #cell(row, column) {
    if (row < 0) return this.headings?.[column];
    const cell = this.#made.get(row)?.children[column];
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
      const top = target * this.#rowHeight;
      const visible = this.root.clientHeight - this.#headHeight() - this.#rowHeight;
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
    if (row && !isSelecting && !(event.target instanceof HTMLInputElement) && event.detail < 2)
      this.options.onOpen(row, place[0], false);
  }

  /** @param {EventTarget | null} target */
  #edit(target) {
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
    const [row, column] = place;
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.#rowHeight) - 2);
    const jump = event.ctrlKey || event.metaKey;
    const end = this.#rows.length - 1;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => this.focusCell(jump ? end : row + 1, column),
      ArrowUp: () => this.focusCell(jump ? 0 : row - 1, column),
      ArrowRight: () => this.focusCell(row, jump ? this.columns.length - 1 : column + 1),
      ArrowLeft: () => this.focusCell(row, jump ? 0 : column - 1),
      Home: () => this.focusCell(jump ? 0 : row, 0),
      End: () => this.focusCell(jump ? end : row, this.columns.length - 1),
      PageDown: () => this.focusCell(Math.min(row + page, end), column),
      PageUp: () => this.focusCell(Math.max(row - page, 0), column),
      Enter: () => this.#enter(row, column, event),
      ' ': () => this.#enter(row, column, event),
      F2: () => this.#edit(event.target),
      Delete: () => {
        const data = this.#rows[row];
        if (data) this.options.onDelete?.(data, row);
      },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {KeyboardEvent} event
   */
  #enter(row, column, event) {
    const data = this.#rows[row];
    const heading = this.columns[column];
    if (data) this.options.onOpen(data, row, true);
    else if (heading && row < 0) this.options.onSort?.(heading, event.shiftKey);
  }
}

/**
 * The field below a header: a choice where there are few values, else a text.
 * @param {Column} column
 * @param {string} value
 * @param {(text: string) => void} changed
 */
function filterField({ path, label, property, filterable }, value, changed) {
  if (!filterable) return false;
  const choices = property.members ?? (property.type === 'Edm.Boolean' ? ['Yes', 'No'] : undefined);
  const name = `Filter ${label}`;
  if (choices && (value === '' || choices.includes(value))) {
    const options = choices.map((choice) =>
      element('option', { value: choice, selected: choice === value }, formatMember(choice)),
    );
    const select = element(
      'select',
      { 'aria-label': name, 'data-filter': path },
      element('option', { value: '' }, ''),
      ...options,
    );
    select.addEventListener('change', () => changed(select.value));
    return select;
  }
  const hint = filterHint(property.type);
  const input = element('input', {
    type: 'text',
    value,
    'aria-label': name,
    'data-filter': path,
    'data-hint': hint,
    title: hint,
    spellcheck: 'false',
    autocomplete: 'off',
    enterkeyhint: 'search',
  });
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => changed(input.value), 350);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      clearTimeout(timer);
      changed(input.value);
    } else if (event.key === 'Escape' && input.value !== '') {
      event.stopPropagation();
      input.value = '';
      changed('');
    }
  });
  return input;
}

/** @param {string} member */
const formatMember = (member) => member.replace(/_x0020_/g, ' ');
