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

/** An entity that is addressed by a name of its own. CSDL §13.3 */
export interface SingletonDeclaration {
  readonly name: string;
  /** The class of the entity. */
  readonly entity: abstract new () => object;
  /** Its key, as text by property. */
  readonly key: Readonly<Record<string, string>>;
  readonly description?: string;
}

/** The singletons by name; what they name must be an entity and its key. */
export function singletonsOf(
  declared: readonly SingletonDeclaration[],
  types: readonly EntityType[],
  sets: ReadonlyMap<string, EntitySet>,
  namespace: string,
  problems: string[],
): ReadonlyMap<string, EntitySet> {
  const setNames = new Map([...sets.values()].map(({ name, type }) => [type, name]));
  return new Map(
    declared.flatMap(({ name, entity, key, description }) => {
      const type = types.find(({ target }) => target === entity);
      const isKey = type?.key.length === Object.keys(key).length && type.key.every((property) => property.name in key);
      if (!type || !isKey) {
        problems.push(`The singleton ${name} needs a class with @EntityType and the whole key of an entity.`);
        return [];
      }
      const one = new Map(type.key.map((property) => [property, key[property.name] ?? '']));
      const found = bindings(type, setNames, namespace);
      return [[name, Object.freeze({ name, type, description, bindings: found, one })] as const];
    }),
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
