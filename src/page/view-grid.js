/** The grid of a view: what its headings, fields and keys do follows from the place that it shows and the query that it asks. */
import { Grid } from './grid.js';
import { nextOrder, sortsOf } from './rows-request.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./table-view.js').TableView} TableView
 */

/** @param {TableView} view @param {Column} column @param {boolean} add */
function sort(view, column, add) {
  const options = new Map(view.address.options);
  const order = nextOrder(sortsOf(options.get('$orderby')), column.path, add);
  if (order === '') options.delete('$orderby');
  else options.set('$orderby', order);
  view.go({ options });
}

/** @param {TableView} view @param {Column} column @param {string} text */
function filter(view, column, text) {
  const filters = new Map(view.address.filters);
  if (text.trim() === '') filters.delete(column.path);
  else filters.set(column.path, text);
  view.go({ filters });
}

/**
 * Makes the grid of the view's columns.
 * @param {TableView} view
 * @returns {Grid}
 */
export function gridOf(view) {
  const { page, address, location } = view;
  const isSums = address.options.has('$apply');
  /** @type {Partial<import('./grid.js').GridOptions>} */
  const asks = {
    onSort: (column, add) => sort(view, column, add),
    onFilter: (column, text) => filter(view, column, text),
  };
  const grid = new Grid({
    label: view.title.textContent ?? '',
    columns: view.columns.filter(({ shown }) => shown),
    filters: address.filters,
    ...(location?.collection && !isSums ? asks : {}),
    onOpen: (row, _, byKey) => location && page.openRow(view, row, byKey),
    ...(location?.canUpdate && !isSums
      ? { onEdit: (row, index, column, cell) => page.editCell(view, row, index, column, cell) }
      : {}),
    ...(location?.canDelete && !isSums ? { onDelete: (row) => void page.deleteRow(view, row) } : {}),
    onMore: () => void view.loadMore(),
  });
  grid.mark(address.open, (row) => view.idOf(row));
  return grid;
}
