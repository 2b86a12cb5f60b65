/** How groups come together that have parts of one entity. Data Aggregation §3.2.3.1 */
import { isCertain, type Group } from './group';

/** The groups with one more; of one that is there already the parts come together. */
export function merged(groups: readonly Group[], added: Group): readonly Group[] {
  const before = groups.find(({ name }) => name === added.name);
  if (!before) return [...groups, added];
  const paths = [...(before.paths ?? []), ...(added.paths ?? [])];
  return groups.map((group) => (group === before ? { ...together(before, added), paths } : group));
}

/** Whether a group is a part of an entity that is there whole: this tells all of it, but not which rows have the part. */
export function isWithinEntity(groups: readonly Group[], part: Group): boolean {
  const before = groups.find(({ name }) => name === part.name);
  if (before?.kind === 'entity') return part.kind !== 'entity';
  return (
    before?.kind === 'parts' && part.kind === 'parts' && part.parts.some((one) => isWithinEntity(before.parts, one))
  );
}

/** What two groups of one name tell together: of a row that is of several types they are of the same value. */
function together(before: Group, added: Group): Group {
  if (before.kind !== 'parts') return before;
  if (added.kind !== 'parts') return added;
  const parts = added.parts.reduce(merged, before.parts);
  const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
  return { ...before, parts, presence };
}
