/** $select and $expand over rows of several structures, or of several types: each has what it can have of them. */
import type { EntityType } from '../model/model';
import type { ExpandItem, NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { isMember } from './beside';
import { baseAt, castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { fittingItems } from './expand-options';
import { hasName, membersOf, variantsOf } from './members';
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
  const { $select = [], $expand = [] } = options;
  const selected = (scope: Scope, item: SelectItem): boolean => fits(context, scope, item, isSelectable);
  const expandable = (scope: Scope, item: ExpandItem): boolean => fits(context, scope, item, isExpandable);
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
  return scopes.map((scope) => ({
    ...options,
    ...(options.$select ? { $select: $select.filter((item) => selected(scope, item)) } : {}),
    ...(options.$expand ? { $expand: fittingItems($expand, (item) => expanded(scope, item)) } : {}),
  }));
}

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
  return (second !== undefined && castAt(model, type, first.name) !== undefined) || isOwn(first.name);
}
