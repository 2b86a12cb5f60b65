/** What stands in a cell: a text, and a class that aligns and colours it. */
import { formatValue, isFractional } from './format.js';
import { labelOf } from './metadata.js';

export { filterHint } from './filter.js';

/**
 * @param {import('./columns.js').Column} column
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
