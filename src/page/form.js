/** A form for an entity, drawn from its type: only what was changed is sent. */
import { valueAt } from './columns.js';
import { element } from './element.js';
import { FieldError, makeField, nextFieldId } from './fields.js';
import { formatValue } from './format.js';
import { makeLookup, referencesOf } from './lookup.js';
import { labelOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Property} Property
 * @typedef {import('./location.js').Location} Location
 * @typedef {import('./request.js').RequestError} RequestError
 * @typedef {{ readonly path: string, readonly property: Property, readonly field: import('./fields.js').Field, readonly root: HTMLElement, readonly problem: HTMLElement, initial: unknown }} Entry initial: what the field reads before anybody typed
 */

/** Whether a field holds something else than before anybody typed; what is no value of its type is told when it is saved. @param {Entry} entry */
function isChanged({ field, initial }) {
  try {
    return field.read() !== initial;
  } catch {
    return true;
  }
}

export class EntityForm {
  /** @type {Entry[]} */ entries = [];

  /**
   * @param {Location} location
   * @param {Json | undefined} row undefined for a new entity
   * @param {{ readonly locked?: boolean, readonly onChange?: (form: EntityForm) => void }} [options]
   */
  constructor(location, row, { locked = false, onChange = () => undefined } = {}) {
    this.location = location;
    this.row = row ?? {};
    this.isNew = row === undefined;
    this.onChange = onChange;
    this.facts = element('dl', { class: 'facts' });
    this.fields = element('div', { class: 'fields' });
    this.problem = element('p', { class: 'form-problem', role: 'alert', hidden: true });
    this.root = element('div', { class: 'form' }, this.problem, this.fields, this.facts);
    const references = referencesOf(location);
    const paired = new Set(references.filter(({ text }) => text !== undefined).map(({ id }) => id));
    for (const property of location.type.properties.values()) {
      const parts =
        property.complex && !property.collection
          ? [...property.complex.properties.values()].map(
              (part) => /** @type {const} */ ([`${property.name}/${part.name}`, part]),
            )
          : [/** @type {const} */ ([property.name, property])];
      for (const [path, part] of parts) this.#add(path, part, locked, paired, references);
    }
    this.show(this.row);
    this.fields.addEventListener('input', ({ target }) => this.#changed(target));
    this.fields.addEventListener('change', () => this.#changed());
  }

  /**
   * @param {string} path
   * @param {Property} property
   * @param {boolean} locked
   * @param {ReadonlySet<string>} paired
   * @param {readonly import('./lookup.js').Reference[]} references
   */
  #add(path, property, locked, paired, references) {
    const fixed = locked || property.computed || property.collection || (property.immutable && !this.isNew);
    const reference = references.find(({ text, id }) => (text ?? id) === path);
    if (paired.has(path) || (property.type === 'Edm.Guid' && (fixed || !reference))) return;
    if (fixed) {
      if (!this.isNew)
        this.facts.append(
          element('dt', { title: property.description || undefined }, property.label),
          element('dd', { 'data-fact': path }),
        );
      return;
    }
    const id = nextFieldId();
    const field = reference
      ? makeLookup(reference, id, {
          others: references,
          valueOf: (name) => this.#valueOf(name),
          changed: () => this.#changed(),
          maxLength: property.maxLength,
        })
      : makeField(property, id);
    const problem = element('span', { class: 'field-problem', id: `${id}-problem`, hidden: true });
    const optional = property.nullable || property.hasDefault || property.type === 'Edm.Boolean';
    const wide = (property.maxLength ?? 0) > 40 && !property.members && !property.name.endsWith('Id');
    const label = reference && reference.text === undefined ? reference.navigation.label : property.label;
    const root = element(
      'div',
      { class: `field${wide ? ' wide' : ''}${property.type === 'Edm.Boolean' ? ' check' : ''}` },
      element(
        'label',
        { for: id, title: property.description || undefined },
        path.includes('/') ? `${labelOf(path.split('/')[0] ?? '')} ${label.toLowerCase()}` : label,
        !optional && this.isNew && element('span', { class: 'required', title: 'required' }, ' *'),
      ),
      field.control,
      problem,
    );
    this.entries.push({ path, property, field, root, problem, initial: undefined });
    this.fields.append(root);
  }

  /** @param {string} name */
  #valueOf(name) {
    const entry = this.entries.find(({ path }) => path === name);
    try {
      return entry ? entry.field.read() : this.row[name];
    } catch {
      return undefined;
    }
  }

  /** @param {EventTarget | null} [typedInto] the field whose problem is being mended */
  #changed(typedInto) {
    for (const entry of this.entries) {
      const { field, root, problem } = entry;
      if (field.focusable === typedInto) {
        problem.hidden = true;
        field.focusable.removeAttribute('aria-invalid');
      }
      root.classList.toggle('changed', isChanged(entry) && !this.isNew);
    }
    this.onChange(this);
  }

  /** @param {Json} row */
  show(row) {
    this.row = row;
    this.clearProblem();
    for (const entry of this.entries) {
      const { path, property, field } = entry;
      const value = valueAt(row, path);
      if (!this.isNew || value !== undefined || !property.members) field.show(this.#labelOf(path, row) ?? value);
      entry.initial = field.read();
    }
    for (const fact of this.facts.querySelectorAll('dd')) {
      const path = fact.dataset['fact'] ?? '';
      const property =
        this.location.type.properties.get(path) ??
        this.location.type.properties.get(path.split('/')[0] ?? '')?.complex?.properties.get(path.split('/')[1] ?? '');
      const text = property?.members
        ? labelOf(formatValue(valueAt(row, path), 'Edm.String'))
        : formatValue(valueAt(row, path), property?.type ?? 'Edm.String');
      fact.replaceChildren(element('bdi', {}, text === '' ? '–' : text));
    }
    this.#changed();
  }

  /**
   * A key as people know it, where the number beside it is the service's to fill.
   * @param {string} path
   * @param {Json} row
   */
  #labelOf(path, row) {
    const number = path.endsWith('Id') ? row[`${path.slice(0, -2)}Number`] : undefined;
    return typeof number === 'string' && number !== '' ? number : undefined;
  }

  /**
   * What was changed, as a body; undefined when a field holds no value of its type, which is then told beside it.
   * @returns {Record<string, unknown> | undefined}
   */
  changes() {
    /** @type {Record<string, unknown>} */ const body = {};
    let valid = true;
    for (const { path, field, property, initial } of this.entries) {
      try {
        const value = field.read();
        // A choice always shows a value: on create it counts as made.
        if (value === initial && !(this.isNew && property.members)) continue;
        const [first = '', second] = path.split('/');
        if (second === undefined) body[first] = value;
        else body[first] = { ...objectOf(body[first]), [second]: value };
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        this.#tell(path, error.message, valid);
        valid = false;
      }
    }
    return valid ? body : undefined;
  }

  /** True when something was changed, valid or not. */
  get isDirty() {
    return this.entries.some(isChanged);
  }

  /**
   * @param {string} path
   * @param {string} message
   * @param {boolean} focus
   * @returns {boolean} whether there is such a field
   */
  #tell(path, message, focus) {
    const entry = this.entries.find((one) => one.path === path || one.path.startsWith(`${path}/`));
    if (!entry) return false;
    entry.problem.textContent = message;
    entry.problem.hidden = false;
    entry.field.focusable.setAttribute('aria-invalid', 'true');
    entry.field.focusable.setAttribute('aria-describedby', entry.problem.id);
    if (focus) entry.field.focusable.focus();
    return true;
  }

  /**
   * Shows what the service refused beside the fields that it names.
   * @param {RequestError} error
   */
  showProblem(error) {
    const problems = [error.problem, ...error.details];
    const elsewhere = problems.filter(
      ({ target, message }, index) => target === undefined || !this.#tell(target, message, index === 0),
    );
    this.problem.textContent = elsewhere.map(({ message }) => message).join(' ');
    this.problem.hidden = elsewhere.length === 0;
  }

  clearProblem() {
    this.problem.hidden = true;
    for (const { problem, field } of this.entries) {
      problem.hidden = true;
      field.focusable.removeAttribute('aria-invalid');
    }
  }

  focus() {
    this.entries[0]?.field.focusable.focus();
  }
}
