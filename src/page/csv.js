/** CSV as RFC 4180 has it, with the values as the service gave them: decimals exact, dates as ISO 8601, nothing for null. */

import { textOf } from './format.js';

/** A text that a spreadsheet would take for a formula; numbers are none. */
const formula = /^[=+\-@\t\r]/;
const number = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** @param {unknown} value */
function field(value) {
  if (value === null || value === undefined) return '';
  const text = textOf(value);
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * One line, with its end.
 * @param {readonly unknown[]} values
 */
export const csvLine = (values) => `${values.map(field).join(',')}\r\n`;
