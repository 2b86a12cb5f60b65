/** Bars beside names. */
import { barTitle } from './bar-title.js';
import { element } from './element.js';
import { formatDecimal, formatInteger, sumOf } from './format.js';

/** @typedef {import('./chart-request.js').Bar} Bar */

/**
 * Bars beside names: a table whose middle is drawn.
 * @param {import('./chart-request.js').GroupTotals} totals
 * @param {(bar: Bar) => void} choose
 */
export function groupChart({ bars, groups, total }, choose) {
  // The rest, exactly: all less those that are shown.
  const others = sumOf([total, ...bars.map(({ exact }) => (exact.startsWith('-') ? exact.slice(1) : `-${exact}`))]);
  const most = Math.max(...bars.map((bar) => Math.abs(bar.total)), 1e-9);
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
          { title: barTitle(bar) },
          element(
            'th',
            { scope: 'row' },
            element('button', { type: 'button', onclick: () => choose(bar) }, element('bdi', {}, bar.label)),
          ),
          element('td', { class: 'bar', 'aria-hidden': 'true' }, fill),
          element('td', { class: 'right' }, formatDecimal(bar.exact)),
        );
      }),
      groups > bars.length &&
        element(
          'tr',
          { class: 'others' },
          element('th', { scope: 'row' }, `${formatInteger(groups - bars.length)} more`),
          element('td', {}),
          element('td', { class: 'right' }, formatDecimal(others)),
        ),
    ),
  );
}
