/** Totals by month and by what the rows are grouped by, made by $apply in the service; a click narrows the grid to what a bar stands for. */
import { currenciesOf, dates, groups, inCurrency, measures, totalsByGroup, totalsByMonth } from './chart-request.js';
import { element } from './element.js';
import { exactly } from './filter.js';
import { groupChart } from './group-chart.js';
import { RequestError } from './request.js';
import { timeChart } from './time-chart.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {{
 *   readonly path: string, readonly columns: readonly Column[], readonly narrowed: string, readonly canApply: boolean,
 *   readonly onNarrow: (path: string, text: string, also?: readonly [path: string, text: string]) => void,
 * }} Charted narrowed: the transformations that leave the rows that are seen
 */

/**
 * @template Choice
 * @param {string} label
 * @param {readonly Choice[]} choices
 * @param {(choice: Choice) => string} nameOf
 * @param {(choice: Choice) => void} chosen
 */
function chooser(label, choices, nameOf, chosen) {
  const select = element(
    'select',
    { 'aria-label': label },
    ...choices.map((choice, index) => element('option', { value: index }, nameOf(choice))),
  );
  select.addEventListener('change', () => {
    const choice = choices[Number(select.value)];
    if (choice !== undefined) chosen(choice);
  });
  return select;
}

export class Charts {
  #load = new AbortController();

  /** @param {Charted} charted */
  constructor(charted) {
    this.charted = charted;
    const { columns } = charted;
    this.measure = measures(columns)[0];
    this.date = dates(columns).find(({ path }) => /posting/i.test(path)) ?? dates(columns)[0];
    const all = groups(columns);
    this.group = all.find(({ column }) => /customer/i.test(column.path)) ?? all[0];
    this.time = element('div', { class: 'chart-place' });
    this.parts = element('div', { class: 'chart-place' });
    /** The one currency of what is drawn, once it was chosen, and where it is when there are several. @type {string | undefined} */
    this.currency = undefined;
    this.currencies = element('span', {});
    /** @type {readonly string[]} */ this.offered = [];
    const label = (/** @type {Column} */ column) => column.label;
    this.root = element('section', { class: 'charts', 'aria-label': 'Charts' });
    if (!charted.canApply) {
      this.root.append(
        element('p', { class: 'muted' }, 'Totals need $apply, which this service does not offer for these rows.'),
      );
      return;
    }
    if (!this.measure) {
      this.root.append(element('p', { class: 'muted' }, 'There is no amount to sum here.'));
      return;
    }
    const again = () => void this.load();
    if (this.date)
      this.root.append(
        element(
          'figure',
          {},
          element(
            'figcaption',
            {},
            chooser(
              'Sum of',
              measures(columns),
              (one) => `${label(one)} per month`,
              (one) => {
                this.measure = one;
                again();
              },
            ),
            dates(columns).length > 1 &&
              chooser(
                'Month of',
                [this.date, ...dates(columns).filter((one) => one !== this.date)],
                (one) => `by ${label(one).toLowerCase()}`,
                (one) => {
                  this.date = one;
                  again();
                },
              ),
            !this.group && this.currencies,
          ),
          this.time,
        ),
      );
    if (this.group)
      this.root.append(
        element(
          'figure',
          {},
          element(
            'figcaption',
            {},
            chooser(
              'Group by',
              [this.group, ...all.filter((one) => one !== this.group)],
              ({ column }) => `By ${column.label.toLowerCase()}`,
              (one) => {
                this.group = one;
                again();
              },
            ),
            this.currencies,
          ),
          this.parts,
        ),
      );
  }

  /**
   * Takes other transformations, and loads when they differ.
   * @param {string} narrowed
   */
  update(narrowed) {
    if (narrowed === this.charted.narrowed) return;
    this.charted = { ...this.charted, narrowed };
    void this.load();
  }

  /** Asks for the totals and draws them. */
  async load() {
    this.#load.abort();
    this.#load = new AbortController();
    const { signal } = this.#load;
    const { charted, measure, date, group } = this;
    if (!charted.canApply || !measure) return;
    for (const place of [this.time, this.parts]) place.classList.add('waiting');
    const source = this.#source(measure, signal);
    await Promise.all([
      date &&
        this.#draw(this.time, signal, async () => {
          const { rows, also } = await source;
          const bars = await totalsByMonth(rows, measure.path, date.path, signal);
          return bars.length === 0 ? undefined : timeChart(bars, ({ key }) => charted.onNarrow(date.path, key, also));
        }),
      group &&
        this.#draw(this.parts, signal, async () => {
          const { rows, also } = await source;
          const totals = await totalsByGroup(rows, measure.path, group, signal);
          const { path, property } = group.column;
          const isChoice = property.members !== undefined || property.type === 'Edm.Boolean';
          const choose = (/** @type {string} */ key) =>
            charted.onNarrow(path, isChoice && key !== '' ? key : exactly(key), also);
          return totals.bars.length === 0 ? undefined : groupChart(totals, ({ key }) => choose(key));
        }),
    ]);
  }

  /**
   * The rows that are added up: those in one currency, where amounts have any. `also` narrows the grid to it.
   * @param {Column} measure
   * @param {AbortSignal} signal
   * @returns {Promise<{ readonly rows: Charted, readonly also?: readonly [path: string, text: string] }>}
   */
  async #source({ property: { currency: path } }, signal) {
    const { charted } = this;
    const all = path === undefined ? [] : await currenciesOf(charted, path, signal);
    if (all.length < 2 || path === undefined) {
      this.#offer([], '');
      return { rows: charted };
    }
    const chosen = all.find((one) => one === this.currency) ?? all[0] ?? '';
    this.#offer(all, chosen);
    const rows = inCurrency(charted, path, chosen);
    return charted.columns.some((column) => column.path === path) ? { rows, also: [path, exactly(chosen)] } : { rows };
  }

  /**
   * Lets people choose among currencies. Where they are the same the choice stays, and with it the focus.
   * @param {readonly string[]} all
   * @param {string} chosen
   */
  #offer(all, chosen) {
    if (all.length !== this.offered.length || !all.every((one) => this.offered.includes(one))) {
      this.offered = all;
      const nameOf = (/** @type {string} */ one) => (one === '' ? 'no currency code' : `in ${one}`);
      const choose = (/** @type {string} */ one) => {
        this.currency = one;
        void this.load();
      };
      this.currencies.replaceChildren(...(all.length > 0 ? [chooser('Currency', all, nameOf, choose)] : []));
    }
    const select = this.currencies.querySelector('select');
    if (select) select.value = String(this.offered.indexOf(chosen));
  }

  /**
   * @param {HTMLElement} place
   * @param {AbortSignal} signal
   * @param {() => Promise<HTMLElement | undefined>} make
   */
  async #draw(place, signal, make) {
    try {
      const chart = await make();
      place.replaceChildren(chart ?? element('p', { class: 'muted' }, 'Nothing to sum.'));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      place.replaceChildren(element('p', { class: 'failed' }, error.message));
    }
    place.classList.remove('waiting');
  }

  dispose() {
    this.#load.abort();
  }
}
