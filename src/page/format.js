/** How values look, and how what people type becomes a value: numbers and dates by the reader's language, decimals exact to the last digit. */

const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;

/** @type {Map<number, Intl.NumberFormat>} */
const decimals = new Map();

/** @param {number} fewest */
function decimalFormat(fewest) {
  const known = decimals.get(fewest);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, { minimumFractionDigits: fewest, maximumFractionDigits: 20 });
  decimals.set(fewest, made);
  return made;
}

const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const date = new Intl.DateTimeFormat(locale, { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: 'UTC' });
const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short' });
const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' });
const shortMonth = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' });

/**
 * A value of a property as plain text.
 * @param {unknown} value
 * @returns {string}
 */
export function textOf(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
}

/** @param {string} text */
const withMinus = (text) => text.replace(/^-/, '\u2212');

/** @param {string | number} value */
const asNumeric = (value) => /** @type {Intl.StringNumericLiteral} */ (String(value));

/**
 * An amount with two decimals or as many as it has.
 * @param {string | number} value
 */
export const formatDecimal = (value) => withMinus(decimalFormat(2).format(asNumeric(value)));

/**
 * An amount with its currency; alone it is in that of the company.
 * @param {unknown} amount
 * @param {unknown} currency
 */
export const formatMoney = (amount, currency) => `${formatDecimal(textOf(amount))} ${textOf(currency)}`.trimEnd();

/**
 * The exact sum of decimals, as texts.
 * @param {readonly string[]} values
 */
export function sumOf(values) {
  const parts = values.map((value) => /^(-?)(\d*)(?:\.(\d*))?$/.exec(value) ?? ['', '', '0', '']);
  const scale = Math.max(0, ...parts.map(([, , , fraction = '']) => fraction.length));
  const units = parts.map(([, sign = '', whole = '', fraction = '']) =>
    BigInt(sign + whole + fraction.padEnd(scale, '0')),
  );
  const sum = units.reduce((total, unit) => total + unit, 0n);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${sum < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

/** @param {string | number} value */
export const formatInteger = (value) => withMinus(integer.format(asNumeric(value)));

/** @param {number} value */
export const formatCompact = (value) => withMinus(compact.format(value));

/** @param {string} value an Edm.Date */
const formatDate = (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? date.format(new Date(`${value}T00:00:00Z`)) : value);

/**
 * @param {number} year
 * @param {number} number from 1
 */
export const formatMonth = (year, number) => month.format(new Date(Date.UTC(year, number - 1, 1)));

/** @param {number} number from 1 */
export const formatShortMonth = (number) => shortMonth.format(new Date(Date.UTC(2000, number - 1, 1)));

/** @param {string} type */
export const isNumeric = (type) =>
  ['Edm.Decimal', 'Edm.Double', 'Edm.Single', 'Edm.Int16', 'Edm.Int32', 'Edm.Int64', 'Edm.Byte', 'Edm.SByte'].includes(
    type,
  );

/** @param {string} type */
export const isFractional = (type) => ['Edm.Decimal', 'Edm.Double', 'Edm.Single'].includes(type);

/**
 * A value as people read it; the empty text for null.
 * @param {unknown} value
 * @param {string} type qualified name of its type
 * @returns {string}
 */
export function formatValue(value, type) {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => formatValue(one, type)).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = textOf(value);
  switch (type) {
    case 'Edm.Decimal':
    case 'Edm.Double':
    case 'Edm.Single':
      return /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(text) ? formatDecimal(text) : text;
    case 'Edm.Boolean':
      return value === true ? 'Yes' : 'No';
    case 'Edm.Date':
      return formatDate(text);
    case 'Edm.DateTimeOffset': {
      const time = new Date(text);
      return Number.isNaN(time.getTime()) ? text : dateTime.format(time);
    }
    default:
      return text;
  }
}

const parts = new Intl.NumberFormat(locale).formatToParts(12345.6);
const decimalSign = parts.find(({ type }) => type === 'decimal')?.value ?? '.';
const groupSign = parts.find(({ type }) => type === 'group')?.value ?? ',';

/** @param {string} text */
const escapePattern = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * A number as a person types it, as EDM text; undefined when it is none. Groups must be whole groups of three, so that a comma in the
 * wrong language is an error rather than a factor of ten.
 * @typedef {{ readonly decimal?: string, readonly group?: string }} Signs
 * @param {string} typed
 * @param {Signs} [signs]
 * @returns {string | undefined}
 */
export function parseNumber(typed, { decimal = decimalSign, group = groupSign } = {}) {
  const text = typed
    .trim()
    .replace(/^\u2212/, '-')
    .replace(/^\+/, '')
    .replace(/[\u00a0\u202f]/g, ' ');
  const groups = escapePattern(group.replace(/[\u00a0\u202f]/g, ' '));
  const whole = `(?:\\d{1,3}(?:${groups}\\d{3})+|\\d+)`;
  const pattern = new RegExp(`^(-?)(${whole})?(?:${escapePattern(decimal)}(\\d*))?$`);
  const match = pattern.exec(text) ?? /^(-?)(\d+)?(?:\.(\d*))?$/.exec(text);
  if (!match || (!match[2] && !match[3])) return undefined;
  const digits = (match[2] ?? '0').replace(/\D/g, '').replace(/^0+(?=\d)/, '');
  return `${match[1] ?? ''}${digits}${match[3] ? `.${match[3]}` : ''}`;
}

/**
 * A number in a field: as it is edited, without groups.
 * @param {unknown} value
 */
export const editableNumber = (value) => textOf(value).replace('.', decimalSign);
