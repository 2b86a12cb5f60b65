/** Which columns the reader wants to see, remembered by the browser for each type. */
import { button, element } from './element.js';
import { openDialog } from './dialog.js';
import { objectOf } from './metadata.js';

/** @typedef {import('./columns.js').Column} Column */

const KEY = 'columns';

/** @returns {Record<string, Record<string, boolean>>} */
function stored() {
  try {
    const all = objectOf(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
    return /** @type {Record<string, Record<string, boolean>>} */ (
      Object.fromEntries(Object.entries(all).map(([type, choice]) => [type, objectOf(choice)]))
    );
  } catch {
    return {};
  }
}

/**
 * @param {string} type
 * @param {readonly Column[]} columns
 * @returns {readonly Column[]}
 */
export function withChoice(type, columns) {
  const choice = stored()[type] ?? {};
  const chosen = columns.map((column) => ({ ...column, shown: choice[column.path] ?? column.shown }));
  return chosen.some(({ shown }) => shown)
    ? chosen
    : columns.map((column, index) => ({ ...column, shown: index === 0 }));
}

/**
 * Lets the reader choose; resolves to true when the choice changed.
 * @param {string} type
 * @param {readonly Column[]} columns
 * @returns {Promise<boolean>}
 */
export async function chooseColumns(type, columns) {
  const boxes = columns.map(({ path, label, shown, property }) => {
    const box = element('input', { type: 'checkbox', name: path });
    box.checked = shown;
    return {
      path,
      box,
      label: element('label', { class: 'choice', title: property.description || undefined }, box, label),
    };
  });
  const saved = await openDialog('Columns', (/** @type {(result?: Record<string, boolean>) => void} */ close) => ({
    content: [element('div', { class: 'choices' }, ...boxes.map(({ label }) => label))],
    actions: [
      button('As at first', () => close({})),
      button('Show these', () => close(Object.fromEntries(boxes.map(({ path, box }) => [path, box.checked]))), {
        kind: 'primary',
      }),
    ],
  }));
  if (!saved) return false;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), [type]: saved }));
  } catch {
    // The browser keeps nothing: the columns stay as they are.
  }
  return true;
}
