/** Requests to the service, each remembered so that the page can show what it asked. */
import { listOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{ readonly name: string, readonly value: string }} Header
 * @typedef {{
 *   readonly method: string, readonly url: string, readonly headers: Readonly<Record<string, string>>, readonly body: string | undefined,
 *   status: number, milliseconds: number, bytes: number,
 * }} Exchange
 * @typedef {{ readonly code: string, readonly message: string, readonly target: string | undefined }} Problem
 */

/** Amounts travel as texts: a JSON number in a browser holds 15 digits only. JSON Format 4.01 §3.2 */
const ACCEPT = 'application/json;odata.metadata=minimal;IEEE754Compatible=true';
const CONTENT_TYPE = 'application/json;IEEE754Compatible=true';
const REMEMBERED = 60;

/** The service root as an absolute URL. */
export const serviceRoot = new URL(document.documentElement.dataset['root'] ?? 'v1.0/', document.baseURI).href;

/** An answer that is an error, or none at all. */
export class RequestError extends Error {
  /**
   * @param {number} status 0 when no answer came
   * @param {Problem} problem
   * @param {readonly Problem[]} [details]
   */
  constructor(status, problem, details = []) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
    this.details = details;
  }

  /** All that the service said: the message, and what else it found. */
  get whole() {
    const others = this.details.map(({ message }) => message).filter((text) => !this.message.includes(text));
    return [this.message, ...others].join(' ');
  }
}

/** @type {Exchange[]} */
const exchanges = [];
let underWay = 0;

/** The last requests, the newest first. @returns {readonly Exchange[]} */
export const recentExchanges = () => exchanges;

/** @param {number} change */
function busy(change) {
  underWay += change;
  document.documentElement.classList.toggle('busy', underWay > 0);
}

/** @param {Exchange} exchange */
function remember(exchange) {
  exchanges.unshift(exchange);
  exchanges.length = Math.min(exchanges.length, REMEMBERED);
}

/**
 * @param {unknown} json
 * @returns {Problem}
 */
function problemOf(json) {
  const { code, message, target } = objectOf(json);
  return { code: String(code), message: String(message), target: typeof target === 'string' ? target : undefined };
}

/**
 * The error that an answer holds.
 * @param {number} status
 * @param {string} text
 */
export function errorOf(status, text) {
  try {
    const error = objectOf(objectOf(JSON.parse(text))['error']);
    const details = Array.isArray(error['details']) ? error['details'].map(problemOf) : [];
    if (typeof error['message'] === 'string') return new RequestError(status, problemOf(error), details);
  } catch {
    // Not JSON: something between the service and us answered.
  }
  return new RequestError(status, {
    code: String(status),
    message: `The server answered with status ${status}.`,
    target: undefined,
  });
}

/**
 * @typedef {{ readonly method?: string, readonly headers?: Readonly<Record<string, string>>, readonly body?: unknown, readonly signal?: AbortSignal }} Options
 * @typedef {{ readonly status: number, readonly headers: Headers, readonly json: Json, readonly text: string, readonly exchange: Exchange }} Answer
 */

/**
 * Sends a request; the path is relative to the service root, or an absolute URL such as a nextLink, which goes out as it is.
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Answer>}
 */
export async function send(path, { method = 'GET', headers = {}, body, signal } = {}) {
  const url = /^https?:/.test(path) ? path : serviceRoot + path;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const sent = { Accept: ACCEPT, ...(content === undefined ? {} : { 'Content-Type': CONTENT_TYPE }), ...headers };
  /** @type {Exchange} */
  const exchange = { method, url, headers: sent, body: content, status: 0, milliseconds: 0, bytes: 0 };
  const started = performance.now();
  busy(1);
  try {
    const response = await fetch(url, { method, headers: sent, body: content ?? null, signal: signal ?? null });
    const text = await response.text();
    exchange.status = response.status;
    exchange.bytes = new Blob([text]).size;
    if (!response.ok) throw errorOf(response.status, text);
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      json: isJson ? objectOf(JSON.parse(text)) : {},
      text,
      headers: response.headers,
      exchange,
    };
  } catch (error) {
    if (error instanceof RequestError || signal?.aborted) throw error;
    throw new RequestError(0, {
      code: 'NoAnswer',
      message: 'The service does not answer. Is it running?',
      target: undefined,
    });
  } finally {
    busy(-1);
    exchange.milliseconds = performance.now() - started;
    if (!signal?.aborted) remember(exchange);
  }
}

/**
 * The rows that an answer holds: those of a collection, one entity, or one value alone.
 * @param {Pick<Answer, 'json' | 'text'>} answer
 * @returns {readonly Json[]}
 */
export function rowsOf({ json, text }) {
  if (Array.isArray(json['value'])) return listOf(json['value']).map(objectOf);
  // Raw values and counts are texts. Protocol §11.2.4.1, §11.2.10
  return [Object.keys(json).length === 0 && text !== '' ? { value: text } : json];
}

/**
 * The link to the next page; undefined on the last one.
 * @param {Json} json
 */
export const nextLinkOf = (json) => (typeof json['@odata.nextLink'] === 'string' ? json['@odata.nextLink'] : undefined);

/**
 * Pages one after the other, through the links as the service gave them. Protocol §11.2.6.7
 * @param {string} path
 * @param {Options} [options]
 * @returns {AsyncGenerator<readonly Json[]>}
 */
export async function* pagesOf(path, options = {}) {
  for (let next = /** @type {string | undefined} */ (path); next !== undefined;) {
    const answer = await send(next, options);
    yield rowsOf(answer);
    next = nextLinkOf(answer.json);
  }
}

/**
 * The place in an option that an error names, counted from zero.
 * @param {Problem} problem
 */
export function positionOf({ message }) {
  const found = / \(at position (\d+)(?: of ([^)]*))?\)$/.exec(message);
  return found && { index: Number(found[1]) - 1, of: found[2], message: message.slice(0, found.index) };
}
