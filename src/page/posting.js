/** Posting what a journal holds: first what would become of it, then the deed. */
import { openDialog, toast } from './dialog.js';
import { button, element } from './element.js';
import { labelOf } from './metadata.js';
import { invoke, operationsOf } from './operations.js';
import { previewParts, refusalOf } from './preview.js';
import { tell } from './problem.js';
import { Progress } from './progress.js';
import { pagesOf, RequestError } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').Operation} Operation
 * @typedef {import('./location.js').Location} Location
 */

/** Lines of one page: a preview is read to its end, since its sum is that of all. */
const PAGE = 5000;

/**
 * The buttons for the entity that holds the lines of a view.
 * @param {Model} model
 * @param {Location | undefined} holder
 * @param {() => void} done called after an action changed it
 * @returns {readonly HTMLElement[]}
 */
export function holderButtons(model, holder, done) {
  if (!holder || holder.collection) return [];
  const operations = operationsOf(model, holder);
  return operations
    .filter(({ kind }) => kind === 'Action')
    .map((action) => {
      const preview = operations.find(
        ({ kind, name }) => kind === 'Function' && name.toLowerCase().startsWith(`preview${action.name.toLowerCase()}`),
      );
      const label = preview ? `Preview and ${action.name}` : labelOf(action.name);
      return button(label, () => void runWithPreview(holder, action, preview, done), {
        icon: 'post',
        ...(preview ? { phone: 'Preview' } : {}),
      });
    });
}

/**
 * @param {Location} holder
 * @param {Operation} action
 * @param {Operation | undefined} preview
 * @param {() => void} done
 */
async function runWithPreview(holder, action, preview, done) {
  const label = labelOf(action.name);
  const place = element('div', { class: 'preview', 'aria-live': 'polite' });
  const problem = element('p', { class: 'form-problem', role: 'alert', hidden: true });
  const progress = new Progress(`${label} under way`);
  const act = button(label, () => undefined, { kind: 'primary', icon: 'post', disabled: preview !== undefined });
  await openDialog(`${label} this journal`, (close) => {
    const work = async () => {
      act.disabled = true;
      cancel.replaceChildren('Close');
      problem.hidden = true;
      place.classList.add('waiting');
      progress.start();
      try {
        await invoke(holder, action);
        close();
        toast(`${label}: done.`);
        done();
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        // Who closed the dialogue meanwhile is told, too: closing it does not stop what is under way.
        if (!place.isConnected) tell(error);
        problem.textContent = error.whole;
        problem.hidden = false;
        act.disabled = false;
        cancel.replaceChildren('Cancel');
      } finally {
        place.classList.remove('waiting');
        progress.stop();
      }
    };
    const cancel = button('Cancel', () => close());
    act.addEventListener('click', () => void work());
    if (preview) void showPreview(holder, preview, place, problem, act);
    else place.append(element('p', {}, action.description || 'This cannot be taken back.'));
    return {
      wide: true,
      content: [problem, progress.root, place],
      actions: [cancel, act],
    };
  });
}

/**
 * @param {Location} holder
 * @param {Operation} preview
 * @param {HTMLElement} place
 * @param {HTMLElement} problem
 * @param {HTMLButtonElement} act
 */
async function showPreview(holder, preview, place, problem, act) {
  place.replaceChildren(...Array.from({ length: 5 }, () => element('i', { class: 'bone' })));
  try {
    /** @type {Json[]} */ const rows = [];
    const options = { headers: { Prefer: `maxpagesize=${PAGE}` } };
    for await (const page of pagesOf(`${holder.path}/${preview.qualifiedName}()`, options)) rows.push(...page);
    place.replaceChildren(...previewParts(rows, preview));
    act.disabled = rows.length === 0 || rows.some((row) => refusalOf(row) !== '');
    if (!act.disabled) act.focus();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    place.replaceChildren();
    problem.textContent = error.whole;
    problem.hidden = false;
  }
}
