/** What groups have left of an entity as a value, where the request has put another entity into it: columns of the row hold it. Data Aggregation §3.2.3.1 */
import type { NameSegment, Path } from '../url/ast';
import type { Applied } from './apply-state';
import type { PlanContext, Scope } from './context';
import { isHidden, type Group } from './group';
import { addGroups } from './grouping';
import { inColumns } from './groups-in-columns';
import { instanceOf, membersOf, structureSince, variantsOf, withMembers } from './members';
import { inApply } from './place';
import type { BoundProperty, Range } from './plan';
import { isLeft } from './row-identity';
import { boundProperty } from './select';
import { partOf, partsOf } from './structured';

/** The rows, which hold what a name of theirs is as a value, in each of their structures. */
export function withHeld(context: PlanContext, applied: Applied, name: NameSegment): Applied {
  const { scope } = applied;
  const { current } = scope;
  const variants = variantsOf(scope, current);
  if (!variants) return heldIn(context, applied, name);
  const { discriminator, scopes } = variants;
  const { rows, each } = scopes.reduce<{ readonly rows: Applied['rows']; readonly each: readonly Applied[] }>(
    (before, variant) => {
      const held = withHeld(context, { ...applied, rows: before.rows, scope: variant }, name);
      return { rows: held.rows, each: [...before.each, held] };
    },
    { rows: applied.rows, each: [] },
  );
  const structures = { discriminator, each: each.map((one) => structureSince(scope, one.scope)) };
  return { ...applied, rows, scope: withMembers(scope, current, { structures }) };
}

function heldIn(context: PlanContext, { rows, ...applied }: Applied, name: NameSegment): Applied {
  const { scope } = applied;
  const instance = instanceOf(membersOf(scope, scope.current).own.get(name.name));
  const { whole } = instance ? membersOf(scope, instance) : {};
  const groups = whole && isLeft(whole) ? groupsOf(context, scope, [pathOf([name])]) : undefined;
  if (!instance || !groups) return { ...applied, rows };
  const { range, columns, all } = inColumns(context, groups);
  return {
    ...applied,
    rows: { kind: 'told', input: rows, range, columns },
    scope: all.values.reduce((seen, { property }) => holding(seen, instance, boundProperty(range, property)), scope),
  };
}

/** The scope in which a variable is held as a value, and what is left of entities within it as parts of that. */
const holding = (scope: Scope, instance: Range, held: BoundProperty): Scope =>
  [...(partsOf(held)?.values() ?? [])].reduce(
    (seen, property) => {
      const inner = instanceOf(membersOf(scope, instance).own.get(property.name));
      const { whole } = inner ? membersOf(scope, inner) : {};
      const part = partOf(held, property);
      return inner && whole && isLeft(whole) && part.kind === 'property' ? holding(seen, inner, part) : seen;
    },
    withMembers(scope, instance, { held }),
  );

/** What paths lead to as groups, which have columns; undefined where one of them has more, such as collections of entities. An entity to which something was added is all that it has. */
function groupsOf(context: PlanContext, scope: Scope, paths: readonly Path[]): readonly Group[] | undefined {
  const [grouping, another] = addGroups(context, scope, [], paths);
  if (!grouping || another) return undefined;
  const { groups } = grouping;
  if (groups.every(isPlain)) return groups;
  if (groups.some(hasCollections)) return undefined;
  const within = groups.flatMap((group) => pathsWithin(group));
  return within.length > paths.length ? groupsOf(context, scope, within) : undefined;
}

const isPlain = (group: Group): boolean =>
  group.kind === 'parts'
    ? group.parts.every(isPlain)
    : group.kind === 'value' || group.added.length + group.made.size === 0;

const hasCollections = (group: Group): boolean =>
  group.kind === 'parts'
    ? group.parts.some(hasCollections)
    : group.kind === 'entity' && (group.made.size > 0 || group.added.some(hasCollections));

function pathsWithin(group: Group, before: readonly NameSegment[] = []): readonly Path[] {
  const { name, place } = group;
  const names = [...before, { kind: 'name', name, place } as const];
  if (group.kind === 'parts') return group.parts.flatMap((part) => pathsWithin(part, names));
  if (group.kind === 'value' || isPlain(group)) return isHidden(group) ? [] : [pathOf(names)];
  const added = group.added.flatMap((part) => pathsWithin(part, names));
  const own = [...group.target.properties.values()].filter(({ type }) => type.kind !== 'collection');
  return [...own.map((one) => pathOf([...names, { kind: 'name', name: one.name, place }])), ...added];
}

const pathOf = (segments: readonly NameSegment[]): Path => ({
  kind: 'path',
  segments,
  place: segments[0]?.place ?? inApply,
});
