/** The charts above a grid, while they are asked for. */
import { Charts } from './charts.js';
import { element } from './element.js';

export class ViewCharts {
  /** @type {Charts | undefined} */ #charts;
  root = element('div', { class: 'above' });

  /**
   * Shows them or takes them away, as the address of the view says.
   * @param {import('./table-view.js').TableView} view
   */
  show(view) {
    if (!view.address.chart) {
      this.drop();
      this.root.replaceChildren();
      return;
    }
    if (this.#charts) {
      this.#charts.update(view.narrowing());
      return;
    }
    this.#charts = new Charts({
      path: view.address.path,
      columns: view.columns,
      narrowed: view.narrowing(),
      canApply: view.canApply,
      onNarrow: (...narrowed) => view.narrow(...narrowed),
    });
    this.root.replaceChildren(this.#charts.root);
    this.load();
  }

  /** Asks for the totals again. */
  load() {
    void this.#charts?.load();
  }

  /** Stops what is on its way; the next ones are made anew. */
  drop() {
    this.#charts?.dispose();
    this.#charts = undefined;
  }
}
