/** Elements of the page. Text goes in as text only: nothing here, and nothing elsewhere in the page, parses HTML. */

/**
 * @typedef {Node | string | number | false | null | undefined} Child
 * @typedef {Readonly<Record<string, string | number | boolean | undefined | null | ((event: never) => unknown)>>} Attributes
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {Element} node
 * @param {Attributes} attributes
 */
function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on') && typeof value === 'function')
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else node.setAttribute(name, value === true ? '' : String(value));
  }
}

/**
 * @param {Element} node
 * @param {readonly Child[]} children
 */
function append(node, children) {
  for (const child of children)
    if (child !== undefined && child !== null && child !== false)
      node.append(typeof child === 'number' ? String(child) : child);
}

/**
 * Makes an element: attributes by name, listeners as `onclick` and the like.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

/**
 * Makes an element of a drawing.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawing(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

const icons = {
  add: 'M8 3v10M3 8h10',
  chart: 'M3 13V8M7 13V3M11 13V6M2 13.5h12',
  close: 'M4 4l8 8M12 4l-8 8',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.5h10',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  open: 'M6 3.5l4.5 4.5L6 12.5',
  post: 'M2.5 8.5l3.5 3.5 7.5-8',
  upload: 'M8 10.5V3M4.8 5.8L8 2.6 11.2 5.8M3 13.5h10',
  remove: 'M3.5 4.5h9M6 4.5v-2h4v2M4.5 4.5l.7 9h5.6l.7-9',
};

/**
 * A small drawing beside a text, or instead of one that is given as label of its button.
 * @param {keyof typeof icons} name
 */
export const icon = (name) =>
  drawing(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    drawing('path', { d: icons[name] }),
  );

/**
 * A button; with an icon its text may be for those only who do not see it.
 * @param {string} text
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {{ icon?: keyof typeof icons, kind?: 'primary' | 'plain' | 'danger' | 'bare', iconOnly?: boolean, phone?: string, disabled?: boolean, title?: string }} [look] phone: the beginning of the text that has room there
 */
export function button(text, onclick, look = {}) {
  const { kind = 'plain', iconOnly = false } = look;
  return element(
    'button',
    {
      type: 'button',
      class: `button ${kind}${iconOnly ? ' icon-only' : ''}${look.phone === '' ? ' icon-on-phone' : ''}`,
      onclick,
      disabled: look.disabled,
      title: look.title ?? (iconOnly ? text : undefined),
      'aria-label': iconOnly ? text : undefined,
    },
    look.icon && icon(look.icon),
    !iconOnly &&
      element(
        'span',
        {},
        look.phone ?? text,
        look.phone !== undefined && element('span', { class: 'wide-only' }, text.slice(look.phone.length)),
      ),
  );
}

/**
 * The element of the document with an id.
 * @param {string} id
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no element '${id}'.`);
  return node;
}
