/** The columns of a view: those that the query tells of before any row is there, then those that only its rows tell of; of both what the reader chose to see. */
import { chooseColumns, withChoice } from './column-choice.js';
import { columnsOfAnswer, declaredColumns } from './rows-request.js';

/**
 * @typedef {import('./address.js').Address} Address
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./location.js').Location} Location
 * @typedef {import('./metadata.js').Json} Json
 */

/** Options that decide what a row holds. */
const shaping = ['$select', '$expand', '$compute', '$apply'];

export class ViewColumns {
  /** @type {readonly Column[]} */ all = [];
  /** The same before the reader chose. @type {readonly Column[]} */ #given = [];
  /** What of the query decides the columns, and what is shown of it. */ #shape = '';
  #made = '';

  /**
   * @param {Location | undefined} location
   * @param {() => void} changed called when other columns are to be shown
   */
  constructor(location, changed) {
    this.location = location;
    this.changed = changed;
  }

  get shown() {
    return this.all.filter(({ shown }) => shown);
  }

  /**
   * Takes the columns that the query tells of; none where only the rows will tell.
   * @param {Address} address
   * @returns {boolean} whether the query has another shape than before
   */
  declare(address) {
    const shape = JSON.stringify(shaping.map((name) => address.options.get(name)));
    if (shape === this.#shape) return false;
    this.#shape = shape;
    const columns = declaredColumns(address, this.location);
    if (columns) this.#take(address, columns);
    else this.all = this.#given = [];
    return true;
  }

  /**
   * Takes the columns that only the rows tell of.
   * @param {Address} address
   * @param {readonly Json[]} rows
   * @returns {boolean} whether there are any
   */
  complete(address, rows) {
    const known = this.#given.length;
    this.#take(address, columnsOfAnswer(address, this.location, rows, this.#given));
    return this.#given.length > known;
  }

  /**
   * Asks which columns to show.
   * @param {Address} address
   * @returns {Promise<boolean>} whether they were chosen
   */
  async choose(address) {
    if (this.all.length === 0 || !(await chooseColumns(this.#key(address), this.all))) return false;
    this.#take(address, this.#given);
    return true;
  }

  /** What the choice is remembered for. @param {Address} address */
  #key({ path }) {
    return this.location?.type.qualifiedName ?? path;
  }

  /** @param {Address} address @param {readonly Column[]} given */
  #take(address, given) {
    const columns = withChoice(this.#key(address), given);
    const made = JSON.stringify([this.#shape, columns.map(({ path, shown }) => [path, shown])]);
    this.#given = given;
    if (made === this.#made) return;
    this.#made = made;
    this.all = columns;
    this.changed();
  }
}
