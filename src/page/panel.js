/** The side panel: one entity, to read and change, with what belongs to it and what it refers to. */
import { titleOf } from './columns.js';
import { confirmed, toast } from './dialog.js';
import { button, byId, element } from './element.js';
import { EntityForm } from './form.js';
import { relatedParts } from './panel-related.js';
import { operationButtons } from './operations.js';
import { suggestionParts } from './suggestions.js';
import { createEntity, deleteEntity, readEntity, saveEntity } from './save.js';
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

/**
 * The query that reads an entity with what the panel shows of its surroundings.
 * @param {Location} location
 */
export function expandOf({ type }) {
  const names = [...type.navigations.values()]
    .filter(({ collection, contained, partner, constraint }) =>
      collection ? contained : constraint !== undefined && partner === undefined,
    )
    .map(({ name }) => name);
  const lines = [...type.navigations.values()]
    .filter(({ collection, contained }) => collection && contained)
    .map(({ name }) => name);
  // Lines that people enter by the thousand have a grid of their own.
  const expands = names.map((name) =>
    lines.includes(name) &&
    [...(type.navigations.get(name)?.target.navigations.values() ?? [])].some(({ contained }) => contained)
      ? `${name}($count=true;$top=0)`
      : name,
  );
  return expands.length === 0 ? '' : `?$expand=${expands.join(',')}`;
}

export class Panel {
  /** @type {string | undefined} */ path;
  /** @type {Json} */ row = {};
  /** @type {EntityForm | undefined} */ form;
  #load = new AbortController();
  #related = element('div');
  /** @type {Location | undefined} */ #location;
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

  /** @type {(() => Promise<void>) | undefined} */ #save;

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
      const row = await readEntity(
        { path: location.path, type: location.type, name: '', expand: expandOf(location) },
        load.signal,
      );
      if (!known) this.#show(location, row);
      this.#complete(location, row);
    } catch (error) {
      if (load.signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      toast(error.whole, 'problem');
      if (!known) await this.close();
    }
  }

  /**
   * Draws an entity, without what belongs to it.
   * @param {Location} location
   * @param {Json} row
   */
  #show(location, row) {
    this.#location = location;
    this.row = row;
    const { type } = location;
    const entity = { path: location.path, type, name: titleOf(row, type), expand: expandOf(location) };
    const save = button('Save', () => void this.#save?.(), { kind: 'primary', disabled: true });
    const undo = button('Undo', () => form.show(this.row), { disabled: true });
    const form = new EntityForm(location, row, {
      locked: !location.canUpdate,
      onChange: ({ isDirty }) => {
        save.disabled = !isDirty;
        undo.disabled = !isDirty;
      },
    });
    this.form = form;
    this.#save = async () => {
      // Nothing to save, or on its way already: the key repeats.
      if (save.disabled) return;
      const changes = form.changes();
      if (!changes || Object.keys(changes).length === 0) return;
      form.clearProblem();
      save.disabled = true;
      try {
        const result = await saveEntity(entity, this.row, changes);
        if (!result) return;
        toast(result.saved ? 'Saved.' : 'Their version is shown now.');
        form.show(result.row);
        this.#complete(location, result.row);
        this.around.saved(location.path, result.row);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        form.showProblem(error);
      } finally {
        save.disabled = !form.isDirty;
      }
    };
    const remove =
      location.canDelete && button('Delete', () => void this.#delete(entity), { icon: 'remove', kind: 'danger' });
    const buttons = location.canUpdate ? [save, undo] : [];
    this.#related = element('div', {}, element('i', { class: 'bone' }), element('i', { class: 'bone' }));
    this.root.replaceChildren(
      this.#head(type.label, entity.name),
      element(
        'div',
        { class: 'panel-body' },
        form.root,
        ...operationButtons(this.around.model, location, () => this.reload(location)),
        this.#related,
      ),
      buttons.length > 0 || remove
        ? element('footer', { class: 'panel-foot' }, ...buttons, element('span', { class: 'gap' }), remove)
        : '',
    );
    if (this.wantsFocus) this.focus();
    this.wantsFocus = false;
  }

  /**
   * The same entity as it now is, with what belongs to it. What is typed meanwhile stays, and so does the version that it was typed over:
   * saving it then tells what somebody else has changed.
   * @param {Location} location
   * @param {Json} row
   */
  #complete(location, row) {
    if (this.path !== location.path) return;
    const { form, around } = this;
    const reload = () => this.reload(location);
    const had = this.root.contains(document.activeElement);
    if (form && !form.isDirty) {
      this.row = row;
      form.show(row);
      this.root.querySelector('h2 bdi')?.replaceChildren(titleOf(row, location.type));
    }
    this.#related.replaceChildren(
      ...suggestionParts(around.model, location, row, reload),
      ...relatedParts(around.model, location, row, reload),
    );
    if (had && !this.root.contains(document.activeElement)) this.#heading?.focus({ preventScroll: true });
    const exchange = recentExchanges()[0];
    if (exchange) showRequest(exchange);
  }

  /**
   * @param {string} kind
   * @param {string} name
   */
  #head(kind, name) {
    return element(
      'header',
      { class: 'panel-head' },
      element(
        'div',
        {},
        element('p', { class: 'muted' }, kind),
        element('h2', { tabindex: -1 }, element('bdi', {}, name)),
      ),
      button('Close', () => void this.close(), { icon: 'close', kind: 'bare', iconOnly: true }),
    );
  }

  /**
   * Takes an entity as it was written elsewhere in the page.
   * @param {string} path
   * @param {Json} row
   */
  take(path, row) {
    if (this.path === path && this.#location) this.#complete(this.#location, row);
  }

  /**
   * Reads the entity anew, after something else changed it.
   * @param {Location} location
   */
  async reload(location) {
    try {
      const row = await readEntity({ path: location.path, type: location.type, name: '', expand: expandOf(location) });
      this.#complete(location, row);
      this.around.saved(location.path, row);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(error.whole, 'problem');
    }
  }

  /**
   * Shows an empty form.
   * @param {Location} location of the collection
   */
  openNew(location) {
    this.#load.abort();
    this.path = undefined;
    this.row = {};
    this.root.hidden = false;
    const form = new EntityForm(location, undefined);
    this.form = form;
    const create = button('Create', () => void this.#save?.(), { kind: 'primary' });
    this.#save = async () => {
      if (create.disabled) return;
      const body = form.changes();
      if (!body) return;
      form.clearProblem();
      create.disabled = true;
      try {
        const row = await createEntity(location.path, body);
        this.form = undefined;
        toast(`${location.type.label} created.`);
        this.around.created(location, row);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        form.showProblem(error);
      } finally {
        create.disabled = false;
      }
    };
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

  /** @param {import('./save.js').Entity} entity */
  async #delete(entity) {
    try {
      if (!(await deleteEntity(entity, this.row))) return;
      this.form = undefined;
      toast(`${entity.name} deleted.`);
      this.around.removed(entity.path);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(error.whole, 'problem');
    }
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
    this.#save = undefined;
    this.root.hidden = true;
    this.root.replaceChildren();
  }
}
