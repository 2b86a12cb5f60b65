/** Dialogues and short messages. The browser's own dialogue keeps the keyboard inside and closes on Escape. */
import { button, byId, element } from './element.js';

/** @typedef {import('./element.js').Child} Child */

let dialogs = 0;

/**
 * Opens a dialogue; resolves when it closes, to the value it was closed with.
 * @template Result
 * @param {string} title
 * @param {(close: (result?: Result) => void) => { readonly content: readonly Child[], readonly actions?: readonly Child[], readonly wide?: boolean }} make
 * @returns {Promise<Result | undefined>}
 */
export function openDialog(title, make) {
  return new Promise((resolve) => {
    /** @type {Result | undefined} */ let result;
    dialogs += 1;
    const id = `dialog-${dialogs}`;
    const before = document.activeElement;
    const dialog = element('dialog', { 'aria-labelledby': id });
    const close = (/** @type {Result | undefined} */ value) => {
      result = value;
      dialog.close();
    };
    const { content, actions = [], wide = false } = make(close);
    dialog.classList.toggle('wide', wide);
    dialog.append(
      element(
        'header',
        {},
        element('h2', { id }, title),
        button('Close', () => close(undefined), { icon: 'close', kind: 'bare', iconOnly: true }),
      ),
      element('div', { class: 'dialog-content' }, ...content),
    );
    if (actions.length > 0) dialog.append(element('footer', {}, ...actions));
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    const focused = dialog.querySelector('[autofocus]') ?? dialog.querySelector('footer .primary');
    if (focused instanceof HTMLElement) focused.focus();
  });
}

/**
 * Asks before something that cannot be taken back.
 * @param {string} title
 * @param {string} text
 * @param {string} action
 * @param {'danger' | 'primary'} [kind]
 * @returns {Promise<boolean>}
 */
export async function confirmed(title, text, action, kind = 'danger') {
  const answer = await openDialog(title, (/** @type {(result?: boolean) => void} */ close) => ({
    content: [element('p', {}, text)],
    // What is asked for may be to cancel something.
    actions: [
      button(action === 'Cancel' ? 'Back' : 'Cancel', () => close(false)),
      button(action, () => close(true), { kind }),
    ],
  }));
  return answer === true;
}

/**
 * Says something for a few seconds.
 * @param {string} text
 * @param {'done' | 'problem'} [kind]
 */
export function toast(text, kind = 'done') {
  const node = element('div', { class: `toast ${kind}` }, text);
  const place = byId('toasts');
  place.append(node);
  // Above a dialogue that was opened since the last one.
  place.hidePopover();
  place.showPopover();
  setTimeout(() => node.remove(), kind === 'problem' ? 9000 : 4500);
}

/**
 * Copies a text and says so.
 * @param {string} text
 * @param {string} what
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`);
  } catch {
    await openDialog(`Copy ${what}`, () => ({
      content: [element('textarea', { class: 'code-block', rows: 6, readonly: true, 'aria-label': what }, text)],
    }));
  }
}

/**
 * Hands a file to the browser.
 * @param {BlobPart[]} content
 * @param {string} name
 * @param {string} type
 */
export function download(content, name, type) {
  const url = URL.createObjectURL(new Blob(content, { type }));
  const link = element('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
