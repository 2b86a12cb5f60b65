/** The page: reads the model, then shows what its address says. */
import { readAddress, writeAddress } from './address.js';
import { byId, element } from './element.js';
import { toast } from './dialog.js';
import { locate } from './location.js';
import { readMetadata } from './metadata.js';
import { markSide, showSide } from './side.js';
import { RequestError, send } from './request.js';
import { TableView } from './table-view.js';

/** @typedef {import('./address.js').Address} Address */

/** @type {import('./metadata.js').Model} */ let model;
/** @type {TableView | undefined} */ let view;

/** @type {import('./table-view.js').Page} */
const page = {
  go(address, replace = false) {
    const fragment = writeAddress(address);
    if (replace) history.replaceState(null, '', fragment);
    else history.pushState(null, '', fragment);
    void show();
  },
  openRow: () => undefined,
  newRow: () => undefined,
  deleteRow: () => undefined,
  editCell: () => undefined,
  showProblem: (error) => toast(error.message, 'problem'),
};

/** Shows what the address says. */
async function show() {
  const address = readAddress(location.hash);
  const path = address.path === '' ? 'customerPaymentJournals' : address.path;
  markSide(byId('side'), path);
  if (view && view.address.path === path) {
    await view.update({ ...address, path });
    return;
  }
  view?.dispose();
  view = new TableView(page, { ...address, path }, locate(model, path));
  byId('main').replaceChildren(view.root);
  await view.load();
}

async function start() {
  try {
    const { json } = await send('$metadata', { headers: { Accept: 'application/json', 'OData-MaxVersion': '4.01' } });
    model = readMetadata(json);
  } catch (error) {
    const text = error instanceof RequestError ? error.message : String(error);
    byId('main').replaceChildren(element('p', { class: 'fatal', role: 'alert' }, text));
    return;
  }
  window.addEventListener('popstate', () => void show());
  window.addEventListener('hashchange', () => void show());
  void showSide(byId('side'), model);
  await show();
}

void start();
