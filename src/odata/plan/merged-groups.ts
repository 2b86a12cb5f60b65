/** How groups come together that have parts of one entity. Data Aggregation §3.2.3.1 */
import type { Path } from '../url/ast';
import { isCertain, type Group } from './group';
import { withOwn, type ByName } from './own-members';
import type { Grouping } from './shapes';

/** Groups of the same rows, by their names. */
export interface Named extends Omit<Grouping, 'groups'> {
  readonly named: ByName<Group>;
}

/** Each path once. */
export function differing(paths: readonly Path[]): readonly Path[] {
  const known = new Set<string>();
  return paths.filter(({ segments }) => {
    const text = segments.map((segment) => (segment.kind === 'name' ? segment.name : '')).join('/');
    return !known.has(text) && known.add(text);
  });
}

/** The groups with one more; of one that is there already the parts come together. */
export function merged(groups: ByName<Group>, added: Group): ByName<Group> {
  const before = groups.get(added.name);
  if (!before) return withOwn(groups, added.name, added);
  const paths = [...(before.paths ?? []), ...(added.paths ?? [])];
  return withOwn(groups, added.name, { ...together(before, added), paths });
}

/** Groups by their names. */
export const namedGroups = (groups: readonly Group[]): ByName<Group> =>
  new Map(groups.map((group) => [group.name, group] as const));

/** The groups again. */
export const groupsIn = (named: ByName<Group>): readonly Group[] => Array.from(named, ([, group]) => group);

/** Whether a group is a part of an entity that is there whole: this tells all of it, but not which rows have the part. */
export function isWithinEntity(groups: ByName<Group>, part: Group): boolean {
  const before = groups.get(part.name);
  if (before?.kind === 'entity') return part.kind !== 'entity';
  if (before?.kind !== 'parts' || part.kind !== 'parts') return false;
  const parts = namedGroups(before.parts);
  return part.parts.some((one) => isWithinEntity(parts, one));
}

/** What two groups of one name tell together: of a row that is of several types they are of the same value. */
function together(before: Group, added: Group): Group {
  if (before.kind !== 'parts') return before;
  if (added.kind !== 'parts') return added;
  const parts = groupsIn(added.parts.reduce(merged, namedGroups(before.parts)));
  const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
  return { ...before, parts, presence };
}
