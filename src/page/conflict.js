/** Two people changed the same entity: what it was, what the other made of it, what you made of it; you choose. */
import { valueAt } from './columns.js';
import { openDialog } from './dialog.js';
import { button, element } from './element.js';
import { formatValue } from './format.js';
import { labelOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {{ readonly path: string, readonly label: string, readonly type: string, readonly was: unknown, readonly theirs: unknown, readonly mine: unknown, readonly isMine: boolean, readonly isTheirs: boolean }} Difference
 */

/** @param {unknown} value @param {unknown} other */
const differ = (value, other) => JSON.stringify(value ?? null) !== JSON.stringify(other ?? null);

/**
 * What differs, property by property; what only the service sets is left out.
 * @param {StructuredType} type
 * @param {Json} was
 * @param {Json} theirs
 * @param {Json} changes
 * @returns {readonly Difference[]}
 */
function differences(type, was, theirs, changes) {
  /** @type {Difference[]} */ const found = [];
  const flat = [...type.properties.values()].flatMap((property) =>
    property.complex && !property.collection
      ? [...property.complex.properties.values()].map((part) => ({
          path: `${property.name}/${part.name}`,
          label: `${property.label} ${part.label.toLowerCase()}`,
          part,
        }))
      : [{ path: property.name, label: property.label, part: property }],
  );
  for (const { path, label, part } of flat) {
    const [first = '', second] = path.split('/');
    const isMine = second === undefined ? first in changes : second in objectOf(changes[first]);
    const isTheirs = !part.computed && differ(valueAt(was, path), valueAt(theirs, path));
    if (!isMine && (!isTheirs || part.type === 'Edm.Guid')) continue;
    found.push({
      path,
      label,
      type: part.members ? 'enum' : part.type,
      was: valueAt(was, path),
      theirs: valueAt(theirs, path),
      mine: isMine ? valueAt(changes, path) : undefined,
      isMine,
      isTheirs,
    });
  }
  return found;
}

/** @param {Difference} difference @param {unknown} value */
function shown({ type }, value) {
  const text = type === 'enum' && typeof value === 'string' ? labelOf(value) : formatValue(value, type);
  return element('bdi', {}, text === '' ? 'empty' : text);
}

/**
 * Asks which values to keep. Resolves to the changes to send over the other's version: none when theirs is taken as it is, undefined when
 * nothing shall be done yet.
 * @param {{ readonly type: StructuredType, readonly name: string }} entity
 * @param {Json} was
 * @param {Json} theirs
 * @param {Readonly<Record<string, unknown>>} changes
 * @returns {Promise<Readonly<Record<string, unknown>> | undefined>}
 */
export function resolveConflict({ type, name }, was, theirs, changes) {
  const found = differences(type, was, theirs, changes);
  /** @type {Map<string, boolean>} path → whether mine is kept */
  const keep = new Map(found.filter(({ isMine }) => isMine).map(({ path }) => [path, true]));
  const rows = found.map((difference, index) => {
    const { path, label, isMine, isTheirs } = difference;
    const group = `conflict-${index}`;
    const option = (/** @type {boolean} */ mine) => {
      const value = shown(difference, mine ? difference.mine : difference.theirs);
      if (!isMine)
        return mine ? element('td', { class: 'muted' }, 'not changed') : element('td', { class: 'kept' }, value);
      const radio = element('input', {
        type: 'radio',
        name: group,
        'aria-label': `${label}: ${mine ? 'mine' : 'theirs'}`,
        checked: mine,
      });
      radio.addEventListener('change', () => keep.set(path, mine));
      return element(
        'td',
        {},
        element(
          'label',
          { class: 'pick' },
          radio,
          value,
          !mine && !isTheirs && element('small', { class: 'muted' }, ' as it was'),
        ),
      );
    };
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      element('td', { class: 'muted' }, shown(difference, difference.was)),
      option(false),
      option(true),
    );
  });
  const headings = ['', 'It was', 'Theirs', 'Mine'].map((text) =>
    text === '' ? element('td', {}) : element('th', { scope: 'col' }, text),
  );

  /** @returns {Record<string, unknown>} */
  const chosen = () => {
    /** @type {Record<string, unknown>} */ const body = {};
    for (const { path, mine, isMine } of found) {
      if (!isMine || keep.get(path) !== true) continue;
      const [first = '', second] = path.split('/');
      body[first] = second === undefined ? mine : { ...objectOf(body[first]), [second]: mine };
    }
    return body;
  };

  return openDialog(
    'Someone else changed this',
    (/** @type {(result?: Readonly<Record<string, unknown>>) => void} */ close) => ({
      wide: true,
      content: [
        element(
          'p',
          {},
          `While you were editing ${name}, it was saved by somebody else. Nothing of yours is lost and nothing of theirs is overwritten: choose what to keep.`,
        ),
        element(
          'table',
          { class: 'conflict' },
          element('thead', {}, element('tr', {}, ...headings)),
          element('tbody', {}, ...rows),
        ),
      ],
      actions: [
        button('Back to editing', () => close(undefined)),
        button('Take theirs', () => close({})),
        button('Save what is chosen', () => close(chosen()), { kind: 'primary' }),
      ],
    }),
  );
}
