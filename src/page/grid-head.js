/** The head of the grid: names of columns that sort, and below them fields that filter. */
import { element } from './element.js';
import { filterHint, NOTHING } from './filter.js';
import { labelOf } from './metadata.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./rows-request.js').Sort} Sort
 * @typedef {{
 *   readonly columns: readonly Column[], readonly filters: ReadonlyMap<string, string>,
 *   readonly onSort?: (column: Column, add: boolean) => void, readonly onFilter?: (column: Column, text: string) => void,
 * }} HeadOptions
 */

export class GridHead {
  /** @param {HeadOptions} options */
  constructor({ columns, filters, onSort, onFilter }) {
    this.headings = columns.map((column, index) => {
      const heading = element(
        'th',
        {
          scope: 'col',
          'aria-colindex': index + 1,
          tabindex: -1,
          'data-path': column.path,
          class: column.right ? 'right' : undefined,
          title: column.property.description || undefined,
        },
        element(
          'span',
          { class: 'heading' },
          element('span', {}, column.label),
          element('span', { class: 'sort', 'aria-hidden': 'true' }),
        ),
      );
      if (onSort && column.filterable)
        heading.addEventListener('click', (event) => onSort(column, event.shiftKey || event.ctrlKey || event.metaKey));
      return heading;
    });
    this.root = element('thead', {}, element('tr', { 'aria-rowindex': 1 }, ...this.headings));
    if (!onFilter) return;
    const cells = columns.map((column) => {
      const field = filterField(column, filters.get(column.path) ?? '', (text) => onFilter(column, text));
      return element('td', { class: 'filter' }, field);
    });
    this.root.append(element('tr', { class: 'filters' }, ...cells));
  }

  /**
   * Shows by which columns the rows are sorted.
   * @param {readonly Sort[]} sorts
   */
  showSort(sorts) {
    for (const heading of this.headings) {
      const at = sorts.findIndex(({ path }) => path === heading.dataset['path']);
      const sort = sorts[at];
      const arrow = sort === undefined ? '' : sort.descending ? '↓' : '↑';
      heading.setAttribute('aria-sort', sort === undefined ? 'none' : sort.descending ? 'descending' : 'ascending');
      const mark = heading.querySelector('.sort');
      if (mark) mark.textContent = arrow + (sorts.length > 1 && arrow !== '' ? String(at + 1) : '');
    }
  }

  /** @param {string} path */
  #filter(path) {
    const field = this.root.querySelector(`[data-filter="${CSS.escape(path)}"]`);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field : undefined;
  }

  /**
   * Marks what is typed below a header as not understood, or no more.
   * @param {string} path
   * @param {string | undefined} message
   */
  showProblem(path, message) {
    const field = this.#filter(path);
    if (!field) return;
    if (message === undefined) field.removeAttribute('aria-invalid');
    else field.setAttribute('aria-invalid', 'true');
    field.title = message ?? field.dataset['hint'] ?? '';
  }

  /**
   * Shows below a header what filters it, when that was said elsewhere.
   * @param {string} path
   * @param {string} text
   */
  showFilter(path, text) {
    const field = this.#filter(path);
    // Not under the hands of who is typing, nor what was typed and is not asked for yet.
    if (!field || field === document.activeElement || field.dataset['typed'] !== undefined) return;
    // What a bar of a chart or an address asks for need not be one of the choices.
    if (field instanceof HTMLSelectElement && [...field.options].every(({ value }) => value !== text))
      field.append(element('option', { value: text }, text));
    field.value = text;
  }
}

/**
 * The field below a header: a choice where there are few values, else a text.
 * @param {Column} column
 * @param {string} value
 * @param {(text: string) => void} changed
 */
function filterField({ path, label, property, filterable }, value, changed) {
  if (!filterable) return false;
  const choices = property.members ?? (property.type === 'Edm.Boolean' ? ['Yes', 'No'] : undefined);
  const name = `Filter ${label}`;
  if (choices && ['', NOTHING, ...choices].includes(value)) {
    const options = choices.map((choice) =>
      element('option', { value: choice, selected: choice === value }, labelOf(choice)),
    );
    const select = element(
      'select',
      { 'aria-label': name, 'data-filter': path },
      element('option', { value: '' }, ''),
      ...options,
      property.nullable && element('option', { value: NOTHING, selected: value === NOTHING }, 'none'),
    );
    select.addEventListener('change', () => changed(select.value));
    return select;
  }
  const hint = filterHint(property.type);
  const input = element('input', {
    type: 'text',
    value,
    'aria-label': name,
    'data-filter': path,
    'data-hint': hint,
    title: hint,
    spellcheck: 'false',
    autocomplete: 'off',
    enterkeyhint: 'search',
  });
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    delete input.dataset['typed'];
    changed(input.value);
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    input.dataset['typed'] = '';
    timer = window.setTimeout(ask, 350);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') ask();
    else if (event.key === 'Escape' && input.value !== '') {
      event.stopPropagation();
      input.value = '';
      ask();
    }
  });
  return input;
}
