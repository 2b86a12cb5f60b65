/** The groups around a nested groupby, in the rows that come of it. Data Aggregation §3.2.3.1 */
import { present } from './conditions';
import type { PlanContext, Scope } from './context';
import { certainValue, type Group } from './group';
import { addGroups } from './grouping';
import { isLike } from './shapes';

/** Of all groups that rows have those of the groupby around, which may have parts in what the inner one groups by. `scope` speaks of the rows. */
export const outerGroups = (
  context: PlanContext,
  scope: Scope,
  outer: readonly Group[],
  all: readonly Group[],
): readonly Group[] => outer.flatMap((group) => sameGroup(group, all) ?? again(context, scope, group));

/** The group among all; undefined where the rows have the whole of what it is a part of. */
function sameGroup(group: Group, all: readonly Group[]): Group | undefined {
  const found = all.find(({ name }) => name === group.name);
  if (group.kind !== 'parts' || found?.kind !== 'parts') return found?.kind === group.kind ? found : undefined;
  const parts = group.parts.flatMap((part) => sameGroup(part, found.parts) ?? []);
  if (parts.length < group.parts.length) return undefined;
  const presence = group.presence && (found.presence ?? present(certainValue(found.parts) ?? { kind: 'null' }));
  return { ...found, parts, presence };
}

/** A part of what the rows have whole: its paths lead to it as they did before. All rows have it in the same shape. */
const again = (context: PlanContext, scope: Scope, group: Group): readonly Group[] =>
  addGroups(context, scope, [], group.paths ?? [], true)
    .flatMap(({ groups }) => groups)
    .filter((one) => isLike(one, group))
    .slice(0, 1);
