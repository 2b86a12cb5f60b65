/** A collection as a grid, with search, filters, sums, pages that follow as you scroll, and the buttons for what may be done with it. */
import { joinUrl } from './address.js';
import { titleOf } from './columns.js';
import { element } from './element.js';
import { pathOf } from './location.js';
import { Charts } from './charts.js';
import { acceptFiles, importFile } from './import.js';
import { chooseColumns, withChoice } from './column-choice.js';
import { saying } from './problem.js';
import { showRequest } from './request-bar.js';
import { RequestError, recentExchanges, send } from './request.js';
import { RowPages } from './row-pages.js';
import {
  columnsOfAnswer,
  countText,
  declaredColumns,
  narrowingOf,
  rowsUrl,
  sortsOf,
  totalsUrl,
  wholeFilter,
} from './rows-request.js';
import { showTotals } from './totals.js';
import { gridOf } from './view-grid.js';
import { ViewTools } from './view-tools.js';

/**
 * @typedef {import('./address.js').Address} Address
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./location.js').Location} Location
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{
 *   readonly model: import('./metadata.js').Model,
 *   readonly acted: (view: TableView) => void,
 *   readonly go: (address: Address, replace?: boolean) => void,
 *   readonly openRow: (view: TableView, row: Json, byKey: boolean) => void,
 *   readonly newRow: (view: TableView) => Promise<void>,
 *   readonly deleteRow: (view: TableView, row: Json) => Promise<void>,
 *   readonly editCell: (view: TableView, row: Json, index: number, column: Column, cell: HTMLElement) => void,
 *   readonly showProblem: (error: RequestError, url: string) => void,
 * }} Page what the rest of the page does for a view
 */

/** Options that decide what a row holds. */
const shaping = ['$select', '$expand', '$compute', '$apply'];

export class TableView {
  /** @type {import('./grid.js').Grid | undefined} */ grid;
  /** @type {Charts | undefined} */ charts;
  #pages = new RowPages();
  #life = new AbortController();
  /** @type {readonly Column[]} */ columns = [];
  /** The same before the reader chose. @type {readonly Column[]} */ #given = [];
  /** What of the query decides the columns, and what the grid was made of. */ #shape = '';
  #made = '';
  #url = '';
  /** @type {import('./request.js').Exchange | undefined} */ #exchange;

  /**
   * @param {Page} page
   * @param {Address} address
   * @param {Location | undefined} location
   */
  constructor(page, address, location) {
    this.page = page;
    this.address = address;
    this.location = location;
    this.title = element('h1', {}, location?.via ? location.via.label : (location?.root?.label ?? address.path));
    this.subtitle = element('p', { class: 'subtitle' }, '\u00a0');
    this.tools = new ViewTools(this);
    this.above = element('div', { class: 'above' });
    this.filterProblem = element('p', { class: 'filter-problem', role: 'status' });
    this.gridPlace = element('div', { class: 'grid-place' });
    this.totals = element('div', { class: 'totals', role: 'status' });
    this.root = element(
      'section',
      { class: 'view' },
      element(
        'div',
        { class: 'view-head' },
        element('div', { class: 'titles' }, this.title, this.subtitle),
        this.tools.root,
      ),
      this.above,
      this.filterProblem,
      this.gridPlace,
      this.totals,
    );
    if (location?.canImport) acceptFiles(this.root, (file) => void this.importRows(file));
    void this.#nameParent();
    this.#declareColumns();
  }

  /**
   * Shows the same rows another way; not when the reader has left them meanwhile.
   * @param {Partial<Address>} change
   */
  go(change) {
    if (!this.#life.signal.aborted) this.page.go({ ...this.address, ...change }, true);
  }

  /** A collection within an entity is called by that entity's name. */
  async #nameParent() {
    const { parent, via } = this.location ?? {};
    if (!parent || parent.collection || !via) return;
    try {
      const { json } = await send(parent.path, { signal: this.#life.signal });
      this.title.replaceChildren(
        element('bdi', {}, titleOf(json, parent.type)),
        element('small', {}, ` ${via.label.toLowerCase()}`),
      );
    } catch (error) {
      if (!(error instanceof RequestError) && !this.#life.signal.aborted) throw error;
    }
  }

  /**
   * Asks for a file and imports it.
   * @param {File} [file] that was dropped
   */
  async importRows(file) {
    if (this.location?.canImport) await importFile(this.location, () => this.page.acted(this), file);
  }

  /** Asks which columns to show. */
  async chooseColumns() {
    if (this.columns.length === 0) return;
    const changed = await chooseColumns(this.#columnsKey, this.columns);
    if (!changed) return;
    this.#takeColumns(this.#given);
    await this.load();
  }

  get #columnsKey() {
    return this.location?.type.qualifiedName ?? this.address.path;
  }

  /** Takes the columns that the query tells of before any row is there; none where only the rows will tell. */
  #declareColumns() {
    const { options } = this.address;
    const shape = JSON.stringify(shaping.map((name) => options.get(name)));
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#dropCharts();
    const columns = declaredColumns(this.address, this.location);
    if (columns) this.#takeColumns(columns);
    else this.columns = this.#given = [];
  }

  /**
   * Makes a grid of other columns; where they are the same it stays, and with it what is typed there.
   * @param {readonly Column[]} given
   */
  #takeColumns(given) {
    const columns = withChoice(this.#columnsKey, given);
    const made = JSON.stringify([this.#shape, columns.map(({ path, shown }) => [path, shown])]);
    this.#given = given;
    if (made === this.#made) return;
    this.#made = made;
    this.columns = columns;
    this.grid = gridOf(this);
    this.gridPlace.replaceChildren(this.grid.root);
  }

  /**
   * The entity that a row is, as a path: what the panel opens and the address remembers. Undefined when it is none.
   * @param {Json} row
   */
  idOf(row) {
    return this.location && pathOf(this.location, row);
  }

  /** The condition that the rows meet; undefined for none. */
  filter() {
    return wholeFilter(this.address, this.location, this.columns);
  }

  /** The same; what is typed and cannot be understood is told. */
  #toldFilter() {
    /** @type {string[]} */ const problems = [];
    const filter = wholeFilter(this.address, this.location, this.columns, ({ path, label }, message) => {
      this.grid?.head.showProblem(path, message);
      if (message !== undefined) problems.push(`${label}: ${message}`);
    });
    this.filterProblem.textContent = problems.join(' ');
    return filter;
  }

  /** The same as transformations of $apply. */
  narrowing() {
    return narrowingOf(this.address, this.location, this.filter());
  }

  /** Whether the service can make sums of the rows. */
  get canApply() {
    const { location, address } = this;
    return Boolean(location?.collection && location.canApply) && !address.options.has('$apply');
  }

  /** The URL of the first page. */
  get url() {
    return this.#url;
  }

  /** How many rows there are, where the service said so. */
  get count() {
    return this.#pages.count;
  }

  /**
   * Takes another address of the same path; loads when the request differs.
   * @param {Address} address
   */
  async update(address) {
    const before = this.#url;
    this.address = address;
    this.#declareColumns();
    this.showCharts();
    this.tools.show(address);
    for (const { path } of this.columns) this.grid?.head.showFilter(path, address.filters.get(path) ?? '');
    this.grid?.mark(address.open, (row) => this.idOf(row));
    const filter = this.#toldFilter();
    if (rowsUrl(address, this.location, this.columns, filter) !== before) await this.load();
  }

  /** Shows the charts or takes them away, as the address says. */
  showCharts() {
    const isShown = this.address.chart;
    if (!isShown) {
      this.#dropCharts();
      this.above.replaceChildren();
      return;
    }
    if (this.charts) {
      this.charts.update(this.narrowing());
      return;
    }
    this.charts = new Charts({
      path: this.address.path,
      columns: this.columns,
      narrowed: this.narrowing(),
      canApply: this.canApply,
      onNarrow: (path, text) => this.narrow(path, text),
    });
    this.above.replaceChildren(this.charts.root);
    void this.charts.load();
  }

  #dropCharts() {
    this.charts?.dispose();
    this.charts = undefined;
  }

  /**
   * Filters by a column as if it were typed; once more takes the filter away.
   * @param {string} path
   * @param {string} text
   */
  narrow(path, text) {
    const filters = new Map(this.address.filters);
    if (filters.get(path) === text) filters.delete(path);
    else filters.set(path, text);
    this.go({ filters });
  }

  /** Loads the first page. */
  async load() {
    const filter = this.#toldFilter();
    this.#url = rowsUrl(this.address, this.location, this.columns, filter);
    this.grid?.head.showSort(sortsOf(this.address.options.get('$orderby')));
    this.grid?.showLoading();
    const answer = this.#pages.first(this.#url);
    const { signal } = this.#pages;
    try {
      const { rows, exchange } = await answer;
      if (this.#completeColumns(rows)) return;
      this.grid?.show(
        rows,
        this.#pages.hasMore,
        filter === undefined && this.address.search === '' ? 'Nothing here yet.' : 'Nothing matches.',
      );
      this.grid?.mark(this.address.open, (row) => this.idOf(row));
      this.#showCount();
      this.#exchange = exchange;
      this.showRequest();
      void this.#loadTotals(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      this.grid?.show([], false, '');
      this.totals.replaceChildren();
      this.#showCount();
      const isTyped = this.address.filters.size > 0 || this.address.search !== '';
      this.page.showProblem(error, isTyped ? this.#url : joinUrl(this.address.path, this.address.options));
      this.#exchange = recentExchanges()[0];
      this.showRequest();
    }
  }

  /** Shows the request behind the rows at the foot of the page. */
  showRequest() {
    if (this.#exchange) showRequest(this.#exchange);
  }

  /**
   * Takes the columns that only the rows tell of; loads again where something is typed below one of them.
   * @param {readonly Json[]} rows
   * @returns {boolean} whether it loads again
   */
  #completeColumns(rows) {
    const known = this.#given.length;
    this.#takeColumns(columnsOfAnswer(this.address, this.location, rows, this.#given));
    if (this.#given.length === known) return false;
    this.#dropCharts();
    this.showCharts();
    if (rowsUrl(this.address, this.location, this.columns, this.#toldFilter()) === this.#url) return false;
    void this.load();
    return true;
  }

  /** Loads the next page. */
  async loadMore() {
    await saying(async () => {
      const rows = await this.#pages.more();
      if (!rows) return;
      this.grid?.append(rows, this.#pages.hasMore);
      this.#showCount();
    });
  }

  #showCount() {
    this.subtitle.textContent = countText(this.grid?.rows.length ?? 0, this.#pages.count, !this.#pages.hasMore);
  }

  /**
   * Sums of the amounts of all rows that are seen, where the service aggregates.
   * @param {AbortSignal} signal
   */
  async #loadTotals(signal) {
    const shown = this.columns.filter((column) => column.shown);
    const url = this.canApply ? totalsUrl(this.address, shown, this.narrowing()) : undefined;
    if (url === undefined) this.totals.replaceChildren();
    else await showTotals(this.totals, url, shown, signal);
  }

  /** The sums again, after something was written. */
  async refreshTotals() {
    void this.charts?.load();
    await this.#loadTotals(this.#pages.signal);
  }

  /** Stops what is on its way. */
  dispose() {
    this.#life.abort();
    this.#dropCharts();
    this.#pages.stop();
  }
}
