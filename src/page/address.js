/**
 * What is shown, as text: the page's fragment is an OData URL relative to the service root, after what only the page knows.
 * `#/customers?$top=5` · `#open=customers(…)&f.amount=%3E100/customerPaymentJournals(…)/customerPayments?$orderby=amount`
 */

/**
 * @typedef {{
 *   readonly path: string,
 *   readonly options: ReadonlyMap<string, string>,
 *   readonly filters: ReadonlyMap<string, string>,
 *   readonly search: string,
 *   readonly open: string | undefined,
 *   readonly chart: boolean,
 * }} Address options: decoded values by name; filters: what is typed below a column's header; open: the entity in the side panel
 */

/** @type {Address} */
export const emptyAddress = {
  path: '',
  options: new Map(),
  filters: new Map(),
  search: '',
  open: undefined,
  chart: false,
};

/** A text in the path of a URL. */
const quoted = /'[^']*'/g;

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Only what would end or change the query is encoded: the text stays readable. Protocol URL Conventions 4.01 §2
 * @param {string} value
 */
export const encodeOption = (value) =>
  encodeURIComponent(value).replace(/%(?:20|24|27|28|29|2A|2C|2F|3A|3B|3D|40)/gi, (code) =>
    code === '%20' ? code : decodeURIComponent(code),
  );

/**
 * Splits a relative OData URL at its `?` and `&`.
 * @param {string} url
 * @returns {{ path: string, options: Map<string, string> }}
 */
export function splitUrl(url) {
  const path = /^(?:[^?']|'[^']*')*(?=\?|$)/.exec(url)?.[0] ?? url.split('?', 1)[0] ?? '';
  const options = new Map(
    url
      .slice(path.length + 1)
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
      }),
  );
  return { path: encodedPath(path.replace(/^\//, '')), options };
}

/**
 * A value in quotation marks may hold what would end or divide the path: it is encoded. Protocol URL Conventions 4.01 §2
 * @param {string} path
 */
const encodedPath = (path) =>
  path.replace(quoted, (value) => decode(value).replace(/[%#?/]/g, encodeURIComponent)).replaceAll('#', '%23');

/**
 * @param {string} path
 * @param {ReadonlyMap<string, string>} options
 */
export function joinUrl(path, options) {
  const query = [...options].map(([name, value]) => `${name}=${encodeOption(value)}`).join('&');
  return query === '' ? path : `${path}?${query}`;
}

/**
 * Reads the fragment of the page's address.
 * @param {string} fragment with or without its `#`
 * @returns {Address}
 */
export function readAddress(fragment) {
  const text = fragment.replace(/^#/, '');
  const slash = text.indexOf('/');
  const state = new URLSearchParams(slash < 0 ? '' : text.slice(0, slash));
  const { path, options } = splitUrl(slash < 0 ? text : text.slice(slash + 1));
  const filters = [...state].filter(([name]) => name.startsWith('f.'));
  return {
    path,
    options,
    filters: new Map(filters.map(([name, value]) => [name.slice(2), value])),
    search: state.get('search') ?? '',
    open: state.get('open') ?? undefined,
    chart: state.has('chart'),
  };
}

/**
 * Writes the fragment; a slash in what only the page knows is encoded, so that the first one begins the OData URL.
 * @param {Address} address
 */
export function writeAddress({ path, options, filters, search, open, chart }) {
  const state = new URLSearchParams();
  for (const [name, value] of filters) state.set(`f.${name}`, value);
  if (search !== '') state.set('search', search);
  if (open !== undefined) state.set('open', open);
  if (chart) state.set('chart', '');
  return `#${state.toString()}/${joinUrl(path, options)}`;
}
