/** The entity sets of the container and where their navigations lead. CSDL §13 */
import { lineage, ownMembers } from './inheritance';
import type { EntitySet, EntityType, NavigationProperty } from './model';

/** The sets by name, in the order of the types. */
export function entitySetsOf(
  named: readonly { readonly name: string; readonly type: EntityType }[],
  namespace: string,
): ReadonlyMap<string, EntitySet> {
  const setNames = new Map(named.map(({ name, type }) => [type, name]));
  return new Map(
    named.map(({ name, type }) => [
      name,
      Object.freeze({ name, type, description: type.description, bindings: bindings(type, setNames, namespace) }),
    ]),
  );
}

/** Where the navigations of a set's entities, and of those contained in them, lead. CSDL §13.4 */
function bindings(
  type: EntityType,
  sets: ReadonlyMap<EntityType, string>,
  namespace: string,
  path = '',
  seen: readonly EntityType[] = [],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (seen.includes(type)) return found;
  for (const [cast, navigation] of navigationsOf(type, namespace)) {
    const at = `${path}${cast}${navigation.name}`;
    if (navigation.containsTarget)
      for (const [inner, set] of bindings(navigation.target, sets, namespace, `${at}/`, [...seen, type]))
        found.set(inner, set);
    else {
      const set = lineage(navigation.target).flatMap((target) => sets.get(target) ?? [])[0];
      if (set !== undefined) found.set(at, set);
    }
  }
  return found;
}

/** Those of the type, and those of derived types behind a cast. */
function navigationsOf(type: EntityType, namespace: string): readonly (readonly [cast: string, NavigationProperty])[] {
  const derived = type.inheritance?.derived ?? [];
  return [
    ...[...type.navigations.values()].map((navigation) => ['', navigation] as const),
    ...derived.flatMap((one) =>
      ownMembers(one, ({ navigations }) => navigations).map(
        (navigation) => [`${namespace}.${one.name}/`, navigation] as const,
      ),
    ),
  ];
}
