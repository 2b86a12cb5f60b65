/** The entity sets of the container and where their navigations lead. CSDL §13 */
import type { EntitySet, EntityType } from './model';

/** The sets by name, in the order of the types. */
export function entitySetsOf(
  named: readonly { readonly name: string; readonly type: EntityType }[],
): ReadonlyMap<string, EntitySet> {
  const setNames = new Map(named.map(({ name, type }) => [type, name]));
  return new Map(
    named.map(({ name, type }) => [
      name,
      Object.freeze({ name, type, description: type.description, bindings: bindings(type, setNames) }),
    ]),
  );
}

/** Where the navigations of a set's entities, and of those contained in them, lead. CSDL §13.4 */
function bindings(
  type: EntityType,
  sets: ReadonlyMap<EntityType, string>,
  path = '',
  seen: readonly EntityType[] = [],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (seen.includes(type)) return found;
  for (const navigation of type.navigations.values()) {
    const at = `${path}${navigation.name}`;
    if (navigation.containsTarget)
      for (const [inner, set] of bindings(navigation.target, sets, `${at}/`, [...seen, type])) found.set(inner, set);
    else {
      const set = sets.get(navigation.target);
      if (set !== undefined) found.set(at, set);
    }
  }
  return found;
}
