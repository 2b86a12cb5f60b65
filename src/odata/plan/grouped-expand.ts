/** What goes out, without $expand, with rows that a groupby keeps: what related entities have of that by which rows are grouped. Data Aggregation §3.2.3.1 */
import { qualifiedTypeName } from '../model/edm';
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType, Model } from '../model/model';
import type { ExpandItem, NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { baseAt, castAt } from './cast';
import type { PlanContext, Scope } from './context';
import type { Group } from './group';
import { hasPath } from './has-path';
import { inStructure, isComplex, membersOf, structureSince, withMembers } from './members';
import { inApply } from './place';

/** The scope in which rows have that of their groups, in each of their structures. */
export function withExpanded(context: PlanContext, scope: Scope, groups: readonly Group[]): Scope {
  const { current } = scope;
  const { structures, expanded = [] } = membersOf(scope, current);
  if (structures) {
    const inner = structures.each.map((one) => inStructure(scope, one));
    const seen = inner.map((one) => withExpanded(context, one, groups));
    if (seen.every((one, index) => one === inner[index])) return scope;
    const each = seen.map((one) => structureSince(scope, one));
    return withMembers(scope, current, { structures: { ...structures, each } });
  }
  const added = groups.flatMap((group) => expandedBy(context, scope, group));
  return added.length === 0 ? scope : withMembers(scope, current, { expanded: mergedItems([...expanded, ...added]) });
}

/** What the paths of the request have behind something: names, casts among them. */
type Ways = readonly (readonly string[])[];

/** The item of $expand that shows what a group has of a related entity; none where rows have it as a value, or have another structure. */
function expandedBy(context: PlanContext, scope: Scope, group: Group): readonly ExpandItem[] {
  const { model } = context;
  const { current } = scope;
  const { name, paths = [] } = group;
  const ways = paths.map(({ segments }) => segments.flatMap((one) => (one.kind === 'name' ? [one.name] : [])));
  const member = membersOf(scope, current).own.get(name);
  if (!isEntity(group)) return [];
  if (!member) {
    const step = stepTo(model, current.type, ways, name);
    return step.target ? [itemOf(model, group, step)] : [];
  }
  const isRow = member.kind === 'row' && !isComplex(member);
  if (!isRow || !paths.every(({ segments }) => hasPath(context, scope, current, segments))) return [];
  return [itemOf(model, group, { ...stepTo(model, undefined, ways, name), target: member.range.type })];
}

/** An entity, or what is left of one. */
const isEntity = (group: Group): boolean =>
  group.kind === 'entity' || (group.kind === 'parts' && group.type === 'entity');

/** How something is named, the entity that this leads to, and the ways behind it. */
interface Step {
  readonly path: readonly NameSegment[];
  readonly target: EntityType | undefined;
  readonly ways: Ways;
}

/** A name by which ways lead on from entities of a type: what a derived type declares stands behind a cast to that. */
function stepTo(model: Model, type: EntityType | undefined, ways: Ways, name: string): Step {
  const found = ways.flatMap((way) => {
    const index = way.findIndex((one) => !one.includes('.'));
    return way[index] === name ? [{ casts: way.slice(0, index), behind: way.slice(index + 1) }] : [];
  });
  const declaring = [type, ...found.map(({ casts }) => casts.reduce((of, cast) => seenAs(model, of, cast), type))]
    .flatMap((one) => (one ? lineage(one) : []))
    .findLast(({ properties, navigations }) => properties.has(name) || navigations.has(name));
  const isOwn = !type || !declaring || isOfType(type, declaring);
  return {
    path: [...(isOwn ? [] : [named(qualifiedTypeName(model.namespace, declaring))]), named(name)],
    target: declaring?.navigations.get(name)?.target,
    ways: found.map(({ behind }) => behind),
  };
}

const seenAs = (model: Model, type: EntityType | undefined, cast: string): EntityType | undefined =>
  type && (castAt(model, type, cast) ?? baseAt(model, type, cast));

/** Of an entity that is grouped by as a whole all goes out. */
const itemOf = (model: Model, group: Group, { path, target, ways }: Step): ExpandItem => ({
  path,
  options: group.kind === 'parts' ? optionsOf(model, target, group.parts, ways) : {},
  place,
});

function optionsOf(
  model: Model,
  type: EntityType | undefined,
  parts: readonly Group[],
  ways: Ways,
): Required<Pick<QueryOptions, '$select' | '$expand'>> {
  const steps = parts.map((part) => ({ part, step: stepTo(model, type, ways, part.name) }));
  return {
    $select: steps.flatMap(({ part, step }) => selectedBy(model, part, step)),
    $expand: steps.flatMap(({ part, step }) => (isEntity(part) ? [itemOf(model, part, step)] : [])),
  };
}

/** Of a complex value there are the parts that ways lead to, or all. */
function selectedBy(model: Model, part: Group, { path, ways }: Step): readonly SelectItem[] {
  const isWhole = part.kind !== 'parts' || isEntity(part) || ways.some((way) => way.length === 0);
  if (isWhole) return [{ path, options: {}, place }];
  const { $select } = optionsOf(model, undefined, part.parts, ways);
  return $select.map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
}

const place = inApply;
const named = (name: string): NameSegment => ({ kind: 'name', name, place });

/** What several groupings show of one related entity goes out as one. */
export const mergedItems = (items: readonly ExpandItem[]): readonly ExpandItem[] => {
  const found = new Map<string, ExpandItem>();
  for (const item of items) {
    const name = textOf(item);
    const before = found.get(name);
    found.set(name, before ? { ...before, options: together(before.options, item.options) } : item);
  }
  return [...found.values()];
};

const textOf = ({ path }: SelectItem | ExpandItem): string => path.map(({ name }) => name).join('/');

/** Without $select all goes out. */
const together = (
  { $select, $expand = [], ...one }: QueryOptions,
  { $select: others, $expand: further = [], ...other }: QueryOptions,
): QueryOptions => ({
  ...one,
  ...other,
  ...($select &&
    others && { $select: [...new Map([...$select, ...others].map((item) => [textOf(item), item])).values()] }),
  $expand: mergedItems([...$expand, ...further]),
});
