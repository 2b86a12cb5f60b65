/** Types that are derived from one another. CSDL §6.2 */
import type { EntityType } from './model';

/** True for the type itself and those derived from it. */
export const isOfType = (type: EntityType, wanted: EntityType): boolean =>
  type === wanted || (type.inheritance?.base !== undefined && isOfType(type.inheritance.base, wanted));

/** The types that entities of a type can be of: itself unless it is abstract, and those derived from it. */
export const concreteTypes = (type: EntityType): readonly EntityType[] =>
  [type, ...(type.inheritance?.derived ?? [])].filter(({ inheritance }) => inheritance?.isAbstract !== true);

/** The type and what it is derived from, nearest first. */
export const lineage = (type: EntityType): readonly EntityType[] => [
  type,
  ...(type.inheritance?.base ? lineage(type.inheritance.base) : []),
];

/** What the types of a hierarchy are all derived from. */
export const rootType = (type: EntityType): EntityType => lineage(type).at(-1) ?? type;

const has = ({ properties, navigations, streams }: EntityType, name: string): boolean =>
  properties.has(name) || navigations.has(name) || streams?.has(name) === true;

/** The type and those derived from it that have a name, a property, a stream or a navigation, and not from the type that they are derived from. */
export const declaring = (type: EntityType, name: string): readonly EntityType[] =>
  [type, ...(type.inheritance?.derived ?? [])].filter(
    (one) => has(one, name) && !(one.inheritance?.base && has(one.inheritance.base, name)),
  );

/** Whether a row of the type has the name without being asked: of the type or of one derived from it. */
export const declares = (type: EntityType, name: string): boolean =>
  [type, ...(type.inheritance?.derived ?? [])].some((one) => has(one, name));

/** The members that a type does not have from the type it is derived from. */
export function ownMembers<T extends { readonly name: string }>(
  type: EntityType,
  members: (type: EntityType) => ReadonlyMap<string, T>,
): readonly T[] {
  const base = type.inheritance?.base;
  return [...members(type).values()].filter(({ name }) => !base || !members(base).has(name));
}
