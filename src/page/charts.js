/** Totals by month and by what the rows are grouped by, made by $apply in the service; a click narrows the grid to what a bar stands for. */
import { encodeOption } from './address.js';
import { valueAt } from './columns.js';
import { element } from './element.js';
import { formatCompact, formatDecimal, formatInteger, formatMonth, formatShortMonth, textOf } from './format.js';
import { labelOf, listOf, objectOf } from './metadata.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly path: string, readonly columns: readonly Column[], readonly filter: string | undefined, readonly canApply: boolean, readonly onNarrow: (path: string, text: string) => void }} Charted
 * @typedef {{ readonly column: Column, readonly name: string | undefined }} Group name: the property beside it that people know it by
 * @typedef {{ readonly key: string, readonly label: string, readonly total: number, readonly exact: string, readonly rows: number }} Bar
 */

const MOST_GROUPS = 12;

/** @param {readonly Column[]} columns */
const measures = (columns) =>
  columns.filter(
    ({ property, expand, path }) => property.type === 'Edm.Decimal' && expand === undefined && !path.includes('/'),
  );

/** @param {readonly Column[]} columns */
const dates = (columns) =>
  columns.filter(({ property, expand }) => property.type === 'Edm.Date' && expand === undefined);

/**
 * What rows can sensibly be grouped by: choices, and short texts that name something else.
 * @param {readonly Column[]} columns
 * @returns {readonly Group[]}
 */
function groups(columns) {
  const paths = columns.map(({ path }) => path);
  return columns
    .filter(
      ({ property, expand, path }) =>
        expand === undefined &&
        !/documentnumber$|^number$|^linenumber$/i.test(path) &&
        (property.members !== undefined ||
          property.type === 'Edm.Boolean' ||
          (property.type === 'Edm.String' && (property.maxLength ?? 999) <= 20)),
    )
    .map((column) => {
      const prefix = column.path.replace(/(Number|Code)$/, '');
      const name = [`${prefix}DisplayName`, `${prefix}Name`, `${prefix}/displayName`].find(
        (path) => prefix !== column.path && paths.includes(path),
      );
      return { column, name };
    })
    .sort((one, other) => Number(other.name !== undefined) - Number(one.name !== undefined));
}

/**
 * @param {Charted} charted
 * @param {string} apply
 * @param {string} [more]
 */
const applyUrl = ({ path, filter }, apply, more = '') =>
  `${path}?$apply=${encodeOption(`${filter === undefined ? '' : `filter(${filter})/`}${apply}`)}${more}`;

/** @param {string} url @param {AbortSignal} signal */
async function rowsOf(url, signal) {
  const { json } = await send(url, { signal });
  return listOf(json['value']).map(objectOf);
}

/** @param {Json} row @param {string} key @param {string} label @returns {Bar} */
const barOf = (row, key, label) => ({
  key,
  label,
  total: Number(row['total'] ?? 0),
  exact: textOf(row['total'] ?? '0'),
  rows: Number(row['rows'] ?? 0),
});

/**
 * The months from the first to the last, those without rows too.
 * @param {readonly Json[]} rows
 * @returns {readonly Bar[]}
 */
export function monthBars(rows) {
  const known = new Map(
    rows.filter((row) => row['year'] !== null).map((row) => [Number(row['year']) * 12 + Number(row['month']) - 1, row]),
  );
  const numbers = [...known.keys()];
  if (numbers.length === 0) return [];
  const first = Math.min(...numbers);
  const last = Math.min(Math.max(...numbers), first + 119);
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const [year, month] = [Math.floor((first + offset) / 12), ((first + offset) % 12) + 1];
    return barOf(
      known.get(first + offset) ?? {},
      `${year}-${String(month).padStart(2, '0')}`,
      formatMonth(year, month),
    );
  });
}

/**
 * Round numbers for the lines across a chart, the zero among them.
 * @param {number} low not above zero
 * @param {number} high not below zero
 */
export function ticks(low, high) {
  const span = high - low || 1;
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const from = Math.ceil(low / step);
  const to = Math.floor(high / step);
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
}

/** What a bar says to those who do not see it, and on hover. @param {Bar} bar */
const said = ({ label, exact, rows }) =>
  `${label}: ${formatDecimal(exact)}, ${formatInteger(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/**
 * Columns over time; one stop for Tab, arrows within.
 * @param {readonly Bar[]} bars
 * @param {(bar: Bar) => void} choose
 */
function timeChart(bars, choose) {
  const low = Math.min(0, ...bars.map(({ total }) => total));
  const high = Math.max(0, ...bars.map(({ total }) => total));
  const span = high - low || 1;
  const percent = (/** @type {number} */ value) => (value / span) * 100;
  const lines = ticks(low, high).map((tick) => {
    const line = element('i', { class: tick === 0 ? 'tick zero' : 'tick' }, element('span', {}, formatCompact(tick)));
    line.style.bottom = `${percent(tick - low)}%`;
    return line;
  });
  const columns = bars.map((bar, index) => {
    const fill = element('i', { class: bar.total < 0 ? 'fill below' : 'fill' });
    fill.style.height = `${Math.max(percent(Math.abs(bar.total)), bar.rows > 0 ? 0.8 : 0)}%`;
    fill.style.bottom = `${percent((bar.total < 0 ? bar.total : 0) - low)}%`;
    const month = Number(bar.key.slice(5));
    const mark =
      month === 1 || index === 0
        ? bar.key.slice(0, 4)
        : bars.length <= 18 || month % 3 === 1
          ? formatShortMonth(month)
          : '';
    return element(
      'button',
      {
        type: 'button',
        class: 'column',
        tabindex: index === 0 ? 0 : -1,
        'aria-label': said(bar),
        title: said(bar),
        onclick: () => choose(bar),
      },
      fill,
      element('small', { 'aria-hidden': 'true', class: month === 1 || index === 0 ? 'year' : undefined }, mark),
    );
  });
  const plot = element('div', { class: 'columns', role: 'group', 'aria-label': 'By month' }, ...columns);
  plot.addEventListener('keydown', (event) => {
    const at = columns.findIndex((column) => column === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: columns.length - 1 }[event.key];
    const next = to === undefined ? undefined : columns[to];
    if (!next) return;
    event.preventDefault();
    columns.forEach((column) => (column.tabIndex = column === next ? 0 : -1));
    next.focus();
  });
  return element(
    'div',
    { class: 'time-chart' },
    element('div', { class: 'ticks', 'aria-hidden': 'true' }, ...lines),
    plot,
  );
}

/**
 * Bars beside names: a table whose middle is drawn.
 * @param {readonly Bar[]} bars
 * @param {(bar: Bar) => void} choose
 */
function groupChart(bars, choose) {
  const most = Math.max(...bars.map(({ total }) => Math.abs(total)), 1e-9);
  return element(
    'table',
    { class: 'group-chart' },
    element(
      'tbody',
      {},
      ...bars.map((bar) => {
        const fill = element('i', { class: bar.total < 0 ? 'fill below' : 'fill' });
        fill.style.width = `${Math.max((Math.abs(bar.total) / most) * 100, 0.5)}%`;
        return element(
          'tr',
          { title: said(bar) },
          element(
            'th',
            { scope: 'row' },
            element('button', { type: 'button', onclick: () => choose(bar) }, element('bdi', {}, bar.label)),
          ),
          element('td', { class: 'bar', 'aria-hidden': 'true' }, fill),
          element('td', { class: 'right' }, formatDecimal(bar.exact)),
        );
      }),
    ),
  );
}

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
          ),
          this.parts,
        ),
      );
  }

  /**
   * Takes another filter, and loads when it differs.
   * @param {string | undefined} filter
   */
  update(filter) {
    if (filter === this.charted.filter) return;
    this.charted = { ...this.charted, filter };
    void this.load();
  }

  /** Asks for the totals and draws them. */
  async load() {
    this.#load.abort();
    this.#load = new AbortController();
    const { signal } = this.#load;
    const { measure, date, group } = this;
    if (!this.charted.canApply || !measure) return;
    for (const place of [this.time, this.parts]) place.classList.add('waiting');
    const sum = `aggregate(${measure.path} with sum as total,$count as rows)`;
    await Promise.all([
      date &&
        this.#draw(this.time, signal, async () => {
          const rows = await rowsOf(
            applyUrl(
              this.charted,
              `compute(year(${date.path}) as year,month(${date.path}) as month)/groupby((year,month),${sum})`,
              '&$orderby=year,month',
            ),
            signal,
          );
          const bars = monthBars(rows);
          return bars.length === 0 ? undefined : timeChart(bars, ({ key }) => this.charted.onNarrow(date.path, key));
        }),
      group &&
        this.#draw(this.parts, signal, async () => {
          const by = group.name === undefined ? group.column.path : `${group.column.path},${group.name}`;
          const rows = await rowsOf(applyUrl(this.charted, `groupby((${by}),${sum})`), signal);
          const bars = rows.map((row) => {
            const key = textOf(valueAt(row, group.column.path));
            const name = group.name === undefined ? '' : textOf(valueAt(row, group.name));
            const shown = group.column.property.members ? labelOf(key) : key;
            return barOf(row, key, name !== '' ? name : shown === '' ? 'none' : shown);
          });
          bars.sort((one, other) => Math.abs(other.total) - Math.abs(one.total));
          return bars.length === 0
            ? undefined
            : groupChart(bars.slice(0, MOST_GROUPS), ({ key }) =>
                this.charted.onNarrow(
                  group.column.path,
                  key === '' ? "''" : group.column.property.members ? key : `=${key}`,
                ),
              );
        }),
    ]);
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
