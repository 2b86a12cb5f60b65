/** What stands below an entity's own fields: lines that it holds, entities that it refers to, and links to the others. */
import { emptyAddress, writeAddress } from './address.js';
import { columnsOf, titleOf, valueAt } from './columns.js';
import { openDialog } from './dialog.js';
import { button, element } from './element.js';
import { EntityForm } from './form.js';
import { formatInteger, textOf } from './format.js';
import { formatValueFor } from './grid-cells.js';
import { cellsOf, linesTable } from './lines-table.js';
import { keyOf, locate } from './location.js';
import { listOf, objectOf } from './metadata.js';
import { saying, submit } from './problem.js';
import { createEntity, deleteEntity, saveEntity } from './save.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').Navigation} Navigation
 * @typedef {import('./location.js').Location} Location
 */

/**
 * @param {Model} model
 * @param {Location} location
 * @param {Json} row
 * @param {() => Promise<void>} reload
 * @returns {readonly HTMLElement[]}
 */
export function relatedParts(model, location, row, reload) {
  const navigations = [...location.type.navigations.values()];
  /** @type {HTMLElement[]} */ const parts = [];
  for (const navigation of navigations) {
    const inner = locate(model, `${location.path}/${navigation.name}`);
    if (!inner || (navigation.partner !== undefined && !navigation.collection)) continue;
    if (
      navigation.collection &&
      Array.isArray(row[navigation.name]) &&
      row[`${navigation.name}@odata.count`] === undefined
    )
      parts.push(lines(inner, listOf(row[navigation.name]).map(objectOf), reload));
    else if (!navigation.collection && row[navigation.name] !== undefined)
      parts.push(card(inner, navigation, row[navigation.name]));
  }
  const links = navigations.filter(
    ({ collection, name }) => collection && (!Array.isArray(row[name]) || row[`${name}@odata.count`] !== undefined),
  );
  if (links.length > 0)
    parts.push(
      element(
        'section',
        { class: 'part' },
        element('h3', {}, 'More'),
        element(
          'ul',
          { class: 'more' },
          ...links.map(({ name, label }) => {
            const count = row[`${name}@odata.count`];
            return element(
              'li',
              {},
              element('a', { href: writeAddress({ ...emptyAddress, path: `${location.path}/${name}` }) }, label),
              count !== undefined && element('small', { class: 'muted' }, ` ${formatInteger(textOf(count))}`),
            );
          }),
        ),
      ),
    );
  return parts;
}

/**
 * What is referred to, in a few facts.
 * @param {Location} location
 * @param {Navigation} navigation
 * @param {unknown} value
 */
function card(location, navigation, value) {
  const heading = element('h3', {}, navigation.label);
  if (value === null) return element('section', { class: 'part' }, heading, element('p', { class: 'muted' }, 'None.'));
  const row = objectOf(value);
  const { type, root } = location;
  const name = titleOf(row, type);
  const path = root && root.type === type ? root.name : undefined;
  const link =
    path === undefined
      ? element('b', {}, name)
      : element(
          'a',
          { href: writeAddress({ ...emptyAddress, path, open: path + keyOf(type, row) }) },
          element('bdi', {}, name),
        );
  const facts = columnsOf(type)
    .filter(
      ({ shown, expand, path: at, property }) =>
        shown &&
        expand === undefined &&
        textOf(valueAt(row, at)) !== '' &&
        !name.includes(textOf(valueAt(row, at))) &&
        property.type !== 'Edm.DateTimeOffset' &&
        property.type !== 'Edm.Boolean',
    )
    .sort((one, other) => rank(one.property.type) - rank(other.property.type))
    .slice(0, 7);
  return element(
    'section',
    { class: 'part card' },
    element('div', { class: 'card-head' }, heading, link),
    element(
      'dl',
      { class: 'facts' },
      ...facts.flatMap((column) => {
        const { text, className } = formatValueFor(column, valueAt(row, column.path));
        return [element('dt', {}, column.label), element('dd', { class: className }, element('bdi', {}, text))];
      }),
    ),
  );
}

/** Amounts and dates say more of an entity than its texts. @param {string} type */
const rank = (type) => (type === 'Edm.Decimal' ? 0 : type === 'Edm.Date' ? 1 : type === 'Edm.String' ? 3 : 2);

/**
 * Lines that the entity holds, with what may be done to them.
 * @param {Location} location of the collection
 * @param {readonly Json[]} rows
 * @param {() => Promise<void>} reload
 */
function lines(location, rows, reload) {
  const { type } = location;
  const columns = columnsOf(type, location.via).filter(({ shown, expand }) => shown && expand === undefined);
  const add =
    location.canInsert &&
    button(`Add ${type.label.toLowerCase()}`, () => void editLine(location, undefined, reload), {
      icon: 'add',
      kind: 'bare',
    });
  const table =
    rows.length === 0
      ? element('p', { class: 'muted' }, 'None.')
      : linesTable(
          location.via?.label ?? type.label,
          columns,
          rows.map((row) => ({ cells: cellsOf(columns, row), actions: lineActions(location, row, reload) })),
        );
  return element(
    'section',
    { class: 'part' },
    element('div', { class: 'part-head' }, element('h3', {}, location.via?.label ?? type.label), add),
    table,
  );
}

/**
 * @param {Location} location of the collection
 * @param {Json} row
 */
const lineEntity = ({ path, type }, row) => ({
  path: path + keyOf(type, row),
  type,
  name: titleOf(row, type),
  expand: '',
});

/**
 * @param {Location} location of the collection
 * @param {Json} row
 * @param {() => Promise<void>} reload
 */
function lineActions(location, row, reload) {
  const name = titleOf(row, location.type);
  const remove = () =>
    saying(async () => {
      if (await deleteEntity(lineEntity(location, row), row)) await reload();
    });
  return [
    location.canUpdate &&
      button(`Change ${name}`, () => void editLine(location, row, reload), {
        icon: 'open',
        kind: 'bare',
        iconOnly: true,
      }),
    location.canDelete &&
      button(`Delete ${name}`, () => void remove(), { icon: 'remove', kind: 'bare', iconOnly: true }),
  ];
}

/**
 * A line in a dialogue: a new one, or one that is there.
 * @param {Location} location of the collection
 * @param {Json | undefined} row
 * @param {() => Promise<void>} reload
 */
async function editLine(location, row, reload) {
  const { type } = location;
  const form = new EntityForm(location, row);
  const act = button(row ? 'Save' : 'Add', () => undefined, { kind: 'primary' });
  const work = (/** @type {(done?: boolean) => void} */ close) =>
    submit(form, act, async (body) => {
      if (row && Object.keys(body).length === 0) {
        close(false);
        return;
      }
      if (!row) await createEntity(location.path, body);
      else if (!(await saveEntity(lineEntity(location, row), row, body))) return;
      close(true);
    });
  const title = row ? titleOf(row, type) : `New ${type.label.toLowerCase()}`;
  const done = await openDialog(title, (/** @type {(done?: boolean) => void} */ close) => {
    setTimeout(() => form.focus());
    act.addEventListener('click', () => void work(close));
    return {
      content: [form.root],
      actions: [button('Cancel', () => close(false)), act],
    };
  });
  if (done) await reload();
}
