/** A cell that is edited where it stands: Enter saves and goes down, Tab saves, Escape gives up. */
import { valueAt } from './columns.js';
import { toast } from './dialog.js';
import { FieldError, makeField, nextFieldId } from './fields.js';
import { saveEntity } from './save.js';
import { RequestError } from './request.js';
import { expandOf } from './panel.js';
import { locate } from './location.js';

/**
 * @param {import('./metadata.js').Model} model
 * @param {import('./table-view.js').TableView} view
 * @param {import('./metadata.js').Json} row
 * @param {number} index
 * @param {import('./columns.js').Column} column
 * @param {HTMLElement} cell
 * @param {(path: string, row: import('./metadata.js').Json) => void} saved
 */
export function editCell(model, view, row, index, column, cell, saved) {
  const { property, path } = column;
  const place = locate(model, view.idOf(row));
  if (
    !place?.canUpdate ||
    property.computed ||
    property.immutable ||
    property.collection ||
    column.expand !== undefined ||
    property.type === 'Edm.Guid'
  ) {
    toast(`${column.label} cannot be changed here.`);
    return;
  }
  const field = makeField(property, nextFieldId());
  field.show(valueAt(row, path));
  const initial = field.read();
  const before = [...cell.childNodes];
  field.focusable.classList.add('cell-editor');
  field.focusable.setAttribute('aria-label', column.label);
  cell.replaceChildren(field.control);
  cell.classList.add('editing');
  field.focusable.focus();
  if (field.focusable instanceof HTMLInputElement) field.focusable.select();
  let done = false;

  const leave = () => {
    done = true;
    cell.classList.remove('editing');
    cell.replaceChildren(...before);
  };

  /** @param {number} down @param {number} right */
  const finish = async (down, right) => {
    if (done) return;
    try {
      const value = field.read();
      if (value === initial) {
        leave();
        if (down !== 0 || right !== 0)
          view.grid?.focusCell(index + down, [...(cell.parentElement?.children ?? [])].indexOf(cell) + right);
        return;
      }
      done = true;
      field.focusable.disabled = true;
      const [first = '', second] = path.split('/');
      const changes = { [first]: second === undefined ? value : { [second]: value } };
      const entity = { path: place.path, type: place.type, name: view.nameOf(row), expand: expandOf(place) };
      const at = [...(cell.parentElement?.children ?? [])].indexOf(cell);
      const result = await saveEntity(entity, row, changes);
      leave();
      if (result) saved(place.path, result.row);
      view.grid?.focusCell(index + (result ? down : 0), at + (result ? right : 0));
    } catch (error) {
      if (!(error instanceof FieldError) && !(error instanceof RequestError)) throw error;
      done = false;
      field.focusable.disabled = false;
      field.focusable.setAttribute('aria-invalid', 'true');
      field.focusable.title = error.message;
      field.focusable.focus();
      toast(error.message, 'problem');
    }
  };

  field.focusable.addEventListener('keydown', (/** @type {Event} */ event) => {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.key === 'Escape') {
      leave();
      view.grid?.focus();
    } else if (event.key === 'Enter') void finish(event.shiftKey ? -1 : 1, 0);
    else if (event.key === 'Tab') void finish(0, event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  field.focusable.addEventListener('blur', () => void finish(0, 0));
  field.focusable.addEventListener('click', (/** @type {Event} */ event) => event.stopPropagation());
}
