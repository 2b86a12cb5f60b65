/** The bar at the top: any OData URL, completed from the model; errors of the service stand below the place that they speak of. */
import { splitUrl } from './address.js';
import { complete } from './complete.js';
import { byId, button, element } from './element.js';
import { placeIn, queryText, relativeUrl, wordEnd } from './query-text.js';
import { positionOf, serviceRoot } from './request.js';

/** @typedef {import('./metadata.js').Model} Model */

export class QueryBar {
  #from = 0;
  #active = -1;

  /**
   * @param {Model} model
   * @param {(url: { path: string, options: Map<string, string> }) => void} run
   */
  constructor(model, run) {
    this.model = model;
    this.run = run;
    this.input = element('input', {
      type: 'text',
      role: 'combobox',
      'aria-label': 'OData query',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': 'proposals',
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      enterkeyhint: 'go',
      placeholder: 'customers?$filter=balance gt 1000',
    });
    this.list = element('ul', { id: 'proposals', role: 'listbox', 'aria-label': 'Proposals', hidden: true });
    this.problem = element('div', { class: 'query-problem', role: 'alert', hidden: true });
    const form = element(
      'form',
      { class: 'query', role: 'search' },
      this.input,
      button('Run', () => this.#submit(), { title: 'Run (Enter)' }),
      this.list,
      this.problem,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId('query').replaceChildren(form);
    this.input.addEventListener('input', () => this.#propose());
    this.input.addEventListener('click', () => this.#propose());
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('blur', () => this.#close());
  }

  /**
   * Shows the URL of what is seen.
   * @param {string} url
   */
  show(url) {
    if (document.activeElement !== this.input || this.list.hidden) this.input.value = queryText(url);
    this.clear();
  }

  /** Takes the error away. */
  clear() {
    this.problem.hidden = true;
    this.input.removeAttribute('aria-invalid');
  }

  /**
   * Shows an error of the service, below the place that it speaks of.
   * @param {string} url the request that failed, relative to the root
   * @param {import('./request.js').RequestError} error
   */
  showProblem(url, error) {
    const text = queryText(url);
    this.input.value = text;
    this.input.setAttribute('aria-invalid', 'true');
    const position = positionOf(error.problem);
    const at = position ? placeIn(url, position) : undefined;
    const message = position?.message ?? error.message;
    const parts =
      at === undefined
        ? [text]
        : [
            text.slice(0, at),
            element('mark', {}, text.slice(at, wordEnd(text, at)) || '\u00a0'),
            text.slice(wordEnd(text, at)),
          ];
    this.problem.replaceChildren(
      element('code', {}, ...parts),
      element('p', {}, message),
      element('p', { class: 'muted' }, `${error.problem.code}${error.status > 0 ? ` · ${error.status}` : ''}`),
      button('Dismiss', () => this.clear(), { icon: 'close', iconOnly: true, kind: 'bare' }),
    );
    this.problem.hidden = false;
    if (at !== undefined && document.activeElement === this.input) this.input.setSelectionRange(at, wordEnd(text, at));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  #submit() {
    this.#close();
    this.clear();
    this.run(splitUrl(relativeUrl(this.input.value.trim(), serviceRoot)));
  }

  #propose() {
    this.clear();
    const caret = this.input.selectionStart ?? this.input.value.length;
    const { from, proposals } = complete(this.model, this.input.value, caret);
    this.#from = from;
    this.#active = -1;
    this.list.replaceChildren(
      ...proposals.map(({ text, detail }, index) => {
        const option = element(
          'li',
          { id: `proposal-${index}`, role: 'option', 'aria-selected': 'false' },
          element('code', {}, text),
          element('span', {}, detail),
        );
        option.addEventListener('mousedown', (event) => {
          event.preventDefault();
          this.#take(text);
        });
        return option;
      }),
    );
    this.list.hidden = proposals.length === 0;
    this.input.setAttribute('aria-expanded', String(proposals.length > 0));
    this.input.removeAttribute('aria-activedescendant');
  }

  /** @param {string} text */
  #take(text) {
    const { value } = this.input;
    const caret = this.input.selectionStart ?? value.length;
    const end = this.#from + text.length;
    this.input.value = value.slice(0, this.#from) + text + value.slice(caret);
    this.input.setSelectionRange(end, end);
    this.#propose();
  }

  #close() {
    this.list.hidden = true;
    this.#active = -1;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  /** @param {number} index */
  #mark(index) {
    const count = this.list.children.length;
    this.#active = (index + count) % count;
    [...this.list.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === this.#active)));
    const option = this.list.children[this.#active];
    if (!option) return;
    this.input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isOpen = !this.list.hidden;
    const chosen = this.list.children[this.#active]?.querySelector('code')?.textContent;
    if (event.key === 'ArrowDown' && isOpen) this.#mark(this.#active + 1);
    else if (event.key === 'ArrowUp' && isOpen) this.#mark(this.#active < 0 ? -1 : this.#active - 1);
    else if ((event.key === ' ' && event.ctrlKey) || (event.key === 'ArrowDown' && !isOpen)) this.#propose();
    else if ((event.key === 'Tab' || event.key === 'Enter') && isOpen && chosen !== undefined) this.#take(chosen);
    else if (event.key === 'Tab' && isOpen && !event.shiftKey && this.list.children[0])
      this.#take(this.list.children[0].querySelector('code')?.textContent ?? '');
    else if (event.key === 'Escape' && (isOpen || !this.problem.hidden)) {
      this.#close();
      this.clear();
    } else return;
    event.preventDefault();
  }
}
