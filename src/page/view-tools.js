/** What may be done with the rows of a view: search, choose columns, chart, export, post, make a new one. */
import { button, element } from './element.js';
import { exportRows } from './export.js';
import { holderButtons } from './posting.js';

/** @typedef {import('./table-view.js').TableView} TableView */

export class ViewTools {
  /** @param {TableView} view */
  constructor(view) {
    const { page, location, address } = view;
    this.isCollection = location?.collection ?? false;
    this.search = element('input', {
      type: 'search',
      class: 'search',
      placeholder: 'Search',
      'aria-label': 'Search the rows',
      value: address.search,
    });
    let timer = 0;
    this.search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => view.go({ search: this.search.value }), 300);
    });
    this.charts = button('Charts', () => view.go({ chart: !view.address.chart }), {
      icon: 'chart',
      phone: '',
    });
    const holder = location?.collection && location.via?.contained ? location.parent : undefined;
    this.root = element(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'Rows' },
      this.search,
      button('Columns', () => view.chooseColumns(), { icon: 'columns', phone: '' }),
      this.charts,
      button('Export', () => exportRows(view), { icon: 'download', phone: '' }),
      location?.canImport && button('Import', () => view.importRows(), { icon: 'upload', phone: '' }),
      ...holderButtons(page.model, holder, () => page.acted(view)),
      location?.canInsert &&
        button(`New ${location.type.label.toLowerCase()}`, () => void page.newRow(view), {
          icon: 'add',
          kind: 'primary',
          phone: 'New',
        }),
    );
    this.show(address);
  }

  /** @param {import('./address.js').Address} address */
  show({ search, chart, options }) {
    // One entity, and sums of many, are not searched.
    this.search.hidden = !this.isCollection || options.has('$apply');
    if (document.activeElement !== this.search) this.search.value = search;
    this.charts.setAttribute('aria-pressed', String(chart));
  }
}
