/** An OData URL as people read and write it: only what would break it apart is encoded. */
import { splitUrl } from './address.js';
import { segmentsOf } from './location.js';

/** @param {string} value */
const guarded = (value) => value.replace(/[%&#+]/g, (sign) => encodeURIComponent(sign));

/**
 * @param {string} url relative to the service root
 */
export function queryText(url) {
  const { path, options } = splitUrl(url);
  const query = [...options].map(([name, value]) => `${name}=${guarded(value)}`).join('&');
  return query === '' ? path : `${path}?${query}`;
}

/**
 * What people paste, relative to the service root: a whole URL of the service, or one of another that speaks of the same.
 * @param {string} text
 * @param {string} root
 */
export const relativeUrl = (text, root) =>
  text.startsWith(root)
    ? text.slice(root.length)
    : text.replace(/^https?:\/\/[^/]+/, '').replace(/^\/?v\d[\w.]*\//, '');

/**
 * Where in such a text the place lies that an error names: an option with a position in its decoded value, or a segment of the path.
 * @param {string} url
 * @param {{ readonly index: number, readonly of: string | undefined }} place
 * @returns {number | undefined}
 */
export function placeIn(url, { index, of: target }) {
  if (target === undefined) return undefined;
  const { path, options } = splitUrl(url);
  const segment = /^path\/(\d+)$/.exec(target);
  if (segment) {
    const before = segmentsOf(path).slice(0, Number(segment[1]));
    return Math.min(before.reduce((sum, one) => sum + one.length + 1, 0) + index, path.length);
  }
  let start = path.length + 1;
  for (const [name, value] of options) {
    if (name.replace('$', '').toLowerCase() === target.replace('$', '').toLowerCase())
      return start + name.length + 1 + guarded(value.slice(0, index)).length;
    start += name.length + 1 + guarded(value).length + 1;
  }
  return undefined;
}

/**
 * The word at a place: what is underlined.
 * @param {string} text
 * @param {number} at
 * @returns {number} its end
 */
export const wordEnd = (text, at) => at + Math.max(1, /^[\w.$'/]*/.exec(text.slice(at))?.[0].length ?? 1);
