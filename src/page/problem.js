/** What the service refuses is said: in a message, or beside the fields of the form that was sent. */
import { openDialog, toast } from './dialog.js';
import { element } from './element.js';
import { RequestError } from './request.js';

/** Letters that can be read before a message passes. */
const PASSING = 240;

/**
 * Says all that the service refused: in a message that passes, or in one that stays when there is much to read.
 * @param {RequestError} error
 */
export function tell(error) {
  const { whole, message, details } = error;
  if (whole.length <= PASSING) {
    toast(whole, 'problem');
    return;
  }
  void openDialog('This was refused', () => ({
    content: [
      element('p', { role: 'alert' }, message),
      element(
        'ul',
        { class: 'refused', tabindex: 0, 'aria-label': 'What was refused' },
        ...details.map((one) => element('li', {}, one.message)),
      ),
    ],
  }));
}

/**
 * Does something; what the service refuses is said.
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it was done
 */
export async function saying(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    tell(error);
    return false;
  }
}

/**
 * Sends what a form holds, once: its button cannot be pressed again until the answer is there. What is refused is told beside the fields.
 * @param {import('./form.js').EntityForm} form
 * @param {HTMLButtonElement} act
 * @param {(body: Readonly<Record<string, unknown>>) => Promise<void>} work
 * @param {() => boolean} [mayAgain] whether the button can be pressed when all is done
 */
export async function submit(form, act, work, mayAgain = () => true) {
  // Nothing to send, or on its way already: the key repeats.
  if (act.disabled) return;
  const body = form.changes();
  if (!body) return;
  form.clearProblem();
  act.disabled = true;
  try {
    await work(body);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    form.showProblem(error);
  } finally {
    act.disabled = !mayAgain();
  }
}
