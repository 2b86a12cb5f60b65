/** A field that refers to another entity: type a part of its number or name, and choose. ARIA pattern "combobox". */
import { encodeOption } from './address.js';
import { button, element } from './element.js';
import { FieldError } from './fields.js';
import { allOf, stringLiteral } from './filter.js';
import { formatMoney, textOf } from './format.js';
import { labelOf, listOf, objectOf } from './metadata.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Navigation} Navigation
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {import('./location.js').Location} Location
 * @typedef {{
 *   readonly navigation: Navigation, readonly set: string, readonly number: string, readonly id: string, readonly text: string | undefined,
 * }} Reference number: the target's property that people know it by; id: our property with its key; text: ours with its number, if it can be set
 */

/** @param {string} prefix @param {string} name */
const joined = (prefix, name) => (prefix === '' ? name : prefix + name.charAt(0).toUpperCase() + name.slice(1));

/**
 * What the entities of a place refer to: single navigations of which the type holds the key.
 * @param {Location} location
 * @returns {readonly Reference[]}
 */
export function referencesOf({ type, root, navigation: at }) {
  /** @type {Reference[]} */ const references = [];
  for (const navigation of type.navigations.values()) {
    const set = root?.bindings[[at, navigation.name].filter(Boolean).join('/')];
    const number = ['number', 'code'].find((name) => navigation.target.properties.has(name));
    const id = navigation.constraint?.[0];
    if (navigation.collection || typeof set !== 'string' || number === undefined || id === undefined) continue;
    const text = joined(id.replace(/Id$|^id$/, ''), number);
    const own = type.properties.get(text);
    const settable = own !== undefined && !own.computed;
    if (!settable && (type.properties.get(id)?.computed ?? true)) continue;
    references.push({ navigation, set, number, id, text: settable ? text : undefined });
  }
  return references;
}

/**
 * What a chosen entity is said to be, beside its number.
 * @param {Json} row
 * @returns {string}
 */
function detailOf(row) {
  const amount = row['remainingAmount'] ?? row['balance'];
  return [
    row['displayName'] ?? row['customerName'],
    amount !== undefined && amount !== null && `${formatMoney(amount, row['currencyCode'])} open`,
    row['status'] && labelOf(textOf(row['status'])),
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ');
}

/**
 * Only what belongs together is offered: the invoices of the customer that is chosen already, the values of the dimension.
 * @param {Reference} reference
 * @param {readonly Reference[]} others
 * @param {(name: string) => unknown} valueOf
 */
function restriction({ navigation }, others, valueOf) {
  for (const back of navigation.target.navigations.values()) {
    const other = others.find((one) => one.navigation !== navigation && one.navigation.target === back.target);
    if (back.collection || !other) continue;
    const number = other.text === undefined ? undefined : valueOf(other.text);
    if (typeof number === 'string' && number !== '') return `${back.name}/${other.number} eq ${stringLiteral(number)}`;
    return undefined;
  }
  return undefined;
}

/**
 * @param {Reference} reference
 * @param {string} typed
 * @param {string | undefined} restricted
 */
function suggestionsUrl({ set, number, navigation: { target } }, typed, restricted) {
  const names = [number, 'displayName', 'customerName', 'externalDocumentNumber'].filter(
    (name) => target.properties.get(name)?.type === 'Edm.String',
  );
  const literal = stringLiteral(typed.trim().toLowerCase());
  const matches =
    typed.trim() === '' ? undefined : `(${names.map((name) => `contains(tolower(${name}),${literal})`).join(' or ')})`;
  const filter = allOf([restricted, matches]);
  const order = target.properties.has('remainingAmount') ? `remainingAmount desc,${number}` : number;
  return `${set}?${filter === undefined ? '' : `$filter=${encodeOption(filter)}&`}$orderby=${order}&$top=8`;
}

/** Pixels between a list and what is around it. */
const GAP = 3;

/**
 * Puts a list below a field, or above it where there is more room.
 * @param {HTMLElement} list
 * @param {HTMLElement} field
 */
function stand(list, field) {
  const { left, top, bottom, width } = field.getBoundingClientRect();
  const below = innerHeight - bottom;
  list.style.minWidth = `${Math.max(width, Math.min(300, innerWidth * 0.86))}px`;
  list.style.maxHeight = `${Math.min(280, Math.max(below, top) - 4 * GAP)}px`;
  const isBelow = below >= list.offsetHeight + GAP || below >= top;
  list.style.top = `${isBelow ? bottom + GAP : top - list.offsetHeight - GAP}px`;
  list.style.left = `${Math.max(GAP, Math.min(left, innerWidth - list.offsetWidth - GAP))}px`;
}

let lists = 0;

/**
 * Makes the field.
 * @param {Reference} reference
 * @param {string} id of the control
 * @param {{ readonly others: readonly Reference[], readonly valueOf: (name: string) => unknown, readonly changed: () => void, readonly maxLength: number | undefined }} form
 * @returns {import('./fields.js').Field & { readonly chosen: () => Json | undefined }}
 */
export function makeLookup(reference, id, form) {
  lists += 1;
  const listId = `lookup-${lists}`;
  const input = element('input', {
    id,
    type: 'text',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': listId,
    autocomplete: 'off',
    maxlength: reference.text === undefined ? undefined : form.maxLength,
  });
  const list = element('ul', {
    id: listId,
    role: 'listbox',
    class: 'suggestions',
    'aria-label': reference.navigation.label,
    // Above all that scrolls around it: a dialogue of two fields has no room for a list.
    popover: 'manual',
  });
  const opener = button(
    `Choose ${reference.navigation.label.toLowerCase()}`,
    () => {
      input.focus();
      void suggest('');
    },
    { icon: 'open', iconOnly: true, kind: 'bare' },
  );
  opener.tabIndex = -1;
  const control = element('div', { class: 'lookup' }, input, opener, list);
  /** @type {Json[]} */ let rows = [];
  /** @type {Json | undefined} */ let chosen;
  let active = -1;
  let timer = 0;
  let load = new AbortController();
  /** The key that the field had or was given, where it is the key that is sent. @type {unknown} */ let key = null;

  let shown = new AbortController();
  const isOpen = () => list.matches(':popover-open');

  const open = () => {
    if (!isOpen()) {
      list.showPopover();
      shown = new AbortController();
      const { signal } = shown;
      addEventListener('scroll', ({ target }) => target !== list && stand(list, input), { capture: true, signal });
      addEventListener('resize', () => stand(list, input), { signal });
    }
    stand(list, input);
    input.setAttribute('aria-expanded', 'true');
  };

  const close = () => {
    shown.abort();
    list.hidePopover();
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };

  /** @param {Json} row */
  const choose = (row) => {
    chosen = row;
    key = row['id'];
    input.value = textOf(row[reference.number]);
    close();
    form.changed();
  };

  const mark = (/** @type {number} */ index) => {
    active = index;
    list
      .querySelectorAll('[role=option]')
      .forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
    const option = list.children[index];
    if (option) {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    }
  };

  /** @param {string} typed */
  async function suggest(typed) {
    load.abort();
    load = new AbortController();
    const { signal } = load;
    try {
      const { json } = await send(suggestionsUrl(reference, typed, restriction(reference, form.others, form.valueOf)), {
        signal,
      });
      rows = listOf(json['value']).map(objectOf);
    } catch (error) {
      if (signal.aborted || !(error instanceof RequestError)) return;
      rows = [];
    }
    list.replaceChildren(
      ...rows.map((row, index) => {
        const option = element(
          'li',
          { id: `${listId}-${index}`, role: 'option', 'aria-selected': 'false' },
          element('b', {}, textOf(row[reference.number])),
          element('bdi', {}, detailOf(row)),
        );
        option.addEventListener('mousedown', (event) => {
          event.preventDefault();
          choose(row);
        });
        return option;
      }),
    );
    if (rows.length === 0)
      list.append(
        element(
          'li',
          { class: 'muted', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' },
          'Nothing found.',
        ),
      );
    if (document.activeElement === input) open();
  }

  input.addEventListener('input', () => {
    chosen = undefined;
    key = null;
    clearTimeout(timer);
    timer = window.setTimeout(() => void suggest(input.value), 200);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen()) void suggest(input.value === textOf(chosen?.[reference.number]) ? '' : input.value);
      else
        mark(
          (active +
            (event.key === 'ArrowDown' ? 1 : rows.length - 1) +
            (active < 0 && event.key === 'ArrowUp' ? 1 : 0)) %
            Math.max(rows.length, 1),
        );
    } else if (event.key === 'Enter' && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      const row = rows[active] ?? (rows.length === 1 ? rows[0] : undefined);
      if (row) choose(row);
      else close();
    } else if (event.key === 'Escape' && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener('blur', () => {
    clearTimeout(timer);
    load.abort();
    close();
  });

  return {
    control,
    focusable: input,
    chosen: () => chosen,
    read() {
      const text = input.value.trim();
      if (text === '') return null;
      if (reference.text !== undefined) return text;
      if (key === null) throw new FieldError('Choose one from the list.');
      return key;
    },
    show(value) {
      chosen = undefined;
      key = value;
      input.value = textOf(value);
    },
  };
}
