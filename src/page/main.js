/** The page: reads the model, then shows what its address says. */
import { emptyAddress, joinUrl, readAddress, writeAddress } from './address.js';
import { byId, element } from './element.js';
import { editCell } from './cell-editor.js';
import { toast } from './dialog.js';
import { keyOf, locate } from './location.js';
import { readMetadata } from './metadata.js';
import { Panel } from './panel.js';
import { QueryBar } from './query-bar.js';
import { deleteEntity } from './save.js';
import { markSide, showSide } from './side.js';
import { RequestError, send } from './request.js';
import { TableView } from './table-view.js';

/** @typedef {import('./address.js').Address} Address */

/** @type {import('./metadata.js').Model} */ let model;
/** @type {TableView | undefined} */ let view;
/** @type {Panel} */ let panel;
/** @type {QueryBar} */ let query;

/**
 * A row was written: it is shown as it now is, wherever it stands.
 * @param {string} path
 * @param {import('./metadata.js').Json} row
 */
function rowSaved(path, row) {
  const index = view?.grid?.rows.findIndex((one) => view?.idOf(one) === path) ?? -1;
  if (index >= 0) view?.grid?.replace(index, row);
  void view?.refreshTotals();
}

/** @type {import('./table-view.js').Page} */
const page = {
  get model() {
    return model;
  },
  acted(from) {
    panel.hide();
    go({ ...from.address, open: undefined }, true);
    void from.load();
    void from.refreshTotals();
    void showSide(byId('side'), model);
  },
  go,
  openRow(from, row, byKey) {
    if (from !== view) return;
    const place = locate(model, from.idOf(row));
    if (!place || place.type.key.length === 0) return;
    panel.wantsFocus = byKey;
    go({ ...from.address, open: place.path }, true);
    if (byKey && panel.path === place.path) panel.focus();
  },
  newRow(from) {
    if (!from.location) return;
    go({ ...from.address, open: undefined }, true);
    void panel.openNew(from.location);
  },
  async deleteRow(from, row) {
    const place = locate(model, from.idOf(row));
    if (!place) return;
    try {
      if (!(await deleteEntity({ path: place.path, type: place.type, name: from.nameOf(row), expand: '' }, row)))
        return;
      toast('Deleted.');
      rowRemoved(place.path);
    } catch (error) {
      if (error instanceof RequestError) toast(error.message, 'problem');
    }
  },
  editCell: (from, row, index, column, cell) => editCell(model, from, row, index, column, cell, rowSaved),
  showProblem: (error, url) => query.showProblem(url, error),
};

/** @param {string} path */
function rowRemoved(path) {
  if (panel.path === path) panel.hide();
  if (view && view.address.open === path) go({ ...view.address, open: undefined }, true);
  void view?.load();
  void showSide(byId('side'), model);
}

/**
 * Goes to an address.
 * @param {Address} address
 * @param {boolean} [replace]
 */
function go(address, replace = false) {
  const fragment = writeAddress(address);
  if (fragment === location.hash && view) return;
  if (replace) history.replaceState(null, '', fragment);
  else history.pushState(null, '', fragment);
  void show();
}

/** Shows what the address says. */
async function show() {
  const address = readAddress(location.hash);
  const path = address.path === '' ? 'customerPaymentJournals' : address.path;
  const side = byId('side');
  side.classList.remove('open');
  markSide(side, path);
  query.show(joinUrl(path, address.options));
  void showPanel(address.open);
  if (view && view.address.path === path) {
    await view.update({ ...address, path });
    return;
  }
  view?.dispose();
  view = new TableView(page, { ...address, path }, locate(model, path));
  byId('main').replaceChildren(view.root);
  view.showCharts();
  await view.load();
}

/** @param {string | undefined} path */
async function showPanel(path) {
  const place = path === undefined ? undefined : locate(model, path);
  if (!place || place.collection) {
    if (panel.path !== undefined) panel.hide();
    return;
  }
  const known = view?.grid?.rows.find((row) => view?.idOf(row) === path);
  await panel.open(place, known);
}

async function start() {
  try {
    const { json } = await send('$metadata?$format=json');
    model = readMetadata(json);
    query = new QueryBar(model, ({ path, options }) => {
      const address = { ...emptyAddress, path, options };
      if (view && writeAddress(address) === location.hash) void view.load();
      else go(address);
      view?.grid?.focus();
    });
    panel = new Panel({
      model,
      saved: rowSaved,
      created(place, row) {
        const path = place.path + keyOf(place.type, row);
        panel.hide();
        void view?.load().then(() => view && go({ ...view.address, open: path }, true));
        void showSide(byId('side'), model);
      },
      removed: rowRemoved,
      closed() {
        if (view) go({ ...view.address, open: undefined }, true);
        view?.grid?.focus();
      },
    });
  } catch (error) {
    const text = error instanceof RequestError ? error.message : String(error);
    byId('main').replaceChildren(element('p', { class: 'fatal', role: 'alert' }, text));
    return;
  }
  byId('menu').addEventListener('click', () => {
    const open = byId('side').classList.toggle('open');
    byId('menu').setAttribute('aria-expanded', String(open));
  });
  byId('skip').addEventListener('click', () => view?.grid?.focus());
  window.addEventListener('popstate', () => void show());
  window.addEventListener('hashchange', () => void show());
  // The rows are asked for first.
  const shown = show();
  void showSide(byId('side'), model);
  await shown;
}

void start();
