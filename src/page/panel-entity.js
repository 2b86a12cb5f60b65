/** One entity in the side panel: its form, what may be done with it, and what belongs to it. */
import { titleOf } from './columns.js';
import { toast } from './dialog.js';
import { button, element } from './element.js';
import { EntityForm } from './form.js';
import { operationButtons } from './operations.js';
import { relatedParts } from './panel-related.js';
import { saying, submit } from './problem.js';
import { deleteEntity, entityAt, saveEntity } from './save.js';
import { suggestionParts } from './suggestions.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./location.js').Location} Location
 * @typedef {{
 *   readonly saved: (row: Json) => void, readonly removed: () => void, readonly reload: () => Promise<void>,
 * }} Told what the panel is told
 */

export class PanelEntity {
  #related = element('div', {}, element('i', { class: 'bone' }), element('i', { class: 'bone' }));

  /**
   * Draws an entity, without what belongs to it.
   * @param {import('./metadata.js').Model} model
   * @param {Location} location
   * @param {Json} row
   * @param {Told} told
   */
  constructor(model, location, row, told) {
    this.model = model;
    this.location = location;
    this.row = row;
    this.told = told;
    this.title = element('bdi', {}, titleOf(row, location.type));
    this.save = button('Save', () => void this.submit(), { kind: 'primary', disabled: true });
    const undo = button('Undo', () => this.form.show(this.row), { disabled: true });
    this.form = new EntityForm(location, row, {
      locked: !location.canUpdate,
      onChange: ({ isDirty }) => {
        this.save.disabled = !isDirty;
        undo.disabled = !isDirty;
      },
    });
    const remove =
      location.canDelete && button('Delete', () => void this.#delete(), { icon: 'remove', kind: 'danger' });
    const buttons = location.canUpdate ? [this.save, undo] : [];
    this.parts = [
      element(
        'div',
        { class: 'panel-body' },
        this.form.root,
        ...operationButtons(model, location, told.reload),
        this.#related,
      ),
      buttons.length > 0 || remove
        ? element('footer', { class: 'panel-foot' }, ...buttons, element('span', { class: 'gap' }), remove)
        : '',
    ];
  }

  /** Saves what was changed. */
  submit() {
    return submit(
      this.form,
      this.save,
      async (changes) => {
        if (Object.keys(changes).length === 0) return;
        const result = await saveEntity(entityAt(this.location, this.row), this.row, changes);
        if (!result) return;
        toast(result.saved ? 'Saved.' : 'Their version is shown now.');
        this.form.show(result.row);
        this.told.saved(result.row);
      },
      () => this.form.isDirty,
    );
  }

  /**
   * The same entity as it now is, with what belongs to it. What is typed meanwhile stays, and so does the version that it was typed over:
   * saving it then tells what somebody else has changed.
   * @param {Json} row
   */
  complete(row) {
    const { model, location, form } = this;
    if (!form.isDirty) {
      this.row = row;
      form.show(row);
      this.title.replaceChildren(titleOf(row, location.type));
    }
    this.#related.replaceChildren(
      ...suggestionParts(model, location, row, this.told.reload),
      ...relatedParts(model, location, row, this.told.reload),
    );
  }

  #delete() {
    const entity = entityAt(this.location, this.row);
    return saying(async () => {
      if (!(await deleteEntity(entity, this.row))) return;
      toast(`${entity.name} deleted.`);
      this.told.removed();
    });
  }
}
