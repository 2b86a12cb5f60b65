/** Links to the next page: opaque to the client, and all that the service needs to go on. Protocol §11.2.6.7 */
import { createHash } from 'node:crypto';
import { odataError } from '../error';
import type { ExpandStep } from '../plan/expand-options';
import { plusDecoded } from '../url';

/** What a link to the next page of an expanded collection goes on with. */
export interface Expanded {
  /** The options of the request that expanded it, as a query. */
  readonly options: string;
  /** The item of its $expand. */
  readonly within: readonly ExpandStep[];
}

/** Where the next page starts. */
export interface Continuation {
  /** The order values of the last entity of the page before, as PostgreSQL writes them. */
  readonly values: readonly (string | null)[];
  /** What is left of $top. */
  readonly remaining: number | undefined;
  /** The page's length, when the client asked for one. */
  readonly pageSize: number | undefined;
  /** Set when the collection was first read as an expanded one. */
  readonly expanded?: Expanded | undefined;
  /** What the first page has seen, where changes are tracked from then on: a snapshot, and the database that it is one of. */
  readonly snapshot?: { readonly text: string; readonly origin: string } | undefined;
  /** Whether pages behind the first have shown entities, which the snapshot may not know. */
  readonly isWide?: boolean | undefined;
  /** The section of changes that goes on, or begins when there are no values. */
  readonly section?: number | undefined;
}

interface Token {
  readonly k: readonly (string | null)[];
  readonly r?: number;
  readonly p?: number;
  readonly s?: readonly [text: string, origin: string];
  readonly w?: true;
  readonly n?: number;
  /** What the link continues, so that it cannot be used for another query. */
  readonly h: string;
  /** Whose rows it goes on with, where they are split by company. */
  readonly c?: string;
}

/** What a link to a further page does not repeat. */
const OTHERS = ['skiptoken'];

const optionOf = (part: string): string =>
  decodeURIComponent(part.split('=')[0] ?? '')
    .toLowerCase()
    .replace(/^\$/, '');

/** Path, and the query's parts without some options, as a link writes them. */
function split(target: string, without: readonly string[]): { path: string; parts: readonly string[] } {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = at < 0 ? '' : plusDecoded(target.slice(at + 1));
  const parts = query.split('&').filter((part) => part !== '' && !without.includes(optionOf(part)));
  return { path: safe(path), parts: parts.map(safe) };
}

/** A short text that is another one for another text. */
const digest = (text: string): string => createHash('sha1').update(text).digest('base64url').slice(0, 12);

/** Tells apart what links were made for, in whatever spelling: clients that read URLs write `'` as `%27`. RFC 3986 §6.2.2 */
export const hashOf = (target: string, without: readonly string[]): string => {
  const { path, parts } = split(target, without);
  return digest([path, ...parts].map(decodeURIComponent).join('\n'));
};

/** Whose rows a link was made for. */
export const markOf = (partition: string | null): string | undefined =>
  partition === null ? undefined : digest(partition);

/** The absolute URL of a target, some of its options replaced by others. */
export function linkTo(
  root: string,
  target: string,
  without: readonly string[],
  options: Readonly<Record<string, string>>,
): string {
  const { path, parts } = split(target, without);
  const query = [...parts, ...Object.entries(options).map(([name, value]) => `${name}=${value}`)].join('&');
  return `${root}${path}${query === '' ? '' : `?${query}`}`;
}

/** The absolute URL of the next page of what a caller of the partition reads. */
export function nextLink(root: string, target: string, partition: string | null, continuation: Continuation): string {
  const { values, remaining, pageSize, expanded, snapshot, isWide, section } = continuation;
  const to = (token: string): string => linkTo(root, target, OTHERS, { $skiptoken: token });
  if (expanded) return to(`${expandedHead(expanded, remaining, pageSize)}.${encoded(values)}`);
  const mark = markOf(partition);
  const token: Token = {
    k: values,
    ...(remaining === undefined ? {} : { r: remaining }),
    ...(pageSize === undefined ? {} : { p: pageSize }),
    ...(snapshot === undefined ? {} : { s: [snapshot.text, snapshot.origin] as const }),
    ...(isWide ? { w: true } : {}),
    ...(section === undefined ? {} : { n: section }),
    h: hashOf(target, OTHERS),
    ...(mark === undefined ? {} : { c: mark }),
  };
  return to(encoded(token));
}

export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

// ---- expanded collections: a head, a dot, and the order values, which the statement puts there

interface Head {
  readonly o: string;
  readonly w: readonly ExpandStep[];
  readonly r?: number;
  readonly p?: number;
}

/** What stands before the dot in the token of a link from an expanded collection. */
export const expandedHead = (
  { options, within }: Expanded,
  remaining: number | undefined,
  pageSize: number | undefined,
): string =>
  encoded({
    o: options,
    w: within,
    ...(remaining === undefined ? {} : { r: remaining }),
    ...(pageSize === undefined ? {} : { p: pageSize }),
  } satisfies Head);

/** Reads a token with a dot; undefined for one without, which continues a request of its own. */
export function readExpandedToken(text: string): Continuation | undefined {
  const dot = text.indexOf('.');
  if (dot < 0) return undefined;
  const [head, values] = [text.slice(0, dot), text.slice(dot + 1)].map(decoded);
  if (!isHead(head) || !isValues(values)) throw invalid();
  return { values, remaining: head.r, pageSize: head.p, expanded: { options: head.o, within: head.w } };
}

/** Throws unless the token holds a value for each key of the order. */
export function checkValues({ values }: Continuation, length: number): void {
  if (values.length !== length) throw invalid();
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { o, w, r, p } = value as { readonly [name: string]: unknown };
  return (
    typeof o === 'string' && Array.isArray(w) && w.length <= MAX_STEPS && w.every(isStep) && isCount(r) && isCount(p)
  );
}

const MAX_STEPS = 100;

const isStep = (step: unknown): step is ExpandStep =>
  Array.isArray(step) &&
  step.length > 0 &&
  step.length <= 3 &&
  isIndex(step[0]) &&
  (step.length < 2 || step[1] === 'max' || isIndex(step[1])) &&
  (step.length < 3 || typeof step[2] === 'string');

const isIndex = (part: unknown): boolean => part !== undefined && isCount(part);

const isValues = (value: unknown): value is readonly (string | null)[] =>
  Array.isArray(value) && value.every((item) => item === null || typeof item === 'string');

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

/** The rows that the link goes on with are not those that the caller reads now. */
const expired = (root: string, target: string): Error =>
  odataError(
    'Expired',
    {
      message:
        'The link has expired: it goes on in another company than the one that the request reads now. Read the whole again, from the URL in Location.',
    },
    { target: '$skiptoken', headers: { Location: linkTo(root, target, OTHERS, {}) } },
  );

/** Reads the token of a link for a caller of the partition; `length` is the number of order values it must hold, or none where a section begins, of which there are so many. */
export function readToken(
  { root, target }: { readonly root: string; readonly target: string },
  partition: string | null,
  text: string,
  length: number,
  sections = 0,
): Continuation {
  const token = parseToken(text);
  const isBeginning = token?.k.length === 0 && token.n !== undefined;
  if (
    !token ||
    (token.k.length !== length && !isBeginning) ||
    (token.n ?? -1) >= sections ||
    token.h !== hashOf(target, OTHERS)
  )
    throw invalid();
  // What another company has is not the next page.
  if (token.c !== markOf(partition)) throw expired(root, target);
  const { k, r, p, s, w, n } = token;
  return {
    values: k,
    remaining: r,
    pageSize: p,
    ...(s && { snapshot: { text: s[0], origin: s[1] } }),
    isWide: w === true,
    ...(n === undefined ? {} : { section: n }),
  };
}

function parseToken(text: string): Token | undefined {
  const value = decoded(text);
  return isToken(value) ? value : undefined;
}

/** What a token holds; undefined when it is none. */
export function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

export const isCount = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null || !('k' in value) || !('h' in value)) return false;
  const { k, h } = value;
  const { r, p, s, w, n, c } = value as Readonly<Partial<Record<'r' | 'p' | 's' | 'w' | 'n' | 'c', unknown>>>;
  const areCounts = [r, p, n].every(isCount);
  const isFlagged = w === undefined || w === true;
  const areTexts = typeof h === 'string' && (c === undefined || typeof c === 'string');
  return isValues(k) && areTexts && areCounts && isFlagged && (s === undefined || isPair(s));
}

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'string');
