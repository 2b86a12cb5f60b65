/** Columns over time. */
import { barTitle } from './bar-title.js';
import { element } from './element.js';
import { formatCompact, formatShortMonth } from './format.js';

/** @typedef {import('./chart-request.js').Bar} Bar */

/**
 * Round numbers for the lines across a chart, the zero among them.
 * @param {number} low not above zero
 * @param {number} high not below zero
 */
function ticks(low, high) {
  const span = high - low || 1;
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const from = Math.ceil(low / step);
  const to = Math.floor(high / step);
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
}

/** @param {Bar} bar @param {boolean} isYear */
const markOf = ({ key }, isYear) => (isYear ? key.slice(0, 4) : formatShortMonth(Number(key.slice(5))));

/**
 * Columns over time; one stop for Tab, arrows within.
 * @param {readonly Bar[]} bars
 * @param {(bar: Bar) => void} choose
 */
export function timeChart(bars, choose) {
  const low = Math.min(0, ...bars.map(({ total }) => total));
  const high = Math.max(0, ...bars.map(({ total }) => total));
  const span = high - low || 1;
  const percent = (/** @type {number} */ value) => (value / span) * 100;
  const lines = ticks(low, high).map((tick) => {
    const line = element('i', { class: tick === 0 ? 'tick zero' : 'tick' }, element('span', {}, formatCompact(tick)));
    line.style.bottom = `${percent(tick - low)}%`;
    return line;
  });
  const isYear = (/** @type {number} */ index) => index === 0 || (bars[index]?.key.endsWith('-01') ?? false);
  // Months where there is room for their names: all, or the first of each quarter, unless a year stands too near.
  const isMarked = (/** @type {number} */ index) =>
    isYear(index) ||
    (bars.length <= 18 ? index > 1 || bars.length <= 6 : Number(bars[index]?.key.slice(5)) % 3 === 1 && index > 2);
  const columns = bars.map((bar, index) => {
    const fill = element('i', { class: bar.total < 0 ? 'fill below' : 'fill' });
    fill.style.height = `${Math.max(percent(Math.abs(bar.total)), bar.rows > 0 ? 0.8 : 0)}%`;
    fill.style.bottom = `${percent((bar.total < 0 ? bar.total : 0) - low)}%`;
    return element(
      'button',
      {
        type: 'button',
        class: 'column',
        tabindex: index === 0 ? 0 : -1,
        'aria-label': barTitle(bar),
        title: barTitle(bar),
        onclick: () => choose(bar),
      },
      fill,
    );
  });
  const marks = bars.map((bar, index) => {
    const mark = element('small', { class: isYear(index) ? 'year' : undefined }, markOf(bar, isYear(index)));
    mark.style.left = `${(index / bars.length) * 100}%`;
    return isMarked(index) && mark;
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
    element('div', { class: 'marks', 'aria-hidden': 'true' }, ...marks),
  );
}
