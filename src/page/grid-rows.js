/** The rows of a grid that exist: those in sight and some around them, however many there are. */
import { element } from './element.js';
import { makeRow, makeSkeleton } from './grid-cells.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly rows: readonly Json[], readonly toCome: number, readonly active: number, readonly scrollTop: number, readonly clientHeight: number }} Sight
 * toCome: rows that stand for those of the next page; active: the row that has the keyboard, which exists wherever it stands
 */

/** Rows that exist above and below those in sight. */
const SPARE = 12;

export class GridRows {
  /** @type {Map<number, HTMLTableRowElement>} */ #made = new Map();
  /** @type {(row: Json) => boolean} */ #isOpen = () => false;
  /** @type {readonly Json[]} */ #rows = [];
  /** Pixels of one row. */ height = 34;

  /** @param {readonly import('./columns.js').Column[]} columns */
  constructor(columns) {
    this.columns = columns;
    const spacer = () =>
      element('tr', { 'aria-hidden': 'true', class: 'spacer' }, element('td', { colspan: columns.length }));
    this.above = spacer();
    this.below = spacer();
    this.root = element('tbody', {}, this.above, this.below);
  }

  /** Takes all rows away. */
  clear() {
    for (const row of this.#made.values()) row.remove();
    this.#made.clear();
  }

  /**
   * Takes one row away: it is made anew when it is in sight.
   * @param {number} index
   */
  drop(index) {
    this.#made.get(index)?.remove();
    this.#made.delete(index);
  }

  /**
   * Marks the rows that the side panel shows.
   * @param {(row: Json) => boolean} isOpen
   */
  mark(isOpen) {
    this.#isOpen = isOpen;
    for (const [index, node] of this.#made) this.#markRow(node, index);
  }

  /** @param {HTMLTableRowElement} node @param {number} index */
  #markRow(node, index) {
    const row = this.#rows[index];
    node.setAttribute('aria-selected', String(row !== undefined && this.#isOpen(row)));
  }

  /**
   * @param {number} index
   * @returns {HTMLTableRowElement | undefined}
   */
  at(index) {
    return this.#made.get(index);
  }

  /**
   * Makes the rows in sight and takes away those far from it.
   * @param {Sight} sight
   * @returns {boolean} whether the end of what is there is near
   */
  render({ rows, toCome, active, scrollTop, clientHeight }) {
    this.#rows = rows;
    const sample = this.#made.values().next().value;
    if (sample && sample.offsetHeight > 0) this.height = sample.offsetHeight;
    const { height } = this;
    const total = rows.length + toCome;
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
    const last = Math.min(total, Math.ceil((scrollTop + clientHeight) / height) + SPARE);
    const isFar = (/** @type {number} */ index) => index < first || index >= last;
    for (const index of [...this.#made.keys()]) if (isFar(index) && index !== active) this.drop(index);
    const kept = [...this.#made.keys()].filter(isFar);
    let place = /** @type {ChildNode} */ (this.above);
    for (let index = first; index < last; index += 1) {
      const row = this.#rowAt(index);
      if (place.nextSibling !== row) place.after(row);
      place = row;
    }
    for (const index of kept) {
      const row = this.#made.get(index);
      if (row) (index < first ? this.above : this.below).before(row);
    }
    const keptAbove = kept.filter((index) => index < first).length;
    this.above.style.height = `${(first - keptAbove) * height}px`;
    this.below.style.height = `${Math.max(0, total - last - (kept.length - keptAbove)) * height}px`;
    return last >= rows.length - SPARE;
  }

  /**
   * @param {number} index
   * @returns {HTMLTableRowElement}
   */
  #rowAt(index) {
    const made = this.#made.get(index);
    const data = this.#rows[index];
    if (made && !(data && made.classList.contains('skeleton'))) return made;
    made?.remove();
    const row = data ? makeRow(this.columns, data, index) : makeSkeleton(this.columns.length);
    this.#made.set(index, row);
    this.#markRow(row, index);
    return row;
  }
}
