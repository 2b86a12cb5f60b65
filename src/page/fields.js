/** One field of a form, by the type of its property: how it is shown, and what of the service's values it reads back. */
import { element } from './element.js';
import { editableNumber, isNumeric, parseNumber, textOf } from './format.js';
import { labelOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Property} Property
 * @typedef {{
 *   readonly control: HTMLElement, readonly focusable: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement,
 *   readonly read: () => unknown, readonly show: (value: unknown) => void,
 * }} Field read: the value for a body; throws FieldError when it is none
 */

/** What is typed is no value of the property. */
export class FieldError extends Error {}

let fields = 0;

/** A name for a label to refer to. */
export const nextFieldId = () => `field-${(fields += 1)}`;

/**
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
 * @param {(value: unknown) => string} write
 * @param {(text: string) => unknown} read
 * @returns {Field}
 */
const textField = (control, write, read) => ({
  control,
  focusable: control,
  read: () => read(control.value),
  show: (value) => void (control.value = write(value)),
});

/**
 * A number as a value for a body.
 * @param {Property} property
 * @param {string} text
 * @param {import('./format.js').Signs} [signs] those of the reader's language when they are not given
 */
export function numberOf(property, text, signs) {
  if (text.trim() === '') return null;
  const value = parseNumber(text, signs);
  if (value === undefined) throw new FieldError(`'${text}' is not a number.`);
  const fraction = /\.(\d+)$/.exec(value)?.[1]?.replace(/0+$/, '') ?? '';
  const most =
    property.type === 'Edm.Decimal'
      ? (property.scale ?? 0)
      : property.type === 'Edm.Double' || property.type === 'Edm.Single'
        ? 20
        : 0;
  if (fraction.length > most) throw new FieldError(most === 0 ? 'Only a whole number.' : `At most ${most} decimals.`);
  // Numbers that JavaScript holds exactly are sent as such; the others are texts in IEEE754Compatible bodies.
  return property.type === 'Edm.Decimal' || property.type === 'Edm.Int64' ? value : Number(value);
}

/** @param {Date} time */
const localMinutes = (time) => new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/**
 * Makes the field of a property.
 * @param {Property} property
 * @param {string} id
 * @returns {Field}
 */
export function makeField(property, id) {
  const { type, members, nullable, maxLength } = property;
  if (members) {
    const none = nullable ? [element('option', { value: '' }, '–')] : [];
    const select = element(
      'select',
      { id },
      ...none,
      ...members.map((member) => element('option', { value: member }, labelOf(member))),
    );
    return textField(select, textOf, (text) => (text === '' ? null : text));
  }
  if (type === 'Edm.Boolean') {
    const box = element('input', { id, type: 'checkbox' });
    return {
      control: box,
      focusable: box,
      read: () => box.checked,
      show: (value) => void (box.checked = value === true),
    };
  }
  if (isNumeric(type)) {
    const input = element('input', { id, type: 'text', class: 'number', inputmode: 'decimal', autocomplete: 'off' });
    return textField(input, editableNumber, (text) => numberOf(property, text));
  }
  if (type === 'Edm.Date') {
    const input = element('input', { id, type: 'date', max: '9999-12-31' });
    return textField(input, textOf, (text) => (text === '' ? null : text));
  }
  if (type === 'Edm.DateTimeOffset') {
    const input = element('input', { id, type: 'datetime-local' });
    return textField(
      input,
      (value) => (value ? localMinutes(new Date(textOf(value))) : ''),
      (text) => (text === '' ? null : new Date(text).toISOString()),
    );
  }
  const common = { id, maxlength: maxLength, autocomplete: 'off', dir: 'auto' };
  const control =
    (maxLength ?? 0) > 100 && !property.name.endsWith('Id')
      ? element('textarea', { ...common, rows: 2 })
      : element('input', { ...common, type: 'text' });
  return textField(control, textOf, (text) => (text === '' && nullable ? null : text));
}
