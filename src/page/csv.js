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

/** The text is no CSV; the message says where. */
export class CsvError extends Error {}

/**
 * The sign between the fields: the one that the first line has most of. `npm run import` has the same rule (src/import/csv-rows.ts).
 * @param {string} text
 */
export function delimiterOf(text) {
  const [first = ''] = text
    .trimStart()
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]/, 1);
  const counted = [',', ';', '\t'].map((sign) => ({ sign, count: first.split(sign).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).sign;
}

/**
 * The lines that hold something, each with the number that an editor shows.
 * @param {string} text
 * @param {string} delimiter
 * @returns {readonly { readonly line: number, readonly fields: readonly string[] }[]}
 */
export function parseCsv(text, delimiter) {
  /** @type {{ line: number, fields: string[] }[]} */ const rows = [];
  let line = 1;
  let row = { line, fields: /** @type {string[]} */ ([]) };
  let value = '';
  let isQuoted = false;
  const endField = () => {
    row.fields.push(value);
    value = '';
  };
  const endRow = () => {
    endField();
    if (row.fields.some((one) => one !== '')) rows.push(row);
    row = { line, fields: [] };
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    const isEnd = sign === '\n' || (sign === '\r' && text[at + 1] !== '\n');
    if (isEnd) line += 1;
    if (isQuoted) {
      if (sign !== '"') value += sign;
      else if (text[at + 1] === '"') {
        value += '"';
        at += 1;
      } else isQuoted = false;
    } else if (sign === '"' && value === '') isQuoted = true;
    else if (sign === delimiter) endField();
    else if (isEnd) endRow();
    else if (sign !== '\r') value += sign;
  }
  if (isQuoted) throw new CsvError(`The quotation that begins in the row of line ${row.line} has no end.`);
  endRow();
  return rows;
}
