/** Small tables of lines, in panels and dialogues: headings, then texts as the grid writes them. */
import { valueAt } from './columns.js';
import { element } from './element.js';
import { formatInteger } from './format.js';
import { formatValueFor } from './grid-cells.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {{ readonly label: string, readonly right?: boolean }} Heading
 * @typedef {{ readonly text: string, readonly className?: string | undefined }} Cell
 * @typedef {{ readonly cells: readonly Cell[], readonly actions?: readonly (HTMLElement | false)[] }} Line actions: buttons at its end
 */

/**
 * The cells of a row, as the grid would show it.
 * @param {readonly Pick<Column, 'path' | 'property' | 'right'>[]} columns
 * @param {import('./metadata.js').Json} row
 * @returns {readonly Cell[]}
 */
export const cellsOf = (columns, row) => columns.map((column) => formatValueFor(column, valueAt(row, column.path)));

/** @param {Line} line */
const lineRow = ({ cells, actions }) =>
  element(
    'tr',
    {},
    ...cells.map(({ text, className }) =>
      element('td', { class: className, title: text.length > 24 ? text : undefined }, element('bdi', {}, text)),
    ),
    actions && element('td', { class: 'line-actions' }, ...actions),
  );

/**
 * A table that scrolls sideways when it must.
 * @param {string} label
 * @param {readonly Heading[]} headings
 * @param {readonly Line[]} lines
 * @param {number} [most] lines that are shown; the others are counted
 */
export function linesTable(label, headings, lines, most = lines.length) {
  const hasActions = lines.some(({ actions }) => actions);
  const heads = headings.map(({ label: text, right }) =>
    element('th', { scope: 'col', class: right ? 'right' : undefined }, text),
  );
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label },
    element(
      'table',
      { class: 'lines' },
      element('thead', {}, element('tr', {}, ...heads, hasActions && element('td', {}))),
      element('tbody', {}, ...lines.slice(0, most).map(lineRow)),
    ),
    lines.length > most && element('p', { class: 'muted' }, `and ${formatInteger(lines.length - most)} more`),
  );
}
