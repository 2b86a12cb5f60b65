/** A collection as a grid, with search, filters, sums, pages that follow as you scroll, and the buttons for what may be done with it. */
import { joinUrl } from './address.js';
import { columnsOfRows, titleOf } from './columns.js';
import { toast } from './dialog.js';
import { element } from './element.js';
import { Grid } from './grid.js';
import { pathOf } from './location.js';
import { Charts } from './charts.js';
import { acceptFiles, importFile } from './import.js';
import { chooseColumns, withChoice } from './column-choice.js';
import { showRequest } from './request-bar.js';
import { nextLinkOf, RequestError, recentExchanges, rowsOf, send } from './request.js';
import {
  countText,
  declaredColumns,
  narrowingOf,
  nextOrder,
  PAGE_SIZE,
  rowsUrl,
  sortsOf,
  totalsUrl,
  wholeFilter,
} from './rows-request.js';
import { showTotals } from './totals.js';
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
  /** @type {Grid | undefined} */ grid;
  /** @type {string | undefined} */ #next;
  #loadingMore = false;
  #load = new AbortController();
  #life = new AbortController();
  /** @type {number | undefined} */ #count;
  /** @type {readonly Column[]} */ columns = [];
  #url = '';

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
    /** @type {Charts | undefined} */ this.charts = undefined;
    this.#makeGrid(declaredColumns(address, location));
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
    const changed = await chooseColumns(this.location?.type.qualifiedName ?? this.address.path, this.columns);
    if (!changed) return;
    this.#makeGrid(declaredColumns(this.address, this.location));
    await this.load();
  }

  /** @param {readonly Column[] | undefined} columns */
  #makeGrid(columns) {
    if (!columns) return;
    this.columns = withChoice(this.location?.type.qualifiedName ?? this.address.path, columns);
    const { location } = this;
    const isCollection = location?.collection ?? false;
    const canQuery = isCollection && !this.address.options.has('$apply');
    this.grid = new Grid({
      label: this.title.textContent,
      columns: this.columns.filter(({ shown }) => shown),
      filters: this.address.filters,
      ...(canQuery
        ? { onSort: (column, add) => this.#sort(column, add), onFilter: (column, text) => this.#filter(column, text) }
        : {}),
      onOpen: (row, _, byKey) => location && this.page.openRow(this, row, byKey),
      ...(location?.canUpdate && !this.address.options.has('$apply')
        ? { onEdit: (row, index, column, cell) => this.page.editCell(this, row, index, column, cell) }
        : {}),
      ...(location?.canDelete && !this.address.options.has('$apply')
        ? { onDelete: (row) => void this.page.deleteRow(this, row) }
        : {}),
      onMore: () => void this.#loadMore(),
    });
    this.grid.mark(this.address.open, (row) => this.idOf(row));
    this.gridPlace.replaceChildren(this.grid.root);
  }

  /**
   * The entity that a row is, as a path: what the panel opens and the address remembers. Undefined when it is none.
   * @param {Json} row
   */
  idOf(row) {
    return this.location && pathOf(this.location, row);
  }

  /** @param {Column} column @param {boolean} add */
  #sort(column, add) {
    const order = nextOrder(sortsOf(this.address.options.get('$orderby')), column.path, add);
    const options = new Map(this.address.options);
    if (order === '') options.delete('$orderby');
    else options.set('$orderby', order);
    this.page.go({ ...this.address, options }, true);
  }

  /** @param {Column} column @param {string} text */
  #filter(column, text) {
    const filters = new Map(this.address.filters);
    if (text.trim() === '') filters.delete(column.path);
    else filters.set(column.path, text);
    this.page.go({ ...this.address, filters }, true);
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
    return this.#count;
  }

  /**
   * Takes another address of the same path; loads when the request differs.
   * @param {Address} address
   */
  async update(address) {
    const before = this.#url;
    this.address = address;
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
      this.charts?.dispose();
      this.charts = undefined;
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

  /**
   * Filters by a column as if it were typed; once more takes the filter away.
   * @param {string} path
   * @param {string} text
   */
  narrow(path, text) {
    const filters = new Map(this.address.filters);
    if (filters.get(path) === text) filters.delete(path);
    else filters.set(path, text);
    this.page.go({ ...this.address, filters }, true);
  }

  /** Loads the first page. */
  async load() {
    this.#load.abort();
    const load = new AbortController();
    this.#load = load;
    const filter = this.#toldFilter();
    this.#url = rowsUrl(this.address, this.location, this.columns, filter);
    this.grid?.head.showSort(sortsOf(this.address.options.get('$orderby')));
    this.grid?.showLoading();
    try {
      const answer = await send(this.#url, {
        headers: { Prefer: `maxpagesize=${PAGE_SIZE}` },
        signal: load.signal,
      });
      const { json, exchange } = answer;
      const rows = rowsOf(answer);
      this.#count = json['@odata.count'] === undefined ? undefined : Number(json['@odata.count']);
      this.#next = nextLinkOf(json);
      if (!declaredColumns(this.address, this.location)) this.#makeGrid(columnsOfRows(rows, this.location?.type));
      this.grid?.show(
        rows,
        this.#next !== undefined,
        filter === undefined && this.address.search === '' ? 'Nothing here yet.' : 'Nothing matches.',
      );
      this.grid?.mark(this.address.open, (row) => this.idOf(row));
      this.#showCount();
      showRequest(exchange);
      void this.#loadTotals(load.signal);
    } catch (error) {
      if (load.signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      this.grid?.show([], false, '');
      this.#count = undefined;
      this.#showCount();
      const isTyped = this.address.filters.size > 0 || this.address.search !== '';
      this.page.showProblem(error, isTyped ? this.#url : joinUrl(this.address.path, this.address.options));
      const failed = recentExchanges()[0];
      if (failed) showRequest(failed);
    }
  }

  /** Loads the next page: the link as the service gave it. Protocol §11.2.6.7 */
  async #loadMore() {
    const next = this.#next;
    if (next === undefined || this.#loadingMore) return;
    this.#loadingMore = true;
    const { signal } = this.#load;
    /** @type {import('./request.js').Answer} */ let page;
    try {
      page = await send(next, { headers: { Prefer: `maxpagesize=${PAGE_SIZE}` }, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      toast(error.whole, 'problem');
      return;
    } finally {
      this.#loadingMore = false;
    }
    if (signal.aborted) return;
    this.#next = nextLinkOf(page.json);
    this.grid?.append(rowsOf(page), this.#next !== undefined);
    this.#showCount();
  }

  #showCount() {
    this.subtitle.textContent = countText(this.grid?.rows.length ?? 0, this.#count, this.#next === undefined);
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

  /**
   * What a row is called, for questions and headings.
   * @param {Json} row
   */
  nameOf(row) {
    return this.location ? titleOf(row, this.location.type) : '';
  }

  /** The sums again, after something was written. */
  async refreshTotals() {
    void this.charts?.load();
    await this.#loadTotals(this.#load.signal);
  }

  /** Stops what is on its way. */
  dispose() {
    this.#life.abort();
    this.charts?.dispose();
    this.#load.abort();
  }
}
