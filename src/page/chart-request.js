/** The totals that charts show, made by $apply in the service. Data Aggregation §3 */
import { encodeOption } from './address.js';
import { valueAt } from './columns.js';
import { stringLiteral } from './filter.js';
import { formatMonth, textOf } from './format.js';
import { formatValueFor } from './grid-cells.js';
import { listOf, objectOf } from './metadata.js';
import { send } from './request.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly path: string, readonly narrowed: string }} Source narrowed: the transformations that leave the rows that are seen
 * @typedef {{ readonly column: Column, readonly name: string | undefined }} Group name: the property beside it that people know it by
 * @typedef {{ readonly key: string, readonly label: string, readonly total: number, readonly exact: string, readonly rows: number }} Bar
 * @typedef {{ readonly bars: readonly Bar[], readonly groups: number, readonly rows: number, readonly total: string }} GroupTotals of all groups, those without a bar too
 */

/** Bars of one chart. */
const MOST_GROUPS = 8;

/**
 * The columns whose sums mean something.
 * @param {readonly Column[]} columns
 */
export const measures = (columns) =>
  columns.filter(
    ({ property, expand, path }) =>
      property.type === 'Edm.Decimal' && property.summed && expand === undefined && !path.includes('/'),
  );

/** @param {readonly Column[]} columns */
export const dates = (columns) =>
  columns.filter(({ property, expand }) => property.type === 'Edm.Date' && expand === undefined);

/**
 * What rows can sensibly be grouped by: choices, and short texts that name something else; not by currencies, of which one is charted at a time.
 * @param {readonly Column[]} columns
 * @returns {readonly Group[]}
 */
export function groups(columns) {
  const paths = columns.map(({ path }) => path);
  return columns
    .filter(
      ({ property, expand, path }) =>
        expand === undefined &&
        columns.every((one) => one.property.currency !== path) &&
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

/** @param {string} measure a path */
const sums = (measure) => `aggregate(${measure} with sum as total,$count as rows)`;

/**
 * @param {Source} source
 * @param {string} apply
 * @param {AbortSignal} signal
 */
async function ask({ path, narrowed }, apply, signal) {
  const { json } = await send(`${path}?$apply=${encodeOption(narrowed + apply)}`, { signal });
  return listOf(json['value']).map(objectOf);
}

/**
 * The currencies of the rows, that of most of them first; an empty text for none.
 * @param {Source} source
 * @param {string} path of the currency
 * @param {AbortSignal} signal
 */
export async function currenciesOf(source, path, signal) {
  const rows = await ask(source, `groupby((${path}),aggregate($count as rows))`, signal);
  return rows
    .sort((one, other) => Number(other['rows']) - Number(one['rows']))
    .map((row) => textOf(valueAt(row, path)));
}

/**
 * Of the rows those in one currency.
 * @template {Source} S
 * @param {S} source
 * @param {string} path of the currency
 * @param {string} currency
 * @returns {S}
 */
export const inCurrency = (source, path, currency) => ({
  ...source,
  narrowed: `${source.narrowed}filter(${path} eq ${currency === '' ? 'null' : stringLiteral(currency)})/`,
});

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
function monthBars(rows) {
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
 * A sum for each month.
 * @param {Source} source
 * @param {string} measure
 * @param {string} date
 * @param {AbortSignal} signal
 */
export async function totalsByMonth(source, measure, date, signal) {
  const apply = `compute(year(${date}) as year,month(${date}) as month)/groupby((year,month),${sums(measure)})`;
  return monthBars(await ask(source, apply, signal));
}

/**
 * A sum for each group: the largest of either sign, and how much there is in all.
 * @param {Source} source
 * @param {string} measure
 * @param {Group} group
 * @param {AbortSignal} signal
 * @returns {Promise<GroupTotals>}
 */
export async function totalsByGroup(source, measure, { column, name }, signal) {
  const by = name === undefined ? column.path : `${column.path},${name}`;
  const largest = `topcount(${MOST_GROUPS},total),bottomcount(${MOST_GROUPS},total)`;
  const whole = 'aggregate($count as groups,total with sum as total,rows with sum as rows)';
  const rows = await ask(source, `groupby((${by}),${sums(measure)})/concat(${largest},${whole})`, signal);
  const all = rows.pop() ?? {};
  /** @type {Map<string, Bar>} */ const bars = new Map();
  for (const row of rows) {
    const value = valueAt(row, column.path);
    const { text: shown } = formatValueFor(column, value);
    const key = column.property.members ? textOf(value) : shown;
    const known = name === undefined ? '' : textOf(valueAt(row, name));
    bars.set(`${key}\0${known}`, barOf(row, key, known !== '' ? known : shown === '' ? 'none' : shown));
  }
  const sorted = [...bars.values()].sort((one, other) => Math.abs(other.total) - Math.abs(one.total));
  return {
    bars: sorted.slice(0, MOST_GROUPS),
    groups: Number(all['groups'] ?? 0),
    rows: Number(all['rows'] ?? 0),
    total: textOf(all['total'] ?? '0'),
  };
}
