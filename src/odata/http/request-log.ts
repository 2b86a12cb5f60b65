/** One line of JSON for each request. */
import type { FastifyBaseLogger } from 'fastify';
import type { Exchange } from './exchange';

const MOST_CHARACTERS = 2000;

/** A query option of one's own may be a key or a token: only the options of OData are shown. */
const loggedUrl = (url: string): string =>
  url.slice(0, MOST_CHARACTERS).replace(/([?&](?!\$|%24)[^=&]*)=[^&]*/gi, '$1=…');

const errorOf = (failure: unknown): unknown =>
  failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;

/** Makes the observer that writes the log; errors of ours come with their cause, which clients never see. */
export function requestLog(log: FastifyBaseLogger): (exchange: Exchange) => void {
  return (exchange) => {
    const { incoming, outgoing, requestId, clientRequestId, status, bytes, failure, cut } = exchange;
    const line = {
      requestId,
      clientRequestId,
      method: incoming.method,
      url: loggedUrl(incoming.url ?? ''),
      status,
      ms: Math.round(exchange.elapsed * 100) / 100,
      bytes,
      ...(outgoing.writableFinished ? {} : { broken: cut ? 'by us' : 'by the client' }),
    };
    if (failure === undefined) log.info(line, 'request');
    else log.error({ ...line, err: errorOf(failure) }, 'request failed');
  };
}
