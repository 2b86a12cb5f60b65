/** Cross-origin requests of browsers: what they may send and read. Fetch standard, "CORS protocol". */
import type { IncomingHttpHeaders } from 'node:http';

/** Any origin, or these. */
export type Origins = '*' | readonly string[];

/** Headers of answers that scripts may read. */
const exposed = [
  'OData-Version',
  'OData-EntityId',
  'OData-Error',
  'ETag',
  'Location',
  'Content-Location',
  'Accept-Ranges',
  'Content-Range',
  'Preference-Applied',
  'Repeatability-Result',
  'Retry-After',
  'Allow',
  'WWW-Authenticate',
  'request-id',
  'client-request-id',
  'AsyncResult',
  'Content-Encoding',
  'Server-Timing',
  'Vary',
].join(', ');

/** The methods that some resource of a service has. */
export const METHODS = 'GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS';

const requestHeaders = [
  'Accept',
  'Accept-Language',
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Isolation',
  'OData-Isolation',
  'OData-MaxVersion',
  'OData-Version',
  'Prefer',
  'X-CSRF-Token',
  'X-Requested-With',
  'client-request-id',
  'SdkVersion',
  'Repeatability-Request-ID',
  'Repeatability-First-Sent',
].join(', ');

/** The one value of Access-Control-Allow-Origin; undefined when the origin may not read. */
function allowedOrigin(origins: Origins, origin: string): string | undefined {
  if (origins === '*') return '*';
  return origins.includes(origin) ? origin : undefined;
}

/** The headers of an answer to a request from a page of another origin, as a flat list. */
export function corsHeaders(origins: Origins, origin: string): readonly string[] {
  const allowed = allowedOrigin(origins, origin);
  return allowed === undefined
    ? []
    : ['Access-Control-Allow-Origin', allowed, 'Access-Control-Expose-Headers', exposed];
}

/** The headers that answer a preflight, beyond those of any answer, as a flat list. */
export function preflightHeaders(origins: Origins, headers: IncomingHttpHeaders): readonly string[] {
  const allowed = headers.origin === undefined ? undefined : allowedOrigin(origins, headers.origin);
  if (allowed === undefined || headers['access-control-request-method'] === undefined) return [];
  return [
    'Access-Control-Allow-Methods',
    METHODS,
    'Access-Control-Allow-Headers',
    headers['access-control-request-headers'] ?? requestHeaders,
    'Access-Control-Max-Age',
    '7200',
  ];
}
