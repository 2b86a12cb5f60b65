/** The values that a read gives to its statement, and how much of a collection its answer holds. */
import type { ReadPlan } from '../plan/plan';
import type { Bindings, ExpandedPages, Slot, SqlValue } from '../sql';
import { optionNamed } from '../url';
import type { DeltaStart } from './delta-link';
import { seenBy } from './message';
import { noSnapshot, type Negotiated, type PageSettings } from './negotiated';
import { expandedHead, type Continuation } from './next-link';
import type { Page } from './read';

/** Who reads, and what the headers ask for; links to pages of expanded collections need the request itself. */
type Reader = Pick<Negotiated, 'caller' | 'preferences'> &
  Partial<Pick<Negotiated, 'request' | 'parts' | 'isSnapshot'>>;

/** What the URL gives to the read. */
interface Given {
  readonly literals: Bindings['literals'];
  /** Where the page before ended. */
  readonly continuation?: Continuation | undefined;
  /** Since when changes are asked for. */
  readonly start?: DeltaStart | undefined;
}

/** A read with the values of one request. */
export interface BoundRead {
  readonly bindings: Bindings;
  readonly page: Page;
}

/** Binds a read to the values of one request. */
export function bindRead(
  settings: PageSettings,
  plan: ReadPlan,
  reader: Reader,
  { literals, continuation, start }: Given,
): BoundRead {
  const { caller, preferences, isSnapshot = false } = reader;
  const asked = isSnapshot ? undefined : (preferences.maxPageSize ?? continuation?.pageSize ?? start?.pageSize);
  const pages = expandedPages(settings, reader, asked, continuation);
  const base: Bindings = { literals, ...seenBy(caller), extra: {}, pages };
  if (plan.kind !== 'collection' && plan.kind !== 'all')
    return { bindings: base, page: { ...onlyOne, asked: plan.kind === 'entity' ? asked : undefined } };
  const { top, skip } = plan.kind === 'all' ? plan : plan.collection;
  const size = isSnapshot ? settings.maxPageSize : Math.min(asked ?? settings.defaultPageSize, settings.maxPageSize);
  const remaining = continuation ? continuation.remaining : number(top, base);
  const isLast = remaining !== undefined && remaining <= size;
  if (isSnapshot && (!isLast || continuation))
    throw noSnapshot(
      `Pages are requests of their own: ask for all at once, with $top=${settings.maxPageSize} at most.`,
    );
  const length = isLast ? remaining : size;
  const extra: Record<string, SqlValue> = {
    limit: String(isLast ? length : length + 1),
    offset: String(continuation ? 0 : (number(skip, base) ?? 0)),
    ...(start && { since: start.snapshot.text, origin: start.snapshot.origin, wide: String(start.isWide) }),
  };
  continuation?.values.forEach((value, index) => (extra[`k${index}`] = value));
  return { bindings: { ...base, extra }, page: { length, remaining, asked, expanded: continuation?.expanded } };
}

const onlyOne = { length: 1, remaining: undefined };

const number = (slot: Slot | undefined, bindings: Bindings): number | undefined => {
  const value: SqlValue | undefined = slot?.(bindings);
  return typeof value === 'string' ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : undefined;
};

/** How expanded collections are cut. Their links carry the $expand that they stand in, whole, with the aliases that it may use. */
function expandedPages(
  { expandPageSize, maxPageSize }: PageSettings,
  { request, parts, isSnapshot }: Reader,
  asked: number | undefined,
  continuation: Continuation | undefined,
): ExpandedPages | undefined {
  if (!request || !parts) return undefined;
  const outer = continuation?.expanded;
  const written = (isKept: (name: string) => boolean): string =>
    parts.options
      .filter(({ name }) => isKept(name))
      .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
  // What is no option of the protocol may be a parameter of a function.
  const isGiven = (name: string): boolean => [undefined, '$expand'].includes(optionNamed(name));
  return {
    size:
      isSnapshot === true ? Number.MAX_SAFE_INTEGER : Math.min(asked ?? expandPageSize, maxPageSize, expandPageSize),
    root: request.root,
    get query() {
      const query = written((name) => optionNamed(name) === '$format' || optionNamed(name) === '$schemaversion');
      return query === '' ? '' : `${query}&`;
    },
    behind: (each) => behindEach(parts.segments, each),
    head: (within, remaining) => {
      const options = outer?.options ?? written(isGiven);
      return expandedHead({ options, within: [...(outer?.within ?? []), ...within] }, remaining, asked);
    },
  };
}

/** The path behind one of its `/$each`, as URLs write it. */
function behindEach(segments: readonly string[], each: number): string {
  const places = segments.flatMap((segment, index) => (segment === '$each' ? [index] : []));
  const behind = segments.slice((places[each] ?? segments.length) + 1);
  return behind.map((segment) => `/${encodeURIComponent(segment).replaceAll(plain, decodeURIComponent)}`).join('');
}

/** Characters that a segment may hold as they are. */
const plain = /%(?:24|2C|3A|3D|40)/g;

/** The power of ten that holds a page. */
export const magnitudeOf = ({ extra: { limit } }: Bindings): number | undefined =>
  typeof limit === 'string' ? 10 ** Math.max(1, Math.ceil(Math.log10(Number(limit) || 1))) : undefined;
