/** What the service can do with an entity beyond reading and writing: its bound actions and functions. Protocol §11.5 */
import { emptyAddress, writeAddress } from './address.js';
import { confirmed, toast } from './dialog.js';
import { button, element } from './element.js';
import { labelOf } from './metadata.js';
import { sendLong } from './long-request.js';
import { saying } from './problem.js';
import { suggestionsOf } from './suggestions.js';

/**
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').Operation} Operation
 * @typedef {import('./location.js').Location} Location
 */

/**
 * Those that have a button or link of their own: without parameters, and not there to suggest what another one takes.
 * @param {Model} model
 * @param {Location} location
 * @returns {readonly Operation[]}
 */
export function operationsOf(model, location) {
  const suggesting = suggestionsOf(model, location).map(({ candidates }) => candidates);
  return model.operations.filter(
    (operation) =>
      operation.boundTo === location.type.qualifiedName &&
      !operation.boundToCollection &&
      operation.parameters.length === 0 &&
      !suggesting.includes(operation),
  );
}

/**
 * Runs an action. Protocol §11.5.5
 * @param {Location} location
 * @param {Operation} action
 */
export const invoke = (location, action) =>
  sendLong(`${location.path}/${action.qualifiedName}`, { method: 'POST', body: {} });

/**
 * @param {Model} model
 * @param {Location} location of an entity
 * @param {() => Promise<void>} reload
 * @returns {readonly HTMLElement[]}
 */
export function operationButtons(model, location, reload) {
  const operations = operationsOf(model, location);
  if (operations.length === 0) return [];
  const parts = operations.map((operation) => {
    const label = labelOf(operation.name);
    if (operation.kind === 'Function')
      return element(
        'a',
        {
          class: 'button',
          title: operation.description || undefined,
          href: writeAddress({ ...emptyAddress, path: `${location.path}/${operation.qualifiedName}()` }),
        },
        label,
      );
    return button(
      label,
      () => void run(location, operation, label, reload),
      operation.description === '' ? {} : { title: operation.description },
    );
  });
  return [element('div', { class: 'operations' }, ...parts)];
}

/**
 * @param {Location} location
 * @param {Operation} action
 * @param {string} label
 * @param {() => Promise<void>} reload
 */
async function run(location, action, label, reload) {
  if (!(await confirmed(`${label}?`, action.description || 'This cannot be taken back.', label, 'primary'))) return;
  await saying(async () => {
    await invoke(location, action);
    toast(`${label}: done.`);
    await reload();
  });
}
