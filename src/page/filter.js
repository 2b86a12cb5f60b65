/**
 * What people type below a column's header becomes a condition of $filter. The signs are those of Business Central:
 * `>100` `<=100` `<>100` `10..20` `..20` `A*` `*a*` `a|b` `>10&<20`, `'a|b'` for a text with signs in it, and `''` for nothing.
 */
import { isNumeric, parseNumber } from './format.js';

/** @typedef {{ readonly type: string, readonly members?: readonly string[] | undefined, readonly nullable?: boolean }} Filtered */

/** What was typed cannot be understood; the message says what would be. */
export class FilterError extends Error {}

/** What is typed to find what has no value. */
export const NOTHING = "''";

/** @param {string} text */
export const stringLiteral = (text) => `'${text.replaceAll("'", "''")}'`;

const guid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** @param {Date} time */
const edmDate = (time) => time.toISOString().slice(0, 10);

/** The first day of a period that is written as `2026`, `2026-03` or `2026-03-31`, and the day after its last.
 * @param {string} text
 * @param {Date} now
 * @returns {readonly [string, string]}
 */
function period(text, now) {
  const relative = { today: 0, t: 0, yesterday: -1, tomorrow: 1 }[text.toLowerCase()];
  const local =
    relative === undefined
      ? text
      : edmDate(new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + relative)));
  const match = /^(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?$/.exec(local);
  if (!match) throw new FilterError('Write a date as 2026-03-31, a month as 2026-03, a year as 2026, or today.');
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const first = new Date(Date.UTC(year, month - 1, day));
  if (first.getUTCMonth() !== month - 1 || first.getUTCDate() !== day) throw new FilterError(`There is no ${local}.`);
  const after = match[3]
    ? Date.UTC(year, month - 1, day + 1)
    : match[2]
      ? Date.UTC(year, month, 1)
      : Date.UTC(year + 1, 0, 1);
  return [edmDate(first), edmDate(new Date(after))];
}

/**
 * A date as a literal of the property's type: a point in time begins where the reader's day begins.
 * @param {string} type
 * @param {string} day
 */
const timeLiteral = (type, day) => (type === 'Edm.Date' ? day : new Date(`${day}T00:00:00`).toISOString());

/**
 * @param {Filtered} property
 * @param {string} typed
 */
function literal({ type, members }, typed) {
  const text = unquoted(typed);
  if (members) {
    const member = members.find((one) => one.toLowerCase() === text.toLowerCase());
    if (member === undefined) throw new FilterError(`One of ${members.join(', ')}.`);
    return stringLiteral(member);
  }
  if (isNumeric(type)) {
    const number = parseNumber(text);
    if (number === undefined) throw new FilterError(`'${text}' is no number. Try >100, 10..20 or <>0.`);
    return number;
  }
  if (type === 'Edm.Guid') {
    if (!guid.test(text)) throw new FilterError('Write the whole id.');
    return text.toLowerCase();
  }
  if (type === 'Edm.Boolean') {
    if (/^(yes|true|1)$/i.test(text)) return 'true';
    if (/^(no|false|0)$/i.test(text)) return 'false';
    throw new FilterError('Yes or No.');
  }
  return stringLiteral(text);
}

/**
 * @param {string} path
 * @param {Filtered} property
 * @param {string} text
 * @param {Date} now
 */
function equal(path, property, text, now) {
  if (text === NOTHING || text === '')
    return property.type === 'Edm.String' ? `(${path} eq null or ${path} eq '')` : `${path} eq null`;
  if (property.type === 'Edm.Date' || property.type === 'Edm.DateTimeOffset') {
    const [from, after] = period(text, now);
    return `${path} ge ${timeLiteral(property.type, from)} and ${path} lt ${timeLiteral(property.type, after)}`;
  }
  return `${path} eq ${literal(property, text)}`;
}

/** A value in quotation marks, all of it; a mark within is written twice. */
const quotation = /^'((?:[^']|'')+)'$/;

/** @param {string} text */
const unquoted = (text) => quotation.exec(text)?.[1]?.replaceAll("''", "'") ?? text;

/**
 * What is typed to find a value and nothing else, whatever signs it has.
 * @param {string} value
 */
export const exactly = (value) => (value === '' ? NOTHING : `='${value.replaceAll("'", "''")}'`);

/**
 * The parts between signs, but not those within a quotation.
 * @param {string} text
 * @param {'|' | '&'} sign
 * @returns {readonly string[]}
 */
function partsOf(text, sign) {
  // A quotation begins where a value does and ends where one does; any other mark, as in O'Brien, is one of the text.
  const pattern = new RegExp(`((?:^|[|&])\\s*(?:<>|>=|<=|>|<|=)?\\s*'(?:[^']|'')+'\\s*(?=[|&]|$))|\\${sign}`, 'g');
  const parts = [''];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    parts[parts.length - 1] += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[1] === undefined) parts.push('');
    else if (match[1].startsWith(sign)) parts.push(match[1].slice(1));
    else parts[parts.length - 1] += match[1];
  }
  parts[parts.length - 1] += text.slice(from);
  return parts;
}

/**
 * Text without a sign is looked for anywhere and in any case; a star says where.
 * @param {string} path
 * @param {string} text
 */
function like(path, text) {
  const parts = quotation.test(text) ? [unquoted(text)] : text.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return `contains(tolower(${path}),${stringLiteral(first.toLowerCase())})`;
  const last = rest.pop() ?? '';
  const conditions = [
    first !== '' && `startswith(tolower(${path}),${stringLiteral(first.toLowerCase())})`,
    ...rest.map((part) => part !== '' && `contains(tolower(${path}),${stringLiteral(part.toLowerCase())})`),
    last !== '' && `endswith(tolower(${path}),${stringLiteral(last.toLowerCase())})`,
  ].filter((condition) => condition !== false);
  return conditions.length === 0 ? `${path} ne null` : conditions.join(' and ');
}

/**
 * @param {string} path
 * @param {Filtered} property
 * @param {string} bound
 * @param {'ge' | 'le' | 'gt' | 'lt'} operator
 * @param {Date} now
 */
function compared(path, property, bound, operator, now) {
  if (property.type !== 'Edm.Date' && property.type !== 'Edm.DateTimeOffset')
    return `${path} ${operator} ${literal(property, bound)}`;
  const [from, after] = period(bound, now);
  switch (operator) {
    case 'ge':
      return `${path} ge ${timeLiteral(property.type, from)}`;
    case 'gt':
      return `${path} ge ${timeLiteral(property.type, after)}`;
    case 'le':
      return `${path} lt ${timeLiteral(property.type, after)}`;
    case 'lt':
      return `${path} lt ${timeLiteral(property.type, from)}`;
  }
}

const operators = /** @type {const} */ ({ '>=': 'ge', '<=': 'le', '>': 'gt', '<': 'lt' });

/**
 * @param {string} path
 * @param {Filtered} property
 * @param {string} text
 * @param {Date} now
 * @returns {string}
 */
function term(path, property, text, now) {
  const sign = /^(<>|>=|<=|>|<|=)\s*([^]*)$/.exec(text);
  const range = quotation.test(sign?.[2] ?? text) ? null : /^(.*?)\.\.(.*)$/.exec(text);
  if (range) {
    const [from = '', to = ''] = [range[1]?.trim(), range[2]?.trim()];
    const conditions = [
      from !== '' && compared(path, property, from, 'ge', now),
      to !== '' && compared(path, property, to, 'le', now),
    ].filter((condition) => condition !== false);
    if (conditions.length === 0) throw new FilterError('Write a range as 10..20, 10.. or ..20.');
    return conditions.join(' and ');
  }
  if (!sign) {
    const isLike = property.type === 'Edm.String' && !property.members && text !== NOTHING;
    return isLike ? like(path, text) : equal(path, property, text, now);
  }
  const [, operator = '', operand = ''] = sign;
  if (operator === '=') return equal(path, property, operand, now);
  if (operator === '<>') return `not (${equal(path, property, operand, now)})`;
  if (operand === '') throw new FilterError(`What comes after ${operator}?`);
  return compared(path, property, operand, operators[/** @type {keyof typeof operators} */ (operator)], now);
}

/**
 * The condition that a text asks for; undefined for none.
 * @param {string} path of the property, such as `amount` or `customer/displayName`
 * @param {Filtered} property
 * @param {string} text
 * @param {Date} [now]
 * @returns {string | undefined}
 */
export function filterCondition(path, property, text, now = new Date()) {
  if (text.trim() === '') return undefined;
  const alternatives = partsOf(text, '|').map((one) => {
    const terms = partsOf(one, '&').map((part) => term(path, property, part.trim(), now));
    return terms.length === 1 ? (terms[0] ?? '') : terms.map(grouped).join(' and ');
  });
  return alternatives.length === 1 ? alternatives[0] : alternatives.map(grouped).join(' or ');
}

/** @param {string} condition */
const grouped = (condition) => (/ (and|or) /.test(condition) && !isGrouped(condition) ? `(${condition})` : condition);

/**
 * True when one pair of parentheses is around all of it.
 * @param {string} text
 */
function isGrouped(text) {
  if (!text.startsWith('(')) return false;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "'") quoted = !quoted;
    else if (!quoted && text[index] === '(') depth += 1;
    else if (!quoted && text[index] === ')') {
      depth -= 1;
      if (depth === 0) return index === text.length - 1;
    }
  }
  return false;
}

/**
 * Conditions that must all hold.
 * @param {readonly (string | undefined)[]} conditions
 * @returns {string | undefined}
 */
export function allOf(conditions) {
  const given = conditions.filter((condition) => condition !== undefined && condition !== '');
  if (given.length < 2) return given[0];
  return given.map((condition) => (/ or /.test(condition ?? '') ? grouped(condition ?? '') : condition)).join(' and ');
}

/** @param {string} type */
export function filterHint(type) {
  if (isNumeric(type)) return '>100, 10..20, <>0';
  if (type === 'Edm.Date' || type === 'Edm.DateTimeOffset') return '2026-03, today, ..2026-06-30';
  return 'text, A*, =exact, a|b';
}
