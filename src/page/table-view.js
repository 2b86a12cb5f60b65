/** A collection as a grid, with search, filters, sums, pages that follow as you scroll, and the buttons for what may be done with it. */
import { joinUrl } from './address.js';
import { element } from './element.js';
import { pathOf } from './location.js';
import { acceptFiles, importFile } from './import.js';
import { nameParent } from './parent-name.js';
import { saying } from './problem.js';
import { showRequest } from './request-bar.js';
import { RequestError, recentExchanges } from './request.js';
import { RowPages } from './row-pages.js';
import { countText, narrowingOf, rowsUrl, sortsOf, wholeFilter } from './rows-request.js';
import { showTotals } from './totals.js';
import { ViewCharts } from './view-charts.js';
import { ViewColumns } from './view-columns.js';
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

export class TableView {
  /** @type {import('./grid.js').Grid | undefined} */ grid;
  #charts = new ViewCharts();
  #pages = new RowPages();
  #life = new AbortController();
  /** @type {ViewColumns} */ #columns;
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
      this.#charts.root,
      this.filterProblem,
      this.gridPlace,
      this.totals,
    );
    // Where the columns are the same the grid stays, and with it what is typed there.
    this.#columns = new ViewColumns(location, () => {
      this.grid = gridOf(this);
      this.gridPlace.replaceChildren(this.grid.root);
    });
    if (location?.canImport) acceptFiles(this.root, (file) => void this.importRows(file));
    void nameParent(this.title, location, this.#life.signal);
    this.#columns.declare(address);
  }

  get columns() {
    return this.#columns.all;
  }

  /**
   * Shows the same rows another way; not when the reader has left them meanwhile.
   * @param {Partial<Address>} change
   */
  go(change) {
    if (!this.#life.signal.aborted) this.page.go({ ...this.address, ...change }, true);
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
    if (await this.#columns.choose(this.address)) await this.load();
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
    if (this.#columns.declare(address)) this.#charts.drop();
    this.showCharts();
    this.tools.show(address);
    for (const { path } of this.columns) this.grid?.head.showFilter(path, address.filters.get(path) ?? '');
    this.grid?.mark(address.open, (row) => this.idOf(row));
    const filter = this.#toldFilter();
    if (rowsUrl(address, this.location, this.columns, filter) !== before) await this.load();
  }

  /**
   * Filters by a column as if it were typed; once more takes the filter away.
   * @param {string} path
   * @param {string} text
   * @param {readonly [path: string, text: string]} [also] narrows the rows as well
   */
  narrow(path, text, also) {
    const filters = new Map(this.address.filters);
    if (filters.get(path) === text) filters.delete(path);
    else for (const [at, typed] of [[path, text], ...(also ? [also] : [])]) filters.set(at, typed);
    this.go({ filters });
  }

  /** Shows the charts or takes them away, as the address says. */
  showCharts() {
    this.#charts.show(this);
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
    if (!this.#columns.complete(this.address, rows)) return false;
    this.#charts.drop();
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
    await showTotals(
      this.totals,
      this.canApply ? this.address : undefined,
      this.#columns.shown,
      this.narrowing(),
      signal,
    );
  }

  /** The sums again, after something was written. */
  async refreshTotals() {
    this.#charts.load();
    await this.#loadTotals(this.#pages.signal);
  }

  /** Stops what is on its way. */
  dispose() {
    this.#life.abort();
    this.#charts.drop();
    this.#pages.stop();
  }
}
