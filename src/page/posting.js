/** Posting what a journal holds: first what would become of it, then the deed. */
import { columnsOfRows, valueAt } from './columns.js';
import { openDialog, toast } from './dialog.js';
import { button, element } from './element.js';
import { formatDecimal, formatInteger, textOf } from './format.js';
import { formatValueFor } from './grid-cells.js';
import { labelOf, listOf, objectOf } from './metadata.js';
import { columnsOf } from './columns.js';
import { invoke, operationsOf } from './operations.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').Operation} Operation
 * @typedef {import('./location.js').Location} Location
 */

/** Rows of a preview that are shown; the others are counted. */
const MOST_SHOWN = 200;

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
      return button(label, () => void runWithPreview(holder, action, preview, done), { icon: 'post' });
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
  const act = button(label, () => undefined, { kind: 'primary', icon: 'post', disabled: preview !== undefined });
  const posted = await openDialog(`${label} this journal`, (/** @type {(done?: boolean) => void} */ close) => {
    const work = async () => {
      act.disabled = true;
      problem.hidden = true;
      place.classList.add('waiting');
      try {
        await invoke(holder, action);
        close(true);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        problem.textContent = [error.message, ...error.details.map(({ message }) => message)].join(' ');
        problem.hidden = false;
        act.disabled = false;
      } finally {
        place.classList.remove('waiting');
      }
    };
    act.addEventListener('click', () => void work());
    if (preview) void showPreview(holder, preview, place, problem, act);
    else place.append(element('p', {}, action.description || 'This cannot be taken back.'));
    return { wide: true, content: [problem, place], actions: [button('Cancel', () => close(false)), act] };
  });
  if (!posted) return;
  toast(`${label}: done.`);
  done();
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
    const { json } = await send(`${holder.path}/${preview.qualifiedName}()`);
    const rows = Array.isArray(json['value']) ? listOf(json['value']).map(objectOf) : [json];
    place.replaceChildren(...previewTable(rows, preview));
    act.disabled = rows.length === 0 || rows.some(isRefused);
    if (!act.disabled) act.focus();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    place.replaceChildren();
    problem.textContent = [error.message, ...error.details.map(({ message }) => message)].join(' ');
    problem.hidden = false;
  }
}

/** A line that the service would not take. @param {Json} row */
const isRefused = (row) => textOf(row['error'] ?? '') !== '';

/**
 * @param {readonly Json[]} all
 * @param {Operation} preview
 */
function previewTable(all, preview) {
  const refused = all.filter(isRefused);
  // What must be put right is read first.
  const rows = [...refused, ...all.filter((row) => !isRefused(row))];
  const columns = (preview.returns ? columnsOf(preview.returns) : columnsOfRows(rows, undefined)).filter(
    ({ shown, expand }) => shown && expand === undefined,
  );
  const filled = columns.filter(({ path }) => rows.some((row) => textOf(valueAt(row, path)) !== ''));
  // Why a line is refused stands beside its number, in sight.
  const error = filled.filter(({ path }) => path === 'error');
  const others = filled.filter(({ path }) => path !== 'error');
  const used = [...others.slice(0, 1), ...error, ...others.slice(1)];
  const amount = used.find(({ property }) => property.type === 'Edm.Decimal');
  const total = amount ? rows.reduce((sum, row) => sum + Number(valueAt(row, amount.path)), 0) : 0;
  return [
    element(
      'p',
      {},
      `${formatInteger(rows.length)} ${rows.length === 1 ? 'entry' : 'entries'}${amount ? `, ${amount.label.toLowerCase()} ${formatDecimal(total.toFixed(2))} in all` : ''}. Nothing is written yet.`,
    ),
    ...(refused.length > 0
      ? [
          element(
            'p',
            { class: 'form-problem', role: 'alert' },
            `${formatInteger(refused.length)} of them cannot be posted, so that nothing can: put right what stands under Error.`,
          ),
        ]
      : []),
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Preview' },
      element(
        'table',
        { class: 'lines' },
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            ...used.map(({ label, right }) =>
              element('th', { scope: 'col', class: right ? 'right' : undefined }, label),
            ),
          ),
        ),
        element(
          'tbody',
          {},
          ...rows.slice(0, MOST_SHOWN).map((row) =>
            element(
              'tr',
              {},
              ...used.map((column) => {
                const { text, className } = formatValueFor(column, valueAt(row, column.path));
                return element('td', { class: className }, element('bdi', {}, text));
              }),
            ),
          ),
        ),
      ),
    ),
    ...(rows.length > MOST_SHOWN
      ? [element('p', { class: 'muted' }, `and ${formatInteger(rows.length - MOST_SHOWN)} more`)]
      : []),
  ];
}
