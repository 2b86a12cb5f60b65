/** What the client would like: the header Prefer. Protocol §8.2.8, RFC 7240. */
import { annotationFilter, annotationList } from './annotation-filter';
import { parseHeaderList, splitList, type HeaderElement } from './header-list';
import type { Headers } from './negotiate';

export { annotationFilter };

/** The preferences of the standard, without the optional prefix `odata.`. */
export type PreferenceName =
  | 'allow-entityreferences'
  | 'callback'
  | 'continue-on-error'
  | 'handling'
  | 'include-annotations'
  | 'maxpagesize'
  | 'omit-values'
  | 'respond-async'
  | 'return'
  | 'track-changes'
  | 'wait';

/** The preferences of one request; those that are unknown or malformed are as if never sent. */
export interface Preferences {
  readonly allowEntityReferences: boolean;
  readonly callback: string | undefined;
  readonly continueOnError: boolean;
  readonly handling: 'strict' | 'lenient' | undefined;
  readonly includeAnnotations: string | undefined;
  readonly maxPageSize: number | undefined;
  readonly omitValues: 'nulls' | 'defaults' | undefined;
  readonly respondAsync: boolean;
  readonly return: 'minimal' | 'representation' | undefined;
  readonly trackChanges: boolean;
  /** Seconds. */
  readonly wait: number | undefined;
  /** Each preference as the client spelled it, with its value: what Preference-Applied repeats. */
  readonly spelled: ReadonlyMap<string, Spelled>;
}

interface Spelled {
  readonly name: string;
  readonly element: HeaderElement;
}

const NONE: Preferences = Object.freeze({
  allowEntityReferences: false,
  callback: undefined,
  continueOnError: false,
  handling: undefined,
  includeAnnotations: undefined,
  maxPageSize: undefined,
  omitValues: undefined,
  respondAsync: false,
  return: undefined,
  trackChanges: false,
  wait: undefined,
  spelled: new Map<string, Spelled>(),
});

const bare = (name: string): string => (name.startsWith('odata.') ? name.slice('odata.'.length) : name);

/** The first of several equal preferences counts (RFC 7240 §2), those without a prefix before the others. */
function firstOfEach(elements: readonly HeaderElement[]): ReadonlyMap<string, Spelled> {
  const found = new Map<string, Spelled>();
  for (const element of elements) {
    const name = bare(element.name);
    const known = found.get(name)?.name;
    if (known === undefined || (known !== name && element.name === name))
      found.set(name, { name: element.name, element });
  }
  return found;
}

function oneOf<T extends string>(value: string | undefined, choices: readonly T[]): T | undefined {
  const text = value?.toLowerCase();
  return choices.find((choice) => choice === text);
}

function wholeNumber(value: string | undefined, least: number): number | undefined {
  if (value === undefined || !/^\d+$/.test(value)) return undefined;
  const number = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  return number < least ? undefined : number;
}

/** Reads the header Prefer. Protocol §8.2.8; malformed values count as absent, RFC 7240 §2. */
export function parsePreferences(headers: Headers): Preferences {
  const header = headers['prefer'];
  if (header === undefined) return NONE;
  const spelled = firstOfEach(parseHeaderList(header));
  const value = (name: PreferenceName): string | undefined => spelled.get(name)?.element.value;
  const flag = (name: PreferenceName): boolean => spelled.has(name) && value(name)?.toLowerCase() !== 'false';
  return {
    allowEntityReferences: flag('allow-entityreferences'),
    callback: spelled.get('callback')?.element.parameters.find((piece) => piece.name === 'url')?.value,
    continueOnError: flag('continue-on-error'),
    handling: oneOf(value('handling'), ['strict', 'lenient']),
    includeAnnotations: annotationList(value('include-annotations')),
    maxPageSize: wholeNumber(value('maxpagesize'), 1),
    omitValues: oneOf(value('omit-values'), ['nulls', 'defaults']),
    respondAsync: flag('respond-async'),
    return: oneOf(value('return'), ['minimal', 'representation']),
    trackChanges: flag('track-changes'),
    wait: wholeNumber(value('wait'), 0),
    spelled,
  };
}

/** Preferences of a batch that hold for its parts, too. Protocol §8.2.8.1, §8.2.8.4 */
const ofParts = /^(?:odata\.)?(?:allow-entityreferences|include-annotations)\s*(?:[=;]|$)/i;

/** What of the header of a batch holds for its parts, too. */
export const inheritedPreferences = (prefer: string): readonly string[] =>
  splitList(prefer, ',').filter((preference) => ofParts.test(preference));

/** The header of a part with what is inherited, unless the part says it itself, with a prefix or without. */
export function withInherited(prefer: string | undefined, inherited: readonly string[]): string | undefined {
  if (inherited.length === 0) return prefer;
  const own = prefer === undefined ? [] : splitList(prefer, ',');
  const nameOf = (preference: string): string => bare((/^[^\s=;]*/.exec(preference)?.[0] ?? '').toLowerCase());
  const names = new Set(own.map(nameOf));
  return [...own, ...inherited.filter((preference) => !names.has(nameOf(preference)))].join(', ');
}

/** Preferences about the time of the answer, as they are spelled. */
const ofTime = /^(?:odata\.)?(?:respond-async|wait|callback)\s*(?:[=;]|$)/i;

/** The header without those. */
export const withoutTimes = (prefer: string): string =>
  splitList(prefer, ',')
    .filter((preference) => !ofTime.test(preference))
    .join(', ');

const written = (value: string): string =>
  /^[\w.!#$%&'*+^`|~-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;

/** A preference that was obeyed, with the value where it differs from the one asked for: `['maxpagesize', 1000]`. */
export type AppliedPreference = PreferenceName | readonly [name: PreferenceName, value: string | number];

/** The value of Preference-Applied for what was obeyed, spelled as the client did; undefined when that is nothing. Protocol §8.3.6 */
export function preferenceApplied({ spelled }: Preferences, applied: readonly AppliedPreference[]): string | undefined {
  const parts = applied.flatMap((entry) => {
    const [name, value] = typeof entry === 'string' ? [entry, undefined] : entry;
    const asked = spelled.get(name);
    if (!asked) return [];
    const shown = value ?? asked.element.value;
    return [shown === undefined ? asked.name : `${asked.name}=${written(String(shown))}`];
  });
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** The header that says so; none for nothing. */
export function appliedHeader(...given: Parameters<typeof preferenceApplied>): Readonly<Record<string, string>> {
  const applied = preferenceApplied(...given);
  return applied === undefined ? {} : { 'Preference-Applied': applied };
}
