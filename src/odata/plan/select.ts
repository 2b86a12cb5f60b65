/** $select: what goes out of each entity. URL Conventions §5.1.4 */
import { declaredType, qualifiedTypeName } from '../model/edm';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { QueryOptions, SelectItem } from '../url/ast';
import { partChosen, planSelect } from './chosen';
import { computedFields } from './computed-fields';
import { contextList } from './context-list';
import type { PlanContext, Scope } from './context';
import { dynamicFields } from './dynamic-property';
import { planExpand } from './expand';
import { typeOfGroup } from './group-type';
import { withoutGroupCasts } from './grouped-cast';
import { withLeft } from './left-expand';
import { complexMembers, defaultExpand, expandSelected, linkFields } from './member-fields';
import { membersOf, type Members } from './members';
import { operationFields } from './operation-fields';
import type { BoundProperty, Field, Range, Selection } from './plan';
import { propertyOf } from './position';
import { ownFields } from './property-field';
import { annotationFields } from './selected-annotations';
import { streamFields } from './stream';
import { transientField } from './transient';
import { planTypedSelection } from './typed-selection';
import { planVariantSelection } from './variant-selection';

/**
 * The members of the JSON object for one entity. `depth` counts the levels of $expand above; `told` is the type that the context of the
 * answer tells, null when it tells none.
 */
export function planSelection(
  context: PlanContext,
  scope: Scope,
  given: QueryOptions,
  depth = 0,
  told: EntityType | null = scope.current.type,
): Selection {
  const { type } = scope.current;
  if (membersOf(scope, scope.current).structures) return planVariantSelection(context, scope, given, depth);
  const options = withoutGroupCasts(context, scope, given);
  if (type.inheritance && (type.inheritance.derived.length > 0 || type !== told))
    return planTypedSelection(context, scope, options, depth, told);
  return planStructure(context, scope, options, depth);
}

/** The members of an entity of one type. */
export function planStructure(context: PlanContext, scope: Scope, options: QueryOptions, depth: number): Selection {
  const range = scope.current;
  const members = membersOf(scope, range);
  const { chosen, others } = withLeft(scope, planSelect(context, scope, options.$select), options.$expand);
  const nested = (members.nested ?? []).flatMap(({ field }) =>
    partChosen(chosen, field.name) === undefined ? [] : [field],
  );
  const items = options.$expand ? others : expandSelected(defaultExpand(scope), options.$select);
  const expanded = [...planExpand(context, scope, items, depth), ...nested];
  const structure = ownFields(context, scope, chosen);
  const computed = computedFields(context, scope, chosen);
  const links = members.crossed ? linkFields(members, chosen, expanded) : [];
  return {
    range,
    ...(members.told && { context: members.told, cast: qualifiedTypeName(context.model.namespace, range.type) }),
    fields: [
      ...(range.type.version ? [{ kind: 'etag' } as const] : []),
      ...(isTransient(range, members) ? [transientField(context, typeOfGroup(scope, range))] : []),
      ...(members.annotations ?? []),
      ...structure,
      ...computed,
      ...annotationFields(context, scope, range.type, chosen),
      ...complexMembers(context, scope, chosen, depth),
      ...dynamicFields(scope, range, chosen),
      ...streamFields(range.type, options, expanded),
      ...links,
      ...withLinks(range.type, options.$select, expanded),
      ...operationFields(context.model, range.type, options.$select),
    ],
    list: contextList(context, scope, { options, chosen, structure: [...structure, ...computed], expanded }),
  };
}

/** Made by $apply out of entities, an item that it has left of one among that: combinations of entity sets and rows of functions are complex values. */
const isTransient = ({ type: { columns, item } }: Range, { declared }: Members): boolean =>
  item
    ? declaredType(item.type)?.kind === 'entity'
    : columns !== undefined && declared !== undefined && declared.key.length > 0;

/** Each expanded navigation behind its links, then the links of the others that are selected. JSON §4.4 */
function withLinks(
  { navigations }: EntityType,
  select: readonly SelectItem[] | undefined,
  expanded: readonly Field[],
): readonly Field[] {
  const link = (navigation: NavigationProperty): Field => ({ kind: 'navigationLink', navigation });
  const isWanted = ({ name }: NavigationProperty): boolean =>
    select === undefined || select.some((item) => item.path.at(-1)?.name === name);
  const isDeclared = (field: Field): field is Extract<Field, { kind: 'one' | 'many' }> =>
    (field.kind === 'one' || field.kind === 'many') && navigations.get(field.name) === field.navigation;
  const inline = new Set(expanded.flatMap((field) => (isDeclared(field) ? [field.navigation] : [])));
  return [
    ...expanded.flatMap((field) => (isDeclared(field) ? [link(field.navigation), field] : [field])),
    ...[...navigations.values()].filter((found) => !inline.has(found) && isWanted(found)).map(link),
  ];
}

/** The value of a property of the range's own entity. */
export const boundProperty = (range: Range, property: Property): BoundProperty =>
  propertyOf({ range, navigations: [] }, property);
