/** The line below a grid: sums of its amounts, made by the service over all rows, not only those that are loaded. */
import { element } from './element.js';
import { formatDecimal, textOf } from './format.js';
import { listOf, objectOf } from './metadata.js';
import { RequestError, send } from './request.js';

/**
 * @param {HTMLElement} place
 * @param {string} url
 * @param {readonly import('./columns.js').Column[]} columns
 * @param {AbortSignal} signal
 */
export async function showTotals(place, url, columns, signal) {
  try {
    const { json } = await send(url, { signal });
    const row = objectOf(listOf(json['value'])[0]);
    const sums = columns.filter(({ path }) => textOf(row[`${path}_sum`]) !== '');
    place.replaceChildren(
      ...sums.map(({ label, path }) =>
        element(
          'span',
          {},
          `${/^total /i.test(label) ? label : `Total ${label.toLowerCase()}`} `,
          element('b', {}, formatDecimal(textOf(row[`${path}_sum`]))),
        ),
      ),
    );
  } catch (error) {
    if (!signal.aborted && error instanceof RequestError) place.replaceChildren();
  }
}
