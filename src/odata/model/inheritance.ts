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

/** Whether a row of the type has the name without being asked: a property, a stream or a navigation, of it or of a type derived from it. */
export const declares = (type: EntityType, name: string): boolean =>
  [type, ...(type.inheritance?.derived ?? [])].some(
    ({ properties, navigations, streams }) => properties.has(name) || navigations.has(name) || streams?.has(name),
  );

/** The members that a type does not have from the type it is derived from. */
export function ownMembers<T extends { readonly name: string }>(
  type: EntityType,
  members: (type: EntityType) => ReadonlyMap<string, T>,
): readonly T[] {
  const base = type.inheritance?.base;
  return [...members(type).values()].filter(({ name }) => !base || !members(base).has(name));
}
