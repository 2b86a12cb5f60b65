/** concat and rollup: rows of several structures one after the other. Data Aggregation §3.2.2, §3.2.3.2 */
import { odataError } from '../error';
import { edm } from '../model/edm';
import type { GroupingItem, Path, Place, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { placeOf, type PlanContext, type Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { keysOf, type Group } from './group';
import { regrouped } from './grouped-type';
import { membersOf, withMembers } from './members';
import { totalOrder } from './order';
import type { BoundProperty, Range } from './plan';
import { missingWith } from './presence';
import { planVariants } from './row-values';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { checkNumber, checkStructures } from './size';

/** The rows of each result, in their order. */
export function planConcat(context: PlanContext, before: Applied, results: readonly Applied[], where: Place): Applied {
  const { scope } = before;
  checkStructures(
    results.map((result) => result.scope),
    where,
  );
  const [number, place] = [edm('Edm.Int32'), edm('Edm.Int64')].map((type) => {
    const column = context.nextColumn();
    return columnProperty({ name: column, column, type, nullable: false, dynamic: true });
  });
  if (!number || !place) throw new Error('A union has two columns of its own');
  const hidden = [number, place].flatMap(({ source }) => (source.kind === 'column' ? [source] : []));
  const range: Range = {
    type: derivedType({ name: scope.current.type.name, properties: [], hidden }),
    name: scope.current.name,
    ...missingWith(scope.current),
  };
  const discriminator = boundProperty(range, number);
  const rows: Rows = {
    kind: 'union',
    range,
    input: before.rows,
    number: discriminator,
    place: boundProperty(range, place),
    branches: results.map((result) => ({ rows: result.rows, order: totalOrder(result.rows, result.order) })),
  };
  const declared = membersOf(scope, scope.current).declared ?? scope.current.type;
  const current: Scope = { ...scope, current: range, it: scope.it === scope.current ? range : scope.it };
  return {
    ...before,
    scope: withMembers(current, range, {
      declared,
      variants: { discriminator, scopes: results.map((result) => result.scope) },
    }),
    rows,
    order: [],
    groups: groupsOf(context, before.groups, results, discriminator, where),
  };
}

/** The groups around, their values now those that the structure of the row has. */
function groupsOf(
  context: PlanContext,
  outer: readonly Group[],
  results: readonly Applied[],
  discriminator: BoundProperty,
  where: Place,
): readonly Group[] {
  const keys = results.map(({ groups }) => keysOf(groups));
  const values = keysOf(outer).map((_, index) =>
    planVariants(
      context,
      discriminator,
      keys.map((own) => own[index] ?? { kind: 'null' }),
      where,
    ),
  );
  return regrouped(outer, values);
}

/** The paths of each level: the finest first, every level of one rollup with every level of the others. */
export function planRollup({
  grouping,
  place,
}: Extract<Transformation, { kind: 'groupby' }>): readonly (readonly Path[])[] {
  return grouping.reduce<readonly (readonly Path[])[]>(
    (levels, item) => {
      const more = levelsOf(item);
      checkNumber(levels.length * more.length, place);
      return levels.flatMap((before) => more.map((paths) => [...before, ...paths]));
    },
    [[]],
  );
}

function levelsOf(item: GroupingItem): readonly (readonly Path[])[] {
  if (item.kind === 'path') return [[item.path]];
  if (item.kind === 'rolluprecursive') throw new Error('rolluprecursive is planned away');
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
