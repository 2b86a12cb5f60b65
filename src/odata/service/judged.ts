/** If-Match and If-None-Match of a request that reads. Protocol §8.2.4, §8.2.5 */
import { odataError } from '../error';
import { matchesEntityTag, parseEntityTags } from '../http/entity-tags';
import type { Request, Response } from './message';

/** The answer to a read, or what its headers want instead: 304 where the client has it, 412 where it is another one. In this order: RFC 9110 §13.2.2 */
export function judged({ headers }: Request, response: Response): Response {
  const etag = response.headers['ETag'];
  if (etag === undefined) return response;
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && !matchesEntityTag(parseEntityTags(match), etag))
    throw odataError('Request_EntityChanged', {});
  if (noneMatch === undefined || !matchesEntityTag(parseEntityTags(noneMatch, 'If-None-Match'), etag)) return response;
  const { 'Content-Type': _, ...kept } = response.headers;
  return { status: 304, headers: kept };
}
