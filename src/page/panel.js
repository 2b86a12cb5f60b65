/** The side panel: one entity, to read and change, or a new one. What is typed in it is not given up unasked. */
import { confirmed, toast } from './dialog.js';
import { button, byId, element } from './element.js';
import { EntityForm } from './form.js';
import { PanelEntity } from './panel-entity.js';
import { saying, submit, tell } from './problem.js';
import { createEntity, entityAt, readEntity } from './save.js';
import { showRequest } from './request-bar.js';
import { RequestError, recentExchanges } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./location.js').Location} Location
 * @typedef {{
 *   readonly model: Model,
 *   readonly saved: (path: string, row: Json) => void,
 *   readonly created: (location: Location, row: Json) => void,
 *   readonly removed: (path: string) => void,
 *   readonly closed: () => void,
 * }} Surroundings what the rest of the page is told
 */

export class Panel {
  /** @type {string | undefined} */ path;
  /** @type {EntityForm | undefined} */ form;
  #load = new AbortController();
  /** @type {PanelEntity | undefined} */ #entity;
  /** @type {(() => Promise<void>) | undefined} */ #save;
  /** @type {Promise<boolean> | undefined} */ #asked;
  /** Whether the entity that is opened next takes the keyboard. */ wantsFocus = false;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.around = surroundings;
    this.root = byId('panel');
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        // Else the same key would close the question as soon as it is asked.
        event.preventDefault();
        void this.close();
      }
      if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#save?.();
      }
    });
  }

  /**
   * Shows another entity; whether what is typed may be given up is asked before.
   * @param {Location} location of the entity
   * @param {Json | undefined} known what the grid has of it
   */
  async open(location, known) {
    if (this.path === location.path) return;
    this.#load.abort();
    const load = new AbortController();
    this.#load = load;
    this.path = location.path;
    this.#entity = undefined;
    this.root.hidden = false;
    if (known) this.#show(location, known);
    else
      this.root.replaceChildren(
        element(
          'div',
          { class: 'panel-body', 'aria-busy': 'true' },
          ...Array.from({ length: 8 }, () => element('i', { class: 'bone' })),
        ),
      );
    try {
      const row = await readEntity(entityAt(location), load.signal);
      if (!known) this.#show(location, row);
      this.take(location.path, row);
    } catch (error) {
      if (load.signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      tell(error);
      if (!known) await this.close();
    }
  }

  /** @param {Location} location @param {Json} row */
  #show(location, row) {
    const { around } = this;
    const entity = new PanelEntity(around.model, location, row, {
      saved: (saved) => {
        this.take(location.path, saved);
        around.saved(location.path, saved);
      },
      removed: () => {
        this.form = undefined;
        around.removed(location.path);
      },
      reload: () => this.reload(location),
    });
    this.#entity = entity;
    this.form = entity.form;
    this.#save = () => entity.submit();
    this.root.replaceChildren(this.#head(location.type.label, entity.title), ...entity.parts);
    if (this.wantsFocus) this.focus();
    this.wantsFocus = false;
  }

  /**
   * Takes an entity as it now is, wherever it was read or written.
   * @param {string} path
   * @param {Json} row
   */
  take(path, row) {
    if (this.path !== path || !this.#entity) return;
    const had = this.root.contains(document.activeElement);
    this.#entity.complete(row);
    if (had && !this.root.contains(document.activeElement)) this.#heading?.focus({ preventScroll: true });
    const exchange = recentExchanges()[0];
    if (exchange) showRequest(exchange);
  }

  /**
   * @param {string} kind
   * @param {HTMLElement | string} name
   */
  #head(kind, name) {
    return element(
      'header',
      { class: 'panel-head' },
      element('div', {}, element('p', { class: 'muted' }, kind), element('h2', { tabindex: -1 }, name)),
      button('Close', () => void this.close(), { icon: 'close', kind: 'bare', iconOnly: true }),
    );
  }

  /**
   * Reads the entity anew, after something else changed it.
   * @param {Location} location
   */
  async reload(location) {
    await saying(async () => {
      const row = await readEntity(entityAt(location));
      this.take(location.path, row);
      this.around.saved(location.path, row);
    });
  }

  /**
   * Shows an empty form.
   * @param {Location} location of the collection
   */
  openNew(location) {
    this.#load.abort();
    this.path = undefined;
    this.#entity = undefined;
    this.root.hidden = false;
    const form = new EntityForm(location, undefined);
    this.form = form;
    const create = button('Create', () => void this.#save?.(), { kind: 'primary' });
    this.#save = () =>
      submit(form, create, async (body) => {
        const row = await createEntity(location.path, body);
        this.form = undefined;
        toast(`${location.type.label} created.`);
        this.around.created(location, row);
      });
    this.root.replaceChildren(
      this.#head('New', location.type.label),
      element('div', { class: 'panel-body' }, form.root),
      element(
        'footer',
        { class: 'panel-foot' },
        create,
        button('Cancel', () => void this.close()),
      ),
    );
    form.focus();
  }

  /** Whether something is typed that is not saved. */
  get isDirty() {
    return !this.root.hidden && (this.form?.isDirty ?? false);
  }

  /** Whether what is typed may be given up: asked once, however many want to know. */
  async mayLeave() {
    if (!this.isDirty) return true;
    this.#asked ??= confirmed('Discard what you changed?', 'It is not saved yet.', 'Discard');
    try {
      return await this.#asked;
    } finally {
      this.#asked = undefined;
    }
  }

  get #heading() {
    return this.root.querySelector('h2');
  }

  focus() {
    const field = this.form?.entries[0]?.field.focusable;
    (field ?? this.#heading)?.focus({ preventScroll: true });
  }

  /** Closes the panel, unless the reader would rather keep what was typed. */
  async close() {
    if (this.root.hidden || !(await this.mayLeave())) return;
    this.hide();
    this.around.closed();
  }

  /** Takes the panel away without asking. */
  hide() {
    this.#load.abort();
    this.path = undefined;
    this.form = undefined;
    this.#entity = undefined;
    this.#save = undefined;
    this.root.hidden = true;
    this.root.replaceChildren();
  }
}
