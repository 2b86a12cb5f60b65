/** A cell that is edited where it stands: Enter saves and goes down, Tab saves, Escape gives up. */
import { valueAt } from './columns.js';
import { toast } from './dialog.js';
import { FieldError, makeField, nextFieldId } from './fields.js';
import { entityAt, saveEntity } from './save.js';
import { RequestError } from './request.js';
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

  const edit = () => {
    done = false;
    field.focusable.disabled = false;
    field.focusable.focus();
  };

  /**
   * Saves, and goes on to another cell.
   * @param {number} [down] nothing when the keyboard is elsewhere already
   * @param {number} [right]
   */
  const finish = async (down, right = 0) => {
    if (done) return;
    const at = [...(cell.parentElement?.children ?? [])].indexOf(cell);
    const goOn = () => down !== undefined && view.grid?.focusCell(index + down, at + right);
    try {
      const value = field.read();
      if (value === initial) {
        leave();
        goOn();
        return;
      }
      done = true;
      field.focusable.disabled = true;
      const [first = '', second] = path.split('/');
      const changes = { [first]: second === undefined ? value : { [second]: value } };
      const result = await saveEntity(entityAt(place, row), row, changes);
      if (!result) {
        edit();
        return;
      }
      leave();
      saved(place.path, result.row);
      goOn();
    } catch (error) {
      if (!(error instanceof FieldError) && !(error instanceof RequestError)) throw error;
      const text = error instanceof RequestError ? error.whole : error.message;
      field.focusable.setAttribute('aria-invalid', 'true');
      field.focusable.title = text;
      edit();
      toast(text, 'problem');
    }
  };

  field.focusable.addEventListener('keydown', (/** @type {Event} */ event) => {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.key === 'Escape') {
      leave();
      view.grid?.focus();
    } else if (event.key === 'Enter') void finish(event.shiftKey ? -1 : 1);
    else if (event.key === 'Tab') void finish(0, event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  field.focusable.addEventListener('blur', () => void finish());
  field.focusable.addEventListener('click', (/** @type {Event} */ event) => event.stopPropagation());
}
