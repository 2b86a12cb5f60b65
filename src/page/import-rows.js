/** What the lines of a CSV file become: bodies of entities, or why they cannot. */
import { FieldError, numberOf } from './fields.js';
import { isNumeric } from './format.js';
import { labelOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Property} Property
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {{ readonly path: string, readonly label: string, readonly property: Property, readonly at: number }} ImportColumn at: its place in the line
 * @typedef {{ readonly line: number, readonly fields: readonly string[] }} CsvRow
 * @typedef {{ readonly line: number, readonly where: string, readonly message: string }} Refusal
 * @typedef {{ readonly line: number, readonly body: Readonly<Record<string, unknown>>, readonly refusals: readonly Refusal[] }} ImportRow
 */

/**
 * What may be imported into a type, by path.
 * @param {StructuredType} type
 * @returns {readonly { readonly path: string, readonly label: string, readonly property: Property }[]}
 */
export const importable = (type) =>
  [...type.properties.values()]
    .filter(({ computed, collection }) => !computed && !collection)
    .flatMap((property) =>
      property.complex
        ? [...property.complex.properties.values()].map((part) => ({
            path: `${property.name}/${part.name}`,
            label: `${property.label} ${part.label.toLowerCase()}`,
            property: part,
          }))
        : [{ path: property.name, label: property.label, property }],
    );

/** Names are told apart by their letters and digits only. @param {string} text */
const bare = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/**
 * The columns that the first line names, by name or label, and those that are not imported.
 * @param {StructuredType} type
 * @param {readonly string[]} headings
 * @returns {{ readonly columns: readonly ImportColumn[], readonly others: readonly string[] }}
 */
export function importColumns(type, headings) {
  const known = importable(type);
  const found = headings.map((heading, at) => {
    const column = known.find(({ path, label }) => [bare(path), bare(label)].includes(bare(heading)));
    return column && { ...column, at };
  });
  const isFirst = (/** @type {number} */ at) =>
    found[at] !== undefined && found.findIndex((one) => one?.path === found[at]?.path) === at;
  return {
    columns: found.flatMap((column, at) => (column && isFirst(at) ? [column] : [])),
    others: headings.filter((heading, at) => heading.trim() !== '' && !isFirst(at)),
  };
}

/**
 * The decimal sign that the numbers of a file speak for: a comma when it stands before the last digits of one, and no point does.
 * @param {readonly ImportColumn[]} columns
 * @param {readonly CsvRow[]} rows
 * @returns {'.' | ','}
 */
export function decimalSignOf(columns, rows) {
  const numbers = columns
    .filter(({ property }) => isNumeric(property.type))
    .flatMap(({ at }) => rows.map(({ fields }) => fields[at]?.trim() ?? ''));
  const ends = (/** @type {string} */ sign) =>
    numbers.some((text) => {
      const after = text.lastIndexOf(sign) < 0 ? '' : text.slice(text.lastIndexOf(sign) + 1);
      return /^\d+$/.test(after) && (after.length !== 3 || text.includes(sign === ',' ? '.' : ','));
    });
  return ends(',') && !ends('.') ? ',' : '.';
}

/**
 * @param {string} text
 * @returns {string}
 */
function date(text) {
  const [, year, month, day] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(text) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  const [, lastDay, lastMonth, lastYear] = /^(\d\d?)\.(\d\d?)\.(\d{4})$/.exec(text) ?? [];
  const parts = [year ?? lastYear, month ?? lastMonth, day ?? lastDay];
  if (parts.includes(undefined)) throw new FieldError(`'${text}' is not a date: write 2026-03-31 or 31.03.2026.`);
  const written = parts.map((part) => String(part).padStart(2, '0')).join('-');
  const time = new Date(`${written}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== written)
    throw new FieldError(`There is no ${written}.`);
  return written;
}

/**
 * @param {Property} property
 * @param {string} text
 * @param {'.' | ','} decimal
 * @returns {unknown}
 */
function value(property, text, decimal) {
  const { type, members, maxLength } = property;
  if (members) {
    const member = members.find((one) => bare(one) === bare(text) || bare(labelOf(one)) === bare(text));
    if (member === undefined) throw new FieldError(`'${text}' is none of ${members.map(labelOf).join(', ')}.`);
    return member;
  }
  if (isNumeric(type)) {
    // Only the signs of the file: a point that groups must not become one that divides.
    const group = decimal === ',' ? '.' : ',';
    if (decimal === ',' && /\.\d*$/.test(text) && !/\.\d{3}$/.test(text))
      throw new FieldError(`'${text}' is not a number.`);
    return numberOf(property, text, { decimal, group });
  }
  if (type === 'Edm.Date') return date(text);
  if (type === 'Edm.Boolean') {
    if (/^(true|yes|1)$/i.test(text)) return true;
    if (/^(false|no|0)$/i.test(text)) return false;
    throw new FieldError(`'${text}' is neither yes nor no.`);
  }
  // What the export puts before texts that a spreadsheet would run.
  const plain = text.replace(/^'(?=[=+\-@\t\r])/, '');
  if (type === 'Edm.String' && maxLength !== undefined && [...plain].length > maxLength)
    throw new FieldError(`At most ${maxLength} characters, not ${[...plain].length}.`);
  return plain;
}

/**
 * A line as an entity; empty fields are left to the service. With a value too many or too few nobody knows which is which.
 * @param {readonly ImportColumn[]} columns
 * @param {CsvRow} row
 * @param {'.' | ','} decimal
 * @param {number} [named] how many columns the first line names
 * @returns {ImportRow}
 */
export function importRow(columns, { line, fields }, decimal, named = fields.length) {
  /** @type {Record<string, unknown>} */ const body = {};
  /** @type {Refusal[]} */ const refusals = [];
  if (fields.length < named || fields.slice(named).some((text) => text.trim() !== '')) {
    const values = `${fields.length} ${fields.length === 1 ? 'value' : 'values'}`;
    refusals.push({ line, where: '', message: `The row has ${values}, the first line names ${named} columns.` });
    return { line, body, refusals };
  }
  for (const { path, label, property, at } of columns) {
    const text = property.type === 'Edm.String' ? (fields[at] ?? '') : (fields[at] ?? '').trim();
    if (text === '') continue;
    try {
      const [first = '', second] = path.split('/');
      const read = value(property, text, decimal);
      body[first] = second === undefined ? read : { ...objectOf(body[first]), [second]: read };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      refusals.push({ line, where: label, message: error.message });
    }
  }
  return { line, body, refusals };
}

/**
 * The lines that an answer refuses, by the places in the body that it names: `value/3/amount`.
 * @param {readonly import('./request.js').Problem[]} problems
 * @param {readonly ImportRow[]} rows
 * @param {StructuredType} type
 * @returns {readonly Refusal[]}
 */
export function refusalsOf(problems, rows, type) {
  return problems.map(({ target, message }) => {
    const [, index = '', path = ''] = /^value\/(\d+)(?:\/(.*))?$/.exec(target ?? '') ?? [];
    const label = importable(type).find((one) => one.path === path)?.label ?? labelOf(path);
    return { line: index === '' ? 0 : (rows[Number(index)]?.line ?? 0), where: label, message };
  });
}
