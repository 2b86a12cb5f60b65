/** Requests that track changes, and those for what has changed. Protocol §8.2.8.9, §11.3 */
import { sectionsOf } from '../compile/flat-changes';
import type { PageShape } from '../compile/compiled-read';
import { odataError } from '../error';
import type { Format, Version } from '../http/negotiate';
import type { ReadPlan } from '../plan/plan';
import { trackingOf, type Tracking } from '../plan/tracking';
import { isToken, optionNamed } from '../url';
import type { UrlParts } from '../url/ast';
import { readDeltaToken, type DeltaStart } from './delta-link';
import type { Negotiated } from './negotiated';
import type { Continuation } from './next-link';
import type { Tracked } from './read';

/** The query options that hold tokens of links. */
type TokenOption = '$skiptoken' | '$deltatoken';

/** The token of a link. */
export function tokenOf({ options }: UrlParts, name: TokenOption): string | undefined {
  const [found, another] = options.filter((option) => optionNamed(option.name) === name);
  if (another) throw odataError('RepeatedOption', { name }, { target: name });
  return found?.value;
}

/** The links' own options: a plan serves every page, and what has changed. */
export const withoutTokens = (parts: UrlParts): UrlParts => ({
  ...parts,
  options: parts.options.filter(({ name }) => !isToken(name)),
});

/** A request for changes. */
export interface DeltaRequest {
  /** The request whose answers led to the link. */
  readonly parts: UrlParts;
  readonly target: string;
  readonly start: DeltaStart;
  /** Only their number is asked for. */
  readonly isCount: boolean;
}

/** What a request has to do with changes. */
interface Changes {
  /** Those since a link, where they are asked for. */
  readonly delta: DeltaRequest | undefined;
  /** Set where the answer leads to a delta link. */
  readonly tracked: Tracked | undefined;
}

const countSegment = /\/(?:\$|%24)count\/?(?=\?|$)/i;

/** What a request with a $deltatoken asks for; undefined without one. */
export function deltaOf({ parts, request: { root, target }, caller }: Negotiated): DeltaRequest | undefined {
  const token = tokenOf(parts, '$deltatoken');
  if (token === undefined) return undefined;
  const isCount = parts.segments.at(-1) === '$count';
  const defining = isCount ? target.replace(countSegment, '') : target;
  return {
    parts: isCount ? { ...parts, segments: parts.segments.slice(0, -1) } : parts,
    target: defining,
    start: readDeltaToken(root, defining, caller.partition, token),
    isCount,
  };
}

/** What a delta link of the plan follows, where the version has a form for its answers. JSON §15.5.2 */
function trackingFor(plan: ReadPlan, version: Version): Tracking | undefined {
  const tracking = trackingOf(plan);
  return tracking?.isNested && !tracking.flat && version === '4.0' ? undefined : tracking;
}

/** Refuses a token where no link was made, and a format that cannot tell of changes. JSON §3.1.3 */
function checkDelta(plan: ReadPlan, version: Version, { metadata }: Format): void {
  if (!trackingOf(plan))
    throw odataError(
      'OptionNotApplicable',
      { name: '$deltatoken', resource: 'this resource' },
      { target: '$deltatoken' },
    );
  const message = trackingFor(plan, version)
    ? 'Changes are not told without metadata: ask for metadata=minimal or metadata=full.'
    : 'Changes of these expanded entities are told to clients of 4.01: send OData-MaxVersion: 4.01.';
  if (!trackingFor(plan, version) || metadata === 'none') throw odataError('NotAcceptable', { message });
}

/** What the request has to do with changes: that its answer leads to no delta link is no fault where it only prefers one. */
export const changesOf = (
  plan: ReadPlan,
  negotiated: Negotiated,
  format: Format,
  delta: DeltaRequest | undefined,
  continuation: Continuation | undefined,
): Changes => ({ delta, tracked: trackedBy(plan, negotiated, format, delta, continuation) });

function trackedBy(
  plan: ReadPlan,
  { version, preferences }: Negotiated,
  format: Format,
  delta: DeltaRequest | undefined,
  continuation: Continuation | undefined,
): Tracked | undefined {
  if (delta) checkDelta(plan, version, format);
  const section = delta && sectionOf(plan, version, continuation);
  if (delta || continuation?.snapshot !== undefined)
    return { snapshot: continuation?.snapshot, isWide: continuation?.isWide, ...section };
  const isWanted = preferences.trackChanges && !continuation && format.metadata !== 'none';
  return isWanted && trackingFor(plan, version) ? { snapshot: undefined } : undefined;
}

/** How many sections changes are told in: more than one where 4.0 tells of entities that were nested. */
export const sectionsIn = (plan: ReadPlan, version: Version): number => {
  const { flat } = (version === '4.0' && trackingOf(plan)) || {};
  return flat ? sectionsOf(flat) : 0;
};

function sectionOf(
  plan: ReadPlan,
  version: Version,
  continuation: Continuation | undefined,
): Pick<Tracked, 'section' | 'sections'> {
  const sections = sectionsIn(plan, version);
  return sections === 0 ? {} : { section: continuation?.section ?? 0, sections };
}

/** What of it decides the statement. */
export const shapeOfDelta = (
  version: Version,
  { delta, tracked }: Changes,
): Pick<PageShape, 'changes' | 'tracked' | 'section'> => ({
  changes: delta && (delta.isCount ? 'count' : version),
  tracked: tracked !== undefined && tracked.snapshot === undefined,
  section: tracked?.section,
});
