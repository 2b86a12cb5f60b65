/** The list at the left: the journals at hand, then every table of the service. */
import { writeAddress, emptyAddress } from './address.js';
import { element } from './element.js';
import { formatInteger, textOf } from './format.js';
import { keyOf } from './location.js';
import { pagesOf, RequestError } from './request.js';

/**
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').EntitySet} EntitySet
 * @typedef {import('./metadata.js').Navigation} Navigation
 */

/**
 * A set whose entities hold lines that people enter: they get links of their own.
 * @param {Model} model
 * @returns {readonly [set: EntitySet, lines: Navigation] | undefined}
 */
function entryBook(model) {
  for (const set of model.sets.values()) {
    const lines = [...set.type.navigations.values()].find(
      ({ contained, collection, target }) =>
        contained && collection && [...target.properties.values()].some(({ type }) => type === 'Edm.Decimal'),
    );
    if (lines && set.type.properties.has('code')) return [set, lines];
  }
  return undefined;
}

/** @param {string} path */
const linkTo = (path) => writeAddress({ ...emptyAddress, path });

/**
 * @param {string} path
 * @param {string} text
 * @param {string} [more]
 * @param {string} [title]
 */
const entry = (path, text, more = '', title = '') =>
  element(
    'li',
    {},
    element(
      'a',
      { href: linkTo(path), 'data-path': path, title: title || undefined },
      element('span', {}, text),
      more !== '' && element('small', {}, more),
    ),
  );

/**
 * Fills the list.
 * @param {HTMLElement} side
 * @param {Model} model
 */
export async function showSide(side, model) {
  const book = entryBook(model);
  const journals = element('ul', { 'aria-label': book?.[0].label ?? '' });
  const tables = element(
    'ul',
    { 'aria-label': 'Tables' },
    ...[...model.sets.values()].map(({ name, label, type }) => entry(name, label, '', type.description)),
  );
  const parts = [element('h2', {}, 'Tables'), tables];
  if (book) parts.unshift(element('h2', {}, book[0].label), journals);
  const links = element(
    'p',
    { class: 'links' },
    element('a', { href: 'docs' }, 'API documentation'),
    element('a', { href: `${document.documentElement.dataset['root'] ?? ''}$metadata` }, '$metadata'),
  );
  side.replaceChildren(...parts, links);
  markSide(side);
  if (book) await showJournals(journals, book[0], book[1]);
}

/**
 * @param {HTMLElement} list
 * @param {EntitySet} set
 * @param {Navigation} lines
 */
async function showJournals(list, set, lines) {
  try {
    /** @type {import('./metadata.js').Json[]} */ const rows = [];
    for await (const page of pagesOf(`${set.name}?$orderby=code&$expand=${lines.name}($count=true;$top=0)`))
      rows.push(...page);
    list.replaceChildren(
      ...rows.map((row) => {
        const count = row[`${lines.name}@odata.count`];
        const path = `${set.name}${keyOf(set.type, row)}/${lines.name}`;
        return entry(
          path,
          textOf(row['code']),
          count === undefined ? '' : formatInteger(textOf(count)),
          textOf(row['displayName']),
        );
      }),
    );
    markSide(list.closest('nav'));
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    list.replaceChildren(element('li', { class: 'muted' }, error.message));
  }
}

let shown = '';

/**
 * Marks the link that leads to what is shown.
 * @param {Element | null} side
 * @param {string} [path]
 */
export function markSide(side, path = shown) {
  shown = path;
  side?.querySelectorAll('a[data-path]').forEach((link) => {
    if (link.getAttribute('data-path') === path) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
}
