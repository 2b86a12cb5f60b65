/** concat and rollup: rows of several structures one after the other. Data Aggregation §3.2.2, §3.2.3.2 */
import { odataError } from '../error';
import type { GroupingItem, Path, Place, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { placeOf, type PlanContext, type Scope } from './context';
import { membersOf, structureSince, withMembers } from './members';
import { totalOrder } from './order';
import type { BoundProperty } from './plan';
import type { Group } from './group';
import { planVariants } from './row-values';
import { ofAll } from './shapes';
import { checkStructuresOf } from './size';
import { unionOf } from './union';

/** The rows of each result, in their order. */
export function planConcat(context: PlanContext, before: Applied, results: readonly Applied[], where: Place): Applied {
  const { scope } = before;
  checkStructuresOf(
    context,
    results.map((result) => result.scope),
    where,
  );
  const { rows, range, number } = unionOf(
    context,
    scope.current,
    before.rows,
    results.map((result) => ({ rows: result.rows, order: totalOrder(result.rows, result.order) })),
    results.map((result) => result.scope.current),
  );
  const { declared = scope.current.type, elsewhere } = membersOf(scope, scope.current);
  const current: Scope = { ...scope, current: range, it: scope.it === scope.current ? range : scope.it };
  return {
    ...before,
    scope: withMembers(current, range, {
      declared,
      elsewhere,
      structures: { discriminator: number, each: results.map((result) => structureSince(scope, result.scope)) },
    }),
    rows,
    order: [],
    groups: groupsOf(context, number, results, where),
  };
}

/** The groups around, by their values in each of the results. */
function groupsOf(
  context: PlanContext,
  discriminator: BoundProperty,
  results: readonly Applied[],
  place: Place,
): readonly Group[] {
  const [first] = results;
  return (first?.groups ?? []).map((group, index) => {
    const all = results.map(({ groups }) => groups[index]);
    if (all.every((one) => one === group)) return group;
    return ofAll((values) => planVariants(context, discriminator, values, place), all, false);
  });
}

/** The paths of each level, those of rolluprecursive aside: the finest first, every level of one rollup with every level of the others. */
export function planRollup(
  context: PlanContext,
  { grouping, place }: Extract<Transformation, { kind: 'groupby' }>,
): readonly (readonly Path[])[] {
  return grouping.reduce<Path[][]>(
    (levels, item) => {
      if (item.kind === 'rolluprecursive') return levels;
      const [first = [], ...more] = levelsOf(item);
      context.checkStructures(levels.length * (1 + more.length), place);
      const others = levels.map((before) => more.map((paths) => [...before, ...paths]));
      return levels.flatMap((before, index) => {
        before.push(...first);
        return [before, ...(others[index] ?? [])];
      });
    },
    [[]],
  );
}

function levelsOf(item: Exclude<GroupingItem, { kind: 'rolluprecursive' }>): readonly (readonly Path[])[] {
  if (item.kind === 'path') return [[item.path]];
  const { paths, all, place } = item;
  if (paths.length < 2 && !all)
    throw odataError(
      'InvalidValue',
      { message: 'rollup takes the paths of two levels or more; no leveled hierarchy has a name here.' },
      placeOf(place),
    );
  const levels = paths.map((_, index) => paths.slice(0, paths.length - index));
  return all ? [...levels, []] : levels;
}
