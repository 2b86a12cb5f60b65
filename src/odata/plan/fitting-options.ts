/** $select and $expand over rows of several structures, or of several types: each has what it can have of them. */
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { isMember } from './beside';
import { baseAt, castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { fittingItems } from './expand-options';
import { startsIn } from './added';
import { groupCast } from './grouped-cast';
import { hasPath } from './has-path';
import { hasName, membersOf, namesOf, variantsOf } from './members';
import { isOperation } from './operation-fields';
import { unknownProperty } from './position';
import { noMedia } from './stream';

/** Of the options what fits each of several structures. Throws where an item names what none of them has. */
export function fittingOptions(
  context: PlanContext,
  scopes: readonly Scope[],
  options: QueryOptions,
  unknown: (segment: NameSegment) => Error,
): readonly QueryOptions[] {
  const { $select = [], $expand = [], $compute = [] } = options;
  const isWhole = (item: SelectItem | ExpandItem, has: IsMember): boolean =>
    scopes.some((one) => fits(context, one, item, has) && hasPath(context, one, one.current, item.path));
  // All of them are given it, whatever they have of what it is computed from.
  const isComputed = ({ path: [first] }: SelectItem): boolean => $compute.some(({ as }) => as === first?.name);
  // Where some structures have the whole path, the others have nothing of it.
  const fitting = (scope: Scope, item: SelectItem | ExpandItem, has: IsMember): boolean =>
    fits(context, scope, item, has) && (!isCutOff(context, scope, item) || !isWhole(item, has));
  const selected = (scope: Scope, item: SelectItem): boolean => isComputed(item) || fitting(scope, item, isSelectable);
  const expandable = (scope: Scope, item: ExpandItem): boolean => fitting(scope, item, isExpandable);
  // What is left of entities in some structures is a value there, and goes out all the same.
  const expanded = (scope: Scope, item: ExpandItem): boolean =>
    expandable(scope, item) &&
    (!isValue(scope, item) || scopes.every((other) => isValue(other, item) || !expandable(other, item)));
  const named = [
    ...$select.map((item) => ({ item, isKnown: scopes.some((scope) => selected(scope, item)) })),
    ...$expand.map((item) => ({ item, isKnown: scopes.some((scope) => expanded(scope, item)) })),
  ];
  for (const { item, isKnown } of named) {
    const [first, second] = item.path;
    const base = isKnown ? undefined : scopes.flatMap((scope) => baseNamed(context, scope, first) ?? [])[0];
    if (!isKnown && base && second) throw unknownProperty(base, second);
    if (!isKnown) throw first ? unknown(first) : noMedia(item.place);
  }
  const behind = new Map([...$select, ...$expand].map((item) => [item, optionsBehind(context, scopes, item)] as const));
  const at = <T extends SelectItem | ExpandItem>(item: T, index: number): T => {
    const own = behind.get(item)?.[index];
    return own ? { ...item, options: own } : item;
  };
  return scopes.map((scope, index) => ({
    ...options,
    ...(options.$select && { $select: $select.filter((item) => selected(scope, item)).map((one) => at(one, index)) }),
    ...(options.$expand && {
      $expand: fittingItems(
        $expand.map((item, place) => ({ ...at(item, index), index: item.index ?? place })),
        (item) => expanded(scope, item),
      ),
    }),
  }));
}

/** The options within an item, of which each structure has what stands behind the name there; undefined where they are those of all. */
function optionsBehind(
  context: PlanContext,
  scopes: readonly Scope[],
  { path, options }: SelectItem | ExpandItem,
): readonly (QueryOptions | undefined)[] | undefined {
  const [first, second] = path;
  if (!first || second || first.name.includes('.') || !(options.$select ?? options.$expand)) return undefined;
  const starts = scopes.map((scope) => (isMade(scope, first.name) ? startsIn(context, scope, [first]) : []));
  const all = starts.flat();
  if (all.length < 2) return undefined;
  const unknown = (segment: NameSegment): Error => {
    const [one = scopes[0]] = all;
    if (!one) throw new Error('There are structures');
    return unknownProperty(one.current.type, segment, namesOf(one, one.current));
  };
  const fitting = new Map(fittingOptions(context, all, options, unknown).map((own, index) => [all[index], own]));
  return starts.map((ones) => {
    const [own, ...others] = ones.flatMap((one) => fitting.get(one) ?? []);
    // Rows that are themselves of several structures take what fits some of them.
    return own && others.length > 0 ? someOf(options, [own, ...others]) : own;
  });
}

/** Whether the request made what the name leads to: entities of the model all have the same. */
function isMade(scope: Scope, name: string): boolean {
  const { current } = scope;
  const property = current.type.properties.get(name);
  return (
    membersOf(scope, current).own.has(name) ||
    (property?.type.kind === 'complex' && property.type.made !== undefined) ||
    (variantsOf(scope, current)?.scopes ?? []).some((one) => isMade(one, name))
  );
}

function someOf({ $select, $expand, ...others }: QueryOptions, fitting: readonly QueryOptions[]): QueryOptions {
  const isIn = (name: '$select' | '$expand', { place }: SelectItem | ExpandItem): boolean =>
    fitting.some((one) => one[name]?.some((item) => item.place === place) === true);
  return {
    ...others,
    ...($select && { $select: $select.filter((item) => isIn('$select', item)) }),
    ...($expand && { $expand: $expand.filter((item) => isIn('$expand', item)) }),
  };
}

/** Whether rows have only the beginning of the path. */
const isCutOff = (context: PlanContext, scope: Scope, { path }: SelectItem | ExpandItem): boolean => {
  const [first, second] = path;
  if (!first || !second || hasPath(context, scope, scope.current, path)) return false;
  return (
    hasName(scope, scope.current, first.name) || castAt(context.model, scope.current.type, first.name) !== undefined
  );
};

/** Whether an option can name a member of a type. */
type IsMember = (context: PlanContext, type: EntityType, name: string) => boolean;

const isSelectable: IsMember = ({ model }, type, name) => isMember(type, name) || isOperation(model, type, name);

/** No dynamic property is expanded. A property is named, so that it can be refused. */
const isExpandable: IsMember = (_, { properties, navigations, streams }, name) =>
  properties.has(name) || navigations.has(name) || streams?.has(name) === true;

/** Whether the rows have it as a value. */
function isValue(scope: Scope, { path: [first] }: ExpandItem): boolean {
  const { current } = scope;
  return (
    first !== undefined && current.type.properties.has(first.name) && !membersOf(scope, current).own.has(first.name)
  );
}

/** The type of a row, or one that it is derived from, when the segment casts to it. */
const baseNamed = ({ model }: PlanContext, { current: { type } }: Scope, segment: NameSegment | undefined) =>
  segment && baseAt(model, type, segment.name);

/** Whether rows of the structure have what the item names, are of the type that it begins with, or begin to be what it casts them to. */
function fits(context: PlanContext, scope: Scope, item: SelectItem | ExpandItem, has: IsMember): boolean {
  const { model } = context;
  const { type } = scope.current;
  const [first, second] = item.path;
  if (item.star === true) return true;
  if (!first) return type.media !== undefined;
  const variants = variantsOf(scope, scope.current);
  if (variants && first.name.includes('.')) return variants.scopes.some((one) => fits(context, one, item, has));
  const isOwn = (name: string): boolean => hasName(scope, scope.current, name) || has(context, type, name);
  const base = baseNamed(context, scope, first);
  if (base && second) return base === type ? isOwn(second.name) : has(context, base, second.name);
  if (groupCast(context, scope, scope.current, first)) return hasPath(context, scope, scope.current, item.path);
  return (second !== undefined && castAt(model, type, first.name) !== undefined) || isOwn(first.name);
}
