/** Requests that stand for another: `$entity?$id=…` for the entity of the id, `POST …/$query` for a GET whose options are too long for a URL. */
import { methodNotAllowed, odataError } from '../error';
import { readRequestBody } from '../http/request-body';
import { withoutTrailing } from '../model/trailing';
import { checkQueryBody, parseRequest, splitUrl } from '../url';
import type { Request } from './message';
import { negotiate, type Negotiated, type ServiceOptions } from './negotiated';
import { defaultRequestLimits, type Plans } from './planned';

/** The request itself, or the one that it stands for. */
export function meantBy(
  options: Pick<ServiceOptions, 'model' | 'settings'>,
  plans: Plans,
  negotiated: Negotiated,
): Negotiated {
  const { request, parts, caller, session, version } = negotiated;
  const anew = (meant: Request): Negotiated => negotiate(options, meant, caller, session, version);
  if (isQueryRequest(request))
    return anew(queryRequest(request, (options.settings.limits ?? defaultRequestLimits).length));
  if (parts.segments[0] !== '$entity') return negotiated;
  if (!isRead(request)) throw methodNotAllowed(request.method, '$entity', 'GET, HEAD');
  const meant = anew(entityRequest(request));
  if (plans.read(meant.parts).planned.plan.kind !== 'entity') throw unknownEntity(meant.request.target);
  return meant;
}

/** True for a request that changes nothing. */
export const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

/** The same for a request that stands for another, too. */
export const readsOnly = (method: string, target: string): boolean =>
  ['GET', 'HEAD'].includes(method) || (method === 'POST' && querySegment.test(split(target)[0]));

/** The path behind the service root that a reference names; undefined when it is none of this service. JSON §4.3 */
export function pathBelow(root: string, reference: string): string | undefined {
  const { pathname } = new URL(root);
  for (const start of [root, pathname]) if (reference.startsWith(start)) return reference.slice(start.length);
  return /^(?:[a-z][\w+.-]*:|\/)/i.test(reference) ? undefined : reference;
}

const split = (target: string): readonly [path: string, query: string] => {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
};

const joined = (path: string, queries: readonly string[]): string => {
  const query = queries.filter((part) => part !== '').join('&');
  return query === '' ? path : `${path}?${query}`;
};

// ---- $query

const querySegment = /\/\$query\/?$/;

const isQueryRequest = ({ target }: Request): boolean => querySegment.test(split(target)[0]);

/** The GET that a POST to `/$query` stands for; its body is looked at when a URL of so many characters may have its length. URL Conventions §4.17 */
function queryRequest(request: Request, most: number): Request {
  const { method, headers, body: bytes } = request;
  if (method !== 'POST') throw methodNotAllowed(method, '/$query', 'POST');
  checkQueryBody(bytes?.length ?? 0, most);
  const [path, query] = split(request.target);
  const body = readRequestBody(headers, bytes, ['text/plain', 'application/json', 'application/x-www-form-urlencoded']);
  const text = body?.bytes.toString() ?? '';
  const options = body?.mediaType === 'application/json' ? optionsOf(text) : text.trim();
  const { body: _, ...rest } = request;
  return { ...rest, method: 'GET', target: joined(path.replace(querySegment, ''), [query, options]) };
}

/** Options as members of a JSON object: texts as they stand in a URL, other values as JSON. */
function optionsOf(text: string): string {
  const invalid = (): Error =>
    odataError('InvalidBody', {
      message: 'The body must be a JSON object whose members are query options, such as {"$filter":"…","$top":5}.',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid();
  return Object.entries(value)
    .map(([name, option]: [string, unknown]) => {
      const written = typeof option === 'string' ? option : JSON.stringify(option);
      return `${encodeURIComponent(name)}=${encodeURIComponent(written)}`;
    })
    .join('&');
}

// ---- $entity

const idOption = /^(?:\$|%24)?id=/i;

/** The request for the entity that `$id` names, cast and options kept. URL Conventions §4.3.4, Protocol §11.2.9 */
function entityRequest(request: Request): Request {
  const [path, query] = split(request.target);
  const { options } = parseRequest(splitUrl(request.target));
  const id = options.$id ?? '';
  const below = pathBelow(request.root, id);
  if (below === undefined || /[?#]/.test(below) || below === '') throw unknownEntity(id);
  const cast = withoutTrailing(path, '/').replace(/^\/*(?:\$|%24)entity\/*/, '');
  const others = query.split('&').filter((part) => !idOption.test(part));
  return { ...request, target: joined([safePath(below), ...(cast ? [cast] : [])].join('/'), others) };
}

/** The id has been decoded with the option that it stood in: characters that would end the path are encoded anew. */
const safePath = (path: string): string =>
  withoutTrailing(path, '/')
    .replace(/%(?![\da-f]{2})/gi, '%25')
    .replaceAll('#', '%23');

const unknownEntity = (id: string): Error =>
  odataError('BadRequest_NotFound', { segment: `$entity?$id=${id}` }, { target: '$id' });
