/** Requests that may take longer than anybody keeps a connection open: the service answers later, at a status monitor. Protocol §8.2.8.8, §11.6 */
import { errorOf, RequestError, send } from './request.js';

/**
 * @typedef {import('./request.js').Options} Options
 * @typedef {import('./request.js').Answer} Answer
 */

/** Seconds that the answer itself is waited for. */
const WAIT = 2;

/** Times that a status monitor may fail to answer, one after the other. */
const PATIENCE = 10;

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Sends a request, and asks for its answer until it is there.
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<Answer>}
 */
export async function sendLong(path, options) {
  const { Prefer: others, ...headers } = options.headers ?? {};
  const prefer = [`respond-async,wait=${WAIT}`, others].filter((one) => one !== undefined).join(',');
  let unheard = 0;
  let answer = await send(path, { ...options, headers: { ...headers, 'OData-MaxVersion': '4.01', Prefer: prefer } });
  while (answer.status === 202) {
    const monitor = answer.headers.get('Location');
    if (monitor === null) return answer;
    await pause(Number(answer.headers.get('Retry-After') ?? 1));
    try {
      answer = await send(monitor, { headers: { 'OData-MaxVersion': '4.01' } });
      unheard = 0;
    } catch (error) {
      // The work goes on although nobody answers for a moment; one may ask again.
      if (!(error instanceof RequestError) || ![0, 503].includes(error.status) || unheard >= PATIENCE) throw error;
      unheard += 1;
    }
  }
  const status = Number(answer.headers.get('AsyncResult') ?? answer.status);
  if (status >= 400) throw errorOf(status, answer.text);
  return answer;
}
