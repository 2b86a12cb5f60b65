/** Rows and cells of a grid: a text, and a class that aligns and colours it. */
import { valueAt } from './columns.js';
import { element } from './element.js';
import { formatValue, isFractional } from './format.js';
import { labelOf } from './metadata.js';

/**
 * @param {Pick<import('./columns.js').Column, 'property' | 'right'>} column
 * @param {unknown} value
 * @returns {{ readonly text: string, readonly className: string | undefined }}
 */
export function formatValueFor({ property, right }, value) {
  const text = property.members && typeof value === 'string' ? labelOf(value) : formatValue(value, property.type);
  const isNegative = isFractional(property.type) && text.startsWith('\u2212');
  const classes = [
    right && 'right',
    isNegative && 'negative',
    property.type === 'Edm.Guid' && 'code',
    property.members && typeof value === 'string' && `member member-${value.toLowerCase().replace(/[^a-z]/g, '')}`,
  ].filter((name) => name !== false && name !== undefined && name !== '');
  return { text, className: classes.length > 0 ? classes.join(' ') : undefined };
}

/**
 * A row of the grid.
 * @param {readonly import('./columns.js').Column[]} columns
 * @param {import('./metadata.js').Json} row
 * @param {number} index from 0, without the header
 */
export function makeRow(columns, row, index) {
  const cells = columns.map((column, at) => {
    const { text, className } = formatValueFor(column, valueAt(row, column.path));
    return element(
      at === 0 ? 'th' : 'td',
      {
        role: at === 0 ? 'rowheader' : 'gridcell',
        'aria-colindex': at + 1,
        tabindex: -1,
        class: className,
        title: text.length > 24 ? text : undefined,
      },
      element('bdi', {}, text),
    );
  });
  return element('tr', { 'aria-rowindex': index + 2, 'data-index': index }, ...cells);
}

/**
 * A row that is on its way.
 * @param {number} cells
 */
export const makeSkeleton = (cells) =>
  element(
    'tr',
    { class: 'skeleton', 'aria-hidden': 'true' },
    ...Array.from({ length: cells }, () => element('td', {}, element('i', {}))),
  );
