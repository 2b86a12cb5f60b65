/** The line below a grid: sums of its amounts, made by the service over all rows, not only those that are loaded. Data Aggregation §3.2.1 */
import { encodeOption } from './address.js';
import { measures } from './chart-request.js';
import { valueAt } from './columns.js';
import { element } from './element.js';
import { formatMoney, sumOf, textOf } from './format.js';
import { listOf, objectOf } from './metadata.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./address.js').Address} Address
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./metadata.js').Json} Json
 */

/**
 * The request for the sums of columns, in each currency by itself; undefined where there are none, or only some of the rows were asked for.
 * @param {Address} address
 * @param {readonly Column[]} columns
 * @param {string} narrowed the transformations that leave the rows that are seen
 * @returns {string | undefined}
 */
export function totalsUrl({ path, options }, columns, narrowed) {
  const amounts = measures(columns);
  if (amounts.length === 0 || options.has('$top') || options.has('$skip')) return undefined;
  const sums = `aggregate(${amounts.map(({ path: at }) => `${at} with sum as ${at}_sum`).join(',')})`;
  const currencies = [...new Set(amounts.flatMap(({ property }) => property.currency ?? []))];
  const apply = currencies.length === 0 ? sums : `groupby((${currencies.join(',')}),${sums})`;
  return `${path}?$apply=${encodeOption(narrowed + apply)}`;
}

/**
 * The sums of a column as they are shown, one for each currency; of currencies in which nothing is there none, unless there are no others.
 * @param {Column} column
 * @param {readonly Json[]} rows
 * @returns {readonly string[]}
 */
export function sumsOf({ path, property }, rows) {
  /** @type {Map<string, string[]>} */ const parts = new Map();
  for (const row of rows) {
    const sum = textOf(row[`${path}_sum`]);
    const currency = property.currency === undefined ? '' : textOf(valueAt(row, property.currency));
    if (sum !== '') parts.set(currency, [...(parts.get(currency) ?? []), sum]);
  }
  const all = [...parts].map(([currency, sums]) => ({ currency, sum: sumOf(sums) }));
  const some = all.filter(({ sum }) => Number(sum) !== 0);
  return (some.length > 0 ? some : all.slice(0, 1))
    .sort((one, other) => (one.currency < other.currency ? -1 : 1))
    .map(({ currency, sum }) => formatMoney(sum, currency));
}

/**
 * Shows the sums of the columns; none without an address.
 * @param {HTMLElement} place
 * @param {Address | undefined} address
 * @param {readonly Column[]} columns that are shown
 * @param {string} narrowed the transformations that leave the rows that are seen
 * @param {AbortSignal} signal
 */
export async function showTotals(place, address, columns, narrowed, signal) {
  const url = address && totalsUrl(address, columns, narrowed);
  if (url === undefined) {
    place.replaceChildren();
    return;
  }
  try {
    const { json } = await send(url, { signal });
    const rows = listOf(json['value']).map(objectOf);
    place.replaceChildren(
      ...measures(columns).flatMap((column) => {
        const sums = sumsOf(column, rows);
        const { label } = column;
        const name = /^total /i.test(label) ? label : `Total ${label.toLowerCase()}`;
        return sums.length === 0
          ? []
          : [element('span', {}, `${name} `, ...sums.flatMap((sum, at) => [at > 0 && ' · ', element('b', {}, sum)]))];
      }),
    );
  } catch (error) {
    if (!signal.aborted && error instanceof RequestError) place.replaceChildren();
  }
}
