/** The page: reads the model, then shows what its address says. */
import { emptyAddress, joinUrl, readAddress, writeAddress } from './address.js';
import { byId, element } from './element.js';
import { editCell } from './cell-editor.js';
import { toast } from './dialog.js';
import { keyOf, locate } from './location.js';
import { readMetadata } from './metadata.js';
import { Panel } from './panel.js';
import { QueryBar } from './query-bar.js';
import { saying } from './problem.js';
import { deleteEntity, entityAt } from './save.js';
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
  // What the service computed for the query is not in the entity as it was read.
  if (view?.address.options.has('$compute')) void view.load();
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
    if (from === view) {
      // What is typed there stays.
      if (!panel.isDirty) {
        panel.hide();
        go({ ...from.address, open: undefined }, true);
      }
      void from.load();
      void from.refreshTotals();
    }
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
  async newRow(from) {
    if (!from.location || !(await panel.mayLeave())) return;
    panel.hide();
    go({ ...from.address, open: undefined }, true);
    panel.openNew(from.location);
  },
  async deleteRow(from, row) {
    const place = locate(model, from.idOf(row));
    if (!place) return;
    await saying(async () => {
      if (!(await deleteEntity(entityAt(place, row), row))) return;
      toast('Deleted.');
      rowRemoved(place.path);
    });
  },
  editCell(from, row, index, column, cell) {
    editCell(model, from, row, index, column, cell, (path, saved) => {
      rowSaved(path, saved);
      panel.take(path, saved);
    });
  },
  showProblem: (error, url) => query.showProblem(url, error),
};

/** @param {string} path */
function rowRemoved(path) {
  if (panel.path === path) panel.hide();
  if (view && view.address.open === path) go({ ...view.address, open: undefined }, true);
  void view?.load().then(() => view?.grid?.focus());
  void showSide(byId('side'), model);
}

/** @param {Address} address */
const pathOf = ({ path }) => (path === '' ? 'customerPaymentJournals' : path);

/**
 * Whether the panel stays as it is at an address; else what is typed there would be lost.
 * @param {Address} address
 */
const keepsPanel = (address) => view?.address.path === pathOf(address) && panel.path === address.open;

/**
 * Goes to an address, unless the reader would rather keep what is typed.
 * @param {Address} address
 * @param {boolean} [replace]
 */
function go(address, replace = false) {
  const fragment = writeAddress(address);
  if (fragment === location.hash && view) return;
  const move = () => {
    if (replace) history.replaceState(null, '', fragment);
    else history.pushState(null, '', fragment);
    void show();
  };
  if (!panel.isDirty || keepsPanel(address)) move();
  else void panel.mayLeave().then((may) => may && move());
}

/** The browser went to an address by itself: by a link, forth or back. */
async function arrived() {
  const address = readAddress(location.hash);
  if (keepsPanel(address) || (await panel.mayLeave())) await show();
  else if (view) history.pushState(null, '', writeAddress(view.address));
}

/** Shows what the address says. */
async function show() {
  const address = readAddress(location.hash);
  const path = pathOf(address);
  const side = byId('side');
  side.classList.remove('open');
  byId('menu').setAttribute('aria-expanded', 'false');
  markSide(side, path);
  query.show(joinUrl(path, address.options));
  if (!keepsPanel(address)) void showPanel(address);
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

/** @param {Address} address */
async function showPanel({ open, options }) {
  const place = locate(model, open);
  if (!place || place.collection) {
    panel.hide();
    view?.showRequest();
    return;
  }
  const isWhole = !options.has('$select') && !options.has('$apply');
  const known = isWhole ? view?.grid?.rows.find((row) => view?.idOf(row) === open) : undefined;
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
        const from = view;
        panel.hide();
        void from?.load().then(() => {
          if (from !== view) return;
          panel.wantsFocus = true;
          go({ ...from.address, open: path }, true);
        });
        void showSide(byId('side'), model);
      },
      removed: rowRemoved,
      closed() {
        if (view) go({ ...view.address, open: undefined }, true);
        view?.showRequest();
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
  window.addEventListener('popstate', () => void arrived());
  window.addEventListener('beforeunload', (event) => {
    if (panel.isDirty) event.preventDefault();
  });
  // The rows are asked for first.
  const shown = show();
  void showSide(byId('side'), model);
  await shown;
}

void start();
