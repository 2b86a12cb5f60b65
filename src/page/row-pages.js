/** The rows of a request: the first page, and those that follow through the links as the service gave them. Protocol §11.2.6.7 */
import { nextLinkOf, rowsOf, send } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly rows: readonly Json[], readonly exchange: import('./request.js').Exchange }} Page
 */

/** Rows of one page; small, so that the first ones are there at once. */
const PAGE_SIZE = 100;

export class RowPages {
  #load = new AbortController();
  #isLoadingMore = false;
  /** @type {string | undefined} */ #next;
  /** How many rows there are, where the service said so. @type {number | undefined} */ count;

  /** Aborted as soon as other rows are asked for. */
  get signal() {
    return this.#load.signal;
  }

  get hasMore() {
    return this.#next !== undefined;
  }

  /**
   * Asks for other rows; those on their way are given up.
   * @param {string} url
   * @returns {Promise<Page>}
   */
  async first(url) {
    this.stop();
    this.#load = new AbortController();
    this.#next = undefined;
    this.count = undefined;
    const { signal } = this.#load;
    const answer = await this.#send(url, signal);
    const count = answer.json['@odata.count'];
    this.count = count === undefined ? undefined : Number(count);
    this.#next = nextLinkOf(answer.json);
    return { rows: rowsOf(answer), exchange: answer.exchange };
  }

  /**
   * Asks for the next page; undefined when there is none, it is on its way, or other rows are asked for meanwhile.
   * @returns {Promise<readonly Json[] | undefined>}
   */
  async more() {
    const next = this.#next;
    if (next === undefined || this.#isLoadingMore) return undefined;
    this.#isLoadingMore = true;
    const { signal } = this.#load;
    try {
      const answer = await this.#send(next, signal);
      if (signal.aborted) return undefined;
      this.#next = nextLinkOf(answer.json);
      return rowsOf(answer);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      this.#isLoadingMore = false;
    }
  }

  /** @param {string} url @param {AbortSignal} signal */
  #send(url, signal) {
    return send(url, { headers: { Prefer: `maxpagesize=${PAGE_SIZE}` }, signal });
  }

  /** Gives up what is on its way. */
  stop() {
    this.#load.abort();
  }
}
