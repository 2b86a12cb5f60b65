/** The request for the rows of a view: what the address says, what is typed into the grid, and what its columns need. */
import { joinUrl } from './address.js';
import { columnsOf, columnsOfRows } from './columns.js';
import { formatInteger } from './format.js';
import { allOf, filterCondition, FilterError, stringLiteral } from './filter.js';

/**
 * @typedef {import('./address.js').Address} Address
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./location.js').Location} Location
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly path: string, readonly descending: boolean }} Sort
 */

/**
 * The columns that a view may show; undefined when only the rows themselves tell.
 * @param {Address} address
 * @param {Location | undefined} location
 * @returns {readonly Column[] | undefined}
 */
export function declaredColumns({ options }, location) {
  if (!location || options.has('$apply')) return undefined;
  const selected = options.get('$select');
  // What is not expanded is not there to show: who expands by hand says all of it.
  const columns = columnsOf(location.type, location.via).filter(
    ({ expand }) => expand === undefined || !options.has('$expand'),
  );
  if (selected === undefined || selected === '*') return columns;
  const names = selected.split(',').map((name) => name.trim());
  return names.every((name) => columns.some(({ path }) => path === name || path.startsWith(`${name}/`)))
    ? columns
        .filter(({ path }) => names.some((name) => path === name || path.startsWith(`${name}/`)))
        .map((column) => ({ ...column, shown: true }))
    : undefined;
}

/**
 * The columns of a view whose rows are there: those that are known, and what only the rows tell of.
 * @param {Address} address
 * @param {Location | undefined} location
 * @param {readonly Json[]} rows
 * @param {readonly Column[]} known
 * @returns {readonly Column[]}
 */
export function columnsOfAnswer(address, location, rows, known) {
  const isDeclared = declaredColumns(address, location) !== undefined;
  const isMade = address.options.has('$compute') || address.options.has('$expand');
  if (isDeclared && !isMade) return known;
  const found = columnsOfRows(rows, location?.type).filter(({ path }) => known.every((column) => column.path !== path));
  if (!isDeclared || !location) return [...known, ...found];
  // Of what is declared everything is known; the others are what the query made or expanded.
  const { properties } = location.type;
  const made = found.filter(({ path }) => !properties.has(path.split('/', 1)[0] ?? ''));
  return [...known, ...made.map((column) => ({ ...column, shown: column.property.type !== 'Edm.Guid' }))];
}

/**
 * What `$search` would find, where the service does not search: the text in any of the texts that are shown.
 * @param {string} search
 * @param {readonly Column[]} columns
 */
function searchCondition(search, columns) {
  const all = columns.filter(({ property }) => property.type === 'Edm.String' && !property.members);
  const seen = all.filter(({ shown }) => shown);
  // What is searched for is never left out, even where no text is seen.
  const texts = seen.length > 0 ? seen : all;
  const words = search.trim().toLowerCase().split(/\s+/);
  return allOf(
    words.map(
      (word) => `(${texts.map(({ path }) => `contains(tolower(${path}),${stringLiteral(word)})`).join(' or ')})`,
    ),
  );
}

/**
 * The condition of all that is typed into the grid; what cannot be understood is told and left out.
 * @param {Address} address
 * @param {Location | undefined} location
 * @param {readonly Column[]} columns
 * @param {(column: Column, message: string | undefined) => void} [tell]
 * @returns {string | undefined}
 */
export function wholeFilter(address, location, columns, tell = () => undefined) {
  const typed = columns.map((column) => {
    try {
      const condition = filterCondition(column.path, column.property, address.filters.get(column.path) ?? '');
      tell(column, undefined);
      return condition;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      tell(column, error.message);
      return undefined;
    }
  });
  const search = address.search !== '' && !location?.canSearch ? searchCondition(address.search, columns) : undefined;
  return allOf([address.options.get('$filter'), ...typed, search]);
}

/**
 * A search as $search takes it: every word, quoted where it is more than letters.
 * @param {string} text
 */
const searchExpression = (text) =>
  text
    .trim()
    .split(/\s+/)
    .map((word) =>
      /^[\p{L}\p{N}]+$/u.test(word) && !/^(AND|OR|NOT)$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`,
    )
    .join(' ');

/**
 * What is searched for: in the URL, in the field above the grid, or in both.
 * @param {Address} address
 * @param {Location | undefined} location
 */
function searchOf({ search, options }, location) {
  const given = options.get('$search');
  const typed = search !== '' && location?.canSearch ? searchExpression(search) : undefined;
  return given !== undefined && typed !== undefined ? `(${given}) AND ${typed}` : (typed ?? given);
}

/**
 * The URL, relative to the service root, of the first page.
 * @param {Address} address
 * @param {Location | undefined} location
 * @param {readonly Column[]} columns
 * @param {string | undefined} filter
 */
export function rowsUrl(address, location, columns, filter) {
  const options = new Map(address.options);
  if (!location || !location.collection || options.has('$apply')) return joinUrl(address.path, options);
  if (filter !== undefined) options.set('$filter', filter);
  const search = searchOf(address, location);
  if (search !== undefined) options.set('$search', search);
  const expands = new Set(
    columns.filter(({ shown, expand }) => shown && expand !== undefined).map(({ expand }) => expand),
  );
  if (expands.size > 0 && !options.has('$expand') && !options.has('$select'))
    options.set('$expand', [...expands].map((name) => `${String(name)}($select=displayName)`).join(','));
  if (!options.has('$count')) options.set('$count', 'true');
  return joinUrl(address.path, options);
}

/**
 * How many rows there are; a space where nobody knows.
 * @param {number} loaded
 * @param {number | undefined} count of the service
 * @param {boolean} isAll whether no page follows
 */
export function countText(loaded, count, isAll) {
  const rows = (/** @type {number} */ number) => `${formatInteger(number)} ${number === 1 ? 'row' : 'rows'}`;
  if (count === undefined) return loaded > 0 ? `${rows(loaded)}${isAll ? '' : ' so far'}` : '\u00a0';
  if (loaded >= count) return rows(count);
  // $top and $skip leave out some that are counted all the same.
  return isAll ? `${formatInteger(loaded)} of ${rows(count)}` : `${rows(count)} · ${formatInteger(loaded)} loaded`;
}

/**
 * @param {string | undefined} orderby
 * @returns {readonly Sort[]}
 */
export const sortsOf = (orderby) =>
  (orderby ?? '')
    .split(',')
    .map((item) => /^\s*([\w/]+)(?:\s+(asc|desc))?\s*$/.exec(item))
    .filter((match) => match !== null)
    .map((match) => ({ path: match[1] ?? '', descending: match[2] === 'desc' }));

/**
 * The order after a click on a header: ascending, descending, none.
 * @param {readonly Sort[]} sorts
 * @param {string} path
 * @param {boolean} add to the columns that already sort
 */
export function nextOrder(sorts, path, add) {
  const now = sorts.find((sort) => sort.path === path);
  const next = now === undefined ? [{ path, descending: false }] : now.descending ? [] : [{ path, descending: true }];
  const others = sorts.filter((sort) => sort.path !== path);
  const all = add
    ? now === undefined
      ? [...others, ...next]
      : sorts.flatMap((sort) => (sort.path === path ? next : [sort]))
    : next;
  return all.map((sort) => (sort.descending ? `${sort.path} desc` : sort.path)).join(',');
}

/**
 * The transformations that leave the rows that are seen: what $compute, $filter and $search are elsewhere. Data Aggregation §3.3
 * @param {Address} address
 * @param {Location | undefined} location
 * @param {string | undefined} filter
 */
export function narrowingOf(address, location, filter) {
  const compute = address.options.get('$compute');
  const search = searchOf(address, location);
  return [
    compute !== undefined && `compute(${compute})/`,
    filter !== undefined && `filter(${filter})/`,
    search !== undefined && `search(${search})/`,
  ]
    .filter((transformation) => transformation !== false)
    .join('');
}
