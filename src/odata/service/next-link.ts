/** Links to the next page: opaque to the client, and all that the service needs to go on. Protocol §11.2.6.7 */
import { createHash } from 'node:crypto';
import { odataError } from '../error';
import { plusDecoded } from '../url';

/** Where the next page starts. */
export interface Continuation {
  /** The order values of the last entity of the page before, as PostgreSQL writes them. */
  readonly values: readonly (string | null)[];
  /** What is left of $top. */
  readonly remaining: number | undefined;
  /** The page's length, when the client asked for one. */
  readonly pageSize: number | undefined;
}

interface Token {
  readonly k: readonly (string | null)[];
  readonly r?: number;
  readonly p?: number;
  /** What the link continues, so that it cannot be used for another query. */
  readonly h: string;
}

const isOption =
  (name: string) =>
  (part: string): boolean =>
    decodeURIComponent(part.split('=')[0] ?? '')
      .toLowerCase()
      .replace(/^\$/, '') === name;
const isSkiptoken = isOption('skiptoken');

/** Path, and the query's parts without the skiptoken, as a link writes them: so that the next request has the same hash. */
function split(target: string): { path: string; parts: readonly string[] } {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = at < 0 ? '' : plusDecoded(target.slice(at + 1));
  const parts = query.split('&').filter((part) => part !== '' && !isSkiptoken(part));
  return { path: safe(path), parts: parts.map(safe) };
}

const hashOf = (target: string): string => {
  const { path, parts } = split(target);
  return createHash('sha1')
    .update([path, ...parts].join('&'))
    .digest('base64url')
    .slice(0, 12);
};

/** The absolute URL of the next page. */
export function nextLink(root: string, target: string, { values, remaining, pageSize }: Continuation): string {
  const { path, parts } = split(target);
  const token: Token = {
    k: values,
    ...(remaining === undefined ? {} : { r: remaining }),
    ...(pageSize === undefined ? {} : { p: pageSize }),
    h: hashOf(target),
  };
  const text = Buffer.from(JSON.stringify(token)).toString('base64url');
  return `${root}${path}?${[...parts, `$skiptoken=${text}`].join('&')}`;
}

/** Characters that clients may send but that no link should hold. */
const safe = (text: string): string =>
  text.replace(/[^\w\-.~!$&'()*,;=:@/?%]/gu, (character) =>
    character === '+' ? '%2B' : encodeURIComponent(character),
  );

const invalid = (): Error =>
  odataError(
    'InvalidValue',
    { message: 'The $skiptoken is not one that this service made for this request. Start again without it.' },
    { target: '$skiptoken' },
  );

/** Reads the token of a link; `length` is the number of order values it must hold. */
export function readToken(target: string, text: string, length: number): Continuation {
  const token = parseToken(text);
  if (!token || token.k.length !== length || token.h !== hashOf(target)) throw invalid();
  return { values: token.k, remaining: token.r, pageSize: token.p };
}

function parseToken(text: string): Token | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isToken(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null || !('k' in value) || !('h' in value)) return false;
  const { k, h } = value;
  const { r, p } = value as { r?: unknown; p?: unknown };
  return (
    Array.isArray(k) &&
    k.every((item) => item === null || typeof item === 'string') &&
    typeof h === 'string' &&
    isCount(r) &&
    isCount(p)
  );
}
