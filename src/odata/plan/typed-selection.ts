/** What goes out of entities that can be of several types. JSON §4.5.3, URL Conventions §5.1.3, §5.1.4 */
import { edm, qualifiedTypeName } from '../model/edm';
import { concreteTypes, isOfType } from '../model/inheritance';
import type { EntityType, Model } from '../model/model';
import type { ExpandItem, QueryOptions, SelectItem } from '../url/ast';
import { castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { columnProperty } from './derived-type';
import { defaultExpand, expandSelected } from './member-fields';
import { hasPath } from './has-path';
import { membersOf, onlyOf } from './members';
import type { BoundProperty, Range, Selection } from './plan';
import { boundProperty, planStructure } from './select';
import type { SelectList } from './select-list';
import { SharedFields } from './shared-fields';
import { byTypes, typedPaths } from './typed-members';

/**
 * Each type has its own members, and of the options those that fit it. What several types have in common is planned once. `told` is the type
 * that a context URL tells.
 */
export function planTypedSelection(
  context: PlanContext,
  scope: Scope,
  given: QueryOptions,
  depth: number,
  told: EntityType | null,
): Selection {
  const range = scope.current;
  const ofType = <T extends SelectItem | ExpandItem>(item: T): T => asTheirs(context, scope, item);
  const $select = given.$select?.flatMap((item) => behindTypes(context, scope, item)).map(ofType);
  const $expand = numbered((given.$expand ?? defaultExpand(scope)).map(ofType));
  const options: Asked = { ...given, ...($select && { $select }), $expand, isDefault: given.$expand === undefined };
  const shared = new SharedFields(scope);
  const selectionOf = (type: EntityType): Selection => {
    const fitting = optionsFor(options, (target) => isOfType(type, target ?? range.type), context, range.type);
    const selection = planStructure(context, shared.seenAs(type), fitting, depth);
    return type === told ? selection : { ...selection, cast: qualifiedTypeName(context.model.namespace, type) };
  };
  const listSeen = (list: SelectList): SelectList => (told ? seenFrom(context, told, range.type, list) : list);
  if (range.type.inheritance?.derived.length === 0) {
    const selection = selectionOf(range.type);
    return { ...selection, list: listSeen(selection.list) };
  }
  const selections = concreteTypes(range.type).map(
    (type) => [type.inheritance?.value ?? '', selectionOf(type)] as const,
  );
  return {
    range,
    fields: [],
    list: listSeen(listOf(context, shared, options, depth, typedPaths(context, scope))),
    variants: { discriminator: discriminatorOf(range), ...shared.among(new Map(selections)) },
  };
}

/** What tells of which type a row is. */
function discriminatorOf(range: Range): BoundProperty {
  const { column = '' } = range.type.inheritance?.discriminator ?? {};
  const type = edm('Edm.String');
  return boundProperty(range, columnProperty({ name: column, column, type, nullable: false, dynamic: false }));
}

/** The items of $expand keep their places when those that do not fit a type are left out. */
const numbered = (items: readonly ExpandItem[]): readonly ExpandItem[] =>
  items.map((item, index) => ({ ...item, index: item.index ?? index }));

/** Options that hold what is expanded, be it asked for or what goes out without that. */
interface Asked extends QueryOptions {
  readonly isDefault: boolean;
}

/** What only rows of some of the types have of a path is selected as theirs. */
function behindTypes(context: PlanContext, scope: Scope, item: SelectItem): readonly SelectItem[] {
  const { model } = context;
  const { current } = scope;
  const cast = item.path[0] && castAt(model, current.type, item.path[0].name);
  const path = cast ? item.path.slice(1) : item.path;
  const [first] = path;
  if (!first || path.length < 2) return [item];
  const [others, ...derived] = byTypes(scope, current, cast ?? current.type, first.name);
  const has = (one: Scope): boolean => hasPath(context, one, one.current, path);
  if (has(others)) return [item];
  const types = derived.filter(has).map((one) => one.current.type);
  const all = types.filter((type) => !types.some((one) => one !== type && isOfType(type, one)));
  return all.length > 0 ? all.map((type) => behindType(model, type, { ...item, path })) : [item];
}

/** A collection that addnested gave to rows of one type alone is named as theirs. Data Aggregation §3.4.3 */
function asTheirs<T extends SelectItem | ExpandItem>({ model }: PlanContext, scope: Scope, item: T): T {
  const only = onlyOf(membersOf(scope, scope.current).own.get(item.path[0]?.name ?? ''));
  return only ? behindType(model, only, item) : item;
}

function behindType<T extends SelectItem | ExpandItem>(model: Model, type: EntityType, item: T): T {
  const name = qualifiedTypeName(model.namespace, type);
  return { ...item, path: [...item.path.slice(0, 1).map((first) => ({ ...first, name })), ...item.path] };
}

/** The items of $select and $expand that stand behind no cast, or behind one to a wanted type. */
function optionsFor(
  { isDefault, ...options }: Asked,
  isWanted: (target: EntityType | undefined) => boolean,
  { model }: PlanContext,
  type: EntityType,
): QueryOptions {
  const castOf = ({ path: [first] }: SelectItem | ExpandItem): EntityType | undefined =>
    first && castAt(model, type, first.name);
  const $select = options.$select?.filter((item) => isWanted(castOf(item)));
  // What goes out by itself does so for those types for which it is selected.
  const $expand = options.$expand?.filter((item) => isWanted(castOf(item)) || (isDefault && !castOf(item))) ?? [];
  return { ...options, ...($select && { $select }), $expand: isDefault ? expandSelected($expand, $select) : $expand };
}

/** The list of a type, as the type that a context URL tells shows it: what that one has not stands behind the name of the type. Protocol §10.8 */
function seenFrom({ model }: PlanContext, told: EntityType, type: EntityType, list: SelectList): SelectList {
  if (told === type) return list;
  const prefixed = (path: string): string => {
    const [name = ''] = path.split('/');
    const isAdded = [type.properties, type.navigations].some((own) => own.has(name));
    const isTold = [told.properties, told.navigations].some((own) => own.has(name));
    return isAdded && !isTold ? `${qualifiedTypeName(model.namespace, type)}/${path}` : path;
  };
  return {
    names: list.names?.map(prefixed),
    expanded: list.expanded.map((item) => ({ ...item, name: prefixed(item.name) })),
  };
}

/** What context URLs tell: what all types have, and what stands behind casts with them. Protocol §10.8, §10.9 */
function listOf(
  context: PlanContext,
  shared: SharedFields,
  options: Asked,
  depth: number,
  added: readonly string[],
): SelectList {
  const { type } = shared.range;
  const listFor = (wanted: EntityType | undefined): SelectList => {
    const own = optionsFor(options, (target) => target === wanted, context, type);
    return planStructure(context, shared.seenAs(wanted ?? type), own, depth).list;
  };
  const casts = new Set(
    [...(options.$select ?? []), ...(options.$expand ?? [])].flatMap(({ path: [first] }) => {
      const target = first && castAt(context.model, type, first.name);
      return target ? [target] : [];
    }),
  );
  const lists = [...casts].map((target) => {
    const prefix = target === type ? '' : `${qualifiedTypeName(context.model.namespace, target)}/`;
    const { names, expanded } = listFor(target);
    return {
      names: names?.map((name) => prefix + name),
      expanded: expanded.map((item) => ({ ...item, name: prefix + item.name })),
    };
  });
  const common = listFor(undefined);
  const isAll = options.$select?.some(({ star, path }) => star && path.length === 0) ?? true;
  const own = isAll && added.length > 0 ? { names: [...(common.names ?? ['*']), ...added] } : common;
  return {
    names: options.$select ? [own, ...lists].flatMap(({ names = ['*'] }) => names) : own.names,
    expanded: [common, ...lists].flatMap(({ expanded }) => expanded),
  };
}
