/** Errors on the wire. Protocol §9.4, JSON §21.1. */
import { odataError, ODataError } from '../error';
import { databaseError } from '../service/database-errors';
import type { Response } from '../service/message';
import type { Version } from './negotiate';

/** What an error needs to know of its request. */
interface ErrorContext {
  readonly requestId: string;
  readonly clientRequestId?: string | undefined;
  readonly version: Version;
  /** Told of errors that are ours (5xx) and have a cause. */
  readonly log?: ((error: ODataError) => void) | undefined;
}

/** An error of any kind as one that a client may see: what nobody foresaw becomes a 500 without details. */
export function publicError(error: unknown): ODataError {
  const known = databaseError(error);
  return known instanceof ODataError
    ? known
    : odataError('Internal_ServerError', {}, { cause: known ?? new Error(String(error)) });
}

interface ErrorItem {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

/** Positions are counted from one, as people do. */
function itemOf({ code, message, target, position }: ODataError): ErrorItem {
  const place =
    position === undefined
      ? ''
      : ` (at position ${String(position + 1)}${target === undefined ? '' : ` of ${target}`})`;
  return { code, message: `${message || code}${place}`, ...(target === undefined ? {} : { target }) };
}

/** The content of an error body. `innerError` beside `innererror` is what clients made for Microsoft Graph read. JSON §21.1. */
export function errorBody(
  error: ODataError,
  { requestId, clientRequestId }: ErrorContext,
): Readonly<Record<string, unknown>> {
  const inner = {
    date: new Date().toISOString(),
    'request-id': requestId,
    ...(clientRequestId === undefined ? {} : { 'client-request-id': clientRequestId }),
  };
  return {
    error: {
      ...itemOf(error),
      ...(error.details.length === 0 ? {} : { details: error.details.map(itemOf) }),
      innererror: inner,
      innerError: inner,
    },
  };
}

/** The answer to a request that failed, in every version the same shape. Protocol §9.4, JSON §21.1. */
export function errorResponse(error: unknown, context: ErrorContext): Response {
  const shown = publicError(error);
  if (shown.status >= 500 && shown.cause !== undefined) context.log?.(shown);
  return {
    status: shown.status,
    headers: {
      'Content-Type': 'application/json;odata.metadata=minimal',
      'Content-Language': 'en',
      'OData-Version': context.version,
      ...shown.headers,
    },
    body: Buffer.from(JSON.stringify(errorBody(shown, context))),
  };
}
